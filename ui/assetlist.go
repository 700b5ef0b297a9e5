package ui

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const assetListPath = assetsPath + "/import"

// assetListPage takes a list of things in: how it was understood, what it would do, and nothing while one line is wrong. Between
// the steps the file travels with the page.
type assetListPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	File    *web.FileField
	Columns []columnLine
	Read    *assetListRead
	Plan    *assetListPlan
}

// assetListRead is how a list was understood, to be put right.
type assetListRead struct {
	Sum     string
	Hidden  []web.Hidden
	Columns []web.Field
	Rest    []web.Field // what holds for new things where the list says nothing
	Heads   []string
	Rows    [][]string
}

// assetListPlan is what a list would do.
type assetListPlan struct {
	Creates, Changes, Keeps, Wrong int

	Problems []rowProblem
	MoreP    int // problems that are not listed
	Rows     []assetListLine
	MoreR    int // lines that are not listed
	Hidden   []web.Hidden
	Back     []web.Hidden
	Submit   string
}

type assetListLine struct {
	Row     int
	Name    string
	Kind    string
	Does    web.Status
	Changes []string
	Where   string
}

func (u *UI) beginAssetList(r *http.Request, v view) *assetListPage {
	t := func(key string) string { return web.T(v.lang, key) }
	p := &assetListPage{Frame: u.frame(r, t("assetlist.title"), web.Crumb{Name: t("assets.title"), Href: assetsPath}, web.Crumb{Name: t("assetlist.title")})}
	p.Lead = p.T("assetlist.lead")
	p.File = &web.FileField{Name: "file", Label: p.T("delivery.file"), Hint: p.T("delivery.file.hint"), Accept: ".csv,.txt,.xlsx", MaxBytes: deliveryFile}
	for _, f := range school.AssetFields {
		p.Columns = append(p.Columns, columnLine{p.T("assetlist.field." + string(f)), p.T("assetlist.field." + string(f) + ".text")})
	}
	return p
}

func (u *UI) assetListPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.site.Render(w, r, http.StatusOK, "assetlist", u.beginAssetList(r, v))
}

// assetList takes the step that was asked for.
func (u *UI) assetList(w http.ResponseWriter, r *http.Request, v view) error {
	p := u.beginAssetList(r, v)
	if err := parseForm(r); err != nil {
		return err
	}
	var file []byte
	var err error
	step := r.PostForm.Get("step")
	if step != "" {
		if file, err = base64.StdEncoding.DecodeString(r.PostForm.Get("body")); err != nil {
			return web.ErrNotFound // nobody types this
		}
	} else if file, err = upload(r, "file"); err != nil {
		return err
	}
	if len(file) == 0 {
		p.File.Error = p.T("import.none")
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "assetlist", p)
	}
	sheet, x, known, problems, err := enroll.OpenAssets(r.Context(), u.st, v.by, file)
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		p.File.Error = said["file"]
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "assetlist", p)
	}
	if step == "" {
		if known {
			p.Alert = &web.Alert{Kind: web.Note, Title: p.T("assetlist.known")}
		}
		return u.showAssetRead(w, r, v, p, sheet, x, file, nil)
	}
	x.Mapping = typedMapping(r.PostForm, len(sheet.Heads))
	if err := x.Mapping.Check(); err != nil || step == "back" {
		return u.showAssetRead(w, r, v, p, sheet, x, file, err)
	}
	rows, wrong := enroll.AssetsOf(sheet, x.Mapping)
	x.Rows, problems = rows, append(problems, wrong...)
	var plan store.AssetListPlan
	if len(rows) > 0 {
		if plan, err = u.st.PlanAssets(r.Context(), v.by, x); err != nil {
			return u.showAssetRead(w, r, v, p, sheet, x, file, err)
		}
	}
	if step == "apply" && len(problems) == 0 && plan.Wrong == 0 {
		var set school.ChangeSetID
		if plan, set, err = u.st.ImportAssets(r.Context(), v.by, x, r.PostForm.Get("plan")); err == nil {
			return u.done(w, r, assetsPath, "done.assetlist", set, int64(plan.Creates), int64(plan.Changes))
		}
		if school.KindOf(err) != school.Conflict && len(plan.Problems()) == 0 {
			return err
		}
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("delivery.moved")}
	}
	status := http.StatusOK
	if p.Plan = plannedAssets(&p.Frame, plan, problems); p.Plan.Wrong > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		p.File = nil
	}
	kept := []web.Hidden{{Name: "body", Value: base64.StdEncoding.EncodeToString(file)}}
	for _, name := range []string{"kind", "managed_by", "school", "batch"} {
		kept = append(kept, web.Hidden{Name: name, Value: r.PostForm.Get(name)})
	}
	for i, f := range x.Mapping.Columns {
		kept = append(kept, web.Hidden{Name: columnName(i), Value: string(f)})
	}
	p.Plan.Back = append(slices.Clone(kept), web.Hidden{Name: "step", Value: "back"})
	if n := plan.Creates + plan.Changes; p.Plan.Wrong == 0 && n > 0 {
		p.Plan.Hidden = append(kept, web.Hidden{Name: "step", Value: "apply"}, web.Hidden{Name: "plan", Value: plan.Hash})
		p.Plan.Submit = p.T("delivery.submit", n)
	}
	return u.site.Render(w, r, status, "assetlist", p)
}

