// Package roster reads what the programs of schools write about their people: free tables, IServ, SchILD-NRW, SVWS, Apple
// School Manager, OneRoster and others, and makes of each the same school.Roster. It also writes and checks the set of
// files Apple School Manager takes.
//
// It is pure: bytes in, a roster and words about it out; no clock, no network, no database. The package schulconnex below
// it asks a server and makes the same roster.
//
// What is said: everything found out about a file (letters, separator, heads, what each column was taken for) and every
// place that was not as expected, as words with a code, a line and a column; sentences are the pages' business. A word with
// Stop means that nothing may be taken over before the file is mended. An error means that it could not be read at all.
//
// What is never kept: birth dates (the eighteenth birthday, when the mapping says so), sex, religion, address, telephone,
// guardians, passwords. Their columns are recognised by their heads even when misspelled, are not shown, and are said to be
// left out. A column nobody knows is not kept either.
//
// Dangers. Files come from people who are not to be trusted: everything has a bound (words.go), archives are unpacked in
// memory against one budget, spreadsheets are read without calculating anything. Files come from people who are to be
// helped: heads are matched with slips, but never so that a birth date becomes something else. Names keep their spelling;
// only the form of their letters (NFC) and blanks are made one.
package roster

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"time"

	"ranzen/store/school"
)

// Input is a file and what is known about it.
type Input struct {
	Name   string // as it was uploaded: a hint, never a path
	Data   io.ReaderAt
	Size   int64
	Source string // under which the ids of its people count; empty: the format's id
	// Format is an id of Formats; empty: it is found out. Mapping is what the school keeps for this source; nil: the
	// format's own.
	Format  string
	Mapping *Mapping
	Now     time.Time // for two-digit years of birth and for what has ended
}

// Result is what a file says and how it was understood.
type Result struct {
	Roster   school.Roster
	Detected Detected
	Columns  []Column   // of a table, in its order
	Preview  [][]string // the first lines of a table; what is private is empty
	Mapping  Mapping    // that was used: what a page begins with
	Devices  []Device   // serial numbers beside names: for announced deliveries
}

// Detected is what was found out about a file.
type Detected struct {
	Format    string
	Medium    string // "csv", "xlsx", "json", "zip"
	Encoding  Encoding
	Mark      bool   // a byte order mark stands before it
	Delimiter string // ";" "," "|" "tab"
	Header    int    // the line of the heads; 0: it has none
	Sheet     string
	Rows      int // lines with people
}

// Column is one column of a table and what it was taken for.
type Column struct {
	Head  string
	Place int   // counted from 1
	Field Field // empty: nothing
	How   string
}

// How a column was understood.
const (
	ByHead    = "head"
	ByPlace   = "place"
	ByGuess   = "guess"   // the head is misspelled, or nearly what is known
	IsPrivate = "private" // never kept
	IsUnknown = "unknown"
)

// Device is a line of a list of who has which device.
type Device struct {
	Row    int
	Serial string
	Number string // inventory number
	Given  string
	Family string
	ID     string
}

// Read reads a file.
func Read(in Input) (Result, error) {
	if in.Mapping != nil {
		if err := in.Mapping.Check(); err != nil {
			return Result{}, err
		}
		if in.Format == "" {
			in.Format = in.Mapping.Format
		}
	}
	f, err := openFile(in)
	if err != nil {
		return Result{}, err
	}
	e, err := f.choose(in)
	if err != nil {
		return Result{}, err
	}
	if in.Source == "" {
		in.Source = e.ID
	}
	var res Result
	switch e.Reader {
	case "":
		res, err = f.readTables(in, e)
	case "svws":
		res, err = f.readSVWS(in)
	case "asm":
		res, err = f.readASM(in)
	case "oneroster":
		res, err = f.readOneRoster(in)
	}
	if err != nil {
		return Result{}, broken(err)
	}
	res.Detected.Format, res.Detected.Medium = e.ID, f.medium
	res.Roster.Source = in.Source
	return res, nil
}

// Guess says which format a file is in. The free table is what remains when nothing is recognised.
func Guess(in Input) (format string, err error) {
	in.Format, in.Mapping = "", nil
	f, err := openFile(in)
	if err != nil {
		return "", err
	}
	e, err := f.choose(in)
	return e.ID, err
}

// file is an opened upload.
type file struct {
	in     Input
	medium string
	text   Encoding
	mark   bool
	zip    *archive
	book   *workbook
}

