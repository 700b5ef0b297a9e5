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

// onTheWire lets iPads of an ownership live, with as many of two apps as given, refreshes them and hands over everything they
// were asked, with the apps.
func onTheWire(t *testing.T, engine string, ownership school.Ownership, given int, serials ...string) (map[string]map[string]bool, []soldApp) {
	t.Helper()
	ctx := context.Background()
	c := &clock{}
	st := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: c.now})
	p := play(t, st, sim.Calm())
	w := &wire{asked: map[string]map[string]bool{}}
	id, version := p.profile("webclip", "Regeln", map[string][]string{"label": {"Regeln"}, "url": {"https://regeln.example"}})
	p.assign(school.AtAuthority, string(p.by.Tenant), id, version)
	apps := p.sells(2, 2)
	p.give(apps[:given]...)
	specs := []sim.Spec{{Serial: serials[0], OSVersion: "26.4", SignsGET: true}}
	for _, s := range serials[1:] {
		specs = append(specs, sim.Spec{Serial: s, OSVersion: "15.8"})
	}
	p.handler.(*mux.Router).Use(w.between)
	p.deliver(specs...)
	var all []school.DeviceID
	for _, s := range serials {
		all = append(all, p.page(s).Device.ID)
	}
	_, err := st.SetOwnership(ctx, p.by, all, ownership)
	p.must(err)
	p.fleet.IPad(serials[0]).InstallAppByUser(sim.App{AdamID: "777", BundleID: "example.private.game", Name: "Privat"})
	if !p.alive(c, 200, p.converged) {
		t.Fatal("the iPads do not settle")
	}
	if _, there := p.fleet.IPad(serials[0]).Snapshot().App(apps[0].bundle); there != (given > 0) {
		t.Errorf("the app is there: %v", there)
	}
	c.moved += 25 * time.Hour // the questions of every day
	for _, d := range all {
		_, err := st.GiveOrder(ctx, p.by, school.Refresh, []school.DeviceID{d})
		p.must(err)
	}
	p.alive(c, 20, func() bool { return false })
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked, apps
}

// What people are told can be seen is what goes over the wire, for the school's iPads, for those of teachers and for those of
// parents: nothing is asked that is not said, and nothing is said that is not asked.
func TestDSG13_WhatIsAskedIsWhatPeopleAreTold(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, ownership := range school.Ownerships {
			t.Run(engine+"/"+string(ownership), func(t *testing.T) {
				asked, _ := onTheWire(t, engine, ownership, 1, "F9FXK2ABCD", "F9FXK2ABCE")
				told := map[string][]string{}
				for _, q := range mdm.Sight(ownership) {
					told[q.Request] = q.Items
				}
				for request, items := range asked {
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
					if asked[request] == nil {
						t.Errorf("people are told of %s, which is never asked", request)
					}
					for _, i := range items {
						if request == "DeviceInformation" && !asked[request][i] {
							t.Errorf("people are told of %s, which is never asked", i)
						}
					}
				}
			})
		}
	}
}

// What a device is never asked, by whose it is.
var neverAsked = map[school.Ownership]map[string][]string{
	school.Owned: {
		"DeviceInformation": {"DeviceName", "WiFiMAC", "BluetoothMAC", "ServiceSubscriptions", "iTunesStoreAccountHash", "LastCloudBackupDate"},
		"StatusItems":       {"security.certificate.list", "account.list.mail.incoming"},
	},
	school.OfStaff: {
		"DeviceInformation": {"DeviceName", "WiFiMAC", "BluetoothMAC", "ServiceSubscriptions", "BatteryLevel", "iTunesStoreAccountHash", "LastCloudBackupDate"},
		"StatusItems":       {"security.certificate.list", "account.list.mail.incoming"},
	},
	school.Parent: {
		"DeviceInformation": {"DeviceName", "SerialNumber", "UDID", "WiFiMAC", "BluetoothMAC", "ServiceSubscriptions", "AvailableDeviceCapacity", "BatteryLevel", "IsMDMLostModeEnabled", "iTunesStoreAccountHash", "LastCloudBackupDate"},
		"StatusItems": {"app.managed.list", "mdm.app", "device.identifier.serial-number", "device.identifier.udid", "device.power.battery-health", "passcode.is-present", "passcode.is-compliant",
			"security.certificate.list", "account.list.mail.incoming"},
	},
}

// What a device is asked follows from whose it is. Every request the played iPad got is read: no device is asked for all its apps
// nor, out of lost mode, where it is; of apps it is asked about those the school gave it, by name, and about none else.
func TestAParentOwnedIPadIsNeverAskedForItsApps(t *testing.T) {
	for _, engine := range storetest.Engines {
		for _, ownership := range school.Ownerships {
			for _, given := range []int{0, 1} {
				t.Run(fmt.Sprint(engine, " ", ownership, " ", given), func(t *testing.T) {
					asked, apps := onTheWire(t, engine, ownership, given, "F9FXK2EFGH")
					if !asked["DeviceInformation"]["OSVersion"] || !asked["StatusItems"]["device.operating-system.version"] {
						t.Fatalf("nothing was asked: %v", asked)
					}
					for _, request := range []string{"InstalledApplicationList", "ManagedApplicationFeedback", "DeviceLocation", "SecurityInfo", "CertificateList", "Restrictions", "UserList"} {
						if asked[request] != nil {
							t.Errorf("%s was asked", request)
						}
					}
					for app := range asked["ManagedApplicationList"] {
						if given == 0 || app != apps[0].bundle {
							t.Errorf("it was asked about %s", app)
						}
					}
					for request, items := range neverAsked[ownership] {
						for _, item := range items {
							if asked[request][item] {
								t.Errorf("%s asked for %s", request, item)
							}
						}
					}
				})
			}
		}
	}
}
