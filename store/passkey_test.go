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
)

// keyNamed is a key as it comes from a browser. Whether what it signs is right is proven in ui/passkey.
func keyNamed(name string) store.Passkey {
	return store.Passkey{Name: name, Credential: []byte("credential of " + name), Public: []byte("public"), Transports: []string{"internal", "hybrid"}, Eligible: true, BackedUp: true}
}

// fresh signs in and returns the secret of the session, and who it is.
func fresh(t testing.TB, s *store.Store, login string) (string, school.Actor) {
	t.Helper()
	in, err := s.SignIn(context.Background(), store.SignIn{Login: login, Password: goodPassword, Client: "Firefox"})
	if err != nil {
		t.Fatal(err)
	}
	by, _, err := s.SessionActor(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return in, by
}

// withKey adds a key to an account that has none, and returns it with the recovery codes and the session.
func withKey(t testing.TB, s *store.Store, login string, k store.Passkey) (store.Passkey, []string, string, school.Actor) {
	t.Helper()
	in, by := fresh(t, s, login)
	codes, err := s.AddPasskey(context.Background(), by, k, in)
	if err == nil {
		k, err = s.PasskeyByCredential(context.Background(), k.Credential)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k, codes, in, by
}

func events(t testing.TB, s *store.Store, by school.Actor, name string) int {
	t.Helper()
	log, err := s.Audit(context.Background(), by, store.AuditFilter{Event: name})
	if err != nil {
		t.Fatal(err)
	}
	return len(log)
}

func TestAPasskeySignsIn(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		elsewhere, _ := fresh(t, s, "eins")
		k, codes, in, me := withKey(t, s, "eins", keyNamed("Diensttelefon"))
		if len(codes) != 10 || k.Account != me.Account || !slices.Equal(k.Transports, []string{"internal", "hybrid"}) || !k.Eligible || !k.BackedUp || !k.Created.Equal(h.now()) {
			t.Fatalf("%d codes, %+v", len(codes), k)
		}
		if _, _, err := s.SessionActor(ctx, elsewhere); school.KindOf(err) != school.NotFound {
			t.Errorf("a session before the first second factor lives on: %v", err)
		}
		if _, _, err := s.SessionActor(ctx, in); err != nil {
			t.Errorf("one's own session ended: %v", err)
		}
		second := keyNamed("Stick")
		second.Eligible, second.BackedUp, second.Count = false, false, 5
		if codes, err := s.AddPasskey(ctx, me, second, in); err != nil || codes != nil {
			t.Errorf("with the second key come codes again: %d %v", len(codes), err)
		}
		if x, err := s.SecondFactor(ctx, me); err != nil || !x.On || x.App || x.Passkeys != 2 || x.Codes != 10 {
			t.Errorf("%+v %v", x, err)
		}
		h.turn(time.Hour)
		got, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{Client: "Safari", Old: in})
		if err != nil {
			t.Fatal(err)
		}
		who, x, err := s.SessionActor(ctx, got)
		if err != nil || who.Account != me.Account || x.Client != "Safari" || !x.Proven.Equal(h.now()) {
			t.Errorf("%+v %v", x, err)
		}
		if _, _, err := s.SessionActor(ctx, in); school.KindOf(err) != school.NotFound {
			t.Errorf("the session before lives on: %v", err)
		}
		own, err := s.Sessions(ctx, who)
		if err != nil || len(own) != 1 || own[0].Passkey != "Diensttelefon" {
			t.Errorf("%+v %v", own, err)
		}
		all, err := s.AccountSessions(ctx, admin, store.SessionFilter{Account: me.Account})
		if err != nil || len(all.Rows) != 1 || all.Rows[0].Passkey != "Diensttelefon" {
			t.Errorf("%+v %v", all.Rows, err)
		}
		keys, err := s.Passkeys(ctx, who)
		if err != nil || len(keys) != 2 || keys[0].Name != "Diensttelefon" || !keys[0].Used.Equal(h.now()) || !keys[1].Used.IsZero() || keys[1].Count != 5 {
			t.Errorf("%+v %v", keys, err)
		}
		if a, err := s.Account(ctx, admin, me.Account); err != nil || !a.Second || a.App || a.Passkeys != 2 {
			t.Errorf("%+v %v", a, err)
		}
		if n := events(t, s, admin, "account.passkey_added"); n != 2 {
			t.Errorf("%d entries", n)
		}
		if err := s.DisableAccount(ctx, admin, me.Account); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{}); codeOf(err) != "passkey_unknown" {
			t.Errorf("a disabled account: %v", err)
		}
	})
}

func TestWhatAPasskeyIsAskedCountsOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		ask, err := s.AskAnyPasskey(ctx, "browser")
		if err != nil || len(ask.Challenge) != 43 || ask.Account.ID != "" || len(ask.Keys) != 0 {
			t.Fatalf("%+v %v", ask, err)
		}
		take := func(use store.PasskeyUse, holder string) string {
			got, err := s.TakePasskeyAsk(ctx, use, holder)
			if err == nil && got.Challenge != ask.Challenge {
				return "another challenge"
			}
			return codeOf(err)
		}
		for name, x := range map[string]struct {
			use    store.PasskeyUse
			holder string
		}{"another browser": {store.PasskeySignIn, "other"}, "none": {store.PasskeySignIn, ""}, "for something else": {store.PasskeyProve, "browser"}} {
			if code := take(x.use, x.holder); code != "passkey_over" {
				t.Errorf("%s: %q", name, code)
			}
		}
		h.turn(5*time.Minute - time.Second)
		if code := take(store.PasskeySignIn, "browser"); code != "" {
			t.Errorf("in time: %s", code)
		}
		if code := take(store.PasskeySignIn, "browser"); code != "passkey_over" {
			t.Errorf("twice: %q", code)
		}
		if _, err := s.AskAnyPasskey(ctx, "browser"); err != nil {
			t.Fatal(err)
		}
		if ask, err = s.AskAnyPasskey(ctx, "browser"); err != nil { // asked anew, the first is void
			t.Fatal(err)
		}
		if code := take(store.PasskeySignIn, "browser"); code != "" {
			t.Errorf("asked twice: %s", code)
		}
		if ask, err = s.AskAnyPasskey(ctx, "browser"); err != nil {
			t.Fatal(err)
		}
		h.turn(5 * time.Minute)
		if code := take(store.PasskeySignIn, "browser"); code != "passkey_over" {
			t.Errorf("five minutes later: %q", code)
		}
		if ask, err = s.AskAnyPasskey(ctx, "browser"); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		won := 0
		for range 4 {
			wg.Go(func() {
				if _, err := s.TakePasskeyAsk(ctx, store.PasskeySignIn, "browser"); err == nil {
					mu.Lock()
					won++
					mu.Unlock()
				}
			})
		}
		if wg.Wait(); won != 1 {
			t.Errorf("%d took it", won)
		}
		if _, err := s.AskAnyPasskey(ctx, "late"); err != nil {
			t.Fatal(err)
		}
		h.turn(6 * time.Minute)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		h.turn(-6 * time.Minute)
		if code := take(store.PasskeySignIn, "late"); code != "passkey_over" {
			t.Errorf("what is over is kept: %q", code)
		}
	})
}

