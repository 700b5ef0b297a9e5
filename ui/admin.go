package ui

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// adminPlace is the way to a page below the administration, the page itself last.
func (u *UI) adminPlace(f *web.Frame, v view, way ...web.Crumb) []web.Crumb {
	out := []web.Crumb{{Name: v.authority.Name, Href: web.HomePath}, {Name: f.T("nav.admin"), Href: "/admin"}}
	if v.authority.ID == "" { // an operator that has access nowhere
		out = []web.Crumb{{Name: f.T("choose.title"), Href: choosePath}}
	}
	return append(append(out, way...), web.Crumb{Name: f.Title})
}

// adminPage is the page "admin": where everything is that is decided once.
type adminPage struct {
	web.Frame
	Facts  []web.Fact
	Groups []adminGroup
}

type adminGroup struct {
	Name  string
	Links []adminLink
}

type adminLink struct{ Name, Href, Text string }

type adminRoute struct {
	key, path string
	verb      school.Verb
	module    school.Module
}

// adminLinks are the pages below the administration. What somebody may not open, or what belongs to a module that is off,
// is not shown.
var adminLinks = []struct {
	group string
	links []adminRoute
}{
	{"admin.group.tree", []adminRoute{ // what the menu of a small place leaves out
		{"schools", "/schools", school.View, ""},
		{"profiles", profilesPath, school.View, school.Management},
	}},
	{"admin.group.authority", []adminRoute{
		{"authority", "/admin/authority", school.Settings, ""},
		{"look", lookPath, school.Settings, ""},
		{"years", "/years", school.View, ""},
		{"rollover", rolloverPath, school.View, ""},
		{"groups", "/groups", school.View, ""},
		{"demand", demandPath, school.View, ""},
		{"retention", retentionPath, school.Settings, ""},
	}},
	{"admin.group.apple", []adminRoute{
		{"updates", updatesPath, school.View, school.Management},
		{"rollouts", rolloutsPath, school.View, school.Management},
		{"apple", "/apple", school.Apple, school.Management},
		{"codes", "/codes", school.Enroll, school.Management},
		{"arrivals", "/arrivals", school.Enroll, school.Management},
		{"deliveries", "/deliveries", school.Enroll, school.Management},
		{"cutover", cutoverPath, school.View, school.Management},
	}},
	{"admin.group.access", []adminRoute{
		{"accounts", "/accounts", school.Accounts, ""},
		{"providers", "/providers", school.Accounts, ""},
		{"sessions", "/sessions", school.Accounts, ""},
		{"review", "/accounts/review", school.Accounts, ""},
		{"untied", untiedPath, school.Accounts, ""},
		{"access", accessPath, school.ReadAudit, ""},
		{"tokens", "/tokens", school.Accounts, ""},
	}},
	{"admin.group.lending", []adminRoute{
		{"lending", lendingPolicyPath, school.Settings, ""},
		{"orders", ordersPath, school.View, school.Management},
		{"turnarounds", turnsPath, school.View, school.Management},
		{"issuedays", issueDaysPath, school.Lend, ""},
		{"handovers", handoversPath, school.ViewPeople, ""},
		{"clerks", clerksPath, school.Clerks, ""},
		{"reports", reportsPath, school.View, ""},
		{"repairs", repairsPath, school.View, ""},
		{"labels", labelsPath, school.EditDevices, ""},
		{"documents", documentsPath, school.Settings, ""},
	}},
	{"admin.group.proof", []adminRoute{
		{"audit", "/audit", school.ReadAudit, ""},
		{"papers", papersPath, school.ReadAudit, ""},
		{"outbox", "/outbox", school.ReadOutbox, ""},
		{"export", exportPath, school.Export, ""},
		{"end", endPath, school.Export, ""},
	}},
}

