package ui

import (
	"archive/zip"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// Printing contracts of whole schools: ordered here, made by a job class by class, watched here, and taken as one file for each
// class or all of a school together. A file is written of the papers in it when somebody takes it, so that what was signed,
// replaced or erased meanwhile is not in it.

const printsPath = documentsPath + "/prints"

func printAddress(id school.PrintID) string { return printsPath + "/" + url.PathEscape(string(id)) }

// printsPage is the page "prints": the orders of all schools, or the classes of one.
type printsPage struct {
	web.Frame
	Lead    string
	Actions []web.Action
	Live    *printBlock
	Pager   *web.Pager
	Empty   web.Empty
}

// printBlock is what moves while contracts are made.
type printBlock struct {
	From     string
	Again    string // when to ask anew; empty: it is at rest
	Status   *web.Status
	Progress *web.Progress
	Sum      string
	Actions  []web.Action
	Columns  []web.Column
	Rows     [][]cell
}

// livePart is the address of this page's moving part.
func livePart(r *http.Request, part string) string {
	q := r.URL.Query()
	q.Set("part", part)
	return address(r.URL.Path, q)
}

func printStatus(f *web.Frame, p store.Print) web.Status {
	switch {
	case p.Ended.IsZero():
		return web.Status{Kind: web.Busy, Text: f.T("prints.running")}
	case p.Failed > 0:
		return web.Status{Kind: web.Danger, Text: f.T("prints.failed", p.Failed)}
	case p.Stopped > 0:
		return web.Status{Kind: web.Off, Text: f.T("prints.stopped")}
	case p.Papers == 0:
		return web.Status{Kind: web.OK, Text: f.T("prints.empty")}
	}
	return web.Status{Kind: web.OK, Text: f.T("prints.ready")}
}

func (u *UI) printsPlace(f *web.Frame, more ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{{Name: f.T("contracts.title"), Href: contractsPath}, {Name: f.T("prints.title"), Href: printsPath}}, more...)
}

// printsPage lists what was ordered.
func (u *UI) printsPage(w http.ResponseWriter, r *http.Request, v view) error {
	list, err := u.st.Prints(r.Context(), v.by, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "prints.title")
	p := &printsPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "contracts.title"), Href: contractsPath}, web.Crumb{Name: title}), Lead: web.T(v.lang, "prints.lead"), Pager: keyPager(r, len(list.Rows), list.Next)}
	if v.by.CanSomewhere(school.Lend, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("prints.new"), Href: printsPath + "/new", Primary: true}}
	}
	p.Empty = web.Empty{Title: p.T("prints.none"), Text: p.T("prints.none.text"), Actions: p.Actions}
	if len(list.Rows) == 0 {
		return u.site.Render(w, r, http.StatusOK, "prints", p)
	}
	p.Live = &printBlock{From: livePart(r, "prints"), Columns: []web.Column{{Name: p.T("devices.school")}, {Name: p.T("prints.ordered")}, {Name: p.T("prints.progress")}, {Name: p.T("devices.state")}, {Name: p.T("prints.papers"), Numeric: true}, {Name: p.T("prints.files")}}}
	for _, x := range list.Rows {
		status := printStatus(&p.Frame, x)
		row := []cell{{Text: x.SchoolName, Href: printAddress(x.ID)}, {When: momentOf(&p.Frame, x.Created), Detail: p.T("part.by", x.By)}, {Progress: &web.Progress{Label: x.SchoolName, Done: x.Done, Total: x.Contracts}}, {Status: &status},
			{Text: p.Lang.Number(int64(x.Papers)), Numeric: true}, {}}
		if x.Ended.IsZero() {
			p.Live.Again = "every 2s"
		} else if x.Papers > 0 {
			row[5] = cell{Text: p.T("prints.zip"), Href: printAddress(x.ID) + ".zip"}
		}
		p.Live.Rows = append(p.Live.Rows, row)
	}
	return u.site.Render(w, r, http.StatusOK, "prints", p)
}

