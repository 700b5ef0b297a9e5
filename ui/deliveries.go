package ui

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const deliveriesPath = "/deliveries"

// deliveryPage announces a delivery: a file is looked at first, row by row, and nothing is written while one row is
// wrong. Between the two steps the file travels with the page.
type deliveryPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	File    *web.FileField
	Columns []columnLine
	Plan    *deliveryPlan
}

// columnLine explains a column of the file.
type columnLine struct{ Name, Text string }

type deliveryPlan struct {
	Sum      string
	Creates  int
	Changes  int
	Keeps    int
	Wrong    int
	Problems []rowProblem
	MoreP    int // problems that are not listed
	Rows     []deliveryRow
	MoreR    int // rows that are not listed
	Hidden   []web.Hidden
	Submit   string
}

type rowProblem struct {
	Row          int
	Column, Text string
}

type deliveryRow struct {
	Row    int
	Serial string
	Does   web.Status
	Number string
	Where  string
	Person string
}

// deliveryLimit is how much the form may send: the file, and in the second step the file as text.
const (
	deliveryFile  = 4 << 20
	deliveryLimit = deliveryFile + deliveryFile/2

	listedProblems = 200
	listedRows     = 100
)

// deliveryColumns are the columns of the file by the field of store.Announced they fill.
var deliveryColumns = []string{"serial", "number", "school", "class", "person", "place", "batch"}

func (u *UI) beginDelivery(r *http.Request, v view) *deliveryPage {
	p := &deliveryPage{Frame: u.frame(r, web.T(v.lang, "delivery.title"))}
	p.Place = u.adminPlace(&p.Frame, v)
	p.Lead = p.T("delivery.lead")
	p.File = &web.FileField{Name: "file", Label: p.T("delivery.file"), Hint: p.T("delivery.file.hint"), Accept: ".csv,.txt,.xlsx", MaxBytes: deliveryFile}
	for _, name := range deliveryColumns {
		p.Columns = append(p.Columns, columnLine{p.T("delivery.column." + name), p.T("delivery.column." + name + ".text")})
	}
	return p
}

func (u *UI) deliveries(w http.ResponseWriter, r *http.Request, v view) error {
	return u.site.Render(w, r, http.StatusOK, "deliveries", u.beginDelivery(r, v))
}

// deliveryTemplate is the empty file with its columns.
func (u *UI) deliveryTemplate(w http.ResponseWriter, r *http.Request, v view) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+web.T(v.lang, "delivery.template.file")+`.csv"`)
	return enroll.WriteAnnouncement(w, nil)
}

func (u *UI) delivery(w http.ResponseWriter, r *http.Request, v view) error {
	p := u.beginDelivery(r, v)
	if err := parseForm(r); err != nil {
		return err
	}
	var file []byte
	var err error
	write := false
	if kept := r.PostForm.Get("body"); kept != "" {
		if file, err = base64.StdEncoding.DecodeString(kept); err != nil {
			return web.ErrNotFound // nobody types this
		}
		write = true
	} else if file, err = upload(r, "file"); err != nil {
		return err
	}
	if len(file) == 0 {
		p.File.Error = p.T("import.none")
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "deliveries", p)
	}
	rows, problems, err := enroll.ParseAnnouncement(file)
	var plan store.AnnouncePlan
	if err == nil && len(rows) > 0 {
		plan, err = u.st.PlanAnnounce(r.Context(), v.by, rows)
	}
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		for _, text := range said {
			p.File.Error = text
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "deliveries", p)
	}
	if write && len(problems) == 0 && plan.Wrong == 0 {
		var set school.ChangeSetID
		if plan, set, err = u.st.Announce(r.Context(), v.by, rows); err == nil {
			return u.done(w, r, deliveriesPath, "done.delivery", set, int64(plan.Creates), int64(plan.Changes))
		}
		if len(plan.Problems()) == 0 { // not for a row of the file
			return err
		}
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("delivery.moved")}
	}
	status := http.StatusOK
	if p.Plan = planned(&p.Frame, plan, problems, file); p.Plan.Wrong > 0 {
		status = http.StatusUnprocessableEntity
	} else {
		p.File = nil
	}
	return u.site.Render(w, r, status, "deliveries", p)
}

// planned says row by row what a file would do.
func planned(f *web.Frame, plan store.AnnouncePlan, unread []*school.Error, file []byte) *deliveryPlan {
	problems := append(slices.Clone(unread), plan.Problems()...)
	slices.SortStableFunc(problems, func(a, b *school.Error) int { return a.Row - b.Row })
	p := &deliveryPlan{Creates: plan.Creates, Changes: plan.Changes, Keeps: plan.Keeps, Wrong: plan.Wrong + len(unread)}
	for _, e := range problems {
		if len(p.Problems) == listedProblems {
			p.MoreP++
			continue
		}
		x := rowProblem{Row: e.Row, Text: web.RuleText(f.Lang, e)}
		if slices.Contains(deliveryColumns, e.Field) {
			x.Column = f.T("delivery.column." + e.Field)
		}
		p.Problems = append(p.Problems, x)
	}
	if p.Wrong > 0 {
		return p
	}
	for _, r := range plan.Rows {
		if len(p.Rows) == listedRows {
			p.MoreR++
			continue
		}
		p.Rows = append(p.Rows, deliveryRow{Row: r.Row, Serial: r.Serial, Does: deliveryDoes(f, r), Number: r.Number, Person: r.Person,
			Where: strings.Join(slices.DeleteFunc([]string{r.School, r.Class, r.Place}, func(s string) bool { return s == "" }), " · ")})
	}
	if plan.Creates+plan.Changes > 0 {
		p.Hidden = []web.Hidden{{Name: "body", Value: base64.StdEncoding.EncodeToString(file)}}
		p.Submit = f.T("delivery.submit", plan.Creates+plan.Changes)
	}
	return p
}

