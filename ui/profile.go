package ui

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const profilesPath = "/profiles"

func profileAddress(id school.ProfileID) string {
	return profilesPath + "/" + url.PathEscape(string(id))
}

func versionAddress(id school.VersionID) string { return "/versions/" + url.PathEscape(string(id)) }

// managed is the door of pages of device management that need a verb somewhere in the authority.
func (u *UI) managed(verb school.Verb, h page) http.Handler {
	return u.managedUpload(web.DefaultBody, verb, h)
}

// managedUpload is managed for a form that sends up to limit bytes.
func (u *UI) managedUpload(limit int64, verb school.Verb, h page) http.Handler {
	return u.inUpload(limit, func(w http.ResponseWriter, r *http.Request, v view) error {
		if !v.authority.Has(school.Management) || !v.by.CanSomewhere(verb, v.by.Tenant) {
			return web.ErrNotFound
		}
		return h(w, r, v)
	})
}

// everyRow walks a list from its first page to its last.
func everyRow[T any](fetch func(after string) (store.Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := ""; ; {
			page, err := fetch(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range page.Rows {
				if !yield(row, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				return
			}
		}
	}
}

// profilesPage is the list of profiles.
type profilesPage struct {
	web.Frame
	Actions []web.Action
	Tabs    []web.Tab
	Filter  web.Filter
	Columns []web.Column
	Rows    []profileLine
	Pager   *web.Pager
	Empty   web.Empty
	Files   web.Files
	Every   string // how often the block asks anew
}

// profileLine is one profile in the list.
type profileLine struct {
	Name, Href, Owner string
	Form              string
	Version           string
	Draft             bool
	Assigned          string
	Behind            int
	Progress          *web.Progress // where it is assigned at the top of what the actor sees
}

func (u *UI) profiles(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.ProfileFilter{Search: q.Get("q"), School: school.SchoolID(q.Get("school")), Archived: q.Get("archived") == "1", NoApps: true, After: q.Get("after")}
	ctx := r.Context()
	if wantsFile(r) {
		return u.profilesFile(w, r, v, f)
	}
	list, err := u.st.Profiles(ctx, v.by, f)
	if err != nil {
		return err
	}
	p := &profilesPage{Frame: u.frame(r, ""), Pager: keyPager(r, len(list.Rows), list.Next), Files: filesOf(r), Every: "every 15s"}
	p.Title = p.T("nav.profiles")
	p.Tabs = profileTabs(v.lang, profilesPath)
	schools, err := u.schoolOptions(r, v, school.View, p.T("profiles.school.all"), string(f.School))
	if err != nil {
		return err
	}
	p.Filter = web.Filter{Action: profilesPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("profiles.search"), Value: f.Search}}}
	if len(schools) > 2 {
		p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("profiles.school"), Options: schools})
	}
	p.Filter.Fields = append(p.Filter.Fields, web.Field{Kind: web.SelectField, Name: "archived", Label: p.T("profiles.shown"), Options: choose(q.Get("archived"),
		web.Option{Value: "", Text: p.T("profiles.current")}, web.Option{Value: "1", Text: p.T("profiles.archived")})})
	filtered := f.Search != "" || f.School != "" || f.Archived
	if filtered {
		p.Filter.Reset = profilesPath
	}
	may := v.by.CanSomewhere(school.EditProfiles, v.by.Tenant)
	if may {
		p.Actions = []web.Action{{Text: p.T("profiles.import"), Href: profilesPath + "/import"}, {Text: p.T("profiles.new"), Href: profilesPath + "/new", Primary: true}}
	}
	p.Empty = web.Empty{Title: p.T("profiles.none"), Text: p.T("profiles.none.text"), Actions: p.Actions}
	if filtered {
		p.Empty = web.Empty{Title: p.T("profiles.nothing"), Text: p.T("profiles.nothing.text"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: profilesPath}}}
	}
	for _, key := range []string{"profiles.name", "profiles.form", "profiles.version", "profiles.assigned", "profiles.progress"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key)})
	}
	got, err := u.widestProgress(ctx, v)
	if err != nil {
		return err
	}
	for _, x := range list.Rows {
		line := profileLine{Name: x.Name, Href: profileAddress(x.ID), Owner: ownerOf(v, x), Form: formName(v.lang, x.Form), Version: numberText(v.lang, x), Draft: x.Draft != "",
			Assigned: assignedText(v.lang, x), Behind: x.Behind}
		if g, ok := got[x.ID]; ok && g.Total > 0 {
			line.Progress = &web.Progress{Label: p.T("given.label", x.Name), Done: g.Confirmed, Total: g.Total}
			if g.Confirmed < g.Total {
				p.Every = "every 2s"
			}
		}
		p.Rows = append(p.Rows, line)
	}
	return u.site.Render(w, r, http.StatusOK, "profiles", p)
}

