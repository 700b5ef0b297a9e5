package sim

import (
	"container/heap"
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"
)

// Fleet is the living half of a district: its iPads, their networks and their time.
//
// One heap holds the next moment of every iPad. Run plays it on the wall clock with a few workers; Advance plays it on a
// virtual clock, one event after the other, which is quick and can be repeated exactly. Both may be used in turn, not at once.
type Fleet struct {
	apple  *Apple
	cfg    Config
	server http.RoundTripper

	mu      sync.Mutex
	queue   moments
	bySer   map[string]*IPad
	iPads   []*IPad
	elapsed time.Duration // iPad life that has passed
	running bool
	started time.Time     // by tick, while running
	base    time.Duration // elapsed when Run began
	bell    chan struct{} // rings when the head of the queue may have changed
	air     air
	dice    *dice
}

// NewFleet makes an empty fleet whose iPads reach their management server through the given transport.
func NewFleet(a *Apple, server http.RoundTripper) *Fleet {
	f := &Fleet{
		apple: a, cfg: a.cfg, server: server,
		bySer: make(map[string]*IPad), bell: make(chan struct{}, 1),
		air: newAir(), dice: newDice(a.cfg.Seed, "fleet"),
	}
	a.mu.Lock()
	a.fleet = f
	a.mu.Unlock()
	return f
}

// Apple is who answers for the outside world.
func (f *Fleet) Apple() *Apple { return f.apple }

// MoveIn puts a district's networks on the air and its iPads, still boxed, into the schools. They are unboxed within
// Config.Arrival of iPad life. Putting them on a server's list (Server.Deliver) is a purchase and stays apart.
func (f *Fleet) MoveIn(d District) error {
	for _, s := range d.Schools {
		f.AddNetwork(s.Name, s.SSID, s.WiFiPassword)
		f.AddNetwork(s.Name, s.SetupSSID, s.SetupPassword)
	}
	for _, spec := range d.Devices {
		i, err := f.NewIPad(spec)
		if err != nil {
			return err
		}
		f.plan(i, dueUnbox, f.dice.upTo(f.cfg.Arrival))
	}
	return nil
}

// NewIPad makes a boxed iPad. Unbox starts its life.
func (f *Fleet) NewIPad(spec Spec) (*IPad, error) {
	spec = spec.withDefaults(f.cfg.Seed)
	f.mu.Lock()
	_, twice := f.bySer[spec.Serial]
	f.mu.Unlock()
	if twice {
		return nil, fmt.Errorf("sim: there is an iPad with serial %s already", spec.Serial)
	}
	i := &IPad{fleet: f, spec: spec, dice: newDice(f.cfg.Seed, "ipad "+spec.Serial)}
	i.s = state{OSVersion: spec.OSVersion, Build: spec.Build, Name: spec.Name, HasPasscode: spec.HasPasscode}
	i.clearAgenda()
	f.add(i)
	return i, nil
}

func (f *Fleet) add(i *IPad) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bySer[i.spec.Serial] = i
	f.iPads = append(f.iPads, i)
}

// IPad finds one by serial; nil if there is none.
func (f *Fleet) IPad(serial string) *IPad {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bySer[serial]
}

// IPads are all, in the order they came.
func (f *Fleet) IPads() []*IPad {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*IPad(nil), f.iPads...)
}

// Elapsed is how much iPad life has passed.
func (f *Fleet) Elapsed() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now()
}

// due is a reason for an iPad to act.
type due int

const (
	dueUnbox  due = iota // somebody takes it out of the box, or Setup Assistant tries again
	duePush              // a push waits
	duePoll              // after NotNow it asks by itself
	dueRetry             // a request failed
	dueSync              // declarations
	dueReport            // a status report is owed, at the latest the daily one
	dueUnlock            // somebody types the passcode
	dueWake              // it wakes
	dueAir               // networks came or went; asleep it does not notice
	dueUpdate            // an update of iPadOS goes on
	dueCount
)

type dueSet uint16

func (s dueSet) has(d due) bool        { return s&(1<<d) != 0 }
func (s dueSet) with(d due) dueSet     { return s | 1<<d }
func (s dueSet) union(t dueSet) dueSet { return s | t }

const never = time.Duration(math.MaxInt64)

// agenda is part of an IPad and guarded by Fleet.mu.
type agenda struct {
	due    [dueCount]time.Duration
	at     int  // place in the heap, -1 outside
	active bool // a worker has it; it goes back into the heap when done
}

func (i *IPad) clearAgenda() {
	for r := range i.agenda.due {
		i.agenda.due[r] = never
	}
	i.agenda.at = -1
}

func (g *agenda) next() time.Duration {
	first := never
	for _, t := range g.due {
		first = min(first, t)
	}
	return first
}

// moments is a heap of iPads by their next moment, then by serial so that ties do not depend on history.
type moments []*IPad

func (q moments) Len() int { return len(q) }
func (q moments) Less(a, b int) bool {
	ta, tb := q[a].agenda.next(), q[b].agenda.next()
	if ta != tb {
		return ta < tb
	}
	return q[a].spec.Serial < q[b].spec.Serial
}
func (q moments) Swap(a, b int) {
	q[a], q[b] = q[b], q[a]
	q[a].agenda.at, q[b].agenda.at = a, b
}
func (q *moments) Push(x any) {
	i := x.(*IPad)
	i.agenda.at = len(*q)
	*q = append(*q, i)
}
func (q *moments) Pop() any {
	old := *q
	i := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	i.agenda.at = -1
	return i
}

