package bench

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
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
		if t.Profiles != "" {
			t.srv.record = filepath.Join(t.Profiles, names[0]+"-"+t.engine+".pprof")
		}
		return fn(ctx)
	}
	for _, x := range []struct {
		names []string
		fn    func(context.Context) error
	}{
		{[]string{"P13"}, t.starts},
		{[]string{idle}, func(ctx context.Context) error { t.idles(ctx, idle, t.srv); return nil }},
		{[]string{"P8b"}, t.burst},
		{[]string{"P11"}, t.enrols},
		{[]string{command}, func(ctx context.Context) error { return t.commands(ctx, command, false) }},
		{[]string{listed}, func(ctx context.Context) error { return t.commands(ctx, listed, true) }},
		{[]string{"P5", "P6"}, t.wave},
		{[]string{"P7"}, t.pushing},
		{[]string{"P14"}, t.nodes},
		{[]string{"P12"}, t.footprint},
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
func (t *town) idles(ctx context.Context, scenario string, s *running) {
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
	t.keep(scenario, s, len(t.world.devices), s.loop(t.world.devices, t.For, 0, one), "")
}

// rates are those of P8b.
func rate(engine string) int {
	if engine == "postgres" {
		return 1500
	}
	return 2000
}

// burst sends Idles at a fixed rate, whether the server keeps up or not.
func (t *town) burst(ctx context.Context) error {
	s := t.srv
	n := rate(t.engine)
	client := newClient(256)
	defer client.CloseIdleConnections()
	m := s.clock(func(l *laps) {
		var wg sync.WaitGroup
		begin := time.Now()
		total := int(t.For.Seconds() * float64(n))
		for i := range total {
			due := begin.Add(time.Duration(i) * time.Second / time.Duration(n))
			if wait := time.Until(due); wait > 0 {
				time.Sleep(wait)
			}
			wg.Go(func() {
				d := t.world.devices[i%len(t.world.devices)]
				_, err := d.beIdle(ctx, client, s.mdm())
				l.done(time.Since(due), err)
			})
		}
		wg.Wait()
	})
	t.keep("P8b", s, len(t.world.devices), m, fmt.Sprintf("open loop, %d a second", n))
	return nil
}

// commands gives some iPads a profile and lets them fetch it. Without listing, an iPad falls asleep when it is asked to prove it.
func (t *town) commands(ctx context.Context, scenario string, listing bool) error {
	if err := t.assign(ctx, "authority", string(t.world.authority), nil); err != nil {
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
	t.keep(scenario, t.srv, len(t.world.devices), m, "")
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

// call speaks to the REST API.
func (t *town) call(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, t.srv.url+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+t.world.token)
	r.Header.Set("Content-Type", "application/json")
	res, err := t.srv.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// assign gives the next unused profile to a node of the tree: the plan first, then the act, which timing sees alone.
func (t *town) assign(ctx context.Context, level, id string, timing func(plan, act time.Duration)) error {
	if len(t.world.later) == 0 {
		return fmt.Errorf("no profile is left to assign")
	}
	p := t.world.later[0]
	t.world.later = t.world.later[1:]
	var plan struct {
		ID      string
		Preview struct{ Total int }
	}
	began := time.Now()
	err := t.call(ctx, "POST", "/plans", map[string]any{"change": map[string]any{"kind": "assign", "assign": map[string]any{"profile": p.profile, "version": p.version, "mode": "required",
		"scope": map[string]string{"level": level, "id": id}}}}, &plan)
	if err != nil {
		return err
	}
	planned := time.Since(began)
	began = time.Now()
	if err := t.call(ctx, "POST", "/plans/"+plan.ID+"/apply", map[string]int{"typed": plan.Preview.Total}, nil); err != nil {
		return err
	}
	if timing != nil {
		timing(planned, time.Since(began))
	}
	return nil
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

// wave assigns a profile to everybody and lets all iPads be awake: P5 is the act and the pushes, P6 the whole way to the proof.
func (t *town) wave(ctx context.Context) error {
	devices := t.world.devices
	byToken := make(map[string]*device, len(devices))
	for _, d := range devices {
		byToken[hex.EncodeToString(d.token)] = d
	}
	work := make(chan *device, 4*len(devices))
	var reported sync.Map
	var left atomic.Int64
	left.Store(int64(len(devices)))
	all := make(chan struct{})
	t.push.begin(func(token string) {
		if d := byToken[token]; d != nil {
			select {
			case work <- d:
			default:
			}
		}
	})
	defer t.push.begin(nil)
	var plan, act time.Duration
	var acted time.Time
	var failed error
	sent := atomic.Int64{}
	m := t.srv.clock(func(l *laps) {
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
						n, err := d.obey(run, t.srv.client, t.srv.mdm(), true, 10)
						sent.Add(int64(n))
						if run.Err() != nil {
							return
						}
						if _, again := reported.Load(d); err == nil && n >= 2 && !again {
							reported.Store(d, true)
							l.done(time.Since(began), nil)
							if left.Add(-1) == 0 {
								close(all)
							}
						} else if err != nil {
							l.done(0, err)
						}
					}
				}
			})
		}
		if failed = t.assign(ctx, "authority", string(t.world.authority), func(p, a time.Duration) { plan, act, acted = p, a, time.Now() }); failed == nil {
			select {
			case <-all:
			case <-ctx.Done():
				failed = ctx.Err()
			case <-time.After(5 * time.Minute):
				failed = fmt.Errorf("%d iPads have not reported after five minutes", left.Load())
			}
		}
		stop()
		wg.Wait()
	})
	if failed != nil {
		return failed
	}
	count, most, first, last := t.push.heardSoFar()
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
	if err := t.assign(ctx, "authority", string(t.world.authority), func(p, a time.Duration) { plan, act, acted = p, a, time.Now() }); err != nil {
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

// enrols lets announced iPads authenticate and send their first TokenUpdate.
func (t *town) enrols(ctx context.Context) error {
	m := t.srv.loop(t.world.spare, 5*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error { return d.enrol(ctx, t.srv.client, t.srv.mdm()) })
	})
	t.keep("P11", t.srv, len(t.world.devices), m, "")
	return nil
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

