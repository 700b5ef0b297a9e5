package ui

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"slices"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// devicesPage is the page "devices".
type devicesPage struct {
	web.Frame
	Lead      string
	Tabs      []web.Tab
	Filter    web.Filter
	Columns   []web.Column
	Devices   []deviceLine
	Names     bool
	OneSchool bool // there is no other: no column says which
	Marks     bool // who looks may do something with marked devices
	Order     bool
	Move      bool
	Query     string // the filter as it stands in the address
	Pager     web.Pager
	Files     web.Files
	Empty     web.Empty
}

// deviceLine is a device in a list.
type deviceLine struct {
	ID     string
	Name   string
	Href   string
	Serial string
	Model  string
	OS     string
	School link
	Class  link
	Place  string
	Holder *link
	Status web.Status
	Seen   web.When
}

// link is a name that leads somewhere.
type link struct{ Name, Href string }

func deviceAddress(id school.DeviceID) string { return "/devices/" + url.PathEscape(string(id)) }
func personAddress(id school.PersonID) string { return "/people/" + url.PathEscape(string(id)) }

func (v view) deviceLine(f *web.Frame, d store.DeviceRow) deviceLine {
	x := deviceLine{ID: string(d.ID), Name: d.Number, Href: deviceAddress(d.ID), Serial: d.Serial, Model: d.Model, OS: d.OSVersion, Place: d.PlaceName,
		Status: deviceStatus(v.lang, d), Seen: f.When(d.LastSeen)}
	if x.Name == "" {
		x.Name = d.Serial
	}
	if d.School != "" {
		x.School = link{d.SchoolName, schoolAddress(d.School)}
	}
	if d.Class != "" {
		x.Class = link{d.ClassName, classAddress(d.Class)}
	}
	if d.Holder != "" {
		x.Holder = &link{d.HolderName, personAddress(d.Holder)}
	}
	return x
}

// deviceStatus is a device's state in a list, in a word or two; its page has the sentence.
func deviceStatus(l web.Lang, d store.DeviceRow) web.Status {
	switch {
	case !d.Enrolled && !d.LastSeen.IsZero():
		return web.Status{Kind: web.Warning, Text: web.T(l, "device.state.gone")}
	case !d.Enrolled:
		return web.Status{Kind: web.Off, Text: web.T(l, "device.state.new")}
	case !d.Confirmed:
		return web.Status{Kind: web.Waiting, Text: web.T(l, "device.state.unconfirmed")}
	case d.NeedsHelp && d.LeftOut > 0:
		return web.Status{Kind: web.Warning, Text: web.T(l, "device.state.impossible", d.LeftOut)}
	case d.NeedsHelp && d.Missing > 0:
		return web.Status{Kind: web.Warning, Text: web.T(l, "device.state.missing", d.Missing)}
	case d.NeedsHelp:
		return web.Status{Kind: web.Warning, Text: web.T(l, "device.state.help")}
	case d.Missing > 0:
		return web.Status{Kind: web.Busy, Text: web.T(l, "device.state.coming", d.Missing)}
	case d.CatchingUp:
		return web.Status{Kind: web.Busy, Text: web.T(l, "device.state.busy")}
	case d.Silent:
		return web.Status{Kind: web.Waiting, Text: web.T(l, "device.state.silent")}
	}
	return web.Status{Kind: web.OK, Text: web.T(l, "device.state.ok")}
}

// deviceFilter reads the filter of an address. What is no filter there is ignored, so that an address can carry more.
func deviceFilter(q url.Values) store.DeviceFilter {
	f := store.DeviceFilter{School: school.SchoolID(q.Get("school")), Class: school.ClassID(q.Get("class")), Place: school.PlaceID(q.Get("place")),
		Person: school.PersonID(q.Get("person")), Group: school.GroupID(q.Get("group")), State: store.DeviceState(q.Get("state")), Text: q.Get("q"), After: q.Get("after")}
	f.Sort, f.Desc = store.DeviceSort(q.Get("sort")), q.Get("desc") == "1"
	if !slices.Contains(store.DeviceStates, f.State) {
		f.State = store.AnyState
	}
	if f.State == store.Alarmed {
		f.Alarm = q.Get("alarm")
	}
	if !slices.Contains([]store.DeviceSort{store.ByNumber, store.BySerial, store.BySeen, store.ByHolder}, f.Sort) {
		f.Sort = ""
	}
	return f
}

