package web

import (
	"errors"
	"net/http"

	"ranzen/store/school"
)

// A rule of the world that was broken becomes a [Public] error here and nowhere else: its kind is the status, its code
// names the sentence "error." + code in the catalogue, its arguments fill it.
var statusOfKind = map[school.Kind]int{
	school.NotFound: http.StatusNotFound,
	school.Denied:   http.StatusForbidden,
	school.Invalid:  http.StatusUnprocessableEntity,
	school.Conflict: http.StatusConflict,
}

// KindStatus is the HTTP status of a kind of error; API and pages share it.
func KindStatus(k school.Kind) int { return statusOfKind[k] }

// RuleText says a broken rule to a person. A missing thing is always the same sentence, whatever is missing.
func RuleText(l Lang, e *school.Error) string {
	if e.Kind == school.NotFound && e.Code == "not_found" {
		return T(l, "problem.404.text")
	}
	return T(l, "error."+e.Code, ruleArgs(l, e)...)
}

func ruleOf(err error) Public {
	e, ok := errors.AsType[*school.Error](err)
	if !ok {
		return nil
	}
	return brokenRule{e}
}

type brokenRule struct{ e *school.Error }

func (b brokenRule) Error() string        { return b.e.Error() }
func (b brokenRule) Unwrap() error        { return b.e }
func (b brokenRule) HTTPStatus() int      { return statusOfKind[b.e.Kind] }
func (b brokenRule) Public(l Lang) string { return RuleText(l, b.e) }
