package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ranzen/store/school"
)

func TestABodyIsReadStrictly(t *testing.T) {
	for _, x := range []struct{ name, body, code, field string }{
		{"as it should be", `{"change":{"kind":"assign","assign":{"profile":"p","scope":{"level":"class","id":"c"},"from":"2026-11-17T08:00:00+01:00","stage":5,"until":null}}}`, "", ""},
		{"everything null", `{"change":{"kind":null,"assign":null,"devices":null,"to":null}}`, "", ""},
		{"unknown field", `{"chnage":{}}`, "unknown_field", "chnage"},
		{"unknown field, deep", `{"change":{"assign":{"scope":{"levle":"x"}}}}`, "unknown_field", "change.assign.scope.levle"},
		{"other letters", `{"Change":{}}`, "unknown_field", "Change"},
		{"twice", `{"change":{"kind":"move","kind":"assign"}}`, "field_twice", "change.kind"},
		{"unknown field in a time", `{"change":{"assign":{"from":{"a":1}}}}`, "field_type", "change.assign.from"},
		{"number for text", `{"change":{"kind":1}}`, "field_type", "change.kind"},
		{"text for list", `{"change":{"devices":"x"}}`, "field_type", "change.devices"},
		{"fraction for number", `{"change":{"assign":{"stage":1.5}}}`, "field_type", "change.assign.stage"},
		{"no time", `{"change":{"assign":{"from":"heute"}}}`, "field_type", "change.assign.from"},
		{"a list", `[]`, "field_type", ""},
		{"a text", `"x"`, "field_type", ""},
		{"nothing", ``, "body_unreadable", ""},
		{"half of it", `{"change":`, "body_unreadable", ""},
		{"two of it", `{}{}`, "body_unreadable", ""},
		{"something behind it", `{} x`, "body_unreadable", ""},
		{"too deep", strings.Repeat(`{"change":`, 1) + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}", "body_unreadable", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			var b newPlan
			err := (&call{body: []byte(x.body)}).read(&b)
			code, field := "", ""
			var rule *school.Error
			var own *refusal
			switch {
			case errors.As(err, &rule):
				code, field = rule.Code, rule.Field
			case errors.As(err, &own):
				code = own.code
			case err != nil:
				t.Fatal(err)
			}
			if code != x.code || field != x.field {
				t.Errorf("%q at %q, want %q at %q (%v)", code, field, x.code, x.field, err)
			}
		})
	}
}

func TestAPatchTellsAbsentFromEmpty(t *testing.T) {
	for body, want := range map[string]string{`{}`: "Nord/Gymnasium", `{"name":"Süd"}`: "Süd/Gymnasium", `{"type":null}`: "Nord/", `{"type":""}`: "Nord/"} {
		var b schoolBody
		if err := (&call{body: []byte(body)}).read(&b); err != nil {
			t.Fatal(body, err)
		}
		if x := b.over(school.School{Name: "Nord", Type: "Gymnasium"}); x.Name+"/"+x.Type != want {
			t.Errorf("%s: %s/%s, want %s", body, x.Name, x.Type, want)
		}
	}
	var b schoolBody
	err := (&call{body: []byte(`{"name":{"set":true}}`)}).read(&b)
	if school.KindOf(err) != school.Invalid {
		t.Errorf("an object for a text: %v", err)
	}
}

// FuzzBody: whatever comes, reading ends in a body or a refusal, and what is accepted the standard reader accepts too.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"change":{"kind":"move","devices":["a"],"to":{"school":"s"}}}`, `{"rows":[{"serial":"F9FXK2A117"}]}`, `{"name":null}`,
		`{"values":{"ssid":"Schule","hidden":true,"n":1,"l":["a","b"]}}`, `{"change":{"assign":{"from":"2026-11-17T08:00:00Z"}}}`, `[[[[`, `{"a":1}{`, "\xff", `{"\ud800":1}`, `{"name":1e999}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, v := range []any{new(newPlan), new(deliveryBody), new(schoolBody), new(newAssignment), new(newProfile), new(deviceBody), new(applyBody), new(newPerson)} {
			err := (&call{body: body}).read(v)
			var own *refusal
			if err != nil && school.KindOf(err) != school.Invalid && !errors.As(err, &own) {
				t.Fatalf("%T: %v", v, err)
			}
			if err == nil {
				d := json.NewDecoder(bytes.NewReader(body))
				d.DisallowUnknownFields()
				if err := d.Decode(v); err != nil {
					t.Fatalf("%T accepted: %v", v, err)
				}
			}
			if p, ok := v.(*newProfile); ok && err == nil {
				_, err := built("wifi", "x", p.Values, nil)
				if err != nil && school.KindOf(err) != school.Invalid && !errors.As(err, &own) {
					t.Fatalf("built: %v", err)
				}
			}
		}
	})
}
