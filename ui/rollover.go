package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const rolloverPath = "/rollover"

func rolloverAddress(id school.SchoolID) string {
	return rolloverPath + "/" + url.PathEscape(string(id))
}

var rolloverStates = []string{"open", "checked", "signed", "done", "undone"}

func rolloverStatus(l web.Lang, x store.RolloverSchool) *web.Status {
	kind := map[string]web.StatusKind{"open": web.Off, "checked": web.Waiting, "signed": web.Waiting, "done": web.OK, "undone": web.Off}[x.State]
	text := web.T(l, "rollover.state."+x.State)
	if x.Moved {
		kind, text = web.Warning, web.T(l, "rollover.state.moved")
	}
	return &web.Status{Kind: kind, Text: text}
}

// rolloverPage is the board: every school with how far its change of year is.
func (u *UI) rolloverPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.Rollover(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("admin.rollover")
	p.Place = u.adminPlace(&p.Frame, v)
	if v.can(school.EditOrg) {
		p.Actions = []web.Action{{Text: p.T("rollover.date"), Href: rolloverPath + "/date", Primary: x.ID == ""}}
	}
	if x.ID == "" {
		p.Empty = web.Empty{Title: p.T("rollover.none"), Text: p.T("rollover.none.text"), Actions: p.Actions}
		p.Actions = nil
		return u.site.Render(w, r, http.StatusOK, "table", p)
	}
	schools, err := u.st.RolloverSchools(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	done := 0
	state := r.URL.Query().Get("state")
	p.Columns = []web.Column{{Name: p.T("devices.school")}, {Name: p.T("accounts.state")}, {Name: p.T("rollover.leavers"), Numeric: true}, {Name: p.T("rollover.held"), Numeric: true},
		{Name: p.T("rollover.without"), Numeric: true}, {Name: p.T("rollover.list.teachers"), Numeric: true}, {Name: p.T("rollover.signed.by")}}
	var lines [][]string
	for _, s := range schools {
		if s.State == "done" {
			done++
		}
		if state != "" && s.State != state {
			continue
		}
		number := func(n int) cell {
			if s.State == "open" && !s.Moved {
				return cell{Text: "–", Numeric: true}
			}
			return cell{Text: p.Lang.Number(int64(n)), Numeric: true}
		}
		name := cell{Text: s.SchoolName}
		if v.at(school.EditPeople, s.School) {
			name.Href = rolloverAddress(s.School)
		}
		signed := cell{Text: s.SignedBy}
		if !s.Signed.IsZero() {
			signed.Detail = p.Lang.Date(s.Signed)
		}
		status := rolloverStatus(v.lang, s)
		row := []cell{name, {Status: status}, number(s.Counts.Leavers), number(s.Counts.Held), number(s.Counts.Without), number(s.Counts.Lost), signed}
		p.Rows = append(p.Rows, row)
		lines = append(lines, []string{s.SchoolName, status.Text, row[2].Text, row[3].Text, row[4].Text, row[5].Text, s.SignedBy})
	}
	if wantsFile(r) {
		var head []string
		for _, c := range p.Columns {
			head = append(head, c.Name)
		}
		return sendList(w, r, p.T("rollover.file"), head, func(yield func([]string, error) bool) {
			for _, line := range lines {
				if !yield(line, nil) {
					return
				}
			}
		})
	}
	p.Lead = p.T("rollover.lead", x.Year.Name, p.Lang.Date(x.Runs), done, len(schools))
	options := []web.Option{{Text: p.T("devices.all")}}
	for _, s := range rolloverStates {
		options = append(options, web.Option{Value: s, Text: p.T("rollover.state." + s)})
	}
	p.Filter = &web.Filter{Action: rolloverPath, Fields: []web.Field{{Kind: web.SelectField, Name: "state", Label: p.T("accounts.state"), Options: choose(state, options...)}}}
	if state != "" {
		p.Filter.Reset = rolloverPath
	}
	p.Empty = web.Empty{Title: p.T("rollover.schools")}
	p.Files = filesOf(r)
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) rolloverDateForm(r *http.Request, v view, value string) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: rolloverPath}
	p.Title, p.Lead = p.T("rollover.date"), p.T("rollover.date.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.rollover"), Href: rolloverPath})
	p.Fields = []web.Field{{Kind: web.DateField, Name: "runs", Label: p.T("rollover.runs"), Hint: p.T("rollover.runs.hint"), Value: value}}
	return p
}

