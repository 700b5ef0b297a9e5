package ui

import "ranzen/ui/web"

// What the log says of signing in.
func init() {
	web.Add(web.Words{
		"event.account.second_set":       {"Zweiter Faktor eingerichtet", "Second factor set up"},
		"event.account.second_off":       {"Zweiter Faktor ausgeschaltet", "Second factor switched off"},
		"event.account.second_reset":     {"Zweiter Faktor zurückgesetzt", "Second factor reset"},
		"event.account.recovery_made":    {"Neue Wiederherstellungscodes erstellt", "New recovery codes made"},
		"event.account.recovery_used":    {"Mit einem Wiederherstellungscode angemeldet", "Signed in with a recovery code"},
		"event.account.known":            {"Konto bei der ersten Anmeldung über einen Anmeldedienst angelegt", "Account created at the first sign-in by an identity provider"},
		"event.account.mapped":           {"Konto und Rollen dem Anmeldedienst angeglichen", "Account and roles brought in step with the identity provider"},
		"event.account.no_role":          {"Anmeldung ohne Rolle abgewiesen", "Sign-in without a role turned away"},
		"event.account.signed_out_there": {"Beim Anmeldedienst abgemeldet", "Signed out at the identity provider"},
		"event.account.session_ended":    {"Anmeldung eines Kontos beendet", "A sign-in of an account ended"},
		"event.account.sessions_ended":   {"Alle Anmeldungen eines Kontos beendet", "All sign-ins of an account ended"},
		"event.provider.created":         {"Anmeldedienst hinzugefügt", "Identity provider added"},
		"event.provider.changed":         {"Anmeldedienst geändert", "Identity provider changed"},
		"event.provider.rules_changed":   {"Regeln eines Anmeldedienstes geändert", "Rules of an identity provider changed"},
		"event.provider.enabled":         {"Anmeldedienst eingeschaltet", "Identity provider switched on"},
		"event.provider.disabled":        {"Anmeldedienst ausgeschaltet", "Identity provider switched off"},
		"event.provider.removed":         {"Anmeldedienst entfernt", "Identity provider removed"},
		"event.provider.imported":        {"{1} {1:Anmeldedienst|Anmeldedienste} eingelesen", "{1} identity {1:provider|providers} imported"},
		"event.provider.imported.short":  {"Anmeldedienste eingelesen", "Identity providers imported"},
		"event.authority.start_set":      {"Startadresse geändert", "Start address changed"},
	})
}
