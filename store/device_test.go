package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

func ptr[T any](v T) *T { return &v }

// listed walks all pages of a list of devices and names them by number, else serial.
func (d *town) listed(by school.Actor, f store.DeviceFilter) []string {
	d.t.Helper()
	var out []string
	for {
		p, err := d.s.Devices(context.Background(), by, f)
		if err != nil {
			d.t.Fatal(err)
		}
		for _, x := range p.Rows {
			name := x.Number
			if name == "" {
				name = x.Serial
			}
			out = append(out, name)
		}
		if f.After = p.Next; f.After == "" {
			return out
		}
	}
}

func TestHelpThatNoOtherListTells(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 5)
		d.enrol(ids...)
		for _, id := range ids[:4] { // all but the last refused something for good
			if err := s.Exec(ctx, `UPDATE target SET deviations = '{"a":{"Phase":"failed","Final":true}}' WHERE device_id = $1`, string(id)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Exec(ctx, `UPDATE device SET confirmed = FALSE WHERE id = $1`, string(ids[0])); err != nil {
			t.Fatal(err)
		}
		if err := s.Exec(ctx, `UPDATE device SET school_id = NULL WHERE id = $1`, string(ids[1])); err != nil {
			t.Fatal(err)
		}
		alarm := func(kind string, id school.DeviceID) {
			_, err := s.RaiseAlarm(ctx, store.Alarm{Authority: d.by.Tenant, School: d.north, Kind: kind, Subject: string(id)})
			must(t, 0, err)
		}
		alarm("possible_clone", ids[2])
		alarm("binding_broken", ids[4])
		for _, x := range []struct {
			state store.DeviceState
			kind  string
			want  []school.DeviceID
		}{
			{store.NeedsHelp, "", ids[:4]}, {store.HelpElse, "", ids[3:4]}, {store.Alarmed, "", []school.DeviceID{ids[2], ids[4]}}, {store.Alarmed, "binding_broken", ids[4:]},
			{store.AnyState, "binding_broken", ids},
		} {
			got, _, err := s.DeviceIDs(ctx, d.by, store.DeviceFilter{State: x.state, Alarm: x.kind}, 10)
			if diff := cmp.Diff(x.want, must(t, got, err)); diff != "" {
				t.Errorf("%s %s: %s", x.state, x.kind, diff)
			}
		}
		if was, err := s.ClearAlarm(ctx, d.by.Tenant, "possible_clone", string(ids[2])); !was || err != nil {
			t.Fatal(was, err)
		}
		if n, err := s.CountDevices(ctx, d.by, store.DeviceFilter{State: store.HelpElse}); n != 2 || err != nil {
			t.Errorf("after the alarm: %d, %v", n, err)
		}
		if err := s.Exec(ctx, `UPDATE device_state SET last_seen_at = 1 WHERE device_id = $1`, string(ids[3])); err != nil {
			t.Fatal(err)
		}
		if n, err := s.CountDevices(ctx, d.by, store.DeviceFilter{State: store.HelpElse}); n != 1 || err != nil {
			t.Errorf("after one fell silent: %d, %v", n, err)
		}
		got, _, err := s.DeviceIDs(ctx, d.by, store.DeviceFilter{State: store.SilentHelp}, 10)
		if diff := cmp.Diff(ids[3:4], must(t, got, err)); diff != "" {
			t.Errorf("silent: %s", diff)
		}
	})
}

