package ddm_test

import (
	"encoding/json"
	"math/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm/ddm"
)

func declaration(typ, id, token string) ddm.Declaration {
	return ddm.Declaration{Type: typ, Identifier: id, ServerToken: token, Payload: json.RawMessage(`{}`)}
}

func TestEqualSetsHaveEqualTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pairs := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z.]{1,8}`), 0, 12, rapid.ID[string]).Draw(t, "identifiers")
		var ds []ddm.Declaration
		for _, id := range pairs {
			ds = append(ds, declaration(ddm.Legacy, id, rapid.StringMatching(`[a-f0-9]{1,6}`).Draw(t, "token")))
		}
		want := ddm.Token(ds)
		shuffled := append([]ddm.Declaration(nil), ds...)
		rand.New(rand.NewSource(rapid.Int64().Draw(t, "seed"))).Shuffle(len(shuffled), func(i, j int) {
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		before := append([]ddm.Declaration(nil), shuffled...)
		if got := ddm.Token(shuffled); got != want {
			t.Fatalf("shuffled set has token %s, want %s", got, want)
		}
		if diff := cmp.Diff(before, shuffled); diff != "" {
			t.Fatalf("Token moved the declarations of its caller: %s", diff)
		}
		if len(ds) > 0 {
			i := rapid.IntRange(0, len(ds)-1).Draw(t, "changed")
			shuffled = append([]ddm.Declaration(nil), ds...)
			shuffled[i].ServerToken += "x"
			if ddm.Token(shuffled) == want {
				t.Fatal("a changed ServerToken left the DeclarationsToken as it was")
			}
			if ddm.Token(append(ds[:i:i], ds[i+1:]...)) == want {
				t.Fatal("a missing declaration left the DeclarationsToken as it was")
			}
		}
	})
}

func TestTokenKeepsNeighboursApart(t *testing.T) {
	a := []ddm.Declaration{declaration(ddm.Legacy, "ab", "c")}
	b := []ddm.Declaration{declaration(ddm.Legacy, "a", "bc")}
	if ddm.Token(a) == ddm.Token(b) {
		t.Fatal("two different pairs have one token")
	}
	if n := len(ddm.Token(nil)); n == 0 || n > 256 {
		t.Fatalf("the token of the empty set has %d octets", n)
	}
}

func TestDocuments(t *testing.T) {
	ds := []ddm.Declaration{declaration(ddm.Legacy, "p", "1"), declaration(ddm.Activation, "a", "2"), declaration(ddm.Organization, "o", "3")}
	items, err := ddm.Items(ds)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Declarations":{"Activations":[{"Identifier":"a","ServerToken":"2"}],"Assets":[],` +
		`"Configurations":[{"Identifier":"p","ServerToken":"1"}],"Management":[{"Identifier":"o","ServerToken":"3"}]},` +
		`"DeclarationsToken":"` + ddm.Token(ds) + `"}`
	if string(items) != want {
		t.Errorf("manifest\n got %s\nwant %s", items, want)
	}
	empty, err := ddm.Items(nil)
	if err != nil || strings.Count(string(empty), "[]") != 4 {
		t.Errorf("empty manifest %s, %v: all four arrays must be there", empty, err)
	}
	if _, err := ddm.Items([]ddm.Declaration{declaration("org.example.odd", "x", "1")}); err == nil {
		t.Error("a declaration of no kind entered the manifest")
	}
	tokens, err := ddm.Tokens("t", time.Date(2026, 9, 1, 8, 0, 0, 0, time.FixedZone("", 7200)))
	if want := `{"SyncTokens":{"DeclarationsToken":"t","Timestamp":"2026-09-01T06:00:00Z"}}`; err != nil || string(tokens) != want {
		t.Errorf("tokens %s, %v, want %s", tokens, err, want)
	}
	one, err := ds[0].JSON()
	if want := `{"Type":"com.apple.configuration.legacy","Identifier":"p","ServerToken":"1","Payload":{}}`; err != nil || string(one) != want {
		t.Errorf("declaration %s, %v, want %s", one, err, want)
	}
}

