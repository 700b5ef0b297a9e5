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

// A list of the next year arrives in June: it decides what becomes of every class and announces who is new. The classes of
// today, devices and people stay; in August the school rolls over into exactly what the list said.
func TestFX13_MUC07_AListOfTheNextYearIsAProposal(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		now := time.Date(2027, time.June, 10, 8, 0, 0, 0, time.UTC)
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }})
		ctx := context.Background()
		d := newImporter(t, s)
		present := append(append(year(6, 2017, "10a"), year(6, 2020, "7a")...), pupil("Lena", "Muster", "7a", "L"), pupil("Tom", "Weiß", "10a", "T"))
		d.take(d.north, d.read(present...))
		hand := d.pupil(d.north, "", "Ida", "Vonhand")
		next := d.read(append(year(6, 2020, "8a"), pupil("Lena", "Anders", "8b", "L"), pupil("Tom", "Weiß", "10a", "T"), pupil("Neu", "Kim", "5a", "K"))...)
		next.Year = "2027/28"
		run, err := s.BringRoster(ctx, d.by, store.NewRoster{Source: d.source, School: d.north, File: "liste.csv", Data: []byte("liste")})
		if _, err := s.PlanRoster(ctx, d.by, must(t, run, err), next); codeOf(err) != "roster_year" {
			t.Fatalf("nobody prepared the next year: %v", err)
		}
		id, err := s.SetRollover(ctx, d.by, s.NextYear())
		must(t, id, err)
		before, err := s.Dump(ctx, append([]string{"rollover_choice", "person_key", "class_key"}, rolloverFacts...)...)
		must(t, before, err)
		today := d.classes(d.north)
		p, set := d.take(d.north, next)
		for _, does := range []school.RosterDoes{school.RosterRenamed, school.RosterChanged} {
			if got := lines(p, does); len(got) > 0 {
				t.Errorf("%s of the present: %v", does, got)
			}
		}
		today["Kim, Neu"] = "" // is there, and in no class
		if diff := cmp.Diff(today, d.classes(d.north)); diff != "" {
			t.Error(diff)
		}
		got := map[string]int{}
		for name, people := range d.classesIn(d.north, 2027) {
			got[name] = len(people)
		}
		want := map[string]int{"5a": 1, "8a": 6, "8b": 1, "10a": 1, "": 1} // and Ida, of whom it says nothing
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if x := d.rolled(id, d.north); x.State != "checked" || x.Counts.Leavers != 6 {
			t.Errorf("%+v", x)
		}
		if again := d.plan(d.north, next); again.Parts[0].Counts[school.RosterNew] != 0 || again.Parts[0].Counts[school.RosterLeaves] != 6 {
			t.Errorf("the same list once more: %+v", again.Parts[0].Counts)
		}
		kim, err := s.Persons(ctx, d.by, store.PersonFilter{School: d.north, Text: "Kim"})
		must(t, kim, err)
		moved, err := s.ChangePerson(ctx, d.by, school.Person{ID: kim.Rows[0].ID, School: d.south, Kind: school.Pupil, Given: "Neu", Family: "Kim"})
		must(t, moved, err)
		if n, err := s.Number(ctx, `SELECT count(*) FROM membership WHERE person_id = $1`, string(kim.Rows[0].ID)); err != nil || n != 0 {
			t.Errorf("goes elsewhere and is still announced: %d, %v", n, err)
		}
		if _, err := s.Undo(ctx, d.by, moved); err != nil {
			t.Fatal(err)
		}
		// A list of the running year does not know who is only announced, and nobody leaves for that.
		if running := d.plan(d.north, d.read(present...)); running.Parts[0].Changes != 0 {
			t.Errorf("%+v", running.Parts[0].Counts)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		after, err := s.Dump(ctx, append([]string{"rollover_choice", "person_key", "class_key"}, rolloverFacts...)...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}
		_, _ = d.take(d.north, next)
		d.sign(id, d.north)
		now = time.Date(2027, time.August, 2, 8, 0, 0, 0, time.UTC)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		is := d.classes(d.north)
		for name, class := range map[string]string{"Muster, Lena": "8b", "Weiß, Tom": "10a", "Kim, Neu": "5a", "Vonhand, Ida": "", "Jahr2020a, Kind A": "8a"} {
			if is[name] != class {
				t.Errorf("%s is in %q, not in %q", name, is[name], class)
			}
		}
		if x, err := s.PersonByID(ctx, d.by, hand); err != nil || x.Archived {
			t.Errorf("%+v %v", x, err)
		}
		next.Year = "2027/28" // now the list of the running year: what it left out before
		last := d.plan(d.north, next)
		if c := last.Parts[0].Counts; c[school.RosterRenamed] != 1 || c[school.RosterNew]+c[school.RosterLeaves]+c[school.RosterMoves] != 0 {
			t.Errorf("after the change: %+v", c)
		}
	})
}

// A school that rolled over before the year began is in that year: its list is taken over as it stands.
func TestMUC07_AListOfTheYearASchoolIsInAlready(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return time.Date(2027, time.July, 20, 8, 0, 0, 0, time.UTC) }})
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Lena", "Muster", "7a", "L")))
		id, err := s.SetRollover(ctx, d.by, s.Now().Add(-time.Hour))
		must(t, id, err)
		d.sign(id, d.north)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		r := d.read(pupil("Lena", "Muster", "8a", "L"), pupil("Neu", "Kim", "8a", "K"))
		r.Year = "2027/28"
		d.take(d.north, r)
		if diff := cmp.Diff(map[string]string{"Muster, Lena": "8a", "Kim, Neu": "8a"}, d.classes(d.north)); diff != "" {
			t.Error(diff)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM membership m JOIN school_year y ON y.id = m.school_year_id WHERE y.name = '2027/28'`); err != nil || n != 1 {
			t.Errorf("%d memberships of the new year, %v", n, err)
		}
	})
}
