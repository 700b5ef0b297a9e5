package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// pushToken is one address of an iPad at the push service. A token is never forgotten: a retired one answers 410.
type pushToken struct {
	Serial  string
	Topic   string
	Retired time.Time
	Stored  *storedPush // the last push that has not reached the iPad
}

// storedPush is the last push that has not reached its iPad.
type storedPush struct {
	Magic   string
	Expires time.Time // zero: tried once, not kept for an iPad that is away
}

// pushTopic is the prefix of every MDM topic.
const pushTopic = "com.apple.mgmt.External."

// PushCertificate issues an MDM push certificate for a year with the topic com.apple.mgmt.External.<topicUUID>. Without a CSR
// it makes the key too. Renewal is a second call with the same UUID.
func (a *Apple) PushCertificate(topicUUID string, csrPEM []byte) (certPEM, keyPEM []byte, err error) {
	topic := pushTopic + topicUUID
	var pub any
	if csrPEM == nil {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, nil, err
		}
		pub, keyPEM = key.Public(), pemBlock("PRIVATE KEY", der)
	} else {
		block, _ := pem.Decode(csrPEM)
		if block == nil {
			return nil, nil, errors.New("sim: the push certificate request is not PEM")
		}
		csr, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			return nil, nil, fmt.Errorf("sim: read the push certificate request: %w", err)
		}
		if err := csr.CheckSignature(); err != nil {
			return nil, nil, fmt.Errorf("sim: the push certificate request is not signed by its key: %w", err)
		}
		pub = csr.PublicKey
	}
	now := a.cfg.Now()
	cert, err := certify(&x509.Certificate{
		Subject: pkix.Name{
			CommonName: "APSP:" + topicUUID,
			Country:    []string{"US"},
			ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidUID, Value: topic}},
		},
		NotBefore:   now.Add(-time.Hour),
		NotAfter:    now.AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, pub, nil, a.pki.PushCA)
	if err != nil {
		return nil, nil, err
	}
	return pemBlock("CERTIFICATE", cert.Raw), keyPEM, nil
}

// StartAPNs opens the push service on loopback: HTTP/2 over TLS, a client certificate required. It ends with ctx. The address is
// "127.0.0.1:port"; its certificate also names api.push.apple.com, so a client may keep the real URL and dial elsewhere.
func (a *Apple) StartAPNs(ctx context.Context) (addr string, roots *x509.CertPool, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("sim: open the push service: %w", err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(a.servePush),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{{Certificate: [][]byte{a.pki.Gateway.cert.Raw}, PrivateKey: a.pki.Gateway.key}},
			ClientAuth:   tls.RequireAnyClientCert, // who it is decides the answer, not the handshake
			MinVersion:   tls.VersionTLS12,
			NextProtos:   []string{"h2"},
		},
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 1000},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0), // a client that hangs up is no news
	}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	go server.ServeTLS(listener, "", "")
	roots = x509.NewCertPool()
	roots.AddCert(a.pki.Root.cert)
	return listener.Addr().String(), roots, nil
}

// Apple: "Handling notification responses from APNs".
func (a *Apple) servePush(w http.ResponseWriter, r *http.Request) {
	id := r.Header.Get("apns-id")
	if id == "" {
		id = a.dice.uuid()
	}
	w.Header().Set("apns-id", id)
	fail := func(status int, reason string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(map[string]string{"reason": reason})
	}
	weather := a.Weather()
	if a.dice.happens(weather.APNsGoAway) {
		w.Header().Set("Connection", "close") // over HTTP/2 this is a GOAWAY after the answer
	}
	hexToken, isDevice := strings.CutPrefix(r.URL.Path, "/3/device/")
	switch {
	case r.ProtoMajor != 2:
		fail(http.StatusHTTPVersionNotSupported, "BadPath")
		return
	case !isDevice:
		fail(http.StatusNotFound, "BadPath")
		return
	case r.Method != http.MethodPost:
		fail(http.StatusMethodNotAllowed, "MethodNotAllowed")
		return
	}
	own, problem := a.topicOf(r.TLS.PeerCertificates)
	if problem != "" {
		fail(http.StatusForbidden, problem)
		return
	}
	if status, problem := checkPushHeaders(r.Header, own); problem != "" {
		fail(status, problem)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 5<<10))
	switch {
	case err != nil:
		fail(http.StatusInternalServerError, "InternalServerError")
		return
	case len(body) == 0:
		fail(http.StatusBadRequest, "PayloadEmpty")
		return
	case len(body) > 4096:
		fail(http.StatusRequestEntityTooLarge, "PayloadTooLarge")
		return
	}
	if a.dice.happens(weather.APNsUnavailable) {
		fail(http.StatusServiceUnavailable, "ServiceUnavailable")
		return
	}
	var payload map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	magic := ""
	if decoder.Decode(&payload) == nil && len(payload) == 1 {
		magic, _ = payload["mdm"].(string)
	}
	expires, _ := strconv.ParseInt(r.Header.Get("apns-expiration"), 10, 64)
	status, reason, retired := a.push(hexToken, own, magic, expires)
	if reason != "" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		answer := map[string]any{"reason": reason}
		if !retired.IsZero() {
			answer["timestamp"] = retired.UnixMilli()
		}
		json.NewEncoder(w).Encode(answer)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// topicOf accepts a certificate of the push CA that is in date, and reads its topic.
