package sim

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/micromdm/plist"
)

const plistDepth = 64

var errBinaryPlist = errors.New("sim: the played iPad reads no binary property list")

// readPlist decodes what a server sent. A few bytes of a binary list can make the parser allocate gigabytes and deep nesting
// costs it its stack, so both are refused before.
func readPlist(b []byte) (map[string]any, error) {
	if bytes.HasPrefix(b, []byte("bplist")) {
		return nil, errBinaryPlist
	}
	depth := 0
	for rest := b; ; {
		n := bytes.IndexByte(rest, '<')
		if n < 0 || n+1 >= len(rest) {
			break
		}
		rest = rest[n+1:]
		end := bytes.IndexByte(rest, '>')
		switch {
		case rest[0] == '?' || rest[0] == '!':
		case rest[0] == '/':
			depth--
		case end > 0 && rest[end-1] == '/':
		default:
			if depth++; depth > plistDepth {
				return nil, fmt.Errorf("sim: a property list nests deeper than %d", plistDepth)
			}
		}
	}
	var v any
	if err := plist.NewXMLDecoder(bytes.NewReader(b)).Decode(&v); err != nil {
		return nil, fmt.Errorf("sim: read a property list: %w", err)
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("sim: the property list is no dictionary")
	}
	return m, nil
}

// The readers below take a missing key and a key of another type for the same nothing.

func text(m map[string]any, key string) string { s, _ := m[key].(string); return s }

func data(m map[string]any, key string) []byte { b, _ := m[key].([]byte); return b }

func truth(m map[string]any, key string) bool { b, _ := m[key].(bool); return b }

func dict(m map[string]any, key string) map[string]any { d, _ := m[key].(map[string]any); return d }

func number(m map[string]any, key string) int64 {
	switch n := m[key].(type) {
	case int64:
		return n
	case uint64:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

func list(m map[string]any, key string) []any { l, _ := m[key].([]any); return l }

func texts(m map[string]any, key string) []string {
	var out []string
	for _, v := range list(m, key) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func dicts(m map[string]any, key string) []map[string]any {
	var out []map[string]any
	for _, v := range list(m, key) {
		if d, ok := v.(map[string]any); ok {
			out = append(out, d)
		}
	}
	return out
}
