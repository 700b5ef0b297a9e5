package ui

import (
	"context"
	"net/http"
	"path"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// mayGrant reports whether the store would let somebody give, end or touch a role: nobody gives more than they have. That
// an operator may appoint the first administrator is decided by firstAdmin.
func (v view) mayGrant(g school.Grant) bool {
	return v.by.Covers(g.Role, school.Where{Authority: v.by.Tenant, School: g.School})
}

// firstAdmin reports whether an operator may appoint an administrator here: as long as there is none who can sign in.
func (u *UI) firstAdmin(ctx context.Context, v view) (bool, error) {
	if v.authority.ID == "" || !v.by.Can(school.Provision, school.Where{Authority: v.by.Tenant}) {
		return false, nil
	}
	for after := ""; ; {
		p, err := u.st.Accounts(ctx, v.by, store.AccountFilter{After: after, Limit: store.MaxPage})
		if err != nil {
			return false, err
		}
		for _, a := range p.Rows {
			for _, g := range a.Grants {
				if g.Role == school.AuthorityAdmin && g.Holds(v.now) && a.Ready && !a.Disabled {
					return false, nil
				}
			}
		}
		if after = p.Next; after == "" {
			return true, nil
		}
	}
}

// rolesToGive lists the roles somebody may give here.
func (u *UI) rolesToGive(ctx context.Context, v view) ([]school.Role, error) {
	var out []school.Role
	for _, role := range school.Roles {
		if role != school.Operator && role != school.Clerk && v.authority.ID != "" && v.mayGrant(school.Grant{Role: role}) {
			out = append(out, role)
		}
	}
	first, err := u.firstAdmin(ctx, v)
	if err != nil || !first || v.mayGrant(school.Grant{Role: school.AuthorityAdmin}) {
		return out, err
	}
	return append([]school.Role{school.AuthorityAdmin}, out...), nil
}

// mayTouch reports whether an account may be changed: one's own, or one that may do no more than one could grant.
func (v view) mayTouch(a store.Account) bool {
	if a.ID == v.by.Account {
		return true
	}
	for _, g := range a.Grants {
		if (g.Until.IsZero() || g.Until.After(v.now)) && !v.mayGrant(g.Grant) && g.Authority != "" {
			return false
		}
	}
	return a.Authority != "" || v.provisions()
}

// accountAddress is the page of an account: of an authority, or of the installation.
func accountAddress(a store.Account) string {
	if a.Authority == "" {
		return "/operators/" + string(a.ID)
	}
	return "/accounts/" + string(a.ID)
}

// parentPath is the address of a request without its last step: where an act on a thing leads back to.
func parentPath(r *http.Request) string { return path.Dir(r.URL.Path) }

func accountStatus(f *web.Frame, a store.Account) web.Status {
	switch {
	case a.Disabled:
		return web.Status{Kind: web.Off, Text: f.T("accounts.disabled")}
	case a.Provider != "":
		return web.Status{Kind: web.OK, Text: f.T("accounts.by", a.Provider)}
	case !a.LinkUntil.IsZero() && a.LinkUntil.After(f.Now):
		return web.Status{Kind: web.Waiting, Text: f.T("accounts.link_open", a.LinkUntil)}
	case !a.Ready:
		return web.Status{Kind: web.Warning, Text: f.T("accounts.link_over")}
	}
	if a.Second {
		return web.Status{Kind: web.OK, Text: f.T("accounts.ready.second")}
	}
	return web.Status{Kind: web.OK, Text: f.T("accounts.ready")}
}

// loginOf is the login people know; an account that comes by a provider has none.
func loginOf(a store.Account) string {
	if a.Provider != "" {
		return ""
	}
	return a.Login
}

func (u *UI) grantTexts(f *web.Frame, v view, a store.Account, names map[school.SchoolID]string) []string {
	var out []string
	for _, g := range a.Grants {
		if g.Until.IsZero() || g.Until.After(f.Now) {
			out = append(out, grantText(f, g.Grant, v.authority.Name, names))
		}
	}
	return out
}

func (u *UI) accountsPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.listAccounts(w, r, v, false)
}

// operatorsPage lists who runs the whole installation; for one of them.
func (u *UI) operatorsPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.listAccounts(w, r, v, true)
}

