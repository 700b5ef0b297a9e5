package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func assetAddress(id school.AssetID) string { return assetsPath + "/" + string(id) }

// assetStatus says where an asset is.
func assetStatus(f *web.Frame, x store.AssetRow) web.Status {
	switch {
	case x.Lost:
		return web.Status{Kind: web.Danger, Text: f.T("asset.lost")}
	case x.InRepair:
		return web.Status{Kind: web.Warning, Text: f.T("asset.in_repair")}
	case x.State.Gone():
		return web.Status{Kind: web.Off, Text: f.T("asset.state." + string(x.State))}
	case x.Contract != "":
		return web.Status{Kind: web.Busy, Text: f.T("asset.out")}
	case x.State != school.AssetReady:
		return web.Status{Kind: web.Warning, Text: f.T("asset.state." + string(x.State))}
	}
	return web.Status{Kind: web.OK, Text: f.T("asset.state.ready")}
}

func assetFilter(q url.Values) store.AssetFilter {
	return store.AssetFilter{School: school.SchoolID(q.Get("school")), Kind: school.AssetKind(q.Get("kind")), Manager: school.ManagedBy(q.Get("managed_by")), Batch: school.BatchID(q.Get("batch")),
		State: school.AssetState(q.Get("state")), Lost: q.Get("lost") == "1", Text: strings.TrimSpace(q.Get("q")), After: q.Get("after")}
}

func assetName(x store.AssetRow) string {
	switch {
	case x.Number != "":
		return x.Number
	case x.Serial != "":
		return x.Serial
	}
	return x.ModelName()
}

func assetCells(f *web.Frame, x store.AssetRow) []cell {
	status := assetStatus(f, x)
	name := assetName(x)
	if name == "" {
		name = f.T("asset.kind." + string(x.Kind))
	}
	row := []cell{{Text: name, Href: assetAddress(x.ID)}, {Text: f.T("asset.kind." + string(x.Kind))}, {Text: x.ModelName()}, {Code: x.Serial}, {Text: f.T("asset.by." + string(x.ManagedBy))}, {Text: x.SchoolName}, {Text: x.PlaceName},
		{Status: &status}, {Text: x.PersonName}, {Text: x.BatchName}}
	if x.Serial == "" {
		row[3] = cell{}
	}
	if x.Contract != "" && x.Person != "" {
		row[8].Href = contractAddress(x.Contract)
	}
	return row
}

