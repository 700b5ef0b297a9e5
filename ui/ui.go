// Package ui is what people see: the pages of the administration, one file per subject, all routes on one screen
// (routes.go), templates in page/ and part/, help in help/. It changes facts through the store and explains them with the
// pure functions of package mdm; it never talks to a device.
//
// A page is a handler that gets a view (who looks, in which authority, in which language) and returns an error or a
// rendered page. Its struct embeds web.Frame and is checked against its template by a test. What a handler knows of names
// it got from the store for exactly this actor; nothing is filtered in a template.
//
// Every page works without JavaScript. What moves by itself is a block of its page, fetched again by htmx.
package ui

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"ranzen/enroll"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/issuer"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// Config is what the pages need.
type Config struct {
	Store  *store.Store
	Enroll *enroll.Enroll
	Log    *slog.Logger
	Secure bool                       // browsers reach us by https
	Public string                     // how people reach us, without trailing slash: for links in mails and QR codes
	Vendor string                     // address of a service that signs push requests; empty: there is none
	Wake   func(kind, subject string) // makes a job due now
	Hosts  []sheet.Host               // of others the server speaks to, as papers list them
	Heavy  *web.Gate                  // what large uploads and lists as files pass; nil: as many as like
	Out    issuer.Out                 // how identity providers are reached; nil: as Enroll calls out, and in the demo not at all
	Demo   *Demo                      // only in the demo
}

// Demo is what the demo adds to the pages: the panel „Wetter spielen“. Play returns an error for an unknown game.
type Demo struct {
	Play func(ctx context.Context, game string) error
	// Link signs a browser in without a password, once: the line the demo prints. Empty when it was used.
	TakeLink func(secret string) (login, password string, ok bool)
}

// UI serves the pages.
type UI struct {
	Config
	st      *store.Store
	site    *web.Site
	issuers *issuer.Book
	misses  misses   // unknown labels asked for
	looks   sync.Map // school.AuthorityID -> worn
	lending sync.Map // id of an account -> keptLines
}

// New parses templates and help; it fails where a text or template is broken.
func New(c Config) (*UI, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Wake == nil {
		c.Wake = func(string, string) {}
	}
	u := &UI{Config: c, st: c.Store}
	site, err := web.New(web.Config{Now: c.Store.Now, Log: c.Log, Secure: c.Secure, Demo: c.Demo != nil, Dress: u.dress,
		Trouble: func(err error) string { return string(store.TroubleOf(err)) }})
	if err != nil {
		return nil, err
	}
	u.site = site
	out := c.Out
	switch {
	case out == nil && c.Enroll != nil && c.Demo == nil:
		out = c.Enroll.Outgoing()
	case out == nil: // nothing leaves a played world
		out = nobody{}
	}
	u.issuers = issuer.New(issuer.Config{Out: out, Now: c.Store.Now, Why: whyNot})
	return u, nil
}

// view is who looks at a page.
type view struct {
	by        school.Actor
	session   store.Session
	authority school.Authority
	extent    store.Extent
	simple    bool // pages are shown in the simple way
	worn      worn
	lang      web.Lang
	now       time.Time
}

// can asks for the whole authority, at for one school.
func (v view) can(verb school.Verb) bool {
	return v.by.Can(verb, school.Where{Authority: v.by.Tenant})
}

func (v view) at(verb school.Verb, s school.SchoolID) bool {
	return v.by.Can(verb, school.Where{Authority: v.by.Tenant, School: s})
}

type viewKey struct{}

func viewOf(r *http.Request) (view, bool) {
	v, ok := r.Context().Value(viewKey{}).(view)
	return v, ok
}

// page is a handler of somebody who is signed in and works in an authority.
type page func(w http.ResponseWriter, r *http.Request, v view) error

// cookieName is the session cookie. By https it is bound to this very host.
func (u *UI) cookieName() string {
	if u.Secure {
		return "__Host-ranzen"
	}
	return "ranzen"
}

