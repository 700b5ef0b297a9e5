package mdm_test

import (
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// ipad is a device as the server never sees it: what is really on it.
type ipad struct {
	profiles map[string]string // identifier → UUID, installed by command
	declared map[string]string // declaration identifier → ServerToken
	content  map[string]string // ServerToken → content hash
	networks map[string]bool   // keys that bring a network
}

// world is a device, the facts about it and what the server knows, with a clock of its own.
type world struct {
	t     interface{ Fatalf(string, ...any) }
	now   time.Time
	f     school.Facts
	have  school.Reported
	ipad  ipad
	snap  []ddm.Declaration
	n     int
	flaky func(mdm.Step) string // status the device answers with; "" for Acknowledged, "lost" for an answer that is lost
}

func newWorld(t interface{ Fatalf(string, ...any) }, f school.Facts) *world {
	w := &world{t: t, now: morning, f: f, ipad: ipad{map[string]string{}, map[string]string{}, map[string]string{}, map[string]bool{}},
		flaky: func(mdm.Step) string { return "" }}
	w.have = school.Reported{Enrolled: morning, LastSeen: morning, Awaiting: true, AwaitUntil: morning.Add(15 * time.Minute)}
	return w
}

func (w *world) want() mdm.State {
	w.f.At = w.now
	s := mdm.Desired(w.f)
	for _, i := range s.Items {
		if i.Network {
			w.ipad.networks[string(i.Key)] = true
		}
	}
	return s
}

func (w *world) plan() []mdm.Step { return mdm.Plan(w.want(), w.have, w.f, w.now) }

// session lets the device call until there is nothing for it, and returns how many commands it got.
func (w *world) session() int {
	for n := 0; ; n++ {
		w.now = w.now.Add(time.Second)
		w.have.LastSeen = w.now
		steps := w.plan()
		if len(steps) == 0 || n > 200 {
			return n
		}
		s := steps[0]
		uuid := ""
		if in := w.have.InFlight; in != nil && in.Fingerprint == s.Fingerprint {
			uuid = in.UUID
		} else {
			w.n++
			uuid = fmt.Sprint("uuid-", w.n)
		}
		w.have = mdm.Sent(w.have, s, uuid, w.now)
		in := *w.have.InFlight
		answer := w.flaky(s)
		if answer == "NotNow" {
			w.have = mdm.Answered(w.have, in, mdm.Answer{Status: "NotNow"}, w.now)
			return n
		}
		if answer != "Error" {
			w.carryOut(s)
		}
		if answer == "lost" {
			return n
		}
		a := mdm.Answer{Status: "Acknowledged"}
		if answer == "Error" {
			a = mdm.Answer{Status: "Error", Chain: []mdm.ChainLink{{Domain: "MCInstallationErrorDomain", Code: 4001}}}
		}
		w.now = w.now.Add(time.Second)
		for range 2 { // every answer comes twice
			if s.Kind == mdm.ListProfile && answer == "" {
				w.have = mdm.Listed(w.have, w.want(), w.list(), in.SentAt, w.now)
			}
			w.have = mdm.Answered(w.have, in, a, w.now)
		}
		if s.Kind == mdm.Inventory {
			w.f.Device.InventoryAt = w.now
		}
		if s.Kind == mdm.Declare && answer == "" {
			w.sync()
		}
	}
}

func (w *world) carryOut(s mdm.Step) {
	switch s.Kind {
	case mdm.Install:
		if _, owned := w.ipad.declared[mdm.DeclarationID(s.Key)]; owned {
			w.t.Fatalf("%s is declared and was sent by command", s.Key)
		}
		uuid := delivered(s.Item.Hash)
		if w.ipad.profiles[string(s.Key)] == uuid && w.have.Present[s.Key].Hash == s.Item.Hash {
			w.t.Fatalf("%s was confirmed and is installed again", s.Key)
		}
		w.ipad.profiles[string(s.Key)] = uuid
	case mdm.RemoveStep:
		delete(w.ipad.profiles, string(s.Key))
	}
}

// sync lets the device fetch the manifest and take it over: new declarations first, then what is gone from the list.
func (w *world) sync() {
	want := w.want()
	w.snap = mdm.Manifest(want, w.have, w.f)
	w.have = mdm.Fetched(w.have, want, w.snap, w.now)
	given := map[string]string{}
	for _, d := range w.snap {
		if d.Type == ddm.Legacy {
			given[d.Identifier] = d.ServerToken
		}
	}
	for _, i := range want.Items {
		if token, ok := given[mdm.DeclarationID(i.Key)]; ok {
			if w.ipad.declared[mdm.DeclarationID(i.Key)] != token {
				if p := w.have.Present[i.Key]; p.Hash == i.Hash && p.Owner == school.ByDeclaration && p.Token == w.ipad.declared[mdm.DeclarationID(i.Key)] {
					w.t.Fatalf("%s was confirmed and is declared anew", i.Key)
				}
				w.ipad.content[token] = i.Hash
			}
			delete(w.ipad.profiles, string(i.Key)) // taken over
		}
	}
	w.ipad.declared = given
}

// report sends a full status report.
func (w *world) report(broken string) {
	s := ddm.Status{Full: true, Listed: true}
	for _, d := range w.snap {
		st := ddm.DeclarationStatus{Kind: d.Kind(), Identifier: d.Identifier, ServerToken: d.ServerToken, Active: true, Valid: ddm.Valid}
		if d.Type == ddm.Legacy && d.Identifier == broken {
			st.Active, st.Valid, st.Reasons = false, ddm.Invalid, []ddm.Cause{{Code: "Error.ConfigurationCannotBeApplied"}}
		}
		s.Declarations = append(s.Declarations, st)
	}
	for range 2 {
		w.have = mdm.Declared(w.have, w.want(), w.f, w.snap, s, w.now)
	}
}

func (w *world) list() []mdm.ListedProfile {
	out := []mdm.ListedProfile{{Identifier: "de.example.enrolment", UUID: "E", Managed: true}}
	for k, u := range w.ipad.profiles {
		out = append(out, mdm.ListedProfile{Identifier: k, UUID: u, Managed: true})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Identifier < out[j].Identifier })
	return out
}

