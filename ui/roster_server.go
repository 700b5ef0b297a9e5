package ui

import (
	"net/http"
	"strings"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const newServerPath = rostersPath + "/sources/new"

// rosterServerPage is the page "roster-server": a source that is asked, and how that goes.
type rosterServerPage struct {
	web.Frame
	Live    *serverBlock
	Actions []web.Action
	Alert   *web.Alert
	Facts   []web.Fact
}

// serverBlock is what moves while a server is asked.
type serverBlock struct {
	From   string
	Again  string // when to ask anew; empty: it is at rest
	Status web.Status
	Facts  []web.Fact
}

// serverText says why a server could not be asked.
func serverText(l web.Lang, code string) string {
	key := "server.code." + code
	if _, ok := web.Args(key); !ok {
		key = "server.code.unreachable"
	}
	return web.T(l, key)
}

func serverStatus(f *web.Frame, x store.RosterServerRow) web.Status {
	switch {
	case !x.Due.IsZero() && !x.Due.After(f.Now):
		return web.Status{Kind: web.Busy, Text: f.T("server.busy")}
	case x.Failures > 0:
		return web.Status{Kind: web.Warning, Text: f.T("server.bad")}
	case x.Good.IsZero():
		return web.Status{Kind: web.Waiting, Text: f.T("server.unknown")}
	}
	return web.Status{Kind: web.OK, Text: f.T("server.good")}
}

func (u *UI) showServer(w http.ResponseWriter, r *http.Request, v view, found *web.Alert) error {
	x, err := u.st.RosterServer(r.Context(), v.by, sourceOf(r))
	if err != nil {
		return err
	}
	here := sourceAddress(x.ID)
	p := &rosterServerPage{Frame: u.frame(r, x.Name, u.rosterPlace(v, web.Crumb{Name: web.T(v.lang, "sources.title"), Href: rostersPath + "/sources"}, web.Crumb{Name: x.Name})...), Alert: found}
	p.Actions = []web.Action{{Text: p.T("server.ask"), Href: here + "/fetch", Post: true, Primary: true}, {Text: p.T("server.check"), Href: here + "/check", Post: true}, {Text: p.T("server.edit"), Href: here + "/server"}}
	b := &serverBlock{From: here, Status: serverStatus(&p.Frame, x)}
	switch {
	case b.Status.Kind != web.Busy:
	case u.Demo == nil:
		b.Again = "every 2s"
	default:
		b.Status = web.Status{Kind: web.Waiting, Text: p.T("server.unknown")}
		if found == nil {
			p.Alert = &web.Alert{Kind: web.Note, Title: p.T("server.demo")}
		}
	}
	if !x.Good.IsZero() {
		good := p.When(x.Good)
		b.Facts = append(b.Facts, web.Fact{Name: p.T("server.good.at"), When: &good})
	}
	if x.Run != "" {
		b.Facts = append(b.Facts, web.Fact{Name: p.T("server.run"), Text: p.T("server.run.do"), Href: rosterAddress(x.Run)})
	}
	if x.Failures > 0 {
		failed := p.When(x.Failed)
		b.Facts = append(b.Facts, web.Fact{Name: p.T("server.failed.at"), When: &failed}, web.Fact{Name: p.T("server.why"), Text: serverText(v.lang, x.Code)})
	}
	if x.Due.After(v.now) {
		b.Facts = append(b.Facts, web.Fact{Name: p.T("server.next"), Text: v.lang.Moment(x.Due, v.now)})
	}
	p.Live = b
	at := x.SchoolName
	if at == "" {
		at = p.T("sources.all")
	}
	secret := "server.secret.none"
	if x.Secret {
		secret = "server.secret.there"
	}
	take, night := "server.take.no", "server.nightly.no"
	if x.Take {
		take = "server.take.yes"
	}
	if x.Nightly {
		night = "server.nightly.yes"
	}
	p.Facts = []web.Fact{{Name: p.T("server.base"), Code: x.Base}, {Name: p.T("server.token"), Code: x.Token}, {Name: p.T("server.client"), Text: x.ClientID}, {Name: p.T("server.secret"), Text: p.T(secret)},
		{Name: p.T("devices.school"), Text: at}, {Name: p.T("people.title"), Text: v.lang.Number(int64(x.People))}, {Name: p.T("server.nightly"), Text: p.T(night)}, {Name: p.T("server.take"), Text: p.T(take)}}
	if len(x.Organisations) > 0 {
		p.Facts = append(p.Facts, web.Fact{Name: p.T("server.organisations"), Text: strings.Join(x.Organisations, ", ")})
	}
	return u.site.Render(w, r, http.StatusOK, "roster-server", p)
}

func serverIn(r *http.Request) school.RosterServer {
	return school.RosterServer{Base: r.PostFormValue("base"), Token: r.PostFormValue("token"), ClientID: r.PostFormValue("client_id"), Scope: r.PostFormValue("scope"),
		Organisations: strings.FieldsFunc(r.PostFormValue("organisations"), func(c rune) bool { return c == '\n' || c == '\r' || c == ',' || c == ';' }),
		Nightly:       r.PostFormValue("nightly") == "1", Take: r.PostFormValue("take") == "1"}
}

func (u *UI) serverForm(r *http.Request, x store.RosterServerRow, place ...web.Crumb) *formPage {
	p := &formPage{Frame: u.frame(r, place[len(place)-1].Name, place...), Cancel: rostersPath + "/sources"}
	secret := p.T("server.secret.hint")
	if x.Secret {
		secret = p.T("server.secret.kept")
	}
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("roster.source.name"), Hint: p.T("server.name.hint"), Value: x.Name, MaxLength: 100, Autocomplete: "off", Focus: x.ID == ""},
		{Name: "base", Label: p.T("server.base"), Hint: p.T("server.base.hint"), Value: x.Base, MaxLength: 300, Autocomplete: "off"},
		{Name: "token", Label: p.T("server.token"), Hint: p.T("server.token.hint"), Value: x.Token, MaxLength: 300, Autocomplete: "off"},
		{Name: "client_id", Label: p.T("server.client"), Value: x.ClientID, MaxLength: 300, Autocomplete: "off"},
		{Kind: web.PasswordField, Name: "client_secret", Label: p.T("server.secret"), Hint: secret, Autocomplete: "new-password", Optional: x.Secret, MaxLength: 1000},
		{Name: "scope", Label: p.T("server.scope"), Hint: p.T("server.scope.hint"), Value: x.Scope, MaxLength: 300, Autocomplete: "off", Optional: true},
		{Kind: web.AreaField, Name: "organisations", Label: p.T("server.organisations"), Hint: p.T("server.organisations.hint"), Value: strings.Join(x.Organisations, "\n"), Rows: 3, Optional: true},
		{Kind: web.CheckField, Name: "nightly", Label: p.T("server.nightly"), Hint: p.T("server.nightly.hint"), Value: checked(x.Nightly)},
		{Kind: web.CheckField, Name: "take", Label: p.T("server.take"), Hint: p.T("server.take.hint"), Value: checked(x.Take)},
	}
	return p
}

