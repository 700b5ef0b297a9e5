package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
)

// maxDepth is how deep a body may be nested; ours are not deeper than four.
const maxDepth = 16

// read reads the JSON body into v, a pointer to a struct. A field v has no place for, one that stands there twice and
// one spelled in other letters are refused by their path: encoding/json would pass over all three.
func (c *call) read(v any) error {
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.UseNumber()
	if err := strict(d, reflect.TypeOf(v).Elem(), "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return unreadable(errors.New("more than one value"))
	}
	err := json.Unmarshal(c.body, v)
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return school.Refuse(e.Field, "field_type", typeName(e.Type))
	}
	if err != nil {
		return unreadable(err)
	}
	return nil
}

func unreadable(err error) error {
	return &refusal{status: http.StatusBadRequest, code: "body_unreadable", err: err}
}

// strict walks one value of the body beside the type it will be read into; nil accepts anything.
func strict(d *json.Decoder, t reflect.Type, path string, depth int) error {
	if depth > maxDepth {
		return unreadable(errors.New("nested too deeply"))
	}
	token, err := d.Token()
	if err != nil {
		return unreadable(err)
	}
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch token {
	case json.Delim('{'):
		return strictObject(d, t, path, depth)
	case json.Delim('['):
		var item reflect.Type
		if t != nil && t.Kind() == reflect.Slice {
			item = t.Elem()
		}
		for i := 0; d.More(); i++ {
			if err := strict(d, item, path+"["+strconv.Itoa(i)+"]", depth+1); err != nil {
				return err
			}
		}
		_, err := d.Token()
		if err != nil {
			return unreadable(err)
		}
	default:
		if path == "" {
			return school.Refuse("", "field_type", "object")
		}
	}
	return nil
}

func strictObject(d *json.Decoder, t reflect.Type, path string, depth int) error {
	if o, ok := reflect.Zero(orAny(t)).Interface().(interface{ inner() reflect.Type }); ok {
		t = o.inner()
	}
	var fields map[string]reflect.Type
	var item reflect.Type
	switch {
	case t != nil && t.Kind() == reflect.Struct:
		fields = fieldsOf(t)
	case t != nil && t.Kind() == reflect.Map:
		item = t.Elem()
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return unreadable(err)
		}
		name, _ := token.(string)
		at := name
		if path != "" {
			at = path + "." + name
		}
		if seen[name] {
			return school.Refuse(shown(at), "field_twice", shown(name))
		}
		seen[name] = true
		of := item
		if fields != nil {
			known := false
			if of, known = fields[name]; !known {
				return school.Refuse(shown(at), "unknown_field", shown(name))
			}
		}
		if err := strict(d, of, at, depth+1); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return unreadable(err)
	}
	return nil
}

func orAny(t reflect.Type) reflect.Type {
	if t == nil {
		return reflect.TypeFor[struct{}]()
	}
	return t
}

// shown is a name of a request as an answer repeats it: not longer than anybody reads.
func shown(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}

// fieldsOf lists the JSON names of a struct.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous { // its fields are listed as those of t, as encoding/json takes them
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = f.Type
	}
	return out
}

// typeName is a type as JSON calls it.
func typeName(t reflect.Type) string {
	if t == nil {
		return "object"
	}
	if t == reflect.TypeFor[instant]() {
		return "date-time (RFC 3339)"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

// instant is a time of a request; null and absent are none.
type instant struct{ at time.Time }

func (i *instant) UnmarshalJSON(b []byte) error {
	var s string
	if string(b) == "null" {
		return nil
	}
	err := json.Unmarshal(b, &s)
	if err == nil {
		i.at, err = time.Parse(time.RFC3339, s)
	}
	if err != nil {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[instant]()}
	}
	return nil
}

func (instant) inner() reflect.Type { return nil }

// field is a field of a PATCH: what is not in the body stays as it is, null and the empty value take away.
type field[T any] struct {
	set   bool
	value T
}

func (f *field[T]) UnmarshalJSON(b []byte) error {
	f.set = true
	if string(b) == "null" {
		return nil
	}
	return json.Unmarshal(b, &f.value)
}

func (field[T]) inner() reflect.Type { return reflect.TypeFor[T]() }

// or is the new value, or what there is.
func (f field[T]) or(is T) T {
	if f.set {
		return f.value
	}
	return is
}
