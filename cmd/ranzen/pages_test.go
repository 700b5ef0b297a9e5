package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/net/html"

	engine "ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// walker follows links as somebody who clicks on everything.
type walker struct {
	s      *site
	client *http.Client
	routes *mux.Router
	seen   map[string]bool   // addresses
	times  map[string]int    // how often an address of a route was asked for
	first  map[string]string // the first address of a route that answered with a page
}

// most is how many addresses of one route are followed: all iPads have the same pages. What has other acts by how it stands is
// followed further.
const most = 3

var further = map[string]int{"/contracts/{contract}": 8, "/damages/{damage}": 6}

func (s *site) walker(login, password string) *walker {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	s.must(err)
	routes := mux.NewRouter()
	s.d.s.UI.Routes(routes)
	w := &walker{s: s, client: &http.Client{Jar: jar}, routes: routes, seen: map[string]bool{}, times: map[string]int{}, first: map[string]string{}}
	answer, err := w.client.PostForm(s.url+"/sign-in", url.Values{"login": {login}, "password": {password}})
	s.must(err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("%s does not get in: %s", login, answer.Status)
	}
	return w
}

// route is the template an address belongs to, or nothing.
func (w *walker) route(address string) string {
	r, err := http.NewRequest(http.MethodGet, w.s.url+address, nil)
	w.s.must(err)
	var m mux.RouteMatch
	if !w.routes.Match(r, &m) || m.Route == nil {
		return ""
	}
	template, err := m.Route.GetPathTemplate()
	w.s.must(err)
	return template
}

// walk follows every link from an address on.
func (w *walker) walk(from string, addresses ...string) {
	w.s.t.Helper()
	for _, address := range addresses {
		if w.seen[address] {
			continue
		}
		w.seen[address] = true
		template := w.route(address)
		if template == "" {
			w.s.t.Errorf("%s leads to %s, which no page answers", from, address)
			continue
		}
		if w.times[template]++; w.times[template] > max(most, further[template]) {
			continue
		}
		answer, body := w.get(address)
		if answer.StatusCode != http.StatusOK {
			w.s.t.Errorf("%s leads to %s, which answers %s", from, address, answer.Status)
			continue
		}
		if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
			w.first[template] = "" // a file
			continue
		}
		if landed := answer.Request.URL; w.first[template] == "" && w.route(landed.Path) == template {
			w.first[template] = address
		}
		if strings.Contains(body, `<span aria-current="page"></span>`) {
			w.s.t.Errorf("%s does not say in its way where it is", address)
		}
		root, err := html.Parse(strings.NewReader(body))
		w.s.must(err)
		w.walk(address, links(root)...)
	}
}

