package ui

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

const (
	ordersPath    = "/orders"
	planOrderPath = ordersPath + "/plan"
)

// orderActions are the entries of a device's menu: the orders that would not be refused.
func (u *UI) orderActions(ctx context.Context, v view, d store.DevicePage, orders []school.Order) ([]web.Action, error) {
	can, err := u.st.Orderable(ctx, v.by, d.ID)
	if err != nil {
		return nil, err
	}
	here := deviceAddress(d.ID)
	var out []web.Action
	for _, k := range school.OrderKinds {
		rule, _ := k.Rule()
		can.Open = slices.ContainsFunc(orders, func(o school.Order) bool { return o.Kind == k && o.State.Open() })
		if k == school.Refresh || !v.at(rule.Verb, d.School) || k.Bars(can) != "" {
			continue
		}
		if !rule.Planned {
			out = append(out, web.Action{Text: web.T(v.lang, "device.order."+string(k)), Href: here + "/order", Post: true, Hidden: []web.Hidden{{Name: "kind", Value: string(k)}}})
			continue
		}
		out = append(out, web.Action{Text: web.T(v.lang, "device.order."+string(k)), Href: here + "/order?kind=" + string(k), Danger: rule.Loses})
	}
	if can.Code && v.at(school.Wipe, d.School) {
		out = append(out, web.Action{Text: web.T(v.lang, "bypass.menu"), Href: here + "/bypass"})
	}
	return out, nil
}

// orderKindIn reads which order a form is about; only those that are planned have one.
func orderKindIn(q string) (school.OrderKind, school.OrderRule, error) {
	k := school.OrderKind(q)
	rule, ok := k.Rule()
	if !ok || !rule.Planned {
		return "", rule, web.ErrNotFound
	}
	return k, rule, nil
}

// orderFields ask for the words of an order.
func (v view) orderFields(k school.OrderKind, a school.OrderArgs) (out []web.Field) {
	t := func(key string) string { return web.T(v.lang, key) }
	rule, _ := k.Rule()
	add := func(name, value string, most int, optional bool) {
		out = append(out, web.Field{Name: name, Label: t("order.field." + name), Hint: t("order.field." + name + ".hint"), Value: value, MaxLength: most, Optional: optional, Autocomplete: "off"})
	}
	switch k {
	case school.LockScreen:
		add("message", a.Message, 300, true)
		add("phone", a.Phone, 40, true)
	case school.LostOn:
		add("message", a.Message, 300, false)
		add("phone", a.Phone, 40, true)
		add("footnote", a.Footnote, 300, true)
	case school.Rename:
		called := t("names." + sheet.NamesKey(v.authority.Policy.DeviceNames))
		out = append(out, web.Field{Name: "name", Label: t("order.field.name"), Hint: web.T(v.lang, "order.field.name.hint", called), Value: a.Name, MaxLength: 60, Optional: true, Autocomplete: "off"})
	case school.DeleteUser:
		add("user", a.User, 255, true)
		out = append(out, web.Field{Kind: web.CheckField, Name: "force", Label: t("order.field.force"), Hint: t("order.field.force.hint"), Value: checked(a.Force)})
	}
	if rule.Reason {
		add("reason", a.Reason, school.LongestReason, false)
	}
	return out
}

func orderArgs(f url.Values) school.OrderArgs {
	return school.OrderArgs{Message: f.Get("message"), Phone: f.Get("phone"), Footnote: f.Get("footnote"), Name: f.Get("name"), User: f.Get("user"), Force: f.Get("force") == "1", Reason: f.Get("reason")}
}

// orderForm is what is asked before an order is planned.
func (v view) orderForm(f web.Frame, k school.OrderKind, a school.OrderArgs, back string, hidden ...web.Hidden) *formPage {
	p := &formPage{Frame: f, Action: planOrderPath, Cancel: back}
	p.Lead, p.Submit = p.T("order.lead."+string(k)), p.T("order.preview")
	p.Hidden = append(hidden, web.Hidden{Name: "kind", Value: string(k)}, web.Hidden{Name: "back", Value: back})
	p.Fields = v.orderFields(k, a)
	return p
}

func (u *UI) deviceOrderForm(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	k, rule, err := orderKindIn(r.URL.Query().Get("kind"))
	if err != nil || !v.at(rule.Verb, d.School) {
		return web.ErrNotFound
	}
	return u.showForm(w, r, u.orderFormOf(r, v, d, k, school.OrderArgs{}))
}

