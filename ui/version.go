package ui

import (
	"net/http"
	"strings"
	"unicode"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// versionPage is one version of a profile: what it changed, and what it says.
type versionPage struct {
	web.Frame
	Lead     string
	Against  string // the version it is compared with; empty: it is the first
	Changes  []changedLine
	Content  *contentView
	Download string
	Actions  []web.Action
}

func (u *UI) version(w http.ResponseWriter, r *http.Request, v view) error {
	ctx := r.Context()
	version, err := u.st.Version(ctx, v.by, school.VersionID(routeVar(r, "version")))
	if err != nil {
		return err
	}
	x, err := u.st.Profile(ctx, v.by, version.Profile)
	if err != nil {
		return err
	}
	home := profileAddress(x.ID)
	title := web.T(v.lang, "profile.number", version.Number)
	lead := ""
	if version.Number == 0 {
		title = web.T(v.lang, "profiles.draft")
	}
	p := &versionPage{Frame: u.frame(r, web.T(v.lang, "version.title", x.Name, title), web.Crumb{Name: web.T(v.lang, "nav.profiles"), Href: profilesPath},
		web.Crumb{Name: x.Name, Href: home}, web.Crumb{Name: title}), Lead: lead}
	if version.Number > 0 {
		p.Lead = p.T("version.published", v.lang.DateTime(version.Published))
	} else if v.at(school.EditProfiles, x.School) && !x.Archived {
		if version.Content.Publishable() {
			p.Actions = append(p.Actions, web.Action{Text: p.T("profile.publish", x.Number+1), Href: home + "/publish", Post: true, Primary: true})
		}
		p.Actions = append(p.Actions, web.Action{Text: p.T("profile.continue"), Href: home + "/edit"})
	}
	if v.at(school.EditProfiles, x.School) {
		p.Download = r.URL.Path + "/download"
	}
	before, err := u.versionBefore(r, v, version)
	if err != nil {
		return err
	}
	if before != nil {
		p.Against = p.T("profile.number", before.Number)
		p.Changes = changes(v.lang, before.Content, version.Content)
	}
	if p.Content, err = contentOf(v.lang, version.Content); err != nil {
		return err
	}
	p.Content.Heading = p.T("profile.tab.content")
	return u.site.Render(w, r, http.StatusOK, "version", p)
}

// versionBefore is the published version before another one; nil when there is none.
func (u *UI) versionBefore(r *http.Request, v view, version school.Version) (*school.Version, error) {
	list, err := u.st.Versions(r.Context(), v.by, version.Profile, version.Number, 2)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if n.Number == 0 || n.ID == version.ID {
			continue
		}
		before, err := u.st.Version(r.Context(), v.by, n.ID)
		return &before, err
	}
	return nil, nil
}

// downloadVersion sends a version as a file. It holds passwords in clear text, so only those get it who may write them.
func (u *UI) downloadVersion(w http.ResponseWriter, r *http.Request, v view) error {
	version, err := u.st.Version(r.Context(), v.by, school.VersionID(routeVar(r, "version")))
	if err != nil {
		return err
	}
	x, err := u.st.Profile(r.Context(), v.by, version.Profile)
	if err != nil {
		return err
	}
	if !v.at(school.EditProfiles, x.School) {
		return web.ErrNotFound
	}
	return sendFile(w, "application/x-apple-aspen-config", fileName(x.Name)+".mobileconfig", version.Content.Body)
}

// sendFile answers with a download.
func sendFile(w http.ResponseWriter, kind, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := w.Write(body)
	return err
}

// fileName makes a file name of a text that every system takes: umlauts are written out, the rest becomes hyphens.
func fileName(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss").Replace(s)
	words := strings.FieldsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	s = strings.Join(words, "-")
	if len(s) > 60 {
		s = s[:60]
	}
	if s == "" {
		return "Ranzen"
	}
	return s
}

func init() {
	web.Add(web.Words{
		"version.title":     {"{1}, {2}", "{1}, {2}"},
		"version.published": {"veröffentlicht am {1}", "published on {1}"},
		"version.against":   {"Was ändert sich gegenüber {1}", "What changes against {1}"},
		"version.first":     {"Das ist die erste Fassung.", "This is the first version."},
		"version.same":      {"Gegenüber {1} ändert sich nichts.", "Nothing changes against {1}."},
		"version.download":  {"Als Datei herunterladen", "Download as a file"},
		"version.secrets":   {"Die Datei enthält Passwörter im Klartext.", "The file holds passwords in clear text."},
	})
}
