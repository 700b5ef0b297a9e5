package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestLetterGoesWithItsFact(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		trouble := errors.New("trouble")
		if err := s.WriteMail(ctx, by, "a@musterstadt.example", "nie", "x", trouble); !errors.Is(err, trouble) {
			t.Fatal(err)
		}
		if m, err := s.ClaimMail(ctx, 10, time.Minute); err != nil || len(m) != 0 {
			t.Fatalf("a letter of a fact that was not written: %+v %v", m, err)
		}
		if err := s.WriteMail(ctx, by, "a@musterstadt.example", "Einladung", "Guten Tag", nil); err != nil {
			t.Fatal(err)
		}
		claim := func() store.Mail {
			t.Helper()
			m, err := s.ClaimMail(ctx, 10, time.Minute)
			if err != nil || len(m) != 1 {
				t.Fatalf("%+v %v", m, err)
			}
			return m[0]
		}
		m := claim()
		if m.To != "a@musterstadt.example" || m.Body != "Guten Tag" || m.Authority != by.Tenant {
			t.Fatalf("%+v", m)
		}
		if again, err := s.ClaimMail(ctx, 10, time.Minute); err != nil || len(again) != 0 {
			t.Fatalf("claimed twice: %+v %v", again, err)
		}
		h.turn(time.Minute)
		second := claim() // the first sender was silent
		if err := s.MailSent(ctx, m); err != nil {
			t.Fatal(err)
		}
		if gaveUp, err := s.MailFailed(ctx, second, "421 later"); gaveUp || err != nil {
			t.Fatal(gaveUp, err)
		}
		page, err := s.Outbox(ctx, by, "", 0)
		if err != nil || len(page.Rows) != 1 || page.Rows[0].Error != "421 later" || !page.Rows[0].Sent.IsZero() || page.Rows[0].To != "" || page.Rows[0].Body != "" {
			t.Fatalf("%+v %v", page, err)
		}
		h.turn(2 * time.Minute)
		m = claim()
		if err := s.MailSent(ctx, m); err != nil {
			t.Fatal(err)
		}
		h.turn(time.Hour)
		if m, err := s.ClaimMail(ctx, 10, time.Minute); err != nil || len(m) != 0 {
			t.Fatalf("sent twice: %+v %v", m, err)
		}
		if err := s.WriteMail(ctx, by, "b@musterstadt.example", "Vergeblich", "x", nil); err != nil {
			t.Fatal(err)
		}
		tries := 0
		for gaveUp := false; !gaveUp; tries++ {
			if gaveUp, err = s.MailFailed(ctx, claim(), "550"); err != nil || tries > 50 {
				t.Fatal(tries, err)
			}
			h.turn(6 * time.Hour)
		}
		if tries < 8 {
			t.Fatalf("given up after %d tries", tries)
		}
		if m, err := s.ClaimMail(ctx, 10, time.Minute); err != nil || len(m) != 0 {
			t.Fatalf("%+v %v", m, err)
		}
		auditor := somebody(t, s, by, "pruefung", school.Grant{Role: school.Auditor})
		if page, err := s.Outbox(ctx, auditor, "", 0); err != nil || len(page.Rows) != 2 {
			t.Fatalf("%+v %v", page, err)
		}
		if _, err := s.Letter(ctx, auditor, m.ID); school.KindOf(err) != school.Denied {
			t.Fatalf("an auditor reads a letter: %v", err)
		}
		admin := somebody(t, s, by, "chefin", school.Grant{Role: school.AuthorityAdmin})
		if x, err := s.Letter(ctx, admin, m.ID); err != nil || x.Body != "Guten Tag" || x.Sent.IsZero() {
			t.Fatalf("%+v %v", x, err)
		}
		if _, err := s.Letter(ctx, newAuthority(t, s, "Drittens"), m.ID); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		h.turn(100 * 24 * time.Hour)
		if err := s.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if page, err := s.Outbox(ctx, by, "", 0); err != nil || len(page.Rows) != 0 {
			t.Fatalf("%+v %v", page, err)
		}
	})
}

func TestOneAuthoritysLettersDoNotHoldUpAnothers(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		many, few := newAuthority(t, s, "Viele"), newAuthority(t, s, "Wenige")
		for i := range 20 {
			if err := s.WriteMail(ctx, many, "x@viele.example", fmt.Sprint(i), "x", nil); err != nil {
				t.Fatal(err)
			}
		}
		h.turn(time.Second)
		if err := s.WriteMail(ctx, few, "x@wenige.example", "eilig", "x", nil); err != nil {
			t.Fatal(err)
		}
		got, err := s.ClaimMail(ctx, 4, time.Minute)
		if err != nil || len(got) != 4 {
			t.Fatalf("%d %v", len(got), err)
		}
		for _, m := range got {
			if m.Authority == few.Tenant {
				return
			}
		}
		t.Fatal("the letter of the small authority waits behind the many")
	})
}
