package ui

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const issueDaysPath = "/issue-days"

func issueDayAddress(id school.IssueDayID) string {
	return issueDaysPath + "/" + url.PathEscape(string(id))
}

// keptDays is how long a day that is over stands in the list.
const keptDays = 366

// issueDaysPage lists the days on which classes come to a desk: those to come, and behind them those that are over.
func (u *UI) issueDaysPage(w http.ResponseWriter, r *http.Request, v view) error {
	title := web.T(v.lang, "nav.issuedays")
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: title})}
	p.Lead, p.Tabs = p.T("issuedays.lead"), u.lendingTabs(&p.Frame, v, issueDaysPath)
	past := r.URL.Query().Get("view") == "past"
	f := store.IssueDayFilter{Past: past, After: r.URL.Query().Get("after"), Limit: 50}
	if past {
		f.Within = keptDays
	}
	all, err := u.st.IssueDays(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p.Pager = keyPager(r, len(all.Rows), all.Next)
	p.Columns = []web.Column{{Name: p.T("issueday")}, {Name: p.T("issueday.day")}, {Name: p.T("devices.school")}, {Name: p.T("issueday.room")}, {Name: p.T("issueday.classes"), Numeric: true}, {Name: p.T("accounts.state")}}
	for _, d := range all.Rows {
		status := dayStatus(&p.Frame, d)
		p.Rows = append(p.Rows, []cell{{Text: d.Name, Href: issueDayAddress(d.ID)}, {Text: p.Lang.Date(d.Date(web.Berlin))}, {Text: names[d.School]}, {Text: d.Room}, {Text: p.Lang.Number(int64(len(d.Classes))), Numeric: true}, {Status: &status}})
	}
	if v.extent.Schools == 1 {
		p.drop(2)
	}
	if v.by.CanSomewhere(school.Clerks, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("issueday.new"), Href: issueDaysPath + "/new", Primary: true}}
	}
	p.Empty = web.Empty{Title: p.T("issuedays.none"), Text: p.T("issuedays.none.text"), Actions: p.Actions}
	if past {
		p.Actions = append(p.Actions, web.Action{Text: p.T("issuedays.coming"), Href: issueDaysPath})
		p.Empty = web.Empty{Title: p.T("issuedays.none.past"), Actions: []web.Action{{Text: p.T("issuedays.coming"), Href: issueDaysPath}}}
	} else {
		p.Actions = append(p.Actions, web.Action{Text: p.T("issuedays.past"), Href: issueDaysPath + "?view=past"})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// dayStatus says how far away a day is.
func dayStatus(f *web.Frame, d school.IssueDay) web.Status {
	switch n := d.In(f.Now.In(web.Berlin)); {
	case n < 0:
		return web.Status{Kind: web.Off, Text: f.T("issueday.over")}
	case n == 0:
		return web.Status{Kind: web.Busy, Text: f.T("issueday.today")}
	case n == 1:
		return web.Status{Kind: web.Warning, Text: f.T("issueday.tomorrow")}
	default:
		return web.Status{Kind: web.Waiting, Text: f.T("issueday.in", n)}
	}
}

func (u *UI) issueDayOf(r *http.Request, v view) (school.IssueDay, error) {
	return u.st.IssueDayByID(r.Context(), v.by, school.IssueDayID(routeVar(r, "day")))
}

// typedDay is what a form says, over what is there.
func typedDay(r *http.Request, d school.IssueDay) school.IssueDay {
	if r.Method != http.MethodPost {
		return d
	}
	if d.ID == "" {
		d.School = school.SchoolID(r.PostFormValue("school"))
	}
	d.Name, d.Room, d.Classes = r.PostFormValue("name"), r.PostFormValue("room"), nil
	if day, err := dayOf(r.PostFormValue("day"), "day"); err == nil && !day.IsZero() {
		d.Day = day.Format(time.DateOnly)
	} else {
		d.Day = r.PostFormValue("day")
	}
	for _, c := range r.PostForm["classes"] {
		d.Classes = append(d.Classes, school.ClassID(c))
	}
	return d
}

// issueDayForm asks when and where which classes come. The classes are those of a school, so the school is asked first where
// there are several.
func (u *UI) issueDayForm(r *http.Request, v view, d school.IssueDay) (p *formPage, which bool, err error) {
	title := web.T(v.lang, "issueday.new")
	crumbs := []web.Crumb{{Name: web.T(v.lang, "nav.issuedays"), Href: issueDaysPath}}
	cancel := issueDaysPath
	if d.ID != "" {
		title, cancel = web.T(v.lang, "issueday.edit"), issueDayAddress(d.ID)
		crumbs = append(crumbs, web.Crumb{Name: d.Name, Href: cancel})
	}
	p = &formPage{Frame: u.frame(r, title, append(crumbs, web.Crumb{Name: title})...), Cancel: cancel}
	schools, err := u.st.DeskSchools(r.Context(), v.by)
	if err != nil {
		return nil, false, err
	}
	options := []web.Option{{Text: p.T("tokens.school.choose")}}
	for _, s := range schools {
		if v.at(school.Clerks, s.ID) {
			options = append(options, web.Option{Value: string(s.ID), Text: s.Name})
		}
	}
	if d.School == "" && len(options) == 2 {
		d.School = school.SchoolID(options[1].Value)
	}
	if d.ID == "" && !slices.ContainsFunc(options[1:], func(o web.Option) bool { return o.Value == string(d.School) }) {
		p.Lead, p.Submit = p.T("issueday.school.lead"), p.T("issueday.next")
		p.Fields = []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: choose("", options...), Focus: true}}
		return p, true, nil
	}
	p.Lead, p.Submit = p.T("issueday.lead"), p.T("form.save")
	if d.ID == "" {
		p.Hidden = []web.Hidden{{Name: "school", Value: string(d.School)}}
	}
	classes, err := u.st.DeskClasses(r.Context(), v.by, d.School)
	if err != nil {
		return nil, false, err
	}
	field := web.Field{Kind: web.ChecksField, Name: "classes", Label: p.T("issueday.classes")}
	for _, c := range classes {
		field.Options = append(field.Options, web.Option{Value: string(c.ID), Text: web.ClassName(p.Lang, c.Name), Hint: p.T("desk.start.done", c.Done, c.People), Chosen: slices.Contains(d.Classes, c.ID)})
	}
	if len(classes) == 0 {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("desk.start.noclasses")}
	}
	if d.ID == "" && r.Method != http.MethodPost || d.Name == "" && !r.PostForm.Has("day") {
		d.Name = p.T("issueday")
	}
	p.Fields = []web.Field{{Kind: web.DateField, Name: "day", Label: p.T("issueday.day"), Value: d.Day, Focus: true}, {Name: "name", Label: p.T("issueday.name"), Hint: p.T("issueday.name.hint"), Value: d.Name, MaxLength: 200, Autocomplete: "off"},
		{Name: "room", Label: p.T("issueday.room"), Hint: p.T("issueday.room.hint"), Value: d.Room, MaxLength: 100, Optional: true, Autocomplete: "off"}, field}
	return p, false, nil
}

