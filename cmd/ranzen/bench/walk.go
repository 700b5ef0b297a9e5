package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/net/html"

	"ranzen/store/school"
)

// P15 visits every page there is, as everybody who has pages of their own: it follows every link from the first page on, sends every
// form that only asks (searches, filters) and turns over every list, so that no page is forgotten by who adds one. What cannot be
// followed to says so in the note.

const (
	sameKind = 4               // addresses of one kind that are looked at
	looksAt  = 24              // how often a kind is looked at; less often in a short run
	longest  = 3 * time.Second // how long one kind is looked at, if that is not enough for looksAt
	slow     = 100 * time.Millisecond
)

// walker follows links.
type walker struct {
	as     string
	client *http.Client
	srv    *running
	routes *mux.Router
	words  []string // to search for
	looks  int      // at each kind
	kinds  map[string]*kindOfPage
	seen   map[string]bool
	queue  []string
}

// kindOfPage is a template, and what is asked of it: a search and a filter are kinds of their own, whatever the word.
type kindOfPage struct {
	template  string
	addresses []string
	laps      laps
	spent     time.Duration
	again     int           // how often it was looked at when all was found
	cpu       time.Duration // what that took of the server and its database
	away      bool          // to take away, or what the help speaks of and is somebody else's: not looked at
}

// walks looks at every page as everybody.
func (t *town) walks(ctx context.Context) error {
	routes := mux.NewRouter()
	unseen := map[string]bool{}
	for _, template := range t.srv.pages {
		routes.Handle(template, http.NotFoundHandler())
		unseen[template] = true
	}
	worst := map[string]*Result{}
	for _, role := range visitors {
		a, err := t.signIn(ctx, loginOf(role))
		if err != nil {
			return err
		}
		w := &walker{as: string(role), client: a, srv: t.srv, routes: routes, words: t.world.words(), looks: min(looksAt, max(2, int(6*t.For.Seconds()))), kinds: map[string]*kindOfPage{}, seen: map[string]bool{}}
		var all laps
		m := t.srv.clock(func(*laps) { err = w.everything(ctx, t.world.doors()...) })
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(w.kinds)) {
			k := w.kinds[name]
			delete(unseen, k.template)
			if k.away {
				continue
			}
			all.took, all.failed = append(all.took, k.laps.took...), all.failed+k.laps.failed
			if all.first == nil {
				all.first = k.laps.first
			}
			r := t.row("P15", name, t.srv, len(t.world.devices), k.laps.alone(m), "as "+w.as)
			if k.again > 0 {
				r.CPUPerOp = micro(k.cpu / time.Duration(k.again))
			}
			if x := worst[name]; x == nil || r.P95 > x.P95 || r.Failed > 0 {
				worst[name] = &r
			}
		}
		t.keepPart("P15", "as "+w.as, t.srv, len(t.world.devices), all.alone(m), fmt.Sprintf("%d kinds of pages", len(w.kinds)))
	}
	for _, name := range slices.Sorted(maps.Keys(worst)) {
		t.results = append(t.results, *worst[name])
		if r := worst[name]; r.P95 >= milli(slow) {
			t.say("P15 %s %s: %.0f µs of processor each, p50 %.1f ms, p95 %.1f ms%s", name, r.Note, r.CPUPerOp, r.P50, r.P95, failures(*r))
		}
	}
	t.say("nothing leads to %s", strings.Join(slices.Sorted(maps.Keys(unseen)), " "))
	return ctx.Err()
}

