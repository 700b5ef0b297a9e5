// Package paper writes what people take away on paper: PDF files with a heading, paragraphs, facts and tables, in German
// or English. Every file is tagged: who hears it read out hears headings as headings and tables as tables.
//
// A document is written from top to bottom and comes out the same for the same input: no clock, no random id. The fonts
// are embedded, cut down to the letters that occur; they have every letter a German register may hold (DIN 91379).
//
// The writer below (fpdf) knows nothing of tags. Each piece of a page is marked as it is written, and the tree of what
// the pieces are is appended to the finished file (tag.go). What is marked as nothing (page numbers, repeated table
// heads, lines) is an artifact: it is not read out. Conformance to PDF/UA is tested by no tool here, so no file claims it.
package paper

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
)

//go:embed font/DejaVuSans.ttf
var regular []byte

//go:embed font/DejaVuSans-Bold.ttf
var bold []byte

// Options say what stands around a document.
type Options struct {
	Title string // in the file's own description and in the title bar
	Lang  string // "de-DE" or "en-GB"
	Made  time.Time
	Wide  bool // pages lie on their side: for lists with many columns
	// Foot stands at the foot of every page, left of the number; Page writes that number: page n of so many.
	Foot string
	Page func(n, of int) string
	// Code is written in bars at the foot of page n, so that a scanned page is known again; nil or empty: none.
	Code func(n int) string
}

// The page is A4. Numbers are millimetres.
const (
	left, right, top = 22, 18, 20
	bottom           = 26
	width            = 210 - left - right // of what is written on a page that stands
)

// size is how wide and high a page is.
func (d *Doc) size() (wide, high float64) {
	if d.o.Wide {
		return 297, 210
	}
	return 210, 297
}

// edge is where lines end, lowest where pages end.
func (d *Doc) edge() float64 {
	wide, _ := d.size()
	return wide - right
}

func (d *Doc) lowest() float64 {
	_, high := d.size()
	return high - bottom
}

// Doc is a document under way. Its methods append; Bytes ends it.
type Doc struct {
	o        Options
	pdf      *fpdf.Fpdf
	tags     tagger
	y        float64
	page     int
	unscaled bool   // viewers print it in its own size
	numeric  []bool // columns of the table that is being written
	parts    []part
}

// part is a document within a file: a file of a class holds one for each pupil.
type part struct {
	o     Options
	first int // page
}

// New begins a document with its title as first heading.
func New(o Options) *Doc {
	d := &Doc{o: o.clean()}
	lie := "P"
	if o.Wide {
		lie = "L"
	}
	d.begin(fpdf.New(lie, "mm", "A4", ""))
	d.parts = []part{{d.o, 1}}
	d.newPage()
	d.Heading(1, d.o.Title)
	return d
}

// Next begins another document in the same file, on a page of its own and with numbers of its own. The file keeps the title of the
// first.
func (d *Doc) Next(o Options) {
	if len(d.parts) == 1 {
		d.tags.first()
	}
	d.parts = append(d.parts, part{o.clean(), d.page + 1})
	d.tags.next()
	d.newPage()
	d.Heading(1, d.parts[len(d.parts)-1].o.Title)
}

// Rename gives the file another title than its first document has.
func (d *Doc) Rename(title string) {
	d.o.Title = Options{Title: title}.clean().Title
	d.pdf.SetTitle(d.o.Title, true)
}

// clean makes one line of what stands on one.
func (o Options) clean() Options {
	o.Title, o.Foot = strings.Join(strings.Fields(printable(o.Title)), " "), strings.Join(strings.Fields(printable(o.Foot)), " ")
	return o
}

// begin prepares the writer below.
func (d *Doc) begin(p *fpdf.Fpdf) {
	p.SetTitle(d.o.Title, true)
	p.SetLang(d.o.Lang)
	p.SetProducer("Ranzen", true)
	p.SetCreationDate(d.o.Made.UTC())
	p.SetModificationDate(d.o.Made.UTC())
	p.SetCatalogSort(true)
	p.SetAutoPageBreak(false, 0)
	p.SetMargins(left, top, right)
	p.SetCellMargin(0)
	p.AddUTF8FontFromBytes("text", "", regular)
	p.AddUTF8FontFromBytes("text", "B", bold)
	d.pdf = p
	d.tags.begin()
}

func (d *Doc) newPage() {
	d.pdf.AddPage()
	d.page++
	d.y = top
}

