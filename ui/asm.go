package ui

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ranzen/enroll"
	"ranzen/enroll/roster"
	"ranzen/ui/web"
)

const asmPath = rostersPath + "/asm"

// asmPage is the page "asm": what a set of files for Apple School Manager would hold, and what would be lost by it.
type asmPage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	Filter web.Filter
	Facts  []web.Fact
	Words  []rosterWord
	Lost   []string
	Hidden []web.Hidden
	Typed  *web.Field
	Submit string // empty: nothing can be made
}

// asmOptions reads what an organisation has set at Apple from an address or a form.
func asmOptions(q url.Values) (o roster.ASMOptions) {
	if p := q.Get("password"); slices.Contains([]string{"4", "6", "8"}, p) {
		o.PasswordPolicy = p
	}
	if q.Get("mail") == "1" {
		o.Required = []string{"email_address"}
	}
	return o
}

func (u *UI) showASM(w http.ResponseWriter, r *http.Request, v view, x enroll.ASMSet, typed string, refused bool) error {
	title := web.T(v.lang, "asm.title")
	p := &asmPage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: title})...)}
	p.Lead = p.T("asm.lead")
	mail := len(x.Options.Required) > 0
	p.Filter = web.Filter{Action: asmPath, Fields: []web.Field{
		{Kind: web.SelectField, Name: "password", Label: p.T("asm.password"), Options: choose(x.Options.PasswordPolicy, web.Option{Text: p.T("asm.password.default")}, web.Option{Value: "4", Text: p.T("asm.password.4")},
			web.Option{Value: "6", Text: p.T("asm.password.6")}, web.Option{Value: "8", Text: p.T("asm.password.8")})},
		{Kind: web.CheckField, Name: "mail", Label: p.T("asm.mail"), Hint: p.T("asm.mail.hint"), Value: checked(mail)}}}
	pupils, staff, classes, courses := x.Count()
	number := func(n int) string { return v.lang.Number(int64(n)) }
	p.Facts = []web.Fact{{Name: p.T("asm.schools"), Text: number(len(x.Roster.Schools))}, {Name: p.T("asm.pupils"), Text: number(pupils)}, {Name: p.T("asm.staff"), Text: number(staff)},
		{Name: p.T("asm.classes"), Text: number(classes)}, {Name: p.T("asm.courses"), Text: number(courses)}}
	if !x.Last.At.IsZero() {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("asm.last"), Text: p.T("asm.last.text", v.lang.Moment(x.Last.At, v.now), x.Last.People, len(x.Last.Classes))})
	}
	p.Words, _ = wordsOf(&p.Frame, x.Words)
	web.SortBy(v.lang, x.Lost, func(s string) string { return s })
	p.Lost = x.Lost
	status := http.StatusOK
	switch {
	case x.Next.People == 0:
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("asm.nobody"), Text: p.T("asm.nobody.text"), Actions: []web.Action{{Text: p.T("rosters.new"), Href: rostersPath + "/new"}}}
	case x.Stops():
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("asm.stops"), Text: p.T("asm.stops.text")}
	default:
		p.Submit = p.T("asm.do", x.Next.People)
		p.Hidden = []web.Hidden{{Name: "password", Value: x.Options.PasswordPolicy}, {Name: "mail", Value: checked(mail)}}
		if n := len(x.Lost); n > 0 {
			p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("asm.lost", n), Text: p.T("asm.lost.text")}
			p.Typed = &web.Field{Kind: web.TextField, Name: "typed", Label: p.T("asm.typed", n), Value: typed, Autocomplete: "off"}
			if refused {
				p.Typed.Error = p.T("error.roster_number", n)
			}
		}
	}
	if refused {
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "asm", p)
}

