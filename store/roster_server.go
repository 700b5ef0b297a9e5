package store

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"ranzen/store/school"
)

// A source may name a server that is asked for its people, by night or when somebody says so. What the server said becomes
// a run like any other: thought through, kept for RosterKept, taken over by people, or by itself as far as no question is
// open and no guard stands against it. The secret goes in and never comes out but to ask; it is shown to the two addresses
// it was entered for, so that whoever may change an address does not learn it.

var _ = registerEvent(school.EditPeople, "roster_source.server_set")

// Alarms of sources that are asked.
const (
	AlarmRosterServer = "roster_server"  // a server did not answer for several nights
	AlarmRosterWaits  = "roster_waiting" // what it said wants somebody
)

// RosterServerRow is a server with what was last seen of it.
type RosterServerRow struct {
	RosterSourceRow
	school.RosterServer
	Secret   bool      // there is one
	Due      time.Time // zero: when somebody says so
	Good     time.Time
	Failed   time.Time
	Failures int
	Code     string // why it last failed
	Run      school.RosterRunID
}

// Healthy reports whether the server answered when it was last asked.
func (x RosterServerRow) Healthy() bool { return !x.Good.IsZero() && x.Failures == 0 }

// CreateRosterServer makes a source that is asked. It is asked at once.
func (s *Store) CreateRosterServer(ctx context.Context, by school.Actor, x school.RosterSource, server school.RosterServer, secret string) (school.RosterSourceID, error) {
	x.Format, x.Mapping = school.Schulconnex, ""
	if err := errors.Join(cleanSource(&x), server.Clean(), checkSecret(secret)); err != nil {
		return "", err
	}
	ev, err := sourceMade(by, &x)
	if err != nil {
		return "", err
	}
	ev.final = true
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.addSource(x, row{"server": toJSON(server), "server_secret_sealed": tx.s.sealServer(tx.authority, x.ID, secret)}); err != nil {
			return err
		}
		return tx.s.askAgain(ctx, tx.conn, tx.authority, x.ID)
	})
	if err != nil {
		return "", err
	}
	return x.ID, nil
}

// SetRosterServer writes where a source is asked, and asks it at once; a nil secret stays as it is. Whoever names another
// host enters the secret again.
func (s *Store) SetRosterServer(ctx context.Context, by school.Actor, id school.RosterSourceID, name string, server school.RosterServer, secret *string) error {
	x := school.RosterSource{ID: id, Name: name, Format: school.Schulconnex}
	err := errors.Join(cleanSource(&x), server.Clean())
	if secret != nil {
		err = errors.Join(err, checkSecret(*secret))
	}
	if err != nil {
		return err
	}
	ev := event{name: "roster_source.server_set", verb: school.EditPeople, subject: "roster_source", id: string(id), final: true}
	_, err = s.writeAt(ctx, by, "roster_source", ev, func(tx *Tx, r row) error {
		var is school.RosterServer
		if r.str("server") == "" || r.flag("archived") {
			return school.Missing("roster_source")
		}
		if err := fromJSON(&is).Scan(r.str("server")); err != nil {
			return err
		}
		elsewhere := slices.ContainsFunc(server.Hosts(), func(h string) bool { return !slices.Contains(is.Hosts(), h) })
		if elsewhere && secret == nil && r["server_secret_sealed"] != nil {
			return school.Refuse("client_secret", "secret_again")
		}
		x.School = school.SchoolID(r.str("school_id"))
		if err := tx.sourceNamed(x); err != nil {
			return err
		}
		set := named(row{"server": toJSON(server)}, x.Name)
		if secret != nil {
			set["server_secret_sealed"] = tx.s.sealServer(tx.authority, id, *secret)
		}
		if err := tx.change("roster_source", string(id), r, set); err != nil {
			return err
		}
		return tx.s.askAgain(ctx, tx.conn, tx.authority, id)
	})
	return err
}

func (s *Store) sealServer(a school.AuthorityID, id school.RosterSourceID, secret string) []byte {
	if secret == "" {
		return nil
	}
	return s.seal(cell{a, "roster_source", "server_secret", string(id)}, []byte(secret))
}