func (u *UI) rolloverDatePage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showForm(w, r, u.rolloverDateForm(r, v, u.st.NextYear().In(web.Berlin).Format(time.DateOnly)))
}

func (u *UI) setRollover(w http.ResponseWriter, r *http.Request, v view) error {
	text := r.PostFormValue("runs")
	day, err := dayOf(text, "runs")
	if err == nil && day.IsZero() {
		err = school.Refuse("runs", "required")
	}
	if err == nil {
		_, err = u.st.SetRollover(r.Context(), v.by, day)
	}
	if err != nil {
		return u.refuse(w, r, u.rolloverDateForm(r, v, text), err)
	}
	return u.done(w, r, rolloverPath, "done.kept", "")
}

// rolling reads the school of an address for somebody who may see its people.
func (u *UI) rolling(r *http.Request, v view) (store.Rollover, store.RolloverPart, error) {
	x, err := u.st.Rollover(r.Context(), v.by)
	if err == nil && x.ID == "" {
		err = web.ErrNotFound
	}
	var p store.RolloverPart
	if err == nil {
		p, err = u.st.RolloverPart(r.Context(), v.by, x.ID, school.SchoolID(mux.Vars(r)["school"]))
	}
	return x, p, err
}

var rolloverLists = []string{"", "moves", "goes", "comes", "leavers", "without", "unclassed", "teachers"}

