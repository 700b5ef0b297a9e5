package ui

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// rosterPage is the page "roster": what a run would do at each school, how far it is, and in the end what it did.
type rosterPage struct {
	web.Frame
	Alert  *web.Alert
	Live   *rosterBlock
	Words  []rosterWord
	Fields []web.Field // numbers to be typed
	Submit string
	Apply  string
	Until  string
	Drop   *web.Action
	Again  *web.Action
}

// rosterBlock is what moves while a run is taken over.
type rosterBlock struct {
	From   string
	Again  string // when to ask anew; empty: it is at rest
	Status web.Status
	Rows   []rosterLine
}

// rosterLine is one school of a run.
type rosterLine struct {
	link
	State   web.Status
	People  int
	Changes int
	What    string
	Undo    *web.Action
}

// rosterPartPage is the page "roster-part": one school of a run, with names, questions and what must be typed.
type rosterPartPage struct {
	web.Frame
	Alert     *web.Alert
	Sum       string
	Groups    []web.Group
	Guards    []string
	Words     []rosterWord
	Questions []rosterAsk
	Answer    string
	Typed     *web.Field
	Submit    string
	Apply     string
	Until     string
	Back      string
	Names     *namesTable
}

// rosterAsk is a question of a plan.
type rosterAsk struct {
	Field web.Field
}

func partAddress(id school.RosterRunID, n int) string {
	return rosterAddress(id) + "/" + strconv.Itoa(n)
}

// showRun shows a run; with something refused when it was to be taken over.
func (u *UI) showRun(w http.ResponseWriter, r *http.Request, v view, run school.RosterRun, typed map[int]string, refused error) error {
	title := runName(run)
	p := &rosterPage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: title})...), Apply: rosterAddress(run.ID) + "/apply"}
	p.Live = &rosterBlock{From: rosterAddress(run.ID), Status: runState(&p.Frame, run)}
	status, planned, open, begun := http.StatusOK, 0, 0, false
	for _, part := range run.Parts {
		line := rosterLine{link: link{part.SchoolName, partAddress(run.ID, part.N)}, State: partState(&p.Frame, part), People: part.People, Changes: part.Changes, What: partCounts(&p.Frame, part)}
		if line.Name == "" {
			line.Name = p.T("roster.school.unknown")
		}
		switch part.State {
		case "applied":
			begun = true
			if part.Result != "" && !part.Undone && v.now.Before(part.Applied.Add(store.UndoFor)) {
				line.Undo = &web.Action{Text: p.T("part.undo"), Href: web.UndoPath + string(part.Result), Post: true, About: part.SchoolName, Hidden: []web.Hidden{{Name: "back", Value: rosterAddress(run.ID)}}}
			}
		case "confirmed":
			begun = true
			p.Live.Again = "every 2s"
		default:
			planned++
			open += part.Open
			if err := u.typedField(r, v, run, part, p, typed); err != nil {
				return err
			}
		}
		p.Live.Rows = append(p.Live.Rows, line)
	}
	words := make([]school.RosterWord, 0, len(run.Words))
	for code, n := range run.Words {
		words = append(words, school.RosterWord{Code: code, Value: p.Lang.Number(int64(n))})
	}
	web.SortBy(p.Lang, words, func(w school.RosterWord) string { return w.Code })
	p.Words, _ = wordsOf(&p.Frame, words)
	switch {
	case run.State == "dropped":
	case open > 0:
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("rosters.open", open), Text: p.T("roster.open.text")}
	case planned > 0:
		p.Submit = p.T("roster.apply", planned)
		p.Until = p.T("plan.until", v.lang.Date(v.now.Add(store.UndoFor)))
	}
	if planned > 0 && !begun && run.State != "dropped" {
		p.Drop = &web.Action{Text: p.T("plan.drop"), Href: rosterAddress(run.ID) + "/drop", Post: true}
		if run.Kept {
			p.Again = &web.Action{Text: p.T("roster.look.file"), Href: rosterAddress(run.ID) + "?look=file"}
		}
	}
	if refused != nil {
		said, alert, err := planRefusal(v.lang, refused, nil)
		if err != nil {
			return err
		}
		status, p.Alert = said, alert
	}
	return u.site.Render(w, r, status, "roster", p)
}

