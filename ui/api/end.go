package api

import (
	"io"
	"net/http"
	"time"

	"ranzen/ui/web"
)

// An authority that leaves: all that is kept of it, to take along, and its deletion. A program asks in the name of who made
// its token; that it is really meant says another person, on the page or for the installation (agreeToEnd).

// exportAuthority writes everything, people included, as it is read: nothing of it is held in memory.
func (a *API) exportAuthority(c *call) (answer, error) {
	return answer{file: &file{Kind: typeZIP, Name: "ranzen-" + c.now.In(web.Berlin).Format(time.DateOnly) + ".zip",
		stream: func(w io.Writer) error { return a.st.ExportTenant(c.ctx, c.by, w) }}}, nil
}

// endView says how far the deletion of an authority is.
type endView struct {
	Asked    *time.Time `json:"asked"`
	AskedBy  *string    `json:"asked_by"`
	Agreed   *time.Time `json:"agreed"`
	AgreedBy *string    `json:"agreed_by"`
	Ends     *time.Time `json:"ends"`
	Enrolled int        `json:"enrolled"`
}

func (a *API) end(c *call) (answer, error) {
	x, err := a.st.EndOf(c.ctx, c.by)
	return answer{body: endView{moment(x.Asked), orNull(x.AskedOf), moment(x.Agreed), orNull(x.AgreedOf), moment(x.Due), x.Enrolled}}, err
}

func (a *API) askEnd(c *call, b typedBody) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.AskEnd(c.ctx, c.by, b.Typed)
}

func (a *API) cancelEnd(c *call) (answer, error) {
	return answer{status: http.StatusNoContent}, a.st.StopEnd(c.ctx, c.by)
}
