package profiles

import (
	"fmt"
	"strconv"
	"strings"

	"ranzen/store/school"
)

// An app is a profile with one payload of a type of our own, which never reaches a device: control makes a command or a declaration
// of it. So versions, variables, differences and the editor are those of profiles. Only this file makes one; a file from outside
// that holds such a payload is refused.

// typeApp is the payload of an app; the name is that of Apple's declaration.
const typeApp = "com.apple.configuration.app.managed"

// appCarried are the keys no form changes: which app it is.
var appCarried = []string{"AppStoreID", "BundleID", "MinimumOSVersion"}

// appForm is how an app is set up. Without more an app cannot be deleted by the pupil and is updated by itself.
var appForm = Form{Kind: "app", Type: typeApp, carried: appCarried, Groups: []Group{{Fields: []Field{
	{Name: "removable", Key: "Removable", Kind: BoolField, Help: "form-app"},
	{Name: "no_backup", Key: "PreventBackup", Kind: BoolField, Help: "form-app"},
	{Name: "updates", Key: "AutomaticAppUpdates", Kind: ChoiceField, Options: []string{"", "AlwaysOn", "AlwaysOff"}, MinimumOS: "26.0", Help: "form-app"},
	{Name: "configuration", Key: "Configuration", Kind: ListField, Variables: true, Help: "form-app", parse: parseConfiguration, format: formatConfiguration},
}}}}

// NewApp is the first content of an app: nothing but which one it is. minimumOS is what the App Store says it needs.
func NewApp(name string, a school.App, minimumOS string) (school.Content, error) {
	if !school.BundleOK(a.BundleID) || !school.AdamOK(a.AdamID) {
		return school.Content{}, refuse("app.unknown")
	}
	payload := Dict{"PayloadType": typeApp, "PayloadVersion": int64(1), "PayloadIdentifier": "ranzen.form.app.1", "PayloadUUID": deriveUUID("form payload", "app"),
		"PayloadDisplayName": name, "AppStoreID": a.AdamID, "BundleID": a.BundleID}
	if minimumOS != "" {
		payload["MinimumOSVersion"] = minimumOS
	}
	return parseTree(Dict{"PayloadType": "Configuration", "PayloadVersion": int64(1), "PayloadIdentifier": "ranzen.form.app", "PayloadUUID": deriveUUID("form", "app"),
		"PayloadDisplayName": name, "PayloadContent": []any{payload}}, nil)
}

// appOf says which app a tree is about; nil: none.
func appOf(payloads []Dict) *school.App {
	if len(payloads) != 1 || payloads[0].text("PayloadType") != typeApp {
		return nil
	}
	p := payloads[0]
	_, configured := p["Configuration"].(Dict)
	return &school.App{AdamID: p.text("AppStoreID"), BundleID: p.text("BundleID"), Configured: configured}
}

// AppSettings is how an app is set up on one device.
type AppSettings struct {
	school.App
	Removable     bool
	PreventBackup bool
	Updates       string // AlwaysOn, AlwaysOff; empty: as the store is set
	Configuration map[string]any
}

// App reads the settings of an app, filled for one device.
func (f Filled) App() (AppSettings, error) {
	tree, err := f.read()
	if err != nil {
		return AppSettings{}, fmt.Errorf("read the settings of an app: %w", err)
	}
	payloads := payloadsOf(tree)
	a := appOf(payloads)
	if a == nil {
		return AppSettings{}, fmt.Errorf("read the settings of an app: %s is none", f.Hash)
	}
	p := payloads[0]
	s := AppSettings{App: *a, Removable: p["Removable"] == true, PreventBackup: p["PreventBackup"] == true, Updates: p.text("AutomaticAppUpdates")}
	if c, ok := p["Configuration"].(Dict); ok {
		s.Configuration = c
	}
	return s, nil
}

// A configuration is written line by line, "key = value", or as the property list the maker of the app gives. true, false and whole
// numbers are what they look like; in quotation marks they are texts.
func parseConfiguration(lines []string) (any, int) {
	if text := strings.TrimSpace(strings.Join(lines, "\n")); strings.HasPrefix(text, "<") {
		v, err := readList([]byte(wrapped(text)))
		d, ok := v.(Dict)
		if err != nil || !ok || len(d) == 0 {
			return nil, 1
		}
		return d, 0
	}
	d := Dict{}
	for i, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if _, twice := d[key]; !ok || key == "" || twice {
			return nil, i + 1
		}
		d[key] = scalar(value)
	}
	if len(d) == 0 {
		return nil, 1
	}
	return d, 0
}

// wrapped makes a property list of the bare dictionary makers of apps print in their papers.
func wrapped(text string) string {
	if strings.HasPrefix(text, "<dict") {
		return `<?xml version="1.0" encoding="UTF-8"?><plist version="1.0">` + text + `</plist>`
	}
	return text
}

func scalar(s string) any {
	if n := len(s); n >= 2 && s[0] == '"' && s[n-1] == '"' {
		return s[1 : n-1]
	}
	if s == "true" || s == "false" {
		return s == "true"
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
		return n
	}
	return s
}

func formatConfiguration(value any) ([]string, bool) {
	d, ok := value.(Dict)
	if !ok {
		return nil, false
	}
	var lines []string
	for _, k := range d.sortedKeys() {
		text, plain := "", strings.TrimSpace(k) == k && k != "" && !strings.ContainsAny(k, "=<\n")
		switch v := d[k].(type) {
		case string:
			text = v
			if scalar(v) != any(v) || strings.TrimSpace(v) != v || v == "" {
				text = `"` + v + `"`
			}
			plain = plain && !strings.ContainsAny(v, "\r\n")
		case bool:
			text = strconv.FormatBool(v)
		case int64:
			text = strconv.FormatInt(v, 10)
		default:
			plain = false
		}
		if !plain {
			body, err := Encode(d)
			return strings.Split(strings.TrimSpace(string(body)), "\n"), err == nil
		}
		lines = append(lines, k+" = "+text)
	}
	return lines, true
}
