package control_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ranzen/mdm/control"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// Whoever has the database without the key ring has no secret: neither passwords in profiles, nor escrowed tokens, nor keys.
// The file is searched as it lies on the disk.
func TestNoSecretLiesOpenInTheDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := storetest.Open(t, path, store.Options{})
	p := play(t, st, sim.Calm())
	p.deliver(sim.Spec{Serial: "F9FXK2ABCD", OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: "F9FXK2ABCE", ProductName: "iPad11,6", OSVersion: "15.8"})
	wifi, v := p.profile("wifi", "WLAN Schule", map[string][]string{"ssid": {"GYN-Schule"}, "security": {"WPA2"}, "password": {"schulweg-sieben"}})
	p.assign(school.AtClass, string(p.class), wifi, v)
	p.live(60, p.converged)
	h, _ := p.enrolled("F9FXK2ABCF", "UDID-3")
	p.status(p.put(h, message("SetBootstrapToken", "UDID", "UDID-3", "BootstrapToken", "<data>Ym9vdHN0cmFwLXNlY3JldA==</data>")), 200)
	for _, f := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(f)
		if os.IsNotExist(err) {
			continue
		}
		p.must(err)
		for _, secret := range []string{"schulweg-sieben", "einrichtung\x00", "bootstrap-secret", "Ym9vdHN0cmFwLXNlY3JldA", "PRIVATE KEY", "access_secret", "consumer_secret"} {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s lies open in %s", strings.Trim(secret, "\x00"), filepath.Base(f))
			}
		}
	}
}

// A user of a Shared iPad is a person: neither key nor row nor log may show the account.
func TestUserChannelsArePseudonyms(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		ctx := context.Background()
		h, _ := p.enrolled("F9FXK2ABCD", "UDID-1")
		const account = "erika.beispiel@schule.example"
		p.status(p.put(h, message("TokenUpdate", "UDID", "UDID-1", "Topic", p.topic(), "PushMagic", "m", "Token", "<data>AAAB</data>",
			"UserID", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "UserShortName", account, "UserLongName", "Erika Beispiel")), 200)
		p.status(p.put(h, message("", "UDID", "UDID-1", "Status", "Idle", "UserID", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "UserShortName", account)), 200)
		push, err := st.Nano(p.by.Tenant).RetrievePushInfo(ctx, []string{"UDID-1", "UDID-1:" + account})
		p.must(err)
		if len(push) != 1 {
			t.Errorf("the account is a key: %v", push)
		}
		name, err := st.Pseudonym(ctx, p.by.Tenant, "user channel", account)
		p.must(err)
		if push, err = st.Nano(p.by.Tenant).RetrievePushInfo(ctx, []string{"UDID-1:" + name}); err != nil || len(push) != 1 {
			t.Errorf("the user channel is not there under its pseudonym: %v %v", push, err)
		}
		// The device channel is what it was.
		if push, err = st.Nano(p.by.Tenant).RetrievePushInfo(ctx, []string{"UDID-1"}); err != nil || push["UDID-1"].PushMagic != "magic" {
			t.Errorf("the device's own contact changed: %v %v", push, err)
		}
	})
}

// What is logged of devices names our own opaque ids only.
func TestLogsNameNoDevice(t *testing.T) {
	var log bytes.Buffer
	st := storetest.Open(t, storetest.URL(t, "sqlite"), store.Options{})
	p := play(t, st, sim.Calm())
	h, _ := p.enrolled("F9FXK2ABCD", "UDID-SECRET-1")
	x := control.New(control.Config{Store: st, BaseURL: base, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	p.mount(x)
	p.status(p.put(h, message("", "UDID", "UDID-SECRET-1", "Status", "Idle")), 200)
	p.status(p.put(h, message("", "UDID", "UDID-OTHER", "Status", "Idle")), 400)
	p.status(p.put(h, message("NeverHeardOf", "UDID", "UDID-SECRET-1")), 400)
	p.status(p.put(stranger(t), message("", "UDID", "UDID-SECRET-1", "Status", "Idle")), 400)
	if log.Len() == 0 {
		t.Error("nothing was logged: the test sees nothing")
	}
	for _, secret := range []string{"F9FXK2ABCD", "UDID-SECRET-1", "UDID-OTHER", "magic"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log names %s:\n%s", secret, log.String())
		}
	}
}
