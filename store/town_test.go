package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// town is a small authority with two schools, as most tests of nouns need it.
type town struct {
	t     testing.TB
	s     *store.Store
	by    school.Actor // the server itself: may do everything here
	north school.SchoolID
	south school.SchoolID
}

func newTown(t testing.TB, s *store.Store) *town {
	t.Helper()
	d := &town{t: t, s: s, by: newAuthority(t, s, "Musterstadt")}
	d.north = d.school("Gymnasium Nord")
	d.south = d.school("Realschule Süd")
	return d
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (d *town) school(name string) school.SchoolID {
	d.t.Helper()
	id, err := d.s.CreateSchool(context.Background(), d.by, school.School{Name: name})
	return must(d.t, id, err)
}

func (d *town) class(at school.SchoolID, name string) school.ClassID {
	d.t.Helper()
	id, err := d.s.CreateClass(context.Background(), d.by, school.Class{School: at, Name: name})
	return must(d.t, id, err)
}

func (d *town) pupil(at school.SchoolID, class school.ClassID, given, family string) school.PersonID {
	d.t.Helper()
	id, err := d.s.CreatePerson(context.Background(), d.by, school.Person{School: at, Kind: school.Pupil, Given: given, Family: family}, class)
	return must(d.t, id, err)
}

// devices announces n iPads at a school, with serials beginning with the prefix and no inventory numbers.
func (d *town) devices(at string, prefix string, n int) []school.DeviceID {
	d.t.Helper()
	ctx := context.Background()
	var rows []store.Announced
	for i := range n {
		rows = append(rows, store.Announced{Row: i + 2, Serial: fmt.Sprintf("%s%06d", prefix, i), School: at})
	}
	if p, _, err := d.s.Announce(ctx, d.by, rows); err != nil {
		d.t.Fatal(err, p.Problems())
	}
	var out []school.DeviceID
	for _, r := range rows {
		x, err := d.s.DeviceBySerial(ctx, d.by, r.Serial)
		out = append(out, must(d.t, x, err).ID)
	}
	return out
}

// enrol gives devices an enrolment and a target that is planned and has nothing missing.
func (d *town) enrol(ids ...school.DeviceID) {
	d.t.Helper()
	ctx := context.Background()
	now := d.s.Now().UnixMicro()
	for _, id := range ids {
		e := "e-" + string(id)
		for _, x := range []struct {
			text string
			args []any
		}{
			{`INSERT INTO enrollment (id, authority_id, device_id, nano_id, type, state, created_at, last_seen_at) VALUES ($1, $2, $3, $1, 'device', 'enrolled', $4, $4)`,
				[]any{e, string(d.by.Tenant), string(id), now}},
			{`UPDATE device_state SET enrollment_id = $1, last_seen_at = $2 WHERE device_id = $3`, []any{e, now, string(id)}},
			{`INSERT INTO target (enrollment_id, authority_id, device_id, gen, planned_gen, planned_version, marked_at) VALUES ($1, $2, $3, 1, 1, (SELECT version FROM authority WHERE id = $2), $4)`,
				[]any{e, string(d.by.Tenant), string(id), now}},
		} {
			if err := d.s.Exec(ctx, x.text, x.args...); err != nil {
				d.t.Fatal(err)
			}
		}
	}
}

// marksOf counts the marks of a device's target: its own, and those of all, while they reach it.
const marksOf = `SELECT gen + CASE WHEN planned_version < 9223372036854775807 THEN (SELECT marked_version FROM authority WHERE id = target.authority_id) ELSE 0 END
	FROM target WHERE device_id = $1`

// marked runs act and names the devices whose target it marked.
func (d *town) marked(act func(), ids ...school.DeviceID) map[school.DeviceID]bool {
	d.t.Helper()
	gen := func(id school.DeviceID) int64 {
		n, err := d.s.Number(context.Background(), marksOf, string(id))
		return must(d.t, n, err)
	}
	before := map[school.DeviceID]int64{}
	for _, id := range ids {
		before[id] = gen(id)
	}
	act()
	out := map[school.DeviceID]bool{}
	for _, id := range ids {
		if gen(id) > before[id] {
			out[id] = true
		}
	}
	return out
}

// clerk is a person with one role at one school.
func (d *town) clerk(role school.Role, at school.SchoolID) school.Actor {
	return school.Actor{Kind: school.PersonActor, Account: "clerk", Name: "clerk", Tenant: d.by.Tenant,
		Grants: []school.Grant{{Role: role, Authority: d.by.Tenant, School: at, From: time.Unix(0, 0)}}}
}
