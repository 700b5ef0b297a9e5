package ui

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// A roster is brought as a file, shown as it was understood, thought through school by school and taken over. These are its
// first two pages; what it would do is in roster_plan.go.

const (
	rostersPath = "/rosters"

	// rosterLimit is how much the form may send: the file and little else.
	rosterFile  = 20 << 20
	rosterLimit = rosterFile + 1<<20
)

func rosterAddress(id school.RosterRunID) string {
	return rostersPath + "/" + url.PathEscape(string(id))
}

func (u *UI) rosterPlace(v view, way ...web.Crumb) []web.Crumb {
	return append([]web.Crumb{{Name: web.T(v.lang, "people.title"), Href: "/people"}, {Name: web.T(v.lang, "rosters.title"), Href: rostersPath}}, way...)
}

// rosters lists what was brought, newest first.
func (u *UI) rosters(w http.ResponseWriter, r *http.Request, v view) error {
	list, err := u.st.RosterRuns(r.Context(), v.by, r.URL.Query().Get("after"), 50)
	if err != nil {
		return err
	}
	queue, err := u.st.OpenRosterQuestions(r.Context(), v.by)
	if err != nil {
		return err
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	p := &tablePage{Frame: u.frame(r, t("rosters.title"), u.rosterPlace(v)[0], web.Crumb{Name: t("rosters.title")}), Lead: t("rosters.lead"),
		Columns: []web.Column{{Name: t("roster.file")}, {Name: t("roster.source")}, {Name: t("devices.school")}, {Name: t("devices.state")}, {Name: t("roster.brought")}},
		Actions: []web.Action{{Text: t("rosters.new"), Href: rostersPath + "/new", Primary: true}, {Text: t("sources.title"), Href: rostersPath + "/sources"}},
		Empty:   web.Empty{Title: t("rosters.none"), Text: t("rosters.none.text")}}
	if v.can(school.Export) {
		p.Actions = append(p.Actions, web.Action{Text: t("asm.action"), Href: asmPath})
	}
	open := 0
	for _, run := range queue {
		for _, part := range run.Parts {
			open += part.Open
		}
	}
	if open > 0 {
		p.Alert = &web.Alert{Kind: web.Note, Title: t("rosters.open", open), Actions: []web.Action{{Text: t("rosters.open.do"), Href: rostersPath + "/questions"}}}
	}
	for _, run := range list.Rows {
		state := runState(&p.Frame, run)
		where := t("roster.schools", len(run.Parts))
		if len(run.Parts) == 1 {
			where = run.Parts[0].SchoolName
		}
		p.Rows = append(p.Rows, []cell{{Text: runName(run), Href: rosterAddress(run.ID)}, {Text: run.SourceName}, {Text: where}, {Status: &state}, {When: momentOf(&p.Frame, run.Created), Detail: run.ByName}})
	}
	p.Pager = keyPager(r, len(list.Rows), list.Next)
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// runName is what a run is called: what a server said has no file.
func runName(run school.RosterRun) string {
	if run.File == "" {
		return run.SourceName
	}
	return run.File
}

// runState says how far a run is.
func runState(f *web.Frame, run school.RosterRun) web.Status {
	applied, confirmed, changes := 0, 0, 0
	for _, p := range run.Parts {
		switch p.State {
		case "applied":
			applied++
		case "confirmed":
			confirmed++
		}
		changes += p.Changes
	}
	switch {
	case run.State == "dropped":
		return web.Status{Kind: web.Off, Text: f.T("roster.state.dropped")}
	case confirmed > 0:
		return web.Status{Kind: web.Busy, Text: f.T("roster.state.busy", applied, len(run.Parts))}
	case len(run.Parts) > 0 && applied == len(run.Parts):
		return web.Status{Kind: web.OK, Text: f.T("roster.state.applied", changes)}
	case applied > 0:
		return web.Status{Kind: web.Waiting, Text: f.T("roster.state.some", applied, len(run.Parts))}
	case run.State == "planned":
		return web.Status{Kind: web.Waiting, Text: f.T("roster.state.planned", changes)}
	}
	return web.Status{Kind: web.Waiting, Text: f.T("roster.state.read")}
}

// rosterNewPage is the page "roster-new": a file, and of what it speaks.
type rosterNewPage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	File   web.FileField
	Fields []web.Field
	Cancel string
}

func (u *UI) rosterForm(r *http.Request, v view, typed url.Values) (*rosterNewPage, error) {
	title := web.T(v.lang, "rosters.new")
	p := &rosterNewPage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: title})...), Cancel: rostersPath}
	p.Lead = p.T("roster.new.lead")
	p.File = web.FileField{Name: "file", Label: p.T("roster.file"), Hint: p.T("roster.file.hint"), Accept: ".csv,.txt,.tsv,.xlsx,.json,.zip", MaxBytes: rosterFile}
	sources, err := u.st.RosterSources(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	var options []web.Option
	for _, x := range sources {
		if x.Server {
			continue
		}
		name := x.Name
		if x.SchoolName != "" {
			name = p.T("roster.source.at", x.Name, x.SchoolName)
		}
		options = append(options, web.Option{Value: string(x.ID), Text: name})
	}
	options = append(options, web.Option{Value: "new", Text: p.T("roster.source.new")})
	chosen := typed.Get("source")
	if chosen == "" {
		chosen = options[0].Value
	}
	first := ""
	if v.can(school.EditPeople) {
		first = p.T("roster.school.said")
	}
	schools, err := u.schoolOptions(r, v, school.EditPeople, first, typed.Get("school"))
	if err != nil {
		return nil, err
	}
	p.Fields = []web.Field{
		{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Hint: p.T("roster.school.hint"), Options: schools},
		{Kind: web.SelectField, Name: "source", Label: p.T("roster.source"), Hint: p.T("roster.source.hint"), Options: choose(chosen, options...)},
		{Kind: web.TextField, Name: "name", Label: p.T("roster.source.name"), Hint: p.T("roster.source.name.hint"), Value: typed.Get("name"), Optional: true, MaxLength: 100},
	}
	return p, nil
}