func (u *UI) orderFormOf(r *http.Request, v view, d store.DevicePage, k school.OrderKind, a school.OrderArgs) *formPage {
	name, here := deviceName(d.Device), deviceAddress(d.ID)
	f := u.frame(r, web.T(v.lang, "order.title", name, web.T(v.lang, "device.order.name."+string(k))), web.Crumb{Name: name, Href: here}, web.Crumb{Name: web.T(v.lang, "device.order.name."+string(k))})
	return v.orderForm(f, k, a, here, web.Hidden{Name: "device", Value: string(d.ID)})
}

// devicesOrder asks what marked devices are to be ordered, then for its words.
func (u *UI) devicesOrder(w http.ResponseWriter, r *http.Request, v view) error {
	ids, _, query, err := u.marked(r, v)
	if err != nil {
		return err
	}
	back := address("/devices", query)
	if len(ids) == 0 {
		return web.Redirect(w, r, back)
	}
	crumb := web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"}
	if chosen := r.PostForm.Get("kind"); chosen != "" {
		k, _, err := orderKindIn(chosen)
		if err != nil {
			return err
		}
		title := web.T(v.lang, "order.many", len(ids), web.T(v.lang, "device.order.name."+string(k)))
		return u.showForm(w, r, v.orderForm(u.frame(r, title, crumb, web.Crumb{Name: title}), k, school.OrderArgs{}, back, again(r, "")...))
	}
	title := web.T(v.lang, "bulk.order", len(ids))
	p := &formPage{Frame: u.frame(r, title, crumb, web.Crumb{Name: title}), Cancel: back, Hidden: again(r, "")}
	p.Lead, p.Submit = p.T("bulk.order.lead"), p.T("bulk.order.next")
	f := web.Field{Kind: web.RadioField, Name: "kind", Label: p.T("order.what")}
	for _, k := range school.OrderKinds {
		if rule, _ := k.Rule(); rule.Planned && v.by.CanSomewhere(rule.Verb, v.by.Tenant) {
			f.Options = append(f.Options, web.Option{Value: string(k), Text: p.T("device.order.name." + string(k)), Hint: p.T("order.lead." + string(k)), Chosen: len(f.Options) == 0})
		}
	}
	p.Fields = []web.Field{f}
	return u.showForm(w, r, p)
}

