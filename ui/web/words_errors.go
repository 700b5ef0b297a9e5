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
		"error.sign_in_wrong":       {"Anmeldename und Passwort passen nicht zusammen.", "Login and password do not match."},
		"error.sign_in_wait":        {"Nach mehreren Fehlversuchen ist dieser Anmeldename noch {1} {1:Sekunde|Sekunden} gesperrt. Andere Konten sind nicht betroffen.", "After several failed attempts this login is locked for another {1} {1:second|seconds}. Other accounts are not affected."},
		"error.password_wrong":      {"Das bisherige Passwort stimmt nicht.", "The current password is not correct."},
		"error.password_short":      {"Das Passwort braucht mindestens {1} Zeichen. Ein kurzer Satz ist gut zu merken.", "The password needs at least {1} characters. A short sentence is easy to remember."},
		"error.password_long":       {"Das Passwort darf höchstens {1} Zeichen lang sein.", "The password may have at most {1} characters."},
		"error.password_common":     {"Dieses Passwort gehört zu den ersten, die andere ausprobieren. Ein Satz aus mehreren Wörtern ist besser.", "This password is among the first others would try. A sentence of several words is better."},
		"error.password_login":      {"Das Passwort besteht fast nur aus dem Anmeldenamen. Ein Satz aus mehreren Wörtern ist besser.", "The password is little more than the login. A sentence of several words is better."},
		"error.link_over":           {"Dieser Link gilt nicht mehr: Er wurde benutzt, ersetzt oder ist älter als 7 Tage. Ihre Verwaltung kann Ihnen einen neuen geben.", "This link is no longer valid: it was used, replaced or is older than 7 days. Your administration can give you a new one."},
		"error.login_form":          {"Der Anmeldename darf keine Leerzeichen enthalten und höchstens 200 Zeichen lang sein.", "The login must not contain spaces and may have at most 200 characters."},
		"error.login_taken":         {"Diesen Anmeldenamen gibt es schon. Wählen Sie einen anderen, zum Beispiel die dienstliche E-Mail-Adresse.", "This login is already in use. Choose another one, for example the official e-mail address."},
		"error.email_form":          {"Das ist keine E-Mail-Adresse.", "This is not an e-mail address."},
		"error.role_without_school": {"Diese Rolle gilt für den ganzen Schulträger; bitte ohne Schule.", "This role is for the whole authority; please leave the school out."},
		"error.ends_before_start":   {"Das Ende liegt vor dem Anfang.", "The end is before the beginning."},
		"error.ends_in_past":        {"Dieser Zeitpunkt ist schon vorbei.", "This time has already passed."},
		"error.admins_decide":       {"Dieser Schulträger hat bereits eine Verwaltung; nur sie kann weitere Verwaltungen ernennen. Bitten Sie dort um die Rolle.", "This authority already has administrators; only they can appoint more. Ask them for the role."},
		"error.last_admin":          {"Das ist die letzte Verwaltung dieses Schulträgers, die sich anmelden kann. Ernennen Sie zuerst eine weitere.", "This is the last administrator of this authority who can sign in. Appoint another one first."},
		"error.verb_not_of_role":    {"Die gewählte Rolle enthält „{1}“ nicht.", "The chosen role does not include “{1}”."},

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
		"error.moved_already":     {"Die iPads sind schon dort. Nichts wurde geändert.", "The iPads are already there. Nothing was changed."},

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
		"error.identifier_form":      {"Die Kennung des Profils ist länger als 200 Zeichen oder enthält unsichtbare Zeichen.", "The profile identifier is longer than 200 characters or contains invisible characters."},
		"error.identifier_taken":     {"Ein Profil mit der Kennung {1} gibt es schon. Speichern Sie die Datei dort als neue Fassung oder ändern Sie ihre Kennung.", "A profile with the identifier {1} already exists. Save the file there as a new version or change its identifier."},
		"error.content_size":         {"Das Profil ist größer als {1} MB.", "The profile is larger than {1} MB."},
		"error.not_publishable":      {"Der Entwurf hat {1} Fehler und lässt sich so nicht veröffentlichen. Die Fehler stehen bei den Feldern.", "The draft has {1} {1:error|errors} and cannot be published like this. They are shown beside the fields."},
		"error.draft_moved":          {"Jemand hat den Entwurf inzwischen geändert. Ihre Fassung wurde nicht gespeichert; öffnen Sie den Entwurf neu.", "Somebody changed the draft in the meantime. Your version was not saved; open the draft again."},
		"error.draft_none":           {"Dieses Profil hat keinen Entwurf. Bearbeiten Sie es zuerst.", "This profile has no draft. Edit it first."},
		"error.draft_only":           {"Der Entwurf ist der einzige Inhalt dieses Profils. Archivieren Sie das Profil stattdessen.", "The draft is the only content of this profile. Archive the profile instead."},
		"error.version_same":         {"Das ist schon die Fassung {1}. Nichts wurde geändert.", "This is already version {1}. Nothing was changed."},
		"error.version_foreign":      {"Diese Fassung gehört nicht zu diesem Profil.", "This version does not belong to this profile."},
		"error.version_draft":        {"Ein Entwurf lässt sich nicht zuweisen. Veröffentlichen Sie ihn zuerst.", "A draft cannot be assigned. Publish it first."},
		"error.profile_archived":     {"Dieses Profil ist archiviert.", "This profile is archived."},
		"error.profile_assigned":     {"Das Profil ist noch {1}-mal zugewiesen. Beenden Sie zuerst die {1:Zuweisung|Zuweisungen}.", "The profile still has {1} {1:assignment|assignments}. End {1:it|them} first."},
		"error.profile_unpublished":  {"„{1}“ hat noch keine veröffentlichte Fassung. Veröffentlichen Sie zuerst den Entwurf.", "“{1}” has no published version yet. Publish the draft first."},
		"error.profile_of_school":    {"„{1}“ gehört zu einer einzelnen Schule und lässt sich nur dort zuweisen.", "“{1}” belongs to one school and can only be assigned there."},
		"error.assigned_already":     {"„{1}“ ist hier schon zugewiesen. Ändern Sie die bestehende Zuweisung oder beenden Sie sie zuerst.", "“{1}” is already assigned here. Change the existing assignment or end it first."},
		"error.window":               {"Das Ende muss in der Zukunft und nach dem Beginn liegen.", "The end must lie in the future and after the beginning."},
		"error.stage_range":          {"Die Stufe muss zwischen 0 und {1} liegen.", "The stage must be between 0 and {1}."},
		"error.rollout_new":          {"Eine neue Zuweisung hat keine frühere Fassung, und ein Ausschluss gilt immer für alle zugleich.", "A new assignment has no earlier version, and an exclusion always holds for all at once."},
		"error.rollout_none":         {"Für diese Zuweisung läuft keine Einführung in Stufen.", "No staged rollout is under way for this assignment."},
		"error.rollout_running":      {"Für diese Zuweisung läuft schon eine Einführung in Stufen. Schließen Sie sie ab oder gehen Sie zur alten Fassung zurück.", "A staged rollout is already under way for this assignment. Finish it or go back to the old version."},
		"error.fixed_at_authority":   {"„{1}“ ist vom Schulträger {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed by the authority {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_school_type": {"„{1}“ ist für alle Schulen der Schulform {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed for all schools of the type {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_school":      {"„{1}“ ist für die Schule {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed for the school {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_grade":       {"„{1}“ ist für den Jahrgang {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed for grade {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_class":       {"„{1}“ ist für die Klasse {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed for class {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_group":       {"„{1}“ ist für die Gruppe {2} fest vorgegeben (festgelegt von {3}). Darunter lässt es sich nicht ändern.", "“{1}” is fixed for the group {2} (set by {3}). It cannot be changed below."},
		"error.fixed_at_person":      {"„{1}“ ist für die Person, die dieses iPad hat, fest vorgegeben (festgelegt von {2}). Am iPad lässt es sich nicht ändern.", "“{1}” is fixed for the person who has this iPad (set by {2}). It cannot be changed at the iPad."},
		"error.fixed_at_device":      {"„{1}“ hat {3} für das Gerät {2} fest zugewiesen. Nur dort lässt es sich ändern.", "{3} has made “{1}” fixed for the device {2}. It can only be changed there."},
		"error.plan_number":          {"Zur Bestätigung bitte die Zahl der iPads eingeben: {1}.", "To confirm, type the number of iPads: {1}."},
		"error.plan_moved":           {"Seit der Vorschau hat sich etwas geändert. Nichts wurde ausgeführt; prüfen Sie die neue Vorschau.", "Something changed since the preview. Nothing was carried out; check the new preview."},
		"error.plan_done":            {"Diese Vorschau ist schon ausgeführt.", "This preview has already been carried out."},
		"error.undo_done":            {"Das wurde schon rückgängig gemacht.", "This has been undone already."},
		"error.undo_never":           {"Das lässt sich nicht rückgängig machen.", "This cannot be undone."},
		"error.undo_late":            {"Rückgängig ging bis {1}.", "Undo was possible until {1}."},
		"error.undo_erased":          {"Dazu gehörte eine Person, deren Daten gelöscht sind. Es lässt sich nicht mehr rückgängig machen.", "A person whose data were erased was part of this. It can no longer be undone."},
		"error.undo_conflict":        {"Inzwischen wurde hier weitergearbeitet ({1}). Damit nichts Neues verloren geht, bleibt alles, wie es ist.", "Work has gone on here meanwhile ({1}). So that nothing new is lost, everything stays as it is."},

		// Apple and enrolment.
		"error.push_topic_changed":   {"Dieses Push-Zertifikat gehört zu einem anderen Apple Account; damit {1:müsste|müssten alle} {1} {1:iPad|iPads} neu eingerichtet werden. Melden Sie sich bei Apple als {2} an und wählen Sie „Renew“.", "This push certificate belongs to another Apple Account; {1} {1:iPad|iPads} would have to be set up again. Sign in at Apple as {2} and choose “Renew”."},
		"error.push_refused":         {"Dieses Push-Zertifikat kann hier nicht verwendet werden. Erstellen Sie bei Apple ein eigenes für diesen Schulträger.", "This push certificate cannot be used here. Create one of its own for this authority at Apple."},
		"error.push_ended":           {"Dieses Push-Zertifikat ist am {1} abgelaufen. Erneuern Sie es bei Apple („Renew“) und laden Sie das neue hoch.", "This push certificate expired on {1}. Renew it at Apple (“Renew”) and upload the new one."},
		"error.apple_token_ended":    {"Dieses Token ist am {1} abgelaufen. Laden Sie in Apple School Manager ein neues herunter.", "This token expired on {1}. Download a new one from Apple School Manager."},
		"error.apple_server_changed": {"Diese Token-Datei gehört zu einem anderen Server in Apple School Manager: erwartet „{1}“, erhalten „{2}“. Laden Sie das Token beim richtigen Server herunter oder legen Sie eine weitere Verbindung an.", "This token file belongs to another server in Apple School Manager: expected “{1}”, received “{2}”. Download the token from the right server or add another connection."},
		"error.apple_server_refused": {"Dieser Server aus Apple School Manager kann hier nicht verwendet werden. Legen Sie dort einen eigenen für diese Verbindung an.", "This server from Apple School Manager cannot be used here. Create one of its own for this connection there."},
		"error.apple_key_moved":      {"Der Schlüssel zu dieser Token-Datei ist hier nicht mehr vorhanden. Laden Sie das Zertifikat erneut bei Apple hoch und danach ein neues Token herunter.", "The key for this token file is no longer here. Upload the certificate at Apple again and then download a new token."},
		"error.settings_form":        {"Diese Einstellungen sind nicht lesbar.", "These settings cannot be read."},
		"error.sync_moved":           {"Die Geräteliste wurde inzwischen weitergelesen. Es ist nichts zu tun.", "The device list was read further meanwhile. There is nothing to do."},
		"error.code_uses":            {"Ein Code gilt für 1 bis {1} iPads.", "A code is valid for 1 to {1} iPads."},
		"error.code_one_device":      {"Ein Code für genau eine Seriennummer gilt für 1 iPad.", "A code for exactly one serial number is valid for 1 iPad."},
		"error.code_life":            {"Ein Code gilt höchstens {1} Tage.", "A code is valid for at most {1} days."},
		"error.code_over":            {"Dieser Code gilt nicht mehr: Er ist abgelaufen, aufgebraucht oder zurückgezogen. Ihre Schul-IT kann einen neuen erstellen.", "This code is no longer valid: it has expired, been used up or withdrawn. Your school IT can create a new one."},
		"error.code_wait":            {"Im Moment werden sehr viele Codes eingegeben. In einer Minute geht es weiter; der QR-Code funktioniert meist sofort.", "Very many codes are being entered right now. It continues in a minute; the QR code usually works at once."},
		"error.code_wrong":           {"Diesen Code gibt es nicht. Vergleichen Sie ihn mit dem Zettel; O ist immer die Null.", "There is no such code. Compare it with the note; O is always zero."},

		// Programs.
		"error.idempotency_key":     {"Der Idempotency-Key fehlt oder ist länger als {1} Zeichen.", "The Idempotency-Key is missing or longer than {1} characters."},
		"error.idempotency_other":   {"Dieser Idempotency-Key gehört zu einer anderen Anfrage. Nichts wurde geändert.", "This Idempotency-Key belongs to another request. Nothing was changed."},
		"error.idempotency_running": {"Die erste Anfrage mit diesem Idempotency-Key läuft noch. Fragen Sie in einigen Sekunden erneut.", "The first request with this Idempotency-Key is still under way. Ask again in a few seconds."},
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
		"noun.enroll_code":     {"Einrichtungscode", "enrolment code"},
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
	case "fixed_at_person": // the store leaves the name out: who may change a device need not know who holds it
		return []any{e.Args[0], e.Args[2]}
	case "number_pattern":
		return append(e.Args[:1:1], patternExample)
	}
	return e.Args
}
