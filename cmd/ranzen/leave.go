package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// leave is how a node goes without anybody noticing. Whoever spreads requests over nodes asks /readyz, hears that this one goes, and
// sends requests elsewhere; when that is, only the requests themselves tell. So the node answers, telling every connection that
// it ends with this answer (RFC 9110, 7.6.1; for HTTP/2 net/http makes it a GOAWAY), until for a while nobody has asked for anything.
// A listener that is closed earlier takes connections with it that the kernel has accepted and nobody has read.
type leave struct {
	begun time.Time
	going atomic.Bool
	asked atomic.Int64 // when something was last asked for, in nanoseconds since begun
}

// leaveAtMost is when a node goes although it is still being asked: somebody does not look at /readyz.
const leaveAtMost = 25 * time.Second

func (l *leave) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.going.Load() {
			w.Header().Set("Connection", "close")
			if r.URL.Path != "/readyz" && r.URL.Path != "/healthz" {
				l.asked.Store(int64(wallClock().Sub(l.begun)))
			}
		}
		next.ServeHTTP(w, r)
	})
}

// wait returns when nobody asked for anything for as long as quiet.
func (l *leave) wait(quiet time.Duration) {
	l.begun = wallClock()
	l.going.Store(true)
	for {
		gone := wallClock().Sub(l.begun)
		left := min(time.Duration(l.asked.Load())+quiet, leaveAtMost) - gone
		if left <= 0 {
			return
		}
		pause(context.Background(), left)
	}
}
