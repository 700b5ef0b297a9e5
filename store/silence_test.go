package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func TestASchoolThatGoesSilentAtOnceIsOneLine(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		var at atomic.Int64
		at.Store(time.Date(2026, 11, 17, 6, 40, 0, 0, time.UTC).UnixMicro())
		s := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return time.UnixMicro(at.Load()).UTC() }})
		d := newTown(t, s)
		north, south := d.devices("Gymnasium Nord", "F9FXK2A", 8), d.devices("Realschule Süd", "F9FXK2B", 8)
		d.enrol(append(append([]school.DeviceID{}, north...), south...)...)
		at.Add((10 * time.Minute).Microseconds())
		push := func(ids ...school.DeviceID) {
			t.Helper()
			for _, id := range ids {
				if err := s.Exec(ctx, `UPDATE target SET pushed_at = $1 WHERE device_id = $2`, at.Load(), string(id)); err != nil {
					t.Fatal(err)
				}
			}
		}
		push(north...)
		push(south[:2]...)
		count := func() int {
			t.Helper()
			if err := s.WatchSilence(ctx, d.by.Tenant, 5*time.Minute); err != nil {
				t.Fatal(err)
			}
			alarms, err := s.Alarms(ctx, d.by)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range alarms {
				if a.Kind != "school_silent" || a.School != d.north || a.Detail["devices"] != float64(8) || a.Detail["since"] != "2026-11-17T06:40:00Z" {
					t.Errorf("%+v", a)
				}
			}
			return len(alarms)
		}
		if n := count(); n != 0 {
			t.Errorf("asked just now: %d alarms", n)
		}
		at.Add((6 * time.Minute).Microseconds())
		if n := count(); n != 1 {
			t.Errorf("no answer for six minutes: %d alarms", n)
		}
		push(north...)
		if n := count(); n != 1 {
			t.Errorf("asked once more: %d alarms", n)
		}
		at.Add((3 * 24 * time.Hour).Microseconds())
		if n := count(); n != 1 {
			t.Errorf("silent for three days: %d alarms", n)
		}
		for _, id := range north[:6] {
			s.Seen(school.EnrollmentID("e-"+string(id)), id, s.Now())
		}
		if n := count(); n != 0 {
			t.Errorf("most answer again: %d alarms", n)
		}
		at.Add((3 * 24 * time.Hour).Microseconds())
		push(north...)
		at.Add((6 * time.Minute).Microseconds())
		if n := count(); n != 0 {
			t.Errorf("in the cupboard for days, then asked: %d alarms", n)
		}
	})
}
