package ui

import (
	"net/http"
	"strconv"
	"time"

	"ranzen/ui/paper"
	"ranzen/ui/web"
)

// sheet is something to be read, printed and kept: a page and a PDF of the same words.
type sheet struct {
	Title string
	Lead  string
	Parts []sheetPart
	Foot  string // who made it when, or where it stands
}

// sheetPart is a section: paragraphs, points, facts and a table, in this order, each if there is one.
type sheetPart struct {
	ID      string
	Heading string
	Texts   []string
	Points  []string
	Facts   []web.Fact
	Head    []string
	Shares  []float64 // of the columns, on paper
	Rows    [][]string
}

// sheetPage is the page "sheet".
type sheetPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Actions []web.Action
	Parts   []sheetPart
	Foot    string
}

func (s *sheet) add(p sheetPart) {
	p.ID = "part-" + strconv.Itoa(len(s.Parts)+1)
	s.Parts = append(s.Parts, p)
}

// on puts the sheet on a page.
func (s sheet) on(p *sheetPage) *sheetPage {
	p.Title, p.Lead, p.Parts, p.Foot = s.Title, s.Lead, s.Parts, s.Foot
	return p
}

// pdf writes the sheet.
func (s sheet) pdf(l web.Lang, made time.Time) ([]byte, error) {
	d := paper.New(paper.Options{Title: s.Title, Lang: map[web.Lang]string{web.German: "de-DE", web.English: "en-GB"}[l], Made: made, Foot: s.Foot,
		Page: func(n int) string { return web.T(l, "sheet.page", n) }})
	d.Text(s.Lead)
	for _, p := range s.Parts {
		d.Heading(2, p.Heading)
		for _, t := range p.Texts {
			d.Text(t)
		}
		d.List(p.Points...)
		var facts [][2]string
		for _, f := range p.Facts {
			facts = append(facts, [2]string{f.Name, f.Text})
		}
		d.Facts(facts...)
		if len(p.Rows) > 0 {
			shares := p.Shares
			if shares == nil {
				for range p.Head {
					shares = append(shares, 1)
				}
			}
			d.Table(p.Head, shares, p.Rows)
		}
	}
	return d.Bytes()
}

// send answers with the sheet as a file.
func (s sheet) send(w http.ResponseWriter, l web.Lang, made time.Time, name string) error {
	b, err := s.pdf(l, made)
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", name+".pdf", b)
}

func init() {
	web.Add(web.Words{
		"sheet.print": {"Drucken", "Print"},
		"sheet.page":  {"Seite {1}", "Page {1}"},
		"sheet.pdf":   {"Als PDF herunterladen", "Download as PDF"},
	})
}
