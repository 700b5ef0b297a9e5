package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// previewed counts every device as one that gains, in one group.
func previewed(facts []school.Facts, have map[school.DeviceID]school.Reported, c school.Change, now time.Time) school.Preview {
	p := school.Preview{Total: len(facts), Groups: []school.PreviewGroup{{Kind: school.Gains}}}
	for _, f := range facts {
		if _, ok := have[f.Device.ID]; !ok {
			panic("a device without its reports")
		}
		p.Groups[0].Devices = append(p.Groups[0].Devices, f.Device.ID)
	}
	slices.Sort(p.Groups[0].Devices)
	return p
}

func TestPlanIsAppliedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, v1 := published(t, s, x.admin, "", "WLAN")
		wish := school.Change{Kind: school.ChangeAssign, Assignment: give(p, x.scopes[school.AtClass])}
		var seen school.Change
		plan, err := s.Plan(ctx, x.atNorth, wish, func(facts []school.Facts, have map[school.DeviceID]school.Reported, c school.Change, now time.Time) school.Preview {
			seen = c
			return previewed(facts, have, c, now)
		})
		if err != nil {
			t.Fatal(err)
		}
		if seen.New == nil || seen.New.ID != v1 || len(seen.New.Content.Body) == 0 || seen.ScopeName != "7b" || seen.Assignment.ID == "" || seen.Assignment.School != x.north {
			t.Errorf("the change was not completed: %+v", seen)
		}
		if plan.Preview.Total != 1 || plan.Change.New.Content.Body != nil {
			t.Errorf("%+v", plan)
		}
		if page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{}); err != nil || len(page.Rows) != 0 {
			t.Fatalf("a plan changed something: %+v %v", page.Rows, err)
		}
		kept, err := s.PlanByID(ctx, x.atNorth, plan.ID)
		if err != nil || kept.Change.Assignment.ID != seen.Assignment.ID || kept.Preview.Total != 1 || kept.Version != plan.Version || !kept.Applied.IsZero() {
			t.Fatalf("%+v %v", kept, err)
		}
		for who, c := range map[string]struct {
			by   school.Actor
			kind school.Kind
		}{"the authority": {x.admin, ""}, "another school": {x.atSouth, school.NotFound}, "an auditor": {x.auditor, school.NotFound},
			"a stranger": {newAuthority(t, s, "Anderswo"), school.NotFound}} {
			_, err := s.PlanByID(ctx, c.by, plan.ID)
			wants(t, who+" reads the plan", err, c.kind, "")
			if c.kind != "" {
				_, err = s.Apply(ctx, c.by, plan.ID, 0, previewed)
				wants(t, who+" applies the plan", err, c.kind, "")
			}
		}
		set, err := s.Apply(ctx, x.atNorth, plan.ID, 0, nil)
		if err != nil || set == "" {
			t.Fatal(set, err)
		}
		again, err := s.Apply(ctx, x.atNorth, plan.ID, 0, nil)
		if err != nil || again != set {
			t.Errorf("applied again: %q %v, want %q", again, err, set)
		}
		if kept, err = s.PlanByID(ctx, x.atNorth, plan.ID); err != nil || kept.Result != set || kept.Applied.IsZero() {
			t.Errorf("%+v %v", kept, err)
		}
		wants(t, "drop what was carried out", s.DropPlan(ctx, x.atNorth, plan.ID), school.Conflict, "plan_done")
		page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{})
		if err != nil || len(page.Rows) != 1 || page.Rows[0].ID != seen.Assignment.ID {
			t.Fatalf("%+v %v", page.Rows, err)
		}

		// Version and end go the same way.
		v2 := nextVersion(t, s, x.admin, p)
		for _, c := range []school.Change{{Kind: school.ChangeVersion, Assignment: school.Assignment{ID: seen.Assignment.ID}}, {Kind: school.ChangeUnassign, Assignment: school.Assignment{ID: seen.Assignment.ID}}} {
			plan, err := s.Plan(ctx, x.atNorth, c, previewed)
			if err != nil || c.Kind == school.ChangeVersion && plan.Change.New.ID != v2 {
				t.Fatalf("%+v %v", plan, err)
			}
			if set, err = s.Apply(ctx, x.atNorth, plan.ID, 0, nil); err != nil {
				t.Fatal(c.Kind, err)
			}
		}
		if _, err := s.Undo(ctx, x.atNorth, set); err != nil {
			t.Fatal(err)
		}
		if row, err := s.Assignment(ctx, x.atNorth, seen.Assignment.ID); err != nil || row.Version != v2 {
			t.Errorf("%+v %v", row, err)
		}
		_, err = s.Plan(ctx, x.atNorth, wish, previewed)
		wants(t, "plan what is there", err, school.Conflict, "assigned_already")
		_, err = s.Plan(ctx, x.atNorth, school.Change{Kind: school.ChangeVersion, Assignment: school.Assignment{ID: seen.Assignment.ID}}, previewed)
		wants(t, "plan the version it has", err, school.Conflict, "version_same")
		_, err = s.Plan(ctx, x.auditor, school.Change{Kind: school.ChangeUnassign, Assignment: school.Assignment{ID: seen.Assignment.ID}}, previewed)
		wants(t, "an auditor plans", err, school.Denied, "")
		_, err = s.Plan(ctx, x.admin, school.Change{Kind: "something"}, previewed)
		wants(t, "no such change", err, school.Invalid, "choice")
	})
}

