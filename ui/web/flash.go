package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Flash is what the next page says about what was just done: one text of the
// catalogue, the numbers in it, and how to undo it.
//
// It travels in a cookie the browser could forge, and so carries nothing that
// would matter if it did: a key of the catalogue that begins with "done.", whole
// numbers, and the id of a change set, which only its owner may undo. Names are
// never in it.
type Flash struct {
	Key     string // "done.…"
	Numbers []int64
	Undo    string // id of the change set; empty if it cannot be undone
}

const flashPrefix = "done."

// SetFlash has the next page say f. Call it before redirecting.
func (s *Site) SetFlash(w http.ResponseWriter, f Flash) {
	if !f.valid() {
		Missing(German, f.Key, "is no text for a flash, or has other arguments")
		return
	}
	v := url.Values{"k": {f.Key}}
	for _, n := range f.Numbers {
		v.Add("n", strconv.FormatInt(n, 10))
	}
	if f.Undo != "" {
		v.Set("u", f.Undo)
	}
	s.setCookie(w, flashCookie, v.Encode(), 60)
}

// Text says the flash.
func (f *Flash) Text(l Lang) string {
	args := make([]any, len(f.Numbers))
	for i, n := range f.Numbers {
		args[i] = n
	}
	return T(l, f.Key, args...)
}

// UndoPath is where undoing is posted to, or empty.
func (f *Flash) UndoPath() string {
	if f.Undo == "" {
		return ""
	}
	return UndoPath + f.Undo
}

func (f *Flash) valid() bool {
	e, ok := catalogue[f.Key]
	if !ok || !strings.HasPrefix(f.Key, flashPrefix) || len(f.Numbers) != e.args || len(f.Undo) > 64 {
		return false
	}
	for _, c := range f.Undo {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// takeFlash reads the flash of a request and has the browser forget it.
func (s *Site) takeFlash(w http.ResponseWriter, r *http.Request) *Flash {
	c, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	s.setCookie(w, flashCookie, "", -1)
	return parseFlash(c.Value)
}

func parseFlash(cookie string) *Flash {
	v, err := url.ParseQuery(cookie)
	if err != nil {
		return nil
	}
	f := Flash{Key: v.Get("k"), Undo: v.Get("u")}
	for _, text := range v["n"] {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil
		}
		f.Numbers = append(f.Numbers, n)
	}
	if !f.valid() {
		return nil
	}
	return &f
}