func (u *UI) newServerForm(r *http.Request, v view, x store.RosterServerRow) (*formPage, error) {
	p := u.serverForm(r, x, u.rosterPlace(v, web.Crumb{Name: web.T(v.lang, "sources.title"), Href: rostersPath + "/sources"}, web.Crumb{Name: web.T(v.lang, "server.new")})...)
	p.Lead, p.Submit = p.T("server.new.lead"), p.T("server.new.submit")
	all := ""
	if v.can(school.EditPeople) {
		all = p.T("sources.all")
	}
	schools, err := u.schoolOptions(r, v, school.EditPeople, all, string(x.School))
	if err != nil {
		return nil, err
	}
	at := web.Field{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Hint: p.T("server.school.hint"), Options: schools}
	p.Fields = append(p.Fields[:1], append([]web.Field{at}, p.Fields[1:]...)...)
	return p, nil
}

func (u *UI) newServerPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.newServerForm(r, v, store.RosterServerRow{RosterServer: school.RosterServer{Nightly: true}})
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

// lookAtServer asks a server before it is kept; what is wrong becomes the error of a field, and whoever wants it kept all
// the same may say so.
func (u *UI) lookAtServer(r *http.Request, x school.RosterServer, secret string, p *formPage) (wrong bool) {
	if r.PostFormValue("anyway") == "1" || u.Demo != nil || x.Clean() != nil {
		return false
	}
	_, err := u.Enroll.LookAtRosterServer(r.Context(), x, secret)
	if err == nil {
		return false
	}
	field, code := "base", enroll.RosterServerCode(err)
	if code == "refused" {
		field = "client_secret"
	}
	for i := range p.Fields {
		if p.Fields[i].Name == field {
			p.Fields[i].Error = serverText(p.Lang, code)
		}
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.CheckField, Name: "anyway", Label: p.T("server.anyway"), Hint: p.T("server.anyway.hint")})
	return true
}