func (u *UI) listAccounts(w http.ResponseWriter, r *http.Request, v view, operators bool) error {
	q := r.URL.Query()
	f := store.AccountFilter{Text: q.Get("q"), After: q.Get("after")}
	list := u.st.Accounts
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("accounts.title"), p.T("accounts.lead")
	if operators {
		list = u.st.Operators
		p.Title, p.Lead = p.T("operators.title"), p.T("operators.lead")
	}
	p.Place = u.adminPlace(&p.Frame, v)
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	if wantsFile(r) {
		return sendList(w, r, "konten", []string{p.T("account.name"), p.T("signin.login"), p.T("accounts.email"), p.T("accounts.roles"), p.T("accounts.state")},
			func(yield func([]string, error) bool) {
				f.After, f.Limit = "", store.MaxPage
				for {
					page, err := list(r.Context(), v.by, f)
					if err != nil {
						yield(nil, err)
						return
					}
					for _, a := range page.Rows {
						if !yield([]string{a.Name, loginOf(a), a.Email, strings.Join(u.grantTexts(&p.Frame, v, a, names), ", "), accountStatus(&p.Frame, a).Text}, nil) {
							return
						}
					}
					if f.After = page.Next; f.After == "" {
						return
					}
				}
			})
	}
	page, err := list(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	create := web.Action{Text: p.T("accounts.new"), Href: "/accounts/new", Primary: true}
	if operators {
		create = web.Action{Text: p.T("operators.new"), Href: "/operators/new", Primary: true}
	}
	p.Actions = []web.Action{create}
	if operators {
		p.Actions = append(p.Actions, web.Action{Text: p.T("operators.tokens"), Href: "/operators/tokens"})
	}
	if v.provisions() && v.authority.ID != "" && v.can(school.Accounts) {
		p.Tabs = []web.Tab{{Name: p.T("accounts.tab", v.authority.Name), Href: "/accounts", Current: !operators}, {Name: p.T("operators.title"), Href: "/operators", Current: operators}}
	}
	p.Filter = &web.Filter{Action: r.URL.Path, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("accounts.search"), Value: f.Text}}}
	if f.Text != "" {
		p.Filter.Reset = r.URL.Path
	}
	p.Columns = []web.Column{{Name: p.T("account.name")}, {Name: p.T("signin.login")}, {Name: p.T("accounts.roles")}, {Name: p.T("accounts.state")}}
	for _, a := range page.Rows {
		status := accountStatus(&p.Frame, a)
		p.Rows = append(p.Rows, []cell{{Text: a.Name, Href: accountAddress(a)}, {Text: loginOf(a)},
			{Text: strings.Join(u.grantTexts(&p.Frame, v, a, names), ", ")}, {Status: &status}})
	}
	p.Pager, p.Files = keyPager(r, len(page.Rows), page.Next), filesOf(r)
	p.Empty = web.Empty{Title: p.T("accounts.none"), Text: p.T("accounts.none.text"), Actions: []web.Action{create}}
	if f.Text != "" {
		p.Empty = web.Empty{Title: p.T("accounts.nothing"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: r.URL.Path}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) accountFields(f *web.Frame, a store.Account) []web.Field {
	return []web.Field{
		{Name: "name", Label: f.T("account.name"), Hint: f.T("accounts.name.hint"), Value: a.Name, MaxLength: 200, Autocomplete: "off"},
		{Name: "login", Label: f.T("signin.login"), Hint: f.T("accounts.login.hint"), Value: a.Login, MaxLength: 200, Autocomplete: "off"},
		{Kind: web.EmailField, Name: "email", Label: f.T("accounts.email"), Value: a.Email, MaxLength: 254, Optional: true, Autocomplete: "off"},
	}
}

func accountOf(r *http.Request) store.Account {
	return store.Account{Name: r.PostFormValue("name"), Login: r.PostFormValue("login"), Email: r.PostFormValue("email"), Language: r.PostFormValue("language")}
}

// grantFields ask for a role. A school matters for one role alone; the store refuses it for the others in words.
func (u *UI) grantFields(r *http.Request, v view, f *web.Frame, role, at, until string) ([]web.Field, error) {
	roles, err := u.rolesToGive(r.Context(), v)
	if err != nil {
		return nil, err
	}
	options := make([]web.Option, 0, len(roles))
	for _, x := range roles {
		options = append(options, web.Option{Value: string(x), Text: roleName(f.Lang, x), Hint: f.T("role." + string(x) + ".hint")})
	}
	schools, err := u.schoolOptions(r, v, school.View, f.T("accounts.school.all"), at)
	if err != nil {
		return nil, err
	}
	fields := []web.Field{
		{Kind: web.RadioField, Name: "role", Label: f.T("account.role"), Options: choose(role, options...)},
		{Kind: web.SelectField, Name: "school", Label: f.T("accounts.school"), Hint: f.T("accounts.school.hint"), Options: schools},
	}
	if v.can(school.ViewPeople) {
		fields = append(fields, web.Field{Name: "person", Label: f.T("accounts.person"), Hint: f.T("accounts.person.hint"), Value: r.FormValue("person"), MaxLength: 200, Optional: true, Autocomplete: "off"})
	}
	return append(fields, web.Field{Kind: web.DateField, Name: "from", Label: f.T("accounts.from"), Hint: f.T("accounts.from.hint"), Value: r.PostFormValue("from"), Optional: true},
		web.Field{Kind: web.DateField, Name: "until", Label: f.T("accounts.until"), Hint: f.T("accounts.until.hint"), Value: until, Optional: true}), nil
}

// grantOf reads a role from a form. A last day is whole: the role ends with it.
func (u *UI) grantOf(r *http.Request, v view) (school.Grant, error) {
	g := school.Grant{Role: school.Role(r.PostFormValue("role")), Authority: v.by.Tenant, School: school.SchoolID(r.PostFormValue("school"))}
	if g.Role == "" {
		return g, school.Refuse("role", "required")
	}
	if name := strings.TrimSpace(r.PostFormValue("person")); name != "" && g.Role == school.TeacherRole && g.School != "" && v.can(school.ViewPeople) {
		person, err := u.personNamed(r.Context(), v, g.School, name)
		if err != nil {
			return g, err
		}
		g.Person = person
	}
	from, err := dayOf(r.PostFormValue("from"), "from")
	if err != nil {
		return g, err
	}
	if g.From = from; from.Before(v.now) {
		g.From = time.Time{}
	}
	until, err := dayOf(r.PostFormValue("until"), "until")
	if err == nil && !until.IsZero() {
		g.Until = until.AddDate(0, 0, 1)
	}
	return g, err
}

// dayOf reads a day as browsers send it, at its beginning in Germany; nothing is no day.
func dayOf(text, field string) (time.Time, error) {
	if text = strings.TrimSpace(text); text == "" {
		return time.Time{}, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, web.Berlin)
	if err != nil {
		if day, err = time.ParseInLocation("2.1.2006", text, web.Berlin); err != nil {
			return time.Time{}, school.Refuse(field, "day")
		}
	}
	return day, nil
}

func (u *UI) newAccountForm(r *http.Request, v view, a store.Account) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: "/accounts"}
	p.Title, p.Lead, p.Submit = p.T("accounts.new"), p.T("accounts.new.lead"), p.T("accounts.new.submit")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("accounts.title"), Href: "/accounts"})
	p.Action = "/accounts/new"
	p.Fields = u.accountFields(&p.Frame, a)
	p.Fields[0].Focus = true
	grant, err := u.grantFields(r, v, &p.Frame, r.FormValue("role"), r.FormValue("school"), r.PostFormValue("until"))
	p.Fields = append(p.Fields, grant...)
	return p, err
}

