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
	"ranzen/ui/web"
)

func planAddress(id school.PlanID, back string) string {
	return "/plans/" + url.PathEscape(string(id)) + "?back=" + url.QueryEscape(back)
}

// planPage is the page "plan": what a change would do, before it does anything. Losses stand first, the groups add up to
// the total, and the button carries the number.
type planPage struct {
	web.Frame
	Alert   *web.Alert
	Nobody  string // a sentence if the change reaches no device yet
	Sum     string
	Rule    string // of a group by rule
	Groups  []web.Group
	Facts   []web.Fact // the words of an order
	Warning string     // what is lost for good
	Danger  bool
	Wifi    string
	Held    bool // the lifeline holds something
	Until   string
	Typed   *web.Field // the number, to be typed
	Submit  string     // empty: it was carried out
	Apply   string
	Drop    web.Action
	Back    string
	Names   *namesTable
}

func (u *UI) planShow(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showPlan(w, r, v, localTarget(r.URL.Query().Get("back")), "", nil)
}

// showPlan shows a plan, with what was refused when it was to be carried out.
func (u *UI) showPlan(w http.ResponseWriter, r *http.Request, v view, back, typed string, refused error) error {
	id := school.PlanID(mux.Vars(r)["plan"])
	x, err := u.st.PlanByID(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	title, err := u.planTitle(r.Context(), v, x)
	if err != nil {
		return err
	}
	here := planAddress(id, back)
	p := &planPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "plan.crumb")}), Back: back}
	p.Apply = "/plans/" + url.PathEscape(string(id)) + "/apply"
	p.Drop = web.Action{Text: p.T("plan.drop"), Href: "/plans/" + url.PathEscape(string(id)) + "/drop", Post: true, Hidden: []web.Hidden{{Name: "back", Value: back}}}
	pre := x.Preview
	schools := map[school.SchoolID]bool{}
	for i, g := range pre.Groups {
		for _, s := range g.Schools {
			schools[s.School] = true
		}
		p.Groups = append(p.Groups, web.Group{Kind: groupKind(g.Kind), Count: len(g.Devices), Text: v.groupText(x.Change, g), Where: v.groupWhere(g.Schools),
			Names: here + "&names=" + strconv.Itoa(i) + "#names"})
	}
	p.Sum = p.T("plan.sum", pre.Total, len(schools))
	if pre.Total == 0 {
		p.Nobody = p.T("plan.nobody")
	}
	p.Wifi, p.Held = p.T("plan.wifi"), pre.Lifelines > 0
	if p.Held {
		p.Wifi = p.T("plan.wifi.held", pre.Lifelines)
	}
	if p.Alert, err = u.shortage(r, v, &p.Frame, x); err != nil {
		return err
	}
	p.Until = p.T("plan.until", v.lang.Date(v.now.Add(store.UndoFor)))
	status := http.StatusOK
	switch {
	case !x.Applied.IsZero():
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("plan.applied", v.lang.Moment(x.Applied, v.now)), Actions: []web.Action{{Text: p.T("plan.back"), Href: back}}}
	case pre.Total == 0:
		p.Submit = p.T("plan.submit.none")
	default:
		p.Submit = p.T("plan.submit", pre.Total)
	}
	if x.Change.Kind == school.ChangeGroup {
		names, err := u.schoolNames(r, v)
		if err != nil {
			return err
		}
		p.Rule = web.GroupRule(v.lang, x.Change.Group.Rule, names[x.Change.Group.School], names)
		if p.Submit != "" {
			p.Submit = p.T("plan.submit.group")
		}
	}
	if x.Change.Order != nil {
		v.planOrderPage(p, x)
		if p.Typed != nil {
			p.Typed.Value = typed
		}
	} else if pre.Total > store.TypedFrom && p.Submit != "" {
		p.Typed = &web.Field{Kind: web.TextField, Name: "typed", Label: p.T("plan.typed", pre.Total), Value: typed, Autocomplete: "off"}
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
	if n := r.URL.Query().Get("names"); n != "" && refused == nil {
		if p.Names, err = u.planNames(r, v, x, atoi(n), back); err != nil {
			return err
		}
	}
	return u.site.Render(w, r, status, "plan", p)
}

