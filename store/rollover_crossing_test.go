package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var crossingFacts = append([]string{"rollover_choice", "person_key", "class_key", "contract", "addendum"}, rolloverFacts...)

// crossing is a town in June whose lists of the next year arrive: Mia of the fourth class has an iPad under a contract and goes
// to the other school, where she has another id.
type crossing struct {
	*importer
	now      time.Time
	rollover school.RolloverID
	mia      school.PersonID
	device   school.DeviceID
}

func newCrossing(t *testing.T, engine string) *crossing {
	t.Helper()
	ctx := context.Background()
	c := &crossing{now: time.Date(2027, time.June, 10, 8, 0, 0, 0, time.UTC)}
	s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return c.now }})
	c.importer = newImporter(t, s)
	c.take(c.south, c.read(append(year(6, 2023, "4a"), pupil("Mia", "Muster", "4a", "17"), pupil("Ole", "Weiß", "4a", "18"))...))
	c.take(c.north, c.read(year(6, 2020, "7a")...))
	page, err := s.Persons(ctx, c.by, store.PersonFilter{School: c.south, Text: "Muster"})
	c.mia = must(t, page, err).Rows[0].ID
	c.device = c.devices("Realschule Süd", "F9FX", 1)[0]
	c.enrol(c.device)
	if _, _, err := s.Issue(ctx, c.by, c.mia, c.device); err != nil {
		t.Fatal(err)
	}
	made, _, err := s.PlanContracts(ctx, c.by, c.south, []store.ContractWish{{Person: c.mia}})
	must(t, made, err)
	c.rollover, err = s.SetRollover(ctx, c.by, s.NextYear())
	must(t, c.rollover, err)
	return c
}

// lists are the lists of the next year: the fourth class leaves, Mia and a namesake of nobody are new in the fifth.
func (c *crossing) lists() (south, north school.Roster) {
	south = c.read(year(6, 2024, "4a")...)
	north = c.read(append(year(6, 2020, "8a"), pupil("Mia", "Muster", "5a", "5001"), pupil("Kim", "Neu", "5a", "5002"))...)
	south.Year, north.Year = "2027/28", "2027/28"
	return south, north
}

// says takes a list of the next year over, answering that who is asked for is the same.
func (c *crossing) says(at school.SchoolID, r school.Roster) school.RosterPart {
	c.t.Helper()
	ctx := context.Background()
	run := c.plan(at, r)
	p := c.part(run, 0)
	var answers []store.RosterAnswer
	for _, q := range p.Questions {
		if q.Choice == "" {
			answers = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: q.Options[0].ID})
		}
	}
	if len(answers) > 0 {
		if _, err := c.s.AnswerRoster(ctx, c.by, run.ID, 0, answers); err != nil {
			c.t.Fatal(err)
		}
		p = c.part(run, 0)
	}
	set, err := c.s.ApplyRoster(ctx, c.by, run.ID, 0, p.Typed)
	must(c.t, set, err)
	return p
}

// rolls carries out both schools, in the order in which they are signed and due.
func (c *crossing) rolls(first, second school.SchoolID) {
	c.t.Helper()
	c.now = time.Date(2027, time.August, 2, 8, 0, 0, 0, time.UTC)
	for _, at := range []school.SchoolID{first, second} {
		c.sign(c.rollover, at)
	}
	// Both are signed; what one does must not make the signature of the other void.
	if err := c.s.RunRollovers(context.Background()); err != nil {
		c.t.Fatal(err)
	}
	for _, at := range []school.SchoolID{first, second} {
		if x := c.rolled(c.rollover, at); x.State != "done" {
			c.t.Fatalf("%+v", x)
		}
	}
}

// arrived checks that Mia is in the fifth class of the other school, once, with her iPad.
func (c *crossing) arrived() {
	c.t.Helper()
	ctx := context.Background()
	x, err := c.s.PersonByID(ctx, c.by, c.mia)
	if err != nil || x.School != c.north || x.ClassName != "5a" || x.Archived || x.Device != c.device {
		c.t.Errorf("%+v %v", x, err)
	}
	f, _, err := c.s.DeviceFacts(ctx, c.by, c.device)
	if must(c.t, f, err); f.Device.School != c.north {
		c.t.Errorf("the iPad stayed at %s", f.Device.School)
	}
	if n, err := c.s.Number(ctx, `SELECT count(*) FROM person WHERE family = 'Muster'`); err != nil || n != 1 {
		c.t.Errorf("%d of them, %v", n, err)
	}
	if n, err := c.s.Number(ctx, `SELECT count(*) FROM contract WHERE person_id = $1 AND school_id = $2`, string(c.mia), string(c.north)); err != nil || n != 1 {
		c.t.Errorf("%d contracts went along, %v", n, err)
	}
	if n, err := c.s.Number(ctx, `SELECT count(*) FROM device_order`); err != nil || n != 0 {
		c.t.Errorf("%d orders, %v: nothing is wiped", n, err)
	}
}

