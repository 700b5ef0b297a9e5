package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// LEND-04: a contract that is made before the summer knows the school and the class of the new school year.
func TestLEND04_AContractKnowsTheNewSchoolAndClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		run, err := s.SetRollover(ctx, l.by, s.NextYear())
		if err != nil {
			t.Fatal(err)
		}
		comes, err := s.CreatePerson(ctx, l.by, school.Person{School: l.north, Kind: school.Pupil, Given: "Nele", Family: "Neu"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.ChooseRollover(ctx, l.by, run, l.north, nil, map[school.PersonID]string{comes: "5b"}); err != nil {
			t.Fatal(err)
		}
		made, _, err := s.PlanContracts(ctx, l.by, l.north, []store.ContractWish{{Person: comes}, {Person: l.lena}})
		if err != nil {
			t.Fatal(err)
		}
		if x := l.contract(made[0]).Ahead; x != (store.Ahead{ClassName: "5b"}) {
			t.Errorf("who has no class yet: %+v", x)
		}
		if x := l.contract(made[1]).Ahead; x != (store.Ahead{}) {
			t.Errorf("who stays where they are: %+v", x)
		}
		// Who leaves the fourth grade for another school of the authority: decided at both.
		if _, err := s.SendRollover(ctx, l.by, run, l.north, l.lena, l.south, "5c"); err != nil {
			t.Fatal(err)
		}
		if x := l.contract(made[1]).Ahead; x != (store.Ahead{School: l.south, SchoolName: "Realschule Süd", ClassName: "5c"}) {
			t.Errorf("who changes schools: %+v", x)
		}
		l.out(l.lena, l.asset(l.ipads[0]))
		if x := l.contract(made[1]).Ahead; x != (store.Ahead{}) {
			t.Errorf("what was handed out names what was: %+v", x)
		}
	})
}

// LEND-04: what was signed for the new school before the summer is good there after it; what names the old one is made anew.
func TestLEND04_WhatNamesTheNewSchoolStaysSigned(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, run := rolling(t, s)
		var who []school.PersonID
		var made []school.ContractID
		for _, name := range []string{"Lena", "Mia"} {
			p := d.pupil(d.north, d.class(d.north, "7"+name), name, "Muster")
			ids, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: p}})
			must(t, ids, err)
			who, made = append(who, p), append(made, ids...)
		}
		signed := func(id school.ContractID) {
			t.Helper()
			if _, err := s.PrepareContract(ctx, d.by, id); err != nil {
				t.Fatal(err)
			}
			if _, err := s.SignContract(ctx, d.by, id, school.ByPaper); err != nil {
				t.Fatal(err)
			}
		}
		signed(made[1]) // before it was known
		d.class(d.south, "7b")
		for _, p := range who {
			if _, err := s.SendRollover(ctx, d.by, run, d.north, p, d.south, "8b"); err != nil {
				t.Fatal(err)
			}
		}
		signed(made[0])
		d.sign(run, d.south)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		for i, want := range []school.ContractState{school.ContractSigned, school.ContractPlanned} {
			if x, err := s.ContractByID(ctx, d.by, made[i]); err != nil || x.State != want || x.School != d.south || x.Named != "" {
				t.Errorf("%s: %s at %s, %v", x.PersonName, x.State, x.School, err)
			}
		}
	})
}

// LEND-04: what was decided for a summer that is over says nothing of the next one.
func TestLEND04_WhatWasCarriedOutIsNoMoreAhead(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		now := inSummer()
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }})
		d, run := rolling(t, s)
		kim, lena := d.pupil(d.north, "", "Kim", "Neu"), d.pupil(d.north, d.class(d.north, "10a"), "Lena", "Muster")
		made, _, err := s.PlanContracts(ctx, d.by, d.north, []store.ContractWish{{Person: kim}, {Person: lena}})
		must(t, made, err)
		if _, err := s.ChooseRollover(ctx, d.by, run, d.north, nil, map[school.PersonID]string{kim: "5b"}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SendRollover(ctx, d.by, run, d.north, lena, d.south, ""); err != nil {
			t.Fatal(err)
		}
		ahead := func(when string, want ...store.Ahead) {
			t.Helper()
			for i, id := range made {
				if x, err := s.ContractByID(ctx, d.by, id); err != nil || x.Ahead != want[i] {
					t.Errorf("%s: of %s %+v, %v", when, x.PersonName, x.Ahead, err)
				}
			}
		}
		goes := store.Ahead{School: d.south, SchoolName: "Realschule Süd"}
		ahead("decided", store.Ahead{ClassName: "5b"}, goes)
		d.sign(run, d.north)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.LeaveClass(ctx, d.by, kim); err != nil {
			t.Fatal(err)
		}
		ahead("carried out at one school", store.Ahead{}, goes)
		now = now.Add(store.RolloverEarliest)
		ahead("months later", store.Ahead{}, store.Ahead{})
	})
}
