package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// A played Apple must never meet real devices, and a real server never a played district.
func TestPlayedAndRealWorldsStayApart(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, born := range []store.Nature{store.Played, store.Real} {
			t.Run(engine+" "+string(born), func(t *testing.T) {
				ctx := context.Background()
				at := storetest.URL(t, engine)
				s := storetest.Open(t, at, store.Options{Nature: born})
				newAuthority(t, s, "Musterstadt")
				open := func(n store.Nature) error {
					again, err := store.Open(ctx, store.Options{URL: at, Keys: storetest.Keys, Nature: n})
					if err == nil {
						err = again.Close()
					}
					return err
				}
				for _, as := range []store.Nature{store.Played, store.Real, ""} {
					want := as == born || as == "" && born == store.Real
					if err := open(as); (err == nil) != want {
						t.Errorf("born %s, opened as %q: %v", born, as, err)
					}
				}
				if is, err := s.Nature(ctx); err != nil || is != born {
					t.Errorf("it became %s, %v", is, err)
				}
			})
		}
	}
}

// Whatever one authority has, another finds out by no question it may ask: not by the serial number of an iPad, not by its
// UDID, not by the name of a school, person or profile.
func TestASerialSomewhereElseIsNoSecretToFindOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		here := newTown(t, s)
		there := here.devices("Gymnasium Nord", "F9FX", 1)[0]
		here.enrol(there)
		if _, err := s.SetNumber(ctx, here.by, there, "MS-1"); err != nil {
			t.Fatal(err)
		}
		enter := func(id store.Identity, udid, serial string) store.DevicePage {
			t.Helper()
			if _, err := s.Authenticated(ctx, id, store.Checkin{NanoID: udid, UDID: udid, Serial: serial, Topic: "t"}); err != nil {
				t.Fatalf("%s %s: %v", udid, serial, err)
			}
			x, err := s.DeviceBySerial(ctx, school.System("test", id.Authority), serial)
			return must(t, x, err)
		}
		first := enter(store.Identity{Authority: here.by.Tenant, Purpose: store.ForManual, School: here.north, Ends: s.Now().AddDate(1, 0, 0)}, "UDID-1", "DMPX00TEST01")

		x := newTown(t, s) // schools of the same names
		known, fresh := store.Announced{Row: 2, Serial: "F9FX000000", Number: "MS-1", School: "Gymnasium Nord"}, store.Announced{Row: 2, Serial: "F9FX999999", Number: "MS-1", School: "Gymnasium Nord"}
		var plans []store.AnnouncePlan
		for _, row := range []store.Announced{known, fresh} {
			if _, err := s.DeviceBySerial(ctx, x.by, row.Serial); school.KindOf(err) != school.NotFound {
				t.Errorf("%s before it is announced: %v", row.Serial, err)
			}
			p, err := s.PlanAnnounce(ctx, x.by, []store.Announced{row})
			plans = append(plans, must(t, p, err))
		}
		if diff := cmp.Diff(fmt.Sprintf("%+v", plans[1]), strings.ReplaceAll(fmt.Sprintf("%+v", plans[0]), known.Serial, fresh.Serial)); diff != "" {
			t.Errorf("a known serial number and a fresh one are told apart: %s", diff)
		}
		if p, _, err := s.Announce(ctx, x.by, []store.Announced{known}); err != nil {
			t.Fatal(err, p.Problems())
		}
		if found, err := s.Search(ctx, newAuthority(t, s, "Drittens"), "F9FX"); err != nil || !cmp.Equal(found, store.Found{}, cmpopts.EquateEmpty()) {
			t.Errorf("a stranger finds %+v, %v", found, err)
		}
		code := store.Identity{Authority: x.by.Tenant, Purpose: store.ForManual, School: x.north, Ends: s.Now().AddDate(1, 0, 0)}
		second := enter(code, "UDID-1", "DMPX00TEST01")
		if second.ID == first.ID || second.SchoolName != "Gymnasium Nord" || second.School != x.north {
			t.Errorf("the same iPad in two houses: %+v", second.Device)
		}
		if again, err := s.DeviceByID(ctx, here.by, first.ID); err != nil || again.Enrollment == nil || again.Enrollment.ID != first.Enrollment.ID || again.Enrollment.State != first.Enrollment.State {
			t.Errorf("and what happened there changed what is here: %+v %v", again.Enrollment, err)
		}
	})
}

