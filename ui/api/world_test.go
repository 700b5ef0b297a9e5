package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var noon = time.Date(2026, 11, 17, 11, 0, 0, 0, time.UTC)

// Names that stand nowhere else, so that finding one means a name was told.
const (
	given  = "Xaverine"
	family = "Quastenflosser"
	email  = "xq@schule.example"
	login  = "quasti"
)

var names = []string{given, family, email, login, "Quastenfl"}

// world is an authority with two schools as programs see it, and a stranger beside it.
type world struct {
	t      testing.TB
	st     *store.Store
	api    *API
	router *mux.Router
	says   contract
	now    atomic.Int64

	by       school.Actor // the server itself
	north    school.SchoolID
	south    school.SchoolID
	class    school.ClassID // 7b at north
	place    school.PlaceID
	person   school.PersonID
	device   school.DeviceID // held by the person, in 7b
	gone     bool            // it is enrolled no more
	profile  school.ProfileID
	ours     school.ProfileID // of north
	personal school.ProfileID // fills in the holder's name
	tokens   map[string]string
	made     atomic.Int64   // apps
	kit      school.KitID   // of notebooks, once one was asked for
	paper    school.ClassID // whose contracts are printed, once somebody wanted it
	print    school.PrintID
	kept     map[string]string // what lending made, by how far it is
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	storetest.EachEngine(t, func(t *testing.T, engine string) { fn(t, newWorld(t, engine)) })
}

func ok[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newWorld(t testing.TB, engine string) *world {
	t.Helper()
	w := &world{t: t, tokens: map[string]string{}, kept: map[string]string{}}
	w.now.Store(noon.UnixMicro())
	w.st = storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return time.UnixMicro(w.now.Load()).UTC() }})
	w.api = New(Config{Store: w.st, Papers: func(made []store.DocumentFile) ([]byte, error) {
		return fmt.Appendf(nil, "%%PDF-1.7 %d", len(made)), nil
	}, Content: func(ctx context.Context, by school.Actor, x store.ContentToken, file []byte) (school.TokenID, error) {
		x.UID, x.Ends = string(file), w.st.Now().AddDate(1, 0, 0)
		return w.st.KeepContentToken(ctx, by, x, file)
	}})
	r := mux.NewRouter()
	w.api.Routes(r)
	w.router, w.says = r, readContract(t)
	ctx := context.Background()

	id, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
	w.by = school.System("test", ok(t, id, err))
	at := func(name string) school.SchoolID {
		id, err := w.st.CreateSchool(ctx, w.by, school.School{Name: name, Type: "Gymnasium"})
		return ok(t, id, err)
	}
	w.north, w.south = at("Gymnasium Nord"), at("Gymnasium Süd")
	class, err := w.st.CreateClass(ctx, w.by, school.Class{School: w.north, Name: "7b", Grade: "7"})
	w.class = ok(t, class, err)
	place, err := w.st.CreatePlace(ctx, w.by, school.Place{School: w.north, Kind: school.Case, Name: "Koffer 1"})
	w.place = ok(t, place, err)
	person, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.north, Kind: school.Pupil, Given: given, Family: family, Email: email, Login: login}, w.class)
	w.person = ok(t, person, err)
	w.device = w.announced("F9FXK2A100", "Gymnasium Nord")
	w.enrol(w.device, "F9FXK2A100")
	_, _, err = w.st.Issue(ctx, w.by, w.person, w.device)
	ok(t, 0, err)

	w.profile = w.newProfile("WLAN Schule", "", "wifi", map[string]string{"ssid": "Schule", "security": "WPA2", "password": "ganz geheim"})
	w.ours = w.newProfile("Nordlink", w.north, "webclip", map[string]string{"label": "Nord", "url": "https://nord.example"})
	w.personal = w.newProfile("Mein iPad", "", "webclip", map[string]string{"label": "{{person.given}}", "url": "https://schule.example"})
	w.assign(school.Scope{Level: school.AtSchool, ID: string(w.north)}, w.personal)
	w.assign(school.Scope{Level: school.AtPerson, ID: string(w.person)}, w.ours)

	verbs := func(r school.Role) []school.Verb { return r.Verbs() }
	w.token("admin", school.AuthorityAdmin, "", verbs(school.AuthorityAdmin))
	w.token("own", school.SchoolAdmin, w.north, verbs(school.SchoolAdmin))
	w.token("foreign", school.SchoolAdmin, w.south, verbs(school.SchoolAdmin))
	w.token("auditor", school.Auditor, "", verbs(school.Auditor))
	w.token("desk", school.Desk, w.north, verbs(school.Desk))
	w.token("shop", school.Repair, "", verbs(school.Repair))
	w.token("reader", school.SchoolAdmin, w.north, []school.Verb{school.View})

	// An operator has no token by which a program could come; what would be answered to it is checked all the same.
	w.tokens["operator"] = "rz_operator"
	real := w.api.keep.actor
	w.api.keep.actor = func(ctx context.Context, secret string) (school.Actor, error) {
		if secret == "rz_operator" {
			return school.Actor{Kind: school.TokenActor, Account: "operator", Name: "Betrieb", Tenant: w.by.Tenant, Grants: []school.Grant{{Role: school.Operator}, {Role: school.Operator, Authority: w.by.Tenant}}}, nil
		}
		return real(ctx, secret)
	}

	other, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	here := w.by
	w.by = school.System("test", ok(t, other, err))
	w.token("stranger", school.AuthorityAdmin, "", verbs(school.AuthorityAdmin))
	w.by = here
	return w
}

