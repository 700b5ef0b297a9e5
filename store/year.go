package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // school years begin at midnight in Germany, also in a container without a time zone database

	"ranzen/store/school"
)

// Berlin is where school years, deadlines and days of every authority begin.
var Berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic("store: time zone Europe/Berlin is built in: " + err.Error())
	}
	return l
}()

// schoolYear is the year that runs at a moment: from 1 August to 31 July, as in most Länder.
func schoolYear(at time.Time) school.SchoolYear {
	at = at.In(Berlin)
	first := at.Year()
	if at.Month() < time.August {
		first--
	}
	return school.SchoolYear{
		Name:   fmt.Sprintf("%d/%02d", first, (first+1)%100),
		Starts: time.Date(first, time.August, 1, 0, 0, 0, 0, Berlin).UTC(),
		Ends:   time.Date(first+1, time.August, 1, 0, 0, 0, 0, Berlin).UTC(),
	}
}

// CreateYear adds a school year. Two may overlap: the next one is prepared while the present one still runs.
func (s *Store) CreateYear(ctx context.Context, by school.Actor, y school.SchoolYear) (school.SchoolYearID, error) {
	name, err := cleanName("name", y.Name)
	if err != nil {
		return "", err
	}
	if !y.Ends.After(y.Starts) || y.Starts.IsZero() {
		return "", school.Refuse("ends", "year_order")
	}
	if y.ID == "" {
		y.ID = NewID[school.SchoolYearID]()
	}
	_, err = s.write(ctx, by, event{name: "year.created", verb: school.EditOrg, subject: "school_year", id: string(y.ID)}, func(tx *Tx) error {
		err := tx.insert("school_year", row{"id": string(y.ID), "name": name, "starts_at": micros(y.Starts), "ends_at": micros(y.Ends)})
		return taken(err, "name", "year_taken", name)
	})
	if err != nil {
		return "", err
	}
	return y.ID, nil
}

const yearColumns = `id, authority_id, name, starts_at, ends_at`

func scanYear(r *sql.Rows, y *school.SchoolYear) error {
	return r.Scan(text(&y.ID), text(&y.Authority), &y.Name, stamp(&y.Starts), stamp(&y.Ends))
}

// Years lists the school years of the authority, newest first.
func (s *Store) Years(ctx context.Context, by school.Actor) ([]school.SchoolYear, error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return nil, school.Missing("authority")
	}
	var out []school.SchoolYear
	err := s.read().each(ctx, `SELECT `+yearColumns+` FROM school_year WHERE authority_id = $1 ORDER BY starts_at DESC, id DESC`, args(string(by.Tenant)),
		func(r *sql.Rows) error {
			var y school.SchoolYear
			err := scanYear(r, &y)
			out = append(out, y)
			return err
		})
	return out, err
}

// Year is the school year that runs at a moment; of two the one that began later. The ordinary one is made when there
// is none, by the server itself: nobody has to think of it in the summer.
func (s *Store) Year(ctx context.Context, by school.Actor, at time.Time) (school.SchoolYear, error) {
	var y school.SchoolYear
	if !by.CanSomewhere(school.View, by.Tenant) {
		return y, school.Missing("authority")
	}
	find := func() error {
		return s.read().each(ctx, `SELECT `+yearColumns+` FROM school_year WHERE authority_id = $1 AND starts_at <= $2 AND ends_at > $2
			ORDER BY starts_at DESC, id DESC LIMIT 1`, args(string(by.Tenant), at.UnixMicro()), func(r *sql.Rows) error { return scanYear(r, &y) })
	}
	if err := find(); err != nil || y.ID != "" {
		return y, err
	}
	_, err := s.CreateYear(ctx, school.System("school-year", by.Tenant), schoolYear(at))
	if err != nil && school.KindOf(err) != school.Conflict { // Conflict: another made it just now
		return y, err
	}
	if err := find(); err != nil {
		return y, err
	}
	if y.ID == "" { // a year of that name lies elsewhere: people named it, people must say which runs
		return y, school.Clash("year_missing", strings.TrimSpace(schoolYear(at).Name))
	}
	return y, nil
}
