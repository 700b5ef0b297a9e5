// Package web is the face every page is built with: handlers that return errors,
// rendering, the words in both languages, forms of numbers and times, and the
// guards around all of it. It looks nothing up: rules that were broken and
// reasons of package mdm it only puts into words. Pages live in package ui, their
// templates in ui/page and ui/part.
//
// # Handlers
//
// A [Handler] returns an error instead of writing one. [Site.Handle] is the one
// place where errors become pages: an error that knows its HTTP status and a
// sentence for people is shown as that, everything else becomes a calm page with
// a reference number, under which the log has the cause. What an error says with
// Error() is for the log and must not hold personal data; what it says with
// Public is for people.
//
// # Pages
//
// [Site.Render] renders a page (layout, page, parts) into a buffer, so that a
// half-written page cannot happen. The data is a struct of its own per page that
// embeds [Frame]. A fragment is a block of its page: a request from htmx whose
// target has the id of a block, or any request with ?part=block, gets that block
// alone. Every page works without JavaScript.
//
// # Words
//
// Every text a person reads stands in one catalogue, in German and English, and
// is said with [T]. A file that needs words adds them in its init:
//
//	func init() {
//		Add(Words{
//			"class.devices": {"{1} {1:iPad|iPads}", "{1} {1:iPad|iPads}"},
//		})
//	}
//
// That is the one way, in this package and in package ui: the words lie beside
// what speaks them, a key said twice or with different arguments in the two
// languages stops the program at start, and webtest.CheckWords finds words that
// are missing, unused, or written into a template instead.
package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// A Handler answers a request or returns why it could not. It must not have
// written anything when it returns an error, except while streaming a download.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Config is what a [Site] needs to know. Only Now is required.
type Config struct {
	Now func() time.Time // the server's one clock
	Log *slog.Logger     // nil: slog.Default

	// Secure says that browsers reach the server by https: cookies are then
	// bound to it and HSTS is sent. The demo on loopback leaves it false.
	Secure bool

	// Dress fills in what the frame knows from the session: user, authority,
	// navigation, contact. It runs for every page, error pages included, so it
	// must not fail; a stranger stays undressed.
	Dress func(r *http.Request, f *Frame)

	// Trouble names what an error says of the ground the server stands on: the
	// database is "away", its disk is "full"; empty for every other error. Such
	// a page says so and asks again by itself. nil: no error says anything.
	Trouble func(error) string

	// Demo shows the banner that says Apple is played.
	Demo bool
}

// A Site renders pages and answers for errors. It is safe for concurrent use.
type Site struct {
	Config
	pages *templates
}

// New parses all templates and returns a Site.
func New(c Config) (*Site, error) {
	if c.Now == nil {
		return nil, errors.New("web: no clock given")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	pages, err := parsed()
	if err != nil {
		return nil, err
	}
	return &Site{Config: c, pages: pages}, nil
}

// Addresses the layout itself links to. Package ui serves them.
const (
	HomePath          = "/"
	SearchPath        = "/search" // ?q=
	AccountPath       = "/account"
	SignInPath        = "/sign-in"
	SignOutPath       = "/sign-out" // POST
	HelpPath          = "/help"
	UndoPath          = "/undo/" // POST, followed by the id of a change set
	AccessibilityPath = "/accessibility"
)
