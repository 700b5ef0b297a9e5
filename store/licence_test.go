package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// location plays Apple: who really has what. Everything it does may be heard of late, or never.
type location struct {
	total   map[string]int
	held    map[string]map[string]bool
	pending map[string]store.LicenceRequest
	events  int
}

func newLocation() *location {
	return &location{total: map[string]int{}, held: map[string]map[string]bool{}, pending: map[string]store.LicenceRequest{}}
}

func (l *location) buy(adam string, n int) {
	if l.held[adam] == nil {
		l.held[adam] = map[string]bool{}
	}
	l.total[adam] += max(n, len(l.held[adam])-l.total[adam])
}

// carryOut moves what is asked, except what bad says; it returns what did not move.
func (l *location) carryOut(q store.LicenceRequest, bad func() bool) (failed []store.LicenceFailure, again []store.LicenceFailure) {
	for _, adam := range q.Adams {
		for _, serial := range q.Serials {
			switch {
			case bad():
				again = append(again, store.LicenceFailure{Adam: adam, Serial: serial, Code: "9603"})
			case q.Give && !l.held[adam][serial] && len(l.held[adam]) >= l.total[adam]:
				failed = append(failed, store.LicenceFailure{Adam: adam, Serial: serial, Code: "9709"})
			case q.Give:
				l.held[adam][serial] = true
			default:
				delete(l.held[adam], serial)
			}
		}
	}
	return failed, again
}

// licences is a town whose devices wish for apps.
type licences struct {
	*town
	ctx     context.Context
	sys     school.Actor
	token   school.TokenID
	apps    []string // item numbers
	keys    map[string]school.ProfileID
	devices []school.DeviceID
	serial  map[school.DeviceID]string
	wish    map[school.DeviceID]map[string]bool
	at      *location
	sets    int
}

func newLicences(t *testing.T, s *store.Store, apps, devices, each int) *licences {
	t.Helper()
	w := &licences{town: newTown(t, s), ctx: context.Background(), keys: map[string]school.ProfileID{}, serial: map[school.DeviceID]string{},
		wish: map[school.DeviceID]map[string]bool{}, at: newLocation()}
	w.sys = school.System("apps", w.by.Tenant)
	id, err := s.KeepContentToken(w.ctx, w.by, store.ContentToken{Name: "Alle", UID: "u1", Ends: s.Now().AddDate(1, 0, 0)}, []byte("secret"))
	w.token = must(t, id, err)
	var infos []store.AppInfo
	for i := range apps {
		adam, bundle := fmt.Sprint(1000+i), fmt.Sprintf("org.example.app%d", i)
		w.apps = append(w.apps, adam)
		w.at.buy(adam, each)
		infos = append(infos, store.AppInfo{AdamID: adam, Product: "app", Name: fmt.Sprintf("App %02d", i), BundleID: bundle, ForDevices: true, Looked: true,
			Content: &school.Content{Body: []byte("x"), Hash: "h" + adam, App: &school.App{AdamID: adam, BundleID: bundle}}})
	}
	w.do(s.KeepApps(w.ctx, w.sys, "", infos))
	for _, x := range w.list() {
		w.keys[x.AdamID] = x.Profile
	}
	w.count()
	w.devices = w.town.devices("Gymnasium Nord", "F9FXK2", devices)
	w.enrol(w.devices...)
	for _, d := range w.devices {
		x, err := s.DeviceByID(w.ctx, w.by, d)
		w.serial[d], w.wish[d] = must(t, x, err).Serial, map[string]bool{}
	}
	return w
}

func (w *licences) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *licences) list() []store.App {
	w.t.Helper()
	page, err := w.s.Apps(w.ctx, w.by, store.AppFilter{Limit: store.MaxPage})
	return must(w.t, page, err).Rows
}

