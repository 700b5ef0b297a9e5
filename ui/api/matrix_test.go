package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
)

// Who calls, in the columns of the matrix. own and foreign administer north and south; what is called for stands at
// north. reader is own with the one verb view. stranger administers another authority.
var callers = []string{"operator", "admin", "own", "foreign", "auditor", "reader", "nobody", "stranger"}

// matrix says of every call who gets which status. make prepares what is called for, anew for every caller.
var matrix = []struct {
	name, what string
	statuses   [8]int
	make       func(w *world, n int) (path, body string)
}{
	{"me", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/me")},
	{"getAuthority", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/authority")},
	{"changeAuthority", "", [8]int{200, 200, 403, 403, 403, 403, 401, 200}, func(_ *world, n int) (string, string) {
		return "/authority", fmt.Sprintf(`{"contact":"Schul-IT %d"}`, n)
	}},
	{"getASM", "", [8]int{403, 200, 403, 403, 403, 403, 401, 200}, at("/asm?password_policy=6&email_required=true")},
	{"makeASM", "", [8]int{403, 200, 403, 403, 403, 403, 401, 409}, func(w *world, _ int) (string, string) {
		return "/asm", `{"password_policy":"6"}`
	}},
	{"getUpdates", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/updates")},
	{"listUpdates", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/updates/devices")},
	{"listFreezes", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/freezes")},
	{"addFreeze", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/freezes", freezeBody(w, n)
	}},
	{"removeFreeze", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		id, _, err := w.st.AddFreeze(context.Background(), w.by, school.Freeze{Name: fmt.Sprint("Abitur ", n), Scope: school.Scope{Level: school.AtSchool, ID: string(w.north)}, From: w.st.Now().Add(time.Hour), Until: w.st.Now().Add(48 * time.Hour)})
		if err != nil {
			w.t.Fatal(err)
		}
		return "/freezes/" + string(id), ""
	}},
	{"listRollouts", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/rollouts")},
	{"getDemand", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/demand")},
	{"getAllocation", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/demand/rule")},
	{"setAllocation", "", [8]int{200, 200, 403, 403, 403, 403, 401, 200}, func(_ *world, n int) (string, string) {
		return "/demand/rule", fmt.Sprintf(`{"rule":[{"school_type":"","from_grade":0,"until_grade":0,"teachers":false,"per":%d,"reserve_percent":5}]}`, 1+n%2)
	}},
	{"listDevices", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/devices")},
	{"announceDevices", "", [8]int{403, 201, 201, 422, 403, 403, 401, 422}, func(_ *world, n int) (string, string) {
		return "/devices/announce", fmt.Sprintf(`{"rows":[{"serial":"H4VLQ1%04d","school":"Gymnasium Nord"}]}`, n)
	}},
	{"announceDevices", "only looking", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(*world, int) (string, string) {
		return "/devices/announce?dry_run=true", `{"rows":[{"serial":"H4VLQ2000O"}]}`
	}},
	{"getDevice", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/devices/" + string(w.device), "" }},
	{"changeDevice", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/devices/" + string(w.device), fmt.Sprintf(`{"number":"MS-%d"}`, n)
	}},
	{"changeDevice", "place", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/devices/" + string(w.device), fmt.Sprintf(`{"place":%q}`, []string{string(w.place), ""}[n%2])
	}},
	{"listOrders", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) {
		w.order()
		return "/devices/" + string(w.device) + "/orders", ""
	}},
	{"giveOrder", "", [8]int{403, 202, 202, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/devices/" + string(w.device) + "/orders", `{"kind":"refresh"}`
	}},
	{"createPlan", "of an order", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/plans", fmt.Sprintf(`{"change":{"kind":"order","devices":[%q],"order":{"kind":"erase","reason":"Probe"}}}`, w.device)
	}},
	{"listWarrants", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/orders")},
	{"withdrawOrder", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/orders/" + string(w.warrant(school.LockScreen)) + "/withdraw", ""
	}},
	{"declineOrder", "", [8]int{403, 204, 204, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/orders/" + string(w.asked()) + "/decline", ""
	}},
	{"readBypassCode", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		w.locked()
		return "/devices/" + string(w.device) + "/bypass-code", `{"reason":"liegt gesperrt vor"}`
	}},
	{"readAnswer", "that is kept no more", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/orders/" + w.located() + "/answer", `{"reason":"gestohlen gemeldet"}`
	}},
	{"listTurnarounds", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/turnarounds")},
	{"resumeTurnaround", "that goes on by itself", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/turnarounds/" + w.turnaround() + "/resume", ""
	}},
	{"stopTurnaround", "", [8]int{403, 204, 204, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/turnarounds/" + w.turnaround(), ""
	}},
	{"retryDevice", "", [8]int{403, 202, 202, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		w.refuse()
		return "/devices/" + string(w.device) + "/retry", ""
	}},
	{"cancelOrder", "", [8]int{403, 204, 204, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/orders/" + string(w.order()), "" }},

	{"listSchools", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/schools")},
	{"createSchool", "", [8]int{403, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) { return "/schools", fmt.Sprintf(`{"name":"Schule %d"}`, n) }},
	{"getSchool", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/schools/" + string(w.north), "" }},
	{"changeSchool", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/schools/" + string(w.north), fmt.Sprintf(`{"number":"10%04d"}`, n)
	}},

	{"changeSchool", "restore", [8]int{403, 200, 403, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/schools/" + string(w.north), `{"archived":false}`
	}},
	{"setCalm", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/schools/" + string(w.north) + "/calm", fmt.Sprintf(`{"pushes_per_minute":%d,"quiet_hours":{"from":"22:00","until":"06:00"}}`, n)
	}},
	{"listOpenYears", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/schools/" + string(w.north) + "/years", "" }},
	{"getSchoolInYear", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) {
		return "/schools/" + string(w.north) + "/years/" + w.rolling().next, ""
	}},
	{"listCrossings", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, at("/crossings")},
	{"offerCrossing", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/crossings", fmt.Sprintf(`{"person":%q,"school":%q}`, w.newcomer(n), w.south)
	}},
	{"takeCrossing", "", [8]int{403, 200, 404, 200, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/crossings/" + w.offered(n) + "/take", `{}`
	}},
	{"declineCrossing", "", [8]int{403, 200, 404, 200, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/crossings/" + w.offered(n) + "/decline", ""
	}},
	{"withdrawCrossing", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/crossings/" + w.offered(n), ""
	}},
	{"listNamesakes", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, at("/namesakes")},
	{"settleNamesakes", "", [8]int{403, 200, 404, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		twin, err := w.st.CreatePerson(context.Background(), w.by, school.Person{School: w.south, Kind: school.Pupil, Family: fmt.Sprint("Wechsel ", n)}, "")
		if err != nil {
			w.t.Fatal(err)
		}
		return "/namesakes", fmt.Sprintf(`{"left":%q,"new":%q,"same":false}`, w.newcomer(n), twin)
	}},
	{"getRollover", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/rollover")},
	{"setRollover", "", [8]int{403, 200, 403, 403, 403, 403, 401, 200}, func(w *world, _ int) (string, string) {
		return "/rollover", fmt.Sprintf(`{"runs_at":%q}`, w.st.NextYear().Format(time.RFC3339))
	}},
	{"getRolloverSchool", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return w.rolling().path, "" }},
	{"chooseRollover", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return w.rolling().path, fmt.Sprintf(`{"classes":[{"class":%q,"to":"8%d"}]}`, w.class, n)
	}},
	{"signRollover", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return w.rolling().path + "/sign", fmt.Sprintf(`{"plan":%q,"typed":%d}`, w.rolling().Hash, w.rolling().Now.Typed())
	}},
	{"withdrawRollover", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		x := w.rolling()
		ok(w.t, 0, w.st.SignRollover(context.Background(), w.by, x.id, w.north, x.Hash, x.Now.Typed()))
		return x.path + "/sign", ""
	}},
	{"listClasses", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/classes")},
	{"createClass", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/classes", fmt.Sprintf(`{"school":%q,"name":"8%d"}`, w.north, n)
	}},
	{"getClass", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/classes/" + string(w.class), "" }},
	{"changeClass", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/classes/" + string(w.class), fmt.Sprintf(`{"grade":"%d"}`, 1000+n)
	}},

	{"listGroups", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/groups")},
	{"createGroup", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/groups", fmt.Sprintf(`{"school":%q,"name":"Alt %d","rule":{"os_below":"17.5"}}`, w.north, n)
	}},
	{"createGroup", "across schools", [8]int{403, 201, 404, 404, 403, 403, 401, 201}, func(w *world, n int) (string, string) {
		return "/groups", fmt.Sprintf(`{"name":"Testgeräte %d"}`, n)
	}},
	{"getGroup", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, n int) (string, string) { return "/groups/" + w.ruled("getGroup", n), "" }},
	{"changeGroup", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/groups/" + w.ruled("changeGroup", n), `{"rule":{"os_below":"18"}}`
	}},
	{"archiveGroup", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/groups/" + w.ruled("archiveGroup", n), "" }},
	{"createPlan", "of a group by rule", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/plans", fmt.Sprintf(`{"change":{"kind":"group","group":{"school":%q,"name":"Plan %d","rule":{"kinds":["teacher"]}}}}`, w.north, n)
	}},

	{"listPeople", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, at("/people")},
	{"createPerson", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/people", fmt.Sprintf(`{"school":%q,"kind":"teacher","family":"Beispiel %d"}`, w.north, n)
	}},
	{"createPerson", "of no school", [8]int{403, 201, 422, 422, 403, 403, 401, 201}, func(w *world, n int) (string, string) {
		return "/people", fmt.Sprintf(`{"kind":"staff","family":"Amt %d"}`, n)
	}},

	{"getPerson", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/people/" + string(w.person), "" }},
	{"getPersonData", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/people/" + string(w.person) + "/data", "" }},
	{"getPersonData", "on paper", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/people/" + string(w.person) + "/data?format=pdf", "" }},
	{"listViews", "", [8]int{200, 200, 403, 403, 200, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/people/" + string(w.person) + "/views", "" }},
	{"erasePerson", "", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		id, err := w.st.CreatePerson(context.Background(), w.by, school.Person{School: w.north, Kind: school.Teacher, Family: fmt.Sprint("Fort", n)}, "")
		return "/people/" + string(ok(w.t, id, err)) + "/erase", fmt.Sprintf(`{"typed":"Fort%d"}`, n)
	}},
	{"getRetention", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/retention")},
	{"setRetention", "", [8]int{200, 200, 403, 403, 403, 403, 401, 200}, func(_ *world, n int) (string, string) { return "/retention", fmt.Sprintf(`{"left":%d}`, 20+n%9) }},
	{"listPapers", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/papers")},
	{"getPaper", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/papers/record")},
	{"getPaper", "on paper", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/papers/erasure?format=pdf")},
	{"getSight", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/schools/" + string(w.north) + "/sight", "" }},

	{"findAtDesk", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, at("/desk/people?q=quas")},
	{"getAtDesk", "", [8]int{403, 200, 200, 422, 403, 403, 401, 422}, at("/desk/device?device=F9FXK2A100")},
	{"handOut", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/desk/hand-out", fmt.Sprintf(`{"person":%q,"device":%q}`, w.person, w.spare(n))
	}},
	{"takeBack", "", [8]int{403, 200, 200, 422, 403, 403, 401, 422}, func(w *world, n int) (string, string) {
		serial := w.spare(n)
		d, err := w.st.DeviceBySerial(context.Background(), w.by, serial)
		_, _, err2 := w.st.Issue(context.Background(), w.by, w.person, ok(w.t, d, err).ID)
		ok(w.t, 0, err2)
		return "/desk/take-back", fmt.Sprintf(`{"device":%q}`, serial)
	}},
	{"reportAtDesk", "", [8]int{403, 201, 201, 422, 403, 403, 401, 422}, func(w *world, n int) (string, string) {
		return "/desk/reports", fmt.Sprintf(`{"device":%q,"kind":"damaged","note":"Display"}`, w.spare(n))
	}},
	{"listReports", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, func(w *world, n int) (string, string) { w.reported(n); return "/reports", "" }},
	{"closeReport", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/reports/" + w.reported(n) + "/close", "" }},
	{"listRepairs", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, func(w *world, n int) (string, string) { w.repair(n); return "/repairs", "" }},
	{"sendToRepair", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		d, err := w.st.DeviceBySerial(context.Background(), w.by, w.spare(n))
		return "/repairs", fmt.Sprintf(`{"device":%q,"note":"Display"}`, ok(w.t, d, err).ID)
	}},
	{"answerRepair", "", [8]int{403, 403, 403, 403, 403, 403, 401, 403}, func(w *world, n int) (string, string) {
		return "/repairs/" + w.repair(n), `{"answer":"Getauscht","ready":true}`
	}},
	{"endRepair", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/repairs/" + w.repair(n) + "/end", "" }},
	{"listCutover", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/cutover")},
	{"listCutoverDevices", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) {
		return "/cutover/" + string(w.north) + "/devices?state=taken", ""
	}},
	{"getCutoverSerials", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/cutover/" + string(w.north) + "/serials", "" }},
	{"getCutoverPlan", "", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/cutover/" + string(w.north) + "/plan", "" }},
	{"getCutoverPlan", "on paper", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/cutover/" + string(w.north) + "/plan?format=pdf", "" }},

	{"listContracts", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.contract(n, lent); return "/contracts", "" }},
	{"planContracts", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts", fmt.Sprintf(`{"school":%q,"contracts":[{"person":%q,"end":"day","due":"2027-07-31"}]}`, w.north, w.pupil(n))
	}},
	{"getContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/contracts/" + w.contract(n, swapped), "" }},
	{"signContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, planned) + "/sign", `{"how":"paper"}`
	}},
	{"handOutContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, planned) + "/hand-out", fmt.Sprintf(`{"asset":%q,"without":[2]}`, w.notebook(n+10_000))
	}},
	{"takeBackContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, lent) + "/take-back", `{"missing":[2]}`
	}},
	{"checkContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, piled) + "/check", `{"damaged":[2]}`
	}},
	{"swapContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, lent) + "/swap", fmt.Sprintf(`{"asset":%q,"reason":"damage"}`, w.notebook(n+10_000))
	}},
	{"extendContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/contracts/" + w.contract(n, lent) + "/extend", `{"due":"2027-07-31"}`
	}},
	{"refuseContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/contracts/" + w.contract(n, planned) + "/refuse", "" }},
	{"resumeContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/contracts/" + w.contract(n, refused) + "/resume", "" }},
	{"cancelContract", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/contracts/" + w.contract(n, planned) + "/cancel", "" }},
	{"decidePart", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		id := w.contract(n, lacking)
		return "/contracts/" + id + "/parts/" + w.part(id, 2) + "/decide", `{"decision":"charged","amount":2450}`
	}},
	{"closeContract", "with a part open", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/contracts/" + w.contract(n, lacking) + "/close", "" }},

	{"listDamages", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.damage(n, false); return "/damages?all=true", "" }},
	{"reportDamage", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/damages", fmt.Sprintf(`{"asset":%q,"what":"display","note":"gesprungen"}`, w.notebook(n))
	}},
	{"getDamage", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/damages/" + w.damage(n, false), "" }},
	{"assessDamage", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/damages/" + w.damage(n, false) + "/assess", `{"cause":"accident","liability":"fault"}`
	}},
	{"repairDamage", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/damages/" + w.damage(n, true) + "/repair", `{"note":"Display"}`
	}},
	{"settleDamage", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/damages/" + w.damage(n, true) + "/settle", `{"cost":18900,"claim":9900,"settlement":"invoice"}`
	}},
	{"closeDamage", "that nobody settled", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/damages/" + w.damage(n, true) + "/close", "" }},

	{"listIssueDays", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.issueDay(n); return "/issue-days", "" }},
	{"createIssueDay", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/issue-days", fmt.Sprintf(`{"school":%q,"name":"Ausgabe %d","day":"2026-12-02","classes":[%q]}`, w.north, n, w.class)
	}},
	{"getIssueDay", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/issue-days/" + w.issueDay(n), "" }},
	{"changeIssueDay", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/issue-days/" + w.issueDay(n), fmt.Sprintf(`{"room":"Aula %d"}`, n)
	}},
	{"removeIssueDay", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/issue-days/" + w.issueDay(n), "" }},
	{"listIssueDayPeople", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/issue-days/" + w.issueDay(n) + "/people", "" }},
	{"planIssueDay", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/issue-days/" + w.issueDay(n) + "/contracts", "" }},

	{"listPrints", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, _ int) (string, string) { w.printed(); return "/prints", "" }},
	{"orderPrint", "", [8]int{403, 202, 202, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		return "/prints", fmt.Sprintf(`{"school":%q,"classes":[%q],"whole":true}`, w.north, w.printable())
	}},
	{"getPrint", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/prints/" + w.printed(), "" }},
	{"stopPrint", "that is over", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) { return "/prints/" + w.printed() + "/stop", "" }},
	{"getPrintFile", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		run := w.printed()
		_, files, err := w.st.PrintByID(context.Background(), w.by, school.PrintID(run))
		return "/prints/" + run + "/files/" + string(ok(w.t, files, err)[0].ID), ""
	}},

	{"listLeases", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, func(w *world, n int) (string, string) { w.lease(n); return "/leases", "" }},
	{"listReturns", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, func(w *world, n int) (string, string) { w.returned(n); return "/returns", "" }},
	{"startReturn", "", [8]int{403, 201, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/returns", fmt.Sprintf(`{"batch":%q}`, w.lease(n)) }},
	{"getReturn", "", [8]int{200, 200, 403, 403, 200, 403, 401, 404}, func(w *world, n int) (string, string) { return "/returns/" + w.returned(n), "" }},
	{"releaseReturned", "with nothing to release", [8]int{403, 409, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/returns/" + w.returned(n) + "/released", `{}` }},
	{"handOverReturned", "", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/returns/" + w.returned(n) + "/handed", "" }},
	{"closeReturn", "", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/returns/" + w.returned(n) + "/close", "" }},

	{"listLacks", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.contract(n, lacking); return "/figures/parts", "" }},
	{"getDamageSums", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, func(w *world, n int) (string, string) { w.damage(n, true); return "/figures/damages?year=2026", "" }},
	{"getCosts", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/figures/costs")},
	{"getFunds", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/figures/funding")},
	{"listFunded", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/figures/funding/assets")},
	{"getMedia", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/figures/schools?years=4")},
	{"getFleet", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/figures/fleet")},
	{"listAssets", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, func(w *world, n int) (string, string) { w.contract(n, lent); return "/assets", "" }},
	{"importAssets", "", [8]int{403, 201, 201, 422, 403, 403, 401, 422}, func(_ *world, n int) (string, string) {
		return "/asset-imports", fmt.Sprintf(`{"text":"Seriennummer;Art;Schule\nNB%04d;Notebook;Gymnasium Nord\n"}`, n)
	}},

	{"listRosterSources", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.source(n); return "/roster-sources", "" }},
	{"createRosterSource", "of the authority", [8]int{403, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/roster-sources", fmt.Sprintf(`{"name":"Quelle %d","format":"csv"}`, n)
	}},
	{"createRosterSource", "of a school", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/roster-sources", fmt.Sprintf(`{"name":"Schulquelle %d","school":%q}`, n, w.north)
	}},
	{"createRosterServer", "of the authority", [8]int{403, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/roster-servers", fmt.Sprintf(`{"name":"Server %d",%s}`, n, serverAt)
	}},
	{"createRosterServer", "of a school", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/roster-servers", fmt.Sprintf(`{"name":"Schulserver %d","school":%q,%s}`, n, w.north, serverAt)
	}},
	{"getRosterServer", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/roster-servers/" + w.rosterServer(n), "" }},
	{"changeRosterServer", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/roster-servers/" + w.rosterServer(n), `{"take":true}`
	}},
	{"fetchRosterServer", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/roster-servers/" + w.rosterServer(n) + "/fetch", ""
	}},
	{"listRosters", "", [8]int{403, 200, 200, 200, 403, 403, 401, 200}, func(w *world, n int) (string, string) { w.roster(n); return "/rosters", "" }},
	{"planRoster", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/rosters", fmt.Sprintf(`{"source":%q,"school":%q,"text":"Vorname;Nachname;ID\nKim;Neu;%d\n"}`, w.source(n), w.north, n)
	}},
	{"getRoster", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/rosters/" + w.roster(n), "" }},
	{"getRosterPart", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/rosters/" + w.roster(n) + "/parts/0", "" }},
	{"answerRoster", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		run := w.roster(n)
		p, err := w.st.RosterPart(context.Background(), w.by, school.RosterRunID(run), 0)
		return "/rosters/" + run + "/parts/0/answers", fmt.Sprintf(`{"answers":[{"question":%q,"choice":"later"}]}`, ok(w.t, p, err).Questions[0].ID())
	}},
	{"applyRoster", "with a question open", [8]int{403, 409, 409, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/rosters/" + w.roster(n) + "/parts/0/apply", `{}`
	}},

	{"listApps", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/apps")},
	{"nameApp", "", [8]int{201, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/apps", fmt.Sprintf(`{"item":"7%d","name":"Hausapp","bundle":"example.own%d"}`, n, n)
	}},
	{"getApp", "", [8]int{200, 200, 200, 200, 200, 200, 401, 404}, func(w *world, n int) (string, string) { return "/apps/" + w.app(n), "" }},
	{"listLicences", "", [8]int{200, 200, 200, 200, 200, 200, 401, 404}, func(w *world, n int) (string, string) { return "/apps/" + w.app(n) + "/licences", "" }},
	{"listContentTokens", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/content-tokens")},
	{"addContentToken", "", [8]int{201, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/content-tokens", fmt.Sprintf(`{"name":"Nord","token":"a token %d"}`, n)
	}},
	{"changeContentToken", "", [8]int{200, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/content-tokens/" + w.contentToken(n), fmt.Sprintf(`{"silent_days":%d}`, 30+n%900)
	}},
	{"countContentToken", "", [8]int{200, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/content-tokens/" + w.contentToken(n) + "/count", ""
	}},
	{"removeContentToken", "", [8]int{204, 204, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/content-tokens/" + w.contentToken(n), ""
	}},
	{"listProfiles", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/profiles")},
	{"createProfile", "of the authority", [8]int{403, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/profiles", fmt.Sprintf(`{"name":"Anton %d","form":"webclip","values":{"label":"Anton","url":"https://anton.example"}}`, n)
	}},
	{"createProfile", "of a school", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/profiles", fmt.Sprintf(`{"school":%q,"name":"Nord %d","form":"webclip","values":{"label":"Nord","url":"https://nord.example"}}`, w.north, n)
	}},
	{"getProfile", "of the authority", [8]int{200, 200, 200, 200, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/profiles/" + string(w.profile), "" }},
	{"getProfile", "of a school", [8]int{200, 200, 200, 404, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/profiles/" + string(w.ours), "" }},
	{"saveDraft", "of the authority", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/profiles/" + string(w.profile) + "/draft", fmt.Sprintf(`{"name":"WLAN Schule","form":"wifi","values":{"ssid":"Schule %d","security":"WPA2"}}`, n)
	}},
	{"saveDraft", "of a school", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/profiles/" + string(w.ours) + "/draft", fmt.Sprintf(`{"name":"Nordlink","form":"webclip","values":{"label":"Nord %d","url":"https://nord.example"}}`, n)
	}},
	{"listVersions", "", [8]int{200, 200, 200, 200, 200, 200, 401, 404}, func(w *world, _ int) (string, string) { return "/profiles/" + string(w.profile) + "/versions", "" }},
	{"publishProfile", "of the authority", [8]int{403, 201, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		w.draft(w.profile, fmt.Sprintf("https://%d.example", n))
		return "/profiles/" + string(w.profile) + "/publish", ""
	}},
	{"publishProfile", "of a school", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		w.draft(w.ours, fmt.Sprintf("https://%d.example", n))
		return "/profiles/" + string(w.ours) + "/publish", ""
	}},

	{"listAssignments", "", [8]int{200, 200, 200, 200, 200, 200, 401, 200}, at("/assignments")},
	{"createAssignment", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/assignments", fmt.Sprintf(`{"profile":%q,"scope":{"level":"class","id":%q}}`, w.link(n), w.class)
	}},
	{"createAssignment", "to the authority", [8]int{403, 201, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/assignments", fmt.Sprintf(`{"profile":%q,"scope":{"level":"authority"}}`, w.link(n))
	}},
	{"createAssignment", "fixed", [8]int{403, 201, 403, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/assignments", fmt.Sprintf(`{"profile":%q,"fixed":true,"scope":{"level":"class","id":%q}}`, w.link(n), w.class)
	}},
	{"endAssignment", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/assignments/" + string(w.assign(school.Scope{Level: school.AtClass, ID: string(w.class)}, w.link(n))), ""
	}},

	{"createPlan", "", [8]int{403, 201, 201, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/plans", fmt.Sprintf(`{"change":{"kind":"assign","assign":{"profile":%q,"scope":{"level":"class","id":%q}}}}`, w.link(n), w.class)
	}},
	{"createPlan", "to move", [8]int{403, 201, 404, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/plans", fmt.Sprintf(`{"change":{"kind":"move","devices":[%q],"to":{"school":%q}}}`, w.device, w.south)
	}},
	{"getPlan", "", [8]int{403, 200, 404, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/plans/" + w.plan(n), "" }},
	{"listPlanDevices", "", [8]int{403, 200, 404, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/plans/" + w.plan(n) + "/groups/0/devices", "" }},
	{"applyPlan", "", [8]int{403, 200, 404, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/plans/" + w.plan(n) + "/apply", `{}` }},

	{"listProviders", "", [8]int{200, 200, 403, 403, 403, 403, 401, 200}, at("/providers")},
	{"createProvider", "", [8]int{201, 201, 403, 403, 403, 403, 401, 201}, func(_ *world, n int) (string, string) {
		return "/providers", fmt.Sprintf(`{"name":"IServ %d","issuer":"https://iserv-%d.example","client_id":"ranzen","client_secret":"geheim"}`, n, n)
	}},
	{"getProvider", "", [8]int{200, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/providers/" + w.provider(n), "" }},
	{"changeProvider", "", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/providers/" + w.provider(n), `{"name":"IServ"}`
	}},
	{"changeProvider", "off", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/providers/" + w.provider(n), `{"enabled":false}`
	}},
	{"setProviderRules", "", [8]int{403, 200, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		return "/providers/" + w.provider(n) + "/rules", `{"rules":[{"claim":"roles","value":"ROLE_TEACHER","role":"school_admin"},{"claim":"roles","value":"ROLE_STUDENT"}]}`
	}},
	{"removeProvider", "", [8]int{403, 204, 403, 403, 403, 403, 401, 404}, func(w *world, n int) (string, string) { return "/providers/" + w.provider(n), "" }},

	{"undo", "", [8]int{403, 200, 200, 404, 403, 403, 401, 404}, func(w *world, n int) (string, string) {
		set, err := w.st.ChangeSchool(context.Background(), w.by, school.School{ID: w.north, Name: "Gymnasium Nord", Type: "Gymnasium", Number: fmt.Sprint(200000 + n)})
		return "/undo/" + string(ok(w.t, set, err)), ""
	}},
	{"listTenants", "", [8]int{200, 404, 404, 404, 404, 404, 401, 404}, at("/tenants")},
	{"getTenant", "", [8]int{200, 404, 404, 404, 404, 404, 401, 404}, func(w *world, _ int) (string, string) { return "/tenants/" + string(w.by.Tenant), "" }},
	{"provisionTenant", "", [8]int{201, 404, 404, 404, 404, 404, 401, 404}, func(_ *world, n int) (string, string) {
		return fmt.Sprintf("/tenants/kisa-%d", n), fmt.Sprintf(`{"name":"Stadt %d","admin":{"name":"A. B.","login":"ab%d@stadt.example"}}`, n, n)
	}},
	{"changeTenant", "", [8]int{200, 404, 404, 404, 404, 404, 401, 404}, func(w *world, _ int) (string, string) {
		return "/tenants/" + string(w.by.Tenant), `{"suspended":false}`
	}},
	{"agreeToEnd", "", [8]int{200, 404, 404, 404, 404, 404, 401, 404}, func(w *world, _ int) (string, string) {
		w.askEnd()
		return "/tenants/" + string(w.by.Tenant) + "/end", `{"typed":"Musterstadt"}`
	}},
	{"stopEnd", "", [8]int{204, 404, 404, 404, 404, 404, 401, 404}, func(w *world, _ int) (string, string) {
		w.askEnd()
		return "/tenants/" + string(w.by.Tenant) + "/end", ""
	}},
	{"exportAuthority", "", [8]int{403, 200, 403, 403, 403, 403, 401, 200}, at("/authority/export")},
	{"getEnd", "", [8]int{403, 200, 403, 403, 403, 403, 401, 200}, at("/authority/end")},
	{"askEnd", "", [8]int{403, 204, 403, 403, 403, 403, 401, 422}, func(w *world, _ int) (string, string) {
		w.mayEnd()
		return "/authority/end", `{"typed":"Musterstadt"}`
	}},
	{"cancelEnd", "", [8]int{403, 204, 403, 403, 403, 403, 401, 404}, func(w *world, _ int) (string, string) {
		w.askEnd()
		return "/authority/end", ""
	}},
	{"listAudit", "", [8]int{200, 200, 403, 403, 200, 403, 401, 200}, at("/audit")},
}

func at(path string) func(*world, int) (string, string) {
	return func(*world, int) (string, string) { return path, "" }
}

// warrant is an order by plan to the device at north; what is under way there is called off before.
func (w *world) warrant(k school.OrderKind) school.WarrantID {
	ctx := context.Background()
	all, err := w.st.Warrants(ctx, w.by, false, 50)
	for _, x := range ok(w.t, all, err) {
		w.st.WithdrawOrder(ctx, w.by, x.ID) // what is over already is not called off
	}
	p, err := w.st.Plan(ctx, w.by, school.Change{Kind: school.ChangeOrder, Devices: []school.DeviceID{w.device}, Order: &school.OrderWish{Kind: k, Args: school.OrderArgs{Reason: "Probe"}}}, mdm.Preview)
	ok(w.t, p, err)
	_, err = w.st.ApplyTyped(ctx, w.by, p.ID, store.Asks(p), mdm.Preview)
	return ok(w.t, school.WarrantID(p.ID), err)
}

// ruled is a group by rule of the school in the north.
func (w *world) ruled(name string, n int) string {
	id, err := w.st.CreateGroup(context.Background(), w.by, school.Group{School: w.north, Name: fmt.Sprint(name, n), Rule: school.Rule{OSBelow: "17.5"}})
	return string(ok(w.t, id, err))
}

// asked is an order of a program, which waits for a person.
func (w *world) asked() school.WarrantID {
	ctx := context.Background()
	all, err := w.st.Warrants(ctx, w.by, true, 50)
	if all = ok(w.t, all, err); len(all) > 0 {
		return all[0].ID
	}
	a := w.do(request{who: "admin", method: "POST", path: "/plans", body: fmt.Sprintf(`{"change":{"kind":"order","devices":[%q],"order":{"kind":"unenrol","reason":"Probe"}}}`, w.device)})
	b := w.do(request{who: "admin", method: "POST", path: "/plans/" + fmt.Sprint(a.get("id")) + "/apply", body: fmt.Sprintf(`{"word":%q}`, fmt.Sprint(a.get("asks")))})
	if b.status != 200 {
		w.t.Fatalf("%d %s", b.status, b.text)
	}
	return school.WarrantID(fmt.Sprint(a.get("id")))
}

// reports has the device report something.
func (w *world) reports(fn func(o *store.Observation)) {
	ctx := context.Background()
	x, err := w.st.DeviceByID(ctx, w.by, w.device)
	ok(w.t, 0, w.st.Observe(ctx, w.by.Tenant, ok(w.t, x, err).Enrollment.ID, "", func(o *store.Observation) error {
		fn(o)
		return nil
	}))
}

// locked gives the device a code that takes its Activation Lock off.
func (w *world) locked() {
	w.reports(func(o *store.Observation) { o.Bypass = []byte("00000-00000-0000-0000-0000-0000") })
}

// located is an order to locate the device, to which two agreed and which it did not answer yet.
func (w *world) located() string {
	ctx := context.Background()
	find := func() string {
		all, err := w.st.Orders(ctx, w.by, w.device, 100)
		for _, o := range ok(w.t, all, err) {
			if o.Kind == school.Locate {
				return string(o.ID)
			}
		}
		return ""
	}
	if id := find(); id != "" {
		return id
	}
	yes := true
	w.reports(func(o *store.Observation) { o.Have.LostAt, o.Info = o.Now, &store.DeviceInfo{Supervised: &yes} })
	p, err := w.st.Plan(ctx, w.by, school.Change{Kind: school.ChangeOrder, Devices: []school.DeviceID{w.device}, Order: &school.OrderWish{Kind: school.Locate, Args: school.OrderArgs{Reason: "Probe"}}}, mdm.Preview)
	ok(w.t, p, err)
	_, err = w.st.ApplyTyped(ctx, w.by, p.ID, "", mdm.Preview)
	ok(w.t, p, err)
	second := school.Actor{Kind: school.PersonActor, Account: "zweite", Name: "Zweite", Tenant: w.by.Tenant, Grants: []school.Grant{{Role: school.AuthorityAdmin, Authority: w.by.Tenant, From: time.Unix(0, 0)}}}
	ok(w.t, 0, w.st.ApproveOrder(ctx, second, school.WarrantID(p.ID)))
	w.reports(func(o *store.Observation) { o.Have.LostAt = time.Time{} })
	return find()
}

func (w *world) turnaround() string {
	ctx := context.Background()
	all, err := w.st.Turnarounds(ctx, w.by, store.TurnaroundFilter{})
	if len(ok(w.t, all, err)) == 0 {
		w.warrant(school.MakeReady)
		all, err = w.st.Turnarounds(ctx, w.by, store.TurnaroundFilter{})
	}
	return string(ok(w.t, all, err)[0].ID)
}

// provider is an identity provider whose rule gives a role at north.
func (w *world) provider(n int) string {
	ctx := context.Background()
	id, err := w.st.CreateProvider(ctx, w.by, school.Provider{Name: fmt.Sprintf("IServ %d", n), Issuer: fmt.Sprintf("https://nord-%d.example", n), ClientID: "ranzen", School: w.north}, "geheim")
	if err == nil {
		err = w.st.SetProviderRules(ctx, w.by, id, []school.ClaimRule{{Claim: "roles", Value: "ROLE_TEACHER", Role: school.SchoolAdmin}})
	}
	return string(ok(w.t, id, err))
}

// source is where rosters of every school come from.
func (w *world) source(n int) school.RosterSourceID {
	id, err := w.st.CreateRosterSource(context.Background(), w.by, school.RosterSource{Name: fmt.Sprintf("IServ %d", n), Format: "csv"})
	return ok(w.t, id, err)
}

const serverAt = `"base":"https://api.land.example/v1","token":"https://auth.land.example/token","client_id":"m"`

// rosterServer is a server that is asked for north.
func (w *world) rosterServer(n int) string {
	id, err := w.st.CreateRosterServer(context.Background(), w.by, school.RosterSource{Name: fmt.Sprintf("Land %d", n), School: w.north},
		school.RosterServer{Base: "https://api.land.example/v1", Token: "https://auth.land.example/token", ClientID: "m"}, "geheim")
	return string(ok(w.t, id, err))
}

// roster is a list of north that names somebody who is there, in no class: that is asked.
func (w *world) roster(n int) string {
	ctx := context.Background()
	x, err := w.st.PersonByID(ctx, w.by, w.person)
	person := ok(w.t, x, err)
	id, err := w.st.BringRoster(ctx, w.by, store.NewRoster{Source: w.source(n), School: w.north, Data: []byte("x")})
	if err == nil {
		_, err = w.st.PlanRoster(ctx, w.by, id, school.Roster{Schools: []school.RosterSchool{{People: []school.RosterPerson{{ID: fmt.Sprint(n), Kind: person.Kind, Given: person.Given, Family: person.Family}}}}})
	}
	return string(ok(w.t, id, err))
}

// askEnd has the authority ask to be deleted, anew.
func (w *world) askEnd() {
	w.mayEnd()
	ok(w.t, 0, w.st.AskEnd(context.Background(), w.by, "Musterstadt"))
}

// mayEnd does what is needed before: everything was taken along, and no iPad is left.
func (w *world) mayEnd() {
	ctx := context.Background()
	if err := w.st.StopEnd(ctx, w.by); school.KindOf(err) != school.NotFound {
		ok(w.t, 0, err)
	}
	ok(w.t, 0, w.st.ExportTenant(ctx, w.by, io.Discard))
	ok(w.t, 0, w.st.CheckedOut(ctx, w.by.Tenant, "udid-F9FXK2A100"))
	w.gone = true
}

// home brings the device back that left with mayEnd, for the call after it.
func (w *world) home() {
	if w.gone {
		w.enrol(w.device, "F9FXK2A100")
		w.gone = false
	}
}

// spare is the serial of a confirmed device at north that nobody has.
func (w *world) spare(n int) string {
	serial := fmt.Sprintf("H4VLQ3%04d", n)
	w.announced(serial, "Gymnasium Nord")
	return serial
}

// reported is something said at the desk of a device at north.
func (w *world) reported(n int) string {
	ctx := context.Background()
	d, err := w.st.DeviceBySerial(ctx, w.by, w.spare(n))
	id, err2 := w.st.ReportAtDesk(ctx, w.by, ok(w.t, d, err).ID, store.ReportDamaged, "Display")
	return ok(w.t, id, err2)
}

// repair is an order to repair a device at north.
func (w *world) repair(n int) string {
	ctx := context.Background()
	d, err := w.st.DeviceBySerial(ctx, w.by, w.spare(n))
	_, err2 := w.st.SendToRepair(ctx, w.by, ok(w.t, d, err).ID, "Display")
	ok(w.t, 0, err2)
	all, err := w.st.Repairs(ctx, w.by)
	for _, x := range ok(w.t, all, err) {
		if x.Device == d.ID {
			return x.ID
		}
	}
	w.t.Fatal("no order")
	return ""
}

func (w *world) order() school.OrderID {
	ids, err := w.st.GiveOrder(context.Background(), w.by, school.Restart, []school.DeviceID{w.device})
	return ok(w.t, ids, err)[0]
}

// refuse has the device refuse something for good.
func (w *world) refuse() {
	ctx := context.Background()
	x, err := w.st.DeviceByID(ctx, w.by, w.device)
	err = w.st.Observe(ctx, w.by.Tenant, ok(w.t, x, err).Enrollment.ID, "", func(o *store.Observation) error {
		o.Have.Items["x"] = school.ItemState{Phase: school.Failed, Attempts: mdm.MaxAttempts, Final: true, Since: o.Now}
		return nil
	})
	ok(w.t, 0, err)
}

func (w *world) draft(p school.ProfileID, url string) {
	ctx := context.Background()
	over := ""
	if v, err := w.st.Draft(ctx, w.by, p); err == nil {
		over = v.Content.Hash
	}
	_, _, err := w.st.SaveDraft(ctx, w.by, p, "webclip", w.content("Link", "webclip", map[string]string{"label": "Link", "url": url}), over)
	ok(w.t, 0, err)
}

// link is a profile of the authority that hangs nowhere yet.
func (w *world) link(n int) school.ProfileID {
	return w.newProfile(fmt.Sprintf("Link %d", n), "", "webclip", map[string]string{"label": "Link", "url": fmt.Sprintf("https://link-%d.example", n)})
}

func (w *world) plan(n int) string {
	p, err := w.st.Plan(context.Background(), w.by, school.Change{Kind: school.ChangeAssign, Assignment: school.Assignment{
		Scope: school.Scope{Level: school.AtClass, ID: string(w.class)}, Profile: w.link(n), Mode: school.Required}}, mdm.Preview)
	return string(ok(w.t, p, err).ID)
}

// TestEveryCallAnswersEveryCaller is the table of permissions, walked. No answer names a person to somebody who may not see people there.
func TestEveryCallAnswersEveryCaller(t *testing.T) {
	of := map[string]route{}
	for _, rt := range routes {
		of[rt.name] = rt
	}
	each(t, func(t *testing.T, w *world) {
		asked := map[string]bool{}
		sees := map[string]bool{"admin": true, "own": true}
		n := 0
		for _, row := range matrix {
			rt, known := of[row.name]
			if !known {
				t.Fatalf("there is no call %s", row.name)
			}
			asked[row.name] = true
			for i, who := range callers {
				n++
				w.home()
				path, body := row.make(w, n)
				a := w.do(request{who: who, method: rt.method, path: path, body: body})
				if a.status != row.statuses[i] {
					t.Errorf("%s %s by %s: %d, want %d\n%s", row.name, row.what, who, a.status, row.statuses[i], a.text)
					continue
				}
				if sees[who] {
					continue
				}
				for _, name := range names {
					if strings.Contains(a.text+fmt.Sprint(a.header), name) {
						t.Errorf("%s %s tells %s the name %q\n%s", row.name, row.what, who, name, a.text)
					}
				}
			}
		}
		for _, rt := range routes {
			if !asked[rt.name] {
				t.Errorf("%s stands in no row", rt.name)
			}
		}
	})
}

// TestTheTableOfPermissionsHoldsOnEveryCall: every role at the school that is asked for and at the one next door, also those
// no token can have. Who has none of a call's verbs is refused; whose own calls they are is let in, at its school.
func TestTheTableOfPermissionsHoldsOnEveryCall(t *testing.T) {
	w := newWorld(t, "sqlite")
	of, rows := map[string]route{}, map[string]func(*world, int) (string, string){}
	for _, rt := range routes {
		of[rt.name] = rt
	}
	for _, row := range matrix {
		if rows[row.name] == nil {
			rows[row.name] = row.make
		}
	}
	var by school.Actor
	w.tokens["role"] = "rz_role"
	real := w.api.keep.actor
	w.api.keep.actor = func(ctx context.Context, secret string) (school.Actor, error) {
		if secret == "rz_role" {
			return by, nil
		}
		return real(ctx, secret)
	}
	n := 5000
	for _, role := range school.Roles {
		for _, node := range []school.SchoolID{"", w.north, w.south} {
			if !role.Stands(node) {
				continue
			}
			by = school.Actor{Kind: school.TokenActor, Account: "role", Name: string(role), Tenant: w.by.Tenant, Grants: []school.Grant{{Role: role, Authority: w.by.Tenant, School: node}}}
			sees := by.CanSomewhere(school.View, by.Tenant)
			for name, make := range rows {
				rt := of[name]
				if name == "me" || rt.own && len(rt.verbs) == 0 { // undo asks for the verb of what is undone
					continue
				}
				n++
				w.home()
				path, body := make(w, n)
				has := len(rt.verbs) == 0 || slices.ContainsFunc(rt.verbs, func(v school.Verb) bool {
					return by.Can(v, school.Where{Authority: by.Tenant}) || !rt.whole && by.CanSomewhere(v, by.Tenant)
				})
				may := has && (sees || rt.own) && !rt.above
				a := w.do(request{who: "role", method: rt.method, path: path, body: body})
				if refused := a.status == http.StatusForbidden || a.status == http.StatusNotFound; !may && !refused {
					t.Errorf("%s by %s at %q: %d, and the table refuses it", name, role, node, a.status)
				}
				if rt.own && has && node != w.south && a.status >= 300 {
					t.Errorf("%s by %s at %q: %d %s", name, role, node, a.status, a.text)
				}
				if rt.own && has && node == w.south && rt.method != http.MethodGet && a.status < 300 {
					t.Errorf("%s by %s of the school next door: %d", name, role, a.status)
				}
			}
		}
	}
}

// TestWhatIsUnknownIsNotThere: an id of nothing is answered like somebody else's thing, by every call that takes one.
func TestWhatIsUnknownIsNotThere(t *testing.T) {
	w := newWorld(t, "sqlite")
	bodies := map[string]string{"changeDevice": `{"number":"1"}`, "giveOrder": `{"kind":"refresh"}`, "changeSchool": `{"name":"x"}`, "changeClass": `{"name":"x"}`, "changeGroup": `{"name":"x"}`, "readBypassCode": `{"reason":"x"}`, "readAnswer": `{"reason":"x"}`,
		"setCalm": `{}`, "takeCrossing": `{}`, "saveDraft": `{"name":"x","form":"webclip"}`, "applyPlan": `{}`, "changeProvider": `{"name":"x"}`, "setProviderRules": `{"rules":[]}`, "chooseRollover": `{}`, "signRollover": `{}`, "erasePerson": `{"typed":"x"}`, "agreeToEnd": `{"typed":"x"}`, "answerRepair": `{"answer":"x"}`, "answerRoster": `{"answers":[]}`, "changeRosterServer": `{"take":true}`, "applyRoster": `{}`, "changeContentToken": `{"silent_days":30}`,
		"signContract": `{"how":"paper"}`, "handOutContract": `{}`, "takeBackContract": `{}`, "checkContract": `{}`, "swapContract": `{"asset":"x","reason":"damage"}`, "extendContract": `{}`, "decidePart": `{"decision":"waived"}`,
		"assessDamage": `{"cause":"wear","liability":"none"}`, "repairDamage": `{"note":"x"}`, "settleDamage": `{"settlement":"nothing"}`, "changeIssueDay": `{"room":"x"}`, "releaseReturned": `{}`}
	for _, rt := range routes {
		if !strings.Contains(rt.path, "{id}") {
			continue
		}
		path := strings.NewReplacer("{id}", "01990c5e-7a11-7c3e-9d42-3f1a6b0c0009", "{group}", "0", "{part}", "0", "{file}", "0").Replace(rt.path)
		who := "admin"
		if rt.name == "answerRepair" { // the shop's alone
			who = "shop"
		}
		a := w.do(request{who: who, method: rt.method, path: path, body: bodies[rt.name]})
		if a.status != http.StatusNotFound || a.get("code") != "not_found" {
			t.Errorf("%s: %d %s", rt.name, a.status, a.text)
		}
	}
}

// TestSignsNoTextHoldsAreNoTrouble: NUL and broken letters are somebody's mistake, on both engines and wherever they stand.
func TestSignsNoTextHoldsAreNoTrouble(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, sign := range []string{"%00", "%ff", "a%00b", "%ed%a0%80"} {
			for _, path := range []string{"/devices/" + sign, "/devices?q=" + sign, "/devices?after=" + sign, "/devices?class=" + sign, "/people?q=" + sign, "/profiles/" + sign, "/plans/" + sign,
				"/assignments?level=device&scope=" + sign, "/audit?event=" + sign, "/devices/" + sign + "/orders"} {
				if a := w.do(request{who: "admin", method: "GET", path: path}); a.status >= 500 {
					t.Errorf("%s: %d %s", path, a.status, a.text)
				}
			}
		}
		for _, body := range []string{`{"name":"a\u0000b"}`, `{"name":"a","number":"\u0000"}`, "{\"name\":\"\xff\"}", `{"name":"\ud800"}`} {
			if a := w.do(request{who: "admin", method: "POST", path: "/schools", body: body}); a.status >= 500 {
				t.Errorf("%q: %d %s", body, a.status, a.text)
			}
		}
		rows := `{"rows":[{"serial":"F9FXK2A1Z9","school":"\u0000","class":"\u0000","person":"\u0000","batch":"a\u0000"}]}`
		for _, path := range []string{"/devices/announce?dry_run=true", "/devices/announce"} {
			if a := w.do(request{who: "admin", method: "POST", path: path, body: rows}); a.status >= 500 {
				t.Errorf("%s: %d %s", path, a.status, a.text)
			}
		}
		a := w.do(request{who: "admin", method: "POST", path: "/plans", body: fmt.Sprintf(`{"change":{"kind":"move","devices":["\u0000",%q],"to":{"school":"\u0000"}}}`, w.device)})
		if a.status >= 500 {
			t.Errorf("a plan: %d %s", a.status, a.text)
		}
	})
}

// TestNamesNeedTheVerbEvenForTheAuthority: a program that may do everything but see people gets no name anywhere, not
// from a list, a state, a scope, a search or a sort.
func TestNamesNeedTheVerbEvenForTheAuthority(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var verbs []school.Verb
		for _, v := range school.AuthorityAdmin.Verbs() {
			if v != school.ViewPeople {
				verbs = append(verbs, v)
			}
		}
		w.token("inventory", school.AuthorityAdmin, "", verbs)
		for _, path := range []string{"/me", "/devices", "/devices?sort=holder", "/devices/" + string(w.device), "/devices/" + string(w.device) + "/orders", "/classes/" + string(w.class),
			"/assignments", "/assignments?level=person&scope=" + string(w.person), "/profiles", "/audit", "/schools"} {
			a := w.do(request{who: "inventory", method: "GET", path: path})
			a.is(t, 200, "")
			for _, name := range names {
				if strings.Contains(a.text, name) {
					t.Errorf("%s tells %q", path, name)
				}
			}
		}
		for _, q := range names {
			if a := w.do(request{who: "inventory", method: "GET", path: "/devices?q=" + q}); a.get("items.0") != nil {
				t.Errorf("a search for %q finds a device", q)
			}
		}
		if a := w.do(request{who: "inventory", method: "GET", path: "/devices?person=" + string(w.person)}); a.get("items.0") != nil {
			t.Error("a person's devices are found")
		}
		w.do(request{who: "inventory", method: "GET", path: "/people"}).is(t, 403, "denied")
		a := w.do(request{who: "inventory", method: "POST", path: "/devices/announce?dry_run=true", body: `{"rows":[{"serial":"H4VLQ10001","person":"Quastenfl, X"}]}`})
		a.is(t, 200, "")
		if strings.Contains(a.text, given) || strings.Contains(a.text, family) {
			t.Errorf("a delivery names people: %s", a.text)
		}

		// The state is the one the device is steered by, although its holder is not named: his name fills a profile.
		all := w.do(request{who: "admin", method: "GET", path: "/devices/" + string(w.device)})
		less := w.do(request{who: "inventory", method: "GET", path: "/devices/" + string(w.device)})
		if all.get("holder.name") != family+", "+given || less.get("holder") != nil {
			t.Errorf("holder: %v, %v", all.get("holder"), less.get("holder"))
		}
		for i := range 2 {
			at := fmt.Sprintf("state.missing.%d.reason.code", i)
			if all.get(at) == nil || all.get(at) != less.get(at) {
				t.Errorf("%s: %v, %v", at, all.get(at), less.get(at))
			}
		}
	})
}

// freezeBody leaves the school at north as it is for some days.
func freezeBody(w *world, n int) string {
	from := w.st.Now().Add(time.Hour)
	return fmt.Sprintf(`{"name":"Abitur %d","scope":{"level":"school","id":%q},"from":%q,"until":%q}`, n, w.north, from.Format(time.RFC3339), from.Add(48*time.Hour).Format(time.RFC3339))
}
