package ui

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// valid lists what is valid for a scope with its progress. told explains the devices of a scope in which something is
// open, if it was asked for; else they are only counted.
func (u *UI) valid(ctx context.Context, v view, scope school.Scope, at school.SchoolID, back string, explain bool) (out []web.Given, told map[school.DeviceID]explained, err error) {
	rows, err := u.st.Valid(ctx, v.by, scope)
	if err != nil {
		return nil, nil, err
	}
	progress, err := u.st.Progress(ctx, v.by, scope)
	if err != nil {
		return nil, nil, err
	}
	of := map[school.ProfileID]store.Progress{}
	open := false
	for _, p := range progress {
		of[p.Via.Profile] = p
		open = open || len(p.Open) > 0
	}
	for _, a := range rows {
		open = open || v.news(later(a.Created, a.From))
	}
	if explain && open {
		if told, err = u.explainScope(ctx, v, scope); err != nil {
			return nil, nil, err
		}
	}
	for _, a := range rows {
		if !a.Wins {
			continue
		}
		name := a.ProfileName
		if _, app := school.ItemKey(a.Identifier).Bundle(); app {
			name = web.T(v.lang, "given.app", name)
		}
		g := web.Given{Name: name, Href: profileAddress(a.Profile), Number: a.Number, Through: throughAssignment(v.lang, a),
			Since: web.When{At: later(a.Created, a.From), Now: v.now}}
		if a.Mode == school.Excluded {
			g.Mode, g.Number = web.T(v.lang, "given.excluded"), 0
		} else if a.Mode == school.Available {
			g.Mode, g.Number = web.T(v.lang, "given.available"), 0
		} else if p, ok := of[a.Profile]; ok {
			g.Progress = web.Progress{Label: web.T(v.lang, "given.label", a.ProfileName), Done: p.Confirmed, Total: p.Total}
			g.Open = v.openDevices(p, told, at)
			g.Sum = sumOf(v.lang, p)
		}
		g.Actions = v.assignmentActions(a, at, back)
		out = append(out, g)
	}
	// What is under way stands before what is done.
	slices.SortStableFunc(out, func(a, b web.Given) int { return first(a.Busy(), b.Busy()) })
	return out, told, nil
}

// first orders by whether something is so: what is stands before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// news reports whether something happened so lately that one still waits for it to take effect.
func (v view) news(at time.Time) bool { return !at.After(v.now) && v.now.Sub(at) < 24*time.Hour }

