package store_test

import (
	"context"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// enrolled makes a device of the authority that is under management.
func enrolled(t testing.TB, s *store.Store, by school.Actor, serial string) {
	t.Helper()
	a := string(by.Tenant)
	for _, x := range []struct {
		text string
		args []any
	}{
		{`INSERT INTO asset (id, authority_id, serial, created_at) VALUES ($1, $2, $3, 0)`, []any{"a" + serial, a, serial}},
		{`INSERT INTO device (id, authority_id, asset_id, serial, created_at) VALUES ($1, $2, $3, $4, 0)`, []any{"d" + serial, a, "a" + serial, serial}},
		{`INSERT INTO device_state (device_id, authority_id) VALUES ($1, $2)`, []any{"d" + serial, a}},
		{`INSERT INTO enrollment (id, authority_id, device_id, nano_id, type, state, created_at) VALUES ($1, $2, $3, $4, 'device', 'enrolled', 0)`,
			[]any{"e" + serial, a, "d" + serial, "u" + serial}},
	} {
		if err := s.Exec(context.Background(), x.text, x.args...); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPushCertificateKeepsItsTopic(t *testing.T) {
	eachTurned(t, func(t *testing.T, s *store.Store, h *hands) {
		ctx := context.Background()
		by := newAuthority(t, s, "Musterstadt")
		upload := func(topic, key string) store.PushUpload {
			return store.PushUpload{Topic: topic, Certificate: []byte("cert " + key), Key: []byte(key), Ends: h.now().AddDate(1, 0, 0)}
		}
		if p, err := s.PushStatus(ctx, by); err != nil || p != (store.Push{}) {
			t.Fatalf("%+v %v", p, err)
		}
		if _, err := s.OpenPush(ctx, by.Tenant); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if err := s.PushRequest(ctx, by, []byte("csr"), []byte("request key"), "push@musterstadt.example"); err != nil {
			t.Fatal(err)
		}
		csr, key, err := s.OpenPushRequest(ctx, by)
		if err != nil || string(csr) != "csr" || string(key) != "request key" {
			t.Fatal(string(csr), string(key), err)
		}
		if p, err := s.PushStatus(ctx, by); err != nil || p.Requested.IsZero() || p.Topic != "" || p.AppleAccount != "push@musterstadt.example" {
			t.Fatalf("%+v %v", p, err)
		}
		if err := s.StorePush(ctx, by, upload("com.apple.mgmt.External.1", "k1")); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.OpenPushRequest(ctx, by); school.KindOf(err) != school.NotFound {
			t.Fatalf("the request is not over: %v", err)
		}
		if err := s.StorePush(ctx, by, upload("com.apple.mgmt.External.2", "k2")); err != nil {
			t.Fatalf("no device is enrolled: %v", err)
		}
		enrolled(t, s, by, "F9FXK2ABC1")
		enrolled(t, s, by, "F9FXK2ABC2")
		err = s.StorePush(ctx, by, upload("com.apple.mgmt.External.1", "k3"))
		if codeOf(err) != "push_topic_changed" || err.(*school.Error).Args[0] != int64(2) || err.(*school.Error).Args[1] != "push@musterstadt.example" {
			t.Fatalf("another topic with devices enrolled: %v", err)
		}
		if err := s.StorePush(ctx, by, upload("com.apple.mgmt.External.2", "k4")); err != nil {
			t.Fatalf("a renewal: %v", err)
		}
		p, err := s.OpenPush(ctx, by.Tenant)
		if err != nil || string(p.Key) != "k4" || p.Topic != "com.apple.mgmt.External.2" {
			t.Fatalf("%+v %v", p, err)
		}
		if v, err := s.PushVersion(ctx, by.Tenant); err != nil || v != p.Version {
			t.Fatal(v, p.Version, err)
		}
		if err := s.PushSaid(ctx, by.Tenant, p.Version-1, "bad certificate"); err != nil {
			t.Fatal(err)
		}
		if st, _ := s.PushStatus(ctx, by); st.State != "" {
			t.Fatal("what was said of an older certificate is kept of this one")
		}
		if err := s.PushSaid(ctx, by.Tenant, p.Version, "bad certificate"); err != nil {
			t.Fatal(err)
		}
		if st, _ := s.PushStatus(ctx, by); st.State != "bad certificate" {
			t.Fatalf("%+v", st)
		}
		ended := upload("com.apple.mgmt.External.2", "k5")
		ended.Ends = h.now().Add(-time.Second)
		if err := s.StorePush(ctx, by, ended); codeOf(err) != "push_ended" {
			t.Fatal(err)
		}
		stranger := newAuthority(t, s, "Anderswo")
		if err := s.StorePush(ctx, stranger, upload("com.apple.mgmt.External.2", "k6")); codeOf(err) != "push_refused" {
			t.Fatalf("another authority's topic: %v", err)
		}
		nord := newSchool(t, s, by, "Nord")
		clerk := somebody(t, s, by, "sekretariat", school.Grant{Role: school.SchoolAdmin, School: nord})
		if err := s.StorePush(ctx, clerk, upload("com.apple.mgmt.External.2", "k7")); err == nil {
			t.Fatal("a school stores a push certificate")
		}
		if _, _, err := s.OpenPushRequest(ctx, clerk); school.KindOf(err) != school.NotFound {
			t.Fatal(err)
		}
		if n, broken, err := s.VerifyAudit(ctx, by); err != nil || broken != 0 || n == 0 {
			t.Fatal(n, broken, err)
		}
	})
}
