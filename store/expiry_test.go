package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
)

// told writes letters that can be read by the test.
func told(language string, days int, x store.Expiring) (string, string) {
	return fmt.Sprintf("%s %s %d", x.Kind, language, days), x.Account
}

// letters reads and sends what waits.
func letters(t *testing.T, s *store.Store) (out []string) {
	t.Helper()
	ctx := context.Background()
	mails, err := s.ClaimMail(ctx, 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		out = append(out, m.To+": "+m.Subject+" ("+m.Body+")")
		if err := s.MailSent(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(out)
	return out
}

func TestEachMarkIsToldOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		newAuthority(t, s, "Anderswo")
		admin := func(login, mail, language string) {
			if _, _, err := s.CreateAccount(ctx, by, store.Account{Login: login, Name: login, Email: mail, Language: language},
				[]school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}}); err != nil {
				t.Fatal(err)
			}
		}
		admin("eins", "eins@musterstadt.example", "de")
		admin("two", "two@musterstadt.example", "en")
		if err := s.StorePush(ctx, by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte("c"), Key: []byte("k"), Ends: h.now().Add(95 * 24 * time.Hour),
			AppleAccount: "push@musterstadt.example"}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for hour := 0; hour < 97*24; hour += 6 { // as often as the job runs, on three nodes at once
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					if err := s.WatchExpiry(ctx, by.Tenant, told); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			for _, l := range letters(t, s) {
				got = append(got, fmt.Sprintf("%d: %s", hour/24, l))
			}
			h.turn(6 * time.Hour)
		}
		var want []string
		for _, days := range []int{90, 60, 30, 14, 7, 1} {
			for _, who := range []string{"eins@musterstadt.example: push de", "two@musterstadt.example: push en"} {
				want = append(want, fmt.Sprintf("%d: %s %d (push@musterstadt.example)", 95-days, who, days))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestAlarmOfWhatRunsOut(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		push := func(days int) {
			t.Helper()
			if err := s.StorePush(ctx, by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte("c"), Key: []byte("k"), Ends: h.now().Add(time.Duration(days) * 24 * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range []struct {
			left    int
			urgency store.Urgency // 0: no alarm
		}{{200, 0}, {91, 0}, {90, store.GoodToKnow}, {60, store.GoodToKnow}, {31, store.GoodToKnow}, {30, store.ThisWeek}, {15, store.ThisWeek}, {14, store.Today}, {1, store.Today}, {365, 0}} {
			push(x.left)
			if err := s.WatchExpiry(ctx, by.Tenant, nil); err != nil {
				t.Fatal(err)
			}
			list, err := s.Alarms(ctx, by)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case x.urgency == 0 && len(list) != 0:
				t.Errorf("%d days: %+v", x.left, list)
			case x.urgency != 0 && (len(list) != 1 || list[0].Kind != "push_expires" || list[0].Urgency != x.urgency):
				t.Errorf("%d days: %+v", x.left, list)
			}
		}
		if got := letters(t, s); len(got) != 0 {
			t.Errorf("written although nobody writes: %v", got)
		}
	})
}

func TestAMarkBeforeTheBeginningIsNotTold(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		id, _, err := s.CreateAccount(ctx, by, store.Account{Login: "eins", Name: "Eins", Email: "eins@musterstadt.example", Language: "de"},
			[]school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}})
		if err != nil {
			t.Fatal(err)
		}
		maker := school.Actor{Kind: school.PersonActor, Account: id, Name: "Eins", Tenant: by.Tenant, Grants: []school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}}}
		token, _, err := s.CreateAPIToken(ctx, maker, store.APIToken{Name: "Zeugnisse", Role: school.Auditor, Verbs: []school.Verb{school.View}, Ends: h.now().Add(20 * 24 * time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		watch := func(want ...string) {
			t.Helper()
			if err := s.WatchExpiry(ctx, by.Tenant, told); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, letters(t, s)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		}
		watch() // it was made for twenty days: that is no news
		soon, err := s.Expiring(ctx, by)
		if err != nil || len(soon) != 1 || soon[0].Kind != store.APITokenEnds || soon[0].Name != "Zeugnisse" || soon[0].Account != "Eins" {
			t.Errorf("%+v %v", soon, err)
		}
		h.turn(13*24*time.Hour + time.Minute) // the server stood still for a while
		watch("eins@musterstadt.example: api_token de 7 (Eins)")
		if err := s.RevokeAPIToken(ctx, by, token); err != nil {
			t.Fatal(err)
		}
		h.turn(6 * 24 * time.Hour)
		watch()
		if list, err := s.Alarms(ctx, by); err != nil || len(list) != 0 {
			t.Errorf("about a token that was revoked: %+v %v", list, err)
		}
		auditor := school.Actor{Kind: school.PersonActor, Tenant: by.Tenant, Grants: []school.Grant{{Role: school.Auditor, Authority: by.Tenant}}}
		if list, err := s.Expiring(ctx, auditor); err != nil || len(list) != 0 {
			t.Errorf("to somebody who can do nothing about it: %+v %v", list, err)
		}
	})
}

