package web

import (
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/feature/plural"
)

// Words are texts by key, each in German and English.
//
// In a text, {1} is the first argument and {1:iPad|iPads} is one of two words,
// chosen by the first argument as the language chooses between one and many. A
// number is always written out by {1}, so that the word can stand anywhere:
//
//	"{1} {1:iPad wartet|iPads warten}"
//
// Whole numbers are grouped as the language groups them; a [When] says how long
// ago it was, a time.Duration how long it lasts, a time.Time its date.
type Words map[string][2]string

type piece struct {
	text      string // literal, if arg is 0
	arg       int    // from 1
	one, many string // if the piece chooses a word
}

type entry struct {
	pieces [2][]piece
	args   int
}

// catalogue is written by Add during init only and read-only from then on.
var catalogue = map[string]entry{}

// Missing is told of a key that is not in the catalogue, or is said with the
// wrong arguments. In production that is a line in the log and the key on the
// page; webtest makes it a panic.
var Missing = func(l Lang, key, why string) {
	slog.Error("a text is missing", "lang", l.String(), "key", key, "why", why)
}

// Add puts words into the catalogue. It is called from init functions only, and
// panics on a key that is there already, an empty text, or a text whose
// arguments differ between the languages.
func Add(words Words) {
	for key, texts := range words {
		if _, ok := catalogue[key]; ok {
			panic("web: the catalogue has " + key + " twice")
		}
		var e entry
		var used [2][]int
		for _, l := range Langs {
			pieces, err := parseText(texts[l])
			if err != nil {
				panic(fmt.Sprintf("web: %s in %q: %v", key, l, err))
			}
			e.pieces[l] = pieces
			for _, p := range pieces {
				if p.arg > 0 && !slices.Contains(used[l], p.arg) {
					used[l] = append(used[l], p.arg)
				}
			}
			slices.Sort(used[l])
		}
		if !slices.Equal(used[German], used[English]) {
			panic("web: " + key + " has other arguments in English than in German")
		}
		for i, arg := range used[German] {
			if arg != i+1 {
				panic("web: " + key + " leaves out an argument")
			}
		}
		e.args = len(used[German])
		catalogue[key] = e
	}
}

// Keys lists the catalogue, sorted.
func Keys() []string {
	keys := make([]string, 0, len(catalogue))
	for key := range catalogue {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Args reports how many arguments a text takes, and whether there is such a text.
func Args(key string) (int, bool) {
	e, ok := catalogue[key]
	return e.args, ok
}

func parseText(s string) ([]piece, error) {
	if strings.TrimSpace(s) == "" {
		return nil, fmt.Errorf("no text")
	}
	var out []piece
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			open = len(s)
		}
		if strings.IndexByte(s[:open], '}') >= 0 {
			return nil, fmt.Errorf("a } without its {")
		}
		if open > 0 {
			out = append(out, piece{text: s[:open]})
		}
		if s = s[open:]; s == "" {
			break
		}
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return nil, fmt.Errorf("a { without its }")
		}
		number, choice, chooses := strings.Cut(s[1:end], ":")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > 9 {
			return nil, fmt.Errorf("%q is no argument", s[:end+1])
		}
		p := piece{arg: n}
		if chooses {
			var two bool
			if p.one, p.many, two = strings.Cut(choice, "|"); !two || p.many == "" {
				return nil, fmt.Errorf("%q offers no two words", s[:end+1])
			}
		}
		out = append(out, p)
		s = s[end+1:]
	}
	return out, nil
}

// T says a text of the catalogue. Text arguments come from people or devices and
// are used as they are; the page escapes the result.
func T(l Lang, key string, args ...any) string {
	e, ok := catalogue[key]
	if !ok {
		Missing(l, key, "not in the catalogue")
		return key
	}
	if len(args) != e.args {
		Missing(l, key, fmt.Sprintf("has %d arguments, was given %d", e.args, len(args)))
		if len(args) < e.args {
			return key
		}
	}
	var b strings.Builder
	for _, p := range e.pieces[l.Plain()] {
		switch {
		case p.arg == 0:
			b.WriteString(p.text)
		case p.many == "":
			b.WriteString(say(l, key, args[p.arg-1]))
		case isOne(l, key, args[p.arg-1]):
			b.WriteString(p.one)
		default:
			b.WriteString(p.many)
		}
	}
	if l != l.Plain() {
		return strings.ReplaceAll(b.String(), "Apple School Manager", "Apple Business Manager")
	}
	return b.String()
}

func say(l Lang, key string, arg any) string {
	switch v := arg.(type) {
	case string:
		return v
	case When:
		return l.Ago(v.At, v.Now)
	case time.Duration:
		return l.Duration(v)
	case time.Time:
		return l.Date(v)
	}
	if n, ok := whole(arg); ok {
		return l.Number(n)
	}
	if v := reflect.ValueOf(arg); v.IsValid() && v.Kind() == reflect.String {
		return v.String()
	}
	Missing(l, key, fmt.Sprintf("cannot say a %T", arg))
	return ""
}

func isOne(l Lang, key string, arg any) bool {
	n, ok := whole(arg)
	if !ok {
		Missing(l, key, fmt.Sprintf("cannot count a %T", arg))
		return false
	}
	if n < 0 {
		n = -n
	}
	// Only 0, 1 and more are told apart by the two languages; a small number
	// with the same form keeps the conversion to int safe on every platform.
	return plural.Cardinal.MatchPlural(l.tag(), int(min(n, 1000)), 0, 0, 0, 0) == plural.One
}

func whole(arg any) (int64, bool) {
	switch v := reflect.ValueOf(arg); v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return int64(v.Uint()), true
	}
	return 0, false
}