// asmPlan shows what a set would hold. The file itself is made by POST: it stands in the audit.
func (u *UI) asmPlan(w http.ResponseWriter, r *http.Request, v view) error {
	leave, ok := u.Heavy.Enter(r.Context())
	if !ok {
		return web.ErrNoRoom
	}
	defer leave()
	x, err := enroll.MakeASM(r.Context(), u.st, v.by, asmOptions(r.URL.Query()), io.Discard)
	if err != nil {
		return err
	}
	return u.showASM(w, r, v, x, "", false)
}

// asmMake hands a set out. Where classes are lost at Apple their number is typed first.
func (u *UI) asmMake(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	leave, ok := u.Heavy.Enter(r.Context())
	if !ok {
		return web.ErrNoRoom
	}
	defer leave()
	var file bytes.Buffer
	x, err := enroll.MakeASM(r.Context(), u.st, v.by, asmOptions(r.PostForm), &file)
	if err != nil {
		return err
	}
	typed := r.PostForm.Get("typed")
	if x.Stops() || x.Next.People == 0 || len(x.Lost) > 0 && atoi(onlyDigits(typed)) != len(x.Lost) {
		return u.showASM(w, r, v, x, typed, true)
	}
	if err := u.st.KeepASMSet(r.Context(), v.by, x.Next); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Length", fmt.Sprint(file.Len()))
	h.Set("Content-Disposition", `attachment; filename="asm-`+v.now.In(web.Berlin).Format(time.DateOnly)+`.zip"`)
	_, err = file.WriteTo(w)
	return err
}

