package paper

import (
	"errors"
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// Bars is a Code 128 symbol: widths of bars and spaces in modules, in turn, the first a bar (ISO/IEC 15417). The quiet
// zones beside it are not part of it.
type Bars []byte

// BarsQuiet is the white a Code 128 symbol needs at either side, in modules.
const BarsQuiet = 10

// Modules is how wide a symbol is.
func (b Bars) Modules() (n int) {
	for _, w := range b {
		n += int(w)
	}
	return n
}

// ErrNoBars says that a text has a letter Code 128 does not write here: what is printed is what a keyboard types.
var ErrNoBars = errors.New("paper: only letters of ASCII can be written in bars")

// Values of Code 128 that are no letters.
const (
	toC, toB       = 99, 100
	startB, startC = 104, 105
	stopBars       = 106
)

// Code128 writes a text in bars. Of the two sets that matter, B (one letter a symbol) and C (two digits a symbol), it takes
// those that make the symbol shortest; what is over is decided from the end to the beginning.
func Code128(text string) (Bars, error) {
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, ErrNoBars
	}
	const far = 1 << 30
	n := len(text)
	digits := func(i int) bool { return i+1 < n && isDigit(text[i]) && isDigit(text[i+1]) }
	inB, inC := make([]int, n+1), make([]int, n+1) // symbols left from i on, in this set
	for i := n - 1; i >= 0; i-- {
		inC[i] = far
		if digits(i) {
			inC[i] = 1 + min(inC[i+2], 1+inB[i+2])
		}
		inB[i] = 1 + min(inB[i+1], 1+inC[i+1])
	}
	c := inC[0] < inB[0]
	values := []int{startB}
	if c {
		values[0] = startC
	}
	for i := 0; i < n; {
		switch {
		case c && digits(i) && inC[i] <= 1+inB[i]:
			values, i = append(values, int(text[i]-'0')*10+int(text[i+1]-'0')), i+2
		case c:
			values, c = append(values, toB), false
		case digits(i) && 1+inC[i] < inB[i]:
			values, c = append(values, toC), true
		default:
			values, i = append(values, int(text[i])-' '), i+1
		}
	}
	check := values[0]
	for i, v := range values[1:] {
		check += (i + 1) * v
	}
	var b Bars
	for _, v := range append(values, check%103, stopBars) {
		for _, w := range symbols128[v] {
			b = append(b, byte(w-'0'))
		}
	}
	return b, nil
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// symbols128 are the widths of the 107 symbols (ISO/IEC 15417, table 1).
var symbols128 = strings.Fields(`212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211
	221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311
	112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422
	121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112
	421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112`)

// Squares is a QR code: dark modules by row (ISO/IEC 18004). The quiet zone around it is not part of it.
type Squares [][]bool

// SquaresQuiet is the white a QR code needs around it, in modules.
const SquaresQuiet = 4

// QR writes a text as a QR code that bears 15 % of damage.
func QR(text string) (Squares, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	at, n := code.Bounds().Min, code.Bounds().Dx()
	s := make(Squares, n)
	for y := range s {
		s[y] = make([]bool, n)
		for x := range s[y] {
			s[y][x] = color.GrayModel.Convert(code.At(at.X+x, at.Y+y)).(color.Gray).Y < 128
		}
	}
	return s, nil
}
