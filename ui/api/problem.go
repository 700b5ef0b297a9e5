package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// problem is a refusal as application/problem+json (RFC 9457). Detail is left out where there is no sentence for a code.
type problem struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	Code      string       `json:"code"`
	Errors    []fieldError `json:"errors,omitempty"`
	Reference string       `json:"reference"`
}

// fieldError is what is wrong with one field of a request, or with one row of a list in it.
type fieldError struct {
	Field  string `json:"field,omitempty"`
	Row    int    `json:"row,omitempty"`
	Code   string `json:"code"`
	Detail string `json:"detail,omitempty"`
}

// refusal is what the API itself refuses, beside the four kinds of the world.
type refusal struct {
	status int
	code   string
	args   []any
	retry  time.Duration // when it may be tried again
	allow  []string      // methods the address knows
	err    error         // for the log
}

func (e *refusal) Error() string {
	if e.err != nil {
		return e.code + ": " + e.err.Error()
	}
	return e.code
}

func (e *refusal) Unwrap() error { return e.err }

// sentence says a broken rule; empty where the catalogue has no words for it.
func sentence(l web.Lang, e *school.Error) string {
	if e.Kind == school.NotFound && e.Code == "not_found" {
		return web.T(l, "api.not_found")
	}
	if _, ok := web.Args("error." + e.Code); !ok {
		return ""
	}
	return web.RuleText(l, e)
}

func fieldErrors(l web.Lang, list []*school.Error) (out []fieldError) {
	for _, e := range list {
		out = append(out, fieldError{Field: e.Field, Row: e.Row, Code: e.Code, Detail: sentence(l, e)})
	}
	return out
}

// problemOf turns an error into what a program is told. What is none of the known refusals is our fault, and nothing of
// it is told.
func problemOf(l web.Lang, err error) problem {
	if e, ok := errors.AsType[*refusal](err); ok {
		p := problem{Status: e.status, Code: e.code}
		p.Detail = web.T(l, "api."+e.code, e.args...)
		return p.titled(l)
	}
	if of := store.TroubleOf(err); of != "" {
		return problem{Status: http.StatusServiceUnavailable, Code: "database_" + string(of), Detail: web.T(l, "api.database_"+string(of))}.titled(l)
	}
	list := school.Refusals(err)
	if len(list) == 0 {
		return problem{Status: http.StatusInternalServerError, Code: "internal", Detail: web.T(l, "api.internal")}.titled(l)
	}
	first := list[0]
	p := problem{Status: web.KindStatus(first.Kind), Code: first.Code, Detail: sentence(l, first)}
	if len(list) > 1 {
		p.Code = "invalid"
		if first.Kind == school.Conflict {
			p.Code = "obstacles"
		}
		p.Detail = web.T(l, "api."+p.Code, len(list))
	}
	if len(list) > 1 || first.Field != "" || first.Row > 0 {
		p.Errors = fieldErrors(l, list)
	}
	return p.titled(l)
}

func (p problem) titled(l web.Lang) problem {
	p.Type = "urn:ranzen:problem:" + p.Code
	p.Title = web.T(l, "api.title."+strconv.Itoa(p.Status))
	return p
}

// withRows is an error with what is wrong row by row.
type withRows struct {
	error
	rows []*school.Error
}

func (e withRows) Unwrap() error { return e.error }

// told is an error as an answer, and its trace in the log.
func (a *API) told(r *http.Request, l web.Lang, reference string, err error) reply {
	p := problemOf(l, err)
	if e, ok := errors.AsType[withRows](err); ok {
		p.Errors = fieldErrors(l, e.rows)
	}
	p.Reference = reference
	attrs := []slog.Attr{slog.String("reference", reference), slog.String("method", r.Method), slog.String("route", routeOf(r)), slog.Int("status", p.Status)}
	switch {
	case p.Status < http.StatusInternalServerError:
		a.log.LogAttrs(r.Context(), slog.LevelDebug, "a call was refused", append(attrs, slog.String("code", p.Code))...)
	case r.Context().Err() != nil && errors.Is(err, context.Canceled): // the caller has left
	default:
		if e, ok := errors.AsType[*panicked](err); ok {
			attrs = append(attrs, slog.String("stack", string(e.stack)))
		}
		a.log.LogAttrs(r.Context(), slog.LevelError, "a call failed", append(attrs, slog.String("error", err.Error()))...)
	}
	out := reply{Status: p.Status, Body: encode(p)}
	if e, ok := errors.AsType[*refusal](err); ok {
		out.allow, out.retry = e.allow, e.retry
	}
	if store.TroubleOf(err) != "" {
		out.retry = web.GateRetry
	}
	if p.Code == "idempotency_running" {
		out.retry = runningAgain
	}
	if p.Status == http.StatusUnauthorized {
		out.challenge = `Bearer realm="ranzen"`
		if p.Code == errToken.code {
			out.challenge += `, error="invalid_token"`
		}
	}
	return out
}

// runningAgain is what somebody waits whose first request is still under way.
const runningAgain = 2 * time.Second

// refuse answers where there is no call.
func (a *API) refuse(why func(r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := web.LangOf(r)
		a.told(r, l, newReference(), why(r)).write(w, l)
	})
}

// panicked is a panic as an error. Its value may be built from data: only the runtime's own words are kept.
type panicked struct {
	error
	stack []byte
}

func caught(v any) error {
	err := fmt.Errorf("a panic with a %T", v)
	if e, ok := v.(interface{ RuntimeError() }); ok {
		err = fmt.Errorf("a panic: %v", e)
	}
	return &panicked{err, debug.Stack()}
}

// routeOf names the route, never the address: addresses carry ids and what was searched for.
func routeOf(r *http.Request) string {
	if route := mux.CurrentRoute(r); route != nil {
		if path, err := route.GetPathTemplate(); err == nil {
			return path
		}
	}
	return "-"
}

// encode writes JSON as answers have it.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("api: %T is not JSON: %v", v, err))
	}
	return []byte(b.String())
}
