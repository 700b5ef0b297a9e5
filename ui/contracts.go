package ui

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// contractStatus says how a contract stands, at a moment.
func contractStatus(f *web.Frame, c school.Contract, open int) web.Status {
	switch c.DueAt(f.Now.In(web.Berlin)) {
	case school.Overdue:
		return web.Status{Kind: web.Danger, Text: f.T("contract.overdue", f.Lang.Date(c.Due))}
	case school.DueNow:
		return web.Status{Kind: web.Warning, Text: f.T("contract.due.now")}
	case school.DueSoon:
		return web.Status{Kind: web.Warning, Text: f.T("contract.due.soon", f.Lang.Date(c.Due))}
	}
	kind := map[school.ContractState]web.StatusKind{school.ContractPlanned: web.Waiting, school.ContractPrepared: web.Waiting, school.ContractSigned: web.Waiting, school.ContractIssued: web.OK,
		school.ContractReturned: web.Warning, school.ContractOpen: web.Danger}[c.State]
	if kind == "" {
		kind = web.Off
	}
	if c.State == school.ContractOpen {
		return web.Status{Kind: kind, Text: f.T("contract.open.parts", open)}
	}
	return web.Status{Kind: kind, Text: f.T("contract.state." + string(c.State))}
}

// untilText is when a contract ends.
func untilText(f *web.Frame, c school.Contract) string {
	if !c.Due.IsZero() {
		return f.Lang.Date(c.Due)
	}
	return f.T("contract.end." + string(c.End))
}

func contractAddress(id school.ContractID) string { return contractsPath + "/" + string(id) }

func contractFilter(q url.Values) store.ContractFilter {
	return store.ContractFilter{View: store.ContractView(q.Get("view")), School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")), Person: school.PersonID(q.Get("person")),
		Asset: school.AssetID(q.Get("asset")), Kind: school.ContractKind(q.Get("kind")), Text: strings.TrimSpace(q.Get("q")), After: q.Get("after")}
}

// contractCells is the line of a contract in a list.
func contractCells(f *web.Frame, x store.ContractLine) []cell {
	name := x.PersonName
	if x.Erased {
		name = f.T("person.erased")
	}
	status := contractStatus(f, x.Contract, x.OpenParts)
	row := []cell{{Text: x.Number, Href: contractAddress(x.ID)}, {Text: name}, {Text: x.ClassName}, {Text: x.SchoolName}, {Text: x.AssetName, Detail: x.AssetModel}, {Status: &status}, {Text: untilText(f, x.Contract)},
		{Text: eurosOrNone(f.Lang, x.Charged), Numeric: true}}
	if x.Person != "" {
		row[1].Href = personAddress(x.Person)
	}
	if x.Class != "" {
		row[2] = cell{Text: web.ClassName(f.Lang, x.ClassName), Href: classAddress(x.Class)}
	}
	if x.Asset != "" {
		row[4].Href = assetAddress(x.Asset)
	}
	return row
}

