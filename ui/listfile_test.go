package ui

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"ranzen/store/school"
)

func TestCSVIsReadByASpreadsheetAndRunsNothing(t *testing.T) {
	rows := [][]string{{"=1+1", "Müller; Kern"}, {"-5", "+49"}, {"@x", "\tx"}, {"\rx", "a\"b"}, {"", "7b"}, {"\n=1", "  =1"}}
	w := httptest.NewRecorder()
	err := sendCSV(w, "liste", []string{"Eins", "Zwei"}, func(yield func([]string, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	})
	want := "\ufeffEins;Zwei\r\n'=1+1;\"Müller; Kern\"\r\n'-5;'+49\r\n'@x;'\tx\r\n\"'x\";\"a\"\"b\"\r\n;7b\r\n\"'\r\n=1\";'  =1\r\n"
	if got := w.Body.String(); err != nil || got != want {
		t.Errorf("error %v\ngot  %q\nwant %q", err, got, want)
	}
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="liste.csv"` {
		t.Errorf("disposition %s", got)
	}
}

func TestCSVSaysNothingBeforeItsFirstRowIsThere(t *testing.T) {
	w := httptest.NewRecorder()
	broken := errors.New("broken")
	err := sendCSV(w, "liste", []string{"Eins"}, func(yield func([]string, error) bool) { yield(nil, broken) })
	if !errors.Is(err, broken) || w.Body.Len() > 0 {
		t.Errorf("error %v after %q", err, w.Body)
	}
	w = httptest.NewRecorder()
	if err := sendCSV(w, "liste", []string{"Eins"}, func(func([]string, error) bool) {}); err != nil || w.Body.String() != "\ufeffEins\r\n" {
		t.Errorf("empty list: error %v, %q", err, w.Body)
	}
}

// A spreadsheet opens the file: what the page shows stands in it as text, and nothing in it is run.
func TestASpreadsheetHoldsWhatThePageShows(t *testing.T) {
	want := [][]string{{"Nummer", "Wer"}}
	for i := range 1000 {
		want = append(want, []string{fmt.Sprintf("%012d", i), "Müller; Kern"})
	}
	want = append(want, []string{"=1+1", "\tx\n\"y\""}, []string{"+49", strings.Repeat("ä", cellLetters+5)})
	w := httptest.NewRecorder()
	if err := sendXLSX(w, "liste", want[0], all(want[1:])); err != nil {
		t.Fatal(err)
	}
	want[len(want)-1][1] = strings.Repeat("ä", cellLetters)
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="liste.xlsx"` {
		t.Errorf("disposition %s", got)
	}
	f, err := excelize.OpenReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, at := range []string{"A2", "A1002"} {
		kind, err := f.GetCellType(f.GetSheetName(0), at)
		formula, _ := f.GetCellFormula(f.GetSheetName(0), at)
		if err != nil || kind != excelize.CellTypeInlineString || formula != "" {
			t.Errorf("%s: kind %d, formula %q, %v", at, kind, formula, err)
		}
	}
}

func TestASpreadsheetIsWholeOrNotThere(t *testing.T) {
	broken := errors.New("broken")
	w := httptest.NewRecorder()
	err := sendXLSX(w, "liste", []string{"Eins"}, func(yield func([]string, error) bool) {
		for range 300 {
			if !yield([]string{"x"}, nil) {
				return
			}
		}
		yield(nil, broken)
	})
	if !errors.Is(err, broken) || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("error %v after %d bytes, %v", err, w.Body.Len(), w.Header())
	}
	w = httptest.NewRecorder()
	err = sendXLSX(w, "liste", []string{"Eins"}, func(yield func([]string, error) bool) {
		for range sheetRows {
			if !yield([]string{"x"}, nil) {
				return
			}
		}
	})
	if e, ok := errors.AsType[*school.Error](err); !ok || e.Code != "list_long" || w.Body.Len() > 0 {
		t.Errorf("more than a sheet holds: %v after %d bytes", err, w.Body.Len())
	}
	w = httptest.NewRecorder()
	if err := sendXLSX(w, "liste", []string{"Eins"}, all[[]string](nil)); err != nil || w.Body.Len() == 0 {
		t.Errorf("an empty list: %v", err)
	}
}

func all[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}