// filterQuery is what of an address is the filter, without place in the list.
func filterQuery(q url.Values) url.Values {
	out := url.Values{}
	for _, k := range []string{"school", "class", "place", "group", "person", "state", "alarm", "q", "sort", "desc"} {
		if q.Get(k) != "" {
			out.Set(k, q.Get(k))
		}
	}
	return out
}

func (u *UI) devices(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := deviceFilter(q)
	if wantsFile(r) {
		return u.devicesFile(w, r, v, f)
	}
	f.Limit = 50
	list, err := u.st.Devices(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	total, err := u.st.CountDevices(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	p := &devicesPage{OneSchool: v.extent.Schools == 1, Frame: u.frame(r, web.T(v.lang, "devices.title"), web.Crumb{Name: web.T(v.lang, "devices.title")}), Files: filesOf(r)}
	p.Search = ""
	p.Names = v.by.CanSomewhere(school.ViewPeople, v.by.Tenant)
	p.Order, p.Move = v.by.CanSomewhere(school.OrderDevice, v.by.Tenant), v.by.CanSomewhere(school.EditDevices, v.by.Tenant)
	p.Marks = p.Order || p.Move
	query := filterQuery(q)
	p.Query = query.Encode()
	if p.Filter, err = u.devicesFilter(r.Context(), v, f, query); err != nil {
		return err
	}
	if p.Lead, err = u.devicesOf(r.Context(), v, f); err != nil {
		return err
	}
	p.Columns = p.columns(f, query)
	for _, d := range list.Rows {
		p.Devices = append(p.Devices, v.deviceLine(&p.Frame, d))
	}
	p.Pager = *keyPager(r, len(list.Rows), list.Next)
	p.Pager.Total, p.Pager.More = total, false
	p.Empty = web.Empty{Title: p.T("devices.none")}
	switch {
	case p.Filter.Reset != "":
		p.Empty.Text = p.T("devices.none.filter")
		p.Empty.Actions = []web.Action{{Text: p.T("part.filter.reset"), Href: p.Filter.Reset}}
	case v.by.CanSomewhere(school.Enroll, v.by.Tenant):
		p.Empty.Text = p.T("devices.none.text")
		p.Empty.Actions = []web.Action{{Text: p.T("devices.none.deliveries"), Href: deliveriesPath}, {Text: p.T("devices.none.codes"), Href: codesPath}}
	}
	return u.site.Render(w, r, http.StatusOK, "devices", p)
}

// devicesOf says of a list that is narrowed by something no field of the bar shows what that is: a group, or a person.
func (u *UI) devicesOf(ctx context.Context, v view, f store.DeviceFilter) (string, error) {
	switch {
	case f.Group != "":
		g, err := u.st.GroupByID(ctx, v.by, f.Group)
		return web.T(v.lang, "devices.of.group", g.Name), err
	case f.Person != "":
		x, err := u.st.PersonByID(ctx, v.by, f.Person)
		return web.T(v.lang, "devices.of.person", x.Name()), err
	}
	return "", nil
}

func (p *devicesPage) columns(f store.DeviceFilter, query url.Values) []web.Column {
	sortable := func(key string, by store.DeviceSort) web.Column {
		c := web.Column{Name: p.T(key)}
		q := url.Values{}
		for k, x := range query {
			q[k] = x
		}
		q.Set("sort", string(by))
		q.Del("desc")
		if f.Sort == by || f.Sort == "" && by == store.ByNumber {
			c.Sorted = "ascending"
			if f.Desc {
				c.Sorted = "descending"
			} else {
				q.Set("desc", "1")
			}
		}
		c.Href = "/devices?" + q.Encode()
		return c
	}
	var out []web.Column
	if p.Marks {
		out = append(out, web.Column{Name: p.T("devices.mark"), Hidden: true})
	}
	out = append(out, sortable("devices.number", store.ByNumber), sortable("devices.serial", store.BySerial), web.Column{Name: p.T("devices.state")},
		web.Column{Name: p.T("devices.school")}, web.Column{Name: p.T("devices.class")})
	if p.OneSchool {
		out = slices.Delete(out, len(out)-2, len(out)-1)
	}
	if p.Names {
		out = append(out, sortable("devices.holder", store.ByHolder))
	}
	return append(out, web.Column{Name: p.T("devices.os")}, sortable("devices.seen", store.BySeen))
}

// devicesFilter is the bar above the list. Classes and places are offered once a school is chosen.
func (u *UI) devicesFilter(ctx context.Context, v view, f store.DeviceFilter, query url.Values) (web.Filter, error) {
	t := func(key string) string { return web.T(v.lang, key) }
	bar := web.Filter{Action: "/devices"}
	for _, k := range []string{"sort", "desc", "person", "group", "alarm"} {
		if x := query.Get(k); x != "" {
			bar.Hidden = append(bar.Hidden, web.Hidden{Name: k, Value: x})
		}
	}
	states := []web.Option{{Text: t("devices.all")}}
	for _, s := range store.DeviceStates {
		states = append(states, web.Option{Value: string(s), Text: t("devices.state." + string(s)), Chosen: s == f.State})
	}
	rows, err := u.st.Schools(ctx, v.by)
	if err != nil {
		return bar, err
	}
	schools := []web.Option{{Text: t("devices.all")}}
	for _, s := range rows {
		schools = append(schools, web.Option{Value: string(s.ID), Text: s.Name, Chosen: s.ID == f.School})
	}
	bar.Fields = []web.Field{{Kind: web.SearchField, Name: "q", Label: t("devices.search"), Value: f.Text},
		{Kind: web.SelectField, Name: "state", Label: t("devices.state"), Options: states}}
	if len(rows) > 1 {
		bar.Fields = append(bar.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: t("devices.school"), Options: schools})
	}
	at := f.School
	if at == "" && len(rows) == 1 {
		at = rows[0].ID
	}
	if at != "" {
		classes, places := []web.Option{{Text: t("devices.all")}}, []web.Option{{Text: t("devices.all")}}
		page, err := u.st.Classes(ctx, v.by, store.ClassFilter{School: at, Limit: store.MaxPage})
		if err != nil {
			return bar, err
		}
		for _, c := range page.Rows {
			classes = append(classes, web.Option{Value: string(c.ID), Text: c.Name, Chosen: c.ID == f.Class})
		}
		stands, err := u.st.Places(ctx, v.by, store.PlaceFilter{School: at, Limit: store.MaxPage})
		if err != nil {
			return bar, err
		}
		for _, x := range stands.Rows {
			places = append(places, web.Option{Value: string(x.ID), Text: x.Name, Chosen: x.ID == f.Place})
		}
		bar.Fields = append(bar.Fields, web.Field{Kind: web.SelectField, Name: "class", Label: t("devices.class"), Options: classes})
		if len(places) > 1 {
			bar.Fields = append(bar.Fields, web.Field{Kind: web.SelectField, Name: "place", Label: t("devices.place"), Options: places})
		}
	}
	if f.Text != "" || f.State != "" || f.School != "" || f.Class != "" || f.Place != "" || f.Person != "" || f.Group != "" {
		bar.Reset = "/devices"
	}
	return bar, nil
}

// allDevices reads all pages of a list of devices.
func (u *UI) allDevices(ctx context.Context, v view, f store.DeviceFilter) iter.Seq2[store.DeviceRow, error] {
	return func(yield func(store.DeviceRow, error) bool) {
		f.Limit, f.After = store.MaxPage, ""
		for {
			page, err := u.st.Devices(ctx, v.by, f)
			if err != nil {
				yield(store.DeviceRow{}, err)
				return
			}
			for _, d := range page.Rows {
				if !yield(d, nil) {
					return
				}
			}
			if f.After = page.Next; f.After == "" {
				return
			}
		}
	}
}

func (u *UI) devicesFile(w http.ResponseWriter, r *http.Request, v view, f store.DeviceFilter) error {
	t := func(key string) string { return web.T(v.lang, key) }
	names := v.by.CanSomewhere(school.ViewPeople, v.by.Tenant)
	head := []string{t("devices.number"), t("devices.serial"), t("devices.model"), t("devices.os"), t("devices.state"), t("devices.school"), t("devices.class"), t("devices.place")}
	if names {
		head = append(head, t("devices.holder"))
	}
	head = append(head, t("devices.seen"))
	if names {
		if err := u.st.NamesExported(r.Context(), v.by, "devices", f.School); err != nil {
			return err
		}
	}
	return sendList(w, r, t("devices.file"), head, func(yield func([]string, error) bool) {
		for d, err := range u.allDevices(r.Context(), v, f) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := []string{d.Number, d.Serial, d.Model, d.OSVersion, deviceStatus(v.lang, d).Text, d.SchoolName, d.ClassName, d.PlaceName}
			if names {
				row = append(row, d.HolderName)
			}
			seen := ""
			if !d.LastSeen.IsZero() {
				seen = v.lang.DateTime(d.LastSeen)
			}
			if !yield(append(row, seen), nil) {
				return
			}
		}
	})
}

