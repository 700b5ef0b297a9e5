package web

import (
	"bytes"
	"net/http"
	"strings"
)

// Render answers with a page, or with one block of it: the one named by ?part=,
// or by the id of the element that htmx will put it into. A block name is what
// the page's own file defines; the name of a part or of nothing gets the page.
//
// The flash, if one is waiting, is shown on the page, or added to a fragment as
// a toast of its own.
func (s *Site) Render(w http.ResponseWriter, r *http.Request, status int, page string, data Page) error {
	f := data.Base()
	if f.Flash == nil {
		f.Flash = s.takeFlash(w, r)
	}
	block, fragment := s.block(r, page)
	body, err := s.pages.execute(f.Lang, page, block, data)
	if err != nil {
		return err
	}
	if fragment && f.Flash != nil {
		toast, err := s.pages.execute(f.Lang, page, "toast-oob", f)
		if err != nil {
			return err
		}
		body.Write(toast.Bytes())
	}
	write(w, f.Lang, status, body)
	return nil
}

func (s *Site) block(r *http.Request, page string) (block string, fragment bool) {
	own := s.pages.blocks[page]
	if name := r.URL.Query().Get("part"); own[name] {
		return name, true
	}
	if isFragment(r) {
		if _, id, ok := strings.Cut(r.Header.Get("HX-Target"), "#"); ok && own[id] {
			return id, true
		}
	}
	return "layout", false
}

// isFragment reports whether htmx asks, and for less than a whole page.
func isFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-Request-Type") != "full"
}

func write(w http.ResponseWriter, l Lang, status int, body *bytes.Buffer) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", l.String())
	w.WriteHeader(status)
	// The only error left is a browser that went away.
	_, _ = body.WriteTo(w)
}

// Redirect sends the browser on after a form was accepted. A reload then repeats
// the page, not the form.
func Redirect(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
