package store_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"ranzen/store"
	"ranzen/store/school"
)

// codeAt is what an app shows for a secret at a moment.
func codeAt(t testing.TB, secret string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// protected sets up a second factor for an account and returns its secret and recovery codes.
func protected(t testing.TB, s *store.Store, by school.Actor) (secret string, codes []string) {
	t.Helper()
	ctx := context.Background()
	secret, err := s.BeginSecondFactor(ctx, by, goodPassword, "")
	if err == nil {
		codes, err = s.ConfirmSecondFactor(ctx, by, codeAt(t, secret, s.Now()), "")
	}
	if err != nil {
		t.Fatal(err)
	}
	return secret, codes
}

// half signs in with the password and expects to be asked for more.
func half(t testing.TB, s *store.Store, login string) *store.NextStep {
	t.Helper()
	secret, err := s.SignIn(context.Background(), store.SignIn{Login: login, Password: goodPassword})
	step, asked := errors.AsType[*store.NextStep](err)
	if !asked || secret != "" {
		t.Fatalf("a password alone: %q %v", secret, err)
	}
	if _, _, err := s.SessionActor(context.Background(), step.Secret); school.KindOf(err) != school.NotFound {
		t.Fatalf("half a sign-in is a session: %v", err)
	}
	return step
}

func TestASecondFactorIsAskedFor(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		me := somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		if x, err := s.SecondFactor(ctx, me); err != nil || x.On || x.Required || !x.Possible {
			t.Fatalf("%+v %v", x, err)
		}
		if _, err := s.BeginSecondFactor(ctx, me, "falsch", ""); codeOf(err) != "password_wrong" {
			t.Fatalf("somebody at an open browser sets one up: %v", err)
		}
		secret, err := s.BeginSecondFactor(ctx, me, goodPassword, "")
		if err != nil {
			t.Fatal(err)
		}
		if shown, err := s.PendingSecret(ctx, me); err != nil || shown != secret {
			t.Errorf("shown again: %q %v", shown, err)
		}
		// Not confirmed, it asks nobody for anything.
		if _, err := s.SignIn(ctx, store.SignIn{Login: "eins", Password: goodPassword}); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []string{"", "000000", "12345", codeAt(t, secret, h.now().Add(-2*time.Minute)), codeAt(t, secret, h.now().Add(2*time.Minute))} {
			if _, err := s.ConfirmSecondFactor(ctx, me, wrong, ""); codeOf(err) != "code_wrong_second" {
				t.Fatalf("confirmed by %q: %v", wrong, err)
			}
		}
		h.turn(time.Hour)
		codes, err := s.ConfirmSecondFactor(ctx, me, codeAt(t, secret, h.now()), "")
		if err != nil || len(codes) != 10 {
			t.Fatal(codes, err)
		}

		step := half(t, s, "eins")
		if step.SetUp {
			t.Error("it is set up already")
		}
		finish := func(step *store.NextStep, code string) string {
			_, _, err := s.FinishSignIn(ctx, step.Secret, code, store.SignIn{})
			return codeOf(err)
		}
		if code := finish(step, codeAt(t, secret, h.now())); code != "code_wrong_second" {
			t.Errorf("the code that confirmed counts again: %s", code)
		}
		h.turn(30 * time.Second)
		in, _, err := s.FinishSignIn(ctx, step.Secret, codeAt(t, secret, h.now()), store.SignIn{Client: "Firefox"})
		if err != nil {
			t.Fatal(err)
		}
		if who, x, err := s.SessionActor(ctx, in); err != nil || who.Account != me.Account || x.Client != "Firefox" {
			t.Errorf("%+v %v", x, err)
		}
		if code := finish(step, codeAt(t, secret, h.now().Add(30*time.Second))); code != "step_over" {
			t.Errorf("one password, two sessions: %s", code)
		}
		// An hour before each: no code lies before the one that counted last.
		for _, drift := range []time.Duration{30 * time.Second, -30 * time.Second, time.Minute, -time.Minute} {
			h.turn(time.Hour)
			want := ""
			if drift.Abs() > 30*time.Second {
				want = "code_wrong_second"
			}
			if code := finish(half(t, s, "eins"), codeAt(t, secret, h.now().Add(drift))); code != want {
				t.Errorf("%s off: %q", drift, code)
			}
		}
		h.turn(time.Hour)
		// Recovery codes: each once, however they are typed.
		typed := strings.ToLower(strings.ReplaceAll(codes[3], "-", " "))
		if code := finish(half(t, s, "eins"), typed); code != "" {
			t.Errorf("a recovery code: %s", code)
		}
		if code := finish(half(t, s, "eins"), codes[3]); code != "code_wrong_second" {
			t.Errorf("twice: %s", code)
		}
		if x, err := s.SecondFactor(ctx, me); err != nil || !x.On || x.Codes != 9 {
			t.Errorf("%+v %v", x, err)
		}
		h.turn(time.Hour)
		late := half(t, s, "eins")
		h.turn(31 * time.Minute)
		if code := finish(late, codeAt(t, secret, h.now())); code != "step_over" {
			t.Errorf("half an hour later: %s", code)
		}
	})
}

