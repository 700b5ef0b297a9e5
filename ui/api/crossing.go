package api

import (
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

type crossingView struct {
	ID      string     `json:"id"`
	Person  *ref       `json:"person"`
	Class   string     `json:"class"`
	Device  string     `json:"device"`
	From    *ref       `json:"from"`
	To      *ref       `json:"to"`
	Offered time.Time  `json:"offered_at"`
	State   string     `json:"state"`
	Closed  *time.Time `json:"closed_at"`
}

func viewCrossing(x store.Crossing) crossingView {
	state := string(x.Answer)
	if x.Answer == school.CrossingOpen {
		state = "open"
	}
	return crossingView{ID: string(x.ID), Person: refTo(x.Person, x.Name), Class: x.Class, Device: x.Device, From: refTo(x.From, x.FromName), To: refTo(x.To, x.ToName),
		Offered: x.Offered.UTC(), State: state, Closed: moment(x.Closed)}
}

// crossings lists the changes of school that were offered by the token's schools, or to them.
func (a *API) crossings(c *call) (answer, error) {
	all, err := a.st.Crossings(c.ctx, c.by)
	if err == nil {
		a.st.NamesRead(c.by)
	}
	return listed(all, "", viewCrossing), err
}

type crossingOffer struct {
	Person string `json:"person"`
	School string `json:"school"`
}

func (a *API) offerCrossing(c *call, b crossingOffer) (answer, error) {
	set, err := a.st.OfferCrossing(c.ctx, c.by, school.PersonID(b.Person), school.SchoolID(b.School), web.CrossingLetters(school.CrossingOpen))
	return changed(school.PersonID(b.Person), set), err
}

type crossingTake struct {
	Class string `json:"class"`
}

func (a *API) takeCrossing(c *call, b crossingTake) (answer, error) {
	id := school.CrossingID(c.id())
	set, err := a.st.TakeCrossing(c.ctx, c.by, id, school.ClassID(b.Class), web.CrossingLetters(school.CrossingTaken))
	return changed(id, set), err
}

func (a *API) declineCrossing(c *call) (answer, error) {
	id := school.CrossingID(c.id())
	set, err := a.st.DeclineCrossing(c.ctx, c.by, id, web.CrossingLetters(school.CrossingDeclined))
	return changed(id, set), err
}

func (a *API) withdrawCrossing(c *call) (answer, error) {
	id := school.CrossingID(c.id())
	set, err := a.st.WithdrawCrossing(c.ctx, c.by, id)
	return changed(id, set), err
}

type namesakesView struct {
	Left   *ref   `json:"left"`
	From   *ref   `json:"from"`
	Device string `json:"device"`
	New    *ref   `json:"new"`
	To     *ref   `json:"to"`
	Class  string `json:"class"`
}

// namesakes lists who left one school and is new, by name, at another: to whoever looks after both.
func (a *API) namesakes(c *call) (answer, error) {
	all, err := a.st.Namesakes(c.ctx, c.by)
	if err == nil {
		a.st.NamesRead(c.by)
	}
	return listed(all, "", func(x store.Namesakes) namesakesView {
		return namesakesView{Left: refTo(x.Left, x.Name), From: refTo(x.From, x.FromName), Device: x.Device, New: refTo(x.New, x.Name), To: refTo(x.To, x.ToName), Class: x.Class}
	}), err
}

type namesakesPair struct {
	Left string `json:"left"`
	New  string `json:"new"`
	Same bool   `json:"same"`
}

func (a *API) settleNamesakes(c *call, b namesakesPair) (answer, error) {
	left, new := school.PersonID(b.Left), school.PersonID(b.New)
	settle := a.st.DifferNamesakes
	if b.Same {
		settle = a.st.JoinNamesakes
	}
	set, err := settle(c.ctx, c.by, left, new)
	return changed(left, set), err
}
