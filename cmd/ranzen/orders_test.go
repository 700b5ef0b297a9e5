package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// What stands in the way of an order is said on the machine in the words of the page.
func TestOrdersOfADeviceFromTheMachineItself(t *testing.T) {
	ctx := context.Background()
	var later time.Duration
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{Now: func() time.Time { return time.Now().Add(later) }})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Musterstadt"})
	must(err)
	by := school.System("test", id)
	_, err = st.CreateSchool(ctx, by, school.School{Name: "Gymnasium Nord"})
	must(err)
	_, _, err = st.Announce(ctx, by, []store.Announced{{Row: 2, Serial: "F9FXK2ABCD", School: "Gymnasium Nord"}})
	must(err)
	say := func(language string) string {
		t.Helper()
		var out bytes.Buffer
		must(ordersCmd{Serial: "F9FXK2ABCD", Language: language}.list(ctx, st, streams{&out, &out}))
		return out.String()
	}
	if got := say("de"); !strings.Contains(got, "Noch keine Aufträge.") {
		t.Error(got)
	}
	d, err := st.DeviceBySerial(ctx, by, "F9FXK2ABCD")
	must(err)
	_, err = st.Authenticated(ctx, store.Identity{Authority: id, Device: d.ID, Purpose: store.ForEnroll, Ends: st.Now().AddDate(1, 0, 0)}, store.Checkin{NanoID: "u", UDID: "u", Serial: "F9FXK2ABCD", Topic: "t", OSVersion: "26.4"})
	must(err)
	_, err = st.TokenUpdated(ctx, id, "u", store.Token{Topic: "t", Magic: "m", Token: []byte("t")})
	must(err)
	_, err = st.GiveOrder(ctx, by, school.Restart, []school.DeviceID{d.ID})
	must(err)
	later = 48 * time.Hour
	must(st.ExpireOrders(ctx))
	for language, want := range map[string]string{"de": "Das iPad hat sich nicht gemeldet, solange der Auftrag galt.", "en": "The iPad did not report while the order was valid."} {
		if got := say(language); !strings.Contains(got, want) {
			t.Errorf("%s: %s", language, got)
		}
	}
	if err := (ordersCmd{Serial: "NICHTDA"}).list(ctx, st, streams{new(bytes.Buffer), new(bytes.Buffer)}); err == nil {
		t.Error("a device that is not there")
	}
}
