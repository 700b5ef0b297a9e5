package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestClassesAreListedInTheOrderOfCounting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		for _, name := range []string{"10a", "5b", "7a", "5a", "EF"} {
			d.class(d.north, name)
		}
		d.class(d.south, "6a")
		var got []string
		after := ""
		for {
			p, err := s.Classes(ctx, d.by, store.ClassFilter{School: d.north, Limit: 2, After: after})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Rows {
				got = append(got, c.Name)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"5a", "5b", "7a", "10a", "EF"}, got); diff != "" {
			t.Error(diff)
		}
		if _, err := s.CreateClass(ctx, d.by, school.Class{School: d.north, Name: "ef"}); codeOf(err) != "class_taken" {
			t.Errorf("a second EF: %v", err)
		}
		if _, err := s.CreateClass(ctx, d.by, school.Class{School: d.north, Name: "x", Grade: "7/8"}); codeOf(err) != "grade_form" {
			t.Errorf("a grade with a stroke: %v", err)
		}
		if _, err := s.Classes(ctx, d.by, store.ClassFilter{After: "no cursor"}); codeOf(err) != "cursor" {
			t.Errorf("a made-up cursor: %v", err)
		}
	})
}

func TestClassCountsWhoAndWhatBelongsToIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.north, "7b")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		d.pupil(d.north, a, "Tom", "Beispiel")
		teacher, err := s.CreatePerson(ctx, d.by, school.Person{School: d.north, Kind: school.Teacher, Given: "Eva", Family: "Probe"}, "")
		must(t, teacher, err)
		if _, err := s.AddMember(ctx, d.by, school.Membership{Person: teacher, Class: a, Teaches: true}); err != nil {
			t.Fatal(err)
		}
		ipad := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		if _, _, err := s.Issue(ctx, d.by, lena, ipad); err != nil {
			t.Fatal(err)
		}
		count := func(id school.ClassID) [2]int {
			c, err := s.ClassByID(ctx, d.by, id)
			must(t, c, err)
			return [2]int{c.People, c.Devices}
		}
		if got := count(a); got != [2]int{2, 1} {
			t.Errorf("7a has %v people and devices, want 2 and 1", got)
		}
		if _, err := s.ArchiveClass(ctx, d.by, a); codeOf(err) != "class_not_empty" {
			t.Errorf("archived a class with people: %v", err)
		}
		set, err := s.MoveToClass(ctx, d.by, b, lena)
		must(t, set, err)
		if a, b := count(a), count(b); a != [2]int{1, 0} || b != [2]int{1, 1} {
			t.Errorf("after the move: 7a %v, 7b %v", a, b)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if a, b := count(a), count(b); a != [2]int{2, 1} || b != [2]int{0, 0} {
			t.Errorf("after undo: 7a %v, 7b %v", a, b)
		}
		if _, err := s.ArchiveClass(ctx, d.by, b); err != nil {
			t.Errorf("an empty class: %v", err)
		}
		if p, _ := s.Classes(ctx, d.by, store.ClassFilter{School: d.north}); len(p.Rows) != 1 {
			t.Errorf("%d classes after archiving one of two", len(p.Rows))
		}
	})
}

func TestSchoolNounsAreSeenAndChangedByTheirSchoolAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		id := d.class(d.north, "7a")
		place, err := s.CreatePlace(ctx, d.by, school.Place{School: d.north, Kind: school.Case, Name: "Koffer 1", Class: id})
		must(t, place, err)
		group, err := s.CreateGroup(ctx, d.by, school.Group{School: d.north, Name: "Foto-AG"})
		must(t, group, err)
		foreign := d.class(d.south, "7a")
		for name, by := range map[string]school.Actor{
			"other authority": newAuthority(t, s, "Anderswo"),
			"other school":    d.clerk(school.SchoolAdmin, d.south),
		} {
			_, err1 := s.ClassByID(ctx, by, id)
			_, err2 := s.ChangeClass(ctx, by, school.Class{ID: id, Name: "x"})
			_, err3 := s.PlaceByID(ctx, by, place)
			_, err4 := s.RemovePlace(ctx, by, place)
			_, err5 := s.GroupByID(ctx, by, group)
			_, err6 := s.ArchiveGroup(ctx, by, group)
			_, err7 := s.CreateClass(ctx, by, school.Class{School: d.north, Name: "x"})
			for i, err := range []error{err1, err2, err3, err4, err5, err6, err7} {
				if school.KindOf(err) != school.NotFound {
					t.Errorf("%s, %d: %v", name, i+1, err)
				}
			}
			if p, _ := s.Classes(ctx, by, store.ClassFilter{School: d.north}); len(p.Rows) > 0 {
				t.Errorf("%s lists classes", name)
			}
		}
		if _, err := s.ChangeClass(ctx, d.clerk(school.Auditor, ""), school.Class{ID: id, Name: "x"}); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor writes: %v", err)
		}
		if _, err := s.ChangePlace(ctx, d.clerk(school.SchoolAdmin, d.north), school.Place{ID: place, Kind: school.Room, Name: "Raum 12", Class: foreign}); codeOf(err) != "class_elsewhere" {
			t.Errorf("a place with a class of another school: %v", err)
		}
	})
}