func (u *UI) assetsPage(w http.ResponseWriter, r *http.Request, v view) error {
	f := assetFilter(r.URL.Query())
	t := func(key string) string { return web.T(v.lang, key) }
	columns := []web.Column{{Name: t("asset.name")}, {Name: t("asset.kind")}, {Name: t("repairs.model")}, {Name: t("device.serial")}, {Name: t("asset.by")}, {Name: t("devices.school")}, {Name: t("asset.place")}, {Name: t("accounts.state")},
		{Name: t("asset.with")}, {Name: t("asset.batch")}}
	p := &tablePage{Frame: u.frame(r, t("assets.title"), web.Crumb{Name: t("assets.title")}), Columns: columns, Files: filesOf(r)}
	if wantsFile(r) || wantsPrint(r) {
		if err := u.st.NamesExported(r.Context(), v.by, "assets", f.School); err != nil {
			return err
		}
	}
	if sent, err := u.sendRows(w, r, v, p, t("assets.file"), pagedRows(func(after string) (store.Page[store.AssetRow], error) {
		g := f
		g.After, g.Limit = after, store.MaxPage
		return u.st.Assets(r.Context(), v.by, g)
	}, func(x store.AssetRow) []cell { return assetCells(&p.Frame, x) })); sent {
		return err
	}
	list, err := u.st.Assets(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, assetCells(&p.Frame, x))
	}
	total, err := u.st.CountAssets(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	p.Lead, p.Tabs, p.Pager = p.T("assets.lead"), u.lendingTabs(&p.Frame, v, assetsPath), keyPager(r, len(list.Rows), list.Next)
	p.Pager.Total, p.Pager.More = total, false
	kinds, by, states := []web.Option{{Text: t("devices.all")}}, []web.Option{{Text: t("devices.all")}}, []web.Option{{Text: t("devices.all")}}
	for _, k := range school.AssetKinds {
		kinds = append(kinds, web.Option{Value: string(k), Text: t("asset.kind." + string(k))})
	}
	for _, m := range school.Managers {
		by = append(by, web.Option{Value: string(m), Text: t("asset.by." + string(m))})
	}
	for _, s := range school.AssetStates {
		states = append(states, web.Option{Value: string(s), Text: t("asset.state." + string(s))})
	}
	p.Filter = &web.Filter{Action: assetsPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: t("assets.find"), Value: f.Text}, {Kind: web.SelectField, Name: "kind", Label: t("asset.kind"), Options: choose(string(f.Kind), kinds...)},
		{Kind: web.SelectField, Name: "managed_by", Label: t("asset.by"), Options: choose(string(f.Manager), by...)}, {Kind: web.SelectField, Name: "state", Label: t("accounts.state"), Options: choose(string(f.State), states...)}}}
	schools, err := u.schoolOptions(r, v, school.View, t("devices.all"), string(f.School))
	if err != nil {
		return err
	}
	if len(schools) > 2 {
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: t("devices.school"), Options: schools})
	}
	if v.by.CanSomewhere(school.EditDevices, v.by.Tenant) {
		p.Actions = []web.Action{{Text: t("asset.new"), Href: assetsPath + "/new"}, {Text: t("assetlist.title"), Href: assetListPath}}
	}
	p.Empty = web.Empty{Title: t("assets.none"), Text: t("assets.none.text"), Actions: p.Actions}
	if r.URL.RawQuery != "" {
		p.Filter.Reset = assetsPath
		p.Empty = web.Empty{Title: t("assets.none.found"), Actions: []web.Action{{Text: t("part.filter.reset"), Href: assetsPath}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) assetOf(r *http.Request, v view) (store.AssetRow, error) {
	return u.st.AssetByID(r.Context(), v.by, school.AssetID(routeVar(r, "asset")))
}

func (u *UI) assetPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.assetOf(r, v)
	if err != nil {
		return err
	}
	name := assetName(x)
	if name == "" {
		name = web.T(v.lang, "asset.kind."+string(x.Kind))
	}
	p := &recordPage{Frame: u.frame(r, name, web.Crumb{Name: web.T(v.lang, "assets.title"), Href: assetsPath}, web.Crumb{Name: name}), Lead: web.T(v.lang, "asset.kind."+string(x.Kind))}
	p.status("accounts.state", assetStatus(&p.Frame, x))
	p.fact("repairs.model", x.ModelName(), "")
	if x.Serial != "" {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("device.serial"), Code: x.Serial})
	}
	p.fact("asset.by", p.T("asset.by."+string(x.ManagedBy)), "")
	if x.Device != "" && v.authority.Has(school.Management) {
		p.fact("asset.device", assetName(x), deviceAddress(x.Device))
	}
	if x.School != "" {
		p.fact("devices.school", x.SchoolName, schoolAddress(x.School))
	}
	p.fact("asset.place", x.PlaceName, "")
	p.fact("asset.with", x.PersonName, contractAddress(x.Contract))
	p.fact("asset.batch", x.BatchName, "")
	p.fact("part.price", eurosOrNone(p.Lang, x.Price), "")
	p.fact("asset.note", x.Note, "")
	edit, people := v.at(school.EditDevices, x.School), v.at(school.ViewPeople, x.School)
	if edit {
		p.Actions = append(p.Actions, web.Action{Text: p.T("asset.edit"), Href: assetAddress(x.ID) + "/edit"})
		if v.gives(x) {
			p.Actions = append(p.Actions, web.Action{Text: p.T("asset.give"), Href: assetAddress(x.ID) + "/give"})
		}
	}
	if people && v.at(school.Lend, x.School) {
		if !x.State.Gone() {
			p.Actions = append(p.Actions, web.Action{Text: p.T("damage.new"), Href: assetAddress(x.ID) + "/damage"})
			if !x.Lost {
				p.Actions = append(p.Actions, web.Action{Text: p.T("loss.new"), Href: assetAddress(x.ID) + "/loss"})
			}
		}
	}
	if people {
		if err := u.assetHistory(r, v, p, x); err != nil {
			return err
		}
	}
	if p.Events, err = u.history(r.Context(), v, "asset", string(x.ID), assetAddress(x.ID), 50); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// assetHistory lists who had it under which contract, its damages and its losses.
