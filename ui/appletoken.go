package ui

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"slices"
	"strings"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// appleTokenPage is one Apple token: the steps to it, whose it is, how its list stands, and what its ADE profile says.
type appleTokenPage struct {
	web.Frame
	Status   web.Status
	Lead     string
	Alert    *web.Alert
	Home     string
	May      bool
	Accepted bool
	Renewing bool // a key pair made for a renewal waits for its token
	Portal   string
	Account  []web.Fact
	List     []web.Fact
	Progress *web.Progress
	Proof    []web.Fact
	Every    string
	File     web.FileField
	Open     bool // the renewal is unfolded
	Fields   []web.Field
	Panes    web.Field
	Minimum  string
	Remove   *web.Confirm
}

func (u *UI) newAppleTokenForm(r *http.Request, v view) *formPage {
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "apple.token.new")), Cancel: applePath, Submit: web.T(v.lang, "token.create")}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath})
	p.Lead = p.T("token.new.lead")
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("token.name"), Hint: p.T("token.name.hint"), MaxLength: 100},
		{Kind: web.RadioField, Name: "kind", Label: p.T("token.kind"), Options: choose("asm", web.Option{Value: "asm", Text: p.T("token.kind.asm")}, web.Option{Value: "abm", Text: p.T("token.kind.abm")})}}
	return p
}

func (u *UI) newAppleTokenPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showForm(w, r, u.newAppleTokenForm(r, v))
}

func (u *UI) newAppleToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	name, kind := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("kind")
	id, _, err := u.Enroll.NewTokenKey(r.Context(), v.by, name, kind)
	if err == nil {
		return u.done(w, r, tokenAddress(id), "done.token.created", "")
	}
	p := u.newAppleTokenForm(r, v)
	p.Fields[0].Value, p.Fields[1].Options = name, choose(kind, p.Fields[1].Options...)
	return u.refuse(w, r, p, err)
}

// showAppleToken shows a token; change adds what a refused form said.
func (u *UI) showAppleToken(w http.ResponseWriter, r *http.Request, v view, change func(*appleTokenPage)) error {
	t, err := u.st.AppleToken(r.Context(), v.by, school.TokenID(routeVar(r, "token")))
	if err != nil {
		return err
	}
	p := &appleTokenPage{Frame: u.frame(r, t.Name), Home: tokenAddress(t.ID), May: v.can(school.Apple), Accepted: t.Accepted, Renewing: len(t.Next) > 0, Every: "every 15s",
		Portal: map[string]string{"abm": "business.apple.com"}[t.Kind]}
	if p.Portal == "" {
		p.Portal = "school.apple.com"
	}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath})
	busy := false
	if p.Status, busy = appleStatus(&p.Frame, t); busy {
		p.Every = "every 2s"
	}
	p.Lead = p.T("token.kind." + t.Kind)
	p.File = web.FileField{Name: "token", Label: p.T("token.file"), Hint: p.T("token.file.hint"), Accept: ".p7m", MaxBytes: certLimit / 2}
	if t.Accepted {
		p.Account = []web.Fact{{Name: p.T("token.org"), Text: t.OrgName}, {Name: p.T("token.server"), Text: t.ServerName}, {Name: p.T("push.account"), Text: t.AppleAccount},
			{Name: p.T("push.ends"), Text: v.lang.Date(t.Ends)}}
		p.tokenList(t)
	}
	if p.May {
		if err := u.appleTokenSettings(r, v, p, t); err != nil {
			return err
		}
		p.Remove = &web.Confirm{ID: "remove", Title: p.T("token.remove"), Text: p.T("token.remove.text"), Word: t.Name, Button: p.T("token.remove.do"), Action: p.Home + "/remove", Cancel: p.Home}
	}
	status := http.StatusOK
	if change != nil {
		change(p)
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "appletoken", p)
}

