package ui

import (
	"context"
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// pictureLimit is what a form with one photograph may send.
const pictureLimit = school.MostPictureBytes + 1<<20

func damageAddress(id school.DamageID) string { return damagesPath + "/" + string(id) }

func damageStatus(f *web.Frame, d school.Damage) web.Status {
	kind := map[school.DamageState]web.StatusKind{school.DamageReported: web.Warning, school.DamageAssessed: web.Waiting, school.DamageRepair: web.Busy, school.DamageSettled: web.OK}[d.State]
	if kind == "" {
		kind = web.Off
	}
	if m := d.LimitMark(f.Now.In(web.Berlin)); m > 0 {
		return web.Status{Kind: web.Danger, Text: f.T("damage.limit.near", f.Lang.Date(d.Limit(web.Berlin)))}
	}
	return web.Status{Kind: kind, Text: f.T("damage.state." + string(d.State))}
}

func damageColumns(f *web.Frame) []web.Column {
	return []web.Column{{Name: f.T("damage.what")}, {Name: f.T("lend.thing")}, {Name: f.T("devices.school")}, {Name: f.T("accounts.state")}, {Name: f.T("damage.cause")}, {Name: f.T("contract.number")}, {Name: f.T("damage.reported")},
		{Name: f.T("damage.cost"), Numeric: true}, {Name: f.T("damage.claim"), Numeric: true}, {Name: f.T("damage.limit")}}
}

func damageCells(f *web.Frame, d store.DamageRow) []cell {
	status := damageStatus(f, d.Damage)
	row := []cell{{Text: f.T("damage.what." + string(d.What)), Href: damageAddress(d.ID)}, {Text: d.AssetName, Detail: d.AssetModel, Href: assetAddress(d.Asset)}, {Text: d.SchoolName}, {Status: &status}, {Text: f.T("damage.cause." + string(d.Cause))},
		{Text: d.ContractNo}, {Text: f.Lang.Date(d.Reported)}, {Text: eurosOrNone(f.Lang, d.Cost), Numeric: true}, {Text: eurosOrNone(f.Lang, d.Claim), Numeric: true}, {Text: dateOrNone(f.Lang, d.Limit)}}
	if d.Contract != "" {
		row[5].Href = contractAddress(d.Contract)
	}
	return row
}

func (u *UI) damagesPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.DamageFilter{School: school.SchoolID(q.Get("school")), State: school.DamageState(q.Get("state")), All: q.Get("all") == "1", Limits: q.Get("limits") == "1", After: q.Get("after")}
	t := func(key string) string { return web.T(v.lang, key) }
	p := &tablePage{Frame: u.frame(r, t("damages.title"), web.Crumb{Name: t("damages.title")}), Files: filesOf(r)}
	p.Columns = damageColumns(&p.Frame)
	if wantsFile(r) || wantsPrint(r) {
		if err := u.st.NamesExported(r.Context(), v.by, "damages", f.School); err != nil {
			return err
		}
	}
	if sent, err := u.sendRows(w, r, v, p, t("damages.file"), pagedRows(func(after string) (store.Page[store.DamageRow], error) {
		g := f
		g.After, g.Limit = after, store.MaxPage
		return u.st.Damages(r.Context(), v.by, g)
	}, func(x store.DamageRow) []cell { return damageCells(&p.Frame, x) })); sent {
		return err
	}
	list, err := u.st.Damages(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, damageCells(&p.Frame, x))
	}
	p.Lead, p.Tabs, p.Pager = p.T("damages.lead"), u.lendingTabs(&p.Frame, v, damagesPath), keyPager(r, len(list.Rows), list.Next)
	states := []web.Option{{Text: t("damages.running")}}
	for _, s := range school.DamageStates {
		states = append(states, web.Option{Value: string(s), Text: t("damage.state." + string(s))})
	}
	p.Filter = &web.Filter{Action: damagesPath, Fields: []web.Field{{Kind: web.SelectField, Name: "state", Label: t("accounts.state"), Options: choose(string(f.State), states...)},
		{Kind: web.CheckField, Name: "all", Label: t("damages.all"), Value: checked(f.All)}, {Kind: web.CheckField, Name: "limits", Label: t("damages.limits"), Value: checked(f.Limits)}}}
	if len(p.Tabs) == 0 {
		p.Actions = []web.Action{{Text: t("losses.title"), Href: lossesPath}}
	}
	p.Empty = web.Empty{Title: t("damages.none"), Text: t("damages.none.text")}
	if r.URL.RawQuery != "" {
		p.Filter.Reset = damagesPath
		p.Empty = web.Empty{Title: t("damages.none.found"), Actions: []web.Action{{Text: t("part.filter.reset"), Href: damagesPath}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) damageOf(r *http.Request, v view) (store.DamageRow, error) {
	return u.st.DamageByID(r.Context(), v.by, school.DamageID(routeVar(r, "damage")))
}

func (u *UI) damagePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.damageOf(r, v)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "damage.title", web.T(v.lang, "damage.what."+string(x.What)), x.AssetName)
	p := &recordPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "damages.title"), Href: damagesPath}, web.Crumb{Name: x.AssetName})}
	p.status("accounts.state", damageStatus(&p.Frame, x.Damage))
	p.fact("lend.thing", strings.TrimSuffix(x.AssetName+" · "+x.AssetModel, " · "), assetAddress(x.Asset))
	if x.Contract != "" {
		p.fact("contract.number", x.ContractNo, contractAddress(x.Contract))
	}
	p.fact("devices.school", x.SchoolName, schoolAddress(x.School))
	p.fact("damage.part", x.Part, "")
	p.fact("damage.note", x.Note, "")
	p.fact("damage.reported", p.Lang.Date(x.Reported), "")
	p.fact("damage.cause", p.T("damage.cause."+string(x.Cause)), "")
	if x.Liability != school.LiabilityOpen {
		p.fact("damage.liability", p.T("damage.liability."+string(x.Liability)), "")
	}
	p.fact("damage.cost", eurosOrNone(p.Lang, x.Cost), "")
	if x.Settlement != school.Unsettled {
		p.fact("damage.settlement", p.T("damage.settlement."+string(x.Settlement)), "")
	}
	p.fact("damage.claim", eurosOrNone(p.Lang, x.Claim), "")
	p.fact("damage.insurance", x.Insurance, "")
	if !x.Limit.IsZero() {
		p.fact("damage.limit", p.T("damage.limit.text", p.Lang.Date(x.Limit)), "")
	}
	for i, id := range x.Pictures {
		p.Pictures = append(p.Pictures, web.Action{Href: damageAddress(x.ID) + "/pictures/" + id, Text: p.T("damage.picture", i+1)})
	}
	edit := v.at(school.EditDevices, x.School)
	for _, a := range school.DamageActs {
		if edit && x.May(a) {
			p.Actions = append(p.Actions, web.Action{Text: p.T("damage.do." + string(a)), Href: damageAddress(x.ID) + "/" + string(a), Post: a == school.CloseDamage})
		}
	}
	if x.State != school.DamageClosed && v.at(school.Lend, x.School) && len(x.Pictures) < store.MostPictures {
		p.Actions = append(p.Actions, web.Action{Text: p.T("damage.picture.add"), Href: damageAddress(x.ID) + "/pictures"})
	}
	if x.Contract == "" {
		p.Actions = append(p.Actions, web.Action{Text: p.T("damage.paper"), Href: damageAddress(x.ID) + "/paper.pdf"})
	} else if v.at(school.Lend, x.School) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("damage.paper.make"), Href: contractPapersAddress(x.Contract), Post: true, Hidden: []web.Hidden{{Name: "kind", Value: string(school.DamagePaper)}, {Name: "subject", Value: string(x.ID)}}})
	}
	if p.Events, err = u.history(r.Context(), v, "damage", string(x.ID), damageAddress(x.ID), 50); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// newDamagePage asks what is broken.
