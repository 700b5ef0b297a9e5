package ui

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// What is uploaded to be looked at travels with the page and is kept nowhere: not the file, not the columns nobody asked
// for, not a profile that was not saved. What is taken over stands in its fields alone.
func TestAnUploadIsNotKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(folder, "tmp"))
	if err := os.Mkdir(filepath.Join(folder, "tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, filepath.Join(folder, "world.db"))
	w.found(school.Authority{Name: "Neustadt"})
	w.serve()
	admin := w.as(w.Admin)
	const margin, wrong, large = "Randbemerkung-4711", "Fehlzeile-4711", "Anhang-4711"
	upload := func(path, file string) answer {
		return admin.send(path, nil, map[string][]byte{"file/l.csv": []byte(file)})
	}
	look := upload("/deliveries", "Seriennummer;Schule;Bemerkung\nK7XQ000002;;"+margin+"\n")
	look.says(t, http.StatusOK, "Noch ist nichts geändert")
	done := admin.post("/deliveries", url.Values{"body": {fieldValue(look.Body, `name="body" value="`, `"`)}})
	if shown := admin.follow(done); !strings.Contains(readable(shown.Body), "Übernommen") {
		t.Fatalf("%d: %s", shown.Status, shown.read())
	}
	upload("/deliveries", "Seriennummer;Schule\nK7XQ000003;"+wrong+"\n").says(t, http.StatusUnprocessableEntity)
	upload("/deliveries", "Seriennummer;Bemerkung\nK7XQ000004;"+strings.Repeat("x", 2<<20)+large+"\n")
	admin.send("/profiles/import", nil, map[string][]byte{"file/p.mobileconfig": []byte(strings.ReplaceAll(foreign, "streng geheim", large))})
	if err := w.st.FlushSeen(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, taken := 0, false
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		taken = taken || bytes.Contains(b, []byte("K7XQ000002"))
		for _, kept := range []string{margin, wrong, large} {
			if bytes.Contains(b, []byte(kept)) {
				t.Errorf("%s keeps %s", filepath.Base(path), kept)
			}
		}
		if strings.HasPrefix(filepath.Base(path), "multipart-") {
			t.Errorf("an upload is left behind: %s", path)
		}
		return nil
	})
	if err != nil || !taken {
		t.Errorf("not even what was taken over is found in %d files: %v", files, err)
	}
}

// Where too many large things are under way, a page says when to come again, and asks again by itself only where nothing
// is sent. What is small goes on.
func TestLargeThingsWaitTheirTurn(t *testing.T) {
	w := newWorld(t)
	w.serve(func(c *Config) { c.Heavy = web.NewGate(0) })
	admin := w.as(w.Admin)
	list := admin.get("/devices?format=csv")
	list.says(t, http.StatusServiceUnavailable, "Gerade werden viele große Dateien gesendet oder geholt.")
	file := admin.send("/deliveries", nil, map[string][]byte{"file/l.csv": []byte("Seriennummer\nK7XQ000002\n")})
	file.says(t, http.StatusServiceUnavailable, "Es wurde nichts geändert")
	if list.Header.Get("Retry-After") != "15" || list.Header.Get("Refresh") != "15" || file.Header.Get("Retry-After") != "15" || file.Header.Get("Refresh") != "" {
		t.Errorf("the list: %v\nthe file: %v", list.Header, file.Header)
	}
	admin.get("/devices").says(t, http.StatusOK, "MS-26-000404")
}
