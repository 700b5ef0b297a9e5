package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// door makes a provider with rules, as it is read for a sign-in.
func door(t testing.TB, s *store.Store, by school.Actor, issuer string, at school.SchoolID, rules ...school.ClaimRule) school.Provider {
	t.Helper()
	ctx := context.Background()
	id, err := s.CreateProvider(ctx, by, school.Provider{Name: "IServ " + issuer, Issuer: "https://" + issuer, ClientID: "ranzen", School: at}, "geheim")
	if err == nil {
		err = s.SetProviderRules(ctx, by, id, rules)
	}
	if err != nil {
		t.Fatal(err)
	}
	return seen(t, s, id)
}

func seen(t testing.TB, s *store.Store, id school.ProviderID) school.Provider {
	t.Helper()
	p, err := s.ProviderForSignIn(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p.Provider
}

var teachers = school.ClaimRule{Claim: "roles", Value: "ROLE_TEACHER", Role: school.Auditor}
var heads = school.ClaimRule{Claim: "groups", Value: "schulleitung", Role: school.SchoolAdmin}

func roles(words ...string) school.Claims {
	c := school.Claims{}
	for _, w := range words {
		claim := "roles"
		if !strings.HasPrefix(w, "ROLE_") {
			claim = "groups"
		}
		c[claim] = append(c[claim], []string{w})
	}
	return c
}

func rolesOf(t testing.TB, s *store.Store, secret string) (out []string) {
	t.Helper()
	by, _, err := s.SessionActor(context.Background(), secret)
	if err != nil {
		return []string{codeOf(err)}
	}
	for _, g := range by.Grants {
		out = append(out, string(g.Role)+" "+string(g.School))
	}
	return out
}

// An account belongs to issuer and subject; its roles to what the provider says now.
func TestMUC05_RolesFollowTheClaims(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		north := newSchool(t, s, by, "Gymnasium Nord")
		p := door(t, s, by, "nord.example", north, teachers, heads, school.ClaimRule{Claim: "roles", Value: "ROLE_STUDENT"})
		come := func(p school.Provider, subject string, c school.Claims) (string, error) {
			return s.Arrive(ctx, store.Arrival{Provider: p, Subject: subject, Name: "Lena Muster", Email: "l.muster@nord.example", Claims: c, SID: "s-" + subject, IDToken: "token"})
		}
		for _, c := range []school.Claims{nil, roles("ROLE_STUDENT"), roles("ROLE_PARENT"), roles("Schulleitung"), {"ROLE_TEACHER": {{"roles"}}}} {
			if _, err := come(p, "new", c); codeOf(err) != "provider_no_role" || school.KindOf(err) != school.Denied {
				t.Errorf("%v lets somebody in: %v", c, err)
			}
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM account WHERE issuer <> ''`); n != 0 || err != nil {
			t.Errorf("an account was made of somebody without a role: %d %v", n, err)
		}
		first, err := come(p, "17", roles("ROLE_TEACHER", "schulleitung", "ROLE_USER"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"auditor ", "school_admin " + string(north)}, sorted(rolesOf(t, s, first))); diff != "" {
			t.Error(diff)
		}
		me, x, err := s.SessionActor(ctx, first)
		if err != nil || x.Name != "Lena Muster" || me.Tenant != by.Tenant {
			t.Fatalf("%+v %v", x, err)
		}

		// Nothing changed: nothing is written but the sign-in itself.
		before, err := s.Authority(ctx, by)
		if err != nil {
			t.Fatal(err)
		}
		again, err := come(p, "17", roles("ROLE_TEACHER", "schulleitung"))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := s.Authority(ctx, by); err != nil || after.Version != before.Version {
			t.Errorf("a sign-in that changed nothing made plans old: %d, %d %v", before.Version, after.Version, err)
		}

		// What a person gave stays; what the claims gave goes with them, in all sessions.
		if _, err := s.GrantRole(ctx, by, me.Account, school.Grant{Role: school.SchoolAdmin, School: newSchool(t, s, by, "Realschule Süd")}); err != nil {
			t.Fatal(err)
		}
		if _, err := come(p, "17", roles("ROLE_TEACHER")); err != nil {
			t.Fatal(err)
		}
		if got := rolesOf(t, s, again); len(got) != 2 || strings.Contains(strings.Join(got, " "), string(north)) {
			t.Errorf("without the group: %v", got)
		}
		if _, err := come(p, "17", nil); err != nil {
			t.Errorf("the role a person gave is enough: %v", err)
		}

		// Another subject of the same name and address is somebody else; so is the same subject of another issuer.
		if _, err := come(p, "18", roles("ROLE_TEACHER")); err != nil {
			t.Fatal(err)
		}
		q := door(t, s, by, "sued.example", "", teachers)
		if _, err := come(q, "17", roles("ROLE_TEACHER")); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM account WHERE email = 'l.muster@nord.example'`); n != 3 || err != nil {
			t.Errorf("%d people, %v", n, err)
		}

		// Nobody gets in by a password, a link, or another account's login.
		if _, err := s.NewLink(ctx, by, me.Account); codeOf(err) != "account_of_provider" {
			t.Errorf("a link for an account without a password: %v", err)
		}
		for _, guess := range []string{"", goodPassword} {
			if _, err := s.SignIn(ctx, store.SignIn{Login: "sso-" + string(me.Account), Password: guess}); codeOf(err) != "sign_in_wrong" {
				t.Errorf("password %q: %v", guess, err)
			}
		}

		// A school that is closed gives nothing any more.
		west := newSchool(t, s, by, "Realschule West")
		w := door(t, s, by, "west.example", west, heads)
		if _, err := s.ArchiveSchool(ctx, by, west); err != nil {
			t.Fatal(err)
		}
		if _, err := come(w, "9", roles("schulleitung")); codeOf(err) != "provider_no_role" {
			t.Errorf("a role at a closed school: %v", err)
		}
		if _, broken, err := s.VerifyAudit(ctx, by); broken != 0 || err != nil {
			t.Error(broken, err)
		}
	})
}

