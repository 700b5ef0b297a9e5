package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestPersonsAreFoundInAnySpelling(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		d.pupil(d.north, a, "Jürgen", "Groß-Östermann")
		d.pupil(d.north, "", "Jana", "Müller")
		d.pupil(d.south, "", "Ömer", "Yılmaz")
		d.pupil(d.south, "", "", "100% Probe_")
		for text, want := range map[string][]string{
			"":              {"100% Probe_", "Groß-Östermann, Jürgen", "Müller, Jana", "Yılmaz, Ömer"},
			"muller":        {"Müller, Jana"},
			"Müller, Jana":  {"Müller, Jana"},
			"jana MÜL":      {"Müller, Jana"},
			"j":             {"Groß-Östermann, Jürgen", "Müller, Jana"},
			"ostermann":     {"Groß-Östermann, Jürgen"},
			"gross":         {"Groß-Östermann, Jürgen"},
			"yilmaz omer":   {"Yılmaz, Ömer"},
			"%":             nil,
			"100%":          {"100% Probe_"},
			"probe_":        {"100% Probe_"},
			"_":             nil,
			`\`:             nil,
			"jana yilmaz":   nil,
			"ana":           nil,
			"' OR 1=1 -- $": nil,
		} {
			p, err := s.Persons(ctx, d.by, store.PersonFilter{Text: text})
			if err != nil {
				t.Fatal(text, err)
			}
			var got []string
			for _, x := range p.Rows {
				got = append(got, x.Name())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
			if n, err := s.CountPersons(ctx, d.by, store.PersonFilter{Text: text}); err != nil || n != len(want) {
				t.Errorf("%q counts %d %v", text, n, err)
			}
		}
		for _, by := range []school.Actor{d.clerk(school.SchoolAdmin, d.south), d.clerk(school.AuthorityAdmin, "")} {
			p, err := s.Persons(ctx, by, store.PersonFilter{Class: a})
			if want := len(by.Grants[0].School); err != nil || (want > 0) != (len(p.Rows) == 0) {
				t.Errorf("%s: %d of class 7a, %v", by.Grants[0].Role, len(p.Rows), err)
			}
		}
		for _, role := range []school.Role{school.Auditor, school.Operator} {
			if _, err := s.Persons(ctx, d.clerk(role, ""), store.PersonFilter{}); school.KindOf(err) != school.NotFound {
				t.Errorf("%s lists persons: %v", role, err)
			}
		}
	})
}

func TestPersonIsChecked(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		for code, p := range map[string]school.Person{
			"required":   {School: d.north, Kind: school.Pupil, Given: "Lena", Family: "  "},
			"choice":     {School: d.north, Kind: "parent", Family: "Muster"},
			"email_form": {School: d.north, Kind: school.Pupil, Family: "Muster", Email: "lena at schule"},
			"login_form": {School: d.north, Kind: school.Pupil, Family: "Muster", Login: "lena muster"},
			"not_found":  {School: "nowhere", Kind: school.Pupil, Family: "Muster"},
		} {
			if _, err := s.CreatePerson(ctx, d.by, p, ""); codeOf(err) != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		if _, err := s.CreatePerson(ctx, d.by, school.Person{School: d.north, Kind: school.Pupil, Family: "Muster"}, d.class(d.south, "7a")); codeOf(err) != "class_elsewhere" {
			t.Errorf("a class of another school: %v", err)
		}
	})
}

func TestPersonLeavesWhenNothingIsHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		ipads := d.devices("Gymnasium Nord", "F9FX", 2)
		if _, _, err := s.Issue(ctx, d.by, lena, ipads[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanPerson(ctx, d.by, ipads[1], lena); err != nil {
			t.Fatal(err)
		}
		p, err := s.PersonByID(ctx, d.by, lena)
		if err != nil || p.Devices != 1 || p.DeviceName != "F9FX000000" || p.ClassName != "7a" {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := s.ArchivePerson(ctx, d.by, lena); codeOf(err) != "person_holds" {
			t.Errorf("archived with a device: %v", err)
		}
		if _, err := s.TakeBack(ctx, d.by, ipads[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ArchivePerson(ctx, d.by, lena); err != nil {
			t.Fatal(err)
		}
		if x, err := s.DeviceByID(ctx, d.by, ipads[1]); err != nil || x.Planned != nil || x.Class != "" {
			t.Errorf("planned for who left: %+v %v", x, err)
		}
		if _, _, err := s.Issue(ctx, d.by, lena, ipads[0]); codeOf(err) != "person_archived" {
			t.Errorf("issued to who left: %v", err)
		}
		if held, err := s.HeldBy(ctx, d.by, lena); err != nil || len(held) != 1 || held[0].Until.IsZero() {
			t.Errorf("history %+v %v", held, err)
		}
	})
}

func TestPersonChangesSchoolWithTheClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.south, "7a")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		if _, err := s.MoveToClass(ctx, d.clerk(school.SchoolAdmin, d.south), b, lena); school.KindOf(err) != school.NotFound {
			t.Errorf("a school takes a pupil of another: %v", err)
		}
		if _, err := s.MoveToClass(ctx, d.by, b, lena); err != nil {
			t.Fatal(err)
		}
		if p, _ := s.PersonByID(ctx, d.by, lena); p.School != d.south || p.Class != b {
			t.Errorf("%+v", p)
		}
		p, _ := s.PersonByID(ctx, d.by, lena)
		p.Person.School = d.north
		if _, err := s.ChangePerson(ctx, d.by, p.Person); err != nil {
			t.Fatal(err)
		}
		if p, _ := s.PersonByID(ctx, d.by, lena); p.School != d.north || p.Class != "" {
			t.Errorf("after changing the school: %+v", p)
		}
		if _, err := s.MoveToClass(ctx, d.by, a, lena); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LeaveClass(ctx, d.by, lena); err != nil {
			t.Fatal(err)
		}
		if p, _ := s.PersonByID(ctx, d.by, lena); p.Class != "" {
			t.Errorf("left and still in %s", p.ClassName)
		}
	})
}
