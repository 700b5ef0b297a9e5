package static

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestFilesOfOthersAreUnmodified(t *testing.T) {
	lock, err := os.Open("lock.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	count := 0
	for lines := bufio.NewScanner(lock); lines.Scan(); count++ {
		want, name, _ := strings.Cut(lines.Text(), "  ")
		body, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not the file that was fetched", name)
		}
	}
	if count != 10 {
		t.Errorf("lock.txt names %d files, want 10", count)
	}
}

func TestServing(t *testing.T) {
	hashed := URL("ranzen.css")
	for _, c := range []struct {
		name, path string
		status     int
		kind       string
		cache      string
	}{
		{"with its hash, kept forever", hashed, 200, "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{"with the hash of last release, asked for again", Prefix + "0000000000000000/ranzen.css", 200, "text/css; charset=utf-8", "no-cache"},
		{"font", URL("fira-sans/FiraSans-Bold.woff2"), 200, "font/woff2", "public, max-age=31536000, immutable"},
		{"unknown", Prefix + "0000000000000000/other.css", 404, "", ""},
		{"source of this package", Prefix + "0000000000000000/static.go", 404, "", ""},
		{"parent folder", Prefix + "0000000000000000/../static.go", 404, "", ""},
		{"folder", Prefix + "0000000000000000/licence", 404, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path = c.path
			Handler().ServeHTTP(w, r)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d", w.Code, c.status)
			}
			if c.status != 200 {
				return
			}
			if got := w.Header().Get("Content-Type"); got != c.kind {
				t.Errorf("Content-Type %q, want %q", got, c.kind)
			}
			if got := w.Header().Get("Cache-Control"); got != c.cache {
				t.Errorf("Cache-Control %q, want %q", got, c.cache)
			}
		})
	}
}

func TestStylesheetNamesOnlyOurOwnFiles(t *testing.T) {
	for _, name := range []string{"ranzen.css", "kern.min.css"} {
		for _, m := range regexp.MustCompile(`url\(['"]?([^)'"]{1,60})`).FindAllStringSubmatch(string(files[name].body), -1) {
			if ref := m[1]; !strings.HasPrefix(ref, Prefix) && !strings.HasPrefix(ref, "data:image/svg+xml") {
				t.Errorf("%s refers to %s", name, ref)
			}
		}
		if strings.Contains(string(files[name].body), "@import") {
			t.Errorf("%s imports another stylesheet", name)
		}
	}
}

func TestScriptStaysSmall(t *testing.T) {
	if n := strings.Count(string(files["ranzen.js"].body), "\n"); n > 150 {
		t.Errorf("ranzen.js has %d lines; 150 is the limit, what needs more wants to be HTML", n)
	}
}