// Two browsers with the same code at the same moment: one gets in.
func TestACodeCountsOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		by := newAuthority(t, s, "Musterstadt")
		me := somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		secret, codes := protected(t, s, me)
		h.turn(time.Hour)
		for _, code := range []string{codeAt(t, secret, h.now()), codes[0]} {
			steps := []*store.NextStep{half(t, s, "eins"), half(t, s, "eins"), half(t, s, "eins")}
			var wg sync.WaitGroup
			var mu sync.Mutex
			in := 0
			for _, step := range steps {
				wg.Go(func() {
					if _, _, err := s.FinishSignIn(context.Background(), step.Secret, code, store.SignIn{}); err == nil {
						mu.Lock()
						in++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if in != 1 {
				t.Errorf("%d got in by one code", in)
			}
			h.turn(time.Hour)
		}
	})
}

func TestGuessingCodesIsSlow(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		me := somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		secret, _ := protected(t, s, me)
		h.turn(time.Hour)
		tried := 0
		for range 100 { // the password again and again is no way to more tries
			step, asked := errors.AsType[*store.NextStep](func() error {
				_, err := s.SignIn(ctx, store.SignIn{Login: "eins", Password: goodPassword})
				return err
			}())
			if !asked {
				break
			}
			if _, _, err := s.FinishSignIn(ctx, step.Secret, "000000", store.SignIn{}); codeOf(err) == "code_wrong_second" {
				tried++
			}
		}
		if tried > 5 {
			t.Errorf("%d codes were tried at once", tried)
		}
		h.turn(time.Hour)
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, codeAt(t, secret, h.now()), store.SignIn{}); err != nil {
			t.Errorf("its owner, later: %v", err)
		}
	})
}

func TestASecondFactorIsChangedByItsOwnerAlone(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		me := somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		secret, codes := protected(t, s, me)
		h.turn(time.Hour)
		for name, do := range map[string]func(password, code string) error{
			"switched off": func(p, c string) error { return s.DropSecondFactor(ctx, me, p, c) },
			"new codes":    func(p, c string) error { _, err := s.NewRecoveryCodes(ctx, me, p, c); return err },
			"replaced":     func(p, c string) error { _, err := s.BeginSecondFactor(ctx, me, p, c); return err },
		} {
			if err := do("falsch", codes[0]); codeOf(err) != "password_wrong" {
				t.Errorf("%s without the password: %v", name, err)
			}
			if err := do(goodPassword, "000000"); codeOf(err) != "code_wrong_second" {
				t.Errorf("%s without a code: %v", name, err)
			}
			h.turn(24 * time.Hour)
		}
		next, err := s.BeginSecondFactor(ctx, me, goodPassword, codeAt(t, secret, h.now()))
		if err != nil {
			t.Fatal(err)
		}
		h.turn(time.Minute)
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, codeAt(t, secret, h.now()), store.SignIn{}); err != nil {
			t.Errorf("until the new one is confirmed the old one counts: %v", err)
		}
		if _, err := s.ConfirmSecondFactor(ctx, me, codeAt(t, next, h.now()), ""); err != nil {
			t.Fatal(err)
		}
		h.turn(time.Minute)
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, codeAt(t, secret, h.now()), store.SignIn{}); codeOf(err) != "code_wrong_second" {
			t.Errorf("the old one still counts: %v", err)
		}
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, codes[1], store.SignIn{}); codeOf(err) != "code_wrong_second" {
			t.Errorf("the old recovery codes still count: %v", err)
		}
		if err := s.DropSecondFactor(ctx, me, goodPassword, codeAt(t, next, h.now())); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, store.SignIn{Login: "eins", Password: goodPassword}); err != nil {
			t.Errorf("off, and still asked for: %v", err)
		}
	})
}