func TestParseEndpoint(t *testing.T) {
	for in, want := range map[string]ddm.Endpoint{
		"tokens":            {Asks: ddm.TokensEndpoint},
		"declaration-items": {Asks: ddm.ItemsEndpoint},
		"status":            {Asks: ddm.StatusEndpoint},
		"declaration/configuration/ranzen.profile.1": {Asks: ddm.DeclarationEndpoint, Kind: ddm.Configurations, Identifier: "ranzen.profile.1"},
		"declaration/activation/a/b":                 {Asks: ddm.DeclarationEndpoint, Kind: ddm.Activations, Identifier: "a/b"},
		"":                                           {}, "declaration": {}, "declaration/configuration/": {}, "declaration/thing/x": {}, "Tokens": {},
	} {
		got, ok := ddm.ParseEndpoint(in)
		if got != want || ok != (want != ddm.Endpoint{}) {
			t.Errorf("%q: got %+v %v, want %+v", in, got, ok, want)
		}
	}
}

func TestFindNeedsKindAndIdentifier(t *testing.T) {
	ds := []ddm.Declaration{declaration(ddm.Legacy, "p", "1")}
	if _, ok := ddm.Find(ds, ddm.Configurations, "p"); !ok {
		t.Error("a declaration of the set was not found")
	}
	if _, ok := ddm.Find(ds, ddm.Activations, "p"); ok {
		t.Error("a configuration was served as activation")
	}
}

const report = `{"StatusItems":{"management":{"declarations":{
 "activations":[{"active":true,"identifier":"a","valid":"valid","server-token":"1"}],
 "configurations":[
  {"active":true,"identifier":"p","valid":"valid","server-token":"2","reasons":[]},
  {"active":false,"identifier":"q","valid":"invalid","server-token":"3","reasons":[{"code":"Error.ConfigurationCannotBeApplied","description":"no","details":{"Identifier":"q"}}]},
  {"identifier":"r","_removed":true},{"active":true,"identifier":"","valid":"valid"}],
 "assets":[],"management":[{"active":true,"identifier":"o","valid":"odd","server-token":"4"}]},
 "client-capabilities":{"supported-versions":["1.0.0"],"supported-payloads":{"declarations":{"activations":["com.apple.activation.simple"],
 "configurations":["com.apple.configuration.legacy",7]},"status-items":["device.model.family"]}}},
 "device":{"identifier":{"serial-number":"F9FXK2ABCD","udid":"U"},"model":{"family":"iPad","identifier":"iPad13,18","number":5},
  "operating-system":{"version":"26.4","build-version":"23E1","supplemental":{"build-version":"23E2","extra-version":"(a)"}},"power":{"battery-health":"normal"}},
 "passcode":{"is-present":true,"is-compliant":"yes"},
 "softwareupdate":{"install-state":"failed","failure-reason":{"count":2,"reason":"space"},"pending-version":{"os-version":"26.5","build-version":"23F1"}},
 "x-new":{"y":[1,2.5e300]}},
 "Errors":[{"StatusItem":"device.system.health","Reasons":[{"Code":"Error.UnsupportedStatusValue","Description":"d"}]}],"FullReport":true,"Later":1}`

