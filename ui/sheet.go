package ui

import (
	"net/http"
	"time"

	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// sheetPage is the page "sheet".
type sheetPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Actions []web.Action
	Parts   []sheet.Part
	Foot    string
}

// shows puts a sheet on the page.
func (p *sheetPage) shows(s sheet.Sheet) *sheetPage {
	p.Title, p.Lead, p.Parts, p.Foot = s.Title, s.Lead, s.Parts, s.Foot
	return p
}

// writer writes sheets about this installation.
func (u *UI) writer() sheet.Writer {
	return sheet.Writer{Store: u.st, Hosts: u.Hosts, Secure: u.Secure, Version: version}
}

// reads is for whom a sheet is written.
func (v view) reads() sheet.Reader {
	return sheet.Reader{By: v.by, Authority: v.authority, Lang: v.lang, At: v.now}
}

// sendSheet answers with a sheet as a file.
func sendSheet(w http.ResponseWriter, s sheet.Sheet, l web.Lang, made time.Time, name string) error {
	b, err := s.PDF(l, made)
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", name+".pdf", b)
}

func init() {
	web.Add(web.Words{
		"sheet.print": {"Drucken", "Print"},
		"sheet.pdf":   {"Als PDF herunterladen", "Download as PDF"},
	})
}
