package api

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
)

type sourceView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Format string `json:"format"`
	School *ref   `json:"school"`
	People int    `json:"people"`
}

func (a *API) rosterSources(c *call) (answer, error) {
	rows, err := a.st.RosterSources(c.ctx, c.by)
	return listed(rows, "", func(x store.RosterSourceRow) sourceView {
		return sourceView{string(x.ID), x.Name, x.Format, refTo(x.School, x.SchoolName), x.People}
	}), err
}

type newSource struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	School string `json:"school"`
}

func (a *API) createRosterSource(c *call, b newSource) (answer, error) {
	if b.Format != "" {
		if err := (roster.Mapping{Format: b.Format}).Check(); err != nil {
			return answer{}, err
		}
	}
	id, err := a.st.CreateRosterSource(c.ctx, c.by, school.RosterSource{Name: b.Name, Format: b.Format, School: school.SchoolID(b.School)})
	made := changed(id, "")
	made.status = http.StatusCreated
	return made, err
}

type runView struct {
	ID      string         `json:"id"`
	Source  ref            `json:"source"`
	School  *string        `json:"school"`
	File    string         `json:"file"`
	State   string         `json:"state"`
	Created *time.Time     `json:"created"`
	Words   map[string]int `json:"words"`
	Parts   []partView     `json:"parts"`
}

// partView is one school of a run in numbers.
type partView struct {
	Part      int            `json:"part"`
	School    *ref           `json:"school"`
	State     string         `json:"state"`
	People    int            `json:"people"`
	Changes   int            `json:"changes"`
	Open      int            `json:"open"`
	Counts    map[string]int `json:"counts"`
	Moved     bool           `json:"moved"`
	Applied   *time.Time     `json:"applied"`
	ChangeSet *string        `json:"change_set"`
	Undone    bool           `json:"undone"`
}

func viewPart(p school.RosterPart) partView {
	v := partView{Part: p.N, School: refTo(p.School, p.SchoolName), State: p.State, People: p.People, Changes: p.Changes, Open: p.Open, Counts: map[string]int{}, Moved: p.Moved,
		Applied: moment(p.Applied), ChangeSet: idOrNull(p.Result), Undone: p.Undone}
	for does, n := range p.Counts {
		v.Counts[string(does)] = n
	}
	return v
}

func viewRun(x school.RosterRun) runView {
	v := runView{ID: string(x.ID), Source: ref{string(x.Source), x.SourceName}, School: idOrNull(x.School), File: x.File, State: x.State, Created: moment(x.Created), Words: map[string]int{}, Parts: []partView{}}
	for code, n := range x.Words {
		v.Words[code] = n
	}
	for _, p := range x.Parts {
		v.Parts = append(v.Parts, viewPart(p))
	}
	return v
}

func (a *API) rosters(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.RosterRuns(c.ctx, c.by, c.query.Get("after"), limit)
	return paged(rows, viewRun), err
}

func (a *API) roster(c *call) (answer, error) {
	x, err := a.st.RosterRun(c.ctx, c.by, school.RosterRunID(c.id()))
	return answer{body: viewRun(x)}, err
}

type newRoster struct {
	Source string `json:"source"`
	School string `json:"school"`
	File   string `json:"file"`
	Text   string `json:"text"`
	Year   string `json:"year"`
}

// planRoster reads a file by what its source keeps and thinks it through. Nothing of it is taken over.
func (a *API) planRoster(c *call) (answer, error) {
	x := store.NewRoster{Source: school.RosterSourceID(c.query.Get("source")), School: school.SchoolID(c.query.Get("school")), File: c.query.Get("file"), Data: c.body}
	year := c.query.Get("year")
	if c.kind == typeJSON {
		var b newRoster
		if err := c.read(&b); err != nil {
			return answer{}, err
		}
		if len(c.query) > 0 {
			return answer{}, school.Refuse("source", "parameter_of_file")
		}
		x = store.NewRoster{Source: school.RosterSourceID(b.Source), School: school.SchoolID(b.School), File: b.File, Data: []byte(b.Text)}
		year = b.Year
	}
	source, err := a.st.RosterSourceByID(c.ctx, c.by, x.Source)
	if err != nil {
		return answer{}, err
	}
	in := roster.Input{Name: x.File, Data: bytes.NewReader(x.Data), Size: int64(len(x.Data)), Source: string(x.Source), Format: source.Format, Now: c.now}
	if source.Mapping != "" {
		m, err := roster.ParseMapping([]byte(source.Mapping))
		if err != nil {
			return answer{}, err
		}
		in.Mapping = &m
	}
	read, err := roster.Read(in)
	if err != nil {
		return answer{}, err
	}
	if read.Roster.Year == "" {
		read.Roster.Year = year
	}
	id, err := a.st.BringRoster(c.ctx, c.by, x)
	if err != nil {
		return answer{}, err
	}
	if err := a.st.Release(c.ctx); err != nil {
		return answer{}, err
	}
	run, err := a.st.PlanRoster(c.ctx, c.by, id, read.Roster)
	return answer{status: http.StatusCreated, location: Prefix + "/rosters/" + string(id), body: viewRun(run)}, err
}

