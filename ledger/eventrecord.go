package ledger

import (
	"slices"
	"time"
)

// eventRecord is an Event as stored in a block; its number follows from the block's key.
type eventRecord struct {
	At       int64
	Kind     Kind
	Batch    uint32
	Line     int
	From     Status
	To       Status
	Actor    string
	Evidence evidenceRecord
	Record   []byte // digest of the payout's record, or the batch's, as the event left it
}

type evidenceRecord struct {
	Code              string
	Message           string
	TransferStatus    string
	ExternalID        string
	Session           string
	ProviderReference string
	BodyDigest        []byte
	Reason            string
	Amount            Sen
	Digest            []byte
	Answer            Answer
	NotFoundAfter     int64 // milliseconds, as Waited
	Waited            int64
	Proof             Proof
	Others            Sen
}

func newEvidenceRecord(e Evidence) evidenceRecord {
	return evidenceRecord{
		Code: e.Code, Message: e.Message, TransferStatus: e.TransferStatus, ExternalID: e.ExternalID, Session: e.Session,
		ProviderReference: e.ProviderReference, BodyDigest: e.BodyDigest, Reason: e.Reason, Amount: e.Amount, Digest: e.Digest,
		Answer: e.Answer, NotFoundAfter: (e.NotFoundAfter + time.Millisecond - 1).Milliseconds(), Waited: e.Waited.Milliseconds(), Proof: e.Proof,
		Others: e.Others,
	}
}

func (r evidenceRecord) evidence() Evidence {
	return Evidence{
		Code: r.Code, Message: r.Message, TransferStatus: r.TransferStatus, ExternalID: r.ExternalID, Session: r.Session,
		ProviderReference: r.ProviderReference, BodyDigest: r.BodyDigest, Reason: r.Reason, Amount: r.Amount, Digest: r.Digest,
		Answer: r.Answer, NotFoundAfter: duration(r.NotFoundAfter), Waited: duration(r.Waited), Proof: r.Proof,
		Others: r.Others,
	}
}

// eventBits is how many bytes say which fields of an event are there: 24 fields at most.
const eventBits = 3

// blockPacking writes or reads the events of a block. Of what an event has in common with those
// before it in the block only the difference is written. An event follows from its own bytes and
// theirs, and the hash chain covers those and where the block begins, so all of it.
type blockPacking struct {
	packing
	at    int64 // of the event before, as the next three
	batch uint32
	line  int
	actor string
	said  []string // actors, codes, messages and reasons of the block up to now
}

// event writes or reads the next event.
func (p *blockPacking) event(e *eventRecord) {
	p.kind(e)
	at, v := p.begin(eventBits), &e.Evidence
	p.follow(e)
	p.again(&v.Code)
	p.again(&v.Message)
	p.again(&v.TransferStatus)
	p.detail(&v.ExternalID)
	p.detail(&v.Session)
	p.detail(&v.ProviderReference)
	p.bytes(&v.BodyDigest)
	p.again(&v.Reason)
	whole(&p.packing, &v.Amount, 0)
	p.bytes(&v.Digest)
	whole(&p.packing, &v.Answer, 0)
	whole(&p.packing, &v.NotFoundAfter, 0)
	whole(&p.packing, &v.Waited, 0)
	whole(&p.packing, &v.Proof, 0)
	whole(&p.packing, &v.Others, 0)
	p.bytes(&e.Record)
	p.end(at, eventBits)
}

// kind is what sort of event it is, and of a transition from where to where: two bytes, since there
// are ten statuses.
func (p *blockPacking) kind(e *eventRecord) {
	if !p.reading {
		p.data = append(p.data, byte(e.Kind), byte(e.From)<<4|byte(e.To)&15)
	} else if two := p.take(2); two != nil {
		e.Kind, e.From, e.To = Kind(two[0]), Status(two[1]>>4), Status(two[1]&15)
	}
}

// follow is when it was, about which payout, and by whom.
func (p *blockPacking) follow(e *eventRecord) {
	since(&p.packing, &e.At, p.at)
	since(&p.packing, &e.Batch, p.batch)
	since(&p.packing, &e.Line, p.line)
	if p.has(e.Actor != p.actor) {
		e.Actor = p.share(e.Actor)
	} else {
		e.Actor = p.actor
	}
	p.at, p.batch, p.line, p.actor = e.At, e.Batch, e.Line, e.Actor
}

// again is a field of text that other events of the block are likely to have too.
func (p *blockPacking) again(s *string) {
	if p.has(*s != "") {
		*s = p.share(*s)
	}
}

// share writes or reads a text: its number among those of the block, or 0 and itself.
func (p *blockPacking) share(s string) string {
	known := slices.Index(p.said, s) + 1
	if p.reading {
		known = int(min(p.count(0), uint64(len(p.said))+1))
	} else {
		p.count(uint64(known))
	}
	switch {
	case known > len(p.said):
		p.take(-1)
		return ""
	case known == 0:
		s = p.words(s)
		p.said = append(p.said, s)
		return s
	}
	return p.said[known-1]
}
