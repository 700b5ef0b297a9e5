package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// writesLast is how long a write may go on after its caller has left.
const writesLast = 2 * time.Minute

// call is one request under way.
type call struct {
	ctx   context.Context
	by    school.Actor
	lang  web.Lang
	now   time.Time
	vars  map[string]string
	query url.Values
	kind  string // content type of the body
	body  []byte
}

func (c *call) id() string { return c.vars["id"] }

// answer is what a call has to say.
type answer struct {
	status   int // 0: 200
	location string
	next     string // where the next page begins
	body     any    // nil: nothing
	file     *file  // instead of body
}

// file is an answer to be kept.
type file struct {
	Kind, Name string
	body       []byte
	stream     func(io.Writer) error // instead of body, of GET alone: it is written as it is read
}

// reply is an answer ready to be sent. What is exported is kept for an Idempotency-Key.
type reply struct {
	Status   int
	Location string `json:",omitempty"`
	File     *file  `json:",omitempty"` // what the body is, if it is to be kept
	Body     []byte

	link      string
	allow     []string
	retry     time.Duration
	challenge string
	again     bool
}

func (p reply) write(w http.ResponseWriter, l web.Lang) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Language", l.String())
	h.Set("Vary", "Authorization, Accept-Language")
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("Location", p.Location)
	set("Link", p.link)
	set("Allow", strings.Join(p.allow, ", "))
	set("WWW-Authenticate", p.challenge)
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(p.retry/time.Second)))
	}
	if p.again {
		h.Set("Idempotency-Replayed", "true")
	}
	switch {
	case p.File != nil:
		h.Set("Content-Type", p.File.Kind)
		h.Set("Content-Disposition", `attachment; filename="`+p.File.Name+`"`)
	case len(p.Body) == 0:
	case p.Status >= http.StatusBadRequest:
		h.Set("Content-Type", "application/problem+json")
	default:
		h.Set("Content-Type", typeJSON)
	}
	if len(p.Body) > 0 {
		h.Set("Content-Length", strconv.Itoa(len(p.Body)))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(p.Body) // who has left is not told
}

// send writes a reply, or the stream that it announces. What fails before the first byte is told; where a stream breaks off
// the caller sees that it did, never something small.
func (a *API) send(w http.ResponseWriter, r *http.Request, p reply, l web.Lang, reference string) {
	if p.File == nil || p.File.stream == nil {
		p.write(w, l)
		return
	}
	out := &opening{w: w, begin: func() { p.write(w, l) }}
	if err := p.File.stream(out); err != nil {
		if out.begun {
			panic(http.ErrAbortHandler)
		}
		a.told(r, l, reference, err).write(w, l)
	}
}

// opening sends the head of an answer with its first byte.
type opening struct {
	w     http.ResponseWriter
	begin func()
	begun bool
}

func (o *opening) Write(b []byte) (int, error) {
	if !o.begun {
		o.begun = true
		o.begin()
	}
	return o.w.Write(b)
}

// newReference names a request for support: ten letters and digits that can be read out over the telephone.
func newReference() string {
	s := rand.Text()
	return s[:5] + "-" + s[5:10]
}

// handle is the one way from a request to a call and back.
func (a *API) handle(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l, reference := web.LangOf(r), newReference()
		if rt.heavy || rt.limit > jsonBody {
			leave, ok := a.heavy.Enter(r.Context())
			if !ok {
				a.told(r, l, reference, &refusal{status: http.StatusServiceUnavailable, code: "busy", retry: web.GateRetry}).write(w, l)
				return
			}
			defer leave()
		}
		c, err := a.open(rt, w, r)
		if err != nil {
			a.told(r, l, reference, err).write(w, l)
			return
		}
		c.lang = l
		if rt.method == http.MethodGet {
			a.send(w, r, a.run(rt, c, r, reference), l, reference)
			return
		}
		// From here on the caller may leave: what was begun is finished, and with a key its answer is kept.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), writesLast)
		defer cancel()
		c.ctx = ctx
		a.once(rt, c, r, reference).write(w, l)
	})
}

// open checks all that can be checked before the call: who it is, what it may, and that its form is right.
func (a *API) open(rt route, w http.ResponseWriter, r *http.Request) (*call, error) {
	by, err := a.keep.enter(r)
	if err != nil {
		return nil, err
	}
	c := &call{ctx: r.Context(), by: by, now: a.st.Now(), vars: mux.Vars(r)}
	if err := rt.allows(by); err != nil {
		return nil, err
	}
	if rt.mdm {
		authority, err := a.st.Authority(c.ctx, by)
		if err == nil && !authority.Has(school.Management) {
			err = school.Missing("call")
		}
		if err != nil {
			return nil, err
		}
	}
	if c.query, err = rt.parameters(r); err != nil {
		return nil, err
	}
	if rt.method == http.MethodGet {
		return c, nil
	}
	return c, rt.read(c, w, r)
}

