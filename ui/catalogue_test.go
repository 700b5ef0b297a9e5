package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// sources parses the Go files of a folder, without its tests.
func sources(t *testing.T, folder string) []*ast.File {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s", folder)
	}
	var out []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, tree)
	}
	return out
}

func stringOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// TestWordsAreSaidAndSaidOnlyFromTheCatalogue holds all pages against the catalogue: no text without its twin, none that
// nobody says, none written into a template.
func TestWordsAreSaidAndSaidOnlyFromTheCatalogue(t *testing.T) {
	webtest.CheckWords(t, "*.go", "page/*.html", "part/*.html", "web/*.go", "sheet/*.go", "document/*.go")
}

// saidOtherwise are the codes whose sentence takes other arguments than the error brings: web.RuleText makes them. A
// count of -1 says that there is no sentence, because the sentence is always the same.
var saidOtherwise = map[string]int{"denied": 1, "not_found": -1, "undo_conflict": 1, "number_pattern": 2,
	"fixed_at_person": 2, "verb_not_of_role": 1}

// TestEveryBrokenRuleHasASentence reads the codes out of what refuses. Who adds a rule adds its sentence, in both
// languages and with its arguments, or this fails.
func TestEveryBrokenRuleHasASentence(t *testing.T) {
	hold := func(folder, code string, args int) {
		want, ok := web.Args("error." + code)
		said, other := saidOtherwise[code]
		if other {
			args = said
		}
		switch {
		case args == -1 && other:
		case !ok:
			t.Errorf("%s: the code %s has no sentence error.%s", folder, code, code)
		case args >= 0 && args != want:
			t.Errorf("%s: the code %s comes with %d arguments, its sentence takes %d", folder, code, args, want)
		}
	}
	// code looks at the expression that names the code: a text, or a text to which something is joined.
	code := func(folder string, e ast.Expr, args int) {
		switch e := e.(type) {
		case *ast.BasicLit:
			if s, ok := stringOf(e); ok {
				hold(folder, s, args)
			}
		case *ast.BinaryExpr:
			var first ast.Expr = e
			for {
				b, ok := first.(*ast.BinaryExpr)
				if !ok {
					break
				}
				first = b.X
			}
			prefix, _ := stringOf(first)
			for _, key := range web.Keys() {
				if prefix != "" && strings.HasPrefix(key, "error."+prefix) {
					return
				}
			}
			t.Errorf("%s: no sentence begins with error.%s", folder, prefix)
		}
	}
	for _, folder := range []string{"../store", "../store/school", "../enroll", "../mdm/control", "../profiles", "."} {
		for _, tree := range sources(t, folder) {
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					args := func(from int) int {
						if n.Ellipsis.IsValid() {
							return -2
						}
						return len(n.Args) - from
					}
					switch name := callee(n); {
					case name == "Refuse" && len(n.Args) >= 2:
						code(folder, n.Args[1], args(2))
					case name == "Clash" && len(n.Args) >= 1:
						code(folder, n.Args[0], args(1))
					case name == "taken" && len(n.Args) >= 3:
						code(folder, n.Args[2], args(3))
					}
				case *ast.CompositeLit:
					if typ, ok := n.Type.(*ast.SelectorExpr); !ok || typ.Sel.Name != "Error" {
						return true
					}
					var is ast.Expr
					args := 0
					for _, el := range n.Elts {
						kv, ok := el.(*ast.KeyValueExpr)
						if !ok {
							continue
						}
						switch kv.Key.(*ast.Ident).Name {
						case "Code":
							is = kv.Value
						case "Args":
							args = -2
							if list, ok := kv.Value.(*ast.CompositeLit); ok {
								args = len(list.Elts)
							}
						}
					}
					if is != nil {
						code(folder, is, args)
					}
				}
				return true
			})
		}
	}
}

// TestEveryEventHasASentence reads the names of events out of the store.
func TestEveryEventHasASentence(t *testing.T) {
	seen := map[string]bool{}
	for _, tree := range sources(t, "../store") {
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if typ, ok := n.Type.(*ast.Ident); !ok || typ.Name != "event" {
					return true
				}
				for _, el := range n.Elts {
					if kv, ok := el.(*ast.KeyValueExpr); ok && kv.Key.(*ast.Ident).Name == "name" {
						if s, ok := stringOf(kv.Value); ok {
							seen[s] = true
						}
					}
				}
			case *ast.CallExpr:
				if callee(n) == "registerEvent" {
					for _, a := range n.Args {
						if s, ok := stringOf(a); ok {
							seen[s] = true
						}
					}
				}
			}
			return true
		})
	}
	if len(seen) < 60 {
		t.Fatalf("only %d events found: this test no longer reads the store", len(seen))
	}
	for name := range seen {
		n, ok := web.Args("event." + name)
		switch {
		case !ok:
			t.Errorf("the event %s has no sentence", name)
		case n != len(eventArgs[name]):
			t.Errorf("the sentence of %s takes %d arguments, eventArgs names %d", name, n, len(eventArgs[name]))
		case n > 0:
			if short, ok := web.Args("event." + name + ".short"); !ok || short != 0 {
				t.Errorf("the event %s has no sentence without numbers (event.%s.short)", name, name)
			}
		}
	}
	for _, name := range eventNames() {
		if !seen[name] {
			t.Errorf("the catalogue knows an event %s, the store does not", name)
		}
	}
}
