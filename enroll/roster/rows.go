package roster

import "bytes"

// Rows are the lines of a spreadsheet that is no roster: the first sheet that is not hidden, within the same bounds.
type Rows struct {
	sheet *sheet
}

// OpenRows opens a spreadsheet. What it is instead is said by name.
func OpenRows(file []byte) (*Rows, error) {
	f, err := openFile(Input{Data: bytes.NewReader(file), Size: int64(len(file))})
	if err != nil {
		return nil, err
	}
	if f.medium != "xlsx" {
		return nil, refuse("packed")
	}
	s, err := f.book.open("")
	if err != nil {
		return nil, broken(err)
	}
	return &Rows{s}, nil
}

// Next reads a line; io.EOF ends them. Days are written as 2026-08-01, and a cell that is calculated is empty: calculated reports
// that the line has one. The slice is gone with the next line.
func (r *Rows) Next() (cells []string, row int, calculated bool, err error) {
	cells, row, err = r.sheet.next()
	return cells, row, r.sheet.calculated, err
}
