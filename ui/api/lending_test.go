package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// How far a contract of the matrix is.
const (
	planned = "planned"
	lent    = "lent"
	swapped = "swapped" // and something is broken
	piled   = "piled"   // came back in a pile
	lacking = "lacking" // back, and a part is missing
	refused = "refused"
)

// pupil is somebody of 7b at north, with the names nobody else may hear.
func (w *world) pupil(n int) school.PersonID {
	w.t.Helper()
	id, err := w.st.CreatePerson(context.Background(), w.by, school.Person{School: w.north, Kind: school.Pupil, Given: given, Family: fmt.Sprint(family, n)}, w.class)
	return ok(w.t, id, err)
}

// notebook is a thing at north that somebody else manages.
func (w *world) notebook(n int) school.AssetID {
	w.t.Helper()
	id, err := w.st.CreateAsset(context.Background(), w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Model: "Notebook 14", Number: fmt.Sprint("NB ", n), School: w.north, Price: 60000})
	return ok(w.t, id, err)
}

// contract is one of a pupil at north for a notebook and its charger. One that nobody moved on is taken again.
func (w *world) contract(n int, how string) string {
	w.t.Helper()
	ctx := context.Background()
	if id, has := w.kept[how]; has {
		x, err := w.st.ContractByID(ctx, w.by, school.ContractID(id))
		if ok(w.t, x, err).State == map[string]school.ContractState{planned: school.ContractPlanned, lent: school.ContractIssued, swapped: school.ContractIssued, piled: school.ContractReturned, lacking: school.ContractOpen,
			refused: school.ContractRefused}[how] && (how != lacking || x.OpenParts > 0) {
			return id
		}
	}
	if w.kit == "" {
		kit, err := w.st.CreateKit(ctx, w.by, school.Kit{Name: "Notebook", Kind: school.Notebook, Parts: []school.Part{{Kind: school.Charger, Name: "Netzteil", Price: 4900}}})
		w.kit = ok(w.t, kit, err)
	}
	asset, person := w.notebook(n), w.pupil(n)
	made, _, err := w.st.PlanContracts(ctx, w.by, w.north, []store.ContractWish{{Person: person, Asset: asset, Kit: w.kit}})
	id := ok(w.t, made, err)[0]
	if how != planned && how != refused {
		_, _, err := w.st.HandOut(ctx, w.by, store.Handover{Person: person, Asset: asset, Contract: id})
		ok(w.t, 0, err)
	}
	switch how {
	case swapped:
		_, err = w.st.SwapAsset(ctx, w.by, id, w.notebook(n+10_000), school.SwapDamage)
		ok(w.t, 0, err)
		_, _, err = w.st.ReportDamage(ctx, w.by, asset, "display", "gesprungen")
	case piled:
		_, _, err = w.st.TakeIn(ctx, w.by, store.GivenBack{Asset: asset, Unchecked: true})
	case lacking:
		_, _, err = w.st.TakeIn(ctx, w.by, store.GivenBack{Asset: asset, Missing: []int{2}})
	case refused:
		_, err = w.st.RefuseContract(ctx, w.by, id)
	}
	ok(w.t, 0, err)
	w.kept[how] = string(id)
	return string(id)
}

func (w *world) part(contract string, n int) string {
	w.t.Helper()
	x, err := w.st.ContractByID(context.Background(), w.by, school.ContractID(contract))
	return string(ok(w.t, x, err).Parts[n-1].ID)
}

func (w *world) damage(n int, assessed bool) string {
	w.t.Helper()
	ctx := context.Background()
	name, state := "damage", school.DamageReported
	if assessed {
		name, state = "assessed", school.DamageAssessed
	}
	if was, has := w.kept[name]; has {
		if x, err := w.st.DamageByID(ctx, w.by, school.DamageID(was)); ok(w.t, x, err).State == state {
			return was
		}
	}
	id, _, err := w.st.ReportDamage(ctx, w.by, w.notebook(n), "display", "gesprungen")
	if err == nil && assessed {
		_, err = w.st.AssessDamage(ctx, w.by, id, "accident", school.Fault)
	}
	w.kept[name] = string(ok(w.t, id, err))
	return string(id)
}

