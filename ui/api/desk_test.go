package api

import (
	"fmt"
	"strings"
	"testing"
)

// TestADeskIsAProgram: a locker finds who asks, hands out, takes back, says what is broken and takes back its own slip; it
// sees nothing else.
func TestADeskIsAProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		call := func(method, path, body string) response {
			return w.do(request{who: "desk", method: method, path: path, body: body})
		}
		me := call("GET", "/me", "")
		me.is(t, 200, "")
		if me.get("grants.0.role") != "desk" {
			t.Error(me.text)
		}
		for _, path := range []string{"/devices", "/people", "/schools", "/reports", "/authority", "/audit"} {
			call("GET", path, "").is(t, 403, "denied")
		}
		call("GET", "/desk/people?q=q", "").is(t, 422, "desk_letters")
		found := call("GET", "/desk/people?q=quas", "")
		found.is(t, 200, "")
		if found.get("items.0.name") != family+", "+given || found.get("items.0.holds.0") != "F9FXK2A100" {
			t.Error(found.text)
		}
		d := call("GET", "/desk/device?device=SF9FXK2A100", "")
		d.is(t, 200, "")
		if d.get("holder.id") != string(w.person) {
			t.Error(d.text)
		}
		out := fmt.Sprintf(`{"person":%q,"device":"f9fxk2a100"}`, w.person)
		call("POST", "/desk/hand-out", out).is(t, 409, "device_issued_to")
		back := call("POST", "/desk/take-back", `{"device":"F9FXK2A100"}`)
		back.is(t, 200, "")
		call("POST", "/undo/"+fmt.Sprint(back.get("change_set")), "").is(t, 200, "")
		call("POST", "/desk/take-back", `{"device":"F9FXK2A100"}`).is(t, 200, "")
		call("POST", "/desk/take-back", `{"device":"F9FXK2A100"}`).is(t, 409, "device_not_issued")
		call("POST", "/desk/hand-out", out).is(t, 201, "")
		call("POST", "/desk/hand-out", fmt.Sprintf(`{"person":%q,"device":"X"}`, w.person)).is(t, 422, "desk_device_none")
		call("POST", "/desk/reports", `{"device":"F9FXK2A100","kind":"melted"}`).is(t, 422, "choice")
		call("POST", "/desk/reports", `{"device":"F9FXK2A100","kind":"lost"}`).is(t, 201, "")
		call("POST", "/desk/reports", `{"device":"F9FXK2A100","kind":"lost"}`).is(t, 409, "report_open")
		if a := w.do(request{who: "own", method: "GET", path: "/reports"}); a.get("items.0.kind") != "lost" || a.get("items.0.device.name") != "F9FXK2A100" {
			t.Error(a.text)
		}
	})
}

// TestARepairShopIsAProgram: it reads its orders, in which no person is, and answers them.
func TestARepairShopIsAProgram(t *testing.T) {
	w := newWorld(t, "sqlite")
	call := func(who, method, path, body string) response {
		return w.do(request{who: who, method: method, path: path, body: body})
	}
	call("own", "POST", "/repairs", fmt.Sprintf(`{"device":%q,"note":" "}`, w.device)).is(t, 422, "required")
	call("own", "POST", "/repairs", fmt.Sprintf(`{"device":%q,"note":"Display gesprungen"}`, w.device)).is(t, 201, "")
	call("own", "POST", "/repairs", fmt.Sprintf(`{"device":%q,"note":"noch einmal"}`, w.device)).is(t, 409, "in_repair")
	list := call("shop", "GET", "/repairs", "")
	list.is(t, 200, "")
	for _, name := range names {
		if strings.Contains(list.text, name) {
			t.Errorf("the shop reads %q", name)
		}
	}
	at := "/repairs/" + fmt.Sprint(list.get("items.0.id"))
	call("shop", "PATCH", at, `{"answer":"Ersatzteil bestellt"}`).is(t, 200, "")
	call("shop", "PATCH", at, `{"ready":true}`).is(t, 200, "")
	if a := call("own", "GET", "/repairs", ""); a.get("items.0.answer") != "Ersatzteil bestellt" || a.get("items.0.ready") == nil {
		t.Error(a.text)
	}
	call("shop", "POST", at+"/end", "").is(t, 403, "denied")
	call("own", "POST", at+"/end", "").is(t, 200, "")
	if a := call("shop", "GET", "/repairs", ""); a.get("items.0") != nil {
		t.Error(a.text)
	}
}
