package ui

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// TestMUSES16_AnAuthorityIsDeletedByTwo: the page says what it means, asks for a download first, for the name and for a second
// person, and each can stop it.
func TestMUSES16_AnAuthorityIsDeletedByTwo(t *testing.T) {
	w := newWorld(t)
	first, second := w.as(w.Admin), w.as(w.account("zweite@musterstadt.example", "Zoe Zweite", school.Grant{Role: school.AuthorityAdmin, Authority: w.authority}))
	first.get("/admin").says(t, http.StatusOK, "Schulträger löschen")
	here, err := w.st.Devices(context.Background(), w.by, store.DeviceFilter{State: store.IsEnrolled, Limit: 100})
	page := first.get(endPath)
	page.says(t, http.StatusOK, fmt.Sprintf("%d iPads sind noch hier angemeldet", len(ok(t, here, err).Rows)))
	if !strings.Contains(page.Body, `href="/devices?state=enrolled"`) {
		t.Error("the list of them is not linked")
	}
	page.hides(t, "mit allem löschen")
	for _, x := range here.Rows {
		ok(t, 0, w.st.CheckedOut(context.Background(), w.authority, "udid-"+x.Serial))
	}
	first.get(endPath).says(t, http.StatusOK, "mit allem löschen", "zweite Person", "7 Tage zum Anhalten")
	name := url.Values{web.ConfirmName: {"Musterstadt"}}
	first.post(endPath, name).says(t, http.StatusUnprocessableEntity, "Laden Sie zuerst alle Daten herunter")
	first.post("/export", url.Values{})
	first.post(endPath, url.Values{web.ConfirmName: {"Muster"}}).says(t, http.StatusUnprocessableEntity, "Geben Sie „Musterstadt“ an")
	if a := first.post(endPath, name); a.Location != endPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	first.get(endPath).says(t, http.StatusOK, "Es fehlt die Zustimmung einer zweiten Person", "Löschen anhalten")
	first.post(endPath+"/agree", name).says(t, http.StatusUnprocessableEntity, "Sie haben es selbst beantragt")
	second.get("/").says(t, http.StatusOK, "soll mit allem gelöscht werden", "Ansehen")
	second.get(endPath).says(t, http.StatusOK, "Anna Beispiel hat am", "Dem Löschen zustimmen?")
	if a := second.post(endPath+"/agree", name); a.Location != endPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	second.get(endPath).says(t, http.StatusOK, "wird am 24.11.2026", "Beantragt von Anna Beispiel, zugestimmt hat Zoe Zweite")
	if a := first.post(endPath+"/stop", url.Values{}); a.Location != endPath {
		t.Fatalf("%d", a.Status)
	}
	first.get(endPath).says(t, http.StatusOK, "mit allem löschen")
	first.get("/").hides(t, "soll mit allem gelöscht werden")
	first.get("/audit").says(t, http.StatusOK, "Löschen des Schulträgers beantragt", "angehalten")
}

// TestTeachersNobodyKnowsWaitOnAPage: with who they probably are, tied by one press.
func TestTeachersNobodyKnowsWaitOnAPage(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	admin.get(untiedPath).says(t, http.StatusOK, "Alle Lehrkräfte sind zugeordnet")
	login := w.account("thea@nord.example", "Thea Tafel", school.Grant{Role: school.TeacherRole, School: w.Nord, Authority: w.authority})
	id, err := w.st.CreatePerson(context.Background(), w.by, school.Person{School: w.Nord, Kind: school.Teacher, Given: "Thea", Family: "Tafel"}, "")
	ok(t, id, err)
	admin.get(untiedPath).says(t, http.StatusOK, "Thea Tafel", "Gymnasium Nord", "Zuordnen: Tafel, Thea")
	open, err := w.st.UntiedTeachers(context.Background(), w.by, "", 10)
	x := ok(t, open, err).Rows[0]
	if a := admin.post("/accounts/"+string(x.Account)+"/grants/person", url.Values{"grant": {string(x.Grant)}, "school": {string(x.School)}, "who": {"Tafel, Thea"}}); a.Location == "" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	admin.get(untiedPath).says(t, http.StatusOK, "Alle Lehrkräfte sind zugeordnet")
	w.as(login).get("/taught").says(t, http.StatusOK, "Noch keine Klassen")
}

