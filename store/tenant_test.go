package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// TestKSM09_AnAuthorityIsAsLargeAsItLooks: with one school its name is known, with more it is not; devices are counted up to where the
// simple way ends; and who sees one school alone sees no more.
func TestKSM09_AnAuthorityIsAsLargeAsItLooks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		d.devices("Gymnasium Nord", "F9FX", store.SimpleDevices+20)
		other := newAuthority(t, s, "Musterdorf")
		only := newSchool(t, s, other, "Musikschule")
		for _, x := range []struct {
			what string
			by   school.Actor
			want store.Extent
		}{
			{"a town", d.by, store.Extent{Schools: 2, Devices: store.SimpleDevices + 1}},
			{"a school of it", d.clerk(school.SchoolAdmin, d.north), store.Extent{School: d.north, Name: "Gymnasium Nord", Schools: 1, Devices: store.SimpleDevices + 1}},
			{"its desk", d.clerk(school.Desk, d.north), store.Extent{School: d.north, Name: "Gymnasium Nord", Schools: 1, Devices: store.SimpleDevices + 1}},
			{"a music school", other, store.Extent{School: only, Name: "Musikschule", Schools: 1}},
			{"a stranger", school.Actor{Kind: school.PersonActor, Tenant: d.by.Tenant}, store.Extent{}},
		} {
			if got, err := s.Extent(ctx, x.by); err != nil || got != x.want {
				t.Errorf("%s: %+v %v, want %+v", x.what, got, err, x.want)
			}
		}
	})
}