// typedField asks for the number of a school that wants one.
func (u *UI) typedField(r *http.Request, v view, run school.RosterRun, part school.RosterPart, p *rosterPage, typed map[int]string) error {
	whole, err := u.st.RosterPart(r.Context(), v.by, run.ID, part.N)
	if err != nil || whole.Typed == 0 {
		return err
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.TextField, Name: fmt.Sprintf("typed-%d", part.N), Label: p.T("roster.typed.at", whole.SchoolName, whole.Typed),
		Hint: strings.Join(guardTexts(&p.Frame, whole.Guards), " "), Value: typed[part.N], Autocomplete: "off"})
	return nil
}

func partState(f *web.Frame, p school.RosterPart) web.Status {
	switch {
	case p.Undone:
		return web.Status{Kind: web.Off, Text: f.T("roster.part.undone")}
	case p.State == "applied" && p.Open > 0:
		return web.Status{Kind: web.Waiting, Text: f.T("roster.part.later", p.Open)}
	case p.State == "applied":
		return web.Status{Kind: web.OK, Text: f.T("roster.part.applied")}
	case p.State == "confirmed":
		return web.Status{Kind: web.Busy, Text: f.T("roster.part.confirmed")}
	case p.Open > 0:
		return web.Status{Kind: web.Waiting, Text: f.T("roster.part.open", p.Open)}
	case p.Moved:
		return web.Status{Kind: web.Warning, Text: f.T("roster.part.moved")}
	case p.Changes == 0:
		return web.Status{Kind: web.OK, Text: f.T("roster.part.same")}
	}
	return web.Status{Kind: web.Waiting, Text: f.T("roster.part.planned")}
}

// partCounts says in one line what changes, losses first.
func partCounts(f *web.Frame, p school.RosterPart) string {
	var out []string
	for _, d := range school.RosterActs {
		if n := p.Counts[d]; n > 0 {
			out = append(out, f.T("roster.count."+string(d), n))
		}
	}
	return strings.Join(out, " · ")
}

func guardTexts(f *web.Frame, guards []school.RosterGuard) (out []string) {
	for _, g := range guards {
		switch g.Kind {
		case school.GuardLeavers:
			out = append(out, f.T("roster.guard.leavers", g.Count, g.Of))
		case school.GuardCut:
			out = append(out, f.T("roster.guard.cut", g.Count, g.Of))
		case school.GuardEmptied:
			out = append(out, f.T("roster.guard.emptied", g.Class, g.Count))
		}
	}
	return out
}

func (u *UI) partOf(r *http.Request, v view) (school.RosterRun, school.RosterPart, error) {
	run, err := u.rosterOf(r, v)
	if err != nil {
		return run, school.RosterPart{}, err
	}
	n, err := strconv.Atoi(mux.Vars(r)["part"])
	if err != nil {
		return run, school.RosterPart{}, web.ErrNotFound
	}
	part, err := u.st.RosterPart(r.Context(), v.by, run.ID, n)
	return run, part, err
}

func (u *UI) rosterPart(w http.ResponseWriter, r *http.Request, v view) error {
	run, part, err := u.partOf(r, v)
	if err != nil {
		return err
	}
	return u.showPart(w, r, v, run, part, "", nil)
}

func rosterGroup(d school.RosterDoes) web.GroupKind {
	switch d {
	case school.RosterLeaves, school.RosterEnds, school.RosterMovesOn, school.RosterClassEnds:
		return web.Loses
	case school.RosterNew, school.RosterBack, school.RosterGuest, school.RosterClassNew, school.RosterArrives:
		return web.Gains
	case school.RosterGoes, school.RosterKept, school.RosterUnclassed, school.RosterElsewhere, school.RosterByHand, school.RosterMixed, school.RosterSmall:
		return web.Unchanged
	}
	return web.Changes
}