// allows asks for the verbs of the route, as far as they can be asked without knowing the thing.
func (rt route) allows(by school.Actor) error {
	if rt.name == "me" {
		return nil
	}
	if rt.above {
		if !by.Installs() {
			return school.Missing("call")
		}
		return nil
	}
	if !rt.own && !by.CanSomewhere(school.View, by.Tenant) {
		return school.Deny(school.View)
	}
	if len(rt.verbs) == 0 {
		return nil
	}
	for _, v := range rt.verbs {
		if by.Can(v, school.Where{Authority: by.Tenant}) || !rt.whole && by.CanSomewhere(v, by.Tenant) {
			return nil
		}
	}
	return school.Deny(rt.verbs[0])
}

// parameters refuses a query parameter the call does not know, or that stands there twice.
func (rt route) parameters(r *http.Request) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, code: "query_unreadable", err: err}
	}
	for name, values := range q {
		if !slices.Contains(rt.params, name) {
			return nil, school.Refuse(name, "unknown_parameter", name)
		}
		if len(values) > 1 {
			return nil, school.Refuse(name, "field_twice", name)
		}
	}
	return q, nil
}

// read takes the body of a write.
func (rt route) read(c *call, w http.ResponseWriter, r *http.Request) error {
	limit := max(rt.limit, jsonBody)
	if rt.takes != nil {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || !slices.Contains(rt.takes, kind) {
			return &refusal{status: http.StatusUnsupportedMediaType, code: "content_type", args: []any{strings.Join(rt.takes, ", ")}, err: err}
		}
		if c.kind = kind; kind == typeJSON {
			limit = jsonBody
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "body_too_large", args: []any{limit >> 20}}
	}
	if err != nil {
		return &refusal{status: http.StatusBadRequest, code: "body_unreadable", err: err}
	}
	c.body = body
	return nil
}

// run does what the call says.
func (a *API) run(rt route, c *call, r *http.Request, reference string) (out reply) {
	defer func() {
		if v := recover(); v != nil {
			out = a.told(r, c.lang, reference, caught(v))
		}
	}()
	got, err := rt.act(a, c)
	if err != nil {
		return a.told(r, c.lang, reference, err)
	}
	out = reply{Status: got.status, Location: got.location}
	if out.Status == 0 {
		out.Status = http.StatusOK
	}
	if got.file != nil {
		out.File, out.Body = got.file, got.file.body
	}
	if got.body != nil {
		out.Body = encode(got.body)
	}
	if got.next != "" {
		q := c.query
		q.Set("after", got.next)
		out.link = fmt.Sprintf(`<%s?%s>; rel="next"`, r.URL.EscapedPath(), q.Encode())
	}
	return out
}

// once is run under the caller's Idempotency-Key, if it gave one.
func (a *API) once(rt route, c *call, r *http.Request, reference string) reply {
	keys := r.Header.Values("Idempotency-Key")
	if len(keys) == 0 || rt.above { // what the installation does is the same done twice
		return a.run(rt, c, r, reference)
	}
	key := keys[0]
	if len(keys) > 1 {
		key = ""
	}
	kept, known, err := a.st.BeginOnce(c.ctx, c.by, key, requestDigest(r, c))
	var out reply
	if err == nil && known {
		err = json.Unmarshal(kept.Body, &out)
		out.again = true
	}
	switch {
	case err != nil:
		return a.told(r, c.lang, reference, err)
	case known:
		return out
	}
	var drop func()
	c.ctx, drop = a.st.HoldLast(c.ctx)
	defer drop()
	out = a.run(rt, c, r, reference)
	keep := context.WithoutCancel(c.ctx) // also when the write took all its time
	if out.Status < http.StatusInternalServerError {
		err = a.st.FinishOnce(keep, c.by, key, store.Answer{Status: out.Status, Body: encode(out)})
		if err == nil {
			return out
		}
		out = a.told(r, c.lang, reference, err) // act and answer are kept together or not at all
	}
	if err := a.st.ForgetOnce(keep, c.by, key); err != nil {
		a.log.Error("the key of a call was not given back", "reference", reference, "route", routeOf(r), "error", err)
	}
	return out
}

// requestDigest tells requests apart under one key. Each part stands with its length, so that no two read the same.
func requestDigest(r *http.Request, c *call) string {
	h := sha256.New()
	for _, part := range []string{r.Method, r.URL.EscapedPath(), c.query.Encode(), c.kind, string(c.body)} {
		fmt.Fprintf(h, "%d:%s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
