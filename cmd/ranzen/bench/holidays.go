package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

const (
	sixWeeks    = 42 * 24 * time.Hour
	mostAnswers = 8 // commands an iPad may be sent after them
)

// holidays is the first day after six weeks in which every iPad was silent and everything that is valid for it was changed 25
// times. What was superseded meanwhile must not be sent: not more than 8 commands per iPad, routine questions included.
func (t *town) holidays(ctx context.Context) error {
	if err := t.later(ctx, sixWeeks); err != nil {
		return err
	}
	st, err := t.store(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	changes, err := t.world.sixWeeksOf(ctx, st, func() error { return t.dropOff(ctx) })
	if err != nil {
		return err
	}
	if err := t.planned(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	kinds := map[string]int{}
	var commands []int
	var tooMany atomic.Int64
	m := t.srv.loop(t.world.devices, 20*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error {
			told := map[string]int{}
			n, err := d.session(ctx, t.srv.client, t.srv.mdm(), "", 50, func(kind string) { told[kind]++ })
			mu.Lock()
			defer mu.Unlock()
			commands = append(commands, n)
			for k, n := range told {
				kinds[k] += n
			}
			if err == nil && n > mostAnswers {
				tooMany.Add(1)
			}
			return err
		})
	})
	if m.failed > 0 {
		return fmt.Errorf("%d iPads did not come through: %w", m.failed, m.first)
	}
	n := len(t.world.devices)
	if err := t.idle(ctx, func() bool { return t.gauge(ctx, "ranzen_devices_converged") >= float64(n) }); err != nil {
		return fmt.Errorf("not everything was done in one session: %w", err)
	}
	sum := 0
	for _, c := range commands {
		sum += c
	}
	r := t.keep("P10", t.srv, n, m, fmt.Sprintf("%d changes; %.1f commands per iPad, %d at most, %.1f of them InstallProfile and %.1f RemoveProfile; all drained in %.1f s",
		changes, float64(sum)/float64(n), slices.Max(commands), float64(kinds["InstallProfile"])/float64(n), float64(kinds["RemoveProfile"])/float64(n), m.wall.Seconds()))
	if k := int(tooMany.Load()); k > 0 {
		r.Failed, r.first = k, fmt.Errorf("more than %d commands", mostAnswers)
	}
	return nil
}

// dropOff lets every tenth iPad take a profile and fall asleep before it reports: what it took is superseded by what comes later.
func (t *town) dropOff(ctx context.Context) error {
	if err := t.planned(ctx); err != nil {
		return err
	}
	var some []*device
	for i := 0; i < len(t.world.devices); i += 10 {
		some = append(some, t.world.devices[i])
	}
	m := t.srv.loop(some, 10*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error {
			took := false
			_, err := d.session(ctx, t.srv.client, t.srv.mdm(), "InstallProfile", 10, func(kind string) { took = took || kind == "InstallProfile" })
			if err == nil && !took {
				err = errors.New("an iPad that lacks a profile is not given it")
			}
			return err
		})
	})
	return m.first
}

// sixWeeksOf makes 25 changes for everybody. Of these a device that was away needs to be told of five: three profiles that came
// and were changed four times each, and two that went. Three came and went again, and one went and came back. Meanwhile is
// called when the first have come.
func (w *world) sixWeeksOf(ctx context.Context, st *store.Store, meanwhile func() error) (changes int, err error) {
	everybody := string(w.authority)
	come := func() (g given, err error) {
		p, err := w.another()
		if err == nil {
			changes++
			g, err = w.give(ctx, st, p, school.AtAuthority, everybody)
		}
		return g, err
	}
	goes := func(g given) error {
		changes++
		_, err := st.Unassign(ctx, w.by, g.assignment)
		return err
	}
	var stay, visit []given
	for range 3 {
		g, err := come()
		if err != nil {
			return changes, err
		}
		stay = append(stay, g)
	}
	if err := meanwhile(); err != nil {
		return changes, err
	}
	for round := range 4 {
		for i := range stay {
			changes++
			if err := w.change(ctx, st, &stay[i], round+1); err != nil {
				return changes, err
			}
		}
		if round < 3 {
			g, err := come()
			if err != nil {
				return changes, err
			}
			visit = append(visit, g)
		}
	}
	for _, g := range visit {
		if err := goes(g); err != nil {
			return changes, err
		}
	}
	for _, g := range w.offers[:3] {
		if err := goes(g); err != nil {
			return changes, err
		}
	}
	changes++
	back, err := w.give(ctx, st, w.offers[2].published, school.AtAuthority, everybody)
	w.offers = []given{back, w.offers[3]}
	return changes, err
}
