package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

// From May to September two school years are open at a school: the present one, which is what people, classes and devices
// are; and beside it the next one, as the roll-over would leave it, or, once the school has rolled over, the last one. The
// next year is thought through from the facts of now and from what was decided for it, so looking at it and deciding
// changes nothing of the present.

// yearKnown is how long after a school year began the last one can still be looked at.
const yearKnown = 61 * 24 * time.Hour

// YearView is a school in one of its open school years.
type YearView struct {
	School   school.School
	Year     school.OpenYear
	Open     []school.OpenYear
	Rollover school.RolloverID // empty: nobody prepared one; then nothing can be decided for the next year
	State    string            // of the school in it
	Classes  []school.YearClass
	Without  []school.YearPerson // ahead: pupils without a class
	Leavers  int                 // ahead: people who are in none of its classes any more, because they leave
	Names    bool                // who asks may see people; else they are counted and not named
}

// YearNumber names a school year in addresses: the year of the calendar it begins in.
func YearNumber(y school.SchoolYear) int { return y.Starts.In(Berlin).Year() }

// OpenYears are the school years that can be looked at for a school, newest first; one of them is the present.
func (s *Store) OpenYears(ctx context.Context, by school.Actor, at school.SchoolID) ([]school.OpenYear, error) {
	_, _, open, err := s.openYears(ctx, by, at)
	return open, err
}

func (s *Store) openYears(ctx context.Context, by school.Actor, at school.SchoolID) (r Rollover, x RolloverSchool, open []school.OpenYear, err error) {
	if _, err := s.School(ctx, by, at); err != nil {
		return r, x, nil, err
	}
	years, err := s.Years(ctx, by)
	if err == nil {
		r, err = s.Rollover(ctx, by)
	}
	if err == nil && r.ID != "" {
		x, err = s.rolloverSchool(ctx, s.read(), by.Tenant, r.ID, at)
		if school.KindOf(err) == school.NotFound { // archived: nothing is ahead of it
			r, err = Rollover{}, nil
		}
	}
	if err != nil {
		return r, x, nil, err
	}
	return r, x, yearsOpen(s.Now(), years, r, x.State), nil
}

// yearsOpen says which school years are open at a moment. One that nobody entered is the ordinary one: looking makes none.
func yearsOpen(now time.Time, years []school.SchoolYear, r Rollover, state string) []school.OpenYear {
	var ahead, past school.SchoolYear
	present := schoolYear(now)
	if i := slices.IndexFunc(years, func(y school.SchoolYear) bool { return !now.Before(y.Starts) && now.Before(y.Ends) }); i >= 0 {
		present = years[i]
	}
	if r.ID != "" && now.Before(r.Year.Starts.Add(yearKnown)) {
		before := schoolYear(r.Year.Starts.Add(-time.Hour))
		if i := slices.IndexFunc(years, func(y school.SchoolYear) bool { return y.Starts.Before(r.Year.Starts) }); i >= 0 { // newest first
			before = years[i]
		}
		if state == "done" {
			present, past = r.Year, before
		} else {
			present, ahead = before, r.Year
		}
	}
	if ahead.Name == "" && !now.Before(present.Ends.Add(-RolloverEarliest)) {
		ahead = schoolYear(present.Ends)
		if i := slices.IndexFunc(years, func(y school.SchoolYear) bool { return y.Name == ahead.Name }); i >= 0 {
			ahead = years[i]
		}
	}
	var open []school.OpenYear
	for _, y := range []school.OpenYear{{SchoolYear: ahead, Is: school.YearAhead}, {SchoolYear: present, Is: school.YearPresent}, {SchoolYear: past, Is: school.YearPast}} {
		if y.Name != "" {
			open = append(open, y)
		}
	}
	return open
}

