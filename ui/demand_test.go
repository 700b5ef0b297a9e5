package ui

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web"
)

func TestARuleIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]school.Allocation{
		"Gymnasium 8-13: 1:1":            {Type: "Gymnasium", From: 8, Until: 13, Per: 1},
		"gymnasium 8 – 13 : 1 : 1 + 5 %": {Type: "gymnasium", From: 8, Until: 13, Per: 1, Reserve: 5},
		"Grundschule: 1:2":               {Type: "Grundschule", Per: 2},
		"5: 1:2+10":                      {From: 5, Until: 5, Per: 2, Reserve: 10},
		"lehrkräfte: 1:1":                {Teachers: true, Per: 1},
		"Förderschule Teachers: 1:1":     {Type: "Förderschule", Teachers: true, Per: 1},
		"Schule für Kranke alle: 1:1":    {Type: "Schule für Kranke", Per: 1},
		"Berufskolleg: keine":            {Type: "Berufskolleg"},
		"all: none":                      {},
	} {
		rule, err := allocationIn("\n" + text + "\n\n")
		if err != nil || len(rule) != 1 || rule[0] != want {
			t.Errorf("%q: %+v, %v", text, rule, err)
			continue
		}
		for _, l := range web.Langs {
			if again, err := allocationIn(allocationText(l, rule)); err != nil || !reflect.DeepEqual(again, rule) {
				t.Errorf("%q comes back as %+v, %v", text, again, err)
			}
		}
	}
	for _, text := range []string{"Gymnasium", "Gymnasium 1:1", "Gymnasium: 2:1", "Gymnasium: 1:0", "Gymnasium: viele", "0: 1:1", ": "} {
		if rule, err := allocationIn("alle: 1:2\n" + text); err == nil {
			t.Errorf("%q is %+v", text, rule)
		} else if e := school.Refusals(err); len(e) != 1 || e[0].Args[0] != 2 {
			t.Errorf("%q: the line is not named: %v", text, err)
		}
	}
}

func TestMUC03_DemandPage(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/admin").says(t, 200, "Bedarf und Bestand")
	c.get("/demand").says(t, 200, "Noch keine Regel", "Regel ändern")
	a := c.post("/demand/rule", url.Values{"rule": {"alle: 1:2\n7-13 1:1"}})
	if a.says(t, 422, "Zeile 2: Bitte wie"); !strings.Contains(a.Body, "7-13 1:1") {
		t.Error("what was typed is lost")
	}
	c.post("/demand/rule", url.Values{"rule": {"8-7: 1:1"}}).says(t, 422, "Zeile 1: Die Stufen gehen von 1 bis 13")
	if a := c.post("/demand/rule", url.Values{"rule": {"7–13: 1:1 + 5 %\nalle: 1:2"}}); a.Location != "/demand" {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	c.get("/demand/rule").says(t, 200, "7–13: 1:1 + 5 %")
	c.get("/demand").says(t, 200, "Gymnasium Nord", "7–13: 31 → 31", "Zusammen")
	if csv := c.get("/demand?format=csv").Body; !strings.HasPrefix(csv, "\ufeffSchule;Schulform;") || !strings.Contains(csv, "Grundschule am Anger;Grundschule;0;0;0;0;5;0;0;5;0") || !strings.Contains(csv, "Gymnasium Nord;Gymnasium;31;0;31;2;28;0;5;0;0") {
		t.Errorf("%s", csv)
	}
	own := w.as(w.Clerk)
	if body := own.get("/demand").Body; strings.Contains(body, "Grundschule am Anger") || strings.Contains(body, "Regel ändern") {
		t.Error("a school sees others, or decides")
	}
	if a := own.post("/demand/rule", url.Values{"rule": {"alle: 1:1"}}); a.Status != 403 && a.Status != 404 {
		t.Errorf("%d", a.Status)
	}
}
