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

// openYears are the names of the school years that are open at a school, with what they are.
func (d *town) openYears(at school.SchoolID) map[string]school.YearIs {
	d.t.Helper()
	all, err := d.s.OpenYears(context.Background(), d.by, at)
	out := map[string]school.YearIs{}
	for _, y := range must(d.t, all, err) {
		out[y.Name] = y.Is
	}
	return out
}

// classesIn are the classes of a school in a school year, by name: who is in them.
func (d *town) classesIn(at school.SchoolID, year int) map[string][]string {
	d.t.Helper()
	v, err := d.s.SchoolInYear(context.Background(), d.by, at, year)
	out := map[string][]string{}
	for _, c := range must(d.t, v, err).Classes {
		out[c.Name] = nil
		for _, p := range c.People {
			out[c.Name] = append(out[c.Name], p.Name)
		}
	}
	for _, p := range v.Without {
		out[""] = append(out[""], p.Name)
	}
	return out
}

func TestMUC05_TwoSchoolYearsAreOpenFromMayToSeptember(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		now := time.Date(2027, time.March, 1, 8, 0, 0, 0, time.UTC)
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }})
		ctx := context.Background()
		d := newTown(t, s)
		at := func(year int, month time.Month, day int) { now = time.Date(year, month, day, 8, 0, 0, 0, time.UTC) }
		is := func(when string, want map[string]school.YearIs) {
			t.Helper()
			if diff := cmp.Diff(want, d.openYears(d.north)); diff != "" {
				t.Errorf("%s: %s", when, diff)
			}
		}
		is("before anybody entered one", map[string]school.YearIs{"2026/27": school.YearPresent})
		if n, err := s.Number(ctx, `SELECT count(*) FROM school_year`); err != nil || n != 0 {
			t.Errorf("looking made %d school years, %v", n, err)
		}
		a := d.class(d.north, "7a")
		d.pupil(d.north, a, "Lena", "Muster")
		is("in March", map[string]school.YearIs{"2026/27": school.YearPresent})
		if _, err := s.SchoolInYear(ctx, d.by, d.north, 2027); school.KindOf(err) != school.NotFound {
			t.Errorf("a year that is not open: %v", err)
		}
		at(2027, time.May, 2)
		is("in May", map[string]school.YearIs{"2026/27": school.YearPresent, "2027/28": school.YearAhead})
		if diff := cmp.Diff(map[string][]string{"8a": {"Muster, Lena"}}, d.classesIn(d.north, 2027)); diff != "" {
			t.Error(diff) // by the rules, although nobody prepared anything
		}
		id, err := s.SetRollover(ctx, d.by, s.NextYear().AddDate(0, 0, -3))
		must(t, id, err)
		is("prepared", map[string]school.YearIs{"2026/27": school.YearPresent, "2027/28": school.YearAhead})
		d.sign(id, d.north)
		at(2027, time.July, 30)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		is("carried out before the year begins", map[string]school.YearIs{"2027/28": school.YearPresent, "2026/27": school.YearPast})
		if diff := cmp.Diff(map[string][]string{"7a": {"Muster, Lena"}}, d.classesIn(d.north, 2026)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]school.YearIs{"2026/27": school.YearPresent, "2027/28": school.YearAhead}, d.openYears(d.south)); diff != "" {
			t.Error(diff) // the next school is not that far
		}
		at(2027, time.September, 20)
		is("in September", map[string]school.YearIs{"2027/28": school.YearPresent, "2026/27": school.YearPast})
		at(2027, time.October, 2)
		is("in October", map[string]school.YearIs{"2027/28": school.YearPresent})
		at(2028, time.June, 1)
		is("in the June after", map[string]school.YearIs{"2027/28": school.YearPresent, "2028/29": school.YearAhead})
	})
}

