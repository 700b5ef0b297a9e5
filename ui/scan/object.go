package scan

import (
	"bytes"
	"strconv"
)

// The objects of a PDF (ISO 32000-1, 7.3), as far as pictures need them. A file is read from its beginning to its end and not by
// its table: scanners write tables that are wrong, and what stands later counts.

type (
	name   string
	ref    int
	array  []any
	text   []byte // written in hexadecimal digits
	dict   map[name]any
	stream struct {
		dict dict
		body []byte // packed
	}
)

// maxNest is how deep arrays and dictionaries may lie in one another.
const maxNest = 32

// lexer reads objects.
type lexer struct {
	b  []byte
	at int
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 || c == '\f'
}

func isMark(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

func (l *lexer) skip() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case isSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// word is what stands up to the next blank or mark.
func (l *lexer) word() string {
	from := l.at
	for l.at < len(l.b) && !isSpace(l.b[l.at]) && !isMark(l.b[l.at]) {
		l.at++
	}
	return string(l.b[from:l.at])
}

// value reads one object; nil is null, and what is none. Texts in letters are passed over: no picture needs one.
func (l *lexer) value(nest int) any {
	l.skip()
	if l.at >= len(l.b) || nest > maxNest {
		l.at = len(l.b)
		return nil
	}
	switch c := l.b[l.at]; {
	case c == '/':
		l.at++
		return name(l.word())
	case c == '[':
		l.at++
		var out array
		for {
			if l.skip(); l.at >= len(l.b) {
				return out
			}
			if l.b[l.at] == ']' {
				l.at++
				return out
			}
			out = append(out, l.value(nest+1))
		}
	case c == '<' && l.at+1 < len(l.b) && l.b[l.at+1] == '<':
		l.at += 2
		out := dict{}
		for {
			if l.skip(); l.at >= len(l.b) {
				return out
			}
			if l.b[l.at] == '>' {
				l.at = min(l.at+2, len(l.b))
				return out
			}
			k, ok := l.value(nest + 1).(name)
			if !ok {
				continue
			}
			out[k] = l.value(nest + 1)
		}
	case c == '<':
		return l.hex()
	case c == '(':
		l.letters()
		return nil
	case isMark(c):
		l.at++
		return nil
	}
	return l.plain()
}

// hex reads a text that is written in hexadecimal digits: a palette may be.
func (l *lexer) hex() any {
	var out []byte
	digits := 0
	for l.at++; l.at < len(l.b) && l.b[l.at] != '>'; l.at++ {
		n := bytes.IndexByte([]byte("0123456789abcdef"), l.b[l.at]|0x20)
		if n < 0 || isSpace(l.b[l.at]) || len(out) > 1024 {
			continue
		}
		if digits++; digits%2 == 1 {
			out = append(out, byte(n<<4))
		} else {
			out[len(out)-1] |= byte(n)
		}
	}
	l.at = min(l.at+1, len(l.b))
	return text(out)
}

func (l *lexer) letters() {
	for deep := 0; l.at < len(l.b); l.at++ {
		switch l.b[l.at] {
		case '\\':
			l.at++
		case '(':
			deep++
		case ')':
			if deep--; deep == 0 {
				l.at++
				return
			}
		}
	}
	l.at = min(l.at, len(l.b))
}

// plain reads a number, a reference or a word.
func (l *lexer) plain() any {
	w := l.word()
	n, err := strconv.Atoi(w)
	if err != nil {
		if f, err := strconv.ParseFloat(w, 64); err == nil {
			return f
		}
		switch w {
		case "true":
			return true
		case "false":
			return false
		}
		return nil
	}
	back := l.at
	l.skip()
	if g := l.word(); g != "" && isNumber(g) {
		l.skip()
		if l.at < len(l.b) && l.b[l.at] == 'R' && (l.at+1 == len(l.b) || isSpace(l.b[l.at+1]) || isMark(l.b[l.at+1])) {
			l.at++
			return ref(n)
		}
	}
	l.at = back
	return n
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) <= 10
}

// after reads the stream that follows a dictionary, if one does. length is how long it says it is; where that is not so, it ends
// where the word for it stands.
func (l *lexer) after(length int) (body []byte, ok bool) {
	l.skip()
	if !bytes.HasPrefix(l.b[l.at:], []byte("stream")) {
		return nil, false
	}
	l.at += len("stream")
	if l.at < len(l.b) && l.b[l.at] == '\r' {
		l.at++
	}
	if l.at < len(l.b) && l.b[l.at] == '\n' {
		l.at++
	}
	if length > 0 && length <= len(l.b)-l.at {
		end := lexer{l.b, l.at + length}
		if end.skip(); bytes.HasPrefix(end.b[end.at:], []byte("endstream")) {
			body, l.at = l.b[l.at:l.at+length], end.at
			return body, true
		}
	}
	n := bytes.Index(l.b[l.at:], []byte("endstream"))
	if n < 0 {
		n = len(l.b) - l.at
	}
	body, l.at = l.b[l.at:l.at+n], l.at+n
	return body, true
}
