package profiles

import (
	"net/url"
	"reflect"
	"testing"

	"ranzen/store/school"
)

func paint(t *testing.T, v url.Values) school.Content {
	t.Helper()
	c, err := NewApp("Malkasten", school.App{AdamID: "1001", BundleID: "org.example.paint"}, "16.0")
	if err != nil {
		t.Fatal(err)
	}
	if v == nil {
		return c
	}
	if c, err = Build("app", "Malkasten", v, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAnAppIsSetUpByAForm(t *testing.T) {
	c := paint(t, nil)
	if c.App == nil || *c.App != (school.App{AdamID: "1001", BundleID: "org.example.paint"}) || c.MinimumOS() != "16.0" || !c.Publishable() {
		t.Fatalf("%+v %s %+v", c.App, c.MinimumOS(), c.Problems)
	}
	for _, tc := range []struct {
		text string
		want map[string]any
	}{
		{"server = https://{{school.name}}.example\nkiosk = true\nsize = 12\npin = \"0012\"", map[string]any{"server": "https://Nord.example", "kiosk": true, "size": int64(12), "pin": "0012"}},
		{"<dict><key>a</key><array><string>{{device.number}}</string></array></dict>", map[string]any{"a": []any{"MS-1"}}},
	} {
		c := paint(t, url.Values{"configuration": {tc.text}, "updates": {"AlwaysOn"}, "removable": {"true"}})
		if !c.App.Configured || c.App.BundleID != "org.example.paint" {
			t.Errorf("which app is lost: %+v", c.App)
		}
		filled, err := Fill(c, map[string]string{"school.name": "Nord", "device.number": "MS-1"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := filled.App()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(map[string]any(s.Configuration), tc.want) || s.Updates != "AlwaysOn" || !s.Removable {
			t.Errorf("%q: %+v", tc.text, s)
		}
		kind, values, ok := Read(c)
		if kind != "app" || !ok {
			t.Fatalf("read again: %s %v", kind, ok)
		}
		again, err := Build("app", "Malkasten", values, &c)
		if err != nil || again.Hash != c.Hash {
			t.Errorf("%q: there and back: %v", values.Get("configuration"), err)
		}
	}
	for _, wrong := range []string{"no value", "= x", "a = 1\na = 2", "<dict></dict>", "<dict><key>", "u = {{no.such}}"} {
		if _, err := Build("app", "Malkasten", url.Values{"configuration": {wrong}}, &c); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

func TestAnAppComesFromAppleAlone(t *testing.T) {
	c := paint(t, nil)
	if _, err := Parse(c.Body); !isRefusal(err) {
		t.Errorf("a file that is an app: %v", err)
	}
	if _, err := Build("app", "X", url.Values{}, nil); !isRefusal(err) {
		t.Errorf("an app out of nothing: %v", err)
	}
	for _, f := range Forms() {
		if f.Kind == "app" {
			t.Error("the form of apps is offered")
		}
	}
	for _, bad := range []school.App{{AdamID: "1001"}, {BundleID: "a.b"}, {AdamID: "x", BundleID: "a.b"}, {AdamID: "1", BundleID: "a b"}} {
		if _, err := NewApp("X", bad, ""); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}