// rolloverSchool shows what the change of year does at one school, before it does anything.
func (u *UI) rolloverSchool(w http.ResponseWriter, r *http.Request, v view) error {
	x, part, err := u.rolling(r, v)
	if err != nil {
		return err
	}
	here := rolloverAddress(part.School)
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("rollover.of", part.SchoolName, x.Year.Name)
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.rollover"), Href: rolloverPath})
	p.Lead = rolloverText(&p.Frame, part.Now)
	switch {
	case part.State == "done":
		p.Lead = p.T("rollover.done.text", p.Lang.Moment(part.Done, v.now))
	case part.Moved || part.Stale():
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("rollover.moved")}
	case part.State == "signed":
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("rollover.signed", part.SignedBy, p.Lang.Date(x.Runs))}
	}
	if v.at(school.EditPeople, part.School) {
		switch {
		case part.State == "done":
			if part.Result != "" {
				p.Actions = append(p.Actions, web.Action{Text: p.T("part.undo"), Href: web.UndoPath + url.PathEscape(string(part.Result)), Post: true, Hidden: []web.Hidden{{Name: "back", Value: here}}})
			}
		default:
			p.Actions = append(p.Actions, web.Action{Text: p.T("rollover.sign"), Href: here + "/sign", Primary: true}, web.Action{Text: p.T("rollover.classes"), Href: here + "/classes"},
				web.Action{Text: p.T("rollover.people"), Href: here + "/people"})
			if part.State == "signed" {
				p.Actions = append(p.Actions, web.Action{Text: p.T("rollover.withdraw"), Href: here + "/withdraw", Post: true})
			}
		}
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("rollover.sheet"), Href: here + "/sheet"})
	if part.State != "done" {
		p.Actions = append(p.Actions, web.Action{Text: p.T("rollover.ahead"), Href: yearAddress(part.School, x.Year)})
	}
	list := r.URL.Query().Get("list")
	plan := part.Plan
	people := map[string][]school.RolloverPerson{"moves": plan.Moves, "goes": plan.Goes, "comes": plan.Comes, "leavers": plan.Leavers, "without": plan.Without, "unclassed": plan.Unclass, "teachers": plan.Teachers}
	for _, k := range rolloverLists {
		if (k == "goes" || k == "comes") && len(people[k]) == 0 && k != list {
			continue
		}
		n, href := len(plan.Steps), here
		if k != "" {
			n, href = len(people[k]), here+"?list="+k
		}
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T("rollover.list." + orElse(k, "classes")), Href: href, Current: k == list, Counted: true, Count: n})
	}
	p.Empty = web.Empty{Title: p.T("rollover.nobody")}
	if shown, ok := people[list]; ok {
		p.Columns = []web.Column{{Name: p.T("people.name")}, {Name: p.T("rollover.class.now")}, {Name: p.T("rollover.class.then")}, {Name: p.T("people.device")}}
		if crosses := list == "goes" || list == "comes"; crosses {
			p.Columns = slices.Insert(p.Columns, 1, web.Column{Name: p.T("rollover.other." + list)})
			p.Empty.Text = p.T("rollover.crossing.none")
		}
		for _, x := range shown {
			row := []cell{{Text: x.Name, Href: personAddress(x.ID)}, {Text: x.From}, {Text: x.To}, {Text: strings.Join(append(x.Devices, x.Planned...), ", ")}}
			if len(p.Columns) > len(row) {
				row = slices.Insert(row, 1, cell{Text: x.School})
			}
			p.Rows = append(p.Rows, row)
		}
		return u.site.Render(w, r, http.StatusOK, "table", p)
	}
	p.Columns = []web.Column{{Name: p.T("rollover.class.now")}, {Name: p.T("rollover.does")}, {Name: p.T("rollover.class.then")}, {Name: p.T("rollover.grade")}, {Name: p.T("rollover.count"), Numeric: true}}
	for _, s := range plan.Steps {
		name := cell{Text: orElse(s.Name, p.T("rollover.new"))}
		if s.Class != "" {
			name.Href = classAddress(s.Class)
		}
		p.Rows = append(p.Rows, []cell{name, {Text: p.T("rollover.does." + string(s.Does))}, {Text: s.To}, {Text: s.ToAs}, {Text: p.Lang.Number(int64(s.People)), Numeric: true}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func rolloverText(f *web.Frame, n school.RolloverCounts) string {
	text := f.T("rollover.text", n.Renamed, n.Moves, n.Leavers, n.Held, n.Planned)
	if n.Goes+n.Comes > 0 {
		text += " " + f.T("rollover.text.crossing", n.Goes, n.Comes)
	}
	if n.Lost > 0 {
		text += " " + f.T("rollover.text.teachers", n.Lost)
	}
	return text
}

// rolloverForm is a form about one school of the roll-over.
func (u *UI) rolloverForm(r *http.Request, v view, part store.RolloverPart, title string) *formPage {
	here := rolloverAddress(part.School)
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: here}
	p.Title = title
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.rollover"), Href: rolloverPath}, web.Crumb{Name: part.SchoolName, Href: here})
	return p
}

// rolloverClasses asks what each class is called in the new year.
func (u *UI) rolloverClasses(w http.ResponseWriter, r *http.Request, v view) error {
	x, part, err := u.rolling(r, v)
	if err != nil {
		return err
	}
	p := u.rolloverForm(r, v, part, web.T(v.lang, "rollover.classes"))
	p.Lead = p.T("rollover.classes.lead")
	names := map[school.ClassID]string{}
	for _, s := range part.Plan.Steps {
		if s.Class == "" {
			continue
		}
		value := s.To
		if r.Method == http.MethodPost {
			value = r.PostFormValue("class-" + string(s.Class))
			names[s.Class] = value
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.TextField, Name: "class-" + string(s.Class), Label: p.T("rollover.becomes", s.Name, s.People), Value: value, Optional: true, MaxLength: 200})
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	set, err := u.st.ChooseRollover(r.Context(), v.by, x.ID, part.School, names, nil)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, rolloverAddress(part.School), "done.kept", set)
}

// rolloverPeople finds somebody who goes another way than the class.
func (u *UI) rolloverPeople(w http.ResponseWriter, r *http.Request, v view) error {
	_, part, err := u.rolling(r, v)
	if err != nil {
		return err
	}
	here := rolloverAddress(part.School)
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("rollover.people"), p.T("rollover.people.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.rollover"), Href: rolloverPath}, web.Crumb{Name: part.SchoolName, Href: here})
	f := store.PersonFilter{School: part.School, Kind: school.Pupil, Text: r.URL.Query().Get("q"), After: r.URL.Query().Get("after"), Limit: 50}
	list, err := u.st.Persons(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	p.Filter = &web.Filter{Action: here + "/people", Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("people.name"), Value: f.Text}}}
	p.Columns = []web.Column{{Name: p.T("people.name")}, {Name: p.T("rollover.class.now")}, {Name: p.T("rollover.by.hand")}}
	for _, x := range list.Rows {
		chosen := ""
		if to, is := part.Choices.People[x.ID]; is {
			chosen = orElse(to, p.T("rollover.does.ends"))
		}
		if _, goes := part.Choices.Goes[x.ID]; goes {
			chosen = p.T("rollover.goes.other")
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name(), Href: here + "/people/" + url.PathEscape(string(x.ID))}, {Text: x.ClassName}, {Text: chosen}})
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	p.Empty = web.Empty{Title: p.T("people.none.found")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// rolloverPerson says where one person goes.
func (u *UI) rolloverPerson(w http.ResponseWriter, r *http.Request, v view) error {
	x, part, err := u.rolling(r, v)
	if err != nil {
		return err
	}
	who, err := u.st.PersonByID(r.Context(), v.by, school.PersonID(mux.Vars(r)["person"]))
	if err != nil {
		return err
	}
	p := u.rolloverForm(r, v, part, web.T(v.lang, "rollover.person", who.Name()))
	p.Lead = p.T("rollover.person.lead")
	back := rolloverAddress(part.School) + "/people"
	if from := r.FormValue("back"); from != "" {
		back = localTarget(from)
		p.Cancel, p.Hidden = back, []web.Hidden{{Name: "back", Value: back}}
	}
	to, chosen := part.Choices.People[who.ID]
	goes := "class"
	switch {
	case chosen && to == "":
		goes = "leaves"
	case chosen:
		goes = "name"
	}
	at := part.Choices.Goes[who.ID]
	if at != "" {
		goes = "other"
	}
	if r.Method == http.MethodPost {
		goes, to, at = r.PostFormValue("goes"), r.PostFormValue("to"), school.SchoolID(r.PostFormValue("school"))
	}
	others, err := u.otherSchools(r, v, part.School)
	if err != nil {
		return err
	}
	p.Fields = []web.Field{{Kind: web.SelectField, Name: "goes", Label: p.T("rollover.goes"), Options: choose(goes, web.Option{Value: "class", Text: p.T("rollover.goes.class")},
		web.Option{Value: "name", Text: p.T("rollover.goes.name")}, web.Option{Value: "leaves", Text: p.T("rollover.goes.leaves")})},
		{Kind: web.TextField, Name: "to", Label: p.T("rollover.class.then"), Hint: p.T("rollover.to.hint"), Value: to, Optional: true, MaxLength: 200}}
	if len(others) > 0 {
		p.Fields[0].Options = append(p.Fields[0].Options, choose(goes, web.Option{Value: "other", Text: p.T("rollover.goes.other")})...)
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("rollover.other.goes"), Hint: p.T("rollover.other.hint"), Optional: true,
			Options: choose(string(at), append([]web.Option{{Text: p.T("rollover.other.none")}}, others...)...)})
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	switch goes {
	case "class":
		to = "-"
	case "leaves":
		to = ""
	case "other":
		if at == "" {
			return u.refuse(w, r, p, school.Refuse("school", "required"))
		}
		set, err := u.st.SendRollover(r.Context(), v.by, x.ID, part.School, who.ID, at, to)
		if err != nil {
			return u.refuse(w, r, p, err)
		}
		return u.done(w, r, back, "done.kept", set)
	default:
		if to = strings.TrimSpace(to); to == "" {
			return u.refuse(w, r, p, school.Refuse("to", "required"))
		}
	}
	set, err := u.st.ChooseRollover(r.Context(), v.by, x.ID, part.School, nil, map[school.PersonID]string{who.ID: to})
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, back, "done.kept", set)
}

