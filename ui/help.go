package ui

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/ui/help"
	"ranzen/ui/web"
)

// helpSections says which section of the help belongs to which pages: the longest beginning of a route's template wins,
// counted in whole steps. A test finds the route that is left out.
var helpSections = map[string]string{
	"/":              "start",
	"/demo":          "start",
	"/search":        "search",
	"/schools":       "schools",
	"/demand":        "schools",
	"/updates":       "updates",
	"/rollouts":      "updates",
	"/rollover":      "schools",
	"/cutover":       "enrolment",
	"/look":          "admin",
	"/t":             "admin",
	"/groups":        "schools",
	"/places":        "schools",
	"/classes":       "class",
	"/devices":       "device",
	"/assign":        "plan",
	"/assignments":   "plan",
	"/plans":         "plan",
	"/undo":          "plan",
	"/people":        "people",
	"/crossings":     "people",
	"/rosters":       "roster",
	"/profiles":      "profiles",
	"/versions":      "profiles",
	"/apps":          "apps",
	"/apple":         "apple",
	"/codes":         "enrolment",
	"/arrivals":      "enrolment",
	"/e":             "enrolment",
	"/enroll":        "enrolment",
	"/deliveries":    "deliveries",
	"/admin":         "admin",
	"/years":         "admin",
	"/authorities":   "admin",
	"/choose":        "admin",
	"/accounts":      "accounts",
	"/access":        "accounts",
	"/taught":        "lending",
	"/desk":          "lending",
	"/hand-out":      "lending",
	"/take-back":     "lending",
	"/clerks":        "lending",
	"/issue-days":    "lending",
	"/handovers":     "lending",
	"/reports":       "lending",
	"/repairs":       "lending",
	"/labels":        "labels",
	"/documents":     "documents",
	"/s":             "documents",
	"/a":             "labels",
	"/export":        "admin",
	"/operators":     "accounts",
	"/sessions":      "accounts",
	"/providers":     "providers",
	"/setup":         "signin",
	"/account":       "signin",
	"/sign-in":       "signin",
	"/sign-out":      "signin",
	"/audit":         "audit",
	"/outbox":        "outbox",
	"/orders":        "orders",
	"/assets":        "stock",
	"/batches":       "stock",
	"/figures":       "stock",
	"/returns":       "stock",
	"/contracts":     "stock",
	"/damages":       "stock",
	"/kits":          "stock",
	"/losses":        "stock",
	"/turnarounds":   "orders",
	"/tokens":        "api",
	"/help":          "keyboard",
	"/accessibility": "keyboard",

	"/sight":                     "privacy",
	"/papers":                    "privacy",
	"/admin/retention":           "privacy",
	"/schools/{school}/sight":    "privacy",
	"/people/{person}/views":     "privacy",
	"/people/{person}/data.pdf":  "privacy",
	"/people/{person}/data.json": "privacy",
	"/people/{person}/erase":     "privacy",
}

// sectionOf is the section for a route's template, and whether one is named for it.
func sectionOf(route string) (string, bool) {
	for path := route; path != ""; path = path[:max(strings.LastIndexByte(path, '/'), 0)] {
		if id, ok := helpSections[path]; ok {
			return id, true
		}
	}
	if route == "/" {
		return helpSections["/"], true
	}
	return "", false
}

// helpFor is the section of the help that belongs to a page.
func helpFor(r *http.Request) string {
	if route := mux.CurrentRoute(r); route != nil {
		if path, err := route.GetPathTemplate(); err == nil {
			if id, ok := sectionOf(path); ok {
				return web.HelpPath + "/" + id
			}
		}
	}
	return web.HelpPath
}

func bookOf(l web.Lang) (help.Book, error) {
	books, err := help.Books()
	return books[l.Plain()], err
}

// helpPage is the page "help": the contents, what a search found, or one section.
type helpPage struct {
	web.Frame
	Query    string
	Found    []helpHit
	Searched bool
	Body     template.HTML // of one section
	Contents []helpLink
}

type helpLink struct {
	Name, Href string
	Current    bool
}

type helpHit struct{ Name, Href, Text string }

func (u *UI) helpPage(w http.ResponseWriter, r *http.Request) error {
	p := &helpPage{Frame: u.frame(r, ""), Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	p.Title = p.T("frame.help")
	book, err := bookOf(p.Lang)
	if err != nil {
		return err
	}
	id := routeVar(r, "section")
	for _, s := range book {
		p.Contents = append(p.Contents, helpLink{s.Title, web.HelpPath + "/" + s.ID, s.ID == id})
	}
	switch {
	case id != "":
		s, ok := book.Find(id)
		if !ok {
			return web.ErrNotFound
		}
		p.Title, p.Body = s.Title, s.HTML
		p.Place = []web.Crumb{{Name: p.T("frame.help"), Href: web.HelpPath}, {Name: s.Title}}
	case p.Query != "":
		p.Searched = true
		for _, s := range book.Search(p.Query) {
			p.Found = append(p.Found, helpHit{s.Title, web.HelpPath + "/" + s.ID, s.Snippet(p.Query)})
		}
	}
	return u.site.Render(w, r, http.StatusOK, "help", p)
}

// handbookPage is the page "handbook": all sections, to be printed.
type handbookPage struct {
	web.Frame
	Sections []help.Section
}

func (u *UI) handbookPage(w http.ResponseWriter, r *http.Request) error {
	p := &handbookPage{Frame: u.frame(r, "")}
	p.Title = p.T("help.handbook")
	p.Place = []web.Crumb{{Name: p.T("frame.help"), Href: web.HelpPath}, {Name: p.Title}}
	var err error
	if p.Sections, err = bookOf(p.Lang); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "handbook", p)
}

func init() {
	web.Add(web.Words{
		"help.lead":     {"Zu jeder Seite führt „Hilfe“ oben rechts gleich zum passenden Abschnitt.", "From every page, “Help” at the top right leads straight to its section."},
		"help.contents": {"Abschnitte", "Sections"},
		"help.search":   {"In der Hilfe suchen", "Search the help"},
		"help.found":    {"{1} {1:Abschnitt|Abschnitte} zu „{2}“", "{1} {1:section|sections} on “{2}”"},
		"help.nothing":  {"Nichts gefunden. Versuchen Sie ein einzelnes Wort, oder sehen Sie die Abschnitte durch.", "Nothing found. Try a single word, or look through the sections."},
		"help.handbook": {"Handbuch", "Handbook"},
		"help.print":    {"Drucken oder als PDF sichern", "Print or save as PDF"},
		"help.print.by": {"Zum Drucken wählen Sie im Browser „Drucken“ und dort bei Bedarf „Als PDF sichern“.", "To print, choose “Print” in the browser, and there “Save as PDF” if you like."},
	})
}