// Bars at the foot of a page: so wide that a copier of an office keeps them apart.
const (
	footModule = 0.3
	footHigh   = 7
)

// feet writes what stands at the foot of the pages: how many there are is known last.
func (d *Doc) feet() error {
	for i, p := range d.parts {
		last := d.page
		if i+1 < len(d.parts) {
			last = d.parts[i+1].first - 1
		}
		for n := p.first; n <= last; n++ {
			d.pdf.SetPage(n)
			if err := d.foot(p.o, n-p.first+1, last-p.first+1); err != nil {
				return err
			}
		}
	}
	d.pdf.SetPage(d.page)
	return nil
}

func (d *Doc) foot(o Options, n, of int) error {
	_, high := d.size()
	y, wide := high-14, d.edge()-left
	number := ""
	if o.Page != nil {
		number = o.Page(n, of)
	}
	d.artifact(func() {
		d.font("", 7) // each page has its own state: the font is set anew
		d.font("", 8)
		d.pdf.SetTextColor(90, 90, 90)
		at := d.pdf.GetStringWidth(number)
		d.line(d.edge()-at, y, number)
		wide -= at + 5
		d.pdf.SetTextColor(0, 0, 0)
	})
	if o.Code != nil && o.Code(n) != "" {
		text := o.Code(n)
		bars, err := Code128(text)
		if err != nil {
			return err
		}
		x := d.edge() - float64(bars.Modules())*footModule
		d.fill(high, bars.At(x, y-footHigh-3.6, footModule, footHigh)) // what they say stands between them and the number of the page
		d.artifact(func() {
			d.font("", 6)
			d.line(d.edge()-d.pdf.GetStringWidth(text), y-3.1, text)
			d.font("", 8)
		})
	}
	d.artifact(func() {
		d.pdf.SetTextColor(90, 90, 90)
		d.line(left, y, d.fit(o.Foot, wide))
		d.pdf.SetTextColor(0, 0, 0)
	})
	return nil
}

func (d *Doc) font(style string, size float64) { d.pdf.SetFont("text", style, size) }

// line writes one line at a place: y is its upper edge.
func (d *Doc) line(x, y float64, text string) {
	_, size := d.pdf.GetFontSize()
	d.pdf.Text(x, y+size*0.95, text)
}

// fit cuts a text to a width, with an ellipsis where something is missing.
func (d *Doc) fit(text string, w float64) string {
	if d.pdf.GetStringWidth(text) <= w {
		return text
	}
	r := []rune(text)
	for len(r) > 0 && d.pdf.GetStringWidth(string(r)+"…") > w {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// lines breaks a text into lines of a width, at spaces; a word that is longer than a line is cut.
func (d *Doc) lines(text string, w float64) (out []string) {
	for _, part := range strings.Split(printable(text), "\n") {
		now := ""
		for _, word := range strings.Fields(part) {
			for {
				next := word
				if now != "" {
					next = now + " " + word
				}
				if d.pdf.GetStringWidth(next) <= w {
					now = next
					break
				}
				if now != "" {
					out = append(out, now)
					now = ""
					continue
				}
				r, n := []rune(word), 1
				for n < len(r) && d.pdf.GetStringWidth(string(r[:n+1])) <= w {
					n++
				}
				out = append(out, string(r[:n]))
				if word = string(r[n:]); word == "" {
					break
				}
			}
		}
		if now != "" {
			out = append(out, now)
		}
	}
	return out
}

// printable leaves out what no letter is: the writer cannot set it, and a reader would stumble over it. Letters beyond the
// font's plane become a replacement mark.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t' || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case !hasLetter(r):
			return '\ufffd'
		}
		return r
	}, text)
}

// whole is how many of so many lines stand on a page that has room for n: the last does not stand alone on the next.
func whole(n, of int) int {
	if of-n == 1 && n > 2 {
		return n - 1
	}
	return n
}

// write writes lines of an element from the cursor on, over as many pages as they take.
func (d *Doc) write(e *element, x float64, lines []string, height float64) {
	style, size := d.pdf.GetFontStyle(), 0.0
	size, _ = d.pdf.GetFontSize()
	for len(lines) > 0 {
		n := min(len(lines), int((d.lowest()-d.y)/height))
		if n <= 0 {
			d.newPage()
			d.font(style, size)
			continue
		}
		n = whole(n, len(lines))
		d.marked(e, func() {
			for _, l := range lines[:n] {
				d.line(x, d.y, l)
				d.y += height
			}
		})
		lines = lines[n:]
	}
}

