package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// When devices were last seen is gathered and written together, never put back, and not lost by closing.
func TestSeenIsWrittenTogether(t *testing.T) {
	ctx := context.Background()
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		url := storetest.URL(t, engine)
		st, err := store.Open(ctx, store.Options{URL: url, Keys: storetest.Keys, Count: true})
		if err != nil {
			t.Fatal(err)
		}
		a, err := st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
		if err != nil {
			t.Fatal(err)
		}
		type device struct {
			e school.EnrollmentID
			d school.DeviceID
		}
		var devices []device
		for n := range 3 {
			e, err := st.Authenticated(ctx, store.Identity{Authority: a, Purpose: store.ForEnroll, CertHash: fmt.Sprint("hash", n)}, store.Checkin{NanoID: fmt.Sprint("UDID", n), UDID: fmt.Sprint("UDID", n), Serial: fmt.Sprint("F9FXK2ABC", n)})
			if err != nil {
				t.Fatal(err)
			}
			x, err := st.DeviceBySerial(ctx, school.System("test", a), fmt.Sprint("F9FXK2ABC", n))
			if err != nil {
				t.Fatal(err)
			}
			devices = append(devices, device{e, x.Device.ID})
		}
		now := st.Now().Add(time.Hour)
		written := func(table, key, id string) int64 {
			n, err := st.Number(ctx, `SELECT COALESCE(last_seen_at, 0) FROM `+table+` WHERE `+key+` = $1`, id)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for n, x := range devices {
			st.Seen(x.e, x.d, now.Add(time.Duration(n)*time.Minute))
		}
		st.Seen("nobody", "nothing", now)
		st.Statements()
		if err := st.FlushSeen(ctx); err != nil {
			t.Fatal(err)
		}
		if n := len(st.Statements()); n != 2 {
			t.Errorf("%d statements write three devices, want 2", n)
		}
		check := func(when string) {
			t.Helper()
			for n, x := range devices {
				want := now.Add(time.Duration(n) * time.Minute).UnixMicro()
				if e, d := written("enrollment", "id", string(x.e)), written("device_state", "device_id", string(x.d)); e != want || d != want {
					t.Errorf("%s: device %d was seen at %d and %d, want %d", when, n, e, d, want)
				}
			}
		}
		check("after the first writing")
		st.Seen(devices[0].e, devices[0].d, now.Add(-time.Hour)) // an older node is slow
		if err := st.FlushSeen(ctx); err != nil {
			t.Fatal(err)
		}
		check("after an older time")
		now = now.Add(time.Hour)
		for n, x := range devices {
			st.Seen(x.e, x.d, now.Add(time.Duration(n)*time.Minute))
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = storetest.Open(t, url, store.Options{})
		check("after closing")
	})
}
