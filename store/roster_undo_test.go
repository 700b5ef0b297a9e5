package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// rosterFacts are the tables a roster may write, and where devices stand by them.
var rosterFacts = []string{"person", "membership", "class", "school_group", "person_key", "class_key", "device", "holding", "device_state"}

// Whatever a roster did, undone it never was.
func TestFX13_UndoneItNeverWas(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		d := newImporter(t, storetest.Open(t, storetest.URL(t, engine), store.Options{}))
		devices := d.devices("Gymnasium Nord", "F9FX", 3)
		names := []string{"Lena", "Tom", "Ada", "Ben", "Ida", "Uwe", "Eva", "Kim"}
		rapid.Check(t, func(t *rapid.T) {
			var r school.RosterSchool
			r.Partial = rapid.Bool().Draw(t, "partial")
			for _, c := range []string{"5a", "5b", "6a"} {
				id := ""
				if rapid.Bool().Draw(t, "class id") {
					id = rapid.SampledFrom([]string{"k1", "k2", "k3"}).Draw(t, "class")
				}
				if !slices.ContainsFunc(r.Classes, func(x school.RosterClass) bool { return id != "" && x.ID == id }) {
					r.Classes = append(r.Classes, school.RosterClass{ID: id, Name: c, Grade: c[:1]})
				}
			}
			r.Classes = append(r.Classes, school.RosterClass{Name: "Chor", Course: true})
			seen := map[string]bool{}
			for i, n := 0, rapid.IntRange(1, 10).Draw(t, "people"); i < n; i++ {
				p := school.RosterPerson{Row: i + 2, Kind: school.Pupil, Given: rapid.SampledFrom(names).Draw(t, "given"), Family: rapid.SampledFrom(names).Draw(t, "family")}
				if id := rapid.IntRange(0, 12).Draw(t, "id"); id > 0 {
					p.ID = fmt.Sprint(id)
				}
				if seen[p.ID] && p.ID != "" {
					continue
				}
				seen[p.ID] = true
				if c := rapid.IntRange(0, len(r.Classes)-1).Draw(t, "class of"); rapid.Bool().Draw(t, "classed") {
					p.Classes = []string{r.Classes[c].Name}
				}
				if rapid.IntRange(0, 4).Draw(t, "teacher") == 0 {
					p.Kind, p.Teaches, p.Classes = school.Teacher, p.Classes, nil
				}
				r.People = append(r.People, p)
			}
			run := d.plan(d.north, school.Roster{Schools: []school.RosterSchool{r}})
			for range 3 { // answers may lead to further questions
				var answers []store.RosterAnswer
				for _, q := range d.part(run, 0).Questions {
					if q.Choice != "" {
						continue
					}
					choice := school.ChooseNew
					if len(q.Options) > 0 && rapid.Bool().Draw(t, "known") {
						choice = q.Options[rapid.IntRange(0, len(q.Options)-1).Draw(t, "who")].ID
					}
					answers = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: choice})
				}
				if len(answers) > 0 {
					if _, err := d.s.AnswerRoster(ctx, d.by, run.ID, 0, answers); err != nil {
						t.Fatal(err)
					}
				}
			}
			p := d.part(run, 0)
			before, err := d.s.Dump(ctx, rosterFacts...)
			if err != nil {
				t.Fatal(err)
			}
			set, err := d.s.ApplyRoster(ctx, d.by, run.ID, 0, p.Typed)
			if err != nil {
				t.Fatalf("%v %+v", err, p)
			}
			if set == "" {
				if p.Changes > 0 {
					t.Fatalf("%d changes and no change set", p.Changes)
				}
				return
			}
			if p.Changes == 0 {
				t.Fatalf("no changes and a change set: %+v", p)
			}
			if rapid.Bool().Draw(t, "stays") { // go on from there
				again := d.part(d.plan(d.north, school.Roster{Schools: []school.RosterSchool{r}}), 0)
				if again.Changes != 0 && again.Open == 0 && len(again.Questions) == 0 {
					t.Fatalf("the same again changes %d: %+v", again.Changes, again.Items)
				}
				if page, err := d.s.Persons(ctx, d.by, store.PersonFilter{Without: true, Limit: 1}); err == nil && len(page.Rows) == 1 {
					_, _, _ = d.s.Issue(ctx, d.by, page.Rows[0].ID, devices[rapid.IntRange(0, 2).Draw(t, "device")]) // it may be held
				}
				return
			}
			if _, err := d.s.Undo(ctx, d.by, set); err != nil {
				t.Fatal(err)
			}
			after, err := d.s.Dump(ctx, rosterFacts...)
			if diff := cmp.Diff(before, after); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
		})
	})
}

