package roster

import (
	"encoding/xml"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// A spreadsheet is read without a library for spreadsheets. Nothing in it is calculated, no link is followed, nothing
// outside the one sheet is opened, one line is held at a time; libraries give the last result of a formula as if somebody
// had written it, and show days as the computer of the day showed them, month and day in either order.
//
// Document: ECMA-376 part 1, SpreadsheetML.

// maxToken is how long one piece of XML may be: a cell and its tags.
const maxToken = 1 << 20

// maxShared bounds the texts that cells share; tests make it small.
var maxShared = 64 << 20

// workbook is an opened spreadsheet.
type workbook struct {
	zip    *archive
	sheets []sheetName
	shared []string
	dates  []bool // by number of a style: it shows a day
	since  time.Time
	shown  string // the sheet that was opened
	read   bool
}

type sheetName struct{ name, part string }

// pieces reads XML piece by piece and ends when one of them is too long.
type pieces struct {
	*xml.Decoder
	in *piecewise
}

type piecewise struct {
	io.Reader
	left int
}

func (p *piecewise) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errTooMuch
	}
	n, err := p.Reader.Read(b[:min(len(b), p.left)])
	p.left -= n
	return n, err
}

func newPieces(r io.Reader) *pieces {
	in := &piecewise{r, maxToken}
	d := xml.NewDecoder(in)
	d.Strict = true
	return &pieces{d, in}
}

func (p *pieces) next() (xml.Token, error) {
	p.in.left = maxToken
	return p.RawToken()
}

// attr is an attribute by its name, whatever its name space is called.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// each walks through the elements of a part.
func (a *archive) each(name string, visit func(e xml.StartElement, p *pieces) error) error {
	r, err := a.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	p := newPieces(r)
	for {
		t, err := p.next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return broken(err)
		}
		if e, ok := t.(xml.StartElement); ok {
			if err := visit(e, p); err != nil {
				return err
			}
		}
	}
}

func openWorkbook(a *archive) (*workbook, error) {
	b := &workbook{zip: a, since: time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)}
	parts := map[string]string{}
	if a.has("xl/_rels/workbook.xml.rels") {
		if err := a.each("xl/_rels/workbook.xml.rels", func(e xml.StartElement, _ *pieces) error {
			if e.Name.Local == "Relationship" && attr(e, "TargetMode") != "External" {
				target := attr(e, "Target")
				if !strings.HasPrefix(target, "/") {
					target = path.Join("xl", target)
				}
				parts[attr(e, "Id")] = strings.TrimPrefix(path.Clean(target), "/")
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	err := a.each("xl/workbook.xml", func(e xml.StartElement, _ *pieces) error {
		switch e.Name.Local {
		case "workbookPr":
			if v := attr(e, "date1904"); v == "1" || v == "true" {
				b.since = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
			}
		case "sheet":
			if state := attr(e, "state"); state == "" || state == "visible" {
				b.sheets = append(b.sheets, sheetName{attr(e, "name"), parts[attr(e, "id")]})
			}
		}
		return nil
	})
	if err == nil && len(b.sheets) == 0 {
		err = refuse("no_sheet")
	}
	return b, err
}

// dateStyles finds out which styles show a day, by the number of their format or by its letters.
func (b *workbook) dateStyles() error {
	if !b.zip.has("xl/styles.xml") {
		return nil
	}
	custom := map[string]bool{}
	inside := false
	return b.zip.each("xl/styles.xml", func(e xml.StartElement, _ *pieces) error {
		switch e.Name.Local {
		case "numFmt":
			custom[attr(e, "numFmtId")] = showsDay(attr(e, "formatCode"))
		case "cellXfs":
			inside = true
		case "cellStyles", "dxfs":
			inside = false
		case "xf":
			if inside && len(b.dates) < 1<<16 {
				id := attr(e, "numFmtId")
				n, _ := strconv.Atoi(id)
				b.dates = append(b.dates, custom[id] || n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 31 || n >= 50 && n <= 58)
			}
		}
		return nil
	})
}

// showsDay reports whether a format has a year and a day in it, outside quotes and brackets.
func showsDay(code string) bool {
	var letters strings.Builder
	quoted, bracket := false, false
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			quoted = !quoted
		case quoted:
		case code[i] == '\\':
			i++
		case code[i] == '[':
			bracket = true
		case code[i] == ']':
			bracket = false
		case !bracket && (c == 'y' || c == 'd' || c == 'm' || c == 'j' || c == 't'):
			letters.WriteByte(c)
		}
	}
	s := letters.String()
	return strings.ContainsAny(s, "yj") && strings.ContainsAny(s, "dtm")
}

// sharedTexts reads the texts that cells refer to by number. What only says how a word is pronounced is left out.
func (b *workbook) sharedTexts() error {
	if !b.zip.has("xl/sharedStrings.xml") {
		return nil
	}
	total := 0
	return b.zip.each("xl/sharedStrings.xml", func(e xml.StartElement, p *pieces) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := p.text("si")
		if err != nil {
			return err
		}
		if total += len(text) + 16; total > maxShared {
			return errTooMuch
		}
		b.shared = append(b.shared, text)
		return nil
	})
}

