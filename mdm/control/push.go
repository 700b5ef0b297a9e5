package control

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"ranzen/store"
	"ranzen/store/school"
)

// Pushes. One HTTP/2 connection per topic carries all pushes of an authority, at most atOnce in flight. nanomdm's own
// provider starts a goroutine per push and dies on GOAWAY; this one does neither.
const (
	PushHost   = "api.push.apple.com" // through which iPads are woken
	appleURL   = "https://" + PushHost
	atOnce     = 200
	keepFor    = 7 * 24 * time.Hour // how long Apple keeps a push for a device that is offline
	staleAfter = time.Minute        // how long a certificate is used before it is looked whether it was replaced
)

type provider struct {
	st    *store.Store
	to    PushTo
	count pushCounter

	mu    sync.Mutex
	conns map[school.AuthorityID]*pushConn
}

type pushConn struct {
	topic, version string
	client         *http.Client
	checked        time.Time
	// pause is until when Apple does not want to hear of this topic (429, 503).
	pause time.Time
}

func newProvider(st *store.Store, to PushTo) *provider {
	if to.URL == "" {
		to.URL = appleURL
	}
	return &provider{st: st, to: to, conns: map[school.AuthorityID]*pushConn{}}
}

// ErrNoPushCertificate says that an authority has no usable push certificate for a topic.
var ErrNoPushCertificate = errors.New("no push certificate")