type partWhole struct {
	partView
	Items     []itemOfRoster `json:"items"`
	Questions []questionView `json:"questions"`
	Guards    []guardView    `json:"guards"`
	Typed     int            `json:"typed"`
}

type itemOfRoster struct {
	Does    string   `json:"does"`
	Row     int      `json:"row"`
	Person  *string  `json:"person"`
	Class   *string  `json:"class"`
	Name    string   `json:"name"`
	From    string   `json:"from"`
	To      string   `json:"to"`
	Fields  []string `json:"fields"`
	Devices int      `json:"devices"`
}

type questionView struct {
	ID      string       `json:"id"`
	Kind    string       `json:"kind"`
	Row     int          `json:"row"`
	Name    string       `json:"name"`
	Detail  string       `json:"detail"`
	Options []optionView `json:"options"`
	Choice  *string      `json:"choice"`
}

type optionView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

type guardView struct {
	Kind  string `json:"kind"`
	Count int    `json:"count"`
	Of    int    `json:"of"`
	Class string `json:"class"`
}

// part reads the part of an address.
func (a *API) part(c *call) (school.RosterPart, error) {
	n, err := strconv.Atoi(c.vars["part"])
	if err != nil {
		return school.RosterPart{}, school.Missing("roster_part")
	}
	return a.st.RosterPart(c.ctx, c.by, school.RosterRunID(c.id()), n)
}

func (a *API) rosterPart(c *call) (answer, error) {
	p, err := a.part(c)
	v := partWhole{partView: viewPart(p), Items: []itemOfRoster{}, Questions: []questionView{}, Guards: []guardView{}, Typed: p.Typed}
	for _, i := range p.Items {
		v.Items = append(v.Items, itemOfRoster{string(i.Does), i.Row, idOrNull(i.Person), idOrNull(i.Class), i.Name, i.From, i.To, append([]string{}, i.Fields...), i.Devices})
	}
	for _, q := range p.Questions {
		x := questionView{ID: q.ID(), Kind: q.Kind, Row: q.Row, Name: q.Name, Detail: q.Detail, Options: []optionView{}, Choice: idOrNull(q.Choice)}
		for _, o := range q.Options {
			x.Options = append(x.Options, optionView(o))
		}
		v.Questions = append(v.Questions, x)
	}
	for _, g := range p.Guards {
		v.Guards = append(v.Guards, guardView{g.Kind, g.Count, g.Of, g.Class})
	}
	return answer{body: v}, err
}

type rosterAnswers struct {
	Answers []rosterAnswer `json:"answers"`
}

type rosterAnswer struct {
	Question string `json:"question"`
	Choice   string `json:"choice"`
}

// answerRoster keeps answers and thinks the run through anew.
func (a *API) answerRoster(c *call, b rosterAnswers) (answer, error) {
	p, err := a.part(c)
	if err != nil {
		return answer{}, err
	}
	var answers []store.RosterAnswer
	for _, x := range b.Answers {
		known := false
		for _, q := range p.Questions {
			if q.ID() == x.Question {
				answers, known = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: x.Choice}), true
			}
		}
		if !known {
			return answer{}, school.Refuse("answers", "choice")
		}
	}
	if len(answers) == 0 {
		return answer{}, school.Refuse("answers", "required")
	}
	set, err := a.st.AnswerRoster(c.ctx, c.by, school.RosterRunID(c.id()), p.N, answers)
	return changed(school.RosterRunID(c.id()), set), err
}

// applyRoster takes one school of a run over, once.
func (a *API) applyRoster(c *call, b applyBody) (answer, error) {
	p, err := a.part(c)
	if err != nil {
		return answer{}, err
	}
	set, err := a.st.ApplyRoster(c.ctx, c.by, school.RosterRunID(c.id()), p.N, b.Typed)
	return changed(school.RosterRunID(c.id()), set), err
}
