//go:build !race

package ledger_test

// underRace tells that everything takes ten times as long: the two longest tests do less.
const underRace = false
