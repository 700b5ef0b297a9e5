package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

type assignmentView struct {
	ID         string       `json:"id"`
	Profile    *ref         `json:"profile"`
	Identifier string       `json:"identifier"`
	Version    versionRef   `json:"version"`
	Latest     int          `json:"latest"`
	Scope      scopeView    `json:"scope"`
	School     *string      `json:"school"`
	Mode       string       `json:"mode"`
	Fixed      bool         `json:"fixed"`
	Rollout    *rolloutView `json:"rollout"`
	From       *time.Time   `json:"from"`
	Until      *time.Time   `json:"until"`
	Created    *time.Time   `json:"created"`
	By         string       `json:"by"`
}

// scopeView is the node something hangs on. The name of a person is empty for who may not see people.
type scopeView struct {
	Level string `json:"level"`
	ID    string `json:"id"`
	Name  string `json:"name"`
}

type rolloutView struct {
	From  int `json:"from"`  // version of the devices not reached yet; 0: none
	Stage int `json:"stage"` // of 10,000
}

func viewAssignment(x store.AssignmentRow) assignmentView {
	v := assignmentView{ID: string(x.ID), Profile: refTo(x.Profile, x.ProfileName), Identifier: x.Identifier, Version: versionRef{string(x.Version), x.Number},
		Latest: x.Latest, Scope: scopeView{x.Scope.Level.String(), x.Scope.ID, x.ScopeName}, School: idOrNull(x.School), Mode: string(x.Mode), Fixed: x.Fixed,
		From: moment(x.From), Until: moment(x.Until), Created: moment(x.Created), By: x.By}
	if x.Rollout != nil {
		v.Rollout = &rolloutView{x.OldNumber, x.Rollout.Stage}
	}
	return v
}

func (a *API) assignments(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	q := c.query
	f := store.AssignmentFilter{Profile: school.ProfileID(q.Get("profile")), School: school.SchoolID(q.Get("school")), After: q.Get("after"), Limit: limit}
	if q.Has("level") || q.Has("scope") {
		if f.Scope, err = c.scope(q.Get("level"), q.Get("scope"), "level", "scope"); err != nil {
			return answer{}, err
		}
	}
	rows, err := a.st.Assignments(c.ctx, c.by, f)
	return paged(rows, viewAssignment), err
}

// scope reads a node of the tree. The authority is the caller's own and need not be named. The last two are what the
// fields are called where it stands.
func (c *call) scope(level, id, levelField, idField string) (school.Scope, error) {
	l, ok := school.ParseLevel(level)
	switch {
	case !ok:
		return school.Scope{}, school.Refuse(levelField, "choice")
	case l == school.AtAuthority && id == "":
		id = string(c.by.Tenant)
	case id == "":
		return school.Scope{}, school.Refuse(idField, "required")
	}
	return school.Scope{Level: l, ID: id}, nil
}

type scopeBody struct {
	Level string `json:"level"`
	ID    string `json:"id"`
}

// newAssignment is the wish to assign. An empty version is the newest one, an empty mode is required; stage, of 10,000,
// gives it to a part of the devices first.
type newAssignment struct {
	Profile string    `json:"profile"`
	Version string    `json:"version"`
	Scope   scopeBody `json:"scope"`
	Mode    string    `json:"mode"`
	Fixed   bool      `json:"fixed"`
	Stage   *int      `json:"stage"`
	From    instant   `json:"from"`
	Until   instant   `json:"until"`
}

// wish turns the body into a noun. path stands before the names of its fields in what is refused.
func (b newAssignment) wish(c *call, path string) (school.Assignment, error) {
	scope, err := c.scope(b.Scope.Level, b.Scope.ID, path+"scope.level", path+"scope.id")
	if err != nil {
		return school.Assignment{}, err
	}
	if b.Profile == "" {
		return school.Assignment{}, school.Refuse(path+"profile", "required")
	}
	out := school.Assignment{Scope: scope, Profile: school.ProfileID(b.Profile), Version: school.VersionID(b.Version), Mode: school.Mode(b.Mode), Fixed: b.Fixed}
	if out.Mode == "" {
		out.Mode = school.Required
	}
	if b.Stage != nil {
		out.Rollout = &school.Rollout{Stage: *b.Stage}
	}
	out.From, out.Until = b.From.at, b.Until.at
	return out, nil
}

// createAssignment assigns without a plan, where few devices are concerned.
func (a *API) createAssignment(c *call, b newAssignment) (answer, error) {
	wish, err := b.wish(c, "")
	if err != nil {
		return answer{}, err
	}
	if err := a.few(c, wish.Scope); err != nil {
		return answer{}, err
	}
	id, set, err := a.st.Assign(c.ctx, c.by, wish)
	return created("", id, set), err
}

// endAssignment ends an assignment: devices lose what nothing else gives them. So it wants a plan just as well.
func (a *API) endAssignment(c *call) (answer, error) {
	x, err := a.st.Assignment(c.ctx, c.by, school.AssignmentID(c.id()))
	if err != nil {
		return answer{}, err
	}
	if err := a.few(c, x.Scope); err != nil {
		return answer{}, err
	}
	set, err := a.st.Unassign(c.ctx, c.by, x.ID)
	return changed(x.ID, set), err
}

// few refuses a change of more devices than a person may change without typing their number: it needs a plan first. What
// can be counted by a list is counted there, so that the facts of a whole authority are not read for it.
func (a *API) few(c *call, scope school.Scope) error {
	count := func() (int, error) {
		switch scope.Level {
		case school.AtAuthority:
			return a.st.CountDevices(c.ctx, c.by, store.DeviceFilter{})
		case school.AtSchool:
			return a.st.CountDevices(c.ctx, c.by, store.DeviceFilter{School: school.SchoolID(scope.ID)})
		case school.AtClass:
			return a.st.CountDevices(c.ctx, c.by, store.DeviceFilter{Class: school.ClassID(scope.ID)})
		case school.AtPerson, school.AtDevice:
			return 1, nil
		}
		facts, _, err := a.st.ScopeFacts(c.ctx, c.by, scope)
		n := 0
		for _, f := range facts { // the store's condition may reach farther than the scope
			if f.Place.Has(scope, c.by.Tenant, f.Device.ID) {
				n++
			}
		}
		return n, err
	}
	n, err := count()
	if err == nil && n > store.TypedFrom {
		err = school.Clash("needs_plan", n, store.TypedFrom)
	}
	return err
}
