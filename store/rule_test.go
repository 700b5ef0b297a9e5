package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// members names the devices of a group, by their place in ids.
func (d *town) members(g school.GroupID, ids []school.DeviceID) (out []int) {
	d.t.Helper()
	page, err := d.s.Devices(context.Background(), d.by, store.DeviceFilter{Group: g})
	in := map[school.DeviceID]bool{}
	for _, x := range must(d.t, page, err).Rows {
		in[x.ID] = true
	}
	for i, id := range ids {
		if in[id] {
			out = append(out, i)
		}
	}
	return out
}

// Who belongs to a group by rule follows from every fact the rule asks for, in the write that changes it; only devices that
// come or go through the rule alone are woken.
func TestAGroupByRuleFollowsFacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		b7 := d.class(d.north, "7b")
		_, err := s.ChangeClass(ctx, d.by, school.Class{ID: b7, School: d.north, Name: "7b", Grade: "7"})
		must(t, b7, err)
		north, south := d.devices("Gymnasium Nord", "F9FX", 3), d.devices("Realschule Süd", "H4VL", 2)
		ids := append(append([]school.DeviceID{}, north...), south...)
		d.enrol(ids...)
		group := func(name string, at school.SchoolID, r school.Rule) school.GroupID {
			t.Helper()
			id, err := s.CreateGroup(ctx, d.by, school.Group{Name: name, School: at, Rule: r})
			return must(t, id, err)
		}
		var teachers, seventh, private, northern school.GroupID
		woken := d.marked(func() {
			teachers = group("Lehrkräfte", "", school.Rule{Kinds: []school.PersonKind{school.Teacher}})
			seventh = group("Siebte", d.north, school.Rule{Grades: []string{"7"}})
			private = group("Dienstgeräte", "", school.Rule{Ownership: []school.Ownership{school.OfStaff}})
		}, ids...)
		if len(woken) != 0 {
			t.Errorf("a rule nobody fits woke %v", woken)
		}
		woken = d.marked(func() { northern = group("Nord", "", school.Rule{Schools: []school.SchoolID{d.north}}) }, ids...)
		if len(woken) != 3 || woken[ids[3]] {
			t.Errorf("a rule woke %v", woken)
		}
		want := func(what string, g school.GroupID, n ...int) {
			t.Helper()
			if got := d.members(g, ids); !cmp.Equal(got, n) {
				t.Errorf("%s: %v, want %v", what, got, n)
			}
		}
		want("at the school", northern, 0, 1, 2)

		ute, err := s.CreatePerson(ctx, d.by, school.Person{School: d.north, Kind: school.Teacher, Given: "Ute", Family: "Muster"}, "")
		must(t, ute, err)
		_, set, err := s.Issue(ctx, d.by, ute, ids[0])
		must(t, set, err)
		want("issued to a teacher", teachers, 0)
		_, err = s.ChangePerson(ctx, d.by, school.Person{ID: ute, School: d.north, Kind: school.Pupil, Given: "Ute", Family: "Muster"})
		must(t, ute, err)
		want("no teacher any more", teachers)
		_, err = s.MoveToClass(ctx, d.by, b7, ute)
		must(t, b7, err)
		want("in the seventh grade", seventh, 0)
		_, err = s.ChangeClass(ctx, d.by, school.Class{ID: b7, School: d.north, Name: "8b", Grade: "8"})
		must(t, b7, err)
		want("a year later", seventh)
		_, err = s.SetOwnership(ctx, d.by, ids[1:3], school.OfStaff)
		must(t, b7, err)
		want("handed to staff", private, 1, 2)
		moved, err := s.MoveDevices(ctx, d.by, ids[1:2], store.Destination{School: &d.south})
		must(t, moved, err)
		want("moved away", northern, 0, 2)
		_, err = s.Undo(ctx, d.by, moved)
		must(t, moved, err)
		want("moved back", northern, 0, 1, 2)

		changed, err := s.ChangeGroup(ctx, d.by, school.Group{ID: northern, Name: "Süd", Rule: school.Rule{Schools: []school.SchoolID{d.south}}})
		must(t, changed, err)
		want("another rule", northern, 3, 4)
		_, err = s.Undo(ctx, d.by, changed)
		must(t, changed, err)
		want("the rule undone", northern, 0, 1, 2)
		gone, err := s.ArchiveGroup(ctx, d.by, northern)
		must(t, gone, err)
		want("archived", northern)
		_, err = s.Undo(ctx, d.by, gone)
		must(t, gone, err)
		want("brought back", northern, 0, 1, 2)
		g, err := s.GroupByID(ctx, d.by, northern)
		if must(t, g, err).Devices != 3 || g.Rule.Empty() {
			t.Errorf("%+v", g)
		}
	})
}