// sessions looks up who is signed in and hands it down. It refuses nobody.
func (u *UI) sessions(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := r.Cookie(u.cookieName())
		if err != nil || c.Value == "" {
			next.ServeHTTP(w, r)
			return
		}
		away := func(err error) bool { // nobody is sent to sign in because the database is away
			if store.TroubleOf(err) == "" {
				return false
			}
			u.site.Handle(func(http.ResponseWriter, *http.Request) error { return err }).ServeHTTP(w, r)
			return true
		}
		by, session, err := u.st.SessionActor(r.Context(), c.Value)
		if err != nil {
			if away(err) {
				return
			}
			if school.KindOf(err) == "" && r.Context().Err() == nil {
				u.Log.Error("session not read", "error", err)
			}
			next.ServeHTTP(w, r)
			return
		}
		v := view{by: by, session: session, lang: web.LangOf(r), now: u.st.Now()}
		if by.Tenant != "" {
			a, err := u.st.Authority(r.Context(), by)
			if away(err) {
				return
			}
			if err == nil {
				v.authority = a
				if a.Policy.StaffOnly {
					v.lang = v.lang.Business()
				}
				if v.extent, err = u.st.Extent(r.Context(), by); err != nil && away(err) {
					return
				}
				v.simple = simpleFor(a.Policy.Simple, v.extent)
				v.worn = u.wears(r.Context(), by, a)
				v.worn.framed(w)
			}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), viewKey{}, v)))
	})
}

// simpleFor reports whether a place is shown in the simple way: by itself where it has one school and few devices.
func simpleFor(policy school.Simple, x store.Extent) bool {
	switch policy {
	case school.SimpleOn:
		return true
	case school.SimpleOff:
		return false
	}
	return x.Schools == 1 && x.Devices > 0 && x.Devices <= store.SimpleDevices
}

// homes are the pages of roles that do not see the tree, by the verb they are for.
var homes = []struct {
	verb school.Verb
	path string
}{{school.Lend, deskPath}, {school.Teach, taughtPath}, {school.Mend, repairsPath}}

// in is the door of a page of the tree: who is not signed in signs in first and comes back, who works in no authority
// chooses one, and whose role has pages of its own goes to those.
func (u *UI) in(h page) http.Handler {
	return u.inUpload(web.DefaultBody, h)
}

func (u *UI) inUpload(limit int64, h page) http.Handler {
	return u.door(limit, func(w http.ResponseWriter, r *http.Request, v view) error {
		if v.by.CanSomewhere(school.View, v.by.Tenant) {
			return h(w, r, v)
		}
		if r.URL.Path == web.HomePath {
			for _, x := range homes {
				if v.by.CanSomewhere(x.verb, v.by.Tenant) {
					return web.Redirect(w, r, x.path)
				}
			}
		}
		return web.ErrNotFound
	})
}

// own is the door of a page of a role that does not see the tree.
func (u *UI) own(verb school.Verb, h page) http.Handler {
	return u.ownUpload(web.DefaultBody, verb, h)
}

// ownUpload is own for a form that sends up to limit bytes.
func (u *UI) ownUpload(limit int64, verb school.Verb, h page) http.Handler {
	return u.door(limit, func(w http.ResponseWriter, r *http.Request, v view) error {
		if !v.by.CanSomewhere(verb, v.by.Tenant) {
			return web.ErrNotFound
		}
		return h(w, r, v)
	})
}

func (u *UI) door(limit int64, h page) http.Handler {
	return u.site.HandleUpload(limit, func(w http.ResponseWriter, r *http.Request) error {
		v, ok := viewOf(r)
		if !ok {
			if r.Method != http.MethodGet {
				return web.Redirect(w, r, web.SignInPath)
			}
			return web.Redirect(w, r, web.SignInPath+"?next="+escapePath(r))
		}
		if v.authority.ID == "" {
			return web.Redirect(w, r, choosePath)
		}
		if limit > web.DefaultBody && r.Method == http.MethodPost || wantsFile(r) || wantsPrint(r) {
			leave, ok := u.Heavy.Enter(r.Context())
			if !ok {
				return web.ErrNoRoom
			}
			defer leave()
		}
		return h(w, r, v)
	})
}