func (w *world) issueDay(n int) string {
	w.t.Helper()
	if was, has := w.kept["day"]; has {
		if _, err := w.st.IssueDayByID(context.Background(), w.by, school.IssueDayID(was)); err == nil {
			return was
		}
	}
	id, _, err := w.st.SetIssueDay(context.Background(), w.by, school.IssueDay{School: w.north, Name: fmt.Sprint("Ausgabe ", n), Day: "2026-12-02", Classes: []school.ClassID{w.class}})
	w.kept["day"] = string(ok(w.t, id, err))
	return string(id)
}

// printable is a class at north with one contract that waits for its paper.
func (w *world) printable() school.ClassID {
	w.t.Helper()
	ctx := context.Background()
	if w.paper == "" {
		class, err := w.st.CreateClass(ctx, w.by, school.Class{School: w.north, Name: "9z", Grade: "9"})
		w.paper = ok(w.t, class, err)
		person, err := w.st.CreatePerson(ctx, w.by, school.Person{School: w.north, Kind: school.Pupil, Given: given, Family: family}, w.paper)
		ok(w.t, person, err)
		_, _, err = w.st.PlanContracts(ctx, w.by, w.north, []store.ContractWish{{Person: person}})
		ok(w.t, 0, err)
	}
	w.ran()
	return w.paper
}

// printed is a run of that class that is over.
func (w *world) printed() string {
	w.t.Helper()
	if w.print == "" {
		id, err := w.st.OrderPrint(context.Background(), w.by, w.north, []school.ClassID{w.printable()}, true)
		w.print = ok(w.t, id, err)
	}
	w.ran()
	return string(w.print)
}

// ran has the print runs done that were ordered.
func (w *world) ran() {
	w.t.Helper()
	ok(w.t, 0, w.st.RunPrints(context.Background(), func(_ context.Context, _ school.Actor, x store.ContractPage, kind school.DocumentKind) (store.NewDocument, error) {
		return store.NewDocument{Contract: x.ID, Kind: kind, Facts: []byte(fmt.Sprintf(`{"number":%q}`, x.Number))}, nil
	}))
}

// lease is a delivery that is leased, with one thing of it.
func (w *world) lease(n int) string {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.st.CreateBatch(ctx, w.by, school.Batch{Name: fmt.Sprint("Leasing ", n), Lease: school.Lease{Number: fmt.Sprint("LV-", n), Lessor: "Leasing AG", Until: w.st.Now().AddDate(1, 0, 0), Rate: 1250}})
	ok(w.t, id, err)
	_, err = w.st.CreateAsset(ctx, w.by, school.Asset{Kind: school.Notebook, ManagedBy: school.ByOpsi, Number: fmt.Sprint("LN ", n), School: w.north, Batch: id})
	ok(w.t, 0, err)
	return string(id)
}

func (w *world) returned(n int) string {
	w.t.Helper()
	if was, has := w.kept["return"]; has {
		if x, err := w.st.ReturnByID(context.Background(), w.by, school.ReturnRunID(was)); ok(w.t, x, err).Closed.IsZero() {
			return was
		}
	}
	id, _, err := w.st.StartReturn(context.Background(), w.by, school.BatchID(w.lease(n)))
	w.kept["return"] = string(ok(w.t, id, err))
	return string(id)
}

