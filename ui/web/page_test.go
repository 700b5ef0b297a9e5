package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/ui/static"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

func init() {
	web.Add(web.Words{
		"done.test": {"{1} {1:iPad hat|iPads haben} „WLAN Schule“ bestätigt.", "{1} {1:iPad has|iPads have} confirmed “WLAN Schule”."},
	})
}

// serve serves the style guide as package ui will serve its pages.
func serve(t *testing.T) *httptest.Server {
	t.Helper()
	site, err := web.New(web.Config{
		Now: func() time.Time { return noon },
		Log: discard,
		Dress: func(r *http.Request, f *web.Frame) {
			if _, err := r.Cookie("stranger"); err != nil {
				dress(f)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := mux.NewRouter()
	r.Handle("/styleguide", site.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if r.Method == http.MethodPost {
			site.SetFlash(w, web.Flash{Key: "done.test", Numbers: []int64{25}, Undo: "0192-abc"})
			return web.Redirect(w, r, "/styleguide")
		}
		page := guide(site.Frame(r, "Klasse 7b"))
		if r.URL.Query().Get("step") != "" {
			page.Live.Done = 26
		}
		if r.URL.Query().Get("flash") != "" {
			page.Flash = &web.Flash{Key: "done.test", Numbers: []int64{25}, Undo: "0192-abc"}
		}
		return site.Render(w, r, http.StatusOK, "styleguide", page)
	}))
	r.Handle("/styleguide/broken", site.Handle(func(http.ResponseWriter, *http.Request) error { panic("a cable") }))
	r.Handle("/styleguide/away", site.Handle(func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }))
	r.NotFoundHandler = site.NotFound()
	top := http.NewServeMux()
	top.Handle(static.Prefix, static.Handler())
	top.Handle("/", site.Guard(r))
	server := httptest.NewServer(top)
	t.Cleanup(server.Close)
	return server
}

func TestTemplates(t *testing.T) {
	f := web.Frame{Title: "Klasse 7b", Now: noon, Path: "/styleguide", Help: "/help", Flash: &web.Flash{Key: "done.test", Numbers: []int64{1}, Undo: "0192-abc"}}
	dress(&f)
	webtest.CheckTemplate(t, "styleguide", guide(f), "live", "toast-oob")
	webtest.CheckTemplate(t, "error", &web.ErrorPage{Frame: f, Status: 500, Text: "Text", Ours: true}, "error-toast")
	webtest.CheckTemplate(t, "error", &web.ErrorPage{Frame: web.Frame{Title: "Fehlt"}, Status: 404, Text: "Text"})
}

func TestWordsAreSaidAndSaidOnlyFromTheCatalogue(t *testing.T) {
	webtest.CheckWords(t, "*.go", "page_test.go", "words_test.go", "../page/layout.html", "../page/error.html", "../page/styleguide.html", "../part/*.html")
}

// Set RANZEN_PICTURES to a folder to look at the pages yourself.
func picture(tab *webtest.Tab, name string) {
	if folder := os.Getenv("RANZEN_PICTURES"); folder != "" {
		tab.Screenshot(filepath.Join(folder, name+".png"))
	}
}

func TestPagesInABrowser(t *testing.T) {
	server := serve(t)
	for _, c := range []struct {
		name, path string
		o          webtest.Options
	}{
		{"desk-light", "/styleguide?flash=1", webtest.Options{}},
		{"phone-dark", "/styleguide?flash=1", webtest.Options{Width: 390, Height: 844, Dark: true}},
		{"phone-light-english", "/styleguide", webtest.Options{Width: 390, Height: 844, Dark: true, Cookies: map[string]string{"lang": "en", "theme": "light"}}},
		{"broken", "/styleguide/broken", webtest.Options{Expected: []string{"status of 500"}}},
		{"lost", "/nowhere", webtest.Options{Width: 390, Dark: true, Expected: []string{"status of 404"}}},
		{"stranger", "/nowhere", webtest.Options{Cookies: map[string]string{"stranger": "1"}, Expected: []string{"status of 404"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab := webtest.Open(t, server.URL+c.path, c.o)
			tab.Axe()
			tab.Fits()
			picture(tab, c.name)
		})
	}
}

func TestNothingIsLostWhenNarrow(t *testing.T) {
	tab := webtest.Open(t, serve(t).URL+"/styleguide", webtest.Options{})
	for _, width := range []int{1280, 900, 640, 390, 320} {
		tab.Resize(width, 800)
		tab.Fits()
		picture(tab, "width-"+strconv.Itoa(width))
	}
}