// confirmed says how many devices have confirmed the profile that was assigned last, if that was lately, and when the
// last of them did; Detail is its name.
func (v view) confirmed(told map[school.DeviceID]explained) (web.Event, bool) {
	type many struct {
		name     string
		count    int
		assigned time.Time
		last     time.Time
	}
	of := map[school.ProfileID]*many{}
	for _, e := range told {
		for _, x := range e.with(mdm.Confirmed) {
			if of[x.Profile] == nil {
				of[x.Profile] = &many{name: x.Name}
			}
			m := of[x.Profile]
			m.count++
			m.assigned = later(m.assigned, x.Via.Since)
			m.last = later(later(m.last, x.Reason.Since), x.Via.Since) // it may have been there before
		}
	}
	var newest *many
	for _, m := range of {
		if newest == nil || m.assigned.After(newest.assigned) || m.assigned.Equal(newest.assigned) && m.name < newest.name {
			newest = m
		}
	}
	if newest == nil || !v.news(newest.assigned) {
		return web.Event{}, false
	}
	return web.Event{When: web.When{At: newest.last, Now: v.now}, Kind: web.OK, Text: web.T(v.lang, "given.confirmed", newest.count, newest.name), Detail: newest.name}, true
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// throughAssignment is what an assignment hangs on, and whether it is fixed.
func throughAssignment(l web.Lang, a store.AssignmentRow) string {
	text := web.Through(l, a.Scope.Level, a.ScopeName)
	if a.Fixed {
		text = web.T(l, "given.fixed", text)
	}
	return text
}

func sumOf(l web.Lang, p store.Progress) string {
	switch {
	case p.Total == 0:
		return web.T(l, "given.nobody")
	case p.Confirmed == p.Total:
		return web.T(l, "given.all")
	}
	return web.T(l, "given.open", p.Total-p.Confirmed)
}

// openDevices names the devices that wait for somebody, and counts the others by their sentence.
func (v view) openDevices(p store.Progress, told map[school.DeviceID]explained, at school.SchoolID) (out []web.OpenDevice) {
	type many struct {
		line  string
		kind  web.StatusKind
		count int
		first web.OpenDevice
	}
	var waiting []*many
	for _, d := range p.Open {
		e, ok := told[d]
		if !ok {
			continue
		}
		x, ok := e.of(p.Via.Profile)
		line := web.OpenDevice{Name: deviceName(e.facts.Device), Href: deviceAddress(d), Status: web.Status{Kind: x.Kind, Text: x.Line}}
		if !ok || x.Status == mdm.Confirmed || x.Status == mdm.Aside { // planned anew in a moment
			line.Status = web.Status{Kind: web.Busy, Text: web.T(v.lang, "given.planning")}
		} else if !x.Automatic {
			if line.Action = v.remedyAction(x, d, at); x.Remedy == mdm.UpdateOrSwap {
				line.Action = &web.Action{Text: web.T(v.lang, "remedy.update"), Href: deviceAddress(d) + "/slip"}
			}
			out = append(out, line)
			continue
		}
		i := slices.IndexFunc(waiting, func(m *many) bool { return m.line == line.Status.Text })
		if i < 0 {
			waiting, i = append(waiting, &many{line: line.Status.Text, kind: line.Status.Kind, first: line}), len(waiting)
		}
		waiting[i].count++
	}
	web.SortBy(v.lang, out, func(o web.OpenDevice) string { return o.Name })
	slices.SortStableFunc(waiting, func(a, b *many) int { return b.count - a.count })
	for _, m := range waiting {
		if m.count == 1 {
			out = append(out, m.first)
			continue
		}
		out = append(out, web.OpenDevice{Name: web.T(v.lang, "given.many", m.count), Status: web.Status{Kind: m.kind, Text: m.line}})
	}
	return out
}

// deviceName is what people call a device.
func deviceName(d school.Device) string {
	if d.Number != "" {
		return d.Number
	}
	return d.Serial
}

// assignmentActions are what who looks may do with an assignment: all of it has a plan first.
func (v view) assignmentActions(a store.AssignmentRow, at school.SchoolID, back string) (out []web.Action) {
	verb, where := school.Assign, a.School
	if a.Fixed {
		verb = school.Fix
	}
	if !a.Own || !v.at(verb, where) {
		return nil
	}
	post := func(text string, kind school.ChangeKind) web.Action {
		return web.Action{Text: text, About: a.ProfileName, Href: assignPath, Post: true, Hidden: []web.Hidden{{Name: "kind", Value: string(kind)},
			{Name: "assignment", Value: string(a.ID)}, {Name: "back", Value: back}}}
	}
	if a.Latest > a.Number && a.Mode == school.Required {
		out = append(out, post(web.T(v.lang, "given.raise", a.Latest), school.ChangeVersion))
	}
	return append(out, post(web.T(v.lang, "given.end"), school.ChangeUnassign))
}

// grown is how often a block asks anew, in htmx's words: quickly while something moves.
func grown(lines []web.Given) string {
	for _, g := range lines {
		if g.Busy() {
			return "every 2s"
		}
	}
	return "every 15s"
}

// levelScope reads a scope from an address.
func levelScope(q url.Values) (school.Scope, bool) {
	l, ok := school.ParseLevel(q.Get("level"))
	return school.Scope{Level: l, ID: q.Get("scope")}, ok && q.Get("scope") != ""
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func init() {
	web.Add(web.Words{
		"given.fixed":     {"{1}, fest", "{1}, fixed"},
		"given.label":     {"Bestätigt: {1}", "Confirmed: {1}"},
		"given.available": {"steht bereit", "available"},
		"given.app":       {"{1} (App)", "{1} (app)"},
		"given.excluded":  {"ausgenommen", "excluded"},
		"given.all":       {"alle bestätigt", "all confirmed"},
		"given.nobody":    {"kein iPad", "no iPad"},
		"given.open":      {"{1} offen", "{1} open"},
		"given.confirmed": {"{1} {1:iPad hat|iPads haben} „{2}“ bestätigt.", "{1} {1:iPad has|iPads have} confirmed “{2}”."},
		"remedy.update":   {"Update oder Tausch", "Update or swap"},
		"given.planning":  {"Wird gerade neu geplant.", "Is being planned anew."},
		"given.many":      {"{1} iPads", "{1} iPads"},
		"given.raise":     {"Auf Fassung {1} heben …", "Raise to version {1} …"},
		"given.end":       {"Zuweisung beenden …", "End assignment …"},
		"given.none":      {"Hier gilt noch nichts.", "Nothing applies here yet."},
		"given.none.text": {"Weisen Sie ein Profil zu, etwa das WLAN der Schule. Bevor etwas geschieht, sehen Sie, welche iPads es trifft.",
			"Assign a profile, such as the school’s Wi-Fi. Before anything happens you see which iPads it affects."},
	})
}
