package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// startPage is the page "start": what a human must do, most urgent first, or, on a fresh installation, the way to the
// first iPad.
type startPage struct {
	web.Frame
	Live  *startBlock
	Guide *guideBlock
	Games []web.Action // the demo's weather
}

// startBlock is what moves by itself.
type startBlock struct {
	Heading string
	Asof    web.When
	Arrive  *arrivals
	Todo    []web.Todo
	Totals  []link
	Backup  string // when the last good one was, to whom it concerns
	Again   string
}

// arrivals is what the demo shows while its iPads are being set up.
type arrivals struct {
	Text     string
	Progress web.Progress
	Latest   []hitLine
}

// guideBlock is the way to the first iPad. What is done follows from the facts, so it can be left and resumed anywhere.
type guideBlock struct {
	Heading string
	Steps   []guideStep
}

type guideStep struct {
	Name   string
	Text   string
	Who    string
	Done   bool
	Next   bool // the first one that is open
	Action *web.Action
}

// Moments from which something that runs out is a line of the start page.
const (
	lineToday = 14 * 24 * time.Hour
	lineWeek  = 30 * 24 * time.Hour
	lineSoon  = 90 * 24 * time.Hour
)

func (u *UI) start(w http.ResponseWriter, r *http.Request, v view) error {
	p := &startPage{Frame: u.frame(r, web.T(v.lang, "start.title"))}
	totals, err := u.st.Totals(r.Context(), v.by, "")
	if err != nil {
		return err
	}
	if p.Guide, err = u.guide(r.Context(), v, totals); err != nil {
		return err
	}
	if p.Guide != nil && v.can(school.Export) { // who is about to leave needs to be told, not to be led in
		end, err := u.st.EndOf(r.Context(), v.by)
		if err != nil {
			return err
		}
		if !end.Asked.IsZero() {
			p.Guide = nil
		}
	}
	if p.Guide == nil {
		if p.Live, err = u.startLive(r.Context(), v, totals, r.URL.Query().Get("part") != ""); err != nil {
			return err
		}
	}
	if u.Demo != nil {
		for _, game := range games {
			p.Games = append(p.Games, web.Action{Text: p.T("game." + game), Href: "/demo/play", Post: true, Hidden: []web.Hidden{{Name: "game", Value: game}}})
		}
	}
	return u.site.Render(w, r, http.StatusOK, "start", p)
}

// startLive gathers everything a human must do; moving says that it is for a page that stands open.
func (u *UI) startLive(ctx context.Context, v view, totals store.Totals, moving bool) (*startBlock, error) {
	b := &startBlock{Asof: web.When{At: v.now, Now: v.now}, Again: "every 10s"}
	if v.can(school.Apple) && v.authority.Has(school.Management) {
		ends, err := u.runningOut(ctx, v)
		if err != nil {
			return nil, err
		}
		b.Todo = append(b.Todo, ends...)
	}
	itself, err := u.installation(ctx, v)
	if err != nil {
		return nil, err
	}
	b.Todo = append(b.Todo, itself...)
	if b.Backup, err = u.backupText(ctx, v); err != nil {
		return nil, err
	}
	alarms, err := u.st.Alarms(ctx, v.by)
	if err != nil {
		return nil, err
	}
	schools, err := u.alarmSchools(ctx, v, alarms)
	if err != nil {
		return nil, err
	}
	b.Todo = append(b.Todo, v.alarmLines(alarms, schools)...)
	leases, err := u.leaseLines(ctx, v)
	if err != nil {
		return nil, err
	}
	b.Todo = append(b.Todo, leases...)
	b.Todo = append(b.Todo, v.waiting(totals)...)
	asked, err := u.st.OfflineOpen(ctx, v.by)
	if err != nil {
		return nil, err
	}
	if asked > 0 {
		b.Todo = append(b.Todo, web.Todo{Urgency: web.Today, Title: web.T(v.lang, "offline.link", asked), Text: web.T(v.lang, "offline.todo"), Action: &web.Action{Text: web.T(v.lang, "offline.decide"), Href: questionsPath}})
	}
	if v.authority.Has(school.Management) {
		ordered, err := u.orderLines(ctx, v)
		if err != nil {
			return nil, err
		}
		b.Todo = append(b.Todo, ordered...)
	}
	crossing, err := u.crossingLines(ctx, v)
	if err != nil {
		return nil, err
	}
	b.Todo = append(b.Todo, crossing...)
	lent, err := u.lendingMoving(ctx, v, moving)
	if err != nil {
		return nil, err
	}
	b.Todo = append(b.Todo, lent...)
	rank := map[web.Urgency]int{web.Today: 0, web.ThisWeek: 1, web.Sometime: 2}
	slices.SortStableFunc(b.Todo, func(x, y web.Todo) int { return rank[x.Urgency] - rank[y.Urgency] })
	b.Heading = web.T(v.lang, "start.nothing")
	if len(b.Todo) > 0 {
		b.Heading = web.T(v.lang, "start.todo", len(b.Todo))
	}
	b.Totals = v.totals(totals, "")
	if help := &b.Totals[len(b.Totals)-1]; totals.NeedHelp > 0 {
		help.Name = web.T(v.lang, "start.above", help.Name)
	}
	if u.Demo == nil {
		return b, nil
	}
	b.Again = "every 2s"
	b.Arrive, err = u.arriving(ctx, v, totals)
	return b, err
}

