package scan

import (
	"image"
	"math"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
)

// bars reads the bars of a page, as far as they are known. They stand at its foot, wherever that is: a page may lie upside down or across, and a little
// askew. What is likely is looked at first, so that most pages cost little.
func bars(g *image.Gray, known func(string) bool) string {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if w < 40 || h < 40 {
		return ""
	}
	edges := []struct {
		of   image.Rectangle
		turn float64
	}{{image.Rect(0, h*5/6, w, h), 0}, {image.Rect(0, 0, w, h/6), 180}, {image.Rect(0, 0, w/6, h), 90}, {image.Rect(w*5/6, 0, w, h), -90}}
	if w > h { // it lies across
		edges = append(edges[2:], edges[:2]...)
	}
	for _, askew := range []float64{0, 2.5, -2.5, 5, -5, 8, -8} {
		for _, e := range edges {
			if text := read(turned(g, e.of, e.turn+askew), known); text != "" {
				return text
			}
		}
	}
	return read(g, known)
}

// read reads bars that lie across a picture.
func read(g *image.Gray, known func(string) bool) string {
	if blank(g) {
		return ""
	}
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Stride, h, 0, 0, w, h, false)
	if err != nil {
		return ""
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		return ""
	}
	found, err := oned.NewCode128Reader().Decode(bitmap, map[gozxing.DecodeHintType]interface{}{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil || !known(found.GetText()) {
		return ""
	}
	return found.GetText()
}

// blank reports whether there is too little on a picture for bars: nothing darker than the paper.
func blank(g *image.Gray) bool {
	lightest, darkest := uint8(0), uint8(255)
	for _, v := range g.Pix {
		lightest, darkest = max(lightest, v), min(darkest, v)
	}
	return int(lightest)-int(darkest) < 24
}

// turned is a part of a picture, turned by degrees against the clock; what lies outside is white.
func turned(g *image.Gray, of image.Rectangle, degrees float64) *image.Gray {
	if degrees == 0 {
		out := image.NewGray(image.Rect(0, 0, of.Dx(), of.Dy()))
		for y := range of.Dy() {
			copy(out.Pix[y*out.Stride:(y+1)*out.Stride], g.Pix[(of.Min.Y+y)*g.Stride+of.Min.X:])
		}
		return out
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(of.Dx()), float64(of.Dy())
	out := image.NewGray(image.Rect(0, 0, int(math.Abs(w*cos)+math.Abs(h*sin)), int(math.Abs(w*sin)+math.Abs(h*cos))))
	cx, cy := float64(of.Min.X)+w/2, float64(of.Min.Y)+h/2
	ox, oy := float64(out.Rect.Dx())/2, float64(out.Rect.Dy())/2
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			dx, dy := float64(x)-ox+0.5, float64(y)-oy+0.5
			at := image.Pt(int(math.Floor(cx+dx*cos-dy*sin)), int(math.Floor(cy+dx*sin+dy*cos)))
			v := uint8(255)
			if at.In(of) {
				v = g.Pix[at.Y*g.Stride+at.X]
			}
			out.Pix[y*out.Stride+x] = v
		}
	}
	return out
}