// room begins a new page unless so much is left on this one.
func (d *Doc) room(height float64) {
	if d.y+height > d.lowest() && d.y > top {
		d.newPage()
	}
}

// Heading writes a heading of level 1 to 3; it never stands alone at the foot of a page.
func (d *Doc) Heading(level int, text string) {
	size := []float64{17, 12.5, 10.5}[level-1]
	height := size * 0.48
	if d.y > top {
		d.y += height * 0.7
	}
	d.room(height + 16)
	d.font("B", size)
	d.write(d.tags.add(nil, fmt.Sprintf("H%d", level)), left, d.lines(text, d.edge()-left), height)
	d.y += height * 0.35
}

const textSize, textHeight = 10, 5

// Text writes a paragraph. A paragraph without a letter is none.
func (d *Doc) Text(text string) {
	d.font("", textSize)
	if lines := d.lines(text, d.edge()-left); len(lines) > 0 {
		d.room(min(float64(len(lines)), 2) * textHeight)
		d.write(d.tags.add(nil, "P"), left, lines, textHeight)
		d.y += 2
	}
}

// pointRoom makes room for the n lines of point i: the last of several does not stand alone on a page.
func (d *Doc) pointRoom(i, of, n int) {
	high := min(float64(n), 2) * textHeight
	if of > 2 && i == of-2 {
		high = float64(n+1)*textHeight + 0.8
	}
	d.room(high)
}

// List writes points.
func (d *Doc) List(points ...string) {
	if len(points) == 0 {
		return
	}
	d.font("", textSize)
	list := d.tags.add(nil, "L")
	var all [][]string
	for _, p := range points {
		if lines := d.lines(p, d.edge()-left-5); len(lines) > 0 {
			all = append(all, lines)
		}
	}
	for i, lines := range all {
		d.pointRoom(i, len(all), len(lines))
		item := d.tags.add(list, "LI")
		d.marked(d.tags.add(item, "Lbl"), func() { d.line(left, d.y, "–") })
		d.write(d.tags.add(item, "LBody"), left+5, lines, textHeight)
		d.y += 0.8
	}
	d.y += 1.5
}

// Facts writes names with what they are, as a table of two columns without a head.
func (d *Doc) Facts(facts ...[2]string) {
	rows := make([][]string, 0, len(facts))
	for _, f := range facts {
		rows = append(rows, []string{f[0], f[1]})
	}
	d.table(nil, []float64{1, 2.2}, rows, nil)
}

// Table writes a table. Shares say how the columns divide the width. The head is repeated on every page.
func (d *Doc) Table(head []string, shares []float64, rows [][]string) {
	d.table(head, shares, rows, nil)
}

// NumberTable is a table some columns of which are numbers: they stand at the right, one below the other.
func (d *Doc) NumberTable(head []string, shares []float64, rows [][]string, numeric []bool) {
	d.numeric = numeric
	d.table(head, shares, rows, nil)
	d.numeric = nil
}

// cell writes a line of a cell of column i, which is so wide.
func (d *Doc) cell(i int, x, wide, y float64, text string) {
	if i < len(d.numeric) && d.numeric[i] {
		x += wide - d.pdf.GetStringWidth(text)
	}
	d.line(x, y, text)
}

// CodedTable is a table whose last column shows in bars what codes say of each row, to be scanned off the paper; a text that
// cannot be written in bars, or none, leaves its place empty. What is in bars should stand in the row in letters too.
func (d *Doc) CodedTable(head []string, shares []float64, rows [][]string, codes []string) {
	d.table(head, shares, rows, codes)
}

// Bars in a row are as high as three lines without the white between rows, and as wide as the column.
const (
	rowLines    = 3
	rowBarsHigh = 9
	rowModule   = 0.3
)

const (
	cellSize, cellHeight = 8.5, 4.2
	cellPad              = 1.1
	cellGap              = 3
)

