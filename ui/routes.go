package ui

import (
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/static"
	"ranzen/ui/web"
)

// Paths that more than one file names.
const (
	choosePath = "/choose"
)

// version is what the foot of every page says; the door sets it from the build.
var version = "dev"

// SetVersion is called once, before any page is served.
func SetVersion(v string) { version = v }

// Routes adds every page. What needs a verb says so here; what needs it at one school asks in the handler.
func (u *UI) Routes(r *mux.Router) {
	r.PathPrefix(static.Prefix).Handler(static.Handler())
	p := r.NewRoute().Subrouter()
	p.Use(u.site.Guard, u.sessions)
	get := func(path string, h http.Handler) { p.Handle(path, h).Methods(http.MethodGet, http.MethodHead) }
	post := func(path string, h http.Handler) { p.Handle(path, h).Methods(http.MethodPost) }
	_, _ = get, post
	_ = school.View

	p.NotFoundHandler = u.site.NotFound()
	p.MethodNotAllowedHandler = u.site.NotFound()
	_ = web.HomePath
}