func sorted(in []string) []string {
	out := append([]string{}, in...)
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if out[j] < out[i] {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	return out
}

// Two authorities that name the same issuer have nothing in common: neither people nor roles nor sessions.
func TestMUC05_AnIssuerOfAnotherAuthorityMeansNothingHere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		a, b := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		p, q := door(t, s, a, "gleich.example", "", teachers), door(t, s, b, "gleich.example", "", teachers)
		for _, x := range []school.Provider{p, q} {
			secret, err := s.Arrive(ctx, store.Arrival{Provider: x, Subject: "1", Name: "Lena", Claims: roles("ROLE_TEACHER")})
			if err != nil {
				t.Fatal(err)
			}
			by, session, err := s.SessionActor(ctx, secret)
			if err != nil || by.Tenant != x.Authority || len(session.Authorities) != 1 || len(by.Grants) != 1 || by.Grants[0].Authority != x.Authority {
				t.Errorf("%+v %v", by, err)
			}
		}
		if _, err := s.Provider(ctx, b, p.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("a stranger reads the provider: %v", err)
		}
		for name, do := range map[string]func() error{
			"changes":  func() error { return s.ChangeProvider(ctx, b, p, nil) },
			"rules":    func() error { return s.SetProviderRules(ctx, b, p.ID, nil) },
			"disables": func() error { return s.DisableProvider(ctx, b, p.ID) },
			"removes":  func() error { return s.RemoveProvider(ctx, b, p.ID) },
			"looks":    func() error { _, _, err := s.LastClaims(ctx, b, p.ID); return err },
		} {
			if err := do(); school.KindOf(err) != school.NotFound {
				t.Errorf("a stranger %s it: %v", name, err)
			}
		}
		// A rule cannot lead to a school of another authority either.
		foreign := newSchool(t, s, a, "Gymnasium Nord")
		if err := s.SetProviderRules(ctx, b, q.ID, []school.ClaimRule{{Claim: "roles", Value: "x", Role: school.SchoolAdmin, School: foreign}}); school.KindOf(err) != school.NotFound {
			t.Errorf("a role at a foreign school: %v", err)
		}
	})
}

