package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
)

// declare sets the server's declarations and tells the iPad.
func (w *world) declare(i *sim.IPad, token string, decls map[string]declared) {
	w.t.Helper()
	w.server.mu.Lock()
	w.server.token, w.server.decls = token, decls
	w.server.mu.Unlock()
	w.run(i, map[string]any{"RequestType": "DeclarativeManagement"})
	w.live(time.Minute)
}

func activation(token string, configurations ...string) declared {
	return declared{"activation", token, "com.apple.activation.simple", map[string]any{"StandardConfigurations": configurations}}
}

func conditional(token, predicate string, configurations ...string) declared {
	return declared{"activation", token, "com.apple.activation.simple", map[string]any{"StandardConfigurations": configurations, "Predicate": predicate}}
}

func legacy(token, name string) declared {
	return declared{"configuration", token, "com.apple.configuration.legacy", map[string]any{"ProfileURL": "https://mdm.example/profile/" + name}}
}

func subscription(token string, items ...string) declared {
	var list []map[string]string
	for _, n := range items {
		list = append(list, map[string]string{"Name": n})
	}
	return declared{"configuration", token, "com.apple.configuration.management.status-subscriptions", map[string]any{"StatusItems": list}}
}

func passcode(token string, extra ...string) declared {
	payload := map[string]any{"RequirePasscode": true}
	for _, k := range extra {
		payload[k] = true
	}
	return declared{"configuration", token, "com.apple.configuration.passcode.settings", payload}
}

func declarative(heard []string) []string {
	var out []string
	for _, h := range heard {
		if rest, ok := strings.CutPrefix(h, "DeclarativeManagement "); ok {
			out = append(out, rest)
		}
		if strings.HasPrefix(h, "GET profile") {
			out = append(out, h)
		}
	}
	return out
}

func TestOnlyWhatChangedIsFetched(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{SignsGET: true})
	w.server.profiles["wlan"] = wifiProfile("de.wlan", "U1", "S", "p")
	set := map[string]declared{"a": activation("1", "c", "l"), "c": passcode("1"), "l": legacy("1", "wlan")}
	from := w.server.mark()
	w.declare(i, "t1", set)
	want := []string{"tokens", "declaration-items", "declaration/configuration/c", "declaration/configuration/l", "declaration/activation/a", "GET profile wlan", "status"}
	if got := declarative(w.server.heard(from)); !slices.Equal(got, want) {
		t.Errorf("first sync %v, want %v", got, want)
	}
	s := i.Snapshot()
	for _, id := range []string{"a", "c", "l"} {
		if d, _ := s.Declaration(id); !d.Active || d.Valid != "valid" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if p, _ := s.Profile("de.wlan"); p.Owner != "l" || p.UUID != "U1" {
		t.Errorf("profile %+v", p)
	}

	from = w.server.mark()
	w.declare(i, "t1", set)
	if got := declarative(w.server.heard(from)); !slices.Equal(got, []string{"tokens"}) {
		t.Errorf("nothing changed, but %v", got)
	}

	w.server.profiles["wlan"] = wifiProfile("de.wlan", "U2", "S", "q")
	from = w.server.mark()
	w.declare(i, "t2", map[string]declared{"a": activation("1", "c", "l"), "c": passcode("1"), "l": legacy("2", "wlan")})
	if got := declarative(w.server.heard(from)); !slices.Equal(got, []string{"tokens", "declaration-items", "declaration/configuration/l", "GET profile wlan", "status"}) {
		t.Errorf("one changed, but %v", got)
	}
	s = i.Snapshot()
	if p, _ := s.Profile("de.wlan"); p.UUID != "U2" || len(s.Removed) != 0 || s.Token != "t2" {
		t.Errorf("after the update: %+v", s)
	}
	w.declare(i, "t3", map[string]declared{"c": passcode("1")})
	s = i.Snapshot()
	if _, still := s.Profile("de.wlan"); still || len(s.Removed) != 1 || s.Removed[0].By != "declaration" {
		t.Errorf("after removal: %+v", s)
	}
	if d, _ := s.Declaration("c"); d.Active || !slices.Equal(d.Reasons, []string{"Info.NotReferencedByActivation"}) {
		t.Errorf("without activation: %+v", d)
	}
}

