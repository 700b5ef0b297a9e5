package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// clean brings a cell into the form that is kept: NFC, blanks around it and doubled ones away, signs nobody sees away. The
// spelling stays the school's. why is not empty for what may not be kept (see unreadable), the text is then fit to show.
func clean(s string) (text, why string) {
	plain := true
	for i := 0; i < len(s); i++ {
		if b := s[i]; b >= utf8.RuneSelf || b < ' ' || b == 0x7f || b == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			plain = false
			break
		}
	}
	if plain {
		return spreadsheet(s), ""
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case r == '\u200b', r == '\ufeff', r == '\u00ad', r == '\u2060': // no width, no meaning
			continue
		case r == '\n', r == '\r', r == '\t', unicode.Is(unicode.Zs, r):
			space = b.Len() > 0
			continue
		}
		if reason := unreadable(r); reason != "" {
			if why == "" {
				why = reason
			}
			r = '\ufffd'
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	text = norm.NFC.String(b.String())
	if why == "" && garbled(text) {
		why = "garbled"
	}
	return spreadsheet(text), why
}

// spreadsheet takes away what is only there to keep a spreadsheet from calculating: our own apostrophe before a formula, and
// ="0071" around a number. A formula that stands there openly is text and stays.
func spreadsheet(s string) string {
	if len(s) > 1 && s[0] == '\'' && formula(s[1:]) {
		return s[1:]
	}
	if len(s) > 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && !strings.ContainsAny(s[2:len(s)-1], `"&()`) {
		return s[2 : len(s)-1]
	}
	return s
}

// formula reports whether a spreadsheet would calculate with a cell instead of showing it.
func formula(s string) bool { return s != "" && strings.IndexByte("=+-@", s[0]) >= 0 }

// garbled recognises a text of UTF-8 that was taken for an old table and saved again: Müller became MÃ¼ller. No name of
// DIN 91379 holds these pairs, and such a file has to be exported anew.
func garbled(s string) bool {
	for i, r := range s {
		if r != 'Ã' && r != 'Å' && r != 'Ä' {
			continue
		}
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		switch {
		case next == '¼', next == '¤', next == '¶', next == '©', next == 'Ÿ' && r == 'Ã', next == '„', next == '–' && r == 'Ã', next == 'œ' && r == 'Ã', next == '¡', next == '¯', next == '‡', next == '±':
			return true
		}
	}
	return false
}
