package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
)

// bought is a world with one iPad on a server's list, and a client that assigns profiles.
func bought(t *testing.T, spec sim.Spec) (*world, *sim.IPad, *depClient) {
	t.Helper()
	w := newWorld(t, sim.Calm())
	s := w.apple.AddServer("Ranzen", "Musterstadt")
	i := w.iPad(spec)
	s.Deliver(i.Spec())
	c := newDEPClient(t, w.apple, s, time.Now)
	c.signIn()
	return w, i, c
}

func (c *depClient) assign(i *sim.IPad, profile map[string]any) {
	c.t.Helper()
	if profile == nil {
		profile = map[string]any{"profile_name": "A", "url": "https://mdm.example/enrol", "await_device_configured": true, "is_mdm_removable": false}
	}
	c.call("POST", "/profile/devices", map[string]any{"profile_uuid": c.define(profile), "devices": []string{i.Serial()}})
}

func TestFromTheBoxToTheDesk(t *testing.T) {
	for _, rsa := range []bool{false, true} {
		w, i, c := bought(t, sim.Spec{RSA: rsa, ExpiredFactoryCert: rsa})
		i.Unbox()
		w.live(time.Minute)
		if got := i.Snapshot(); got.Phase != "setup" || len(w.server.heard(0)) != 0 {
			t.Fatalf("nobody has assigned a profile, but %+v %v", got, w.server.heard(0))
		}
		c.assign(i, nil)
		w.live(time.Minute)
		got := i.Snapshot()
		if !got.Enrolled || !got.Awaiting || !got.ByADE || got.IdentityExpires.IsZero() || got.Phase != "awaiting" {
			t.Fatalf("not enrolled: %+v", got)
		}
		if heard := w.server.heard(0); !slices.Equal(heard, []string{"MachineInfo 26.4", "Authenticate", "TokenUpdate", "Idle"}) {
			t.Errorf("the server heard %v", heard)
		}
		for _, m := range w.server.log[1:3] {
			keys := []string{"UDID", "Topic"}
			if m.kind == "Authenticate" {
				keys = append(keys, "DeviceName", "Model", "ModelName", "OSVersion", "BuildVersion", "ProductName", "SerialNumber")
			} else {
				keys = append(keys, "PushMagic", "Token", "UnlockToken", "AwaitingConfiguration")
			}
			for _, key := range keys {
				if m.body[key] == nil {
					t.Errorf("%s without %s", m.kind, key)
				}
			}
			if m.body["Topic"] != topic {
				t.Errorf("topic %v", m.body["Topic"])
			}
		}
		before := w.server.mark()
		if m := w.run(i, map[string]any{"RequestType": "DeviceConfigured"}); m.kind != "Acknowledged" {
			t.Errorf("DeviceConfigured: %+v", m.body)
		}
		heard := w.server.heard(before)
		if last := w.server.log[before+slices.Index(heard, "TokenUpdate")]; last.body["AwaitingConfiguration"] != nil || i.Snapshot().Phase != "home" {
			t.Errorf("after set-up: %v, %+v", last.body, i.Snapshot())
		}
		if m := w.run(i, map[string]any{"RequestType": "DeviceConfigured"}); m.kind != "Error" {
			t.Errorf("a second DeviceConfigured: %v", m.body)
		}
		if err := i.UnenrolByUser(w.ctx); err == nil {
			t.Error("the user removed a management that cannot be removed")
		}
	}
}

func TestADemandedUpdateIsObeyedOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		spec    sim.Spec
		require string
		always  bool
		phase   string
		version string
		problem string
	}{
		"offered":          {sim.Spec{OSVersion: "18.5"}, "26.4", false, "awaiting", "26.4", ""},
		"new enough":       {sim.Spec{OSVersion: "26.4"}, "26.2", false, "awaiting", "26.4", ""},
		"not for hardware": {sim.Spec{ProductName: "iPad7,5", OSVersion: "17.6"}, "26.4", false, "stuck", "17.6", "not offered"},
		"never released":   {sim.Spec{OSVersion: "26.2"}, "26.9", false, "stuck", "26.2", "not offered"},
		"loop":             {sim.Spec{OSVersion: "26.2"}, "26.4", true, "stuck", "26.4", "loop"},
		"too old to obey":  {sim.Spec{ProductName: "iPad5,3", OSVersion: "15.8"}, "26.4", false, "awaiting", "15.8", ""},
	} {
		w, i, c := bought(t, tc.spec)
		w.server.requireOS, w.server.requireAlways = tc.require, tc.always
		c.assign(i, nil)
		i.Unbox()
		w.live(5 * time.Minute)
		if got := i.Snapshot(); got.Phase != tc.phase || got.OSVersion != tc.version || !strings.Contains(got.Problem, tc.problem) {
			t.Errorf("%s: %s %s %q", name, got.Phase, got.OSVersion, got.Problem)
		}
	}
}