func TestAPasskeyIsASecondFactor(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		k, codes, _, me := withKey(t, s, "eins", keyNamed("Telefon"))
		there := newAuthority(t, s, "Anderswo")
		somebody(t, s, there, "fremd", school.Grant{Role: school.Auditor})
		foreign, _, _, _ := withKey(t, s, "fremd", keyNamed("Fremdes Telefon"))

		step := half(t, s, "eins")
		if step.SetUp {
			t.Error("it is there already")
		}
		ask, use, err := s.AskPasskeyInStep(ctx, step.Secret)
		if err != nil || use != store.PasskeySecond || ask.Account.ID != me.Account || len(ask.Keys) != 1 || ask.Keys[0].ID != k.ID {
			t.Fatalf("%+v %s %v", ask, use, err)
		}
		if _, err := s.FinishWithPasskey(ctx, step.Secret, store.PasskeyProof{Key: foreign}, store.SignIn{}); codeOf(err) != "passkey_unknown" {
			t.Errorf("a key of another authority: %v", err)
		}
		in, err := s.FinishWithPasskey(ctx, step.Secret, store.PasskeyProof{Key: k}, store.SignIn{})
		if err != nil {
			t.Fatal(err)
		}
		if who, _, err := s.SessionActor(ctx, in); err != nil || who.Account != me.Account {
			t.Error(err)
		}
		if _, err := s.FinishWithPasskey(ctx, step.Secret, store.PasskeyProof{Key: k}, store.SignIn{}); codeOf(err) != "step_over" {
			t.Errorf("one password, two sessions: %v", err)
		}
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, "000000", store.SignIn{}); codeOf(err) != "code_wrong_second" {
			t.Errorf("a code of no app: %v", err)
		}
		if _, _, err := s.FinishSignIn(ctx, half(t, s, "eins").Secret, codes[0], store.SignIn{}); err != nil {
			t.Errorf("a recovery code: %v", err)
		}
		if n := events(t, s, admin, "account.recovery_used"); n != 1 {
			t.Errorf("%d entries", n)
		}
		// An app beside it takes a recovery code, too: the password alone opens no second door.
		if _, err := s.BeginSecondFactor(ctx, me, goodPassword, ""); codeOf(err) != "code_wrong_second" {
			t.Errorf("an app beside a key, by the password alone: %v", err)
		}
		h.turn(time.Hour)
		secret, err := s.BeginSecondFactor(ctx, me, goodPassword, codes[1])
		if err != nil {
			t.Fatal(err)
		}
		if codes, err = s.ConfirmSecondFactor(ctx, me, codeAt(t, secret, h.now()), ""); err != nil || len(codes) != 10 {
			t.Fatal(err)
		}
		h.turn(time.Hour)
		if err := s.DropSecondFactor(ctx, me, goodPassword, codeAt(t, secret, h.now())); err != nil {
			t.Fatal(err)
		}
		if x, err := s.SecondFactor(ctx, me); err != nil || !x.On || x.App || x.Codes != 10 {
			t.Errorf("without the app: %+v %v", x, err)
		}
		if err := s.DropSecondFactor(ctx, me, goodPassword, codes[2]); school.KindOf(err) != school.NotFound {
			t.Errorf("an app that is not there: %v", err)
		}
	})
}

// A count that does not go up is that of a copy: neither opens anything from then on, and the log says so.
func TestAPasskeyThatCountsBackIsBlocked(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		mine := keyNamed("Stick")
		mine.Count = 7
		k, _, _, me := withKey(t, s, "eins", mine)
		sign := func(count uint32) string {
			now, err := s.PasskeyByCredential(ctx, k.Credential)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.SignInWithPasskey(ctx, store.PasskeyProof{Key: now, Count: count}, store.SignIn{})
			return codeOf(err)
		}
		if code := sign(9); code != "" {
			t.Fatal(code)
		}
		for _, x := range []struct {
			name  string
			count uint32
		}{{"the same again", 9}, {"higher, but doubted", 20}, {"it counts no more", 0}} {
			if code := sign(x.count); code != "passkey_cloned" {
				t.Errorf("%s: %q", x.name, code)
			}
		}
		if n := events(t, s, admin, "account.passkey_cloned"); n != 1 {
			t.Errorf("%d entries", n)
		}
		step := half(t, s, "eins") // it does not make the account weaker
		now, err := s.PasskeyByCredential(ctx, k.Credential)
		if err != nil || now.Suspect.IsZero() || now.Count != 9 {
			t.Errorf("%+v %v", now, err)
		}
		if _, err := s.FinishWithPasskey(ctx, step.Secret, store.PasskeyProof{Key: now, Count: 30}, store.SignIn{}); codeOf(err) != "passkey_cloned" {
			t.Errorf("after the password: %v", err)
		}
		if err := s.ProveWithPasskey(ctx, me, store.PasskeyProof{Key: now, Count: 30}, "x"); codeOf(err) != "passkey_cloned" {
			t.Errorf("to prove: %v", err)
		}
		for range 50 {
			if err := s.PasskeyFailed(ctx, now); err != nil {
				t.Fatal(err)
			}
		}
		if n := events(t, s, admin, "account.sign_in_failed"); n < 1 || n > 6 {
			t.Errorf("%d entries of 50 tries", n)
		}
	})
}