func TestTheServersOwnCertificateIsTheOperators(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		if _, _, err := s.CreateAccount(ctx, by, store.Account{Login: "eins", Name: "Eins", Email: "eins@musterstadt.example"},
			[]school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}}); err != nil {
			t.Fatal(err)
		}
		ends := h.now().Add(30 * 24 * time.Hour)
		began := ends.Add(-365 * 24 * time.Hour)
		watch := func() []string {
			t.Helper()
			if err := s.WatchTLS(ctx, "mdm.musterstadt.example", began, ends, told); err != nil {
				t.Fatal(err)
			}
			return letters(t, s)
		}
		if got := watch(); len(got) != 1 || !strings.HasPrefix(got[0], "eins@") { // there is no operator to write to
			t.Errorf("%v", got)
		}
		if _, _, err := s.CreateOperator(ctx, school.System("test", ""), store.Account{Login: "betrieb", Name: "Betrieb", Email: "betrieb@musterstadt.example", Language: "de"}); err != nil {
			t.Fatal(err)
		}
		h.turn(16 * 24 * time.Hour)
		if got := watch(); len(got) != 1 || got[0] != "betrieb@musterstadt.example: tls de 14 ()" {
			t.Errorf("%v", got)
		}
		if got := watch(); len(got) != 0 {
			t.Errorf("told twice: %v", got)
		}
		ends = h.now().Add(60 * 24 * time.Hour) // renewed: its marks are new ones
		if got := watch(); len(got) != 1 || !strings.Contains(got[0], "tls de 60") {
			t.Errorf("%v", got)
		}
		list, err := s.Expiring(ctx, by)
		if err != nil || len(list) != 1 || list[0].Name != "mdm.musterstadt.example" {
			t.Errorf("%+v %v", list, err)
		}

		// One that lives for 90 days is renewed by a machine when 30 are left. Only when that did not happen is it for a human.
		began, ends = h.now(), h.now().Add(90*24*time.Hour)
		for _, x := range []struct{ left, letters, lines int }{{89, 0, 0}, {59, 0, 0}, {29, 0, 0}, {26, 0, 1}, {13, 1, 1}} {
			h.turn(ends.Sub(h.now()) - time.Duration(x.left)*24*time.Hour)
			got := watch()
			list, err := s.Expiring(ctx, by)
			if err != nil || len(got) != x.letters || len(list) != x.lines {
				t.Errorf("%d days left: letters %v, lines %+v; %v", x.left, got, list, err)
			}
		}

		// The operator finds the letters of the installation; an administrator does not.
		operator := school.Actor{Kind: school.PersonActor, Tenant: by.Tenant, Grants: []school.Grant{{Role: school.Operator}, {Role: school.Operator, Authority: by.Tenant}}}
		for _, x := range []struct {
			by   school.Actor
			want int
		}{{operator, 4}, {school.Actor{Kind: school.PersonActor, Tenant: by.Tenant, Grants: []school.Grant{{Role: school.AuthorityAdmin, Authority: by.Tenant}}}, 0}} {
			page, err := s.Outbox(ctx, x.by, "", 0)
			if err != nil || len(page.Rows) != x.want {
				t.Errorf("%d letters, want %d; %v", len(page.Rows), x.want, err)
			}
		}
	})
}

func TestAFailedBackupIsToldOnceADay(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		newAuthority(t, s, "Musterstadt")
		if _, _, err := s.CreateOperator(ctx, school.System("test", ""), store.Account{Login: "betrieb", Name: "Betrieb", Email: "betrieb@musterstadt.example"}); err != nil {
			t.Fatal(err)
		}
		text := func(string) (string, string) { return "Sicherung", "Keine" }
		for i, want := range []int{1, 0, 0, 1} {
			if err := s.BackupFailed(ctx, text); err != nil {
				t.Fatal(err)
			}
			if got := letters(t, s); len(got) != want {
				t.Errorf("try %d: %v", i, got)
			}
			h.turn(7 * time.Hour)
		}
		b, known, err := s.Backups(ctx)
		if err != nil || !known || b.Failed.IsZero() || !b.Bad(h.now()) {
			t.Errorf("%+v %v %v", b, known, err)
		}
		for _, x := range []struct {
			b   store.BackupState
			bad bool
		}{
			{store.BackupState{Planned: true, At: h.now().Add(-35 * time.Hour)}, false},
			{store.BackupState{Planned: true, At: h.now().Add(-37 * time.Hour)}, true},
			{store.BackupState{Planned: true, At: h.now(), Failed: h.now()}, true},
			{store.BackupState{At: h.now()}, true},
		} {
			if x.b.Bad(h.now()) != x.bad {
				t.Errorf("%+v: bad should be %v", x.b, x.bad)
			}
		}
	})
}