func (u *UI) newAccountPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.newAccountForm(r, v, store.Account{})
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newAccount(w http.ResponseWriter, r *http.Request, v view) error {
	a := accountOf(r)
	g, err := u.grantOf(r, v)
	var link string
	if err == nil {
		a.ID, link, err = u.st.CreateAccount(r.Context(), v.by, a, []school.Grant{g})
	}
	if err != nil {
		p, ferr := u.newAccountForm(r, v, a)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.showAccount(w, r, v, a.ID, link, nil)
}

func (u *UI) newOperatorForm(r *http.Request, v view, a store.Account) *formPage {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: "/operators"}
	p.Title, p.Lead, p.Submit = p.T("operators.new"), p.T("operators.new.lead"), p.T("accounts.new.submit")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("operators.title"), Href: "/operators"})
	p.Fields = u.accountFields(&p.Frame, a)
	p.Fields[0].Focus = true
	return p
}

func (u *UI) newOperatorPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showForm(w, r, u.newOperatorForm(r, v, store.Account{}))
}

func (u *UI) newOperator(w http.ResponseWriter, r *http.Request, v view) error {
	a := accountOf(r)
	id, link, err := u.st.CreateOperator(r.Context(), v.by, a)
	if err != nil {
		p := u.newOperatorForm(r, v, a)
		return u.refuse(w, r, p, err)
	}
	return u.showAccount(w, r, v, id, link, nil)
}

