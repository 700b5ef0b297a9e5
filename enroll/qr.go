package enroll

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the white margin a QR code needs, in modules.
const quiet = 4

// QR draws a text, usually the link of a code, as SVG: modules as rectangles, sharp in every size and on paper. The text
// itself stands beside it on every page, so readers of the screen are not told about the drawing.
func QR(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	n := code.Bounds().Dx()
	dark := func(x, y int) bool {
		return x < n && color.GrayModel.Convert(code.At(code.Bounds().Min.X+x, code.Bounds().Min.Y+y)).(color.Gray).Y < 128
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" shape-rendering="crispEdges" aria-hidden="true">`, n+2*quiet)
	fmt.Fprintf(&b, `<rect width="%d" height="%[1]d" fill="#fff"/>`, n+2*quiet)
	for y := range n {
		for x := 0; x < n; x++ {
			wide := 0
			for dark(x+wide, y) {
				wide++
			}
			if wide > 0 {
				fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="1" fill="#000"/>`, x+quiet, y+quiet, wide)
				x += wide
			}
		}
	}
	b.WriteString(`</svg>`)
	return b.String(), nil
}