// tokenList says how the device list stands.
func (p *appleTokenPage) tokenList(t store.AppleToken) {
	if t.Counts.Listed > 0 {
		p.Progress = &web.Progress{Label: p.T("token.assigned.label", t.Name), Done: t.Counts.Assigned, Total: t.Counts.Listed}
	}
	list := func(key, show string, n int) {
		f := web.Fact{Name: p.T(key), Text: p.T("token.listed.n", n)}
		if p.May {
			f.Href = p.Home + "/devices" + show
		}
		p.List = append(p.List, f)
	}
	list("token.listed", "", t.Counts.Listed)
	if t.Counts.Refused > 0 {
		list("token.refused", "?show=refused", t.Counts.Refused)
	}
	if t.Counts.Gone > 0 {
		list("token.gone", "?show=gone", t.Counts.Gone)
	}
	if at := momentOf(&p.Frame, t.Sync.SyncedAt); at != nil {
		p.List = append(p.List, web.Fact{Name: p.T("token.synced"), When: at})
	}
	if at := momentOf(&p.Frame, t.Sync.FullAt); at != nil {
		p.List = append(p.List, web.Fact{Name: p.T("token.full"), When: at})
	}
	if t.Sync.NotBefore.After(p.Now) {
		p.List = append(p.List, web.Fact{Name: p.T("token.next"), When: momentOf(&p.Frame, t.Sync.NotBefore)})
	}
	p.Proof = []web.Fact{{Name: p.T("token.server.id"), Code: t.ServerUUID}}
	if t.Sync.Profile != "" {
		p.Proof = append(p.Proof, web.Fact{Name: p.T("token.profile.id"), Code: t.Sync.Profile})
	}
	if t.Sync.Error != "" {
		p.Proof = append(p.Proof, web.Fact{Name: p.T("token.error"), Code: t.Sync.Error})
		if at := momentOf(&p.Frame, t.Sync.ErrorAt); at != nil {
			p.Proof = append(p.Proof, web.Fact{Name: p.T("token.error.at"), When: at})
		}
	}
}

// appleTokenSettings are the fields of what people decide about a token.
func (u *UI) appleTokenSettings(r *http.Request, v view, p *appleTokenPage, t store.AppleToken) error {
	s, err := enroll.ReadSettings(t.Settings)
	if err != nil {
		s = enroll.Settings{} // unreadable ones are written anew
	}
	schools, err := u.schoolOptions(r, v, school.Apple, p.T("token.school.none"), string(t.School))
	if err != nil {
		return err
	}
	p.Fields = []web.Field{{Kind: web.TextField, Name: "name", Label: p.T("token.name"), Value: t.Name, MaxLength: 100},
		{Kind: web.SelectField, Name: "school", Label: p.T("token.school"), Hint: p.T("token.school.hint"), Options: schools},
		{Kind: web.TextField, Name: "department", Label: p.T("token.department"), Hint: p.T("token.department.hint"), Value: s.Department, Optional: true, MaxLength: 125},
		{Kind: web.TextField, Name: "phone", Label: p.T("token.phone"), Value: s.Phone, Optional: true, MaxLength: 50},
		{Kind: web.EmailField, Name: "email", Label: p.T("token.email"), Value: s.Email, Optional: true}}
	p.Panes = web.Field{Kind: web.ChecksField, Name: "show", Label: p.T("token.panes"), Hint: p.T("token.panes.hint")}
	for _, item := range enroll.Shown() {
		p.Panes.Options = append(p.Panes.Options, web.Option{Value: item, Text: wordOr(v.lang, "pane."+item, item), Chosen: slices.Contains(s.Show, item)})
	}
	web.SortBy(v.lang, p.Panes.Options, func(o web.Option) string { return o.Text })
	p.Minimum = v.authority.Policy.MinimumOS
	return nil
}

func (u *UI) appleToken(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showAppleToken(w, r, v, nil)
}

