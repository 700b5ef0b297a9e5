package ui

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// deskWorld is the world with a class 8a of Gymnasium Nord: pupils with an iPad each that is enrolled and fresh, and a
// contract for it that is signed. Kits of the authority have case, charger, cable and pencil.
type deskWorld struct {
	*world
	Class    school.ClassID
	Eighth   []school.PersonID // in the order of the class
	Numbers  []string          // of the iPad each is meant to get
	Assets   []school.AssetID
	Contract []school.ContractID
}

func newDeskWorld(t testing.TB, n int) *deskWorld {
	t.Helper()
	w := &deskWorld{world: newWorld(t)}
	ctx := t.Context()
	_, err := w.st.CreateKit(ctx, w.by, school.Kit{Name: "iPad mit Zubehör", Kind: school.IPad, Standard: true, Parts: []school.Part{
		{Kind: school.Cover, Name: "Hülle", Price: 2500}, {Kind: school.Charger, Name: "Netzteil", Price: 2000}, {Kind: school.Cable, Name: "Kabel", Price: 1500}, {Kind: school.Pencil, Name: "Stift", Price: 9900}}})
	ok(t, 0, err)
	class, err := w.st.CreateClass(ctx, w.by, school.Class{School: w.Nord, Name: "8a", Grade: "8"})
	w.Class = ok(t, class, err)
	var rows []store.Announced
	for i := range n {
		id, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.Nord, Kind: school.Pupil, Given: givenNames[(i*7)%27], Family: fmt.Sprintf("Achtel-%02d", i+1), Login: fmt.Sprintf("acht%02d", i+1)}, w.Class)
		w.Eighth = append(w.Eighth, ok(t, id, err))
		number := 521 + i
		if i >= 70 { // others have those
			number += 100
		}
		w.Numbers = append(w.Numbers, fmt.Sprintf("MS-26-%06d", number))
		rows = append(rows, store.Announced{Row: i + 2, Serial: fmt.Sprintf("F9FXK8A%03d", i+100), Number: w.Numbers[i], School: "Gymnasium Nord"})
	}
	if p, _, err := w.st.Announce(ctx, w.by, rows); err != nil {
		t.Fatal(err, p.Problems())
	}
	var wishes []store.ContractWish
	var devices []school.DeviceID
	for i, r := range rows {
		d, err := w.st.DeviceBySerial(ctx, w.by, r.Serial)
		devices = append(devices, ok(t, d, err).ID)
		w.enrol(devices[i], "26.1", store.ForEnroll)
		a, err := w.st.Assets(ctx, w.by, store.AssetFilter{Text: r.Serial})
		w.Assets = append(w.Assets, ok(t, a, err).Rows[0].ID)
		wishes = append(wishes, store.ContractWish{Person: w.Eighth[i], Asset: w.Assets[i]})
	}
	made, _, err := w.st.PlanContracts(ctx, w.by, w.Nord, wishes)
	w.Contract = ok(t, made, err)
	for _, id := range w.Contract {
		_, err := w.st.PrepareContract(ctx, w.by, id)
		ok(t, 0, err)
		_, err = w.st.SignContract(ctx, w.by, id, school.ByPaper)
		ok(t, 0, err)
	}
	for _, d := range devices {
		w.st.Seen(w.enrolmentOf(d), d, noon.Add(-2*time.Minute))
	}
	ok(t, 0, w.st.FlushSeen(ctx))
	return w
}

func (w *world) enrolmentOf(d school.DeviceID) school.EnrollmentID {
	w.t.Helper()
	p, err := w.st.DeviceByID(w.t.Context(), w.by, d)
	return ok(w.t, p, err).Enrollment.ID
}

// desk is somebody at a desk that is open.
type desk struct {
	*client
	t    testing.TB
	path string
	turn string
	last answer
}

