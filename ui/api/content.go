package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// contentTokenView is a location of Apple School Manager. Its token never comes out.
type contentTokenView struct {
	ID           string     `json:"id"`
	Name         string     `json:"name"`
	School       *ref       `json:"school"`
	Organisation string     `json:"organisation"`
	Location     string     `json:"location"`
	Ends         *time.Time `json:"ends"`
	SilentDays   int        `json:"silent_days"`
	OtherSystem  string     `json:"other_system"`
	Counted      *time.Time `json:"counted"`
	Error        string     `json:"error"`
	Failed       *time.Time `json:"failed"`
	Bought       int        `json:"bought"`
	Used         int        `json:"used"`
	Asked        int        `json:"asked"`
	Waiting      int        `json:"waiting"`
}

func viewContentToken(x store.ContentToken) contentTokenView {
	return contentTokenView{string(x.ID), x.Name, refTo(x.School, x.SchoolName), x.OrgName, x.Location, moment(x.Ends), x.SilentDays, x.ClaimedBy, moment(x.Synced), x.Error, moment(x.ErrorAt),
		x.Bought, x.Used, x.Asked, x.Short}
}

func (a *API) contentTokens(c *call) (answer, error) {
	list, err := a.st.ContentTokens(c.ctx, c.by)
	out := struct {
		Items []contentTokenView `json:"items"`
	}{[]contentTokenView{}}
	for _, x := range list {
		out.Items = append(out.Items, viewContentToken(x))
	}
	return answer{body: out}, err
}

type newContentToken struct {
	Token  string `json:"token"`
	Name   string `json:"name"`
	School string `json:"school"`
}

// addContentToken keeps a token after Apple said whose it is; a second one of a location renews the first.
func (a *API) addContentToken(c *call, b newContentToken) (answer, error) {
	if b.Token == "" {
		return answer{}, school.Refuse("token", "required")
	}
	id, err := a.content(c.ctx, c.by, store.ContentToken{Name: b.Name, School: school.SchoolID(b.School)}, []byte(b.Token))
	if err == nil {
		a.wake("apps", string(c.by.Tenant))
	}
	return created("", id, ""), err
}

type contentTokenChange struct {
	Name       field[string] `json:"name"`
	School     field[string] `json:"school"`
	SilentDays field[int]    `json:"silent_days"`
}

func (a *API) changeContentToken(c *call, b contentTokenChange) (answer, error) {
	x, err := a.st.ContentToken(c.ctx, c.by, school.TokenID(c.id()))
	if err != nil {
		return answer{}, err
	}
	x.Name, x.School, x.SilentDays = b.Name.or(x.Name), school.SchoolID(b.School.or(string(x.School))), b.SilentDays.or(x.SilentDays)
	set, err := a.st.ChangeContentToken(c.ctx, c.by, x)
	return changed(x.ID, set), err
}

func (a *API) countContentToken(c *call) (answer, error) {
	id := school.TokenID(c.id())
	err := a.st.WantContent(c.ctx, c.by, id)
	if err == nil {
		a.wake("apps", string(c.by.Tenant))
	}
	return changed(id, school.ChangeSetID("")), err
}

func (a *API) removeContentToken(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.RemoveContentToken(c.ctx, c.by, school.TokenID(c.id()))
}
