package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ranzen/store/school"
)

// Eighty issuers are registered by a program, and no secret ever comes out.
func TestMUC05_EightyProvidersByTheAPI(t *testing.T) {
	w := newWorld(t, "sqlite")
	for i := range 80 {
		a := w.do(request{who: "admin", method: "POST", path: "/providers", body: fmt.Sprintf(`{"name":"IServ %02d","school":%q,"issuer":"https://iserv-%02d.example","client_id":"ranzen","client_secret":"geheim-%02d","scopes":"openid profile roles"}`, i, w.north, i, i)})
		a.is(t, 201, "")
		w.do(request{who: "admin", method: "PUT", path: "/providers/" + a.get("id").(string) + "/rules", body: `{"rules":[{"claim":"roles","value":"ROLE_TEACHER","role":"school_admin","school":null}]}`}).is(t, 200, "")
	}
	seen, after := 0, ""
	for {
		a := w.do(request{who: "admin", method: "GET", path: "/providers?limit=30&after=" + after})
		a.is(t, 200, "")
		if strings.Contains(a.text, "geheim") {
			t.Fatal("a secret comes out")
		}
		seen += len(a.get("items").([]any))
		next, more := a.get("next").(string)
		if !more {
			break
		}
		after = next
	}
	if seen != 80 {
		t.Errorf("%d providers", seen)
	}
	w.do(request{who: "admin", method: "POST", path: "/providers", body: `{"name":"X","issuer":"https://iserv-03.example","client_id":"ranzen"}`}).is(t, 409, "provider_taken")
	w.do(request{who: "admin", method: "POST", path: "/providers", body: `{"name":"X","issuer":"http://x.example","client_id":"ranzen"}`}).is(t, 422, "issuer_address")
}

func TestProvidersAreChangedByTheAPI(t *testing.T) {
	w := newWorld(t, "sqlite")
	id := w.provider(1)
	at := "/providers/" + id
	patch := func(body string) response { return w.do(request{who: "admin", method: "PATCH", path: at, body: body}) }
	patch(`{"name":"IServ Nord","scopes":null}`).is(t, 200, "")
	patch(`{"enabled":false,"name":"x"}`).is(t, 422, "enabled_alone")
	patch(`{"school":null}`).is(t, 422, "rule_school")
	a := w.do(request{who: "admin", method: "GET", path: at})
	a.is(t, 200, "")
	if a.get("name") != "IServ Nord" || a.get("has_secret") != true || a.get("redirect_path") != "/sign-in/back/"+id || a.get("rules.0.role") != "school_admin" || a.get("rules.0.school") != nil || a.get("enabled") != true {
		t.Error(a.text)
	}
	patch(`{"client_secret":null}`).is(t, 200, "")
	patch(`{"enabled":false}`).is(t, 200, "")
	a = w.do(request{who: "admin", method: "GET", path: at})
	if a.get("has_secret") != false || a.get("enabled") != false {
		t.Error(a.text)
	}
	w.do(request{who: "admin", method: "PUT", path: at + "/rules", body: `{"rules":[{"claim":"roles","value":"x","role":"operator"}]}`}).is(t, 422, "choice")
	w.do(request{who: "admin", method: "DELETE", path: at}).is(t, 204, "")
	w.do(request{who: "admin", method: "GET", path: at}).is(t, 404, "not_found")
}

func TestTheSecondFactorIsAskedForByTheAPI(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.do(request{who: "admin", method: "PATCH", path: "/authority", body: `{"policy":{"second_factor":["authority_admin"]}}`}).is(t, 200, "")
	a := w.do(request{who: "admin", method: "GET", path: "/authority"})
	if a.get("policy.second_factor.0") != "authority_admin" {
		t.Error(a.text)
	}
	w.do(request{who: "admin", method: "PATCH", path: "/authority", body: `{"policy":{"second_factor":["king"]}}`}).is(t, 422, "choice")
	w.do(request{who: "admin", method: "PATCH", path: "/authority", body: `{"policy":{"second_factor":null}}`}).is(t, 200, "")
	x, err := w.st.Authority(context.Background(), school.System("test", w.by.Tenant))
	if err != nil || len(x.Policy.SecondFactor) != 0 {
		t.Errorf("%v %v", x.Policy, err)
	}
}
