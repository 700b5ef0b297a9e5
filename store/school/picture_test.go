package school

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// photograph is a JPEG with a red upper left quarter, and the marks a telephone writes: how it was held, and where.
func photograph(t testing.TB, w, h, orientation int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.White)
			if x < w/2 && y < h/2 {
				m.Set(x, y, color.RGBA{220, 0, 0, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[6+8+2+9] = byte(orientation)
	exif = append(exif, []byte("GPS 51.9607 7.6261")...)
	var size [2]byte
	binary.BigEndian.PutUint16(size[:], uint16(len(exif)+2))
	return append(append([]byte{0xFF, 0xD8, 0xFF, 0xE1, size[0], size[1]}, exif...), b.Bytes()[2:]...)
}

func TestAPictureHoldsNothingButWhatIsToBeSeen(t *testing.T) {
	for orientation, red := range map[int]image.Point{1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}} {
		b, err := CleanPicture(photograph(t, 1700, 1300, orientation))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
			t.Errorf("orientation %d: the marks are still there", orientation)
		}
		m, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		s := m.Bounds().Size()
		if max(s.X, s.Y) > longestSide || (s.X > s.Y) != (orientation < 5) {
			t.Errorf("orientation %d: %v", orientation, s)
		}
		_, g, _, _ := m.At(s.X/4+red.X*s.X/2, s.Y/4+red.Y*s.Y/2).RGBA()
		if g > 0x4000 {
			t.Errorf("orientation %d: not upright", orientation)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 3, 1))); err != nil {
		t.Fatal(err)
	}
	if b, err := CleanPicture(b.Bytes()); err != nil || !bytes.HasPrefix(b, []byte{0xFF, 0xD8}) {
		t.Error(err)
	}
	for name, bad := range map[string][]byte{"nothing": nil, "text": []byte("GIF89a"), "half": photograph(t, 40, 30, 1)[:200], "much": make([]byte, MostPictureBytes+1)} {
		if _, err := CleanPicture(bad); KindOf(err) != Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzCleanPicture: foreign bytes become a picture or are refused.
func FuzzCleanPicture(f *testing.F) {
	f.Add(photograph(f, 8, 8, 6))
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x10Exif\x00\x00II"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := CleanPicture(b); err != nil && KindOf(err) != Invalid {
			t.Fatal(err)
		}
		orientation(b)
	})
}
