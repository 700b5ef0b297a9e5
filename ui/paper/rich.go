package paper

import "strings"

// Run is a stretch of letters within a paragraph.
type Run struct {
	Text string
	Bold bool
}

// piece is a stretch on a line, where it stands.
type piece struct {
	x    float64
	text string
	bold bool
}

// Rich writes a paragraph of several runs. A paragraph without a letter is none.
func (d *Doc) Rich(runs ...Run) {
	if lines := d.flow(runs, width); len(lines) > 0 {
		d.room(min(float64(len(lines)), 2) * textHeight)
		d.pieces(d.tags.add(nil, "P"), left, lines)
		d.y += 2
	}
}

// Points writes points of several runs each.
func (d *Doc) Points(points ...[]Run) {
	var list *element
	var all [][][]piece
	for _, p := range points {
		if lines := d.flow(p, width-5); len(lines) > 0 {
			all = append(all, lines)
		}
	}
	for i, lines := range all {
		if list == nil {
			list = d.tags.add(nil, "L")
		}
		d.pointRoom(i, len(all), len(lines))
		item := d.tags.add(list, "LI")
		d.font("", textSize)
		d.marked(d.tags.add(item, "Lbl"), func() { d.line(left, d.y, "–") })
		d.pieces(d.tags.add(item, "LBody"), left+5, lines)
		d.y += 0.8
	}
	d.y += 1.5
}

// flow breaks runs into lines at spaces. A word may change its weight within; one that is longer than a line is cut by lines.
func (d *Doc) flow(runs []Run, w float64) (out [][]piece) {
	type word []Run
	var words []word
	fresh := true // the next letter begins a word
	for _, r := range runs {
		text := printable(r.Text)
		for i, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' }) {
			if i == 0 && !fresh && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\n") && len(words) > 0 {
				words[len(words)-1] = append(words[len(words)-1], Run{part, r.Bold})
			} else {
				words = append(words, word{{part, r.Bold}})
			}
		}
		if text != "" {
			fresh = strings.HasSuffix(text, " ") || strings.HasSuffix(text, "\n")
		}
	}
	width := func(text string, bold bool) float64 {
		d.font(map[bool]string{true: "B"}[bold], textSize)
		return d.pdf.GetStringWidth(text)
	}
	space := width(" ", false)
	var line []piece
	x := 0.0
	end := func() {
		if len(line) > 0 {
			out, line, x = append(out, line), nil, 0
		}
	}
	for _, parts := range words {
		wide := 0.0
		for _, p := range parts {
			wide += width(p.Text, p.Bold)
		}
		if x > 0 && x+space+wide > w {
			end()
		}
		if x > 0 {
			x += space
		}
		for _, p := range parts {
			if now := width(p.Text, p.Bold); x+now <= w {
				line, x = append(line, piece{x, p.Text, p.Bold}), x+now
				continue
			}
			d.font(map[bool]string{true: "B"}[p.Bold], textSize)
			for _, cut := range d.lines(p.Text, w) {
				end()
				line, x = append(line, piece{0, cut, p.Bold}), width(cut, p.Bold)
			}
		}
	}
	end()
	return out
}

// pieces writes lines of pieces from the cursor on, over as many pages as they take.
func (d *Doc) pieces(e *element, x float64, lines [][]piece) {
	for len(lines) > 0 {
		n := min(len(lines), int((d.lowest()-d.y)/textHeight))
		if n <= 0 {
			d.newPage()
			continue
		}
		n = whole(n, len(lines))
		d.marked(e, func() {
			for _, line := range lines[:n] {
				for i, p := range line {
					text := p.text
					if i+1 < len(line) && line[i+1].x > p.x+0.01 { // the blank before the next is read out too
						text += " "
					}
					d.font(map[bool]string{true: "B"}[p.bold], textSize)
					d.line(x+p.x, d.y, text)
				}
				d.y += textHeight
			}
		})
		lines = lines[n:]
	}
}

// Point is a place on a pad, Stroke a line that was drawn without lifting the pen.
type (
	Point  struct{ X, Y float64 }
	Stroke []Point
)

// SignBox is where somebody signs: a line with what stands below it, and, once signed on a pad, what was drawn.
type SignBox struct {
	Label   string // "Sorgeberechtigte Person"
	Name    string
	Place   string // "Ort, Datum", or where and when it was signed
	Strokes []Stroke
	Alt     string // what the drawing is
}

// Measures of a place to sign.
const (
	signWide = 80.0
	signHigh = 28.0
	signLine = 18.0

	signHeight = 3.4 // of a line below it
)

// Signatures writes places to sign, two in a row, each whole on one page. A long name takes as many lines as it needs: who signs
// is never cut.
func (d *Doc) Signatures(boxes ...SignBox) {
	d.font("", 8)
	for i := 0; i < len(boxes); i += 2 {
		row := boxes[i:min(i+2, len(boxes))]
		texts, high := make([][]string, len(row)), signHigh
		for k, b := range row {
			texts[k] = append([]string{d.fit(printable(b.Place), signWide), d.fit(printable(b.Label), signWide)}, d.lines(b.Name, signWide)...)
			high = max(high, signLine+0.8+float64(len(texts[k]))*signHeight)
		}
		d.room(high)
		for k, b := range row {
			x := left + float64(k)*(width-signWide)
			if len(b.Strokes) > 0 {
				e := d.tags.add(nil, "Figure")
				e.alt = b.Alt
				d.marked(e, func() { d.strokes(x+2, d.y+1, signWide-4, signLine-2, b.Strokes) })
			}
			d.artifact(func() {
				d.pdf.SetLineWidth(0.2)
				d.pdf.SetDrawColor(0, 0, 0)
				d.pdf.Line(x, d.y+signLine, x+signWide, d.y+signLine)
			})
			d.font("", 8)
			d.marked(d.tags.add(nil, "P"), func() {
				for n, text := range texts[k] {
					d.line(x, d.y+signLine+0.8+float64(n)*signHeight, text)
				}
			})
		}
		d.y += high + 3
	}
}

// strokes draws what was signed, as large as fits and never distorted.
func (d *Doc) strokes(x, y, w, h float64, all []Stroke) {
	lo, hi := Point{1e9, 1e9}, Point{-1e9, -1e9}
	for _, s := range all {
		for _, p := range s {
			lo, hi = Point{min(lo.X, p.X), min(lo.Y, p.Y)}, Point{max(hi.X, p.X), max(hi.Y, p.Y)}
		}
	}
	scale := min(w/max(hi.X-lo.X, 1), h/max(hi.Y-lo.Y, 1))
	d.pdf.SetLineWidth(0.35)
	d.pdf.SetDrawColor(0, 0, 120)
	for _, s := range all {
		for i := 1; i < len(s); i++ {
			d.pdf.Line(x+(s[i-1].X-lo.X)*scale, y+(s[i-1].Y-lo.Y)*scale, x+(s[i].X-lo.X)*scale, y+(s[i].Y-lo.Y)*scale)
		}
	}
	d.pdf.SetDrawColor(0, 0, 0)
}
