package api

import (
	"time"

	"ranzen/store/school"
)

// rosterServerView is a source that is asked. Its secret never comes out.
type rosterServerView struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	School        *ref       `json:"school"`
	People        int        `json:"people"`
	Base          string     `json:"base"`
	Token         string     `json:"token"`
	ClientID      string     `json:"client_id"`
	Secret        bool       `json:"client_secret_set"`
	Scope         string     `json:"scope"`
	Organisations []string   `json:"organisations"`
	Nightly       bool       `json:"nightly"`
	Take          bool       `json:"take"`
	Due           *time.Time `json:"due"`
	Good          *time.Time `json:"good"`
	Failed        *time.Time `json:"failed"`
	Failures      int        `json:"failures"`
	Code          string     `json:"code"`
	Roster        *string    `json:"roster"`
}

func (a *API) rosterServer(c *call) (answer, error) {
	x, err := a.st.RosterServer(c.ctx, c.by, school.RosterSourceID(c.id()))
	return answer{body: rosterServerView{string(x.ID), x.Name, refTo(x.School, x.SchoolName), x.People, x.Base, x.Token, x.ClientID, x.Secret, x.Scope, append([]string{}, x.Organisations...),
		x.Nightly, x.Take, moment(x.Due), moment(x.Good), moment(x.Failed), x.Failures, x.Code, idOrNull(x.Run)}}, err
}

type serverBody struct {
	Name          field[string]   `json:"name"`
	Base          field[string]   `json:"base"`
	Token         field[string]   `json:"token"`
	ClientID      field[string]   `json:"client_id"`
	Secret        field[string]   `json:"client_secret"`
	Scope         field[string]   `json:"scope"`
	Organisations field[[]string] `json:"organisations"`
	Nightly       field[bool]     `json:"nightly"`
	Take          field[bool]     `json:"take"`
}

func (b serverBody) over(x school.RosterServer) school.RosterServer {
	x.Base, x.Token, x.ClientID, x.Scope = b.Base.or(x.Base), b.Token.or(x.Token), b.ClientID.or(x.ClientID), b.Scope.or(x.Scope)
	x.Organisations, x.Nightly, x.Take = b.Organisations.or(x.Organisations), b.Nightly.or(x.Nightly), b.Take.or(x.Take)
	return x
}

// newServer also says which school the server speaks of: that stays.
type newServer struct {
	serverBody
	School field[string] `json:"school"`
}

// createRosterServer adds a source that is asked; it is asked at once, by a job.
func (a *API) createRosterServer(c *call, b newServer) (answer, error) {
	x := school.RosterSource{Name: b.Name.value, School: school.SchoolID(b.School.value)}
	id, err := a.st.CreateRosterServer(c.ctx, c.by, x, b.over(school.RosterServer{}), b.Secret.value)
	return created("/roster-servers/", id, ""), err
}

func (a *API) changeRosterServer(c *call, b serverBody) (answer, error) {
	x, err := a.st.RosterServer(c.ctx, c.by, school.RosterSourceID(c.id()))
	if err != nil {
		return answer{}, err
	}
	var secret *string
	if b.Secret.set {
		secret = &b.Secret.value
	}
	err = a.st.SetRosterServer(c.ctx, c.by, x.ID, b.Name.or(x.Name), b.over(x.RosterServer), secret)
	return changed(x.ID, school.ChangeSetID("")), err
}

// fetchRosterServer makes a source due now; what comes of it is said by the source.
func (a *API) fetchRosterServer(c *call) (answer, error) {
	id := school.RosterSourceID(c.id())
	return changed(id, school.ChangeSetID("")), a.st.AskRosterServer(c.ctx, c.by, id)
}