func (u *UI) newRosterPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.rosterForm(r, v, r.URL.Query())
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "roster-new", p)
}

// newRoster keeps the file and goes on to how it was understood.
func (u *UI) newRoster(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return err
	}
	defer r.MultipartForm.RemoveAll()
	data, err := upload(r, "file")
	if err != nil {
		return err
	}
	name := ""
	if files := r.MultipartForm.File["file"]; len(files) > 0 {
		name = files[0].Filename
	}
	x := store.NewRoster{Source: school.RosterSourceID(r.PostForm.Get("source")), School: school.SchoolID(r.PostForm.Get("school")), File: name, Data: data}
	id, err := u.bring(r.Context(), v, x, r.PostForm.Get("name"))
	if err != nil {
		p, ferr := u.rosterForm(r, v, r.PostForm)
		if ferr != nil {
			return ferr
		}
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		p.File.Error = said["file"]
		for i := range p.Fields {
			p.Fields[i].Error = said[p.Fields[i].Name]
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "roster-new", p)
	}
	return web.Redirect(w, r, rosterAddress(id))
}

// bring keeps a file, and a new source for it when it comes from one for the first time. Nothing is left of a source whose
// file was refused: the file is looked at first.
func (u *UI) bring(ctx context.Context, v view, x store.NewRoster, name string) (school.RosterRunID, error) {
	if len(x.Data) == 0 {
		return "", school.Refuse("file", "required")
	}
	if x.Source != "new" {
		return u.st.BringRoster(ctx, v.by, x)
	}
	format, err := roster.Guess(roster.Input{Name: x.File, Data: bytes.NewReader(x.Data), Size: int64(len(x.Data)), Now: v.now})
	if err != nil {
		return "", err
	}
	if strings.TrimSpace(name) == "" {
		name = web.T(v.lang, "roster.format."+format)
	}
	source := school.RosterSource{Name: name, Format: format}
	if !v.can(school.EditPeople) { // a school's own
		source.School = x.School
	}
	if x.Source, err = u.st.CreateRosterSource(ctx, v.by, source); err != nil {
		return "", err
	}
	return u.st.BringRoster(ctx, v.by, x)
}

