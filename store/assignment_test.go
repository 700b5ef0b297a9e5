package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// tree is a district with something at every level: a class of grade 7, a pupil in it who holds an iPad, a club.
type tree struct {
	district
	class  school.ClassID
	pupil  school.PersonID
	device school.DeviceID
	club   school.GroupID
	scopes map[school.Level]school.Scope
}

func announce(t testing.TB, s *store.Store, by school.Actor, at string, serial string) school.DeviceID {
	t.Helper()
	if p, _, err := s.Announce(context.Background(), by, []store.Announced{{Row: 2, Serial: serial, School: at}}); err != nil {
		t.Fatal(err, p.Problems())
	}
	d, err := s.DeviceBySerial(context.Background(), by, serial)
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func newTree(t testing.TB, s *store.Store) tree {
	t.Helper()
	ctx := context.Background()
	x := tree{district: newDistrict(t, s)}
	var err error
	fail := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	x.class, err = s.CreateClass(ctx, x.system, school.Class{School: x.north, Name: "7b", Grade: "7"})
	fail()
	x.pupil, err = s.CreatePerson(ctx, x.system, school.Person{School: x.north, Kind: school.Pupil, Given: "Lena", Family: "Muster"}, x.class)
	fail()
	x.device = announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABCD")
	_, _, err = s.Issue(ctx, x.system, x.pupil, x.device)
	fail()
	x.club, err = s.CreateGroup(ctx, x.system, school.Group{School: x.north, Name: "Schach"})
	fail()
	_, err = s.AddMember(ctx, x.system, school.Membership{Person: x.pupil, Group: x.club})
	fail()
	x.scopes = map[school.Level]school.Scope{
		school.AtAuthority: {Level: school.AtAuthority, ID: string(x.authority)}, school.AtSchoolType: {Level: school.AtSchoolType, ID: "Gymnasium"},
		school.AtSchool: {Level: school.AtSchool, ID: string(x.north)}, school.AtGrade: school.GradeScope(x.north, "7"),
		school.AtClass: {Level: school.AtClass, ID: string(x.class)}, school.AtGroup: {Level: school.AtGroup, ID: string(x.club)},
		school.AtPerson: {Level: school.AtPerson, ID: string(x.pupil)}, school.AtDevice: {Level: school.AtDevice, ID: string(x.device)},
	}
	return x
}

func give(p school.ProfileID, scope school.Scope) school.Assignment {
	return school.Assignment{Scope: scope, Profile: p, Mode: school.Required}
}

func TestAssignAtEveryLevel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		stranger := newAuthority(t, s, "Anderswo")
		wantNames := map[school.Level]string{school.AtAuthority: "Musterstadt", school.AtSchoolType: "Gymnasium", school.AtSchool: "Gymnasium Nord", school.AtGrade: "7",
			school.AtClass: "7b", school.AtGroup: "Schach", school.AtPerson: "Muster, Lena", school.AtDevice: "F9FXK2ABCD"}
		for level := school.AtAuthority; level <= school.AtDevice; level++ {
			p, v := published(t, s, x.admin, "", level.String())
			scope := x.scopes[level]
			own := school.KindOf(nil)
			if level < school.AtSchool {
				own = school.Denied
			}
			_, _, err := s.Assign(ctx, x.atSouth, give(p, scope))
			foreign := school.NotFound
			if level < school.AtSchool {
				foreign = school.Denied
			}
			wants(t, level.String()+" by another school", err, foreign, "")
			_, _, err = s.Assign(ctx, stranger, give(p, scope))
			wants(t, level.String()+" by a stranger", err, school.NotFound, "")
			_, _, err = s.Assign(ctx, x.auditor, give(p, scope))
			wants(t, level.String()+" by an auditor", err, school.Denied, "")
			_, set, err := s.Assign(ctx, x.atNorth, give(p, scope))
			wants(t, level.String()+" by its school", err, own, "")
			if err == nil {
				_, _, err = s.Assign(ctx, x.admin, give(p, scope))
				wants(t, level.String()+" twice", err, school.Conflict, "assigned_already")
				if _, err := s.Undo(ctx, x.atNorth, set); err != nil {
					t.Errorf("%s: undo: %v", level, err)
				}
			}
			id, _, err := s.Assign(ctx, x.admin, give(p, scope))
			if err != nil {
				t.Fatal(level, err)
			}
			row, err := s.Assignment(ctx, x.admin, id)
			if err != nil || row.Version != v || row.Number != 1 || row.Latest != 1 || row.ScopeName != wantNames[level] || row.By != x.admin.Name || row.ProfileName != level.String() {
				t.Errorf("%s: %+v %v", level, row, err)
			}
			if h, err := s.History(ctx, x.admin, level.String(), scope.ID, 1); err != nil || len(h) != 1 || h[0].Event != "profile.assigned" {
				t.Errorf("%s: history %+v %v", level, h, err)
			}
		}
		// What is valid for the class: all above it and its own, but not what is nearer.
		valid, err := s.Valid(ctx, x.atNorth, x.scopes[school.AtClass])
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range valid {
			got = append(got, fmt.Sprint(v.ProfileName, " ", v.ScopeName, " ", v.Own))
		}
		if want := []string{"authority Musterstadt false", "class 7b true", "grade 7 false", "school Gymnasium Nord false", "school_type Gymnasium false"}; !slices.Equal(got, want) {
			t.Errorf("valid: %q", got)
		}
		if valid, err = s.Valid(ctx, x.admin, x.scopes[school.AtDevice]); err != nil || len(valid) != 8 {
			t.Errorf("valid for the device: %d %v", len(valid), err)
		}
		_, err = s.Valid(ctx, x.atSouth, x.scopes[school.AtClass])
		wants(t, "valid, seen from another school", err, school.NotFound, "")

		names, err := s.ScopeNames(ctx, x.auditor, slices.Collect(func(yield func(school.Scope) bool) {
			for _, sc := range x.scopes {
				if !yield(sc) {
					return
				}
			}
		}))
		if err != nil || len(names) != 7 || names[x.scopes[school.AtClass]] != "7b" || names[x.scopes[school.AtPerson]] != "" {
			t.Errorf("names for who may not see people: %v %v", names, err)
		}
		page, err := s.Assignments(ctx, x.auditor, store.AssignmentFilter{})
		if err != nil || len(page.Rows) != 8 {
			t.Fatalf("%d assignments, %v", len(page.Rows), err)
		}
		for _, r := range page.Rows {
			if r.Scope.Level == school.AtPerson && r.ScopeName != "" {
				t.Errorf("an auditor reads a person's name: %q", r.ScopeName)
			}
		}
		if page, err = s.Assignments(ctx, x.atSouth, store.AssignmentFilter{}); err != nil || len(page.Rows) != 2 {
			t.Errorf("another school sees %d assignments, %v", len(page.Rows), err)
		}
		if page, err = s.Assignments(ctx, x.atNorth, store.AssignmentFilter{School: x.north}); err != nil || len(page.Rows) != 6 {
			t.Errorf("of one school: %d assignments, %v", len(page.Rows), err)
		}
	})
}

func TestAssignRefuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, v1 := published(t, s, x.admin, "", "WLAN")
		other, vOther := published(t, s, x.admin, "", "Anderes")
		ofSouth, _ := published(t, s, x.admin, x.south, "Nur Süd")
		unpublished, draft, _, err := s.CreateProfile(ctx, x.admin, school.Profile{Name: "Entwurf"}, "", content("d"))
		if err != nil {
			t.Fatal(err)
		}
		own, _, err := s.SaveDraft(ctx, x.admin, p, "", content("e"), "")
		if err != nil {
			t.Fatal(err)
		}
		class := x.scopes[school.AtClass]
		now := s.Now()
		for _, c := range []struct {
			what string
			by   school.Actor
			a    school.Assignment
			kind school.Kind
			code string
		}{
			{"a class that is not there", x.admin, give(p, school.Scope{Level: school.AtClass, ID: "nowhere"}), school.NotFound, ""},
			{"a grade no class has", x.admin, give(p, school.GradeScope(x.north, "8")), school.NotFound, ""},
			{"a school type no school has", x.admin, give(p, school.Scope{Level: school.AtSchoolType, ID: "Realschule"}), school.NotFound, ""},
			{"an authority that is another", x.admin, give(p, school.Scope{Level: school.AtAuthority, ID: "other"}), school.NotFound, ""},
			{"no level", x.admin, give(p, school.Scope{Level: 9, ID: "x"}), school.Invalid, "choice"},
			{"no mode", x.admin, school.Assignment{Scope: class, Profile: p}, school.Invalid, "choice"},
			{"no such profile", x.admin, give("nothing", class), school.NotFound, ""},
			{"a profile of another school", x.atNorth, give(ofSouth, class), school.NotFound, ""},
			{"a school's profile beyond it", x.admin, give(ofSouth, class), school.Invalid, "profile_of_school"},
			{"nothing published", x.admin, give(unpublished, class), school.Conflict, "profile_unpublished"},
			{"a version of another profile", x.admin, school.Assignment{Scope: class, Profile: p, Version: vOther, Mode: school.Required}, school.Invalid, "version_foreign"},
			{"a draft of its own", x.admin, school.Assignment{Scope: class, Profile: p, Version: own, Mode: school.Required}, school.Invalid, "version_draft"},
			{"a draft of another profile", x.admin, school.Assignment{Scope: class, Profile: p, Version: draft, Mode: school.Required}, school.Invalid, "version_foreign"},
			{"an end in the past", x.admin, school.Assignment{Scope: class, Profile: p, Mode: school.Required, Until: now.Add(-time.Hour)}, school.Invalid, "window"},
			{"an end before the beginning", x.admin, school.Assignment{Scope: class, Profile: p, Mode: school.Required, From: now.Add(2 * time.Hour), Until: now.Add(time.Hour)}, school.Invalid, "window"},
			{"an exclusion by stages", x.admin, school.Assignment{Scope: class, Profile: p, Mode: school.Excluded, Rollout: &school.Rollout{}}, school.Invalid, "rollout_new"},
			{"something new with something before it", x.admin, school.Assignment{Scope: class, Profile: p, Mode: school.Required, Rollout: &school.Rollout{Old: v1}}, school.Invalid, "rollout_new"},
			{"a stage beyond all", x.admin, school.Assignment{Scope: class, Profile: p, Mode: school.Required, Rollout: &school.Rollout{Stage: 10_001}}, school.Invalid, "stage_range"},
			{"fixed by a school", x.atNorth, school.Assignment{Scope: class, Profile: p, Mode: school.Required, Fixed: true}, school.Denied, "denied"},
		} {
			_, _, err := s.Assign(ctx, c.by, c.a)
			wants(t, c.what, err, c.kind, c.code)
		}
		if page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{Profile: other}); err != nil || len(page.Rows) != 0 {
			t.Errorf("%+v %v", page.Rows, err)
		}
	})
}

