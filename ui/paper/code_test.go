package paper

import (
	"strings"
	"testing"

	"github.com/boombuler/barcode/code128"
	"pgregory.net/rapid"
)

// modules turns widths into dark and light modules.
func modules(b Bars) string {
	var out strings.Builder
	for i, w := range b {
		out.WriteString(strings.Repeat(map[bool]string{true: "1", false: "0"}[i%2 == 0], int(w)))
	}
	return out.String()
}

// The table of symbols is the standard's: another encoder draws a text the same way where both have no choice.
func TestSymbolsAreThoseOfTheStandard(t *testing.T) {
	for _, text := range []string{"A", "MS", "a-b", "~", " !\"#$%&'()*+,-./", ":;<=>?@", "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`", "abcdefghijklmnopqrstuvwxyz{|}", "1234", "00112233445566778899", "98765432102468135790"} {
		b, err := Code128(text)
		if err != nil {
			t.Fatal(err)
		}
		other, err := code128.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		for x := range other.Bounds().Dx() {
			r, _, _, _ := other.At(x, 0).RGBA()
			want.WriteString(map[bool]string{true: "1", false: "0"}[r == 0])
		}
		if got := modules(b); got != want.String() {
			t.Errorf("%q is drawn\n%s, not\n%s", text, got, want.String())
		}
	}
}

// shortest is the least number of symbols a text needs, found by trying everything.
func shortest(text string, c bool) int {
	if text == "" {
		return 0
	}
	best := 1 << 20
	if c {
		if len(text) > 1 && isDigit(text[0]) && isDigit(text[1]) {
			best = 1 + shortest(text[2:], true)
		}
		return min(best, 2+shortest(text[1:], false)) // switch and one letter
	}
	best = 1 + shortest(text[1:], false)
	if len(text) > 1 && isDigit(text[0]) && isDigit(text[1]) {
		best = min(best, 2+shortest(text[2:], true))
	}
	return best
}

func TestBarsAreAsShortAsCanBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9A-Z-]{1,12}`).Draw(t, "text")
		b, err := Code128(text)
		if err != nil {
			t.Fatal(err)
		}
		want := 11*(1+min(shortest(text, false), shortest(text, true))+1) + 13 // start, text, check, stop
		if b.Modules() != want {
			t.Errorf("%q takes %d modules, %d would do", text, b.Modules(), want)
		}
	})
	b, err := Code128("123456789012")
	if err != nil || b.Modules() != 101 {
		t.Errorf("twelve digits take %d modules: %v", b.Modules(), err)
	}
}

func TestWhatNoKeyboardTypesIsNotWrittenInBars(t *testing.T) {
	for _, text := range []string{"", "MÜ-1", "a\tb", "\x7f", "–"} {
		if _, err := Code128(text); err != ErrNoBars {
			t.Errorf("%q: %v", text, err)
		}
	}
}
