package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// Reminders go out at their marks, once each: first to the person, then to those who look after the school and the authority.
func TestReminders(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		if _, err := s.ChangePerson(ctx, l.by, school.Person{ID: l.lena, School: l.north, Kind: school.Pupil, Given: "Lena", Family: "Muster", Email: "lena@nord.example"}); err != nil {
			t.Fatal(err)
		}
		for login, at := range map[string]school.SchoolID{"nord": l.north, "süd": l.south, "amt": ""} {
			role := school.SchoolAdmin
			if at == "" {
				role = school.AuthorityAdmin
			}
			if _, _, err := s.CreateAccount(ctx, l.by, store.Account{Login: login, Name: login, Email: login + "@musterstadt.example", Language: "de"}, []school.Grant{{Role: role, Authority: l.by.Tenant, School: at}}); err != nil {
				t.Fatal(err)
			}
		}
		letter := func(_ string, x store.DueLoan) (string, string) { return fmt.Sprintf("%d%t", x.Mark, x.Desk), x.Number }
		sent := func() (out []string) {
			t.Helper()
			if err := s.RemindLoans(ctx, l.by.Tenant, letter); err != nil {
				t.Fatal(err)
			}
			mails, err := s.ClaimMail(ctx, 100, time.Hour)
			for _, m := range must(t, mails, err) {
				if m.Kind == "loan_due" {
					out = append(out, strings.TrimSuffix(m.To, ".example")+" "+m.Subject)
				}
				if err := s.MailSent(ctx, m); err != nil {
					t.Fatal(err)
				}
			}
			slices.Sort(out)
			return out
		}
		start := *now
		h, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.lena, Asset: l.books[0], Due: start.AddDate(0, 0, 30)})
		if err != nil {
			t.Fatal(err)
		}
		late, err := s.DeviceByID(ctx, l.by, l.ipads[0])
		must(t, late, err)
		if _, _, err := s.HandOut(ctx, l.by, store.Handover{Person: l.tom, Asset: late.Asset, Due: start.AddDate(0, 0, 300)}); err != nil {
			t.Fatal(err)
		}
		l.out(l.tom, l.books[1]) // without a day: nobody is ever reminded
		for _, x := range []struct {
			day  int
			want []string
		}{
			{0, nil}, {15, nil}, {16, []string{"lena@nord -14false"}}, {17, nil}, {30, []string{"lena@nord 0false"}}, {33, []string{"lena@nord 3false"}}, {34, nil},
			{40, []string{"nord@musterstadt 10true"}}, {55, []string{"amt@musterstadt 20true"}}, {200, nil}, {340, []string{"amt@musterstadt 20true"}}, {400, nil},
		} {
			*now = start.AddDate(0, 0, x.day)
			for again := range 2 {
				if got := sent(); !slices.Equal(got, x.want) && (again == 0 || len(got) > 0) {
					t.Errorf("day %d, try %d: %v, want %v", x.day, again, got, x.want)
				}
			}
		}
		// Somebody is late for months, and nothing happens to the iPad: a sanction is an order somebody gives, with a reason.
		if n, err := s.Number(ctx, `SELECT count(*) FROM device_order WHERE device_id = $1`, string(l.ipads[0])); err != nil || n != 0 {
			t.Errorf("%d orders to an iPad that is late: %v", n, err)
		}
		if _, err := s.ExtendContract(ctx, l.by, h.Contract, now.AddDate(0, 0, 3)); err != nil {
			t.Fatal(err)
		}
		if got := sent(); !slices.Equal(got, []string{"lena@nord -14false"}) {
			t.Errorf("after another day was agreed: %v", got)
		}
		if _, _, err := s.TakeIn(ctx, l.by, store.GivenBack{Asset: l.books[0]}); err != nil {
			t.Fatal(err)
		}
		*now = now.AddDate(0, 0, 40)
		if got := sent(); got != nil {
			t.Errorf("after it came back: %v", got)
		}
	})
}