func (d *Doc) table(head []string, shares []float64, rows [][]string, codes []string) {
	if len(rows) == 0 {
		return
	}
	var sum float64
	for _, s := range shares {
		sum += s
	}
	at, wide := make([]float64, len(shares)), make([]float64, len(shares))
	x := float64(left)
	for i, s := range shares {
		at[i], wide[i] = x, s/sum*(d.edge()-left)-cellGap
		x += s / sum * (d.edge() - left)
	}
	table := d.tags.add(nil, "Table")
	heads := func(tagged bool) {
		if head == nil {
			return
		}
		d.font("B", cellSize)
		cells, height := d.cells(head, wide, false)
		d.room(height + 2*cellHeight)
		write := func(e func(i int) *element) {
			for i, lines := range cells {
				if e == nil {
					for n, l := range lines {
						d.cell(i, at[i], wide[i], d.y+float64(n)*cellHeight, l)
					}
					continue
				}
				d.marked(e(i), func() {
					for n, l := range lines {
						d.cell(i, at[i], wide[i], d.y+float64(n)*cellHeight, l)
					}
				})
			}
		}
		if tagged {
			row := d.tags.add(table, "TR")
			write(func(int) *element { return d.tags.head(row, "Column") })
		} else {
			d.artifact(func() { write(nil) })
		}
		d.y += height
		d.rule(0.4)
		d.y += cellPad
	}
	heads(true)
	for i, r := range rows {
		d.font("", cellSize)
		cells, height := d.cells(r, wide, head == nil)
		if i < len(codes) {
			height = max(height, rowLines*cellHeight)
		}
		if d.y+height > d.lowest() && height < d.lowest()-top-20 {
			d.newPage()
			heads(false)
			d.font("", cellSize)
		}
		if i < len(codes) {
			d.rowBars(codes[i], at[len(at)-1], wide[len(wide)-1])
		}
		d.row(table, head == nil, cells, at, wide, height)
	}
	d.y += 3
}

// rowBars draws bars where the next row begins.
func (d *Doc) rowBars(code string, x, wide float64) {
	bars, err := Code128(code)
	if err != nil {
		return
	}
	module := min(rowModule, wide/float64(bars.Modules()+BarsQuiet))
	_, high := d.size()
	d.fill(high, bars.At(x, d.y+(rowLines*cellHeight-rowBarsHigh)/2, module, rowBarsHigh))
}

// cells breaks the texts of a row into lines; the first of a named row is set in bold, and wider.
func (d *Doc) cells(texts []string, wide []float64, named bool) (cells [][]string, height float64) {
	most := 1
	for i, w := range wide {
		if named {
			d.font(map[bool]string{true: "B"}[i == 0], cellSize)
		}
		text := ""
		if i < len(texts) {
			text = texts[i]
		}
		l := d.lines(text, w)
		cells, most = append(cells, l), max(most, len(l))
	}
	return cells, float64(most) * cellHeight
}

// row writes one row; one that is higher than a page is cut into slices, each with a piece of every cell.
func (d *Doc) row(table *element, named bool, cells [][]string, at, wide []float64, height float64) {
	row := d.tags.add(table, "TR")
	var es []*element
	for i := range cells {
		if named && i == 0 {
			es = append(es, d.tags.head(row, "Row"))
		} else {
			es = append(es, d.tags.add(row, "TD"))
		}
	}
	for from := 0; ; {
		n := int((d.lowest() - d.y) / cellHeight)
		if n <= 0 {
			d.newPage()
			d.font("", cellSize)
			continue
		}
		n = min(n, int(height/cellHeight+0.5)-from)
		for i, lines := range cells {
			piece := lines[min(from, len(lines)):min(from+n, len(lines))]
			if len(piece) == 0 {
				continue
			}
			if named && i == 0 {
				d.font("B", cellSize)
			}
			d.marked(es[i], func() {
				for k, l := range piece {
					d.cell(i, at[i], wide[i], d.y+float64(k)*cellHeight, l)
				}
			})
			d.font("", cellSize)
		}
		d.y += float64(n) * cellHeight
		if from += n; float64(from)*cellHeight >= height-0.01 {
			break
		}
	}
	d.y += cellPad * 0.5
	d.rule(0.1)
	d.y += cellPad
}

func (d *Doc) rule(thick float64) {
	d.artifact(func() {
		d.pdf.SetLineWidth(thick)
		d.pdf.SetDrawColor(150, 150, 150)
		d.pdf.Line(left, d.y, d.edge(), d.y)
	})
}

// Pages is how many pages there are so far.
func (d *Doc) Pages() int { return d.page }

// Bytes ends the document.
func (d *Doc) Bytes() ([]byte, error) { return d.finish() }
