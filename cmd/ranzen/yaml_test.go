package main

import (
	"fmt"
	"strings"
	"testing"
)

// readYAML reads the YAML our own papers are written in: maps and lists by indentation, plain and quoted words, folded
// texts. Everything comes back as map[string]any, []any or string. What it does not know is an error, so that a paper
// cannot say more than is checked.
func readYAML(text string) (any, error) {
	y := &yamlReader{}
	for n, line := range strings.Split(text, "\n") {
		if strings.Contains(line, "\t") {
			return nil, fmt.Errorf("line %d: a tab", n+1)
		}
		y.lines = append(y.lines, yamlLine{n + 1, len(line) - len(strings.TrimLeft(line, " ")), strings.TrimSpace(line)})
	}
	v, err := y.value(0)
	if err == nil && y.peek() != nil {
		err = fmt.Errorf("line %d: not understood", y.peek().n)
	}
	return v, err
}

type yamlLine struct {
	n, indent int
	text      string
}

type yamlReader struct {
	lines []yamlLine
	at    int
}

// peek is the next line that says something.
func (y *yamlReader) peek() *yamlLine {
	for ; y.at < len(y.lines); y.at++ {
		if l := &y.lines[y.at]; l.text != "" && !strings.HasPrefix(l.text, "#") {
			return l
		}
	}
	return nil
}

// value reads a map or list that is indented by at least min.
func (y *yamlReader) value(min int) (any, error) {
	l := y.peek()
	if l == nil || l.indent < min {
		return nil, fmt.Errorf("nothing follows")
	}
	indent := l.indent
	if strings.HasPrefix(l.text, "- ") {
		var list []any
		for l = y.peek(); l != nil && l.indent == indent && strings.HasPrefix(l.text, "- "); l = y.peek() {
			rest := strings.TrimSpace(l.text[2:])
			if _, _, ok := yamlKey(rest); !ok {
				s, err := yamlWord(*l, rest)
				if err != nil {
					return nil, err
				}
				y.at++
				list = append(list, s)
				continue
			}
			l.indent, l.text = l.indent+2, rest
			v, err := y.value(l.indent)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	m := map[string]any{}
	for l = y.peek(); l != nil && l.indent == indent; l = y.peek() {
		key, rest, ok := yamlKey(l.text)
		if _, twice := m[key]; !ok || twice {
			return nil, fmt.Errorf("line %d: %q is no new key", l.n, l.text)
		}
		y.at++
		var err error
		switch rest {
		case "":
			// A list may stand as far left as its key.
			least := indent + 1
			if next := y.peek(); next != nil && strings.HasPrefix(next.text, "- ") {
				least = indent
			}
			m[key], err = y.value(least)
		case ">", "|":
			var words []string
			for ; y.at < len(y.lines) && (y.lines[y.at].text == "" || y.lines[y.at].indent > indent); y.at++ {
				words = append(words, y.lines[y.at].text)
			}
			m[key] = strings.TrimSpace(strings.Join(words, " "))
		default:
			m[key], err = yamlWord(*l, rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	if l != nil && l.indent > indent {
		return nil, fmt.Errorf("line %d: indented by %d, not by %d", l.n, l.indent, indent)
	}
	return m, nil
}

// yamlKey cuts "key: rest".
func yamlKey(text string) (key, rest string, ok bool) {
	key, rest, ok = strings.Cut(text, ": ")
	if !ok {
		key, ok = strings.CutSuffix(text, ":")
	}
	return key, strings.TrimSpace(rest), ok && key != "" && !strings.ContainsAny(key, `"' {}[]`)
}

// yamlWord is a word or text on one line.
func yamlWord(l yamlLine, s string) (string, error) {
	if q, ok := strings.CutPrefix(s, `"`); ok {
		if q, ok = strings.CutSuffix(q, `"`); !ok || strings.ContainsAny(q, `"\`) {
			return "", fmt.Errorf("line %d: quotes", l.n)
		}
		return q, nil
	}
	if strings.ContainsAny(s[:1], `'&*!%@[{|>`+"`") || strings.Contains(s, " #") || strings.Contains(s, ": ") {
		return "", fmt.Errorf("line %d: %q has to be quoted", l.n, s)
	}
	return s, nil
}

func TestTheReaderOfPapersReadsYAML(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\nb:\n  c: \"x: y\"\n  d:\n    - e\n    - f": "map[a:1 b:map[c:x: y d:[e f]]]",
		"l:\n- x: 1\n  y: 2\n- x: 3\n# end\n":             "map[l:[map[x:1 y:2] map[x:3]]]",
		"t: >\n  one\n  two\n\nu: v":                      "map[t:one two u:v]",
		"a: 1\na: 2":                                      "error",
		"a: b: c":                                         "error",
		"a: [1]":                                          "error",
		"a:\n  b: 1\n   c: 2":                             "error",
		"a: \"x":                                          "error",
		"a:\n\tb: 1":                                      "error",
		"a:":                                              "error",
	} {
		v, err := readYAML(text)
		got := fmt.Sprint(v)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q is %s, want %s (%v)", text, got, want, err)
		}
	}
}
