package ui

import (
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// eventText says an entry of the audit log as a sentence. Its words are in the catalogue under "event." and the name of
// the event; a test finds the event without them.
func eventText(l web.Lang, e store.Entry) string {
	key := "event." + e.Event
	if n, ok := web.Args(key); !ok {
		return e.Event // an event of a newer release, read after going back to an older one
	} else if n == 0 {
		return web.T(l, key)
	}
	var args []any
	for _, name := range eventArgs[e.Event] {
		arg := eventArg(l, e, name)
		if arg == nil { // this entry does not say how many
			return eventName(l, e.Event)
		}
		args = append(args, arg)
	}
	return web.T(l, key, args...)
}

// eventArgs names the details an event's sentence speaks of.
var eventArgs = map[string][]string{
	"apple.devices_arrived": {"devices"},
	"class.joined":          {"persons"},
	"contract.planned":      {"contracts"},
	"code.created":          {"uses"},
	"device.announced":      {"created", "changed"},
	"asset.imported":        {"created", "changed"},
	"return.released":       {"assets"},
	"return.handed":         {"assets"},
	"device.moved":          {"devices"},
	"device.numbered":       {"devices"},
	"device.tried_again":    {"devices"},
	"labels.printed":        {"labels"},
	"document.made":         {"documents"},
	"grant.ended":           {"role"},
	"grant.given":           {"role"},
	"order.given":           {"kind", "devices"},
	"order.asked":           {"kind", "devices"},
	"order.approved":        {"kind", "devices"},
	"order.declined":        {"kind"},
	"order.withdrawn":       {"kind", "devices"},
	"person.imported":       {"persons"},
	"profile.published":     {"number"},
	"roster.applied":        {"changes"},
	"provider.imported":     {"providers"},
	"undone":                {"event"},
}

func eventArg(l web.Lang, e store.Entry, name string) any {
	switch x := e.Detail[name].(type) {
	case float64:
		return int64(x)
	case string:
		switch name {
		case "role":
			return roleName(l, school.Role(x))
		case "kind":
			return wordOr(l, "device.order.name."+x, x)
		case "event":
			return eventName(l, x)
		}
		return x
	}
	return nil
}

// eventName says an event without its details, for filters and lists.
func eventName(l web.Lang, event string) string {
	if _, ok := web.Args("event." + event + ".short"); ok {
		return web.T(l, "event."+event+".short")
	}
	return wordOr(l, "event."+event, event)
}

// wordOr says a text without arguments, or the fallback where there is none.
func wordOr(l web.Lang, key, fallback string) string {
	if n, ok := web.Args(key); ok && n == 0 {
		return web.T(l, key)
	}
	return fallback
}

// roleName is a role as people call it.
func roleName(l web.Lang, r school.Role) string { return wordOr(l, "role."+string(r), string(r)) }

// eventNames lists every event the catalogue has a sentence for.
func eventNames() []string {
	var out []string
	for _, key := range web.Keys() {
		if name, ok := strings.CutPrefix(key, "event."); ok && !strings.HasSuffix(name, ".short") {
			out = append(out, name)
		}
	}
	return out
}

func init() {
	web.Add(web.Words{
		"role.operator":        {"Betrieb", "Operations"},
		"role.authority_admin": {"Verwaltung", "Administration"},
		"role.school_admin":    {"Schulverwaltung", "School administration"},
		"role.auditor":         {"Prüfung", "Audit"},

		"event.authority.created":  {"Schulträger angelegt", "School authority created"},
		"event.freeze.created":     {"Prüfungssperre eingetragen", "Exam freeze added"},
		"event.freeze.removed":     {"Prüfungssperre aufgehoben", "Exam freeze removed"},
		"event.allocation.changed": {"Regel für Bedarf und Bestand geändert", "Rule for demand and stock changed"},
		"event.authority.changed":  {"Einstellungen des Schulträgers geändert", "Settings of the school authority changed"},

		"event.account.created":               {"Konto angelegt", "Account created"},
		"event.account.changed":               {"Konto geändert", "Account changed"},
		"event.account.disabled":              {"Konto gesperrt", "Account disabled"},
		"event.account.enabled":               {"Konto entsperrt", "Account enabled"},
		"event.account.link_made":             {"Neuer Einrichtungslink erstellt", "New set-up link made"},
		"event.account.password_set":          {"Passwort gesetzt", "Password set"},
		"event.account.signed_in":             {"Angemeldet", "Signed in"},
		"event.account.sign_in_failed":        {"Anmeldung fehlgeschlagen", "Sign-in failed"},
		"event.account.entered":               {"Als Betrieb bei diesem Schulträger angemeldet", "Entered this school authority as operations"},
		"event.account.signed_out_everywhere": {"Überall abgemeldet", "Signed out everywhere"},

		"event.grant.given":       {"Rolle „{1}“ gegeben", "Role “{1}” given"},
		"event.grant.given.short": {"Rolle gegeben", "Role given"},
		"event.grant.ended":       {"Rolle „{1}“ beendet", "Role “{1}” ended"},
		"event.grant.ended.short": {"Rolle beendet", "Role ended"},

		"event.api_token.created": {"API-Token erstellt", "API token created"},
		"event.api_token.revoked": {"API-Token zurückgezogen", "API token revoked"},

		"event.school.created":  {"Schule angelegt", "School created"},
		"event.school.changed":  {"Schule geändert", "School changed"},
		"event.school.archived": {"Schule archiviert", "School archived"},
		"event.school.restored": {"Schule wiederhergestellt", "School restored"},
		"event.network.changed": {"Einrichtungs-WLAN geändert", "Set-up Wi-Fi changed"},
		"event.year.created":    {"Schuljahr angelegt", "School year created"},

		"event.class.created":      {"Klasse angelegt", "Class created"},
		"event.class.changed":      {"Klasse geändert", "Class changed"},
		"event.class.archived":     {"Klasse archiviert", "Class archived"},
		"event.class.joined":       {"{1} {1:Person|Personen} in die Klasse aufgenommen", "{1} {1:person|people} taken into the class"},
		"event.class.joined.short": {"Person in eine Klasse aufgenommen", "Person taken into a class"},
		"event.class.left":         {"Aus der Klasse genommen", "Taken out of the class"},

		"event.group.created":  {"Gruppe angelegt", "Group created"},
		"event.group.changed":  {"Gruppe geändert", "Group changed"},
		"event.group.archived": {"Gruppe archiviert", "Group archived"},

		"event.membership.created": {"Zugehörigkeit eingetragen", "Membership entered"},
		"event.membership.ended":   {"Zugehörigkeit beendet", "Membership ended"},

		"event.place.created": {"Ort angelegt", "Place created"},
		"event.place.changed": {"Ort geändert", "Place changed"},
		"event.place.removed": {"Ort entfernt", "Place removed"},

		"event.person.created":        {"Person angelegt", "Person created"},
		"event.person.imported":       {"{1} {1:Person|Personen} eingelesen", "{1} {1:person|people} imported"},
		"event.person.imported.short": {"Personen eingelesen", "People imported"},
		"event.person.changed":        {"Person geändert", "Person changed"},
		"event.person.archived":       {"Person archiviert", "Person archived"},

		"event.device.announced":       {"Lieferung angekündigt: {1} {1:iPad|iPads} neu, {2} geändert", "Delivery announced: {1} new {1:iPad|iPads}, {2} changed"},
		"event.device.announced.short": {"Lieferung angekündigt", "Delivery announced"},
		"event.device.arrived":         {"iPad angemeldet", "iPad enrolled"},
		"event.device.confirmed":       {"iPad bestätigt", "iPad confirmed"},
		"event.device.unconfirmed":     {"iPad von Hand angemeldet, noch nicht bestätigt", "iPad enrolled by hand, not yet confirmed"},
		"event.device.issued":          {"iPad ausgegeben", "iPad issued"},
		"event.device.returned":        {"iPad zurückgenommen", "iPad taken back"},
		"event.device.moved":           {"{1} {1:iPad|iPads} einer Schule, Klasse oder einem Ort zugeordnet", "{1} {1:iPad|iPads} placed at a school, class or place"},
		"event.device.moved.short":     {"iPads zugeordnet", "iPads placed"},
		"event.device.numbered":        {"{1} {1:Inventarnummer|Inventarnummern} vergeben", "{1} asset {1:number|numbers} given"},
		"event.device.numbered.short":  {"Inventarnummer vergeben", "Asset number given"},
		"event.device.owned":           {"Eigentum eines iPads festgelegt", "Ownership of an iPad decided"},
		"event.device.planned":         {"iPad für eine Person vorgesehen", "iPad planned for a person"},
		"event.network.released":       {"WLAN-Schutz eines iPads geändert", "Network lifeline of an iPad changed"},
		"event.bypass.read":            {"Umgehungscode der Aktivierungssperre angesehen", "Activation Lock bypass code read"},

		"event.device.tried_again":       {"Abgelehntes auf {1} {1:iPad|iPads} erneut versucht", "What was refused tried again on {1} {1:iPad|iPads}"},
		"event.device.tried_again.short": {"Abgelehntes erneut versucht", "What was refused tried again"},
		"event.hint.sent":                {"Hinweis an die Klassenleitung geschickt", "Hint sent to the class teacher"},

		"event.order.given":           {"Auftrag „{1}“ an {2} {2:iPad|iPads} gegeben", "Order “{1}” given to {2} {2:iPad|iPads}"},
		"event.order.given.short":     {"Auftrag gegeben", "Order given"},
		"event.order.asked":           {"Auftrag „{1}“ an {2} {2:iPad|iPads} beantragt", "Order “{1}” to {2} {2:iPad|iPads} asked for"},
		"event.order.asked.short":     {"Auftrag beantragt", "Order asked for"},
		"event.order.approved":        {"Auftrag „{1}“ an {2} {2:iPad|iPads} freigegeben", "Order “{1}” to {2} {2:iPad|iPads} approved"},
		"event.order.approved.short":  {"Auftrag freigegeben", "Order approved"},
		"event.order.declined":        {"Auftrag „{1}“ abgelehnt", "Order “{1}” declined"},
		"event.order.declined.short":  {"Auftrag abgelehnt", "Order declined"},
		"event.order.withdrawn":       {"Auftrag „{1}“ an {2} {2:iPad|iPads} abgebrochen", "Order “{1}” to {2} {2:iPad|iPads} called off"},
		"event.order.withdrawn.short": {"Auftrag abgebrochen", "Order called off"},
		"event.location.read":         {"Standort angesehen", "Location looked at"},
		"event.users.read":            {"Angemeldete eines geteilten iPads angesehen", "Users of a Shared iPad looked at"},
		"event.turnaround.resumed":    {"Rücklauf fortgesetzt", "Turnaround resumed"},
		"event.turnaround.skipped":    {"Rücklauf ohne Aktivierungssperre fortgesetzt", "Turnaround went on without the Activation Lock"},
		"event.turnaround.stopped":    {"Rücklauf beendet", "Turnaround ended"},
		"event.order.cancelled":       {"Auftrag zurückgezogen", "Order cancelled"},

		"event.profile.created":             {"Profil angelegt", "Profile created"},
		"event.profile.changed":             {"Profil umbenannt oder beschrieben", "Profile renamed or described"},
		"event.profile.archived":            {"Profil archiviert", "Profile archived"},
		"event.profile.drafted":             {"Entwurf eines Profils gespeichert", "Draft of a profile saved"},
		"event.profile.draft_dropped":       {"Entwurf eines Profils verworfen", "Draft of a profile dropped"},
		"event.profile.published":           {"Fassung {1} eines Profils veröffentlicht", "Version {1} of a profile published"},
		"event.profile.published.short":     {"Fassung eines Profils veröffentlicht", "Version of a profile published"},
		"event.profile.assigned":            {"Profil zugewiesen", "Profile assigned"},
		"event.profile.unassigned":          {"Zuweisung eines Profils beendet", "Profile assignment ended"},
		"event.profile.version_set":         {"Zuweisung auf eine andere Fassung gestellt", "Assignment set to another version"},
		"event.profile.rollout_set":         {"Stufe einer Einführung geändert", "Stage of a rollout changed"},
		"event.profile.fixed":               {"Profil fest zugewiesen", "Profile assigned and fixed"},
		"event.profile.unfixed":             {"Feste Zuweisung eines Profils beendet", "Fixed profile assignment ended"},
		"event.profile.fixed_version_set":   {"Feste Zuweisung auf eine andere Fassung gestellt", "Fixed assignment set to another version"},
		"event.profile.fixed_rollout_set":   {"Stufe einer Einführung bei fester Zuweisung geändert", "Stage of a rollout of a fixed assignment changed"},
		"event.code.created":                {"Einrichtungscode für {1} {1:iPad|iPads} erstellt", "Enrolment code for {1} {1:iPad|iPads} created"},
		"event.code.created.short":          {"Einrichtungscode erstellt", "Enrolment code created"},
		"event.code.revoked":                {"Einrichtungscode zurückgezogen", "Enrolment code withdrawn"},
		"event.ca.created":                  {"Zertifizierungsstelle für Geräte angelegt", "Device certification authority created"},
		"event.push.requested":              {"Antrag für das Push-Zertifikat erstellt", "Push certificate requested"},
		"event.push.stored":                 {"Push-Zertifikat hinterlegt", "Push certificate stored"},
		"event.apple_token.created":         {"Verbindung zu Apple angelegt", "Apple connection created"},
		"event.apple_token.key_made":        {"Neues Zertifikat für die Verbindung zu Apple erstellt", "New certificate made for the Apple connection"},
		"event.apple_token.accepted":        {"Apple-Token hinterlegt", "Apple token stored"},
		"event.apple_token.changed":         {"Verbindung zu Apple geändert", "Apple connection changed"},
		"event.apple_token.removed":         {"Verbindung zu Apple entfernt", "Apple connection removed"},
		"event.apple.devices_arrived":       {"{1} {1:neues iPad|neue iPads} von Apple übernommen", "{1} new {1:iPad|iPads} taken over from Apple"},
		"event.apple.devices_arrived.short": {"Neue iPads von Apple übernommen", "New iPads taken over from Apple"},

		"event.undone":       {"Rückgängig gemacht: {1}", "Undone: {1}"},
		"event.undone.short": {"Rückgängig gemacht", "Undone"},
	})
}