// Lost telephone, lost paper: somebody who knows the person takes the second factor away, and the person is told.
func TestALostSecondFactorIsReset(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		north := newSchool(t, s, by, "Nord")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		clerk := somebody(t, s, by, "sekretariat", school.Grant{Role: school.SchoolAdmin, School: north})
		secret, _ := protected(t, s, clerk)
		protected(t, s, admin)
		h.turn(time.Hour)
		a, err := s.Account(ctx, admin, clerk.Account)
		if err != nil || !a.Second {
			t.Fatalf("%+v %v", a, err)
		}
		a.Email = "sekretariat@nord.example"
		if err := s.ChangeAccount(ctx, admin, a); err != nil {
			t.Fatal(err)
		}
		in, _, err := s.FinishSignIn(ctx, half(t, s, "sekretariat").Secret, codeAt(t, secret, h.now()), store.SignIn{})
		if err != nil {
			t.Fatal(err)
		}
		for name, x := range map[string]struct {
			by   school.Actor
			of   school.AccountID
			code string
		}{
			"a stranger's":    {newAuthority(t, s, "Anderswo"), clerk.Account, "not_found"},
			"the boss's":      {clerk, admin.Account, "not_found"},
			"one's own":       {admin, admin.Account, "second_own"},
			"one's that none": {admin, somebody(t, s, by, "ohne", school.Grant{Role: school.Auditor}).Account, "not_found"},
		} {
			if err := s.ResetSecondFactor(ctx, x.by, x.of, "s", "b"); codeOf(err) != x.code {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.ResetSecondFactor(ctx, admin, clerk.Account, "Zweiter Faktor", "zurückgesetzt"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SessionActor(ctx, in); school.KindOf(err) != school.NotFound {
			t.Errorf("its sessions live on: %v", err)
		}
		if _, err := s.SignIn(ctx, store.SignIn{Login: "sekretariat", Password: goodPassword}); err != nil {
			t.Errorf("it is still asked for: %v", err)
		}
		mail, err := s.ClaimMail(ctx, 10, time.Minute)
		if err != nil || len(mail) != 1 || mail[0].To != "sekretariat@nord.example" || mail[0].Body != "zurückgesetzt" {
			t.Errorf("%+v %v", mail, err)
		}
		log, err := s.Audit(ctx, admin, store.AuditFilter{Event: "account.second_reset"})
		if err != nil || len(log) != 1 || log[0].SubjectID != string(clerk.Account) {
			t.Errorf("%+v %v", log, err)
		}
	})
}

// The only administrator lost telephone and paper: who has key ring and database helps.
func TestTheMachineItselfHelpsWhoLostEverything(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		protected(t, s, admin)
		h.turn(time.Hour)
		half(t, s, "leitung")
		link, err := s.RescueLink(ctx, "leitung", "")
		if err == nil {
			_, err = s.SetPassword(ctx, link, goodPassword)
		}
		if err != nil {
			t.Fatal(err)
		}
		if me := signedIn(t, s, "leitung"); me.Account != admin.Account {
			t.Error("somebody else")
		}
		if _, err := s.RescueLink(ctx, "leitung", ""); err != nil {
			t.Errorf("without a second factor: %v", err)
		}
	})
}

// An authority that asks a second factor of a role leads its people to one at their next sign-in.
func TestAnAuthorityAsksForASecondFactor(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "pruefung", school.Grant{Role: school.Auditor})
		a, err := s.Authority(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		was := a
		a.Policy.SecondFactor = []school.Role{"king"}
		if _, err := s.ChangeAuthority(ctx, by, was, a); codeOf(err) != "choice" {
			t.Errorf("of a role that does not exist: %v", err)
		}
		a.Policy.SecondFactor = []school.Role{school.AuthorityAdmin}
		if _, err := s.ChangeAuthority(ctx, by, was, a); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, store.SignIn{Login: "pruefung", Password: goodPassword}); err != nil {
			t.Errorf("a role nothing is asked of: %v", err)
		}
		step := half(t, s, "leitung")
		if !step.SetUp {
			t.Fatal("a code is asked of somebody who has none")
		}
		secret, err := s.StepSecret(ctx, step.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := s.StepSecret(ctx, step.Secret); err != nil || again != secret {
			t.Errorf("shown again it is another: %v", err)
		}
		if _, _, err := s.FinishSignIn(ctx, step.Secret, "000000", store.SignIn{}); codeOf(err) != "code_wrong_second" {
			t.Errorf("a wrong code: %v", err)
		}
		in, codes, err := s.FinishSignIn(ctx, step.Secret, codeAt(t, secret, h.now()), store.SignIn{})
		if err != nil || len(codes) != 10 {
			t.Fatal(codes, err)
		}
		if who, _, err := s.SessionActor(ctx, in); err != nil || who.Account != admin.Account {
			t.Error(err)
		}
		if err := s.DropSecondFactor(ctx, admin, goodPassword, codes[0]); codeOf(err) != "second_required" {
			t.Errorf("switched off although it is asked for: %v", err)
		}
		if _, err := s.StepSecret(ctx, half(t, s, "leitung").Secret); school.KindOf(err) != school.NotFound {
			t.Errorf("whoever has the password sees the secret: %v", err)
		}
		// A new password ends half sign-ins.
		open := half(t, s, "leitung")
		link, err := s.NewLink(ctx, by, admin.Account)
		if err == nil {
			_, err = s.SetPassword(ctx, link, goodPassword)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.FinishSignIn(ctx, open.Secret, codes[1], store.SignIn{}); codeOf(err) != "step_over" {
			t.Errorf("a half sign-in outlives its password: %v", err)
		}
	})
}