func TestCommandsAreAnswered(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{HasPasscode: true})
	for name, tc := range map[string]struct {
		command map[string]any
		status  string
		field   string // must be in the answer
	}{
		"information":     {map[string]any{"RequestType": "DeviceInformation", "Queries": []string{"OSVersion", "NoSuchThing"}}, "Acknowledged", "QueryResponses"},
		"security":        {map[string]any{"RequestType": "SecurityInfo"}, "Acknowledged", "SecurityInfo"},
		"profiles":        {map[string]any{"RequestType": "ProfileList"}, "Acknowledged", "ProfileList"},
		"certificates":    {map[string]any{"RequestType": "CertificateList"}, "Acknowledged", "CertificateList"},
		"apps":            {map[string]any{"RequestType": "InstalledApplicationList"}, "Acknowledged", "InstalledApplicationList"},
		"restrictions":    {map[string]any{"RequestType": "Restrictions", "ProfileRestrictions": true}, "Acknowledged", "GlobalRestrictions"},
		"bypass code":     {map[string]any{"RequestType": "ActivationLockBypassCode"}, "Acknowledged", "ActivationLockBypassCode"},
		"lock":            {map[string]any{"RequestType": "DeviceLock", "Message": "Gefunden?"}, "Acknowledged", "MessageResult"},
		"wrong unlock":    {map[string]any{"RequestType": "ClearPasscode", "UnlockToken": []byte("no")}, "Error", "ErrorChain"},
		"unknown":         {map[string]any{"RequestType": "MakeCoffee"}, "Error", "ErrorChain"},
		"no request type": {map[string]any{"Identifier": "x"}, "CommandFormatError", ""},
		"no payload":      {map[string]any{"RequestType": "InstallProfile"}, "CommandFormatError", ""},
		"no settings":     {map[string]any{"RequestType": "Settings"}, "CommandFormatError", ""},
	} {
		m := w.run(i, tc.command)
		if m.kind != tc.status || tc.field != "" && m.body[tc.field] == nil {
			t.Errorf("%s: %s %v", name, m.kind, m.body)
		}
		if name == "information" {
			if q := m.body["QueryResponses"].(map[string]any); len(q) != 1 || q["OSVersion"] != "26.4" {
				t.Errorf("only what was asked for: %v", q)
			}
		}
		if name == "lock" {
			if !i.Snapshot().Locked {
				t.Error("not locked")
			}
			i.Unlock()
			w.live(time.Second)
		}
	}
	m := w.run(i, map[string]any{"RequestType": "Settings", "Settings": []any{
		map[string]any{"Item": "DeviceName", "DeviceName": "MS-26-000417"}, map[string]any{"Item": "SharedDeviceConfiguration", "QuotaSize": 1},
	}})
	answers := m.body["Settings"].([]any)
	if answers[0].(map[string]any)["Status"] != "Acknowledged" || answers[1].(map[string]any)["Status"] != "Error" || i.Snapshot().Name != "MS-26-000417" {
		t.Errorf("settings: %v", m.body)
	}
	token := w.server.log[1].body["UnlockToken"]
	if m := w.run(i, map[string]any{"RequestType": "ClearPasscode", "UnlockToken": token}); m.kind != "Acknowledged" || i.Snapshot().Passcode {
		t.Errorf("clear passcode: %v", m.body)
	}
}