// className is a class of a run for people.
func printClass(l web.Lang, x store.PrintFile) string {
	if x.Class == "" {
		return web.T(l, "prints.noclass")
	}
	return web.ClassName(l, x.ClassName)
}

// printPage shows one order, class by class.
func (u *UI) printPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, files, err := u.st.PrintByID(r.Context(), v.by, school.PrintID(routeVar(r, "print")))
	if err != nil {
		return err
	}
	title := web.T(v.lang, "prints.of", x.SchoolName)
	p := &printsPage{Frame: u.frame(r, title), Lead: web.T(v.lang, "prints.of.lead", v.lang.DateTime(x.Created), x.By)}
	p.Place = u.printsPlace(&p.Frame, web.Crumb{Name: x.SchoolName})
	status := printStatus(&p.Frame, x)
	p.Live = &printBlock{From: livePart(r, "prints"), Status: &status, Progress: &web.Progress{Label: p.T("prints.progress"), Done: x.Done, Total: x.Contracts}, Sum: p.T("prints.sum", x.Made, x.Same),
		Columns: []web.Column{{Name: p.T("devices.class")}, {Name: p.T("prints.contracts"), Numeric: true}, {Name: p.T("prints.made"), Numeric: true}, {Name: p.T("prints.same"), Numeric: true}, {Name: p.T("devices.state")}, {Name: p.T("prints.file")}}}
	switch {
	case x.Ended.IsZero():
		p.Live.Again = "every 2s"
		if v.at(school.Lend, x.School) {
			p.Live.Actions = []web.Action{{Text: p.T("prints.stop"), Href: printAddress(x.ID) + "/stop", Post: true}}
		}
	case x.Papers > 0:
		p.Live.Actions = []web.Action{{Text: p.T("prints.zip.all", x.Papers), Href: printAddress(x.ID) + ".zip", Primary: true}}
	}
	for _, f := range files {
		name := printClass(v.lang, f)
		row := []cell{{Text: name}, {Text: p.Lang.Number(int64(f.Contracts)), Numeric: true}, {Text: p.Lang.Number(int64(f.Made)), Numeric: true}, {Text: p.Lang.Number(int64(f.Same)), Numeric: true}, {}, {}}
		if f.Class != "" {
			row[0].Href = classPapersAddress(f.Class)
		}
		switch f.State {
		case "waiting":
			row[4].Status = &web.Status{Kind: web.Waiting, Text: p.T("prints.waiting")}
		case "stopped":
			row[4].Status = &web.Status{Kind: web.Off, Text: p.T("prints.stopped")}
		case "failed":
			row[4].Status = &web.Status{Kind: web.Danger, Text: p.T("prints.refused")}
		case "done":
			row[4].Status = &web.Status{Kind: web.OK, Text: p.T("prints.done")}
		}
		if f.Papers > 0 {
			row[5] = cell{Text: p.T("prints.pdf", f.Papers), Href: printAddress(x.ID) + "/" + url.PathEscape(string(f.ID)) + ".pdf"}
		}
		p.Live.Rows = append(p.Live.Rows, row)
	}
	return u.site.Render(w, r, http.StatusOK, "prints", p)
}

