package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
)

// ContentPolicy is the Content-Security-Policy of every page: nothing from other
// hosts, nothing inline, no frames around us. data: is for KERN's icons, which
// are masks inside its stylesheet.
const ContentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

type referenceKey struct{}

// Reference is the id of a request, as support asks for it and the log has it.
func Reference(r *http.Request) string {
	id, _ := r.Context().Value(referenceKey{}).(string)
	return id
}

// newReference returns ten letters and digits that can be read out over the
// telephone: base32 has no 0, 1, 8 or 9.
func newReference() string {
	s := rand.Text()
	return s[:5] + "-" + s[5:10]
}

// Guard is what stands before all pages: the id of the request, the security
// headers, refusal of forms from other sites, and the choice of language and
// theme. Endpoints of devices and static files are mounted beside it.
func (s *Site) Guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(s.Handle(func(http.ResponseWriter, *http.Request) error {
		return &Problem{Status: http.StatusForbidden, Key: "problem.403.origin"}
	}))
	inner := origin.Handler(s.choose(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ContentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=()")
		h.Set("Cache-Control", "no-store")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		r = r.WithContext(context.WithValue(r.Context(), referenceKey{}, newReference()))
		t := &tracker{ResponseWriter: w}
		defer s.recover(t, r)
		inner.ServeHTTP(t, r)
	})
}

// choose keeps a choice of language or theme made by a link (?lang=en,
// ?theme=dark|light|auto) in a cookie and goes back to the page without it.
func (s *Site) choose(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if r.Method != http.MethodGet || !q.Has("lang") && !q.Has("theme") {
			next.ServeHTTP(w, r)
			return
		}
		if l, ok := ParseLang(q.Get("lang")); ok {
			s.setCookie(w, langCookie, l.String(), aYear)
		}
		switch theme := q.Get("theme"); theme {
		case "light", "dark":
			s.setCookie(w, themeCookie, theme, aYear)
		case "auto":
			s.setCookie(w, themeCookie, "", -1)
		}
		q.Del("lang")
		q.Del("theme")
		back := url.URL{RawQuery: q.Encode()}
		http.Redirect(w, r, localPath(r.URL.EscapedPath())+back.String(), http.StatusSeeOther)
	})
}

// localPath makes sure that a path stays on this host: "//evil.example" would
// be another one.
func localPath(path string) string { return "/" + strings.TrimLeft(path, `/\`) }
