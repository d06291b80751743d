//go:build amd64 || arm64

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
)

// TestKilledAtEveryProviderCall kills a run at its n-th call of the provider, for n = 1, 2, 3 …
// until a run passes untouched: before the call arrives, and when the provider has acted and its
// answer has not been read.
func TestKilledAtEveryProviderCall(t *testing.T) {
	c := newCampaign(t)
	for _, when := range []moment{before, after} {
		c.each(string(when), func(p *payday, n int) (untouched bool) {
			killed := p.killAtProvider(when, n, "")
			p.endWell()
			return !killed
		})
	}
}

// killAtProvider runs the payroll through a proxy that kills the run at its n-th call of those
// whose path contains part.
func (p *payday) killAtProvider(when moment, n int, part string) (killed bool) {
	c := exec.Command(p.binary, "run", p.payroll())
	k := &callKiller{process: c, when: when, n: int64(n), part: part, dead: make(chan struct{}), pass: p.proxy()}
	server := httptest.NewServer(k)
	defer server.Close()
	c.Env, c.Dir = append(p.env[:len(p.env):len(p.env)], "GAJIAN_BASE_URL="+server.URL), p.folder
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	_ = c.Wait() // the exit code tells
	close(k.dead)
	code := c.ProcessState.ExitCode()
	if killed = k.calls.Load() >= k.n; killed != (code < 0) || !killed && code != exitExceptions {
		p.t.Fatalf("after %d provider calls the run ended with %d\n%s", k.calls.Load(), code, &stderr)
	}
	return killed
}

func (p *payday) proxy() http.Handler {
	target, err := url.Parse(p.address)
	if err != nil {
		p.t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }, // the caller was killed
	}
}

// callKiller passes calls on and kills the caller at the n-th.
type callKiller struct {
	process *exec.Cmd
	when    moment
	n       int64
	part    string
	calls   atomic.Int64
	dead    chan struct{} // closed when the caller has ended
	pass    http.Handler
}

func (k *callKiller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hit := strings.Contains(r.URL.Path, k.part) && k.calls.Add(1) == k.n
	if hit && k.when == after {
		k.pass.ServeHTTP(httptest.NewRecorder(), r) // the caller gets nothing of it
	}
	if hit {
		_ = k.process.Process.Kill()
		<-k.dead
		panic(http.ErrAbortHandler)
	}
	k.pass.ServeHTTP(w, r)
}

// transferPath is in the path of every transfer, and of nothing else.
const transferPath = "/transfer-bank"