// planOrder thinks an order through and shows what it would do, before it is given.
func (u *UI) planOrder(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	k, _, err := orderKindIn(r.PostForm.Get("kind"))
	if err != nil {
		return err
	}
	back, a := localTarget(r.PostForm.Get("back")), orderArgs(r.PostForm)
	var form *formPage
	var ids []school.DeviceID
	if one := r.PostForm.Get("device"); one != "" {
		d, err := u.st.DeviceByID(r.Context(), v.by, school.DeviceID(one))
		if err != nil {
			return err
		}
		form, ids = u.orderFormOf(r, v, d, k, a), []school.DeviceID{d.ID}
	} else {
		if ids, _, _, err = u.marked(r, v); err != nil {
			return err
		}
		if len(ids) == 0 {
			return web.Redirect(w, r, back)
		}
		title := web.T(v.lang, "order.many", len(ids), web.T(v.lang, "device.order.name."+string(k)))
		form = v.orderForm(u.frame(r, title, web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"}, web.Crumb{Name: title}), k, a, back, again(r, "")...)
	}
	plan, err := u.st.Plan(r.Context(), v.by, school.Change{Kind: school.ChangeOrder, Devices: ids, Order: &school.OrderWish{Kind: k, Args: a}}, mdm.Preview)
	if err != nil {
		if e, ok := errors.AsType[*school.Error](err); ok && e.Kind == school.Conflict {
			form.Alert = &web.Alert{Kind: web.Danger, Title: web.RuleText(v.lang, e)}
			return u.showForm(w, r, form)
		}
		return u.refuse(w, r, form, err)
	}
	return web.Redirect(w, r, planAddress(plan.ID, back))
}

// planOrderPage adds to a plan what is different about an order: nothing can be undone, and sometimes somebody else decides.
func (v view) planOrderPage(p *planPage, x school.Plan) {
	wish := x.Change.Order
	rule, _ := wish.Kind.Rule()
	n := x.Preview.Total - len(wish.Barred)
	p.Wifi, p.Until = "", ""
	p.Nobody = ""
	if n == 0 {
		p.Submit = ""
		return
	}
	switch {
	case rule.Loses:
		p.Warning = web.T(v.lang, "plan.order.loses."+string(wish.Kind), n)
	case wish.Second:
		p.Warning = web.T(v.lang, "plan.order.asks")
	}
	switch {
	case rule.Loses && wish.Second:
		p.Until = web.T(v.lang, "plan.order.second")
	case rule.Loses:
		p.Until = web.T(v.lang, "plan.order.minute")
	case wish.Second:
		p.Until = web.T(v.lang, "plan.order.asked")
	}
	if p.Submit != "" {
		p.Submit, p.Danger = web.T(v.lang, "plan.order.do", n, web.T(v.lang, "device.order.name."+string(wish.Kind))), rule.Loses
		if wish.Second {
			p.Submit = web.T(v.lang, "plan.order.ask", n)
		}
	}
	if wish.Word != "" && p.Submit != "" {
		p.Typed = &web.Field{Kind: web.TextField, Name: "typed", Label: web.T(v.lang, "plan.order.typed", wish.Word), Autocomplete: "off"}
	}
	for _, f := range []struct{ key, text string }{{"reason", wish.Args.Reason}, {"message", wish.Args.Message}, {"phone", wish.Args.Phone}, {"footnote", wish.Args.Footnote}, {"name", wish.Args.Name}, {"user", wish.Args.User}} {
		if f.text != "" {
			p.Facts = append(p.Facts, web.Fact{Name: web.T(v.lang, "order.field."+f.key), Text: f.text})
		}
	}
}

// mayDecide reports whether somebody may agree to what another person ordered.
func (v view) mayDecide(x store.WarrantRow) bool {
	rule, _ := x.Kind.Rule()
	return x.Asked() && x.Account != v.by.Account && v.at(rule.Verb, x.School)
}

// orderLines are the lines of the start page about orders: what waits for somebody's consent, and returned iPads that do not
// get further by themselves.
func (u *UI) orderLines(ctx context.Context, v view) (out []web.Todo, err error) {
	if !v.by.CanSomewhere(school.OrderDevice, v.by.Tenant) && !v.by.CanSomewhere(school.Wipe, v.by.Tenant) {
		return nil, nil
	}
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	asked, err := u.st.Warrants(ctx, v.by, true, store.MaxPage)
	if err != nil {
		return nil, err
	}
	if n := len(slices.DeleteFunc(asked, func(x store.WarrantRow) bool { return !v.mayDecide(x) })); n > 0 {
		first := asked[n-1] // the oldest ends first
		text := t("todo.asked.text", first.By, t("device.order.name."+string(first.Kind)), first.Devices, v.lang.Moment(first.Created.Add(school.AskedFor), v.now))
		out = append(out, web.Todo{Urgency: web.Today, Title: t("todo.asked", n), Text: text, Action: &web.Action{Text: t("todo.asked.do", n), Href: ordersPath}})
	}
	if !v.by.CanSomewhere(school.Wipe, v.by.Tenant) {
		return out, nil
	}
	halted, err := u.st.Turnarounds(ctx, v.by, store.TurnaroundFilter{Halted: true, Limit: store.MaxPage})
	if n := len(halted); err == nil && n > 0 {
		out = append(out, web.Todo{Urgency: web.ThisWeek, Title: t("todo.halted", n), Text: t("todo.halted.text"), Action: &web.Action{Text: t("todo.devices", n), Href: turnsPath + "?show=halted"}})
	}
	return out, err
}

// ordersPage is the board of orders: what waits for a second person first, then what was ordered last.
func (u *UI) ordersPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "orders.title"), web.Crumb{Name: web.T(v.lang, "orders.title")})}
	asked := r.URL.Query().Get("show") != "all"
	waiting, err := u.st.Warrants(r.Context(), v.by, true, store.MaxPage)
	if err != nil {
		return err
	}
	rows := waiting
	if !asked {
		if rows, err = u.st.Warrants(r.Context(), v.by, false, store.MaxPage); err != nil {
			return err
		}
	}
	p.Lead = p.T("orders.lead", school.LosesAtOnce, school.LosesPerDay)
	p.Tabs = []web.Tab{{Name: p.T("orders.asked"), Href: ordersPath, Current: asked, Counted: true, Count: len(waiting)}, {Name: p.T("orders.all"), Href: ordersPath + "?show=all", Current: !asked}}
	p.Columns = []web.Column{{Name: p.T("order.what")}, {Name: p.T("orders.devices")}, {Name: p.T("order.state")}, {Name: p.T("orders.reason")}, {Name: p.T("order.by")}, {Name: p.T("order.given")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range rows {
		p.Rows = append(p.Rows, v.warrantRow(&p.Frame, x))
	}
	p.Empty = web.Empty{Title: p.T("orders.none"), Text: p.T("orders.none.text")}
	if asked {
		p.Empty = web.Empty{Title: p.T("orders.asked.none"), Text: p.T("orders.asked.none.text", v.authority.Policy.Alone())}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (v view) warrantRow(f *web.Frame, x store.WarrantRow) []cell {
	devices := cell{Text: f.T("orders.count", x.Devices), Detail: x.SchoolName}
	if x.Device != "" {
		devices = cell{Text: x.DeviceName, Href: deviceAddress(x.Device), Detail: x.SchoolName}
	}
	status := v.warrantStatus(x)
	who := cell{Text: x.By}
	if x.Approver != "" {
		who.Detail = f.T("orders.approver", x.Approver)
	}
	row := []cell{{Text: f.T("device.order.name." + string(x.Kind))}, devices, {Status: &status}, {Text: x.Args.Reason}, who, {When: momentOf(f, x.Created)}, {}}
	rule, _ := x.Kind.Rule()
	may := v.at(rule.Verb, x.School)
	act := func(key, path string, danger bool) web.Action {
		return web.Action{Text: f.T(key), About: f.T("device.order.name." + string(x.Kind)), Href: ordersPath + "/" + string(x.ID) + path, Post: true, Danger: danger}
	}
	switch {
	case !may:
	case v.mayDecide(x):
		row[6].Actions = []web.Action{act("orders.approve", "/approve", rule.Loses), act("orders.decline", "/decline", false)}
	case x.Asked():
		row[6].Actions = []web.Action{act("order.cancel", "/decline", false)}
	case x.Held(v.now):
		row[6].Actions = []web.Action{{Text: f.T("orders.stop", int(x.From.Sub(v.now).Seconds())+1), About: f.T("device.order.name." + string(x.Kind)), Href: ordersPath + "/" + string(x.ID) + "/withdraw", Post: true, Primary: true}}
	case x.Ended.IsZero() && x.Open > 0 && x.Kind != school.MakeReady:
		row[6].Actions = []web.Action{act("order.cancel", "/withdraw", false)}
	}
	return row
}

func (v view) warrantStatus(x store.WarrantRow) web.Status {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	switch {
	case x.Asked():
		return web.Status{Kind: web.Waiting, Text: t("orders.state.asked", v.lang.Moment(x.Created.Add(school.AskedFor), v.now))}
	case !x.Ended.IsZero():
		return web.Status{Kind: web.Off, Text: t("orders.state." + x.Why)}
	case x.Held(v.now):
		return web.Status{Kind: web.Warning, Text: t("orders.state.held", v.lang.Clock(x.From))}
	case x.Open > 0:
		return web.Status{Kind: web.Busy, Text: t("orders.state.open", x.Done, x.Devices)}
	case x.Refused > 0:
		return web.Status{Kind: web.Warning, Text: t("orders.state.refused", x.Done, x.Refused)}
	}
	return web.Status{Kind: web.OK, Text: t("orders.state.done", x.Done)}
}

func (u *UI) orderAct(do func(ctx context.Context, by school.Actor, id school.WarrantID) error, key string) func(http.ResponseWriter, *http.Request, view) error {
	return func(w http.ResponseWriter, r *http.Request, v view) error {
		if err := do(r.Context(), v.by, school.WarrantID(mux.Vars(r)["order"])); err != nil {
			return err
		}
		return u.done(w, r, ordersPath+"?show=all", key, "")
	}
}

func (u *UI) orderWithdraw(w http.ResponseWriter, r *http.Request, v view) error {
	late, err := u.st.WithdrawOrder(r.Context(), v.by, school.WarrantID(mux.Vars(r)["order"]))
	if err != nil {
		return err
	}
	if late > 0 {
		return u.done(w, r, ordersPath+"?show=all", "done.order.late", "", int64(late))
	}
	return u.done(w, r, ordersPath+"?show=all", "done.order.cancelled", "")
}

// bypassPage asks why somebody wants to see the code that takes an Activation Lock off.
func (u *UI) bypassPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.Wipe, d.School) {
		return web.ErrNotFound
	}
	return u.showForm(w, r, u.bypassForm(r, v, d, ""))
}

func (u *UI) bypassForm(r *http.Request, v view, d store.DevicePage, reason string) *formPage {
	p := u.deviceForm(r, v, d, "bypass.title")
	p.Lead, p.Submit = p.T("bypass.lead"), p.T("bypass.do")
	p.Fields = []web.Field{{Name: "reason", Label: p.T("order.field.reason"), Hint: p.T("order.field.reason.hint"), Value: reason, MaxLength: school.LongestReason, Focus: true, Autocomplete: "off"}}
	return p
}

// secretPage is the page "secret": something that is shown once, because somebody said why.
type secretPage struct {
	web.Frame
	Lead  string
	Facts []web.Fact
	Rows  []web.Fact
	Back  string
}

func (u *UI) bypass(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	code, err := u.st.BypassCode(r.Context(), v.by, d.ID, r.PostForm.Get("reason"))
	if school.KindOf(err) == school.Invalid {
		return u.refuse(w, r, u.bypassForm(r, v, d, r.PostForm.Get("reason")), err)
	}
	if err != nil {
		return err
	}
	name, here := deviceName(d.Device), deviceAddress(d.ID)
	p := &secretPage{Frame: u.frame(r, web.T(v.lang, "bypass.title", name), web.Crumb{Name: name, Href: here}, web.Crumb{Name: web.T(v.lang, "bypass.menu")}), Back: here}
	p.Lead = p.T("bypass.use")
	p.Facts = []web.Fact{{Name: p.T("bypass.code"), Code: code}}
	return u.renderSecret(w, r, p)
}

func (u *UI) renderSecret(w http.ResponseWriter, r *http.Request, p *secretPage) error {
	w.Header().Set("Cache-Control", "no-store")
	return u.site.Render(w, r, http.StatusOK, "secret", p)
}

// answerPage asks why somebody wants to know where a device is; who is on a Shared iPad needs no reason.
func (u *UI) answerForm(r *http.Request, v view, o school.Order, reason string) *formPage {
	title := web.T(v.lang, "answer."+string(o.Kind))
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: title}), Cancel: deviceAddress(o.Device) + "/orders", Action: "/orders/" + string(o.ID) + "/answer"}
	p.Lead, p.Submit = p.T("answer.lead."+string(o.Kind)), p.T("answer.do")
	if o.Kind == school.Locate {
		p.Fields = []web.Field{{Name: "reason", Label: p.T("order.field.reason"), Hint: p.T("order.field.reason.hint"), Value: reason, MaxLength: school.LongestReason, Focus: true, Autocomplete: "off"}}
	}
	return p
}

