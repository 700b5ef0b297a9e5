package ui

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Changes of school between people who look after one school each: offered, taken or declined. And those who left one school and
// are new, by name, at another, for whoever looks after both.
const crossingsPath = "/crossings"

func crossingAddress(id school.CrossingID) string { return crossingsPath + "/" + string(id) }

// movesPeople says how somebody lets people change schools: alone, because both schools are theirs, or by offering them to a
// school that is not.
func (u *UI) movesPeople(ctx context.Context, v view) (alone, offering bool, err error) {
	schools, ok := v.by.Schools(school.EditPeople, v.by.Tenant)
	if !ok || v.authority.Policy.StaffOnly {
		return false, false, nil
	}
	if schools == nil {
		return v.extent.Schools > 1, false, nil
	}
	others, err := u.st.Elsewhere(ctx, v.by)
	return len(schools) > 1, len(others) > 0, err
}

// crossingStatus is how far an offer is.
func crossingStatus(l web.Lang, x store.Crossing) *web.Status {
	kind := map[school.CrossingAnswer]web.StatusKind{school.CrossingOpen: web.Waiting, school.CrossingTaken: web.OK, school.CrossingDeclined: web.Warning, school.CrossingWithdrawn: web.Off}[x.Answer]
	return &web.Status{Kind: kind, Text: web.T(l, "crossing.answer."+orElse(string(x.Answer), "open"))}
}

// crossingsPage lists what was offered, and, on its second tab, pairs of one name.
func (u *UI) crossingsPage(w http.ResponseWriter, r *http.Request, v view) error {
	offers, err := u.st.Crossings(r.Context(), v.by)
	if err != nil {
		return err
	}
	pairs, err := u.st.Namesakes(r.Context(), v.by)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "crossings.title")
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "people.title"), Href: "/people"}, web.Crumb{Name: title})}
	names := r.URL.Query().Get("list") == "names"
	open := 0
	for _, x := range offers {
		if x.Answer == school.CrossingOpen {
			open++
		}
	}
	alone, _, err := u.movesPeople(r.Context(), v)
	if err != nil {
		return err
	}
	if alone {
		p.Tabs = []web.Tab{{Name: p.T("crossings.offers"), Href: crossingsPath, Current: !names, Counted: true, Count: open},
			{Name: p.T("crossings.names"), Href: crossingsPath + "?list=names", Current: names, Counted: true, Count: len(pairs)}}
	}
	if names {
		u.namesakes(p, v, pairs)
	} else {
		u.offers(p, v, offers)
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) offers(p *tablePage, v view, offers []store.Crossing) {
	p.Lead = p.T("crossings.lead")
	p.Columns = []web.Column{{Name: p.T("people.name")}, {Name: p.T("crossing.from")}, {Name: p.T("crossing.to")}, {Name: p.T("people.device")}, {Name: p.T("crossing.since")}, {Name: p.T("accounts.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range offers {
		row := []cell{{Text: x.Name}, {Text: x.FromName, Detail: web.ClassName(v.lang, x.Class)}, {Text: x.ToName}, {Text: x.Device}, {When: momentOf(&p.Frame, x.Offered)}, {Status: crossingStatus(v.lang, x)}, {}}
		at, here := x.From, crossingAddress(x.ID)
		if x.Answer == school.CrossingTaken {
			at = x.To
		}
		if v.at(school.ViewPeople, at) {
			row[0].Href = personAddress(x.Person)
		}
		if x.Answer == school.CrossingOpen && v.at(school.EditPeople, x.To) {
			row[6].Actions = append(row[6].Actions, web.Action{Text: p.T("crossing.take"), About: x.Name, Href: here}, web.Action{Text: p.T("crossing.decline"), About: x.Name, Href: here + "/decline", Post: true})
		}
		if x.Answer == school.CrossingOpen && v.at(school.EditPeople, x.From) {
			row[6].Actions = append(row[6].Actions, web.Action{Text: p.T("crossing.withdraw"), About: x.Name, Href: here + "/withdraw", Post: true})
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("crossings.none"), Text: p.T("crossings.none.text"), Actions: []web.Action{{Text: p.T("people.title"), Href: "/people"}}}
}

func (u *UI) namesakes(p *tablePage, v view, pairs []store.Namesakes) {
	p.Lead = p.T("namesakes.lead")
	p.Columns = []web.Column{{Name: p.T("people.name")}, {Name: p.T("namesakes.left")}, {Name: p.T("namesakes.new")}, {Name: p.T("people.device")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range pairs {
		both := []web.Hidden{{Name: "left", Value: string(x.Left)}, {Name: "new", Value: string(x.New)}}
		p.Rows = append(p.Rows, []cell{{Text: x.Name}, {Text: x.FromName, Href: personAddress(x.Left)}, {Text: x.ToName, Detail: web.ClassName(v.lang, x.Class), Href: personAddress(x.New)}, {Text: x.Device},
			{Actions: []web.Action{{Text: p.T("namesakes.same"), About: x.Name, Href: crossingsPath + "/same", Post: true, Hidden: both},
				{Text: p.T("namesakes.differ"), About: x.Name, Href: crossingsPath + "/differ", Post: true, Hidden: both}}}})
	}
	p.Empty = web.Empty{Title: p.T("namesakes.none"), Text: p.T("namesakes.none.text")}
}

// offerPage asks to which school somebody is offered.
func (u *UI) offerPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return err
	}
	schools, err := u.st.Elsewhere(r.Context(), v.by)
	if err != nil {
		return err
	}
	if len(schools) == 0 {
		return web.ErrNotFound
	}
	here, title := personAddress(x.ID), web.T(v.lang, "person.move", x.Name())
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: x.Name(), Href: here}, web.Crumb{Name: title}), Cancel: here}
	p.Lead, p.Submit = p.T("crossing.offer.lead"), p.T("crossing.offer")
	to := r.PostFormValue("school")
	options := []web.Option{{Text: p.T("crossing.offer.none")}}
	for _, s := range schools {
		options = append(options, web.Option{Value: string(s.ID), Text: s.Name})
	}
	p.Fields = []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("crossing.to"), Options: choose(to, options...)}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	set, err := u.st.OfferCrossing(r.Context(), v.by, x.ID, school.SchoolID(to), web.CrossingLetters(school.CrossingOpen))
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, here, "done.crossing.offered", set)
}