func (u *UI) newDamagePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.assetOf(r, v)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "damage.new")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: assetName(x), Href: assetAddress(x.ID)}, web.Crumb{Name: title}), Lead: assetName(x), Cancel: assetAddress(x.ID), Submit: web.T(v.lang, "damage.new.do")}
	what := r.PostFormValue("what")
	if what == "" {
		what = string(school.DamageKinds[0])
	}
	var kinds []web.Option
	for _, k := range school.DamageKinds {
		kinds = append(kinds, web.Option{Value: string(k), Text: p.T("damage.what." + string(k))})
	}
	p.Fields = []web.Field{{Kind: web.SelectField, Name: "what", Label: p.T("damage.what"), Options: choose(what, kinds...), Focus: true},
		{Kind: web.AreaField, Name: "note", Label: p.T("damage.note"), Hint: p.T("damage.note.hint"), Value: r.PostFormValue("note"), MaxLength: 1000, Rows: 4, Optional: true}}
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	id, set, err := u.st.ReportDamage(r.Context(), v.by, x.ID, school.DamageKind(what), r.PostFormValue("note"))
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, damageAddress(id), "done.damage.reported", set)
}

func (u *UI) damageForm(r *http.Request, v view, x store.DamageRow, act school.DamageAct) *formPage {
	title := web.T(v.lang, "damage.do."+string(act))
	return &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "damages.title"), Href: damagesPath}, web.Crumb{Name: x.AssetName, Href: damageAddress(x.ID)}, web.Crumb{Name: title}), Cancel: damageAddress(x.ID), Submit: title,
		Lead: web.T(v.lang, "damage.title", web.T(v.lang, "damage.what."+string(x.What)), x.AssetName)}
}

