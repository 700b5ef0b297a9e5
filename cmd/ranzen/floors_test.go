package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The floors of the house. An arrow that is not in this table does not exist. What stands here is the rule; a rule that no
// test holds becomes folklore.
var floors = []struct {
	pkg  string   // folder
	may  []string // packages of ours it may import
	why  string
	only string // "std": the standard library alone; "outside": no package of ours at all
}{
	{pkg: "store/school", only: "std", why: "nouns and rules are read by everyone"},
	{pkg: "profiles/schema", only: "std", why: "Apple's payload keys are data"},
	{pkg: "profiles", may: []string{"profiles/schema", "store/school"}, why: "words: profiles speak of school nouns and nothing above"},
	{pkg: "enroll/ca", only: "outside", why: "words: it signs and parses, it keeps nothing"},
	{pkg: "enroll/asm", only: "outside", why: "words: a client of Apple, it knows no school"},
	{pkg: "enroll/roster", may: []string{"store/school"}, why: "words: bytes in, people out; it keeps nothing and asks nobody"},
	{pkg: "enroll/roster/schulconnex", may: []string{"store/school", "enroll/roster"}, why: "words: a client of a server for people, it keeps nothing"},
	{pkg: "mdm/ddm", only: "outside", why: "thought: declarations are computed, never looked up"},
	{pkg: "mdm", may: []string{"store/school", "profiles", "mdm/ddm"}, why: "a desired state is computed, never looked up"},
	{pkg: "store", may: []string{"store/school"}, why: "memory has no opinions"},
	{pkg: "store/storetest", may: []string{"store", "store/school", "store/storetest/postgres"}, why: "worlds for tests"},
	{pkg: "store/storetest/postgres", only: "outside", why: "a database server for tests and the benchmark"},
	{pkg: "mdm/sim", only: "outside", why: "a simulated iPad sees what a real one sees: HTTP"},
	{pkg: "mdm/control", may: []string{"store", "store/school", "profiles", "enroll/ca", "mdm", "mdm/ddm"}, why: "control and enroll meet in the store"},
	{pkg: "enroll", may: []string{"store", "store/school", "profiles", "enroll/ca", "enroll/asm", "enroll/roster", "enroll/roster/schulconnex"}, why: "enroll and control meet in the store"},
	{pkg: "ui/static", only: "std", why: "files for browsers"},
	{pkg: "ui/paper", only: "outside", why: "it sets words on pages and knows none of them"},
	{pkg: "ui/label", may: []string{"ui/paper"}, why: "it knows labels and their sheets, not whose they are"},
	{pkg: "ui/scan", may: []string{"store/school"}, why: "foreign bytes in, pages out; it keeps nothing and knows no contract"},
	{pkg: "ui/page", only: "std", why: "templates"},
	{pkg: "ui/part", only: "std", why: "templates"},
	{pkg: "ui/help", may: []string{"store/school"}, why: "texts, and school's folding to search them"},
	{pkg: "ui/web", may: []string{"store/school", "mdm", "store", "ui/static", "ui/page", "ui/part"}, why: "one step below the faces"},
	{pkg: "ui/sheet", may: []string{"store", "store/school", "mdm", "ui/web", "ui/paper"}, why: "pages and programs read the same papers"},
	{pkg: "ui/document", may: []string{"store/school", "ui/web", "ui/paper"}, why: "it sets wordings and facts on paper, whoever asks"},
	{pkg: "ui/web/webtest", may: []string{"ui/web"}, why: "a browser for tests"},
	{pkg: "ui/issuer", only: "outside", why: "a client of identity providers, it knows no school"},
	{pkg: "ui/passkey", only: "outside", why: "it reads what keys signed, it knows no account"},
	{pkg: "ui/passkey/passkeytest", only: "outside", why: "a key for tests"},
	{pkg: "ui", may: []string{"ui/issuer", "ui/passkey", "store", "store/school", "mdm", "profiles", "enroll", "enroll/ca", "enroll/roster", "ui/web", "ui/static", "ui/help", "ui/paper", "ui/sheet", "ui/label", "ui/document", "ui/scan"}, why: "people change facts; only control talks to devices"},
	{pkg: "ui/api", may: []string{"store", "store/school", "mdm", "profiles", "enroll", "enroll/roster", "ui/web", "ui/sheet"}, why: "people change facts; only control talks to devices"},
	{pkg: "cmd/ranzen", may: []string{"store", "store/school", "mdm/control", "mdm/sim", "profiles", "enroll", "enroll/ca", "enroll/roster", "enroll/roster/schulconnex", "ui", "ui/api", "ui/web", "ui/sheet", "cmd/ranzen/bench"}, why: "the door"},
	{pkg: "cmd/ranzen/dist/sbom", only: "std", why: "it looks at the finished binary from outside"},
	{pkg: "cmd/ranzen/bench", may: []string{"store", "store/school", "store/storetest/postgres", "mdm", "mdm/ddm", "mdm/sim", "profiles", "enroll/ca"}, why: "it writes a world and stands before it as devices do: HTTP"},
}

// never are imports of others that a folder must not have, each with its reason.
var never = []struct{ pkg, imports, why string }{
	{"mdm", "database/sql", "a desired state is computed, never looked up"},
	{"mdm", "net/http", "thought makes no calls"},
	{"mdm/ddm", "net/http", "thought makes no calls"},
	{"store", "net/http", "memory has no opinions"},
	{"ui", "github.com/micromdm/nanomdm", "only control talks to devices"},
	{"ui", "database/sql", "SQL stands in the store"},
	{"ui/api", "github.com/micromdm/nanomdm", "only control talks to devices"},
	{"ui/api", "database/sql", "SQL stands in the store"},
	{"enroll/roster", "net/http", "a file is read, nobody is asked"},
	{"enroll", "database/sql", "SQL stands in the store"},
	{"mdm/control", "database/sql", "SQL stands in the store"},
}

