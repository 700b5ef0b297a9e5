package label

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ranzen/ui/paper"
)

// Label is what one label says.
type Label struct {
	Number  string // the inventory number: in clear text and in bars
	Owner   string // "Eigentum von Musterstadt"
	Funding string // what the funding programme wants to be read
	Link    string // what the QR code leads to; empty: the number itself
}

// Codes are what stands on a label beside its text.
type Codes string

// Codes there are.
const (
	Both Codes = "both"
	Line Codes = "bars"
	QR   Codes = "qr"
	None Codes = "none"
)

// AllCodes lists them for pages.
var AllCodes = []Codes{Both, Line, QR, None}

// Unfit says that a label cannot be printed on a stock as asked, and what of it is too large.
type Unfit struct {
	Number string
	Part   string // "number", "bars", "codes", "funding", "letters"
}

func (e *Unfit) Error() string {
	return fmt.Sprintf("label: %s of %q does not fit", e.Part, e.Number)
}

// dot is the smallest step of an office printer (600 dpi). Modules are whole dots, so that no bar is rounded off: six are the
// quarter of a millimetre that scanners of desks read without doubt, five still read and are taken where six do not fit.
const dot = 25.4 / 600

var (
	barDots = []float64{8, 7, 6, 5}
	qrDots  = []float64{14, 13, 12, 11, 10, 9, 8, 7}
)

// Measures of what stands on a label.
const (
	smallest  = 6.0 // points, the least anybody reads
	largest   = 11.0
	leading   = 1.2
	barsHigh  = 5.0 // the least height of bars
	barsTall  = 9.0
	wantedQR  = 12.0 // what telephones like
	enoughQR  = 16.0
	goodBars  = 6 * dot
	edge      = 1.0 // white at the edge of a label, for what a printer misses
	edgeSmall = 0.6
)

// plan is how the labels of one run are laid out: all alike, as the one that needs most. Places are within a label.
type plan struct {
	qr      float64 // module; zero: none
	squares int     // modules of the largest QR code
	qrX     float64
	qrY     float64
	bars    float64 // module; zero: none
	barsX   float64 // left edge of the space for bars, quiet zones included
	barsY   float64
	barsW   float64
	barsH   float64
	below   bool // the number stands below the bars
	textX   float64
	textY   float64
	textW   float64
	textH   float64
	size    float64  // points of the number
	owner   int      // lines there is room for
	small   float64  // points of the other lines
	notes   []string // what is smaller than it should be: "bars", "qr"
}

// coded is a label with its symbols made.
type coded struct {
	Label
	bars    paper.Bars
	squares paper.Squares
}

