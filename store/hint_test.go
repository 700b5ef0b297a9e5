package store_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestAHintGoesToWhoTeachesTheClassToday(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.north, "7b")
		ipad := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		lena := d.pupil(d.north, a, "Lena", "Muster")
		if _, _, err := s.Issue(ctx, d.by, lena, ipad); err != nil {
			t.Fatal(err)
		}
		teacher := func(given, email string, of school.ClassID) school.PersonID {
			id, err := s.CreatePerson(ctx, d.by, school.Person{School: d.north, Kind: school.Teacher, Given: given, Family: "Probe", Email: email}, "")
			must(t, id, err)
			_, err = s.AddMember(ctx, d.by, school.Membership{Person: id, Class: of, Teaches: true})
			return must(t, id, err)
		}
		send := func(by school.Actor) (int, error) {
			return s.SendHint(ctx, by, ipad, "iPad MS-1 braucht Hilfe", "Bitte einschalten.")
		}
		teacher("Ohne Post", "", a)
		teacher("Nebenan", "nebenan@nord.example", b)
		if _, err := send(d.by); codeOf(err) != "no_teacher" {
			t.Fatalf("nobody can be reached: %v", err)
		}
		if last, err := s.LastHint(ctx, d.by, ipad); last != nil || err != nil {
			t.Fatalf("%+v %v", last, err)
		}
		eva := teacher("Eva", "eva@nord.example", a)
		gone := teacher("Gegangen", "gegangen@nord.example", a)
		ms, err := s.Memberships(ctx, d.by, gone)
		must(t, ms, err)
		if _, err := s.EndMembership(ctx, d.by, gone, ms[0].ID); err != nil {
			t.Fatal(err)
		}
		ted := teacher("Ted", "ted@nord.example", a)

		clerk := d.clerk(school.SchoolAdmin, d.north)
		for name, by := range map[string]school.Actor{"another school": d.clerk(school.SchoolAdmin, d.south), "another authority": newAuthority(t, s, "Anderswo")} {
			if _, err := send(by); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %v", name, err)
			}
			if _, err := s.ClassTeachers(ctx, by, ipad); school.KindOf(err) != school.NotFound {
				t.Errorf("%s sees the teachers: %v", name, err)
			}
		}
		reader := d.clerk(school.Auditor, "")
		if _, err := send(reader); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor: %v", err)
		}
		if n, err := send(clerk); n != 2 || err != nil {
			t.Fatalf("sent to %d, %v", n, err)
		}
		letters, err := s.ClaimMail(ctx, 10, time.Minute)
		must(t, letters, err)
		to := map[string]bool{}
		for _, m := range letters {
			to[m.To] = true
			if strings.Contains(m.Subject+m.Body, "Lena") || m.Kind != "hint" {
				t.Errorf("%+v", m)
			}
		}
		if len(to) != 2 || !to["eva@nord.example"] || !to["ted@nord.example"] {
			t.Errorf("went to %v", to)
		}
		last, err := s.LastHint(ctx, clerk, ipad)
		must(t, last, err)
		if last == nil || len(last.To) != 2 || last.To[0].ID != eva || last.To[1].ID != ted || last.By != clerk.Name {
			t.Errorf("%+v", last)
		}
		if last, err := s.LastHint(ctx, reader, ipad); err != nil || last == nil || len(last.To) != 0 {
			t.Errorf("an auditor is told %+v, %v", last, err)
		}
		h.turn(store.HintEvery - time.Second)
		if _, err := send(d.by); codeOf(err) != "hint_soon" {
			t.Errorf("twice within an hour: %v", err)
		}
		if m, err := s.ClaimMail(ctx, 10, time.Hour); err != nil || len(m) != 2 { // the two of before, claimed again
			t.Errorf("%d letters, %v", len(m), err)
		}
		h.turn(2 * time.Second)
		if n, err := send(d.by); n != 2 || err != nil {
			t.Errorf("after an hour: %d, %v", n, err)
		}
	})
}