func (u *UI) adminPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &adminPage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("nav.admin")
	p.Place = []web.Crumb{{Name: v.authority.Name, Href: web.HomePath}, {Name: p.Title}}
	p.Facts = []web.Fact{{Name: p.T("admin.group.authority"), Text: v.authority.Name}}
	if v.authority.Contact != "" {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("authority.contact"), Text: v.authority.Contact})
	}
	for _, g := range adminLinks {
		if g.group == "admin.group.tree" && !v.simple && v.extent.Schools != 1 {
			continue
		}
		group := adminGroup{Name: p.T(g.group)}
		for _, l := range g.links {
			if v.authority.Policy.StaffOnly && (l.key == "rollover" || l.key == "years" || l.key == "issuedays") { // no pupils, no classes that go on or come to be handed something
				continue
			}
			if v.by.CanSomewhere(l.verb, v.by.Tenant) && (l.module == "" || v.authority.Has(l.module)) {
				group.Links = append(group.Links, adminLink{p.T("admin." + l.key), l.path, p.T("admin.text." + l.key)})
			}
		}
		if len(group.Links) > 0 {
			p.Groups = append(p.Groups, group)
		}
	}
	return u.site.Render(w, r, http.StatusOK, "admin", p)
}

func (u *UI) settingsForm(r *http.Request, v view, a school.Authority, typed *http.Request) *formPage {
	p := (&formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: "/admin"}).keeping()
	p.Title = p.T("admin.authority")
	p.Place = u.adminPlace(&p.Frame, v)
	var modules []web.Option
	for _, m := range school.Modules {
		modules = append(modules, web.Option{Value: string(m), Text: p.T("module." + string(m)), Hint: p.T("module." + string(m) + ".hint"), Chosen: a.Has(m)})
	}
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("authority.name"), Hint: p.T("authority.name.hint"), Value: a.Name, MaxLength: 200},
		{Name: "contact", Label: p.T("authority.contact"), Hint: p.T("authority.contact.hint"), Value: a.Contact, MaxLength: 200, Optional: true},
		{Kind: web.ChecksField, Name: "modules", Label: p.T("authority.modules"), Hint: p.T("authority.modules.hint"), Options: modules},
	}
	if v.authority.Has(school.Management) {
		p.Fields = append(p.Fields,
			web.Field{Name: "minimum_os", Label: p.T("authority.minimum_os"), Hint: p.T("authority.minimum_os.hint"), Value: a.Policy.MinimumOS, MaxLength: 20, Optional: true},
			web.Field{Kind: web.NumberField, Name: "await_minutes", Label: p.T("authority.await"), Hint: p.T("authority.await.hint"), Value: strconv.Itoa(int(a.Policy.Await().Minutes())), Min: "1", Max: strconv.Itoa(store.MaxAwaitMinutes)},
			web.Field{Kind: web.NumberField, Name: "renew_days", Label: p.T("authority.renew"), Hint: p.T("authority.renew.hint"), Value: strconv.Itoa(int(a.Policy.RenewBefore() / (24 * time.Hour))),
				Min: strconv.Itoa(store.MinRenewDays), Max: strconv.Itoa(store.MaxRenewDays)},
			web.Field{Kind: web.NumberField, Name: "second_from", Label: p.T("authority.second_from"), Hint: p.T("authority.second_from.hint", school.LosesAtOnce, school.LosesPerDay), Value: strconv.Itoa(a.Policy.Alone()),
				Min: "1", Max: strconv.Itoa(school.SecondMost)},
			web.Field{Kind: web.CheckField, Name: "declared", Label: p.T("authority.declared"), Hint: p.T("authority.declared.hint"), Value: checked(a.Policy.DeclaredProfiles)})
		p.Fields = append(p.Fields, calmFields(&p.Frame, a.Policy.Calm, typed, "calm.pace.authority")...)
	}
	p.Fields = append(p.Fields, secondPolicy(&p.Frame, a.Policy))
	p.Fields = append(p.Fields, web.Field{Kind: web.RadioField, Name: "simple", Label: p.T("authority.simple"), Options: choose(string(a.Policy.Simple),
		web.Option{Value: string(school.SimpleAuto), Text: p.T("authority.simple.auto"), Hint: p.T("authority.simple.auto.hint", store.SimpleDevices)},
		web.Option{Value: string(school.SimpleOn), Text: p.T("authority.simple.on")}, web.Option{Value: string(school.SimpleOff), Text: p.T("authority.simple.off")})},
		web.Field{Kind: web.CheckField, Name: "staff_only", Label: p.T("authority.staff"), Hint: p.T("authority.staff.hint"), Value: checked(a.Policy.StaffOnly)})
	p.Fields = append(p.Fields, web.Field{Name: "number_pattern", Label: p.T("authority.pattern"), Hint: p.T("authority.pattern.hint", "MS-{YY}-{seq:06}", "MS-26-000417"),
		Value: a.Policy.NumberPattern, MaxLength: 60, Optional: true})
	if v.authority.Has(school.Management) {
		names := web.Field{Kind: web.RadioField, Name: "device_names", Label: p.T("authority.names"), Hint: p.T("authority.names.hint", p.T("device.order.name.rename"))}
		for _, n := range school.AllDeviceNames {
			names.Options = append(names.Options, web.Option{Value: string(n), Text: p.T("names." + sheet.NamesKey(n)), Hint: p.T("names." + sheet.NamesKey(n) + ".hint"), Chosen: n == a.Policy.DeviceNames})
		}
		p.Fields = append(p.Fields, names)
	}
	return p
}

