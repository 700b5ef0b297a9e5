package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

type classView struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Grade    string `json:"grade"`
	School   *ref   `json:"school"`
	Archived bool   `json:"archived"`
	People   int    `json:"people"`
	Devices  int    `json:"devices"`
}

type classPage struct {
	classView
	Progress []progressView `json:"progress"`
}

// progressView is how far one profile got. Confirmed counts what devices reported, nothing else.
type progressView struct {
	Profile    *ref       `json:"profile"`
	Version    int        `json:"version"`
	Via        *viaView   `json:"via"`
	Since      *time.Time `json:"since"`
	Confirmed  int        `json:"confirmed"`
	Total      int        `json:"total"`
	Impossible int        `json:"impossible"`
	Open       []string   `json:"open"`
}

func viewClass(x store.ClassRow) classView {
	return classView{ID: string(x.ID), Name: x.Name, Grade: x.Grade, School: refTo(x.School, x.SchoolName), Archived: x.Archived, People: x.People, Devices: x.Devices}
}

func (a *API) classes(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	archived, err := c.flag("archived")
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Classes(c.ctx, c.by, store.ClassFilter{School: school.SchoolID(c.query.Get("school")), Text: c.query.Get("q"), Archived: archived,
		After: c.query.Get("after"), Limit: limit})
	return paged(rows, viewClass), err
}

func (a *API) class(c *call) (answer, error) {
	x, err := a.st.ClassByID(c.ctx, c.by, school.ClassID(c.id()))
	if err != nil {
		return answer{}, err
	}
	out := classPage{classView: viewClass(x), Progress: []progressView{}}
	authority, err := a.st.Authority(c.ctx, c.by)
	if err != nil || x.Archived || !authority.Has(school.Management) {
		return answer{body: out}, err // nothing hangs on an archived class
	}
	rows, err := a.st.Progress(c.ctx, c.by, school.Scope{Level: school.AtClass, ID: string(x.ID)})
	if err != nil {
		return answer{}, err
	}
	for _, p := range rows {
		view := progressView{Profile: refTo(p.Via.Profile, p.Via.ProfileName), Version: p.Via.Number, Since: moment(p.Since), Confirmed: p.Confirmed, Total: p.Total,
			Impossible: p.Impossible, Open: []string{},
			Via: &viaView{Assignment: string(p.Via.ID), Level: p.Via.Scope.Level.String(), Name: p.Via.ScopeName, Fixed: p.Via.Fixed, Since: moment(p.Since), By: p.Via.By}}
		for _, d := range p.Open {
			view.Open = append(view.Open, string(d))
		}
		out.Progress = append(out.Progress, view)
	}
	return answer{body: out}, nil
}

type newClass struct {
	School string `json:"school"`
	Name   string `json:"name"`
	Grade  string `json:"grade"`
}

func (a *API) createClass(c *call, b newClass) (answer, error) {
	if b.School == "" {
		return answer{}, school.Refuse("school", "required")
	}
	id, err := a.st.CreateClass(c.ctx, c.by, school.Class{School: school.SchoolID(b.School), Name: b.Name, Grade: b.Grade})
	return created("/classes/", id, ""), err
}

type classBody struct {
	Name  field[string] `json:"name"`
	Grade field[string] `json:"grade"`
}

func (a *API) changeClass(c *call, b classBody) (answer, error) {
	x, err := a.st.ClassByID(c.ctx, c.by, school.ClassID(c.id()))
	if err != nil {
		return answer{}, err
	}
	x.Name, x.Grade = b.Name.or(x.Name), b.Grade.or(x.Grade)
	set, err := a.st.ChangeClass(c.ctx, c.by, x.Class)
	return changed(x.ID, set), err
}
