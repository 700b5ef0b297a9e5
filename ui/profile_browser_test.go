package ui

import (
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// TestProfileAndApplePagesInABrowser opens the pages of profiles, the Apple connection and the ways in as people do: on a
// desk in light, on a telephone in the dark.
func TestProfileAndApplePagesInABrowser(t *testing.T) {
	w, apple := appleWorld(t)
	admin := w.as(w.Admin)
	cert, key, err := apple.PushCertificate(topicUUID, nil)
	if err != nil {
		t.Fatal(err)
	}
	must(w.ui.Enroll.AcceptPushCertificate(t.Context(), w.by, cert, key, "push@musterstadt.example"))
	token := admin.post("/apple/tokens/new", url.Values{"name": {"Alle Schulen"}, "kind": {"asm"}}).Location
	waiting := admin.post("/apple/tokens/new", url.Values{"name": {"Lehrkräfte"}, "kind": {"asm"}}).Location
	server := apple.AddServer("Ranzen", "Musterstadt")
	server.Deliver(sim.Spec{Serial: "DMPX00TEST01"}, sim.Spec{Serial: "DMPX00TEST02"})
	id := school.TokenID(strings.TrimPrefix(token, "/apple/tokens/"))
	must(w.ui.Enroll.ExchangeToken(t.Context(), w.by, id, must(server.Token([]byte(admin.get(token+"/key.pem").Body)))))
	must(w.ui.Enroll.SyncToken(t.Context(), id))
	_, link, _, err := w.st.CreateCode(t.Context(), w.by, codeFor(w))
	if err != nil {
		t.Fatal(err)
	}
	lock := admin.post("/profiles/new/lockscreen", url.Values{"name": {"Sperrbildschirm"}, "tag": {"{{device.number}}"}, "footnote": {"{{person.name}}"}}).Location
	clip := "/profiles/" + string(w.Link)
	admin.send(clip+"/edit", url.Values{"name": {"Anton verlinkt"}, "label": {"Anton"}, "url": {"https://anton.example/neu"}, "publish": {"1"}}, nil)
	x := must(w.st.Profile(t.Context(), w.by, w.Link))

	pages := map[string]string{
		"profiles": "/profiles", "profile-new": "/profiles/new", "profile-wifi": "/profiles/new/wifi", "profile-restrictions": "/profiles/new/restrictions?preset=school",
		"profile-import": "/profiles/import", "profile": lock, "profile-holders": clip + "/assignments", "profile-versions": clip + "/versions",
		"profile-preview": lock + "/preview?q=MS-26-000397", "version": "/versions/" + string(x.Latest), "apple": "/apple", "push": "/apple/push",
		"appletoken": token, "appletoken-new": waiting, "ade": token + "/devices", "codes": "/codes", "code-new": "/codes/new", "arrivals": "/arrivals",
		"arrival": "/arrivals/" + string(w.Unconfirmed), "deliveries": "/deliveries", "enroll": "/enroll", "enrol": "/e/" + link,
	}
	names := sortedKeys(pages)
	pictures := os.Getenv("RANZEN_PICTURES") != ""
	looks := []webtest.Options{{Width: 1280, Cookies: map[string]string{"lang": "de"}, Expected: []string{"422"}}, {Width: 390, Dark: true, Cookies: map[string]string{"lang": "en"}}}
	for i, look := range looks {
		tab := admin.open(t, "/profiles", look)
		for j, name := range names {
			if !pictures && j%2 != i { // each page once, half of them in each look: the parts are the same
				continue
			}
			if j == len(names)/2 {
				tab = admin.open(t, "/profiles", look)
			}
			tab.Goto(w.server.URL + pages[name])
			tab.Fits()
			tab.Axe()
			picture(tab, []string{"desk", "telephone"}[i]+"-"+name)
			if t.Failed() {
				t.Fatalf("that was %s", name)
			}
		}
	}

	// What only a form leads to.
	tab := admin.open(t, "/codes/new", looks[0])
	tab.Type("#note", "Koffer 3"+webtest.Keys.Enter)
	tab.Wait(".ticket")
	tab.Axe()
	picture(tab, "desk-code")
	for _, f := range []struct{ name, path, body string }{{"delivery-wrong", "/deliveries", "Seriennummer;Klasse\\nF9FXK2ABCO;7b\\nK7XQ000003;7z"},
		{"delivery-plan", "/deliveries", "Seriennummer;Schule;Klasse\\nK7XQ000002;Gymnasium Nord;7b"}, {"import-plan", "/profiles/import", strings.ReplaceAll(foreign, "\n", "\\n")}} {
		tab.Goto(w.server.URL + f.path)
		tab.Eval(`(() => { const d = new DataTransfer(); d.items.add(new File(['`+f.body+`'], 'x.csv')); document.getElementById('file').files = d.files; document.getElementById('file').form.submit(); })()`, nil)
		tab.Wait(".table, .findings")
		tab.Axe()
		picture(tab, "desk-"+f.name)
	}
}

// TestTheFormSaysWhatIsWrongWhileOneTypes is the one thing of these pages that needs the script.
func TestTheFormSaysWhatIsWrongWhileOneTypes(t *testing.T) {
	w := newWorld(t)
	tab := w.as(w.Admin).open(t, "/profiles/new/wifi", webtest.Options{Expected: []string{"422"}})
	tab.Type("#ssid", "Schule")
	tab.Type("#password", "kurz"+webtest.Keys.Tab)
	tab.Until(`document.querySelector('#said-password').textContent.includes('8 bis 63 Zeichen')`)
	tab.Until(`document.querySelector('#check').textContent.includes('1 Angabe stimmt noch nicht')`)
	tab.Axe()
	picture(tab, "desk-profile-wifi-wrong")
	tab.Type("#password", " und jetzt lang"+webtest.Keys.Tab)
	tab.Until(`document.querySelector('#said-password').textContent.trim() === ''`)
	tab.Until(`document.querySelector('#check').textContent.trim() === 'So passt es.'`)

	// Sent and refused, mended while typing, sent again.
	tab.Goto(w.server.URL + "/profiles/new/wifi")
	tab.Type("#ssid", "Schule")
	tab.Type("#password", "kurz"+webtest.Keys.Enter)
	tab.Wait("#password-error")
	picture(tab, "desk-profile-wifi-refused")
	tab.Type("#password", "lang und geheim"+webtest.Keys.Tab)
	tab.Until(`document.querySelector('#password-error').hidden`)
	tab.Click(".form button[type=submit]")
	tab.Until(`location.pathname !== '/profiles/new/wifi'`) // the page that refused has an alert, too
	tab.Wait(".alert")
	tab.Axe()
	picture(tab, "desk-profile-draft")
}

func codeFor(w *world) store.Code { return store.Code{School: w.Nord, Left: 2, Note: "Koffer 2"} }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