func (u *UI) newIssueDayPage(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	d := typedDay(r, school.IssueDay{School: school.SchoolID(r.FormValue("school"))})
	p, which, err := u.issueDayForm(r, v, d)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost || which || !r.PostForm.Has("day") { // the school was chosen, the rest comes next
		return u.showForm(w, r, p)
	}
	id, set, err := u.st.SetIssueDay(r.Context(), v.by, d)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, issueDayAddress(id), "done.issueday.set", set)
}

func (u *UI) editIssueDayPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.issueDayOf(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.Clerks, d.School) {
		return web.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	here := issueDayAddress(d.ID)
	is, _, err := u.issueDayForm(r, v, d)
	if err != nil {
		return err
	}
	meanwhile := is.meanwhile(r)
	d = typedDay(r, d)
	p, _, err := u.issueDayForm(r, v, d)
	if err != nil {
		return err
	}
	p.keeping().Confirm = &web.Confirm{ID: "remove", Title: p.T("issueday.remove.title"), Text: p.T("issueday.remove.text"), Button: p.T("issueday.remove"), Action: here + "/remove", Cancel: here}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	if meanwhile != nil {
		return u.refuse(w, r, p, meanwhile)
	}
	_, set, err := u.st.SetIssueDay(r.Context(), v.by, d)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, here, "done.kept", set)
}

func (u *UI) removeIssueDay(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveIssueDay(r.Context(), v.by, school.IssueDayID(routeVar(r, "day")))
	if err != nil {
		return err
	}
	return u.done(w, r, issueDaysPath, "done.issueday.removed", set)
}
