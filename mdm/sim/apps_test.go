package sim_test

import (
	"testing"
	"time"

	"ranzen/mdm/sim"
)

// equipped is an enrolled iPad and a location that has given it licences of two apps.
func equipped(t *testing.T, weather sim.Weather, spec sim.Spec) (*world, *sim.IPad, *sim.Location) {
	t.Helper()
	w := newWorld(t, weather)
	w.apple.Offer(wares...)
	i := w.enrolled(spec)
	l := w.apple.AddLocation("Nord", "Musterstadt")
	for _, id := range []string{"1001", "1002", "1004"} {
		l.Buy(id, 3)
	}
	l.Give("1001", i.Serial())
	l.Give("1004", i.Serial())
	return w, i, l
}

func installApp(id int64) map[string]any {
	return map[string]any{"RequestType": "InstallApplication", "iTunesStoreID": id, "Options": map[string]any{"PurchaseMethod": 1}, "ManagementFlags": 1,
		"Configuration": map[string]any{"school": "Nord"}}
}

func (w *world) managed(i *sim.IPad) map[string]any {
	w.t.Helper()
	m := w.run(i, map[string]any{"RequestType": "ManagedApplicationList"})
	list, _ := m.body["ManagedApplicationList"].(map[string]any)
	return list
}

func TestAnAppIsLoadedOnlyWithALicence(t *testing.T) {
	weather := sim.Calm()
	weather.AppTakes = time.Minute
	w, i, l := equipped(t, weather, sim.Spec{OSVersion: "18.5"})
	for id, reason := range map[int64]string{1003: "NotAnApp", 1004: "NotSupported", 77: "CouldNotVerifyAppID"} {
		if m := w.run(i, installApp(id)); m.kind != "Error" || m.body["RejectionReason"] != reason {
			t.Errorf("%d: %s %v", id, m.kind, m.body)
		}
	}
	if m := w.run(i, installApp(1002)); m.kind != "Error" || m.body["ErrorChain"] == nil {
		t.Errorf("without a licence: %s %v", m.kind, m.body)
	}
	if m := w.run(i, installApp(1001)); m.kind != "Acknowledged" || m.body["State"] != "Queued" {
		t.Fatalf("install: %s %v", m.kind, m.body)
	}
	w.live(2 * time.Minute)
	list := w.managed(i)
	if a, _ := list["org.example.paint"].(map[string]any); a["Status"] != "Managed" || a["HasConfiguration"] != true || len(list) != 1 {
		t.Errorf("managed: %v", list)
	}
	if a, ok := i.Snapshot().App("org.example.paint"); !ok || a.Configuration["school"] != "Nord" {
		t.Errorf("on the iPad: %+v", i.Snapshot().Apps)
	}
	if err := i.RemoveAppByUser("org.example.paint"); err != nil {
		t.Error(err)
	}
	if a, _ := w.managed(i)["org.example.paint"].(map[string]any); a["Status"] != "ManagedButUninstalled" {
		t.Errorf("removed by the user: %v", a)
	}
	if m := w.run(i, map[string]any{"RequestType": "RemoveApplication", "Identifier": "org.example.paint"}); m.kind != "Acknowledged" || len(w.managed(i)) != 0 {
		t.Errorf("remove: %v", m.body)
	}
	i.ForbidStore(true)
	if m := w.run(i, installApp(1001)); m.body["RejectionReason"] != "AppStoreDisabled" {
		t.Errorf("store off: %v", m.body)
	}
	i.ForbidStore(false)
	i.InstallAppByUser(wares[0])
	if m := w.run(i, installApp(1001)); m.body["RejectionReason"] != "AppAlreadyInstalled" {
		t.Errorf("there already: %v", m.body)
	}
	take := installApp(1001)
	take["ChangeManagementState"] = "Managed"
	if m := w.run(i, take); m.kind != "Acknowledged" || len(w.managed(i)) != 1 {
		t.Errorf("taken over: %v", m.body)
	}
	if total, used := l.Counts("1001"); total != 3 || used != 1 {
		t.Errorf("licences: %d of %d", used, total)
	}
}

func TestAnAppNeedsRoom(t *testing.T) {
	w, i, _ := equipped(t, sim.Calm(), sim.Spec{FreeGB: 1})
	w.run(i, installApp(1004))
	w.live(time.Minute)
	if a, _ := w.managed(i)["org.example.new"].(map[string]any); a["Status"] != "Failed" {
		t.Errorf("4 GB on 1 GB: %v", a)
	}
}

func declaredApp(token, id string) declared {
	return declared{"configuration", token, "com.apple.configuration.app.managed",
		map[string]any{"AppStoreID": id, "InstallBehavior": map[string]any{"Install": "Required", "License": map[string]any{"Assignment": "Device"}}}}
}

func (w *world) reportedApps() []any {
	status := w.server.lastStatus()
	items, _ := status["StatusItems"].(map[string]any)
	app, _ := items["app"].(map[string]any)
	managed, _ := app["managed"].(map[string]any)
	list, _ := managed["list"].([]any)
	return list
}

func TestADeclaredAppComesIsTakenOverAndGoes(t *testing.T) {
	w, i, l := equipped(t, sim.Calm(), sim.Spec{})
	w.run(i, installApp(1001)) // by command first
	w.live(time.Minute)
	all := map[string]declared{"s": subscription("1", "app.managed.list"), "as": activation("1", "s"), "p": declaredApp("1", "1001"), "ap": activation("1", "p"),
		"h": declaredApp("1", "1002"), "ah": activation("1", "h")}
	w.declare(i, "one", all)
	w.live(time.Minute)
	states := map[string]string{}
	for _, e := range w.reportedApps() {
		a := e.(map[string]any)
		states[a["identifier"].(string)] = a["state"].(string)
	}
	if states["org.example.paint"] != "managed" || states["org.example.school"] != "failed" {
		t.Errorf("reported: %v", states)
	}
	if got := w.managed(i); len(got) != 0 {
		t.Errorf("commands still see %v", got)
	}
	l.Give("1002", i.Serial())
	all["h"] = declaredApp("2", "1002")
	w.declare(i, "two", all)
	w.live(time.Minute)
	if _, ok := i.Snapshot().App("org.example.school"); !ok {
		t.Errorf("with a licence: %+v", i.Snapshot().Apps)
	}
	delete(all, "p")
	delete(all, "ap")
	w.declare(i, "three", all)
	w.live(time.Minute)
	if _, ok := i.Snapshot().App("org.example.paint"); ok {
		t.Error("no longer declared and still there")
	}
}
