package api

import (
	"ranzen/store"
	"ranzen/store/school"
)

type personView struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Given    string `json:"given"`
	Family   string `json:"family"`
	Email    string `json:"email"`
	Login    string `json:"login"`
	School   *ref   `json:"school"`
	Class    *ref   `json:"class"`
	Archived bool   `json:"archived"`
	Devices  int    `json:"devices"`
}

func viewPerson(p store.PersonRow) personView {
	return personView{ID: string(p.ID), Kind: string(p.Kind), Given: p.Given, Family: p.Family, Email: p.Email, Login: p.Login,
		School: refTo(p.School, p.SchoolName), Class: refTo(p.Class, p.ClassName), Archived: p.Archived, Devices: p.Devices}
}

func (a *API) people(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	archived, err := c.flag("archived")
	if err != nil {
		return answer{}, err
	}
	without, err := c.flag("without_device")
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.Persons(c.ctx, c.by, store.PersonFilter{School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")),
		Group: school.GroupID(q.Get("group")), Kind: school.PersonKind(q.Get("kind")), Without: without, Text: q.Get("q"), Archived: archived,
		After: q.Get("after"), Limit: limit})
	if err == nil {
		a.st.NamesRead(c.by)
	}
	return paged(rows, viewPerson), err
}

type newPerson struct {
	School string `json:"school"`
	Class  string `json:"class"`
	Kind   string `json:"kind"`
	Given  string `json:"given"`
	Family string `json:"family"`
	Email  string `json:"email"`
	Login  string `json:"login"`
}

func (a *API) createPerson(c *call, b newPerson) (answer, error) {
	if b.School == "" && !c.by.Can(school.EditPeople, school.Where{Authority: c.by.Tenant}) {
		return answer{}, school.Refuse("school", "required")
	}
	id, err := a.st.CreatePerson(c.ctx, c.by, school.Person{School: school.SchoolID(b.School), Kind: school.PersonKind(b.Kind), Given: b.Given, Family: b.Family,
		Email: b.Email, Login: b.Login}, school.ClassID(b.Class))
	return created("", id, ""), err
}
