package scan

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// printed is a contract as it comes out of a printer: its pages, in grey.
func printed(t testing.TB, number string, dots int) (pages []*image.Gray) {
	t.Helper()
	f := document.Sample(school.LoanContract, web.German, "Musterstadt", "Gymnasium Nord", time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC), 1)
	f.Number = number
	pdf, err := document.PDF(document.Paper{Wording: document.Default(school.LoanContract, web.German), Facts: f, Lang: web.German, Mark: "C3F9A"})
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "page")
	webtest.Tell(t.(*testing.T), "pdftoppm", "-r", fmt.Sprint(dots), "-gray", "-png", webtest.KeepPDF(t.(*testing.T), pdf), base)
	files, err := filepath.Glob(base + "*.png")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	slices.Sort(files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, gray(m))
	}
	return pages
}

// worn is a page as a scanner sees it: turned, and with dirt.
func worn(g *image.Gray, degrees, dirt float64) *image.Gray {
	out := turned(g, g.Rect, degrees)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range out.Pix {
		if r.Float64() < dirt {
			out.Pix[i] = uint8(r.IntN(256))
		}
	}
	return out
}

func asJPEG(t testing.TB, g image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, g, &jpeg.Options{Quality: 70}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawn is a picture as it lies in a PDF.
type drawn struct {
	dict string
	body []byte
}

func inJPEG(t testing.TB, g *image.Gray) drawn {
	return drawn{fmt.Sprintf("/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode", g.Rect.Dx(), g.Rect.Dy()), asJPEG(t, g)}
}

// inBits is a page in black and white, packed as bytes.
func inBits(g *image.Gray) drawn {
	line := (g.Rect.Dx() + 7) / 8
	bits := make([]byte, line*g.Rect.Dy())
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			if g.Pix[y*g.Stride+x] >= 128 {
				bits[y*line+x/8] |= 1 << (7 - x%8)
			}
		}
	}
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(bits)
	z.Close()
	return drawn{fmt.Sprintf("/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode", g.Rect.Dx(), g.Rect.Dy()), b.Bytes()}
}

// stack is a PDF with a picture on each page.
func stack(pages ...drawn) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[")
	for i := range pages {
		fmt.Fprintf(&b, "%d 0 R ", 10+2*i)
	}
	b.WriteString("]>>endobj\n")
	for i, p := range pages {
		fmt.Fprintf(&b, "%d 0 obj<</Type/Page/Parent 2 0 R/Resources<</XObject<</Im0 %d 0 R>>>>/MediaBox[0 0 595 842]>>endobj\n", 10+2*i, 11+2*i)
		fmt.Fprintf(&b, "%d 0 obj<</Type/XObject/Subtype/Image%s/Length %d>>stream\n%s\nendstream endobj\n", 11+2*i, p.dict, len(p.body), p.body)
	}
	b.WriteString("trailer<</Root 1 0 R>>\n%%EOF")
	return b.Bytes()
}

func ours(bars string) bool {
	_, _, _, ok := document.ReadCode(bars)
	return ok
}