// rosterReadPage is the page "roster-read": how a file was understood, to be put right before anything is planned.
type rosterReadPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Facts   []web.Fact
	Fields  []web.Field
	Columns []rosterColumn
	Heads   []string
	Rows    [][]string
	Words   []rosterWord
	Sum     string
	Stop    bool
	Action  string
	Drop    web.Action
}

type rosterColumn struct {
	Head  string
	Field *web.Field // nil: it is never kept
	Note  string
}

type rosterWord struct {
	Where  string
	Status web.Status
	Value  string
}

// understanding is a file as it was read, and by which rules.
type understanding struct {
	run    school.RosterRun
	source store.RosterSourceRow
	in     roster.Input
	res    roster.Result
}

// understand reads the file of a run by what the source keeps, or by what the form says.
func (u *UI) understand(ctx context.Context, v view, run school.RosterRun, form url.Values) (understanding, error) {
	x := understanding{run: run}
	var err error
	if x.source, err = u.st.RosterSourceByID(ctx, v.by, run.Source); err != nil {
		return x, err
	}
	data, err := u.st.RosterFile(ctx, v.by, run.ID)
	if err != nil {
		return x, err
	}
	x.in = roster.Input{Name: run.File, Data: bytes.NewReader(data), Size: int64(len(data)), Source: string(run.Source), Format: x.source.Format, Now: v.now}
	if x.source.Mapping != "" {
		m, err := roster.ParseMapping([]byte(x.source.Mapping))
		if err != nil {
			return x, err
		}
		x.in.Mapping = &m
	}
	if form != nil {
		if err := x.settle(form); err != nil {
			return x, err
		}
	}
	x.res, err = roster.Read(x.in)
	return x, err
}

// settle puts what a form says over what was found out. Columns that were left as they were stay found out.
func (x *understanding) settle(form url.Values) error {
	if f := form.Get("format"); f != x.in.Format {
		x.in.Format, x.in.Mapping = f, nil
	}
	m, table := roster.MappingOf(x.in.Format)
	if x.in.Mapping != nil {
		m, table = *x.in.Mapping, true
	}
	if !table {
		return nil
	}
	m.Encoding, m.Delimiter, m.Header, m.Adult, m.Partial = roster.Encoding(form.Get("encoding")), form.Get("delimiter"), form.Get("header"), form.Get("adult") == "1", form.Get("partial") == "1"
	x.in.Mapping = &m
	before, err := roster.Read(x.in)
	if err != nil {
		return err
	}
	changed := false
	var rules []roster.Rule
	for i, c := range before.Columns {
		name := fmt.Sprintf("column-%d", i)
		if !form.Has(name) {
			if c.Field != "" {
				rules = append(rules, columnRule(before, c, c.Field))
			}
			continue
		}
		field := roster.Field(form.Get(name))
		changed = changed || field != c.Field
		if field != "" {
			rules = append(rules, columnRule(before, c, field))
		}
	}
	if changed {
		m.Columns, m.Only = rules, true
		x.in.Mapping = &m
	}
	return m.Check()
}

func columnRule(res roster.Result, c roster.Column, f roster.Field) roster.Rule {
	if res.Detected.Header > 0 && c.Head != "" {
		return roster.Rule{Field: f, Heads: []string{c.Head}}
	}
	return roster.Rule{Field: f, Position: c.Place}
}

func (u *UI) rosterOf(r *http.Request, v view) (school.RosterRun, error) {
	return u.st.RosterRun(r.Context(), v.by, school.RosterRunID(mux.Vars(r)["run"]))
}

// rosterShow is the page of a run: how it was understood, or what it would do, or what it did.
func (u *UI) rosterShow(w http.ResponseWriter, r *http.Request, v view) error {
	run, err := u.rosterOf(r, v)
	if err != nil {
		return err
	}
	if run.State == "read" || r.URL.Query().Get("look") == "file" && run.Kept {
		leave, ok := u.Heavy.Enter(r.Context()) // a file is read for each look
		if !ok {
			return web.ErrNoRoom
		}
		defer leave()
		x, err := u.understand(r.Context(), v, run, nil)
		return u.showRead(w, r, v, x, err)
	}
	return u.showRun(w, r, v, run, nil, nil)
}