// showPart shows one school of a run, with what was refused when it was to be taken over.
func (u *UI) showPart(w http.ResponseWriter, r *http.Request, v view, run school.RosterRun, part school.RosterPart, typed string, refused error) error {
	title := part.SchoolName
	if title == "" {
		title = web.T(v.lang, "roster.school.unknown")
	}
	here := partAddress(run.ID, part.N)
	p := &rosterPartPage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: runName(run), Href: rosterAddress(run.ID)}, web.Crumb{Name: title})...),
		Apply: here + "/apply", Answer: here + "/answers", Back: rosterAddress(run.ID)}
	p.Sum = p.T("roster.part.sum", part.People, part.Changes)
	held := map[school.RosterDoes]int{}
	for _, i := range part.Items {
		if i.Devices > 0 && (i.Does == school.RosterLeaves || i.Does == school.RosterByHand) {
			held[i.Does]++
		}
	}
	for _, list := range [][]school.RosterDoes{school.RosterActs, school.RosterNotes} {
		for _, d := range list {
			if part.Counts[d] == 0 {
				continue
			}
			g := web.Group{Kind: rosterGroup(d), Count: part.Counts[d], Text: p.T("roster.does." + string(d))}
			if len(part.Items) > 0 {
				g.Names = here + "?names=" + string(d) + "#names"
			}
			if held[d] > 0 {
				g.Where = p.T("roster.holding", held[d])
			}
			p.Groups = append(p.Groups, g)
		}
	}
	p.Guards = guardTexts(&p.Frame, part.Guards)
	p.Words, _ = wordsOf(&p.Frame, part.Words)
	p.Questions = asks(&p.Frame, part, false)
	status := http.StatusOK
	switch {
	case part.State == "applied":
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("plan.applied", v.lang.Moment(part.Applied, v.now))}
		if part.Undone {
			p.Alert.Title = p.T("roster.part.undone")
		}
		p.Guards = nil
	case part.State == "confirmed":
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("roster.part.confirmed")}
	case run.State == "dropped" || part.School == "":
	case part.Open == 0:
		p.Submit = p.T("roster.apply.part", part.Changes)
		p.Until = p.T("plan.until", v.lang.Date(v.now.Add(store.UndoFor)))
		if part.Typed > 0 {
			p.Typed = &web.Field{Kind: web.TextField, Name: "typed", Label: p.T("roster.typed", part.Typed), Value: typed, Autocomplete: "off"}
		}
		if part.Moved {
			p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("roster.part.moved"), Text: p.T("roster.moved.text")}
		}
	}
	if refused != nil {
		said, alert, err := planRefusal(v.lang, refused, p.Typed)
		if err != nil {
			return err
		}
		status = said
		if alert != nil {
			p.Alert = alert
		}
	}
	if d := school.RosterDoes(r.URL.Query().Get("names")); d != "" && part.Counts[d] > 0 {
		p.Names = namesIn(&p.Frame, r, part, d, here)
	}
	return u.site.Render(w, r, status, "roster-part", p)
}

// namesShown is how many lines of a kind one page shows.
const namesShown = 100

