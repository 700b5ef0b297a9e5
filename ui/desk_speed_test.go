package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// mostStatements is how many statements a scan that books may take, whoever has signed in and whatever the class. Each is
// found by an index: with them an answer stays far below the 300 ms a person takes for no wait at all.
const mostStatements = 75

// TestAScanTakesAFixedNumberOfStatements: in a class of five as in one of thirty.
func TestAScanTakesAFixedNumberOfStatements(t *testing.T) {
	count := func(n int) int {
		w := newDeskWorld(t, n)
		d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
		counted, err := store.Open(context.Background(), store.Options{URL: w.file, Keys: storetest.Keys, Count: true, Now: func() time.Time { return noon }})
		ok(t, counted, err)
		defer counted.Close()
		again := &world{t: t, st: counted, now: w.now, records: w.records, authority: w.authority}
		again.serve()
		d.w = again
		d.scan(w.Numbers[0]).says(t, http.StatusOK, "OK")
		counted.Statements()
		d.scan(w.Numbers[1]).says(t, http.StatusOK, "OK "+w.Numbers[1])
		return len(counted.Statements())
	}
	few, many := count(5), count(30)
	if few != many || many > mostStatements {
		t.Errorf("%d statements in a class of five, %d in one of thirty; at most %d", few, many, mostStatements)
	}
}

// BenchmarkLEND01_AScanAtTheDesk is one scan of a class that books, and its undo, from the request to the whole answer.
func BenchmarkLEND01_AScanAtTheDesk(b *testing.B) {
	w := newDeskWorld(b, 30)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
	send := func(form url.Values, want string) {
		form.Set("turn", d.turn)
		if a := d.read(d.post(d.path+"?part=desk", form)); !strings.Contains(a.Body, want) {
			b.Fatal(a.Body)
		}
	}
	for b.Loop() {
		send(url.Values{"scan": {w.Numbers[0]}}, "ausgegeben.")
		send(url.Values{"do": {"undo"}}, "Rückgängig")
	}
}