// must is the door of a page that needs a verb somewhere in the authority; who lacks it sees no such page.
func (u *UI) must(verb school.Verb, h page) http.Handler {
	return u.mustUpload(web.DefaultBody, verb, h)
}

// mustUpload is must for a form that sends up to limit bytes.
func (u *UI) mustUpload(limit int64, verb school.Verb, h page) http.Handler {
	return u.inUpload(limit, func(w http.ResponseWriter, r *http.Request, v view) error {
		if !v.by.CanSomewhere(verb, v.by.Tenant) {
			return web.ErrNotFound
		}
		return h(w, r, v)
	})
}

// frame begins a page below the authority; crumbs are the way to it, the page itself last.
func (u *UI) frame(r *http.Request, title string, crumbs ...web.Crumb) web.Frame {
	f := u.site.Frame(r, title)
	if v, ok := viewOf(r); ok && len(crumbs) > 0 {
		f.Place = append([]web.Crumb{{Name: v.authority.Name, Href: web.HomePath}}, crumbs...)
	}
	return f
}

// dress fills in what every page shows of who is signed in. It cannot fail.
func (u *UI) dress(r *http.Request, f *web.Frame) {
	f.Version = version
	f.Help = helpFor(r)
	v, ok := viewOf(r)
	if !ok {
		return
	}
	f.Lang = v.lang
	f.User, f.Authority, f.Contact = v.session.Name, v.authority.Name, v.authority.Contact
	f.NoSearch = true
	if v.authority.ID == "" {
		return
	}
	v.worn.dress(f)
	f.NoSearch = !v.by.CanSomewhere(school.View, v.by.Tenant)
	path := r.URL.Path
	entries := navigation
	switch {
	case f.NoSearch:
		entries = ownNavigation
	case v.simple:
		entries = simpleNavigation
	}
	found := false // one entry says where one is: the first that does
	for _, n := range entries {
		if n.module != "" && !v.authority.Has(n.module) || !v.by.CanSomewhere(n.verb, v.by.Tenant) {
			continue
		}
		if n.path == "/schools" && v.extent.Schools == 1 { // the one school is the top of the tree
			n.key, n.path, n.also = "nav.school", schoolAddress(v.extent.School), append([]string{"/schools"}, n.also...)
		}
		here := path == n.path || n.path != "/" && strings.HasPrefix(path, n.path+"/")
		for _, also := range n.also {
			here = here || path == also || strings.HasPrefix(path, also+"/")
		}
		f.Nav = append(f.Nav, web.NavItem{Name: f.T(n.key), Href: n.path, Current: here && !found})
		found = found || here
	}
}

// navEntry is an entry of the navigation for those who may do verb somewhere.
type navEntry struct {
	key, path string
	verb      school.Verb
	module    school.Module
	also      []string
}

// simpleNavigation is what a small place sees: what one does there, and behind the last entry everything else.
var simpleNavigation = []navEntry{
	{"nav.devices", "/devices", school.View, school.Management, []string{"/plans"}},
	{"nav.people", "/people", school.ViewPeople, "", []string{"/rosters", crossingsPath}},
	{"nav.handout", handOutPath, school.Lend, "", []string{deskPath}},
	{"nav.takeback", takeBackPath, school.Lend, "", nil},
	{"nav.problems", "/", school.View, "", []string{reportsPath, repairsPath}},
	{"nav.admin", "/admin", school.View, "", append(append([]string{"/schools", "/classes", "/groups", "/places", "/profiles", appsPath, "/versions", "/assign", issueDaysPath, handoversPath, clerksPath, labelsPath}, stockPaths...), adminPaths...)},
}