func init() {
	web.Add(web.Words{
		"asm.title":            {"Dateien für Apple School Manager", "Files for Apple School Manager"},
		"asm.action":           {"Für Apple School Manager", "For Apple School Manager"},
		"asm.lead":             {"Alle Personen, Klassen und Kurse als ZIP-Datei mit den sechs Tabellen, die Apple School Manager per SFTP annimmt. Der Satz wird vorher nach Apples Regeln geprüft.", "All people, classes and courses as a ZIP file with the six tables Apple School Manager takes by SFTP. The set is checked by Apple’s rules before."},
		"asm.password":         {"Passwort der Schülerinnen und Schüler", "Password of pupils"},
		"asm.password.default": {"wie bei Apple eingestellt", "as set at Apple"},
		"asm.password.4":       {"4 Ziffern", "4 digits"},
		"asm.password.6":       {"6 Ziffern", "6 digits"},
		"asm.password.8":       {"8 oder mehr Zeichen", "8 or more characters"},
		"asm.mail":             {"E-Mail-Adresse ist Pflicht", "E-mail address is required"},
		"asm.mail.hint":        {"Bei verbundener Anmeldung (Federation).", "With federated sign-in."},
		"asm.schools":          {"Schulen", "Schools"},
		"asm.pupils":           {"Schülerinnen und Schüler", "Pupils"},
		"asm.staff":            {"Lehrkräfte und Personal", "Teachers and staff"},
		"asm.classes":          {"Klassen", "Classes"},
		"asm.courses":          {"Kurse und Gruppen", "Courses and groups"},
		"asm.last":             {"Letzter Satz", "Last set"},
		"asm.last.text":        {"{1}: {2} {2:Person|Personen}, {3} {3:Klasse oder Kurs|Klassen und Kurse}", "{1}: {2} {2:person|people}, {3} {3:class or course|classes and courses}"},
		"asm.lost":             {"{1} {1:Klasse oder Kurs fehlt|Klassen und Kurse fehlen} gegenüber dem letzten Satz.", "{1} {1:class or course is|classes and courses are} missing compared with the last set."},
		"asm.lost.text":        {"Apple nimmt dort alle heraus und löscht, was in Schoolwork abgegeben wurde.", "Apple takes everybody out of them and deletes what was handed in in Schoolwork."},
		"asm.lost.title":       {"Das fehlt", "What is missing"},
		"asm.typed":            {"Zum Bestätigen {1} eintippen", "Type {1} to confirm"},
		"asm.stops":            {"So nimmt Apple den Satz nicht an.", "Apple does not take the set like this."},
		"asm.stops.text":       {"Ein Fehler genügt, und der ganze Satz wird abgelehnt. Ergänzen Sie, was unten steht.", "One mistake is enough for the whole set to be refused. Complete what is listed below."},
		"asm.nobody":           {"Noch keine Personen.", "No people yet."},
		"asm.nobody.text":      {"Lesen Sie zuerst eine Personenliste ein.", "Read a roster first."},
		"asm.do":               {"ZIP-Datei mit {1} {1:Person|Personen} herunterladen", "Download the ZIP file with {1} {1:person|people}"},
		"asm.note":             {"Das Protokoll vermerkt den Abruf. Ist bei Apple eine eigene Anmeldung verbunden, nimmt es keine Dateien an; die Klassen kommen dann von dort.", "The audit log notes the download. Where sign-in is federated with an own provider, Apple takes no files; classes come from there then."},
		"event.asm.made":       {"Dateien für Apple School Manager erstellt", "Files for Apple School Manager made"},

		"roster.word.asm_blank":        {"Leerzeichen hinter dem Trennzeichen", "blank behind the separator"},
		"roster.word.asm_class_id":     {"Klasse ohne eigene Kennung", "class without an id of its own"},
		"roster.word.asm_class_lost":   {"Klasse fehlt gegenüber dem letzten Satz", "class is missing compared with the last set"},
		"roster.word.asm_empty_line":   {"leere Zeile", "empty line"},
		"roster.word.asm_escape":       {"Anführungszeichen im Wert nicht geschützt", "quotation mark in a value not escaped"},
		"roster.word.asm_file_extra":   {"Datei, die nicht dazugehört", "file that does not belong to the set"},
		"roster.word.asm_file_missing": {"Datei fehlt", "file is missing"},
		"roster.word.asm_file_name":    {"Datei heißt nicht genau so", "file is not called exactly like this"},
		"roster.word.asm_folder":       {"Dateien liegen in einem Ordner", "files lie in a folder"},
		"roster.word.asm_head_twice":   {"Spalte kommt zweimal vor", "column stands there twice"},
		"roster.word.asm_heads":        {"Spalten sind nicht die von Apple", "columns are not those of Apple"},
		"roster.word.asm_id":           {"Kennung mit unerlaubten Zeichen", "id with signs that are not allowed"},
		"roster.word.asm_id_twice":     {"Kennung kommt zweimal vor", "id stands there twice"},
		"roster.word.asm_instructors":  {"Klasse mit mehr als 15 Lehrkräften: Die übrigen stehen nicht im Satz", "class with more than 15 teachers: the others are not in the set"},
		"roster.word.asm_line_end":     {"Zeilenende von Windows", "line end of Windows"},
		"roster.word.asm_mark":         {"Datei beginnt mit einer Bytereihenfolge-Marke", "file begins with a byte order mark"},
		"roster.word.asm_no_id":        {"Person ohne Kennung", "person without an id"},
		"roster.word.asm_no_location":  {"Schule ohne Nummer", "school without a number"},
		"roster.word.asm_password":     {"Passwortregel, die Apple nicht kennt", "password policy Apple does not know"},
		"roster.word.asm_quotes":       {"Anführungszeichen fehlen oder sind falsch", "quotation marks are missing or wrong"},
		"roster.word.asm_reference":    {"verweist auf etwas, das nicht im Satz steht", "refers to something that is not in the set"},
		"roster.word.asm_required":     {"Pflichtangabe fehlt", "required value is missing"},
		"roster.word.asm_rows":         {"zu viele Zeilen", "too many lines"},
		"roster.word.asm_two_kinds":    {"Person ist Schülerin oder Schüler und zugleich Personal", "person is pupil and staff at once"},
		"roster.word.asm_utf8":         {"nicht in UTF-8", "not in UTF-8"},
		"roster.word.asm_width":        {"Zeile mit anderer Zahl von Werten", "line with another number of values"},
	})
}
