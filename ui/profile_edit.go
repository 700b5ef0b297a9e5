package ui

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// editPage is the form of a profile, made from the data of profiles.Form. What was typed is checked twice by the same
// function: while it is typed (the block "check" and the notes beside the fields), and when it is sent.
type editPage struct {
	web.Frame
	Lead      string
	Alert     *web.Alert
	Action    string
	Check     string // address that checks what is typed
	Head      []web.Field
	Groups    []formGroup
	Presets   []web.Action
	Variables []variableLine
	Hidden    []web.Hidden
	Upload    bool
	Publish   string // text of the button that also publishes
	Cancel    string
	Erred     []string // fields whose error stands on the page
	Checked   *checkView
}

// formGroup is a part of the form; without a name it is not folded.
type formGroup struct {
	Name, Title string
	Open        bool
	Set         int
	Compact     bool
	Fields      []formField
}

type formField struct {
	web.Field
	File  *web.FileField
	Notes []string     // what Apple says of the key
	Said  []web.Status // what is to be said of the value
}

// checkView is the answer to what was typed so far.
type checkView struct {
	Errors, Warnings int
	Fields           []checkedField
}

type checkedField struct {
	Name  string
	Erred bool   // its error stands on the page and is replaced
	Error string // empty: none
	Said  []web.Status
}

// formLimit is how much a form may send: a picture and long lists.
const formLimit = 4 << 20

// commonOS is the iPadOS from which on nothing is said of a key's age: older ones are hardly met in schools.
const commonOS = "17.0"

// formPicker offers the forms.
type formPicker struct {
	web.Frame
	Forms  []formChoice
	Import web.Action
}

type formChoice struct{ Name, Text, Href string }

func (u *UI) newProfilePage(w http.ResponseWriter, r *http.Request, v view) error {
	title := web.T(v.lang, "profiles.new")
	p := &formPicker{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath}, web.Crumb{Name: title})}
	for _, f := range profiles.Forms() {
		p.Forms = append(p.Forms, formChoice{Name: formName(v.lang, f.Kind), Text: p.T("form." + f.Kind + ".about"), Href: profilesPath + "/new/" + f.Kind})
	}
	p.Import = web.Action{Text: p.T("profiles.import"), Href: profilesPath + "/import"}
	return u.site.Render(w, r, http.StatusOK, "profile-new", p)
}

// edit is one profile being written: a new one, or the next version of one.
type edit struct {
	form     profiles.Form
	profile  store.ProfileRow // zero: a new one
	previous *school.Content  // what secrets and pictures are kept from
	over     string           // hash of the draft the person began from

	name, description string
	school            school.SchoolID
	values            url.Values
}

func (e edit) isNew() bool { return e.profile.ID == "" }

// errRaw says that no form can show a profile.
var errRaw = errors.New("no form shows this profile")

// beginEdit finds what is edited.
func (u *UI) beginEdit(r *http.Request, v view) (edit, error) {
	if kind := routeVar(r, "form"); kind != "" {
		f, ok := profiles.FormOf(kind)
		if !ok {
			return edit{}, web.ErrNotFound
		}
		e := edit{form: f, values: f.Defaults(), name: formName(v.lang, kind)}
		if !v.can(school.EditProfiles) {
			at, _ := v.by.Schools(school.EditProfiles, v.by.Tenant)
			if len(at) == 1 {
				e.school = at[0]
			}
		}
		return e, nil
	}
	x, err := u.st.Profile(r.Context(), v.by, school.ProfileID(routeVar(r, "profile")))
	if err != nil {
		return edit{}, err
	}
	if !v.at(school.EditProfiles, x.School) || x.Archived {
		return edit{}, web.ErrNotFound
	}
	e := edit{profile: x, name: x.Name, description: x.Description, school: x.School}
	id := x.Draft
	if id == "" {
		id = x.Latest
	}
	version, err := u.st.Version(r.Context(), v.by, id)
	if err != nil {
		return edit{}, err
	}
	if version.Number == 0 {
		e.over = version.Content.Hash
	}
	kind, values, ok := profiles.Read(version.Content)
	if !ok {
		return e, errRaw
	}
	e.form, _ = profiles.FormOf(kind)
	e.values, e.previous = values, &version.Content
	return e, nil
}

