package api

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// groupDetail is a group: of people, one by one, or of devices by a rule.
type groupDetail struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	School  *ref       `json:"school"`
	Rule    *groupRule `json:"rule"`
	Said    string     `json:"said"` // the rule as a sentence
	People  int        `json:"people"`
	Devices int        `json:"devices"`
}

// groupRule is a rule, as it is given and as it is shown.
type groupRule struct {
	Schools   []string `json:"schools"`
	Types     []string `json:"school_types"`
	Grades    []string `json:"grades"`
	Models    []string `json:"models"`
	Ownership []string `json:"ownership"`
	Kinds     []string `json:"kinds"`
	OSFrom    string   `json:"os_from"`
	OSBelow   string   `json:"os_below"`
	FreeBelow int      `json:"free_below"`
	Unseen    int      `json:"unseen"`
	Worn      bool     `json:"worn"`
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

func named[S ~string](list []string) []S {
	out := make([]S, len(list))
	for i, s := range list {
		out[i] = S(s)
	}
	return out
}

func (r *groupRule) rule() school.Rule {
	if r == nil {
		return school.Rule{}
	}
	return school.Rule{Schools: named[school.SchoolID](r.Schools), Types: r.Types, Grades: r.Grades, Models: r.Models, Ownership: named[school.Ownership](r.Ownership),
		Kinds: named[school.PersonKind](r.Kinds), OSFrom: r.OSFrom, OSBelow: r.OSBelow, FreeBelow: r.FreeBelow, Unseen: r.Unseen, Worn: r.Worn}
}

// groupNames are the schools rules speak of, by name.
func (a *API) groupNames(c *call) (map[school.SchoolID]string, error) {
	all, err := a.st.Schools(c.ctx, c.by)
	out := make(map[school.SchoolID]string, len(all))
	for _, s := range all {
		out[s.ID] = s.Name
	}
	return out, err
}

func viewGroup(l web.Lang, names map[school.SchoolID]string) func(store.GroupRow) groupDetail {
	return func(x store.GroupRow) groupDetail {
		v := groupDetail{ID: string(x.ID), Name: x.Name, School: refTo(x.School, x.SchoolName), People: x.People, Devices: x.Devices}
		if r := x.Rule; !r.Empty() {
			v.Rule = &groupRule{texts(r.Schools), texts(r.Types), texts(r.Grades), texts(r.Models), texts(r.Ownership), texts(r.Kinds), r.OSFrom, r.OSBelow, r.FreeBelow, r.Unseen, r.Worn}
			v.Said = web.GroupRule(l, r, x.SchoolName, names)
		}
		return v
	}
}

func (a *API) groups(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	names, err := a.groupNames(c)
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Groups(c.ctx, c.by, store.GroupFilter{School: school.SchoolID(c.query.Get("school")), Text: c.query.Get("q"), After: c.query.Get("after"), Limit: limit})
	return paged(rows, viewGroup(c.lang, names)), err
}

func (a *API) group(c *call) (answer, error) {
	names, err := a.groupNames(c)
	if err != nil {
		return answer{}, err
	}
	x, err := a.st.GroupByID(c.ctx, c.by, school.GroupID(c.id()))
	return answer{body: viewGroup(c.lang, names)(x)}, err
}

type newGroup struct {
	School string     `json:"school"`
	Name   string     `json:"name"`
	Rule   *groupRule `json:"rule"`
}

func (a *API) createGroup(c *call, b newGroup) (answer, error) {
	id, err := a.st.CreateGroup(c.ctx, c.by, school.Group{School: school.SchoolID(b.School), Name: b.Name, Rule: b.Rule.rule()})
	return created("/groups/", id, ""), err
}

type groupBody struct {
	Name field[string]     `json:"name"`
	Rule field[*groupRule] `json:"rule"`
}

// changeGroup writes at once what a plan of kind group shows before.
func (a *API) changeGroup(c *call, b groupBody) (answer, error) {
	x, err := a.st.GroupByID(c.ctx, c.by, school.GroupID(c.id()))
	if err != nil {
		return answer{}, err
	}
	x.Name = b.Name.or(x.Name)
	if b.Rule.set {
		x.Rule = b.Rule.value.rule()
	}
	set, err := a.st.ChangeGroup(c.ctx, c.by, x.Group)
	return changed(x.ID, set), err
}

func (a *API) archiveGroup(c *call) (answer, error) {
	id := school.GroupID(c.id())
	set, err := a.st.ArchiveGroup(c.ctx, c.by, id)
	return answer{status: http.StatusOK, body: written{ID: idOrNull(id), ChangeSet: idOrNull(set)}}, err
}

// groupWish is a group as a plan takes it: without an id a new one.
type groupWish struct {
	ID     string     `json:"id"`
	School string     `json:"school"`
	Name   string     `json:"name"`
	Rule   *groupRule `json:"rule"`
}

func (b groupWish) group() school.Group {
	return school.Group{ID: school.GroupID(b.ID), School: school.SchoolID(b.School), Name: b.Name, Rule: b.Rule.rule()}
}
