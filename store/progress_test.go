package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// target makes a device enrolled and planned against a set, by hand.
func target(t testing.TB, s *store.Store, a school.AuthorityID, d school.DeviceID, set string, missing []school.ItemKey, left []store.LeftOut) {
	t.Helper()
	ctx := context.Background()
	e, now := "e-"+string(d), s.Now().UnixMicro()
	if missing == nil {
		missing = []school.ItemKey{}
	}
	if left == nil {
		left = []store.LeftOut{}
	}
	m, _ := json.Marshal(missing)
	l, _ := json.Marshal(left)
	for _, x := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO enrollment (id, authority_id, device_id, nano_id, type, state, created_at) VALUES ($1, $2, $3, $1, 'device', 'enrolled', $4)`, []any{e, string(a), string(d), now}},
		{`UPDATE device_state SET enrollment_id = $1, last_seen_at = $2 WHERE device_id = $3`, []any{e, now, string(d)}},
		{`INSERT INTO target (enrollment_id, authority_id, device_id, gen, planned_gen, planned_version, marked_at, applied_set, missing, left_out)
			VALUES ($1, $2, $3, 1, 1, (SELECT version FROM authority WHERE id = $2), $4, $5, $6, $7)`,
			[]any{e, string(a), string(d), now, set, string(m), string(l)}},
	} {
		if err := s.Exec(ctx, x.text, x.args...); err != nil {
			t.Fatal(err)
		}
	}
}

// itemSet makes a set of profiles, by hand; the key of each is its id.
func itemSet(t testing.TB, s *store.Store, a school.AuthorityID, hash string, profiles ...school.ProfileID) {
	t.Helper()
	if err := s.Exec(context.Background(), `INSERT INTO item_set (authority_id, hash, created_at) VALUES ($1, $2, 1)`, string(a), hash); err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if err := s.Exec(context.Background(), `INSERT INTO item_set_member (authority_id, set_hash, item_key, profile_id, version_id, hash, owner, network)
			VALUES ($1, $2, $3, $3, 'v', 'h', 'command', FALSE)`, string(a), hash, string(p)); err != nil {
			t.Fatal(err)
		}
	}
}

// settled says that whatever marked the devices was planned since.
func settled(t testing.TB, s *store.Store) {
	t.Helper()
	if err := s.Exec(context.Background(), `UPDATE target SET planned_gen = gen, planned_version = (SELECT version FROM authority WHERE id = target.authority_id)`); err != nil {
		t.Fatal(err)
	}
}

func TestProgressOfAClass(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		x := newTree(t, s)
		wlan, _ := published(t, s, x.admin, "", "WLAN")
		rules, _ := published(t, s, x.admin, "", "Einschränkungen")
		gone, _ := published(t, s, x.admin, "", "Ausgenommen")
		far, _ := published(t, s, x.admin, "", "Nicht hier")
		for _, a := range []school.Assignment{give(wlan, x.scopes[school.AtClass]), {Scope: x.scopes[school.AtAuthority], Profile: rules, Mode: school.Required, Fixed: true},
			give(gone, x.scopes[school.AtAuthority]), {Scope: x.scopes[school.AtClass], Profile: gone, Mode: school.Excluded},
			give(far, school.Scope{Level: school.AtSchool, ID: string(x.south)})} {
			if _, _, err := s.Assign(ctx, x.admin, a); err != nil {
				t.Fatal(err)
			}
		}
		both, one := "set-both", "set-one"
		itemSet(t, s, x.authority, both, wlan, rules)
		itemSet(t, s, x.authority, one, rules)
		var d []school.DeviceID
		for i := range 9 {
			d = append(d, announce(t, s, x.system, "Gymnasium Nord", fmt.Sprintf("F9FXK2AB%02d", i)))
		}
		if _, err := s.MoveDevices(ctx, x.admin, d, store.Destination{Class: &x.class}); err != nil {
			t.Fatal(err)
		}
		key := func(p school.ProfileID) []school.ItemKey { return []school.ItemKey{school.ItemKey(p)} }
		left := func(p school.ProfileID, code string) []store.LeftOut {
			return []store.LeftOut{{Key: school.ItemKey(p), Profile: p, Code: code}}
		}
		target(t, s, x.authority, d[0], both, nil, nil)
		target(t, s, x.authority, d[1], both, nil, nil)
		target(t, s, x.authority, d[2], both, key(wlan), nil)
		target(t, s, x.authority, d[3], one, nil, left(wlan, "needs_os"))
		target(t, s, x.authority, d[4], one, nil, left(wlan, "excluded")) // by something nearer
		target(t, s, x.authority, d[5], both, nil, nil)                   // marked since, see below
		target(t, s, x.authority, d[6], both, nil, nil)                   // its enrolment ended, see below
		target(t, s, x.authority, d[7], one, nil, nil)                    // nothing wants the other one here
		target(t, s, x.authority, x.device, both, key(rules), nil)
		if err := s.Exec(ctx, `UPDATE target SET gen = gen + 1 WHERE device_id = $1`, string(d[5])); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, `UPDATE enrollment SET state = 'checked_out' WHERE device_id = $1`, string(d[6])); err != nil {
			t.Fatal(err)
		}
		// d[8] was never enrolled. A device of another class does not count.
		outside := announce(t, s, x.system, "Gymnasium Nord", "F9FXK2ABZZ")
		target(t, s, x.authority, outside, both, key(wlan), nil)

		open := func(ids ...school.DeviceID) []school.DeviceID { slices.Sort(ids); return ids }
		type line struct {
			name              string
			confirmed, total  int
			impossible, level int
			fixed             bool
			open              []school.DeviceID
		}
		want := []line{
			{"Einschränkungen", 6, 10, 0, 1, true, open(d[5], d[6], d[8], x.device)},
			{"WLAN", 3, 8, 1, 5, false, open(d[2], d[3], d[5], d[6], d[8])},
		}
		check := func(by school.Actor) {
			t.Helper()
			got, err := s.Progress(ctx, by, x.scopes[school.AtClass])
			if err != nil || len(got) != len(want) {
				t.Fatalf("%d lines, %v", len(got), err)
			}
			for i, p := range got {
				g := line{p.Via.ProfileName, p.Confirmed, p.Total, p.Impossible, int(p.Via.Scope.Level), p.Via.Fixed, p.Open}
				if fmt.Sprint(g) != fmt.Sprint(want[i]) {
					t.Errorf("got  %v\nwant %v", g, want[i])
				}
				if p.Via.Number != 1 || p.Since.IsZero() || p.Total-p.Confirmed != len(p.Open) {
					t.Errorf("%+v", p)
				}
			}
		}
		check(x.admin)
		check(x.atNorth)
		_, err := s.Progress(ctx, x.atSouth, x.scopes[school.AtClass])
		wants(t, "progress seen from another school", err, school.NotFound, "")

		// Above schools a school counts its own devices only.
		got, err := s.Progress(ctx, x.atSouth, x.scopes[school.AtAuthority])
		if err != nil || len(got) != 2 || got[1].Total != 0 {
			t.Errorf("%+v %v", got, err)
		}
		if got, err = s.Progress(ctx, x.admin, x.scopes[school.AtAuthority]); err != nil || len(got) != 2 || got[1].Via.ProfileName != "Einschränkungen" || got[1].Total != 11 {
			t.Errorf("%+v %v", got, err)
		}
		totals, err := s.Totals(ctx, x.admin, "")
		if want := (store.Totals{Enrolled: 9, AsDecided: 3, CatchingUp: 4, NeedHelp: 2, HelpElse: 2}); err != nil || totals != want {
			t.Errorf("totals %+v, want %+v, %v", totals, want, err)
		}
		for state, got := range map[store.DeviceState]int{store.IsEnrolled: totals.Enrolled, store.AsDecided: totals.AsDecided, store.CatchingUp: totals.CatchingUp, store.NeedsHelp: totals.NeedHelp, store.IsSilent: totals.Silent,
			store.HelpElse: totals.HelpElse, store.SilentHelp: totals.SilentHelp, store.Unconfirmed: totals.Unconfirmed, store.WithoutPlace: totals.WithoutPlace} {
			if n, err := s.CountDevices(ctx, x.admin, store.DeviceFilter{State: state}); err != nil || n != got {
				t.Errorf("%s: %d in the totals, %d on the list, %v", state, got, n, err)
			}
		}
		if totals, err = s.Totals(ctx, x.atSouth, ""); err != nil || totals != (store.Totals{}) {
			t.Errorf("totals of another school: %+v %v", totals, err)
		}
	})
}

// However many devices are open, a line names no more than OpenNamed and takes no more queries.
func TestProgressOfManyIsFewQueries(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Count: true})
		ctx := context.Background()
		d := newDistrict(t, s)
		var profiles []school.ProfileID
		north := school.Scope{Level: school.AtSchool, ID: string(d.north)}
		for i := range 6 {
			p, _ := published(t, s, d.admin, "", fmt.Sprint("Profil ", i))
			profiles = append(profiles, p)
			if _, _, err := s.Assign(ctx, d.admin, give(p, north)); err != nil {
				t.Fatal(err)
			}
		}
		itemSet(t, s, d.authority, "all", profiles...)
		var rows []store.Announced
		for i := range 130 {
			rows = append(rows, store.Announced{Row: i + 2, Serial: fmt.Sprintf("F9FXK2A%03d", i), School: "Gymnasium Nord"})
		}
		if p, _, err := s.Announce(ctx, d.system, rows); err != nil {
			t.Fatal(err, p.Problems())
		}
		for after, i := "", 0; ; {
			page, err := s.Devices(ctx, d.system, store.DeviceFilter{After: after, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page.Rows {
				target(t, s, d.authority, x.ID, "all", []school.ItemKey{school.ItemKey(profiles[i%2])}, nil)
				i++
			}
			if after = page.Next; after == "" {
				break
			}
		}
		settled(t, s)
		s.Statements()
		got, err := s.Progress(ctx, d.admin, north)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(s.Statements()); n > 8 {
			t.Errorf("%d queries", n)
		}
		for i, p := range got {
			missing := 0
			if i < 2 {
				missing = 65
			}
			if p.Total != 130 || p.Confirmed != 130-missing || len(p.Open) != min(missing, store.OpenNamed) || !slices.IsSorted(p.Open) {
				t.Errorf("%s: %d/%d, %d named", p.Via.ProfileName, p.Confirmed, p.Total, len(p.Open))
			}
		}
	})
}