// A year of one contract by programs: made, signed, handed out, extended, swapped, back with a part missing, decided and closed;
// each act is one of the list the contract names, and what is done twice under one key happens once.
func TestAContractLivesByPrograms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.contract(1, planned) // brings the kit
		person, asset, other := w.pupil(2), w.notebook(2), w.notebook(3)
		post := func(path, body, key string) response {
			t.Helper()
			a := w.do(request{who: "own", method: "POST", path: path, body: body, header: keyed1(key)})
			if a.status >= 300 {
				t.Fatalf("%s: %d %s", path, a.status, a.text)
			}
			return a
		}
		made := post("/contracts", fmt.Sprintf(`{"school":%q,"contracts":[{"person":%q,"asset":%q,"kit":%q}]}`, w.north, person, asset, w.kit), "make")
		again := post("/contracts", fmt.Sprintf(`{"school":%q,"contracts":[{"person":%q,"asset":%q,"kit":%q}]}`, w.north, person, asset, w.kit), "make")
		id, _ := made.get("contracts.0").(string)
		if id == "" || again.text != made.text {
			t.Fatalf("%s, then %s", made.text, again.text)
		}
		at := "/contracts/" + id
		state := func(want string, acts ...string) response {
			t.Helper()
			a := w.do(request{who: "own", method: "GET", path: at})
			if a.get("state") != want {
				t.Fatalf("state %v, want %s", a.get("state"), want)
			}
			for _, act := range acts {
				if !strings.Contains(fmt.Sprint(a.get("acts")), act) {
					t.Errorf("%s: %s is not among %v", want, act, a.get("acts"))
				}
			}
			return a
		}
		state("planned", "sign", "refuse")
		post(at+"/sign", `{"how":"paper"}`, "sign")
		state("signed", "issue")
		post(at+"/hand-out", `{}`, "out")
		if a := post(at+"/hand-out", `{}`, "out"); a.header.Get("Idempotency-Replayed") != "true" {
			t.Error("handed out twice under one key")
		}
		w.do(request{who: "own", method: "POST", path: at + "/hand-out", body: `{}`}).is(t, http.StatusConflict, "device_issued_to")
		post(at+"/extend", `{"due":"2027-07-31"}`, "extend")
		post(at+"/swap", fmt.Sprintf(`{"asset":%q,"reason":"upgrade"}`, other), "swap")
		a := state("issued", "return")
		if a.get("asset.id") != string(other) || a.get("addenda.1.old_asset.id") != string(asset) || a.get("due") != "2027-07-31T21:59:00Z" {
			t.Errorf("after extension and swap: %s", a.text)
		}
		post(at+"/take-back", `{"missing":[2]}`, "back")
		a = state("open", "close")
		w.do(request{who: "own", method: "POST", path: at + "/close"}).is(t, http.StatusConflict, "part_undecided")
		list := w.do(request{who: "own", method: "GET", path: "/figures/parts"})
		if list.get("items.0.contract.id") != id || list.get("items.0.part") != a.get("parts.1.id") {
			t.Errorf("open parts: %s", list.text)
		}
		post(at+"/parts/"+fmt.Sprint(a.get("parts.1.id"))+"/decide", `{"decision":"charged","amount":4900}`, "decide")
		post(at+"/close", "", "close")
		if a = state("closed"); a.get("charged") != 4900.0 || a.get("closed") == nil {
			t.Errorf("closed: %s", a.text)
		}
	})
}

// Somebody changes schools by a plan: the contract goes along, and both schools are told.
func TestAContractChangesSchoolsByAPlan(t *testing.T) {
	w := newWorld(t, "sqlite")
	id := w.contract(1, lent)
	x, err := w.st.ContractByID(context.Background(), w.by, school.ContractID(id))
	person := ok(t, x, err).Person
	plan := w.do(request{who: "admin", method: "POST", path: "/plans", body: fmt.Sprintf(`{"change":{"kind":"move","person":%q,"to":{"school":%q}}}`, person, w.south)})
	plan.is(t, http.StatusCreated, "")
	w.do(request{who: "admin", method: "POST", path: "/plans/" + fmt.Sprint(plan.get("id")) + "/apply", body: `{}`}).is(t, http.StatusOK, "")
	a := w.do(request{who: "admin", method: "GET", path: "/contracts/" + id})
	if a.get("school.id") != string(w.south) || a.get("addenda.0.kind") != "move" || a.get("state") != "issued" {
		t.Errorf("after the move: %s", a.text)
	}
	w.do(request{who: "own", method: "POST", path: "/plans", body: fmt.Sprintf(`{"change":{"kind":"move","person":%q,"to":{"school":%q}}}`, w.person, w.south)}).is(t, http.StatusNotFound, "")
}