func TestProfilesComeAndGo(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{})
	install := func(body []byte) message {
		return w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": body})
	}
	remove := func(id string) message {
		return w.run(i, map[string]any{"RequestType": "RemoveProfile", "Identifier": id})
	}
	if m := install(wifiProfile("de.wlan", "U1", "Schule", "geheim")); m.kind != "Acknowledged" {
		t.Fatalf("install: %v", m.body)
	}
	if m := install(w.server.sign(wifiProfile("de.wlan", "U2", "Schule", "geheim"))); m.kind != "Acknowledged" {
		t.Fatalf("replace: %v", m.body)
	}
	s := i.Snapshot()
	if p, _ := s.Profile("de.wlan"); p.UUID != "U2" || !p.Signed || p.Owner != "com.apple.mdm" || !slices.Equal(p.Types, []string{"com.apple.wifi.managed"}) || len(s.Profiles) != 2 || len(s.Removed) != 0 {
		t.Errorf("after replacing: %+v", s)
	}
	for name, body := range map[string][]byte{
		"no plist":      []byte("<html>"),
		"not signed":    []byte{0x30, 0x03, 0x02, 0x01, 0x01},
		"binary":        []byte("bplist00"),
		"no identifier": mustPlist(map[string]any{"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadUUID": "X", "PayloadContent": []any{}}),
		"no payloads":   mustPlist(map[string]any{"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadUUID": "X", "PayloadIdentifier": "x"}),
		"bare payload": mustPlist(map[string]any{"PayloadType": "Configuration", "PayloadVersion": 1, "PayloadUUID": "X", "PayloadIdentifier": "x",
			"PayloadContent": []any{map[string]any{"PayloadType": "com.apple.webClip.managed"}}}),
	} {
		m := install(body)
		chain, _ := m.body["ErrorChain"].([]any)
		if m.kind != "Error" || len(chain) == 0 || chain[0].(map[string]any)["ErrorDomain"] != "MCInstallationErrorDomain" {
			t.Errorf("%s: %s %v", name, m.kind, m.body)
		}
	}
	list := w.run(i, map[string]any{"RequestType": "ProfileList"}).body["ProfileList"].([]any)
	if len(list) != 2 || list[1].(map[string]any)["PayloadUUID"] != "U2" || list[1].(map[string]any)["IsManaged"] != true {
		t.Errorf("profile list %v", list)
	}
	if m := remove("de.wlan"); m.kind != "Acknowledged" {
		t.Errorf("remove: %v", m.body)
	}
	if m := remove("de.wlan"); m.kind != "Error" {
		t.Errorf("remove again: %v", m.body)
	}
	if s := i.Snapshot(); len(s.Profiles) != 1 || len(s.Removed) != 1 || s.Removed[0].Identifier != "de.wlan" || s.Removed[0].By != "mdm" {
		t.Errorf("after removal: %+v", s)
	}
}

func TestAfterNotNowTheIPadAsksByItselfOnlyIfThatWasItsLastWord(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{HasPasscode: true})
	i.Lock()
	uuid := w.server.order(i.Spec().UDID, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U", "S", "p")})
	w.poke(i)
	if m, _ := w.server.answer(uuid); m.kind != "NotNow" || !i.Snapshot().PollAgain {
		t.Fatalf("locked: %v", m.kind)
	}
	from := w.server.mark()
	w.live(time.Hour)
	if w.server.mark() != from {
		t.Error("a locked iPad asked by itself")
	}
	i.Unlock()
	w.live(time.Minute)
	if m, _ := w.server.answer(uuid); m.kind != "Acknowledged" {
		t.Errorf("after unlocking: %v", m.kind)
	}

	// The same, but the session ends with a command that is never put off.
	i.Lock()
	w.server.refuse = nil
	first := w.server.order(i.Spec().UDID, map[string]any{"RequestType": "RemoveProfile", "Identifier": "de.wlan"})
	w.server.mu.Lock()
	d := w.server.device(i.Spec().UDID)
	w.server.mu.Unlock()
	w.poke(i)
	if m, _ := w.server.answer(first); m.kind != "NotNow" {
		t.Fatalf("locked again: %v", m.kind)
	}
	w.server.mu.Lock()
	d.queue, d.uuids = []map[string]any{{"RequestType": "ProfileList"}}, []string{"list"}
	w.server.mu.Unlock()
	w.poke(i)
	if m, _ := w.server.answer("list"); m.kind != "Acknowledged" {
		t.Fatalf("ProfileList of a locked iPad: %v", m.kind)
	}
	from = w.server.mark()
	i.Unlock()
	w.live(time.Hour)
	if w.server.mark() != from {
		t.Errorf("it asked by itself although NotNow was not its last word: %v", w.server.heard(from))
	}
}

func TestABusyIPadPollsAgain(t *testing.T) {
	weather := sim.Calm()
	weather.NotNow = 0.5
	w := newWorld(t, weather)
	i := w.enrolled(sim.Spec{})
	uuid := w.server.order(i.Spec().UDID, map[string]any{"RequestType": "SecurityInfo"})
	w.poke(i)
	w.live(10 * time.Minute)
	if m, _ := w.server.answer(uuid); m.kind != "Acknowledged" {
		t.Errorf("it gave up: %v", m.kind)
	}
}

