package ui

import (
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// rolloverSheet is the roll-over of one school on paper: what a head of school reads and signs by hand before the
// signature is given here. It says by its plan's mark which state was printed.
func (u *UI) rolloverSheet(r *http.Request, v view) (sheet.Sheet, store.RolloverPart, error) {
	x, part, err := u.rolling(r, v)
	if err != nil {
		return sheet.Sheet{}, part, err
	}
	f := u.site.Frame(r, "")
	f.Lang = v.lang
	t := f.T
	s := sheet.Sheet{Title: t("rollover.of", part.SchoolName, x.Year.Name), Lead: rolloverText(&f, part.Now) + " " + t("rollover.sheet.from", f.Lang.Date(x.Runs)),
		Foot: t("rollover.sheet.foot", v.authority.Name, v.lang.DateTime(v.now), part.Hash[:8])}
	plan := part.Plan
	classes := sheet.Part{Heading: t("rollover.list.classes"), Head: []string{t("rollover.class.now"), t("rollover.does"), t("rollover.class.then"), t("rollover.count")}, Shares: []float64{2, 3, 2, 1}}
	for _, c := range plan.Steps {
		classes.Rows = append(classes.Rows, []string{orElse(c.Name, t("rollover.new")), t("rollover.does." + string(c.Does)), c.To, f.Lang.Number(int64(c.People))})
	}
	if len(classes.Rows) == 0 {
		classes.Texts = []string{t("school.noclass")}
	}
	s.Add(classes)
	for _, k := range []struct {
		key     string
		list    []school.RolloverPerson
		columns []string // beside the name
	}{{"leavers", plan.Leavers, []string{"rollover.class.now", "people.device"}}, {"moves", plan.Moves, []string{"rollover.class.now", "rollover.class.then"}},
		{"goes", plan.Goes, []string{"rollover.class.now", "rollover.other.goes", "people.device"}},
		{"comes", plan.Comes, []string{"rollover.other.comes", "rollover.class.then", "people.device"}}, {"unclassed", plan.Unclass, []string{"people.device"}}, {"teachers", plan.Teachers, []string{"rollover.class.now"}}} {
		if len(k.list) == 0 {
			continue
		}
		p := sheet.Part{Heading: t("rollover.sheet.part", t("rollover.list."+k.key), len(k.list)), Head: []string{t("people.name")}, Shares: []float64{3}}
		for _, c := range k.columns {
			p.Head, p.Shares = append(p.Head, t(c)), append(p.Shares, 2)
		}
		for _, y := range k.list {
			row := []string{y.Name}
			for _, c := range k.columns {
				row = append(row, map[string]string{"rollover.class.now": y.From, "rollover.class.then": y.To, "rollover.other.goes": y.School, "rollover.other.comes": y.School, "people.device": strings.Join(append(y.Devices, y.Planned...), ", ")}[c])
			}
			p.Rows = append(p.Rows, row)
		}
		s.Add(p)
	}
	if n := part.Now.Without; n > 0 {
		s.Add(sheet.Part{Heading: t("rollover.list.without"), Texts: []string{t("rollover.sheet.without", n)}})
	}
	const line = "____________________________________"
	s.Add(sheet.Part{Heading: t("rollover.sheet.sign"), Texts: []string{t("rollover.sheet.sign.text")}, Facts: []web.Fact{{Name: t("rollover.sheet.place"), Text: line}, {Name: t("rollover.sheet.name"), Text: line}, {Name: t("rollover.sheet.hand"), Text: line}}})
	return s, part, nil
}

func (u *UI) rolloverSheetPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, part, err := u.rolloverSheet(r, v)
	if err != nil {
		return err
	}
	here := rolloverAddress(part.School)
	p := &sheetPage{Frame: u.frame(r, s.Title, web.Crumb{}), Actions: []web.Action{{Text: web.T(v.lang, "sheet.pdf"), Href: here + "/sheet.pdf"}}}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.rollover"), Href: rolloverPath}, web.Crumb{Name: part.SchoolName, Href: here})
	return u.site.Render(w, r, http.StatusOK, "sheet", p.shows(s))
}

func (u *UI) rolloverPDF(w http.ResponseWriter, r *http.Request, v view) error {
	s, part, err := u.rolloverSheet(r, v)
	if err == nil {
		err = u.st.NamesExported(r.Context(), v.by, "rollover", part.School)
	}
	if err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, web.T(v.lang, "rollover.sheet.file"))
}

func init() {
	web.Add(web.Words{
		"rollover.sheet":           {"Blatt zum Unterschreiben", "Sheet to sign"},
		"rollover.sheet.file":      {"schuljahreswechsel", "change-of-school-year"},
		"rollover.sheet.from":      {"Ausgeführt wird ab {1}.", "Carried out from {1}."},
		"rollover.sheet.part":      {"{1} ({2})", "{1} ({2})"},
		"rollover.sheet.without":   {"{1} {1:Schülerin oder Schüler bleibt|Schülerinnen und Schüler bleiben} und {1:hat|haben} kein iPad; für {1:sie oder ihn|sie} ist auch keines vorgesehen.", "{1} {1:pupil stays|pupils stay} without an iPad and without one planned for them."},
		"rollover.sheet.sign":      {"Unterschrift der Schule", "Signature of the school"},
		"rollover.sheet.sign.text": {"Die Schule hat diesen Stand geprüft. Ausgeführt wird er erst, wenn er auch in Ranzen unterschrieben ist; ändert sich vorher noch etwas, gilt dieses Blatt nicht mehr.", "The school has checked this state. It is carried out only once it is signed in Ranzen too; if anything changes before, this sheet no longer holds."},
		"rollover.sheet.place":     {"Ort, Datum", "Place, date"},
		"rollover.sheet.name":      {"Name, Funktion", "Name, function"},
		"rollover.sheet.hand":      {"Unterschrift", "Signature"},
		"rollover.sheet.foot":      {"{1} · Stand {2} · Kennung des Plans {3}", "{1} · as of {2} · mark of the plan {3}"},
	})
}
