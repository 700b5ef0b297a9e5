package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// operatorToken makes an operator and a token of the installation, and returns what acts.
func (w *world) operatorToken() school.Actor {
	w.t.Helper()
	ctx := context.Background()
	_, link, err := w.st.CreateOperator(ctx, school.System("test", ""), store.Account{Login: "portal@kisa.example", Name: "Portal"})
	account, err2 := w.st.SetPassword(ctx, ok(w.t, link, err), "ein langes Kennwort 7")
	by := school.Actor{Kind: school.PersonActor, Account: ok(w.t, account, err2), Name: "Portal", Grants: []school.Grant{{Role: school.Operator}}}
	_, secret, err := w.st.CreateOperatorToken(ctx, by, "KISA", w.st.Now().AddDate(1, 0, 0))
	w.tokens["portal"] = ok(w.t, secret, err)
	return by
}

const stadt = `{"name":"Neustadt","contact":"Schul-IT","policy":{"staff_only":true},"school":{"name":"Musikschule"},"admin":{"name":"Eva Beispiel","login":"eva@neustadt.example"}}`

// TestMUSES03_ATenantIsProvisionedByMachine: authority, school, administrator and settings in one call; the same call again
// changes nothing; suspended nobody gets in while the devices go on; and the token opens nothing in any authority.
func TestMUSES03_ATenantIsProvisionedByMachine(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		by := w.operatorToken()
		put := func(body string) response {
			return w.do(request{who: "portal", method: "PUT", path: "/tenants/kisa-4711", body: body})
		}
		first := put(stadt)
		first.is(t, http.StatusCreated, "")
		link, _ := first.get("link").(string)
		account, err := w.st.SetPassword(ctx, link, "ein langes Kennwort 7")
		if err != nil || string(account) != first.get("admin") {
			t.Fatalf("the administrator cannot get in by %q: %v", link, err)
		}
		id := school.AuthorityID(first.get("id").(string))
		system := school.System("test", id)
		counts := func() (out [4]int64) {
			tenants, err := w.st.Tenants(ctx, by)
			schools, err2 := w.st.Schools(ctx, system)
			accounts, err3 := w.st.Accounts(ctx, system, store.AccountFilter{})
			log, _, err4 := w.st.VerifyAudit(ctx, system)
			for _, err := range []error{err, err2, err3, err4} {
				ok(t, 0, err)
			}
			return [4]int64{int64(len(tenants)), int64(len(schools)), int64(len(accounts.Rows)), log}
		}
		before := counts()
		again := put(stadt)
		again.is(t, http.StatusOK, "")
		if again.get("id") != first.get("id") || again.get("admin") != first.get("admin") || again.get("school") != first.get("school") || again.get("link") != nil || counts() != before {
			t.Fatalf("the second call: %s; %v, before %v", again.text, counts(), before)
		}
		put(strings.Replace(stadt, "Neustadt", "Altstadt", 1)).is(t, http.StatusConflict, "tenant_differs")
		a, err := w.st.Authority(ctx, system)
		if ok(t, a, err).Name != "Neustadt" || !a.Policy.StaffOnly {
			t.Fatalf("%+v", a)
		}
		schools, err := w.st.Schools(ctx, system)
		if len(ok(t, schools, err)) != 1 || schools[0].Name != "Musikschule" {
			t.Fatalf("%+v", schools)
		}
		if put(strings.Replace(stadt, `"eva@neustadt.example"`, `"e b"`, 1)).status != http.StatusUnprocessableEntity {
			t.Error("a login with a space")
		}
		w.do(request{who: "portal", method: "PUT", path: "/tenants/kisa-4712", body: stadt}).is(t, http.StatusConflict, "login_taken")

		// The token of the installation opens nothing.
		for _, path := range []string{"/authority", "/devices", "/schools", "/people", "/audit"} {
			if a := w.do(request{who: "portal", method: "GET", path: path}); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
				t.Errorf("%s: %d %s", path, a.status, a.text)
			}
		}
		list := w.do(request{who: "portal", method: "GET", path: "/tenants"})
		list.is(t, 200, "")
		for _, name := range append([]string{"Gymnasium Nord", "Musikschule", "eva@"}, names...) {
			if strings.Contains(list.text, name) {
				t.Errorf("the list of tenants tells %q", name)
			}
		}

		// Suspended.
		signIn := func() error {
			_, err := w.st.SignIn(ctx, store.SignIn{Login: "eva@neustadt.example", Password: "ein langes Kennwort 7"})
			return err
		}
		secret, err := w.st.SignIn(ctx, store.SignIn{Login: "eva@neustadt.example", Password: "ein langes Kennwort 7"})
		ok(t, secret, err)
		w.do(request{who: "portal", method: "PATCH", path: "/tenants/kisa-4711", body: `{"suspended":true}`}).is(t, 200, "")
		w.do(request{who: "portal", method: "PATCH", path: "/tenants/" + string(w.by.Tenant), body: `{"suspended":true}`}).is(t, 200, "")
		if err := signIn(); school.KindOf(err) != school.Conflict {
			t.Errorf("signs in: %v", err)
		}
		if by, _, err := w.st.SessionActor(ctx, secret); err != nil || by.Belongs(id) {
			t.Errorf("a session goes on: %+v %v", by, err)
		}
		w.do(request{who: "admin", method: "GET", path: "/devices"}).is(t, http.StatusUnauthorized, "token_invalid")
		device, err := w.st.DeviceByID(ctx, w.by, w.device)
		enrolment := ok(t, device, err).Enrollment.ID
		if _, _, _, err := w.st.Facts(ctx, w.by.Tenant, enrolment); err != nil {
			t.Errorf("its devices do not go on: %v", err)
		}
		w.do(request{who: "portal", method: "PATCH", path: "/tenants/kisa-4711", body: `{"suspended":false}`}).is(t, 200, "")
		w.do(request{who: "portal", method: "PATCH", path: "/tenants/" + string(w.by.Tenant), body: `{"suspended":false}`}).is(t, 200, "")
		if err := signIn(); err != nil {
			t.Errorf("awake: %v", err)
		}
		w.do(request{who: "admin", method: "GET", path: "/devices"}).is(t, 200, "")

		// Revoked.
		all, err := w.st.OperatorTokens(ctx, by)
		if err := w.st.RevokeOperatorToken(ctx, by, ok(t, all, err)[0].ID); err != nil {
			t.Fatal(err)
		}
		w.do(request{who: "portal", method: "GET", path: "/tenants"}).is(t, http.StatusUnauthorized, "token_invalid")
	})
}
