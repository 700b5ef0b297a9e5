package api

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/school"
)

func TestASchoolIsArchivedByItselfAndComesBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		patch := func(body string) response {
			return w.do(request{who: "admin", method: "PATCH", path: "/schools/" + string(w.south), body: body})
		}
		list := func(query string) []any {
			a := w.do(request{who: "admin", method: "GET", path: "/schools" + query})
			a.is(t, 200, "")
			return a.get("items").([]any)
		}
		patch(`{"archived":true,"name":"Süd"}`).is(t, 422, "archived_alone")
		patch(`{"archived":1}`).is(t, 422, "field_type")
		a := patch(`{"archived":true}`) // a token is bound to it
		a.is(t, 409, "school_has_api")
		w.announced("F9FXK2A777", "Gymnasium Süd")
		a = patch(`{"archived":true}`)
		a.is(t, 409, "obstacles")
		if a.get("errors.0.code") != "school_has_devices" || a.get("errors.1.field") != "api" || a.get("errors.0.detail") == nil {
			t.Error(a.text)
		}
		ctx := context.Background()
		x, err := w.st.DeviceBySerial(ctx, w.by, "F9FXK2A777")
		_, err = w.st.MoveDevices(ctx, w.by, []school.DeviceID{ok(t, x, err).ID}, store.Destination{School: &w.north})
		ok(t, 0, err)
		tokens, err := w.st.APITokens(ctx, w.by, "", 0)
		for _, x := range ok(t, tokens, err).Rows {
			if x.School == w.south {
				ok(t, 0, w.st.RevokeAPIToken(ctx, w.by, x.ID))
			}
		}
		patch(`{"archived":true}`).is(t, 200, "")
		if open, old := list(""), list("?archived=true"); len(open) != 1 || len(old) != 1 {
			t.Errorf("%v, %v", open, old)
		}
		patch(`{"archived":true}`).is(t, 409, "school_archived")
		patch(`{"archived":false}`).is(t, 200, "")
		if open, old := list(""), list("?archived=true"); len(open) != 2 || len(old) != 0 {
			t.Errorf("%v, %v", open, old)
		}
	})
}

// A school's calm is written whole, by whoever may change the school, and taken back like any other change.
func TestASchoolsCalmIsItsOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		path := "/schools/" + string(w.north)
		put := func(who, body string) response {
			return w.do(request{who: who, method: "PUT", path: path + "/calm", body: body})
		}
		holds := func(name string, pushes float64, from, until any) {
			t.Helper()
			a := w.do(request{who: "reader", method: "GET", path: path})
			a.is(t, 200, "")
			if a.get("calm.pushes_per_minute") != pushes || a.get("calm.quiet_hours.from") != from || a.get("calm.quiet_hours.until") != until {
				t.Errorf("%s: %s", name, a.text)
			}
		}
		holds("nothing decided", 0, nil, nil)
		put("own", `{"pushes_per_minute":30,"quiet_hours":{"from":"22:00","until":"06:00"}}`).is(t, 200, "")
		holds("decided", 30, "22:00", "06:00")
		second := put("own", `{"pushes_per_minute":60}`)
		second.is(t, 200, "")
		holds("written whole", 60, nil, nil)
		w.do(request{who: "own", method: "POST", path: "/undo/" + second.get("change_set").(string)}).is(t, 200, "")
		holds("taken back", 30, "22:00", "06:00")
		for body, code := range map[string]string{`{"pushes_per_minute":-1}`: "calm_pace", `{"pushes_per_minute":10001}`: "calm_pace", `{"quiet_hours":{"from":"22:00"}}`: "calm_time",
			`{"quiet_hours":{"from":"22:60","until":"06:00"}}`: "calm_time", `{"pushes_per_minute":"30"}`: "field_type", `{"pace":30}`: "unknown_field"} {
			put("own", body).is(t, 422, code)
		}
		put("foreign", `{}`).is(t, 404, "not_found")
		holds("refused", 30, "22:00", "06:00")
		put("admin", `{"pushes_per_minute":0,"quiet_hours":null}`).is(t, 200, "")
		holds("as the authority decided", 0, nil, nil)
	})
}
