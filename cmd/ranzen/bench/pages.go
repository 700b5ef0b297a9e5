package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// administrator is somebody signed in to the pages.
type administrator struct {
	client *http.Client
	base   string
	pages  []address // in turn
	turn   int
}

// address is a page, and which kind of page it is.
type address struct{ kind, path string }

// Kinds of pages.
const (
	lists    = "list"
	searches = "search"
	singles  = "page of an iPad"
)

// login is who reads pages here.
const (
	login    = "leitung"
	password = "pausenhof-kreide-7b"
)

// account lets somebody sign in.
func (w *world) account(ctx context.Context, st *store.Store) error {
	_, link, err := st.CreateAccount(ctx, w.by, store.Account{Login: login, Name: "Leitung", Email: contact}, []school.Grant{{Role: school.AuthorityAdmin, Authority: w.authority}})
	if err != nil {
		return err
	}
	_, err = st.SetPassword(ctx, link, password)
	return err
}

// administrators sign in, each in a browser of their own, and look at different pages first.
func (t *town) administrators(ctx context.Context, n int) (out []*administrator, err error) {
	pages := t.world.addresses()
	for i := range n {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return nil, err
		}
		a := &administrator{client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{}}, base: t.srv.url, pages: pages, turn: i * len(pages) / n}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/sign-in", strings.NewReader(url.Values{"login": {login}, "password": {password}}.Encode()))
		if err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := a.client.Do(r)
		if err != nil {
			return nil, err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/sign-in" {
			return nil, fmt.Errorf("an administrator does not get in: %s", res.Status)
		}
		out = append(out, a)
	}
	return out, nil
}

// addresses are the lists, searches and pages of iPads that administrators look at: of several of a kind, so that no answer is
// remembered from the time before.
func (w *world) addresses() (out []address) {
	add := func(kind string, paths ...string) {
		for _, p := range paths {
			out = append(out, address{kind, p})
		}
	}
	q := url.QueryEscape
	for i := range 8 {
		d := w.devices[i*len(w.devices)/8]
		name, one := w.people[i*len(w.people)/8], "/devices/"+string(d.id)
		add(lists, "/devices", "/schools", "/", "/devices?state=silent")
		add(searches, "/search?q="+q(name), "/devices?q="+q(name), "/people?q="+q(name), "/search?q="+q(d.serial[:6]))
		add(singles, one, one+"/items", one+"/orders", one+"/history")
		if d.class != "" {
			add(lists, "/classes/"+string(d.class)+"/devices")
		}
	}
	return out
}

// look loads the next page, and says of which kind it was.
func (a *administrator) look(ctx context.Context) (kind string, err error) {
	a.turn++
	page := a.pages[a.turn%len(a.pages)]
	return page.kind, fetch(ctx, a.client, a.base+page.path)
}

// read loads a page a second until ctx ends.
func (a *administrator) read(ctx context.Context, l *laps) {
	for ctx.Err() == nil {
		took, err := timed(func() error { _, err := a.look(ctx); return err })
		if ctx.Err() != nil {
			return
		}
		l.done(took, err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second - min(took, time.Second)):
		}
	}
}

// fetch loads a page to its end.
func fetch(ctx context.Context, c *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := c.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %w", url, &refused{status: res.StatusCode, body: string(body[:min(len(body), 200)])})
	}
	return nil
}

// readPages lets one administrator look at page after page, nobody else being there, and tells lists, searches and pages of iPads apart.
func (t *town) readPages(ctx context.Context, part string) error {
	admins, err := t.administrators(ctx, 1)
	if err != nil {
		return err
	}
	a := admins[0]
	of := map[string]*laps{lists: {}, searches: {}, singles: {}}
	end := time.Now().Add(t.For)
	m := t.srv.clock(func(*laps) {
		for i := 0; i < len(a.pages) || time.Now().Before(end); i++ {
			began := time.Now()
			kind, err := a.look(ctx)
			of[kind].done(time.Since(began), err)
		}
	})
	for _, kind := range []string{lists, searches, singles} {
		t.keepPart("P11", kind+part, t.srv, len(t.world.devices), of[kind].alone(m), "")
	}
	return ctx.Err()
}