func codes(t testing.TB, body []byte) (out []string) {
	t.Helper()
	err := Read(context.Background(), body, ours, func(p Page) error {
		if len(p.Picture) == 0 {
			t.Errorf("page %d has no picture", p.N)
		}
		out = append(out, p.Code)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Pages that were printed are known again as they come from scanners: straight, askew, across, on their head, dirty, coarse, in grey,
// in black and white, as a fax. What carries no bars is a page without them.
func TestMUC11_PrintedPagesAreKnownAgain(t *testing.T) {
	t.Parallel()
	fine, coarse := printed(t, "L-26-000417", 200), printed(t, "L-26-000418", 150)
	blank := image.NewGray(image.Rect(0, 0, 1000, 1400))
	for i := range blank.Pix {
		blank.Pix[i] = 250
	}
	got := codes(t, stack(inJPEG(t, fine[0]), inJPEG(t, worn(fine[0], 180, 0)), inJPEG(t, worn(fine[0], 90, 0.01)), inJPEG(t, worn(fine[0], -90, 0)), inJPEG(t, worn(fine[0], 3, 0.01)), inJPEG(t, worn(fine[0], -6, 0)),
		inBits(fine[1]), inJPEG(t, worn(coarse[0], 1, 0.005)), inJPEG(t, worn(coarse[1], 181.5, 0)), inJPEG(t, blank)))
	want := []string{"L-26-000417/1.C3F9A", "L-26-000417/1.C3F9A", "L-26-000417/1.C3F9A", "L-26-000417/1.C3F9A", "L-26-000417/1.C3F9A", "L-26-000417/1.C3F9A", "L-26-000417/2.C3F9A", "L-26-000418/1.C3F9A", "L-26-000418/2.C3F9A", ""}
	if !slices.Equal(got, want) {
		t.Errorf("read\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := codes(t, asJPEG(t, fine[0])); !slices.Equal(got, want[:1]) {
		t.Errorf("a picture alone: %q", got)
	}
}

// testdata/fax.pdf is a page of ours as Ghostscript writes pages in black and white: a fax of group 4, in lists of objects.
func TestMUC11_AFaxIsRead(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/fax.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte("CCITTFaxDecode")) {
		t.Fatal("it is no fax")
	}
	if got := codes(t, b); !slices.Equal(got, []string{"L-26-000417/1.C3F9A"}) {
		t.Errorf("read %q", got)
	}
}

// What is no stack is refused with the reason; a page that cannot be read is a page.
func TestMUC11_WhatIsNoStackIsRefused(t *testing.T) {
	none := func(Page) error { return nil }
	for body, code := range map[string]string{"": "scan_file", "GIF89a": "scan_file", "%PDF-1.7\nnothing": "scan_file", "\x89PNG\r\n\x1a\n": "",
		"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]>>endobj 3 0 obj<</Type/Page>>endobj trailer<</Root 1 0 R/Encrypt 9 0 R>>": "scan_locked",
		"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Kids[" + strings.Repeat("<</Type/Page>>", MaxPages+1) + "]>>endobj":                   "scan_pages"} {
		err := Read(context.Background(), []byte(body), ours, none)
		var e *school.Error
		if code == "" && err != nil || code != "" && (!errors.As(err, &e) || e.Code != code) {
			t.Errorf("%.20q: %v, want %q", body, err, code)
		}
	}
	var seen []Page
	lost := drawn{"/Width 10/Height 10/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/JBIG2Decode", []byte("x")}
	huge := drawn{"/Width 60000/Height 60000/ColorSpace/DeviceGray/BitsPerComponent 8", []byte("x")}
	if err := Read(context.Background(), stack(lost, huge), ours, func(p Page) error { seen = append(seen, p); return nil }); err != nil || len(seen) != 2 || seen[0].Picture != nil || seen[1].Picture != nil {
		t.Errorf("%+v: %v", seen, err)
	}
	if err := Read(context.Background(), make([]byte, school.MostStack+1), ours, none); school.KindOf(err) != school.Invalid {
		t.Errorf("too large: %v", err)
	}
	gone, end := context.WithCancel(context.Background())
	end()
	if err := Read(gone, stack(lost), ours, none); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits any more: %v", err)
	}
}

// packed is a stream as a PDF packs it.
func packed(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// However many lists of objects blow up, what they unpack to is charged to one account, also of those that come to nothing.
func TestListsThatBlowUpAreCharged(t *testing.T) {
	bomb := packed(packed(make([]byte, maxLists+1)))
	d := func(filter string) dict {
		l := lexer{[]byte("<</Type/ObjStm/N 1/First 4/Filter" + filter + ">>"), 0}
		return l.value(0).(dict)
	}
	f := &file{objects: map[ref]any{}, lists: maxLists}
	f.list(stream{d("[/FlateDecode/FlateDecode]"), bomb})
	if f.lists != 0 {
		t.Errorf("%d bytes are left", f.lists)
	}
	f = &file{objects: map[ref]any{}, lists: maxLists}
	f.list(stream{d("[/FlateDecode/FlateDecode]"), packed(make([]byte, 1<<20))}) // what is in it is packed no second time
	if f.lists != maxLists-1<<20 {
		t.Errorf("%d bytes are left", f.lists)
	}
}

// Lines written as differences come out as they were, whatever way each is written.
func TestPredictedLinesAreUndoneInPlace(t *testing.T) {
	want := []byte{10, 20, 30, 11, 22, 33, 12, 24, 36, 13, 26, 39, 14, 28}
	b := []byte{0, 10, 20, 30, 1, 11, 11, 11, 2, 1, 2, 3, 3, 7, 8, 8, 4, 1, 2}
	l := lexer{[]byte("<</Predictor 15/Columns 3>>"), 0}
	got, err := (&file{}).unpredicted(b, l.value(0).(dict))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, want %v: %v", got, want, err)
	}
}

// Colours are read as brightness, whatever way they are written.
func TestColoursAreReadAsBrightness(t *testing.T) {
	one := func(said, body string) uint8 {
		f := &file{objects: map[ref]any{}}
		l := lexer{[]byte("<<" + said + ">>"), 0}
		g, err := f.picture(stream{l.value(0).(dict), []byte(body)})
		if err != nil {
			t.Errorf("%s: %v", said, err)
			return 0
		}
		return g.GrayAt(0, 0).Y
	}
	for _, x := range []struct {
		dict, body string
		want       uint8
	}{
		{"/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", "\x40", 0x40},
		{"/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[1 0]", "\x40", 0xbf},
		{"/Width 1/Height 1/ColorSpace/DeviceRGB/BitsPerComponent 8", "\xff\xff\xff", 255},
		{"/Width 1/Height 1/ColorSpace/DeviceCMYK/BitsPerComponent 8", "\x00\x00\x00\xff", 0},
		{"/Width 1/Height 1/ColorSpace[/Indexed/DeviceGray 1<00FF>]/BitsPerComponent 1", "\x80", 255},
		{"/Width 1/Height 1/ColorSpace[/Indexed/DeviceRGB 1<FFFFFF000000>]/BitsPerComponent 1", "\x80", 0},
		{"/Width 1/Height 1/ImageMask true", "\x00", 0},
	} {
		if got := one(x.dict, x.body); got != x.want {
			t.Errorf("%s: %d, want %d", x.dict, got, x.want)
		}
	}
}

// Foreign bytes never break the reader, and never cost more than their bounds.
func FuzzRead(f *testing.F) {
	small := image.NewGray(image.Rect(0, 0, 64, 64))
	f.Add(stack(inJPEG(f, small), inBits(small)))
	f.Add(asJPEG(f, small))
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]>>endobj"))
	f.Add([]byte("%PDF-1.5\n1 0 obj<</Type/ObjStm/N 9/First 4/Length 9>>stream\n1 0 2 0 <<>>endstream"))
	f.Add(stack(drawn{"/Width 64/Height 64/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 64>>/BitsPerComponent 1/ColorSpace/DeviceGray", []byte("\x26\xa1\x00\x10\x01")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		_ = Read(context.Background(), b, ours, func(p Page) error {
			if n++; p.N != n || n > MaxPages {
				t.Fatalf("page %d is number %d", p.N, n)
			}
			return nil
		})
	})
}