// planTitle says what is planned.
func (u *UI) planTitle(ctx context.Context, v view, x school.Plan) (string, error) {
	c := x.Change
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	if c.Kind == school.ChangeOrder {
		return t("plan.order", t("device.order.name."+string(c.Order.Kind)), x.Preview.Total), nil
	}
	if c.Kind == school.ChangeGroup {
		return t("plan.group", c.Group.Name), nil
	}
	if c.Kind == school.ChangeMove {
		to := c.To.SchoolName
		if c.To.ClassName != "" {
			to += ", " + web.ClassName(v.lang, c.To.ClassName)
		}
		if c.Person != "" {
			who, err := u.st.PersonByID(ctx, v.by, c.Person)
			return t("plan.transfer", who.Name(), len(c.Devices), to), err
		}
		return t("plan.move", len(c.Devices), to), nil
	}
	scope := c.Assignment.Scope
	names, err := u.st.ScopeNames(ctx, v.by, []school.Scope{scope})
	if err != nil {
		return "", err
	}
	to := web.Through(v.lang, scope.Level, names[scope])
	if (scope.Level == school.AtPerson || scope.Level == school.AtDevice) && names[scope] != "" {
		to = names[scope]
	}
	if c.New != nil && c.Kind == school.ChangeAssign {
		if c.Assignment.Mode == school.Excluded {
			return t("plan.exclude", c.New.ProfileName, to), nil
		}
		return t("plan.assign", c.New.ProfileName, c.New.Number, to), nil
	}
	a, err := u.st.Assignment(ctx, v.by, c.Assignment.ID)
	if school.KindOf(err) == school.NotFound { // ended meanwhile
		profile, err := u.st.Profile(ctx, v.by, c.Assignment.Profile)
		return t("plan.unassign", profile.Name, to), err
	}
	if err != nil {
		return "", err
	}
	if c.Kind == school.ChangeVersion && c.New != nil && x.Applied.IsZero() {
		return t("plan.version", a.ProfileName, a.Number, c.New.Number), nil
	}
	if c.Kind == school.ChangeVersion && c.New != nil {
		return t("plan.versioned", a.ProfileName, c.New.Number), nil
	}
	return t("plan.unassign", a.ProfileName, to), nil
}

func groupKind(k school.PreviewKind) web.GroupKind {
	switch k {
	case school.Loses:
		return web.Loses
	case school.Alters:
		return web.Changes
	case school.Gains:
		return web.Gains
	case school.Unknown:
		return web.Unknown
	case school.Impossible:
		return web.Impossible
	}
	return web.Unchanged
}

// groupText says what happens to the devices of a group.
func (v view) groupText(c school.Change, g school.PreviewGroup) string {
	if c.Order != nil {
		switch {
		case g.Reason != "":
			return web.T(v.lang, "order.bar."+g.Reason)
		case g.Kind == school.Unknown:
			return web.T(v.lang, "plan.order.unknown")
		}
		return web.T(v.lang, "plan.order.does."+string(c.Order.Kind))
	}
	switch g.Kind {
	case school.Unknown:
		return web.T(v.lang, "plan.unknown")
	case school.Impossible:
		return web.T(v.lang, "plan.impossible."+g.Reason)
	case school.Same:
		return web.T(v.lang, "plan.same."+g.Reason)
	}
	var parts []string
	for _, i := range g.Items {
		switch {
		case i.OS != "":
			parts = append(parts, v.updateText(i))
		case i.To == 0:
			parts = append(parts, web.T(v.lang, "plan.item.goes", i.Name))
		case i.From == 0:
			parts = append(parts, web.T(v.lang, "plan.item.comes", i.Name, i.To))
		case i.From == i.To:
			parts = append(parts, web.T(v.lang, "plan.item.values", i.Name))
		default:
			parts = append(parts, web.T(v.lang, "plan.item.changes", i.Name, i.From, i.To))
		}
	}
	return strings.Join(parts, "; ")
}

