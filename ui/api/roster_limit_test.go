package api

import (
	"archive/zip"
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"ranzen/store/school"
)

// Files that are made to hurt are refused with a code, and nothing is kept of them.
func TestUploadsOfListsHaveBounds(t *testing.T) {
	w := newWorld(t, "sqlite")
	source := string(w.source(1))
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"students.csv", "locations.csv"} {
		f, err := z.Create(name)
		for n := 0; n < 105 && err == nil; n++ {
			_, err = f.Write(bytes.Repeat([]byte("a;"), 1<<19))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	zipped, err := w.st.CreateRosterSource(context.Background(), w.by, school.RosterSource{Name: "Apple", Format: "asm"})
	ok(t, zipped, err)
	const heads = "Vorname;Nachname;Klasse;Import-ID\n"
	for _, tc := range []struct {
		what, source, file, text, code string
		status                         int
	}{
		{"a cell of 65 KB", source, "a.csv", heads + "Lena;" + strings.Repeat("x", 65<<10) + ";7b;1\n", "roster.cell", 422},
		{"100,001 people", source, "a.csv", heads + strings.Repeat("A;B;;\n", 100_001), "roster.rows", 422},
		{"1,100 columns", source, "a.csv", strings.Repeat("x;", 1100) + "\n", "roster.columns", 422},
		{"nothing but a quote", source, "a.csv", heads + "\"" + strings.Repeat("x\n", 1000), "roster.quote", 422},
		{"an archive that unpacks to 210 MB", string(zipped), "a.zip", bomb.String(), "roster.unpacked", 422},
		{"21 MB", source, "a.csv", heads + strings.Repeat("Lena;Muster;7b;1\n", (21<<20)/17), "body_too_large", http.StatusRequestEntityTooLarge},
	} {
		a := w.do(request{who: "admin", method: "POST", path: "/rosters?source=" + tc.source + "&school=" + string(w.north) + "&file=" + tc.file, body: tc.text, header: map[string]string{"Content-Type": typeFile}})
		if a.status != tc.status || !strings.Contains(a.text, `"`+tc.code+`"`) {
			t.Errorf("%s: %d %.300s", tc.what, a.status, a.text)
		}
	}
	runs, err := w.st.RosterRuns(context.Background(), w.by, "", 10)
	if err != nil || len(runs.Rows) > 0 {
		t.Errorf("%d runs, %v", len(runs.Rows), err)
	}
}
