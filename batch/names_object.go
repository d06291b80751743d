package batch

import "strings"

// objections lists what speaks against one person although the words may be the same: each of
// them is for a person to look at, whatever the score of the words.
func objections(f, b personName) (found []string) {
	switch {
	case f.company == b.company:
	case f.company == "":
		found = append(found, "the bank names "+b.whatItIs()+", the file does not")
	case b.company == "":
		found = append(found, "the file names "+f.whatItIs()+", the bank does not")
	default:
		found = append(found, twoWords(f.company, b.company))
	}
	switch {
	case f.generation == b.generation:
	case f.generation == "":
		found = append(found, "only the bank has "+generationWord(b.generation)+": it may be somebody else of the same name")
	case b.generation == "":
		found = append(found, "only the file has "+generationWord(f.generation)+": it may be somebody else of the same name")
	default:
		found = append(found, twoWords(generationWord(f.generation), generationWord(b.generation)))
	}
	if differ(f.address, b.address) {
		found = append(found, "the titles are "+f.address.address()+"'s in the file and "+b.address.address()+"'s at the bank")
	}
	switch {
	case f.wifeOf(b):
		found = append(found, "the file says "+f.womansTitle()+" before a man's name: it may be his wife or his mother")
	case b.wifeOf(f):
		found = append(found, "the bank says "+b.womansTitle()+" before a man's name: the account may be his wife's or his mother's")
	}
	if differ(f.child, b.child) {
		found = append(found, twoWords(f.child.child(), b.child.child()))
	}
	return found
}

// wifeOf reports whether n is addressed as a woman, by a title that the other name does not have,
// and both begin with a man's name: Ny. Bambang Santoso is mostly the wife of Bambang Santoso.
func (n personName) wifeOf(other personName) bool {
	return n.womansTitle() != "" && other.address == genderless && n.beginsAsMan() && other.beginsAsMan()
}

// womansTitle returns the form of address that may stand before a husband's name; empty without one.
func (n personName) womansTitle() string {
	for _, title := range n.titles {
		if wivesTitles[title] {
			return strings.ToUpper(title)
		}
	}
	return ""
}

func (n personName) beginsAsMan() bool {
	return len(n.words) > 0 && mensNames[spellings(n.words[0].text, "", false)[0]]
}

var wivesTitles = wordSet(`ny nyonya mrs ibu bu`)

// mensNames are first names that hardly any woman has, in today's spelling. One that is missing costs
// no more than the question about a wife.
var mensNames = func() map[string]bool {
	set := make(map[string]bool)
	for w := range wordSet(`muhammad ahmad abdul bambang budi agus joko eko hendra hendro heru heri hari hadi dedi deni dani rudi edi edwin
		yanto asep ujang dadang iwan wawan irwan slamet sugeng sutrisno suyanto supriyadi suparman sumarno sutarno
		hartono haryanto santoso setiawan gunawan kurniawan hermawan darmawan hermanto susanto sugianto wahyudi rahmat hidayat
		yusuf ibrahim ismail umar ali hasan husein usman arif taufik fauzi bayu dimas galih rendi nugroho prasetyo susilo teguh
		bagus dodi doni toni yudi yudha indra aditya andri anton antonius robert michael john thomas paulus petrus yohanes stefanus
		togar parlindungan sahat`) {
		set[spellings(w, "", false)[0]] = true
	}
	return set
}()

// whatItIs says what a name that is no person's is.
func (n personName) whatItIs() string {
	if n.company == heirs {
		return "the heirs of somebody (AHLI WARIS)"
	}
	return "a company or an office (" + strings.ToUpper(n.company) + ")"
}

// twoWords sets the file's word against the bank's.
func twoWords(file, bank string) string {
	return "the file says " + strings.ToUpper(file) + ", the bank " + strings.ToUpper(bank)
}

// generationWord writes a generation as people do.
func generationWord(generation string) string {
	switch generation {
	case "2":
		return "II or 2"
	case "3":
		return "III or 3"
	case "4":
		return "IV or 4"
	}
	return strings.ToUpper(generation)
}

// differ reports whether one is a man's and the other a woman's.
func differ(a, b gendered) bool { return a == man && b == woman || a == woman && b == man }

func (g gendered) address() string {
	if g == man {
		return "a man"
	}
	return "a woman"
}

func (g gendered) child() string {
	if g == man {
		return "bin"
	}
	return "binti"
}
