package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// From May to September two school years are open: the pages of a school and its classes switch between them. The next
// year is shown and decided here without touching the present; the last one is there to be looked up.

func yearAddress(at school.SchoolID, y school.SchoolYear) string {
	return schoolAddress(at) + "/years/" + strconv.Itoa(store.YearNumber(y))
}

func yearClassAddress(at school.SchoolID, y school.SchoolYear, name string) string {
	return yearAddress(at, y) + "/class?" + url.Values{"name": {name}}.Encode()
}

// yearSwitch is the menu of the open school years; nil where one is open. of gives the address of the same thing in a year.
func yearSwitch(f *web.Frame, open []school.OpenYear, is school.YearIs, of func(y school.OpenYear) string) *web.Menu {
	if len(open) < 2 {
		return nil
	}
	m := &web.Menu{}
	for _, y := range open {
		text := f.T("year.is."+string(y.Is), y.Name)
		if y.Is == is {
			m.Text = f.T("class.year", y.Name)
			continue
		}
		m.Actions = append(m.Actions, web.Action{Text: text, Href: of(y)})
	}
	return m
}

// presentYear is the name of the school year that things at a school are in.
func presentYear(open []school.OpenYear) string {
	for _, y := range open {
		if y.Is == school.YearPresent {
			return y.Name
		}
	}
	return ""
}

// inYear reads the school of an address in the school year of the address.
func (u *UI) inYear(r *http.Request, v view) (store.YearView, error) {
	number, err := strconv.Atoi(routeVar(r, "year"))
	if err != nil {
		return store.YearView{}, web.ErrNotFound
	}
	return u.st.SchoolInYear(r.Context(), v.by, school.SchoolID(routeVar(r, "school")), number)
}

// decides reports whether who looks may decide what becomes of the school in that year.
func (v view) decides(x store.YearView) bool {
	return x.Year.Is == school.YearAhead && x.Rollover != "" && x.State != "done" && v.at(school.EditPeople, x.School.ID)
}

