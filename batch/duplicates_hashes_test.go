package batch

import (
	"testing"

	"pgregory.net/rapid"
)

// TestHashSetAgainstAMap adds hashes of few buckets and few values, so that chunks fill up and values repeat.
func TestHashSetAgainstAMap(t *testing.T) {
	hash := rapid.Custom(func(t *rapid.T) uint64 {
		bucket := rapid.SampledFrom([]uint64{0, 1, 0x7f, 0xff}).Draw(t, "bucket")
		return bucket<<(8*keptBytes) | rapid.Uint64Range(0, 1<<rapid.IntRange(0, 8*keptBytes).Draw(t, "bits")-1).Draw(t, "kept")
	})
	rapid.Check(t, func(t *rapid.T) {
		added, set := map[uint64]int{}, &hashSet{}
		for _, h := range rapid.SliceOfN(hash, 0, 2000).Draw(t, "hashes") {
			for range rapid.SampledFrom([]int{1, 1, 1, 2, 300}).Draw(t, "times") {
				added[h]++
				set.add(h)
			}
		}
		twice := map[uint64]int{}
		set.sort(func(h uint64) { twice[h]++ })
		for h, times := range added {
			if !set.contains(h) {
				t.Fatalf("%x was added %d times and is not found", h, times)
			}
			if want := min(times-1, 1); twice[h] != want {
				t.Fatalf("%x was added %d times and said to repeat %d times, want %d", h, times, twice[h], want)
			}
		}
		for h := range twice {
			if added[h] == 0 {
				t.Fatalf("%x repeats and was never added", h)
			}
		}
		for _, other := range rapid.SliceOfN(hash, 0, 50).Draw(t, "others") {
			if set.contains(other) != (added[other] > 0) {
				t.Fatalf("%x is found: %v, was added %d times", other, set.contains(other), added[other])
			}
		}
	})
}

func TestAppendFoldMakesWhatFoldMakes(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("aZ09 \t\n\u00a0\u2003éßıſ-\x00\x7f")))
	rapid.Check(t, func(t *rapid.T) {
		in := text.Draw(t, "text")
		if got, want := string(appendFold([]byte("x"), in)), "x"+fold(in); got != want {
			t.Fatalf("%q becomes %q, want %q", in, got, want)
		}
	})
}
