package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// tenantView is an authority as the portal sees it that provisions authorities: its name and state, and nothing in it.
type tenantView struct {
	ID         string     `json:"id"`
	ExternalID *string    `json:"external_id"`
	Name       string     `json:"name"`
	Suspended  *time.Time `json:"suspended"`
	Created    time.Time  `json:"created"`
}

// tenantState is also whether it leaves.
type tenantState struct {
	tenantView
	EndAsked *time.Time `json:"end_asked"`
	Ends     *time.Time `json:"ends"`
}

func viewState(x store.Tenant) tenantState {
	return tenantState{viewTenant(x), moment(x.EndAsked), moment(x.Ends)}
}

func viewTenant(x store.Tenant) tenantView {
	v := tenantView{ID: string(x.ID), ExternalID: orNull(x.External), Name: x.Name, Created: x.Created}
	if !x.Suspended.IsZero() {
		v.Suspended = &x.Suspended
	}
	return v
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// tenants is few enough for one page: an installation has tens of them.
func (a *API) tenants(c *call) (answer, error) {
	all, err := a.st.Tenants(c.ctx, c.by)
	items := make([]tenantState, len(all))
	for i, x := range all {
		items[i] = viewState(x)
	}
	return answer{body: map[string]any{"items": items}}, err
}

func (a *API) tenant(c *call) (answer, error) {
	x, err := a.st.TenantByID(c.ctx, c.by, c.id())
	return answer{body: viewState(x)}, err
}

type newTenant struct {
	Name    string      `json:"name"`
	Contact string      `json:"contact"`
	Modules []string    `json:"modules"`
	Policy  policyPatch `json:"policy"`
	School  struct {
		Name   string `json:"name"`
		Type   string `json:"type"`
		Number string `json:"number"`
	} `json:"school"`
	Admin struct {
		Name  string `json:"name"`
		Login string `json:"login"`
		Email string `json:"email"`
	} `json:"admin"`
}

type provisionedView struct {
	tenantView
	School *string `json:"school"`
	Admin  string  `json:"admin"`
	Link   *string `json:"link"`
}

// provision makes an authority with its first school and administrator, or finds that it did.
func (a *API) provision(c *call, b newTenant) (answer, error) {
	policy, err := b.Policy.over(school.Policy{})
	if err != nil {
		return answer{}, err
	}
	n := store.NewTenant{External: c.id(), Authority: school.Authority{Name: b.Name, Contact: b.Contact, Policy: policy},
		School: school.School{Name: b.School.Name, Type: b.School.Type, Number: b.School.Number}, Admin: store.Account{Name: b.Admin.Name, Login: b.Admin.Login, Email: b.Admin.Email}}
	for _, m := range b.Modules {
		n.Authority.Modules = append(n.Authority.Modules, school.Module(m))
	}
	x, err := a.st.ProvisionTenant(c.ctx, c.by, n)
	if err != nil {
		return answer{}, err
	}
	out := answer{body: provisionedView{tenantView: viewTenant(x.Tenant), School: orNull(string(x.School)), Admin: string(x.Admin), Link: orNull(x.Link)}}
	if x.New {
		out.status, out.location = http.StatusCreated, Prefix+"/tenants/"+c.id()
	}
	return out, nil
}

type tenantPatch struct {
	Suspended field[bool] `json:"suspended"`
}

func (a *API) changeTenant(c *call, b tenantPatch) (answer, error) {
	x, err := a.st.TenantByID(c.ctx, c.by, c.id())
	if err == nil && b.Suspended.set {
		err = a.st.SuspendTenant(c.ctx, c.by, string(x.ID), b.Suspended.value)
	}
	if err != nil {
		return answer{}, err
	}
	return a.tenant(c)
}

// agreeToEnd is the second person where an authority asked to be deleted: whoever runs the installation.
func (a *API) agreeToEnd(c *call, b typedBody) (answer, error) {
	x, err := a.st.TenantByID(c.ctx, c.by, c.id())
	if err != nil {
		return answer{}, err
	}
	by := c.by
	by.Tenant = x.ID
	due, err := a.st.AgreeEnd(c.ctx, by, b.Typed)
	return answer{body: map[string]any{"ends": moment(due)}}, err
}

func (a *API) stopEnd(c *call) (answer, error) {
	x, err := a.st.TenantByID(c.ctx, c.by, c.id())
	if err != nil {
		return answer{}, err
	}
	by := c.by
	by.Tenant = x.ID
	return answer{status: http.StatusNoContent}, a.st.StopEnd(c.ctx, by)
}