func TestTheReportSaysWhatIsActiveAndWhy(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{ProductName: "iPad5,3", OSVersion: "15.8"})
	set := map[string]declared{
		"good":    passcode("1"),
		"sub":     subscription("1", "device.operating-system.version", "no.such.item"),
		"math":    {"configuration", "1", "com.apple.configuration.math.settings", map[string]any{}},
		"keys":    passcode("1", "NoSuchKey"),
		"newkeys": passcode("1", "RequireComplexPasscode"),
		"gone":    {"configuration", "1", "", nil}, // listed, but 404
		"org":     {"management", "1", "com.apple.management.organization-info", map[string]any{"Name": "Musterstadt"}},
		"act-1":   activation("1", "good", "sub"), "act-2": activation("1", "math"), "act-3": activation("1", "keys"),
		"act-4": activation("1", "good", "gone"), "act-5": conditional("1", "FALSEPREDICATE", "good"),
		"act-6": conditional("1", "what is this", "good"), "act-7": conditional("1", "(@status(device.model.family) == 'iPad')", "good"),
	}
	w.declare(i, "t1", set)
	report := w.server.lastStatus()
	if report["FullReport"] != true {
		t.Errorf("the first subscription makes no full report: %v", report)
	}
	items := report["StatusItems"].(map[string]any)
	if v := items["device"].(map[string]any)["operating-system"].(map[string]any)["version"]; v != "15.8" {
		t.Errorf("version %v", v)
	}
	if e := report["Errors"].([]any); len(e) != 1 || e[0].(map[string]any)["StatusItem"] != "no.such.item" {
		t.Errorf("errors %v", e)
	}
	management := items["management"].(map[string]any)
	capable := management["client-capabilities"].(map[string]any)["supported-payloads"].(map[string]any)["declarations"].(map[string]any)["configurations"].([]any)
	if slices.Contains(capable, any("com.apple.configuration.math.settings")) || !slices.Contains(capable, any("com.apple.configuration.legacy")) {
		t.Errorf("capabilities %v", capable)
	}
	want := map[string]string{
		"good": "active valid", "sub": "active valid", "org": "active valid", "math": "invalid Error.UnknownDeclarationType", "keys": "invalid Error.UnknownPayloadKeys",
		"act-1": "active valid", "act-2": "invalid Error.ConfigurationIsInvalid", "act-3": "invalid Error.ConfigurationIsInvalid", "act-4": "invalid Error.MissingConfigurations",
		"act-5": "valid Info.Predicate", "act-6": "invalid Error.UnableToParsePredicate", "act-7": "active valid",
	}
	got := make(map[string]string)
	for _, list := range management["declarations"].(map[string]any) {
		for _, e := range list.([]any) {
			d := e.(map[string]any)
			words := []string{d["valid"].(string)}
			if d["active"] == true {
				words = []string{"active", d["valid"].(string)}
			}
			reasons, _ := d["reasons"].([]any)
			for _, r := range reasons {
				words = append(words, r.(map[string]any)["code"].(string))
			}
			got[d["identifier"].(string)] = strings.Join(words, " ")
			if d["server-token"] != "1" {
				t.Errorf("token %v", d)
			}
		}
	}
	for id, state := range want {
		if got[id] != state {
			t.Errorf("%s: %q, want %q", id, got[id], state)
		}
	}
	if _, there := got["gone"]; there {
		t.Error("a declaration that answers 404 is kept")
	}
	from := w.server.mark()
	w.live(25 * time.Hour)
	if heard := declarative(w.server.heard(from)); !slices.Contains(heard, "status") || w.server.lastStatus()["FullReport"] != true {
		t.Errorf("no daily full report: %v", heard)
	}
}

func TestActivationsAreAllOrNothing(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{SignsGET: true})
	w.server.profiles["wlan"] = wifiProfile("de.wlan", "U1", "S", "p")
	w.declare(i, "t1", map[string]declared{"a": activation("1", "l", "bad"), "l": legacy("1", "wlan"), "bad": legacy("1", "nowhere")})
	if s := i.Snapshot(); len(s.Profiles) != 1 {
		t.Errorf("half an activation was applied: %+v", s.Profiles)
	}
	// The profile appears later; the iPad tries again by itself.
	w.server.mu.Lock()
	w.server.profiles["nowhere"] = wifiProfile("de.wlan2", "U1", "S2", "p")
	w.server.mu.Unlock()
	w.live(5 * time.Minute)
	if s := i.Snapshot(); len(s.Profiles) != 3 {
		t.Errorf("it did not try again: %+v", s.Declarations)
	}
}