// What is fixed above cannot be written against, and only who may fix may change or undo it.
func TestFixedAbove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		fixedNames := map[school.Level]string{school.AtAuthority: "Musterstadt", school.AtSchoolType: "Gymnasium", school.AtSchool: "Gymnasium Nord", school.AtGrade: "7",
			school.AtClass: "7b", school.AtGroup: "Schach"}
		for fixedAt := school.AtAuthority; fixedAt < school.AtDevice; fixedAt++ {
			p, _ := published(t, s, x.admin, "", "Fest "+fixedAt.String())
			fixed := give(p, x.scopes[fixedAt])
			fixed.Fixed = true
			id, set, err := s.Assign(ctx, x.admin, fixed)
			if err != nil {
				t.Fatal(fixedAt, err)
			}
			for level := fixedAt + 1; level <= school.AtDevice; level++ {
				// A class is no part of a group, nor a group of a class: only devices and people are in both.
				if level == school.AtGroup && (fixedAt == school.AtGrade || fixedAt == school.AtClass) {
					continue
				}
				against := give(p, x.scopes[level])
				against.Mode = school.Excluded
				_, _, err := s.Assign(ctx, x.atNorth, against)
				if level < school.AtSchool {
					_, _, err = s.Assign(ctx, x.admin, against)
				}
				wants(t, fmt.Sprint(level, " against ", fixedAt), err, school.Conflict, "fixed_at_"+fixedAt.String())
				var e *school.Error
				said := []any{"Fest " + fixedAt.String(), fixedNames[fixedAt], x.admin.Name}
				if fixedAt == school.AtPerson { // nobody is named
					said = []any{said[0], said[2]}
				}
				if errors.As(err, &e) && !slices.Equal(e.Args, said) {
					t.Errorf("%v against %v says %q, want %q", level, fixedAt, e.Args, said)
				}
			}
			if fixedAt >= school.AtSchool {
				_, err = s.Unassign(ctx, x.atNorth, id)
				wants(t, "a school ends what is fixed", err, school.Denied, "denied")
				_, err = s.Undo(ctx, x.atNorth, set)
				wants(t, "a school undoes what is fixed", err, school.Denied, "denied")
			}
			if _, err := s.Unassign(ctx, x.admin, id); err != nil {
				t.Fatal(err)
			}
		}
		// Fixing may come later: what already hangs below stays and can be taken away, but not changed.
		p, v1 := published(t, s, x.admin, "", "Später")
		id, _, err := s.Assign(ctx, x.atNorth, give(p, x.scopes[school.AtClass]))
		if err != nil {
			t.Fatal(err)
		}
		v2 := nextVersion(t, s, x.admin, p)
		fixed := give(p, x.scopes[school.AtAuthority])
		fixed.Fixed, fixed.Version = true, v1
		if _, _, err := s.Assign(ctx, x.admin, fixed); err != nil {
			t.Fatal(err)
		}
		valid, err := s.Valid(ctx, x.admin, x.scopes[school.AtClass])
		if err != nil || len(valid) != 2 || valid[0].Wins || !valid[1].Wins || !valid[1].Fixed {
			t.Errorf("the fixed one decides: %+v %v", valid, err)
		}
		_, err = s.SetVersion(ctx, x.atNorth, id, v2)
		wants(t, "another version below what is fixed", err, school.Conflict, "fixed_at_authority")
		_, err = s.SetRollout(ctx, x.atNorth, id, v2, 100)
		wants(t, "a rollout below what is fixed", err, school.Conflict, "fixed_at_authority")
		if _, err = s.Unassign(ctx, x.atNorth, id); err != nil {
			t.Error(err)
		}
	})
}

