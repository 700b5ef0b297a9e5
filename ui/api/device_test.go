package api

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// report plays control and the device: it is planned, and reports everything it should have.
func (w *world) report() {
	w.t.Helper()
	ctx := context.Background()
	facts, have, reads, err := w.st.Marked(ctx, w.by.Tenant, 100)
	ok(w.t, 0, err)
	var plans []store.Planned
	for i, f := range facts {
		want, h := mdm.Desired(f), have[i]
		h.Items, h.Present = map[school.ItemKey]school.ItemState{}, map[school.ItemKey]school.Have{}
		p := store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: reads[i], Set: want.Set, Overlay: want.Overlay}
		for _, item := range want.Items {
			h.Present[item.Key] = school.Have{Hash: item.Hash, Owner: item.Owner, Network: item.Network, Since: w.st.Now()}
			p.Members = append(p.Members, store.Member{Key: item.Key, Profile: item.Profile, Version: item.Version, Hash: item.Hash, Owner: item.Owner, Network: item.Network})
		}
		p.Have = h
		plans = append(plans, p)
	}
	_, err = w.st.SavePlans(ctx, plans)
	ok(w.t, 0, err)
}

func TestADeviceSaysWhatItHasAndLacksInTheWordsOfThePage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/devices/" + string(w.device)
		get := func(lang string) response {
			a := w.do(request{who: "own", method: "GET", path: path, header: map[string]string{"Accept-Language": lang}})
			a.is(t, 200, "")
			return a
		}
		a := get("de")
		if len(a.get("state.missing").([]any)) != 2 || len(a.get("state.present").([]any)) != 0 {
			t.Fatalf("before: %s", a.text)
		}
		for path, want := range map[string]any{"serial": "F9FXK2A100", "class.name": "7b", "school.name": "Gymnasium Nord", "holder.id": string(w.person), "battery_percent": 84.0,
			"storage_free_gb": 31.4, "os_version": "26.1", "enrollment.state": "enrolled", "ownership": "owned", "place": nil} {
			if a.get(path) != want {
				t.Errorf("%s: %v, want %v", path, a.get(path), want)
			}
		}

		// What is said is what the page says.
		facts, have, err := w.st.DeviceFacts(context.Background(), w.by, w.device)
		ok(t, 0, err)
		for l, lang := range map[web.Lang]string{web.German: "de", web.English: "en"} {
			a := get(lang)
			for i, r := range mdm.Explain(mdm.Desired(facts), have, facts, w.st.Now()) {
				said := web.Why(l, r, web.Around{Now: w.st.Now(), Holder: given + " Q.", Class: "7b"})
				at := fmt.Sprintf("state.missing.%d.", i)
				if a.get(at+"reason.text.headline") != said.Headline || a.get(at+"reason.text.why") != said.Why || a.get(at+"reason.text.who") != said.Who || a.get(at+"reason.code") != string(r.Code) {
					t.Errorf("%s%d: %v, want %+v", lang, i, a.get(at+"reason"), said)
				}
			}
		}

		w.report()
		a = get("de")
		if len(a.get("state.missing").([]any)) != 0 || len(a.get("state.present").([]any)) != 2 || a.get("state.present.0.status") != "confirmed" {
			t.Errorf("after: %s", a.text)
		}
		list := w.do(request{who: "own", method: "GET", path: "/devices?state=as_decided"})
		if list.get("items.0.status") != "as_decided" || list.get("items.0.holder.name") != family+", "+given {
			t.Errorf("list: %s", list.text)
		}
		w.now.Add(int64(15 * 24 * time.Hour / time.Microsecond))
		w.assign(school.Scope{Level: school.AtDevice, ID: string(w.device)}, w.profile)
		list = w.do(request{who: "own", method: "GET", path: "/devices?state=silent"})
		if list.get("items.0.silent") != true || list.get("items.0.status") != "help" {
			t.Errorf("silent: %s", list.text)
		}
	})
}

func TestADeviceNotYetEnrolledIsExplainedToo(t *testing.T) {
	w := newWorld(t, "sqlite")
	d := w.announced("H4VLQ10001", "Gymnasium Nord")
	a := w.do(request{who: "own", method: "GET", path: "/devices/" + string(d)})
	a.is(t, 200, "")
	if a.get("enrollment") != nil || a.get("state.missing.0.reason.code") != "never_seen" || a.get("last_seen") != nil || a.get("battery_percent") != nil {
		t.Error(a.text)
	}
	w.do(request{who: "own", method: "POST", path: "/devices/" + string(d) + "/orders", body: `{"kind":"restart"}`}).is(t, 409, "not_enrolled")
}

func TestOrdersAreGivenListedAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/devices/" + string(w.device) + "/orders"
		a := w.do(request{who: "own", method: "POST", path: path, body: `{"kind":"restart"}`})
		a.is(t, 202, "")
		if b := w.do(request{who: "own", method: "POST", path: path, body: `{"kind":"restart"}`}); b.get("id") != a.get("id") {
			t.Error("an open order is given twice")
		}
		w.do(request{who: "own", method: "POST", path: path, body: `{"kind":"erase"}`}).is(t, 422, "order_planned")
		w.do(request{who: "own", method: "POST", path: path, body: `{"kind":"explode"}`}).is(t, 422, "choice")
		l := w.do(request{who: "own", method: "GET", path: path})
		if l.get("items.0.kind") != "restart" || l.get("items.0.state") != "waiting" || l.get("items.0.by") != "own" || l.get("items.1") != nil {
			t.Error(l.text)
		}
		w.do(request{who: "own", method: "DELETE", path: "/orders/" + fmt.Sprint(a.get("id"))}).is(t, 204, "")
		if l := w.do(request{who: "own", method: "GET", path: path}); l.get("items.0.state") != "cancelled" || l.get("items.0.finished") == nil {
			t.Error(l.text)
		}
	})
}

func TestWhatADeviceRefusedIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/devices/" + string(w.device) + "/retry"
		w.do(request{who: "own", method: "POST", path: path}).is(t, 409, "nothing_refused")
		w.refuse()
		a := w.do(request{who: "own", method: "POST", path: path})
		a.is(t, 202, "")
		if a.get("id") != string(w.device) || a.get("change_set") != nil {
			t.Error(a.text)
		}
		w.do(request{who: "own", method: "POST", path: path}).is(t, 409, "nothing_refused")
	})
}

func TestADeliveryIsLookedAtAndThenWrittenWhole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		post := func(query, rows string) response {
			return w.do(request{who: "own", method: "POST", path: "/devices/announce" + query, body: `{"rows":[` + rows + `]}`})
		}
		good, bad := `{"serial":"H4VLQ10001","number":"MS-1","class":"7b","batch":"August"}`, `{"serial":"H4VLQ2000O","class":"9z"}`
		a := post("?dry_run=true", good+","+bad)
		a.is(t, 200, "")
		if a.get("creates") != 1.0 || a.get("wrong") != 1.0 || a.get("rows.0.does") != "create" || a.get("rows.1.errors.0.code") != "serial_letter_o" || a.get("rows.1.errors.0.row") != 2.0 {
			t.Error(a.text)
		}
		a = post("", good+","+bad)
		a.is(t, 422, "announce_wrong")
		if a.get("errors.0.code") != "serial_letter_o" || a.get("errors.0.row") != 2.0 || a.get("errors.0.field") != "serial" || a.get("errors.1.field") != "class" {
			t.Error(a.text)
		}
		a = post("", good)
		a.is(t, 201, "")
		id := fmt.Sprint(a.get("rows.0.device"))
		d := w.do(request{who: "own", method: "GET", path: "/devices/" + id})
		if d.get("serial") != "H4VLQ10001" || d.get("batch.name") != "August" || d.get("planned_class.name") != "7b" {
			t.Error(d.text)
		}
		if b := post("", good); b.status != 201 || b.get("keeps") != 1.0 || b.get("rows.0.device") != id {
			t.Errorf("again: %s", b.text)
		}
		w.do(request{who: "own", method: "POST", path: "/undo/" + fmt.Sprint(a.get("change_set"))}).is(t, 200, "")
		w.do(request{who: "own", method: "GET", path: "/devices/" + id}).is(t, 404, "not_found")
		post("", "").is(t, 422, "required")
	})
}

func TestADeviceIsChangedOneThingAtATime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/devices/" + string(w.device)
		patch := func(body string) response {
			return w.do(request{who: "own", method: "PATCH", path: path, body: body})
		}
		first := patch(`{"number":"MS-7"}`)
		first.is(t, 200, "")
		patch(fmt.Sprintf(`{"place":%q}`, w.place)).is(t, 200, "")
		a := w.do(request{who: "own", method: "GET", path: path})
		if a.get("number") != "MS-7" || a.get("place.name") != "Koffer 1" {
			t.Error(a.text)
		}
		patch(`{"place":null}`).is(t, 200, "")
		w.do(request{who: "own", method: "POST", path: "/undo/" + fmt.Sprint(first.get("change_set"))}).is(t, 200, "")
		if a = w.do(request{who: "own", method: "GET", path: path}); a.get("number") != "" || a.get("place") != nil {
			t.Error(a.text)
		}
		patch(`{}`).is(t, 422, "required")
		patch(`{"number":"1","place":""}`).is(t, 422, "one_at_a_time")
		patch(`{"number":"<b>"}`).is(t, 422, "number_form")
		patch(`{"place":"01990c5e-7a11-7c3e-9d42-3f1a6b0c0009"}`).is(t, 422, "place_elsewhere")
	})
}
