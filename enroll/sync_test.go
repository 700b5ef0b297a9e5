package enroll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ranzen/enroll/asm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

func specs(prefix string, n int) (out []sim.Spec) {
	for i := range n {
		out = append(out, sim.Spec{Serial: fmt.Sprintf("%s%05d", prefix, i)})
	}
	return out
}

func (w *world) token(id school.TokenID) store.AppleToken {
	w.Helper()
	t, err := w.st.AppleToken(context.Background(), w.by, id)
	if err != nil {
		w.Fatal(err)
	}
	return t
}

// listed counts what the store thinks the token lists.
func (w *world) listed(id school.TokenID) store.AppleCounts {
	w.Helper()
	return w.token(id).Counts
}

func (w *world) devices() int {
	w.Helper()
	n, err := w.st.CountDevices(context.Background(), w.by, store.DeviceFilter{})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) state(id school.TokenID) store.SyncState {
	w.Helper()
	return w.token(id).Sync
}

func TestAListArrivesInBadWeather(t *testing.T) {
	each(t, func(w *world) {
		server := w.apple.AddServer("Schulen", "Musterstadt")
		id := w.connect(w.by, server)
		storm := sim.Hostile()
		storm.DEPCursorExpires, storm.DEPOverlap, storm.DEPThrottled, storm.DEPUnavailable, storm.DEPForgets, storm.DEPAssignThrottled = 0.15, 0.5, 0.1, 0.1, 0.1, 0.02
		w.apple.SetWeather(storm)
		server.Deliver(specs("DMPA0", 1500)...)
		w.keepFollowing(id, func() bool { return w.listed(id).Listed == 1500 })
		for _, gone := range specs("DMPA0", 10) {
			server.Remove(gone.Serial)
		}
		server.Deliver(specs("DMPB0", 20)...)
		w.keepFollowing(id, func() bool { c := w.listed(id); return c.Listed == 1510 && c.Gone == 10 && c.Assigned == 1510 })
		if n := w.devices(); n != 1520 {
			t.Errorf("%d devices, want 1520: every serial once, those that went stay", n)
		}
		uuid, status, _ := server.Profile("DMPB000019")
		if uuid != w.state(id).Profile || status != "assigned" {
			t.Errorf("at Apple: %q %q", uuid, status)
		}
	})
}

// keepFollowing lets the jobs run every minute until something is so.
func (w *world) keepFollowing(id school.TokenID, done func() bool) {
	w.Helper()
	ctx := context.Background()
	for range 500 {
		_, serr := w.x.SyncToken(ctx, id)
		_, aerr := w.x.AssignProfiles(ctx, id)
		for _, err := range []error{serr, aerr} {
			if err != nil && !errors.Is(err, asm.ErrCursorExpired) && !errors.Is(err, asm.ErrTokenRejected) {
				w.Fatal(err)
			}
		}
		if done() {
			return
		}
		w.clock.turn(10 * time.Minute)
	}
	w.Fatalf("never came right: %+v", w.listed(id))
}

func TestWorkEndedBetweenPagesLosesNothing(t *testing.T) {
	each(t, func(w *world) {
		server := w.apple.AddServer("Schulen", "Musterstadt")
		id := w.connect(w.by, server)
		server.Deliver(specs("DMPC0", 2300)...)
		// The server is killed after every page: before the page came, or when it was read and not yet kept.
		for kill, late := 1, false; ; kill, late = kill+1, !late {
			if kill > 20 {
				t.Fatal("it never comes to an end")
			}
			ctx, cancel := context.WithCancel(context.Background())
			pages := 0
			w.road.set(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
				if !strings.HasPrefix(r.URL.Path, "/server/") && !strings.HasPrefix(r.URL.Path, "/devices/") {
					return pass()
				}
				pages++
				if pages == 2 && !late {
					cancel()
				}
				resp, err := pass()
				if pages == 2 && late {
					resp.Body = cancelled{resp.Body, cancel}
				}
				return resp, err
			})
			_, err := w.x.SyncToken(ctx, id)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if s := w.state(id); s.Error != "" {
				t.Fatalf("our own end is kept as Apple's fault: %+v", s)
			}
		}
		w.road.set(nil)
		if c := w.listed(id); c.Listed != 2300 || w.devices() != 2300 {
			t.Errorf("%+v, %d devices", c, w.devices())
		}
	})
}

// cancelled ends the work when the answer was read.
type cancelled struct {
	io.ReadCloser
	cancel func()
}

