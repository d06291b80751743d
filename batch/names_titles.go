package batch

import (
	"slices"
	"strings"
)

// titlesBefore stand before a name: pilgrims, academic and professional titles, ranks, nobility of
// Java, forms of address. Titles that are given names as well (Andi, Gusti, Sutan) are words.
var titlesBefore = wordSet(`h hj haji hajjah hajah kh ust ustadz ustaz ustadzah prof dr drg drh drs dra ir apt ns bd bdn hc
	tn tuan ny nyonya nn nona bpk bp bapak pak ibu bu sdr sdri sdra saudara saudari mr mrs ms miss
	pdt pendeta pastor rev alm almh almarhum almarhumah raden rd rdn rr rm rngt krt kph krat
	kolonel letkol mayjen brigjen letjen jenderal kapten lettu letda peltu pelda serma serka sertu serda kopral praka pratu
	kombes kompol akbp akp iptu ipda aiptu aipda bripka brigadir brigpol briptu bripda inf`)

// titlesAfter stand behind a name: the degrees in use on Indonesian payrolls, dots left out.
// Banks put some of the titles before a name behind it, too.
var titlesAfter = wordSet(`se sh st ss sp si st sf sag sak sap sars sds sei sfarm sfil sgz shum shut shi sik sikom sip sked skep
	skes skg skh skm skom skpm sn sos spd spdi spdk spdsd spi spsi spt spar spn ssi ssn ssos sst sstp sstat ssy ssyar stha sth sthi sti stp
	str strak strkeb strkep strkes strkom strt stri strgz straim
	mm ma mh mt mp ms msi msc msn mse mba mag mak map mars maud mbiomed md mds mec med meng mfarm mfil mgizi mgz mhan mhum mhi mip mik
	mikom mkeb mkep mkes mkom mkn mkm mla mli mm mmt mmsi mmin mpa mpar mpd mpdi mph mpi mpm mpp mpsi msak msos mst mstat mta mth mti mtp mtpd mei mesy
	phd dba dea edd
	amd amdak amdkeb amdkep amdkom amdkes amdfarm amdpar amdt amk amkl amf amg amp ama
	ak ca cpa cma cpai cisa bkp qia ba bba bsc bbus bcs bit beng bed be bcom bfa cfa cfp pmp ipm ipp ipu
	ners ns psikolog apt drs dra ir dr prof hj haji ny tn nn bpk ibu sdr sdri alm almh purn
	spa spb spog spot sppd spjp spkk spm sps spkj sprad span sptht spu spo`)

// noblesse follow Raden and belong to it.
var noblesse = wordSet(`mas roro rara ajeng nganten ngt panji aria arya`)

// addressees are the titles that say Mr or Mrs. Sdr is printed for either.
var addressees = map[string]gendered{
	"h": man, "haji": man, "kh": man, "tn": man, "tuan": man, "bpk": man, "bp": man, "bapak": man, "pak": man, "mr": man, "drs": man, "alm": man,
	"hj": woman, "hajjah": woman, "hajah": woman, "ny": woman, "nyonya": woman, "nn": woman, "nona": woman, "ibu": woman, "bu": woman,
	"mrs": woman, "ms": woman, "miss": woman, "dra": woman, "rr": woman, "almh": woman,
}

// addressOf returns whom the titles address; genderless when they say nothing or both.
func addressOf(titles []string) gendered {
	found := genderless
	for _, title := range titles {
		switch g := addressees[title]; {
		case g == genderless || g == found:
		case found == genderless:
			found = g
		default:
			return genderless
		}
	}
	return found
}

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
	for {
		n := titleAt(pieces)
		if n == 0 {
			break
		}
		titles = append(titles, joinPieces(pieces[:n]))
		pieces = pieces[n:]
	}
	pieces, titles = takeCommaTail(pieces, titles)
	for {
		n := degreeAtEnd(pieces)
		if n == 0 {
			return pieces, titles
		}
		titles = append(titles, joinPieces(pieces[len(pieces)-n:]))
		pieces = pieces[:len(pieces)-n]
	}
}

// titleAt returns how many of the first pieces are a title before a name; 0 when none.
func titleAt(pieces []namePiece) int {
	switch {
	case len(pieces) > 2 && (pieces[0].text == "raden" || pieces[0].text == "r") && noblesse[pieces[1].text] && leavesName(pieces[2:]):
		return 2
	case len(pieces) > 1 && titlesBefore[pieces[0].text] && leavesName(pieces[1:]):
		return 1
	}
	return 0
}

// maxTailLetters is how long a piece nobody knows may be and still pass for a degree: (K), KGEH, Hons.
const maxTailLetters = 4

// takeCommaTail takes off all that stands behind a comma where a degree comes first and the rest
// is short. A name may have its words around a comma too (Santoso, Budi), so that a degree that
// could be a word must leave two before the comma.
func takeCommaTail(pieces []namePiece, titles []string) ([]namePiece, []string) {
	comma := slices.IndexFunc(pieces, func(p namePiece) bool { return p.afterComma })
	if comma < 1 || !leavesName(pieces[:comma]) {
		return pieces, titles
	}
	tail := pieces[comma:]
	first := degreeAt(tail)
	if first == 0 || comma < 2 && !tail[0].dotted {
		return pieces, titles
	}
	tailTitles := titles
	for len(tail) > 0 {
		n := degreeAt(tail)
		switch {
		case n == 0 && len(tail[0].text) > maxTailLetters:
			return pieces, titles
		case n == 0:
			n = 1
		}
		tailTitles = append(tailTitles, joinPieces(tail[:n]))
		tail = tail[n:]
	}
	return pieces[:comma], tailTitles
}

// degreeAt returns how many of the first pieces form a degree; 0 when none.
func degreeAt(pieces []namePiece) int {
	for n := min(maxDegreePieces, len(pieces)); n > 0; n-- {
		if isDegree(pieces[:n]) {
			return n
		}
	}
	return 0
}

// isDegree reports whether the pieces together are a degree. Physicians have one for each of some
// forty fields, all of which begin with "Sp." and a short field.
func isDegree(pieces []namePiece) bool {
	if len(pieces) > 1 && pieces[0].text == "sp" && pieces[0].dotted {
		return !slices.ContainsFunc(pieces[1:], func(p namePiece) bool { return len(p.text) > maxTailLetters })
	}
	return titlesAfter[joinPieces(pieces)]
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
		if !isDegree(end) {
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
	if len(pieces) == 1 {
		return pieces[0].text
	}
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
