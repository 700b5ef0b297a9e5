package ui

import (
	"strings"

	"golang.org/x/net/html"
)

// readable is what a person reads of a piece of HTML: its texts, with single blanks.
func readable(body string) string {
	z := html.NewTokenizer(strings.NewReader(body))
	var b strings.Builder
	for {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(strings.Fields(b.String()), " ")
		case html.TextToken:
			b.WriteString(z.Token().Data)
			b.WriteByte(' ')
		}
	}
}
