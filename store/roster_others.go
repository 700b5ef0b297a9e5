package store

import (
	"context"
	"database/sql"
	"time"

	"ranzen/store/school"
)

// A pupil who changes schools inside the authority stands in the file of one school no more and in that of the other anew, in
// either order and often under another id. Who that may be is asked and never guessed, and only of those who look after both.

// readCrossing reads who comes to this school from others with the new year, and who goes.
func (w *rosterWorld) readCrossing(ctx context.Context, c conn, a school.AuthorityID) error {
	x, _, err := c.choicesAhead(ctx, a, w.school.ID, w.now)
	w.comes, w.goes = x.Comes, x.Goes
	return err
}

// crosses reports whether it was decided that somebody comes to this school with the new year.
func (w *rosterWorld) crosses(h *rosterHas) bool {
	_, comes := w.comes[h.ID]
	return comes && w.may(h.School)
}

// rosterNamesake is a pupil of another school who may be meant by a line of this one.
type rosterNamesake struct {
	id     school.PersonID
	school school.SchoolID
}

// leftSince is how long ago somebody may have left one school to be looked for at another.
const leftSince = 120 * 24 * time.Hour

// namesakes are the pupils of all schools whose people the actor may change, by folded name: those who have left lately or
// still hold something, and, for a list of the next year, those who are there, except at a school that knows its next year.
// There who stays is known. Of one part only its own names are asked for; the list of a whole district has nearly all there are.
func (s *Store) namesakes(ctx context.Context, c conn, by school.Actor, ahead school.RolloverID, parts []groundSchool) (map[string][]rosterNamesake, error) {
	now := s.Now()
	named, given := "", args(now.UnixMicro(), string(by.Tenant), micros(now.Add(-leftSince)), ahead != "")
	if len(parts) == 1 {
		var names []string
		for _, p := range parts[0].People {
			if p.Kind == school.Pupil {
				names = append(names, bareName(p.Family+" "+p.Given))
			}
		}
		named, given = ` AND `+bareColumn+` IN (SELECT value FROM json_array_elements_text($6::json))`, append(given, "`", list(names))
	}
	known := map[school.SchoolID]school.RolloverChoices{}
	if ahead != "" {
		err := c.each(ctx, `SELECT school_id, choices FROM rollover_choice WHERE rollover_id = $1 AND authority_id = $2`, args(string(ahead), string(by.Tenant)), func(r *sql.Rows) error {
			var id school.SchoolID
			var x school.RolloverChoices
			err := r.Scan(text(&id), fromJSON(&x))
			if len(x.Classes) > 0 {
				known[id] = x
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	may := map[school.SchoolID]bool{}
	out := map[string][]rosterNamesake{}
	return out, c.each(ctx, `SELECT p.id, p.school_id, p.given, p.family, p.archived, `+classNow+` FROM person p WHERE p.authority_id = $2 AND p.kind = 'pupil' AND p.family <> '' AND (CASE WHEN p.archived
			THEN EXISTS (SELECT 1 FROM holding h WHERE h.person_id = p.id AND h.until_at IS NULL) OR EXISTS (SELECT 1 FROM membership m WHERE m.person_id = p.id AND m.until_at > $3)
			ELSE $4 END)`+named+` ORDER BY p.id`, given, func(r *sql.Rows) error {
		var x rosterNamesake
		var p school.Person
		var class school.ClassID
		if err := r.Scan(text(&x.id), text(&x.school), &p.Given, &p.Family, &p.Archived, text(&class)); err != nil {
			return err
		}
		can, asked := may[x.school]
		if !asked {
			can = by.Can(school.EditPeople, school.Where{Authority: by.Tenant, School: x.school})
			may[x.school] = can
		}
		year, knows := known[x.school]
		if !can || knows && !p.Archived && !leavesBy(year, x.id, class) {
			return nil
		}
		name := foldName(p.Given, p.Family)
		out[name] = append(out[name], x)
		return nil
	})
}

// bareColumn is bareName of family and given name of a person (p); $5 is the sign that cannot stand in this text.
const bareColumn = `replace(replace(replace(replace(p.name_fold, ' ', ''), '-', ''), '''', ''), $5, '')`

// leavesBy reports whether somebody is not at the school any more in the year it decided on.
func leavesBy(x school.RolloverChoices, who school.PersonID, class school.ClassID) bool {
	if _, goes := x.Goes[who]; goes {
		return true
	}
	if to, alone := x.People[who]; alone {
		return to == ""
	}
	to, goes := x.Classes[class]
	return !goes || to == ""
}

// readOthers reads the pupils of other schools whose names stand in the file.
func (w *rosterWorld) readOthers(ctx context.Context, c conn, a school.AuthorityID, people []school.RosterPerson, namesakes map[string][]rosterNamesake) error {
	here := map[school.PersonID]bool{}
	for _, h := range w.people {
		here[h.ID] = true
	}
	var ids []school.PersonID
	for _, p := range people {
		for _, x := range namesakes[foldName(p.Given, p.Family)] {
			if p.Kind == school.Pupil && x.school != w.school.ID && !here[x.id] {
				ids = append(ids, x.id)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	others, err := w.readWho(ctx, c, a, `(SELECT value FROM json_array_elements_text($2::json))`, list(unique(ids)))
	if err != nil {
		return err
	}
	by := map[school.PersonID]*rosterHas{}
	w.others = map[string][]*rosterHas{}
	for _, h := range others {
		by[h.ID], w.others[h.name] = h, append(w.others[h.name], h)
	}
	return c.each(ctx, `SELECT p.id, s.name, COALESCE((SELECT k.name FROM membership m JOIN class k ON k.id = m.class_id WHERE m.person_id = p.id AND NOT m.teaches ORDER BY m.from_at DESC, m.id DESC LIMIT 1), '')
		FROM person p JOIN school s ON s.id = p.school_id WHERE p.authority_id = $1 AND p.id IN (SELECT value FROM json_array_elements_text($2::json))`, args(string(a), list(ids)), func(r *sql.Rows) error {
		var id school.PersonID
		var at, class string
		err := r.Scan(text(&id), &at, &class)
		if h := by[id]; h != nil {
			h.at = joined(at, class)
		}
		return err
	})
}
