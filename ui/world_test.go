package ui

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/mdm"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
	"ranzen/ui/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// noon is the now of every test world: Tuesday, 17.11.2026 08:10 in Berlin.
var noon = time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)

// world is Musterstadt on SQLite, served by a test server.
//
// Three schools. Gymnasium Nord has class 7b with 27 pupils and 27 iPads, each with its pupil: number 000417 sleeps since
// twelve days, number 000398 has iPadOS 15.8, the other 25 answer as soon as they are asked (see converge). Class 7a has
// four more pupils without iPads. Five iPads stand in a case of Grundschule am Anger, two arrived from Apple and belong to
// no school, one was enrolled by hand and nobody confirmed it.
//
// Published are „WLAN Schule“, „Einschränkungen Sek I“ (fixed for the whole authority, confirmed everywhere) and „Anton
// verlinkt“ (Gymnasium Nord, confirmed). „WLAN Schule“ is assigned to nobody.
type world struct {
	t         testing.TB
	st        *store.Store
	ui        *UI
	server    *httptest.Server
	file      string        // of the database
	now       *atomic.Int64 // microseconds: what the server's clock says
	authority school.AuthorityID
	by        school.Actor // the server itself, which may do everything here
	records
}

// records are the ids of what is in the world.
type records struct {
	Authority              school.AuthorityID
	Nord, Anger, West      school.SchoolID
	C7a, C7b, C3a          school.ClassID
	Case                   school.PlaceID
	Pupils                 []school.PersonID // of 7b, in the order of Devices
	Devices                []school.DeviceID // of 7b
	Asleep, Old            school.DeviceID   // two of them
	InCase                 []school.DeviceID
	Unplaced               []school.DeviceID
	Unconfirmed            school.DeviceID
	Wifi, Rules, Link      school.ProfileID
	RulesGiven, LinkGiven  school.AssignmentID
	Operator, Admin, Clerk string // logins; the password of all is password
	Auditor                string
}

const password = "ein langes Kennwort 7"

var (
	bornOnce sync.Once
	bornFile string
	bornRec  records
)

// newWorld gives a fresh copy of the world, which is made once for all tests.
func newWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	bornOnce.Do(func() {
		dir, err := os.MkdirTemp("", "ranzen-world-")
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "world.db")
		w := openWorld(t, file)
		w.populate()
		if err := w.st.Close(); err != nil {
			t.Fatal(err)
		}
		bornFile, bornRec = file, w.records
	})
	if bornFile == "" {
		t.Fatal("the world could not be made; the first test that needed it says why")
	}
	body, err := os.ReadFile(bornFile)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "world.db")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, file)
	w.records, w.authority = bornRec, bornRec.Authority
	w.by = school.System("test", w.authority)
	w.serve(change...)
	return w
}

func openWorld(t testing.TB, file string) *world {
	t.Helper()
	w := &world{t: t, file: file, now: new(atomic.Int64)}
	w.clock(noon)
	s, err := store.Open(context.Background(), store.Options{URL: file, Keys: storetest.Keys,
		Now: func() time.Time { return time.UnixMicro(w.now.Load()).UTC() }})
	if err != nil {
		t.Fatal(err)
	}
	w.st = s
	t.Cleanup(func() { _ = s.Close() })
	return w
}

// emptyWorld is a fresh installation with one authority and nothing in it, and its administrator.
func emptyWorld(t testing.TB, change ...func(*Config)) *world {
	t.Helper()
	w := openWorld(t, filepath.Join(t.TempDir(), "world.db"))
	w.found(school.Authority{Name: "Neustadt"})
	w.serve(change...)
	return w
}

func (w *world) serve(change ...func(*Config)) {
	w.t.Helper()
	c := Config{Store: w.st, Log: slog.New(slog.NewTextHandler(testLog{w.t}, &slog.HandlerOptions{Level: slog.LevelError}))}
	for _, f := range change {
		f(&c)
	}
	u, err := New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.ui = u
	r := mux.NewRouter()
	u.Routes(r)
	w.server = httptest.NewServer(r)
	w.t.Cleanup(w.server.Close)
}

// testLog shows what the pages log beside the test that made them.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func (w *world) clock(at time.Time) { w.now.Store(at.UnixMicro()) }