// damageAct shows a form about a damage and does what it asks.
func (u *UI) damageAct(act school.DamageAct, fields func(p *formPage, r *http.Request, x store.DamageRow) []web.Field, do func(ctx context.Context, by school.Actor, r *http.Request, id school.DamageID) (school.ChangeSetID, error)) page {
	return func(w http.ResponseWriter, r *http.Request, v view) error {
		x, err := u.damageOf(r, v)
		if err != nil {
			return err
		}
		p := u.damageForm(r, v, x, act)
		p.Fields = fields(p, r, x)
		if r.Method != http.MethodPost {
			return u.showForm(w, r, p)
		}
		set, err := do(r.Context(), v.by, r, x.ID)
		if err != nil {
			return u.refuse(w, r, p, err)
		}
		return u.done(w, r, damageAddress(x.ID), "done.kept", set)
	}
}

func or(typed, was string) string {
	if typed == "" {
		return was
	}
	return typed
}

func assessFields(p *formPage, r *http.Request, x store.DamageRow) []web.Field {
	var causes, faults []web.Option
	for _, c := range school.DamageCauses {
		causes = append(causes, web.Option{Value: string(c), Text: p.T("damage.cause." + string(c))})
	}
	for _, l := range school.Liabilities {
		faults = append(faults, web.Option{Value: string(l), Text: p.T("damage.liability." + string(l))})
	}
	return []web.Field{{Kind: web.RadioField, Name: "cause", Label: p.T("damage.cause"), Options: choose(or(r.PostFormValue("cause"), string(x.Cause)), causes...)},
		{Kind: web.RadioField, Name: "liability", Label: p.T("damage.liability"), Options: choose(or(r.PostFormValue("liability"), or(string(x.Liability), string(school.NoFault))), faults...)}}
}

func (u *UI) assessDamage(ctx context.Context, by school.Actor, r *http.Request, id school.DamageID) (school.ChangeSetID, error) {
	return u.st.AssessDamage(ctx, by, id, school.DamageCause(r.PostFormValue("cause")), school.Liability(r.PostFormValue("liability")))
}

func repairFields(p *formPage, r *http.Request, _ store.DamageRow) []web.Field {
	return []web.Field{{Kind: web.AreaField, Name: "note", Label: p.T("repairs.note"), Hint: p.T("repairs.note.hint"), Value: r.PostFormValue("note"), MaxLength: 1000, Rows: 4, Focus: true}}
}

func (u *UI) repairDamage(ctx context.Context, by school.Actor, r *http.Request, id school.DamageID) (school.ChangeSetID, error) {
	return u.st.RepairDamage(ctx, by, id, r.PostFormValue("note"))
}

