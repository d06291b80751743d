package ledger_test

import (
	"reflect"
	"testing"

	"gajian/ledger"
	"pgregory.net/rapid"
)

// drawEvent draws an event that shares much with others, as those of one run do, or nothing.
func drawEvent(t *rapid.T) ledger.EventRecord {
	word := rapid.OneOf(rapid.SampledFrom([]string{"", "run", "2004300", "Successful", "DK0987654321", "0", "00", "7", "A", "AB12", "ABC12", "20261123000000000000000000000001"}), rapid.String())
	body := rapid.SampledFrom([][]byte{nil, {1}, make([]byte, 32)})
	var e ledger.EventRecord
	e.At, e.Batch, e.Line = rapid.Int64Range(-5, 1<<42).Draw(t, "at"), rapid.Uint32Range(0, 3).Draw(t, "batch"), rapid.IntRange(0, lastLine).Draw(t, "line")
	e.Kind = ledger.Kind(rapid.IntRange(1, 200).Draw(t, "kind"))
	e.From, e.To = ledger.Status(rapid.IntRange(0, 10).Draw(t, "from")), ledger.Status(rapid.IntRange(0, 10).Draw(t, "to"))
	e.Actor, e.Record = word.Draw(t, "actor"), body.Draw(t, "record")
	v := &e.Evidence
	v.Code, v.Message, v.TransferStatus, v.Reason = word.Draw(t, "code"), word.Draw(t, "message"), word.Draw(t, "status"), word.Draw(t, "reason")
	v.ExternalID, v.Session, v.ProviderReference = word.Draw(t, "external"), word.Draw(t, "session"), word.Draw(t, "reference")
	v.BodyDigest, v.Digest = body.Draw(t, "body"), body.Draw(t, "digest")
	v.Amount, v.Others = ledger.Sen(rapid.Int64().Draw(t, "amount")), ledger.Sen(rapid.Int64().Draw(t, "others"))
	v.Answer, v.Proof = ledger.Answer(rapid.IntRange(0, 3).Draw(t, "answer")), ledger.Proof(rapid.IntRange(0, 3).Draw(t, "proof"))
	v.NotFoundAfter, v.Waited = rapid.Int64().Draw(t, "after"), rapid.Int64().Draw(t, "waited")
	return e
}

func TestAnyEventsOfABlockComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(drawEvent), 1, 12).Draw(t, "events")
		back, _, err := ledger.RoundTripBlock(events)
		if err != nil || !reflect.DeepEqual(back, events) {
			t.Fatalf("came back as %+v, %v; want %+v", back, err, events)
		}
	})
}

// TestBytesThatAreNoRecordAreRefused: whoever forges a checksum too gets no further than an error.
func TestBytesThatAreNoRecordAreRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events, stored, err := ledger.RoundTripBlock(rapid.SliceOfN(rapid.Custom(drawEvent), 1, 3).Draw(t, "events"))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(stored)-1).Draw(t, "at")
		switch rapid.IntRange(0, 2).Draw(t, "damage") {
		case 0:
			if err := ledger.ReadForged(len(events), stored[:at]); err == nil {
				t.Fatalf("a block that ends after %d of %d bytes was read", at, len(stored))
			}
		case 1:
			if err := ledger.ReadForged(len(events), append(stored, 0)); err == nil {
				t.Fatal("a block that goes on after its end was read")
			}
		case 2: // another record, or none; but no panic and no memory without end
			stored[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
			_ = ledger.ReadForged(len(events), stored)
		}
	})
}