// widestProgress is how far the profiles got that are assigned to all the actor sees: the authority, or the one school.
func (u *UI) widestProgress(ctx context.Context, v view) (map[school.ProfileID]store.Progress, error) {
	scope := school.Scope{Level: school.AtAuthority, ID: string(v.by.Tenant)}
	if !v.can(school.View) {
		at, ok := v.by.Schools(school.View, v.by.Tenant)
		if !ok || len(at) != 1 {
			return nil, nil
		}
		scope = school.Scope{Level: school.AtSchool, ID: string(at[0])}
	}
	list, err := u.st.Progress(ctx, v.by, scope)
	if err != nil {
		return nil, err
	}
	out := map[school.ProfileID]store.Progress{}
	for _, p := range list {
		out[p.Via.Profile] = p
	}
	return out, nil
}

func ownerOf(v view, x store.ProfileRow) string {
	if x.School == "" {
		return v.authority.Name
	}
	return x.SchoolName
}

func numberText(l web.Lang, x store.ProfileRow) string {
	if x.Number == 0 {
		return web.T(l, "profile.unpublished")
	}
	return web.T(l, "profile.number", x.Number)
}

func assignedText(l web.Lang, x store.ProfileRow) string {
	if x.Assignments == 0 {
		return web.T(l, "profile.nowhere")
	}
	return web.T(l, "profile.places", x.Assignments)
}

