package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// rollingSchool is north in a change of school year that is prepared.
type rollingSchool struct {
	store.RolloverPart
	id   school.RolloverID
	path string
	next string
}

func (w *world) rolling() rollingSchool {
	w.t.Helper()
	ctx := context.Background()
	id, err := w.st.SetRollover(ctx, w.by, w.st.NextYear())
	ok(w.t, id, err)
	p, err := w.st.RolloverPart(ctx, w.by, id, w.north)
	return rollingSchool{ok(w.t, p, err), id, "/rollover/" + string(w.north), strconv.Itoa(w.st.NextYear().In(store.Berlin).Year())}
}

func TestMUC05_ProgramsDecideTheNextYearAndSign(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		get := func(path string, v any) {
			t.Helper()
			a := w.do(request{who: "own", method: "GET", path: path})
			a.is(t, 200, "")
			if err := json.Unmarshal([]byte(a.text), v); err != nil {
				t.Fatal(err)
			}
		}
		w.do(request{who: "own", method: "GET", path: "/rollover/" + string(w.north)}).is(t, 404, "")
		w.do(request{who: "admin", method: "PUT", path: "/rollover", body: fmt.Sprintf(`{"runs_at":%q}`, w.st.NextYear().AddDate(-5, 0, 0).Format(time.RFC3339))}).is(t, 422, "rollover_date")
		w.do(request{who: "admin", method: "PUT", path: "/rollover", body: fmt.Sprintf(`{"runs_at":%q}`, w.st.NextYear().Format(time.RFC3339))}).is(t, 200, "")
		x := w.rolling()
		w.do(request{who: "own", method: "PATCH", path: x.path, body: `{}`}).is(t, 422, "required")
		w.do(request{who: "own", method: "PATCH", path: x.path, body: fmt.Sprintf(`{"classes":[{"class":%q,"to":"8x"}],"people":[{"person":%q,"to":"9y"}]}`, w.class, w.person)}).is(t, 200, "")
		var year schoolInYear
		get("/schools/"+string(w.north)+"/years/"+x.next, &year)
		in := map[string]int{}
		for _, c := range year.Classes {
			in[c.Name] = c.Count
		}
		if year.Year.Is != "ahead" || in["9y"] != 1 || len(in) < 2 {
			t.Fatalf("%+v", year)
		}
		w.do(request{who: "own", method: "PATCH", path: x.path, body: fmt.Sprintf(`{"people":[{"person":%q,"to":null}]}`, w.person)}).is(t, 200, "")
		var part rolloverPart
		get(x.path, &part)
		if len(part.Moves) != 0 || part.State != "checked" || part.Classes[0].To != "8x" {
			t.Fatalf("%+v", part)
		}
		w.do(request{who: "own", method: "POST", path: x.path + "/sign", body: `{"plan":"unseen"}`}).is(t, 409, "rollover_moved")
		w.do(request{who: "own", method: "POST", path: x.path + "/sign", body: fmt.Sprintf(`{"plan":%q,"typed":%d}`, part.Plan, part.Typed)}).is(t, 200, "")
		var board rolloverView
		get("/rollover", &board)
		if len(board.Schools) != 1 || board.Schools[0].State != "signed" || board.Year == nil {
			t.Fatalf("%+v", board)
		}
		w.do(request{who: "own", method: "DELETE", path: x.path + "/sign"}).is(t, 200, "")
		w.do(request{who: "own", method: "DELETE", path: x.path + "/sign"}).is(t, 409, "rollover_not_signed")
		// A list of the next year decides it; it is told which year it is of.
		source := w.source(1)
		plan := func(year string) response {
			return w.do(request{who: "own", method: "POST", path: "/rosters", body: fmt.Sprintf(`{"source":%q,"school":%q,"text":"Vorname;Nachname;Klasse;ID\nKim;Neu;5a;1\n","year":%q}`, source, w.north, year)})
		}
		plan("1999/00").is(t, 422, "roster_year")
		run := plan(*board.Year)
		run.is(t, 201, "")
		w.do(request{who: "own", method: "POST", path: run.header.Get("Location")[len(Prefix):] + "/parts/0/apply", body: `{}`}).is(t, 200, "")
		get("/schools/"+string(w.north)+"/years/"+x.next, &year)
		if !slices.ContainsFunc(year.Classes, func(c classInYear) bool { return c.Name == "5a" && c.Count == 1 && c.ID == nil }) {
			t.Errorf("%+v", year.Classes)
		}
		if c, err := w.st.ClassByID(context.Background(), w.by, w.class); err != nil || c.Name != "7b" {
			t.Errorf("the present moved: %+v %v", c, err)
		}
	})
}
