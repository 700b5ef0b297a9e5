package ui

import (
	"html/template"
	"testing"

	"ranzen/store/school"
	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

// TestTemplatesOfProfilesAndWaysIn fills every page with all it can show, in both languages.
func TestTemplatesOfProfilesAndWaysIn(t *testing.T) {
	f := web.Frame{Title: "T", Now: noon, Path: "/"}
	at := f.When(noon.AddDate(0, 0, -3))
	status := web.Status{Kind: web.OK, Text: "s"}
	progress := &web.Progress{Label: "l", Done: 1, Total: 2}
	act := web.Action{Text: "a", Href: "/a"}
	post := web.Action{Text: "a", Href: "/a", Post: true, About: "x"}
	field := web.Field{Kind: web.TextField, Name: "f", Label: "l"}
	file := web.FileField{Name: "file", Label: "l", Accept: ".x", MaxBytes: 9, Error: "e"}
	alert := &web.Alert{Kind: web.Danger, Title: "t", Lines: []string{"x"}}
	empty := web.Empty{Title: "e", Text: "t", Actions: []web.Action{act}}
	pager := &web.Pager{From: 1, To: 1, Total: 1}
	changed := []changedLine{{Name: "n", Where: "w", Old: "a", New: "b"}, {Name: "n", Secret: true}, {Name: "n", New: "b", Added: true}, {Name: "n", Old: "a", Gone: true}}
	content := &contentView{Heading: "h", Fields: []contentField{{Group: "g", Name: "n", Lines: []string{"a", "b"}}, {Name: "s", Secret: true}}, Errors: 1,
		Payloads: []payloadView{{Name: "n", Type: "t", Values: []payloadValue{{Key: "k", Value: "v"}, {Key: "s", Secret: true}}, More: 3}, {Name: "t", Type: "t", Known: true}},
		Problems: []finding{{Status: status, Where: "w", Key: "k"}, {Status: status}}}
	check := func(page string, data web.Page, fragments ...string) {
		t.Helper()
		webtest.CheckTemplate(t, page, data, fragments...)
	}

	check("profiles", &profilesPage{Frame: f, Actions: []web.Action{act}, Filter: web.Filter{Action: "/"}, Pager: pager, Files: web.Files{CSV: "/c", XLSX: "/c"}, Every: "every 2s", Columns: []web.Column{{Name: "c"}},
		Rows: []profileLine{{Name: "n", Href: "/n", Owner: "o", Draft: true, Behind: 2, Assigned: "a", Progress: progress}, {Name: "m", Href: "/m"}}}, "list")
	check("profiles", &profilesPage{Frame: f, Empty: empty}, "list")
	page := profilePage{Frame: f, Lead: "l", Actions: []web.Action{act}, More: &web.Menu{Text: "m", Actions: []web.Action{act, post}}, Draft: alert, Status: &status, Tabs: []web.Tab{{Name: "t", Href: "/"}}}
	page.Content = content
	page.Holders = &holdersView{Every: "every 3s", Pager: pager, Rows: []holderLine{{Name: "n", Href: "/n", Since: at, By: "b", Fixed: true, Old: true, Progress: progress, Sum: "s", Actions: []web.Action{act, post}},
		{Name: "n", Since: at, Excluded: true}}}
	page.Versions, page.Earlier = []versionLine{{Name: "v", Href: "/v", Draft: true, At: at}, {Name: "v", Href: "/v", At: at, Download: "/d"}}, "/e"
	check("profile", &page, "holders")
	page.Content, page.Versions = nil, nil
	page.Holders = &holdersView{Empty: empty}
	page.Preview = &previewView{Query: "q", None: true, Found: []deviceChoice{{Name: "n", Detail: "d", Href: "/"}}, Device: "d", Hidden: true, Missing: 1, Names: []variableLine{{Code: "{{x}}", Text: "t"}},
		Filled: []fillingLine{{Where: "w", Template: "t", Value: "v"}, {Where: "w", Secret: true}, {Where: "w", Problem: &status}}}
	check("profile", &page, "holders")
	check("version", &versionPage{Frame: f, Lead: "l", Against: "v", Changes: changed, Content: content, Download: "/d", Actions: []web.Action{post}})
	check("version", &versionPage{Frame: f, Content: content})
	check("profile-new", &formPicker{Frame: f, Forms: []formChoice{{"n", "t", "/"}}, Import: act})
	said := []web.Status{{Kind: web.Danger, Text: "x"}}
	check("profile-edit", &editPage{Frame: f, Alert: alert, Action: "/", Check: "/c", Head: []web.Field{{Kind: web.TextField, Name: "name", Label: "n"}}, Presets: []web.Action{act}, Upload: true, Cancel: "/",
		Groups: []formGroup{{Name: "g", Title: "t", Open: true, Set: 2, Fields: []formField{{Field: field, Notes: []string{"a", "b"}, Said: said}}}, {Fields: []formField{{Field: web.Field{Name: "file"}, File: &file}}}},
		Erred:  []string{"name"}, Variables: []variableLine{{"{{x}}", "t"}}, Hidden: []web.Hidden{{Name: "over", Value: "h"}}, Publish: "p", Checked: &checkView{}})
	check("profile-edit", &editPage{Frame: f, Checked: &checkView{Errors: 1, Warnings: 2, Fields: []checkedField{{Name: "a", Erred: true, Error: "e"}, {Name: "b", Error: "e", Said: said}}}}, "check")
	check("profile-edit", &editPage{Frame: f, Checked: &checkView{Fields: []checkedField{{Name: "a"}}}}, "check")
	check("profile-import", &importPage{Frame: f, Lead: "l", Alert: alert, Action: "/", File: &file, Cancel: "/"})
	check("profile-import", &importPage{Frame: f, Action: "/", Content: content, Facts: []web.Fact{{Name: "n", Code: "c"}}, Fields: []web.Field{field}, Hidden: []web.Hidden{{Name: "body", Value: "x"}}, Changes: changed, Against: "v", Submit: "s", Cancel: "/"})
	check("apple", &applePage{Frame: f, Board: []boardLine{{Name: "n", Href: "/n", Ends: noon, Status: status, Account: "a"}, {Name: "m", Ends: noon, Status: status, Own: true}}, Push: status, Facts: []web.Fact{{Name: "n", Text: "t"}},
		Renew: &act, New: &act, Tokens: []tokenLine{{Name: "n", Href: "/n", Status: status, Assigned: progress, Synced: at}}, Every: "every 2s"}, "tokens")
	check("apple", &applePage{Frame: f, Push: status, Empty: empty}, "tokens")
	for _, waits := range []bool{true, false} {
		both := file
		both.Name = "both-certificate"
		key := file
		key.Name = "both-key"
		check("push", &pushPage{Frame: f, Lead: "l", Status: status, Facts: []web.Fact{{Name: "n", Text: "t"}}, Proof: []web.Fact{{Name: "n", When: &at}}, Renewal: waits, Account: "a", Alert: alert, Waits: waits, Vendor: waits, Asked: at,
			Request: web.Field{Name: "r", Kind: web.EmailField, Label: "l"}, Cert: file, Owner: field, BothC: both, BothK: key, BothA: web.Field{Name: "b", Kind: web.EmailField, Label: "l"}, Both: []web.Hidden{{Name: "way", Value: "both"}}, Open: waits})
		token := &appleTokenPage{Frame: f, Status: status, Lead: "l", Alert: alert, Home: "/t", May: true, Accepted: waits, Renewing: waits, Portal: "p", Account: []web.Fact{{Name: "n", Text: "t"}}, List: []web.Fact{{Name: "n", Text: "t", Href: "/"}},
			Progress: progress, Proof: []web.Fact{{Name: "n", Code: "c"}}, Every: "every 2s", File: file, Fields: []web.Field{field}, Panes: web.Field{Kind: web.ChecksField, Name: "show", Label: "l", Options: []web.Option{{Value: "a", Text: "b"}}},
			Remove: &web.Confirm{ID: "remove", Title: "t", Text: "x", Word: "w", Button: "b", Action: "/", Cancel: "/"}}
		if waits {
			token.Minimum = "17.6"
		}
		check("appletoken", token, "state")
	}
	check("code", &codePage{Frame: f, School: "s", Note: "n", Serial: "S", Uses: 2, Until: "u", Link: "l", QR: template.HTML("<svg></svg>"), Typed: "t", TypedURL: "u", Back: "/"})
	check("enrol", &enrolPage{Frame: f, At: "a", Serial: "s", Action: "/", Code: "c", Known: true})
	check("enrol", &enrolPage{Frame: f, Alert: alert, Field: web.Field{Kind: web.CodeField, Name: "code", Label: "l", Error: "e"}})
	arrived := []arrivalLine{{ID: "d", Name: "n", Href: "/d", Serial: "s", Model: "m", School: "x", Seen: at, Confirm: "/c"}}
	check("arrivals", &arrivalsPage{Frame: f, Lead: "l", Unconfirmed: arrived, MoreU: "/m", CountU: 200, Unplaced: arrived, MoreP: "/p", CountP: 300, Schools: web.Field{Kind: web.SelectField, Name: "school", Label: "l"}, Assign: "/a", Filter: "f"})
	check("arrivals", &arrivalsPage{Frame: f, Empty: &empty})
	plan := &deliveryPlan{Creates: 1, Rows: []deliveryRow{{Row: 2, Serial: "s", Does: status}}, MoreR: 3, Hidden: []web.Hidden{{Name: "body", Value: "b"}}, Submit: "s"}
	check("deliveries", &deliveryPage{Frame: f, Lead: "l", Plan: plan})
	check("deliveries", &deliveryPage{Frame: f, File: &file, Columns: []columnLine{{"n", "t"}}, Alert: alert, Plan: &deliveryPlan{Wrong: 2, Problems: []rowProblem{{2, "c", "t"}}, MoreP: 2}})
	check("deliveries", &deliveryPage{Frame: f, Plan: &deliveryPlan{Keeps: 1}})
}

// What a code of the world becomes on a page has a word in both languages, and a fallback where Apple may say more than we know.
func TestWhatAppleSaysIsSaid(t *testing.T) {
	for _, l := range web.Langs {
		for _, code := range []string{"ade_throttled", "ade_unavailable", "ade_terms", "ade_token_rejected", "ade_access_denied", "ade_cursor", "ade_refused", "never_heard_of"} {
			if text := syncError(l, code); text == "" || text == code {
				t.Errorf("%s in %s: %q", code, l, text)
			}
		}
		for _, p := range []school.Problem{{Code: "type", Args: []string{"string", "integer"}}, {Code: "needs_os", Args: []string{"18.0"}}} {
			web.ProblemText(l, p)
		}
	}
}