// text reads what is written inside an element up to its end.
func (p *pieces) text(until string) (string, error) {
	var out strings.Builder
	inside, spoken := false, 0
	for {
		t, err := p.next()
		if err != nil {
			return "", broken(noEnd(err))
		}
		switch t := t.(type) {
		case xml.StartElement:
			inside = t.Name.Local == "t"
			if t.Name.Local == "rPh" {
				spoken++
			}
		case xml.EndElement:
			inside = false
			if t.Name.Local == "rPh" {
				spoken--
			}
			if t.Name.Local == until {
				return out.String(), nil
			}
		case xml.CharData:
			if inside && spoken == 0 {
				if out.Len()+len(t) > maxCell {
					return "", errLong
				}
				out.Write(t)
			}
		}
	}
}

// noEnd makes the end of a file in the middle of an element an error.
func noEnd(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// sheet is the one sheet that is read.
type sheet struct {
	book     *workbook
	in       *pieces
	close    func() error
	row      int
	cells    []string
	formulas []int // lines with cells that are calculated
	sheets   int

	calculated bool // a cell of the line that was read last is
}

// open opens a sheet by its name, or the first that is not hidden.
func (b *workbook) open(name string) (*sheet, error) {
	if !b.read {
		if err := b.dateStyles(); err != nil {
			return nil, err
		}
		if err := b.sharedTexts(); err != nil {
			return nil, err
		}
		b.read = true
	}
	chosen := b.sheets[0]
	for _, s := range b.sheets {
		if name != "" && s.name == name {
			chosen = s
		}
	}
	if name != "" && chosen.name != name {
		return nil, refuse("no_sheet")
	}
	part := chosen.part
	if part == "" {
		part = "xl/worksheets/sheet1.xml"
	}
	r, err := b.zip.open(part)
	if err != nil {
		return nil, err
	}
	b.shown = chosen.name
	return &sheet{book: b, in: newPieces(r), close: r.Close, sheets: len(b.sheets)}, nil
}

// next reads a line. Cells that are not written down are empty.
func (s *sheet) next() ([]string, int, error) {
	for {
		t, err := s.in.next()
		if err != nil {
			s.close()
			if err == io.EOF {
				return nil, s.row, io.EOF
			}
			return nil, s.row, broken(err)
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "row" {
			continue
		}
		s.row++
		if n, err := strconv.Atoi(attr(e, "r")); err == nil && n >= s.row {
			s.row = n
		}
		if s.row > 1<<20 {
			return nil, s.row, refuse("rows", maxRows)
		}
		if err := s.line(); err != nil {
			if err == errLong {
				err = refuseRow("cell", s.row, maxCell>>10)
			}
			return nil, s.row, broken(err)
		}
		return s.cells, s.row, nil
	}
}

func (s *sheet) line() error {
	s.cells, s.calculated = s.cells[:0], false
	for {
		t, err := s.in.next()
		if err != nil {
			return noEnd(err)
		}
		switch t := t.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			at := len(s.cells)
			if ref := attr(t, "r"); ref != "" {
				if n, ok := columnOf(ref); ok && n >= at {
					at = n
				}
			}
			if at >= maxColumns {
				return refuseRow("columns", s.row, maxColumns)
			}
			text, err := s.cell(t)
			if err != nil {
				return err
			}
			for len(s.cells) < at {
				s.cells = append(s.cells, "")
			}
			s.cells = append(s.cells, text)
		}
	}
}

// columnOf reads the letters of a place like "AB12".
func columnOf(ref string) (int, bool) {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		if n = n*26 + int(ref[i]-'A') + 1; n > 1<<14 {
			return 0, false
		}
	}
	return n - 1, n > 0
}

// cell reads one cell. A cell that is calculated is empty: its last result may come from another file or another day.
func (s *sheet) cell(e xml.StartElement) (string, error) {
	kind, style := attr(e, "t"), attr(e, "s")
	var value strings.Builder
	in, calculated := "", false
	for {
		t, err := s.in.next()
		if err != nil {
			return "", noEnd(err)
		}
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local
			if in == "f" {
				calculated = true
			}
			if in == "is" {
				text, err := s.in.text("is")
				if err != nil {
					return "", err
				}
				value.WriteString(text)
				in = ""
			}
		case xml.CharData:
			if in == "v" {
				if value.Len()+len(t) > maxCell {
					return "", errLong
				}
				value.Write(t)
			}
		case xml.EndElement:
			in = ""
			if t.Name.Local != "c" {
				continue
			}
			if calculated {
				s.calculated = true
				if len(s.formulas) < 10*maxListed {
					s.formulas = append(s.formulas, s.row)
				}
				return "", nil
			}
			return s.show(value.String(), kind, style), nil
		}
	}
}

// show writes a value as people read it: a shared text, a day as 2010-08-01, a number without decimals it does not have.
func (s *sheet) show(v, kind, style string) string {
	switch kind {
	case "s":
		if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < len(s.book.shared) {
			return s.book.shared[n]
		}
		return ""
	case "e":
		return ""
	case "", "n":
		number, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return v
		}
		if n, err := strconv.Atoi(style); err == nil && n >= 0 && n < len(s.book.dates) && s.book.dates[n] && number >= 1 && number < 80_000 {
			return s.book.since.AddDate(0, 0, int(number)).Format("2006-01-02")
		}
		if number == float64(int64(number)) && number < 1e15 && number > -1e15 {
			return strconv.FormatInt(int64(number), 10)
		}
	}
	return v
}

// say says what the sheet had beside its cells.
func (s *sheet) say(w *words) {
	for _, row := range s.formulas {
		w.stop("calculated", row, "", "")
	}
	if s.sheets > 1 {
		w.say("one_sheet", 0, "", s.book.shown)
	}
}
