package store_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// What a node remembers of a device between two requests is what it would read. Two nodes on one database walk at random: facts of
// every kind change, time passes, devices report and are planned, and after each step both nodes are asked for every device, by what
// they remember and anew.
func TestWhatIsRememberedIsWhatWouldBeRead(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		ctx := context.Background()
		var clock atomic.Int64
		clock.Store(time.Date(2026, 11, 23, 7, 50, 0, 0, time.UTC).UnixMicro())
		now := func() time.Time { return time.UnixMicro(clock.Load()) }
		url := storetest.URL(t, engine)
		nodes := []*store.Store{storetest.Open(t, url, store.Options{Now: now, Count: true}), storetest.Open(t, url, store.Options{Now: now, Count: true})}
		s := nodes[0]
		x := newTree(t, s)
		d := &town{t: t, s: s, by: x.system, north: x.north, south: x.south}
		ids := append(d.devices("Gymnasium Nord", "F9FXK2AB", 2), x.device)
		d.enrol(ids...)
		for _, id := range ids {
			if err := s.Exec(ctx, `INSERT INTO identity (cert_hash, authority_id, device_id, enrollment_id, purpose, state, ends_at, issued_at)
				SELECT 'c-' || device_id, authority_id, device_id, id, 'enroll', 'active', 2000000000000000, 0 FROM enrollment WHERE device_id = $1`, string(id)); err != nil {
				t.Fatal(err)
			}
		}
		profile, _ := published(t, s, x.admin, "", "WLAN")
		rnd := rand.New(rand.NewPCG(11, 2026))
		one := func(n int) bool { return rnd.IntN(n) == 0 }
		levels := []school.Level{school.AtAuthority, school.AtSchoolType, school.AtSchool, school.AtGrade, school.AtClass, school.AtGroup, school.AtPerson, school.AtDevice}
		given := map[school.Level]school.AssignmentID{}
		var orders []school.OrderID
		var members []string
		var ruled school.GroupID
		var err error
		facts := map[string]func(n *store.Store) error{
			"assignment": func(n *store.Store) (err error) {
				l := levels[rnd.IntN(len(levels))]
				if id, ok := given[l]; ok {
					delete(given, l)
					_, err = n.Unassign(ctx, x.system, id)
					return err
				}
				a := give(profile, x.scopes[l])
				if one(2) {
					a.From, a.Until = n.Now().Add(time.Minute), n.Now().Add(time.Hour)
				}
				given[l], _, err = n.Assign(ctx, x.system, a)
				return err
			},
			"class": func(n *store.Store) error {
				_, err := n.ChangeClass(ctx, x.system, school.Class{ID: x.class, School: x.north, Name: "7" + string('a'+rune(rnd.IntN(20))), Grade: "7"})
				return err
			},
			"person": func(n *store.Store) error {
				_, err := n.ChangePerson(ctx, x.system, school.Person{ID: x.pupil, School: x.north, Kind: school.Pupil, Given: "Lena", Family: "Muster" + string('a'+rune(rnd.IntN(20)))})
				return err
			},
			"authority": func(n *store.Store) error {
				a, err := n.Authority(ctx, x.system)
				if err == nil {
					was := a
					a.Policy.DeclaredProfiles = !a.Policy.DeclaredProfiles
					_, err = n.ChangeAuthority(ctx, x.system, was, a)
				}
				return err
			},
			"network": func(n *store.Store) error {
				_, err := n.SetNetwork(ctx, x.system, x.north, school.Network{SSID: fmt.Sprint("Aula", rnd.IntN(9)), Security: "WPA2", Password: fmt.Sprint("geheim-", rnd.IntN(1e6))})
				return err
			},
			"release": func(n *store.Store) error {
				_, err := n.ReleaseNetworks(ctx, x.system, ids[rnd.IntN(len(ids))], one(2))
				return err
			},
			"holding": func(n *store.Store) error {
				if _, err := n.TakeBack(ctx, x.system, x.device); err == nil {
					return nil
				}
				_, _, err := n.Issue(ctx, x.system, x.pupil, x.device)
				return err
			},
			"group": func(n *store.Store) error {
				if len(members) > 0 && one(2) {
					rows, err := n.Memberships(ctx, x.system, x.pupil)
					for _, m := range rows {
						if m.Group != "" {
							_, err = n.EndMembership(ctx, x.system, x.pupil, m.ID)
						}
					}
					members = nil
					return err
				}
				g, err := n.CreateGroup(ctx, x.system, school.Group{School: x.north, Name: fmt.Sprint("AG ", rnd.IntN(1e9))})
				if err != nil {
					return err
				}
				members = append(members, string(g))
				_, err = n.AddMember(ctx, x.system, school.Membership{Person: x.pupil, Group: g, From: n.Now().Add(time.Duration(rnd.IntN(60)) * time.Second)})
				return err
			},
			"rule": func(n *store.Store) error {
				r := school.Rule{OSBelow: fmt.Sprint("18.", 1+rnd.IntN(6))}
				if ruled == "" {
					ruled, err = n.CreateGroup(ctx, x.system, school.Group{Name: "Altes iPadOS", Rule: r})
					return err
				}
				_, err := n.ChangeGroup(ctx, x.system, school.Group{ID: ruled, Name: "Altes iPadOS", Rule: r})
				return err
			},
			"ownership": func(n *store.Store) error {
				_, err := n.SetOwnership(ctx, x.system, ids[:1], school.Ownerships[rnd.IntN(3)])
				return err
			},
			"order": func(n *store.Store) error {
				if len(orders) > 0 {
					id := orders[0]
					orders = orders[1:]
					return n.CancelOrder(ctx, x.system, id)
				}
				given, err := n.GiveOrder(ctx, x.system, school.Refresh, ids[:1])
				orders = append(orders, given...)
				return err
			},
			"night": func(n *store.Store) error { return n.Nightly(ctx, x.authority) },
			"push": func(n *store.Store) error {
				return n.Pushed(ctx, []store.PushResult{{Enrollment: school.EnrollmentID("e-" + string(ids[0])), Accepted: true, Again: time.Minute}})
			},
			"information": func(n *store.Store) error {
				return n.Observe(ctx, x.authority, school.EnrollmentID("e-"+string(ids[1])), "", func(o *store.Observation) error {
					o.Info, o.Have.InventoryAt, o.Regroup, o.Mark = &store.DeviceInfo{OSVersion: fmt.Sprint("18.", rnd.IntN(7))}, o.Now, true, true
					return nil
				})
			},
		}
		names := slices.Sorted(maps.Keys(facts))
		same := []cmp.Option{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }), cmpopts.IgnoreFields(school.Facts{}, "At"), cmpopts.IgnoreFields(school.Device{}, "LastSeen"),
			cmpopts.IgnoreFields(school.Reported{}, "LastSeen", "PushedAt", "PushState")}
		asked, remembered := 0, 0
		look := func(after string) {
			t.Helper()
			for _, n := range nodes {
				for _, d := range ids {
					id, err := n.Identity(ctx, "c-"+string(d))
					if err != nil {
						t.Fatal(err)
					}
					n.Statements()
					f, have, read, err := n.FactsFor(ctx, id)
					if err != nil {
						t.Fatalf("after %s: %v", after, err)
					}
					if asked++; len(n.Statements()) == 0 {
						remembered++
					}
					f2, have2, read2, err := n.Facts(ctx, id.Authority, id.Enrollment)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(f2, f, same...) + cmp.Diff(have2, have, same...) + cmp.Diff(read2, read); diff != "" {
						t.Fatalf("after %s: what is remembered is not what is read:\n%s", after, diff)
					}
				}
			}
		}
		look("nothing")
		kept, sent := 0, map[school.DeviceID]string{}
		for i := range 200 {
			n, d := nodes[rnd.IntN(2)], ids[rnd.IntN(len(ids))]
			if one(4) {
				clock.Add(int64(rnd.IntN(45e6)))
			}
			if one(3) {
				name := names[rnd.IntN(len(names))]
				if err := facts[name](n); err != nil && school.KindOf(err) != school.Conflict && school.KindOf(err) != school.Invalid {
					t.Fatalf("%s: %v", name, err)
				}
				look(name)
				continue
			}
			if one(4) {
				facts, have, reads, err := n.Marked(ctx, x.authority, 10)
				if err != nil {
					t.Fatal(err)
				}
				var plans []store.Planned
				for i, f := range facts {
					if f.Enrollment == "" {
						continue
					}
					p := plan(f, &store.Observation{Have: have[i]}, reads[i], rnd, "")
					p.Heard, p.Hand = nil, nil
					plans = append(plans, p)
				}
				if n, err := n.SavePlans(ctx, plans); err != nil || n != len(plans) {
					t.Fatalf("%d of %d plans kept: %v", n, len(plans), err)
				}
				look("a plan nobody asked for")
				continue
			}
			clock.Add(1 + int64(rnd.IntN(2000)))
			id, err := n.Identity(ctx, "c-"+string(d))
			if err != nil {
				t.Fatal(err)
			}
			o, f, read, err := n.Hear(ctx, id, sent[d])
			if err != nil {
				t.Fatal(err)
			}
			fly := o.Have.InFlight
			report(o, rnd)
			if one(4) {
				if o.Snapshot = nil; one(2) {
					o.Snapshot = &store.Snapshot{Token: fmt.Sprint("T-", i), Body: []byte("{}")}
					o.Have.Offered, o.Have.OfferedAt = o.Snapshot.Token, o.Now
				}
				o.CommandState, o.Have.InFlight = "", fly
				if ok, err := n.Keep(ctx, o, read); err != nil || !ok {
					t.Fatalf("not kept: %v", err)
				}
				look("a report")
				continue
			}
			p := plan(f, o, read, rnd, fmt.Sprint("U-", i))
			clock.Add(int64(rnd.IntN(500)))
			ok, err := n.SavePlan(ctx, p)
			if err != nil || !ok {
				t.Fatalf("plan not kept: %v", err)
			}
			kept++
			if p.Hand != nil {
				sent[d] = p.Hand.UUID
			}
			look("a plan")
		}
		t.Logf("%d of %d answers came from memory, %d plans", remembered, asked, kept)
		if remembered < asked/4 {
			t.Errorf("only %d of %d answers came from memory", remembered, asked)
		}
	})
}

