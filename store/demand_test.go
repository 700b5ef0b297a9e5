package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestMUC03_SchoolsAreMeasuredByTheRule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		for id, kind := range map[school.SchoolID]string{d.north: "Gymnasium", d.south: "Realschule"} {
			x, err := s.School(ctx, d.by, id)
			x = must(t, x, err)
			x.Type = kind
			_, err = s.ChangeSchool(ctx, d.by, x)
			must(t, 0, err)
		}
		c7, err := s.CreateClass(ctx, d.by, school.Class{School: d.north, Name: "7b", Grade: "7"})
		c7 = must(t, c7, err)
		c8, err := s.CreateClass(ctx, d.by, school.Class{School: d.north, Name: "8a", Grade: "8"})
		c8 = must(t, c8, err)
		for _, name := range []string{"Ada", "Bo", "Cem"} {
			d.pupil(d.north, c7, name, "Muster")
			d.pupil(d.north, c8, name, "Beispiel")
		}
		moved := d.pupil(d.north, c7, "Dana", "Muster")
		if _, err := s.MoveToClass(ctx, d.by, c8, moved); err != nil { // counts once, for today's class
			t.Fatal(err)
		}
		d.pupil(d.south, "", "Eli", "Muster")
		gone := d.pupil(d.south, "", "Fee", "Muster")
		if _, err := s.ArchivePerson(ctx, d.by, gone); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreatePerson(ctx, d.by, school.Person{School: d.north, Kind: school.Teacher, Family: "Lehrmann"}, ""); err != nil {
			t.Fatal(err)
		}
		d.devices("Gymnasium Nord", "F9FX", 5)
		other := newTown(t, s) // its people and iPads are nobody's business
		other.pupil(other.north, other.class(other.north, "7b"), "Gil", "Fremd")

		eight := []school.Allocation{{Type: "Gymnasium", From: 8, Until: 13, Per: 1, Reserve: 10}, {Type: "Gymnasium", From: 5, Until: 7, Per: 2}, {Teachers: true, Per: 1}}
		set, err := s.SetAllocations(ctx, d.by, eight)
		set = must(t, set, err)
		measured := func(by school.Actor) map[string]store.Demand {
			t.Helper()
			all, err := s.Demands(ctx, by)
			out := map[string]store.Demand{}
			for _, x := range must(t, all, err) {
				out[x.School.Name] = x
			}
			return out
		}
		if n := measured(d.by)["Gymnasium Nord"]; n.Pupils != 7 || n.Staff != 1 || n.Needed != 4+2+1 || n.Reserve != 1 || n.Present != 5 || n.Missing() != 3 {
			t.Errorf("%+v", n)
		}
		if n := measured(d.by)["Realschule Süd"]; n.Pupils != 1 || n.Needed != 0 || n.Outside != 1 || n.Missing() != 0 {
			t.Errorf("%+v", n)
		}
		seven := append([]school.Allocation{{Type: "Gymnasium", From: 7, Until: 13, Per: 1, Reserve: 10}}, eight[1:]...)
		if _, err := s.SetAllocations(ctx, d.by, seven); err != nil {
			t.Fatal(err)
		}
		if n := measured(d.by)["Gymnasium Nord"]; n.Needed != 7+1 || n.Missing() != 4 {
			t.Errorf("1:1 from 7: %+v", n)
		}
		if _, err := s.Undo(ctx, d.by, set); codeOf(err) != "undo_conflict" {
			t.Errorf("an older rule is undone over a newer one: %v", err)
		}

		// A school sees itself, and measures by what the authority decided.
		clerk := d.clerk(school.SchoolAdmin, d.south)
		if got := measured(clerk); len(got) != 1 || got["Realschule Süd"].School.ID != d.south {
			t.Errorf("%+v", got)
		}
		if _, err := s.SetAllocations(ctx, clerk, nil); school.KindOf(err) != school.NotFound {
			t.Errorf("a school decides the rule: %v", err)
		}
		if rule, err := s.Allocations(ctx, other.by); err != nil || len(rule) != 0 {
			t.Errorf("the rule of another authority: %v %v", rule, err)
		}
		if _, err := s.SetAllocations(ctx, d.by, make([]school.Allocation, store.MaxAllocations+1)); codeOf(err) != "allocation_lines" {
			t.Errorf("%v", err)
		}
	})
}