// Who may say which issuer is believed, or what its words mean, could let itself in: so nobody may who has less.
func TestNobodyGivesByAProviderMoreThanTheyHave(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		first, err := s.FirstLink(ctx, "betrieb", "Betrieb")
		if err == nil {
			_, err = s.SetPassword(ctx, first, goodPassword)
		}
		if err != nil {
			t.Fatal(err)
		}
		operator := signedIn(t, s, "betrieb")
		if _, err := s.OpenAccess(ctx, operator, by.Tenant, "Ticket 4711", s.Now().AddDate(0, 0, 7)); err != nil {
			t.Fatal(err)
		}
		operator = signedIn(t, s, "betrieb")
		operator.Tenant = by.Tenant
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		clerk := somebody(t, s, by, "sekretariat", school.Grant{Role: school.SchoolAdmin, School: newSchool(t, s, by, "Nord")})
		rule := school.ClaimRule{Claim: "roles", Value: "ROLE_ADMIN", Role: school.AuthorityAdmin}
		if _, err := s.CreateProvider(ctx, clerk, school.Provider{Name: "X", Issuer: "https://x.example", ClientID: "c"}, ""); school.KindOf(err) != school.NotFound {
			t.Errorf("a school's administration adds a provider: %v", err)
		}
		p := door(t, s, admin, "iserv.example", "", rule)
		if err := s.SetProviderRules(ctx, admin, p.ID, []school.ClaimRule{{Claim: "roles", Value: "x", Role: school.Operator}}); codeOf(err) != "choice" {
			t.Errorf("a rule makes operators: %v", err)
		}
		evil := p
		evil.Issuer = "https://betreiber.example"
		for name, do := range map[string]func() error{
			"another issuer": func() error { return s.ChangeProvider(ctx, operator, evil, nil) },
			"another secret": func() error { x := "neu"; return s.ChangeProvider(ctx, operator, p, &x) },
			"a rule":         func() error { return s.SetProviderRules(ctx, operator, p.ID, []school.ClaimRule{rule}) },
			"rules dropped":  func() error { return s.SetProviderRules(ctx, operator, p.ID, nil) },
		} {
			if err := do(); school.KindOf(err) != school.Denied {
				t.Errorf("an operator lets itself in by %s: %v", name, err)
			}
		}
		mine, err := s.CreateProvider(ctx, operator, school.Provider{Name: "Y", Issuer: "https://betreiber.example", ClientID: "c"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetProviderRules(ctx, operator, mine, []school.ClaimRule{rule}); school.KindOf(err) != school.Denied {
			t.Errorf("an operator lets itself in by a provider of its own: %v", err)
		}
	})
}

