package enroll

import (
	"sync"
	"time"
)

// pace counts per key within a window that begins with the first count. It lives in memory: with two nodes a device may
// do twice as much, which does no harm. Keys are only made for devices an authority has, so their number is bounded;
// windows that are over are dropped as it grows.
type pace struct {
	mu     sync.Mutex
	counts map[string]count
}

type count struct {
	n   int
	end time.Time
}

// may counts one more and reports whether it is within the limit.
func (p *pace) may(key string, now time.Time, window time.Duration, limit int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts == nil {
		p.counts = map[string]count{}
	}
	c := p.counts[key]
	if !now.Before(c.end) {
		if len(p.counts) >= 1024 {
			for k, old := range p.counts {
				if !now.Before(old.end) {
					delete(p.counts, k)
				}
			}
		}
		c = count{end: now.Add(window)}
	}
	c.n++
	p.counts[key] = c
	return c.n <= limit
}