// Whichever school's list comes first: who goes from one to the other neither leaves nor is new; both plans say so; the iPad
// goes along when the new school rolls over, before or after the old one; and all of it can be undone.
func TestMUC05_ThroughTheTurnOfAYearToAnotherSchool(t *testing.T) {
	for i, engine := range slices.Concat(storetest.Engines, storetest.Engines) {
		t.Run(fmt.Sprint(engine, i), func(t *testing.T) {
			c := newCrossing(t, engine)
			ctx := context.Background()
			south, north := c.lists()
			before, err := c.s.Dump(ctx, crossingFacts...)
			must(t, before, err)
			var there school.RosterPart
			if i < len(storetest.Engines) {
				c.says(c.south, south)
				there = c.says(c.north, north)
			} else {
				there = c.says(c.north, north)
				here := c.says(c.south, south)
				if got := lines(here, school.RosterElsewhere); !slices.Equal(got, []string{"Muster, Mia: 4a > Gymnasium Nord"}) || here.Counts[school.RosterLeaves] != 7 {
					t.Errorf("the school she leaves: %v %+v", got, here.Counts)
				}
			}
			if got := lines(there, school.RosterArrives); !slices.Equal(got, []string{"Muster, Mia: Realschule Süd > 5a"}) || there.Counts[school.RosterNew] != 1 {
				t.Errorf("the school she comes to: %v %+v", got, there.Counts)
			}
			if n := c.rolled(c.rollover, c.south).Counts; n.Goes != 1 || n.Leavers != 7 {
				t.Errorf("%+v", n)
			}
			if n := c.rolled(c.rollover, c.north).Counts; n.Comes != 1 {
				t.Errorf("%+v", n)
			}
			if got := c.classesIn(c.north, 2027)["5a"]; !slices.Equal(got, []string{"Muster, Mia", "Neu, Kim"}) {
				t.Errorf("the class of the next year: %v", got)
			}
			if got := c.classesIn(c.south, 2027)["4a"]; slices.Contains(got, "Muster, Mia") {
				t.Errorf("the class she leaves: %v", got)
			}
			if x, err := c.s.PersonByID(ctx, c.by, c.mia); err != nil || x.School != c.south || x.ClassName != "4a" {
				t.Errorf("today: %+v %v", x, err)
			}
			if again := c.says(c.north, north); again.Open != 0 || again.Counts[school.RosterNew] != 0 {
				t.Errorf("the same list once more: %+v", again)
			}
			planned, err := c.s.Dump(ctx, crossingFacts...)
			must(t, planned, err)
			first, second := c.south, c.north
			if i%2 == 1 {
				first, second = second, first
			}
			c.rolls(first, second)
			c.arrived()
			for _, at := range []school.SchoolID{second, first} {
				if _, err := c.s.Undo(ctx, c.by, c.rolled(c.rollover, at).Result); err != nil {
					t.Fatal(err)
				}
			}
			after, err := c.s.Dump(ctx, crossingFacts...)
			if diff := cmp.Diff(planned, after); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}

// One file of all schools says it without a question, and in either order of its parts.
func TestMUC05_OneFileOfBothSchools(t *testing.T) {
	for i, engine := range storetest.Engines {
		t.Run(engine, func(t *testing.T) {
			now := time.Date(2027, time.June, 10, 8, 0, 0, 0, time.UTC)
			s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return now }})
			ctx := context.Background()
			d := newImporter(t, s)
			file := func(south, north []string, year string) school.Roster {
				a, b := d.read(south...).Schools[0], d.read(north...).Schools[0]
				a.Number, b.Number = "Realschule Süd", "Gymnasium Nord"
				return school.Roster{Year: year, Schools: []school.RosterSchool{a, b}}
			}
			d.take("", file(append(year(5, 2023, "4a"), pupil("Mia", "Muster", "4a", "17")), year(6, 2020, "7a"), ""))
			id, err := s.SetRollover(ctx, d.by, s.NextYear())
			must(t, id, err)
			run := d.plan("", file(year(6, 2024, "4a"), append(year(6, 2020, "8a"), pupil("Mia", "Muster", "5a", "17")), "2027/28"))
			for _, n := range [][]int{{0, 1}, {1, 0}}[i] {
				p := d.part(run, n)
				if p.Open > 0 || p.Counts[school.RosterElsewhere]+p.Counts[school.RosterArrives] != 1 {
					t.Errorf("part %d: %+v", n, p.Counts)
				}
				if _, err := s.ApplyRoster(ctx, d.by, run.ID, n, p.Typed); err != nil {
					t.Fatal(n, err)
				}
			}
			d.sign(id, d.south)
			d.sign(id, d.north)
			now = time.Date(2027, time.August, 2, 8, 0, 0, 0, time.UTC)
			if err := s.RunRollovers(ctx); err != nil {
				t.Fatal(err)
			}
			if got := d.classes(d.north); got["Muster, Mia"] != "5a" {
				t.Errorf("%v", got)
			}
			if got := d.classes(d.south); got["Muster, Mia"] != "" {
				t.Errorf("%v", got)
			}
		})
	}
}