func (u *UI) contractsPage(w http.ResponseWriter, r *http.Request, v view) error {
	f := contractFilter(r.URL.Query())
	t := func(key string) string { return web.T(v.lang, key) }
	columns := []web.Column{{Name: t("contract.number")}, {Name: t("lend.person")}, {Name: t("devices.class")}, {Name: t("devices.school")}, {Name: t("lend.thing")}, {Name: t("accounts.state")},
		{Name: t("contract.until")}, {Name: t("contract.charged"), Numeric: true}}
	p := &tablePage{Frame: u.frame(r, t("contracts.title"), web.Crumb{Name: t("contracts.title")}), Columns: columns, Files: printedFilesOf(r)}
	if wantsFile(r) || wantsPrint(r) {
		if err := u.st.NamesExported(r.Context(), v.by, "contracts", f.School); err != nil {
			return err
		}
	}
	if sent, err := u.sendRows(w, r, v, p, t("contracts.file"), pagedRows(func(after string) (store.Page[store.ContractLine], error) {
		g := f
		g.After, g.Limit = after, store.MaxPage
		return u.st.Contracts(r.Context(), v.by, g)
	}, func(x store.ContractLine) []cell { return contractCells(&p.Frame, x) })); sent {
		return err
	}
	list, err := u.st.Contracts(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, contractCells(&p.Frame, x))
	}
	p.Actions = []web.Action{{Text: t("prints.title"), Href: printsPath}, {Text: t("stacks.title"), Href: stacksPath}}
	p.Lead, p.Tabs, p.Pager = p.T("contracts.lead"), u.lendingTabs(&p.Frame, v, contractsPath), keyPager(r, len(list.Rows), list.Next)
	if v.extent.Schools == 1 {
		p.drop(3)
	}
	if f.Person != "" {
		of, err := u.st.PersonByID(r.Context(), v.by, f.Person)
		if err != nil {
			return err
		}
		p.Lead = p.T("contracts.of", of.Name())
		if v.at(school.Lend, of.School) && !of.Archived {
			p.Actions = []web.Action{{Text: p.T("contract.plan"), Href: contractsPath + "/plan", Post: true, Hidden: []web.Hidden{{Name: "person", Value: string(of.ID)}}}}
		}
	}
	var views []web.Option
	for _, x := range store.ContractViews {
		views = append(views, web.Option{Value: string(x), Text: t("contracts.view." + string(x))})
	}
	p.Filter = &web.Filter{Action: contractsPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: t("contracts.find"), Value: f.Text},
		{Kind: web.SelectField, Name: "view", Label: t("contracts.view"), Options: choose(string(f.View), views...)}}}
	schools, err := u.schoolOptions(r, v, school.ViewPeople, t("devices.all"), string(f.School))
	if err != nil {
		return err
	}
	if len(schools) > 2 {
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: t("devices.school"), Options: schools})
	}
	p.Empty = web.Empty{Title: t("contracts.none"), Text: t("contracts.none.text")}
	if r.URL.RawQuery != "" {
		p.Filter.Reset = contractsPath
		p.Empty = web.Empty{Title: t("contracts.none.found"), Actions: []web.Action{{Text: t("part.filter.reset"), Href: contractsPath}}}
		if f.Person != "" {
			p.Filter.Hidden = []web.Hidden{{Name: "person", Value: string(f.Person)}}
			p.Empty = web.Empty{Title: t("contracts.of.none"), Text: t("contracts.of.none.text")}
		}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// heads are the names of columns, for a file.
func heads(columns []web.Column) (out []string) {
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

// plainCells is a row as a file has it.
func plainCells(row []cell) (out []string) {
	for _, c := range row {
		switch {
		case c.Status != nil:
			out = append(out, c.Status.Text)
		case c.Code != "":
			out = append(out, c.Code)
		default:
			out = append(out, c.Text)
		}
	}
	return out
}

func (u *UI) contractOf(r *http.Request, v view) (store.ContractPage, error) {
	return u.st.ContractByID(r.Context(), v.by, school.ContractID(routeVar(r, "contract")))
}

func (u *UI) contractPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.contractOf(r, v)
	if err != nil {
		return err
	}
	if x.Person != "" {
		u.st.Viewed(v.by, school.Person{ID: x.Person, School: x.School})
	}
	title := web.T(v.lang, "contract.title", x.Number)
	p := &recordPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "contracts.title"), Href: contractsPath}, web.Crumb{Name: x.Number})}
	p.Lead = p.T("contract.kind." + string(x.Kind))
	p.status("accounts.state", contractStatus(&p.Frame, x.Contract, x.OpenParts))
	if x.Erased {
		p.fact("lend.person", p.T("person.erased"), "")
	} else {
		p.fact("lend.person", x.PersonName, personAddress(x.Person))
	}
	if x.Class != "" {
		p.fact("devices.class", web.ClassName(v.lang, x.ClassName), classAddress(x.Class))
	}
	if x.School != "" {
		p.fact("devices.school", x.SchoolName, schoolAddress(x.School))
	}
	if x.Ahead != (store.Ahead{}) {
		p.fact("contract.ahead", aheadText(p.Lang, x.Ahead), "")
	}
	if x.Asset != "" {
		p.fact("lend.thing", strings.TrimSuffix(x.AssetName+" · "+x.AssetModel, " · "), assetAddress(x.Asset))
	} else {
		p.fact("lend.thing", x.AssetName, "")
	}
	p.fact("contract.kit", x.KitName, "")
	p.fact("contract.replaces", x.Replaces, "")
	p.fact("contract.until", untilText(&p.Frame, x.Contract), "")
	for _, m := range []struct {
		key string
		at  time.Time
	}{{"contract.prepared", x.Prepared}, {"contract.issued", x.Issued}, {"contract.returned", x.Returned}, {"contract.closed", x.Closed}} {
		if !m.at.IsZero() {
			p.Facts = append(p.Facts, web.Fact{Name: p.T(m.key), When: momentOf(&p.Frame, m.at)})
		}
	}
	switch {
	case !x.Signed.IsZero():
		p.fact("contract.signed", p.T("contract.signed.how."+string(x.SignedHow), p.Lang.Date(x.Signed)), "")
	case len(x.Signers) > 0 && x.State.Running() && x.Returned.IsZero():
		var who []string
		for _, s := range x.Signers {
			who = append(who, p.T("contract.signer."+string(s)))
		}
		p.fact("contract.signed", p.T("contract.unsigned", p.Lang.List(who)), "")
	}
	if x.State == school.ContractOpen {
		p.fact("contract.limit", p.T("damage.limit.text", p.Lang.Date(school.MonthsAfter(x.Returned.In(web.Berlin), 6))), "")
	}
	if adult := adultText(&p.Frame, x); adult != "" {
		p.fact("contract.adult", adult, "")
	}
	if x.Loss != nil {
		p.fact("contract.loss", lossStatus(&p.Frame, *x.Loss).Text, lossAddress(x.Loss.ID))
	}
	p.Sections = append(p.Sections, u.partsSection(&p.Frame, v, x))
	if s := changesSection(&p.Frame, x); len(s.Rows) > 0 {
		p.Sections = append(p.Sections, s)
	}
	if len(x.Damages) > 0 {
		s := section{Title: p.T("damages.title"), Columns: []web.Column{{Name: p.T("damage.what")}, {Name: p.T("accounts.state")}, {Name: p.T("damage.reported")}, {Name: p.T("damage.limit")}}}
		for _, d := range x.Damages {
			status := damageStatus(&p.Frame, d.Damage)
			s.Rows = append(s.Rows, []cell{{Text: p.T("damage.what." + string(d.What)), Href: damageAddress(d.ID)}, {Status: &status}, {When: momentOf(&p.Frame, d.Reported)}, {Text: dateOrNone(p.Lang, d.Limit)}})
		}
		p.Sections = append(p.Sections, s)
	}
	u.contractActs(p, v, x)
	if p.Events, err = u.history(r.Context(), v, "contract", string(x.ID), contractAddress(x.ID), 50); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// aheadText names the school and the class of the next school year, as the paper does.