func (u *UI) assetHistory(r *http.Request, v view, p *recordPage, x store.AssetRow) error {
	contracts, err := u.st.Contracts(r.Context(), v.by, store.ContractFilter{Asset: x.ID, Desc: true, Limit: store.MaxPage})
	if err != nil {
		return err
	}
	s := section{Title: p.T("contracts.title"), None: p.T("asset.contracts.none"), Columns: []web.Column{{Name: p.T("contract.number")}, {Name: p.T("lend.person")}, {Name: p.T("accounts.state")}, {Name: p.T("contract.issued")}, {Name: p.T("contract.returned")}}}
	for _, c := range contracts.Rows {
		row := contractCells(&p.Frame, c)
		s.Rows = append(s.Rows, []cell{row[0], row[1], row[5], {Text: dateOrNone(p.Lang, c.Issued)}, {Text: dateOrNone(p.Lang, c.Returned)}})
	}
	p.Sections = append(p.Sections, s)
	damages, err := u.st.Damages(r.Context(), v.by, store.DamageFilter{Asset: x.ID, All: true, Limit: store.MaxPage})
	if err != nil {
		return err
	}
	if len(damages.Rows) > 0 {
		s := section{Title: p.T("damages.title"), Columns: damageColumns(&p.Frame)}
		for _, d := range damages.Rows {
			s.Rows = append(s.Rows, damageCells(&p.Frame, d))
		}
		p.Sections = append(p.Sections, s)
	}
	losses, err := u.st.Losses(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	if len(losses) > 0 {
		s := section{Title: p.T("losses.title"), Columns: lossColumns(&p.Frame)}
		for _, l := range losses {
			s.Rows = append(s.Rows, lossCells(&p.Frame, l))
		}
		p.Sections = append(p.Sections, s)
	}
	return nil
}

// assetForm asks what is known of an asset. Where it has a device, school, serial and manager are the device's.
func (u *UI) assetForm(r *http.Request, v view, x store.AssetRow) (*formPage, error) {
	title, cancel := web.T(v.lang, "asset.new"), assetsPath
	if x.ID != "" {
		title, cancel = web.T(v.lang, "asset.edit"), assetAddress(x.ID)
	}
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "assets.title"), Href: assetsPath}, web.Crumb{Name: title}), Cancel: cancel}
	value := func(name, was string) string {
		if r.Method == http.MethodPost {
			return r.PostFormValue(name)
		}
		return was
	}
	options := func(prefix, chosen string, values []string) []web.Option {
		var out []web.Option
		for _, k := range values {
			out = append(out, web.Option{Value: k, Text: p.T(prefix + k)})
		}
		return choose(chosen, out...)
	}
	if x.Kind == "" {
		x.Kind, x.ManagedBy, x.State = school.Notebook, school.ByNobody, school.AssetReady
	}
	p.Fields = []web.Field{{Kind: web.SelectField, Name: "kind", Label: p.T("asset.kind"), Options: options("asset.kind.", value("kind", string(x.Kind)), texts(school.AssetKinds))},
		{Kind: web.CodeField, Name: "number", Label: p.T("asset.number"), Hint: p.T("asset.number.hint"), Value: value("number", x.Number), MaxLength: 40, Optional: true},
		{Kind: web.TextField, Name: "model", Label: p.T("repairs.model"), Value: value("model", x.Model), MaxLength: 200, Optional: true}}
	if x.Device == "" {
		schools, err := u.schoolOptions(r, v, school.EditDevices, p.T("asset.school.none"), value("school", string(x.School)))
		if err != nil {
			return nil, err
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.CodeField, Name: "serial", Label: p.T("device.serial"), Value: value("serial", x.Serial), MaxLength: 60, Optional: true},
			web.Field{Kind: web.SelectField, Name: "managed_by", Label: p.T("asset.by"), Options: options("asset.by.", value("managed_by", string(x.ManagedBy)), texts(school.Managers[1:]))},
			web.Field{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools})
	}
	batches, err := u.st.Batches(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	of := []web.Option{{Text: p.T("asset.batch.none")}}
	for _, b := range batches {
		of = append(of, web.Option{Value: string(b.ID), Text: b.Name})
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "batch", Label: p.T("asset.batch"), Options: choose(value("batch", string(x.Batch)), of...)},
		web.Field{Kind: web.TextField, Name: "price", Label: p.T("part.price"), Hint: p.T("asset.price.hint"), Value: value("price", amount(x.Price)), MaxLength: 12, Optional: true})
	if x.ID != "" {
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "state", Label: p.T("accounts.state"), Options: options("asset.state.", value("state", string(x.State)), texts(school.AssetStates))})
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.AreaField, Name: "note", Label: p.T("asset.note"), Hint: p.T("asset.note.hint"), Value: value("note", x.Note), MaxLength: 1000, Rows: 3, Optional: true})
	return p, nil
}

