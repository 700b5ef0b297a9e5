package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// providerView is an identity provider. Its client secret goes in and never comes out.
type providerView struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	School       *string    `json:"school"`
	Issuer       string     `json:"issuer"`
	ClientID     string     `json:"client_id"`
	HasSecret    bool       `json:"has_secret"`
	Scopes       string     `json:"scopes"`
	Rules        []ruleView `json:"rules"`
	Enabled      bool       `json:"enabled"`
	Accounts     int        `json:"accounts"`
	RedirectPath string     `json:"redirect_path"`
	LogoutPath   string     `json:"logout_path"`
	GoodAt       *time.Time `json:"good_at"`
	FailedAt     *time.Time `json:"failed_at"`
	Trouble      *string    `json:"trouble"`
}

// ruleView is what a value of a claim gives; a rule without a role gives nothing.
type ruleView struct {
	Claim  string  `json:"claim"`
	Value  string  `json:"value"`
	Role   *string `json:"role"`
	School *string `json:"school"`
}

func viewProvider(x store.ProviderRow) providerView {
	v := providerView{ID: string(x.ID), Name: x.Name, School: idOrNull(x.School), Issuer: x.Issuer, ClientID: x.ClientID, HasSecret: x.Secret, Scopes: x.Scopes, Rules: []ruleView{},
		Enabled: x.Enabled, Accounts: x.Accounts, RedirectPath: "/sign-in/back/" + string(x.ID), LogoutPath: "/sign-in/back/" + string(x.ID) + "/logout",
		GoodAt: moment(x.Good), FailedAt: moment(x.Failed)}
	if !x.Healthy() {
		v.Trouble = idOrNull(x.Code)
	}
	for _, r := range x.Rules {
		v.Rules = append(v.Rules, ruleView{r.Claim, r.Value, idOrNull(r.Role), idOrNull(r.School)})
	}
	return v
}

func (a *API) providers(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Providers(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	key := func(x store.ProviderRow) string { return school.SortKey(x.Name) + "\x00" + string(x.ID) }
	rows, next, err := keyed(rows, key, c.query.Get("after"), limit)
	return listed(rows, next, viewProvider), err
}

func (a *API) provider(c *call) (answer, error) {
	x, err := a.st.Provider(c.ctx, c.by, school.ProviderID(c.id()))
	return answer{body: viewProvider(x)}, err
}

type ruleBody struct {
	Claim  field[string] `json:"claim"`
	Value  field[string] `json:"value"`
	Role   field[string] `json:"role"`
	School field[string] `json:"school"`
}

type providerBody struct {
	Name     field[string] `json:"name"`
	School   field[string] `json:"school"`
	Issuer   field[string] `json:"issuer"`
	ClientID field[string] `json:"client_id"`
	Secret   field[string] `json:"client_secret"`
	Scopes   field[string] `json:"scopes"`
}

func (b providerBody) over(x school.Provider) school.Provider {
	x.Name, x.Issuer, x.ClientID, x.Scopes = b.Name.or(x.Name), b.Issuer.or(x.Issuer), b.ClientID.or(x.ClientID), b.Scopes.or(x.Scopes)
	x.School = school.SchoolID(b.School.or(string(x.School)))
	return x
}

func (a *API) createProvider(c *call, b providerBody) (answer, error) {
	id, err := a.st.CreateProvider(c.ctx, c.by, b.over(school.Provider{}), b.Secret.value)
	return created("/providers/", id, ""), err
}

// providerPatch also switches a provider off and on: an act of its own.
type providerPatch struct {
	providerBody
	Enabled field[bool] `json:"enabled"`
}

func (a *API) changeProvider(c *call, p providerPatch) (answer, error) {
	b := p.providerBody
	x, err := a.st.Provider(c.ctx, c.by, school.ProviderID(c.id()))
	if err != nil {
		return answer{}, err
	}
	act := func() error {
		var secret *string
		if b.Secret.set {
			secret = &b.Secret.value
		}
		return a.st.ChangeProvider(c.ctx, c.by, b.over(x.Provider), secret)
	}
	switch {
	case p.Enabled.set && b != providerBody{}:
		return answer{}, school.Refuse("enabled", "enabled_alone")
	case p.Enabled.set && p.Enabled.value:
		act = func() error { return a.st.EnableProvider(c.ctx, c.by, x.ID) }
	case p.Enabled.set:
		act = func() error { return a.st.DisableProvider(c.ctx, c.by, x.ID) }
	}
	return changed(x.ID, school.ChangeSetID("")), act()
}

type rulesBody struct {
	Rules []ruleBody `json:"rules"`
}

func (a *API) setProviderRules(c *call, b rulesBody) (answer, error) {
	var rules []school.ClaimRule
	for _, r := range b.Rules {
		rules = append(rules, school.ClaimRule{Claim: r.Claim.value, Value: r.Value.value, Role: school.Role(r.Role.value), School: school.SchoolID(r.School.value)})
	}
	id := school.ProviderID(c.id())
	err := a.st.SetProviderRules(c.ctx, c.by, id, rules)
	return changed(id, school.ChangeSetID("")), err
}

func (a *API) removeProvider(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.RemoveProvider(c.ctx, c.by, school.ProviderID(c.id()))
}