// printForm asks for which schools, or for which classes of one.
func (u *UI) printForm(r *http.Request, v view) (*formPage, web.Empty, error) {
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "prints.new")), Lead: web.T(v.lang, "prints.new.lead"), Submit: web.T(v.lang, "prints.order"), Cancel: printsPath}
	p.Place = u.printsPlace(&p.Frame, web.Crumb{Name: p.T("prints.new")})
	none := web.Empty{Title: p.T("prints.nothing"), Text: p.T("prints.nothing.text"), Actions: []web.Action{{Text: p.T("contracts.title"), Href: contractsPath}}}
	schools, err := u.st.PrintableSchools(r.Context(), v.by)
	if err != nil || len(schools) == 0 {
		return p, none, err
	}
	at := school.SchoolID(r.FormValue("school"))
	if at == "" && len(schools) == 1 {
		at = schools[0].School
	}
	chosen := r.PostForm["of"]
	field := web.Field{Kind: web.ChecksField, Name: "of", Label: p.T("prints.schools"), Hint: p.T("prints.schools.hint")}
	if at == "" {
		for _, s := range schools {
			field.Options = append(field.Options, web.Option{Value: string(s.School), Text: p.T("prints.option", s.SchoolName, s.Contracts), Chosen: slices.Contains(chosen, string(s.School))})
		}
	} else {
		classes, err := u.st.Printable(r.Context(), v.by, at)
		if err != nil {
			return nil, none, err
		}
		if len(classes) == 0 {
			return p, none, nil
		}
		p.Hidden = []web.Hidden{{Name: "school", Value: string(at)}}
		field.Label, field.Hint = p.T("prints.classes"), p.T("prints.classes.hint")
		for _, c := range classes {
			if c.Class != "" {
				field.Options = append(field.Options, web.Option{Value: string(c.Class), Text: p.T("prints.option", printClass(v.lang, c), c.Contracts), Chosen: slices.Contains(chosen, string(c.Class))})
			}
		}
		for _, s := range schools {
			if s.School == at && len(schools) > 1 {
				p.Lead = p.T("prints.new.school", s.SchoolName)
			}
		}
	}
	if len(field.Options) > 0 {
		p.Fields = append(p.Fields, field)
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.CheckField, Name: "whole", Label: p.T("prints.whole"), Hint: p.T("prints.whole.hint"), Value: r.PostFormValue("whole")})
	return p, web.Empty{}, nil
}

func (u *UI) newPrintPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, none, err := u.printForm(r, v)
	if err != nil {
		return err
	}
	if none.Title != "" {
		return u.site.Render(w, r, http.StatusOK, "prints", &printsPage{Frame: p.Frame, Empty: none})
	}
	return u.showForm(w, r, p)
}

// newPrint orders. Of several schools, those with nothing to print or with an order under way are passed over.
func (u *UI) newPrint(w http.ResponseWriter, r *http.Request, v view) error {
	p, none, err := u.printForm(r, v)
	if err != nil {
		return err
	}
	if none.Title != "" {
		return u.site.Render(w, r, http.StatusOK, "prints", &printsPage{Frame: p.Frame, Empty: none})
	}
	whole := r.PostFormValue("whole") == "1"
	if len(p.Hidden) > 0 {
		var classes []school.ClassID
		for _, c := range r.PostForm["of"] {
			classes = append(classes, school.ClassID(c))
		}
		id, err := u.st.OrderPrint(r.Context(), v.by, school.SchoolID(p.Hidden[0].Value), classes, whole)
		if err != nil {
			return u.refuse(w, r, p, err)
		}
		return u.done(w, r, printAddress(id), "done.print.ordered", "")
	}
	wanted := r.PostForm["of"]
	if len(wanted) == 0 {
		for _, o := range p.Fields[0].Options {
			wanted = append(wanted, o.Value)
		}
	}
	var last error
	ordered := 0
	for _, at := range wanted {
		switch _, err := u.st.OrderPrint(r.Context(), v.by, school.SchoolID(at), nil, whole); school.KindOf(err) {
		case school.Conflict, school.Invalid:
			last = err
		default:
			if err != nil {
				return err
			}
			ordered++
		}
	}
	if ordered == 0 {
		return u.refuse(w, r, p, last)
	}
	return u.done(w, r, printsPath, "done.prints.ordered", "", int64(ordered))
}

func (u *UI) stopPrint(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.PrintID(routeVar(r, "print"))
	if err := u.st.StopPrint(r.Context(), v.by, id); err != nil && school.KindOf(err) != school.Conflict { // it ended meanwhile: the page says so
		return err
	}
	return web.Redirect(w, r, printAddress(id))
}

