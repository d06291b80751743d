package ledger_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gajian/ledger"
)

// lived makes a ledger with a batch (number 1) in which much has happened, another (number 2)
// that was only read, and closes it. Line 2 is settled, 3 in doubt, 4 cancelled, 5 released from
// a hold on a name and queued, 6 held from the beginning, 7 to 9 queued. The last event is a note.
func lived(t *testing.T, path string) ledger.Batch {
	t.Helper()
	store := reopen(t, path)
	lines := drafts(8)
	lines[4].Hold, lines[4].Reason = ledger.HoldDuplicate, "twice in the file"
	b := createOf(t, store, "2026-11", lines)
	create(t, store, "2026-12", 3)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.RecordBalance(ctx, b.ID, "run", 10_000_000, false))
	bring(t, store, b.ID, 2, ledger.Verified, ledger.Submitting, ledger.Pending, ledger.Settled)
	p := payout(t, store, b.ID, 3)
	p.Fee = 450_000
	must(store.Record(ctx, ledger.Move{Payout: p, To: ledger.Verified, Actor: "run"}))
	must(store.Flush(ctx))
	inDoubt := bring(t, store, b.ID, 3, ledger.Submitting)
	bring(t, store, b.ID, 4, ledger.Verified)
	_, err := store.Cancel(ctx, b.ID, 4, ledger.Decision{Actor: "ani@hr", Reason: "left the company"})
	must(err)
	p = payout(t, store, b.ID, 5)
	p.Hold, p.HolderName = ledger.HoldName, "SOMEBODY ELSE"
	must(store.Record(ctx, ledger.Move{Payout: p, To: ledger.Held, Actor: "run"}))
	must(store.Flush(ctx))
	_, err = store.Release(ctx, b.ID, 5, ledger.Decision{Actor: "ani@hr", Reason: "maiden name"})
	must(err)
	must(store.RecordBalance(ctx, b.ID, "run", 9_000_000, true))
	must(store.Record(ctx, ledger.Move{Payout: inDoubt, To: ledger.Submitting, Actor: "poll", Evidence: ledger.Evidence{Answer: ledger.AnswerNotFound, NotFoundAfter: time.Hour}}))
	closeVerified(t, store)
	return b
}

