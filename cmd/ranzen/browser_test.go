package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// The demo as a newcomer sees it: the same server, played iPads that really enrol, and a browser before it.

// site is a running demo with an address.
type site struct {
	*world
	url string
}

func open(t *testing.T, devices int) *site {
	t.Helper()
	w := begin(t, "sqlite", devices, 20, sim.Calm())
	server := httptest.NewServer(w.d.s.Handler())
	t.Cleanup(server.Close)
	return &site{w, server.URL}
}

// tabLife is the patience with a browser on a busy machine.
const tabLife = 8 * time.Minute

// visitor is somebody before a browser, with the words of his language.
type visitor struct {
	*webtest.Tab
	s       *site
	lang    string
	browser webtest.Options
}

// arrives signs in by the form.
func (s *site) arrives(lang string, o webtest.Options) *visitor {
	s.t.Helper()
	o.Life = tabLife
	o.Cookies = map[string]string{"lang": lang}
	v := &visitor{Tab: webtest.Open(s.t, s.url+"/", o), s: s, lang: lang, browser: o}
	v.Wait("#login")
	v.examine("signin")
	v.Type("#login", demoLogin)
	v.Type("#password", s.d.state.Password)
	v.Press(webtest.Keys.Enter)
	v.Wait("section.games")
	return v
}

// examine has axe look at the page as it is, then in the other theme, and photographs it where pictures are wanted. Without
// JavaScript pages are made of the same parts: there two stand for all.
func (v *visitor) examine(name string) {
	v.s.t.Helper()
	if v.browser.NoScript && name != "plan" && name != "class" {
		return
	}
	v.picture(name)
	v.Axe()
	other := "dark"
	if v.browser.Dark {
		other = "light"
	}
	v.theme(other)
	v.picture(name + "-" + other)
	v.Axe()
	v.theme("")
}

// theme switches the colours as the links in the foot of the page do.
func (v *visitor) theme(name string) {
	v.s.t.Helper()
	if name == "" {
		v.Eval(`(document.documentElement.removeAttribute('data-kern-theme'), 1)`, new(int))
		return
	}
	v.Eval(fmt.Sprintf(`(document.documentElement.setAttribute('data-kern-theme', %q), 1)`, name), new(int))
}

// papers are the pictures the README shows, by what they are of: in German, on a desk, in the light.
var papers = map[string]string{"start": "start.png", "class": "class.png", "plan": "plan.png", "device-silent": "device.png"}

// picture photographs the whole page; the README's are cut to the height of a screen.
func (v *visitor) picture(name string) {
	v.s.t.Helper()
	dir := os.Getenv("RANZEN_PICTURES")
	if dir == "" {
		return
	}
	const width, height = 1280, 900
	var high int
	v.Resize(width, 200)
	v.Eval(`document.documentElement.scrollHeight`, &high)
	v.Resize(width, min(high, height)) // no empty window below a short page
	whole := filepath.Join(dir, "tour-"+name+"-"+v.lang+".png")
	v.Screenshot(whole)
	v.Resize(width, height)
	if paper := papers[name]; paper != "" && v.lang == "de" {
		v.s.must(cut(whole, filepath.Join(dir, paper), height))
	}
}

// cut keeps the upper part of a picture.
func cut(from, to string, height int) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	whole, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return err
	}
	box := whole.Bounds()
	box.Max.Y = min(box.Max.Y, height)
	part := image.NewRGBA(box)
	draw.Draw(part, box, whole, box.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, part); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// reads fails unless a part of the page says all of it.
func (v *visitor) reads(selector string, texts ...string) {
	v.s.t.Helper()
	said := v.Text(selector)
	for _, x := range texts {
		if !regexp.MustCompile(x).MatchString(said) {
			v.s.t.Errorf("%s at %s does not say %q:\n%s", selector, v.Location(), x, said)
		}
	}
}

// says waits until a part of the page says it, with the patience of until. A browser without JavaScript is loaded anew meanwhile.
func (v *visitor) says(selector, text string) {
	v.s.t.Helper()
	v.s.until(text, func() (yes bool) {
		if v.browser.NoScript {
			v.Goto(v.Location())
		}
		v.Eval(fmt.Sprintf(`!!document.querySelector(%q)?.innerText.includes(%q)`, selector, text), &yes)
		return yes
	})
}