// If facts moved, a plan that still says the same is carried out; one that does not is shown again.
func TestPlanWhenFactsMoved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, _ := published(t, s, x.admin, "", "WLAN")
		plan, err := s.Plan(ctx, x.admin, school.Change{Kind: school.ChangeAssign, Assignment: give(p, x.scopes[school.AtSchool])}, previewed)
		if err != nil {
			t.Fatal(err)
		}
		announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABCE")
		for _, preview := range []store.Previewer{nil, previewed} {
			_, err = s.Apply(ctx, x.admin, plan.ID, 0, preview)
			wants(t, "another device came", err, school.Conflict, "plan_moved")
			if page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{}); err != nil || len(page.Rows) != 0 {
				t.Fatalf("%+v %v", page.Rows, err)
			}
		}
		shown, err := s.PlanByID(ctx, x.admin, plan.ID)
		if err != nil || shown.Preview.Total != 2 || shown.Version == plan.Version {
			t.Fatalf("the plan is not shown anew: %+v %v", shown, err)
		}
		if _, err := s.ChangeSchool(ctx, x.admin, school.School{ID: x.south, Name: "Grundschule am See", Type: "Grundschule"}); err != nil {
			t.Fatal(err)
		}
		_, err = s.Apply(ctx, x.admin, plan.ID, 0, nil)
		wants(t, "without a look, any movement counts", err, school.Conflict, "plan_moved")
		if _, err = s.Apply(ctx, x.admin, plan.ID, 0, previewed); err != nil {
			t.Errorf("what moved has nothing to do with it: %v", err)
		}

		// Of two plans for the same thing the second is refused by the rule itself.
		q, _ := published(t, s, x.admin, "", "Anderes")
		var ids []school.PlanID
		for range 2 {
			plan, err := s.Plan(ctx, x.admin, school.Change{Kind: school.ChangeAssign, Assignment: give(q, x.scopes[school.AtSchool])}, previewed)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, plan.ID)
		}
		if _, err := s.Apply(ctx, x.admin, ids[0], 0, previewed); err != nil {
			t.Fatal(err)
		}
		_, err = s.Apply(ctx, x.admin, ids[1], 0, previewed)
		wants(t, "the second plan", err, school.Conflict, "assigned_already")
	})
}

func TestPlanForMany(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		x := newTree(t, s)
		p, _ := published(t, s, x.admin, "", "WLAN")
		wish := school.Change{Kind: school.ChangeAssign, Assignment: give(p, x.scopes[school.AtSchool])}
		many := func(n int) store.Previewer {
			return func([]school.Facts, map[school.DeviceID]school.Reported, school.Change, time.Time) school.Preview {
				return school.Preview{Total: n}
			}
		}
		plan, err := s.Plan(ctx, x.admin, wish, many(store.TypedFrom+1))
		if err != nil {
			t.Fatal(err)
		}
		for _, typed := range []int{0, 500, 502} {
			_, err = s.Apply(ctx, x.admin, plan.ID, typed, nil)
			wants(t, fmt.Sprint("typed ", typed), err, school.Invalid, "plan_number")
		}
		if _, err = s.Apply(ctx, x.admin, plan.ID, 501, nil); err != nil {
			t.Error(err)
		}
		wish.Assignment.Scope = x.scopes[school.AtClass]
		few, err := s.Plan(ctx, x.admin, wish, many(store.TypedFrom))
		if err != nil {
			t.Fatal(err)
		}
		wants(t, "drop", s.DropPlan(ctx, x.admin, few.ID), "", "")
		_, err = s.PlanByID(ctx, x.admin, few.ID)
		wants(t, "dropped", err, school.NotFound, "")
		if few, err = s.Plan(ctx, x.admin, wish, many(store.TypedFrom)); err != nil {
			t.Fatal(err)
		}
		if _, err = s.Apply(ctx, x.admin, few.ID, 0, nil); err != nil {
			t.Error(err)
		}
		wish.Assignment.Scope = x.scopes[school.AtDevice]
		old, err := s.Plan(ctx, x.admin, wish, previewed)
		if err != nil {
			t.Fatal(err)
		}
		h.turn(store.PlansLast + time.Minute)
		_, err = s.Apply(ctx, x.admin, old.ID, 0, previewed)
		wants(t, "a plan of yesterday", err, school.NotFound, "")
		if n, err := s.ForgetPlans(ctx); err != nil || n != 3 {
			t.Errorf("forgot %d plans, %v", n, err)
		}
	})
}

func TestPlanNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		p, _ := published(t, s, x.admin, "", "WLAN")
		if _, err := s.SetNumber(ctx, x.system, x.device, "MS-26-000417"); err != nil {
			t.Fatal(err)
		}
		announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABCE")
		announce(t, s, x.system, "Grundschule Süd", "F9FXK2ABCF")
		plan, err := s.Plan(ctx, x.admin, school.Change{Kind: school.ChangeAssign, Assignment: give(p, x.scopes[school.AtAuthority])}, previewed)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for after, n := "", 0; ; n++ {
			page, err := s.Names(ctx, x.admin, plan.ID, 0, after, 2)
			if err != nil || len(page.Rows) > 2 || n > 2 {
				t.Fatalf("%d rows, %v", len(page.Rows), err)
			}
			for _, d := range page.Rows {
				got = append(got, strings.Join([]string{d.Number, d.Serial, d.SchoolName, d.ClassName}, "|"))
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if want := []string{"MS-26-000417|F9FXK2ABCD|Gymnasium Nord|7b", "|F9FXK2ABCE|Gymnasium Nord|", "|F9FXK2ABCF|Grundschule Süd|"}; !slices.Equal(got, want) {
			t.Errorf("got %q", got)
		}
		_, err = s.Names(ctx, x.admin, plan.ID, 1, "", 0)
		wants(t, "a group that is not there", err, school.NotFound, "")
		_, err = s.Names(ctx, x.atNorth, plan.ID, 0, "", 0)
		wants(t, "somebody else's plan", err, school.NotFound, "")
	})
}

func TestPlanMove(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		ofSouth, err := s.CreateClass(ctx, x.system, school.Class{School: x.south, Name: "3a", Grade: "3"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what string
			by   school.Actor
			to   school.Placement
			ids  []school.DeviceID
			kind school.Kind
			code string
		}{
			{"nowhere", x.admin, school.Placement{}, []school.DeviceID{x.device}, school.Invalid, "required"},
			{"no device", x.admin, school.Placement{School: x.south}, nil, school.NotFound, ""},
			{"a device that is not there", x.admin, school.Placement{School: x.south}, []school.DeviceID{x.device, "x"}, school.NotFound, ""},
			{"a class of another school", x.admin, school.Placement{School: x.south, Class: x.class}, []school.DeviceID{x.device}, school.Invalid, "class_elsewhere"},
			{"to where it is", x.admin, school.Placement{School: x.north}, []school.DeviceID{x.device}, school.Conflict, "moved_already"},
			{"to a school one may not write at", x.atNorth, school.Placement{School: x.south}, []school.DeviceID{x.device}, school.NotFound, ""},
			{"from a school one may not write at", x.atSouth, school.Placement{School: x.south}, []school.DeviceID{x.device}, school.NotFound, ""},
			{"by an auditor", x.auditor, school.Placement{School: x.south}, []school.DeviceID{x.device}, school.Denied, ""},
		} {
			_, err := s.Plan(ctx, c.by, school.Change{Kind: school.ChangeMove, Devices: c.ids, To: c.to}, previewed)
			wants(t, c.what, err, c.kind, c.code)
		}
		plan, err := s.Plan(ctx, x.admin, school.Change{Kind: school.ChangeMove, Devices: []school.DeviceID{x.device}, To: school.Placement{Class: ofSouth}}, previewed)
		if err != nil || plan.Change.To.School != x.south || plan.Change.To.SchoolType != "Grundschule" || !plan.Change.OwnClass[x.device] {
			t.Fatalf("%+v %v", plan.Change, err)
		}
		if _, err := s.Apply(ctx, x.admin, plan.ID, 0, nil); err != nil {
			t.Fatal(err)
		}
		d, err := s.DeviceByID(ctx, x.admin, x.device)
		if err != nil || d.School != x.south {
			t.Errorf("%+v %v", d, err)
		}
	})
}