// downloadAppleKey sends the certificate a person uploads at Apple: that of a renewal, if one was begun.
func (u *UI) downloadAppleKey(w http.ResponseWriter, r *http.Request, v view) error {
	t, err := u.st.AppleToken(r.Context(), v.by, school.TokenID(routeVar(r, "token")))
	if err != nil {
		return err
	}
	certificate := t.Certificate
	if len(t.Next) > 0 {
		certificate = t.Next
	}
	if block, _ := pem.Decode(certificate); block == nil {
		certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	}
	return sendFile(w, "application/x-pem-file", fileName("Ranzen "+t.Name)+".pem", certificate)
}

func (u *UI) renewAppleKey(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.TokenID(routeVar(r, "token"))
	if _, err := u.Enroll.RenewTokenKey(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, tokenAddress(id), "done.token.key", "")
}

// acceptAppleToken takes the token file of a person.
func (u *UI) acceptAppleToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := parseForm(r); err != nil {
		return err
	}
	file, err := upload(r, "token")
	if err != nil {
		return err
	}
	id := school.TokenID(routeVar(r, "token"))
	text := web.T(v.lang, "token.file.none")
	if len(file) > 0 {
		_, err := u.Enroll.ExchangeToken(r.Context(), v.by, id, file)
		if err == nil {
			u.Wake("ade", string(id))
			return u.done(w, r, tokenAddress(id), "done.token.accepted", "")
		}
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		text = said["token"]
	}
	return u.showAppleToken(w, r, v, func(p *appleTokenPage) { p.File.Error, p.Open = text, true })
}

func (u *UI) syncAppleToken(w http.ResponseWriter, r *http.Request, v view) error {
	t, err := u.st.AppleToken(r.Context(), v.by, school.TokenID(routeVar(r, "token")))
	if err != nil {
		return err
	}
	u.Wake("ade", string(t.ID))
	return u.done(w, r, tokenAddress(t.ID), "done.token.sync", "")
}

func (u *UI) saveAppleToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := school.TokenID(routeVar(r, "token"))
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	s := enroll.Settings{Department: get("department"), Phone: get("phone"), Email: get("email"), Show: r.PostForm["show"]}
	err := s.Check()
	var set school.ChangeSetID
	if err == nil {
		var raw []byte
		if raw, err = json.Marshal(s); err != nil {
			return err
		}
		set, err = u.st.ChangeAppleToken(r.Context(), v.by, store.AppleToken{ID: id, Name: get("name"), School: school.SchoolID(get("school")), Settings: raw})
	}
	if err == nil {
		u.Wake("ade", string(id))
		return u.done(w, r, tokenAddress(id), "done.token.saved", set)
	}
	said, err := fieldErrors(v.lang, err)
	if err != nil {
		return err
	}
	return u.showAppleToken(w, r, v, func(p *appleTokenPage) {
		for i, f := range p.Fields {
			p.Fields[i].Error = said[f.Name]
			if f.Kind != web.SelectField {
				p.Fields[i].Value = get(f.Name)
			} else {
				choose(get(f.Name), f.Options...)
			}
		}
		for i, o := range p.Panes.Options {
			p.Panes.Options[i].Chosen = slices.Contains(s.Show, o.Value)
		}
		p.Panes.Error = said["show"]
		if text := said["settings"]; text != "" {
			p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("form.refused"), Text: text}
		}
	})
}

func (u *UI) removeAppleToken(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	t, err := u.st.AppleToken(r.Context(), v.by, school.TokenID(routeVar(r, "token")))
	if err != nil {
		return err
	}
	if typed := strings.TrimSpace(r.PostForm.Get(web.ConfirmName)); typed != t.Name {
		return u.showAppleToken(w, r, v, func(p *appleTokenPage) { p.Remove.Typed, p.Remove.Error = typed, p.T("token.remove.other") })
	}
	if err := u.st.RemoveAppleToken(r.Context(), v.by, t.ID); err != nil {
		return err
	}
	return u.done(w, r, applePath, "done.token.removed", "")
}

