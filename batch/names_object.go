package batch

import "strings"

// objections lists what speaks against one person although the words may be the same: each of
// them is for a person to look at, whatever the score of the words.
func objections(f, b personName) (found []string) {
	switch {
	case f.company == b.company:
	case f.company == "":
		found = append(found, "the bank names a company or an office ("+strings.ToUpper(b.company)+"), the file does not")
	case b.company == "":
		found = append(found, "the file names a company or an office ("+strings.ToUpper(f.company)+"), the bank does not")
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
	if differ(f.child, b.child) {
		found = append(found, twoWords(f.child.child(), b.child.child()))
	}
	return found
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
