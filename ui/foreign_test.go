package ui

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"ranzen/store"
	"ranzen/store/school"
)

// postForm is a form of a page as a browser would send it untouched.
type postForm struct {
	action string
	fields url.Values
	more   map[string][]string // what else could have been chosen
}

// postForms are the forms of a page that change something.
func postForms(body, here string) (out []postForm) {
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		return nil
	}
	attr := func(n *html.Node, key string) string {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
		return ""
	}
	var in func(n *html.Node, f *postForm)
	in = func(n *html.Node, f *postForm) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			g := f
			if c.Type == html.ElementNode {
				name := attr(c, "name")
				switch c.Data {
				case "form":
					if attr(c, "method") == "post" && attr(c, "enctype") != "multipart/form-data" {
						out = append(out, postForm{orElse(attr(c, "action"), here), url.Values{}, map[string][]string{}})
						g = &out[len(out)-1]
						in(c, g)
						out[len(out)-1] = *g
						continue
					}
				case "input", "button", "textarea":
					if f != nil && name != "" {
						f.fields.Add(name, orElse(attr(c, "value"), "1"))
					}
				case "select":
					if f != nil && name != "" {
						for o := c.FirstChild; o != nil; o = o.NextSibling {
							if v := attr(o, "value"); o.Data == "option" && v != "" {
								f.more[name] = append(f.more[name], v)
							}
						}
						f.fields.Set(name, strings.Join(f.more[name][:min(1, len(f.more[name]))], ""))
					}
				}
			}
			in(c, g)
		}
	}
	in(root, nil)
	return out
}