// askAgain makes a source due now and forgets what was seen of it, so that the whole list is asked for.
func (s *Store) askAgain(ctx context.Context, c conn, a school.AuthorityID, id school.RosterSourceID) error {
	_, err := c.exec(ctx, `INSERT INTO roster_fetch (source_id, authority_id, due_at) VALUES ($1, $2, $3)
		ON CONFLICT (source_id) DO UPDATE SET due_at = excluded.due_at, etag = '', hash = '', failures = 0`, string(id), string(a), micros(s.Now()))
	return err
}

// RosterServer reads a source that is asked, for whoever may change it.
func (s *Store) RosterServer(ctx context.Context, by school.Actor, id school.RosterSourceID) (x RosterServerRow, err error) {
	if x.RosterSourceRow, err = s.RosterSourceByID(ctx, by, id); err != nil {
		return x, err
	}
	if !x.Server || x.Archived || !by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: x.School}) {
		return RosterServerRow{}, school.Missing("roster_source")
	}
	_, err = s.read().one(ctx, `SELECT x.server, x.server_secret_sealed IS NOT NULL, f.due_at, f.good_at, f.failed_at, COALESCE(f.failures, 0),
			COALESCE(f.code, ''), COALESCE(f.run_id, '')
		FROM roster_source x LEFT JOIN roster_fetch f ON f.source_id = x.id WHERE x.id = $1 AND x.authority_id = $2`, args(string(id), string(by.Tenant)),
		fromJSON(&x.RosterServer), &x.Secret, stamp(&x.Due), stamp(&x.Good), stamp(&x.Failed), &x.Failures, &x.Code, text(&x.Run))
	return x, err
}

// AskRosterServer makes a source due now: the whole list is asked for, whatever was seen before.
func (s *Store) AskRosterServer(ctx context.Context, by school.Actor, id school.RosterSourceID) error {
	if _, err := s.RosterServer(ctx, by, id); err != nil {
		return err
	}
	err := s.transact(ctx, func(c conn) error {
		if err := s.askAgain(ctx, c, by.Tenant, id); err != nil {
			return err
		}
		return c.notify(ctx)
	})
	if err == nil {
		s.changed.call()
	}
	return err
}

// RosterFetch is a server that is due, with what is needed to ask it.
type RosterFetch struct {
	Authority school.AuthorityID
	Source    school.RosterSourceID
	School    school.SchoolID
	Server    school.RosterServer
	Secret    string
	ETag      string
	Hash      string
	Run       school.RosterRunID // the last one
	Failures  int
}