func (c cancelled) Close() error {
	c.cancel()
	return c.ReadCloser.Close()
}

// Two workers at one list: the lease of one ran out while it was slow. Nothing is lost, nothing comes twice.
func TestTwoWorkersAtOneList(t *testing.T) {
	each(t, func(w *world) {
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPL0", 2500)...)
		id := w.connect(w.by, server)
		var wait sync.WaitGroup
		for _, x := range []*Enroll{w.x, w.node(), w.node()} {
			wait.Go(func() {
				if _, err := x.SyncToken(context.Background(), id); err != nil && !isMoved(err) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		w.follow(id)
		if c := w.listed(id); c.Listed != 2500 || c.Gone != 0 || c.Assigned != 2500 || w.devices() != 2500 {
			t.Errorf("%+v, %d devices", c, w.devices())
		}
	})
}

func TestTheWholeListIsComparedDaily(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPD0", 3)...)
		id := w.connect(w.by, server)
		run := func() Followed {
			t.Helper()
			f, err := w.x.SyncToken(ctx, id)
			if err != nil || !f.Until.IsZero() {
				t.Fatal(f, err)
			}
			return f
		}
		if f := run(); f.New != 3 {
			t.Errorf("first: %+v", f)
		}
		fetches := w.road.count("POST /server/devices")
		w.clock.turn(time.Hour)
		if f := run(); f.New != 0 || w.road.count("POST /server/devices") != fetches {
			t.Errorf("an hour later: %+v", f)
		}
		w.clock.turn(24 * time.Hour)
		if run(); w.road.count("POST /server/devices") != fetches+1 {
			t.Errorf("a day later the whole list was fetched %d times", w.road.count("POST /server/devices")-fetches)
		}
		w.clock.turn(8 * 24 * time.Hour) // longer than a cursor lives
		server.Remove("DMPD000001")
		if f := run(); f.Gone != 1 {
			t.Errorf("after a week of silence: %+v", f)
		}
		server.Deliver(sim.Spec{Serial: "DMPD000001"})
		if f := run(); f.Back != 1 || f.New != 0 {
			t.Errorf("back: %+v", f)
		}
		if w.devices() != 3 {
			t.Errorf("%d devices", w.devices())
		}
	})
}

func TestACursorAppleForgotBeginsAnew(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPE0", 2)...)
		id := w.connect(w.by, server)
		w.follow(id)
		const path = "/devices/sync"
		for _, word := range []string{"EXPIRED_CURSOR", "INVALID_CURSOR"} {
			w.road.set(once(path, says("", 400, word)))
			fetches := w.road.count("POST /server/devices")
			if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.IsZero() || w.road.count("POST /server/devices") != fetches+1 {
				t.Errorf("%s: %+v %v", word, f, err)
			}
			// A service that forgets every cursor is not asked for ever.
			w.road.set(says(path, 400, word))
			before := w.road.total()
			if _, err := w.x.SyncToken(ctx, id); err == nil || w.road.total()-before > 20 {
				t.Errorf("%s always: %v after %d calls", word, err, w.road.total()-before)
			}
			if s := w.state(id); s.Error != "ade_cursor" || !s.NotBefore.After(w.clock.now()) {
				t.Errorf("%s always: %+v", word, s)
			}
			w.clock.turn(time.Hour)
			w.road.set(nil)
			w.follow(id)
		}
		w.road.set(says(path, 400, "EXHAUSTED_CURSOR"))
		if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.IsZero() || f.Gone != 0 {
			t.Errorf("an exhausted cursor: %+v %v", f, err)
		}
		for name, body := range map[string]string{
			"the same cursor": `{"devices":[],"cursor":"` + w.state(id).Cursor + `","more_to_follow":true}`,
			"no cursor":       `{"devices":[],"more_to_follow":true}`,
		} {
			w.road.set(says(path, 200, body))
			if _, err := w.x.SyncToken(ctx, id); !errors.Is(err, asm.ErrCursorStuck) || w.state(id).Error != "ade_cursor" {
				t.Errorf("%s: %v", name, err)
			}
			w.clock.turn(time.Hour)
		}
		// Two cursors that lead to one another.
		w.road.set(func(r *http.Request, pass func() (*http.Response, error)) (*http.Response, error) {
			in := []byte{}
			if r.URL.Path == path {
				in, _ = io.ReadAll(r.Body)
			}
			next := "A"
			if strings.Contains(string(in), `"A"`) {
				next = "B"
			}
			return says(path, 200, `{"devices":[],"cursor":"`+next+`","more_to_follow":true}`)(r, pass)
		})
		before := w.road.total()
		if _, err := w.x.SyncToken(ctx, id); !errors.Is(err, asm.ErrCursorStuck) || w.road.total()-before > 10 {
			t.Errorf("a ring: %v after %d calls", err, w.road.total()-before)
		}
	})
}

