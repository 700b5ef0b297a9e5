package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"ranzen/store/school"
)

// Job is work that happens without a person: one row per kind and subject (an authority, a token, or nothing). Its row
// says when it is due, who works on it and how far that got; what the work is stands beside its noun, elsewhere.
//
// A worker holds a job by a lease and must renew it. Lease names this one claim: a worker whose lease ran out can neither
// renew, report nor finish, even if the same process claimed the job again, so two workers never end the same run.
type Job struct {
	ID       school.JobID
	Kind     string
	Subject  string
	Lease    string
	Until    time.Time // end of the lease; zero: nobody works on it
	Next     time.Time
	Started  time.Time
	Finished time.Time
	Done     int
	Total    int
	Failures int // in a row
	Error    string
}

// ErrLeaseLost tells a worker that its job is somebody else's by now. It must stop and write nothing more.
var ErrLeaseLost = errors.New("store: the lease of the job ran out")

// How a failing job waits.
const (
	jobFirstWait = 15 * time.Second
	jobLongest   = time.Hour
)

// EnsureJobs makes the rows of a kind exactly those of the subjects: new ones are due at once, those of subjects that
// are no more go as soon as nobody works on them.
func (s *Store) EnsureJobs(ctx context.Context, kind string, subjects ...string) error {
	made := int64(0)
	err := s.transact(ctx, func(c conn) error {
		made = 0
		now := s.Now().UnixMicro()
		has := map[string]bool{}
		err := c.each(ctx, `SELECT subject FROM job WHERE kind = $1`, args(kind), func(r *sql.Rows) error {
			var x string
			err := r.Scan(&x)
			has[x] = true
			return err
		})
		if err != nil {
			return err
		}
		for _, x := range subjects {
			if has[x] {
				delete(has, x)
				continue
			}
			n, err := c.exec(ctx, `INSERT INTO job (id, kind, subject, next_at) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, subject) DO NOTHING`, newID(), kind, x, now)
			if err != nil {
				return err
			}
			made += n
		}
		if len(has) == 0 {
			return nil
		}
		_, err = c.exec(ctx, `DELETE FROM job WHERE kind = $1 AND subject IN (SELECT value FROM json_array_elements_text($2::json)) AND (lease_until IS NULL OR lease_until <= $3)`,
			kind, list(keys(has)), now)
		return err
	})
	if err == nil && made > 0 {
		s.changed.call()
	}
	return err
}

const jobColumns = `id, kind, subject, owner, lease_until, next_at, started_at, finished_at, done, total, failures, error`

func scanJob(r *sql.Rows, j *Job, rest ...any) error {
	return r.Scan(append([]any{text(&j.ID), &j.Kind, &j.Subject, &j.Lease, stamp(&j.Until), stamp(&j.Next), stamp(&j.Started), stamp(&j.Finished),
		&j.Done, &j.Total, &j.Failures, &j.Error}, rest...)...)
}

// Claim takes the job of the kind that has been due longest and holds it for lease. owner names the node, for people.
// found is false when none is due, or others hold them all.
func (s *Store) Claim(ctx context.Context, kind, owner string, lease time.Duration) (j Job, found bool, err error) {
	claim := cut(owner, 60) + "#" + Secret(9)
	err = s.transact(ctx, func(c conn) error {
		j, found = Job{}, false
		now, err := s.leaseClock(ctx, c)
		if err != nil {
			return err
		}
		return c.each(ctx, `WITH due AS MATERIALIZED (
				SELECT id FROM job WHERE kind = $1 AND next_at <= $2 AND (lease_until IS NULL OR lease_until <= $5) ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
			UPDATE job SET owner = $3, lease_until = $4, started_at = $2, done = 0, total = 0, woken = FALSE WHERE id IN (SELECT id FROM due)
			RETURNING `+jobColumns, args(kind, s.Now().UnixMicro(), claim, now.Add(lease).UnixMicro(), now.UnixMicro()), func(r *sql.Rows) error {
			found = true
			return scanJob(r, &j)
		})
	})
	return j, found && err == nil, err
}

// held runs an UPDATE that must touch the claimed row.
func (s *Store) held(ctx context.Context, set string, j Job, a func(now time.Time) []any) error {
	return s.transact(ctx, func(c conn) error {
		now, err := s.leaseClock(ctx, c)
		if err != nil {
			return err
		}
		n, err := c.exec(ctx, `UPDATE job SET `+set+` WHERE id = $1 AND owner = $2 AND lease_until > $3`,
			append(args(string(j.ID), j.Lease, now.UnixMicro()), a(now)...)...)
		if err == nil && n == 0 {
			err = ErrLeaseLost
		}
		return err
	})
}

type leaseKey struct{}