func TestAProviderThatIsDisabledOrRemovedEndsItsSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		local := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		p, q := door(t, s, by, "nord.example", "", teachers), door(t, s, by, "sued.example", "", teachers)
		come := func(p school.Provider) (string, error) {
			return s.Arrive(ctx, store.Arrival{Provider: p, Subject: "1", Name: "Lena", Claims: roles("ROLE_TEACHER")})
		}
		secrets := map[string]string{}
		for name, p := range map[string]school.Provider{"p": p, "q": q} {
			secret, err := come(p)
			if err != nil {
				t.Fatal(err)
			}
			secrets[name] = secret
		}
		alive := func(secret string) bool { _, _, err := s.SessionActor(ctx, secret); return err == nil }
		if err := s.DisableProvider(ctx, by, p.ID); err != nil {
			t.Fatal(err)
		}
		if alive(secrets["p"]) || !alive(secrets["q"]) {
			t.Error("disabling one ends its sessions and nobody else's")
		}
		if _, err := come(p); codeOf(err) != "sign_in_over" {
			t.Errorf("a sign-in that was under way when it was disabled: %v", err)
		}
		if _, err := s.ProviderForSignIn(ctx, p.ID); school.KindOf(err) != school.NotFound {
			t.Errorf("a new one: %v", err)
		}
		if err := s.EnableProvider(ctx, by, p.ID); err != nil {
			t.Fatal(err)
		}
		back, cerr := come(p)
		if secrets["p"] = back; cerr != nil || !alive(back) {
			t.Error("enabled again, and nobody gets in")
		}
		if err := s.RemoveProvider(ctx, by, p.ID); err != nil {
			t.Fatal(err)
		}
		if alive(secrets["p"]) {
			t.Error("removed, and its session lives on")
		}
		list, err := s.Accounts(ctx, by, store.AccountFilter{Text: "Lena"})
		if err != nil || len(list.Rows) != 2 {
			t.Fatal(list, err)
		}
		for _, a := range list.Rows {
			if a.Provider == "https://nord.example" && (len(a.Grants) != 1 || a.Grants[0].Until.IsZero()) {
				t.Errorf("its role outlives it: %+v", a.Grants)
			}
		}
		// The same issuer, entered again, knows its people again.
		again := door(t, s, by, "nord.example", "", teachers)
		if _, err := come(again); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM account WHERE issuer = 'https://nord.example'`); n != 1 || err != nil {
			t.Errorf("%d accounts of one person, %v", n, err)
		}
		if local.Tenant != by.Tenant {
			t.Error("the local account is untouched")
		}
		// Another issuer under the same provider is a break: who came by the old one is out.
		secret, _ := come(again)
		again.Issuer = "https://neu.example"
		if err := s.ChangeProvider(ctx, by, again, nil); err != nil || alive(secret) {
			t.Errorf("the issuer changed, and the old session lives on: %v", err)
		}
		if _, err := come(seen(t, s, again.ID)); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM account WHERE subject = '1' AND issuer LIKE '%n%'`); n != 2 || err != nil {
			t.Errorf("the new issuer's 1 is the old one's: %d %v", n, err)
		}
	})
}