func (u *UI) settingsPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	return u.showForm(w, r, u.settingsForm(r, v, v.authority, nil))
}

func (u *UI) changeSettings(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	err := u.settingsForm(r, v, v.authority, nil).meanwhile(r)
	a := v.authority
	a.Name, a.Contact = r.PostFormValue("name"), strings.TrimSpace(r.PostFormValue("contact"))
	a.Modules = nil
	for _, m := range school.Modules {
		if slices.Contains(r.PostForm["modules"], string(m)) {
			a.Modules = append(a.Modules, m)
		}
	}
	a.Policy.NumberPattern = strings.TrimSpace(r.PostFormValue("number_pattern"))
	a.Policy.SecondFactor = nil
	for _, role := range r.PostForm["second_factor"] {
		a.Policy.SecondFactor = append(a.Policy.SecondFactor, school.Role(role))
	}
	a.Policy.Simple, a.Policy.StaffOnly = school.Simple(r.PostFormValue("simple")), r.PostFormValue("staff_only") == "1"
	if v.authority.Has(school.Management) {
		if r.PostForm.Has("device_names") {
			a.Policy.DeviceNames = school.DeviceNames(r.PostFormValue("device_names"))
		}
		a.Policy.MinimumOS = strings.TrimSpace(r.PostFormValue("minimum_os"))
		a.Policy.AwaitMinutes = countOf(r, "await_minutes")
		if a.Policy.AwaitMinutes < 1 {
			err = school.Refuse("await_minutes", "await_range", store.MaxAwaitMinutes)
		}
		if r.PostForm.Has("renew_days") {
			a.Policy.RenewDays, a.Policy.DeclaredProfiles = countOf(r, "renew_days"), r.PostFormValue("declared") == "1"
			if r.PostForm.Has("second_from") {
				if a.Policy.SecondFrom = countOf(r, "second_from"); a.Policy.SecondFrom < 1 {
					err = school.Refuse("second_from", "second_range", school.SecondMost)
				}
			}
			if a.Policy.RenewDays == 0 {
				err = school.Refuse("renew_days", "renew_range", store.MinRenewDays, store.MaxRenewDays)
			}
			calm, wrong := calmIn(r)
			if a.Policy.Calm = calm; err == nil {
				err = wrong
			}
		}
	}
	reach := 0
	if err == nil && a.Policy.DeclaredProfiles != v.authority.Policy.DeclaredProfiles {
		if reach, err = u.st.CountDevices(r.Context(), v.by, store.DeviceFilter{State: store.IsEnrolled}); err != nil {
			return err
		}
		if ask := v.askDeclared(r, a, reach); ask != nil {
			return u.showDeclared(w, r, v, ask)
		}
	}
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.ChangeAuthority(r.Context(), v.by, v.authority, a)
	}
	if err != nil {
		p := u.settingsForm(r, v, a, r)
		return u.refuse(w, r, p, err)
	}
	if reach > 0 {
		return u.done(w, r, "/admin", "done.declared", set, int64(reach))
	}
	if a.Policy.DeviceNames != v.authority.Policy.DeviceNames {
		plan, err := u.renaming(r.Context(), v)
		if err != nil {
			return err
		}
		if plan != "" {
			return u.done(w, r, plan, "done.names", set)
		}
	}
	return u.done(w, r, "/admin", "done.kept", set)
}

