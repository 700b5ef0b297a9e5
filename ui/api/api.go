// Package api is the public REST API: what pages can do, programs can do, through the same store methods and with the
// same sentences. Its contract is openapi.json, which a test holds against the route table and against real answers.
//
// # Contract
//
//   - /api/v1, JSON in UTF-8, times RFC 3339 in UTC, ids opaque. A field that has no value is null, never left out. New
//     fields may appear in answers at any time; a field that is there keeps its meaning.
//   - Who acts is a token ("Authorization: Bearer rz_…"), never a cookie: nothing a browser sends by itself is believed, so
//     there is nothing to forge from another site. Without a valid token 401, without a verb 403; what belongs to somebody
//     else is 404, exactly like what does not exist.
//   - Refusals are application/problem+json (RFC 9457) with a code to act on and a sentence to show, German or English by
//     Accept-Language, the same sentence a page shows for the same broken rule.
//   - Request bodies and query parameters are read strictly: an unknown field is refused by its path, because a mistyped
//     filter that is passed over means "all".
//   - A write may carry an Idempotency-Key; repeated with it, the first answer is given again and nothing happens twice.
//     A write is carried to its end even if the caller hangs up, so that the answer is there when it asks again.
//     The last thing a write does is committed together with its answer: a server that dies leaves both or neither.
//   - Reads answer what is; writes answer what was done: ids and the change set by which it can be undone. So no write
//     shows a name that its caller could not have read.
//   - Lists are paged by key: limit, after, and "next" in the answer, also as Link header.
//
// Dangers. Profile bodies and set-up passwords go in and never come out. Nothing of a request is logged but the
// route, the status and the reference; a token never.
package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// Config is what the API needs.
type Config struct {
	Store *store.Store
	Log   *slog.Logger // nil: nothing is logged
	Heavy *web.Gate    // what large bodies pass; nil: as many as like

	// What papers say of the installation, as on pages.
	Hosts   []sheet.Host
	Secure  bool
	Public  string // how people reach it
	Version string
	Wake    func(kind, subject string) // makes a job due now; nil: nothing does

	Papers func(made []store.DocumentFile) ([]byte, error) // lays papers out as one PDF, as they were made

	// Content keeps a content token, after Apple was asked whose it is.
	Content func(ctx context.Context, by school.Actor, x store.ContentToken, file []byte) (school.TokenID, error)
}

// API answers programs. It is safe for concurrent use.
type API struct {
	st    *store.Store
	log   *slog.Logger
	keep  *doorkeeper
	heavy *web.Gate

	hosts           []sheet.Host
	secure          bool
	public, version string
	wake            func(kind, subject string)
	papersOf        func(made []store.DocumentFile) ([]byte, error)
	content         func(ctx context.Context, by school.Actor, x store.ContentToken, file []byte) (school.TokenID, error)
}

// New returns the API over a store.
func New(c Config) *API {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Wake == nil {
		c.Wake = func(string, string) {}
	}
	return &API{st: c.Store, log: c.Log, keep: newDoorkeeper(c.Store.TokenActor, c.Store.Now), heavy: c.Heavy, hosts: c.Hosts, secure: c.Secure, public: c.Public,
		version: c.Version, wake: c.Wake, papersOf: c.Papers, content: c.Content}
}

// Prefix is where the API stands.
const Prefix = "/api/v1"

// How much a body may be.
const (
	jsonBody    = 1 << 20
	profileBody = 5 << 20
	rosterBody  = 20 << 20
	assetBody   = 6 << 20
)

// Content types of bodies.
const (
	typeJSON    = "application/json"
	typeProfile = "application/x-apple-aspen-config"
	typeFile    = "application/octet-stream"
	typePDF     = "application/pdf" // of answers
	typeZIP     = "application/zip"
)

// route is one call. verbs: the caller needs one of them at some node of its authority, or, if whole is set, for the
// whole authority; where exactly it may act the store decides. Every call but /me needs View besides, because every
// write names things; what is own belongs to roles that do not see the tree, and needs its verbs alone.
type route struct {
	name   string // operationId
	method string
	path   string
	act    func(a *API, c *call) (answer, error)
	verbs  []school.Verb
	whole  bool
	own    bool
	above  bool     // belongs to the installation: for operators' tokens alone, and no other knows of it
	mdm    bool     // belongs to the module Management: where it is off, there is no such call
	params []string // query parameters
	takes  []string // content types of the body; nil: there is none
	limit  int64
	heavy  bool // takes memory or time for itself: few at once
}

