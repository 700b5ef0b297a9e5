package profiles

import "net/url"

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
