package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"ranzen/enroll/ca"
	"ranzen/mdm/control"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui"
)

// demoCmd runs the same server as serve with a played Apple as transport and a district of simulated iPads, on loopback.
// Nothing leaves the machine. Three lines of its output are for scripts: ready, user, password.
type demoCmd struct {
	Listen   string `default:"127.0.0.1:8080" help:"Loopback address to listen on."`
	Devices  int    `default:"60" help:"Number of iPads."`
	Dir      string `default:"demo-data" help:"Folder that keeps the demo; started again with it, the demo goes on where it was."`
	Database string `help:"Database to use instead of a file in the folder: a path or postgres://…"`
	Seed     int64  `default:"7" help:"The same seed plays the same district and the same luck."`
	District string `default:"demo" enum:"demo,muc-90" help:"demo: three schools; muc-90: 90 schools and 28,000 iPads."`
	Log      string `default:"warn" enum:"debug,info,warn,error" help:"How much to log."`
}

// demoBase is how the played iPads reach the server. The name leads nowhere: their transport ends in this process.
const demoBase = "https://mdm.musterstadt.example"

// demoState is what the demo must remember beside world and played Apple.
type demoState struct {
	Password string
	Seeded   bool
}

// demo is a running one.
type demo struct {
	cmd   demoCmd
	out   streams
	log   *slog.Logger
	clock movedClock
	state demoState
	apple *sim.Apple
	fleet *sim.Fleet
	road  *road
	apns  control.PushTo // the played push service
	s     *Server

	// Set by tests: how fast iPads live, and in what weather.
	speed   float64
	weather *sim.Weather
	started time.Time // when the district had begun

	mu   sync.Mutex
	link string // one-time link that signs a browser in
}

// Run is `ranzen demo`.
func (c demoCmd) Run(ctx context.Context, out streams) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || !loopback(host) {
		return fmt.Errorf("--listen %s: the demo listens on loopback only, for example 127.0.0.1:8080", c.Listen)
	}
	if c.Devices < 1 || c.Devices > 28000 {
		return errors.New("--devices must be between 1 and 28000")
	}
	boundMemory()
	tendHeap()
	d := &demo{cmd: c, out: out}
	return d.run(ctx)
}

func (d *demo) path(name string) string { return filepath.Join(d.cmd.Dir, name) }

func (d *demo) run(ctx context.Context) error {
	if err := d.prepare(); err != nil {
		return err
	}
	l, err := net.Listen("tcp", d.cmd.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer l.Close()
	if err := d.open(ctx, "http://"+l.Addr().String()); err != nil {
		return err
	}
	defer d.s.Close()
	url := "http://" + l.Addr().String()
	d.link = store.Secret(16)
	fmt.Fprintf(d.out.out, "ready %s\nuser %s\npassword %s\n\nSigned in by one click, once:  %s/demo/%s\nApple and the iPads are played here. Nothing leaves this machine. Ctrl-C ends the demo; the same --dir goes on.\n",
		url, demoLogin, d.state.Password, url, d.link)
	life, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { d.fleet.Run(life) })
	wg.Go(func() { d.keep(life) })
	err = d.s.serve(ctx, httpServer(d.s.Handler()), l)
	stop()
	wg.Wait()
	return errors.Join(err, d.save())
}

// prepare makes the folder and the log.
func (d *demo) prepare() error {
	if err := os.MkdirAll(d.cmd.Dir, 0o700); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(d.cmd.Log)); err != nil {
		return fmt.Errorf("--log: %w", err)
	}
	d.log = slog.New(slog.NewTextHandler(d.out.err, &slog.HandlerOptions{Level: level}))
	return nil
}

