package roster

import (
	"bufio"
	"bytes"
	"io"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
)

// Encoding is how the letters of a text are written as bytes.
type Encoding string

const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	Windows1252 Encoding = "windows-1252"
	Latin9      Encoding = "iso-8859-15"
)

// Encodings lists what a mapping may insist on, in the order pages show it.
var Encodings = []Encoding{UTF8, Windows1252, Latin9, UTF16LE, UTF16BE}

// scanEncoding finds out how a text is written: by its mark, by the pattern of its zero bytes, by being valid UTF-8, and at
// last by the letters that the two usual tables for Western Europe put on different bytes. It reads the whole text: the
// first letter outside ASCII may stand in the last line.
func scanEncoding(open func() io.Reader) (enc Encoding, mark bool, err error) {
	head, err := bufio.NewReader(open()).Peek(3)
	if err != nil && err != io.EOF {
		return "", false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		return UTF8, true, nil
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return UTF16LE, true, nil
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return UTF16BE, true, nil
	}
	var zeros [2]int
	var at, whole, bad int
	in := bufio.NewReaderSize(open(), 64<<10)
	for {
		r, size, err := in.ReadRune()
		if err == io.EOF {
			break
		} else if err != nil {
			return "", false, err
		}
		switch {
		case r == 0:
			zeros[at&1]++
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			whole++
		}
		at += size
	}
	switch {
	case zeros[1] > at/8 && zeros[1] > 8*zeros[0]:
		return UTF16LE, false, nil
	case zeros[0] > at/8 && zeros[0] > 8*zeros[1]:
		return UTF16BE, false, nil
	case bad == 0, whole > 4*bad: // a text of UTF-8 with one broken place is no text in an old table
		return UTF8, false, nil
	}
	return oldTable(bufio.NewReaderSize(open(), 64<<10))
}

// oldTable tells Windows-1252 from ISO-8859-15. They differ in few places: the first has signs where the second has
// nothing, the second has € Š š Ž ž Œ œ Ÿ where the first has signs that never touch a letter. An acute accent is often
// typed as an apostrophe (D´Angelo), so that place counts only at the beginning of a word.
func oldTable(in io.ByteReader) (Encoding, bool, error) {
	letter := func(b byte) bool {
		return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0xc0 && b != 0xd7 && b != 0xf7
	}
	var before, here byte
	latin9 := 0
	for first := true; ; first = false {
		next, err := in.ReadByte()
		if err != nil && err != io.EOF {
			return "", false, err
		}
		end := err == io.EOF
		if end {
			next = 0
		}
		if !first {
			switch {
			case here >= 0x80 && here <= 0x9f:
				return Windows1252, false, nil
			case here == 0xa4, // the currency sign is never typed, the euro is
				(here == 0xa8 || here == 0xb8 || here == 0xbc || here == 0xbd || here == 0xbe) && (letter(before) || letter(next)),
				(here == 0xa6 || here == 0xb4) && !letter(before) && letter(next):
				latin9++
			}
		}
		if end {
			break
		}
		before, here = here, next
	}
	if latin9 > 0 {
		return Latin9, false, nil
	}
	return Windows1252, false, nil
}

// decode gives a text as UTF-8 without mark. What cannot be decoded becomes U+FFFD, which no name may contain.
func decode(r io.Reader, enc Encoding) io.Reader {
	switch enc {
	case UTF16LE:
		return xunicode.UTF16(xunicode.LittleEndian, xunicode.UseBOM).NewDecoder().Reader(r)
	case UTF16BE:
		return xunicode.UTF16(xunicode.BigEndian, xunicode.UseBOM).NewDecoder().Reader(r)
	case Windows1252:
		return charmap.Windows1252.NewDecoder().Reader(r)
	case Latin9:
		return charmap.ISO8859_15.NewDecoder().Reader(r)
	}
	return xunicode.UTF8BOM.NewDecoder().Reader(r)
}

// unreadable says why a letter may not stand in a name, a class or an address: broken stands for bytes that were no
// letters, control for what no keyboard writes, turned for signs that turn the direction of reading and can make one name
// look like another. Every letter of DIN 91379 passes.
func unreadable(r rune) string {
	switch {
	case r == utf8.RuneError:
		return "broken"
	case unicode.Is(unicode.Co, r), unicode.IsControl(r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return "control"
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0x2028, r == 0x2029:
		return "control"
	}
	return ""
}