func TestParseStatus(t *testing.T) {
	s, err := ddm.ParseStatus([]byte(report))
	if err != nil {
		t.Fatal(err)
	}
	yes, failed := true, "failed"
	want := ddm.Status{Full: true, Listed: true,
		Declarations: []ddm.DeclarationStatus{
			{Kind: ddm.Activations, Identifier: "a", ServerToken: "1", Active: true, Valid: ddm.Valid},
			{Kind: ddm.Configurations, Identifier: "p", ServerToken: "2", Active: true, Valid: ddm.Valid},
			{Kind: ddm.Configurations, Identifier: "q", ServerToken: "3", Valid: ddm.Invalid, Reasons: []ddm.Cause{{Code: "Error.ConfigurationCannotBeApplied", Description: "no"}}},
			{Kind: ddm.Configurations, Identifier: "r", Valid: ddm.Unknown, Removed: true},
			{Kind: ddm.Management, Identifier: "o", ServerToken: "4", Active: true, Valid: ddm.Unknown},
		},
		Capabilities: &ddm.Capabilities{Declarations: []string{ddm.Activation, ddm.Legacy}, StatusItems: []string{"device.model.family"}},
		Errors:       []ddm.ItemError{{Item: "device.system.health", Reasons: []ddm.Cause{{Code: "Error.UnsupportedStatusValue", Description: "d"}}}},
		Serial:       "F9FXK2ABCD", UDID: "U", Family: "iPad", ProductName: "iPad13,18", OSVersion: "26.4", Build: "23E1",
		SupplementalBuild: "23E2", SupplementalExtra: "(a)", BatteryHealth: "normal", PasscodePresent: &yes,
		Update: &ddm.Update{State: &failed, Pending: &ddm.Pending{Version: "26.5", Build: "23F1"}, Failure: &ddm.Failure{Count: 2, Reason: "space"}},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Error(diff)
	}
	if d, ok := s.Of(ddm.Configurations, "p"); !ok || !d.Works() {
		t.Error("a valid and active configuration does not work")
	}
	if _, ok := s.Of(ddm.Activations, "p"); ok {
		t.Error("a configuration was found as activation")
	}
}

func TestParseStatusRefusesAndTolerates(t *testing.T) {
	for name, c := range map[string]struct {
		in string
		ok bool
	}{
		"empty report":          {`{}`, true},
		"partial without items": {`{"StatusItems":{}}`, true},
		"odd types":             {`{"StatusItems":[1],"Errors":{"a":1},"FullReport":"x"}`, true},
		"odd declarations":      {`{"StatusItems":{"management":{"declarations":{"activations":"none","configurations":[1,null,{}]}}}}`, true},
		"null":                  {`null`, false},
		"array":                 {`[]`, false},
		"nothing":               {``, false},
		"cut off":               {`{"StatusItems":{"device"`, false},
		"deep":                  {`{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, false},
		"brackets in a text":    {`{"a":"` + strings.Repeat("[", 100) + `\"{"}`, true},
		"too many declarations": {`{"StatusItems":{"management":{"declarations":{"assets":[` + strings.Repeat(`{"identifier":"x"},`, 5000) + `{}]}}}}`, false},
		"too large":             {`{"a":"` + strings.Repeat("x", ddm.MaxStatus) + `"}`, false},
	} {
		if _, err := ddm.ParseStatus([]byte(c.in)); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add([]byte(report))
	f.Add([]byte(`{"StatusItems":{"management":{"declarations":{"configurations":[{"identifier":"p","_removed":true}]}}}}`))
	f.Add([]byte(`{"Errors":[{"StatusItem":"\ud800"}]}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ddm.ParseStatus(data)
		if err != nil {
			return
		}
		for _, d := range s.Declarations {
			if d.Identifier == "" || d.Kind == "" {
				t.Fatalf("a declaration without a name: %+v", d)
			}
			if d.Works() && d.Valid != ddm.Valid {
				t.Fatalf("works without being valid: %+v", d)
			}
		}
	})
}

func TestStatusItemsFollowTheSystem(t *testing.T) {
	count := func(os string) int { return len(ddm.StatusItems(func(v string) bool { return v <= os }, false)) }
	if a, b, c := count("16.0"), count("17.0"), count("27.0"); a == 0 || a >= b || b >= c {
		t.Errorf("16: %d, 17: %d, 27: %d items; a newer system knows more", a, b, c)
	}
}
