package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Export, "authority.end_asked", "authority.end_agreed", "authority.end_stopped")

// An authority leaves the installation for good: all that is kept of it goes, its people, its log and its keys too. So it
// takes a download of everything that is not old, its name typed twice, two persons and a week in which each of its
// administrators, and whoever runs the installation, can stop it. What was done stands without a name in the journal of
// deletions and is done again after a restore.
//
// While iPads are enrolled here nothing goes: they would keep their profiles, and nobody could take these off any more. Those
// that have been silent for a quarter of a year are not waited for; most of them lie broken in a drawer.
const (
	EndWait     = 7 * 24 * time.Hour  // between the agreement and the end
	ExportFresh = 30 * 24 * time.Hour // how old the download may be
	EndSilent   = 90 * 24 * time.Hour // who has been silent for so long is not waited for
)

// AlarmEnds stands while an authority is about to end.
const AlarmEnds = "authority_ends"

// End is an authority that is about to go.
type End struct {
	Asked    time.Time
	AskedBy  school.AccountID
	AskedOf  string // name of the account
	Agreed   time.Time
	AgreedOf string
	Due      time.Time // zero: nobody else agreed yet
	Enrolled int       // iPads that stand against it
}

// EndOf reads whether the actor's authority is about to end; the zero value: it is not.
func (s *Store) EndOf(ctx context.Context, by school.Actor) (e End, err error) {
	if !by.Can(school.Export, school.Where{Authority: by.Tenant}) && !by.Installs() {
		return e, school.Missing("authority")
	}
	if e, err = s.read().endOf(ctx, by.Tenant); err == nil {
		e.Enrolled, err = s.read().enrolledYet(ctx, by.Tenant, s.Now())
	}
	return e, err
}

// enrolledYet counts the iPads of an authority that would be left to themselves.
func (c conn) enrolledYet(ctx context.Context, a school.AuthorityID, now time.Time) (int, error) {
	n, err := c.number(ctx, `SELECT count(*) FROM enrollment WHERE authority_id = $1 AND state = 'enrolled' AND parent_id IS NULL
		AND COALESCE(last_seen_at, enrolled_at, created_at) > $2`, string(a), micros(now.Add(-EndSilent)))
	return int(n), err
}

// freeToEnd refuses an authority that has iPads yet, and says how many.
func (tx *Tx) freeToEnd() error {
	n, err := tx.enrolledYet(tx.ctx, tx.authority, tx.now)
	if err == nil && n > 0 {
		err = school.Clash("end_enrolled", n, int(EndSilent/(24*time.Hour)))
	}
	return err
}

// behind is the account of the person who acts. A token acts for who made it: nobody is two by having one.
func (tx *Tx) behind() (account string, err error) {
	if account = tx.by.ID(); tx.by.Kind == school.TokenActor {
		_, err = tx.one(tx.ctx, `SELECT created_by FROM api_token WHERE id = $1 UNION ALL SELECT created_by FROM operator_token WHERE id = $1`, args(account), &account)
	}
	return account, err
}

func (c conn) endOf(ctx context.Context, a school.AuthorityID) (e End, err error) {
	_, err = c.one(ctx, `SELECT asked_at, asked_by, asked_name, agreed_at, agreed_name, due_at FROM tenant_end WHERE authority_id = $1`, args(string(a)),
		stamp(&e.Asked), text(&e.AskedBy), &e.AskedOf, stamp(&e.Agreed), &e.AgreedOf, stamp(&e.Due))
	return e, err
}

