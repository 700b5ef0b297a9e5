package ui

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/issuer"
	"ranzen/ui/web"
)

const (
	providersPath  = "/providers"
	providersFile  = 1 << 20
	providersLimit = 2 * providersFile
)

func providerAddress(id school.ProviderID) string { return providersPath + "/" + string(id) }

func providerStatus(f *web.Frame, p store.ProviderRow) web.Status {
	switch {
	case !p.Enabled:
		return web.Status{Kind: web.Off, Text: f.T("providers.off")}
	case len(p.Rules) == 0:
		return web.Status{Kind: web.Waiting, Text: f.T("providers.no_rules")}
	case p.Good.IsZero() && p.Failed.IsZero():
		return web.Status{Kind: web.Waiting, Text: f.T("providers.unknown")}
	case !p.Healthy():
		return web.Status{Kind: web.Warning, Text: f.T("providers.bad")}
	}
	return web.Status{Kind: web.OK, Text: f.T("providers.good")}
}

// ruleName says a rule's role and where it holds.
func (u *UI) ruleName(f *web.Frame, v view, p school.Provider, r school.ClaimRule, names map[school.SchoolID]string) string {
	g, gives := p.Gives(r)
	if !gives {
		return f.T("rules.nothing")
	}
	return grantText(f, g, v.authority.Name, names)
}

func (u *UI) providersPage(w http.ResponseWriter, r *http.Request, v view) error {
	rows, err := u.st.Providers(r.Context(), v.by)
	if err != nil {
		return err
	}
	word, err := u.st.StartWord(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	if wantsFile(r) {
		head := []string{p.T("providers.name"), p.T("providers.issuer"), p.T("providers.client"), p.T("accounts.school"), p.T("providers.back"), p.T("providers.backchannel"), p.T("accounts.state")}
		return sendList(w, r, p.T("providers.file"), head, func(yield func([]string, error) bool) {
			for _, x := range rows {
				back := u.backAddress(x.ID)
				if !yield([]string{x.Name, x.Issuer, x.ClientID, x.SchoolName, back, back + "/logout", providerStatus(&p.Frame, x).Text}, nil) {
					return
				}
			}
		})
	}
	p.Title, p.Lead = p.T("providers.title"), p.T("providers.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	create := web.Action{Text: p.T("providers.new"), Href: providersPath + "/new", Primary: true}
	p.Actions = []web.Action{create, {Text: p.T("providers.import"), Href: providersPath + "/import"}, {Text: p.T("startword.title"), Href: providersPath + "/start"}}
	switch {
	case word != "":
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("startword.is", u.Public+web.SignInPath+"/"+word)}
	case len(rows) > 0:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("startword.none"), Actions: []web.Action{{Text: p.T("startword.title"), Href: providersPath + "/start"}}}
	}
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	if len(rows) > manyDoors {
		p.Filter = &web.Filter{Action: providersPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("providers.search"), Value: q}}}
		if q != "" {
			p.Filter.Reset = providersPath
		}
	}
	for _, key := range []string{"providers.name", "accounts.school", "providers.issuer", "accounts.state", "providers.accounts"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key)})
	}
	for _, x := range rows {
		if q != "" && !strings.Contains(school.Fold(x.Name+" "+x.SchoolName+" "+x.Issuer), school.Fold(q)) {
			continue
		}
		status := providerStatus(&p.Frame, x)
		at := x.SchoolName
		if at == "" {
			at = p.T("providers.everybody")
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name, Href: providerAddress(x.ID)}, {Text: at}, {Text: x.Issuer}, {Status: &status}, {Text: fmt.Sprint(x.Accounts), Numeric: true}})
	}
	p.Files = filesOf(r)
	p.Empty = web.Empty{Title: p.T("providers.none"), Text: p.T("providers.none.text"), Actions: []web.Action{create}}
	if q != "" {
		p.Empty = web.Empty{Title: p.T("accounts.nothing"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: providersPath}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) providerForm(r *http.Request, v view, p store.ProviderRow) (*formPage, error) {
	f := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: providersPath}
	schools, err := u.schoolOptions(r, v, school.View, f.T("providers.everybody"), string(p.School))
	if err != nil {
		return nil, err
	}
	secret := f.T("providers.secret.hint")
	if p.Secret {
		secret = f.T("providers.secret.kept")
	}
	f.Fields = []web.Field{
		{Name: "issuer", Label: f.T("providers.issuer"), Hint: f.T("providers.issuer.hint"), Value: p.Issuer, MaxLength: 300, Autocomplete: "off", Focus: p.ID == ""},
		{Name: "name", Label: f.T("providers.name"), Hint: f.T("providers.name.hint"), Value: p.Name, MaxLength: 200, Autocomplete: "off"},
		{Kind: web.SelectField, Name: "school", Label: f.T("accounts.school"), Hint: f.T("providers.school.hint"), Options: schools},
		{Name: "client_id", Label: f.T("providers.client"), Value: p.ClientID, MaxLength: 300, Autocomplete: "off"},
		{Kind: web.PasswordField, Name: "client_secret", Label: f.T("providers.secret"), Hint: secret, Autocomplete: "new-password", Optional: true, MaxLength: 1000},
		{Name: "scopes", Label: f.T("providers.scopes"), Hint: f.T("providers.scopes.hint"), Value: p.Scopes, MaxLength: 300, Autocomplete: "off", Optional: true},
	}
	return f, nil
}

