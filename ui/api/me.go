package api

import (
	"slices"
	"time"

	"ranzen/store/school"
)

type meView struct {
	Kind      string      `json:"kind"`
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Authority ref         `json:"authority"`
	Modules   []string    `json:"modules"`
	Grants    []grantView `json:"grants"`
}

type grantView struct {
	Role   string     `json:"role"`
	School *string    `json:"school"`
	Until  *time.Time `json:"until"`
	Verbs  []string   `json:"verbs"`
}

// me says who a token is and what it may.
func (a *API) me(c *call) (answer, error) {
	out := meView{Kind: string(c.by.Kind), ID: c.by.ID(), Name: c.by.Name, Authority: ref{ID: string(c.by.Tenant)}, Modules: []string{}, Grants: []grantView{}}
	if c.by.CanSomewhere(school.View, c.by.Tenant) {
		authority, err := a.st.Authority(c.ctx, c.by)
		if err != nil {
			return answer{}, err
		}
		out.Authority.Name = authority.Name
		for _, m := range authority.Modules {
			out.Modules = append(out.Modules, string(m))
		}
	}
	for _, g := range c.by.Grants {
		view := grantView{Role: string(g.Role), School: idOrNull(g.School), Until: moment(g.Until), Verbs: []string{}}
		for _, v := range g.Role.Verbs() {
			if c.by.Verbs == nil || c.by.Verbs[v] {
				view.Verbs = append(view.Verbs, string(v))
			}
		}
		slices.Sort(view.Verbs)
		out.Grants = append(out.Grants, view)
	}
	return answer{body: out}, nil
}
