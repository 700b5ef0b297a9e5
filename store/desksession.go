package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"ranzen/store/school"
)

// A desk that is open is state: it says what lies on a table between two scans and who stands before it. What it books are
// facts, booked like everybody's.

const deskColumns = `SELECT x.id, x.authority_id, x.actor_id, x.school_id, x.class_id, x.mode, x.number, x.turn, x.state, x.used_at FROM desk_session x `

func scanDesk(r *sql.Rows) (d school.DeskSession, err error) {
	var state string
	if err := r.Scan(text(&d.ID), text(&d.Authority), &d.Actor, text(&d.School), text(&d.Class), text(&d.Mode), &d.Number, &d.Turn, &state, stamp(&d.Used)); err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(state), &d.Table); err != nil {
		return d, fmt.Errorf("store: state of a desk: %w", err)
	}
	return d, nil
}

// OpenDesk opens a desk at a school, for a class where it hands out to one. A place that nobody chose is the first free one.
func (s *Store) OpenDesk(ctx context.Context, by school.Actor, d school.DeskSession) (school.DeskID, error) {
	if !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: d.School}) {
		return "", school.Missing("school")
	}
	switch {
	case !slices.Contains(school.DeskModes, d.Mode):
		return "", school.Refuse("mode", "choice")
	case d.Mode == school.DeskClass && d.Class == "":
		return "", school.Refuse("class", "required")
	case d.Number < 0 || d.Number > 99:
		return "", school.Refuse("number", "desk_number", 99)
	}
	if d.Mode != school.DeskClass {
		d.Class = ""
	}
	d.ID = NewID[school.DeskID]()
	now := s.Now()
	err := s.transact(ctx, func(c conn) error {
		n, err := c.number(ctx, `SELECT count(*) FROM school WHERE id = $1 AND authority_id = $2 AND NOT archived`, string(d.School), string(by.Tenant))
		if err == nil && n == 0 {
			err = school.Missing("school")
		}
		if err != nil {
			return err
		}
		if d.Class != "" {
			if n, err = c.number(ctx, `SELECT count(*) FROM class WHERE id = $1 AND school_id = $2 AND NOT archived`, string(d.Class), string(d.School)); err == nil && n == 0 {
				err = school.Refuse("class", "choice")
			}
			if err != nil {
				return err
			}
		}
		number := d.Number
		if number == 0 {
			var taken []int
			if err := c.each(ctx, `SELECT number FROM desk_session WHERE school_id = $1 AND used_at > $2`, args(string(d.School), now.Add(-school.DeskLive).UnixMicro()), func(r *sql.Rows) error {
				var n int
				err := r.Scan(&n)
				taken = append(taken, n)
				return err
			}); err != nil {
				return err
			}
			for number = 1; slices.Contains(taken, number); number++ {
			}
		}
		_, err = c.exec(ctx, `INSERT INTO desk_session (id, authority_id, actor_id, school_id, class_id, mode, number, state, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, '{}', $8, $8)`,
			string(d.ID), string(by.Tenant), by.ID(), string(d.School), opt(d.Class), string(d.Mode), number, now.UnixMicro())
		return err
	})
	if err != nil {
		return "", err
	}
	return d.ID, nil
}

// DeskByID reads a desk that the actor opened and may still stand at.
func (s *Store) DeskByID(ctx context.Context, by school.Actor, id school.DeskID) (d school.DeskSession, err error) {
	err = s.read().each(ctx, deskColumns+`WHERE x.id = $1 AND x.authority_id = $2 AND x.actor_id = $3`, args(string(id), string(by.Tenant), by.ID()), func(r *sql.Rows) (err error) {
		d, err = scanDesk(r)
		return err
	})
	if err == nil && (d.ID == "" || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: d.School})) {
		d, err = school.DeskSession{}, school.Missing("desk")
	}
	return d, err
}

// Desks lists the desks that the actor has open, the latest used first.
func (s *Store) Desks(ctx context.Context, by school.Actor) (out []school.DeskSession, err error) {
	err = s.read().each(ctx, deskColumns+`WHERE x.actor_id = $1 AND x.authority_id = $2 ORDER BY x.used_at DESC, x.id LIMIT 20`, args(by.ID(), string(by.Tenant)), func(r *sql.Rows) error {
		d, err := scanDesk(r)
		if err == nil && by.Can(school.Lend, school.Where{Authority: by.Tenant, School: d.School}) {
			out = append(out, d)
		}
		return err
	})
	return out, err
}

// DesksBeside lists the other desks that are in use at the school of a desk.
func (s *Store) DesksBeside(ctx context.Context, d school.DeskSession) ([]school.DeskSession, error) {
	return s.read().beside(ctx, d, s.Now())
}

func (c conn) beside(ctx context.Context, d school.DeskSession, now time.Time) (out []school.DeskSession, err error) {
	err = c.each(ctx, deskColumns+`WHERE x.school_id = $1 AND x.used_at > $2 AND x.id <> $3 ORDER BY x.number, x.id`,
		args(string(d.School), now.Add(-school.DeskLive).UnixMicro(), string(d.ID)), func(r *sql.Rows) error {
			d, err := scanDesk(r)
			out = append(out, d)
			return err
		})
	return out, err
}

// SaveDesk writes what lies on a desk after an input, if it was the next one: another that was faster is a conflict
// ("desk_turn"), and so is a pupil of a class who stands at another desk already ("desk_elsewhere").
func (s *Store) SaveDesk(ctx context.Context, by school.Actor, d school.DeskSession) error {
	now := s.Now()
	return s.transact(ctx, func(c conn) error {
		if d.Class != "" && d.Table.Person != "" {
			if _, err := c.one(ctx, `SELECT id FROM class WHERE id = $1 FOR UPDATE`, args(string(d.Class)), new(string)); err != nil {
				return err
			}
			beside, err := c.beside(ctx, d, now)
			if err != nil {
				return err
			}
			for _, other := range beside {
				if other.Table.Person == d.Table.Person {
					return school.Clash("desk_elsewhere", other.Number)
				}
			}
		}
		n, err := c.exec(ctx, `UPDATE desk_session SET state = $1, turn = turn + 1, used_at = $2 WHERE id = $3 AND turn = $4 AND actor_id = $5 AND authority_id = $6`,
			toJSON(d.Table), now.UnixMicro(), string(d.ID), d.Turn, by.ID(), string(by.Tenant))
		if err == nil && n == 0 {
			err = school.Clash("desk_turn")
		}
		return err
	})
}

// CloseDesk closes a desk. What it booked stays.
func (s *Store) CloseDesk(ctx context.Context, by school.Actor, id school.DeskID) error {
	return s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `DELETE FROM desk_session WHERE id = $1 AND actor_id = $2 AND authority_id = $3`, string(id), by.ID(), string(by.Tenant))
		if err == nil && n == 0 {
			err = school.Missing("desk")
		}
		return err
	})
}