func namesIn(f *web.Frame, r *http.Request, part school.RosterPart, d school.RosterDoes, here string) *namesTable {
	n := &namesTable{Title: f.T("roster.does." + string(d)), Close: here, Columns: []web.Column{{Name: f.T("people.name")}, {Name: f.T("roster.from")}, {Name: f.T("roster.to")},
		{Name: f.T("roster.note")}, {Name: f.T("delivery.row"), Numeric: true}}}
	from, total := max(0, atoi(r.URL.Query().Get("from"))), 0
	for _, i := range part.Items {
		if i.Does != d {
			continue
		}
		if total++; total <= from || total > from+namesShown {
			continue
		}
		name, to, row := cell{Text: i.Name}, i.To, cell{Numeric: true}
		if day, err := time.ParseInLocation(time.DateOnly, to, web.Berlin); d == school.RosterGoes && err == nil {
			to = f.Lang.Date(day)
		}
		switch {
		case i.Person != "":
			name.Href = personAddress(i.Person)
		case i.Class != "":
			name.Href = classAddress(i.Class)
		}
		if i.Row > 0 {
			row.Text = f.Lang.Number(int64(i.Row))
		}
		var notes []string
		for _, field := range i.Fields {
			notes = append(notes, f.T("roster.changes."+field))
		}
		if i.Devices > 0 && d != school.RosterSmall {
			notes = append(notes, f.T("roster.holds", i.Devices))
		}
		n.Rows = append(n.Rows, []cell{name, {Text: i.From}, {Text: to}, {Text: strings.Join(notes, ", ")}, row})
	}
	at := func(from int) string { return fmt.Sprintf("%s?names=%s&from=%d#names", here, d, from) }
	n.Pager = web.Pager{From: min(from+1, total), To: min(from+namesShown, total), Total: total}
	if from > 0 {
		n.Pager.Prev = at(max(0, from-namesShown))
	}
	if from+namesShown < total {
		n.Pager.Next = at(from + namesShown)
	}
	return n
}

// asks are the questions of a part as fields; with queue those alone that still wait.
func asks(f *web.Frame, part school.RosterPart, queue bool) (out []rosterAsk) {
	for _, q := range part.Questions {
		waits := q.Choice == "" || part.State == "applied" && q.Choice == school.ChooseLater
		if part.State != "planned" && !waits || queue && !waits {
			continue
		}
		x := web.Field{Name: "q-" + q.ID(), Kind: web.SelectField, Label: f.T("roster.ask."+q.Kind, q.Name)}
		var hint []string
		if q.Row > 0 {
			hint = append(hint, f.T("roster.line", q.Row))
		}
		switch q.Kind {
		case school.AskClass, school.AskSchools:
			hint = append(hint, f.T("roster.ask.people", atoi(q.Detail)))
		case school.AskName:
			x.Label = f.T("roster.ask.name", q.Name, q.Detail)
		default:
			if q.Detail != "" {
				hint = append(hint, web.ClassName(f.Lang, q.Detail))
			}
		}
		x.Hint = strings.Join(hint, " · ")
		option := func(choice, key string) {
			x.Options = append(x.Options, web.Option{Value: choice, Text: f.T("roster.choose." + key)})
		}
		if q.Choice == "" && q.Kind != school.AskClass {
			x.Options = append(x.Options, web.Option{Text: f.T("roster.choose.none.yet")})
		}
		switch q.Kind {
		case school.AskClass:
			option(school.ChooseNew, "class.new")
		case school.AskName:
			option(school.ChooseSame, "same")
			option(school.ChooseNew, "other")
		case school.AskSchools:
			option(school.ChooseNone, "leave")
		default:
			option(school.ChooseNew, "new")
		}
		for _, o := range q.Options {
			text := o.Name
			switch {
			case q.Kind == school.AskClass:
				text = f.T("roster.choose.class", o.Name, atoi(o.Detail))
			case o.Detail != "":
				text = f.T("roster.choose.person", o.Name, o.Detail)
			}
			x.Options = append(x.Options, web.Option{Value: o.ID, Text: text})
		}
		if q.Kind == school.AskClass {
			option(school.ChooseNone, "leave")
		}
		if q.Kind != school.AskSchools {
			option(school.ChooseLater, "later")
		}
		x.Options = choose(q.Choice, x.Options...)
		out = append(out, rosterAsk{x})
	}
	return out
}

