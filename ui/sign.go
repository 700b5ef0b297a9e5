package ui

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/paper"
	"ranzen/ui/web"
)

// Signing without paper: at the desk, or by a link that opens one paper once. Whoever signs draws on the screen or types the
// name; both are equal, and both stand on the paper, whose file is kept from then on.

const signPath = "/s/"

// signPage is the page "sign".
type signPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Paper   string // address of the paper
	Notice  string // address of what is told about data of people
	Action  string
	Hash    string
	Signers []signField
	Submit  string
	Cancel  string
	Done    string // instead of the form: it is signed
}

// signField is where one person signs.
type signField struct {
	N     int
	Label string
	Name  web.Field
}

// linkPage is the page "signlink": a link, shown once.
type linkPage struct {
	web.Frame
	Link string
	QR   template.HTML
	Back string
}

// Most of what a pad may send.
const (
	mostStrokes = 400
	mostPoints  = 8000
	padSide     = 4000
)

// readStrokes reads what was drawn. What no pad draws is refused.
func readStrokes(text string) ([]paper.Stroke, error) {
	if text == "" {
		return nil, nil
	}
	var raw [][][2]float64
	if len(text) > 200_000 || json.Unmarshal([]byte(text), &raw) != nil || len(raw) > mostStrokes {
		return nil, errors.New("no drawing")
	}
	var out []paper.Stroke
	n := 0
	for _, line := range raw {
		var s paper.Stroke
		for _, p := range line {
			if !(p[0] >= -padSide && p[0] <= padSide && p[1] >= -padSide && p[1] <= padSide) {
				return nil, errors.New("no drawing")
			}
			s = append(s, paper.Point{X: p[0], Y: p[1]})
		}
		if n += len(s); n > mostPoints {
			return nil, errors.New("no drawing")
		}
		if len(s) > 1 {
			out = append(out, s)
		}
	}
	return out, nil
}

// signing is whoever signs: all but the authority, which is the last.
func signing(f document.Facts) []document.Signer {
	if len(f.Signers) == 0 {
		return nil
	}
	return f.Signers[:len(f.Signers)-1]
}

func (u *UI) signForm(r *http.Request, f web.Frame, d store.DocumentFile, x document.Paper) *signPage {
	p := &signPage{Frame: f, Hash: d.Hash, Submit: f.T("sign.do")}
	p.Title, p.Lead = f.T("sign.title", document.Title(d.Kind, f.Lang)), f.T("sign.lead", x.Facts.Issuer, x.Facts.Values["person.name"], x.Facts.Number)
	for i, s := range signing(x.Facts) {
		name := s.Name
		if typed, sent := r.PostForm[fmt.Sprint("name-", i)]; sent {
			name = typed[0]
		}
		p.Signers = append(p.Signers, signField{i, s.Label, web.Field{Name: fmt.Sprint("name-", i), Label: f.T("sign.name"), Hint: f.T("sign.name.hint"), Value: name, MaxLength: 200, Autocomplete: "off"}})
	}
	return p
}

// signedFile is the file of a paper with what was drawn and typed, or what is missing.
func (u *UI) signedFile(r *http.Request, x document.Paper, how string) ([]byte, error) {
	var signers []school.OfflineSigner
	for i := range signing(x.Facts) {
		signers = append(signers, school.OfflineSigner{Name: r.PostFormValue(fmt.Sprint("name-", i)), Drawn: r.PostFormValue(fmt.Sprint("drawn-", i))})
	}
	return fileSigned(x, signers, how, u.st.Now())
}

// signedAway is the file of a paper that was signed at a desk without a network.
func signedAway(d store.DocumentFile, by school.OfflineSignature, at time.Time) ([]byte, error) {
	x, err := readPaper(d)
	if err != nil {
		return nil, err
	}
	return fileSigned(x, by.Signers, "sign.drawn", at)
}