// runningOut lists what runs out or is missing between us and Apple.
func (u *UI) runningOut(ctx context.Context, v view) (out []web.Todo, err error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	push, err := u.st.PushStatus(ctx, v.by)
	if err != nil {
		return nil, err
	}
	act := func(key, href string) *web.Action { return &web.Action{Text: t(key), Href: href} }
	needs := ""
	if push.AppleAccount != "" {
		needs = t("todo.account", push.AppleAccount)
	}
	switch left := push.Ends.Sub(v.now); {
	case push.Topic == "":
		out = append(out, web.Todo{Urgency: web.Today, Title: t("todo.push.none"), Text: t("todo.push.none.text"), Action: act("todo.push.set", applePath+"/push")})
	case left <= 0:
		out = append(out, web.Todo{Urgency: web.Today, Title: t("todo.push.ended", v.lang.Date(push.Ends)), Needs: needs, Action: act("todo.push.renew", applePath+"/push")})
	case left <= lineSoon:
		out = append(out, web.Todo{Urgency: endsUrgency(left), Title: t("todo.push.ends", int(left/(24*time.Hour)), v.lang.Date(push.Ends)), Needs: needs, Action: act("todo.push.renew", applePath+"/push")})
	}
	tokens, err := u.st.AppleTokens(ctx, v.by)
	if err != nil {
		return nil, err
	}
	for _, x := range tokens {
		if !x.Accepted || x.Ends.IsZero() {
			continue
		}
		needs := ""
		if x.AppleAccount != "" {
			needs = t("todo.account", x.AppleAccount)
		}
		switch left := x.Ends.Sub(v.now); {
		case left <= 0:
			out = append(out, web.Todo{Urgency: web.Today, Title: t("todo.token.ended", x.Name, v.lang.Date(x.Ends)), Needs: needs, Action: act("todo.token.renew", applePath+"/tokens/"+url.PathEscape(string(x.ID)))})
		case left <= lineSoon:
			out = append(out, web.Todo{Urgency: endsUrgency(left), Title: t("todo.token.ends", x.Name, int(left/(24*time.Hour)), v.lang.Date(x.Ends)), Needs: needs,
				Action: act("todo.token.renew", applePath+"/tokens/"+url.PathEscape(string(x.ID)))})
		}
	}
	return out, nil
}

func endsUrgency(left time.Duration) web.Urgency {
	switch {
	case left <= lineToday:
		return web.Today
	case left <= lineWeek:
		return web.ThisWeek
	}
	return web.Sometime
}