func TestALostAnswerMakesTheSameReportComeAgain(t *testing.T) {
	weather := sim.Calm()
	weather.AnswerLost = 0.3
	w := newWorld(t, weather)
	i := w.iPad(sim.Spec{})
	for try := 0; !i.Snapshot().Enrolled; try++ { // the person repeats the installation until it works
		i.EnrollWith(w.ctx, enrolmentProfile("1"))
		w.live(10 * time.Minute)
		if try > 20 {
			t.Fatal("it never enrolled")
		}
	}
	var uuids []string
	for range 20 {
		uuids = append(uuids, w.server.order(i.Spec().UDID, map[string]any{"RequestType": "SecurityInfo"}))
	}
	i.Poke()
	w.live(3 * time.Hour)
	times := make(map[string]int)
	bodies := make(map[string]string)
	for _, m := range w.server.log {
		if !slices.Contains(uuids, m.about) {
			continue
		}
		times[m.about]++
		if before, ok := bodies[m.about]; ok && before != string(m.raw) {
			t.Errorf("the report on %s came in two forms", m.about)
		}
		bodies[m.about] = string(m.raw)
	}
	repeated := 0
	for _, uuid := range uuids {
		if times[uuid] == 0 {
			t.Errorf("%s was never answered", uuid)
		}
		if times[uuid] > 1 {
			repeated++
		}
	}
	if repeated == 0 {
		t.Error("no report was repeated")
	}
}

func TestReportsComeTwice(t *testing.T) {
	weather := sim.Calm()
	weather.ReportTwice = 1
	w := newWorld(t, weather)
	i := w.enrolled(sim.Spec{})
	from := w.server.mark()
	w.run(i, map[string]any{"RequestType": "SecurityInfo"})
	heard := w.server.heard(from)
	if len(heard) != 4 || heard[0] != "Idle" || heard[1] != "Idle" || heard[2] != heard[3] {
		t.Errorf("heard %v", heard)
	}
}

func TestARenewalChecksInUnderTheNewCertificate(t *testing.T) {
	for _, authenticates := range []bool{false, true} {
		w := newWorld(t, sim.Calm())
		i := w.enrolled(sim.Spec{RenewalAuthenticates: authenticates})
		w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U", "S", "p")})
		old := i.Snapshot()
		from := w.server.mark()
		if m := w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": w.server.sign(enrolmentProfile("2"))}); m.kind != "Acknowledged" {
			t.Fatalf("renewal: %v", m.body)
		}
		s := i.Snapshot()
		if s.IdentitySerial == old.IdentitySerial || len(s.Profiles) != 2 || len(s.Removed) != 0 {
			t.Errorf("after renewal: %+v", s)
		}
		want := []string{"Idle", "TokenUpdate"}
		if authenticates {
			want = []string{"Idle", "Authenticate", "TokenUpdate"}
		}
		if heard := w.server.heard(from); !slices.Equal(heard[:len(want)], want) {
			t.Errorf("heard %v", heard)
		}
		w.server.mu.Lock()
		for n, m := range w.server.log[from:] {
			if got := m.cert.SerialNumber.Text(16); (got == s.IdentitySerial) != (n > 0) {
				t.Errorf("message %d %s under certificate %s", n, m.kind, got)
			}
		}
		w.server.mu.Unlock()
		other := strings.ReplaceAll(string(enrolmentProfile("3")), topicUUID, "99999999-2222-3333-4444-555555555555")
		if m := w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": []byte(other)}); m.kind != "Error" {
			t.Errorf("another topic: %v", m.body)
		}
	}
}

func TestTheEndOfAManagement(t *testing.T) {
	status := func(code int) func(*world, *sim.IPad) {
		return func(w *world, i *sim.IPad) {
			w.server.refuse = func(m message) int {
				if m.kind == "Idle" {
					return code
				}
				return 0
			}
			w.poke(i)
		}
	}
	for name, tc := range map[string]struct {
		end      func(*world, *sim.IPad)
		enrolled bool
		checkOut bool
	}{
		"the server removes the profile": {func(w *world, i *sim.IPad) {
			w.order(i, map[string]any{"RequestType": "RemoveProfile", "Identifier": enrolmentID})
		}, false, true},
		"the user removes it": {func(w *world, i *sim.IPad) { i.UnenrolByUser(w.ctx) }, false, true},
		"401":                 {status(401), false, false},
		"403 without a body":  {status(403), true, false},
		"503":                 {status(503), true, false},
		"404":                 {status(404), true, false},
	} {
		w := newWorld(t, sim.Calm())
		i := w.enrolled(sim.Spec{})
		w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U", "S", "p")})
		from := w.server.mark()
		tc.end(w, i)
		s := i.Snapshot()
		if s.Enrolled != tc.enrolled || !tc.enrolled && len(s.Profiles) != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		if got := slices.Contains(w.server.heard(from), "CheckOut"); got != tc.checkOut {
			t.Errorf("%s: CheckOut %v", name, got)
		}
	}
}

