package schema

import (
	"strings"
	"testing"
)

func TestTablesHoldTheFramesAndCommonPayloads(t *testing.T) {
	for _, id := range []string{TopLevel, Common, "com.apple.wifi.managed", "com.apple.applicationaccess", "com.apple.webClip.managed",
		"com.apple.mobiledevice.passwordpolicy", "com.apple.shareddeviceconfiguration", "com.apple.webcontent-filter",
		"com.apple.homescreenlayout", "com.apple.airprint", "com.apple.mdm", "com.apple.security.scep", "com.apple.security.acme"} {
		if o, ok := Profile(id); !ok || len(o.Keys) == 0 || o.Introduced == "" {
			t.Errorf("profile %s is missing or empty", id)
		}
	}
	for _, id := range []string{"com.apple.configuration.legacy", "com.apple.activation.simple", "com.apple.configuration.management.status-subscriptions"} {
		if _, ok := Declaration(id); !ok {
			t.Errorf("declaration %s is missing", id)
		}
	}
	if _, ok := StatusItem("device.operating-system.version"); !ok {
		t.Error("status item device.operating-system.version is missing")
	}
	if !strings.HasPrefix(State(), "OS 27") {
		t.Errorf("state of the schema is %q", State())
	}
}

func TestWhatTheSchemaSays(t *testing.T) {
	tests := []struct {
		payload, path string
		want          func(*Object, *Key) bool
	}{
		{"com.apple.homescreenlayout", "Pages", func(o *Object, k *Key) bool { return o.Single && o.Supervised && k.Required && k.Items == "array" }},
		{"com.apple.wifi.managed", "EncryptionType", func(o *Object, k *Key) bool { return !o.Single && len(k.Enum) == 6 && k.Default == "Any" }},
		{"com.apple.wifi.managed", "SetupModes", func(_ *Object, k *Key) bool { return k.Elsewhere }},
		{"com.apple.applicationaccess", "allowAirDrop", func(_ *Object, k *Key) bool { return k.Supervised && k.Introduced == "7.0" }},
		{"com.apple.applicationaccess", "safariAcceptCookies", func(_ *Object, k *Key) bool { return k.Enum[2] == 1.5 && k.Default == 2.0 }},
		{"com.apple.applicationaccess", "enforcedSoftwareUpdateDelay", func(_ *Object, k *Key) bool { return k.Removed == "27.0" && *k.Range[1] == 90 }},
		{"com.apple.applicationaccess", "allowVoiceDialing", func(_ *Object, k *Key) bool { return k.Deprecated == "17.0" }},
	}
	for _, tt := range tests {
		o, ok := Profile(tt.payload)
		if !ok {
			t.Fatalf("%s is missing", tt.payload)
		}
		k, ok := o.Key(tt.path)
		if !ok || !tt.want(o, k) {
			t.Errorf("%s %s: %+v", tt.payload, tt.path, k)
		}
	}
	if !Elsewhere("com.apple.dock") || Elsewhere("com.apple.wifi.managed") || Elsewhere("org.example.nothing") {
		t.Error("Elsewhere mixes up the platforms")
	}
}

func TestEveryKeyHasAParent(t *testing.T) {
	for _, o := range load().profiles {
		for _, k := range o.Keys {
			i := strings.LastIndexByte(k.Path, '.')
			if i < 0 {
				continue
			}
			parent := k.Path[:i]
			for strings.HasSuffix(parent, "[]") {
				parent = strings.TrimSuffix(parent, "[]")
			}
			if _, ok := o.Key(parent); !ok {
				t.Errorf("%s: %s has no parent", o.ID, k.Path)
			}
		}
	}
}

func TestChildrenAndFreeNames(t *testing.T) {
	o, _ := Profile("com.apple.webcontent-filter")
	if k, ok := o.Child("VendorConfig", "anything"); !ok || k.Type != "any" {
		t.Errorf("a free key name is not found: %+v", k)
	}
	if _, ok := o.Child("", "Nothing"); ok {
		t.Error("an unknown key is found")
	}
	for _, k := range o.Children("AllowListBookmarks[]") {
		if k.Path != "AllowListBookmarks[].Title" && k.Path != "AllowListBookmarks[].URL" {
			t.Errorf("%s is no direct child", k.Path)
		}
	}
}
