package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A node that goes is there for whoever has not noticed yet, and says on each answer that the connection ends.
func TestNodeLeavesWhenNobodyAsks(t *testing.T) {
	var l leave
	h := l.watch(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	ask := func(path string) string {
		a := httptest.NewRecorder()
		h.ServeHTTP(a, httptest.NewRequest(http.MethodGet, path, nil))
		return a.Header().Get("Connection")
	}
	if c := ask("/mdm"); c != "" {
		t.Errorf("a node that stays ends a connection: %q", c)
	}
	const quiet = 200 * time.Millisecond
	gone := make(chan time.Time)
	go func() { l.wait(quiet); gone <- time.Now() }()
	for !l.going.Load() {
		time.Sleep(time.Millisecond)
	}
	var last time.Time
	for range 10 { // for longer than quiet
		last = time.Now()
		if c := ask("/mdm"); c != "close" {
			t.Fatalf("a node that goes keeps a connection: %q", c)
		}
		select {
		case <-gone:
			if time.Since(last) < quiet {
				t.Fatal("gone while it was being asked")
			}
			return // this machine slept for longer than quiet
		case <-time.After(quiet / 4):
		}
	}
	for asking := true; asking; { // that it is asked whether it is ready keeps nobody
		ask("/readyz")
		select {
		case at := <-gone:
			if at.Sub(last) < quiet {
				t.Errorf("gone %s after it was last asked", at.Sub(last))
			}
			asking = false
		case <-time.After(quiet / 20):
		}
	}
}
