package web

// What stands against a sign-in, a second factor or a provider.
func init() {
	Add(Words{
		"error.code_wrong_second":   {"Dieser Code passt nicht. Er gilt 30 Sekunden und nur einmal; auch ein Wiederherstellungscode geht.", "This code does not match. It is valid for 30 seconds and only once; a recovery code works as well."},
		"error.step_over":           {"Diese Anmeldung ist abgelaufen. Bitte beginnen Sie sie neu.", "This sign-in has expired. Please start again."},
		"error.second_there":        {"Für dieses Konto ist schon ein zweiter Faktor eingerichtet. Bitte melden Sie sich neu an.", "A second factor is already set up for this account. Please sign in again."},
		"error.second_required":     {"Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor. Sie können ihn neu einrichten, aber nicht ausschalten.", "Your authority requires a second factor for your role. You can set it up anew but not switch it off."},
		"error.second_own":          {"Den eigenen zweiten Faktor ändern Sie unter „Mein Konto“.", "You change your own second factor under “My account”."},
		"error.prove_first":         {"Bitte weisen Sie sich zuerst noch einmal aus.", "Please prove once more who you are first."},
		"error.passkey_over":        {"Diese Anfrage ist abgelaufen oder wurde schon benutzt. Bitte versuchen Sie es noch einmal.", "This request has expired or was used already. Please try once more."},
		"error.passkey_unknown":     {"Diesen Passkey gibt es hier nicht, oder nicht mehr. Melden Sie sich mit Ihrem Passwort an.", "This passkey does not exist here, or no longer. Sign in with your password."},
		"error.passkey_form":        {"Was Ihr Browser geschickt hat, lässt sich nicht lesen. Versuchen Sie es mit einem anderen Gerät oder mit Ihrem Passwort.", "What your browser sent cannot be read. Try another device, or your password."},
		"error.passkey_origin":      {"Dieser Passkey wurde an einer anderen Adresse benutzt. Öffnen Sie Ranzen unter der gewohnten Adresse.", "This passkey was used at another address. Open Ranzen at its usual address."},
		"error.passkey_unverified":  {"Ihr Gerät hat nicht nach Finger, Gesicht oder PIN gefragt. Richten Sie dort eine Bildschirmsperre oder PIN ein.", "Your device did not ask for finger, face or PIN. Set up a screen lock or PIN there."},
		"error.passkey_refused":     {"Dieser Passkey passt nicht. Melden Sie sich mit Ihrem Passwort an.", "This passkey does not match. Sign in with your password."},
		"error.passkey_cloned":      {"Dieser Passkey ist gesperrt, weil es wohl eine Kopie davon gibt. Melden Sie sich mit Ihrem Passwort an und entfernen Sie ihn unter „Mein Konto“.", "This passkey is blocked because there seems to be a copy of it. Sign in with your password and remove it under “My account”."},
		"error.passkey_address":     {"Unter der Adresse dieses Servers gibt es keine Passkeys.", "There are no passkeys at the address of this server."},
		"error.passkey_taken":       {"Dieser Passkey ist schon eingetragen. Legen Sie einen neuen an.", "This passkey is registered already. Make a new one."},
		"error.passkey_many":        {"Mehr als {1} Passkeys sind nicht vorgesehen. Entfernen Sie zuerst einen, den Sie nicht mehr brauchen.", "More than {1} passkeys are not provided for. Remove one you no longer need first."},
		"error.passkey_last":        {"Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor. Fügen Sie zuerst einen anderen Passkey hinzu oder richten Sie die App ein.", "Your authority requires a second factor for your role. Add another passkey or set up the app first."},
		"error.account_of_provider": {"Dieses Konto kommt über „{1}“. Name, E-Mail-Adresse und Anmeldung werden dort geführt.", "This account comes by “{1}”. Name, e-mail address and sign-in are kept there."},
		"error.account_disabled":    {"Dieses Konto ist gesperrt. Ihre Verwaltung kann es entsperren.", "This account is disabled. Your administration can enable it."},
		"error.sign_in_over":        {"Diese Anmeldung gilt nicht mehr: Sie hat zu lange gedauert, wurde schon benutzt oder in einem anderen Browser begonnen. Bitte beginnen Sie sie neu.", "This sign-in is no longer valid: it took too long, was used already, or was begun in another browser. Please start again."},
		"error.provider_no_role":    {"Ihre Anmeldung hat geklappt, aber Ihnen ist hier noch keine Rolle zugeordnet. Die Verwaltung Ihres Schulträgers kann das ändern.", "You have signed in, but no role is assigned to you here yet. The administration of your authority can change that."},
		"error.issuer_address":      {"Das ist keine Adresse eines Anmeldedienstes. Sie beginnt mit https:// und hat weder Fragezeichen noch Raute.", "This is no address of an identity provider. It begins with https:// and has neither question mark nor hash."},
		"error.provider_taken":      {"Diesen Anmeldedienst mit dieser Client-ID gibt es hier schon.", "This identity provider with this client ID exists here already."},
		"error.provider_twice":      {"Diese Adresse steht schon in Zeile {1}.", "This address stands in row {1} already."},
		"error.providers_many":      {"Mehr als {1} Anmeldedienste sind nicht vorgesehen.", "More than {1} identity providers are not provided for."},
		"error.rules_many":          {"Mehr als {1} Regeln sind nicht vorgesehen.", "More than {1} rules are not provided for."},
		"error.rule_school":         {"Eine Regel gibt eine Rolle an der Schule dieses Anmeldedienstes. Ändern Sie zuerst die Regel.", "A rule gives a role at the school of this identity provider. Change the rule first."},
		"error.start_form":          {"3 bis 40 kleine Buchstaben ohne Umlaute, Ziffern und Bindestriche.", "3 to 40 small letters without umlauts, digits and hyphens."},
		"error.start_taken":         {"Diese Startadresse hat schon ein anderer Schulträger.", "Another authority already has this start address."},

		// What the script of a passkey's form says before anything is sent.
		"passkey.noscript":       {"Für Passkeys muss JavaScript eingeschaltet sein. Mit Passwort geht es ohne.", "Passkeys need JavaScript to be switched on. With a password it works without."},
		"passkey.says.cancelled": {"Es wurde kein Passkey angelegt: Sie haben abgebrochen, oder die Zeit ist abgelaufen.", "No passkey was made: you cancelled, or the time ran out."},
		"passkey.says.none":      {"Es kam kein Passkey. Sie haben abgebrochen, die Zeit ist abgelaufen, oder auf diesem Gerät liegt keiner für diese Adresse.", "No passkey came. You cancelled, the time ran out, or there is none for this address on this device."},
		"passkey.says.there":     {"Auf diesem Gerät liegt schon ein Passkey für Ihr Konto.", "There is a passkey for your account on this device already."},
		"passkey.says.unsuited":  {"Dieses Gerät kann keinen Passkey mit Finger, Gesicht oder PIN anlegen. Richten Sie dort zuerst eine Bildschirmsperre ein oder nehmen Sie ein anderes.", "This device cannot make a passkey with finger, face or PIN. Set up a screen lock there first, or take another one."},
		"passkey.says.browser":   {"Dieser Browser kann keine Passkeys.", "This browser has no passkeys."},
		"passkey.says.elsewhere": {"Passkeys gelten nur unter {1}. Öffnen Sie Ranzen unter dieser Adresse.", "Passkeys are valid at {1} only. Open Ranzen at that address."},
		"passkey.says.failed":    {"Das hat nicht geklappt. Laden Sie die Seite neu und versuchen Sie es noch einmal.", "That did not work. Reload the page and try once more."},
		"passkey.says.away":      {"Der Server ist gerade nicht zu erreichen. Versuchen Sie es gleich noch einmal.", "The server cannot be reached right now. Try again in a moment."},
	})
}
