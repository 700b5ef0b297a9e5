package ui

import (
	"regexp"
	"strings"
	"testing"

	"ranzen/ui/web"
	"ranzen/ui/web/webtest"
)

func frameOf(title string) web.Frame {
	return web.Frame{Title: title, Now: noon, Path: "/classes/x", User: "x", Authority: "Musterstadt", Help: "/help"}
}

// Every page is executed with all it can show, and with nothing.
func TestPagesAgainstTheirStructs(t *testing.T) {
	f := frameOf("Seite")
	when := f.When(noon)
	until := f.When(noon)
	act := web.Action{Text: "Los", Href: "/x", Post: true, About: "worum", Hidden: []web.Hidden{{Name: "a", Value: "b"}}}
	empty := web.Empty{Title: "Nichts", Text: "da", Actions: []web.Action{act}}
	menu := web.Menu{Text: "Mehr", Actions: []web.Action{act}}
	tabs := []web.Tab{{Name: "Eins", Href: "/x", Current: true, Counted: true, Count: 1}}
	events := []web.Event{{When: when, Kind: web.Note, Text: "Etwas", By: "jemand", Undo: "/undo/1"}}
	block := &assignedBlock{Again: "every 2s", From: "/x", Empty: empty, Event: events, Retry: &act, Lines: []web.Given{
		{Name: "WLAN", Href: "/p", Number: 1, Through: "Klasse 7b", Since: when, Progress: web.Progress{Label: "x", Done: 25, Total: 27}, Sum: "2 offen", Actions: []web.Action{act},
			Open: []web.OpenDevice{{Name: "MS-1", Href: "/d", Status: web.Status{Kind: web.Waiting, Text: "wartet"}, Action: &act}, {Name: "3 iPads", Status: web.Status{Kind: web.Busy, Text: "kommt"}}}},
		{Name: "Regeln", Mode: "ausgenommen"}, {Name: "Leer", Sum: "kein iPad"}}}
	line := deviceLine{ID: "1", Name: "MS-1", Href: "/d", Serial: "S", Holder: &link{"Muster, Lena", "/p"}, School: link{"Nord", "/s"}, Class: link{"7b", "/c"}, Seen: when}
	person := personLine{Name: "Muster, Lena", Href: "/p", Kind: "x", Device: "MS-1", DeviceHref: "/d", More: 2}

	webtest.CheckTemplate(t, "start", &startPage{Frame: f, Live: &startBlock{Heading: "Zu tun", Asof: when, Again: "every 10s", Totals: []link{{"35 iPads", ""}, {"35 fertig", "/x"}, {"0 holen auf", ""}},
		Arrive: &arrivals{Text: "41 von 60", Progress: web.Progress{Label: "x", Done: 41, Total: 60}, Latest: []hitLine{{link{"MS-1", "/d"}, "Nord"}}},
		Todo:   []web.Todo{{Urgency: web.Today, Title: "Etwas", Text: "Text", Needs: "wer", Action: &act}}}, Games: []web.Action{act}}, "start")
	webtest.CheckTemplate(t, "start", &startPage{Frame: f, Live: &startBlock{Heading: "Heute ist nichts zu tun.", Totals: []link{{"0 iPads", ""}}}}, "start")
	webtest.CheckTemplate(t, "start", &startPage{Frame: f, Guide: &guideBlock{Heading: "Noch 2", Steps: []guideStep{{Name: "Eins", Done: true}, {Name: "Zwei", Text: "t", Who: "wer", Next: true, Action: &act}}}})
	for _, p := range []*classPage{
		{Frame: f, Counts: "27", Year: "2026/27", Years: &menu, Actions: []web.Action{act}, Menu: &menu, Tabs: tabs, Assigned: block},
		{Frame: f, Year: "2026/27", Tabs: tabs, Assigned: &assignedBlock{Empty: empty}}, {Frame: f, Tabs: tabs, Devices: []deviceLine{line}, Names: true}, {Frame: f, Devices: []deviceLine{{Name: "x"}}},
		{Frame: f, People: []personLine{person, {Name: "x"}}}, {Frame: f, Events: events}, {Frame: f, Empty: &empty}} {
		webtest.CheckTemplate(t, "class", p, "assigned")
	}
	webtest.CheckTemplate(t, "class_sheet", &classSheet{Frame: f, Back: "/", Counts: "27", Year: "x", Years: &menu, Names: true, Devices: []deviceLine{line}, Without: []personLine{person}})
	webtest.CheckTemplate(t, "school", &schoolPage{Frame: f, Line: "x", Network: &web.Status{Kind: web.OK, Text: "x"}, Years: &menu, Grades: true, Actions: []web.Action{act}, Menu: &menu, Tabs: tabs, Totals: []link{{"35 iPads", ""}, {"35 fertig", "/x"}, {"0 holen auf", ""}}, Rows: []classLine{{link{"7b", "/c"}, &link{"7", "/g"}, 1, 2}, {link: link{"Vorlaufkurs", "/c"}}},
		Assigned: block, Events: events, Empty: &empty}, "assigned")
	items := []itemLine{{Name: "WLAN", Number: 1, Through: "x", Status: web.Status{Kind: web.OK, Text: "da"}, Text: "warum"}}
	webtest.CheckTemplate(t, "device", &devicePage{Frame: f, Code: &web.Code{Text: "S"}, Line: "iPad", Seen: when, Actions: []web.Action{act}, Menu: &menu, Tabs: tabs, Empty: &empty, Items: items, Events: events,
		Facts: []web.Fact{{Name: "a", Text: "b"}, {Name: "w", When: &when}}, Orders: []orderLine{{What: "x", By: "y", Created: when, Detail: "d", Cancel: "/c", Answer: &act}}, Turn: &deviceTurn{Status: web.Status{Kind: web.Busy, Text: "x"}, Why: "w", Steps: []turnStep{{"a", web.OK, "b"}, {Name: "c", Status: web.Waiting}}},
		Held: []holdingLine{{Person: link{"x", "/p"}, From: when}, {Person: link{Name: "x"}, From: when}, {Person: link{"y", "/p"}, From: when, Until: &until}},
		Live: &deviceAnswer{From: "/x", Again: "every 2s", Open: "wartet", There: items, Rest: items,
			Blocks: []answerBlock{{Headline: "Es fehlt", Facts: []web.Fact{{Name: "a", Text: "b"}}, Proof: []proofLine{{when, "x"}}, Code: "c", Actions: []web.Action{act}}, {Look: "danger", Headline: "x"}}}}, "answer")
	webtest.CheckTemplate(t, "device", &devicePage{Frame: f, Code: &web.Code{Text: "S"}, Live: &deviceAnswer{Clear: "Alles"}}, "answer")
	webtest.CheckTemplate(t, "devices", &devicesPage{Frame: f, Names: true, Marks: true, Order: true, Move: true, Devices: []deviceLine{line, {}}, Files: web.Files{CSV: "/x", XLSX: "/x"}, Columns: []web.Column{{Name: "x", Href: "/"}}})
	webtest.CheckTemplate(t, "devices", &devicesPage{Frame: f, Empty: empty, Devices: nil})
	webtest.CheckTemplate(t, "bulk", &bulkPage{Frame: f, Lead: "x", Note: "y", Action: "/x", Submit: "los", Back: "/", Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Fields: []web.Field{{Kind: web.TextField, Name: "to", Label: "Wohin"}}})
	alert := &web.Alert{Kind: web.Danger, Title: "Nein", Lines: []string{"darum"}}
	webtest.CheckTemplate(t, "assign", &assignPage{Frame: f, Lead: "x", Alert: alert, Fields: []web.Field{{Kind: web.TextField, Name: "profile", Label: "Profil"}}, Submit: "los", Back: "/"})
	webtest.CheckTemplate(t, "assign", &assignPage{Frame: f, Empty: &empty})
	field := web.Field{Kind: web.TextField, Name: "typed", Label: "Zahl"}
	webtest.CheckTemplate(t, "plan", &planPage{Frame: f, Sum: "x", Groups: []web.Group{{Kind: web.Loses, Count: 2, Text: "x", Where: "y", Names: "/n"}}, Wifi: "w", Held: true, Until: "u", Typed: &field, Submit: "los",
		Apply: "/a", Drop: act, Back: "/", Names: &namesTable{Title: "x", Columns: []web.Column{{Name: "a"}}, Rows: [][]cell{{{Text: "a", Href: "/d"}, {Code: "b"}}}, Close: "/"}})
	webtest.CheckTemplate(t, "plan", &planPage{Frame: f, Alert: alert, Nobody: "x"})
	webtest.CheckTemplate(t, "person", &personPage{Frame: f, Kind: "x", Actions: []web.Action{act}, Menu: &menu, Held: []personHolding{{Device: link{"x", "/d"}, From: when, Back: "/b"}, {Device: link{"y", "/d"}, From: when, Until: &until}}, Events: events})
	webtest.CheckTemplate(t, "person", &personPage{Frame: f, Empty: empty})
	webtest.CheckTemplate(t, "record", &recordPage{Frame: f, Lead: "x", Actions: []web.Action{act}, Menu: &menu, Facts: []web.Fact{{Name: "a", Text: "b"}}, Pictures: []web.Action{{Href: "/p", Text: "Bild 1"}}, Events: events,
		Sections: []section{{Title: "Teile", Columns: []web.Column{{Name: "a"}}, Rows: [][]cell{{{Text: "x", Href: "/x"}}}}, {Title: "Nichts", None: "nichts"}}})
	webtest.CheckTemplate(t, "slips", &slipsPage{Frame: f, Lead: "x", Where: "y", Until: "z", Back: "/", Slips: []clerkSlip{{Name: "Ole", Login: "pult-x", PIN: "1"}}})
	webtest.CheckTemplate(t, "picture", &picturePage{Frame: f, Lead: "x", Action: "/x", Fields: []web.Field{{Kind: web.TextField, Name: "school", Label: "Schule"}}, File: web.FileField{Name: "picture", Label: "Foto"}, Cancel: "/"})
	webtest.CheckTemplate(t, "look", &lookPage{formPage: formPage{Frame: f, Lead: "x", Alert: alert, Hidden: []web.Hidden{{Name: "a", Value: "b"}}, Fields: []web.Field{field}, Submit: "los", Cancel: "/"}, File: web.FileField{Name: "logo", Label: "Logo"}, Shown: "/look/logo.png", Facts: []web.Fact{{Name: "a", Text: "b"}}})
	webtest.CheckTemplate(t, "search", &searchPage{Frame: f, Groups: []hitGroup{{ID: "a", Name: "x", All: "/x", Hits: []hitLine{{link{"x", "/x"}, "d"}}}}, Empty: &empty})
	webtest.CheckTemplate(t, "conflict", &conflictPage{Frame: f, Text: "x", Moved: []web.Fact{{Name: "a", Text: "b"}}, Back: "/"})
	webtest.CheckTemplate(t, "slip", &slipPage{Frame: f, Back: "/", Holder: "Lena M.", Class: "Klasse 7b", Parts: []slipPart{{Why: "Es schweigt.", Steps: []string{"Laden."}}}, Contact: "IT"})
	webtest.CheckTemplate(t, "slip", &slipPage{Frame: f, Back: "/", Class: "Klasse 7b", Nothing: &empty})
	webtest.CheckTemplate(t, "sure", &surePage{Frame: f, Confirm: &web.Confirm{ID: "c", Title: "x", Text: "y", Button: "z", Action: "/x", Cancel: "/"}})
	webtest.CheckTemplate(t, "sure", &surePage{Frame: f, Alert: alert})
}

var hrefs = regexp.MustCompile(`href="(/[^"#]*)`)

// No page leads to one that does not exist or may not be seen: followed for every role from the pages of these files.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	w := newWorld(t)
	admin := w.as(w.Admin)
	pages := decidingPages(t, w, admin)
	for _, login := range []string{w.Admin, w.Clerk, w.Auditor, w.Operator} {
		c := w.as(login)
		seen := map[string]string{}
		for _, p := range pages {
			page := c.get(p[1])
			if page.Status != 200 {
				continue
			}
			for _, m := range hrefs.FindAllStringSubmatch(page.Body, -1) {
				href := strings.ReplaceAll(m[1], "&amp;", "&")
				if !strings.HasPrefix(href, "/static/") && !strings.Contains(href, "?theme=") && !strings.Contains(href, "?lang=") && seen[href] == "" {
					seen[href] = p[0]
				}
			}
		}
		for href, from := range seen {
			if a := c.get(href); a.Status != 200 && a.Status != 303 {
				t.Errorf("%s: %s leads to %s, which answers %d", login, from, href, a.Status)
			}
		}
	}
}
