package ui

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// editable reads the device of an address for somebody who may change it.
func (u *UI) editable(r *http.Request, v view) (store.DevicePage, error) {
	d, err := u.device(r, v)
	if err == nil && !v.at(school.EditDevices, d.School) {
		err = web.ErrNotFound
	}
	return d, err
}

// deviceForm begins a form about a device.
func (u *UI) deviceForm(r *http.Request, v view, d store.DevicePage, key string) *formPage {
	here := deviceAddress(d.ID)
	title := web.T(v.lang, key, deviceName(d.Device))
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: deviceName(d.Device), Href: here}, web.Crumb{Name: title}), Cancel: here}
	return p
}

// deviceEditForm asks for number, place and who it is planned for.
func (u *UI) deviceEditForm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	typed := url.Values{"number": {d.Number}, "place": {string(d.Place)}, "ownership": {string(d.Ownership)}}
	if d.Planned != nil {
		typed.Set("person", d.Planned.Name())
	}
	p, err := u.deviceEditPage(r, v, d, typed)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) deviceEditPage(r *http.Request, v view, d store.DevicePage, typed url.Values) (*formPage, error) {
	p := u.deviceForm(r, v, d, "device.edit.title")
	p.Fields = []web.Field{{Kind: web.CodeField, Name: "number", Label: p.T("device.number"), Value: typed.Get("number"), Optional: true, MaxLength: 40}}
	if d.School != "" {
		places, err := u.st.Places(r.Context(), v.by, store.PlaceFilter{School: d.School, Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		options := []web.Option{{Text: p.T("device.edit.noplace")}}
		for _, x := range places.Rows {
			options = append(options, web.Option{Value: string(x.ID), Text: x.Name})
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "place", Label: p.T("device.place"), Options: choose(typed.Get("place"), options...)})
	}
	if v.at(school.ViewPeople, d.School) && d.Holder == nil && d.Confirmed {
		p.Fields = append(p.Fields, web.Field{Kind: web.TextField, Name: "person", Label: p.T("device.planned"), Hint: p.T("device.edit.planned.hint"), Value: typed.Get("person"), Optional: true,
			Autocomplete: "off"})
	}
	p.Fields = append(p.Fields, ownershipField(p, school.Ownership(typed.Get("ownership"))))
	return p, nil
}

// ownershipField asks whose a device is, with what follows from it.
func ownershipField(p *formPage, chosen school.Ownership) web.Field {
	f := ruleChecks(p, "ownership", []school.Ownership{chosen}, school.Ownerships, "ownership.")
	f.Kind, f.Optional, f.Hint = web.RadioField, false, p.T("device.edit.ownership.hint")
	for i, o := range school.Ownerships {
		f.Options[i].Hint = p.T("ownership." + string(o) + ".hint")
	}
	return f
}

// devicesOwnership asks whose marked devices are, then writes it. It changes nothing on them, only what they are asked.
func (u *UI) devicesOwnership(w http.ResponseWriter, r *http.Request, v view) error {
	ids, _, query, err := u.marked(r, v)
	if err != nil {
		return err
	}
	back := address("/devices", query)
	if len(ids) == 0 {
		return web.Redirect(w, r, back)
	}
	title := web.T(v.lang, "bulk.ownership", len(ids))
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"}, web.Crumb{Name: title}), Cancel: back, Hidden: again(r, "")}
	p.Lead = p.T("bulk.ownership.lead")
	o := school.Ownership(r.PostForm.Get("ownership"))
	p.Fields = []web.Field{ownershipField(p, o)}
	if o == "" {
		return u.showForm(w, r, p)
	}
	set, err := u.st.SetOwnership(r.Context(), v.by, ids, o)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, back, "done.ownership", set, int64(len(ids)))
}

// deviceEdit writes what was changed: each detail is an act of its own, so each can be undone by itself.
func (u *UI) deviceEdit(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	p, err := u.deviceEditPage(r, v, d, r.PostForm)
	if err != nil {
		return err
	}
	var last school.ChangeSetID
	acts := 0
	do := func(set school.ChangeSetID, err error) error {
		if err == nil && set != "" {
			last = set
			acts++
		}
		return err
	}
	write := func() error {
		if n := r.PostForm.Get("number"); n != d.Number {
			if err := do(u.st.SetNumber(r.Context(), v.by, d.ID, n)); err != nil {
				return err
			}
		}
		if place := school.PlaceID(r.PostForm.Get("place")); place != d.Place && d.School != "" {
			if err := do(u.st.MoveDevices(r.Context(), v.by, []school.DeviceID{d.ID}, store.Destination{Place: &place})); err != nil {
				return err
			}
		}
		if o := school.Ownership(r.PostForm.Get("ownership")); r.PostForm.Has("ownership") && o != d.Ownership {
			if err := do(u.st.SetOwnership(r.Context(), v.by, []school.DeviceID{d.ID}, o)); err != nil {
				return err
			}
		}
		before := ""
		if d.Planned != nil {
			before = d.Planned.Name()
		}
		if name := r.PostForm.Get("person"); r.PostForm.Has("person") && name != before {
			var person school.PersonID
			if name != "" {
				if person, err = u.personNamed(r.Context(), v, d.School, name); err != nil {
					return err
				}
			}
			return do(u.st.PlanPerson(r.Context(), v.by, d.ID, person))
		}
		return nil
	}
	if err := write(); err != nil {
		return u.refuse(w, r, p, err)
	}
	if acts > 1 {
		last = ""
	}
	return u.done(w, r, deviceAddress(d.ID), "done.saved", last)
}

