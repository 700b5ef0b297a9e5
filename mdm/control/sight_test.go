package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/micromdm/plist"

	"ranzen/mdm"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// wire listens to what the server sends to iPads: which requests, and what they ask for.
type wire struct {
	mu    sync.Mutex
	asked map[string]map[string]bool // request → items
}

func (w *wire) hear(request string, items ...string) {
	if w.asked[request] == nil {
		w.asked[request] = map[string]bool{}
	}
	for _, i := range items {
		w.asked[request][i] = true
	}
}

func (w *wire) between(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var command struct {
			Command struct {
				RequestType string
				Queries     []string
				Identifiers []string
			}
		}
		var declaration struct {
			Payload struct{ StatusItems []struct{ Name string } }
		}
		body := rec.Body.Bytes()
		w.mu.Lock()
		switch {
		case bytes.Contains(body, []byte("<key>RequestType</key>")):
			if plist.Unmarshal(body, &command) == nil {
				w.hear(command.Command.RequestType, append(command.Command.Queries, command.Command.Identifiers...)...)
			}
		case json.Unmarshal(body, &declaration) == nil:
			for _, i := range declaration.Payload.StatusItems {
				w.hear("StatusItems", i.Name)
			}
		}
		w.mu.Unlock()
		for k, v := range rec.Header() {
			out.Header()[k] = v
		}
		out.WriteHeader(rec.Code)
		out.Write(body)
	})
}

// What people are told can be seen is what goes over the wire, for the school's iPads and for those of parents: nothing is
// asked that is not said, and nothing is said that is not asked.
func TestDSG13_WhatIsAskedIsWhatPeopleAreTold(t *testing.T) {
	for ownership, serial := range map[school.Ownership]string{school.Owned: "F9FXK2ABCD", school.Parent: "F9FXK2EFGH"} {
		t.Run(string(ownership), func(t *testing.T) {
			url, c := storetest.URL(t, "sqlite"), &clock{}
			st := storetest.Open(t, url, store.Options{Now: c.now})
			p := play(t, st, sim.Calm())
			p.url = url
			w := &wire{asked: map[string]map[string]bool{}}
			p.handler.(*mux.Router).Use(w.between)
			id, version := p.profile("webclip", "Regeln", map[string][]string{"label": {"Regeln"}, "url": {"https://regeln.example"}})
			p.assign(school.AtAuthority, string(p.by.Tenant), id, version)
			p.give(p.sells(2)[0])
			p.deliver(sim.Spec{Serial: serial, OSVersion: "26.4", SignsGET: true}, sim.Spec{Serial: serial + "9", OSVersion: "15.8"})
			ctx := context.Background()
			_, err := p.exec(`UPDATE device SET ownership = ?`, string(ownership))
			p.must(err)
			if !p.alive(c, 200, p.converged) {
				t.Fatal("the iPads do not settle")
			}
			for _, s := range []string{serial, serial + "9"} {
				_, err := st.GiveOrder(ctx, p.by, school.Refresh, []school.DeviceID{p.page(s).Device.ID})
				p.must(err)
			}
			p.live(20, func() bool { return false })
			told := map[string][]string{}
			for _, q := range mdm.Sight(ownership) {
				told[q.Request] = q.Items
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			for request, items := range w.asked {
				said, known := told[request]
				if !known && mdm.Asks(request) {
					t.Errorf("%s is asked and nobody is told", request)
				}
				if request == "ManagedApplicationList" && len(items) != 1 {
					t.Errorf("more than the one app that was given is asked for: %v", items)
					continue
				}
				for i := range items {
					if request != "ManagedApplicationList" && !slices.Contains(said, i) {
						t.Errorf("%s asks for %s and nobody is told", request, i)
					}
				}
			}
			for request, items := range told {
				if w.asked[request] == nil {
					t.Errorf("people are told of %s, which is never asked", request)
				}
				for _, i := range items {
					if request == "DeviceInformation" && !w.asked[request][i] {
						t.Errorf("people are told of %s, which is never asked", i)
					}
				}
			}
		})
	}
}

// What a device of parents, or one nobody confirmed, is never asked: which apps it has, where it is, its numbers, its passcode, its
// battery. Every request the played iPad got is read. Of apps it is asked about those the school gave it, by name, and about none else.
func TestAParentOwnedIPadIsNeverAskedForItsApps(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, given := range []int{0, 1} {
			t.Run(fmt.Sprint(engine, " ", given), func(t *testing.T) { neverAsked(t, engine, given) })
		}
	}
}

func neverAsked(t *testing.T, engine string, given int) {
	url, c := storetest.URL(t, engine), &clock{}
	st := storetest.Open(t, url, store.Options{Now: c.now})
	p := play(t, st, sim.Calm())
	p.url = url
	w := &wire{asked: map[string]map[string]bool{}}
	p.handler.(*mux.Router).Use(w.between)
	apps := p.sells(2, 2)
	p.give(apps[:given]...)
	p.deliver(sim.Spec{Serial: "F9FXK2EFGH", OSVersion: "26.4", SignsGET: true})
	_, err := p.exec(`UPDATE device SET ownership = 'parent'`)
	p.must(err)
	p.fleet.IPad("F9FXK2EFGH").InstallAppByUser(sim.App{AdamID: "777", BundleID: "example.private.game", Name: "Privat"})
	if !p.alive(c, 200, p.converged) {
		t.Fatal("the iPad does not settle")
	}
	if _, there := p.fleet.IPad("F9FXK2EFGH").Snapshot().App(apps[0].bundle); there != (given > 0) {
		t.Errorf("the app is there: %v", there)
	}
	c.moved += 25 * time.Hour // the questions of every day
	_, err = st.GiveOrder(context.Background(), p.by, school.Refresh, []school.DeviceID{p.page("F9FXK2EFGH").Device.ID})
	p.must(err)
	p.alive(c, 20, func() bool { return false })
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.asked["DeviceInformation"]["OSVersion"] || !w.asked["StatusItems"]["device.operating-system.version"] {
		t.Fatalf("nothing was asked: %v", w.asked)
	}
	for _, request := range []string{"InstalledApplicationList", "ManagedApplicationFeedback", "DeviceLocation", "SecurityInfo", "CertificateList", "Restrictions", "UserList"} {
		if w.asked[request] != nil {
			t.Errorf("%s was asked", request)
		}
	}
	if list := w.asked["ManagedApplicationList"]; given == 0 && list != nil || given == 1 && (len(list) != 1 || !list[apps[0].bundle]) {
		t.Errorf("of apps was asked: %v", list)
	}
	for request, never := range map[string][]string{
		"DeviceInformation": {"DeviceName", "SerialNumber", "UDID", "WiFiMAC", "BluetoothMAC", "ServiceSubscriptions", "AvailableDeviceCapacity", "BatteryLevel", "IsMDMLostModeEnabled", "iTunesStoreAccountHash", "LastCloudBackupDate"},
		"StatusItems": {"app.managed.list", "mdm.app", "device.identifier.serial-number", "device.identifier.udid", "device.power.battery-health", "passcode.is-present", "passcode.is-compliant",
			"security.certificate.list", "account.list.mail.incoming"}} {
		for _, item := range never {
			if w.asked[request][item] {
				t.Errorf("%s asked for %s", request, item)
			}
		}
	}
}
