// Package scan reads what a scanner makes of a stack of paper: a PDF of pictures, or pictures. It gives each page as a
// picture of its own and the bars that were read on it, so that signed papers find their contracts.
//
// What is read here comes from outside, through machines of any age. So everything has a bound: the file, the pages, the
// pixels of a page, what may be unpacked, and how deep a file may nest. A page that cannot be read is a page without a
// picture, never an error of the whole stack; only a file that is no stack at all is refused.
package scan

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png"

	"ranzen/store/school"
)

// Bounds of a stack.
const (
	MaxPages  = 500
	maxPixels = 40_000_000 // A4 at 600 dots per inch
)

// Page is a page of a stack.
type Page struct {
	N       int    // in the stack, from 1
	Picture []byte // JPEG in grey; nil: there is a page, and what is on it could not be read
	Code    string // what the bars say; empty: there are none, or none that can be read
}

// ErrNone says that a file is no stack of pages.
var ErrNone = school.Refuse("file", "scan_file")

var errPicture = errors.New("scan: no picture that can be read here")

// Read gives the pages of a stack one after the other, with the bars that are known. It stops with the error of each, and with that
// of ctx.
func Read(ctx context.Context, body []byte, known func(bars string) bool, each func(Page) error) error {
	if len(body) > school.MostStack {
		return school.Refuse("file", "scan_large", school.MostStack>>20)
	}
	give := func(n int, picture func() (*image.Gray, error)) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := looked(n, picture, known)
		if err := ctx.Err(); err != nil { // it was not looked at to its end
			return err
		}
		return each(p)
	}
	if bytes.HasPrefix(body, []byte("%PDF-")) {
		pages, err := pdfPages(ctx, body)
		if err != nil {
			return err
		}
		for i, p := range pages {
			if err := give(i+1, func() (*image.Gray, error) { return p.picture(ctx) }); err != nil {
				return err
			}
		}
		return nil
	}
	if !bytes.HasPrefix(body, []byte("\x89PNG")) && !bytes.HasPrefix(body, []byte("\xff\xd8\xff")) {
		return ErrNone
	}
	return give(1, func() (*image.Gray, error) { return decoded(body) })
}

// looked is a page with what is to be seen on it. A picture that breaks the code that reads it is one that cannot be read.
func looked(n int, picture func() (*image.Gray, error), known func(string) bool) (p Page) {
	p.N = n
	defer func() {
		if recover() != nil {
			p = Page{N: n}
		}
	}()
	if g, err := picture(); err == nil {
		p.Code, p.Picture = bars(reduced(g, readSide), known), kept(g)
	}
	return p
}

// decoded reads a JPEG or PNG within the bounds.
func decoded(body []byte) (*image.Gray, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(body))
	if err != nil || !sized(c.Width, c.Height) {
		return nil, errPicture
	}
	m, _, err := image.Decode(bytes.NewReader(body))
	if err != nil {
		return nil, errPicture
	}
	return gray(m), nil
}

// sized reports whether a picture is one and not too large. Sides are bounded first, so that nothing overflows.
func sized(w, h int) bool { return w > 0 && h > 0 && w < 1<<16 && h < 1<<16 && w*h <= maxPixels }

func gray(m image.Image) *image.Gray {
	if g, ok := m.(*image.Gray); ok && g.Rect.Min == (image.Point{}) {
		return g
	}
	b := m.Bounds()
	g := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	if y, ok := m.(*image.YCbCr); ok {
		for r := range b.Dy() {
			at := y.YOffset(b.Min.X, b.Min.Y+r)
			copy(g.Pix[r*g.Stride:(r+1)*g.Stride], y.Y[at:at+b.Dx()])
		}
		return g
	}
	for r := range b.Dy() {
		for c := range b.Dx() {
			g.Pix[r*g.Stride+c] = color.GrayModel.Convert(m.At(b.Min.X+c, b.Min.Y+r)).(color.Gray).Y
		}
	}
	return g
}

// How large a page is at most: where its bars are looked for, and as it is kept. A4 at 150 dots per inch can be read and printed.
const (
	readSide = 4200
	keptSide = 1754
)

// reduced is a picture whose sides are no longer than that. Whole blocks become one pixel, so that thin writing does not vanish.
func reduced(g *image.Gray, side int) *image.Gray {
	f := (max(g.Rect.Dx(), g.Rect.Dy()) + side - 1) / side
	if f < 2 {
		return g
	}
	small := image.NewGray(image.Rect(0, 0, max(1, g.Rect.Dx()/f), max(1, g.Rect.Dy()/f)))
	for y := range min(small.Rect.Dy(), g.Rect.Dy()/f) {
		for x := range min(small.Rect.Dx(), g.Rect.Dx()/f) {
			sum := 0
			for dy := range f {
				at := (y*f+dy)*g.Stride + x*f
				for _, v := range g.Pix[at : at+f] {
					sum += int(v)
				}
			}
			small.Pix[y*small.Stride+x] = uint8(sum / (f * f))
		}
	}
	return small
}

// kept is a page as it is kept.
func kept(g *image.Gray) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, reduced(g, keptSide), &jpeg.Options{Quality: 60}); err != nil {
		return nil
	}
	return out.Bytes()
}
