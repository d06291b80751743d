package simulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// The paths that are not the provider's. They only read, and take no credentials: the simulator
// holds no money and no secrets.
const (
	adminPath    = "/simulator/"
	redirectPath = adminPath + "redirected"
)

// serveAdmin tells another process what tests in the same process ask by methods.
func (s *Simulator) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == redirectPath {
		s.recordRedirected()
		http.Error(w, "a payout call must not follow redirects", http.StatusGone)
		return
	}
	var view any
	switch r.URL.Path {
	case adminPath + "book":
		view = s.Book()
	case adminPath + "violations":
		view = s.violationsView()
	case adminPath + "balance":
		view = s.balanceView()
	case adminPath + "calls":
		view = callsView{s.Calls(), s.PeakCallsPerSecond()}
	default:
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	// An error of Encode says that the client has gone: every view can be encoded.
	_ = json.NewEncoder(w).Encode(view)
}

type callsView struct {
	Calls map[Operation]int `json:"calls"`
	Peak  int               `json:"peak_per_second"`
}

type balanceView struct {
	Balance
	Check string `json:"check"` // empty when the book adds up
}

func (s *Simulator) balanceView() balanceView {
	view := balanceView{Balance: s.balance()}
	if err := s.CheckBook(); err != nil {
		view.Check = err.Error()
	}
	return view
}

// violationsView is an empty list rather than null when all is well.
func (s *Simulator) violationsView() []Violation {
	return append([]Violation{}, s.Violations()...)
}

// recordRedirected notes a client that followed the redirect of a fault.
func (s *Simulator) recordRedirected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{operation: OtherCall}
	c.breach("path", "followed a redirect", nil)
	s.record(c, time.Now())
}
