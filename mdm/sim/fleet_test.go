package sim_test

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"ranzen/mdm/sim"
)

func TestTheDemoDistrict(t *testing.T) {
	d := sim.Generate(sim.Demo(60))
	if len(d.Schools) != 3 || len(d.Devices) != 60 {
		t.Fatalf("%d schools, %d devices", len(d.Schools), len(d.Devices))
	}
	classes := 0
	for _, s := range d.Schools {
		classes += len(s.Classes)
	}
	if classes != 12 {
		t.Errorf("%d classes", classes)
	}
	b := d.Schools[1].Classes[1]
	if d.Schools[1].Name != "Gymnasium Nord" || b.Name != "7b" || len(b.Pupils) != 27 {
		t.Fatalf("7b is %+v", b)
	}
	holders := make(map[string]bool)
	deviants, here, tooOld, asleep := 0, 0, 0, 0
	for _, s := range d.Devices {
		odd := s.AsleepFor > 0 || strings.HasPrefix(s.OSVersion, "15.")
		if odd {
			deviants++
		}
		if s.School == "Gymnasium Nord" && s.Class == "7b" {
			here++
			holders[s.Person] = true
			if s.AsleepFor == 16*24*time.Hour {
				asleep++
			}
			if s.OSVersion == "15.8" && s.Newest == "15.8" {
				tooOld++
			}
		}
	}
	if here != 27 || len(holders) != 27 || tooOld != 1 || asleep != 1 || deviants > 4 {
		t.Errorf("7b: %d iPads, %d holders, %d too old, %d asleep; %d deviants", here, len(holders), tooOld, asleep, deviants)
	}
	for _, p := range b.Pupils {
		if !holders[p.Key] {
			t.Errorf("%s has no iPad", p.Key)
		}
	}
	for _, n := range []int{0, 1, 5, 59, 61, 300, 1000} {
		if d := sim.Generate(sim.Demo(n)); len(d.Devices) != n || len(d.Schools[1].Classes[1].Pupils) != 27 {
			t.Errorf("Demo(%d) has %d devices", n, len(d.Devices))
		}
	}
}

func TestTheSamePlanMakesTheSameDistrict(t *testing.T) {
	a, b := sim.Generate(sim.Demo(60)), sim.Generate(sim.Demo(60))
	if !reflect.DeepEqual(a, b) {
		t.Error("two districts from one plan differ")
	}
	p := sim.Demo(60)
	p.Seed++
	if reflect.DeepEqual(a, sim.Generate(p)) {
		t.Error("another seed makes the same district")
	}
}

func TestTheReferenceFleet(t *testing.T) {
	d := sim.Generate(sim.MUC90())
	serials, schools, assets, letters := make(map[string]bool), make(map[string]bool), make(map[string]bool), make(map[rune]bool)
	count := make(map[string]int)
	for _, s := range d.Schools {
		schools[s.Name] = true
		count["classes"] += len(s.Classes)
		count["teachers"] += len(s.Teachers)
		count["staff"] += len(s.Staff)
		count["cases"] += len(s.Cases)
		names := make(map[string]bool)
		for _, c := range s.Classes {
			count["pupils"] += len(c.Pupils)
			names[c.Name] = true
			for _, p := range c.Pupils {
				for _, r := range p.Given + p.Family {
					letters[r] = true
				}
			}
		}
		if len(names) != len(s.Classes) {
			t.Errorf("%s has classes of the same name", s.Name)
		}
		for _, c := range s.Cases {
			count["pool"] += len(c.Serials)
		}
	}
	for _, s := range d.Devices {
		serials[s.Serial], assets[s.AssetNumber] = true, true
		switch {
		case s.Class != "":
			count["personal"]++
		case s.Person != "":
			count["teachers' iPads"]++
		}
		if len(s.Serial) != 12 || !unicode.IsUpper(rune(s.Serial[0])) || strings.ContainsAny(s.Serial, "IO") || s.Serial != strings.ToUpper(s.Serial) {
			t.Fatalf("serial %s", s.Serial)
		}
	}
	want := map[string]int{"classes": 1800, "teachers": 3600, "staff": 300, "cases": 350, "pupils": 41500, "pool": 5500, "personal": 17500, "teachers' iPads": 3600}
	if !reflect.DeepEqual(count, want) || len(d.Devices) != 28000 || len(serials) != 28000 || len(assets) != 28000 || len(schools) != 90 {
		t.Errorf("%v; %d devices, %d serials, %d schools", count, len(d.Devices), len(serials), len(schools))
	}
	for _, r := range "äöüßÄÖÜşıÇłŁż'- " {
		if !letters[r] {
			t.Errorf("no name has %q", r)
		}
	}
}