func (u *UI) answer(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	id := school.OrderID(mux.Vars(r)["order"])
	o, answer, err := u.st.OrderAnswer(r.Context(), v.by, id, r.PostForm.Get("reason"))
	if school.KindOf(err) == school.Invalid && o.ID != "" {
		p := u.answerForm(r, v, o, r.PostForm.Get("reason"))
		if !r.PostForm.Has("reason") { // the button of the list led here: nothing was typed yet
			return u.showForm(w, r, p)
		}
		return u.refuse(w, r, p, err)
	}
	if err != nil {
		return err
	}
	title := web.T(v.lang, "answer."+string(o.Kind))
	p := &secretPage{Frame: u.frame(r, title, web.Crumb{Name: title}), Back: deviceAddress(o.Device) + "/orders"}
	p.Lead = p.T("answer.kept", v.lang.Moment(o.Answer, v.now))
	if p.Facts, p.Rows, err = v.answerFacts(o, answer); err != nil {
		return err
	}
	return u.renderSecret(w, r, p)
}

func (v view) answerFacts(o school.Order, answer []byte) (facts, rows []web.Fact, err error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	if o.Kind == school.Locate {
		at, err := store.LocationOf(answer)
		if err != nil {
			return nil, nil, err
		}
		facts = []web.Fact{{Name: t("answer.place"), Code: coordinates(at)}, {Name: t("answer.at"), When: &web.When{At: at.At, Now: v.now}}}
		if at.Accuracy >= 0 {
			facts = append(facts, web.Fact{Name: t("answer.accuracy"), Text: t("answer.metres", int(at.Accuracy))})
		}
		return facts, nil, nil
	}
	users, err := store.UsersOf(answer)
	for _, x := range users {
		var said []string
		if x.Here {
			said = append(said, t("answer.here"))
		}
		if x.Unsaved {
			said = append(said, t("answer.unsaved"))
		}
		rows = append(rows, web.Fact{Name: x.Name, Text: strings.Join(append([]string{x.Login}, said...), " · ")})
	}
	if len(users) == 0 {
		facts = []web.Fact{{Name: t("answer.users"), Text: t("answer.nobody")}}
	}
	return facts, rows, err
}

// coordinates are written as every map takes them.
func coordinates(at school.Location) string {
	return strconv.FormatFloat(at.Latitude, 'f', 5, 64) + ", " + strconv.FormatFloat(at.Longitude, 'f', 5, 64)
}
