package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"ranzen/store/school"
)

// Somebody who goes to another school of the authority with the new year neither leaves here nor is new there: it is decided on
// both sides at once, and carried out in one piece when the school that is gone to rolls over, whichever does so first. Until
// then person, device and contract stay what they are.

// rolloverCrossing reads who comes to a school from others, and how the schools are called to which people of it go.
func (s *Store) rolloverCrossing(ctx context.Context, c conn, authority school.AuthorityID, at school.SchoolID, f *school.RolloverFacts) error {
	if len(f.Choices.Goes) > 0 {
		f.Schools = map[school.SchoolID]string{}
		if err := c.each(ctx, `SELECT id, name FROM school WHERE authority_id = $1`, args(string(authority)), func(r *sql.Rows) error {
			var id school.SchoolID
			var name string
			err := r.Scan(text(&id), &name)
			f.Schools[id] = name
			return err
		}); err != nil {
			return err
		}
	}
	if len(f.Choices.Comes) == 0 {
		return nil
	}
	who := list(slices.Sorted(maps.Keys(f.Choices.Comes)))
	of := map[school.PersonID]int{}
	if err := c.each(ctx, `SELECT p.id, p.kind, p.given, p.family, s.name, COALESCE((SELECT k.name FROM membership m JOIN class k ON k.id = m.class_id WHERE m.person_id = p.id AND NOT m.teaches AND k.school_id = p.school_id
			AND m.from_at <= $1 AND (m.until_at IS NULL OR m.until_at > $1) ORDER BY m.from_at DESC, m.id DESC LIMIT 1), '')
		FROM person p JOIN school s ON s.id = p.school_id WHERE p.authority_id = $2 AND p.school_id <> $3 AND p.family <> '' AND p.id IN (SELECT value FROM json_array_elements_text($4::json))
		ORDER BY p.name_sort, p.id`, args(s.Now().UnixMicro(), string(authority), string(at), who), func(r *sql.Rows) error {
		var x school.RolloverPerson
		var p school.Person
		err := r.Scan(text(&x.ID), text(&p.Kind), &p.Given, &p.Family, &x.School, &x.From)
		x.Name, x.Pupil = p.Name(), p.Kind == school.Pupil
		of[x.ID] = len(f.Comes)
		f.Comes = append(f.Comes, x)
		return err
	}); err != nil {
		return err
	}
	return c.each(ctx, `SELECT h.person_id, COALESCE(t.number, d.serial) FROM holding h JOIN device d ON d.id = h.device_id JOIN asset t ON t.id = d.asset_id
		WHERE h.authority_id = $1 AND h.until_at IS NULL AND h.person_id IN (SELECT value FROM json_array_elements_text($2::json)) ORDER BY h.from_at, h.id`, args(string(authority), who), func(r *sql.Rows) error {
		var id school.PersonID
		var device string
		err := r.Scan(text(&id), &device)
		if i, here := of[id]; here {
			f.Comes[i].Devices = append(f.Comes[i].Devices, device)
		}
		return err
	})
}

// crosses decides that somebody of one school goes to another with the new year, into a class there or none. A school that has
// rolled over is not asked any more: whoever left it comes back to the other one.
func (tx *Tx) crosses(id school.RolloverID, who school.PersonID, from, to school.SchoolID, class string) error {
	if err := tx.leavesFor(id, who, from, to); err != nil {
		return err
	}
	there, err := tx.s.rolloverSchool(tx.ctx, tx.conn, tx.authority, id, to)
	if err == nil && there.State == "done" {
		err = school.Clash("rollover_done")
	}
	if err != nil {
		return err
	}
	c := there.choices
	if c.Comes = maps.Clone(c.Comes); c.Comes == nil {
		c.Comes = map[school.PersonID]string{}
	}
	c.Comes[who] = class
	if err := tx.choose(id, to, c); err != nil {
		return err
	}
	return tx.rechecked(id, to)
}

