// Package static carries the files a browser needs: KERN's stylesheet and fonts,
// htmx, and our own layer over both. They are part of the binary, so that a page
// never asks a host other than ours.
//
// Every file is served under an address that contains the hash of its content and
// may therefore be cached forever; [URL] is the only way to such an address. A
// page from before an upgrade asks with an old hash: it gets the present file, to
// be asked for again, because a page without any style helps nobody.
//
// kern.min.css is KERN's, byte for byte, under its own licence (SOURCES.md). It
// names no other file; the fonts are declared in ranzen.css, whose url(…) are
// replaced by hashed addresses when the program starts.
package static

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

//go:embed kern.min.css ranzen.css ranzen.js desk.js desk-kept.js desk-code.js desk-away.js desk-refused.js desk-end.js desk-worker.js sign.js passkey.js htmx.min.js icon.svg fira-sans/*.woff2 licence SOURCES.md
var embedded embed.FS

// FS holds the files as they lie in the repository.
var FS fs.FS = embedded

// Prefix is where [Handler] has to be mounted.
const Prefix = "/static/"

type file struct {
	body []byte
	hash string
	kind string
}

var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
	".md":    "text/plain; charset=utf-8",
	".txt":   "text/plain; charset=utf-8",
}

var files = load()

func load() map[string]file {
	all := map[string]file{}
	err := fs.WalkDir(FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(FS, name)
		if err != nil {
			return err
		}
		all[name] = newFile(name, body)
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: reading the embedded files: %v", err))
	}
	css := all["ranzen.css"].body
	for name, f := range all {
		css = bytes.ReplaceAll(css, []byte("url("+name+")"), []byte("url("+address(name, f)+")"))
	}
	all["ranzen.css"] = newFile("ranzen.css", css)
	return all
}

func newFile(name string, body []byte) file {
	sum := sha256.Sum256(body)
	return file{body: body, hash: hex.EncodeToString(sum[:8]), kind: kinds[path.Ext(name)]}
}

func address(name string, f file) string { return Prefix + f.hash + "/" + name }

// URL returns the address of a file. It panics on a name that does not exist:
// that is a misspelt template, and every template is executed by a test.
func URL(name string) string {
	f, ok := files[name]
	if !ok {
		panic("static: there is no file " + name)
	}
	return address(name, f)
}

// Read returns a file as it is served.
func Read(name string) ([]byte, error) {
	f, ok := files[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return f.body, nil
}

// Version is the hash of all files together: another release has another one as soon as any of them changed.
func Version() string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintln(sum, name, files[name].hash)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Handler serves the files below [Prefix].
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Prefix), "/")
		f, ok := files[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.kind)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", `"`+f.hash+`"`)
		if hash == f.hash {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.body))
	})
}