// now is called with f.mu held.
func (f *Fleet) now() time.Duration {
	if f.running {
		return f.base + time.Duration(float64(tick().Sub(f.started))*f.cfg.Speed)
	}
	return f.elapsed
}

// plan makes an iPad act for a reason after a while, or earlier if it is already planned earlier.
func (f *Fleet) plan(i *IPad, why due, after time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i.agenda.due[why] = min(i.agenda.due[why], f.now()+max(0, after))
	f.place(i)
}

// replan is plan, but also puts off.
func (f *Fleet) replan(i *IPad, why due, after time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i.agenda.due[why] = f.now() + max(0, after)
	f.place(i)
}

// cancel forgets a reason, or all.
func (f *Fleet) cancel(i *IPad, reasons ...due) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, why := range reasons {
		i.agenda.due[why] = never
	}
	f.place(i)
}

// place is called with f.mu held, after the agenda of i has changed.
func (f *Fleet) place(i *IPad) {
	if i.agenda.active {
		return
	}
	switch planned := i.agenda.next() != never; {
	case planned && i.agenda.at < 0:
		heap.Push(&f.queue, i)
	case planned:
		heap.Fix(&f.queue, i.agenda.at)
	case i.agenda.at >= 0:
		heap.Remove(&f.queue, i.agenda.at)
	}
	select {
	case f.bell <- struct{}{}:
	default:
	}
}

// take pops the first iPad whose moment has come by the limit, with all reasons due by then.
func (f *Fleet) take(limit time.Duration) (*IPad, dueSet, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return nil, 0, never
	}
	at := f.queue[0].agenda.next()
	if at > limit {
		return nil, 0, at
	}
	i := heap.Pop(&f.queue).(*IPad)
	i.agenda.active = true
	f.elapsed = max(f.elapsed, at)
	var reasons dueSet
	for r, t := range i.agenda.due {
		if t <= at {
			reasons = reasons.with(due(r))
			i.agenda.due[r] = never
		}
	}
	return i, reasons, at
}

func (f *Fleet) done(i *IPad) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i.agenda.active = false
	f.place(i)
}

// Advance lets the iPads live for d of their time without waiting. With the same seed, server and calls it runs the same way
// again. It stops early when ctx ends.
func (f *Fleet) Advance(ctx context.Context, d time.Duration) error {
	f.mu.Lock()
	until := f.elapsed + d
	f.mu.Unlock()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		i, reasons, _ := f.take(until)
		if i == nil {
			break
		}
		i.act(ctx, reasons)
		f.done(i)
	}
	f.mu.Lock()
	f.elapsed = until
	f.mu.Unlock()
	return nil
}

// Run lets the iPads live until ctx ends, then waits for the requests under way.
func (f *Fleet) Run(ctx context.Context) error {
	f.mu.Lock()
	f.running, f.started, f.base = true, tick(), f.elapsed
	f.mu.Unlock()
	type job struct {
		i       *IPad
		reasons dueSet
	}
	jobs := make(chan job)
	var workers sync.WaitGroup
	for range f.cfg.Workers {
		workers.Go(func() {
			for j := range jobs {
				j.i.act(ctx, j.reasons)
				f.done(j.i)
			}
		})
	}
	defer func() {
		close(jobs)
		workers.Wait()
		f.mu.Lock()
		f.elapsed = max(f.elapsed, f.now())
		f.running = false
		f.mu.Unlock()
	}()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		f.mu.Lock()
		now := f.now()
		f.mu.Unlock()
		i, reasons, next := f.take(now)
		if i != nil {
			select {
			case jobs <- job{i, reasons}:
				continue
			case <-ctx.Done():
				f.putBack(i, reasons)
				return nil
			}
		}
		pause := time.Hour
		if next != never {
			pause = min(pause, time.Duration(float64(next-now)/f.cfg.Speed)+time.Microsecond)
		}
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-f.bell:
		case <-ctx.Done():
			return nil
		}
	}
}

// putBack undoes take for an iPad no worker came for.
func (f *Fleet) putBack(i *IPad, reasons dueSet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range dueCount {
		if reasons.has(r) {
			i.agenda.due[r] = min(i.agenda.due[r], f.now())
		}
	}
	i.agenda.active = false
	f.place(i)
}

// pushed, changeToken and unlocked are what Apple tells an iPad. They only plan: Apple never waits for an iPad.

func (f *Fleet) pushed(serial string, after time.Duration) {
	if i := f.IPad(serial); i != nil {
		f.plan(i, duePush, after)
	}
}

func (f *Fleet) changeToken(serial string) {
	if i := f.IPad(serial); i != nil {
		i.wantsToken.Store(true)
		f.plan(i, dueRetry, 0)
	}
}

func (f *Fleet) unlocked(serial string) {
	if i := f.IPad(serial); i != nil {
		f.plan(i, dueUnbox, 0)
	}
}
