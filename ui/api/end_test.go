package api

import (
	"archive/zip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"ranzen/store/school"
)

// TestMUSES16_ProgramsTakeAnAuthorityAlongAndEndIt: the export has the person, the deletion wants it before, no iPad, the name, and
// somebody else; the portal sees that it is asked to agree; and each can stop it.
func TestMUSES16_ProgramsTakeAnAuthorityAlongAndEndIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.operatorToken()
		ask := func(body string) response {
			return w.do(request{who: "admin", method: "POST", path: "/authority/end", body: body})
		}
		ask(`{"typed":"Musterstadt"}`).is(t, http.StatusConflict, "end_export_first")
		a := w.do(request{who: "admin", method: "GET", path: "/authority/export"})
		a.is(t, 200, "")
		if name := a.header.Get("Content-Disposition"); !strings.HasSuffix(name, `.zip"`) {
			t.Errorf("the file is called %s", name)
		}
		if people := inZIP(t, a.text, "tables/person.jsonl"); !strings.Contains(people, family) {
			t.Errorf("nobody is in it:\n%s", people)
		}
		ask(`{"typed":"Musterstadt"}`).is(t, http.StatusConflict, "end_enrolled")
		state := func() response { return w.do(request{who: "admin", method: "GET", path: "/authority/end"}) }
		if x := state(); x.get("enrolled") != 1.0 || x.get("asked") != nil {
			t.Errorf("%s", x.text)
		}
		w.mayEnd()
		ask(`{"typed":"Anderswo"}`).is(t, http.StatusUnprocessableEntity, "typed_name")
		ask(`{"typed":"Musterstadt"}`).is(t, http.StatusNoContent, "")
		if x := state(); x.get("asked_by") != "admin" || x.get("ends") != nil {
			t.Errorf("%s", x.text)
		}
		tenant := request{who: "portal", method: "GET", path: "/tenants/" + string(w.by.Tenant)}
		if x := w.do(tenant); x.get("end_asked") == nil || x.get("ends") != nil {
			t.Errorf("the portal does not see it: %s", x.text)
		}
		agree := w.do(request{who: "portal", method: "POST", path: tenant.path + "/end", body: `{"typed":"Musterstadt"}`})
		agree.is(t, 200, "")
		if x := w.do(tenant); x.get("ends") != agree.get("ends") {
			t.Errorf("%s, want %v", x.text, agree.get("ends"))
		}
		w.do(request{who: "admin", method: "DELETE", path: "/authority/end"}).is(t, http.StatusNoContent, "")
		if x := w.do(tenant); x.get("ends") != nil || x.get("end_asked") != nil {
			t.Errorf("stopped: %s", x.text)
		}
	})
}

func inZIP(t *testing.T, text, name string) string {
	t.Helper()
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	f, err2 := ok(t, z, err).Open(name)
	b, err3 := io.ReadAll(ok(t, f, err2))
	return string(ok(t, b, err3))
}

// TestFX19_TheSetForAppleByAProgram: looked at, made, made once more under the same key as the same file; and what would be lost at Apple
// by the next one is named and its number asked for.
func TestFX19_TheSetForAppleByAProgram(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		look := func() response { return w.do(request{who: "admin", method: "GET", path: "/asm"}) }
		x := look()
		x.is(t, 200, "")
		if x.get("ready") != true || x.get("pupils") != 1.0 || x.get("classes") != 1.0 || x.get("last") != nil {
			t.Fatal(x.text)
		}
		w.do(request{who: "admin", method: "GET", path: "/asm?password_policy=5"}).is(t, http.StatusUnprocessableEntity, "choice")
		send := func(key, body string) response {
			return w.do(request{who: "admin", method: "POST", path: "/asm", body: body, header: keyed1(key)})
		}
		made := send("k1", `{"password_policy":"6"}`)
		made.is(t, 200, "")
		if got := inZIP(t, made.text, "students.csv"); !strings.Contains(got, family) || !strings.Contains(got, ",6,") {
			t.Errorf("%s", got)
		}
		again := send("k1", `{"password_policy":"6"}`)
		if again.text != made.text || again.header.Get("Content-Type") != typeZIP || again.header.Get("Content-Disposition") != made.header.Get("Content-Disposition") {
			t.Errorf("again: %d %v", again.status, again.header)
		}
		if x := look(); x.get("last.people") != 1.0 {
			t.Errorf("it is not kept what was made: %s", x.text)
		}
		ctx := t.Context()
		class, err := w.st.CreateClass(ctx, w.by, school.Class{School: w.north, Name: "8a", Grade: "8"})
		ok(t, class, err)
		send("k2", `{}`).is(t, 200, "")
		_, err = w.st.ArchiveClass(ctx, w.by, class)
		ok(t, 0, err)
		if x := look(); fmt.Sprint(x.get("lost")) != "[8a]" {
			t.Errorf("lost: %s", x.text)
		}
		send("k3", `{}`).is(t, http.StatusUnprocessableEntity, "roster_number")
		send("k4", `{"typed":1}`).is(t, 200, "")
	})
}
