package school_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"ranzen/store/school"
)

func TestMUSES09_ALookIsCheckedBeforeItIsKept(t *testing.T) {
	for colour, want := range map[string]string{"": "", " #1A4F8B ": "", "#000000": "", "#ffffff": "look_contrast", "#f7c600": "look_contrast", "red": "look_colour", "#fff": "look_colour",
		"#1a4f8b;}": "look_colour"} {
		l := school.Look{Colour: colour}
		if got := code(l.Check()); got != want {
			t.Errorf("%q: %q, want %q", colour, got, want)
		}
	}
	if c := school.Contrast("#000000"); c < 20.9 || c > 21.1 {
		t.Errorf("white on black: %f", c)
	}
	for portal, want := range map[string]string{"https://Portal.Musterstadt.example/": "", "https://portal.musterstadt.example:8443": "", "http://portal.musterstadt.example": "look_portal",
		"https://portal.musterstadt.example/start": "look_portal", "https://*.example": "look_portal", "*": "look_portal", "https://a.example; script-src *": "look_portal",
		"https://a.example 'self'": "look_portal", "https://u:p@a.example": "look_portal", "https://localhost": "look_portal", "": "look_portal"} {
		l := school.Look{Portals: []string{portal}}
		if got := code(l.Check()); got != want {
			t.Errorf("%q: %q, want %q", portal, got, want)
		}
	}
	l := school.Look{Portals: []string{"https://Portal.Musterstadt.example/"}}
	if err := l.Check(); err != nil || !slices.Equal(l.Portals, []string{"https://portal.musterstadt.example"}) {
		t.Errorf("%v %v", l.Portals, err)
	}
}

func code(err error) string {
	for _, e := range school.Refusals(err) {
		return e.Code
	}
	return ""
}

func TestMUSES09_ALogoIsEncodedAnew(t *testing.T) {
	from := image.NewNRGBA(image.Rect(0, 0, 1000, 300))
	for x := range 500 {
		for y := range 300 {
			from.Set(x, y, color.NRGBA{200, 0, 0, 255})
		}
	}
	var p, j bytes.Buffer
	if err := png.Encode(&p, from); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&j, from, nil); err != nil {
		t.Fatal(err)
	}
	p.WriteString("<script>alert(1)</script>") // what hangs on behind a picture does not go on
	for name, b := range map[string][]byte{"png": p.Bytes(), "jpeg": j.Bytes()} {
		got, err := school.CleanLogo(b)
		if err != nil {
			t.Fatal(name, err)
		}
		logo, format, err := image.Decode(bytes.NewReader(got))
		if err != nil || format != "png" || logo.Bounds().Dy() > 64 || logo.Bounds().Dx() > 480 || bytes.Contains(got, []byte("script")) {
			t.Errorf("%s: %s %v %v", name, format, logo.Bounds(), err)
		}
		if r, g, b, a := logo.At(5, 5).RGBA(); r>>8 < 180 || g>>8 > 20 || b>>8 > 20 || a>>8 != 255 {
			t.Errorf("%s: %d %d %d %d", name, r>>8, g>>8, b>>8, a>>8)
		}
		if _, _, _, a := logo.At(logo.Bounds().Dx()-5, 5).RGBA(); name == "png" && a != 0 {
			t.Errorf("what can be seen through became paper")
		}
	}
	for name, b := range map[string][]byte{"svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "nothing": nil, "text": []byte("GIF89a"), "large": make([]byte, 3<<20)} {
		if _, err := school.CleanLogo(b); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
