package web

func init() {
	Add(Words{
		"problem.400.title": {"So geht es nicht", "This does not work"},
		"problem.403.title": {"Das dürfen Sie hier nicht", "You may not do this here"},
		"problem.403.origin": {
			"Diese Eingabe kam von einer anderen Website und wurde nicht angenommen. Öffnen Sie die Seite hier neu und geben Sie sie noch einmal ein.",
			"This input came from another website and was not accepted. Open the page here again and enter it once more.",
		},
		"problem.404.title": {"Seite nicht gefunden", "Page not found"},
		"problem.404.text": {
			"Diese Seite gibt es nicht, oder sie gehört nicht zu Ihrem Bereich.",
			"This page does not exist, or it does not belong to your area.",
		},
		"problem.contact":   {"Zuständig für Ihre Schule: {1}", "Responsible for your school: {1}"},
		"problem.409.title": {"Inzwischen geändert", "Changed in the meantime"},
		"problem.413.title": {"Zu groß", "Too large"},
		"problem.413.text": {
			"Was Sie senden wollten, ist größer als hier erlaubt. Es wurde nichts übernommen.",
			"What you wanted to send is larger than allowed here. Nothing was taken over.",
		},
		"problem.429.title": {"Zu viele Versuche", "Too many attempts"},
		"problem.500.title": {"Das hat nicht geklappt", "That did not work"},
		"problem.500.text": {
			"Der Server konnte diese Seite nicht zeigen; das liegt nicht an Ihrer Eingabe. Die Ursache ist notiert.",
			"The server could not show this page; your input is not to blame. The cause has been noted.",
		},
		"problem.503.title": {"Einen Moment bitte", "One moment please"},
		"problem.503.away": {
			"Die Datenbank des Servers antwortet gerade nicht. Die iPads behalten alles, was sie haben. Sehen Sie nach einer Eingabe nach, ob sie angekommen ist.",
			"The server’s database is not answering right now. The iPads keep all they have. After an entry, check whether it arrived.",
		},
		"problem.503.full": {
			"Auf dem Server ist kein Speicherplatz mehr frei, deshalb kann er nichts annehmen. Es wurde nichts geändert. Geben Sie dem Betrieb Bescheid.",
			"The server has no disk space left, so it cannot accept anything. Nothing was changed. Tell the operator.",
		},
		"problem.503.busy": {
			"Gerade werden viele große Dateien gesendet oder geholt. Es wurde nichts geändert; versuchen Sie es gleich noch einmal.",
			"Many large files are being sent or fetched right now. Nothing was changed; please try again in a moment.",
		},
		"problem.503.again": {"Diese Seite versucht es von selbst erneut.", "This page tries again by itself."},
		"problem.reference": {"Vorgang", "Reference"},
		"problem.offline": {
			"Der Server antwortet gerade nicht. Was Sie zuletzt gespeichert haben, bleibt gespeichert.",
			"The server is not answering right now. What you last saved stays saved.",
		},
		"problem.home": {"Zur Übersicht", "To the overview"},
		"problem.help": {"Hilfe ansehen", "See help"},
	})
}
