package ui

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"ranzen/store/school"
)

func TestTheCalmOfASchool(t *testing.T) {
	w := newWorld(t)
	c, nord := w.as(w.Clerk), schoolAddress(w.Nord)
	c.get(nord).says(t, 200, "Tempo und Ruhezeit")
	c.get(nord+"/calm").says(t, 200, "Pushs in der Minute", "Ruhezeit ab")
	for _, x := range []struct{ pace, from, until, says string }{
		{"-1", "", "", "Höchstens 10.000 Pushs"}, {"viele", "", "", "Höchstens 10.000 Pushs"}, {"", "22", "06:00", "Uhrzeit wie 22:00"}, {"", "22:00", "", "Uhrzeit wie 22:00"}, {"", "22:00", "22:00", "Uhrzeit wie 22:00"},
	} {
		a := c.post(nord+"/calm", url.Values{"per_minute": {x.pace}, "from": {x.from}, "until": {x.until}})
		if a.says(t, 422, x.says); x.from != "" && !strings.Contains(a.Body, `value="`+x.from+`"`) {
			t.Errorf("%+v: what was typed is lost", x)
		}
	}
	if a := c.post(nord+"/calm", url.Values{"per_minute": {"60"}, "from": {"22:00"}, "until": {"06:30"}}); a.Location != nord {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	s, err := w.st.School(context.Background(), w.by, w.Nord)
	if want := (school.Calm{PerMinute: 60, From: 22 * 60, Until: 6*60 + 30}); ok(t, s, err).Calm != want {
		t.Errorf("%+v", s.Calm)
	}
	if body := c.get(nord + "/calm").Body; !strings.Contains(body, `value="06:30"`) {
		t.Error("the form does not show what is")
	}
	if a := c.post(schoolAddress(w.West)+"/calm", nil); a.Status != 404 {
		t.Errorf("another school: %d", a.Status)
	}
}
