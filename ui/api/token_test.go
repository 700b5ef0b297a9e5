package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
)

func TestOnlyATokenOpensTheDoor(t *testing.T) {
	w := newWorld(t, "sqlite")
	secret := w.tokens["admin"]
	for _, x := range []struct{ name, header, value, code string }{
		{"nothing", "X", "", "token_missing"},
		{"another scheme", "Authorization", "Basic " + secret, "token_missing"},
		{"no token", "Authorization", "Bearer ", "token_missing"},
		{"a session cookie", "Cookie", "ranzen=" + secret, "token_missing"},
		{"an invented token", "Authorization", "Bearer rz_erfunden", "token_invalid"},
		{"not one of ours", "Authorization", "Bearer abc", "token_invalid"},
		{"endless", "Authorization", "Bearer rz_" + strings.Repeat("x", 5000), "token_invalid"},
	} {
		a := w.do(request{method: "GET", path: "/me", header: map[string]string{x.header: x.value}})
		a.is(t, 401, x.code)
		if c := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(c, `Bearer realm="ranzen"`) || strings.Contains(c, "invalid_token") != (x.code == "token_invalid") {
			t.Errorf("%s: %s", x.name, c)
		}
	}
	w.do(request{method: "GET", path: "/me", header: map[string]string{"Authorization": "bearer " + secret}}).is(t, 200, "")
	w.do(request{method: "GET", path: "/me?token=" + secret}).is(t, 401, "token_missing")

	by, err := w.st.TokenActor(context.Background(), secret)
	ok(t, 0, err)
	ok(t, 0, w.st.RevokeAPIToken(context.Background(), w.by, store.APITokenID(by.ID())))
	w.do(request{who: "admin", method: "GET", path: "/me"}).is(t, 401, "token_invalid")
}

func TestFailedTokensAreHeldOffAndWorkingOnesAreNot(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.do(request{who: "own", method: "GET", path: "/me"}).is(t, 200, "")
	invented := func(i int) response {
		return w.do(request{method: "GET", path: "/me", header: map[string]string{"Authorization": fmt.Sprintf("Bearer rz_%d", i)}})
	}
	for i := range failuresAtOnce {
		invented(i).is(t, 401, "token_invalid")
	}
	a := invented(0)
	a.is(t, 429, "token_wait")
	if a.header.Get("Retry-After") != "10" {
		t.Error(a.header)
	}
	w.do(request{who: "own", method: "GET", path: "/me"}).is(t, 200, "")   // worked before
	w.do(request{who: "admin", method: "GET", path: "/me"}).is(t, 429, "") // might be anybody
	w.now.Add(int64(time.Second / time.Microsecond))
	w.do(request{who: "admin", method: "GET", path: "/me"}).is(t, 200, "")
	invented(1).is(t, 401, "token_invalid")
	invented(2).is(t, 429, "token_wait")
}

// TestTheLogKnowsTheReferenceAndNothingElse: what was refused or failed is found again, and no token, name, serial or
// search stands there.
func TestTheLogKnowsTheReferenceAndNothingElse(t *testing.T) {
	w := newWorld(t, "sqlite")
	var log bytes.Buffer
	w.api.log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	refused := w.do(request{who: "admin", method: "GET", path: "/devices/" + family + "?q=F9FXK2A100"})
	w.do(request{who: "admin", method: "POST", path: "/people", body: fmt.Sprintf(`{"family":%q,"nosuch":1}`, family)})
	w.do(request{method: "GET", path: "/me", header: map[string]string{"Authorization": "Bearer rz_geheim"}})
	w.do(request{who: "admin", method: "GET", path: "/people?q=" + family})
	if !strings.Contains(log.String(), fmt.Sprint(refused.get("reference"))) {
		t.Errorf("the reference %v is not in the log\n%s", refused.get("reference"), &log)
	}
	for _, never := range []string{family, "F9FXK2A100", "rz_", w.tokens["admin"]} {
		if strings.Contains(log.String(), never) {
			t.Errorf("the log knows %q\n%s", never, &log)
		}
	}
}

