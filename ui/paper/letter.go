package paper

import (
	"encoding/binary"
	"sync"
)

// hasLetter says whether both fonts can set a letter. What they cannot is set as a mark that says so, never as nothing.
func hasLetter(r rune) bool {
	l := lettersOf()
	return r >= 0 && r <= 0xffff && l[r>>6]&(1<<(r&63)) != 0
}

var lettersOf = sync.OnceValue(func() (both [1024]uint64) {
	a, b := letters(regular), letters(bold)
	for i := range both {
		both[i] = a[i] & b[i]
	}
	return both
})

// letters reads which characters a font of ours has (OpenType, table cmap, format 4).
func letters(font []byte) (has [1024]uint64) {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(font[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(font[at:])) }
	cmap := 0
	for i := range u16(4) {
		if at := 12 + 16*i; string(font[at:at+4]) == "cmap" {
			cmap = u32(at + 8)
		}
	}
	table := 0
	for i := range u16(cmap + 2) {
		if sub := cmap + u32(cmap+4+8*i+4); u16(sub) == 4 {
			table = sub
		}
	}
	segments := u16(table+6) / 2
	ends, starts := table+14, table+16+2*segments
	deltas, offsets := starts+2*segments, starts+4*segments
	for i := range segments {
		for r := u16(starts + 2*i); r <= u16(ends+2*i) && r < 0xffff; r++ {
			glyph := (r + u16(deltas+2*i)) & 0xffff
			if off := u16(offsets + 2*i); off != 0 {
				if glyph = u16(offsets + 2*i + off + 2*(r-u16(starts+2*i))); glyph != 0 {
					glyph = (glyph + u16(deltas+2*i)) & 0xffff
				}
			}
			if glyph != 0 {
				has[r>>6] |= 1 << (r & 63)
			}
		}
	}
	return has
}