// What is decided for the next year is seen there and nowhere else: no person, class, membership or device moves.
func TestMUC05_TheNextYearIsDecidedWithoutTouchingThePresent(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, id := rolling(t, s)
		a, b, last := d.class(d.north, "7a"), d.class(d.north, "7b"), d.class(d.north, "13a")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		d.pupil(d.north, b, "Tom", "Beispiel")
		d.pupil(d.north, last, "Ida", "Probe")
		kim := d.pupil(d.north, "", "Kim", "Neu")
		before, err := s.Dump(ctx, rolloverFacts...)
		must(t, before, err)
		set, err := s.ChooseRollover(ctx, d.by, id, d.north, map[school.ClassID]string{b: "8c"}, map[school.PersonID]string{lena: "8c", kim: "5a"})
		must(t, set, err)
		want := map[string][]string{"5a": {"Neu, Kim"}, "8a": nil, "8c": {"Beispiel, Tom", "Muster, Lena"}}
		if diff := cmp.Diff(want, d.classesIn(d.north, 2026)); diff != "" {
			t.Error(diff)
		}
		after, err := s.Dump(ctx, rolloverFacts...)
		if diff := cmp.Diff(before, after); err != nil || diff != "" {
			t.Error(err, diff)
		}
		if x := d.rolled(id, d.north); x.Counts.Moves != 2 || x.State != "checked" { // the board counts what was decided just now
			t.Errorf("%+v", x)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		want = map[string][]string{"": {"Neu, Kim"}, "8a": {"Muster, Lena"}, "8b": {"Beispiel, Tom"}}
		if diff := cmp.Diff(want, d.classesIn(d.north, 2026)); diff != "" {
			t.Error(diff)
		}
		v, err := s.SchoolInYear(ctx, d.clerk(school.Auditor, ""), d.north, 2026)
		for _, c := range must(t, v, err).Classes {
			for _, p := range c.People {
				if v.Names || p.ID != "" || p.Name != "" {
					t.Errorf("named to who may not see people: %+v", p)
				}
			}
		}
		if _, err := s.SchoolInYear(ctx, d.clerk(school.SchoolAdmin, d.south), d.north, 2026); school.KindOf(err) != school.NotFound {
			t.Errorf("another school is looked at: %v", err)
		}
	})
}

// The generation of a device counts up for a name only where something on it shows the name.
func TestMUC05_ARenamedClassWakesNobodyWithoutNeed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.north, "8b")
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		for i, c := range []school.ClassID{a, b} {
			if _, _, err := s.Issue(ctx, d.by, d.pupil(d.north, c, "Lena", string(rune('A'+i))), ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		woken := func(why string, want bool, name, grade string) {
			t.Helper()
			got := d.marked(func() {
				_, err := s.ChangeClass(ctx, d.by, school.Class{ID: a, Name: name, Grade: grade})
				must(t, 0, err)
			}, ids...)
			if got[ids[0]] != want || got[ids[1]] {
				t.Errorf("%s: marked %v", why, got)
			}
		}
		woken("nothing shows it", false, "9a", "9")
		profile, _ := published(t, s, d.by, "", "WLAN")
		assign := func(profile school.ProfileID, scope school.Scope) {
			t.Helper()
			plan, err := s.Plan(ctx, d.by, school.Change{Kind: school.ChangeAssign, Assignment: give(profile, scope)}, previewed)
			must(t, plan, err)
			if _, err := s.Apply(ctx, d.by, plan.ID, 0, nil); err != nil {
				t.Fatal(err)
			}
		}
		assign(profile, school.GradeScope(d.north, "9"))
		woken("only the name", false, "9c", "9")
		woken("it leaves the grade something hangs on", true, "10c", "10")
		woken("from and to grades nothing hangs on", false, "11c", "11")
		woken("it enters the grade", true, "9c", "9")
		shown := content("Raum")
		shown.Variables = []string{"class.name"}
		_, _, _, err := s.CreateProfile(ctx, d.by, school.Profile{Name: "Raum"}, "wifi", shown)
		must(t, 0, err)
		woken("a profile shows the name", true, "9d", "9")
	})
}
