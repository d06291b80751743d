package kirimdoku_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gajian/batch"
	"gajian/batch/kirimdoku"
)

// lagging answers every call about a payout with what it owes from the one before it on the same
// connection: after call number from it says one answer twice, when nobody looks at the connection any more.
type lagging struct {
	mu    sync.Mutex
	calls int
	owed  map[net.Conn]string
}

func (l *lagging) answer(conn net.Conn, from int, own func(call int) string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	said := own(l.calls)
	if owed, late := l.owed[conn]; late {
		io.WriteString(conn, owed)
		l.owed[conn] = said
		return
	}
	io.WriteString(conn, said)
	if l.calls == from {
		l.owed[conn] = said
	}
}

// except is honest but for the calls of one path.
func except(path string, answer func(conn net.Conn)) func(*office, net.Conn, *http.Request) {
	return func(o *office, conn net.Conn, r *http.Request) {
		if r.URL.Path != path {
			honest(o, conn, r)
			return
		}
		answer(conn)
	}
}

// The provider's acceptance of transfer 1 comes a second time when transfer 2 has been written. Were
// the connection kept, transfer 3 would be given the refusal of transfer 2: called failed though it is
// paid, and paid anew by whoever believes it.
func TestNoTransferIsGivenTheAnswerToTheOneBefore(t *testing.T) {
	const refused = `{"responseCode":"4044311","responseMessage":"Invalid Account"}`
	lag := &lagging{owed: map[net.Conn]string{}}
	o := openOffice(t, "http", except(transferPath, func(conn net.Conn) {
		lag.answer(conn, 1, func(call int) string {
			if call == 2 {
				return fmt.Sprintf("HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\n\r\n%s", len(refused), refused)
			}
			return full(strings.ReplaceAll(sampleTransfer, sample.Reference, fmt.Sprint("REF", call)))
		})
	}))
	client, _ := o.client(t, "http", &gate{})
	mustOperate(t, client, kirimdoku.BalanceCall)
	for i, want := range []string{"REF1", "another's", "REF3", "REF4"} {
		time.Sleep(20 * time.Millisecond) // the connection rests, and may carry a transfer
		transfer := sample
		transfer.Reference = fmt.Sprint("REF", i+1)
		order, err := client.Prepare(t.Context(), transfer)
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := client.Transfer(t.Context(), order)
		if err != nil {
			t.Errorf("transfer %d: %v, %v", i+1, batch.OutcomeOf(err), err)
		}
		if got := receipt.Reference; got != want && (want != "another's" || got == transfer.Reference) {
			t.Errorf("transfer %d has the receipt of %s", i+1, got)
		}
	}
}

func TestInquiriesComeBackInStepAfterAStrayAnswer(t *testing.T) {
	lag := &lagging{owed: map[net.Conn]string{}}
	o := openOffice(t, "http", except(inquiryPath, func(conn net.Conn) {
		lag.answer(conn, 1, func(call int) string {
			return full(strings.ReplaceAll(sampleInquiry, sampleInquire.Reference, fmt.Sprint("Q", call)))
		})
	}))
	client, _ := o.client(t, "http", &gate{})
	var heard []string
	for i := range 4 {
		inquiry := sampleInquire
		inquiry.Reference = fmt.Sprint("Q", i+1)
		holder, err := client.Inquire(t.Context(), inquiry)
		if err != nil {
			t.Fatal(err)
		}
		heard = append(heard, holder.Reference)
	}
	if heard[0] != "Q1" || heard[2] != "Q3" || heard[3] != "Q4" {
		t.Errorf("four inquiries were answered with %v", heard)
	}
}

func TestAConnectionIsNotKeptAfterWhatIsNoAnswerToTheQuestion(t *testing.T) {
	for name, answer := range map[string]string{
		"an answer of another service": full(sampleStatus),
		"an answer about another":      full(strings.ReplaceAll(sampleInquiry, sampleInquire.Reference, "ANOTHER")),
		"a page":                       "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 6\r\n\r\n<html>",
		"nothing":                      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	} {
		o := openOffice(t, "http", except(inquiryPath, func(conn net.Conn) { io.WriteString(conn, answer) }))
		client, _ := o.client(t, "http", &gate{})
		mustOperate(t, client, kirimdoku.BalanceCall)
		before := len(o.cameOn)
		for range 3 {
			_ = operate(t.Context(), client, kirimdoku.InquiryCall)
		}
		inquiries := slices.Clone(o.cameOn[before:])
		if len(slices.Compact(inquiries)) != 3 {
			t.Errorf("%s: three inquiries came on the connections %v", name, o.cameOn[before:])
		}
	}
}