// footprint is memory after all that ran before, and what the district takes on disk.
func (t *town) footprint(ctx context.Context) error {
	st, err := t.store(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	size, err := st.Size(ctx)
	if err != nil {
		return err
	}
	r := t.keep("P12", t.srv, len(t.world.devices), measured{wall: time.Second}, "peak memory of the server in this run")
	r.DiskPerDev = float64(size) / float64(len(t.world.devices))
	return nil
}

// nodes repeats P2 and P4 with two servers on one database.
func (t *town) nodes(ctx context.Context) error {
	second, err := t.serve(ctx)
	if err != nil {
		return err
	}
	defer second.stop()
	both := &running{name: subjectRanzen, engine: t.engine, pids: append([]int{second.pids[0]}, t.srv.pids...), conns: t.srv.conns, client: t.srv.client}
	var turn atomic.Int64
	urls := []string{t.srv.mdm(), second.mdm()}
	one := func(d *device) (time.Duration, error) {
		return timed(func() error {
			_, err := d.beIdle(ctx, both.client, urls[turn.Add(1)%2])
			return err
		})
	}
	both.warm(t.world.devices, t.For/4, one)
	t.keep("P14", both, len(t.world.devices), both.loop(t.world.devices, t.For, 0, one), "Idle, two nodes")
	if err := t.assign(ctx, "authority", string(t.world.authority), nil); err != nil {
		return err
	}
	if err := t.planned(ctx); err != nil {
		return err
	}
	some := t.world.devices[:min(len(t.world.devices), int(t.For.Seconds()*1000))]
	m := both.loop(some, 2*time.Minute, 1, func(d *device) (time.Duration, error) {
		url := urls[turn.Add(1)%2]
		return timed(func() error { _, err := d.obey(ctx, both.client, url, false, 1); return err })
	})
	t.keep("P14", both, len(t.world.devices), m, "one command, two nodes")
	return t.catchUp(ctx)
}
