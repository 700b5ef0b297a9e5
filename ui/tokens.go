package ui

import (
	"net/http"
	"slices"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// tokenVerbs are what a token can be given, from looking to deciding.
var tokenVerbs = []school.Verb{school.View, school.ViewPeople, school.EditOrg, school.EditPeople, school.EditDevices, school.OrderDevice, school.EditProfiles,
	school.Assign, school.Fix, school.Enroll, school.Lend, school.Clerks, school.Mend, school.Apple, school.Settings, school.Accounts, school.ReadAudit, school.ReadOutbox, school.Export}

func tokenStatus(f *web.Frame, x store.APIToken) web.Status {
	switch {
	case x.Revoked:
		return web.Status{Kind: web.Off, Text: f.T("tokens.revoked")}
	case !x.Ends.IsZero() && !x.Ends.After(f.Now):
		return web.Status{Kind: web.Off, Text: f.T("tokens.ended")}
	case x.Resting:
		return web.Status{Kind: web.Warning, Text: f.T("tokens.resting")}
	}
	return web.Status{Kind: web.OK, Text: f.T("tokens.good")}
}

func (u *UI) tokensPage(w http.ResponseWriter, r *http.Request, v view) error {
	page, err := u.st.APITokens(r.Context(), v.by, r.URL.Query().Get("after"), 0)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("tokens.title"), p.T("tokens.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	create := web.Action{Text: p.T("tokens.new"), Href: "/tokens/new", Primary: true}
	p.Actions = []web.Action{create}
	p.Columns = []web.Column{{Name: p.T("tokens.name")}, {Name: p.T("account.role")}, {Name: p.T("tokens.verbs")}, {Name: p.T("tokens.ends")},
		{Name: p.T("tokens.used")}, {Name: p.T("accounts.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range page.Rows {
		status := tokenStatus(&p.Frame, x)
		var verbs []string
		for _, verb := range x.Verbs {
			verbs = append(verbs, p.T("verb."+string(verb)))
		}
		row := []cell{{Text: x.Name, Detail: p.T("part.by", x.ByName)}, {Text: grantText(&p.Frame, school.Grant{Role: x.Role, Authority: v.by.Tenant, School: x.School}, v.authority.Name, names)},
			{Text: p.Lang.List(verbs)}, {Text: p.T("tokens.endless")}, {When: momentOf(&p.Frame, x.Used)}, {Status: &status}, {}}
		if !x.Ends.IsZero() {
			row[3].Text = p.Lang.Date(lastDay(x.Ends))
		}
		if x.Used.IsZero() {
			row[4].Text = p.T("time.never")
		}
		if status.Kind != web.Off {
			row[6].Actions = []web.Action{{Text: p.T("tokens.revoke"), About: x.Name, Href: "/tokens/revoke", Post: true, Hidden: []web.Hidden{{Name: "token", Value: string(x.ID)}}}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Empty = web.Empty{Title: p.T("tokens.none"), Text: p.T("tokens.none.text"), Actions: []web.Action{create}}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// tokenPage is the page "token": a new one is asked for, or shown this once.
type tokenPage struct {
	web.Frame
	Tabs   []web.Tab // the role comes first: it decides what can be ticked
	Alert  *web.Alert
	List   string // address of the list
	Role   school.Role
	Fields []web.Field
	Secret string
}

func (u *UI) tokenForm(r *http.Request, v view) (*tokenPage, error) {
	p := &tokenPage{Frame: u.frame(r, "", web.Crumb{}), List: "/tokens"}
	p.Title = p.T("tokens.new")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("tokens.title"), Href: "/tokens"})
	asked := school.Role(r.FormValue("role"))
	verbs := map[school.Role][]school.Verb{}
	for _, role := range store.TokenRoles {
		of := role.Verbs()
		for _, verb := range tokenVerbs {
			if slices.Contains(of, verb) && v.by.MayGive(verb, school.Where{Authority: v.by.Tenant}) {
				verbs[role] = append(verbs[role], verb)
			}
		}
		if len(verbs[role]) == 0 {
			continue
		}
		if p.Role == "" || role == asked {
			p.Role = role
		}
		p.Tabs = append(p.Tabs, web.Tab{Name: roleName(p.Lang, role), Href: "/tokens/new?role=" + string(role)})
	}
	for i := range p.Tabs {
		p.Tabs[i].Current = p.Tabs[i].Name == roleName(p.Lang, p.Role)
	}
	p.Fields = []web.Field{{Name: "name", Label: p.T("tokens.name"), Hint: p.T("tokens.name.hint"), Value: r.PostFormValue("name"), MaxLength: 200, Focus: true}}
	if p.Role.AtSchools() {
		first := p.T("tokens.school.choose")
		if p.Role.Stands("") {
			first = p.T("tokens.school.all")
		}
		schools, err := u.schoolOptions(r, v, school.View, first, r.PostFormValue("school"))
		if err != nil {
			return nil, err
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("accounts.school"), Options: schools})
	}
	var options []web.Option
	for _, verb := range verbs[p.Role] {
		options = append(options, web.Option{Value: string(verb), Text: p.T("verb." + string(verb)), Chosen: slices.Contains(r.PostForm["verbs"], string(verb))})
	}
	p.Fields = append(p.Fields,
		web.Field{Kind: web.ChecksField, Name: "verbs", Label: p.T("tokens.verbs"), Hint: p.T("tokens.verbs.hint"), Options: options},
		web.Field{Kind: web.DateField, Name: "ends", Label: p.T("accounts.until"), Hint: p.T("tokens.ends.hint"), Value: r.PostFormValue("ends"), Optional: true})
	return p, nil
}

func (u *UI) newTokenPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.tokenForm(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "token", p)
}

func (u *UI) newToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	p, err := u.tokenForm(r, v)
	if err != nil {
		return err
	}
	x := store.APIToken{Name: r.PostFormValue("name"), Role: p.Role, School: school.SchoolID(r.PostFormValue("school"))}
	for _, verb := range r.PostForm["verbs"] {
		x.Verbs = append(x.Verbs, school.Verb(verb))
	}
	ends, err := dayOf(r.PostFormValue("ends"), "ends")
	if err == nil {
		if !ends.IsZero() {
			x.Ends = ends.AddDate(0, 0, 1)
		}
		_, p.Secret, err = u.st.CreateAPIToken(r.Context(), v.by, x)
	}
	if err != nil {
		if p.Alert, err = refusal(p.Lang, err, p.Fields); err != nil {
			return err
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "token", p)
	}
	p.Title = p.T("tokens.made", x.Name)
	return u.site.Render(w, r, http.StatusOK, "token", p)
}

func (u *UI) revokeToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.RevokeAPIToken(r.Context(), v.by, store.APITokenID(r.PostFormValue("token"))); err != nil {
		return err
	}
	return u.done(w, r, "/tokens", "done.token.revoked", "")
}

func init() {
	web.Add(web.Words{
		"tokens.title":         {"API-Token", "API tokens"},
		"tokens.lead":          {"Mit einem Token arbeitet ein Programm in diesem Schulträger. Es darf nur, was hier steht.", "With a token a program works in this school authority. It may only do what is listed here."},
		"tokens.new":           {"API-Token erstellen", "Make an API token"},
		"tokens.submit":        {"Erstellen und anzeigen", "Make and show"},
		"tokens.made":          {"API-Token „{1}“", "API token “{1}”"},
		"tokens.made.text":     {"Tragen Sie es jetzt in das Programm ein. Diese Seite zeigt es nur dieses eine Mal; geht es verloren, erstellen Sie ein neues.", "Enter it into the program now. This page shows it this once only; if it is lost, make a new one."},
		"tokens.back":          {"Zu den API-Token", "To the API tokens"},
		"tokens.name":          {"Name", "Name"},
		"tokens.name.hint":     {"Wofür es ist, zum Beispiel „Inventarabgleich“.", "What it is for, such as “inventory sync”."},
		"tokens.school.choose": {"bitte wählen", "please choose"},
		"tokens.school.all":    {"ganzer Schulträger", "whole authority"},
		"tokens.verbs":         {"Darf", "May"},
		"tokens.verbs.hint":    {"So wenig wie möglich.", "As little as possible."},
		"tokens.ends":          {"Endet", "Ends"},
		"tokens.ends.hint":     {"Leer: ohne Ende. Ein Jahr ist ein gutes Maß.", "Empty: no end. A year is a good measure."},
		"tokens.endless":       {"ohne Ende", "no end"},
		"tokens.used":          {"Zuletzt benutzt", "Last used"},
		"tokens.good":          {"gilt", "in force"},
		"tokens.revoked":       {"zurückgezogen", "revoked"},
		"tokens.ended":         {"abgelaufen", "expired"},
		"tokens.resting":       {"ruht: das Konto ist gesperrt", "resting: the account is disabled"},
		"tokens.revoke":        {"Zurückziehen", "Revoke"},
		"tokens.none":          {"Noch keine API-Token", "No API tokens yet"},
		"tokens.none.text":     {"Ein Token braucht, wer Ranzen mit einem anderen Programm verbinden will. Für die Arbeit im Browser ist keins nötig.", "A token is for connecting Ranzen to another program. Working in the browser needs none."},
		"done.token.revoked":   {"Das API-Token gilt nicht mehr.", "The API token is no longer valid."},
	})
}
