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

const arrivalsPath = "/arrivals"

// arrivalsPage lists iPads that came and wait for a person: those enrolled by a code until somebody says that they are
// ours, and those from Apple until somebody says where they belong.
type arrivalsPage struct {
	web.Frame
	Lead        string
	Unconfirmed []arrivalLine
	MoreU       string // address of the whole list
	CountU      int
	Unplaced    []arrivalLine
	MoreP       string
	CountP      int
	Schools     web.Field
	Assign      string
	Filter      string // the filter of all that are without a school
	Empty       *web.Empty
}

type arrivalLine struct {
	ID            school.DeviceID
	Name, Href    string
	Serial, Model string
	School        string
	Seen          web.When
	Confirm       string // address; empty: not this person's to confirm
}

// arrivalsShown is how many of each kind the page shows at once; the rest is a list of its own.
const arrivalsShown = 100

func (u *UI) arrivals(w http.ResponseWriter, r *http.Request, v view) error {
	p := &arrivalsPage{Frame: u.frame(r, web.T(v.lang, "arrivals.title")), Assign: assignPath}
	p.Place = u.adminPlace(&p.Frame, v)
	p.Lead = p.T("arrivals.lead")
	var err error
	if p.Unconfirmed, p.CountU, p.MoreU, err = u.arrived(r, v, store.Unconfirmed); err != nil {
		return err
	}
	if v.can(school.EditDevices) { // a device of no school is the authority's to give
		if p.Unplaced, p.CountP, p.MoreP, err = u.arrived(r, v, store.WithoutPlace); err != nil {
			return err
		}
		options, err := u.schoolOptions(r, v, school.EditDevices, p.T("arrivals.choose"), "")
		if err != nil {
			return err
		}
		p.Schools = web.Field{Kind: web.SelectField, Name: "school", Label: p.T("arrivals.school"), Options: options}
		p.Filter = url.Values{"state": {string(store.WithoutPlace)}}.Encode()
	}
	if p.CountU+p.CountP == 0 {
		p.Empty = &web.Empty{Title: p.T("arrivals.none"), Text: p.T("arrivals.none.text"), Actions: []web.Action{{Text: p.T("codes.new"), Href: codesPath + "/new"}}}
	}
	return u.site.Render(w, r, http.StatusOK, "arrivals", p)
}

func (u *UI) arrived(r *http.Request, v view, state store.DeviceState) (out []arrivalLine, count int, more string, err error) {
	f := store.DeviceFilter{State: state, Sort: store.BySerial, Limit: arrivalsShown}
	list, err := u.st.Devices(r.Context(), v.by, f)
	if err != nil {
		return nil, 0, "", err
	}
	if count = len(list.Rows); list.Next != "" {
		if count, err = u.st.CountDevices(r.Context(), v.by, f); err != nil {
			return nil, 0, "", err
		}
		more = "/devices?" + url.Values{"state": {string(state)}}.Encode()
	}
	for _, d := range list.Rows {
		line := arrivalLine{ID: d.ID, Name: d.Number, Href: deviceAddress(d.ID), Serial: d.Serial, Model: d.Model, School: d.SchoolName, Seen: web.When{At: d.LastSeen, Now: v.now}}
		if line.Name == "" {
			line.Name = d.Serial
		}
		if state == store.Unconfirmed && v.at(school.EditDevices, d.School) {
			line.Confirm = arrivalsPath + "/" + url.PathEscape(string(d.ID))
		}
		out = append(out, line)
	}
	return out, count, more, nil
}

// arrivalForm asks what has to be known before a device may get what is personal: whether it is ours, and whose it is.
func (u *UI) arrivalForm(r *http.Request, v view) (*formPage, store.DevicePage, error) {
	d, err := u.st.DeviceByID(r.Context(), v.by, school.DeviceID(routeVar(r, "device")))
	if err == nil && !v.at(school.EditDevices, d.School) {
		err = web.ErrNotFound
	}
	if err != nil {
		return nil, d, err
	}
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "arrival.title", d.Serial)), Cancel: arrivalsPath, Submit: web.T(v.lang, "arrival.confirm")}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("arrivals.title"), Href: arrivalsPath})
	p.Lead = p.T("arrival.lead", d.Model, d.SchoolName)
	if d.Confirmed {
		p.Alert = &web.Alert{Kind: web.OK, Title: p.T("arrival.already")}
	}
	get := func(name, otherwise string) string {
		if r.Method == http.MethodPost {
			return strings.TrimSpace(r.PostForm.Get(name))
		}
		return otherwise
	}
	schools, err := u.schoolOptions(r, v, school.EditDevices, "", get("school", string(d.School)))
	if err != nil {
		return nil, d, err
	}
	at := school.SchoolID(get("school", string(d.School)))
	classes, err := u.st.Classes(r.Context(), v.by, store.ClassFilter{School: at, Limit: store.MaxPage})
	if err != nil {
		return nil, d, err
	}
	options := []web.Option{{Text: p.T("arrival.class.none")}}
	for _, c := range classes.Rows {
		options = append(options, web.Option{Value: string(c.ID), Text: c.Name})
	}
	p.Fields = []web.Field{
		{Kind: web.CodeField, Name: "number", Label: p.T("arrival.number"), Value: get("number", d.Number), Optional: true, Autocomplete: "off"},
		{Kind: web.SelectField, Name: "school", Label: p.T("arrivals.school"), Options: schools},
		{Kind: web.SelectField, Name: "class", Label: p.T("arrival.class"), Hint: p.T("arrival.class.hint"), Options: choose(get("class", string(d.Device.PlannedClass)), options...)},
	}
	if v.at(school.ViewPeople, d.School) {
		who := ""
		if d.Planned != nil {
			who = d.Planned.Name()
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.TextField, Name: "person", Label: p.T("arrival.person"), Hint: p.T("arrival.person.hint"), Value: get("person", who), Optional: true, Autocomplete: "off"})
	}
	if v.authority.Policy.NumberPattern != "" && d.Number == "" {
		p.Fields[0].Hint = p.T("arrival.number.hint")
	}
	return p, d, nil
}

