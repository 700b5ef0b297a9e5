package roster

import (
	"errors"
	"strconv"

	"ranzen/store/school"
)

// Bounds of what is read. They are far above every real school and far below what hurts the server.
const (
	maxText    = 64 << 20  // bytes of a text file
	maxBook    = 20 << 20  // bytes of a spreadsheet or an archive as it is uploaded
	maxUnpack  = 200 << 20 // bytes of everything in it
	maxCell    = 64 << 10  // bytes of one cell
	maxColumns = 1000
	maxRows    = 100_000 // people
	maxLinks   = 2_000_000
	maxListed  = 50 // places listed of one kind; the rest is counted
)

var errLong = errors.New("roster: a cell is too long")

// refuse is an error about the file as a whole; its code is a word of ui ("error.roster.<code>").
func refuse(code string, args ...any) error { return school.Refuse("file", "roster."+code, args...) }

func refuseRow(code string, row int, args ...any) error {
	return &school.Error{Kind: school.Invalid, Code: "roster." + code, Field: "file", Row: row, Args: append([]any{row}, args...)}
}

// words collects what is to be said. Of each kind of word so many places are listed and the rest is counted, so that a
// file in which every line is wrong is not answered with a book.
type words struct {
	list []school.RosterWord
	seen map[string]int // code and column → how many
	last map[string]int // → index of the last listed
}

func (w *words) say(code string, row int, column, value string) {
	w.add(code, row, column, value, false)
}

// stop says what must be mended before anything is taken over.
func (w *words) stop(code string, row int, column, value string) {
	w.add(code, row, column, value, true)
}

func (w *words) add(code string, row int, column, value string, stop bool) {
	if w.seen == nil {
		w.seen, w.last = map[string]int{}, map[string]int{}
	}
	key := code + "\x00" + column
	if w.seen[key]++; w.seen[key] > maxListed {
		if at, listed := w.last[key]; listed {
			w.list[at].More++
		}
		return
	}
	if len(w.list) >= 20*maxListed && !stop { // so many kinds of columns exist in no school
		return
	}
	w.last[key] = len(w.list)
	w.list = append(w.list, school.RosterWord{Row: row, Column: cut(column), Code: code, Value: cut(value), Stop: stop})
}

// count says how often something happened, without the places.
func (w *words) count(code, column string, n int) {
	if n > 0 {
		w.say(code, 0, column, strconv.Itoa(n))
	}
}

// cut keeps a value short enough for a line of a page.
func cut(s string) string {
	n := 0
	for i := range s {
		if n++; n > 60 {
			return s[:i] + "…"
		}
	}
	return s
}