func TestDeclarationsTakeOverWhatMDMInstalled(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{})
	w.server.unsignedGET = true
	w.run(i, map[string]any{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U1", "S", "p")})
	w.server.profiles["wlan"] = wifiProfile("de.wlan", "U2", "S", "p")
	w.declare(i, "t1", map[string]declared{"a": activation("1", "l"), "l": legacy("1", "wlan")})
	if p, _ := i.Snapshot().Profile("de.wlan"); p.Owner != "l" || p.UUID != "U2" {
		t.Errorf("not taken over: %+v", p)
	}
	for _, command := range []map[string]any{
		{"RequestType": "InstallProfile", "Payload": wifiProfile("de.wlan", "U3", "S", "p")}, {"RequestType": "RemoveProfile", "Identifier": "de.wlan"},
	} {
		if m := w.run(i, command); m.kind != "Error" {
			t.Errorf("%v of a declared profile: %s", command["RequestType"], m.kind)
		}
	}
	// Renaming the declaration hands the profile over without a removal.
	w.declare(i, "t2", map[string]declared{"a": activation("2", "m"), "m": legacy("1", "wlan")})
	if s := i.Snapshot(); len(s.Removed) != 0 || len(s.Profiles) != 2 {
		t.Errorf("after renaming: %+v", s)
	}
}

func TestAProfileRemovedByTheUserIsReported(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{SignsGET: true})
	w.server.profiles["wlan"] = wifiProfile("de.wlan", "U1", "S", "p")
	w.declare(i, "t1", map[string]declared{"a": activation("1", "l"), "l": legacy("1", "wlan")})
	from := w.server.mark()
	if err := i.RemoveProfileByUser("de.wlan"); err != nil {
		t.Fatal(err)
	}
	w.live(time.Minute)
	if heard := declarative(w.server.heard(from)); !slices.Equal(heard, []string{"status"}) {
		t.Errorf("heard %v", heard)
	}
	if d, _ := i.Snapshot().Declaration("l"); d.Active || d.Valid != "invalid" {
		t.Errorf("declared state %+v", d)
	}
	w.declare(i, "t2", map[string]declared{"a": activation("1", "l"), "l": legacy("2", "wlan")})
	if _, back := i.Snapshot().Profile("de.wlan"); !back {
		t.Error("a new ServerToken does not bring it back")
	}
	if err := i.RemoveProfileByUser("de.none"); err == nil {
		t.Error("a profile that is not there was removed")
	}
}

func TestOldIPadsKnowNoDeclarations(t *testing.T) {
	for _, spec := range []sim.Spec{{NoDDM: true}, {OSVersion: "14.8"}} {
		w := newWorld(t, sim.Calm())
		i := w.enrolled(spec)
		if m := w.run(i, map[string]any{"RequestType": "DeclarativeManagement"}); m.kind != "Error" {
			t.Errorf("%+v: %s", spec, m.kind)
		}
	}
}

func TestABrokenManifestChangesNothing(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{})
	w.declare(i, "t1", map[string]declared{"a": activation("1", "c"), "c": passcode("1")})
	w.declare(i, "t2", map[string]declared{"a": activation("1", "c"), "c": passcode("1"), strings.Repeat("x", 65): passcode("1")})
	s := i.Snapshot()
	if d, _ := s.Declaration("c"); !d.Active || s.Token != "t1" || s.Problem == "" {
		t.Errorf("%+v", s)
	}
	w.server.mu.Lock()
	delete(w.server.decls, strings.Repeat("x", 65))
	w.server.mu.Unlock()
	w.live(time.Hour)
	if s := i.Snapshot(); s.Token != "t2" {
		t.Errorf("it did not recover: %+v", s)
	}
}

func TestASyncInBadWeatherArrives(t *testing.T) {
	weather := sim.Calm()
	w := newWorld(t, weather)
	i := w.enrolled(sim.Spec{SignsGET: true})
	set := make(map[string]declared)
	for n := range 12 {
		name := fmt.Sprint("p", n)
		w.server.profiles[name] = wifiProfile("de."+name, "U", "S"+name, "p")
		set["a"+name], set["l"+name] = activation("1", "l"+name), legacy("1", name)
	}
	weather.RequestLost, weather.AnswerLost, weather.ReportTwice = 0.1, 0.1, 0.1
	w.apple.SetWeather(weather)
	w.server.mu.Lock()
	w.server.token, w.server.decls = "t1", set
	w.server.mu.Unlock()
	w.server.order(i.Spec().UDID, map[string]any{"RequestType": "DeclarativeManagement"})
	i.Poke()
	w.live(12 * time.Hour)
	if s := i.Snapshot(); len(s.Profiles) != 13 || s.Token != "t1" {
		t.Errorf("%+v", s)
	}
}
