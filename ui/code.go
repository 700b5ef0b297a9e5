package ui

import (
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const (
	codesPath = "/codes"
	typedPath = "/enroll" // where a code is typed
)

// codes is the list of enrolment codes. None of them can be read again: only their digests are kept.
func (u *UI) codes(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	at := school.SchoolID(q.Get("school"))
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "codes.title"))}
	if wantsFile(r) {
		return u.codesFile(w, r, v, at, names)
	}
	list, err := u.st.Codes(r.Context(), v.by, at, q.Get("after"), 0)
	if err != nil {
		return err
	}
	p.Place = u.adminPlace(&p.Frame, v)
	p.Lead, p.Files, p.Pager = p.T("codes.lead"), filesOf(r), keyPager(r, len(list.Rows), list.Next)
	p.Actions = []web.Action{{Text: p.T("codes.new"), Href: codesPath + "/new", Primary: true}}
	schools, err := u.schoolOptions(r, v, school.Enroll, p.T("profiles.school.all"), string(at))
	if err != nil {
		return err
	}
	if len(schools) > 2 {
		p.Filter = &web.Filter{Action: codesPath, Fields: []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("codes.school"), Options: schools}}}
		if at != "" {
			p.Filter.Reset = codesPath
		}
	}
	for _, key := range []string{"codes.note", "codes.school", "codes.state", "codes.uses", "codes.made"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key)})
	}
	p.Columns = append(p.Columns, web.Column{Name: p.T("table.do"), Hidden: true})
	for _, c := range list.Rows {
		status, good := codeStatus(&p.Frame, c)
		name := cell{Text: c.Note, Detail: c.Serial}
		if c.Note == "" {
			name.Text = p.T("codes.unnamed")
		}
		row := []cell{name, {Text: names[c.School]}, {Status: &status}, {Text: p.T("codes.used", c.Uses, c.Uses+c.Left)}, {When: momentOf(&p.Frame, c.Created), Detail: p.T("part.by", c.By)}, {}}
		if good {
			row[5].Actions = []web.Action{{Text: p.T("codes.revoke"), About: name.Text, Href: codesPath + "/" + url.PathEscape(string(c.ID)) + "/revoke", Post: true}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("codes.none"), Text: p.T("codes.none.text"), Actions: []web.Action{{Text: p.T("codes.new"), Href: codesPath + "/new"}}}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// codeStatus says whether a code can still be used.
func codeStatus(f *web.Frame, c store.Code) (_ web.Status, good bool) {
	switch {
	case c.Revoked:
		return web.Status{Kind: web.Off, Text: f.T("codes.revoked")}, false
	case c.Left < 1:
		return web.Status{Kind: web.Off, Text: f.T("codes.spent")}, false
	case !c.Expires.After(f.Now):
		return web.Status{Kind: web.Off, Text: f.T("codes.over", c.Expires)}, false
	}
	return web.Status{Kind: web.OK, Text: f.T("codes.until", f.Lang.DateTime(c.Expires))}, true
}

func (u *UI) codesFile(w http.ResponseWriter, r *http.Request, v view, at school.SchoolID, names map[school.SchoolID]string) error {
	f := u.frame(r, "")
	var head []string
	for _, key := range []string{"codes.note", "codes.school", "codes.serial", "codes.state", "codes.used.n", "codes.left", "codes.made", "codes.by"} {
		head = append(head, f.T(key))
	}
	rows := everyRow(func(after string) (store.Page[store.Code], error) {
		return u.st.Codes(r.Context(), v.by, at, after, store.MaxPage)
	})
	return sendList(w, r, f.T("codes.file"), head, func(yield func([]string, error) bool) {
		for c, err := range rows {
			status, _ := codeStatus(&f, c)
			cells := []string{c.Note, names[c.School], c.Serial, status.Text, strconv.Itoa(c.Uses), strconv.Itoa(c.Left), v.lang.DateTime(c.Created), c.By}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	})
}

func (u *UI) codeForm(r *http.Request, v view) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "codes.new")), Cancel: codesPath, Submit: web.T(v.lang, "codes.create")}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("codes.title"), Href: codesPath})
	p.Lead = p.T("codes.new.lead")
	get := func(name, otherwise string) string {
		if r.Method == http.MethodPost {
			return strings.TrimSpace(r.PostForm.Get(name))
		}
		if s := r.URL.Query().Get(name); s != "" {
			return s
		}
		return otherwise
	}
	schools, err := u.schoolOptions(r, v, school.Enroll, "", get("school", ""))
	if err != nil {
		return nil, err
	}
	p.Fields = []web.Field{
		{Kind: web.SelectField, Name: "school", Label: p.T("codes.school"), Options: schools},
		{Kind: web.TextField, Name: "note", Label: p.T("codes.note"), Hint: p.T("codes.note.hint"), Value: get("note", ""), Optional: true, MaxLength: 200},
		{Kind: web.NumberField, Name: "uses", Label: p.T("codes.count"), Value: get("uses", "1"), Min: "1", Max: strconv.Itoa(store.MaxCodeUses)},
		{Kind: web.NumberField, Name: "expires", Label: p.T("codes.days"), Value: get("expires", "7"), Min: "1", Max: strconv.Itoa(int(store.MaxCodeLife / (24 * time.Hour)))},
		{Kind: web.CodeField, Name: "serial", Label: p.T("codes.serial"), Hint: p.T("codes.serial.hint"), Value: get("serial", ""), Optional: true, Autocomplete: "off"},
	}
	return p, nil
}

