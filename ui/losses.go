package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func lossAddress(id school.LossID) string { return lossesPath + "/" + string(id) }

func lossStatus(f *web.Frame, l school.Loss) web.Status {
	switch {
	case !l.Found.IsZero():
		return web.Status{Kind: web.OK, Text: f.T("loss.found")}
	case !l.WrittenOff.IsZero():
		return web.Status{Kind: web.Off, Text: f.T("loss.written_off")}
	case l.Stolen:
		return web.Status{Kind: web.Danger, Text: f.T("loss.stolen")}
	}
	return web.Status{Kind: web.Danger, Text: f.T("asset.lost")}
}

func lossColumns(f *web.Frame) []web.Column {
	return []web.Column{{Name: f.T("lend.thing")}, {Name: f.T("devices.school")}, {Name: f.T("accounts.state")}, {Name: f.T("loss.reported")}, {Name: f.T("loss.open")}, {Name: f.T("contract.number")}}
}

func lossCells(f *web.Frame, x store.LossRow) []cell {
	status := lossStatus(f, x.Loss)
	row := []cell{{Text: x.AssetName, Detail: x.AssetModel, Href: lossAddress(x.ID)}, {Text: x.SchoolName}, {Status: &status}, {Text: f.Lang.Date(x.Reported)}, {}, {Text: x.ContractNo}}
	if x.Open() {
		n := 0
		for _, t := range x.Tasks() {
			if t.Done.IsZero() {
				n++
			}
		}
		row[4].Text = f.T("loss.tasks", n)
	}
	if x.Contract != "" {
		row[5].Href = contractAddress(x.Contract)
	}
	return row
}

func (u *UI) lossesPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.Losses(r.Context(), v.by, "")
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "losses.title"), web.Crumb{Name: web.T(v.lang, "losses.title")})}
	p.Lead, p.Tabs, p.Columns = p.T("losses.lead"), u.lendingTabs(&p.Frame, v, lossesPath), lossColumns(&p.Frame)
	for _, x := range all {
		p.Rows = append(p.Rows, lossCells(&p.Frame, x))
	}
	p.Empty = web.Empty{Title: p.T("losses.none"), Text: p.T("losses.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) lossPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.LossByID(r.Context(), v.by, school.LossID(routeVar(r, "loss")))
	if err != nil {
		return err
	}
	title := web.T(v.lang, "loss.title", x.AssetName)
	p := &recordPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "losses.title"), Href: lossesPath}, web.Crumb{Name: x.AssetName})}
	p.status("accounts.state", lossStatus(&p.Frame, x.Loss))
	p.fact("lend.thing", x.AssetName, assetAddress(x.Asset))
	if x.Contract != "" {
		p.fact("contract.number", x.ContractNo, contractAddress(x.Contract))
	}
	p.fact("loss.note", x.Note, "")
	p.fact("loss.reported", p.Lang.Date(x.Reported), "")
	p.fact("loss.police_ref", x.PoliceRef, "")
	p.fact("damage.insurance", x.Insurance, "")
	desk := v.at(school.Lend, x.School)
	s := section{Title: p.T("loss.todo"), Columns: []web.Column{{Name: p.T("loss.task")}, {Name: p.T("accounts.state")}, {Name: p.T("loss.task.due")}, {Name: p.T("table.do"), Hidden: true}}}
	for _, t := range x.Tasks() {
		status := web.Status{Kind: web.Waiting, Text: p.T("loss.task.open")}
		if !t.Done.IsZero() {
			status = web.Status{Kind: web.OK, Text: p.T("loss.task.done", p.Lang.Date(t.Done))}
		}
		row := []cell{{Text: p.T("loss.task." + string(t.Step))}, {Status: &status}, {Text: dateOrNone(p.Lang, t.Due)}, {}}
		if t.Done.IsZero() && x.Open() && desk && t.Step != school.LossPolice && t.Step != school.LossLostMode {
			row[3].Actions = []web.Action{{Text: p.T("loss.tick"), About: row[0].Text, Href: lossAddress(x.ID) + "/tick", Post: true, Hidden: []web.Hidden{{Name: "step", Value: string(t.Step)}}}}
		}
		if t.Done.IsZero() && x.Open() {
			switch {
			case t.Step == school.LossPolice && desk:
				row[3].Actions = []web.Action{{Text: p.T("loss.police.do"), Href: lossAddress(x.ID) + "/edit"}}
			case t.Step == school.LossLostMode && x.Device != "" && v.authority.Has(school.Management) && v.at(school.View, x.School):
				row[3].Actions = []web.Action{{Text: p.T("loss.lost_mode.do"), Href: deviceAddress(x.Device)}}
			}
		}
		s.Rows = append(s.Rows, row)
	}
	p.Sections = []section{s}
	if x.Open() && desk {
		p.Actions = []web.Action{{Text: p.T("loss.find"), Href: lossAddress(x.ID) + "/found", Post: true, Primary: true}, {Text: p.T("loss.edit"), Href: lossAddress(x.ID) + "/edit"}}
	}
	if x.Open() && v.at(school.EditDevices, x.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("loss.write_off"), Href: lossAddress(x.ID) + "/write-off", Post: true})
	}
	if p.Events, err = u.history(r.Context(), v, "loss", string(x.ID), lossAddress(x.ID), 50); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// newLossPage asks how it was lost. Lost mode is ordered on the page of the device.
