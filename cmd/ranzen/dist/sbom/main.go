// Command sbom lists what a built binary of Ranzen consists of, as a CycloneDX document: for those who must know within the
// hour whether a weakness in somebody's library is theirs too. It asks the binary itself, not the module file.
//
// Five kinds of parts go into the binary: modules of Go (its own build information names them), Go's standard library,
// SQLite (its C source travels in a module, with a version of its own), the files browsers get (ui/static/SOURCES.md) and the
// fonts of papers.
// A licence is named only where the text that came with the part was recognised; the texts themselves go into the file
// named by -licences, which has to travel with the binary.
//
// The document holds no clock and no machine: equal binaries get equal documents. Its time is SOURCE_DATE_EPOCH.
package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

func main() {
	binary := flag.String("binary", "", "binary to look into")
	release := flag.String("release", "", "its release")
	licences := flag.String("licences", "", "file for the texts of all licences")
	flag.Parse()
	if err := run(*binary, *release, *licences, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

func run(binary, release, licences string, out io.Writer) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("ask go for its module cache: %w", err)
	}
	folders := strings.Split(strings.TrimSpace(string(cache)), "\n")
	if len(folders) != 2 {
		return errors.New("go knows no module cache")
	}
	sources, err := os.ReadFile("ui/static/SOURCES.md")
	if err != nil {
		return err
	}
	at, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64)
	if err != nil {
		return fmt.Errorf("SOURCE_DATE_EPOCH must be set: %w", err)
	}
	all, err := parts(info, folders[0], folders[1])
	if err != nil {
		return err
	}
	files, err := fileParts(string(sources), "ui/static")
	if err != nil {
		return err
	}
	all = append(all, files...)
	fonts, err := fontParts("ui/paper/font")
	if err != nil {
		return err
	}
	all = append(all, fonts...)
	if licences != "" {
		if err := os.WriteFile(licences, texts(all), 0o644); err != nil {
			return err
		}
	}
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(newDocument(info, all, release, fmt.Sprintf("%x", sha256.Sum256(content)), time.Unix(at, 0)))
}

// part is one thing of others in the binary.
type part struct {
	component
	texts []licenceText
}

type licenceText struct{ name, text string }

// parts are the modules of the binary, the standard library and SQLite.
func parts(info *debug.BuildInfo, cache, goroot string) (out []part, err error) {
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		folder := filepath.Join(cache, escaped(m.Path)+"@"+escaped(m.Version))
		p, err := fromFolder(component{Type: "library", Name: m.Path, Version: m.Version, Purl: "pkg:golang/" + m.Path + "@" + m.Version}, folder)
		if err != nil {
			return nil, err
		}
		if m.Sum != "" {
			// Go's sum is over a list of files: it is no SHA-256 of anything others could calculate.
			p.Properties = []property{{"go:sum", m.Sum}}
		}
		out = append(out, p)
		if m.Path == "github.com/mattn/go-sqlite3" {
			lite, err := sqlite(folder)
			if err != nil {
				return nil, err
			}
			out = append(out, lite)
		}
	}
	version := strings.TrimPrefix(info.GoVersion, "go")
	std, err := fromFolder(component{Type: "library", Name: "std", Version: version, Purl: "pkg:golang/std@" + version}, goroot)
	return append(out, std), err
}

var sqliteVersion = regexp.MustCompile(`(?m)^#define SQLITE_VERSION\s+"([0-9.]+)"`)

// sqlite is the C source inside the module that speaks to it: weaknesses are reported under its own version.
func sqlite(folder string) (part, error) {
	header, err := os.ReadFile(filepath.Join(folder, "sqlite3-binding.h"))
	if err != nil {
		return part{}, err
	}
	m := sqliteVersion.FindSubmatch(header)
	if m == nil {
		return part{}, fmt.Errorf("%s names no version of SQLite", folder)
	}
	v := string(m[1])
	return part{component: component{Type: "library", Name: "sqlite", Version: v, Purl: "pkg:generic/sqlite@" + v, CPE: "cpe:2.3:a:sqlite:sqlite:" + v + ":*:*:*:*:*:*:*",
		Licenses: []licence{{named{Name: "Public domain (SQLite blessing)"}}}},
		texts: []licenceText{{"blessing", "The authors of SQLite have placed it in the public domain.\n"}}}, nil
}

// rowOf reads a row of the table of files: the file, the package with its version, the licence with its text.
var rowOf = regexp.MustCompile("(?m)^\\| (?:`([^`]+)`)([^|]*)\\| (?:`([^`]+)` ([0-9][0-9A-Za-z.-]*)|the same package)([^|]*)\\| ([^|,]+), `([^`]+)`")

