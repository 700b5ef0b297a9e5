package web

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"strings"
	"sync"
	"time"

	"ranzen/ui/page"
	"ranzen/ui/part"
	"ranzen/ui/static"
)

// templates are all pages in both languages. The language is bound to the
// functions of a template, so that templates write {{T "key"}} and nothing else.
//
// A page is put together with the parts, which are copied for it, when somebody
// first asks for it: all of them together take more memory than the rest of an
// idle server. That its file can be read is known from the start.
type templates struct {
	pages  map[string]*[4]func() (*template.Template, error)
	blocks map[string]map[string]bool // which blocks a page's own file defines
}

// parsed parses the embedded templates, once per process.
var parsed = sync.OnceValues(func() (*templates, error) {
	t := &templates{map[string]*[4]func() (*template.Template, error){}, map[string]map[string]bool{}}
	files, err := fs.Glob(page.FS, "*.html")
	if err != nil {
		return nil, err
	}
	for _, l := range []Lang{German, English, German.Business(), English.Business()} {
		base, err := template.New("").Funcs(functions(l)).ParseFS(part.FS, "*.html")
		if err != nil {
			return nil, fmt.Errorf("web: parsing the parts: %w", err)
		}
		if _, err := base.ParseFS(page.FS, "layout.html"); err != nil {
			return nil, fmt.Errorf("web: parsing the layout: %w", err)
		}
		for _, file := range files {
			name := strings.TrimSuffix(file, ".html")
			if name == "layout" {
				continue
			}
			if t.pages[name] == nil {
				t.pages[name] = new([4]func() (*template.Template, error))
			}
			t.pages[name][l] = sync.OnceValues(func() (*template.Template, error) {
				tmpl, err := template.Must(base.Clone()).ParseFS(page.FS, file)
				if err != nil {
					return nil, fmt.Errorf("web: parsing the page %s: %w", name, err)
				}
				return tmpl, nil
			})
			if t.blocks[name], err = ownBlocks(file, functions(l)); err != nil {
				return nil, err
			}
			for block := range t.blocks[name] {
				if base.Lookup(block) != nil {
					return nil, fmt.Errorf("web: the page %s defines %q, which is a part", name, block)
				}
			}
		}
	}
	return t, nil
})

func ownBlocks(file string, funcs template.FuncMap) (map[string]bool, error) {
	alone, err := template.New("").Funcs(funcs).ParseFS(page.FS, file)
	if err != nil {
		return nil, fmt.Errorf("web: parsing the page %s: %w", file, err)
	}
	own := map[string]bool{}
	for _, tmpl := range alone.Templates() {
		if name := tmpl.Name(); name != "" && name != file && name != "main" {
			own[name] = true
		}
	}
	return own, nil
}

// execute renders one template of a page.
func (t *templates) execute(l Lang, name, block string, data any) (*bytes.Buffer, error) {
	four, ok := t.pages[name]
	if !ok {
		return nil, fmt.Errorf("web: there is no page %q", name)
	}
	tmpl, err := four[l]()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := tmpl.ExecuteTemplate(&b, block, data); err != nil {
		return nil, fmt.Errorf("web: rendering %s of the page %s: %w", block, name, err)
	}
	return &b, nil
}

// Pages lists the pages there are.
func Pages() ([]string, error) {
	t, err := parsed()
	if err != nil {
		return nil, err
	}
	var names []string
	for name := range t.pages {
		names = append(names, name)
	}
	return names, nil
}

// functions is what a template may call.
func functions(l Lang) template.FuncMap {
	return template.FuncMap{
		"T":      func(key string, args ...any) string { return T(l, key, args...) },
		"static": static.URL,

		"num":     func(n any) string { return say(l, "num", n) },
		"percent": func(part, whole int) string { return l.Percent(int64(part), int64(whole)) },
		"size":    l.Size,
		"list":    l.List,

		// Times come as <time> elements. ago, since and moment take a When.
		"ago":      func(w When) template.HTML { return l.timeElement(w.At, l.Ago(w.At, w.Now)) },
		"since":    func(w When) template.HTML { return l.timeElement(w.At, l.Since(w.At, w.Now)) },
		"moment":   func(w When) template.HTML { return l.timeElement(w.At, l.Moment(w.At, w.Now)) },
		"date":     func(t time.Time) template.HTML { return l.timeElement(t, l.Date(t)) },
		"datetime": func(t time.Time) template.HTML { return l.timeElement(t, l.DateTime(t)) },
		"clock":    func(t time.Time) template.HTML { return l.timeElement(t, l.Clock(t)) },
		"lasts":    l.Duration,

		// Parts small enough to be made in the template.
		"status":   func(kind StatusKind, text string) Status { return Status{kind, text} },
		"progress": func(label string, done, total int) Progress { return Progress{Label: label, Done: done, Total: total} },
		"code":     func(text string) Code { return Code{Text: text} },
	}
}

// Execute renders a page, or one block of it, without a request. Tests use it to
// hold each page's struct against its template in both languages.
func Execute(page, block string, data Page) (string, error) {
	t, err := parsed()
	if err != nil {
		return "", err
	}
	if block == "" {
		block = "layout"
	}
	b, err := t.execute(data.Base().Lang, page, block, data)
	if err != nil {
		return "", err
	}
	return b.String(), nil
}