var page = []string{"limit", "after"}

func with(more ...string) []string { return append(more, page...) }

// routes is the whole API on one screen.
var routes = []route{
	{name: "me", method: "GET", path: "/me", act: (*API).me},

	{name: "getAuthority", method: "GET", path: "/authority", act: (*API).authority},
	{name: "changeAuthority", method: "PATCH", path: "/authority", act: body((*API).changeAuthority), verbs: may(school.Settings), whole: true, takes: json1},
	{name: "exportAuthority", method: "GET", path: "/authority/export", act: (*API).exportAuthority, verbs: may(school.Export), whole: true, heavy: true},
	{name: "getEnd", method: "GET", path: "/authority/end", act: (*API).end, verbs: may(school.Export), whole: true},
	{name: "askEnd", method: "POST", path: "/authority/end", act: body((*API).askEnd), verbs: may(school.Export), whole: true, takes: json1},
	{name: "cancelEnd", method: "DELETE", path: "/authority/end", act: (*API).cancelEnd, verbs: may(school.Export), whole: true},

	{name: "getUpdates", method: "GET", path: "/updates", act: (*API).updates, mdm: true, params: []string{"school"}},
	{name: "listUpdates", method: "GET", path: "/updates/devices", act: (*API).deviceUpdates, mdm: true, params: with("school", "os_version", "state")},
	{name: "listFreezes", method: "GET", path: "/freezes", act: (*API).freezes, mdm: true},
	{name: "addFreeze", method: "POST", path: "/freezes", act: body((*API).addFreeze), mdm: true, verbs: may(school.Assign), takes: json1},
	{name: "removeFreeze", method: "DELETE", path: "/freezes/{id}", act: (*API).removeFreeze, mdm: true, verbs: may(school.Assign)},

	{name: "listApps", method: "GET", path: "/apps", act: (*API).apps, mdm: true, params: with("school", "q")},
	{name: "listRollouts", method: "GET", path: "/rollouts", act: (*API).rollouts, mdm: true, params: []string{"school"}},
	{name: "nameApp", method: "POST", path: "/apps", act: body((*API).nameApp), mdm: true, verbs: may(school.Apple), whole: true, takes: json1},
	{name: "getApp", method: "GET", path: "/apps/{id}", act: (*API).app, mdm: true},
	{name: "listLicences", method: "GET", path: "/apps/{id}/licences", act: (*API).licences, mdm: true, params: page},
	{name: "listContentTokens", method: "GET", path: "/content-tokens", act: (*API).contentTokens, mdm: true, verbs: may(school.Apple, school.ReadAudit), whole: true},
	{name: "addContentToken", method: "POST", path: "/content-tokens", act: body((*API).addContentToken), mdm: true, verbs: may(school.Apple), whole: true, takes: json1},
	{name: "changeContentToken", method: "PATCH", path: "/content-tokens/{id}", act: body((*API).changeContentToken), mdm: true, verbs: may(school.Apple), whole: true, takes: json1},
	{name: "countContentToken", method: "POST", path: "/content-tokens/{id}/count", act: (*API).countContentToken, mdm: true, verbs: may(school.Apple), whole: true},
	{name: "removeContentToken", method: "DELETE", path: "/content-tokens/{id}", act: (*API).removeContentToken, mdm: true, verbs: may(school.Apple), whole: true},

	{name: "getDemand", method: "GET", path: "/demand", act: (*API).demand},
	{name: "getAllocation", method: "GET", path: "/demand/rule", act: (*API).allocation},
	{name: "setAllocation", method: "PUT", path: "/demand/rule", act: body((*API).setAllocation), verbs: may(school.Settings), whole: true, takes: json1},

	{name: "listDevices", method: "GET", path: "/devices", act: (*API).devices, mdm: true,
		params: with("school", "class", "place", "person", "batch", "group", "state", "q", "sort")},
	{name: "announceDevices", method: "POST", path: "/devices/announce", act: (*API).announce, mdm: true, verbs: may(school.Enroll), takes: json1, params: []string{"dry_run"}},
	{name: "getDevice", method: "GET", path: "/devices/{id}", act: (*API).device, mdm: true},
	{name: "changeDevice", method: "PATCH", path: "/devices/{id}", act: body((*API).changeDevice), mdm: true, verbs: may(school.EditDevices), takes: json1},
	{name: "listOrders", method: "GET", path: "/devices/{id}/orders", act: (*API).orders, mdm: true, params: []string{"limit"}},
	{name: "giveOrder", method: "POST", path: "/devices/{id}/orders", act: body((*API).giveOrder), mdm: true, verbs: may(school.OrderDevice), takes: json1},
	{name: "retryDevice", method: "POST", path: "/devices/{id}/retry", act: (*API).retryDevice, mdm: true, verbs: may(school.OrderDevice)},
	{name: "readBypassCode", method: "POST", path: "/devices/{id}/bypass-code", act: body((*API).bypassCode), mdm: true, verbs: may(school.Wipe), takes: json1},
	{name: "listWarrants", method: "GET", path: "/orders", act: (*API).warrants, mdm: true, params: []string{"limit", "asked"}},
	{name: "declineOrder", method: "POST", path: "/orders/{id}/decline", act: (*API).decline, mdm: true, verbs: may(school.OrderDevice, school.Wipe)},
	{name: "readAnswer", method: "POST", path: "/orders/{id}/answer", act: body((*API).orderAnswer), mdm: true, verbs: may(school.FindDevice, school.ViewPeople), takes: json1},
	{name: "withdrawOrder", method: "POST", path: "/orders/{id}/withdraw", act: (*API).withdraw, mdm: true, verbs: may(school.OrderDevice, school.Wipe)},
	{name: "listTurnarounds", method: "GET", path: "/turnarounds", act: (*API).turnarounds, mdm: true, params: []string{"limit", "ended"}},
	{name: "resumeTurnaround", method: "POST", path: "/turnarounds/{id}/resume", act: (*API).resumeTurn, mdm: true, verbs: may(school.Wipe)},
	{name: "stopTurnaround", method: "DELETE", path: "/turnarounds/{id}", act: (*API).stopTurn, mdm: true, verbs: may(school.Wipe)},
	{name: "cancelOrder", method: "DELETE", path: "/orders/{id}", act: (*API).cancelOrder, mdm: true, verbs: may(school.OrderDevice)},

	{name: "listSchools", method: "GET", path: "/schools", act: (*API).schools, params: with("archived")},
	{name: "createSchool", method: "POST", path: "/schools", act: body((*API).createSchool), verbs: may(school.EditOrg), whole: true, takes: json1},
	{name: "getSchool", method: "GET", path: "/schools/{id}", act: (*API).school},
	{name: "changeSchool", method: "PATCH", path: "/schools/{id}", act: body((*API).changeSchool), verbs: may(school.EditOrg), takes: json1},
	{name: "setCalm", method: "PUT", path: "/schools/{id}/calm", act: body((*API).setCalm), mdm: true, verbs: may(school.EditOrg), takes: json1},

	{name: "listOpenYears", method: "GET", path: "/schools/{id}/years", act: (*API).openYears},
	{name: "getSchoolInYear", method: "GET", path: "/schools/{id}/years/{year}", act: (*API).schoolInYear},
	{name: "getRollover", method: "GET", path: "/rollover", act: (*API).rollover},
	{name: "setRollover", method: "PUT", path: "/rollover", act: body((*API).setRollover), verbs: may(school.EditOrg), whole: true, takes: json1},
	{name: "getRolloverSchool", method: "GET", path: "/rollover/{id}", act: (*API).rolloverPart, verbs: may(school.EditPeople)},
	{name: "chooseRollover", method: "PATCH", path: "/rollover/{id}", act: body((*API).chooseRollover), verbs: may(school.EditPeople), takes: json1},
	{name: "signRollover", method: "POST", path: "/rollover/{id}/sign", act: body((*API).signRollover), verbs: may(school.EditPeople), takes: json1},
	{name: "withdrawRollover", method: "DELETE", path: "/rollover/{id}/sign", act: (*API).withdrawRollover, verbs: may(school.EditPeople)},

	{name: "listCrossings", method: "GET", path: "/crossings", act: (*API).crossings, verbs: may(school.EditPeople)},
	{name: "offerCrossing", method: "POST", path: "/crossings", act: body((*API).offerCrossing), verbs: may(school.EditPeople), takes: json1},
	{name: "takeCrossing", method: "POST", path: "/crossings/{id}/take", act: body((*API).takeCrossing), verbs: may(school.EditPeople), takes: json1},
	{name: "declineCrossing", method: "POST", path: "/crossings/{id}/decline", act: (*API).declineCrossing, verbs: may(school.EditPeople)},
	{name: "withdrawCrossing", method: "DELETE", path: "/crossings/{id}", act: (*API).withdrawCrossing, verbs: may(school.EditPeople)},
	{name: "listNamesakes", method: "GET", path: "/namesakes", act: (*API).namesakes, verbs: may(school.EditPeople)},
	{name: "settleNamesakes", method: "POST", path: "/namesakes", act: body((*API).settleNamesakes), verbs: may(school.EditPeople), takes: json1},

	{name: "listClasses", method: "GET", path: "/classes", act: (*API).classes, params: with("school", "q", "archived")},
	{name: "createClass", method: "POST", path: "/classes", act: body((*API).createClass), verbs: may(school.EditOrg), takes: json1},
	{name: "getClass", method: "GET", path: "/classes/{id}", act: (*API).class},
	{name: "changeClass", method: "PATCH", path: "/classes/{id}", act: body((*API).changeClass), verbs: may(school.EditOrg), takes: json1},

	{name: "listGroups", method: "GET", path: "/groups", act: (*API).groups, params: with("school", "q")},
	{name: "createGroup", method: "POST", path: "/groups", act: body((*API).createGroup), verbs: may(school.EditOrg), takes: json1},
	{name: "getGroup", method: "GET", path: "/groups/{id}", act: (*API).group},
	{name: "changeGroup", method: "PATCH", path: "/groups/{id}", act: body((*API).changeGroup), verbs: may(school.EditOrg), takes: json1},
	{name: "archiveGroup", method: "DELETE", path: "/groups/{id}", act: (*API).archiveGroup, verbs: may(school.EditOrg)},

	{name: "listPeople", method: "GET", path: "/people", act: (*API).people, verbs: may(school.ViewPeople), params: with("school", "class", "group", "kind", "without_device", "q", "archived")},
	{name: "getPerson", method: "GET", path: "/people/{id}", act: (*API).person, verbs: may(school.ViewPeople)},
	{name: "getPersonData", method: "GET", path: "/people/{id}/data", act: (*API).personData, verbs: may(school.EditPeople), params: []string{"format"}},
	{name: "listViews", method: "GET", path: "/people/{id}/views", act: (*API).views, verbs: may(school.ReadAudit), whole: true},
	{name: "erasePerson", method: "POST", path: "/people/{id}/erase", act: body((*API).erasePerson), verbs: may(school.EditPeople), whole: true, takes: json1},
	{name: "getRetention", method: "GET", path: "/retention", act: (*API).retention, verbs: may(school.Settings, school.ReadAudit), whole: true},
	{name: "setRetention", method: "PATCH", path: "/retention", act: body((*API).setRetention), verbs: may(school.Settings), whole: true, takes: json1},
	{name: "listPapers", method: "GET", path: "/papers", act: (*API).papers, verbs: may(school.ReadAudit), whole: true},
	{name: "getPaper", method: "GET", path: "/papers/{id}", act: (*API).paper, verbs: may(school.ReadAudit), whole: true, params: []string{"format"}},
	{name: "getSight", method: "GET", path: "/schools/{id}/sight", act: (*API).sight, mdm: true, params: []string{"format"}},

	{name: "findAtDesk", method: "GET", path: "/desk/people", act: (*API).deskPeople, own: true, verbs: may(school.Lend), params: []string{"q"}},
	{name: "getAtDesk", method: "GET", path: "/desk/device", act: (*API).deskDevice, own: true, verbs: may(school.Lend), params: []string{"device"}},
	{name: "handOut", method: "POST", path: "/desk/hand-out", act: body((*API).issue), own: true, verbs: may(school.Lend), takes: json1},
	{name: "takeBack", method: "POST", path: "/desk/take-back", act: body((*API).takeBack), own: true, verbs: may(school.Lend), takes: json1},
	{name: "reportAtDesk", method: "POST", path: "/desk/reports", act: body((*API).report), own: true, verbs: may(school.Lend), takes: json1},
	{name: "listReports", method: "GET", path: "/reports", act: (*API).reports},
	{name: "closeReport", method: "POST", path: "/reports/{id}/close", act: (*API).closeReport, verbs: may(school.EditDevices)},
	{name: "listRepairs", method: "GET", path: "/repairs", act: (*API).repairs, own: true, verbs: may(school.Mend, school.View)},
	{name: "sendToRepair", method: "POST", path: "/repairs", act: body((*API).sendToRepair), verbs: may(school.EditDevices), takes: json1},
	{name: "answerRepair", method: "PATCH", path: "/repairs/{id}", act: body((*API).answerRepair), own: true, verbs: may(school.Mend), takes: json1},
	{name: "endRepair", method: "POST", path: "/repairs/{id}/end", act: (*API).endRepair, verbs: may(school.EditDevices)},

	{name: "createPerson", method: "POST", path: "/people", act: body((*API).createPerson), verbs: may(school.EditPeople), takes: json1},

	{name: "listCutover", method: "GET", path: "/cutover", act: (*API).cutover, mdm: true},
	{name: "listCutoverDevices", method: "GET", path: "/cutover/{id}/devices", act: (*API).cutoverDevices, mdm: true, params: []string{"state", "after"}},
	{name: "getCutoverSerials", method: "GET", path: "/cutover/{id}/serials", act: (*API).cutoverSerials, mdm: true},
	{name: "getCutoverPlan", method: "GET", path: "/cutover/{id}/plan", act: (*API).cutoverPlan, mdm: true, params: []string{"format"}},

	{name: "listContracts", method: "GET", path: "/contracts", act: (*API).contracts, verbs: may(school.ViewPeople), params: with("view", "school", "class", "person", "asset", "kind", "q")},
	{name: "planContracts", method: "POST", path: "/contracts", act: body((*API).planContracts), verbs: may(school.Lend), takes: json1},
	{name: "getContract", method: "GET", path: "/contracts/{id}", act: (*API).contract, verbs: may(school.ViewPeople)},
	{name: "signContract", method: "POST", path: "/contracts/{id}/sign", act: body((*API).signContract), verbs: may(school.Lend), takes: json1},
	{name: "handOutContract", method: "POST", path: "/contracts/{id}/hand-out", act: body((*API).handOver), verbs: may(school.Lend), takes: json1},
	{name: "takeBackContract", method: "POST", path: "/contracts/{id}/take-back", act: body((*API).giveBack), verbs: may(school.Lend), takes: json1},
	{name: "checkContract", method: "POST", path: "/contracts/{id}/check", act: body((*API).checkBack), verbs: may(school.Lend), takes: json1},
	{name: "swapContract", method: "POST", path: "/contracts/{id}/swap", act: body((*API).swapContract), verbs: may(school.Lend), takes: json1},
	{name: "extendContract", method: "POST", path: "/contracts/{id}/extend", act: body((*API).extendContract), verbs: may(school.Lend), takes: json1},
	{name: "refuseContract", method: "POST", path: "/contracts/{id}/refuse", act: (*API).refuseContract, verbs: may(school.Lend)},
	{name: "resumeContract", method: "POST", path: "/contracts/{id}/resume", act: (*API).resumeContract, verbs: may(school.Lend)},
	{name: "cancelContract", method: "POST", path: "/contracts/{id}/cancel", act: (*API).cancelContract, verbs: may(school.Lend)},
	{name: "decidePart", method: "POST", path: "/contracts/{id}/parts/{part}/decide", act: body((*API).decidePart), verbs: may(school.EditPeople), takes: json1},
	{name: "closeContract", method: "POST", path: "/contracts/{id}/close", act: (*API).closeContract, verbs: may(school.EditPeople)},

	{name: "listDamages", method: "GET", path: "/damages", act: (*API).damages, verbs: may(school.ViewPeople), params: with("school", "asset", "state", "all", "expiring")},
	{name: "reportDamage", method: "POST", path: "/damages", act: body((*API).reportDamage), verbs: may(school.Lend), takes: json1},
	{name: "getDamage", method: "GET", path: "/damages/{id}", act: (*API).damage, verbs: may(school.ViewPeople)},
	{name: "assessDamage", method: "POST", path: "/damages/{id}/assess", act: body((*API).assessDamage), verbs: may(school.EditDevices), takes: json1},
	{name: "repairDamage", method: "POST", path: "/damages/{id}/repair", act: body((*API).repairDamage), verbs: may(school.EditDevices), takes: json1},
	{name: "settleDamage", method: "POST", path: "/damages/{id}/settle", act: body((*API).settleDamage), verbs: may(school.EditDevices), takes: json1},
	{name: "closeDamage", method: "POST", path: "/damages/{id}/close", act: (*API).closeDamage, verbs: may(school.EditDevices)},

	{name: "listIssueDays", method: "GET", path: "/issue-days", act: (*API).issueDays, own: true, verbs: may(school.Lend), params: with("past", "school")},
	{name: "createIssueDay", method: "POST", path: "/issue-days", act: body((*API).createIssueDay), own: true, verbs: may(school.Clerks), takes: json1},
	{name: "getIssueDay", method: "GET", path: "/issue-days/{id}", act: (*API).issueDay, own: true, verbs: may(school.Lend)},
	{name: "changeIssueDay", method: "PATCH", path: "/issue-days/{id}", act: body((*API).changeIssueDay), own: true, verbs: may(school.Clerks), takes: json1},
	{name: "removeIssueDay", method: "DELETE", path: "/issue-days/{id}", act: (*API).removeIssueDay, own: true, verbs: may(school.Clerks)},
	{name: "listIssueDayPeople", method: "GET", path: "/issue-days/{id}/people", act: (*API).issueDayPeople, own: true, verbs: may(school.Lend)},
	{name: "planIssueDay", method: "POST", path: "/issue-days/{id}/contracts", act: (*API).planIssueDay, own: true, verbs: may(school.Lend)},

	{name: "listPrints", method: "GET", path: "/prints", act: (*API).prints, verbs: may(school.ViewPeople), params: page},
	{name: "orderPrint", method: "POST", path: "/prints", act: body((*API).orderPrint), verbs: may(school.Lend), takes: json1},
	{name: "getPrint", method: "GET", path: "/prints/{id}", act: (*API).print, verbs: may(school.ViewPeople)},
	{name: "stopPrint", method: "POST", path: "/prints/{id}/stop", act: (*API).stopPrint, verbs: may(school.Lend)},
	{name: "getPrintFile", method: "GET", path: "/prints/{id}/files/{file}", act: (*API).printFile, verbs: may(school.ViewPeople), heavy: true},

	{name: "listLeases", method: "GET", path: "/leases", act: (*API).leases, verbs: may(school.View), whole: true},
	{name: "listReturns", method: "GET", path: "/returns", act: (*API).returns, verbs: may(school.View), whole: true},
	{name: "startReturn", method: "POST", path: "/returns", act: body((*API).startReturn), verbs: may(school.EditDevices), whole: true, takes: json1},
	{name: "getReturn", method: "GET", path: "/returns/{id}", act: (*API).returnRun, verbs: may(school.View), whole: true},
	{name: "releaseReturned", method: "POST", path: "/returns/{id}/released", act: body((*API).releaseReturned), verbs: may(school.EditDevices), whole: true, takes: json1},
	{name: "handOverReturned", method: "POST", path: "/returns/{id}/handed", act: (*API).handOverReturned, verbs: may(school.EditDevices), whole: true},
	{name: "closeReturn", method: "POST", path: "/returns/{id}/close", act: (*API).closeReturn, verbs: may(school.EditDevices), whole: true},

	{name: "listLacks", method: "GET", path: "/figures/parts", act: (*API).lacks, verbs: may(school.ViewPeople), params: with("school")},
	{name: "getDamageSums", method: "GET", path: "/figures/damages", act: (*API).damageSums, params: []string{"year"}},
	{name: "getCosts", method: "GET", path: "/figures/costs", act: (*API).costs, params: []string{"year"}},
	{name: "getFunds", method: "GET", path: "/figures/funding", act: (*API).funds},
	{name: "listFunded", method: "GET", path: "/figures/funding/assets", act: (*API).funded, params: with("programme", "school")},
	{name: "getMedia", method: "GET", path: "/figures/schools", act: (*API).media, params: []string{"years"}},
	{name: "getFleet", method: "GET", path: "/figures/fleet", act: (*API).fleet, params: []string{"school", "years"}},

	{name: "listAssets", method: "GET", path: "/assets", act: (*API).assets, params: with("school", "kind", "managed_by", "batch", "state", "out", "q")},
	{name: "importAssets", method: "POST", path: "/asset-imports", act: (*API).importAssets, verbs: may(school.EditDevices), takes: roster1, limit: assetBody, heavy: true, params: []string{"dry_run", "kind", "managed_by", "school", "batch", "plan"}},

	{name: "listRosterSources", method: "GET", path: "/roster-sources", act: (*API).rosterSources, verbs: may(school.EditPeople)},
	{name: "createRosterSource", method: "POST", path: "/roster-sources", act: body((*API).createRosterSource), verbs: may(school.EditPeople), takes: json1},
	{name: "createRosterServer", method: "POST", path: "/roster-servers", act: body((*API).createRosterServer), verbs: may(school.EditPeople), takes: json1},
	{name: "getRosterServer", method: "GET", path: "/roster-servers/{id}", act: (*API).rosterServer, verbs: may(school.EditPeople)},
	{name: "changeRosterServer", method: "PATCH", path: "/roster-servers/{id}", act: body((*API).changeRosterServer), verbs: may(school.EditPeople), takes: json1},
	{name: "fetchRosterServer", method: "POST", path: "/roster-servers/{id}/fetch", act: (*API).fetchRosterServer, verbs: may(school.EditPeople)},
	{name: "listRosters", method: "GET", path: "/rosters", act: (*API).rosters, verbs: may(school.EditPeople), params: page},
	{name: "planRoster", method: "POST", path: "/rosters", act: (*API).planRoster, verbs: may(school.EditPeople), takes: roster1, limit: rosterBody, params: []string{"source", "school", "file", "year"}},
	{name: "getRoster", method: "GET", path: "/rosters/{id}", act: (*API).roster, verbs: may(school.EditPeople)},
	{name: "getRosterPart", method: "GET", path: "/rosters/{id}/parts/{part}", act: (*API).rosterPart, verbs: may(school.EditPeople)},
	{name: "answerRoster", method: "POST", path: "/rosters/{id}/parts/{part}/answers", act: body((*API).answerRoster), verbs: may(school.EditPeople), takes: json1},
	{name: "applyRoster", method: "POST", path: "/rosters/{id}/parts/{part}/apply", act: body((*API).applyRoster), verbs: may(school.EditPeople), takes: json1},

	{name: "getASM", method: "GET", path: "/asm", act: (*API).asm, verbs: may(school.Export), whole: true, heavy: true, params: []string{"password_policy", "email_required"}},
	{name: "makeASM", method: "POST", path: "/asm", act: body((*API).makeASM), verbs: may(school.Export), whole: true, heavy: true, takes: json1},

	{name: "listProfiles", method: "GET", path: "/profiles", act: (*API).profiles, mdm: true, params: with("school", "q", "archived")},
	{name: "createProfile", method: "POST", path: "/profiles", act: (*API).createProfile, mdm: true, verbs: may(school.EditProfiles), takes: profile1, limit: profileBody, params: []string{"name", "school"}},
	{name: "getProfile", method: "GET", path: "/profiles/{id}", act: (*API).profile, mdm: true},
	{name: "saveDraft", method: "PUT", path: "/profiles/{id}/draft", act: (*API).saveDraft, mdm: true, verbs: may(school.EditProfiles), takes: profile1, limit: profileBody, params: []string{"over"}},
	{name: "listVersions", method: "GET", path: "/profiles/{id}/versions", act: (*API).versions, mdm: true, params: page},
	{name: "publishProfile", method: "POST", path: "/profiles/{id}/publish", act: (*API).publish, mdm: true, verbs: may(school.EditProfiles)},

	{name: "listAssignments", method: "GET", path: "/assignments", act: (*API).assignments, mdm: true, params: with("profile", "level", "scope", "school")},
	{name: "createAssignment", method: "POST", path: "/assignments", act: body((*API).createAssignment), mdm: true, verbs: may(school.Assign), takes: json1},
	{name: "endAssignment", method: "DELETE", path: "/assignments/{id}", act: (*API).endAssignment, mdm: true, verbs: may(school.Assign)},

	{name: "createPlan", method: "POST", path: "/plans", act: body((*API).createPlan), mdm: true, verbs: may(school.Assign, school.EditDevices, school.OrderDevice, school.Wipe, school.EditOrg, school.EditPeople), takes: json1},
	{name: "getPlan", method: "GET", path: "/plans/{id}", act: (*API).plan, mdm: true, verbs: may(school.Assign, school.EditDevices, school.OrderDevice, school.Wipe, school.EditOrg, school.EditPeople)},
	{name: "listPlanDevices", method: "GET", path: "/plans/{id}/groups/{group}/devices", act: (*API).planDevices, mdm: true, verbs: may(school.Assign, school.EditDevices, school.OrderDevice, school.Wipe, school.EditOrg, school.EditPeople), params: page},
	{name: "applyPlan", method: "POST", path: "/plans/{id}/apply", act: body((*API).applyPlan), mdm: true, verbs: may(school.Assign, school.EditDevices, school.OrderDevice, school.Wipe, school.EditOrg, school.EditPeople), takes: json1},

	{name: "listProviders", method: "GET", path: "/providers", act: (*API).providers, verbs: may(school.Accounts), whole: true, params: page},
	{name: "createProvider", method: "POST", path: "/providers", act: body((*API).createProvider), verbs: may(school.Accounts), whole: true, takes: json1},
	{name: "getProvider", method: "GET", path: "/providers/{id}", act: (*API).provider, verbs: may(school.Accounts), whole: true},
	{name: "changeProvider", method: "PATCH", path: "/providers/{id}", act: body((*API).changeProvider), verbs: may(school.Accounts), whole: true, takes: json1},
	{name: "setProviderRules", method: "PUT", path: "/providers/{id}/rules", act: body((*API).setProviderRules), verbs: may(school.Accounts), whole: true, takes: json1},
	{name: "removeProvider", method: "DELETE", path: "/providers/{id}", act: (*API).removeProvider, verbs: may(school.Accounts), whole: true},

	{name: "undo", method: "POST", path: "/undo/{id}", act: (*API).undo, own: true},
	{name: "listTenants", method: "GET", path: "/tenants", act: (*API).tenants, above: true, verbs: may(school.Provision)},
	{name: "getTenant", method: "GET", path: "/tenants/{id}", act: (*API).tenant, above: true, verbs: may(school.Provision)},
	{name: "provisionTenant", method: "PUT", path: "/tenants/{id}", act: body((*API).provision), above: true, verbs: may(school.Provision), takes: json1},
	{name: "changeTenant", method: "PATCH", path: "/tenants/{id}", act: body((*API).changeTenant), above: true, verbs: may(school.Provision), takes: json1},

	{name: "agreeToEnd", method: "POST", path: "/tenants/{id}/end", act: body((*API).agreeToEnd), above: true, verbs: may(school.Provision), takes: json1},
	{name: "stopEnd", method: "DELETE", path: "/tenants/{id}/end", act: (*API).stopEnd, above: true, verbs: may(school.Provision)},

	{name: "listAudit", method: "GET", path: "/audit", act: (*API).audit, verbs: may(school.ReadAudit), params: with("subject", "subject_id", "event", "actor")},
}

