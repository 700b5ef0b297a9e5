package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// shownAtDesk is up to how many devices a small place chooses from; where there are more, one types or scans.
const shownAtDesk = 30

// peopleAtDesk is up to how many people without a device a small place chooses from.
const peopleAtDesk = 50

// lendingView is a page of lending for those who may do verb somewhere.
type lendingView struct {
	key, path string
	verb      school.Verb
}

// lendingViews are the pages of lending by what people do: hand out, agree, know what is there, settle what is broken or lost, and
// account for it.
var lendingViews = []struct {
	key   string
	views []lendingView
}{
	{"lending.out", []lendingView{{"nav.desk", deskPath, school.Lend}, {"nav.issuedays", issueDaysPath, school.Lend}, {"handovers", handoversPath, school.ViewPeople}, {"nav.clerks", clerksPath, school.Clerks}}},
	{"contracts.title", []lendingView{{"contracts.title", contractsPath, school.ViewPeople}}},
	{"assets.title", []lendingView{{"assets.title", assetsPath, school.View}, {"kits.title", kitsPath, school.View}, {"batches.title", batchesPath, school.View}, {"labels.title", labelsPath, school.EditDevices}}},
	{"lending.harm", []lendingView{{"damages.title", damagesPath, school.ViewPeople}, {"losses.title", lossesPath, school.ViewPeople}, {"reports.title", reportsPath, school.View}, {"nav.repairs", repairsPath, school.View}}},
	{"figures.title", []lendingView{{"figures.title", figuresPath, school.View}}},
}

// lendingTabs are the views of lending somebody may see; for the tree's roles, whose menu has one entry for all. A group leads to
// the first of its views, and where one is in it shows all of them.
func (u *UI) lendingTabs(f *web.Frame, v view, here string) (out []web.Tab) {
	if !v.by.CanSomewhere(school.View, v.by.Tenant) || v.simple {
		return nil
	}
	for _, g := range lendingViews {
		tab := web.Tab{Name: f.T(g.key)}
		var under []web.Tab
		for _, x := range g.views {
			if v.by.CanSomewhere(x.verb, v.by.Tenant) {
				under = append(under, web.Tab{Name: f.T(x.key), Href: x.path, Current: x.path == here})
				tab.Current = tab.Current || x.path == here
			}
		}
		if len(under) == 0 {
			continue
		}
		tab.Href = under[0].Href
		if tab.Current && len(under) > 1 {
			tab.Under = under
		}
		out = append(out, tab)
	}
	return out
}

// lendPage is the page "lend": a person at the desk and the device they get, or a device that comes back.
type lendPage struct {
	web.Frame
	Lead   string
	Holds  string
	Alert  *web.Alert
	Action string
	Hidden []web.Hidden
	Fields []web.Field
	Submit string
	Cancel string
}

func (u *UI) showLend(w http.ResponseWriter, r *http.Request, p *lendPage, refused error) (err error) {
	status := http.StatusOK
	if refused != nil {
		if p.Alert, err = refusal(p.Lang, refused, p.Fields); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "lend", p)
}

