package ui

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// openAccessPage asks an operator what it wants to look into an authority for, and for how long.
func (u *UI) openAccessPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.openAccessForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) openAccessForm(r *http.Request, v view) (*formPage, error) {
	tenants, err := u.st.Tenants(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		if string(t.ID) != routeVar(r, "authority") {
			continue
		}
		p := &formPage{Frame: u.frame(r, ""), Cancel: choosePath}
		p.Title, p.Lead, p.Submit = p.T("provider.open.title", t.Name), p.T("provider.open.lead", t.Name), p.T("provider.open")
		until := r.PostFormValue("until")
		if until == "" {
			until = v.now.In(web.Berlin).AddDate(0, 0, 6).Format(time.DateOnly)
		}
		p.Fields = []web.Field{
			{Name: "reason", Label: p.T("provider.reason"), Hint: p.T("provider.reason.hint"), Value: r.PostFormValue("reason"), MaxLength: 300, Focus: true, Autocomplete: "off"},
			{Kind: web.DateField, Name: "until", Label: p.T("accounts.until"), Hint: p.T("provider.until.hint", int(store.MaxAccess/(24*time.Hour))), Value: until}}
		return p, nil
	}
	return nil, web.ErrNotFound
}

func (u *UI) openAccess(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.openAccessForm(r, v)
	if err != nil {
		return err
	}
	until, err := dayOf(r.PostFormValue("until"), "until")
	id := school.AuthorityID(routeVar(r, "authority"))
	if err == nil && until.IsZero() {
		err = school.Refuse("until", "required")
	}
	if err == nil {
		_, err = u.st.OpenAccess(r.Context(), v.by, id, r.PostFormValue("reason"), until.AddDate(0, 0, 1))
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	c, err := r.Cookie(u.cookieName())
	if err == nil {
		err = u.st.ChooseAuthority(r.Context(), c.Value, id)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, web.HomePath)
}

// accessPage shows an authority who of its provider looks in, since when, until when and why.
func (u *UI) accessPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("provider.title"), p.T("provider.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	all, err := u.st.Accesses(r.Context(), v.by)
	if err != nil {
		return err
	}
	p.Columns = []web.Column{{Name: p.T("provider.who")}, {Name: p.T("provider.reason")}, {Name: p.T("grants.from")}, {Name: p.T("accounts.until")}, {Name: p.T("accounts.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range all {
		status := web.Status{Kind: web.Off, Text: p.T("grants.over")}
		row := []cell{{Text: x.Name, Detail: x.Login}, {Text: x.Reason}, {When: momentOf(&p.Frame, x.From)}, {Text: p.Lang.Date(lastDay(x.Until))}, {Status: &status}, {}}
		if x.Until.After(v.now) {
			status = web.Status{Kind: web.Warning, Text: p.T("provider.now")}
			if v.can(school.Accounts) {
				row[5].Actions = []web.Action{{Text: p.T("provider.end"), About: x.Name, Href: accessPath + "/end", Post: true, Hidden: []web.Hidden{{Name: "grant", Value: string(x.ID)}}}}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("provider.none"), Text: p.T("provider.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) endAccess(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.EndGrant(r.Context(), v.by, store.GrantID(r.PostFormValue("grant"))); err != nil {
		return err
	}
	return u.done(w, r, accessPath, "done.access.ended", "")
}

// reviewPage lists the roles nobody has looked at for half a year.
func (u *UI) reviewPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("review.title"), p.T("review.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	page, err := u.st.GrantsToReview(r.Context(), v.by, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p.Columns = []web.Column{{Name: p.T("account.name")}, {Name: p.T("account.role")}, {Name: p.T("grants.from")}, {Name: p.T("review.signed_in")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range page.Rows {
		role := grantText(&p.Frame, x.Grant, v.authority.Name, names)
		row := []cell{{Text: x.Name, Detail: x.Login, Href: "/accounts/" + string(x.Account)}, {Text: role, Detail: x.PersonName}, {When: momentOf(&p.Frame, x.From)}, {When: momentOf(&p.Frame, x.SignedIn)}, {}}
		if x.SignedIn.IsZero() {
			row[3].Text = p.T("review.no_session")
		}
		if v.mayGrant(x.Grant) {
			about, hidden := x.Name+", "+role, web.Hidden{Name: "grant", Value: string(x.ID)}
			row[4].Actions = []web.Action{{Text: p.T("review.keep"), About: about, Href: "/accounts/review", Post: true, Hidden: []web.Hidden{hidden, {Name: "keep", Value: "1"}}},
				{Text: p.T("grants.end"), About: about, Href: "/accounts/review", Post: true, Hidden: []web.Hidden{hidden}}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("review.none"), Text: p.T("review.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) review(w http.ResponseWriter, r *http.Request, v view) error {
	id, act, said := store.GrantID(r.PostFormValue("grant")), u.st.EndGrant, "done.grant.ended"
	if r.PostFormValue("keep") == "1" {
		act, said = u.st.KeepGrant, "done.grant.kept"
	}
	if err := act(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, "/accounts/review", said, "")
}

func init() {
	web.Add(web.Words{
		"choose.closed":      {"Ohne Zugang", "Without access"},
		"choose.closed.text": {"Diese Schulträger sehen, wer Zugang öffnet, wozu und bis wann.", "These school authorities see who opens access, what for and until when."},

		"provider.title":       {"Wer vom Betrieb hat Zugang", "Who of operations has access"},
		"provider.lead":        {"Der Betrieb der Installation sieht bei Ihnen nichts, solange hier niemand Zugang hat. Personen sieht er nie.", "Those who run the installation see nothing of yours unless somebody has access here. They never see people."},
		"provider.who":         {"Wer", "Who"},
		"provider.reason":      {"Wozu", "What for"},
		"provider.reason.hint": {"Ein Satz, den der Schulträger versteht, zum Beispiel „Push-Zertifikat erneuern, Ticket 4711“.", "A sentence the school authority understands, such as “Renew the push certificate, ticket 4711”."},
		"provider.reason.new":  {"Einrichtung des Schulträgers", "Setting up the school authority"},
		"provider.until.hint":  {"Höchstens {1} Tage.", "At most {1} days."},
		"provider.open":        {"Zugang öffnen", "Open access"},
		"provider.open.title":  {"Zugang zu {1}", "Access to {1}"},
		"provider.open.lead":   {"{1} sieht Ihren Namen, den Grund und das Ende, und kann den Zugang jederzeit beenden. Das Protokoll dort vermerkt, was Sie tun.", "{1} sees your name, the reason and the end, and can end the access at any time. The audit log there notes what you do."},
		"provider.now":         {"hat Zugang", "has access"},
		"provider.end":         {"Zugang beenden", "End access"},
		"provider.none":        {"Niemand hat oder hatte Zugang", "Nobody has or had access"},
		"provider.none.text":   {"Öffnet der Betrieb einen Zugang, steht er hier mit Grund und Ende.", "If operations opens access, it stands here with its reason and end."},
		"done.access.ended":    {"Der Zugang ist beendet.", "The access has ended."},
		"error.access_long":    {"Ein Zugang gilt höchstens {1} Tage.", "Access lasts at most {1} days."},
		"error.access_open":    {"Sie haben dort bereits Zugang.", "You have access there already."},
		"error.tenant_rests":   {"Dieser Schulträger ruht. Die iPads laufen weiter; anmelden kann sich niemand. Auskunft gibt der Betrieb der Installation.", "This school authority is suspended. The iPads go on; nobody can sign in. Those who run the installation know more."},
		"event.access.opened":  {"Zugang des Betriebs geöffnet", "Access of operations opened"},
		"event.grant.changed":  {"Lehrkraft einer Person zugeordnet", "Teacher tied to a person"},
		"event.grant.kept":     {"Rolle bestätigt: wird weiter gebraucht", "Role confirmed: still needed"},

		"review.title":      {"Rollen prüfen", "Review roles"},
		"review.lead":       {"Rollen, die seit einem halben Jahr niemand bestätigt hat. Beenden Sie, was nicht mehr gebraucht wird.", "Roles that nobody has confirmed for half a year. End what is no longer needed."},
		"review.signed_in":  {"Zuletzt angemeldet", "Last signed in"},
		"review.no_session": {"nicht in letzter Zeit", "not lately"},
		"review.keep":       {"Weiter nötig", "Still needed"},
		"review.none":       {"Nichts zu prüfen", "Nothing to review"},
		"review.none.text":  {"Jede Rolle ist jünger als ein halbes Jahr oder wurde in dieser Zeit bestätigt.", "Every role is younger than half a year or was confirmed in that time."},
		"done.grant.kept":   {"Die Rolle ist bestätigt.", "The role is confirmed."},

		"admin.group.lending": {"Ausleihe", "Lending"},
		"admin.review":        {"Rollen prüfen", "Review roles"},
		"admin.text.review":   {"Was seit einem halben Jahr niemand bestätigt hat.", "What nobody has confirmed for half a year."},
		"admin.access":        {"Zugang des Betriebs", "Access of operations"},
		"admin.text.access":   {"Wer vom Betrieb hineinsieht, seit wann, bis wann und warum.", "Who of operations looks in, since when, until when and why."},
		"admin.clerks":        {"Aushilfen", "Temporary clerks"},
		"admin.text.clerks":   {"Wer für einige Tage bei der Ausgabe hilft, mit eigener PIN.", "Who helps at the desk for some days, with a PIN of their own."},
		"admin.reports":       {"Meldungen", "Reports"},
		"admin.text.reports":  {"Was Lehrkräfte als verloren oder beschädigt gemeldet haben.", "What teachers reported as lost or damaged."},
		"admin.repairs":       {"Reparaturen", "Repairs"},
		"admin.text.repairs":  {"Was in der Werkstatt ist und was sie dazu sagt.", "What is at the repair shop and what it says."},

		"role.teacher":              {"Lehrkraft", "Teacher"},
		"role.desk":                 {"Ausgabe", "Lending desk"},
		"role.clerk":                {"Aushilfe", "Temporary clerk"},
		"role.repair":               {"Werkstatt", "Repair shop"},
		"error.role_without_person": {"Nur eine Lehrkraft wird einer Person zugeordnet.", "Only a teacher is tied to a person."},
	})
}