// personNamed finds the one person of a school that a typed name means.
func (u *UI) personNamed(ctx context.Context, v view, at school.SchoolID, name string) (school.PersonID, error) {
	page, err := u.st.Persons(ctx, v.by, store.PersonFilter{School: at, Text: name, Limit: 20})
	if err != nil {
		return "", err
	}
	folded := school.Fold(name)
	var exact []school.PersonID
	for _, p := range page.Rows {
		if school.Fold(p.Name()) == folded || school.Fold(p.Given+" "+p.Family) == folded {
			exact = append(exact, p.ID)
		}
	}
	switch {
	case len(page.Rows) == 1:
		return page.Rows[0].ID, nil
	case len(exact) == 1:
		return exact[0], nil
	case len(page.Rows) == 0:
		return "", school.Refuse("person", "page.person_none", name)
	}
	return "", school.Refuse("person", "page.person_many", name, len(page.Rows))
}

// deviceIssueForm asks to whom a device is issued.
func (u *UI) deviceIssueForm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.ViewPeople, d.School) {
		return web.ErrNotFound
	}
	name := ""
	if d.Planned != nil {
		name = d.Planned.Name()
	}
	return u.showForm(w, r, u.issuePage(r, v, d, name))
}

func (u *UI) issuePage(r *http.Request, v view, d store.DevicePage, name string) *formPage {
	p := u.deviceForm(r, v, d, "device.issue.title")
	p.Lead, p.Submit = p.T("device.issue.lead"), p.T("device.issue.do")
	p.Fields = []web.Field{{Kind: web.TextField, Name: "person", Label: p.T("device.issue.person"), Hint: p.T("device.issue.hint"), Value: name, Focus: true, Autocomplete: "off"}}
	return p
}

func (u *UI) deviceIssue(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.ViewPeople, d.School) {
		return web.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	name := r.PostForm.Get("person")
	person, err := u.personNamed(r.Context(), v, d.School, name)
	var set school.ChangeSetID
	if err == nil {
		_, set, err = u.st.Issue(r.Context(), v.by, person, d.ID)
	}
	if err != nil {
		p := u.issuePage(r, v, d, name)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, deviceAddress(d.ID), "done.issued", set)
}

func (u *UI) deviceTakeBack(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.TakeBack(r.Context(), v.by, d.ID)
	if err != nil {
		return err
	}
	return u.done(w, r, deviceAddress(d.ID), "done.returned", set)
}

func (u *UI) deviceConfirm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.ConfirmDevice(r.Context(), v.by, d.ID)
	if err != nil {
		return err
	}
	return u.done(w, r, deviceAddress(d.ID), "done.confirmed", set)
}

// deviceReleaseForm says what it means to give up a device's last network, before it is done.
func (u *UI) deviceReleaseForm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	name, here := deviceName(d.Device), deviceAddress(d.ID)
	p := &surePage{Frame: u.frame(r, web.T(v.lang, "device.release.title", name), web.Crumb{Name: name, Href: here}, web.Crumb{Name: web.T(v.lang, "device.release.crumb")})}
	p.Confirm = &web.Confirm{ID: "release", Title: p.T("device.release.do"), Text: p.T("device.release.text"), Button: p.T("device.release.do"), Action: here + "/network", Cancel: here,
		Hidden: []web.Hidden{{Name: "release", Value: "1"}}}
	return u.site.Render(w, r, http.StatusOK, "sure", p)
}

func (u *UI) deviceNetwork(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	release := r.PostForm.Get("release") == "1"
	set, err := u.st.ReleaseNetworks(r.Context(), v.by, d.ID, release)
	if err != nil {
		return err
	}
	key := "done.held"
	if release {
		key = "done.released"
	}
	return u.done(w, r, deviceAddress(d.ID), key, set)
}