// installed says what is really on the device: key → content hash's UUID.
func (w *world) installed() map[string]string {
	out := map[string]string{}
	for k, u := range w.ipad.profiles {
		out[k] = u
	}
	for _, i := range w.want().Items {
		if token, ok := w.ipad.declared[mdm.DeclarationID(i.Key)]; ok {
			out[string(i.Key)] = delivered(w.ipad.content[token])
		}
	}
	return out
}

func (w *world) networkCount() int {
	n := 0
	for k := range w.ipad.networks {
		_, command := w.ipad.profiles[k]
		_, declared := w.ipad.declared[mdm.DeclarationID(school.ItemKey(k))]
		if command || declared {
			n++
		}
	}
	return n
}

// calm lets a perfect device live until nothing is due within a day.
func (w *world) calm() {
	w.flaky = func(mdm.Step) string { return "" }
	end := w.now.Add(21 * time.Hour)
	for range 40 {
		w.session()
		if w.have.Offered != w.have.Confirmed {
			w.report("")
		}
		if len(w.plan()) == 0 {
			due := mdm.NextDue(w.want(), w.have, w.f, w.now)
			if due.IsZero() || due.After(end) {
				return
			}
			w.now = due
		}
	}
	w.t.Fatalf("after forty sessions there is still something to do: %v", kinds(w.plan()))
}

// check holds what must be true at every moment.
func (w *world) check() {
	want := w.want()
	reasons := map[string]int{}
	status := map[school.ItemKey]mdm.Status{}
	for _, r := range mdm.Explain(want, w.have, w.f, w.now) {
		reasons[string(r.Item)+"/"+string(r.Profile)]++
		status[r.Item] = r.Status
		if r.Code == "" || r.Status == "" || r.Who == "" {
			w.t.Fatalf("a reason that says nothing: %+v", r)
		}
		if r.Status != mdm.Confirmed && !r.Automatic && r.Remedy == "" {
			w.t.Fatalf("%s is %s (%s) and nobody can do anything", r.Item, r.Status, r.Code)
		}
		if r.Automatic && r.Who != mdm.Nobody {
			w.t.Fatalf("%s comes by itself and still needs %s", r.Item, r.Who)
		}
	}
	for k, n := range reasons {
		if n != 1 {
			w.t.Fatalf("%d reasons for %s", n, k)
		}
	}
	for _, i := range want.Items {
		if status[i.Key] == "" {
			w.t.Fatalf("%s is wanted and not explained", i.Key)
		}
	}
	for k := range w.have.Present {
		if status[k] == "" {
			w.t.Fatalf("%s is there and not explained", k)
		}
	}
	for _, s := range mdm.Plan(want, w.have, w.f, w.now) {
		if s.Kind == mdm.Install && status[s.Key] == mdm.Confirmed {
			w.t.Fatalf("%s is planned and explained as confirmed", s.Key)
		}
		if s.Kind == mdm.RemoveStep && status[s.Key] != mdm.Leaving {
			w.t.Fatalf("%s is to be removed and explained as %s", s.Key, status[s.Key])
		}
	}
	w.checkDue()
}

