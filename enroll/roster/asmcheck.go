package roster

import (
	"bytes"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"ranzen/store/school"
)

// asmTable is a table of the set as it is checked.
type asmTable struct {
	name  string
	place map[string]int
	heads []string
	rows  []asmRow
}

type asmRow struct {
	line  int
	cells []string
}

func (t asmTable) get(r asmRow, head string) string {
	if i, ok := t.place[head]; ok && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// CheckASM checks a set of files by every rule Apple states for it. Each breach is a word with the file in its column and
// the line in its row; every one stops, because Apple refuses the whole set for it or deletes what is not meant.
func CheckASM(r io.ReaderAt, size int64, o ASMOptions) ([]school.RosterWord, error) {
	if size > maxBook {
		return nil, refuse("size", maxBook>>20)
	}
	a, err := openArchive(r, size)
	if err != nil {
		return nil, err
	}
	w := &words{}
	if a.folder {
		w.stop("asm_folder", 0, "", "")
	}
	tables := map[string]asmTable{}
	known := map[string]bool{}
	for _, f := range asmFiles {
		known[f.name] = true
		in := a.files[f.name]
		if in == nil {
			w.stop("asm_file_missing", 0, f.name, "")
			continue
		}
		if path.Base(in.Name) != f.name {
			w.stop("asm_file_name", 0, path.Base(in.Name), f.name)
		}
		body, err := a.open(f.name)
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(io.LimitReader(body, maxText+1))
		body.Close()
		if err != nil {
			return nil, broken(err)
		}
		if len(text) > maxText {
			return nil, refuse("size", maxText>>20)
		}
		tables[f.name] = asmParse(f.name, text, w)
		checkHeads(tables[f.name], f.heads, f.more, f.most, w)
	}
	for _, name := range sortedKeys(a.files) {
		if !known[name] {
			w.stop("asm_file_extra", 0, name, "")
		}
	}
	checkCells(tables, o, w)
	checkReferences(tables, w)
	if o.Before != nil {
		now := map[string]bool{}
		t := tables["classes.csv"]
		for _, r := range t.rows {
			now[t.get(r, "class_id")] = true
		}
		for _, id := range o.Before {
			if !now[id] {
				w.stop("asm_class_lost", 0, "classes.csv", id)
			}
		}
	}
	return w.list, nil
}

// asmParse reads a table by the letter of Apple's rules and says where they are broken.
func asmParse(name string, text []byte, w *words) asmTable {
	t := asmTable{name: name, place: map[string]int{}}
	if bytes.HasPrefix(text, []byte("\xef\xbb\xbf")) {
		w.stop("asm_mark", 1, name, "")
		text = text[3:]
	}
	if !utf8.Valid(text) {
		w.stop("asm_utf8", 0, name, "")
	}
	if at := bytes.IndexByte(text, '\r'); at >= 0 {
		w.stop("asm_line_end", bytes.Count(text[:at], []byte("\n"))+1, name, "")
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	}
	head, _, _ := bytes.Cut(text, []byte("\n"))
	comma := byte(',')
	if bytes.IndexByte(head, ';') >= 0 {
		comma = ';'
	}
	line := 0
	for len(text) > 0 {
		var one []byte
		one, text, _ = bytes.Cut(text, []byte("\n"))
		line++
		if len(one) == 0 {
			w.stop("asm_empty_line", line, name, "")
			continue
		}
		cells := asmCells(one, comma, line, name, w)
		if t.heads == nil {
			t.heads = cells
			for i, h := range cells {
				if _, twice := t.place[h]; twice {
					w.stop("asm_head_twice", line, name, h)
				}
				t.place[h] = i
			}
			continue
		}
		if len(cells) != len(t.heads) {
			w.stop("asm_width", line, name, "")
		}
		if len(t.rows) > maxLinks {
			w.stop("asm_rows", line, name, "")
			break
		}
		t.rows = append(t.rows, asmRow{line, cells})
	}
	return t
}

// asmCells cuts a line.
func asmCells(s []byte, comma byte, line int, name string, w *words) (cells []string) {
	for at := 0; ; {
		var cell []byte
		if at < len(s) && s[at] == ' ' {
			w.stop("asm_blank", line, name, "")
			for at < len(s) && s[at] == ' ' {
				at++
			}
		}
		if at < len(s) && s[at] == '"' {
			closed := false
			for at++; at < len(s) && !closed; at++ {
				switch {
				case s[at] == '\\' && at+1 < len(s) && (s[at+1] == '"' || s[at+1] == '\\'):
					at++
					cell = append(cell, s[at])
				case s[at] == '"' && (at+1 == len(s) || s[at+1] == comma):
					closed = true
				case s[at] == '"':
					w.stop("asm_escape", line, name, "")
					cell = append(cell, '"')
				default:
					cell = append(cell, s[at])
				}
			}
			if !closed {
				w.stop("asm_quotes", line, name, "")
			}
		} else {
			for ; at < len(s) && s[at] != comma; at++ {
				cell = append(cell, s[at])
			}
			switch {
			case bytes.ContainsAny(cell, " ,;"), bytes.HasPrefix(cell, []byte("“")), bytes.HasPrefix(cell, []byte("„")):
				w.stop("asm_quotes", line, name, string(cell))
			case bytes.IndexByte(cell, '"') >= 0:
				w.stop("asm_escape", line, name, string(cell))
			}
		}
		cells = append(cells, string(cell))
		if at >= len(s) {
			return cells
		}
		at++ // the separator; one at the end of the line begins an empty cell
	}
}

// checkHeads compares the heads with Apple's: unchanged, in their order, with as many repeated as there are.
func checkHeads(t asmTable, heads []string, more string, most int, w *words) {
	extra := max(0, len(t.heads)-len(heads))
	want := heads
	if more != "" {
		want = asmHeads(heads, more, len(heads)+extra)
		last := 1 + extra
		if more == "instructor_id" {
			last = 3 + extra
		}
		if last > most {
			w.stop("asm_heads", 1, t.name, fmt.Sprintf("%s_%d", more, last))
		}
	}
	for i, h := range t.heads {
		if i >= len(want) || h != want[i] {
			w.stop("asm_heads", 1, t.name, h)
			return
		}
	}
	if len(t.heads) < len(want) {
		w.stop("asm_heads", 1, t.name, want[len(t.heads)])
	}
}

// idHeads are the columns that hold ids, and what is unique.
var (
	uniqueIDs = map[string]string{"locations.csv": "location_id", "courses.csv": "course_id", "classes.csv": "class_id", "rosters.csv": "roster_id"}
	isID      = func(head string) bool {
		for _, stem := range []string{"person_id", "location_id", "course_id", "class_id", "instructor_id", "roster_id", "student_id"} {
			if head == stem || strings.HasPrefix(head, stem+"_") {
				return true
			}
		}
		return false
	}
)

// checkCells checks what stands in the cells: what must not be empty, what ids look like, what must be there once.
func checkCells(tables map[string]asmTable, o ASMOptions, w *words) {
	people := map[string]bool{}
	for _, f := range asmFiles {
		t := tables[f.name]
		seen := map[string]bool{}
		required := slices.Clone(f.required)
		for _, h := range o.Required {
			if slices.Contains(f.heads, h) && (f.name == "students.csv" || f.name == "staff.csv") {
				required = append(required, h)
			}
		}
		for _, r := range t.rows {
			for _, h := range required {
				if t.get(r, h) == "" {
					w.stop("asm_required", r.line, t.name, h)
				}
			}
			for i, h := range t.heads {
				if i < len(r.cells) && r.cells[i] != "" && isID(h) && !asmMay(r.cells[i]) {
					w.stop("asm_id", r.line, t.name, r.cells[i])
				}
			}
			if h := uniqueIDs[t.name]; h != "" {
				if id := t.get(r, h); seen[id] && id != "" {
					w.stop("asm_id_twice", r.line, t.name, id)
				} else {
					seen[id] = true
				}
			}
			if t.name == "students.csv" || t.name == "staff.csv" {
				if id := t.get(r, "person_id"); people[id] && id != "" {
					w.stop("asm_id_twice", r.line, t.name, id)
				} else {
					people[id] = true
				}
			}
			if p := t.get(r, "password_policy"); !slices.Contains([]string{"", "4", "6", "8"}, p) {
				w.stop("asm_password", r.line, t.name, p)
			}
		}
	}
}

// checkReferences follows every reference.
func checkReferences(tables map[string]asmTable, w *words) {
	ids := func(file, head string) map[string]bool {
		out := map[string]bool{}
		t := tables[file]
		for _, r := range t.rows {
			out[t.get(r, head)] = true
		}
		return out
	}
	targets := map[string]map[string]bool{
		"location_id": ids("locations.csv", "location_id"), "course_id": ids("courses.csv", "course_id"), "class_id": ids("classes.csv", "class_id"),
		"instructor_id": ids("staff.csv", "person_id"), "student_id": ids("students.csv", "person_id"),
	}
	for _, f := range asmFiles {
		t := tables[f.name]
		for i, h := range t.heads {
			stem := h
			if at := strings.LastIndexByte(h, '_'); at > 0 && strings.Trim(h[at+1:], "0123456789") == "" {
				stem = h[:at]
			}
			if targets[stem] == nil {
				continue
			}
			for _, r := range t.rows {
				if i < len(r.cells) && r.cells[i] != "" && !targets[stem][r.cells[i]] {
					w.stop("asm_reference", r.line, t.name, r.cells[i])
				}
			}
		}
	}
}
