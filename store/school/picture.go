package school

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png" // read, never written
)

// Limits of pictures of a damage.
const (
	MostPictureBytes = 12 << 20
	mostPixels       = 30_000_000
	longestSide      = 1600
)

// CleanPicture makes of a photograph a JPEG that holds nothing but what is to be seen: no place, no camera, no hour. It is
// made smaller, for nobody needs the pores of a scratch.
func CleanPicture(b []byte) ([]byte, error) {
	from, err := readPicture("picture", b, MostPictureBytes)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, turned(smaller(from), orientation(b)), &jpeg.Options{Quality: 82}); err != nil {
		return nil, Refuse("picture", "picture_form")
	}
	return out.Bytes(), nil
}

// readPicture reads a PNG or JPEG that came in a field, if it is not larger than anybody needs.
func readPicture(field string, b []byte, most int) (image.Image, error) {
	if len(b) > most {
		return nil, Refuse(field, "picture_large", most>>20)
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || format != "jpeg" && format != "png" || size.Width <= 0 || size.Height <= 0 {
		return nil, Refuse(field, "picture_form")
	}
	if size.Width > mostPixels/size.Height {
		return nil, Refuse(field, "picture_large", most>>20)
	}
	x, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, Refuse(field, "picture_form")
	}
	return x, nil
}

// smaller makes the longer side of a picture no longer than longestSide.
func smaller(from image.Image) *image.RGBA {
	b := from.Bounds()
	whole := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(whole, whole.Bounds(), image.White, image.Point{}, draw.Src) // what can be seen through becomes paper
	draw.Draw(whole, whole.Bounds(), from, b.Min, draw.Over)
	return meanOf(whole, (max(b.Dx(), b.Dy())+longestSide-1)/longestSide)
}

// meanOf takes the mean of the squares of so many pixels a picture is divided into.
func meanOf(whole *image.RGBA, by int) *image.RGBA {
	if by <= 1 {
		return whole
	}
	w, h := whole.Rect.Dx(), whole.Rect.Dy()
	to := image.NewRGBA(image.Rect(0, 0, max(1, w/by), max(1, h/by)))
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			var sum [4]int
			n := 0
			for v := y * by; v < min((y+1)*by, h); v++ {
				for u := x * by; u < min((x+1)*by, w); u++ {
					for k, c := range whole.Pix[whole.PixOffset(u, v) : whole.PixOffset(u, v)+4] {
						sum[k] += int(c)
					}
					n++
				}
			}
			at := to.Pix[to.PixOffset(x, y):]
			for k := range sum {
				at[k] = uint8(sum[k] / n)
			}
		}
	}
	return to
}

// orientation reads how a telephone was held (EXIF 2.32, tag 0x0112), for the mark goes with the rest; 1 where nothing is said.
func orientation(b []byte) int {
	for i := 2; i+4 < len(b) && b[i] == 0xFF; {
		kind, size := b[i+1], int(b[i+2])<<8|int(b[i+3])
		if kind == 0xDA || size < 2 || i+2+size > len(b) {
			return 1
		}
		if part := b[i+4 : i+2+size]; kind == 0xE1 && bytes.HasPrefix(part, []byte("Exif\x00\x00")) {
			return exifOrientation(part[6:])
		}
		i += 2 + size
	}
	return 1
}

func exifOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	little := t[0] == 'I'
	number := func(at, size int) int {
		if at < 0 || at+size > len(t) {
			return -1
		}
		n := 0
		for k := range size {
			i := at + k
			if little {
				i = at + size - 1 - k
			}
			n = n<<8 | int(t[i])
		}
		return n
	}
	dir := number(4, 4)
	for k := range max(0, min(number(dir, 2), 200)) {
		at := dir + 2 + 12*k
		if number(at, 2) == 0x0112 {
			if o := number(at+8, 2); o >= 1 && o <= 8 {
				return o
			}
		}
	}
	return 1
}

// turned puts a picture upright.
func turned(from *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	tw, th := w, h
	if orientation >= 5 {
		tw, th = h, w
	}
	to := image.NewRGBA(image.Rect(0, 0, tw, th))
	for y := range h {
		for x := range w {
			u, v := x, y
			switch orientation {
			case 2:
				u = w - 1 - x
			case 3:
				u, v = w-1-x, h-1-y
			case 4:
				v = h - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = h-1-y, x
			case 7:
				u, v = h-1-y, w-1-x
			case 8:
				u, v = y, w-1-x
			}
			to.SetRGBA(u, v, from.RGBAAt(x, y))
		}
	}
	return to
}
