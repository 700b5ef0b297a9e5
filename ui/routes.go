package ui

import (
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/static"
	"ranzen/ui/web"
)

// Paths that more than one file names.
const (
	choosePath = "/choose"
)

// version is what the foot of every page says; the door sets it from the build.
var version = "dev"

// SetVersion is called once, before any page is served.
func SetVersion(v string) { version = v }

// Routes adds every page. What needs a verb says so here; what needs it at one school asks in the handler.
func (u *UI) Routes(r *mux.Router) {
	r.PathPrefix(static.Prefix).Handler(static.Handler())
	p := r.NewRoute().Subrouter()
	p.Use(u.site.Guard, u.sessions)
	get := func(path string, h http.Handler) { p.Handle(path, h).Methods(http.MethodGet, http.MethodHead) }
	post := func(path string, h http.Handler) { p.Handle(path, h).Methods(http.MethodPost) }
	open := func(h web.Handler) http.Handler { return u.site.Handle(h) }

	// Who nobody is yet.
	get(web.SignInPath, open(u.signInPage))
	post(web.SignInPath, open(u.signIn))
	post(web.SignOutPath, open(u.signOut))
	get("/setup/{secret}", open(u.setupPage))
	post("/setup/{secret}", open(u.setup))
	get("/demo/{secret}", open(u.demoIn))
	get(web.HelpPath, open(u.helpPage))
	get(web.HelpPath+"/handbook", open(u.handbookPage))
	get(web.HelpPath+"/{section}", open(u.helpPage))
	get(web.AccessibilityPath, open(u.accessibilityPage))
	get(choosePath, u.signed(u.choosePage))
	post(choosePath, u.signed(u.choose))
	get(newAuthorityPath, u.signed(u.newAuthorityPage))
	post(newAuthorityPath, u.signed(u.newAuthority))
	get(web.AccountPath, u.signed(u.accountPage))
	post(web.AccountPath+"/language", u.signed(u.setLanguage))
	post(web.AccountPath+"/password", u.signed(u.changePassword))
	post(web.AccountPath+"/sessions", u.signed(u.endSession))

	// The tree below the authority, as it is built. These stand before the pages of its nodes: "new" is no id.
	get("/schools/new", u.must(school.EditOrg, u.newSchoolPage))
	post("/schools/new", u.must(school.EditOrg, u.newSchool))
	get("/schools/{school}/edit", u.must(school.EditOrg, u.editSchoolPage))
	post("/schools/{school}/edit", u.must(school.EditOrg, u.editSchool))
	get("/schools/{school}/network", u.must(school.Enroll, u.networkPage))
	post("/schools/{school}/network", u.must(school.Enroll, u.setNetwork))
	get("/schools/{school}/classes/new", u.must(school.EditOrg, u.newClassPage))
	post("/schools/{school}/classes/new", u.must(school.EditOrg, u.newClass))
	get("/classes/{class}/edit", u.must(school.EditOrg, u.editClassPage))
	post("/classes/{class}/edit", u.must(school.EditOrg, u.editClass))
	post("/classes/{class}/archive", u.must(school.EditOrg, u.archiveClass))
	get("/schools/{school}/places", u.in(u.placesPage))
	get("/schools/{school}/places/new", u.must(school.EditOrg, u.newPlacePage))
	post("/schools/{school}/places/new", u.must(school.EditOrg, u.newPlace))
	get("/places/{place}", u.must(school.EditOrg, u.editPlacePage))
	post("/places/{place}", u.must(school.EditOrg, u.editPlace))
	post("/places/{place}/remove", u.must(school.EditOrg, u.removePlace))
	get("/groups", u.in(u.groupsPage))
	get("/groups/new", u.must(school.EditOrg, u.newGroupPage))
	post("/groups/new", u.must(school.EditOrg, u.newGroup))
	get("/groups/{group}", u.in(u.groupPage))
	get("/groups/{group}/edit", u.must(school.EditOrg, u.editGroupPage))
	post("/groups/{group}/edit", u.must(school.EditOrg, u.editGroup))
	post("/groups/{group}/archive", u.must(school.EditOrg, u.archiveGroup))
	post("/groups/{group}/add", u.must(school.EditOrg, u.joinGroup))
	post("/groups/{group}/remove", u.must(school.EditOrg, u.leaveGroup))

	// Administration.
	get("/admin", u.in(u.adminPage))
	get("/admin/authority", u.must(school.Settings, u.settingsPage))
	post("/admin/authority", u.must(school.Settings, u.changeSettings))
	get("/years", u.in(u.yearsPage))
	get("/years/new", u.must(school.EditOrg, u.newYearPage))
	post("/years/new", u.must(school.EditOrg, u.newYear))
	get("/accounts", u.must(school.Accounts, u.accountsPage))
	get("/accounts/new", u.must(school.Accounts, u.newAccountPage))
	post("/accounts/new", u.must(school.Accounts, u.newAccount))
	get("/accounts/{account}", u.must(school.Accounts, u.accountOfPage))
	get("/accounts/{account}/edit", u.must(school.Accounts, u.editAccountPage))
	post("/accounts/{account}/edit", u.must(school.Accounts, u.editAccount))
	post("/accounts/{account}/link", u.must(school.Accounts, u.newLink))
	post("/accounts/{account}/disable", u.must(school.Accounts, u.disableAccount))
	post("/accounts/{account}/enable", u.must(school.Accounts, u.enableAccount))
	post("/accounts/{account}/grants", u.must(school.Accounts, u.giveRole))
	post("/accounts/{account}/grants/end", u.must(school.Accounts, u.endRole))
	get("/operators", u.must(school.Provision, u.operatorsPage))
	get("/operators/new", u.must(school.Provision, u.newOperatorPage))
	post("/operators/new", u.must(school.Provision, u.newOperator))
	get("/tokens", u.must(school.Accounts, u.tokensPage))
	get("/tokens/new", u.must(school.Accounts, u.newTokenPage))
	post("/tokens/new", u.must(school.Accounts, u.newToken))
	post("/tokens/revoke", u.must(school.Accounts, u.revokeToken))
	get("/audit", u.must(school.ReadAudit, u.auditPage))
	get("/outbox", u.must(school.ReadOutbox, u.outboxPage))
	get("/outbox/{mail}", u.must(school.ReadOutbox, u.letterPage))

	nowhere := u.site.Guard(u.sessions(u.site.NotFound())) // routes that match bring their guards, this one does not
	p.NotFoundHandler, p.MethodNotAllowedHandler = nowhere, nowhere
}
