package profiles

import (
	"net/url"
	"strconv"
	"strings"

	"ranzen/store/school"
)

// rules are what Apple says in prose and no schema holds, by payload type.
var rules = map[string]func(*findings, Dict){
	typeWiFi:                         wifiRule,
	"com.apple.homescreenlayout":     homescreenRule,
	"com.apple.webClip.managed":      webclipRule,
	"com.apple.webcontent-filter":    webfilterRule,
	"com.apple.proxy.http.global":    proxyRule,
	"com.apple.notificationsettings": notificationRule,
	school.UpdateDeclared:            updateRule,
}

func wifiRule(f *findings, p Dict) {
	if p.text("SSID_STR") == "" && p.text("DomainName") == "" {
		f.add(school.Wrong, "SSID_STR", "missing")
	}
	if len(p.text("SSID_STR")) > 32 && len(variablesIn(p.text("SSID_STR"))) == 0 {
		f.add(school.Wrong, "SSID_STR", "ssid_length")
	}
	eap, enterprise := p["EAPClientConfiguration"].(Dict)
	switch p["EncryptionType"] {
	case "WPA", "WPA2", "WPA3":
		password, there := p["Password"].(string)
		if !enterprise && there && len(variablesIn(password)) == 0 && !goodPassphrase(password) {
			f.add(school.Wrong, "Password", "wifi_password")
		}
		if !enterprise && !there {
			f.add(school.Warning, "Password", "wifi_no_password")
		}
	case "WEP":
		f.add(school.Warning, "EncryptionType", "wifi_weak")
	}
	if enterprise {
		_, names := eap["TLSTrustedServerNames"]
		_, anchors := eap["PayloadCertificateAnchorUUID"]
		if !names || !anchors {
			f.add(school.Warning, "EAPClientConfiguration", "wifi_trust")
		}
	}
}

// goodPassphrase knows what WPA takes: 8 to 63 printable ASCII characters, or 64 hexadecimal digits.
func goodPassphrase(s string) bool {
	hex := len(s) == 64
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e {
			return false
		}
		hex = hex && strings.IndexByte("0123456789abcdefABCDEF", c) >= 0
	}
	return hex || len(s) >= 8 && len(s) <= 63
}

func homescreenRule(f *findings, p Dict) {
	seen := map[string]bool{}
	var item func(v any, path string, inFolder bool)
	pages := func(v any, path string, inFolder bool) {
		list, _ := v.([]any)
		for i, page := range list {
			icons, _ := page.([]any)
			for j, icon := range icons {
				item(icon, path+"["+strconv.Itoa(i)+"]["+strconv.Itoa(j)+"]", inFolder)
			}
		}
	}
	item = func(v any, path string, inFolder bool) {
		d, _ := v.(Dict)
		key := ""
		switch d.text("Type") {
		case "Application":
			key = "BundleID"
		case "WebClip":
			key = "URL"
		case "Folder":
			if inFolder {
				f.add(school.Wrong, path+".Type", "folder_in_folder")
				return
			}
			pages(d["Pages"], path+".Pages", true)
			return
		default:
			return // the schema finds it
		}
		name := d.text(key)
		switch {
		case name == "":
			f.add(school.Wrong, path+"."+key, "missing")
		case seen[key+name]:
			f.add(school.Warning, path+"."+key, "twice", printable(name))
		}
		seen[key+name] = true
	}
	dock, _ := p["Dock"].([]any)
	if len(dock) > dockPlaces {
		f.add(school.Warning, "Dock", "dock_full", strconv.Itoa(len(dock)), strconv.Itoa(dockPlaces))
	}
	for i, icon := range dock {
		item(icon, "Dock["+strconv.Itoa(i)+"]", false)
	}
	pages(p["Pages"], "Pages", false)
}

func webclipRule(f *findings, p Dict) {
	if s := p.text("URL"); s != "" && len(variablesIn(s)) == 0 {
		if u, err := url.Parse(s); err != nil || u.Scheme == "" {
			f.add(school.Wrong, "URL", "url")
		}
	}
	if icon, _ := p["Icon"].([]byte); len(icon) > 1<<20 {
		f.add(school.Warning, "Icon", "icon_large", strconv.Itoa(len(icon)>>10))
	}
}

// filterURLs is the number of addresses per list up to which Apple's built-in filter is known to work.
const filterURLs = 500

func webfilterRule(f *findings, p Dict) {
	kind, there := p["FilterType"].(string)
	if there && kind == "Plugin" {
		if p.text("PluginBundleID") == "" {
			f.add(school.Wrong, "PluginBundleID", "missing")
		}
		return
	}
	for _, key := range []string{"PermittedURLs", "DenyListURLs", "AllowListBookmarks"} {
		if list, _ := p[key].([]any); len(list) > filterURLs {
			f.add(school.Warning, key, "many_urls", strconv.Itoa(len(list)), strconv.Itoa(filterURLs))
		}
	}
	if _, ok := p["PermittedURLs"]; ok && p["AutoFilterEnabled"] != true {
		f.add(school.Warning, "PermittedURLs", "needs_key", "AutoFilterEnabled")
	}
}

// proxyRule warns of the proxy that cuts a device off from this server as well.
func proxyRule(f *findings, p Dict) {
	if p["ProxyPACFallbackAllowed"] != true {
		f.add(school.Warning, "ProxyPACFallbackAllowed", "proxy_lockout")
	}
}

func notificationRule(f *findings, p Dict) {
	seen := map[string]bool{}
	list, _ := p["NotificationSettings"].([]any)
	for i, e := range list {
		d, _ := e.(Dict)
		id := d.text("BundleIdentifier")
		if id != "" && seen[id] {
			f.add(school.Warning, "NotificationSettings["+strconv.Itoa(i)+"].BundleIdentifier", "twice", printable(id))
		}
		seen[id] = true
	}
}
