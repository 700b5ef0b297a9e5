package mdm_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store/school"
)

func delivered(hash string) string { return profiles.DeliveredUUID(hash) }

func declaring() school.Facts {
	f := facts()
	f.Policy.DeclaredProfiles = true
	return f
}

func byType(ds []ddm.Declaration) map[string]int {
	n := map[string]int{}
	for _, d := range ds {
		n[d.Type]++
	}
	return n
}

func TestManifest(t *testing.T) {
	f := with(declaring(), assign("1", school.AtClass, plain("a", 1)), assign("2", school.AtSchool, network("wlan", 1)))
	ds := mdm.Manifest(mdm.Desired(f), school.Reported{}, f)
	want := map[string]int{ddm.Organization: 1, ddm.Properties: 1, ddm.Subscriptions: 1, ddm.Legacy: 2, ddm.Activation: 3}
	if diff := cmp.Diff(want, byType(ds)); diff != "" {
		t.Error(diff)
	}
	activated := map[string]bool{}
	for _, d := range ds {
		if len(d.Identifier) > ddm.MaxName || len(d.ServerToken) > ddm.MaxName || d.Identifier == "" || d.ServerToken == "" {
			t.Errorf("%s: identifier or token too long or missing", d.Identifier)
		}
		var p struct {
			ProfileURL             string
			StandardConfigurations []string
		}
		if err := json.Unmarshal(d.Payload, &p); err != nil {
			t.Fatal(err)
		}
		if d.Type == ddm.Legacy && p.ProfileURL != "https://mdm.example/mdm/declared/"+d.Identifier+"/"+d.ServerToken {
			t.Errorf("profile URL %q", p.ProfileURL)
		}
		if d.Type == ddm.Activation {
			if len(p.StandardConfigurations) != 1 {
				t.Errorf("activation of %d configurations: one bad one would stop the others", len(p.StandardConfigurations))
			}
			activated[p.StandardConfigurations[0]] = true
		}
	}
	for _, d := range ds {
		if d.Kind() == ddm.Configurations && !activated[d.Identifier] {
			t.Errorf("%s is never activated", d.Identifier)
		}
	}
	f.NoDeclarations = true
	if ds := mdm.Manifest(mdm.Desired(f), school.Reported{}, f); len(ds) != 0 {
		t.Errorf("%d declarations for a device that takes none", len(ds))
	}
}

func TestPropertiesNameNobody(t *testing.T) {
	f := facts()
	for _, d := range mdm.Manifest(mdm.Desired(f), school.Reported{}, f) {
		for _, secret := range []string{"Lena", "Muster", "lena", f.Device.Serial, f.Device.Number} {
			if d.Type == ddm.Properties && strings.Contains(string(d.Payload), secret) {
				t.Errorf("properties carry %q: %s", secret, d.Payload)
			}
		}
	}
}

func TestServerTokenFollowsContentSignerAndRetries(t *testing.T) {
	f := with(declaring(), assign("1", school.AtClass, plain("a", 1)))
	key := school.ItemKey("de.example.a")
	token := func(f school.Facts, have school.Reported) string {
		d, ok := ddm.Find(mdm.Manifest(mdm.Desired(f), have, f), ddm.Configurations, mdm.DeclarationID(key))
		if !ok {
			t.Fatal("the item is not declared")
		}
		return d.ServerToken
	}
	hash := mdm.Desired(f).Items[0].Hash
	first := token(f, school.Reported{})
	next := with(declaring(), assign("1", school.AtClass, plain("a", 2)))
	signed := f
	signed.Signer = "signer-2"
	if token(next, school.Reported{}) == first || token(signed, school.Reported{}) == first {
		t.Error("a new content or a new signer keeps the token")
	}
	confirmed := school.Reported{Present: map[school.ItemKey]school.Have{key: {Hash: hash, Owner: school.ByDeclaration, Token: first}}}
	if token(signed, confirmed) != first {
		t.Error("a new signer makes the device install again what it has")
	}
	if token(next, confirmed) == first {
		t.Error("a new version keeps the token of the old one")
	}
	failed := school.Reported{Items: map[school.ItemKey]school.ItemState{key: {Phase: school.Failed, Hash: hash, Token: first, Attempts: 1, NextTry: morning.Add(time.Minute)}}}
	if token(f, failed) != first {
		t.Error("the token changed before the next try is due")
	}
	later := f
	later.At = morning.Add(time.Minute)
	second := token(later, failed)
	if second == first {
		t.Error("the next try has the refused token")
	}
	failed.Items[key] = school.ItemState{Phase: school.Failed, Hash: hash, Token: second, Attempts: 2}
	if third := token(later, failed); third == first || third == second {
		t.Error("the third try has a token the device has seen")
	}
	failed.Items[key] = school.ItemState{Phase: school.Failed, Hash: hash, Token: second, Attempts: 5, Final: true}
	if token(later, failed) != second {
		t.Error("a finally refused item is declared anew")
	}
}

