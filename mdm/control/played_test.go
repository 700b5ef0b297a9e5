package control_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll"
	"ranzen/enroll/ca"
	"ranzen/mdm/control"
	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// played is a server with a played Apple around it: the real handlers, the real store, HTTP without a network.
type played struct {
	t       testing.TB
	st      *store.Store
	by      school.Actor
	control *control.Control
	enroll  *enroll.Enroll
	apple   *sim.Apple
	fleet   *sim.Fleet
	server  *sim.Server
	token   school.TokenID
	school  school.SchoolID
	class   school.ClassID
	handler http.Handler
	url     string // of the database, for what only a test does there
}

const base = "https://mdm.musterstadt.example"

func play(t testing.TB, st *store.Store, weather sim.Weather) *played {
	t.Helper()
	ctx := context.Background()
	p := &played{t: t, st: st}
	var err error
	r := mux.NewRouter()
	p.handler = r
	p.apple, err = sim.NewApple(sim.Config{Seed: 1, Weather: &weather, Now: st.Now})
	p.must(err)
	p.fleet = sim.NewFleet(p.apple, sim.InProcess(r))
	addr, roots, err := p.apple.StartAPNs(t.Context())
	p.must(err)
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	p.control = control.New(control.Config{Store: st, Log: log, BaseURL: base, Push: control.PushTo{URL: "https://" + addr, Roots: roots}, Again: []time.Duration{time.Millisecond}})
	p.enroll = enroll.New(enroll.Config{Store: st, Log: log, BaseURL: base, Apple: p.apple, Anchors: ca.Anchors(p.apple.AnchorCerts())})
	p.control.Routes(r)
	p.enroll.Routes(r)

	p.settleIn("Musterstadt", "7D6C5B4A-0000-4000-8000-4D5553544552")
	p.server = p.apple.AddServer("Ranzen", "Musterstadt")
	var public []byte
	p.token, public, err = p.enroll.NewTokenKey(ctx, p.by, "ASM", "asm")
	p.must(err)
	p7m, err := p.server.Token(public)
	p.must(err)
	_, err = p.enroll.ExchangeToken(ctx, p.by, p.token, p7m)
	p.must(err)
	p.fleet.AddNetwork("Gymnasium Nord", "Einrichtung", "einrichtung")
	p.fleet.AddNetwork("Gymnasium Nord", "GYN-Schule", "schulweg7")
	return p
}

// settleIn makes the authority: with CA, push certificate, a school and its class.
func (p *played) settleIn(name, topic string) {
	p.t.Helper()
	ctx := context.Background()
	a, err := p.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: name, Policy: school.Policy{DeclaredProfiles: true}})
	p.must(err)
	p.by = school.System("test", a)
	cert, key, err := p.apple.PushCertificate(topic, nil)
	p.must(err)
	info, _, err := ca.ParsePushCertificate(cert, key)
	p.must(err)
	p.must(p.st.StorePush(ctx, p.by, store.PushUpload{Topic: info.Topic, Certificate: cert, Key: key, Ends: info.NotAfter}))
	_, err = p.enroll.EnsureCA(ctx, a)
	p.must(err)
	p.school, err = p.st.CreateSchool(ctx, p.by, school.School{Name: "Gymnasium Nord", Type: "Gymnasium", Network: school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "einrichtung"}})
	p.must(err)
	p.class, err = p.st.CreateClass(ctx, p.by, school.Class{School: p.school, Name: "7b", Grade: "7"})
	p.must(err)
}

// mount puts another control before the devices.
func (p *played) mount(x *control.Control) {
	r := mux.NewRouter()
	x.Routes(r)
	p.handler = r
}

func (p *played) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// deliver announces iPads for the class and puts them on Apple's list.
func (p *played) deliver(specs ...sim.Spec) {
	p.t.Helper()
	var rows []store.Announced
	for i := range specs {
		specs[i].School, specs[i].SetupSSID = "Gymnasium Nord", "Einrichtung"
		rows = append(rows, store.Announced{Row: i + 2, Serial: specs[i].Serial, School: "Gymnasium Nord", Class: "7b"})
	}
	plan, _, err := p.st.Announce(context.Background(), p.by, rows)
	for _, e := range plan.Problems() {
		p.t.Error(e)
	}
	p.must(err)
	p.server.Deliver(specs...)
	for _, x := range specs {
		i, err := p.fleet.NewIPad(x)
		p.must(err)
		i.Unbox()
	}
	p.sync()
}

