package control

import (
	"sync"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// pacer spreads pushes over time where a school wants calm (school.Calm). Who has no turn now is given one: its push is put off to
// that time, so that a wave waits in the database and not here. What is kept here is one time per school that is being paced; a node
// that starts anew gives turns anew, and no push is lost by it.
type pacer struct {
	mu   sync.Mutex
	next map[school.SchoolID]time.Time // when the next push may go to the school
}

// slack is how far ahead a turn counts as now: pushes are looked at once a second.
const slack = time.Second

// slots says how long each of the pushes has to wait; zero: now.
func (p *pacer) slots(due []store.PushTarget, now time.Time) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]time.Duration, len(due))
	local := now.In(store.Berlin)
	for i, t := range due {
		if t.Urgent || t.School == "" {
			continue
		}
		at := now
		if rests := t.Calm.Rests(local); rests.After(at) {
			at = rests
		}
		every := t.Calm.Every()
		if next := p.next[t.School]; every > 0 && next.After(at) {
			at = next
		}
		if every > 0 {
			if p.next == nil {
				p.next = map[school.SchoolID]time.Time{}
			}
			p.next[t.School] = at.Add(every)
		}
		if wait := at.Sub(now); wait > slack {
			out[i] = wait
		}
	}
	for s, next := range p.next {
		if next.Before(now) {
			delete(p.next, s)
		}
	}
	return out
}
