package api

import (
	"strconv"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

type entryView struct {
	Seq       int64          `json:"seq"`
	At        *time.Time     `json:"at"`
	Actor     actorView      `json:"actor"`
	Event     string         `json:"event"`
	Subject   string         `json:"subject"`
	SubjectID *string        `json:"subject_id"`
	School    *string        `json:"school"`
	Detail    map[string]any `json:"detail"`
	ChangeSet *string        `json:"change_set"`
	Previous  string         `json:"previous"`
	Hash      string         `json:"hash"`
}

type actorView struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func viewEntry(e store.Entry) entryView {
	if e.Detail == nil {
		e.Detail = map[string]any{}
	}
	return entryView{Seq: e.Seq, At: moment(e.At), Actor: actorView{string(e.ActorKind), e.ActorID, e.ActorName}, Event: e.Event, Subject: e.Subject,
		SubjectID: idOrNull(e.SubjectID), School: idOrNull(e.School), Detail: e.Detail, ChangeSet: idOrNull(e.ChangeSet), Previous: e.Prev, Hash: e.Hash}
}

// audit lists the log, newest first.
func (a *API) audit(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	before, err := c.numberedAfter()
	if err != nil {
		return answer{}, err
	}
	q := c.query
	rows, err := a.st.Audit(c.ctx, c.by, store.AuditFilter{Before: before, Subject: q.Get("subject"), SubjectID: q.Get("subject_id"), Event: q.Get("event"),
		Actor: q.Get("actor"), Limit: limit + 1})
	next := ""
	if len(rows) > limit {
		rows = rows[:limit]
		next = strconv.FormatInt(rows[limit-1].Seq, 10)
	}
	return listed(rows, next, viewEntry), err
}

// undo writes a change set back, as a new one.
func (a *API) undo(c *call) (answer, error) {
	set, err := a.st.Undo(c.ctx, c.by, school.ChangeSetID(c.id()))
	return changed("", set), err
}
