package api

import (
	"strings"
	"testing"
)

// TestDSG15_ProgramsGiveTheAnswerToo: the same answer as on the page, for programs and on paper, and the log says so.
func TestDSG15_ProgramsGiveTheAnswerToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		call := func(who, path string) response { return w.do(request{who: who, method: "GET", path: path}) }
		at := "/people/" + string(w.person)
		a := call("own", at+"/data")
		a.is(t, 200, "")
		if a.get("stored.person.0.family") != family || a.get("stored.holding.0.device") != "F9FXK2A100" || a.get("retention_days.left") != 30.0 {
			t.Error(a.text)
		}
		if pdf := call("own", at+"/data?format=pdf"); pdf.status != 200 || !strings.HasPrefix(pdf.text, "%PDF-") || !strings.Contains(pdf.header.Get("Content-Disposition"), ".pdf") {
			t.Errorf("%d %v", pdf.status, pdf.header)
		}
		call("own", at+"/data?format=doc").is(t, 422, "choice")
		call("own", at).is(t, 200, "")
		views := call("auditor", at+"/views")
		views.is(t, 200, "")
		for _, event := range []string{"person.data_given", "person.viewed"} {
			if !strings.Contains(views.text, event) {
				t.Errorf("%s is not noted: %s", event, views.text)
			}
		}
		call("auditor", "/people/01990c5e-7a11-7c3e-9d42-3f1a6b0c0009/views").is(t, 404, "not_found")
	})
}

// TestDSG17_ErasingByAProgramAsksForTheName: and waits until no iPad is out, as the page does.
func TestDSG17_ErasingByAProgramAsksForTheName(t *testing.T) {
	w := newWorld(t, "sqlite")
	erase := func(who, name string) response {
		return w.do(request{who: who, method: "POST", path: "/people/" + string(w.person) + "/erase", body: `{"typed":"` + name + `"}`})
	}
	erase("admin", given).is(t, 422, "typed_name")
	erase("own", family+", "+given).is(t, 403, "denied")
	erase("admin", family+", "+given).is(t, 409, "person_holds")
	w.do(request{who: "desk", method: "POST", path: "/desk/take-back", body: `{"device":"F9FXK2A100"}`}).is(t, 200, "")
	erase("admin", strings.ToLower(family)+", "+given).is(t, 200, "")
	w.do(request{who: "admin", method: "GET", path: "/people/" + string(w.person)}).is(t, 404, "not_found")
}

// TestClocksAndPapersByPrograms: one clock is set without the others, and the paper says so at once, in the language asked for.
func TestClocksAndPapersByPrograms(t *testing.T) {
	w := newWorld(t, "sqlite")
	call := func(method, path, body, lang string) response {
		return w.do(request{who: "admin", method: method, path: path, body: body, header: map[string]string{"Accept-Language": lang}})
	}
	call("PATCH", "/retention", `{"loans":77}`, "de").is(t, 200, "")
	call("PATCH", "/retention", `{"left":14}`, "de").is(t, 200, "")
	call("PATCH", "/retention", `{"left":9999}`, "de").is(t, 422, "days_range")
	a := call("GET", "/retention", "", "de")
	a.is(t, 200, "")
	if a.get("items.0.days") != 77.0 || a.get("items.1.days") != 14.0 || a.get("items.2.days") != a.get("items.2.usual") {
		t.Error(a.text)
	}
	if p := call("GET", "/papers/erasure", "", "de"); p.get("title") != "Löschkonzept" || !strings.Contains(p.text, "77 Tage") {
		t.Error(p.text)
	}
	if p := call("GET", "/papers/erasure", "", "en"); p.get("title") != "Erasure concept" || !strings.Contains(p.text, "77 days") {
		t.Error(p.text)
	}
	call("PATCH", "/authority", `{"policy":{"data_protection_officer":" datenschutz@musterstadt.example ","controller":"joint"}}`, "de").is(t, 200, "")
	call("PATCH", "/authority", `{"policy":{"controller":"nobody"}}`, "de").is(t, 422, "choice")
	if p := call("GET", "/papers/record", "", "de"); !strings.Contains(p.text, "datenschutz@musterstadt.example") || !strings.Contains(p.text, "Art. 26 DSGVO") {
		t.Error(p.text)
	}
	call("GET", "/papers/nothing", "", "de").is(t, 404, "not_found")
	s := call("GET", "/schools/"+string(w.north)+"/sight", "", "de")
	s.is(t, 200, "")
	if !strings.Contains(s.text, "Ladestand") || !strings.Contains(s.text, "/sight/"+string(w.north)+"/") {
		t.Error(s.text)
	}
}