func TestPasskeysAreChangedByWhoIsThere(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		somebody(t, s, by, "zwei", school.Grant{Role: school.Auditor})
		theirs, _, theirIn, them := withKey(t, s, "zwei", keyNamed("Fremd"))
		k, codes, in, me := withKey(t, s, "eins", keyNamed("Telefon"))
		h.turn(store.FreshFor)
		for name, do := range map[string]func() error{
			"asked":    func() error { _, err := s.AskPasskey(ctx, me, store.PasskeyAdd, in); return err },
			"added":    func() error { _, err := s.AddPasskey(ctx, me, keyNamed("Stick"), in); return err },
			"removed":  func() error { return s.RemovePasskey(ctx, me, k.ID, in) },
			"codes":    func() error { _, err := s.RenewRecoveryCodes(ctx, me, in); return err },
			"stranger": func() error { return s.RemovePasskey(ctx, me, k.ID, theirIn) },
		} {
			if code := codeOf(do()); code != "prove_first" {
				t.Errorf("%s, ten minutes later: %q", name, code)
			}
		}
		for _, x := range []struct{ name, password, code, want string }{
			{"no password", "", codes[0], "password_wrong"}, {"no code", goodPassword, "", "code_wrong_second"}, {"both", goodPassword, codes[0], ""}, {"the code again", goodPassword, codes[0], "code_wrong_second"},
		} {
			if code := codeOf(s.Prove(ctx, me, x.password, x.code, in)); code != x.want {
				t.Errorf("%s: %q", x.name, code)
			}
		}
		if fresh, err := s.RenewRecoveryCodes(ctx, me, in); err != nil || len(fresh) != 10 || slices.Contains(fresh, codes[1]) {
			t.Errorf("%d %v", len(fresh), err)
		}
		h.turn(store.FreshFor)
		if err := s.ProveWithPasskey(ctx, me, store.PasskeyProof{Key: theirs}, in); codeOf(err) != "passkey_unknown" {
			t.Errorf("by somebody else's key: %v", err)
		}
		if err := s.ProveWithPasskey(ctx, me, store.PasskeyProof{Key: k}, in); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePasskey(ctx, me, theirs.ID, in); school.KindOf(err) != school.NotFound {
			t.Errorf("somebody else's: %v", err)
		}
		if _, err := s.AddPasskey(ctx, me, theirs, in); codeOf(err) != "passkey_taken" {
			t.Errorf("somebody else's as one's own: %v", err)
		}
		if _, err := s.AddPasskey(ctx, me, store.Passkey{Credential: []byte("x"), Public: []byte("y")}, in); codeOf(err) != "required" {
			t.Errorf("without a name: %v", err)
		}
		for i := 1; i < store.MaxPasskeys; i++ {
			if _, err := s.AddPasskey(ctx, me, keyNamed("Stick "+string(rune('a'+i))), in); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.AddPasskey(ctx, me, keyNamed("zu viel"), in); codeOf(err) != "passkey_many" {
			t.Errorf("one too many: %v", err)
		}
		other, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePasskey(ctx, me, k.ID, in); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SessionActor(ctx, other); school.KindOf(err) != school.NotFound {
			t.Errorf("what it opened lives on: %v", err)
		}
		if _, err := s.PasskeyByCredential(ctx, k.Credential); codeOf(err) != "passkey_unknown" {
			t.Errorf("it is still there: %v", err)
		}
		if _, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{}); err == nil {
			t.Error("a key that was removed signs in")
		}
		// The last one takes the recovery codes with it.
		if err := s.RemovePasskey(ctx, them, theirs.ID, theirIn); codeOf(err) != "prove_first" {
			t.Fatal(err)
		}
		last, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: theirs}, store.SignIn{})
		if err == nil {
			err = s.RemovePasskey(ctx, them, theirs.ID, last)
		}
		if err != nil {
			t.Fatal(err)
		}
		if x, err := s.SecondFactor(ctx, them); err != nil || x.On || x.Codes != 0 {
			t.Errorf("%+v %v", x, err)
		}
		if _, _, err := s.SessionActor(ctx, last); err != nil {
			t.Errorf("the session it was removed in: %v", err)
		}
		signedIn(t, s, "zwei")
	})
}

