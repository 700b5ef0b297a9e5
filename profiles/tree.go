package profiles

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"ranzen/store/school"
)

// Dict is a dictionary of a property list, the root of every profile. The values below it are, and are only:
// string, bool, int64, uint64 (above the greatest int64), float64 (finite), time.Time (UTC, whole seconds), []byte, []any and Dict.
// Go's types keep apart what Apple's device keeps apart: <integer>1</integer>, <real>1</real> and <true/> are three values.
type Dict map[string]any

// Limits on what is read. They bound time and memory before anything is built, in both formats.
const (
	MaxSize  = 5 << 20     // bytes of an uploaded file, and of all strings and data a binary list unfolds to
	maxBody  = 2 * MaxSize // a stored body may be longer than its upload: base64, escapes, indentation
	maxDepth = 64          // dictionaries and arrays inside each other
	maxNodes = 100_000     // values in a list
)

// sortedKeys lists the keys in the one order in which trees are written and hashed.
func (d Dict) sortedKeys() []string {
	keys := make([]string, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (d Dict) text(key string) string { s, _ := d[key].(string); return s }

// Canonical encodes a tree so that equal trees, and only those, have equal bytes: every value carries a tag for its type
// and its length, dictionaries are in the order of their keys.
func Canonical(tree Dict) []byte { return appendCanonical(nil, tree) }

// Hash is the hex SHA-256 of the canonical form.
func Hash(tree Dict) string {
	sum := sha256.Sum256(Canonical(tree))
	return hex.EncodeToString(sum[:])
}

func appendCanonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case Dict:
		b = binary.AppendUvarint(append(b, 'm'), uint64(len(v)))
		for _, k := range v.sortedKeys() {
			b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
			b = appendCanonical(b, v[k])
		}
	case []any:
		b = binary.AppendUvarint(append(b, 'a'), uint64(len(v)))
		for _, e := range v {
			b = appendCanonical(b, e)
		}
	case string:
		b = append(binary.AppendUvarint(append(b, 's'), uint64(len(v))), v...)
	case []byte:
		b = append(binary.AppendUvarint(append(b, 'x'), uint64(len(v))), v...)
	case bool:
		if v {
			return append(b, 't')
		}
		return append(b, 'f')
	case int64:
		b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
	case uint64:
		if v <= math.MaxInt64 {
			return appendCanonical(b, int64(v))
		}
		b = binary.BigEndian.AppendUint64(append(b, 'u'), v)
	case float64:
		b = binary.BigEndian.AppendUint64(append(b, 'r'), math.Float64bits(v))
	case time.Time:
		b = binary.BigEndian.AppendUint64(append(b, 'd'), uint64(v.Unix()))
	default:
		panic("profiles: a tree holds a value no property list knows") // only our own code builds trees
	}
	return b
}

// at finds the value of a dotted key.
func (d Dict) at(key string) (any, bool) {
	for {
		name, rest, deeper := strings.Cut(key, ".")
		v, there := d[name]
		if !deeper || !there {
			return v, there
		}
		if d, there = v.(Dict); !there {
			return nil, false
		}
		key = rest
	}
}

// set writes the value of a dotted key, with the dictionaries on the way to it.
func (d Dict) set(key string, v any) {
	for {
		name, rest, deeper := strings.Cut(key, ".")
		if !deeper {
			d[name] = v
			return
		}
		next, ok := d[name].(Dict)
		if !ok {
			next = Dict{}
			d[name] = next
		}
		d, key = next, rest
	}
}

// clone copies a tree deeply; data is shared because nothing ever writes into it.
func clone(v any) any {
	switch v := v.(type) {
	case Dict:
		out := make(Dict, len(v))
		for k, e := range v {
			out[k] = clone(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = clone(e)
		}
		return out
	}
	return v
}

// mapStrings returns a copy of the tree in which f replaced every string value. f is told the nearest dictionary key.
func mapStrings(v any, key string, f func(key, value string) (string, error)) (any, error) {
	switch v := v.(type) {
	case Dict:
		out := make(Dict, len(v))
		for _, k := range v.sortedKeys() { // in order, so that of several errors always the same is told
			e, err := mapStrings(v[k], k, f)
			if err != nil {
				return nil, err
			}
			out[k] = e
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			n, err := mapStrings(e, key, f)
			if err != nil {
				return nil, err
			}
			out[i] = n
		}
		return out, nil
	case string:
		return f(key, v)
	}
	return v, nil
}

// eachString visits every string value in order, with its path ("Pages[0][1].URL").
func eachString(v any, path string, f func(path, value string)) {
	switch v := v.(type) {
	case Dict:
		for _, k := range v.sortedKeys() {
			eachString(v[k], join(path, k), f)
		}
	case []any:
		for i, e := range v {
			eachString(e, path+"["+strconv.Itoa(i)+"]", f)
		}
	case string:
		f(path, v)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// payloadsOf returns the payload dictionaries of a tree whose frame was checked.
func payloadsOf(tree Dict) []Dict {
	list, _ := tree["PayloadContent"].([]any)
	out := make([]Dict, 0, len(list))
	for _, e := range list {
		if d, ok := e.(Dict); ok {
			out = append(out, d)
		}
	}
	return out
}

// legal reports whether XML can carry the string: valid UTF-8 without control characters and non-characters.
func legal(s string) bool {
	for i, r := range s {
		switch {
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return false
			}
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return false
		}
	}
	return true
}

// refuse says that a file is no usable profile, with a code of the catalogue.
func refuse(code string, args ...any) error { return school.Refuse("", code, args...) }

// union returns the sorted distinct strings of both lists.
func union[T cmp.Ordered](lists ...[]T) []T {
	out := slices.Concat(lists...)
	slices.Sort(out)
	return slices.Compact(out)
}