// usualScopes are what IServ and most others need to tell groups and roles.
const usualScopes = "profile email groups roles"

func providerIn(r *http.Request) store.ProviderRow {
	return store.ProviderRow{Provider: school.Provider{Name: r.PostFormValue("name"), Issuer: strings.TrimSpace(r.PostFormValue("issuer")), School: school.SchoolID(r.PostFormValue("school")),
		ClientID: r.PostFormValue("client_id"), Scopes: r.PostFormValue("scopes"), Enabled: true}}
}

func (u *UI) newProviderForm(r *http.Request, v view, p store.ProviderRow) (*formPage, error) {
	f, err := u.providerForm(r, v, p)
	if err != nil {
		return nil, err
	}
	f.Title, f.Lead, f.Submit = f.T("providers.new"), f.T("providers.new.lead"), f.T("providers.new.submit")
	f.Place = u.adminPlace(&f.Frame, v, web.Crumb{Name: f.T("providers.title"), Href: providersPath})
	return f, nil
}

func (u *UI) newProviderPage(w http.ResponseWriter, r *http.Request, v view) error {
	f, err := u.newProviderForm(r, v, store.ProviderRow{Provider: school.Provider{Scopes: usualScopes}})
	if err != nil {
		return err
	}
	return u.showForm(w, r, f)
}

// newProvider looks at the issuer before it is kept: what is wrong is said in the form. Whoever enters it before the
// server is there ticks that it shall be kept all the same.
func (u *UI) newProvider(w http.ResponseWriter, r *http.Request, v view) error {
	p := providerIn(r)
	form := func() (*formPage, error) { return u.newProviderForm(r, v, p) }
	if shown, err := u.lookAt(w, r, p, form); shown || err != nil {
		return err
	}
	id, err := u.st.CreateProvider(r.Context(), v.by, p.Provider, r.PostFormValue("client_secret"))
	if err != nil {
		f, ferr := form()
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, f, err)
	}
	return u.done(w, r, providerAddress(id), "done.provider.new", "")
}

// lookAt asks an issuer that is about to be kept what it offers, and shows the form again with what is wrong, unless that
// was seen already.
func (u *UI) lookAt(w http.ResponseWriter, r *http.Request, p store.ProviderRow, form func() (*formPage, error)) (shown bool, err error) {
	if p.Issuer == "" || r.PostFormValue("anyway") == "1" {
		return false, nil
	}
	_, wrong := u.issuers.Check(r.Context(), p.Issuer)
	if wrong == nil {
		return false, nil
	}
	f, err := form()
	if err != nil {
		return false, err
	}
	for i := range f.Fields {
		if f.Fields[i].Name == "issuer" {
			f.Fields[i].Error = issuerText(f.Lang, wrong)
		}
	}
	f.Fields = append(f.Fields, web.Field{Kind: web.CheckField, Name: "anyway", Label: f.T("providers.anyway"), Hint: f.T("providers.anyway.hint")})
	return true, u.showForm(w, r, f)
}

func (u *UI) editProviderForm(r *http.Request, v view, p store.ProviderRow) (*formPage, error) {
	f, err := u.providerForm(r, v, p)
	if err != nil {
		return nil, err
	}
	f.Title, f.Cancel = f.T("providers.edit"), providerAddress(p.ID)
	f.Place = u.adminPlace(&f.Frame, v, web.Crumb{Name: f.T("providers.title"), Href: providersPath})
	if p.Secret {
		f.Fields = slices.Insert(f.Fields, 5, web.Field{Kind: web.CheckField, Name: "no_secret", Label: f.T("providers.secret.none")})
	}
	f.keeping().Confirm = &web.Confirm{ID: "remove", Title: f.T("providers.remove"), Text: f.T("providers.remove.text", p.Accounts), Button: f.T("providers.remove"), Action: providerAddress(p.ID) + "/remove",
		Cancel: providerAddress(p.ID), Word: p.Name, Typed: r.PostFormValue(web.ConfirmName)}
	return f, nil
}

func (u *UI) providerOf(r *http.Request, v view) (store.ProviderRow, error) {
	return u.st.Provider(r.Context(), v.by, school.ProviderID(routeVar(r, "provider")))
}

func (u *UI) editProviderPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	f, err := u.editProviderForm(r, v, p)
	if err != nil {
		return err
	}
	return u.showForm(w, r, f)
}

func (u *UI) editProvider(w http.ResponseWriter, r *http.Request, v view) error {
	is, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	f, err := u.editProviderForm(r, v, is)
	if err != nil {
		return err
	}
	clash := f.meanwhile(r)
	p := providerIn(r)
	p.ID, p.Secret, p.Accounts = is.ID, is.Secret, is.Accounts
	form := func() (*formPage, error) { return u.editProviderForm(r, v, p) }
	if clash == nil && p.Issuer != is.Issuer {
		if shown, err := u.lookAt(w, r, p, form); shown || err != nil {
			return err
		}
	}
	var secret *string
	if typed := r.PostFormValue("client_secret"); typed != "" || r.PostFormValue("no_secret") == "1" {
		secret = &typed
	}
	if err = clash; err == nil {
		err = u.st.ChangeProvider(r.Context(), v.by, p.Provider, secret)
	}
	if err != nil {
		f, ferr := form()
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, f, err)
	}
	return u.done(w, r, providerAddress(p.ID), "done.kept", "")
}