// otherSchools are those somebody may be sent to, by who looks after both.
func (u *UI) otherSchools(r *http.Request, v view, at school.SchoolID) (out []web.Option, err error) {
	schools, err := u.st.Schools(r.Context(), v.by)
	for _, s := range schools {
		if s.ID != at && v.at(school.EditPeople, s.ID) {
			out = append(out, web.Option{Value: string(s.ID), Text: s.Name})
		}
	}
	return out, err
}

// rolloverSign signs for a school what was looked at.
func (u *UI) rolloverSign(w http.ResponseWriter, r *http.Request, v view) error {
	x, part, err := u.rolling(r, v)
	if err != nil {
		return err
	}
	p := u.rolloverForm(r, v, part, web.T(v.lang, "rollover.sign"))
	p.Lead = rolloverText(&p.Frame, part.Now) + " " + p.T("rollover.sign.lead", p.Lang.Date(x.Runs))
	p.Submit = p.T("rollover.sign")
	p.Hidden = []web.Hidden{{Name: "plan", Value: part.Hash}}
	if n := part.Now.Typed(); n > 0 {
		p.Fields = []web.Field{{Kind: web.TextField, Name: "typed", Label: p.T("rollover.typed"), Hint: p.T("rollover.typed.hint", n), Value: r.PostFormValue("typed"), Autocomplete: "off"}}
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	typed, _ := strconv.Atoi(strings.TrimSpace(r.PostFormValue("typed")))
	p.Hidden[0].Value = r.PostFormValue("plan") // refused, it stays what was looked at: nobody signs unseen by clicking once more
	if err := u.st.SignRollover(r.Context(), v.by, x.ID, part.School, r.PostFormValue("plan"), typed); err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, rolloverAddress(part.School), "done.signed", "")
}