// accountOfPage is the page "accountof": somebody else's account, or one's own as others see it.
type accountOfPage struct {
	web.Frame
	Status  web.Status
	Facts   []web.Fact
	Link    string // a set-up link, this once
	Actions []web.Action
	Grants  [][]cell
	Give    []web.Field // empty: nothing to give
	Given   string      // where the form of a role is posted to
	Tie     *web.Field  // asks who a teacher is, where nobody said so yet
	TieTo   []web.Hidden
	TiePath string
	Alert   *web.Alert
	Confirm *web.Confirm

	Sessions [][]cell
	EndAll   *web.Action
	Reset    *web.Confirm // of the second factor
}

func (u *UI) accountOfPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showAccount(w, r, v, school.AccountID(routeVar(r, "account")), "", nil)
}

// showAccount shows an account; with a link that was just made, or with a role that was refused.
func (u *UI) showAccount(w http.ResponseWriter, r *http.Request, v view, id school.AccountID, link string, refused error) error {
	a, err := u.st.Account(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p := &accountOfPage{Frame: u.frame(r, a.Name, web.Crumb{})}
	home := web.Crumb{Name: p.T("accounts.title"), Href: "/accounts"}
	if a.Authority == "" {
		home = web.Crumb{Name: p.T("operators.title"), Href: "/operators"}
	}
	p.Place = u.adminPlace(&p.Frame, v, home)
	path := accountAddress(a)
	p.Status = accountStatus(&p.Frame, a)
	p.Facts = []web.Fact{{Name: p.T("signin.login"), Text: a.Login}}
	if a.Provider != "" {
		p.Facts = []web.Fact{{Name: p.T("accounts.provider"), Text: a.Provider}}
	}
	if a.Email != "" {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("accounts.email"), Text: a.Email})
	}
	if a.Passkeys > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("passkey.title"), Text: p.Lang.Number(int64(a.Passkeys))})
	}
	created := p.When(a.Created)
	p.Facts = append(p.Facts, web.Fact{Name: p.T("accounts.created"), When: &created})
	if link != "" {
		p.Link = u.Public + "/setup/" + link
	}
	if v.mayTouch(a) {
		if a.Provider == "" {
			p.Actions = append(p.Actions, web.Action{Text: p.T("accounts.edit"), Href: path + "/edit"})
		}
		if a.Disabled {
			p.Actions = append(p.Actions, web.Action{Text: p.T("accounts.enable"), Href: path + "/enable", Post: true})
		} else if a.Provider == "" {
			p.Actions = append(p.Actions, web.Action{Text: p.T("accounts.link"), Href: path + "/link", Post: true})
		}
	}
	if !a.Disabled && a.ID != v.by.Account && v.mayTouch(a) {
		p.Confirm = &web.Confirm{ID: "disable", Title: p.T("accounts.disable"), Text: p.T("accounts.disable.text"), Button: p.T("accounts.disable"),
			Action: path + "/disable", Cancel: path}
	}
	if a.Second && a.ID != v.by.Account && v.mayTouch(a) {
		p.Reset = &web.Confirm{ID: "second", Title: p.T("second.reset"), Text: p.T("second.reset.text"), Button: p.T("second.reset"), Action: path + "/second", Cancel: path}
	}
	if a.Authority == v.by.Tenant && a.Authority != "" {
		sessions, err := u.st.AccountSessions(r.Context(), v.by, store.SessionFilter{Account: a.ID})
		if err != nil {
			return err
		}
		for _, s := range sessions.Rows {
			p.Sessions = append(p.Sessions, u.sessionCells(&p.Frame, v, s, path+"/sessions", v.mayTouch(a)))
		}
		if len(p.Sessions) > 0 && v.mayTouch(a) {
			p.EndAll = &web.Action{Text: p.T("sessions.end.all"), Href: path + "/sessions", Post: true}
		}
	}
	for _, g := range a.Grants {
		state := web.Status{Kind: web.OK, Text: p.T("grants.now")}
		switch {
		case !g.Until.IsZero() && !g.Until.After(v.now):
			state = web.Status{Kind: web.Off, Text: p.T("grants.over")}
		case g.From.After(v.now):
			state = web.Status{Kind: web.Waiting, Text: p.T("grants.later")}
		}
		if g.Role == school.TeacherRole && g.Person == "" && state.Kind == web.OK && v.can(school.ViewPeople) && p.Tie == nil {
			p.Tie = &web.Field{Name: "who", Label: p.T("grants.who", names[g.School]), Hint: p.T("grants.who.hint"), Value: r.PostFormValue("who"), MaxLength: 200, Autocomplete: "off"}
			p.TieTo, p.TiePath = []web.Hidden{{Name: "grant", Value: string(g.ID)}, {Name: "school", Value: string(g.School)}}, path+"/grants/person"
		}
		row := []cell{{Text: grantText(&p.Frame, g.Grant, v.authority.Name, names), Detail: g.PersonName}, {When: momentOf(&p.Frame, g.From)}, {Status: &state}, {}}
		if state.Kind != web.Off && g.Authority == v.by.Tenant && v.mayGrant(g.Grant) {
			row[3].Actions = []web.Action{{Text: p.T("grants.end"), About: row[0].Text, Href: path + "/grants/end", Post: true, Hidden: []web.Hidden{{Name: "grant", Value: string(g.ID)}}}}
		}
		p.Grants = append(p.Grants, row)
	}
	if v.authority.ID == "" {
		return u.site.Render(w, r, http.StatusOK, "accountof", p)
	}
	if p.Give, err = u.grantFields(r, v, &p.Frame, r.PostFormValue("role"), r.PostFormValue("school"), r.PostFormValue("until")); err != nil {
		return err
	}
	if len(p.Give[0].Options) == 0 || a.Disabled {
		p.Give = nil
	}
	p.Given = path + "/grants"
	status := http.StatusOK
	if refused != nil {
		var tie []web.Field
		if p.Tie != nil {
			tie = []web.Field{*p.Tie}
		}
		if p.Alert, err = refusal(p.Lang, refused, p.Give, tie); err != nil {
			return err
		}
		if p.Tie != nil {
			*p.Tie = tie[0]
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "accountof", p)
}