func (u *UI) newLossPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.assetOf(r, v)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "loss.new")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: assetName(x), Href: assetAddress(x.ID)}, web.Crumb{Name: title}), Lead: web.T(v.lang, "loss.new.lead", assetName(x)), Cancel: assetAddress(x.ID), Submit: title}
	p.Fields = []web.Field{{Kind: web.CheckField, Name: "stolen", Label: p.T("loss.is_stolen"), Value: checked(r.PostFormValue("stolen") == "1")},
		{Kind: web.AreaField, Name: "note", Label: p.T("loss.note"), Hint: p.T("loss.note.hint"), Value: r.PostFormValue("note"), MaxLength: 1000, Rows: 4, Optional: true}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	id, set, err := u.st.ReportLoss(r.Context(), v.by, x.ID, r.PostFormValue("stolen") == "1", r.PostFormValue("note"))
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, lossAddress(id), "done.loss.reported", set)
}

func (u *UI) editLossPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.LossByID(r.Context(), v.by, school.LossID(routeVar(r, "loss")))
	if err != nil {
		return err
	}
	title := web.T(v.lang, "loss.edit")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: x.AssetName, Href: lossAddress(x.ID)}, web.Crumb{Name: title}), Cancel: lossAddress(x.ID)}
	if r.Method == http.MethodPost {
		x.Stolen, x.PoliceRef, x.Insurance, x.Note = r.PostFormValue("stolen") == "1", r.PostFormValue("police_ref"), r.PostFormValue("insurance"), r.PostFormValue("note")
	}
	p.Fields = []web.Field{{Kind: web.CheckField, Name: "stolen", Label: p.T("loss.is_stolen"), Value: checked(x.Stolen)},
		{Kind: web.TextField, Name: "police_ref", Label: p.T("loss.police_ref"), Value: x.PoliceRef, MaxLength: 100, Optional: true},
		{Kind: web.TextField, Name: "insurance", Label: p.T("damage.insurance"), Value: x.Insurance, MaxLength: 100, Optional: true},
		{Kind: web.AreaField, Name: "note", Label: p.T("loss.note"), Hint: p.T("loss.note.hint"), Value: x.Note, MaxLength: 1000, Rows: 4, Optional: true}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	set, err := u.st.ChangeLoss(r.Context(), v.by, x.ID, store.LossPatch{Stolen: &x.Stolen, PoliceRef: &x.PoliceRef, Insurance: &x.Insurance, Note: &x.Note})
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, lossAddress(x.ID), "done.kept", set)
}

func (u *UI) tickLoss(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.LossID(routeVar(r, "loss"))
	set, err := u.st.ChangeLoss(r.Context(), v.by, id, store.LossPatch{Tick: school.LossStep(r.PostFormValue("step"))})
	if err != nil {
		return err
	}
	return u.done(w, r, lossAddress(id), "done.kept", set)
}

func (u *UI) findLoss(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.LossID(routeVar(r, "loss"))
	set, err := u.st.FindLoss(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, lossAddress(id), "done.loss.found", set)
}

func (u *UI) writeOffLoss(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.LossID(routeVar(r, "loss"))
	set, err := u.st.WriteOffLoss(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, lossAddress(id), "done.loss.written_off", set)
}
