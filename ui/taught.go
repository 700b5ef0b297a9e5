package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func taughtAddress(c school.ClassID) string { return taughtPath + "/" + url.PathEscape(string(c)) }

// taughtPage lists the classes of a teacher; who has one is there at once.
func (u *UI) taughtPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.TaughtClasses(r.Context(), v.by)
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return web.Redirect(w, r, taughtAddress(all[0].ID))
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "nav.taught"), web.Crumb{Name: web.T(v.lang, "nav.taught")})}
	p.Columns = []web.Column{{Name: p.T("devices.class")}, {Name: p.T("accounts.school")}, {Name: p.T("taught.people"), Numeric: true}, {Name: p.T("taught.devices"), Numeric: true}}
	for _, x := range all {
		p.Rows = append(p.Rows, []cell{{Text: web.ClassName(v.lang, x.Name), Href: taughtAddress(x.ID)}, {Text: x.SchoolName}, {Text: p.Lang.Number(int64(x.People)), Numeric: true}, {Text: p.Lang.Number(int64(x.Devices)), Numeric: true}})
	}
	p.Empty = web.Empty{Title: p.T("taught.none"), Text: p.T("taught.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// taughtClassPage is the page "taught": a class as its teacher sees it.
type taughtClassPage struct {
	web.Frame
	Lead    string
	Devices []taughtLine
	Without []string
	Empty   web.Empty
}

type taughtLine struct {
	Name, Href, Holder string
	Status             web.Status
	Why                string // the first thing that is missing, in a sentence
	Reported           string
	Seen               web.When
}

// deputy explains as the server does: a teacher may know of the own class whose device it is.
func (v view) deputy() view {
	v.by = school.System("class of a teacher", v.by.Tenant)
	return v
}

func (v view) taughtLine(c store.TaughtClass, d store.TaughtDevice) taughtLine {
	x := taughtLine{Name: d.Number, Href: taughtAddress(c.ID) + "/" + url.PathEscape(string(d.ID)), Holder: d.HolderName, Seen: web.When{At: d.LastSeen, Now: v.now},
		Status: web.Status{Kind: web.OK, Text: web.T(v.lang, "taught.fine")}}
	if x.Name == "" {
		x.Name = d.Serial
	}
	if missing := v.deputy().explain(d.Facts, d.Have).missing(); d.Facts.Device.ID != "" && len(missing) > 0 {
		x.Status, x.Why = web.Status{Kind: missing[0].Kind, Text: missing[0].Headline}, missing[0].Why
	}
	for _, report := range d.Open {
		x.Reported = web.T(v.lang, "report."+string(report.Kind)+".told")
	}
	return x
}

func (u *UI) taughtClassPage(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.st.TaughtClass(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return err
	}
	name := web.ClassName(v.lang, c.Name)
	p := &taughtClassPage{Frame: u.frame(r, name, web.Crumb{Name: web.T(v.lang, "nav.taught"), Href: taughtPath}, web.Crumb{Name: name}), Without: c.Without}
	p.Lead = p.T("taught.lead", c.SchoolName, len(c.Rows), c.People)
	for _, d := range c.Rows {
		p.Devices = append(p.Devices, v.taughtLine(c.TaughtClass, d))
	}
	p.Empty = web.Empty{Title: p.T("taught.empty"), Text: p.T("taught.empty.text")}
	return u.site.Render(w, r, http.StatusOK, "taught", p)
}

// taughtDevicePage is the page "taughtdevice": why a device lacks something, and what can be reported of it.
type taughtDevicePage struct {
	web.Frame
	Line   string
	Clear  string
	Blocks []answerBlock
	Open   []string
	Alert  *web.Alert
	Fields []web.Field
}

func (u *UI) taughtDevicePage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showTaughtDevice(w, r, v, nil)
}

func (u *UI) showTaughtDevice(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	c, err := u.st.TaughtClass(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return err
	}
	for _, d := range c.Rows {
		if string(d.ID) != routeVar(r, "device") {
			continue
		}
		line := v.taughtLine(c.TaughtClass, d)
		p := &taughtDevicePage{Frame: u.frame(r, line.Name, web.Crumb{Name: web.T(v.lang, "nav.taught"), Href: taughtPath}, web.Crumb{Name: web.ClassName(v.lang, c.Name), Href: taughtAddress(c.ID)}, web.Crumb{Name: line.Name})}
		p.Line = strings.Join(without("", d.Model, line.Holder), " · ")
		for _, x := range v.deputy().explain(d.Facts, d.Have).missing() {
			b := v.answerBlock(x, store.DevicePage{}) // without buttons: v may do nothing to it
			b.Proof, b.Code = nil, ""
			p.Blocks = append(p.Blocks, b)
		}
		if len(p.Blocks) == 0 {
			p.Clear = p.T("taught.clear")
		}
		for _, x := range d.Open {
			p.Open = append(p.Open, p.T("report."+string(x.Kind)+".since", p.Lang.Moment(x.Created, v.now)))
		}
		var kinds []web.Option
		for _, k := range store.ReportKinds {
			kinds = append(kinds, web.Option{Value: string(k), Text: p.T("report." + string(k)), Hint: p.T("report." + string(k) + ".hint")})
		}
		p.Fields = []web.Field{{Kind: web.RadioField, Name: "kind", Label: p.T("report.what"), Options: choose(r.PostFormValue("kind"), kinds...)},
			{Kind: web.AreaField, Name: "note", Label: p.T("report.note"), Hint: p.T("report.note.hint"), Value: r.PostFormValue("note"), MaxLength: 500, Rows: 3, Optional: true}}
		status := http.StatusOK
		if refused != nil {
			if p.Alert, err = refusal(p.Lang, refused, p.Fields); err != nil {
				return err
			}
			status = http.StatusUnprocessableEntity
		}
		return u.site.Render(w, r, status, "taughtdevice", p)
	}
	return web.ErrNotFound
}

func without(what string, all ...string) (out []string) {
	for _, x := range all {
		if x != what {
			out = append(out, x)
		}
	}
	return out
}

func (u *UI) reportDevice(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	class, device := school.ClassID(routeVar(r, "class")), school.DeviceID(routeVar(r, "device"))
	if _, err := u.st.ReportDevice(r.Context(), v.by, class, device, store.ReportKind(r.PostForm.Get("kind")), r.PostForm.Get("note")); err != nil {
		return u.showTaughtDevice(w, r, v, err)
	}
	return u.done(w, r, taughtAddress(class), "done.reported", "")
}

// reportsPage lists what was reported at the schools somebody sees.
func (u *UI) reportsPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "reports.title"), web.Crumb{Name: web.T(v.lang, "reports.title")})}
	p.Lead, p.Tabs = p.T("reports.lead"), u.lendingTabs(&p.Frame, v, reportsPath)
	all, err := u.st.Reports(r.Context(), v.by)
	if err != nil {
		return err
	}
	p.Columns = []web.Column{{Name: p.T("lend.device")}, {Name: p.T("report.what")}, {Name: p.T("report.note")}, {Name: p.T("report.when")}, {Name: p.T("accounts.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range all {
		status := web.Status{Kind: web.Warning, Text: p.T("report.open")}
		row := []cell{{Text: x.DeviceName, Href: deviceAddress(x.Device)}, {Text: p.T("report." + string(x.Kind))}, {Text: x.Note}, {When: momentOf(&p.Frame, x.Created)}, {Status: &status}, {}}
		if x.By != "" {
			row[3].Detail = p.T("part.by", x.By)
		}
		switch {
		case !x.Closed.IsZero():
			status = web.Status{Kind: web.Off, Text: p.T("report.closed")}
		case v.at(school.EditDevices, x.School):
			row[5].Actions = []web.Action{{Text: p.T("report.close"), About: x.DeviceName, Href: reportsPath + "/" + x.ID + "/close", Post: true}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("reports.none"), Text: p.T("reports.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) closeReport(w http.ResponseWriter, r *http.Request, v view) error {
	if _, err := u.st.CloseReport(r.Context(), v.by, routeVar(r, "report")); err != nil {
		return err
	}
	return u.done(w, r, reportsPath, "done.report.closed", "")
}

func init() {
	web.Add(web.Words{
		"taught.people":     {"Personen", "People"},
		"taught.devices":    {"iPads", "iPads"},
		"taught.none":       {"Noch keine Klassen", "No classes yet"},
		"taught.none.text":  {"Hier stehen die Klassen, die Sie laut Liste der Schule unterrichten. Fehlt eine oder ist Ihr Konto noch keiner Person zugeordnet, hilft die Schulverwaltung.", "The classes you teach according to the list of the school stand here. If one is missing, or your account is not tied to a person yet, the school administration helps."},
		"taught.lead":       {"{1}, {2} {2:iPad|iPads}, {3} {3:Person|Personen}", "{1}, {2} {2:iPad|iPads}, {3} {3:person|people}"},
		"taught.fine":       {"alles da", "all there"},
		"taught.clear":      {"Es fehlt nichts.", "Nothing is missing."},
		"taught.empty":      {"Keine iPads in dieser Klasse", "No iPads in this class"},
		"taught.empty.text": {"Sobald welche ausgegeben oder der Klasse zugeordnet sind, stehen sie hier.", "As soon as some are handed out or belong to the class, they stand here."},
		"taught.without":    {"Ohne iPad", "Without an iPad"},
		"taught.report":     {"Verlust oder Schaden melden", "Report loss or damage"},

		"report.what":          {"Was ist", "What is it"},
		"report.lost":          {"verloren oder gestohlen", "lost or stolen"},
		"report.lost.hint":     {"Die Schule sieht es sofort auf ihrer Übersicht.", "The school sees it on its overview at once."},
		"report.lost.told":     {"als verloren gemeldet", "reported as lost"},
		"report.lost.since":    {"Als verloren gemeldet: {1}", "Reported as lost: {1}"},
		"report.damaged":       {"beschädigt oder defekt", "damaged or broken"},
		"report.damaged.hint":  {"Zum Beispiel Display gesprungen, lädt nicht, Taste klemmt.", "Such as a cracked display, no charging, a stuck button."},
		"report.damaged.told":  {"als beschädigt gemeldet", "reported as damaged"},
		"report.damaged.since": {"Als beschädigt gemeldet: {1}", "Reported as damaged: {1}"},
		"report.note":          {"Was ist passiert", "What happened"},
		"report.note.hint":     {"Ein Satz genügt. Keine Namen, keine Gesundheitsangaben.", "A sentence is enough. No names, nothing about health."},
		"report.send":          {"Melden", "Report"},
		"report.when":          {"Gemeldet", "Reported"},
		"report.open":          {"offen", "open"},
		"report.closed":        {"erledigt", "settled"},
		"report.close":         {"Erledigt", "Settled"},
		"reports.title":        {"Meldungen", "Reports"},
		"reports.lead":         {"Was Lehrkräfte gemeldet haben. Dem iPad selbst geschieht dadurch nichts.", "What teachers reported. Nothing happens to the iPad itself by it."},
		"reports.none":         {"Nichts gemeldet", "Nothing reported"},
		"reports.none.text":    {"Lehrkräfte melden Verlust und Schaden auf der Seite ihrer Klasse.", "Teachers report loss and damage on the page of their class."},
		"done.reported":        {"Gemeldet. Die Schule kümmert sich darum.", "Reported. The school takes care of it."},
		"done.report.closed":   {"Die Meldung ist erledigt.", "The report is settled."},

		"alarm.device_lost":         {"{1} {1:iPad wurde|iPads wurden} als verloren gemeldet.", "{1} {1:iPad was|iPads were} reported as lost."},
		"alarm.device_lost.text":    {"Gemeldet von der Lehrkraft. Unter „Meldungen“ steht, was passiert ist.", "Reported by the teacher. “Reports” says what happened."},
		"alarm.device_damaged":      {"{1} {1:iPad wurde|iPads wurden} als beschädigt gemeldet.", "{1} {1:iPad was|iPads were} reported as damaged."},
		"alarm.device_damaged.text": {"Gemeldet von der Lehrkraft. Unter „Meldungen“ steht, was passiert ist.", "Reported by the teacher. “Reports” says what happened."},
	})
}