func (u *UI) editProfilePage(w http.ResponseWriter, r *http.Request, v view) error {
	e, err := u.beginEdit(r, v)
	if errors.Is(err, errRaw) {
		return web.Redirect(w, r, profilesPath+"/import?profile="+url.QueryEscape(string(e.profile.ID)))
	}
	if err != nil {
		return err
	}
	for _, preset := range e.form.Presets {
		if preset.Name == r.URL.Query().Get("preset") {
			maps.Copy(e.values, preset.Values)
		}
	}
	return u.showEdit(w, r, v, e, nil, nil)
}

// readEdit takes over what was typed.
func (u *UI) readEdit(r *http.Request, v view) (edit, error) {
	e, err := u.beginEdit(r, v)
	if err != nil {
		return e, err
	}
	if err := parseForm(r); err != nil {
		return e, err
	}
	e.name, e.description = strings.TrimSpace(r.PostForm.Get("name")), strings.TrimSpace(r.PostForm.Get("description"))
	if e.isNew() {
		e.school = school.SchoolID(r.PostForm.Get("school"))
	}
	e.over = r.PostForm.Get("over")
	e.values = url.Values{}
	for _, x := range e.form.Fields() {
		value := r.PostForm.Get(x.Name)
		switch x.Kind {
		case profiles.BoolField:
			if !isOn(value) {
				continue
			}
			value = "true"
		case profiles.ImageField:
			body, err := upload(r, x.Name)
			if err != nil {
				return e, err
			}
			value = string(body)
		}
		if value != "" {
			e.values.Set(x.Name, value)
		}
	}
	return e, nil
}

// parseForm reads a form with or without files.
func parseForm(r *http.Request) error {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return r.ParseMultipartForm(formLimit)
	}
	return r.ParseForm()
}

