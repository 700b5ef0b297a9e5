package ui

import (
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const freezesPath = updatesPath + "/freezes"

// freezesPage lists the times in which iPads are left as they are, and who may end them ends them here.
func (u *UI) freezesPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Freezes(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("updates.tab.freezes"), p.T("freezes.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.updates"), Href: updatesPath})
	p.Tabs = u.updatesTabs(&p.Frame, freezesPath)
	if v.by.CanSomewhere(school.Assign, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("freezes.new"), Href: freezesPath + "/new", Primary: true}}
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p.Columns = []web.Column{{Name: p.T("freezes.name")}, {Name: p.T("freezes.for")}, {Name: p.T("freezes.from")}, {Name: p.T("freezes.until")}, {Name: p.T("devices.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range all {
		status := web.Status{Kind: web.Waiting, Text: p.T("freezes.ahead")}
		if x.At(v.now) {
			status = web.Status{Kind: web.OK, Text: p.T("freezes.now")}
		}
		where := web.Through(v.lang, x.Scope.Level, x.ScopeName)
		if x.Scope.Level == school.AtAuthority {
			where = p.T("freezes.all")
		}
		if (x.Scope.Level == school.AtClass || x.Scope.Level == school.AtGrade) && names[x.School] != "" {
			where = names[x.School] + ", " + where
		}
		var actions []web.Action
		if v.at(school.Assign, x.School) {
			actions = []web.Action{{Text: p.T("freezes.remove"), About: x.Name, Href: freezesPath + "/" + string(x.ID) + "/remove", Post: true}}
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name}, {Text: where}, {Text: p.Lang.Date(x.From)}, {Text: p.Lang.Date(lastDay(x.Until))}, {Status: &status}, {Actions: actions}})
	}
	p.Empty = web.Empty{Title: p.T("freezes.none"), Text: p.T("freezes.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) freezeForm(r *http.Request, v view) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Action: freezesPath + "/new", Cancel: freezesPath}
	p.Title, p.Lead, p.Submit = p.T("freezes.new"), p.T("freezes.new.lead"), p.T("freezes.add")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.updates"), Href: updatesPath}, web.Crumb{Name: p.T("updates.tab.freezes"), Href: freezesPath})
	first := ""
	if v.can(school.Assign) {
		first = p.T("freezes.all")
	}
	schools, err := u.schoolOptions(r, v, school.Assign, first, r.FormValue("school"))
	if err != nil {
		return nil, err
	}
	p.Fields = []web.Field{{Name: "name", Label: p.T("freezes.name"), Hint: p.T("freezes.name.hint"), Value: r.PostFormValue("name"), MaxLength: 100, Focus: true},
		{Kind: web.DateField, Name: "from", Label: p.T("freezes.from"), Value: r.PostFormValue("from")},
		{Kind: web.DateField, Name: "until", Label: p.T("freezes.until"), Value: r.PostFormValue("until")},
		{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools},
		{Name: "part", Label: p.T("freezes.part"), Hint: p.T("freezes.part.hint"), Value: r.PostFormValue("part"), MaxLength: 60, Optional: true}}
	return p, nil
}

func (u *UI) newFreezePage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.freezeForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

// freezeIn reads what was typed: days, and a school or a class or grade of it.
func (u *UI) freezeIn(r *http.Request, v view) (f school.Freeze, err error) {
	f.Name = r.PostFormValue("name")
	if f.From, err = dayOf(r.PostFormValue("from"), "from"); err != nil {
		return f, err
	}
	var until time.Time
	if until, err = dayOf(r.PostFormValue("until"), "until"); err != nil {
		return f, err
	}
	if !until.IsZero() {
		f.Until = until.AddDate(0, 0, 1)
	}
	at, part := school.SchoolID(r.PostFormValue("school")), strings.TrimSpace(r.PostFormValue("part"))
	switch {
	case at == "" && part != "":
		return f, school.Refuse("school", "required")
	case at == "":
		f.Scope = school.Scope{Level: school.AtAuthority, ID: string(v.by.Tenant)}
		return f, nil
	case part == "":
		f.Scope = school.Scope{Level: school.AtSchool, ID: string(at)}
		return f, nil
	}
	classes, err := u.st.Classes(r.Context(), v.by, store.ClassFilter{School: at, Limit: store.MaxPage})
	if err != nil {
		return f, err
	}
	for _, c := range classes.Rows {
		if school.Fold(c.Name) == school.Fold(part) {
			f.Scope = school.Scope{Level: school.AtClass, ID: string(c.ID)}
			return f, nil
		}
	}
	for _, c := range classes.Rows {
		if c.Grade != "" && school.Fold(c.Grade) == school.Fold(part) {
			f.Scope = school.GradeScope(at, c.Grade)
			return f, nil
		}
	}
	return f, school.Refuse("part", "freeze_part", part)
}

func (u *UI) newFreeze(w http.ResponseWriter, r *http.Request, v view) error {
	f, err := u.freezeIn(r, v)
	var set school.ChangeSetID
	if err == nil {
		_, set, err = u.st.AddFreeze(r.Context(), v.by, f)
	}
	if err != nil {
		p, ferr := u.freezeForm(r, v)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, freezesPath, "done.freeze.added", set)
}

func (u *UI) removeFreeze(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveFreeze(r.Context(), v.by, school.FreezeID(routeVar(r, "freeze")))
	if err != nil {
		return err
	}
	return u.done(w, r, freezesPath, "done.freeze.removed", set)
}

func init() {
	web.Add(web.Words{
		"freezes.lead": {"In einer Prüfungssperre verlangt der Server kein Update, und betreute iPads ab iPadOS 18 laden auch von selbst keines. Ein Termin, der hineinfällt, rückt dahinter.",
			"In an exam freeze the server demands no update, and supervised iPads from iPadOS 18 on load none by themselves either. A deadline that falls into it moves behind it."},
		"freezes.new":       {"Prüfungssperre eintragen", "Add an exam freeze"},
		"freezes.new.lead":  {"Sie beginnt auf den iPads zwölf Stunden vor dem ersten Tag, damit auch abends eingeschaltete davon wissen.", "On the iPads it begins twelve hours before the first day, so that those switched on in the evening know of it."},
		"freezes.add":       {"Eintragen", "Add"},
		"freezes.name":      {"Name", "Name"},
		"freezes.name.hint": {"Etwa „Abitur 2027“ oder „Vera 8“.", "Such as “Final exams 2027”."},
		"freezes.for":       {"Gilt für", "Holds for"},
		"freezes.all":       {"alle Schulen", "all schools"},
		"freezes.from":      {"Erster Tag", "First day"},
		"freezes.until":     {"Letzter Tag", "Last day"},
		"freezes.part":      {"Nur diese Klasse oder dieser Jahrgang", "This class or grade only"},
		"freezes.part.hint": {"Name wie „10b“ oder Jahrgang wie „Q2“. Leer: die ganze Schule.", "A name such as “10b” or a grade such as “Q2”. Empty: the whole school."},
		"freezes.ahead":     {"kommt noch", "to come"},
		"freezes.now":       {"gilt jetzt", "in force now"},
		"freezes.remove":    {"Aufheben", "Remove"},
		"freezes.none":      {"Keine Prüfungssperren", "No exam freezes"},
		"freezes.none.text": {"Tragen Sie Zeiten ein, in denen kein iPad aktualisiert werden darf: Abschlussprüfungen, Vergleichsarbeiten, Klausurwochen.", "Add times in which no iPad may be updated: final exams, comparison tests, exam weeks."},

		"done.freeze.added":   {"Die Prüfungssperre ist eingetragen.", "The exam freeze has been added."},
		"done.freeze.removed": {"Die Prüfungssperre ist aufgehoben. Verschobene Termine gelten wieder wie geschrieben.", "The exam freeze has been removed. Deadlines it moved hold again as they were written."},
		"error.freeze_part":   {"„{1}“ ist weder eine Klasse noch ein Jahrgang dieser Schule.", "“{1}” is neither a class nor a grade of this school."},
	})
}
