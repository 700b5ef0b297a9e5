package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// repairsPage lists open orders: to the shop, and to those who see the devices.
func (u *UI) repairsPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Repairs(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "nav.repairs"), web.Crumb{Name: web.T(v.lang, "nav.repairs")})}
	p.Lead, p.Tabs = p.T("repairs.lead"), u.lendingTabs(&p.Frame, v, repairsPath)
	p.Columns = []web.Column{{Name: p.T("lend.device")}, {Name: p.T("device.serial")}, {Name: p.T("repairs.model")}, {Name: p.T("repairs.note")}, {Name: p.T("repairs.answer")}, {Name: p.T("repairs.since")}, {Name: p.T("accounts.state")},
		{Name: p.T("table.do"), Hidden: true}}
	for _, x := range all {
		name := x.Number
		if name == "" {
			name = x.Serial
		}
		status := web.Status{Kind: web.Busy, Text: p.T("repairs.open")}
		if !x.Ready.IsZero() {
			status = web.Status{Kind: web.OK, Text: p.T("repairs.ready")}
		}
		row := []cell{{Text: name}, {Code: x.Serial}, {Text: x.Model}, {Text: x.Note}, {Text: x.Answer}, {When: momentOf(&p.Frame, x.Created)}, {Status: &status}, {}}
		if v.at(school.View, x.School) {
			row[0].Href = deviceAddress(x.Device)
		}
		if v.at(school.Mend, x.School) {
			row[7].Actions = append(row[7].Actions, web.Action{Text: p.T("repairs.do"), About: name, Href: repairsPath + "/" + x.ID})
		}
		if v.at(school.EditDevices, x.School) {
			row[7].Actions = append(row[7].Actions, web.Action{Text: p.T("repairs.end"), About: name, Href: repairsPath + "/" + x.ID + "/end", Post: true})
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("repairs.none"), Text: p.T("repairs.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// repairOf finds an open order of the shop.
func (u *UI) repairOf(r *http.Request, v view) (store.RepairOrder, error) {
	all, err := u.st.Repairs(r.Context(), v.by)
	for _, x := range all {
		if x.ID == routeVar(r, "repair") {
			return x, err
		}
	}
	if err == nil {
		err = web.ErrNotFound
	}
	return store.RepairOrder{}, err
}

func (u *UI) repairForm(r *http.Request, v view, x store.RepairOrder) *formPage {
	name := x.Number
	if name == "" {
		name = x.Serial
	}
	p := &formPage{Frame: u.frame(r, name, web.Crumb{Name: web.T(v.lang, "nav.repairs"), Href: repairsPath}, web.Crumb{Name: name}), Cancel: repairsPath}
	p.Lead, p.Submit = p.T("repairs.order", x.Model, x.Serial, x.Note), p.T("repairs.do")
	p.Fields = []web.Field{{Kind: web.AreaField, Name: "answer", Label: p.T("repairs.answer"), Hint: p.T("repairs.answer.hint"), Value: x.Answer, MaxLength: 1000, Rows: 4, Optional: true},
		{Kind: web.CheckField, Name: "ready", Label: p.T("repairs.is_ready"), Value: checked(!x.Ready.IsZero())}}
	return p
}

func (u *UI) repairPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.repairOf(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.repairForm(r, v, x))
}

func (u *UI) answerRepair(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.repairOf(r, v)
	if err != nil {
		return err
	}
	x.Answer = r.PostFormValue("answer")
	if err := u.st.AnswerRepair(r.Context(), v.by, x.ID, x.Answer, r.PostFormValue("ready") == "1"); err != nil {
		return u.refuse(w, r, u.repairForm(r, v, x), err)
	}
	return u.done(w, r, repairsPath, "done.kept", "")
}

func (u *UI) endRepair(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.EndRepair(r.Context(), v.by, routeVar(r, "repair"))
	if err != nil {
		return err
	}
	return u.done(w, r, repairsPath, "done.repair.ended", set)
}

// sendToRepairPage asks what is to be repaired.
func (u *UI) sendToRepairPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.sendForm(r, v, d))
}

func (u *UI) sendForm(r *http.Request, v view, d store.DevicePage) *formPage {
	p := u.deviceForm(r, v, d, "repairs.send.title")
	p.Lead, p.Submit = p.T("repairs.send.lead"), p.T("repairs.send.do")
	p.Fields = []web.Field{{Kind: web.AreaField, Name: "note", Label: p.T("repairs.note"), Hint: p.T("repairs.note.hint"), Value: r.PostFormValue("note"), MaxLength: 1000, Rows: 4, Focus: true}}
	return p
}

func (u *UI) sendToRepair(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.SendToRepair(r.Context(), v.by, d.ID, r.PostFormValue("note"))
	if err != nil {
		return u.refuse(w, r, u.sendForm(r, v, d), err)
	}
	return u.done(w, r, repairsPath, "done.repair.sent", set)
}

func init() {
	web.Add(web.Words{
		"device.repair":       {"Zur Reparatur geben …", "Send to be repaired …"},
		"repairs.lead":        {"Was gerade repariert wird. Die Werkstatt sieht Nummer, Seriennummer, Modell und Auftrag, nie eine Person.", "What is being repaired. The repair shop sees number, serial, model and order, never a person."},
		"repairs.model":       {"Modell", "Model"},
		"repairs.note":        {"Auftrag", "Order"},
		"repairs.note.hint":   {"Was ist defekt? Die Werkstatt liest das: keine Namen.", "What is broken? The repair shop reads this: no names."},
		"repairs.answer":      {"Antwort der Werkstatt", "Answer of the repair shop"},
		"repairs.answer.hint": {"Zum Beispiel „Display getauscht“ oder „Ersatzteil bestellt, etwa zehn Tage“.", "Such as “Display replaced” or “Part ordered, about ten days”."},
		"repairs.since":       {"Seit", "Since"},
		"repairs.open":        {"in Arbeit", "in work"},
		"repairs.ready":       {"fertig zum Abholen", "ready to be fetched"},
		"repairs.is_ready":    {"Fertig, kann abgeholt werden", "Ready, can be fetched"},
		"repairs.do":          {"Antworten", "Answer"},
		"repairs.end":         {"Ist zurück", "Is back"},
		"repairs.order":       {"{1}, Seriennummer {2}. Auftrag: {3}", "{1}, serial {2}. Order: {3}"},
		"repairs.none":        {"Nichts in Reparatur", "Nothing in repair"},
		"repairs.none.text":   {"Auf der Seite eines iPads gibt es „Zur Reparatur geben“.", "The page of an iPad has “Send to be repaired”."},
		"repairs.send.title":  {"{1} zur Reparatur geben", "Send {1} to be repaired"},
		"repairs.send.lead":   {"Das iPad bleibt, wem es ausgegeben ist. Neu ausgeben lässt es sich erst, wenn es zurück ist.", "The iPad stays with whom it was handed out to. It can be handed out anew once it is back."},
		"repairs.send.do":     {"Zur Reparatur geben", "Send to be repaired"},
		"done.repair.sent":    {"Der Auftrag ist geschrieben.", "The order is written."},
		"done.repair.ended":   {"Das iPad ist zurück.", "The iPad is back."},
	})
}