// SchoolInYear is a school in one of its open school years: its classes with who is in them. The present one is told by
// Classes and Persons.
func (s *Store) SchoolInYear(ctx context.Context, by school.Actor, at school.SchoolID, number int) (YearView, error) {
	v := YearView{Names: by.Can(school.ViewPeople, school.Where{Authority: by.Tenant, School: at})}
	r, x, open, err := s.openYears(ctx, by, at)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(open, func(y school.OpenYear) bool { return YearNumber(y.SchoolYear) == number && y.Is != school.YearPresent })
	if i < 0 {
		return v, school.Missing("school_year")
	}
	if v.School, err = s.School(ctx, by, at); err != nil {
		return v, err
	}
	v.Year, v.Open = open[i], open
	if r.ID != "" && r.Year.Starts.Equal(v.Year.Starts) || v.Year.Is == school.YearPast {
		v.Rollover, v.State = r.ID, x.State
	}
	err = s.snapshot(ctx, func(c conn) error {
		if v.Year.Is == school.YearPast {
			return s.lastYear(ctx, c, by.Tenant, r.ID, x, &v)
		}
		f, err := s.rolloverFacts(ctx, c, by.Tenant, at)
		if err != nil {
			return err
		}
		if v.Rollover != "" {
			f.Choices = x.choices
			if err := s.rolloverCrossing(ctx, c, by.Tenant, at, &f); err != nil {
				return err
			}
		}
		p := school.PlanRollover(f)
		v.Classes, v.Without = p.Ahead(f)
		v.Leavers = len(p.Leavers)
		return nil
	})
	slices.SortStableFunc(v.Classes, func(a, b school.YearClass) int { return strings.Compare(naturalSort(a.Name), naturalSort(b.Name)) })
	if !v.Names {
		for _, c := range v.Classes {
			clear(c.People)
		}
		clear(v.Without)
	}
	return v, err
}

// lastYear fills in what the classes of a school were before it rolled over.
func (s *Store) lastYear(ctx context.Context, c conn, a school.AuthorityID, id school.RolloverID, x RolloverSchool, v *YearView) error {
	was := map[school.ClassID]rolledClass{}
	if _, err := c.one(ctx, `SELECT was FROM rollover_school WHERE rollover_id = $1 AND school_id = $2 AND authority_id = $3`, args(string(id), string(x.School), string(a)), fromJSON(&was)); err != nil {
		return err
	}
	class := map[school.ClassID]*school.YearClass{}
	for k, y := range was {
		class[k] = &school.YearClass{ID: k, Name: y.Name, Grade: y.Grade}
	}
	given := args(micros(x.Done), string(a), list(keys(was)), s.Now().UnixMicro())
	if err := c.each(ctx, `SELECT id, name FROM class WHERE authority_id = $1 AND school_id = $2 AND NOT archived`, args(string(a), string(x.School)), func(r *sql.Rows) error {
		var id school.ClassID
		var name string
		err := r.Scan(text(&id), &name)
		if y := class[id]; y != nil {
			y.Now = name
		}
		return err
	}); err != nil {
		return err
	}
	seen := map[school.PersonID]bool{}
	if err := c.each(ctx, `SELECT m.class_id, p.id, p.given, p.family, COALESCE((SELECT n.name FROM membership t JOIN class n ON n.id = t.class_id WHERE t.person_id = p.id AND NOT p.archived AND NOT t.teaches AND NOT n.archived
			AND t.from_at <= $4 AND (t.until_at IS NULL OR t.until_at > $4) ORDER BY t.from_at DESC, t.id DESC LIMIT 1), '')
		FROM membership m JOIN person p ON p.id = m.person_id
		WHERE m.authority_id = $2 AND m.class_id IN (SELECT value FROM json_array_elements_text($3::json)) AND NOT m.teaches AND p.family <> '' AND m.from_at < $1 AND (m.until_at IS NULL OR m.until_at >= $1)
		ORDER BY p.name_sort, p.id, m.from_at DESC, m.id DESC`, given, func(r *sql.Rows) error {
		var id school.ClassID
		var y school.YearPerson
		var p school.Person
		err := r.Scan(text(&id), text(&y.ID), &p.Given, &p.Family, &y.Now)
		if in := class[id]; in != nil && !seen[y.ID] {
			seen[y.ID], y.Name = true, p.Name()
			in.People = append(in.People, y)
		}
		return err
	}); err != nil {
		return err
	}
	for _, y := range class {
		v.Classes = append(v.Classes, *y)
	}
	slices.SortFunc(v.Classes, func(a, b school.YearClass) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return nil
}

// rolledClass is what a class was called before it rolled over.
type rolledClass struct {
	Name  string `json:"n"`
	Grade string `json:"g,omitempty"`
}

func rolledClasses(f school.RolloverFacts) map[school.ClassID]rolledClass {
	out := map[school.ClassID]rolledClass{}
	for _, c := range f.Classes {
		out[c.ID] = rolledClass{c.Name, c.Grade}
	}
	return out
}
