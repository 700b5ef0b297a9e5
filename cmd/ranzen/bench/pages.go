package bench

import (
	"context"
	"fmt"
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
	pages  []string // in turn
	turn   int
}

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
		client, err := t.signIn(ctx, login)
		if err != nil {
			return nil, err
		}
		out = append(out, &administrator{client: client, base: t.srv.url, pages: pages, turn: i * len(pages) / n})
	}
	return out, nil
}

// signIn is the browser of somebody who signed in.
func (t *town) signIn(ctx context.Context, login string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.srv.url+"/sign-in", strings.NewReader(url.Values{"login": {login}, "password": {password}}.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Request.URL.Path == "/sign-in" {
		return nil, fmt.Errorf("%s does not get in: %s", login, res.Status)
	}
	return c, nil
}

// addresses are the lists, searches and pages of iPads that administrators look at: of several of a kind, so that no answer is
// remembered from the time before.
func (w *world) addresses() (out []string) {
	add := func(paths ...string) { out = append(out, paths...) }
	q := url.QueryEscape
	for i := range 8 {
		d := w.devices[i*len(w.devices)/8]
		name, one := w.people[i*len(w.people)/8], "/devices/"+string(d.id)
		add("/devices", "/schools", "/", "/devices?state=silent")
		add("/search?q="+q(name), "/devices?q="+q(name), "/people?q="+q(name), "/search?q="+q(d.serial[:6]))
		add(one, one+"/items", one+"/orders", one+"/history")
		if d.class != "" {
			add("/classes/" + string(d.class) + "/devices")
		}
	}
	return out
}

// look loads the next page.
func (a *administrator) look(ctx context.Context) error {
	a.turn++
	return fetch(ctx, a.client, a.base+a.pages[a.turn%len(a.pages)])
}

// read loads a page a second until ctx ends.
func (a *administrator) read(ctx context.Context, l *laps) {
	for ctx.Err() == nil {
		took, err := timed(func() error { return a.look(ctx) })
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
	_, _, err := get(ctx, c, url)
	return err
}
