package ui

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/scan"
	"ranzen/ui/web"
)

// Signed paper comes back as a stack that is scanned and brought here. Its pages find their papers by their bars; what finds none is
// looked at on the page of the stack. That the signatures are there somebody confirms, paper by paper or for all that are whole.

const stacksPath = documentsPath + "/stacks"

// stackLimit is what a form with a stack may send.
const stackLimit = school.MostStack + 1<<20

func stackAddress(id school.StackID) string { return stacksPath + "/" + url.PathEscape(string(id)) }

func scanAddress(id school.StackPageID) string {
	return documentsPath + "/scanned/" + url.PathEscape(string(id)) + ".jpg"
}

// ReadStack reads a stack for the job that does.
func ReadStack(ctx context.Context, file []byte, each func(store.ScannedPage) error) error {
	return scan.Read(ctx, file, ours, func(p scan.Page) error {
		x := store.ScannedPage{N: p.N, Picture: p.Picture, Code: p.Code}
		if number, mark, page, ok := document.ReadCode(p.Code); ok {
			x.Number, x.Mark, x.Page = number, mark, page
		}
		return each(x)
	})
}

// ours reports whether bars are those of a paper of ours.
func ours(bars string) bool {
	_, _, _, ok := document.ReadCode(bars)
	return ok
}

// stackPage is the page "stack".
type stackPage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	Live   *printBlock
	Review []reviewLine
}

// reviewLine is a page somebody has to look at.
type reviewLine struct {
	Name    string
	Why     string
	Picture string // address; empty: it could not be read
	File    string // address of the whole stack, where there is no picture
	Action  string
	Field   web.Field
}

func (u *UI) stacksPlace(f *web.Frame, more ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{{Name: f.T("contracts.title"), Href: contractsPath}, {Name: f.T("stacks.title"), Href: stacksPath}}, more...)
}

func stackStatus(f *web.Frame, x store.Stack) web.Status {
	switch {
	case x.Read.IsZero():
		return web.Status{Kind: web.Busy, Text: f.T("stacks.reading", x.Pages)}
	case x.Trouble != "":
		return web.Status{Kind: web.Danger, Text: web.RuleText(f.Lang, &school.Error{Kind: school.Invalid, Code: x.Trouble, Args: stackArgs(x.Trouble)})}
	case x.Review > 0:
		return web.Status{Kind: web.Warning, Text: f.T("stacks.open", x.Review)}
	case x.Confirm > 0:
		return web.Status{Kind: web.Waiting, Text: f.T("stacks.confirm.open", x.Confirm)}
	}
	return web.Status{Kind: web.OK, Text: f.T("stacks.done")}
}

// stackArgs are what the sentences of refused stacks speak of.
func stackArgs(code string) []any {
	return map[string][]any{"scan_pages": {scan.MaxPages}, "scan_large": {school.MostStack >> 20}}[code]
}

// stacksPage lists what was brought.
func (u *UI) stacksPage(w http.ResponseWriter, r *http.Request, v view) error {
	list, err := u.st.Stacks(r.Context(), v.by, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "stacks.title")
	p := &printsPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "contracts.title"), Href: contractsPath}, web.Crumb{Name: title}), Lead: web.T(v.lang, "stacks.lead"), Pager: keyPager(r, len(list.Rows), list.Next)}
	if v.by.CanSomewhere(school.Lend, v.by.Tenant) {
		p.Actions = []web.Action{{Text: p.T("stacks.new"), Href: stacksPath + "/new", Primary: true}}
	}
	p.Empty = web.Empty{Title: p.T("stacks.none"), Text: p.T("stacks.none.text"), Actions: p.Actions}
	if len(list.Rows) == 0 {
		return u.site.Render(w, r, http.StatusOK, "prints", p)
	}
	p.Live = &printBlock{From: livePart(r, "prints"), Columns: []web.Column{{Name: p.T("stacks.brought")}, {Name: p.T("devices.school")}, {Name: p.T("stacks.pages"), Numeric: true}, {Name: p.T("devices.state")}}}
	for _, x := range list.Rows {
		status := stackStatus(&p.Frame, x)
		p.Live.Rows = append(p.Live.Rows, []cell{{Text: p.Lang.DateTime(x.Created), Href: stackAddress(x.ID), Detail: p.T("part.by", x.By)}, {Text: x.SchoolName}, {Text: p.Lang.Number(int64(x.Pages)), Numeric: true}, {Status: &status}})
		if x.Read.IsZero() {
			p.Live.Again = "every 2s"
		}
	}
	return u.site.Render(w, r, http.StatusOK, "prints", p)
}

