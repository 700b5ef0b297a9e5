package ui

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/label"
	"ranzen/ui/web"
)

// labelKindsPage lists the sheets of one's own and the printers.
func (u *UI) labelKindsPage(w http.ResponseWriter, r *http.Request, v view) error {
	sheets, err := u.st.LabelSheets(r.Context(), v.by)
	if err != nil {
		return err
	}
	printers, err := u.st.LabelPrinters(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "labels.kinds"), web.Crumb{Name: web.T(v.lang, "labels.title"), Href: labelsPath}, web.Crumb{Name: web.T(v.lang, "labels.kinds")}), Lead: web.T(v.lang, "labels.kinds.lead")}
	p.Actions = []web.Action{{Text: p.T("labels.sheet.new"), Href: labelsPath + "/sheets/new"}, {Text: p.T("labels.printer.new"), Href: labelsPath + "/printers/new"},
		{Text: p.T("labels.calibration"), Href: labelsPath + "/calibration.pdf"}}
	p.Columns = []web.Column{{Name: p.T("labels.kind.name")}, {Name: p.T("labels.kind.what")}, {Name: p.T("labels.kind.says")}, {Name: p.T("table.do"), Hidden: true}}
	add := func(name, what, says, path, id string, at school.SchoolID) {
		var actions []web.Action
		if v.at(school.EditDevices, at) {
			actions = []web.Action{{Text: p.T("labels.kind.remove"), About: name, Href: labelsPath + path + "/" + url.PathEscape(id) + "/remove", Post: true}}
		}
		p.Rows = append(p.Rows, []cell{{Text: name}, {Text: p.T(what)}, {Text: says}, {Actions: actions}})
	}
	for _, x := range sheets {
		s := label.Sheet(x.Wide, x.High, x.Left, x.Top, x.Across, x.Down)
		add(x.Name, "labels.kind.sheet", p.T("labels.sheet.says", millimetres(v.lang, s.W), millimetres(v.lang, s.H), s.Cols, s.Rows), "/sheets", string(x.ID), x.School)
	}
	for _, x := range printers {
		add(x.Name, "labels.kind.printer", fitOf(&p.Frame, label.Measured{Left: x.Left, Top: x.Top, Across: x.Across, Down: x.Down}), "/printers", string(x.ID), x.School)
	}
	p.Empty = web.Empty{Title: p.T("labels.kinds.none"), Text: p.T("labels.kinds.none.text"), Actions: p.Actions}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// lengths are the fields of a sheet and of a printer, by the names their checks use.
var (
	sheetLengths   = []string{"width", "height", "left", "top", "across", "down"}
	printerLengths = []string{"left", "top", "across", "down"}
)

func (u *UI) labelKindForm(r *http.Request, v view, kind string, lengths []string) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "labels."+kind+".new"), web.Crumb{Name: web.T(v.lang, "labels.title"), Href: labelsPath},
		web.Crumb{Name: web.T(v.lang, "labels.kinds"), Href: labelKindsPath}, web.Crumb{Name: web.T(v.lang, "labels."+kind+".new")}), Cancel: labelKindsPath}
	p.Lead = p.T("labels." + kind + ".lead")
	p.Fields = []web.Field{{Name: "name", Label: p.T("labels.kind.name"), Hint: p.T("labels." + kind + ".name.hint"), Value: r.PostFormValue("name"), MaxLength: 100, Focus: true}}
	first := ""
	if v.can(school.EditDevices) {
		first = p.T("labels.everybody")
	}
	schools, err := u.schoolOptions(r, v, school.EditDevices, first, r.PostFormValue("school"))
	if err != nil {
		return nil, err
	}
	if len(schools) > 1 {
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("labels.for"), Options: schools})
	} else if len(schools) == 1 {
		p.Hidden = append(p.Hidden, web.Hidden{Name: "school", Value: schools[0].Value})
	}
	for _, name := range lengths {
		p.Fields = append(p.Fields, web.Field{Name: name, Label: p.T("labels." + kind + "." + name), Hint: p.T("labels." + kind + "." + name + ".hint"), Value: r.PostFormValue(name), MaxLength: 10, Autocomplete: "off"})
	}
	return p, nil
}