func TestEqualFactsGiveEqualManifests(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), network("d", 1)}
	rapid.Check(t, func(t *rapid.T) {
		f := declaring()
		f.Assigned = drawAssigned(t, pool)
		g := f
		g.Assigned = rapid.Permutation(f.Assigned).Draw(t, "order")
		a, b := mdm.Manifest(mdm.Desired(f), school.Reported{}, f), mdm.Manifest(mdm.Desired(g), school.Reported{}, g)
		if diff := cmp.Diff(a, b); diff != "" || ddm.Token(a) != ddm.Token(b) {
			t.Fatal(diff)
		}
	})
}

func TestLifeline(t *testing.T) {
	old, fresh := network("old", 1), network("new", 1)
	for name, c := range map[string]struct {
		wanted *school.Version
		world  func(have *school.Reported, newKey school.ItemKey, newHash string)
		stays  bool
	}{
		"no other network":      {nil, nil, true},
		"another not there yet": {fresh, nil, true},
		"another accepted only": {fresh, func(h *school.Reported, k school.ItemKey, x string) {
			h.Items[k] = school.ItemState{Phase: school.Acknowledged, Hash: x}
		}, true},
		"reported in this run": {fresh, func(h *school.Reported, k school.ItemKey, x string) { h.Present[k] = netAt(x, morning) }, true},
		"reported, seen since": {fresh, func(h *school.Reported, k school.ItemKey, x string) {
			h.Present[k] = netAt(x, morning.Add(-10*time.Minute))
		}, false},
		"other content reported": {fresh, func(h *school.Reported, k school.ItemKey, x string) {
			h.Present[k] = netAt("earlier", morning.Add(-10*time.Minute))
		}, true},
		"reported, being removed": {fresh, func(h *school.Reported, k school.ItemKey, x string) {
			h.Present[k] = netAt(x, morning.Add(-10*time.Minute))
			h.Items[k] = school.ItemState{Phase: school.Sent}
		}, true},
		"no network wanted":    {plain("p", 1), nil, true},
		"released by a person": {nil, func(h *school.Reported, _ school.ItemKey, _ string) { h.ReleasedNets = true }, false},
	} {
		for _, way := range []school.Owner{school.ByCommand, school.ByDeclaration} {
			f := facts()
			f.Policy.DeclaredProfiles = way == school.ByDeclaration
			before := mdm.Desired(with(f, assign("1", school.AtClass, old))).Items[0]
			if c.wanted != nil {
				f = with(f, assign("2", school.AtClass, c.wanted))
			}
			want := mdm.Desired(f)
			have := settled(f)
			have.Present[before.Key] = school.Have{Hash: before.Hash, Owner: way, Network: true, Since: morning.AddDate(0, -1, 0), Token: "confirmed"}
			if c.world != nil {
				i := mdm.Item{}
				if len(want.Items) > 0 {
					i = want.Items[0]
				}
				c.world(&have, i.Key, i.Hash)
				if h, ok := have.Present[i.Key]; ok {
					h.Owner = way
					have.Present[i.Key] = h
				}
			}
			stays := true
			if way == school.ByDeclaration {
				var d ddm.Declaration
				if d, stays = ddm.Find(mdm.Manifest(want, have, f), ddm.Configurations, mdm.DeclarationID(before.Key)); stays && d.ServerToken != "confirmed" {
					t.Errorf("%s: the held network is declared under a new token", name)
				}
			} else {
				for _, s := range mdm.Plan(want, have, f, morning) {
					stays = stays && s.Kind != mdm.RemoveStep
				}
			}
			if stays != c.stays {
				t.Errorf("%s, %s: stays %v, want %v", name, way, stays, c.stays)
			}
		}
	}
}

