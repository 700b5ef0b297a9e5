// Package sheet writes what is to be read, printed and kept: the papers of data protection, the answer to Art. 15 GDPR, what
// can be seen about an iPad. Each is one value in German or English, from which come a page, a PDF and JSON of the same words.
package sheet

import (
	"strconv"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/paper"
	"ranzen/ui/web"
)

// Sheet is something to be read, printed and kept.
type Sheet struct {
	Title string
	Lead  string
	Parts []Part
	Foot  string // who made it when, or where it stands
	Wide  bool   // on paper that lies on its side
}

// Part is a section: paragraphs, points, facts and a table, in this order, each if there is one.
type Part struct {
	ID      string
	Heading string
	Texts   []string
	Points  []string
	Facts   []web.Fact
	Head    []string
	Shares  []float64 // of the columns, on paper
	Numeric []bool    // which columns are numbers, on paper
	Rows    [][]string
	Codes   []string // of rows, on paper: in bars, in the last column
}

// Host is a host of others, and what it is spoken to for: push, list or mail.
type Host struct{ Name, What string }

// Writer knows of the installation what sheets say of it.
type Writer struct {
	Store   *store.Store
	Hosts   []Host // of others the server speaks to
	Secure  bool   // browsers reach it by https
	Version string
}

// Reader is for whom something is written.
type Reader struct {
	By        school.Actor
	Authority school.Authority
	Lang      web.Lang
	At        time.Time
}

func (v Reader) t(key string, args ...any) string { return web.T(v.Lang, key, args...) }

// Add puts a part at the end.
func (s *Sheet) Add(p Part) {
	p.ID = "part-" + strconv.Itoa(len(s.Parts)+1)
	s.Parts = append(s.Parts, p)
}

// PDF writes the sheet.
func (s Sheet) PDF(l web.Lang, made time.Time) ([]byte, error) {
	d := paper.New(paper.Options{Title: s.Title, Lang: l.Locale(), Made: made, Foot: s.Foot, Wide: s.Wide,
		Page: func(n, of int) string { return web.T(l, "sheet.page", n, of) }})
	d.Text(s.Lead)
	for _, p := range s.Parts {
		d.Heading(2, p.Heading)
		for _, t := range p.Texts {
			d.Text(t)
		}
		d.List(p.Points...)
		var facts [][2]string
		for _, f := range p.Facts {
			facts = append(facts, [2]string{f.Name, f.Text})
		}
		d.Facts(facts...)
		if len(p.Rows) > 0 {
			shares := p.Shares
			if shares == nil {
				for range p.Head {
					shares = append(shares, 1)
				}
			}
			if len(p.Codes) > 0 {
				d.CodedTable(p.Head, shares, p.Rows, p.Codes)
			} else {
				d.NumberTable(p.Head, shares, p.Rows, p.Numeric)
			}
		}
	}
	return d.Bytes()
}

// wordOr says a text without arguments, or the fallback where there is none.
func wordOr(l web.Lang, key, fallback string) string {
	if n, ok := web.Args(key); ok && n == 0 {
		return web.T(l, key)
	}
	return fallback
}

func roleName(l web.Lang, r school.Role) string { return wordOr(l, "role."+string(r), string(r)) }

func init() {
	web.Add(web.Words{
		"sheet.page": {"Seite {1} von {2}", "Page {1} of {2}"},
	})
}