func (u *UI) removeProvider(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	if typed := strings.TrimSpace(r.PostFormValue(web.ConfirmName)); typed != p.Name {
		f, err := u.editProviderForm(r, v, p)
		if err != nil {
			return err
		}
		f.Action = providerAddress(p.ID) + "/edit"
		f.Confirm.Error = f.T("providers.remove.word")
		f.Alert = &web.Alert{Kind: web.Danger, Title: f.Confirm.Error}
		return u.showForm(w, r, f)
	}
	if err := u.st.RemoveProvider(r.Context(), v.by, p.ID); err != nil {
		return err
	}
	return u.done(w, r, providersPath, "done.provider.removed", "")
}

func (u *UI) enableProvider(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.ProviderID(routeVar(r, "provider"))
	if err := u.st.EnableProvider(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, providerAddress(id), "done.provider.on", "")
}

func (u *UI) disableProvider(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.ProviderID(routeVar(r, "provider"))
	if err := u.st.DisableProvider(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, providerAddress(id), "done.provider.off", "")
}

// providerPage is the page "provider".
type providerPage struct {
	web.Frame
	Status  web.Status
	Actions []web.Action
	Alert   *web.Alert
	Facts   []web.Fact
	There   []web.Fact // what is entered at the provider
	Rules   [][]cell
	Rule    []web.Field
	Add     string
	Refused *web.Alert
	Link    string // by which people of this provider come in
	QR      template.HTML
}

func (u *UI) providerPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showProvider(w, r, v, nil, nil)
}

// showProvider shows a provider: with what a look at it found, or with a rule that was refused.
func (u *UI) showProvider(w http.ResponseWriter, r *http.Request, v view, found *web.Alert, refused error) error {
	x, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &providerPage{Frame: u.frame(r, x.Name, web.Crumb{}), Alert: found}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("providers.title"), Href: providersPath})
	path := providerAddress(x.ID)
	p.Status = providerStatus(&p.Frame, x)
	p.Actions = []web.Action{{Text: p.T("providers.edit"), Href: path + "/edit"}, {Text: p.T("providers.check"), Href: path + "/check", Post: true}, {Text: p.T("preview.title"), Href: path + "/preview"}}
	if x.Enabled {
		p.Actions = append(p.Actions, web.Action{Text: p.T("providers.disable"), Href: path + "/disable", Post: true})
	} else {
		p.Actions = append(p.Actions, web.Action{Text: p.T("providers.enable"), Href: path + "/enable", Post: true})
	}
	at := x.SchoolName
	if at == "" {
		at = p.T("providers.everybody")
	}
	p.Facts = []web.Fact{{Name: p.T("providers.issuer"), Text: x.Issuer}, {Name: p.T("accounts.school"), Text: at}, {Name: p.T("providers.client"), Text: x.ClientID},
		{Name: p.T("providers.accounts"), Text: v.lang.Number(int64(x.Accounts))}}
	if !x.Good.IsZero() {
		good := p.When(x.Good)
		p.Facts = append(p.Facts, web.Fact{Name: p.T("providers.good.at"), When: &good})
	}
	if !x.Failed.IsZero() && !x.Healthy() {
		failed := p.When(x.Failed)
		p.Facts = append(p.Facts, web.Fact{Name: p.T("providers.failed.at"), When: &failed}, web.Fact{Name: p.T("providers.why"), Text: p.T(codeKey(x.Code), codeArgs(x.Code)...)})
	}
	back := u.backAddress(x.ID)
	p.There = []web.Fact{{Name: p.T("providers.back"), Code: back}, {Name: p.T("providers.backchannel"), Code: back + "/logout"}, {Name: p.T("providers.post_logout"), Code: u.Public + web.SignInPath},
		{Name: p.T("providers.initiate"), Code: u.Public + withPath + "/" + string(x.ID)}}
	for _, rule := range x.Rules {
		hidden := []web.Hidden{{Name: "claim", Value: rule.Claim}, {Name: "value", Value: rule.Value}, {Name: "role", Value: string(rule.Role)}, {Name: "school", Value: string(rule.School)}}
		gives := u.ruleName(&p.Frame, v, x.Provider, rule, names)
		p.Rules = append(p.Rules, []cell{{Text: rule.Claim}, {Text: rule.Value}, {Text: gives},
			{Actions: []web.Action{{Text: p.T("rules.remove"), About: rule.Value, Href: path + "/rules/remove", Post: true, Hidden: hidden}}}})
	}
	roles := []web.Option{{Value: "", Text: p.T("rules.nothing"), Hint: p.T("rules.nothing.hint")}}
	for _, role := range school.Roles {
		if role != school.Operator && role != school.Clerk && v.mayGrant(school.Grant{Role: role}) {
			roles = append(roles, web.Option{Value: string(role), Text: roleName(p.Lang, role)})
		}
	}
	schools, err := u.schoolOptions(r, v, school.View, p.T("rules.school.own"), r.PostFormValue("school"))
	if err != nil {
		return err
	}
	claim := r.PostFormValue("claim")
	if claim == "" {
		claim = "roles"
	}
	p.Add = path + "/rules"
	p.Rule = []web.Field{
		{Name: "claim", Label: p.T("rules.claim"), Hint: p.T("rules.claim.hint"), Value: claim, MaxLength: 100, Autocomplete: "off"},
		{Name: "value", Label: p.T("rules.value"), Hint: p.T("rules.value.hint"), Value: r.PostFormValue("value"), MaxLength: 200, Autocomplete: "off"},
		{Kind: web.RadioField, Name: "role", Label: p.T("account.role"), Options: choose(r.PostFormValue("role"), roles...)},
		{Kind: web.SelectField, Name: "school", Label: p.T("accounts.school"), Hint: p.T("accounts.school.hint"), Options: schools},
	}
	status := http.StatusOK
	if refused != nil {
		if p.Refused, err = refusal(p.Lang, refused, p.Rule); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	p.Link = u.Public + withPath + "/" + string(x.ID)
	svg, err := enroll.QR(p.Link)
	if err != nil {
		return err
	}
	p.QR = template.HTML(svg) // drawn by us of rectangles alone
	return u.site.Render(w, r, status, "provider", p)
}

// codeKey is the sentence of a trouble that was kept by its code, without what it was filled with.
func codeKey(code string) string {
	if _, ok := web.Args("issuer." + code); !ok {
		return "issuer.unreachable"
	}
	return "issuer." + code
}

func codeArgs(code string) []any {
	n, _ := web.Args(codeKey(code))
	return []any{"…", "…", "…"}[:n]
}

// checkProvider asks the provider anew and says what was found, in words.
func (u *UI) checkProvider(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	found, err := u.issuers.Check(r.Context(), x.Issuer)
	if err != nil {
		if code := issuer.CodeOf(err); !blameless[code] {
			u.providerSeen(r.Context(), x.Provider, code)
		}
		return u.showProvider(w, r, v, &web.Alert{Kind: web.Danger, Title: web.T(v.lang, "providers.check.bad"), Text: issuerText(v.lang, err)}, nil)
	}
	u.providerSeen(r.Context(), x.Provider, "")
	a := &web.Alert{Kind: web.OK, Title: web.T(v.lang, "providers.check.good", found.Host)}
	says := func(yes bool, key, not string) {
		if !yes {
			key = not
		}
		a.Lines = append(a.Lines, web.T(v.lang, key))
	}
	says(found.PKCE, "providers.check.pkce", "providers.check.pkce.not")
	says(found.EndSession, "providers.check.end", "providers.check.end.not")
	says(found.BackChannel, "providers.check.back", "providers.check.back.not")
	for _, scope := range strings.Fields(x.Scopes) {
		if len(found.Scopes) > 0 && !slices.Contains(found.Scopes, scope) {
			a.Kind, a.Lines = web.Warning, append(a.Lines, web.T(v.lang, "providers.check.scope", scope))
		}
	}
	return u.showProvider(w, r, v, a, nil)
}

func ruleIn(r *http.Request) school.ClaimRule {
	return school.ClaimRule{Claim: strings.TrimSpace(r.PostFormValue("claim")), Value: strings.TrimSpace(r.PostFormValue("value")), Role: school.Role(r.PostFormValue("role")),
		School: school.SchoolID(r.PostFormValue("school"))}
}

func (u *UI) addRule(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	if err := u.st.SetProviderRules(r.Context(), v.by, x.ID, append(x.Rules, ruleIn(r))); err != nil {
		return u.showProvider(w, r, v, nil, err)
	}
	return u.done(w, r, providerAddress(x.ID), "done.rule", "")
}

func (u *UI) removeRule(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	gone := ruleIn(r)
	if err := u.st.SetProviderRules(r.Context(), v.by, x.ID, slices.DeleteFunc(x.Rules, func(have school.ClaimRule) bool { return have == gone })); err != nil {
		return err
	}
	return u.done(w, r, providerAddress(x.ID), "done.rule", "")
}

// claimsPage is the page "claims": what a token would give, from its pasted text or from the last that came.
type claimsPage struct {
	web.Frame
	Field  web.Field
	Action string
	Of     string // whose claims these are
	Shown  bool
	Gives  []string
	Used   []string
	Left   []string
}

func (u *UI) previewPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showPreview(w, r, v, "")
}

func (u *UI) preview(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showPreview(w, r, v, r.PostFormValue("claims"))
}