func texts[T ~string](values []T) (out []string) {
	for _, x := range values {
		out = append(out, string(x))
	}
	return out
}

// typedAsset is what the form says, over what is there.
func typedAsset(r *http.Request, x store.AssetRow) (school.Asset, error) {
	f := r.PostFormValue
	a := x.Asset
	a.Kind, a.Number, a.Model, a.Batch, a.Note = school.AssetKind(f("kind")), f("number"), f("model"), school.BatchID(f("batch")), f("note")
	if x.ID != "" {
		a.State = school.AssetState(f("state"))
	}
	if x.Device == "" {
		a.Serial, a.ManagedBy = f("serial"), school.ManagedBy(f("managed_by"))
		if to := school.SchoolID(f("school")); to != a.School {
			a.School, a.Place = to, ""
		}
	}
	var err error
	a.Price, err = school.Cents("price", f("price"))
	return a, err
}

func (u *UI) newAssetPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.assetForm(r, v, store.AssetRow{})
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	a, err := typedAsset(r, store.AssetRow{})
	var id school.AssetID
	if err == nil {
		id, err = u.st.CreateAsset(r.Context(), v.by, a)
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, assetAddress(id), "done.asset.created", "")
}

func (u *UI) editAssetPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.assetOf(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.EditDevices, x.School) {
		return web.ErrNotFound
	}
	p, err := u.assetForm(r, v, x)
	if err != nil {
		return err
	}
	if x.Device == "" {
		p.Confirm = &web.Confirm{ID: "remove", Title: p.T("asset.remove.title"), Text: p.T("asset.remove.text"), Button: p.T("asset.remove"), Action: assetAddress(x.ID) + "/remove", Cancel: assetAddress(x.ID)}
	}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	a, err := typedAsset(r, x)
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.ChangeAsset(r.Context(), v.by, a)
	}
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, assetAddress(x.ID), "done.kept", set)
}

func (u *UI) removeAsset(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveAsset(r.Context(), v.by, school.AssetID(routeVar(r, "asset")))
	if err != nil {
		return err
	}
	return u.done(w, r, assetsPath, "done.asset.removed", set)
}