// updateText says an update that comes or changes, with the deadline in force and why it is later than it was written.
func (v view) updateText(i school.PreviewItem) string {
	at := v.lang.Deadline(i.At)
	switch i.Moved {
	case school.MovedByFreeze:
		return web.T(v.lang, "plan.update.freeze", i.OS, at, i.Freeze)
	case school.MovedByQuiet:
		return web.T(v.lang, "plan.update.quiet", i.OS, at)
	}
	return web.T(v.lang, "plan.update", i.OS, at)
}

// schoolsNamed is how many schools a line of a plan names.
const schoolsNamed = 3

// groupWhere names the schools with most devices.
func (v view) groupWhere(list []school.PreviewSchool) string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b school.PreviewSchool) int { return b.Count - a.Count })
	var parts []string
	for i, s := range list {
		if i == schoolsNamed {
			parts = append(parts, web.T(v.lang, "plan.schools.more", len(list)-schoolsNamed))
			break
		}
		name := s.Name
		if s.School == "" {
			name = web.T(v.lang, "plan.school.none")
		}
		parts = append(parts, web.T(v.lang, "plan.school", name, s.Count))
	}
	return strings.Join(parts, ", ")
}

func (u *UI) planNames(r *http.Request, v view, x school.Plan, group int, back string) (*namesTable, error) {
	list, err := u.st.Names(r.Context(), v.by, x.ID, group, r.URL.Query().Get("after"), 50)
	if err != nil {
		return nil, err
	}
	g := x.Preview.Groups[group]
	n := &namesTable{Title: web.T(v.lang, "plan.names", web.T(v.lang, "part.plan."+string(groupKind(g.Kind))), v.groupText(x.Change, g)), Pager: *keyPager(r, len(list.Rows), list.Next),
		Close: planAddress(x.ID, back)}
	for _, key := range []string{"devices.number", "devices.serial", "devices.school", "devices.class"} {
		n.Columns = append(n.Columns, web.Column{Name: web.T(v.lang, key)})
	}
	n.Pager.Total, n.Pager.More = len(g.Devices), false
	for _, d := range list.Rows {
		name := d.Number
		if name == "" {
			name = d.Serial
		}
		n.Rows = append(n.Rows, []cell{{Text: name, Href: deviceAddress(d.ID)}, {Code: d.Serial}, {Text: d.SchoolName}, {Text: d.ClassName}})
	}
	return n, nil
}

// planApply carries a plan out. If facts moved meanwhile it is shown anew, and nothing was done.
func (u *UI) planApply(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	id, back, typed := school.PlanID(mux.Vars(r)["plan"]), localTarget(r.PostForm.Get("back")), r.PostForm.Get("typed")
	x, err := u.st.PlanByID(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	set, err := u.st.ApplyTyped(r.Context(), v.by, id, typed, mdm.Preview)
	if e, ok := errors.AsType[*school.Error](err); ok && (e.Code == "plan_moved" || e.Field == "typed" || x.Change.Order != nil && e.Kind == school.Conflict) {
		return u.showPlan(w, r, v, back, typed, err)
	}
	if err != nil {
		return err
	}
	if wish := x.Change.Order; wish != nil {
		if wish.Kind == school.MakeReady && !wish.Second {
			return u.done(w, r, turnsPath, "done.ordered", "", int64(x.Preview.Total-len(wish.Barred)))
		}
		show := ordersPath
		if !wish.Second {
			show += "?show=all"
		}
		return u.done(w, r, show, "done.ordered", "", int64(x.Preview.Total-len(wish.Barred)))
	}
	key := map[school.ChangeKind]string{school.ChangeAssign: "done.assigned", school.ChangeUnassign: "done.unassigned", school.ChangeVersion: "done.version",
		school.ChangeMove: "done.moved"}[x.Change.Kind]
	if x.Change.Kind == school.ChangeGroup {
		return u.done(w, r, back, "done.group.ruled", set)
	}
	if x.Change.Person != "" {
		return u.done(w, r, back, "done.transferred", set)
	}
	return u.done(w, r, back, key, set, int64(x.Preview.Total))
}

// onlyDigits drops what people type between the digits of a number.
func onlyDigits(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, s)
}