func (w *walker) get(address string) (*http.Response, string) {
	w.s.t.Helper()
	answer, err := w.client.Get(w.s.url + address)
	w.s.must(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	w.s.must(err)
	return answer, string(body)
}

// links are the addresses of our own a page leads to, without the switches of language and colours.
func links(n *html.Node) (out []string) {
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || c.Data != "a" {
			continue
		}
		href := attribute(c, "href")
		u, err := url.Parse(href)
		if err != nil || u.Host != "" || !strings.HasPrefix(href, "/") || u.Query().Has("lang") || u.Query().Has("theme") || strings.HasPrefix(href, "/static/") {
			continue
		}
		u.Fragment = ""
		out = append(out, u.String())
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// german finds words no English page says.
var german = regexp.MustCompile(`\b(?i:der|die|das|und|nicht|ist|wird|werden|oder|mit|für|noch|kein|keine|auf|wenn)\b`)

// germanWords are the German words of a page, as somebody reads them who does not know them. What people wrote is theirs, in whatever
// language: names they gave, by which they are known here, and the text of a letter.
func germanWords(root *html.Node, given *strings.Replacer) (out []string) {
	var read func(n *html.Node)
	read = func(n *html.Node) {
		if n.Type == html.ElementNode && (slices.Contains([]string{"script", "style", "template"}, n.Data) || attribute(n, "lang") == "de" || attribute(n, "class") == "letter") {
			return
		}
		if n.Type == html.TextNode {
			if word := german.FindString(given.Replace(n.Data)); word != "" {
				out = append(out, fmt.Sprintf("«%s» in %q", word, strings.TrimSpace(n.Data)))
			}
		}
		for c := range n.ChildNodes() {
			read(c)
		}
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "main" {
			read(n)
		}
	}
	return out
}

// given takes out of a text what profiles, people and letters are called, where it sounds German. Nothing else people name does here.
func (s *site) given() *strings.Replacer {
	s.t.Helper()
	ctx, st := context.Background(), s.d.s.Store
	var names []string
	profiles, err := st.Profiles(ctx, s.by, store.ProfileFilter{Limit: store.MaxPage})
	s.must(err)
	for _, p := range profiles.Rows {
		names = append(names, p.Name)
	}
	for after := ""; ; {
		people, err := st.Persons(ctx, s.by, store.PersonFilter{After: after, Limit: store.MaxPage})
		s.must(err)
		for _, p := range people.Rows {
			names = append(names, p.Family, p.Given)
		}
		if after = people.Next; after == "" {
			break
		}
	}
	letters, err := st.Outbox(ctx, s.by, "", store.MaxPage)
	s.must(err)
	for _, m := range letters.Rows {
		names = append(names, m.Subject)
	}
	var pairs []string
	for _, n := range names {
		if german.MatchString(n) {
			pairs = append(pairs, n, "")
		}
	}
	if len(pairs) == 0 {
		s.t.Error("no name sounds German: nothing need be taken out")
	}
	return strings.NewReplacer(pairs...)
}

// seed makes what a played district does not have by itself: a group, a code, a colleague with a letter, a plan, an operator.
// It names the addresses nobody links to.
func (s *site) seed() (unlinked []string, operator, password string) {
	t, ctx, st := s.t, context.Background(), s.d.s.Store
	t.Helper()
	nord := s.school(demoSchool)
	_, err := st.CreateGroup(ctx, s.by, school.Group{School: nord, Name: "Medienscouts"})
	s.must(err)
	_, link, _, err := st.CreateCode(ctx, s.by, store.Code{School: nord, Left: 2, Note: "Koffer 2"})
	s.must(err)
	_, setup, err := st.CreateAccount(ctx, s.by, store.Account{Login: "sekretariat", Name: "Sekretariat", Email: "sekretariat@nord.example"},
		[]school.Grant{{Role: school.SchoolAdmin, Authority: s.by.Tenant, School: nord}})
	s.must(err)
	profile, version, _ := s.profileNamed("WLAN " + demoSchool)
	plan, err := st.Plan(ctx, s.by, school.Change{Kind: school.ChangeAssign, Assignment: school.Assignment{
		Scope: school.Scope{Level: school.AtClass, ID: string(s.class(demoClass))}, Profile: profile, Version: version, Mode: school.Required}}, engine.Preview)
	s.must(err)
	_, err = st.CreateRosterServer(ctx, s.by, school.RosterSource{Name: "Land"}, school.RosterServer{Base: "https://api.land.example/v1", Token: "https://auth.land.example/token", ClientID: "musterstadt"}, "geheim")
	s.must(err)
	_, err = s.d.s.Enroll.NewPushRequest(ctx, s.by, "push@musterstadt.example")
	s.must(err)
	const udid = "00008120-000000000000001E"
	_, err = st.Authenticated(ctx, store.Identity{Authority: s.by.Tenant, School: nord, Purpose: store.ForManual, Ends: st.Now().AddDate(1, 0, 0)},
		store.Checkin{NanoID: udid, UDID: udid, Serial: "F9FXK2MANUAL", Topic: "topic", Model: "iPad (9. Generation)", ProductName: "iPad12,1", OSVersion: "26.1"})
	s.must(err)
	_, err = st.TokenUpdated(ctx, s.by.Tenant, udid, store.Token{Topic: "topic", Magic: "magic", Token: []byte("token")})
	s.must(err)
	device, err := st.DeviceBySerial(ctx, s.by, "F9FXK2MANUAL")
	s.must(err)
	all, err := st.Devices(ctx, s.by, store.DeviceFilter{Limit: store.MaxPage})
	s.must(err)
	free := slices.IndexFunc(all.Rows, func(d store.DeviceRow) bool { return d.Holder == "" && d.Confirmed })
	if free < 0 {
		t.Fatal("somebody holds every iPad")
	}
	operator, password = "betrieb", s.d.state.Password
	_, first, err := st.CreateOperator(ctx, school.System("test", ""), store.Account{Login: operator, Name: "Betrieb"})
	s.must(err)
	_, err = st.SetPassword(ctx, first, password)
	s.must(err)
	role := func(login string, g school.Grant) {
		_, link, err := st.CreateAccount(ctx, s.by, store.Account{Login: login, Name: "Konto " + login}, []school.Grant{g})
		s.must(err)
		_, err = st.SetPassword(ctx, link, password)
		s.must(err)
	}
	taught, err := st.CreatePerson(ctx, s.by, school.Person{School: nord, Kind: school.Teacher, Given: "Thea", Family: "Tafel"}, "")
	s.must(err)
	_, err = st.AddMember(ctx, s.by, school.Membership{Person: taught, Class: s.class(demoClass), Teaches: true})
	s.must(err)
	role("lehrkraft", school.Grant{Role: school.TeacherRole, School: nord, Person: taught})
	role("werkstatt", school.Grant{Role: school.Repair})
	role("schule", school.Grant{Role: school.SchoolAdmin, School: nord})
	comes, err := st.CreatePerson(ctx, s.by, school.Person{School: s.school("Grundschule am Anger"), Kind: school.Pupil, Given: "Kim", Family: "Wechsel"}, "")
	s.must(err)
	_, err = st.OfferCrossing(ctx, s.by, comes, nord, nil)
	s.must(err)
	_, err = st.SendToRepair(ctx, s.by, all.Rows[free].ID, "Display")
	s.must(err)
	holder, err := st.CreatePerson(ctx, s.by, school.Person{School: nord, Kind: school.Pupil, Given: "Mia", Family: "Vertrag"}, s.class(demoClass))
	s.must(err)
	contracts, _, err := st.PlanContracts(ctx, s.by, nord, []store.ContractWish{{Person: holder}})
	s.must(err)
	about := document.Sample(school.LoanContract, web.German, "Musterstadt", demoSchool, st.Now(), 1)
	about.Values["person.name"] = "Mia Vertrag"
	facts, err := json.Marshal(about)
	s.must(err)
	_, _, err = st.MakeDocuments(ctx, s.by, nord, []store.NewDocument{{Contract: contracts[0], Kind: school.LoanContract, Body: document.Wording(school.LoanContract, web.German), Facts: facts, Same: facts}})
	s.must(err)
	run, err := st.OrderPrint(ctx, s.by, nord, nil, true)
	s.must(err)
	s.until("the contracts of a school are printed", func() bool {
		x, _, err := st.PrintByID(ctx, s.by, run)
		s.must(err)
		return !x.Ended.IsZero()
	})
	papers, err := st.DocumentsOf(ctx, s.by, contracts[0]) // the newest first
	s.must(err)
	toSign, err := st.MakeSignLink(ctx, s.by, papers[0].ID)
	s.must(err)
	open, thing := s.lent(nord, holder)
	_, _, err = st.SetIssueDay(ctx, s.by, school.IssueDay{School: nord, Name: "Ausgabe 7", Room: "Aula", Day: st.Now().In(store.Berlin).AddDate(0, 0, 1).Format(time.DateOnly), Classes: []school.ClassID{s.class(demoClass)}})
	s.must(err)
	unheld, err := st.DeviceByID(ctx, s.by, all.Rows[free].ID)
	s.must(err)
	scratch, _, err := st.ReportDamage(ctx, s.by, unheld.Asset, "body", "")
	s.must(err)
	var blank bytes.Buffer
	s.must(png.Encode(&blank, image.NewGray(image.Rect(0, 0, 200, 280))))
	var stacks []school.StackID
	bare := []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page>>endobj\ntrailer<</Root 1 0 R>>")
	for _, file := range [][]byte{blank.Bytes(), blank.Bytes(), bare} { // one page is filed by hand, one waits, one is to be seen in its file alone
		id, err := st.BringStack(ctx, s.by, nord, file)
		s.must(err)
		s.until("a stack is read", func() bool {
			x, _, err := st.StackByID(ctx, s.by, id)
			s.must(err)
			return !x.Read.IsZero()
		})
		stacks = append(stacks, id)
	}
	_, pages, err := st.StackByID(ctx, s.by, stacks[0])
	s.must(err)
	signs, err := st.ContractByID(ctx, s.by, contracts[0])
	s.must(err)
	s.must(st.FileStackPage(ctx, s.by, stacks[0], pages[0].ID, signs.Number))
	var logo bytes.Buffer
	s.must(png.Encode(&logo, image.NewRGBA(image.Rect(0, 0, 64, 64))))
	_, err = st.ChangeLook(ctx, s.by, school.Look{Colour: "#1f44ab", Logo: logo.Bytes()})
	s.must(err)
	labels, err := st.PrintLabels(ctx, s.by, store.LabelFilter{School: nord, Class: s.class(demoClass)}, "")
	s.must(err)
	s.d.mu.Lock()
	s.d.link = "einmal"
	s.d.mu.Unlock()
	return []string{"/contracts/" + string(open), "/assets/" + string(thing), "/hand-out", "/take-back", "/devices/" + string(all.Rows[free].ID), "/search?q=7b", "/plans/" + string(plan.ID), "/setup/" + setup, "/e/" + link, "/enroll", "/a/" + labels.Rows[0].Found, "/s/" + toSign, "/documents/of/" + string(contracts[0]), "/documents/class/" + string(s.class(demoClass)), "/documents/class/" + string(s.class(demoClass)) + "/papers.pdf",
		"/documents/file/" + string(papers[0].ID) + ".pdf", "/documents/file/" + string(papers[0].ID) + "/sign", "/devices/" + string(device.Device.ID) + "/release", "/devices/" + string(device.Device.ID) + "/slip",
		"/damages/" + string(scratch), "/documents/prints/" + string(run), "/documents/file/" + string(papers[0].ID) + "/scan", "/documents/stacks/" + string(stacks[0]), "/documents/stacks/" + string(stacks[1]), "/documents/stacks/" + string(stacks[2]), "/documents/file/" + string(papers[0].ID) + "/mail", "/cutover/" + string(nord) + "/serials.csv", "/t/" + string(s.by.Tenant) + "/devices", "/look/logo.png", "/look/colour.css", "/desk/away", "/desk/worker.js", "/desk/manifest.webmanifest"}, operator, password
}

// lent makes what lending leaves behind: a set of which a part did not come back, damages in each state, a picture, a loss. It names
// the contract of the set: a walker looks at a few of many.
func (s *site) lent(nord school.SchoolID, holder school.PersonID) (school.ContractID, school.AssetID) {
	s.t.Helper()
	ctx, st := context.Background(), s.d.s.Store
	_, err := st.CreateKit(ctx, s.by, school.Kit{Name: "Notebook-Set", Kind: school.Notebook, Standard: true, Parts: []school.Part{{Kind: school.Charger, Name: "Netzteil", Price: 4900}}})
	s.must(err)
	var things []school.AssetID
	for i := range 4 {
		id, err := st.CreateAsset(ctx, s.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Serial: fmt.Sprintf("PF4A000%d", i), Model: "Notebook 14", School: nord, Price: 64900})
		s.must(err)
		things = append(things, id)
	}
	out, _, err := st.HandOut(ctx, s.by, store.Handover{Person: holder, Asset: things[0]})
	s.must(err)
	_, _, err = st.TakeIn(ctx, s.by, store.GivenBack{Asset: things[0], Missing: []int{2}})
	s.must(err)
	var damages []school.DamageID
	for _, thing := range things[1:3] {
		id, _, err := st.ReportDamage(ctx, s.by, thing, "display", "heruntergefallen")
		s.must(err)
		damages = append(damages, id)
	}
	_, err = st.AssessDamage(ctx, s.by, damages[0], "accident", school.Fault)
	s.must(err)
	var shot bytes.Buffer
	s.must(png.Encode(&shot, image.NewGray(image.Rect(0, 0, 4, 4))))
	s.must(st.AddPicture(ctx, s.by, damages[0], shot.Bytes()))
	_, _, err = st.ReportLoss(ctx, s.by, things[3], true, "im Bus liegen gelassen")
	s.must(err)
	return out.Contract, things[0]
}

// looks has axe look at every page a walker found, and tries it on a telephone.
func (s *site) looks(w *walker, tab *webtest.Tab) {
	s.t.Helper()
	if len(w.first) == 0 {
		s.t.Error("nobody found a page")
	}
	for _, template := range slices.Sorted(maps.Keys(w.first)) {
		address := w.first[template]
		if address == "" {
			continue
		}
		tab.Goto(s.url + address)
		tab.Axe()
		tab.Resize(390, 844)
		tab.Fits()
		tab.Resize(1280, 900)
	}
}

// Every page there is, with what a district really has: it answers, leads nowhere dead, says no German in English, fits a
// telephone, and axe finds nothing.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	s := open(t, 30)
	s.until("30 iPads are enrolled and settled", func() bool { return s.counts().Enrolled == 30 && s.settled() })
	unlinked, operator, password := s.seed()

	admin := s.walker(demoLogin, s.d.state.Password)
	place, err := admin.client.PostForm(s.url+"/desk", url.Values{"school": {string(s.school(demoSchool))}, "mode": {"class"}, "class": {string(s.class(demoClass))}})
	s.must(err)
	place.Body.Close()
	admin.walk("the address bar", append(unlinked, "/", place.Request.URL.Path+"/damage")...) // what a browser without scripts loads again
	provider := s.walker(operator, password)
	provider.times, provider.seen = admin.times, admin.seen
	provider.walk("the address bar", "/choose") // it has access nowhere yet
	opened, err := provider.client.PostForm(s.url+"/choose/"+string(s.by.Tenant), url.Values{"reason": {"Ticket 4711"}, "until": {s.d.s.Store.Now().AddDate(0, 0, 5).Format(time.DateOnly)}})
	s.must(err)
	opened.Body.Close()
	provider.walk("the address bar", "/", "/operators", "/authorities/new")
	// Roles with pages of their own.
	var others []*walker
	for _, login := range []string{"lehrkraft", "werkstatt"} {
		x := s.walker(login, password)
		for address := range admin.seen { // the help speaks of pages that are not theirs
			if strings.HasPrefix(address, "/help") {
				x.seen[address] = true
			}
		}
		x.walk("the address bar", "/")
		for template, n := range x.times {
			admin.times[template] += n
		}
		others = append(others, x)
	}
	// Who looks after one school alone has a page more.
	pupils, err := s.d.s.Store.Persons(t.Context(), s.by, store.PersonFilter{School: s.school(demoSchool), Kind: school.Pupil, Limit: 1})
	s.must(err)
	alone := s.walker("schule", password)
	alone.times, alone.seen = admin.times, admin.seen
	alone.walk("the address bar", "/people/"+string(pupils.Rows[0].ID)+"/offer")
	others = append(others, alone)
	// The way in of the browser below; what nobody sees who is signed in.
	never := []string{"/devices/{device}/erasure.pdf" /* none was erased */, "/demo/{secret}", "/sign-in", "/sign-in/{start}", "/sign-in/code", "/sign-in/passkey", "/sign-in/code/passkey", "/sign-in/with/{provider}", "/sign-in/back/{provider}"}
	if err := admin.routes.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := r.GetPathTemplate()
		methods, merr := r.GetMethods()
		if err != nil || merr != nil || !slices.Contains(methods, http.MethodGet) || slices.Contains(never, template) {
			return nil
		}
		if admin.times[template] == 0 {
			t.Errorf("nothing leads to %s", template)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}

	address, err := url.Parse(s.url)
	s.must(err)
	s.looks(admin, webtest.Open(t, s.url+"/demo/einmal", webtest.Options{Life: tabLife}))
	signed := map[string]string{} // the browser goes on where the walker signed in
	for _, c := range provider.client.Jar.Cookies(address) {
		signed[c.Name] = c.Value
	}
	s.looks(provider, webtest.Open(t, s.url+"/operators", webtest.Options{Life: tabLife, Cookies: signed}))
	given := s.given()
	for _, x := range others {
		cookies := map[string]string{}
		for _, c := range x.client.Jar.Cookies(address) {
			cookies[c.Name] = c.Value
		}
		s.looks(x, webtest.Open(t, s.url+"/account", webtest.Options{Life: tabLife, Cookies: cookies}))
	}
	for _, reader := range append([]*walker{admin, provider}, others...) {
		reader.client.Jar.SetCookies(address, []*http.Cookie{{Name: "lang", Value: "en"}})
		for _, template := range slices.Sorted(maps.Keys(reader.first)) {
			page := reader.first[template]
			if page == "" {
				continue
			}
			_, body := reader.get(page)
			root, err := html.Parse(strings.NewReader(body))
			s.must(err)
			for _, x := range germanWords(root, given) {
				t.Errorf("%s in English: %s", page, x)
			}
		}
	}
}
