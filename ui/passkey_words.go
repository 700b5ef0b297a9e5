package ui

import "ranzen/ui/web"

// What pages and the log say of passkeys.
func init() {
	web.Add(web.Words{
		"passkey.title":           {"Passkeys", "Passkeys"},
		"passkey.lead":            {"Ein Passkey ist ein Schlüssel auf Ihrem Telefon, Ihrem Computer oder einem Stick. Sie melden sich mit Finger, Gesicht oder PIN an statt mit Passwort und Code. Er passt nur zu dieser Adresse und lässt sich nicht abschreiben.", "A passkey is a key on your telephone, your computer or a stick. You sign in with finger, face or PIN instead of password and code. It fits this address alone and cannot be copied down."},
		"passkey.yours":           {"Ihre Passkeys", "Your passkeys"},
		"passkey.nothing":         {"Sie haben noch keinen Passkey.", "You have no passkey yet."},
		"passkey.added":           {"Hinzugefügt", "Added"},
		"passkey.never":           {"noch nie", "never"},
		"passkey.single":          {"auf einem Gerät", "on one device"},
		"passkey.eligible":        {"auf einem Gerät, kann gesichert werden", "on one device, can be backed up"},
		"passkey.copied":          {"auf Ihren Geräten gesichert", "backed up on your devices"},
		"passkey.suspect":         {"gesperrt: Es gibt wohl eine Kopie. Entfernen Sie ihn.", "blocked: there seems to be a copy. Remove it."},
		"passkey.remove":          {"Entfernen", "Remove"},
		"passkey.add":             {"Passkey hinzufügen", "Add a passkey"},
		"passkey.add.text":        {"Am besten zwei auf verschiedenen Geräten. Ihr Browser fragt gleich, wo der Passkey liegen soll.", "Best two on different devices. Your browser asks in a moment where the passkey shall be."},
		"passkey.add.do":          {"Passkey hinzufügen", "Add passkey"},
		"passkey.name.hint":       {"Woran Sie ihn wiedererkennen, zum Beispiel „Diensttelefon“.", "By what you recognise it, for example “work telephone”."},
		"passkey.prove":           {"Sind Sie es noch?", "Is it still you?"},
		"passkey.prove.text":      {"Bevor sich ändert, womit Sie hineinkommen, weisen Sie sich bitte noch einmal aus. Das gilt dann 10 Minuten.", "Before it changes what lets you in, please prove once more who you are. That holds for 10 minutes."},
		"passkey.prove.do":        {"Mit Passwort bestätigen", "Confirm by password"},
		"passkey.prove.key":       {"Mit Passkey bestätigen", "Confirm by passkey"},
		"passkey.impossible":      {"Unter dieser Adresse gibt es keine Passkeys", "There are no passkeys at this address"},
		"passkey.impossible.text": {"Browser legen Passkeys nur für einen Namen mit https an, nicht für eine IP-Adresse. Wer den Server betreibt, gibt ihm einen Namen.", "Browsers make passkeys only for a name with https, not for an IP address. Whoever operates the server gives it a name."},
		"passkey.codes":           {"Noch {1}. Mit einem davon kommen Sie hinein, wenn kein Gerät mit Passkey da ist.", "{1} left. With one of them you get in when no device with a passkey is at hand."},
		"passkey.signin":          {"Mit Passkey anmelden", "Sign in with a passkey"},
		"passkey.ask":             {"Guten Tag, {1}. Bitte bestätigen Sie mit Ihrem Passkey, dass Sie es sind.", "Hello {1}. Please confirm with your passkey that it is you."},
		"passkey.or.code":         {"Oder mit einem Code", "Or with a code"},
		"passkey.or.passkey":      {"Mit einem Passkey", "With a passkey"},
		"passkey.or.app":          {"Oder mit einer Authenticator-App", "Or with an authenticator app"},
		"passkey.one":             {"Passkey", "Passkey"},
		"passkey.via":             {"Passkey „{1}“", "Passkey “{1}”"},
		"recovery.hint":           {"Einer Ihrer Wiederherstellungscodes.", "One of your recovery codes."},
		"done.passkey.added":      {"Der Passkey ist hinzugefügt.", "The passkey is added."},
		"done.passkey.removed":    {"Der Passkey ist entfernt. Anmeldungen damit sind beendet.", "The passkey is removed. Sign-ins with it have ended."},

		"event.account.passkey_added":   {"Passkey hinzugefügt", "Passkey added"},
		"event.account.passkey_removed": {"Passkey entfernt", "Passkey removed"},
		"event.account.passkey_cloned":  {"Passkey gesperrt: Sein Zähler lief rückwärts, es gibt wohl eine Kopie", "Passkey blocked: its count went back, there seems to be a copy"},
	})
}