func (u *UI) newServer(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	x := store.RosterServerRow{RosterSourceRow: store.RosterSourceRow{RosterSource: school.RosterSource{Name: r.PostForm.Get("name"), School: school.SchoolID(r.PostForm.Get("school"))}}, RosterServer: serverIn(r)}
	p, err := u.newServerForm(r, v, x)
	if err != nil {
		return err
	}
	secret := r.PostForm.Get("client_secret")
	if u.lookAtServer(r, x.RosterServer, secret, p) {
		return u.showForm(w, r, p)
	}
	id, err := u.st.CreateRosterServer(r.Context(), v.by, x.RosterSource, x.RosterServer, secret)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, sourceAddress(id), "done.server", "")
}

func (u *UI) editServerForm(r *http.Request, v view, x store.RosterServerRow) *formPage {
	here := sourceAddress(x.ID)
	p := u.serverForm(r, x, u.rosterPlace(v, web.Crumb{Name: web.T(v.lang, "sources.title"), Href: rostersPath + "/sources"}, web.Crumb{Name: x.Name, Href: here}, web.Crumb{Name: web.T(v.lang, "server.edit")})...)
	p.Cancel = here
	p.Confirm = endSource(&p.Frame, x.ID)
	return p
}

func (u *UI) editServerPage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.RosterServer(r.Context(), v.by, sourceOf(r))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.editServerForm(r, v, x))
}

func (u *UI) editServer(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	x, err := u.st.RosterServer(r.Context(), v.by, sourceOf(r))
	if err != nil {
		return err
	}
	x.Name, x.RosterServer = r.PostForm.Get("name"), serverIn(r)
	var secret *string
	if typed := r.PostForm.Get("client_secret"); typed != "" {
		secret = &typed
	}
	p := u.editServerForm(r, v, x)
	if secret != nil && u.lookAtServer(r, x.RosterServer, *secret, p) {
		return u.showForm(w, r, p)
	}
	if err := u.st.SetRosterServer(r.Context(), v.by, x.ID, x.Name, x.RosterServer, secret); err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, sourceAddress(x.ID), "done.server", "")
}

// askServer makes a server due; the page shows how it goes.
func (u *UI) askServer(w http.ResponseWriter, r *http.Request, v view) error {
	id := sourceOf(r)
	if err := u.st.AskRosterServer(r.Context(), v.by, id); err != nil {
		return err
	}
	return u.done(w, r, sourceAddress(id), "done.server.asked", "")
}

// checkServer asks for one page and says what came.
func (u *UI) checkServer(w http.ResponseWriter, r *http.Request, v view) error {
	f, err := u.st.RosterServerOpen(r.Context(), v.by, sourceOf(r))
	if err != nil {
		return err
	}
	if u.Demo != nil {
		return u.showServer(w, r, v, &web.Alert{Kind: web.Note, Title: web.T(v.lang, "server.demo")})
	}
	n, err := u.Enroll.LookAtRosterServer(r.Context(), f.Server, f.Secret)
	if err != nil {
		return u.showServer(w, r, v, &web.Alert{Kind: web.Danger, Title: web.T(v.lang, "server.check.bad"), Text: serverText(v.lang, enroll.RosterServerCode(err))})
	}
	return u.showServer(w, r, v, &web.Alert{Kind: web.OK, Title: web.T(v.lang, "server.check.good"), Text: web.T(v.lang, "server.check.people", n)})
}

