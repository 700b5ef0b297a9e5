package school

import (
	"errors"
	"fmt"
)

// Kind is what a caller can do about an error. There are four; everything else is internal trouble.
type Kind string

const (
	// NotFound: it does not exist, or it is not the caller's to know whether it does. A stranger always gets this.
	NotFound Kind = "not_found"
	// Denied: the caller may see the thing but not do this to it.
	Denied Kind = "denied"
	// Invalid: the input cannot be what was meant; Field, Row and Args say where and why.
	Invalid Kind = "invalid"
	// Conflict: the world moved or a rule of the world stands against it; looking again shows what.
	Conflict Kind = "conflict"
)

// Error is refused input or a broken rule. Code names the sentence for people (the catalogue of ui/web holds it in
// both languages under "error." + Code), Args fill it in order; Err is for the log and never shown.
type Error struct {
	Kind  Kind
	Code  string
	Field string // form field or column the sentence belongs to
	Row   int    // 1-based row of a file, 0 when there is none
	Args  []any
	Err   error
}

func (e *Error) Error() string {
	s := string(e.Kind) + ": " + e.Code
	if e.Row > 0 {
		s += fmt.Sprintf(" (row %d)", e.Row)
	}
	if e.Field != "" {
		s += " (field " + e.Field + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first *Error in err's chain, or "" for internal trouble.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Missing says that a thing is not there, or not the caller's.
func Missing(what string) error { return &Error{Kind: NotFound, Code: "not_found", Args: []any{what}} }

// Deny says that the actor may not do verb here.
func Deny(verb Verb) error { return &Error{Kind: Denied, Code: "denied", Args: []any{string(verb)}} }

// Refuse says that a field cannot be what was meant.
func Refuse(field, code string, args ...any) error {
	return &Error{Kind: Invalid, Code: code, Field: field, Args: args}
}

// Clash says that a rule of the world stands against it.
func Clash(code string, args ...any) error { return &Error{Kind: Conflict, Code: code, Args: args} }

// Refusals lists every *Error an error is made of: a form may be wrong in several fields at once.
func Refusals(err error) []*Error {
	var e *Error
	switch x := err.(type) {
	case nil:
		return nil
	case *Error:
		return []*Error{x}
	case interface{ Unwrap() []error }:
		var out []*Error
		for _, inner := range x.Unwrap() {
			out = append(out, Refusals(inner)...)
		}
		return out
	}
	if errors.As(err, &e) {
		return []*Error{e}
	}
	return nil
}
