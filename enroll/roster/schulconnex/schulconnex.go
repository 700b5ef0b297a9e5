// Package schulconnex asks a Schulconnex server which people an authority's schools have. It signs in as a service, reads
// the list of people with their contexts, organisations and groups, and makes of it the same roster a file gives.
//
// What a server gives depends on a contract: every attribute may be missing, so none is needed but the pseudonym of a
// person. A person whose name or role is not released is left out and makes the school partial: nobody counts as having
// left because a contract is narrow. The pseudonym is made for this service alone and is no key anywhere else. Codes are
// compared without case. Groups keep their id from year to year; that id is what the roster says a class is.
//
// Dangers. Whoever is missing from a complete list has left. Therefore a list that ends too early, repeats itself or never
// ends is an error and no shorter list: pages are counted against what the server announced, a page without anybody new is
// refused, people, pages and bytes have a bound. The published interface gives the list in one piece and knows no pages;
// servers with many people cut it, and the three ways they do are understood: a Link header, a total beside limit and
// offset, and a page that is full.
//
// The address is typed by people, so the HTTP client must be the one of the house for foreign hosts. Errors repeat neither
// addresses nor answers: they may hold secrets and names.
//
// Documents: Schulconnex specification 1.7, interface for services (personen-info); RFC 6749, client credentials;
// RFC 8288, Link.
package schulconnex

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ranzen/enroll/roster"
	"ranzen/store/school"
)

// What can go wrong beyond a host that does not answer.
var (
	ErrAddress    = errors.New("schulconnex: only https addresses are asked")
	ErrRefused    = errors.New("schulconnex: the server does not accept the sign-in")
	ErrForbidden  = errors.New("schulconnex: the server does not release this list")
	ErrBusy       = errors.New("schulconnex: the server asks to wait longer than we do")
	ErrAnswer     = errors.New("schulconnex: the answer is not what the interface says")
	ErrTooMuch    = errors.New("schulconnex: the list is longer than any authority is")
	ErrIncomplete = errors.New("schulconnex: the list ended early or repeated itself")
	ErrElsewhere  = errors.New("schulconnex: the next page lies on another host")
)

const (
	maxAnswer  = 64 << 20 // bytes of one page
	maxToken   = 1 << 20  // bytes of an answer about a token
	maxRecord  = 1 << 20  // bytes of one person
	maxPeople  = 100_000
	maxPages   = 10_000
	maxTries   = 6
	longestNap = time.Minute
	early      = 30 * time.Second // a token is renewed so long before its end
)

// Client asks one server. Fill the fields before the first call; a client is used by one job at a time.
type Client struct {
	// HTTP is the client of the house for addresses that people typed. Required.
	HTTP *http.Client
	// Base is the address of the interface up to its version, as in "https://host/v1". TokenURL is where a token is got.
	Base, TokenURL string
	// ClientID and Secret are those of the service.
	ClientID, Secret, Scope string
	// Organisations limits the list to these ids of the server, one after the other; empty: everything that is released.
	Organisations []string
	// PageSize asks for pages of so many; 0: the server decides.
	PageSize int
	// Now is the server's clock. Required.
	Now func() time.Time
	// Wait sleeps; nil: a timer. Tests put a clock here.
	Wait func(ctx context.Context, d time.Duration) error

	token   string
	expires time.Time
	inBody  bool // the server wants the secret in the body
}

// Answer is what a server said.
type Answer struct {
	Roster    school.Roster
	ETag      string // to be given back next time; empty: the server has none, or gave more than one page
	Unchanged bool   // nothing has changed since the ETag; the roster is empty
}

// Read asks for everybody. etag is what the answer before gave.
func (c *Client) Read(ctx context.Context, source, etag string) (Answer, error) {
	g := &gathering{c: c, now: c.Now(), into: roster.NewCollector(), seen: map[string]bool{}}
	organisations := c.Organisations
	if len(organisations) == 0 {
		organisations = []string{""}
	}
	for _, id := range organisations {
		if len(organisations) > 1 {
			etag = ""
		}
		unchanged, err := g.pages(ctx, id, etag)
		if err != nil {
			return Answer{}, err
		}
		if unchanged {
			return Answer{ETag: etag, Unchanged: true}, nil
		}
	}
	g.deliver()
	a := Answer{Roster: g.into.Finish(source)}
	if g.requests == 1 {
		a.ETag = g.etag
	}
	return a, nil
}

// Look signs in and asks for one page, to see whether a reading would work; it returns how many people the page holds, or
// the list where the server says so.
func (c *Client) Look(ctx context.Context) (people int, err error) {
	at, err := c.first("")
	if len(c.Organisations) > 0 {
		at, err = c.first(c.Organisations[0])
	}
	if err != nil {
		return 0, err
	}
	q := at.Query()
	q.Set("limit", "1")
	q.Set("offset", "0")
	at.RawQuery = q.Encode()
	p, err := c.page(ctx, at.String(), "")
	return max(p.total, p.lines), err
}