// appleTokenDevices is what a token lists at Apple.
func (u *UI) appleTokenDevices(w http.ResponseWriter, r *http.Request, v view) error {
	t, err := u.st.AppleToken(r.Context(), v.by, school.TokenID(routeVar(r, "token")))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f := store.ADEFilter{Serial: q.Get("q"), Gone: q.Get("show") == "gone", Refused: q.Get("show") == "refused", After: q.Get("after")}
	l := v.lang
	keys := []string{"ade.serial", "ade.model", "ade.prepared", "ade.since"}
	if wantsFile(r) {
		f.After, f.Limit = "", store.MaxPage
		head := []string{web.T(l, keys[0]), web.T(l, keys[1]), web.T(l, keys[2]), web.T(l, keys[3]), web.T(l, "ade.code")}
		rows := everyRow(func(after string) (store.Page[store.ADERow], error) {
			f.After = after
			return u.st.ADEDevices(r.Context(), v.by, t.ID, f)
		})
		return sendList(w, r, fileName(t.Name), head, func(yield func([]string, error) bool) {
			for x, err := range rows {
				since := ""
				if !x.OpAt.IsZero() {
					since = l.DateTime(x.OpAt)
				}
				if !yield([]string{x.Serial, x.Model, adeStatus(l, t, x).Text, since, x.Code}, err) || err != nil {
					return
				}
			}
		})
	}
	list, err := u.st.ADEDevices(r.Context(), v.by, t.ID, f)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, web.T(l, "ade.title", t.Name)), Pager: keyPager(r, len(list.Rows), list.Next), Files: filesOf(r)}
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("apple.title"), Href: applePath}, web.Crumb{Name: t.Name, Href: tokenAddress(t.ID)})
	p.Filter = &web.Filter{Action: r.URL.Path, Fields: []web.Field{{Kind: web.SearchField, Name: "q", Label: p.T("ade.search"), Value: f.Serial},
		{Kind: web.SelectField, Name: "show", Label: p.T("profiles.shown"), Options: choose(q.Get("show"), web.Option{Text: p.T("ade.show.listed")},
			web.Option{Value: "refused", Text: p.T("ade.show.refused")}, web.Option{Value: "gone", Text: p.T("ade.show.gone")})}}}
	if f.Serial != "" || q.Get("show") != "" {
		p.Filter.Reset = r.URL.Path
	}
	for _, key := range keys {
		p.Columns = append(p.Columns, web.Column{Name: p.T(key)})
	}
	for _, x := range list.Rows {
		status := adeStatus(l, t, x)
		serial := cell{Text: x.Serial}
		if x.Device != "" {
			serial.Href = deviceAddress(x.Device)
		}
		p.Rows = append(p.Rows, []cell{serial, {Text: x.Model, Detail: x.Color}, {Status: &status}, {When: momentOf(&p.Frame, x.OpAt)}})
	}
	p.Empty = web.Empty{Title: p.T("ade.none"), Text: p.T("ade.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// adeStatus says how far a listed device is prepared for its set-up.
func adeStatus(l web.Lang, t store.AppleToken, x store.ADERow) web.Status {
	switch {
	case !x.Gone.IsZero():
		return web.Status{Kind: web.Off, Text: web.T(l, "ade.state.gone", x.Gone)}
	case x.ProfileUUID != "" && x.ProfileUUID == t.Sync.Profile && x.ProfileStatus != "empty" && x.ProfileStatus != "removed":
		return web.Status{Kind: web.OK, Text: web.T(l, "ade.state.ready")}
	case x.Code != "":
		return web.Status{Kind: web.Warning, Text: wordOr(l, "ade.code."+strings.ToLower(x.Code), web.T(l, "ade.state.refused"))}
	}
	return web.Status{Kind: web.Busy, Text: web.T(l, "ade.state.waits")}
}

func init() {
	web.Add(web.Words{
		"token.create":          {"Schlüssel erzeugen", "Make the key"},
		"token.new.lead":        {"Zuerst entsteht ein Schlüssel, den Sie bei Apple hochladen. Zurück kommt die Token-Datei.", "First a key is made, which you upload at Apple. The token file comes back."},
		"token.name":            {"Name", "Name"},
		"token.name.hint":       {"Wofür das Token steht, etwa „Alle Schulen“ oder „Lehrkräfte“.", "What the token stands for, such as “All schools” or “Teachers”."},
		"token.kind":            {"Dienst", "Service"},
		"token.connect":         {"Verbinden", "Connect"},
		"token.step1":           {"1. Schlüssel herunterladen", "1. Download the key"},
		"token.key":             {"Schlüssel herunterladen (.pem)", "Download the key (.pem)"},
		"token.step2":           {"2. Bei Apple hochladen", "2. Upload it at Apple"},
		"token.step2.text":      {"Unter „Einstellungen“ bei „Geräteverwaltungsdienste“ einen Dienst hinzufügen und den Schlüssel hochladen:", "Under “Preferences”, at “Device Management Services”, add a service and upload the key:"},
		"token.step2.renew":     {"Unter „Einstellungen“ denselben Geräteverwaltungsdienst öffnen, bei neuem Schlüssel diesen hochladen, und das Token neu laden:", "Under “Preferences” open the same device management service, upload the new key if you made one, and download the token again:"},
		"token.step3":           {"3. Token hier hochladen", "3. Upload the token here"},
		"token.file":            {"Token-Datei (.p7m)", "Token file (.p7m)"},
		"token.file.hint":       {"Wie Apple sie zum Herunterladen anbietet; nicht öffnen, nicht umbenennen.", "As Apple offers it for download; neither open nor rename it."},
		"token.file.none":       {"Bitte wählen Sie die Token-Datei.", "Please choose the token file."},
		"token.upload":          {"Token übernehmen", "Take over the token"},
		"token.renew":           {"Token erneuern", "Renew the token"},
		"token.renew.text":      {"Ein Token gilt ein Jahr. Der Schlüssel kann bleiben; ein neuer ist nur nötig, wenn der alte nicht mehr sicher ist.", "A token is valid for one year. The key may stay; a new one is needed only if the old one is no longer safe."},
		"token.renew.key":       {"Neuen Schlüssel erzeugen", "Make a new key"},
		"token.renewing":        {"Ein neuer Schlüssel wartet auf seine Token-Datei; bis dahin gilt der alte.", "A new key waits for its token file; until then the old one is in force."},
		"token.account":         {"Bei Apple", "At Apple"},
		"token.org":             {"Organisation", "Organisation"},
		"token.server":          {"Geräteverwaltungsdienst", "Device management service"},
		"token.list":            {"Geräteliste", "Device list"},
		"token.listed":          {"Aufgeführt", "Listed"},
		"token.listed.n":        {"{1} {1:Gerät|Geräte}", "{1} {1:device|devices}"},
		"token.refused":         {"Nicht vorbereitet", "Not prepared"},
		"token.gone":            {"Nicht mehr aufgeführt", "No longer listed"},
		"token.full":            {"Ganze Liste verglichen", "Whole list compared"},
		"token.next":            {"Nächster Abgleich", "Next sync"},
		"token.sync":            {"Jetzt abgleichen", "Sync now"},
		"token.proof":           {"Nachweis", "Evidence"},
		"token.server.id":       {"Kennung des Dienstes", "Id of the service"},
		"token.profile.id":      {"Kennung des ADE-Profils", "Id of the ADE profile"},
		"token.error":           {"Letzter Fehler", "Last error"},
		"token.error.at":        {"Zeitpunkt", "Time"},
		"token.settings":        {"Einrichtung der iPads", "Set-up of the iPads"},
		"token.settings.text":   {"Eine Änderung gilt für jedes iPad ab seiner nächsten Einrichtung.", "A change holds for each iPad from its next set-up on."},
		"token.school":          {"Neue iPads gehören zu", "New iPads belong to"},
		"token.school.none":     {"noch keiner Schule, sie werden zugeordnet", "no school yet, they are placed by hand"},
		"token.school.hint":     {"iPads, die schon da sind, behalten ihre Schule.", "iPads that are here already keep their school."},
		"token.department":      {"Abteilung", "Department"},
		"token.department.hint": {"Steht während der Einrichtung auf dem iPad.", "Shown on the iPad during set-up."},
		"token.phone":           {"Telefon für Rückfragen", "Telephone for questions"},
		"token.email":           {"E-Mail für Rückfragen", "E-mail for questions"},
		"token.panes":           {"Bei der Einrichtung zeigen", "Show during set-up"},
		"token.panes.hint":      {"Was nicht angekreuzt ist, überspringt das iPad. Ohne Kreuz geht es am schnellsten.", "What is not ticked the iPad skips. Without a tick it is fastest."},
		"token.panes.more":      {"Schritte der Einrichtung", "Steps of the set-up"},
		"token.minimum":         {"Mindestens iPadOS {1} verlangt die Einrichtung; ältere iPads aktualisieren sich zuerst.", "Set-up demands at least iPadOS {1}; older iPads update first."},
		"token.minimum.none":    {"Die Einrichtung verlangt keine bestimmte iPadOS-Version.", "Set-up demands no particular iPadOS version."},
		"token.minimum.change":  {"Für den ganzen Schulträger ändern", "Change for the whole authority"},
		"token.remove":          {"Token entfernen", "Remove the token"},
		"token.remove.text":     {"Neue iPads aus dieser Liste richten sich dann nicht mehr ein. Eingerichtete bleiben verwaltet. Das lässt sich nicht rückgängig machen.", "New iPads of this list then no longer set themselves up. Those that are set up stay managed. This cannot be undone."},
		"token.remove.do":       {"Token entfernen", "Remove the token"},
		"token.remove.other":    {"Das ist ein anderer Name. Nichts wurde entfernt.", "That is another name. Nothing was removed."},
		"ade.title":             {"Geräteliste von „{1}“", "Device list of “{1}”"},
		"ade.search":            {"Seriennummer beginnt mit", "Serial number begins with"},
		"ade.serial":            {"Seriennummer", "Serial number"},
		"ade.model":             {"Modell", "Model"},
		"ade.prepared":          {"Für die Einrichtung", "For set-up"},
		"ade.since":             {"Geändert bei Apple", "Changed at Apple"},
		"ade.code":              {"Antwort von Apple", "Apple’s answer"},
		"ade.show.listed":       {"aufgeführte", "listed ones"},
		"ade.show.refused":      {"nicht vorbereitete", "those not prepared"},
		"ade.show.gone":         {"nicht mehr aufgeführte", "those no longer listed"},
		"ade.none":              {"Keine Geräte", "No devices"},
		"ade.none.text":         {"Weisen Sie in Apple School Manager Geräte diesem Geräteverwaltungsdienst zu; hier erscheinen sie von selbst.", "Assign devices to this device management service in Apple School Manager; they appear here by themselves."},
		"ade.state.gone":        {"nicht mehr aufgeführt seit {1}", "no longer listed since {1}"},
		"ade.state.ready":       {"vorbereitet", "prepared"},
		"ade.state.refused":     {"Apple hat es nicht angenommen. Der nächste Versuch kommt von selbst.", "Apple did not take it. The next try comes by itself."},
		"ade.state.waits":       {"wird vorbereitet", "being prepared"},
		"ade.code.not_accessible": {"Gehört bei Apple nicht zu diesem Dienst. Prüfen Sie die Zuweisung in Apple School Manager.",
			"Does not belong to this service at Apple. Check the assignment in Apple School Manager."},
		"ade.code.throttled":  {"Apple bittet um Geduld. Der nächste Versuch kommt von selbst.", "Apple asks for patience. The next try comes by itself."},
		"done.token.created":  {"Der Schlüssel ist erzeugt. Weiter mit Schritt 1.", "The key is made. Continue with step 1."},
		"done.token.key":      {"Der neue Schlüssel liegt bereit.", "The new key is ready."},
		"done.token.accepted": {"Das Token gilt. Die Geräteliste wird jetzt gelesen.", "The token is in force. The device list is being read now."},
		"done.token.sync":     {"Der Abgleich ist angestoßen.", "The sync is started."},
		"done.token.saved":    {"Die Einstellungen sind gespeichert.", "The settings are saved."},
		"done.token.removed":  {"Das Token ist entfernt.", "The token is removed."},
	})
	// Panes of Setup Assistant, as iPads call them.
	web.Add(web.Words{
		"pane.AccessibilityAppearance":             {"Darstellung und Bedienungshilfen", "Appearance and accessibility"},
		"pane.ActionButton":                        {"Aktionstaste", "Action button"},
		"pane.Appearance":                          {"Hell oder dunkel", "Light or dark"},
		"pane.AppleID":                             {"Apple Account", "Apple Account"},
		"pane.AppStore":                            {"App Store", "App Store"},
		"pane.Biometric":                           {"Touch ID und Face ID", "Touch ID and Face ID"},
		"pane.CameraButton":                        {"Kamerasteuerung", "Camera Control"},
		"pane.Diagnostics":                         {"Diagnosedaten", "Diagnostics"},
		"pane.DisplayTone":                         {"True Tone", "True Tone"},
		"pane.EnableLockdownMode":                  {"Blockierungsmodus", "Lockdown Mode"},
		"pane.HomeButtonSensitivity":               {"Home-Taste", "Home button"},
		"pane.iMessageAndFaceTime":                 {"iMessage und FaceTime", "iMessage and FaceTime"},
		"pane.Intelligence":                        {"Apple Intelligence", "Apple Intelligence"},
		"pane.Keyboard":                            {"Tastatur", "Keyboard"},
		"pane.LiquidGlass":                         {"Liquid Glass", "Liquid Glass"},
		"pane.Location":                            {"Ortungsdienste", "Location services"},
		"pane.MessagingActivationUsingPhoneNumber": {"iMessage mit Telefonnummer", "iMessage with a phone number"},
		"pane.Multitasking":                        {"Multitasking", "Multitasking"},
		"pane.OnBoarding":                          {"Hinweise zu Neuem", "What is new"},
		"pane.OSShowcase":                          {"Neuerungen von iPadOS", "News of iPadOS"},
		"pane.Passcode":                            {"Gerätecode", "Passcode"},
		"pane.Payment":                             {"Apple Pay", "Apple Pay"},
		"pane.Privacy":                             {"Datenschutz", "Privacy"},
		"pane.RestoreCompleted":                    {"Wiederherstellung beendet", "Restore completed"},
		"pane.Safety":                              {"Sicherheit", "Safety"},
		"pane.SafetyAndHandling":                   {"Sicherheit und Handhabung", "Safety and handling"},
		"pane.ScreenTime":                          {"Bildschirmzeit", "Screen Time"},
		"pane.SIMSetup":                            {"Mobilfunk", "Cellular"},
		"pane.Siri":                                {"Siri", "Siri"},
		"pane.SoftwareUpdate":                      {"Software-Update", "Software update"},
		"pane.SpokenLanguage":                      {"Diktiersprache", "Dictation language"},
		"pane.TapToSetup":                          {"Mit anderem Gerät einrichten", "Set up with another device"},
		"pane.TermsOfAddress":                      {"Anrede", "Terms of address"},
		"pane.TOS":                                 {"Nutzungsbedingungen", "Terms and conditions"},
		"pane.UpdateCompleted":                     {"Aktualisierung beendet", "Update completed"},
		"pane.WatchMigration":                      {"Apple Watch übertragen", "Apple Watch migration"},
		"pane.WebContentFiltering":                 {"Webfilter", "Web content filter"},
		"pane.Welcome":                             {"Willkommen", "Welcome"},
		"pane.Zoom":                                {"Anzeigezoom", "Display zoom"},
	})
}