// computedAlarms are kinds this page says from the facts themselves.
var computedAlarms = []string{"push_expires", "token_expires", "content_expires", "api_token_expires", "lease_ends", "push_no_certificate"}

// aboutDevices are kinds whose subject is a device: several of them are one line.
var aboutDevices = []string{"possible_clone", "binding_broken", "replay_or_reset", "enroll_below_minimum", "released_incomplete", store.AlarmAdopted, "device_lost", "device_damaged"}

// alarmLines says the alarms that are kept. Of several devices with the same trouble there is one line with their number.
func (v view) alarmLines(alarms []store.Alarm, schools map[school.SchoolID]string) (out []web.Todo) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	count := map[string]int{}
	for _, a := range alarms {
		count[a.Kind]++
	}
	for _, a := range alarms {
		key := "alarm." + a.Kind
		line := web.Todo{Urgency: urgencyOf(a.Urgency)}
		switch {
		case slices.Contains(computedAlarms, a.Kind):
			continue
		case slices.Contains(aboutDevices, a.Kind):
			if count[a.Kind] == 0 {
				continue // said by the first of its kind
			}
			n := count[a.Kind]
			count[a.Kind] = 0
			line.Title, line.Text = t(key, n), t(key+".text")
			line.Action = &web.Action{Text: t("todo.devices", n), Href: "/devices?state=alarmed&alarm=" + url.QueryEscape(a.Kind)}
			if n == 1 {
				line.Action = &web.Action{Text: t("todo.device"), Href: deviceAddress(school.DeviceID(a.Subject))}
			}
		case a.Kind == "school_silent":
			at := school.SchoolID(orElse(string(a.School), a.Subject))
			n := detailNumber(a.Detail, "devices")
			line.Title, line.Text = t(key, schools[at], n, v.lang.Moment(detailTime(a.Detail, "since", a.Since), v.now)), t(key+".text")
			line.Action = &web.Action{Text: t("todo.devices", n), Href: "/devices?sort=seen&school=" + url.QueryEscape(string(at))}
		default:
			if n, ok := web.Args(key); !ok || n > 0 {
				line.Title = t("alarm.other", a.Kind)
				break
			}
			line.Title, line.Text = t(key), wordOr(v.lang, key+".text", "")
			if action, ok := v.alarmAction(a); ok {
				line.Action = action
			} else if a.Kind == store.AlarmEnds {
				if v.can(school.Export) {
					line.Action = &web.Action{Text: t("todo.end"), Href: endPath}
				}
			} else if v.can(school.Apple) {
				line.Action = &web.Action{Text: t("todo.apple"), Href: applePath}
			}
		}
		out = append(out, line)
	}
	return out
}

func urgencyOf(u store.Urgency) web.Urgency {
	switch u {
	case store.Today:
		return web.Today
	case store.ThisWeek:
		return web.ThisWeek
	}
	return web.Sometime
}

func detailNumber(d map[string]any, key string) int {
	n, _ := d[key].(float64)
	return int(n)
}

func detailTime(d map[string]any, key string, other time.Time) time.Time {
	s, _ := d[key].(string)
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t
	}
	return other
}

// alarmSchools names the schools alarms speak of.
func (u *UI) alarmSchools(ctx context.Context, v view, alarms []store.Alarm) (map[school.SchoolID]string, error) {
	if !slices.ContainsFunc(alarms, func(a store.Alarm) bool { return a.Kind == "school_silent" }) {
		return nil, nil
	}
	rows, err := u.st.Schools(ctx, v.by)
	out := make(map[school.SchoolID]string, len(rows))
	for _, s := range rows {
		out[s.ID] = s.Name
	}
	return out, err
}

