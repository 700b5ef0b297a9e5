package control

import "sync/atomic"

// PushCount is what became of the pushes of this process, for metrics. A push the pace of a school held back is none.
type PushCount struct {
	Accepted, Refused, Unsent uint64 // by Apple; by Apple; no certificate, or no answer
}

type pushCounter struct{ accepted, refused, unsent atomic.Uint64 }

// Pushes counts since the start.
func (x *Control) Pushes() PushCount {
	c := &x.push.count
	return PushCount{c.accepted.Load(), c.refused.Load(), c.unsent.Load()}
}
