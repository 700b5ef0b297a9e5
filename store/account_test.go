package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// hands is a clock tests turn by hand.
type hands struct {
	mu sync.Mutex
	at time.Time
}

func turned() *hands { return &hands{at: time.Date(2026, 11, 17, 8, 0, 0, 0, time.UTC)} }

func (h *hands) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hands) turn(d time.Duration) {
	h.mu.Lock()
	h.at = h.at.Add(d)
	h.mu.Unlock()
}

// eachTurned is storetest.Each with a clock.
func eachTurned(t *testing.T, fn func(t *testing.T, s *store.Store, h *hands)) {
	t.Helper()
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		h := turned()
		fn(t, storetest.Open(t, storetest.URL(t, engine), store.Options{Now: h.now, Count: true}), h)
	})
}

func codeOf(err error) string {
	var e *school.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "internal: " + err.Error()
	}
	return ""
}

const goodPassword = "kreide tafel schwamm"

// somebody makes an account of the authority that can sign in, and returns it as an actor.
func somebody(t testing.TB, s *store.Store, by school.Actor, login string, grants ...school.Grant) school.Actor {
	t.Helper()
	ctx := context.Background()
	_, link, err := s.CreateAccount(ctx, by, store.Account{Login: login, Name: "Konto " + login}, grants)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetPassword(ctx, link, goodPassword); err != nil {
		t.Fatal(err)
	}
	return signedIn(t, s, login)
}

func signedIn(t testing.TB, s *store.Store, login string) school.Actor {
	t.Helper()
	secret, err := s.SignIn(context.Background(), store.SignIn{Login: login, Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	by, _, err := s.SessionActor(context.Background(), secret)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

func newSchool(t testing.TB, s *store.Store, by school.Actor, name string) school.SchoolID {
	t.Helper()
	id, err := s.CreateSchool(context.Background(), by, school.School{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTheFirstLinkIsOfferedUntilSomebodyCanSignIn(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		first, err := s.FirstLink(ctx, "betrieb", "Betrieb")
		if err != nil || first == "" {
			t.Fatalf("on an empty database: %q %v", first, err)
		}
		h.turn(8 * 24 * time.Hour)
		if _, err := s.SetPassword(ctx, first, goodPassword); codeOf(err) != "link_over" {
			t.Fatalf("a week later: %v", err)
		}
		second, err := s.FirstLink(ctx, "betrieb", "Betrieb")
		if err != nil || second == "" || second == first {
			t.Fatalf("nobody can sign in yet: %q %v", second, err)
		}
		if a, err := s.LinkedAccount(ctx, second); err != nil || a.Login != "betrieb" || a.Ready {
			t.Fatalf("linked account: %+v %v", a, err)
		}
		if _, err := s.SetPassword(ctx, second, goodPassword); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetPassword(ctx, second, "noch ein kennwort für mich"); codeOf(err) != "link_over" {
			t.Fatalf("a link used twice: %v", err)
		}
		if link, err := s.FirstLink(ctx, "betrieb", "Betrieb"); link != "" || err != nil {
			t.Fatalf("after set-up: %q %v", link, err)
		}
		operator := signedIn(t, s, "BETRIEB")
		if !operator.Can(school.Provision, school.Where{}) || operator.Tenant != "" {
			t.Fatalf("the first account is no operator: %+v", operator)
		}
	})
}

func TestPasswordsAreRefused(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		_, link, err := s.CreateAccount(ctx, by, store.Account{Login: "l.beispiel@musterstadt.example", Name: "L. Beispiel"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for password, code := range map[string]string{
			"kurz":                           "password_short",
			"elf Zeichen":                    "password_short",
			"aaaaaaaaaaaabbb":                "password_common",
			"Passwort1234":                   "password_common",
			"Sommer2026!!!":                  "password_common",
			"123456789012":                   "password_common",
			"Ranzen-Admin-1":                 "password_common",
			"L.Beispiel2026":                 "password_login",
			"l.beispiel@musterstadt.example": "password_login",
		} {
			if _, err := s.SetPassword(ctx, link, password); codeOf(err) != code {
				t.Errorf("%q: %v, want %s", password, err, code)
			}
		}
		if _, err := s.SetPassword(ctx, link, "Schule am Ring kauft Kreide"); err != nil {
			t.Errorf("a good one: %v", err)
		}
	})
}

func TestSignInWaitsForOneLoginOnly(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		somebody(t, s, by, "zwei", school.Grant{Role: school.Auditor})
		try := func(login, password string) string {
			_, err := s.SignIn(ctx, store.SignIn{Login: login, Password: password})
			return codeOf(err)
		}
		for _, login := range []string{"eins", "gibtesnicht"} { // both answer alike
			for i := range 5 {
				if code := try(login, "falsch"); code != "sign_in_wrong" {
					t.Fatalf("%s, try %d: %s", login, i, code)
				}
			}
			if code := try(login, goodPassword); code != "sign_in_wait" {
				t.Fatalf("%s after five failures: %s", login, code)
			}
		}
		if code := try("zwei", goodPassword); code != "" {
			t.Fatalf("another account waits too: %s", code)
		}
		h.turn(time.Second)
		if code := try("eins", "falsch"); code != "sign_in_wrong" {
			t.Fatal(code)
		}
		h.turn(time.Second)
		if code := try("eins", goodPassword); code != "sign_in_wait" {
			t.Fatalf("the wait does not double: %s", code)
		}
		h.turn(time.Second)
		if code := try("eins", goodPassword); code != "" {
			t.Fatal(code)
		}
		if code := try("eins", "falsch"); code != "sign_in_wrong" {
			t.Fatalf("success does not forgive: %s", code)
		}
		entries, err := s.Audit(ctx, by, store.AuditFilter{Event: "account.sign_in_failed"})
		if err != nil || len(entries) != 7 {
			t.Fatalf("failures in the chain: %d %v", len(entries), err)
		}
		if n, broken, err := s.VerifyAudit(ctx, by); err != nil || broken != 0 || n == 0 {
			t.Fatalf("chain: %d %d %v", n, broken, err)
		}
	})
}

func TestSigningInMovesNoFact(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		by := newAuthority(t, s, "Musterstadt")
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		before, err := s.Authority(context.Background(), by)
		if err != nil {
			t.Fatal(err)
		}
		signedIn(t, s, "eins")
		after, err := s.Authority(context.Background(), by)
		if err != nil || after.Version != before.Version {
			t.Fatalf("version %d became %d, %v", before.Version, after.Version, err)
		}
	})
}