// schoolYear shows the classes of a school in another school year than the present.
func (u *UI) schoolYear(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.inYear(r, v)
	if err != nil {
		return err
	}
	here := yearAddress(x.School.ID, x.Year.SchoolYear)
	p := &tablePage{Frame: u.frame(r, x.School.Name, web.Crumb{Name: x.School.Name, Href: schoolAddress(x.School.ID)}, web.Crumb{Name: web.T(v.lang, "class.year", x.Year.Name)})}
	p.Lead = p.T("year.lead."+string(x.Year.Is), x.Year.Name)
	p.Years = yearSwitch(&p.Frame, x.Open, x.Year.Is, func(y school.OpenYear) string {
		if y.Is == school.YearPresent {
			return schoolAddress(x.School.ID)
		}
		return yearAddress(x.School.ID, y.SchoolYear)
	})
	if v.decides(x) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("rollover.classes"), Href: rolloverAddress(x.School.ID) + "/classes"}, web.Action{Text: p.T("rollover.people"), Href: rolloverAddress(x.School.ID) + "/people"})
	}
	if x.Names && len(x.Classes) > 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("year.lists"), Href: here + "/lists"})
	}
	if x.Year.Is == school.YearAhead && x.Rollover == "" {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("year.unprepared"), Text: p.T("year.unprepared.text")}
		if v.can(school.EditOrg) {
			p.Alert.Actions = []web.Action{{Text: p.T("rollover.date"), Href: rolloverPath + "/date"}}
		}
	}
	now := p.T("year.now")
	p.Columns = []web.Column{{Name: p.T("devices.class")}, {Name: p.T("school.grade")}, {Name: now}, {Name: p.T("class.tab.people"), Numeric: true}}
	line := func(name cell, grade, now string, people int) {
		p.Rows = append(p.Rows, []cell{name, {Text: grade}, {Text: now}, {Text: p.Lang.Number(int64(people)), Numeric: true}})
	}
	for _, c := range x.Classes {
		name := cell{Text: web.ClassName(v.lang, c.Name)}
		if x.Names {
			name.Href = yearClassAddress(x.School.ID, x.Year.SchoolYear, c.Name)
		}
		line(name, c.Grade, c.Now, len(c.People))
	}
	if n := len(x.Without); n > 0 {
		name := cell{Text: p.T("rollover.list.unclassed")}
		if x.Names {
			name.Href = yearClassAddress(x.School.ID, x.Year.SchoolYear, "")
		}
		line(name, "", "", n)
	}
	p.Empty = web.Empty{Title: p.T("school.noclass")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// yearClass finds the class an address means: by its name in that year, or by its id. Who is in no class comes back as a
// class without a name.
func yearClass(r *http.Request, x store.YearView) (school.YearClass, bool) {
	q := r.URL.Query()
	if id := school.ClassID(q.Get("id")); id != "" {
		i := slices.IndexFunc(x.Classes, func(c school.YearClass) bool { return c.ID == id })
		if i < 0 {
			return school.YearClass{}, false
		}
		return x.Classes[i], true
	}
	name := q.Get("name")
	if name == "" && len(x.Without) > 0 {
		return school.YearClass{People: x.Without}, true
	}
	i := slices.IndexFunc(x.Classes, func(c school.YearClass) bool { return school.Fold(c.Name) == school.Fold(name) })
	if i < 0 {
		return school.YearClass{}, false
	}
	return x.Classes[i], true
}

// schoolYearClass shows who is in one class in another school year than the present.
func (u *UI) schoolYearClass(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.inYear(r, v)
	if err != nil {
		return err
	}
	if !x.Names {
		return web.ErrNotFound
	}
	c, found := yearClass(r, x)
	if !found { // it ends, or joined another one
		return web.Redirect(w, r, yearAddress(x.School.ID, x.Year.SchoolYear))
	}
	year := yearAddress(x.School.ID, x.Year.SchoolYear)
	name := web.T(v.lang, "rollover.list.unclassed")
	if c.Name != "" {
		name = web.ClassName(v.lang, c.Name)
	}
	p := &tablePage{Frame: u.frame(r, name, web.Crumb{Name: x.School.Name, Href: schoolAddress(x.School.ID)}, web.Crumb{Name: web.T(v.lang, "class.year", x.Year.Name), Href: year}, web.Crumb{Name: name})}
	p.Lead = p.T("year.lead."+string(x.Year.Is), x.Year.Name)
	if c.Now != "" && c.Now != c.Name {
		p.Lead += " " + p.T("year.class.now", web.ClassName(v.lang, c.Now))
	}
	p.Years = yearSwitch(&p.Frame, x.Open, x.Year.Is, func(y school.OpenYear) string {
		switch {
		case y.Is == school.YearPresent && c.ID != "":
			return classAddress(c.ID)
		case y.Is == school.YearPresent:
			return schoolAddress(x.School.ID)
		}
		return yearAddress(x.School.ID, y.SchoolYear) + "/class?" + url.Values{"id": {string(c.ID)}}.Encode()
	})
	if c.Name != "" {
		p.Actions = []web.Action{{Text: p.T("class.print"), Href: year + "/lists?" + url.Values{"name": {c.Name}}.Encode()}}
	}
	decides := v.decides(x)
	if decides {
		p.Lead += " " + p.T("year.decide")
	}
	p.Columns = []web.Column{{Name: p.T("people.name")}, {Name: p.T("rollover.class.now")}, {Name: p.T("people.device")}}
	if x.Year.Is == school.YearPast {
		p.Columns = p.Columns[:2]
	}
	for _, y := range c.People {
		row := []cell{{Text: y.Name, Href: personAddress(y.ID)}, {Text: y.Now}, {Text: strings.Join(y.Devices, ", ")}}
		if y.Alone {
			row[1].Detail = p.T("rollover.by.hand")
		}
		if decides { // where they go is decided behind their name
			row[0].Href = rolloverAddress(x.School.ID) + "/people/" + url.PathEscape(string(y.ID)) + "?" + url.Values{"back": {r.URL.RequestURI()}}.Encode()
		}
		p.Rows = append(p.Rows, row[:min(len(row), len(p.Columns))])
	}
	p.Empty = web.Empty{Title: p.T("class.nobody")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// yearLists are the classes of a school in one school year on paper: one of them, or all.
func (u *UI) yearLists(r *http.Request, v view) (sheet.Sheet, store.YearView, error) {
	x, err := u.inYear(r, v)
	if err == nil && !x.Names {
		err = web.ErrNotFound
	}
	if err != nil {
		return sheet.Sheet{}, x, err
	}
	classes := x.Classes
	if r.URL.Query().Get("name") != "" {
		c, found := yearClass(r, x)
		if !found {
			return sheet.Sheet{}, x, web.ErrNotFound
		}
		classes = []school.YearClass{c}
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet.Sheet{Title: t("year.lists.of", x.School.Name, x.Year.Name), Lead: t("year.lead."+string(x.Year.Is), x.Year.Name), Foot: t("year.lists.foot", v.authority.Name, v.lang.DateTime(v.now))}
	for _, c := range classes {
		part := sheet.Part{Heading: web.ClassName(v.lang, c.Name), Head: []string{t("people.name"), t("rollover.class.now"), t("people.device"), t("class.sheet.note")}, Shares: []float64{3, 1.5, 2, 2}}
		for _, y := range c.People {
			part.Rows = append(part.Rows, []string{y.Name, y.Now, strings.Join(y.Devices, ", "), ""})
		}
		if len(part.Rows) == 0 {
			part.Texts = []string{t("class.nobody")}
		}
		s.Add(part)
	}
	return s, x, nil
}

func (u *UI) yearListsPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, x, err := u.yearLists(r, v)
	if err != nil {
		return err
	}
	year := yearAddress(x.School.ID, x.Year.SchoolYear)
	pdf := year + "/lists.pdf"
	if r.URL.RawQuery != "" {
		pdf += "?" + url.Values{"name": {r.URL.Query().Get("name")}}.Encode()
	}
	p := &sheetPage{Frame: u.frame(r, s.Title, web.Crumb{Name: x.School.Name, Href: schoolAddress(x.School.ID)}, web.Crumb{Name: web.T(v.lang, "class.year", x.Year.Name), Href: year}, web.Crumb{Name: web.T(v.lang, "year.lists")}),
		Actions: []web.Action{{Text: web.T(v.lang, "sheet.pdf"), Href: pdf}}}
	return u.site.Render(w, r, http.StatusOK, "sheet", p.shows(s))
}

func (u *UI) yearListsPDF(w http.ResponseWriter, r *http.Request, v view) error {
	s, x, err := u.yearLists(r, v)
	if err != nil {
		return err
	}
	if err := u.st.NamesExported(r.Context(), v.by, "classes", x.School.ID); err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, web.T(v.lang, "year.lists.file", store.YearNumber(x.Year.SchoolYear)))
}

func init() {
	web.Add(web.Words{
		"year.is.present":      {"{1}, läuft", "{1}, running"},
		"year.is.ahead":        {"{1}, Vorschau", "{1}, preview"},
		"year.is.past":         {"{1}, vorbei", "{1}, over"},
		"year.lead.ahead":      {"Vorschau auf das Schuljahr {1}. Heute ändert sich nichts.", "Preview of the school year {1}. Nothing changes today."},
		"year.lead.past":       {"So war es im Schuljahr {1}, bevor gewechselt wurde.", "This is how it was in the school year {1}, before the change."},
		"year.class.now":       {"Heute: {1}.", "Today: {1}."},
		"year.decide":          {"Wohin jemand geht, legen Sie hinter dem Namen fest.", "Where somebody goes is decided behind the name."},
		"year.now":             {"Heißt heute", "Called today"},
		"year.unprepared":      {"Der Schuljahreswechsel ist noch nicht vorbereitet.", "The change of school year is not prepared yet."},
		"year.unprepared.text": {"Sie sehen, was nach den Regeln geschieht. Ändern lässt es sich, sobald der Schulträger den Termin festgelegt hat.", "You see what happens by the rules. It can be changed as soon as the school authority has set the date."},
		"year.lists":           {"Klassenlisten drucken", "Print class lists"},
		"year.lists.of":        {"{1}: Klassen im Schuljahr {2}", "{1}: classes in the school year {2}"},
		"year.lists.foot":      {"{1} · Stand {2}", "{1} · as of {2}"},
		"year.lists.file":      {"klassen-{1}", "classes-{1}"},
	})
}
