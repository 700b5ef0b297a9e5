package api

import (
	"ranzen/store"
	"ranzen/store/school"
)

type schoolView struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Type     string       `json:"type"`
	Number   string       `json:"number"`
	Archived bool         `json:"archived"`
	Network  *networkView `json:"network"`
	Calm     calmView     `json:"calm"`
}

type schoolRow struct {
	schoolView
	Classes int `json:"classes"`
	Devices int `json:"devices"`
}

// networkView is a set-up network. Its password goes in by the page and never comes out.
type networkView struct {
	SSID     string `json:"ssid"`
	Security string `json:"security"`
	Hidden   bool   `json:"hidden"`
}

func viewSchool(x school.School) schoolView {
	v := schoolView{ID: string(x.ID), Name: x.Name, Type: x.Type, Number: x.Number, Archived: x.Archived, Calm: viewCalm(x.Calm)}
	if n := x.Network; n.SSID != "" {
		v.Network = &networkView{n.SSID, n.Security, n.Hidden}
	}
	return v
}

func (a *API) schools(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	archived, err := c.flag("archived")
	if err != nil {
		return answer{}, err
	}
	list := a.st.Schools
	if archived {
		list = a.st.ArchivedSchools
	}
	rows, err := list(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	key := func(x store.SchoolRow) string { return school.SortKey(x.Name) + "\x00" + string(x.ID) }
	rows, next, err := keyed(rows, key, c.query.Get("after"), limit)
	return listed(rows, next, func(x store.SchoolRow) schoolRow { return schoolRow{viewSchool(x.School), x.Classes, x.Devices} }), err
}

func (a *API) school(c *call) (answer, error) {
	x, err := a.st.School(c.ctx, c.by, school.SchoolID(c.id()))
	return answer{body: viewSchool(x)}, err
}

type schoolBody struct {
	Name   field[string] `json:"name"`
	Type   field[string] `json:"type"`
	Number field[string] `json:"number"`
}

func (b schoolBody) over(x school.School) school.School {
	x.Name, x.Type, x.Number = b.Name.or(x.Name), b.Type.or(x.Type), b.Number.or(x.Number)
	return x
}

func (a *API) createSchool(c *call, b schoolBody) (answer, error) {
	id, err := a.st.CreateSchool(c.ctx, c.by, b.over(school.School{}))
	return created("/schools/", id, ""), err
}

// schoolPatch also archives a school and brings it back: an act of its own, which can be undone for itself.
type schoolPatch struct {
	Name     field[string] `json:"name"`
	Type     field[string] `json:"type"`
	Number   field[string] `json:"number"`
	Archived field[bool]   `json:"archived"`
}

func (a *API) changeSchool(c *call, p schoolPatch) (answer, error) {
	b := schoolBody{p.Name, p.Type, p.Number}
	x, err := a.st.School(c.ctx, c.by, school.SchoolID(c.id()))
	if err != nil {
		return answer{}, err
	}
	act := func() (school.ChangeSetID, error) { return a.st.ChangeSchool(c.ctx, c.by, b.over(x)) }
	switch {
	case p.Archived.set && (b.Name.set || b.Type.set || b.Number.set):
		return answer{}, school.Refuse("archived", "archived_alone")
	case p.Archived.set && p.Archived.value:
		act = func() (school.ChangeSetID, error) { return a.st.ArchiveSchool(c.ctx, c.by, x.ID) }
	case p.Archived.set:
		act = func() (school.ChangeSetID, error) { return a.st.RestoreSchool(c.ctx, c.by, x.ID) }
	}
	set, err := act()
	return changed(x.ID, set), err
}