// Where a second factor is required a passkey is one, and the last of them stays.
func TestAPasskeySatisfiesTheAuthority(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		a, err := s.Authority(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		was := a
		a.Policy.SecondFactor = []school.Role{school.AuthorityAdmin}
		if _, err := s.ChangeAuthority(ctx, by, was, a); err != nil {
			t.Fatal(err)
		}
		step, beside := half(t, s, "leitung"), half(t, s, "leitung")
		if _, use, err := s.AskPasskeyInStep(ctx, step.Secret); err != nil || use != store.PasskeyAdd {
			t.Fatal(use, err)
		}
		in, codes, err := s.FinishByAddingPasskey(ctx, step.Secret, keyNamed("Telefon"), store.SignIn{})
		if err != nil || len(codes) != 10 {
			t.Fatal(len(codes), err)
		}
		if _, _, err := s.FinishByAddingPasskey(ctx, beside.Secret, keyNamed("Diebstahl"), store.SignIn{}); codeOf(err) != "step_over" {
			t.Errorf("a second browser with the password adds its own: %v", err)
		}
		who, _, err := s.SessionActor(ctx, in)
		if err != nil || who.Account != admin.Account {
			t.Fatal(err)
		}
		if half(t, s, "leitung").SetUp {
			t.Error("it is asked to set one up again")
		}
		if _, _, err := s.FinishByAddingPasskey(ctx, half(t, s, "leitung").Secret, keyNamed("Diebstahl"), store.SignIn{}); codeOf(err) != "second_there" {
			t.Errorf("the password alone adds a key: %v", err)
		}
		keys, err := s.Passkeys(ctx, who)
		if err != nil || len(keys) != 1 {
			t.Fatal(keys, err)
		}
		if err := s.RemovePasskey(ctx, who, keys[0].ID, in); codeOf(err) != "passkey_last" {
			t.Errorf("the last: %v", err)
		}
		if _, err := s.AddPasskey(ctx, who, keyNamed("Stick"), in); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePasskey(ctx, who, keys[0].ID, in); err != nil {
			t.Errorf("one of two: %v", err)
		}
	})
}

// Whoever lost all devices is let in again by somebody who knows them, or from the machine itself.
func TestLostPasskeysAreReset(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		k, _, _, me := withKey(t, s, "eins", keyNamed("Telefon"))
		in, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k}, store.SignIn{})
		if err == nil {
			err = s.ResetSecondFactor(ctx, admin, me.Account, "", "")
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.SessionActor(ctx, in); school.KindOf(err) != school.NotFound {
			t.Errorf("its session lives on: %v", err)
		}
		if _, err := s.PasskeyByCredential(ctx, k.Credential); codeOf(err) != "passkey_unknown" {
			t.Errorf("it is still there: %v", err)
		}
		signedIn(t, s, "eins")

		op, link, err := s.CreateOperator(ctx, root, store.Account{Login: "betrieb", Name: "Betrieb"})
		if err == nil {
			_, err = s.SetPassword(ctx, link, goodPassword)
		}
		if err != nil {
			t.Fatal(err)
		}
		mine := keyNamed("Betrieb")
		mine.Count = 3
		k, _, _, _ = withKey(t, s, "betrieb", mine)
		if _, err := s.SignInWithPasskey(ctx, store.PasskeyProof{Key: k, Count: 2}, store.SignIn{}); codeOf(err) != "passkey_cloned" {
			t.Errorf("an operator's copy: %v", err)
		}
		if _, asked := errors.AsType[*store.NextStep](func() error {
			_, err := s.SignIn(ctx, store.SignIn{Login: "betrieb", Password: goodPassword})
			return err
		}()); !asked {
			t.Error("an operator's key is no second factor")
		}
		if _, err := s.RescueLink(ctx, "betrieb", ""); err != nil {
			t.Fatal(err)
		}
		if who := signedIn(t, s, "betrieb"); who.Account != op {
			t.Error("somebody else")
		}
	})
}
