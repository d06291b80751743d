package batch

import "strings"

// hiddenMatch compares words of which letters are hidden: what can be seen must agree. How many
// are hidden is not compared, because some banks always print the same number.
func hiddenMatch(a, b string) bool {
	if !strings.Contains(a, "*") {
		a, b = b, a
	}
	if strings.Contains(b, "*") {
		return false
	}
	seen := strings.Split(a, "*")
	first, last := seen[0], seen[len(seen)-1]
	if len(first)+len(last) > len(b) || !strings.HasPrefix(b, first) || !strings.HasSuffix(b, last) {
		return false
	}
	b = b[len(first) : len(b)-len(last)]
	for _, part := range seen[1 : len(seen)-1] {
		_, after, found := strings.Cut(b, part)
		if !found {
			return false
		}
		b = after
	}
	return true
}

// hiddenAcross says how much of joined, words without their blanks, can be seen where the bank
// hid a blank too (GAL***PERMANA): 0 when it disagrees or less than two thirds can be seen.
func hiddenAcross(joined, masked string) float64 {
	seen := len(masked) - strings.Count(masked, "*")
	if 3*seen < 2*len(joined) || strings.HasSuffix(masked, "*") || !hiddenMatch(joined, masked) {
		return 0
	}
	return float64(seen) / float64(len(joined))
}
