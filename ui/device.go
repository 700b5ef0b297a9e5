package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// devicePage is the page "device": the answer first and largest, then what the device has, then facts.
type devicePage struct {
	web.Frame
	Code    *web.Code // the serial, where the title is the inventory number
	Line    string    // model, system, holder
	Seen    web.When
	Actions []web.Action
	Menu    *web.Menu
	Tabs    []web.Tab
	Live    *deviceAnswer
	Turn    *deviceTurn
	Facts   []web.Fact
	Items   []itemLine
	Orders  []orderLine
	Events  []web.Event
	Held    []holdingLine
	Empty   *web.Empty
}

// deviceAnswer is what is, why, since when, what helps and who: one block per cause. It moves by itself.
type deviceAnswer struct {
	From   string
	Blocks []answerBlock
	Clear  string // the sentence when nothing is missing
	Fine   bool   // and nothing else is to be said
	There  []itemLine
	Since  string     // when the last of them was confirmed
	Rest   []itemLine // left out on purpose, kept, leaving
	Open   string     // what is under way: "Aktualisieren wartet seit …"
	Orders string     // the sentence when no order is under way
	Again  string

	all []itemLine // everything that is wanted, there or missing
}

type answerBlock struct {
	Look     string // ok, busy, danger or empty
	Headline string
	Facts    []web.Fact
	Proof    []proofLine
	Code     string
	Actions  []web.Action

	hand bool // somebody has to take the iPad in hand
}

type proofLine struct {
	At   web.When
	Text string
}

type itemLine struct {
	Name    string
	Number  int
	Through string
	Status  web.Status
	Text    string
}

type orderLine struct {
	What    string
	By      string
	Created web.When
	Status  web.Status
	Detail  string
	Cancel  string
	Answer  *web.Action // reads what the iPad answered
}

type holdingLine struct {
	Person link
	From   web.When
	Until  *web.When
}

// Ended is Until for the template, which cannot follow a pointer into a call.
func (h holdingLine) Ended() web.When { return *h.Until }

// device reads the device of an address.
func (u *UI) device(r *http.Request, v view) (store.DevicePage, error) {
	return u.st.DeviceByID(r.Context(), v.by, school.DeviceID(mux.Vars(r)["device"]))
}

