package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// The move from another management, as its board has it. Nothing here changes anything: the move begins in Apple School Manager.

// noSchool stands in addresses for the iPads that belong to no school yet.
const noSchool = "none"

type cutoverView struct {
	School  *ref           `json:"school"`
	Devices int            `json:"devices"`
	Are     map[string]int `json:"states"`
	Network bool           `json:"network"`
}

func (a *API) cutover(c *call) (answer, error) {
	rows, err := a.st.CutoverSchools(c.ctx, c.by)
	return listed(rows, "", func(x store.CutoverSchool) cutoverView {
		v := cutoverView{refTo(x.School, x.Name), x.Devices, map[string]int{}, x.Network}
		for _, is := range store.Cutovers {
			v.Are[string(is)] = x.Are[is]
		}
		return v
	}), err
}

// cutoverOf reads the school of an address.
func (a *API) cutoverOf(c *call) (store.CutoverSchool, error) {
	id := school.SchoolID(c.id())
	if id == noSchool {
		id = ""
	}
	return a.st.CutoverOf(c.ctx, c.by, id)
}

type cutoverDeviceView struct {
	Device   string     `json:"device"`
	Number   string     `json:"number"`
	Serial   string     `json:"serial"`
	Class    *ref       `json:"class"`
	State    string     `json:"state"`
	Deadline *time.Time `json:"deadline"`
	Enrolled *time.Time `json:"enrolled"`
	Code     string     `json:"code"`
	Text     string     `json:"text"`
}

// cutoverDevices lists the iPads of a school, each with how far it is and what helps.
func (a *API) cutoverDevices(c *call) (answer, error) {
	x, err := a.cutoverOf(c)
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.CutoverDevices(c.ctx, c.by, x.School, store.Cutover(c.query.Get("state")), c.query.Get("after"))
	return paged(rows, func(d store.CutoverDevice) cutoverDeviceView {
		return cutoverDeviceView{string(d.Device), d.Number, d.Serial, refTo(d.Class, d.ClassName), string(d.Is), moment(d.Until), moment(d.Enrolled), d.Code, sheet.CutoverHelps(c.lang, d)}
	}), err
}

type serialList struct {
	Serials []string `json:"serials"`
}

// cutoverSerials are the serials that are to be assigned to this server in Apple School Manager.
func (a *API) cutoverSerials(c *call) (answer, error) {
	x, err := a.cutoverOf(c)
	v := serialList{Serials: []string{}}
	for after := ""; err == nil; {
		var page store.Page[store.CutoverDevice]
		page, err = a.st.CutoverDevices(c.ctx, c.by, x.School, store.CutElsewhere, after)
		for _, d := range page.Rows {
			v.Serials = append(v.Serials, d.Serial)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	return answer{body: v}, err
}

// cutoverPlan is the dry run of a school: what to look at before, what becomes of which iPad, and the way back.
func (a *API) cutoverPlan(c *call) (answer, error) {
	pdf, w, reader, err := a.writer(c)
	if err != nil {
		return answer{}, err
	}
	x, err := a.cutoverOf(c)
	if err != nil {
		return answer{}, err
	}
	s, err := w.Cutover(c.ctx, reader, x)
	if err != nil {
		return answer{}, err
	}
	return c.sheet(s, pdf, web.T(c.lang, "cutover.file"), c.now)
}
