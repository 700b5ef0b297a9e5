package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

func lay(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const mit = "Permission is hereby granted, free of charge, to any person"

func TestPartsOfABinary(t *testing.T) {
	cache := lay(t, map[string]string{
		"example.org/!upper/x@v1.2.3/LICENSE":                        mit,
		"example.org/fork@v2.0.0/COPYING":                            "do what seems right",
		"github.com/mattn/go-sqlite3@v1.0.0/LICENSE":                 mit,
		"github.com/mattn/go-sqlite3@v1.0.0/sqlite3-binding.h":       "#define SQLITE_VERSION        \"3.99.1\"\n",
		"github.com/mattn/go-sqlite3@v1.0.0/licensed_by_nobody/x.go": "",
	})
	goroot := lay(t, map[string]string{"LICENSE": "Redistribution and use in source and binary forms … Neither the name", "PATENTS": "grant"})
	info := &debug.BuildInfo{GoVersion: "go1.99.1", Settings: []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "-ldflags", Value: "-X secret=/home/somebody"}},
		Deps: []*debug.Module{
			{Path: "example.org/Upper/x", Version: "v1.2.3", Sum: "h1:abc="},
			{Path: "example.org/away", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/fork", Version: "v2.0.0"}},
			{Path: "github.com/mattn/go-sqlite3", Version: "v1.0.0"},
		}}
	ps, err := parts(info, cache, goroot)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range ps {
		ids := ""
		for _, l := range p.Licenses {
			ids += l.License.ID + l.License.Name + ";"
		}
		got[p.Purl] = ids
	}
	want := map[string]string{
		"pkg:golang/example.org/Upper/x@v1.2.3":         "MIT;",
		"pkg:golang/example.org/fork@v2.0.0":            "",
		"pkg:golang/github.com/mattn/go-sqlite3@v1.0.0": "MIT;",
		"pkg:generic/sqlite@3.99.1":                     "Public domain (SQLite blessing);",
		"pkg:golang/std@1.99.1":                         "BSD-3-Clause;",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("parts and licences:\n%v\nwant:\n%v", got, want)
	}
	all := string(texts(ps))
	for _, x := range []string{"example.org/Upper/x v1.2.3 (LICENSE)", mit, "do what seems right", "std 1.99.1 (PATENTS)"} {
		if !strings.Contains(all, x) {
			t.Errorf("the licences lack %q", x)
		}
	}

	d := newDocument(info, ps, "1.0.0", "00ff", time.Unix(0, 0))
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(newDocument(info, ps, "1.0.0", "00ff", time.Unix(0, 0)))
	if string(b) != string(again) {
		t.Error("equal binaries have different documents")
	}
	if other := newDocument(info, ps, "1.0.0", "00fe", time.Unix(0, 0)); other.Serial == d.Serial {
		t.Error("another binary has the same serial number")
	}
	if strings.Contains(string(b), "somebody") {
		t.Error("the document holds a path of the machine")
	}
	refs := map[string]bool{}
	for _, c := range d.Components {
		if c.Ref == "" || refs[c.Ref] {
			t.Errorf("%s %s: reference %q is empty or not alone", c.Name, c.Version, c.Ref)
		}
		refs[c.Ref] = true
	}
	for _, ref := range d.Dependencies[0].On {
		if !refs[ref] {
			t.Errorf("the product depends on %s, which is no part", ref)
		}
	}
	if !strings.HasPrefix(d.Serial, "urn:uuid:") || len(d.Serial) != len("urn:uuid:")+36 || d.Spec != "1.6" {
		t.Errorf("serial number %s, version %s", d.Serial, d.Spec)
	}
}

func TestAPartWithoutALicenceIsNotPublished(t *testing.T) {
	cache := lay(t, map[string]string{"example.org/x@v1.0.0/README": "none"})
	if _, err := parts(&debug.BuildInfo{Deps: []*debug.Module{{Path: "example.org/x", Version: "v1.0.0"}}}, cache, cache); err == nil || !strings.Contains(err.Error(), "example.org/x v1.0.0") {
		t.Errorf("error %v", err)
	}
}

func TestFilesForBrowsers(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "..", "ui", "static")
	table, err := os.ReadFile(filepath.Join(folder, "SOURCES.md"))
	if err != nil {
		t.Fatal(err)
	}
	ps, err := fileParts(string(table), folder)
	if err != nil {
		t.Fatal(err)
	}
	// Every row of the table that is served is a part; its rows are those that name a file.
	rows := 0
	for _, line := range strings.Split(string(table), "\n") {
		if strings.HasPrefix(line, "| `") && !strings.Contains(line, "never served") {
			rows++
		}
	}
	if rows == 0 || len(ps) != rows {
		t.Errorf("%d of %d rows were read", len(ps), rows)
	}
	for _, p := range ps {
		if len(p.Licenses) != 1 || p.Licenses[0].License.ID == "" || len(p.texts) != 1 || p.Version == "" {
			t.Errorf("%+v", p.component)
		}
	}
	if _, err := fileParts("| `x.js` | `x` 1.0.0, somebody | Beerware, `licence/x` |\n", folder); err == nil {
		t.Error("a licence nobody knows was taken")
	}
}
