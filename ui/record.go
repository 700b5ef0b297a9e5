package ui

import (
	"strconv"

	"ranzen/ui/web"
)

// recordPage is the page "record": one thing of lending with what is known of it, what can be done with it, and lists of
// what belongs to it.
type recordPage struct {
	web.Frame
	Lead     string
	Alert    *web.Alert
	Actions  []web.Action
	Menu     *web.Menu
	Facts    []web.Fact
	Sections []section
	Pictures []web.Action // address and what is to be seen
	Events   []web.Event
}

// section is one list of a recordPage.
type section struct {
	Title   string
	Columns []web.Column
	Rows    [][]cell
	None    string // instead of an empty list
}

// fact adds what there is to say.
func (p *recordPage) fact(key, text, href string) {
	if text != "" {
		p.Facts = append(p.Facts, web.Fact{Name: p.T(key), Text: text, Href: href})
	}
}

// status adds a state as a fact.
func (p *recordPage) status(key string, s web.Status) {
	p.Facts = append(p.Facts, web.Fact{Name: p.T(key), Status: &s})
}

func euros(l web.Lang, cents int) string { return l.Euros(cents) }

// eurosOrNone is empty for no amount.
func eurosOrNone(l web.Lang, cents int) string {
	if cents == 0 {
		return ""
	}
	return euros(l, cents)
}

// amount is an amount for a field, without a sign.
func amount(cents int) string {
	if cents == 0 {
		return ""
	}
	return strconv.Itoa(cents/100) + "," + strconv.Itoa(100 + cents%100)[1:]
}
