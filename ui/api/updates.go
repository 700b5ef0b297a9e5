package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// updateBoard is where the iPads stand with iPadOS.
type updateBoard struct {
	Devices  int             `json:"devices"`
	Versions []versionCount  `json:"versions"`
	States   map[string]int  `json:"states"`
	Demanded int             `json:"demanded"`
	Met      int             `json:"met"`
	Blocked  int             `json:"blocked"`
	Failing  int             `json:"failing"`
	Late     int             `json:"late"`
	Causes   map[string]int  `json:"causes"`
	Schools  []schoolUpdates `json:"schools"`
}

type versionCount struct {
	Version string `json:"os_version"`
	Devices int    `json:"devices"`
}

type schoolUpdates struct {
	School   *ref `json:"school"`
	Devices  int  `json:"devices"`
	Demanded int  `json:"demanded"`
	Met      int  `json:"met"`
	Blocked  int  `json:"blocked"`
	Failing  int  `json:"failing"`
	Late     int  `json:"late"`
}

func (a *API) updates(c *call) (answer, error) {
	b, err := a.st.Updates(c.ctx, c.by, school.SchoolID(c.query.Get("school")))
	v := updateBoard{Devices: b.Devices, Versions: []versionCount{}, States: map[string]int{}, Demanded: b.Demanded, Met: b.Met, Blocked: b.Blocked, Failing: b.Failing, Late: b.Late, Causes: map[string]int{}, Schools: []schoolUpdates{}}
	for _, x := range b.Versions {
		v.Versions = append(v.Versions, versionCount{x.Version, x.Devices})
	}
	for s, n := range b.States {
		v.States[string(s)] = n
	}
	for x, n := range b.Causes {
		v.Causes[string(x)] = n
	}
	for _, s := range b.Schools {
		v.Schools = append(v.Schools, schoolUpdates{refTo(s.School, s.Name), s.Devices, s.Demanded, s.Met, s.Blocked, s.Failing, s.Late})
	}
	return answer{body: v}, err
}

// deviceUpdate is what one iPad said. Its reason is in its own words; cause is what they were read as.
type deviceUpdate struct {
	Device   string     `json:"device"`
	Number   string     `json:"number"`
	Serial   string     `json:"serial"`
	School   *ref       `json:"school"`
	Class    *ref       `json:"class"`
	Version  string     `json:"os_version"`
	Demanded string     `json:"demanded_version"`
	Deadline string     `json:"deadline"`
	Met      bool       `json:"met"`
	Blocked  string     `json:"blocked"`
	State    string     `json:"state"`
	Pending  string     `json:"pending_version"`
	Failures int        `json:"failures"`
	Cause    string     `json:"cause"`
	Reason   string     `json:"reason"`
	Failed   *time.Time `json:"failed"`
	Said     *time.Time `json:"reported"`
}

func viewDeviceUpdate(x store.UpdateRow) deviceUpdate {
	v := deviceUpdate{Device: string(x.Device), Number: x.Number, Serial: x.Serial, School: refTo(x.School, x.SchoolName), Class: refTo(x.Class, x.ClassName), Version: x.OSVersion,
		Demanded: x.Want, Deadline: x.WantAt, Met: x.Met, Blocked: x.Blocked, State: string(x.State), Pending: x.Version, Failures: x.Failures, Reason: x.Reason, Failed: moment(x.FailedAt), Said: moment(x.Said)}
	if x.Failing() {
		v.Cause = string(school.CauseOf(x.Reason))
	}
	return v
}

func (a *API) deviceUpdates(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.DeviceUpdates(c.ctx, c.by, store.UpdateFilter{School: school.SchoolID(q.Get("school")), Version: q.Get("os_version"), State: q.Get("state"), After: q.Get("after"), Limit: limit})
	return paged(rows, viewDeviceUpdate), err
}

// freezeView is a time in which iPads are left as they are.
type freezeView struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Scope  scopeView  `json:"scope"`
	School *string    `json:"school"`
	From   *time.Time `json:"from"`
	Until  *time.Time `json:"until"`
	By     string     `json:"by"`
}

func (a *API) freezes(c *call) (answer, error) {
	all, err := a.st.Freezes(c.ctx, c.by)
	out := []freezeView{}
	for _, x := range all {
		out = append(out, freezeView{ID: string(x.ID), Name: x.Name, Scope: scopeView{x.Scope.Level.String(), x.Scope.ID, x.ScopeName}, School: idOrNull(x.School), From: moment(x.From), Until: moment(x.Until), By: x.By})
	}
	return answer{body: map[string]any{"items": out}}, err
}

type newFreeze struct {
	Name  string    `json:"name"`
	Scope scopeBody `json:"scope"`
	From  instant   `json:"from"`
	Until instant   `json:"until"`
}

func (a *API) addFreeze(c *call, b newFreeze) (answer, error) {
	scope, err := c.scope(b.Scope.Level, b.Scope.ID, "scope.level", "scope.id")
	if err != nil {
		return answer{}, err
	}
	f := school.Freeze{Name: b.Name, Scope: scope, From: b.From.at, Until: b.Until.at}
	id, set, err := a.st.AddFreeze(c.ctx, c.by, f)
	return created("", id, set), err
}

func (a *API) removeFreeze(c *call) (answer, error) {
	set, err := a.st.RemoveFreeze(c.ctx, c.by, school.FreezeID(c.id()))
	return changed(school.FreezeID(c.id()), set), err
}
