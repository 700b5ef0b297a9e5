package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/ui/web"
)

// site is a site whose log can be read.
func site(t *testing.T, c web.Config) (*web.Site, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c.Now = func() time.Time { return noon }
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	s, err := web.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, &log
}

func do(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func get(path string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

type refused struct{ status int }

func (e refused) Error() string            { return "loan 42 of school 7 is open" }
func (e refused) HTTPStatus() int          { return e.status }
func (e refused) Public(l web.Lang) string { return "Noch ausgegeben (" + l.String() + ")" }

func TestErrorsBecomePages(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
		says   string
		logs   bool
	}{
		{"not found", fmt.Errorf("device 3: %w", web.ErrNotFound), 404, "Diese Seite gibt es nicht, oder sie gehört nicht zu Ihrem Bereich.", false},
		{"of another package", fmt.Errorf("return: %w", refused{409}), 409, "Noch ausgegeben (de)", false},
		{"refused", refused{403}, 403, "Das dürfen Sie hier nicht", false},
		{"too many", refused{429}, 429, "Zu viele Versuche", false},
		{"odd", refused{418}, 418, "So geht es nicht", false},
		{"too large", &http.MaxBytesError{Limit: 1}, 413, "größer als hier erlaubt", false},
		{"internal", errors.New("dial tcp: refused"), 500, "Die Ursache ist notiert", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, log := site(t, web.Config{})
			h := s.Guard(s.Handle(func(http.ResponseWriter, *http.Request) error { return c.err }))
			resp := do(h, get("/x"))
			text := body(t, resp)
			if resp.StatusCode != c.status {
				t.Errorf("status %d, want %d", resp.StatusCode, c.status)
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("the page does not say %q", c.says)
			}
			if strings.Contains(text, c.err.Error()) {
				t.Error("the page shows what is for the log")
			}
			if logged := log.Len() > 0; logged != c.logs {
				t.Errorf("logged %v, want %v: %s", logged, c.logs, log)
			}
		})
	}
}

func TestTheReferenceOnThePageIsTheOneInTheLog(t *testing.T) {
	s, log := site(t, web.Config{})
	r := mux.NewRouter()
	r.Handle("/enrol/{code}", s.Handle(func(http.ResponseWriter, *http.Request) error { return errors.New("no disk") }))
	text := body(t, do(s.Guard(r), get("/enrol/SECRETCODE?token=SECRETTOKEN")))
	_, after, ok := strings.Cut(log.String(), "reference=")
	if !ok {
		t.Fatalf("no reference in %q", log)
	}
	reference, _, _ := strings.Cut(after, " ")
	if !strings.Contains(text, reference) {
		t.Errorf("the page does not show %s", reference)
	}
	if strings.Contains(log.String(), "SECRET") {
		t.Errorf("the log holds the address: %s", log)
	}
	if !strings.Contains(log.String(), "route=/enrol/{code}") || !strings.Contains(log.String(), "no disk") {
		t.Errorf("the log lacks route or cause: %s", log)
	}
}

func TestPanicsBecomePages(t *testing.T) {
	type secret struct{ name string }
	for _, c := range []struct {
		name  string
		value any
		logs  string
	}{
		{"of ours", secret{"Lena M."}, "a panic with a web_test.secret"},
		{"of the runtime", nil, "index out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, log := site(t, web.Config{})
			h := s.Guard(s.Handle(func(http.ResponseWriter, *http.Request) error {
				if c.value == nil {
					var none []int
					_ = none[len(none)]
				}
				panic(c.value)
			}))
			resp := do(h, get("/"))
			if resp.StatusCode != 500 {
				t.Errorf("status %d", resp.StatusCode)
			}
			if !strings.Contains(log.String(), c.logs) || !strings.Contains(log.String(), "stack=") {
				t.Errorf("the log lacks the cause: %s", log)
			}
			if strings.Contains(log.String(), "Lena") {
				t.Errorf("the log holds data: %s", log)
			}
		})
	}
}

func TestAPanicBesideHandleIsCaughtToo(t *testing.T) {
	s, _ := site(t, web.Config{})
	h := s.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))
	if got := do(h, get("/")).StatusCode; got != 500 {
		t.Errorf("status %d, want 500", got)
	}
}

func TestAHalfWrittenAnswerIsCutOff(t *testing.T) {
	s, log := site(t, web.Config{})
	server := httptest.NewUnstartedServer(s.Guard(s.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		fmt.Fprint(w, "Seriennummer;Name\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		return errors.New("the database went away")
	})))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the browser takes half a list for the whole")
	}
	server.Close()
	if !strings.Contains(log.String(), "the database went away") {
		t.Errorf("not logged: %s", log)
	}
}

