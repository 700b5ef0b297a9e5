package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var rolloverFacts = []string{"person", "membership", "class", "place", "device", "holding", "device_state"}

// rolling is a town in which a roll-over is on, due at once.
func rolling(t testing.TB, s *store.Store) (*town, school.RolloverID) {
	t.Helper()
	d := newTown(t, s)
	id, err := s.SetRollover(context.Background(), d.by, s.Now().Add(-time.Hour))
	return d, must(t, id, err)
}

func (d *town) sign(id school.RolloverID, at school.SchoolID) store.RolloverPart {
	d.t.Helper()
	ctx := context.Background()
	p, err := d.s.RolloverPart(ctx, d.by, id, at)
	must(d.t, p, err)
	if err := d.s.SignRollover(ctx, d.by, id, at, p.Hash, p.Now.Typed()); err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *town) rolled(id school.RolloverID, at school.SchoolID) store.RolloverSchool {
	d.t.Helper()
	all, err := d.s.RolloverSchools(context.Background(), d.by, id)
	for _, x := range must(d.t, all, err) {
		if x.School == at {
			return x
		}
	}
	d.t.Fatal("no such school")
	return store.RolloverSchool{}
}

func TestMUC05_ASchoolRollsOverAndBack(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, id := rolling(t, s)
		a, b, last := d.class(d.north, "7a"), d.class(d.north, "8a"), d.class(d.north, "13a")
		lena, tom := d.pupil(d.north, a, "Lena", "Muster"), d.pupil(d.north, b, "Tom", "Beispiel")
		gone, free := d.pupil(d.north, last, "Ida", "Probe"), d.pupil(d.north, last, "Uwe", "Probe")
		repeats := d.pupil(d.north, b, "Eva", "Muster")
		d.pupil(d.north, "", "Kim", "Neu")
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		d.enrol(ids...)
		for i, p := range []school.PersonID{lena, tom, gone} {
			if _, _, err := s.Issue(ctx, d.by, p, ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.PlanPerson(ctx, d.by, ids[3], free); err != nil {
			t.Fatal(err)
		}
		profile, _ := published(t, s, d.by, "", "WLAN")
		for _, c := range []school.ClassID{a, b, last} {
			plan, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeAssign, Assignment: give(profile, school.Scope{Level: school.AtClass, ID: string(c)})}, previewed)
			must(t, plan, err)
			if _, err := s.Apply(ctx, d.by, plan.ID, 0, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.ChooseRollover(ctx, d.by, id, d.north, nil, map[school.PersonID]string{repeats: "8a"}); err != nil {
			t.Fatal(err)
		}
		wanted := func() (out []string) {
			for _, x := range ids[:3] { // of those who hold one
				f, _, _, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(x)))
				must(t, f, err)
				for _, i := range mdm.Desired(f).Items {
					out = append(out, fmt.Sprint(x, i.Key, i.Hash))
				}
			}
			if len(out) < 3 {
				t.Fatal("nothing is wanted: the test looks at nothing")
			}
			return out
		}
		wants := wanted()
		before, err := s.Dump(ctx, rolloverFacts...)
		must(t, before, err)
		p := d.sign(id, d.north)
		if n := p.Now; n != (school.RolloverCounts{People: 6, Renamed: 2, Moves: 1, Leavers: 2, Held: 1, Without: 2, Unclass: 1, Planned: 1}) {
			t.Errorf("%+v", n)
		}
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		x := d.rolled(id, d.north)
		if x.State != "done" || x.Result == "" {
			t.Fatalf("%+v", x)
		}
		for c, want := range map[school.ClassID]string{a: "8a", b: "9a"} {
			if got, err := s.ClassByID(ctx, d.by, c); err != nil || got.Name != want || got.Grade != want[:1] || got.People != map[string]int{"8a": 2, "9a": 1}[want] {
				t.Errorf("%+v %v", got, err)
			}
		}
		if got, err := s.PersonByID(ctx, d.by, gone); err != nil || !got.Archived || got.Devices != 1 {
			t.Errorf("%+v %v", got, err)
		}
		// Nothing is sent: neither because a class is called otherwise nor because one is missing.
		if diff := cmp.Diff(wants, wanted()); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Number(ctx, `SELECT (SELECT count(*) FROM device_order) + (SELECT count(*) FROM command) + (SELECT count(*) FROM target WHERE push_due IS NOT NULL)`); err != nil || n != 0 {
			t.Errorf("%d orders, commands and pushes, %v", n, err)
		}
		if err := s.SignRollover(ctx, d.by, id, d.north, p.Hash, 2); codeOf(err) != "rollover_done" {
			t.Errorf("signed after it was done: %v", err)
		}
		if _, err := s.Undo(ctx, d.by, x.Result); err != nil {
			t.Fatal(err)
		}
		after, err := s.Dump(ctx, rolloverFacts...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if x := d.rolled(id, d.north); x.State != "undone" {
			t.Errorf("%+v", x)
		}
		d.sign(id, d.north) // and once more
		if err := s.RunRollovers(ctx); err != nil || d.rolled(id, d.north).State != "done" {
			t.Errorf("%v", err)
		}
	})
}

