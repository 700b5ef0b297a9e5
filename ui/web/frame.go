package web

import (
	"net/http"
	"time"
)

// Frame is what every page has around it. A page's struct embeds it and is
// handed to [Site.Render] as a pointer.
type Frame struct {
	Title     string // of the page, also its <title>; in the language of the page
	Lang      Lang
	Theme     Theme
	Now       time.Time
	Path      string    // of the request, for the links that switch language and theme
	Place     []Crumb   // authority ▸ school ▸ class; the page itself is the last
	Nav       []NavItem // at most seven
	Search    string    // what the search field holds
	NoSearch  bool      // there is nothing to search in for who is signed in
	Flash     *Flash
	User      string // empty: nobody is signed in, and there is no search, nav or account
	Authority string
	Logo      string // address of the authority's logo; empty: none
	Colour    string // address of the stylesheet with its colour; empty: none
	Contact   string // who helps: "Schul-IT, Tel. 02 02 / 1 23 45"
	Help      string // address of the help section of this page
	Demo      bool
	Version   string
	Reference string // id of the request, for support
	Manifest  string // address of the manifest of a page that can be kept as an app
	Refresh   *Refresh
}

// Refresh is where a browser without scripts goes by itself, and after how long. Pages with scripts see to that themselves.
type Refresh struct {
	Seconds int
	Href    string
}

// Page is a pointer to a struct that embeds [Frame].
type Page interface{ Base() *Frame }

// Base is how [Site.Render] gets at the frame of a page.
func (f *Frame) Base() *Frame { return f }

// MaxNav is how many entries a navigation may have; more are no overview.
const MaxNav = 7

// T says a text in the language of the page.
func (f *Frame) T(key string, args ...any) string { return T(f.Lang, key, args...) }

// When sees a moment from this page's now.
func (f *Frame) When(t time.Time) When { return When{t, f.Now} }

// Crumb is one step of the way from the authority to this page. The last has no
// address: one is there.
type Crumb struct{ Name, Href string }

// NavItem is an entry of the navigation. Count, if not zero, is what waits there.
type NavItem struct {
	Name, Href string
	Current    bool
	Count      int
}

// Frame begins the frame of a page that answers r.
func (s *Site) Frame(r *http.Request, title string) Frame {
	f := Frame{
		Title:     title,
		Lang:      LangOf(r),
		Theme:     themeOf(r),
		Now:       s.Now(),
		Path:      localPath(r.URL.EscapedPath()),
		Help:      HelpPath,
		Demo:      s.Demo,
		Reference: Reference(r),
	}
	if s.Dress != nil {
		s.Dress(r, &f)
	}
	return f
}
