package label

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ranzen/ui/paper"
	"ranzen/ui/web/webtest"
)

var made = time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)

func numbered(n int) (out []Label) {
	for i := range n {
		out = append(out, Label{Number: fmt.Sprintf("MS-26-%06d", i+417), Owner: "Eigentum: Stadt Musterstadt", Link: fmt.Sprintf("https://ipads.musterstadt.example/a/%013d", i)})
	}
	return out
}

func run(id string) Run {
	s, ok := Named(id)
	if !ok {
		panic(id)
	}
	return Run{Stock: s, Start: 1, Copies: 1, Codes: Both, Title: "Etiketten", Lang: "de-DE", Made: made}
}

func print(t *testing.T, labels []Label, r Run) Printed {
	t.Helper()
	out, err := Print(labels, r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The numbers of the trade: what stands on the packets.
func TestSixNumbersSayHowManyLabelsASheetHas(t *testing.T) {
	for id, want := range map[string][2]int{"l4732": {5, 16}, "l4770": {4, 10}, "8651": {5, 13}, "6121": {5, 13}, "4097": {4, 12}, "4780": {4, 10}, "3651": {4, 10}, "7160": {3, 7},
		"7163": {2, 7}, "7162": {2, 8}, "3474": {3, 8}, "3475": {3, 8}, "8658": {7, 27}, "10001": {7, 27}, "l4730": {10, 27}} {
		s, ok := Named(id)
		if !ok || s.Cols != want[0] || s.Rows != want[1] {
			t.Errorf("%s has %d × %d labels, not %v", id, s.Cols, s.Rows, want)
		}
		if wrong := s.Check(); len(wrong) > 0 && id != "7160" && id != "3474" {
			t.Errorf("%s is refused: %v", id, wrong)
		}
	}
	for want, s := range map[string]Stock{"width": Sheet(5, 20, 10, 10, 30, 20), "height": Sheet(30, 2, 10, 10, 30, 20), "left": Sheet(100, 20, 180, 10, 100, 20), "top": Sheet(50, 20, 10, 290, 50, 20),
		"across": Sheet(50, 20, 10, 10, 40, 20), "down": Sheet(50, 20, 10, 10, 50, 10)} {
		if wrong := s.Check(); !slices.Contains(wrong, want) {
			t.Errorf("the sheet with a wrong %s is told %v", want, wrong)
		}
	}
	if wrong := Sheet(math.NaN(), 20, 10, 10, 40, 20).Check(); !slices.Contains(wrong, "width") {
		t.Errorf("no number at all is told %v", wrong)
	}
}

var rect = regexp.MustCompile(`([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re`)

// boxes reads the dark rectangles of a file, in millimetres from the upper left corner.
func boxes(t *testing.T, pdf []byte, high float64) (out []paper.Box) {
	t.Helper()
	path := webtest.KeepPDF(t, pdf)
	plain := filepath.Join(t.TempDir(), "plain.pdf")
	webtest.Tell(t, "qpdf", "--qdf", "--object-streams=disable", path, plain)
	b, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	const k = 25.4 / 72
	for _, m := range rect.FindAllSubmatch(b, -1) {
		var n [4]float64
		for i := range n {
			if n[i], err = strconv.ParseFloat(string(m[i+1]), 64); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, paper.Box{X: n[0] * k, Y: high - (n[1]+n[3])*k, W: n[2] * k, H: n[3] * k})
	}
	return out
}

// Whatever is printed stands on its label, on every sheet and roll: bars and squares with their white around them.
func TestEverythingStandsOnItsLabel(t *testing.T) {
	for _, s := range Stocks {
		for _, c := range []Codes{Both, Line} {
			r := run(s.ID)
			r.Codes = c
			labels := numbered(s.Places())
			if s.W < 30 {
				for i := range labels {
					labels[i].Link, labels[i].Number = "", fmt.Sprintf("%06d", i)
				}
			}
			out, err := Print(labels, r)
			if no, is := errors.AsType[*Unfit](err); is {
				if s.W >= 54 && s.H >= 25 {
					t.Errorf("%s, %s: %v", s.ID, c, no)
				}
				continue
			}
			if err != nil || out.Pages != 1 {
				t.Fatalf("%s, %s: %d pages, %v", s.ID, c, out.Pages, err)
			}
			n := 0
			for _, b := range boxes(t, out.PDF, s.PageH) {
				col, row := int((b.X-s.X)/s.DX), int((b.Y-s.Y)/s.DY)
				x, y := s.X+float64(col)*s.DX, s.Y+float64(row)*s.DY
				if b.X < x+0.5 || b.X+b.W > x+s.W-0.5 || b.Y < y+0.5 || b.Y+b.H > y+s.H-0.5 {
					t.Errorf("%s, %s: %+v leaves its label at %.2f, %.2f", s.ID, c, b, x, y)
					break
				}
				n++
			}
			if n < 15*s.Places() {
				t.Errorf("%s, %s: %d dark places", s.ID, c, n)
			}
			words := regexp.MustCompile(`xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]+)<`).FindAllStringSubmatch(webtest.Tell(t, "pdftotext", "-bbox", webtest.KeepPDF(t, out.PDF), "-"), -1)
			seen := 0
			for _, w := range words {
				if w[5] != labels[seen%len(labels)].Number {
					continue
				}
				at := func(i int) float64 { f, _ := strconv.ParseFloat(w[i], 64); return f * 25.4 / 72 }
				x, y := s.place(seen)
				if at(1) < x-0.05 || at(3) > x+s.W+0.05 || at(2) < y-0.6 || at(4) > y+s.H+0.6 {
					t.Errorf("%s, %s: the number %s stands at %.2f, %.2f, its label at %.2f, %.2f", s.ID, c, w[5], at(1), at(2), x, y)
				}
				seen++
			}
			if seen != len(labels) {
				t.Errorf("%s, %s: %d of %d numbers are read", s.ID, c, seen, len(labels))
			}
		}
	}
}

// dots is a length on paper at 600 dpi.
func dots(mm float64) int { return int(math.Round(mm / 25.4 * 600)) }

// raster prints a page at 600 dpi.
func raster(t *testing.T, pdf []byte) (px []byte, wide, high int) {
	t.Helper()
	base := filepath.Join(t.TempDir(), "page")
	webtest.Tell(t, "pdftoppm", "-r", "600", "-gray", "-singlefile", webtest.KeepPDF(t, pdf), base)
	b, err := os.ReadFile(base + ".pgm")
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.SplitN(b, []byte("\n"), 4)
	if _, err := fmt.Sscan(string(head[1]), &wide, &high); err != nil || string(head[0]) != "P5" || len(head[3]) != wide*high {
		t.Fatalf("no picture: %v", err)
	}
	return head[3], wide, high
}

// Scanners and telephones read what was printed: every number and every link of a sheet.
func TestCodesAreReadBack(t *testing.T) {
	for _, id := range []string{"l4770", "4780", "3651", "7160", "dymo-11354", "dk-1201"} {
		r := run(id)
		labels := numbered(min(r.Stock.Places(), 9))
		labels[0].Funding = "Gefördert aus dem DigitalPakt"
		if id == "l4770" || id == "dymo-11354" {
			labels[0].Funding = ""
		}
		px, wide, _ := raster(t, print(t, labels, r).PDF)
		args := []string{"--quiet", "--nodbus"}
		for i := range labels { // each label by itself, as a scanner sees it
			x, y := r.Stock.place(i)
			x0, y0, x1, y1 := dots(x), dots(y), dots(x+r.Stock.W), dots(y+r.Stock.H)
			cut := fmt.Appendf(nil, "P5\n%d %d\n255\n", x1-x0, y1-y0)
			for row := y0; row < y1; row++ {
				cut = append(cut, px[row*wide+x0:row*wide+x1]...)
			}
			path := filepath.Join(t.TempDir(), fmt.Sprint("label-", i, ".pgm"))
			if err := os.WriteFile(path, cut, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, path)
		}
		read := webtest.Tell(t, "zbarimg", args...)
		for _, l := range labels {
			if !strings.Contains(read, "CODE-128:"+l.Number+"\n") {
				t.Errorf("%s: the bars of %s are not read", id, l.Number)
			}
			if !strings.Contains(read, "QR-Code:"+l.Link+"\n") {
				t.Errorf("%s: the link of %s is not read", id, l.Number)
			}
		}
	}
}

// A printer that moves and stretches is measured with a ruler, to a quarter of a millimetre, and then hits within 0.3 mm all over the
// sheet; what is in the file is exact, and at 600 dpi no bar is a dot wider than its neighbour of the same width.
func TestLEND08_LabelsLieWithinThreeTenthsAfterCalibration(t *testing.T) {
	for _, id := range []string{"l4732", "l4770", "3474"} {
		for _, miss := range []paper.Fit{{ScaleX: 1, ScaleY: 1}, {OffX: 1.3, OffY: -0.9, ScaleX: 0.996, ScaleY: 1.004}, {OffX: -2.1, OffY: 3.4, ScaleX: 1.003, ScaleY: 0.992}} {
			quarter := func(x float64) float64 { return math.Round(x*4) / 4 }
			read := Measured{Left: quarter(miss.OffX + miss.ScaleX*MarkX), Top: quarter(miss.OffY + miss.ScaleY*MarkY), Across: quarter(miss.ScaleX * RulerX), Down: quarter(miss.ScaleY * RulerY)}
			if wrong := read.Check(); wrong != nil {
				t.Fatalf("%+v is refused: %v", read, wrong)
			}
			r := run(id)
			if r.Stock.H < 20 {
				r.Codes = Line
			}
			labels := numbered(r.Stock.Places())
			want := boxes(t, print(t, labels, r).PDF, r.Stock.PageH)
			r.Fit = read.Fit()
			got := boxes(t, print(t, labels, r).PDF, r.Stock.PageH)
			if len(got) != len(want) || len(got) < 1000 {
				t.Fatalf("%d dark places, %d without calibration", len(got), len(want))
			}
			worst := 0.0
			for i, b := range got {
				x, y := miss.OffX+miss.ScaleX*b.X, miss.OffY+miss.ScaleY*b.Y
				worst = max(worst, math.Abs(x-want[i].X), math.Abs(y-want[i].Y))
			}
			if worst >= 0.3 {
				t.Errorf("%s, %+v: the labels lie %.2f mm off", id, miss, worst)
			}
		}
	}
	r := run("l4732")
	r.Codes = Line
	pdf := print(t, numbered(80), r).PDF
	px, wide, _ := raster(t, pdf)
	dark := func(x, y int) bool { return px[y*wide+x] < 128 }
	for _, b := range boxes(t, pdf, r.Stock.PageH) {
		y, from, to := dots(b.Y+b.H/2), dots(b.X), dots(b.X+b.W)
		for x := from; x < to; x++ {
			if !dark(x, y) {
				t.Fatalf("the bar at %.3f mm is broken at dot %d", b.X, x)
			}
		}
		if dark(from-2, y) && dark(from-1, y) || dark(to, y) && dark(to+1, y) {
			t.Fatalf("the bar at %.3f mm is wider than %d dots", b.X, to-from)
		}
	}
}

func TestASheetThatWasBegunIsGoneOnWith(t *testing.T) {
	r := run("3474")
	r.Start, r.Copies = 23, 2
	out := print(t, numbered(3), r)
	if out.Pages != 2 {
		t.Errorf("six labels from place 23 of 24 take %d pages", out.Pages)
	}
	look, err := Look(numbered(3), r)
	if err != nil || look.Pages != 2 || !strings.HasPrefix(look.SVG, "<svg") || !strings.Contains(look.SVG, "MS-26-000417") {
		t.Errorf("the preview says %d pages: %v", look.Pages, err)
	}
	again := print(t, numbered(3), r)
	if !bytes.Equal(out.PDF, again.PDF) {
		t.Error("the same labels are another file")
	}
	info := webtest.Tell(t, "pdfinfo", webtest.KeepPDF(t, out.PDF))
	for _, want := range []string{"Title:           Etiketten", "Tagged:          yes", "Page size:       595.28 x 841.89 pts (A4)"} {
		if !strings.Contains(info, want) {
			t.Errorf("pdfinfo does not say %q:\n%s", want, info)
		}
	}
	if !bytes.Contains(out.PDF, []byte("/PrintScaling/None")) {
		t.Error("viewers may scale the sheet")
	}
	for _, line := range strings.Split(strings.TrimSpace(webtest.Tell(t, "pdffonts", webtest.KeepPDF(t, out.PDF))), "\n")[2:] {
		if f := strings.Fields(line); len(f) < 7 || f[4] != "yes" {
			t.Errorf("a font is not embedded: %s", line)
		}
	}
}

// Nothing is printed that cannot be used: what has no room is said before, and what of it.
func TestWhatDoesNotFitIsSaidBefore(t *testing.T) {
	long := Label{Number: "MUSTERSTADT-GRUNDSCHULEN-2026-000417", Owner: "Musterstadt"}
	for _, x := range []struct {
		what  string
		stock string
		codes Codes
		label Label
		part  string
	}{
		{"bars wider than the label", "l4732", Line, long, "bars"},
		{"a number longer than the label", "l4730", None, long, "number"},
		{"letters no scanner types", "7160", Line, Label{Number: "MÜ-000417"}, "letters"},
		{"two codes on a pencil", "8658", Both, numbered(1)[0], ""},
		{"a line of funding", "8651", None, Label{Number: "1", Funding: strings.Repeat("Gefördert ", 8)}, "funding"},
	} {
		r := run(x.stock)
		r.Codes = x.codes
		_, err := Print([]Label{x.label}, r)
		no, is := errors.AsType[*Unfit](err)
		if !is || x.part != "" && no.Part != x.part {
			t.Errorf("%s: %v", x.what, err)
		}
	}
	r := run("7160")
	r.Codes = QR
	if _, err := Print([]Label{{Number: "MÜ-000417"}}, r); err != nil {
		t.Errorf("a QR code writes every letter: %v", err)
	}
	small := run("l4732")
	small.Codes = Line
	if out := print(t, numbered(1), small); !slices.Contains(out.Notes, "bars") {
		t.Errorf("nobody is told that the bars are narrow: %v", out.Notes)
	}
	if out := print(t, numbered(1), run("7163")); len(out.Notes) > 0 {
		t.Errorf("a large label is warned of: %v", out.Notes)
	}
}

func TestACalibrationPageShowsWhatIsMeasured(t *testing.T) {
	pdf, err := Calibration(Words{Title: "Kalibrierseite", Steps: []string{"Drucken."}, Left: "Maß 1", Top: "Maß 2", Across: "Maß 3", Down: "Maß 4"}, "de-DE", made)
	if err != nil {
		t.Fatal(err)
	}
	has := func(what string, ok func(b paper.Box) bool) {
		t.Helper()
		if !slices.ContainsFunc(boxes(t, pdf, 297), ok) {
			t.Errorf("there is no %s", what)
		}
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 0.05 }
	has("line down at 20 mm", func(b paper.Box) bool { return near(b.X+b.W/2, 20) && b.H > 250 })
	has("line across at 20 mm", func(b paper.Box) bool { return near(b.Y+b.H/2, 20) && b.W > 170 })
	has("end of the ruler across", func(b paper.Box) bool { return near(b.X+b.W/2, 190) && b.W > 0.2 && b.H > 5 })
	has("end of the ruler down", func(b paper.Box) bool { return near(b.Y+b.H/2, 270) && b.H > 0.2 && b.W > 5 })
	text := webtest.ReadPDF(t, pdf)
	for _, want := range []string{"Kalibrierseite", "Maß 1", "Maß 4"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for _, m := range []Measured{{Left: 20, Top: 20, Across: 170, Down: 300}, {Left: 45, Top: 20, Across: 170, Down: 250}, {Left: math.NaN(), Top: 20, Across: 170, Down: 250}} {
		if m.Check() == nil {
			t.Errorf("%+v is believed", m)
		}
	}
}
