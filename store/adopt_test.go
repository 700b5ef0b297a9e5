package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// TestOnlyWhatARestoredWorldForgotIsTakenBack says for whom and for what an unknown certificate is looked at at all, apart
// from its signature, which control checks.
func TestOnlyWhatARestoredWorldForgotIsTakenBack(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 2)
		d.enrol(ids...)
		exec := func(text string, args ...any) {
			t.Helper()
			if err := s.Exec(ctx, text, args...); err != nil {
				t.Fatal(err)
			}
		}
		exec(`UPDATE device_state SET udid = enrollment_id WHERE authority_id = $1`, string(d.by.Tenant))
		identity := func(hash, state string, at time.Time) {
			t.Helper()
			exec(`INSERT INTO identity (cert_hash, authority_id, device_id, enrollment_id, purpose, state, udid, ends_at, issued_at) VALUES ($1, $2, $3, $4, 'enroll', $5, $4, $6, $7)`,
				hash, string(d.by.Tenant), string(ids[0]), "e-"+string(ids[0]), state, at.AddDate(3, 0, 0).UnixMicro(), at.UnixMicro())
		}
		identity("first", "active", h.now().Add(-time.Hour))
		exec(`INSERT INTO identity (cert_hash, authority_id, device_id, enrollment_id, purpose, state, ends_at, issued_at) VALUES ('other', $1, $2, $3, 'enroll', 'active', 0, 0)`,
			string(d.by.Tenant), string(ids[1]), "e-"+string(ids[1]))
		taken := h.now()
		h.turn(5 * time.Hour)
		good := store.Unknown{CertHash: "renewed", Device: ids[0], Enrollment: school.EnrollmentID("e-" + string(ids[0])), Issued: taken.Add(time.Hour), Ends: taken.AddDate(3, 0, 0)}
		refused := func(name string, u store.Unknown) {
			t.Helper()
			id, _, err := s.Forgotten(ctx, u)
			if school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %+v, %v", name, id, err)
			}
			id.Authority, id.Device, id.Enrollment, id.CertHash, id.Forgotten = d.by.Tenant, u.Device, u.Enrollment, u.CertHash, u.Issued
			if err := s.Adopt(ctx, id); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: adopted: %v", name, err)
			}
		}
		with := func(change func(*store.Unknown)) store.Unknown {
			u := good
			change(&u)
			return u
		}
		refused("a world that was never restored", good)
		_, err := s.AfterRestore(ctx, taken)
		must(t, "", err)
		restored := h.now()
		for name, u := range map[string]store.Unknown{
			"issued the second before the copy":   with(func(u *store.Unknown) { u.Issued = taken.Add(-time.Second) }),
			"issued before the copy":              with(func(u *store.Unknown) { u.Issued = taken.Add(-time.Minute) }),
			"issued after the restore":            with(func(u *store.Unknown) { u.Issued = restored.Add(time.Second) }),
			"an enrolment nobody knows":           with(func(u *store.Unknown) { u.Enrollment = "e-0" }),
			"another device's enrolment":          with(func(u *store.Unknown) { u.Enrollment = "e-" + school.EnrollmentID(ids[1]) }),
			"another device with this enrolment":  with(func(u *store.Unknown) { u.Device = ids[1] }),
			"a certificate that names no one":     {CertHash: "x", Issued: good.Issued},
			"a certificate that is known already": with(func(u *store.Unknown) { u.CertHash = "first" }),
		} {
			if u.CertHash == "first" { // Identity finds it, so nobody asks; whoever does all the same gets nothing new
				id, _, err := s.Forgotten(ctx, u)
				must(t, id, err)
				if err := s.Adopt(ctx, id); err != nil {
					t.Error(name, err)
				}
				if n, err := s.Number(ctx, `SELECT count(*) FROM audit WHERE event = 'identity.adopted'`); n != 0 || err != nil {
					t.Error(name, "was adopted", err)
				}
				continue
			}
			refused(name, u)
		}
		for name, x := range map[string]struct{ does, undoes string }{
			"a device that was thrown out":   {`UPDATE enrollment SET state = 'checked_out' WHERE device_id = $1`, `UPDATE enrollment SET state = 'enrolled' WHERE device_id = $1`},
			"a device with a clone":          {`UPDATE enrollment SET clone_alarm = TRUE WHERE device_id = $1`, `UPDATE enrollment SET clone_alarm = FALSE WHERE device_id = $1`},
			"an identity that was revoked":   {`UPDATE identity SET state = 'revoked' WHERE device_id = $1`, `UPDATE identity SET state = 'active' WHERE device_id = $1`},
			"an identity that was retired":   {`UPDATE identity SET state = 'retired' WHERE device_id = $1`, `UPDATE identity SET state = 'active' WHERE device_id = $1`},
			"a device with a newer life":     {`UPDATE device_state SET enrollment_id = NULL WHERE device_id = $1`, `UPDATE device_state SET enrollment_id = 'e-' || device_id WHERE device_id = $1`},
			"a device whose UDID is unknown": {`UPDATE device_state SET udid = '' WHERE device_id = $1`, `UPDATE device_state SET udid = enrollment_id WHERE device_id = $1`},
		} {
			exec(x.does, string(ids[0]))
			refused(name, good)
			exec(x.undoes, string(ids[0]))
		}

		id, _, err := s.Forgotten(ctx, good)
		must(t, id, err)
		if id.Authority != d.by.Tenant || id.UDID != "e-"+string(ids[0]) || id.Serial != "F9FX000000" || id.School != d.north || id.State != "issued" || id.Purpose != store.ForRenew {
			t.Fatalf("%+v", id)
		}
		for range 2 { // two messages of the device at once
			if err := s.Adopt(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		now, err := s.Identity(ctx, "renewed")
		must(t, now, err)
		if now.State != "active" || now.UDID != id.UDID || now.Enrollment != id.Enrollment || !now.Busy || !now.Forgotten.IsZero() {
			t.Errorf("%+v", now)
		}
		if old, err := s.Identity(ctx, "first"); err != nil || old.State != "retired" {
			t.Errorf("the one before: %+v, %v", old, err)
		}
		for query, want := range map[string]int64{
			`SELECT count(*) FROM audit WHERE event = 'identity.adopted'`:                                                      1,
			`SELECT count(*) FROM alarm WHERE kind = 'identity_adopted' AND cleared_at IS NULL`:                                1,
			`SELECT count(*) FROM enrollment WHERE cert_ends_at = ` + fmt.Sprint(good.Ends.UnixMicro()):                        1,
			`SELECT count(*) FROM identity WHERE cert_hash = 'renewed' AND issued_at = ` + fmt.Sprint(good.Issued.UnixMicro()): 1,
		} {
			if n, err := s.Number(ctx, query); n != want || err != nil {
				t.Errorf("%s: %d, %v", query, n, err)
			}
		}
		refused("an older one of the same night", with(func(u *store.Unknown) { u.CertHash, u.Issued = "older", good.Issued.Add(-time.Minute) }))
		refused("another of the same second", with(func(u *store.Unknown) { u.CertHash = "twin" }))
		second := with(func(u *store.Unknown) { u.CertHash, u.Issued = "second", good.Issued.Add(time.Minute) })
		h.turn(60*24*time.Hour + time.Second)
		refused("after two months", second)
		h.turn(-2 * time.Second)
		if _, _, err := s.Forgotten(ctx, second); err != nil {
			t.Errorf("before two months are over: %v", err)
		}

		// A second restore leaves what the first one forgot forgotten.
		_, err = s.AfterRestore(ctx, h.now().Add(-time.Hour))
		must(t, "", err)
		if _, _, err := s.Forgotten(ctx, second); err != nil {
			t.Errorf("of the time before the first restore: %v", err)
		}
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Number(ctx, `SELECT count(*) FROM alarm WHERE kind = 'identity_adopted' AND cleared_at IS NULL`); n != 0 || err != nil {
			t.Errorf("the alarm stands for ever: %d, %v", n, err)
		}
	})
}