// marked reads which devices a form of the list means: those marked, or all that the filter finds. Those that are not
// enrolled are counted apart.
func (u *UI) marked(r *http.Request, v view) (ids []school.DeviceID, enrolled []school.DeviceID, query url.Values, err error) {
	if err := r.ParseForm(); err != nil {
		return nil, nil, nil, errNoForm
	}
	q, err := url.ParseQuery(r.PostForm.Get("filter"))
	if err != nil {
		return nil, nil, nil, web.ErrNotFound
	}
	query = filterQuery(q)
	marks := map[string]bool{}
	for _, m := range r.PostForm["mark"] {
		marks[m] = true
	}
	all := r.PostForm.Get("all") == "1"
	if !all && len(marks) == 0 {
		return nil, nil, query, nil
	}
	for d, err := range u.allDevices(r.Context(), v, deviceFilter(query)) {
		if err != nil {
			return nil, nil, nil, err
		}
		if !all && !marks[string(d.ID)] {
			continue
		}
		ids = append(ids, d.ID)
		if d.Enrolled {
			enrolled = append(enrolled, d.ID)
		}
		if !all && len(ids) == len(marks) {
			break
		}
	}
	return ids, enrolled, query, nil
}

// bulkPage is the page "bulk": what is about to be done with many devices.
type bulkPage struct {
	web.Frame
	Lead   string
	Note   string
	Action string
	Hidden []web.Hidden
	Fields []web.Field
	Submit string
	Back   string
}

