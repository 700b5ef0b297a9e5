package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gorilla/mux"
)

// Public is an error with two faces: Error() for the log, HTTPStatus and Public
// for the person. This interface is the one seam between the kinds of errors the
// rest of the house knows and what a browser is told.
type Public interface {
	error
	HTTPStatus() int
	Public(Lang) string
}

// Problem is a [Public] error made of a text of the catalogue.
type Problem struct {
	Status int
	Key    string
	Args   []any
	Cause  error // for the log; may be nil
}

func (p *Problem) Error() string {
	if p.Cause != nil {
		return fmt.Sprintf("%s: %v", p.Key, p.Cause)
	}
	return p.Key
}

func (p *Problem) Unwrap() error        { return p.Cause }
func (p *Problem) HTTPStatus() int      { return p.Status }
func (p *Problem) Public(l Lang) string { return T(l, p.Key, p.Args...) }

// ErrNotFound is also the answer to everything a person may not know exists.
var ErrNotFound = &Problem{Status: http.StatusNotFound, Key: "problem.404.text"}

// ErrorPage is the page "error".
type ErrorPage struct {
	Frame
	Status int
	Text   string
	// Ours says that the fault is on our side: the page then names the reference
	// under which the log has the cause, and that nothing was lost by trying.
	Ours bool
	// Again says that the page asks again by itself.
	Again bool
}

// DefaultBody is how much a form may send.
const DefaultBody = 1 << 20

// Handle makes an http.Handler of h. Forms may send [DefaultBody].
func (s *Site) Handle(h Handler) http.Handler { return s.HandleUpload(DefaultBody, h) }

// HandleUpload is Handle for a form that may send up to limit bytes.
func (s *Site) HandleUpload(limit int64, h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		t := &tracker{ResponseWriter: w}
		defer s.recover(t, r)
		if err := h(t, r); err != nil {
			s.answer(t, r, err)
		}
	})
}

// NotFound answers for every address that leads nowhere.
func (s *Site) NotFound() http.Handler {
	return s.Handle(func(http.ResponseWriter, *http.Request) error { return ErrNotFound })
}

func (s *Site) recover(t *tracker, r *http.Request) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler:
		panic(v)
	default:
		// The stack names functions and addresses, not data; the value of a
		// panic may be built from data and is logged by its type only, unless
		// it is the runtime's own.
		cause := fmt.Errorf("a panic with a %T", v)
		if err, ok := v.(interface{ RuntimeError() }); ok {
			cause = fmt.Errorf("a panic: %v", err)
		}
		s.answer(t, r, &panicked{cause, debug.Stack()})
	}
}

type panicked struct {
	error
	stack []byte
}

// answer shows an error as a page, or as a toast if only a fragment was asked for.
func (s *Site) answer(t *tracker, r *http.Request, err error) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // the browser has left
	}
	public, trouble := publicOf(err), ""
	if s.Trouble != nil && public == nil {
		if trouble = s.Trouble(err); trouble != "" {
			public = &Problem{Status: http.StatusServiceUnavailable, Key: "problem.503." + trouble, Cause: err}
		}
	}
	if public == nil || trouble != "" || t.wrote {
		attrs := []slog.Attr{
			slog.String("reference", Reference(r)),
			slog.String("method", r.Method),
			slog.String("route", routeOf(r)),
			slog.String("error", err.Error()),
		}
		if p, ok := errors.AsType[*panicked](err); ok {
			attrs = append(attrs, slog.String("stack", string(p.stack)))
		}
		s.Log.LogAttrs(r.Context(), slog.LevelError, "a page failed", attrs...)
	}
	if t.wrote {
		// Half of an answer is out. Cutting the connection is the one way left
		// to tell the browser that the rest is missing.
		panic(http.ErrAbortHandler)
	}

	page := &ErrorPage{Frame: s.Frame(r, ""), Status: http.StatusInternalServerError, Ours: true}
	page.Text = page.T("problem.500.text")
	if public != nil {
		page.Status, page.Ours = public.HTTPStatus(), false
		page.Text = public.Public(page.Lang)
	}
	page.Title = page.T(titleKey(page.Status))
	if page.Status == http.StatusServiceUnavailable {
		again := strconv.Itoa(int(GateRetry / time.Second))
		t.Header().Set("Retry-After", again)
		if r.Method == http.MethodGet && !isFragment(r) {
			t.Header().Set("Refresh", again) // a form is never sent again by itself
			page.Again = true
		}
	}

	block := "layout"
	if isFragment(r) {
		block = "error-toast"
		t.Header().Set("HX-Retarget", "#toasts")
		t.Header().Set("HX-Reswap", "beforeend")
	}
	body, rerr := s.pages.execute(page.Lang, "error", block, page)
	if rerr != nil {
		s.Log.Error("the error page failed", "reference", Reference(r), "error", rerr.Error())
		http.Error(t, page.Text, page.Status)
		return
	}
	write(t, page.Lang, page.Status, body)
}

func publicOf(err error) Public {
	if p, ok := errors.AsType[Public](err); ok {
		return p
	}
	if p := ruleOf(err); p != nil {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Key: "problem.413.text", Cause: err}
	}
	return nil
}

func titleKey(status int) string {
	switch status {
	case http.StatusNotFound:
		return "problem.404.title"
	case http.StatusForbidden:
		return "problem.403.title"
	case http.StatusConflict:
		return "problem.409.title"
	case http.StatusRequestEntityTooLarge:
		return "problem.413.title"
	case http.StatusTooManyRequests:
		return "problem.429.title"
	case http.StatusServiceUnavailable:
		return "problem.503.title"
	}
	if status >= 500 {
		return "problem.500.title"
	}
	return "problem.400.title"
}

// routeOf names the route, never the address: addresses carry codes and ids.
func routeOf(r *http.Request) string {
	if route := mux.CurrentRoute(r); route != nil {
		if tmpl, err := route.GetPathTemplate(); err == nil {
			return tmpl
		}
	}
	return "-"
}

// tracker remembers whether anything was written.
type tracker struct {
	http.ResponseWriter
	wrote bool
}

func (t *tracker) WriteHeader(status int) {
	t.wrote = t.wrote || status >= 200
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracker) Write(b []byte) (int, error) {
	t.wrote = true
	return t.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what is beneath.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }
