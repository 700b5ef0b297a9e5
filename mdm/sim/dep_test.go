package sim_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"

	"ranzen/mdm/sim"
)

// depClient is a client of the enrolment service with no patience: it shows every answer as it came.
type depClient struct {
	t       *testing.T
	apple   *sim.Apple
	token   map[string]string
	session string
	now     func() time.Time
	nonce   int
}

func newDEPClient(t *testing.T, apple *sim.Apple, s *sim.Server, now func() time.Time) *depClient {
	t.Helper()
	return &depClient{t: t, apple: apple, token: openToken(t, s), now: now}
}

func openToken(t *testing.T, s *sim.Server) map[string]string {
	t.Helper()
	key, _ := testKeys()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: "token"}, NotBefore: time.Now(), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	p7m, err := s.Token(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	outer, err := mail.ReadMessage(bytes.NewReader(p7m))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, outer.Body))
	if err != nil {
		t.Fatal(err)
	}
	p7, err := pkcs7.Parse(sealed)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := p7.Decrypt(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := mail.ReadMessage(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(inner.Body)
	_, after, ok := strings.Cut(string(text), "-----BEGIN MESSAGE-----")
	body, _, ok2 := strings.Cut(after, "-----END MESSAGE-----")
	if !ok || !ok2 {
		t.Fatalf("no message in %q", text)
	}
	token := make(map[string]string)
	if err := json.Unmarshal([]byte(body), &token); err != nil {
		t.Fatal(err)
	}
	return token
}

// authorization signs GET /session; change may spoil it before and after signing.
func (c *depClient) authorization(before func(url.Values), after func(url.Values)) string {
	c.nonce++
	v := url.Values{
		"oauth_consumer_key": {c.token["consumer_key"]}, "oauth_token": {c.token["access_token"]}, "oauth_signature_method": {"HMAC-SHA1"},
		"oauth_timestamp": {fmt.Sprint(c.now().Unix())}, "oauth_nonce": {fmt.Sprintf("n%d", c.nonce)}, "oauth_version": {"1.0"},
	}
	if before != nil {
		before(v)
	}
	esc := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	var pairs []string
	for k := range v {
		pairs = append(pairs, esc(k)+"="+esc(v.Get(k)))
	}
	slices.Sort(pairs)
	base := "GET&" + esc("https://mdmenrollment.apple.com/session") + "&" + esc(strings.Join(pairs, "&"))
	mac := hmac.New(sha1.New, []byte(esc(c.token["consumer_secret"])+"&"+esc(c.token["access_secret"])))
	mac.Write([]byte(base))
	v.Set("oauth_signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	if after != nil {
		after(v)
	}
	parts := []string{`realm="ADM"`}
	for k := range v {
		parts = append(parts, fmt.Sprintf(`%s="%s"`, k, esc(v.Get(k))))
	}
	return "OAuth " + strings.Join(parts, ", ")
}

func (c *depClient) send(method, path, authorization string, body any) (int, string, http.Header) {
	c.t.Helper()
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(mustJSON(body))
	}
	req, err := http.NewRequest(method, "https://mdmenrollment.apple.com"+path, r)
	if err != nil {
		c.t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	} else {
		req.Header.Set("X-ADM-Auth-Session", c.session)
		req.Header.Set("X-Server-Protocol-Version", "10")
	}
	resp, err := c.apple.RoundTrip(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), resp.Header
}

func (c *depClient) signIn() {
	c.t.Helper()
	status, text, _ := c.send("GET", "/session", c.authorization(nil, nil), nil)
	var answer map[string]string
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 {
		c.t.Fatalf("session: %d %s", status, text)
	}
	c.session = answer["auth_session_token"]
}

// call expects success and decodes the answer.
func (c *depClient) call(method, path string, body any) map[string]any {
	c.t.Helper()
	status, text, _ := c.send(method, path, "", body)
	if status != 200 {
		c.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	out := make(map[string]any)
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
	return out
}

func (c *depClient) refused(method, path string, body any, status int, word string) {
	c.t.Helper()
	got, text, _ := c.send(method, path, "", body)
	if got != status || !strings.Contains(text, word) {
		c.t.Errorf("%s %s %v: %d %q, want %d %q", method, path, body, got, text, status, word)
	}
}

func (c *depClient) define(profile map[string]any) string {
	c.t.Helper()
	return c.call("POST", "/profile", profile)["profile_uuid"].(string)
}

func specs(n int) []sim.Spec {
	out := make([]sim.Spec, n)
	for i := range out {
		out[i] = sim.Spec{Serial: fmt.Sprintf("F9FXK2%06d", i), AssetNumber: fmt.Sprintf("MS-26-%06d", i)}
	}
	return out
}

type calendar struct{ at time.Time }

func (c *calendar) now() time.Time { return c.at }

func newDEP(t *testing.T, weather sim.Weather, devices int) (*sim.Apple, *sim.Server, *depClient, *calendar) {
	t.Helper()
	cal := &calendar{at: time.Now()}
	apple, err := sim.NewApple(sim.Config{Weather: &weather, Now: cal.now})
	if err != nil {
		t.Fatal(err)
	}
	s := apple.AddServer("Ranzen", "Musterstadt")
	s.Deliver(specs(devices)...)
	c := newDEPClient(t, apple, s, cal.now)
	c.signIn()
	return apple, s, c, cal
}

func TestASessionNeedsARightSignatureOnce(t *testing.T) {
	_, s, c, cal := newDEP(t, sim.Calm(), 0)
	set := func(key, value string) func(url.Values) { return func(v url.Values) { v.Set(key, value) } }
	for name, tc := range map[string]struct {
		before, after func(url.Values)
		status        int
		word          string
	}{
		"signature of another secret": {nil, set("oauth_signature", "AAAA"), 401, "signature_invalid"},
		"changed after signing":       {nil, set("oauth_timestamp", fmt.Sprint(cal.at.Unix()+1)), 401, "signature_invalid"},
		"unknown consumer":            {set("oauth_consumer_key", "CK_x"), nil, 401, "consumer_key_unknown"},
		"unknown token":               {set("oauth_token", "AT_x"), nil, 401, "token_rejected"},
		"clock an hour slow":          {set("oauth_timestamp", fmt.Sprint(cal.at.Unix()-3600)), nil, 401, "timestamp_refused"},
		"no number as time":           {set("oauth_timestamp", "now"), nil, 401, "timestamp_refused"},
		"nonce of the session before": {set("oauth_nonce", "n1"), nil, 401, "nonce_used"},
		"other method":                {set("oauth_signature_method", "PLAINTEXT"), nil, 400, "signature_method_rejected"},
		"other version":               {set("oauth_version", "2.0"), nil, 400, "version_rejected"},
		"no nonce":                    {set("oauth_nonce", ""), nil, 400, "parameter_absent"},
	} {
		status, text, _ := c.send("GET", "/session", c.authorization(tc.before, tc.after), nil)
		if status != tc.status || text != tc.word {
			t.Errorf("%s: %d %q, want %d %q", name, status, text, tc.status, tc.word)
		}
	}
	if status, text, _ := c.send("GET", "/session", "Bearer x", nil); status != 400 {
		t.Errorf("Bearer: %d %s", status, text)
	}
	cal.at = cal.at.AddDate(1, 0, 1)
	if status, text, _ := c.send("GET", "/session", c.authorization(nil, nil), nil); status != 401 || text != "token_expired" {
		t.Errorf("after a year: %d %s", status, text)
	}
	s.RevokeToken()
	if status, _, _ := c.send("GET", "/session", c.authorization(nil, nil), nil); status != 401 {
		t.Errorf("after revocation: %d", status)
	}
}

func TestASessionEnds(t *testing.T) {
	_, s, c, cal := newDEP(t, sim.Calm(), 1)
	account := c.call("GET", "/account", nil)
	if account["server_uuid"] != s.UUID() || account["org_name"] != "Musterstadt" || account["org_type"] != "edu" {
		t.Errorf("account %v", account)
	}
	cal.at = cal.at.Add(time.Hour)
	if status, text, _ := c.send("GET", "/account", "", nil); !(status == 403 && text == "FORBIDDEN" || status == 401) {
		t.Errorf("after an hour: %d %s", status, text)
	}
	c.signIn()
	s.SetTermsSigned(false)
	c.refused("GET", "/account", nil, 403, "T_C_NOT_SIGNED")
	if status, text, _ := c.send("GET", "/session", c.authorization(nil, nil), nil); status != 403 || text != "T_C_NOT_SIGNED" {
		t.Errorf("new session: %d %s", status, text)
	}
	s.SetTermsSigned(true)
	c.call("GET", "/account", nil)
}

// fetchAll follows the cursor to the end and returns all serials it saw, repeated ones too.
func (c *depClient) fetchAll(limit int) (serials []string, cursor string) {
	c.t.Helper()
	body := map[string]any{"limit": limit}
	for range 1000 {
		page := c.call("POST", "/server/devices", body)
		devices := page["devices"].([]any)
		if len(devices) > limit {
			c.t.Errorf("a page of %d with limit %d", len(devices), limit)
		}
		for _, d := range devices {
			serials = append(serials, d.(map[string]any)["serial_number"].(string))
		}
		cursor = page["cursor"].(string)
		body["cursor"] = cursor
		if page["more_to_follow"] == false {
			return serials, cursor
		}
	}
	c.t.Fatal("the fetch does not end")
	return nil, ""
}

func TestDevicesArePagedAndSynced(t *testing.T) {
	_, s, c, cal := newDEP(t, sim.Calm(), 250)
	serials, cursor := c.fetchAll(100)
	if len(serials) != 250 || serials[0] != "F9FXK2000000" || serials[249] != "F9FXK2000249" {
		t.Fatalf("%d serials", len(serials))
	}
	c.refused("POST", "/server/devices", map[string]any{"cursor": cursor}, 400, "EXHAUSTED_CURSOR")
	c.refused("POST", "/server/devices", map[string]any{"cursor": "nonsense"}, 400, "INVALID_CURSOR")
	c.refused("POST", "/devices/sync", map[string]any{}, 400, "CURSOR_REQUIRED")

	s.Deliver(sim.Spec{Serial: "NEW000000001"})
	s.Remove("F9FXK2000003")
	s.SetMigrationDeadline("F9FXK2000004", cal.at.Add(time.Hour))
	page := c.call("POST", "/devices/sync", map[string]any{"cursor": cursor})
	var got []string
	for _, d := range page["devices"].([]any) {
		m := d.(map[string]any)
		got = append(got, fmt.Sprint(m["op_type"], " ", m["serial_number"]))
		if _, err := time.Parse(time.RFC3339, m["op_date"].(string)); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"added NEW000000001", "deleted F9FXK2000003", "modified F9FXK2000004"}; !slices.Equal(got, want) {
		t.Errorf("sync %v, want %v", got, want)
	}
	next := c.call("POST", "/devices/sync", map[string]any{"cursor": page["cursor"]})
	if len(next["devices"].([]any)) != 0 {
		t.Errorf("nothing is new, but %v", next)
	}
	cal.at = cal.at.Add(8 * 24 * time.Hour)
	c.signIn()
	c.refused("POST", "/devices/sync", map[string]any{"cursor": page["cursor"]}, 400, "EXPIRED_CURSOR")
}

func TestPagesOverlapInBadWeatherButMissNothing(t *testing.T) {
	w := sim.Calm()
	w.DEPOverlap = 1
	_, s, c, _ := newDEP(t, w, 120)
	for _, limit := range []int{1, 2, 7, 100} {
		serials, cursor := c.fetchAll(limit)
		unique := slices.Compact(slices.Sorted(slices.Values(serials)))
		if len(unique) != 120 {
			t.Errorf("limit %d: %d of 120", limit, len(unique))
		}
		if limit == 7 && len(serials) == 120 {
			t.Error("no serial was repeated")
		}
		s.SetMigrationDeadline("F9FXK2000001", time.Now())
		page := c.call("POST", "/devices/sync", map[string]any{"cursor": cursor, "limit": 50})
		devices := page["devices"].([]any)
		if last := devices[len(devices)-1].(map[string]any); last["serial_number"] != "F9FXK2000001" || last["op_type"] != "modified" {
			t.Errorf("limit %d: the change is missing: %v", limit, devices)
		}
	}
}

func TestProfilesAreDefinedAndAssigned(t *testing.T) {
	_, s, c, _ := newDEP(t, sim.Calm(), 3)
	c.refused("POST", "/profile", map[string]any{"url": "https://mdm.example/enrol"}, 400, "CONFIG_NAME_REQUIRED")
	c.refused("POST", "/profile", map[string]any{"profile_name": "A"}, 400, "CONFIG_URL_REQUIRED")
	c.refused("POST", "/profile", map[string]any{"profile_name": "A", "url": "mdm.example"}, 400, "CONFIG_URL_INVALID")
	c.refused("POST", "/profile", []int{1}, 400, "MALFORMED_REQUEST_BODY")
	uuid := c.define(map[string]any{"profile_name": "A", "url": "https://mdm.example/enrol", "await_device_configured": true, "org_magic": "x"})
	if p := c.call("GET", "/profile?profile_uuid="+uuid, nil); p["org_magic"] != "x" || p["profile_uuid"] != uuid {
		t.Errorf("profile %v", p)
	}
	c.refused("GET", "/profile?profile_uuid=none", nil, 400, "NOT_FOUND")

	serials := []string{"F9FXK2000000", "F9FXK2000001", "UNKNOWN00000"}
	c.refused("POST", "/profile/devices", map[string]any{"devices": serials}, 400, "PROFILE_UUID_REQUIRED")
	c.refused("POST", "/profile/devices", map[string]any{"profile_uuid": uuid}, 400, "DEVICE_ID_REQUIRED")
	c.refused("POST", "/profile/devices", map[string]any{"profile_uuid": uuid, "devices": make([]string, 1001)}, 400, "DEVICES_INVALID")
	for _, method := range []string{"POST", "PUT"} {
		got := c.call(method, "/profile/devices", map[string]any{"profile_uuid": uuid, "devices": serials})["devices"].(map[string]any)
		if got["F9FXK2000000"] != "SUCCESS" || got["UNKNOWN00000"] != "NOT_ACCESSIBLE" {
			t.Errorf("%s: %v", method, got)
		}
	}
	if got, status, _ := s.Profile("F9FXK2000001"); got != uuid || status != "assigned" {
		t.Errorf("assigned %q %q", got, status)
	}
	details := c.call("POST", "/devices", map[string]any{"devices": serials})["devices"].(map[string]any)
	if d := details["F9FXK2000000"].(map[string]any); d["profile_uuid"] != uuid || d["os"] != "iPadOS" || d["wifi_mac_address"] == nil || d["asset_tag"] != "MS-26-000000" {
		t.Errorf("details %v", d)
	}
	if d := details["UNKNOWN00000"].(map[string]any); d["response_status"] != "NOT_FOUND" {
		t.Errorf("details %v", d)
	}
	c.call("DELETE", "/profile/devices", map[string]any{"devices": serials[:1]})
	if got, status, _ := s.Profile("F9FXK2000000"); got != "" || status != "removed" {
		t.Errorf("removed %q %q", got, status)
	}
}

func TestEnrolmentServiceInBadWeather(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil  func(*sim.Weather)
		status int
		retry  bool
	}{
		"throttled":   {func(w *sim.Weather) { w.DEPThrottled = 1 }, 429, true},
		"unavailable": {func(w *sim.Weather) { w.DEPUnavailable = 1 }, 503, true},
		"cursor":      {func(w *sim.Weather) { w.DEPCursorExpires = 1 }, 400, false},
	} {
		apple, _, c, _ := newDEP(t, sim.Calm(), 3)
		_, cursor := c.fetchAll(10)
		w := sim.Calm()
		tc.spoil(&w)
		apple.SetWeather(w)
		status, _, header := c.send("POST", "/devices/sync", "", map[string]any{"cursor": cursor})
		if status != tc.status || (header.Get("Retry-After") != "") != tc.retry {
			t.Errorf("%s: %d %v", name, status, header)
		}
	}
	apple, _, c, _ := newDEP(t, sim.Calm(), 3)
	w := sim.Calm()
	w.DEPAssignThrottled, w.DEPNewSession = 1, 1
	apple.SetWeather(w)
	uuid := c.define(map[string]any{"profile_name": "A", "url": "https://mdm.example/enrol"})
	got := c.call("POST", "/profile/devices", map[string]any{"profile_uuid": uuid, "devices": []string{"F9FXK2000000"}})
	if got["devices"].(map[string]any)["F9FXK2000000"] != "THROTTLED" || got["retry_after_seconds"] == nil {
		t.Errorf("throttled assignment %v", got)
	}
	_, _, header := c.send("GET", "/account", "", nil)
	if c.session = header.Get("X-ADM-Auth-Session"); c.session == "" {
		t.Fatal("no new session")
	}
	c.call("GET", "/account", nil)
}

func TestADeviceIsOnOneListOnly(t *testing.T) {
	apple, s, c, _ := newDEP(t, sim.Calm(), 2)
	other := apple.AddServer("Anderes MDM", "Musterstadt")
	_, cursor := c.fetchAll(10)
	other.Deliver(specs(1)...)
	page := c.call("POST", "/devices/sync", map[string]any{"cursor": cursor})
	if d := page["devices"].([]any)[0].(map[string]any); d["op_type"] != "deleted" || d["serial_number"] != "F9FXK2000000" {
		t.Errorf("%v", page)
	}
	s.Deliver(specs(1)...)
	if serials, _ := c.fetchAll(10); !slices.Equal(serials, []string{"F9FXK2000001", "F9FXK2000000"}) {
		t.Errorf("after its return: %v", serials)
	}
}

func TestOnlyApplesHostsAnswer(t *testing.T) {
	apple, _, _, _ := newDEP(t, sim.Calm(), 0)
	for _, address := range []string{"https://example.com/session", "http://mdmenrollment.apple.com/session", "https://api.push.apple.com/3/device/00"} {
		req, _ := http.NewRequest("GET", address, nil)
		if _, err := apple.RoundTrip(req); err == nil {
			t.Errorf("%s was answered", address)
		}
	}
	req, _ := http.NewRequest("GET", "https://gdmf.apple.com/v2/pmv", nil)
	resp, err := apple.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	var lookup struct {
		AssetSets map[string][]struct {
			ProductVersion, Build string
			SupportedDevices      []string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&lookup); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, a := range lookup.AssetSets["iOS"] {
		if a.ProductVersion == "26.4" {
			found = slices.Contains(a.SupportedDevices, "iPad13,18") && !slices.Contains(a.SupportedDevices, "iPad5,3")
		}
	}
	if !found {
		t.Errorf("lookup %+v", lookup)
	}
}

func TestActivationLockOpensWithItsCodeOnly(t *testing.T) {
	_, _, c, _ := newDEP(t, sim.Calm(), 1)
	// The test vector of Apple's sample algorithm for the bytes 00…0f.
	const code, hash = "000H4-0R40M-30F2-0918-5HR3-8F17", "c5ced1d0c51459c1a887866a5868dd3e9e6f4fc4a8c244f3f9eb9383c0f8aecb"
	lock := func(serial string) any {
		return c.call("POST", "/device/activationlock", map[string]any{"device": serial, "escrow_key": hash})["response_status"]
	}
	for _, step := range []struct{ serial, want string }{
		{"F9FXK2000000", "SUCCESS"}, {"F9FXK2000000", "DEVICE_ALREADY_LOCKED"}, {"NOBODY000000", "NOT_ACCESSIBLE"},
	} {
		if got := lock(step.serial); got != step.want {
			t.Errorf("lock %s: %v, want %s", step.serial, got, step.want)
		}
	}
	c.refused("POST", "/device/activationlock", map[string]any{"device": "F9FXK2000000", "escrow_key": "short"}, 400, "ESCROW_KEY_INVALID")
	unlock := func(code string) int {
		form := url.Values{"orgName": {"Musterstadt"}, "guid": {"1"}, "escrowKey": {code}}
		req, _ := http.NewRequest("POST", "https://deviceservices-external.apple.com/deviceservicesworkers/escrowKeyUnlock?serial=F9FXK2000000&productType=iPad13,18", strings.NewReader(form.Encode()))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := c.apple.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode
	}
	for _, step := range []struct {
		code string
		want int
	}{
		{"", 400}, {"000H4-0R40M", 400}, {"000H4-0R40M-30F2-0918-5HR3-8F1B", 400}, {"000H4-0R40M-30F2-0918-5HR3-8F16", 403}, {code, 200}, {code, 404},
	} {
		if got := unlock(step.code); got != step.want {
			t.Errorf("unlock with %q: %d, want %d", step.code, got, step.want)
		}
	}
}
