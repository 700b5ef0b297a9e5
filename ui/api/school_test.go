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
