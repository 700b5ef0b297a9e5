package profiles

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/micromdm/plist"

	"ranzen/store/school"
)

// independent reads a list with a library we do not read with ourselves.
func independent(t testing.TB, data []byte) map[string]any {
	t.Helper()
	var v map[string]any
	if err := plist.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return v
}

func TestFill(t *testing.T) {
	lock := func(s string) school.Content {
		return parse(t, profile(payload("com.apple.shareddeviceconfiguration", "lock", Dict{"AssetTagInformation": s})))
	}
	values := map[string]string{"device.number": "MS-26-000417", "school.name": "Schule & <Söhne>", "person.email": "", "person.given": " ",
		"class.name": "{{device.number}}", "person.family": "a\x00b"}
	tests := []struct {
		text, want string
		err        *VariableError
	}{
		{"no variables, { }, {{}}, {{a", "no variables, { }, {{}}, {{a", nil},
		{"{{device.number}}", "MS-26-000417", nil},
		{"{{device.number}}/{{device.number}} {{school.name}}", "MS-26-000417/MS-26-000417 Schule & <Söhne>", nil},
		{"{{class.name}}", "{{device.number}}", nil}, // once
		{"{{{device.number}}}", "{MS-26-000417}", nil},
		{"{{person.email}}", "", &VariableError{Name: "person.email", Empty: true}},
		{"{{person.given}}", "", &VariableError{Name: "person.given", Empty: true}},
		{"{{person.family}}", "", &VariableError{Name: "person.family", Illegal: true}},
		{"{{person.shoe}}", "", &VariableError{Name: "person.shoe"}},
		{"{{ device.number }}", "", &VariableError{Name: " device.number "}},
		{"{{Device.Number}}", "", &VariableError{Name: "Device.Number"}},
	}
	for _, tt := range tests {
		f, err := Fill(lock(tt.text), values)
		if tt.err != nil {
			var got *VariableError
			if !errors.As(err, &got) || *got != *tt.err {
				t.Errorf("%q: %v, want %v", tt.text, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", tt.text, err)
			continue
		}
		tree, err := f.read()
		if err != nil {
			t.Fatal(err)
		}
		if got := payloadsOf(tree)[0].text("AssetTagInformation"); got != tt.want {
			t.Errorf("%q became %q, want %q", tt.text, got, tt.want)
		}
		if f.Hash != Hash(tree) {
			t.Errorf("%q: the hash is not that of the filled tree", tt.text)
		}
	}
}

func TestEveryNameOfTheListIsAVariable(t *testing.T) {
	values := school.Facts{}.Variables()
	for _, name := range school.VariableNames {
		if _, ok := values[name]; !ok {
			t.Errorf("%s has no value", name)
		}
		if got := variablesIn("x{{" + name + "}}"); len(got) != 1 || got[0] != name {
			t.Errorf("%s is not found in a text", name)
		}
	}
}

func TestPreview(t *testing.T) {
	c := parse(t, profile(wifiPayload(Dict{"Password": "{{device.serial}}xx"}),
		payload("com.apple.shareddeviceconfiguration", "lock", Dict{"AssetTagInformation": "Nr. {{device.number}}", "LockScreenFootnote": "{{person.name}}"})))
	got, err := Preview(c, map[string]string{"device.number": "7", "device.serial": "ABC", "person.name": ""})
	if err != nil {
		t.Fatal(err)
	}
	want := []Filling{
		{Payload: 0, Key: "Password", Secret: true},
		{Payload: 1, Key: "AssetTagInformation", Template: "Nr. {{device.number}}", Value: "Nr. 7"},
		{Payload: 1, Key: "LockScreenFootnote", Template: "{{person.name}}", Err: &VariableError{Name: "person.name", Empty: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkFillAndDeliver is what one profile with variables costs for one device.
func BenchmarkFillAndDeliver(b *testing.B) {
	c := parse(b, profile(wifiPayload(nil), payload("com.apple.shareddeviceconfiguration", "lock", Dict{"AssetTagInformation": "{{device.number}}"})))
	values := map[string]string{"device.number": "MS-26-000417"}
	b.ReportAllocs()
	for b.Loop() {
		f, err := Fill(c, values)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Deliver(f, "ranzen.p.1", "Sperrbildschirm", f.Hash); err != nil {
			b.Fatal(err)
		}
	}
}
