// Package webtest checks what package web shows: templates against their structs,
// words against their uses, and pages in a real browser with axe-core. It is
// imported by tests only.
//
// Importing it makes a missing text a panic (web.Missing), so that every test
// that renders anything also checks the words.
package webtest

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ranzen/ui/web"
)

func init() {
	web.Missing = func(l web.Lang, key, why string) {
		panic("the text " + key + " (" + l.String() + ") " + why)
	}
}

// CheckTemplate executes a page with its data in both languages, and the
// fragments of it that are asked for one by one, and looks over the result:
// nothing missing, every element closed, no id twice, one main heading.
func CheckTemplate(t *testing.T, page string, data web.Page, fragments ...string) {
	t.Helper()
	if n := len(data.Base().Nav); n > web.MaxNav {
		t.Errorf("page %s has %d entries of navigation, more than %d are no overview", page, n, web.MaxNav)
	}
	for _, l := range web.Langs {
		data.Base().Lang = l
		whole, err := web.Execute(page, "", data)
		if err != nil {
			t.Errorf("%s: %v", l, err)
			continue
		}
		for _, fault := range faults(whole) {
			t.Errorf("page %s in %s: %s", page, l, fault)
		}
		if n := strings.Count(whole, "<h1"); n != 1 {
			t.Errorf("page %s in %s has %d main headings", page, l, n)
		}
		for _, block := range fragments {
			part, err := web.Execute(page, block, data)
			if err != nil {
				t.Errorf("%s: %v", l, err)
				continue
			}
			for _, fault := range faults(part) {
				t.Errorf("fragment %s of page %s in %s: %s", block, page, l, fault)
			}
		}
	}
}

var void = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// faults reads HTML strictly, where a browser would quietly mend it.
func faults(text string) []string {
	var found []string
	for _, trace := range []string{"ZgotmplZ", "<no value>", "%!", "{1}", "{2}"} {
		if strings.Contains(text, trace) {
			found = append(found, "holds "+trace)
		}
	}
	var open []string
	ids := map[string]bool{}
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			for _, name := range open {
				found = append(found, "<"+name+"> is never closed")
			}
			return found
		case html.StartTagToken:
			token := z.Token()
			for _, a := range token.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
					found = append(found, "<"+token.Data+"> has the attribute "+a.Key+", which the policy forbids")
				}
				if a.Key == "id" {
					if ids[a.Val] {
						found = append(found, "the id "+a.Val+" is there twice")
					}
					ids[a.Val] = true
				}
			}
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			name := z.Token().Data
			if len(open) == 0 || open[len(open)-1] != name {
				found = append(found, "</"+name+"> closes what is not open")
				continue
			}
			open = open[:len(open)-1]
		}
	}
}
