package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"ranzen/store/school"
)

// A roster that names the next school year is a proposal for the roll-over: taken over, it decides which class becomes which,
// who goes elsewhere and who leaves, and announces those who are new, without a class until the school has rolled over. The
// classes, people and devices of today stay as they are; names and addresses come with a roster of the running year.

// rosterAhead finds the roll-over a roster is a proposal for; its id is empty for a roster of the running year.
func (s *Store) rosterAhead(ctx context.Context, by school.Actor, year string) (Rollover, error) {
	if year == "" {
		return Rollover{}, nil
	}
	running, err := s.Year(ctx, by, s.Now())
	if err != nil || running.Name == year {
		return Rollover{}, err
	}
	r, err := s.Rollover(ctx, by)
	if err == nil && (r.ID == "" || r.Year.Name != year) {
		err = school.Refuse("file", "roster_year", year, running.Name)
	}
	return r, err
}

// aheadLater is what a roster of the next year says and a proposal leaves to that of the running one.
var aheadLater = []school.RosterDoes{school.RosterRenamed, school.RosterChanged, school.RosterTeaches, school.RosterCourses, school.RosterGuest, school.RosterEnds, school.RosterBack}

// leaveForLater takes out of a plan what a proposal does not carry out, and says so of people who come back.
func (p *rosterPlanner) leaveForLater() {
	come := 0
	p.p.Items = slices.DeleteFunc(p.p.Items, func(i school.RosterItem) bool {
		if i.Does == school.RosterBack {
			come++
		}
		return slices.Contains(aheadLater, i.Does)
	})
	if come > 0 {
		p.say("ahead_come", 0, fmt.Sprint(come))
	}
}

// announced reports whether somebody is only known from a roster of the next year: who is not in one of this year has not left.
func (h *rosterHas) announced(w *rosterWorld) bool {
	return slices.ContainsFunc(h.members, func(m memberHas) bool { return m.school == h.School && m.from > w.now.UnixMicro() })
}

// propose writes a plan as decisions of the roll-over of its school.
func (tx *Tx) propose(plan *rosterPlan, r Rollover) error {
	if err := tx.openSchool(plan.School, school.EditPeople); err != nil {
		return err
	}
	part, err := tx.s.rolloverPart(tx.ctx, tx.conn, tx.authority, r.ID, plan.School)
	if err != nil {
		return err
	}
	t := &taking{Tx: tx, p: plan, year: r.Year.ID}
	choices := school.RolloverChoices{Classes: map[school.ClassID]string{}, People: map[school.PersonID]string{}, Goes: map[school.PersonID]school.SchoolID{}, Comes: map[school.PersonID]string{}}
	maps.Copy(choices.Classes, part.Choices.Classes)
	maps.Copy(choices.People, part.Choices.People)
	maps.Copy(choices.Goes, part.Choices.Goes)
	maps.Copy(choices.Comes, part.Choices.Comes)
	names := map[*rosterClassAs]string{}
	for _, c := range plan.classes {
		name := c.name
		if name == "" && c.has != nil {
			name = c.has.Name
		}
		if c.as != nil {
			names[c.as] = name
		}
		switch {
		case c.has != nil && c.ends:
			choices.Classes[c.has.ID] = ""
		case c.has != nil:
			choices.Classes[c.has.ID] = name
		}
	}
	for id, to := range plan.goes {
		choices.Goes[id] = to
		delete(choices.People, id)
	}
	for _, c := range plan.persons {
		if c.brings {
			if _, err := t.announce(c, r); err != nil {
				return err
			}
			if err := tx.leavesFor(r.ID, c.has.ID, c.has.School, plan.School); err != nil {
				return err
			}
			choices.Comes[c.has.ID] = classThen(c, names)
			continue
		}
		if c.has == nil && c.home != plan.School || c.has != nil && (c.has.School != plan.School || c.has.Archived) {
			continue // comes with the roster of the running year
		}
		id, err := t.announce(c, r)
		if err != nil {
			return err
		}
		if c.archive || c.home != plan.School {
			choices.People[id] = ""
			continue
		}
		delete(choices.People, id)
		if name := classThen(c, names); name != "" {
			choices.People[id] = name
		}
	}
	if err := tx.choose(r.ID, plan.School, choices); err != nil {
		return err
	}
	if part, err = tx.s.rolloverPart(tx.ctx, tx.conn, tx.authority, r.ID, plan.School); err != nil {
		return err
	}
	return tx.keepRollover(r.ID, plan.School, part, row{"state": "checked", "moved": false, "signed_by": "", "signed_at": nil})
}

// classThen is the class a list puts somebody into who is in another one, or none, by now.
func classThen(c *rosterChange, names map[*rosterClassAs]string) string {
	name := ""
	for _, j := range c.join {
		if j.class != nil && !j.teaches {
			if name = names[j.class]; name == "" {
				name = school.ClassName(j.class.Name)
			}
		}
	}
	return name
}

// announce makes somebody who is new, belonging to the school from the first day of the year, and keeps by which id the source
// knows whom a person entered.
func (t *taking) announce(c *rosterChange, r Rollover) (school.PersonID, error) {
	if c.has != nil {
		if c.row != nil && c.has.byHand() {
			return c.has.ID, t.takeKey(c, c.has.ID)
		}
		return c.has.ID, nil
	}
	id, err := t.takeRow(c)
	if err == nil {
		err = t.takeKey(c, id)
	}
	if err == nil {
		err = t.insert("membership", row{"id": newID(), "person_id": string(id), "class_id": nil, "group_id": nil, "school_id": string(t.p.School), "school_year_id": opt(r.Year.ID),
			"source_id": string(t.p.w.source), "teaches": false, "from_at": micros(r.Year.Starts), "until_at": nil})
	}
	return id, err
}
