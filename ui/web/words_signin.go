package web

// What stands against a sign-in, a second factor or a provider.
func init() {
	Add(Words{
		"error.code_wrong_second":   {"Dieser Code passt nicht. Er gilt 30 Sekunden und nur einmal; auch ein Wiederherstellungscode geht.", "This code does not match. It is valid for 30 seconds and only once; a recovery code works as well."},
		"error.step_over":           {"Diese Anmeldung ist abgelaufen. Bitte beginnen Sie sie neu.", "This sign-in has expired. Please start again."},
		"error.second_there":        {"Für dieses Konto ist schon ein zweiter Faktor eingerichtet. Bitte melden Sie sich neu an.", "A second factor is already set up for this account. Please sign in again."},
		"error.second_required":     {"Ihr Schulträger verlangt für Ihre Rolle einen zweiten Faktor. Sie können ihn neu einrichten, aber nicht ausschalten.", "Your authority requires a second factor for your role. You can set it up anew but not switch it off."},
		"error.second_own":          {"Den eigenen zweiten Faktor ändern Sie unter „Mein Konto“.", "You change your own second factor under “My account”."},
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
	})
}
