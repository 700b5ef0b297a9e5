package api

import (
	"context"
	"fmt"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

// TestOneAssignmentFromWishToProgressAndBack is the way of a program: look, assign, watch, undo.
func TestOneAssignmentFromWishToProgressAndBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.do(request{who: "own", method: "POST", path: "/assignments", body: fmt.Sprintf(`{"profile":%q,"scope":{"level":"class","id":%q}}`, w.profile, w.class)})
		a.is(t, 201, "")
		w.do(request{who: "own", method: "POST", path: "/assignments", body: fmt.Sprintf(`{"profile":%q,"scope":{"level":"class","id":%q}}`, w.profile, w.class)}).is(t, 409, "assigned_already")
		l := w.do(request{who: "own", method: "GET", path: "/assignments?level=class&scope=" + string(w.class)})
		if l.get("items.0.id") != a.get("id") || l.get("items.0.scope.name") != "7b" || l.get("items.0.version.number") != 1.0 || l.get("items.0.mode") != "required" || l.get("items.0.by") != "own" {
			t.Error(l.text)
		}
		progress := func(confirmed, total float64) {
			t.Helper()
			c := w.do(request{who: "own", method: "GET", path: "/classes/" + string(w.class)})
			for i := range 3 {
				at := fmt.Sprintf("progress.%d.", i)
				if c.get(at+"profile.id") == string(w.profile) {
					if c.get(at+"confirmed") != confirmed || c.get(at+"total") != total || c.get(at+"via.name") != "7b" || (confirmed < total) != (c.get(at+"open.0") == string(w.device)) {
						t.Error(c.text)
					}
					return
				}
			}
			t.Errorf("no progress: %s", c.text)
		}
		progress(0, 1)
		w.report()
		progress(1, 1)
		w.do(request{who: "own", method: "POST", path: "/undo/" + fmt.Sprint(a.get("change_set"))}).is(t, 200, "")
		w.do(request{who: "own", method: "POST", path: "/undo/" + fmt.Sprint(a.get("change_set"))}).is(t, 409, "undo_done")
		if l := w.do(request{who: "own", method: "GET", path: "/assignments?profile=" + string(w.profile)}); l.get("items.0") != nil {
			t.Error(l.text)
		}
	})
}

func TestAPlanIsShownCarriedOutOnceAndMadeAnewWhenFactsMove(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		plan := func(change string) response {
			a := w.do(request{who: "own", method: "POST", path: "/plans", body: `{"change":` + change + `}`})
			a.is(t, 201, "")
			return a
		}
		assign := fmt.Sprintf(`{"kind":"assign","assign":{"profile":%q,"scope":{"level":"class","id":%q}}}`, w.profile, w.class)
		a := plan(assign)
		path := a.header.Get("Location")[len(Prefix):]
		if a.get("preview.total") != 1.0 || a.get("preview.groups.0.kind") != "gains" || a.get("preview.groups.0.count") != 1.0 || a.get("preview.groups.0.schools.0.school.name") != "Gymnasium Nord" ||
			a.get("preview.groups.0.items.0.to") != 1.0 || a.get("typed") != false || a.get("applied") != nil {
			t.Fatal(a.text)
		}
		names := w.do(request{who: "own", method: "GET", path: path + "/groups/0/devices"})
		if names.get("items.0.id") != string(w.device) {
			t.Error(names.text)
		}
		w.do(request{who: "own", method: "GET", path: path + "/groups/1/devices"}).is(t, 404, "not_found")
		w.do(request{who: "own", method: "GET", path: path + "/groups/x/devices"}).is(t, 404, "not_found")

		// Facts that come to the same do not matter, others do.
		_, err := w.st.CreateClass(context.Background(), w.by, school.Class{School: w.south, Name: "1a"})
		ok(t, 0, err)
		done := w.do(request{who: "own", method: "POST", path: path + "/apply", body: `{}`})
		done.is(t, 200, "")
		if again := w.do(request{who: "own", method: "POST", path: path + "/apply", body: `{}`}); again.text != done.text {
			t.Errorf("twice: %s", again.text)
		}
		if p := w.do(request{who: "own", method: "GET", path: path}); p.get("applied") == nil || p.get("change_set") != done.get("change_set") {
			t.Error(p.text)
		}
		l := w.do(request{who: "own", method: "GET", path: "/assignments?profile=" + string(w.profile)})
		id := fmt.Sprint(l.get("items.0.id"))
		path = plan(fmt.Sprintf(`{"kind":"unassign","assignment":%q}`, id)).header.Get("Location")[len(Prefix):]
		w.announced("H4VLQ10001", "Gymnasium Nord")
		x, err := w.st.DeviceBySerial(context.Background(), w.by, "H4VLQ10001")
		_, err2 := w.st.MoveDevices(context.Background(), w.by, []school.DeviceID{ok(t, x, err).ID}, store.Destination{Class: &w.class})
		ok(t, 0, err2)
		w.do(request{who: "own", method: "POST", path: path + "/apply", body: `{}`}).is(t, 409, "plan_moved")
		if p := w.do(request{who: "own", method: "GET", path: path}); p.get("preview.total") != 2.0 {
			t.Errorf("not made anew: %s", p.text)
		}
		w.do(request{who: "own", method: "POST", path: path + "/apply", body: `{}`}).is(t, 200, "")
	})
}

