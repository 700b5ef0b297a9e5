package store_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestCodeIsUsedAsOftenAsItSays(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		nord := newSchool(t, s, by, "Gymnasium Nord")
		id, link, typed, err := s.CreateCode(ctx, by, store.Code{School: nord, Left: 5, Note: "Klasse 7b"})
		if err != nil {
			t.Fatal(err)
		}
		spoken := strings.ToLower(strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(typed))
		for _, entered := range []string{link, " " + typed + "\n", spoken} {
			x, err := s.RedeemCode(ctx, entered)
			if err != nil || x.Code != id || x.School != nord || x.Authority != by.Tenant || x.Serial != "" {
				t.Fatalf("%q: %+v %v", entered, x, err)
			}
		}
		if x, err := s.LookAtCode(ctx, link); err != nil || x.School != nord {
			t.Fatal(x, err)
		}
		var got atomic.Int64
		var wg sync.WaitGroup
		for range 6 { // two are left
			wg.Go(func() {
				if _, err := s.RedeemCode(ctx, link); err == nil {
					got.Add(1)
				} else if codeOf(err) != "code_over" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got.Load() != 2 {
			t.Fatalf("%d of two", got.Load())
		}
		page, err := s.Codes(ctx, by, nord, "", 0)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Uses != 5 || page.Rows[0].Left != 0 {
			t.Fatalf("%+v %v", page, err)
		}
	})
}

func TestCodeEnds(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		nord, sued := newSchool(t, s, by, "Nord"), newSchool(t, s, by, "Süd")
		for name, x := range map[string]store.Code{
			"no school":         {Left: 1},
			"no use":            {School: nord},
			"too many":          {School: nord, Left: 501},
			"two of one device": {School: nord, Left: 2, Serial: "F9FXK2ABCD"},
			"in the past":       {School: nord, Left: 1, Expires: h.now()},
			"for ever":          {School: nord, Left: 1, Expires: h.now().Add(40 * 24 * time.Hour)},
			"nowhere":           {School: "nowhere", Left: 1},
		} {
			if _, _, _, err := s.CreateCode(ctx, by, x); err == nil {
				t.Errorf("%s: made", name)
			}
		}
		clerk := somebody(t, s, by, "sekretariat", school.Grant{Role: school.SchoolAdmin, School: nord})
		if _, _, _, err := s.CreateCode(ctx, clerk, store.Code{School: sued, Left: 1}); err == nil {
			t.Error("a code for another school")
		}
		id, link, _, err := s.CreateCode(ctx, clerk, store.Code{School: nord, Left: 1, Serial: " f9fxk2abcd "})
		if err != nil {
			t.Fatal(err)
		}
		if x, err := s.LookAtCode(ctx, link); err != nil || x.Serial != "F9FXK2ABCD" {
			t.Fatal(x, err)
		}
		if err := s.RevokeCode(ctx, newAuthority(t, s, "Anderswo"), id); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if err := s.RevokeCode(ctx, clerk, id); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RedeemCode(ctx, link); codeOf(err) != "code_over" {
			t.Fatal(err)
		}
		_, link, typed, err := s.CreateCode(ctx, by, store.Code{School: sued, Left: 1, Expires: h.now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		h.turn(time.Hour)
		if _, err := s.RedeemCode(ctx, link); codeOf(err) != "code_over" {
			t.Fatal(err)
		}
		if page, err := s.Codes(ctx, clerk, "", "", 0); err != nil || len(page.Rows) != 1 {
			t.Fatalf("a school sees its own codes: %+v %v", page, err)
		}
		// Typing is slowed down for everybody, following a link is not.
		for i := range 70 {
			_, err := s.RedeemCode(ctx, "00000-00000")
			if i < 59 && codeOf(err) != "code_wrong" || i == 69 && codeOf(err) != "code_wait" {
				t.Fatalf("try %d: %v", i, err)
			}
		}
		if _, err := s.RedeemCode(ctx, typed); codeOf(err) != "code_wait" {
			t.Fatal(err)
		}
		if _, err := s.RedeemCode(ctx, "dies-ist-kein-link"); codeOf(err) != "code_wrong" {
			t.Fatal(err)
		}
		h.turn(time.Minute)
		if _, err := s.RedeemCode(ctx, typed); codeOf(err) != "code_over" {
			t.Fatal(err)
		}
	})
}

// A picture of a QR code went round: the code is tried at most so often a minute, and no other code is held up by it.
func TestOneCodeIsHeldUpAlone(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		nord := newSchool(t, s, by, "Nord")
		_, went, typed, err := s.CreateCode(ctx, by, store.Code{School: nord, Left: 500})
		if err != nil {
			t.Fatal(err)
		}
		_, other, _, err := s.CreateCode(ctx, by, store.Code{School: nord, Left: 1})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			if _, err := s.RedeemCode(ctx, went); err != nil {
				t.Fatalf("try %d: %v", i+1, err)
			}
		}
		for _, entered := range []string{went, typed} {
			if _, err := s.RedeemCode(ctx, entered); codeOf(err) != "code_wait" {
				t.Errorf("once more: %v", err)
			}
		}
		if _, err := s.RedeemCode(ctx, other); err != nil {
			t.Errorf("another code: %v", err)
		}
		h.turn(time.Minute)
		if _, err := s.RedeemCode(ctx, went); err != nil {
			t.Errorf("a minute later: %v", err)
		}
		if page, err := s.Codes(ctx, by, nord, "", 0); err != nil || page.Rows[1].Uses != 61 {
			t.Errorf("%+v %v", page.Rows, err)
		}
	})
}

func FuzzCodeNeverOpensByChance(f *testing.F) {
	for _, seed := range []string{"", "ABCDE-FGHJK", "0000000000", "\xff\xfe", "ÄÖÜ", strings.Repeat("1", 5000), "o1l i-\u00a0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entered string) {
		if plain, ok := store.ReadTyped(entered); ok {
			if len(plain) != 10 || strings.ContainsAny(plain, "ILOUilou -") {
				t.Fatalf("%q read as %q", entered, plain)
			}
			if again, ok := store.ReadTyped(plain); !ok || again != plain {
				t.Fatalf("%q read again as %q", plain, again)
			}
		}
	})
}
