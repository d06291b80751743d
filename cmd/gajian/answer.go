package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"time"

	"gajian/ledger"
)

// answerQuestions lets `gajian status` see the batches while this process holds the ledger,
// which nobody else can open then. It listens on this machine only, and answers only to the key
// that stands in the owner's file beside the ledger. It returns the way to stop it. A run goes on
// without it when it cannot listen.
func (p *program) answerQuestions(store *ledger.Store) (stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.logger.Warn("gajian status cannot look at this run", "error", err)
		return func() {}
	}
	key := rand.Text()
	server := &http.Server{
		Handler:           p.answers(store, key),
		ReadHeaderTimeout: 5 * time.Second, WriteTimeout: answerTimeout, MaxHeaderBytes: 16 << 10,
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // ends with Close
	}()
	if err := store.Announce(listener.Addr().String(), key); err != nil {
		p.logger.Warn("gajian status cannot look at this run", "error", err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close()
		}
		<-served
	}
}

func (p *program) answers(store *ledger.Store, key string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+key)) != 1 {
			http.Error(w, "wrong key", http.StatusUnauthorized)
			return
		}
		answer, err := p.answer(store, r.FormValue("batch"), r.FormValue("lines") == "true")
		switch {
		case errors.Is(err, ledger.ErrNoBatch), errors.Is(err, ledger.ErrSeveralBatches):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer) // who asked has gone away
		}
	})
	return mux
}

func (p *program) answer(store *ledger.Store, name string, lines bool) (any, error) {
	if name == "" {
		return p.allBatches(store)
	}
	return p.oneBatch(store, name, lines)
}

// existingReport returns the path of a batch's workbook when it has been written.
func (p *program) existingReport(store *ledger.Store, id string) string {
	path := p.reportPath(store, id)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
