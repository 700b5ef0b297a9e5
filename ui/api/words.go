package api

import "ranzen/ui/web"

func init() {
	web.Add(web.Words{
		// What the API refuses by itself.
		"api.token_missing":    {"Es fehlt ein API-Token: Authorization: Bearer rz_…", "An API token is missing: Authorization: Bearer rz_…"},
		"api.token_invalid":    {"Dieses API-Token gilt nicht: Es ist unbekannt, abgelaufen oder zurückgezogen.", "This API token is not valid: it is unknown, expired or revoked."},
		"api.token_wait":       {"Im Moment kommen sehr viele Anfragen mit ungültigen Token. Fragen Sie in einigen Sekunden erneut.", "Very many requests with invalid tokens are arriving right now. Ask again in a few seconds."},
		"api.not_found":        {"Das gibt es nicht, oder es gehört nicht zu Ihrem Bereich.", "This does not exist, or it does not belong to your area."},
		"api.method":           {"Diese Adresse kennt die Methode nicht. Welche sie kennt, steht im Header Allow.", "This address does not know the method. Those it knows are in the Allow header."},
		"api.content_type":     {"Der Inhalt muss von diesem Typ sein: {1}", "The content has to be of this type: {1}"},
		"api.body_too_large":   {"Eine Anfrage darf hier höchstens {1} MB groß sein.", "A request may be at most {1} MB here."},
		"api.body_unreadable":  {"Der Inhalt der Anfrage ist kein lesbares JSON.", "The body of the request is not readable JSON."},
		"api.query_unreadable": {"Die Parameter der Adresse sind nicht lesbar.", "The parameters of the address are not readable."},
		"api.invalid":          {"{1} Angaben sind nicht richtig. Nichts wurde geändert.", "{1} entries are not right. Nothing was changed."},
		"api.obstacles":        {"{1} Dinge stehen entgegen. Nichts wurde geändert.", "{1} things stand against it. Nothing was changed."},
		"api.internal":         {"Das hat nicht geklappt, und es lag an uns. Nennen Sie der Schul-IT den Vorgang.", "That did not work, and it was our fault. Tell your school IT the reference."},

		"api.busy":          {"Gerade werden viele große Dateien gesendet. Nichts wurde geändert; versuchen Sie es gleich noch einmal.", "Many large files are being sent right now. Nothing was changed; try again in a moment."},
		"api.database_away": {"Die Datenbank antwortet gerade nicht. Wiederholen Sie die Anfrage mit demselben Idempotency-Key.", "The database is not answering right now. Repeat the request with the same Idempotency-Key."},
		"api.database_full": {"Auf dem Server ist kein Speicherplatz mehr frei. Nichts wurde geändert.", "The server has no disk space left. Nothing was changed."},

		"api.title.400": {"Nicht lesbar", "Not readable"},
		"api.title.401": {"Kein gültiges Token", "No valid token"},
		"api.title.403": {"Keine Berechtigung", "Not permitted"},
		"api.title.404": {"Nicht gefunden", "Not found"},
		"api.title.405": {"Methode nicht möglich", "Method not possible"},
		"api.title.409": {"Etwas steht entgegen", "Something stands against it"},
		"api.title.413": {"Zu groß", "Too large"},
		"api.title.415": {"Falscher Inhaltstyp", "Wrong content type"},
		"api.title.422": {"Angaben nicht richtig", "Entries not right"},
		"api.title.429": {"Zu viele Versuche", "Too many attempts"},
		"api.title.500": {"Fehler bei uns", "Fault on our side"},
		"api.title.503": {"Gerade nicht möglich", "Not possible right now"},

		// Rules about how a request is written.
		"error.unknown_field":     {"Ein Feld „{1}“ gibt es hier nicht.", "There is no field “{1}” here."},
		"error.unknown_parameter": {"Einen Parameter „{1}“ gibt es hier nicht.", "There is no parameter “{1}” here."},
		"error.field_twice":       {"„{1}“ steht zweimal da.", "“{1}” stands there twice."},
		"error.field_type":        {"Hier wird etwas anderes erwartet: {1}", "Something else is expected here: {1}"},
		"error.number_range":      {"Möglich ist eine ganze Zahl von {1} bis {2}.", "A whole number from {1} to {2} is possible."},
		"error.flag_form":         {"Möglich sind true und false.", "true and false are possible."},
		"error.one_at_a_time":     {"Nummer und Ort sind zwei Änderungen, jede lässt sich für sich rückgängig machen. Senden Sie zwei Anfragen.", "Number and place are two changes, each of which can be undone by itself. Send two requests."},
		"error.archived_alone":    {"Archivieren und Wiederherstellen lassen sich für sich rückgängig machen. Senden Sie zwei Anfragen.", "Archiving and restoring can be undone by themselves. Send two requests."},
		"error.enabled_alone":     {"Ein- und Ausschalten ist eine Handlung für sich. Senden Sie zwei Anfragen.", "Switching on and off is an act of its own. Send two requests."},
		"error.parameter_of_file": {"Name und Schule stehen hier im JSON; Parameter gelten nur für eine Datei.", "Name and school stand in the JSON here; parameters are for a file only."},
		"error.needs_plan":        {"Das betrifft {1} iPads. Ab {2} braucht es erst eine Vorschau (POST /api/v1/plans).", "This concerns {1} iPads. From {2} on a plan is needed first (POST /api/v1/plans)."},
		"error.too_many_devices":  {"Auf einmal lassen sich höchstens {1} iPads umziehen.", "At most {1} iPads can be moved at once."},
	})
}