// rosterRead reads the file again by what was chosen, and thinks it through when that was asked.
func (u *UI) rosterRead(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	run, err := u.rosterOf(r, v)
	if err != nil {
		return err
	}
	leave, ok := u.Heavy.Enter(r.Context())
	if !ok {
		return web.ErrNoRoom
	}
	defer leave()
	x, err := u.understand(r.Context(), v, run, r.PostForm)
	if err != nil || r.PostForm.Get("plan") == "" {
		return u.showRead(w, r, v, x, err)
	}
	if x.res.Roster.Year == "" {
		x.res.Roster.Year = r.PostForm.Get("year")
	}
	if err := u.planRead(r.Context(), v, x); err != nil {
		return u.showRead(w, r, v, x, err)
	}
	return web.Redirect(w, r, rosterAddress(run.ID))
}

// planRead keeps how a file was understood with its source, for those who may, and thinks it through.
func (u *UI) planRead(ctx context.Context, v view, x understanding) error {
	source := x.source.RosterSource
	source.Format, source.Mapping = x.res.Detected.Format, ""
	if x.in.Mapping != nil {
		source.Mapping = string(x.in.Mapping.JSON())
	}
	if source != x.source.RosterSource && v.at(school.EditPeople, source.School) {
		if _, err := u.st.ChangeRosterSource(ctx, v.by, source); err != nil {
			return err
		}
	}
	_, err := u.st.PlanRoster(ctx, v.by, x.run.ID, x.res.Roster)
	return err
}

func (u *UI) showRead(w http.ResponseWriter, r *http.Request, v view, x understanding, refused error) error {
	title := runName(x.run)
	p := &rosterReadPage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: title})...), Action: rosterAddress(x.run.ID) + "/read"}
	p.Lead = p.T("roster.read.lead")
	p.Drop = web.Action{Text: p.T("plan.drop"), Href: rosterAddress(x.run.ID) + "/drop", Post: true}
	status := http.StatusOK
	if refused != nil {
		said, err := fieldErrors(v.lang, refused)
		if err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
		p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("roster.refused")}
		for _, text := range said {
			p.Alert.Lines = append(p.Alert.Lines, text)
		}
	}
	d := x.res.Detected
	p.Fields = x.fields(&p.Frame)
	if x.res.Roster.Year == "" || r.PostForm.Get("year") != "" {
		next, err := u.st.Rollover(r.Context(), v.by)
		if err != nil {
			return err
		}
		if next.ID != "" && v.now.Before(next.Year.Starts) { // of which year it is only who brought it knows
			p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "year", Label: p.T("roster.of.year"), Hint: p.T("roster.of.year.hint"),
				Options: choose(r.PostForm.Get("year"), web.Option{Text: p.T("roster.of.year.now")}, web.Option{Value: next.Year.Name, Text: next.Year.Name})})
		}
	}
	if d.Format != "" {
		people := 0
		for _, s := range x.res.Roster.Schools {
			people += len(s.People)
		}
		p.Sum = p.T("roster.sum", people, len(x.res.Roster.Schools))
		p.Facts = []web.Fact{{Name: p.T("roster.source"), Text: x.source.Name}, {Name: p.T("roster.format"), Text: p.T("roster.format." + d.Format)}}
		if d.Encoding != "" {
			p.Facts = append(p.Facts, web.Fact{Name: p.T("roster.encoding"), Text: strings.ToUpper(string(d.Encoding))})
		}
		if d.Sheet != "" {
			p.Facts = append(p.Facts, web.Fact{Name: p.T("roster.sheet"), Text: d.Sheet})
		}
	}
	p.columns(x.res)
	p.Words, p.Stop = wordsOf(&p.Frame, x.res.Roster.Words)
	return u.site.Render(w, r, status, "roster-read", p)
}