// By hand somebody is sent to another school, called back, and sent by who looks after both alone.
func TestMUC05_SentToAnotherSchoolByHand(t *testing.T) {
	eachSummer(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d, id := rolling(t, s)
		lena := d.pupil(d.north, d.class(d.north, "7a"), "Lena", "Muster")
		d.class(d.south, "7b")
		_, err := s.SendRollover(ctx, d.clerk(school.SchoolAdmin, d.north), id, d.north, lena, d.south, "8b")
		wants(t, "one school alone", err, school.NotFound, "")
		_, err = s.SendRollover(ctx, d.by, id, d.north, lena, d.north, "8b")
		wants(t, "to where she is", err, school.Invalid, "transfer_there")
		before, err := s.Dump(ctx, "rollover_choice")
		must(t, before, err)
		set, err := s.SendRollover(ctx, d.by, id, d.north, lena, d.south, "8b")
		must(t, set, err)
		if x, y := d.rolled(id, d.north).Counts, d.rolled(id, d.south).Counts; x.Goes != 1 || y.Comes != 1 || y.Without != 1 {
			t.Errorf("%+v %+v", x, y)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if after, err := s.Dump(ctx, "rollover_choice"); err != nil || cmp.Diff(before, after) != "" {
			t.Error(err, cmp.Diff(before, after))
		}
		if _, err := s.SendRollover(ctx, d.by, id, d.north, lena, d.south, "8b"); err != nil {
			t.Fatal(err)
		}
		d.sign(id, d.south)
		_, err = s.ChooseRollover(ctx, d.clerk(school.SchoolAdmin, d.north), id, d.north, nil, map[school.PersonID]string{lena: "8a"})
		wants(t, "called back by one school alone", err, school.Conflict, "rollover_both")
		if x := d.rolled(id, d.south); x.State != "signed" {
			t.Errorf("the other school's signature is gone: %+v", x)
		}
		if _, err := s.ChooseRollover(ctx, d.by, id, d.north, nil, map[school.PersonID]string{lena: "-"}); err != nil {
			t.Fatal(err)
		}
		if x, y := d.rolled(id, d.north).Counts, d.rolled(id, d.south).Counts; x.Goes != 0 || y.Comes != 0 {
			t.Errorf("called back: %+v %+v", x, y)
		}
		if _, err := s.SendRollover(ctx, d.by, id, d.north, lena, d.south, "8b"); err != nil {
			t.Fatal(err)
		}
		d.sign(id, d.south)
		if err := s.RunRollovers(ctx); err != nil {
			t.Fatal(err)
		}
		if x, err := s.PersonByID(ctx, d.by, lena); err != nil || x.School != d.south || x.ClassName != "8b" {
			t.Errorf("%+v %v", x, err)
		}
	})
}

// A pupil of whom a list without ids knows another name by now is asked for, and is not somebody who left and somebody new.
func TestFX10_AnotherNameWithoutAnID(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newImporter(t, s)
		d.take(d.north, d.read(pupil("Lena", "Muster", "7a", ""), pupil("Tom", "Weiß", "7a", ""), pupil("Ida", "Probe", "7a", "")))
		file := d.read(pupil("Lena", "Anders", "7a", ""), pupil("Tom", "Weiß", "7a", ""), pupil("Ida", "Probe", "7a", ""))
		run := d.plan(d.north, file)
		p := d.part(run, 0)
		if p.Open != 1 || p.Questions[0].Kind != school.AskChanged || p.Counts[school.RosterLeaves]+p.Counts[school.RosterNew] != 0 {
			t.Fatalf("%+v %+v", p.Questions, p.Counts)
		}
		q := p.Questions[0]
		if _, err := s.AnswerRoster(ctx, d.by, run.ID, 0, []store.RosterAnswer{{Kind: q.Kind, Subject: q.Subject, Choice: q.Options[0].ID}}); err != nil {
			t.Fatal(err)
		}
		if p = d.part(run, 0); !slices.Equal(lines(p, school.RosterRenamed), []string{"Anders, Lena: Muster, Lena > Anders, Lena"}) || p.Changes != 1 {
			t.Errorf("%+v", p.Items)
		}
		if _, err := s.ApplyRoster(ctx, d.by, run.ID, 0, p.Typed); err != nil {
			t.Fatal(err)
		}
		if again := d.part(d.plan(d.north, file), 0); again.Changes+again.Open != 0 {
			t.Errorf("again: %+v", again)
		}
		// Somebody else of that class is somebody else.
		other := d.plan(d.north, d.read(pupil("Lena", "Anders", "7a", ""), pupil("Tom", "Schwarz", "7a", ""), pupil("Ida", "Probe", "7a", "")))
		q = d.part(other, 0).Questions[0]
		if _, err := s.AnswerRoster(ctx, d.by, other.ID, 0, []store.RosterAnswer{{Kind: q.Kind, Subject: q.Subject, Choice: school.ChooseNew}}); err != nil {
			t.Fatal(err)
		}
		if p := d.part(other, 0); p.Open != 0 || p.Counts[school.RosterLeaves] != 1 || p.Counts[school.RosterNew] != 1 {
			t.Errorf("%+v", p.Counts)
		}
	})
}
