package ui

import (
	"context"
	"net/url"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func TestStartSaysWhatAHumanMustDo(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	ctx := context.Background()
	c.get("/").says(t, 200, "Zu tun", "Es gibt noch kein Push-Zertifikat.", "1 iPad wurde von Hand registriert und wartet auf Bestätigung.",
		"2 neue iPads gehören noch zu keiner Schule.", "35 iPads:", "Stand:")
	if _, err := w.st.RaiseAlarm(ctx, store.Alarm{Authority: w.authority, School: w.Nord, Kind: "school_silent", Subject: string(w.Nord), Urgency: store.Today,
		Detail: map[string]any{"devices": 31, "since": noon.Add(-30 * time.Minute).Format(time.RFC3339)}}); err != nil {
		t.Fatal(err)
	}
	for _, d := range w.Devices[7:9] {
		if _, err := w.st.RaiseAlarm(ctx, store.Alarm{Authority: w.authority, School: w.Nord, Kind: "possible_clone", Subject: string(d), Urgency: store.Today}); err != nil {
			t.Fatal(err)
		}
	}
	page := c.get("/?part=start")
	page.says(t, 200, "Gymnasium Nord: 31 iPads schweigen seit heute 07:40, alle zugleich.", "Vermutlich das WLAN der Schule, nicht die iPads.", "31 iPads ansehen",
		"2 Geräteausweise werden vermutlich von zwei Geräten benutzt.")
	c.get("/devices?state=alarmed&alarm=possible_clone").says(t, 200, "MS-26-000404", "MS-26-000405", "1 bis 2 von 2", "mit einer Warnung")
	c.get("/devices?state=alarmed&alarm=binding_broken").says(t, 200, "Keine Geräte gefunden.")

	if err := w.st.StorePush(ctx, w.by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte("x"), Key: []byte("y"), Ends: noon.Add(6*24*time.Hour + time.Hour),
		AppleAccount: "push@musterstadt.example"}); err != nil {
		t.Fatal(err)
	}
	c.get("/").says(t, 200, "Das Push-Zertifikat läuft in 6 Tagen ab (23.11.2026). Danach ist kein iPad erreichbar.", "Nötig: Apple Account push@musterstadt.example", "Schritt für Schritt erneuern")

	// A school sees what is its own; who changes nothing is told nothing to do that he cannot.
	w.as(w.Clerk).get("/").hides(t, "Push-Zertifikat", "zu keiner Schule")
	w.as(w.Clerk).get("/").says(t, 200, "Gymnasium Nord: 31 iPads schweigen")
	w.as(w.Auditor).get("/").hides(t, "bestätigen")
}

// A start page that stands open asks what lending asks once a minute, and at once what one opens or may do anew.
func TestAStartPageThatStandsOpenCountsLendingOnceAMinute(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	moving := func() answer { return c.get("/?part=start") }
	moving().hides(t, "Ausgabetag")
	_, _, err := w.st.SetIssueDay(t.Context(), w.by, school.IssueDay{School: w.Nord, Name: "Ausgabe 7", Day: "2026-11-18", Classes: []school.ClassID{w.C7a}})
	ok(t, 0, err)
	moving().hides(t, "Ausgabetag")
	w.clock(noon.Add(lendingKept))
	moving().says(t, 200, "Morgen ist Ausgabetag: Ausgabe 7")
	_, _, err = w.st.SetIssueDay(t.Context(), w.by, school.IssueDay{School: w.Nord, Name: "Noch eine", Day: "2026-11-18", Classes: []school.ClassID{w.C7b}})
	ok(t, 0, err)
	c.get("/").says(t, 200, "Noch eine")
	moving().says(t, 200, "Noch eine")
}

// TestNoTroubleIsToldTwice: a device that stands in one line of the start page stands in no other.
func TestNoTroubleIsToldTwice(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	w.converge()
	w.assign(school.Scope{Level: school.AtAuthority, ID: string(w.authority)}, w.Wifi, false)
	w.converge()
	troubled := []school.DeviceID{w.Unplaced[0], w.Unconfirmed, w.Devices[7], w.Devices[8], w.Devices[9]}
	for _, d := range troubled {
		w.refuse(d)
	}
	for _, d := range []school.DeviceID{w.Devices[8], w.Devices[9]} {
		if _, err := w.st.RaiseAlarm(context.Background(), store.Alarm{Authority: w.authority, School: w.Nord, Kind: "replay_or_reset", Subject: string(d), Urgency: store.Today}); err != nil {
			t.Fatal(err)
		}
	}
	count := func(state store.DeviceState) int {
		n, err := w.st.CountDevices(context.Background(), w.by, store.DeviceFilter{State: state})
		return ok(t, n, err)
	}
	// 15.8 is too old for the network: with the refusal of one, two need help that nothing else tells.
	if n := count(store.HelpElse); n != 2 {
		t.Errorf("%d need help for a reason of their own", n)
	}
	page := c.get("/")
	page.says(t, 200, "2 iPads brauchen Hilfe.", "2 neue iPads gehören noch zu keiner Schule.", "1 iPad wurde von Hand registriert", "2 iPads, die gerade noch da waren, haben sich neu angemeldet.",
		"6 brauchen Hilfe (oben)")
	c.get("/devices?state=help_else").says(t, 200, "MS-26-000398", "MS-26-000404", "1 bis 2 von 2")
}