func (w *world) order(i *sim.IPad, command map[string]any) {
	w.t.Helper()
	w.server.order(i.Spec().UDID, command)
	w.poke(i)
}

func TestAnErasedIPadComesBackFromTheBox(t *testing.T) {
	w, i, c := bought(t, sim.Spec{})
	c.assign(i, nil)
	i.Unbox()
	w.live(time.Minute)
	before := i.Snapshot()
	from := w.server.mark()
	w.order(i, map[string]any{"RequestType": "EraseDevice"})
	w.live(time.Minute)
	s := i.Snapshot()
	heard := w.server.heard(from)
	if !s.Enrolled || s.IdentitySerial == before.IdentitySerial || string(s.PushToken) == string(before.PushToken) || s.PushMagic == before.PushMagic {
		t.Errorf("after erasing: %+v, heard %v", s, heard)
	}
	if slices.Contains(heard, "CheckOut") || !strings.HasPrefix(heard[1], "Acknowledged EraseDevice") || heard[2] != "MachineInfo 26.4" {
		t.Errorf("heard %v", heard)
	}
	// With an Activation Lock it stays at the first screen.
	c.call("POST", "/device/activationlock", map[string]any{"device": i.Serial(), "escrow_key": strings.Repeat("ab", 32)})
	w.order(i, map[string]any{"RequestType": "EraseDevice"})
	w.live(time.Hour)
	if s := i.Snapshot(); s.Phase != "stuck" || s.Problem != "Activation Lock" {
		t.Errorf("locked: %+v", s)
	}
}

func TestRestartAndShutDown(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{})
	w.order(i, map[string]any{"RequestType": "RestartDevice"})
	if s := i.Snapshot(); s.Asleep || !s.Enrolled {
		t.Errorf("after a restart: %+v", s)
	}
	w.order(i, map[string]any{"RequestType": "ShutDownDevice"})
	if s := i.Snapshot(); !s.Asleep {
		t.Errorf("not off: %+v", s)
	}
	from := w.server.mark()
	w.poke(i)
	if w.server.mark() != from {
		t.Error("an iPad that is off talked")
	}
	i.Wake()
	w.live(time.Minute)
	if w.server.mark() == from {
		t.Error("it did not catch up")
	}
}

func TestWiFiIsALifeline(t *testing.T) {
	w := newWorld(t, sim.Calm())
	const school = "Gymnasium Nord"
	w.fleet.AddNetwork(school, "Einrichtung", "setup")
	w.fleet.AddNetwork(school, "Schule", "geheim")
	i := w.enrolled(sim.Spec{School: school, SetupSSID: "Einrichtung"})
	w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.falsch", "U", "Schule", "verkehrt")})
	w.fleet.SSIDOn("Einrichtung", false)
	w.live(time.Second)
	if s := i.Snapshot(); s.Online || s.Outages != 1 || s.Lost != 0 {
		t.Fatalf("with a wrong password: %+v", s)
	}
	w.fleet.SSIDOn("Einrichtung", true)
	w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U", "Schule", "geheim")})
	w.fleet.SSIDOn("Einrichtung", false)
	w.live(time.Second)
	if s := i.Snapshot(); !s.Online {
		t.Fatalf("the school network holds it: %+v", s)
	}
	w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U2", "Schule", "geheim")})
	if s := i.Snapshot(); s.Lost != 0 {
		t.Fatalf("an update in place lost the network: %+v", s)
	}
	w.fleet.SchoolWiFi(school, false)
	w.live(time.Second)
	from := w.server.mark()
	i.Poke()
	w.live(time.Hour)
	if s := i.Snapshot(); s.Online || w.server.mark() != from {
		t.Errorf("the school's networks are off: %+v", s)
	}
	w.fleet.SchoolWiFi(school, true)
	w.live(time.Minute)
	if s := i.Snapshot(); !s.Online || w.server.mark() == from || s.Lost != 0 {
		t.Errorf("back on the air: %+v", s)
	}
	i.Sleep()
	w.fleet.SchoolWiFi(school, false)
	w.fleet.SchoolWiFi(school, true)
	w.live(time.Minute)
	if s := i.Snapshot(); !s.Asleep {
		t.Errorf("a network woke it: %+v", s)
	}
	i.Wake()
	w.live(time.Minute)
	w.order(i, map[string]any{"RequestType": "RemoveProfile", "Identifier": "de.wlan"})
	if s := i.Snapshot(); s.Online || s.Lost != 1 {
		t.Errorf("its last network was removed: %+v", s)
	}
}