func TestVerifyFindsEachTampering(t *testing.T) {
	type blocks = []ledger.Block
	journal := func(change func(blocks) blocks) func(*ledger.Tampering) error {
		return func(x *ledger.Tampering) error { return x.Journal(change) }
	}
	// The blocks of lived: 0 and 1 create, 2 balance, 3 to 6 line 2, 7 and 8 line 3, 9 and 10 line 4,
	// 11 line 5 held and 12 released (a transition and an acceptance), 13 balance, 14 the note.
	tests := []struct {
		name   string
		tamper func(*ledger.Tampering) error
		want   string
	}{
		{"nothing", func(*ledger.Tampering) error { return nil }, ""},
		{"a changed amount", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Amount += 100_00 })
		}, "now there are 8 and IDR"},
		{"amounts changed so that the total stays", func(x *ledger.Tampering) error {
			return errors.Join(
				x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Amount += 100_00 }),
				x.Payout(1, 8, func(r *ledger.PayoutRecord) { r.Amount -= 100_00 }))
		}, "a line was altered"},
		{"another account", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.AccountNumber = "666" })
		}, "a line was altered"},
		{"another remark", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Remark = "bonus" })
		}, "not those that the journal recorded"},
		{"a line taken out", func(x *ledger.Tampering) error { return x.DropPayout(1, 9) }, "it came in with 8 lines"},
		{"a paid line taken out", func(x *ledger.Tampering) error { return x.DropPayout(1, 2) }, "the journal tells of 1 lines that are not in the ledger"},
		{"a status without its event", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Status = ledger.Settled })
		}, "line 7: it is settled, but its events lead to queued"},
		{"a payout in doubt put back", func(x *ledger.Tampering) error {
			return x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.Status = ledger.Verified })
		}, "line 3: it is verified, but its events lead to in_doubt"},
		{"a held line that never was", func(x *ledger.Tampering) error {
			return x.Payout(1, 6, func(r *ledger.PayoutRecord) { r.Status, r.Born = ledger.Queued, ledger.Queued })
		}, "do not add up"},
		{"a line with another beginning", func(x *ledger.Tampering) error {
			return x.Payout(1, 2, func(r *ledger.PayoutRecord) { r.Born = ledger.Held })
		}, "line 2: it began as held, its events begin with queued"},
		{"a line that began settled", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Status, r.Born = ledger.Settled, ledger.Settled })
		}, "line 7: it began as settled"},
		{"a count that does not add up", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Counts[ledger.Queued]--; r.Counts[ledger.Settled]++ })
		}, "its totals do not add up"},
		{"an amount that does not add up", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Amounts[ledger.Settled] += 100 })
		}, "its totals do not add up"},
		{"fees that do not add up", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Fees[ledger.Submitting] = 0 })
		}, "its totals do not add up"},
		{"another opening balance", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Opening++ })
		}, "its balances are not those"},
		{"another closing balance", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Closing-- })
		}, "its balances are not those"},
		{"what other batches took until a closing balance", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.OthersClosing-- })
		}, "its balances are not those"},
		{"what other batches took before an opening balance", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.OthersOpening++ })
		}, "its balances are not those"},
		{"a person's decision in the totals", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Decided = !r.Decided })
		}, "its balances are not those"},
		{"a movement after the closing balance in the totals", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.Moved = !r.Moved })
		}, "its balances are not those"},
		{"an altered reference prefix", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.ReferencePrefix = "GJ202611AAAAAAAAAAAA" })
		}, "its references were altered"},
		{"an altered ID", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.ID = "2026-11-AAAAAA" })
		}, "its ID was altered"},
		{"another period", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.Period = "2026-10" })
		}, "not those of its digest"},
		{"another count", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.Lines = 9 })
		}, "it came in with 9 lines"},
		{"a batch whose first events are hidden", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.FirstEvent = 5 })
		}, "its events should be 5 to"},
		{"a batch whose last events are hidden", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.LastEvent = 5 })
		}, "its events should be 1 to 5"},
		{"a batch taken out", func(x *ledger.Tampering) error { return x.DropBatch(1) }, "batch 1: the journal tells of it"},
		{"an acceptance without its event", func(x *ledger.Tampering) error {
			return x.Accept(ledger.AcceptName("014", "1", "A", "B"), 5)
		}, "has no event 5 that accepts it"},
		{"an acceptance whose event is not there", func(x *ledger.Tampering) error {
			return x.Accept(ledger.AcceptName("014", "1", "A", "B"), 5000)
		}, "has no event 5000 that accepts it"},
		{"an acceptance that borrows another's event", func(x *ledger.Tampering) error {
			return x.Accept(ledger.AcceptName("014", "1", "A", "B"), 14)
		}, "has no event 14 that accepts it"},
		{"a changed fee, with its sum", func(x *ledger.Tampering) error {
			return errors.Join(
				x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.Fee = 1 }),
				x.Tally(1, func(r *ledger.TallyRecord) { r.Fees[ledger.Submitting] = 1 }))
		}, "line 3: its account, amount, fee, name at bank, times, reason or references are not what its last event left"},
		{"another name at bank", func(x *ledger.Tampering) error {
			return x.Payout(1, 5, func(r *ledger.PayoutRecord) { r.HolderName = "PEGAWAI 5" })
		}, "line 5: its account, amount, fee, name at bank"},
		{"another time of arrival", func(x *ledger.Tampering) error {
			return x.Payout(1, 2, func(r *ledger.PayoutRecord) { r.SettledAt = 1 })
		}, "line 2: its account, amount, fee, name at bank, times"},
		{"another provider reference", func(x *ledger.Tampering) error {
			return x.Payout(1, 2, func(r *ledger.PayoutRecord) { r.ProviderRef = "DK0" })
		}, "line 2: its account, amount, fee, name at bank, times, reason or references"},
		{"another external ID", func(x *ledger.Tampering) error {
			return x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.ExternalID = "1" })
		}, "line 3: its account, amount, fee, name at bank, times, reason or references"},
		{"another reason of a cancelled line", func(x *ledger.Tampering) error {
			return x.Payout(1, 4, func(r *ledger.PayoutRecord) { r.Reason = "cancelled: died" })
		}, "line 4: its account, amount, fee, name at bank, times, reason"},
		{"a mark of departure that was taken away", func(x *ledger.Tampering) error {
			return x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.DepartureMark += "x" })
		}, "line 3: its account, amount, fee"},
		{"an accepted duplicate on a line that nobody touched", func(x *ledger.Tampering) error {
			return x.Payout(1, 8, func(r *ledger.PayoutRecord) { r.Flags = 4 })
		}, "line 8: its account, amount, fee"},
		{"a paid line with another account", func(x *ledger.Tampering) error {
			return x.Payout(1, 2, func(r *ledger.PayoutRecord) { r.AccountNumber = "666" })
		}, "line 2: its account, amount"},
		{"another place in the file", func(x *ledger.Tampering) error {
			return x.Payout(1, 7, func(r *ledger.PayoutRecord) { r.Ordinal = 5 })
		}, "line 7: it is in place 6 of the file, not 5: its reference was altered"},
		{"a person who may decide too early", func(x *ledger.Tampering) error {
			return x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.Flags |= 2 })
		}, "line 3: what the provider answered about it is not what its events tell"},
		{"a longer time of not found", func(x *ledger.Tampering) error {
			return x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.NotFoundFor = 1e9 })
		}, "line 3: what the provider answered about it is not what its events tell"},
		{"a payout put in", func(x *ledger.Tampering) error { return x.CopyPayout(1, 9, 10) }, "it came in with 8 lines"},
		{"a held line that never was, with its sums", func(x *ledger.Tampering) error {
			return errors.Join(
				x.Payout(1, 6, func(r *ledger.PayoutRecord) { r.Status, r.Born, r.Hold, r.Reason = ledger.Queued, ledger.Queued, 0, "" }),
				x.Tally(1, func(r *ledger.TallyRecord) {
					r.Counts[ledger.Held]--
					r.Counts[ledger.Queued]++
					r.Amounts[ledger.Queued] += r.Amounts[ledger.Held]
					r.Amounts[ledger.Held] = 0
				}))
		}, "or which lines were held at first are not what the journal recorded"},
		{"another file's name", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.File = "other.csv" })
		}, "its name, file, time, maker"},
		{"another maker", func(x *ledger.Tampering) error {
			return x.Batch(1, func(r *ledger.BatchRecord) { r.CreatedBy = "budi@hr" })
		}, "its name, file, time, maker"},
		{"another time of a balance", func(x *ledger.Tampering) error {
			return x.Tally(1, func(r *ledger.TallyRecord) { r.OpenedAt -= 3600_000 })
		}, "its balances are not those"},
		{"two lines whose events were swapped, with the whole chain made to fit", journal(func(b blocks) blocks {
			for _, i := range []int{4, 5, 6, 8} { // from the intents on: both stood verified
				b[i].Events[0].Line = 5 - b[i].Events[0].Line
			}
			return ledger.Rechain(b)
		}), "line 2: it is settled, but its events lead to in_doubt"},
		{"an event without effect, with the whole chain made to fit", journal(func(b blocks) blocks {
			b[14].Events = append(b[14].Events, b[14].Events[0])
			return ledger.Rechain(b)
		}), "line 3: what the provider answered about it is not what its events tell"},
		{"an actor changed, with the whole chain made to fit, and no hash kept", journal(func(b blocks) blocks {
			b[10].Events[0].Actor = "budi@hr"
			return ledger.Rechain(b)
		}), ""},
		{"a way out of doubt without a proof, with the whole chain made to fit", func(x *ledger.Tampering) error {
			return errors.Join(
				x.Payout(1, 3, func(r *ledger.PayoutRecord) { r.Status = ledger.Verified }),
				x.Journal(func(b []ledger.Block) []ledger.Block {
					b[14].Events[0].Kind, b[14].Events[0].To = ledger.Transition, ledger.Verified
					return ledger.Rechain(b)
				}))
		}, "line 3 be sent again, but nothing proves that its transfer did not happen"},
		{"a batch made twice, with the whole chain made to fit", journal(func(b blocks) blocks {
			b[13].Events = append(b[13].Events, b[0].Events[0])
			return ledger.Rechain(b)
		}), "which event 1 has made already"},
		{"an event of no kind, with the whole chain made to fit", journal(func(b blocks) blocks {
			b[14].Events[0].Kind = 77
			return ledger.Rechain(b)
		}), "is of no kind that there is"},
		{"an altered event", journal(func(b blocks) blocks { b[10].Events[0].Evidence.Reason = "died"; return b }), "the hash chain breaks"},
		{"an altered time", journal(func(b blocks) blocks { b[14].Events[0].At++; return b }), "the hash chain breaks"},
		{"an altered actor", journal(func(b blocks) blocks { b[10].Events[0].Actor = "run"; return b }), "the hash chain breaks"},
		{"an altered event with its block's hash made to fit", journal(func(b blocks) blocks {
			altered := append(blocks(nil), b...)
			altered[10].Events[0].Evidence.Reason = "died"
			hash := ledger.Rechain(append(blocks(nil), altered...))[10].Hash
			altered[10].Hash = hash
			return altered
		}), "the hash chain breaks in events 12 to 12"},
		{"reordered events", journal(func(b blocks) blocks {
			e := b[12].Events
			e[0], e[1] = e[1], e[0]
			return b
		}), "the hash chain breaks"},
		{"reordered blocks", journal(func(b blocks) blocks {
			b[3].Events, b[7].Events = b[7].Events, b[3].Events
			return b
		}), "the hash chain breaks"},
		{"a removed event", journal(func(b blocks) blocks { b[12].Events = b[12].Events[:1]; return b }), "events are missing"},
		{"a removed block", journal(func(b blocks) blocks { return append(b[:5:5], b[6:]...) }), "events are missing"},
		{"a removed last block", journal(func(b blocks) blocks { return b[:14] }), "its events should be 1 to"},
		{"a removed first block", journal(func(b blocks) blocks { return b[1:] }), "events are missing"},
		{"a journal taken away", journal(func(blocks) blocks { return nil }), "no event tells of its creation"},
		{"an event put in", journal(func(b blocks) blocks { b[12].Events = append(b[12].Events, b[12].Events[1]); return b }), "the hash chain breaks"},
		{"a removed transition with the whole chain made to fit", journal(func(b blocks) blocks {
			return ledger.Rechain(append(b[:8:8], b[9:]...))
		}), "line 3: it is in_doubt, but its events lead to verified"},
		{"a removed step with the whole chain made to fit", journal(func(b blocks) blocks {
			return ledger.Rechain(append(b[:5:5], b[6:]...))
		}), "line 2 pending, but the event before left it in_doubt"},
		{"an impossible step with the whole chain made to fit", journal(func(b blocks) blocks {
			b[5].Events[0].To, b[6].Events[0].From = ledger.Held, ledger.Held
			return ledger.Rechain(b)
		}), "which no payout may"},
		{"a payout from nowhere with the whole chain made to fit", journal(func(b blocks) blocks {
			return ledger.Rechain(append(b[:3:3], b[4:]...))
		}), "but no event brought it there"},
		{"another opening balance with the whole chain made to fit", journal(func(b blocks) blocks {
			b[2].Events[0].Evidence.Amount++
			return ledger.Rechain(b)
		}), "its balances are not those"},
		{"another content digest with the whole chain made to fit", journal(func(b blocks) blocks {
			b[0].Events[0].Evidence.Digest = nil
			return ledger.Rechain(b)
		}), "not those that the journal recorded"},
	}
	ledger.BlockACommit(t)
	original := filepath.Join(t.TempDir(), "ledger.db")
	lived(t, original)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			copyFile(t, original, path)
			if err := ledger.Tamper(path, test.tamper); err != nil {
				t.Fatal(err)
			}
			store, err := ledger.Open(path, ledger.Options{ReadOnly: true})
			if err != nil {
				t.Fatal(err)
			}
			v, err := store.Verify(t.Context())
			if err != nil {
				t.Error(err)
			}
			if found := strings.Join(v.Problems, "\n"); !strings.Contains(found, test.want) || (found == "") != (test.want == "") {
				t.Errorf("found:\n%s\nwant: %q", found, test.want)
			}
			if err := store.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAKeptHeadProvesWhatVerifyAloneCannot: who rewrites the whole journal and everything with it
