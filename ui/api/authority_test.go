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
		was := ok(t, x, err)
		x.Policy.Calm = calm
		_, err = w.st.ChangeAuthority(context.Background(), w.by, was, x)
		ok(t, 0, err)
		patch(`{"policy":{"pushes_per_minute":30}}`).is(t, 200, "")
		if a := get(); a.get("policy.quiet_hours.from") != "22:00" || a.get("policy.quiet_hours.until") != "06:00" || a.get("policy.pushes_per_minute") != 30.0 {
			t.Error(a.text)
		}
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
		patch(`{"policy":{"lending":{"sign":"both","curve":[90,0],"remind_person":[-7,1],"remind_school":5,"not_erased":"warn","desk_rest_seconds":600,"all_staff":true}}}`).is(t, 200, "")
		if a := get(); a.get("policy.lending.sign") != "both" || a.get("policy.lending.end") != "exit" || a.get("policy.lending.days") != 14.0 || a.get("policy.lending.curve.0") != 90.0 || a.get("policy.lending.remind_person.1") != 1.0 ||
			a.get("policy.lending.remind_school") != 5.0 || a.get("policy.lending.remind_authority") != 20.0 || a.get("policy.lending.not_erased") != "warn" || a.get("policy.lending.desk_rest_seconds") != 600.0 || a.get("policy.lending.remind_nobody") != false || a.get("policy.lending.all_staff") != true {
			t.Error(a.text)
		}
		patch(`{"policy":{"lending":{"sign":"age","curve":null,"remind_person":null,"remind_school":null,"not_erased":"stop","desk_rest_seconds":null}}}`).is(t, 200, "")
		if a := get(); a.get("policy.lending.sign") != "age" || a.get("policy.lending.curve.0") != 100.0 || a.get("policy.lending.not_erased") != "stop" || a.get("policy.lending.desk_rest_seconds") != 60.0 || a.get("policy.lending.remind_school") != 10.0 {
			t.Error(a.text)
		}
		for body, code := range map[string]string{`{"sign":"perhaps"}`: "choice", `{"curve":[1,2]}`: "curve", `{"days":61}`: "days_range", `{"desk_rest_seconds":5}`: "seconds_range", `{"remind_person":[3,0]}`: "remind_days", `{"remind_authority":4}`: "days_range"} {
			patch(`{"policy":{"lending":`+body+`}}`).is(t, 422, code)
		}
		w.do(request{who: "admin", method: "POST", path: "/undo/" + fmt.Sprint(first.get("change_set"))}).is(t, 409, "undo_conflict")
		for body, code := range map[string]string{`{"policy":{"renew_days":29}}`: "renew_range", `{"policy":{"await_minutes":121}}`: "await_range", `{"policy":{"pushes_per_minute":-1}}`: "calm_pace", `{"policy":{"minimum_os":"neu"}}`: "os_version",
			`{"policy":{"number_pattern":"X"}}`: "number_pattern", `{"modules":[]}`: "required", `{"modules":["magic"]}`: "choice", `{"name":" "}`: "required",
			`{"policy":{"colour":"blue"}}`: "unknown_field", `{"policy":{"renew_days":"90"}}`: "field_type"} {
			patch(body).is(t, 422, code)
		}
		for body, field := range map[string]string{`{"from":"22:00"}`: "quiet_hours.until", `{"until":"6:00"}`: "quiet_hours.from", `{"from":"24:00","until":"06:00"}`: "quiet_hours.from",
			`{"from":"abends","until":"06:00"}`: "quiet_hours.from", `{"from":"06:00","until":"06:00"}`: "quiet_hours.until"} {
			a := patch(`{"policy":{"quiet_hours":` + body + `}}`)
			a.is(t, 422, "calm_time")
			if a.get("errors.0.field") != field {
				t.Errorf("%s: %s", body, a.text)
			}
		}
		x, err = w.st.Authority(context.Background(), w.by)
		if calm.PerMinute = 30; ok(t, x, err).Policy.Calm != calm {
			t.Errorf("what no call names is lost: %+v", x.Policy.Calm)
		}
		patch(`{"policy":{"quiet_hours":{"from":"21:30","until":"07:15"}}}`).is(t, 200, "")
		x, err = w.st.Authority(context.Background(), w.by)
		if want := (school.Calm{PerMinute: 30, From: 21*60 + 30, Until: 7*60 + 15}); ok(t, x, err).Policy.Calm != want {
			t.Errorf("%+v, want %+v", x.Policy.Calm, want)
		}
		patch(`{"policy":{"quiet_hours":null}}`).is(t, 200, "")
		if a := get(); a.get("policy.quiet_hours") != nil || a.get("policy.pushes_per_minute") != 30.0 {
			t.Error(a.text)
		}
	})
}