func TestAPlanNamesWhatItLacks(t *testing.T) {
	w := newWorld(t, "sqlite")
	for change, field := range map[string]string{
		`{}`:                "change.kind",
		`{"kind":"erase"}`:  "change.kind",
		`{"kind":"assign"}`: "change.assign",
		`{"kind":"assign","assign":{"profile":"x","scope":{"level":"moon"}}}`:  "change.assign.scope.level",
		`{"kind":"assign","assign":{"profile":"x","scope":{"level":"class"}}}`: "change.assign.scope.id",
		`{"kind":"assign","assign":{"scope":{"level":"authority"}}}`:           "change.assign.profile",
		`{"kind":"unassign"}`:                     "change.assignment",
		`{"kind":"version"}`:                      "change.assignment",
		`{"kind":"move"}`:                         "change.devices",
		`{"kind":"move","devices":["x"]}`:         "change.to",
		`{"kind":"move","devices":["x"],"to":{}}`: "change.to",
	} {
		a := w.do(request{who: "admin", method: "POST", path: "/plans", body: `{"change":` + change + `}`})
		if a.status != 422 || a.get("errors.0.field") != field {
			t.Errorf("%s: %s", change, a.text)
		}
	}
}

// TestManyDevicesNeedAPlan: beyond the number a person has to type, nothing happens directly.
func TestManyDevicesNeedAPlan(t *testing.T) {
	w := newWorld(t, "sqlite")
	ctx := context.Background()
	var rows []store.Announced
	for i := range store.TypedFrom + 1 {
		rows = append(rows, store.Announced{Serial: fmt.Sprintf("H4VLQ1%04d", i), School: "Gymnasium Süd"})
	}
	_, _, err := w.st.Announce(ctx, w.by, rows)
	ok(t, 0, err)
	group, err := w.st.CreateGroup(ctx, w.by, school.Group{Name: "Testgeräte"})
	ok(t, 0, err)
	scopes := map[string]int{`{"level":"authority"}`: 409, fmt.Sprintf(`{"level":"school","id":%q}`, w.south): 409, `{"level":"school_type","id":"Gymnasium"}`: 409,
		fmt.Sprintf(`{"level":"school","id":%q}`, w.north): 201, fmt.Sprintf(`{"level":"grade","id":"%s/7"}`, w.north): 201,
		fmt.Sprintf(`{"level":"group","id":%q}`, group): 201, fmt.Sprintf(`{"level":"person","id":%q}`, w.person): 201, fmt.Sprintf(`{"level":"device","id":%q}`, w.device): 201}
	n := 0
	for scope, want := range scopes {
		n++
		p := w.link(n)
		a := w.do(request{who: "admin", method: "POST", path: "/assignments", body: fmt.Sprintf(`{"profile":%q,"scope":%s}`, p, scope)})
		code := ""
		if want == 409 {
			code = "needs_plan"
		}
		if a.status != want || code != "" && a.get("code") != code {
			t.Errorf("%s: %d %s", scope, a.status, a.text)
		}
	}

	a := w.do(request{who: "admin", method: "POST", path: "/plans", body: fmt.Sprintf(`{"change":{"kind":"assign","assign":{"profile":%q,"scope":{"level":"school","id":%q}}}}`, w.profile, w.south)})
	a.is(t, 201, "")
	if a.get("typed") != true {
		t.Error(a.text)
	}
	path := a.header.Get("Location")[len(Prefix):] + "/apply"
	w.do(request{who: "admin", method: "POST", path: path, body: `{}`}).is(t, 422, "plan_number")
	w.do(request{who: "admin", method: "POST", path: path, body: fmt.Sprintf(`{"typed":%d}`, len(rows))}).is(t, 200, "")
	l := w.do(request{who: "admin", method: "GET", path: "/assignments?profile=" + string(w.profile)})
	w.do(request{who: "admin", method: "DELETE", path: "/assignments/" + fmt.Sprint(l.get("items.0.id"))}).is(t, 409, "needs_plan")
}
