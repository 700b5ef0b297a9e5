package web

import "net/http"

const (
	langCookie  = "lang"
	themeCookie = "theme"
	flashCookie = "flash"

	aYear = 365 * 24 * 60 * 60
)

// setCookie sets a cookie of the interface for so many seconds; -1 removes it.
// The theme alone may be read and set by our script, so that switching it does
// not need a page load.
func (s *Site) setCookie(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: name != themeCookie, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	})
}
