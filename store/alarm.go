package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// Urgency orders what a human must do.
type Urgency int

const (
	Today      Urgency = 1
	ThisWeek   Urgency = 2
	GoodToKnow Urgency = 3
)

// Alarm is something that does not right itself: a line of the start page. There is one open alarm per kind and subject;
// raising it again only renews what it says, so that whoever notices may raise it every time.
type Alarm struct {
	ID        string
	Authority school.AuthorityID
	School    school.SchoolID // empty: the whole authority's
	Kind      string          // names the sentence
	Subject   string          // what it is about: an id; may be empty
	Urgency   Urgency
	Detail    map[string]any // numbers, codes and ids for the sentence; never names
	Since     time.Time
}

// RaiseAlarm raises an alarm and reports whether it is a new one.
func (s *Store) RaiseAlarm(ctx context.Context, a Alarm) (isNew bool, err error) {
	err = s.transact(ctx, func(c conn) (err error) {
		isNew, err = s.raise(ctx, c, a)
		return err
	})
	if err == nil && isNew {
		s.changed.call()
	}
	return isNew, err
}

// raise is RaiseAlarm within a transaction.
func (s *Store) raise(ctx context.Context, c conn, a Alarm) (isNew bool, err error) {
	if a.Detail == nil {
		a.Detail = map[string]any{}
	}
	if a.Urgency == 0 {
		a.Urgency = ThisWeek
	}
	n, err := c.exec(ctx, `INSERT INTO alarm (id, authority_id, school_id, kind, subject, urgency, detail, since_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (authority_id, kind, subject) WHERE cleared_at IS NULL DO NOTHING`,
		newID(), string(a.Authority), opt(a.School), a.Kind, a.Subject, int(a.Urgency), toJSON(a.Detail), s.Now().UnixMicro())
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = c.exec(ctx, `UPDATE alarm SET detail = $1, urgency = $2, school_id = $3 WHERE authority_id = $4 AND kind = $5 AND subject = $6 AND cleared_at IS NULL
		AND (detail <> $1 OR urgency <> $2 OR COALESCE(school_id, '') <> COALESCE($3, ''))`,
		toJSON(a.Detail), int(a.Urgency), opt(a.School), string(a.Authority), a.Kind, a.Subject)
	return false, err
}

// ClearAlarm ends an alarm that is open; there need not be one. It reports whether there was.
func (s *Store) ClearAlarm(ctx context.Context, a school.AuthorityID, kind, subject string) (was bool, err error) {
	err = s.transact(ctx, func(c conn) (err error) {
		was, err = s.clear(ctx, c, a, kind, subject)
		return err
	})
	if err == nil && was {
		s.changed.call()
	}
	return was, err
}

// clear is ClearAlarm within a transaction.
func (s *Store) clear(ctx context.Context, c conn, a school.AuthorityID, kind, subject string) (bool, error) {
	n, err := c.exec(ctx, `UPDATE alarm SET cleared_at = $1 WHERE authority_id = $2 AND kind = $3 AND subject = $4 AND cleared_at IS NULL`,
		s.Now().UnixMicro(), string(a), kind, subject)
	return n > 0, err
}

// Alarms lists the open alarms the actor may see, most urgent and oldest first, at most MaxPage. A school sees its own.
func (s *Store) Alarms(ctx context.Context, by school.Actor) ([]Alarm, error) {
	var w where
	w.and("authority_id = ?", string(by.Tenant))
	w.and("cleared_at IS NULL")
	if err := w.limitSchools(by, school.View, by.Tenant, "school_id"); err != nil {
		return nil, err
	}
	limit := w.arg(MaxPage)
	var out []Alarm
	err := s.read().each(ctx, `SELECT id, authority_id, school_id, kind, subject, urgency, detail, since_at FROM alarm WHERE `+w.String()+
		` ORDER BY urgency, since_at, id LIMIT `+limit, w.args, func(r *sql.Rows) error {
		var a Alarm
		if err := r.Scan(&a.ID, text(&a.Authority), text(&a.School), &a.Kind, &a.Subject, &a.Urgency, fromJSON(&a.Detail), stamp(&a.Since)); err != nil {
			return err
		}
		out = append(out, a)
		return nil
	})
	return out, err
}