func init() {
	web.Add(web.Words{
		"server.new":                {"Schulconnex-Server anbinden", "Connect a Schulconnex server"},
		"server.new.lead":           {"Der Server wird vor dem Speichern gefragt. Übernommen wird dabei nichts.", "The server is asked before it is saved. Nothing is taken over by that."},
		"server.new.submit":         {"Prüfen und speichern", "Check and save"},
		"server.name.hint":          {"Zum Beispiel der Name des Landesdienstes.", "The name of the service of your Land, for example."},
		"server.base":               {"Adresse der Schnittstelle", "Address of the interface"},
		"server.base.hint":          {"Bis zur Version, zum Beispiel https://api.schulportal.example/v1", "Up to the version, https://api.schulportal.example/v1 for example"},
		"server.token":              {"Adresse für Token", "Token address"},
		"server.token.hint":         {"Wo sich Dienste anmelden, zum Beispiel https://auth.schulportal.example/token", "Where services sign in, https://auth.schulportal.example/token for example"},
		"server.client":             {"Client-ID", "Client ID"},
		"server.secret":             {"Client-Secret", "Client secret"},
		"server.secret.hint":        {"Wird verschlüsselt aufbewahrt und nie wieder gezeigt.", "Is kept encrypted and never shown again."},
		"server.secret.kept":        {"Leer lassen, damit es bleibt. Bei einem anderen Server geben Sie es neu ein.", "Leave empty to keep it. For another server you enter it again."},
		"server.secret.there":       {"hinterlegt", "kept"},
		"server.secret.none":        {"keines", "none"},
		"server.scope":              {"Scope", "Scope"},
		"server.scope.hint":         {"Nur wenn der Betreiber einen nennt.", "Only if the operator names one."},
		"server.organisations":      {"Organisationen", "Organisations"},
		"server.organisations.hint": {"Kennungen am Server, eine je Zeile. Leer: alles, was er freigibt. Bei sehr vielen Personen nennen Sie die Schulen einzeln.", "Ids at the server, one a line. Empty: everything it releases. With very many people name the schools one by one."},
		"server.nightly":            {"Jede Nacht holen", "Fetch every night"},
		"server.nightly.hint":       {"Zwischen 2 und 5 Uhr. Sonst nur auf Knopfdruck.", "Between 2 and 5 a.m. Otherwise only when told to."},
		"server.nightly.yes":        {"ja, zwischen 2 und 5 Uhr", "yes, between 2 and 5 a.m."},
		"server.nightly.no":         {"nein, nur auf Knopfdruck", "no, only when told to"},
		"server.take":               {"Von selbst übernehmen", "Take over by itself"},
		"server.take.hint":          {"Nur was keine Frage offen lässt und keine Grenze überschreitet. Viele Abgänge, leere Klassen und unklare Namen warten immer auf Sie.", "Only what leaves no question open and passes no limit. Many leavers, emptied classes and unclear names always wait for you."},
		"server.take.yes":           {"ja, solange nichts fraglich ist", "yes, as long as nothing is in question"},
		"server.take.no":            {"nein, jede Liste wartet auf Sie", "no, each list waits for you"},
		"server.school.hint":        {"Von welcher Schule der Server spricht. „Alle Schulen“: Er nennt sie selbst.", "Which school the server speaks of. “All schools”: it names them itself."},
		"server.anyway":             {"Trotzdem speichern", "Save all the same"},
		"server.anyway.hint":        {"Zum Beispiel, wenn der Server erst später erreichbar ist.", "If the server can be reached only later, for example."},
		"server.edit":               {"Anbindung ändern", "Change the connection"},
		"server.edit.title":         {"Anbindung", "Connection"},
		"server.ask":                {"Jetzt holen", "Fetch now"},
		"server.check":              {"Verbindung prüfen", "Check the connection"},
		"server.check.good":         {"Der Server antwortet.", "The server answers."},
		"server.check.people":       {"Er gibt {1} {1:Person|Personen} frei, soweit die erste Seite das zeigt.", "It releases {1} {1:person|people}, as far as the first page shows."},
		"server.check.bad":          {"So lässt sich der Server nicht fragen.", "The server cannot be asked like this."},
		"server.demo":               {"In der Demo wird kein fremder Server gefragt.", "In the demo no server of others is asked."},
		"server.busy":               {"wird gerade gefragt", "being asked"},
		"server.bad":                {"antwortet nicht wie erwartet", "does not answer as expected"},
		"server.good":               {"in Ordnung", "fine"},
		"server.unknown":            {"noch nie gefragt", "never asked"},
		"server.good.at":            {"Zuletzt geholt", "Last fetched"},
		"server.failed.at":          {"Zuletzt gescheitert", "Last failed"},
		"server.why":                {"Warum", "Why"},
		"server.next":               {"Nächstes Mal", "Next time"},
		"server.run":                {"Letzte Liste", "Last list"},
		"server.run.do":             {"Ansehen", "Look at it"},
		"server.format":             {"Schulconnex-Server", "Schulconnex server"},
		"done.server":               {"Gespeichert. Der Server wird jetzt gefragt.", "Saved. The server is being asked now."},
		"done.server.asked":         {"Der Server wird jetzt gefragt.", "The server is being asked now."},

		"server.code.address":             {"Die Adresse muss mit https:// beginnen und darf keinen Benutzernamen enthalten.", "The address must begin with https:// and hold no user name."},
		"server.code.inside":              {"Die Adresse liegt in einem internen Netz. Nur der Betreiber dieses Servers kann das erlauben.", "The address lies in an internal network. Only the operator of this server can allow that."},
		"server.code.elsewhere":           {"Der Server verweist auf einen anderen Rechner. Dorthin wird nichts gesendet; tragen Sie dessen Adresse ein, wenn er gemeint ist.", "The server points to another host. Nothing is sent there; enter its address if it is meant."},
		"server.code.long":                {"Die Antwort ist zu groß. Nennen Sie die Schulen einzeln unter „Organisationen“.", "The answer is too large. Name the schools one by one under “Organisations”."},
		"server.code.refused":             {"Der Server nimmt Client-ID und Client-Secret nicht an.", "The server does not accept client ID and client secret."},
		"server.code.forbidden":           {"Der Server gibt die Liste für diesen Zugang nicht frei. Das regelt Ihr Vertrag mit dem Betreiber.", "The server does not release the list for this access. That is a matter of your contract with the operator."},
		"server.code.busy":                {"Der Server ist überlastet und bittet zu warten.", "The server is busy and asks to wait."},
		"server.code.answer":              {"Die Antwort ist nicht die einer Schulconnex-Schnittstelle. Stimmt die Adresse bis zur Version?", "The answer is not that of a Schulconnex interface. Is the address right up to the version?"},
		"server.code.incomplete":          {"Die Liste brach ab. Übernommen wurde nichts.", "The list broke off. Nothing was taken over."},
		"server.code.nobody":              {"Die Liste ist leer. Übernommen wurde nichts.", "The list is empty. Nothing was taken over."},
		"server.code.unreachable":         {"Der Server ist nicht erreichbar.", "The server cannot be reached."},
		"server.code.unusable":            {"Die Antwort lässt sich nicht verwenden.", "The answer cannot be used."},
		"server.code.roster_stop":         {"In der Antwort fehlt etwas, ohne das niemand übernommen wird.", "The answer lacks something without which nobody is taken over."},
		"server.code.roster_year":         {"Die Antwort gilt für ein anderes Schuljahr.", "The answer is of another school year."},
		"server.code.roster_which_school": {"Die Antwort nennt keine Schule. Wählen Sie für die Quelle eine.", "The answer names no school. Choose one for the source."},
		"server.code.roster_other_school": {"Die Antwort spricht von einer anderen Schule.", "The answer speaks of another school."},
		"server.code.roster_school_twice": {"Zwei Schulen der Antwort sind hier dieselbe. Geben Sie ihnen verschiedene Schulnummern.", "Two schools of the answer are the same here. Give them different school numbers."},
		"alarm.roster_server":             {"Ein Schulconnex-Server antwortet seit mehreren Versuchen nicht.", "A Schulconnex server has not answered for several attempts."},
		"alarm.roster_server.text":        {"Personen und Klassen bleiben, wie sie sind, und veralten.", "People and classes stay as they are and grow old."},
		"alarm.roster_waiting":            {"Eine Personenliste vom Schulconnex-Server wartet auf Sie.", "A roster from the Schulconnex server waits for you."},
		"alarm.roster_waiting.text":       {"Darin ist etwas fraglich oder soll bestätigt werden. Bis dahin ändert sich nichts.", "Something in it is in question or is to be confirmed. Nothing changes until then."},
		"todo.roster.server":              {"Anbindung ansehen", "Look at the connection"},
		"todo.roster.waiting":             {"Listen ansehen", "Look at the lists"},
		"event.roster_source.server_set":  {"Anbindung einer Quelle geändert", "Connection of a source changed"},
		"roster.word.not_released_name":   {"Person ohne freigegebenen Namen: übergangen, niemand gilt deshalb als Abgang", "person whose name is not released: left out, nobody counts as a leaver for it"},
		"roster.word.not_released_role":   {"Person ohne freigegebene Rolle: übergangen, niemand gilt deshalb als Abgang", "person whose role is not released: left out, nobody counts as a leaver for it"},
		"roster.word.not_released_group":  {"Gruppe ohne freigegebenen Namen: übergangen", "group whose name is not released: left out"},
		"roster.word.no_pid":              {"Person ohne Kennung: übergangen", "Person without an id: left out"},
	})
}
