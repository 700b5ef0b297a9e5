package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// What councils, auditors and those who pay ask for. Each is a list to be looked at, printed and worked on with.
const (
	figuresPath = "/figures"
	lacksPath   = figuresPath + "/parts"
	brokenPath  = figuresPath + "/damages"
	fundsPath   = figuresPath + "/funding"
	fundedPath  = figuresPath + "/funding/assets"
	mepPath     = figuresPath + "/schools"
	fleetPath   = figuresPath + "/fleet"
	costsPath   = figuresPath + "/costs"
)

// figuresPage names all of them.
func (u *UI) figuresPage(w http.ResponseWriter, r *http.Request, v view) error {
	t := func(key string) string { return web.T(v.lang, key) }
	p := &tablePage{Frame: u.frame(r, t("figures.title"), web.Crumb{Name: t("figures.title")}), Lead: t("figures.lead")}
	p.Tabs = u.lendingTabs(&p.Frame, v, figuresPath)
	p.Columns = []web.Column{{Name: t("figures.what")}, {Name: t("figures.says")}}
	for _, x := range []struct {
		key, path string
		verb      school.Verb
		whole     bool
	}{{"due", contractsPath + "?view=due", school.ViewPeople, false}, {"overdue", contractsPath + "?view=overdue", school.ViewPeople, false}, {"parts", lacksPath, school.ViewPeople, false},
		{"damages", brokenPath, school.View, false}, {"leases", returnsPath, school.View, true}, {"funding", fundsPath, school.View, false}, {"schools", mepPath, school.View, false},
		{"fleet", fleetPath, school.View, false}, {"costs", costsPath, school.View, false}} {
		if x.path == mepPath && v.authority.Policy.StaffOnly { // it counts pupils
			continue
		}
		if v.by.CanSomewhere(x.verb, v.by.Tenant) && (!x.whole || v.can(x.verb)) {
			p.Rows = append(p.Rows, []cell{{Text: t("figures." + x.key), Href: x.path}, {Text: t("figures." + x.key + ".text")}})
		}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// figure begins the page of one.
func (u *UI) figure(r *http.Request, v view, key string, columns ...web.Column) *tablePage {
	title := web.T(v.lang, "figures."+key)
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "figures.title"), Href: figuresPath}, web.Crumb{Name: title}), Lead: web.T(v.lang, "figures."+key+".text"), Columns: columns, Files: printedFilesOf(r)}
	p.Empty = web.Empty{Title: p.T("figures.none"), Text: p.T("figures." + key + ".none")}
	return p
}

// showFigure answers with one, as a page or as the file that is asked for. sum stands below it where people read.
func (u *UI) showFigure(w http.ResponseWriter, r *http.Request, v view, p *tablePage, name string, rows [][]cell, sum []cell) error {
	if len(rows) > 1 && sum != nil && !wantsFile(r) {
		rows = append(rows, sum)
	}
	if sent, err := u.sendRows(w, r, v, p, name, rowsOf(rows)); sent {
		return err
	}
	p.Rows = rows
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// schoolField narrows a figure to one school, where there are several.
func (u *UI) schoolField(r *http.Request, v view, verb school.Verb, fields ...web.Field) (*web.Filter, error) {
	f := &web.Filter{Action: r.URL.Path, Fields: fields}
	schools, err := u.schoolOptions(r, v, verb, web.T(v.lang, "devices.all"), r.URL.Query().Get("school"))
	if err != nil {
		return nil, err
	}
	if len(schools) > 2 {
		f.Fields = append(f.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: web.T(v.lang, "devices.school"), Options: schools})
	}
	if r.URL.RawQuery != "" {
		f.Reset = r.URL.Path
	}
	if len(f.Fields) == 0 {
		return nil, nil
	}
	return f, nil
}

