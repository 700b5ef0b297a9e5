package profiles

import (
	"net/url"
	"strings"
)

// webfilterForm is Apple's built-in filter, which works in Safari and other WebKit views. Filter apps of other makers
// bring their own profile.
var webfilterForm = Form{Kind: "webfilter", Type: "com.apple.webcontent-filter", Groups: []Group{{Fields: []Field{
	{Name: "auto", Key: "AutoFilterEnabled", Kind: BoolField, Default: "true"},
	{Name: "permitted", Key: "PermittedURLs", Kind: ListField, parse: parseAddresses},
	{Name: "denied", Key: "DenyListURLs", Kind: ListField, parse: parseAddresses},
	{Name: "bookmarks", Key: "AllowListBookmarks", Kind: ListField, parse: parseBookmarks, format: formatBookmarks},
	{Name: "hide_denied", Key: "HideDenyListURLs", Kind: BoolField},
	{Name: "keep_history", Key: "SafariHistoryRetentionEnabled", Kind: BoolField},
}}}, finish: func(d Dict, _ url.Values) FieldErrors {
	d["FilterType"] = "BuiltIn"
	_, permitted := d["PermittedURLs"]
	_, denied := d["DenyListURLs"]
	_, only := d["AllowListBookmarks"]
	switch {
	case permitted && d["AutoFilterEnabled"] != true:
		return FieldErrors{fieldError("permitted", "form.needs_auto")}
	case !permitted && !denied && !only && d["AutoFilterEnabled"] != true:
		return FieldErrors{fieldError("auto", "form.nothing")}
	}
	return nil
}}

// parseAddresses adds the scheme Apple wants to addresses people write without.
func parseAddresses(lines []string) (any, int) {
	list := []any{}
	for i, line := range lines {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if !strings.Contains(line, "://") {
			line = "https://" + line
		}
		if strings.ContainsAny(line, " \t") || !webAddress(line) {
			return nil, i + 1
		}
		list = append(list, line)
	}
	return list, 0
}

// parseBookmarks reads "Title | address" lines.
func parseBookmarks(lines []string) (any, int) {
	list := []any{}
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cut := strings.LastIndexByte(line, '|')
		if cut < 0 {
			return nil, i + 1
		}
		title := strings.TrimSpace(line[:cut])
		address, bad := parseAddresses([]string{line[cut+1:]})
		if urls, _ := address.([]any); bad == 0 && title != "" && len(urls) == 1 {
			list = append(list, Dict{"Title": title, "URL": urls[0]})
			continue
		}
		return nil, i + 1
	}
	return list, 0
}

func formatBookmarks(v any) (lines []string, ok bool) {
	list, ok := v.([]any)
	for _, e := range list {
		d, _ := e.(Dict)
		lines = append(lines, d.text("Title")+" | "+d.text("URL"))
	}
	return lines, ok
}