// devicesRefresh asks first, then orders the enrolled ones of the marked devices to report everything.
func (u *UI) devicesRefresh(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.by.CanSomewhere(school.OrderDevice, v.by.Tenant) {
		return web.ErrNotFound
	}
	ids, enrolled, query, err := u.marked(r, v)
	if err != nil {
		return err
	}
	back := address("/devices", query)
	if len(ids) == 0 {
		return web.Redirect(w, r, back)
	}
	if r.PostForm.Get("sure") != "1" {
		p := &bulkPage{Frame: u.frame(r, web.T(v.lang, "bulk.refresh", len(enrolled)), web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"},
			web.Crumb{Name: web.T(v.lang, "bulk.refresh", len(enrolled))}), Action: r.URL.Path, Hidden: again(r, "sure"), Back: back}
		p.Lead = p.T("bulk.refresh.lead")
		if n := len(ids) - len(enrolled); n > 0 {
			p.Note = p.T("bulk.refresh.note", n)
		}
		if len(enrolled) > 0 {
			p.Submit = p.T("bulk.refresh", len(enrolled))
		}
		return u.site.Render(w, r, http.StatusOK, "bulk", p)
	}
	if len(enrolled) == 0 {
		return web.Redirect(w, r, back)
	}
	if _, err := u.st.GiveOrder(r.Context(), v.by, school.Refresh, enrolled); err != nil {
		return err
	}
	return u.done(w, r, back, "done.refresh", "", int64(len(enrolled)))
}

// again carries the choice of a list form into the next one.
func again(r *http.Request, flag string) []web.Hidden {
	h := []web.Hidden{{Name: "filter", Value: r.PostForm.Get("filter")}}
	if flag != "" {
		h = append(h, web.Hidden{Name: flag, Value: "1"})
	}
	if r.PostForm.Get("all") == "1" {
		return append(h, web.Hidden{Name: "all", Value: "1"})
	}
	for _, m := range r.PostForm["mark"] {
		h = append(h, web.Hidden{Name: "mark", Value: m})
	}
	return h
}

