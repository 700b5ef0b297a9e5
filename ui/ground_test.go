package ui

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"ranzen/store"
	"ranzen/ui/web"
)

// Each trouble of the ground is one line, and goes with the trouble.
func TestStartSaysWhatTheGroundSuffers(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	ctx := context.Background()
	lines := map[string]string{
		store.AlarmDisk:  "Auf dem Server ist fast kein Speicherplatz mehr frei.",
		store.AlarmClock: "Die Uhr eines Servers geht falsch.",
		store.AlarmMail:  "Der Mailserver antwortet nicht.",
		store.AlarmPush:  "Apples Push-Dienst ist vom Server aus nicht erreichbar.",
		store.AlarmApple: "Apple School Manager antwortet seit über einer Stunde nicht.",
	}
	for kind, line := range lines {
		if err := w.st.RaiseEverywhere(ctx, kind, "x", store.Today, nil); err != nil {
			t.Fatal(err)
		}
		c.get("/").says(t, 200, line)
	}
	for kind, line := range lines {
		if err := w.st.ClearEverywhere(ctx, kind, "x"); err != nil {
			t.Fatal(err)
		}
		c.get("/").hides(t, line)
	}
}

// A database that is away is a calm page that asks again by itself, in the language of the browser, and nobody is sent to
// sign in. A form is not sent again by itself.
func TestPageWithoutDatabase(t *testing.T) {
	away, err := store.Open(context.Background(), store.Options{URL: "postgres://ranzen@127.0.0.1:1/world", Keys: store.NewKeyRing()})
	if err == nil {
		away.Close()
		t.Fatal("there is somebody on port 1")
	}
	w := newWorld(t)
	site, serr := web.New(web.Config{Now: w.st.Now, Log: slog.New(slog.DiscardHandler), Trouble: func(err error) string { return string(store.TroubleOf(err)) }})
	if serr != nil {
		t.Fatal(serr)
	}
	h := site.Guard(site.Handle(func(http.ResponseWriter, *http.Request) error { return err }))
	for lang, words := range map[string]string{"de": "Die Datenbank des Servers antwortet gerade nicht.", "en": "database is not answering right now"} {
		r := httptest.NewRequest(http.MethodGet, "/devices", nil)
		r.Header.Set("Accept-Language", lang)
		a := httptest.NewRecorder()
		h.ServeHTTP(a, r)
		res := answer{Status: a.Code, Body: a.Body.String(), Header: a.Header()}
		res.says(t, 503, words)
		if a.Header().Get("Refresh") == "" || a.Header().Get("Retry-After") == "" {
			t.Errorf("it does not ask again: %v", a.Header())
		}
		r = httptest.NewRequest(http.MethodPost, "/devices", nil)
		a = httptest.NewRecorder()
		h.ServeHTTP(a, r)
		if a.Code != 503 || a.Header().Get("Refresh") != "" {
			t.Errorf("a form: %d, %v", a.Code, a.Header())
		}
	}
}
