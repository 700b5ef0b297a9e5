package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// teacher makes somebody who teaches 7b and can be reached.
func (w *world) teacher(given, family, email string) {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.Nord, Kind: school.Teacher, Given: given, Family: family, Email: email}, "")
	ok(w.t, id, err)
	_, err = w.st.AddMember(ctx, w.by, school.Membership{Person: id, Class: w.C7b, Teaches: true})
	ok(w.t, id, err)
}

func TestAHintToTheClassTeacher(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	c, asleep := w.as(w.Clerk), deviceAddress(w.Asleep)

	// Nobody teaches the class, so far as anybody knows: there is no button, and pressing it all the same says why.
	c.get(asleep).says(t, 200, "Es fehlt: WLAN Schule", "Zettel")
	c.get(asleep).hides(t, "Hinweis an Klassenleitung")
	c.post(asleep+"/hint", nil).says(t, 409, "keine Klassenleitung mit E-Mail-Adresse")

	w.teacher("Eva", "Probe", "eva@nord.example")
	c.get(asleep).says(t, 200, "Hinweis an Klassenleitung")
	c.get(deviceAddress(w.Devices[0])).hides(t, "Hinweis an Klassenleitung", "Zettel")
	c.post(deviceAddress(w.Devices[0])+"/hint", nil).says(t, 409, "nichts, was jemand von Hand tun müsste")
	if a := c.post(asleep+"/hint", nil, "Accept-Language", "en"); a.Status != 303 || a.Location != asleep {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	page := c.get(asleep)
	page.says(t, 200, "Hinweis heute 08:10 an Eva Probe geschickt, durch Birte Beispiel.")
	page.hides(t, "Hinweis an Klassenleitung")
	if !strings.Contains(page.Body, "Hinweis an 1 Person geschickt.") {
		t.Error("the page does not say what was done")
	}
	c.get(asleep+"/history").says(t, 200, "Hinweis an die Klassenleitung geschickt")
	c.post(asleep+"/hint", nil).says(t, 409, "Zu diesem iPad ging gerade erst ein Hinweis hinaus. Der nächste ist in 60 Minuten möglich.")

	letters, err := w.st.ClaimMail(context.Background(), 10, time.Minute)
	if err != nil || len(letters) != 1 {
		t.Fatal(letters, err)
	}
	m := letters[0]
	for _, text := range []string{"MS-26-000417", "Klasse 7b", "Es fehlt: WLAN Schule (Fassung 1)", "Warum: Das iPad hat sich seit 12 Tagen nicht gemeldet",
		"Was hilft: Einschalten und mit einem WLAN verbinden", "Schul-IT, Tel. 02 02 / 1 23 45", "Musterstadt"} {
		if !strings.Contains(m.Body, text) {
			t.Errorf("the letter does not say %q:\n%s", text, m.Body)
		}
	}
	p, err := w.st.DeviceByID(context.Background(), w.by, w.Asleep)
	holder := ok(t, p, err).Holder
	for _, name := range []string{holder.Given, holder.Family, "Beispiel", "Probe"} {
		if strings.Contains(m.Subject+m.Body, name) {
			t.Errorf("the letter names %q:\n%s", name, m.Body)
		}
	}
	w.clock(noon.Add(store.HintEvery))
	c.get(asleep).says(t, 200, "Hinweis heute 08:10", "Hinweis an Klassenleitung")

	for _, login := range []string{w.Operator, w.Auditor} {
		other := w.as(login)
		other.get(asleep).hides(t, "Eva", "Hinweis an Klassenleitung")
		if a := other.post(asleep+"/hint", nil); a.Status != 404 {
			t.Errorf("%s: %d", login, a.Status)
		}
	}
}

func TestASlipOfPaperSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	c := w.as(w.Clerk)
	p, err := w.st.DeviceByID(context.Background(), w.by, w.Asleep)
	holder := ok(t, p, err).Holder.Short()
	c.get(deviceAddress(w.Asleep)+"/slip").says(t, 200, "MS-26-000417", holder+" · Klasse 7b", "Dieses iPad braucht Ihre Hilfe.", "Das iPad hat sich seit 12 Tagen nicht gemeldet",
		"Das iPad an ein Ladekabel anschließen.", "Mit einem WLAN verbinden", "Wenn es klemmt: Schul-IT, Tel. 02 02 / 1 23 45")
	c.get(deviceAddress(w.Old)+"/slip").says(t, 200, "iPadOS aktualisieren")
	c.get(deviceAddress(w.Devices[0])+"/slip").says(t, 200, "Für dieses iPad braucht es keinen Zettel.")
	c.get(deviceAddress(w.InCase[0])+"/slip").says(t, 404)
	w.as(w.Auditor).get(deviceAddress(w.Asleep)+"/slip").hides(t, holder)
}

func TestWhatWasRefusedIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge()
	refused := w.Devices[3:6]
	for _, d := range refused {
		w.refuse(d)
	}
	c, class := w.as(w.Clerk), classAddress(w.C7b)
	c.get(deviceAddress(refused[0])).says(t, 200, "Abgelehnt: WLAN Schule", "Erneut versuchen", "5-mal abgelehnt")
	c.get(class).says(t, 200, "Erneut versuchen", "3 iPads erneut versuchen")
	if a := c.post(deviceAddress(refused[0])+"/retry", nil); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	after := c.get(deviceAddress(refused[0]))
	after.says(t, 200, "Kommt noch: WLAN Schule", "Das iPad bekommt das Profil, sobald es sich meldet.")
	after.hides(t, "Erneut versuchen", "0-mal")
	if !strings.Contains(after.Body, "1 iPad versucht es erneut, sobald es online ist.") {
		t.Error("the page does not say what was done")
	}
	c.get(deviceAddress(refused[0])+"/history").says(t, 200, "Abgelehntes auf 1 iPad erneut versucht")
	c.post(deviceAddress(refused[0])+"/retry", nil).says(t, 409, "nichts, was erneut zu versuchen wäre")
	c.get(class).says(t, 200, "2 iPads erneut versuchen")
	if a := c.post(class+"/retry", nil); a.Status != 303 || a.Location != class {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get(class).hides(t, "erneut versuchen", "Erneut versuchen")
	c.post(class+"/retry", nil)
	w.converge(refused...)
	c.get(deviceAddress(refused[0])).says(t, 200, "Alles wie festgelegt")
	for path, status := range map[string]int{deviceAddress(w.InCase[0]) + "/retry": 404, classAddress(w.C3a) + "/retry": 404} {
		if a := c.post(path, nil); a.Status != status {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	w.as(w.Auditor).post(deviceAddress(refused[1])+"/retry", nil).says(t, 404)
}

// refuse has a device refuse for good what it was given last.
func (w *world) refuse(d school.DeviceID) {
	w.t.Helper()
	ctx := context.Background()
	p, err := w.st.DeviceByID(ctx, w.by, d)
	f, have, _, err2 := w.st.Facts(ctx, w.authority, ok(w.t, p, err).Enrollment.ID)
	ok(w.t, 0, err2)
	w.st.Seen(f.Enrollment, d, w.st.Now())
	want := mdm.Desired(f).Items
	err = w.st.Observe(ctx, w.authority, f.Enrollment, "", func(o *store.Observation) error {
		for _, i := range want {
			if _, there := have.Present[i.Key]; !there {
				o.Have.Items[i.Key] = school.ItemState{Phase: school.Failed, Hash: i.Hash, Attempts: 5, Final: true, Code: "MCInstallationErrorDomain 4001", Since: o.Now}
			}
		}
		return nil
	})
	ok(w.t, 0, err)
}