// TestMUSES05_TheSameReleaseFitsFourShapes: from one school with twenty iPads and nothing else to ninety schools with eighty
// identity providers; every page a newcomer opens answers, and none asks for what the place does not have.
func TestMUSES05_TheSameReleaseFitsFourShapes(t *testing.T) {
	for _, x := range []struct {
		name                        string
		schools, devices, providers int
		simple                      bool
	}{{"a music school", 1, 20, 0, true}, {"a town", 5, 60, 0, false}, {"a county", 50, 60, 1, false}, {"a city", 90, 60, 80, false}} {
		t.Run(x.name, func(t *testing.T) {
			w := newWorld(t)
			ctx := context.Background()
			id, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Neustadt"})
			w.authority = ok(t, id, err)
			w.by = school.System("test", w.authority)
			var lines []store.ProviderLine
			var announced []store.Announced
			for i := range x.schools {
				s, err := w.st.CreateSchool(ctx, w.by, school.School{Name: fmt.Sprintf("Schule %02d", i+1), Number: fmt.Sprint(200000 + i)})
				ok(t, s, err)
				if i < x.providers {
					lines = append(lines, store.ProviderLine{Row: i + 1, Issuer: fmt.Sprintf("https://iserv-%02d.example", i+1), ClientID: "ranzen", Secret: "geheim", School: fmt.Sprint(200000 + i)})
				}
			}
			for i := range x.devices {
				announced = append(announced, store.Announced{Serial: fmt.Sprintf("H4VLQ7%04d", i), School: fmt.Sprintf("Schule %02d", i%x.schools+1)})
			}
			if _, _, err := w.st.Announce(ctx, w.by, announced); err != nil {
				t.Fatal(err)
			}
			if plan, err := w.st.ImportProviders(ctx, w.by, lines, ""); err != nil || plan.Creates != x.providers {
				t.Fatalf("%+v %v", plan, err)
			}
			ok(t, 0, w.st.SetStart(ctx, w.by, "neustadt"))
			admin := w.as(w.account("chefin@neustadt.example", "Chefin", school.Grant{Role: school.AuthorityAdmin, Authority: w.authority}))
			for _, path := range []string{"/", "/schools", "/devices", "/people", "/profiles", "/rosters", "/rosters/new", "/desk", "/apple", "/codes", "/accounts", "/providers", "/admin", "/years", "/demand", "/papers", "/audit"} {
				if a := admin.get(path); a.Status != http.StatusOK {
					t.Errorf("%s: %d %s", path, a.Status, a.Location)
				}
			}
			_, menu, _ := strings.Cut(admin.get("/admin").Body, `<nav class="nav"`)
			menu, _, _ = strings.Cut(menu, "</nav>")
			if got := strings.Contains(menu, `href="/take-back"`); got != x.simple {
				t.Errorf("simple menu: %v", got)
			}
			if page := admin.get("/schools"); x.schools > 1 && strings.Count(page.Body, `href="/schools/0`) < x.schools {
				t.Errorf("%d schools are not all on the page", x.schools)
			}
			shaped(t, w, admin, x.schools)
			start := w.as("").get("/sign-in/neustadt")
			if start.Status != http.StatusOK || strings.Count(start.Body, "/sign-in/with/") != x.providers {
				t.Errorf("%d of %d doors: %d", strings.Count(start.Body, "/sign-in/with/"), x.providers, start.Status)
			}
		})
	}
}

// shaped goes through what a place of that size does: people come by hand, by a list, by a list of UCS@school and a server of the Land;
// an iPad is enrolled, gets what is assigned, is handed out and comes back.
func shaped(t *testing.T, w *world, admin *client, schools int) {
	t.Helper()
	ctx := context.Background()
	all, err := w.st.Schools(ctx, w.by)
	first := ok(t, all, err)[0].ID
	l := &lister{client: admin, t: t, w: w, at: first, south: first, source: "new"}
	kind := school.Staff
	switch schools {
	case 5:
		kind = school.Pupil
		l.take("liste.csv", fxHeads+"Mia;Klein;5a;1;Schüler\nOle;Groß;5b;2;Schüler\n")
		l.has(map[string]string{"Klein, Mia": "5a", "Groß, Ole": "5b"})
		admin.get(asmPath).says(t, http.StatusOK, "ZIP-Datei mit 2 Personen herunterladen")
	case 50:
		kind = school.Teacher
		l.take("ucs.csv", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "Schulen\tBenutzertyp\tVorname\tNachname\tKlassen\tBeschreibung\tTelefon\tEMail\r\nschule\tlehrer\tEva\tWeiß\tschule-1A\t\t\teva@schule.example\r\n"))
		l.has(map[string]string{"Weiß, Eva": ""})
		id, err := w.st.CreateRosterServer(ctx, w.by, school.RosterSource{Name: "Land"}, school.RosterServer{Base: "https://land.example", Token: "https://land.example/token", ClientID: "neustadt"}, "geheim")
		admin.get("/rosters/sources/"+string(ok(t, id, err))).says(t, http.StatusOK, "Land")
	}
	person, err := w.st.CreatePerson(ctx, w.by, school.Person{School: first, Kind: kind, Given: "Anna", Family: "Probe"}, "")
	ok(t, person, err)
	device := w.enrolled("H4VLQ70000", "26.1", store.ForEnroll)
	w.assign(school.Scope{Level: school.AtAuthority, ID: string(w.authority)}, w.profile("Regeln", "webclip", url.Values{"label": {"Regeln"}, "url": {"https://regeln.example"}}), false)
	_, _, err = w.st.Issue(ctx, w.by, person, device)
	ok(t, 0, err)
	admin.get(deviceAddress(device)).says(t, http.StatusOK, "Anna P.", "Regeln")
	_, err = w.st.TakeBack(ctx, w.by, device)
	ok(t, 0, err)
	admin.get(deviceAddress(device)).hides(t, "ausgegeben an")
}