// takePage says what comes over, asks for the class and takes somebody in.
func (u *UI) takePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.crossing(r, v)
	if err == nil && (x.Answer != school.CrossingOpen || !v.at(school.EditPeople, x.To)) {
		err = web.ErrNotFound
	}
	if err != nil {
		return err
	}
	classes, err := u.st.Classes(r.Context(), v.by, store.ClassFilter{School: x.To, Limit: store.MaxPage})
	if err != nil {
		return err
	}
	title := web.T(v.lang, "crossing.take.title", x.Name)
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "crossings.title"), Href: crossingsPath}, web.Crumb{Name: x.Name}), Cancel: crossingsPath, Submit: web.T(v.lang, "crossing.take")}
	p.Lead = p.T("crossing.take.bare", x.FromName)
	if x.Device != "" {
		p.Lead = p.T("crossing.take.lead", x.FromName, x.Device)
	}
	options := []web.Option{{Text: p.T("person.noclass")}}
	for _, c := range classes.Rows {
		options = append(options, web.Option{Value: string(c.ID), Text: web.ClassName(v.lang, c.Name)})
	}
	p.Fields = []web.Field{{Kind: web.SelectField, Name: "class", Label: p.T("crossing.class", x.ToName), Options: choose(r.PostFormValue("class"), options...)}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	set, err := u.st.TakeCrossing(r.Context(), v.by, x.ID, school.ClassID(r.PostFormValue("class")), web.CrossingLetters(school.CrossingTaken))
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, personAddress(x.Person), "done.transferred", set)
}

func (u *UI) crossing(r *http.Request, v view) (store.Crossing, error) {
	return u.st.CrossingByID(r.Context(), v.by, school.CrossingID(mux.Vars(r)["crossing"]))
}

