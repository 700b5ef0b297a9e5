package ui

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const turnsPath = "/turnarounds"

// turnsPage lists returned devices on their way to the next person, what waits longest first, each with what it waits for.
func (u *UI) turnsPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.TurnaroundFilter{School: school.SchoolID(q.Get("school")), Limit: store.MaxPage}
	show := q.Get("show")
	f.Halted, f.Ended = show == "halted", show == "ended"
	rows, err := u.st.Turnarounds(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	if wantsFile(r) {
		return v.turnsFile(w, r, rows)
	}
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "turns.title"), web.Crumb{Name: web.T(v.lang, "turns.title")}), Files: filesOf(r)}
	p.Lead = p.T("turns.lead")
	for _, t := range []struct{ show, key string }{{"", "turns.open"}, {"halted", "turns.halted"}, {"ended", "turns.ended"}} {
		href := turnsPath
		if t.show != "" {
			href += "?show=" + t.show
		}
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T(t.key), Href: href, Current: t.show == show})
	}
	p.Columns = []web.Column{{Name: p.T("devices.number")}, {Name: p.T("turns.step")}, {Name: p.T("turns.why")}, {Name: p.T("turns.since")}, {Name: p.T("devices.school")}, {Name: p.T("devices.class")},
		{Name: p.T("devices.seen")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range rows {
		p.Rows = append(p.Rows, v.turnRow(&p.Frame, x))
	}
	p.Empty = web.Empty{Title: p.T("turns.none"), Text: p.T("turns.none.text")}
	if show == "halted" {
		p.Empty = web.Empty{Title: p.T("turns.halted.none")}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (v view) turnRow(f *web.Frame, x store.TurnaroundRow) []cell {
	status, why := v.turnSaid(x)
	row := []cell{{Text: x.Number, Href: deviceAddress(x.Device)}, {Status: &status}, {Text: why}, {When: momentOf(f, x.Since)}, {Text: x.SchoolName, Href: schoolAddress(x.School)}, {Text: web.ClassName(v.lang, x.ClassName)}, {}, {}}
	if x.ClassName == "" {
		row[5] = cell{}
	}
	if !x.LastSeen.IsZero() {
		row[6].When = momentOf(f, x.LastSeen)
	}
	if !x.Ended.IsZero() || !v.at(school.Wipe, x.School) {
		return row
	}
	act := func(key, path string, primary bool) {
		row[7].Actions = append(row[7].Actions, web.Action{Text: f.T(key), About: x.Number, Href: turnsPath + "/" + string(x.ID) + path, Post: true, Primary: primary})
	}
	if x.Halted() {
		act("turns.resume", "/resume", false)
	}
	if x.Step == school.TurnUnlock && x.Halted() {
		act("turns.skip", "/skip", false)
	}
	act("turns.stop", "/stop", false)
	return row
}

// turnSaid is where a turnaround stands and what it waits for, with what helps, in words.
func (v view) turnSaid(x store.TurnaroundRow) (web.Status, string) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	switch {
	case x.Why == string(school.TurnReady):
		return web.Status{Kind: web.OK, Text: t("turn.step.ready")}, t("turn.took", v.lang.Duration(x.Ended.Sub(x.From)))
	case !x.Ended.IsZero():
		return web.Status{Kind: web.Off, Text: t("orders.state." + x.Why)}, t("turn.ended", t("turn.step."+string(x.Step)))
	}
	s := web.Status{Kind: web.Busy, Text: t("turn.step." + string(x.Step))}
	if x.Halted() {
		s.Kind = web.Warning
	}
	if x.Reason == "" {
		return s, ""
	}
	return s, t("turn.why." + x.Reason)
}

func (v view) turnsFile(w http.ResponseWriter, r *http.Request, rows []store.TurnaroundRow) error {
	t := func(key string) string { return web.T(v.lang, key) }
	head := []string{t("devices.number"), t("turns.step"), t("turns.why"), t("turns.since"), t("devices.school"), t("devices.class")}
	return sendList(w, r, t("turns.file"), head, func(yield func([]string, error) bool) {
		for _, x := range rows {
			s, why := v.turnSaid(x)
			if !yield([]string{x.Number, s.Text, why, v.lang.DateTime(x.Since), x.SchoolName, x.ClassName}, nil) {
				return
			}
		}
	})
}

func (u *UI) turnAct(do func(ctx context.Context, by school.Actor, id school.TurnaroundID) error, key string) func(http.ResponseWriter, *http.Request, view) error {
	return func(w http.ResponseWriter, r *http.Request, v view) error {
		if err := do(r.Context(), v.by, school.TurnaroundID(mux.Vars(r)["turnaround"])); err != nil {
			return err
		}
		return u.done(w, r, turnsPath, key, "")
	}
}

// turnOf is the way back a device is on, for its own page: its steps with their times.
func (u *UI) turnOf(ctx context.Context, v view, d school.DeviceID) (*deviceTurn, error) {
	rows, err := u.st.Turnarounds(ctx, v.by, store.TurnaroundFilter{Device: d, Limit: 1})
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	x := rows[0]
	out := &deviceTurn{}
	out.Status, out.Why = v.turnSaid(x)
	for _, s := range school.TurnSteps {
		line := turnStep{Name: web.T(v.lang, "turn.step."+string(s))}
		switch at, done := x.Done[s]; {
		case done:
			line.Status, line.At = web.OK, v.lang.Moment(at, v.now)
		case s == x.Step && x.Halted():
			line.Status = web.Warning
		case s == x.Step:
			line.Status = web.Busy
		case stepBefore(s, x.Step):
			line.Status, line.At = web.Off, web.T(v.lang, "turn.skipped")
		default:
			line.Status = web.Waiting
		}
		out.Steps = append(out.Steps, line)
	}
	return out, nil
}

func stepBefore(a, b school.TurnStep) bool {
	for _, s := range school.TurnSteps {
		if s == b {
			return false
		}
		if s == a {
			return true
		}
	}
	return false
}

// deviceTurn is the block of a device's page about its way back.
type deviceTurn struct {
	Status web.Status
	Why    string
	Steps  []turnStep
}

type turnStep struct {
	Name   string
	Status web.StatusKind
	At     string
}