// devicesMove asks where marked devices go; the plan follows.
func (u *UI) devicesMove(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.by.CanSomewhere(school.EditDevices, v.by.Tenant) {
		return web.ErrNotFound
	}
	ids, _, query, err := u.marked(r, v)
	if err != nil {
		return err
	}
	back := address("/devices", query)
	if len(ids) == 0 {
		return web.Redirect(w, r, back)
	}
	title := web.T(v.lang, "bulk.move", len(ids))
	p := &bulkPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "devices.title"), Href: "/devices"}, web.Crumb{Name: title}), Action: assignPath, Back: back}
	p.Lead, p.Submit = p.T("bulk.move.lead"), p.T("bulk.move.submit", len(ids))
	p.Hidden = append(again(r, ""), web.Hidden{Name: "kind", Value: string(school.ChangeMove)}, web.Hidden{Name: "back", Value: back})
	if p.Fields, err = u.targetFields(r.Context(), v, school.SchoolID(query.Get("school")), ""); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "bulk", p)
}

// targetFields ask for a school, or a class, as one choice. at narrows the classes to those of one school.
func (u *UI) targetFields(ctx context.Context, v view, at school.SchoolID, class school.ClassID) ([]web.Field, error) {
	rows, err := u.st.Schools(ctx, v.by)
	if err != nil {
		return nil, err
	}
	f := web.Field{Kind: web.SelectField, Name: "to", Label: web.T(v.lang, "bulk.to"), Hint: web.T(v.lang, "bulk.to.hint")}
	for _, s := range rows {
		if !v.at(school.EditDevices, s.ID) {
			continue
		}
		f.Options = append(f.Options, web.Option{Value: "school:" + string(s.ID), Text: s.Name, Chosen: s.ID == at && class == ""})
	}
	classes, err := u.st.Classes(ctx, v.by, store.ClassFilter{School: at, Limit: store.MaxPage})
	if err != nil {
		return nil, err
	}
	if classes.Next == "" { // of a city's thousands, nobody chooses from a list: its pages are filtered by school first
		for _, c := range classes.Rows {
			if v.at(school.EditDevices, c.School) {
				f.Options = append(f.Options, web.Option{Value: "class:" + string(c.ID), Text: c.SchoolName + " · " + web.ClassName(v.lang, c.Name), Chosen: c.ID == class})
			}
		}
	}
	web.SortBy(v.lang, f.Options, func(o web.Option) string { return o.Text })
	return []web.Field{f}, nil
}

