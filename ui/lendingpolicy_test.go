package ui

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web/webtest"
)

// What an authority decides about lending is one form: kept, refused with what is wrong, and undone.
func TestAnAuthorityDecidesAboutLending(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get(lendingPolicyPath).says(t, 200, "Regeln der Ausleihe", "bis 18 die Sorgeberechtigten, ab 18 die Person allein", "100, 80, 60, 40, 25, 15", "-14, 0, 3", "Niemanden erinnern")
	good := func() url.Values {
		return url.Values{"sign": {"both"}, "end": {"recall"}, "days": {"10"}, "rest": {"600"}, "not_erased": {"warn"}, "curve": {"90; 50 % 0"}, "remind_person": {"-7, 1"}, "remind_school": {"5"}, "remind_authority": {"9"}, "teachers": {"1"}}
	}
	for name, wrong := range map[string]struct{ value, says string }{
		"sign": {"vielleicht", "Bitte wählen Sie einen der angebotenen Werte."}, "end": {"day", "Bitte wählen Sie einen der angebotenen Werte."}, "days": {"61", "Zwischen 1 und 60 Tagen."},
		"rest":  {"5", "Zwischen 20 und 1.200 Sekunden."},
		"curve": {"50, 60", "Prozentwerte an, die nicht steigen"}, "remind_person": {"morgen", "aufsteigende ganze Zahlen"}, "remind_school": {"1", "Zwischen 2 und 365 Tagen."}, "remind_authority": {"5", "Zwischen 6 und 365 Tagen."},
	} {
		f := good()
		f.Set(name, wrong.value)
		c.post(lendingPolicyPath, f).says(t, http.StatusUnprocessableEntity, wrong.says)
	}
	policy := func() school.LendingPolicy {
		a, err := w.st.Authority(t.Context(), w.by)
		return ok(t, a, err).Policy.Lending
	}
	if a := c.post(lendingPolicyPath, good()); a.Location != lendingPolicyPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	p := policy()
	if p.Sign != school.SignBoth || p.End != school.EndsOnRecall || p.Days != 10 || p.Rest != 600 || p.NotErased != school.Warns || !slices.Equal(p.Curve, []int{90, 50, 0}) || !p.Teachers ||
		!slices.Equal(p.Remind.Person, []int{-7, 1}) || p.Remind.School != 5 || p.Remind.Authority != 9 || p.Remind.Never {
		t.Errorf("%+v", p)
	}
	page := c.get(lendingPolicyPath)
	for _, typed := range []string{`value="90, 50, 0"`, `value="-7, 1"`} {
		if !strings.Contains(page.Body, typed) {
			t.Errorf("the page does not show %s", typed)
		}
	}
	undo := regexp.MustCompile(`action="(/undo/[^"]+)"`).FindStringSubmatch(page.Body)
	if undo == nil {
		t.Fatal("nothing undoes it")
	}
	c.post(undo[1], nil)
	if p := policy(); p.Sign != school.SignByAge || p.Remind.School != 0 || p.Teachers {
		t.Errorf("after undo: %+v", p)
	}
	tab := c.open(t, lendingPolicyPath, webtest.Options{})
	tab.Axe()
	tab.Resize(390, 844)
	tab.Fits()
}
