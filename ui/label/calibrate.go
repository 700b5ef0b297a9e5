package label

import (
	"fmt"
	"math"
	"time"

	"ranzen/ui/paper"
)

// What is measured on the calibration page: a line down and a line across, both so far from the edge, and how long two
// rulers are.
const (
	MarkX  = 20.0  // from the left edge to the line down
	MarkY  = 20.0  // from the upper edge to the line across
	RulerX = 170.0 // length of the ruler across
	RulerY = 250.0 // length of the ruler down
)

// Measured is what somebody reads off a printed calibration page with a ruler, in millimetres.
type Measured struct{ Left, Top, Across, Down float64 }

// most a printer may miss before somebody measured something else.
const (
	mostOff   = 10.0
	mostScale = 0.05
)

// Check says which reading cannot be: "left", "top", "across" or "down".
func (m Measured) Check() (wrong []string) {
	for _, x := range []struct {
		name        string
		is, of, may float64
	}{{"left", m.Left, MarkX, mostOff}, {"top", m.Top, MarkY, mostOff}, {"across", m.Across, RulerX, RulerX * mostScale}, {"down", m.Down, RulerY, RulerY * mostScale}} {
		if !(math.Abs(x.is-x.of) <= x.may) {
			wrong = append(wrong, x.name)
		}
	}
	return wrong
}

// Fit is how the printer misses, as far as the readings say.
func (m Measured) Fit() paper.Fit {
	f := paper.Fit{ScaleX: m.Across / RulerX, ScaleY: m.Down / RulerY}
	f.OffX, f.OffY = m.Left-MarkX*f.ScaleX, m.Top-MarkY*f.ScaleY
	return f
}

// Words are what the calibration page says, in the language of who prints it.
type Words struct {
	Title  string
	Steps  []string
	Left   string // "Maß 1: {…}" beside the mark it is about
	Top    string
	Across string
	Down   string
}

// below is how far from a ruler its number n stands: the last behind the thick mark.
func below(n int, ruler float64) float64 {
	if float64(n) == ruler {
		return 11
	}
	return 8
}

// Calibration is the page with rulers. It is printed as it is: what it shows is how the printer misses.
func Calibration(w Words, lang string, made time.Time) ([]byte, error) {
	m := paper.NewSheet(paper.Options{Title: w.Title, Lang: lang, Made: made}, a4Width, a4Height)
	m.Page()
	const fine, bold = 0.1, 0.25
	boxes := []paper.Box{
		{X: MarkX - fine/2, Y: MarkY - 8, W: fine, H: RulerY + 16}, // the edge of both lines is what is measured
		{X: MarkX - 8, Y: MarkY - fine/2, W: RulerX + 16, H: fine},
	}
	tick := func(n int) float64 {
		switch {
		case n%10 == 0:
			return 5
		case n%5 == 0:
			return 3.5
		}
		return 2
	}
	for n := 0; n <= int(RulerX); n++ {
		boxes = append(boxes, paper.Box{X: MarkX + float64(n) - fine/2, Y: MarkY, W: fine, H: tick(n)})
		if n%10 == 0 && n > 0 {
			m.Note(MarkX+float64(n)-1.2, MarkY+below(n, RulerX), 6, fmt.Sprint(n))
		}
	}
	for n := 0; n <= int(RulerY); n++ {
		boxes = append(boxes, paper.Box{X: MarkX, Y: MarkY + float64(n) - fine/2, W: tick(n), H: fine})
		if n%10 == 0 && n > 0 {
			m.Note(MarkX+below(n, RulerY)-2, MarkY+float64(n)+0.8, 6, fmt.Sprint(n))
		}
	}
	boxes = append(boxes, paper.Box{X: MarkX + RulerX - bold/2, Y: MarkY - 4, W: bold, H: 12}, paper.Box{X: MarkX - 4, Y: MarkY + RulerY - bold/2, W: 12, H: bold})
	m.Fill(boxes...)
	y := 50.0
	write := func(size float64, bold bool, texts ...string) {
		for _, text := range texts {
			m.Begin()
			for _, line := range m.Lines(text, size, bold, 150) {
				m.Text(45, y, size, bold, line)
				y += paper.Points(size) * 1.45
			}
			y += 2.5
		}
	}
	write(15, true, w.Title)
	write(10, false, w.Steps...)
	y += 3
	write(10, true, w.Left, w.Top, w.Across, w.Down)
	return m.Bytes()
}