func TestABrowserThatLeftIsNoError(t *testing.T) {
	s, log := site(t, web.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	do(s.Guard(s.Handle(func(_ http.ResponseWriter, r *http.Request) error { return r.Context().Err() })), get("/").WithContext(ctx))
	if log.Len() > 0 {
		t.Errorf("logged: %s", log)
	}
}

func TestFormsAreLimited(t *testing.T) {
	s, _ := site(t, web.Config{})
	parse := func(w http.ResponseWriter, r *http.Request) error {
		if err := r.ParseForm(); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	for _, c := range []struct {
		name   string
		h      http.Handler
		size   int
		status int
	}{
		{"small", s.Handle(parse), 1000, 204},
		{"large", s.Handle(parse), web.DefaultBody + 1, 413},
		{"large where allowed", s.HandleUpload(2*web.DefaultBody, parse), web.DefaultBody + 1, 204},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("a="+strings.Repeat("x", c.size)))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := do(s.Guard(c.h), r).StatusCode; got != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got, c.status)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s, _ := site(t, web.Config{Secure: secure})
		h := do(s.Guard(s.NotFound()), get("/")).Header
		for name, want := range map[string]string{
			"Content-Security-Policy":      web.ContentPolicy,
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
			"Content-Type":                 "text/html; charset=utf-8",
			"Content-Language":             "de",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if got := h.Get("Strict-Transport-Security") != ""; got != secure {
			t.Errorf("secure %v, HSTS %v", secure, got)
		}
	}
	for _, word := range []string{"unsafe", "*", "http:", "https:"} {
		if strings.Contains(web.ContentPolicy, word) {
			t.Errorf("the policy allows %s", word)
		}
	}
}

func TestFormsFromElsewhereAreRefused(t *testing.T) {
	s, _ := site(t, web.Config{})
	h := s.Guard(s.Handle(func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(204); return nil }))
	for _, c := range []struct {
		method, site string
		status       int
	}{
		{"POST", "same-origin", 204}, {"POST", "none", 204}, {"GET", "cross-site", 204},
		{"POST", "cross-site", 403}, {"POST", "same-site", 403}, {"DELETE", "cross-site", 403},
	} {
		r := httptest.NewRequest(c.method, "/", nil)
		r.Header.Set("Sec-Fetch-Site", c.site)
		resp := do(h, r)
		if resp.StatusCode != c.status {
			t.Errorf("%s from %s: %d, want %d", c.method, c.site, resp.StatusCode, c.status)
		}
		if c.status == 403 && !strings.Contains(body(t, resp), "von einer anderen Website") {
			t.Error("the refusal is not explained")
		}
	}
}

func TestLanguageAndThemeAreChosenByLinks(t *testing.T) {
	s, _ := site(t, web.Config{Secure: true})
	h := s.Guard(s.NotFound())
	for _, c := range []struct{ path, to, cookie string }{
		{"/devices?lang=en", "/devices", "lang=en; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{"/devices?q=7b&lang=de", "/devices?q=7b", "lang=de; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{"/?theme=dark", "/", "theme=dark; Path=/; Max-Age=31536000; Secure; SameSite=Lax"},
		{"/?theme=auto", "/", "theme=; Path=/; Max-Age=0; Secure; SameSite=Lax"},
		{"/?lang=fr", "/", ""},
		{"/?theme=%3Cscript%3E", "/", ""},
		{"//evil.example/?lang=en", "/evil.example/", "lang=en; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{`/\evil.example/?lang=en`, "/%5Cevil.example/", "lang=en; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
		{"/schule/M%C3%BCnster?lang=en", "/schule/M%C3%BCnster", "lang=en; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"},
	} {
		r := get("/")
		r.URL, _ = url.ParseRequestURI("http://ranzen.example" + c.path)
		if r.URL == nil {
			t.Fatalf("%s is no address", c.path)
		}
		resp := do(h, r)
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != c.to {
			t.Errorf("%s: %d to %q, want %q", c.path, resp.StatusCode, resp.Header.Get("Location"), c.to)
		}
		if got := resp.Header.Get("Set-Cookie"); got != c.cookie {
			t.Errorf("%s: cookie %q, want %q", c.path, got, c.cookie)
		}
	}
}

func TestLanguageOfARequest(t *testing.T) {
	for _, c := range []struct {
		accept, cookie string
		want           web.Lang
	}{
		{"", "", web.German},
		{"de-AT,de;q=0.9,en;q=0.8", "", web.German},
		{"en-GB,en;q=0.9", "", web.English},
		{"en;q=0.5,de;q=0.9", "", web.German},
		{"tr,en;q=0.5", "", web.English},
		{"fr", "", web.German},
		{"zz, ;;;q=", "", web.German},
		{"en", "lang=de", web.German},
		{"de", "lang=en", web.English},
		{"en", "lang=xx", web.English},
	} {
		r := get("/", "Accept-Language", c.accept)
		if c.cookie != "" {
			r.Header.Set("Cookie", c.cookie)
		}
		if got := web.LangOf(r); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.accept, c.cookie, got, c.want)
		}
	}
}