func (p *played) sync() {
	p.t.Helper()
	_, err := p.enroll.SyncToken(context.Background(), p.token)
	p.must(err)
	_, err = p.enroll.AssignProfiles(context.Background(), p.token)
	p.must(err)
}

// live lets iPads and server go on for some rounds, or until done says so.
func (p *played) live(rounds int, done func() bool) bool {
	p.t.Helper()
	ctx := context.Background()
	for range rounds {
		p.must(p.fleet.Advance(ctx, 2*time.Second))
		p.must(p.control.ResolveAll(ctx))
		_, err := p.control.PushDue(ctx, 500)
		p.must(err)
		if done() {
			return true
		}
	}
	return false
}

func (p *played) converged() bool {
	counts, err := p.st.Counts(context.Background())
	p.must(err)
	for _, c := range counts {
		if c.Converged != c.Enrolled || c.Enrolled != len(p.fleet.IPads()) {
			return false
		}
	}
	return len(counts) > 0
}

func (p *played) profile(form, name string, v url.Values) (school.ProfileID, school.VersionID) {
	p.t.Helper()
	ctx := context.Background()
	f, ok := profiles.FormOf(form)
	if !ok {
		p.t.Fatalf("no form %q", form)
	}
	values := f.Defaults()
	for k, x := range v {
		values[k] = x
	}
	c, err := profiles.Build(form, name, values, nil)
	p.must(err)
	id, _, _, err := p.st.CreateProfile(ctx, p.by, school.Profile{Name: name}, form, c)
	p.must(err)
	version, _, err := p.st.Publish(ctx, p.by, id)
	p.must(err)
	return id, version
}

func (p *played) assign(level school.Level, id string, profile school.ProfileID, version school.VersionID) school.AssignmentID {
	p.t.Helper()
	a, _, err := p.st.Assign(context.Background(), p.by, school.Assignment{Scope: school.Scope{Level: level, ID: id}, Profile: profile, Version: version, Mode: school.Required})
	p.must(err)
	return a
}

func TestFromTheBoxToAReportedProfile(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCE", ProductName: "iPad11,6", OSVersion: "15.8"})
		if !p.live(60, p.converged) {
			for _, i := range p.fleet.IPads() {
				t.Logf("%+v", i.Snapshot())
			}
			t.Fatal("the iPads do not enrol")
		}
		wifi, v := p.profile("wifi", "WLAN Schule", url.Values{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg7"}})
		a := p.assign(school.AtClass, string(p.class), wifi, v)
		if !p.live(60, p.converged) {
			for _, i := range p.fleet.IPads() {
				t.Logf("%+v", i.Snapshot())
			}
			t.Fatal("the profile does not arrive")
		}
		progress, err := st.Progress(context.Background(), p.by, school.Scope{Level: school.AtClass, ID: string(p.class)})
		p.must(err)
		if len(progress) != 1 || progress[0].Confirmed != 2 || progress[0].Total != 2 {
			t.Fatalf("progress %+v", progress)
		}
		for _, i := range p.fleet.IPads() {
			s := i.Snapshot()
			t.Logf("%s %s: %+v %+v", s.Serial, s.OSVersion, s.Profiles, len(s.Declarations))
		}
		_ = a
	})
}

// An iPad that says it knows no declarative management is not asked again: it gets commands.
func TestAnIPadWithoutDeclarationsGetsCommands(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		id, version := p.profile("webclip", "Regeln", map[string][]string{"label": {"Regeln"}, "url": {"https://regeln.example"}})
		p.assign(school.AtAuthority, string(p.by.Tenant), id, version)
		p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "18.3", NoDDM: true})
		if !p.live(60, p.converged) {
			t.Fatalf("%+v", p.fleet.IPad("F9FXK2ABCD").Snapshot())
		}
		if s := p.fleet.IPad("F9FXK2ABCD").Snapshot(); len(s.Declarations) != 0 {
			t.Errorf("it was given declarations: %+v", s.Declarations)
		}
	})
}