func (u *UI) showPreview(w http.ResponseWriter, r *http.Request, v view, pasted string) error {
	x, err := u.providerOf(r, v)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &claimsPage{Frame: u.frame(r, "", web.Crumb{}), Action: r.URL.Path}
	p.Title = p.T("preview.title")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("providers.title"), Href: providersPath}, web.Crumb{Name: x.Name, Href: providerAddress(x.ID)})
	p.Field = web.Field{Kind: web.AreaField, Name: "claims", Label: p.T("preview.field"), Hint: p.T("preview.hint"), Value: pasted, Rows: 10}
	var claims school.Claims
	status := http.StatusOK
	if strings.TrimSpace(pasted) != "" {
		raw := []byte(pasted)
		if parts := strings.Split(strings.TrimSpace(pasted), "."); len(parts) == 3 { // a whole token; its signature is no matter here
			if body, err := base64.RawURLEncoding.DecodeString(parts[1]); err == nil && json.Valid(body) {
				raw = body
			}
		}
		if claims, err = school.ReadClaims(raw, x.ClaimNames()...); err != nil {
			p.Field.Error, status = p.T("preview.unreadable"), http.StatusUnprocessableEntity
		}
		p.Of, p.Shown = p.T("preview.pasted"), err == nil
	} else {
		last, at, err := u.st.LastClaims(r.Context(), v.by, x.ID)
		if err != nil {
			return err
		}
		if claims = last; !at.IsZero() {
			p.Of, p.Shown = p.T("preview.last", v.lang.Moment(at, v.now)), true
		}
	}
	if p.Shown {
		m := x.Map(claims)
		for _, g := range m.Grants {
			p.Gives = append(p.Gives, grantText(&p.Frame, g, v.authority.Name, names))
		}
		for _, rule := range m.Used {
			p.Used = append(p.Used, rule.Claim+": "+rule.Value+" → "+u.ruleName(&p.Frame, v, x.Provider, rule, names))
		}
		for _, claim := range slices.Sorted(maps.Keys(m.Left)) {
			for _, words := range m.Left[claim] {
				p.Left = append(p.Left, claim+": "+strings.Join(words, " · "))
			}
		}
	}
	return u.site.Render(w, r, status, "claims", p)
}

func (u *UI) startForm(r *http.Request, v view, word string) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: providersPath}
	p.Title, p.Lead = p.T("startword.title"), p.T("startword.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("providers.title"), Href: providersPath})
	p.Fields = []web.Field{{Name: "start", Label: p.T("startword.word"), Hint: p.T("startword.word.hint", u.Public+web.SignInPath+"/…"), Value: word, MaxLength: 40, Autocomplete: "off", Optional: true, Focus: true}}
	return p
}

func (u *UI) startWordPage(w http.ResponseWriter, r *http.Request, v view) error {
	word, err := u.st.StartWord(r.Context(), v.by)
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.startForm(r, v, word))
}

func (u *UI) setStartWord(w http.ResponseWriter, r *http.Request, v view) error {
	word := r.PostFormValue("start")
	if err := u.st.SetStart(r.Context(), v.by, word); err != nil {
		p := u.startForm(r, v, word)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, providersPath, "done.kept", "")
}

// providersImportPage is the page "providers-import": a list is looked at first, and nothing is written while a line is wrong.
// Between the two steps it travels with the page, sealed: it holds secrets.
type providersImportPage struct {
	web.Frame
	File     *web.FileField
	Like     *web.Field
	Planned  bool
	Sum      string
	Problems []rowProblem
	Rows     [][]cell
	Hidden   []web.Hidden
	Submit   string
}

func (u *UI) beginProviders(r *http.Request, v view) (*providersImportPage, error) {
	p := &providersImportPage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("providers.import")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("providers.title"), Href: providersPath})
	p.File = &web.FileField{Name: "file", Label: p.T("providers.list"), Hint: p.T("providers.list.hint", strings.Join(enroll.ProviderColumns, ";")), Accept: ".csv,.txt,.xlsx", MaxBytes: providersFile}
	rows, err := u.st.Providers(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 {
		options := []web.Option{{Text: p.T("providers.like.none")}}
		for _, x := range rows {
			options = append(options, web.Option{Value: string(x.ID), Text: x.Name})
		}
		p.Like = &web.Field{Kind: web.SelectField, Name: "like", Label: p.T("providers.like"), Hint: p.T("providers.like.hint"), Options: choose(r.PostFormValue("like"), options...)}
	}
	return p, nil
}

func (u *UI) importProvidersPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.beginProviders(r, v)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "providers-import", p)
}

func (u *UI) importProviders(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Accounts) {
		return web.ErrNotFound
	}
	if err := parseForm(r); err != nil {
		return errNoForm
	}
	p, err := u.beginProviders(r, v)
	if err != nil {
		return err
	}
	var file []byte
	kept := r.PostForm.Get("body")
	if kept != "" {
		sealed, err := base64.StdEncoding.DecodeString(kept)
		if err == nil {
			file, err = u.st.Carried(v.by, "providers", sealed)
		}
		if err != nil {
			return web.ErrNotFound // nobody types this
		}
	} else if file, err = upload(r, "file"); err != nil {
		return err
	}
	if len(file) == 0 {
		p.File.Error = p.T("import.none")
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "providers-import", p)
	}
	like := school.ProviderID(r.PostForm.Get("like"))
	lines, problems, err := enroll.ParseProviders(file)
	var plan store.ProviderPlan
	if err == nil {
		plan, err = u.st.PlanProviders(r.Context(), v.by, lines, like)
	}
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		for _, text := range said {
			p.File.Error = text
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "providers-import", p)
	}
	problems = append(problems, plan.Problems...)
	if kept != "" && len(problems) == 0 {
		done, err := u.st.ImportProviders(r.Context(), v.by, lines, like)
		if err != nil {
			return err
		}
		return u.done(w, r, providersPath, "done.providers", "", int64(done.Creates), int64(done.Changes))
	}
	return u.showProviderPlan(w, r, v, p, plan, problems, file, like)
}