// words of the tour, by language.
var tourWords = map[string]map[string]string{
	"de": {
		"fine": `60 iPads: 58 wie festgelegt · 0 holen auf · 2 brauchen Hilfe`, "todo": `Zu tun \(3\)`, "asleep": `1 iPad wurde seit über 14 Tagen nicht gesehen`,
		"push": `Das Push-Zertifikat läuft in 2\d Tagen ab`, "unplaced": `2 neue iPads gehören noch zu keiner Schule`,
		"class": "Klasse 7b", "assign": "Zuweisen …", "option": "WLAN Gymnasium Nord, Fassung 1", "unchanged": `Noch ist nichts geändert`,
		"sum": `Trifft 27 iPads an 1 Schule\.`, "gains": `25\s.*WLAN Gymnasium Nord“ Fassung 1 kommt hinzu · Gymnasium Nord 25`, "unknown": `1\s.*seit über 14 Tagen nicht gesehen; gilt bei Rückkehr`,
		"impossible": `1\s.*iPadOS zu alt`, "wifi": `WLAN: Kein iPad verliert sein bestätigtes Netz\.`, "start": "Für 27 iPads starten", "done": `Zugewiesen\. Es betrifft 27 iPads\.`,
		"silent": `Seit 16 Tagen nicht gesehen\. Kommt, sobald es online ist\.`, "old": `Braucht iPadOS 17, hat 15\.8`, "missing": `Es fehlt: WLAN Gymnasium Nord \(Fassung 1\)`,
		"why": "Warum", "since": "Seit wann", "helps": "Was hilft", "who": "Wer", "proof": "Nachweis",
		"why.silent": `Das iPad hat sich seit 16 Tagen nicht gemeldet`, "why.old": `Das Profil braucht iPadOS 17, das iPad hat 15\.8`, "assigned": `Zugewiesen heute \d\d:\d\d über Klasse 7b`, "decided": `festgelegt über Klasse 7b`,
		"undone": `Rückgängig gemacht\.`,
	},
	"en": {
		"fine": `60 iPads: 58 as decided · 0 catching up · 2 need help`, "todo": `To do \(3\)`, "asleep": `1 iPad was not seen for over 14 days`,
		"push": `The push certificate ends in 2\d days`, "unplaced": `2 new iPads belong to no school yet`,
		"class": "Class 7b", "assign": "Assign …", "option": "WLAN Gymnasium Nord, version 1", "unchanged": `Nothing has been changed yet`,
		"sum": `Affects 27 iPads at 1 school\.`, "gains": `25\s.*WLAN Gymnasium Nord” version 1 is added · Gymnasium Nord 25`, "unknown": `1\s.*not seen for over 14 days; takes effect on return`,
		"impossible": `1\s.*iPadOS too old`, "wifi": `Wi-Fi: no iPad loses its confirmed network\.`, "start": "Start for 27 iPads", "done": `Assigned\. It affects 27 iPads\.`,
		"silent": `Not seen for 16 days\. Comes as soon as it is online\.`, "old": `Needs iPadOS 17, has 15\.8`, "missing": `Missing: WLAN Gymnasium Nord \(version 1\)`,
		"why": "Why", "since": "Since when", "helps": "What helps", "who": "Who", "proof": "Evidence",
		"why.silent": `The iPad has not called for 16 days`, "why.old": `The profile needs iPadOS 17, the iPad has 15\.8`, "assigned": `Assigned today \d\d:\d\d through Class 7b`, "decided": `decided through Class 7b`,
		"undone": `Undone\.`,
	},
}

// Whoever tries Ranzen: signs in, reads what is to be done, finds 7b, gives it the school's Wi-Fi, sees it arrive, asks why two
// lack it and takes it back. Once in German with a mouse, a keyboard and JavaScript, once in English, in the dark and without.
func TestTour(t *testing.T) {
	t.Parallel()
	s := open(t, 60)
	v := s.arrives("de", webtest.Options{})
	v.says("#start", tourWords["de"]["fine"]) // moves by itself while iPads are set up
	v.examine("start")
	v.tour()
	v.weather()
	s.until("everything is as before", func() bool { return s.counts().Enrolled == 60 && s.settled() })
	s.arrives("en", webtest.Options{Dark: true, NoScript: true}).tour()
}

func (v *visitor) tour() {
	t, word := v.s.t, tourWords[v.lang]
	t.Helper()
	v.Goto(v.s.url + "/")
	v.Wait("#start")
	v.says("#start", word["fine"])
	v.reads("#start", word["todo"], word["push"], word["unplaced"], word["asleep"])

	// 7b is found from anywhere.
	if v.browser.NoScript {
		v.Type("#find", "7b")
	} else {
		v.Press("/")
		v.Press("7b")
	}
	v.Press(webtest.Keys.Enter)
	v.Wait("#classes")
	v.examine("search")
	v.Click("#classes + ul a")
	v.Wait("#assigned")
	v.reads("h1", "^"+word["class"]+"$")
	v.examine("class-before")

	// The plan says what will happen, before it does.
	v.Click("main .head a[href^='/assign']")
	v.Wait("#profile")
	v.examine("assign")
	v.choose("#profile", word["option"])
	v.Click("main form button[type=submit]")
	v.Wait("#apply")
	v.reads("main", word["unchanged"], word["sum"], word["wifi"])
	v.reads(".group--gains", word["gains"])
	v.reads(".group--unknown", word["unknown"])
	v.reads(".group--impossible", word["impossible"])
	v.examine("plan")
	v.Click(".group--impossible a")
	v.Wait("#names")
	v.examine("plan-names")
	v.reads("button[form=apply]", word["start"])
	v.Click("button[form=apply]")

	// It arrives by itself, and counts what was confirmed.
	v.Wait("#assigned")
	v.reads("#toasts", word["done"])
	class := v.Location()
	v.says("#assigned", "25/27")
	v.reads("#assigned", "WLAN Gymnasium Nord", word["silent"], word["old"])
	v.examine("class")

	// The two that lack it say why.
	for _, device := range []struct{ name, line string }{{"silent", word["silent"]}, {"old", word["old"]}} {
		v.Goto(class)
		v.Wait("#assigned")
		v.follow("tr.why", device.line)
		v.Wait("#answer")
		v.reads("#answer", word["missing"], word["why."+device.name], word["why"], word["since"], word["assigned"], word["helps"], word["who"], word["proof"])
		v.Click("#answer section summary")
		v.reads("#answer section ol", word["decided"])
		v.examine("device-" + device.name)
	}

	// Taken back, it is as it was.
	v.Goto(class)
	v.Wait("#assigned")
	v.turn("#assigned .timeline li:first-child button")
	v.reads("#toasts", word["undone"])
	given := func() bool { return strings.Contains(v.Text("#assigned table"), "WLAN Gymnasium Nord") }
	if given() {
		t.Error("undone, and still there")
	}
	v.examine("undone")
	for _, want := range []bool{true, false} { // what was undone is undone from the message, to and fro
		v.turn("#toasts .toast-undo")
		if given() != want {
			t.Errorf("undone once more: assigned %v, want %v", !want, want)
		}
	}
}

