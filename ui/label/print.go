package label

import (
	"time"

	"ranzen/ui/paper"
)

// Run is what is printed at once.
type Run struct {
	Stock  Stock
	Start  int // the first place used, from 1: the sheet was begun before
	Copies int // of each label, one after the other
	Codes  Codes
	Fit    paper.Fit // how the printer misses
	Title  string
	Lang   string
	Made   time.Time
}

// Most labels of one file.
const Most = 5000

// Printed is a file of labels, with what somebody should know before they print it.
type Printed struct {
	PDF   []byte
	Pages int
	Notes []string // "bars", "qr": smaller than scanners and telephones like
}

// Print writes the file of a run.
func Print(labels []Label, r Run) (Printed, error) {
	codes, err := encode(labels, r.Codes)
	if err != nil {
		return Printed{}, err
	}
	m := paper.NewSheet(paper.Options{Title: r.Title, Lang: r.Lang, Made: r.Made}, r.Stock.PageW, r.Stock.PageH)
	p, err := lay(m, r.Stock, codes)
	if err != nil {
		return Printed{}, err
	}
	out := Printed{Notes: p.notes}
	n := min(max(r.Start, 1), r.Stock.Places()) - 1
	var boxes []paper.Box
	for _, l := range codes {
		for range max(r.Copies, 1) {
			if n == r.Stock.Places() || out.Pages == 0 {
				if out.Pages > 0 {
					m.Fill(boxes...)
					boxes, n = boxes[:0], 0
				}
				m.Page()
				out.Pages++
			}
			x, y := r.Stock.place(n)
			boxes = append(boxes, p.draw(m, r, l, x, y)...)
			n++
		}
	}
	if out.Pages > 0 {
		m.Fill(boxes...)
	}
	out.PDF, err = m.Bytes()
	return out, err
}

// words is a line of a label: y is its base.
type words struct {
	x, y, size float64
	bold       bool
	text       string
}

// parts says what is written on a label and where it is dark, within the label.
func (p *plan) parts(m *paper.Sheet, l coded) (text []words, dark []paper.Box) {
	const ascent = 0.95
	write := func(y, size float64, bold bool, line string) float64 {
		text = append(text, words{p.textX, y + paper.Points(size)*ascent, size, bold, line})
		return y + paper.Points(size)*leading
	}
	y := p.textY
	for _, line := range p.ownerLines(m, l.Owner) {
		y = write(y, p.small, false, line)
	}
	if p.below {
		y = p.barsY + p.barsH + 0.3
	}
	y = write(y, p.size, true, l.Number)
	if l.Funding != "" {
		write(y, p.small, false, l.Funding)
	}
	if l.bars != nil {
		white := (p.barsW - p.bars*float64(l.bars.Modules())) / 2
		if p.below && p.qr > 0 { // in line with the text beside the QR code
			white = min(white, max(p.bars*paper.BarsQuiet, p.textX-p.barsX))
		}
		dark = l.bars.At(p.barsX+white, p.barsY, p.bars, p.barsH)
	}
	if l.squares != nil {
		dark = append(dark, l.squares.At(p.qrX, p.qrY, p.qr)...)
	}
	return text, dark
}

// draw writes one label and says where it is dark on the page.
func (p *plan) draw(m *paper.Sheet, r Run, l coded, x, y float64) (boxes []paper.Box) {
	wide := r.Fit.Box(paper.Box{W: 1}).W
	text, dark := p.parts(m, l)
	m.Begin()
	for _, w := range text {
		at, base := r.Fit.Point(x+w.x, y+w.y)
		m.Text(at, base, w.size*wide, w.bold, w.text)
	}
	for _, b := range dark {
		b.X, b.Y = b.X+x, b.Y+y
		boxes = append(boxes, r.Fit.Box(b))
	}
	return boxes
}