func fileSigned(x document.Paper, by []school.OfflineSigner, how string, at time.Time) ([]byte, error) {
	var wrong []error
	for i := range signing(x.Facts) {
		var said school.OfflineSigner
		if i < len(by) {
			said = by[i]
		}
		name := strings.Join(strings.Fields(said.Name), " ")
		if name == "" || len(name) > 200 {
			wrong = append(wrong, school.Refuse(fmt.Sprint("name-", i), "required"))
		}
		strokes, err := readStrokes(said.Drawn)
		if err != nil {
			wrong = append(wrong, school.Refuse(fmt.Sprint("name-", i), "sign_drawing"))
		}
		key := how
		if len(strokes) == 0 {
			key = "sign.typed"
		}
		s := &x.Facts.Signers[i]
		s.Name, s.Strokes, s.Signed = name, strokes, web.T(web.German, key, web.German.DateTime(at))
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return document.PDF(x)
}

// refuseSign shows the form again with what is missing.
func (u *UI) refuseSign(w http.ResponseWriter, r *http.Request, p *signPage, err error) error {
	said, err := fieldErrors(p.Lang, err)
	if err != nil {
		return err
	}
	for i := range p.Signers {
		p.Signers[i].Name.Error = said[p.Signers[i].Name.Name]
		delete(said, p.Signers[i].Name.Name)
	}
	for _, text := range said {
		p.Alert = &web.Alert{Kind: web.Danger, Title: text}
	}
	return u.site.Render(w, r, http.StatusUnprocessableEntity, "sign", p)
}

// openPaper is a paper at the desk that can still be signed.
func (u *UI) openPaper(r *http.Request, v view) (d store.DocumentFile, x document.Paper, err error) {
	if d, err = u.st.DocumentByID(r.Context(), v.by, school.DocumentID(routeVar(r, "document"))); err != nil {
		return d, x, err
	}
	if !v.at(school.Lend, d.School) || !d.Signed.IsZero() || !d.Replaced.IsZero() {
		return d, x, web.ErrNotFound
	}
	x, err = readPaper(d)
	return d, x, err
}

func (u *UI) signDesk(r *http.Request, v view, d store.DocumentFile, x document.Paper) *signPage {
	p := u.signForm(r, u.frame(r, "", web.Crumb{Name: web.T(v.lang, "loanpaper.of", x.Facts.Number), Href: contractPapersAddress(d.Contract)}, web.Crumb{Name: web.T(v.lang, "sign.short")}), d, x)
	p.Action, p.Cancel = r.URL.Path, contractPapersAddress(d.Contract)
	p.Paper = documentsPath + "/file/" + url.PathEscape(string(d.ID)) + ".pdf"
	p.Notice = documentsPath + "/notice.pdf?school=" + url.QueryEscape(string(d.School))
	return p
}

func (u *UI) signOnPadPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, x, err := u.openPaper(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "sign", u.signDesk(r, v, d, x))
}

func (u *UI) signOnPad(w http.ResponseWriter, r *http.Request, v view) error {
	d, x, err := u.openPaper(r, v)
	if err != nil {
		return err
	}
	p := u.signDesk(r, v, d, x)
	file, err := u.signedFile(r, x, "sign.drawn")
	if err == nil {
		err = u.st.SignDocument(r.Context(), v.by, d.ID, school.ByPad, r.PostFormValue("hash"), file)
	}
	if err != nil {
		return u.refuseSign(w, r, p, err)
	}
	return u.done(w, r, contractPapersAddress(d.Contract), "done.papers.signed", "")
}

// makeSignLink shows a link, this once, as text and as a QR code.
func (u *UI) makeSignLink(w http.ResponseWriter, r *http.Request, v view) error {
	d, x, err := u.openPaper(r, v)
	if err != nil {
		return err
	}
	secret, err := u.st.MakeSignLink(r.Context(), v.by, d.ID)
	if err != nil {
		return err
	}
	p := &linkPage{Frame: u.frame(r, web.T(v.lang, "sign.link.title", x.Facts.Number), web.Crumb{Name: web.T(v.lang, "loanpaper.of", x.Facts.Number), Href: contractPapersAddress(d.Contract)}, web.Crumb{Name: web.T(v.lang, "sign.link")}),
		Link: u.Public + signPath + secret, Back: contractPapersAddress(d.Contract)}
	qr, err := enroll.QR(p.Link)
	if err != nil {
		return err
	}
	p.QR = template.HTML(qr)
	return u.site.Render(w, r, http.StatusOK, "signlink", p)
}

