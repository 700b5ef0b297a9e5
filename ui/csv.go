package ui

import (
	"iter"
	"net/http"

	"ranzen/enroll"
)

// sendCSV answers with a list as a file for a spreadsheet. rows yields the list as it is read; an error before the first row becomes a
// page, a later one cuts the download off, so that half a list is never taken for a whole one.
func sendCSV(w http.ResponseWriter, filename string, header []string, rows iter.Seq2[[]string, error]) error {
	out := enroll.NewCSV(w)
	begun := false
	begin := func() error {
		begun = true
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="`+filename+`"`)
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
