package main

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	engine "ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
	"ranzen/ui/api"
	"ranzen/ui/web"
)

// fault is something that goes wrong with one iPad of a played district, and what is said of it.
type fault struct {
	name  string
	spec  sim.Spec
	boxed bool   // nobody opens it
	way   string // "code" or "own code": enrolled by hand; else by Apple School Manager
	class string // else 7b

	wrong func(f *faulty, x *fault) // what is decided and goes wrong, once it is set up
	until func(f *faulty, x *fault) // what goes wrong later, asked each round
	code  engine.Code               // of the item that is not as it should be
	order school.OrderKind          // or of the order that is not carried out
	why   string                    // the sentence holds this
	helps string                    // and what helps this; of an order the one sentence says both

	serial string
	device school.DeviceID
}

// badCertificate holds none: every iPad refuses it.
const badCertificate = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.bad</string><key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000011</string><key>PayloadDisplayName</key><string>Zertifikat</string>
<key>PayloadContent</key><array><dict><key>PayloadType</key><string>com.apple.security.root</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.bad.1</string>
<key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000012</string><key>PayloadContent</key><data>a2VpbiBaZXJ0aWZpa2F0</data></dict></array></dict></plist>`

// faults is one line each; whoever teaches the server a new thing that can go wrong adds one.
var faults = []*fault{
	{name: "still in its box", boxed: true, code: engine.NeverSeen, why: "hat sich noch nie gemeldet", helps: "Auspacken, einschalten"},
	{name: "iPadOS too old", spec: sim.Spec{ProductName: "iPad5,3", OSVersion: "15.8"}, wrong: (*faulty).demand, code: engine.NeedsOS, why: "das iPad hat 15.8", helps: "iPadOS aktualisieren oder ein anderes iPad ausgeben"},
	{name: "a version Apple does not offer it", spec: sim.Spec{ProductName: "iPad7,5", OSVersion: "17.7"}, wrong: (*faulty).demand, code: engine.NotOffered, why: "für dieses Modell nicht an", helps: "eine Version verlangen, die Apple für dieses Modell anbietet"},
	{name: "no storage", wrong: (*faulty).full, code: engine.UpdateFails, why: "zu wenig Speicher frei", helps: "Am iPad Platz schaffen"},
	{name: "low battery", wrong: (*faulty).empty, code: engine.UpdateFails, why: "zu schwach geladen", helps: "Das iPad laden"},
	{name: "a broken download", wrong: (*faulty).broken, code: engine.UpdateFails, why: "ließ sich nicht prüfen", helps: ""},
	{name: "takes no declarations", spec: sim.Spec{NoDDM: true}, wrong: (*faulty).demand, code: engine.NoDeclarations, why: "deklarative Verwaltung abgelehnt", helps: "anderes iPad ausgeben"},
	{name: "an exam", class: "10b", wrong: (*faulty).exam, code: engine.Frozen, why: "Prüfungssperre „Abitur“", helps: "Sie müssen nichts tun"},
	{name: "locked", spec: sim.Spec{HasPasscode: true}, wrong: (*faulty).lock, code: engine.SaidNotNow, why: "„jetzt nicht“ geantwortet", helps: "Sie müssen nichts tun"},
	{name: "refused", spec: sim.Spec{NoDDM: true}, wrong: (*faulty).bad, code: engine.Refused, why: "5-mal abgelehnt", helps: "Die Ursache im Nachweis ansehen und beheben"},
	{name: "declared and inactive", wrong: (*faulty).bad, code: engine.Refused, why: "5-mal abgelehnt", helps: "Die Ursache im Nachweis ansehen und beheben"},
	{name: "silent", wrong: (*faulty).silence, code: engine.Silent, why: "nicht gemeldet", helps: "Einschalten und mit einem WLAN verbinden"},
	{name: "removed from management", way: "own code", wrong: (*faulty).leave, code: engine.NotEnrolled, why: "zurzeit nicht registriert", helps: "Alle Daten auf dem iPad löschen und es neu einrichten"},
	{name: "not confirmed", way: "code", wrong: (*faulty).secret, code: engine.Unconfirmed, why: "noch nicht bestätigt", helps: "Das iPad bestätigen"},
	{name: "not supervised", way: "own code", wrong: (*faulty).supervised, code: engine.NeedsSupervision, why: "dieses ist nicht betreut", helps: "über Apple School Manager neu einrichten"},
	{name: "conflict", wrong: (*faulty).conflict, code: engine.Overruled, why: "nimmt nur eines von beiden", helps: "die Zuweisung ändern"},
	{name: "excluded", wrong: (*faulty).exclude, code: engine.Excluded, why: "Ausgenommen durch eine Zuweisung", helps: "die Zuweisung ändern"},
	{name: "its only network unassigned", wrong: (*faulty).network, until: (*faulty).noNetwork, code: engine.HeldNetwork, why: "kein anderes bestätigt ist", helps: "Ein anderes WLAN zuweisen oder dieses freigeben"},
	{name: "a detail is missing", wrong: (*faulty).variable, code: engine.EmptyVariable, why: "nichts eingetragen", helps: ""},
	{name: "not before tomorrow", wrong: (*faulty).tomorrow, code: engine.NotYet, why: "Gilt erst ab", helps: "Sie müssen nichts tun"},
	{name: "a later stage", wrong: (*faulty).stage, code: engine.LaterStage, why: "Kommt in einer späteren Stufe", helps: "Sie müssen nichts tun"},
	{name: "lost, and it does not know where", wrong: (*faulty).lose, until: (*faulty).locate, order: school.Locate, why: "kennt seinen Standort gerade nicht", helps: "später noch einmal"},
	{name: "an order nobody heard", wrong: (*faulty).deaf, order: school.Restart, why: "hat sich nicht gemeldet, solange der Auftrag galt", helps: "den Auftrag neu geben"},
	{name: "somebody is signed in", spec: sim.Spec{Shared: true}, wrong: (*faulty).signedIn, order: school.DeleteUser, why: "gerade angemeldet", helps: "Melden Sie sie zuerst ab"},
	{name: "data not synchronised", spec: sim.Spec{Shared: true}, wrong: (*faulty).unsaved, order: school.DeleteUser, why: "noch nicht gesichert", helps: "Warten Sie auf WLAN"},
	{name: "nobody of that name", spec: sim.Spec{Shared: true}, wrong: (*faulty).stranger, order: school.DeleteUser, why: "auf dem iPad nicht bekannt", helps: "den Anmeldenamen genau"},
}

// TestTwentyFiveFaultsAreSaidAlike: each thing that goes wrong with an iPad of a played district is said in one sentence with what
// helps, and page, API and command line say the same.
func TestTwentyFiveFaultsAreSaidAlike(t *testing.T) {
	if len(faults) < 25 {
		t.Fatalf("%d faults", len(faults))
	}
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		f := openFaulty(t, engine)
		f.setUp()
		for _, x := range f.faults {
			if x.wrong != nil {
				x.wrong(f, x)
			}
		}
		f.live(40, func() bool { return false })
		f.pass(3*24*time.Hour, time.Hour)
		f.signIn()
		for _, x := range f.faults {
			t.Run(x.name, func(t *testing.T) { f.says(t, x) })
		}
	})
}

// faulty is a played district in which things go wrong. Its time goes as the test says.
type faulty struct {
	*world
	token  school.TokenID
	server *sim.Server
	at     school.SchoolID
	moved  time.Duration
	made   map[string]school.VersionID // published profiles by name
	of     map[string]school.ProfileID
	given  map[string]school.AssignmentID
	second school.Actor
	faults []*fault // with what became of them here

	site   string
	client *http.Client
	bearer string
}

func openFaulty(t *testing.T, engine string) *faulty {
	t.Helper()
	ctx := context.Background()
	d := played(t, storetest.URL(t, engine), 1, 1, sim.Calm())
	d.state.Seeded = true // the district is this one's
	w := &world{t: t, d: d}
	f := &faulty{world: w, made: map[string]school.VersionID{}, of: map[string]school.ProfileID{}, given: map[string]school.AssignmentID{}}
	for _, x := range faults {
		own := *x
		f.faults = append(f.faults, &own)
	}
	w.must(d.prepare())
	w.must(d.open(t.Context(), "http://127.0.0.1"))
	t.Cleanup(func() { d.s.Close() })
	st := d.s.Store
	id, err := st.CreateAuthority(ctx, school.System("demo", ""), school.Authority{Name: "Musterstadt", Policy: school.Policy{DeclaredProfiles: true}})
	w.must(err)
	w.by = school.System("test", id)
	w.must(d.account(ctx, w.by))
	w.must(d.push(ctx, w.by))
	_, err = d.s.Enroll.EnsureCA(ctx, id)
	w.must(err)
	f.server = d.apple.AddServer("Ranzen", "Musterstadt")
	f.token, err = d.token(ctx, w.by, f.server)
	w.must(err)
	f.at, err = st.CreateSchool(ctx, w.by, school.School{Name: "Gymnasium Nord", Type: "Gymnasium", Network: school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "einrichtung"}})
	w.must(err)
	for _, c := range []school.Class{{Name: "7b", Grade: "7"}, {Name: "10b", Grade: "10"}} {
		c.School = f.at
		_, err = st.CreateClass(ctx, w.by, c)
		w.must(err)
	}
	d.fleet.AddNetwork("Gymnasium Nord", "Einrichtung", "einrichtung")
	d.fleet.AddNetwork("Gymnasium Nord", "GYN-Schule", "schulweg7")
	f.second = school.Actor{Kind: school.PersonActor, Account: "zweite", Name: "Zweite", Tenant: id, Grants: []school.Grant{{Role: school.AuthorityAdmin, Authority: id, From: time.Unix(0, 0)}}}

	server := httptest.NewServer(d.s.Handler())
	t.Cleanup(server.Close)
	f.site = server.URL
	jar, err := cookiejar.New(nil)
	w.must(err)
	f.client = &http.Client{Jar: jar}
	_, f.bearer, err = st.CreateAPIToken(ctx, w.by, store.APIToken{Name: "Prüfung", Role: school.AuthorityAdmin, Verbs: []school.Verb{school.View}})
	w.must(err)
	return f
}

func (f *faulty) signIn() {
	f.t.Helper()
	answer, err := f.client.PostForm(f.site+"/sign-in", url.Values{"login": {demoLogin}, "password": {f.d.state.Password}})
	f.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.t.Fatalf("nobody gets in: %s", answer.Status)
	}
}

// setUp brings all iPads into management, those by hand with their codes.
func (f *faulty) setUp() {
	f.t.Helper()
	ctx := context.Background()
	st := f.d.s.Store
	w := f.world
	for name, form := range map[string]url.Values{"Regeln": {"label": {"Regeln"}, "url": {"https://regeln.example"}}, "Anton": {"label": {"Anton"}, "url": {"https://anton.example"}},
		"Mein Konto": {"label": {"Konto"}, "url": {"https://konto.example/{{person.email}}"}}} {
		f.profile("webclip", name, form)
	}
	f.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
	f.profile("update", "iPadOS 26.4", url.Values{"version": {"26.4"}, "deadline": {"2020-01-02T18:00"}})
	f.profile("webfilter", "Webfilter", url.Values{"denied": {"spiele.example"}})
	f.profile("lockscreen", "Fundtext", url.Values{"tag": {"Fundbüro"}})
	f.profile("lockscreen", "Fundtext Nord", url.Values{"tag": {"Gymnasium Nord"}})
	bad, err := profiles.Parse([]byte(badCertificate))
	w.must(err)
	f.publish("", "Zertifikat", bad)
	var rows []store.Announced
	for n, x := range f.faults {
		x.device = ""
		x.serial = "F9FXK2A" + string(rune('A'+n/10)) + string(rune('0'+n%10)) + "Z"
		x.spec.Serial, x.spec.School, x.spec.SetupSSID, x.spec.SignsGET = x.serial, "Gymnasium Nord", "Einrichtung", true
		if x.spec.OSVersion == "" {
			x.spec.OSVersion = "18.3"
		}
		if x.way == "code" {
			continue
		}
		class := x.class
		if class == "" {
			class = "7b"
		}
		rows = append(rows, store.Announced{Row: n + 2, Serial: x.serial, School: "Gymnasium Nord", Class: class})
	}
	plan, _, err := st.Announce(ctx, w.by, rows)
	for _, e := range plan.Problems() {
		f.t.Error(e)
	}
	w.must(err)
	f.give("Regeln", school.Scope{Level: school.AtSchool, ID: string(f.at)}, school.Required)
	for _, x := range f.faults {
		if x.way == "" {
			f.server.Deliver(x.spec)
		}
		i, err := f.d.fleet.NewIPad(x.spec)
		w.must(err)
		switch {
		case x.way != "":
			code := store.Code{School: f.at, Left: 1}
			if x.way == "own code" {
				code.Serial = x.serial
			}
			_, link, _, err := st.CreateCode(ctx, w.by, code)
			w.must(err)
			body, err := f.d.s.Enroll.ProfileByCode(ctx, link)
			w.must(err)
			w.must(i.EnrollWith(ctx, body))
		case !x.boxed:
			i.Unbox()
		}
	}
	if !f.live(120, func() bool {
		facts, have := f.everyone()
		there := 0
		for n := range facts {
			for _, r := range engine.Explain(engine.Desired(facts[n]), have[n], facts[n], st.Now()) {
				if r.Status == engine.Confirmed {
					there++
				}
			}
		}
		return there == len(f.faults)-1
	}) {
		f.explain()
		f.t.Fatal("the iPads are not set up")
	}
	for _, x := range f.faults {
		d, err := st.DeviceBySerial(ctx, w.by, x.serial)
		w.must(err)
		x.device = d.ID
	}
}

func (f *faulty) profile(form, name string, v url.Values) {
	f.t.Helper()
	def, ok := profiles.FormOf(form)
	if !ok {
		f.t.Fatalf("no form %q", form)
	}
	values := def.Defaults()
	for k, x := range v {
		values[k] = x
	}
	c, err := profiles.Build(form, name, values, nil)
	f.must(err)
	f.publish(form, name, c)
}

func (f *faulty) publish(form, name string, c school.Content) {
	f.t.Helper()
	ctx := context.Background()
	id, _, _, err := f.d.s.Store.CreateProfile(ctx, f.by, school.Profile{Name: name}, form, c)
	f.must(err)
	f.of[name] = id
	f.made[name], _, err = f.d.s.Store.Publish(ctx, f.by, id)
	f.must(err)
}

func (f *faulty) give(profile string, scope school.Scope, mode school.Mode, more ...func(a *school.Assignment)) {
	f.t.Helper()
	a := school.Assignment{Scope: scope, Profile: f.of[profile], Version: f.made[profile], Mode: mode}
	for _, m := range more {
		m(&a)
	}
	id, _, err := f.d.s.Store.Assign(context.Background(), f.by, a)
	f.must(err)
	f.given[scope.ID+profile] = id
}

// to gives one iPad a profile.
func (f *faulty) to(x *fault, profile string, more ...func(a *school.Assignment)) {
	f.t.Helper()
	f.give(profile, school.Scope{Level: school.AtDevice, ID: string(x.device)}, school.Required, more...)
}

func (f *faulty) ipad(x *fault) *sim.IPad { return f.d.fleet.IPad(x.serial) }

func (f *faulty) demand(x *fault) { f.to(x, "iPadOS 26.4") }
func (f *faulty) full(x *fault)   { f.ipad(x).Set(sim.FullStorage, true); f.demand(x) }
func (f *faulty) empty(x *fault)  { f.ipad(x).Set(sim.LowBattery, true); f.demand(x) }
func (f *faulty) broken(x *fault) { f.ipad(x).Set(sim.BadDownload, true); f.demand(x) }
func (f *faulty) bad(x *fault)    { f.to(x, "Zertifikat") }
func (f *faulty) lock(x *fault)   { f.ipad(x).Lock(); f.to(x, "Anton") }
func (f *faulty) silence(x *fault) {
	f.ipad(x).Sleep()
	f.to(x, "Anton")
}
func (f *faulty) leave(x *fault)      { f.must(f.ipad(x).UnenrolByUser(context.Background())) }
func (f *faulty) secret(x *fault)     { f.to(x, "WLAN Schule") }
func (f *faulty) supervised(x *fault) { f.to(x, "Webfilter") }
func (f *faulty) variable(x *fault)   { f.to(x, "Mein Konto") }
func (f *faulty) network(x *fault)    { f.to(x, "WLAN Schule") }
func (f *faulty) conflict(x *fault) {
	f.to(x, "Fundtext")
	f.to(x, "Fundtext Nord")
}

func (f *faulty) exclude(x *fault) {
	f.give("Regeln", school.Scope{Level: school.AtDevice, ID: string(x.device)}, school.Excluded)
}

func (f *faulty) exam(x *fault) {
	ctx := context.Background()
	classes, err := f.d.s.Store.Classes(ctx, f.by, store.ClassFilter{Text: "10b"})
	f.must(err)
	now := f.d.s.Store.Now()
	_, _, err = f.d.s.Store.AddFreeze(ctx, f.by, school.Freeze{Name: "Abitur", Scope: school.Scope{Level: school.AtClass, ID: string(classes.Rows[0].ID)}, From: now, Until: now.Add(20 * 24 * time.Hour)})
	f.must(err)
	f.demand(x)
}

func (f *faulty) tomorrow(x *fault) {
	f.to(x, "Anton", func(a *school.Assignment) { a.From = f.d.s.Store.Now().Add(30 * 24 * time.Hour) })
}

func (f *faulty) stage(x *fault) {
	f.to(x, "Anton", func(a *school.Assignment) { a.Rollout = &school.Rollout{Stage: 0} })
}

// noNetwork takes the network back once it is confirmed.
func (f *faulty) noNetwork(x *fault) {
	key := string(x.device) + "WLAN Schule"
	facts, have, err := f.d.s.Store.DeviceFacts(context.Background(), f.by, x.device)
	f.must(err)
	for _, r := range engine.Explain(engine.Desired(facts), have, facts, f.d.s.Store.Now()) {
		if r.Profile == f.of["WLAN Schule"] && r.Status == engine.Confirmed && f.given[key] != "" {
			_, err := f.d.s.Store.Unassign(context.Background(), f.by, f.given[key])
			f.must(err)
			delete(f.given, key)
		}
	}
}

// orders plans an order and gives it, with a second person where one is needed.
func (f *faulty) orders(x *fault, k school.OrderKind, a school.OrderArgs) {
	f.t.Helper()
	ctx := context.Background()
	a.Reason = "Probe"
	plan, err := f.d.s.Store.Plan(ctx, f.by, school.Change{Kind: school.ChangeOrder, Devices: []school.DeviceID{x.device}, Order: &school.OrderWish{Kind: k, Args: a}}, engine.Preview)
	f.must(err)
	_, err = f.d.s.Store.ApplyTyped(ctx, f.by, plan.ID, store.Asks(plan), engine.Preview)
	f.must(err)
	if plan.Change.Order.Second {
		f.must(f.d.s.Store.ApproveOrder(ctx, f.second, school.WarrantID(plan.ID)))
	}
}

func (f *faulty) lose(x *fault) {
	f.orders(x, school.LostOn, school.OrderArgs{Message: "Bitte abgeben"})
}

// locate asks once where an iPad is, as soon as it is in lost mode.
func (f *faulty) locate(x *fault) {
	all, err := f.d.s.Store.Orders(context.Background(), f.by, x.device, 10)
	f.must(err)
	if len(all) == 1 && all[0].State == school.Done {
		weather := sim.Calm()
		weather.NoPlace = 1
		f.d.apple.SetWeather(weather)
		f.orders(x, school.Locate, school.OrderArgs{})
	}
}

func (f *faulty) deaf(x *fault) {
	f.ipad(x).Sleep()
	_, err := f.d.s.Store.GiveOrder(context.Background(), f.by, school.Restart, []school.DeviceID{x.device})
	f.must(err)
}

func (f *faulty) signedIn(x *fault) {
	f.ipad(x).SignInUser("lena", "Lena", false)
	f.orders(x, school.DeleteUser, school.OrderArgs{User: "lena"})
}

func (f *faulty) unsaved(x *fault) {
	f.ipad(x).SignInUser("lena", "Lena", true)
	f.ipad(x).SignInUser("deniz", "Deniz", false)
	f.orders(x, school.DeleteUser, school.OrderArgs{User: "lena"})
}

func (f *faulty) stranger(x *fault) {
	f.orders(x, school.DeleteUser, school.OrderArgs{User: "niemand"})
}

// live lets server and iPads go on, two seconds a round.
func (f *faulty) live(rounds int, done func() bool) bool {
	f.t.Helper()
	for range rounds {
		f.round(2 * time.Second)
		if done() {
			return true
		}
	}
	return false
}

// pass lets days go by in steps; in each there is time for what iPads have to say.
func (f *faulty) pass(all, step time.Duration) {
	f.t.Helper()
	for gone := time.Duration(0); gone < all; gone += step {
		f.moved += step
		f.must(f.d.s.Enroll.ReadReleases(context.Background()))
		for range 4 {
			f.round(2 * time.Second)
		}
	}
}

func (f *faulty) round(d time.Duration) {
	f.t.Helper()
	ctx := context.Background()
	s := f.d.s
	f.moved += d
	f.d.clock.move(f.moved)
	f.must(f.d.fleet.Advance(ctx, d))
	_, err := s.Enroll.SyncToken(ctx, f.token)
	f.must(err)
	_, err = s.Enroll.AssignProfiles(ctx, f.token)
	f.must(err)
	f.must(s.Store.FlushSeen(ctx))
	f.must(s.Store.ExpireOrders(ctx))
	f.must(s.Control.ResolveAll(ctx))
	f.must(s.pushAll(ctx))
	for _, x := range f.faults {
		if x.until != nil && x.device != "" {
			x.until(f, x)
		}
	}
}

// says holds what page, API and command line say of a fault against each other and against what should be said.
func (f *faulty) says(t *testing.T, x *fault) {
	t.Helper()
	why, helps, aside := f.said(t, x)
	if !strings.Contains(why, x.why) || !strings.Contains(why+helps, x.helps) || x.order == "" && helps == "" {
		t.Fatalf("it is said: %q, and what helps: %q", why, helps)
	}
	here := "/devices/" + url.PathEscape(string(x.device))
	page := f.page(here) + f.page(here+"/items") + f.page(here+"/orders")
	var out bytes.Buffer
	c, s := context.Background(), streams{&out, &out}
	if x.order != "" {
		f.must(ordersCmd{Serial: x.serial}.list(c, f.d.s.Store, s))
	} else {
		f.must(whyCmd{Serial: x.serial, All: true}.say(c, f.d.s.Store, s))
	}
	for _, text := range []string{why, helps} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("the command line does not say %q:\n%s", text, out.String())
		}
		if text == helps && aside { // a decision wants no remedy; the page says it in one line
			continue
		}
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q", text)
		}
	}
}

// said is what the API says.
func (f *faulty) said(t *testing.T, x *fault) (why, helps string, aside bool) {
	t.Helper()
	if x.order != "" {
		var list struct{ Items []struct{ Kind, Said string } }
		f.call("/devices/"+string(x.device)+"/orders", &list)
		for _, o := range list.Items {
			if o.Kind == string(x.order) {
				return o.Said, "", false
			}
		}
		t.Fatalf("the API knows no such order: %+v", list)
	}
	type item struct {
		Name   string
		Reason struct {
			Code string
			Text struct{ Why, Helps string }
		}
	}
	var device struct {
		State struct{ Missing, Leaving, Aside, Present []item }
	}
	f.call("/devices/"+string(x.device), &device)
	for n, list := range [][]item{device.State.Missing, device.State.Leaving, device.State.Aside, device.State.Present} {
		for _, i := range list {
			if i.Reason.Code == string(x.code) {
				return i.Reason.Text.Why, i.Reason.Text.Helps, n == 2
			}
		}
	}
	t.Fatalf("the API says nothing of %s: %+v", x.code, device.State)
	return "", "", false
}

func (f *faulty) call(path string, v any) {
	f.t.Helper()
	r, err := http.NewRequest(http.MethodGet, f.site+api.Prefix+path, nil)
	f.must(err)
	r.Header.Set("Authorization", "Bearer "+f.bearer)
	r.Header.Set("Accept-Language", web.German.String())
	answer, err := http.DefaultClient.Do(r)
	f.must(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.t.Fatalf("%s: %s", path, answer.Status)
	}
	f.must(json.NewDecoder(answer.Body).Decode(v))
}

var tags = regexp.MustCompile(`<[^>]*>`)

// page is what a page says, without its tags.
func (f *faulty) page(path string) string {
	f.t.Helper()
	answer, err := f.client.Get(f.site + path)
	f.must(err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	f.must(err)
	if answer.StatusCode != http.StatusOK {
		f.t.Fatalf("%s: %s", path, answer.Status)
	}
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(string(b), " "))), " ")
}