// renaming plans to have every iPad called as was decided now, and says where the plan is: until somebody starts it they keep their
// names. Empty where there is no iPad, or whoever decided gives no orders.
func (u *UI) renaming(ctx context.Context, v view) (string, error) {
	var ids []school.DeviceID
	for d, err := range u.allDevices(ctx, v, store.DeviceFilter{State: store.IsEnrolled}) {
		if err != nil {
			return "", err
		}
		ids = append(ids, d.ID)
	}
	if len(ids) == 0 {
		return "", nil
	}
	plan, err := u.st.Plan(ctx, v.by, school.Change{Kind: school.ChangeOrder, Devices: ids, Order: &school.OrderWish{Kind: school.Rename}}, mdm.Preview)
	if kind := school.KindOf(err); kind == school.Conflict || kind == school.Denied || kind == school.NotFound {
		return "", nil
	}
	return planAddress(plan.ID, "/admin"), err
}

// askDeclared is the question before the way of all profiles to all devices changes: how many there are, and for many
// their number typed. Nil: it was answered, or there is no device.
func (v view) askDeclared(r *http.Request, a school.Authority, reach int) *web.Confirm {
	sure, typed := r.PostFormValue("sure") == "1", strings.TrimSpace(r.PostFormValue(web.ConfirmName))
	c := web.Confirm{ID: "declared", Title: web.T(v.lang, "declared.off"), Text: web.T(v.lang, "declared.off.text", reach), Button: web.T(v.lang, "declared.do", reach),
		Action: r.URL.Path, Cancel: r.URL.Path, Hidden: []web.Hidden{{Name: "sure", Value: "1"}}}
	if a.Policy.DeclaredProfiles {
		c.Title, c.Text = web.T(v.lang, "declared.on"), web.T(v.lang, "declared.on.text", reach)
	}
	if reach > store.TypedFrom {
		c.Word = strconv.Itoa(reach)
	}
	if reach == 0 || sure && typed == c.Word {
		return nil
	}
	if sure {
		c.Typed, c.Error = typed, web.T(v.lang, "error.plan_number", reach)
	}
	for name, values := range r.PostForm {
		for _, x := range values {
			if name != "sure" && name != web.ConfirmName {
				c.Hidden = append(c.Hidden, web.Hidden{Name: name, Value: x})
			}
		}
	}
	return &c
}

func (u *UI) showDeclared(w http.ResponseWriter, r *http.Request, v view, ask *web.Confirm) error {
	p := &surePage{Frame: u.frame(r, ask.Title), Confirm: ask}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.authority"), Href: r.URL.Path})
	status := http.StatusOK
	if ask.Error != "" {
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "sure", p)
}

