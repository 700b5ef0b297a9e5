package roster

import (
	"bufio"
	"bytes"
	"io"
	"strings"
)

// separators are what may stand between cells, in the order that decides when nothing else does.
const separators = ";\t,|"

// records reads lines of cells. It is more patient than encoding/csv, because people's programs are: a quotation mark
// inside a word is a letter, three ways to end a line are ends, and a mark that is never closed is said with the line it
// was opened in. It holds one line at a time.
type records struct {
	in        *bufio.Reader
	comma     byte
	backslash bool // \" inside quotes, as Apple writes it
	line      int  // the line that is read next
	open      bool // the last record ended with the file and not with a line's end
	buf       []byte
	ends      []int
	cells     []string
}

func newRecords(r io.Reader, comma byte) *records {
	return &records{in: bufio.NewReaderSize(r, 64<<10), comma: comma, line: 1}
}

// next returns the cells of a line and the line it began in. The slice is the reader's, the strings are the caller's. An
// empty line is a record of one empty cell.
func (r *records) next() ([]string, int, error) {
	row := r.line
	r.buf, r.ends, r.open = r.buf[:0], r.ends[:0], false
	for more := true; more; {
		start := len(r.buf)
		b, err := r.in.ReadByte()
		switch {
		case err == io.EOF && len(r.ends) == 0:
			return nil, row, io.EOF
		case err == nil && b == '"':
			more, err = r.cell(row, start, true)
		case err == nil:
			r.in.UnreadByte()
			more, err = r.cell(row, start, false)
		case err == io.EOF:
			more, err, r.open = false, nil, true
		}
		switch {
		case err == errLong:
			return nil, row, refuseRow("cell", row, maxCell>>10)
		case err != nil:
			return nil, row, err
		case len(r.ends) >= maxColumns:
			return nil, row, refuseRow("columns", row, maxColumns)
		}
		r.ends = append(r.ends, len(r.buf))
	}
	text, start := string(r.buf), 0
	r.cells = r.cells[:0]
	for _, end := range r.ends {
		r.cells = append(r.cells, text[start:end])
		start = end
	}
	return r.cells, row, nil
}

// cell reads one cell; more is false at the end of the line. Behind an opening mark separators and ends of lines are letters
// until the mark that ends the cell. Two marks are one letter; a mark that neither ends the cell nor is doubled is a letter
// too.
func (r *records) cell(row, start int, quoted bool) (more bool, err error) {
	for {
		b, err := r.in.ReadByte()
		switch {
		case err == io.EOF && quoted:
			return false, refuseRow("quote", row)
		case err == io.EOF:
			r.open = true
			return false, nil
		case err != nil:
			return false, err
		case b == r.comma && !quoted:
			return true, nil
		case (b == '\n' || b == '\r') && !quoted:
			r.newline(b)
			return false, nil
		case len(r.buf)-start >= maxCell:
			return false, errLong
		case b == '\r', b == '\n':
			r.newline(b)
			b = '\n'
		case b == '\\' && quoted && r.backslash:
			if peek, _ := r.in.Peek(1); len(peek) == 1 && (peek[0] == '"' || peek[0] == '\\') {
				b, _ = r.in.ReadByte()
			}
		case b == '"' && quoted:
			if ended, more, err := r.closes(); ended || err != nil {
				return more, err
			}
		}
		r.buf = append(r.buf, b)
	}
}

// closes looks behind a mark inside a quoted cell: whether it ends the cell, and whether another one follows. The second of
// two marks is passed over.
func (r *records) closes() (ended, more bool, err error) {
	peek, err := r.in.Peek(1)
	switch {
	case err == io.EOF:
		r.open = true
		return true, false, nil
	case err != nil:
		return false, false, err
	case peek[0] == r.comma:
		_, err := r.in.Discard(1)
		return true, true, err
	case peek[0] == '\n', peek[0] == '\r':
		r.in.Discard(1)
		r.newline(peek[0])
		return true, false, nil
	case peek[0] == '"':
		r.in.Discard(1)
	}
	return false, false, nil
}

// newline counts a line; the two bytes of Windows are one end.
func (r *records) newline(b byte) {
	r.line++
	if b != '\r' {
		return
	}
	if peek, _ := r.in.Peek(1); len(peek) == 1 && peek[0] == '\n' {
		r.in.Discard(1)
	}
}

// blank reports whether nobody wrote anything in a line.
func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// excelSeparator is the first line by which Excel is told what stands between the cells.
func excelSeparator(text []byte) (comma byte, found bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) == 5 && bytes.EqualFold(line[:4], []byte("sep=")) && strings.IndexByte(separators, line[4]) >= 0 {
		return line[4], true
	}
	return 0, false
}

// findSeparator finds out what stands between the cells by trying: the sign that cuts most lines into the same number of
// cells. Counting signs is not enough: a list of courses in one cell holds more commas than the line has semicolons.
func findSeparator(sample []byte, whole bool) byte {
	best, bestShare, bestWide := separators[0], 0.0, 0
	for i := range len(separators) {
		r := newRecords(bytes.NewReader(sample), separators[i])
		wide, lines := map[int]int{}, 0
		for lines < 200 {
			cells, _, err := r.next()
			if err != nil || r.open && !whole {
				break
			}
			if !blank(cells) {
				wide[len(cells)]++
				lines++
			}
		}
		for w, n := range wide {
			share := float64(n) / float64(lines)
			if w > 1 && (share > bestShare+0.02 || share > bestShare-0.02 && w > bestWide) {
				best, bestShare, bestWide = separators[i], share, w
			}
		}
	}
	return best
}