// A class that is called otherwise is the same class: nothing is wanted of any device that was not wanted before.
func TestFX13_ARenamedClassSendsNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := func(class string) school.Roster { return d.read(year(6, 2026, class)...) }
		d.take(d.north, file("7a"))
		page, err := s.Persons(ctx, d.by, store.PersonFilter{School: d.north})
		if err != nil {
			t.Fatal(err)
		}
		ids := d.devices("Gymnasium Nord", "F9FX", 6)
		d.enrol(ids...)
		for i, p := range page.Rows {
			if _, _, err := s.Issue(ctx, d.by, p.ID, ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		profile, _ := published(t, s, d.by, "", "WLAN")
		plan, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeAssign, Assignment: give(profile, school.Scope{Level: school.AtClass, ID: string(page.Rows[0].Class)})}, previewed)
		if err == nil {
			_, err = s.Apply(ctx, d.by, plan.ID, 0, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		wanted := func() (out []string) {
			t.Helper()
			for _, id := range ids {
				f, _, _, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)))
				if err != nil {
					t.Fatal(err)
				}
				state := mdm.Desired(f)
				var items []string
				for _, i := range state.Items {
					items = append(items, fmt.Sprintf("%s %s", i.Key, i.Hash))
				}
				if len(items) == 0 {
					t.Fatal("nothing is wanted: the test looks at nothing")
				}
				out = append(out, strings.Join(items, " "))
			}
			return out
		}
		before := wanted()
		p, _ := d.take(d.north, file("8a"))
		if p.Counts[school.RosterClassAs] != 1 || p.Changes != 1 {
			t.Fatalf("%+v", p.Items)
		}
		if diff := cmp.Diff(before, wanted()); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM device_order`); err != nil || n != 0 {
			t.Errorf("%d orders, %v", n, err)
		}
	})
}

// A class of the file that was said to be another of ours stays that, however many come from there.
func TestFX13_AClassThatIsAnotherStaysThat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		file := func(classes ...string) school.Roster { // of each pupil
			r := school.RosterSchool{Classes: []school.RosterClass{{Name: "5b", Grade: "5"}, {Name: "6a", Grade: "6"}}}
			for i, c := range classes {
				r.People = append(r.People, school.RosterPerson{Row: i + 2, ID: fmt.Sprint(i + 1), Kind: school.Pupil, Given: "Kind", Family: fmt.Sprint("Muster", i+1), Classes: []string{c}})
			}
			return school.Roster{Schools: []school.RosterSchool{r}}
		}
		begin := file("5b")
		begin.Schools[0].Classes = begin.Schools[0].Classes[:1]
		d.take(d.north, begin)
		again := file("5b", "6a", "6a", "6a", "6a")
		run := d.plan(d.north, again)
		var answers []store.RosterAnswer
		for _, q := range d.part(run, 0).Questions {
			if q.Kind == school.AskClass {
				answers = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: q.Options[0].ID})
			}
		}
		if len(answers) != 1 {
			t.Fatalf("%d classes are asked about", len(answers))
		}
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, answers); err != nil {
			t.Fatal(err)
		}
		p := d.part(run, 0)
		if set, err := s.ApplyRoster(ctx, d.by, run.ID, 0, p.Typed); err != nil || set == "" {
			t.Fatal(set, err)
		}
		if p := d.part(d.plan(d.north, again), 0); p.Changes != 0 || len(p.Questions) != 1 {
			t.Errorf("the same again changes %d: %+v", p.Changes, p.Items)
		}
	})
}