// fields are what may be chosen of a file as a whole.
func (x understanding) fields(f *web.Frame) []web.Field {
	var formats []web.Option
	table := true
	for _, y := range roster.Formats() {
		formats = append(formats, web.Option{Value: y.ID, Text: f.T("roster.format." + y.ID)})
		if y.ID == x.res.Detected.Format {
			table = y.Table
		}
	}
	format := x.res.Detected.Format
	if format == "" {
		format = x.in.Format
	}
	out := []web.Field{{Kind: web.SelectField, Name: "format", Label: f.T("roster.format"), Options: choose(format, formats...)}}
	if !table {
		return out
	}
	m := x.res.Mapping
	found := web.Option{Text: f.T("roster.found")}
	encodings := []web.Option{found}
	for _, e := range roster.Encodings {
		encodings = append(encodings, web.Option{Value: string(e), Text: strings.ToUpper(string(e))})
	}
	return append(out,
		web.Field{Kind: web.SelectField, Name: "encoding", Label: f.T("roster.encoding"), Options: choose(string(m.Encoding), encodings...)},
		web.Field{Kind: web.SelectField, Name: "delimiter", Label: f.T("roster.delimiter"), Options: choose(m.Delimiter, found, web.Option{Value: ";", Text: ";"}, web.Option{Value: ",", Text: ","},
			web.Option{Value: "|", Text: "|"}, web.Option{Value: "tab", Text: f.T("roster.tab")})},
		web.Field{Kind: web.SelectField, Name: "header", Label: f.T("roster.header"), Options: choose(m.Header, found, web.Option{Value: "yes", Text: f.T("roster.header.yes")}, web.Option{Value: "no", Text: f.T("roster.header.no")})},
		web.Field{Kind: web.CheckField, Name: "partial", Label: f.T("roster.partial"), Hint: f.T("roster.partial.hint"), Value: checked(m.Partial)},
		web.Field{Kind: web.CheckField, Name: "adult", Label: f.T("roster.adult"), Hint: f.T("roster.adult.hint"), Value: checked(m.Adult)})
}

// previewRows is how many lines of a file are shown.
const previewRows = 5

func (p *rosterReadPage) columns(res roster.Result) {
	for i, c := range res.Columns {
		head := c.Head
		if head == "" {
			head = p.T("roster.column", c.Place)
		}
		col := rosterColumn{Head: head}
		switch c.How {
		case roster.IsPrivate:
			col.Note = p.T("roster.private")
		default:
			options := []web.Option{{Text: p.T("roster.field.none")}}
			for _, f := range roster.Fields {
				options = append(options, web.Option{Value: string(f), Text: p.T("roster.field." + string(f))})
			}
			col.Field = &web.Field{Kind: web.SelectField, Name: fmt.Sprintf("column-%d", i), Label: p.T("roster.column.is", head), Options: choose(string(c.Field), options...)}
			if c.How == roster.ByGuess {
				col.Note = p.T("roster.guess")
			}
		}
		p.Columns = append(p.Columns, col)
		p.Heads = append(p.Heads, head)
	}
	p.Rows = res.Preview[:min(len(res.Preview), previewRows)]
}

// wordsOf says what a reader has to say, what stops first.
func wordsOf(f *web.Frame, words []school.RosterWord) (out []rosterWord, stop bool) {
	words = slices.Clone(words)
	slices.SortStableFunc(words, func(a, b school.RosterWord) int {
		switch {
		case a.Stop == b.Stop:
			return 0
		case a.Stop:
			return -1
		}
		return 1
	})
	for _, w := range words {
		x := rosterWord{Status: web.Status{Kind: web.Note, Text: f.T("roster.word." + w.Code)}, Value: w.Value}
		if w.Stop {
			x.Status.Kind, stop = web.Danger, true
		}
		if w.Code == "head_guess" && w.Column != "" { // of a place; the report of a run counts
			x.Value = f.T("roster.field." + w.Value)
		}
		switch {
		case w.Row > 0 && w.Column != "":
			x.Where = f.T("roster.line.column", w.Row, w.Column)
		case w.Row > 0:
			x.Where = f.T("roster.line", w.Row)
		default:
			x.Where = w.Column
		}
		if w.More > 0 {
			x.Value = strings.TrimSpace(x.Value + " " + f.T("roster.more", w.More))
		}
		out = append(out, x)
	}
	return out, stop
}