// upload reads an uploaded file; nil when none was chosen.
func upload(r *http.Request, field string) ([]byte, error) {
	f, _, err := r.FormFile(field)
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return nil, nil
	case err != nil:
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// build makes the content of what was typed. Errors of fields come by field name; another error is returned.
func (e edit) build(l web.Lang) (school.Content, map[string]string, error) {
	c, err := profiles.Build(e.form.Kind, e.name, e.values, e.previous)
	wrong, err := fieldErrors(l, err)
	return c, wrong, err
}

func (u *UI) saveProfile(w http.ResponseWriter, r *http.Request, v view) error {
	e, err := u.readEdit(r, v)
	if err != nil {
		return err
	}
	content, wrong, err := e.build(v.lang)
	if err != nil {
		return err
	}
	publish := r.PostForm.Get("publish") == "1"
	if wrong != nil || publish && !content.Publishable() {
		return u.showEdit(w, r, v, e, &content, wrong)
	}
	id, set, err := u.keepEdit(r, v, e, content)
	if err != nil {
		if wrong, err = fieldErrors(v.lang, err); err != nil {
			return err
		}
		return u.showEdit(w, r, v, e, &content, wrong)
	}
	if !publish {
		return u.done(w, r, profileAddress(id), "done.profile.draft", set)
	}
	_, number, err := u.st.Publish(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, profileAddress(id), "done.profile.published", "", int64(number))
}

// keepEdit writes the draft, and name and description where they changed.
func (u *UI) keepEdit(r *http.Request, v view, e edit, c school.Content) (school.ProfileID, school.ChangeSetID, error) {
	ctx := r.Context()
	if e.isNew() {
		id, _, set, err := u.st.CreateProfile(ctx, v.by, school.Profile{School: e.school, Name: e.name, Description: e.description}, e.form.Kind, c)
		return id, set, err
	}
	id := e.profile.ID
	_, set, err := u.st.SaveDraft(ctx, v.by, id, e.form.Kind, c, e.over)
	if err == nil && (e.name != e.profile.Name || e.description != e.profile.Description) {
		_, err = u.st.ChangeProfile(ctx, v.by, school.Profile{ID: id, Name: e.name, Description: e.description})
	}
	return id, set, err
}

// checkProfile answers to what is typed while it is typed. It writes nothing.
func (u *UI) checkProfile(w http.ResponseWriter, r *http.Request, v view) error {
	e, err := u.readEdit(r, v)
	if err != nil {
		return err
	}
	c, wrong, err := e.build(v.lang)
	if err != nil {
		return err
	}
	p := &editPage{Frame: u.frame(r, "")}
	p.Checked = e.checked(v.lang, c, wrong, r.PostForm["erred"])
	return u.site.Render(w, r, http.StatusOK, "profile-edit", p)
}

// checked sorts what is to be said to the fields of the form.
func (e edit) checked(l web.Lang, c school.Content, wrong map[string]string, erred []string) *checkView {
	x := &checkView{}
	said := e.said(l, c)
	for _, name := range append([]string{"name"}, fieldNames(e.form)...) {
		f := checkedField{Name: name, Error: wrong[name], Said: said[name], Erred: slices.Contains(erred, name)}
		if f.Error != "" {
			x.Errors++
		}
		for _, s := range f.Said {
			switch s.Kind {
			case web.Danger:
				x.Errors++
			case web.Warning:
				x.Warnings++
			}
		}
		x.Fields = append(x.Fields, f)
	}
	if wrong[""] != "" {
		x.Errors++
	}
	return x
}

func fieldNames(f profiles.Form) (out []string) {
	for _, x := range f.Fields() {
		out = append(out, x.Name)
	}
	return out
}

// said are the findings about a content by the field of the form they concern. That a restriction needs a supervised
// iPad is true of nearly all of them and is said once above the form.
func (e edit) said(l web.Lang, c school.Content) map[string][]web.Status {
	out := map[string][]web.Status{}
	for _, p := range c.Problems {
		if p.Code == "needs_supervision" {
			continue
		}
		for _, x := range e.form.Fields() {
			if x.Key != "" && (p.Key == x.Key || strings.HasPrefix(p.Key, x.Key+".") || strings.HasPrefix(p.Key, x.Key+"[")) {
				out[x.Name] = append(out[x.Name], web.Status{Kind: severity(p.Severity), Text: web.ProblemText(l, p)})
				break
			}
		}
	}
	return out
}

// showEdit shows the form, after a refusal with 422 and what was typed.
func (u *UI) showEdit(w http.ResponseWriter, r *http.Request, v view, e edit, c *school.Content, wrong map[string]string) error {
	kind := formName(v.lang, e.form.Kind)
	p := &editPage{Action: r.URL.Path, Cancel: profilesPath, Checked: &checkView{}}
	title, crumbs := web.T(v.lang, "edit.new", kind), []web.Crumb{{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath}}
	number := 1
	if !e.isNew() {
		title, number, p.Cancel = web.T(v.lang, "edit.title", e.profile.Name), e.profile.Number+1, profileAddress(e.profile.ID)
		crumbs = append(crumbs, web.Crumb{Name: e.profile.Name, Href: p.Cancel})
	}
	last := web.Crumb{Name: web.T(v.lang, "profile.edit")}
	if e.isNew() {
		last.Name = title
	}
	p.Frame = u.frame(r, title, append(crumbs, last)...)
	p.Check = strings.TrimSuffix(r.URL.Path, "/edit") + "/check"
	p.Lead = p.T("form." + e.form.Kind + ".about")
	p.Publish = p.T("edit.publish", number)
	p.Hidden = []web.Hidden{{Name: "over", Value: e.over}}
	said := map[string][]web.Status{}
	if c != nil {
		said = e.said(v.lang, *c)
	}
	if err := u.editHead(r, v, p, e, wrong); err != nil {
		return err
	}
	for _, g := range e.form.Groups {
		p.Groups = append(p.Groups, e.group(v.lang, g, wrong, said))
	}
	if e.form.Kind == "update" {
		hint, err := u.offeredHint(r, v)
		if err != nil {
			return err
		}
		for i := range p.Groups[0].Fields {
			if f := &p.Groups[0].Fields[i]; f.Name == "version" {
				f.Hint = web.T(v.lang, "updates.apple") + ": " + hint
			}
		}
	}
	for _, preset := range e.form.Presets {
		p.Presets = append(p.Presets, web.Action{Text: p.T("form." + e.form.Kind + ".preset." + preset.Name), Href: r.URL.Path + "?preset=" + url.QueryEscape(preset.Name)})
	}
	if slices.ContainsFunc(e.form.Fields(), func(x profiles.Field) bool { return x.Variables }) {
		p.Variables = variableLines(v.lang, school.VariableNames)
	}
	p.Upload = slices.ContainsFunc(e.form.Fields(), func(x profiles.Field) bool { return x.Kind == profiles.ImageField })
	status := http.StatusOK
	if len(wrong) > 0 || c != nil {
		status = http.StatusUnprocessableEntity
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("form.refused")}
		if text := wrong[""]; text != "" {
			p.Alert.Lines = []string{text}
		}
		for name, text := range wrong {
			switch name {
			case "content", "identifier":
				p.Alert.Lines = append(p.Alert.Lines, text)
			case "":
			default:
				p.Erred = append(p.Erred, name)
			}
		}
		slices.Sort(p.Erred)
		switch {
		case len(wrong) == 0:
			p.Alert.Text = p.T("edit.wrong")
		case len(p.Erred) > 0:
			p.Alert.Text = p.T("edit.refused")
		}
	}
	return u.site.Render(w, r, status, "profile-edit", p)
}

