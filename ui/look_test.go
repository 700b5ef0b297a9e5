package ui

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// decidingPages are the pages of these files in their states, by the name of their picture.
func decidingPages(t *testing.T, w *world, c *client) [][2]string {
	t.Helper()
	ctx := context.Background()
	if _, err := w.st.RaiseAlarm(ctx, store.Alarm{Authority: w.authority, School: w.Nord, Kind: "school_silent", Subject: string(w.Nord), Urgency: store.Today,
		Detail: map[string]any{"devices": 31, "since": noon.Add(-30 * time.Minute).Format(time.RFC3339)}}); err != nil {
		t.Fatal(err)
	}
	if err := w.st.StorePush(ctx, w.by, store.PushUpload{Topic: "com.apple.mgmt.example", Certificate: []byte("x"), Key: []byte("y"), Ends: noon.Add(6*24*time.Hour + time.Hour),
		AppleAccount: "push@musterstadt.example"}); err != nil {
		t.Fatal(err)
	}
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	w.converge(w.awake()...)
	w.teacher("Eva", "Probe", "eva@nord.example")
	plan := c.post(assignPath, url.Values{"kind": {"move"}, "to": {"school:" + string(w.West)}, "filter": {"school=" + string(w.Nord)}, "all": {"1"}, "back": {"/devices"}}).Location
	class, device := classAddress(w.C7b), deviceAddress(w.Asleep)
	return [][2]string{
		{"start", "/"}, {"schools", "/schools"}, {"school", schoolAddress(w.Nord)}, {"school-assigned", schoolAddress(w.Nord) + "/assigned"}, {"school-empty", schoolAddress(w.West)}, {"school-archive", schoolAddress(w.West) + "/archive"}, {"school-archive-not", schoolAddress(w.Nord) + "/archive"},
		{"class", class}, {"class-devices", class + "/devices"}, {"class-people", class + "/people"}, {"class-history", class + "/history"}, {"class-print", class + "/print"},
		{"device", device}, {"device-fine", deviceAddress(w.Devices[0])}, {"device-old", deviceAddress(w.Old)}, {"device-items", device + "/items"}, {"device-orders", device + "/orders"},
		{"device-history", device + "/history"}, {"device-edit", device + "/edit"}, {"device-release", device + "/release"}, {"device-unconfirmed", deviceAddress(w.Unconfirmed)}, {"device-slip", device + "/slip"},
		{"assign", assignAddress(school.Scope{Level: school.AtClass, ID: string(w.C7a)}, class)}, {"plan", plan}, {"plan-names", plan + "&names=0"},
		{"devices", "/devices"}, {"devices-none", "/devices?q=nichtdabei"}, {"people", "/people"}, {"person", personAddress(w.Pupils[0])}, {"search", "/search?q=7b"}, {"search-none", "/search?q=zzzz"},
	}
}

// examined are the pages axe looks at; the others are made of the same parts.
var examined = map[string][]string{
	"desk":          {"start", "school-assigned", "school-archive", "school-archive-not", "class", "class-people", "class-print", "device", "device-items", "device-orders", "device-edit", "device-release", "device-slip", "assign", "plan-names", "devices", "person", "search"},
	"phone-dark-en": {"start", "class", "device", "plan-names", "devices"},
}

func TestPagesInABrowser(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Demo = &Demo{Play: func(context.Context, string) error { return nil }} })
	c := w.as(w.Admin)
	pages := decidingPages(t, w, c)
	for _, look := range []struct {
		name string
		o    webtest.Options
	}{
		{"desk", webtest.Options{}},
		{"phone-dark-en", webtest.Options{Width: 390, Height: 844, Dark: true, Cookies: map[string]string{"lang": "en"}}},
	} {
		t.Run(look.name, func(t *testing.T) {
			var tab *webtest.Tab
			for i, p := range pages {
				if i%8 == 0 { // a tab lives for two minutes
					tab = c.open(t, "/help", look.o)
				}
				tab.Goto(w.server.URL + p[1])
				tab.Fits()
				if slices.Contains(examined[look.name], p[0]) {
					t.Log(p[0])
					tab.Axe()
				}
				picture(tab, p[0]+"-"+look.name)
			}
		})
	}
}