// wants makes a device want apps, as planning it would keep it.
func (w *licences) wants(d school.DeviceID, apps ...string) {
	w.t.Helper()
	w.sets++
	set := fmt.Sprint("set", w.sets)
	w.do(w.s.Exec(w.ctx, `INSERT INTO item_set (authority_id, hash, created_at) VALUES ($1, $2, 0)`, string(w.by.Tenant), set))
	for _, adam := range apps {
		w.do(w.s.Exec(w.ctx, `INSERT INTO item_set_member (authority_id, set_hash, item_key, profile_id, version_id, hash, owner, network) VALUES ($1, $2, $3, $4, '', '', 'command', FALSE)`,
			string(w.by.Tenant), set, "ranzen.app."+adam, string(w.keys[adam])))
	}
	w.do(w.s.Exec(w.ctx, `UPDATE target SET applied_set = $1 WHERE device_id = $2`, set, string(d)))
	w.do(w.s.Exec(w.ctx, `INSERT INTO licence_due (device_id, authority_id, at) VALUES ($1, $2, 0) ON CONFLICT (device_id) DO NOTHING`, string(d), string(w.by.Tenant)))
	w.wish[d] = map[string]bool{}
	for _, adam := range apps {
		w.wish[d][adam] = true
	}
}

func (w *licences) settle() {
	w.t.Helper()
	for more := true; more; {
		var err error
		if more, err = w.s.SettleLicences(w.ctx, w.by.Tenant); err != nil {
			w.t.Fatal(err)
		}
	}
}

// ask sends requests; luck says of each whether the answer is heard, refused for now, or lost on its way back.
func (w *licences) ask(luck func() float64) {
	w.t.Helper()
	list, err := w.s.LicenceRequests(w.ctx, w.sys, w.token, 25, 1000)
	w.do(err)
	for _, q := range list {
		switch p := luck(); {
		case p < 0.05: // 429: nothing happened
		case p < 0.10: // it was taken, and nobody knows
			w.at.carryOut(q, func() bool { return false })
		default:
			w.at.events++
			event := fmt.Sprint("event", w.at.events)
			w.at.pending[event] = q
			w.do(w.s.LicencesSent(w.ctx, w.sys, w.token, q, event, w.s.Now()))
		}
	}
}

// follow hears of events, in random order.
func (w *licences) follow(luck func() float64) {
	w.t.Helper()
	list, err := w.s.LicenceEvents(w.ctx, w.sys, w.token)
	w.do(err)
	for _, e := range list {
		q := w.at.pending[e.ID]
		if p := luck(); p < 0.05 { // lost: it never happens
			w.do(w.s.LicenceEventOver(w.ctx, w.sys, e.ID, nil, true))
			continue
		} else if p < 0.15 {
			w.do(w.s.LicenceEventPending(w.ctx, w.sys, e.ID, w.s.Now()))
			continue
		}
		failed, again := w.at.carryOut(q, func() bool { return luck() < 0.05 })
		for _, f := range again {
			f.Again = w.s.Now()
			failed = append(failed, f)
		}
		w.do(w.s.LicenceEventOver(w.ctx, w.sys, e.ID, failed, false))
		w.do(w.s.LicenceEventOver(w.ctx, w.sys, e.ID, nil, false)) // heard twice
	}
}

func (w *licences) count() {
	w.t.Helper()
	var counts []store.LicenceCount
	for _, adam := range w.apps {
		n := store.LicenceCount{Adam: adam, Bought: w.at.total[adam]}
		for serial := range w.at.held[adam] {
			n.Held = append(n.Held, serial)
		}
		slices.Sort(n.Held)
		counts = append(counts, n)
	}
	w.do(w.s.CountLicences(w.ctx, w.sys, w.token, w.s.Now(), counts))
}

