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

	// Who holds an iPad and a code. The profile itself is sent once, by POST.
	get("/e/{secret}", open(u.enrolLink))
	post("/e/{secret}/profile", open(u.enrolProfile))
	get(typedPath, open(u.enrolTyped))
	post(typedPath, open(u.enrolCode))

	// The tree below the authority, as it is built. These stand before the pages of its nodes: "new" is no id.
	get("/schools/new", u.must(school.EditOrg, u.newSchoolPage))
	post("/schools/new", u.must(school.EditOrg, u.newSchool))
	get("/schools/{school}/edit", u.must(school.EditOrg, u.editSchoolPage))
	post("/schools/{school}/edit", u.must(school.EditOrg, u.editSchool))
	get("/schools/{school}/archive", u.must(school.EditOrg, u.archiveSchoolPage))
	post("/schools/{school}/archive", u.must(school.EditOrg, u.archiveSchool))
	post("/schools/{school}/restore", u.must(school.EditOrg, u.restoreSchool))
	get("/schools/{school}/calm", u.managed(school.EditOrg, u.calmPage))
	post("/schools/{school}/calm", u.managed(school.EditOrg, u.setCalm))
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

	// What decides: the start page, the tree from school to device, people, plans, search, undo.
	get(web.HomePath, u.in(u.start))
	post("/demo/play", u.in(u.play))
	get(web.SearchPath, u.in(u.search))
	post(web.UndoPath+"{set}", u.in(u.undo))
	get("/schools", u.in(u.schools))
	get("/schools/{school}", u.in(u.school))
	get("/schools/{school}/assigned", u.in(u.schoolAssigned))
	get("/schools/{school}/history", u.in(u.schoolHistory))
	get("/classes/{class}", u.in(u.classAssigned))
	get("/classes/{class}/devices", u.in(u.classDevices))
	get("/classes/{class}/people", u.in(u.classPeople))
	get("/classes/{class}/history", u.in(u.classHistory))
	get("/classes/{class}/print", u.in(u.classPrint))
	post("/classes/{class}/retry", u.managed(school.OrderDevice, u.classRetry))
	get("/devices", u.managed(school.View, u.devices))
	post("/devices/refresh", u.managed(school.OrderDevice, u.devicesRefresh))
	post("/devices/move", u.managed(school.EditDevices, u.devicesMove))
	get("/devices/{device}", u.managed(school.View, u.deviceShow))
	get("/devices/{device}/items", u.managed(school.View, u.deviceItems))
	get("/devices/{device}/orders", u.managed(school.View, u.deviceOrders))
	get("/devices/{device}/history", u.managed(school.View, u.deviceHistory))
	post("/devices/{device}/order", u.managed(school.OrderDevice, u.deviceOrder))
	post("/orders/{order}/cancel", u.managed(school.OrderDevice, u.orderCancel))
	get("/devices/{device}/edit", u.managed(school.EditDevices, u.deviceEditForm))
	post("/devices/{device}/edit", u.managed(school.EditDevices, u.deviceEdit))
	get("/devices/{device}/move", u.managed(school.EditDevices, u.deviceMoveForm))
	get("/devices/{device}/issue", u.managed(school.EditDevices, u.deviceIssueForm))
	post("/devices/{device}/issue", u.managed(school.EditDevices, u.deviceIssue))
	post("/devices/{device}/takeback", u.managed(school.EditDevices, u.deviceTakeBack))
	post("/devices/{device}/confirm", u.managed(school.EditDevices, u.deviceConfirm))
	post("/devices/{device}/retry", u.managed(school.OrderDevice, u.deviceRetry))
	post("/devices/{device}/hint", u.managed(school.EditDevices, u.deviceHint))
	get("/devices/{device}/slip", u.managed(school.View, u.deviceSlip))
	get("/devices/{device}/release", u.managed(school.EditDevices, u.deviceReleaseForm))
	post("/devices/{device}/network", u.managed(school.EditDevices, u.deviceNetwork))
	get("/people", u.must(school.ViewPeople, u.people))
	get("/people/new", u.must(school.EditPeople, u.newPersonPage))
	post("/people/new", u.must(school.EditPeople, u.newPerson))
	get("/people/{person}", u.must(school.ViewPeople, u.person))
	get("/people/{person}/edit", u.must(school.EditPeople, u.editPersonPage))
	post("/people/{person}/edit", u.must(school.EditPeople, u.editPerson))
	post("/people/{person}/archive", u.must(school.EditPeople, u.archivePerson))
	get(assignPath, u.managed(school.Assign, u.assignForm))
	post(assignPath, u.managed(school.View, u.assign))
	get("/plans/{plan}", u.managed(school.View, u.planShow))
	post("/plans/{plan}/apply", u.managed(school.View, u.planApply))
	post("/plans/{plan}/drop", u.managed(school.View, u.planDrop))

	// Profiles. "new" and "import" are no ids.
	get(profilesPath, u.managed(school.View, u.profiles))
	get(profilesPath+"/new", u.managed(school.EditProfiles, u.newProfilePage))
	get(profilesPath+"/new/{form}", u.managed(school.EditProfiles, u.editProfilePage))
	post(profilesPath+"/new/{form}", u.managedUpload(formLimit, school.EditProfiles, u.saveProfile))
	post(profilesPath+"/new/{form}/check", u.managedUpload(formLimit, school.EditProfiles, u.checkProfile))
	get(profilesPath+"/import", u.managed(school.EditProfiles, u.importProfilePage))
	post(profilesPath+"/import", u.managedUpload(importLimit, school.EditProfiles, u.importProfile))
	get(profilesPath+"/{profile}", u.managed(school.View, u.profile))
	get(profilesPath+"/{profile}/assignments", u.managed(school.View, u.profileHolders))
	get(profilesPath+"/{profile}/versions", u.managed(school.View, u.profileVersions))
	get(profilesPath+"/{profile}/preview", u.managed(school.View, u.profilePreview))
	get(profilesPath+"/{profile}/edit", u.managed(school.EditProfiles, u.editProfilePage))
	post(profilesPath+"/{profile}/edit", u.managedUpload(formLimit, school.EditProfiles, u.saveProfile))
	post(profilesPath+"/{profile}/check", u.managedUpload(formLimit, school.EditProfiles, u.checkProfile))
	get(profilesPath+"/{profile}/name", u.managed(school.EditProfiles, u.profileNamePage))
	post(profilesPath+"/{profile}/name", u.managed(school.EditProfiles, u.profileName))
	post(profilesPath+"/{profile}/publish", u.managed(school.EditProfiles, u.publishProfile))
	post(profilesPath+"/{profile}/draft/drop", u.managed(school.EditProfiles, u.dropDraft))
	post(profilesPath+"/{profile}/archive", u.managed(school.EditProfiles, u.archiveProfile))
	get("/versions/{version}", u.managed(school.View, u.version))
	get("/versions/{version}/download", u.managed(school.EditProfiles, u.downloadVersion))

	// The connection to Apple, and ways into management. Auditors may look at the connection.
	get(applePath, u.managed(school.View, u.apple))
	get(applePath+"/push", u.managed(school.Apple, u.pushPage))
	post(applePath+"/push/request", u.managed(school.Apple, u.requestPush))
	get(applePath+"/push/request.csr", u.managed(school.Apple, u.downloadPushRequest))
	post(applePath+"/push/sign", u.managed(school.Apple, u.signPush))
	post(applePath+"/push/certificate", u.managedUpload(certLimit, school.Apple, u.acceptPush))
	get(applePath+"/tokens/new", u.managed(school.Apple, u.newAppleTokenPage))
	post(applePath+"/tokens/new", u.managed(school.Apple, u.newAppleToken))
	get(applePath+"/tokens/{token}", u.managed(school.View, u.appleToken))
	get(applePath+"/tokens/{token}/key.pem", u.managed(school.Apple, u.downloadAppleKey))
	post(applePath+"/tokens/{token}/key", u.managed(school.Apple, u.renewAppleKey))
	post(applePath+"/tokens/{token}/file", u.managedUpload(certLimit, school.Apple, u.acceptAppleToken))
	post(applePath+"/tokens/{token}/settings", u.managed(school.Apple, u.saveAppleToken))
	post(applePath+"/tokens/{token}/sync", u.managed(school.Apple, u.syncAppleToken))
	post(applePath+"/tokens/{token}/remove", u.managed(school.Apple, u.removeAppleToken))
	get(applePath+"/tokens/{token}/devices", u.managed(school.Apple, u.appleTokenDevices))
	get(codesPath, u.managed(school.Enroll, u.codes))
	get(codesPath+"/new", u.managed(school.Enroll, u.newCodePage))
	post(codesPath+"/new", u.managed(school.Enroll, u.newCode))
	post(codesPath+"/{code}/revoke", u.managed(school.Enroll, u.revokeCode))
	get(arrivalsPath, u.managed(school.Enroll, u.arrivals))
	get(arrivalsPath+"/{device}", u.managed(school.EditDevices, u.arrivalPage))
	post(arrivalsPath+"/{device}", u.managed(school.EditDevices, u.confirmArrival))
	get(deliveriesPath, u.managed(school.Enroll, u.deliveries))
	get(deliveriesPath+"/template.csv", u.managed(school.Enroll, u.deliveryTemplate))
	post(deliveriesPath, u.managedUpload(deliveryLimit, school.Enroll, u.delivery))

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