// deviceMoveForm asks where a device goes; the plan follows.
func (u *UI) deviceMoveForm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	here := deviceAddress(d.ID)
	title := web.T(v.lang, "device.move.title", deviceName(d.Device))
	p := &bulkPage{Frame: u.frame(r, title, web.Crumb{Name: deviceName(d.Device), Href: here}, web.Crumb{Name: title}), Action: assignPath, Back: here}
	p.Lead, p.Submit = p.T("bulk.move.lead"), p.T("assign.submit")
	p.Hidden = []web.Hidden{{Name: "kind", Value: string(school.ChangeMove)}, {Name: "device", Value: string(d.ID)}, {Name: "back", Value: here}}
	if p.Fields, err = u.targetFields(r.Context(), v, "", d.Device.PlannedClass); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "bulk", p)
}

// deviceOrder gives one device an order that loses nothing.
func (u *UI) deviceOrder(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	kind := school.OrderKind(r.PostForm.Get("kind"))
	if _, err := u.st.GiveOrder(r.Context(), v.by, kind, []school.DeviceID{d.ID}); err != nil {
		return err
	}
	return u.done(w, r, deviceAddress(d.ID), "done.order."+string(kind), "")
}

// orderCancel takes back an order nobody carried out yet.
func (u *UI) orderCancel(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	if err := u.st.CancelOrder(r.Context(), v.by, school.OrderID(mux.Vars(r)["order"])); err != nil {
		return err
	}
	return u.done(w, r, localTarget(r.PostForm.Get("back")), "done.order.cancelled", "")
}

func init() {
	web.Add(web.Words{
		"devices.ownership":          {"Eigentum …", "Ownership …"},
		"bulk.ownership":             {"Eigentum von {1} {1:iPad|iPads}", "Ownership of {1} {1:iPad|iPads}"},
		"bulk.ownership.lead":        {"Auf den iPads ändert sich nichts; anders wird nur, was der Server sie fragt.", "Nothing changes on the iPads; only what the server asks them does."},
		"done.ownership":             {"Das Eigentum von {1} {1:iPad|iPads} ist festgelegt.", "The ownership of {1} {1:iPad|iPads} is decided."},
		"device.edit.ownership.hint": {"Entscheidet, was der Server das iPad fragt.", "Decides what the server asks the iPad."},
		"device.edit.title":          {"Angaben zu {1}", "Details of {1}"},
		"device.edit.noplace":        {"kein Ort", "no place"},
		"device.edit.planned.hint":   {"Vor- und Familienname, wie in der Liste der Personen. Bis zur Ausgabe zählt das iPad zu ihrer Klasse.", "Given and family name as in the list of people. Until it is issued the iPad counts to their class."},
		"device.issue.title":         {"{1} ausgeben", "Issue {1}"},
		"device.issue.lead":          {"Das iPad gilt danach als bei dieser Person und zählt zu ihrer Klasse.", "The iPad then counts as being with this person, and to their class."},
		"device.issue.person":        {"An wen", "To whom"},
		"device.issue.hint":          {"Vor- oder Familienname genügt, wenn er eindeutig ist.", "Given or family name is enough if it is unique."},
		"device.issue.do":            {"Ausgeben", "Issue"},
		"device.move.title":          {"{1} umziehen", "Move {1}"},
		"device.release.title":       {"WLAN von {1} freigeben", "Release the network of {1}"},
		"device.release.crumb":       {"WLAN freigeben", "Release network"},
		"device.release.do":          {"WLAN freigeben", "Release network"},
		"device.release.text": {"Das iPad verliert sein letztes bestätigtes WLAN und ist danach nur erreichbar, wenn jemand es von Hand mit einem anderen verbindet. Tun Sie das nur, wenn Sie es in der Hand haben.",
			"The iPad loses its last confirmed network and can then be reached only if somebody connects it to another one by hand. Do this only with the iPad in your hand."},
		"error.page.person_none": {"Zu „{1}“ gibt es an dieser Schule niemanden.", "There is nobody at this school for “{1}”."},
		"error.page.person_many": {"„{1}“ passt auf {2} Personen. Bitte Vor- und Familiennamen angeben.", "“{1}” matches {2} people. Please give given and family name."},

		"done.saved":           {"Gespeichert.", "Saved."},
		"done.issued":          {"Ausgegeben.", "Issued."},
		"done.returned":        {"Zurückgenommen.", "Taken back."},
		"done.confirmed":       {"Bestätigt. Das iPad bekommt jetzt alles, was für es festgelegt ist.", "Confirmed. The iPad now gets all that was decided for it."},
		"done.released":        {"WLAN freigegeben.", "Network released."},
		"done.held":            {"Das WLAN ist wieder geschützt.", "The network is protected again."},
		"done.order.refresh":   {"Das iPad meldet sich neu, sobald es online ist.", "The iPad reports anew as soon as it is online."},
		"done.order.restart":   {"Das iPad startet neu, sobald es online ist.", "The iPad restarts as soon as it is online."},
		"done.order.cancelled": {"Auftrag zurückgezogen.", "Order withdrawn."},
	})
}
