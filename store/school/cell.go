package school

import "strings"

// Formula reports whether a spreadsheet would calculate with a cell instead of showing it.
func Formula(s string) bool {
	s = strings.TrimLeft(s, " ")
	return s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0]))
}

// PlainCell makes a cell text that a spreadsheet would take for a formula.
func PlainCell(s string) string {
	if Formula(s) {
		return "'" + s
	}
	return s
}
