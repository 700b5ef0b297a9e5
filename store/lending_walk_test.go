package store_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// loans is a model of lending a child could keep on paper: who has which thing, which things are lost, and in which state
// each contract is.
type loans struct {
	has   map[int]int // thing -> person
	lost  map[int]bool
	state map[school.ContractID]school.ContractState
	of    map[int]school.ContractID // thing -> contract it is out under
}

// Whatever people do at a desk in whatever order: the store and the model agree on what is refused and on what is so after.
func TestLendingWalksLikeItsModel(t *testing.T) {
	storetest.Each(t, func(tt *testing.T, s *store.Store) {
		ctx := context.Background()
		by := newAuthority(tt, s, "Musterstadt")
		at, err := s.CreateSchool(ctx, by, school.School{Name: "Nord"})
		must(tt, at, err)
		kit, err := s.CreateKit(ctx, by, school.Kit{Name: "Set", Kind: school.IPad, Standard: true, Parts: []school.Part{{Kind: school.Cover, Name: "Hülle", Price: 3900}, {Kind: school.Pencil, Name: "Stift", Price: 8900}}})
		must(tt, kit, err)
		round := 0
		rapid.Check(tt, func(t *rapid.T) {
			round++
			check := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			var persons []school.PersonID
			for i := range 3 {
				id, err := s.CreatePerson(ctx, by, school.Person{School: at, Kind: school.Pupil, Given: "Kind", Family: fmt.Sprint("Nummer", round, i)}, "")
				check(err)
				persons = append(persons, id)
			}
			var things []school.AssetID
			var devices []school.DeviceID
			for i := range 3 { // two iPads and a notebook
				if i < 2 {
					serial := fmt.Sprintf("F9W%04dX%04d", round, i)
					_, _, err := s.Announce(ctx, by, []store.Announced{{Row: 2, Serial: serial, School: "Nord"}})
					check(err)
					x, err := s.DeviceBySerial(ctx, by, serial)
					check(err)
					things, devices = append(things, x.Asset), append(devices, x.ID)
					continue
				}
				id, err := s.CreateAsset(ctx, by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, School: at})
				check(err)
				things = append(things, id)
			}
			m := loans{map[int]int{}, map[int]bool{}, map[school.ContractID]school.ContractState{}, map[int]school.ContractID{}}
			losses := map[int]school.LossID{}
			alone := map[school.ContractID]bool{} // it was made for a notebook, which has no other part
			agree := func(act string, err error, allowed bool) bool {
				t.Helper()
				if (err == nil) != allowed {
					t.Fatalf("%s: %v, the model says %v", act, err, allowed)
				}
				return err == nil
			}
			// undo takes the last act back, by its change set, with what the model was before.
			var last school.ChangeSetID
			var before loans
			keep := func() loans {
				return loans{maps.Clone(m.has), maps.Clone(m.lost), maps.Clone(m.state), maps.Clone(m.of)}
			}
			for range rapid.IntRange(3, 14).Draw(t, "acts") {
				thing, person := rapid.IntRange(0, 2).Draw(t, "thing"), rapid.IntRange(0, 2).Draw(t, "person")
				_, out := m.has[thing]
				was := keep()
				var set school.ChangeSetID
				switch act := rapid.SampledFrom([]string{"issue", "return", "lacking", "swap", "lose", "find", "decide", "undo"}).Draw(t, "act"); act {
				case "issue":
					h, x, err := s.HandOut(ctx, by, store.Handover{Person: persons[person], Asset: things[thing]})
					if set = x; agree(act, err, !out && !m.lost[thing]) {
						m.has[thing], m.of[thing], m.state[h.Contract] = person, h.Contract, school.ContractIssued
						alone[h.Contract] = thing == 2
					}
				case "return", "lacking":
					g := store.GivenBack{Asset: things[thing]}
					to := school.ContractClosed
					if act == "lacking" {
						if alone[m.of[thing]] {
							continue
						}
						g.Missing, to = []int{3}, school.ContractOpen
					}
					_, x, err := s.TakeIn(ctx, by, g)
					if set = x; agree(act, err, out) {
						m.state[m.of[thing]] = to
						delete(m.has, thing)
						delete(m.of, thing)
						delete(m.lost, thing)
					}
				case "swap":
					to := rapid.IntRange(0, 2).Draw(t, "to")
					if !out {
						continue
					}
					_, taken := m.has[to]
					x, err := s.SwapAsset(ctx, by, m.of[thing], things[to], school.SwapOther)
					if set = x; agree(act, err, !taken && !m.lost[to]) {
						m.has[to], m.of[to] = m.has[thing], m.of[thing]
						delete(m.has, thing)
						delete(m.of, thing)
					}
				case "lose":
					id, x, err := s.ReportLoss(ctx, by, things[thing], false, "")
					if set = x; agree(act, err, !m.lost[thing]) {
						m.lost[thing], losses[thing] = true, id
					}
				case "find":
					if !m.lost[thing] {
						continue
					}
					x, err := s.FindLoss(ctx, by, losses[thing])
					set = x
					agree(act, err, true)
					delete(m.lost, thing)
				case "decide":
					for _, id := range slices.Sorted(maps.Keys(m.state)) {
						if m.state[id] != school.ContractOpen {
							continue
						}
						c, err := s.ContractByID(ctx, by, id)
						check(err)
						_, err = s.CloseContract(ctx, by, id)
						agree("close undecided", err, false)
						for _, p := range c.Parts {
							if p.Lacks() {
								_, err := s.DecidePart(ctx, by, id, p.ID, school.Waived, 0)
								check(err)
							}
						}
						x, err := s.CloseContract(ctx, by, id)
						agree("close", err, true)
						m.state[id], set = school.ContractClosed, x
						was.state[id] = school.ContractOpen
						break
					}
				case "undo":
					if last == "" {
						continue
					}
					_, err := s.Undo(ctx, by, last)
					check(err)
					m, was = before, before
				}
				last, before = set, was
			}
			// What is so after.
			for i, id := range things {
				a, err := s.AssetByID(ctx, by, id)
				check(err)
				_, out := m.has[i]
				if (a.Contract != "") != out || out && a.Person != persons[m.has[i]] || a.Lost != m.lost[i] {
					t.Fatalf("thing %d: %+v, the model says %v %v", i, a, m.has, m.lost)
				}
				if i < 2 {
					x, err := s.DeviceByID(ctx, by, devices[i])
					check(err)
					if (x.Holder != nil) != out || out && x.Holder.ID != persons[m.has[i]] {
						t.Fatalf("device %d is held by %+v, the model says %v", i, x.Holder, m.has)
					}
				}
			}
			n := 0
			for _, p := range persons {
				page, err := s.Contracts(ctx, by, store.ContractFilter{Person: p, Limit: 200})
				check(err)
				n += len(page.Rows)
				for _, c := range page.Rows {
					if c.State != m.state[c.ID] {
						t.Fatalf("%s is %s, the model says %s", c.Number, c.State, m.state[c.ID])
					}
				}
			}
			if n != len(m.state) {
				t.Fatalf("%d contracts, the model has %d", n, len(m.state))
			}
			for query, what := range map[string]string{
				`SELECT count(*) FROM holding h WHERE h.authority_id = $1 AND h.until_at IS NULL AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.id = h.contract_id AND k.state = 'issued' AND k.person_id = h.person_id)`:                                "a holding without its contract",
				`SELECT count(*) FROM contract k WHERE k.authority_id = $1 AND k.state = 'closed' AND EXISTS (SELECT 1 FROM contract_part p WHERE p.contract_id = k.id AND (p.state = 'issued' OR p.state IN ('missing', 'damaged') AND p.decision = ''))`: "a closed contract with an open part",
			} {
				n, err := s.Number(ctx, query, string(by.Tenant))
				if check(err); n != 0 {
					t.Fatal(what)
				}
			}
		})
	})
}