func TestSessionLife(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		root := newAuthority(t, s, "Musterstadt")
		nord := newSchool(t, s, root, "Gymnasium Nord")
		by := somebody(t, s, root, "schule", school.Grant{Role: school.SchoolAdmin, School: nord, Until: h.now().Add(100 * time.Hour)})
		if by.Tenant != root.Tenant || !by.Can(school.Assign, school.Where{Authority: root.Tenant, School: nord}) {
			t.Fatalf("actor: %+v", by)
		}
		open := func(old string) string {
			secret, err := s.SignIn(ctx, store.SignIn{Login: "schule", Password: goodPassword, Client: "Firefox", Old: old})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		alive := func(secret string) bool {
			_, _, err := s.SessionActor(ctx, secret)
			if err != nil && school.KindOf(err) != school.NotFound {
				t.Fatal(err)
			}
			return err == nil
		}
		if alive("") || alive("erfunden") {
			t.Fatal("anybody is signed in")
		}
		first := open("")
		second := open(first)
		if second == first || alive(first) || !alive(second) {
			t.Fatal("the secret was not rotated")
		}
		h.turn(7 * time.Hour)
		s.Statements()
		if !alive(second) {
			t.Fatal("idle for seven hours")
		}
		if n := len(s.Statements()); n != 2 {
			t.Fatalf("%d statements to know who it is and when it was seen", n)
		}
		if !alive(second) || len(s.Statements()) != 1 {
			t.Fatal("within a minute one query is enough")
		}
		h.turn(7 * time.Hour)
		if !alive(second) {
			t.Fatal("seven hours after the last request")
		}
		h.turn(7 * time.Hour)
		if !alive(second) {
			t.Fatal("21 hours, always in use")
		}
		h.turn(4 * time.Hour)
		if alive(second) {
			t.Fatal("a session of 25 hours")
		}
		third := open("")
		h.turn(9 * time.Hour)
		if alive(third) {
			t.Fatal("idle for nine hours")
		}
		a, b := open(""), open("")
		me, x, err := s.SessionActor(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Sessions(ctx, me)
		if err != nil || len(list) != 2 {
			t.Fatalf("sessions: %+v %v", list, err)
		}
		if err := s.SetFlash(ctx, x.ID, "saved 3"); err != nil {
			t.Fatal(err)
		}
		_, x, _ = s.SessionActor(ctx, a)
		if got, err := s.TakeFlash(ctx, x); err != nil || !got || x.Flash != "saved 3" {
			t.Fatalf("flash %q %v %v", x.Flash, got, err)
		}
		if got, _ := s.TakeFlash(ctx, x); got {
			t.Fatal("the flash is said twice")
		}
		if n, err := s.EndSessions(ctx, me, x.ID); err != nil || n < 1 || alive(b) || !alive(a) {
			t.Fatalf("ended %d others: %v", n, err)
		}
		if err := s.ChangePassword(ctx, me, "falsch", "ein ganz anderes wort", a); codeOf(err) != "password_wrong" {
			t.Fatal(err)
		}
		c := open("")
		if err := s.ChangePassword(ctx, me, goodPassword, "ein ganz anderes wort", a); err != nil || alive(c) || !alive(a) {
			t.Fatalf("after a new password: %v", err)
		}
		h.turn(2 * time.Hour)
		_, _, _ = s.SessionActor(ctx, a)
		if err := s.DisableAccount(ctx, root, by.Account); err != nil || alive(a) {
			t.Fatalf("a disabled account is signed in: %v", err)
		}
		if _, err := s.SignIn(ctx, store.SignIn{Login: "schule", Password: "ein ganz anderes wort"}); codeOf(err) != "sign_in_wrong" {
			t.Fatal(err)
		}
	})
}

