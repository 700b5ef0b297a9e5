package ui

import (
	"errors"
	"net/http/httptest"
	"testing"
)

func TestCSVIsReadByASpreadsheetAndRunsNothing(t *testing.T) {
	rows := [][]string{{"=1+1", "Müller; Kern"}, {"-5", "+49"}, {"@x", "\tx"}, {"\rx", "a\"b"}, {"", "7b"}, {"\n=1", "  =1"}}
	w := httptest.NewRecorder()
	err := sendCSV(w, "liste.csv", []string{"Eins", "Zwei"}, func(yield func([]string, error) bool) {
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
	err := sendCSV(w, "liste.csv", []string{"Eins"}, func(yield func([]string, error) bool) { yield(nil, broken) })
	if !errors.Is(err, broken) || w.Body.Len() > 0 {
		t.Errorf("error %v after %q", err, w.Body)
	}
	w = httptest.NewRecorder()
	if err := sendCSV(w, "liste.csv", []string{"Eins"}, func(func([]string, error) bool) {}); err != nil || w.Body.String() != "\ufeffEins\r\n" {
		t.Errorf("empty list: error %v, %q", err, w.Body)
	}
}
