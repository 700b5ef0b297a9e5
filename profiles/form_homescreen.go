package profiles

import "strings"

// homescreenForm writes the home screen as lines, one per icon from the first place to the last:
//
//	com.apple.mobilesafari          an app by its bundle id
//	https://schule.example/plan     a web clip by exactly its address
//	[Mathe]                         a folder; the indented lines below it are in it
//	  com.apple.calculator
//	---                             the next page; indented: the next page of the folder
//
// Places Apple's layout leaves free cannot be written; the icons follow each other.
var homescreenForm = Form{Kind: "homescreen", Type: "com.apple.homescreenlayout", Groups: []Group{{Fields: []Field{
	{Name: "dock", Key: "Dock", Kind: ListField, parse: parseDock, format: formatDock},
	{Name: "pages", Key: "Pages", Kind: ListField, Required: true, parse: parsePages, format: formatPages,
		Default: "com.apple.mobilesafari\ncom.apple.camera\ncom.apple.Preferences"},
}}}}

// dockPlaces is how many icons an iPad's dock holds.
const dockPlaces = 15

func parseDock(lines []string) (any, int) {
	pages, bad := layout(lines)
	if bad > 0 {
		return nil, bad
	}
	if len(pages) > 1 || len(pages[0].([]any)) > dockPlaces {
		return nil, len(lines)
	}
	return pages[0], 0
}

func parsePages(lines []string) (any, int) {
	pages, bad := layout(lines)
	if bad > 0 {
		return nil, bad
	}
	return pages, 0
}

// layout reads pages of icons.
func layout(lines []string) (pages []any, bad int) {
	page := []any{}
	var folder Dict
	for i, line := range lines {
		text := strings.TrimSpace(line)
		inside := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		if text == "" {
			continue
		}
		if inside && folder == nil {
			return nil, i + 1
		}
		if !inside {
			folder = nil
		}
		switch {
		case text == "---" && inside:
			folder["Pages"] = append(folder["Pages"].([]any), []any{})
		case text == "---":
			pages = append(pages, page)
			page = []any{}
		case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
			name := strings.TrimSpace(text[1 : len(text)-1])
			if inside || name == "" {
				return nil, i + 1
			}
			folder = Dict{"Type": "Folder", "DisplayName": name, "Pages": []any{[]any{}}}
			page = append(page, folder)
		default:
			one, ok := parseIcon(text)
			if !ok {
				return nil, i + 1
			}
			if !inside {
				page = append(page, one)
				continue
			}
			inner := folder["Pages"].([]any)
			inner[len(inner)-1] = append(inner[len(inner)-1].([]any), one)
		}
	}
	return append(pages, page), 0
}

func parseIcon(s string) (Dict, bool) {
	if strings.Contains(s, "://") {
		return Dict{"Type": "WebClip", "URL": s}, !strings.ContainsAny(s, " \t")
	}
	for _, r := range s { // what a bundle id is made of
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_') {
			return nil, false
		}
	}
	return Dict{"Type": "Application", "BundleID": s}, strings.Contains(s, ".")
}

func formatDock(v any) ([]string, bool) { return formatPages([]any{v}) }

func formatPages(v any) (lines []string, ok bool) {
	pages, ok := v.([]any)
	for i, page := range pages {
		if i > 0 {
			lines = append(lines, "---")
		}
		icons, _ := page.([]any)
		for _, icon := range icons {
			d, _ := icon.(Dict)
			if d.text("Type") != "Folder" {
				lines = append(lines, d.text("BundleID")+d.text("URL"))
				continue
			}
			lines = append(lines, "["+d.text("DisplayName")+"]")
			inner, _ := formatPages(d["Pages"])
			for _, line := range inner {
				lines = append(lines, "  "+line)
			}
		}
	}
	return lines, ok
}
