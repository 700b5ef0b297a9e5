package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func mailStatus(f *web.Frame, m store.Mail) web.Status {
	switch {
	case !m.Sent.IsZero():
		return web.Status{Kind: web.OK, Text: f.T("outbox.sent")}
	case m.Next.IsZero():
		return web.Status{Kind: web.Danger, Text: f.T("outbox.given_up", m.Tries)}
	case m.Tries > 0:
		return web.Status{Kind: web.Warning, Text: f.T("outbox.again", m.Tries)}
	}
	return web.Status{Kind: web.Waiting, Text: f.T("outbox.waiting")}
}

func (u *UI) outboxPage(w http.ResponseWriter, r *http.Request, v view) error {
	page, err := u.st.Outbox(r.Context(), v.by, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	reads := v.can(school.ViewPeople) // letters name people
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.outbox"), p.T("outbox.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	p.Columns = []web.Column{{Name: p.T("outbox.subject")}, {Name: p.T("accounts.state")}, {Name: p.T("outbox.created")}, {Name: p.T("outbox.sent_at")}}
	for _, m := range page.Rows {
		status := mailStatus(&p.Frame, m)
		row := []cell{{Text: m.Subject}, {Status: &status}, {When: momentOf(&p.Frame, m.Created)}, {When: momentOf(&p.Frame, m.Sent)}}
		if reads {
			row[0].Href = "/outbox/" + m.ID
		}
		if m.Sent.IsZero() && !m.Next.IsZero() {
			row[3] = cell{Text: p.T("outbox.next", p.Lang.Moment(m.Next, p.Now))}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("outbox.none"), Text: p.T("outbox.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// letterPage is the page "letter".
type letterPage struct {
	web.Frame
	Status web.Status
	Facts  []web.Fact
	Body   string
}

func (u *UI) letterPage(w http.ResponseWriter, r *http.Request, v view) error {
	m, err := u.st.Letter(r.Context(), v.by, routeVar(r, "mail"))
	if err != nil {
		return err
	}
	p := &letterPage{Frame: u.frame(r, m.Subject, web.Crumb{}), Body: m.Body}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.outbox"), Href: "/outbox"})
	p.Status = mailStatus(&p.Frame, m)
	created := p.When(m.Created)
	p.Facts = []web.Fact{{Name: p.T("outbox.to"), Text: m.To}, {Name: p.T("outbox.created"), When: &created}}
	if !m.Sent.IsZero() {
		sent := p.When(m.Sent)
		p.Facts = append(p.Facts, web.Fact{Name: p.T("outbox.sent_at"), When: &sent})
	}
	if m.Error != "" {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("outbox.error"), Code: m.Error})
	}
	return u.site.Render(w, r, http.StatusOK, "letter", p)
}

func init() {
	web.Add(web.Words{
		"outbox.lead":      {"E-Mails, die Ranzen verschickt. Der Betreff nennt nie eine Person.", "E-mails that Ranzen sends. The subject never names a person."},
		"outbox.subject":   {"Betreff", "Subject"},
		"outbox.to":        {"An", "To"},
		"outbox.created":   {"Geschrieben", "Written"},
		"outbox.sent_at":   {"Verschickt", "Sent"},
		"outbox.next":      {"nächster Versuch {1}", "next attempt {1}"},
		"outbox.sent":      {"verschickt", "sent"},
		"outbox.waiting":   {"wartet", "waiting"},
		"outbox.again":     {"{1} {1:Versuch|Versuche} ohne Erfolg, wird wiederholt", "{1} {1:attempt|attempts} without success, will be repeated"},
		"outbox.given_up":  {"aufgegeben nach {1} {1:Versuch|Versuchen}", "given up after {1} {1:attempt|attempts}"},
		"outbox.error":     {"Antwort des Mailservers", "Answer of the mail server"},
		"outbox.none":      {"Der Postausgang ist leer", "The outbox is empty"},
		"outbox.none.text": {"Sobald Ranzen eine E-Mail schreibt, steht sie hier mit ihrem Stand.", "As soon as Ranzen writes an e-mail, it stands here with its state."},
	})
}