// clerkAt signs somebody of the desk in and opens a place.
func (w *world) clerkAt(login string, mode school.DeskMode, class school.ClassID) *desk {
	w.t.Helper()
	c := w.as(login)
	a := c.post("/desk", url.Values{"school": {string(w.Nord)}, "mode": {string(mode)}, "class": {string(class)}})
	if !strings.HasPrefix(a.Location, "/desk/") {
		w.t.Fatalf("%d to %q: %.3000s", a.Status, a.Location, a.read())
	}
	d := &desk{client: c, t: w.t, path: a.Location}
	d.read(c.get(d.path))
	return d
}

var turnOf = regexp.MustCompile(`name="turn" value="(\d+)"`)

func (d *desk) read(a answer) answer {
	d.t.Helper()
	m := turnOf.FindStringSubmatch(a.Body)
	if m == nil {
		d.t.Fatalf("%d, no desk: %.300s", a.Status, a.read())
	}
	d.turn, d.last = m[1], a
	return a
}

func (d *desk) scan(text string) answer {
	d.t.Helper()
	return d.read(d.post(d.path, url.Values{"scan": {text}, "turn": {d.turn}}))
}

func (d *desk) key(do string) answer {
	d.t.Helper()
	return d.read(d.post(d.path, url.Values{"do": {do}, "turn": {d.turn}}))
}

func (w *world) deskClerk(name string) string {
	return w.account(name+"@nord.example", name, school.Grant{Role: school.Desk, School: w.Nord})
}

func TestTheDeskAgainstItsStructs(t *testing.T) {
	f := frameOf("Ausgabe")
	act := web.Action{Text: "Los", Href: "/x", Post: true}
	now := &deskNow{Word: "Jetzt", N: 13, Name: "Yılmaz, Deniz", Text: "Vertrag"}
	line := deskLine{N: 12, Name: "Weber", Device: "MS-1", At: noon, Where: "Platz 1", Mine: true}
	for _, p := range []*deskPage{
		{Frame: f, Number: 1, Ask: "Scannen", Action: "/desk/x", Multipart: true, Address: "/desk/x", Idle: 20, Block: &deskBlock{Harm: &deskHarm{Title: "Schaden"}}},
		{Frame: f, Shell: true, Ask: "Scannen", Empty: web.Empty{Title: "Nichts"}, Block: &deskBlock{}},
		{Frame: f, Number: 2, Ask: "Scannen", Action: "/desk/x", Actions: []web.Action{act}, Worker: "/w", Pack: "/p", Block: &deskBlock{Turn: 3, Table: `{"a":"b"}`, Sound: "ok", Said: "OK", Now: now, Next: now, Answer: &deskAnswer{Light: school.Red, Word: "Rot:", Text: "Nein", Lines: []string{"darum"}},
			Choices: []deskKey{{"1", "", "Lena", "7b"}, {Key: "2", Text: "Mara"}}, Keys: []deskKey{{"F2", "skip", "überspringen", ""}},
			Harm: &deskHarm{Title: "Schaden", Key: "F9", Photos: true, Hint: "acht", Send: "/x"}, Rest: "leer",
			Set:    &deskSet{Text: "Set", Hint: "Taste", Parts: []deskPart{{"1", "Hülle", "fehlt", "missing"}, {Key: "2", Name: "Stift", Kind: "ok"}}},
			Others: &deskOthers{Count: "1 von 2", Total: &web.Progress{Label: "x", Done: 1, Total: 2}, Recent: []deskLine{line, {Name: "x"}}, Open: []deskNow{*now, {N: 1, Name: "x"}}}}},
	} {
		webtest.CheckTemplate(t, "desk", p, "desk", "others")
	}
	fields := []web.Field{{Kind: web.TextField, Name: "number", Label: "Platz"}}
	webtest.CheckTemplate(t, "deskstart", &deskStartPage{Frame: f, Lead: "x", Submit: "los", Fields: fields})
	webtest.CheckTemplate(t, "deskstart", &deskStartPage{Frame: f, Lead: "x", Submit: "los", Fields: fields, Tabs: []web.Tab{{Name: "x", Href: "/x"}}, Alert: &web.Alert{Kind: web.Danger, Title: "Nein"}, Asked: &act, Open: []web.Action{act},
		Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Cancel: "/", Classes: []deskClassLine{{"8a", "0 von 2", act}}, Schools: &web.Filter{Action: "/x", Fields: []web.Field{{Kind: web.TextField, Name: "school", Label: "Schule"}}}})
	webtest.CheckTemplate(t, "receipt", &receiptPage{Frame: f, Lead: "x", Rows: []receiptLine{{1, "Lena", "MS-1", "heute", "L-26-1"}, {}}, Done: "1 von 2", Back: "/x", PDF: "/x"})
}

