package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// operatorTokensPage lists the tokens of the installation, with which a portal provisions authorities.
func (u *UI) operatorTokensPage(w http.ResponseWriter, r *http.Request, v view) error {
	all, err := u.st.OperatorTokens(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("operators.tokens"), p.T("operators.tokens.lead")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("operators.title"), Href: "/operators"})
	create := web.Action{Text: p.T("tokens.new"), Href: "/operators/tokens/new", Primary: true}
	p.Actions = []web.Action{create}
	p.Columns = []web.Column{{Name: p.T("tokens.name")}, {Name: p.T("tokens.ends")}, {Name: p.T("tokens.used")}, {Name: p.T("accounts.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range all {
		status := tokenStatus(&p.Frame, store.APIToken{Ends: x.Ends, Revoked: x.Revoked, Resting: x.Resting})
		row := []cell{{Text: x.Name, Detail: p.T("part.by", x.ByName)}, {Text: p.T("tokens.endless")}, {When: momentOf(&p.Frame, x.Used)}, {Status: &status}, {}}
		if !x.Ends.IsZero() {
			row[1].Text = p.Lang.Date(lastDay(x.Ends))
		}
		if x.Used.IsZero() {
			row[2].Text = p.T("time.never")
		}
		if status.Kind != web.Off {
			row[4].Actions = []web.Action{{Text: p.T("tokens.revoke"), About: x.Name, Href: "/operators/tokens/revoke", Post: true, Hidden: []web.Hidden{{Name: "token", Value: string(x.ID)}}}}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("tokens.none"), Text: p.T("operators.tokens.none"), Actions: []web.Action{create}}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) operatorTokenForm(r *http.Request, v view) *tokenPage {
	p := &tokenPage{Frame: u.frame(r, "", web.Crumb{}), List: "/operators/tokens", Role: school.Operator}
	p.Title = p.T("operators.tokens.new")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("operators.tokens"), Href: "/operators/tokens"})
	p.Fields = []web.Field{{Name: "name", Label: p.T("tokens.name"), Hint: p.T("tokens.name.hint"), Value: r.PostFormValue("name"), MaxLength: 200, Focus: true},
		{Kind: web.DateField, Name: "ends", Label: p.T("accounts.until"), Hint: p.T("tokens.ends.hint"), Value: r.PostFormValue("ends"), Optional: true}}
	return p
}

func (u *UI) newOperatorTokenPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.site.Render(w, r, http.StatusOK, "token", u.operatorTokenForm(r, v))
}

// newOperatorToken shows the secret in the answer to the form: it stands in no address and in no cookie.
func (u *UI) newOperatorToken(w http.ResponseWriter, r *http.Request, v view) error {
	p := u.operatorTokenForm(r, v)
	ends, err := dayOf(r.PostFormValue("ends"), "ends")
	if err == nil {
		if !ends.IsZero() {
			ends = ends.AddDate(0, 0, 1)
		}
		_, p.Secret, err = u.st.CreateOperatorToken(r.Context(), v.by, r.PostFormValue("name"), ends)
	}
	status := http.StatusOK
	if err != nil {
		if p.Alert, err = refusal(p.Lang, err, p.Fields); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "token", p)
}

func (u *UI) revokeOperatorToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.RevokeOperatorToken(r.Context(), v.by, store.APITokenID(r.PostFormValue("token"))); err != nil {
		return err
	}
	return u.done(w, r, "/operators/tokens", "done.token.revoked", "")
}

func init() {
	web.Add(web.Words{
		"operators.tokens":             {"Token des Betriebs", "Tokens of operations"},
		"operators.tokens.lead":        {"Damit legt ein Portal Schulträger an, zählt sie auf und lässt sie ruhen. In keinen Schulträger kommt es damit hinein.", "With these a portal adds school authorities, lists and suspends them. They let it into none of them."},
		"operators.tokens.none":        {"Ein Portal braucht eines, um Schulträger anzulegen.", "A portal needs one to add school authorities."},
		"operators.tokens.new":         {"Token des Betriebs erstellen", "Make a token of operations"},
		"event.operator_token.created": {"Token des Betriebs erstellt", "Token of operations made"},
		"event.operator_token.revoked": {"Token des Betriebs zurückgezogen", "Token of operations revoked"},
		"event.authority.suspended":    {"Schulträger ruht", "School authority suspended"},
		"event.authority.resumed":      {"Schulträger ruht nicht mehr", "School authority resumed"},
	})
}