func (u *UI) planDrop(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	if err := u.st.DropPlan(r.Context(), v.by, school.PlanID(mux.Vars(r)["plan"])); err != nil && school.KindOf(err) != school.NotFound {
		return err
	}
	return u.done(w, r, localTarget(r.PostForm.Get("back")), "done.dropped", "")
}

// planRefusal says why a plan was not carried out: at the number that was to be typed, or above. What is no rule of the world is
// returned.
func planRefusal(l web.Lang, err error, typed *web.Field) (status int, alert *web.Alert, _ error) {
	e, ok := errors.AsType[*school.Error](err)
	if !ok {
		return 0, nil, err
	}
	if e.Field == "typed" && typed != nil {
		typed.Error, typed.Focus = web.RuleText(l, e), true
		return web.KindStatus(e.Kind), nil, nil
	}
	return web.KindStatus(e.Kind), &web.Alert{Kind: web.Warning, Title: web.RuleText(l, e)}, nil
}

func init() {
	web.Add(web.Words{
		"plan.crumb":        {"Vorschau", "Preview"},
		"plan.assign":       {"Vorschau: „{1}“ Fassung {2} für {3}", "Preview: “{1}” version {2} for {3}"},
		"plan.exclude":      {"Vorschau: {2} ohne „{1}“", "Preview: {2} without “{1}”"},
		"plan.unassign":     {"Vorschau: „{1}“ nicht mehr für {2}", "Preview: “{1}” no longer for {2}"},
		"plan.version":      {"Vorschau: „{1}“ Fassung {2} → {3}", "Preview: “{1}” version {2} → {3}"},
		"plan.versioned":    {"Vorschau: „{1}“ auf Fassung {2}", "Preview: “{1}” to version {2}"},
		"plan.move":         {"Vorschau: {1} {1:iPad|iPads} nach {2}", "Preview: {1} {1:iPad|iPads} to {2}"},
		"plan.transfer":     {"Vorschau: {1} mit {2} {2:iPad|iPads} nach {3}", "Preview: {1} with {2} {2:iPad|iPads} to {3}"},
		"plan.unchanged":    {"Noch ist nichts geändert.", "Nothing has been changed yet."},
		"plan.sum":          {"Trifft {1} {1:iPad|iPads} an {2} {2:Schule|Schulen}.", "Affects {1} {1:iPad|iPads} at {2} {2:school|schools}."},
		"plan.nobody":       {"Trifft zurzeit kein iPad. Es gilt, sobald eines dazukommt.", "Affects no iPad at present. It applies as soon as one joins."},
		"plan.wifi":         {"WLAN: Kein iPad verliert sein bestätigtes Netz.", "Wi-Fi: no iPad loses its confirmed network."},
		"plan.wifi.held":    {"WLAN: {1} {1:iPad behält|iPads behalten} das jetzige Netz, bis ein anderes bestätigt ist.", "Wi-Fi: {1} {1:iPad keeps its|iPads keep their} present network until another one is confirmed."},
		"plan.until":        {"Rückgängig bis {1}", "Can be undone until {1}"},
		"plan.submit":       {"Für {1} {1:iPad|iPads} starten", "Start for {1} {1:iPad|iPads}"},
		"plan.submit.none":  {"Festlegen", "Decide"},
		"plan.drop":         {"Verwerfen", "Discard"},
		"plan.typed":        {"So viele iPads auf einmal: Tippen Sie die Zahl {1} ein", "So many iPads at once: type the number {1}"},
		"plan.applied":      {"Diese Vorschau wurde {1} ausgeführt.", "This preview was carried out {1}."},
		"plan.back":         {"Zurück", "Back"},
		"plan.names":        {"{1}: {2}", "{1}: {2}"},
		"plan.unknown":      {"seit über 14 Tagen nicht gesehen; gilt bei Rückkehr", "not seen for over 14 days; takes effect on return"},
		"plan.school":       {"{1} {2}", "{1} {2}"},
		"plan.school.none":  {"ohne Schule", "without a school"},
		"plan.schools.more": {"und {1} weitere {1:Schule|Schulen}", "and {1} more {1:school|schools}"},
		"plan.item.goes":    {"„{1}“ entfällt", "“{1}” goes away"},
		"plan.item.comes":   {"„{1}“ Fassung {2} kommt hinzu", "“{1}” version {2} is added"},
		"plan.item.changes": {"„{1}“ Fassung {2} → {3}", "“{1}” version {2} → {3}"},
		"plan.item.values":  {"„{1}“ mit anderen Angaben", "“{1}” with other details"},

		"plan.impossible.needs_os":          {"iPadOS zu alt", "iPadOS too old"},
		"plan.impossible.not_offered":       {"von Apple für dieses Modell nicht angeboten", "not offered by Apple for this model"},
		"plan.impossible.no_declarations":   {"nimmt keine Updates von hier an", "takes no updates from here"},
		"plan.impossible.needs_supervision": {"nicht betreut", "not supervised"},
		"plan.impossible.unknown_variable":  {"unbekannter Platzhalter im Profil", "unknown placeholder in the profile"},
		"plan.impossible.empty_variable":    {"eine Angabe fehlt", "a detail is missing"},
		"plan.impossible.bad_variable":      {"eine Angabe enthält unzulässige Zeichen", "a detail holds characters that are not allowed"},
		"plan.impossible.unconfirmed":       {"noch nicht bestätigt", "not confirmed yet"},

		"plan.update":                  {"iPadOS {1} bis {2}", "iPadOS {1} by {2}"},
		"plan.update.freeze":           {"iPadOS {1} bis {2}, verschoben wegen der Prüfungssperre „{3}“", "iPadOS {1} by {2}, moved because of the exam freeze “{3}”"},
		"plan.update.quiet":            {"iPadOS {1} bis {2}, verschoben aus der Unterrichtszeit der Schule", "iPadOS {1} by {2}, moved out of the school’s quiet hours"},
		"plan.same.already":            {"ist schon so", "is so already"},
		"plan.same.fixed":              {"eine feste Zuweisung geht vor", "a fixed assignment takes precedence"},
		"plan.same.nearer":             {"eine nähere Zuweisung geht vor", "a nearer assignment takes precedence"},
		"plan.same.elsewhere":          {"bleibt durch eine andere Zuweisung", "stays through another assignment"},
		"plan.same.up_to_date":         {"hat die Version schon", "has the version already"},
		"plan.same.frozen":             {"Prüfungssperre; der Termin kommt danach", "exam freeze; the deadline comes after it"},
		"plan.same.overruled":          {"ein anderes Profil geht vor", "another profile takes precedence"},
		"plan.same.excluded":           {"ausgenommen durch eine Zuweisung", "excluded by an assignment"},
		"plan.same.not_yet":            {"gilt erst später", "takes effect later"},
		"plan.same.later_stage":        {"kommt in einer späteren Stufe", "comes in a later stage"},
		"plan.same.awaiting_inventory": {"iPadOS noch unbekannt; entscheidet sich beim nächsten Kontakt", "iPadOS not known yet; decided at the next contact"},

		"done.assigned":   {"Zugewiesen. Es betrifft {1} {1:iPad|iPads}.", "Assigned. It affects {1} {1:iPad|iPads}."},
		"done.unassigned": {"Zuweisung beendet. Es betrifft {1} {1:iPad|iPads}.", "Assignment ended. It affects {1} {1:iPad|iPads}."},
		"done.version":    {"Auf die neue Fassung gestellt. Es betrifft {1} {1:iPad|iPads}.", "Set to the new version. It affects {1} {1:iPad|iPads}."},
		"done.moved":      {"{1} {1:iPad ist|iPads sind} umgezogen.", "{1} {1:iPad has|iPads have} moved."},
		"done.dropped":    {"Verworfen. Nichts wurde geändert.", "Discarded. Nothing was changed."},
	})
}
