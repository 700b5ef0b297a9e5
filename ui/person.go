package ui

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func (v view) personLine(p store.PersonRow) personLine {
	x := personLine{Name: p.Name(), Href: personAddress(p.ID), Kind: web.T(v.lang, "people.kind."+string(p.Kind)), School: p.SchoolName, Device: p.DeviceName, More: max(p.Devices-1, 0)}
	if p.Class != "" {
		x.Class, x.ClassHref = p.ClassName, classAddress(p.Class)
	}
	if p.Device != "" {
		x.DeviceHref = deviceAddress(p.Device)
	}
	return x
}

func personFilter(q url.Values) store.PersonFilter {
	f := store.PersonFilter{School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")), Text: q.Get("q"), Without: q.Get("without") == "1", Holding: q.Get("left") == "1", After: q.Get("after")}
	switch k := school.PersonKind(q.Get("kind")); k {
	case school.Pupil, school.Teacher, school.Staff:
		f.Kind = k
	}
	return f
}

// people lists the people whose names who looks may see.
func (u *UI) people(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := personFilter(q)
	t := func(key string) string { return web.T(v.lang, key) }
	columns := []web.Column{{Name: t("people.name")}, {Name: t("people.kind")}, {Name: t("devices.school")}, {Name: t("devices.class")}, {Name: t("people.device")}}
	if wantsFile(r) {
		head := make([]string, len(columns))
		for i, c := range columns {
			head[i] = c.Name
		}
		f.After = ""
		if err := u.st.NamesExported(r.Context(), v.by, "people", f.School); err != nil {
			return err
		}
		return sendList(w, r, t("people.file"), head, func(yield func([]string, error) bool) {
			for p, err := range u.persons(r.Context(), v, f) {
				if err != nil {
					yield(nil, err)
					return
				}
				x := v.personLine(p)
				if !yield([]string{x.Name, x.Kind, x.School, x.Class, x.Device}, nil) {
					return
				}
			}
		})
	}
	f.Limit = 50
	list, err := u.st.Persons(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	total, err := u.st.CountPersons(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, t("people.title"), web.Crumb{Name: t("people.title")}), Columns: columns, Files: filesOf(r)}
	for _, row := range list.Rows {
		x := v.personLine(row)
		device := cell{Text: x.Device, Href: x.DeviceHref}
		if x.More > 0 {
			device.Detail = p.T("class.more.devices", x.More)
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name, Href: x.Href}, {Text: x.Kind}, {Text: x.School}, {Text: x.Class, Href: x.ClassHref}, device})
	}
	if v.extent.Schools == 1 {
		p.drop(2)
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	p.Pager.Total, p.Pager.More = total, false
	schools, err := u.schoolOptions(r, v, school.ViewPeople, t("devices.all"), string(f.School))
	if err != nil {
		return err
	}
	kinds := []web.Option{{Text: t("devices.all")}}
	for _, k := range v.personKinds() {
		kinds = append(kinds, web.Option{Value: string(k), Text: t("people.kind." + string(k))})
	}
	without := ""
	if f.Without {
		without = "1"
	}
	p.Filter = &web.Filter{Action: "/people", Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: t("people.name"), Value: f.Text},
		{Kind: web.SelectField, Name: "kind", Label: t("people.kind"), Options: choose(string(f.Kind), kinds...)}}}
	if len(schools) > 2 {
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: t("devices.school"), Options: schools})
	}
	p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.CheckField, Name: "without", Label: t("people.without"), Value: without},
		web.Field{Kind: web.CheckField, Name: "left", Label: t("people.left"), Value: checked(f.Holding)})
	if v.by.CanSomewhere(school.EditPeople, v.by.Tenant) {
		q := url.Values{}
		for _, k := range []string{"school", "class"} {
			if q2 := r.URL.Query().Get(k); q2 != "" {
				q.Set(k, q2)
			}
		}
		p.Actions = []web.Action{{Text: t("rosters.new"), Href: rostersPath}, {Text: t("person.new"), Href: address("/people/new", q)}}
		alone, offering, err := u.movesPeople(r.Context(), v)
		if err != nil {
			return err
		}
		if alone || offering {
			p.Actions = append(p.Actions, web.Action{Text: t("crossings.title"), Href: crossingsPath})
		}
	}
	p.Empty = web.Empty{Title: t("people.none"), Text: t("people.none.text"), Actions: p.Actions}
	if f.School != "" || f.Class != "" || f.Text != "" || f.Kind != "" || f.Without || f.Holding {
		p.Filter.Reset = "/people"
		p.Empty = web.Empty{Title: t("people.none.found"), Actions: []web.Action{{Text: t("part.filter.reset"), Href: "/people"}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// personPage is the page "person": class, what the person has and had.
type personPage struct {
	web.Frame
	Kind    string
	Facts   []web.Fact
	Actions []web.Action
	Menu    *web.Menu
	Held    []personHolding
	Events  []web.Event
	Empty   web.Empty
}

type personHolding struct {
	Device link
	From   web.When
	Until  *web.When
	Back   string // address taking back is posted to
}

// Ended is Until for the template, which cannot follow a pointer into a call.
func (h personHolding) Ended() web.When { return *h.Until }

func (u *UI) person(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.PersonByID(r.Context(), v.by, school.PersonID(mux.Vars(r)["person"]))
	if err != nil {
		return err
	}
	u.st.Viewed(v.by, x.Person)
	name := x.Name()
	var crumbs []web.Crumb
	if x.School != "" {
		crumbs = append(crumbs, web.Crumb{Name: x.SchoolName, Href: schoolAddress(x.School)})
	}
	if x.Class != "" {
		crumbs = append(crumbs, web.Crumb{Name: web.ClassName(v.lang, x.ClassName), Href: classAddress(x.Class)})
	}
	p := &personPage{Frame: u.frame(r, name, append(crumbs, web.Crumb{Name: name})...), Kind: web.T(v.lang, "people.kind."+string(x.Kind))}
	fact := func(key, text, href string) {
		if text != "" {
			p.Facts = append(p.Facts, web.Fact{Name: p.T(key), Text: text, Href: href})
		}
	}
	fact("people.kind", p.Kind, "")
	if x.School != "" {
		fact("devices.school", x.SchoolName, schoolAddress(x.School))
	}
	if x.Class != "" {
		fact("devices.class", x.ClassName, classAddress(x.Class))
	}
	if !x.AdultFrom.IsZero() {
		fact("people.adult", p.Lang.Date(x.AdultFrom), "")
	}
	fact("people.email", x.Email, "")
	fact("people.login", x.Login, "")
	members, err := u.st.Memberships(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	for _, m := range members {
		switch {
		case m.School == "" || !m.Until.IsZero() && !m.Until.After(v.now):
		case m.School == x.School && m.From.After(v.now):
			fact("person.announced", p.Lang.Date(m.From), "")
		case m.School != x.School:
			fact("person.also", m.Name, "")
		}
		if m.Group != "" && (m.Until.IsZero() || m.Until.After(v.now)) {
			fact("people.group", m.Name, "")
		}
	}
	if v.at(school.Assign, x.School) && !x.Archived {
		p.Actions = append(p.Actions, web.Action{Text: p.T("class.assign"), Href: assignAddress(school.Scope{Level: school.AtPerson, ID: string(x.ID)}, personAddress(x.ID))})
	}
	if v.at(school.EditPeople, x.School) && !x.Archived {
		p.Actions = append(p.Actions, web.Action{Text: p.T("person.edit.do"), Href: personAddress(x.ID) + "/edit"})
		alone, offering, err := u.movesPeople(r.Context(), v)
		if err != nil {
			return err
		}
		if alone && v.authority.Has(school.Management) && x.Kind == school.Pupil {
			p.Actions = append(p.Actions, web.Action{Text: p.T("person.move.do"), Href: personAddress(x.ID) + "/move"})
		}
		if offering && x.Kind == school.Pupil {
			p.Actions = append(p.Actions, web.Action{Text: p.T("crossing.offer"), Href: personAddress(x.ID) + "/offer"})
		}
	}
	if v.at(school.ViewPeople, x.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("contracts.title"), Href: address(contractsPath, url.Values{"person": {string(x.ID)}})})
	}
	p.Menu = v.privacyMenu(x)
	held, err := u.st.HeldBy(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	for _, h := range held {
		line := personHolding{Device: link{h.DeviceName, deviceAddress(h.Device)}, From: p.When(h.From)}
		if h.Until.IsZero() {
			if v.at(school.EditDevices, x.School) {
				line.Back = deviceAddress(h.Device) + "/takeback"
			}
		} else {
			until := p.When(h.Until)
			line.Until = &until
		}
		p.Held = append(p.Held, line)
	}
	p.Empty = web.Empty{Title: p.T("people.holds.none"), Text: p.T("people.holds.none.text")}
	if p.Events, err = u.history(r.Context(), v, "person", string(x.ID), personAddress(x.ID), 50); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "person", p)
}

func init() {
	web.Add(web.Words{
		"people.title":           {"Personen", "People"},
		"people.file":            {"personen", "people"},
		"people.name":            {"Name", "Name"},
		"people.kind":            {"Art", "Kind"},
		"people.kind.pupil":      {"Schülerin oder Schüler", "Pupil"},
		"people.kind.teacher":    {"Lehrkraft", "Teacher"},
		"people.kind.staff":      {"Personal", "Staff"},
		"people.device":          {"iPad", "iPad"},
		"people.without":         {"nur ohne iPad", "only without an iPad"},
		"people.email":           {"E-Mail", "E-mail"},
		"people.login":           {"Verwalteter Apple Account", "Managed Apple Account"},
		"people.group":           {"Gruppe", "Group"},
		"people.none":            {"Noch keine Personen.", "No people yet."},
		"people.none.text":       {"Personen braucht es, um iPads auszugeben. Klassen zuordnen lassen sich iPads auch ohne sie.", "People are needed to issue iPads. iPads can be assigned to classes without them."},
		"people.none.found":      {"Niemanden gefunden.", "Nobody found."},
		"people.holds":           {"Hat und hatte", "Has and had"},
		"people.holds.since":     {"seit", "since"},
		"people.holds.none":      {"Noch kein iPad ausgegeben.", "No iPad issued yet."},
		"people.holds.none.text": {"Ausgeben können Sie auf der Seite des iPads.", "You can issue one on the page of the iPad."},
	})
}
