package store

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Whoever holds a connection asks for no second one. A handful of requests that each hold one and wait for another stand still for
// ever, and on SQLite the one writer would wait for itself.
func TestNoTransactionTakesASecondConnection(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	// calls are what each method of Store asks of its own store, in literals too.
	calls, takes := map[string][]string{}, map[string]bool{"read": true, "snapshot": true, "transact": true}
	var held []ast.Node
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Body == nil {
				continue
			}
			if f.Recv != nil && typeName(f.Recv.List[0].Type) == "*Store" {
				for _, call := range ofStore(f.Body) {
					calls[f.Name.Name] = append(calls[f.Name.Name], call.Sel.Name)
				}
			}
			if holds(f.Recv) || holds(f.Type.Params) {
				held = append(held, f.Body)
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				if x, is := n.(*ast.FuncLit); is && holds(x.Type.Params) {
					held = append(held, x.Body)
					return false
				}
				return true
			})
		}
	}
	for more := true; more; {
		more = false
		for name, called := range calls {
			if !takes[name] && slices.ContainsFunc(called, func(c string) bool { return takes[c] }) {
				takes[name], more = true, true
			}
		}
	}
	if len(held) < 100 || !takes["write"] || !takes["DeviceByID"] {
		t.Fatalf("the store reads otherwise than this test knows: %d functions hold a connection", len(held))
	}
	for _, n := range held {
		for _, call := range ofStore(n) {
			if takes[call.Sel.Name] {
				t.Errorf("%s: %s takes a connection where one is held already", files.Position(call.Pos()), call.Sel.Name)
			}
		}
	}
}

// holds reports whether a function is given a connection.
func holds(of *ast.FieldList) bool {
	return of != nil && slices.ContainsFunc(of.List, func(f *ast.Field) bool { return typeName(f.Type) == "conn" || typeName(f.Type) == "*Tx" })
}

func typeName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.StarExpr:
		return "*" + typeName(x.X)
	}
	return ""
}

// ofStore are the methods that are called of a store: s.M(…), or x.s.M(…) of what knows its store.
func ofStore(n ast.Node) (out []*ast.SelectorExpr) {
	ast.Inspect(n, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		f, is := call.Fun.(*ast.SelectorExpr)
		if !is {
			return true
		}
		switch x := f.X.(type) {
		case *ast.Ident:
			if x.Name == "s" {
				out = append(out, f)
			}
		case *ast.SelectorExpr:
			if x.Sel.Name == "s" {
				out = append(out, f)
			}
		}
		return true
	})
	return out
}