func (u *UI) declineCrossing(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.DeclineCrossing(r.Context(), v.by, school.CrossingID(mux.Vars(r)["crossing"]), web.CrossingLetters(school.CrossingDeclined))
	if err != nil {
		return err
	}
	return u.done(w, r, crossingsPath, "done.crossing.declined", set)
}

func (u *UI) withdrawCrossing(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.WithdrawCrossing(r.Context(), v.by, school.CrossingID(mux.Vars(r)["crossing"]))
	if err != nil {
		return err
	}
	return u.done(w, r, crossingsPath, "done.crossing.withdrawn", set)
}

func (u *UI) sameNamesakes(w http.ResponseWriter, r *http.Request, v view) error {
	left := school.PersonID(r.PostFormValue("left"))
	set, err := u.st.JoinNamesakes(r.Context(), v.by, left, school.PersonID(r.PostFormValue("new")))
	if err != nil {
		return err
	}
	return u.done(w, r, personAddress(left), "done.namesakes.same", set)
}

func (u *UI) differNamesakes(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.DifferNamesakes(r.Context(), v.by, school.PersonID(r.PostFormValue("left")), school.PersonID(r.PostFormValue("new")))
	if err != nil {
		return err
	}
	return u.done(w, r, crossingsPath+"?list=names", "done.namesakes.differ", set)
}

// crossingLines are the lines of the start page about changes of school.
func (u *UI) crossingLines(ctx context.Context, v view) (out []web.Todo, err error) {
	if v.authority.Policy.StaffOnly {
		return nil, nil
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	n, err := u.st.CrossingsToAnswer(ctx, v.by)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.crossings", n), Text: t("todo.crossings.text"), Action: &web.Action{Text: t("todo.crossings.do"), Href: crossingsPath}})
	}
	if n, err = u.st.CountNamesakes(ctx, v.by); err != nil {
		return nil, err
	}
	if n > 0 {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.namesakes", n), Text: t("todo.namesakes.text"), Action: &web.Action{Text: t("todo.namesakes.do"), Href: crossingsPath + "?list=names"}})
	}
	return out, nil
}