func TestDevicesAreListedFilteredAndSorted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		south := d.devices("Realschule Süd", "DMPA", 1)[0]
		d.enrol(ids[0], ids[1], ids[2], south)
		for i, number := range []string{"iPad 10", "iPad 9", ""} {
			if _, err := s.SetNumber(ctx, d.by, ids[i], number); err != nil {
				t.Fatal(err)
			}
		}
		zoe, anna := d.pupil(d.north, a, "Zoe", "Abel"), d.pupil(d.north, a, "Anna", "Zander")
		for i, p := range []school.PersonID{zoe, anna} {
			if _, _, err := s.Issue(ctx, d.by, p, ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		now := s.Now()
		for id, days := range map[school.DeviceID]int{ids[0]: 20, ids[1]: 1, ids[2]: 15} {
			if err := s.Exec(ctx, `UPDATE device_state SET last_seen_at = $1 WHERE device_id = $2`, now.AddDate(0, 0, -days).UnixMicro(), string(id)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Exec(ctx, `UPDATE target SET missing = $1 WHERE device_id IN ($2, $3)`, `["de.example.wlan"]`, string(ids[0]), string(ids[1])); err != nil {
			t.Fatal(err)
		}
		reader := d.clerk(school.Auditor, "")
		for name, x := range map[string]struct {
			by   school.Actor
			f    store.DeviceFilter
			want []string
		}{
			"by number, as one counts":    {d.by, store.DeviceFilter{}, []string{"iPad 9", "iPad 10", "F9FX000002", "F9FX000003", "DMPA000000"}},
			"by number, backwards":        {d.by, store.DeviceFilter{Desc: true, Limit: 1}, []string{"iPad 10", "iPad 9", "DMPA000000", "F9FX000003", "F9FX000002"}},
			"page by page":                {d.by, store.DeviceFilter{Limit: 1}, []string{"iPad 9", "iPad 10", "F9FX000002", "F9FX000003", "DMPA000000"}},
			"by serial":                   {d.by, store.DeviceFilter{Sort: store.BySerial, Limit: 2}, []string{"DMPA000000", "iPad 10", "iPad 9", "F9FX000002", "F9FX000003"}},
			"by last seen":                {d.by, store.DeviceFilter{Sort: store.BySeen, Limit: 2}, []string{"iPad 10", "F9FX000002", "iPad 9", "DMPA000000", "F9FX000003"}},
			"by holder":                   {d.by, store.DeviceFilter{Sort: store.ByHolder, Limit: 1}, []string{"iPad 10", "iPad 9", "F9FX000002", "F9FX000003", "DMPA000000"}},
			"by holder, without sight":    {reader, store.DeviceFilter{Sort: store.ByHolder, Limit: 1}, []string{"iPad 10", "iPad 9", "F9FX000002", "F9FX000003", "DMPA000000"}},
			"a school":                    {d.by, store.DeviceFilter{School: d.south}, []string{"DMPA000000"}},
			"a class":                     {d.by, store.DeviceFilter{Class: a}, []string{"iPad 9", "iPad 10"}},
			"of a person":                 {d.by, store.DeviceFilter{Person: zoe}, []string{"iPad 10"}},
			"of a person, without sight":  {reader, store.DeviceFilter{Person: zoe}, nil},
			"enrolled":                    {d.by, store.DeviceFilter{State: store.IsEnrolled}, []string{"iPad 9", "iPad 10", "F9FX000002", "DMPA000000"}},
			"not enrolled":                {d.by, store.DeviceFilter{State: store.NotEnrolled}, []string{"F9FX000003"}},
			"silent":                      {d.by, store.DeviceFilter{State: store.IsSilent}, []string{"iPad 10", "F9FX000002"}},
			"needs help":                  {d.by, store.DeviceFilter{State: store.NeedsHelp}, []string{"iPad 10"}},
			"catches up":                  {d.by, store.DeviceFilter{State: store.CatchingUp}, []string{"iPad 9"}},
			"as decided":                  {d.by, store.DeviceFilter{State: store.AsDecided}, []string{"F9FX000002", "DMPA000000"}},
			"found by number":             {d.by, store.DeviceFilter{Text: "ipad 1"}, []string{"iPad 10"}},
			"found by serial":             {d.by, store.DeviceFilter{Text: "f9fx00000"}, []string{"iPad 9", "iPad 10", "F9FX000002", "F9FX000003"}},
			"found by class and name":     {d.by, store.DeviceFilter{Text: "7a zand"}, []string{"iPad 9"}},
			"not by name, without sight":  {reader, store.DeviceFilter{Text: "zand"}, nil},
			"of the other school's admin": {d.clerk(school.SchoolAdmin, d.south), store.DeviceFilter{}, []string{"DMPA000000"}},
		} {
			if diff := cmp.Diff(x.want, d.listed(x.by, x.f)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			x.f.After = ""
			if n, err := s.CountDevices(ctx, x.by, x.f); err != nil || n != len(x.want) {
				t.Errorf("%s: counts %d %v", name, n, err)
			}
			if got, more, err := s.DeviceIDs(ctx, x.by, x.f, 100); err != nil || more || len(got) != len(x.want) {
				t.Errorf("%s: names %d %v %v", name, len(got), more, err)
			}
		}
		for _, by := range []school.Actor{d.by, reader} {
			p, err := s.Devices(ctx, by, store.DeviceFilter{Person: "", Class: a})
			if err != nil || len(p.Rows) != 2 {
				t.Fatal(err, p)
			}
			x := p.Rows[0]
			if sees := by.Kind == school.SystemActor; (x.HolderName == "Zander, Anna") != sees || (x.Holder != "") != sees {
				t.Errorf("%s sees holder %q", by.Name, x.HolderName)
			}
			if x.Missing != 1 || !x.CatchingUp || !x.Enrolled || x.Silent || x.ClassName != "7a" || x.SchoolName != "Gymnasium Nord" {
				t.Errorf("%+v", x)
			}
		}
		// What was gathered and not written yet shows already.
		s.Seen(school.EnrollmentID("e-"+string(ids[0])), ids[0], now)
		if p, err := s.Devices(ctx, d.by, store.DeviceFilter{Person: zoe}); err != nil || p.Rows[0].Silent || now.Sub(p.Rows[0].LastSeen) > time.Minute {
			t.Errorf("last seen %+v %v", p.Rows, err)
		}
		if _, err := s.Devices(ctx, newAuthority(t, s, "Anderswo"), store.DeviceFilter{School: d.north}); err != nil {
			t.Error(err)
		}
	})
}

func TestDevicePageTellsNamesToThoseWhoMayKnow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		lena, tom := d.pupil(d.north, a, "Lena", "Muster"), d.pupil(d.north, a, "Tom", "Beispiel")
		id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		d.enrol(id)
		for _, p := range []school.PersonID{lena, tom} {
			if _, _, err := s.Issue(ctx, d.by, p, id); err != nil {
				t.Fatal(err)
			}
			if p == lena {
				if _, err := s.TakeBack(ctx, d.by, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := s.PlanPerson(ctx, d.by, id, lena); err != nil {
			t.Fatal(err)
		}
		x, err := s.DeviceByID(ctx, d.clerk(school.SchoolAdmin, d.north), id)
		if err != nil || x.Holder == nil || x.Holder.ID != tom || x.Planned == nil || x.Planned.ID != lena || len(x.Held) != 2 || x.HolderSince.IsZero() {
			t.Errorf("%+v %v", x, err)
		}
		if x.Enrollment == nil || x.Enrollment.State != school.Enrolled || x.ClassName != "7a" || x.SchoolName != "Gymnasium Nord" || x.Battery != -1 {
			t.Errorf("%+v", x)
		}
		x, err = s.DeviceByID(ctx, d.clerk(school.Auditor, ""), id)
		if err != nil || x.Holder != nil || x.Planned != nil || x.PlannedPerson != "" || len(x.Held) != 0 || !x.HolderSince.IsZero() {
			t.Errorf("an auditor sees %+v %v", x, err)
		}
		for _, by := range []school.Actor{d.clerk(school.SchoolAdmin, d.south), newAuthority(t, s, "Anderswo")} {
			if _, err := s.DeviceByID(ctx, by, id); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %v", by.Name, err)
			}
			if _, err := s.DeviceBySerial(ctx, by, "F9FX000000"); school.KindOf(err) != school.NotFound {
				t.Errorf("%s: %v", by.Name, err)
			}
		}
	})
}

func TestDevicesMoveTogetherOrNotAtAll(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a, b := d.class(d.north, "7a"), d.class(d.south, "8b")
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids...)
		box, err := s.CreatePlace(ctx, d.by, school.Place{School: d.north, Kind: school.Case, Name: "Koffer 1", Class: a})
		must(t, box, err)
		got := d.marked(func() {
			if _, err := s.MoveDevices(ctx, d.by, ids[:2], store.Destination{Place: &box}); err != nil {
				t.Fatal(err)
			}
		}, ids...)
		if diff := cmp.Diff(map[school.DeviceID]bool{ids[0]: true, ids[1]: true}, got); diff != "" {
			t.Errorf("marks: %s", diff)
		}
		if x, _ := s.DeviceByID(ctx, d.by, ids[0]); x.Class != a || x.PlaceName != "Koffer 1" {
			t.Errorf("in the case of 7a: %+v", x)
		}
		if _, err := s.RemovePlace(ctx, d.by, box); codeOf(err) != "place_not_empty" {
			t.Errorf("removed a full case: %v", err)
		}
		north, south := d.clerk(school.SchoolAdmin, d.north), d.clerk(school.SchoolAdmin, d.south)
		for name, x := range map[string]struct {
			by   school.Actor
			ids  []school.DeviceID
			to   store.Destination
			code string
		}{
			"to a school that is not one's own": {north, ids, store.Destination{School: &d.south}, "not_found"},
			"from a school that is not":         {south, ids, store.Destination{School: &d.south}, "not_found"},
			"out of the school":                 {north, ids, store.Destination{School: ptr(school.SchoolID(""))}, "not_found"},
			"to a class of another school":      {d.by, ids, store.Destination{Class: &b}, "class_elsewhere"},
			"to a place of another school":      {d.by, ids, store.Destination{School: &d.south, Place: &box}, "place_elsewhere"},
			"with one that is not there":        {d.by, append([]school.DeviceID{"nothing"}, ids...), store.Destination{Place: &box}, "not_found"},
			"nothing":                           {d.by, nil, store.Destination{}, "required"},
		} {
			if got := d.marked(func() {
				if _, err := s.MoveDevices(ctx, x.by, x.ids, x.to); codeOf(err) != x.code {
					t.Errorf("%s: %v, want %s", name, err, x.code)
				}
			}, ids...); len(got) != 0 {
				t.Errorf("%s marks %v", name, got)
			}
		}
		set, err := s.MoveDevices(ctx, d.by, ids, store.Destination{School: &d.south, Class: &b})
		must(t, set, err)
		if x, _ := s.DeviceByID(ctx, d.by, ids[0]); x.School != d.south || x.Place != "" || x.Class != b || x.PlannedClass != "8b" {
			t.Errorf("after the move: %+v", x)
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.DeviceByID(ctx, d.by, ids[0]); x.School != d.north || x.Place != box || x.Class != a {
			t.Errorf("after undo: %+v", x)
		}
	})
}

func TestNumbersAreGivenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 4)
		if _, err := s.SetNumber(ctx, d.by, ids[0], " ms-26-000009 "); err != nil {
			t.Fatal(err)
		}
		_, err := s.SetNumber(ctx, d.by, ids[1], "MS-26-000009")
		if e, ok := err.(*school.Error); !ok || e.Code != "number_taken" || e.Args[0] != "MS-26-000009" || e.Field != "number" {
			t.Errorf("twice: %v", err)
		}
		if set, err := s.SetNumber(ctx, d.by, ids[0], "ms-26-000009"); err != nil || set != "" {
			t.Errorf("the same again: %q %v", set, err)
		}
		if _, err := s.SetNumber(ctx, d.by, ids[1], "MS<26>"); codeOf(err) != "number_form" {
			t.Errorf("angle brackets: %v", err)
		}
		if _, err := s.GiveNumbers(ctx, d.by, ids...); codeOf(err) != "number_pattern_missing" {
			t.Errorf("without a pattern: %v", err)
		}
		year := s.Now().In(time.FixedZone("", 3600)).Year()
		pattern := "MS-{YY}-{seq:06}"
		if _, err := s.ChangeAuthority(ctx, d.by, school.Authority{Name: "Musterstadt", Modules: school.Modules}, school.Authority{Name: "Musterstadt", Modules: school.Modules, Policy: school.Policy{NumberPattern: pattern}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SetNumber(ctx, d.by, ids[0], fmt.Sprintf("MS-%02d-000041", year%100)); err != nil {
			t.Fatal(err)
		}
		set, err := s.GiveNumbers(ctx, d.by, ids...)
		must(t, set, err)
		for i, id := range ids {
			if x, _ := s.DeviceByID(ctx, d.by, id); x.Number != fmt.Sprintf("MS-%02d-%06d", year%100, 41+i) {
				t.Errorf("device %d has number %s", i, x.Number)
			}
		}
		if _, err := s.Undo(ctx, d.by, set); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.DeviceByID(ctx, d.by, ids[3]); x.Number != "" {
			t.Errorf("after undo: %s", x.Number)
		}
	})
}

func TestUnconfirmedDeviceHasNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		a := d.class(d.north, "7a")
		lena := d.pupil(d.north, a, "Lena", "Muster")
		id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		d.enrol(id)
		if err := s.Exec(ctx, `UPDATE device SET confirmed = FALSE WHERE id = $1`, string(id)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PlanPerson(ctx, d.by, id, lena); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.DeviceByID(ctx, d.by, id); x.Class != "" || x.Confirmed {
			t.Errorf("unconfirmed: %+v", x)
		}
		if _, _, err := s.Issue(ctx, d.by, lena, id); codeOf(err) != "device_unconfirmed" {
			t.Errorf("issued: %v", err)
		}
		if diff := cmp.Diff([]string{"F9FX000000"}, d.listed(d.by, store.DeviceFilter{State: store.Unconfirmed})); diff != "" {
			t.Error(diff)
		}
		if _, err := s.ConfirmDevice(ctx, d.by, id); err != nil {
			t.Fatal(err)
		}
		if x, _ := s.DeviceByID(ctx, d.by, id); x.Class != a || !x.Confirmed {
			t.Errorf("confirmed: %+v", x)
		}
		if got := d.marked(func() {
			if _, err := s.ReleaseNetworks(ctx, d.by, id, true); err != nil {
				t.Fatal(err)
			}
		}, id); !got[id] {
			t.Error("releasing networks does not mark")
		}
	})
}

