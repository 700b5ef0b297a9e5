package ui

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const contentPath = applePath + "/content"

func contentAddress(id school.TokenID) string { return contentPath + "/" + url.PathEscape(string(id)) }

// contentPage is one location of Apple School Manager: its token, its state, and what people decide about it. Without Home it is the
// form for a new one.
type contentPage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	Status *web.Status
	Facts  []web.Fact
	Home   string
	May    bool
	File   web.FileField
	Upload string // address that takes the file
	Fields []web.Field
	Remove *web.Confirm
}

// contents lists the locations.
func (u *UI) contents(w http.ResponseWriter, r *http.Request, v view) error {
	list, err := u.st.ContentTokens(r.Context(), v.by)
	if err != nil {
		return err
	}
	l := v.lang
	p := &tablePage{Frame: u.frame(r, web.T(l, "content.title")), Lead: web.T(l, "content.lead")}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath})
	if v.can(school.Apple) {
		p.Actions = []web.Action{{Text: p.T("content.new"), Href: contentPath + "/new", Primary: len(list) == 0}, {Text: p.T("apps.title"), Href: appsPath}}
	}
	p.Empty = web.Empty{Title: p.T("content.none"), Text: p.T("content.none.text"), Actions: p.Actions[:min(1, len(p.Actions))]}
	for i, key := range []string{"content.name", "token.state", "apps.bought", "apps.used", "board.when", "content.counted"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key), Numeric: i == 2 || i == 3})
	}
	for _, t := range list {
		status := contentStatus(&p.Frame, t)
		p.Rows = append(p.Rows, []cell{{Text: t.Name, Href: contentAddress(t.ID), Detail: t.SchoolName}, {Status: &status}, {Text: l.Number(int64(t.Bought)), Numeric: true},
			{Text: l.Number(int64(t.Used)), Numeric: true}, {Text: l.Date(t.Ends)}, {When: momentOf(&p.Frame, t.Synced)}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// contentStatus says in plain words how a location stands.
func contentStatus(f *web.Frame, t store.ContentToken) web.Status {
	switch {
	case !t.Ends.After(f.Now):
		return web.Status{Kind: web.Danger, Text: f.T("content.state.ended", t.Ends)}
	case t.Error == store.ContentRejected:
		return web.Status{Kind: web.Danger, Text: f.T("content.state.rejected")}
	case t.ClaimedBy != "":
		return web.Status{Kind: web.Warning, Text: f.T("content.state.foreign", t.ClaimedBy)}
	case t.Error != "":
		return web.Status{Kind: web.Busy, Text: wordOr(f.Lang, "content.state."+t.Error, f.T("content.state.refused"))}
	case t.Synced.IsZero():
		return web.Status{Kind: web.Busy, Text: f.T("content.state.first")}
	case t.Asked > 0:
		return web.Status{Kind: web.Busy, Text: f.T("apps.asked", t.Asked)}
	case t.Short > 0:
		return web.Status{Kind: web.Warning, Text: f.T("apps.short", t.Short)}
	}
	return web.Status{Kind: web.OK, Text: f.T("content.state.ok")}
}

func contentFile(f *web.Frame) web.FileField {
	return web.FileField{Name: "token", Label: f.T("content.file"), Hint: f.T("content.file.hint"), Accept: ".vpptoken", MaxBytes: certLimit / 2}
}

func (u *UI) newContentPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showNewContent(w, r, v, "")
}

func (u *UI) showNewContent(w http.ResponseWriter, r *http.Request, v view, refused string) error {
	p := &contentPage{Frame: u.frame(r, web.T(v.lang, "content.new")), Lead: web.T(v.lang, "content.new.lead"), Upload: contentPath + "/new"}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath}, web.Crumb{Name: p.T("content.title"), Href: contentPath})
	p.File = contentFile(&p.Frame)
	p.File.Error = refused
	status := http.StatusOK
	if refused != "" {
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "content", p)
}

