package web_test

import (
	"time"

	"ranzen/ui/web"
)

// StyleGuide is the page "styleguide": every part in every state. Its texts are
// the data of this test and stand in no catalogue.
type StyleGuide struct {
	web.Frame
	Note             string
	Names            guideNames
	Actions          []web.Action
	Menu             web.Menu
	Tabs             []web.Tab
	Banners          []web.Banner
	Todo             []web.Todo
	Sum, Answer      string
	Reasons, Facts   []web.Fact
	Filter           web.Filter
	Columns          []web.Column
	Rows             []guideRow
	Pager, LastPager web.Pager
	Empty            web.Empty
	Statuses         []web.Status
	Alerts           []web.Alert
	Groups           []web.Group
	Confirms         []web.Confirm
	Opener           web.Action
	Dialog           web.Confirm
	Events           []web.Event
	Fields           []web.Field
	Files            []web.FileField
	Live             web.Progress
}

type guideNames struct {
	Todo, Answer, Table, Marked, Status, Alerts, Plan, Facts, Timeline, Form, Save, Live, Step, Fail, Away string
}

type guideRow struct {
	Number, Serial string
	Status         web.Status
	Seen           web.When
	Progress       web.Progress
	Free           int64
}

// noon is the now of all pages in these tests: Tuesday, 17.11.2026 08:10 in Berlin.
var noon = time.Date(2026, 11, 17, 7, 10, 0, 0, time.UTC)

func dress(f *web.Frame) {
	f.User, f.Authority, f.Version, f.Demo = "schul-it@musterstadt.example", "Musterstadt", "0.1.0", true
	f.Contact = "Schul-IT, Tel. 02 02 / 1 23 45"
	f.Nav = []web.NavItem{
		{Name: "Übersicht", Href: "/", Count: 3}, {Name: "Schulen", Href: "/schools"}, {Name: "Geräte", Href: "/devices", Current: true},
		{Name: "Personen", Href: "/people"}, {Name: "Profile", Href: "/profiles"}, {Name: "Verwaltung", Href: "/admin"},
	}
	f.Place = []web.Crumb{{Name: "Musterstadt", Href: "/"}, {Name: "Gymnasium Nord", Href: "/schools/nord"}, {Name: "Klasse 7b"}}
}

