package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gajian/ledger"
)

// Lines walks the lines of a payroll file from the first to the last. It is called twice: once
// to take stock and once to enter them, so that nothing of a refused file reaches the ledger.
type Lines func(yield func(ledger.Line) error) error

// Stock is what a payroll file holds, before anything of it is in the ledger.
type Stock struct {
	Period      string
	Digest      [32]byte // the batch's identity
	LinesDigest [32]byte
	Count       int
	Total       ledger.Sen
	Held        []Objection // lines that a person has to decide on, at most heldListMax
	HeldCount   int
	HeldTotal   ledger.Sen
	Changes     ChangeList // empty for a batch that is in the ledger already

	duplicates *duplicates
	changes    *changeFinder
}

// Objection is why a line will be held from the beginning.
type Objection struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// heldListMax bounds the list of held lines that a check shows.
const heldListMax = 1000

// TakeStock reads the file for its identity and totals, and finds what a person should know before
// it is paid: duplicates, which are lines that are in the file twice or paid or under way in an earlier
// batch of the same period, and what has changed since last time. store may be nil when there is no
// ledger yet. Memory: fifteen bytes a line, and 48 bytes for each payout of the History; the former are
// given back at the end.
//
// explicit says that a person named the period. When nobody did, a file of which every line
// replaces a payout of one batch belongs to that batch's period.
func TakeStock(ctx context.Context, store *ledger.Store, lines Lines, period string, explicit bool, r Review) (Stock, error) {
	digest, found := ledger.NewDigester(), newDuplicates()
	replaces, alike := "", true
	err := lines(func(line ledger.Line) error {
		digest.Add(line)
		found.see(line)
		batch := ""
		if line.RetryOf != "" {
			batch, _, _ = line.Replaces()
		}
		alike = alike && (digest.Lines == 1 || batch == replaces)
		replaces = batch
		return ctx.Err()
	})
	if err != nil {
		return Stock{}, err
	}
	if alike && replaces != "" && store != nil && !explicit {
		if summary, err := store.Summary(replaces); err == nil {
			period = summary.Period
		}
	}
	stock := Stock{
		Period: period, Digest: digest.Digest(period), LinesDigest: digest.LinesDigest(), Count: digest.Lines, Total: digest.Total, duplicates: found,
	}
	if err := stock.compare(ctx, store, explicit, r); err != nil {
		return Stock{}, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return stock, stock.look(lines)
}

// compare prepares what the lines are judged by. A batch that is in the ledger already has been judged
// when it came in: what has changed is not looked for again.
func (s *Stock) compare(ctx context.Context, store *ledger.Store, explicit bool, r Review) (err error) {
	if err := s.duplicates.compare(ctx, store, *s, explicit); err != nil {
		return err
	}
	before := store
	if store != nil {
		_, known, err := store.Find(s.Digest)
		if err != nil {
			return err
		}
		if known {
			before = nil
		}
	}
	s.changes, err = newChangeFinder(ctx, before, r)
	return err
}

// look walks the file once more, only when there may be something to be told of its lines.
func (s *Stock) look(lines Lines) error {
	if s.duplicates.none() && s.changes.history == nil {
		return nil
	}
	s.duplicates.restart()
	err := lines(func(line ledger.Line) error {
		draft, err := s.judge(line)
		if err != nil {
			return err
		}
		s.changes.see(draft)
		if draft.Hold != ledger.HoldNone {
			s.HeldCount++
			s.HeldTotal += line.Amount
			if len(s.Held) < heldListMax {
				s.Held = append(s.Held, Objection{Line: line.Number, Reason: draft.Reason})
			}
		}
		return nil
	})
	if err == nil {
		err = s.changes.conclude(s.Count)
	}
	s.Changes = s.changes.list
	return err
}

// judge returns the line as it goes into the ledger: queued, or held and why, and what has changed.
func (s *Stock) judge(line ledger.Line) (ledger.Draft, error) {
	draft := s.duplicates.judge(line)
	if err := s.changes.judge(&draft); err != nil {
		return draft, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	return draft, nil
}

// Errors of Recognise.
var (
	// ErrOtherPeriod: the very same lines were paid as another period's batch, and nobody said
	// that they are to be paid again for this one.
	ErrOtherPeriod = errors.New("the same lines were paid for another period")
	// ErrUnfinishedPeriod: the very same lines stand unfinished in another period's batch.
	ErrUnfinishedPeriod = errors.New("the same lines are not finished for another period")
	// ErrRecentPeriod: a batch of another period that is unfinished or only days old pays some of
	// these lines, and nobody said which period this file is for.
	ErrRecentPeriod = errors.New("some of these people are paid by a batch of another period, unfinished or only days old")
)

// Recognise finds the batch that a file belongs to: the one with the same lines and period.
// found is false when the file is new.
//
// explicit says that a person named the period. When nobody did, it follows from today's date,
// and a month may have ended since the file was first read; so the same lines in an unfinished
// batch of another period are that batch, and in a finished one they are refused
// (ErrOtherPeriod) rather than paid a second time. Other lines that
// pay the same people are refused while the other period's batch is that near (ErrRecentPeriod). With an explicit period they are a new batch,
// unless an unfinished one holds them (ErrUnfinishedPeriod).
func Recognise(store *ledger.Store, s Stock, explicit bool) (known ledger.Summary, found bool, err error) {
	batches, err := store.Batches()
	if err != nil {
		return ledger.Summary{}, false, fmt.Errorf("%w: %w", ErrLedger, err)
	}
	for _, b := range batches {
		if b.Digest == s.Digest {
			return b, true, nil
		}
	}
	others := slices.DeleteFunc(slices.Clone(batches), func(b ledger.Summary) bool { return b.LinesDigest != s.LinesDigest })
	unfinished := slices.IndexFunc(others, func(b ledger.Summary) bool { return !b.Finished() })
	switch {
	case unfinished >= 0 && explicit:
		return others[unfinished], false, otherPeriod(ErrUnfinishedPeriod, others[unfinished])
	case unfinished >= 0:
		return others[unfinished], true, nil
	case len(others) > 0 && !explicit:
		newest := others[len(others)-1]
		return newest, false, otherPeriod(ErrOtherPeriod, newest)
	case s.duplicates.recent != "" && !explicit:
		recent := batches[slices.IndexFunc(batches, func(b ledger.Summary) bool { return b.ID == s.duplicates.recent })]
		return recent, false, otherPeriod(ErrRecentPeriod, recent)
	}
	return ledger.Summary{}, false, nil
}

func otherPeriod(err error, b ledger.Summary) error {
	return fmt.Errorf("%w: batch %s of period %s", err, b.ID, b.Period)
}

// Origin is where a batch comes from.
type Origin struct {
	File         string
	FileSHA256   [32]byte
	ExtraColumns []string
	CreatedBy    string
	Rehearsal    bool
}

// Enter puts the file's lines into the ledger as a new batch, duplicates held. Half a batch is
// never visible. It returns ledger.ErrContentChanged when the file is not the one of the stock
// any more.
func Enter(ctx context.Context, store *ledger.Store, s Stock, o Origin, lines Lines) (ledger.Batch, error) {
	s.duplicates.restart()
	return store.Create(ctx, ledger.Batch{
		Digest: s.Digest, LinesDigest: s.LinesDigest, Period: s.Period, File: o.File, FileSHA256: o.FileSHA256,
		ExtraColumns: o.ExtraColumns, Lines: s.Count, Total: s.Total, CreatedBy: o.CreatedBy, Rehearsal: o.Rehearsal,
		Base: s.Changes.Base.ID,
	}, func(add func(ledger.Draft) error) error {
		return lines(func(line ledger.Line) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			draft, err := s.judge(line)
			if err != nil {
				return err
			}
			return add(draft)
		})
	})
}

// ParsePeriod checks a period as people write it, "2026-11".
func ParsePeriod(text string) (string, error) {
	t, err := time.Parse("2006-01", text)
	if err != nil || t.Year() < 2000 || t.Year() > 2999 {
		return "", fmt.Errorf("period %q: write it as year and month, such as 2026-11", text)
	}
	return text, nil
}

// PeriodOf returns the period of a moment: its month in Jakarta.
func PeriodOf(t time.Time) string { return t.In(ledger.WIB).Format("2006-01") }
