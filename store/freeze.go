package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A freeze is a fact like an assignment: one row, whatever the number of devices below it. Past ones stay for half a year,
// because a deadline they moved stays moved.

var _ = registerEvent(school.Assign, "freeze.created", "freeze.removed")

// freezesCount is how long past freezes still move deadlines: no version of iPadOS is offered longer.
const freezesCount = 180 * 24 * time.Hour

// FreezeRow is a freeze with the name of what it is for.
type FreezeRow struct {
	school.Freeze
	ScopeName string
	By        string
	Created   time.Time
}

// AddFreeze keeps the iPads of a scope as they are for a time.
func (s *Store) AddFreeze(ctx context.Context, by school.Actor, f school.Freeze) (school.FreezeID, school.ChangeSetID, error) {
	name, err := cleanName("name", f.Name)
	if err != nil {
		return "", "", err
	}
	if err := f.Check(s.Now()); err != nil {
		return "", "", err
	}
	at, err := s.ground(ctx, s.read(), by.Tenant, f.Scope, s.Now())
	if err != nil {
		return "", "", err
	}
	if err := mayAt(by, school.Assign, f.Scope.Level, at.School); err != nil {
		return "", "", err
	}
	id := NewID[school.FreezeID]()
	ev := event{name: "freeze.created", verb: school.Assign, school: at.School, subject: f.Scope.Level.String(), id: f.Scope.ID, detail: map[string]any{"freeze": string(id)}}
	set, err := s.write(ctx, by, ev, func(tx *Tx) error {
		if _, err := s.ground(ctx, tx.conn, tx.authority, f.Scope, tx.now); err != nil {
			return err
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM update_freeze WHERE authority_id = $1 AND until_at > $2`, string(tx.authority), tx.now.UnixMicro())
		if err != nil {
			return err
		}
		if n >= school.MaxFreezes {
			return school.Clash("freezes_many", school.MaxFreezes)
		}
		return tx.insert("update_freeze", row{"id": string(id), "school_id": opt(at.School), "scope_level": int64(f.Scope.Level), "scope_id": f.Scope.ID, "name": name,
			"from_at": micros(f.From), "until_at": micros(f.Until), "created_at": micros(tx.now), "created_by": by.Name})
	})
	return id, set, err
}

// RemoveFreeze ends a freeze: deadlines it moved are again as they were written.
func (s *Store) RemoveFreeze(ctx context.Context, by school.Actor, id school.FreezeID) (school.ChangeSetID, error) {
	f, err := s.FreezeByID(ctx, by, id)
	if err != nil {
		return "", err
	}
	if err := mayAt(by, school.Assign, f.Scope.Level, f.School); err != nil {
		return "", err
	}
	ev := event{name: "freeze.removed", verb: school.Assign, school: f.School, subject: f.Scope.Level.String(), id: f.Scope.ID, detail: map[string]any{"freeze": string(id)}}
	return s.write(ctx, by, ev, func(tx *Tx) error { return tx.remove("update_freeze", string(id)) })
}

// FreezeByID reads one freeze the actor may see.
func (s *Store) FreezeByID(ctx context.Context, by school.Actor, id school.FreezeID) (FreezeRow, error) {
	all, err := s.freezes(ctx, by, "f.id = ?", string(id))
	if err == nil && len(all) == 0 {
		err = school.Missing("freeze")
	}
	if err != nil {
		return FreezeRow{}, err
	}
	return all[0], nil
}

// Freezes lists the freezes the actor may see that are not over, the next first. Those above its schools are among them:
// they reach its iPads.
func (s *Store) Freezes(ctx context.Context, by school.Actor) ([]FreezeRow, error) {
	return s.freezes(ctx, by, "f.until_at > ?", s.Now().UnixMicro())
}

func (s *Store) freezes(ctx context.Context, by school.Actor, cond string, arg any) (out []FreezeRow, err error) {
	schools, ok := by.Schools(school.View, by.Tenant)
	if !ok {
		return nil, school.Missing("authority")
	}
	var w where
	w.and("f.authority_id = ?", string(by.Tenant))
	w.and(cond, arg)
	if schools != nil {
		w.and("(f.school_id IS NULL OR f.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	err = s.read().each(ctx, `SELECT f.id, f.school_id, f.scope_level, f.scope_id, f.name, f.from_at, f.until_at, f.created_at, f.created_by
		FROM update_freeze f WHERE `+w.String()+` ORDER BY f.from_at, f.id`, w.args, func(r *sql.Rows) error {
		var x FreezeRow
		err := scanFreeze(r, &x.Freeze, stamp(&x.Created), &x.By)
		x.Authority = by.Tenant
		out = append(out, x)
		return err
	})
	if err != nil {
		return nil, err
	}
	scopes := make([]school.Scope, len(out))
	for i, x := range out {
		scopes[i] = x.Scope
	}
	names, err := s.scopeNames(ctx, s.read(), by.Tenant, scopes)
	for i := range out {
		out[i].ScopeName = names[out[i].Scope].name
	}
	return out, err
}

func scanFreeze(r *sql.Rows, x *school.Freeze, rest ...any) error {
	err := r.Scan(append([]any{text(&x.ID), text(&x.School), &x.Scope.Level, &x.Scope.ID, &x.Name, stamp(&x.From), stamp(&x.Until)}, rest...)...)
	x.From, x.Until = x.From.In(Berlin), x.Until.In(Berlin)
	return err
}

// freezesOf reads what devices of an authority share of its freezes.
func (s *Store) freezesOf(ctx context.Context, c conn, a school.AuthorityID) (out []school.Freeze, err error) {
	err = c.each(ctx, `SELECT f.id, f.school_id, f.scope_level, f.scope_id, f.name, f.from_at, f.until_at FROM update_freeze f
		WHERE f.authority_id = $1 AND f.until_at > $2 ORDER BY f.id`, args(string(a), s.Now().Add(-freezesCount).UnixMicro()), func(r *sql.Rows) error {
		x := school.Freeze{Authority: a}
		err := scanFreeze(r, &x)
		out = append(out, x)
		return err
	})
	return out, err
}
