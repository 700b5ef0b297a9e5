package school

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wording is a text of an authority, read: headings, paragraphs and points, with places that are filled in for each document.
// The language is closed. A line that begins with # is a heading, with ## a smaller one, with - a point; an empty line ends a
// paragraph; **bold** is bold; {{person.name}} is a place from a fixed list. Nothing else means anything: what looks like HTML,
// a link or a command stands on paper as it was written.
type Wording []WordingBlock

// WordingBlock is one piece of a wording.
type WordingBlock struct {
	Kind WordingKind
	Runs []WordingRun
	Name string // of a table that is put here
}

// WordingKind says what a piece is.
type WordingKind int

// Kinds of pieces.
const (
	WordingText WordingKind = iota
	WordingHeading
	WordingSmallHeading
	WordingPoint
	WordingTable
)

// WordingRun is a stretch of a line: letters, or a place to be filled in.
type WordingRun struct {
	Text string
	Bold bool
	Name string
}

// MaxWording is how long a wording may be.
const MaxWording = 40_000

// ReadWording reads a wording in which the named places and tables may stand. Every line that is wrong is told.
func ReadWording(text string, places, tables []string) (Wording, error) {
	if len(text) > MaxWording {
		return nil, Refuse("text", "too_long", MaxWording)
	}
	if !utf8.ValidString(text) {
		return nil, Refuse("text", "wording_letters")
	}
	var out Wording
	var wrong []error
	open := false // the paragraph above goes on
	refuse := func(row int, code string, args ...any) {
		wrong = append(wrong, &Error{Kind: Invalid, Code: code, Field: "text", Row: row, Args: append([]any{row}, args...)})
	}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		row := i + 1
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\t' {
				return -1
			}
			return r
		}, line))
		if line == "" {
			open = false
			continue
		}
		if name, ok := onlyPlace(line); ok && slices.Contains(tables, name) {
			out, open = append(out, WordingBlock{Kind: WordingTable, Name: name}), false
			continue
		}
		kind := WordingText
		for _, x := range []struct {
			mark string
			kind WordingKind
		}{{"## ", WordingSmallHeading}, {"# ", WordingHeading}, {"- ", WordingPoint}} {
			if rest, ok := strings.CutPrefix(line, x.mark); ok {
				kind, line = x.kind, strings.TrimSpace(rest)
				break
			}
		}
		runs, code, arg := readRuns(line, places)
		switch {
		case code == "wording_place" && slices.Contains(tables, arg):
			refuse(row, "wording_table", "{{"+arg+"}}")
		case code == "wording_place":
			refuse(row, code, "{{"+arg+"}}")
		case code != "":
			refuse(row, code)
		}
		if kind == WordingText && open {
			last := &out[len(out)-1]
			last.Runs = append(append(last.Runs, WordingRun{Text: " "}), runs...)
			continue
		}
		out, open = append(out, WordingBlock{Kind: kind, Runs: runs}), kind == WordingText
	}
	if len(out) == 0 && len(wrong) == 0 {
		return nil, Refuse("text", "required")
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return out, nil
}

// onlyPlace is the name of the place a line consists of.
func onlyPlace(line string) (string, bool) {
	name, ok := strings.CutPrefix(line, "{{")
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, "}}")
	return strings.TrimSpace(name), ok && !strings.Contains(name, "{{")
}

// readRuns cuts a line at ** and at places. code says what is wrong with it.
func readRuns(line string, places []string) (runs []WordingRun, code, arg string) {
	bold := false
	var now strings.Builder
	end := func() {
		if now.Len() > 0 {
			runs = append(runs, WordingRun{Text: now.String(), Bold: bold})
			now.Reset()
		}
	}
	for line != "" {
		switch {
		case strings.HasPrefix(line, "**"):
			end()
			bold, line = !bold, line[2:]
		case strings.HasPrefix(line, "{{"):
			name, rest, ok := strings.Cut(line[2:], "}}")
			if name = strings.TrimSpace(name); !ok || strings.Contains(name, "{{") {
				return runs, "wording_brace", ""
			}
			if !slices.Contains(places, name) {
				return runs, "wording_place", name
			}
			end()
			runs, line = append(runs, WordingRun{Name: name, Bold: bold}), rest
		case strings.HasPrefix(line, "}}"):
			return runs, "wording_brace", ""
		default:
			_, n := utf8.DecodeRuneInString(line)
			now.WriteString(line[:n])
			line = line[n:]
		}
	}
	if bold {
		return runs, "wording_bold", ""
	}
	end()
	return runs, "", ""
}

// Places lists the places a wording uses, each once, tables among them.
func (w Wording) Places() (out []string) {
	add := func(name string) {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, b := range w {
		add(b.Name)
		for _, r := range b.Runs {
			add(r.Name)
		}
	}
	return out
}