// turn clicks on what leads to another page, or to the same one anew, and waits for it.
func (v *visitor) turn(selector string) {
	v.s.t.Helper()
	v.Eval(`(document.documentElement.setAttribute('data-left', ''), 1)`, new(int))
	v.Click(selector)
	v.Wait("html:not([data-left]) main")
}

// choose takes an option of a list by its text.
func (v *visitor) choose(selector, text string) {
	v.s.t.Helper()
	var value string
	v.Eval(fmt.Sprintf(`[...document.querySelector(%q).options].find((o) => o.text.trim() === %q)?.value ?? ''`, selector, text), &value)
	if value == "" {
		v.s.t.Fatalf("%s does not offer %q: %s", selector, text, v.Text(selector))
	}
	v.Eval(fmt.Sprintf(`(document.querySelector(%q).value = %q, 1)`, selector, value), new(int))
}

// follow clicks the link of the first line that says something.
func (v *visitor) follow(lines, text string) {
	v.s.t.Helper()
	var hrefs, said []string
	v.Eval(fmt.Sprintf(`[...document.querySelectorAll(%q)].map((l) => l.querySelector('a').getAttribute('href'))`, lines), &hrefs)
	v.Eval(fmt.Sprintf(`[...document.querySelectorAll(%q)].map((l) => l.innerText)`, lines), &said)
	for i, line := range said {
		if regexp.MustCompile(text).MatchString(line) {
			v.Click(lines + ` a[href="` + hrefs[i] + `"]`)
			return
		}
	}
	v.s.t.Fatalf("no line says %q: %q", text, said)
}

// weather plays with the iPads, as the panel on the start page offers.
func (v *visitor) weather() {
	t := v.s.t
	t.Helper()
	play := func(game string) {
		t.Helper()
		v.Goto(v.s.url + "/")
		v.Wait("section.games")
		v.turn("form:has(input[value=" + game + "]) button")
	}
	removed := func() (serial, profile string) {
		for _, i := range v.s.d.fleet.IPads() {
			for _, r := range i.Snapshot().Removed {
				if r.By == "user" {
					return i.Serial(), r.Identifier
				}
			}
		}
		return "", ""
	}
	play("remove_profile")
	v.reads("#toasts", "An einem iPad der 7b wurde ein Profil entfernt. Es kommt von selbst zurück.")
	serial, profile := removed()
	if serial == "" {
		t.Fatal("no profile was removed")
	}
	v.s.until("the profile is back", func() bool { return v.s.installed(serial, school.ItemKey(profile)) != "" && v.s.settled() })

	play("wifi_off")
	v.reads("#toasts", "Das WLAN einer Schule ist aus.")
	v.s.until("the school is silent", func() bool { return v.s.silent() })
	v.says("#start", "Vermutlich das WLAN der Schule, nicht die iPads.")
	v.reads("#start", `Zu tun \(4\)`, `Heute\s+Gymnasium Nord: 3\d iPads schweigen seit heute \d\d:\d\d, alle zugleich\.`)
	v.examine("silence")
	v.Click(".todo-item--today a")
	v.Wait("main table")
	play("wifi_on")
	v.s.until("the school calls", func() bool { return !v.s.silent() })
	v.says("#start", "Zu tun (3)")
}

// silent reports whether a school has fallen silent.
func (s *site) silent() bool {
	s.t.Helper()
	alarms, err := s.d.s.Store.Alarms(context.Background(), s.by)
	s.must(err)
	return slices.ContainsFunc(alarms, func(a store.Alarm) bool { return a.Kind == "school_silent" })
}