// rosterAnswers keeps what was said; what was left open stays open.
func (u *UI) rosterAnswers(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	run, part, err := u.partOf(r, v)
	if err != nil {
		return err
	}
	var answers []store.RosterAnswer
	for _, q := range part.Questions {
		if choice := r.PostForm.Get("q-" + q.ID()); choice != "" && choice != q.Choice {
			answers = append(answers, store.RosterAnswer{Kind: q.Kind, Subject: q.Subject, Choice: choice})
		}
	}
	back := partAddress(run.ID, part.N)
	if to := r.PostForm.Get("back"); to != "" {
		back = localTarget(to)
	}
	if len(answers) == 0 {
		return web.Redirect(w, r, back)
	}
	set, err := u.st.AnswerRoster(r.Context(), v.by, run.ID, part.N, answers)
	if school.KindOf(err) == school.Conflict || school.KindOf(err) == school.Invalid {
		return u.showPart(w, r, v, run, part, "", err)
	}
	if err != nil {
		return err
	}
	return u.done(w, r, back, "done.roster.answered", set, int64(len(answers)))
}

// rosterPartApply takes one school over.
func (u *UI) rosterPartApply(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	run, part, err := u.partOf(r, v)
	if err != nil {
		return err
	}
	typed := r.PostForm.Get("typed")
	set, err := u.st.ApplyRoster(r.Context(), v.by, run.ID, part.N, atoi(onlyDigits(typed)))
	if kind := school.KindOf(err); kind == school.Conflict || kind == school.Invalid {
		part, again := u.st.RosterPart(r.Context(), v.by, run.ID, part.N)
		if again != nil {
			return again
		}
		return u.showPart(w, r, v, run, part, typed, err)
	}
	if err != nil {
		return err
	}
	return u.done(w, r, rosterAddress(run.ID), "done.roster", set, int64(part.Changes))
}

// rosterApply has all schools of a run taken over, one after the other.
func (u *UI) rosterApply(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	run, err := u.rosterOf(r, v)
	if err != nil {
		return err
	}
	typed, numbers := map[int]string{}, map[int]int{}
	for _, p := range run.Parts {
		typed[p.N] = r.PostForm.Get(fmt.Sprintf("typed-%d", p.N))
		numbers[p.N] = atoi(onlyDigits(typed[p.N]))
	}
	err = u.st.ConfirmRoster(r.Context(), v.by, run.ID, numbers)
	if kind := school.KindOf(err); kind == school.Conflict || kind == school.Invalid {
		return u.showRun(w, r, v, run, typed, err)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, rosterAddress(run.ID))
}

func (u *UI) rosterDrop(w http.ResponseWriter, r *http.Request, v view) error {
	run, err := u.rosterOf(r, v)
	if err != nil {
		return err
	}
	if err := u.st.DropRoster(r.Context(), v.by, run.ID); err != nil {
		return err
	}
	return u.done(w, r, rostersPath, "done.dropped", "")
}

// rosterQueuePage is the page "roster-queue": what no rule decides and nobody answered yet.
type rosterQueuePage struct {
	web.Frame
	Lead  string
	Parts []rosterQueue
	Empty web.Empty
}

type rosterQueue struct {
	link
	Detail    string
	Answer    string
	Questions []rosterAsk
}

func (u *UI) rosterQuestions(w http.ResponseWriter, r *http.Request, v view) error {
	queue, err := u.st.OpenRosterQuestions(r.Context(), v.by)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "queue.title")
	p := &rosterQueuePage{Frame: u.frame(r, title, u.rosterPlace(v, web.Crumb{Name: title})...)}
	p.Lead, p.Empty = p.T("queue.lead"), web.Empty{Title: p.T("queue.none"), Text: p.T("queue.none.text")}
	for _, run := range queue {
		for _, part := range run.Parts {
			x := rosterQueue{link: link{part.SchoolName, partAddress(run.ID, part.N)}, Detail: p.T("queue.from", run.SourceName, v.lang.Moment(run.Created, v.now)), Answer: partAddress(run.ID, part.N) + "/answers", Questions: asks(&p.Frame, part, true)}
			if x.Name == "" {
				x.Name = p.T("roster.school.unknown")
			}
			p.Parts = append(p.Parts, x)
		}
	}
	return u.site.Render(w, r, http.StatusOK, "roster-queue", p)
}