func ok[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) found(a school.Authority) {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.st.CreateAuthority(ctx, school.System("test", ""), a)
	w.authority = ok(w.t, id, err)
	w.Authority = w.authority
	w.by = school.System("test", w.authority)
	w.Admin = w.account("admin@musterstadt.example", "Anna Beispiel", school.Grant{Role: school.AuthorityAdmin})
}

// account makes an account that can sign in and returns its login.
func (w *world) account(login, name string, grants ...school.Grant) string {
	w.t.Helper()
	ctx := context.Background()
	var link string
	var err error
	if len(grants) == 0 {
		_, link, err = w.st.CreateOperator(ctx, school.System("test", ""), store.Account{Login: login, Name: name})
	} else {
		_, link, err = w.st.CreateAccount(ctx, w.by, store.Account{Login: login, Name: name}, grants)
	}
	if err == nil {
		_, err = w.st.SetPassword(ctx, link, password)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return login
}

// access lets the operator into the authority.
func (w *world) access(until time.Time) {
	w.t.Helper()
	ctx := context.Background()
	secret, err := w.st.SignIn(ctx, store.SignIn{Login: w.Operator, Password: password})
	ok(w.t, secret, err)
	by, _, err := w.st.SessionActor(ctx, secret)
	ok(w.t, 0, err)
	id, err := w.st.OpenAccess(ctx, by, w.authority, "Push-Zertifikat, Ticket 4711", until)
	ok(w.t, id, err)
	ok(w.t, 0, w.st.SignOut(ctx, secret))
}

var givenNames = []string{"Lena", "Deniz", "Jonas", "Ola", "Mara", "Emil", "Aylin", "Paul", "Nele", "Tariq", "Ida", "Ömer", "Frieda", "Luca", "Zoe",
	"Malte", "Hanna", "Sami", "Greta", "Noah", "Lina", "Bela", "Marie", "Timur", "Clara", "Anton", "Juna"}
var familyNames = []string{"Muster", "Yılmaz", "Weber-Test", "Zaleski", "Kern", "Ahorn", "Demo", "Birke", "Eiche", "Fichte", "Linde", "Özgün", "Ulme", "Tanne", "Weide",
	"Buche", "Erle", "Pappel", "Esche", "Lärche", "Kiefer", "Hasel", "Ginster", "Holunder", "Kastanie", "Walnuss", "Quitte"}

func (w *world) populate() {
	w.t.Helper()
	ctx, t, s := context.Background(), w.t, w.st
	w.clock(noon.AddDate(0, -2, 0))
	w.found(school.Authority{Name: "Musterstadt", Contact: "Schul-IT, Tel. 02 02 / 1 23 45", Policy: school.Policy{NumberPattern: "MS-{YY}-{seq:06}"}})
	at := func(name, typ, number string) school.SchoolID {
		id, err := s.CreateSchool(ctx, w.by, school.School{Name: name, Type: typ, Number: number})
		return ok(t, id, err)
	}
	w.Nord, w.Anger, w.West = at("Gymnasium Nord", "Gymnasium", "100417"), at("Grundschule am Anger", "Grundschule", "100231"), at("Realschule West", "Realschule", "100588")
	w.Operator = w.account("betrieb@ranzen.example", "Betrieb")
	w.access(noon.AddDate(0, 0, 20))
	w.Clerk = w.account("schule@nord.example", "Birte Beispiel", school.Grant{Role: school.SchoolAdmin, School: w.Nord})
	w.Auditor = w.account("pruefung@musterstadt.example", "Carla Beispiel", school.Grant{Role: school.Auditor})
	_, err := s.SetNetwork(ctx, w.by, w.Nord, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "einrichten"})
	ok(t, 0, err)
	class := func(at school.SchoolID, name, grade string) school.ClassID {
		id, err := s.CreateClass(ctx, w.by, school.Class{School: at, Name: name, Grade: grade})
		return ok(t, id, err)
	}
	w.C7a, w.C7b, w.C3a = class(w.Nord, "7a", "7"), class(w.Nord, "7b", "7"), class(w.Anger, "3a", "3")
	place, err := s.CreatePlace(ctx, w.by, school.Place{School: w.Anger, Kind: school.Case, Name: "Koffer 1", Class: w.C3a})
	w.Case = ok(t, place, err)
	person := func(i int, class school.ClassID) school.PersonID {
		id, err := s.CreatePerson(ctx, w.by, school.Person{School: w.Nord, Kind: school.Pupil, Given: givenNames[i], Family: familyNames[i]}, class)
		return ok(t, id, err)
	}
	var rows []store.Announced
	announce := func(serial, number, school, place string) {
		rows = append(rows, store.Announced{Row: len(rows) + 2, Serial: serial, Number: number, School: school, Place: place})
	}
	for i := range 27 {
		w.Pupils = append(w.Pupils, person(i, w.C7b))
		announce(fmt.Sprintf("F9FXK2A%03d", i+100), fmt.Sprintf("MS-26-%06d", 397+i), "Gymnasium Nord", "")
	}
	for i := range 4 {
		person((i+3)%27, w.C7a)
	}
	for i := range 5 {
		announce(fmt.Sprintf("DMPC9K%04d", i+200), fmt.Sprintf("MS-26-%06d", 601+i), "Grundschule am Anger", "Koffer 1")
	}
	if p, _, err := s.Announce(ctx, w.by, rows); err != nil {
		t.Fatal(err, p.Problems())
	}
	for i, r := range rows {
		d, err := s.DeviceBySerial(ctx, w.by, r.Serial)
		id := ok(t, d, err).ID
		if i >= 27 {
			w.InCase = append(w.InCase, id)
			continue
		}
		w.Devices = append(w.Devices, id)
		_, _, err = s.Issue(ctx, w.by, w.Pupils[i], id)
		ok(t, 0, err)
	}
	w.Old, w.Asleep = w.Devices[1], w.Devices[20]

	w.Rules = w.profile("Einschränkungen Sek I", "webclip", url.Values{"label": {"Regeln"}, "url": {"https://regeln.example"}})
	w.Link = w.profile("Anton verlinkt", "webclip", url.Values{"label": {"Anton"}, "url": {"https://anton.example"}})
	w.Wifi = w.publish("WLAN Schule", "", wifiProfile)
	w.RulesGiven = w.assign(school.Scope{Level: school.AtAuthority, ID: string(w.authority)}, w.Rules, true)
	w.LinkGiven = w.assign(school.Scope{Level: school.AtSchool, ID: string(w.Nord)}, w.Link, false)

	for _, id := range append(append([]school.DeviceID{}, w.Devices...), w.InCase...) {
		os := "26.1"
		if id == w.Old {
			os = "15.8"
		}
		if id == w.Asleep {
			w.clock(noon.Add(-12*24*time.Hour + 5*time.Hour - 8*time.Minute))
		} else {
			w.clock(noon.AddDate(0, -1, 0))
		}
		w.enrol(id, os, store.ForEnroll)
	}
	w.clock(noon.Add(-20 * time.Hour))
	for _, serial := range []string{"H4VLQ10001", "H4VLQ10002"} { // Apple's list brought them
		id := w.enrolled(serial, "26.1", store.ForEnroll)
		w.Unplaced = append(w.Unplaced, id)
	}
	w.Unconfirmed = w.enrolled("GG7ZQ30001", "18.5", store.ForManual)
	w.clock(noon.Add(-12*24*time.Hour + 5*time.Hour - 8*time.Minute))
	w.converge(w.Asleep)
	w.clock(noon.Add(-2 * time.Minute))
	w.converge(w.awake()...)
	w.clock(noon)
}