// RosterServersDue reports whether a server of any authority is due.
func (s *Store) RosterServersDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS one FROM roster_fetch WHERE due_at <= $1 LIMIT 1) x`, s.Now().UnixMicro())
	return n > 0, err
}

// NextRosterServer names the source that has been due longest, for a job; false when none is.
func (s *Store) NextRosterServer(ctx context.Context) (a school.AuthorityID, id school.RosterSourceID, found bool, err error) {
	found, err = s.read().one(ctx, `SELECT authority_id, source_id FROM roster_fetch WHERE due_at <= $1 ORDER BY due_at, source_id LIMIT 1`, args(s.Now().UnixMicro()), text(&a), text(&id))
	return a, id, found, err
}

// RosterServerOpen reads a server together with its secrets, to ask it in the name of somebody who may change it.
func (s *Store) RosterServerOpen(ctx context.Context, by school.Actor, id school.RosterSourceID) (RosterFetch, error) {
	x, err := s.RosterServer(ctx, by, id)
	if err != nil {
		return RosterFetch{}, err
	}
	f := RosterFetch{Authority: by.Tenant, Source: id, School: x.School, Server: x.RosterServer, Run: x.Run, Failures: x.Failures}
	var secret []byte
	if _, err := s.read().one(ctx, `SELECT x.server_secret_sealed, COALESCE(f.etag, ''), COALESCE(f.hash, '') FROM roster_source x LEFT JOIN roster_fetch f ON f.source_id = x.id
		WHERE x.id = $1 AND x.authority_id = $2`, args(string(id), string(by.Tenant)), &secret, &f.ETag, &f.Hash); err != nil {
		return f, err
	}
	secret, err = s.open(cell{by.Tenant, "roster_source", "server_secret", string(id)}, secret)
	f.Secret = string(secret)
	return f, err
}

// RosterOutcome is how asking a server went.
type RosterOutcome struct {
	Run   school.RosterRunID // what came of it; empty: nothing new
	ETag  string
	Hash  string
	Code  string // why it failed; empty: it did not
	Waits bool   // somebody has to look at the run
}

// rosterNights is how many failures one after the other become a line of the start page.
const rosterNights = 3

// RosterFetched notes how asking went and when the server is asked next: after a failure in half an hour, from the third on
// in the next night.
func (s *Store) RosterFetched(ctx context.Context, f RosterFetch, out RosterOutcome) error {
	now := s.Now()
	var due *int64
	if f.Server.Nightly {
		at := nextNight(now, f.Source).UnixMicro()
		due = &at
	}
	return s.transact(ctx, func(c conn) error {
		if out.Code != "" {
			failures := f.Failures + 1
			if at := now.Add(30 * time.Minute).UnixMicro(); failures < rosterNights && (due == nil || at < *due) {
				due = &at
			}
			if _, err := c.exec(ctx, `UPDATE roster_fetch SET failed_at = $3, code = $4, failures = $5, due_at = $6 WHERE source_id = $1 AND authority_id = $2`,
				string(f.Source), string(f.Authority), now.UnixMicro(), cut(out.Code, 60), failures, due); err != nil || failures < rosterNights {
				return err
			}
			_, err := s.raise(ctx, c, Alarm{Authority: f.Authority, School: f.School, Kind: AlarmRosterServer, Subject: string(f.Source), Urgency: ThisWeek})
			return err
		}
		run := out.Run
		if run == "" {
			run = f.Run
		}
		if _, err := c.exec(ctx, `UPDATE roster_fetch SET good_at = $3, code = '', failures = 0, due_at = $4, etag = $5, hash = $6, run_id = $7 WHERE source_id = $1 AND authority_id = $2`,
			string(f.Source), string(f.Authority), now.UnixMicro(), due, out.ETag, out.Hash, string(run)); err != nil {
			return err
		}
		if _, err := s.clear(ctx, c, f.Authority, AlarmRosterServer, string(f.Source)); err != nil {
			return err
		}
		var err error
		switch {
		case out.Waits:
			_, err = s.raise(ctx, c, Alarm{Authority: f.Authority, School: f.School, Kind: AlarmRosterWaits, Subject: string(f.Source), Urgency: ThisWeek})
		case out.Run != "":
			_, err = s.clear(ctx, c, f.Authority, AlarmRosterWaits, string(f.Source))
		}
		return err
	})
}

// nextNight is when a source is asked next: between two and five, each at its own minute, so that not all of them ask at once.
func nextNight(now time.Time, id school.RosterSourceID) time.Time {
	h := fnv.New32a()
	h.Write([]byte(id))
	day := now.In(Berlin)
	at := func(days int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day()+days, 2, int(h.Sum32()%180), 0, 0, Berlin)
	}
	if t := at(0); t.After(now) {
		return t
	}
	return at(1)
}

// RosterHosts lists the hosts sources of the authority are asked at, for those who may read its log.
func (s *Store) RosterHosts(ctx context.Context, by school.Actor) (hosts []string, err error) {
	if !by.Can(school.ReadAudit, school.Where{Authority: by.Tenant}) {
		return nil, school.Missing("authority")
	}
	err = s.read().each(ctx, `SELECT server FROM roster_source WHERE authority_id = $1 AND server <> '' AND NOT archived ORDER BY name_sort, id`, args(string(by.Tenant)), func(r *sql.Rows) error {
		var x school.RosterServer
		err := r.Scan(fromJSON(&x))
		for _, host := range x.Hosts() {
			if !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
		return err
	})
	return hosts, err
}

// calmRoster ends the line of the start page about runs of a source that nobody has to look at any more.
func (s *Store) calmRoster(ctx context.Context, c conn, run school.RosterRun) error {
	n, err := c.number(ctx, `SELECT count(*) FROM roster_part p JOIN roster_run r ON r.id = p.run_id WHERE p.run_id = $1 AND p.authority_id = $2 AND p.state = 'planned' AND r.state = 'planned' AND (p.changes > 0 OR p.open > 0)`,
		string(run.ID), string(run.Authority))
	if err != nil || n > 0 {
		return err
	}
	_, err = s.clear(ctx, c, run.Authority, AlarmRosterWaits, string(run.Source))
	return err
}