func TestAppleAsksForPatience(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPF0", 2)...)
		id := w.connect(w.by, server)
		for _, status := range []int{429, 503} {
			w.road.set(says("", status, "", "Retry-After", "900"))
			until := w.clock.now().Add(15 * time.Minute)
			if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.Equal(until) {
				t.Errorf("%d: until %v, %v", status, f.Until, err)
			}
			w.road.set(nil)
			before := w.road.total()
			w.clock.turn(14 * time.Minute)
			if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.Equal(until) || w.road.total() != before {
				t.Errorf("%d: asked again too early: %+v %v", status, f, err)
			}
			if a, err := w.x.AssignProfiles(ctx, id); err != nil || !a.Until.Equal(until) || w.road.total() != before {
				t.Errorf("%d: assigned too early: %+v %v", status, a, err)
			}
			w.clock.turn(time.Minute)
			if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.IsZero() {
				t.Errorf("%d: then: %+v %v", status, f, err)
			}
			if len(w.alarms()) != 0 {
				t.Errorf("%d: patience is an alarm: %v", status, w.alarms())
			}
		}
	})
}

// Apple that throttles or is away for more than an hour is an alarm, which its next answer ends.
func TestAppleAwayForLong(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPH0", 2)...)
		id := w.connect(w.by, server)
		w.follow(id)
		for _, status := range []int{429, 503} {
			w.road.set(says("", status, ""))
			for past := time.Duration(0); past <= 70*time.Minute; past += 10 * time.Minute {
				if _, err := w.x.SyncToken(ctx, id); err != nil {
					t.Fatal(err)
				}
				if n := len(w.alarms()); (n == 1) != (past > time.Hour) {
					t.Errorf("%d after %s: %v", status, past, w.alarms())
				}
				w.clock.turn(10 * time.Minute)
			}
			w.road.set(nil)
			if _, err := w.x.SyncToken(ctx, id); err != nil || len(w.alarms()) != 0 {
				t.Errorf("%d: when it answers again: %v, %v", status, w.alarms(), err)
			}
		}
	})
}

func TestWhatOnlyAPersonCanRepairIsAnAlarm(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPG0", 2)...)
		id := w.connect(w.by, server)
		w.follow(id)

		server.SetTermsSigned(false)
		if _, err := w.x.SyncToken(ctx, id); !errors.Is(err, asm.ErrTermsNotSigned) {
			t.Errorf("terms: %v", err)
		}
		if w.state(id).Error != "ade_terms" || w.alarms()["ade_terms"] != string(id) {
			t.Errorf("terms: %+v %v", w.state(id), w.alarms())
		}
		server.SetTermsSigned(true)
		if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.IsZero() {
			t.Errorf("accepted at once: %+v %v", f, err)
		}
		if w.state(id).Error != "" || len(w.alarms()) != 0 {
			t.Errorf("accepted: %+v %v", w.state(id), w.alarms())
		}

		server.RevokeToken()
		if _, err := w.x.SyncToken(ctx, id); !errors.Is(err, asm.ErrTokenRejected) {
			t.Errorf("revoked: %v", err)
		}
		if w.state(id).Error != "ade_token_rejected" || w.alarms()["ade_token_rejected"] != string(id) {
			t.Errorf("revoked: %+v %v", w.state(id), w.alarms())
		}
		file, err := server.Token(w.token(id).Certificate)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.x.ExchangeToken(ctx, w.by, id, file); err != nil {
			t.Fatal(err)
		}
		if f, err := w.x.SyncToken(ctx, id); err != nil || !f.Until.IsZero() || len(w.alarms()) != 0 {
			t.Errorf("a new token: %+v %v %v", f, err, w.alarms())
		}
		if w.listed(id).Listed != 2 {
			t.Errorf("%+v", w.listed(id))
		}
	})
}

