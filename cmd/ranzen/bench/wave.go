package bench

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ranzen/store/school"
)

// awake lets every iPad be awake: whichever is pushed comes, does what it is asked and is met. The function it returns sends all
// of them to sleep again and waits until they are.
func (t *town) awake(ctx context.Context, met func(d *device, began time.Time, done int, err error)) (sleep func()) {
	devices := t.world.devices
	byToken := make(map[string]*device, len(devices))
	for _, d := range devices {
		byToken[hex.EncodeToString(d.token)] = d
	}
	work := make(chan *device, 4*len(devices))
	t.push.begin(func(token string) {
		if d := byToken[token]; d != nil {
			select {
			case work <- d:
			default:
			}
		}
	})
	run, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for range t.srv.conns {
		wg.Go(func() {
			for {
				select {
				case <-run.Done():
					return
				case d := <-work:
					began := time.Now()
					n, err := d.obey(run, t.srv.client, t.srv.mdm(), true, 20)
					if run.Err() != nil {
						return
					}
					met(d, began, n, err)
				}
			}
		})
	}
	return func() {
		stop()
		wg.Wait()
		t.push.begin(nil)
	}
}

// roll ticks iPads off, each once.
type roll struct {
	left atomic.Int64
	seen sync.Map
	all  chan struct{}
}

func newRoll(n int) *roll {
	r := &roll{all: make(chan struct{})}
	r.left.Store(int64(n))
	return r
}

// here ticks a device off; false: it was here before.
func (r *roll) here(d *device) bool {
	if _, again := r.seen.LoadOrStore(d, true); again {
		return false
	}
	if r.left.Add(-1) == 0 {
		close(r.all)
	}
	return true
}

// wait until all were here.
func (r *roll) wait(ctx context.Context, limit time.Duration) error {
	select {
	case <-r.all:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(limit):
		return fmt.Errorf("%d iPads have not reported after %s", r.left.Load(), limit)
	}
}

// wave assigns a profile to everybody and lets all iPads be awake: P5 is the act and the pushes, P6 the whole way to the proof.
func (t *town) wave(ctx context.Context) error {
	devices := t.world.devices
	everyone := newRoll(len(devices))
	var plan, act time.Duration
	var acted time.Time
	var failed error
	var count, most int
	var first, last time.Time
	sent := atomic.Int64{}
	m := t.srv.clock(func(l *laps) {
		sleep := t.awake(ctx, func(d *device, began time.Time, done int, err error) {
			sent.Add(int64(done))
			switch {
			case err != nil:
				l.done(0, err)
			case done >= 2 && everyone.here(d):
				l.done(time.Since(began), nil)
			}
		})
		if failed = t.assign(ctx, func(p, a time.Duration) { plan, act, acted = p, a, time.Now() }); failed == nil {
			failed = everyone.wait(ctx, 5*time.Minute)
		}
		count, most, first, last = t.push.heardSoFar()
		sleep()
	})
	if failed != nil {
		return failed
	}
	five := measured{ops: len(devices), wall: act, took: []time.Duration{act}}
	t.keep("P5", t.srv, len(devices), five, fmt.Sprintf("plan shown after %.0f ms, committed %.0f ms after the click; first push %.0f ms later, last after %.1f s; %d pushes, %d in flight at most",
		milli(plan), milli(act), milli(first.Sub(acted)), last.Sub(acted).Seconds(), count, most))
	t.keep("P6", t.srv, len(devices), m, fmt.Sprintf("all reported %.1f s after the click, %.1f commands each", (m.wall-plan).Seconds(), float64(sent.Load())/float64(len(devices))))
	return nil
}