func (u *UI) rolloverWithdraw(w http.ResponseWriter, r *http.Request, v view) error {
	x, part, err := u.rolling(r, v)
	if err == nil {
		err = u.st.WithdrawRollover(r.Context(), v.by, x.ID, part.School)
	}
	if err != nil {
		return err
	}
	return u.done(w, r, rolloverAddress(part.School), "done.withdrawn", "")
}

// personMovePage asks to which school somebody goes with the device; the plan follows and says what the device gains and loses.
func (u *UI) personMovePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return err
	}
	here := personAddress(x.ID)
	title := web.T(v.lang, "person.move", x.Name())
	p := &bulkPage{Frame: u.frame(r, title, web.Crumb{Name: x.Name(), Href: here}, web.Crumb{Name: title}), Action: assignPath, Back: here}
	p.Lead, p.Submit = p.T("person.move.lead"), p.T("assign.submit")
	p.Hidden = []web.Hidden{{Name: "kind", Value: string(school.ChangeMove)}, {Name: "person", Value: string(x.ID)}, {Name: "back", Value: here}}
	if p.Fields, err = u.targetFields(r.Context(), v, "", ""); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "bulk", p)
}

func init() {
	web.Add(web.Words{
		"rollover.none":      {"Noch kein Schuljahreswechsel vorbereitet", "No change of school year prepared yet"},
		"rollover.none.text": {"Legen Sie fest, ab wann gewechselt wird. Danach sieht jede Schule, was mit ihren Klassen geschieht, ändert, was nicht passt, und unterschreibt.", "Decide from when on it takes place. Then each school sees what becomes of its classes, changes what does not fit, and signs."},
		"rollover.lead":      {"Wechsel in das Schuljahr {1}, ab {2}. Ausgeführt: {3} von {4} Schulen.", "Change to the school year {1}, from {2}. Carried out: {3} of {4} schools."},
		"rollover.schools":   {"Keine Schule in diesem Stand", "No school in this state"},
		"rollover.file":      {"schuljahreswechsel", "school-year"},
		"rollover.leavers":   {"Gehen", "Leave"},
		"rollover.held":      {"davon mit iPad", "with an iPad"},
		"rollover.without":   {"Ohne iPad", "Without an iPad"},
		"rollover.signed.by": {"Unterschrieben von", "Signed by"},
		"rollover.date":      {"Termin festlegen", "Set the date"},
		"rollover.date.lead": {"Ab diesem Tag wird jede Schule umgestellt, die unterschrieben hat; wer später unterschreibt, sofort danach. Jede Schule lässt sich 14 Tage lang einzeln zurücknehmen.",
			"From that day on each school that signed is carried out; who signs later, at once. Each school can be undone by itself for 14 days."},
		"rollover.runs":            {"Ab", "From"},
		"rollover.runs.hint":       {"Zum Beispiel der 1. August. Es beginnt um Mitternacht.", "For example 1 August. It begins at midnight."},
		"rollover.state.open":      {"offen", "open"},
		"rollover.state.checked":   {"geprüft", "checked"},
		"rollover.state.signed":    {"unterschrieben", "signed"},
		"rollover.state.done":      {"ausgeführt", "carried out"},
		"rollover.state.undone":    {"zurückgenommen", "undone"},
		"rollover.state.moved":     {"geändert: bitte neu unterschreiben", "changed: please sign anew"},
		"rollover.of":              {"{1}: Wechsel in {2}", "{1}: change to {2}"},
		"rollover.text":            {"{1} {1:Klasse heißt|Klassen heißen} anders, {2} {2:Person wechselt|Personen wechseln} die Klasse, {3} {3:Person verlässt|Personen verlassen} die Schule, davon {4} mit iPad. Für Gehende vorgesehene iPads, die frei werden: {5}. Umbenannte Klassen behalten alles; an den iPads ändert sich nur etwas, wo ein Profil die Klasse nennt oder für einen Jahrgang gilt.", "{1} {1:class is|classes are} called otherwise, {2} {2:person changes|people change} classes, {3} {3:person leaves|people leave} the school, {4} of them with an iPad. iPads planned for leavers that become free: {5}. Renamed classes keep everything; on the iPads something changes only where a profile names the class or holds for a grade."},
		"rollover.text.teachers":   {"{1} {1:Lehrkraft verliert ihre|Lehrkräfte verlieren ihre} letzte Klasse.", "{1} {1:teacher loses the|teachers lose their} last class."},
		"rollover.text.crossing":   {"An andere Schulen des Schulträgers wechseln {1}, von anderen kommen {2}; iPad und Leihvertrag gehen mit, sobald die aufnehmende Schule wechselt.", "{1} change to other schools of the authority, {2} come from others; iPad and contract go along once the school they come to rolls over."},
		"rollover.list.goes":       {"An andere Schulen", "To other schools"},
		"rollover.list.comes":      {"Von anderen Schulen", "From other schools"},
		"rollover.other.goes":      {"Neue Schule", "New school"},
		"rollover.other.comes":     {"Bisherige Schule", "School so far"},
		"rollover.other.none":      {"keine", "none"},
		"rollover.other.hint":      {"Nur für den Wechsel an eine andere Schule. Die Klasse oben ist dann eine der neuen Schule; ohne Klasse teilt sie selbst ein.", "Only for a change to another school. The class above is then one of the new school; without one it decides by itself."},
		"rollover.goes.other":      {"an eine andere Schule des Schulträgers", "to another school of the authority"},
		"rollover.crossing.none":   {"Wechsel entstehen aus Listen des nächsten Schuljahrs, oder Sie tragen sie unter „Einzelne Personen“ ein.", "Changes come from lists of the next school year, or you enter them under “Single people”."},
		"rollover.ahead":           {"Vorschau auf das neue Jahr", "Preview of the new year"},
		"noun.rollover_choice":     {"Festlegung zum Schuljahreswechsel", "decision on the change of school year"},
		"rollover.done.text":       {"Ausgeführt {1}. Wer gegangen ist und noch ein iPad hat, behält es unverändert, bis es zurück ist.", "Carried out {1}. Who left and still has an iPad keeps it unchanged until it is back."},
		"rollover.moved":           {"Seit der Unterschrift hat sich etwas geändert. Es wird nichts ausgeführt, bis neu unterschrieben ist.", "Something changed since it was signed. Nothing is carried out until it is signed anew."},
		"rollover.signed":          {"Unterschrieben von {1}. Ausgeführt wird ab {2}.", "Signed by {1}. Carried out from {2}."},
		"rollover.sign":            {"Unterschreiben", "Sign"},
		"rollover.sign.lead":       {"Ausgeführt wird ab {1}; bis dahin können Sie die Unterschrift zurückziehen.", "Carried out from {1}; until then you can withdraw the signature."},
		"rollover.typed":           {"Wie viele Personen verlassen die Schule?", "How many people leave the school?"},
		"rollover.typed.hint":      {"Es ist mehr als jede zehnte. Bitte tippen Sie die Zahl: {1}", "It is more than one in ten. Please type the number: {1}"},
		"rollover.withdraw":        {"Unterschrift zurückziehen", "Withdraw the signature"},
		"rollover.classes":         {"Klassen ändern", "Change classes"},
		"rollover.classes.lead":    {"Wie jede Klasse im neuen Jahr heißt. Zwei gleiche Namen legen Klassen zusammen; ein leeres Feld heißt: Die Klasse verlässt die Schule.", "What each class is called in the new year. Two equal names join classes; an empty field means that the class leaves the school."},
		"rollover.becomes":         {"Aus {1} ({2}) wird", "{1} ({2}) becomes"},
		"rollover.people":          {"Einzelne Personen", "Single people"},
		"rollover.people.lead":     {"Wer wiederholt, springt, in eine andere Klasse geht oder die Schule verlässt. Alle anderen gehen mit ihrer Klasse.", "Who repeats, skips a year, goes to another class or leaves the school. All others go with their class."},
		"rollover.by.hand":         {"Von Hand", "By hand"},
		"rollover.person":          {"{1} im neuen Jahr", "{1} in the new year"},
		"rollover.person.lead":     {"Gilt beim Wechsel des Schuljahrs. Heute ändert sich nichts.", "Holds when the school year changes. Nothing changes today."},
		"rollover.goes":            {"Geht", "Goes"},
		"rollover.goes.class":      {"mit der Klasse", "with the class"},
		"rollover.goes.name":       {"in die Klasse, die unten steht", "to the class below"},
		"rollover.goes.leaves":     {"von der Schule", "away from the school"},
		"rollover.to.hint":         {"Ihr Name im neuen Jahr, etwa 8b. Gibt es sie nicht, wird sie angelegt.", "Its name in the new year, such as 8b. If there is none it is created."},
		"rollover.list.classes":    {"Klassen", "Classes"},
		"rollover.list.moves":      {"Wechseln", "Change"},
		"rollover.list.leavers":    {"Gehen", "Leave"},
		"rollover.list.without":    {"Ohne iPad", "Without an iPad"},
		"rollover.list.unclassed":  {"Ohne Klasse", "Without a class"},
		"rollover.list.teachers":   {"Lehrkräfte ohne Klasse", "Teachers without a class"},
		"rollover.nobody":          {"Niemand", "Nobody"},
		"rollover.class.now":       {"Klasse jetzt", "Class now"},
		"rollover.class.then":      {"Klasse im neuen Jahr", "Class in the new year"},
		"rollover.grade":           {"Stufe", "Grade"},
		"rollover.count":           {"Personen", "People"},
		"rollover.does":            {"Was geschieht", "What happens"},
		"rollover.does.up":         {"geht weiter", "goes on"},
		"rollover.does.stays":      {"bleibt", "stays"},
		"rollover.does.ends":       {"verlässt die Schule", "leaves the school"},
		"rollover.does.joins":      {"wird zusammengelegt", "is joined"},
		"rollover.does.new":        {"wird angelegt", "is created"},
		"rollover.new":             {"neu", "new"},
		"done.signed":              {"Unterschrieben.", "Signed."},
		"done.withdrawn":           {"Unterschrift zurückgezogen.", "Signature withdrawn."},
		"person.move":              {"{1} wechselt die Schule", "{1} changes schools"},
		"person.move.do":           {"Schule wechseln", "Change schools"},
		"person.move.lead":         {"Wer ein iPad hat, nimmt es mit. Nichts wird gelöscht; das WLAN des Schulträgers bleibt. Als Nächstes sehen Sie, was das iPad bekommt und verliert.", "Who has an iPad takes it along. Nothing is erased; the Wi-Fi of the authority stays. Next you see what the iPad gains and loses."},
		"done.transferred":         {"Die Person ist gewechselt; beide Schulen sind benachrichtigt.", "The person changed schools; both schools are told."},
		"event.rollover.set":       {"Termin des Schuljahreswechsels festgelegt", "Date of the change of school year set"},
		"event.rollover.chosen":    {"Schuljahreswechsel geprüft und geändert", "Change of school year checked and changed"},
		"event.rollover.signed":    {"Schuljahreswechsel unterschrieben", "Change of school year signed"},
		"event.rollover.withdrawn": {"Unterschrift zum Schuljahreswechsel zurückgezogen", "Signature of the change of school year withdrawn"},
		"event.rollover.done":      {"Schuljahreswechsel ausgeführt", "Change of school year carried out"},
		"event.person.transferred": {"Person hat mit ihrem iPad die Schule gewechselt", "Person changed schools with the iPad"},
	})
}
