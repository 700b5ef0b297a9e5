package store

import (
	"context"
	"database/sql"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditOrg, "class.joined", "class.left", "membership.created", "membership.ended")

// join opens a membership of a person.
func (tx *Tx) join(person school.PersonID, m school.Membership) error {
	return tx.insert("membership", row{"id": newID(), "person_id": string(person), "class_id": opt(m.Class), "group_id": opt(m.Group), "school_id": opt(m.School),
		"school_year_id": opt(m.Year), "teaches": m.Teaches, "from_at": micros(m.From), "until_at": micros(m.Until)})
}

// endMemberships ends, now, the memberships of this authority that cond names and that are not over; cond speaks of
// membership columns with its argument as $3. One that has not begun yet is taken back.
func (tx *Tx) endMemberships(cond, arg string) error {
	var ids []string
	var future []bool
	err := tx.each(tx.ctx, `SELECT id, from_at > $2 FROM membership WHERE authority_id = $1 AND (until_at IS NULL OR until_at > $2) AND `+cond+` ORDER BY id`,
		args(string(tx.authority), tx.now.UnixMicro(), arg), func(r *sql.Rows) error {
			var id string
			var f bool
			err := r.Scan(&id, &f)
			ids, future = append(ids, id), append(future, f)
			return err
		})
	if err != nil {
		return err
	}
	for i, id := range ids {
		if future[i] {
			err = tx.remove("membership", id)
		} else {
			err = tx.update("membership", id, row{"until_at": micros(tx.now)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// leaveSchool takes back what announced a person at the school it is led at, because it goes to another one.
func (tx *Tx) leaveSchool(person school.PersonID) error {
	return tx.endMemberships(`person_id = $3 AND school_id = (SELECT school_id FROM person WHERE id = $3)`, string(person))
}

// MoveToClass brings persons into a class: their present class ends and this one begins, in one act that can be undone.
// Persons of another school come to the school of the class. Whoever already belongs to it is left as is.
func (s *Store) MoveToClass(ctx context.Context, by school.Actor, class school.ClassID, persons ...school.PersonID) (school.ChangeSetID, error) {
	if len(persons) == 0 {
		return "", school.Refuse("persons", "required")
	}
	year, err := s.Year(ctx, by, s.Now())
	if err != nil {
		return "", err
	}
	ev := event{name: "class.joined", verb: school.EditOrg, subject: "class", id: string(class), detail: map[string]any{"persons": len(persons)}}
	return s.writeAt(ctx, by, "class", ev, func(tx *Tx, c row) error {
		if c.flag("archived") {
			return school.Clash("class_archived", c.str("name"))
		}
		for _, p := range persons {
			r, err := tx.own("person", string(p), school.EditPeople)
			if err != nil {
				return err
			}
			if r.flag("archived") {
				return school.Clash("person_archived")
			}
			there, err := tx.number(ctx, `SELECT count(*) FROM membership WHERE authority_id = $1 AND person_id = $2 AND class_id = $3 AND NOT teaches
				AND from_at <= $4 AND until_at IS NULL`, string(tx.authority), string(p), string(class), tx.now.UnixMicro())
			if err != nil {
				return err
			}
			if there > 0 {
				continue
			}
			if err := tx.endMemberships(`person_id = $3 AND class_id IS NOT NULL AND NOT teaches`, string(p)); err != nil {
				return err
			}
			if at := c.str("school_id"); r.str("school_id") != at {
				if err := tx.allow(school.EditPeople, school.SchoolID(at)); err != nil {
					return err
				}
				if err := tx.leaveSchool(p); err != nil {
					return err
				}
				if err := tx.change("person", string(p), r, row{"school_id": at}); err != nil {
					return err
				}
			}
			if err := tx.join(p, school.Membership{Class: class, Year: year.ID, From: tx.now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// LeaveClass ends a person's class without a new one.
func (s *Store) LeaveClass(ctx context.Context, by school.Actor, person school.PersonID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "person", event{name: "class.left", verb: school.EditOrg, subject: "person", id: string(person)}, func(tx *Tx, _ row) error {
		return tx.endMemberships(`person_id = $3 AND class_id IS NOT NULL AND NOT teaches`, string(person))
	})
}

// AddMember adds a person to a group, to a class as its teacher, or to a school beside the one it is led at, whose people
// then see it. For the class a person belongs to see MoveToClass.
func (s *Store) AddMember(ctx context.Context, by school.Actor, m school.Membership) (school.ChangeSetID, error) {
	table, subject, id, of := "", "", "", 0
	for _, x := range []struct{ table, subject, id string }{{"school_group", "group", string(m.Group)}, {"class", "class", string(m.Class)}, {"school", "school", string(m.School)}} {
		if x.id != "" {
			table, subject, id = x.table, x.subject, x.id
			of++
		}
	}
	if of != 1 || m.Class != "" && !m.Teaches {
		return "", school.Refuse("group", "required")
	}
	if m.Year == "" {
		year, err := s.Year(ctx, by, s.Now())
		if err != nil {
			return "", err
		}
		m.Year = year.ID
	}
	ev := event{name: "membership.created", verb: school.EditOrg, subject: subject, id: id, detail: map[string]any{"person": string(m.Person)}}
	join := func(tx *Tx, r row) error {
		m := m
		if r.flag("archived") {
			return school.Clash("archived", r.str("name"))
		}
		if m.Group != "" && r.str("rule") != "" {
			return school.Clash("group_by_rule", r.str("name"))
		}
		p, err := tx.own("person", string(m.Person), school.ViewPeople)
		if err != nil {
			return err
		}
		if p.flag("archived") {
			return school.Clash("person_archived")
		}
		if m.From.IsZero() {
			m.From = tx.now
		}
		if !m.Until.IsZero() && !m.Until.After(m.From) {
			return school.Refuse("until", "until_before_from")
		}
		n, err := tx.number(ctx, `SELECT count(*) FROM membership WHERE authority_id = $1 AND person_id = $2 AND COALESCE(class_id, group_id, school_id) = $3 AND teaches = $4
			AND (until_at IS NULL OR until_at > $5)`, string(tx.authority), string(m.Person), id, m.Teaches, m.From.UnixMicro())
		if err != nil || n > 0 {
			return err // a member already: nothing to do
		}
		if m.School != "" && p.str("school_id") == string(m.School) {
			return school.Refuse("school", "led_there")
		}
		return tx.join(m.Person, m)
	}
	if m.School == "" {
		return s.writeAt(ctx, by, table, ev, join)
	}
	ev.school = m.School
	return s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.own(table, id, ev.verb)
		if err != nil {
			return err
		}
		return join(tx, r)
	})
}

// EndMembership ends a membership of a person now.
func (s *Store) EndMembership(ctx context.Context, by school.Actor, person school.PersonID, id string) (school.ChangeSetID, error) {
	ev := event{name: "membership.ended", verb: school.EditOrg, subject: "person", id: string(person), detail: map[string]any{"membership": id}}
	return s.writeAt(ctx, by, "person", ev, func(tx *Tx, _ row) error {
		m, err := tx.fetch("membership", id)
		if err != nil {
			return err
		}
		if m == nil || m.str("person_id") != string(person) {
			return school.Missing("membership")
		}
		return tx.endMemberships(`id = $3`, id)
	})
}

// MembershipRow is a membership with the names its line shows.
type MembershipRow struct {
	school.Membership
	Name       string // of the class, group or school
	SchoolName string // empty: a group across schools
	YearName   string
}

// Memberships lists what a person belongs and belonged to, newest first.
func (s *Store) Memberships(ctx context.Context, by school.Actor, person school.PersonID) ([]MembershipRow, error) {
	if _, err := s.PersonByID(ctx, by, person); err != nil {
		return nil, err
	}
	var out []MembershipRow
	err := s.read().each(ctx, `SELECT m.id, m.authority_id, m.person_id, m.class_id, m.group_id, m.school_id, m.school_year_id, m.teaches, m.from_at, m.until_at,
		COALESCE(c.name, g.name, s.name), COALESCE(s.name, ''), COALESCE(y.name, '')
		FROM membership m LEFT JOIN class c ON c.id = m.class_id LEFT JOIN school_group g ON g.id = m.group_id
		LEFT JOIN school s ON s.id = COALESCE(c.school_id, g.school_id, m.school_id) LEFT JOIN school_year y ON y.id = m.school_year_id
		WHERE m.authority_id = $1 AND m.person_id = $2 ORDER BY m.from_at DESC, m.id DESC`, args(string(by.Tenant), string(person)), func(r *sql.Rows) error {
		var m MembershipRow
		err := r.Scan(&m.ID, text(&m.Authority), text(&m.Person), text(&m.Class), text(&m.Group), text(&m.School), text(&m.Year), &m.Teaches, stamp(&m.From), stamp(&m.Until),
			&m.Name, &m.SchoolName, &m.YearName)
		out = append(out, m)
		return err
	})
	return out, err
}
