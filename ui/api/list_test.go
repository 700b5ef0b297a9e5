package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ranzen/mdm"
	"ranzen/store/school"
)

// TestPagingVisitsEveryItemOnce walks every list of the API with pages of every small size, by the Link header.
func TestPagingVisitsEveryItemOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := context.Background()
		var moved []school.DeviceID
		for i := range 5 {
			_, err := w.st.CreateSchool(ctx, w.by, school.School{Name: fmt.Sprintf("Schule %d", 5-i)})
			ok(t, 0, err)
			_, err = w.st.CreateClass(ctx, w.by, school.Class{School: w.south, Name: fmt.Sprintf("%da", 5+i)})
			ok(t, 0, err)
			_, err = w.st.CreatePerson(ctx, w.by, school.Person{School: w.south, Kind: school.Pupil, Given: "Ida", Family: fmt.Sprint("Birke ", i/3)}, "")
			ok(t, 0, err)
			moved = append(moved, w.announced(fmt.Sprintf("H4VLQ1%04d", i), "Gymnasium Süd"))
			w.assign(school.Scope{Level: school.AtClass, ID: string(w.class)}, w.link(i))
			w.assign(school.Scope{Level: school.AtDevice, ID: string(moved[i])}, w.profile)
			w.draft(w.profile, fmt.Sprintf("https://v%d.example", i))
			_, _, err = w.st.Publish(ctx, w.by, w.profile)
			ok(t, 0, err)
		}
		w.draft(w.profile, "https://draft.example")
		p, err := w.st.Plan(ctx, w.by, school.Change{Kind: school.ChangeMove, Devices: moved, To: school.Placement{School: w.north}}, mdm.Preview)
		plan := string(ok(t, p, err).ID)

		for path, want := range map[string]int{
			"/devices": 6, "/devices?sort=-number": 6, "/devices?sort=seen": 6, "/devices?sort=-holder": 6, "/devices?school=" + string(w.south): 5,
			"/schools": 7, "/classes": 6, "/people": 6, "/profiles": 8, "/profiles/" + string(w.profile) + "/versions": 7,
			"/assignments": 12, "/assignments?profile=" + string(w.profile): 5, "/plans/" + plan + "/groups/0/devices": 5, "/audit": -1,
		} {
			for _, limit := range []int{1, 2, 3, 200} {
				seen, pages := map[string]int{}, 0
				next := path
				if strings.Contains(path, "?") {
					next += "&"
				} else {
					next += "?"
				}
				next += fmt.Sprint("limit=", limit)
				for next != "" && pages < 200 {
					pages++
					a := w.do(request{who: "admin", method: "GET", path: next})
					a.is(t, 200, "")
					items := a.get("items").([]any)
					if len(items) > limit || len(items) == 0 {
						t.Fatalf("%s: %d items", next, len(items))
					}
					for _, x := range items {
						id := x.(map[string]any)["id"]
						if id == nil {
							id = x.(map[string]any)["seq"]
						}
						seen[fmt.Sprint(id)]++
					}
					link := a.header.Get("Link")
					if (link == "") != (a.get("next") == nil) {
						t.Fatalf("%s: Link %q, next %v", next, link, a.get("next"))
					}
					next = ""
					if link != "" {
						address, rel, _ := strings.Cut(strings.TrimPrefix(link, "<"+Prefix), ">")
						if rel != `; rel="next"` {
							t.Fatalf("Link: %s", link)
						}
						next = address
					}
				}
				if want >= 0 && len(seen) != want {
					t.Errorf("%s by %d: %d items, want %d", path, limit, len(seen), want)
				}
				if want < 0 && len(seen) < 30 {
					t.Errorf("%s by %d: only %d items", path, limit, len(seen))
				}
				for id, n := range seen {
					if n != 1 {
						t.Errorf("%s by %d: %s seen %d times", path, limit, id, n)
					}
				}
			}
		}
	})
}

func TestAListRefusesWhatItDoesNotUnderstand(t *testing.T) {
	w := newWorld(t, "sqlite")
	for path, want := range map[string]string{
		"/devices?limit=0":               "number_range limit",
		"/devices?limit=201":             "number_range limit",
		"/devices?limit=x":               "number_range limit",
		"/devices?after=%21":             "cursor after",
		"/devices?scool=1":               "unknown_parameter scool",
		"/devices?state=happy":           "choice state",
		"/devices?sort=colour":           "choice sort",
		"/devices?q=a&q=b":               "field_twice q",
		"/schools?after=%21":             "cursor after",
		"/audit?after=x":                 "cursor after",
		"/audit?after=-1":                "cursor after",
		"/classes?archived=ja":           "flag_form archived",
		"/assignments?level=planet":      "choice level",
		"/assignments?level=class":       "required scope",
		"/assignments?scope=x":           "choice level",
		"/people?without_device=perhaps": "flag_form without_device",
		"/me?limit=1":                    "unknown_parameter limit",
	} {
		a := w.do(request{who: "admin", method: "GET", path: path})
		a.is(t, 422, strings.Fields(want)[0])
		if a.get("errors.0.field") != strings.Fields(want)[1] {
			t.Errorf("%s: %s", path, a.text)
		}
	}
	w.do(request{who: "admin", method: "GET", path: "/devices?q=%zz"}).is(t, 400, "query_unreadable")
}