func settleFields(p *formPage, r *http.Request, x store.DamageRow) []web.Field {
	var ends []web.Option
	for _, s := range school.Settlements {
		ends = append(ends, web.Option{Value: string(s), Text: p.T("damage.settlement." + string(s))})
	}
	return []web.Field{{Kind: web.TextField, Name: "cost", Label: p.T("damage.cost"), Value: or(r.PostFormValue("cost"), amount(x.Cost)), MaxLength: 12, Optional: true},
		{Kind: web.RadioField, Name: "settlement", Label: p.T("damage.settlement"), Options: choose(or(r.PostFormValue("settlement"), or(string(x.Settlement), string(school.Nothing))), ends...)},
		{Kind: web.TextField, Name: "claim", Label: p.T("damage.claim"), Hint: p.T("damage.claim.hint"), Value: or(r.PostFormValue("claim"), amount(x.Claim)), MaxLength: 12, Optional: true},
		{Kind: web.TextField, Name: "insurance", Label: p.T("damage.insurance"), Value: or(r.PostFormValue("insurance"), x.Insurance), MaxLength: 100, Optional: true}}
}

func (u *UI) settleDamage(ctx context.Context, by school.Actor, r *http.Request, id school.DamageID) (school.ChangeSetID, error) {
	cost, err := school.Cents("cost", r.PostFormValue("cost"))
	if err != nil {
		return "", err
	}
	claim, err := school.Cents("claim", r.PostFormValue("claim"))
	if err != nil {
		return "", err
	}
	return u.st.SettleDamage(ctx, by, id, cost, claim, school.Settlement(r.PostFormValue("settlement")), r.PostFormValue("insurance"))
}

func (u *UI) closeDamage(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.DamageID(routeVar(r, "damage"))
	set, err := u.st.CloseDamage(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, damageAddress(id), "done.damage.closed", set)
}

// picturePage is the page "picture": one photograph.
type picturePage struct {
	web.Frame
	Lead   string
	Action string
	Fields []web.Field
	File   web.FileField
	Cancel string
}

func (u *UI) addPicture(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.damageOf(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.Lend, x.School) {
		return web.ErrNotFound
	}
	title := web.T(v.lang, "damage.picture.add")
	p := &picturePage{Frame: u.frame(r, title, web.Crumb{Name: x.AssetName, Href: damageAddress(x.ID)}, web.Crumb{Name: title}), Action: r.URL.Path, Cancel: damageAddress(x.ID)}
	p.Lead, p.File = p.T("damage.picture.lead"), web.FileField{Name: "picture", Label: p.T("damage.picture.file"), Hint: p.T("damage.picture.hint"), Accept: ".jpg,.jpeg,.png", MaxBytes: school.MostPictureBytes}
	if r.Method != http.MethodPost {
		return u.site.Render(w, r, http.StatusOK, "picture", p)
	}
	if kept, err := u.takePicture(w, r, p, func(photograph []byte) error { return u.st.AddPicture(r.Context(), v.by, x.ID, photograph) }); !kept {
		return err
	}
	return u.done(w, r, damageAddress(x.ID), "done.picture", "")
}

// takePicture keeps the file of a form; if it is not kept, the form is shown again with what is wrong.
func (u *UI) takePicture(w http.ResponseWriter, r *http.Request, p *picturePage, keep func(file []byte) error) (kept bool, err error) {
	file, err := upload(r, p.File.Name)
	if err != nil || file == nil {
		err = school.Refuse(p.File.Name, "required")
	} else if err = keep(file); err == nil {
		return true, nil
	}
	said, err := fieldErrors(p.Lang, err)
	if err != nil {
		return false, err
	}
	p.File.Error = said[p.File.Name]
	for i, f := range p.Fields {
		p.Fields[i].Error = said[f.Name]
	}
	return false, u.site.Render(w, r, http.StatusUnprocessableEntity, "picture", p)
}

func (u *UI) damagePicture(w http.ResponseWriter, r *http.Request, v view) error {
	b, err := u.st.Picture(r.Context(), v.by, school.DamageID(routeVar(r, "damage")), routeVar(r, "picture"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "private, no-store")
	_, err = w.Write(b)
	return err
}
