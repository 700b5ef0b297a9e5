package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const deskPath = "/desk"

// deskStartPage is the page "deskstart": which desks are open, and the form that opens another.
type deskStartPage struct {
	web.Frame
	Tabs    []web.Tab
	Lead    string
	Alert   *web.Alert
	Asked   *web.Action // what has to be decided after work without a network
	Open    []web.Action
	Action  string
	Hidden  []web.Hidden
	Fields  []web.Field
	Submit  string
	Cancel  string
	Heading string // of the classes
	All     *web.Action
	Classes []deskClassLine
	Schools *web.Filter
}

// deskClassLine is a class with the button that begins with it.
type deskClassLine struct {
	Name   string
	Text   string
	Button web.Action
}

// deskStart shows the desks somebody has open, the classes of a school, and what else a desk can do.
func (u *UI) deskStart(w http.ResponseWriter, r *http.Request, v view) error {
	return u.askDesk(w, r, v, nil)
}

func (u *UI) askDesk(w http.ResponseWriter, r *http.Request, v view, refused error) (err error) {
	p := &deskStartPage{Frame: u.frame(r, web.T(v.lang, "desk.start"), web.Crumb{Name: web.T(v.lang, "desk.start")}), Action: deskPath}
	p.Lead, p.Submit, p.Tabs = p.T("desk.start.lead"), p.T("desk.start.do"), u.lendingTabs(&p.Frame, v, deskPath)
	if p.Asked, err = u.questionsLink(r, v); err != nil {
		return err
	}
	schools, err := u.st.DeskSchools(r.Context(), v.by)
	if err != nil {
		return err
	}
	at := school.SchoolID(r.FormValue("school"))
	day, err := u.deskDay(r, v, at)
	if err != nil {
		return err
	}
	if day.ID != "" {
		at = day.School
	}
	var options []web.Option
	known := false
	for _, s := range schools {
		options = append(options, web.Option{Value: string(s.ID), Text: s.Name})
		known = known || s.ID == at
	}
	if !known && len(schools) > 0 {
		at = schools[0].ID
	}
	if len(schools) > 1 {
		p.Schools = &web.Filter{Action: deskPath, Fields: []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("accounts.school"), Options: choose(string(at), options...)}}}
	}
	if p.Open, err = u.openDesks(r, v, schools); err != nil {
		return err
	}
	p.Hidden = []web.Hidden{{Name: "school", Value: string(at)}}
	var modes []web.Option
	for _, m := range school.DeskModes {
		if m != school.DeskClass {
			modes = append(modes, web.Option{Value: string(m), Text: p.T("desk.mode." + string(m)), Hint: p.T("desk.mode." + string(m) + ".hint")})
		}
	}
	mode := r.PostFormValue("mode")
	if mode == "" {
		mode = string(school.DeskFree)
	}
	p.Fields = []web.Field{{Kind: web.RadioField, Name: "mode", Label: p.T("desk.start.mode"), Options: choose(mode, modes...)},
		{Kind: web.TextField, Name: "number", Label: p.T("desk.start.number"), Hint: p.T("desk.start.number.hint"), Value: r.PostFormValue("number"), MaxLength: 2, Optional: true, Autocomplete: "off"}}
	status := http.StatusOK
	if refused != nil {
		if p.Alert, err = refusal(p.Lang, refused, p.Fields); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	if at != "" {
		classes, err := u.st.DeskClasses(r.Context(), v.by, at)
		if err != nil {
			return err
		}
		for _, c := range classes {
			if day.ID == "" || slices.Contains(day.Classes, c.ID) {
				p.Classes = append(p.Classes, deskClassOf(&p.Frame, at, c))
			}
		}
		p.Heading = p.T("desk.start.classes")
		if day.ID != "" {
			p.Heading = p.T("desk.start.day", day.Name)
			if day.Room != "" {
				p.Heading = p.T("desk.start.day.room", day.Name, day.Room)
			}
			p.All = &web.Action{Text: p.T("desk.start.all"), Href: deskPath + "?" + url.Values{"school": {string(at)}, "day": {"all"}}.Encode()}
		}
	}
	return u.site.Render(w, r, status, "deskstart", p)
}