// newStackPage asks for a stack, and keeps it.
func (u *UI) newStackPage(w http.ResponseWriter, r *http.Request, v view) error {
	title := web.T(v.lang, "stacks.new")
	p := &picturePage{Frame: u.frame(r, title), Action: stacksPath + "/new", Cancel: stacksPath, Lead: web.T(v.lang, "stacks.new.lead")}
	p.Place = u.stacksPlace(&p.Frame, web.Crumb{Name: title})
	p.File = web.FileField{Name: "file", Label: p.T("stacks.file.label"), Hint: p.T("stacks.file.hint", school.MostStack>>20, scan.MaxPages), Accept: ".pdf,.jpg,.jpeg,.png", MaxBytes: school.MostStack}
	at := school.SchoolID(r.FormValue("school"))
	schools, err := u.schoolOptions(r, v, school.Lend, "", string(at))
	if err != nil {
		return err
	}
	schools = slices.DeleteFunc(schools, func(o web.Option) bool { return !v.at(school.ViewPeople, school.SchoolID(o.Value)) })
	switch {
	case len(schools) == 0:
		none := web.Empty{Title: p.T("stacks.nowhere"), Text: p.T("stacks.nowhere.text"), Actions: []web.Action{{Text: p.T("stacks.title"), Href: stacksPath}}}
		return u.site.Render(w, r, http.StatusOK, "prints", &printsPage{Frame: p.Frame, Empty: none})
	case len(schools) == 1:
		at = school.SchoolID(schools[0].Value)
	default:
		p.Fields = []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: schools}}
	}
	if r.Method != http.MethodPost {
		return u.site.Render(w, r, http.StatusOK, "picture", p)
	}
	var id school.StackID
	if kept, err := u.takePicture(w, r, p, func(body []byte) (err error) { id, err = u.st.BringStack(r.Context(), v.by, at, body); return err }); !kept {
		return err
	}
	return u.done(w, r, stackAddress(id), "done.stack", "")
}

// stackPaper is a paper of which pages came back.
type stackPaper struct {
	doc   store.DocumentFile
	paper document.Paper
	pages []int // that are there
}

// whole reports whether every page of all came back. A page that somebody filed by hand tells no number, and counts.
func (p stackPaper) whole(all int) bool { return len(p.pages) >= all }

func (p stackPaper) open() bool { return p.doc.Signed.IsZero() && p.doc.Replaced.IsZero() }

