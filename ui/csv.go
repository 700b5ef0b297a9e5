package ui

import (
	"encoding/csv"
	"iter"
	"net/http"

	"ranzen/store/school"
)

// sendCSV answers with a list as a file for a spreadsheet: semicolons, UTF-8 with a mark at its beginning, and no cell
// that a spreadsheet would run as a formula. rows yields the list as it is read; an error before the first row becomes a
// page, a later one cuts the download off, so that half a list is never taken for a whole one.
func sendCSV(w http.ResponseWriter, filename string, header []string, rows iter.Seq2[[]string, error]) error {
	out := csv.NewWriter(w)
	out.Comma = ';'
	begun := false
	begin := func() error {
		begun = true
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="`+filename+`"`)
		if _, err := w.Write([]byte("\ufeff")); err != nil {
			return err
		}
		return out.Write(header)
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
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = school.PlainCell(cell)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	if !begun {
		if err := begin(); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