func TestKSM01_AppleTokensAreApart(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPH0", 2)...)
		id := w.connect(w.by, server)
		w.follow(id)
		other := w.authority("Anderswo")
		if _, err := w.st.AppleToken(ctx, other, id); school.KindOf(err) != school.NotFound {
			t.Errorf("another authority reads the token: %v", err)
		}
		file, err := server.Token(w.token(id).Certificate)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.x.ExchangeToken(ctx, other, id, file); school.KindOf(err) != school.NotFound {
			t.Errorf("another authority brings its token: %v", err)
		}
		if _, err := w.x.RenewTokenKey(ctx, other, id); school.KindOf(err) != school.NotFound {
			t.Errorf("another authority makes its key: %v", err)
		}
		if _, err := w.x.SyncToken(ctx, "00000000-0000-0000-0000-000000000000"); school.KindOf(err) != school.NotFound {
			t.Errorf("nobody's token: %v", err)
		}
		// Another node finds the token without having made it.
		if f, err := w.node().authorityOf(ctx, id); err != nil || f != w.by.Tenant {
			t.Errorf("another node: %v %v", f, err)
		}
	})
}

func TestTheProfileAtAppleSaysWhatSchoolsNeed(t *testing.T) {
	each(t, func(w *world) {
		w.x.roots = [][]byte{[]byte("root certificate")}
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(sim.Spec{Serial: serial})
		id := w.connect(w.by, server)
		settings, _ := json.Marshal(Settings{Department: "Schul-IT", Phone: "0251 0000", Email: "it@musterstadt.example", Show: []string{"Passcode", "Location"}})
		if _, err := w.st.ChangeAppleToken(context.Background(), w.by, store.AppleToken{ID: id, Name: "Schulen", Settings: settings}); err != nil {
			t.Fatal(err)
		}
		w.follow(id)
		_, status, raw := server.Profile(serial)
		var p asm.Profile
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		if status != "assigned" || p.URL != base+"/enroll/"+string(id) || p.IsMDMRemovable || !p.AwaitDeviceConfigured || !p.DoNotUseProfileFromBackup || !p.IsMandatory ||
			!p.IsSupervised || p.ConfigurationWebURL != "" || p.Department != "Schul-IT" || p.SupportPhoneNumber != "0251 0000" || p.SupportEmailAddress != "it@musterstadt.example" ||
			!slices.Equal(p.AnchorCerts, []string{"cm9vdCBjZXJ0aWZpY2F0ZQ=="}) {
			t.Errorf("%s %+v", status, p)
		}
		for _, item := range SkipItems {
			if want := item != "Passcode" && item != "Location"; slices.Contains(p.SkipSetupItems, item) != want {
				t.Errorf("%s skipped: %v", item, !want)
			}
		}
	})
}

func TestADefinitionIsMadeOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPI0", 5)...)
		id := w.connect(w.by, server)
		w.follow(id)
		first := w.state(id).Profile
		change := func(s Settings) {
			t.Helper()
			raw, _ := json.Marshal(s)
			if _, err := w.st.ChangeAppleToken(ctx, w.by, store.AppleToken{ID: id, Name: "Token Schulen", Settings: raw}); err != nil {
				t.Fatal(err)
			}
			w.follow(id)
		}
		defined := func() int { return w.road.count("POST /profile") }
		assigned := func() int { return w.road.count("POST /profile/devices") }
		if defined() != 1 || assigned() != 1 {
			t.Fatalf("%d definitions, %d assignments", defined(), assigned())
		}
		// Apple says "modified" after every assignment; that is no reason to assign again.
		for range 5 {
			w.clock.turn(2 * time.Hour)
			w.follow(id)
		}
		if defined() != 1 || assigned() != 1 {
			t.Errorf("unchanged: %d definitions, %d assignments", defined(), assigned())
		}
		change(Settings{Department: "Medienzentrum"})
		if defined() != 2 || assigned() != 2 || w.state(id).Profile == first {
			t.Errorf("changed: %d definitions, %d assignments", defined(), assigned())
		}
		change(Settings{})
		if defined() != 2 || assigned() != 3 || w.state(id).Profile != first {
			t.Errorf("changed back: %d definitions, %d assignments", defined(), assigned())
		}
		if c := w.listed(id); c.Assigned != 5 {
			t.Errorf("%+v", c)
		}
		// A definition Apple no longer has is made anew.
		w.road.set(once("/profile/devices", says("", 400, "NOT_FOUND")))
		w.clock.turn(2 * time.Hour)
		server.Deliver(sim.Spec{Serial: "DMPI099999"})
		w.follow(id)
		if defined() != 3 || w.listed(id).Assigned != 6 {
			t.Errorf("forgotten by Apple: %d definitions, %+v", defined(), w.listed(id))
		}
	})
}