// keepContent takes a token file; it returns what is said at the field when it was refused.
func (u *UI) keepContent(r *http.Request, v view, id school.TokenID) (school.TokenID, string, error) {
	if err := parseForm(r); err != nil {
		return "", "", err
	}
	file, err := upload(r, "token")
	if err != nil {
		return "", "", err
	}
	if len(file) == 0 {
		return "", web.T(v.lang, "content.file.none"), nil
	}
	id, err = u.Enroll.KeepContentToken(r.Context(), v.by, store.ContentToken{ID: id}, file)
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		text := ""
		for _, t := range said {
			text = t
		}
		return "", text, err
	}
	u.Wake("apps", string(v.by.Tenant))
	return id, "", nil
}

func (u *UI) newContent(w http.ResponseWriter, r *http.Request, v view) error {
	id, refused, err := u.keepContent(r, v, "")
	if err != nil {
		return err
	}
	if refused != "" {
		return u.showNewContent(w, r, v, refused)
	}
	return u.done(w, r, contentAddress(id), "done.content.kept", "")
}

func (u *UI) renewContent(w http.ResponseWriter, r *http.Request, v view) error {
	id, refused, err := u.keepContent(r, v, school.TokenID(routeVar(r, "location")))
	if err != nil {
		return err
	}
	if refused != "" {
		return u.showContent(w, r, v, func(p *contentPage) { p.File.Error = refused })
	}
	return u.done(w, r, contentAddress(id), "done.content.kept", "")
}

func (u *UI) content(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showContent(w, r, v, nil)
}

func (u *UI) showContent(w http.ResponseWriter, r *http.Request, v view, change func(*contentPage)) error {
	t, err := u.st.ContentToken(r.Context(), v.by, school.TokenID(routeVar(r, "location")))
	if err != nil {
		return err
	}
	l := v.lang
	p := &contentPage{Frame: u.frame(r, t.Name), Home: contentAddress(t.ID), May: v.can(school.Apple)}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath}, web.Crumb{Name: p.T("content.title"), Href: contentPath})
	status := contentStatus(&p.Frame, t)
	p.Status, p.Upload, p.File = &status, p.Home+"/file", contentFile(&p.Frame)
	p.Facts = []web.Fact{{Name: p.T("token.org"), Text: t.OrgName}, {Name: p.T("content.location"), Text: t.Location}, {Name: p.T("push.ends"), Text: l.Date(t.Ends)},
		{Name: p.T("apps.licences"), Text: p.T("apps.licences.text", l.Number(int64(t.Bought)), l.Number(int64(t.Used)), l.Number(int64(t.Bought-t.Used)))}}
	if at := momentOf(&p.Frame, t.Synced); at != nil {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("content.counted"), When: at})
	}
	if t.ClaimedBy != "" {
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("content.foreign", t.ClaimedBy), Text: p.T("content.foreign.text")}
	}
	if p.May {
		schools, err := u.schoolOptions(r, v, school.Apple, p.T("content.school.all"), string(t.School))
		if err != nil {
			return err
		}
		p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("token.name"), Value: t.Name, MaxLength: 100},
			{Kind: web.SelectField, Name: "school", Label: p.T("content.school"), Hint: p.T("content.school.hint"), Options: schools},
			{Kind: web.NumberField, Name: "silent_days", Label: p.T("content.silent"), Hint: p.T("content.silent.hint"), Value: strconv.Itoa(t.SilentDays)}}
		p.Remove = &web.Confirm{ID: "remove", Title: p.T("content.remove"), Text: p.T("content.remove.text"), Word: t.Name, Button: p.T("content.remove.do"), Action: p.Home + "/remove", Cancel: p.Home}
	}
	code := http.StatusOK
	if change != nil {
		change(p)
		code = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, code, "content", p)
}

func (u *UI) saveContent(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := school.TokenID(routeVar(r, "location"))
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	set, err := u.st.ChangeContentToken(r.Context(), v.by, store.ContentToken{ID: id, Name: get("name"), School: school.SchoolID(get("school")), SilentDays: atoi(get("silent_days"))})
	if err == nil {
		u.Wake("apps", string(v.by.Tenant))
		return u.done(w, r, contentAddress(id), "done.token.saved", set)
	}
	said, err := fieldErrors(v.lang, err)
	if err != nil {
		return err
	}
	return u.showContent(w, r, v, func(p *contentPage) {
		for i, f := range p.Fields {
			p.Fields[i].Error = said[f.Name]
			if f.Kind != web.SelectField {
				p.Fields[i].Value = get(f.Name)
			} else {
				choose(get(f.Name), f.Options...)
			}
		}
	})
}

