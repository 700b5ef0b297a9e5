package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// ordered plans an order on the pages and carries it out.
func (c *client) ordered(form url.Values, typed string) answer {
	c.w.t.Helper()
	plan := c.post(planOrderPath, form)
	if plan.Status != 303 || !strings.HasPrefix(plan.Location, "/plans/") {
		c.w.t.Fatalf("%d to %q: %s", plan.Status, plan.Location, plan.read())
	}
	path, _, _ := strings.Cut(plan.Location, "?")
	return c.post(path+"/apply", url.Values{"typed": {typed}, "back": {"/devices"}})
}

func TestAnIPadIsErasedKnowingly(t *testing.T) {
	w := newWorld(t)
	c, d := w.as(w.Admin), deviceAddress(w.Devices[0])
	c.get(d).says(t, 200, "Löschen …", "Sperren …", "Für die nächste Person bereit machen …")
	c.get(d).hides(t, "Orten …", "Ton abspielen", "Person vom iPad löschen …")
	c.get(d+"/order?kind=erase").says(t, 200, "Alle Daten werden gelöscht", "Warum")
	c.get(d+"/order?kind=refresh").says(t, 404)
	form := url.Values{"kind": {"erase"}, "device": {string(w.Devices[0])}, "back": {d}}
	c.post(planOrderPath, form).says(t, 422, "Bitte füllen Sie dieses Feld aus.")
	form.Set("reason", "Rückgabe")
	plan := c.post(planOrderPath, form).Location
	c.get(plan).says(t, 200, "Alle Daten auf 1 iPad werden gelöscht; das lässt sich nicht rückgängig machen.", "60 Sekunden", "Rückgabe", "Löschen: 1 iPad", "Tippen Sie „MS-26-")
	c.get(plan).hides(t, "Rückgängig bis", "Kein iPad verliert sein bestätigtes Netz")
	path, _, _ := strings.Cut(plan, "?")
	wrong := c.post(path+"/apply", url.Values{"typed": {"falsch"}})
	wrong.says(t, 422, "genau so ein. Noch ist nichts geschehen.")
	if !strings.Contains(wrong.Body, `value="falsch"`) {
		t.Error("what was typed is gone")
	}
	page, err := w.st.DeviceByID(context.Background(), w.by, w.Devices[0])
	name := ok(t, page, err).Number
	if a := c.post(path+"/apply", url.Values{"typed": {name}}); a.Location != "/orders?show=all" {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	board := c.get("/orders?show=all")
	board.says(t, 200, "noch abzubrechen", "Abbrechen (noch", "Rückgabe", name)
	c.get(d+"/orders").says(t, 200, "noch abzubrechen", "Löschen")
	order := snip(board.Body, `action="/orders/`, `/withdraw`)
	if a := c.post("/orders/"+order+"/withdraw", nil); a.Status != 303 {
		t.Errorf("%d %s", a.Status, a.read())
	}
	c.get("/orders?show=all").says(t, 200, "abgebrochen")
	c.post("/orders/"+order+"/withdraw", nil).says(t, 409, "schon beendet")
}

func TestASecondPersonAgrees(t *testing.T) {
	w := newWorld(t)
	first, second := w.as(w.Admin), w.as(w.account("zwei@orders.example", "Zweite Person", school.Grant{Role: school.AuthorityAdmin}))
	form := url.Values{"filter": {"class=" + string(w.C7b)}, "all": {"1"}}
	first.post("/devices/order", form).says(t, 200, "Auftrag an 27 iPads", "Bereit machen", "Löschen und neu einrichten")
	form.Set("kind", "erase")
	first.post("/devices/order", form).says(t, 200, "27 iPads: Löschen", "Warum")
	form.Set("reason", "Jahrgang gibt zurück")
	form.Set("back", "/devices")
	first.get(first.post(planOrderPath, form).Location).says(t, 200, "Tippen Sie „7b“ ein", "Eine zweite Person muss innerhalb von 24 Stunden zustimmen", "beantragen")
	if a := first.ordered(form, "7B"); a.Location != "/orders" {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	board := first.get("/orders")
	board.says(t, 200, "wartet auf eine zweite Person", "Jahrgang gibt zurück", "Zurückziehen")
	board.hides(t, "Zustimmen</span>")
	order := snip(board.Body, `action="/orders/`, `/decline`)
	first.post("/orders/"+order+"/approve", nil).says(t, 409, "jemand anderes")
	second.get("/orders").says(t, 200, "Zustimmen", "Ablehnen")
	second.get("/").says(t, 200, "1 Auftrag wartet auf Ihre Zustimmung.", "„Löschen“ für 27 iPads beantragt", "1 Auftrag ansehen")
	first.get("/").hides(t, "wartet auf Ihre Zustimmung")
	if a := second.post("/orders/"+order+"/approve", nil); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	second.get("/").hides(t, "wartet auf Ihre Zustimmung")
	second.get("/orders?show=all").says(t, 200, "freigegeben durch Zweite Person", "noch abzubrechen")
	w.as(w.Admin).get("/audit").says(t, 200, "beantragt", "freigegeben")
}

func TestTheCodeAgainstAnActivationLockIsShownForAReason(t *testing.T) {
	w := newWorld(t)
	c, d := w.as(w.Admin), deviceAddress(w.Devices[0])
	page, err := w.st.DeviceByID(context.Background(), w.by, w.Devices[0])
	ok(t, page, err)
	err = w.st.Observe(context.Background(), w.authority, page.Enrollment.ID, "", func(o *store.Observation) error {
		o.Bypass = []byte("000H4-0R40M-30F2-0918-5HR3-8F17")
		return nil
	})
	ok(t, 0, err)
	c.get(d).says(t, 200, "Umgehungscode ansehen …", "Aktivierungssperre lösen …")
	c.get(d+"/bypass").says(t, 200, "Warum")
	c.post(d+"/bypass", url.Values{"reason": {""}}).says(t, 422, "Bitte füllen Sie dieses Feld aus.")
	a := c.post(d+"/bypass", url.Values{"reason": {"Liegt gesperrt auf dem Tisch"}})
	a.says(t, 200, "000H4-0R40M-30F2-0918-5HR3-8F17", "Anmeldename leer lassen")
	if !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Error("the code may be cached")
	}
	c.get("/audit").says(t, 200, "Umgehungscode der Aktivierungssperre angesehen")
}

func TestReturnedIPadsAreListedWithWhatTheyWaitFor(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/turnarounds").says(t, 200, "Kein iPad im Rücklauf.")
	if a := c.ordered(url.Values{"kind": {"ready"}, "device": {string(w.Devices[0])}, "reason": {"Rückgabe"}}, w.number(w.Devices[0])); a.Location != turnsPath {
		t.Fatalf("%d to %q: %s", a.Status, a.Location, a.read())
	}
	ok(t, 0, w.st.AdvanceTurnarounds(context.Background()))
	list := c.get("/turnarounds")
	list.says(t, 200, "Aktivierungssperre", "Beginnt gleich", "Beenden")
	c.get(deviceAddress(w.Devices[0])).says(t, 200, "Rücklauf", "Neu registrieren")
	c.get("/turnarounds?format=csv").says(t, 200, "Beginnt gleich")
	c.get("/turnarounds?show=halted").says(t, 200, "Keines braucht Hilfe.")
	id := snip(list.Body, `action="/turnarounds/`, `/stop`)
	c.post("/turnarounds/"+id+"/resume", nil).says(t, 409, "geht von selbst weiter")
	if a := c.post("/turnarounds/"+id+"/stop", nil); a.Status != 303 {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get("/turnarounds?show=ended").says(t, 200, "beendet", "beim Schritt")
}

func (w *world) number(d school.DeviceID) string {
	w.t.Helper()
	p, err := w.st.DeviceByID(context.Background(), w.by, d)
	return ok(w.t, p, err).Number
}

// Every reason a turnaround can wait for and every word against an order is said in both languages, with what helps.
func TestWhatStandsInTheWayOfOrdersIsSaid(t *testing.T) {
	reasons := []string{school.TurnHeld, school.TurnAsking, school.TurnLockKept, school.TurnNoApple, school.TurnWaiting, school.TurnLater, school.TurnSent, school.TurnAgain, school.TurnRefused,
		school.TurnSilent, school.TurnCalledOff, school.TurnComing, school.TurnNotBack, school.TurnSettingUp, school.TurnNoProfiles, school.TurnLoading, school.TurnNoApps}
	seen := map[string]string{}
	for _, l := range []web.Lang{web.German, web.English} {
		v := view{lang: l}
		for _, r := range reasons {
			_, text := v.turnSaid(store.TurnaroundRow{Turnaround: school.Turnaround{Step: school.TurnErase, Reason: r}})
			if text == "" || seen[text] != "" {
				t.Errorf("%s is said like %q: %q", r, seen[text], text)
			}
			seen[text] = r
		}
		for _, k := range school.OrderKinds {
			rule, _ := k.Rule()
			for _, key := range []string{"device.order.", "device.order.name."} {
				if wordOr(l, key+string(k), "") == "" {
					t.Errorf("%s%s has no words", key, k)
				}
			}
			if rule.Planned && (wordOr(l, "order.lead."+string(k), "") == "" || wordOr(l, "plan.order.does."+string(k), "") == "") {
				t.Errorf("%s is not said before it is given", k)
			}
		}
		for number := range map[string]bool{"12021": true, "12023": true, "12034": true, "12067": true, "12068": true, "12069": true, "12070": true, "12071": true, "12072": true, "12073": true, "12074": true, "12078": true, "12087": true, "99999": true} {
			text := web.OrderFault(l, school.Order{Kind: school.Erase, State: school.Refused, Result: "MCMDMErrorDomain " + number})
			if strings.Count(text, ".") < 1 || seen[text] != "" {
				t.Errorf("%s is said like %q: %q", number, seen[text], text)
			}
			seen[text] = number
		}
	}
}

func TestPagesOfOrdersAgainstTheirStructs(t *testing.T) {
	f := frameOf("Seite")
	at := web.When{At: noon, Now: noon.Add(time.Minute)}
	webtest.CheckTemplate(t, "secret", &secretPage{Frame: f, Lead: "x", Facts: []web.Fact{{Name: "a", Code: "b"}, {Name: "c", When: &at}}, Rows: []web.Fact{{Name: "d", Text: "e"}}, Back: "/"})
	webtest.CheckTemplate(t, "plan", &planPage{Frame: f, Sum: "x", Facts: []web.Fact{{Name: "a", Text: "b"}}, Warning: "w", Danger: true, Submit: "los", Apply: "/a", Drop: web.Action{Text: "x", Href: "/x"}, Back: "/"})
}
