package store_test

import (
	"context"
	"testing"

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
		for at, choices := range map[school.SchoolID]string{l.north: `{"g":{"` + string(l.lena) + `":"` + string(l.south) + `"}}`, l.south: `{"n":{"` + string(l.lena) + `":"5c"}}`} {
			if err := s.Exec(ctx, `INSERT INTO rollover_choice (id, authority_id, rollover_id, school_id, choices) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (rollover_id, school_id) DO UPDATE SET choices = excluded.choices`,
				string(run)+"."+string(at), string(l.by.Tenant), string(run), string(at), choices); err != nil {
				t.Fatal(err)
			}
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