func init() {
	web.Add(web.Words{
		"crossings.title":           {"Schulwechsel", "Changes of school"},
		"crossings.offers":          {"Angeboten", "Offered"},
		"crossings.names":           {"Gleicher Name", "Same name"},
		"crossings.lead":            {"Wer nur eine Schule betreut, bietet einen Wechsel an; die andere Schule nimmt auf oder lehnt ab. Erst dann kommen Person, Vertrag und iPad hinüber. Gelöscht wird dabei nichts.", "Who looks after one school alone offers a change; the other school takes the person in or declines. Only then person, contract and iPad go over. Nothing is erased."},
		"crossings.none":            {"Kein Schulwechsel offen", "No change of school is open"},
		"crossings.none.text":       {"Einen Wechsel bieten Sie auf der Seite der Person an. Antworten stehen hier 30 Tage lang.", "You offer a change on the page of the person. Answers stand here for 30 days."},
		"crossing.from":             {"Von", "From"},
		"crossing.to":               {"Neue Schule", "New school"},
		"crossing.since":            {"Angeboten", "Offered"},
		"crossing.take":             {"Aufnehmen", "Take in"},
		"crossing.decline":          {"Ablehnen", "Decline"},
		"crossing.withdraw":         {"Zurückziehen", "Withdraw"},
		"crossing.answer.open":      {"wartet auf Antwort", "waits for an answer"},
		"crossing.answer.taken":     {"aufgenommen", "taken in"},
		"crossing.answer.declined":  {"abgelehnt", "declined"},
		"crossing.answer.withdrawn": {"zurückgezogen", "withdrawn"},
		"crossing.offer":            {"Wechsel anbieten", "Offer the change"},
		"crossing.offer.none":       {"Schule wählen", "Choose a school"},
		"crossing.offer.lead":       {"Sie betreuen die andere Schule nicht. Bieten Sie ihr den Wechsel an: Sie sieht Name, Klasse und iPad und nimmt auf oder lehnt ab. Bis dahin ändert sich nichts.", "You do not look after the other school. Offer it the change: it sees name, class and iPad, and takes the person in or declines. Until then nothing changes."},
		"crossing.take.title":       {"{1} aufnehmen", "Take in {1}"},
		"crossing.take.lead":        {"Kommt von: {1}. Das iPad {2} kommt mit und wird nicht gelöscht: Es bekommt, was an Ihrer Schule gilt, und verliert, was nur an der alten galt. Ein Vertrag läuft weiter.", "Comes from: {1}. The iPad {2} comes along and is not erased: it gets what applies at your school and loses what applied at the old one alone. A contract goes on."},
		"crossing.take.bare":        {"Kommt von: {1}. Ein iPad kommt nicht mit.", "Comes from: {1}. No iPad comes along."},
		"crossing.class":            {"Klasse an: {1}", "Class at: {1}"},
		"namesakes.lead":            {"Diese Schülerinnen und Schüler haben in den letzten vier Monaten eine Schule verlassen, und an einer anderen ist jemand mit demselben Namen neu. Ist es dieselbe Person, kommen Vertrag und iPad an die neue Schule; gelöscht wird nichts.", "These pupils left a school within the last four months, and somebody of the same name is new at another. If it is the same person, contract and iPad go to the new school; nothing is erased."},
		"namesakes.left":            {"War an", "Was at"},
		"namesakes.new":             {"Neu an", "New at"},
		"namesakes.same":            {"Dieselbe Person", "The same person"},
		"namesakes.differ":          {"Zwei Personen", "Two people"},
		"namesakes.none":            {"Niemand mit demselben Namen", "Nobody of the same name"},
		"namesakes.none.text":       {"Hier steht, wer eine Schule verlassen hat und unter demselben Namen an einer anderen neu ist. Wer heute gegangen ist, steht morgen hier.", "Here stands who left a school and is new at another under the same name. Who left today stands here tomorrow."},
		"done.crossing.offered":     {"Der Wechsel ist angeboten.", "The change is offered."},
		"done.crossing.declined":    {"Abgelehnt; die andere Schule ist benachrichtigt.", "Declined; the other school is told."},
		"done.crossing.withdrawn":   {"Das Angebot ist zurückgezogen.", "The offer is withdrawn."},
		"done.namesakes.same":       {"Beide Einträge sind jetzt eine Person.", "Both entries are one person now."},
		"done.namesakes.differ":     {"Gemerkt: Es sind zwei Personen.", "Noted: they are two people."},
		"todo.crossings":            {"{1} {1:Schulwechsel wartet|Schulwechsel warten} auf Ihre Antwort.", "{1} {1:change of school waits|changes of school wait} for your answer."},
		"todo.crossings.text":       {"Eine andere Schule bietet Ihnen jemanden an. Wer ein iPad hat, bringt es mit.", "Another school offers you somebody. Who has an iPad brings it along."},
		"todo.crossings.do":         {"Schulwechsel ansehen", "Look at the changes"},
		"todo.namesakes":            {"{1} {1:Person hat|Personen haben} eine Schule verlassen; an einer anderen ist derselbe Name neu.", "{1} {1:person|people} left a school; at another the same name is new."},
		"todo.namesakes.text":       {"Ist es dieselbe Person, nimmt sie ihr iPad und ihren Vertrag mit.", "If it is the same person, iPad and contract go along."},
		"todo.namesakes.do":         {"Namen vergleichen", "Compare the names"},
		"event.crossing.offered":    {"Schulwechsel angeboten", "Change of school offered"},
		"event.crossing.taken":      {"Angebotenen Schulwechsel angenommen", "Offered change of school accepted"},
		"event.crossing.declined":   {"Angebotenen Schulwechsel abgelehnt", "Offered change of school declined"},
		"event.crossing.withdrawn":  {"Angebot eines Schulwechsels zurückgezogen", "Offer of a change of school withdrawn"},
		"event.namesakes.joined":    {"Zwei Einträge als dieselbe Person vereint", "Two entries joined as one person"},
		"event.namesakes.differ":    {"Zwei Einträge als verschiedene Personen gemerkt", "Two entries noted as two people"},
	})
}