func TestDevicesAreFoundByWhatTheySaidOfThemselves(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		ids := d.devices("Gymnasium Nord", "F9FX", 3)
		d.enrol(ids...)
		little, much := 2.5, 31.4
		for i, info := range []store.DeviceInfo{{Model: "iPad (9. Generation)", OSVersion: "18.3", StorageFree: &little}, {Model: "iPad Air (5. Generation)", OSVersion: "26.4", StorageFree: &much, Health: school.WornOut}, {}} {
			if err := s.Observe(ctx, d.by.Tenant, school.EnrollmentID("e-"+string(ids[i])), "", func(o *store.Observation) error {
				o.Info = &info
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		for _, tt := range []struct {
			name string
			f    store.DeviceFilter
			want []school.DeviceID
		}{
			{"a version", store.DeviceFilter{Text: "26.4"}, ids[1:2]},
			{"a model", store.DeviceFilter{Text: "Air Nord"}, ids[1:2]},
			{"little storage", store.DeviceFilter{State: store.LittleRoom}, ids[:1]},
			{"a worn battery", store.DeviceFilter{State: store.Worn}, ids[1:2]},
		} {
			page, err := s.Devices(ctx, d.by, tt.f)
			var got []school.DeviceID
			for _, x := range must(t, page, err).Rows {
				got = append(got, x.ID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%s finds %v, want %v", tt.name, got, tt.want)
			}
		}
		x, err := s.DeviceByID(ctx, d.by, ids[1])
		if must(t, x, err).Health != school.WornOut {
			t.Errorf("%q", x.Health)
		}
	})
}