func TestNobodyGrantsMoreThanTheyHave(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		_, link, err := s.CreateOperator(ctx, root, store.Account{Login: "betrieb", Name: "Betrieb"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetPassword(ctx, link, goodPassword); err != nil {
			t.Fatal(err)
		}
		operator := signedIn(t, s, "betrieb")
		muster := newAuthority(t, s, "Musterstadt")
		nord := newSchool(t, s, muster, "Gymnasium Nord")
		operator.Tenant = muster.Tenant
		if _, err := s.GrantRole(ctx, operator, operator.Account, school.Grant{Role: school.Auditor}); school.KindOf(err) != school.NotFound {
			t.Fatalf("an operator without access gives itself a role: %v", err)
		}
		if _, err := s.OpenAccess(ctx, operator, muster.Tenant, "Einrichtung", h.now().AddDate(0, 0, 30)); err != nil {
			t.Fatal(err)
		}
		operator = signedIn(t, s, "betrieb")
		operator.Tenant = muster.Tenant

		// An operator appoints the first administrator, and none after that.
		admin := somebody(t, s, operator, "chefin", school.Grant{Role: school.AuthorityAdmin})
		if _, err := s.GrantRole(ctx, operator, operator.Account, school.Grant{Role: school.AuthorityAdmin}); codeOf(err) != "admins_decide" {
			t.Fatalf("an operator lets itself in: %v", err)
		}
		if _, err := s.NewLink(ctx, operator, admin.Account); codeOf(err) != "admins_decide" {
			t.Fatalf("an operator takes an administrator's account over: %v", err)
		}
		if _, err := s.GrantRole(ctx, admin, admin.Account, school.Grant{Role: school.Operator}); codeOf(err) != "denied" {
			t.Fatalf("an administrator becomes operator: %v", err)
		}
		if err := s.DisableAccount(ctx, admin, admin.Account); codeOf(err) != "last_admin" {
			t.Fatalf("the last administrator goes: %v", err)
		}
		clerk := somebody(t, s, admin, "sekretariat", school.Grant{Role: school.SchoolAdmin, School: nord})
		if _, err := s.GrantRole(ctx, clerk, clerk.Account, school.Grant{Role: school.SchoolAdmin, School: nord}); codeOf(err) != "denied" {
			t.Fatalf("a school administrator grants: %v", err)
		}
		for _, g := range []school.Grant{
			{Role: school.SchoolAdmin}, {Role: school.Auditor, School: nord}, {Role: "king"}, {Role: school.SchoolAdmin, School: "elsewhere"},
			{Role: school.Auditor, Authority: "elsewhere"}, {Role: school.Auditor, Until: h.now().Add(-time.Hour)},
		} {
			if _, err := s.GrantRole(ctx, admin, clerk.Account, g); err == nil {
				t.Errorf("granted %+v", g)
			}
		}
		second := somebody(t, s, admin, "vertretung", school.Grant{Role: school.AuthorityAdmin})
		if err := s.DisableAccount(ctx, second, admin.Account); err != nil {
			t.Fatal(err)
		}
		a, err := s.Account(ctx, second, second.Account)
		if err != nil || len(a.Grants) != 1 {
			t.Fatalf("%+v %v", a, err)
		}
		if err := s.EndGrant(ctx, second, a.Grants[0].ID); codeOf(err) != "last_admin" {
			t.Fatalf("the last administrator's role ends: %v", err)
		}
		if err := s.EnableAccount(ctx, second, admin.Account); err != nil {
			t.Fatal(err)
		}
		if err := s.EndGrant(ctx, second, a.Grants[0].ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Accounts(ctx, signedIn(t, s, "vertretung"), store.AccountFilter{}); school.KindOf(err) != school.NotFound {
			t.Fatalf("after the role ended: %v", err)
		}

		// Another authority's accounts do not exist.
		stranger := newAuthority(t, s, "Anderswo")
		if _, err := s.Account(ctx, stranger, clerk.Account); err != nil && school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		other := somebody(t, s, stranger, "fremd", school.Grant{Role: school.AuthorityAdmin})
		if _, err := s.Account(ctx, other, clerk.Account); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if _, err := s.GrantRole(ctx, other, clerk.Account, school.Grant{Role: school.Auditor}); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if err := s.DisableAccount(ctx, other, operator.Account); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if _, _, err := s.CreateAccount(ctx, other, store.Account{Login: "SEKRETARIAT", Name: "Doppelt"}, nil); codeOf(err) != "login_taken" {
			t.Fatal(err)
		}
	})
}

func TestOperatorsAreNotedWhereTheyEnter(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		a, b := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		_, link, err := s.CreateOperator(ctx, root, store.Account{Login: "betrieb", Name: "Betrieb"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetPassword(ctx, link, goodPassword); err != nil {
			t.Fatal(err)
		}
		secret, err := s.SignIn(ctx, store.SignIn{Login: "betrieb", Password: goodPassword})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChooseAuthority(ctx, secret, b.Tenant); school.KindOf(err) != school.NotFound {
			t.Fatalf("an operator enters without access: %v", err)
		}
		by, _, err := s.SessionActor(ctx, secret)
		if err != nil || by.Tenant != "" || by.Belongs(b.Tenant) {
			t.Fatalf("before: %+v %v", by, err)
		}
		if _, err := s.OpenAccess(ctx, by, b.Tenant, "Umzug der Zertifikate", h.now().AddDate(0, 0, 14)); err != nil {
			t.Fatal(err)
		}
		if err := s.ChooseAuthority(ctx, secret, b.Tenant); err != nil {
			t.Fatal(err)
		}
		by, _, err = s.SessionActor(ctx, secret)
		if err != nil || by.Tenant != b.Tenant {
			t.Fatalf("works in %q: %v", by.Tenant, err)
		}
		events := func(by school.Actor) (out []string) {
			entries, err := s.Audit(ctx, by, store.AuditFilter{Subject: "account"})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				out = append(out, e.Event)
			}
			slices.Sort(out)
			return out
		}
		if got := events(a); !slices.Equal(got, []string{"account.created", "account.password_set"}) {
			t.Fatalf("where it did not enter: %v", got)
		}
		if got := events(b); !slices.Equal(got, []string{"access.opened", "account.created", "account.entered", "account.password_set"}) {
			t.Fatalf("where it entered: %v", got)
		}
		admin := somebody(t, s, a, "chefin", school.Grant{Role: school.AuthorityAdmin})
		secret, err = s.SignIn(ctx, store.SignIn{Login: "chefin", Password: goodPassword})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ChooseAuthority(ctx, secret, b.Tenant); school.KindOf(err) != school.NotFound {
			t.Fatalf("an administrator enters elsewhere: %v", err)
		}
		page, err := s.Accounts(ctx, admin, store.AccountFilter{Text: "konto chef"})
		if err != nil || len(page.Rows) != 1 || len(page.Rows[0].Grants) != 1 {
			t.Fatalf("accounts: %+v %v", page, err)
		}
		if ops, err := s.Operators(ctx, by, store.AccountFilter{}); err != nil || len(ops.Rows) != 1 {
			t.Fatalf("operators: %+v %v", ops, err)
		}
	})
}
