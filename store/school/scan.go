package school

import (
	"slices"
	"strings"
	"unicode"
)

// A scanner is a keyboard: what arrives depends on the layout of the computer it types into. Scan says what a text can
// have been and what kind of code it is; whether there is such a thing the store knows.

// ScanKind is what kind of code was scanned.
type ScanKind string

const (
	ScanThing    ScanKind = "thing" // may be an inventory number, a serial, a person's card or a case: the store looks
	ScanContract ScanKind = "contract"
	ScanEAN      ScanKind = "ean"  // of the box: the same for all of its kind
	ScanPart     ScanKind = "part" // Apple's part number
	ScanIMEI     ScanKind = "imei"
	ScanEID      ScanKind = "eid"
	ScanNothing  ScanKind = "nothing"
)

// Scanned is a scan understood.
type Scanned struct {
	Kind     ScanKind
	Text     string   // as it came, without blanks around it
	Readings []string // what it can have been, the likeliest first: as typed, without Caps Lock, of the other layout
}

// MostScanned is how long a code may be.
const MostScanned = 100

// MostStack is how large a stack of scanned paper may be as a file.
const MostStack = 64 << 20

// Scan understands what a scanner typed.
func Scan(typed string) Scanned {
	typed = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, typed))
	s := Scanned{Kind: ScanNothing, Text: typed}
	if typed == "" || len(typed) > MostScanned {
		return s
	}
	s.Readings = readings(typed)
	for _, r := range s.Readings {
		if k := kindOf(r); k != ScanThing {
			s.Kind, s.Readings = k, []string{r}
			return s
		}
	}
	s.Kind = ScanThing
	return s
}

// readings lists what a text can have been, each once.
func readings(typed string) (out []string) {
	add := func(s string) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	upper := strings.ToUpper(typed)
	add(upper)
	locked := strings.ToUpper(mapped(typed, capsLock))
	add(locked)
	for _, s := range []string{upper, locked} {
		add(mapped(s, usOnGerman))
		add(mapped(s, germanOnUS))
	}
	return out
}

func mapped(s string, by map[rune]rune) string {
	return strings.Map(func(r rune) rune {
		if to, ok := by[r]; ok {
			return to
		}
		return r
	}, s)
}

// capsLock: on a German keyboard Caps Lock shifts digits too.
var capsLock = map[rune]rune{'!': '1', '"': '2', '§': '3', '$': '4', '%': '5', '&': '6', '/': '7', '(': '8', ')': '9', '=': '0', '?': '-', '_': '-'}

// usOnGerman: a scanner that types on a US keyboard into a computer with a German one.
var usOnGerman = map[rune]rune{'Y': 'Z', 'Z': 'Y', 'ß': '-', 'ẞ': '-', '-': '/', '?': '_', 'Ö': ':', '_': '?'}

// germanOnUS: the reverse.
var germanOnUS = map[rune]rune{'Y': 'Z', 'Z': 'Y', '/': '-', '-': 'ß', '?': '_', '>': ':', '&': '/'}

// kindOf says what kind of code a reading is.
func kindOf(s string) ScanKind {
	digits := strings.Trim(s, "0123456789") == ""
	switch {
	case contractNumber(s):
		return ScanContract
	case digits && len(s) == 15 && luhn(s):
		return ScanIMEI
	case digits && len(s) == 32 && strings.HasPrefix(s, "89"):
		return ScanEID
	case digits && (len(s) == 13 || len(s) == 12 || len(s) == 14) && ean(s):
		return ScanEAN
	case partNumber(s):
		return ScanPart
	}
	return ScanThing
}

// ContractPrefix begins the number of every contract.
const ContractPrefix = "L-"

// contractNumber reports whether it has the form of one: L-26-000123.
func contractNumber(s string) bool {
	rest, ok := strings.CutPrefix(s, ContractPrefix)
	year, number, cut := strings.Cut(rest, "-")
	return ok && cut && len(year) == 2 && len(number) >= 6 && len(number) <= 9 && strings.Trim(year+number, "0123456789") == ""
}

// partNumber reports whether it has the form of Apple's, MK2K3FD/A, with or without the 1P of its bar code.
func partNumber(s string) bool {
	s = strings.TrimPrefix(s, "1P")
	body, ok := strings.CutSuffix(s, "/A")
	if !ok || len(body) < 5 || len(body) > 8 {
		return false
	}
	for _, r := range body {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return body[0] >= 'A' && body[0] <= 'Z'
}

// ean reports whether the check digit of an EAN or UPC is right.
func ean(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d *= 3
		}
		sum += d
	}
	return sum%10 == 0
}

// luhn reports whether the check digit of an IMEI is right.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// Serials lists what serial number a reading can be: Apple's bar code has an S before it.
func Serials(reading string) []string {
	reading = strings.Join(strings.Fields(reading), "")
	if len(reading) > 10 && reading[0] == 'S' {
		return []string{reading, reading[1:]}
	}
	return []string{reading}
}