// leavesFor decides at the school somebody leaves where that one goes.
func (tx *Tx) leavesFor(id school.RolloverID, who school.PersonID, from, to school.SchoolID) error {
	left, err := tx.s.rolloverSchool(tx.ctx, tx.conn, tx.authority, id, from)
	if school.KindOf(err) == school.NotFound || err == nil && left.State == "done" { // archived, or rolled over: nothing is asked there
		return nil
	}
	if err != nil {
		return err
	}
	c := left.choices
	if c.Goes[who] == to {
		return nil
	}
	c.People = maps.Clone(c.People)
	delete(c.People, who)
	if c.Goes = maps.Clone(c.Goes); c.Goes == nil {
		c.Goes = map[school.PersonID]school.SchoolID{}
	}
	c.Goes[who] = to
	if err := tx.choose(id, from, c); err != nil {
		return err
	}
	return tx.rechecked(id, from)
}

// rechecked keeps the numbers of a school for which something else was decided; what was signed is to be signed anew.
func (tx *Tx) rechecked(id school.RolloverID, at school.SchoolID) error {
	part, err := tx.s.rolloverPart(tx.ctx, tx.conn, tx.authority, id, at)
	if err != nil {
		return err
	}
	return tx.keepRollover(id, at, part, row{"state": "checked", "moved": false, "signed_by": "", "signed_at": nil})
}

// SendRollover says by hand that somebody goes to another school of the authority with the new year, into a class of that name
// there or none. It is up to who looks after both schools.
func (s *Store) SendRollover(ctx context.Context, by school.Actor, id school.RolloverID, at school.SchoolID, who school.PersonID, to school.SchoolID, class string) (school.ChangeSetID, error) {
	class, err := cleanClassName(class)
	if err != nil {
		return "", err
	}
	return s.writeRollover(ctx, by, "rollover.chosen", id, at, func(tx *Tx, p *RolloverPart) (row, error) {
		x, err := tx.own("person", string(who), school.EditPeople)
		switch {
		case err != nil:
			return nil, err
		case x.str("school_id") != string(at):
			return nil, school.Missing("person")
		case to == at:
			return nil, school.Refuse("school", "transfer_there")
		}
		if err := tx.openSchool(to, school.EditPeople); err != nil {
			return nil, err
		}
		c := p.Choices
		if c.Goes[who] != to {
			if err := tx.staysHere(id, at, &c, who); err != nil {
				return nil, err
			}
		}
		if err := tx.crosses(id, who, at, to, class); err != nil {
			return nil, err
		}
		*p, err = s.rolloverPart(ctx, tx.conn, tx.authority, id, at)
		return row{"state": "checked", "moved": false, "signed_by": "", "signed_at": nil}, err
	})
}

// cleanClassName is a name of a class as people type it.
func cleanClassName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if len(name) > 200 {
		return "", school.Refuse("name", "too_long", 200)
	}
	return name, nil
}

// staysHere takes back that somebody of a school goes to another one.
func (tx *Tx) staysHere(id school.RolloverID, at school.SchoolID, c *school.RolloverChoices, who school.PersonID) error {
	to, goes := c.Goes[who]
	if !goes {
		return nil
	}
	c.Goes = maps.Clone(c.Goes)
	delete(c.Goes, who)
	there, err := tx.s.rolloverSchool(tx.ctx, tx.conn, tx.authority, id, to)
	if school.KindOf(err) == school.NotFound || err == nil && there.State == "done" {
		return nil // archived, or it rolled over without
	}
	if err != nil {
		return err
	}
	if !tx.by.Can(school.EditPeople, school.Where{Authority: tx.authority, School: to}) { // it was decided there, and may have been signed
		return school.Clash("rollover_both", there.SchoolName)
	}
	other := there.choices
	other.Comes = maps.Clone(other.Comes)
	delete(other.Comes, who)
	if err := tx.choose(id, to, other); err != nil {
		return err
	}
	return tx.rechecked(id, to)
}

// comeOver brings to a school that rolls over who comes from others, with what they hold.
func (tx *Tx) comeOver(at school.SchoolID, year school.SchoolYearID, list []school.RolloverPerson, class map[string]school.ClassID) error {
	for _, x := range list {
		p, err := tx.own("person", string(x.ID), school.EditPeople)
		if err == nil && p.flag("archived") { // left where it was before this school rolled over
			err = tx.change("person", string(x.ID), p, row{"archived": false})
		}
		if err != nil {
			return err
		}
		if _, err := tx.bringOver(x.ID, school.Placement{School: at, Class: class[x.To]}, year); err != nil {
			return err
		}
	}
	return nil
}
