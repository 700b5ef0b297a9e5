package ui

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/label"
	"ranzen/ui/web"
)

const (
	labelsPath     = "/labels"
	labelKindsPath = labelsPath + "/kinds"
	foundPath      = "/a/"
)

// labelsPage is the page "labels": what is printed on what, and how it will look before it is.
type labelsPage struct {
	web.Frame
	Tabs    []web.Tab
	Lead    string
	Alert   *web.Alert
	Actions []web.Action
	Action  string
	Hidden  []web.Hidden
	Fields  []web.Field
	Submit  string
	Cancel  string
	Preview *labelPreview
}

// labelPreview is a run that fits.
type labelPreview struct {
	Picture template.HTML
	Sums    []string
	Notes   []string
	Hidden  []web.Hidden
	Reason  *web.Field // asked where labels are printed anew
	Submit  string
}

// labelInputs are the names of what a run is asked by.
var labelInputs = []string{"school", "class", "place", "batch", "numbers", "order", "stock", "start", "copies", "codes", "leads", "funding", "printer"}

// labelRun is what was asked, read and checked.
type labelRun struct {
	filter  store.LabelFilter
	run     label.Run
	link    bool
	funding string
}

func (u *UI) labelsPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.labelsForm(r, v, r.URL.Query())
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "labels", p)
}

// labelStocks are the sheets and rolls somebody may choose: those of the trade and their own.
func (u *UI) labelStocks(r *http.Request, v view) (out []label.Stock, err error) {
	own, err := u.st.LabelSheets(r.Context(), v.by)
	for _, x := range own {
		s := label.Sheet(x.Wide, x.High, x.Left, x.Top, x.Across, x.Down)
		s.ID, s.Name = string(x.ID), x.Name
		out = append(out, s)
	}
	return append(out, label.Stocks...), err
}