// deskDay is the issue day a desk is opened for: the one that is asked for, else the one of today; its classes alone are
// offered then.
func (u *UI) deskDay(r *http.Request, v view, at school.SchoolID) (school.IssueDay, error) {
	asked := r.URL.Query().Get("day")
	if asked == "all" {
		return school.IssueDay{}, nil
	}
	if asked != "" {
		return u.st.IssueDayByID(r.Context(), v.by, school.IssueDayID(asked))
	}
	days, err := u.st.IssueDays(r.Context(), v.by, store.IssueDayFilter{School: at, Limit: 1})
	for _, d := range days.Rows {
		if d.In(v.now.In(web.Berlin)) == 0 {
			return d, err
		}
	}
	return school.IssueDay{}, err
}

func deskClassOf(f *web.Frame, at school.SchoolID, c store.DeskClass) deskClassLine {
	name := web.ClassName(f.Lang, c.Name)
	return deskClassLine{Name: name, Text: f.T("desk.start.done", c.Done, c.People), Button: web.Action{Text: f.T("desk.start.class"), About: name, Href: deskPath, Post: true,
		Hidden: []web.Hidden{{Name: "school", Value: string(at)}, {Name: "mode", Value: string(school.DeskClass)}, {Name: "class", Value: string(c.ID)}}}}
}

// openDesks leads back to the desks somebody has open.
func (u *UI) openDesks(r *http.Request, v view, schools []store.DeskSchool) (out []web.Action, err error) {
	desks, err := u.st.Desks(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	names := map[school.SchoolID]string{}
	for _, s := range schools {
		names[s.ID] = s.Name
	}
	for _, d := range desks {
		name := ""
		if d.Class != "" {
			if name, err = u.st.DeskClassName(r.Context(), v.by, d); err != nil {
				return nil, err
			}
			name = web.ClassName(v.lang, name)
		} else {
			name = web.T(v.lang, "desk.mode."+string(d.Mode))
		}
		out = append(out, web.Action{Text: strings.Join([]string{name, names[d.School], web.T(v.lang, "desk.place", d.Number)}, " · "), Href: deskAddress(d.ID)})
	}
	return out, nil
}

// openDesk opens a desk and goes to it.
func (u *UI) openDesk(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	d := school.DeskSession{School: school.SchoolID(r.PostForm.Get("school")), Mode: school.DeskMode(r.PostForm.Get("mode")), Class: school.ClassID(r.PostForm.Get("class"))}
	var err error
	if typed := strings.TrimSpace(r.PostForm.Get("number")); typed != "" {
		if d.Number, err = strconv.Atoi(typed); err != nil || d.Number < 1 {
			err = school.Refuse("number", "desk_number", 99)
		}
	}
	var id school.DeskID
	if err == nil {
		id, err = u.st.OpenDesk(r.Context(), v.by, d)
	}
	if err != nil {
		if school.KindOf(err) == school.Invalid {
			return u.askDesk(w, r, v, err)
		}
		return err
	}
	return web.Redirect(w, r, deskAddress(id))
}

// receiptPage is the page "receipt": what a class got, for its teacher to sign.
type receiptPage struct {
	web.Frame
	Lead string
	Rows []receiptLine
	Done string
	Back string
	PDF  string
}

type receiptLine struct {
	N                   int
	Name, Device, State string
	Number              string
}

func (u *UI) deskReceipt(w http.ResponseWriter, r *http.Request, v view) error {
	t, err := u.classTurn(r, v)
	if err != nil {
		return err
	}
	title, _, err := t.title()
	if err != nil {
		return err
	}
	p := &receiptPage{Frame: u.frame(r, title), Back: deskAddress(t.desk.ID), PDF: deskAddress(t.desk.ID) + "/receipt.pdf"}
	p.Lead = p.T("desk.receipt.lead", p.Lang.Date(v.now))
	done := 0
	for _, x := range t.class {
		line := receiptLine{N: x.N, Name: x.Name, State: p.T("desk.receipt.none")}
		switch {
		case x.State.Out():
			line.Device, line.Number, line.State = x.Device, x.Number, p.Lang.Date(x.Issued)
			done++
		case x.State == school.ContractRefused:
			line.State = p.T("desk.receipt.refused")
		}
		p.Rows = append(p.Rows, line)
	}
	p.Done = p.T("desk.receipt.done", done, len(t.class))
	return u.site.Render(w, r, http.StatusOK, "receipt", p)
}