func TestMUC05_WhatMovedIsSignedAnew(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, id := rolling(t, s)
		last := d.class(d.north, "13a")
		for _, n := range []string{"Ida", "Uwe"} {
			d.pupil(d.north, last, n, "Probe")
		}
		d.pupil(d.south, d.class(d.south, "5a"), "Tom", "Beispiel")
		p, err := s.RolloverPart(ctx, d.by, id, d.north)
		must(t, p, err)
		if err := s.SignRollover(ctx, d.by, id, d.north, p.Hash, 1); codeOf(err) != "rollover_number" {
			t.Errorf("signed with another number: %v", err)
		}
		if err := s.SignRollover(ctx, d.by, id, d.north, "otherwise", 2); codeOf(err) != "rollover_moved" {
			t.Errorf("signed unseen: %v", err)
		}
		d.sign(id, d.north)
		d.sign(id, d.south)
		d.pupil(d.north, last, "Eva", "Spät")
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		if x := d.rolled(id, d.north); x.State != "open" || !x.Moved {
			t.Errorf("%+v", x)
		}
		if x := d.rolled(id, d.south); x.State != "done" { // another school waits for nobody
			t.Errorf("%+v", x)
		}
		d.sign(id, d.north)
		if err := s.WithdrawRollover(ctx, d.by, id, d.north); err != nil {
			t.Fatal(err)
		}
		if due, err := s.RolloverDue(ctx); due || err != nil {
			t.Errorf("%v %v", due, err)
		}
		clerk := d.clerk(school.SchoolAdmin, d.south)
		if _, err := s.RolloverPart(ctx, clerk, id, d.north); school.KindOf(err) != school.NotFound {
			t.Errorf("another school is looked at: %v", err)
		}
		if err := s.SignRollover(ctx, clerk, id, d.north, p.Hash, 2); school.KindOf(err) != school.NotFound {
			t.Errorf("another school is signed for: %v", err)
		}
		if _, err := s.SetRollover(ctx, clerk, s.Now()); err == nil {
			t.Error("a school sets the date")
		}
		if all, err := s.RolloverSchools(ctx, clerk, id); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// A server that dies between two schools, or while it is at one, leaves each either done or not begun.
func TestMUC05_AServerDiesBetweenSchools(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		d, id := rolling(t, s)
		for _, at := range []school.SchoolID{d.north, d.south} {
			d.pupil(at, d.class(at, "5a"), "Tom", "Beispiel")
			d.sign(id, at)
		}
		ctx := context.Background()
		dead, die := context.WithCancel(ctx)
		die()
		if err := s.RollOver(dead, d.by.Tenant, id, d.north); err == nil {
			t.Fatal("nobody died")
		}
		for range 2 { // who comes second finds it done
			if err := s.RollOver(ctx, d.by.Tenant, id, d.north); err != nil {
				t.Fatal(err)
			}
		}
		states := map[string]int{}
		for _, at := range []school.SchoolID{d.north, d.south} {
			states[d.rolled(id, at).State]++
		}
		if diff := cmp.Diff(map[string]int{"done": 1, "signed": 1}, states); diff != "" {
			t.Error(diff)
		}
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		for _, at := range []school.SchoolID{d.north, d.south} {
			if x := d.rolled(id, at); x.State != "done" {
				t.Errorf("%+v", x)
			}
		}
		if n, err := s.Number(context.Background(), `SELECT count(*) FROM change_set WHERE event = 'rollover.done'`); err != nil || n != 2 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// Whatever a roll-over did, undone it never was.
func TestMUC05_UndoneARolloverNeverWas(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: inSummer})
		d, id := rolling(t, s)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			d.north = d.school(fmt.Sprint("Schule ", n))
			names := []string{"5a", "5b", "6a", "7a", "10a", "EF", "Q1", "Q2"}
			classes, people := map[school.ClassID]string{}, map[school.PersonID]string{}
			for _, n := range names {
				if !rapid.Bool().Draw(rt, n) {
					continue
				}
				c := d.class(d.north, n)
				if rapid.IntRange(0, 2).Draw(rt, "by hand") == 0 {
					classes[c] = rapid.SampledFrom(append(names, "", "6b", "x")).Draw(rt, "to")
				}
				for i := range rapid.IntRange(0, 2).Draw(rt, "people") {
					p := d.pupil(d.north, c, fmt.Sprint("Kind", i), "Muster "+n)
					if rapid.IntRange(0, 3).Draw(rt, "alone") == 0 {
						people[p] = rapid.SampledFrom(append(names, "", "8c")).Draw(rt, "goes")
					}
				}
			}
			if _, err := s.ChooseRollover(ctx, d.by, id, d.north, classes, people); err != nil {
				rt.Fatal(err)
			}
			before, err := s.Dump(ctx, rolloverFacts...)
			must(t, before, err)
			p := d.sign(id, d.north)
			if err := s.RunRollovers(ctx); err != nil {
				rt.Fatal(err)
			}
			x := d.rolled(id, d.north)
			if x.State != "done" {
				rt.Fatalf("%+v", x)
			}
			for _, step := range p.Plan.Steps {
				if c, err := s.ClassByID(ctx, d.by, step.Class); step.Does == school.RollsUp && (err != nil || c.Name != step.To) {
					rt.Fatalf("%+v is %+v, %v", step, c, err)
				}
			}
			if x.Result == "" {
				return // nothing to do
			}
			if _, err := s.Undo(ctx, d.by, x.Result); err != nil {
				rt.Fatal(err)
			}
			after, err := s.Dump(ctx, rolloverFacts...)
			if diff := cmp.Diff(before, after); err != nil || diff != "" {
				rt.Fatal(err, diff)
			}
		})
	})
}