func TestRollout(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, v1 := published(t, s, x.admin, "", "WLAN")
		v2, v3 := nextVersion(t, s, x.admin, p), nextVersion(t, s, x.admin, p)
		_, foreign := published(t, s, x.admin, "", "Anderes")
		a := give(p, x.scopes[school.AtSchool])
		a.Version = v1
		id, _, err := s.Assign(ctx, x.admin, a)
		if err != nil {
			t.Fatal(err)
		}
		is := func(what string, version school.VersionID, r *school.Rollout) {
			t.Helper()
			row, err := s.Assignment(ctx, x.atNorth, id)
			if err != nil || row.Version != version || (row.Rollout == nil) != (r == nil) || r != nil && *row.Rollout != *r {
				t.Errorf("%s: %+v %+v %v", what, row, row.Rollout, err)
			}
		}
		set := func(v school.VersionID, stage int) error {
			_, err := s.SetRollout(ctx, x.atNorth, id, v, stage)
			return err
		}
		wants(t, "a stage without a rollout", set(v1, 10), school.Conflict, "rollout_none")
		wants(t, "a stage that is none", set(v2, -1), school.Invalid, "stage_range")
		wants(t, "another profile's version", set(foreign, 1), school.Invalid, "version_foreign")
		wants(t, "begin", set(v2, 500), "", "")
		is("begun", v2, &school.Rollout{Old: v1, Stage: 500})
		wants(t, "advance", set(v2, 2500), "", "")
		is("advanced", v2, &school.Rollout{Old: v1, Stage: 2500})
		wants(t, "a second rollout inside the first", set(v3, 1), school.Conflict, "rollout_running")
		wants(t, "end", set(v2, school.Buckets), "", "")
		is("ended", v2, nil)
		wants(t, "begin again", set(v3, 1), "", "")
		back, err := s.SetVersion(ctx, x.atNorth, id, v2)
		wants(t, "go back", err, "", "")
		is("gone back", v2, nil)
		if _, err := s.Undo(ctx, x.atNorth, back); err != nil {
			t.Error(err)
		}
		is("undone", v3, &school.Rollout{Old: v2, Stage: 1})
		_, err = s.SetVersion(ctx, x.atSouth, id, v1)
		wants(t, "another school sets the version", err, school.NotFound, "")
		_, err = s.SetVersion(ctx, x.auditor, id, v1)
		wants(t, "an auditor sets the version", err, school.Denied, "")
	})
}

