package control

import (
	"context"
	"sync"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// reach knows whether Apple's push service is there, per authority: each has a connection of its own, and a proxy or a
// certificate may stand in the way of one alone. What is known lives in the process that pushes; a node that takes over
// begins to know anew, and its first push that gets through ends the alarm whoever raised it.
type reach struct {
	mu    sync.Mutex
	known map[school.AuthorityID]reached
}

type reached struct {
	gone time.Time // since when nothing gets through; zero: it does
	told bool      // the alarm stands, or may: this process never saw a push get through
}

// alarmed notes that an alarm stands which the next push that gets through ends.
func (r *reach) alarmed(a school.AuthorityID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if is, seen := r.known[a]; seen {
		is.told = true
		r.known[a] = is
	}
}

// unreachableAfter is how long Apple may be silent before it is an alarm: a moment is nobody's business.
const unreachableAfter = 5 * time.Minute

// sawPushes takes what became of a round of pushes to an authority and raises or ends its alarm.
func (x *Control) sawPushes(ctx context.Context, a school.AuthorityID, through bool) error {
	now := x.st.Now()
	r := &x.reach
	r.mu.Lock()
	if r.known == nil {
		r.known = map[school.AuthorityID]reached{}
	}
	is, seen := r.known[a]
	if !seen {
		is.told = true
	}
	end := through && is.told
	if through {
		is = reached{}
	} else if is.gone.IsZero() {
		is.gone = now
	}
	raise := !through && now.Sub(is.gone) >= unreachableAfter
	is.told = is.told && !through || raise
	r.known[a] = is
	r.mu.Unlock()
	if raise {
		_, err := x.st.RaiseAlarm(ctx, store.Alarm{Authority: a, Kind: store.AlarmPush, Urgency: store.Today, Detail: map[string]any{"since": is.gone.UTC().Format(time.RFC3339)}})
		return err
	}
	if !end {
		return nil
	}
	for _, kind := range []string{store.AlarmPush, store.AlarmPushRefused, store.AlarmPushMissing} {
		if _, err := x.st.ClearAlarm(ctx, a, kind, ""); err != nil {
			r.alarmed(a) // the next push that gets through ends it
			return err
		}
	}
	return nil
}