// standing says of a device what a change of these kinds can touch.
func standing(f school.Facts) string {
	var out []string
	for _, a := range f.Assigned {
		old := school.VersionID("")
		if a.Old != nil {
			old = a.Old.ID
		}
		out = append(out, fmt.Sprint(a.ID, a.School, a.Scope, a.Profile, a.Version, a.Mode, a.Fixed, a.Rollout != nil, a.ScopeName, a.New.ID, old, a.From.UnixMicro(), a.Until.UnixMicro()))
	}
	slices.Sort(out)
	return fmt.Sprintf("%+v %s %s %s\n%s", f.Place, f.Device.School, f.Device.Place, f.Device.PlannedClass, strings.Join(out, "\n"))
}

// Whatever Change.Apply says of a device is what the write then makes of it, and every device it makes something else of
// is marked. The walk goes over a small world with every way in which a device can come to its class.
func TestApplyIsTheWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		rnd := rand.New(rand.NewPCG(7, 1872))
		fail := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		classes := []school.ClassID{x.class}
		for _, c := range []school.Class{{School: x.north, Name: "8a", Grade: "8"}, {School: x.south, Name: "7x", Grade: "7"}, {School: x.south, Name: "bunt"}} {
			id, err := s.CreateClass(ctx, x.system, c)
			fail(err)
			classes = append(classes, id)
		}
		teacher, err := s.CreatePerson(ctx, x.system, school.Person{School: x.north, Kind: school.Teacher, Given: "Ute", Family: "Muster"}, "")
		fail(err)
		box, err := s.CreatePlace(ctx, x.system, school.Place{School: x.north, Kind: school.Case, Name: "Koffer 1", Class: classes[1]})
		fail(err)
		devices := []school.DeviceID{x.device}
		for i := range 7 {
			devices = append(devices, announce(t, s, x.system, []string{"Gymnasium Nord", "Grundschule Süd"}[i/4], fmt.Sprintf("F9FXK2AB%02d", i)))
		}
		_, err = s.MoveDevices(ctx, x.system, devices[1:4], store.Destination{Place: &box})
		fail(err)
		_, err = s.PlanPerson(ctx, x.system, devices[2], x.pupil)
		fail(err)
		_, _, err = s.Issue(ctx, x.system, teacher, devices[3]) // a person without a class, out of a case with one
		fail(err)
		fail(s.Exec(ctx, `UPDATE device SET confirmed = FALSE WHERE id = $1`, string(devices[4])))
		_, err = s.MoveDevices(ctx, x.system, devices[4:5], store.Destination{Class: &classes[1]})
		fail(err)
		_, err = s.MoveDevices(ctx, x.system, devices[5:6], store.Destination{Class: &classes[2]})
		fail(err)
		for _, d := range devices {
			target(t, s, x.authority, d, "", nil, nil)
		}
		var ruled []school.Group
		for _, g := range []school.Group{{School: x.north, Name: "Lehrkräfte", Rule: school.Rule{Kinds: []school.PersonKind{school.Teacher}}}, {Name: "Siebte", Rule: school.Rule{Grades: []string{"7"}}}} {
			g.ID, err = s.CreateGroup(ctx, x.system, g)
			fail(err)
			ruled = append(ruled, g)
		}
		rules := []school.Rule{ruled[0].Rule, ruled[1].Rule, {Types: []string{"Grundschule"}}, {Schools: []school.SchoolID{x.north}}, {Kinds: []school.PersonKind{school.Nobody}}, {Ownership: []school.Ownership{school.Owned}, Grades: []string{"8"}}}
		scopes := slices.Collect(maps.Values(x.scopes))
		scopes = append(scopes, school.Scope{Level: school.AtGroup, ID: string(ruled[0].ID)}, school.Scope{Level: school.AtGroup, ID: string(ruled[1].ID)})
		scopes = append(scopes, school.GradeScope(x.south, "7"), school.Scope{Level: school.AtSchool, ID: string(x.south)}, school.Scope{Level: school.AtClass, ID: string(classes[2])},
			school.Scope{Level: school.AtPerson, ID: string(teacher)}, school.Scope{Level: school.AtSchoolType, ID: "Grundschule"})
		slices.SortFunc(scopes, func(a, b school.Scope) int { return int(a.Level) - int(b.Level) })
		var profiles []school.ProfileID
		for i := range 5 {
			p, _ := published(t, s, x.admin, "", fmt.Sprint("Profil ", i))
			nextVersion(t, s, x.admin, p)
			profiles = append(profiles, p)
		}
		everywhere := x.scopes[school.AtAuthority]
		all := func() (map[school.DeviceID]school.Facts, map[school.DeviceID]int64) {
			facts, _, err := s.ScopeFacts(ctx, x.system, everywhere)
			fail(err)
			out, gens := map[school.DeviceID]school.Facts{}, map[school.DeviceID]int64{}
			for _, f := range facts {
				out[f.Device.ID] = f
				gens[f.Device.ID], err = s.Number(ctx, marksOf, string(f.Device.ID))
				fail(err)
			}
			return out, gens
		}
		now := s.Now()
		done := map[school.ChangeKind]int{}
		for step := 0; step < 100; step++ {
			var c school.Change
			kinds := []school.ChangeKind{school.ChangeAssign, school.ChangeAssign, school.ChangeUnassign, school.ChangeVersion, school.ChangeMove, school.ChangeGroup}
			c.Kind = kinds[rnd.IntN(len(kinds))]
			switch c.Kind {
			case school.ChangeAssign:
				c.Assignment = give(profiles[rnd.IntN(len(profiles))], scopes[rnd.IntN(len(scopes))])
				if rnd.IntN(4) == 0 {
					c.Assignment.Mode = school.Excluded
				}
				if rnd.IntN(4) == 0 {
					c.Assignment.Until = now.Add(24 * time.Hour).Truncate(time.Microsecond)
				}
				if rnd.IntN(4) == 0 && c.Assignment.Mode == school.Required {
					c.Assignment.Rollout = &school.Rollout{Stage: rnd.IntN(school.Buckets)}
				}
			case school.ChangeMove:
				for range 1 + rnd.IntN(3) {
					c.Devices = append(c.Devices, devices[rnd.IntN(len(devices))])
				}
				c.To.School = []school.SchoolID{x.north, x.south}[rnd.IntN(2)]
				if rnd.IntN(2) == 0 {
					c.To = school.Placement{Class: classes[rnd.IntN(len(classes))]}
				}
			case school.ChangeGroup:
				c.Group = ruled[rnd.IntN(len(ruled))]
				c.Group.Rule = rules[rnd.IntN(len(rules))]
				if rnd.IntN(4) == 0 {
					c.Group = school.Group{Name: fmt.Sprint("Gruppe ", step), School: c.Group.School, Rule: c.Group.Rule}
				}
			default:
				page, err := s.Assignments(ctx, x.admin, store.AssignmentFilter{})
				fail(err)
				if len(page.Rows) == 0 {
					continue
				}
				a := page.Rows[rnd.IntN(len(page.Rows))]
				c.Assignment.ID = a.ID
				if c.Kind == school.ChangeVersion {
					vs, err := s.Versions(ctx, x.admin, a.Profile, 0, 0)
					fail(err)
					c.New = &school.Version{ID: vs[rnd.IntN(len(vs))].ID}
				}
			}
			before, gens := all()
			want := map[school.DeviceID]string{}
			for id, f := range before {
				want[id] = standing(f)
			}
			plan, err := s.Plan(ctx, x.admin, c, func(facts []school.Facts, have map[school.DeviceID]school.Reported, c school.Change, now time.Time) school.Preview {
				for _, f := range before {
					want[f.Device.ID] = standing(c.Apply(f))
				}
				return previewed(facts, have, c, now)
			})
			if kind := school.KindOf(err); kind == school.Conflict {
				continue // there already, or the version it has
			}
			fail(err)
			_, err = s.Apply(ctx, x.admin, plan.ID, 0, nil)
			fail(err)
			done[c.Kind]++
			after, marks := all()
			for id, f := range after {
				if got := standing(f); got != want[id] {
					t.Fatalf("step %d, %s: device %d\ngot  %s\nwant %s", step, c.Kind, slices.Index(devices, id), got, want[id])
				}
				if standing(f) != standing(before[id]) {
					if marks[id] == gens[id] {
						t.Errorf("step %d, %s: device %d changed and was not marked", step, c.Kind, slices.Index(devices, id))
					}
					if !slices.Contains(plan.Preview.Groups[0].Devices, id) {
						t.Errorf("step %d, %s: device %d changed and was not in the plan", step, c.Kind, slices.Index(devices, id))
					}
				}
			}
		}
		for _, k := range []school.ChangeKind{school.ChangeAssign, school.ChangeUnassign, school.ChangeVersion, school.ChangeMove, school.ChangeGroup} {
			if done[k] < 5 {
				t.Errorf("the walk did %s only %d times", k, done[k])
			}
		}
	})
}