func columnName(i int) string { return fmt.Sprintf("column-%d", i) }

// typedMapping is what the form says of a list.
func typedMapping(form url.Values, columns int) school.AssetMapping {
	m := school.AssetMapping{Kind: school.AssetKind(form.Get("kind")), ManagedBy: school.ManagedBy(form.Get("managed_by")), School: school.SchoolID(form.Get("school")), Batch: school.BatchID(form.Get("batch"))}
	for i := range columns {
		m.Columns = append(m.Columns, school.AssetField(form.Get(columnName(i))))
	}
	return m
}

// shownLines is how many lines of a list are shown as they stand in it.
const shownLines = 5

// showAssetRead shows how a list was understood.
func (u *UI) showAssetRead(w http.ResponseWriter, r *http.Request, v view, p *assetListPage, sheet enroll.AssetSheet, x store.AssetList, file []byte, refused error) error {
	read := &assetListRead{Sum: p.T("assetlist.sum", len(sheet.Lines), len(sheet.Heads)), Heads: sheet.Heads,
		Hidden: []web.Hidden{{Name: "body", Value: base64.StdEncoding.EncodeToString(file)}, {Name: "step", Value: "plan"}}}
	for _, line := range sheet.Lines[:min(len(sheet.Lines), shownLines)] {
		read.Rows = append(read.Rows, line.Cells)
	}
	for i, head := range sheet.Heads {
		options := []web.Option{{Text: p.T("assetlist.out")}}
		for _, f := range school.AssetFields {
			options = append(options, web.Option{Value: string(f), Text: p.T("assetlist.field." + string(f))})
		}
		if head == "" {
			head = p.T("assetlist.column", i+1)
		}
		f := web.Field{Kind: web.SelectField, Name: columnName(i), Label: head, Options: choose(string(x.Mapping.Columns[i]), options...)}
		for _, line := range sheet.Lines {
			if text := line.Cells[i]; text != "" {
				f.Hint = p.T("assetlist.example", cutLine(text))
				break
			}
		}
		read.Columns = append(read.Columns, f)
	}
	kinds, by := []web.Option{{Text: p.T("assetlist.said")}}, []web.Option{{Text: p.T("assetlist.said")}}
	for _, k := range school.AssetKinds {
		kinds = append(kinds, web.Option{Value: string(k), Text: p.T("asset.kind." + string(k))})
	}
	for _, m := range school.Managers {
		by = append(by, web.Option{Value: string(m), Text: p.T("asset.by." + string(m))})
	}
	schools, err := u.schoolOptions(r, v, school.EditDevices, p.T("assetlist.said"), string(x.Mapping.School))
	if err != nil {
		return err
	}
	batches, err := u.st.Batches(r.Context(), v.by)
	if err != nil {
		return err
	}
	of := []web.Option{{Text: p.T("assetlist.said")}}
	for _, b := range batches {
		of = append(of, web.Option{Value: string(b.ID), Text: b.Name})
	}
	read.Rest = []web.Field{{Kind: web.SelectField, Name: "kind", Label: p.T("asset.kind"), Options: choose(string(x.Mapping.Kind), kinds...)},
		{Kind: web.SelectField, Name: "managed_by", Label: p.T("asset.by"), Options: choose(string(x.Mapping.ManagedBy), by...)},
		{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools},
		{Kind: web.SelectField, Name: "batch", Label: p.T("asset.batch"), Options: choose(string(x.Mapping.Batch), of...)}}
	status := http.StatusOK
	if refused != nil {
		status = http.StatusUnprocessableEntity
		if p.Alert, err = refusal(p.Lang, refused, read.Columns, read.Rest); err != nil {
			return err
		}
	}
	p.File, p.Read = nil, read
	return u.site.Render(w, r, status, "assetlist", p)
}

