package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// steady runs the scenarios of a district whose iPads have everything.
func (t *town) steady(ctx context.Context, idle, command, listed string) error {
	run := func(names []string, fn func(context.Context) error) error {
		if !t.wants(names...) || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := t.place.settle(); err != nil {
			return err
		}
		t.record(names[0])
		return fn(ctx)
	}
	for _, x := range []struct {
		names []string
		fn    func(context.Context) error
	}{
		{[]string{"P13"}, t.starts},
		{[]string{idle}, func(ctx context.Context) error { t.idles(ctx, idle, ""); return nil }},
		{[]string{"P8b"}, t.burst},
		{[]string{"P11"}, func(ctx context.Context) error { t.enrols(ctx, ""); return nil }},
		{[]string{command, listed, "P5", "P6"}, t.meet},
		{[]string{command}, func(ctx context.Context) error { return t.commands(ctx, command, "", false) }},
		{[]string{listed}, func(ctx context.Context) error { return t.commands(ctx, listed, "", true) }},
		{[]string{"P5", "P6"}, t.wave},
		{[]string{"P7"}, t.pushing},
		{[]string{"P14"}, t.nodes},
		{[]string{"P9"}, t.lessons},
		{[]string{"P8"}, t.monday},
		{[]string{"P10"}, t.holidays},
		{[]string{"P11", "P12", "P15"}, t.afterYear},
	} {
		if len(x.names) == 1 && x.names[0] == "P14" && t.engine != "postgres" {
			continue
		}
		if err := run(x.names, x.fn); err != nil {
			return fmt.Errorf("%s: %w", x.names[0], err)
		}
	}
	return nil
}

// record has the server profiled during the next measurement, if profiles are wanted.
func (t *town) record(scenario string) {
	if t.Profiles != "" {
		t.srv.record = filepath.Join(t.Profiles, scenario+"-"+t.engine+".pprof")
	}
}

// loop lets as many workers as there are connections take devices in turn until time is over or each had its turn.
func (s *running) loop(devices []*device, limit time.Duration, rounds int, fn func(d *device) (time.Duration, error)) measured {
	var next atomic.Int64
	end := time.Now().Add(limit)
	return s.clock(func(l *laps) {
		var wg sync.WaitGroup
		for range s.conns {
			wg.Go(func() {
				for time.Now().Before(end) {
					i := int(next.Add(1)) - 1
					if rounds > 0 && i >= rounds*len(devices) {
						return
					}
					took, err := fn(devices[i%len(devices)])
					l.done(took, err)
				}
			})
		}
		wg.Wait()
	})
}

// warm fills caches and opens connections.
func (s *running) warm(devices []*device, limit time.Duration, fn func(d *device) (time.Duration, error)) {
	record := s.record
	s.record = ""
	s.loop(devices, limit, 0, fn)
	s.record = record
}

func timed(fn func() error) (time.Duration, error) {
	t := time.Now()
	err := fn()
	return time.Since(t), err
}

// idles is a closed loop of check-ins with nothing to do.
func (t *town) idles(ctx context.Context, scenario, part string) {
	s := t.srv
	one := func(d *device) (time.Duration, error) {
		return timed(func() error {
			b, err := d.beIdle(ctx, s.client, s.mdm())
			if err == nil && len(b) > 0 {
				err = fmt.Errorf("an iPad with nothing to do was given a command")
			}
			return err
		})
	}
	s.warm(t.world.devices, t.For/4, one)
	t.keepPart(scenario, part, s, len(t.world.devices), s.loop(t.world.devices, t.For, 0, one), "")
}

// meet lets every iPad come and be given something once, as the peers' did when they enrolled: the server knows their keys, and the
// database's connections their statements.
func (t *town) meet(ctx context.Context) error {
	t.srv.record = ""
	if err := t.assign(ctx, nil); err != nil {
		return err
	}
	if err := t.planned(ctx); err != nil {
		return err
	}
	return t.catchUp(ctx)
}

// commands gives some iPads a profile and lets them fetch it. Without listing, an iPad falls asleep when it is asked to prove it.
func (t *town) commands(ctx context.Context, scenario, part string, listing bool) error {
	if err := t.assign(ctx, nil); err != nil {
		return err
	}
	if err := t.planned(ctx); err != nil {
		return err
	}
	limit := 2
	if !listing {
		limit = 1
	}
	some := t.world.devices
	if n := int(t.For.Seconds() * 1500); len(some) > n {
		some = some[:n]
	}
	m := t.srv.loop(some, 2*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error {
			done, err := d.obey(ctx, t.srv.client, t.srv.mdm(), listing, limit)
			if err == nil && done != limit {
				err = fmt.Errorf("%d commands instead of %d", done, limit)
			}
			return err
		})
	})
	t.keepPart(scenario, part, t.srv, len(t.world.devices), m, "")
	return t.catchUp(ctx)
}

// catchUp lets every iPad do what is left, so that the next scenario begins with a converged district.
func (t *town) catchUp(ctx context.Context) error {
	m := t.srv.loop(t.world.devices, 10*time.Minute, 1, func(d *device) (time.Duration, error) {
		_, err := d.obey(ctx, t.srv.client, t.srv.mdm(), true, 20)
		return 0, err
	})
	if m.failed > 0 {
		return fmt.Errorf("%d iPads could not catch up: %w", m.failed, m.first)
	}
	return t.calm(ctx)
}

// gauge reads one number of /metrics.
func (t *town) gauge(ctx context.Context, name string) float64 {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.srv.url+"/metrics", nil)
	if err != nil {
		return -1
	}
	res, err := t.srv.client.Do(r)
	if err != nil {
		return -1
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	for line := range bytes.Lines(b) {
		var v float64
		if bytes.HasPrefix(line, []byte(name+" ")) {
			fmt.Sscan(string(line[len(name):]), &v)
			return v
		}
	}
	return -1
}

// planned waits until the server has looked at every marked iPad: only then does it know what is pending.
func (t *town) planned(ctx context.Context) error {
	return t.idle(ctx, func() bool { return t.gauge(ctx, "ranzen_items_pending") >= float64(len(t.world.devices)) })
}

// enrols lets half of the announced iPads that are left authenticate and send their first TokenUpdate.
func (t *town) enrols(ctx context.Context, part string) {
	half := t.world.spare[:len(t.world.spare)/2]
	t.world.spare = t.world.spare[len(half):]
	m := t.srv.loop(half, 5*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error { return d.enrol(ctx, t.srv.client, t.srv.mdm()) })
	})
	t.keepPart("P11", part, t.srv, len(t.world.devices), m, "")
}

// starts is the time from the start of the process to its readiness.
func (t *town) starts(ctx context.Context) error {
	t.srv.stop()
	began := time.Now()
	s, err := t.serve(ctx)
	if err != nil {
		return err
	}
	t.srv = s
	err = until(ctx, time.Minute, func() bool {
		res, err := s.client.Get(s.url + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	took := time.Since(began)
	if err != nil {
		return err
	}
	t.keep("P13", s, len(t.world.devices), measured{ops: 1, wall: took, took: []time.Duration{took}}, "")
	return t.calm(ctx)
}
