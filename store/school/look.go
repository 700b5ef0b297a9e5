package school

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Look is how the pages of an authority look, and which portals may show them inside a page of theirs.
type Look struct {
	Colour  string   // "#rrggbb", behind white writing; empty: none of its own
	Portals []string // origins, "https://portal.musterstadt.example"
	Logo    []byte   // PNG
}

// Limits of a look.
const (
	MostPortals   = 5
	MostLogoBytes = 2 << 20
	logoHeight    = 64 // twice what is shown, for dense screens
	logoWidth     = 480
	// EnoughContrast is what WCAG 2.2 AA wants between writing and what is behind it.
	EnoughContrast = 4.5
)

var colourForm = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// Check brings a look into the form in which it is kept, or refuses it.
func (l *Look) Check() error {
	l.Colour = strings.ToLower(strings.TrimSpace(l.Colour))
	if l.Colour != "" && !colourForm.MatchString(l.Colour) {
		return Refuse("colour", "look_colour")
	}
	if c := Contrast(l.Colour); l.Colour != "" && c < EnoughContrast {
		return Refuse("colour", "look_contrast", strconv.FormatFloat(math.Floor(c*10)/10, 'f', 1, 64))
	}
	if len(l.Portals) > MostPortals {
		return Refuse("portals", "look_portals", MostPortals)
	}
	for i, p := range l.Portals {
		o, ok := origin(p)
		if !ok {
			return Refuse("portals", "look_portal", p)
		}
		l.Portals[i] = o
	}
	return nil
}

// origin is scheme, host and port of an address that is nothing more: it goes into a header as it is.
func origin(s string) (string, bool) {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "/")))
	if err != nil || u.Scheme != "https" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return "", false
	}
	return u.String(), hostForm.MatchString(u.Host)
}

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[0-9]{1,5})?$`)

// Contrast is that of white writing on a colour, from 1 to 21 as WCAG counts.
func Contrast(colour string) float64 {
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		return 1
	}
	light := func(v uint64) float64 {
		c := float64(v&255) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 1.05 / (0.2126*light(n>>16) + 0.7152*light(n>>8) + 0.0722*light(n) + 0.05)
}

// CleanLogo makes of a PNG or JPEG a small PNG of our own: nothing of the file goes on but what is to be seen. A picture that could
// carry a script is none of the two.
func CleanLogo(b []byte) ([]byte, error) {
	from, err := readPicture("logo", b, MostLogoBytes)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, shrunk(from)); err != nil {
		return nil, Refuse("logo", "picture_form")
	}
	return out.Bytes(), nil
}

// shrunk makes a picture no higher and no wider than a logo; what can be seen through stays so.
func shrunk(from image.Image) *image.RGBA {
	b := from.Bounds()
	whole := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(whole, whole.Bounds(), from, b.Min, draw.Src)
	return meanOf(whole, max((b.Dy()+logoHeight-1)/logoHeight, (b.Dx()+logoWidth-1)/logoWidth))
}
