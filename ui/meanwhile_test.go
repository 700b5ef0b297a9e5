package ui

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ranzen/store/school"
)

// sentAgain is what a browser sends of a form it was shown: what it carried, and its fields as given.
func sentAgain(t *testing.T, page string, fields url.Values) url.Values {
	t.Helper()
	m := regexp.MustCompile(`name="shown" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the form carries nothing:\n%s", page)
	}
	out := url.Values{"shown": {html.UnescapeString(m[1])}}
	for name, values := range fields {
		out[name] = values
	}
	return out
}

// The look and issue days are forms two people can have open, too.
func TestLookAndIssueDaysLoseNothing(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	c := w.as(w.Admin)
	mine := c.get(lookPath).Body
	_, err := w.st.ChangeLook(ctx, w.by, school.Look{Portals: []string{"https://portal.musterstadt.example"}})
	ok(t, 0, err)
	form := sentAgain(t, mine, url.Values{"colour": {"#1a4f8b"}, "portals": {""}})
	if a := c.send(lookPath, form, nil); a.Location != lookPath {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	l, err := w.st.Look(ctx, w.by)
	if ok(t, l, err); l.Colour != "#1a4f8b" || len(l.Portals) != 1 {
		t.Errorf("%+v", l)
	}
	c.send(lookPath, sentAgain(t, mine, url.Values{"colour": {"#004400"}, "portals": {""}}), nil).says(t, http.StatusUnprocessableEntity, "Jemand anderes hat das inzwischen geändert", "jetzt gilt: #1a4f8b")

	d := school.IssueDay{School: w.Nord, Name: "Ausgabe 7", Day: "2026-11-18", Classes: []school.ClassID{w.C7a}}
	id, _, err := w.st.SetIssueDay(ctx, w.by, d)
	here := issueDayAddress(ok(t, id, err))
	mine = c.get(here + "/edit").Body
	d.ID, d.Classes = id, []school.ClassID{w.C7a, w.C7b}
	_, _, err = w.st.SetIssueDay(ctx, w.by, d)
	ok(t, 0, err)
	if a := c.post(here+"/edit", sentAgain(t, mine, url.Values{"day": {"2026-11-18"}, "name": {"Ausgabe 7"}, "room": {"Aula"}, "classes": {string(w.C7a)}})); a.Location != here {
		t.Fatalf("%d %s", a.Status, a.read())
	}
	is, err := w.st.IssueDayByID(ctx, w.by, id)
	if ok(t, is, err); is.Room != "Aula" || len(is.Classes) != 2 {
		t.Errorf("%+v", is)
	}
	c.post(here+"/edit", sentAgain(t, mine, url.Values{"day": {"2026-11-18"}, "name": {"Ausgabe 7"}, "room": {"Mensa"}, "classes": {string(w.C7a)}})).says(t, http.StatusUnprocessableEntity, "Jemand anderes hat das inzwischen geändert", "jetzt gilt: Aula")
}

// Two people have the same form open: what one of them did not touch keeps what the other wrote, and what both changed is
// asked again, with what holds now. Sent once more it is written.
func TestFormsOpenAtOnceLoseNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	c := w.as(w.Admin)
	was := url.Values{"name": {"Musterstadt"}, "contact": {"Schul-IT, Tel. 02 02 / 1 23 45"}, "modules": {"management", "lending"}, "minimum_os": {""}, "await_minutes": {"15"}, "renew_days": {"365"}, "number_pattern": {""}, "simple": {""}}
	a, err := w.st.Authority(ctx, w.by)
	a = ok(t, a, err)
	was["contact"], was["number_pattern"] = []string{a.Contact}, []string{a.Policy.NumberPattern}
	mine := c.get("/admin/authority").Body
	b := a
	b.Contact, b.Policy.StaffOnly, b.Policy.MinimumOS = "Amt 40", false, "17.6"
	_, err = w.st.ChangeAuthority(ctx, w.by, a, b)
	ok(t, 0, err)

	form := sentAgain(t, mine, was)
	form.Set("await_minutes", "20")
	if got := c.post("/admin/authority", form); got.Location != "/admin" {
		t.Fatalf("%d: %s", got.Status, got.read())
	}
	a, err = w.st.Authority(ctx, w.by)
	if ok(t, a, err); a.Contact != "Amt 40" || a.Policy.MinimumOS != "17.6" || a.Policy.AwaitMinutes != 20 {
		t.Fatalf("%+v", a)
	}

	form = sentAgain(t, mine, was)
	form.Set("minimum_os", "26.1")
	refused := c.post("/admin/authority", form)
	refused.says(t, http.StatusUnprocessableEntity, "Jemand anderes hat das inzwischen geändert", "jetzt gilt: 17.6")
	if !strings.Contains(refused.Body, `value="26.1"`) {
		t.Error("what was typed is lost")
	}
	form = sentAgain(t, refused.Body, was)
	for name, value := range map[string]string{"minimum_os": "26.1", "contact": "Amt 40", "await_minutes": "20"} {
		form.Set(name, value)
	}
	if got := c.post("/admin/authority", form); got.Location != "/admin" {
		t.Fatalf("%d: %s", got.Status, got.read())
	}

	// The same with a person, a class and a school.
	lena := personAddress(w.Pupils[0])
	open := c.get(lena + "/edit").Body
	x, err := w.st.PersonByID(ctx, w.by, w.Pupils[0])
	p := ok(t, x, err).Person
	fields := personValues(x)
	p.Family = "Muster-Neu"
	_, err = w.st.ChangePerson(ctx, w.by, p)
	ok(t, 0, err)
	form = sentAgain(t, open, fields)
	form.Set("email", "lena@schule.example")
	if got := c.post(lena+"/edit", form); got.Location == "" {
		t.Fatalf("%d: %s", got.Status, got.read())
	}
	if x, err = w.st.PersonByID(ctx, w.by, w.Pupils[0]); err != nil || x.Family != "Muster-Neu" || x.Email != "lena@schule.example" {
		t.Errorf("%+v %v", x, err)
	}
	class := classAddress(w.C7b) + "/edit"
	open = c.get(class).Body
	_, err = w.st.ChangeClass(ctx, w.by, school.Class{ID: w.C7b, School: w.Nord, Name: "7c neu", Grade: "7"})
	ok(t, 0, err)
	c.post(class, sentAgain(t, open, url.Values{"name": {"7x"}, "grade": {"7"}})).says(t, http.StatusUnprocessableEntity, "jetzt gilt: 7c neu")
	at := schoolAddress(w.Nord) + "/edit"
	open = c.get(at).Body
	s, err := w.st.School(ctx, w.by, w.Nord)
	n := ok(t, s, err)
	n.Number = "999999"
	_, err = w.st.ChangeSchool(ctx, w.by, n)
	ok(t, 0, err)
	if got := c.post(at, sentAgain(t, open, url.Values{"name": {"Gymnasium Norden"}, "type": {s.Type}, "number": {s.Number}})); got.Location == "" {
		t.Fatalf("%d: %s", got.Status, got.read())
	}
	if s, err = w.st.School(ctx, w.by, w.Nord); err != nil || s.Name != "Gymnasium Norden" || s.Number != "999999" {
		t.Errorf("%+v %v", s, err)
	}
}