func TestAClassMovesByItselfAndKeepsWhatIsOpen(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C7b)}, w.Wifi, false)
	tab := c.open(t, classAddress(w.C7b), webtest.Options{})
	tab.Until(`document.querySelector('#assigned').innerText.includes('0/27')`)
	w.converge(w.awake()...)
	tab.Until(`document.querySelector('#assigned').innerText.includes('25/27')`)
	if text := tab.Text("#assigned"); !strings.Contains(text, "Seit 12 Tagen nicht gesehen") {
		t.Error(text)
	}
	// An open list of evidence stays open while the page asks anew.
	tab.Goto(w.server.URL + deviceAddress(w.Asleep))
	tab.Click("#answer summary")
	if _, err := w.st.GiveOrder(context.Background(), w.by, school.Refresh, []school.DeviceID{w.Asleep}); err != nil {
		t.Fatal(err)
	}
	tab.Eval(`(() => { htmx.ajax('GET', location.pathname + '?part=answer', {target: '#answer', swap: 'outerMorph'}); return 0 })()`, new(int))
	tab.Until(`document.querySelector('#answer').innerText.includes('Auftrag')`)
	tab.Until(`document.querySelector('#answer details').open`)
}

// orderPages are the pages of orders, returned iPads and groups by rule, in their states.
func orderPages(t *testing.T, w *world, c *client) [][2]string {
	t.Helper()
	ctx := context.Background()
	page, err := w.st.DeviceByID(ctx, w.by, w.Devices[0])
	ok(t, page, err)
	ok(t, 0, w.st.Observe(ctx, w.authority, page.Enrollment.ID, "", func(o *store.Observation) error {
		o.Bypass = []byte("000H4-0R40M-30F2-0918-5HR3-8F17")
		return nil
	}))
	device := deviceAddress(w.Devices[0])
	whole := url.Values{"filter": {"class=" + string(w.C7b)}, "all": {"1"}, "kind": {"erase"}, "reason": {"Jahrgang gibt zurück"}, "back": {"/devices"}}
	plan := c.post(planOrderPath, whole).Location
	if a := w.as(w.account("zwei@look.example", "Zweite Person", school.Grant{Role: school.AuthorityAdmin})).ordered(whole, "7b"); a.Location != ordersPath {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	if a := c.ordered(url.Values{"kind": {"ready"}, "device": {string(w.Devices[2])}, "reason": {"Rückgabe"}}, w.number(w.Devices[2])); a.Location != turnsPath {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	ok(t, 0, w.st.AdvanceTurnarounds(ctx))
	rule := url.Values{"by": {"rule"}, "name": {"Altes iPadOS"}, "school": {string(w.Nord)}, "os_below": {"17"}}
	group := c.post("/groups/new", rule).Location
	made, err := w.st.CreateGroup(ctx, w.by, school.Group{Name: "Gymnasium, Jahrgang 7", Rule: school.Rule{Types: []string{"Gymnasium"}, Grades: []string{"7"}}})
	ok(t, made, err)
	return [][2]string{{"start-asked", "/"}, {"orders", ordersPath}, {"orders-all", ordersPath + "?show=all"}, {"order-form", device + "/order?kind=erase"}, {"order-lost", device + "/order?kind=lost_on"},
		{"order-plan", plan}, {"bypass", device + "/bypass"}, {"turnarounds", turnsPath}, {"device-returned", deviceAddress(w.Devices[2])}, {"device-orders", deviceAddress(w.Devices[2]) + "/orders"},
		{"groups", "/groups"}, {"group-rule-form", "/groups/new?by=rule"}, {"group-plan", group}, {"group-rule", "/groups/" + string(made)}, {"group-rule-edit", "/groups/" + string(made) + "/edit"},
		{"device-ownership", device + "/edit"}, {"updates", updatesPath}, {"cutover", cutoverPath}, {"freezes", freezesPath}, {"rollouts", rolloutsPath}}
}

func TestOrderPagesInABrowser(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	pages := orderPages(t, w, c)
	for _, look := range []struct {
		name string
		o    webtest.Options
	}{
		{"desk", webtest.Options{}},
		{"phone-dark-en", webtest.Options{Width: 390, Height: 844, Dark: true, Cookies: map[string]string{"lang": "en"}}},
	} {
		t.Run(look.name, func(t *testing.T) {
			var tab *webtest.Tab
			for i, p := range pages {
				if i%8 == 0 {
					tab = c.open(t, "/help", look.o)
				}
				tab.Goto(w.server.URL + p[1])
				tab.Fits()
				tab.Axe()
				picture(tab, p[0]+"-"+look.name)
			}
		})
	}
}