func guide(f web.Frame) *StyleGuide {
	when := func(d time.Duration) web.When { return f.When(noon.Add(-d)) }
	long := when(12*24*time.Hour - 5*time.Hour)
	short := when(2 * time.Minute)
	word := web.Status{Kind: web.OK, Text: "bestätigt"}
	return &StyleGuide{
		Frame: f,
		Note:  "27 iPads · 27 Personen",
		Names: guideNames{"Zu tun (3)", "Antwort", "Geräte", "markiert", "Stand", "Meldungen", "Vorschau", "Angaben", "Verlauf", "Formular", "Speichern", "Lebendig", "Schritt", "Fehler", "Weg"},
		Actions: []web.Action{
			{Text: "Aktualisieren", Href: "#", Post: true, Icon: "autorenew", Hidden: []web.Hidden{{Name: "all", Value: "1"}}},
			{Text: "Zuweisen …", Href: "#", Primary: true},
		},
		Menu: web.Menu{Text: "Weitere", Actions: []web.Action{{Text: "Liste drucken", Href: "#"}, {Text: "Klasse auflösen", Href: "#", Post: true}}},
		Tabs: []web.Tab{
			{Name: "Geräte", Href: "#", Current: true, Counted: true, Count: 27}, {Name: "Personen", Href: "#", Counted: true, Count: 27},
			{Name: "Zugewiesen", Href: "#", Counted: true}, {Name: "Verlauf", Href: "#"},
		},
		Banners: []web.Banner{{Kind: web.Warning, Text: "Angehalten nach Stufe 2: 9 von 310 iPads schweigen seit der Änderung.", Action: &web.Action{Text: "Ansehen", Href: "#"}}},
		Todo: []web.Todo{
			{Urgency: web.Today, Title: "Das Push-Zertifikat läuft in 6 Tagen ab (23.11.2026). Danach ist kein iPad erreichbar.", Needs: "Apple Account push@musterstadt.example",
				Action: &web.Action{Text: "Schritt für Schritt erneuern", Href: "#", Primary: true}},
			{Urgency: web.Today, Title: "Gymnasium Nord: 31 iPads schweigen seit heute 07:40, alle zugleich.", Text: "Vermutlich das WLAN der Schule, nicht die iPads.",
				Action: &web.Action{Text: "31 Geräte ansehen", Href: "#"}},
			{Urgency: web.ThisWeek, Title: "12 neue iPads von Apple gehören noch zu keiner Schule.", Action: &web.Action{Text: "Schulen zuordnen", Href: "#"}},
			{Urgency: web.Sometime, Title: "Das Handbuch hat eine neue Fassung."},
		},
		Sum:    "28.000 iPads: 27.604 wie festgelegt · 353 holen auf · 43 brauchen Hilfe",
		Answer: "Es fehlt: WLAN Schule (Fassung 3)",
		Reasons: []web.Fact{
			{Name: "Warum", Text: "Das iPad hat sich seit 12 Tagen nicht gemeldet."},
			{Name: "Seit wann", Text: "Zugewiesen heute 08:10 über Klasse 7b."},
			{Name: "Was hilft", Text: "Einschalten und mit einem WLAN verbinden; der Rest geschieht von selbst."},
			{Name: "Wer", Text: "Lena M. oder die Klassenleitung"},
		},
		Facts: []web.Fact{
			{Name: "Seriennummer", Code: "F9FXK2ABCD"}, {Name: "Modell", Text: "iPad (9. Generation)"}, {Name: "Stand", Status: &word},
			{Name: "Zuletzt gesehen", When: &long}, {Name: "Klasse", Text: "7b", Href: "#"},
		},
		Filter: web.Filter{Action: "#", Reset: "#", Hidden: []web.Hidden{{Name: "sort", Value: "name"}}, Fields: []web.Field{
			{Kind: web.SearchField, Name: "f-q", Label: "Suche"},
			{Kind: web.SelectField, Name: "f-state", Label: "Stand", Options: []web.Option{{Value: "", Text: "alle"}, {Value: "open", Text: "offen", Chosen: true}}},
			{Kind: web.CheckField, Name: "f-lent", Label: "nur ausgeliehene", Value: "1"},
		}},
		Columns: []web.Column{{Name: "Markieren", Hidden: true}, {Name: "Nummer", Href: "#", Sorted: "ascending"}, {Name: "Seriennummer", Href: "#"}, {Name: "Stand"}, {Name: "Gesehen", Href: "#", Sorted: "descending"}, {Name: "Profile"}, {Name: "Frei", Numeric: true}},
		Rows: []guideRow{
			{"MS-26-000398", "F9FXK2ABCE", web.Status{Kind: web.Danger, Text: "Braucht iPadOS 17, hat 15.8"}, short, web.Progress{Label: "Profile und Apps", Done: 13, Total: 14}, 31_400_000_000},
			{"MS-26-000417", "F9FXK2ABCD", web.Status{Kind: web.Waiting, Text: "wartet auf das Gerät"}, long, web.Progress{Label: "Profile und Apps", Done: 0, Total: 14}, 1_500_000_000},
			{"MS-26-000418", "F9FXK2ABCF", web.Status{Kind: web.OK, Text: "wie festgelegt"}, short, web.Progress{Label: "Profile und Apps", Done: 14, Total: 14}, 64_000_000_000},
			{"MS-26-000419", "F9FXK2ABCG", web.Status{Kind: web.Off, Text: "im Lager"}, f.When(time.Time{}), web.Progress{Label: "Profile und Apps"}, 64_000_000_000},
		},
		Pager:     web.Pager{From: 51, To: 100, Total: 28000, More: true, First: "#", Prev: "#", Next: "#"},
		LastPager: web.Pager{From: 1, To: 4, Total: 4},
		Empty: web.Empty{Title: "Noch keine Klassen.", Text: "Liste aus Ihrer Schulverwaltung einlesen oder die erste Klasse von Hand anlegen.",
			Actions: []web.Action{{Text: "Liste einlesen", Href: "#", Primary: true}, {Text: "Klasse anlegen", Href: "#"}}},
		Statuses: []web.Status{{Kind: web.OK, Text: "wie festgelegt"}, {Kind: web.Busy, Text: "holt auf"}, {Kind: web.Waiting, Text: "wartet"}, {Kind: web.Warning, Text: "weicht ab"}, {Kind: web.Danger, Text: "gescheitert"}, {Kind: web.Off, Text: "unbekannt"}, {Kind: web.Note, Text: "neu"}},
		Alerts: []web.Alert{
			{Kind: web.Note, Title: "Für „GoodNotes“ fehlen 32 Lizenzen (412 nötig, 380 frei).", Text: "Kaufen Sie 32 nach oder holen Sie 47 von iPads zurück, die seit Juli schweigen.", Actions: []web.Action{{Text: "47 iPads ansehen", Href: "#"}}},
			{Kind: web.OK, Title: "25 iPads haben „WLAN Schule“ bestätigt."},
			{Kind: web.Warning, Title: "Die Unterschrift der Sorgeberechtigten fehlt.", Text: "Der Vertrag bleibt offen."},
			{Kind: web.Danger, Title: "Noch wurde nichts übernommen.", Lines: []string{"Zeile 14, Spalte „Seriennummer“: „F9FXK2ABCO“ enthält den Buchstaben O; gemeint ist wohl die Null.", "Zeile 20: Diese Nummer gibt es schon."}},
		},
		Groups: []web.Group{
			{Kind: web.Loses, Count: 512, Text: "Kamera aus", Where: "Realschule West 300, Gymnasium Nord 212", Names: "#"},
			{Kind: web.Changes, Count: 8611, Text: "AirDrop aus", Names: "#"},
			{Kind: web.Gains, Count: 27, Text: "WLAN Schule", Names: "#"},
			{Kind: web.Unchanged, Count: 4, Text: "haben es schon"},
			{Kind: web.Unknown, Count: 63, Text: "seit über 14 Tagen nicht gesehen; gilt bei Rückkehr", Names: "#"},
			{Kind: web.Impossible, Count: 28, Text: "iPadOS zu alt", Names: "#"},
		},
		Confirms: []web.Confirm{
			{ID: "c1", Title: "27 iPads löschen", Text: "Alle Daten auf 27 iPads werden gelöscht; das lässt sich nicht rückgängig machen. Danach bleiben 60 Sekunden zum Abbrechen.", Word: "7b", Button: "27 iPads löschen", Action: "/styleguide", Cancel: "#", Details: []string{"25 sind ausgeliehen.", "2 haben sich seit 12 Tagen nicht gemeldet."}, Hidden: []web.Hidden{{Name: "class", Value: "7b"}}},
			{ID: "c2", Title: "Klasse auflösen", Text: "Die iPads behalten ihre Personen.", Word: "7b", Typed: "7c", Error: "Hier steht „7c“; gemeint ist „7b“.", Button: "Klasse auflösen", Action: "/styleguide", Cancel: "#"},
			{ID: "c3", Title: "Token trennen", Text: "Apple zeigt danach keine neuen iPads mehr.", Button: "Token trennen", Action: "/styleguide", Cancel: "#"},
		},
		Opener: web.Action{Text: "Gymnasium Nord löschen", Href: "/styleguide?step=1", Danger: true, Dialog: "d1"},
		Dialog: web.Confirm{ID: "d1", Title: "Gymnasium Nord löschen", Text: "Die Schule hat keine iPads und keine Personen mehr.", Word: "Nord", Button: "Gymnasium Nord löschen", Action: "/styleguide", Cancel: "/styleguide"},
		Events: []web.Event{
			{When: short, Kind: web.OK, Text: "25 iPads haben „WLAN Schule“ bestätigt.", Undo: "/undo/1"},
			{When: when(3 * time.Hour), Kind: web.Busy, Text: "Zugewiesen über Klasse 7b", By: "Schul-IT"},
			{When: when(20 * time.Hour), Kind: web.Danger, Text: "Das Profil wurde am iPad entfernt.", Detail: "ProfileList, 10:02"},
			{When: long, Kind: web.Note, Text: "Zuletzt gesehen"},
		},
		Fields: []web.Field{
			{Kind: web.TextField, Name: "name", Label: "Name der Klasse", Hint: "Wie sie an der Schule heißt, etwa 7b.", Value: "7b", MaxLength: 40},
			{Kind: web.EmailField, Name: "mail", Label: "E-Mail der Klassenleitung", Optional: true, Autocomplete: "email"},
			{Kind: web.CodeField, Name: "serial", Label: "Seriennummer", Value: "F9FXK2ABCO", Hint: "Steht auf der Rückseite.", Error: "„F9FXK2ABCO“ enthält den Buchstaben O; gemeint ist wohl die Null."},
			{Kind: web.DateField, Name: "until", Label: "Bis", Value: "2027-07-31", Min: "2026-11-17", Max: "2028-07-31"},
			{Kind: web.NumberField, Name: "count", Label: "Anzahl", Value: "27", Disabled: true},
			{Kind: web.PasswordField, Name: "pass", Label: "Kennwort", Autocomplete: "new-password"},
			{Kind: web.AreaField, Name: "note", Label: "Bemerkung", Rows: 3, Value: "Kratzer an der Rückseite"},
			{Kind: web.SelectField, Name: "school", Label: "Schule", Error: "Bitte wählen Sie eine Schule.", Options: []web.Option{{Text: "–"}, {Value: "n", Text: "Gymnasium Nord", Chosen: true}, {Value: "w", Text: "Realschule West", Disabled: true}}},
			{Kind: web.RadioField, Name: "way", Label: "Weg", Hint: "In Stufen hält bei Fehlern an.", Options: []web.Option{{Value: "s", Text: "in Stufen", Hint: "5 Testgeräte, 5 %, 25 %, alle", Chosen: true}, {Value: "a", Text: "alle zugleich"}}},
			{Kind: web.ChecksField, Name: "set", Label: "Set vollständig", Error: "Das Netzteil fehlt.", Options: []web.Option{{Value: "h", Text: "Hülle", Chosen: true}, {Value: "n", Text: "Netzteil"}, {Value: "k", Text: "Kabel", Disabled: true}}},
			{Kind: web.CheckField, Name: "sure", Label: "Auch auf ausgeliehenen iPads", Hint: "25 von 27", Value: "1"},
			{Kind: web.CheckField, Name: "read", Label: "Gelesen", Error: "Bitte bestätigen Sie das."},
		},
		Files: []web.FileField{
			{Name: "list", Label: "Liste", Hint: "CSV oder Excel, höchstens 20 MB", Accept: ".csv,.xlsx", MaxBytes: 20_000_000},
			{Name: "bad", Label: "Token", Error: "Das ist kein Token von Apple.", Multiple: true},
		},
		Live: web.Progress{Label: "Bestätigt", Done: 25, Total: 27},
	}
}