// editHead are the fields every form has.
func (u *UI) editHead(r *http.Request, v view, p *editPage, e edit, wrong map[string]string) error {
	p.Head = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("edit.name"), Value: e.name, Error: wrong["name"], Hint: p.T("edit.name.hint"), MaxLength: 100},
		{Kind: web.TextField, Name: "description", Label: p.T("edit.description"), Value: e.description, Error: wrong["description"], Optional: true}}
	if !e.isNew() {
		return nil
	}
	first := ""
	if v.can(school.EditProfiles) {
		first = p.T("edit.school.all", v.authority.Name)
	}
	options, err := u.schoolOptions(r, v, school.EditProfiles, first, string(e.school))
	if err != nil {
		return err
	}
	if len(options) > 1 {
		p.Head = append(p.Head, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("edit.school"), Hint: p.T("edit.school.hint"), Options: options, Error: wrong["school"]})
	} else if len(options) == 1 {
		p.Hidden = append(p.Hidden, web.Hidden{Name: "school", Value: options[0].Value})
	}
	return nil
}

// group makes the fields of one group of the form.
func (e edit) group(l web.Lang, g profiles.Group, wrong map[string]string, said map[string][]web.Status) formGroup {
	out := formGroup{Name: g.Name, Title: groupName(l, e.form, g), Compact: g.Name != ""}
	for _, x := range g.Fields {
		f := formField{Field: web.Field{Name: x.Name, Label: fieldLabel(l, e.form, x), Value: e.values.Get(x.Name), Error: wrong[x.Name]}, Notes: notesOf(l, x), Said: said[x.Name]}
		switch x.Kind {
		case profiles.TextField:
			f.Kind, f.Optional, f.MaxLength = web.TextField, !x.Required && g.Name == "", x.Max
		case profiles.SecretField:
			f.Kind, f.Autocomplete, f.Value = web.PasswordField, "new-password", ""
			if e.kept(x) {
				f.Hint = web.T(l, "edit.secret.kept")
			}
		case profiles.BoolField:
			f.Kind = web.CheckField
			if isOn(f.Value) {
				f.Value = "1"
			}
		case profiles.TimeField:
			f.Kind = web.MomentField
			f.Hint = web.T(l, "edit.time")
		case profiles.ChoiceField:
			f.Kind = web.SelectField
			for _, o := range x.Options {
				f.Options = append(f.Options, web.Option{Value: o, Text: optionLabel(l, e.form, x, o), Chosen: o == f.Value})
			}
		case profiles.NumberField:
			f.Kind, f.Min, f.Max = web.NumberField, strconv.Itoa(x.Min), strconv.Itoa(x.Max)
			f.Optional = g.Name == ""
		case profiles.ListField:
			f.Kind, f.Rows = web.AreaField, 6
			f.Optional = !x.Required && g.Name == ""
			if g.Name != "" {
				f.Rows, f.Hint = 3, web.T(l, "edit.list")
			}
		case profiles.ImageField:
			f.File = &web.FileField{Name: x.Name, Label: f.Label, Error: f.Error, Accept: ".png,.jpg,.jpeg,.gif", MaxBytes: 2 << 20, Hint: web.T(l, "edit.image")}
			if e.kept(x) {
				f.File.Hint = web.T(l, "edit.image.kept")
			}
		}
		if x.Kind == profiles.ImageField || f.Value != "" {
			out.Set++
		}
		if f.Error != "" || len(f.Said) > 0 {
			out.Open = true
		}
		out.Fields = append(out.Fields, f)
	}
	return out
}

// kept reports whether an empty field keeps what the profile has.
func (e edit) kept(x profiles.Field) bool {
	if e.previous == nil {
		return false
	}
	tree, err := profiles.Tree(*e.previous)
	if err != nil {
		return false
	}
	_, there := payloadAt(tree, 0)[x.Key]
	return there
}

