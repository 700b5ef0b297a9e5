package api

import (
	"net/http"
	"strconv"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

type planView struct {
	ID        string      `json:"id"`
	Kind      string      `json:"kind"`
	Created   *time.Time  `json:"created"`
	Ends      *time.Time  `json:"ends"`
	Applied   *time.Time  `json:"applied"`
	ChangeSet *string     `json:"change_set"`
	Typed     bool        `json:"typed"`
	Asks      string      `json:"asks"`
	Second    bool        `json:"second_person"`
	Licences  *needView   `json:"licences"`
	Preview   previewView `json:"preview"`
}

// needView is what licences an app asks for.
type needView struct {
	Name    string `json:"name"`
	Needed  int    `json:"needed"`
	Free    int    `json:"free"`
	Missing int    `json:"missing"`
	Silent  int    `json:"silent"`
}

func (a *API) planView(c *call, p school.Plan) (planView, error) {
	v := viewPlan(p)
	n, app, err := a.st.PlanNeed(c.ctx, c.by, p)
	if app != "" {
		v.Licences = &needView{app, n.Needed, n.Free, n.Missing(), n.Silent}
	}
	return v, err
}

// previewView is what a change would do. The groups add up to the total.
type previewView struct {
	Total     int         `json:"total"`
	Lifelines int         `json:"lifelines"`
	Groups    []groupView `json:"groups"`
}

type groupView struct {
	Kind    string            `json:"kind"`
	Reason  string            `json:"reason"`
	Count   int               `json:"count"`
	Items   []planItemView    `json:"items"`
	Schools []schoolCountView `json:"schools"`
}

type planItemView struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	From int    `json:"from"`
	To   int    `json:"to"`
	// Of an update of iPadOS.
	OS       string `json:"os_version,omitempty"`
	Deadline string `json:"deadline,omitempty"`
	Moved    string `json:"moved,omitempty"`
	Freeze   string `json:"freeze,omitempty"`
}

type schoolCountView struct {
	School *ref `json:"school"`
	Count  int  `json:"count"`
}

func viewPlan(p school.Plan) planView {
	v := planView{ID: string(p.ID), Kind: string(p.Change.Kind), Created: moment(p.Created), Ends: moment(p.Created.Add(store.PlansLast)), Applied: moment(p.Applied),
		ChangeSet: idOrNull(p.Result), Typed: p.Preview.Total > store.TypedFrom,
		Preview: previewView{Total: p.Preview.Total, Lifelines: p.Preview.Lifelines, Groups: []groupView{}}}
	v.Asks, v.Second = store.Asks(p), p.Change.Order != nil && p.Change.Order.Second
	for _, g := range p.Preview.Groups {
		group := groupView{Kind: string(g.Kind), Reason: g.Reason, Count: len(g.Devices), Items: []planItemView{}, Schools: []schoolCountView{}}
		for _, i := range g.Items {
			group.Items = append(group.Items, planItemView{string(i.Key), i.Name, i.From, i.To, i.OS, i.At, string(i.Moved), i.Freeze})
		}
		for _, s := range g.Schools {
			group.Schools = append(group.Schools, schoolCountView{refTo(s.School, s.Name), s.Count})
		}
		v.Preview.Groups = append(v.Preview.Groups, group)
	}
	return v
}

type newPlan struct {
	Change changeBody `json:"change"`
}

// changeBody is a wish: assign needs assign; unassign and version need assignment (and version, if it is not to be the
// newest); move needs devices and to, or the person who goes there with all they have; order needs devices and order; group needs group.
type changeBody struct {
	Kind       string         `json:"kind"`
	Assign     *newAssignment `json:"assign"`
	Assignment string         `json:"assignment"`
	Version    string         `json:"version"`
	Devices    []string       `json:"devices"`
	Person     string         `json:"person"`
	To         *toBody        `json:"to"`
	Order      *orderBody     `json:"order"`
	Group      *groupWish     `json:"group"`
}

type toBody struct {
	School string `json:"school"`
	Class  string `json:"class"`
}

// maxMoved is how many devices one plan may move.
const maxMoved = 10_000

