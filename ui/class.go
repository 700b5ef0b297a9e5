package ui

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// classPage is the page "class" in its four views: what is assigned (the first), devices, people, history.
type classPage struct {
	web.Frame
	Year    string    // school year
	Years   *web.Menu // to the other one that is open
	Counts  string
	Actions []web.Action
	Menu    *web.Menu
	Tabs    []web.Tab

	Assigned *assignedBlock
	Devices  []deviceLine
	People   []personLine
	Names    bool // who looks may see people
	Events   []web.Event
	Empty    *web.Empty
}

// assignedBlock is the part of a page that shows what applies to it and moves by itself.
type assignedBlock struct {
	Lines []web.Given
	Again string // when to ask anew, in htmx's words
	From  string // address of the page
	Empty web.Empty
	Retry *web.Action // of several devices that refused something for good
	Event []web.Event // the last things that happened
}

// personLine is a person in a list.
type personLine struct {
	Name       string
	Href       string
	Kind       string
	School     string
	Class      string
	ClassHref  string
	Device     string
	DeviceHref string
	More       int // further devices
}

func (u *UI) classOf(r *http.Request, v view) (store.ClassRow, error) {
	return u.st.ClassByID(r.Context(), v.by, school.ClassID(mux.Vars(r)["class"]))
}

func classAddress(id school.ClassID) string { return "/classes/" + url.PathEscape(string(id)) }

// classHead is what all views of a class have above them.
func (u *UI) classHead(r *http.Request, v view, c store.ClassRow, tab string) (*classPage, error) {
	name := web.ClassName(v.lang, c.Name)
	way := []web.Crumb{{Name: c.SchoolName, Href: schoolAddress(c.School)}}
	grades, err := u.st.Grades(r.Context(), v.by, c.School)
	if err != nil {
		return nil, err
	}
	if len(grades) > 1 && c.Grade != "" && !c.Archived { // one grade is no level of its own
		way = append(way, web.Crumb{Name: gradeName(v.lang, c.Grade), Href: gradeAddress(c.School, c.Grade)})
	}
	p := &classPage{Frame: u.frame(r, name, append(way, web.Crumb{Name: name})...)}
	p.Names = v.at(school.ViewPeople, c.School)
	years, err := u.st.OpenYears(r.Context(), v.by, c.School)
	if err != nil {
		return nil, err
	}
	if !c.Archived && p.Names && !v.authority.Policy.StaffOnly {
		p.Years = yearSwitch(&p.Frame, years, school.YearPresent, func(y school.OpenYear) string {
			return yearAddress(c.School, y.SchoolYear) + "/class?" + url.Values{"id": {string(c.ID)}}.Encode()
		})
	}
	p.Year = p.T("class.year", presentYear(years))
	p.Counts = p.T("class.counts", c.Devices, c.People)
	if c.Archived {
		p.Counts += " · " + p.T("school.archived")
	}
	here := classAddress(c.ID)
	if !c.Archived && v.at(school.Assign, c.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("class.assign"), Href: assignAddress(school.Scope{Level: school.AtClass, ID: string(c.ID)}, here), Primary: true})
	}
	if !c.Archived && v.at(school.Lend, c.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("class.issue"), Href: deskPath, Post: true,
			Hidden: []web.Hidden{{Name: "school", Value: string(c.School)}, {Name: "mode", Value: string(school.DeskClass)}, {Name: "class", Value: string(c.ID)}}})
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("class.print"), Href: here + "/print"})
	if !c.Archived && p.Names && v.at(school.Lend, c.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("loanpaper.contracts"), Href: classPapersAddress(c.ID)})
	}
	if !c.Archived && c.Devices > 0 && v.at(school.EditDevices, c.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("labels.title"), Href: labelsPath + "?" + url.Values{"school": {string(c.School)}, "class": {string(c.ID)}}.Encode()})
	}
	if !c.Archived && v.at(school.EditOrg, c.School) {
		p.Menu = &web.Menu{Text: p.T("class.more"), Actions: []web.Action{{Text: p.T("class.edit"), Href: here + "/edit"}}}
	}
	p.Tabs = []web.Tab{{Name: p.T("class.tab.devices"), Href: here + "/devices", Current: tab == "devices", Counted: true, Count: c.Devices}}
	if p.Names {
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T("class.tab.people"), Href: here + "/people", Current: tab == "people", Counted: true, Count: c.People})
	}
	p.Tabs = append(p.Tabs, web.Tab{Name: p.T("class.tab.assigned"), Href: here, Current: tab == ""},
		web.Tab{Name: p.T("class.tab.history"), Href: here + "/history", Current: tab == "history"})
	return p, nil
}