func (u *UI) editAccountForm(r *http.Request, v view, a store.Account) *formPage {
	path := accountAddress(a)
	p := (&formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: path}).keeping()
	p.Title = p.T("accounts.edit")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("accounts.title"), Href: "/accounts"})
	p.Fields = append(u.accountFields(&p.Frame, a), web.Field{Kind: web.SelectField, Name: "language", Label: p.T("account.language"),
		Options: choose(a.Language, web.Option{Text: p.T("account.language.any")}, web.Option{Value: "de", Text: "Deutsch"}, web.Option{Value: "en", Text: "English"})})
	return p
}

func (u *UI) editAccountPage(w http.ResponseWriter, r *http.Request, v view) error {
	a, err := u.st.Account(r.Context(), v.by, school.AccountID(routeVar(r, "account")))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.editAccountForm(r, v, a))
}

func (u *UI) editAccount(w http.ResponseWriter, r *http.Request, v view) error {
	is, err := u.st.Account(r.Context(), v.by, school.AccountID(routeVar(r, "account")))
	if err != nil {
		return err
	}
	err = u.editAccountForm(r, v, is).meanwhile(r)
	a := accountOf(r)
	if a.ID, a.Authority = is.ID, is.Authority; err == nil {
		err = u.st.ChangeAccount(r.Context(), v.by, a)
	}
	if err != nil {
		p := u.editAccountForm(r, v, a)
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, accountAddress(a), "done.kept", "")
}

