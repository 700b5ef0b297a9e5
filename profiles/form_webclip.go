package profiles

import (
	"net/url"
	"strings"
)

// webclipForm puts a web address on the home screen. The icon is optional; without one the iPad takes the site's own.
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