// TestTheDeskWithoutScript: a class by forms alone; everything a browser with script shows comes from the same answers.
func TestTheDeskWithoutScript(t *testing.T) {
	w := newDeskWorld(t, 4)
	login := w.deskClerk("pult")
	start := w.as(login).get("/desk")
	start.says(t, http.StatusOK, "Klasse 8a", "0 von 4 haben ein Gerät")
	d := w.clerkAt(login, school.DeskClass, w.Class)
	d.last.says(t, http.StatusOK, "Ausgabe Klasse 8a · Gymnasium Nord", "Platz 1", "0 von 4", "Achtel-01", "Vertrag unterschrieben", "vorgesehen MS-26-000521", "Danach")
	d.scan("ms-26-000521").says(t, http.StatusOK, "OK MS-26-000521 an Achtel-01", "registriert · richtige Schule", "Akku 84 %", "Set vollständig", "1 von 4", "rückgängig (10 Min.)", "vorgesehen MS-26-000522")

	// What a scanner types twice is booked once.
	d.scan("MS-26-000521").says(t, http.StatusOK, "doppelt gescannt", "1 von 4")
	// A form that arrives twice changes nothing.
	turn := d.turn
	d.scan("F9FXK8A101").says(t, http.StatusOK, "OK MS-26-000522", "2 von 4")
	again := d.post(d.path, url.Values{"scan": {"F9FXK8A101"}, "turn": {turn}})
	again.says(t, http.StatusOK, "OK MS-26-000522", "2 von 4")

	// A part that was not there.
	d.scan("2").says(t, http.StatusOK, "Am Set fehlt 1 Teil", "Netzteil: fehlt", "2 von 4")
	d.key("undo").says(t, http.StatusOK, "Rückgängig: MS-26-000522", "1 von 4", "Achtel-02")

	// Another device than planned is said, and Enter passes it.
	d.scan("MS-26-000524").says(t, http.StatusOK, "Gelb:", "Vorgesehen war MS-26-000522", "Enter gibt MS-26-", "1 von 4")
	d.scan("").says(t, http.StatusOK, "OK MS-26-000524 an Achtel-02", "2 von 4")
	d.key("skip").says(t, http.StatusOK, "übersprungen", "1 übersprungen", "Achtel-04")

	// Red never books, whatever is pressed.
	d.scan("MS-26-000521").says(t, http.StatusOK, "Rot:", "MS-26-000521 ist noch an", "Erst zurücknehmen (F4)")
	d.scan("").says(t, http.StatusOK, "Rot:", "2 von 4")
	d.scan("4012345678901").says(t, http.StatusOK, "Das war der Strichcode der Verpackung (EAN)")
	d.scan("MS-26-999999").says(t, http.StatusOK, "kennt hier niemand")
	d.scan("MS-26-000601").says(t, http.StatusOK, "gehört nicht zu Ihrem Bereich")

	// F4 takes back what lies there, and the class goes on.
	d.scan("MS-26-000521")
	d.key("back").says(t, http.StatusOK, "MS-26-000521 ist bei Achtel-01", "Enter nimmt zurück", "Hülle")
	d.scan("1").says(t, http.StatusOK, "Hülle: fehlt")
	d.scan("1").says(t, http.StatusOK, "Hülle: beschädigt")
	d.scan("1").says(t, http.StatusOK, "Set vollständig")
	d.scan("").says(t, http.StatusOK, "OK MS-26-000521 von Achtel-01", "1 von 4")

	// A reload shows the same table.
	d.read(d.get(d.path)).says(t, http.StatusOK, "OK MS-26-000521 von Achtel-01", "1 von 4", "1 übersprungen")

	// Names call; who was skipped comes back.
	d.scan("achtel-03").says(t, http.StatusOK)
	d.scan("acht").says(t, http.StatusOK, "Mehrere heißen", "Achtel-02")
	d.scan("3").says(t, http.StatusOK, "Jetzt das Gerät scannen", "Achtel-03")
	d.get(d.path+"/receipt").says(t, http.StatusOK, "Empfang für die Klasse bestätigt", "MS-26-000524")
	if text := d.pdf(d.path + "/receipt.pdf"); !strings.Contains(text, "MS-26-000524") || !strings.Contains(text, "Klassenleitung") || strings.Contains(text, "Achtel-01") {
		t.Errorf("the receipt of the class: %s", text)
	}
	if all, err := w.st.Audit(t.Context(), w.by, store.AuditFilter{Event: "names.exported", Limit: 10}); len(ok(t, all, err)) != 1 {
		t.Errorf("names left as a file: %+v", all)
	}

	// Nobody else stands at this desk.
	w.as(w.deskClerk("anderer")).get(d.path).says(t, http.StatusNotFound)
	if a := d.post(d.path+"/close", nil); a.Location != "/desk" {
		t.Errorf("%d %s", a.Status, a.Location)
	}
	d.get(d.path).says(t, http.StatusNotFound)
}