// notesOf is what Apple says of a key and matters to those who decide.
func notesOf(l web.Lang, x profiles.Field) (out []string) {
	if x.MinimumOS != "" && !school.OSAtLeast(commonOS, x.MinimumOS) {
		out = append(out, web.T(l, "edit.from", x.MinimumOS))
	}
	if x.Deprecated != "" {
		out = append(out, web.T(l, "edit.deprecated", x.Deprecated))
	}
	return out
}

func (u *UI) publishProfile(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.ProfileID(routeVar(r, "profile"))
	_, number, err := u.st.Publish(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, profileAddress(id), "done.profile.published", "", int64(number))
}

func (u *UI) dropDraft(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.ProfileID(routeVar(r, "profile"))
	set, err := u.st.DropDraft(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, profileAddress(id), "done.profile.dropped", set)
}

func (u *UI) archiveProfile(w http.ResponseWriter, r *http.Request, v view) error {
	set, err := u.st.ArchiveProfile(r.Context(), v.by, school.ProfileID(routeVar(r, "profile")))
	if err != nil {
		return err
	}
	return u.done(w, r, profilesPath, "done.profile.archived", set)
}

func (u *UI) nameForm(r *http.Request, v view) (*formPage, store.ProfileRow, error) {
	x, err := u.st.Profile(r.Context(), v.by, school.ProfileID(routeVar(r, "profile")))
	if err == nil && (!v.at(school.EditProfiles, x.School) || x.Archived) {
		err = web.ErrNotFound
	}
	if err != nil {
		return nil, x, err
	}
	title := web.T(v.lang, "profile.name.change")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath}, web.Crumb{Name: x.Name, Href: profileAddress(x.ID)}, web.Crumb{Name: title}),
		Cancel: profileAddress(x.ID)}
	p.Lead = p.T("edit.name.lead")
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("edit.name"), Value: x.Name, MaxLength: 100},
		{Kind: web.TextField, Name: "description", Label: p.T("edit.description"), Value: x.Description, Optional: true}}
	return p, x, nil
}