// What comes back from a provider counts in the browser that asked, once, and not for ever.
func TestAPendingSignInIsTakenOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by, other := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		p, q := door(t, s, by, "nord.example", ""), door(t, s, other, "nord.example", "")
		want := store.Pending{Provider: p.ID, Nonce: "n", Verifier: "v", Next: "/devices", Until: h.now().Add(store.PendingFor)}
		state, kept := s.BeginPending(p, want)
		if strings.Contains(kept, "/devices") || strings.Contains(kept, state) {
			t.Error("the cookie tells")
		}
		state2, kept2 := s.BeginPending(p, want)
		_, kept3 := s.BeginPending(q, want)
		_, body, _ := strings.Cut(kept, ".")
		for name, x := range map[string][2]string{"another browser": {state, kept2}, "no cookie": {state, ""}, "no state": {"", kept}, "another authority": {state, kept3},
			"authority swapped": {state, string(other.Tenant) + "." + body}, "cut off": {state, kept[:len(kept)-3]}, "nonsense": {state, "a.b"}, "another state": {state2, kept}} {
			if got, err := s.TakePending(ctx, x[0], x[1]); codeOf(err) != "sign_in_over" {
				t.Errorf("%s: %+v %v", name, got, err)
			}
		}
		got, err := s.TakePending(ctx, state, kept)
		if err != nil || got.Next != "/devices" || got.Nonce != "n" || got.Verifier != "v" || got.Provider != p.ID {
			t.Fatalf("%+v %v", got, err)
		}
		if _, err := s.TakePending(ctx, state, kept); codeOf(err) != "sign_in_over" {
			t.Errorf("twice: %v", err)
		}
		h.turn(store.PendingFor)
		if _, err := s.TakePending(ctx, state2, kept2); codeOf(err) != "sign_in_over" {
			t.Errorf("too late: %v", err)
		}
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM spent`); n != 0 || err != nil {
			t.Errorf("%d are kept for ever, %v", n, err)
		}
	})
}

func TestALogoutThereEndsTheSessionsHere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		p, q := door(t, s, by, "nord.example", "", teachers), door(t, s, by, "sued.example", "", teachers)
		secrets := map[string]string{}
		for _, x := range []struct {
			p            school.Provider
			subject, sid string
		}{{p, "1", "a"}, {p, "1", "b"}, {p, "2", "c"}, {q, "1", "a"}} {
			secret, err := s.Arrive(ctx, store.Arrival{Provider: x.p, Subject: x.subject, Name: "N", SID: x.sid, Claims: roles("ROLE_TEACHER"), IDToken: "hint-" + x.sid})
			if err != nil {
				t.Fatal(err)
			}
			secrets[fmt.Sprint(x.p.Name[6:10], x.subject, x.sid)] = secret
		}
		alive := func() (out []string) {
			for name, secret := range secrets {
				if _, _, err := s.SessionActor(ctx, secret); err == nil {
					out = append(out, name)
				}
			}
			return sorted(out)
		}
		end := func(want int, subject, sid, jti string, left ...string) {
			t.Helper()
			n, err := s.SignedOutThere(ctx, p, subject, sid, jti, s.Now().Add(time.Hour))
			if err != nil || n != want {
				t.Fatalf("%d ended, %v", n, err)
			}
			if diff := cmp.Diff(left, alive()); diff != "" {
				t.Error(diff)
			}
		}
		end(0, "2", "a", "j0", "nord1a", "nord1b", "nord2c", "sued1a") // a session of somebody else
		end(1, "", "a", "j1", "nord1b", "nord2c", "sued1a")
		if _, err := s.SignedOutThere(ctx, p, "1", "", "j1", s.Now().Add(time.Hour)); codeOf(err) != "sign_in_over" {
			t.Errorf("a logout token twice: %v", err)
		}
		end(1, "1", "", "j2", "nord2c", "sued1a")
		end(0, "", "", "j3", "nord2c", "sued1a")

		away, err := s.SignOutAway(ctx, secrets["nord2c"])
		if err != nil || away.Provider.ID != p.ID || away.IDToken != "hint-c" {
			t.Errorf("%+v %v", away, err)
		}
		if got := alive(); len(got) != 1 {
			t.Error(got)
		}
	})
}

func TestMUC05_TheStartAddressOfAnAuthority(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		a, b := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		north := newSchool(t, s, a, "Gymnasium Nord")
		p, _ := door(t, s, a, "nord.example", north), door(t, s, a, "amt.example", "")
		if _, err := s.StartAt(ctx, ""); school.KindOf(err) != school.NotFound {
			t.Errorf("nobody chose to be found: %v", err)
		}
		for _, word := range []string{"ab", "Muster Stadt", "müster", "with", "-x-", strings.Repeat("a", 41)} {
			if err := s.SetStart(ctx, a, word); codeOf(err) != "start_form" {
				t.Errorf("%q: %v", word, err)
			}
		}
		if err := s.SetStart(ctx, a, " Musterstadt "); err != nil {
			t.Fatal(err)
		}
		if err := s.SetStart(ctx, b, "musterstadt"); codeOf(err) != "start_taken" {
			t.Errorf("twice: %v", err)
		}
		for _, word := range []string{"", "musterstadt", "MUSTERSTADT"} {
			x, err := s.StartAt(ctx, word)
			if err != nil || x.Name != "Musterstadt" || len(x.Doors) != 2 || x.Doors[0].School != "" || x.Doors[1].School != "Gymnasium Nord" {
				t.Errorf("%q: %+v %v", word, x, err)
			}
		}
		if err := s.DisableProvider(ctx, a, p.ID); err != nil {
			t.Fatal(err)
		}
		if x, err := s.StartAt(ctx, "musterstadt"); err != nil || len(x.Doors) != 1 {
			t.Errorf("%+v %v", x, err)
		}
		if err := s.SetStart(ctx, b, "anderswo"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.StartAt(ctx, ""); school.KindOf(err) != school.NotFound {
			t.Errorf("of two authorities neither is named to strangers: %v", err)
		}
	})
}

func TestProvidersAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		good := school.Provider{Name: "IServ", Issuer: "https://nord.example", ClientID: "c"}
		for code, change := range map[string]func(p *school.Provider){
			"required":       func(p *school.Provider) { p.Name = " " },
			"issuer_address": func(p *school.Provider) { p.Issuer = "http://nord.example" },
			"too_long":       func(p *school.Provider) { p.ClientID = strings.Repeat("c", 301) },
			"not_found":      func(p *school.Provider) { p.School = "nirgends" },
		} {
			p := good
			change(&p)
			if _, err := s.CreateProvider(ctx, by, p, ""); codeOf(err) != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		for _, issuer := range []string{"https://", "nord.example", "https://a@nord.example", "https://nord.example?x=1", "https://nord.example#x", "javascript:alert(1)", "https://nord.example/\x00"} {
			p := good
			p.Issuer = issuer
			if _, err := s.CreateProvider(ctx, by, p, ""); codeOf(err) != "issuer_address" {
				t.Errorf("%q: %v", issuer, err)
			}
		}
		id, err := s.CreateProvider(ctx, by, good, "geheim")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateProvider(ctx, by, good, ""); codeOf(err) != "provider_taken" {
			t.Errorf("twice: %v", err)
		}
		for code, r := range map[string]school.ClaimRule{
			"required":            {Claim: "roles"},
			"choice":              {Claim: "roles", Value: "x", Role: "king"},
			"role_without_school": {Claim: "roles", Value: "x", School: "y"},
			"too_long":            {Claim: strings.Repeat("c", 101), Value: "x"},
		} {
			if err := s.SetProviderRules(ctx, by, id, []school.ClaimRule{r}); codeOf(err) != code {
				t.Errorf("%s: %v", code, err)
			}
		}
		if err := s.SetProviderRules(ctx, by, id, []school.ClaimRule{heads}); codeOf(err) != "required" {
			t.Errorf("a school role without a school: %v", err)
		}
	})
}

// IServ sends groups and roles as a list or as a map, of texts or of objects.
func TestMUC05_ClaimsInEveryShape(t *testing.T) {
	for name, raw := range map[string]string{
		"list of texts":     `{"roles":["ROLE_TEACHER","ROLE_USER"]}`,
		"list of objects":   `{"roles":[{"id":"ROLE_TEACHER","displayName":"Lehrer"},{"id":"ROLE_USER"}]}`,
		"map of objects":    `{"roles":{"17":{"id":"ROLE_TEACHER"},"18":{"id":"ROLE_USER"}}}`,
		"map by name":       `{"roles":{"ROLE_TEACHER":{},"ROLE_USER":{"x":[1]}}}`,
		"map of texts":      `{"roles":{"0":"ROLE_TEACHER","1":"ROLE_USER"}}`,
		"map of yes and no": `{"roles":{"ROLE_TEACHER":true,"ROLE_ADMIN":false,"ROLE_USER":true}}`,
		"with blanks":       `{"roles":[" ROLE_TEACHER ","ROLE_USER"]}`,
	} {
		c, err := school.ReadClaims([]byte(raw), "roles", "groups")
		if err != nil || len(c["roles"]) != 2 {
			t.Errorf("%s: %v %v", name, c, err)
			continue
		}
		m := school.Provider{Authority: "a", Rules: []school.ClaimRule{teachers}}.Map(c)
		if len(m.Grants) != 1 || m.Grants[0].Role != school.Auditor || len(m.Used) != 1 || len(m.Left["roles"]) != 1 {
			t.Errorf("%s gives %+v", name, m)
		}
	}
	c, err := school.ReadClaims([]byte(`{"groups":{"42":{"id":42,"act":"schulleitung","name":"Schulleitung"}},"roles":"ROLE_TEACHER"}`), "roles", "groups")
	if diff := cmp.Diff(school.Claims{"groups": {{"42", "schulleitung", "Schulleitung"}}, "roles": {{"ROLE_TEACHER"}}}, c); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for _, raw := range []string{``, `[]`, `{"roles":`, `"x"`, `{"roles":[` + strings.Repeat(`"x",`, 3000) + `"x"]}`} {
		if c, err := school.ReadClaims([]byte(raw), "roles"); err == nil {
			t.Errorf("%.20s: %v", raw, c)
		}
	}
}

func FuzzReadClaims(f *testing.F) {
	for _, seed := range []string{`{"roles":["a"]}`, `{"roles":{"a":{"id":1}}}`, `{"roles":null}`, `{"roles":[[["a"]]]}`, `{"groups":{"":""}}`, `{"roles":1e400}`} {
		f.Add([]byte(seed))
	}
	p := school.Provider{Authority: "a", Rules: []school.ClaimRule{teachers, heads}}
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := school.ReadClaims(raw, p.ClaimNames()...)
		if err != nil {
			return
		}
		for _, g := range p.Map(c).Grants {
			if g.Authority != "a" || g.Role == school.Operator {
				t.Errorf("%s gives %+v", raw, g)
			}
		}
	})
}

func TestSessionsOfAccountsAreListedAndEnded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		by, stranger := newAuthority(t, s, "Musterstadt"), newAuthority(t, s, "Anderswo")
		admin := somebody(t, s, by, "leitung", school.Grant{Role: school.AuthorityAdmin})
		somebody(t, s, by, "eins", school.Grant{Role: school.Auditor})
		one := signedIn(t, s, "eins")
		list, err := s.AccountSessions(ctx, admin, store.SessionFilter{})
		if err != nil || len(list.Rows) != 3 {
			t.Fatalf("%+v %v", list, err)
		}
		mine, err := s.AccountSessions(ctx, admin, store.SessionFilter{Account: one.Account})
		if err != nil || len(mine.Rows) != 2 || mine.Rows[0].Login != "eins" {
			t.Fatalf("%+v %v", mine, err)
		}
		if list, err := s.AccountSessions(ctx, stranger, store.SessionFilter{}); err != nil || len(list.Rows) != 0 {
			t.Errorf("a stranger sees %+v %v", list, err)
		}
		for name, by := range map[string]school.Actor{"a stranger": stranger, "an auditor": one} {
			if err := s.EndAccountSession(ctx, by, list.Rows[0].ID); school.KindOf(err) != school.NotFound {
				t.Errorf("%s ends a session: %v", name, err)
			}
		}
		if err := s.EndAccountSession(ctx, admin, mine.Rows[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := s.EndAccountSessions(ctx, admin, one.Account); err != nil {
			t.Fatal(err)
		}
		if mine, err := s.AccountSessions(ctx, admin, store.SessionFilter{Account: one.Account}); err != nil || len(mine.Rows) != 0 {
			t.Errorf("%+v %v", mine, err)
		}
		if err := s.EndAccountSession(ctx, admin, "nirgends"); school.KindOf(err) != school.NotFound {
			t.Error(err)
		}
	})
}

// What a sign-in by a provider costs, from token to session, when nothing changed.
func BenchmarkArrive(b *testing.B) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			s := storetest.Open(b, storetest.URL(b, engine), store.Options{})
			by := newAuthority(b, s, "Musterstadt")
			p := door(b, s, by, "nord.example", "", teachers)
			for b.Loop() {
				if _, err := s.Arrive(context.Background(), store.Arrival{Provider: p, Subject: "17", Name: "Lena", Claims: roles("ROLE_TEACHER")}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