// countTab puts the number of what applies on the tab that shows it.
func countTab(tabs []web.Tab, href string, n int) {
	for i := range tabs {
		if tabs[i].Href == href {
			tabs[i].Counted, tabs[i].Count = true, n
		}
	}
}

func (u *UI) classAssigned(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	p, err := u.classHead(r, v, c, "")
	if err != nil {
		return err
	}
	scope := school.Scope{Level: school.AtClass, ID: string(c.ID)}
	if p.Assigned, err = u.assignedBlock(r.Context(), v, scope, c.School, classAddress(c.ID), true); err != nil {
		return err
	}
	if c.Devices == 0 {
		p.Assigned.Empty = web.Empty{Title: p.T("class.empty"), Text: p.T("class.empty.text")}
		if v.at(school.EditDevices, c.School) {
			p.Assigned.Empty.Actions = []web.Action{{Text: p.T("class.empty.devices"), Href: "/devices?school=" + url.QueryEscape(string(c.School))}}
		}
	}
	countTab(p.Tabs, classAddress(c.ID), len(p.Assigned.Lines))
	return u.site.Render(w, r, http.StatusOK, "class", p)
}

// assignedBlock reads what applies to a scope and what happened there last.
func (u *UI) assignedBlock(ctx context.Context, v view, scope school.Scope, at school.SchoolID, here string, explain bool) (*assignedBlock, error) {
	lines, told, err := u.valid(ctx, v, scope, at, here, explain)
	if err != nil {
		return nil, err
	}
	b := &assignedBlock{Retry: v.retryAction(told, scope, at), Lines: lines, Again: grown(lines), From: here, Empty: web.Empty{Title: web.T(v.lang, "given.none"), Text: web.T(v.lang, "given.none.text")}}
	if v.at(school.Assign, at) {
		b.Empty.Actions = []web.Action{{Text: web.T(v.lang, "class.assign"), Href: assignAddress(scope, here)}}
	}
	if b.Event, err = u.history(ctx, v, scope.Level.String(), scope.ID, here, 3); err != nil {
		return nil, err
	}
	if e, ok := v.confirmed(told); ok {
		for i, x := range b.Event { // what they confirmed is undone beside it
			if x.Detail != "" && x.Detail == e.Detail && x.Undo != "" {
				e.Undo, b.Event[i].Undo = x.Undo, ""
				break
			}
		}
		e.Detail = ""
		b.Event = append([]web.Event{e}, b.Event...)
		slices.SortStableFunc(b.Event, func(x, y web.Event) int { return y.When.At.Compare(x.When.At) })
	}
	return b, nil
}

// classDevicesShown is how many devices a class shows: more than any class has.
const classDevicesShown = store.MaxPage

func (u *UI) classDevices(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	p, err := u.classHead(r, v, c, "devices")
	if err != nil {
		return err
	}
	list, err := u.st.Devices(r.Context(), v.by, store.DeviceFilter{Class: c.ID, Limit: classDevicesShown})
	if err != nil {
		return err
	}
	for _, d := range list.Rows {
		p.Devices = append(p.Devices, v.deviceLine(&p.Frame, d))
	}
	if len(p.Devices) == 0 {
		p.Empty = &web.Empty{Title: p.T("class.empty"), Text: p.T("class.empty.text")}
		if v.at(school.EditDevices, c.School) {
			p.Empty.Actions = []web.Action{{Text: p.T("class.empty.devices"), Href: "/devices?school=" + url.QueryEscape(string(c.School))}}
		}
	}
	return u.site.Render(w, r, http.StatusOK, "class", p)
}

func (u *UI) classPeople(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.ViewPeople, c.School) {
		return web.ErrNotFound
	}
	p, err := u.classHead(r, v, c, "people")
	if err != nil {
		return err
	}
	for person, err := range u.persons(r.Context(), v, store.PersonFilter{Class: c.ID}) {
		if err != nil {
			return err
		}
		p.People = append(p.People, v.personLine(person))
	}
	if len(p.People) == 0 {
		p.Empty = &web.Empty{Title: p.T("class.nobody"), Text: p.T("class.nobody.text")}
		if v.at(school.EditPeople, c.School) {
			q := url.Values{"school": {string(c.School)}, "class": {string(c.ID)}}
			p.Empty.Actions = []web.Action{{Text: p.T("person.new"), Href: address("/people/new", q)}}
		}
	}
	return u.site.Render(w, r, http.StatusOK, "class", p)
}

