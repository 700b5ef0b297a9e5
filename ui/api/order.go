package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

type orderView struct {
	ID       string     `json:"id"`
	Device   string     `json:"device"`
	Kind     string     `json:"kind"`
	State    string     `json:"state"`
	By       string     `json:"by"`
	Created  *time.Time `json:"created"`
	From     *time.Time `json:"from"`
	Accepted *time.Time `json:"accepted"`
	Expires  *time.Time `json:"expires"`
	Finished *time.Time `json:"finished"`
	Result   string     `json:"result"`
	Said     string     `json:"said"`
}

func viewOrder(l web.Lang) func(o school.Order) orderView {
	return func(o school.Order) orderView {
		return orderView{ID: string(o.ID), Device: string(o.Device), Kind: string(o.Kind), State: string(o.State), By: o.By, Created: moment(o.Created), From: moment(o.From),
			Accepted: moment(o.Accepted), Expires: moment(o.Expires), Finished: moment(o.Finished), Result: o.Result, Said: web.OrderFault(l, o)}
	}
}

// orders lists the newest orders of a device; older ones are history, not work.
func (a *API) orders(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Orders(c.ctx, c.by, school.DeviceID(c.id()), limit)
	return listed(rows, "", viewOrder(c.lang)), err
}

type newOrder struct {
	Kind string `json:"kind"`
}

// giveOrder is accepted, not done: the device carries it out when it calls. What loses something goes by a plan.
func (a *API) giveOrder(c *call, b newOrder) (answer, error) {
	ids, err := a.st.GiveOrder(c.ctx, c.by, school.OrderKind(b.Kind), []school.DeviceID{school.DeviceID(c.id())})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusAccepted, body: written{ID: idOrNull(ids[0])}}, nil
}

func (a *API) cancelOrder(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.CancelOrder(c.ctx, c.by, school.OrderID(c.id()))
}

// warrantView is what was ordered with a plan, of all its devices.
type warrantView struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	School   *ref       `json:"school"`
	Devices  int        `json:"devices"`
	Reason   string     `json:"reason"`
	By       string     `json:"by"`
	Created  *time.Time `json:"created"`
	Waits    bool       `json:"waits_for_second_person"`
	Approver string     `json:"approver"`
	From     *time.Time `json:"from"`
	Ended    *time.Time `json:"ended"`
	Why      string     `json:"why"`
	Open     int        `json:"open"`
	Done     int        `json:"done"`
	Refused  int        `json:"refused"`
}

func viewWarrant(x store.WarrantRow) warrantView {
	return warrantView{ID: string(x.ID), Kind: string(x.Kind), School: refTo(x.School, x.SchoolName), Devices: x.Devices, Reason: x.Args.Reason, By: x.By, Created: moment(x.Created), Waits: x.Asked(),
		Approver: x.Approver, From: moment(x.From), Ended: moment(x.Ended), Why: x.Why, Open: x.Open, Done: x.Done, Refused: x.Refused}
}

func (a *API) warrants(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	asked, err := c.flag("asked")
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Warrants(c.ctx, c.by, asked, limit)
	return listed(rows, "", viewWarrant), err
}

// decline ends what waits for a second person. To agree is no call: that takes a person who is signed in.
func (a *API) decline(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.DeclineOrder(c.ctx, c.by, school.WarrantID(c.id()))
}

type reasonBody struct {
	Reason string `json:"reason"`
}

type bypassView struct {
	Code string `json:"code"`
}

func (a *API) bypassCode(c *call, b reasonBody) (answer, error) {
	code, err := a.st.BypassCode(c.ctx, c.by, school.DeviceID(c.id()), b.Reason)
	return answer{body: bypassView{code}}, err
}

// answerView is what a device answered to an order that asked for it.
type answerView struct {
	Kind     string              `json:"kind"`
	Until    *time.Time          `json:"kept_until"`
	Location *school.Location    `json:"location"`
	Users    []school.DeviceUser `json:"users"`
}

func (a *API) orderAnswer(c *call, b reasonBody) (answer, error) {
	o, said, err := a.st.OrderAnswer(c.ctx, c.by, school.OrderID(c.id()), b.Reason)
	if err != nil {
		return answer{}, err
	}
	v := answerView{Kind: string(o.Kind), Until: moment(o.Answer), Users: []school.DeviceUser{}}
	if o.Kind == school.Locate {
		at, err := store.LocationOf(said)
		v.Location = &at
		return answer{body: v}, err
	}
	users, err := store.UsersOf(said)
	v.Users = append(v.Users, users...)
	return answer{body: v}, err
}

type lateView struct {
	Late int `json:"late"`
}

// withdraw calls off what no device knows of yet, and says for how many that came too late.
func (a *API) withdraw(c *call) (answer, error) {
	late, err := a.st.WithdrawOrder(c.ctx, c.by, school.WarrantID(c.id()))
	return answer{body: lateView{late}}, err
}

type turnView struct {
	ID     string                `json:"id"`
	Device string                `json:"device"`
	Number string                `json:"number"`
	School *ref                  `json:"school"`
	Step   string                `json:"step"`
	Since  *time.Time            `json:"since"`
	Reason string                `json:"reason"`
	Halted bool                  `json:"halted"`
	Done   map[string]*time.Time `json:"done"`
	Ended  *time.Time            `json:"ended"`
	Why    string                `json:"why"`
}

func viewTurn(x store.TurnaroundRow) turnView {
	v := turnView{ID: string(x.ID), Device: string(x.Device), Number: x.Number, School: refTo(x.School, x.SchoolName), Step: string(x.Step), Since: moment(x.Since), Reason: x.Reason, Halted: x.Halted(),
		Done: map[string]*time.Time{}, Ended: moment(x.Ended), Why: x.Why}
	for step, at := range x.Done {
		v.Done[string(step)] = moment(at)
	}
	return v
}

// turnarounds lists returned devices on their way to the next person; ended ones instead where that is asked.
func (a *API) turnarounds(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	ended, err := c.flag("ended")
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Turnarounds(c.ctx, c.by, store.TurnaroundFilter{Ended: ended, Limit: limit})
	return listed(rows, "", viewTurn), err
}

func (a *API) resumeTurn(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.ResumeTurnaround(c.ctx, c.by, school.TurnaroundID(c.id()))
}

func (a *API) stopTurn(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.StopTurnaround(c.ctx, c.by, school.TurnaroundID(c.id()))
}

// orderBody is an order as a plan takes it.
type orderBody struct {
	Kind     string `json:"kind"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Phone    string `json:"phone"`
	Footnote string `json:"footnote"`
	Name     string `json:"name"`
	User     string `json:"user"`
	Force    bool   `json:"force"`
}

func (b orderBody) wish() *school.OrderWish {
	return &school.OrderWish{Kind: school.OrderKind(b.Kind), Args: school.OrderArgs{Reason: b.Reason, Message: b.Message, Phone: b.Phone, Footnote: b.Footnote, Name: b.Name, User: b.User, Force: b.Force}}
}