// clocks are the only places that may read the machine's clock. Everyone else is given the time.
var clocks = []string{"cmd/ranzen/clock.go", "store/store.go", "store/migrate.go", "store/storetest/", "mdm/sim/", "cmd/ranzen/bench/", "ui/web/webtest/"}

// apple are the only folders in which Apple's hosts may be named: the outside world has few exits.
var apple = []string{"enroll/asm/", "mdm/control/", "mdm/sim/"}

var appleHost = regexp.MustCompile(`\b[a-z0-9-]+(\.[a-z0-9-]+)*\.apple\.com\b`)

// folders are the rooms of the house; a new one wants a reason in the architecture first.
var folders = []string{"cmd", "mdm", "enroll", "profiles", "store", "ui", "testdata"}

type source struct {
	path, pkg string
	file      *ast.File
	set       *token.FileSet
}

// sources reads every Go file of the house that is not a test, by its import lines alone: a test that asked another
// program could be answered from a cache and miss a breach.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		for _, c := range f.Comments {
			if c.Pos() < f.Package && strings.Contains(c.Text(), "go:build ignore") || strings.HasPrefix(c.Text(), "//go:build ignore") {
				return nil
			}
		}
		out = append(out, source{rel, filepath.ToSlash(filepath.Dir(rel)), f, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 50 {
		t.Fatalf("only %d files found: the walk looks in the wrong place", len(out))
	}
	return out
}

func TestFloors(t *testing.T) {
	rules := map[string]int{}
	for i, f := range floors {
		rules[f.pkg] = i
	}
	for _, s := range sources(t) {
		if strings.Contains(s.pkg, "/gen") {
			continue // generators are run by hand and are no part of the program
		}
		i, ok := rules[s.pkg]
		if !ok {
			t.Errorf("%s: the folder %s is on no floor", s.path, s.pkg)
			continue
		}
		rule := floors[i]
		for _, imp := range s.file.Imports {
			path, _ := strconv.Unquote(imp.Path.Value)
			ours, isOurs := strings.CutPrefix(path, "ranzen/")
			switch {
			case isOurs && rule.only != "":
				t.Errorf("%s imports %s: %s", s.path, path, rule.why)
			case isOurs && !slices.Contains(rule.may, ours):
				t.Errorf("%s imports %s: %s", s.path, path, rule.why)
			case !isOurs && rule.only == "std" && strings.Contains(strings.SplitN(path, "/", 2)[0], "."):
				t.Errorf("%s imports %s: %s", s.path, path, rule.why)
			}
			for _, n := range never {
				if n.pkg == s.pkg && (path == n.imports || strings.HasPrefix(path, n.imports+"/")) {
					t.Errorf("%s imports %s: %s", s.path, path, n.why)
				}
			}
		}
	}
}

func TestTheClockIsReadInFewPlaces(t *testing.T) {
	for _, s := range sources(t) {
		if slices.ContainsFunc(clocks, func(c string) bool { return strings.HasPrefix(s.path, c) }) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && (sel.Sel.Name == "Now" || sel.Sel.Name == "Since" || sel.Sel.Name == "Until") {
				t.Errorf("%s reads the clock: the time comes in as a value", s.set.Position(sel.Pos()))
			}
			return true
		})
	}
}

func TestAppleIsNamedInFewPlaces(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasSuffix(s.pkg, "/gen") || slices.ContainsFunc(apple, func(a string) bool { return strings.HasPrefix(s.path, a) }) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			// The document type of a property list and addresses people are told to open in a browser are words, not exits.
			for _, host := range appleHost.FindAllString(lit.Value, -1) {
				if host != "www.apple.com" && host != "school.apple.com" && host != "business.apple.com" && host != "identity.apple.com" {
					t.Errorf("%s names %s: the outside world has few exits", s.set.Position(lit.Pos()), host)
				}
			}
			return true
		})
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.file.Doc != nil && len(strings.Fields(s.file.Doc.Text())) >= 8 {
			said[s.pkg] = true
		} else if _, ok := said[s.pkg]; !ok {
			said[s.pkg] = false
		}
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment that says what it is for", pkg)
		}
	}
}

func TestTheHouseHasTheseRooms(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !slices.Contains(folders, e.Name()) && e.Name() != "demo-data" && e.Name() != "node_modules" {
			t.Errorf("there is a folder %s nobody planned", e.Name())
		}
	}
}

// One SQL text serves two engines by a rewriting of the text (store/dialect.go). What it rewrites must not stand inside a
// string literal of the SQL, where it would change data.
func TestSQLLiteralsHoldNothingThatIsRewritten(t *testing.T) {
	quoted := regexp.MustCompile(`'[^']*'`)
	for _, s := range sources(t) {
		if s.pkg != "store" || s.path == "store/dialect.go" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || !regexp.MustCompile(`\b(SELECT|INSERT|UPDATE|DELETE)\b`).MatchString(lit.Value) {
				return true
			}
			for _, q := range quoted.FindAllString(lit.Value, -1) {
				if strings.ContainsAny(q, "$") || strings.Contains(q, "::json") || strings.Contains(q, "FOR UPDATE") || strings.Contains(q, "json_array_elements_text") {
					t.Errorf("%s: %s would be rewritten", s.set.Position(lit.Pos()), q)
				}
			}
			return true
		})
	}
}
