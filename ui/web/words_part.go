package web

func init() {
	Add(Words{
		"part.copy":         {"{1} kopieren", "Copy {1}"},
		"part.copied":       {"kopiert", "copied"},
		"part.undo":         {"Rückgängig", "Undo"},
		"part.close":        {"Meldung schließen", "Close message"},
		"part.cancel":       {"Abbrechen", "Cancel"},
		"part.optional":     {"(freiwillig)", "(optional)"},
		"part.pages":        {"Seiten der Liste", "Pages of the list"},
		"part.range":        {"{1} bis {2} von {3}", "{1} to {2} of {3}"},
		"part.range.more":   {"{1} bis {2} von mehr als {3}", "{1} to {2} of more than {3}"},
		"part.first":        {"Zum Anfang", "To the beginning"},
		"part.prev":         {"Zurück", "Back"},
		"part.next":         {"Weiter", "Next"},
		"part.tabs":         {"Ansichten", "Views"},
		"part.filter":       {"Anwenden", "Apply"},
		"part.filter.label": {"Liste filtern", "Filter the list"},
		"part.filter.reset": {"Alle zeigen", "Show all"},
		"part.file.toobig":  {"Die Datei ist größer als {1}.", "The file is larger than {1}."},
		"part.confirm.type": {"Tippen Sie „{1}“ ein", "Type “{1}”"},
		"part.by":           {"durch {1}", "by {1}"},

		"part.todo.today": {"Heute", "Today"},
		"part.todo.week":  {"Diese Woche", "This week"},
		"part.todo.later": {"Gelegentlich", "When convenient"},
		"part.todo.needs": {"Nötig: {1}", "Needed: {1}"},

		"part.plan":            {"Was geschieht, nach Gruppen", "What happens, by group"},
		"part.plan.kind":       {"Gruppe", "Group"},
		"part.plan.count":      {"Anzahl", "Count"},
		"part.plan.what":       {"Was geschieht", "What happens"},
		"part.plan.names":      {"Namen", "Names"},
		"part.plan.loses":      {"Verliert etwas", "Loses something"},
		"part.plan.changes":    {"Ändert sich", "Changes"},
		"part.plan.gains":      {"Bekommt etwas", "Gains something"},
		"part.plan.same":       {"Bleibt gleich", "Stays the same"},
		"part.plan.unknown":    {"Unbekannt", "Unknown"},
		"part.plan.impossible": {"Nicht möglich", "Not possible"},
	})
}