// deviceHead is what all views of a device have above them: who it is, what can be done, and the answer.
func (u *UI) deviceHead(r *http.Request, v view, d store.DevicePage, tab string) (*devicePage, error) {
	name, here := deviceName(d.Device), deviceAddress(d.ID)
	var crumbs []web.Crumb
	if d.School != "" {
		crumbs = append(crumbs, web.Crumb{Name: d.SchoolName, Href: schoolAddress(d.School)})
	}
	if d.Class != "" {
		crumbs = append(crumbs, web.Crumb{Name: web.ClassName(v.lang, d.ClassName), Href: classAddress(d.Class)})
	} else {
		crumbs = append(crumbs, web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"})
	}
	p := &devicePage{Frame: u.frame(r, name, append(crumbs, web.Crumb{Name: name})...), Seen: web.When{At: d.LastSeen, Now: v.now}}
	p.Code = &web.Code{Text: d.Serial}
	line := []string{d.Model}
	if d.OSVersion != "" {
		line = append(line, p.T("device.os", d.OSVersion))
	}
	switch {
	case d.Holder != nil:
		line = append(line, p.T("device.issued", d.Holder.Short()))
	case d.PlaceName != "":
		line = append(line, d.PlaceName)
	}
	p.Line = strings.Join(slices.DeleteFunc(line, func(s string) bool { return s == "" }), " · ")
	orders, err := u.st.Orders(r.Context(), v.by, d.ID, 50)
	if err != nil {
		return nil, err
	}
	p.Actions, p.Menu = v.deviceActions(d)
	more, err := u.orderActions(r.Context(), v, d, orders)
	if err != nil {
		return nil, err
	}
	_, erased, err := u.st.LastErased(r.Context(), v.by, d.ID)
	if err != nil {
		return nil, err
	}
	if erased {
		more = append(more, web.Action{Text: p.T("loanpaper.erasure"), Href: here + "/erasure.pdf"})
	}
	if len(more) > 0 {
		if p.Menu == nil {
			p.Menu = &web.Menu{Text: p.T("class.more")}
		}
		p.Menu.Actions = append(p.Menu.Actions, more...)
	}
	if p.Turn, err = u.turnOf(r.Context(), v, d.ID); err != nil {
		return nil, err
	}
	open := 0
	for _, o := range orders {
		if o.State.Open() {
			open++
		}
		p.Orders = append(p.Orders, v.orderLine(o, d.School))
	}
	p.Tabs = []web.Tab{{Name: p.T("device.tab.facts"), Href: here, Current: tab == ""}, {Name: p.T("device.tab.items"), Href: here + "/items", Current: tab == "items"},
		{Name: p.T("device.tab.orders"), Href: here + "/orders", Current: tab == "orders", Counted: open > 0, Count: open},
		{Name: p.T("device.tab.history"), Href: here + "/history", Current: tab == "history"}}
	p.Live, err = u.deviceAnswer(r.Context(), v, d, orders)
	if p.Live != nil {
		p.Live.From = r.URL.Path
	}
	return p, err
}

// deviceActions are the buttons of a device: only what would not be refused.
func (v view) deviceActions(d store.DevicePage) (out []web.Action, menu *web.Menu) {
	here := deviceAddress(d.ID)
	t := func(key string) string { return web.T(v.lang, key) }
	order := func(kind school.OrderKind) web.Action {
		return web.Action{Text: t("device.order." + string(kind)), Href: here + "/order", Post: true, Hidden: []web.Hidden{{Name: "kind", Value: string(kind)}}}
	}
	enrolled := d.Enrollment != nil && d.Enrollment.State == school.Enrolled
	edit, people := v.at(school.EditDevices, d.School), v.at(school.ViewPeople, d.School)
	if !d.Confirmed && edit {
		out = append(out, web.Action{Text: t("remedy.confirm"), Href: here + "/confirm", Post: true, Primary: true})
	}
	if enrolled && v.at(school.OrderDevice, d.School) {
		out = append(out, order(school.Refresh))
	}
	m := web.Menu{Text: t("class.more")}
	if v.at(school.Assign, d.School) {
		m.Actions = append(m.Actions, web.Action{Text: t("class.assign"), Href: assignAddress(school.Scope{Level: school.AtDevice, ID: string(d.ID)}, here)})
	}
	if edit {
		switch {
		case d.Holder != nil && people:
			m.Actions = append(m.Actions, web.Action{Text: t("device.takeback"), Href: here + "/takeback", Post: true})
		case people && d.Confirmed:
			m.Actions = append(m.Actions, web.Action{Text: t("remedy.issue"), Href: here + "/issue"})
		}
		m.Actions = append(m.Actions, web.Action{Text: t("device.edit"), Href: here + "/edit"}, web.Action{Text: t("device.move"), Href: here + "/move"}, web.Action{Text: t("device.repair"), Href: here + "/repair"})
	}
	if edit && d.Released {
		m.Actions = append(m.Actions, web.Action{Text: t("device.hold"), Href: here + "/network", Post: true})
	}
	if len(m.Actions) > 0 {
		menu = &m
	}
	return out, menu
}

// deviceAnswer explains the device.
func (u *UI) deviceAnswer(ctx context.Context, v view, d store.DevicePage, orders []school.Order) (*deviceAnswer, error) {
	facts, have, err := u.st.ScopeFacts(ctx, v.by, school.Scope{Level: school.AtDevice, ID: string(d.ID)})
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 {
		return nil, web.ErrNotFound
	}
	e := v.explain(facts[0], have[0])
	a := &deviceAnswer{Again: "every 15s"}
	for _, x := range e.reasons {
		a.all = append(a.all, v.itemLine(x))
	}
	missing := e.missing()
	for _, x := range missing {
		if x.Automatic {
			a.Again = "every 2s"
		}
		i := slices.IndexFunc(a.Blocks, func(b answerBlock) bool { return b.same(x) })
		if i < 0 {
			a.Blocks = append(a.Blocks, v.answerBlock(x, d))
			continue
		}
		a.Blocks[i].join(v.lang, x)
	}
	for _, x := range e.with(mdm.Held) {
		b := v.answerBlock(x, d)
		b.Look = "busy"
		if v.at(school.EditDevices, d.School) && !d.Released {
			b.Actions = append(b.Actions, web.Action{Text: web.T(v.lang, "device.release"), Href: deviceAddress(d.ID) + "/release"})
		}
		a.Blocks = append(a.Blocks, b)
	}
	if i := slices.IndexFunc(a.Blocks, func(b answerBlock) bool { return b.hand }); i >= 0 {
		if err := u.offerHelp(ctx, v, d, &a.Blocks[i]); err != nil {
			return nil, err
		}
	}
	there := e.with(mdm.Confirmed)
	var since time.Time
	for _, x := range there {
		a.There = append(a.There, v.itemLine(x))
		since = later(since, x.Reason.Since)
	}
	a.Since = v.lang.Moment(since, v.now)
	for _, x := range e.with(mdm.Leaving, mdm.Aside) {
		a.Rest = append(a.Rest, v.itemLine(x))
	}
	if len(missing) == 0 || !d.Confirmed {
		a.Clear, a.Fine = v.clearText(d, len(there))
	}
	if e := d.Enrollment; e != nil && e.CloneAlarm {
		a.Fine = false
		a.Blocks = append([]answerBlock{{Look: "danger", Headline: web.T(v.lang, "device.clone.head"), Facts: []web.Fact{{Name: web.T(v.lang, "device.why"), Text: web.T(v.lang, "device.clone.why")},
			{Name: web.T(v.lang, "device.helps"), Text: web.T(v.lang, "device.clone.helps")}, {Name: web.T(v.lang, "device.who"), Text: web.T(v.lang, "why.who.school_admin")}}}}, a.Blocks...)
	}
	a.Orders = web.T(v.lang, "device.order.none")
	for _, o := range orders {
		if o.State.Open() {
			a.Orders = ""
			a.Open = web.T(v.lang, "device.order.open", web.T(v.lang, "device.order.name."+string(o.Kind)), v.lang.Since(o.Created, v.now))
			a.Again = "every 2s"
			break
		}
	}
	return a, nil
}

// clearText is the answer of a device that lacks nothing, or whose state says more than its items; fine says that all is
// well.
func (v view) clearText(d store.DevicePage, there int) (text string, fine bool) {
	enrolled := d.Enrollment != nil && d.Enrollment.State == school.Enrolled
	switch {
	case !enrolled && d.Enrollment != nil:
		return web.T(v.lang, "device.clear.half"), false
	case !enrolled && !d.LastSeen.IsZero():
		return web.T(v.lang, "device.clear.gone"), false
	case !enrolled:
		return web.T(v.lang, "device.clear.new"), false
	case !d.Confirmed:
		return web.T(v.lang, "device.clear.unconfirmed"), false
	case there == 0:
		return web.T(v.lang, "device.clear.nothing"), true
	}
	return web.T(v.lang, "device.clear", there), true
}

func (v view) answerBlock(x explainedItem, d store.DevicePage) answerBlock {
	b := answerBlock{Headline: x.Headline, Code: x.Said.Code, hand: byHand(x)}
	if act := v.remedyAction(x, d.ID, d.School); act != nil {
		b.Actions = append(b.Actions, *act)
		if see := v.profileAction(x, d.School); x.Remedy == mdm.TryAgain && see != nil {
			b.Actions = append(b.Actions, *see)
		}
	}
	switch x.Kind {
	case web.Danger:
		b.Look = "danger"
	case web.Busy:
		b.Look = "busy"
	}
	add := func(key, text string) {
		if text != "" {
			b.Facts = append(b.Facts, web.Fact{Name: web.T(v.lang, key), Text: text})
		}
	}
	add("device.why", x.Why)
	add("device.since", x.Said.Since)
	add("device.helps", x.Helps)
	add("device.who", x.Said.Who)
	for _, e := range x.Proof {
		b.Proof = append(b.Proof, proofLine{web.When{At: e.At, Now: v.now}, e.Text})
	}
	return b
}

// same reports whether an item lacks for the very reason this block gives: then one block says it for both.
func (b answerBlock) same(x explainedItem) bool {
	return len(b.Facts) > 0 && b.Facts[0].Text == x.Why && slices.ContainsFunc(b.Facts, func(f web.Fact) bool { return f.Text == x.Helps })
}

// join names one more item in a block; what differs between them is left out.
func (b *answerBlock) join(l web.Lang, x explainedItem) {
	_, name, _ := strings.Cut(x.Headline, ": ")
	b.Headline += ", " + name
	b.Facts = slices.DeleteFunc(b.Facts, func(f web.Fact) bool { return f.Name == web.T(l, "device.since") && f.Text != x.Said.Since })
}

func (v view) itemLine(x explainedItem) itemLine {
	line := itemLine{Name: x.Name, Number: x.Number, Status: web.Status{Kind: x.Kind, Text: x.State}, Text: x.Why}
	if x.Via.Assignment != "" {
		line.Through = web.Through(v.lang, x.Via.Level, x.Via.ScopeName)
		if x.Via.Fixed {
			line.Through = web.T(v.lang, "given.fixed", line.Through)
		}
	}
	return line
}

func (v view) orderLine(o school.Order, at school.SchoolID) orderLine {
	kinds := map[school.OrderState]web.StatusKind{school.Waiting: web.Waiting, school.Handed: web.Busy, school.Later: web.Waiting, school.Done: web.OK,
		school.Refused: web.Danger, school.Cancelled: web.Off, school.Expired: web.Off}
	x := orderLine{What: wordOr(v.lang, "device.order.name."+string(o.Kind), o.Request), By: o.By, Created: web.When{At: o.Created, Now: v.now},
		Status: web.Status{Kind: kinds[o.State], Text: web.T(v.lang, "order.state."+string(o.State))}}
	if o.Held(v.now) {
		x.Status.Text = web.T(v.lang, "orders.state.held", v.lang.Clock(o.From))
	}
	if v.now.Before(o.Answer) && (o.Kind == school.Users && v.at(school.ViewPeople, at) || o.Kind == school.Locate && v.at(school.FindDevice, at)) {
		x.Answer = &web.Action{Text: web.T(v.lang, "answer.do"), About: x.What, Href: "/orders/" + string(o.ID) + "/answer", Post: true}
	}
	switch {
	case o.State == school.Handed && !o.Accepted.IsZero():
		x.Status.Text, x.Detail = web.T(v.lang, "order.state.accepted"), web.T(v.lang, "order.accepted", v.lang.Moment(o.Accepted, v.now))
	case o.State == school.Refused:
		x.Detail = v.refusedText(o)
	case o.State == school.Expired:
		x.Detail = web.OrderFault(v.lang, o)
	case o.State == school.Cancelled && o.Result != "":
		x.Detail = wordOr(v.lang, "order.cancelled."+o.Result, "")
	case (o.State == school.Waiting || o.State == school.Later) && !o.Expires.IsZero():
		x.Detail = web.T(v.lang, "order.until", v.lang.Moment(o.Expires, v.now))
	case o.State == school.Waiting || o.State == school.Later:
		x.Detail = web.T(v.lang, "order.forever")
	}
	rule, known := o.Kind.Rule()
	if (o.State == school.Waiting || o.State == school.Later) && (v.at(rule.Verb, at) || !known && v.at(school.OrderDevice, at)) {
		x.Cancel = "/orders/" + string(o.ID) + "/cancel"
	}
	return x
}

// deviceShow is the first view: answer and facts.
func (u *UI) deviceShow(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	p, err := u.deviceHead(r, v, d, "")
	if err != nil {
		return err
	}
	p.Facts = u.deviceFacts(p, v, d)
	for _, h := range d.Held {
		line := holdingLine{Person: v.holder(h), From: web.When{At: h.From, Now: v.now}}
		if !h.Until.IsZero() {
			line.Until = &web.When{At: h.Until, Now: v.now}
		}
		p.Held = append(p.Held, line)
	}
	p.Orders = nil
	return u.site.Render(w, r, http.StatusOK, "device", p)
}

func (u *UI) deviceFacts(p *devicePage, v view, d store.DevicePage) []web.Fact {
	var f []web.Fact
	text := func(key, value, href string) {
		if value != "" {
			f = append(f, web.Fact{Name: p.T(key), Text: value, Href: href})
		}
	}
	when := func(key string, at time.Time) {
		if !at.IsZero() {
			f = append(f, web.Fact{Name: p.T(key), When: &web.When{At: at, Now: v.now}})
		}
	}
	if d.Number != "" {
		f = append(f, web.Fact{Name: p.T("device.number"), Code: d.Number})
	}
	f = append(f, web.Fact{Name: p.T("device.serial"), Code: d.Serial})
	if d.Ownership != school.Owned {
		f = append(f, web.Fact{Name: p.T("grouprule.field.ownership"), Text: p.T("ownership." + string(d.Ownership))})
	}
	text("device.model", strings.TrimSpace(d.Model), "")
	if d.OSVersion != "" {
		text("device.system", p.T("device.os", d.OSVersion), "")
	}
	if d.School != "" {
		text("device.school", d.SchoolName, schoolAddress(d.School))
	} else {
		text("device.school", p.T("device.school.none"), "")
	}
	if d.Class != "" {
		text("device.class", d.ClassName, classAddress(d.Class))
	}
	text("device.place", d.PlaceName, "")
	if d.Holder != nil {
		text("device.holder", d.Holder.Name(), personAddress(d.Holder.ID))
	}
	if d.Planned != nil {
		text("device.planned", d.Planned.Name(), personAddress(d.Planned.ID))
	}
	text("device.plannedclass", d.PlannedClass, "")
	text("device.batch", d.BatchName, "")
	if e := d.Enrollment; e != nil && e.State == school.Enrolled {
		way := "device.way.ade"
		if d.Manual {
			way = "device.way.manual"
		}
		text("device.way", p.T(way), "")
		when("device.enrolled", e.EnrolledAt)
		if !e.CertEnds.IsZero() {
			text("device.cert", v.lang.Date(e.CertEnds), "")
		}
		supervised := web.Status{Kind: web.Off, Text: p.T("device.no")}
		if d.Supervised {
			supervised = web.Status{Kind: web.OK, Text: p.T("device.yes")}
		}
		f = append(f, web.Fact{Name: p.T("device.supervised"), Status: &supervised})
		if e.CloneAlarm {
			f = append(f, web.Fact{Name: p.T("device.identity"), Status: &web.Status{Kind: web.Danger, Text: p.T("device.clone")}})
		}
	}
	if d.Battery >= 0 && !d.InventoryAt.IsZero() {
		text("device.battery", p.T("device.measured", v.lang.Percent(int64(d.Battery), 100), v.lang.Ago(d.InventoryAt, v.now)), "")
	}
	if d.Health != "" {
		text("device.health", wordOr(v.lang, "device.health."+string(d.Health), string(d.Health)), "")
	}
	if d.StorageFree > 0 {
		text("device.storage", p.T("device.measured", v.lang.Size(int64(d.StorageFree*1e9)), v.lang.Ago(d.InventoryAt, v.now)), "")
	}
	if !d.MigrateUntil.IsZero() {
		text("device.migrate", v.lang.Date(d.MigrateUntil), "")
	}
	return f
}

// deviceItems shows everything that is wanted, there or missing.
func (u *UI) deviceItems(w http.ResponseWriter, r *http.Request, v view) error {
	return u.deviceTab(w, r, v, "items", func(p *devicePage, d store.DevicePage) error {
		p.Orders, p.Items = nil, p.Live.all
		if len(p.Items) == 0 {
			p.Empty = &web.Empty{Title: p.T("given.none"), Text: p.T("given.none.text")}
		}
		return nil
	})
}

func (u *UI) deviceOrders(w http.ResponseWriter, r *http.Request, v view) error {
	return u.deviceTab(w, r, v, "orders", func(p *devicePage, d store.DevicePage) error {
		if len(p.Orders) == 0 {
			p.Empty = &web.Empty{Title: p.T("order.none"), Text: p.T("order.none.text")}
		}
		return nil
	})
}

func (u *UI) deviceHistory(w http.ResponseWriter, r *http.Request, v view) error {
	return u.deviceTab(w, r, v, "history", func(p *devicePage, d store.DevicePage) (err error) {
		p.Orders = nil
		if p.Events, err = u.history(r.Context(), v, "device", string(d.ID), deviceAddress(d.ID)+"/history", 100); err == nil && len(p.Events) == 0 {
			p.Empty = &web.Empty{Title: p.T("history.empty")}
		}
		return err
	})
}

func (u *UI) deviceTab(w http.ResponseWriter, r *http.Request, v view, tab string, fill func(p *devicePage, d store.DevicePage) error) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	p, err := u.deviceHead(r, v, d, tab)
	if err != nil {
		return err
	}
	if err := fill(p, d); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "device", p)
}

