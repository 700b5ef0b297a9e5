package ui

import (
	"fmt"
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const appsPath = "/apps"

// apps is the catalogue: what is bought, how much of it is free, and who waits. It is the licence ledger, too.
func (u *UI) apps(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.AppFilter{Search: q.Get("q"), School: school.SchoolID(q.Get("school")), After: q.Get("after")}
	if wantsFile(r) {
		return u.appsFile(w, r, v, f)
	}
	list, err := u.st.Apps(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	l := v.lang
	p := &tablePage{Frame: u.frame(r, web.T(l, "apps.title")), Lead: web.T(l, "apps.lead"), Pager: keyPager(r, len(list.Rows), list.Next), Files: filesOf(r)}
	p.Tabs = profileTabs(l, appsPath)
	p.Filter = &web.Filter{Action: appsPath, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("apps.search"), Value: f.Search}}}
	if f.Search != "" {
		p.Filter.Reset = appsPath
	}
	p.Empty = web.Empty{Title: p.T("apps.none"), Text: p.T("apps.none.text")}
	if f.Search != "" {
		p.Empty = web.Empty{Title: p.T("apps.nothing"), Text: p.T("apps.nothing.text"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: appsPath}}}
	}
	if v.can(school.Apple) {
		p.Actions = []web.Action{{Text: p.T("apps.new"), Href: appsPath + "/new"}, {Text: p.T("content.title"), Href: contentPath}}
		if f.Search == "" {
			p.Empty.Actions = []web.Action{{Text: p.T("content.new"), Href: contentPath + "/new", Primary: true}}
		}
	}
	for i, key := range []string{"apps.name", "apps.bought", "apps.used", "apps.free", "apps.waiting", "apps.assigned", "apps.state"} {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key), Numeric: i >= 1 && i <= 5})
	}
	for _, x := range list.Rows {
		name := cell{Text: x.Name, Detail: x.Seller}
		if x.Profile != "" {
			name.Href = profileAddress(x.Profile)
		}
		status := appStatus(l, x)
		row := []cell{name}
		for i, n := range licenceNumbers(l, x) {
			row = append(row, cell{Text: n, Numeric: true})
			if i == 0 && x.Profile != "" {
				row[1].Href = profileAddress(x.Profile) + "/" + tabLicences
			}
		}
		p.Rows = append(p.Rows, append(row, cell{Text: l.Number(int64(x.Short)), Numeric: true}, cell{Text: l.Number(int64(x.Assignments)), Numeric: true}, cell{Status: &status}))
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// licenceNumbers are bought, used and free.
func licenceNumbers(l web.Lang, x store.App) []string {
	return []string{web.Licences(l, x.Bought), l.Number(int64(x.Used)), web.Licences(l, x.Free)}
}

// appStatus says what is to be said of an app and its licences.
func appStatus(l web.Lang, x store.App) web.Status {
	switch {
	case x.Product == "book" || !x.ForDevices:
		return web.Status{Kind: web.Off, Text: web.T(l, "apps.not_devices")}
	case x.Profile == "":
		return web.Status{Kind: web.Waiting, Text: web.T(l, "apps.unknown")}
	case x.Short > 0:
		return web.Status{Kind: web.Warning, Text: web.T(l, "apps.short", x.Short)}
	case x.Asked > 0:
		return web.Status{Kind: web.Busy, Text: web.T(l, "apps.asked", x.Asked)}
	case x.Assignments == 0:
		return web.Status{Kind: web.Off, Text: web.T(l, "apps.unassigned")}
	}
	return web.Status{Kind: web.OK, Text: web.T(l, "apps.fine")}
}

func (u *UI) appsFile(w http.ResponseWriter, r *http.Request, v view, f store.AppFilter) error {
	l := v.lang
	var head []string
	for _, key := range []string{"apps.name", "apps.seller", "apps.item", "apps.bundle", "apps.version", "apps.bought", "apps.used", "apps.free", "apps.elsewhere", "apps.waiting", "apps.assigned"} {
		head = append(head, web.T(l, key))
	}
	f.After, f.Limit = "", store.MaxPage
	rows := everyRow(func(after string) (store.Page[store.App], error) {
		f.After = after
		return u.st.Apps(r.Context(), v.by, f)
	})
	return sendList(w, r, web.T(l, "apps.file"), head, func(yield func([]string, error) bool) {
		for x, err := range rows {
			n := licenceNumbers(l, x)
			cells := []string{x.Name, x.Seller, x.AdamID, x.BundleID, x.Version, n[0], n[1], n[2], l.Number(int64(x.Elsewhere)), l.Number(int64(x.Short)), l.Number(int64(x.Assignments))}
			if !yield(cells, err) || err != nil {
				return
			}
		}
	})
}

// profileTabs lead from profiles to apps and back.
func profileTabs(l web.Lang, here string) []web.Tab {
	return []web.Tab{{Name: web.T(l, "apps.tab.profiles"), Href: profilesPath, Current: here == profilesPath}, {Name: web.T(l, "apps.title"), Href: appsPath, Current: here == appsPath}}
}

// appView is what the page of a profile says if it is an app.
type appView struct {
	Status web.Status
	Alert  *web.Alert
	Facts  []web.Fact
}

func (u *UI) appView(r *http.Request, v view, f *web.Frame, x store.ProfileRow) (*appView, error) {
	if x.Form != store.AppForm {
		return nil, nil
	}
	a, err := u.st.AppOf(r.Context(), v.by, x.ID)
	if school.KindOf(err) == school.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	n := licenceNumbers(v.lang, a)
	out := &appView{Status: appStatus(v.lang, a)}
	fact := func(key, text string) {
		if text != "" {
			out.Facts = append(out.Facts, web.Fact{Name: f.T(key), Text: text})
		}
	}
	fact("apps.licences", f.T("apps.licences.text", n[0], n[1], n[2]))
	if a.Elsewhere > 0 {
		fact("apps.elsewhere", v.lang.Number(int64(a.Elsewhere)))
	}
	fact("apps.seller", a.Seller)
	fact("apps.version", a.Version)
	fact("apps.needs", minimumText(f, a.MinimumOS))
	if a.Size > 0 {
		fact("apps.size", strings.Replace(fmt.Sprintf("%.0f MB", float64(a.Size)/1e6), ".", ",", 1))
	}
	out.Facts = append(out.Facts, web.Fact{Name: f.T("apps.item"), Code: a.AdamID}, web.Fact{Name: f.T("apps.bundle"), Code: a.BundleID})
	if a.Short > 0 {
		out.Alert = &web.Alert{Kind: web.Warning, Title: f.T("apps.shortage", a.Name, a.Short), Text: f.T("apps.shortage.text", a.Short)}
		if v.can(school.Apple) {
			out.Alert.Actions = []web.Action{{Text: f.T("content.title"), Href: contentPath}}
		}
	}
	return out, nil
}

func minimumText(f *web.Frame, version string) string {
	if version == "" {
		return ""
	}
	return f.T("apps.needs.os", strings.TrimSuffix(version, ".0"))
}

// shortage says before anything is saved what licences would be missing.
func (u *UI) shortage(r *http.Request, v view, f *web.Frame, x school.Plan) (*web.Alert, error) {
	n, name, err := u.st.PlanNeed(r.Context(), v.by, x)
	if err != nil || n.Missing() == 0 {
		return nil, err
	}
	a := &web.Alert{Kind: web.Warning, Title: f.T("plan.licences", name, n.Missing(), n.Needed, n.Free), Text: f.T("plan.licences.buy", n.Missing())}
	if n.Silent > 0 {
		a.Text = f.T("plan.licences.take", n.Missing(), n.Silent)
	}
	return a, nil
}

func init() {
	web.Add(web.Words{
		"apps.title":                 {"Apps und Bücher", "Apps and books"},
		"apps.tab.profiles":          {"Profile", "Profiles"},
		"apps.lead":                  {"Was in Apple School Manager gekauft ist, wie viele Lizenzen frei sind und wer auf eine wartet. Gekauft ist immer vergeben plus frei.", "What was bought in Apple School Manager, how many licences are free and who waits for one. Bought is always used plus free."},
		"apps.search":                {"App oder Buch", "App or book"},
		"apps.name":                  {"Name", "Name"},
		"apps.bought":                {"Gekauft", "Bought"},
		"apps.used":                  {"Vergeben", "Used"},
		"apps.free":                  {"Frei", "Free"},
		"apps.waiting":               {"iPads ohne Lizenz", "iPads without a licence"},
		"apps.assigned":              {"Zuweisungen", "Assignments"},
		"apps.state":                 {"Stand", "State"},
		"apps.none":                  {"Noch keine Apps", "No apps yet"},
		"apps.none.text":             {"Apps kommen aus Apple School Manager: dort „Kostenlos“ oder kaufen, hier das Inhalts-Token des Standorts hochladen.", "Apps come from Apple School Manager: get or buy them there, and upload the content token of the location here."},
		"apps.nothing":               {"Keine App heißt so", "No app has that name"},
		"apps.nothing.text":          {"Gesucht wird am Wortanfang. Neu Gekauftes erscheint nach der nächsten Zählung.", "The beginnings of words are searched. What was just bought appears after the next count."},
		"apps.not_devices":           {"Nur für Personen, nicht für iPads", "For people only, not for iPads"},
		"apps.unknown":               {"Der App Store nennt sie noch nicht", "The App Store does not name it yet"},
		"apps.short":                 {"{1} {1:iPad wartet|iPads warten} auf eine Lizenz", "{1} {1:iPad waits|iPads wait} for a licence"},
		"apps.asked":                 {"{1} {1:Lizenz|Lizenzen} bei Apple angefragt", "{1} {1:licence|licences} asked for at Apple"},
		"apps.unassigned":            {"Nicht zugewiesen", "Not assigned"},
		"apps.fine":                  {"Alle haben ihre Lizenz", "All have their licence"},
		"apps.seller":                {"Anbieter", "Seller"},
		"apps.item":                  {"Artikel-ID", "Item ID"},
		"apps.bundle":                {"Bundle-ID", "Bundle ID"},
		"apps.version":               {"Version im App Store", "Version in the App Store"},
		"apps.elsewhere":             {"davon anderswo vergeben", "of these given elsewhere"},
		"apps.file":                  {"Apps", "Apps"},
		"apps.licences":              {"Lizenzen", "Licences"},
		"apps.licences.text":         {"{1} gekauft, {2} vergeben, {3} frei", "{1} bought, {2} used, {3} free"},
		"apps.needs":                 {"Braucht", "Needs"},
		"apps.needs.os":              {"iPadOS {1} oder neuer", "iPadOS {1} or later"},
		"apps.size":                  {"Größe", "Size"},
		"apps.shortage":              {"Für „{1}“ {2:fehlt|fehlen} {2} {2:Lizenz|Lizenzen}.", "{2} {2:licence is|licences are} missing for “{1}”."},
		"apps.shortage.text":         {"Kaufen Sie {1} in Apple School Manager nach, oder nehmen Sie die App dort zurück, wo sie niemand braucht. Wer wartet, bekommt die nächste freie Lizenz von selbst.", "Buy {1} more in Apple School Manager, or take the app back where nobody needs it. Who waits gets the next free licence by itself."},
		"plan.licences":              {"Für „{1}“ {2:fehlt|fehlen} {2} {2:Lizenz|Lizenzen} ({3} nötig, {4} frei).", "{2} {2:licence is|licences are} missing for “{1}” ({3} needed, {4} free)."},
		"plan.licences.buy":          {"Kaufen Sie {1} in Apple School Manager nach. Bis dahin warten die übrigen iPads; sie bekommen die App danach von selbst.", "Buy {1} more in Apple School Manager. Until then the other iPads wait; they get the app by themselves afterwards."},
		"plan.licences.take":         {"Kaufen Sie {1} nach oder holen Sie {2} von iPads zurück, die seit über 30 Tagen schweigen: beim Standort die Tage des Schweigens senken.", "Buy {1} more, or take {2} back from iPads that have been silent for over 30 days: lower the days of silence of the location."},
		"form.app":                   {"App", "App"},
		"form.app.about":             {"Eine App aus Apple School Manager", "An app from Apple School Manager"},
		"form.app.removable":         {"darf auf dem iPad gelöscht werden", "may be deleted on the iPad"},
		"form.app.no_backup":         {"Daten der App nicht in Backups", "no data of the app in backups"},
		"form.app.updates":           {"Aktualisieren (ab iPadOS 26)", "Updates (from iPadOS 26)"},
		"form.app.updates.":          {"wie im App Store des iPads eingestellt", "as set in the App Store of the iPad"},
		"form.app.updates.AlwaysOn":  {"immer von selbst", "always by itself"},
		"form.app.updates.AlwaysOff": {"nie von selbst", "never by itself"},
		"form.app.configuration":     {"Konfiguration: je Zeile „Schlüssel = Wert“, oder die Property List des Herstellers", "Configuration: “key = value” on each line, or the property list of the maker"},
		"event.app.listed":           {"App in den Katalog aufgenommen", "App added to the catalogue"},
	})
}