func init() {
	web.Add(web.Words{
		"devices.title":       {"Geräte", "Devices"},
		"devices.of.group":    {"Nur iPads der Gruppe „{1}“", "Only iPads of the group “{1}”"},
		"devices.of.person":   {"Nur iPads von {1}", "Only iPads of {1}"},
		"devices.file":        {"geraete", "devices"},
		"devices.mark":        {"Markieren", "Mark"},
		"devices.number":      {"Nummer", "Number"},
		"devices.serial":      {"Seriennummer", "Serial number"},
		"devices.model":       {"Modell", "Model"},
		"devices.os":          {"iPadOS", "iPadOS"},
		"devices.state":       {"Stand", "State"},
		"devices.school":      {"Schule", "School"},
		"devices.class":       {"Klasse", "Class"},
		"devices.place":       {"Ort", "Place"},
		"devices.holder":      {"Ausgegeben an", "Issued to"},
		"devices.seen":        {"Zuletzt gesehen", "Last seen"},
		"devices.search":      {"Suche", "Search"},
		"devices.all":         {"alle", "all"},
		"devices.marked":      {"markiert", "marked"},
		"devices.match":       {"Alle {1} {1:passende|passenden} nehmen", "Take all {1} that match"},
		"devices.refresh":     {"Aktualisieren …", "Refresh …"},
		"devices.move":        {"Umziehen …", "Move …"},
		"devices.none":        {"Keine Geräte gefunden.", "No devices found."},
		"devices.none.filter": {"Mit diesem Filter passt keines. Zeigen Sie alle oder suchen Sie anders.", "None matches this filter. Show all or search differently."},
		"devices.none.text": {"Lesen Sie die Seriennummern einer Lieferung ein, verbinden Sie Apple School Manager oder richten Sie ein iPad mit einem Code ein.",
			"Read in the serial numbers of a delivery, connect Apple School Manager or set up an iPad with a code."},
		"devices.none.deliveries": {"Lieferung einlesen", "Read in a delivery"},
		"devices.none.codes":      {"Code anlegen", "Create a code"},

		"devices.state.help":         {"braucht Hilfe", "needs help"},
		"devices.state.catching_up":  {"holt auf", "catching up"},
		"devices.state.as_decided":   {"wie festgelegt", "as decided"},
		"devices.state.enrolled":     {"registriert", "enrolled"},
		"devices.state.not_enrolled": {"nicht registriert", "not enrolled"},
		"devices.state.silent":       {"seit 14 Tagen nicht gesehen", "not seen for 14 days"},
		"devices.state.unconfirmed":  {"nicht bestätigt", "not confirmed"},
		"devices.state.unplaced":     {"ohne Schule", "without a school"},
		"devices.state.alarmed":      {"mit einer Warnung", "with a warning"},
		"devices.state.storage":      {"wenig Speicher frei", "little storage free"},
		"devices.state.battery":      {"Akku verbraucht", "battery worn out"},
		"devices.state.help_else":    {"braucht Hilfe aus anderem Grund", "needs help for another reason"},
		"devices.state.silent_help":  {"seit 14 Tagen nicht gesehen, und es fehlt etwas", "not seen for 14 days, and something is missing"},

		"device.state.ok":          {"wie festgelegt", "as decided"},
		"device.state.busy":        {"wird neu geplant", "is being planned anew"},
		"device.state.coming":      {"{1} {1:Profil kommt|Profile kommen} noch", "{1} {1:profile|profiles} to come"},
		"device.state.missing":     {"{1} {1:Profil fehlt|Profile fehlen}", "{1} {1:profile|profiles} missing"},
		"device.state.impossible":  {"{1} {1:Profil|Profile} nicht möglich", "{1} {1:profile|profiles} not possible"},
		"device.state.help":        {"braucht Hilfe", "needs help"},
		"device.state.silent":      {"seit 14 Tagen still", "silent for 14 days"},
		"device.state.unconfirmed": {"nicht bestätigt", "not confirmed"},
		"device.state.new":         {"noch nicht registriert", "not enrolled yet"},
		"device.state.gone":        {"nicht mehr registriert", "no longer enrolled"},

		"bulk.refresh":      {"{1} {1:iPad|iPads} aktualisieren", "Refresh {1} {1:iPad|iPads}"},
		"bulk.refresh.lead": {"Die iPads melden ihren Zustand neu. Es geht nichts verloren.", "The iPads report their state anew. Nothing is lost."},
		"bulk.refresh.note": {"{1} {1:weiteres ist nicht registriert und wird|weitere sind nicht registriert und werden} nicht gefragt.", "{1} more {1:is|are} not enrolled and will not be asked."},
		"bulk.move":         {"{1} {1:iPad|iPads} umziehen", "Move {1} {1:iPad|iPads}"},
		"bulk.move.lead":    {"Wählen Sie das Ziel. Danach sehen Sie, was die iPads verlieren und bekommen; bis dahin ändert sich nichts.", "Choose where they go. Then you see what the iPads lose and gain; nothing changes until then."},
		"bulk.move.submit":  {"Vorschau für {1} {1:iPad|iPads}", "Preview for {1} {1:iPad|iPads}"},
		"bulk.to":           {"Wohin", "Where to"},
		"bulk.to.hint":      {"Eine Schule, oder eine Klasse: dann zählen die iPads zu ihr, bis sie ausgegeben sind.", "A school, or a class: then the iPads count to it until they are issued."},
		"done.refresh":      {"{1} {1:iPad meldet|iPads melden} sich neu, sobald {1:es|sie} online {1:ist|sind}.", "{1} {1:iPad reports|iPads report} anew as soon as {1:it is|they are} online."},
	})
}