// spdx names the licences as the table does.
var spdx = map[string]string{"EUPL-1.2": "EUPL-1.2", "SIL OFL 1.1": "OFL-1.1", "0BSD": "0BSD"}

// fileParts are the files for browsers. What is marked as never served is not in the binary.
func fileParts(table, folder string) (out []part, err error) {
	rows := rowOf.FindAllStringSubmatch(table, -1)
	if len(rows) == 0 {
		return nil, errors.New("the table of files for browsers has no row that could be read")
	}
	name, version := "", ""
	for _, r := range rows {
		if strings.Contains(r[2], "never served") {
			continue
		}
		c := component{Type: "library"}
		if r[3] != "" {
			name, version = r[3], r[4]
			c.Name, c.Version, c.Purl = name, version, "pkg:npm/"+strings.Replace(name, "@", "%40", 1)+"@"+version
		} else {
			c.Type, c.Name, c.Version = "file", r[1], name+" "+version
		}
		id, ok := spdx[strings.TrimSpace(r[6])]
		if !ok {
			return nil, fmt.Errorf("%s: the licence %q is not known here", r[1], strings.TrimSpace(r[6]))
		}
		c.Licenses = []licence{{named{ID: id}}}
		text, err := os.ReadFile(filepath.Join(folder, r[7]))
		if err != nil {
			return nil, err
		}
		out = append(out, part{c, []licenceText{{filepath.Base(r[7]), string(text)}}})
	}
	return out, nil
}

// fontParts are the fonts that papers are set in. Their licence stands beside them and says their release.
func fontParts(folder string) ([]part, error) {
	text, err := os.ReadFile(filepath.Join(folder, "LICENCE.txt"))
	if err != nil {
		return nil, err
	}
	m := regexp.MustCompile(`DejaVu fonts ([0-9.]+[0-9]), unmodified`).FindSubmatch(text)
	if m == nil {
		return nil, errors.New("the licence of the fonts does not say their release")
	}
	c := component{Type: "library", Name: "dejavu-fonts", Version: string(m[1]), Purl: "pkg:generic/dejavu-fonts@" + string(m[1]),
		Licenses: []licence{{named{ID: "Bitstream-Vera"}}}}
	return []part{{c, []licenceText{{"LICENCE.txt", string(text)}}}}, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// fromFolder adds the licences that lie beside a part. A part without any must not be published: that is an error.
func fromFolder(c component, folder string) (part, error) {
	p := part{component: c}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return p, fmt.Errorf("%s %s: %w", c.Name, c.Version, err)
	}
	for _, e := range entries {
		if e.IsDir() || !licenceFile.MatchString(e.Name()) {
			continue
		}
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return p, err
		}
		p.texts = append(p.texts, licenceText{e.Name(), string(b)})
		if id := recognise(string(b)); id != "" && !slices.Contains(p.Licenses, licence{named{ID: id}}) {
			p.Licenses = append(p.Licenses, licence{named{ID: id}})
		}
	}
	if len(p.texts) == 0 {
		return p, fmt.Errorf("%s %s came without a licence (%s)", c.Name, c.Version, folder)
	}
	return p, nil
}

// recognise names a licence by sentences only it has; empty when in doubt.
func recognise(text string) string {
	t := strings.Join(strings.Fields(text), " ")
	has := func(s string) bool { return strings.Contains(t, s) }
	switch {
	case has("Apache License Version 2.0"):
		return "Apache-2.0"
	case has("Mozilla Public License Version 2.0"), has("Mozilla Public License, version 2.0"):
		return "MPL-2.0"
	case has("Permission is hereby granted, free of charge"):
		return "MIT"
	case has("Redistribution and use in source and binary forms") && (has("Neither the name") || has("may not be used to endorse")):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("Permission to use, copy, modify, and/or distribute this software"), has("Permission to use, copy, modify, and distribute this software"):
		return "ISC"
	}
	return ""
}

// texts are the licences of all parts, one after the other.
func texts(parts []part) []byte {
	var b bytes.Buffer
	b.WriteString("Works of others in the binary, and their licences.\n")
	for _, p := range parts {
		for _, t := range p.texts {
			fmt.Fprintf(&b, "\n%s\n%s %s (%s)\n%[1]s\n\n%[5]s", strings.Repeat("=", 80), p.Name, p.Version, t.name, strings.TrimRight(t.text, "\n")+"\n")
		}
	}
	return b.Bytes()
}

// escaped writes a module's path as the module cache does: capitals as ! and the small letter.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsUpper(r) {
			b.WriteByte('!')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
