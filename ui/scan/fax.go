package scan

import (
	"image"
	"strings"
)

// Black and white pages come as a fax of group 4 (ITU-T T.6): each line is told by where it differs from the one above. Other
// kinds of fax are older than the scanners that make PDFs, and are not read.

// Codes of T.6, table 1, and T.4, tables 2 and 3, as bits; what they mean stands beside them.
const (
	faxPass = iota
	faxAcross
	faxV0
	faxVR1
	faxVR2
	faxVR3
	faxVL1
	faxVL2
	faxVL3
)

// node is a place in the tree of a code: two ways on, or what it means.
type node struct {
	next [2]*node
	leaf bool
	mean int
}

func (n *node) add(bits string, mean int) {
	for _, c := range bits {
		if n.next[c-'0'] == nil {
			n.next[c-'0'] = &node{}
		}
		n = n.next[c-'0']
	}
	n.leaf, n.mean = true, mean
}

func tree(codes map[string]int, runs ...string) *node {
	n := &node{}
	for bits, mean := range codes {
		n.add(bits, mean)
	}
	for at, list := range runs { // terminating codes from 0, then make-up codes from 64
		for i, bits := range strings.Fields(list) {
			if at == 0 {
				n.add(bits, i)
			} else {
				n.add(bits, 64*(i+1))
			}
		}
	}
	return n
}

// faxShift is how far a change lies from the one above.
var faxShift = [...]int{faxV0: 0, faxVR1: 1, faxVR2: 2, faxVR3: 3, faxVL1: -1, faxVL2: -2, faxVL3: -3}

var faxModes = tree(map[string]int{"0001": faxPass, "001": faxAcross, "1": faxV0, "011": faxVR1, "000011": faxVR2, "0000011": faxVR3, "010": faxVL1, "000010": faxVL2, "0000010": faxVL3})

const faxLong = ` 00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111 000000011100 000000011101 000000011110 000000011111`

var faxRuns = [2]*node{
	tree(nil, `00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111 0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000
		00000010 00000011 00011010 00011011 00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100 00000101 00001010 00001011 01010010 01010011 01010100 01010101
		00100100 00100101 01011000 01011001 01011010 01011011 01001010 01001011 00110010 00110011 00110100`,
		`11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011 011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011
		010011000 010011001 010011010 011000 010011011`+faxLong),
	tree(nil, `0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111 0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111
		00000011000 000011001010 000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011 000011010100 000011010101 000011010110 000011010111 000001101100
		000001101101 000011011010 000011011011 000001010100 000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111 000000111000 000000100111 000000101000
		000001011000 000001011001 000000101011 000000101100 000001011010 000001100110 000001100111`,
		`0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101 0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100
		0000001110101 0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011 0000001100100 0000001100101`+faxLong),
}

// faxBits gives bits from the highest of each byte.
type faxBits struct {
	b  []byte
	at int
}

// code reads one code; false at the end, and where none fits.
func (r *faxBits) code(n *node) (int, bool) {
	for !n.leaf {
		if r.at >= 8*len(r.b) {
			return 0, false
		}
		n = n.next[r.b[r.at/8]>>(7-r.at%8)&1]
		if r.at++; n == nil {
			return 0, false
		}
	}
	return n.mean, true
}

// run reads how many pixels of a colour follow.
func (r *faxBits) run(colour int) (total int, ok bool) {
	for {
		n, ok := r.code(faxRuns[colour])
		if !ok || total > 1<<16 {
			return 0, false
		}
		if total += n; n < 64 {
			return total, true
		}
	}
}

// fax reads a page of group 4. What comes after a fault stays white.
func (f *file) fax(s stream, b []byte, d dict) (*image.Gray, error) {
	w, h := f.size(s)
	if k, _ := f.get(d["K"]).(int); k >= 0 || !sized(w, h) {
		return nil, errPicture
	}
	columns := 1728
	if n, ok := f.get(d["Columns"]).(int); ok {
		columns = n
	}
	if columns != w {
		return nil, errPicture
	}
	g := image.NewGray(image.Rect(0, 0, w, h))
	for i := range g.Pix {
		g.Pix[i] = 255
	}
	r := &faxBits{b: b}
	aligned := d["EncodedByteAlign"] == true
	above := []int{w, w} // where the colour changes
	y := 0
	for ; y < h; y++ {
		if aligned {
			r.at = (r.at + 7) / 8 * 8
		}
		line, ok := r.line(above, w)
		if !ok {
			break
		}
		row := g.Pix[y*g.Stride : y*g.Stride+w]
		for i := 0; i+1 < len(line); i += 2 {
			for x := line[i]; x < line[i+1]; x++ {
				row[x] = 0
			}
		}
		above = line
	}
	if y == 0 {
		return nil, errPicture
	}
	turned := d["BlackIs1"] == true
	if dec, ok := f.get(s.dict["Decode"]).(array); ok && len(dec) > 0 && (dec[0] == 1 || dec[0] == 1.0) {
		turned = !turned
	}
	if s.dict["ImageMask"] == true {
		turned = false // what is painted is black
	}
	if turned {
		for i := range g.Pix {
			g.Pix[i] = 255 - g.Pix[i]
		}
	}
	return g, nil
}

// line reads where the colour of a line changes: first to black, then to white, and so on, ended by the width twice.
func (r *faxBits) line(above []int, w int) ([]int, bool) {
	var out []int
	a0, colour, b := -1, 0, 0
	for a0 < w {
		// b1: the first change above to the other colour, right of a0; changes to black have even places.
		for b > 0 && above[b-1] > a0 {
			b--
		}
		for b < len(above)-1 && (above[b] <= a0 || b%2 != colour) && above[b] < w {
			b++
		}
		b1, b2 := above[min(b, len(above)-1)], above[min(b+1, len(above)-1)]
		mode, ok := r.code(faxModes)
		if !ok {
			return nil, false
		}
		switch mode {
		case faxPass:
			a0 = b2
			continue
		case faxAcross:
			for i := range 2 {
				n, ok := r.run((colour + i) % 2)
				if !ok {
					return nil, false
				}
				a0 = min(max(a0, 0)+n, w)
				out = append(out, a0)
			}
			continue
		}
		to := b1 + faxShift[mode]
		if to < 0 || to > w || to < a0 {
			return nil, false
		}
		a0 = to
		out, colour = append(out, to), 1-colour
	}
	return append(out, w, w), true
}