// open brings the played world back from its folder, or begins a new one.
func (d *demo) open(ctx context.Context, public string) error {
	keys, err := store.OpenKeyRing(d.path("keys"), true)
	if err != nil {
		return err
	}
	if b, err := os.ReadFile(d.path("demo.json")); err == nil {
		if err := json.Unmarshal(b, &d.state); err != nil {
			return fmt.Errorf("%s: %w; begin anew with another --dir", d.path("demo.json"), err)
		}
	}
	d.road = &road{}
	if err := d.openApple(d.road); err != nil {
		return err
	}
	addr, roots, err := d.apple.StartAPNs(ctx)
	if err != nil {
		return err
	}
	database := d.cmd.Database
	if database == "" {
		database = d.path("world.db")
	}
	again, pace := []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 10 * time.Minute}, quickPace
	if d.large() {
		again, pace.watch, pace.silence = nil, 0, 0 // as serve has them
	}
	d.apns = control.PushTo{URL: "https://" + addr, Roots: roots}
	anchors := ca.Anchors(d.apple.AnchorCerts())
	d.s, err = Build(ctx, Settings{Database: database, Keys: keys, Nature: store.Played, BaseURL: demoBase, Public: public, Now: d.clock.now, Log: d.log,
		Apple: d.apple, Push: d.apns, Anchors: anchors,
		Again: again, Pace: pace, Demo: &ui.Demo{Play: d.play, TakeLink: d.takeLink}})
	if err != nil {
		return err
	}
	d.road.RoundTripper = sim.InProcess(d.s.Handler())
	if d.state.Seeded {
		return nil
	}
	if err := d.begin(ctx); err != nil {
		d.s.Close()
		return fmt.Errorf("begin the district: %w", err)
	}
	d.state.Seeded, d.started = true, wallClock()
	return d.save()
}

func (d *demo) openApple(transport http.RoundTripper) error {
	weather := demoWeather()
	if d.weather != nil {
		weather = *d.weather
	}
	cfg := sim.Config{Seed: d.cmd.Seed, Now: d.clock.now, Weather: &weather, Arrival: d.arrival(), Workers: 16, Retry: time.Second, Speed: d.speed}
	f, err := os.Open(d.path("apple.json"))
	if errors.Is(err, os.ErrNotExist) || !d.state.Seeded {
		if err == nil {
			f.Close()
		}
		if d.apple, err = sim.NewApple(cfg); err == nil {
			d.fleet = sim.NewFleet(d.apple, transport)
		}
		return err
	}
	if err != nil {
		return fmt.Errorf("played Apple: %w", err)
	}
	defer f.Close()
	if d.fleet, err = sim.Load(f, cfg, transport); err != nil {
		return err
	}
	d.apple = d.fleet.Apple()
	return nil
}

// large says that the district has more iPads than one watches one by one. What would go quickly for them would go wrong for
// thousands on one machine: all unboxed within seconds, pushed again before their turn came, taken for silent.
func (d *demo) large() bool { return d.cmd.District == "muc-90" || d.cmd.Devices > 1000 }

// arrival is the time within which all iPads are unboxed.
func (d *demo) arrival() time.Duration {
	if d.large() {
		return 10 * time.Minute
	}
	return 12 * time.Second
}

// road is how played iPads reach the server. It is laid before there is a server, and leads to its handler in this
// process; a test leads it to another one.
type road struct{ http.RoundTripper }

// save keeps the played Apple and what the demo remembers, complete or not at all.
func (d *demo) save() error {
	b, err := json.Marshal(d.state)
	if err != nil {
		return err
	}
	if err := replaceFile(d.path("demo.json"), func(f *os.File) error { _, err := f.Write(b); return err }); err != nil {
		return err
	}
	return replaceFile(d.path("apple.json"), func(f *os.File) error { return d.fleet.Save(f) })
}

func replaceFile(path string, write func(*os.File) error) error {
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path + ".new")
		return err
	}
	return os.Rename(path+".new", path)
}