func netAt(hash string, since time.Time) school.Have {
	return school.Have{Hash: hash, Owner: school.ByCommand, Network: true, Since: since}
}

func TestAnEarlierVersionStaysWhileTheNewOneCannotCome(t *testing.T) {
	demanding := plain("a", 2)
	demanding.Content.Payloads[0].MinimumOS = "27"
	old := mdm.Desired(with(facts(), assign("1", school.AtClass, plain("a", 1)))).Items[0]
	f := with(facts(), assign("1", school.AtClass, demanding))
	if steps := mdm.Plan(mdm.Desired(f), settled(f, old), f, morning); len(steps) != 0 {
		t.Errorf("steps %v: the device would lose what it has", kinds(steps))
	}
	f.Assigned = nil
	if steps := mdm.Plan(mdm.Desired(f), settled(f, old), f, morning); len(steps) != 1 || steps[0].Kind != mdm.RemoveStep {
		t.Errorf("steps %v, want the removal of what nobody wants", kinds(steps))
	}
}

func TestWhatIsDeclaredStaysDeclared(t *testing.T) {
	f := with(declaring(), assign("1", school.AtClass, network("wlan", 1)))
	i := mdm.Desired(f).Items[0]
	have := settled(f)
	have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: school.ByDeclaration, Network: true, Since: morning.AddDate(0, -1, 0), Token: "t"}
	have = offer(f, have)
	f.Policy.DeclaredProfiles = false
	if steps := mdm.Plan(mdm.Desired(f), have, f, morning); len(steps) != 0 {
		t.Errorf("the policy changed and %v follows: the device would lose its network", kinds(steps))
	}
}

// What is kept of a manifest is its outline: it writes the same words again, and the same token wherever the server moved.
func TestAnOutlineWritesItsManifestAgain(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), network("d", 1), update("u", "99.1", "2026-12-04T18:00"), updates("s", "deferral", "30")}
	rapid.Check(t, func(t *rapid.T) {
		f := declaring()
		f.Assigned = drawAssigned(t, pool)
		if rapid.Bool().Draw(t, "freeze") {
			f.Freezes = []school.Freeze{{ID: "abi", Scope: scopes[school.AtSchool], From: morning, Until: morning.Add(time.Hour)}}
		}
		if rapid.Bool().Draw(t, "parents") {
			f.Device.Ownership = school.Parent
		}
		f.Place.Grade = rapid.SampledFrom([]string{"", "7", "Q1\nb"}).Draw(t, "grade")
		want, have := mdm.Desired(f), school.Reported{}
		kept, err := json.Marshal(mdm.OutlineOf(want, have, f))
		if err != nil {
			t.Fatal(err)
		}
		var o mdm.Outline
		if err := json.Unmarshal(kept, &o); err != nil {
			t.Fatal(err)
		}
		manifest := mdm.Manifest(want, have, f)
		if diff := cmp.Diff(manifest, o.Manifest(f.Key, f.BaseURL)); diff != "" {
			t.Fatal(diff)
		}
		if ddm.Token(manifest) != ddm.Token(o.Manifest(f.Key, "https://anderswo.example")) {
			t.Fatal("the server moved, and with it the token")
		}
	})
}