func init() {
	web.Add(web.Words{
		"device.os":          {"iPadOS {1}", "iPadOS {1}"},
		"device.issued":      {"ausgegeben an {1}", "issued to {1}"},
		"device.seen":        {"zuletzt gesehen", "last seen"},
		"device.tab.facts":   {"Angaben", "Details"},
		"device.tab.items":   {"Gewollt / Vorhanden / Fehlt", "Wanted / There / Missing"},
		"device.tab.orders":  {"Aufträge", "Orders"},
		"device.tab.history": {"Verlauf", "History"},
		"device.why":         {"Warum", "Why"},
		"device.since":       {"Seit wann", "Since when"},
		"device.helps":       {"Was hilft", "What helps"},
		"device.who":         {"Wer", "Who"},
		"device.proof":       {"Nachweis", "Evidence"},
		"device.there":       {"Vorhanden: {1} · alle vom iPad bestätigt, zuletzt {2}", "There: {1} · all confirmed by the iPad, last {2}"},
		"device.rest":        {"Bewusst nicht dabei oder auf dem Weg hinaus: {1}", "Left out on purpose or on its way out: {1}"},
		"device.item":        {"Profil", "Profile"},
		"device.item.state":  {"Stand", "State"},
		"device.item.why":    {"Warum", "Why"},

		"device.clear":             {"Alles wie festgelegt: {1} {1:Profil|Profile} bestätigt.", "All as decided: {1} {1:profile|profiles} confirmed."},
		"device.clear.nothing":     {"Alles wie festgelegt. Für dieses iPad ist kein Profil vorgesehen.", "All as decided. No profile is meant for this iPad."},
		"device.clear.unconfirmed": {"Wartet auf Bestätigung. Bis dahin bekommt es weder Personendaten noch Kennwörter.", "Waits for confirmation. Until then it gets no personal data and no passwords."},
		"device.clone.head":        {"Ein zweites Gerät gibt sich vermutlich als dieses aus", "A second device probably passes itself off as this one"},
		"device.clone.why":         {"Zwei Seiten haben sich mit dem Ausweis dieses iPads gemeldet; nur eine kann die richtige sein.", "Two parties called with the identity of this iPad; only one can be the right one."},
		"device.clone.helps":       {"Nachsehen, wo das iPad ist, alle Daten darauf löschen und es neu einrichten.", "Check where the iPad is, erase all data on it and set it up again."},
		"device.clear.new":         {"Noch nicht registriert. Auspacken, einschalten und mit dem Einrichtungs-WLAN verbinden.", "Not enrolled yet. Unpack it, switch it on and connect it to the set-up network."},
		"device.clear.half":        {"Die Registrierung hat begonnen und ist noch nicht fertig.", "Enrolment has begun and is not finished yet."},
		"device.clear.gone":        {"Nicht mehr registriert. Alle Daten auf dem iPad löschen und es neu einrichten.", "No longer enrolled. Erase all data on the iPad and set it up again."},

		"device.number":                     {"Inventarnummer", "Asset number"},
		"device.serial":                     {"Seriennummer", "Serial number"},
		"device.model":                      {"Modell", "Model"},
		"device.system":                     {"System", "System"},
		"device.school":                     {"Schule", "School"},
		"device.school.none":                {"noch keiner zugeordnet", "not assigned to one yet"},
		"device.class":                      {"Klasse", "Class"},
		"device.place":                      {"Ort", "Place"},
		"device.holder":                     {"Ausgegeben an", "Issued to"},
		"device.planned":                    {"Vorgesehen für", "Planned for"},
		"device.plannedclass":               {"Vorgesehene Klasse", "Planned class"},
		"device.batch":                      {"Lieferung", "Delivery"},
		"device.way":                        {"Registriert", "Enrolled"},
		"device.way.ade":                    {"automatisch über Apple", "automatically through Apple"},
		"device.way.manual":                 {"von Hand mit einem Code", "by hand with a code"},
		"device.enrolled":                   {"Registriert seit", "Enrolled since"},
		"device.cert":                       {"Geräteausweis gültig bis", "Device identity valid until"},
		"device.supervised":                 {"Betreut", "Supervised"},
		"device.yes":                        {"ja", "yes"},
		"device.no":                         {"nein", "no"},
		"device.identity":                   {"Geräteausweis", "Device identity"},
		"device.clone":                      {"wird vermutlich von zwei Geräten benutzt", "is probably used by two devices"},
		"device.battery":                    {"Akku", "Battery"},
		"device.health":                     {"Zustand des Akkus", "Battery health"},
		"device.health.normal":              {"in Ordnung", "normal"},
		"device.health.service-recommended": {"verbraucht, Tausch empfohlen", "worn out, replacement recommended"},
		"device.health.non-genuine":         {"kein Originalteil", "no genuine part"},
		"device.health.unknown":             {"unbekannt", "unknown"},
		"device.health.unsupported":         {"gibt das iPad nicht an", "not told by the iPad"},
		"device.storage":                    {"Freier Speicher", "Free storage"},
		"device.measured":                   {"{1}, {2}", "{1}, {2}"},
		"device.migrate":                    {"Umzug aus einer anderen Verwaltung bis", "Migration from another management until"},
		"device.held":                       {"Ausgaben", "Issues"},
		"device.held.now":                   {"heute", "today"},

		"device.edit":       {"Angaben ändern …", "Change details …"},
		"device.move":       {"Umziehen …", "Move …"},
		"device.takeback":   {"Zurücknehmen", "Take back"},
		"device.release":    {"WLAN freigeben …", "Release network …"},
		"device.hold":       {"WLAN wieder schützen", "Protect network again"},
		"device.order.none": {"Aufträge: keine offen", "Orders: none open"},
		"device.order.open": {"Auftrag „{1}“ wartet {2} auf das iPad.", "The order “{1}” has been waiting for the iPad {2}."},

		"order.what":                  {"Auftrag", "Order"},
		"order.state":                 {"Stand", "State"},
		"order.given":                 {"Erteilt", "Given"},
		"order.by":                    {"Durch", "By"},
		"order.cancel":                {"Zurückziehen", "Withdraw"},
		"order.until":                 {"gilt bis {1}", "valid until {1}"},
		"order.none":                  {"Noch keine Aufträge.", "No orders yet."},
		"order.none.text":             {"Mit „Aktualisieren“ meldet das iPad seinen Zustand neu.", "“Refresh” makes the iPad report its state anew."},
		"order.state.waiting":         {"wartet auf das iPad", "waiting for the iPad"},
		"order.state.handed":          {"gesendet", "sent"},
		"order.state.later":           {"verschoben, iPad gesperrt", "postponed, iPad locked"},
		"order.state.done":            {"erledigt", "done"},
		"order.state.refused":         {"vom iPad abgelehnt", "refused by the iPad"},
		"order.state.cancelled":       {"zurückgezogen", "withdrawn"},
		"order.state.expired":         {"verfallen", "expired"},
		"order.cancelled.person":      {"von Hand", "by hand"},
		"order.cancelled.reenrolled":  {"weil das iPad neu registriert wurde", "because the iPad was enrolled again"},
		"order.cancelled.checked_out": {"weil das iPad nicht mehr registriert ist", "because the iPad is no longer enrolled"},
	})
}