func (a *Apple) topicOf(chain []*x509.Certificate) (topic, problem string) {
	if len(chain) == 0 {
		return "", "MissingProviderToken"
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.pki.PushCA.cert)
	if _, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, CurrentTime: a.cfg.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		return "", "BadCertificate"
	}
	for _, n := range chain[0].Subject.Names {
		if n.Type.Equal(oidUID) {
			topic, _ = n.Value.(string)
		}
	}
	if topic == "" {
		return "", "BadCertificate"
	}
	return topic, ""
}

func checkPushHeaders(h http.Header, own string) (status int, reason string) {
	switch topic := h.Get("apns-topic"); {
	case topic == "":
		return http.StatusBadRequest, "MissingTopic"
	case !strings.HasPrefix(topic, pushTopic):
		return http.StatusBadRequest, "BadTopic"
	case topic != own:
		return http.StatusBadRequest, "TopicDisallowed"
	}
	if h.Get("apns-push-type") != "mdm" {
		return http.StatusBadRequest, "InvalidPushType"
	}
	if v := h.Get("apns-expiration"); v != "" {
		if n, err := strconv.ParseInt(v, 10, 64); err != nil || n < 0 {
			return http.StatusBadRequest, "BadExpirationDate"
		}
	}
	switch h.Get("apns-priority") {
	case "", "1", "5", "10":
	default:
		return http.StatusBadRequest, "BadPriority"
	}
	return 0, ""
}

// push stores a push for the iPad behind the token and wakes it.
func (a *Apple) push(hexToken, topic, magic string, expires int64) (status int, reason string, retired time.Time) {
	raw, err := hex.DecodeString(hexToken)
	if err != nil || len(raw) != 32 {
		return http.StatusBadRequest, "BadDeviceToken", retired
	}
	a.mu.Lock()
	token := a.tokens[hex.EncodeToString(raw)]
	switch {
	case token == nil:
		a.mu.Unlock()
		return http.StatusBadRequest, "BadDeviceToken", retired
	case token.Topic != topic:
		a.mu.Unlock()
		return http.StatusBadRequest, "DeviceTokenNotForTopic", retired
	case !token.Retired.IsZero():
		retired = token.Retired
		a.mu.Unlock()
		return http.StatusGone, "Unregistered", retired
	}
	weather, fleet, serial := a.weather, a.fleet, token.Serial
	if a.dice.happens(weather.APNsThrottled) {
		a.mu.Unlock()
		return http.StatusTooManyRequests, "TooManyRequests", retired
	}
	if fleet != nil && a.dice.happens(weather.PushTokenChanges) {
		token.retire(a.cfg.Now())
		retired = token.Retired
		a.mu.Unlock()
		fleet.changeToken(serial)
		return http.StatusGone, "Unregistered", retired
	}
	lost := a.dice.happens(weather.PushLost)
	if !lost {
		token.Stored = &storedPush{Magic: magic}
		if expires > 0 {
			token.Stored.Expires = time.Unix(expires, 0)
		}
	}
	a.mu.Unlock()
	if fleet != nil && !lost {
		fleet.pushed(serial, a.dice.upTo(weather.PushDelay+weather.Delay))
	}
	return http.StatusOK, "", retired
}

// registerToken gives an iPad an address at the push service, and retires its former one.
func (a *Apple) registerToken(token, former []byte, serial, topic string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if old := a.tokens[hex.EncodeToString(former)]; old != nil && !bytes.Equal(token, former) {
		old.retire(a.cfg.Now())
	}
	a.tokens[hex.EncodeToString(token)] = &pushToken{Serial: serial, Topic: topic}
}

func (a *Apple) retireToken(token []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.tokens[hex.EncodeToString(token)]; t != nil {
		t.retire(a.cfg.Now())
	}
}

func (t *pushToken) retire(now time.Time) {
	if t.Retired.IsZero() {
		t.Retired = now
	}
	t.Stored = nil
}

// collect hands an iPad that is online the push that waits for it.
func (a *Apple) collect(token []byte) (magic string, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.tokens[hex.EncodeToString(token)]
	if t == nil || t.Stored == nil || !t.Retired.IsZero() {
		return "", false
	}
	push := t.Stored
	t.Stored = nil
	if !push.Expires.IsZero() && a.cfg.Now().After(push.Expires) {
		return "", false
	}
	return push.Magic, true
}

// dropUnstorable forgets a push that found its iPad away and may not be kept.
func (a *Apple) dropUnstorable(token []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if t := a.tokens[hex.EncodeToString(token)]; t != nil && t.Stored != nil && t.Stored.Expires.IsZero() {
		t.Stored = nil
	}
}
