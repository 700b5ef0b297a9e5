package sim_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
)

var wares = []sim.App{
	{AdamID: "1001", BundleID: "org.example.paint", Name: "Malkasten", Seller: "Beispiel gGmbH", Version: "2.1", MinimumOS: "16.0", Size: 120_000_000},
	{AdamID: "1002", BundleID: "org.example.school", Name: "Hausapp", Version: "1.0", MinimumOS: "15.0", Size: 30_000_000, Custom: true},
	{AdamID: "1003", Name: "Lesebuch", Version: "1", Size: 9_000_000, Book: true, UserOnly: true},
	{AdamID: "1004", BundleID: "org.example.new", Name: "Neu", Version: "9", MinimumOS: "26.0", Size: 4_000_000_000},
}

// shop is a location and somebody who holds its token.
type shop struct {
	t     *testing.T
	apple *sim.Apple
	l     *sim.Location
	cal   *calendar
}

func newShop(t *testing.T, weather sim.Weather) *shop {
	t.Helper()
	cal := &calendar{at: time.Now()}
	apple, err := sim.NewApple(sim.Config{Weather: &weather, Now: cal.now})
	if err != nil {
		t.Fatal(err)
	}
	apple.Offer(wares...)
	l := apple.AddLocation("Nord", "Musterstadt")
	l.Buy("1001", 3)
	l.Buy("1002", 5)
	l.Buy("1003", 2)
	return &shop{t, apple, l, cal}
}

func (s *shop) call(method, path, token string, in any) (int, map[string]any, http.Header) {
	s.t.Helper()
	var body io.Reader = http.NoBody
	if in != nil {
		body = bytes.NewReader(mustJSON(in))
	}
	req, err := http.NewRequest(method, "https://vpp.itunes.apple.com/mdm/v2"+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := s.apple.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, out, resp.Header
}

func (s *shop) ok(method, path string, in any) map[string]any {
	s.t.Helper()
	status, out, _ := s.call(method, path, string(s.l.Token()), in)
	if status != 200 {
		s.t.Fatalf("%s %s: %d %v", method, path, status, out)
	}
	return out
}

func (s *shop) move(assets []string, serials ...string) map[string]any {
	s.t.Helper()
	var list []map[string]string
	for _, a := range assets {
		list = append(list, map[string]string{"adamId": a, "pricingParam": "STDQ"})
	}
	return map[string]any{"assets": list, "serialNumbers": serials}
}

func (s *shop) settled(event string) map[string]any {
	s.t.Helper()
	s.cal.at = s.cal.at.Add(time.Minute)
	return s.ok("GET", "/status?eventId="+event, nil)
}

func TestALocationSaysWhatItOwnsAndWhoHoldsIt(t *testing.T) {
	s := newShop(t, sim.Calm())
	status, config, _ := s.call("GET", "/service/config", "", nil)
	if status != 200 || config["limits"].(map[string]any)["maxSerialNumbers"] != 1000.0 {
		t.Fatalf("service config: %d %v", status, config)
	}
	inner, err := base64.StdEncoding.DecodeString(string(s.l.Token()))
	if err != nil || !strings.Contains(string(inner), `"orgName":"Musterstadt"`) {
		t.Fatalf("token: %s %v", inner, err)
	}
	assets := s.ok("GET", "/assets", nil)
	first := assets["assets"].([]any)[0].(map[string]any)
	if first["adamId"] != "1001" || first["totalCount"] != 3.0 || first["availableCount"] != 3.0 || assets["uId"] != s.l.UID {
		t.Errorf("assets: %v", assets)
	}
	event := s.ok("POST", "/assets/associate", s.move([]string{"1001", "1002"}, "A", "B"))["eventId"].(string)
	done := s.settled(event)
	if done["eventStatus"] != "COMPLETE" || done["numCompleted"] != 4.0 {
		t.Errorf("event: %v", done)
	}
	if total, used := s.l.Counts("1001"); total != 3 || used != 2 {
		t.Errorf("counts %d %d", total, used)
	}
	event = s.ok("POST", "/assets/associate", s.move([]string{"1001"}, "A", "C", "D"))["eventId"].(string)
	done = s.settled(event)
	failures := done["failures"].([]any)
	info := failures[0].(map[string]any)
	if done["eventStatus"] != "FAILED" || len(failures) != 1 || info["errorNumber"] != 9709.0 || info["errorInfo"].(map[string]any)["serialNumbers"].([]any)[0] != "D" {
		t.Errorf("too many: %v", done)
	}
	if got := s.ok("GET", "/assignments?adamId=1001", nil)["assignments"].([]any); len(got) != 3 {
		t.Errorf("assignments: %v", got)
	}
	event = s.ok("POST", "/assets/disassociate", s.move([]string{"1001"}, "A"))["eventId"].(string)
	s.settled(event)
	s.settled(s.ok("POST", "/assets/revoke", map[string]any{"serialNumbers": []string{"B"}})["eventId"].(string))
	if got := s.l.Holders("1001"); !slices.Equal(got, []string{"C"}) {
		t.Errorf("holders %v", got)
	}
}

func TestTheStoreRefusesByNumber(t *testing.T) {
	s := newShop(t, sim.Calm())
	many := make([]string, 1001)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	token := string(s.l.Token())
	for name, c := range map[string]struct {
		method, path, token string
		in                  any
		status, number      int
	}{
		"no token":        {"GET", "/assets", "", nil, 401, 9722},
		"unknown token":   {"GET", "/assets", "x", nil, 401, 9601},
		"no such page":    {"GET", "/assets?pageIndex=7", token, nil, 400, 9650},
		"unknown event":   {"GET", "/status?eventId=1", token, nil, 400, 9708},
		"no assets":       {"POST", "/assets/associate", token, s.move(nil, "A"), 400, 9718},
		"nobody":          {"POST", "/assets/associate", token, s.move([]string{"1001"}), 400, 9719},
		"twice":           {"POST", "/assets/associate", token, s.move([]string{"1001"}, "A", "A"), 400, 9705},
		"too many":        {"POST", "/assets/associate", token, s.move([]string{"1001"}, many...), 400, 9702},
		"not for devices": {"POST", "/assets/associate", token, s.move([]string{"1003"}, "A"), 400, 9707},
		"not owned":       {"POST", "/assets/associate", token, s.move([]string{"1004"}, "A"), 400, 9602},
		"method":          {"DELETE", "/assets", token, nil, 405, 9726},
	} {
		status, out, _ := s.call(c.method, c.path, c.token, c.in)
		if status != c.status || out["errorNumber"] != float64(c.number) {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	s.l.Revoke()
	if status, out, _ := s.call("GET", "/assets", token, nil); status != 401 || out["errorNumber"] != 9625.0 {
		t.Errorf("revoked: %d %v", status, out)
	}
	fresh := string(s.l.Renew())
	if status, _, _ := s.call("GET", "/assets", fresh, nil); status != 200 {
		t.Errorf("renewed: %d", status)
	}
	s.cal.at = s.cal.at.AddDate(1, 0, 1)
	if status, out, _ := s.call("GET", "/assets", fresh, nil); status != 401 || out["errorNumber"] != 9621.0 {
		t.Errorf("expired: %d %v", status, out)
	}
}

func TestEveryAnswerSaysWhoseTheLocationIs(t *testing.T) {
	s := newShop(t, sim.Calm())
	if out := s.ok("GET", "/client/config", nil); out["mdmInfo"] != nil || out["locationName"] != "Nord" {
		t.Errorf("unclaimed: %v", out)
	}
	s.ok("POST", "/client/config", map[string]any{"mdmInfo": map[string]string{"id": "us", "name": "Ranzen", "metadata": ""}})
	s.l.Claim("other", "Anderes System")
	if out := s.ok("GET", "/assets", nil); out["mdmInfo"].(map[string]any)["id"] != "other" {
		t.Errorf("claimed by another: %v", out)
	}
}

func TestTheStoreInBadWeatherLosesNoLicence(t *testing.T) {
	weather := sim.Hostile()
	weather.StoreAnswerLost, weather.StoreEventLost = 0.1, 0.1
	s := newShop(t, weather)
	s.l.Buy("1002", 495)
	seen := map[int]int{}
	for n := range 400 {
		status, out, header := s.call("POST", "/assets/associate", string(s.l.Token()), s.move([]string{"1002"}, fmt.Sprintf("S%03d", n)))
		seen[status]++
		if (status == 429 || status == 503) && header.Get("Retry-After") == "" {
			t.Errorf("%d without Retry-After: %v", status, out)
		}
	}
	s.cal.at = s.cal.at.Add(time.Minute)
	total, used := s.l.Counts("1002")
	if total != 500 || used != len(s.l.Holders("1002")) || used < 200 || used > 390 {
		t.Errorf("%d of %d", used, total)
	}
	for _, status := range []int{200, 429, 500, 503} {
		if seen[status] == 0 {
			t.Errorf("never %d: %v", status, seen)
		}
	}
}

func TestTheLookupKnowsCustomAppsOnlyForTheirOwner(t *testing.T) {
	s := newShop(t, sim.Calm())
	look := func(cookie string) map[string]any {
		req, err := http.NewRequest("GET", "https://uclient-api.itunes.apple.com/WebObjects/MZStorePlatform.woa/wa/lookup?version=2&id=1001,1002,77&p=mdm-lockup&caller=MDM&platform=volumestore&cc=de&l=de", nil)
		if err != nil {
			t.Fatal(err)
		}
		if cookie != "" {
			req.AddCookie(&http.Cookie{Name: "itvt", Value: cookie})
		}
		resp, err := s.apple.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		var out struct{ Results map[string]any }
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out.Results
	}
	if got := look(""); len(got) != 1 || got["1001"].(map[string]any)["bundleId"] != "org.example.paint" {
		t.Errorf("public: %v", got)
	}
	if got := look(string(s.l.Token())); len(got) != 2 {
		t.Errorf("owner: %v", got)
	}
}