// WithLease makes everything that is written under ctx depend on the lease of a job: a worker that was stopped, slept past its
// lease and woke commits nothing more (ErrLeaseLost).
func WithLease(ctx context.Context, j Job) context.Context {
	return context.WithValue(ctx, leaseKey{}, j)
}

// Leased is the job as which ctx runs.
func Leased(ctx context.Context) (Job, bool) {
	j, ok := ctx.Value(leaseKey{}).(Job)
	return j, ok
}

// StillLeased asks, before something that cannot be taken back happens outside the database, whether the job of ctx is still this
// worker's. Without a lease in ctx there is nothing to lose.
func (s *Store) StillLeased(ctx context.Context) error { return s.stillLeased(ctx, s.read()) }

// stillLeased is asked last before a commit. The row stays shared until then, so that nobody can claim the job in between.
func (s *Store) stillLeased(ctx context.Context, c conn) error {
	j, ok := Leased(ctx)
	if !ok {
		return nil
	}
	now, err := s.leaseClock(ctx, c)
	if err != nil {
		return err
	}
	var one int64
	found, err := c.one(ctx, `SELECT 1 FROM job WHERE id = $1 AND owner = $2 AND lease_until > $3 FOR SHARE`, args(string(j.ID), j.Lease, now.UnixMicro()), &one)
	if err == nil && !found {
		err = ErrLeaseLost
	}
	return err
}

// leaseClock is the clock by which leases end. Where there may be several nodes it is the database's: theirs may differ, or jump.
func (s *Store) leaseClock(ctx context.Context, c conn) (time.Time, error) {
	if s.lite || s.playedClock {
		return s.Now(), nil
	}
	before := s.elapsed()
	micro, err := c.number(ctx, `SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`)
	at := time.UnixMicro(micro).UTC()
	if err == nil {
		s.compare(before, s.elapsed(), at)
	}
	return at, err
}

// Renew holds a job for another lease from now.
func (s *Store) Renew(ctx context.Context, j Job, lease time.Duration) error {
	return s.held(ctx, `lease_until = $4`, j, func(now time.Time) []any { return args(now.Add(lease).UnixMicro()) })
}

// Advance says how far a job got.
func (s *Store) Advance(ctx context.Context, j Job, done, total int) error {
	return s.held(ctx, `done = $4, total = $5`, j, func(time.Time) []any { return args(done, total) })
}

// Finish ends a run and says when the next is due. A failed one is due after a wait that doubles with each failure in a
// row; what failed is kept, so it must carry no names or secrets. Who was woken while it ran is due at once.
func (s *Store) Finish(ctx context.Context, j Job, next time.Time, failed error) error {
	if failed == nil {
		return s.held(ctx, `owner = '', lease_until = NULL, finished_at = $3, failures = 0, error = '', next_at = CASE WHEN woken THEN CAST($3 AS BIGINT) ELSE CAST($4 AS BIGINT) END, woken = FALSE`,
			j, func(time.Time) []any { return args(next.UnixMicro()) })
	}
	wait := min(jobFirstWait<<min(max(j.Failures, 0), 20), jobLongest)
	return s.held(ctx, `owner = '', lease_until = NULL, finished_at = $3, failures = failures + 1, error = $4, next_at = CASE WHEN woken THEN CAST($3 AS BIGINT) ELSE CAST($5 AS BIGINT) END, woken = FALSE`,
		j, func(now time.Time) []any { return args(cut(failed.Error(), 300), now.Add(wait).UnixMicro()) })
}

// Wake makes a job due now, or again when it is under way, and wakes those who wait for work on every node. It reports
// whether there is such a job.
func (s *Store) Wake(ctx context.Context, kind, subject string) (bool, error) {
	var n int64
	now := s.Now().UnixMicro()
	err := s.transact(ctx, func(c conn) (err error) {
		n, err = c.exec(ctx, `UPDATE job SET next_at = CASE WHEN next_at < $1 THEN next_at ELSE $1 END, woken = TRUE WHERE kind = $2 AND subject = $3`, now, kind, subject)
		if err != nil {
			return err
		}
		return c.notify(ctx)
	})
	if err == nil && n > 0 {
		s.changed.call()
	}
	return n > 0, err
}

