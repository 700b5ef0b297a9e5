package web

func init() {
	Add(Words{
		"frame.skip":          {"Zum Inhalt springen", "Skip to content"},
		"frame.search":        {"Suche", "Search"},
		"frame.search.hint":   {"Name, Klasse, Nummer oder Seriennummer", "Name, class, number or serial number"},
		"frame.search.go":     {"Suchen", "Search"},
		"frame.help":          {"Hilfe", "Help"},
		"frame.account":       {"Konto", "Account"},
		"frame.account.own":   {"Mein Konto", "My account"},
		"frame.signout":       {"Abmelden", "Sign out"},
		"frame.nav":           {"Hauptnavigation", "Main navigation"},
		"frame.place":         {"Ort", "Place"},
		"frame.accessibility": {"Barrierefreiheit", "Accessibility"},
		"frame.theme":         {"Darstellung:", "Appearance:"},
		"frame.theme.auto":    {"wie das Gerät", "as the device"},
		"frame.theme.light":   {"hell", "light"},
		"frame.theme.dark":    {"dunkel", "dark"},
		// Each language is offered in its own words.
		"frame.lang.other": {"English", "Deutsch"},
		"frame.demo": {
			"Apple und die iPads sind hier gespielt. Nichts verlässt diesen Rechner.",
			"Apple and the iPads are played here. Nothing leaves this computer.",
		},
	})
}
