package store

import (
	"context"
	"database/sql"
	"errors"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditPeople, "rollover.done", "rollover.chosen", "rollover.signed", "rollover.withdrawn")
var _ = registerEvent(school.EditOrg, "rollover.set")

var errRolloverMoved = school.Clash("rollover_moved")

const rolloverDue = ` FROM rollover_school x JOIN rollover r ON r.id = x.rollover_id WHERE x.state = 'signed' AND r.runs_at <= $1`

// RolloverDue reports whether a school of any authority waits to be rolled over.
func (s *Store) RolloverDue(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS one`+rolloverDue+` LIMIT 1) x`, s.Now().UnixMicro())
	return n > 0, err
}

// RunRollovers carries out what was signed and is due, of all authorities, one school in one transaction. A job calls it; a
// server that dies goes on with the school it was at. What comes to something else than was signed, or cannot be done, is
// left as it is and must be signed anew.
func (s *Store) RunRollovers(ctx context.Context) error {
	for {
		var a school.AuthorityID
		var id school.RolloverID
		var at school.SchoolID
		found, err := s.read().one(ctx, `SELECT x.authority_id, x.rollover_id, x.school_id`+rolloverDue+` ORDER BY r.runs_at, x.rollover_id, x.school_id LIMIT 1`,
			args(s.Now().UnixMicro()), text(&a), text(&id), text(&at))
		if err != nil || !found {
			return err
		}
		err = s.rollOver(ctx, a, id, at)
		if err != nil && school.KindOf(err) != "" {
			err = s.transact(ctx, func(c conn) error {
				_, err := c.exec(ctx, `UPDATE rollover_school SET state = 'open', moved = TRUE, signed_by = '', signed_at = NULL
					WHERE rollover_id = $1 AND school_id = $2 AND authority_id = $3 AND state = 'signed'`, string(id), string(at), string(a))
				return err
			})
		}
		if err != nil {
			return err
		}
	}
}

// rollOver carries one school out.
func (s *Store) rollOver(ctx context.Context, a school.AuthorityID, id school.RolloverID, at school.SchoolID) error {
	by := school.System("rollover", a)
	ev := event{name: "rollover.done", verb: school.EditPeople, school: at, subject: "school", id: string(at)}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		var seq int64
		var year school.SchoolYearID
		var state, signed string
		found, err := tx.one(ctx, `SELECT u.audit_seq, r.year_id, x.state, x.signed_by FROM rollover_school x JOIN rollover r ON r.id = x.rollover_id JOIN authority u ON u.id = x.authority_id
			WHERE x.rollover_id = $1 AND x.school_id = $2 AND x.authority_id = $3`, args(string(id), string(at), string(a)), &seq, text(&year), &state, &signed)
		if err != nil {
			return err
		}
		if !found || state != "signed" { // another node was faster, or the signature was taken back
			return errRolloverOver
		}
		if err := tx.openSchool(at, school.EditOrg); err != nil {
			return err
		}
		p, err := s.rolloverPart(ctx, tx.conn, a, id, at)
		if err != nil {
			return err
		}
		if p.Hash != p.hash {
			return errRolloverMoved
		}
		if err := tx.carryOver(at, year, p.Plan); err != nil {
			return err
		}
		tx.event.detail = map[string]any{"signed_by": signed, "leavers": p.Now.Leavers, "moves": p.Now.Moves, "renamed": p.Now.Renamed}
		return tx.keepRollover(id, at, p, row{"was": toJSON(rolledClasses(p.facts)), "state": "done", "done_at": micros(tx.now), "done_seq": seq})
	})
	if errors.Is(err, errRolloverOver) {
		return nil
	}
	return err
}

var errRolloverOver = errors.New("store: the school is rolled over already")

// carryOver writes what a plan says. First everybody leaves and classes end, so that their names are free; then those that
// go on are renamed, from the top; then people come to where they are sent.
func (tx *Tx) carryOver(at school.SchoolID, year school.SchoolYearID, p school.RolloverPlan) error {
	for _, x := range p.Leavers {
		if err := tx.leave(x); err != nil {
			return err
		}
	}
	for _, x := range p.Moves {
		if err := tx.endMemberships(`person_id = $3 AND class_id IS NOT NULL AND NOT teaches`, string(x.ID)); err != nil {
			return err
		}
	}
	for _, x := range p.Steps {
		if x.Does != school.RollsEnds && x.Does != school.RollsJoins {
			continue
		}
		if err := tx.endClass(x); err != nil {
			return err
		}
	}
	if err := tx.renameClasses(p.Steps); err != nil {
		return err
	}
	class := map[string]school.ClassID{}
	for _, x := range p.Steps {
		switch x.Does {
		case school.RollsNew:
			id := NewID[school.ClassID]()
			class[x.To] = id
			err := tx.insert("class", numbered(row{"id": string(id), "school_id": string(at), "grade": x.ToAs, "archived": false, "created_at": micros(tx.now)}, x.To))
			if err := taken(err, "name", "class_taken", x.To); err != nil {
				return err
			}
		case school.RollsUp, school.RollsStays:
			class[x.To] = x.Class
		}
	}
	for _, x := range p.Moves {
		if err := tx.join(x.ID, school.Membership{Class: class[x.To], Year: year, From: tx.now}); err != nil {
			return err
		}
	}
	return tx.comeOver(at, year, p.Comes, class)
}

// leave archives somebody who leaves the school. Who still holds a device stays in class and groups, which keeps the device
// as it is until it is back: nothing is taken from it, and nothing wiped, because a class is missing.
func (tx *Tx) leave(x school.RolloverPerson) error {
	if len(x.Devices) == 0 {
		if err := tx.endMemberships(`person_id = $3`, string(x.ID)); err != nil {
			return err
		}
	}
	if len(x.Planned) > 0 {
		if err := tx.unplan(x.ID); err != nil {
			return err
		}
	}
	return tx.update("person", string(x.ID), row{"archived": true})
}

// endClass archives a class that ends or joins another. Its teachers teach the other one then; the devices planned for it
// and its case go there with it.
func (tx *Tx) endClass(x school.RolloverStep) error {
	if x.Does == school.RollsJoins {
		teachers, err := tx.idsOf(`SELECT DISTINCT person_id FROM membership WHERE authority_id = $1 AND class_id = $2 AND teaches AND until_at IS NULL
			AND person_id NOT IN (SELECT person_id FROM membership WHERE authority_id = $1 AND class_id = $3 AND teaches AND until_at IS NULL) ORDER BY person_id`, string(x.Class), string(x.Into))
		if err != nil {
			return err
		}
		for _, t := range teachers {
			if err := tx.join(school.PersonID(t), school.Membership{Class: x.Into, Teaches: true, From: tx.now}); err != nil {
				return err
			}
		}
		for _, of := range []struct{ table, column string }{{"device", "planned_class_id"}, {"place", "class_id"}} {
			ids, err := tx.idsOf(`SELECT id FROM `+of.table+` WHERE authority_id = $1 AND `+of.column+` = $2 ORDER BY id`, string(x.Class))
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := tx.update(of.table, id, row{of.column: string(x.Into)}); err != nil {
					return err
				}
			}
		}
	}
	if err := tx.endMemberships(`class_id = $3 AND teaches`, string(x.Class)); err != nil {
		return err
	}
	return tx.update("class", string(x.Class), row{"archived": true})
}

// renameClasses renames each when its new name is free. Where names go round in a circle one steps aside.
func (tx *Tx) renameClasses(steps []school.RolloverStep) error {
	left := map[string]school.RolloverStep{} // by the name they have
	for _, x := range steps {
		if x.Does == school.RollsUp {
			left[school.Fold(x.Name)] = x
		}
	}
	rename := func(x school.RolloverStep, name string) error {
		return taken(tx.update("class", string(x.Class), numbered(row{"grade": x.ToAs}, name)), "name", "class_taken", name)
	}
	for len(left) > 0 {
		before := len(left)
		for i := len(steps) - 1; i >= 0; i-- {
			x, waits := left[school.Fold(steps[i].Name)]
			if !waits || x.Class != steps[i].Class {
				continue
			}
			if other, has := left[school.Fold(x.To)]; has && other.Class != x.Class {
				continue
			}
			if err := rename(x, x.To); err != nil {
				return err
			}
			delete(left, school.Fold(x.Name))
		}
		if len(left) == before {
			for i := range steps {
				x, waits := left[school.Fold(steps[i].Name)]
				if !waits || x.Class != steps[i].Class {
					continue
				}
				aside := "· " + x.Name + " · " + string(x.Class)
				if err := rename(x, aside); err != nil {
					return err
				}
				delete(left, school.Fold(x.Name))
				x.Name = aside
				steps[i].Name = aside
				left[school.Fold(aside)] = x
				break
			}
		}
	}
	return nil
}

// idsOf reads ids in this write; $1 is the authority.
func (tx *Tx) idsOf(text string, a ...any) (ids []string, err error) {
	err = tx.each(tx.ctx, text, append(args(string(tx.authority)), a...), func(r *sql.Rows) error {
		var id string
		err := r.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}