// handOutPage finds the person first, then asks for the device: the way of a small place, where one chooses from a list.
// Everywhere else the desk does it.
func (u *UI) handOutPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.simple {
		return web.Redirect(w, r, deskPath)
	}
	q := r.URL.Query()
	if id := q.Get("person"); id != "" {
		return u.handOutTo(w, r, v, school.PersonID(id), nil)
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "nav.handout"), web.Crumb{Name: web.T(v.lang, "nav.handout")})}
	p.Lead, p.Actions = p.T("lend.out.lead"), []web.Action{{Text: p.T("lend.scanner"), Href: deskPath}}
	text := strings.TrimSpace(q.Get("q"))
	p.Filter = &web.Filter{Action: handOutPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("lend.person"), Value: text, Focus: true, Autocomplete: "off"}}}
	p.Columns = []web.Column{{Name: p.T("lend.person")}, {Name: p.T("devices.class")}, {Name: p.T("lend.holds")}}
	p.Empty = web.Empty{Title: p.T("lend.type"), Text: p.T("lend.type.text")}
	if given := q.Get("given"); given != "" && text == "" {
		who, err := u.st.DeskPersonByID(r.Context(), v.by, school.PersonID(given))
		if err != nil && school.KindOf(err) != school.NotFound {
			return err
		}
		if len(who.Holds) > 0 {
			p.Alert = &web.Alert{Kind: web.Note, Title: p.T("lend.given", who.Name, strings.Join(who.Holds, ", "))}
		}
		if p.Alert != nil && v.at(school.ViewPeople, who.School) {
			p.Alert.Actions = []web.Action{{Text: p.T("lend.papers"), Href: address(contractsPath, url.Values{"person": {given}})}}
		}
	}
	status := http.StatusOK
	if text == "" {
		if err := u.waitingHere(r, v, p); err != nil {
			return err
		}
	} else {
		found, err := u.st.FindAtDesk(r.Context(), v.by, text)
		if err != nil {
			said, err := fieldErrors(v.lang, err)
			if err != nil {
				return err
			}
			p.Filter.Fields[0].Error, status = said["q"], http.StatusUnprocessableEntity
		}
		p.Empty = web.Empty{Title: p.T("lend.nobody", text), Text: p.T("lend.nobody.text")}
		for _, x := range found {
			class := ""
			if x.Class != "" {
				class = web.ClassName(v.lang, x.Class)
			}
			p.Rows = append(p.Rows, []cell{{Text: x.Name, Href: handOutPath + "?person=" + url.QueryEscape(string(x.ID))}, {Text: class}, {Text: strings.Join(x.Holds, ", ")}})
		}
	}
	return u.site.Render(w, r, status, "table", p)
}

// waitingHere lists who has nothing yet, where they are few: one chooses instead of typing.
func (u *UI) waitingHere(r *http.Request, v view, p *tablePage) error {
	if !v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) {
		return nil
	}
	few, err := u.st.Persons(r.Context(), v.by, store.PersonFilter{School: v.extent.School, Without: true, Limit: peopleAtDesk})
	if err != nil || few.Next != "" || len(few.Rows) == 0 {
		return err
	}
	p.Lead = p.T("lend.out.few")
	p.drop(2)
	for _, x := range few.Rows {
		class := ""
		if x.ClassName != "" {
			class = web.ClassName(v.lang, x.ClassName)
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name(), Href: handOutPath + "?person=" + url.QueryEscape(string(x.ID))}, {Text: class}})
	}
	if v.authority.Policy.StaffOnly {
		p.drop(1)
	}
	return nil
}

func (u *UI) handOutTo(w http.ResponseWriter, r *http.Request, v view, id school.PersonID, refused error) error {
	person, err := u.st.DeskPersonByID(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	p := &lendPage{Frame: u.frame(r, person.Name, web.Crumb{Name: web.T(v.lang, "nav.handout"), Href: handOutPath}, web.Crumb{Name: person.Name}), Action: handOutPath, Cancel: handOutPath}
	p.Lead, p.Submit = person.Class, p.T("lend.out.do")
	if person.Class != "" {
		p.Lead = web.ClassName(v.lang, person.Class)
	}
	if len(person.Holds) > 0 {
		p.Holds = p.T("lend.has", strings.Join(person.Holds, ", "))
	}
	p.Hidden = []web.Hidden{{Name: "person", Value: string(id)}}
	free, err := u.st.FreeAtDesk(r.Context(), v.by, person.School, shownAtDesk+1)
	if err != nil {
		return err
	}
	p.Fields = u.deskFields(&p.Frame, r, free, "lend.free")
	return u.showLend(w, r, p, refused)
}

// deskFields ask for a device: by what stands on it, or, where there are few, from a list.
func (u *UI) deskFields(f *web.Frame, r *http.Request, few []store.DeskDevice, label string) []web.Field {
	typed := web.Field{Kind: web.CodeField, Name: "device", Label: f.T("lend.device"), Hint: f.T("lend.device.hint"), Value: r.PostFormValue("device"), MaxLength: 60, Focus: true, Autocomplete: "off"}
	if len(few) == 0 || len(few) > shownAtDesk {
		return []web.Field{typed}
	}
	typed.Optional = true
	options := []web.Option{{Text: f.T("lend.choose")}}
	for _, d := range few {
		text := d.Name()
		if d.HeldBy != "" {
			text += " · " + d.HeldBy
		}
		options = append(options, web.Option{Value: d.Serial, Text: text})
	}
	return []web.Field{typed, {Kind: web.SelectField, Name: "choice", Label: f.T(label), Options: choose(r.PostFormValue("choice"), options...)}}
}

// deskDevice is the device a form of the desk means: what was typed, else what was chosen.
func (u *UI) deskDevice(r *http.Request, v view) (store.DeskDevice, error) {
	typed := strings.TrimSpace(r.PostFormValue("device"))
	if typed == "" {
		typed = r.PostFormValue("choice")
	}
	return u.st.DeviceAtDesk(r.Context(), v.by, typed)
}

func (u *UI) handOut(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	person := school.PersonID(r.PostForm.Get("person"))
	if _, err := u.st.DeskPersonByID(r.Context(), v.by, person); err != nil {
		return err
	}
	d, err := u.deskDevice(r, v)
	var set school.ChangeSetID
	if err == nil {
		_, set, err = u.st.Issue(r.Context(), v.by, person, d.ID)
	}
	if err != nil {
		return u.handOutTo(w, r, v, person, err)
	}
	return u.done(w, r, address(handOutPath, url.Values{"given": {string(person)}}), "done.issued", set)
}

func (u *UI) takeBackPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.simple {
		return web.Redirect(w, r, deskPath)
	}
	return u.askBack(w, r, v, nil)
}