// filePapers are what lies in a file of a run.
func (u *UI) filePapers(r *http.Request, v view, id school.PrintFileID) (out []document.Paper, err error) {
	made, err := u.st.PrintDocuments(r.Context(), v.by, id)
	for _, d := range made {
		if err != nil {
			return nil, err
		}
		var x document.Paper
		x, err = readPaper(d)
		out = append(out, x)
	}
	return out, err
}

// printPDF is the file of a class.
func (u *UI) printPDF(w http.ResponseWriter, r *http.Request, v view) error {
	x, files, err := u.st.PrintByID(r.Context(), v.by, school.PrintID(routeVar(r, "print")))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(files, func(f store.PrintFile) bool { return string(f.ID) == routeVar(r, "file") })
	if i < 0 {
		return web.ErrNotFound
	}
	papers, err := u.filePapers(r, v, files[i].ID)
	if err != nil {
		return err
	}
	if len(papers) == 0 {
		return web.ErrNotFound
	}
	if err := u.st.NamesExported(r.Context(), v.by, "contracts", x.School); err != nil {
		return err
	}
	return sendPapers(w, web.T(v.lang, "loanpaper.contracts")+" "+x.SchoolName+" "+printClass(v.lang, files[i]), papers...)
}

// printZIP sends the files of a school one after the other: there is never more than one class in memory.
func (u *UI) printZIP(w http.ResponseWriter, r *http.Request, v view) error {
	x, files, err := u.st.PrintByID(r.Context(), v.by, school.PrintID(routeVar(r, "print")))
	if err != nil {
		return err
	}
	if x.Papers == 0 {
		return web.ErrNotFound
	}
	leave, ok := u.Heavy.Enter(r.Context())
	if !ok {
		return web.ErrNoRoom
	}
	defer leave()
	if err := u.st.NamesExported(r.Context(), v.by, "contracts", x.School); err != nil {
		return err
	}
	name := strings.ToLower(fileName(web.T(v.lang, "loanpaper.contracts") + " " + x.SchoolName))
	out := &download{w: w, begin: func(h http.Header) {
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", `attachment; filename="`+name+`.zip"`)
	}}
	z := zip.NewWriter(out)
	for _, f := range files {
		if err == nil && f.Papers > 0 {
			err = u.zipClass(r, v, z, f)
		}
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil && out.begun {
		panic(http.ErrAbortHandler) // the browser sees a download that failed, never a small one
	}
	return err
}

func (u *UI) zipClass(r *http.Request, v view, z *zip.Writer, f store.PrintFile) error {
	papers, err := u.filePapers(r, v, f.ID)
	if err != nil || len(papers) == 0 {
		return err
	}
	b, err := document.PDF(papers...)
	if err != nil {
		return err
	}
	to, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("%03d-%s.pdf", f.N, strings.ToLower(fileName(printClass(v.lang, f)))), Method: zip.Deflate, Modified: v.now})
	if err == nil {
		_, err = to.Write(b)
	}
	return err
}

