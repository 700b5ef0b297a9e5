package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func deskCode(err error) string {
	if e, ok := errors.AsType[*school.Error](err); ok {
		return e.Code
	}
	return ""
}

// somebody is an actor of the desk at a school.
func (l *lender) somebody(account string, at school.SchoolID) school.Actor {
	return school.Actor{Kind: school.PersonActor, Account: school.AccountID(account), Name: account, Tenant: l.by.Tenant,
		Grants: []school.Grant{{Role: school.Desk, Authority: l.by.Tenant, School: at}}}
}

// A desk is of whoever opened it, remembers what lies on it, and takes one input at a time.
func TestADeskRemembersWhatLiesOnIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		one, two := l.somebody("one", l.north), l.somebody("two", l.north)
		for _, wrong := range []school.DeskSession{
			{School: l.north, Mode: "party"}, {School: l.north, Mode: school.DeskClass}, {School: l.south, Mode: school.DeskFree}, {School: l.north, Mode: school.DeskFree, Number: 100},
			{School: l.north, Mode: school.DeskClass, Class: l.town.class(l.south, "9z")},
		} {
			if _, err := s.OpenDesk(ctx, one, wrong); school.KindOf(err) == "" {
				t.Errorf("opened: %+v", wrong)
			}
		}
		open := func(by school.Actor) school.DeskSession {
			id, err := s.OpenDesk(ctx, by, school.DeskSession{School: l.north, Mode: school.DeskClass, Class: l.class})
			d, err2 := s.DeskByID(ctx, by, must(t, id, err))
			return must(t, d, err2)
		}
		a, b := open(one), open(two)
		if a.Number != 1 || b.Number != 2 || a.Turn != 0 {
			t.Errorf("places %d and %d, turn %d", a.Number, b.Number, a.Turn)
		}
		if _, err := s.DeskByID(ctx, two, a.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("somebody else's desk: %v", err)
		}
		if _, err := s.DeskByID(ctx, l.somebody("one", l.south), a.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("a desk of a school where one hands out no more: %v", err)
		}
		a.Table = school.OnTable{Person: l.lena, Code: "MS-26-000417", Missing: []int{2}, Skipped: []school.PersonID{l.tom}}
		if err := s.SaveDesk(ctx, one, a); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveDesk(ctx, one, a); deskCode(err) != "desk_turn" {
			t.Errorf("the same input again: %v", err)
		}
		now, err := s.DeskByID(ctx, one, a.ID)
		if must(t, now, err); now.Turn != 1 || now.Table.Code != "MS-26-000417" || now.Table.Person != l.lena || len(now.Table.Skipped) != 1 {
			t.Errorf("%+v", now)
		}
		b.Table.Person = l.lena
		if err := s.SaveDesk(ctx, two, b); deskCode(err) != "desk_elsewhere" {
			t.Errorf("who stands at another desk: %v", err)
		}
		beside, err := s.DesksBeside(ctx, b)
		if must(t, beside, err); len(beside) != 1 || beside[0].ID != a.ID {
			t.Errorf("%+v", beside)
		}
		mine, err := s.Desks(ctx, one)
		if must(t, mine, err); len(mine) != 1 {
			t.Errorf("%d desks", len(mine))
		}
		if err := s.CloseDesk(ctx, two, a.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("somebody else's desk is closed: %v", err)
		}
		if _, err := s.DeskByID(ctx, one, a.ID); err != nil {
			t.Errorf("closed by somebody else: %v", err)
		}
		if err := s.CloseDesk(ctx, one, a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.DeskByID(ctx, one, a.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("closed: %v", err)
		}
	})
}

// Of desks that call the next pupil at once, each gets another one.
func TestNoTwoDesksCallOnePupil(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		for range 4 {
			var wg sync.WaitGroup
			results := make([]error, 4)
			desks := make([]school.DeskSession, 4)
			for i := range desks {
				by := l.somebody(string(rune('a'+i)), l.north)
				id, err := s.OpenDesk(ctx, by, school.DeskSession{School: l.north, Mode: school.DeskClass, Class: l.class})
				d, err2 := s.DeskByID(ctx, by, must(t, id, err))
				desks[i] = must(t, d, err2)
				desks[i].Table.Person = l.lena
			}
			for i, d := range desks {
				wg.Go(func() { results[i] = s.SaveDesk(ctx, l.somebody(string(rune('a'+i)), l.north), d) })
			}
			wg.Wait()
			called := 0
			for i, err := range results {
				switch {
				case err == nil:
					called++
				case deskCode(err) != "desk_elsewhere":
					t.Errorf("%v", err)
				}
				if err := s.CloseDesk(ctx, l.somebody(string(rune('a'+i)), l.north), desks[i].ID); err != nil {
					t.Error(err)
				}
			}
			if called != 1 {
				t.Fatalf("%d desks called the same", called)
			}
		}
	})
}