// The log is a chain: whoever changes, takes out, adds or cuts off an entry is noticed by the next who looks.
func TestATamperedLogIsNoticed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		for name, tampers := range map[string][]string{
			"a changed actor":    {`UPDATE audit SET actor_name = 'Niemand' WHERE authority_id = $1 AND seq = 3`},
			"a changed event":    {`UPDATE audit SET event = 'school.changed' WHERE authority_id = $1 AND seq = 2`},
			"a changed time":     {`UPDATE audit SET at = at + 1 WHERE authority_id = $1 AND seq = 3`},
			"a changed detail":   {`UPDATE audit SET detail = '{"x":1}' WHERE authority_id = $1 AND seq = 4`},
			"one taken out":      {`DELETE FROM audit WHERE authority_id = $1 AND seq = 3`},
			"the first":          {`DELETE FROM audit WHERE authority_id = $1 AND seq = 1`},
			"the last":           {`DELETE FROM audit WHERE authority_id = $1 AND seq = 5`},
			"all":                {`DELETE FROM audit WHERE authority_id = $1`},
			"two changed places": {`UPDATE audit SET seq = 99 WHERE authority_id = $1 AND seq = 3`, `UPDATE audit SET seq = 3 WHERE authority_id = $1 AND seq = 4`, `UPDATE audit SET seq = 4 WHERE authority_id = $1 AND seq = 99`},
		} {
			by := newAuthority(t, s, name)
			for _, school := range []string{"Nord", "Süd", "West", "Ost"} {
				newSchool(t, s, by, school)
			}
			if n, broken, err := s.VerifyAudit(ctx, by); err != nil || broken != 0 || n != 5 {
				t.Fatalf("untouched: %d entries, broken %d, %v", n, broken, err)
			}
			for _, tamper := range tampers {
				if err := s.Exec(ctx, tamper, string(by.Tenant)); err != nil {
					t.Fatal(name, err)
				}
			}
			if _, broken, err := s.VerifyAudit(ctx, by); err != nil || broken == 0 {
				t.Errorf("%s: nobody notices: %v", name, err)
			}
		}
	})
}

// What a stranger sends as cookie, token, link or code opens nothing, and is no trouble of ours either.
func FuzzSecretOfAStranger(f *testing.F) {
	s := storetest.Open(f, storetest.URL(f, "sqlite"), store.Options{})
	ctx := context.Background()
	real := hide(f, s)
	open := map[string]bool{}
	for what, secret := range real {
		open[secret] = true
		f.Add(store.Digest(secret))
		if strings.HasPrefix(what, "a code") || what == "a typed code" {
			f.Add(secret + "x")
		}
	}
	for _, seed := range []string{"", "rz_", "' OR 1=1 --", "\x00", "\xff", strings.Repeat("A", 5000), "00000-00000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, secret string) {
		if plain, ok := store.ReadTyped(secret); open[secret] || open[strings.TrimSpace(secret)] || ok && open[plain] {
			return // a real one
		}
		if by, _, err := s.SessionActor(ctx, secret); school.KindOf(err) != school.NotFound {
			t.Errorf("a session of %+v, %v", by, err)
		}
		if by, err := s.TokenActor(ctx, secret); school.KindOf(err) != school.NotFound {
			t.Errorf("a token of %+v, %v", by, err)
		}
		if a, err := s.LinkedAccount(ctx, secret); err == nil || school.KindOf(err) == "" {
			t.Errorf("a link of %+v, %v", a, err)
		}
		if a, _, err := s.SignInStep(ctx, secret); err == nil || school.KindOf(err) == "" {
			t.Errorf("half a sign-in of %+v, %v", a, err)
		}
		if x, err := s.TakePending(ctx, "state", secret); err == nil || school.KindOf(err) == "" {
			t.Errorf("a sign-in under way %+v, %v", x, err)
		}
		if x, err := s.RedeemCode(ctx, secret); err == nil || school.KindOf(err) == "" {
			t.Errorf("a code for %+v, %v", x, err)
		}
		if der, err := s.Consume(ctx, "a", secret, "key", func(store.Challenge) ([]byte, string, time.Time, error) { return []byte("der"), "hash", s.Now(), nil }); school.KindOf(err) != school.NotFound {
			t.Errorf("a certificate %q, %v", der, err)
		}
	})
}
