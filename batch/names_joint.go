package batch

import (
	"slices"
	"strings"
)

// jointScore is the highest score of an account that has a further holder or a further name.
const jointScore = 0.95

// compareAccounts compares two names of which one or both tell of several holders. Every holder
// on the side with fewer needs one of his own on the other.
func compareAccounts(f, b accountName) NameMatch {
	var grid [maxHolders][maxHolders]NameMatch
	for i, one := range f.holders {
		for j, other := range b.holders {
			grid[i][j] = comparePersons(one, other)
		}
	}
	few, many := len(f.holders), len(b.holders)
	at := func(i, j int) NameMatch { return grid[i][j] }
	joint := b
	if few > many {
		few, many = many, few
		at = func(i, j int) NameMatch { return grid[j][i] }
		joint = f
	}
	match := bestPairing(few, many, at, 0, 0)
	if match.Score < NameThreshold {
		match.Reason = "no holder of the account fits: " + match.Reason
		return match
	}
	if few == many {
		if f.link != b.link {
			return NameMatch{doubtful, "the holders are the same, but " + f.link.String() + " in the file and " + b.link.String() + " at the bank"}
		}
		return match
	}
	return joint.forOne(match)
}

// bestPairing pairs holder i and those after it with holders not used yet, so that the worst pair
// is as good as can be. At most 24 pairings are tried.
func bestPairing(few, many int, at func(i, j int) NameMatch, i int, used uint) NameMatch {
	best := NameMatch{Score: -1}
	for j := range many {
		if used&(1<<j) != 0 {
			continue
		}
		match := at(i, j)
		if i+1 < few {
			if rest := bestPairing(few, many, at, i+1, used|1<<j); rest.Score < match.Score {
				match = rest
			}
		}
		if match.Score > best.Score {
			best = match
		}
	}
	return best
}

// forOne judges an account of several holders of whom the other name has only some.
func (a accountName) forOne(match NameMatch) NameMatch {
	names := a.String()
	if slices.ContainsFunc(a.holders, func(p personName) bool { return p.company != "" }) {
		return NameMatch{doubtful, "one of the holders is a company or an office: " + names}
	}
	switch a.link {
	case linkFor:
		return NameMatch{doubtful, "one holds the account for another (QQ): " + names}
	case linkBoth:
		return NameMatch{doubtful, "a joint account that two hold together: " + names}
	case linkAlias:
		return NameMatch{min(match.Score, jointScore), "two names of one holder: " + names}
	default:
		return NameMatch{min(match.Score, jointScore), "a joint account, and one of the holders fits: " + names}
	}
}

// String writes the link as it stands between two holders.
func (l holderLink) String() string { return [...]string{"", "ALIAS", "ATAU", "DAN", "QQ"}[l] }

// String writes the holders for people.
func (a accountName) String() string {
	names := make([]string, len(a.holders))
	for i, holder := range a.holders {
		names[i] = shown(holder.words)
	}
	return strings.Join(names, " "+a.link.String()+" ")
}