// TestTheDeskAsksForASignature: a contract that was made and not signed is yellow; F6 notes the paper and books.
func TestTheDeskAsksForASignature(t *testing.T) {
	w := newDeskWorld(t, 2)
	for _, id := range w.Contract { // a new paper is another signature
		_, err := w.st.PrepareContract(t.Context(), w.by, id)
		ok(t, 0, err)
	}
	d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
	d.last.says(t, http.StatusOK, "Vertrag noch ohne Unterschrift", "Unterschrift liegt vor")
	d.scan(w.Numbers[0]).says(t, http.StatusOK, "Gelb:", "Die Unterschrift zu L-26-", "Enter gibt MS-26-", "0 von 2")
	d.key("sign").says(t, http.StatusOK, "OK "+w.Numbers[0], "1 von 2")
	d.scan(w.Numbers[1])
	d.scan("").says(t, http.StatusOK, "OK "+w.Numbers[1], "2 von 2", "Alle sind durch")
}

// TestLEND02_TwoDesksRaceForOneDevice: of two desks that press Enter for one device at once, one hands it out; the other is told
// who has it.
func TestLEND02_TwoDesksRaceForOneDevice(t *testing.T) {
	w := newDeskWorld(t, 12)
	one, two := w.clerkAt(w.deskClerk("eins"), school.DeskClass, w.Class), w.clerkAt(w.deskClerk("zwei"), school.DeskClass, w.Class)
	two.last.says(t, http.StatusOK, "Platz 2", "Achtel-02") // the first stands at the other desk
	for i := range 4 {
		for _, d := range []*desk{one, two} { // it was meant for somebody else: both wait for Enter
			d.scan(w.Numbers[11-i]).says(t, http.StatusOK, "Gelb:", "Vorgesehen war")
		}
		var wg sync.WaitGroup
		for _, d := range []*desk{one, two} {
			form := url.Values{"scan": {""}, "turn": {d.turn}}
			wg.Go(func() { d.last = d.post(d.path, form) })
		}
		wg.Wait()
		issued := "OK " + w.Numbers[11-i]
		won, lost := one, two
		if strings.Contains(two.last.read(), issued) {
			won, lost = two, one
		}
		won.last.says(t, http.StatusOK, issued)
		lost.last.hides(t, issued)
		lost.last.says(t, http.StatusOK, "Rot:", w.Numbers[11-i]+" ist")
		page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Asset: w.Assets[11-i], View: store.OutContracts})
		if n := len(ok(t, page, err).Rows); n != 1 {
			t.Fatalf("%d contracts for one device", n)
		}
		for _, d := range []*desk{one, two} {
			d.read(d.last)
		}
	}
}