// linkedPaper is the paper a link leads to.
func (u *UI) linkedPaper(r *http.Request) (d store.DocumentFile, x document.Paper, err error) {
	if d, err = u.st.SignLink(r.Context(), routeVar(r, "secret")); err == nil {
		x, err = readPaper(d)
	}
	return d, x, err
}

// signByLinkPage is what somebody sees who holds a link. Nobody is signed in here.
func (u *UI) signByLinkPage(w http.ResponseWriter, r *http.Request) error {
	d, x, err := u.linkedPaper(r)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "sign", u.signLinked(r, d, x))
}

func (u *UI) signLinked(r *http.Request, d store.DocumentFile, x document.Paper) *signPage {
	p := u.signForm(r, u.site.Frame(r, ""), d, x)
	p.Action, p.Paper = r.URL.Path, signPath+url.PathEscape(routeVar(r, "secret"))+"/paper.pdf"
	p.Notice = signPath + url.PathEscape(routeVar(r, "secret")) + "/notice.pdf"
	return p
}

func (u *UI) signLinkPDF(w http.ResponseWriter, r *http.Request) error {
	d, x, err := u.linkedPaper(r)
	if err != nil {
		return err
	}
	return sendPapers(w, document.Title(d.Kind, web.German), x)
}

func (u *UI) signByLink(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	secret := routeVar(r, "secret")
	d, x, err := u.linkedPaper(r)
	if err != nil {
		return err
	}
	p := u.signLinked(r, d, x)
	file, err := u.signedFile(r, x, "sign.linked")
	if err == nil {
		err = u.st.SignByLink(r.Context(), secret, r.PostFormValue("hash"), file)
	}
	if err != nil {
		return u.refuseSign(w, r, p, err)
	}
	p.Done = p.T("sign.done", x.Facts.Issuer)
	return u.site.Render(w, r, http.StatusOK, "sign", p)
}

func init() {
	web.Add(web.Words{
		"sign.short":      {"Unterschreiben", "Sign"},
		"sign.title":      {"Unterschreiben: {1}", "Sign: {1}"},
		"sign.lead":       {"{1} · {2} · {3}", "{1} · {2} · {3}"},
		"sign.read":       {"Das Papier lesen (PDF)", "Read the paper (PDF)"},
		"sign.read.text":  {"Bitte lesen Sie es zuerst. Sie unterschreiben genau diesen Text.", "Please read it first. You sign exactly this text."},
		"sign.name":       {"Vor- und Familienname", "Given and family name"},
		"sign.name.hint":  {"Der eingetippte Name gilt als Unterschrift; Sie können darunter auch mit Finger, Stift oder Maus unterschreiben.", "The typed name counts as signature; you can also sign below with finger, pen or mouse."},
		"sign.pad":        {"Hier unterschreiben", "Sign here"},
		"sign.clear":      {"Noch einmal", "Once more"},
		"sign.do":         {"Verbindlich unterschreiben", "Sign with binding effect"},
		"sign.drawn":      {"{1}, auf dem Bildschirm", "{1}, on screen"},
		"sign.typed":      {"{1}, durch Eintippen des Namens", "{1}, by typing the name"},
		"sign.linked":     {"{1}, auf dem Bildschirm über einen Link", "{1}, on screen by a link"},
		"sign.done":       {"Vielen Dank. {1} hat Ihre Unterschrift erhalten; dieser Link ist damit verbraucht.", "Thank you. {1} has received your signature; this link is used up now."},
		"sign.link":       {"Link zum Unterschreiben", "Link for signing"},
		"sign.link.title": {"Link zum Unterschreiben von {1}", "Link for signing {1}"},
		"sign.link.once":  {"Dieser Link wird nur jetzt gezeigt. Er gilt einmal, vierzehn Tage lang, und nur für genau dieses Papier; ein neuer Link macht den alten ungültig.", "This link is shown only now. It is good once, for fourteen days, and for exactly this paper; a new link makes the old one invalid."},
		"sign.link.back":  {"Zurück zu den Papieren", "Back to the papers"},

		"event.document.linked": {"Link zum Unterschreiben erstellt", "Link for signing made"},

		"error.sign_drawing": {"Die gezeichnete Unterschrift ließ sich nicht lesen. Bitte unterschreiben Sie noch einmal.", "The drawn signature could not be read. Please sign once more."},
	})
}