// connTo returns the connection of a topic; a replaced certificate gets a new one.
func (p *provider) connTo(ctx context.Context, a school.AuthorityID, topic string) (*pushConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.st.Now()
	nano := p.st.Nano(a)
	c := p.conns[a]
	if c != nil && c.topic == topic && now.Sub(c.checked) >= staleAfter {
		stale, err := nano.IsPushCertStale(ctx, topic, c.version)
		if err != nil {
			return nil, err
		}
		c.checked = now
		if stale {
			c.client.CloseIdleConnections()
			c = nil
		}
	}
	if c != nil && c.topic == topic {
		return c, nil
	}
	cert, version, err := nano.RetrievePushCert(ctx, topic)
	if err != nil {
		if school.KindOf(err) == school.NotFound {
			err = ErrNoPushCertificate
		}
		return nil, err
	}
	t := &http.Transport{
		TLSClientConfig: &tls.Config{Certificates: []tls.Certificate{*cert}, RootCAs: p.to.Roots, MinVersion: tls.VersionTLS12},
		Protocols:       new(http.Protocols),
		HTTP2:           &http.HTTP2Config{StrictMaxConcurrentRequests: true, SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
		IdleConnTimeout: time.Hour, // Apple takes frequent reconnects for abuse
	}
	t.Protocols.SetHTTP2(true)
	c = &pushConn{topic: topic, version: version, client: &http.Client{Transport: t, Timeout: 30 * time.Second}, checked: now}
	p.conns[a] = c
	return c, nil
}

// said is what Apple answered to one push.
type said struct {
	status int
	reason string
	after  time.Duration
}

// send sends one push and reads the answer. The body is exactly the magic; nothing else travels.
func (p *provider) send(ctx context.Context, c *pushConn, t store.PushTarget) (said, error) {
	body, err := json.Marshal(map[string]string{"mdm": t.Magic})
	if err != nil {
		return said{}, fmt.Errorf("encode push: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to.URL+"/3/device/"+hex.EncodeToString(t.Token), bytes.NewReader(body))
	if err != nil {
		return said{}, fmt.Errorf("push: %w", err)
	}
	r.Header.Set("apns-topic", t.Topic)
	r.Header.Set("apns-push-type", "mdm")
	r.Header.Set("apns-priority", "10")
	r.Header.Set("apns-expiration", strconv.FormatInt(p.st.Now().Add(keepFor).Unix(), 10))
	res, err := c.client.Do(r)
	if err != nil {
		// A GOAWAY or a broken connection: the request is tried again by the sweep. The token stands in the URL, so
		// only the cause is kept.
		return said{}, fmt.Errorf("push: %w", errors.Unwrap(err))
	}
	defer res.Body.Close()
	out := said{status: res.StatusCode}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s > 0 {
		out.after = time.Duration(s) * time.Second
	}
	if res.StatusCode != http.StatusOK {
		var why struct {
			Reason string `json:"reason"`
		}
		b, _ := io.ReadAll(io.LimitReader(res.Body, 4<<10))
		if json.Unmarshal(b, &why) == nil {
			out.reason = why.Reason
		}
	}
	return out, nil
}

// PushDue sends the pushes that are due, up to limit, and keeps what Apple said. It returns how many it dealt with: sent, or put
// off because their school wants calm. Reactions
// follow Apple's table: 410 and a bad token break the contact until the next TokenUpdate, 429 and 5xx slow down, a
// refused certificate is an alarm for a person.
//
// Apple: Sending MDM commands to a device; Handling notification responses from APNs.
func (x *Control) PushDue(ctx context.Context, limit int) (int, error) {
	due, err := x.st.PushesDue(ctx, limit)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	results := make([]store.PushResult, len(due))
	waits := x.pacer.slots(due, x.st.Now())
	alarms := map[school.AuthorityID]string{}
	through := map[school.AuthorityID]bool{} // true: something got through; absent: nothing was tried
	var mu sync.Mutex
	alarm := func(a school.AuthorityID, kind string) {
		mu.Lock()
		alarms[a] = kind
		mu.Unlock()
	}
	tried := func(a school.AuthorityID, got bool) {
		mu.Lock()
		through[a] = through[a] || got
		mu.Unlock()
	}
	var g errgroup.Group
	g.SetLimit(atOnce)
	for i, t := range due {
		if waits[i] > 0 {
			results[i] = store.PushResult{Enrollment: t.Enrollment, Token: t.Token, Again: waits[i], Held: true}
			continue
		}
		g.Go(func() error {
			results[i] = x.pushOne(ctx, t, alarm, tried)
			return nil
		})
	}
	g.Wait()
	if err := x.st.Pushed(context.WithoutCancel(ctx), results); err != nil {
		return 0, err
	}
	for a, kind := range alarms {
		if _, err := x.st.RaiseAlarm(ctx, store.Alarm{Authority: a, Kind: kind, Urgency: store.Today}); err != nil {
			return len(due), err
		}
		x.reach.alarmed(a)
	}
	for a, got := range through {
		if err := x.sawPushes(ctx, a, got); err != nil {
			return len(due), err
		}
	}
	return len(due), nil
}

func (x *Control) pushOne(ctx context.Context, t store.PushTarget, alarm func(school.AuthorityID, string), tried func(school.AuthorityID, bool)) store.PushResult {
	r := store.PushResult{Enrollment: t.Enrollment, Token: t.Token, Again: x.wait(t.Tries)}
	c, err := x.push.connTo(ctx, t.Authority, t.Topic)
	if err != nil {
		x.push.count.unsent.Add(1)
		if errors.Is(err, ErrNoPushCertificate) {
			alarm(t.Authority, store.AlarmPushMissing)
		}
		x.log.Warn("push not sent", "enrollment", t.Enrollment, "why", err.Error())
		return r
	}
	x.push.mu.Lock()
	pause := c.pause
	x.push.mu.Unlock()
	if wait := pause.Sub(x.st.Now()); wait > 0 {
		r.Again, r.Held = wait, true
		return r
	}
	s, err := x.push.send(ctx, c, t)
	if ctx.Err() == nil && s.status != http.StatusForbidden { // a refused certificate has an alarm of its own
		tried(t.Authority, err == nil && s.status < 500)
	}
	if err != nil {
		x.push.count.unsent.Add(1)
		x.log.Info("push not delivered to Apple", "enrollment", t.Enrollment, "why", err.Error())
		r.Again, r.Held = min(x.again[0], 10*time.Second), true
		return r
	}
	if s.status == http.StatusOK {
		x.push.count.accepted.Add(1)
		r.Accepted = true
		return r
	}
	x.push.count.refused.Add(1)
	switch {
	case s.status == http.StatusGone:
		r.Broken = "unregistered"
	case s.reason == "BadDeviceToken":
		r.Broken = "bad_token"
	case s.reason == "DeviceTokenNotForTopic" || s.reason == "BadTopic" || s.reason == "TopicDisallowed":
		r.Broken = "wrong_topic"
		alarm(t.Authority, "push_wrong_topic")
	case s.status == http.StatusForbidden:
		alarm(t.Authority, store.AlarmPushRefused)
	case s.status == http.StatusTooManyRequests || s.status >= 500:
		wait := max(s.after, 5*time.Second)
		if s.status >= 500 || s.after > 0 {
			x.push.mu.Lock()
			c.pause = x.st.Now().Add(min(wait, time.Minute))
			x.push.mu.Unlock()
		}
		r.Again, r.Held = wait, true
	}
	x.log.Info("push answered", "enrollment", t.Enrollment, "status", s.status, "reason", s.reason)
	return r
}
