package ui

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// importPage takes a profile as a file: first it is only looked at, then it is saved. Between the two steps the file
// travels with the page; nothing is kept on the server that nobody saved.
type importPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Action  string
	File    *web.FileField // first step
	Content *contentView   // second step
	Facts   []web.Fact
	Fields  []web.Field
	Hidden  []web.Hidden
	Changes []changedLine
	Against string
	Submit  string
	Cancel  string
}

// importLimit is how much the form may send: the file, and in the second step the file as text.
const importLimit = profiles.MaxSize + profiles.MaxSize/2

// importing is what is imported and where to.
type importing struct {
	profile store.ProfileRow // zero: a new one
	over    string
	latest  *school.Version
}

func (u *UI) beginImport(r *http.Request, v view) (*importPage, importing, error) {
	var m importing
	p := &importPage{Action: profilesPath + "/import", Cancel: profilesPath}
	title, crumbs := web.T(v.lang, "import.title"), []web.Crumb{{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath}}
	if id := school.ProfileID(r.URL.Query().Get("profile")); id != "" {
		x, err := u.st.Profile(r.Context(), v.by, id)
		if err != nil {
			return nil, m, err
		}
		if !v.at(school.EditProfiles, x.School) || x.Archived {
			return nil, m, web.ErrNotFound
		}
		m.profile = x
		if x.Draft != "" {
			d, err := u.st.Draft(r.Context(), v.by, id)
			if err != nil {
				return nil, m, err
			}
			m.over = d.Content.Hash
		}
		if x.Latest != "" {
			latest, err := u.st.Version(r.Context(), v.by, x.Latest)
			if err != nil {
				return nil, m, err
			}
			m.latest = &latest
		}
		p.Cancel = profileAddress(id)
		p.Action += "?profile=" + url.QueryEscape(string(id))
		title = web.T(v.lang, "import.version", x.Name)
		crumbs = append(crumbs, web.Crumb{Name: x.Name, Href: p.Cancel})
	}
	p.Frame = u.frame(r, title, append(crumbs, web.Crumb{Name: web.T(v.lang, "profiles.import")})...)
	p.Lead = p.T("import.lead")
	if m.profile.ID != "" && m.profile.Form == "" {
		p.Lead = p.T("import.lead.raw")
	}
	p.File = &web.FileField{Name: "file", Label: p.T("import.file"), Hint: p.T("import.file.hint"), Accept: ".mobileconfig,.xml,.plist", MaxBytes: profiles.MaxSize}
	return p, m, nil
}

func (u *UI) importProfilePage(w http.ResponseWriter, r *http.Request, v view) error {
	p, _, err := u.beginImport(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "profile-import", p)
}

func (u *UI) importProfile(w http.ResponseWriter, r *http.Request, v view) error {
	p, m, err := u.beginImport(r, v)
	if err != nil {
		return err
	}
	if err := parseForm(r); err != nil {
		return err
	}
	body, save := []byte(nil), false
	if kept := r.PostForm.Get("body"); kept != "" {
		if body, err = base64.StdEncoding.DecodeString(kept); err != nil {
			return web.ErrNotFound // nobody types this
		}
		save = true
	} else if body, err = upload(r, "file"); err != nil {
		return err
	}
	if len(body) == 0 {
		p.File.Error = p.T("import.none")
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "profile-import", p)
	}
	content, err := profiles.Parse(body)
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		p.File.Error = said[""]
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "profile-import", p)
	}
	p.Hidden = []web.Hidden{{Name: "body", Value: base64.StdEncoding.EncodeToString(body)}}
	return u.lookAtImport(w, r, v, p, m, content, save)
}

