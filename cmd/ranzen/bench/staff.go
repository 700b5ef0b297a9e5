package bench

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// staff lets everybody sign in who has pages of their own, at the school with the most iPads, and writes what pages show beside
// profiles and iPads: groups, places, codes, a roster of the whole district that waits, a change of school year under way.
func (w *world) staff(ctx context.Context, st *store.Store) error {
	schools, err := st.Schools(ctx, w.by)
	if err != nil {
		return err
	}
	large := schools[0]
	for _, s := range schools {
		if s.Devices > large.Devices {
			large = s
		}
	}
	teachers, err := st.Persons(ctx, w.by, store.PersonFilter{School: large.ID, Kind: school.Teacher, Limit: 1})
	if err != nil || len(teachers.Rows) == 0 {
		return fmt.Errorf("no teacher at %s: %w", large.Name, err)
	}
	teacher := teachers.Rows[0].ID
	classes, err := st.Classes(ctx, w.by, store.ClassFilter{School: large.ID, Limit: 6})
	if err != nil {
		return err
	}
	for _, c := range classes.Rows {
		if _, err := st.AddMember(ctx, w.by, school.Membership{Person: teacher, Class: c.ID, Teaches: true}); err != nil {
			return err
		}
	}
	for _, role := range visitors[1:] {
		g := school.Grant{Role: role, Authority: w.authority, School: large.ID}
		if role == school.TeacherRole {
			g.Person = teacher
		}
		_, link, err := st.CreateAccount(ctx, w.by, store.Account{Login: loginOf(role), Name: loginOf(role), Email: contact}, []school.Grant{g})
		if err != nil {
			return err
		}
		if _, err := st.SetPassword(ctx, link, password); err != nil {
			return err
		}
	}
	if _, err := st.CreateGroup(ctx, w.by, school.Group{School: large.ID, Name: "Medienscouts"}); err != nil {
		return err
	}
	if _, err := st.CreatePlace(ctx, w.by, school.Place{School: large.ID, Kind: "case", Name: "Koffer 1"}); err != nil {
		return err
	}
	if _, _, _, err := st.CreateCode(ctx, w.by, store.Code{School: large.ID, Left: 2, Note: "Koffer 1"}); err != nil {
		return err
	}
	if _, err := st.SetRollover(ctx, w.by, st.NextYear()); err != nil {
		return err
	}
	if _, err := st.CreateProvider(ctx, w.by, school.Provider{Name: "IServ", Issuer: "https://iserv.referenzstadt.example", ClientID: "ranzen"}, "geheim"); err != nil {
		return err
	}
	p, err := w.another()
	if err != nil {
		return err
	}
	plan, err := st.Plan(ctx, w.by, school.Change{Kind: school.ChangeAssign, Assignment: school.Assignment{Scope: school.Scope{Level: school.AtAuthority, ID: string(w.authority)},
		Profile: p.profile, Version: p.version, Mode: school.Required}}, mdm.Preview)
	if err != nil {
		return err
	}
	w.planned = plan.ID
	return w.roster(ctx, st, schools)
}

// roster brings the list of everybody as it is, with somebody new in each school, and leaves it to be looked at.
func (w *world) roster(ctx context.Context, st *store.Store, schools []store.SchoolRow) error {
	list := school.Roster{}
	for _, s := range schools {
		of := school.RosterSchool{Number: s.Number, Name: s.Name, People: []school.RosterPerson{{ID: "neu-" + string(s.ID), Kind: school.Pupil, Given: "Mio", Family: "Neumann"}}}
		for after := ""; ; {
			page, err := st.Persons(ctx, w.by, store.PersonFilter{School: s.ID, After: after, Limit: store.MaxPage})
			if err != nil {
				return err
			}
			for _, p := range page.Rows {
				x := school.RosterPerson{ID: string(p.ID), Kind: p.Kind, Given: p.Given, Family: p.Family, Email: p.Email, Login: p.Login}
				if p.ClassName != "" {
					x.Classes = []string{p.ClassName}
				}
				of.People = append(of.People, x)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		list.Schools = append(list.Schools, of)
	}
	source, err := st.CreateRosterSource(ctx, w.by, school.RosterSource{Name: "Schulverwaltung"})
	if err != nil {
		return err
	}
	run, err := st.BringRoster(ctx, w.by, store.NewRoster{Source: source, File: "alle.csv", Data: []byte("alle")})
	if err == nil {
		_, err = st.PlanRoster(ctx, w.by, run, list)
	}
	return err
}

// lent writes in sets what desks, teachers and repair shops did in a year: pupils have their iPad, and had another one before; some
// iPads are reported, some are being repaired.
func lent(ctx context.Context, db *sql.DB, now time.Time) error {
	at := func(d time.Duration) int64 { return now.Add(-d).UnixMicro() }
	const day = 24 * time.Hour
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at, until_at) SELECT 'was-' || id, authority_id, planned_person_id, id, %d, %d FROM device WHERE planned_person_id IS NOT NULL`,
			at(year), at(120*day)),
		fmt.Sprintf(`INSERT INTO holding (id, authority_id, person_id, device_id, from_at) SELECT 'has-' || id, authority_id, planned_person_id, id, %d FROM device WHERE planned_person_id IS NOT NULL`, at(100*day)),
		fmt.Sprintf(`INSERT INTO device_report (id, authority_id, school_id, device_id, kind, note, by_id, created_at) SELECT 'told-' || d.id, d.authority_id, d.school_id, d.id, 'damaged', 'Display', 'bench', %d
			FROM (SELECT * FROM device ORDER BY id LIMIT 300) d`, at(3*day)),
		fmt.Sprintf(`INSERT INTO repair (id, authority_id, school_id, device_id, note, created_at) SELECT 'mend-' || d.id, d.authority_id, d.school_id, d.id, 'Display', %d
			FROM (SELECT * FROM device ORDER BY id DESC LIMIT 300) d`, at(3*day)),
	} {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("what desks did: %w", err)
		}
	}
	return nil
}
