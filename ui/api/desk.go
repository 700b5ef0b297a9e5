package api

import (
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// The lending desk for programs: a locker that hands out by itself, the portal of a school, the tickets of a repair shop.
// A token of the desk or the shop sees no tree and no list; it has these calls alone.

type deskPersonView struct {
	ID     string   `json:"id"`
	School *string  `json:"school"`
	Name   string   `json:"name"`
	Class  string   `json:"class"`
	Holds  []string `json:"holds"`
}

// deskPeople finds people by the beginning of their names, as the desk does: there is no list of all.
func (a *API) deskPeople(c *call) (answer, error) {
	found, err := a.st.FindAtDesk(c.ctx, c.by, c.query.Get("q"))
	if err == nil && len(found) > 0 {
		a.st.NamesRead(c.by)
	}
	return listed(found, "", func(p store.DeskPerson) deskPersonView {
		return deskPersonView{string(p.ID), idOrNull(p.School), p.Name, p.Class, orEmpty(p.Holds)}
	}), err
}

type deskDeviceView struct {
	ID       string `json:"id"`
	School   string `json:"school"`
	Number   string `json:"number"`
	Serial   string `json:"serial"`
	Model    string `json:"model"`
	Holder   *ref   `json:"holder"`
	InRepair bool   `json:"in_repair"`
}

// deskDevice is the one device whose number or serial was scanned.
func (a *API) deskDevice(c *call) (answer, error) {
	d, err := a.st.DeviceAtDesk(c.ctx, c.by, c.query.Get("device"))
	return answer{body: deskDeviceView{string(d.ID), string(d.School), d.Number, d.Serial, d.Model, refTo(d.Holder, d.HeldBy), d.InRepair}}, err
}

type issueBody struct {
	Person string `json:"person"`
	Device string `json:"device"`
}

// issue hands a device out. It is named as it is at the desk: by inventory number or serial, typed or scanned.
func (a *API) issue(c *call, b issueBody) (answer, error) {
	p, err := a.st.DeskPersonByID(c.ctx, c.by, school.PersonID(b.Person))
	if err != nil {
		return answer{}, err
	}
	d, err := a.st.DeviceAtDesk(c.ctx, c.by, b.Device)
	if err != nil {
		return answer{}, err
	}
	id, set, err := a.st.Issue(c.ctx, c.by, p.ID, d.ID)
	return created("", id, set), err
}

type takeBackBody struct {
	Device string `json:"device"`
}

func (a *API) takeBack(c *call, b takeBackBody) (answer, error) {
	d, err := a.st.DeviceAtDesk(c.ctx, c.by, b.Device)
	if err != nil {
		return answer{}, err
	}
	set, err := a.st.TakeBack(c.ctx, c.by, d.ID)
	return changed(d.ID, set), err
}

type reportBody struct {
	Device string `json:"device"`
	Kind   string `json:"kind"`
	Note   string `json:"note"`
}

// report says at the desk that a device is damaged or lost. Nothing happens to the device.
func (a *API) report(c *call, b reportBody) (answer, error) {
	d, err := a.st.DeviceAtDesk(c.ctx, c.by, b.Device)
	if err != nil {
		return answer{}, err
	}
	id, err := a.st.ReportAtDesk(c.ctx, c.by, d.ID, store.ReportKind(b.Kind), b.Note)
	return created("", id, ""), err
}

// reportView is what was said of a device.
type reportView struct {
	ID      string     `json:"id"`
	School  string     `json:"school"`
	Device  ref        `json:"device"`
	Kind    string     `json:"kind"`
	Note    string     `json:"note"`
	By      string     `json:"by"`
	Created *time.Time `json:"created"`
	Closed  *time.Time `json:"closed"`
}

func viewReport(x store.DeviceReport) reportView {
	return reportView{ID: x.ID, School: string(x.School), Device: ref{string(x.Device), x.DeviceName}, Kind: string(x.Kind), Note: x.Note, By: x.By, Created: moment(x.Created), Closed: moment(x.Closed)}
}

func (a *API) reports(c *call) (answer, error) {
	rows, err := a.st.Reports(c.ctx, c.by)
	return listed(rows, "", viewReport), err
}

func (a *API) closeReport(c *call) (answer, error) {
	set, err := a.st.CloseReport(c.ctx, c.by, c.id())
	return changed("", set), err
}

// repairView is a device that is being repaired: no person is in it.
type repairView struct {
	ID      string     `json:"id"`
	Device  string     `json:"device"`
	Number  string     `json:"number"`
	Serial  string     `json:"serial"`
	Model   string     `json:"model"`
	Note    string     `json:"note"`
	Answer  string     `json:"answer"`
	Ready   *time.Time `json:"ready"`
	Created *time.Time `json:"created"`
}

func (a *API) repairs(c *call) (answer, error) {
	rows, err := a.st.Repairs(c.ctx, c.by)
	return listed(rows, "", func(x store.RepairOrder) repairView {
		return repairView{x.ID, string(x.Device), x.Number, x.Serial, x.Model, x.Note, x.Answer, moment(x.Ready), moment(x.Created)}
	}), err
}

type repairBody struct {
	Device string `json:"device"`
	Note   string `json:"note"`
}

func (a *API) sendToRepair(c *call, b repairBody) (answer, error) {
	id := school.DeviceID(b.Device)
	set, err := a.st.SendToRepair(c.ctx, c.by, id, b.Note)
	return answer{status: http.StatusCreated, body: written{idOrNull(id), idOrNull(set)}}, err
}

type repairPatch struct {
	Answer field[string] `json:"answer"`
	Ready  field[bool]   `json:"ready"`
}

// answerRepair is what the shop says; what it does not name stays as it is.
func (a *API) answerRepair(c *call, b repairPatch) (answer, error) {
	all, err := a.st.Repairs(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	for _, x := range all {
		if x.ID == c.id() {
			err := a.st.AnswerRepair(c.ctx, c.by, x.ID, strings.TrimSpace(b.Answer.or(x.Answer)), b.Ready.or(!x.Ready.IsZero()))
			return changed(x.ID, ""), err
		}
	}
	return answer{}, school.Missing("repair")
}

func (a *API) endRepair(c *call) (answer, error) {
	set, err := a.st.EndRepair(c.ctx, c.by, c.id())
	return changed("", set), err
}