// gets past Verify, but not past a head that was kept elsewhere.
func TestAKeptHeadProvesWhatVerifyAloneCannot(t *testing.T) {
	ledger.BlockACommit(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	lived(t, path)
	older := filepath.Join(t.TempDir(), "older.db")
	copyFile(t, path, older)
	store := reopen(t, path)
	first := verified(t, store)
	create(t, store, "2027-01", 2)
	kept := verified(t, store)
	short := kept.Head[:ledger.KeptBytesMin]
	if v, err := store.Verify(t.Context(), kept.Head[:], first.Head[:], short, short[1:]); err != nil || !slices.Equal(v.Kept, []uint64{kept.Events, first.Events, kept.Events, 0}) || len(v.Problems) != 1 {
		t.Errorf("kept %v, %v, %v; a hash of seven bytes is none", v.Kept, v.Problems, err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err := reopen(t, older).Verify(t.Context(), first.Head[:], kept.Head[:]); err != nil || v.Kept[0] != first.Events || len(v.Problems) != 1 || !strings.Contains(v.Problems[0], "no event has the hash") {
		t.Errorf("an older copy: %v, %v, %v", v.Kept, v.Problems, err)
	}
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		return x.Journal(func(b []ledger.Block) []ledger.Block {
			b[10].Events[0].Evidence.Reason = "died"
			return ledger.Rechain(b)
		})
	}); err != nil {
		t.Fatal(err)
	}
	forged := openAt(t, path)
	if v := verified(t, forged); v.Events != kept.Events || v.Head == kept.Head {
		t.Errorf("head %x of %d events, kept %x of %d", v.Head, v.Events, kept.Head, kept.Events)
	}
	if v, err := forged.Verify(t.Context(), kept.Head[:], first.Head[:]); err != nil || len(v.Problems) != 2 || v.Kept[0]+v.Kept[1] != 0 {
		t.Errorf("a forged journal: %v, %v, %v", v.Kept, v.Problems, err)
	}
}

func TestVerifyStopsWhenItsCallerDoes(t *testing.T) {
	store := open(t)
	create(t, store, "2026-11", 10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Verify(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestVerifyTellsABoundedNumberOfProblems(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	store := reopen(t, path)
	create(t, store, "2026-11", 300)
	closeVerified(t, store)
	if err := ledger.Tamper(path, func(x *ledger.Tampering) error {
		var err error
		for n := 2; n < 302; n++ {
			err = errors.Join(err, x.Payout(1, n, func(r *ledger.PayoutRecord) { r.Status = ledger.Settled }))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	store = reopen(t, path)
	if v, err := store.Verify(t.Context()); err != nil || len(v.Problems) != 100 {
		t.Errorf("%d problems, %v, want 100", len(v.Problems), err)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
