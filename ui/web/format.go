package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

var printers = [2]*message.Printer{
	German:  message.NewPrinter(German.tag()),
	English: message.NewPrinter(English.tag()),
}

const nbsp = "\u00a0"

// Number writes a whole number: 28.000 or 28,000.
func (l Lang) Number(n int64) string {
	return printers[l.Plain()].Sprint(number.Decimal(n))
}

// Euros writes an amount of cents: 1.204,50 € or €1,204.50.
func (l Lang) Euros(cents int) string {
	whole, rest := l.Number(int64(cents/100)), strconv.Itoa(100 + cents%100)[1:]
	if l.Plain() == English {
		return "€" + whole + "." + rest
	}
	return whole + "," + rest + " €"
}

// Percent writes part of whole in whole per cent, "84 %" or "84%". It says 100
// only if nothing is missing and 0 only if nothing is there, because people read
// the ends as "done" and "not begun".
func (l Lang) Percent(part, whole int64) string {
	var p int64
	if whole > 0 {
		p = int64(math.Round(float64(part) * 100 / float64(whole)))
		if part < whole {
			p = min(p, 99)
		}
		if part > 0 {
			p = max(p, 1)
		}
	}
	if l.Plain() == English {
		return l.Number(p) + "%"
	}
	return l.Number(p) + nbsp + "%"
}

// Size writes a storage size as it is printed on the box, in powers of ten:
// "64 GB", "1,5 MB".
func (l Lang) Size(bytes int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	f, u := float64(bytes), 0
	for f >= 999.5 && u < len(units)-1 {
		f /= 1000
		u++
	}
	digits := 0
	if u > 0 && f < 9.95 && math.Round(f*10) != math.Round(f)*10 {
		digits = 1
	}
	return printers[l.Plain()].Sprint(number.Decimal(f, number.MaxFractionDigits(digits))) + nbsp + units[u]
}

// List writes "a, b und c".
func (l Lang) List(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return T(l, "list.and", strings.Join(items[:n-1], ", "), items[n-1])
	}
}

// SortBy sorts items by a text as the language sorts names: Ä beside A, ß as ss,
// no difference by case unless nothing else differs, "7b" before "10a". Equal
// texts keep their order.
func SortBy[E any](l Lang, items []E, text func(E) string) {
	c := collate.New(l.tag(), collate.Numeric)
	var buf collate.Buffer
	type keyed struct {
		key  []byte
		item E
	}
	all := make([]keyed, len(items))
	for i, item := range items {
		all[i] = keyed{slices.Clone(c.KeyFromString(&buf, text(item))), item}
		buf.Reset()
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return slices.Compare(a.key, b.key) })
	for i := range all {
		items[i] = all[i].item
	}
}