// TestLEND02_AScanThatArrivesTwiceIsBookedOnce: the same input from two connections at once.
func TestLEND02_AScanThatArrivesTwiceIsBookedOnce(t *testing.T) {
	w := newDeskWorld(t, 6)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskClass, w.Class)
	for i := range 4 {
		form := url.Values{"scan": {w.Numbers[i]}, "turn": {d.turn}}
		got := make(chan answer, 3)
		for range 3 {
			go func() { got <- d.post(d.path, form) }()
		}
		for range 3 {
			if a := <-got; a.Status != http.StatusOK {
				t.Fatalf("%d %s", a.Status, a.read())
			}
		}
		d.read(d.get(d.path)).says(t, http.StatusOK, fmt.Sprintf("%d von 6", i+1))
	}
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.OutContracts})
	if n := len(ok(t, page, err).Rows); n != 4 {
		t.Errorf("%d contracts are out", n)
	}
}

// TestThePileIsOnlyScanned: two hundred devices one after the other; each is back and waits to be looked at.
func TestThePileIsOnlyScanned(t *testing.T) {
	w := newDeskWorld(t, 200)
	for i, a := range w.Assets {
		_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[i], Asset: a})
		ok(t, 0, err)
	}
	d := w.clerkAt(w.deskClerk("pult"), school.DeskPile, "")
	for i, number := range w.Numbers {
		if a := d.scan(number); !strings.Contains(a.read(), "OK "+number+" von Achtel-"+fmt.Sprintf("%02d", i+1)) {
			t.Fatalf("%d: %.2000s", i, a.read())
		}
	}
	d.scan(w.Numbers[199]).says(t, http.StatusOK, "doppelt gescannt")
	d.scan(w.Numbers[3]).says(t, http.StatusOK, "Rot:", "ist an niemanden ausgegeben")
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Class: w.Class, View: store.UncheckedReturns, Limit: 200})
	if n := len(ok(t, page, err).Rows); n != 200 {
		t.Errorf("%d wait to be looked at", n)
	}
}

// TestTheDeskSwaps: old device, reason, new device; the contract stays.
func TestTheDeskSwaps(t *testing.T) {
	w := newDeskWorld(t, 2)
	_, _, err := w.st.HandOut(t.Context(), w.by, store.Handover{Person: w.Eighth[0], Asset: w.Assets[0]})
	ok(t, 0, err)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskSwap, "")
	d.scan(w.Numbers[1]).says(t, http.StatusOK, "ist an niemanden ausgegeben")
	d.scan(w.Numbers[0]).says(t, http.StatusOK, "Warum wird getauscht", "beschädigt", "Achtel-01")
	d.scan("7").says(t, http.StatusOK, "Die Taste 7 hat hier keine Bedeutung")
	d.scan("1").says(t, http.StatusOK, "Jetzt das neue Gerät scannen")
	d.scan(w.Numbers[1]).says(t, http.StatusOK, "Bereit:", "Enter gibt MS-26-")
	d.scan("").says(t, http.StatusOK, "Achtel-01", "hat jetzt "+w.Numbers[1])
	page, err := w.st.Contracts(t.Context(), w.by, store.ContractFilter{Person: w.Eighth[0], View: store.OutContracts})
	if rows := ok(t, page, err).Rows; len(rows) != 1 || rows[0].ID != w.Contract[0] || rows[0].Asset != w.Assets[1] {
		t.Errorf("%+v", rows)
	}
	d.key("undo").says(t, http.StatusOK, "Rückgängig")
}