// showProviderPlan says line by line what a list would do, and whether the issuers answer.
func (u *UI) showProviderPlan(w http.ResponseWriter, r *http.Request, v view, p *providersImportPage, plan store.ProviderPlan, problems []*school.Error, file []byte, like school.ProviderID) error {
	p.Planned = true
	slices.SortStableFunc(problems, func(a, b *school.Error) int { return a.Row - b.Row })
	for _, e := range problems {
		p.Problems = append(p.Problems, rowProblem{Row: e.Row, Column: e.Field, Text: web.RuleText(v.lang, e)})
	}
	if len(problems) > 0 {
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "providers-import", p)
	}
	answers := u.lookAtAll(r, plan)
	for i, x := range plan.Lines {
		does := web.Status{Kind: web.OK, Text: p.T("delivery.does.create")}
		switch x.Does {
		case store.ProviderChanges:
			does = web.Status{Kind: web.Note, Text: p.T("providers.does.change")}
		case store.ProviderKeeps:
			does = web.Status{Kind: web.Off, Text: p.T("delivery.does.same")}
		}
		at := x.School
		if at == "" {
			at = p.T("providers.everybody")
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Provider.Issuer}, {Text: at}, {Status: &does}, {Status: &answers[i]}})
	}
	p.Sum = p.T("providers.sum", plan.Creates, plan.Changes, plan.Keeps)
	if n := plan.Creates + plan.Changes; n > 0 {
		sealed := u.st.Carry(v.by, "providers", file)
		p.Hidden = []web.Hidden{{Name: "body", Value: base64.StdEncoding.EncodeToString(sealed)}, {Name: "like", Value: string(like)}}
		p.Submit = p.T("providers.take", n)
	}
	p.File, p.Like = nil, nil
	return u.site.Render(w, r, http.StatusOK, "providers-import", p)
}

// How many issuers of a list are asked at a time, and for how long altogether.
const (
	lookAtOnce   = 8
	lookTogether = 20 * time.Second
)

// lookAtAll asks the issuers of a list, some at a time. One that does not answer is no reason not to take it over.
func (u *UI) lookAtAll(r *http.Request, plan store.ProviderPlan) []web.Status {
	out := make([]web.Status, len(plan.Lines))
	ctx, cancel := context.WithTimeout(r.Context(), lookTogether)
	defer cancel()
	places := make(chan struct{}, lookAtOnce)
	var wg sync.WaitGroup
	for i, x := range plan.Lines {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			out[i] = web.Status{Kind: web.OK, Text: web.T(web.LangOf(r), "providers.answers")}
			if _, err := u.issuers.Check(ctx, x.Provider.Issuer); err != nil {
				out[i] = web.Status{Kind: web.Warning, Text: issuerText(web.LangOf(r), err)}
			}
		})
	}
	wg.Wait()
	return out
}