// cutLine is the beginning of a text, for a hint.
func cutLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return text
}

// plannedAssets says line by line what a list would do.
func plannedAssets(f *web.Frame, plan store.AssetListPlan, unread []*school.Error) *assetListPlan {
	problems := append(slices.Clone(unread), plan.Problems()...)
	slices.SortStableFunc(problems, func(a, b *school.Error) int { return a.Row - b.Row })
	p := &assetListPlan{Creates: plan.Creates, Changes: plan.Changes, Keeps: plan.Keeps}
	lines := map[int]bool{}
	for _, e := range problems {
		lines[e.Row] = true
		if len(p.Problems) == listedProblems {
			p.MoreP++
			continue
		}
		x := rowProblem{Row: e.Row, Text: web.RuleText(f.Lang, e)}
		if slices.Contains(school.AssetFields, school.AssetField(e.Field)) {
			x.Column = f.T("assetlist.field." + e.Field)
		}
		p.Problems = append(p.Problems, x)
	}
	if p.Wrong = len(lines); p.Wrong > 0 {
		return p
	}
	for _, r := range plan.Rows {
		if r.Does == store.AnnounceKeeps {
			continue // the number says it
		}
		if len(p.Rows) == listedRows {
			p.MoreR++
			continue
		}
		x := assetListLine{Row: r.Row, Name: r.Number, Does: web.Status{Kind: web.OK, Text: f.T("delivery.does.create")}}
		if x.Name == "" {
			x.Name = r.Serial
		}
		if r.Kind != "" {
			x.Kind = f.T("asset.kind." + string(r.Kind))
		}
		x.Where = strings.Join(slices.DeleteFunc([]string{r.School, r.Place}, func(s string) bool { return s == "" }), " · ")
		if r.Does == store.AnnounceChanges {
			x.Does = web.Status{Kind: web.Note, Text: f.T("assetlist.changes")}
			for _, c := range r.Changes {
				x.Changes = append(x.Changes, f.T("assetlist.change", f.T("assetlist.field."+string(c.Field)), assetSaid(f, c.Field, c.From), assetSaid(f, c.Field, c.To)))
			}
		}
		p.Rows = append(p.Rows, x)
	}
	return p
}

// assetSaid is a value of a list as people read it.
func assetSaid(f *web.Frame, field school.AssetField, value string) string {
	switch {
	case value == "":
		return f.T("assetlist.nothing")
	case field == school.AssetKindField:
		return f.T("asset.kind." + value)
	case field == school.AssetManagerField:
		return f.T("asset.by." + value)
	case field == school.AssetStateField:
		return f.T("asset.state." + value)
	case field == school.AssetPriceField:
		var n int
		if _, err := fmt.Sscan(value, &n); err != nil || n == 0 {
			return f.T("assetlist.nothing")
		}
		return euros(f.Lang, n)
	}
	return value
}

// assetTemplate is the empty list with its columns.
func (u *UI) assetTemplate(w http.ResponseWriter, r *http.Request, v view) error {
	var head []string
	for _, f := range school.AssetFields {
		head = append(head, web.T(v.lang, "assetlist.field."+string(f)))
	}
	return sendCSV(w, web.T(v.lang, "assetlist.file"), head, func(func([]string, error) bool) {})
}