// newLink makes a link and shows it at once, in the answer to the form: it stands in no address and in no cookie.
func (u *UI) newLink(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	link, err := u.st.NewLink(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.showAccount(w, r, v, id, link, nil)
}

func (u *UI) disableAccount(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	if err := u.st.DisableAccount(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, parentPath(r), "done.account.disabled", "")
}

func (u *UI) enableAccount(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	if err := u.st.EnableAccount(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, parentPath(r), "done.account.enabled", "")
}

func (u *UI) giveRole(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	g, err := u.grantOf(r, v)
	if err == nil {
		_, err = u.st.GrantRole(r.Context(), v.by, id, g)
	}
	if err != nil {
		return u.showAccount(w, r, v, id, "", err)
	}
	return u.done(w, r, "/accounts/"+string(id), "done.grant.given", "")
}

// tieTeacher says who a teacher is in the lists of the school.
func (u *UI) tieTeacher(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.AccountID(routeVar(r, "account"))
	person, err := u.personNamed(r.Context(), v, school.SchoolID(r.PostFormValue("school")), r.PostFormValue("who"))
	if err == nil {
		err = u.st.TieTeacher(r.Context(), v.by, store.GrantID(r.PostFormValue("grant")), person)
	}
	for _, e := range school.Refusals(err) {
		if e.Field == "person" {
			e.Field = "who"
		}
	}
	if err != nil {
		return u.showAccount(w, r, v, id, "", err)
	}
	return u.done(w, r, "/accounts/"+string(id), "done.grant.tied", "")
}

func (u *UI) endRole(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.EndGrant(r.Context(), v.by, store.GrantID(r.PostFormValue("grant"))); err != nil {
		return err
	}
	return u.done(w, r, "/accounts/"+routeVar(r, "account"), "done.grant.ended", "")
}

func init() {
	web.Add(web.Words{
		"accounts.title":         {"Konten", "Accounts"},
		"accounts.tab":           {"Konten von {1}", "Accounts of {1}"},
		"accounts.lead":          {"Wer sich anmelden darf und was er oder sie darf.", "Who may sign in and what they may do."},
		"accounts.new":           {"Konto anlegen", "Add an account"},
		"accounts.new.lead":      {"Sie bekommen danach einen Link. Wer ihn öffnet, setzt das Passwort selbst.", "You get a link afterwards. Whoever opens it sets the password."},
		"accounts.new.submit":    {"Anlegen und Link erstellen", "Add and make a link"},
		"accounts.search":        {"Name oder Anmeldename", "Name or login"},
		"accounts.name.hint":     {"So steht er im Protokoll.", "It stands in the audit log."},
		"accounts.login.hint":    {"Am besten die dienstliche E-Mail-Adresse.", "Best the official e-mail address."},
		"accounts.email":         {"E-Mail", "E-mail"},
		"accounts.roles":         {"Rollen", "Roles"},
		"accounts.state":         {"Stand", "State"},
		"accounts.created":       {"Angelegt", "Added"},
		"accounts.ready":         {"kann sich anmelden", "can sign in"},
		"accounts.ready.second":  {"kann sich anmelden, mit zweitem Faktor", "can sign in, with a second factor"},
		"accounts.by":            {"kommt über „{1}“", "comes by “{1}”"},
		"accounts.provider":      {"Anmeldung", "Sign-in"},
		"accounts.provider.text": {"über einen Anmeldedienst", "by an identity provider"},
		"accounts.disabled":      {"gesperrt", "disabled"},
		"accounts.link_open":     {"Link offen bis {1}", "link open until {1}"},
		"accounts.link_over":     {"kein Passwort, Link abgelaufen", "no password, link expired"},
		"accounts.none":          {"Noch keine Konten", "No accounts yet"},
		"accounts.none.text":     {"Legen Sie das erste an, am besten gleich ein zweites als Vertretung.", "Add the first, and best a second as a deputy."},
		"accounts.nothing":       {"Kein Konto passt dazu", "No account fits"},
		"accounts.edit":          {"Konto ändern", "Change account"},
		"accounts.link":          {"Neuen Link erstellen", "Make a new link"},
		"accounts.link.title":    {"Link zum Setzen des Passworts", "Link to set the password"},
		"accounts.link.text":     {"Geben Sie ihn persönlich oder auf einem sicheren Weg weiter. Er gilt einmal und 7 Tage lang; diese Seite zeigt ihn nur jetzt.", "Hand it over in person or in a safe way. It works once and for 7 days; this page shows it only now."},
		"accounts.disable":       {"Konto sperren", "Disable account"},
		"accounts.disable.text":  {"Alle Anmeldungen enden sofort, und API-Token dieses Kontos ruhen. Sie können es jederzeit wieder entsperren.", "All sign-ins end at once, and API tokens of this account rest. You can enable it again at any time."},
		"accounts.enable":        {"Konto entsperren", "Enable account"},
		"accounts.school":        {"Schule", "School"},
		"accounts.school.all":    {"keine: ganzer Schulträger", "none: whole school authority"},
		"accounts.school.hint":   {"Schulverwaltung und Lehrkraft gelten an einer Schule. Ausgabe und Werkstatt an einer oder, ohne Angabe, an allen.", "School administration and teacher hold at one school. Lending desk and repair shop at one or, if none is given, at all."},
		"accounts.until":         {"Letzter Tag", "Last day"},
		"accounts.until.hint":    {"Leer: ohne Ende.", "Empty: no end."},
		"accounts.person":        {"Wer es in der Liste der Personen ist", "Who it is in the list of people"},
		"accounts.person.hint":   {"Nur für die Rolle „Lehrkraft“: Daraus ergeben sich die eigenen Klassen. Geht auch später.", "For the role “Teacher” only: the own classes follow from it. Can be done later."},
		"accounts.from":          {"Erster Tag", "First day"},
		"accounts.from.hint":     {"Leer: ab sofort.", "Empty: from now on."},

		"role.authority_admin.hint": {"Darf alles an allen Schulen, auch Konten und die Anbindung an Apple.", "May do everything at all schools, accounts and the Apple connection included."},
		"role.school_admin.hint":    {"Darf an einer Schule Klassen, Personen und Geräte verwalten und Profile zuweisen. Ändert nie, was der Schulträger festgemacht hat.", "May manage classes, people and devices of one school and assign profiles. Never changes what the authority has fixed."},
		"role.teacher.hint":         {"Sieht die iPads der eigenen Klassen, warum ihnen etwas fehlt, und meldet Verlust oder Schaden. Sonst nichts.", "Sees the iPads of own classes, why they lack something, and reports loss or damage. Nothing else."},
		"role.desk.hint":            {"Gibt aus, nimmt zurück und legt Aushilfen mit PIN an. Findet Personen nur über den Namen.", "Hands out, takes back and adds temporary clerks with a PIN. Finds people by name only."},
		"role.repair.hint":          {"Sieht iPads, die zur Reparatur gegeben wurden: Nummer, Seriennummer, Modell, Auftrag. Nie eine Person.", "Sees iPads that were sent to be repaired: number, serial, model, order. Never a person."},
		"role.auditor.hint":         {"Sieht Einstellungen, Protokoll und Postausgang, aber keine Namen. Ändert nichts.", "Sees settings, audit log and outbox, but no names. Changes nothing."},

		"grants.title":       {"Rollen", "Roles"},
		"grants.from":        {"Seit", "Since"},
		"grants.now":         {"gilt", "in force"},
		"grants.later":       {"gilt später", "in force later"},
		"grants.over":        {"beendet", "ended"},
		"grants.end":         {"Beenden", "End"},
		"grants.none":        {"Dieses Konto hat hier keine Rolle und sieht nichts.", "This account has no role here and sees nothing."},
		"grants.give":        {"Rolle geben", "Give a role"},
		"done.grant.given":   {"Die Rolle gilt ab sofort.", "The role holds from now on."},
		"grants.who":         {"Wer ist das an der Schule {1}?", "Who is this at the school {1}?"},
		"grants.who.hint":    {"Vor- und Familienname wie in der Liste der Personen. Die Klassen, die diese Person unterrichtet, werden ihre Klassen hier.", "Given and family name as in the list of people. The classes this person teaches become the own classes here."},
		"grants.who.do":      {"Zuordnen", "Tie"},
		"done.grant.tied":    {"Die Lehrkraft ist zugeordnet.", "The teacher is tied."},
		"done.grant.ended":   {"Die Rolle ist beendet.", "The role has ended."},
		"operators.title":    {"Betrieb", "Operations"},
		"operators.lead":     {"Wer die ganze Installation betreibt: legt Schulträger an und hilft ihnen, sieht aber keine Personen.", "Who runs the whole installation: adds school authorities and helps them, but sees no people."},
		"operators.new":      {"Konto für den Betrieb anlegen", "Add an account for operations"},
		"operators.new.lead": {"Das Protokoll jedes Schulträgers vermerkt es. Sie bekommen danach einen Link zum Setzen des Passworts.", "The audit log of every school authority notes it. You get a link to set the password afterwards."},

		"done.account.disabled": {"Das Konto ist gesperrt.", "The account is disabled."},
		"done.account.enabled":  {"Das Konto ist entsperrt.", "The account is enabled."},
	})
}