// wifiProfile brings a network, and a relay that iPads know from iPadOS 17 on.
const wifiProfile = `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>PayloadType</key><string>Configuration</string>
<key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.wifi</string><key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000001</string>
<key>PayloadDisplayName</key><string>WLAN Schule</string><key>PayloadContent</key><array>
<dict><key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.wifi.1</string>
<key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000002</string><key>SSID_STR</key><string>Schule</string><key>EncryptionType</key><string>WPA2</string><key>Password</key><string>ganz geheim</string></dict>
<dict><key>PayloadType</key><string>com.apple.relay.managed</string><key>PayloadVersion</key><integer>1</integer><key>PayloadIdentifier</key><string>example.wifi.2</string>
<key>PayloadUUID</key><string>00000000-0000-4000-8000-000000000003</string><key>Relays</key><array><dict><key>HTTP2RelayURL</key><string>https://relay.example/</string></dict></array></dict>
</array></dict></plist>`

// profile makes and publishes a profile of the authority from a form.
func (w *world) profile(name, form string, v url.Values) school.ProfileID {
	w.t.Helper()
	f, found := profiles.FormOf(form)
	if !found {
		w.t.Fatalf("no form %s", form)
	}
	all := f.Defaults()
	for k, x := range v {
		all[k] = x
	}
	c, err := profiles.Build(form, name, all, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.publish(name, form, string(c.Body))
}

// publish makes and publishes a profile of the authority from a file.
func (w *world) publish(name, form, body string) school.ProfileID {
	w.t.Helper()
	ctx := context.Background()
	c, err := profiles.Parse([]byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	id, _, _, err := w.st.CreateProfile(ctx, w.by, school.Profile{Name: name}, form, c)
	if err == nil {
		_, _, err = w.st.Publish(ctx, w.by, id)
	}
	return ok(w.t, id, err)
}

func (w *world) assign(scope school.Scope, p school.ProfileID, fixed bool) school.AssignmentID {
	w.t.Helper()
	by := w.by
	by.Name = "Schul-IT"
	id, _, err := w.st.Assign(context.Background(), by, school.Assignment{Scope: scope, Profile: p, Mode: school.Required, Fixed: fixed})
	return ok(w.t, id, err)
}

func (w *world) enrol(d school.DeviceID, os string, why store.Purpose) school.EnrollmentID {
	w.t.Helper()
	p, err := w.st.DeviceByID(context.Background(), w.by, d)
	return w.enrolment(store.Identity{Authority: w.authority, Device: d, Purpose: why, Ends: noon.AddDate(5, 0, 0)}, ok(w.t, p, err).Serial, os)
}

func (w *world) enrolled(serial, os string, why store.Purpose) school.DeviceID {
	w.t.Helper()
	id := store.Identity{Authority: w.authority, Purpose: why, Ends: noon.AddDate(5, 0, 0)}
	if why == store.ForManual {
		id.School = w.Nord
	}
	w.enrolment(id, serial, os)
	p, err := w.st.DeviceBySerial(context.Background(), w.by, serial)
	return ok(w.t, p, err).ID
}

func (w *world) enrolment(id store.Identity, serial, os string) school.EnrollmentID {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.st.Authenticated(ctx, id, store.Checkin{NanoID: "udid-" + serial, UDID: "udid-" + serial, Serial: serial, Topic: "topic",
		Model: "iPad (9. Generation)", ProductName: "iPad12,1", OSVersion: os, Build: "20A1"})
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := w.st.TokenUpdated(ctx, w.authority, "udid-"+serial, store.Token{Topic: "topic", Magic: "magic", Token: []byte(serial)})
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.st.Observe(ctx, w.authority, e, "", func(o *store.Observation) error {
		o.Have.InventoryAt, o.Have.BypassAt = o.Now, o.Now
		battery, free := 84, 31.4
		o.Info = &store.DeviceInfo{Battery: &battery, StorageFree: &free}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// awake are the enrolled devices that answer.
func (w *world) awake() []school.DeviceID {
	out := append(append([]school.DeviceID{w.Unconfirmed}, w.InCase...), w.Unplaced...)
	for _, d := range w.Devices {
		if d != w.Asleep {
			out = append(out, d)
		}
	}
	return out
}

// converge plays control and the devices: every marked target is planned, and the devices named call and report
// everything they should have.
func (w *world) converge(answer ...school.DeviceID) {
	w.t.Helper()
	ctx := context.Background()
	answers := map[school.DeviceID]bool{}
	for _, d := range answer {
		answers[d] = true
	}
	facts, have, reads, err := w.st.Marked(ctx, w.authority, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	marked := map[school.DeviceID]bool{}
	for _, f := range facts {
		marked[f.Device.ID] = true
	}
	for _, d := range answer { // who was planned before and calls now
		if marked[d] {
			continue
		}
		p, err := w.st.DeviceByID(ctx, w.by, d)
		if err != nil || p.Enrollment == nil {
			w.t.Fatal("a device that is not enrolled cannot answer", err)
		}
		f, h, read, err := w.st.Facts(ctx, w.authority, p.Enrollment.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		facts, have, reads = append(facts, f), append(have, h), append(reads, read)
	}
	var plans []store.Planned
	for i, f := range facts {
		want, h := mdm.Desired(f), have[i]
		if answers[f.Device.ID] {
			h.Items = map[school.ItemKey]school.ItemState{}
			h.Present = map[school.ItemKey]school.Have{}
			for _, item := range want.Items {
				h.Present[item.Key] = school.Have{Hash: item.Hash, Owner: item.Owner, Network: item.Network, Since: w.st.Now()}
			}
			w.st.Seen(f.Enrollment, f.Device.ID, w.st.Now())
		}
		p := store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: reads[i], Set: want.Set, Overlay: want.Overlay, Have: h}
		for _, item := range want.Items {
			p.Members = append(p.Members, store.Member{Key: item.Key, Profile: item.Profile, Version: item.Version, Hash: item.Hash, Owner: item.Owner, Network: item.Network})
		}
		for _, l := range want.Left {
			p.Left = append(p.Left, store.LeftOut{Key: l.Key, Profile: l.Profile, Code: string(l.Code)})
		}
		plans = append(plans, p)
	}
	if _, err := w.st.SavePlans(ctx, plans); err != nil {
		w.t.Fatal(err)
	}
	if err := w.st.FlushSeen(ctx); err != nil {
		w.t.Fatal(err)
	}
}

// client is a browser without script, signed in or not.
type client struct {
	w      *world
	http   *http.Client
	Secret string // of the session; for a real browser: cookie ranzen
}

// as signs in; the empty login is a stranger. Operators enter the world's authority.
func (w *world) as(login string) *client {
	w.t.Helper()
	c := &client{w: w, http: &http.Client{Jar: jar{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if login == "" {
		return c
	}
	secret, err := w.st.SignIn(context.Background(), store.SignIn{Login: login, Password: password})
	if err != nil {
		w.t.Fatal(err)
	}
	if login == w.Operator {
		if err := w.st.ChooseAuthority(context.Background(), secret, w.authority); err != nil {
			w.t.Fatal(err)
		}
	}
	c.Secret = secret
	c.http.Jar.(jar)["ranzen"] = secret
	return c
}

// jar keeps cookies by name, for the one server there is.
type jar map[string]string

func (j jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		if c.MaxAge < 0 {
			delete(j, c.Name)
		} else {
			j[c.Name] = c.Value
		}
	}
}

func (j jar) Cookies(*url.URL) (out []*http.Cookie) {
	for name, value := range j {
		out = append(out, &http.Cookie{Name: name, Value: value})
	}
	return out
}

// answer is a page as it came.
type answer struct {
	Status   int
	Body     string
	Location string
	Header   http.Header
}

// get opens an address; headers follow in pairs.
func (c *client) get(path string, headers ...string) answer {
	c.w.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.w.server.URL+path, nil)
	if err != nil {
		c.w.t.Fatal(err)
	}
	return c.do(r, headers)
}

// post sends a form. It is not followed to where it leads: see Location.
func (c *client) post(path string, form url.Values, headers ...string) answer {
	c.w.t.Helper()
	r, err := http.NewRequest(http.MethodPost, c.w.server.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		c.w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r, headers)
}

func (c *client) do(r *http.Request, headers []string) answer {
	c.w.t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(r)
	if err != nil {
		c.w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.w.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(body), resp.Header.Get("Location"), resp.Header}
}

// says fails unless the page has the status and says everything listed, as a person reads it.
func (a answer) says(t testing.TB, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("status %d (to %q), want %d\n%.2000s", a.Status, a.Location, status, a.Body)
	}
	read := a.read()
	for _, text := range texts {
		if !strings.Contains(read, text) {
			t.Errorf("the page does not say %q; it says\n%.6000s", text, read)
		}
	}
}

// hides fails if the page says one of these.
func (a answer) hides(t testing.TB, texts ...string) {
	t.Helper()
	read := a.read()
	for _, text := range texts {
		if strings.Contains(read, text) {
			t.Errorf("the page says %q", text)
		}
	}
}

// read is the text of the page's main part with single blanks.
func (a answer) read() string {
	body := a.Body
	if _, main, found := strings.Cut(body, `<main`); found {
		body = main
		if before, _, found := strings.Cut(body, `</main>`); found {
			body = before
		}
	}
	return readable(body)
}

// picture takes the page of a signed-in tab for somebody to look at, if RANZEN_PICTURES names a folder.
func picture(tab *webtest.Tab, name string) {
	if folder := os.Getenv("RANZEN_PICTURES"); folder != "" {
		tab.Screenshot(filepath.Join(folder, name+".png"))
	}
}

// open opens a page in a browser that is signed in.
func (c *client) open(t *testing.T, path string, o webtest.Options) *webtest.Tab {
	t.Helper()
	if o.Cookies == nil {
		o.Cookies = map[string]string{}
	}
	if c.Secret != "" {
		o.Cookies["ranzen"] = c.Secret
	}
	return webtest.Open(t, c.w.server.URL+path, o)
}
