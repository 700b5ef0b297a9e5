package bench

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ranzen/store/storetest/postgres"
)

// nodes repeats P2 and P4 with two and with four servers on one database. What it shows is what another node costs: each
// has caches of its own to fill, and all wait for the same rows.
func (t *town) nodes(ctx context.Context) error {
	all := []*running{t.srv}
	defer func() {
		for _, x := range all[1:] {
			x.stop()
		}
	}()
	for _, count := range []int{1, 2, 4} {
		for len(all) < count {
			x, err := t.serve(ctx)
			if err != nil {
				return err
			}
			all = append(all, x)
		}
		if err := t.share(ctx, all); err != nil {
			return err
		}
	}
	return nil
}

// share lets every node have its turn: Idles, then one command for each iPad.
func (t *town) share(ctx context.Context, all []*running) error {
	together := &running{name: subjectRanzen, engine: t.engine, conns: t.srv.conns, client: t.srv.client}
	for _, x := range all {
		together.pids = append(together.pids, x.pids[0])
	}
	together.pids = append(together.pids, t.srv.pids[1:]...) // the database's
	var turn atomic.Int64
	next := func() string { return all[turn.Add(1)%int64(len(all))].mdm() }
	one := func(d *device) (time.Duration, error) {
		return timed(func() error { _, err := d.beIdle(ctx, together.client, next()); return err })
	}
	together.warm(t.world.devices, t.For/4, one)
	keep := func(what string, run func() measured) error {
		w, err := watch(ctx, t.place.pg)
		if err != nil {
			return err
		}
		m := run()
		seen, err := w.end()
		if err != nil {
			return err
		}
		t.keepPart("P14", fmt.Sprintf("%s, %d nodes", what, len(all)), together, len(t.world.devices), m, seen.say(m.ops))
		return nil
	}
	if err := keep("Idle", func() measured { return together.loop(t.world.devices, t.For, 0, one) }); err != nil {
		return err
	}
	if err := t.assign(ctx, nil); err != nil {
		return err
	}
	if err := t.planned(ctx); err != nil {
		return err
	}
	some := t.world.devices[:min(len(t.world.devices), int(t.For.Seconds()*1000))]
	err := keep("command", func() measured {
		return together.loop(some, 2*time.Minute, 1, func(d *device) (time.Duration, error) {
			url := next()
			return timed(func() error { _, err := d.obey(ctx, together.client, url, false, 1); return err })
		})
	})
	if err != nil {
		return err
	}
	return t.catchUp(ctx)
}

// patience is how long a transaction may wait for another's row before it is counted.
const patience = 20 * time.Millisecond

// locked is what the database did meanwhile.
type locked struct {
	transactions int64
	waits        []time.Duration // the longest sight of each wait for a lock, sorted
}

func (w locked) say(ops int) string {
	long := 0
	for _, d := range w.waits {
		if d > patience {
			long++
		}
	}
	ops = max(ops, 1)
	text := fmt.Sprintf("%.2f transactions each; %d of %d waited more than %s for a lock", float64(w.transactions)/float64(ops), long, ops, patience)
	if n := len(w.waits); n > 0 {
		text += fmt.Sprintf(", the longest %s", w.waits[n-1].Round(time.Millisecond))
	}
	return text
}

type watcher struct {
	db    *sql.DB
	stop  context.CancelFunc
	done  sync.WaitGroup
	err   error
	began int64
	seen  map[string]time.Duration
}

// committed is how many transactions the whole server has ended well. A connection says so within a second, once it rests.
func (w *watcher) committed(ctx context.Context) (n int64, err error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(1100 * time.Millisecond):
	}
	err = w.db.QueryRowContext(ctx, "SELECT coalesce(sum(xact_commit), 0) FROM pg_stat_database WHERE datname LIKE 'world%'").Scan(&n)
	return n, err
}

// watch looks at who waits for whom every few milliseconds: a wait that is counted lasts longer than two looks are apart.
func watch(ctx context.Context, pg *postgres.Server) (*watcher, error) {
	db, err := sql.Open("pgx", pg.URL("postgres"))
	if err != nil {
		return nil, err
	}
	w := &watcher{db: db, seen: map[string]time.Duration{}}
	if w.began, err = w.committed(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("transactions so far: %w", err)
	}
	looking, stop := context.WithCancel(ctx)
	w.stop = stop
	w.done.Go(func() {
		for {
			if err := w.look(looking); err != nil {
				if looking.Err() == nil {
					w.err = err
				}
				return
			}
			select {
			case <-looking.Done():
				return
			case <-time.After(patience / 4):
			}
		}
	})
	return w, nil
}

func (w *watcher) look(ctx context.Context) error {
	rows, err := w.db.QueryContext(ctx, "SELECT pid || ' ' || waitstart, extract(epoch FROM clock_timestamp() - waitstart)::float8 FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var who string
		var seconds float64
		if err := rows.Scan(&who, &seconds); err != nil {
			return err
		}
		w.seen[who] = max(w.seen[who], time.Duration(seconds*float64(time.Second)))
	}
	return rows.Err()
}

func (w *watcher) end() (locked, error) {
	w.stop()
	w.done.Wait()
	defer w.db.Close()
	if w.err != nil {
		return locked{}, fmt.Errorf("who waits: %w", w.err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	n, err := w.committed(ctx)
	if err != nil {
		return locked{}, fmt.Errorf("transactions: %w", err)
	}
	out := locked{transactions: n - w.began}
	for _, d := range w.seen {
		out.waits = append(out.waits, d)
	}
	slices.Sort(out.waits)
	return out, nil
}