// Jobs lists the jobs of the actor's authority and of its Apple tokens.
func (s *Store) Jobs(ctx context.Context, by school.Actor) ([]Job, error) {
	if !by.Can(school.View, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	var out []Job
	err := s.read().each(ctx, `SELECT `+jobColumns+` FROM job WHERE subject = $1 OR subject IN (SELECT id FROM apple_token WHERE authority_id = $1)
		ORDER BY kind, subject LIMIT 200`, args(string(by.Tenant)), func(r *sql.Rows) error {
		var j Job
		if err := scanJob(r, &j); err != nil {
			return err
		}
		j.Lease = "" // whoever has it could end the run
		out = append(out, j)
		return nil
	})
	return out, err
}

// FailingJobs counts, by kind, the jobs of the whole installation whose last run failed.
func (s *Store) FailingJobs(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := s.read().each(ctx, `SELECT kind, count(*) FROM job WHERE failures > 0 GROUP BY kind`, nil, func(r *sql.Rows) error {
		var kind string
		var n int
		err := r.Scan(&kind, &n)
		out[kind] = n
		return err
	})
	return out, err
}

// channel is PostgreSQL's name for "something changed".
const channel = "ranzen"

// notify wakes the other nodes when this transaction is committed; equal notifications of one transaction are one. It is
// for what somebody waits for: PostgreSQL commits notifying transactions one after the other, so a report of a device
// must not call it.
func (c conn) notify(ctx context.Context) error {
	if c.lite {
		return nil
	}
	_, err := c.exec(ctx, `SELECT pg_notify($1, '')`, channel)
	return err
}

// Listen wakes whoever waits for Changed when another node called notify, until ctx ends. The connection is its own; it
// is made anew after trouble, and everybody who waits is woken then, because something may have been missed. With SQLite
// there is one node and nothing to listen to.
func (s *Store) Listen(ctx context.Context) error {
	if s.lite {
		return nil
	}
	for wait := time.Second; ; wait = min(2*wait, 30*time.Second) {
		err := s.listen(ctx, func() { wait = time.Second })
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			return errors.New("store: listening ended by itself")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (s *Store) listen(ctx context.Context, listening func()) error {
	db, err := s.rw.Conn(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	var trouble error
	db.Raw(func(dc any) error {
		pg := dc.(*stdlib.Conn).Conn()
		if _, trouble = pg.Exec(ctx, "LISTEN "+channel); trouble == nil {
			listening()
			s.changed.call()
		}
		for trouble == nil {
			if _, trouble = pg.WaitForNotification(ctx); trouble == nil {
				s.changed.call()
			}
		}
		return driver.ErrBadConn // it listens: nobody else may get it
	})
	return trouble
}

// How long what is over is kept.
const (
	alarmsKept = 90 * 24 * time.Hour
	mailKept   = 90 * 24 * time.Hour
	noticeKept = 400 * 24 * time.Hour // longer than the year for which most things are valid
)

// Sweep deletes what is over: sessions, attempts, answers kept for repeats, desks, print runs, stacks, old letters and alarms. It ends the alarms that
// only had to be seen. A job calls it.
func (s *Store) Sweep(ctx context.Context) error {
	now := s.Now()
	before := func(d time.Duration) int64 { return now.Add(-d).UnixMicro() }
	for _, x := range []struct {
		text string
		at   int64
	}{
		{`DELETE FROM session WHERE ends_at <= $1 OR seen_at + idle_for <= $1`, before(0)},
		{`DELETE FROM sign_in_step WHERE ends_at <= $1`, before(0)},
		{`DELETE FROM passkey_challenge WHERE ends_at <= $1`, before(0)},
		{`DELETE FROM spent WHERE ends_at <= $1`, before(0)},
		{`DELETE FROM attempt WHERE last_at <= $1`, before(forgetAfter)},
		{`DELETE FROM idempotency WHERE created_at <= $1`, before(idempotencyKept)},
		{`DELETE FROM outbox WHERE next_at IS NULL AND created_at <= $1`, before(mailKept)},
		{`DELETE FROM alarm WHERE cleared_at <= $1`, before(alarmsKept)},
		{`DELETE FROM desk_session WHERE used_at <= $1`, before(school.DeskKept)},
		{`DELETE FROM notice WHERE told_at <= $1`, before(noticeKept)},
		{`DELETE FROM print_run WHERE created_at <= $1`, before(PrintsKept)},
		{`DELETE FROM stack_page WHERE state = 'aside' AND EXISTS (SELECT 1 FROM stack WHERE stack.id = stack_page.stack_id AND stack.created_at <= $1 AND NOT ` + stackWaits + `)`, before(StacksKept)},
		{`DELETE FROM stack WHERE read_at IS NOT NULL AND created_at <= $1 AND NOT EXISTS (SELECT 1 FROM stack_page p WHERE p.stack_id = stack.id)`, before(StacksKept)},
		{`DELETE FROM desk_booking WHERE created_at <= $1`, before(bookingsKept)},
		{`DELETE FROM desk_pack WHERE ends_at <= $1`, before(school.OfflineKept)},
		{`DELETE FROM desk_entry WHERE arrived_at <= $1 AND state IN ('booked', 'same', 'answered')`, before(school.OfflineKept)},
	} {
		err := s.transact(ctx, func(c conn) error {
			_, err := c.exec(ctx, x.text, x.at)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `UPDATE alarm SET cleared_at = $1 WHERE kind = $2 AND since_at <= $3 AND cleared_at IS NULL`, now.UnixMicro(), AlarmAdopted, before(adoptedShown))
		return err
	})
}
