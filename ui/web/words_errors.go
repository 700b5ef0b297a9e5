package web

import "ranzen/store/school"

// The sentences of broken rules: "error." and the code of a school.Error, with its arguments in order. A test of package
// ui reads every code out of the packages that refuse and finds the one without a sentence.
func init() {
	Add(Words{
		// Any form.
		"error.required": {"Bitte füllen Sie dieses Feld aus.", "Please fill in this field."},
		"error.choice":   {"Bitte wählen Sie einen der angebotenen Werte.", "Please choose one of the values offered."},
		"error.too_long": {"Höchstens {1} Zeichen.", "At most {1} characters."},
		"error.denied":   {"Für „{1}“ fehlt Ihnen hier die Berechtigung. Ihre Verwaltung kann sie Ihnen geben.", "You lack the permission “{1}” here. Your administration can give it to you."},
		"error.taken":    {"Das gibt es hier schon. Bitte wählen Sie etwas anderes.", "This exists here already. Please choose something else."},
		"error.in_use":   {"Das wird noch gebraucht und kann deshalb nicht entfernt werden.", "This is still in use and so cannot be removed."},
		"error.invalid":  {"Diese Angabe passt nicht zu dem, was schon da ist.", "This does not fit what is there already."},
		"error.cursor":   {"Diese Stelle der Liste gibt es nicht mehr. Beginnen Sie am Anfang der Liste.", "This place in the list is gone. Start at the beginning of the list."},
		"error.archived": {"„{1}“ ist archiviert und nimmt nichts mehr auf.", "“{1}” is archived and takes in nothing more."},

		// Signing in, accounts and roles.
		"error.sign_in_wrong":       {"Anmeldename oder Passwort stimmt nicht.", "Login or password is wrong."},
		"error.sign_in_wait":        {"Zu viele Versuche mit diesem Anmeldenamen. In {1} {1:Sekunde|Sekunden} können Sie es wieder versuchen.", "Too many attempts with this login. You can try again in {1} {1:second|seconds}."},
		"error.password_wrong":      {"Das bisherige Passwort stimmt nicht.", "The present password is wrong."},
		"error.password_short":      {"Das Passwort braucht mindestens {1} Zeichen. Ein Satz lässt sich leicht merken.", "The password needs at least {1} characters. A sentence is easy to remember."},
		"error.password_long":       {"Das Passwort darf höchstens {1} Zeichen haben.", "The password may have at most {1} characters."},
		"error.password_common":     {"Dieses Passwort steht auf jeder Liste, die Angreifer zuerst versuchen. Bitte wählen Sie ein anderes.", "This password is on every list that attackers try first. Please choose another."},
		"error.password_login":      {"Das Passwort darf nicht der Anmeldename sein.", "The password must not be the login."},
		"error.link_over":           {"Dieser Link ist abgelaufen oder wurde schon benutzt. Wer Ihr Konto angelegt hat, kann einen neuen erstellen.", "This link has expired or was used already. Whoever made your account can make a new one."},
		"error.login_form":          {"Ein Anmeldename hat höchstens 200 Zeichen und kein Leerzeichen.", "A login has at most 200 characters and no blank."},
		"error.login_taken":         {"Diesen Anmeldenamen gibt es schon. Bitte wählen Sie einen anderen.", "This login exists already. Please choose another."},
		"error.email_form":          {"Das ist keine E-Mail-Adresse.", "This is not an e-mail address."},
		"error.role_without_school": {"Diese Rolle gilt für den ganzen Schulträger; wählen Sie keine Schule.", "This role holds for the whole school authority; choose no school."},
		"error.ends_before_start":   {"Das Ende liegt vor dem Beginn.", "The end lies before the start."},
		"error.ends_in_past":        {"Dieses Datum ist vorbei. Bitte wählen Sie ein späteres.", "This date has passed. Please choose a later one."},
		"error.admins_decide":       {"Dieser Schulträger hat schon eine Verwaltung. Nur sie vergibt dort weitere Rollen.", "This school authority has an administration already. Only it gives further roles there."},
		"error.last_admin":          {"Danach könnte niemand mehr diesen Schulträger verwalten. Geben Sie zuerst einem anderen Konto die Rolle „Verwaltung“.", "Nobody could administer this school authority afterwards. First give another account the role “Administration”."},
		"error.verb_not_of_role":    {"„{1}“ gehört nicht zu dieser Rolle.", "“{1}” does not belong to this role."},

		// Authority, schools, classes, groups, places, years.
		"error.os_version":             {"„{1}“ ist keine iPadOS-Version. Gemeint ist etwas wie 17.6.", "“{1}” is no iPadOS version. Something like 17.6 is meant."},
		"error.number_pattern":         {"„{1}“ lässt sich nicht hochzählen. Gemeint ist etwas wie {2}.", "“{1}” cannot be counted up. Something like {2} is meant."},
		"error.number_pattern_missing": {"Es ist kein Muster für Inventarnummern festgelegt. Legen Sie es unter Verwaltung fest.", "There is no pattern for asset numbers. Set one under Administration."},
		"error.ssid_length":            {"Der Name eines WLANs hat 1 bis 32 Zeichen.", "The name of a Wi-Fi has 1 to 32 characters."},
		"error.psk_length":             {"Ein WLAN-Passwort hat 8 bis 63 Zeichen.", "A Wi-Fi password has 8 to 63 characters."},
		"error.school_archived":        {"Die Schule „{1}“ ist archiviert und nimmt nichts mehr auf.", "The school “{1}” is archived and takes in nothing more."},
		"error.grade_form":             {"Ein Jahrgang hat höchstens 20 Zeichen und keinen Schrägstrich.", "A grade has at most 20 characters and no slash."},
		"error.class_taken":            {"Eine Klasse „{1}“ gibt es an dieser Schule schon.", "There is a class “{1}” at this school already."},
		"error.class_not_empty":        {"Zur Klasse {1} gehören noch {2} {2:Person|Personen} und {3} {3:iPad|iPads}. Erst wenn sie leer ist, kann sie archiviert werden.", "{2} {2:person|people} and {3} {3:iPad|iPads} still belong to class {1}. It can be archived once it is empty."},
		"error.class_archived":         {"Die Klasse {1} ist archiviert. Wählen Sie eine andere.", "Class {1} is archived. Choose another."},
		"error.class_elsewhere":        {"Diese Klasse gehört zu einer anderen Schule.", "This class belongs to another school."},
		"error.group_taken":            {"Eine Gruppe „{1}“ gibt es hier schon.", "There is a group “{1}” here already."},
		"error.place_taken":            {"Einen Ort „{1}“ gibt es an dieser Schule schon.", "There is a place “{1}” at this school already."},
		"error.place_elsewhere":        {"Dieser Ort gehört zu einer anderen Schule.", "This place belongs to another school."},
		"error.place_not_empty":        {"In „{1}“ {2:steht|stehen} noch {2} {2:iPad|iPads}. Erst wenn der Ort leer ist, kann er entfernt werden.", "“{1}” still holds {2} {2:iPad|iPads}. It can be removed once it is empty."},
		"error.year_taken":             {"Ein Schuljahr „{1}“ gibt es schon.", "There is a school year “{1}” already."},
		"error.year_order":             {"Ein Schuljahr endet nach seinem Beginn.", "A school year ends after its start."},
		"error.year_missing":           {"Für heute ist kein Schuljahr festgelegt: „{1}“ liegt zu einer anderen Zeit. Legen Sie das laufende Schuljahr an.", "There is no school year for today: “{1}” lies at another time. Add the present school year."},

		// People and what they hold.
		"error.person_archived":   {"Diese Person ist archiviert. Holen Sie sie mit „Rückgängig“ zurück oder legen Sie sie neu an.", "This person is archived. Bring them back with “Undo” or add them anew."},
		"error.person_holds":      {"An diese Person {1:ist|sind} noch {1} {1:Gerät|Geräte} ausgegeben. Nehmen Sie {1:es|sie} erst zurück.", "{1} {1:device is|devices are} still issued to this person. Take {1:it|them} back first."},
		"error.until_before_from": {"Das Ende liegt vor dem Beginn.", "The end lies before the start."},
		"error.device_issued":     {"{1} ist schon ausgegeben. Nehmen Sie es erst zurück.", "{1} is issued already. Take it back first."},
		"error.device_issued_to":  {"{1} ist noch an {2} ausgegeben. Nehmen Sie es erst zurück.", "{1} is still issued to {2}. Take it back first."},
		"error.device_not_issued": {"{1} ist an niemanden ausgegeben.", "{1} is issued to nobody."},
		"error.device_unconfirmed": {
			"{1} wurde von Hand angemeldet und noch nicht bestätigt. Bestätigen Sie es erst.",
			"{1} was enrolled by hand and not yet confirmed. Confirm it first.",
		},

		// Devices.
		"error.number_taken":    {"Die Inventarnummer {1} ist schon vergeben.", "The asset number {1} is given already."},
		"error.number_form":     {"„{1}“ kann keine Inventarnummer sein. Möglich sind Buchstaben, Ziffern und - _ . /", "“{1}” cannot be an asset number. Letters, digits and - _ . / are possible."},
		"error.number_twice":    {"Die Inventarnummer {1} steht schon in Zeile {2}.", "The asset number {1} stands in line {2} already."},
		"error.serial_taken":    {"Ein Gerät mit der Seriennummer {1} gibt es schon.", "There is a device with the serial number {1} already."},
		"error.serial_twice":    {"Die Seriennummer {1} steht schon in Zeile {2}.", "The serial number {1} stands in line {2} already."},
		"error.serial_form":     {"„{1}“ ist keine Seriennummer: Sie besteht aus Buchstaben ohne Umlaute und Ziffern.", "“{1}” is no serial number: it is made of plain letters and digits."},
		"error.serial_letter_o": {"„{1}“ enthält den Buchstaben O; gemeint ist wohl die Null.", "“{1}” holds the letter O; a zero is probably meant."},
		"error.serial_letter_i": {"„{1}“ enthält den Buchstaben I; gemeint ist wohl die Eins.", "“{1}” holds the letter I; a one is probably meant."},
		"error.serial_length":   {"„{1}“ hat {2} Zeichen; eine Seriennummer hat 10 bis 12.", "“{1}” has {2} characters; a serial number has 10 to 12."},
		"error.serial_elsewhere": {
			"Das Gerät {1} gehört zu einer anderen Schule. Ihr Schulträger kann es umziehen.",
			"The device {1} belongs to another school. Your school authority can move it.",
		},
		"error.announce_issued":   {"Das Gerät {1} ist schon an jemand anderen ausgegeben.", "The device {1} is issued to somebody else already."},
		"error.announce_wrong":    {"{1} von {2} {2:Zeile|Zeilen} {1:ist|sind} nicht richtig. Noch wurde nichts übernommen.", "{1} of {2} {2:line|lines} {1:is|are} not right. Nothing was taken over yet."},
		"error.announce_too_many": {"Eine Lieferung hat höchstens {1} Zeilen, diese hat {2}. Teilen Sie die Datei.", "A delivery has at most {1} lines, this one has {2}. Split the file."},
		"error.not_enrolled":      {"Das iPad ist nicht angemeldet und kann keinen Auftrag bekommen.", "The iPad is not enrolled and cannot be given an order."},
		"error.order_over":        {"Dieser Auftrag ist schon beendet.", "This order is over already."},
		"error.moved_already":     {"Die Geräte stehen schon dort. Es gibt nichts zu ändern.", "The devices stand there already. There is nothing to change."},

		// What a row of a file names.
		"error.unknown_school":      {"Eine Schule „{1}“ gibt es nicht.", "There is no school “{1}”."},
		"error.unknown_school_near": {"Eine Schule „{1}“ gibt es nicht; gemeint ist wohl {2}.", "There is no school “{1}”; {2} is probably meant."},
		"error.unknown_class":       {"Eine Klasse „{1}“ gibt es hier nicht.", "There is no class “{1}” here."},
		"error.unknown_class_near":  {"Eine Klasse „{1}“ gibt es hier nicht; gemeint ist wohl {2}.", "There is no class “{1}” here; {2} is probably meant."},
		"error.unknown_place":       {"Einen Ort „{1}“ gibt es hier nicht.", "There is no place “{1}” here."},
		"error.unknown_place_near":  {"Einen Ort „{1}“ gibt es hier nicht; gemeint ist wohl {2}.", "There is no place “{1}” here; {2} is probably meant."},
		"error.unknown_person":      {"Eine Person „{1}“ gibt es hier nicht.", "There is no person “{1}” here."},
		"error.unknown_person_near": {"Eine Person „{1}“ gibt es hier nicht; gemeint ist wohl {2}.", "There is no person “{1}” here; {2} is probably meant."},
		"error.ambiguous_class":     {"Die Klasse „{1}“ gibt es an mehreren Schulen: {2}. Nennen Sie die Schule dazu.", "Class “{1}” exists at several schools: {2}. Add the school."},
		"error.ambiguous_place":     {"Den Ort „{1}“ gibt es an mehreren Schulen: {2}. Nennen Sie die Schule dazu.", "The place “{1}” exists at several schools: {2}. Add the school."},
		"error.ambiguous_person":    {"„{1}“ passt zu {2} Personen: {3}. Nennen Sie Schule und Klasse oder den Anmeldenamen.", "“{1}” fits {2} people: {3}. Add school and class, or the login."},

		// Profiles, assignments, plans, undo.
		"error.identifier_form":     {"Eine Kennung besteht aus Buchstaben, Ziffern, Punkt und Bindestrich, etwa de.musterstadt.wlan.", "An identifier is made of letters, digits, dots and hyphens, such as de.musterstadt.wlan."},
		"error.identifier_taken":    {"Die Kennung {1} trägt schon ein anderes Profil.", "Another profile has the identifier {1} already."},
		"error.content_size":        {"Ein Profil darf höchstens {1} MB groß sein.", "A profile may be at most {1} MB in size."},
		"error.not_publishable":     {"{1} {1:Angabe ist|Angaben sind} noch nicht richtig. Erst danach kann das Profil veröffentlicht werden.", "{1} {1:entry is|entries are} not right yet. The profile can be published after that."},
		"error.draft_moved":         {"Jemand hat den Entwurf inzwischen geändert. Sehen Sie ihn neu an, bevor Sie speichern.", "Somebody has changed the draft meanwhile. Look at it anew before you save."},
		"error.draft_none":          {"Es gibt keinen Entwurf.", "There is no draft."},
		"error.draft_only":          {"Das Profil besteht nur aus diesem Entwurf. Archivieren Sie das Profil, wenn Sie es nicht mehr brauchen.", "The profile consists of this draft only. Archive the profile if you no longer need it."},
		"error.version_same":        {"Fassung {1} gilt hier schon.", "Version {1} holds here already."},
		"error.version_foreign":     {"Diese Fassung gehört zu einem anderen Profil.", "This version belongs to another profile."},
		"error.version_draft":       {"Ein Entwurf kann nicht zugewiesen werden. Veröffentlichen Sie ihn zuerst.", "A draft cannot be assigned. Publish it first."},
		"error.profile_archived":    {"Dieses Profil ist archiviert und kann nicht mehr zugewiesen werden.", "This profile is archived and can no longer be assigned."},
		"error.profile_assigned":    {"Dieses Profil ist noch {1}-mal zugewiesen. Heben Sie zuerst die {1:Zuweisung|Zuweisungen} auf.", "This profile is still assigned {1} {1:time|times}. End the {1:assignment|assignments} first."},
		"error.profile_unpublished": {"Das Profil „{1}“ hat noch keine veröffentlichte Fassung.", "The profile “{1}” has no published version yet."},
		"error.profile_of_school":   {"Das Profil gehört der Schule „{1}“ und kann nur dort zugewiesen werden.", "The profile belongs to the school “{1}” and can only be assigned there."},
		"error.assigned_already":    {"„{1}“ ist hier schon zugewiesen.", "“{1}” is assigned here already."},
		"error.window":              {"Das Ende liegt vor dem Beginn.", "The end lies before the start."},
		"error.stage_range":         {"Eine Stufe liegt zwischen 0 und {1}.", "A stage lies between 0 and {1}."},
		"error.rollout_new":         {"Eine neue Zuweisung beginnt mit der ersten Stufe.", "A new assignment begins with the first stage."},
		"error.rollout_none":        {"Hier läuft keine Einführung in Stufen.", "No rollout in stages is under way here."},
		"error.rollout_running":     {"Hier läuft schon eine Einführung in Stufen. Beenden Sie sie zuerst.", "A rollout in stages is under way here already. End it first."},
		"error.fixed_at_authority":  {"„{1}“ hat {3} für den ganzen Schulträger {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the whole school authority {2}. It can only be changed there."},
		"error.fixed_at_school_type": {
			"„{1}“ hat {3} für die Schulform {2} fest zugewiesen. Nur dort lässt es sich ändern.",
			"{3} has made “{1}” fixed for the school type {2}. It can only be changed there.",
		},
		"error.fixed_at_school": {"„{1}“ hat {3} für die Schule {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the school {2}. It can only be changed there."},
		"error.fixed_at_grade":  {"„{1}“ hat {3} für den Jahrgang {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the grade {2}. It can only be changed there."},
		"error.fixed_at_class":  {"„{1}“ hat {3} für die Klasse {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the class {2}. It can only be changed there."},
		"error.fixed_at_group":  {"„{1}“ hat {3} für die Gruppe {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the group {2}. It can only be changed there."},
		"error.fixed_at_person": {"„{1}“ hat {3} für die Person {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the person {2}. It can only be changed there."},
		"error.fixed_at_device": {"„{1}“ hat {3} für das Gerät {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the device {2}. It can only be changed there."},
		"error.plan_number":     {"Tippen Sie die Zahl {1} ein. So viele iPads betrifft die Änderung.", "Type the number {1}. That is how many iPads the change concerns."},
		"error.plan_moved":      {"Seit der Vorschau hat sich etwas geändert. Sehen Sie sie neu an, bevor Sie starten.", "Something has changed since the preview. Look at it anew before you start."},
		"error.plan_done":       {"Diese Änderung ist schon ausgeführt.", "This change has been carried out already."},
		"error.undo_done":       {"Das wurde schon rückgängig gemacht.", "This has been undone already."},
		"error.undo_never":      {"Das lässt sich nicht rückgängig machen.", "This cannot be undone."},
		"error.undo_late":       {"Rückgängig ging bis {1}.", "Undo was possible until {1}."},
		"error.undo_erased":     {"Dazu gehörte eine Person, deren Daten gelöscht sind. Es lässt sich nicht mehr rückgängig machen.", "A person whose data were erased was part of this. It can no longer be undone."},
		"error.undo_conflict":   {"Inzwischen wurde hier weitergearbeitet ({1}). Damit nichts Neues verloren geht, bleibt alles, wie es ist.", "Work has gone on here meanwhile ({1}). So that nothing new is lost, everything stays as it is."},

		// Apple and enrolment.
		"error.push_topic_changed": {
			"Dieses Push-Zertifikat gehört zu einem anderen Apple Account; damit {1:müsste|müssten} {1} {1:iPad|iPads} neu eingerichtet werden. Melden Sie sich bei Apple als {2} an und wählen Sie „Renew“.",
			"This push certificate belongs to another Apple Account; {1} {1:iPad|iPads} would have to be set up anew. Sign in to Apple as {2} and choose “Renew”.",
		},
		"error.push_refused":         {"Dieses Push-Zertifikat kann hier nicht verwendet werden. Erstellen Sie bei Apple ein neues.", "This push certificate cannot be used here. Make a new one at Apple."},
		"error.push_ended":           {"Dieses Push-Zertifikat ist am {1} abgelaufen. Laden Sie das erneuerte hoch.", "This push certificate expired on {1}. Upload the renewed one."},
		"error.apple_token_ended":    {"Dieses Token ist am {1} abgelaufen. Laden Sie bei Apple ein neues herunter.", "This token expired on {1}. Download a new one from Apple."},
		"error.apple_server_changed": {"Dieses Token gehört zum Server „{2}“, erwartet wird „{1}“. Wählen Sie bei Apple denselben Server aus.", "This token belongs to the server “{2}”; “{1}” is expected. Choose the same server at Apple."},
		"error.apple_server_refused": {"Dieses Token kann hier nicht verwendet werden. Legen Sie bei Apple einen eigenen Server für diese Verwaltung an.", "This token cannot be used here. Add a server of its own for this management at Apple."},
		"error.apple_key_moved":      {"Der Schlüssel wurde inzwischen erneuert. Laden Sie ihn neu herunter und bei Apple hoch.", "The key has been renewed meanwhile. Download it again and upload it to Apple."},
		"error.settings_form":        {"Diese Einstellungen sind nicht lesbar.", "These settings cannot be read."},
		"error.sync_moved":           {"Der Abgleich ist inzwischen weiter. Er läuft von selbst weiter.", "The sync has moved on meanwhile. It continues by itself."},
		"error.code_uses":            {"Ein Code gilt für 1 bis {1} Geräte.", "A code is good for 1 to {1} devices."},
		"error.code_one_device":      {"Ein Code für eine Seriennummer gilt für genau ein Gerät.", "A code for a serial number is good for exactly one device."},
		"error.code_life":            {"Ein Code gilt höchstens {1} Tage.", "A code is good for at most {1} days."},
		"error.code_over":            {"Dieser Code ist abgelaufen, verbraucht oder zurückgezogen. Lassen Sie sich einen neuen geben.", "This code has expired, is used up or was revoked. Ask for a new one."},
		"error.code_wait":            {"Zu viele Versuche mit falschen Codes. In einigen Minuten geht es weiter.", "Too many attempts with wrong codes. You can go on in a few minutes."},
		"error.code_wrong":           {"Diesen Code gibt es nicht. Vergleichen Sie ihn Zeichen für Zeichen.", "There is no such code. Compare it character by character."},
	})

	// Verbs as permissions are called; see school.Verb.
	Add(Words{
		"verb.view":          {"Schulen, Geräte und Profile ansehen", "See schools, devices and profiles"},
		"verb.view_people":   {"Namen von Personen sehen", "See names of people"},
		"verb.edit_org":      {"Schulen, Klassen, Gruppen und Orte ändern", "Change schools, classes, groups and places"},
		"verb.edit_people":   {"Personen ändern", "Change people"},
		"verb.edit_devices":  {"Geräte ändern und ausgeben", "Change and issue devices"},
		"verb.edit_profiles": {"Profile ändern", "Change profiles"},
		"verb.assign":        {"Profile zuweisen", "Assign profiles"},
		"verb.fix":           {"Zuweisungen festmachen", "Fix assignments"},
		"verb.order_device":  {"Geräten Aufträge geben", "Give orders to devices"},
		"verb.enroll":        {"Geräte anmelden", "Enrol devices"},
		"verb.apple":         {"Apple-Anbindung ändern", "Change the Apple connection"},
		"verb.settings":      {"Einstellungen des Schulträgers ändern", "Change settings of the school authority"},
		"verb.accounts":      {"Konten und Rollen verwalten", "Manage accounts and roles"},
		"verb.read_audit":    {"Protokoll lesen", "Read the audit log"},
		"verb.read_outbox":   {"Postausgang lesen", "Read the outbox"},
		"verb.provision":     {"Schulträger anlegen", "Create school authorities"},
		"verb.observe":       {"Betrieb beobachten", "Observe operation"},
	})

	// Nouns by the table their facts stand in, for sentences about what moved.
	Add(Words{
		"noun.authority":       {"Schulträger", "school authority"},
		"noun.school":          {"Schule", "school"},
		"noun.school_year":     {"Schuljahr", "school year"},
		"noun.class":           {"Klasse", "class"},
		"noun.school_group":    {"Gruppe", "group"},
		"noun.person":          {"Person", "person"},
		"noun.membership":      {"Zugehörigkeit zu einer Klasse oder Gruppe", "membership of a class or group"},
		"noun.place":           {"Ort", "place"},
		"noun.batch":           {"Lieferung", "delivery"},
		"noun.asset":           {"Inventarnummer", "asset number"},
		"noun.device":          {"Gerät", "device"},
		"noun.holding":         {"Ausgabe", "issue"},
		"noun.profile":         {"Profil", "profile"},
		"noun.profile_version": {"Fassung eines Profils", "version of a profile"},
		"noun.assignment":      {"Zuweisung", "assignment"},
		"noun.enroll_code":     {"Anmeldecode", "enrolment code"},
		"noun.apple_token":     {"Apple-Token", "Apple token"},
		"noun.account":         {"Konto", "account"},
		"noun.role_grant":      {"Rolle", "role"},
		"noun.api_token":       {"API-Token", "API token"},
	})
}

// patternExample is an inventory number pattern as people write it.
const patternExample = "MS-{YY}-{seq:06}"

// ruleArgs are the arguments of a broken rule as a person reads them: what is a code in the world is a word here.
func ruleArgs(l Lang, e *school.Error) []any {
	if len(e.Args) == 0 {
		return nil
	}
	code, _ := e.Args[0].(string)
	switch e.Code {
	case "denied", "verb_not_of_role":
		return []any{T(l, "verb."+code)}
	case "undo_conflict":
		return []any{T(l, "noun."+code)}
	case "number_pattern":
		return append(e.Args[:1:1], patternExample)
	}
	return e.Args
}
