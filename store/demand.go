package store

import (
	"context"
	"database/sql"
	"fmt"

	"ranzen/store/school"
)

var _ = registerEvent(school.Settings, "allocation.changed")

// MaxAllocations is how many lines a rule may have.
const MaxAllocations = 50

// Allocations reads the rule of who is to have an iPad, in its order. Whoever sees the authority may read it.
func (s *Store) Allocations(ctx context.Context, by school.Actor) (out []school.Allocation, err error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return nil, school.Missing("authority")
	}
	err = s.read().each(ctx, `SELECT school_type, from_grade, until_grade, teachers, per, reserve FROM allocation WHERE authority_id = $1 ORDER BY n`, args(string(by.Tenant)),
		func(r *sql.Rows) error {
			var a school.Allocation
			err := r.Scan(&a.Type, &a.From, &a.Until, &a.Teachers, &a.Per, &a.Reserve)
			out = append(out, a)
			return err
		})
	return out, err
}

// SetAllocations writes the rule, whole. Nothing is sent to any device: it is a measure, no assignment.
func (s *Store) SetAllocations(ctx context.Context, by school.Actor, rule []school.Allocation) (school.ChangeSetID, error) {
	if len(rule) > MaxAllocations {
		return "", school.Refuse("rule", "allocation_lines", MaxAllocations)
	}
	for i, a := range rule {
		if err := a.Check(i + 1); err != nil {
			return "", err
		}
	}
	return s.write(ctx, by, event{name: "allocation.changed", verb: school.Settings, subject: "authority", id: string(by.Tenant), detail: map[string]any{"lines": len(rule)}}, func(tx *Tx) error {
		var old []string
		err := tx.each(ctx, `SELECT id FROM allocation WHERE authority_id = $1 ORDER BY n`, args(string(tx.authority)), func(r *sql.Rows) error {
			var id string
			err := r.Scan(&id)
			old = append(old, id)
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range old {
			if err := tx.remove("allocation", id); err != nil {
				return err
			}
		}
		for n, a := range rule {
			if err := tx.insert("allocation", row{"id": newID(), "n": int64(n), "school_type": a.Type, "from_grade": int64(a.From), "until_grade": int64(a.Until),
				"teachers": a.Teachers, "per": int64(a.Per), "reserve": int64(a.Reserve)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Demand is one school measured by the rule.
type Demand struct {
	School school.School
	Pupils int
	Staff  int // teachers
	school.Need
}

// Demands measures every school the actor may see: pupils by the grade of today's class, teachers, and the iPads that belong
// to the school, wherever they are.
func (s *Store) Demands(ctx context.Context, by school.Actor) ([]Demand, error) {
	rule, err := s.Allocations(ctx, by)
	if err != nil {
		return nil, err
	}
	schools, err := s.Schools(ctx, by)
	if err != nil {
		return nil, err
	}
	heads := map[school.SchoolID][]school.Heads{}
	var w where
	w.arg(string(by.Tenant))
	w.arg(s.Now().UnixMicro())
	w.and("p.authority_id = $1 AND NOT p.archived AND p.kind IN ('pupil', 'teacher') AND p.school_id IS NOT NULL")
	if err := w.limitSchools(by, school.View, by.Tenant, "p.school_id"); err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT p.school_id, p.kind = 'teacher', COALESCE(c.grade, ''), count(*) FROM person p
		LEFT JOIN class c ON c.authority_id = p.authority_id AND c.id = (SELECT m.class_id FROM membership m WHERE m.authority_id = p.authority_id AND m.person_id = p.id
			AND m.class_id IS NOT NULL AND NOT m.teaches AND m.from_at <= $2 AND (m.until_at IS NULL OR m.until_at > $2) ORDER BY m.from_at DESC, m.id DESC LIMIT 1)
		WHERE `+w.String()+` GROUP BY p.school_id, p.kind, c.grade ORDER BY p.school_id, p.kind, c.grade`, w.args, func(r *sql.Rows) error {
		var at school.SchoolID
		var h school.Heads
		if err := r.Scan(text(&at), &h.Teachers, &h.Grade, &h.Count); err != nil {
			return err
		}
		heads[at] = append(heads[at], h)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count people by grade: %w", err)
	}
	stock := map[school.SchoolID]school.Supply{}
	var d where
	d.and("d.authority_id = ? AND d.ownership = 'owned' AND d.school_id IS NOT NULL", string(by.Tenant))
	if err := d.limitSchools(by, school.View, by.Tenant, "d.school_id"); err != nil {
		return nil, err
	}
	err = s.read().each(ctx, `SELECT d.school_id, count(*), sum(CASE WHEN p.kind = 'stock' AND h.id IS NULL THEN 1 ELSE 0 END) FROM device d
		LEFT JOIN place p ON p.id = d.place_id LEFT JOIN holding h ON h.device_id = d.id AND h.until_at IS NULL
		WHERE `+d.String()+` GROUP BY d.school_id`, d.args, func(r *sql.Rows) error {
		var at school.SchoolID
		var x school.Supply
		err := r.Scan(text(&at), &x.Devices, &x.Reserve)
		stock[at] = x
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count devices by school: %w", err)
	}
	out := make([]Demand, 0, len(schools))
	for _, x := range schools {
		d := Demand{School: x.School, Need: school.Measure(rule, x.Type, heads[x.ID], stock[x.ID])}
		for _, h := range heads[x.ID] {
			if h.Teachers {
				d.Staff += h.Count
			} else {
				d.Pupils += h.Count
			}
		}
		out = append(out, d)
	}
	return out, nil
}