func TestYearIsMadeWhenItIsNeeded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		for _, x := range []struct {
			at   string
			name string
		}{
			{"2026-07-31T21:59:59Z", "2025/26"}, // 23:59 in Germany
			{"2026-07-31T22:00:00Z", "2026/27"},
			{"2027-01-15T08:00:00Z", "2026/27"},
			{"2099-09-01T08:00:00Z", "2099/00"},
		} {
			at, _ := time.Parse(time.RFC3339, x.at)
			for range 2 {
				if y, err := s.Year(ctx, d.by, at); err != nil || y.Name != x.name || at.Before(y.Starts) || !at.Before(y.Ends) {
					t.Errorf("%s: %+v %v, want %s", x.at, y, err, x.name)
				}
			}
		}
		years, err := s.Years(ctx, d.by)
		if err != nil || len(years) != 3 || years[0].Name != "2099/00" {
			t.Errorf("years %+v %v", years, err)
		}
		if _, err := s.CreateYear(ctx, d.by, school.SchoolYear{Name: "2026/27", Starts: years[0].Starts, Ends: years[0].Ends}); codeOf(err) != "year_taken" {
			t.Errorf("a second 2026/27: %v", err)
		}
	})
}

func TestGroupEndsWithItsMemberships(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		lena := d.pupil(d.north, "", "Lena", "Muster")
		tom := d.pupil(d.north, "", "Tom", "Beispiel")
		ipads := d.devices("Gymnasium Nord", "F9FX", 2)
		for i, p := range []school.PersonID{lena, tom} {
			if _, _, err := s.Issue(ctx, d.by, p, ipads[i]); err != nil {
				t.Fatal(err)
			}
		}
		d.enrol(ipads...)
		g, err := s.CreateGroup(ctx, d.by, school.Group{School: d.north, Name: "Foto-AG"})
		must(t, g, err)
		if _, err := s.CreateGroup(ctx, d.by, school.Group{School: d.north, Name: "foto-ag"}); codeOf(err) != "group_taken" {
			t.Errorf("a second group: %v", err)
		}
		got := d.marked(func() {
			if _, err := s.AddMember(ctx, d.by, school.Membership{Person: lena, Group: g}); err != nil {
				t.Fatal(err)
			}
		}, ipads...)
		if diff := cmp.Diff(map[school.DeviceID]bool{ipads[0]: true}, got); diff != "" {
			t.Errorf("joining marks: %s", diff)
		}
		if set, err := s.AddMember(ctx, d.by, school.Membership{Person: lena, Group: g}); err != nil || set != "" {
			t.Errorf("joining again wrote %q %v", set, err)
		}
		got = d.marked(func() {
			if _, err := s.ArchiveGroup(ctx, d.by, g); err != nil {
				t.Fatal(err)
			}
		}, ipads...)
		if diff := cmp.Diff(map[school.DeviceID]bool{ipads[0]: true}, got); diff != "" {
			t.Errorf("archiving marks: %s", diff)
		}
		ms, err := s.Memberships(ctx, d.by, lena)
		if err != nil || len(ms) != 1 || ms[0].Until.IsZero() || ms[0].Name != "Foto-AG" {
			t.Errorf("memberships %+v %v", ms, err)
		}
	})
}
