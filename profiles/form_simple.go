package profiles

import (
	"net/url"
	"strings"
	"sync"
)

// forms lists every form; the schema completes them once.
var forms = sync.OnceValue(func() []Form {
	list := []Form{wifiForm, restrictionsForm(), webclipForm, passcodeForm, lockscreenForm, webfilterForm, homescreenForm, airprintForm}
	for i := range list {
		list[i] = list[i].from()
	}
	return list
})

// wifiForm knows the networks a school runs without a directory: a passphrase, or an open net behind a login page.
// Enterprise networks need certificates in the same profile and come as files.
var wifiForm = Form{Kind: "wifi", Type: typeWiFi, Groups: []Group{{Fields: []Field{
	{Name: "ssid", Key: "SSID_STR", Kind: TextField, Required: true, Max: 32, Variables: true},
	{Name: "security", Key: "EncryptionType", Kind: ChoiceField, Required: true, Options: []string{"WPA2", "WPA3", "None"}, Default: "WPA2"},
	{Name: "password", Key: "Password", Kind: SecretField, Max: 64},
	{Name: "hidden", Key: "HIDDEN_NETWORK", Kind: BoolField},
	{Name: "autojoin", Key: "AutoJoin", Kind: BoolField},
	{Name: "captive_bypass", Key: "CaptiveBypass", Kind: BoolField},
	{Name: "fixed_mac", Key: "DisableAssociationMACRandomization", Kind: BoolField},
}}}, finish: func(d Dict, _ url.Values) (wrong FieldErrors) {
	if ssid := d.text("SSID_STR"); len(ssid) > 32 && len(variablesIn(ssid)) == 0 { // 32 bytes, not letters
		wrong = append(wrong, fieldError("ssid", "form.too_long", 32))
	}
	switch password, there := d["Password"].(string); {
	case d["EncryptionType"] == "None":
		delete(d, "Password")
	case !there:
		wrong = append(wrong, fieldError("password", "form.required"))
	case len(variablesIn(password)) == 0 && !goodPassphrase(password):
		wrong = append(wrong, fieldError("password", "form.wifi_password"))
	}
	return wrong
}}

var passcodeForm = Form{Kind: "passcode", Type: "com.apple.mobiledevice.passwordpolicy", Groups: []Group{{Fields: []Field{
	{Name: "required", Key: "forcePIN", Kind: BoolField, Default: "true"},
	{Name: "simple", Key: "allowSimple", Kind: BoolField},
	{Name: "alphanumeric", Key: "requireAlphanumeric", Kind: BoolField},
	{Name: "length", Key: "minLength", Kind: NumberField, Default: "6"},
	{Name: "complex", Key: "minComplexChars", Kind: NumberField},
	{Name: "age", Key: "maxPINAgeInDays", Kind: NumberField},
	{Name: "history", Key: "pinHistory", Kind: NumberField},
	{Name: "inactivity", Key: "maxInactivity", Kind: NumberField},
	{Name: "grace", Key: "maxGracePeriod", Kind: NumberField, Min: 0, Max: 240},
	{Name: "attempts", Key: "maxFailedAttempts", Kind: NumberField},
}}}}

// lockscreenForm shows on the locked screen whose iPad it is, so that a lost one finds its way back.
var lockscreenForm = Form{Kind: "lockscreen", Type: "com.apple.shareddeviceconfiguration", Groups: []Group{{Fields: []Field{
	{Name: "tag", Key: "AssetTagInformation", Kind: TextField, Max: 200, Default: "{{device.number}}", Variables: true},
	{Name: "footnote", Key: "LockScreenFootnote", Kind: TextField, Max: 200, Default: "{{school.name}}", Variables: true},
}}}, finish: func(d Dict, _ url.Values) FieldErrors {
	if d.text("AssetTagInformation") == "" && d.text("LockScreenFootnote") == "" {
		return FieldErrors{fieldError("tag", "form.required")}
	}
	return nil
}}

var webclipForm = Form{Kind: "webclip", Type: "com.apple.webClip.managed", Groups: []Group{{Fields: []Field{
	{Name: "label", Key: "Label", Kind: TextField, Required: true, Max: 60, Variables: true},
	{Name: "url", Key: "URL", Kind: TextField, Required: true, Max: 2000, Variables: true},
	{Name: "icon", Key: "Icon", Kind: ImageField},
	{Name: "icon_remove", Kind: BoolField},
	{Name: "removable", Key: "IsRemovable", Kind: BoolField},
	{Name: "fullscreen", Key: "FullScreen", Kind: BoolField},
}}}, finish: func(d Dict, v url.Values) (wrong FieldErrors) {
	if on := v.Get("icon_remove"); (on == "true" || on == "on") && v.Get("icon") == "" {
		delete(d, "Icon")
	}
	if s := d.text("URL"); s != "" && !webAddress(s) {
		wrong = append(wrong, fieldError("url", "form.url"))
	}
	return wrong
}}

// webAddress accepts http and https addresses; where a variable stands nobody can say yet.
func webAddress(s string) bool {
	if len(variablesIn(s)) > 0 {
		return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "{{")
	}
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