// Every act on an assignment marks exactly the devices that stand in its scope.
func TestAssignmentsMark(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		beside := announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABCE")
		elsewhere := announce(t, s, x.system, "Grundschule Süd", "F9FXK2ABCF")
		all := []school.DeviceID{x.device, beside, elsewhere}
		for _, d := range all {
			target(t, s, x.authority, d, "", nil, nil)
		}
		gens := func() (out []int64) {
			for _, d := range all {
				n, err := s.Number(ctx, marksOf, string(d))
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, n)
			}
			return out
		}
		for level, want := range map[school.Level]string{school.AtAuthority: "xxx", school.AtSchoolType: "xx-", school.AtSchool: "xx-", school.AtGrade: "x--", school.AtClass: "x--",
			school.AtGroup: "x--", school.AtPerson: "x--", school.AtDevice: "x--"} {
			p, _ := published(t, s, x.admin, "", level.String())
			v2 := nextVersion(t, s, x.admin, p)
			a := give(p, x.scopes[level])
			var id school.AssignmentID
			for _, act := range []struct {
				name string
				do   func() error
			}{
				{"assign", func() (err error) { id, _, err = s.Assign(ctx, x.admin, a); return err }},
				{"version", func() error { _, err := s.SetVersion(ctx, x.admin, id, v2); return err }},
				{"unassign", func() error { _, err := s.Unassign(ctx, x.admin, id); return err }},
			} {
				before := gens()
				if act.name == "version" { // the newest was assigned: go to the first and back
					vs, err := s.Versions(ctx, x.admin, p, 0, 0)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := s.SetVersion(ctx, x.admin, id, vs[1].ID); err != nil {
						t.Fatal(err)
					}
				}
				if err := act.do(); err != nil {
					t.Fatal(level, act.name, err)
				}
				var got strings.Builder
				for i, n := range gens() {
					got.WriteString(map[bool]string{true: "x", false: "-"}[n > before[i]])
				}
				if got.String() != want {
					t.Errorf("%s at %s marks %s, want %s", act.name, level, &got, want)
				}
			}
		}
	})
}

func TestAssignmentsArePaged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, _ := published(t, s, x.admin, "", "WLAN")
		for _, sc := range x.scopes {
			if _, _, err := s.Assign(ctx, x.admin, give(p, sc)); err != nil {
				t.Fatal(err)
			}
		}
		var levels []school.Level
		for f := (store.AssignmentFilter{Profile: p, Limit: 3}); ; {
			page, err := s.Assignments(ctx, x.admin, f)
			if err != nil || len(page.Rows) > 3 || len(levels) > 8 {
				t.Fatalf("%d rows, %v", len(page.Rows), err)
			}
			for _, r := range page.Rows {
				levels = append(levels, r.Scope.Level)
			}
			if f.After = page.Next; f.After == "" {
				break
			}
		}
		if want := []school.Level{1, 2, 3, 4, 5, 6, 7, 8}; !slices.Equal(levels, want) {
			t.Errorf("from the authority down: %v", levels)
		}
		page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{Scope: x.scopes[school.AtGroup]})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ScopeName != "Schach" {
			t.Errorf("%+v %v", page.Rows, err)
		}
	})
}

// A device takes its assignment along to another school, and with it who may change it.
func TestAssignmentOfAMovedDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, _ := published(t, s, x.admin, "", "WLAN")
		d := announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABCG")
		id, _, err := s.Assign(ctx, x.atNorth, give(p, school.Scope{Level: school.AtDevice, ID: string(d)}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.MoveDevices(ctx, x.admin, []school.DeviceID{d}, store.Destination{School: &x.south}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Unassign(ctx, x.atNorth, id)
		wants(t, "the school it left", err, school.NotFound, "")
		if page, err := s.Assignments(ctx, x.atNorth, store.AssignmentFilter{Profile: p}); err != nil || len(page.Rows) != 0 {
			t.Errorf("the school it left sees %+v %v", page.Rows, err)
		}
		if row, err := s.Assignment(ctx, x.atSouth, id); err != nil || row.School != x.south {
			t.Errorf("%+v %v", row, err)
		}
		_, err = s.Unassign(ctx, x.atSouth, id)
		wants(t, "the school it came to", err, "", "")
	})
}