// report lets a device say something at random.
func report(o *store.Observation, rnd *rand.Rand) {
	have := &o.Have
	present, items := map[school.ItemKey]school.Have{}, map[school.ItemKey]school.ItemState{}
	for _, k := range []school.ItemKey{"a", "b", "c"} {
		switch rnd.IntN(4) {
		case 0:
			present[k] = school.Have{Hash: "h-" + string(k), Owner: school.ByCommand, Network: k == "a", Since: o.Now}
		case 1:
			present[k] = school.Have{Hash: "older", Owner: school.ByDeclaration, Since: o.Now, Token: "t"}
			items[k] = school.ItemState{Phase: school.Failed, Hash: "h-" + string(k), Since: o.Now, NextTry: o.Now.Add(time.Minute), Attempts: 1, Code: "X"}
		case 2:
			items[k] = school.ItemState{Phase: school.Sent, Hash: "h-" + string(k), Since: o.Now}
		}
	}
	have.Present, have.Items = present, items
	if rnd.IntN(3) == 0 {
		have.ListedAt = o.Now
	}
	if o.Command != nil && o.Command.State == "in_flight" {
		switch rnd.IntN(3) {
		case 0:
			o.CommandState, have.InFlight = "acknowledged", nil
		case 1:
			in := *have.InFlight
			in.NotNowAt = o.Now
			o.CommandState, have.InFlight, have.NotNowAt, have.NotNowCommand = "notnow", &in, o.Now, in.Kind
		}
	}
}

// plan is a plan at random, kept with what was heard.
func plan(f school.Facts, o *store.Observation, read store.Read, rnd *rand.Rand, uuid string) store.Planned {
	p := store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: read, Have: o.Have, Heard: o, Flying: o.Have.InFlight != nil, Steps: true,
		Overlay: map[school.ItemKey]string{}}
	for i, k := range []school.ItemKey{"a", "b", "c"}[:rnd.IntN(4)] {
		p.Set += string(k)
		m := store.Member{Key: k, Hash: "h-" + string(k), Owner: school.ByCommand, Network: i == 0}
		if k == "b" && rnd.IntN(2) == 0 {
			p.Overlay[k] = "older"
		}
		p.Members = append(p.Members, m)
	}
	if p.Set == "" {
		p.Set = "none"
	}
	switch in := o.Have.InFlight; {
	case in != nil && rnd.IntN(3) == 0:
		p.Hand = &store.Handout{UUID: in.UUID, Again: true}
	case rnd.IntN(2) == 0:
		p.Hand = &store.Handout{UUID: uuid, Kind: "InstallProfile", Fingerprint: "f" + uuid, Item: "a", Hash: "h-a", Body: []byte("body")}
	}
	return p
}
