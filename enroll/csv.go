package enroll

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// lines gives the lines of a table one after the other, each with its line in the file: io.EOF ends them. What is wrong with a
// single line is a problem, and the next one is read behind it.
type lines func() (record []string, line int, problem *school.Error, err error)

// linesOf opens a table as a spreadsheet or as text.
func linesOf(file []byte) (lines, error) {
	if bytes.HasPrefix(file, []byte("PK")) {
		return sheetLines(file)
	}
	return textLines(file)
}

// sheetLines reads the first sheet of a spreadsheet. Nothing in it is calculated: the last result of a formula may be from another
// file or another day, so the line it stands in has to say it itself.
func sheetLines(file []byte) (lines, error) {
	rows, err := roster.OpenRows(file)
	if err != nil {
		return nil, err
	}
	return func() ([]string, int, *school.Error, error) {
		cells, line, calculated, err := rows.Next()
		if err == nil && calculated {
			return nil, line, rowProblem(line, "", "csv.formula"), nil
		}
		return cells, line, nil, err
	}, nil
}

func textLines(file []byte) (lines, error) {
	text, err := decodeText(file)
	if err != nil {
		return nil, err
	}
	comma, text, first := separator(text)
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma, -1, true
	return func() ([]string, int, *school.Error, error) {
		record, err := r.Read()
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, broken.StartLine + first, rowProblem(broken.StartLine+first, "", "csv.quote"), nil
		}
		if err != nil {
			return nil, 0, nil, err
		}
		line, _ := r.FieldPos(0)
		return record, line + first, nil, nil
	}, nil
}

// eachLine reads a small table people send: delivery notes, lists of things or providers. head gets the first line that says
// something, row every other one with its line in the file. What is wrong with single lines is collected, so that one look
// shows everything; err is about the file as a whole.
func eachLine(file []byte, head func(record []string) error, row func(line int, record []string) (*school.Error, error)) (problems []*school.Error, err error) {
	next, err := linesOf(file)
	if err != nil {
		return nil, err
	}
	headed, n := false, 0
	for len(problems) < maxProblems {
		record, line, problem, err := next()
		switch {
		case errors.Is(err, io.EOF):
			if n+len(problems) == 0 {
				return nil, school.Refuse("file", "csv.empty")
			}
			return problems, nil
		case err != nil && school.KindOf(err) != "":
			return nil, err
		case err != nil:
			return nil, fmt.Errorf("read a table: %w", err)
		case problem != nil:
			problems = append(problems, problem)
			if !headed {
				return nil, problem
			}
			continue
		case empty(record):
			continue
		case !headed:
			if err := head(record); err != nil {
				return nil, err
			}
			headed = true
			continue
		}
		n++
		if problem, err = row(line, record); err != nil {
			return nil, err
		}
		if problem != nil {
			problems = append(problems, problem)
		}
	}
	return problems, nil
}

func rowProblem(line int, field, code string, args ...any) *school.Error {
	return &school.Error{Kind: school.Invalid, Code: code, Field: field, Row: line, Args: args}
}

func empty(record []string) bool {
	for _, f := range record {
		if strings.TrimSpace(f) != "" {
			return false
		}
	}
	return true
}

// decodeText brings a file to UTF-8.
func decodeText(file []byte) ([]byte, error) {
	switch {
	case len(file) > maxFile:
		return nil, school.Refuse("file", "csv.size", maxFile>>20)
	case bytes.HasPrefix(file, []byte("\xd0\xcf\x11\xe0")):
		return nil, school.Refuse("file", "csv.spreadsheet")
	case bytes.HasPrefix(file, []byte("\xff\xfe")), bytes.HasPrefix(file, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(file)
		if err != nil {
			return nil, school.Refuse("file", "csv.text")
		}
		file = text
	default:
		file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
		if !utf8.Valid(file) {
			text, err := charmap.Windows1252.NewDecoder().Bytes(file)
			if err != nil {
				return nil, school.Refuse("file", "csv.text")
			}
			file = text
		}
	}
	if bytes.IndexByte(file, 0) >= 0 {
		return nil, school.Refuse("file", "csv.text")
	}
	return file, nil
}

// separator finds out what stands between the fields: what Excel's "sep=" line says, else the sign that is most frequent
// in the first line outside quotes. first is how many lines were taken off before the text.
func separator(text []byte) (comma rune, rest []byte, first int) {
	if line, after, found := bytes.Cut(text, []byte("\n")); found && len(line) < 8 && bytes.HasPrefix(bytes.ToLower(line), []byte("sep=")) {
		if s := strings.TrimRight(string(line[4:]), "\r"); s == ";" || s == "," || s == "\t" {
			return rune(s[0]), after, 1
		}
	}
	counts := map[byte]int{}
	quoted, begun := false, false
	for _, b := range text {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted {
			if b == '\n' && begun {
				break
			}
			counts[b]++
		}
		begun = begun || b > ' '
	}
	comma = ';'
	for _, b := range []byte{',', '\t'} {
		if counts[b] > counts[byte(comma)] {
			comma = rune(b)
		}
	}
	return comma, text, 0
}

// CSV writes a table as spreadsheets in this country open it: UTF-8 with a mark at its beginning, semicolons, the line ends
// of Windows. A cell that a spreadsheet would run as a formula is made text with an apostrophe.
type CSV struct {
	to    io.Writer
	out   *csv.Writer
	begun bool
	safe  []string
}

// NewCSV begins a table. Nothing is written before its first line.
func NewCSV(w io.Writer) *CSV {
	out := csv.NewWriter(w)
	out.Comma, out.UseCRLF = ';', true
	return &CSV{to: w, out: out}
}

// Line writes a line.
func (c *CSV) Line(cells []string) error {
	if !c.begun {
		c.begun = true
		if _, err := io.WriteString(c.to, "\ufeff"); err != nil {
			return err
		}
	}
	c.safe = c.safe[:0]
	for _, cell := range cells {
		c.safe = append(c.safe, school.PlainCell(cell))
	}
	return c.out.Write(c.safe)
}

// Close writes what is left.
func (c *CSV) Close() error {
	c.out.Flush()
	return c.out.Error()
}
