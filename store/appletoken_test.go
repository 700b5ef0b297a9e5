package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// connected makes an Apple token that is in force.
func connected(t testing.TB, s *store.Store, by school.Actor, h *hands, server string, at school.SchoolID) school.TokenID {
	t.Helper()
	ctx := context.Background()
	id, err := s.CreateAppleToken(ctx, by, store.AppleToken{Name: "Server " + server, Certificate: []byte("cert"), School: at}, []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	err = s.AcceptAppleToken(ctx, by, id, store.AppleAnswer{Token: []byte(`{"consumer_key":"` + server + `"}`), ServerUUID: server, ServerName: server, Ends: h.now().AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestAppleTokenIsRenewedForTheSameServerOnly(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		admin := somebody(t, s, by, "chefin", school.Grant{Role: school.AuthorityAdmin})
		nord := newSchool(t, s, by, "Nord")
		id, err := s.CreateAppleToken(ctx, admin, store.AppleToken{Name: "Schulen", Certificate: []byte("cert 1"), School: nord, Settings: json.RawMessage(`{"department":"Schul-IT"}`)}, []byte("key 1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.OpenAppleToken(ctx, by, id); school.KindOf(err) != school.NotFound {
			t.Fatalf("a token before its file came: %v", err)
		}
		answer := store.AppleAnswer{Token: []byte("token 1"), ServerUUID: "server-1", ServerName: "Musterstadt", Ends: h.now().AddDate(1, 0, 0)}
		if err := s.AcceptAppleToken(ctx, admin, id, answer); err != nil {
			t.Fatal(err)
		}
		if _, err := s.OpenAppleToken(ctx, admin, id); school.KindOf(err) != school.Denied {
			t.Fatalf("a person opens a token: %v", err)
		}
		if json, err := s.OpenAppleToken(ctx, by, id); err != nil || string(json) != "token 1" {
			t.Fatal(string(json), err)
		}
		other := answer
		other.ServerUUID = "server-2"
		if err := s.AcceptAppleToken(ctx, admin, id, other); codeOf(err) != "apple_server_changed" {
			t.Fatalf("another server's token: %v", err)
		}
		answer.OfNext = true
		if err := s.AcceptAppleToken(ctx, admin, id, answer); codeOf(err) != "apple_key_moved" {
			t.Fatalf("no new key was made: %v", err)
		}
		if err := s.NewAppleKey(ctx, admin, id, []byte("cert 2"), []byte("key 2")); err != nil {
			t.Fatal(err)
		}
		k, err := s.OpenAppleKeys(ctx, admin, id)
		if err != nil || string(k.Key) != "key 1" || string(k.NextKey) != "key 2" || string(k.NextCertificate) != "cert 2" {
			t.Fatalf("%+v %v", k, err)
		}
		answer.Token = []byte("token 2")
		if err := s.AcceptAppleToken(ctx, admin, id, answer); err != nil {
			t.Fatal(err)
		}
		k, err = s.OpenAppleKeys(ctx, admin, id)
		if err != nil || string(k.Key) != "key 2" || string(k.Certificate) != "cert 2" || k.NextKey != nil {
			t.Fatalf("after the renewal: %+v %v", k, err)
		}
		if json, err := s.OpenAppleToken(ctx, by, id); err != nil || string(json) != "token 2" {
			t.Fatal(string(json), err)
		}
		set, err := s.ChangeAppleToken(ctx, admin, store.AppleToken{ID: id, Name: "Alle Schulen"})
		if err != nil {
			t.Fatal(err)
		}
		if x, err := s.AppleToken(ctx, admin, id); err != nil || x.Name != "Alle Schulen" || x.School != "" || string(x.Settings) != "{}" || !x.Accepted {
			t.Fatalf("%+v %v", x, err)
		}
		if _, err := s.Undo(ctx, admin, set); err != nil {
			t.Fatal(err)
		}
		if x, err := s.AppleToken(ctx, admin, id); err != nil || x.Name != "Schulen" || x.School != nord || string(x.Settings) != `{"department":"Schul-IT"}` {
			t.Fatalf("%+v %v", x, err)
		}
		stranger := newAuthority(t, s, "Anderswo")
		if _, err := s.AppleToken(ctx, stranger, id); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if _, err := s.OpenAppleKeys(ctx, stranger, id); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		mine, err := s.CreateAppleToken(ctx, stranger, store.AppleToken{Name: "Unser", Certificate: []byte("c")}, []byte("k"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.AcceptAppleToken(ctx, stranger, mine, store.AppleAnswer{Token: []byte("x"), ServerUUID: "server-1", Ends: h.now().AddDate(1, 0, 0)}); codeOf(err) != "apple_server_refused" {
			t.Fatalf("another authority's server: %v", err)
		}
		if err := s.RemoveAppleToken(ctx, admin, id); err != nil {
			t.Fatal(err)
		}
		if list, err := s.AppleTokens(ctx, admin); err != nil || len(list) != 0 {
			t.Fatalf("%+v %v", list, err)
		}
	})
}

// feed follows a token's list in tests.
type feed struct {
	t     testing.TB
	s     *store.Store
	by    school.Actor
	token school.TokenID
	round string
	n     int
}

func (f *feed) state() store.SyncState {
	f.t.Helper()
	x, err := f.s.AppleToken(context.Background(), f.by, f.token)
	if err != nil {
		f.t.Fatal(err)
	}
	return x.Sync
}

func (f *feed) page(more bool, devices ...store.ADEDevice) store.SyncResult {
	f.t.Helper()
	y := f.state()
	f.n++
	r, err := f.s.SaveSync(context.Background(), f.by, store.SyncPage{Token: f.token, Phase: y.Phase, Round: f.round, From: y.Cursor,
		Cursor: fmt.Sprint("c", f.n), More: more, Devices: devices})
	if err != nil {
		f.t.Fatal(err)
	}
	return r
}

func (f *feed) start() {
	f.t.Helper()
	var err error
	if f.round, err = f.s.StartRound(context.Background(), f.by, f.token); err != nil {
		f.t.Fatal(err)
	}
}

func (f *feed) serials(filter store.ADEFilter) []string {
	f.t.Helper()
	out := []string{}
	for {
		p, err := f.s.ADEDevices(context.Background(), f.by, f.token, filter)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, x := range p.Rows {
			out = append(out, x.Serial)
		}
		if filter.After = p.Next; p.Next == "" {
			return out
		}
	}
}

func TestListOfDevicesIsFollowed(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		nord, sued := newSchool(t, s, by, "Nord"), newSchool(t, s, by, "Süd")
		f := &feed{t: t, s: s, by: by, token: connected(t, s, by, h, "server-1", nord)}
		dev := func(serial, op string, minute int) store.ADEDevice {
			d := store.ADEDevice{Serial: serial, Model: "iPad (9. Gen.)", Family: "iPad", Op: op}
			if op != "" {
				d.OpAt = h.now().Add(time.Duration(minute) * time.Minute)
			}
			return d
		}
		want := func(what string, got, want store.SyncResult) {
			t.Helper()
			if got != want {
				t.Fatalf("%s: %+v, want %+v", what, got, want)
			}
		}
		f.start()
		want("first page", f.page(true, dev("AAAA000001", "", 0), dev("AAAA000002", "", 0), dev("aaaa000001", "", 0)), store.SyncResult{New: 2})
		if y := f.state(); y.Phase != store.Fetch || y.Cursor != "c1" || !y.FullAt.IsZero() {
			t.Fatalf("%+v", y)
		}
		version := func() int64 {
			a, err := s.Authority(ctx, by)
			if err != nil {
				t.Fatal(err)
			}
			return a.Version
		}
		v := version()
		want("the overlap of two pages", f.page(false, dev("AAAA000002", "", 0)), store.SyncResult{})
		if version() != v {
			t.Fatal("a page without a new device moved the facts")
		}
		if y := f.state(); y.Phase != store.Sync || y.FullAt.IsZero() || y.SyncedAt.IsZero() {
			t.Fatalf("%+v", y)
		}
		school1, err := s.Number(ctx, `SELECT count(*) FROM device d JOIN device_state x ON x.device_id = d.id WHERE d.school_id = $1 AND x.school_id = $1`, string(nord))
		if err != nil || school1 != 2 {
			t.Fatalf("%d in the default school, %v", school1, err)
		}
		// A person moves one; the list does not move it back.
		if err := s.Exec(ctx, `UPDATE device SET school_id = $1 WHERE serial = 'AAAA000001'`, string(sued)); err != nil {
			t.Fatal(err)
		}
		want("one entry twice, the newer counts", f.page(false, dev("AAAA000001", "added", 3), dev("AAAA000001", "deleted", 2)), store.SyncResult{})
		want("removed", f.page(false, dev("AAAA000002", "deleted", 5), dev("ZZZZ000009", "deleted", 5)), store.SyncResult{Gone: 1})
		want("an older entry comes late", f.page(false, dev("AAAA000002", "modified", 4)), store.SyncResult{})
		if got := f.serials(store.ADEFilter{Gone: true}); !slices.Equal(got, []string{"AAAA000002"}) {
			t.Fatalf("gone: %v", got)
		}
		want("and assigned again", f.page(false, dev("AAAA000002", "added", 6)), store.SyncResult{Back: 1})
		if n, _ := s.Number(ctx, `SELECT count(*) FROM device WHERE school_id = $1`, string(sued)); n != 1 {
			t.Fatal("the list moved a device")
		}
		// A full comparison finds what the changes did not say.
		f.start()
		want("comparison", f.page(true, dev("AAAA000003", "", 0)), store.SyncResult{New: 1})
		want("its end", f.page(false, dev("AAAA000001", "", 0)), store.SyncResult{Gone: 1})
		f.start()
		want("the next", f.page(false, dev("AAAA000001", "", 0), dev("AAAA000002", "", 0), dev("AAAA000003", "", 0)), store.SyncResult{Back: 1})
		// Whoever asked from an old place saves nothing.
		y := f.state()
		if _, err := s.SaveSync(ctx, by, store.SyncPage{Token: f.token, Phase: store.Sync, From: "c1", Cursor: "x", Devices: []store.ADEDevice{dev("BBBB000001", "added", 9)}}); codeOf(err) != "sync_moved" {
			t.Fatal(err)
		}
		if got := f.state(); got.Cursor != y.Cursor || len(f.serials(store.ADEFilter{})) != 3 {
			t.Fatalf("%+v", got)
		}
		if err := s.SyncFailed(ctx, by, f.token, "HTTP 503", h.now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if y := f.state(); y.Error != "HTTP 503" || y.NotBefore.IsZero() {
			t.Fatalf("%+v", y)
		}
		f.page(false)
		if y := f.state(); y.Error != "" || !y.NotBefore.IsZero() {
			t.Fatalf("%+v", y)
		}
		// The same serial number at another authority is another device.
		stranger := newAuthority(t, s, "Anderswo")
		g := &feed{t: t, s: s, by: stranger, token: connected(t, s, stranger, h, "server-2", "")}
		g.start()
		want("elsewhere", g.page(false, dev("AAAA000001", "", 0)), store.SyncResult{New: 1})
		if _, err := s.SaveSync(ctx, stranger, store.SyncPage{Token: f.token, Phase: store.Sync, From: f.state().Cursor}); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		person := somebody(t, s, by, "chefin", school.Grant{Role: school.AuthorityAdmin})
		if _, err := s.SaveSync(ctx, person, store.SyncPage{Token: f.token}); school.KindOf(err) != school.Denied {
			t.Fatal(err)
		}
	})
}

func TestADEProfileIsAssigned(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		f := &feed{t: t, s: s, by: by, token: connected(t, s, by, h, "server-1", "")}
		f.start()
		f.page(false, store.ADEDevice{Serial: "A1"}, store.ADEDevice{Serial: "A2"}, store.ADEDevice{Serial: "A3"}, store.ADEDevice{Serial: "A4", ProfileUUID: "p1", ProfileStatus: "pushed"})
		due := func(want ...string) {
			t.Helper()
			_, got, err := s.AssignDue(ctx, by, f.token, 0)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("due %v, want %v; %v", got, want, err)
			}
		}
		on := func(serial string) bool {
			t.Helper()
			_, ok, err := s.OnList(ctx, by.Tenant, serial)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		due() // no profile is defined yet
		if on("A4") {
			t.Fatal("a profile nobody of us defined counts")
		}
		if err := s.SetADEProfile(ctx, by, f.token, "p1", "hash 1"); err != nil {
			t.Fatal(err)
		}
		due("A1", "A2", "A3")
		if !on("a4") || on("A1") {
			t.Fatal("on the list is who has our profile")
		}
		if err := s.Assigned(ctx, by, f.token, "p1", map[string]string{"A1": "SUCCESS", "A2": "FAILED", "A3": "THROTTLED", "A9": "SUCCESS"}, 5*time.Minute); err != nil {
			t.Fatal(err)
		}
		due()
		if !on("A1") {
			t.Fatal("assigned, but not on the list")
		}
		f.page(false, store.ADEDevice{Serial: "A1", ProfileStatus: "empty", Op: "modified", OpAt: h.now()})
		due() // the list tells the old story: it is given an hour
		h.turn(5 * time.Minute)
		due("A3")
		h.turn(10 * time.Minute)
		due("A3", "A2")
		if err := s.Assigned(ctx, by, f.token, "p1", map[string]string{"A2": "FAILED"}, 0); err != nil {
			t.Fatal(err)
		}
		h.turn(15 * time.Minute)
		due("A3")
		h.turn(15 * time.Minute)
		due("A3", "A2")
		h.turn(time.Hour)
		due("A1", "A3", "A2")
		if got := f.serials(store.ADEFilter{Refused: true}); !slices.Equal(got, []string{"A2", "A3"}) {
			t.Fatalf("refused: %v", got)
		}
		x, err := s.AppleToken(ctx, by, f.token)
		if err != nil || x.Counts != (store.AppleCounts{Listed: 4, Assigned: 1, Refused: 2}) {
			t.Fatalf("%+v %v", x.Counts, err)
		}
		// Another definition: everybody gets it; who comes with the older one is still ours.
		if uuid, err := s.ADEProfileOf(ctx, by, f.token, "hash 1"); err != nil || uuid != "p1" {
			t.Fatal(uuid, err)
		}
		if uuid, err := s.ADEProfileOf(ctx, by, f.token, "hash 2"); err != nil || uuid != "" {
			t.Fatal(uuid, err)
		}
		if err := s.SetADEProfile(ctx, by, f.token, "p2", "hash 2"); err != nil {
			t.Fatal(err)
		}
		due("A1", "A2", "A3", "A4")
		if !on("A4") {
			t.Fatal("a device with our older profile is sent away")
		}
		f.page(false, store.ADEDevice{Serial: "A4", Op: "deleted", OpAt: h.now()})
		if on("A4") {
			t.Fatal("no longer listed, still let in")
		}
	})
}

func TestThousandDevicesArriveAtOnce(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		by := newAuthority(t, s, "Musterstadt")
		f := &feed{t: t, s: s, by: by, token: connected(t, s, by, h, "server-1", newSchool(t, s, by, "Nord"))}
		var devices []store.ADEDevice
		for i := range 1000 {
			devices = append(devices, store.ADEDevice{Serial: fmt.Sprintf("F9FX%06d", i), Model: "iPad"})
		}
		f.start()
		s.Statements()
		if r := f.page(false, devices...); r.New != 1000 {
			t.Fatalf("%+v", r)
		}
		if n := len(s.Statements()); n > 9000 {
			t.Fatalf("%d statements for a page of new devices", n)
		}
		f.start()
		s.Statements()
		if r := f.page(false, devices...); r != (store.SyncResult{}) {
			t.Fatalf("%+v", r)
		}
		if n := len(s.Statements()); n > 12 {
			t.Fatalf("%d statements for a page that changes nothing", n)
		}
		if got := f.serials(store.ADEFilter{Serial: "f9fx0000"}); len(got) != 100 {
			t.Fatalf("%d of 100", len(got))
		}
	})
}