func (u *UI) profileNamePage(w http.ResponseWriter, r *http.Request, v view) error {
	p, _, err := u.nameForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) profileName(w http.ResponseWriter, r *http.Request, v view) error {
	p, x, err := u.nameForm(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	for i := range p.Fields {
		p.Fields[i].Value = r.PostForm.Get(p.Fields[i].Name)
	}
	set, err := u.st.ChangeProfile(r.Context(), v.by, school.Profile{ID: x.ID, Name: p.Fields[0].Value, Description: p.Fields[1].Value})
	if err == nil {
		return u.done(w, r, profileAddress(x.ID), "done.profile.named", set)
	}
	return u.refuse(w, r, p, err)
}

func init() {
	web.Add(web.Words{
		"form.wifi.about":         {"Die iPads verbinden sich von selbst mit diesem Netz.", "The iPads join this network by themselves."},
		"form.restrictions.about": {"Was auf den iPads erlaubt, gesperrt oder erzwungen ist. Die meisten Einschränkungen wirken nur auf betreuten iPads.", "What is allowed, blocked or enforced on the iPads. Most restrictions work on supervised iPads only."},
		"form.webclip.about":      {"Eine Webadresse als Symbol auf dem Home-Bildschirm.", "A web address as an icon on the home screen."},
		"form.update.about":       {"Verlangt eine Version von iPadOS bis zu einem Termin. Von mehreren Regeln gilt an jedem iPad genau eine: die nächste.", "Demands a version of iPadOS by a deadline. Of several rules exactly one holds on each iPad: the nearest."},
		"form.updates.about":      {"Was Updates von selbst tun dürfen und wie lange sie zurückgehalten werden.", "What updates may do by themselves, and how long they are held back."},
		"form.passcode.about":     {"Ob und welcher Code zum Entsperren nötig ist. Von mehreren Profilen gilt das strengste.", "Whether and which passcode unlocks the iPad. Of several profiles the strictest holds."},
		"form.lockscreen.about":   {"Text auf dem Sperrbildschirm, damit ein gefundenes iPad zurückkommt.", "Text on the lock screen, so that a found iPad comes back."},
		"form.webfilter.about":    {"Apples eingebauter Filter für Safari und andere Web-Ansichten.", "Apple’s built-in filter for Safari and other web views."},
		"form.homescreen.about":   {"Welche Symbole wo liegen. Die Kinder können sie dann nicht mehr verschieben.", "Which icons lie where. Pupils can then no longer move them."},
		"form.mail.about":         {"Ein Postfach für die Person, die das iPad hat. Das Passwort tippt sie einmal selbst; es wird nirgends gespeichert.", "A mailbox for the person who has the iPad. They type the password once; it is stored nowhere."},
		"form.airprint.about":     {"Drucker, die das iPad nicht von selbst findet.", "Printers that the iPad does not find by itself."},
		"edit.new":                {"{1} anlegen", "New: {1}"},
		"edit.title":              {"„{1}“ bearbeiten", "Edit “{1}”"},
		"edit.pick":               {"Was soll auf die iPads?", "What shall go onto the iPads?"},
		"edit.pick.import":        {"Sie haben schon ein Profil als Datei (.mobileconfig)?", "You already have a profile as a file (.mobileconfig)?"},
		"edit.name":               {"Name des Profils", "Name of the profile"},
		"edit.name.hint":          {"So heißt es auf diesen Seiten und in den Einstellungen der iPads.", "This is what it is called on these pages and in the settings of the iPads."},
		"edit.name.lead":          {"Das ändert nur diese Seiten. Auf den iPads steht der neue Name ab der nächsten Fassung.", "This changes these pages only. The iPads show the new name from the next version on."},
		"edit.description":        {"Beschreibung", "Description"},
		"edit.school":             {"Gehört", "Belongs to"},
		"edit.school.all":         {"{1} (alle Schulen)", "{1} (all schools)"},
		"edit.school.hint":        {"Gehört es einer Schule, kann nur sie es nutzen.", "If it belongs to a school, only that school can use it."},
		"edit.secret.kept":        {"Leer lassen, um das hinterlegte zu behalten.", "Leave empty to keep the one that is set."},
		"edit.image":              {"PNG, JPEG oder GIF, am besten quadratisch.", "PNG, JPEG or GIF, square at best."},
		"edit.image.kept":         {"Leer lassen, um das hinterlegte Bild zu behalten.", "Leave empty to keep the image that is set."},
		"edit.time":               {"Tag und Uhrzeit auf der Uhr des iPads. Was in eine Prüfungssperre oder die Ruhezeit der Schule fällt, rückt dahinter.", "Day and time on the clock of the iPad. What falls into an exam freeze or the quiet hours of the school moves behind it."},
		"edit.list":               {"Eine Kennung je Zeile", "One identifier per line"},
		"edit.from":               {"ab iPadOS {1}", "from iPadOS {1}"},
		"edit.deprecated":         {"veraltet seit iPadOS {1}", "deprecated since iPadOS {1}"},
		"edit.set":                {"{1} festgelegt", "{1} set"},
		"edit.presets":            {"Vorlage übernehmen:", "Take over a template:"},
		"edit.save":               {"Als Entwurf speichern", "Save as draft"},
		"edit.publish":            {"Speichern und als Fassung {1} veröffentlichen", "Save and publish as version {1}"},
		"edit.wrong":              {"So lässt sich das Profil nicht veröffentlichen. Was nicht stimmt, steht bei den Feldern; als Entwurf können Sie es schon speichern.", "The profile cannot be published like this. What is wrong stands beside the fields; you can save it as a draft."},
		"edit.refused":            {"Was nicht stimmt, steht bei den Feldern.", "What is wrong stands beside the fields."},
		"edit.check.ok":           {"So passt es.", "This is fine."},
		"edit.check.errors":       {"{1} {1:Angabe stimmt|Angaben stimmen} noch nicht.", "{1} {1:entry is|entries are} not right yet."},
		"edit.check.warnings":     {"{1} {1:Hinweis|Hinweise} bei den Feldern.", "{1} {1:finding|findings} beside the fields."},
		"done.profile.draft":      {"Der Entwurf ist gespeichert.", "The draft is saved."},
		"done.profile.published":  {"Fassung {1} ist veröffentlicht. Auf die iPads kommt sie durch eine Zuweisung.", "Version {1} is published. It reaches the iPads by an assignment."},
		"done.profile.dropped":    {"Der Entwurf ist verworfen.", "The draft is discarded."},
		"done.profile.archived":   {"Das Profil ist archiviert.", "The profile is archived."},
		"done.profile.named":      {"Der Name ist geändert.", "The name is changed."},
	})
}