// balanced holds the ledger against its entries and against the licences, for every app.
func (w *licences) balanced(after string) {
	w.t.Helper()
	for name, query := range map[string]string{
		"bought is not used plus free":               `SELECT count(*) FROM licence_account WHERE bought <> used + free OR free < 0 OR used < 0`,
		"used is not what the licences say":          `SELECT count(*) FROM licence_account a WHERE used <> (SELECT count(*) FROM licence l WHERE l.app_id = a.app_id AND l.token_id = a.token_id AND l.state IN ('asked', 'held', 'leaving'))`,
		"free is not what the entries come to":       `SELECT count(*) FROM licence_account a WHERE free <> (SELECT COALESCE(sum(CASE WHEN to_side = 'free' THEN amount WHEN from_side = 'free' THEN -amount ELSE 0 END), 0) FROM licence_entry e WHERE e.app_id = a.app_id AND e.token_id = a.token_id)`,
		"used is not what the entries come to":       `SELECT count(*) FROM licence_account a WHERE used <> (SELECT COALESCE(sum(CASE WHEN to_side = 'used' THEN amount WHEN from_side = 'used' THEN -amount ELSE 0 END), 0) FROM licence_entry e WHERE e.app_id = a.app_id AND e.token_id = a.token_id)`,
		"a device has two licences of an app":        `SELECT count(*) FROM (SELECT app_id, serial FROM licence GROUP BY app_id, serial HAVING count(*) > 1) x`,
		"more is held than Apple ever said it gives": `SELECT count(*) FROM licence WHERE state = 'asked' AND token_id IS NULL`,
	} {
		n, err := w.s.Number(w.ctx, query)
		if must(w.t, n, err) != 0 {
			w.t.Fatalf("after %s: %s", after, name)
		}
	}
}

// TestMUC18_TheLedgerBalancesWhateverAppleDoes walks two thousand wishes through lost answers, lost events and partial failures. After
// every step bought is used plus free, and in the end who wishes has, who does not has not, and nothing was given twice.
func TestMUC18_TheLedgerBalancesWhateverAppleDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 40, 50, 45)
		r := rand.New(rand.NewPCG(4, 2))
		luck := r.Float64
		for _, d := range w.devices {
			w.wants(d, w.apps...)
		}
		w.settle()
		w.balanced("the first look")
		for step := range 60 {
			name := ""
			switch r.IntN(7) {
			case 0:
				d := w.devices[r.IntN(len(w.devices))]
				var some []string
				for _, adam := range w.apps {
					if r.IntN(3) > 0 {
						some = append(some, adam)
					}
				}
				w.wants(d, some...)
				w.settle()
				name = "a changed wish"
			case 1:
				w.at.buy(w.apps[r.IntN(len(w.apps))], r.IntN(9)-4)
				w.count()
				name = "a count"
			case 2, 3:
				w.ask(luck)
				name = "requests"
			case 4, 5:
				w.follow(luck)
				name = "events"
			case 6:
				w.do(s.SweepLicences(w.ctx, w.by.Tenant))
				name = "a sweep"
			}
			w.balanced(fmt.Sprintf("step %d, %s", step, name))
		}
		for round := 0; ; round++ { // the sun comes out
			w.settle()
			w.ask(func() float64 { return 1 })
			w.follow(func() float64 { return 1 })
			w.count()
			w.balanced("calm")
			due, err := s.Number(w.ctx, `SELECT (SELECT count(*) FROM licence_due) + (SELECT count(*) FROM licence_event) + (SELECT count(*) FROM licence WHERE state IN ('asked', 'leaving'))`)
			if must(t, due, err) == 0 {
				break
			}
			if round > 20 {
				t.Fatalf("it does not settle: %d left", due)
			}
		}
		for _, adam := range w.apps {
			var wishing, served int
			for _, d := range w.devices {
				has := w.at.held[adam][w.serial[d]]
				if has && !w.wish[d][adam] {
					t.Errorf("%s has %s and does not wish for it", w.serial[d], adam)
				}
				if w.wish[d][adam] {
					wishing++
				}
				if has {
					served++
				}
			}
			if want := min(wishing, w.at.total[adam]); served != want {
				t.Errorf("%s: %d of %d who wish have it, %d bought", adam, served, wishing, w.at.total[adam])
			}
		}
	})
}