// life enrols a few iPads under a weather and returns what the server heard.
func life(t *testing.T, weather sim.Weather, n int, hours int) (*world, []string) {
	t.Helper()
	w := newWorld(t, weather)
	s := w.apple.AddServer("Ranzen", "Musterstadt")
	d := sim.Generate(sim.Demo(n))
	for k := range d.Devices {
		d.Devices[k].AsleepFor = 0
	}
	s.Deliver(d.Devices...)
	w.apple.SetWeather(sim.Calm())
	c := newDEPClient(t, w.apple, s, time.Now)
	c.signIn()
	uuid := c.define(map[string]any{"profile_name": "A", "url": "https://mdm.example/enrol", "await_device_configured": true})
	var serials []string
	for _, spec := range d.Devices {
		serials = append(serials, spec.Serial)
	}
	c.call("POST", "/profile/devices", map[string]any{"profile_uuid": uuid, "devices": serials})
	w.apple.SetWeather(weather)
	w.server.onToken = func(udid string, m message) {
		if m.body["AwaitingConfiguration"] == true && len(w.server.device(udid).queue) == 0 {
			w.server.orderLocked(udid, map[string]any{"RequestType": "DeviceInformation", "Queries": []string{"OSVersion"}})
			w.server.orderLocked(udid, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U", "Schule-GYN", "p")})
			w.server.orderLocked(udid, map[string]any{"RequestType": "DeclarativeManagement"})
			w.server.orderLocked(udid, map[string]any{"RequestType": "DeviceConfigured"})
		}
	}
	w.server.token = "t1"
	w.server.decls = map[string]declared{"a": activation("1", "c"), "c": passcode("1")}
	if err := w.fleet.MoveIn(d); err != nil {
		t.Fatal(err)
	}
	for range hours {
		w.live(time.Hour)
	}
	return w, w.server.heard(0)
}

func TestTheSameSeedLivesTheSameLife(t *testing.T) {
	_, one := life(t, sim.Hostile(), 12, 2)
	w, two := life(t, sim.Hostile(), 12, 2)
	if !slices.Equal(one, two) {
		for n := range min(len(one), len(two)) {
			if one[n] != two[n] {
				t.Fatalf("they part at %d: %q and %q", n, one[n], two[n])
			}
		}
		t.Fatalf("%d and %d messages", len(one), len(two))
	}
	for _, i := range w.fleet.IPads() {
		if s := i.Snapshot(); !s.Enrolled {
			t.Errorf("hostile weather kept %s out: %+v", s.Serial, s)
		}
	}
}

func TestALivingFleetSettlesOnTheWallClock(t *testing.T) {
	weather := sim.Hostile()
	apple, err := sim.NewApple(sim.Config{Seed: 3, Weather: &weather, Speed: 2000, Workers: 8})
	if err != nil {
		t.Fatal(err)
	}
	const n = 80
	w := &world{t: t, apple: apple, server: newServer(t, apple), ctx: t.Context()}
	w.fleet = sim.NewFleet(apple, sim.InProcess(w.server))
	s := apple.AddServer("Ranzen", "Musterstadt")
	d := sim.Generate(sim.Demo(n))
	s.Deliver(d.Devices...)
	apple.SetWeather(sim.Calm())
	c := newDEPClient(t, apple, s, time.Now)
	c.signIn()
	uuid := c.define(map[string]any{"profile_name": "A", "url": "https://mdm.example/enrol"})
	var serials []string
	for _, spec := range d.Devices {
		serials = append(serials, spec.Serial)
	}
	c.call("POST", "/profile/devices", map[string]any{"profile_uuid": uuid, "devices": serials})
	apple.SetWeather(weather)
	if err := w.fleet.MoveIn(d); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- w.fleet.Run(ctx) }()
	enrolled := func() (k int) {
		for _, i := range w.fleet.IPads() {
			if i.Snapshot().Enrolled {
				k++
			}
		}
		return k
	}
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for tries := 0; enrolled() < n; tries++ {
		if <-poll.C; tries > 500 {
			for _, i := range w.fleet.IPads() {
				if s := i.Snapshot(); !s.Enrolled {
					t.Errorf("%s does not get in: %+v", s.Serial, s)
				}
			}
			t.Fatalf("only %d of %d enrolled", enrolled(), n)
		}
	}
	for _, i := range w.fleet.IPads()[:20] { // people act while the iPads talk
		i.Lock()
		i.Poke()
		i.Unlock()
		i.SetPasscode(true)
		i.RemoveProfileByUser("de.none")
	}
	if err := w.fleet.Save(new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestASavedWorldGoesOn(t *testing.T) {
	w, _ := life(t, sim.Calm(), 5, 1)
	first := w.fleet.IPads()[0]
	first.Sleep()
	addr, roots, err := w.apple.StartAPNs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := newPusher(t, w, addr, roots, topicUUID)
	s := first.Snapshot()
	if status, reason := p.push(s.PushToken, topic, s.PushMagic, nil); status != 200 {
		t.Fatalf("push: %d %s", status, reason)
	}
	var file bytes.Buffer
	if err := w.fleet.Save(&file); err != nil {
		t.Fatal(err)
	}
	saved := file.Bytes()
	fleet, err := sim.Load(bytes.NewReader(saved), sim.Config{}, sim.InProcess(w.server))
	if err != nil {
		t.Fatal(err)
	}
	w2 := &world{t: t, apple: fleet.Apple(), fleet: fleet, server: w.server, ctx: t.Context()}
	for n, i := range fleet.IPads() {
		a, b := w.fleet.IPads()[n].Snapshot(), i.Snapshot()
		if !reflect.DeepEqual(a, b) {
			t.Errorf("before %+v\nafter %+v", a, b)
		}
	}
	if len(fleet.Apple().AnchorCerts()) != 2 || !fleet.Apple().AnchorCerts()[0].Equal(w.apple.AnchorCerts()[0]) {
		t.Error("another Apple came back")
	}
	from := w.server.mark()
	again := fleet.IPad(first.Serial())
	again.Wake()
	w2.live(time.Minute)
	if heard := w.server.heard(from); len(heard) != 1 || heard[0] != "Idle" {
		t.Errorf("the stored push got lost: %v", heard)
	}
	if m := w2.run(again, map[string]any{"RequestType": "SecurityInfo"}); m.kind != "Acknowledged" {
		t.Errorf("after loading: %v", m.body)
	}
	for name, broken := range map[string][]byte{"empty": nil, "cut off": saved[:len(saved)/2], "without its last line": saved[:bytes.LastIndexByte(saved[:len(saved)-1], '\n')+1], "other version": []byte(`{"World":{"Version":99}}`), "nothing in it": []byte(`{"World":{"Version":2}}`)} {
		if _, err := sim.Load(bytes.NewReader(broken), sim.Config{}, nil); err == nil {
			t.Errorf("%s was loaded", name)
		}
	}
}

func BenchmarkEnrol(b *testing.B) {
	weather := sim.Calm()
	apple, err := sim.NewApple(sim.Config{Weather: &weather})
	if err != nil {
		b.Fatal(err)
	}
	s := newServer(&testing.T{}, apple)
	fleet := sim.NewFleet(apple, sim.InProcess(s))
	for n := 0; b.Loop(); n++ {
		i, err := fleet.NewIPad(sim.Spec{Serial: fmt.Sprintf("F%011d", n)})
		if err != nil {
			b.Fatal(err)
		}
		if err := i.EnrollWith(b.Context(), enrolmentProfile("1")); err != nil {
			b.Fatal(err)
		}
		if err := fleet.Advance(b.Context(), time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