// checkDue holds that between now and NextDue nothing new can be planned without an event.
func (w *world) checkDue() {
	before, now := kinds(w.plan()), w.now
	due := mdm.NextDue(w.want(), w.have, w.f, w.now)
	w.now = now.Add(30 * 24 * time.Hour)
	if !due.IsZero() {
		w.now = due.Add(-1)
	}
	after := kinds(w.plan())
	w.now = now
	w.want()
	if diff := cmp.Diff(before, after); diff != "" {
		w.t.Fatalf("the plan changed before it was due (%v): %s", due, diff)
	}
}

func TestAPerfectDeviceConverges(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), network("d", 1), version("e", 1, content("e", clip("{{person.name}}")))}
	rapid.Check(t, func(t *rapid.T) {
		f := facts()
		f.Device.InventoryAt = time.Time{}
		f.Policy.DeclaredProfiles = rapid.Bool().Draw(t, "declared")
		f.Assigned = drawAssigned(t, pool)
		w := newWorld(t, f)
		w.calm()
		want := map[string]string{}
		for _, i := range w.want().Items {
			want[string(i.Key)] = delivered(i.Hash)
		}
		got := w.installed()
		for _, r := range mdm.Explain(w.want(), w.have, w.f, w.now) {
			if r.Status == mdm.Held { // a network nobody wants any more, and no other to live on
				delete(got, string(r.Item))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if w.have.Awaiting {
			t.Fatal("the device still waits in Setup Assistant")
		}
		for _, r := range mdm.Explain(w.want(), w.have, w.f, w.now) {
			if _, wanted := want[string(r.Item)]; wanted && r.Status != mdm.Confirmed && r.Status != mdm.Aside && r.Status != mdm.Coming {
				t.Fatalf("%s: %s %s", r.Item, r.Status, r.Code)
			}
		}
		w.check()
	})
}

// TestRandomWalks changes facts and weather as they come, and holds at every moment that the device keeps a network, that
// plan and explanation agree, and at the end that the device is as it should be.
func TestRandomWalks(t *testing.T) {
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), network("c", 2), network("d", 1), network("e", 1)}
	rapid.Check(t, func(t *rapid.T) {
		f := facts()
		f.Policy.DeclaredProfiles = rapid.Bool().Draw(t, "declared")
		f.Assigned = []school.Assigned{assign("home", school.AtSchool, network("c", 1))}
		w := newWorld(t, f)
		w.calm()
		if w.networkCount() == 0 {
			t.Fatal("no network to begin with")
		}
		steps := rapid.IntRange(1, 14).Draw(t, "steps")
		for range steps {
			switch rapid.IntRange(0, 8).Draw(t, "event") {
			case 0, 1, 2:
				w.f.Assigned = drawAssigned(t, pool)
				w.have.ChangedAt = w.now
			case 3:
				w.flaky = func(s mdm.Step) string {
					return rapid.SampledFrom([]string{"", "", "NotNow", "Error", "lost"}).Draw(t, "answer")
				}
				w.session()
			case 4:
				w.flaky = func(mdm.Step) string { return "" }
				w.session()
			case 5:
				broken := ""
				if items := w.want().Items; len(items) > 0 && rapid.Bool().Draw(t, "refused") {
					broken = mdm.DeclarationID(items[0].Key)
					if w.ipad.networks[string(items[0].Key)] {
						broken = ""
					}
				}
				if len(w.snap) > 0 {
					w.report(broken)
				}
			case 6:
				w.now = w.now.Add(time.Duration(rapid.IntRange(1, 5000).Draw(t, "minutes")) * time.Minute)
			case 7: // a user removes what is no network
				for _, v := range []string{"a", "b"} {
					delete(w.ipad.profiles, "de.example."+v)
				}
			case 8:
				w.f.Policy.DeclaredProfiles = !w.f.Policy.DeclaredProfiles
			}
			if w.networkCount() == 0 {
				t.Fatalf("the device has lost its last network")
			}
			w.check()
		}
		w.have = mdm.Again(w.have)
		w.now = w.now.Add(27 * time.Hour) // whatever was missed is asked again within a day
		w.calm()
		got := w.installed()
		for _, i := range w.want().Items {
			if got[string(i.Key)] != delivered(i.Hash) {
				t.Fatalf("%s is not there in the end: %+v", i.Key, w.have.Items[i.Key])
			}
		}
		if w.networkCount() == 0 {
			t.Fatal("the device has lost its last network")
		}
		w.check()
	})
}
