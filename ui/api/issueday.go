package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// issueDayView is a day on which classes come to a desk.
type issueDayView struct {
	ID      string   `json:"id"`
	School  string   `json:"school"`
	Name    string   `json:"name"`
	Room    string   `json:"room"`
	Day     string   `json:"day"`
	Classes []string `json:"classes"`
}

func viewIssueDay(d school.IssueDay) issueDayView {
	v := issueDayView{ID: string(d.ID), School: string(d.School), Name: d.Name, Room: d.Room, Day: d.Day, Classes: []string{}}
	for _, c := range d.Classes {
		v.Classes = append(v.Classes, string(c))
	}
	return v
}

// issueDays lists the days of the schools where the caller lends, the next first; with past those that are over.
func (a *API) issueDays(c *call) (answer, error) {
	past, err := c.flag("past")
	if err != nil {
		return answer{}, err
	}
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	all, err := a.st.IssueDays(c.ctx, c.by, store.IssueDayFilter{Past: past, School: school.SchoolID(c.query.Get("school")), After: c.query.Get("after"), Limit: limit})
	return paged(all, viewIssueDay), err
}

// issueCountView says how far the people of a class, or of a day, are.
type issueCountView struct {
	People    int `json:"people"`
	Contracts int `json:"contracts"`
	Signed    int `json:"signed"`
	Devices   int `json:"devices"`
	Sets      int `json:"sets"`
	Ready     int `json:"ready"`
	Done      int `json:"done"`
	Refused   int `json:"refused"`
}

func viewIssueCount(n school.IssueCount) issueCountView {
	return issueCountView{n.People, n.Contracts, n.Signed, n.Devices, n.Sets, n.Ready, n.Done, n.Refused}
}

type issueDayPageView struct {
	issueDayView
	Count   issueCountView   `json:"count"`
	Waiting []issueClassView `json:"by_class"`
}

type issueClassView struct {
	Class string         `json:"class"`
	Count issueCountView `json:"count"`
}

// issueDay is a day with how far each class is. It names nobody.
func (a *API) issueDay(c *call) (answer, error) {
	d, lines, err := a.issueLines(c)
	if err != nil {
		return answer{}, err
	}
	v := issueDayPageView{issueDayView: viewIssueDay(d), Count: viewIssueCount(school.CountIssue(lines)), Waiting: []issueClassView{}}
	of := map[school.ClassID][]school.IssueLine{}
	for _, l := range lines {
		of[l.Class] = append(of[l.Class], l)
	}
	for _, k := range d.Classes {
		v.Waiting = append(v.Waiting, issueClassView{string(k), viewIssueCount(school.CountIssue(of[k]))})
	}
	return answer{body: v}, nil
}

func (a *API) issueLines(c *call) (school.IssueDay, []school.IssueLine, error) {
	d, err := a.st.IssueDayByID(c.ctx, c.by, school.IssueDayID(c.id()))
	if err != nil {
		return d, nil, err
	}
	lines, err := a.st.IssueLines(c.ctx, c.by, d.School, d.Classes...)
	return d, lines, err
}

// issueLineView is somebody who comes on an issue day, and what is still missing.
type issueLineView struct {
	Class    string     `json:"class"`
	Person   ref        `json:"person"`
	Contract *ref       `json:"contract"`
	State    *string    `json:"state"`
	Asset    *ref       `json:"asset"`
	Place    string     `json:"place"`
	Issued   *time.Time `json:"issued"`
	Lacks    []string   `json:"lacks"`
}

func (a *API) issueDayPeople(c *call) (answer, error) {
	_, lines, err := a.issueLines(c)
	if err != nil {
		return answer{}, err
	}
	if len(lines) > 0 {
		a.st.NamesRead(c.by)
	}
	return listed(lines, "", func(l school.IssueLine) issueLineView {
		v := issueLineView{string(l.Class), ref{string(l.Person), l.Name}, refTo(l.Contract, l.Number), idOrNull(l.State), refTo(l.Asset, l.Device), l.Place, moment(l.Issued), []string{}}
		for _, x := range l.Lacks() {
			v.Lacks = append(v.Lacks, string(x))
		}
		return v
	}), nil
}

type newIssueDay struct {
	School  string   `json:"school"`
	Name    string   `json:"name"`
	Room    string   `json:"room"`
	Day     string   `json:"day"`
	Classes []string `json:"classes"`
}

func (a *API) createIssueDay(c *call, b newIssueDay) (answer, error) {
	id, set, err := a.st.SetIssueDay(c.ctx, c.by, school.IssueDay{School: school.SchoolID(b.School), Name: b.Name, Room: b.Room, Day: b.Day, Classes: classIDs(b.Classes)})
	return created("/issue-days/", id, set), err
}

func classIDs(ids []string) (out []school.ClassID) {
	for _, id := range ids {
		out = append(out, school.ClassID(id))
	}
	return out
}

type issueDayPatch struct {
	Name    field[string]   `json:"name"`
	Room    field[string]   `json:"room"`
	Day     field[string]   `json:"day"`
	Classes field[[]string] `json:"classes"`
}

func (a *API) changeIssueDay(c *call, b issueDayPatch) (answer, error) {
	d, err := a.st.IssueDayByID(c.ctx, c.by, school.IssueDayID(c.id()))
	if err != nil {
		return answer{}, err
	}
	d.Name, d.Room, d.Day = b.Name.or(d.Name), b.Room.or(d.Room), b.Day.or(d.Day)
	if b.Classes.set {
		d.Classes = classIDs(b.Classes.value)
	}
	id, set, err := a.st.SetIssueDay(c.ctx, c.by, d)
	return changed(id, set), err
}

func (a *API) removeIssueDay(c *call) (answer, error) {
	set, err := a.st.RemoveIssueDay(c.ctx, c.by, school.IssueDayID(c.id()))
	return changed(c.id(), set), err
}

// planIssueDay makes contracts for everybody of the day who has none.
func (a *API) planIssueDay(c *call) (answer, error) {
	made, set, err := a.st.PlanIssueDay(c.ctx, c.by, school.IssueDayID(c.id()))
	v := contractsMade{Contracts: []string{}, ChangeSet: idOrNull(set)}
	for _, id := range made {
		v.Contracts = append(v.Contracts, string(id))
	}
	return answer{status: http.StatusCreated, body: v}, err
}
