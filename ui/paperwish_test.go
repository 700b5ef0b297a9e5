package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// made makes a paper of a contract and reads its file.
func (c *client) made(contract school.ContractID, kind school.DocumentKind, subject, about string) (text, file string) {
	t := c.w.t
	t.Helper()
	here := contractPapersAddress(contract)
	if a := c.post(here, url.Values{"kind": {string(kind)}, "subject": {subject}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%s: %d: %s", kind, a.Status, a.read())
	}
	m := regexp.MustCompile(`href="(/documents/file/[^"]+)\.pdf">` + regexp.QuoteMeta(about) + `<`).FindStringSubmatch(c.get(here).Body)
	if m == nil {
		t.Fatalf("no paper is called %s", about)
	}
	return c.pdf(m[1] + ".pdf"), m[1]
}

// pdf reads a file as it is read out, and holds it to what every paper is held to.
func (c *client) pdf(path string) string {
	t := c.w.t
	t.Helper()
	a := c.get(path)
	if a.Status != http.StatusOK {
		t.Fatalf("%s: %d", path, a.Status)
	}
	text := strings.Join(strings.Fields(webtest.ReadPDF(t.(*testing.T), []byte(a.Body))), " ")
	if strings.Contains(text, "{{") {
		t.Errorf("%s is not filled in: %s", path, text)
	}
	return text
}

func saysAll(t *testing.T, what, text string, all ...string) {
	t.Helper()
	for _, s := range all {
		if !strings.Contains(text, s) {
			t.Errorf("%s does not say %q: %s", what, s, text)
		}
	}
}

// Everything that happens with a contract has its paper, where one stands: the damage there was before, handing out, each damage,
// each swap (LEND-07), coming back; each with what it is about.
func TestMUC15_WhatHappensWithAContractHasItsPaper(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	admin := w.as(w.Admin)
	asset := func(number, serial string) school.AssetID {
		id, err := w.st.CreateAsset(ctx, w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, Number: number, Serial: serial, Model: "Notebook 14", School: w.Nord, Price: 60000})
		return ok(t, id, err)
	}
	first, second := asset("NB-26-000011", "PF4A0011"), asset("NB-26-000012", "PF4A0012")
	old, _, err := w.st.ReportDamage(ctx, w.by, first, "body", "Nina Vorher hat es fallen lassen")
	ok(t, old, err)
	ids, _, err := w.st.PlanContracts(ctx, w.by, w.Nord, []store.ContractWish{{Person: w.newPupil(), Asset: first}})
	k := ok(t, ids, err)[0]
	text, _ := admin.made(k, school.LoanContract, "", "Leihvertrag")
	saysAll(t, "the contract", text, "NB-26-000011", "Gehäuse", "vorhanden, gemeldet am 17.11.2026", "600,00 €")
	if strings.Contains(text, "Nina Vorher") {
		t.Error("the contract says what was told of somebody else")
	}
	x, err := w.st.ContractByID(ctx, w.by, k)
	out, _, err2 := w.st.HandOut(ctx, w.by, store.Handover{Person: ok(t, x, err).Person, Asset: first})
	if ok(t, out, err2).Contract != k {
		t.Fatal("it was handed out under another contract")
	}
	w.clock(noon.Add(24 * time.Hour))
	admin = w.as(w.Admin)
	text, handover := admin.made(k, school.HandoverPaper, "", "Übergabeprotokoll")
	saysAll(t, "the record of handing out", text, "Am 17.11.2026 wurde", "vorhanden, gemeldet am 17.11.2026", "PF4A0011")

	var damages []school.DamageID
	for _, kind := range []school.DamageKind{"display", "port"} {
		d, _, err := w.st.ReportDamage(ctx, w.by, first, kind, "vom Tisch gefallen: "+string(kind))
		damages = append(damages, ok(t, d, err))
	}
	admin.get(damageAddress(damages[0])).says(t, 200, "Schadensprotokoll erstellen")
	text, _ = admin.made(k, school.DamagePaper, string(damages[0]), "Schadensprotokoll: Display, 18.11.2026")
	saysAll(t, "the record of a damage", text, "vom Tisch gefallen: display", "unbekannt", "sechs Monate nach der Rückgabe", "PF4A0011")
	admin.made(k, school.DamagePaper, string(damages[1]), "Schadensprotokoll: Anschluss, 18.11.2026")

	_, err = w.st.SwapAsset(ctx, w.by, k, second, school.SwapDamage)
	ok(t, 0, err)
	x, err = w.st.ContractByID(ctx, w.by, k)
	swap := ok(t, x, err).Changes[0].ID
	text, addendum := admin.made(k, school.AddendumPaper, swap, "Nachtrag zum Leihvertrag: NB-26-000011 gegen NB-26-000012")
	saysAll(t, "LEND-07: the addendum", text, x.Number, "Seriennummer PF4A0011", "Seriennummer PF4A0012", "Grund: Schaden")

	_, _, err = w.st.TakeIn(ctx, w.by, store.GivenBack{Asset: second})
	ok(t, 0, err)
	text, back := admin.made(k, school.ReturnPaper, "", "Rückgabeprotokoll")
	saysAll(t, "the record of coming back", text, "PF4A0012", "vom Tisch gefallen: port")
	page := admin.get(contractPapersAddress(k))
	if n := strings.Count(page.Body, "durch ein neueres ersetzt"); n > 0 {
		t.Errorf("%d papers took the place of one that is about something else", n)
	}

	// By mail: what the paper says, or the link to sign it.
	admin.get(back+"/mail").says(t, 200, "als Text")
	admin.post(back+"/mail", url.Values{"to": {"keine Adresse"}}).says(t, 422, "E-Mail")
	if a := admin.post(back+"/mail", url.Values{"to": {"familie@example.org"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	admin.get(addendum+"/mail").says(t, 200, "Gesendet wird ein Link")
	if a := admin.post(addendum+"/mail", url.Values{"to": {"familie@example.org"}}); a.Status != http.StatusSeeOther {
		t.Fatalf("%d: %s", a.Status, a.read())
	}
	post, err := w.st.Outbox(ctx, w.by, "", 10)
	letters := ok(t, post, err).Rows
	if len(letters) != 2 {
		t.Fatalf("%d letters", len(letters))
	}
	read := map[string]string{}
	for _, m := range letters {
		if strings.Contains(m.Subject, x.PersonName) {
			t.Errorf("the subject names somebody: %s", m.Subject)
		}
		whole, err := w.st.Letter(ctx, w.by, m.ID)
		read[m.Subject] = ok(t, whole, err).Body
	}
	saysAll(t, "the letter", read["Rückgabeprotokoll zum Vertrag "+x.Number], "PF4A0012", "– Notebook")
	link := regexp.MustCompile(`/s/[A-Za-z0-9_-]{20,}`).FindString(read["Nachtrag zum Leihvertrag zum Vertrag "+x.Number])
	if link == "" {
		t.Fatalf("no link in %q", read)
	}
	nobody := w.as("")
	nobody.get(link).says(t, 200, "Unterschreiben: Nachtrag", "Datenschutzinformation (PDF)")
	saysAll(t, "the notice", nobody.pdf(link+"/notice.pdf"), "Gymnasium Nord", "Frist")
	if a := nobody.get(handover + ".pdf"); a.Status != http.StatusSeeOther {
		t.Errorf("a stranger reads a paper: %d", a.Status)
	}
	next := w.as(w.account("schule@anger.example", "Nora Nachbar", school.Grant{Role: school.SchoolAdmin, School: w.Anger}))
	for _, a := range []answer{next.get(back + "/mail"), next.post(back+"/mail", url.Values{"to": {"x@example.org"}}), next.get(damageAddress(old) + "/paper.pdf")} {
		if a.Status != http.StatusNotFound {
			t.Errorf("the school next door: %d", a.Status)
		}
	}
	saysAll(t, "the record of what nobody had", admin.pdf(damageAddress(old)+"/paper.pdf"), "Gehäuse", "NB-26-000011")
	saysAll(t, "the notice", admin.pdf(documentsPath+"/notice.pdf?school="+string(w.Nord)), "Musterstadt")
}

// newPupil is somebody of Gymnasium Nord who has nothing.
func (w *world) newPupil() school.PersonID {
	w.t.Helper()
	id, err := w.st.CreatePerson(w.t.Context(), w.by, school.Person{School: w.Nord, Kind: school.Pupil, Given: "Ole", Family: "Frisch"}, w.C7a)
	return ok(w.t, id, err)
}

// A case has one receipt with everything that lies in it.
func TestKSM05_ACaseHasOneReceipt(t *testing.T) {
	w := newWorld(t)
	id, err := w.st.CreatePerson(t.Context(), w.by, school.Person{School: w.Nord, Kind: school.Teacher, Given: "Thea", Family: "Tafel"}, "")
	ok(t, id, err)
	contract, _, err := w.st.LendCase(t.Context(), w.by, store.CaseOut{Place: w.Case, Person: id})
	ok(t, contract, err)
	text, _ := w.as(w.Admin).made(contract, school.ClassReceipt, "", "Sammelquittung")
	saysAll(t, "the receipt", text, "Tafel, Thea", "5 Geräte")
	n := 0
	for _, d := range w.InCase {
		x, err := w.st.DeviceByID(t.Context(), w.by, d)
		if strings.Contains(text, ok(t, x, err).Serial) {
			n++
		}
	}
	if n != len(w.InCase) || n == 0 {
		t.Errorf("%d of %d are on the receipt: %s", n, len(w.InCase), text)
	}
}

// D13: once an iPad has said that it erases itself, its page has the proof on paper: which iPad, when it was ordered and confirmed,
// and by which command. Before that there is none.
func TestD13_TheProofOfErasureIsAPaper(t *testing.T) {
	w := newWorld(t)
	ctx, id := t.Context(), w.Devices[0]
	c := w.as(w.Admin)
	path := deviceAddress(id) + "/erasure.pdf"
	c.get(path).says(t, http.StatusNotFound)
	p, err := w.st.Plan(ctx, w.by, school.Change{Kind: school.ChangeOrder, Devices: []school.DeviceID{id}, Order: &school.OrderWish{Kind: school.Erase, Args: school.OrderArgs{Reason: "Rückgabe"}}}, mdm.Preview)
	ok(t, p, err)
	_, err = w.st.ApplyTyped(ctx, w.by, p.ID, store.Asks(p), mdm.Preview)
	ok(t, 0, err)
	w.clock(noon.Add(school.CoolDown))
	d, err := w.st.DeviceByID(ctx, w.by, id)
	e := ok(t, d, err).Enrollment.ID
	_, have, read, err := w.st.Facts(ctx, w.authority, e)
	if ok(t, have, err); len(have.Orders) != 1 {
		t.Fatalf("orders %+v", have.Orders)
	}
	order := have.Orders[0]
	kept, err := w.st.SavePlan(ctx, store.Planned{Authority: w.authority, Enrollment: e, Read: read, Have: have, Hand: &store.Handout{UUID: order.UUID, Kind: "EraseDevice", Order: order.ID, Body: []byte("x")}})
	if !ok(t, kept, err) {
		t.Fatal("the order was not handed out")
	}
	c.get(path).says(t, http.StatusNotFound)
	w.clock(noon.Add(school.CoolDown + time.Minute))
	ok(t, 0, w.st.Observe(ctx, w.authority, e, order.UUID, func(o *store.Observation) error {
		o.CommandState, o.OrderState, o.Accepted = "acknowledged", school.Done, true
		return nil
	}))
	saysAll(t, "the proof of erasure", c.pdf(path), "Löschnachweis", d.Serial, d.Number, "17.11.2026 "+noon.In(web.Berlin).Format("15:04"), noon.In(web.Berlin).Add(school.CoolDown+time.Minute).Format("15:04"), order.UUID, "Musterstadt")
	if !strings.Contains(c.get(deviceAddress(id)).Body, path) {
		t.Error("the page of the iPad does not lead to the proof")
	}
}