// The class stands in its order, each with what waits for them or what they have; what waits comes before what is out.
func TestAClassAtADesk(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		by := l.somebody("one", l.north)
		ida := l.pupil(l.north, l.class, "Ida", "Anfang")
		refuses := l.pupil(l.north, l.class, "Ole", "Zuletzt")
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], ida); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: l.tom}, {Person: refuses}})
		must(t, made, err)
		if _, err := s.SignContract(ctx, l.by, made[0], school.ByPaper); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RefuseContract(ctx, l.by, made[1]); err != nil {
			t.Fatal(err)
		}
		l.out(l.lena, l.asset(l.ipads[1]))
		d := school.DeskSession{School: l.north, Mode: school.DeskClass, Class: l.class}
		class, err := s.DeskClassOf(ctx, by, d)
		must(t, class, err)
		var got []string
		for _, p := range class {
			got = append(got, p.Name+" "+string(p.State)+" "+p.Device)
		}
		want := []string{"Anfang, Ida  F9FX000000", "Beispiel, Tom signed ", "Muster, Lena issued F9FX000001", "Zuletzt, Ole refused "}
		for i := range want {
			if i >= len(got) || got[i] != want[i] {
				t.Fatalf("%q, want %q", got, want)
			}
		}
		if at := d.At(class, nil); class[at].ID != ida || class[d.After(class, nil, at)].ID != l.tom {
			t.Errorf("at %d", at)
		}
		if class[1].Signed.IsZero() || class[1].Contract != made[0] || !class[3].Done() || class[2].N != 3 {
			t.Errorf("%+v", class)
		}
		classes, err := s.DeskClasses(ctx, by, l.north)
		if must(t, classes, err); len(classes) != 1 || classes[0].People != 4 || classes[0].Done != 1 {
			t.Errorf("%+v", classes)
		}
		if _, err := s.DeskClasses(ctx, by, l.south); school.KindOf(err) != school.NotFound {
			t.Errorf("next door: %v", err)
		}
		people, err := s.DeskPeople(ctx, by, []school.PersonID{ida, l.lena})
		if must(t, people, err); len(people) != 2 || people[1].Name != "Muster, Lena" || people[1].Class != "8a" {
			t.Errorf("%+v", people)
		}
		set, err := s.DeskSet(ctx, by, l.north, school.IPad, "")
		if must(t, set, err); len(set) != 4 || set[1].Name != "Hülle" || set[1].N != 2 {
			t.Errorf("%+v", set)
		}
	})
}

// What belongs into a case is listed by number, things without a device too.
func TestWhatBelongsIntoACase(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		id, err := s.CreatePlace(ctx, l.by, school.Place{School: l.north, Kind: school.Case, Name: "Koffer 1"})
		place := must(t, id, err)
		if _, err := s.MoveDevices(ctx, l.by, l.ipads[:2], store.Destination{Place: &place}); err != nil {
			t.Fatal(err)
		}
		pen, err := s.CreateAsset(ctx, l.by, school.Asset{Kind: school.Pencil, ManagedBy: school.ByNobody, Number: "ST-1", School: l.north, Place: place})
		must(t, pen, err)
		units, err := s.InCase(ctx, l.somebody("one", l.north), place)
		if must(t, units, err); len(units) != 3 || units[0].Name != "ST-1" {
			t.Errorf("%+v", units)
		}
		if _, err := s.InCase(ctx, l.somebody("one", l.south), place); school.KindOf(err) != school.NotFound {
			t.Errorf("next door: %v", err)
		}
	})
}

// A desk that nobody touches for a day is gone.
func TestOldDesksAreSwept(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 9, 2, 7, 0, 0, 0, time.UTC)
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: func() time.Time { return now }})
	l := newLender(t, s)
	by := l.somebody("one", l.north)
	id, err := s.OpenDesk(ctx, by, school.DeskSession{School: l.north, Mode: school.DeskPile})
	must(t, id, err)
	now = now.Add(school.DeskKept - time.Minute)
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeskByID(ctx, by, id); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if err := s.Sweep(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DeskByID(ctx, by, id); school.KindOf(err) != school.NotFound {
		t.Errorf("%v", err)
	}
}

func TestNoDeskReadsAWholeTable(t *testing.T) {
	ctx := context.Background()
	s := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Count: true})
	l := newLender(t, s)
	by := l.somebody("one", l.north)
	id, err := s.OpenDesk(ctx, by, school.DeskSession{School: l.north, Mode: school.DeskClass, Class: l.class})
	d, err2 := s.DeskByID(ctx, by, must(t, id, err))
	must(t, d, err2)
	place, err := s.CreatePlace(ctx, l.by, school.Place{School: l.north, Kind: school.Case, Name: "Koffer 1"})
	must(t, place, err)
	for name, do := range map[string]func() error{
		"a desk":           func() error { _, err := s.DeskByID(ctx, by, id); return err },
		"my desks":         func() error { _, err := s.Desks(ctx, by); return err },
		"desks beside":     func() error { _, err := s.DesksBeside(ctx, d); return err },
		"a desk opens":     func() error { _, err := s.OpenDesk(ctx, by, d); return err },
		"an input is kept": func() error { d.Table.Person = l.lena; return s.SaveDesk(ctx, by, d) },
		"its class":        func() error { _, err := s.DeskClassOf(ctx, by, d); return err },
		"all classes":      func() error { _, err := s.DeskClasses(ctx, by, l.north); return err },
		"a set":            func() error { _, err := s.DeskSet(ctx, by, l.north, school.IPad, ""); return err },
		"a case":           func() error { _, err := s.InCase(ctx, by, place); return err },
		"people":           func() error { _, err := s.DeskPeople(ctx, by, []school.PersonID{l.lena}); return err },
	} {
		searched(t, s, name, do)
	}
}