func (u *UI) countContent(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.TokenID(routeVar(r, "location"))
	if err := u.st.WantContent(r.Context(), v.by, id); err != nil {
		return err
	}
	u.Wake("apps", string(v.by.Tenant))
	return u.done(w, r, contentAddress(id), "done.content.count", "")
}

func (u *UI) removeContent(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	t, err := u.st.ContentToken(r.Context(), v.by, school.TokenID(routeVar(r, "location")))
	if err != nil {
		return err
	}
	if typed := strings.TrimSpace(r.PostForm.Get(web.ConfirmName)); typed != t.Name {
		return u.showContent(w, r, v, func(p *contentPage) { p.Remove.Typed, p.Remove.Error = typed, p.T("token.remove.other") })
	}
	if err := u.st.RemoveContentToken(r.Context(), v.by, t.ID); err != nil {
		return err
	}
	return u.done(w, r, contentPath, "done.token.removed", "")
}

func init() {
	web.Add(web.Words{
		"content.title":               {"Standorte für Apps und Bücher", "Locations for apps and books"},
		"content.lead":                {"Ein Inhalts-Token öffnet die Lizenzen eines Standorts in Apple School Manager. Es gilt ein Jahr.", "A content token opens the licences of a location in Apple School Manager. It is valid for a year."},
		"content.new":                 {"Inhalts-Token hinzufügen", "Add a content token"},
		"content.new.lead":            {"In Apple School Manager unter „Zahlungen und Abrechnung“ das Inhalts-Token des Standorts herunterladen und hier hochladen.", "In Apple School Manager, download the content token of the location under “Payments and Billing” and upload it here."},
		"content.none":                {"Noch kein Inhalts-Token", "No content token yet"},
		"content.none.text":           {"Ohne Inhalts-Token lassen sich keine Apps zuweisen.", "Without a content token no apps can be assigned."},
		"content.name":                {"Standort", "Location"},
		"content.location":            {"Standort bei Apple", "Location at Apple"},
		"content.counted":             {"Zuletzt gezählt", "Last counted"},
		"content.file":                {"Inhalts-Token (.vpptoken)", "Content token (.vpptoken)"},
		"content.file.hint":           {"Die Datei, wie Apple School Manager sie gibt. Sie wird verschlossen aufbewahrt und nirgends angezeigt.", "The file as Apple School Manager gives it. It is kept sealed and shown nowhere."},
		"content.file.none":           {"Wählen Sie die Datei aus.", "Choose the file."},
		"content.renew":               {"Token erneuern", "Renew the token"},
		"content.renew.text":          {"Ein neues Token desselben Standorts tritt an die Stelle des alten.", "A new token of the same location takes the place of the old one."},
		"content.upload":              {"Hochladen", "Upload"},
		"content.count":               {"Jetzt zählen", "Count now"},
		"content.settings":            {"Was Sie festlegen", "What you decide"},
		"content.school":              {"Für welche iPads", "For which iPads"},
		"content.school.all":          {"iPads aller Schulen", "iPads of all schools"},
		"content.school.hint":         {"Hat eine Schule eigene Lizenzen, werden sie vor denen des Schulträgers genommen.", "If a school has licences of its own, they are taken before those of the authority."},
		"content.silent":              {"Tage des Schweigens, nach denen ein iPad seine Lizenzen abgibt", "Days of silence after which an iPad gives its licences back"},
		"content.silent.hint":         {"Meldet es sich wieder, bekommt es sie von selbst zurück, solange welche frei sind.", "When it calls again it gets them back by itself, as long as some are free."},
		"content.remove":              {"Standort entfernen", "Remove the location"},
		"content.remove.text":         {"Ranzen vergisst Token und Lizenzen dieses Standorts. Bei Apple bleibt alles, wie es ist; auf den iPads bleiben die Apps.", "Ranzen forgets the token and the licences of this location. At Apple all stays as it is; the apps stay on the iPads."},
		"content.remove.do":           {"Standort entfernen", "Remove the location"},
		"content.foreign":             {"Ein anderes System verwaltet diesen Standort: {1}", "Another system manages this location: {1}"},
		"content.foreign.text":        {"Bis das geklärt ist, vergibt Ranzen hier keine Lizenzen. Trennen Sie dort das Token, dann hier „Jetzt zählen“.", "Until that is settled, Ranzen gives no licences here. Disconnect the token there, then “Count now” here."},
		"content.state.ended":         {"Am {1} abgelaufen. Lizenzen lassen sich nicht mehr vergeben.", "Ended on {1}. Licences can no longer be given."},
		"content.state.rejected":      {"Apple nimmt das Token nicht mehr an: abgelaufen, widerrufen oder das Kennwort geändert. Laden Sie ein neues hoch.", "Apple no longer accepts the token: ended, revoked or the password was changed. Upload a new one."},
		"content.state.foreign":       {"Wird von „{1}“ verwaltet; hier wird nichts vergeben.", "Managed by “{1}”; nothing is given here."},
		"content.state.throttled":     {"Apple bittet um Geduld. Es geht von selbst weiter.", "Apple asks for patience. It continues by itself."},
		"content.state.away":          {"Apples Dienst ist gerade nicht erreichbar. Es geht von selbst weiter.", "Apple’s service cannot be reached just now. It continues by itself."},
		"content.state.refused":       {"Apple hat die letzte Anfrage abgelehnt. Der nächste Versuch kommt von selbst.", "Apple refused the last request. The next try comes by itself."},
		"content.state.first":         {"Wird zum ersten Mal gezählt.", "Is being counted for the first time."},
		"content.state.ok":            {"In Ordnung", "Fine"},
		"done.content.kept":           {"Das Token gilt. Was der Standort besitzt, wird jetzt gezählt.", "The token is in force. What the location owns is being counted now."},
		"done.content.count":          {"Die Zählung ist angestoßen.", "The count is started."},
		"event.content_token.created": {"Inhalts-Token hinzugefügt", "Content token added"},
		"event.content_token.renewed": {"Inhalts-Token erneuert", "Content token renewed"},
		"event.content_token.changed": {"Standort für Apps geändert", "Location for apps changed"},
		"event.content_token.removed": {"Standort für Apps entfernt", "Location for apps removed"},
		"alarm.content_rejected":      {"Apple nimmt ein Inhalts-Token nicht mehr an. Neue Apps bekommen keine Lizenz.", "Apple no longer accepts a content token. New apps get no licence."},
		"alarm.content_foreign":       {"Ein anderes System verwaltet einen Standort für Apps; Ranzen vergibt dort nichts.", "Another system manages a location for apps; Ranzen gives nothing there."},
		"letter.content.subject":      {"Inhalts-Token erneuern: {1}", "Renew the content token: {1}"},
		"letter.content":              {"Das Inhalts-Token „{2}“ läuft am {1} ab. Danach lassen sich keine Lizenzen für Apps mehr vergeben.", "The content token “{2}” ends on {1}. After that no licences for apps can be given."},
		"letter.content.steps":        {"1. In Apple School Manager anmelden und unter „Zahlungen und Abrechnung“ das Inhalts-Token desselben Standorts herunterladen.\n2. In Ranzen unter Apple-Anbindung, Standorte für Apps und Bücher, den Standort öffnen und die Datei hochladen.", "1. Sign in to Apple School Manager and download the content token of the same location under “Payments and Billing”.\n2. In Ranzen, open the location under Apple connection, locations for apps and books, and upload the file."},
		"todo.content.ends":           {"Das Inhalts-Token „{1}“ läuft in {2} {2:Tag|Tagen} ab ({3}). Danach bekommt keine App mehr eine Lizenz.", "The content token “{1}” ends in {2} {2:day|days} ({3}). After that no app gets a licence."},
		"todo.content.ended":          {"Das Inhalts-Token „{1}“ ist am {2} abgelaufen. Keine App bekommt mehr eine Lizenz.", "The content token “{1}” ended on {2}. No app gets a licence any more."},
		"todo.content.do":             {"Token erneuern", "Renew the token"},
	})
}