func TestFragments(t *testing.T) {
	s, _ := site(t, web.Config{})
	h := s.Guard(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, 200, "styleguide", guide(s.Frame(r, "Klasse 7b")))
	}))
	for _, c := range []struct {
		name    string
		r       *http.Request
		whole   bool
		toasted bool
	}{
		{"a browser", get("/"), true, false},
		{"htmx into a block", get("/", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#live"), false, false},
		{"htmx into a block, with a flash", get("/", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#live", "Cookie", "flash=k=done.test&n=3"), false, true},
		{"htmx into something else", get("/", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#other"), true, false},
		{"htmx for a whole page", get("/", "HX-Request", "true", "HX-Request-Type", "full", "HX-Target", "div#live"), true, false},
		{"by name", get("/?part=live"), false, false},
		{"by the name of the layout", get("/?part=layout"), true, false},
		{"by the name of a part", get("/?part=toast"), true, false},
		{"by no name", get("/?part=../../etc"), true, false},
	} {
		text := body(t, do(h, c.r))
		if whole := strings.HasPrefix(text, "<!doctype html>"); whole != c.whole {
			t.Errorf("%s: whole page %v, want %v", c.name, whole, c.whole)
		}
		if !strings.Contains(text, `id="live"`) {
			t.Errorf("%s: the block is missing", c.name)
		}
		if toasted := strings.Contains(text, "hx-swap-oob"); toasted != c.toasted {
			t.Errorf("%s: toast %v, want %v", c.name, toasted, c.toasted)
		}
	}
}

func TestAnErrorOfAFragmentIsAToast(t *testing.T) {
	s, _ := site(t, web.Config{})
	resp := do(s.Guard(s.NotFound()), get("/", "HX-Request", "true", "HX-Request-Type", "partial", "HX-Target", "div#live"))
	text := body(t, resp)
	if resp.Header.Get("HX-Retarget") != "#toasts" || resp.Header.Get("HX-Reswap") != "beforeend" || resp.StatusCode != 404 {
		t.Errorf("%d %v", resp.StatusCode, resp.Header)
	}
	if strings.Contains(text, "<html") || !strings.Contains(text, `class="toast`) {
		t.Errorf("no toast: %s", text)
	}
}

func TestFlash(t *testing.T) {
	s, _ := site(t, web.Config{})
	h := s.Guard(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			s.SetFlash(w, web.Flash{Key: "done.test", Numbers: []int64{25}, Undo: "0192-aB"})
			return web.Redirect(w, r, "/")
		}
		return s.Render(w, r, 200, "error", &web.ErrorPage{Frame: s.Frame(r, "x")})
	}))
	resp := do(h, httptest.NewRequest(http.MethodPost, "/", nil))
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d", resp.StatusCode)
	}
	cookie := resp.Cookies()[0]
	if !cookie.HttpOnly || cookie.MaxAge != 60 {
		t.Errorf("cookie %v", cookie)
	}
	r := get("/")
	r.AddCookie(cookie)
	resp = do(h, r)
	text := body(t, resp)
	if !strings.Contains(text, "25 iPads haben „WLAN Schule“ bestätigt.") || !strings.Contains(text, `action="/undo/0192-aB"`) {
		t.Error("the next page does not say it")
	}
	if gone := resp.Cookies()[0]; gone.Name != "flash" || gone.MaxAge != -1 {
		t.Errorf("it would be said again: %v", gone)
	}
}

func FuzzFlashCookie(f *testing.F) {
	s, err := web.New(web.Config{Now: func() time.Time { return noon }, Log: discard})
	if err != nil {
		f.Fatal(err)
	}
	h := s.Guard(s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return s.Render(w, r, 200, "error", &web.ErrorPage{Frame: s.Frame(r, "x")})
	}))
	for _, seed := range []string{"k=done.test&n=25&u=0192-ab", "k=done.test", "k=done.test&n=x", "k=time.now", "k=done.none&n=1", "k=done.test&n=1&u=../x", "%zz", "k=done.test&n=1&u=" + strings.Repeat("a", 65)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "flash="+value)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 {
			t.Fatalf("status %d", w.Code)
		}
		if _, after, ok := strings.Cut(w.Body.String(), `action="/undo/`); ok {
			id, _, _ := strings.Cut(after, `"`)
			if strings.ContainsAny(id, "/.?&%<") || len(id) > 64 {
				t.Fatalf("a forged cookie leads to %q", id)
			}
		}
	})
}

func TestASiteNeedsAClock(t *testing.T) {
	if _, err := web.New(web.Config{}); err == nil {
		t.Error("made a site without a clock")
	}
}