func inSummer() time.Time { return time.Date(2026, time.August, 3, 10, 0, 0, 0, time.UTC) }

func eachSummer(t *testing.T, fn func(t *testing.T, s *store.Store)) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		fn(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Now: inSummer}))
	})
}

func TestMUC05_APupilChangesSchoolsWithTheDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.south, "7b")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		if _, _, err := s.Issue(ctx, d.by, lena, ids[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanPerson(ctx, d.by, ids[1], lena); err != nil {
			t.Fatal(err)
		}
		for _, scope := range []school.Scope{{Level: school.AtAuthority, ID: string(d.by.Tenant)}, {Level: school.AtSchool, ID: string(d.north)}, {Level: school.AtClass, ID: string(b)}} {
			profile, _ := published(t, s, d.by, "", fmt.Sprint("Profil ", scope.Level))
			plan, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeAssign, Assignment: give(profile, scope)}, previewed)
			must(t, plan, err)
			if _, err := s.Apply(ctx, d.by, plan.ID, 0, nil); err != nil {
				t.Fatal(err)
			}
		}
		change := school.Change{Kind: school.ChangeMove, Person: lena, To: school.Placement{School: d.south, Class: b}}
		for _, at := range []school.SchoolID{d.north, d.south} {
			if _, err := s.Plan(ctx, d.clerk(school.SchoolAdmin, at), change, mdm.Preview); err == nil {
				t.Error("one school alone decides")
			}
		}
		before, err := s.Dump(ctx, rolloverFacts...)
		must(t, before, err)
		plan, err := s.Plan(ctx, d.by, change, mdm.Preview)
		must(t, plan, err)
		if plan.Preview.Total != 1 {
			t.Errorf("%+v", plan.Preview)
		}
		facts, _, err := s.DeviceFacts(ctx, d.by, ids[0])
		must(t, facts, err)
		think := plan.Change
		think.OwnClass = nil
		set, err := s.Apply(ctx, d.by, plan.ID, 0, mdm.Preview)
		must(t, set, err)
		x, err := s.PersonByID(ctx, d.by, lena)
		if err != nil || x.School != d.south || x.Class != b || x.Device != ids[0] {
			t.Errorf("%+v %v", x, err)
		}
		got, _, err := s.DeviceFacts(ctx, d.by, ids[0])
		must(t, got, err)
		if got.Device.School != d.south || got.Place.Class != b {
			t.Errorf("%+v", got.Place)
		}
		named := func(f school.Facts) (out []string) {
			for _, a := range f.Assigned {
				out = append(out, string(a.ID))
			}
			return out
		}
		if len(named(got)) != 2 || len(named(facts)) != 2 || got.Assigned[0].ID != facts.Assigned[0].ID {
			t.Errorf("before %v, after %v", named(facts), named(got)) // what holds for the authority stays
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM device_order`); err != nil || n != 0 {
			t.Errorf("%d orders, %v: nothing is wiped", n, err)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		after, err := s.Dump(ctx, rolloverFacts...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if _, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeMove, Person: lena, To: school.Placement{School: d.north}}, mdm.Preview); codeOf(err) != "transfer_there" {
			t.Errorf("to where she is: %v", err)
		}
	})
}
