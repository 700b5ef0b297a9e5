package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

var landServer = school.RosterServer{Base: "https://api.land.example/v1", Token: "https://auth.land.example/token", ClientID: "musterstadt", Nightly: true, Take: true}

// Whoever may change where a server is does not learn by that what it is signed in to with.
func TestASecretIsShownToItsHostsAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		id, err := s.CreateRosterServer(ctx, d.by, school.RosterSource{Name: "Land"}, landServer, "geheim")
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.RosterServerOpen(ctx, d.by, id)
		if err != nil || f.Secret != "geheim" || f.Server.Base != landServer.Base {
			t.Fatalf("%+v %v", f, err)
		}
		for name, change := range map[string]func(*school.RosterServer){
			"another interface": func(x *school.RosterServer) { x.Base = "https://evil.example/v1" },
			"another sign-in":   func(x *school.RosterServer) { x.Token = "https://evil.example/token" },
			"another port":      func(x *school.RosterServer) { x.Base = "https://api.land.example:8443/v1" },
		} {
			x := landServer
			change(&x)
			wants(t, name, s.SetRosterServer(ctx, d.by, id, "Land", x, nil), school.Invalid, "secret_again")
			again := "neu"
			if err := s.SetRosterServer(ctx, d.by, id, "Land", x, &again); err != nil {
				t.Errorf("%s, with the secret: %v", name, err)
			}
			first := "geheim"
			if err := s.SetRosterServer(ctx, d.by, id, "Land", landServer, &first); err != nil {
				t.Fatal(err)
			}
		}
		same := landServer
		same.Base, same.Take = "https://API.land.example/v2/", false
		if err := s.SetRosterServer(ctx, d.by, id, "Land", same, nil); err != nil {
			t.Errorf("another version at the same host: %v", err)
		}
		for name, x := range map[string]school.RosterServer{
			"plain http": {Base: "http://a.example", Token: "https://a.example", ClientID: "c"}, "a user": {Base: "https://u:p@a.example", Token: "https://a.example", ClientID: "c"},
			"a query": {Base: "https://a.example?x=1", Token: "https://a.example", ClientID: "c"}, "no client": {Base: "https://a.example", Token: "https://a.example"}, "nothing": {},
		} {
			if _, err := s.CreateRosterServer(ctx, d.by, school.RosterSource{Name: name}, x, ""); school.KindOf(err) != school.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = s.BringRoster(ctx, d.by, store.NewRoster{Source: id, Data: []byte("x")})
		wants(t, "a file for it", err, school.Invalid, "source_asked")

		north := d.clerk(school.SchoolAdmin, d.north)
		_, err = s.RosterServer(ctx, north, id)
		wants(t, "a school looks at the authority's", err, school.NotFound, "")
		wants(t, "a school changes the authority's", s.SetRosterServer(ctx, north, id, "x", landServer, nil), school.NotFound, "")
		wants(t, "a school asks for the authority", s.AskRosterServer(ctx, north, id), school.NotFound, "")
		_, err = s.CreateRosterServer(ctx, north, school.RosterSource{Name: "Süd", School: d.south}, landServer, "")
		wants(t, "a school of others", err, school.NotFound, "")
		stranger := newAuthority(t, s, "Drittens")
		_, err = s.RosterServerOpen(ctx, stranger, id)
		wants(t, "a stranger opens it", err, school.NotFound, "")
		if _, err := s.CreateRosterServer(ctx, north, school.RosterSource{Name: "Nord", School: d.north}, landServer, ""); err != nil {
			t.Errorf("its own: %v", err)
		}
		if _, err := s.ArchiveRosterSource(ctx, d.by, id); err != nil {
			t.Fatal(err)
		}
		_, err = s.RosterServerOpen(ctx, d.by, id)
		wants(t, "ended", err, school.NotFound, "")
	})
}

// A server that is down is asked again soon, then by night alone, and then somebody is told; one that answers is asked in
// the next night, and not before.
func TestServersAreAskedByNight(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		d := newTown(t, s)
		due := func() bool {
			t.Helper()
			is, err := s.RosterServersDue(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return is
		}
		ask := func(code string) {
			t.Helper()
			a, id, found, err := s.NextRosterServer(ctx)
			if err != nil || !found {
				t.Fatal("nothing is due", err)
			}
			f, err := s.RosterServerOpen(ctx, school.System("schulconnex", a), id)
			if err == nil {
				err = s.RosterFetched(ctx, f, store.RosterOutcome{Code: code, ETag: "e", Hash: "h"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		told := func() (n int) {
			t.Helper()
			all, err := s.Alarms(ctx, d.by)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range all {
				if a.Kind == store.AlarmRosterServer {
					n++
				}
			}
			return n
		}
		id, err := s.CreateRosterServer(ctx, d.by, school.RosterSource{Name: "Land"}, landServer, "geheim")
		if err != nil || !due() {
			t.Fatal("it is not asked at once", err)
		}
		for i := range 3 {
			if told() > 0 {
				t.Errorf("told after %d failures", i)
			}
			ask("unreachable")
			if due() {
				t.Error("it is asked again at once")
			}
			*now = now.Add(30 * time.Minute)
			if due() != (i < 2) {
				t.Errorf("half an hour after failure %d: due %v", i+1, due())
			}
		}
		if told() != 1 {
			t.Error("nobody was told")
		}
		*now = now.Add(24 * time.Hour)
		ask("")
		if told() != 0 {
			t.Error("the line stays although it answers")
		}
		x, err := s.RosterServer(ctx, d.by, id)
		if hour := x.Due.In(store.Berlin).Hour(); err != nil || hour < 2 || hour > 4 || !x.Due.After(*now) || x.Due.After(now.Add(24*time.Hour)) || !x.Healthy() {
			t.Errorf("asked next at %v: %+v %v", x.Due, x, err)
		}
		if err := s.AskRosterServer(ctx, d.by, id); err != nil || !due() {
			t.Errorf("somebody said so: %v", err)
		}
		f, err := s.RosterServerOpen(ctx, d.by, id)
		if err != nil || f.ETag+f.Hash != "" {
			t.Errorf("and asks for what changed alone: %+v %v", f, err)
		}
	})
}