func (u *UI) profilesFile(w http.ResponseWriter, r *http.Request, v view, f store.ProfileFilter) error {
	l := v.lang
	head := []string{web.T(l, "profiles.name"), web.T(l, "profiles.owner"), web.T(l, "profiles.form"), web.T(l, "profiles.identifier"), web.T(l, "profiles.version"),
		web.T(l, "profiles.draft"), web.T(l, "profiles.assigned"), web.T(l, "profiles.behind")}
	f.After, f.Limit = "", store.MaxPage
	rows := everyRow(func(after string) (store.Page[store.ProfileRow], error) {
		f.After = after
		return u.st.Profiles(r.Context(), v.by, f)
	})
	return sendList(w, r, web.T(l, "profiles.file"), head, func(yield func([]string, error) bool) {
		for x, err := range rows {
			cells := []string{x.Name, ownerOf(v, x), formName(l, x.Form), x.Identifier, l.Number(int64(x.Number)), plainValue(l, strconv.FormatBool(x.Draft != "")),
				l.Number(int64(x.Assignments)), l.Number(int64(x.Behind))}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	})
}

// profilePage is one profile: what it says, who has it, its versions, its variables.
type profilePage struct {
	web.Frame
	Lead     string
	Actions  []web.Action
	More     *web.Menu
	Draft    *web.Alert
	App      *appView
	Status   *web.Status
	Tabs     []web.Tab
	Content  *contentView
	Holders  *holdersView
	Versions []versionLine
	Earlier  string // address of the older versions
	Preview  *previewView
}

// The views of a profile, each with an address of its own below the profile's.
const (
	tabContent  = ""
	tabHolders  = "assignments"
	tabVersions = "versions"
	tabPreview  = "preview"
)

// openProfile begins the page of a profile with one of its views.
func (u *UI) openProfile(r *http.Request, v view, tab string) (*profilePage, store.ProfileRow, error) {
	x, err := u.st.Profile(r.Context(), v.by, school.ProfileID(routeVar(r, "profile")))
	if err != nil {
		return nil, x, err
	}
	home := profileAddress(x.ID)
	p := &profilePage{Frame: u.frame(r, x.Name, web.Crumb{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath}, web.Crumb{Name: x.Name})}
	p.Lead = p.T("profile.lead", numberText(v.lang, x), formName(v.lang, x.Form), ownerOf(v, x))
	may := v.at(school.EditProfiles, x.School) && !x.Archived
	draft := ""
	if x.Draft != "" && !x.Archived {
		if draft, err = u.draftAlert(r, v, p, x, may); err != nil {
			return nil, x, err
		}
	}
	if p.App, err = u.appView(r, v, &p.Frame, x); err != nil {
		return nil, x, err
	}
	if x.Archived {
		p.Status = &web.Status{Kind: web.Off, Text: p.T("profile.is.archived")}
	}
	if x.Number > 0 && !x.Archived && v.by.CanSomewhere(school.Assign, v.by.Tenant) {
		p.Actions = append(p.Actions, web.Action{Text: p.T("profile.assign"), Href: assignPath + "?profile=" + url.QueryEscape(string(x.ID)), Primary: draft == ""})
	}
	if may && x.Draft == "" {
		p.Actions = append(p.Actions, web.Action{Text: p.T("profile.edit"), Href: home + "/edit"})
	}
	if may {
		p.More = &web.Menu{Text: p.T("profile.more"), Actions: []web.Action{{Text: p.T("profile.name.change"), Href: home + "/name"},
			{Text: p.T("profile.from.file"), Href: profilesPath + "/import?profile=" + url.QueryEscape(string(x.ID))}}}
		if p.App != nil { // no file can become an app, and an app is no file
			p.More.Actions = p.More.Actions[:1]
		} else if x.Latest != "" {
			p.More.Actions = append(p.More.Actions, web.Action{Text: p.T("profile.download"), Href: versionAddress(x.Latest) + "/download"})
		}
		if x.Assignments == 0 {
			p.More.Actions = append(p.More.Actions, web.Action{Text: p.T("profile.archive"), Href: home + "/archive", Post: true})
		}
	}
	p.Tabs = []web.Tab{{Name: p.T("profile.tab.content"), Href: home, Current: tab == tabContent},
		{Name: p.T("profile.tab.holders"), Href: home + "/" + tabHolders, Current: tab == tabHolders, Counted: true, Count: x.Assignments},
		{Name: p.T("profile.tab.versions"), Href: home + "/" + tabVersions, Current: tab == tabVersions, Counted: true, Count: x.Number}}
	if p.App != nil {
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T("profile.tab.licences"), Href: home + "/" + tabLicences, Current: tab == tabLicences})
	}
	if len(x.Content.Variables) > 0 {
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T("profile.tab.preview"), Href: home + "/" + tabPreview, Current: tab == tabPreview})
	}
	return p, x, nil
}

// draftAlert says that a draft waits, and what can be done with it. It returns the draft's id where publishing is the
// main button of the page.
func (u *UI) draftAlert(r *http.Request, v view, p *profilePage, x store.ProfileRow, may bool) (string, error) {
	d, err := u.st.Draft(r.Context(), v.by, x.ID)
	if err != nil {
		return "", err
	}
	home := profileAddress(x.ID)
	errors := 0
	for _, f := range d.Content.Problems {
		if f.Severity == school.Wrong {
			errors++
		}
	}
	a := &web.Alert{Kind: web.Note, Title: p.T("profile.draft"), Text: p.T("profile.draft.new")}
	if x.Number > 0 {
		a.Text = p.T("profile.draft.next", x.Number)
	}
	if errors > 0 {
		a.Kind, a.Text = web.Warning, p.T("profile.draft.wrong", errors)
	}
	p.Draft = a
	if x.Number > 0 {
		a.Actions = append(a.Actions, web.Action{Text: p.T("profile.changes"), Href: versionAddress(x.Draft)})
	}
	if !may {
		return "", nil
	}
	a.Actions = append(a.Actions, web.Action{Text: p.T("profile.continue"), Href: home + "/edit"})
	if x.Number > 0 {
		a.Actions = append(a.Actions, web.Action{Text: p.T("profile.drop"), Href: home + "/draft/drop", Post: true})
	}
	if errors > 0 {
		return "", nil
	}
	a.Actions = append([]web.Action{{Text: p.T("profile.publish", x.Number+1), Href: home + "/publish", Post: true, Primary: true}}, a.Actions...)
	return string(x.Draft), nil
}

