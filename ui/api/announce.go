package api

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
)

type deliveryBody struct {
	Rows []deliveryRow `json:"rows"`
}

// deliveryRow names things as a delivery note does; what is empty says nothing.
type deliveryRow struct {
	Serial string `json:"serial"`
	Number string `json:"number"`
	School string `json:"school"`
	Class  string `json:"class"`
	Person string `json:"person"`
	Place  string `json:"place"`
	Batch  string `json:"batch"`
}

type deliveryView struct {
	Creates   int             `json:"creates"`
	Changes   int             `json:"changes"`
	Keeps     int             `json:"keeps"`
	Wrong     int             `json:"wrong"`
	Rows      []announcedView `json:"rows"`
	ChangeSet *string         `json:"change_set"`
}

type announcedView struct {
	Row    int          `json:"row"`
	Serial string       `json:"serial"`
	Does   string       `json:"does"`
	Device *string      `json:"device"`
	Fields []string     `json:"fields"`
	Errors []fieldError `json:"errors"`
}

// announce writes a delivery, or with dry_run says row by row what it would do. Rows count from 1, as they stand in the
// body.
func (a *API) announce(c *call) (answer, error) {
	dry, err := c.flag("dry_run")
	if err != nil {
		return answer{}, err
	}
	var b deliveryBody
	if err := c.read(&b); err != nil {
		return answer{}, err
	}
	rows := make([]store.Announced, len(b.Rows))
	for i, r := range b.Rows {
		rows[i] = store.Announced{Row: i + 1, Serial: r.Serial, Number: r.Number, School: r.School, Class: r.Class, Person: r.Person, Place: r.Place, Batch: r.Batch}
	}
	if dry {
		p, err := a.st.PlanAnnounce(c.ctx, c.by, rows)
		return answer{body: viewDelivery(c, p, "")}, err
	}
	p, set, err := a.st.Announce(c.ctx, c.by, rows)
	if err != nil {
		if wrong := p.Problems(); len(wrong) > 0 {
			err = withRows{err, wrong}
		}
		return answer{}, err
	}
	// Looked at again, what was new is known: that is how the rows get the ids of their devices in one go. A delivery
	// announced twice changes nothing the second time.
	if err := a.st.Release(c.ctx); err != nil {
		return answer{}, err
	}
	after, err := a.st.PlanAnnounce(c.ctx, c.by, rows)
	if err != nil {
		return answer{}, err
	}
	for i := range p.Rows {
		p.Rows[i].Device = after.Rows[i].Device
	}
	return answer{status: http.StatusCreated, body: viewDelivery(c, p, set)}, nil
}

func viewDelivery(c *call, p store.AnnouncePlan, set school.ChangeSetID) deliveryView {
	v := deliveryView{Creates: p.Creates, Changes: p.Changes, Keeps: p.Keeps, Wrong: p.Wrong, Rows: []announcedView{}, ChangeSet: idOrNull(set)}
	for _, r := range p.Rows {
		x := announcedView{Row: r.Row, Serial: r.Serial, Does: string(r.Does), Device: idOrNull(r.Device), Fields: append([]string{}, r.Fields...),
			Errors: append([]fieldError{}, fieldErrors(c.lang, r.Problems)...)}
		v.Rows = append(v.Rows, x)
	}
	return v
}
