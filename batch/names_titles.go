package batch

import (
	"slices"
	"strings"
)

// titlesBefore stand before a name: pilgrims, academic and professional titles, forms of address.
var titlesBefore = wordSet(`h hj haji hajjah kh ust ustadz ustaz prof dr drg drh drs dra ir apt ns hc
	tn tuan ny nyonya nn nona bpk bp bapak ibu sdr sdri sdra saudara saudari mr mrs ms miss pdt alm almh rev`)

// titlesAfter stand behind a name: the degrees in use on Indonesian payrolls, dots left out.
// Banks put some of the titles before a name behind it, too.
var titlesAfter = wordSet(`se sh st ss sp si st sf sag sak sap sars sds sei sfarm sfil sgz shum shut shi sik sikom sip sked skep
	skes skg skh skm skom skpm sn sos spd spdi spdk spdsd spi spsi spt spar spn ssi ssn ssos sst sstp sstat ssy ssyar stha sth sthi sti stp
	str strak strkeb strkep strkes strkom strt stri strgz straim
	mm ma mh mt mp ms msi msc msn mse mba mag mak map mars maud mbiomed md mds mec med meng mfarm mfil mgizi mgz mhan mhum mhi mip mik
	mikom mkeb mkep mkes mkom mkn mkm mla mli mm mmt mmsi mmin mpa mpar mpd mpdi mph mpi mpm mpp mpsi msak msos mst mstat mta mth mti mtp mtpd mei mesy
	phd dba dea edd
	amd amdak amdkeb amdkep amdkom amdkes amdfarm amdpar amdt amk amkl amf amg amp ama
	ak ca cpa ba bba bsc beng bed be bcom bfa cfa cfp ners ns apt drs dra ir dr prof hj ny tn nn bpk ibu sdr sdri alm almh
	spa spb spog spot sppd spjp spkk spm sps spkj sprad span sptht spu spo`)

func wordSet(text string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}

// takeTitles takes titles off both ends; a name is always left. What is taken from the end must
// show that it is a degree, by a dot or a comma, or leave two words: Ma and Se are names too.
func takeTitles(pieces []namePiece) (rest []namePiece, titles []string) {
	for len(pieces) > 1 && titlesBefore[pieces[0].text] && leavesName(pieces[1:]) {
		titles = append(titles, pieces[0].text)
		pieces = pieces[1:]
	}
	for {
		n := degreeAtEnd(pieces)
		if n == 0 {
			return pieces, titles
		}
		titles = append(titles, joinPieces(pieces[len(pieces)-n:]))
		pieces = pieces[:len(pieces)-n]
	}
}

// leavesName reports whether one of the pieces is more than an initial and no degree.
func leavesName(pieces []namePiece) bool {
	return slices.ContainsFunc(pieces, func(p namePiece) bool { return len(p.text) > 1 && !titlesBefore[p.text] })
}

// maxDegreePieces is how many pieces dots cut a degree into: S.Tr.Keb., A.Md.A.K.
const maxDegreePieces = 4

// degreeAtEnd returns how many of the last pieces form a degree; 0 when none.
func degreeAtEnd(pieces []namePiece) int {
	for n := min(maxDegreePieces, len(pieces)-1); n > 0; n-- {
		end := pieces[len(pieces)-n:]
		if !titlesAfter[joinPieces(end)] {
			continue
		}
		left := len(pieces) - n
		marked := end[0].afterComma || n > 1 && end[0].dotted || n == 1 && end[0].dotted && len(end[0].text) > 2
		if (marked || left >= 2) && leavesName(pieces[:left]) {
			return n
		}
	}
	return 0
}

func joinPieces(pieces []namePiece) string {
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(p.text)
	}
	return b.String()
}

// dropSharedTitles takes a last or first word off from that is a title in other: "BUDI SE" is
// Budi, S.E. when the other name says so.
func dropSharedTitles(from, other *personName) {
	for len(from.words) > 1 {
		last := len(from.words) - 1
		switch {
		case slices.Contains(other.titles, from.words[last].text):
			from.words = from.words[:last]
		case slices.Contains(other.titles, from.words[0].text):
			from.words = from.words[1:]
		default:
			return
		}
	}
}
