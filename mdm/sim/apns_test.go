package sim_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
)

// pusher is a provider with a client certificate.
type pusher struct {
	t      *testing.T
	client *http.Client
	addr   string
	conns  int
}

func newPusher(t *testing.T, w *world, addr string, roots *x509.CertPool, uuid string) *pusher {
	t.Helper()
	certPEM, keyPEM, err := w.apple.PushCertificate(uuid, nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{cert}}}
	t.Cleanup(tr.CloseIdleConnections)
	return &pusher{t: t, client: &http.Client{Transport: tr}, addr: addr}
}

// push returns the status and the reason.
func (p *pusher) push(token []byte, topic, magic string, change func(http.Header)) (int, string) {
	p.t.Helper()
	return p.send(hex.EncodeToString(token), topic, []byte(fmt.Sprintf(`{"mdm":%q}`, magic)), change)
}

func (p *pusher) send(token, topic string, body []byte, change func(http.Header)) (int, string) {
	p.t.Helper()
	req, err := http.NewRequest("POST", "https://"+p.addr+"/3/device/"+token, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		if !i.Reused {
			p.conns++
		}
	}}))
	req.Header.Set("apns-topic", topic)
	req.Header.Set("apns-push-type", "mdm")
	req.Header.Set("apns-priority", "10")
	req.Header.Set("apns-expiration", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
	if change != nil {
		change(req.Header)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 {
		p.t.Errorf("protocol %s", resp.Proto)
	}
	if resp.Header.Get("apns-id") == "" {
		p.t.Error("no apns-id")
	}
	text, _ := io.ReadAll(resp.Body)
	var answer struct {
		Reason    string
		Timestamp int64
	}
	json.Unmarshal(text, &answer)
	if (resp.StatusCode == 410) != (answer.Timestamp > 0) {
		p.t.Errorf("%d with timestamp %d", resp.StatusCode, answer.Timestamp)
	}
	return resp.StatusCode, answer.Reason
}

func TestAPushWakesTheRightIPad(t *testing.T) {
	w := newWorld(t, sim.Calm())
	addr, roots, err := w.apple.StartAPNs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := w.enrolled(sim.Spec{})
	s := i.Snapshot()
	p := newPusher(t, w, addr, roots, topicUUID)

	from := w.server.mark()
	if status, reason := p.push(s.PushToken, topic, s.PushMagic, nil); status != 200 {
		t.Fatalf("push: %d %s", status, reason)
	}
	w.live(time.Minute)
	if heard := w.server.heard(from); len(heard) != 1 || heard[0] != "Idle" {
		t.Errorf("heard %v", heard)
	}
	from = w.server.mark()
	p.push(s.PushToken, topic, "wrong magic", nil)
	w.live(time.Minute)
	if w.server.mark() != from {
		t.Error("a push with another magic woke it")
	}

	i.Sleep()
	p.push(s.PushToken, topic, s.PushMagic, nil)
	p.push(s.PushToken, topic, s.PushMagic, nil)
	w.live(time.Hour)
	if w.server.mark() != from {
		t.Error("it talked in its sleep")
	}
	i.Wake()
	w.live(time.Minute)
	if heard := w.server.heard(from); len(heard) != 1 {
		t.Errorf("the stored push came %d times", len(heard))
	}
	i.Sleep()
	p.push(s.PushToken, topic, s.PushMagic, func(h http.Header) { h.Set("apns-expiration", "0") })
	w.live(time.Minute)
	from = w.server.mark()
	i.Wake()
	w.live(time.Minute)
	if w.server.mark() != from {
		t.Error("a push that may not be stored was delivered later")
	}

	set := func(k, v string) func(http.Header) { return func(h http.Header) { h.Set(k, v) } }
	for name, tc := range map[string]struct {
		token  []byte
		topic  string
		change func(http.Header)
		status int
		reason string
	}{
		"unknown token":    {make([]byte, 32), topic, nil, 400, "BadDeviceToken"},
		"short token":      {make([]byte, 3), topic, nil, 400, "BadDeviceToken"},
		"topic of another": {s.PushToken, topic + "0", nil, 400, "TopicDisallowed"},
		"no topic":         {s.PushToken, "", nil, 400, "MissingTopic"},
		"app topic":        {s.PushToken, "com.example.app", nil, 400, "BadTopic"},
		"push type":        {s.PushToken, topic, set("apns-push-type", "alert"), 400, "InvalidPushType"},
		"expiration":       {s.PushToken, topic, set("apns-expiration", "soon"), 400, "BadExpirationDate"},
		"priority":         {s.PushToken, topic, set("apns-priority", "3"), 400, "BadPriority"},
	} {
		if status, reason := p.push(tc.token, tc.topic, s.PushMagic, tc.change); status != tc.status || reason != tc.reason {
			t.Errorf("%s: %d %s, want %d %s", name, status, reason, tc.status, tc.reason)
		}
	}
	if status, reason := p.send(hex.EncodeToString(s.PushToken), topic, nil, nil); status != 400 || reason != "PayloadEmpty" {
		t.Errorf("empty: %d %s", status, reason)
	}
	if status, reason := p.send(hex.EncodeToString(s.PushToken), topic, bytes.Repeat([]byte("x"), 5000), nil); status != 413 || reason != "PayloadTooLarge" {
		t.Errorf("large: %d %s", status, reason)
	}
	other := newPusher(t, w, addr, roots, "OTHER")
	if status, reason := other.push(s.PushToken, "com.apple.mgmt.External.OTHER", s.PushMagic, nil); status != 400 || reason != "DeviceTokenNotForTopic" {
		t.Errorf("certificate of another authority: %d %s", status, reason)
	}
	w.order(i, map[string]any{"RequestType": "RemoveProfile", "Identifier": enrolmentID})
	if status, reason := p.push(s.PushToken, topic, s.PushMagic, nil); status != 410 || reason != "Unregistered" {
		t.Errorf("after unenrolment: %d %s", status, reason)
	}
}

func TestAPNsInBadWeather(t *testing.T) {
	w := newWorld(t, sim.Calm())
	addr, roots, err := w.apple.StartAPNs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := w.enrolled(sim.Spec{})
	s := i.Snapshot()
	p := newPusher(t, w, addr, roots, topicUUID)
	for name, tc := range map[string]struct {
		spoil  func(*sim.Weather)
		status int
		reason string
	}{
		"throttled":   {func(w *sim.Weather) { w.APNsThrottled = 1 }, 429, "TooManyRequests"},
		"unavailable": {func(w *sim.Weather) { w.APNsUnavailable = 1 }, 503, "ServiceUnavailable"},
		"lost":        {func(w *sim.Weather) { w.PushLost = 1 }, 200, ""},
	} {
		weather := sim.Calm()
		tc.spoil(&weather)
		w.apple.SetWeather(weather)
		from := w.server.mark()
		if status, reason := p.push(s.PushToken, topic, s.PushMagic, nil); status != tc.status || reason != tc.reason {
			t.Errorf("%s: %d %s", name, status, reason)
		}
		w.live(time.Minute)
		if w.server.mark() != from {
			t.Errorf("%s: the push arrived", name)
		}
	}
	weather := sim.Calm()
	weather.APNsGoAway = 1
	w.apple.SetWeather(weather)
	before := p.conns
	for range 3 {
		if status, _ := p.push(s.PushToken, topic, s.PushMagic, nil); status != 200 {
			t.Errorf("with GOAWAY: %d", status)
		}
	}
	if p.conns-before < 2 {
		t.Errorf("%d new connections after GOAWAY", p.conns-before)
	}
	weather = sim.Calm()
	weather.PushTokenChanges = 1
	w.apple.SetWeather(weather)
	if status, reason := p.push(s.PushToken, topic, s.PushMagic, nil); status != 410 || reason != "Unregistered" {
		t.Errorf("changed token: %d %s", status, reason)
	}
	w.apple.SetWeather(sim.Calm())
	from := w.server.mark()
	w.live(time.Minute)
	if heard := w.server.heard(from); len(heard) < 1 || heard[0] != "TokenUpdate" || bytes.Equal(i.Snapshot().PushToken, s.PushToken) {
		t.Errorf("no new token: %v", heard)
	}
	if status, _ := p.push(i.Snapshot().PushToken, topic, s.PushMagic, nil); status != 200 {
		t.Errorf("the new token: %d", status)
	}
}

func TestAPNsWantsACertificateOfItsOwn(t *testing.T) {
	w := newWorld(t, sim.Calm())
	addr, roots, err := w.apple.StartAPNs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, "tcp", addr, &tls.Config{RootCAs: roots, ServerName: "api.push.apple.com", NextProtos: []string{"h2"}})
	if err == nil {
		// TLS 1.3 tells a client without certificate only when it reads.
		if _, err = conn.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("without a certificate: %v", err)
		}
		conn.Close()
	}
	key, ca := testKeys()
	tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{ca.Raw}, PrivateKey: key}}}}
	t.Cleanup(tr.CloseIdleConnections)
	p := &pusher{t: t, client: &http.Client{Transport: tr}, addr: addr}
	if status, reason := p.push(make([]byte, 32), topic, "m", nil); status != 403 || reason != "BadCertificate" {
		t.Errorf("stranger: %d %s", status, reason)
	}
}
