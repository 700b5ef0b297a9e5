package ui

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"
)

// routeVar is the part of an address that a route names in braces.
func routeVar(r *http.Request, name string) string { return mux.Vars(r)[name] }

// escapePath is the local address of a request, to come back to after signing in.
func escapePath(r *http.Request) string {
	return url.QueryEscape(r.URL.RequestURI())
}

// localTarget is where to go after signing in: only addresses of our own, never another host.
func localTarget(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.Contains(next, `\`) {
		return "/"
	}
	return next
}