// TestKSM09_IDsOfAnotherAuthorityLeadNowhere: who knows the ids of another authority's things puts them into every field of every
// form that takes one. Nothing of the other changes, no row of the own refers to it, and no answer tells of it.
func TestKSM09_IDsOfAnotherAuthorityLeadNowhere(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	things := w.things()
	kinds := map[string]string{string(w.Nord): "school", string(w.Anger): "school", string(w.West): "school", string(w.C7a): "class", string(w.C3a): "class", string(w.Case): "place", string(w.Rules): "profile", string(w.Link): "profile"}
	for _, name := range []string{"school", "class", "person", "device", "place", "group", "profile", "account", "kit", "batch", "asset"} {
		kinds[things[name]] = name
	}
	for _, p := range w.Pupils {
		kinds[string(p)] = "person"
	}
	for _, d := range slices.Concat(w.Devices, w.InCase, w.Unplaced, []school.DeviceID{w.Unconfirmed}) {
		kinds[string(d)] = "device"
	}

	here, mine := w.by, w.authority
	elsewhere, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	w.authority = ok(t, elsewhere, err)
	w.by = school.System("test", w.authority)
	there := w.by
	id := func(id any, err error) string { t.Helper(); return fmt.Sprint(ok(t, id, err)) }
	foreign := map[string]string{}
	at, err := w.st.CreateSchool(ctx, there, school.School{Name: "Fremdschule"})
	foreign["school"] = id(at, err)
	class, err := w.st.CreateClass(ctx, there, school.Class{School: at, Name: "9z"})
	foreign["class"] = id(class, err)
	person, err := w.st.CreatePerson(ctx, there, school.Person{School: at, Kind: school.Pupil, Given: "Xaver", Family: "Fremdling"}, class)
	foreign["person"] = id(person, err)
	_, _, err = w.st.Announce(ctx, there, []store.Announced{{Serial: "XQ9FREMD01", Number: "FR-1", School: "Fremdschule"}})
	ok(t, 0, err)
	device, err := w.st.DeviceBySerial(ctx, there, "XQ9FREMD01")
	foreign["device"], foreign["asset"] = id(device.ID, err), string(device.Asset)
	place, err := w.st.CreatePlace(ctx, there, school.Place{School: at, Kind: school.Case, Name: "Fremdkoffer"})
	foreign["place"] = id(place, err)
	group, err := w.st.CreateGroup(ctx, there, school.Group{School: at, Name: "Fremdgruppe"})
	foreign["group"] = id(group, err)
	foreign["profile"] = string(w.profile("Fremdprofil", "webclip", url.Values{"label": {"Fremd"}, "url": {"https://fremd.example"}}))
	kit, err := w.st.CreateKit(ctx, there, school.Kit{Name: "Fremdset", Kind: school.Notebook})
	foreign["kit"] = id(kit, err)
	batch, err := w.st.CreateBatch(ctx, there, school.Batch{Name: "Fremdlieferung"})
	foreign["batch"] = id(batch, err)
	account, _, err := w.st.CreateAccount(ctx, there, store.Account{Login: "fremd@anderswo.example", Name: "Fremdkonto"}, []school.Grant{{Role: school.AuthorityAdmin}})
	foreign["account"] = id(account, err)
	w.by, w.authority = here, mine

	version := func() int64 {
		a, err := w.st.Authority(ctx, there)
		return ok(t, a, err).Version
	}
	before := version()
	c := w.as(w.Admin)
	secrets := []string{"Fremd", "XQ9FREMD01"}
	quiet := func(what string, a answer) {
		for _, s := range secrets {
			if strings.Contains(a.read(), s) {
				t.Errorf("%s tells %q", what, s)
			}
		}
	}
	asked, known := map[string]bool{}, slices.Sorted(maps.Keys(kinds))
	for _, line := range strings.Split(strings.TrimSpace(pages), "\n") {
		f := strings.Fields(line)
		if f[0] != "GET" || strings.HasPrefix(f[1], "/e/") || strings.HasPrefix(f[1], "/demo") || strings.HasPrefix(f[1], "/help") || strings.HasPrefix(f[1], "/end") {
			continue
		}
		own, other := f[1], f[1]
		for name, id := range things {
			own = strings.ReplaceAll(own, "{"+name+"}", id)
			other = strings.ReplaceAll(other, "{"+name+"}", orElse(foreign[name], id))
		}
		if other != own {
			quiet(f[1], c.get(other))
		}
		page := c.get(own)
		if page.Status != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") {
			continue
		}
		for _, form := range postForms(page.Body, own) {
			for _, name := range slices.Sorted(maps.Keys(form.fields)) {
				for _, value := range append(slices.Clone(form.fields[name]), form.more[name]...) {
					for _, id := range known {
						kind := kinds[id]
						key := form.action + " " + name + " " + kind
						if !strings.Contains(value, id) || asked[key] {
							continue
						}
						asked[key] = true
						send := url.Values{}
						for k, v := range form.fields {
							send[k] = v
						}
						send.Set(name, strings.ReplaceAll(value, id, foreign[kind]))
						a := c.post(form.action, send)
						quiet("POST "+key, a)
						if a.Status >= 500 {
							t.Errorf("POST %s: %d", key, a.Status)
						}
						if a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location, "/") {
							quiet("after POST "+key, c.get(a.Location))
						}
					}
				}
			}
		}
	}
	if len(asked) < 40 {
		t.Errorf("only %d fields were found", len(asked))
	}
	if now := version(); now != before {
		t.Errorf("the other authority has version %d, had %d", now, before)
	}
	w.apart()
}

// apart finds rows of one authority that refer to another's.
func (w *world) apart() {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+w.file+"?mode=ro")
	ok(w.t, db, err)
	defer db.Close()
	rows, err := db.Query(`SELECT m.name, f."from", f."table" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f."table" <> 'authority' AND f.seq = 0 AND f."to" = 'id'
		AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'authority_id') AND EXISTS (SELECT 1 FROM pragma_table_info(f."table") WHERE name = 'authority_id')`)
	ok(w.t, rows, err)
	var refs [][3]string
	for rows.Next() {
		var x [3]string
		ok(w.t, 0, rows.Scan(&x[0], &x[1], &x[2]))
		refs = append(refs, x)
	}
	ok(w.t, 0, rows.Err())
	if len(refs) < 50 {
		w.t.Errorf("only %d references were found", len(refs))
	}
	for _, x := range refs {
		var n int
		query := fmt.Sprintf(`SELECT count(*) FROM %s a JOIN %s b ON b.id = a.%s WHERE a.authority_id <> b.authority_id`, x[0], x[2], x[1])
		if err := db.QueryRow(query).Scan(&n); err != nil || n > 0 {
			w.t.Errorf("%d rows of %s refer by %s to %s of another authority, %v", n, x[0], x[1], x[2], err)
		}
	}
}
