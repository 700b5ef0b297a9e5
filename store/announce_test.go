package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestDeliveryIsAnnouncedAndUndone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		lena := d.pupil(d.north, a, "Lena", "Müller")
		d.pupil(d.south, "", "Lena", "Müller")
		place, err := s.CreatePlace(ctx, d.by, school.Place{School: d.south, Kind: school.Stock, Name: "Lager"})
		must(t, place, err)
		old := d.devices("Realschule Süd", "DMPA", 2)
		d.enrol(old...)
		rows := []store.Announced{
			{Row: 2, Serial: " f9fx k2ab c1", Number: "MS-1", School: "gymnasium nord", Class: "7A", Person: "Müller, Lena", Batch: "Lieferung  1"},
			{Row: 3, Serial: "F9FXK2ABC2", Person: "lena müller", Class: "7a", Batch: "lieferung 1"},
			{Row: 4, Serial: "F9FXK2ABC3", Place: "Lager"},
			{Row: 5, Serial: "F9FXK2ABC4"},
			{Row: 6, Serial: "DMPA000000", School: "Gymnasium Nord", Class: "7a"},
			{Row: 7, Serial: "DMPA000001"},
		}
		plan, err := s.PlanAnnounce(ctx, d.by, rows)
		if err != nil || plan.Creates != 4 || plan.Changes != 1 || plan.Keeps != 1 || plan.Wrong != 0 {
			t.Fatalf("%+v %v", plan, err)
		}
		if diff := cmp.Diff([]string{"school", "class"}, plan.Rows[4].Fields); diff != "" {
			t.Error(diff)
		}
		if rows[0].Serial != " f9fx k2ab c1" {
			t.Error("the caller's rows were changed")
		}
		var set school.ChangeSetID
		marks := d.marked(func() {
			if plan, set, err = s.Announce(ctx, d.by, rows); err != nil {
				t.Fatal(err, plan.Problems())
			}
		}, old...)
		if diff := cmp.Diff(map[school.DeviceID]bool{old[0]: true}, marks); diff != "" {
			t.Errorf("marks: %s", diff)
		}
		x, err := s.DeviceBySerial(ctx, d.by, "f9fxk2abc1")
		if err != nil || x.Number != "MS-1" || x.School != d.north || x.Class != a || x.Planned == nil || x.Planned.ID != lena || x.BatchName != "Lieferung 1" {
			t.Errorf("%+v %v", x, err)
		}
		second, _ := s.DeviceBySerial(ctx, d.by, "F9FXK2ABC2")
		if second.School != d.north || second.Batch != x.Batch {
			t.Errorf("the second of the batch: %+v", second)
		}
		third, _ := s.DeviceBySerial(ctx, d.by, "F9FXK2ABC3")
		if third.School != d.south || third.Place != place {
			t.Errorf("in the stock: %+v", third)
		}
		if moved, _ := s.DeviceByID(ctx, d.by, old[0]); moved.School != d.north || moved.Class != a {
			t.Errorf("a known one: %+v", moved)
		}
		plan, err = s.PlanAnnounce(ctx, d.by, rows)
		if err != nil || plan.Keeps != 6 {
			t.Errorf("the same file again: %+v %v", plan, err)
		}
		if again, set, err := s.Announce(ctx, d.by, rows); err != nil || set != "" || again.Keeps != 6 {
			t.Errorf("the same file again wrote %q %v", set, err)
		}
		undo, err := s.Undo(ctx, d.by, set)
		must(t, undo, err)
		if _, err := s.DeviceBySerial(ctx, d.by, "F9FXK2ABC1"); school.KindOf(err) != school.NotFound {
			t.Errorf("after undo: %v", err)
		}
		if moved, _ := s.DeviceByID(ctx, d.by, old[0]); moved.School != d.south || moved.Class != "" {
			t.Errorf("after undo a known one: %+v", moved)
		}
		if _, err := s.Undo(ctx, d.by, undo); err != nil {
			t.Fatal(err)
		}
		if x, err := s.DeviceBySerial(ctx, d.by, "F9FXK2ABC1"); err != nil || x.Class != a {
			t.Errorf("after undoing the undo: %+v %v", x, err)
		}
		if n, broken, err := s.VerifyAudit(ctx, d.by); err != nil || broken != 0 {
			t.Errorf("audit of %d breaks at %d: %v", n, broken, err)
		}
	})
}

func TestDeliveryWithOneWrongRowWritesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.north, "7b")
		d.class(d.south, "7a")
		d.pupil(d.north, a, "Lena", "Müller")
		d.pupil(d.north, b, "Lena", "Müller")
		tom := d.pupil(d.north, a, "Tom", "Beispiel")
		known := d.devices("Gymnasium Nord", "DMPA", 2)
		if _, err := s.SetNumber(ctx, d.by, known[0], "MS-7"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Issue(ctx, d.by, tom, known[0]); err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			row  store.Announced
			code string
			args []any
		}{
			"letter O":            {store.Announced{Serial: "F9FXK2ABCO"}, "serial_letter_o", []any{"F9FXK2ABCO"}},
			"letter I":            {store.Announced{Serial: "f9fxk2abci"}, "serial_letter_i", []any{"F9FXK2ABCI"}},
			"too short":           {store.Announced{Serial: "F9FXK2"}, "serial_length", []any{"F9FXK2", 6}},
			"other signs":         {store.Announced{Serial: "F9FXK2ABCÄ"}, "serial_form", []any{"F9FXK2ABCÄ"}},
			"no serial":           {store.Announced{Number: "x"}, "required", nil},
			"twice in the file":   {store.Announced{Serial: "F9FXK2ABC1"}, "serial_twice", []any{"F9FXK2ABC1", 2}},
			"number taken":        {store.Announced{Serial: "F9FXK2ABC2", Number: "ms-7"}, "number_taken", []any{"ms-7"}},
			"number in the file":  {store.Announced{Serial: "F9FXK2ABC2", Number: "ms-1"}, "number_twice", []any{"ms-1", 2}},
			"number with signs":   {store.Announced{Serial: "F9FXK2ABC2", Number: "<1>"}, "number_form", []any{"<1>"}},
			"school misspelt":     {store.Announced{Serial: "F9FXK2ABC2", School: "Gymnasum Nord"}, "unknown_school_near", []any{"Gymnasum Nord", "Gymnasium Nord"}},
			"school unknown":      {store.Announced{Serial: "F9FXK2ABC2", School: "Berufskolleg"}, "unknown_school", []any{"Berufskolleg"}},
			"class misspelt":      {store.Announced{Serial: "F9FXK2ABC2", School: "Gymnasium Nord", Class: "7c"}, "unknown_class_near", []any{"7c", "7a, 7b"}},
			"class of two":        {store.Announced{Serial: "F9FXK2ABC2", Class: "7a"}, "ambiguous_class", []any{"7a", "Gymnasium Nord, Realschule Süd"}},
			"person of two":       {store.Announced{Serial: "F9FXK2ABC2", Person: "Lena Müller"}, "ambiguous_person", []any{"Lena Müller", 2, "Lena Müller (7a · Gymnasium Nord), Lena Müller (7b · Gymnasium Nord)"}},
			"person misspelt":     {store.Announced{Serial: "F9FXK2ABC2", Person: "Beispiel, Thom"}, "unknown_person_near", []any{"Beispiel, Thom", "Tom Beispiel (7a · Gymnasium Nord)"}},
			"person unknown":      {store.Announced{Serial: "F9FXK2ABC2", Person: "Kim Niemand"}, "unknown_person", []any{"Kim Niemand"}},
			"place unknown":       {store.Announced{Serial: "F9FXK2ABC2", Place: "Lager"}, "unknown_place", []any{"Lager"}},
			"issued to another":   {store.Announced{Serial: "DMPA000000", Class: "7b", School: "Gymnasium Nord", Person: "Lena Müller"}, "announce_issued", []any{"DMPA000000"}},
			"known, letter added": {store.Announced{Serial: "DMPA00000O"}, "serial_letter_o", []any{"DMPA00000O"}},
		} {
			x.row.Row = 3
			rows := []store.Announced{{Row: 2, Serial: "F9FXK2ABC1", Number: "MS-1", School: "Gymnasium Nord"}, x.row}
			plan, set, err := s.Announce(ctx, d.by, rows)
			if codeOf(err) != "announce_wrong" || set != "" || plan.Wrong != 1 {
				t.Errorf("%s: %+v %v", name, plan, err)
				continue
			}
			p := plan.Problems()
			if len(p) != 1 || p[0].Row != 3 || p[0].Code != x.code || (x.args != nil && cmp.Diff(x.args, p[0].Args) != "") {
				t.Errorf("%s: %v with %v, want %s with %v", name, p[0], p[0].Args, x.code, x.args)
			}
			if _, err := s.DeviceBySerial(ctx, d.by, "F9FXK2ABC1"); school.KindOf(err) != school.NotFound {
				t.Fatalf("%s: the right row was written", name)
			}
		}
	})
}

func TestSchoolAnnouncesForItselfAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		d.devices("Realschule Süd", "DMPA", 1)
		d.pupil(d.south, "", "Ola", "Zaleski")
		north := d.clerk(school.SchoolAdmin, d.north)
		for name, x := range map[string]struct {
			row  store.Announced
			code string
		}{
			"a school of others": {store.Announced{Serial: "F9FXK2ABC1", School: "Realschule Süd"}, "unknown_school"},
			"a device of others": {store.Announced{Serial: "DMPA000000"}, "serial_elsewhere"},
			"a person of others": {store.Announced{Serial: "F9FXK2ABC1", Person: "Ola Zaleski"}, "unknown_person"},
		} {
			plan, err := s.PlanAnnounce(ctx, north, []store.Announced{x.row})
			if p := plan.Problems(); err != nil || len(p) != 1 || p[0].Code != x.code {
				t.Errorf("%s: %v %v, want %s", name, p, err, x.code)
			}
		}
		if _, _, err := s.Announce(ctx, north, []store.Announced{{Serial: "F9FXK2ABC1"}}); err != nil {
			t.Fatal(err)
		}
		if x, err := s.DeviceBySerial(ctx, north, "F9FXK2ABC1"); err != nil || x.School != d.north {
			t.Errorf("%+v %v", x, err)
		}
		if _, err := s.PlanAnnounce(ctx, d.clerk(school.Auditor, ""), []store.Announced{{Serial: "F9FXK2ABC2"}}); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor announces: %v", err)
		}
		if _, err := s.PlanAnnounce(ctx, d.by, nil); codeOf(err) != "required" {
			t.Errorf("no rows: %v", err)
		}
	})
}

func TestNumbersOfADeliveryAreGivenByThePattern(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		if _, err := s.ChangeAuthority(ctx, d.by, school.Authority{Name: "Musterstadt", Modules: school.Modules}, school.Authority{Name: "Musterstadt", Modules: school.Modules, Policy: school.Policy{NumberPattern: "N-{seq:03}"}}); err != nil {
			t.Fatal(err)
		}
		_, _, err := s.Announce(ctx, d.by, []store.Announced{{Serial: "F9FXK2ABC1"}, {Serial: "F9FXK2ABC2", Number: "N-001"}, {Serial: "F9FXK2ABC3"}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"N-001", "N-002", "N-003"}, d.listed(d.by, store.DeviceFilter{})); diff != "" {
			t.Error(diff)
		}
	})
}

// A delivery is read with a handful of queries: looking at one of 5,000 rows costs no more statements than at one of 5.
func TestDeliveryIsLookedUpInSets(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Count: true})
		d := newTown(t, s)
		d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Müller")
		statements := func(n int) int {
			var rows []store.Announced
			for i := range n {
				rows = append(rows, store.Announced{Serial: fmt.Sprintf("F9FX%06d", i), Number: fmt.Sprintf("MS-%d", i), School: "Gymnasium Nord", Class: "7a", Person: "Müller, Lena"})
			}
			s.Statements()
			plan, err := s.PlanAnnounce(ctx, d.by, rows)
			if err != nil || plan.Creates != n {
				t.Fatal(plan.Problems(), err)
			}
			return len(s.Statements())
		}
		if few, many := statements(5), statements(5000); few != many || many > 10 {
			t.Errorf("%d statements for 5 rows, %d for 5,000", few, many)
		}
	})
}