// first is the address of the list of one organisation.
func (c *Client) first(organisation string) (*url.URL, error) {
	at, err := address(strings.TrimRight(c.Base, "/") + "/personen-info")
	if err != nil {
		return nil, err
	}
	q := at.Query()
	q.Set("vollstaendig", "personen,personenkontexte,organisationen,gruppen")
	if organisation != "" {
		q.Set("organisation.id", organisation)
	}
	if c.PageSize > 0 {
		q.Set("limit", strconv.Itoa(c.PageSize))
		q.Set("offset", "0")
	}
	at.RawQuery = q.Encode()
	return at, nil
}

// gathering is one reading of the whole list.
type gathering struct {
	c        *Client
	now      time.Time
	into     *roster.Collector
	seen     map[string]bool // pseudonyms
	people   []dataset
	requests int
	etag     string
}

// pages reads the list of one organisation.
func (g *gathering) pages(ctx context.Context, organisation, etag string) (unchanged bool, err error) {
	base, err := g.c.first(organisation)
	if err != nil {
		return false, err
	}
	q := base.Query()
	// Two organisations may share people: who was met under another is no sign of a repeated page here.
	here := map[string]bool{}
	for at, offset := base, 0; ; {
		if g.requests++; g.requests > maxPages {
			return false, ErrTooMuch
		}
		p, err := g.c.page(ctx, at.String(), etag)
		if err != nil {
			return false, err
		}
		if p.unchanged {
			return true, nil
		}
		g.etag, etag = p.etag, ""
		fresh, err := g.take(p.people, here)
		if err != nil {
			return false, err
		}
		if p.lines > 0 && fresh == 0 {
			return false, ErrIncomplete
		}
		offset += p.lines
		switch more := p.lines > 0; {
		case p.next != "":
			next, err := at.Parse(p.next)
			if err != nil || next.Scheme != at.Scheme || next.Host != at.Host || next.User != nil {
				return false, ErrElsewhere
			}
			at = next
		case more && p.total > offset, more && p.total < 0 && p.lines == g.c.PageSize:
			q.Set("offset", strconv.Itoa(offset))
			at = &url.URL{Scheme: base.Scheme, Host: base.Host, Path: base.Path, RawQuery: q.Encode()}
		case p.total > len(here):
			return false, ErrIncomplete
		default:
			return false, nil
		}
	}
}

// take adds the people of a page and counts those nobody had met under this organisation.
func (g *gathering) take(people []dataset, here map[string]bool) (fresh int, err error) {
	for _, d := range people {
		pid := string(d.PID)
		switch {
		case pid == "":
			g.into.Say("no_pid", "", false)
			continue
		case here[pid]:
			continue
		}
		here[pid] = true
		fresh++
		if g.seen[pid] {
			continue
		}
		if len(g.seen) >= maxPeople {
			return fresh, ErrTooMuch
		}
		g.seen[pid] = true
		g.people = append(g.people, d)
	}
	return fresh, nil
}

// page is one answer.
type page struct {
	people    []dataset
	lines     int
	next      string
	total     int // -1: not said
	etag      string
	unchanged bool
}

