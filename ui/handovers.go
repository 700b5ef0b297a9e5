package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const handoversPath = "/handovers"

func handoverAddress(id school.PersonID) string {
	return handoversPath + "/" + url.PathEscape(string(id))
}

// handoverStatus says what comes next for somebody.
func handoverStatus(f *web.Frame, h school.StaffHandover) web.Status {
	next := h.Next()
	if next == "" {
		return web.Status{Kind: web.OK, Text: f.T("handover.whole")}
	}
	text := f.T("handover.next." + string(next))
	if next == school.HandIssued && !h.Issued.IsZero() {
		text = f.T("handover.next.signature")
	} else if next == school.HandPrepared && h.DeviceName != "" {
		text = f.T("handover.next.enrol", h.DeviceName)
	}
	return web.Status{Kind: web.Waiting, Text: text}
}

// handoversPage lists the staff with how far the hand-over to each is, and what comes next.
func (u *UI) handoversPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	at, open, text := school.SchoolID(q.Get("school")), q.Get("open") == "1", strings.TrimSpace(q.Get("q"))
	schools, err := u.schoolOptions(r, v, school.ViewPeople, web.T(v.lang, "devices.all"), string(at))
	if err != nil {
		return err
	}
	f := store.HandoverFilter{School: at, Text: text}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "handovers"), web.Crumb{Name: web.T(v.lang, "handovers")}), Files: filesOf(r)}
	p.Tabs = u.lendingTabs(&p.Frame, v, handoversPath)
	p.Columns = []web.Column{{Name: p.T("lend.person")}, {Name: p.T("devices.school")}, {Name: p.T("lend.thing")}, {Name: p.T("handover.done")}, {Name: p.T("handover.next")}}
	if wantsFile(r) {
		return u.sendHandovers(w, r, v, p, f, open)
	}
	all, err := u.st.StaffHandovers(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	missing := 0
	for _, h := range all.Rows {
		next := h.Next()
		if next != "" {
			missing++
		}
		if open && next == "" {
			continue
		}
		done := 0
		for _, s := range school.HandoverSteps {
			if h.Done(s) {
				done++
			}
		}
		status := handoverStatus(&p.Frame, h)
		p.Rows = append(p.Rows, []cell{{Text: h.Name, Href: handoverAddress(h.Person)}, {Text: h.SchoolName}, {Text: h.DeviceName}, {Progress: &web.Progress{Label: p.T("handover.progress", h.Name), Done: done, Total: len(school.HandoverSteps)}}, {Status: &status}})
	}
	p.Lead = p.T("handovers.lead", missing, len(all.Rows))
	if all.Next != "" {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("handovers.many", store.MostHandovers), Text: p.T("handovers.many.text")}
	}
	p.page(r, issuePeople)
	if v.extent.Schools == 1 {
		p.drop(1)
	}
	p.Filter = &web.Filter{Action: handoversPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("people.name"), Value: text}}}
	if len(schools) > 2 {
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools})
	}
	p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.CheckField, Name: "open", Label: p.T("handovers.open"), Value: checked(open)})
	p.Empty = web.Empty{Title: p.T("handovers.none"), Text: p.T("handovers.none.text")}
	if r.URL.RawQuery != "" {
		p.Filter.Reset = handoversPath
		p.Empty = web.Empty{Title: p.T("issueday.people.found"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: handoversPath}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// sendHandovers sends the whole list, whatever a page of it holds, with a column for each step.
func (u *UI) sendHandovers(w http.ResponseWriter, r *http.Request, v view, p *tablePage, f store.HandoverFilter, open bool) error {
	if err := u.st.NamesExported(r.Context(), v.by, "handovers", f.School); err != nil {
		return err
	}
	head := heads(p.Columns[:3])
	for _, s := range school.HandoverSteps {
		head = append(head, p.T("handover.step."+string(s)))
	}
	return sendList(w, r, p.T("handover.file"), head, func(yield func([]string, error) bool) {
		for h, err := range everyRow(func(after string) (store.Page[school.StaffHandover], error) {
			g := f
			g.After = after
			return u.st.StaffHandovers(r.Context(), v.by, g)
		}) {
			if err == nil && open && h.Next() == "" {
				continue
			}
			line := []string{h.Name, h.SchoolName, h.DeviceName}
			for _, s := range school.HandoverSteps {
				line = append(line, p.T(map[bool]string{true: "form.yes", false: "form.no"}[h.Done(s)]))
			}
			if !yield(line, err) {
				return
			}
		}
	})
}

// handoverPage shows the six steps of one person, and takes down what no device reports.
func (u *UI) handoverPage(w http.ResponseWriter, r *http.Request, v view) error {
	h, err := u.st.StaffHandover(r.Context(), v.by, school.PersonID(routeVar(r, "person")))
	if err != nil {
		return err
	}
	u.st.Viewed(v.by, school.Person{ID: h.Person, School: h.School})
	p := &recordPage{Frame: u.frame(r, h.Name, web.Crumb{Name: web.T(v.lang, "handovers"), Href: handoversPath}, web.Crumb{Name: h.Name}), Lead: web.T(v.lang, "handover.lead")}
	p.status("accounts.state", handoverStatus(&p.Frame, h))
	p.fact("lend.person", h.Name, personAddress(h.Person))
	p.fact("devices.school", h.SchoolName, schoolAddress(h.School))
	if h.Device != "" && v.authority.Has(school.Management) {
		p.fact("lend.thing", h.DeviceName, deviceAddress(h.Device))
	} else {
		p.fact("lend.thing", h.DeviceName, "")
	}
	if h.Contract != "" {
		p.fact("contract.number", p.T("contract.kind.staff"), contractAddress(h.Contract))
	}
	desk := v.at(school.Lend, h.School)
	s := section{Title: p.T("handover.steps"), Columns: []web.Column{{Name: p.T("handover.step")}, {Name: p.T("accounts.state")}, {Name: p.T("handover.how")}, {Name: p.T("table.do"), Hidden: true}}}
	for _, step := range school.HandoverSteps {
		status := web.Status{Kind: web.Waiting, Text: p.T("handover.open")}
		if h.Done(step) {
			status = web.Status{Kind: web.OK, Text: p.T("handover.is")}
		}
		name := p.T("handover.step." + string(step))
		row := []cell{{Text: name}, {Status: &status}, {Text: handoverHow(&p.Frame, h, step)}, {}}
		said := map[school.HandoverStep]bool{school.HandBriefed: !h.Briefed.IsZero(), school.HandMail: h.Done(step) && !h.MailThere, school.HandApp: h.Done(step)}[step]
		if desk && step.ByHand() && (said || !h.Done(step)) && (step == school.HandBriefed || !h.Issued.IsZero()) {
			a := web.Action{Text: p.T("handover.say"), About: name, Href: handoverAddress(h.Person), Post: true, Hidden: []web.Hidden{{Name: "step", Value: string(step)}, {Name: "done", Value: "1"}}}
			if said {
				a.Text, a.Hidden = p.T("handover.unsay"), a.Hidden[:1]
			}
			row[3].Actions = []web.Action{a}
		}
		s.Rows = append(s.Rows, row)
	}
	p.Sections = []section{s}
	if desk && h.Issued.IsZero() {
		p.Actions = append(p.Actions, web.Action{Text: p.T("nav.desk"), Href: deskPath + "?" + url.Values{"school": {string(h.School)}}.Encode()})
	} else if desk && h.Unsigned {
		p.Actions = append(p.Actions, web.Action{Text: p.T("contract.do.sign"), Href: contractAddress(h.Contract) + "/sign", Primary: true})
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// handoverHow says from where a step is known, or what helps.
func handoverHow(f *web.Frame, h school.StaffHandover, step school.HandoverStep) string {
	switch {
	case step == school.HandMail && h.Done(step) && h.MailThere:
		return f.T("handover.how.mail")
	case step == school.HandApp && !h.Done(step) && h.AppThere:
		return f.T("handover.how.app")
	case step == school.HandIssued && !h.Issued.IsZero():
		return f.T("handover.how.issued", f.Lang.Date(h.Issued))
	case h.Done(step) && step.ByHand():
		at := map[school.HandoverStep]string{school.HandBriefed: f.Lang.Date(h.Briefed), school.HandMail: f.Lang.Date(h.Mail), school.HandApp: f.Lang.Date(h.App)}[step]
		return f.T("handover.how.said", at)
	case h.Done(step):
		return f.T("handover.how." + string(step))
	}
	return f.T("handover.helps." + string(step))
}

func (u *UI) sayHandover(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.PersonID(routeVar(r, "person"))
	if _, err := u.st.StaffHandover(r.Context(), v.by, id); err != nil {
		return err
	}
	set, err := u.st.SayHandover(r.Context(), v.by, id, school.HandoverStep(r.PostFormValue("step")), r.PostFormValue("done") == "1")
	if err != nil {
		return err
	}
	return u.done(w, r, handoverAddress(id), "done.kept", set)
}

// handoverLine says how many of the staff still wait, where everybody of it gets a device.
func (u *UI) handoverLine(ctx context.Context, v view) (out []web.Todo, err error) {
	if !v.authority.Policy.Lending.Teachers && !v.authority.Policy.StaffOnly || !v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) || !v.by.CanSomewhere(school.Lend, v.by.Tenant) {
		return nil, nil
	}
	all, err := u.st.StaffHandovers(ctx, v.by, store.HandoverFilter{})
	if err != nil || all.Next != "" { // of a whole city the page says it school by school
		return nil, err
	}
	open := 0
	for _, h := range all.Rows {
		if h.Next() != "" {
			open++
		}
	}
	if open == 0 {
		return nil, nil
	}
	return []web.Todo{{Urgency: web.Sometime, Title: web.T(v.lang, "todo.handover", open, len(all.Rows)), Text: web.T(v.lang, "todo.handover.text"), Action: &web.Action{Text: web.T(v.lang, "todo.handover.do"), Href: handoversPath + "?open=1"}}}, nil
}

func init() {
	web.Add(web.Words{
		"handovers":            {"Übergabe an Lehrkräfte", "Hand-over to teachers"},
		"handovers.lead":       {"{1} von {2} fehlt noch etwas.", "{1} of {2} still lack something."},
		"handovers.many":       {"Hier stehen die ersten {1}.", "Here stand the first {1}."},
		"handovers.many.text":  {"Wählen Sie eine Schule, um alle ihre Lehrkräfte zu sehen.", "Choose a school to see all its teachers."},
		"handovers.open":       {"nur, wem noch etwas fehlt", "only who still lacks something"},
		"handovers.none":       {"Noch kein Personal", "No staff yet"},
		"handovers.none.text":  {"Sobald Lehrkräfte und anderes Personal angelegt sind, steht hier, wie weit die Übergabe an jede Person ist.", "As soon as teachers and other staff are added, it says here how far the hand-over to each is."},
		"admin.handovers":      {"Übergabe an Lehrkräfte", "Hand-over to teachers"},
		"admin.text.handovers": {"Wer Gerät, Einweisung, E-Mail und App hat, und wem noch etwas fehlt.", "Who has device, briefing, mail and app, and who still lacks something."},

		"handover.lead":           {"Vom Konto bis zur Anmeldung in der App. Was kein Gerät meldet, halten Sie hier fest.", "From the account to signing in to the app. What no device reports you note here."},
		"handover.file":           {"uebergabe", "hand-over"},
		"handover.done":           {"Schritte", "Steps"},
		"handover.next":           {"Als Nächstes", "Next"},
		"handover.progress":       {"Erledigte Schritte, {1}", "Steps done, {1}"},
		"handover.whole":          {"alles erledigt", "all done"},
		"handover.steps":          {"Schritte", "Steps"},
		"handover.step":           {"Schritt", "Step"},
		"handover.how":            {"Woher wir es wissen, oder was hilft", "How we know, or what helps"},
		"handover.open":           {"offen", "open"},
		"handover.is":             {"erledigt", "done"},
		"handover.say":            {"Ist erledigt", "Is done"},
		"handover.unsay":          {"Doch nicht", "Not after all"},
		"handover.step.account":   {"Konto bereit", "Account ready"},
		"handover.step.prepared":  {"Gerät vorbereitet", "Device prepared"},
		"handover.step.briefed":   {"Eingewiesen", "Briefed"},
		"handover.step.issued":    {"Ausgegeben und unterschrieben", "Handed out and signed"},
		"handover.step.mail":      {"E-Mail eingerichtet", "Mail set up"},
		"handover.step.app":       {"In der App angemeldet", "Signed in to the app"},
		"handover.next.account":   {"Konto anlegen", "make an account"},
		"handover.next.prepared":  {"Gerät vorsehen", "plan a device"},
		"handover.next.enrol":     {"{1} registrieren", "enrol {1}"},
		"handover.next.briefed":   {"einweisen", "brief"},
		"handover.next.issued":    {"ausgeben", "hand out"},
		"handover.next.signature": {"unterschreiben lassen", "have it signed"},
		"handover.next.mail":      {"E-Mail einrichten", "set up mail"},
		"handover.next.app":       {"in der App anmelden", "sign in to the app"},
		"handover.how.account":    {"E-Mail-Adresse oder Anmeldename ist eingetragen.", "An e-mail address or a login is entered."},
		"handover.how.prepared":   {"Das Gerät ist eingerichtet und dieser Person zugedacht.", "The device is set up and meant for this person."},
		"handover.how.issued":     {"Ausgegeben am {1}.", "Handed out on {1}."},
		"handover.how.mail":       {"Das iPad hat das E-Mail-Konto bestätigt.", "The iPad confirmed the mail account."},
		"handover.how.app":        {"Das iPad hat die App bestätigt; ob jemand darin angemeldet ist, meldet es nicht.", "The iPad confirmed the app; whether somebody is signed in to it, it does not report."},
		"handover.how.said":       {"Hier festgehalten am {1}.", "Noted here on {1}."},
		"handover.helps.account":  {"E-Mail-Adresse oder Anmeldename auf der Seite der Person eintragen.", "Enter an e-mail address or a login on the page of the person."},
		"handover.helps.prepared": {"Auf der Seite eines eingerichteten iPads diese Person vorsehen, oder gleich ausgeben.", "Plan this person on the page of an iPad that is set up, or hand it out at once."},
		"handover.helps.briefed":  {"Regeln und Nutzungsvereinbarung erklären, dann hier festhalten.", "Explain the rules and the terms of use, then note it here."},
		"handover.helps.issued":   {"Am Ausgabetisch ausgeben und die Nutzungsvereinbarung unterschreiben lassen.", "Hand out at the desk and have the terms of use signed."},
		"handover.helps.mail":     {"Ein Profil mit E-Mail-Konto zuweisen; oder von Hand einrichten und hier festhalten.", "Assign a profile with a mail account; or set it up by hand and note it here."},
		"handover.helps.app":      {"Gemeinsam anmelden, dann hier festhalten.", "Sign in together, then note it here."},
		"event.handover.said":     {"Schritt der Übergabe festgehalten", "Step of a hand-over noted"},

		"todo.handover":      {"Übergabe an Lehrkräfte: {1} von {2} fehlt noch etwas.", "Hand-over to teachers: {1} of {2} still lack something."},
		"todo.handover.text": {"Konto, Gerät, Einweisung, Ausgabe, E-Mail oder App.", "Account, device, briefing, hand-out, mail or app."},
		"todo.handover.do":   {"Übergabe ansehen", "See the hand-over"},
	})
}
