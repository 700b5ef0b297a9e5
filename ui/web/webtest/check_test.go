package webtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ranzen/ui/web"
)

func TestWordFaults(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		want             []string // parts of the faults, in order; none: no fault
	}{
		{"said", "a.html", `<p>{{T "time.now"}} {{T "list.and" .A (T "time.never")}}</p>`, nil},
		{"said with a pipe", "a.html", `{{.A | T "time.today"}}`, nil},
		{"said in an else of a block", "a.html", `{{define "x"}}{{if .A}}{{else}}{{T "no.key"}}{{end}}{{end}}`, []string{"no.key is not in the catalogue"}},
		{"said in a pipeline of a template", "a.html", `{{template "x" (T "no.key")}}{{define "x"}}{{end}}`, []string{"no.key is not in the catalogue"}},
		{"too few arguments", "a.html", `{{T "list.and" .A}}`, []string{"list.and is said with 1 arguments, it takes 2"}},
		{"text", "a.html", `<p>Zu tun</p>`, []string{`"Zu tun"`}},
		{"text between actions", "a.html", `<p>{{.N}} iPads {{.M}}</p>`, []string{`"iPads"`}},
		{"the name of the product", "a.html", `<title>{{.T}} – Ranzen</title>`, nil},
		{"symbols", "a.html", `<p>{{.A}}/{{.B}} · ▸ 27 %</p>`, nil},
		{"label", "a.html", `<button aria-label="Schließen"></button>`, []string{`"Schließen" of aria-label`}},
		{"label from the catalogue", "a.html", `<a aria-label="{{T "part.close"}}"{{if .A}} aria-current="page"{{end}} class="x">1</a>`, nil},
		{"text in an action", "a.html", `{{print "Zu tun"}}`, []string{`"Zu tun" stands in an action`}},
		{"word of the program", "a.html", `{{if eq .Kind "check"}}{{template "icon" "info"}}{{end}}{{define "icon"}}{{end}}`, nil},
		{"attributes", "a.html", `{{define "my-attrs"}} disabled{{end}}`, nil},
		{"broken", "a.html", `{{if}}`, []string{"missing value"}},
		{"Go", "a.go", `package a; func f() { T(l, "list.and", a, b); x.T("time.now"); T(l, "list.and", c...) }`, nil},
		{"Go, unknown", "a.go", `package a; func f() { x.T("no.key"); y(Problem{Key: "no.other"}) }`, []string{"no.key is not", "no.other is not"}},
		{"Go, arguments", "a.go", `package a; func f() { T(l, "time.now", 1) }`, []string{"time.now is said with 1 arguments, it takes 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, fault := range wordFaults(path) {
				if strings.HasPrefix(fault, path) {
					got = append(got, fault)
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("found %q, want %q", got, c.want)
			}
			for i, part := range c.want {
				if !strings.Contains(got[i], part) {
					t.Errorf("found %q, want %q", got[i], part)
				}
			}
		})
	}
}

func TestWordsNobodySaysAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.go")
	text := `package a; func init() { web.Add(web.Words{"time.now": {"a", "b"}}) }; func f(u string) { T(l, "time.ago."+u, 1); g("part.undo") }`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	faults := wordFaults(path)
	for key, unsaid := range map[string]bool{"time.now": true, "time.ago.day": false, "part.undo": false, "time.never": true} {
		if got := slices.Contains(faults, "the catalogue: "+key+" is said nowhere"); got != unsaid {
			t.Errorf("%s: found %v, want %v", key, got, unsaid)
		}
	}
	if faults := wordFaults(filepath.Join(t.TempDir(), "*.go")); len(faults) != 1 {
		t.Errorf("a pattern that matches nothing: %q", faults)
	}
}

func TestFaultsOfHTML(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`<p>a<br><img src="x"></p>`, ""},
		{`<p>a`, "<p> is never closed"},
		{`<ul><li>a</ul>`, "</ul> closes what is not open"},
		{`<p id="a"></p><p id="a"></p>`, "the id a is there twice"},
		{`<p style="color:red"></p>`, "attribute style"},
		{`<p onclick="x()"></p>`, "attribute onclick"},
		{`<a href="#ZgotmplZ"></a>`, "ZgotmplZ"},
	} {
		got := strings.Join(faults(c.text), "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAMissingTextIsAPanicInTests(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	web.T(web.German, "no.such.key")
}