// ownNavigation is for roles that do not see the tree.
var ownNavigation = []navEntry{
	{"nav.taught", taughtPath, school.Teach, "", nil},
	{"nav.desk", deskPath, school.Lend, "", nil},
	{"nav.issuedays", issueDaysPath, school.Clerks, "", nil},
	{"nav.clerks", clerksPath, school.Clerks, "", nil},
	{"nav.repairs", repairsPath, school.Mend, "", nil},
}

var adminPaths = []string{"/apple", "/codes", "/arrivals", "/deliveries", "/audit", "/outbox", "/accounts", "/operators", "/tokens", "/years", "/providers", "/sessions", papersPath, accessPath, exportPath,
	rolloverPath, demandPath, updatesPath, rolloutsPath, ordersPath, turnsPath, cutoverPath, documentsPath}

// stockPaths are what is lent, under which contract, and what became of it.
var stockPaths = []string{printsPath, stacksPath, documentsPath + "/class", documentsPath + "/of", documentsPath + "/file", contractsPath, assetsPath, kitsPath, batchesPath, damagesPath, lossesPath, figuresPath, returnsPath}

// navigation is at most seven entries; everything else lives on the thing it belongs to.
var navigation = []navEntry{
	{"nav.start", "/", school.View, "", nil},
	{"nav.schools", "/schools", school.View, "", []string{"/classes", "/groups", "/places"}},
	{"nav.devices", "/devices", school.View, school.Management, []string{"/plans"}},
	{"nav.people", "/people", school.ViewPeople, "", []string{"/rosters", crossingsPath}},
	{"nav.managed", "/profiles", school.View, school.Management, []string{"/versions", "/assign", appsPath}},
	{"nav.lending", deskPath, school.Lend, "", append([]string{issueDaysPath, handoversPath, clerksPath, reportsPath, repairsPath, labelsPath}, stockPaths...)},
	{"nav.admin", "/admin", school.View, "", adminPaths},
}

func init() {
	web.Add(web.Words{
		"nav.start":    {"Übersicht", "Overview"},
		"nav.schools":  {"Schulen", "Schools"},
		"nav.devices":  {"Geräte", "Devices"},
		"nav.people":   {"Personen", "People"},
		"nav.managed":  {"Profile und Apps", "Profiles and apps"},
		"nav.profiles": {"Profile", "Profiles"},
		"nav.admin":    {"Verwaltung", "Administration"},
		"nav.school":   {"Schule", "School"},
		"nav.lending":  {"Ausleihe", "Lending"},
		"nav.handout":  {"Ausgeben", "Hand out"},
		"nav.takeback": {"Zurücknehmen", "Take back"},
		"nav.problems": {"Probleme", "Problems"},
		"nav.taught":   {"Meine Klassen", "My classes"},
		"nav.clerks":   {"Aushilfen", "Temporary clerks"},
		"nav.repairs":  {"Reparaturen", "Repairs"},
	})
}

// done sends the browser on after a form was accepted, with a flash that can undo it.
func (u *UI) done(w http.ResponseWriter, r *http.Request, to, key string, set school.ChangeSetID, numbers ...int64) error {
	u.site.SetFlash(w, web.Flash{Key: key, Numbers: numbers, Undo: string(set)})
	return web.Redirect(w, r, to)
}

// fieldErrors collects the refusals of a form by field, so that the page is shown again with what was typed. Another error
// is passed on.
func fieldErrors(l web.Lang, err error) (map[string]string, error) {
	if err == nil {
		return nil, nil
	}
	out := map[string]string{}
	for _, e := range school.Refusals(err) {
		if e.Kind != school.Invalid && e.Kind != school.Conflict {
			return nil, err
		}
		if _, said := out[e.Field]; !said { // the first thing wrong with a field is said
			out[e.Field] = web.RuleText(l, e)
		}
	}
	if len(out) == 0 {
		return nil, err
	}
	return out, nil
}

var errNoForm = errors.New("form not read")