// waiting lists the devices that wait for a person, each in one line only: what an alarm says already, or what is silent,
// not confirmed or of no school, is not told again as needing help.
func (v view) waiting(totals store.Totals) (out []web.Todo) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	arriving := func(other string) string { // the page for arrivals, to those who have it
		if v.by.CanSomewhere(school.Enroll, v.by.Tenant) {
			return arrivalsPath
		}
		return other
	}
	if n := totals.Unconfirmed; n > 0 && v.by.CanSomewhere(school.EditDevices, v.by.Tenant) {
		out = append(out, web.Todo{Urgency: web.Today, Title: t("todo.unconfirmed", n), Text: t("todo.unconfirmed.text", n),
			Action: &web.Action{Text: t("todo.unconfirmed.do", n), Href: arriving("/devices?state=unconfirmed")}})
	}
	if n := totals.WithoutPlace; n > 0 && v.can(school.EditDevices) {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.unplaced", n), Action: &web.Action{Text: t("todo.unplaced.do"), Href: arriving("/devices?state=unplaced")}})
	}
	if n := totals.HelpElse; n > 0 {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.help", n), Text: t("todo.help.text"), Action: &web.Action{Text: t("todo.devices", n), Href: "/devices?state=help_else"}})
	}
	// When most are silent it is holidays, and nobody has to look for anything; what they lack is told, calmly.
	if n := totals.Silent; n > 0 && 2*n <= totals.Enrolled {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.silent", n), Text: t("todo.silent.text", n), Action: &web.Action{Text: t("todo.devices", n), Href: "/devices?state=silent"}})
	} else if n > 0 {
		if n := totals.SilentHelp; n > 0 {
			out = append(out, web.Todo{Urgency: web.Sometime, Title: t("todo.holidays", n), Text: t("todo.holidays.text"), Action: &web.Action{Text: t("todo.devices", n), Href: "/devices?state=silent_help"}})
		}
	}
	return out
}

// arriving counts the demo's iPads while they are being set up, and names the latest.
func (u *UI) arriving(ctx context.Context, v view, totals store.Totals) (*arrivals, error) {
	all, err := u.st.CountDevices(ctx, v.by, store.DeviceFilter{})
	if err != nil || totals.Enrolled >= all {
		return nil, err
	}
	a := &arrivals{Text: web.T(v.lang, "start.arrive", totals.Enrolled, all), Progress: web.Progress{Label: web.T(v.lang, "start.arrive.label"), Done: totals.Enrolled, Total: all}}
	if totals.Enrolled == 0 {
		return a, nil
	}
	latest, err := u.st.Devices(ctx, v.by, store.DeviceFilter{State: store.IsEnrolled, Sort: store.BySeen, Desc: true, Limit: 5})
	for _, d := range latest.Rows {
		name := d.Number
		if name == "" {
			name = d.Serial
		}
		a.Latest = append(a.Latest, hitLine{link{name, deviceAddress(d.ID)}, d.SchoolName})
	}
	return a, err
}

// guide is the way to the first iPad for somebody who can go it, as long as no iPad is there and a step before it is open.
func (u *UI) guide(ctx context.Context, v view, totals store.Totals) (*guideBlock, error) {
	if totals.Enrolled > 0 || !v.can(school.Apple) || !v.authority.Has(school.Management) {
		return nil, nil
	}
	push, err := u.st.PushStatus(ctx, v.by)
	if err != nil {
		return nil, err
	}
	tokens, err := u.st.AppleTokens(ctx, v.by)
	if err != nil {
		return nil, err
	}
	schools, err := u.st.Schools(ctx, v.by)
	if err != nil {
		return nil, err
	}
	network, networkHref := false, "/schools"
	for _, s := range schools {
		network = network || s.HasNetwork
	}
	if len(schools) > 0 {
		networkHref = schoolAddress(schools[0].ID) + "/network"
	}
	accepted := slices.ContainsFunc(tokens, func(t store.AppleToken) bool { return t.Accepted && t.Ends.After(v.now) })
	steps := []struct {
		key, href string
		done      bool
		verb      school.Verb
	}{
		{"authority", "/admin/authority", v.authority.Contact != "", school.Settings},
		{"push", applePath + "/push", push.Topic != "" && push.Ends.After(v.now), school.Apple},
		{"token", applePath + "/tokens/new", accepted, school.Apple},
		{"school", "/schools/new", len(schools) > 0, school.EditOrg},
		{"network", networkHref, network, school.Enroll},
		{"ipad", codesPath + "/new", false, school.Enroll},
	}
	g, open := &guideBlock{}, 0
	for _, s := range steps {
		x := guideStep{Name: web.T(v.lang, "guide."+s.key), Text: web.T(v.lang, "guide."+s.key+".text"), Who: web.T(v.lang, "guide."+s.key+".who"), Done: s.done}
		if !s.done {
			open++
			x.Next = open == 1
			if v.can(s.verb) && (s.key != "network" || len(schools) > 0) {
				x.Action = &web.Action{Text: web.T(v.lang, "guide."+s.key+".do"), Href: s.href, Primary: x.Next}
			}
		}
		g.Steps = append(g.Steps, x)
	}
	if open == 1 && u.Demo != nil {
		return nil, nil // the demo's iPads come by themselves
	}
	g.Heading = web.T(v.lang, "guide.title", open)
	return g, nil
}