func (w *world) token(name string, role school.Role, at school.SchoolID, verbs []school.Verb) {
	w.t.Helper()
	_, secret, err := w.st.CreateAPIToken(context.Background(), w.by, store.APIToken{Name: name, Role: role, School: at, Verbs: verbs})
	w.tokens[name] = ok(w.t, secret, err)
}

func (w *world) announced(serial, at string) school.DeviceID {
	w.t.Helper()
	ctx := context.Background()
	if p, _, err := w.st.Announce(ctx, w.by, []store.Announced{{Serial: serial, School: at}}); err != nil {
		w.t.Fatal(err, p.Problems())
	}
	x, err := w.st.DeviceBySerial(ctx, w.by, serial)
	return ok(w.t, x, err).ID
}

func (w *world) enrol(d school.DeviceID, serial string) {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.st.Authenticated(ctx, store.Identity{Authority: w.by.Tenant, Device: d, Purpose: store.ForEnroll, Ends: noon.AddDate(5, 0, 0)},
		store.Checkin{NanoID: "udid-" + serial, UDID: "udid-" + serial, Serial: serial, Topic: "topic", Model: "iPad (9. Generation)", ProductName: "iPad12,1", OSVersion: "26.1", Build: "23B85"})
	ok(w.t, 0, err)
	e, err := w.st.TokenUpdated(ctx, w.by.Tenant, "udid-"+serial, store.Token{Topic: "topic", Magic: "magic", Token: []byte(serial)})
	ok(w.t, 0, err)
	ok(w.t, 0, w.st.Observe(ctx, w.by.Tenant, e, "", func(o *store.Observation) error {
		o.Have.InventoryAt, o.Have.BypassAt = o.Now, o.Now
		battery, free := 84, 31.4
		o.Info = &store.DeviceInfo{Battery: &battery, StorageFree: &free}
		return nil
	}))
}

// newProfile makes and publishes a profile.
func (w *world) newProfile(name string, at school.SchoolID, form string, values map[string]string) school.ProfileID {
	w.t.Helper()
	ctx := context.Background()
	id, _, _, err := w.st.CreateProfile(ctx, w.by, school.Profile{Name: name, School: at}, form, w.content(name, form, values))
	ok(w.t, id, err)
	_, _, err = w.st.Publish(ctx, w.by, id)
	return ok(w.t, id, err)
}

func (w *world) content(name, form string, values map[string]string) school.Content {
	w.t.Helper()
	f, _ := profiles.FormOf(form)
	v := f.Defaults()
	for k, x := range values {
		v.Set(k, x)
	}
	c, err := profiles.Build(form, name, v, nil)
	return ok(w.t, c, err)
}

func (w *world) assign(scope school.Scope, p school.ProfileID) school.AssignmentID {
	w.t.Helper()
	id, _, err := w.st.Assign(context.Background(), w.by, school.Assignment{Scope: scope, Profile: p, Mode: school.Required})
	return ok(w.t, id, err)
}

// request is one call of a program; who is the name of a token.
type request struct {
	who, method, path, body string
	header                  map[string]string
}

// response is what came back.
type response struct {
	status int
	header http.Header
	text   string
	json   any
}

func (w *world) do(q request) response {
	w.t.Helper()
	r := httptest.NewRequest(q.method, Prefix+q.path, strings.NewReader(q.body))
	if secret, known := w.tokens[q.who]; known {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	if q.body != "" {
		r.Header.Set("Content-Type", typeJSON)
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) response {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.router.ServeHTTP(rec, r)
	out := response{status: rec.Code, header: rec.Result().Header, text: rec.Body.String()}
	if kind := out.header.Get("Content-Type"); out.text != "" && kind != typePDF && kind != typeZIP {
		d := json.NewDecoder(bytes.NewReader(rec.Body.Bytes()))
		if err := d.Decode(&out.json); err != nil {
			w.t.Fatalf("%s %s answers no JSON: %v\n%s", r.Method, r.URL.Path, err, out.text)
		}
	}
	// Whatever a test is about, every answer is held against the contract.
	var match mux.RouteMatch
	if w.router.Match(r, &match) && match.Route != nil {
		if rt, ok := routeOfName(strings.TrimPrefix(match.Route.GetName(), "api.")); ok && out.status != http.StatusMethodNotAllowed && rt.method == r.Method {
			w.says.holds(w.t, rt, out)
		}
	}
	return out
}

// get finds a value of an answer by its path: "errors.0.code". Missing is nil.
func (r response) get(path string) any {
	v := r.json
	for _, part := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

func (r response) is(t testing.TB, status int, code string) {
	t.Helper()
	if r.status != status || code != "" && r.get("code") != code {
		t.Fatalf("status %d code %v, want %d %s\n%s", r.status, r.get("code"), status, code, r.text)
	}
}

func routeOfName(name string) (route, bool) {
	for _, rt := range routes {
		if rt.name == name {
			return rt, true
		}
	}
	return route{}, false
}

// app is the profile of an app somebody added by hand.
func (w *world) app(n int) string {
	id, err := w.st.NameApp(context.Background(), w.by, store.AppInfo{AdamID: fmt.Sprint(10_000 + w.made.Add(1)), Name: "Hausapp", BundleID: "example.app" + string(store.NewID[school.ProfileID]())}, profiles.NewApp)
	return string(ok(w.t, id, err))
}

func (w *world) contentToken(n int) string {
	id, err := w.st.KeepContentToken(context.Background(), w.by, store.ContentToken{Name: "Nord", UID: fmt.Sprint("uid ", store.NewID[school.TokenID]()), Ends: w.st.Now().AddDate(1, 0, 0)}, []byte("secret"))
	return string(ok(w.t, id, err))
}