func (b changeBody) change(c *call) (school.Change, error) {
	out := school.Change{Kind: school.ChangeKind(b.Kind)}
	needed := func(missing bool, field string) error {
		if missing {
			return school.Refuse("change."+field, "required")
		}
		return nil
	}
	var err error
	switch out.Kind {
	case school.ChangeAssign:
		if err = needed(b.Assign == nil, "assign"); err == nil {
			out.Assignment, err = b.Assign.wish(c, "change.assign.")
		}
	case school.ChangeUnassign:
		err = needed(b.Assignment == "", "assignment")
		out.Assignment.ID = school.AssignmentID(b.Assignment)
	case school.ChangeVersion:
		err = needed(b.Assignment == "", "assignment")
		out.Assignment.ID, out.New = school.AssignmentID(b.Assignment), &school.Version{ID: school.VersionID(b.Version)}
	case school.ChangeMove:
		if err = needed(len(b.Devices) == 0 && b.Person == "", "devices"); err == nil {
			err = needed(b.To == nil || b.To.School == "" && b.To.Class == "", "to")
		}
		if err == nil && len(b.Devices) > maxMoved {
			err = school.Refuse("change.devices", "too_many_devices", maxMoved)
		}
		if err != nil {
			return out, err
		}
		for _, d := range b.Devices {
			out.Devices = append(out.Devices, school.DeviceID(d))
		}
		if b.Person != "" { // with all they have
			out.Person, out.Devices, out.Letters = school.PersonID(b.Person), nil, web.TransferLetters()
		}
		out.To = school.Placement{School: school.SchoolID(b.To.School), Class: school.ClassID(b.To.Class)}
	case school.ChangeOrder:
		if err = needed(b.Order == nil, "order"); err == nil {
			err = needed(len(b.Devices) == 0, "devices")
		}
		if err == nil && len(b.Devices) > maxMoved {
			err = school.Refuse("change.devices", "too_many_devices", maxMoved)
		}
		if err != nil {
			return out, err
		}
		out.Order = b.Order.wish()
		for _, d := range b.Devices {
			out.Devices = append(out.Devices, school.DeviceID(d))
		}
	case school.ChangeGroup:
		if err = needed(b.Group == nil, "group"); err == nil {
			out.Group = b.Group.group()
		}
	default:
		err = school.Refuse("change.kind", "choice")
	}
	return out, err
}

func (a *API) createPlan(c *call, b newPlan) (answer, error) {
	change, err := b.Change.change(c)
	if err != nil {
		return answer{}, err
	}
	p, err := a.st.Plan(c.ctx, c.by, change, mdm.Preview)
	if err != nil {
		return answer{}, err
	}
	v, err := a.planView(c, p)
	return answer{status: http.StatusCreated, location: Prefix + "/plans/" + string(p.ID), body: v}, err
}

func (a *API) plan(c *call) (answer, error) {
	p, err := a.st.PlanByID(c.ctx, c.by, school.PlanID(c.id()))
	if err != nil {
		return answer{}, err
	}
	v, err := a.planView(c, p)
	return answer{body: v}, err
}

type planDeviceView struct {
	ID     string `json:"id"`
	Number string `json:"number"`
	Serial string `json:"serial"`
	School *ref   `json:"school"`
	Class  string `json:"class"`
}

// planDevices names the devices of one group of a plan. Groups count from 0, in the order of the plan.
func (a *API) planDevices(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	group, err := strconv.Atoi(c.vars["group"])
	if err != nil {
		return answer{}, school.Missing("group")
	}
	rows, err := a.st.Names(c.ctx, c.by, school.PlanID(c.id()), group, c.query.Get("after"), limit)
	return paged(rows, func(x store.PlanDevice) planDeviceView {
		return planDeviceView{string(x.ID), x.Number, x.Serial, refTo(x.School, x.SchoolName), x.ClassName}
	}), err
}

type applyBody struct {
	Typed int    `json:"typed"`
	Word  string `json:"word"`
}

// applyPlan carries a plan out, once. If facts moved and it would now do something else, nothing is done (409 plan_moved)
// and the plan shows anew what it would do.
func (a *API) applyPlan(c *call, b applyBody) (answer, error) {
	typed := b.Word
	if typed == "" {
		typed = strconv.Itoa(b.Typed)
	}
	set, err := a.st.ApplyTyped(c.ctx, c.by, school.PlanID(c.id()), typed, mdm.Preview)
	return changed(school.PlanID(c.id()), set), err
}