// lookAtImport shows what a file says, or saves it. A refusal shows it again.
func (u *UI) lookAtImport(w http.ResponseWriter, r *http.Request, v view, p *importPage, m importing, c school.Content, save bool) error {
	var err error
	name, at, identifier := strings.TrimSpace(r.PostForm.Get("name")), school.SchoolID(r.PostForm.Get("school")), identifierOf(c)
	if !save {
		if name = c.Name; name == "" {
			name = identifier
		}
	}
	p.File = nil
	if p.Content, err = contentOf(v.lang, c); err != nil {
		return err
	}
	p.Content.Heading = p.T("import.content")
	p.Lead = p.T("import.nothing.yet")
	p.Submit = p.T("edit.save")
	if m.profile.ID == "" {
		if err := u.importFields(r, v, p, name, at, identifier); err != nil {
			return err
		}
	} else if m.latest != nil {
		p.Against = p.T("profile.number", m.latest.Number)
		p.Changes = changes(v.lang, m.latest.Content, c)
	}
	status := http.StatusOK
	if save {
		id, set, err := u.keepImport(r, v, m, c, name, at, identifier)
		if err == nil {
			return u.done(w, r, profileAddress(id), "done.profile.draft", set)
		}
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("form.refused")}
		for i := range p.Fields {
			p.Fields[i].Error = said[p.Fields[i].Name]
			delete(said, p.Fields[i].Name)
		}
		for _, text := range said {
			p.Alert.Lines = append(p.Alert.Lines, text)
		}
	}
	return u.site.Render(w, r, status, "profile-import", p)
}

// importFields ask for what a new profile needs beside its file.
func (u *UI) importFields(r *http.Request, v view, p *importPage, name string, at school.SchoolID, identifier string) error {
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("edit.name"), Value: name, MaxLength: 100}}
	first := ""
	if v.can(school.EditProfiles) {
		first = p.T("edit.school.all", v.authority.Name)
	}
	options, err := u.schoolOptions(r, v, school.EditProfiles, first, string(at))
	if err != nil {
		return err
	}
	if len(options) > 1 {
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("edit.school"), Hint: p.T("edit.school.hint"), Options: options})
	} else if len(options) == 1 {
		p.Hidden = append(p.Hidden, web.Hidden{Name: "school", Value: options[0].Value})
	}
	if identifier != "" {
		p.Facts = []web.Fact{{Name: p.T("profiles.identifier"), Code: identifier}}
	}
	return nil
}

func (u *UI) keepImport(r *http.Request, v view, m importing, c school.Content, name string, at school.SchoolID, identifier string) (school.ProfileID, school.ChangeSetID, error) {
	form := ""
	if kind, _, ok := profiles.Read(c); ok {
		form = kind
	}
	if m.profile.ID != "" {
		_, set, err := u.st.SaveDraft(r.Context(), v.by, m.profile.ID, form, c, m.over)
		return m.profile.ID, set, err
	}
	id, _, set, err := u.st.CreateProfile(r.Context(), v.by, school.Profile{Name: name, School: at, Identifier: identifier}, form, c)
	return id, set, err
}

// identifierOf is the identity the file gives the profile on devices. One a form of ours gave every profile of its kind
// says nothing: such a profile gets one of its own.
func identifierOf(c school.Content) string {
	tree, err := profiles.Tree(c)
	if err != nil {
		return ""
	}
	s, _ := tree["PayloadIdentifier"].(string)
	if strings.HasPrefix(s, "ranzen.form.") {
		return ""
	}
	return s
}

func init() {
	web.Add(web.Words{
		"import.title":       {"Profil aus Datei", "Profile from a file"},
		"import.version":     {"Neue Fassung von „{1}“", "New version of “{1}”"},
		"import.lead":        {"Signierte und unsignierte Profile (.mobileconfig) von Apple Configurator und anderen Verwaltungen. Was Apple nicht beschreibt, bleibt unverändert erhalten.", "Signed and unsigned profiles (.mobileconfig) of Apple Configurator and other management services. What Apple does not describe is kept as it is."},
		"import.lead.raw":    {"Für dieses Profil gibt es kein Formular. Ändern Sie die Datei auf Ihrem Rechner und laden Sie sie hier als neue Fassung hoch.", "There is no form for this profile. Change the file on your computer and upload it here as a new version."},
		"import.file":        {"Datei", "File"},
		"import.file.hint":   {"Höchstens 5 MB. Zuerst sehen Sie, was darin steht; gespeichert wird noch nichts.", "At most 5 MB. First you see what it says; nothing is saved yet."},
		"import.look":        {"Ansehen", "Look at it"},
		"import.none":        {"Bitte wählen Sie eine Datei.", "Please choose a file."},
		"import.content":     {"Das steht in der Datei", "This is what the file says"},
		"import.nothing.yet": {"Noch ist nichts gespeichert.", "Nothing is saved yet."},
	})
}