// budgetYear is the calendar year a figure is about, and a field to choose it by: councils count so.
func budgetYear(r *http.Request, v view) (from, until time.Time, f web.Field) {
	this := v.now.In(web.Berlin).Year()
	year := this
	if n, err := strconv.Atoi(r.URL.Query().Get("year")); err == nil && n > this-10 && n <= this {
		year = n
	}
	var options []web.Option
	for n := this; n > this-10; n-- {
		options = append(options, web.Option{Value: strconv.Itoa(n), Text: strconv.Itoa(n)})
	}
	from = time.Date(year, 1, 1, 0, 0, 0, 0, web.Berlin)
	return from, from.AddDate(1, 0, 0), web.Field{Kind: web.SelectField, Name: "year", Label: web.T(v.lang, "figures.year"), Options: choose(strconv.Itoa(year), options...)}
}

func count(f *web.Frame, n int) cell { return cell{Text: f.Lang.Number(int64(n)), Numeric: true} }
func money(f *web.Frame, n int) cell { return cell{Text: eurosOrNone(f.Lang, n), Numeric: true} }

// oneDecimal writes a ratio.
func oneDecimal(l web.Lang, x float64) string {
	text := strconv.FormatFloat(x, 'f', 1, 64)
	if l.Plain() == web.German {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func number(f *web.Frame, key string) web.Column { return web.Column{Name: f.T(key), Numeric: true} }

// atSchool is a school as the first cell of a row.
func atSchool(f *web.Frame, id school.SchoolID, name string) cell {
	if id == "" {
		return cell{Text: f.T("figures.stock")}
	}
	return cell{Text: name, Href: schoolAddress(id)}
}

// lacksPage lists what is missing or damaged and waits for somebody to decide.
func (u *UI) lacksPage(w http.ResponseWriter, r *http.Request, v view) error {
	at := school.SchoolID(r.URL.Query().Get("school"))
	p := u.figure(r, v, "parts")
	p.Columns = []web.Column{{Name: p.T("contract.number")}, {Name: p.T("lend.person")}, {Name: p.T("devices.class")}, {Name: p.T("devices.school")}, {Name: p.T("lend.thing")}, {Name: p.T("part.name")}, {Name: p.T("accounts.state")},
		{Name: p.T("contract.returned")}, number(&p.Frame, "part.price"), number(&p.Frame, "figures.worth.today")}
	line := func(x store.LackRow) []cell {
		row := []cell{{Text: x.ContractNo, Href: contractAddress(x.Contract)}, {Text: x.PersonName}, {}, {Text: x.SchoolName}, {Text: x.AssetName}, {Text: partName(&p.Frame, x.ContractPart)}, {Text: p.T("part.state." + string(x.State))},
			{Text: dateOrNone(p.Lang, x.Returned)}, money(&p.Frame, x.Price), money(&p.Frame, x.Worth)}
		if x.ClassName != "" {
			row[2].Text = web.ClassName(p.Lang, x.ClassName)
		}
		return row
	}
	read := func(after string, limit int) (store.Page[store.LackRow], error) {
		return u.st.Lacks(r.Context(), v.by, at, after, limit)
	}
	if wantsFile(r) || wantsPrint(r) {
		if err := u.st.NamesExported(r.Context(), v.by, "contracts", at); err != nil {
			return err
		}
	}
	if sent, err := u.sendRows(w, r, v, p, p.T("figures.parts.file"), pagedRows(func(after string) (store.Page[store.LackRow], error) { return read(after, store.MaxPage) }, line)); sent {
		return err
	}
	list, err := read(r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, line(x))
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	if p.Filter, err = u.schoolField(r, v, school.ViewPeople); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// brokenPage sums by school what damages cost.
func (u *UI) brokenPage(w http.ResponseWriter, r *http.Request, v view) error {
	from, until, year := budgetYear(r, v)
	all, err := u.st.DamageSums(r.Context(), v.by, from, until)
	if err != nil {
		return err
	}
	p := u.figure(r, v, "damages")
	p.Lead = p.T("figures.damages.lead", strconv.Itoa(from.Year()))
	p.Columns = []web.Column{{Name: p.T("devices.school")}, number(&p.Frame, "damages.title"), number(&p.Frame, "figures.running"), number(&p.Frame, "damage.cost"), number(&p.Frame, "damage.claim"), number(&p.Frame, "figures.insured")}
	p.Filter = &web.Filter{Action: brokenPath, Fields: []web.Field{year}}
	line := func(first cell, x store.DamageSum) []cell {
		return []cell{first, count(&p.Frame, x.Damages), count(&p.Frame, x.Running), money(&p.Frame, x.Cost), money(&p.Frame, x.Claim), money(&p.Frame, x.Insured)}
	}
	var rows [][]cell
	var sum store.DamageSum
	for _, x := range all {
		first := atSchool(&p.Frame, x.School, x.SchoolName)
		if v.by.CanSomewhere(school.ViewPeople, v.by.Tenant) && x.School != "" {
			first.Href = address(damagesPath, url.Values{"school": {string(x.School)}, "all": {"1"}})
		}
		rows = append(rows, line(first, x))
		sum.Damages, sum.Running, sum.Cost, sum.Claim, sum.Insured = sum.Damages+x.Damages, sum.Running+x.Running, sum.Cost+x.Cost, sum.Claim+x.Claim, sum.Insured+x.Insured
	}
	return u.showFigure(w, r, v, p, p.T("figures.damages.file"), rows, line(cell{Text: p.T("figures.sum")}, sum))
}

// costsPage sums by school what things cost.
func (u *UI) costsPage(w http.ResponseWriter, r *http.Request, v view) error {
	from, until, year := budgetYear(r, v)
	all, err := u.st.Costs(r.Context(), v.by, from, until)
	if err != nil {
		return err
	}
	p := u.figure(r, v, "costs")
	p.Lead = p.T("figures.costs.lead", strconv.Itoa(from.Year()))
	p.Columns = []web.Column{{Name: p.T("devices.school")}, number(&p.Frame, "figures.pieces"), number(&p.Frame, "figures.worth"), number(&p.Frame, "figures.rate"), number(&p.Frame, "figures.damage"), number(&p.Frame, "figures.claims")}
	p.Filter = &web.Filter{Action: costsPath, Fields: []web.Field{year}}
	line := func(first cell, x store.CostRow) []cell {
		return []cell{first, count(&p.Frame, x.Pieces), money(&p.Frame, x.Worth), money(&p.Frame, x.Rate), money(&p.Frame, x.Damage), money(&p.Frame, x.Claims)}
	}
	var rows [][]cell
	var sum store.CostRow
	for _, x := range all {
		rows = append(rows, line(atSchool(&p.Frame, x.School, x.SchoolName), x))
		sum.Pieces, sum.Worth, sum.Rate, sum.Damage, sum.Claims = sum.Pieces+x.Pieces, sum.Worth+x.Worth, sum.Rate+x.Rate, sum.Damage+x.Damage, sum.Claims+x.Claims
	}
	return u.showFigure(w, r, v, p, p.T("figures.costs.file"), rows, line(cell{Text: p.T("figures.sum")}, sum))
}

// fundsPage sums what funding programmes and sponsors paid for.
func (u *UI) fundsPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.FundSums(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := u.figure(r, v, "funding")
	p.Columns = []web.Column{{Name: p.T("batch.programme")}, number(&p.Frame, "figures.pieces"), number(&p.Frame, "figures.here"), number(&p.Frame, "figures.worth"), {Name: p.T("batch.ordered")}, {Name: p.T("batch.funding_until")}, number(&p.Frame, "figures.early")}
	p.Actions = []web.Action{{Text: p.T("figures.funded"), Href: fundedPath}}
	var rows [][]cell
	for _, x := range all {
		row := []cell{{Text: x.Programme, Href: address(fundedPath, url.Values{"programme": {x.Programme}})}, count(&p.Frame, x.Pieces), count(&p.Frame, x.Here), money(&p.Frame, x.Worth), {Text: dateOrNone(p.Lang, x.From)},
			{Text: dateOrNone(p.Lang, x.Until)}, count(&p.Frame, x.Early)}
		if x.Early > 0 {
			row[6].Status = &web.Status{Kind: web.Warning, Text: p.Lang.Number(int64(x.Early))}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		p.Actions = []web.Action{{Text: p.T("batches.title"), Href: batchesPath}}
		p.Empty.Actions, p.Actions = p.Actions, nil
	}
	return u.showFigure(w, r, v, p, p.T("figures.funding.file"), rows, nil)
}

// fundedPage lists each thing a programme paid for: what the asset register and who audits ask for.
func (u *UI) fundedPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	programme, at := q.Get("programme"), school.SchoolID(q.Get("school"))
	p := u.figure(r, v, "funded")
	p.Place = slices.Insert(p.Place, len(p.Place)-1, web.Crumb{Name: p.T("figures.funding"), Href: fundsPath})
	if programme != "" {
		p.Lead = p.T("figures.funded.of", programme)
	}
	p.Columns = []web.Column{{Name: p.T("asset.name")}, {Name: p.T("repairs.model")}, {Name: p.T("device.serial")}, {Name: p.T("figures.fund")}, {Name: p.T("batch.supplier")}, {Name: p.T("batch.ordered")},
		number(&p.Frame, "figures.worth"), {Name: p.T("figures.bound")}, {Name: p.T("devices.school")}, {Name: p.T("asset.place")}, {Name: p.T("accounts.state")}}
	line := func(x store.FundedRow) []cell {
		status := assetStatus(&p.Frame, x.AssetRow)
		row := []cell{{Text: orElse(assetName(x.AssetRow), p.T("asset.kind."+string(x.Kind))), Href: assetAddress(x.ID)}, {Text: orElse(x.ModelName(), p.T("asset.kind."+string(x.Kind)))}, {Text: x.Serial}, {Text: x.Programme}, {Text: x.Supplier},
			{Text: dateOrNone(p.Lang, x.Ordered)}, money(&p.Frame, x.Worth), {Text: dateOrNone(p.Lang, x.Until)}, {Text: x.SchoolName}, {Text: x.PlaceName}, {Status: &status}}
		return row
	}
	read := func(after string, limit int) (store.Page[store.FundedRow], error) {
		return u.st.FundedAssets(r.Context(), v.by, programme, at, after, limit)
	}
	if sent, err := u.sendRows(w, r, v, p, p.T("figures.funded.file"), pagedRows(func(after string) (store.Page[store.FundedRow], error) { return read(after, store.MaxPage) }, line)); sent {
		return err
	}
	list, err := read(q.Get("after"), 0)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		p.Rows = append(p.Rows, line(x))
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	funds, err := u.st.FundSums(r.Context(), v.by)
	if err != nil {
		return err
	}
	of := []web.Option{{Text: p.T("devices.all")}}
	for _, x := range funds {
		of = append(of, web.Option{Value: x.Programme, Text: x.Programme})
	}
	p.Filter, err = u.schoolField(r, v, school.View, web.Field{Kind: web.SelectField, Name: "programme", Label: p.T("batch.programme"), Options: choose(programme, of...)})
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// servedYears is how long computers are to serve, as the page was asked, and the field that asks.
func servedYears(r *http.Request, v view) (int, web.Field) {
	years := 5
	if n, err := strconv.Atoi(r.URL.Query().Get("years")); err == nil && n >= 1 && n <= 12 {
		years = n
	}
	return years, web.Field{Kind: web.NumberField, Name: "years", Label: web.T(v.lang, "figures.years"), Hint: web.T(v.lang, "figures.years.hint"), Value: strconv.Itoa(years), Min: "1", Max: "12"}
}

// mepPage measures every school: what is there by kind, how many pupils share one, what is planned and what is to be replaced.
func (u *UI) mepPage(w http.ResponseWriter, r *http.Request, v view) error {
	years, field := servedYears(r, v)
	all, until, ruled, err := u.st.Media(r.Context(), v.by, years)
	if err != nil {
		return err
	}
	p := u.figure(r, v, "schools")
	p.Columns = []web.Column{{Name: p.T("devices.school")}, number(&p.Frame, "demand.pupils")}
	for _, k := range school.Computers {
		p.Columns = append(p.Columns, web.Column{Name: p.T("figures.kind." + string(k)), Numeric: true})
	}
	p.Columns = append(p.Columns, number(&p.Frame, "figures.ratio"), number(&p.Frame, "figures.planned"), number(&p.Frame, "figures.missing"), web.Column{Name: p.T("figures.replace.until", strconv.Itoa(until)), Numeric: true})
	line := func(first cell, x store.MediaRow) []cell {
		row := []cell{first, count(&p.Frame, x.Pupils)}
		for _, k := range school.Computers {
			row = append(row, count(&p.Frame, x.Has[k]))
		}
		ratio := ""
		if per := x.PerComputer(); per > 0 {
			ratio = oneDecimal(p.Lang, per)
		}
		want, lack := count(&p.Frame, x.Planned), count(&p.Frame, x.Missing)
		if !ruled {
			want, lack = cell{Numeric: true}, cell{Numeric: true}
		}
		return append(row, cell{Text: ratio, Numeric: true}, want, lack, count(&p.Frame, x.Replace))
	}
	var rows [][]cell
	sum := store.MediaRow{Has: map[school.AssetKind]int{}}
	for _, x := range all {
		rows = append(rows, line(cell{Text: x.School.Name, Detail: x.School.Type, Href: address(fleetPath, url.Values{"school": {string(x.School.ID)}})}, x))
		for k, n := range x.Has {
			sum.Has[k] += n
		}
		sum.Pupils, sum.Planned, sum.Missing, sum.Replace = sum.Pupils+x.Pupils, sum.Planned+x.Planned, sum.Missing+x.Missing, sum.Replace+x.Replace
	}
	if !ruled && len(rows) > 0 && v.can(school.Settings) {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("figures.unplanned"), Actions: []web.Action{{Text: p.T("figures.unplanned.do"), Href: demandPath + "/rule"}}}
	}
	p.Filter = &web.Filter{Action: mepPath, Fields: []web.Field{field}}
	p.Actions = []web.Action{{Text: p.T("figures.fleet"), Href: fleetPath}, {Text: p.T("admin.demand"), Href: demandPath}}
	return u.showFigure(w, r, v, p, p.T("figures.schools.file"), rows, line(cell{Text: p.T("figures.sum")}, sum))
}

// fleetPage lists what schools have by model and delivery: how old it is, whether Apple still serves it, when it is to be replaced.
func (u *UI) fleetPage(w http.ResponseWriter, r *http.Request, v view) error {
	years, field := servedYears(r, v)
	fleet, err := u.st.Fleet(r.Context(), v.by, school.SchoolID(r.URL.Query().Get("school")))
	if err != nil {
		return err
	}
	releases, _, err := u.st.Releases(r.Context())
	if err != nil {
		return err
	}
	p := u.figure(r, v, "fleet")
	p.Columns = []web.Column{{Name: p.T("devices.school")}, {Name: p.T("asset.kind")}, {Name: p.T("repairs.model")}, {Name: p.T("asset.batch")}, number(&p.Frame, "figures.pieces"), number(&p.Frame, "figures.age"), {Name: p.T("figures.os")},
		{Name: p.T("figures.os.until")}, number(&p.Frame, "figures.replace"), number(&p.Frame, "figures.worth")}
	var rows [][]cell
	var pieces, worth int
	this := v.now.In(web.Berlin).Year()
	for _, x := range fleet {
		age := max(0, v.now.Sub(x.Bought).Hours()/24/365.25)
		row := []cell{atSchool(&p.Frame, x.School, x.SchoolName), {Text: p.T("asset.kind." + string(x.Kind))}, {Text: x.Model}, {Text: x.BatchName}, count(&p.Frame, x.Pieces), {Text: oneDecimal(p.Lang, age), Numeric: true}, {}, {},
			{Text: strconv.Itoa(x.Replace(years)), Numeric: true}, money(&p.Frame, x.Worth)}
		if newest, still := releases.Serves(x.Product); newest != "" {
			row[6].Text = p.T("figures.os.ended", newest)
			if still {
				row[6].Text = p.T("figures.os.served", newest)
			}
		}
		if until, estimated := releases.ServedUntil(x.Product); estimated {
			row[7].Text = p.T("figures.os.about", strconv.Itoa(until))
		} else if until > 0 {
			row[7].Text = strconv.Itoa(until)
		}
		if x.Replace(years) <= this {
			row[8].Status = &web.Status{Kind: web.Warning, Text: strconv.Itoa(x.Replace(years))}
		}
		rows = append(rows, row)
		pieces, worth = pieces+x.Pieces, worth+x.Worth
	}
	if p.Filter, err = u.schoolField(r, v, school.View, field); err != nil {
		return err
	}
	sum := []cell{{Text: p.T("figures.sum")}, {}, {}, {}, count(&p.Frame, pieces), {}, {}, {}, {}, money(&p.Frame, worth)}
	return u.showFigure(w, r, v, p, p.T("figures.fleet.file"), rows, sum)
}

func init() {
	web.Add(web.Words{
		"figures.title":         {"Auswertungen", "Figures"},
		"figures.lead":          {"Was Rat, Rechnungsprüfung und Geldgeber fragen. Jede Liste gibt es als CSV, Excel und PDF.", "What council, auditors and funders ask. Every list comes as CSV, Excel and PDF."},
		"figures.what":          {"Auswertung", "Figure"},
		"figures.says":          {"Was sie sagt", "What it says"},
		"figures.none":          {"Noch nichts zu zählen", "Nothing to count yet"},
		"figures.sum":           {"Zusammen", "Together"},
		"figures.stock":         {"keine Schule", "no school"},
		"figures.year":          {"Jahr", "Year"},
		"figures.due":           {"Bald fällig", "Due soon"},
		"figures.due.text":      {"Was in den nächsten zwei Wochen zurückkommen soll.", "What is to come back within the next two weeks."},
		"figures.overdue":       {"Überfällig", "Overdue"},
		"figures.overdue.text":  {"Was zurück sein sollte, das Älteste zuerst.", "What should be back, the oldest first."},
		"figures.parts":         {"Offene Teile", "Open parts"},
		"figures.parts.text":    {"Was nach der Rückgabe fehlt oder beschädigt ist und worüber noch niemand entschieden hat.", "What is missing or damaged after the return, and nobody has decided about."},
		"figures.parts.none":    {"Über jedes fehlende oder beschädigte Teil ist entschieden.", "Every missing or damaged part has been decided about."},
		"figures.parts.file":    {"offene-teile", "open-parts"},
		"figures.damages":       {"Kosten der Schäden", "Cost of damages"},
		"figures.damages.text":  {"Schäden je Schule: Zahl, Kosten, was davon gefordert und was versichert ist.", "Damages by school: number, cost, what of it is claimed and what is insured."},
		"figures.damages.lead":  {"Schäden, die {1} gemeldet wurden, je Schule.", "Damages reported in {1}, by school."},
		"figures.damages.none":  {"In diesem Jahr wurde kein Schaden gemeldet.", "No damage was reported in this year."},
		"figures.damages.file":  {"schadenskosten", "cost-of-damages"},
		"figures.leases":        {"Leasing und Rücklauf", "Leases and returns"},
		"figures.leases.text":   {"Wann welches Leasing endet, und was vor der Rückgabe noch fehlt.", "When which lease ends, and what is missing before things go back."},
		"figures.funding":       {"Förderprogramme", "Funding programmes"},
		"figures.funding.text":  {"Was je Programm oder Sponsor beschafft wurde, was es gekostet hat und wie lange es gebunden ist.", "What was bought by each programme or sponsor, what it cost and how long it is bound."},
		"figures.funding.none":  {"Tragen Sie bei einer Lieferung ein, aus welchem Programm oder von wem sie bezahlt ist.", "Enter with a delivery which programme or sponsor paid for it."},
		"figures.funding.file":  {"foerderprogramme", "funding-programmes"},
		"figures.funded":        {"Inventarliste", "Inventory list"},
		"figures.funded.text":   {"Jedes Gerät, das ein Programm oder Sponsor bezahlt hat: für das Anlagenverzeichnis und den Verwendungsnachweis.", "Every device a programme or sponsor paid for: for the asset register and the proof of use."},
		"figures.funded.of":     {"Alles, was aus „{1}“ bezahlt ist.", "All that “{1}” paid for."},
		"figures.funded.none":   {"Kein Gerät gehört zu einem Förderprogramm.", "No device belongs to a funding programme."},
		"figures.funded.file":   {"inventarliste", "inventory-list"},
		"figures.schools":       {"Medienentwicklungsplan", "Media development plan"},
		"figures.schools.text":  {"Je Schule: Computer nach Art, Schülerinnen und Schüler je Gerät, geplante und fehlende iPads, was zu ersetzen ist.", "By school: computers by kind, pupils per device, planned and missing iPads, what is to be replaced."},
		"figures.schools.none":  {"Legen Sie zuerst eine Schule an.", "Add a school first."},
		"figures.schools.file":  {"medienentwicklungsplan", "media-development-plan"},
		"figures.fleet":         {"Alter und Ersatz", "Age and replacement"},
		"figures.fleet.text":    {"Je Schule, Modell und Lieferung: wie alt, ob Apple das Modell noch mit neuem iPadOS versorgt, bis wann es das voraussichtlich bekommt, wann es zu ersetzen ist. „Etwa“ ist geschätzt: Apple kündigt kein Ende an.", "By school, model and delivery: how old, whether Apple still serves the model with new iPadOS, until when it probably gets it, when it is to be replaced. “About” is an estimate: Apple announces no end."},
		"figures.fleet.none":    {"Noch keine Computer im Bestand.", "No computers in stock yet."},
		"figures.fleet.file":    {"alter-und-ersatz", "age-and-replacement"},
		"figures.costs":         {"Kosten je Schule", "Cost by school"},
		"figures.costs.text":    {"Je Schule: Neuwert des Bestands, Leasingraten, Schäden und Forderungen.", "By school: price of the stock when new, lease rates, damages and claims."},
		"figures.costs.lead":    {"Der Bestand von heute, und was {1} an Schäden und Forderungen hinzukam.", "The stock of today, and the damages and claims of {1}."},
		"figures.costs.none":    {"Noch nichts im Bestand.", "Nothing in stock yet."},
		"figures.costs.file":    {"kosten", "costs"},
		"figures.running":       {"davon offen", "of these open"},
		"figures.insured":       {"zahlt Versicherung", "insurance pays"},
		"figures.pieces":        {"Stück", "Pieces"},
		"figures.here":          {"noch da", "still here"},
		"figures.early":         {"vor Ablauf abgegangen", "gone before the end"},
		"figures.fund":          {"Programm", "Programme"},
		"figures.bound":         {"gebunden bis", "bound until"},
		"figures.unplanned":     {"Noch ist nicht festgelegt, wer ein iPad bekommen soll.", "It is not decided yet who is to have an iPad."},
		"figures.unplanned.do":  {"Regel festlegen", "Decide the rule"},
		"figures.worth":         {"Neuwert", "Price when new"},
		"figures.worth.today":   {"Zeitwert", "Worth today"},
		"figures.rate":          {"Leasing im Monat", "Lease a month"},
		"figures.damage":        {"Schäden", "Damages"},
		"figures.claims":        {"Forderungen", "Claims"},
		"figures.kind.ipad":     {"iPads", "iPads"},
		"figures.kind.mac":      {"Macs", "Macs"},
		"figures.kind.notebook": {"Notebooks", "Notebooks"},
		"figures.kind.pc":       {"PCs", "PCs"},
		"figures.ratio":         {"SuS je Gerät", "Pupils per device"},
		"figures.planned":       {"geplante iPads", "iPads planned"},
		"figures.missing":       {"fehlende iPads", "iPads missing"},
		"figures.replace.until": {"zu ersetzen bis {1}", "to replace by {1}"},
		"figures.replace":       {"Ersatz im Jahr", "Replace in"},
		"figures.years":         {"Nutzungsdauer in Jahren", "Years of use"},
		"figures.years.hint":    {"Geleastes wird ersetzt, wenn das Leasing endet.", "What is leased is replaced when its lease ends."},
		"figures.age":           {"Alter in Jahren", "Age in years"},
		"figures.os":            {"iPadOS von Apple", "iPadOS by Apple"},
		"figures.os.served":     {"wird versorgt, zuletzt {1}", "is served, last with {1}"},
		"figures.os.until":      {"neues iPadOS bis", "New iPadOS until"},
		"figures.os.about":      {"etwa {1}", "about {1}"},
		"figures.os.ended":      {"endete mit {1}", "ended with {1}"},
	})
}
