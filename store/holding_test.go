package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestDeviceFollowsItsHolder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.north, "7b")
		lena, tom := d.pupil(d.north, a, "Lena", "Muster"), d.pupil(d.north, b, "Tom", "Beispiel")
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		d.enrol(ids...)
		class := func(id school.DeviceID) school.ClassID {
			x, err := s.DeviceByID(ctx, d.by, id)
			return must(t, x, err).Class
		}
		var last school.ChangeSetID
		steps := []struct {
			name  string
			act   func() (school.ChangeSetID, error)
			marks []int
			class school.ClassID // of the first device
		}{
			{"issued", func() (school.ChangeSetID, error) { _, set, err := s.Issue(ctx, d.by, lena, ids[0]); return set, err }, []int{0}, a},
			{"another issued", func() (school.ChangeSetID, error) { _, set, err := s.Issue(ctx, d.by, tom, ids[1]); return set, err }, []int{1}, a},
			{"a third planned", func() (school.ChangeSetID, error) { return s.PlanPerson(ctx, d.by, ids[2], lena) }, []int{2}, a},
			{"the holder changes class", func() (school.ChangeSetID, error) { return s.MoveToClass(ctx, d.by, b, lena) }, []int{0, 2}, b},
			{"and back by undo", func() (school.ChangeSetID, error) { return s.Undo(ctx, d.by, last) }, []int{0, 2}, a},
			{"the class is renamed", func() (school.ChangeSetID, error) {
				return s.ChangeClass(ctx, d.by, school.Class{ID: a, Name: "8a", Grade: "8"})
			}, nil, a}, // nothing on them shows it
			{"the holder changes name", func() (school.ChangeSetID, error) {
				return s.ChangePerson(ctx, d.by, school.Person{ID: tom, School: d.north, Kind: school.Pupil, Given: "Tom", Family: "Probe"})
			}, []int{1}, a},
			{"planned for another meanwhile", func() (school.ChangeSetID, error) { return s.PlanPerson(ctx, d.by, ids[0], tom) }, []int{0}, a},
			{"taken back", func() (school.ChangeSetID, error) { return s.TakeBack(ctx, d.by, ids[0]) }, []int{0}, b},
			{"issued as planned", func() (school.ChangeSetID, error) { _, set, err := s.Issue(ctx, d.by, tom, ids[0]); return set, err }, []int{0}, b},
			{"taken back for good", func() (school.ChangeSetID, error) { return s.TakeBack(ctx, d.by, ids[0]) }, []int{0}, ""},
		}
		for _, x := range steps {
			want := map[school.DeviceID]bool{}
			for _, i := range x.marks {
				want[ids[i]] = true
			}
			got := d.marked(func() {
				set, err := x.act()
				if err != nil {
					t.Fatalf("%s: %v", x.name, err)
				}
				last = set
			}, ids...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s marks: %s", x.name, diff)
			}
			if got := class(ids[0]); got != x.class {
				t.Errorf("%s: class %q, want %q", x.name, got, x.class)
			}
		}
	})
}

func TestOneDeviceHasOneHolder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		lena, tom, ola := d.pupil(d.north, "", "Lena", "Muster"), d.pupil(d.north, "", "Tom", "Beispiel"), d.pupil(d.south, "", "Ola", "Zaleski")
		id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		if _, err := s.TakeBack(ctx, d.by, id); codeOf(err) != "device_not_issued" {
			t.Errorf("taken back from nobody: %v", err)
		}
		north := d.clerk(school.SchoolAdmin, d.north)
		if _, _, err := s.Issue(ctx, north, ola, id); school.KindOf(err) != school.NotFound {
			t.Errorf("issued to a pupil of another school: %v", err)
		}
		if _, _, err := s.Issue(ctx, d.clerk(school.SchoolAdmin, d.south), ola, id); school.KindOf(err) != school.NotFound {
			t.Errorf("a school issues a device of another: %v", err)
		}
		if _, _, err := s.Issue(ctx, north, lena, id); err != nil {
			t.Fatal(err)
		}
		_, _, err := s.Issue(ctx, north, tom, id)
		if e, ok := err.(*school.Error); !ok || e.Code != "device_issued_to" || cmp.Diff([]any{"F9FX000000", "Lena M."}, e.Args) != "" {
			t.Errorf("issued twice: %v", err)
		}
		if err := s.Exec(ctx, `INSERT INTO holding (id, authority_id, person_id, device_id, from_at) VALUES ('x', $1, $2, $3, 1)`,
			string(d.by.Tenant), string(tom), string(id)); school.KindOf(err) != school.Conflict {
			t.Errorf("the database lets two hold one: %v", err)
		}
		if _, err := s.TakeBack(ctx, north, id); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Issue(ctx, north, tom, id); err != nil {
			t.Errorf("issued again after return: %v", err)
		}
	})
}