func TestEveryThousandIsOneCall(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.meetApple()
	server := w.apple.AddServer("Schulen", "Musterstadt")
	server.Deliver(specs("DMPJ0", 2100)...)
	id := w.connect(w.by, server)
	w.follow(id)
	if n := w.road.count("POST /profile/devices"); n != 3 {
		t.Errorf("%d calls for 2100 devices", n)
	}
	if c := w.listed(id); c.Assigned != 2100 {
		t.Errorf("%+v", c)
	}
}

func TestEverySerialHasItsOwnAnswer(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server := w.apple.AddServer("Schulen", "Musterstadt")
		server.Deliver(specs("DMPK0", 3)...)
		id := w.connect(w.by, server)
		words := map[string]string{"DMPK000000": "SUCCESS", "DMPK000001": "NOT_ACCESSIBLE", "DMPK000002": "THROTTLED"}
		body, _ := json.Marshal(map[string]any{"devices": words, "retry_after_seconds": 300})
		w.road.set(says("/profile/devices", 200, string(body)))
		if _, err := w.x.SyncToken(ctx, id); err != nil {
			t.Fatal(err)
		}
		a, err := w.x.AssignProfiles(ctx, id)
		if err != nil || a.Taken != 1 || a.Refused != 2 || !a.Until.Equal(start.Add(5*time.Minute)) {
			t.Errorf("%+v %v", a, err)
		}
		before := w.road.count("POST /profile/devices")
		if _, err := w.x.AssignProfiles(ctx, id); err != nil || w.road.count("POST /profile/devices") != before {
			t.Errorf("asked again at once: %v", err)
		}
		w.road.set(nil)
		w.clock.turn(time.Hour)
		w.follow(id)
		if c := w.listed(id); c.Assigned != 3 {
			t.Errorf("an hour later: %+v", c)
		}
	})
}

func TestSettingsAreChecked(t *testing.T) {
	for name, test := range map[string]struct{ raw, want string }{
		"nothing":              {``, ""},
		"empty":                {`{}`, ""},
		"all":                  {`{"department":"IT","phone":"1","email":"a@b.example","show":["Passcode"]}`, ""},
		"misspelt":             {`{"departement":"IT"}`, "settings_form"},
		"no object":            {`[]`, "settings_form"},
		"too long":             {`{"department":"` + strings.Repeat("x", 126) + `"}`, "too_long"},
		"a pane that is none":  {`{"show":["Passwort"]}`, "ade.pane"},
		"data of another life": {`{"show":["Restore"]}`, "ade.pane"},
	} {
		if _, err := ReadSettings(json.RawMessage(test.raw)); codeOf(err) != test.want {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	if got := shortened("Bücher", 2); got != "B" {
		t.Errorf("cut through a letter: %q", got)
	}
}

// TestKWH01_ABusinessGoesTheWayOfASchool: an organisation of Apple Business Manager, in a place of staff alone, brings its iPads, gets
// them their way into management, lists what it bought, and lets an iPad go.
func TestKWH01_ABusinessGoesTheWayOfASchool(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		was, err := w.st.Authority(ctx, w.by)
		if err != nil {
			t.Fatal(err)
		}
		staff := was
		staff.Policy.StaffOnly = true
		if _, err := w.st.ChangeAuthority(ctx, w.by, was, staff); err != nil {
			t.Fatal(err)
		}
		server := w.apple.AddServer("Musikschule", "Musterstadt")
		server.SetBusiness(true)
		server.Deliver(specs("DMPK0", 4)...)
		id := w.connect(w.by, server)
		w.follow(id)
		if c := w.listed(id); c.Listed != 4 || c.Assigned != 4 || w.devices() != 4 {
			t.Errorf("%+v, %d devices", c, w.devices())
		}
		uuid, status, profile := server.Profile("DMPK000003")
		var ade struct {
			Supervised bool `json:"is_supervised"`
			Mandatory  bool `json:"is_mandatory"`
		}
		if err := json.Unmarshal(profile, &ade); err != nil || uuid == "" || status != "assigned" || !ade.Supervised || !ade.Mandatory {
			t.Errorf("at Apple: %q %q %+v %v", uuid, status, ade, err)
		}
		_, location := w.shop()
		w.licences()
		if got := w.location(location); got.Error != "" || got.Apps != 3 {
			t.Errorf("licences: %+v", got)
		}
		server.Remove("DMPK000001")
		w.follow(id)
		if c := w.listed(id); c.Listed != 3 || c.Gone != 1 || w.devices() != 4 {
			t.Errorf("released: %+v, %d devices", c, w.devices())
		}
	})
}