// TestWhoIsSilentIsToldOnce: who lacks something because nobody switched it on is told with the silent ones.
func TestWhoIsSilentIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	w.clock(noon.Add(3 * 24 * time.Hour)) // it slept for twelve days before
	c := w.as(w.Admin)
	c.get("/").says(t, 200, "1 iPad wurde seit über 14 Tagen nicht gesehen.", "1 iPad braucht Hilfe.")
	c.get("/devices?state=silent").says(t, 200, "MS-26-000417", "1 bis 1 von 1")
	c.get("/devices?state=help_else").says(t, 200, "MS-26-000398", "1 bis 1 von 1")
}

// TestInHolidaysWhoLacksSomethingIsTold: when most are silent nobody has to look for them, and still what the sum counts is told.
func TestInHolidaysWhoLacksSomethingIsTold(t *testing.T) {
	w := newWorld(t)
	if _, err := w.st.ConfirmDevice(context.Background(), w.by, w.Unconfirmed); err != nil {
		t.Fatal(err)
	}
	w.converge(w.awake()...)
	w.clock(noon.Add(6 * 7 * 24 * time.Hour))
	c := w.as(w.Clerk)
	c.get("/").hides(t, "seit über 14 Tagen nicht gesehen", "(oben)")
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	c.get("/").says(t, 200, "27 iPads wurden seit über 14 Tagen nicht gesehen, und ihnen fehlt etwas.", "Vermutlich sind Ferien.", "27 brauchen Hilfe (oben)")
	c.get("/devices?state=silent_help").says(t, 200, "MS-26-000398", "1 bis 27 von 27")
}

func TestNothingToDo(t *testing.T) {
	w := newWorld(t)
	w.as(w.Operator).get("/").hides(t, "Heute ist nichts zu tun.")
	ctx := context.Background()
	if _, err := w.st.ConfirmDevice(ctx, w.by, w.Unconfirmed); err != nil {
		t.Fatal(err)
	}
	w.converge(w.awake()...)
	w.as(w.Clerk).get("/").says(t, 200, "Heute ist nichts zu tun.", "28 iPads: 28 wie festgelegt · 0 holen auf · 0 brauchen Hilfe")
}

func TestAFreshInstallationIsLedToItsFirstIPad(t *testing.T) {
	w := emptyWorld(t)
	c := w.as(w.Admin)
	c.get("/").says(t, 200, "Noch 6 Schritte bis zum ersten iPad", "Schulträger", "Push-Zertifikat", "Apple-Token", "Schule", "Einrichtungs-WLAN", "Erstes iPad",
		"Nötig: wer Apple School Manager verwalten darf")
	ctx := context.Background()
	at, err := w.st.CreateSchool(ctx, w.by, school.School{Name: "Grundschule Eins"})
	if err != nil {
		t.Fatal(err)
	}
	c.get("/").says(t, 200, "Noch 5 Schritte bis zum ersten iPad", "WLAN eintragen")
	if _, err := w.st.SetNetwork(ctx, w.by, at, school.Network{SSID: "Eins", Security: "None"}); err != nil {
		t.Fatal(err)
	}
	c.get("/").says(t, 200, "Noch 4 Schritte bis zum ersten iPad", "erledigt")
	c.get("/devices").says(t, 200, "Keine Geräte gefunden.", "Lieferung einlesen")
	c.get("/people").says(t, 200, "Noch keine Personen.")
}

func TestTheDemoPlaysTheWeather(t *testing.T) {
	var played []string
	w := newWorld(t, func(c *Config) {
		c.Demo = &Demo{Play: func(_ context.Context, game string) error { played = append(played, game); return nil }}
	})
	c := w.as(w.Admin)
	c.get("/").says(t, 200, "Wetter spielen", "Profil am iPad entfernen", "WLAN der Schule aus")
	if a := c.post("/demo/play", url.Values{"game": {"wifi_off"}}); a.Status != 303 || a.Location != "/" {
		t.Errorf("%d to %q", a.Status, a.Location)
	}
	c.post("/demo/play", url.Values{"game": {"nonsense"}}).says(t, 404)
	if len(played) != 1 || played[0] != "wifi_off" {
		t.Errorf("played %v", played)
	}
	plain := newWorld(t)
	p := plain.as(plain.Admin)
	p.get("/").hides(t, "Wetter spielen")
	p.post("/demo/play", url.Values{"game": {"wifi_off"}}).says(t, 404)
}
