package webtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"
	"unicode"

	"golang.org/x/net/html"

	"ranzen/ui/web"
)

// CheckWords holds the catalogue against templates (.html) and Go files matched
// by the patterns. It finds
//   - a key said that is not in the catalogue, or said with too few or too many
//     arguments,
//   - a text of the catalogue that nobody says,
//   - a text written into a template instead of the catalogue.
//
// In Go, a key counts as said where it stands as a string on its own, or where a
// string that is concatenated begins like it ("time.ago."+unit).
func CheckWords(t *testing.T, patterns ...string) {
	t.Helper()
	for _, fault := range wordFaults(patterns...) {
		t.Error(fault)
	}
}

func wordFaults(patterns ...string) []string {
	u := &uses{said: map[string]bool{}}
	for _, pattern := range patterns {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return []string{"no file is matched by " + pattern}
		}
		for _, file := range files {
			switch {
			case strings.HasSuffix(file, ".html"):
				u.template(file)
			case strings.HasSuffix(file, "_test.go") && file != pattern:
				// Tests say what they like, unless they add words of their own.
			case strings.HasSuffix(file, ".go"):
				u.source(file)
			}
		}
	}
	for _, key := range web.Keys() {
		if !u.said[key] && !slices.ContainsFunc(u.prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			u.fault("the catalogue", "%s is said nowhere", key)
		}
	}
	return u.faults
}

type uses struct {
	said     map[string]bool
	prefixes []string
	faults   []string
}

func (u *uses) fault(where, format string, args ...any) {
	u.faults = append(u.faults, where+": "+fmt.Sprintf(format, args...))
}

func (u *uses) say(where, key string, args int) {
	u.said[key] = true
	want, ok := web.Args(key)
	switch {
	case !ok:
		u.fault(where, "%s is not in the catalogue", key)
	case args >= 0 && args != want:
		u.fault(where, "%s is said with %d arguments, it takes %d", key, args, want)
	}
}

// --- Go ---

func (u *uses) source(file string) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
	if err != nil {
		u.fault(file, "%v", err)
		return
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.CallExpr:
			where := set.Position(n.Pos()).String()
			switch called(n) {
			case "Add":
				// The catalogue itself says nothing.
				if len(n.Args) == 1 && isWords(n.Args[0]) {
					return false
				}
			case "T":
				for i, arg := range n.Args {
					if key, ok := literal(arg); ok {
						count := len(n.Args) - i - 1
						if n.Ellipsis.IsValid() {
							count = -1
						}
						u.say(where, key, count)
						break
					}
				}
			}
		case *ast.KeyValueExpr:
			if name, ok := n.Key.(*ast.Ident); ok && name.Name == "Key" {
				if key, ok := literal(n.Value); ok {
					u.say(set.Position(n.Pos()).String(), key, -1)
				}
			}
		case *ast.BinaryExpr:
			if prefix, ok := literal(n.X); ok && n.Op == token.ADD && strings.HasSuffix(prefix, ".") {
				u.prefixes = append(u.prefixes, prefix)
			}
		case *ast.BasicLit:
			if text, ok := literal(n); ok {
				if _, known := web.Args(text); known {
					u.said[text] = true
				}
			}
		}
		return true
	})
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func isWords(e ast.Expr) bool {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	switch typ := lit.Type.(type) {
	case *ast.Ident:
		return typ.Name == "Words"
	case *ast.SelectorExpr:
		return typ.Sel.Name == "Words"
	}
	return false
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// --- Templates ---

func (u *uses) template(file string) {
	source, err := os.ReadFile(file)
	if err != nil {
		u.fault(file, "%v", err)
		return
	}
	tree := parse.New(filepath.Base(file))
	tree.Mode = parse.SkipFuncCheck
	all := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(source), "", "", all); err != nil {
		u.fault(file, "%v", err)
		return
	}
	for name, each := range all {
		u.nodes(file, each.Root)
		// Templates of these names stand inside a tag and write no text.
		if !strings.HasSuffix(name, "-attrs") && !strings.HasSuffix(name, "-look") {
			var b strings.Builder
			markup(&b, each.Root)
			u.written(file, b.String())
		}
	}
}

func (u *uses) nodes(file string, n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, each := range n.Nodes {
				u.nodes(file, each)
			}
		}
	case *parse.ActionNode:
		u.nodes(file, n.Pipe)
	case *parse.TemplateNode:
		u.nodes(file, n.Pipe)
	case *parse.IfNode:
		u.branch(file, &n.BranchNode)
	case *parse.RangeNode:
		u.branch(file, &n.BranchNode)
	case *parse.WithNode:
		u.branch(file, &n.BranchNode)
	case *parse.PipeNode:
		if n != nil {
			for i, cmd := range n.Cmds {
				u.command(file, cmd, i)
			}
		}
	}
}

func (u *uses) branch(file string, n *parse.BranchNode) {
	u.nodes(file, n.Pipe)
	u.nodes(file, n.List)
	u.nodes(file, n.ElseList)
}

func (u *uses) command(file string, cmd *parse.CommandNode, piped int) {
	name, _ := cmd.Args[0].(*parse.IdentifierNode)
	for i, arg := range cmd.Args {
		switch arg := arg.(type) {
		case *parse.PipeNode:
			u.nodes(file, arg)
		case *parse.StringNode:
			switch {
			case name != nil && name.Ident == "T" && i == 1:
				u.say(file, arg.Text, len(cmd.Args)-2+min(piped, 1))
			case strings.ContainsFunc(arg.Text, isWordy):
				u.fault(file, "the text %q stands in an action instead of the catalogue", arg.Text)
			}
		}
	}
}

// isWordy tells a text from a word of the program: "Zu tun" from "ok".
func isWordy(r rune) bool { return unicode.IsUpper(r) || r > unicode.MaxASCII && unicode.IsLetter(r) }

// markup writes what a template says itself, without what its actions would say.
func markup(b *strings.Builder, n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, each := range n.Nodes {
				markup(b, each)
			}
		}
	case *parse.TextNode:
		b.Write(n.Text)
	case *parse.IfNode:
		markup(b, n.List)
		markup(b, n.ElseList)
	case *parse.RangeNode:
		markup(b, n.List)
		markup(b, n.ElseList)
	case *parse.WithNode:
		markup(b, n.List)
		markup(b, n.ElseList)
	}
}

// spoken are the attributes a person reads or hears.
var spoken = []string{"alt", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "placeholder", "title", "label", "data-done", "data-too-big"}

func (u *uses) written(file, source string) {
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if text := strings.TrimSpace(z.Token().Data); hasLetter(text) && strings.Trim(text, " –") != "Ranzen" {
				u.fault(file, "the text %q stands in the template instead of the catalogue", text)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			for _, a := range z.Token().Attr {
				if slices.Contains(spoken, a.Key) && hasLetter(a.Val) {
					u.fault(file, "the text %q of %s stands in the template instead of the catalogue", a.Val, a.Key)
				}
			}
		}
	}
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }
