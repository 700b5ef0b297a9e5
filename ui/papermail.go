package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// Papers by mail. Who has to sign gets a link, who got or gave something back gets what the paper says as a letter. Addresses and
// letters are sealed in the outbox; its subject names the contract and nobody.

// receipts are papers that tell of something that happened: they are sent as they are, signed or not.
func isReceipt(k school.DocumentKind) bool {
	return k == school.HandoverPaper || k == school.ReturnPaper || k == school.ClassReceipt || k == school.DamagePaper || k == school.DunningLetter
}

func mailAddress(id school.DocumentID) string {
	return documentsPath + "/file/" + string(id) + "/mail"
}

// mailPaperPage asks where a paper, or the link to sign it, is to be sent, and sends it.
func (u *UI) mailPaperPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.st.DocumentByID(r.Context(), v.by, school.DocumentID(routeVar(r, "document")))
	if err != nil {
		return err
	}
	if !v.at(school.Lend, d.School) || !d.Replaced.IsZero() {
		return web.ErrNotFound
	}
	paper, err := readPaper(d)
	if err != nil {
		return err
	}
	k, err := u.st.ContractByID(r.Context(), v.by, d.Contract)
	if err != nil {
		return err
	}
	title := document.Title(d.Kind, v.lang)
	link := d.Signed.IsZero() && !isReceipt(d.Kind)
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "papermail.title", title), web.Crumb{Name: web.T(v.lang, "loanpaper.of", k.Number), Href: contractPapersAddress(d.Contract)}, web.Crumb{Name: web.T(v.lang, "papermail.short")}),
		Lead: web.T(v.lang, map[bool]string{true: "papermail.link", false: "papermail.text"}[link], title, k.Number), Submit: web.T(v.lang, "papermail.do"), Cancel: contractPapersAddress(d.Contract)}
	to := r.PostFormValue("to")
	if r.Method != http.MethodPost && k.Person != "" {
		person, err := u.st.PersonByID(r.Context(), v.by, k.Person)
		if err != nil {
			return err
		}
		to = person.Email
	}
	p.Fields = []web.Field{{Kind: web.EmailField, Name: "to", Label: p.T("papermail.to"), Hint: p.T("papermail.to.hint"), Value: to, MaxLength: 254, Autocomplete: "off", Focus: true}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	const l = web.German // papers are, and their letters
	subject := web.T(l, "papermail.subject", document.Title(d.Kind, l), k.Number)
	if link {
		err = u.st.MailSignLink(r.Context(), v.by, d.ID, to, func(secret string) (string, string) {
			return subject, web.T(l, "papermail.letter", document.Title(d.Kind, l), k.Number, paper.Facts.Issuer) + "\n\n" + u.Public + signPath + secret + "\n\n" + web.T(l, "papermail.letter.once", l.Date(v.now.Add(store.SignLinkLife))) + "\n"
		})
	} else {
		err = u.st.MailDocument(r.Context(), v.by, d.ID, to, subject, strings.TrimSpace(document.Text(paper))+"\n\n"+paper.Facts.Issuer+"\n")
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, contractPapersAddress(d.Contract), "done.papermail", "")
}

func init() {
	web.Add(web.Words{
		"papermail.short":       {"Per E-Mail senden", "Send by e-mail"},
		"papermail.title":       {"{1} per E-Mail senden", "Send by e-mail: {1}"},
		"papermail.link":        {"Gesendet wird ein Link, über den „{1}“ zum Vertrag {2} gelesen und unterschrieben werden kann: einmal, vierzehn Tage lang. Ein Link, den es schon gibt, wird ungültig.", "What is sent is a link by which “{1}” of contract {2} can be read and signed: once, for fourteen days. A link that is there already becomes invalid."},
		"papermail.text":        {"Gesendet wird, was „{1}“ zum Vertrag {2} sagt, als Text.", "What is sent is what “{1}” of contract {2} says, as text."},
		"papermail.to":          {"E-Mail-Adresse", "E-mail address"},
		"papermail.to.hint":     {"Wer unter 18 ist: die Adresse der Sorgeberechtigten. Sie wird nur für diesen Brief gebraucht.", "For somebody under 18: the address of the guardians. It is used for this letter only."},
		"papermail.do":          {"Senden", "Send"},
		"papermail.subject":     {"{1} zum Vertrag {2}", "{1} of contract {2}"},
		"papermail.letter":      {"bitte lesen und unterschreiben Sie das Papier „{1}“ zum Vertrag {2} von {3} unter dieser Adresse:", "please read and sign the paper “{1}” of contract {2} of {3} at this address:"},
		"papermail.letter.once": {"Die Adresse gilt einmal und bis zum {1}. Geben Sie sie nicht weiter. Haben Sie keine Unterschrift erwartet, ist nichts zu tun.", "The address is good once and until {1}. Do not pass it on. If you did not expect to sign anything, there is nothing to do."},
		"done.papermail":        {"Der Brief liegt im Postausgang.", "The letter lies in the outbox."},
		"event.document.mailed": {"Papier per E-Mail gesendet", "Paper sent by e-mail"},
	})
}