// page asks for one page until the server gives it: a token that has run out is renewed once, a server that asks to wait is
// waited for.
func (c *Client) page(ctx context.Context, at, etag string) (page, error) {
	renewed := false
	for try := 1; ; try++ {
		if err := c.signIn(ctx); err != nil {
			return page{}, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
		if err != nil {
			return page{}, ErrAddress
		}
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", "Ranzen")
		if etag != "" {
			req.Header.Set("If-None-Match", etag)
		}
		resp, err := c.HTTP.Do(req)
		if err != nil {
			return page{}, quiet("ask for people", err)
		}
		switch {
		case resp.StatusCode == http.StatusOK:
			p, err := read(resp)
			resp.Body.Close()
			return p, err
		case resp.StatusCode == http.StatusNotModified && etag != "":
			resp.Body.Close()
			return page{unchanged: true}, nil
		}
		resp.Body.Close()
		switch {
		case resp.StatusCode == http.StatusUnauthorized && !renewed:
			c.token, renewed = "", true
		case resp.StatusCode == http.StatusUnauthorized:
			return page{}, ErrRefused
		case resp.StatusCode == http.StatusForbidden, resp.StatusCode == http.StatusNotFound:
			return page{}, fmt.Errorf("%w (%d)", ErrForbidden, resp.StatusCode)
		case busy(resp.StatusCode):
			if err := c.nap(ctx, resp, try); err != nil {
				return page{}, err
			}
		default:
			return page{}, fmt.Errorf("%w: status %d", ErrAnswer, resp.StatusCode)
		}
	}
}

func busy(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// nap waits as long as the server asks, or longer each time when it does not say.
func (c *Client) nap(ctx context.Context, resp *http.Response, try int) error {
	if try >= maxTries {
		return ErrBusy
	}
	d := time.Second << (try - 1)
	if s := resp.Header.Get("Retry-After"); s != "" {
		if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < 1<<20 {
			d = time.Duration(n) * time.Second
		} else if at, err := http.ParseTime(s); err == nil {
			d = max(0, at.Sub(c.Now()))
		}
	}
	if d > longestNap {
		return ErrBusy
	}
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// read decodes an answer person by person: what a server may send is bounded before it is believed.
func read(resp *http.Response) (page, error) {
	p := page{total: -1, etag: resp.Header.Get("ETag"), next: nextLink(resp.Header.Values("Link"))}
	for _, h := range []string{"X-Paging-Total", "X-Total-Count"} {
		if n, err := strconv.Atoi(resp.Header.Get(h)); err == nil && n >= 0 {
			p.total = n
		}
	}
	in := &io.LimitedReader{R: resp.Body, N: maxAnswer}
	d := json.NewDecoder(in)
	fail := func(err error) (page, error) {
		if in.N <= 0 {
			return page{}, ErrTooMuch
		}
		var wrong *json.SyntaxError
		if err == nil || errors.As(err, &wrong) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return page{}, ErrAnswer
		}
		return page{}, quiet("read people", err)
	}
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return fail(err)
	}
	for d.More() {
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return fail(err)
		}
		if p.lines++; p.lines > maxPeople || len(text) > maxRecord {
			return page{}, ErrTooMuch
		}
		var one dataset
		if err := json.Unmarshal(text, &one); err != nil {
			return page{}, ErrAnswer
		}
		p.people = append(p.people, one)
	}
	if _, err := d.Token(); err != nil {
		return fail(err)
	}
	return p, nil
}

// nextLink finds the address of the next page in Link headers.
func nextLink(headers []string) string {
	for _, h := range headers {
		for _, link := range strings.Split(h, ",") {
			target, rest, found := strings.Cut(strings.TrimSpace(link), ">")
			if !found || !strings.HasPrefix(target, "<") {
				continue
			}
			for _, param := range strings.Split(rest, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return target[1:]
				}
			}
		}
	}
	return ""
}

// signIn gets a token unless there is one that lasts.
func (c *Client) signIn(ctx context.Context) error {
	if c.token != "" && (c.expires.IsZero() || c.Now().Before(c.expires)) {
		return nil
	}
	at, err := address(c.TokenURL)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		form := url.Values{"grant_type": {"client_credentials"}}
		if c.Scope != "" {
			form.Set("scope", c.Scope)
		}
		if c.inBody {
			form.Set("client_id", c.ClientID)
			form.Set("client_secret", c.Secret)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), strings.NewReader(form.Encode()))
		if err != nil {
			return ErrAddress
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Accept", "application/json")
		req.Header.Set("User-Agent", "Ranzen")
		if !c.inBody {
			req.SetBasicAuth(url.QueryEscape(c.ClientID), url.QueryEscape(c.Secret))
		}
		resp, err := c.HTTP.Do(req)
		if err != nil {
			return quiet("sign in", err)
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
		resp.Body.Close()
		if err != nil {
			return quiet("sign in", err)
		}
		switch {
		case busy(resp.StatusCode):
			if err := c.nap(ctx, resp, try); err != nil {
				return err
			}
			continue
		case (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusBadRequest) && !c.inBody:
			c.inBody = true // some servers take the secret in the body alone
			continue
		case resp.StatusCode != http.StatusOK:
			return fmt.Errorf("%w (%d)", ErrRefused, resp.StatusCode)
		}
		return c.keep(body)
	}
}

// keep takes a token. A refresh token beside it is not needed: the client signs in again by itself.
func (c *Client) keep(body []byte) error {
	var t struct {
		Access string          `json:"access_token"`
		Type   string          `json:"token_type"`
		Lasts  json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &t); err != nil || t.Access == "" || t.Type != "" && !strings.EqualFold(t.Type, "bearer") {
		return ErrAnswer
	}
	c.token, c.expires = t.Access, time.Time{}
	if n, err := strconv.Atoi(strings.Trim(string(t.Lasts), `"`)); err == nil && n > 0 && n < 1<<24 {
		lasts := time.Duration(n) * time.Second
		c.expires = c.Now().Add(lasts - min(early, lasts/2))
	}
	return nil
}

// address checks an address before anything is sent to it.
func address(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Opaque != "" {
		return nil, ErrAddress
	}
	return u, nil
}

// quiet takes the address out of an error.
func quiet(what string, err error) error {
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err
	}
	return fmt.Errorf("schulconnex: %s: %w", what, err)
}