func (u *UI) newCodePage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.codeForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

// codePage shows a code, once.
type codePage struct {
	web.Frame
	School   string
	Note     string
	Serial   string
	Uses     int
	Until    string
	Link     string
	QR       template.HTML
	Typed    string
	TypedURL string // where the typed form is entered
	Back     string
}

// newCode makes a code and shows it on the answer itself: a secret belongs neither into an address nor into a cookie.
func (u *UI) newCode(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	f, err := u.codeForm(r, v)
	if err != nil {
		return err
	}
	c := store.Code{School: school.SchoolID(r.PostForm.Get("school")), Note: strings.TrimSpace(r.PostForm.Get("note")), Serial: strings.TrimSpace(r.PostForm.Get("serial")),
		Left: atoi(r.PostForm.Get("uses")), Expires: v.now.Add(time.Duration(atoi(r.PostForm.Get("expires"))) * 24 * time.Hour)}
	_, link, typed, err := u.st.CreateCode(r.Context(), v.by, c)
	if err != nil {
		return u.refuse(w, r, f, err)
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &codePage{Frame: u.frame(r, web.T(v.lang, "code.title")), School: names[c.School], Note: c.Note, Serial: strings.ToUpper(c.Serial), Uses: c.Left, Until: v.lang.DateTime(c.Expires),
		Link: u.Enroll.Link(link), Typed: typed, TypedURL: strings.TrimSuffix(u.Enroll.Link(""), "/e/") + typedPath, Back: codesPath}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("codes.title"), Href: codesPath})
	svg, err := enroll.QR(p.Link)
	if err != nil {
		return err
	}
	p.QR = template.HTML(svg) // drawn by us of rectangles alone
	return u.site.Render(w, r, http.StatusOK, "code", p)
}

func (u *UI) revokeCode(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.RevokeCode(r.Context(), v.by, school.CodeID(routeVar(r, "code"))); err != nil {
		return err
	}
	return u.done(w, r, codesPath, "done.code.revoked", "")
}

func init() {
	web.Add(web.Words{
		"codes.title":       {"Einrichtungscodes", "Enrolment codes"},
		"codes.lead":        {"Mit einem Code meldet sich ein iPad an, das nicht über Apple School Manager kommt.", "With a code an iPad enrols that does not come through Apple School Manager."},
		"codes.new":         {"Code erstellen", "Create a code"},
		"codes.create":      {"Code erstellen", "Create the code"},
		"codes.new.lead":    {"Der Code wird nur einmal angezeigt. iPads, die damit kommen, bekommen erst dann etwas Persönliches, wenn jemand sie bestätigt.", "The code is shown only once. iPads that come by it get nothing personal until somebody confirms them."},
		"codes.note":        {"Notiz", "Note"},
		"codes.note.hint":   {"Wofür der Code ist, etwa „Koffer 2“.", "What the code is for, such as “Case 2”."},
		"codes.unnamed":     {"ohne Notiz", "without a note"},
		"codes.school":      {"Schule", "School"},
		"codes.state":       {"Stand", "State"},
		"codes.uses":        {"Benutzt", "Used"},
		"codes.used":        {"{1} von {2}", "{1} of {2}"},
		"codes.used.n":      {"Benutzt", "Used"},
		"codes.left":        {"Übrig", "Left"},
		"codes.made":        {"Erstellt", "Created"},
		"codes.by":          {"Durch", "By"},
		"codes.count":       {"Für wie viele iPads", "For how many iPads"},
		"codes.days":        {"Gültig für Tage", "Valid for days"},
		"codes.serial":      {"Seriennummer", "Serial number"},
		"codes.serial.hint": {"Nur für genau dieses iPad; es gilt dann sofort als bestätigt.", "For exactly this iPad only; it then counts as confirmed at once."},
		"codes.none":        {"Noch keine Codes", "No codes yet"},
		"codes.none.text":   {"iPads aus Apple School Manager brauchen keinen. Für alle anderen erstellen Sie hier einen.", "iPads from Apple School Manager need none. For all others create one here."},
		"codes.until":       {"gilt bis {1}", "valid until {1}"},
		"codes.over":        {"abgelaufen am {1}", "ended on {1}"},
		"codes.spent":       {"aufgebraucht", "used up"},
		"codes.revoked":     {"zurückgezogen", "revoked"},
		"codes.revoke":      {"Zurückziehen", "Revoke"},
		"codes.file":        {"anmeldecodes", "enrolment-codes"},
		"code.title":        {"Neuer Einrichtungscode", "New enrolment code"},
		"code.once":         {"Diese Seite erscheint nur jetzt. Drucken Sie sie oder notieren Sie den Code.", "This page appears only now. Print it or note the code."},
		"code.sheet":        {"iPad anmelden", "Enrol an iPad"},
		"code.scan":         {"Mit der Kamera des iPads scannen", "Scan with the iPad’s camera"},
		"code.or":           {"oder in Safari öffnen und den Code eingeben", "or open in Safari and type the code"},
		"code.link":         {"Link", "Link"},
		"code.good":         {"Gilt für {1} {1:iPad|iPads} bis {2}", "Valid for {1} {1:iPad|iPads} until {2}"},
		"code.only":         {"Nur für das iPad {1}", "For the iPad {1} only"},
		"code.print":        {"Drucken", "Print"},
		"code.done":         {"Zu den Codes", "To the codes"},
		"done.code.revoked": {"Der Code ist zurückgezogen. Angemeldete iPads bleiben.", "The code is revoked. Enrolled iPads stay."},
	})
}