func (u *UI) askBack(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	p := &lendPage{Frame: u.frame(r, web.T(v.lang, "nav.takeback"), web.Crumb{Name: web.T(v.lang, "nav.takeback")}), Action: takeBackPath}
	p.Lead, p.Submit = p.T("lend.back.lead"), p.T("lend.back.do")
	var few []store.DeskDevice
	if v.extent.School != "" {
		var err error
		if few, err = u.st.LentAtDesk(r.Context(), v.by, v.extent.School, shownAtDesk+1); err != nil {
			return err
		}
	}
	p.Fields = u.deskFields(&p.Frame, r, few, "lend.lent")
	return u.showLend(w, r, p, refused)
}

func (u *UI) takeBack(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	d, err := u.deskDevice(r, v)
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.TakeBack(r.Context(), v.by, d.ID)
	}
	if err != nil {
		return u.askBack(w, r, v, err)
	}
	return u.done(w, r, takeBackPath, "done.returned", set)
}

func init() {
	web.Add(web.Words{
		"lend.out.lead":    {"Erst die Person, dann das iPad.", "First the person, then the iPad."},
		"lend.out.few":     {"Hier steht, wer noch kein iPad hat. Wer schon eines hat, lässt sich suchen.", "Here stands who has no iPad yet. Whoever has one can be searched for."},
		"lend.given":       {"{1} hat jetzt {2}.", "{1} has {2} now."},
		"lend.papers":      {"Vertrag und Unterschrift", "Contract and signature"},
		"lend.scanner":     {"Ausgabetisch für Scanner", "Desk for scanners"},
		"lend.out.do":      {"iPad ausgeben", "Hand out the iPad"},
		"lend.person":      {"Person", "Person"},
		"lend.holds":       {"Hat", "Has"},
		"lend.has":         {"Hat bereits {1}.", "Has {1} already."},
		"lend.type":        {"Wer bekommt ein iPad?", "Who gets an iPad?"},
		"lend.type.text":   {"Tippen Sie den Anfang des Vor- oder Familiennamens, mindestens zwei Buchstaben.", "Type the beginning of the given or family name, at least two letters."},
		"lend.nobody":      {"Niemand heißt „{1}“", "Nobody is called “{1}”"},
		"lend.nobody.text": {"Gesucht wird an den Schulen, für die Sie ausgeben. Fehlt jemand, hilft die Schulverwaltung.", "The search covers the schools you hand out for. If somebody is missing, the school administration helps."},
		"lend.device":      {"iPad", "iPad"},
		"lend.device.hint": {"Inventarnummer oder Seriennummer, getippt oder gescannt.", "Asset number or serial, typed or scanned."},
		"lend.choose":      {"– auswählen –", "– choose –"},
		"lend.free":        {"oder eines der freien", "or one of the free ones"},
		"lend.lent":        {"oder eines der ausgegebenen", "or one of those handed out"},
		"lend.back.lead":   {"Das iPad gilt danach als frei. Sie können es gleich wieder ausgeben.", "The iPad is free then. You can hand it out again at once."},
		"lend.back.do":     {"iPad zurücknehmen", "Take the iPad back"},
	})
}
