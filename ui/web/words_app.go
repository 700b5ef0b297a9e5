package web

// Licences is a number of licences; Apple gives some apps without number.
func Licences(l Lang, n int) string {
	if n >= unlimited/2 { // those that are given are taken off
		return T(l, "apps.unlimited")
	}
	return l.Number(int64(n))
}

// unlimited is Apple's number for licences without number.
const unlimited = 2147483647

// Words of the reasons about apps. Where a sentence about profiles would say "the profile", apps have one of their own (why.app.…).
func init() {
	Add(Words{
		"apps.unlimited": {"unbegrenzt", "unlimited"},

		"why.sentence.available":       {"Die App steht bereit, ist hier aber nicht zugewiesen.", "The app is available but not assigned here."},
		"why.sentence.licence_unasked": {"Die Lizenz wird gerade vorgemerkt.", "The licence is being set aside."},
		"why.sentence.licence_asked":   {"Die Lizenz ist bei Apple angefragt; die App kommt danach von selbst.", "The licence was asked for at Apple; the app comes by itself afterwards."},
		"why.sentence.licence_short":   {"Für dieses iPad ist keine Lizenz frei.", "No licence is free for this iPad."},
		"why.sentence.licence_refused": {"Apple gibt diesem iPad keine Lizenz für die App.", "Apple gives this iPad no licence for the app."},
		"why.sentence.token_over":      {"Apple nimmt das Inhalts-Token nicht mehr an; ohne das Token gibt es keine Lizenz für dieses iPad.", "Apple no longer accepts the content token; without it there is no licence for this iPad."},
		"why.sentence.token_foreign":   {"Ein anderes System verwaltet den Standort, der die Lizenz geben soll; Ranzen vergibt dort nichts.", "Another system manages the location that should give the licence; Ranzen gives nothing there."},
		"why.sentence.quiet":           {"Die Schule ruht; die App wird {1} geladen.", "The school is quiet; the app is loaded {1}."},
		"why.sentence.app_loading":     {"Das iPad lädt die App seit {1}.", "The iPad has been loading the app since {1}."},
		"why.sentence.app_no_room":     {"Die App passt nicht auf das iPad; frei sind {1} GB.", "The app does not fit on the iPad; {1} GB are free."},
		"why.sentence.app_store_off":   {"Auf dem iPad ist das Installieren von Apps ausgeschaltet.", "Installing apps is switched off on the iPad."},
		"why.sentence.app_too_new":     {"Die App im App Store läuft nicht auf diesem iPad oder seinem iPadOS.", "The app in the App Store does not run on this iPad or its iPadOS."},
		"why.sentence.app_unknown":     {"Der App Store kennt die App nicht oder nicht mehr.", "The App Store does not know the app, or no longer."},
		"why.sentence.app_rejected":    {"Die App wurde am iPad abgelehnt.", "The app was refused on the iPad."},
		"why.sentence.app_foreign":     {"Die App ist schon da, aber mit einem anderen Apple Account geladen.", "The app is there already, but was loaded with another Apple Account."},

		"why.app.queued":                   {"Das iPad bekommt die App, sobald es sich meldet.", "The iPad gets the app as soon as it calls."},
		"why.app.superseded":               {"Das iPad hat noch frühere Einstellungen der App; die neuen kommen, sobald es sich meldet.", "The iPad still has earlier settings of the app; the new ones come as soon as it calls."},
		"why.app.notnow":                   {"Das iPad hat {1} „jetzt nicht“ geantwortet, meist weil es gesperrt ist. Es holt die App nach, sobald es entsperrt wird.", "The iPad answered “not now” {1}, mostly because it is locked. It catches up as soon as it is unlocked."},
		"why.app.drifted":                  {"Die App war bestätigt und fehlt auf dem iPad seit {1}. Sie wird wieder geladen.", "The app was confirmed and has been missing from the iPad since {1}. It is being loaded again."},
		"why.app.retrying":                 {"Das iPad konnte die App bisher {1}-mal nicht laden. Der nächste Versuch läuft.", "The iPad has failed to load the app {1} {1:time|times} so far. The next try is under way."},
		"why.app.failed":                   {"Das iPad konnte die App {1}-mal nicht laden; es wird nicht weiter versucht.", "The iPad has failed to load the app {1} {1:time|times}; no further try is made."},
		"why.app.needs_os":                 {"Die App braucht iPadOS {1}, das iPad hat {2}.", "The app needs iPadOS {1}, the iPad has {2}."},
		"why.app.empty_variable":           {"Die Konfiguration der App braucht „{1}“; bei diesem iPad ist dafür nichts eingetragen.", "The configuration of the app needs “{1}”; nothing is filled in for it on this iPad."},
		"why.app.leaving":                  {"Nicht mehr zugewiesen; die App wird entfernt, sobald sich das iPad meldet.", "No longer assigned; the app is removed as soon as the iPad calls."},
		"why.code.Failed":                  {"nicht geladen", "not loaded"},
		"why.code.ManagedButUninstalled":   {"am iPad gelöscht", "deleted on the iPad"},
		"why.code.managed-but-uninstalled": {"am iPad gelöscht", "deleted on the iPad"},

		"why.helps.buy_licences": {"Lizenzen in Apple School Manager nachkaufen oder von iPads zurückholen, die sie nicht brauchen. Die App kommt danach von selbst.", "Buy licences in Apple School Manager or take some back from iPads that do not need them. The app comes by itself afterwards."},
		"why.helps.check_token":  {"Den Standort unter Apps und Bücher ansehen und neu zählen lassen.", "Look at the location under apps and books and have it counted anew."},
		"why.helps.renew_token":  {"In Apple School Manager ein neues Inhalts-Token desselben Standorts herunterladen und hochladen. Die App kommt danach von selbst.", "Download a new content token of the same location in Apple School Manager and upload it. The app comes by itself afterwards."},
		"why.helps.part_token":   {"Das Token im anderen System entfernen, dann den Standort neu zählen lassen.", "Remove the token in the other system, then have the location counted anew."},
		"why.helps.make_room":    {"Auf dem iPad Fotos, Videos oder nicht gebrauchte Apps löschen.", "Delete photos, videos or unneeded apps on the iPad."},
		"why.helps.allow_store":  {"In den Einschränkungen das Installieren von Apps erlauben; der App Store kann dabei ausgeblendet bleiben.", "Allow installing apps in the restrictions; the App Store may stay hidden."},
		"why.helps.delete_app":   {"Die App auf dem iPad löschen; danach kommt sie verwaltet.", "Delete the app on the iPad; then it comes managed."},
	})
}