// persons reads all pages of a list of persons.
func (u *UI) persons(ctx context.Context, v view, f store.PersonFilter) iter.Seq2[store.PersonRow, error] {
	return func(yield func(store.PersonRow, error) bool) {
		f.Limit = store.MaxPage
		for {
			page, err := u.st.Persons(ctx, v.by, f)
			if err != nil {
				yield(store.PersonRow{}, err)
				return
			}
			for _, p := range page.Rows {
				if !yield(p, nil) {
					return
				}
			}
			if f.After = page.Next; f.After == "" {
				return
			}
		}
	}
}

func (u *UI) classHistory(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	p, err := u.classHead(r, v, c, "history")
	if err != nil {
		return err
	}
	if p.Events, err = u.history(r.Context(), v, "class", string(c.ID), classAddress(c.ID), 100); err != nil {
		return err
	}
	if len(p.Events) == 0 {
		p.Empty = &web.Empty{Title: p.T("history.empty")}
	}
	return u.site.Render(w, r, http.StatusOK, "class", p)
}

// classSheet is the page "class_sheet": the list of a class on paper.
type classSheet struct {
	web.Frame
	Back    string
	Counts  string
	Year    string
	Years   *web.Menu
	Names   bool
	Devices []deviceLine
	Without []personLine // who belongs to the class and holds nothing
}

func (u *UI) classPrint(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	head, err := u.classHead(r, v, c, "print")
	if err != nil {
		return err
	}
	p := &classSheet{Frame: head.Frame, Back: classAddress(c.ID), Counts: head.Counts, Year: head.Year, Years: head.Years, Names: head.Names}
	p.Title = p.T("class.sheet", web.ClassName(v.lang, c.Name), c.SchoolName)
	f := store.DeviceFilter{Class: c.ID, Limit: classDevicesShown}
	if p.Names {
		f.Sort = store.ByHolder
	}
	list, err := u.st.Devices(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	for _, d := range list.Rows {
		p.Devices = append(p.Devices, v.deviceLine(&p.Frame, d))
	}
	if p.Names {
		for person, err := range u.persons(r.Context(), v, store.PersonFilter{Class: c.ID, Without: true}) {
			if err != nil {
				return err
			}
			p.Without = append(p.Without, v.personLine(person))
		}
	}
	return u.site.Render(w, r, http.StatusOK, "class_sheet", p)
}

func init() {
	web.Add(web.Words{
		"class.year":          {"Schuljahr {1}", "School year {1}"},
		"class.counts":        {"{1} {1:iPad|iPads} · {2} {2:Person|Personen}", "{1} {1:iPad|iPads} · {2} {2:person|people}"},
		"class.assign":        {"Zuweisen …", "Assign …"},
		"class.print":         {"Liste drucken", "Print list"},
		"class.more":          {"Weitere", "More"},
		"class.edit":          {"Klasse ändern", "Change class"},
		"class.tab.devices":   {"Geräte", "Devices"},
		"class.tab.people":    {"Personen", "People"},
		"class.tab.assigned":  {"Zugewiesen", "Assigned"},
		"class.tab.history":   {"Verlauf", "History"},
		"class.empty":         {"Zu dieser Klasse gehört noch kein iPad.", "No iPad belongs to this class yet."},
		"class.empty.text":    {"Ein iPad zählt zur Klasse der Person, die es hat, oder zu der, für die es vorgesehen ist.", "An iPad counts to the class of the person who has it, or to the one it is planned for."},
		"class.empty.devices": {"iPads der Schule ansehen", "See the school’s iPads"},
		"class.nobody":        {"Noch niemand in dieser Klasse.", "Nobody in this class yet."},
		"class.nobody.text":   {"Sobald Personen zur Klasse gehören, stehen sie hier mit ihrem iPad.", "As soon as people belong to the class they stand here with their iPad."},
		"class.sheet":         {"{1}, {2}", "{1}, {2}"},
		"class.sheet.do":      {"Jetzt drucken", "Print now"},
		"class.sheet.back":    {"Zurück zur Klasse", "Back to the class"},
		"class.sheet.note":    {"Bemerkung", "Note"},
		"class.sheet.without": {"Ohne iPad", "Without an iPad"},
		"class.sheet.date":    {"Stand", "As of"},
		"class.more.devices":  {"und {1} {1:weiteres|weitere}", "and {1} more"},
	})
}