func init() {
	web.Add(web.Words{
		"providers.title":      {"Anmeldedienste", "Identity providers"},
		"providers.lead":       {"Über einen Anmeldedienst (OpenID Connect) melden sich Lehrkräfte mit ihrem Schulkonto an, etwa bei IServ. Was sie dann dürfen, sagen Ihre Regeln.", "By an identity provider (OpenID Connect) teachers sign in with their school account, such as IServ. What they may then do is said by your rules."},
		"providers.new":        {"Anmeldedienst hinzufügen", "Add an identity provider"},
		"providers.new.lead":   {"Der Dienst wird gleich gefragt, ob er zu gebrauchen ist. Danach legen Sie fest, wer hereinkommt.", "The provider is asked at once whether it can be used. Then you decide who gets in."},
		"providers.new.submit": {"Prüfen und hinzufügen", "Check and add"},
		"providers.import":     {"Liste einlesen", "Import a list"},
		"providers.search":     {"Name, Schule oder Adresse", "Name, school or address"},
		"providers.file":       {"anmeldedienste", "identity-providers"},
		"providers.name":       {"Name", "Name"},
		"providers.name.hint":  {"So steht er auf der Anmeldeseite, zum Beispiel „IServ Gymnasium Nord“.", "It stands on the sign-in page, such as “IServ Gymnasium Nord”."},
		"providers.issuer":     {"Adresse des Dienstes (Issuer)", "Address of the provider (issuer)"},
		"providers.issuer.hint": {"Genau so, wie der Dienst sich nennt. Bei IServ die Adresse des Schulservers, zum Beispiel „https://gymnasium-nord.example“.",
			"Exactly as the provider calls itself. For IServ the address of the school's server, such as “https://gymnasium-nord.example”."},
		"providers.school.hint":    {"Wessen Dienst es ist. Regeln können eine Rolle an dieser Schule geben.", "Whose provider it is. Rules can give a role at this school."},
		"providers.everybody":      {"ganzer Schulträger", "whole school authority"},
		"providers.client":         {"Client-ID", "Client ID"},
		"providers.secret":         {"Client-Geheimnis", "Client secret"},
		"providers.secret.hint":    {"Wird verschlüsselt aufgehoben und nie mehr angezeigt. Leer: ein Client ohne Geheimnis.", "Kept encrypted and never shown again. Empty: a client without a secret."},
		"providers.secret.kept":    {"Es ist eines hinterlegt. Leer: es bleibt.", "One is kept. Empty: it stays."},
		"providers.secret.none":    {"Geheimnis entfernen", "Remove the secret"},
		"providers.scopes":         {"Bereiche (Scopes)", "Scopes"},
		"providers.scopes.hint":    {"Neben „openid“, durch Leerzeichen getrennt.", "Beside “openid”, separated by blanks."},
		"providers.anyway":         {"Trotzdem speichern", "Save all the same"},
		"providers.anyway.hint":    {"Bis es behoben ist, kann sich darüber niemand anmelden.", "Until it is mended nobody can sign in by it."},
		"providers.accounts":       {"Konten", "Accounts"},
		"providers.off":            {"ausgeschaltet", "switched off"},
		"providers.no_rules":       {"ohne Regel: niemand kommt herein", "no rule: nobody gets in"},
		"providers.unknown":        {"noch nicht benutzt", "not used yet"},
		"providers.good":           {"in Ordnung", "all right"},
		"providers.bad":            {"zuletzt gestört", "failed last"},
		"providers.good.at":        {"Zuletzt in Ordnung", "Last all right"},
		"providers.failed.at":      {"Gestört", "Failed"},
		"providers.why":            {"Warum", "Why"},
		"providers.none":           {"Noch keine Anmeldedienste", "No identity providers yet"},
		"providers.none.text":      {"Konten mit Passwort genügen für den Anfang und gehen auch dann, wenn ein Schulserver ausfällt.", "Accounts with a password are enough to begin with, and work when a school's server is down as well."},
		"providers.edit":           {"Ändern oder entfernen", "Change or remove"},
		"providers.check":          {"Jetzt prüfen", "Check now"},
		"providers.check.good":     {"Der Dienst antwortet. Passwörter werden bei {1} eingegeben.", "The provider answers. Passwords are entered at {1}."},
		"providers.check.bad":      {"So geht es nicht", "It does not work like this"},
		"providers.check.pkce":     {"Er prüft PKCE.", "It checks PKCE."},
		"providers.check.pkce.not": {"Er sagt nicht, ob er PKCE prüft; geschickt wird es immer.", "It does not say whether it checks PKCE; it is always sent."},
		"providers.check.end":      {"Beim Abmelden führt ein Link auch dort zur Abmeldung.", "On signing out, a link leads to signing out there as well."},
		"providers.check.end.not":  {"Er bietet keine Abmeldung von hier aus.", "It offers no sign-out from here."},
		"providers.check.back":     {"Wer sich dort abmeldet, kann auch hier abgemeldet werden.", "Whoever signs out there can be signed out here as well."},
		"providers.check.back.not": {"Wer sich dort abmeldet, bleibt hier angemeldet, bis die Anmeldung endet.", "Whoever signs out there stays signed in here until the sign-in ends."},
		"providers.check.scope":    {"Den Bereich „{1}“ bietet er nicht an.", "It does not offer the scope “{1}”."},
		"providers.disable":        {"Ausschalten", "Switch off"},
		"providers.enable":         {"Einschalten", "Switch on"},
		"providers.remove":         {"Anmeldedienst entfernen", "Remove the identity provider"},
		"providers.remove.text":    {"Wer darüber angemeldet ist, wird sofort abgemeldet, und die Rollen aus seinen Regeln enden. {1} {1:Konto bleibt|Konten bleiben} im Protokoll. Tragen Sie dieselbe Adresse später wieder ein, kommen dieselben Personen wieder an ihr Konto.", "Whoever signed in by it is signed out at once, and the roles of its rules end. {1} {1:account stays|accounts stay} in the log. If you enter the same address again later, the same people get back to their accounts."},
		"providers.remove.word":    {"Tippen Sie zum Entfernen den Namen des Anmeldedienstes ein.", "To remove it, type the name of the identity provider."},
		"providers.there":          {"Beim Anmeldedienst einzutragen", "To be entered at the provider"},
		"providers.there.text":     {"Bei IServ unter „Verwaltung → System → Single-Sign-On“.", "At IServ under “Verwaltung → System → Single-Sign-On”."},
		"providers.back":           {"Weiterleitungsadresse (Redirect-URI)", "Redirect URI"},
		"providers.backchannel":    {"Back-Channel-Abmeldung", "Back-channel logout URI"},
		"providers.post_logout":    {"Nach der Abmeldung", "Post-logout redirect URI"},
		"providers.initiate":       {"Für Portale: Anmeldung beginnen", "For portals: initiate login URI"},
		"providers.link":           {"Link und QR-Code zum Anmelden", "Link and QR code to sign in"},
		"providers.link.text":      {"Führt ohne Umweg zur Anmeldung über diesen Dienst, etwa auf einem Aushang im Lehrerzimmer.", "Leads straight to signing in by this provider, for example on a notice in the staff room."},
		"providers.list":           {"Liste (Excel oder CSV)", "List (Excel or CSV)"},
		"providers.list.hint":      {"Excel (.xlsx) oder CSV. Erste Zeile: {1}. Als Schule die Schulnummer oder der Name; leer für den ganzen Schulträger.", "Excel (.xlsx) or CSV. First line: {1}. As school the school number or its name; empty for the whole authority."},
		"providers.like":           {"Regeln übernehmen von", "Take over the rules of"},
		"providers.like.hint":      {"Für neue Anmeldedienste der Liste. Eine Regel „an der Schule des Dienstes“ meint dann deren eigene.", "For new providers of the list. A rule “at the provider's school” then means their own."},
		"providers.like.none":      {"keine Regeln", "no rules"},
		"providers.answers":        {"antwortet", "answers"},
		"providers.looked":         {"Nachgesehen", "Looked"},
		"providers.does.change":    {"ändert sich", "changes"},
		"providers.sum":            {"{1} neu, {2} ändern sich, {3} bleiben, wie sie sind.", "{1} new, {2} change, {3} stay as they are."},
		"providers.take":           {"{1} {1:Anmeldedienst|Anmeldedienste} übernehmen", "Take over {1} identity {1:provider|providers}"},
		"providers.wrong":          {"Noch wurde nichts übernommen", "Nothing was taken over yet"},
		"rules.title":              {"Wer hereinkommt", "Who gets in"},
		"rules.text":               {"Bei jeder Anmeldung wird neu nachgesehen: Steht der Wert nicht mehr im Token, endet die Rolle.", "It is looked up anew at each sign-in: when the value is no longer in the token, the role ends."},
		"rules.none":               {"Noch keine Regel. Solange kommt über diesen Anmeldedienst niemand herein.", "No rule yet. Until there is one nobody gets in by this provider."},
		"rules.add":                {"Regel hinzufügen", "Add a rule"},
		"rules.remove":             {"Entfernen", "Remove"},
		"rules.claim":              {"Angabe im Token (Claim)", "Claim in the token"},
		"rules.claim.hint":         {"Meist „roles“ oder „groups“.", "Usually “roles” or “groups”."},
		"rules.value":              {"Wert", "Value"},
		"rules.value.hint":         {"Kennung oder Name, zum Beispiel „ROLE_TEACHER“. Groß- und Kleinschreibung zählen.", "Identifier or name, such as “ROLE_TEACHER”. Capital and small letters count."},
		"rules.gives":              {"Gibt", "Gives"},
		"rules.nothing":            {"nichts", "nothing"},
		"rules.nothing.hint":       {"Der Wert ist bekannt und gibt keine Rolle.", "The value is known and gives no role."},
		"rules.school.own":         {"die Schule des Dienstes", "the provider's school"},
		"preview.title":            {"Was ein Token gäbe", "What a token would give"},
		"preview.field":            {"Token oder Angaben (JSON)", "Token or claims (JSON)"},
		"preview.hint":             {"Leer: die Gruppen und Rollen der letzten Anmeldung. Nichts davon wird gespeichert.", "Empty: the groups and roles of the last sign-in. Nothing of it is kept."},
		"preview.look":             {"Ansehen", "Look"},
		"preview.unreadable":       {"Das ist kein JSON-Objekt und kein Token.", "This is neither a JSON object nor a token."},
		"preview.pasted":           {"Aus dem eingefügten Text", "From the pasted text"},
		"preview.last":             {"Von der letzten Anmeldung, {1}", "From the last sign-in, {1}"},
		"preview.gives":            {"Rollen", "Roles"},
		"preview.gives.none":       {"Keine: Diese Person käme nicht herein.", "None: this person would not get in."},
		"preview.used":             {"Regeln, die greifen", "Rules that apply"},
		"preview.left":             {"Ohne Regel", "Without a rule"},
		"startword.title":          {"Startadresse", "Start address"},
		"startword.lead":           {"Unter dieser Adresse finden Ihre Leute die Anmeldedienste Ihrer Schulen. Wer sie kennt, sieht den Namen des Schulträgers und der Schulen, die einen haben.", "At this address your people find the identity providers of your schools. Whoever knows it sees the name of the authority and of the schools that have one."},
		"startword.word":           {"Wort", "Word"},
		"startword.word.hint":      {"Ergibt {1}. Leer: keine Startadresse.", "Gives {1}. Empty: no start address."},
		"startword.is":             {"Startadresse: {1}", "Start address: {1}"},
		"startword.none":           {"Ohne Startadresse stehen die Anmeldedienste auf keiner Anmeldeseite", "Without a start address the identity providers stand on no sign-in page"},
		"done.provider.new":        {"Hinzugefügt. Legen Sie jetzt fest, wer hereinkommt.", "Added. Now decide who gets in."},
		"done.provider.on":         {"Der Anmeldedienst ist eingeschaltet.", "The identity provider is switched on."},
		"done.provider.off":        {"Der Anmeldedienst ist ausgeschaltet. Wer darüber angemeldet war, ist abgemeldet.", "The identity provider is switched off. Whoever was signed in by it is signed out."},
		"done.provider.removed":    {"Der Anmeldedienst ist entfernt.", "The identity provider is removed."},
		"done.providers":           {"Übernommen: {1} {1:neuer Anmeldedienst|neue Anmeldedienste}, {2} geändert.", "Taken over: {1} new identity {1:provider|providers}, {2} changed."},
		"done.rule":                {"Gilt ab der nächsten Anmeldung.", "Holds from the next sign-in on."},
		"error.providers_head":     {"Die erste Zeile nennt nicht die Spalten „issuer“ und „client_id“.", "The first line does not name the columns “issuer” and “client_id”."},
	})
}
