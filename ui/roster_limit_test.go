package ui

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"ranzen/ui/web"
)

// packed is an archive of files of one letter, so many bytes each: small to send and large to unpack.
func packed(t *testing.T, size int, names ...string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	chunk := bytes.Repeat([]byte("a;"), 1<<15)
	for _, name := range names {
		f, err := z.Create(name)
		for n := 0; n < size && err == nil; n += len(chunk) {
			_, err = f.Write(chunk)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Files that are made to hurt are refused with a sentence, and leave nothing behind that could be taken over.
func TestUploadsOfListsHaveBounds(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	const heads = "Vorname;Nachname;Klasse;Import-ID\n"
	for _, tc := range []struct{ what, file, text, says string }{
		{"a cell of 65 KB", "a.csv", heads + "Lena;" + strings.Repeat("x", 65<<10) + ";7b;1\n", "64 KB"},
		{"a cell of 65 KB in quotes", "a.csv", heads + "Lena;\"" + strings.Repeat("x", 65<<10) + "\";7b;1\n", "64 KB"},
		{"100,001 people", "a.csv", heads + strings.Repeat("A;B;;\n", 100_001), "100.000"},
		{"1,100 columns", "a.csv", strings.Repeat("x;", 1100) + "\n", "1.000"},
		{"an archive that unpacks to 210 MB", "a.zip", packed(t, 105<<20, "students.csv", "locations.csv"), "200 MB"},
		{"a spreadsheet that unpacks to 210 MB", "a.xlsx", packed(t, 210<<20, "xl/workbook.xml"), ""},
		{"an archive in an archive", "a.zip", packed(t, 10, "a.zip"), ""},
		{"bytes", "a.csv", "\x00\x01\x02\x03" + strings.Repeat("\x00", 100), ""},
		{"nothing but quotes", "a.csv", strings.Repeat("\"", 1<<20), ""},
	} {
		a := c.bring(tc.file, tc.text, url.Values{"source": {"new"}, "name": {tc.what}, "school": {string(w.Nord)}})
		if a.Location != "" { // the format was found; reading finds the rest
			a = c.get(a.Location)
		}
		if a.Status != http.StatusUnprocessableEntity || !strings.Contains(readable(a.Body), tc.says) {
			t.Errorf("%s: %d, it does not say %q\n%s", tc.what, a.Status, tc.says, a.read())
		}
	}
	large := c.bring("a.csv", heads+strings.Repeat("Lena;Muster;7b;1\n", (22<<20)/17), url.Values{"source": {"new"}, "school": {string(w.Nord)}})
	if large.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("22 MB: %d", large.Status)
	}
	runs, err := w.st.RosterRuns(context.Background(), w.by, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs.Rows {
		if r.State != "read" || len(r.Parts) > 0 {
			t.Errorf("%s was planned: %+v", r.SourceName, r)
		}
	}
}

// Few files are read at a time: the next one waits, and is told to come again when it takes too long.
func TestListsAreReadByABoundedWorker(t *testing.T) {
	gate := web.NewGate(1)
	w := newWorld(t, func(c *Config) { c.Heavy = gate })
	c := w.as(w.Admin)
	run := c.bring("iserv.csv", pupilsList, url.Values{"source": {"new"}, "school": {string(w.Nord)}}).Location
	leave, ok := gate.Enter(context.Background())
	if !ok {
		t.Fatal("no room")
	}
	var asking sync.WaitGroup
	for what, ask := range map[string]func() answer{
		"a look":    func() answer { return c.get(run) },
		"a reading": func() answer { return c.post(run+"/read", url.Values{"format": {"csv"}}) },
		"an upload": func() answer {
			return c.bring("b.csv", pupilsList, url.Values{"source": {"new"}, "school": {string(w.Nord)}})
		},
		"a set": func() answer { return c.get("/rosters/asm") },
	} {
		asking.Go(func() {
			if a := ask(); a.Status != http.StatusServiceUnavailable {
				t.Errorf("%s goes in where there is no room: %d", what, a.Status)
			}
		})
	}
	asking.Wait()
	leave()
	c.get(run).says(t, http.StatusOK, "2 Personen an 1 Schule.")
}
