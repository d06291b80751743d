package simulator_test

import (
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"gajian/batch/kirimdoku/simulator"
)

// BenchmarkSignedPayout is what the three calls of a payout cost the simulator itself, in memory and
// without a network: the calls are signed while the clock stands. kept-B/payout is what it still
// holds for each payout at the end, for its book and its rules.
func BenchmarkSignedPayout(b *testing.B) {
	c := newClient(b, config())
	c.sim.TopUp(1 << 60)
	before := heapInUse()
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		p := ordinary(fmt.Sprintf("2026-11-ABC123-%07d", i))
		p.account = strings.ReplaceAll(fmt.Sprintf("80%08o", i), "3", "9") // not one of the accounts that behave in a special way
		inquiry := c.inquiryRequest(p.inquiryFields().json()).build()
		b.StartTimer()
		session := serve(b, c.sim, inquiry, "sessionId")
		b.StopTimer()
		transfer := c.transferRequest(p.transferFields(session).json()).build()
		status := c.statusRequest(fields{"originalPartnerReferenceNo": p.reference, "serviceCode": "43"}.json()).build()
		b.StartTimer()
		serve(b, c.sim, transfer, "referenceNo")
		serve(b, c.sim, status, "latestTransactionStatus")
	}
	b.ReportMetric(float64(heapInUse()-before)/float64(b.N), "kept-B/payout")
	if violations := c.sim.Violations(); len(violations) > 0 {
		b.Fatal(violations[0])
	}
	runtime.KeepAlive(c)
}

func heapInUse() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// serve makes a call and returns one field of its answer.
func serve(b *testing.B, sim *simulator.Simulator, r *http.Request, field string) string {
	w := &memoryAnswer{header: http.Header{}}
	sim.ServeHTTP(w, r)
	_, rest, found := strings.Cut(w.body.String(), `"`+field+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found || w.status != http.StatusOK {
		b.Fatalf("%s: %d %s", r.URL.Path, w.status, &w.body)
	}
	return value
}

// memoryAnswer is an answer in memory.
type memoryAnswer struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *memoryAnswer) Header() http.Header         { return w.header }
func (w *memoryAnswer) WriteHeader(status int)      { w.status = status }
func (w *memoryAnswer) Write(p []byte) (int, error) { return w.body.Write(p) }
