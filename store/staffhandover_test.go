package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// KWH-14: what can be known of a hand-over is derived, what no device reports is said; a school sees its own staff.
func TestKWH14_HandoversOfTheStaff(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		teacher, err := s.CreatePerson(ctx, l.by, school.Person{School: l.north, Kind: school.Teacher, Given: "Thea", Family: "Tafel"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreatePerson(ctx, l.by, school.Person{School: l.south, Kind: school.Staff, Given: "Sven", Family: "Süd", Email: "sven@süd.example"}, ""); err != nil {
			t.Fatal(err)
		}
		desk := l.clerk(school.SchoolAdmin, l.north)
		next := func() school.HandoverStep {
			t.Helper()
			h, err := s.StaffHandover(ctx, desk, teacher)
			return must(t, h, err).Next()
		}
		say := func(step school.HandoverStep, done bool) school.ChangeSetID {
			t.Helper()
			set, err := s.SayHandover(ctx, desk, teacher, step, done)
			return must(t, set, err)
		}
		want := func(step school.HandoverStep) {
			t.Helper()
			if got := next(); got != step {
				t.Errorf("next is %q, want %q", got, step)
			}
		}
		want(school.HandAccount)
		if _, err := s.ChangePerson(ctx, l.by, school.Person{ID: teacher, School: l.north, Kind: school.Teacher, Given: "Thea", Family: "Tafel", Email: "thea@nord.example"}); err != nil {
			t.Fatal(err)
		}
		want(school.HandPrepared)
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], teacher); err != nil {
			t.Fatal(err)
		}
		want(school.HandBriefed)
		set := say(school.HandBriefed, true)
		want(school.HandIssued)
		if _, err := s.Undo(ctx, desk, set); err != nil {
			t.Fatal(err)
		}
		want(school.HandBriefed)
		say(school.HandBriefed, true)
		id := l.out(teacher, l.asset(l.ipads[0]))
		want(school.HandIssued) // not signed
		if _, err := s.SignContract(ctx, desk, id, school.ByPaper); err != nil {
			t.Fatal(err)
		}
		want(school.HandMail)
		*now = now.Add(time.Hour)
		say(school.HandMail, true)
		say(school.HandApp, true)
		want("")
		say(school.HandMail, false)
		want(school.HandMail)
		say(school.HandMail, true)
		page, err := s.StaffHandovers(ctx, desk, store.HandoverFilter{})
		if all := page.Rows; err != nil || page.Next != "" || len(all) != 1 || all[0].DeviceName != "F9FX000000" || all[0].Contract != id || all[0].SchoolName != "Gymnasium Nord" {
			t.Errorf("%+v %v", all, err)
		}
		page, err = s.StaffHandovers(ctx, l.by, store.HandoverFilter{})
		if all := page.Rows; err != nil || len(all) != 2 || all[0].Next() != school.HandPrepared {
			t.Errorf("%+v %v", all, err)
		}
		page, err = s.StaffHandovers(ctx, l.by, store.HandoverFilter{Text: "tafel thea"})
		if all := page.Rows; err != nil || len(all) != 1 || all[0].Person != teacher {
			t.Errorf("%+v %v", all, err)
		}
		*now = now.Add(time.Hour)
		if _, _, err := s.TakeIn(ctx, desk, store.GivenBack{Asset: l.asset(l.ipads[0])}); err != nil {
			t.Fatal(err)
		}
		want(school.HandPrepared)
		again := l.out(teacher, l.asset(l.ipads[1]))
		if _, err := s.SignContract(ctx, desk, again, school.ByPaper); err != nil {
			t.Fatal(err)
		}
		want(school.HandMail) // what was said of the device before does not hold for this one
		for _, bad := range []struct {
			by     school.Actor
			person school.PersonID
			step   school.HandoverStep
			kind   school.Kind
		}{{desk, l.lena, school.HandBriefed, school.NotFound}, {desk, teacher, school.HandIssued, school.Invalid}, {l.clerk(school.SchoolAdmin, l.south), teacher, school.HandBriefed, school.NotFound}} {
			if _, err := s.SayHandover(ctx, bad.by, bad.person, bad.step, true); school.KindOf(err) != bad.kind {
				t.Errorf("%s: %v", bad.step, err)
			}
		}
	})
}