func (u *UI) labelsForm(r *http.Request, v view, q url.Values) (*labelsPage, error) {
	p := &labelsPage{Frame: u.frame(r, web.T(v.lang, "labels.title"), web.Crumb{Name: web.T(v.lang, "labels.title")}), Action: labelsPath}
	p.Tabs, p.Lead, p.Submit = u.lendingTabs(&p.Frame, v, labelsPath), p.T("labels.lead"), p.T("labels.look")
	p.Actions = []web.Action{{Text: p.T("labels.kinds"), Href: labelKindsPath}}
	or := func(name, fallback string) string {
		if x := q.Get(name); x != "" {
			return x
		}
		return fallback
	}
	for _, name := range []string{"class", "place", "batch"} {
		if q.Get(name) != "" {
			p.Hidden = append(p.Hidden, web.Hidden{Name: name, Value: q.Get(name)})
		}
	}
	schools, err := u.schoolOptions(r, v, school.EditDevices, p.T("labels.school.none"), q.Get("school"))
	if err != nil {
		return nil, err
	}
	stocks, err := u.labelStocks(r, v)
	if err != nil {
		return nil, err
	}
	var kinds []web.Option
	for _, s := range stocks {
		text := p.T("labels.stock", s.Name, millimetres(v.lang, s.W), millimetres(v.lang, s.H), s.Places())
		if s.Roll() {
			text = p.T("labels.roll", s.Name, millimetres(v.lang, s.W), millimetres(v.lang, s.H))
		}
		kinds = append(kinds, web.Option{Value: s.ID, Text: text})
	}
	printers, err := u.st.LabelPrinters(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	hits := []web.Option{{Text: p.T("labels.printer.none")}}
	for _, x := range printers {
		hits = append(hits, web.Option{Value: string(x.ID), Text: x.Name})
	}
	var orders, codes []web.Option
	for _, o := range store.LabelOrders {
		orders = append(orders, web.Option{Value: string(o), Text: p.T("labels.order." + string(o))})
	}
	for _, c := range label.AllCodes {
		codes = append(codes, web.Option{Value: string(c), Text: p.T("labels.codes." + string(c))})
	}
	if len(p.Hidden) == 0 {
		p.Fields = append(p.Fields, web.Field{Kind: web.AreaField, Name: "numbers", Label: p.T("labels.numbers"), Hint: p.T("labels.numbers.hint"), Value: q.Get("numbers"), Rows: 5, Optional: true})
		if len(schools) > 1 {
			p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("labels.school"), Options: schools})
		}
	} else {
		if q.Get("school") != "" {
			p.Hidden = append(p.Hidden, web.Hidden{Name: "school", Value: q.Get("school")})
		}
		p.Cancel = labelsPath
	}
	p.Fields = append(p.Fields,
		web.Field{Kind: web.SelectField, Name: "stock", Label: p.T("labels.on"), Options: choose(or("stock", "l4770"), kinds...)},
		web.Field{Kind: web.NumberField, Name: "start", Label: p.T("labels.start"), Hint: p.T("labels.start.hint"), Value: or("start", "1"), Min: "1"},
		web.Field{Kind: web.NumberField, Name: "copies", Label: p.T("labels.copies"), Value: or("copies", "1"), Min: "1", Max: "9"},
		web.Field{Kind: web.SelectField, Name: "codes", Label: p.T("labels.codes"), Options: choose(or("codes", string(label.Both)), codes...)},
		web.Field{Kind: web.SelectField, Name: "leads", Label: p.T("labels.leads"), Hint: p.T("labels.leads.hint"), Options: choose(or("leads", "page"),
			web.Option{Value: "page", Text: p.T("labels.leads.page")}, web.Option{Value: "number", Text: p.T("labels.leads.number")})},
		web.Field{Name: "funding", Label: p.T("labels.funding"), Hint: p.T("labels.funding.hint"), Value: q.Get("funding"), MaxLength: 80, Optional: true},
		web.Field{Kind: web.SelectField, Name: "order", Label: p.T("labels.order"), Options: choose(or("order", string(store.LabelsByNumber)), orders...)},
		web.Field{Kind: web.SelectField, Name: "printer", Label: p.T("labels.printer"), Hint: p.T("labels.printer.hint"), Options: choose(q.Get("printer"), hits...)})
	return p, nil
}