// games are what the panel „Wetter spielen“ offers.
var games = []string{"remove_profile", "wifi_off", "wifi_on", "wake", "storm", "calm"}

// play has the demo do something to its iPads.
func (u *UI) play(w http.ResponseWriter, r *http.Request, v view) error {
	if u.Demo == nil || u.Demo.Play == nil {
		return web.ErrNotFound
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	game := r.PostForm.Get("game")
	if !slices.Contains(games, game) {
		return web.ErrNotFound
	}
	if err := u.Demo.Play(r.Context(), game); err != nil {
		return fmt.Errorf("playing %s: %w", game, err)
	}
	return u.done(w, r, "/", "done.game."+game, "")
}

func init() {
	web.Add(web.Words{
		"start.title":        {"Übersicht", "Overview"},
		"start.above":        {"{1} (oben)", "{1} (above)"},
		"start.todo":         {"Zu tun ({1})", "To do ({1})"},
		"start.nothing":      {"Heute ist nichts zu tun.", "There is nothing to do today."},
		"start.asof":         {"Stand:", "As of:"},
		"start.arrive":       {"{1} von {2} {2:iPad|iPads} eingerichtet", "{1} of {2} {2:iPad|iPads} set up"},
		"start.arrive.label": {"Eingerichtet", "Set up"},
		"start.games":        {"Wetter spielen", "Play the weather"},
		"start.games.text":   {"Nur in der Vorführung: Lassen Sie etwas schiefgehen und sehen Sie zu.", "Only in the demo: let something go wrong and watch."},

		"todo.account":          {"Apple Account {1}", "Apple Account {1}"},
		"todo.push.none":        {"Es gibt noch kein Push-Zertifikat. Ohne es ist kein iPad erreichbar.", "There is no push certificate yet. Without it no iPad can be reached."},
		"todo.push.none.text":   {"Es kommt von Apple, kostet nichts und gilt ein Jahr.", "It comes from Apple, costs nothing and is valid for a year."},
		"todo.push.set":         {"Schritt für Schritt einrichten", "Set up step by step"},
		"todo.push.ends":        {"Das Push-Zertifikat läuft in {1} {1:Tag|Tagen} ab ({2}). Danach ist kein iPad erreichbar.", "The push certificate ends in {1} {1:day|days} ({2}). After that no iPad can be reached."},
		"todo.push.ended":       {"Das Push-Zertifikat ist am {1} abgelaufen. Kein iPad ist erreichbar.", "The push certificate ended on {1}. No iPad can be reached."},
		"todo.push.renew":       {"Schritt für Schritt erneuern", "Renew step by step"},
		"todo.token.ends":       {"Das Apple-Token „{1}“ läuft in {2} {2:Tag|Tagen} ab ({3}). Danach kommen keine neuen iPads von Apple.", "The Apple token “{1}” ends in {2} {2:day|days} ({3}). After that no new iPads arrive from Apple."},
		"todo.token.ended":      {"Das Apple-Token „{1}“ ist am {2} abgelaufen. Neue iPads von Apple kommen nicht mehr an.", "The Apple token “{1}” ended on {2}. New iPads no longer arrive from Apple."},
		"todo.token.renew":      {"Token erneuern", "Renew token"},
		"todo.apple":            {"Apple-Anbindung ansehen", "See the Apple connection"},
		"todo.devices":          {"{1} {1:iPad|iPads} ansehen", "See {1} {1:iPad|iPads}"},
		"todo.device":           {"iPad ansehen", "See the iPad"},
		"todo.unconfirmed":      {"{1} {1:iPad wurde|iPads wurden} von Hand registriert und {1:wartet|warten} auf Bestätigung.", "{1} {1:iPad was|iPads were} enrolled by hand and {1:waits|wait} for confirmation."},
		"todo.unconfirmed.text": {"Bis dahin {1:bekommt es|bekommen sie} weder Personendaten noch Kennwörter.", "Until then {1:it gets|they get} no personal data and no passwords."},
		"todo.unconfirmed.do":   {"{1} {1:iPad|iPads} bestätigen", "Confirm {1} {1:iPad|iPads}"},
		"todo.unplaced":         {"{1} {1:neues iPad gehört|neue iPads gehören} noch zu keiner Schule.", "{1} new {1:iPad belongs|iPads belong} to no school yet."},
		"todo.unplaced.do":      {"Schulen zuordnen", "Assign schools"},
		"todo.silent":           {"{1} {1:iPad wurde|iPads wurden} seit über 14 Tagen nicht gesehen.", "{1} {1:iPad was|iPads were} not seen for over 14 days."},
		"todo.silent.text":      {"Einschalten und mit einem WLAN verbinden genügt. Wer {1:es|sie} hat, steht auf der Seite des iPads.", "Switching {1:it|them} on and connecting to a Wi-Fi is enough. The page of the iPad says who has it."},
		"todo.help":             {"{1} {1:iPad braucht|iPads brauchen} Hilfe.", "{1} {1:iPad needs|iPads need} help."},
		"todo.help.text":        {"Etwas fehlt, das nicht von selbst kommt. Auf der Seite jedes iPads steht, warum und was hilft.", "Something is missing that does not come by itself. The page of each iPad says why and what helps."},

		"alarm.other":                     {"Etwas braucht Aufmerksamkeit ({1}).", "Something needs attention ({1})."},
		"todo.holidays":                   {"{1} {1:iPad wurde|iPads wurden} seit über 14 Tagen nicht gesehen, und {1:ihm|ihnen} fehlt etwas.", "{1} {1:iPad was|iPads were} not seen for over 14 days and {1:lacks|lack} something."},
		"todo.holidays.text":              {"Auch die meisten anderen schweigen: Vermutlich sind Ferien. Was fehlt, kommt von selbst, sobald die iPads wieder eingeschaltet werden.", "Most of the others are silent, too: it is probably holidays. What is missing comes by itself as soon as the iPads are switched on again."},
		"alarm.school_silent":             {"{1}: {2} {2:iPad schweigt|iPads schweigen} seit {3}, alle zugleich.", "{1}: {2} {2:iPad has|iPads have} been silent since {3}, all at once."},
		"alarm.school_silent.text":        {"Vermutlich das WLAN der Schule, nicht die iPads.", "Probably the school’s Wi-Fi, not the iPads."},
		"alarm.possible_clone":            {"{1} {1:Geräteausweis wird|Geräteausweise werden} vermutlich von zwei Geräten benutzt.", "{1} device {1:identity is|identities are} probably used by two devices."},
		"alarm.possible_clone.text":       {"Prüfen Sie, welches das richtige ist, und richten Sie es neu ein.", "Check which one is the right one and set it up again."},
		"alarm.binding_broken":            {"{1} {1:Gerät hat|Geräte haben} sich mit einem fremden Geräteausweis gemeldet und {1:wurde|wurden} abgewiesen.", "{1} {1:device|devices} called with an identity that is not {1:its|their} own and {1:was|were} turned away."},
		"alarm.binding_broken.text":       {"Nichts wurde geändert. Sehen Sie nach, wo das iPad ist.", "Nothing was changed. Check where the iPad is."},
		"alarm.replay_or_reset":           {"{1} {1:iPad, das|iPads, die} gerade noch da {1:war, hat|waren, haben} sich neu angemeldet.", "{1} {1:iPad that was|iPads that were} here just now enrolled again."},
		"alarm.replay_or_reset.text":      {"Meist wurde es zurückgesetzt. Wenn nicht, sehen Sie nach, wo es ist.", "Mostly it was reset. If not, check where it is."},
		"alarm.enroll_below_minimum":      {"{1} {1:iPad hat|iPads haben} sich mit einem zu alten iPadOS registriert.", "{1} {1:iPad|iPads} enrolled with an iPadOS that is too old."},
		"alarm.enroll_below_minimum.text": {"iPadOS aktualisieren, dann bekommen sie alles, was für sie festgelegt ist.", "Update iPadOS, then they get all that was decided for them."},
		"alarm.released_incomplete":       {"{1} {1:iPad hat|iPads haben} die Einrichtung verlassen, obwohl noch etwas fehlte.", "{1} {1:iPad|iPads} left set-up although something was still missing."},
		"alarm.released_incomplete.text":  {"Das Fehlende kommt nach, sobald es möglich ist; auf der Seite des iPads steht, was noch offen ist.", "What is missing follows as soon as possible; the page of the iPad says what is still open."},
		"alarm.identity_adopted":          {"{1} {1:iPad hat|iPads haben} sich mit einem Geräteausweis gemeldet, der nach der wiederhergestellten Sicherung ausgestellt wurde.", "{1} {1:iPad|iPads} called with an identity that was issued after the restored backup was made."},
		"alarm.identity_adopted.text":     {"Er stammt von diesem Server und wurde angenommen. Nur wenn Sie ein iPad seitdem ausgeschlossen hatten, schließen Sie es noch einmal aus.", "It is of this server and was accepted. Only if you removed an iPad since then, remove it once more."},
		"alarm.ca_expires":                {"Die eigene Zertifizierungsstelle für Geräteausweise läuft bald ab.", "The own certificate authority for device identities ends soon."},
		"alarm.push_wrong_topic":          {"Apple lehnt Pushs ab, weil das Push-Zertifikat nicht zu den iPads passt.", "Apple refuses pushes because the push certificate does not belong to the iPads."},
		"alarm.push_certificate_refused":  {"Apple nimmt das Push-Zertifikat nicht mehr an. Kein iPad ist erreichbar.", "Apple no longer accepts the push certificate. No iPad can be reached."},
		"alarm.ade_terms":                 {"In Apple School Manager warten neue Bedingungen auf Zustimmung. Bis dahin kommen keine neuen iPads an.", "New terms wait for acceptance in Apple School Manager. Until then no new iPads arrive."},
		"alarm.ade_token_rejected":        {"Apple nimmt ein Token nicht mehr an: abgelaufen oder widerrufen.", "Apple no longer accepts a token: ended or revoked."},
		"alarm.ade_access_denied":         {"Ein Token darf seine Geräteliste bei Apple nicht lesen.", "A token may not read its list of devices at Apple."},

		"guide.title":          {"Noch {1} {1:Schritt|Schritte} bis zum ersten iPad", "{1} {1:step|steps} to the first iPad"},
		"guide.lead":           {"Sie können jederzeit aufhören; hier steht beim nächsten Mal, was noch fehlt.", "You can stop at any time; next time it says here what is still missing."},
		"guide.done":           {"erledigt", "done"},
		"guide.open":           {"offen", "open"},
		"guide.who":            {"Nötig: {1}", "Needed: {1}"},
		"guide.authority":      {"Schulträger", "School authority"},
		"guide.authority.text": {"Name und wer hilft, wenn etwas klemmt. Das steht später auf jeder Fehlerseite.", "Name and who helps when something is stuck. Every error page will say it."},
		"guide.authority.who":  {"Sie", "you"},
		"guide.authority.do":   {"Schulträger vervollständigen", "Complete the authority"},
		"guide.push":           {"Push-Zertifikat", "Push certificate"},
		"guide.push.text":      {"Damit weckt der Server die iPads über Apple. Es gilt ein Jahr.", "With it the server wakes the iPads through Apple. It is valid for a year."},
		"guide.push.who":       {"ein Apple Account des Schulträgers, den es auch in einem Jahr noch gibt", "an Apple Account of the authority that will still exist in a year"},
		"guide.push.do":        {"Push einrichten", "Set up push"},
		"guide.token":          {"Apple-Token", "Apple token"},
		"guide.token.text":     {"Damit kommen gekaufte iPads von selbst in die Verwaltung. Ohne es geht es mit einem Code.", "With it bought iPads come under management by themselves. Without it, a code works."},
		"guide.token.who":      {"wer Apple School Manager verwalten darf", "whoever may manage Apple School Manager"},
		"guide.token.do":       {"Token verbinden", "Connect a token"},
		"guide.school":         {"Schule", "School"},
		"guide.school.text":    {"Die erste Schule, zu der iPads gehören.", "The first school iPads belong to."},
		"guide.school.who":     {"Sie", "you"},
		"guide.school.do":      {"Schule anlegen", "Add a school"},
		"guide.network":        {"Einrichtungs-WLAN", "Set-up network"},
		"guide.network.text":   {"Das WLAN, mit dem ein iPad beim Einrichten ins Netz kommt und erreichbar bleibt.", "The network an iPad uses to get online during set-up and to stay reachable."},
		"guide.network.who":    {"wer das WLAN der Schule kennt", "whoever knows the school’s Wi-Fi"},
		"guide.network.do":     {"WLAN eintragen", "Enter the network"},
		"guide.ipad":           {"Erstes iPad", "First iPad"},
		"guide.ipad.text":      {"Einschalten und mit dem WLAN verbinden. Kommt es nicht von Apple, richten Sie es mit einem Code ein.", "Switch it on and connect it to the network. If it does not come from Apple, set it up with a code."},
		"guide.ipad.who":       {"ein iPad in der Hand", "an iPad in hand"},
		"guide.ipad.do":        {"Code anlegen", "Create a code"},

		"game.remove_profile":      {"Profil am iPad entfernen", "Remove a profile on an iPad"},
		"game.wifi_off":            {"WLAN der Schule aus", "School Wi-Fi off"},
		"game.wifi_on":             {"WLAN der Schule an", "School Wi-Fi on"},
		"game.wake":                {"Alle iPads wecken", "Wake all iPads"},
		"game.storm":               {"Sturm: alles klemmt ein wenig", "Storm: everything sticks a little"},
		"game.calm":                {"Windstille", "Calm"},
		"done.game.remove_profile": {"An einem iPad der 7b wurde ein Profil entfernt. Es kommt von selbst zurück.", "A profile was removed on an iPad of 7b. It comes back by itself."},
		"done.game.wifi_off":       {"Das WLAN einer Schule ist aus.", "The Wi-Fi of a school is off."},
		"done.game.wifi_on":        {"Das WLAN der Schule ist wieder an.", "The school’s Wi-Fi is on again."},
		"done.game.wake":           {"Alle iPads sind wach.", "All iPads are awake."},
		"done.game.storm":          {"Es stürmt: Pushs gehen verloren, Antworten auch.", "A storm: pushes get lost, answers too."},
		"done.game.calm":           {"Windstille: nichts geht verloren.", "Calm: nothing gets lost."},
	})
}
