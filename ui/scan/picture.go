package scan

import (
	"image"

	"ranzen/store/school"
)

// Refusals of whole files.
var (
	errLocked = school.Refuse("file", "scan_locked")
	errMany   = school.Refuse("file", "scan_pages", MaxPages)
)

// picture unpacks a picture of a PDF (ISO 32000-1, 8.9.5): a JPEG, a fax of group 4, or pixels as they are.
func (f *file) picture(s stream) (*image.Gray, error) {
	names, with := f.filters(s.dict)
	left := f.most(s)
	if n := len(names); n > 0 && names[n-1] != "FlateDecode" {
		b := s.body
		for i, x := range names[:n-1] {
			if x != "FlateDecode" {
				return nil, errPicture
			}
			var err error
			if b, err = inflated(b, &left); err == nil {
				b, err = f.unpredicted(b, with[i])
			}
			if err != nil {
				return nil, err
			}
		}
		switch names[n-1] {
		case "DCTDecode":
			return decoded(b)
		case "CCITTFaxDecode":
			return f.fax(s, b, with[n-1])
		}
		return nil, errPicture
	}
	b, err := f.unpack(s, &left)
	if err != nil {
		return nil, err
	}
	return f.pixelsOf(s, b)
}

// most is how many bytes a picture can need: its pixels, a byte for each line that says how it is written, and a little. What is
// not read here needs none.
func (f *file) most(s stream) int {
	w, h := f.size(s)
	if !sized(w, h) {
		return 0
	}
	colors, _ := f.colors(s.dict["ColorSpace"])
	return h*(w*max(colors, 1)+1) + 1<<16
}

// pixelsOf reads pixels that are packed no more.
func (f *file) pixelsOf(s stream, b []byte) (*image.Gray, error) {
	w, h := f.size(s)
	bits, _ := f.get(s.dict["BitsPerComponent"]).(int)
	if s.dict["ImageMask"] == true {
		bits = 1
	}
	colors, palette := f.colors(s.dict["ColorSpace"])
	if !sized(w, h) || bits != 1 && bits != 8 || colors == 0 || bits == 1 && colors != 1 {
		return nil, errPicture
	}
	line := (w*colors*bits + 7) / 8
	if len(b) < line { // not one line of it
		return nil, errPicture
	}
	inverted := false
	if d, ok := f.get(s.dict["Decode"]).(array); ok && len(d) > 0 {
		inverted = d[0] == 1 || d[0] == 1.0
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row := g.Pix[y*g.Stride : y*g.Stride+w]
		if len(b) < line {
			for x := range row {
				row[x] = 255
			}
			continue
		}
		for x := range row {
			var v byte
			switch {
			case bits == 1:
				v = 255 * (b[x/8] >> (7 - x%8) & 1)
			case colors == 1:
				v = b[x]
			case colors == 3:
				v = luma(b[3*x], b[3*x+1], b[3*x+2])
			case colors == 4:
				v = byte(max(0, 255-int(luma(b[4*x], b[4*x+1], b[4*x+2]))-int(b[4*x+3])))
			}
			if palette != nil {
				i := int(v)
				if bits == 1 {
					i = int(v & 1)
				}
				if v = 0; i < len(palette) {
					v = palette[i]
				}
			}
			if inverted {
				v = 255 - v
			}
			row[x] = v
		}
		b = b[line:]
	}
	return g, nil
}

func luma(r, g, b byte) byte { return byte((299*int(r) + 587*int(g) + 114*int(b)) / 1000) }

// colors is how many numbers a pixel has, and of a palette how bright each of its colours is; 0: what is not read here.
func (f *file) colors(v any) (n int, palette []byte) {
	switch x := f.get(v).(type) {
	case nil:
		return 1, nil // a mask
	case name:
		return map[name]int{"DeviceGray": 1, "CalGray": 1, "G": 1, "DeviceRGB": 3, "CalRGB": 3, "RGB": 3, "DeviceCMYK": 4, "CMYK": 4}[x], nil
	case array:
		if len(x) == 0 {
			return 0, nil
		}
		switch kind, _ := f.get(x[0]).(name); kind {
		case "ICCBased":
			if len(x) > 1 {
				n, _ := f.get(f.dict(x[1])["N"]).(int)
				if n == 1 || n == 3 || n == 4 {
					return n, nil
				}
			}
		case "CalGray":
			return 1, nil
		case "CalRGB", "Lab":
			return 3, nil
		case "Indexed":
			return f.palette(x)
		}
	}
	return 0, nil
}

// palette reads colours that are numbered. One that is written in letters is not read: scanners write streams, or digits.
func (f *file) palette(x array) (int, []byte) {
	if len(x) < 4 {
		return 0, nil
	}
	base, nested := f.get(x[1]).(array)
	if nested && len(base) > 0 && f.get(base[0]) == name("Indexed") {
		return 0, nil
	}
	n, _ := f.colors(x[1])
	var b []byte
	switch s := f.get(x[3]).(type) {
	case text:
		b = s
	case stream:
		left := 1 << 16
		var err error
		if b, err = f.unpack(s, &left); err != nil {
			return 0, nil
		}
	}
	if len(b) == 0 || n != 1 && n != 3 {
		return 0, nil
	}
	out := []byte{}
	for ; len(b) >= n && len(out) < 256; b = b[n:] {
		if n == 1 {
			out = append(out, b[0])
		} else {
			out = append(out, luma(b[0], b[1], b[2]))
		}
	}
	return 1, out
}
