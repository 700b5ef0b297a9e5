package api

import (
	"context"
	"fmt"
	"testing"

	"ranzen/store/school"
)

func TestSettingsAreChangedOneByOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		get := func() response {
			a := w.do(request{who: "reader", method: "GET", path: "/authority"})
			a.is(t, 200, "")
			return a
		}
		patch := func(body string) response {
			return w.do(request{who: "admin", method: "PATCH", path: "/authority", body: body})
		}
		if a := get(); a.get("name") != "Musterstadt" || a.get("policy.await_minutes") != 15.0 || a.get("policy.renew_days") != 365.0 || a.get("policy.declared_profiles") != false {
			t.Error(a.text)
		}
		calm := school.Calm{PerMinute: 60, From: 22 * 60, Until: 6 * 60}
		x, err := w.st.Authority(context.Background(), w.by)
		x = ok(t, x, err)
		x.Policy.Calm = calm
		_, err = w.st.ChangeAuthority(context.Background(), w.by, x)
		ok(t, 0, err)
		patch(`{"policy":{"pushes_per_minute":30}}`).is(t, 200, "")
		first := patch(`{"contact":"Schul-IT","policy":{"renew_days":90,"minimum_os":"17.6"}}`)
		first.is(t, 200, "")
		patch(`{"policy":{"declared_profiles":true,"number_pattern":"X-{seq:04}"}}`).is(t, 200, "")
		if a := get(); a.get("contact") != "Schul-IT" || a.get("policy.renew_days") != 90.0 || a.get("policy.minimum_os") != "17.6" || a.get("policy.declared_profiles") != true ||
			a.get("policy.number_pattern") != "X-{seq:04}" {
			t.Error(a.text)
		}
		patch(`{"policy":{"minimum_os":null,"renew_days":null}}`).is(t, 200, "")
		if a := get(); a.get("policy.renew_days") != 365.0 || a.get("policy.minimum_os") != "" {
			t.Error(a.text)
		}
		w.do(request{who: "admin", method: "POST", path: "/undo/" + fmt.Sprint(first.get("change_set"))}).is(t, 409, "undo_conflict")
		for body, code := range map[string]string{`{"policy":{"renew_days":29}}`: "renew_range", `{"policy":{"await_minutes":121}}`: "await_range", `{"policy":{"pushes_per_minute":-1}}`: "calm_pace", `{"policy":{"minimum_os":"neu"}}`: "os_version",
			`{"policy":{"number_pattern":"X"}}`: "number_pattern", `{"modules":[]}`: "required", `{"modules":["magic"]}`: "choice", `{"name":" "}`: "required",
			`{"policy":{"colour":"blue"}}`: "unknown_field", `{"policy":{"renew_days":"90"}}`: "field_type"} {
			patch(body).is(t, 422, code)
		}
		x, err = w.st.Authority(context.Background(), w.by)
		if calm.PerMinute = 30; ok(t, x, err).Policy.Calm != calm {
			t.Errorf("what no call names is lost: %+v", x.Policy.Calm)
		}
	})
}
