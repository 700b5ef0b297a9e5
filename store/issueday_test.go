package store_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// An issue day says of everybody what is still missing, and afterwards why somebody has nothing.
func TestAnIssueDaySaysWhatIsMissing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		l := newLender(t, s)
		desk := l.clerk(school.Desk, l.north)
		third := l.pupil(l.north, l.class, "Ole", "Zander")
		day := school.IssueDay{School: l.north, Name: "Ausgabe 8", Room: "Aula", Day: s.Now().In(store.Berlin).AddDate(0, 0, 1).Format(time.DateOnly), Classes: []school.ClassID{l.class}}
		for _, bad := range []func(*school.IssueDay){func(d *school.IssueDay) { d.Classes = nil }, func(d *school.IssueDay) { d.Day = "morgen" }, func(d *school.IssueDay) { d.School = "" }, func(d *school.IssueDay) { d.Name = " " }} {
			x := day
			bad(&x)
			if _, _, err := s.SetIssueDay(ctx, desk, x); school.KindOf(err) != school.Invalid {
				t.Errorf("%+v: %v", x, err)
			}
		}
		if _, _, err := s.SetIssueDay(ctx, l.clerk(school.Clerk, l.north), day); school.KindOf(err) == "" {
			t.Error("a temporary clerk plans a day")
		}
		id, _, err := s.SetIssueDay(ctx, desk, day)
		if err != nil {
			t.Fatal(err)
		}
		day.ID = id
		if days, err := s.IssueDays(ctx, desk, store.IssueDayFilter{}); err != nil || len(days.Rows) != 1 || days.Rows[0].ID != id || days.Rows[0].In(s.Now().In(store.Berlin)) != 1 || !slices.Equal(days.Rows[0].Classes, day.Classes) {
			t.Errorf("%+v %v", days, err)
		}
		// Those that are over stand in the way of none to come: each have their own pages, the nearest first.
		for i, name := range []string{"Vor zwei", "Gestern", "In zwei"} {
			past := day
			past.ID, past.Name, past.Day = "", name, s.Now().In(store.Berlin).AddDate(0, 0, []int{-2, -1, 2}[i]).Format(time.DateOnly)
			if _, _, err := s.SetIssueDay(ctx, desk, past); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []struct {
			f    store.IssueDayFilter
			want string
		}{{store.IssueDayFilter{}, "Ausgabe 8, In zwei"}, {store.IssueDayFilter{Past: true}, "Gestern, Vor zwei"}, {store.IssueDayFilter{Within: 1}, "Ausgabe 8"}, {store.IssueDayFilter{Past: true, Within: 1, School: l.north}, "Gestern"},
			{store.IssueDayFilter{School: l.south}, ""}} {
			var names []string
			x.f.Limit = 1
			for {
				page, err := s.IssueDays(ctx, desk, x.f)
				for _, d := range must(t, page, err).Rows {
					names = append(names, d.Name)
				}
				if x.f.After = page.Next; x.f.After == "" {
					break
				}
			}
			if got := strings.Join(names, ", "); got != x.want {
				t.Errorf("%+v: %s, want %s", x.f, got, x.want)
			}
		}
		south := l.clerk(school.Desk, l.south)
		if days, err := s.IssueDays(ctx, south, store.IssueDayFilter{}); err != nil || len(days.Rows) != 0 {
			t.Errorf("%+v %v", days, err)
		}
		if _, err := s.IssueDayByID(ctx, south, id); school.KindOf(err) != school.NotFound {
			t.Errorf("a desk next door: %v", err)
		}
		if _, err := s.IssueLines(ctx, south, l.north, l.class); school.KindOf(err) != school.NotFound {
			t.Errorf("a desk next door: %v", err)
		}
		if lines, err := s.IssueLines(ctx, l.by, l.south, l.class); err != nil || len(lines) != 0 {
			t.Errorf("a class of another school: %+v %v", lines, err)
		}
		lacks := func() map[school.PersonID][]school.IssueLack {
			t.Helper()
			lines, err := s.IssueLines(ctx, desk, l.north, l.class)
			out := map[school.PersonID][]school.IssueLack{}
			for _, x := range must(t, lines, err) {
				out[x.Person] = x.Why()
			}
			return out
		}
		want := func(person school.PersonID, said ...school.IssueLack) {
			t.Helper()
			if got := lacks()[person]; !slices.Equal(got, said) {
				t.Errorf("%v, want %v", got, said)
			}
		}
		want(l.lena, school.LacksContract, school.LacksDevice)
		if _, err := s.PlanPerson(ctx, l.by, l.ipads[0], l.lena); err != nil {
			t.Fatal(err)
		}
		made, set, err := s.PlanIssueDay(ctx, desk, id)
		if err != nil || len(made) != 3 || set == "" {
			t.Fatal(made, err)
		}
		if again, set, err := s.PlanIssueDay(ctx, desk, id); err != nil || len(again) != 0 || set != "" {
			t.Errorf("planned twice: %v %v", again, err)
		}
		want(l.lena, school.LacksSignature)
		want(l.tom, school.LacksSignature, school.LacksDevice)
		of := map[school.PersonID]school.ContractID{}
		for _, k := range made {
			of[l.contract(k).Person] = k
			if _, err := s.SignContract(ctx, desk, k, school.ByPaper); err != nil {
				t.Fatal(err)
			}
		}
		want(l.lena, school.NotThere)
		lost, _, err := s.ReportLoss(ctx, l.by, l.asset(l.ipads[0]), false, "")
		if err != nil {
			t.Fatal(err)
		}
		want(l.lena, school.DeviceLost)
		if _, err := s.FindLoss(ctx, l.by, lost); err != nil {
			t.Fatal(err)
		}
		l.out(l.tom, l.asset(l.ipads[0]))
		want(l.lena, school.DeviceAway)
		want(l.tom)
		if _, err := s.RefuseContract(ctx, desk, of[third]); err != nil {
			t.Fatal(err)
		}
		want(third)
		lines, err := s.IssueLines(ctx, desk, l.north, l.class)
		if n := school.CountIssue(must(t, lines, err)); n != (school.IssueCount{People: 3, Contracts: 3, Signed: 2, Devices: 1, Sets: 1, Done: 1, Refused: 1}) || n.Open() != 1 {
			t.Errorf("%+v", n)
		}
		// What is counted for the start page is what the pages of the days count.
		days, err := s.OpenDays(ctx, desk, 7)
		if must(t, days, err); len(days) != 2 || days[0].Name != "Gestern" || days[0].Open != 1 || days[1].Open != 1 {
			t.Errorf("%+v", days)
		}
		if days, err := s.OpenDays(ctx, south, 7); err != nil || len(days) != 0 {
			t.Errorf("a desk next door: %+v %v", days, err)
		}
		day.Room = "Mensa"
		if _, set, err = s.SetIssueDay(ctx, desk, day); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Undo(ctx, desk, set); err != nil {
			t.Error(err)
		}
		if d, err := s.IssueDayByID(ctx, desk, id); err != nil || d.Room != "Aula" {
			t.Errorf("%+v %v", d, err)
		}
		if _, err := s.RemoveIssueDay(ctx, desk, id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.IssueDayByID(ctx, desk, id); school.KindOf(err) != school.NotFound {
			t.Errorf("it is still there: %v", err)
		}
	})
}