func TestWhatIsNoCallIsAnsweredByTheAPI(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.do(request{who: "admin", method: "GET", path: "/nosuch"}).is(t, 404, "not_found")
	w.do(request{method: "GET", path: "/"}).is(t, 404, "not_found")
	a := w.do(request{who: "admin", method: "DELETE", path: "/devices/" + string(w.device)})
	a.is(t, 405, "method")
	if a.header.Get("Allow") != "GET, HEAD, PATCH" {
		t.Errorf("Allow: %s", a.header.Get("Allow"))
	}
	r := httptest.NewRequest("HEAD", Prefix+"/me", nil)
	r.Header.Set("Authorization", "Bearer "+w.tokens["admin"])
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r)
	if rec.Code != 200 || rec.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d %v", rec.Code, rec.Header())
	}

	// Pages beside it keep their addresses.
	all := mux.NewRouter()
	w.api.Routes(all)
	all.PathPrefix("/").HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for path, want := range map[string]int{"/api": 418, "/api/v10": 418, "/devices": 418, Prefix + "/devices/x/y": 404} {
		rec := httptest.NewRecorder()
		all.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if rec.Code != want {
			t.Errorf("%s: %d, want %d", path, rec.Code, want)
		}
	}
}

func TestAnswersAreKeptToThemselves(t *testing.T) {
	w := newWorld(t, "sqlite")
	for _, q := range []request{{who: "admin", method: "GET", path: "/devices"}, {who: "admin", method: "GET", path: "/devices/x"}, {method: "GET", path: "/me"}} {
		h := w.do(q).header
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Access-Control-Allow-Origin": "", "Set-Cookie": ""} {
			if h.Get(name) != want {
				t.Errorf("%s: %s: %q", q.path, name, h.Get(name))
			}
		}
	}
}

func TestABodyHasItsTypeAndItsSize(t *testing.T) {
	w := newWorld(t, "sqlite")
	post := func(kind, body string, path string) response {
		return w.do(request{who: "admin", method: "POST", path: path, body: body, header: map[string]string{"Content-Type": kind}})
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", typeProfile} {
		post(kind, `{"name":"x"}`, "/schools").is(t, 415, "content_type")
	}
	post("application/json; charset=utf-8", `{"name":"x"}`, "/schools").is(t, 201, "")
	big := func(n int) string { return `{"name":"` + strings.Repeat("x", n) + `"}` }
	post(typeJSON, big(jsonBody), "/schools").is(t, 413, "body_too_large")
	post(typeJSON, big(jsonBody-100), "/schools").is(t, 422, "too_long")
	post(typeJSON, big(jsonBody), "/profiles").is(t, 413, "body_too_large")
	post(typeProfile, strings.Repeat(" ", jsonBody+1), "/profiles").is(t, 422, "profile.not_plist")
	post(typeProfile, strings.Repeat(" ", profileBody+1), "/profiles").is(t, 413, "body_too_large")
}

func TestSentencesComeInTheLanguageAskedFor(t *testing.T) {
	w := newWorld(t, "sqlite")
	ask := func(lang string) response {
		return w.do(request{who: "admin", method: "POST", path: "/classes", body: fmt.Sprintf(`{"school":%q,"name":""}`, w.north), header: map[string]string{"Accept-Language": lang}})
	}
	for lang, want := range map[string]string{"": "Bitte füllen Sie dieses Feld aus.", "de-AT": "Bitte füllen Sie dieses Feld aus.", "en-GB,en;q=0.9": "Please fill in this field.", "fr": "Bitte füllen Sie dieses Feld aus."} {
		a := ask(lang)
		a.is(t, 422, "required")
		if a.get("detail") != want || a.get("errors.0.field") != "name" || a.get("errors.0.detail") != want {
			t.Errorf("%q: %s", lang, a.text)
		}
	}
	if h := ask("en").header; h.Get("Content-Language") != "en" || !strings.Contains(h.Get("Vary"), "Accept-Language") {
		t.Error(h)
	}
}