// TestMUSES08_TheOverviewHasExceptionsAlone: all schools on one page; each line with a number leads to the list behind it.
func TestMUSES08_TheOverviewHasExceptionsAlone(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	page := c.get("/")
	page.says(t, http.StatusOK, "Zu tun", "1 iPad wurde von Hand registriert", "2 neue iPads gehören noch zu keiner Schule")
	// Both are done in one list, which has all three.
	for _, text := range []string{"1 iPad bestätigen", "Schulen zuordnen"} {
		m := regexp.MustCompile(`href="([^"]+)"[^>]*>(?:\s|<[^>]+>)*` + text).FindStringSubmatch(page.Body)
		if m == nil {
			t.Errorf("%s leads nowhere:\n%s", text, page.Body)
			continue
		}
		rows := map[string]bool{}
		for _, id := range regexp.MustCompile(`"/(?:devices|arrivals)/([0-9a-f-]{36})`).FindAllStringSubmatch(c.get(strings.ReplaceAll(m[1], "&amp;", "&")).Body, -1) {
			rows[id[1]] = true
		}
		if len(rows) != 3 {
			t.Errorf("%s: the list behind it has %d", text, len(rows))
		}
	}
	page.hides(t, "Realschule West") // where nothing is the matter, nothing is said
	// The line below counts all iPads; each number but nought leads to its list, which has as many.
	_, sum, _ := strings.Cut(page.Body, `<p class="sum">`)
	sum, _, _ = strings.Cut(sum, "</p>")
	numbers := regexp.MustCompile(`<a href="([^"]+)">([0-9]+) `).FindAllStringSubmatch(sum, -1)
	if len(numbers) < 2 {
		t.Errorf("the numbers lead nowhere: %s", sum)
	}
	for _, m := range numbers {
		c.get(strings.ReplaceAll(m[1], "&amp;", "&")).says(t, http.StatusOK, "von "+m[2])
	}
	// What runs out, and what should be back, is said as well, and leads to its remedy or its list.
	ctx := context.Background()
	w.clock(noon.AddDate(0, 0, -20))
	asset, err := w.st.CreateAsset(ctx, w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByIServ, Number: "NB-26-000002", School: w.Nord})
	_, _, err2 := w.st.HandOut(ctx, w.by, store.Handover{Person: w.Pupils[2], Asset: ok(t, asset, err), End: school.EndsOnDay, Due: noon.AddDate(0, 0, -3)})
	ok(t, 0, err2)
	ok(t, 0, w.st.StorePush(ctx, w.by, store.PushUpload{Topic: "com.apple.mgmt.External.8", Certificate: []byte("c"), Key: []byte("k"), Ends: noon.AddDate(0, 0, 10)}))
	w.clock(noon)
	page = c.get("/")
	page.says(t, http.StatusOK, "Das Push-Zertifikat läuft in 10 Tagen ab", "1 Ausleihe ist überfällig")
	for path, says := range map[string]string{"/contracts?view=overdue": "NB-26-000002", "/apple/push": "Push"} {
		if !strings.Contains(page.Body, `href="`+path+`"`) {
			t.Errorf("nothing leads to %s", path)
		}
		c.get(path).says(t, http.StatusOK, says)
	}
}