// What is assigned to a group by rule reaches whoever fits, by the one mechanism of assignment: facts, plan, progress.
func TestWhatIsAssignedToAGroupByRule(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids...)
		profile, _ := published(t, s, d.by, "", "Nur WLAN")
		group, err := s.CreateGroup(ctx, d.by, school.Group{Name: "Altes iPadOS", Rule: school.Rule{OSBelow: "17.5"}})
		must(t, group, err)
		scope := school.Scope{Level: school.AtGroup, ID: string(group)}
		_, _, err = s.Assign(ctx, d.by, give(profile, scope))
		must(t, group, err)
		has := func(id school.DeviceID) bool {
			t.Helper()
			f, _, _, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)))
			must(t, f, err)
			return len(f.Assigned) == 1
		}
		says := func(id school.DeviceID, os string, free float64) {
			t.Helper()
			if err := s.Observe(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)), "", func(o *store.Observation) error {
				o.Info, o.Regroup = &store.DeviceInfo{OSVersion: os, StorageFree: &free}, true
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		says(ids[0], "17.4.1", 3)
		says(ids[1], "17.5", 3)
		if !has(ids[0]) || has(ids[1]) || has(ids[2]) {
			t.Errorf("%v %v %v", has(ids[0]), has(ids[1]), has(ids[2]))
		}
		progress, err := s.Progress(ctx, d.by, scope)
		if must(t, progress, err); len(progress) != 1 || progress[0].Total != 1 {
			t.Errorf("progress: %+v", progress)
		}
		woken := d.marked(func() { says(ids[0], "17.6", 3) }, ids...)
		if has(ids[0]) || !woken[ids[0]] || len(woken) != 1 {
			t.Errorf("updated: has it %v, woken %v", has(ids[0]), woken)
		}
		if woken := d.marked(func() { says(ids[0], "17.6.1", 2) }, ids...); len(woken) != 0 {
			t.Errorf("what no rule asks for woke %v", woken)
		}
	})
}

// A rule that speaks of time is looked at by a job, and by night whatever was missed.
func TestAGroupByRuleFollowsTime(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }})
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		group, err := s.CreateGroup(ctx, d.by, school.Group{Name: "Schweigt", Rule: school.Rule{Unseen: 14}})
		must(t, group, err)
		now = now.Add(14 * 24 * time.Hour)
		s.Seen(school.EnrollmentID("e-"+string(ids[1])), ids[1], now)
		for _, do := range []func(context.Context) error{s.FlushSeen, s.Regroup} {
			if err := do(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.members(group, ids); !cmp.Equal(got, []int{0}) {
			t.Errorf("silent: %v", got)
		}
		s.Seen(school.EnrollmentID("e-"+string(ids[0])), ids[0], now)
		for _, do := range []func(context.Context) error{s.FlushSeen, func(ctx context.Context) error { return s.Nightly(ctx, d.by.Tenant) }} {
			if err := do(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.members(group, ids); got != nil {
			t.Errorf("seen again: %v", got)
		}
	})
}

func TestAGroupByRuleIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		lena := d.pupil(d.north, d.class(d.north, "7b"), "Lena", "Muster")
		ruled, err := s.CreateGroup(ctx, d.by, school.Group{Name: "Alt", Rule: school.Rule{OSBelow: "17"}})
		must(t, ruled, err)
		club, err := s.CreateGroup(ctx, d.by, school.Group{Name: "Schach"})
		must(t, club, err)
		is := func(what, code string, err error) {
			t.Helper()
			if got := fmt.Sprint(school.Refusals(err)); err == nil || !cmp.Equal(codeOf(err), code) {
				t.Errorf("%s: %v %s", what, err, got)
			}
		}
		_, err = s.AddMember(ctx, d.by, school.Membership{Person: lena, Group: ruled})
		is("a person in a rule", "group_by_rule", err)
		_, err = s.ChangeGroup(ctx, d.by, school.Group{ID: ruled, Name: "Alt"})
		is("a rule becomes a list", "group_kind", err)
		_, err = s.ChangeGroup(ctx, d.by, school.Group{ID: club, Name: "Schach", Rule: school.Rule{OSBelow: "17"}})
		is("a list becomes a rule", "group_kind", err)
		_, err = s.CreateGroup(ctx, d.by, school.Group{Name: "Neu", Rule: school.Rule{OSBelow: "siebzehn"}})
		is("no version", "rule_version", err)
		_, err = s.SetOwnership(ctx, d.by, d.devices("Gymnasium Nord", "F9FX", 1), "mine")
		is("no ownership", "choice", err)
		change := school.Change{Kind: school.ChangeGroup, Group: school.Group{ID: club, Name: "Schach", Rule: school.Rule{OSBelow: "17"}}}
		_, err = s.Plan(ctx, d.by, change, previewed)
		is("a plan of a list", "group_kind", err)
		change.Group = school.Group{Name: "alt", Rule: school.Rule{OSBelow: "17"}}
		_, err = s.Plan(ctx, d.by, change, previewed)
		is("a name twice", "group_taken", err)
		change.Group = school.Group{ID: "01990c5e-0000-7000-8000-000000000000", Name: "Neu", Rule: school.Rule{OSBelow: "17"}}
		if _, err = s.Plan(ctx, d.by, change, previewed); school.KindOf(err) != school.NotFound {
			t.Errorf("a plan of a group that is not there: %v", err)
		}
		change.Group = school.Group{ID: ruled, Name: "Alt", Rule: school.Rule{OSBelow: "18"}}
		if _, err = s.Plan(ctx, d.clerk(school.SchoolAdmin, d.north), change, previewed); school.KindOf(err) != school.Denied {
			t.Errorf("a school changes the rule of all: %v", err)
		}
		if _, err = s.Plan(ctx, newAuthority(t, s, "Anderswo"), change, previewed); school.KindOf(err) != school.NotFound {
			t.Errorf("a stranger: %v", err)
		}
	})
}
