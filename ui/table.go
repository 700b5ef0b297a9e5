package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ranzen/ui/web"
)

// tablePage is the page "table": a plain list with what can be done above it. Lists that move by themselves or whose rows
// can be marked have pages of their own.
type tablePage struct {
	web.Frame
	Lead    string
	Years   *web.Menu // the open school years
	Tabs    []web.Tab
	Alert   *web.Alert
	Actions []web.Action
	Filter  *web.Filter
	Columns []web.Column
	Rows    [][]cell
	Pager   *web.Pager
	Empty   web.Empty
	Files   web.Files
}

// drop takes a column out of a list: one that says the same in every row.
func (p *tablePage) drop(column int) {
	p.Columns = slices.Delete(p.Columns, column, column+1)
	for i, row := range p.Rows {
		p.Rows[i] = slices.Delete(row, column, column+1)
	}
}

// cell is one cell of a tablePage. The first of a row names the row.
type cell struct {
	Text     string
	Detail   string
	Href     string
	Code     string // instead of Text
	Status   *web.Status
	When     *web.When
	Progress *web.Progress
	Numeric  bool
	Actions  []web.Action
}

// namesTable are the names behind a number of a plan.
type namesTable struct {
	Title   string
	Columns []web.Column
	Rows    [][]cell
	Pager   web.Pager
	Close   string
}

// Moment is When for the template, which cannot follow a pointer into a call.
func (c cell) Moment() web.When { return *c.When }

// momentOf is a moment for a cell, or nothing where there is none.
func momentOf(f *web.Frame, at time.Time) *web.When {
	if at.IsZero() {
		return nil
	}
	w := f.When(at)
	return &w
}

// keyPager pages a list that is cut by key. Which line a page begins with travels in its address, because a list cut by
// key does not know how much is before it.
func keyPager(r *http.Request, rows int, next string) *web.Pager {
	q := r.URL.Query()
	before, err := strconv.Atoi(q.Get("from"))
	if err != nil || before < 0 || q.Get("after") == "" {
		before = 0
	}
	p := &web.Pager{From: before + 1, To: before + rows, Total: before + rows, More: next != ""}
	q.Del("from")
	q.Del("part")
	q.Del("verify")
	if before > 0 {
		q.Del("after")
		p.First = address(r.URL.Path, q)
	}
	if next != "" {
		q.Set("after", next)
		q.Set("from", strconv.Itoa(before+rows))
		p.Next = address(r.URL.Path, q)
	}
	return p
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// page keeps of all rows those of one page.
func (p *tablePage) page(r *http.Request, size int) {
	q := r.URL.Query()
	from, err := strconv.Atoi(q.Get("from"))
	if err != nil || from < 0 || from >= len(p.Rows) {
		from = 0
	}
	to, total := min(from+size, len(p.Rows)), len(p.Rows)
	p.Pager = &web.Pager{From: from + 1, To: to, Total: total}
	q.Del("from")
	if from > 0 {
		p.Pager.First = address(r.URL.Path, q)
	}
	if to < total {
		q.Set("from", strconv.Itoa(to))
		p.Pager.Next = address(r.URL.Path, q)
	}
	p.Rows = p.Rows[from:to]
}

func init() {
	web.Add(web.Words{
		"table.do": {"Aktionen", "Actions"},
	})
}
