// Package label prints inventory labels: on sheets of the trade, on sheets of one's own that six numbers describe, and on
// rolls. It knows where labels lie on a sheet and what of a number, its bars, its QR code and the words around it fits on
// one; where something does not fit it says so before anything is printed.
//
// The measures of the sheets are facts about goods, as the templates of gLabels (glabels-qt, snapshot 2da9b2d) state them;
// none of its files is copied. A test print on plain paper is advised on every page that prints.
package label

import (
	"math"
	"slices"
)

// Stock is what labels are printed on. Lengths are millimetres.
type Stock struct {
	ID         string
	Name       string
	W, H       float64 // one label
	X, Y       float64 // where the first begins
	DX, DY     float64 // from one to the next
	PageW      float64 // the page; zero: A4
	PageH      float64
	Cols, Rows int
}

// A4.
const (
	a4Width  = 210
	a4Height = 297
)

// Sheet is a sheet of A4 by six numbers. How many labels are on it follows: what is left at the right and at the foot is
// as wide as at the left and at the head.
func Sheet(w, h, x, y, dx, dy float64) Stock {
	return Stock{W: w, H: h, X: x, Y: y, DX: dx, DY: dy, PageW: a4Width, PageH: a4Height, Cols: count(a4Width, w, x, dx), Rows: count(a4Height, h, y, dy)}
}

func count(page, size, first, step float64) int {
	return 1 + max(0, int(math.Round((page-2*first-size)/step)))
}

// slack is what a sheet may seem to lie over the edge of its page: the trade rounds its numbers.
const slack = 0.5

// Smallest and largest label anybody prints.
const (
	leastSide = 8
	mostSide  = 297
)

// Check says which of the six numbers of a sheet cannot be: "width", "height", "left", "top", "across" or "down".
func (s Stock) Check() (wrong []string) {
	add := func(bad bool, name string) {
		if bad && !slices.Contains(wrong, name) {
			wrong = append(wrong, name)
		}
	}
	num := func(x, least, most float64) bool { return !(x >= least && x <= most) } // not a number is wrong too
	add(num(s.W, leastSide, a4Width), "width")
	add(num(s.H, leastSide, mostSide), "height")
	add(num(s.X, 0, a4Width-s.W+slack), "left")
	add(num(s.Y, 0, a4Height-s.H+slack), "top")
	add(num(s.DX, s.W-0.001, a4Width*2), "across")
	add(num(s.DY, s.H-0.001, a4Height*2), "down")
	if len(wrong) > 0 {
		return wrong
	}
	add(s.X+float64(s.Cols-1)*s.DX+s.W > a4Width+slack, "across")
	add(s.Y+float64(s.Rows-1)*s.DY+s.H > a4Height+slack, "down")
	return wrong
}

// Places is how many labels a page has.
func (s Stock) Places() int { return s.Cols * s.Rows }

// Roll reports whether every label is a page of its own.
func (s Stock) Roll() bool { return s.Places() == 1 && s.X == 0 && s.Y == 0 }

// place is where label n of a page lies, row by row.
func (s Stock) place(n int) (x, y float64) {
	return s.X + float64(n%s.Cols)*s.DX, s.Y + float64(n/s.Cols)*s.DY
}

func sheet(id, name string, w, h, x, y, dx, dy float64) Stock {
	s := Sheet(w, h, x, y, dx, dy)
	s.ID, s.Name = id, name
	return s
}

func roll(id, name string, w, h float64) Stock {
	return Stock{ID: id, Name: name, W: w, H: h, DX: w, DY: h, PageW: w, PageH: h, Cols: 1, Rows: 1}
}

// Stocks are the sheets and rolls everybody can buy, sheets first.
var Stocks = []Stock{
	sheet("l4732", "Avery Zweckform L4732, 4732", 35.6, 16.9, 11, 13, 38.1, 16.9),
	sheet("l4770", "Avery L4770, L6140, L6145, L7654", 45.7, 25.4, 10, 22, 48.5, 25.4),
	sheet("8651", "Avery 8651, L7651, L7551", 38.1, 21.2, 4.7, 10.9, 40.6, 21.2),
	sheet("6121", "Avery 6121, Herma 4606, 4270", 38, 21.2, 9.5, 10.5, 38, 21.2),
	sheet("4097", "Herma 4097, 4221, 4235, 8965, 10004", 45.7, 21.2, 10, 22, 48.7, 21.2),
	sheet("4780", "Avery Zweckform 4780", 48.5, 25.4, 8.1, 19, 48.5, 25.4),
	sheet("3651", "Avery Zweckform 3651", 52, 29.5, 1, 1, 52, 29.5),
	sheet("7160", "Avery 7160, L7160", 64, 38.1, 7.5, 15.5, 66, 38.1),
	sheet("7163", "Avery 7163, L7163", 99.1, 38.1, 3.4, 15.2, 103, 38.1),
	sheet("7162", "Avery 7162, L7162", 99.1, 33.9, 4, 13, 102.5, 33.9),
	sheet("3474", "Avery Zweckform 3474, Herma 4464", 70, 37, 0, 0, 70, 37),
	sheet("3475", "Avery Zweckform 3475, 3490", 70, 36, 0, 4.4, 70, 36),
	sheet("8658", "Avery 8658", 25.4, 10, 5, 13, 28.5, 10.1),
	sheet("10001", "Herma 10001", 25.4, 10, 8, 14.4, 28.2, 10),
	sheet("l4730", "Avery L4730", 17.8, 10, 6, 13, 20.3, 10),
	roll("dymo-11354", "Dymo 11354", 57, 32),
	roll("dymo-11352", "Dymo 11352", 54, 25),
	roll("dymo-11353", "Dymo 11353", 25, 13),
	roll("dymo-11355", "Dymo 11355", 51, 19),
	roll("dymo-99010", "Dymo 99010", 89, 28),
	roll("dk-1201", "Brother DK-1201", 90, 29),
	roll("dk-1204", "Brother DK-1204", 54, 17),
	roll("dk-2205", "Brother DK-2205", 62, 29),
}

// Named is the stock of an id.
func Named(id string) (Stock, bool) {
	for _, s := range Stocks {
		if s.ID == id {
			return s, true
		}
	}
	return Stock{}, false
}