func init() {
	web.Add(web.Words{
		"prints.title":        {"Verträge drucken", "Print contracts"},
		"prints.lead":         {"Verträge ganzer Schulen und Klassen, als eine Datei je Klasse, nach Familiennamen. Aufträge stehen hier 30 Tage; die Papiere selbst bleiben beim Vertrag.", "Contracts of whole schools and classes, as one file for each class, by surname. Orders stand here for 30 days; the papers themselves stay with the contract."},
		"prints.new":          {"Verträge erstellen …", "Make contracts …"},
		"prints.new.lead":     {"Für jeden Vertrag, unter dem noch nichts ausgegeben ist, entsteht ein Papier. Was sich seit dem letzten Mal nicht geändert hat, bleibt, wie es war.", "A paper is made for every contract under which nothing was handed out yet. What has not changed since the last time stays as it was."},
		"prints.new.school":   {"{1}: Für jeden Vertrag, unter dem noch nichts ausgegeben ist, entsteht ein Papier.", "{1}: a paper is made for every contract under which nothing was handed out yet."},
		"prints.order":        {"Verträge erstellen", "Make contracts"},
		"prints.schools":      {"Schulen", "Schools"},
		"prints.schools.hint": {"Ohne Häkchen: alle.", "Without a tick: all."},
		"prints.classes":      {"Klassen", "Classes"},
		"prints.classes.hint": {"Ohne Häkchen: alle, auch wer in keiner Klasse ist.", "Without a tick: all, also those who are in no class."},
		"prints.option":       {"{1}: {2} {2:Vertrag|Verträge}", "{1}: {2} {2:contract|contracts}"},
		"prints.whole":        {"Auch Unverändertes noch einmal drucken", "Print what did not change once more too"},
		"prints.whole.hint":   {"Sonst liegt in den Dateien nur, was neu ist oder sich geändert hat.", "Otherwise the files hold only what is new or has changed."},
		"prints.none":         {"Noch nichts gedruckt", "Nothing printed yet"},
		"prints.none.text":    {"Vor der Ausgabe erstellen Sie hier die Verträge ganzer Schulen auf einmal.", "Before handing out you make the contracts of whole schools here at once."},
		"prints.nothing":      {"Kein Vertrag, der auf ein Papier wartet", "No contract that waits for a paper"},
		"prints.nothing.text": {"Sobald für jemanden ein Gerät vorgesehen ist, lässt sich sein Vertrag hier drucken.", "As soon as a device is planned for somebody, the contract can be printed here."},
		"prints.ordered":      {"Beauftragt", "Ordered"},
		"prints.progress":     {"Fortschritt", "Progress"},
		"prints.papers":       {"Papiere", "Papers"},
		"prints.files":        {"Dateien", "Files"},
		"prints.file":         {"Datei", "File"},
		"prints.zip":          {"ZIP-Datei", "ZIP file"},
		"prints.zip.all":      {"Alle {1} {1:Papier|Papiere} als ZIP-Datei", "All {1} {1:paper|papers} as a ZIP file"},
		"prints.pdf":          {"{1} {1:Vertrag|Verträge} (PDF)", "{1} {1:contract|contracts} (PDF)"},
		"prints.of":           {"Verträge drucken: {1}", "Print contracts: {1}"},
		"prints.of.lead":      {"Beauftragt am {1} von {2}. Was inzwischen unterschrieben oder ersetzt ist, liegt nicht mehr in den Dateien.", "Ordered on {1} by {2}. What was signed or replaced meanwhile no longer lies in the files."},
		"prints.sum":          {"{1} neu oder geändert, {2} unverändert.", "{1} new or changed, {2} unchanged."},
		"prints.contracts":    {"Verträge", "Contracts"},
		"prints.made":         {"Neu oder geändert", "New or changed"},
		"prints.same":         {"Unverändert", "Unchanged"},
		"prints.noclass":      {"Ohne Klasse", "Without a class"},
		"prints.running":      {"wird erstellt", "being made"},
		"prints.ready":        {"fertig", "ready"},
		"prints.empty":        {"nichts Neues zu drucken", "nothing new to print"},
		"prints.failed":       {"{1} {1:Klasse|Klassen} nicht erstellt", "{1} {1:class|classes} not made"},
		"prints.stopped":      {"angehalten", "stopped"},
		"prints.waiting":      {"wartet", "waiting"},
		"prints.done":         {"erstellt", "made"},
		"prints.refused":      {"nicht erstellt: Auf der Seite der Klasse steht beim Erstellen, warum", "not made: the page of the class says why when they are made there"},
		"prints.stop":         {"Anhalten", "Stop"},
		"done.print.ordered":  {"Die Verträge werden erstellt. Sie können diese Seite verlassen.", "The contracts are being made. You can leave this page."},
		"done.prints.ordered": {"Für {1} {1:Schule|Schulen} werden die Verträge erstellt. Sie können diese Seite verlassen.", "The contracts of {1} {1:school|schools} are being made. You can leave this page."},
		"event.print.ordered": {"Druck von Verträgen beauftragt", "Printing of contracts ordered"},
		"event.print.stopped": {"Druck von Verträgen angehalten", "Printing of contracts stopped"},
	})
}
