package ui

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/help"
	"ranzen/ui/web"
)

// routes are the templates of all routes, with one of their methods.
func routes(t *testing.T, u *UI) map[string]bool {
	t.Helper()
	r := mux.NewRouter()
	u.Routes(r)
	out := map[string]bool{}
	err := r.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		if path, err := route.GetPathTemplate(); err == nil && !strings.HasPrefix(path, "/static") {
			out[path] = true
		}
		return nil
	})
	if err != nil || len(out) < 30 {
		t.Fatalf("%d routes, error %v", len(out), err)
	}
	return out
}

func TestEveryPageHasItsSectionOfTheHelp(t *testing.T) {
	u := newWorld(t).ui
	used := map[string]bool{}
	for path := range routes(t, u) {
		id, ok := sectionOf(path)
		if !ok {
			t.Errorf("no section of the help belongs to %s", path)
		}
		used[id] = true
	}
	for _, id := range help.IDs {
		if !used[id] {
			t.Errorf("no page leads to the section %s", id)
		}
	}
	for path, id := range helpSections {
		for _, l := range web.Langs {
			book, err := bookOf(l)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := book.Find(id); !ok {
				t.Errorf("%s leads to the section %s, which is not there", path, id)
			}
		}
	}
}

// TestHelpSpeaksTheWordsOfTheScreen: what stands in bold in the help stands on a page, in that language.
func TestHelpSpeaksTheWordsOfTheScreen(t *testing.T) {
	u := newWorld(t).ui
	known := routes(t, u)
	for _, l := range web.Langs {
		words := map[string]bool{}
		for _, key := range web.Keys() {
			if n, _ := web.Args(key); n == 0 {
				words[school.Fold(web.T(l, key))] = true
			}
		}
		book, err := bookOf(l)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range book {
			for _, bold := range help.Bold(s.Source) {
				if !words[school.Fold(bold)] {
					t.Errorf("%s (%s) speaks of %q, which stands on no page", s.ID, l, bold)
				}
			}
			for _, to := range help.Links(s.Source) {
				if id, ok := strings.CutPrefix(to, "/help/"); ok {
					if _, ok := book.Find(id); !ok {
						t.Errorf("%s (%s) leads to the section %s, which is not there", s.ID, l, id)
					}
				} else if strings.HasPrefix(to, "/") && !known[to] {
					t.Errorf("%s (%s) leads to %s, which is no page", s.ID, l, to)
				}
			}
		}
	}
}

func TestHelpIsThereForEverybody(t *testing.T) {
	w := newWorld(t)
	stranger := w.as("")
	stranger.get("/help").says(t, http.StatusOK, "Abschnitte", "Übersicht", "Konten und Rollen")
	stranger.get("/help/accounts").says(t, http.StatusOK, "Konten und Rollen", "Konto anlegen")
	stranger.get("/help/accounts", "Accept-Language", "en").says(t, http.StatusOK, "Accounts and roles")
	stranger.get("/help?q=Passw%C3%B6rt").says(t, http.StatusOK, "Anmelden und eigenes Konto")
	stranger.get("/help?q=Blockfl%C3%B6te").says(t, http.StatusOK, "Nichts gefunden")
	stranger.get("/help/nowhere").says(t, http.StatusNotFound)
	stranger.get("/help/handbook").says(t, http.StatusOK, "Handbuch", "Postausgang", "Tastatur, Darstellung und Hilfe")
	stranger.get("/accessibility").says(t, http.StatusOK, "Erklärung zur Barrierefreiheit", "meist die Schul-IT")
	admin := w.as(w.Admin)
	admin.get("/accessibility").says(t, http.StatusOK, "Schul-IT, Tel. 02 02 / 1 23 45")
	if body := admin.get("/accounts").Body; !strings.Contains(body, `href="/help/accounts"`) {
		t.Error("the page of accounts does not lead to its section of the help")
	}
}
