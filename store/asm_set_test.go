package store_test

import (
	"bytes"
	"context"
	"testing"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Who is led at several schools leaves for Apple once, passes Apple's rules, and comes back as the same; the ids of a set
// that came from Apple are those of the set that goes there.
func TestFX19_TheSetForAppleComesBackAsTheSame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take("", d.readText("Vorname;Nachname;Klasse;Import-ID;Typ;Schule;Unterrichtet;E-Mail\n"+
			"Lena;Özdemir;5a;1;Schüler;Gymnasium Nord;;lena@a.example\nLena;Özdemir;;1;Schüler;Realschule Süd;;\nTom;von Stein;5b;2;Schüler;Gymnasium Nord;;\n"+
			"Uwe;Kern;;L1;Lehrer;Gymnasium Nord;5a;uwe@a.example\nUwe;Kern;;L1;Lehrer;Realschule Süd;6c;\nIda;Stern;6c;3;Schüler;Realschule Süd;;\n"))
		set := func() roster.Result {
			t.Helper()
			all, err := s.Everybody(ctx, d.by)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			words, err := roster.WriteASM(&out, all, roster.ASMOptions{PasswordPolicy: "4"})
			if err != nil || len(words) > 0 || out.Len() == 0 {
				t.Fatalf("Apple would say %+v, %v", words, err)
			}
			back, err := roster.Read(roster.Input{Name: "satz.zip", Data: bytes.NewReader(out.Bytes()), Size: int64(out.Len()), Now: s.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return back
		}
		back := set()
		people := map[string]int{}
		for _, at := range back.Roster.Schools {
			for _, p := range at.People {
				people[p.Family]++
			}
		}
		if len(people) != 4 || people["Kern"] != 2 || people["Özdemir"] != 2 {
			t.Errorf("%v", people)
		}
		apple, err := s.CreateRosterSource(ctx, d.by, school.RosterSource{Name: "Apple", Format: "asm"})
		if err != nil {
			t.Fatal(err)
		}
		d.source = apple
		run := d.plan("", back.Roster)
		for n := range run.Parts {
			p := d.part(run, n)
			if p.Open > 0 || p.School == "" || p.Changes != p.Counts[school.RosterLinked] {
				t.Errorf("it does not come back as the same: %+v", p)
			}
			if _, err := s.ApplyRoster(ctx, d.by, run.ID, n, p.Typed); err != nil {
				t.Fatal(err)
			}
		}
		again := set()
		for i, at := range again.Roster.Schools {
			if p, was := at.People, back.Roster.Schools[i].People; len(p) != len(was) || p[0].ID != was[0].ID {
				t.Errorf("other ids at %s", at.Name)
			}
		}

		last, err := s.LastASMSet(ctx, d.by)
		if err != nil || !last.At.IsZero() {
			t.Errorf("%+v %v", last, err)
		}
		if err := s.KeepASMSet(ctx, d.by, store.ASMSet{People: 4, Classes: map[string]string{"a": "5a"}}); err != nil {
			t.Fatal(err)
		}
		if last, err = s.LastASMSet(ctx, d.by); err != nil || last.People != 4 || last.Classes["a"] != "5a" || last.At.IsZero() {
			t.Errorf("%+v %v", last, err)
		}
		for name, by := range map[string]school.Actor{"a school": d.clerk(school.SchoolAdmin, d.north), "an auditor": d.clerk(school.Auditor, "")} {
			_, err := s.Everybody(ctx, by)
			wants(t, name, err, school.Denied, "")
			_, err = s.LastASMSet(ctx, by)
			wants(t, name, err, school.Denied, "")
			if err := s.KeepASMSet(ctx, by, store.ASMSet{}); school.KindOf(err) != school.Denied && school.KindOf(err) != school.NotFound {
				t.Errorf("%s keeps a set: %v", name, err)
			}
		}
		if all, err := s.Everybody(ctx, newAuthority(t, s, "Drittens")); err != nil || len(all.Schools) > 0 {
			t.Errorf("another authority sees %d schools, %v", len(all.Schools), err)
		}
	})
}