// TestKSM04_APrimarySchoolNeedsNoNames: a case of iPads for a class, without a pupil, an account or an address; what is assigned
// to the class reaches the case, and no name of a person goes to an iPad.
func TestKSM04_APrimarySchoolNeedsNoNames(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	people, err := w.st.Persons(ctx, w.by, store.PersonFilter{School: w.Anger, Limit: 10})
	if len(ok(t, people, err).Rows) != 0 {
		t.Fatal("the primary school has people")
	}
	w.assign(school.Scope{Level: school.AtClass, ID: string(w.C3a)}, w.Wifi, false)
	admin := w.as(w.Admin)
	admin.get(classAddress(w.C3a)+"/devices").says(t, http.StatusOK, "MS-26-000601", "0 Personen")
	admin.get(classAddress(w.C3a)).says(t, http.StatusOK, "WLAN Schule")
	facts, _, err := w.st.ScopeFacts(ctx, w.by, school.Scope{Level: school.AtClass, ID: string(w.C3a)})
	if len(ok(t, facts, err)) != len(w.InCase) {
		t.Fatalf("%d of %d iPads of the case", len(facts), len(w.InCase))
	}
	for _, f := range facts {
		if f.Holder != nil || f.Place.Person != "" {
			t.Errorf("%s speaks of a person: %+v", f.Device.Serial, f.Holder)
		}
		if got := f.DeviceName(); got != f.Device.Number {
			t.Errorf("%s is called %q", f.Device.Serial, got)
		}
		for name, value := range f.Variables() {
			if strings.HasPrefix(name, "person.") && value != "" {
				t.Errorf("%s: %s is %q", f.Device.Serial, name, value)
			}
		}
	}
	// A list of names and classes alone will do: no account, no address, no number of a pupil. The case stays what it is.
	l := &lister{client: admin, t: t, w: w, at: w.Anger, south: w.Anger, source: "new"}
	l.take("klasse.csv", "Vorname;Nachname;Klasse\nMia;Klein;3a\nOle;Groß;3a\n")
	l.has(map[string]string{"Klein, Mia": "3a", "Groß, Ole": "3a"})
	admin.get(classAddress(w.C3a)+"/people").says(t, http.StatusOK, "Klein, Mia")
	again, _, err := w.st.ScopeFacts(ctx, w.by, school.Scope{Level: school.AtClass, ID: string(w.C3a)})
	for _, f := range ok(t, again, err) {
		if f.Holder != nil || f.DeviceName() != f.Device.Number {
			t.Errorf("%s: %+v, called %q", f.Device.Serial, f.Holder, f.DeviceName())
		}
	}
}

// TestKSM01_TenAuthoritiesOnOneInstallation: each apart, with its own schools, its own push certificate and with devices of the same serial;
// who administers one opens nothing of the nine others, and finds out nothing of them.
func TestKSM01_TenAuthoritiesOnOneInstallation(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	type place struct {
		by     school.Actor
		admin  *client
		school school.SchoolID
		device school.DeviceID
	}
	var all []place
	for i := range 10 {
		id, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: fmt.Sprintf("Stadt %d", i)})
		w.authority = ok(t, id, err)
		w.by = school.System("test", w.authority)
		at, err := w.st.CreateSchool(ctx, w.by, school.School{Name: fmt.Sprintf("Gymnasium %d", i)})
		ok(t, at, err)
		// The same serial everywhere: no authority learns that another has it.
		if _, _, err := w.st.Announce(ctx, w.by, []store.Announced{{Serial: "H4VLQ90001", School: fmt.Sprintf("Gymnasium %d", i)}}); err != nil {
			t.Fatal(err)
		}
		d, err := w.st.DeviceBySerial(ctx, w.by, "H4VLQ90001")
		push := func(n int) error {
			return w.st.StorePush(ctx, w.by, store.PushUpload{Topic: fmt.Sprintf("com.apple.mgmt.External.%d", n), Certificate: []byte("c"), Key: []byte("k"), Ends: noon.AddDate(1, 0, 0)})
		}
		if i > 0 && push(i-1) == nil {
			t.Errorf("%d has the push certificate of another", i)
		}
		ok(t, 0, push(i))
		all = append(all, place{w.by, w.as(w.account(fmt.Sprintf("chefin@stadt%d.example", i), "Chefin", school.Grant{Role: school.AuthorityAdmin, Authority: w.authority})), at, ok(t, d, err).ID})
	}
	for i, x := range all {
		x.admin.get("/schools/"+string(x.school)).says(t, http.StatusOK, fmt.Sprintf("Gymnasium %d", i))
		x.admin.get("/devices/"+string(x.device)).says(t, http.StatusOK, "H4VLQ90001")
		for j, y := range all {
			if i == j {
				continue
			}
			for _, path := range []string{"/schools/" + string(y.school), "/devices/" + string(y.device), "/choose/" + string(y.by.Tenant)} {
				if a := x.admin.get(path); a.Status != http.StatusNotFound {
					t.Errorf("%d opens %s of %d: %d", i, path, j, a.Status)
				}
			}
		}
		x.admin.get("/schools").hides(t, fmt.Sprintf("Gymnasium %d", (i+1)%10))
	}
}