// AskEnd asks that the actor's authority be deleted with all that is kept of it. Another person has to agree.
func (s *Store) AskEnd(ctx context.Context, by school.Actor, typed string) error {
	ev := event{name: "authority.end_asked", verb: school.Export, subject: "authority", id: string(by.Tenant), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.namesTenant(typed); err != nil {
			return err
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM audit WHERE authority_id = $1 AND event = 'authority.exported' AND at > $2`, string(tx.authority), micros(tx.now.Add(-ExportFresh)))
		if err != nil {
			return err
		}
		if n == 0 {
			return school.Clash("end_export_first", int(ExportFresh/(24*time.Hour)))
		}
		if err := tx.freeToEnd(); err != nil {
			return err
		}
		person, err := tx.behind()
		if err != nil {
			return err
		}
		if _, err = tx.exec(ctx, `INSERT INTO tenant_end (authority_id, asked_at, asked_by, asked_name) VALUES ($1, $2, $3, $4)`, string(tx.authority), micros(tx.now), person, by.Name); err != nil {
			return taken(err, "", "end_asked")
		}
		_, err = s.raise(ctx, tx.conn, Alarm{Authority: tx.authority, Kind: AlarmEnds, Subject: string(tx.authority), Urgency: Today})
		return err
	})
	return err
}

// namesTenant refuses what cannot be undone unless the name of the authority was typed.
func (tx *Tx) namesTenant(typed string) error {
	a, err := tx.fetch("authority", string(tx.authority))
	if err == nil && school.Fold(strings.TrimSpace(typed)) != school.Fold(a.str("name")) {
		err = school.Refuse("typed", "typed_name", a.str("name"))
	}
	return err
}

// AgreeEnd is what the second person says: another administrator of the authority, or, where there is only one, somebody who
// runs the installation. From then on a week is left.
func (s *Store) AgreeEnd(ctx context.Context, by school.Actor, typed string) (time.Time, error) {
	verb := school.Export
	if !by.Can(verb, school.Where{Authority: by.Tenant}) && by.Installs() {
		verb = school.Provision
	}
	var due time.Time
	ev := event{name: "authority.end_agreed", verb: verb, subject: "authority", id: string(by.Tenant), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.namesTenant(typed); err != nil {
			return err
		}
		e, err := tx.endOf(ctx, tx.authority)
		if err != nil {
			return err
		}
		person, err := tx.behind()
		switch {
		case err != nil:
			return err
		case e.Asked.IsZero():
			return school.Missing("end")
		case !e.Due.IsZero():
			return school.Clash("end_asked")
		case string(e.AskedBy) == person:
			return school.Clash("end_second")
		}
		if err := tx.freeToEnd(); err != nil {
			return err
		}
		due = tx.now.Add(EndWait)
		tx.event.detail = map[string]any{"due": due.UTC().Format(time.RFC3339)}
		_, err = tx.exec(ctx, `UPDATE tenant_end SET agreed_at = $1, agreed_by = $2, agreed_name = $3, due_at = $4 WHERE authority_id = $5`, micros(tx.now), person, by.Name, micros(due), string(tx.authority))
		return err
	})
	return due, err
}

// StopEnd lets the authority live. Each of its administrators may, and whoever runs the installation.
func (s *Store) StopEnd(ctx context.Context, by school.Actor) error {
	verb := school.Export
	if !by.Can(verb, school.Where{Authority: by.Tenant}) && by.Installs() {
		verb = school.Provision
	}
	ev := event{name: "authority.end_stopped", verb: verb, subject: "authority", id: string(by.Tenant), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		n, err := tx.exec(ctx, `DELETE FROM tenant_end WHERE authority_id = $1`, string(tx.authority))
		if err == nil && n == 0 {
			err = school.Missing("end")
		}
		if err == nil {
			_, err = s.clear(ctx, tx.conn, tx.authority, AlarmEnds, string(tx.authority))
		}
		return err
	})
	return err
}

// EndsDue reports whether the time of an authority is over.
func (s *Store) EndsDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM tenant_end WHERE due_at <= $1`, micros(s.Now()))
	return n > 0, err
}

// EndDue deletes every authority whose time is over. One in which iPads were enrolled meanwhile stays, and its page says so.
func (s *Store) EndDue(ctx context.Context) error {
	var due []school.AuthorityID
	err := s.read().each(ctx, `SELECT authority_id FROM tenant_end WHERE due_at <= $1 ORDER BY due_at`, args(micros(s.Now())), func(r *sql.Rows) error {
		var a school.AuthorityID
		err := r.Scan(text(&a))
		due = append(due, a)
		return err
	})
	for _, a := range due {
		if err == nil {
			err = s.endTenant(ctx, a, s.Now(), func(c conn) error {
				n, err := c.number(ctx, `SELECT count(*) FROM tenant_end WHERE authority_id = $1 AND due_at <= $2`, string(a), micros(s.Now()))
				if err != nil {
					return err
				}
				yet, err := c.enrolledYet(ctx, a, s.Now())
				if err == nil && (n == 0 || yet > 0) { // stopped in the last moment, or begun anew
					err = school.Missing("end")
				}
				return err
			})
		}
		if school.KindOf(err) == school.NotFound {
			err = nil
		}
	}
	return err
}

// endTenant deletes all that is kept of an authority, in one transaction, and counts that nothing is left. Which tables there
// are, and what refers to what, the engine says.
func (s *Store) endTenant(ctx context.Context, a school.AuthorityID, at time.Time, still func(conn) error) error {
	key, err := s.hashKey(ctx, s.read(), a)
	if err != nil {
		return err
	}
	d := Deletion{Authority: a, Table: "authority", Row: string(a), At: at, Why: "ended"}
	err = s.transact(ctx, func(c conn) error {
		// Its row first: writers of the authority wait, and find nothing.
		if _, err := c.exec(ctx, `UPDATE authority SET version = version + 1 WHERE id = $1`, string(a)); err != nil {
			return err
		}
		if err := still(c); err != nil {
			return err
		}
		all, err := c.ofTenant(ctx)
		if err != nil {
			return err
		}
		var rows int64
		for _, x := range all {
			n, err := c.exec(ctx, `DELETE FROM `+x.table+` WHERE `+x.cond, string(a))
			if err != nil {
				return fmt.Errorf("store: end of an authority, table %s: %w", x.table, err)
			}
			rows += n
		}
		for _, x := range all {
			if n, err := c.number(ctx, `SELECT count(*) FROM `+x.table+` WHERE `+x.cond, string(a)); err != nil || n > 0 {
				return fmt.Errorf("store: end of an authority: %d rows of %s are left: %w", n, x.table, err)
			}
		}
		_, err = c.exec(ctx, `INSERT INTO tenant_gone (id, at, row_count, proof) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`, string(a), at.UnixMicro(), rows, d.prove(key))
		return err
	})
	if err == nil {
		s.authority.Delete(a)
		s.sharedFacts.Delete(a)
		s.topics.Delete(a)
		s.changed.call()
	}
	return err
}

// tenantRows are the rows of a table that belong to an authority, whose id is $1.
type tenantRows struct{ table, cond string }

// ofTenant lists them for all tables, children before what they refer to. A table without authority_id belongs to one by what
// it refers to; jobs by their subject.
func (c conn) ofTenant(ctx context.Context) (out []tenantRows, err error) {
	names, err := c.inOrder(ctx)
	if err != nil {
		return nil, err
	}
	conds := map[string]string{"authority": `id = $1`, "job": `subject = $1`}
	for _, name := range names {
		if conds[name] != "" {
			continue
		}
		columns, err := c.columns(ctx, name)
		if err != nil {
			return nil, err
		}
		var parts []string
		if slices.ContainsFunc(columns, func(x column) bool { return x.name == "authority_id" }) {
			parts = append(parts, `authority_id = $1`)
		}
		targets, err := c.targets(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, x := range columns { // a session belongs to an account: its authority_id is where it works
			if to := targets[x.name]; to != "" && to != "authority" && to != name && conds[to] != "" && (len(parts) == 0 || to == "account") {
				parts = append(parts, x.name+` IN (SELECT id FROM `+to+` WHERE `+conds[to]+`)`)
			}
		}
		conds[name] = strings.Join(parts, ` OR `)
	}
	for _, name := range slices.Backward(names) {
		if conds[name] != "" {
			out = append(out, tenantRows{name, conds[name]})
		}
	}
	return out, nil
}
