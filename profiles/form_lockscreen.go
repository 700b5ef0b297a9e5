package profiles

import "net/url"

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