var (
	json1    = []string{typeJSON}
	profile1 = []string{typeJSON, typeProfile}
	roster1  = []string{typeJSON, typeFile}
)

// body is a call that takes JSON: it is read, strictly, before the call begins.
func body[B any](act func(a *API, c *call, b B) (answer, error)) func(a *API, c *call) (answer, error) {
	return func(a *API, c *call) (answer, error) {
		var b B
		if err := c.read(&b); err != nil {
			return answer{}, err
		}
		return act(a, c, b)
	}
}

func may(verbs ...school.Verb) []school.Verb { return verbs }

// Routes adds the API below Prefix. What is not a call there is answered by the API too, never by a page.
func (a *API) Routes(r *mux.Router) {
	sub := r.PathPrefix(Prefix + "/").Subrouter()
	sub.HandleFunc("/openapi.json", a.document).Methods(http.MethodGet, http.MethodHead)
	for _, rt := range routes {
		methods := []string{rt.method}
		if rt.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
		sub.Handle(rt.path, a.handle(rt)).Methods(methods...).Name("api." + rt.name)
	}
	none := a.refuse(func(r *http.Request) error {
		if methods := allowed(sub, r); len(methods) > 0 {
			return &refusal{status: http.StatusMethodNotAllowed, code: "method", allow: methods}
		}
		return school.Missing("call")
	})
	// Both, because mux forgets in a subrouter that the method alone did not fit.
	sub.NotFoundHandler, sub.MethodNotAllowedHandler = none, none
}

// allowed lists the methods an address knows.
func allowed(router *mux.Router, r *http.Request) (out []string) {
	for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		try := r.Clone(r.Context())
		try.Method = m
		var match mux.RouteMatch
		if router.Match(try, &match) && match.MatchErr == nil {
			out = append(out, m)
		}
	}
	return out
}
