package ui

import (
	"fmt"
	"iter"
	"net/http"
	"strings"

	"github.com/xuri/excelize/v2"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// filesOf are the files of the list that is asked for: with its filter and its order, without its page.
func filesOf(r *http.Request) web.Files {
	q := r.URL.Query()
	for _, name := range []string{"after", "from", "part", "verify"} {
		q.Del(name)
	}
	q.Set("format", "csv")
	f := web.Files{CSV: address(r.URL.Path, q)}
	q.Set("format", "xlsx")
	f.XLSX = address(r.URL.Path, q)
	return f
}

func wantsFile(r *http.Request) bool {
	format := r.URL.Query().Get("format")
	return format == "csv" || format == "xlsx"
}

// sendList answers with a list as the file that is asked for. name has no ending. rows yields the list as it is read.
func sendList(w http.ResponseWriter, r *http.Request, name string, header []string, rows iter.Seq2[[]string, error]) error {
	if r.URL.Query().Get("format") == "xlsx" {
		return sendXLSX(w, name, header, rows)
	}
	return sendCSV(w, name, header, rows)
}

func nameFile(h http.Header, name, kind string) {
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// sendCSV is a list with nothing in it that a spreadsheet would run. An error before the first row becomes a page, a later
// one cuts the download off, so that half a list is never taken for a whole one.
func sendCSV(w http.ResponseWriter, name string, header []string, rows iter.Seq2[[]string, error]) error {
	out := enroll.NewCSV(w)
	begun := false
	begin := func() error {
		begun = true
		nameFile(w.Header(), name+".csv", "text/csv; charset=utf-8")
		return out.Line(header)
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		if err := out.Line(row); err != nil {
			return err
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return err
		}
	}
	return out.Close()
}

const (
	sheetRows   = 1_048_576 // of a sheet, with its head: ISO/IEC 29500 leaves it open, every program stops here
	cellLetters = 32_767
	widthFrom   = 200 // rows by which the columns get their width
	widthMost   = 60
)

// sendXLSX is a list as a spreadsheet, every cell of which is text as the page shows it: nothing in it is run, and no
// serial number becomes a figure. It is made whole before its first byte is sent. What does not fit into memory goes
// into a file that is removed here.
func sendXLSX(w http.ResponseWriter, name string, header []string, rows iter.Seq2[[]string, error]) (err error) {
	f := excelize.NewFile()
	defer f.Close()
	sheet := f.GetSheetName(0)
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("spreadsheet: %w", err)
	}
	out, err := f.NewStreamWriter(sheet)
	if err != nil {
		return fmt.Errorf("spreadsheet: %w", err)
	}
	n := 0
	write := func(cells []string, style int) error {
		if n++; n > sheetRows {
			return school.Clash("list_long")
		}
		line := make([]any, len(cells))
		for i, text := range cells {
			if r := []rune(text); len(r) > cellLetters {
				text = string(r[:cellLetters])
			}
			line[i] = excelize.Cell{StyleID: style, Value: text}
		}
		if err := out.SetRow(fmt.Sprint("A", n), line); err != nil {
			return fmt.Errorf("spreadsheet: %w", err)
		}
		return nil
	}
	var first [][]string // the rows that wait for the width of the columns
	begin := func() error {
		for i := range header {
			wide := len([]rune(header[i]))
			for _, row := range first {
				if i < len(row) {
					wide = max(wide, len([]rune(row[i])))
				}
			}
			if err := out.SetColWidth(i+1, i+1, float64(min(wide, widthMost)+3)); err != nil {
				return fmt.Errorf("spreadsheet: %w", err)
			}
		}
		if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
			return fmt.Errorf("spreadsheet: %w", err)
		}
		if err := write(header, bold); err != nil {
			return err
		}
		for _, row := range first {
			if err := write(row, 0); err != nil {
				return err
			}
		}
		first = nil
		return nil
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		switch {
		case n > 0:
			err = write(row, 0)
		case len(first) < widthFrom:
			first = append(first, row)
			continue
		default:
			if err = begin(); err == nil {
				err = write(row, 0)
			}
		}
		if err != nil {
			return err
		}
	}
	if n == 0 {
		if err := begin(); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("spreadsheet: %w", err)
	}
	last, err := excelize.CoordinatesToCellName(max(len(header), 1), n)
	if err == nil {
		err = f.AutoFilter(sheet, "A1:"+last, nil)
	}
	if err != nil {
		return fmt.Errorf("spreadsheet: %w", err)
	}
	nameFile(w.Header(), name+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	_, err = f.WriteTo(w)
	return err
}

func wantsPrint(r *http.Request) bool { return r.URL.Query().Get("format") == "pdf" }

// printedFilesOf are the files of a list that is printed, too.
func printedFilesOf(r *http.Request) web.Files {
	f := filesOf(r)
	f.PDF = strings.Replace(f.CSV, "format=csv", "format=pdf", 1)
	return f
}

// printedRows is how many rows a list on paper has: nobody reads on.
const printedRows = 5000

// sendRows answers with a list as the file that is asked for, on paper under the title of its page; false: no file is asked for.
func (u *UI) sendRows(w http.ResponseWriter, r *http.Request, v view, p *tablePage, name string, rows iter.Seq2[[]cell, error]) (sent bool, err error) {
	plain := func(yield func([]string, error) bool) {
		for row, err := range rows {
			if !yield(plainCells(row), err) {
				return
			}
		}
	}
	if wantsFile(r) {
		return true, sendList(w, r, name, heads(p.Columns), plain)
	}
	if !wantsPrint(r) {
		return false, nil
	}
	part := sheet.Part{Head: heads(p.Columns)}
	for _, c := range p.Columns {
		part.Numeric = append(part.Numeric, c.Numeric)
	}
	for row, err := range plain {
		switch {
		case err != nil:
			return true, err
		case len(part.Rows) == printedRows:
			return true, school.Clash("list_printed", printedRows)
		}
		part.Rows = append(part.Rows, row)
	}
	part.Drop()
	part.Shares = columnShares(part.Head, part.Rows)
	s := sheet.Sheet{Title: p.Title, Lead: p.Lead, Foot: p.T("list.foot", v.authority.Name, p.Lang.DateTime(v.now)), Wide: true}
	if len(part.Rows) == 0 {
		part = sheet.Part{Texts: []string{p.T("list.empty")}}
	}
	s.Add(part)
	return true, sendSheet(w, s, v.lang, v.now, name)
}

// printedLine is about how many letters stand in a line of paper, and columnGap how many of them stand between two columns.
const (
	printedLine = 130
	columnGap   = 1.6
)

// lettersWide is how wide a text is, in letters: capitals, of which serial numbers are made, are wider.
func lettersWide(s string) (n float64) {
	for _, r := range s {
		switch {
		case strings.ContainsRune("GMOQW", r):
			n += 1.4
		case r >= 'A' && r <= 'Z':
			n += 1.15
		default:
			n++
		}
	}
	return n
}

// columnShares divides a line among columns: each gets its longest word, and of what is left the more the longer its texts are.
func columnShares(head []string, rows [][]string) []float64 {
	word, text := make([]float64, len(head)), make([]float64, len(head))
	see := func(i int, s string) {
		text[i] = max(text[i], min(lettersWide(s), 30))
		for _, w := range strings.Fields(s) {
			word[i] = max(word[i], min(lettersWide(w), 18)+columnGap)
		}
	}
	for i, h := range head {
		see(i, h)
		word[i]++   // it is bold
		text[i] = 0 // a head may take several lines
	}
	for _, row := range rows {
		for i, s := range row {
			see(i, s)
		}
	}
	left, want := float64(printedLine), 0.0
	for i := range head {
		left -= word[i]
		want += max(0, text[i]+columnGap-word[i])
	}
	out := make([]float64, len(head))
	for i := range head {
		out[i] = word[i]
		if want > 0 && left > 0 {
			out[i] += max(0, text[i]+columnGap-word[i]) * min(1, left/want)
		}
	}
	return out
}

// rowsOf is a list that is there.
func rowsOf(rows [][]cell) iter.Seq2[[]cell, error] {
	return func(yield func([]cell, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// pagedRows is a list that is read page by page.
func pagedRows[T any](read func(after string) (store.Page[T], error), line func(T) []cell) iter.Seq2[[]cell, error] {
	return func(yield func([]cell, error) bool) {
		for x, err := range everyRow(read) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(line(x), nil) {
				return
			}
		}
	}
}

func init() {
	web.Add(web.Words{
		"list.foot":          {"{1}, Stand {2}", "{1}, as of {2}"},
		"list.empty":         {"Es gibt nichts aufzuführen.", "There is nothing to list."},
		"error.list_printed": {"Auf Papier sind es höchstens {1} Zeilen. Grenzen Sie die Liste ein, oder laden Sie sie als CSV herunter.", "On paper there are at most {1} rows. Narrow the list down, or download it as CSV."},
		"error.list_long":    {"Die Liste hat mehr als 1.048.576 Zeilen, mehr als eine Tabelle fasst. Grenzen Sie sie ein, oder laden Sie sie als CSV herunter.", "The list has more than 1,048,576 rows, more than a spreadsheet holds. Narrow it down, or download it as CSV."},
	})
}