// pushing assigns a profile while every iPad is asleep: one round of pushes, unanswered. The plan is part of the bill.
func (t *town) pushing(ctx context.Context) error {
	t.push.begin(nil)
	var plan, act time.Duration
	var acted time.Time
	if err := t.assign(ctx, func(p, a time.Duration) { plan, act, acted = p, a, time.Now() }); err != nil {
		return err
	}
	if err := until(ctx, 5*time.Minute, func() bool { n, _, _, _ := t.push.heardSoFar(); return n >= len(t.world.devices) }); err != nil {
		return fmt.Errorf("the first round of pushes: %w", err)
	}
	_, _, begun, ended := t.push.heardSoFar()
	// The sweep repeats unanswered pushes without planning anew: that is the price of a push alone.
	t.push.begin(nil)
	var err error
	m := t.srv.clock(func(l *laps) {
		err = until(ctx, 5*time.Minute, func() bool { n, _, _, _ := t.push.heardSoFar(); return n >= len(t.world.devices) })
	})
	if err != nil {
		return fmt.Errorf("the sweep: %w", err)
	}
	count, most, first, last := t.push.heardSoFar()
	m.ops, m.wall = count, last.Sub(first)
	t.keep("P7", t.srv, len(t.world.devices), m, fmt.Sprintf("%d in flight at most; before that, everybody asleep: plan shown after %.0f ms, committed %.0f ms after the click, first push %.0f ms later, last after %.1f s",
		most, milli(plan), milli(act), milli(begun.Sub(acted)), ended.Sub(acted).Seconds()))
	return t.catchUp(ctx)
}

// Lessons: 360 of the district's classes begin within 90 seconds, and each gets one click.
const (
	lessonClicks = 4 // a second
	lessonShare  = 9000.0 / 28000
)

// lessons gives class after class a profile by a click, whether the server keeps up or not, while all iPads are awake. It is
// timed from the click until an iPad has reported and proved it.
func (t *town) lessons(ctx context.Context) error {
	classes := map[school.ClassID][]*device{}
	var order []school.ClassID
	for _, d := range t.world.devices {
		if d.class == "" {
			continue
		}
		if classes[d.class] == nil {
			order = append(order, d.class)
		}
		classes[d.class] = append(classes[d.class], d)
	}
	n, taken := 0, 0
	for n < len(order) && (n == 0 || float64(taken) < lessonShare*float64(len(t.world.devices))) {
		taken += len(classes[order[n]])
		n++
	}
	if n == 0 {
		return fmt.Errorf("no class has iPads")
	}
	order = order[:n]
	p, err := t.world.another()
	if err != nil {
		return err
	}
	plans := make([]plan, n) // on the screens of teachers, before the bell
	for i, c := range order {
		if plans[i], err = t.plan(ctx, p, school.Scope{Level: school.AtClass, ID: string(c)}); err != nil {
			return err
		}
	}
	clicked := make([]time.Time, n)
	at := make(map[*device]int, taken)
	for i, c := range order {
		clicked[i] = time.Time{}
		for _, d := range classes[c] {
			at[d] = i
		}
	}
	pupils := newRoll(taken)
	var mu sync.Mutex // of clicked
	var wrong error
	var clicks atomic.Int64
	m := t.srv.clock(func(l *laps) {
		sleep := t.awake(ctx, func(d *device, _ time.Time, done int, err error) {
			i, ok := at[d]
			if err != nil {
				l.done(0, err)
				return
			}
			if !ok || done < 2 || !pupils.here(d) {
				return
			}
			mu.Lock()
			since := clicked[i]
			mu.Unlock()
			l.done(time.Since(since), nil)
		})
		var acts laps
		open(ctx, lessonClicks, n, &acts, func(i int, due time.Time) error {
			mu.Lock()
			clicked[i] = due
			mu.Unlock()
			k, err := t.apply(ctx, plans[i])
			clicks.Add(int64(k))
			return err
		})
		if wrong = acts.first; wrong == nil {
			wrong = pupils.wait(ctx, 5*time.Minute)
		}
		sleep()
	})
	if wrong != nil {
		return wrong
	}
	t.keep("P9", t.srv, len(t.world.devices), m, fmt.Sprintf("%d iPads of %d classes, %d clicks a second, %d clicks because facts had moved; timed from the click until the ProfileList has proved it",
		taken, n, lessonClicks, int(clicks.Load())-n))
	return t.catchUp(ctx)
}