// keep saves every few seconds, so that a demo that is killed goes on too. A large district is saved more rarely: it is there to
// be played.
func (d *demo) keep(ctx context.Context) {
	for rest := 10 * time.Second; ; {
		pause(ctx, rest)
		if ctx.Err() != nil {
			return
		}
		begun := wallClock()
		if err := d.save(); err != nil {
			d.log.Error("demo not saved", "error", err)
		}
		rest = max(10*time.Second, 20*wallClock().Sub(begun))
	}
}

// takeLink is asked by the page of the one-time link.
func (d *demo) takeLink(secret string) (login, password string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link == "" || secret != d.link {
		return "", "", false
	}
	d.link = ""
	return demoLogin, d.state.Password, true
}

// demoWeather is a normal day: something always goes wrong, nothing stays wrong.
func demoWeather() sim.Weather {
	return sim.Weather{PushLost: 0.03, PushDelay: 500 * time.Millisecond, RequestLost: 0.003, AnswerLost: 0.005, ReportTwice: 0.005, Delay: 400 * time.Millisecond,
		NotNow: 0.02, DEPNewSession: 0.1, DEPOverlap: 0.2, RetryAfter: time.Second, StoreDelay: time.Second, AppTakes: 3 * time.Second}
}

// play is the panel „Wetter spielen“.
func (d *demo) play(ctx context.Context, game string) error {
	a, err := d.authority(ctx)
	if err != nil {
		return err
	}
	switch game {
	case "remove_profile":
		return d.removeSomeProfile(ctx, a)
	case "wifi_off":
		d.fleet.SchoolWiFi(demoSchool, false)
		return d.callSchool(ctx, a)
	case "wifi_on":
		d.fleet.SchoolWiFi(demoSchool, true)
		return nil
	case "wake":
		for _, i := range d.fleet.IPads() {
			i.Wake()
		}
		return nil
	case "storm":
		d.apple.SetWeather(sim.Hostile())
		return nil
	case "calm":
		d.apple.SetWeather(sim.Calm())
		return nil
	}
	return school.Refuse("game", "choice")
}

// removeSomeProfile has a pupil delete a profile on one of the iPads of 7b.
func (d *demo) removeSomeProfile(ctx context.Context, by school.Actor) error {
	for _, i := range d.fleet.IPads() {
		s := i.Snapshot()
		if s.Class != demoClass || s.School != demoSchool || !s.Online || s.Asleep || s.Awaiting {
			continue
		}
		for _, p := range s.Profiles {
			if !strings.HasPrefix(p.Identifier, "ranzen.enrollment.") {
				if err := i.RemoveProfileByUser(p.Identifier); err != nil {
					return err
				}
				return d.refresh(ctx, by, s.Serial)
			}
		}
	}
	return school.Clash("demo_nothing_there")
}

// refresh asks a device, as the button on its page does: the demo cannot wait a day for the next list.
func (d *demo) refresh(ctx context.Context, by school.Actor, serials ...string) error {
	var ids []school.DeviceID
	for _, serial := range serials {
		p, err := d.s.Store.DeviceBySerial(ctx, by, serial)
		if err != nil {
			return err
		}
		ids = append(ids, p.Device.ID)
	}
	_, err := d.s.Store.GiveOrder(ctx, by, school.Refresh, ids)
	return err
}

// callSchool asks every enrolled device of the demo's school, so that its silence shows within seconds instead of days.
func (d *demo) callSchool(ctx context.Context, by school.Actor) error {
	var serials []string
	for _, i := range d.fleet.IPads() {
		if s := i.Snapshot(); s.School == demoSchool && s.Enrolled {
			serials = append(serials, s.Serial)
		}
	}
	return d.refresh(ctx, by, serials...)
}

// authority is the demo's Schulträger, acting as its system.
func (d *demo) authority(ctx context.Context) (school.Actor, error) {
	all, err := d.s.Store.Authorities(ctx, school.System("demo", ""))
	if err != nil {
		return school.Actor{}, err
	}
	if len(all) == 0 {
		return school.Actor{}, school.Missing("authority")
	}
	return school.System("demo", all[0].ID), nil
}