// stackPapers gathers the papers of a stack, in the order their first pages lie in it.
func (u *UI) stackPapers(r *http.Request, v view, id school.StackID, pages []store.StackPage) (out []stackPaper, err error) {
	docs, back, err := u.st.StackDocuments(r.Context(), v.by, id)
	if err != nil {
		return nil, err
	}
	for _, x := range pages {
		doc, there := docs[x.Document]
		if !there { // of none, or of one that stands already
			continue
		}
		delete(docs, x.Document)
		p := stackPaper{doc: doc, pages: back[x.Document]}
		if p.paper, err = readPaper(p.doc); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (u *UI) stackPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showStack(w, r, v, "", "", nil)
}

func (u *UI) showStack(w http.ResponseWriter, r *http.Request, v view, at school.StackPageID, typed string, refused error) error {
	x, pages, err := u.st.StackByID(r.Context(), v.by, school.StackID(routeVar(r, "stack")))
	if err != nil {
		return err
	}
	title := web.T(v.lang, "stacks.of", x.SchoolName, v.lang.DateTime(x.Created))
	p := &stackPage{Frame: u.frame(r, title), Lead: web.T(v.lang, "stacks.of.lead")}
	p.Place = u.stacksPlace(&p.Frame, web.Crumb{Name: p.Lang.DateTime(x.Created)})
	status := stackStatus(&p.Frame, x)
	p.Live = &printBlock{From: stackAddress(x.ID) + "?part=stack", Status: &status, Columns: []web.Column{{Name: p.T("lend.person")}, {Name: p.T("loanpaper.paper")}, {Name: p.T("stacks.pages")}, {Name: p.T("devices.state")}, {Name: p.T("table.do"), Hidden: true}}}
	may := v.at(school.Lend, x.School)
	papers, err := u.stackPapers(r, v, x.ID, pages)
	if err != nil {
		return err
	}
	ready := 0
	for _, d := range papers {
		row := []cell{{Text: d.paper.Facts.Values["person.name"], Href: contractPapersAddress(d.doc.Contract)}, {Text: document.Title(d.doc.Kind, v.lang) + " " + d.paper.Facts.Number, Href: documentsPath + "/file/" + url.PathEscape(string(d.doc.ID)) + "/scan"},
			{}, {}, {}}
		all := 0
		if row[2].Text = p.Lang.Number(int64(len(d.pages))); !x.Read.IsZero() { // how many there should be is seen when all that came is read
			all = document.Pages(d.paper)
			row[2].Text = p.T("stacks.pages.of", len(d.pages), all)
		}
		switch {
		case !d.doc.Signed.IsZero():
			row[3].Status = &web.Status{Kind: web.OK, Text: p.T("loanpaper.signed", p.Lang.Date(d.doc.Signed))}
		case !d.open():
			row[3].Status = &web.Status{Kind: web.Off, Text: p.T("loanpaper.replaced")}
		case x.Read.IsZero():
			row[3].Status = &web.Status{Kind: web.Busy, Text: p.T("stacks.coming")}
		case d.whole(all):
			ready++
			row[3].Status = &web.Status{Kind: web.Waiting, Text: p.T("stacks.whole")}
		default:
			row[3].Status = &web.Status{Kind: web.Warning, Text: p.T("stacks.lacks")}
		}
		if may && d.open() && !x.Read.IsZero() {
			row[4].Actions = []web.Action{{Text: p.T("stacks.confirm"), About: row[0].Text, Href: stackAddress(x.ID) + "/confirm", Post: true, Hidden: []web.Hidden{{Name: "document", Value: string(d.doc.ID)}, {Name: "hash", Value: d.doc.Hash}}}}
		}
		p.Live.Rows = append(p.Live.Rows, row)
	}
	if x.Read.IsZero() {
		p.Live.Again = "every 2s"
	} else if may && ready > 1 {
		p.Live.Sum = p.T("stacks.confirm.text")
		p.Live.Actions = []web.Action{{Text: p.T("stacks.confirm.all", ready), Href: stackAddress(x.ID) + "/confirm", Post: true, Primary: true}}
	}
	code := http.StatusOK
	for _, g := range pages {
		if g.State != "review" || !may || x.Read.IsZero() {
			continue
		}
		why := p.T("stacks.why.unread")
		if g.Why != "unread" {
			why = p.T("stacks.why."+g.Why, g.Code)
		}
		line := reviewLine{Name: p.T("stacks.page", g.N), Why: why, Action: stackAddress(x.ID) + "/pages/" + url.PathEscape(string(g.ID)),
			Field: web.Field{Kind: web.CodeField, Name: "number-" + strconv.Itoa(g.N), Label: p.T("stacks.number"), Hint: p.T("stacks.number.hint"), MaxLength: 30, Autocomplete: "off"}}
		if g.Picture {
			line.Picture = scanAddress(g.ID)
		} else {
			line.Why, line.File = p.T("stacks.why.picture"), stackAddress(x.ID)+"/file"
		}
		if g.ID == at && refused != nil {
			said, err := fieldErrors(v.lang, refused)
			if err != nil {
				return err
			}
			line.Field.Value, line.Field.Error, code = typed, said["number"], http.StatusUnprocessableEntity
			line.Field.Focus = true
		}
		p.Review = append(p.Review, line)
	}
	if refused != nil && code == http.StatusOK {
		if p.Alert, err = refusal(v.lang, refused); err != nil {
			return err
		}
		code = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, code, "stack", p)
}

// stackReview files a page that was looked at, or sets it aside.
func (u *UI) stackReview(w http.ResponseWriter, r *http.Request, v view) error {
	stack, id := school.StackID(routeVar(r, "stack")), school.StackPageID(routeVar(r, "page"))
	typed, err := "", r.ParseForm()
	if err != nil {
		return errNoForm
	}
	for field := range r.PostForm { // each page has a field of its own name
		if strings.HasPrefix(field, "number-") {
			typed = r.PostForm.Get(field)
		}
	}
	if r.PostForm.Get("do") == "aside" {
		err = u.st.SetStackPageAside(r.Context(), v.by, stack, id)
	} else {
		number, _, _ := strings.Cut(typed, "/") // the whole of what the bars say may be typed
		err = u.st.FileStackPage(r.Context(), v.by, stack, id, number)
	}
	if school.KindOf(err) == school.Invalid || school.KindOf(err) == school.Conflict {
		return u.showStack(w, r, v, id, typed, err)
	}
	if err != nil {
		return err
	}
	return u.done(w, r, stackAddress(stack), "done.kept", "")
}

// stackConfirm says that papers came back signed: one, as it was seen, or all of a stack that are whole.
func (u *UI) stackConfirm(w http.ResponseWriter, r *http.Request, v view) error {
	x, pages, err := u.st.StackByID(r.Context(), v.by, school.StackID(routeVar(r, "stack")))
	if err != nil {
		return err
	}
	papers, err := u.stackPapers(r, v, x.ID, pages)
	if err != nil {
		return err
	}
	one, signed := school.DocumentID(r.PostFormValue("document")), 0
	for _, d := range papers {
		hash := d.doc.Hash
		if one != "" {
			hash = r.PostFormValue("hash")
		}
		if one != "" && d.doc.ID != one || one == "" && (!d.open() || !d.whole(document.Pages(d.paper))) {
			continue
		}
		file, err := document.PDF(d.paper)
		if err != nil {
			return err
		}
		err = u.st.SignDocument(r.Context(), v.by, d.doc.ID, school.ByPaper, hash, file)
		if school.KindOf(err) == school.Conflict {
			if one == "" { // somebody was faster with this one
				continue
			}
			return u.showStack(w, r, v, "", "", err)
		}
		if err != nil {
			return err
		}
		signed++
	}
	return u.done(w, r, stackAddress(x.ID), "done.stack.confirmed", "", int64(signed))
}

// stackFile hands out what was brought, while a page of it is to be seen nowhere else.
func (u *UI) stackFile(w http.ResponseWriter, r *http.Request, v view) error {
	b, err := u.st.StackFile(r.Context(), v.by, school.StackID(routeVar(r, "stack")))
	if err != nil {
		return err
	}
	kind, name := http.DetectContentType(b), "Stapel"
	switch kind {
	case "application/pdf":
		name += ".pdf"
	case "image/jpeg":
		name += ".jpg"
	case "image/png":
		name += ".png"
	default:
		kind = "application/octet-stream"
	}
	w.Header().Set("Cache-Control", "private, no-store")
	return sendFile(w, kind, name, b)
}

// scannedPage shows what came back of a paper.
func (u *UI) scannedPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.st.DocumentByID(r.Context(), v.by, school.DocumentID(routeVar(r, "document")))
	if err != nil {
		return err
	}
	pages, err := u.st.ScannedPages(r.Context(), v.by, d.ID)
	if err != nil {
		return err
	}
	x, err := readPaper(d)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "stacks.scanned", document.Title(d.Kind, v.lang), x.Facts.Number)
	p := &recordPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "loanpaper.of", x.Facts.Number), Href: contractPapersAddress(d.Contract)}, web.Crumb{Name: web.T(v.lang, "stacks.scan")}), Lead: x.Facts.Values["person.name"]}
	for i, g := range pages {
		if g.Picture {
			p.Pictures = append(p.Pictures, web.Action{Href: scanAddress(g.ID), Text: p.T("stacks.page", i+1)})
		}
	}
	if len(pages) == 0 {
		return web.ErrNotFound
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

func (u *UI) scannedPicture(w http.ResponseWriter, r *http.Request, v view) error {
	b, err := u.st.StackPicture(r.Context(), v.by, school.StackPageID(routeVar(r, "page")))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "private, no-store")
	_, err = w.Write(b)
	return err
}

