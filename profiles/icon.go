package profiles

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	_ "image/gif"
	_ "image/jpeg"
	"image/png"
)

const (
	maxUpload = 2 << 20 // bytes of an uploaded image
	maxSide   = 4096    // pixels, before it is decoded
	maxPixels = 6 << 20 // in all: a screenshot of the largest iPad
	iconSize  = 400     // Apple's web clips show no more
)

// icon decodes an uploaded image and writes it anew as PNG of at most iconSize pixels a side: what reaches an iPad was
// drawn here, and nothing hidden in the file comes along. The size is read before the pixels are.
func icon(upload []byte) ([]byte, error) {
	if len(upload) > maxUpload {
		return nil, errors.New("the image file is too large")
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(upload))
	if err != nil {
		return nil, err
	}
	if head.Width < 1 || head.Height < 1 || head.Width > maxSide || head.Height > maxSide || head.Width*head.Height > maxPixels {
		return nil, errors.New("the image has too many pixels")
	}
	img, _, err := image.Decode(bytes.NewReader(upload))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrink(img, iconSize)); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// shrink brings an image to at most size pixels a side; each new pixel is the mean of those it stands for.
func shrink(img image.Image, size int) image.Image {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	if longest := max(w, h); longest > size {
		w, h = max(1, w*size/longest), max(1, h*size/longest)
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		y0, y1 := b.Min.Y+y*b.Dy()/h, b.Min.Y+(y+1)*b.Dy()/h
		for x := range w {
			x0, x1 := b.Min.X+x*b.Dx()/w, b.Min.X+(x+1)*b.Dx()/w
			var sum [4]uint64
			for v := y0; v < y1; v++ {
				for u := x0; u < x1; u++ {
					r, g, bl, a := img.At(u, v).RGBA()
					sum[0], sum[1], sum[2], sum[3] = sum[0]+uint64(r), sum[1]+uint64(g), sum[2]+uint64(bl), sum[3]+uint64(a)
				}
			}
			n := uint64((y1 - y0) * (x1 - x0))
			out.Set(x, y, color.RGBA64{R: uint16(sum[0] / n), G: uint16(sum[1] / n), B: uint16(sum[2] / n), A: uint16(sum[3] / n)})
		}
	}
	return out
}
