package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// The end of a lease is told six, three and one months before, once each by the calendar, however often the server starts and
// looks; its alarm grows more urgent, stays when the end is over, and goes with the last thing of it. A lease nothing belongs to,
// and one without an end, are nobody's concern.
func TestLeaseEndsAreToldAtSixThreeAndOneMonths(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		h, at := turned(), storetest.URL(t, engine)
		s := storetest.Open(t, at, store.Options{Now: h.now})
		by := newAuthority(t, s, "Musterstadt")
		other := newAuthority(t, s, "Anderswo")
		for _, x := range []struct {
			by          school.Actor
			login, mail string
		}{{by, "eins", "eins@musterstadt.example"}, {other, "zwei", "zwei@anderswo.example"}} {
			if _, _, err := s.CreateAccount(ctx, x.by, store.Account{Login: x.login, Name: x.login, Email: x.mail, Language: "de"}, []school.Grant{{Role: school.AuthorityAdmin, Authority: x.by.Tenant}}); err != nil {
				t.Fatal(err)
			}
		}
		ends := time.Date(2027, 8, 31, 0, 0, 0, 0, store.Berlin)
		batch := func(name string, until time.Time) school.BatchID {
			id, err := s.CreateBatch(ctx, by, school.Batch{Name: name, Lease: school.Lease{Number: "LV " + name, Lessor: "Leasing Beispiel", Until: until}})
			return must(t, id, err)
		}
		leased, endless := batch("iPads 2023", ends), batch("Endlos", time.Time{})
		batch("Leer", ends)
		add := func(of school.BatchID, number string) school.AssetID {
			id, err := s.CreateAsset(ctx, by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByNobody, Number: number, Batch: of})
			return must(t, id, err)
		}
		thing := add(leased, "NB 1")
		add(endless, "NB 2")
		look := func(s *store.Store) {
			t.Helper()
			for _, a := range []school.AuthorityID{by.Tenant, other.Tenant} {
				if err := s.WatchExpiry(ctx, a, told); err != nil {
					t.Fatal(err)
				}
			}
		}
		alarms := func() (out []store.Urgency) {
			t.Helper()
			list, err := s.Alarms(ctx, by)
			for _, a := range must(t, list, err) {
				if a.Kind == "lease_ends" && a.Subject == string(leased) {
					out = append(out, a.Urgency)
				} else {
					t.Errorf("alarm %+v", a)
				}
			}
			return out
		}
		var got []string
		var urgent []store.Urgency
		for i := 0; h.now().Before(ends.AddDate(0, 0, 10)); i++ {
			if i%40 == 0 { // the server starts anew
				s = storetest.Open(t, at, store.Options{Now: h.now})
			}
			look(s)
			look(s)
			for _, l := range letters(t, s) {
				got = append(got, h.now().In(store.Berlin).Format(time.DateOnly)+" "+l)
			}
			if now := alarms(); len(now) > 0 && (len(urgent) == 0 || now[0] != urgent[len(urgent)-1]) {
				urgent = append(urgent, now...)
			}
			h.turn(24 * time.Hour)
		}
		var want []string
		for _, x := range []struct {
			day    string
			months int
		}{{"2027-02-28", 6}, {"2027-05-31", 3}, {"2027-07-31", 1}} {
			want = append(want, fmt.Sprintf("%s eins@musterstadt.example: lease de %d (Leasing Beispiel)", x.day, x.months))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if diff := cmp.Diff([]store.Urgency{store.GoodToKnow, store.ThisWeek, store.Today}, urgent); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		x, err := s.AssetByID(ctx, by, thing)
		asset := must(t, x, err).Asset
		asset.State = school.AssetRetired
		if _, err := s.ChangeAsset(ctx, by, asset); err != nil {
			t.Fatal(err)
		}
		look(s)
		if left := alarms(); len(left) > 0 {
			t.Errorf("everything went back: %v", left)
		}
	})
}