func encode(labels []Label, c Codes) (out []coded, err error) {
	for _, l := range labels {
		x := coded{Label: l}
		if c == Both || c == Line {
			if x.bars, err = paper.Code128(l.Number); err != nil {
				if errors.Is(err, paper.ErrNoBars) {
					return nil, &Unfit{l.Number, "letters"}
				}
				return nil, err
			}
		}
		if c == Both || c == QR {
			text := l.Link
			if text == "" {
				text = l.Number
			}
			if x.squares, err = paper.QR(text); err != nil {
				return nil, &Unfit{l.Number, "codes"}
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// lay finds the plan with the best symbols on which every label of a run has room.
func lay(m *paper.Sheet, s Stock, labels []coded) (plan, error) {
	var bars, squares, widest coded
	owner := ""
	for _, l := range labels {
		if m.Width(l.Owner, smallest, false) > m.Width(owner, smallest, false) {
			owner = l.Owner
		}
		if l.bars.Modules() > bars.bars.Modules() {
			bars = l
		}
		if len(l.squares) > len(squares.squares) {
			squares = l
		}
		if m.Width(l.Number, smallest, true) > m.Width(widest.Number, smallest, true) {
			widest = l
		}
	}
	pad := edge
	if s.H <= 13 {
		pad = edgeSmall
	}
	funded := slices.ContainsFunc(labels, func(l coded) bool { return l.Funding != "" })
	var best plan
	score := -1.0
	why := "codes"
	if bars.bars == nil || squares.squares == nil {
		why = "number"
	}
	for _, module := range steps(barDots, bars.bars != nil) {
		for _, square := range steps(qrDots, squares.squares != nil) {
			for _, stacked := range []bool{false, true} {
				p := plan{qr: square, squares: len(squares.squares), bars: module}
				part, ok := p.arrange(m, s, pad, bars.bars.Modules(), stacked, funded, widest.Number, owner)
				if ok {
					if part, ok = p.hold(m, labels); ok {
						if now := p.score(); now > score {
							best, score = p, now
						}
						continue
					}
				}
				if part != "" {
					why = part
				}
			}
		}
	}
	if score < 0 {
		who := widest.Number
		if why == "bars" || why == "codes" {
			who = bars.Number
		}
		return plan{}, &Unfit{who, why}
	}
	if best.bars > 0 && best.bars < goodBars-0.001 {
		best.notes = append(best.notes, "bars")
	}
	if best.qr > 0 && best.qr*float64(best.squares) < wantedQR {
		best.notes = append(best.notes, "qr")
	}
	return best, nil
}

func steps(dots []float64, any bool) []float64 {
	if !any {
		return []float64{0}
	}
	out := make([]float64, len(dots))
	for i, d := range dots {
		out[i] = d * dot
	}
	return out
}

// arrange lays one label out: the QR code at the left, and beside it text over bars; stacked, the bars below both. It says
// what has no room.
func (p *plan) arrange(m *paper.Sheet, s Stock, pad float64, modules int, stacked, funded bool, number, owner string) (part string, ok bool) {
	if stacked && (p.bars == 0 || p.qr == 0) {
		return "", false
	}
	code := p.qr * float64(p.squares)
	if code > enoughQR+0.5 {
		return "", false
	}
	quiet := max(pad, p.qr*paper.SquaresQuiet) // the white of the code and of the edge are the same white
	high := s.H - 2*pad
	p.textX, p.textW, p.textY = pad, s.W-2*pad, pad
	if p.qr > 0 {
		p.qrX, p.qrY = quiet, quiet
		p.textX = quiet + code + p.qr*paper.SquaresQuiet
		p.textW = s.W - pad - p.textX
		if code+2*quiet > s.H {
			return "codes", false
		}
		if !stacked {
			p.qrY = (s.H - code) / 2
		}
	}
	p.small = smallest
	line := paper.Points(smallest) * leading
	lines := 1
	if funded {
		lines++
	}
	p.textH = high
	if p.bars > 0 {
		wide := p.bars * float64(modules+2*paper.BarsQuiet)
		if stacked {
			p.barsX, p.barsW = 0, s.W // the quiet zones may touch the edge, bars may not
			p.barsY = quiet + code + p.qr*paper.SquaresQuiet
			p.barsH = s.H - pad - p.barsY
			p.textH = p.barsY - pad
		} else {
			p.barsX, p.barsW = p.textX, s.W-p.textX
			if p.qr == 0 {
				p.barsX, p.barsW = 0, s.W
			} else {
				p.barsX -= p.qr * paper.SquaresQuiet // one white serves both neighbours if it is wide enough for the wider
				p.barsW += p.qr * paper.SquaresQuiet
			}
			p.barsH = high - float64(lines)*line - paper.Points(smallest)*leading
			p.barsH = min(p.barsH, barsTall)
			p.textH = high - p.barsH
		}
		if wide > p.barsW+0.001 {
			return "bars", false
		}
		if p.barsH < barsHigh {
			return "codes", false
		}
		p.barsH = min(p.barsH, barsTall)
		if stacked {
			p.barsY = s.H - pad - p.barsH
			p.textH = p.barsY - 0.8 - pad
		}
	}
	// The number is as large as its line and the height allow.
	for p.size = largest; p.size >= smallest; p.size -= 0.5 {
		if m.Width(number, p.size, true) <= p.textW && float64(lines)*line+paper.Points(p.size)*leading <= p.textH+0.001 {
			break
		}
	}
	if p.size < smallest {
		return "number", false
	}
	p.owner = 1
	if len(m.Lines(owner, p.small, false, p.textW)) > 1 && float64(lines+1)*line+paper.Points(p.size)*leading <= p.textH {
		p.owner = 2
	}
	if !stacked && p.bars > 0 { // owner, bars, number, funding
		p.below = true
		p.barsY = pad + float64(p.owner)*line + 0.6
		p.barsH = min(barsTall, s.H-pad-p.barsY-paper.Points(p.size)*leading-float64(lines-1)*line)
		if p.barsH < barsHigh-0.6 {
			p.owner = 1
			p.barsY = pad + line + 0.6
			p.barsH = min(barsTall, s.H-pad-p.barsY-paper.Points(p.size)*leading-float64(lines-1)*line)
		}
		if p.barsH < barsHigh-0.6 {
			return "codes", false
		}
	}
	return "", true
}

// hold checks what differs from label to label: a text of a funding programme must be read whole.
func (p *plan) hold(m *paper.Sheet, labels []coded) (part string, ok bool) {
	for _, l := range labels {
		if m.Width(l.Funding, p.small, false) > p.textW {
			return "funding", false
		}
		if m.Width(l.Number, p.size, true) > p.textW {
			return "number", false
		}
	}
	return "", true
}

// score prefers bars that are read without doubt, then a QR code of good size, then larger letters.
func (p *plan) score() float64 {
	s := 0.0
	if p.bars > 0 {
		s += 100 * min(p.bars, goodBars) / goodBars
		s += p.bars
	}
	if p.qr > 0 {
		s += 50 * min(p.qr*float64(p.squares), wantedQR) / wantedQR
		s += p.qr
	}
	return s + p.size + float64(p.owner)
}

// ownerLines are the lines of the owner there is room for, the last one cut if it must be.
func (p *plan) ownerLines(m *paper.Sheet, owner string) []string {
	lines := m.Lines(owner, p.small, false, p.textW)
	if len(lines) > p.owner {
		rest := strings.Join(lines[p.owner-1:], " ")
		lines = append(lines[:p.owner-1:p.owner-1], m.Cut(rest, p.small, false, p.textW))
	}
	return lines
}
