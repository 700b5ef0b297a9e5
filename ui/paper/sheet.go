package paper

import (
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Sheet is a file whose pages are not written from top to bottom: everything on them has its place, in millimetres from the
// upper left corner. Labels are printed from it. Viewers are told to print it in its own size.
type Sheet struct {
	doc  *Doc
	high float64
	now  *element
}

// Fit turns a place on paper into the place to print at, for a printer that does not hit it: a printer moves by OffX, OffY
// millimetres and stretches by ScaleX, ScaleY. The zero value is a printer that hits.
type Fit struct{ OffX, OffY, ScaleX, ScaleY float64 }

func (f Fit) scales() (x, y float64) {
	x, y = f.ScaleX, f.ScaleY
	if x == 0 {
		x = 1
	}
	if y == 0 {
		y = 1
	}
	return x, y
}

// NewSheet begins a file of pages of one size. Nothing is on them but what is placed.
func NewSheet(o Options, wide, high float64) *Sheet {
	d := &Doc{o: o.clean()}
	d.begin(fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: wide, Ht: high}}))
	d.unscaled = true
	return &Sheet{doc: d, high: high}
}

// Page begins a page.
func (s *Sheet) Page() {
	s.doc.pdf.AddPage()
	s.doc.page++
}

// Begin begins what is read out together: the next label.
func (s *Sheet) Begin() { s.now = s.doc.tags.add(nil, "P") }

// Width is how wide a text would be.
func (s *Sheet) Width(text string, size float64, bold bool) float64 {
	s.font(size, bold)
	return s.doc.pdf.GetStringWidth(printable(text))
}

// Cut is a text shortened to a width.
func (s *Sheet) Cut(text string, size float64, bold bool, wide float64) string {
	s.font(size, bold)
	return s.doc.fit(printable(text), wide)
}

// Lines breaks a text at spaces.
func (s *Sheet) Lines(text string, size float64, bold bool, wide float64) []string {
	s.font(size, bold)
	return s.doc.lines(text, wide)
}

func (s *Sheet) font(size float64, bold bool) { s.doc.font(map[bool]string{true: "B"}[bold], size) }

// Points turns the size of letters into millimetres.
func Points(size float64) float64 { return size * 25.4 / 72 }

// Text writes a line; y is its base. It belongs to what Begin began.
func (s *Sheet) Text(x, y, size float64, bold bool, text string) {
	s.font(size, bold)
	s.doc.marked(s.now, func() { s.doc.pdf.Text(x, y, printable(text)) })
}

// Note writes a line that is not read out.
func (s *Sheet) Note(x, y, size float64, text string) {
	s.font(size, false)
	s.doc.artifact(func() { s.doc.pdf.Text(x, y, printable(text)) })
}

// Box is a dark rectangle.
type Box struct{ X, Y, W, H float64 }

// Fill draws rectangles as one shape: between those that touch is no seam. What they mean stands beside them as text, so they are
// not read out.
func (s *Sheet) Fill(boxes ...Box) { s.doc.fill(s.high, boxes) }

func (d *Doc) fill(high float64, boxes []Box) {
	const k = 72 / 25.4
	var b strings.Builder
	b.WriteString("q 0 g ")
	for _, x := range boxes {
		fmt.Fprintf(&b, "%.3f %.3f %.3f %.3f re ", x.X*k, (high-x.Y-x.H)*k, x.W*k, x.H*k)
	}
	b.WriteString("f Q")
	d.artifact(func() { d.pdf.RawWriteStr(b.String()) })
}

// At places bars: x and y are their upper left corner without the quiet zone.
func (b Bars) At(x, y, module, high float64) (out []Box) {
	for i, w := range b {
		if i%2 == 0 {
			out = append(out, Box{x, y, float64(w) * module, high})
		}
		x += float64(w) * module
	}
	return out
}

// At places a QR code: x and y are its upper left corner without the quiet zone.
func (s Squares) At(x, y, module float64) (out []Box) {
	for r, row := range s {
		for c := 0; c < len(row); c++ {
			n := 0
			for c+n < len(row) && row[c+n] {
				n++
			}
			if n > 0 {
				out = append(out, Box{x + float64(c)*module, y + float64(r)*module, float64(n) * module, module})
				c += n
			}
		}
	}
	return out
}

// Box is the rectangle to print so that this one comes out.
func (f Fit) Box(b Box) Box {
	sx, sy := f.scales()
	return Box{(b.X - f.OffX) / sx, (b.Y - f.OffY) / sy, b.W / sx, b.H / sy}
}

// Point is the place to print at so that this one is hit.
func (f Fit) Point(x, y float64) (float64, float64) {
	b := f.Box(Box{X: x, Y: y})
	return b.X, b.Y
}

// Bytes ends the file.
func (s *Sheet) Bytes() ([]byte, error) { return s.doc.finish() }
