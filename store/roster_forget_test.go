package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Who is erased stands in no file that was brought, no plan and no answer any more; what speaks of others stays. Whoever
// bears the same name is taken for the same.
func TestDSG17_AnErasedPersonStandsInNoFile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Lena", "Fuchs", "5a", "1"), pupil("Tom", "Weiß", "5a", "2"), pupil("Ada", "Stern", "5a", "3")))
		find := func(name string) school.PersonID {
			t.Helper()
			p, err := s.Persons(ctx, d.by, store.PersonFilter{Text: name, Limit: 10})
			if err != nil || len(p.Rows) == 0 {
				t.Fatal(name, err)
			}
			return p.Rows[0].ID
		}
		lena := find("Fuchs")
		named := d.plan(d.north, d.read(pupil("Lena", "Fuchs", "5b", "1"), pupil("Tom", "Weiß", "5a", "2"), pupil("Ada", "Stern", "5a", "3")))
		leaves := d.plan(d.north, d.read(pupil("Tom", "Weiß", "5a", "2"), pupil("Ada", "Stern", "5a", "3")))
		namesake := d.plan(d.south, d.read("Léna;Fuchs;6c;99;Schüler;"))
		others := d.plan(d.south, d.read(pupil("Uwe", "Kern", "6c", "100")))
		unread, err := s.BringRoster(ctx, d.by, store.NewRoster{Source: d.source, School: d.north, Data: []byte("wer weiß")})
		if err != nil {
			t.Fatal(err)
		}
		again := d.plan(d.north, d.read(pupil("Lena", "Fuchs", "", ""), pupil("Tom", "Weiß", "5a", "2"), pupil("Ada", "Stern", "5a", "3")))
		q := d.part(again, 0).Questions
		if len(q) != 1 || q[0].Kind != school.AskPerson {
			t.Fatalf("%+v", q)
		}
		if _, err := s.AnswerRoster(ctx, d.by, again.ID, 0, []store.RosterAnswer{{Kind: q[0].Kind, Subject: q[0].Subject, Choice: school.ChooseNew}}); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM roster_answer`); err != nil || n != 1 {
			t.Fatalf("%d answers, %v", n, err)
		}

		if err := s.ErasePerson(ctx, d.by, lena); err != nil {
			t.Fatal(err)
		}
		for name, id := range map[string]school.RosterRunID{"one that names the person": named.ID, "one whose plan lets the person leave": leaves.ID,
			"one that was not read": unread, "one that was answered": again.ID, "one with somebody of that name": namesake.ID} {
			_, err := s.RosterFile(ctx, d.by, id)
			wants(t, name, err, school.Conflict, "roster_forgotten")
			if run, err := s.RosterRun(ctx, d.by, id); err != nil || run.State != "dropped" || len(run.Parts) > 0 {
				t.Errorf("%s: %+v %v", name, run, err)
			}
		}
		if p := d.part(others, 0); len(p.Items) == 0 {
			t.Errorf("a file of others is forgotten: %+v", p)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM roster_answer`); err != nil || n != 0 {
			t.Errorf("%d answers about an erased person stay, %v", n, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM change_row WHERE table_name = 'roster_answer' AND (before_sealed IS NOT NULL OR after_sealed IS NOT NULL)`); err != nil || n != 0 {
			t.Errorf("%d images of them stay, %v", n, err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM roster_part WHERE state = 'applied' AND plan_sealed IS NOT NULL`); err != nil || n != 0 {
			t.Errorf("%d names of what was taken over stay, %v", n, err)
		}
	})
}

// Whose last day is over has left, whatever else the file says; whose is to come is told and stays.
func TestWhoLeavesOnADayLeavesOnThatDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newImporter(t, s)
		heads := "Vorname;Nachname;Klasse;Import-ID;Typ;Entlassdatum\n"
		line := func(name, id, until string) string { return name + ";Muster;5a;" + id + ";Schüler;" + until + "\n" }
		now := s.Now().In(store.Berlin)
		day := func(n int) string { return now.AddDate(0, 0, n).Format("02.01.2006") }
		all := ""
		for i, name := range []string{"Ada", "Ben", "Cem", "Dea", "Eva", "Finn", "Gül", "Hans", "Ina", "Jan", "Kim", "Lia"} {
			all += line(name, string(rune('a'+i)), "")
		}
		d.take(d.north, d.readText(heads+line("Lena", "1", "")+line("Tom", "2", "")+all))
		run := d.plan(d.north, d.readText(heads+line("Lena", "1", day(-1))+line("Tom", "2", day(0))+line("Neu", "3", day(-30))+all))
		p := d.part(run, 0)
		if got := lines(p, school.RosterLeaves); len(got) != 1 || got[0] != "Muster, Lena: 5a" || p.Changes != 1 || len(p.Guards) != 0 {
			t.Errorf("%+v", p)
		}
		if got := lines(p, school.RosterGoes); len(got) != 1 || got[0] != "Muster, Tom:  > "+now.Format("2006-01-02") {
			t.Errorf("who goes soon: %q", got)
		}
	})
}