// deliveryDoes says what becomes of a row.
func deliveryDoes(f *web.Frame, r store.AnnounceRow) web.Status {
	switch r.Does {
	case store.AnnounceCreates:
		return web.Status{Kind: web.OK, Text: f.T("delivery.does.create")}
	case store.AnnounceChanges:
		var what []string
		for _, name := range r.Fields {
			what = append(what, f.T("delivery.column."+name))
		}
		return web.Status{Kind: web.Note, Text: f.T("delivery.does.change", f.Lang.List(what))}
	}
	return web.Status{Kind: web.Off, Text: f.T("delivery.does.same")}
}

func init() {
	web.Add(web.Words{
		"delivery.title":              {"Lieferungen", "Deliveries"},
		"delivery.lead":               {"Kündigen Sie eine Lieferung mit ihren Seriennummern an. Jedes iPad weiß dann schon beim ersten Einschalten, wohin es gehört.", "Announce a delivery by its serial numbers. Each iPad then knows where it belongs when it is first switched on."},
		"delivery.file":               {"Liste (Excel oder CSV)", "List (Excel or CSV)"},
		"delivery.file.hint":          {"Eine Excel-Datei (.xlsx, ihr erstes sichtbares Blatt, ohne Formeln) oder CSV. Die erste Zeile nennt die Spalten; ihre Reihenfolge ist egal.", "An Excel file (.xlsx, its first visible sheet, without formulas) or CSV. The first line names the columns; their order does not matter."},
		"delivery.look":               {"Liste prüfen", "Check the list"},
		"delivery.template":           {"Leere Liste herunterladen", "Download an empty list"},
		"delivery.template.file":      {"lieferung", "delivery"},
		"delivery.columns":            {"Spalten", "Columns"},
		"delivery.column.serial":      {"Seriennummer", "Serial number"},
		"delivery.column.serial.text": {"Nötig. Der Buchstabe O kommt in keiner vor.", "Required. The letter O is in none."},
		"delivery.column.number":      {"Inventarnummer", "Asset number"},
		"delivery.column.number.text": {"Leer: wird nach Ihrem Muster vergeben, wenn eines festgelegt ist.", "Empty: given by your pattern, if there is one."},
		"delivery.column.school":      {"Schule", "School"},
		"delivery.column.school.text": {"Name oder Schulnummer.", "Name or school number."},
		"delivery.column.class":       {"Klasse", "Class"},
		"delivery.column.class.text":  {"Für iPads, die einer Klasse gehören und keiner Person.", "For iPads that belong to a class and to no person."},
		"delivery.column.person":      {"Person", "Person"},
		"delivery.column.person.text": {"Name, E-Mail-Adresse oder Anmeldename.", "Name, e-mail address or login."},
		"delivery.column.place":       {"Platz", "Place"},
		"delivery.column.place.text":  {"Koffer, Raum oder Lager.", "Case, room or store."},
		"delivery.column.batch":       {"Lieferung", "Delivery"},
		"delivery.column.batch.text":  {"Bestellung oder Lieferschein, zum Wiederfinden.", "Order or delivery note, to find it again."},
		"delivery.nothing.yet":        {"Noch ist nichts geändert.", "Nothing is changed yet."},
		"delivery.plan":               {"Das steht in der Liste", "This is what the list says"},
		"delivery.creates":            {"neu", "new"},
		"delivery.changes":            {"ändern sich", "change"},
		"delivery.keeps":              {"bleiben, wie sie sind", "stay as they are"},
		"delivery.does":               {"Was geschieht", "What happens"},
		"delivery.does.create":        {"neu", "new"},
		"delivery.does.change":        {"ändert sich: {1}", "changes: {1}"},
		"delivery.does.same":          {"bleibt", "stays"},
		"delivery.where":              {"Wohin", "Where to"},
		"delivery.submit":             {"{1} {1:Zeile|Zeilen} übernehmen", "Take over {1} {1:line|lines}"},
		"delivery.same":               {"Alles ist schon so. Es gibt nichts zu übernehmen.", "Everything is so already. There is nothing to take over."},
		"delivery.other":              {"Andere Liste", "Another list"},
		"delivery.moved":              {"Seit der Prüfung hat sich etwas geändert. Nichts wurde übernommen.", "Something has changed since the check. Nothing was taken over."},
		"done.delivery":               {"Übernommen: {1} {1:neues iPad|neue iPads}, {2} geändert.", "Taken over: {1} new {1:iPad|iPads}, {2} changed."},
	})
}