func (u *UI) profile(w http.ResponseWriter, r *http.Request, v view) error {
	p, x, err := u.openProfile(r, v, tabContent)
	if err != nil {
		return err
	}
	id := x.Latest
	if id == "" {
		id = x.Draft
	}
	version, err := u.st.Version(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	if p.Content, err = contentOf(v.lang, version.Content); err != nil {
		return err
	}
	p.Content.Heading = p.T("profile.tab.content")
	if x.Latest != "" && x.Draft != "" {
		p.Content.Heading = p.T("profile.content.of", x.Number)
	}
	return u.site.Render(w, r, http.StatusOK, "profile", p)
}

// previewView shows what the variables of a profile become on one device.
type previewView struct {
	Query   string
	Found   []deviceChoice // several devices fit what was typed
	None    bool
	Device  string
	Hidden  bool // names of people are not this actor's to see
	Filled  []fillingLine
	Missing int
	Names   []variableLine
}

type deviceChoice struct{ Name, Detail, Href string }

type fillingLine struct {
	Where    string
	Template string
	Value    string
	Secret   bool
	Problem  *web.Status
}

// variableLine explains a variable.
type variableLine struct{ Code, Text string }

func (u *UI) profilePreview(w http.ResponseWriter, r *http.Request, v view) error {
	p, x, err := u.openProfile(r, v, tabPreview)
	if err != nil {
		return err
	}
	id := x.Draft
	if id == "" {
		id = x.Latest
	}
	version, err := u.st.Version(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p.Preview = &previewView{Query: q.Get("q"), Names: variableLines(v.lang, version.Content.Variables)}
	device := school.DeviceID(q.Get("device"))
	if p.Preview.Query != "" && device == "" {
		list, err := u.st.Devices(r.Context(), v.by, store.DeviceFilter{Text: p.Preview.Query, Limit: 8})
		if err != nil {
			return err
		}
		p.Preview.None = len(list.Rows) == 0
		if len(list.Rows) == 1 {
			device = list.Rows[0].ID
		}
		for _, d := range list.Rows {
			c := deviceChoice{Name: d.Number, Detail: d.Serial, Href: profileAddress(x.ID) + "/" + tabPreview + "?device=" + url.QueryEscape(string(d.ID))}
			if c.Name == "" {
				c.Name, c.Detail = d.Serial, ""
			}
			p.Preview.Found = append(p.Preview.Found, c)
		}
	}
	if device != "" {
		p.Preview.Found = nil
		if err := u.fillPreview(r.Context(), v, p.Preview, version.Content, device); err != nil {
			return err
		}
	}
	return u.site.Render(w, r, http.StatusOK, "profile", p)
}

func (u *UI) fillPreview(ctx context.Context, v view, p *previewView, c school.Content, device school.DeviceID) error {
	facts, _, err := u.st.DeviceFacts(ctx, v.by, device)
	if err != nil {
		return err
	}
	p.Device = deviceName(facts.Device)
	values := facts.Variables()
	if !v.at(school.ViewPeople, facts.Device.School) { // what is filled with a name is a name
		for _, name := range c.Variables {
			if strings.HasPrefix(name, "person.") {
				values[name], p.Hidden = web.T(v.lang, "preview.hidden"), true
			}
		}
	}
	list, err := profiles.Preview(c, values)
	if err != nil {
		return err
	}
	form := profiles.Form{}
	if kind, _, ok := profiles.Read(c); ok {
		form, _ = profiles.FormOf(kind)
	}
	for _, f := range list {
		line := fillingLine{Where: f.Key, Template: f.Template, Value: f.Value, Secret: f.Secret}
		if form.Kind != "" {
			line.Where = keyLabel(v.lang, form, f.Key)
		}
		if e := f.Err; e != nil {
			p.Missing++
			key := "preview.unknown"
			switch {
			case e.Empty:
				key = "preview.empty"
			case e.Illegal:
				key = "preview.illegal"
			}
			line.Problem = &web.Status{Kind: web.Warning, Text: web.T(v.lang, key, e.Name)}
		}
		p.Filled = append(p.Filled, line)
	}
	return nil
}

// variableLines explains variables by name.
func variableLines(l web.Lang, names []string) (out []variableLine) {
	for _, name := range names {
		out = append(out, variableLine{Code: "{{" + name + "}}", Text: wordOr(l, "variable."+name, web.T(l, "preview.unknown", name))})
	}
	return out
}

func init() {
	web.Add(web.Words{
		"profiles.import":         {"Datei einlesen", "Import a file"},
		"profiles.new":            {"Profil anlegen", "New profile"},
		"profiles.search":         {"Name", "Name"},
		"profiles.school":         {"Nutzbar für", "Usable for"},
		"profiles.school.all":     {"alle Schulen", "all schools"},
		"profiles.shown":          {"Zeigen", "Show"},
		"profiles.current":        {"aktuelle", "current ones"},
		"profiles.archived":       {"archivierte", "archived ones"},
		"profiles.none":           {"Noch keine Profile", "No profiles yet"},
		"profiles.none.text":      {"Fangen Sie mit dem WLAN der Schule an oder lesen Sie ein vorhandenes Profil (.mobileconfig) ein.", "Start with the school’s Wi-Fi or import an existing profile (.mobileconfig)."},
		"profiles.nothing":        {"Kein Profil passt dazu", "No profile matches"},
		"profiles.nothing.text":   {"Ändern Sie die Suche oder zeigen Sie alle Profile.", "Change the search or show all profiles."},
		"profiles.name":           {"Profil", "Profile"},
		"profiles.owner":          {"Gehört", "Belongs to"},
		"profiles.form":           {"Art", "Kind"},
		"profiles.identifier":     {"Kennung", "Identifier"},
		"profiles.version":        {"Fassung", "Version"},
		"profiles.draft":          {"Entwurf", "Draft"},
		"profiles.assigned":       {"Zugewiesen", "Assigned"},
		"profiles.behind":         {"Auf älterer Fassung", "On an older version"},
		"profiles.behind.n":       {"{1} auf älterer Fassung", "{1} on an older version"},
		"profiles.progress":       {"Bestätigt", "Confirmed"},
		"profiles.file":           {"profile", "profiles"},
		"profile.number":          {"Fassung {1}", "Version {1}"},
		"profile.unpublished":     {"noch keine Fassung", "no version yet"},
		"profile.nowhere":         {"nirgends", "nowhere"},
		"profile.places":          {"an {1} {1:Stelle|Stellen}", "in {1} {1:place|places}"},
		"profile.lead":            {"{1} · {2} · gehört {3}", "{1} · {2} · belongs to {3}"},
		"profile.is.archived":     {"archiviert", "archived"},
		"profile.assign":          {"Zuweisen …", "Assign …"},
		"profile.edit":            {"Bearbeiten", "Edit"},
		"profile.more":            {"Weitere", "More"},
		"profile.name.change":     {"Name und Beschreibung", "Name and description"},
		"profile.from.file":       {"Neue Fassung aus Datei", "New version from a file"},
		"profile.download":        {"Als Datei herunterladen", "Download as a file"},
		"profile.archive":         {"Archivieren", "Archive"},
		"profile.tab.content":     {"Inhalt", "Content"},
		"profile.tab.holders":     {"Wer hat es", "Who has it"},
		"profile.tab.versions":    {"Fassungen", "Versions"},
		"profile.tab.preview":     {"Variablen", "Variables"},
		"profile.content.of":      {"Inhalt der Fassung {1}", "Content of version {1}"},
		"profile.draft":           {"Ein Entwurf ist noch nicht veröffentlicht", "A draft is not published yet"},
		"profile.draft.new":       {"Zuweisen lässt sich das Profil, sobald der Entwurf veröffentlicht ist.", "The profile can be assigned once the draft is published."},
		"profile.draft.next":      {"Auf den iPads gilt weiter Fassung {1}.", "Version {1} remains in force on the iPads."},
		"profile.draft.wrong":     {"{1} {1:Angabe stimmt|Angaben stimmen} noch nicht. So lässt sich der Entwurf nicht veröffentlichen.", "{1} {1:entry is|entries are} not right yet. The draft cannot be published like this."},
		"profile.changes":         {"Was ändert sich", "What changes"},
		"profile.continue":        {"Weiter bearbeiten", "Continue editing"},
		"profile.drop":            {"Entwurf verwerfen", "Discard draft"},
		"profile.publish":         {"Als Fassung {1} veröffentlichen", "Publish as version {1}"},
		"preview.search":          {"Nummer oder Seriennummer", "Number or serial number"},
		"preview.go":              {"Vorschau", "Preview"},
		"preview.none":            {"Kein iPad passt dazu.", "No iPad matches."},
		"preview.several":         {"Welches iPad ist gemeint?", "Which iPad is meant?"},
		"preview.on":              {"So kommt es auf {1} an", "This is how it arrives on {1}"},
		"preview.on.missing":      {"{1} {1:Wert fehlt|Werte fehlen}. Bis dahin bekommt dieses iPad das Profil nicht.", "{1} {1:value is|values are} missing. Until then this iPad does not get the profile."},
		"preview.hidden":          {"(nur mit Berechtigung sichtbar)", "(visible with permission only)"},
		"preview.hidden.text":     {"Namen von Personen dürfen Sie hier nicht sehen; das iPad bekommt sie trotzdem.", "You may not see names of people here; the iPad gets them nevertheless."},
		"preview.template":        {"Im Profil", "In the profile"},
		"preview.value":           {"Auf dem iPad", "On the iPad"},
		"preview.empty":           {"Für {1} gibt es bei diesem iPad keinen Wert.", "There is no value for {1} on this iPad."},
		"preview.unknown":         {"Die Variable {1} gibt es nicht.", "There is no variable {1}."},
		"preview.illegal":         {"Der Wert von {1} enthält ein Zeichen, das kein Profil übertragen kann.", "The value of {1} holds a character no profile can carry."},
		"preview.variables":       {"Verwendete Variablen", "Variables used"},
		"preview.variables.none":  {"Keine. Das Profil ist auf jedem iPad gleich.", "None. The profile is the same on every iPad."},
		"variables":               {"Variablen", "Variables"},
		"variables.text":          {"Eine Variable wird auf jedem iPad durch dessen eigenen Wert ersetzt. Fehlt er, bekommt das iPad das Profil nicht.", "On each iPad a variable is replaced by its own value. Where there is none, the iPad does not get the profile."},
		"variable.authority.name": {"Name des Schulträgers", "Name of the school authority"},
		"variable.class.grade":    {"Jahrgang", "Grade"},
		"variable.class.name":     {"Klasse", "Class"},
		"variable.device.model":   {"Modell des iPads", "Model of the iPad"},
		"variable.device.number":  {"Inventarnummer", "Asset number"},
		"variable.device.serial":  {"Seriennummer", "Serial number"},
		"variable.person.email":   {"E-Mail-Adresse der Person", "E-mail address of the person"},
		"variable.person.family":  {"Nachname der Person", "Family name of the person"},
		"variable.person.given":   {"Vorname der Person", "Given name of the person"},
		"variable.person.login":   {"Anmeldename der Person", "Login of the person"},
		"variable.person.name":    {"Vor- und Nachname der Person", "Given and family name of the person"},
		"variable.school.name":    {"Name der Schule", "Name of the school"},
		"variable.school.type":    {"Schulform", "School type"},
	})
}
