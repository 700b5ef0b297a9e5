package label

import (
	"fmt"
	"html"
	"strings"

	"ranzen/ui/paper"
)

// Preview is how the labels of a run would look, before anything is printed.
type Preview struct {
	SVG   string   // the label that needs most room
	Pages int      // that would be printed
	Notes []string // as in Printed
}

// Look lays a run out and draws one label of it.
func Look(labels []Label, r Run) (Preview, error) {
	codes, err := encode(labels, r.Codes)
	if err != nil || len(codes) == 0 {
		return Preview{}, err
	}
	m := paper.NewSheet(paper.Options{Lang: r.Lang}, r.Stock.PageW, r.Stock.PageH)
	p, err := lay(m, r.Stock, codes)
	if err != nil {
		return Preview{}, err
	}
	first := min(max(r.Start, 1), r.Stock.Places()) - 1
	places := r.Stock.Places()
	out := Preview{Notes: p.notes, Pages: (first + len(codes)*max(r.Copies, 1) + places - 1) / places}
	widest := codes[0]
	for _, l := range codes {
		if l.bars.Modules() > widest.bars.Modules() || m.Width(l.Number, smallest, true) > m.Width(widest.Number, smallest, true) {
			widest = l
		}
	}
	text, dark := p.parts(m, widest)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.2f %.2f" width="%.1fmm" height="%.1fmm" aria-hidden="true"><rect width="%.2f" height="%.2f" fill="#fff"/><path fill="#000" shape-rendering="crispEdges" d="`, r.Stock.W, r.Stock.H, 2*r.Stock.W, 2*r.Stock.H, r.Stock.W, r.Stock.H)
	for _, x := range dark {
		fmt.Fprintf(&b, "M%.3f %.3fh%.3fv%.3fh%.3fz", x.X, x.Y, x.W, x.H, -x.W)
	}
	b.WriteString(`"/>`)
	for _, w := range text {
		weight := "400"
		if w.bold {
			weight = "700"
		}
		fmt.Fprintf(&b, `<text x="%.2f" y="%.2f" font-size="%.2f" font-weight="%s" fill="#000" textLength="%.2f" lengthAdjust="spacingAndGlyphs">%s</text>`, w.x, w.y, paper.Points(w.size), weight, m.Width(w.text, w.size, w.bold), html.EscapeString(w.text))
	}
	b.WriteString(`</svg>`)
	out.SVG = b.String()
	return out, nil
}