// readLengths reads millimetres as people write them, with comma or point.
func readLengths(r *http.Request, names []string) (map[string]float64, error) {
	out := map[string]float64{}
	var all []error
	for _, name := range names {
		text := strings.TrimSuffix(strings.TrimSpace(r.PostFormValue(name)), "mm")
		x, err := strconv.ParseFloat(strings.TrimSpace(strings.Replace(text, ",", ".", 1)), 64)
		switch {
		case text == "":
			all = append(all, school.Refuse(name, "required"))
		case err != nil || x != x || x < 0 || x > 1000:
			all = append(all, school.Refuse(name, "labels_length"))
		}
		out[name] = x
	}
	return out, errors.Join(all...)
}

func wrongLengths(wrong []string) error {
	var all []error
	for _, name := range wrong {
		all = append(all, school.Refuse(name, "labels_fit"))
	}
	return errors.Join(all...)
}

func (u *UI) newLabelSheetPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.labelKindForm(r, v, "sheet", sheetLengths)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newLabelSheet(w http.ResponseWriter, r *http.Request, v view) error {
	mm, err := readLengths(r, sheetLengths)
	if err == nil {
		err = wrongLengths(label.Sheet(mm["width"], mm["height"], mm["left"], mm["top"], mm["across"], mm["down"]).Check())
	}
	var set school.ChangeSetID
	if err == nil {
		_, set, err = u.st.AddLabelSheet(r.Context(), v.by, school.LabelSheet{School: school.SchoolID(r.PostFormValue("school")), Name: r.PostFormValue("name"),
			Wide: mm["width"], High: mm["height"], Left: mm["left"], Top: mm["top"], Across: mm["across"], Down: mm["down"]})
	}
	return u.labelKindMade(w, r, v, "sheet", sheetLengths, set, err)
}

func (u *UI) newLabelPrinterPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.labelKindForm(r, v, "printer", printerLengths)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newLabelPrinter(w http.ResponseWriter, r *http.Request, v view) error {
	mm, err := readLengths(r, printerLengths)
	m := label.Measured{Left: mm["left"], Top: mm["top"], Across: mm["across"], Down: mm["down"]}
	if err == nil {
		err = wrongLengths(m.Check())
	}
	var set school.ChangeSetID
	if err == nil {
		_, set, err = u.st.AddLabelPrinter(r.Context(), v.by, school.LabelPrinter{School: school.SchoolID(r.PostFormValue("school")), Name: r.PostFormValue("name"),
			Left: m.Left, Top: m.Top, Across: m.Across, Down: m.Down})
	}
	return u.labelKindMade(w, r, v, "printer", printerLengths, set, err)
}

func (u *UI) labelKindMade(w http.ResponseWriter, r *http.Request, v view, kind string, lengths []string, set school.ChangeSetID, err error) error {
	if err == nil {
		return u.done(w, r, labelKindsPath, "done.labels."+kind, set)
	}
	p, ferr := u.labelKindForm(r, v, kind, lengths)
	if ferr != nil {
		return ferr
	}
	return u.refuse(w, r, p, err)
}

func (u *UI) removeLabelSheet(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveLabelSheet(r.Context(), v.by, school.LabelSheetID(routeVar(r, "sheet")))
	if err != nil {
		return err
	}
	return u.done(w, r, labelKindsPath, "done.labels.removed", set)
}

func (u *UI) removeLabelPrinter(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.RemoveLabelPrinter(r.Context(), v.by, school.LabelPrinterID(routeVar(r, "printer")))
	if err != nil {
		return err
	}
	return u.done(w, r, labelKindsPath, "done.labels.removed", set)
}
