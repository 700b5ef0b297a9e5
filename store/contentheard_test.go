package store_test

import (
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// That Apple is through with a request is asked for at once when Apple says so, and when nobody says anything at its time.
func TestWhatAppleIsThroughWithIsAskedForAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newLicences(t, s, 1, 1, 3)
		w.wants(w.devices[0], w.apps[0])
		w.settle()
		list, err := s.LicenceRequests(w.ctx, w.sys, w.token, 25, 1000)
		for _, q := range must(t, list, err) {
			w.do(s.LicencesSent(w.ctx, w.sys, w.token, q, "event", s.Now().Add(time.Hour)))
		}
		waiting := func() int {
			t.Helper()
			list, err := s.LicenceEvents(w.ctx, w.sys, w.token)
			return len(must(t, list, err))
		}
		secret, err := s.ContentSecret(w.ctx, w.sys, w.token)
		must(t, secret, err)
		_, err = s.ContentSecret(w.ctx, w.clerk(school.AuthorityAdmin, ""), w.token)
		wants(t, "a person reads it", err, school.Denied, "")
		for what, x := range map[string][3]string{"no secret": {string(w.token), "", "u1"}, "another": {string(w.token), secret + "0", "u1"}, "another location": {string(w.token), secret, "u2"},
			"no location": {"nothing", secret, "u1"}} {
			wants(t, what, s.ContentHeard(w.ctx, school.TokenID(x[0]), x[1], x[2], false), school.NotFound, "")
		}
		if n := waiting(); n != 0 {
			t.Errorf("asked for too early: %d", n)
		}
		w.do(s.ContentHeard(w.ctx, w.token, secret, "u1", false))
		if n := waiting(); n != 1 {
			t.Errorf("not asked for: %d", n)
		}
	})
}