// TestFreeIssueByCardAndName: whoever comes, by card or name; the device may come first.
func TestFreeIssueByCardAndName(t *testing.T) {
	w := newDeskWorld(t, 3)
	d := w.clerkAt(w.deskClerk("pult"), school.DeskFree, "")
	d.scan("acht02").says(t, http.StatusOK, "Achtel-02", "Klasse 8a", "Jetzt das Gerät scannen")
	d.scan(w.Numbers[1]).says(t, http.StatusOK, "Bereit:", "Enter gibt MS-26-", "Set vollständig")
	d.scan("4").says(t, http.StatusOK, "Stift: fehlt")
	d.scan("").says(t, http.StatusOK, "OK "+w.Numbers[1]+" an Achtel-02")
	d.scan("achtel-03").says(t, http.StatusOK) // digits are no name
	d.scan("Buche").says(t, http.StatusOK, "Buche, Malte", "Jetzt das Gerät scannen")
	d.scan(w.Numbers[2]).says(t, http.StatusOK, "Gelb:", "Die Person hat schon MS-26-")
	d.key("drop").says(t, http.StatusOK, "Der Tisch ist leer")
	d.scan("x").says(t, http.StatusOK, "kennt hier niemand")
	parts, err := w.st.DeskSet(t.Context(), w.by, w.Nord, "", w.Contract[1])
	if ok(t, parts, err)[4].State != school.PartKept {
		t.Errorf("%+v", parts)
	}
}

// TestKSM05_CasesAreLentByTheirLabels: three cases to one person by three scans, and what is in them is counted.
func TestKSM05_CasesAreLentByTheirLabels(t *testing.T) {
	w := newDeskWorld(t, 3)
	ctx := t.Context()
	var cases []school.PlaceID
	for i := range 3 {
		id, err := w.st.CreatePlace(ctx, w.by, school.Place{School: w.Nord, Kind: school.Case, Name: fmt.Sprintf("Koffer %d", i+4)})
		cases = append(cases, ok(t, id, err))
	}
	for i := range 3 {
		x, err := w.st.DeviceBySerial(ctx, w.by, fmt.Sprintf("F9FXK8A%03d", i+100))
		ok(t, x, err)
		_, err = w.st.CancelContract(ctx, w.by, w.Contract[i])
		ok(t, 0, err)
		_, err = w.st.MoveDevices(ctx, w.by, []school.DeviceID{x.ID}, store.Destination{Place: &cases[0]})
		ok(t, 0, err)
	}
	d := w.clerkAt(w.deskClerk("pult"), school.DeskCase, "")
	d.scan("Koffer 4").says(t, http.StatusOK, "Für wen ist Koffer 4")
	d.scan("Buche").says(t, http.StatusOK, "Buche, Malte")
	for i := range 3 {
		d.scan(fmt.Sprintf("Koffer %d", i+4)).says(t, http.StatusOK, fmt.Sprintf("Koffer %d an Buche, Malte ausgegeben", i+4))
	}
	d.scan("Koffer 4").says(t, http.StatusOK, "ist ausgegeben", "0 von 3 gesehen", w.Numbers[0])
	d.scan(w.Numbers[0]).says(t, http.StatusOK, "ist da: 1 von 3")
	d.scan(w.Numbers[2]).says(t, http.StatusOK, "ist da: 2 von 3", "Noch offen", w.Numbers[1])
	d.scan("MS-26-000398").says(t, http.StatusOK, "gehört nicht in diesen Koffer")
	d.key("drop")
	d.key("back")
	d.scan("Koffer 4").says(t, http.StatusOK, "Koffer 4", "zurückgenommen")
}