func init() {
	web.Add(web.Words{
		"assetlist.title":                 {"Bestand einlesen", "Read in stock"},
		"assetlist.lead":                  {"Nehmen Sie Notebooks, PCs und alles andere aus einer Liste auf. Sie sehen erst, wie die Liste verstanden wird, und dann Zeile für Zeile, was sich ändern würde.", "Take in notebooks, PCs and everything else from a list. First you see how the list is understood, then line by line what would change."},
		"assetlist.known":                 {"Eine Liste mit diesen Spalten kam schon einmal. Sie wird so gelesen wie damals.", "A list with these columns came before. It is read as it was then."},
		"assetlist.sum":                   {"{1} {1:Zeile|Zeilen}, {2} {2:Spalte|Spalten}", "{1} {1:line|lines}, {2} {2:column|columns}"},
		"assetlist.read":                  {"So wird die Liste verstanden", "This is how the list is understood"},
		"assetlist.read.text":             {"Was sagt welche Spalte? Was leer ist, ändert nichts. Jede Zeile braucht eine Inventarnummer oder eine Seriennummer: daran wird das Gerät beim nächsten Mal wiedererkannt.", "What does each column say? What is empty changes nothing. Every line needs an asset number or a serial number: by it the device is known again the next time."},
		"assetlist.rest":                  {"Für neue Geräte, wo die Liste nichts sagt", "For new devices, where the list says nothing"},
		"assetlist.said":                  {"steht in der Liste", "the list says it"},
		"assetlist.out":                   {"weglassen", "leave out"},
		"assetlist.column":                {"Spalte {1}", "Column {1}"},
		"assetlist.example":               {"zum Beispiel: {1}", "for example: {1}"},
		"assetlist.first":                 {"Die ersten Zeilen der Liste", "The first lines of the list"},
		"assetlist.plan":                  {"Vorschau", "Preview"},
		"assetlist.look":                  {"Vorschau zeigen", "Show the preview"},
		"assetlist.back":                  {"Spalten ändern", "Change columns"},
		"assetlist.name":                  {"Gerät", "Device"},
		"assetlist.changes":               {"ändert sich", "changes"},
		"assetlist.change":                {"{1}: {2} → {3}", "{1}: {2} → {3}"},
		"assetlist.nothing":               {"nichts", "nothing"},
		"assetlist.file":                  {"bestandsliste", "stock-list"},
		"assetlist.field.number":          {"Inventarnummer", "Asset number"},
		"assetlist.field.number.text":     {"Leer: neue Geräte bekommen eine nach Ihrem Muster, wenn eines festgelegt ist.", "Empty: new devices get one by your pattern, if there is one."},
		"assetlist.field.serial":          {"Seriennummer", "Serial number"},
		"assetlist.field.serial.text":     {"Seriennummer oder Inventarnummer ist nötig.", "A serial number or an asset number is required."},
		"assetlist.field.kind":            {"Art", "Kind"},
		"assetlist.field.kind.text":       {"iPad, Mac, Notebook, PC, Hülle, Tastatur, Stift, Netzteil, Kabel oder Sonstiges.", "iPad, Mac, notebook, PC, case, keyboard, pencil, power adapter, cable or other."},
		"assetlist.field.model":           {"Modell", "Model"},
		"assetlist.field.model.text":      {"Wie der Hersteller es nennt.", "As its maker calls it."},
		"assetlist.field.managed_by":      {"Verwaltet von", "Managed by"},
		"assetlist.field.managed_by.text": {"Ranzen, IServ, opsi, Intune oder niemand. iPads, die Ranzen verwalten soll, sind damit zugleich angekündigt.", "Ranzen, IServ, opsi, Intune or nobody. iPads that Ranzen is to manage are announced by it."},
		"assetlist.field.school":          {"Schule", "School"},
		"assetlist.field.school.text":     {"Name oder Schulnummer.", "Name or school number."},
		"assetlist.field.place":           {"Platz", "Place"},
		"assetlist.field.place.text":      {"Koffer, Raum oder Lager, die es an der Schule schon gibt.", "Case, room or store that the school has already."},
		"assetlist.field.batch":           {"Lieferung", "Delivery"},
		"assetlist.field.batch.text":      {"Gibt es sie noch nicht, wird sie angelegt. Preis, Leasing und Förderung tragen Sie dort einmal ein.", "If there is none yet, it is added. Price, lease and funding are entered there once."},
		"assetlist.field.price":           {"Neupreis", "Price when new"},
		"assetlist.field.price.text":      {"In Euro. Leer: der Preis der Lieferung.", "In euros. Empty: the price of the delivery."},
		"assetlist.field.state":           {"Zustand", "State"},
		"assetlist.field.state.text":      {"Bereit, zu prüfen, unvollständig oder ausgesondert.", "Ready, to check, incomplete or retired."},
		"assetlist.field.note":            {"Bemerkung", "Note"},
		"assetlist.field.note.text":       {"Keine Namen.", "No names."},
		"done.assetlist":                  {"Übernommen: {1} {1:neues Gerät|neue Geräte}, {2} geändert.", "Taken over: {1} new {1:device|devices}, {2} changed."},
	})
}