func aheadText(l web.Lang, x store.Ahead) string {
	class := ""
	if x.ClassName != "" {
		class = web.ClassName(l, x.ClassName)
	}
	return strings.Trim(x.SchoolName+" · "+class, " ·")
}

// adultText says from when the person of a running contract signs alone.
func adultText(f *web.Frame, x store.ContractPage) string {
	switch {
	case x.Adult.IsZero() || !x.State.Running() || x.PersonKind != school.Pupil || len(x.Signers) == 0:
		return ""
	case f.Now.Before(x.Adult):
		return f.T("contract.adult.from", f.Lang.Date(x.Adult))
	}
	return f.T("contract.adult.since", f.Lang.Date(x.Adult))
}

func dateOrNone(l web.Lang, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return l.Date(at)
}

// partName is what a part is called: the first is the asset itself.
func partName(f *web.Frame, p school.ContractPart) string {
	if p.Name != "" {
		return p.Name
	}
	return f.T("asset.kind." + string(p.Kind))
}

func (u *UI) partsSection(f *web.Frame, v view, x store.ContractPage) section {
	s := section{Title: f.T("contract.parts"), None: f.T("contract.parts.none"), Columns: []web.Column{{Name: f.T("part.name")}, {Name: f.T("part.price"), Numeric: true}, {Name: f.T("accounts.state")}, {Name: f.T("part.decision")},
		{Name: f.T("table.do"), Hidden: true}}}
	for _, p := range x.Parts {
		kind := map[school.PartState]web.StatusKind{school.PartIssued: web.OK, school.PartReturned: web.OK, school.PartMissing: web.Danger, school.PartDamaged: web.Danger, school.PartPlanned: web.Waiting}[p.State]
		if kind == "" {
			kind = web.Off
		}
		status := web.Status{Kind: kind, Text: f.T("part.state." + string(p.State))}
		row := []cell{{Text: partName(f, p)}, {Text: eurosOrNone(f.Lang, p.Price), Numeric: true}, {Status: &status}, {}, {}}
		if p.Decision != school.Undecided {
			row[3].Text = f.T("part.decision." + string(p.Decision))
			if p.Amount > 0 {
				row[3].Detail = euros(f.Lang, p.Amount)
			}
		}
		if p.Lacks() && x.State == school.ContractOpen && v.at(school.EditPeople, x.School) {
			row[4].Actions = []web.Action{{Text: f.T("part.decide"), About: partName(f, p), Href: contractAddress(x.ID) + "/parts/" + string(p.ID)}}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func changesSection(f *web.Frame, x store.ContractPage) section {
	s := section{Title: f.T("contract.changes"), Columns: []web.Column{{Name: f.T("contract.change")}, {Name: f.T("contract.change.from")}, {Name: f.T("contract.change.to")}, {Name: f.T("report.when")}}}
	for _, c := range x.Changes {
		row := []cell{{Text: f.T("contract.change." + string(c.Kind))}, {}, {}, {When: momentOf(f, c.At)}}
		switch c.Kind {
		case school.SwapAddendum:
			row[0].Detail = f.T("swap.reason." + string(c.Reason))
			row[1], row[2] = cell{Text: c.OldName, Href: assetAddress(c.OldAsset)}, cell{Text: c.NewName, Href: assetAddress(c.NewAsset)}
		case school.ExtensionAddendum:
			row[1].Text, row[2].Text = dateOrNone(f.Lang, c.OldDue), dateOrNone(f.Lang, c.NewDue)
			if c.NewDue.IsZero() {
				row[2].Text = f.T("contract.end.recall")
			}
		case school.MoveAddendum:
			row[1].Text, row[2].Text = c.OldSchoolName, c.NewSchoolName
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// contractActs offers what is possible now and may be done by whoever looks.
func (u *UI) contractActs(p *recordPage, v view, x store.ContractPage) {
	at, desk := contractAddress(x.ID), v.at(school.Lend, x.School)
	var more []web.Action
	post := func(act school.ContractAct, may bool, path string) {
		if may && x.May(act) {
			more = append(more, web.Action{Text: p.T("contract.do." + string(act)), Href: at + "/" + path, Post: true})
		}
	}
	form := func(act school.ContractAct, may bool, path string) {
		if may && x.May(act) {
			more = append(more, web.Action{Text: p.T("contract.do." + string(act)), Href: at + "/" + path})
		}
	}
	post(school.CloseContract, v.at(school.EditPeople, x.School) && x.OpenParts == 0, "close") // each part is decided about first
	form(school.SignContract, desk && x.Signed.IsZero(), "sign")
	if x.Place == "" {
		form(school.ReturnContract, desk, "return")
		form(school.CheckContract, desk, "return")
	} else {
		post(school.ReturnContract, desk, "return")
	}
	form(school.ExtendContract, desk, "extend")
	if x.Asset != "" {
		form(school.SwapContract, desk, "swap")
		if desk && x.State.Out() {
			more = append(more, web.Action{Text: p.T("contract.do.damage"), Href: assetAddress(x.Asset) + "/damage"})
			if x.Loss == nil || !x.Loss.Open() {
				more = append(more, web.Action{Text: p.T("contract.do.loss"), Href: assetAddress(x.Asset) + "/loss"})
			}
		}
	}
	post(school.RefuseContract, desk, "refuse")
	post(school.ResumeContract, desk, "resume")
	post(school.CancelContract, desk, "cancel")
	if _, has := x.Kind.Paper(); has && x.Person != "" {
		more = append(more, web.Action{Text: p.T("loanpaper.short"), Href: contractPapersAddress(x.ID)})
	}
	if len(more) > 2 {
		p.Actions, p.Menu = more[:2], &web.Menu{Text: p.T("class.more"), Actions: more[2:]}
	} else {
		p.Actions = more
	}
	if len(p.Actions) > 0 {
		p.Actions[0].Primary = true
	}
}