// millimetres writes a length as people read it.
func millimetres(l web.Lang, mm float64) string {
	text := strconv.FormatFloat(mm, 'f', -1, 64)
	if l.Plain() == web.German {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// readLabels reads what was asked.
func (u *UI) readLabels(r *http.Request, v view) (x labelRun, err error) {
	if err := r.ParseForm(); err != nil {
		return x, errNoForm
	}
	q := r.PostForm
	x.filter = store.LabelFilter{School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")), Place: school.PlaceID(q.Get("place")), Batch: school.BatchID(q.Get("batch")),
		Sort: store.LabelOrder(q.Get("order"))}
	for _, line := range strings.FieldsFunc(q.Get("numbers"), func(r rune) bool { return r == '\n' || r == ';' || r == ',' || r == '\t' }) {
		if line = strings.TrimSpace(line); line != "" {
			x.filter.Numbers = append(x.filter.Numbers, line)
		}
	}
	stocks, err := u.labelStocks(r, v)
	if err != nil {
		return x, err
	}
	i := slices.IndexFunc(stocks, func(s label.Stock) bool { return s.ID == q.Get("stock") })
	if i < 0 {
		return x, school.Refuse("stock", "choice")
	}
	x.run = label.Run{Stock: stocks[i], Codes: label.Codes(q.Get("codes")), Title: web.T(v.lang, "labels.file.title", v.authority.Name), Lang: v.lang.Locale(), Made: v.now}
	if x.run.Start, err = strconv.Atoi(q.Get("start")); err != nil || x.run.Start < 1 || x.run.Start > x.run.Stock.Places() {
		return x, school.Refuse("start", "labels_start", x.run.Stock.Places())
	}
	if x.run.Copies, err = strconv.Atoi(q.Get("copies")); err != nil || x.run.Copies < 1 || x.run.Copies > 9 {
		return x, school.Refuse("copies", "labels_copies", 9)
	}
	if !slices.Contains(label.AllCodes, x.run.Codes) {
		return x, school.Refuse("codes", "choice")
	}
	if !slices.Contains(store.LabelOrders, x.filter.Sort) {
		return x, school.Refuse("order", "choice")
	}
	x.link, x.funding = q.Get("leads") == "page", strings.Join(strings.Fields(q.Get("funding")), " ")
	if len(x.funding) > 80 {
		return x, school.Refuse("funding", "too_long", 80)
	}
	if id := q.Get("printer"); id != "" {
		printers, err := u.st.LabelPrinters(r.Context(), v.by)
		if err != nil {
			return x, err
		}
		i := slices.IndexFunc(printers, func(p school.LabelPrinter) bool { return string(p.ID) == id })
		if i < 0 {
			return x, school.Refuse("printer", "choice")
		}
		x.run.Fit = label.Measured{Left: printers[i].Left, Top: printers[i].Top, Across: printers[i].Across, Down: printers[i].Down}.Fit()
	}
	return x, nil
}

// labelsOf makes labels of what the store found. Before they are printed some have no id yet: one of the same length stands for it.
func (u *UI) labelsOf(v view, x labelRun, found store.Labels) (out []label.Label) {
	for _, row := range found.Rows {
		if row.Number == "" {
			continue
		}
		l := label.Label{Number: row.Number, Owner: web.T(v.lang, "labels.owner", v.authority.Name), Funding: x.funding}
		if x.link {
			id := row.Found
			if id == "" {
				id = strings.Repeat("0", store.FoundLength)
			}
			l.Link = u.Public + foundPath + id
		}
		out = append(out, l)
	}
	return out
}

// unfit says for people what does not fit, and what would help.
func (u *UI) unfit(r *http.Request, v view, x labelRun, labels []label.Label, err error) error {
	no, is := errors.AsType[*label.Unfit](err)
	if !is {
		return err
	}
	if no.Part == "letters" {
		return school.Refuse("codes", "labels_letters", no.Number)
	}
	stocks, serr := u.labelStocks(r, v)
	if serr != nil {
		return serr
	}
	for _, s := range stocks { // the next larger one on which it fits
		run := x.run
		if run.Stock = s; s.W*s.H <= x.run.Stock.W*x.run.Stock.H {
			continue
		}
		if _, err := label.Look(labels, run); err == nil {
			return school.Refuse("stock", "labels_unfit_"+no.Part, no.Number, s.Name)
		}
	}
	return school.Refuse("stock", "labels_unfit", no.Number)
}

// labelsLook shows what would be printed.
func (u *UI) labelsLook(w http.ResponseWriter, r *http.Request, v view) error {
	return u.previewLabels(w, r, v, nil)
}

func (u *UI) previewLabels(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	x, err := u.readLabels(r, v)
	var found store.Labels
	if err == nil {
		found, err = u.st.LabelsFor(r.Context(), v.by, x.filter)
	}
	labels := u.labelsOf(v, x, found)
	if err == nil && len(labels) == 0 {
		err = school.Refuse("numbers", "labels_none")
	}
	var look label.Preview
	if err == nil {
		if look, err = label.Look(labels, x.run); err != nil {
			err = u.unfit(r, v, x, labels, err)
		}
	}
	p, ferr := u.labelsForm(r, v, r.PostForm)
	if ferr != nil {
		return ferr
	}
	status := http.StatusOK
	if err != nil {
		if p.Alert, err = refusal(p.Lang, err, p.Fields); err != nil {
			return err
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "labels", p)
	}
	n := len(labels) * x.run.Copies
	b := &labelPreview{Picture: template.HTML(look.SVG), Submit: p.T("labels.print", n)}
	b.Sums = append(b.Sums, p.T("labels.sum", n, look.Pages))
	if len(found.Unknown) > 0 {
		b.Notes = append(b.Notes, p.T("labels.unknown", len(found.Unknown), strings.Join(found.Unknown[:min(len(found.Unknown), 5)], ", ")))
	}
	if k := found.Unnumbered(); k > 0 {
		b.Notes = append(b.Notes, p.T("labels.unnumbered", k))
	}
	for _, note := range look.Notes {
		b.Notes = append(b.Notes, p.T("labels.note."+note))
	}
	if x.link && u.Public == "" {
		b.Notes = append(b.Notes, p.T("labels.note.public"))
	}
	for _, name := range labelInputs {
		if value := r.PostForm.Get(name); value != "" {
			b.Hidden = append(b.Hidden, web.Hidden{Name: name, Value: value})
		}
	}
	if k := found.Again(); k > 0 {
		options := []web.Option{{Text: p.T("labels.reason.none")}}
		for _, reason := range store.LabelReasons {
			options = append(options, web.Option{Value: string(reason), Text: p.T("labels.reason." + string(reason))})
		}
		b.Reason = &web.Field{Kind: web.SelectField, Name: "reason", Label: p.T("labels.reason", k), Hint: p.T("labels.reason.hint"), Options: choose(r.PostForm.Get("reason"), options...)}
	}
	p.Preview = b
	if refused != nil {
		var fields []web.Field
		if b.Reason != nil {
			fields = append(fields, *b.Reason)
		}
		if p.Alert, err = refusal(p.Lang, refused, fields); err != nil {
			return err
		}
		if b.Reason != nil {
			b.Reason.Error = fields[0].Error
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "labels", p)
}

// labelsPrint prints: the file, and that it was made.
func (u *UI) labelsPrint(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.readLabels(r, v)
	if err != nil {
		return u.previewLabels(w, r, v, nil)
	}
	found, err := u.st.LabelsFor(r.Context(), v.by, x.filter)
	if err == nil { // what does not fit is said before anything is
		if labels := u.labelsOf(v, x, found); len(labels) > 0 {
			if _, err := label.Look(labels, x.run); err != nil {
				return u.previewLabels(w, r, v, nil)
			}
		}
		found, err = u.st.PrintLabels(r.Context(), v.by, x.filter, store.LabelReason(r.PostForm.Get("reason")))
	}
	if err != nil {
		return u.previewLabels(w, r, v, err)
	}
	out, err := label.Print(u.labelsOf(v, x, found), x.run)
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", web.T(v.lang, "labels.file")+"-"+v.now.In(web.Berlin).Format("2006-01-02")+".pdf", out.PDF)
}

// calibrationPDF is the page with rulers.
func (u *UI) calibrationPDF(w http.ResponseWriter, r *http.Request, v view) error {
	t := func(key string) string { return web.T(v.lang, key) }
	b, err := label.Calibration(label.Words{Title: t("calibration.title"), Steps: []string{t("calibration.1"), t("calibration.2"), t("calibration.3")},
		Left: t("calibration.left"), Top: t("calibration.top"), Across: t("calibration.across"), Down: t("calibration.down")}, v.lang.Locale(), v.now)
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", t("calibration.file")+".pdf", b)
}

// fitOf is how a printer misses, for people: "0,4 mm nach rechts, 0,2 % zu groß".
func fitOf(f *web.Frame, m label.Measured) string {
	fit := m.Fit()
	one := func(x float64) string { return millimetres(f.Lang, float64(int(x*10+sign(x)*0.5))/10) }
	return f.T("labels.misses", one(fit.OffX), one(fit.OffY), one((fit.ScaleX-1)*100), one((fit.ScaleY-1)*100))
}

func sign(x float64) float64 {
	if x < 0 {
		return -1
	}
	return 1
}