// everything follows all links, then looks at what it found until enough is known of each kind.
func (w *walker) everything(ctx context.Context, from ...string) error {
	w.found(from...)
	for len(w.queue) > 0 && ctx.Err() == nil {
		address := w.queue[0]
		w.queue = w.queue[1:]
		if body := w.look(ctx, address); body != nil {
			w.found(w.leads(address, body)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.kinds)) {
		k := w.kinds[name]
		before := w.srv.read().server
		k.again = len(k.laps.took)
		for i := 0; ctx.Err() == nil && !k.away && len(k.laps.took) < w.looks && k.spent < longest && k.laps.failed == 0; i++ {
			w.look(ctx, k.addresses[i%len(k.addresses)])
		}
		k.again, k.cpu = len(k.laps.took)-k.again, w.srv.read().server-before
	}
	return ctx.Err()
}

// kind is what an address is one of; empty: none of the pages, or one that leads away.
func (w *walker) kind(address string) (name, template string) {
	r, err := http.NewRequest(http.MethodGet, w.srv.url+address, nil)
	var m mux.RouteMatch
	if err != nil || !w.routes.Match(r, &m) || m.Route == nil {
		return "", ""
	}
	template, err = m.Route.GetPathTemplate()
	if err != nil || strings.HasPrefix(template, "/sign-in") {
		return "", ""
	}
	query := r.URL.Query()
	maps.DeleteFunc(query, func(_ string, v []string) bool { return v[0] == "" })
	var asked []string
	alone := 0
	for key := range query {
		if key != "after" && key != "from" && key != "desc" {
			alone++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(query)) {
		v := query.Get(key)
		_, place := strconv.Atoi(v)
		if alone == 1 && len(v) < 20 && place != nil && !slices.Contains(w.words, v) { // ids, places in a list and words are one like the other
			key += "=" + v
		}
		asked = append(asked, key)
	}
	if len(asked) > 0 {
		return template + "?" + strings.Join(asked, "&"), template
	}
	return template, template
}

// found keeps addresses to look at, a few of each kind.
func (w *walker) found(addresses ...string) {
	for _, a := range addresses {
		if w.seen[a] {
			continue
		}
		w.seen[a] = true
		name, template := w.kind(a)
		if name == "" {
			continue
		}
		k := w.kinds[name]
		if k == nil {
			k = &kindOfPage{template: template}
			w.kinds[name] = k
		}
		if len(k.addresses) < min(sameKind, w.looks) {
			k.addresses = append(k.addresses, a)
			w.queue = append(w.queue, a)
		}
	}
}

// look loads a page and returns it if it can be read. Tables to take away are lists from end to end, and not asked to be quick.
func (w *walker) look(ctx context.Context, address string) []byte {
	name, _ := w.kind(address)
	k := w.kinds[name]
	if k.away {
		return nil
	}
	began := time.Now()
	res, body, err := get(ctx, w.client, w.srv.url+address)
	took := time.Since(began)
	k.spent += took
	var no *refused
	if err == nil && strings.HasPrefix(res.Header.Get("Content-Type"), "text/csv") || w.as != string(school.AuthorityAdmin) && errors.As(err, &no) && no.status == http.StatusNotFound {
		k.away = true
		return nil
	}
	k.laps.done(took, err)
	if err != nil || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	return body
}

func get(ctx context.Context, c *http.Client, url string) (*http.Response, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %w", url, &refused{status: res.StatusCode, body: string(body[:min(len(body), 200)])})
	}
	return res, body, err
}

// leads lists where a page leads: its links, and what its forms can ask.
func (w *walker) leads(from string, body []byte) (out []string) {
	root, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		return nil
	}
	at, err := url.Parse(from)
	if err != nil {
		return nil
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "a" && attribute(n, "href") != "":
			if u, err := at.Parse(attribute(n, "href")); err == nil && u.Host == "" && !u.Query().Has("lang") && !u.Query().Has("theme") {
				u.Fragment = ""
				out = append(out, u.String())
			}
		case n.Data == "form" && strings.EqualFold(attribute(n, "method"), "get"):
			if u, err := at.Parse(attribute(n, "action")); err == nil {
				out = append(out, w.asks(u.Path, n)...)
			}
		}
	}
	return out
}

// asks lists what a form can ask: each of its fields filled in alone, beside what it always says.
func (w *walker) asks(path string, form *html.Node) (out []string) {
	always := url.Values{}
	each := func(fn func(name string, values []string)) {
		for n := range form.Descendants() {
			name := attribute(n, "name")
			if n.Type != html.ElementNode || name == "" {
				continue
			}
			switch kind := attribute(n, "type"); {
			case n.Data == "select":
				var values []string
				for o := range n.Descendants() {
					if v := attribute(o, "value"); o.Data == "option" && v != "" {
						values = append(values, v)
					}
				}
				fn(name, values)
			case n.Data == "input" && kind == "hidden":
				always.Add(name, attribute(n, "value"))
			case n.Data == "input" && (kind == "checkbox" || kind == "radio"):
				fn(name, []string{attribute(n, "value")})
			case n.Data == "input" && (kind == "search" || kind == "text" || kind == ""):
				fn(name, w.words)
			}
		}
	}
	each(func(string, []string) {}) // what always stands there may stand at the end
	each(func(name string, values []string) {
		for _, v := range values {
			q := maps.Clone(always)
			q.Set(name, v)
			out = append(out, path+"?"+q.Encode())
		}
	})
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// doors are where one begins: the first page, and what only an act leads to.
func (w *world) doors() []string {
	one := "/devices/" + string(w.devices[0].id)
	return []string{"/", "/enroll", "/plans/" + string(w.planned), one + "/issue", one + "/slip", one + "/release"}
}

// words are what people type into a search: a family name, its beginning, a serial number and its beginning, a class, and nothing
// that is there.
func (w *world) words() []string {
	d := w.devices[len(w.devices)/3]
	name := w.people[len(w.people)/3]
	return []string{name, string([]rune(name)[:2]), d.serial, d.serial[:6], "7b", "zzqx"}
}

// visitors are those who look at pages in P15.
var visitors = []school.Role{school.AuthorityAdmin, school.SchoolAdmin, school.TeacherRole, school.Desk}

// loginOf is under which name somebody of a role signs in.
func loginOf(r school.Role) string {
	if r == school.AuthorityAdmin {
		return login
	}
	return "bench-" + string(r)
}