func TestLicencesComeBackFromWhoIsErasedOrSilent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 1, 3, 3)
		calm := func() float64 { return 1 }
		for _, d := range w.devices {
			w.wants(d, w.apps[0])
		}
		w.settle()
		w.ask(calm)
		w.follow(calm)
		if x := w.list()[0]; x.Used != 3 || x.Free != 0 {
			t.Fatalf("given: %+v", x)
		}
		w.do(s.Exec(w.ctx, `UPDATE enrollment SET state = 'checked_out' WHERE device_id = $1`, string(w.devices[0])))
		w.do(s.Exec(w.ctx, `UPDATE device_state SET last_seen_at = $1 WHERE device_id = $2`, s.Now().AddDate(0, 0, -91).UnixMicro(), string(w.devices[1])))
		w.do(s.SweepLicences(w.ctx, w.by.Tenant))
		w.ask(calm)
		w.follow(calm)
		w.balanced("a sweep")
		if x := w.list()[0]; x.Used != 1 || x.Free != 2 {
			t.Errorf("after the sweep: %+v", x)
		}
		if len(w.at.held[w.apps[0]]) != 1 || !w.at.held[w.apps[0]][w.serial[w.devices[2]]] {
			t.Errorf("at Apple: %v", w.at.held)
		}
	})
}

func TestAShortageIsCountedBeforeAnythingIsSaved(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 1, 5, 2)
		n, err := s.LicenceNeed(w.ctx, w.by, w.keys[w.apps[0]], w.devices)
		if must(t, n, err); n.Needed != 5 || n.Free != 2 || n.Missing() != 3 {
			t.Errorf("%+v", n)
		}
		if _, err := s.LicenceNeed(w.ctx, w.clerk(school.SchoolAdmin, "elsewhere"), "nothing", w.devices); school.KindOf(err) != school.NotFound {
			t.Errorf("a stranger: %v", err)
		}
	})
}

func TestWhoUsesASchoolsOwnLicences(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 1, 1, 1)
		// The location now belongs to another school: its licences are not for this iPad.
		w.do(s.Exec(w.ctx, `UPDATE content_token SET school_id = $1`, string(w.south)))
		w.wants(w.devices[0], w.apps[0])
		w.settle()
		if x := w.list()[0]; x.Used != 0 || x.Short != 1 {
			t.Errorf("%+v", x)
		}
		w.balanced("a foreign location")
	})
}

func TestContentTokensAreSealedAndForOneLocationOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 1, 1, 1)
		again, err := s.KeepContentToken(w.ctx, w.by, store.ContentToken{Name: "Noch einmal", UID: "u1", Ends: s.Now().AddDate(2, 0, 0)}, []byte("newer"))
		if must(t, again, err) != w.token {
			t.Error("a second token of one location is a second location")
		}
		if _, err := s.KeepContentToken(w.ctx, w.by, store.ContentToken{ID: w.token, Name: "X", UID: "u2", Ends: s.Now().AddDate(1, 0, 0)}, []byte("other")); school.KindOf(err) != school.Conflict {
			t.Errorf("another location as a renewal: %v", err)
		}
		if _, err := s.OpenContentToken(w.ctx, w.clerk(school.AuthorityAdmin, ""), w.token); err == nil {
			t.Error("a person opened a token")
		}
		b, err := s.OpenContentToken(w.ctx, w.sys, w.token)
		if string(must(t, b, err)) != "newer" {
			t.Errorf("opened %q", b)
		}
		if _, err := s.KeepContentToken(w.ctx, w.clerk(school.SchoolAdmin, w.south), store.ContentToken{Name: "S", UID: "u9", Ends: s.Now().AddDate(1, 0, 0)}, []byte("x")); err == nil {
			t.Error("a school keeps a token")
		}
		w.do(s.RemoveContentToken(w.ctx, w.by, w.token))
		if list, err := s.ContentTokens(w.ctx, w.by); len(must(t, list, err)) != 0 {
			t.Errorf("left: %v", list)
		}
	})
}