func (u *UI) arrivalPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, _, err := u.arrivalForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

// confirmArrival says that a device is ours, last of all: whatever of the rest is refused, nothing personal reaches it.
func (u *UI) confirmArrival(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p, d, err := u.arrivalForm(r, v)
	if err != nil {
		return err
	}
	set, err := u.keepArrival(r.Context(), v, d, r.PostForm)
	if err == nil {
		return u.done(w, r, arrivalsPath, "done.arrival.confirmed", set)
	}
	return u.refuse(w, r, p, err)
}

func (u *UI) keepArrival(ctx context.Context, v view, d store.DevicePage, form url.Values) (school.ChangeSetID, error) {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	at, class := school.SchoolID(get("school")), school.ClassID(get("class"))
	var person school.PersonID
	if text := get("person"); text != "" && v.at(school.ViewPeople, at) && (d.Planned == nil || text != d.Planned.Name()) {
		var err error
		if person, err = u.personNamed(ctx, v, at, text); err != nil {
			return "", err
		}
	}
	if number := get("number"); number != d.Number {
		if _, err := u.st.SetNumber(ctx, v.by, d.ID, number); err != nil {
			return "", err
		}
	} else if number == "" && v.authority.Policy.NumberPattern != "" {
		if _, err := u.st.GiveNumbers(ctx, v.by, d.ID); err != nil {
			return "", err
		}
	}
	if at != d.School || class != d.Device.PlannedClass {
		if _, err := u.st.MoveDevices(ctx, v.by, []school.DeviceID{d.ID}, store.Destination{School: &at, Class: &class}); err != nil {
			return "", err
		}
	}
	if person != "" {
		if _, err := u.st.PlanPerson(ctx, v.by, d.ID, person); err != nil {
			return "", err
		}
	}
	return u.st.ConfirmDevice(ctx, v.by, d.ID)
}

func init() {
	web.Add(web.Words{
		"arrivals.title":         {"Angekommene iPads", "Arrived iPads"},
		"arrivals.lead":          {"iPads, die sich angemeldet haben und noch jemanden brauchen.", "iPads that have enrolled and still need somebody."},
		"arrivals.unconfirmed":   {"Warten auf Bestätigung", "Wait for confirmation"},
		"arrivals.unconfirmed.t": {"Sie kamen mit einem Code. Bis zur Bestätigung bekommen sie nichts Persönliches und keine Passwörter.", "They came by a code. Until confirmed they get nothing personal and no passwords."},
		"arrivals.unplaced":      {"Gehören noch zu keiner Schule", "Belong to no school yet"},
		"arrivals.unplaced.t":    {"Meist kamen sie aus Apple School Manager. Ordnen Sie sie einer Schule zu; vorher sehen Sie, was sich ändert.", "Most came from Apple School Manager. Place them at a school; first you see what changes."},
		"arrivals.device":        {"iPad", "iPad"},
		"arrivals.serial":        {"Seriennummer", "Serial number"},
		"arrivals.model":         {"Modell", "Model"},
		"arrivals.seen":          {"Zuletzt gesehen", "Last seen"},
		"arrivals.confirm":       {"Bestätigen …", "Confirm …"},
		"arrivals.mark":          {"{1} auswählen", "Select {1}"},
		"arrivals.mark.all":      {"Alle {1} ohne Schule", "All {1} without a school"},
		"arrivals.school":        {"Schule", "School"},
		"arrivals.choose":        {"Schule wählen", "Choose a school"},
		"arrivals.place":         {"Zuordnen …", "Place …"},
		"arrivals.more":          {"Alle {1} zeigen", "Show all {1}"},
		"arrivals.none":          {"Alle angekommenen iPads sind zugeordnet", "All iPads that arrived are placed"},
		"arrivals.none.text":     {"Neue erscheinen hier von selbst, sobald sie sich anmelden.", "New ones appear here by themselves as soon as they enrol."},
		"arrival.title":          {"iPad {1} bestätigen", "Confirm iPad {1}"},
		"arrival.lead":           {"{1} an {2}. Ist es wirklich eines von Ihren? Ein Blick auf die Rückseite genügt.", "{1} at {2}. Is it really one of yours? A look at its back is enough."},
		"arrival.already":        {"Dieses iPad ist schon bestätigt.", "This iPad is confirmed already."},
		"arrival.confirm":        {"iPad bestätigen", "Confirm the iPad"},
		"arrival.number":         {"Inventarnummer", "Asset number"},
		"arrival.number.hint":    {"Leer lassen: Die nächste freie Nummer wird vergeben.", "Leave empty: the next free number is given."},
		"arrival.class":          {"Klasse", "Class"},
		"arrival.class.none":     {"keine", "none"},
		"arrival.class.hint":     {"Zählt, solange niemand mit eigener Klasse das iPad hat.", "Counts as long as nobody with a class of their own has the iPad."},
		"arrival.person":         {"Vorgesehen für", "Intended for"},
		"arrival.person.hint":    {"Name oder Anmeldename", "Name or login"},
		"done.arrival.confirmed": {"Das iPad ist bestätigt.", "The iPad is confirmed."},
	})
}