func init() {
	web.Add(web.Words{
		"admin.group.tree":           {"Aufbau", "Structure"},
		"admin.schools":              {"Schulen", "Schools"},
		"admin.text.schools":         {"Schulen, Klassen und Orte.", "Schools, classes and places."},
		"admin.profiles":             {"Profile", "Profiles"},
		"admin.text.profiles":        {"Was auf die iPads kommt, und wer es bekommt.", "What gets onto the iPads, and who gets it."},
		"authority.simple":           {"Einfaches Menü", "Simple menu"},
		"authority.simple.auto":      {"von selbst", "by itself"},
		"authority.simple.auto.hint": {"Bei einer Schule mit höchstens {1} iPads: Geräte, Personen, Ausgeben, Zurücknehmen, Probleme.", "With one school and at most {1} iPads: devices, people, hand out, take back, problems."},
		"authority.simple.on":        {"immer", "always"},
		"authority.simple.off":       {"nie", "never"},
		"authority.staff":            {"Hier gibt es nur Personal", "There is staff only here"},
		"authority.staff.hint":       {"Für Einrichtungen ohne Schülerinnen und Schüler: Niemand kann welche anlegen, und Apples Portal heißt Apple Business Manager.", "For places without pupils: nobody can add any, and Apple’s portal is called Apple Business Manager."},

		"admin.group.authority": {"Schulträger", "School authority"},
		"admin.group.apple":     {"Apple und neue Geräte", "Apple and new devices"},
		"admin.group.access":    {"Zugang", "Access"},
		"admin.group.proof":     {"Nachweis", "Proof"},
		"admin.authority":       {"Einstellungen", "Settings"},
		"admin.text.authority":  {"Name, Ansprechpartner, Module, Inventarnummern und was für alle iPads gilt.", "Name, contact, modules, asset numbers and what holds for all iPads."},
		"admin.years":           {"Schuljahre", "School years"},
		"admin.text.years":      {"Von wann bis wann ein Schuljahr dauert.", "From when to when a school year lasts."},
		"admin.demand":          {"Bedarf und Bestand", "Demand and stock"},
		"admin.text.demand":     {"Wie viele iPads jede Schule nach Ihrer Regel braucht, hat und was fehlt.", "How many iPads each school needs by your rule, has, and lacks."},
		"admin.rollover":        {"Schuljahreswechsel", "Change of school year"},
		"admin.text.rollover":   {"Welche Schule geprüft, unterschrieben und umgestellt ist.", "Which school is checked, signed and carried out."},
		"admin.groups":          {"Gruppen", "Groups"},
		"admin.text.groups":     {"Kurse, AGs, Testgruppen; auch über Schulen hinweg.", "Courses, clubs, test groups; across schools as well."},
		"admin.retention":       {"Aufbewahrung", "Retention"},
		"admin.text.retention":  {"Nach welchen Fristen von selbst gelöscht wird.", "After which terms things are erased by themselves."},
		"admin.labels":          {"Etiketten", "Labels"},
		"admin.text.labels":     {"Inventarnummer, Strichcode und QR-Code auf Bögen und Rollen.", "Asset number, barcode and QR code on sheets and rolls."},
		"admin.documents":       {"Texte der Dokumente", "Texts of documents"},
		"admin.text.documents":  {"Was Leihvertrag, Protokolle, Mahnung und Datenschutzinformation sagen.", "What loan contract, records, reminder and privacy notice say."},
		"admin.papers":          {"Datenschutz-Unterlagen", "Data protection papers"},
		"admin.text.papers":     {"Verzeichnis, Maßnahmen, Löschkonzept und Blatt für den Personalrat, aus den Einstellungen gefüllt.", "Record, measures, erasure concept and sheet for the works council, filled from the settings."},
		"admin.apple":           {"Apple-Anbindung", "Apple connection"},
		"admin.text.apple":      {"Push-Zertifikat, Apple-Token, wann etwas abläuft.", "Push certificate, Apple tokens, when something expires."},
		"admin.codes":           {"Einrichtungscodes", "Enrolment codes"},
		"admin.text.codes":      {"iPads von Hand anmelden.", "Enrol iPads by hand."},
		"admin.arrivals":        {"Angekommene iPads", "Arrived iPads"},
		"admin.text.arrivals":   {"iPads ohne Schule und iPads, die jemand bestätigen muss.", "iPads without a school and iPads somebody must confirm."},
		"admin.deliveries":      {"Lieferungen", "Deliveries"},
		"admin.text.deliveries": {"Liste von Seriennummern einlesen, bevor die iPads kommen.", "Read a list of serial numbers before the iPads come."},
		"admin.accounts":        {"Konten", "Accounts"},
		"admin.text.accounts":   {"Wer sich anmelden darf und mit welcher Rolle.", "Who may sign in and with which role."},
		"admin.providers":       {"Anmeldedienste", "Identity providers"},
		"admin.text.providers":  {"Anmelden über IServ und andere: wer hereinkommt und mit welcher Rolle.", "Signing in by IServ and others: who gets in and with which role."},
		"admin.sessions":        {"Anmeldungen", "Sign-ins"},
		"admin.text.sessions":   {"Wer gerade angemeldet ist; beenden.", "Who is signed in; end it."},
		"admin.tokens":          {"API-Token", "API tokens"},
		"admin.text.tokens":     {"Zugang für andere Programme.", "Access for other programs."},
		"admin.audit":           {"Protokoll", "Audit log"},
		"admin.text.audit":      {"Wer wann was geändert hat, und ob die Kette lückenlos ist.", "Who changed what when, and whether the chain is unbroken."},
		"admin.outbox":          {"Postausgang", "Outbox"},
		"admin.text.outbox":     {"Welche E-Mails warten und welche verschickt sind.", "Which e-mails wait and which have been sent."},

		"module.management":         {"Geräteverwaltung", "Device management"},
		"module.management.hint":    {"iPads anmelden, Profile zuweisen, Aufträge geben.", "Enrol iPads, assign profiles, give orders."},
		"module.lending":            {"Ausleihe", "Lending"},
		"module.lending.hint":       {"Leihverträge, Ausgabe und Rücknahme.", "Loan contracts, issue and return."},
		"authority.modules":         {"Module", "Modules"},
		"authority.modules.hint":    {"Was nicht gewählt ist, kommt in keinem Menü vor. Daten gehen dadurch nicht verloren.", "What is not chosen appears in no menu. No data is lost by that."},
		"authority.minimum_os":      {"Mindestversion von iPadOS", "Minimum iPadOS version"},
		"authority.minimum_os.hint": {"Ein neues iPad mit einer älteren Version aktualisiert sich bei der Einrichtung zuerst. Leer: jede.", "A new iPad with an older version updates itself first during set-up. Empty: any."},
		"authority.await":           {"Wartezeit bei der Einrichtung in Minuten", "Waiting time during set-up in minutes"},
		"authority.await.hint":      {"So lange wartet ein iPad im Systemassistenten höchstens auf seine Profile.", "An iPad waits in Setup Assistant for its profiles at most this long."},
		"done.names":                {"Gespeichert. Noch heißen die iPads wie vorher; hier sehen Sie, welche ihren neuen Namen bekommen.", "Saved. The iPads keep their names for now; here you see which will get their new one."},
		"authority.names":           {"Gerätenamen", "Device names"},
		"authority.names.hint":      {"Gilt für „{1}“, wenn dort kein Name steht. Den Namen eines iPads sehen alle in der Nähe, etwa in AirDrop und in der App Classroom.", "Holds for “{1}” where no name is typed. The name of an iPad is seen by everybody nearby, as in AirDrop and the Classroom app."},
		"authority.pattern":         {"Muster der Inventarnummern", "Pattern of asset numbers"},
		"authority.pattern.hint":    {"{1} ergibt {2}. Leer: Nummern werden nicht von selbst vergeben.", "{1} gives {2}. Empty: numbers are not given by themselves."},
		"authority.renew":           {"Geräteausweise erneuern, Tage vor dem Ablauf", "Renew device identities, days before they end"},
		"authority.renew.hint":      {"So lange hat ein iPad Zeit, sich einmal zu melden. 365 Tage überstehen auch einen Sommer im Schrank.", "For so long an iPad has time to call once. 365 days outlast a summer in a cupboard."},
		"authority.declared":        {"Profile als Deklaration verteilen (ab iPadOS 17)", "Distribute profiles as declarations (from iPadOS 17)"},
		"authority.declared.hint": {"Das iPad holt sich seine Profile dann selbst. Ob echte iPads das hinter einem Proxy können, ist noch nicht erwiesen; das Prüfskript steht im Quelltext unter testdata/UNPROVEN.md, Nummer 13. Ohne Probe mit einem echten iPad bitte aus lassen.",
			"The iPad then fetches its profiles by itself. Whether real iPads can do that behind a proxy is not proven yet; the script to check it is in the source code under testdata/UNPROVEN.md, number 13. Please leave it off until it was tried with a real iPad."},
		"declared.on":       {"Profile als Deklaration verteilen", "Distribute profiles as declarations"},
		"declared.off":      {"Profile wieder als Befehl verteilen", "Distribute profiles as commands again"},
		"declared.on.text":  {"{1} {1:iPad wird|iPads werden} neu geplant. Wo iPadOS neu genug ist, kommt jedes Profil noch einmal, diesmal als Deklaration. Dass echte iPads das können, ist noch nicht erwiesen.", "{1} {1:iPad is|iPads are} planned anew. Where iPadOS is new enough every profile comes once more, this time as a declaration. That real iPads can do it is not proven yet."},
		"declared.off.text": {"{1} {1:iPad wird|iPads werden} neu geplant. Was als Deklaration da ist, bleibt es; was neu dazukommt, schickt der Server wieder als Befehl.", "{1} {1:iPad is|iPads are} planned anew. What is there as a declaration stays one; what comes anew is sent as a command again."},
		"declared.do":       {"Für {1} {1:iPad|iPads} umstellen", "Change for {1} {1:iPad|iPads}"},
		"done.declared":     {"Gespeichert. {1} {1:iPad wird|iPads werden} neu geplant.", "Saved. {1} {1:iPad is|iPads are} planned anew."},
	})
}
