package profiles

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ranzen/profiles/schema"
	"ranzen/store/school"
)

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

func picture(w, h int) string {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.NRGBA{R: uint8(x), G: uint8(y), A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.String()
}

// TestBuildAndRead builds each kind and reads it back: same values (secrets and images apart), same content.
func TestBuildAndRead(t *testing.T) {
	tests := []struct {
		kind string
		in   url.Values
		want Dict // keys of the payload beside the common ones
		out  url.Values
	}{
		{"wifi", form("ssid", "Schule", "security", "WPA3", "password", "correct horse", "autojoin", "true"),
			Dict{"SSID_STR": "Schule", "EncryptionType": "WPA3", "Password": "correct horse"}, form("ssid", "Schule", "security", "WPA3", "autojoin", "true")},
		{"wifi", form("ssid", "Gast {{school.name}}", "security", "None", "password", "left over", "hidden", "on", "captive_bypass", "true", "fixed_mac", "true"),
			Dict{"SSID_STR": "Gast {{school.name}}", "EncryptionType": "None", "AutoJoin": false, "HIDDEN_NETWORK": true, "CaptiveBypass": true, "DisableAssociationMACRandomization": true},
			form("ssid", "Gast {{school.name}}", "security", "None", "autojoin", "false", "hidden", "true", "captive_bypass", "true", "fixed_mac", "true")},
		{"restrictions", form("allowAirDrop", "false", "forceWiFiPowerOn", "true", "ratingRegion", "de", "ratingApps", "600", "safariAcceptCookies", "1.5", "blockedAppBundleIDs", "com.example.a\r\n\r\ncom.example.b"),
			Dict{"allowAirDrop": false, "forceWiFiPowerOn": true, "ratingRegion": "de", "ratingApps": int64(600), "safariAcceptCookies": 1.5, "blockedAppBundleIDs": []any{"com.example.a", "com.example.b"}},
			form("allowAirDrop", "false", "forceWiFiPowerOn", "true", "ratingRegion", "de", "ratingApps", "600", "safariAcceptCookies", "1.5", "blockedAppBundleIDs", "com.example.a\ncom.example.b")},
		{"webclip", form("label", "Plan", "url", "https://schule.example/plan", "fullscreen", "true"),
			Dict{"Label": "Plan", "URL": "https://schule.example/plan", "IsRemovable": false, "FullScreen": true},
			form("label", "Plan", "url", "https://schule.example/plan", "removable", "false", "fullscreen", "true")},
		{"passcode", form("required", "true", "length", "6", "attempts", "11", "simple", "true"),
			Dict{"forcePIN": true, "minLength": int64(6), "maxFailedAttempts": int64(11)}, form("required", "true", "length", "6", "attempts", "11", "simple", "true")},
		{"lockscreen", form("tag", "{{device.number}}", "footnote", "Fundbüro"), Dict{"AssetTagInformation": "{{device.number}}", "LockScreenFootnote": "Fundbüro"},
			form("tag", "{{device.number}}", "footnote", "Fundbüro")},
		{"webfilter", form("auto", "true", "permitted", "schule.example", "denied", "http://bad.example/x\nworse.example", "bookmarks", "Plan | A | https://plan.example", "keep_history", "true"),
			Dict{"FilterType": "BuiltIn", "AutoFilterEnabled": true, "PermittedURLs": []any{"https://schule.example"}, "DenyListURLs": []any{"http://bad.example/x", "https://worse.example"},
				"AllowListBookmarks": []any{Dict{"Title": "Plan | A", "URL": "https://plan.example"}}},
			form("auto", "true", "permitted", "https://schule.example", "denied", "http://bad.example/x\nhttps://worse.example", "bookmarks", "Plan | A | https://plan.example", "keep_history", "true")},
		{"homescreen", form("dock", "com.apple.mobilesafari", "pages", "com.apple.camera\n[Mathe]\n  com.apple.calculator\n  ---\n  https://mathe.example\nhttps://plan.example\n---\ncom.apple.Preferences"),
			Dict{"Dock": []any{Dict{"Type": "Application", "BundleID": "com.apple.mobilesafari"}}, "Pages": []any{
				[]any{Dict{"Type": "Application", "BundleID": "com.apple.camera"},
					Dict{"Type": "Folder", "DisplayName": "Mathe", "Pages": []any{[]any{Dict{"Type": "Application", "BundleID": "com.apple.calculator"}}, []any{Dict{"Type": "WebClip", "URL": "https://mathe.example"}}}},
					Dict{"Type": "WebClip", "URL": "https://plan.example"}},
				[]any{Dict{"Type": "Application", "BundleID": "com.apple.Preferences"}}}},
			form("dock", "com.apple.mobilesafari", "pages", "com.apple.camera\n[Mathe]\n  com.apple.calculator\n  ---\n  https://mathe.example\nhttps://plan.example\n---\ncom.apple.Preferences")},
		{"airprint", form("printers", "10.0.0.7 ipp/print\ndrucker.example  printers/a 631 TLS\nd2.example p tls"),
			Dict{"AirPrint": []any{Dict{"IPAddress": "10.0.0.7", "ResourcePath": "ipp/print"}, Dict{"IPAddress": "drucker.example", "ResourcePath": "printers/a", "Port": int64(631), "ForceTLS": true},
				Dict{"IPAddress": "d2.example", "ResourcePath": "p", "ForceTLS": true}}},
			form("printers", "10.0.0.7 ipp/print\ndrucker.example printers/a 631 tls\nd2.example p tls")},
		{"update", form("version", "26.4", "deadline", "2026-10-02T18:00", "build", "23E246"), Dict{"TargetOSVersion": "26.4", "TargetLocalDateTime": "2026-10-02T18:00:00", "TargetBuildVersion": "23E246"},
			form("version", "26.4", "deadline", "2026-10-02T18:00", "build", "23E246")},
		{"updates", form("deferral", "30", "download", "AlwaysOff", "rapid", "true", "notify", "true"),
			Dict{"Deferrals": Dict{"CombinedPeriodInDays": int64(30)}, "AutomaticActions": Dict{"Download": "AlwaysOff"}, "RapidSecurityResponse": Dict{"EnableRollback": false}},
			form("deferral", "30", "download", "AlwaysOff", "rapid", "true", "rollback", "false", "notify", "true")},
	}
	for _, tt := range tests {
		c, err := Build(tt.kind, "Name", tt.in, nil)
		if err != nil {
			t.Errorf("%s: %v", tt.kind, err)
			continue
		}
		if !c.Publishable() || c.Name != "Name" {
			t.Errorf("%s: %q %+v", tt.kind, c.Name, c.Problems)
		}
		got := payloadsOf(treeOf(t, c.Body))[0]
		for k := range got {
			if strings.HasPrefix(k, "Payload") {
				delete(got, k)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.kind, diff)
		}
		kind, out, ok := Read(c)
		if !ok || kind != tt.kind {
			t.Errorf("%s: not read back", tt.kind)
			continue
		}
		if diff := cmp.Diff(tt.out, out); diff != "" {
			t.Errorf("%s: read back\n%s", tt.kind, diff)
		}
		again, err := Build(kind, "Name", out, &c)
		if err != nil || again.Hash != c.Hash {
			t.Errorf("%s: saving it unchanged changes it: %v", tt.kind, err)
		}
	}
}

func TestBuildNamesEveryWrongField(t *testing.T) {
	long := strings.Repeat("x", 33)
	tests := []struct {
		kind string
		in   url.Values
		want string // "field code" of each, sorted
	}{
		{"wifi", form(), "password form.required, security form.required, ssid form.required"},
		{"wifi", form("ssid", long, "security", "WEP"), "password form.required, security form.choice, ssid form.too_long"},
		{"wifi", form("ssid", "ä"+strings.Repeat("x", 31), "security", "WPA2", "password", "kurz"), "password form.wifi_password, ssid form.too_long"},
		{"wifi", form("ssid", "a\x00", "security", "None"), "ssid form.characters"},
		{"wifi", form("ssid", "{{school.nam}}", "security", "None"), "ssid form.variable"},
		{"restrictions", form(), " form.nothing"},
		{"restrictions", form("ratingApps", "1001", "ratingMovies", "viel", "allowAirDrop", "maybe", "blockedAppBundleIDs", "a\nb\x01"), "allowAirDrop form.choice, blockedAppBundleIDs form.characters, ratingApps form.range, ratingMovies form.number"},
		{"webclip", form("label", "x", "url", "javascript:alert(1)", "icon", "no image"), "icon form.image, url form.url"},
		{"webclip", form("label", "x", "url", "https://x.example", "icon", picture(4097, 1)), "icon form.image"},
		{"passcode", form("length", "17", "history", "0"), "history form.range, length form.range"},
		{"lockscreen", form(), "tag form.required"},
		{"webfilter", form("permitted", "a.example"), "permitted form.needs_auto"},
		{"webfilter", form(), "auto form.nothing"},
		{"webfilter", form("auto", "on", "denied", "ok.example\nnot ok", "bookmarks", "no address"), "bookmarks form.line, denied form.line"},
		{"homescreen", form("pages", "  indented"), "pages form.line"},
		{"homescreen", form("pages", "[A]\n  [B]"), "pages form.line"},
		{"homescreen", form("pages", "Safari"), "pages form.line"},
		{"homescreen", form("dock", "a.b\n---\nc.d"), "dock form.line, pages form.required"},
		{"airprint", form("printers", "only-address"), "printers form.line"},
		{"airprint", form("printers", "a b 99999"), "printers form.line"},
		{"airprint", form("printers", ""), "printers form.required"},
		{"update", form("version", "26,4", "deadline", "bald", "build", "x", "details", "http://x.example"), "build form.os_build, deadline form.time, details form.https, version form.os_version"},
		{"update", form("version", "26,4", "deadline", "2.10.2026 18:00", "build", "x", "details", "http://x.example"), "build form.os_build, details form.https, version form.os_version"},
		{"update", form("version", "26.4", "deadline", "2.10.2026 18:00", "details", "https://x.example/{{person.login}}"), "details form.no_variables"},
		{"updates", form("rapid", "true", "rollback", "true", "notify", "true"), " form.nothing"},
		{"updates", form("deferral", "91", "cadence", "Often", "rapid", "true", "notify", "true"), "cadence form.choice, deferral form.range"},
	}
	for _, tt := range tests {
		_, err := Build(tt.kind, "Name", tt.in, nil)
		var got []string
		for _, e := range FieldsOf(err) {
			got = append(got, e.Field+" "+e.Code)
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != tt.want || school.KindOf(err) != school.Invalid {
			t.Errorf("%s %v: %v, want %s", tt.kind, tt.in, got, tt.want)
		}
	}
	if _, err := Build("wifi", " ", form("ssid", "x", "security", "None"), nil); FieldsOf(err)[0].Field != "name" {
		t.Errorf("a profile without a name: %v", err)
	}
	if _, err := Build("vpn", "x", nil, nil); codeOf(t, err) != "form.unknown_kind" {
		t.Errorf("an unknown form: %v", err)
	}
	_, err := Build("webfilter", "x", form("auto", "on", "denied", "ok.example\n\nnot ok"), nil)
	if e := FieldsOf(err); len(e) != 1 || e[0].Row != 3 {
		t.Errorf("the line is not named: %v", err)
	}
}

func TestSecretsAndIconsAreKept(t *testing.T) {
	c, err := Build("wifi", "WLAN", form("ssid", "A", "security", "WPA2", "password", "correct horse"), nil)
	if err != nil {
		t.Fatal(err)
	}
	next, err := Build("wifi", "WLAN neu", form("ssid", "B", "security", "WPA2", "autojoin", "true"), &c)
	if err != nil {
		t.Fatal(err)
	}
	p, q := payloadsOf(treeOf(t, c.Body))[0], payloadsOf(treeOf(t, next.Body))[0]
	if q["Password"] != "correct horse" || q["SSID_STR"] != "B" || q["PayloadIdentifier"] != p["PayloadIdentifier"] || q["PayloadDisplayName"] != "WLAN neu" {
		t.Errorf("%v", q)
	}
	if _, v, _ := Read(c); v.Has("password") {
		t.Error("the password is shown")
	}
	open, err := Build("wifi", "WLAN", form("ssid", "A", "security", "None"), &c)
	if err != nil || strings.Contains(string(open.Body), "correct horse") {
		t.Errorf("an open network keeps a password: %v", err)
	}

	clip, err := Build("webclip", "Plan", form("label", "Plan", "url", "https://x.example", "icon", picture(900, 450)), nil)
	if err != nil {
		t.Fatal(err)
	}
	icon, _ := payloadsOf(treeOf(t, clip.Body))[0]["Icon"].([]byte)
	head, kind, err := image.DecodeConfig(bytes.NewReader(icon))
	if err != nil || kind != "png" || head.Width != 400 || head.Height != 200 {
		t.Errorf("icon: %v %s %dx%d", err, kind, head.Width, head.Height)
	}
	kept, err := Build("webclip", "Plan", form("label", "Neu", "url", "https://x.example"), &clip)
	if err != nil || !bytes.Equal(payloadsOf(treeOf(t, kept.Body))[0]["Icon"].([]byte), icon) {
		t.Errorf("the icon is lost: %v", err)
	}
	gone, err := Build("webclip", "Plan", form("label", "Neu", "url", "https://x.example", "icon_remove", "on"), &clip)
	if _, there := payloadsOf(treeOf(t, gone.Body))[0]["Icon"]; err != nil || there {
		t.Errorf("the icon is still there: %v", err)
	}
	if other, err := Build("wifi", "x", form("ssid", "A", "security", "WPA2"), &clip); err == nil {
		t.Errorf("a password came from another kind of profile: %v", other.Payloads)
	}
}

func TestReadKnowsWhatAFormCannotShow(t *testing.T) {
	with := func(tree Dict, key string, v any) Dict { tree[key] = v; return tree }
	clip := func(d Dict) Dict {
		d["Label"], d["URL"] = "x", "https://x.example"
		return payload("com.apple.webClip.managed", "w", d)
	}
	tests := []struct {
		name string
		tree Dict
		ok   bool
	}{
		{"an imported network", profile(wifiPayload(nil)), true},
		{"explicit defaults", profile(wifiPayload(Dict{"AutoJoin": true, "HIDDEN_NETWORK": false, "ProxyType": "None"})), true},
		{"a description", with(profile(wifiPayload(Dict{"PayloadDescription": "d"})), "PayloadOrganization", "o"), true},
		{"a name of its own", profile(wifiPayload(Dict{"PayloadDisplayName": "WLAN"})), true},
		{"an unknown key", profile(wifiPayload(Dict{"X": true})), false},
		{"a proxy", profile(wifiPayload(Dict{"ProxyType": "Auto"})), false},
		{"an enterprise network", profile(wifiPayload(Dict{"EAPClientConfiguration": Dict{}})), false},
		{"any encryption", profile(wifiPayload(Dict{"EncryptionType": "Any"})), false},
		{"two payloads", profile(wifiPayload(nil), clip(Dict{})), false},
		{"a payload without form", profile(payload("com.apple.font", "f", nil)), false},
		{"an end date in the frame", with(profile(wifiPayload(nil)), "DurationUntilRemoval", 3.0), false},
		{"a profile nobody may remove", with(profile(wifiPayload(nil)), "PayloadRemovalDisallowed", true), false},
		{"an empty allow list", profile(payload(typeRestrictions, "r", Dict{"allowListedAppBundleIDs": []any{}, "allowAirDrop": false})), false},
		{"a removed restriction", profile(payload(typeRestrictions, "r", Dict{"forceDelayedSoftwareUpdates": true})), false},
		{"whole numbers for reals", profile(payload(typeRestrictions, "r", Dict{"safariAcceptCookies": int64(1)})), true},
		{"a web clip with an icon", profile(clip(Dict{"Icon": []byte("any")})), true},
		{"a web clip for an app", profile(clip(Dict{"TargetApplicationBundleIdentifier": "a.b"})), false},
		{"a filter app", profile(payload("com.apple.webcontent-filter", "f", Dict{"FilterType": "Plugin", "PluginBundleID": "a.b"})), false},
		{"a home screen with a gap", profile(payload("com.apple.homescreenlayout", "h", Dict{"Pages": []any{[]any{Dict{"Type": "Application"}}}})), false},
		{"a printer with more", profile(payload("com.apple.airprint", "a", Dict{"AirPrint": []any{Dict{"IPAddress": "a", "ResourcePath": "b", "X": true}}})), false},
	}
	for _, tt := range tests {
		c := parse(t, tt.tree)
		kind, v, ok := Read(c)
		if ok != tt.ok {
			t.Errorf("%s: %v", tt.name, ok)
			continue
		}
		if !ok {
			continue
		}
		again, err := Build(kind, c.Name, v, &c)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		a, b := payloadsOf(treeOf(t, c.Body))[0], payloadsOf(treeOf(t, again.Body))[0]
		if a["PayloadIdentifier"] != b["PayloadIdentifier"] || a["PayloadUUID"] != b["PayloadUUID"] {
			t.Errorf("%s: the payload became another", tt.name)
		}
	}
}

func TestRestrictionsAreComplete(t *testing.T) {
	o, _ := schema.Profile(typeRestrictions)
	f, _ := FormOf("restrictions")
	count := map[string]int{}
	for _, x := range f.Fields() {
		count[x.Key]++
		if x.MinimumOS == "" || x.Kind == ChoiceField && len(x.Options) < 3 || x.Kind == NumberField && x.Max == 0 {
			t.Errorf("%s is half a field: %+v", x.Key, x)
		}
	}
	for _, k := range o.Keys {
		want := 1
		if k.Elsewhere || k.Removed != "" {
			want = 0
		}
		if count[k.Path] != want {
			t.Errorf("%s stands %d times in the form, want %d", k.Path, count[k.Path], want)
		}
	}
	strict := map[string]string{"allowAirDrop": "false", "forceWiFiPowerOn": "true", "requireManagedPasteboard": "true", "safariForceFraudWarning": "true", "safariAllowPopups": "false"}
	for _, x := range f.Fields() {
		if want, ok := strict[x.Name]; ok && x.Strict != want {
			t.Errorf("%s restricts with %q", x.Name, x.Strict)
		}
	}
}

func TestPresetsBuild(t *testing.T) {
	for _, f := range Forms() {
		for _, p := range f.Presets {
			c, err := Build(f.Kind, p.Name, p.Values, nil)
			if err != nil || !c.Publishable() {
				t.Errorf("%s %s: %v %+v", f.Kind, p.Name, err, c.Problems)
			}
			tree := payloadsOf(treeOf(t, c.Body))[0]
			for _, key := range []string{"allowEraseContentAndSettings", "allowMarketplaceAppInstallation", "allowUIConfigurationProfileInstallation"} {
				if tree[key] != false {
					t.Errorf("the school preset leaves %s", key)
				}
			}
			if tree["forceAutomaticDateAndTime"] != true {
				t.Error("the school preset leaves the clock")
			}
		}
	}
}

func TestEveryFormIsWhole(t *testing.T) {
	kinds := map[string]bool{}
	for _, f := range Forms() {
		if kinds[f.Kind] {
			t.Errorf("%s is there twice", f.Kind)
		}
		kinds[f.Kind] = true
		names := map[string]bool{}
		for _, x := range f.Fields() {
			if x.Name == "" || names[x.Name] || x.Help == "" || x.Kind == NumberField && x.Max <= x.Min {
				t.Errorf("%s: %+v", f.Kind, x)
			}
			names[x.Name] = true
		}
		if v := f.Defaults(); f.Kind == "lockscreen" && v.Get("tag") != "{{device.number}}" || f.Kind == "wifi" && v.Get("autojoin") != "true" {
			t.Errorf("%s starts with %v", f.Kind, v)
		}
	}
	for _, kind := range []string{"wifi", "restrictions", "webclip", "passcode", "lockscreen", "webfilter", "homescreen", "airprint", "update", "updates", "mail"} {
		if !kinds[kind] {
			t.Errorf("no form %s", kind)
		}
	}
}