// openFile looks at the first bytes. What it is not is said by name: people upload what they have.
func openFile(in Input) (*file, error) {
	f := &file{in: in}
	head := make([]byte, 512)
	n, err := in.Data.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, broken(err)
	}
	head = head[:min(n, int(max(in.Size, 0)))]
	switch {
	case len(bytes.TrimSpace(head)) == 0:
		return nil, refuse("empty")
	case bytes.HasPrefix(head, []byte("PK")):
		if in.Size > maxBook {
			return nil, refuse("size", maxBook>>20)
		}
		if f.zip, err = openArchive(in.Data, in.Size); err != nil {
			return nil, err
		}
		f.medium = "zip"
		if f.zip.has("xl/workbook.xml") {
			f.medium = "xlsx"
			f.book, err = openWorkbook(f.zip)
		}
		return f, broken(err)
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return nil, refuse("old_excel")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return nil, refuse("pdf")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")), bytes.HasPrefix(head, []byte("7z\xbc\xaf")), bytes.HasPrefix(head, []byte("Rar!")):
		return nil, refuse("packed")
	case in.Size > maxText:
		return nil, refuse("size", maxText>>20)
	}
	if f.text, f.mark, err = scanEncoding(f.bytes); err != nil {
		return nil, broken(err)
	}
	f.medium = "csv"
	start, err := bufio.NewReader(decode(f.bytes(), f.text)).Peek(512)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return nil, broken(err)
	}
	switch start = bytes.TrimSpace(start); {
	case bytes.IndexByte(start, 0) >= 0:
		return nil, refuse("binary")
	case bytes.HasPrefix(start, []byte("<")):
		return nil, refuse("xml")
	case bytes.HasPrefix(start, []byte("{")), bytes.HasPrefix(start, []byte("[")):
		f.medium = "json"
	}
	return f, nil
}

func (f *file) bytes() io.Reader { return io.NewSectionReader(f.in.Data, 0, f.in.Size) }

// letters is the text of a file in UTF-8.
func (f *file) letters(m Mapping) io.Reader {
	if m.Encoding != "" {
		f.text = m.Encoding
	}
	return decode(f.bytes(), f.text)
}

// broken makes an error about the file of one about its bytes.
func broken(err error) error {
	if err == nil || school.KindOf(err) != "" {
		return err
	}
	if errors.Is(err, errTooMuch) {
		return refuse("unpacked", maxUnpack>>20)
	}
	return &school.Error{Kind: school.Invalid, Code: "roster.broken", Field: "file", Err: err}
}

// choose finds the format: what was asked for if the file can be it, else what fits best.
func (f *file) choose(in Input) (entry, error) {
	if in.Format != "" {
		e, ok := format(in.Format)
		switch {
		case !ok:
			return e, refuse("format")
		case !e.reads(f.medium):
			return e, refuse("medium")
		}
		return e, nil
	}
	var best entry
	score := 0
	var seen []string
	var lines [][]string
	switch f.medium {
	case "zip":
		switch {
		case f.zip.has("students.csv") && f.zip.has("locations.csv"):
			best, _ = format("asm")
			return best, nil
		case f.zip.has("users.csv") && f.zip.has("orgs.csv"):
			best, _ = format("oneroster")
			return best, nil
		}
		return best, refuse("archive")
	case "json":
		keys, err := jsonKeys(f.letters(Mapping{}))
		if err != nil {
			return best, broken(err)
		}
		if keys["schueler"] && (keys["klassen"] || keys["jahrgaenge"]) {
			best, _ = format("svws")
			return best, nil
		}
		for k := range keys {
			seen = append(seen, k)
		}
	default:
		t, err := f.open(Mapping{})
		if err != nil {
			return best, broken(err)
		}
		for len(lines) < 8 {
			cells, _, err := t.next()
			if err == io.EOF {
				break
			} else if err != nil {
				return best, broken(err)
			}
			if !blank(cells) {
				lines = append(lines, append([]string(nil), cells...))
				seen = append(seen, cells...)
			}
		}
	}
	for _, e := range catalogue {
		if e.Reader == "" && e.reads(f.medium) {
			if s := e.Detect.fit(in.Name, seen, lines); s > score || best.ID == "" && e.ID == "csv" {
				best, score = e, s
			}
		}
	}
	return best, nil
}

func (e entry) reads(medium string) bool {
	for _, m := range e.Media {
		if m == medium {
			return true
		}
	}
	return false
}

// fit counts what speaks for a source; 0 is nothing.
func (s signs) fit(name string, heads []string, lines [][]string) int {
	stands := map[string]bool{}
	for _, h := range heads {
		stands[headKey(h)] = true
	}
	score := 0
	for _, h := range s.All {
		if !stands[headKey(h)] {
			return 0
		}
		score += 2
	}
	some := 0
	for _, h := range s.Any {
		if stands[headKey(h)] {
			some++
		}
	}
	if some > 1 || some == 1 && len(s.All) > 0 {
		score += some
	} else if len(s.Any) > 0 && len(s.All) > 0 {
		return 0
	}
	for _, part := range s.File {
		if strings.Contains(strings.ToLower(name), part) && s.Columns == 0 {
			score++
		}
	}
	if s.Columns > 0 && len(lines) > 0 {
		return s.places(name, lines)
	}
	return score
}

// places recognises a file without heads by its name or by the serial numbers in it.
func (s signs) places(name string, lines [][]string) int {
	for _, cells := range lines {
		if s.Serial > 0 && (len(cells) != s.Columns || !serialNumber(cells[s.Serial-1])) || len(cells) < s.Columns {
			return 0
		}
	}
	for _, part := range s.File {
		if strings.Contains(strings.ToLower(name), part) {
			return 10
		}
	}
	if s.Serial > 0 {
		return 10
	}
	return 0
}

// serialNumber recognises what Apple prints on a device: ten to twelve capitals and digits, with the S that its barcode
// has before them or without. There is a digit among them, or every name in capitals would be one.
func serialNumber(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 10 && len(s) <= 13 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" && strings.ContainsAny(s, "0123456789") &&
		strings.Trim(s, "0123456789") != ""
}