func init() {
	web.Add(web.Words{
		"stacks.title":         {"Unterschriebene Papiere einlesen", "Read signed papers"},
		"stacks.lead":          {"Scannen Sie unterschriebene Verträge als Stapel. Der Strichcode jeder Seite führt sie zu ihrem Vertrag; was sich nicht lesen lässt, ordnen Sie hier zu.", "Scan signed contracts as a stack. The barcode of each page leads it to its contract; what cannot be read you file here."},
		"stacks.new":           {"Stapel einlesen", "Read a stack"},
		"stacks.new.lead":      {"Eine PDF-Datei vom Scanner oder ein Bild einer Seite. Die Reihenfolge ist gleich, auch auf dem Kopf liegende Seiten werden erkannt.", "A PDF file of a scanner or a picture of a page. The order does not matter, pages upside down are recognised too."},
		"stacks.file.label":    {"Datei", "File"},
		"stacks.file.hint":     {"PDF, JPEG oder PNG, höchstens {1} MB und {2} Seiten. Am besten mit 200 oder 300 dpi.", "PDF, JPEG or PNG, at most {1} MB and {2} pages. Best at 200 or 300 dpi."},
		"stacks.none":          {"Noch kein Stapel eingelesen", "No stack read yet"},
		"stacks.none.text":     {"Kommen Verträge unterschrieben zurück, scannen Sie den ganzen Stapel und lesen ihn hier ein.", "When contracts come back signed, scan the whole stack and read it here."},
		"stacks.nowhere":       {"Keine Schule", "No school"},
		"stacks.nowhere.text":  {"Es gibt keine Schule, an der Sie ausgeben.", "There is no school where you hand out."},
		"stacks.brought":       {"Eingelesen", "Brought"},
		"stacks.pages":         {"Seiten", "Pages"},
		"stacks.pages.of":      {"{1} von {2}", "{1} of {2}"},
		"stacks.picture":       {"Bild der Seite", "Picture of the page"},
		"stacks.page":          {"Seite {1}", "Page {1}"},
		"stacks.reading":       {"wird gelesen, bisher {1} {1:Seite|Seiten}", "being read, {1} {1:page|pages} so far"},
		"stacks.open":          {"{1} {1:Seite|Seiten} zuzuordnen", "{1} {1:page|pages} to be filed"},
		"stacks.confirm.open":  {"{1} {1:Papier|Papiere} zu bestätigen", "{1} {1:paper|papers} to be confirmed"},
		"stacks.done":          {"erledigt", "done"},
		"stacks.of":            {"Stapel vom {2}: {1}", "Stack of {2}: {1}"},
		"stacks.of.lead":       {"Ein Scan unterschreibt nichts: Sehen Sie nach, ob die Unterschriften da sind, und bestätigen Sie es.", "A scan signs nothing: look whether the signatures are there, and confirm it."},
		"stacks.coming":        {"wird noch gelesen", "still being read"},
		"stacks.whole":         {"vollständig, zu bestätigen", "complete, to be confirmed"},
		"stacks.lacks":         {"Seiten fehlen", "pages are missing"},
		"stacks.confirm":       {"Unterschrift liegt vor", "Signature is there"},
		"stacks.confirm.all":   {"Bei allen {1} vollständigen liegt die Unterschrift vor", "The signature is there on all {1} complete ones"},
		"stacks.confirm.text":  {"Öffnen Sie die Papiere und sehen Sie die Unterschriften an, bevor Sie sie bestätigen.", "Open the papers and look at the signatures before you confirm them."},
		"stacks.review":        {"Seiten zuzuordnen", "Pages to be filed"},
		"stacks.review.text":   {"Die Nummer des Vertrags steht auf jeder Seite unten rechts unter dem Strichcode.", "The number of the contract stands on every page at the lower right, below the barcode."},
		"stacks.why.unread":    {"Der Strichcode ließ sich nicht lesen.", "The barcode could not be read."},
		"stacks.why.picture":   {"Diese Seite ließ sich nicht als Bild entnehmen. Sehen Sie in der Datei nach, zu welchem Vertrag sie gehört, scannen Sie sie allein als JPEG oder PNG und lesen Sie das Bild ein. Dann legen Sie sie hier beiseite.", "This page could not be taken out as a picture. Look in the file which contract it belongs to, scan it alone as JPEG or PNG and read that picture. Then set it aside here."},
		"stacks.original":      {"Eingelesene Datei herunterladen", "Download the file that was brought"},
		"stacks.why.unknown":   {"Zu {1} gibt es an dieser Schule kein Papier.", "There is no paper for {1} at this school."},
		"stacks.why.replaced":  {"{1} ist inzwischen durch ein neueres Papier ersetzt. Unterschrieben werden muss das neue.", "{1} has been replaced by a newer paper meanwhile. The new one must be signed."},
		"stacks.why.twice":     {"Die Seite {1} ist schon da.", "The page {1} is there already."},
		"stacks.number":        {"Vertragsnummer", "Contract number"},
		"stacks.number.hint":   {"Zum Beispiel L-26-000417.", "Such as L-26-000417."},
		"stacks.file":          {"Zuordnen", "File"},
		"stacks.aside":         {"Beiseitelegen", "Set aside"},
		"stacks.scan":          {"Scan", "Scan"},
		"stacks.scanned":       {"Scan: {1} {2}", "Scan: {1} {2}"},
		"done.stack":           {"Der Stapel wird gelesen. Sie können diese Seite verlassen.", "The stack is being read. You can leave this page."},
		"done.stack.confirmed": {"{1} {1:Papier ist|Papiere sind} als unterschrieben vermerkt.", "{1} {1:paper is|papers are} noted as signed."},

		"event.stack.brought":   {"Stapel unterschriebener Papiere eingelesen", "Stack of signed papers read"},
		"event.stack.filed":     {"Gescannte Seite einem Vertrag zugeordnet", "Scanned page filed with a contract"},
		"event.stack.set_aside": {"Gescannte Seite beiseitegelegt", "Scanned page set aside"},

		"error.scan_died":      {"An diesem Stapel ist das Lesen dreimal ganz abgebrochen. Teilen Sie ihn oder scannen Sie ihn noch einmal, am besten in Grau mit 200 dpi.", "Reading this stack broke off altogether three times. Split it or scan it again, best in grey at 200 dpi."},
		"error.scan_file":      {"Das ist weder eine PDF-Datei mit Seiten noch ein Bild. Scannen Sie als PDF, JPEG oder PNG.", "This is neither a PDF file with pages nor a picture. Scan as PDF, JPEG or PNG."},
		"error.scan_locked":    {"Die PDF-Datei ist mit einem Kennwort geschützt. Scannen Sie ohne Schutz.", "The PDF file is protected by a password. Scan without protection."},
		"error.scan_pages":     {"Die Datei hat mehr als {1} Seiten. Teilen Sie den Stapel.", "The file has more than {1} pages. Split the stack."},
		"error.scan_large":     {"Die Datei ist größer als {1} MB. Teilen Sie den Stapel oder scannen Sie in Grau mit 200 dpi.", "The file is larger than {1} MB. Split the stack or scan in grey at 200 dpi."},
		"error.stack_unknown":  {"Zum Vertrag {1} gibt es an dieser Schule kein Papier, das unterschrieben wird.", "There is no paper to be signed for contract {1} at this school."},
		"error.stack_replaced": {"Das Papier zum Vertrag {1} ist inzwischen ersetzt.", "The paper of contract {1} has been replaced meanwhile."},
		"error.stack_twice":    {"Diese Seite des Vertrags {1} ist schon da.", "This page of contract {1} is there already."},
		"error.stack_moved":    {"Die Seite ist inzwischen zugeordnet. Laden Sie die Seite neu.", "The page has been filed meanwhile. Load the page anew."},
	})
}
