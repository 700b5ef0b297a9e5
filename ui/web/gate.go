package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// A Gate bounds what takes much memory or time, such as large uploads and lists as
// files: so many at once, a few who wait a moment, and nobody else. Ordinary pages
// do not pass it. A nil Gate lets everybody in.
type Gate struct {
	places chan struct{}
	near   atomic.Int64 // inside or waiting
	shed   atomic.Uint64
	wait   time.Duration
}

// What a gate lets wait, for each place, and how long.
const (
	gateLine = 4
	gateWait = 5 * time.Second
)

// GateRetry is when somebody shall come again for whom there was no room.
const GateRetry = 15 * time.Second

// NewGate returns a gate with so many places.
func NewGate(places int) *Gate { return &Gate{places: make(chan struct{}, places), wait: gateWait} }

// Enter takes a place, waiting a moment for one; false: there is none.
func (g *Gate) Enter(ctx context.Context) (leave func(), ok bool) {
	if g == nil {
		return func() {}, true
	}
	if g.near.Add(1) > int64((gateLine+1)*cap(g.places)) {
		g.near.Add(-1)
		g.shed.Add(1)
		return nil, false
	}
	patience := time.NewTimer(g.wait)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}:
		return func() { <-g.places; g.near.Add(-1) }, true
	case <-patience.C:
		g.shed.Add(1)
	case <-ctx.Done():
	}
	g.near.Add(-1)
	return nil, false
}

// Shed is how many were sent away since the start.
func (g *Gate) Shed() uint64 {
	if g == nil {
		return 0
	}
	return g.shed.Load()
}

// ErrNoRoom is what is said to whom a gate did not let in.
var ErrNoRoom = &Problem{Status: http.StatusServiceUnavailable, Key: "problem.503.busy"}
