package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// forgive is what mdm.Again does, as far as this package can see it.
func forgive(have school.Reported) school.Reported {
	for k, st := range have.Items {
		st.Final, st.Attempts = false, 0
		have.Items[k] = st
	}
	return have
}

func TestWhatWasRefusedForGoodIsTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		d.enrol(ids[:3]...)
		refuse := func(id school.DeviceID) {
			err := s.Observe(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(id)), "", func(o *store.Observation) error {
				o.Have.Items["a"] = school.ItemState{Phase: school.Failed, Final: true, Attempts: 5, Code: "X 1"}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		items := func(id school.DeviceID) school.ItemState {
			_, have, err := s.DeviceFacts(ctx, d.by, id)
			return must(t, have, err).Items["a"]
		}
		if _, err := s.TryAgain(ctx, d.by, ids, forgive); codeOf(err) != "nothing_refused" {
			t.Errorf("nothing was refused: %v", err)
		}
		refuse(ids[0])
		refuse(ids[1])
		for name, by := range map[string]school.Actor{"another school": d.clerk(school.SchoolAdmin, d.south), "another authority": newAuthority(t, s, "Anderswo")} {
			if _, err := s.TryAgain(ctx, by, ids[:1], forgive); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.TryAgain(ctx, d.clerk(school.Auditor, ""), ids[:1], forgive); school.KindOf(err) != school.Denied {
			t.Errorf("an auditor: %v", err)
		}
		_, _, read, err := s.Facts(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(ids[0])))
		must(t, read, err)
		marked := d.marked(func() {
			if n, err := s.TryAgain(ctx, d.clerk(school.SchoolAdmin, d.north), ids, forgive); n != 2 || err != nil {
				t.Fatalf("%d try again, %v", n, err)
			}
		}, ids[:3]...)
		if len(marked) != 2 || !marked[ids[0]] || !marked[ids[1]] {
			t.Errorf("marked %v", marked)
		}
		if st := items(ids[0]); st.Final || st.Attempts != 0 || st.Code != "X 1" {
			t.Errorf("%+v", st)
		}
		// A plan made from the refusal is not kept over the forgiving.
		if ok, err := s.SavePlan(ctx, store.Planned{Authority: d.by.Tenant, Enrollment: school.EnrollmentID("e-" + string(ids[0])), Read: read}); ok || err != nil {
			t.Errorf("an old plan was kept: %v %v", ok, err)
		}
		if _, err := s.TryAgain(ctx, d.by, ids[3:], forgive); codeOf(err) != "nothing_refused" {
			t.Errorf("a device that is not enrolled: %v", err)
		}
		refuse(ids[2])
		if _, err := s.TryAgain(ctx, d.by, ids[2:3], forgive); err != nil {
			t.Fatal(err)
		}
		log, err := s.History(ctx, d.by, "device", string(ids[2]), 5)
		must(t, log, err)
		if len(log) == 0 || log[0].Event != "device.tried_again" || log[0].ChangeSet != "" {
			t.Errorf("%+v", log)
		}
	})
}
