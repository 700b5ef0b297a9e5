package store

import (
	"context"
	"sync"
	"time"

	"ranzen/store/school"
)

// readings keeps what was read of the devices that speak just now: a session has several requests, and between two of them
// nobody but the device itself changes anything, as a rule. A reading is used only while three numbers stand, which the one
// statement every request begins with (Identity) reads anew from the database, whichever node wrote:
//
//   - target.gen: every fact of this device, its person and its place counts it up (see touched)
//   - target.seq: every report, every plan, every command that was handed out or answered
//   - authority.shared_version: all that it shares with others (see shared)
//
// and no longer than the next membership in a group begins or ends, nor than readingLasts. What no number stands for is not
// guarded, and nobody decides by it: when it was last seen, which is read from Seen, and how its last push went. A device with open
// orders is read each time: orders are rare, and expire by a job.
//
// After a plan was kept, the reading of the next request is made from it: it is what would be read. A test walks at random and holds
// it against the database.
//
// What was read to plan marked devices, without any of them asking, is kept as well: they are pushed next, and come.
type readings struct {
	mu         sync.Mutex
	young, old map[school.EnrollmentID]*keptReading
	since      time.Time // when the first of the young was kept
}

// mostReadings is how many are kept of each age: a large school at once, and no district. One takes some kilobytes.
const mostReadings = 4096

// readingLasts is how long one is used: longer than an iPad takes to answer a push and to be done, and not long enough to matter
// should a database be set back to what it was.
const readingLasts = 5 * time.Minute

type keptReading struct {
	reading
	read time.Time
}

func (k *readings) find(e school.EnrollmentID) *keptReading {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r := k.young[e]; r != nil {
		return r
	}
	return k.old[e]
}

func (k *readings) keep(r *keptReading) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.young == nil || len(k.young) >= mostReadings {
		k.young, k.old, k.since = make(map[school.EnrollmentID]*keptReading), k.young, r.read
	}
	k.young[r.Enrollment] = r
}

// age drops what is too old to be used, also when nobody comes any more.
func (k *readings) age(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if (len(k.young) > 0 || len(k.old) > 0) && now.Sub(k.since) >= readingLasts {
		k.young, k.old, k.since = nil, k.young, now
	}
}

// forget drops all: with a lost connection nobody knows which database answers next.
func (k *readings) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.young, k.old = nil, nil
}

// remembered is the reading of an identity, if it is there and nothing moved.
func (s *Store) remembered(id Identity) (reading, bool) {
	k := s.readings.find(id.Enrollment)
	now := s.Now()
	if id.Known == (Read{}) || k == nil || k.at != id.Known || k.Authority != id.Authority ||
		now.Sub(k.read) >= readingLasts || !k.until.IsZero() && !now.Before(k.until) {
		return reading{}, false
	}
	r := k.reading
	r.At = now
	s.lastSeen(&r)
	return r, true
}

// readingFor reads the enrolment of an identity, from memory if nothing moved.
func (s *Store) readingFor(ctx context.Context, id Identity) (reading, error) {
	if r, ok := s.remembered(id); ok {
		return r, nil
	}
	r, err := s.readingOf(ctx, id.Authority, id.Enrollment)
	if err == nil {
		s.keepReading(r)
	}
	return r, err
}

// keepReading keeps what was read just now. A device with open orders is read each time.
func (s *Store) keepReading(r reading) {
	if r.Enrollment != "" && !r.orders && r.order == "" {
		s.readings.keep(&keptReading{r, r.At})
	}
}

// lastSeen puts in when the device was last seen.
func (s *Store) lastSeen(r *reading) {
	if at, ok := s.LastSeen(r.Enrollment); ok && at.After(r.Device.LastSeen) {
		r.Device.LastSeen = at
	}
	r.have.LastSeen = r.Device.LastSeen
}

// planned keeps what the next request of a device would read after a plan was kept. What changed more than the target and the
// command in flight is read anew.
func (s *Store) planned(ctx context.Context, p Planned, now time.Time) {
	if heldBy(ctx) != nil {
		return
	}
	if p.Set != "" {
		s.sets.LoadOrStore(string(p.Authority)+p.Set, s.membersOf(p))
	}
	fly := p.Have.InFlight
	if h := p.Hand; h != nil {
		if h.Renews || h.Order != "" {
			return
		}
		if h.Again && fly != nil {
			again := *fly
			again.SentAt = now
			fly = &again
		} else {
			fly = &school.InFlight{UUID: h.UUID, Kind: h.Kind, Fingerprint: h.Fingerprint, Item: h.Item, Hash: h.Hash, SentAt: now}
		}
	}
	if p.Demanded != nil || p.Heard != nil && !p.Heard.plain() || len(p.Have.Orders) > 0 || len(p.Have.Void) > 0 || len(p.Done) > 0 {
		return
	}
	s.moved(p.Enrollment, p.Read, targetState{set: p.Set, overlay: p.Overlay}, p.Have, fly)
}

// moved keeps the reading that follows from one that was kept at read: what was kept since is what would be read.
func (s *Store) moved(e school.EnrollmentID, read Read, t targetState, have school.Reported, fly *school.InFlight) {
	k := s.readings.find(e)
	if k == nil || k.at != read {
		return
	}
	next := &keptReading{k.reading, k.read}
	next.have, next.have.InFlight, next.target = have, fly, t
	next.at.Seq++
	s.readings.keep(next)
}

// plain reports whether an observation changes nothing beside the target and its command.
func (o *Observation) plain() bool {
	return o.Info == nil && o.Updating == nil && o.Bypass == nil && !o.Mark && !o.NoDeclare && o.before.Awaiting == o.Have.Awaiting &&
		o.before.InventoryAt.Equal(o.Have.InventoryAt) && o.before.BypassAt.Equal(o.Have.BypassAt) && (o.Command == nil || o.Command.Order == "")
}
