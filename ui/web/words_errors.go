package web

import "ranzen/store/school"

// The sentences of broken rules: "error." and the code of a school.Error, with its arguments in order. A test of package
// ui reads every code out of the packages that refuse and finds the one without a sentence.
func init() {
	Add(Words{
		// Any form.
		"error.required":          {"Bitte füllen Sie dieses Feld aus.", "Please fill in this field."},
		"error.choice":            {"Bitte wählen Sie einen der angebotenen Werte.", "Please choose one of the values offered."},
		"error.too_long":          {"Höchstens {1} Zeichen.", "At most {1} characters."},
		"error.denied":            {"Für „{1}“ fehlt Ihnen hier die Berechtigung. Ihre Verwaltung kann sie Ihnen geben.", "You lack the permission “{1}” here. Your administration can give it to you."},
		"error.taken":             {"Das gibt es hier schon. Bitte wählen Sie etwas anderes.", "This exists here already. Please choose something else."},
		"error.in_use":            {"Das wird noch gebraucht und kann deshalb nicht entfernt werden.", "This is still in use and so cannot be removed."},
		"error.invalid":           {"Diese Angabe passt nicht zu dem, was schon da ist.", "This does not fit what is there already."},
		"error.cursor":            {"Diese Stelle der Liste gibt es nicht mehr. Beginnen Sie die Liste von vorn.", "This place in the list no longer exists. Start the list from the beginning."},
		"error.typed_name":        {"Das lässt sich nicht rückgängig machen. Geben Sie „{1}“ an, um es zu tun.", "This cannot be undone. Give “{1}” to do it."},
		"error.changed_to":        {"Jemand anderes hat das inzwischen geändert; jetzt gilt: {1}. Speichern Sie noch einmal, wenn Ihre Angabe gelten soll.", "Somebody else has changed this meanwhile; what holds now: {1}. Save again if yours is to hold."},
		"error.changed_meanwhile": {"Jemand anderes hat das inzwischen geändert. Sehen Sie nach, was jetzt gilt, und speichern Sie noch einmal, wenn Ihre Angabe gelten soll.", "Somebody else has changed this meanwhile. See what holds now, and save again if yours is to hold."},
		"error.archived":          {"„{1}“ ist archiviert und nimmt nichts mehr auf.", "“{1}” is archived and takes nothing new."},

		// Signing in, accounts and roles.
		"error.sign_in_wrong":       {"Anmeldename und Passwort passen nicht zusammen.", "Login and password do not match."},
		"error.sign_in_wait":        {"Nach mehreren Fehlversuchen ist dieser Anmeldename noch {1} {1:Sekunde|Sekunden} gesperrt. Andere Konten sind nicht betroffen.", "After several failed attempts this login is locked for another {1} {1:second|seconds}. Other accounts are not affected."},
		"error.password_wrong":      {"Das bisherige Passwort stimmt nicht.", "The current password is not correct."},
		"error.password_short":      {"Das Passwort braucht mindestens {1} Zeichen. Ein kurzer Satz ist gut zu merken.", "The password needs at least {1} characters. A short sentence is easy to remember."},
		"error.password_long":       {"Das Passwort darf höchstens {1} Zeichen lang sein.", "The password may have at most {1} characters."},
		"error.password_common":     {"Dieses Passwort gehört zu den ersten, die andere ausprobieren. Ein Satz aus mehreren Wörtern ist besser.", "This password is among the first others would try. A sentence of several words is better."},
		"error.password_login":      {"Das Passwort besteht fast nur aus dem Anmeldenamen. Ein Satz aus mehreren Wörtern ist besser.", "The password is little more than the login. A sentence of several words is better."},
		"error.link_over":           {"Dieser Link gilt nicht mehr: Er wurde benutzt, ersetzt oder ist älter als 7 Tage. Ihre Verwaltung kann Ihnen einen neuen geben.", "This link is no longer valid: it was used, replaced or is older than 7 days. Your administration can give you a new one."},
		"error.login_form":          {"Die Anmeldung darf keine Leerzeichen enthalten und höchstens 254 Zeichen lang sein.", "The login may not contain blanks and may have at most 254 characters."},
		"error.login_taken":         {"Diesen Anmeldenamen gibt es schon. Wählen Sie einen anderen, zum Beispiel die dienstliche E-Mail-Adresse.", "This login is already in use. Choose another one, for example the official e-mail address."},
		"error.email_form":          {"Das ist keine E-Mail-Adresse. Sie hat die Form name@schule.example.", "This is not an e-mail address. It looks like name@school.example."},
		"error.role_without_school": {"Diese Rolle gilt für den ganzen Schulträger; bitte ohne Schule.", "This role is for the whole authority; please leave the school out."},
		"error.ends_before_start":   {"Das Ende liegt vor dem Anfang.", "The end is before the beginning."},
		"error.ends_in_past":        {"Dieser Zeitpunkt ist schon vorbei.", "This time has already passed."},
		"error.admins_decide":       {"Dieser Schulträger hat bereits eine Verwaltung; nur sie kann weitere Verwaltungen ernennen. Bitten Sie dort um die Rolle.", "This authority already has administrators; only they can appoint more. Ask them for the role."},
		"error.staff_only":          {"Hier gibt es nur Personal, keine Schülerinnen und Schüler. So hat es die Verwaltung festgelegt.", "There is staff only here, no pupils. The administration decided so."},
		"error.staff_only_pupils": {"Es {1:ist|sind} noch {1} {1:Schüler oder Schülerin|Schülerinnen und Schüler} eingetragen. Erst danach kann es hier nur Personal geben.",
			"There {1:is|are} still {1} {1:pupil|pupils} listed. Only after that can there be staff only."},
		"error.end_export_first": {"Laden Sie zuerst alle Daten herunter (Verwaltung, Alles herunterladen). Der Download darf höchstens {1} Tage alt sein.", "Download all data first (Administration, Download everything). The download may be {1} days old at most."},
		"error.end_asked":        {"Das Löschen ist schon beantragt.", "Deleting is requested already."},
		"error.end_second":       {"Sie haben es selbst beantragt. Zustimmen muss eine zweite Person aus der Verwaltung oder vom Betrieb.", "You requested it yourself. A second person of the administration or of operations has to agree."},
		"error.import_form":      {"Das ist kein vollständiger Export eines Schulträgers aus Ranzen. Nichts wurde übernommen.", "This is no complete export of a school authority from Ranzen. Nothing was taken over."},
		"error.import_schema":    {"Der Export kommt aus einer anderen Fassung von Ranzen (Form {1}, hier {2}). Bringen Sie beide Server auf dieselbe Fassung und exportieren Sie neu.", "The export is from another release of Ranzen (form {1}, here {2}). Bring both servers to the same release and export anew."},
		"error.import_here":      {"Dieser Schulträger ist schon hier.", "This school authority is here already."},
		"error.import_gone":      {"Dieser Schulträger wurde hier gelöscht. Nehmen Sie eine neue Installation; das Verzeichnis der Löschungen würde ihn hier wieder löschen.", "This school authority was deleted here. Use another installation; the journal of deletions would delete it here again."},
		"error.import_taken":     {"Etwas daraus gibt es hier schon bei einem anderen Schulträger, meist ein Anmeldename. Nichts wurde übernommen.", "Something in it exists here already in another authority, mostly a login. Nothing was taken over."},
		"error.import_nobody":    {"In dem Export gibt es keine Verwaltung, die sich anmelden könnte. Nichts wurde übernommen.", "There is no administrator in the export who could sign in. Nothing was taken over."},
		"error.tenant_differs":   {"Diesen Schulträger gibt es unter diesem Namen des Portals schon, mit anderen Angaben. Was sich geändert hat, ändert seine Verwaltung selbst.", "There is a school authority by this name of the portal already, with other details. Its own administration changes what has changed."},
		"error.last_admin":       {"Das ist die letzte Verwaltung dieses Schulträgers, die sich anmelden kann. Ernennen Sie zuerst eine weitere.", "This is the last administrator of this authority who can sign in. Appoint another one first."},
		"error.verb_not_of_role": {"Die gewählte Rolle enthält „{1}“ nicht.", "The chosen role does not include “{1}”."},

		// The desk and the repair shop.
		"error.desk_letters":     {"Bitte mindestens zwei Buchstaben des Namens.", "At least two letters of the name, please."},
		"error.desk_device_none": {"Zu „{1}“ gibt es hier kein iPad. Gemeint ist die Nummer auf dem Etikett oder die Seriennummer.", "There is no iPad here for “{1}”. The number on the label or the serial is meant."},
		"error.desk_device_many": {"„{1}“ passt auf mehrere iPads. Bitte die Seriennummer nehmen.", "“{1}” fits several iPads. Please use the serial."},
		"error.in_repair":        {"Dieses iPad ist in der Werkstatt. Erst nach seiner Rückkehr kann es ausgegeben werden.", "This iPad is at the repair shop. It can be handed out once it is back."},
		"error.report_open":      {"Das ist schon gemeldet und noch offen.", "This was reported already and is still open."},

		// Authority, schools, classes, groups, places, years.
		"error.os_version":             {"„{1}“ ist keine iPadOS-Version. Gemeint ist etwas wie 17.6.", "“{1}” is no iPadOS version. Something like 17.6 is meant."},
		"error.number_pattern":         {"Das Muster „{1}“ lässt sich nicht hochzählen. Es braucht genau einmal eine laufende Nummer, zum Beispiel {2}.", "The pattern “{1}” cannot be counted up. It needs a running number exactly once, for example {2}."},
		"error.number_pattern_missing": {"Es ist kein Nummernmuster festgelegt. Ein Administrator des Schulträgers trägt es in den Einstellungen ein.", "No number pattern is set. An administrator of the authority enters it in the settings."},
		"error.ssid_length":            {"Der Name eines WLANs hat 1 bis 32 Zeichen.", "The name of a Wi-Fi has 1 to 32 characters."},
		"error.psk_length":             {"Ein WLAN-Passwort hat 8 bis 63 Zeichen.", "A Wi-Fi password has 8 to 63 characters."},
		"error.await_range":            {"Zwischen 1 und {1} Minuten.", "Between 1 and {1} minutes."},
		"error.allocation_form":        {"Zeile {1}: Bitte wie „Gymnasium 8–13: 1:1“ oder „Lehrkräfte: 1:1 + 5 %“.", "Line {1}: please as in “Gymnasium 8–13: 1:1” or “Teachers: 1:1 + 5 %”."},
		"error.allocation_grades":      {"Zeile {1}: Die Stufen gehen von 1 bis {2}, die kleinere zuerst.", "Line {1}: grades go from 1 to {2}, the lower one first."},
		"error.profile_kind":           {"Ein Profil bleibt, was es ist: Legen Sie für diese Art ein neues an.", "A profile stays what it is: make a new one for this kind."},
		"error.freeze_long":            {"Eine Prüfungssperre dauert höchstens {1} Tage; länger lassen sich Updates nicht zurückhalten.", "An exam freeze lasts {1} days at most; updates cannot be held back longer."},
		"error.freezes_many":           {"Es gibt schon {1} Prüfungssperren. Heben Sie erst welche auf.", "There are {1} exam freezes already. Remove some first."},
		"error.allocation_lines":       {"Höchstens {1} Zeilen.", "At most {1} lines."},
		"error.allocation_per":         {"Zeile {1}: Ein iPad für höchstens {2}.", "Line {1}: one iPad for at most {2}."},
		"error.allocation_reserve":     {"Zeile {1}: Höchstens {2} % Reserve.", "Line {1}: at most {2} % in reserve."},
		"error.allocation_teachers":    {"Zeile {1}: Lehrkräfte haben keine Stufe.", "Line {1}: teachers have no grade."},
		"error.calm_pace":              {"Höchstens {1} Pushs in der Minute, als ganze Zahl.", "At most {1} pushes a minute, as a whole number."},
		"error.calm_time":              {"Bitte als Uhrzeit wie 22:00 angeben; ohne Ruhezeit beide Felder leer lassen.", "Please give a time like 22:00; without quiet hours leave both fields empty."},
		"error.days_range":             {"Zwischen {1} und {2} Tagen.", "Between {1} and {2} days."},
		"error.renew_range":            {"Zwischen {1} und {2} Tagen.", "Between {1} and {2} days."},
		"error.school_taken":           {"Eine Schule „{1}“ gibt es schon.", "There is a school “{1}” already."},
		"error.school_has_devices":     {"{1} {1:iPad gehört|iPads gehören} noch zur Schule.", "{1} {1:iPad still belongs|iPads still belong} to the school."},
		"error.school_has_people":      {"{1} {1:Person gehört|Personen gehören} noch zur Schule.", "{1} {1:person still belongs|people still belong} to the school."},
		"error.school_has_classes":     {"{1} {1:Klasse hat|Klassen haben} noch Mitglieder.", "{1} {1:class still has|classes still have} members."},
		"error.school_has_groups":      {"{1} {1:Gruppe hat|Gruppen haben} noch Mitglieder.", "{1} {1:group still has|groups still have} members."},
		"error.school_has_codes":       {"{1} {1:Einrichtungscode gilt|Einrichtungscodes gelten} noch.", "{1} enrolment {1:code is|codes are} still valid."},
		"error.school_has_tokens":      {"{1} Apple-Token {1:bringt|bringen} neue iPads an diese Schule.", "{1} Apple {1:token brings|tokens bring} new iPads to this school."},
		"error.school_has_roles":       {"{1} {1:Konto hat|Konten haben} noch eine Rolle an dieser Schule.", "{1} {1:account still has|accounts still have} a role at this school."},
		"error.school_has_api":         {"{1} API-Token {1:gilt|gelten} noch für diese Schule.", "{1} API {1:token is|tokens are} still valid for this school."},
		"error.school_archived":        {"Die Schule „{1}“ ist archiviert und nimmt nichts mehr auf.", "The school “{1}” is archived and takes nothing new."},
		"error.grade_form":             {"Der Jahrgang darf höchstens 20 Zeichen lang sein und keinen Schrägstrich enthalten.", "The grade may have at most 20 characters and no slash."},
		"error.class_taken":            {"Die Klasse „{1}“ gibt es an dieser Schule schon.", "The class “{1}” already exists at this school."},
		"error.class_not_empty":        {"Zur Klasse „{1}“ gehören noch {2} {2:Person|Personen} und {3} {3:iPad|iPads}. Ordnen Sie sie zuerst einer anderen Klasse zu.", "The class “{1}” still has {2} {2:person|people} and {3} {3:iPad|iPads}. Move them to another class first."},
		"error.class_archived":         {"Die Klasse „{1}“ ist archiviert und nimmt nichts mehr auf.", "The class “{1}” is archived and takes nothing new."},
		"error.class_elsewhere":        {"Diese Klasse gehört nicht zur selben Schule. Wählen Sie eine Klasse der Schule.", "This class does not belong to the same school. Choose a class of the school."},
		"error.group_taken":            {"Die Gruppe „{1}“ gibt es schon.", "The group “{1}” already exists."},
		"error.place_taken":            {"Den Ort „{1}“ gibt es an dieser Schule schon.", "The place “{1}” already exists at this school."},
		"error.place_elsewhere":        {"Dieser Ort gehört nicht zur selben Schule. Wählen Sie einen Ort der Schule.", "This place does not belong to the same school. Choose a place of the school."},
		"error.place_not_empty":        {"In „{1}“ {2:steht|stehen} noch {2} {2:iPad|iPads}. Stellen Sie {2:es|sie} zuerst an einen anderen Ort.", "“{1}” still holds {2} {2:iPad|iPads}. Move {2:it|them} to another place first."},
		"error.rollover_date":          {"Der Termin liegt zwischen dem {1} und dem {2}.", "The date lies between {1} and {2}."},
		"error.rollover_done":          {"Diese Schule ist schon umgestellt. Nehmen Sie es zuerst zurück.", "This school is carried out already. Undo it first."},
		"error.rollover_moved":         {"Seitdem hat sich etwas geändert. Bitte sehen Sie es noch einmal an und unterschreiben dann.", "Something changed since. Please look at it again and sign then."},
		"error.rollover_number":        {"Bitte tippen Sie {1}.", "Please type {1}."},
		"error.rollover_not_signed":    {"Diese Schule hat nicht unterschrieben.", "This school has not signed."},
		"error.transfer_there":         {"Die Person ist schon an dieser Schule.", "The person is at this school already."},
		"error.year_taken":             {"Das Schuljahr „{1}“ gibt es schon.", "The school year “{1}” already exists."},
		"error.year_order":             {"Das Ende des Schuljahrs muss nach seinem Beginn liegen.", "The school year must end after it begins."},
		"error.year_missing":           {"Für heute ist kein Schuljahr angelegt, „{1}“ gibt es aber mit anderen Daten. Legen Sie das laufende Schuljahr an.", "No school year covers today, but “{1}” exists with other dates. Create the current school year."},

		// People and what they hold.
		"error.person_archived":    {"Die Person ist archiviert. Wählen Sie eine andere Person.", "The person is archived. Choose another person."},
		"error.person_holds":       {"Die Person hat noch {1}. Nehmen Sie das Gerät zuerst zurück.", "The person still has {1}. Take the device back first."},
		"error.until_before_from":  {"Das Ende muss nach dem Beginn liegen.", "The end must be after the beginning."},
		"error.device_issued":      {"{1} ist noch ausgegeben. Nehmen Sie es zuerst zurück oder wählen Sie ein anderes Gerät.", "{1} is still issued. Take it back first or choose another device."},
		"error.device_issued_to":   {"{1} ist noch an {2} ausgegeben. Nehmen Sie es zuerst zurück oder wählen Sie ein anderes Gerät.", "{1} is still issued to {2}. Take it back first or choose another device."},
		"error.device_not_issued":  {"{1} ist an niemanden ausgegeben.", "{1} is issued to nobody."},
		"error.device_unconfirmed": {"{1} wurde von Hand registriert und ist noch nicht bestätigt. Bestätigen Sie zuerst, dass es Ihnen gehört.", "{1} was enrolled by hand and is not confirmed yet. First confirm that it is yours."},

		// Devices.
		"error.number_taken":      {"Die Inventarnummer „{1}“ trägt schon ein anderes Gerät.", "Another device already has the asset number “{1}”."},
		"error.number_form":       {"„{1}“ ist keine Inventarnummer: erlaubt sind Buchstaben, Ziffern, Leerzeichen und - _ . /", "“{1}” is not an asset number: letters, digits, blanks and - _ . / are allowed."},
		"error.number_twice":      {"Die Inventarnummer „{1}“ steht schon in Zeile {2}.", "The asset number “{1}” already stands in row {2}."},
		"error.serial_taken":      {"Das Gerät mit der Seriennummer {1} gibt es schon.", "A device with the serial number {1} already exists."},
		"error.serial_twice":      {"Die Seriennummer {1} steht schon in Zeile {2}.", "The serial number {1} already stands in row {2}."},
		"error.serial_form":       {"„{1}“ ist keine Seriennummer: sie besteht nur aus den Buchstaben A bis Z und Ziffern.", "“{1}” is not a serial number: it has only letters A to Z and digits."},
		"error.serial_letter_o":   {"„{1}“ enthält den Buchstaben O; gemeint ist wohl die Null.", "“{1}” contains the letter O; probably zero is meant."},
		"error.serial_letter_i":   {"„{1}“ enthält den Buchstaben I; gemeint ist wohl die Eins.", "“{1}” contains the letter I; probably one is meant."},
		"error.serial_length":     {"„{1}“ hat {2} Zeichen; Seriennummern haben 10 bis 14.", "“{1}” has {2} characters; serial numbers have 10 to 14."},
		"error.serial_elsewhere":  {"Das Gerät mit der Seriennummer {1} gehört nicht zu Ihrem Bereich. Der Schulträger kann es Ihrer Schule zuordnen.", "The device with the serial number {1} is not in your area. The authority can move it to your school."},
		"error.announce_issued":   {"{1} ist schon an jemand anderen ausgegeben. Nehmen Sie es zuerst zurück oder lassen Sie die Person weg.", "{1} is already issued to somebody else. Take it back first or leave out the person."},
		"error.announce_wrong":    {"{1} {1:Zeile|Zeilen} von {2} {1:stimmt|stimmen} nicht. Noch wurde nichts übernommen.", "{1} of {2} {2:row|rows} {1:is|are} wrong. Nothing was taken over yet."},
		"error.announce_too_many": {"Eine Lieferung darf höchstens {1} Zeilen haben, diese hat {2}. Teilen Sie die Datei.", "A delivery may have at most {1} rows, this one has {2}. Split the file."},
		"error.nothing_refused":   {"Hier gibt es nichts, was erneut zu versuchen wäre.", "There is nothing here to be tried again."},
		"error.no_hint":           {"Bei diesem iPad gibt es nichts, was jemand von Hand tun müsste.", "There is nothing about this iPad that somebody would have to do by hand."},
		"error.no_teacher":        {"Zur Klasse dieses iPads ist keine Klassenleitung mit E-Mail-Adresse eingetragen.", "No class teacher with an e-mail address is entered for the class of this iPad."},
		"error.hint_soon":         {"Zu diesem iPad ging gerade erst ein Hinweis hinaus. Der nächste ist in {1} {1:Minute|Minuten} möglich.", "A hint about this iPad went out only just now. The next one is possible in {1} {1:minute|minutes}."},
		"error.not_enrolled":      {"Das iPad ist nicht angemeldet und kann keinen Auftrag bekommen.", "The iPad is not enrolled and cannot be given an order."},
		"error.order_over":        {"Dieser Auftrag ist schon beendet.", "This order is over already."},
		"error.moved_already":     {"Die iPads sind schon dort. Nichts wurde geändert.", "The iPads are already there. Nothing was changed."},

		// What a row of a file names.
		"error.unknown_school":      {"Die Schule „{1}“ gibt es nicht.", "There is no school “{1}”."},
		"error.unknown_school_near": {"Die Schule „{1}“ gibt es nicht. Gemeint ist vielleicht: {2}.", "There is no school “{1}”. Perhaps this is meant: {2}."},
		"error.unknown_class":       {"Die Klasse „{1}“ gibt es dort nicht.", "There is no class “{1}” there."},
		"error.unknown_class_near":  {"Die Klasse „{1}“ gibt es dort nicht. Gemeint ist vielleicht: {2}.", "There is no class “{1}” there. Perhaps this is meant: {2}."},
		"error.unknown_place":       {"Den Ort „{1}“ gibt es dort nicht.", "There is no place “{1}” there."},
		"error.unknown_place_near":  {"Den Ort „{1}“ gibt es dort nicht. Gemeint ist vielleicht: {2}.", "There is no place “{1}” there. Perhaps this is meant: {2}."},
		"error.unknown_person":      {"„{1}“ ist dort nicht bekannt.", "“{1}” is not known there."},
		"error.unknown_person_near": {"„{1}“ ist dort nicht bekannt. Gemeint ist vielleicht: {2}.", "“{1}” is not known there. Perhaps this is meant: {2}."},
		"error.ambiguous_class":     {"Die Klasse „{1}“ gibt es an mehreren Schulen: {2}. Nennen Sie die Schule dazu.", "The class “{1}” exists at several schools: {2}. Name the school as well."},
		"error.ambiguous_place":     {"Den Ort „{1}“ gibt es an mehreren Schulen: {2}. Nennen Sie die Schule dazu.", "The place “{1}” exists at several schools: {2}. Name the school as well."},
		"error.ambiguous_person":    {"„{1}“ heißen {2} Personen: {3}. Nennen Sie die Klasse dazu oder die E-Mail-Adresse.", "“{1}” is the name of {2} people: {3}. Name the class as well, or the e-mail address."},

		// Profiles, assignments, plans, undo.
		"error.identifier_form":      {"Die Kennung des Profils ist länger als 200 Zeichen oder enthält unsichtbare Zeichen.", "The profile identifier is longer than 200 characters or contains invisible characters."},
		"error.identifier_taken":     {"Ein Profil mit der Kennung {1} gibt es schon. Speichern Sie die Datei dort als neue Fassung oder ändern Sie ihre Kennung.", "A profile with the identifier {1} already exists. Save the file there as a new version or change its identifier."},
		"error.app.unknown":          {"Zu dieser App fehlt die Bundle-ID oder die Artikel-ID.", "The bundle ID or item ID of this app is missing."},
		"error.profile.contains_app": {"Der Payload Nr. {1} ist eine App. Apps kommen aus Apple School Manager, nicht aus Dateien.", "Payload no. {1} is an app. Apps come from Apple School Manager, not from files."},
		"error.item_form":            {"Eine Artikel-ID besteht nur aus Ziffern und beginnt nicht mit 0.", "An item ID consists of digits only and does not begin with 0."},
		"error.bundle_form":          {"Eine Bundle-ID besteht aus Buchstaben ohne Umlaute, Ziffern, Punkten und Bindestrichen.", "A bundle ID consists of plain letters, digits, dots and hyphens."},
		"error.item_known":           {"Die App mit der Artikel-ID {1} steht schon im Katalog.", "The app with the item ID {1} is in the catalogue already."},
		"error.mode_app":             {"Bereitstellen lassen sich nur Apps. Ein Profil wird zugewiesen oder ausgenommen.", "Only apps can be made available. A profile is assigned or excluded."},
		"error.silent_range":         {"Geben Sie zwischen {1} und {2} Tagen an.", "Enter between {1} and {2} days."},
		"error.content_token_other":  {"Dieses Token gehört zu einem anderen Standort. Laden Sie das Token desselben Standorts hoch, oder fügen Sie es als neuen Standort hinzu.", "This token belongs to another location. Upload the token of the same location, or add it as a new location."},
		"error.content.not_token":    {"Das ist kein Inhalts-Token. Laden Sie die Datei mit der Endung .vpptoken hoch, wie Apple School Manager sie gibt.", "This is no content token. Upload the file ending in .vpptoken as Apple School Manager gives it."},
		"error.content.rejected":     {"Apple nimmt dieses Token nicht an: abgelaufen, widerrufen, oder das Kennwort der Person wurde geändert. Laden Sie in Apple School Manager ein neues herunter.", "Apple does not accept this token: ended, revoked, or the password of the person was changed. Download a new one in Apple School Manager."},
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

		// Token files of Apple.
		"error.token.wrong_key":  {"Diese Datei wurde für einen anderen öffentlichen Schlüssel erstellt. Laden Sie bei Apple den hier angezeigten Schlüssel hoch und holen Sie die Datei neu.", "This file was made for another public key. Upload the key shown here to Apple and download the file again."},
		"error.token.not_token":  {"Das ist keine Token-Datei von Apple School Manager; ihr Name endet auf „_smime.p7m“. Laden Sie die Datei unverändert hoch.", "This is not a token file from Apple School Manager; its name ends in “_smime.p7m”. Upload the file unchanged."},
		"error.token.expired":    {"Dieses Token ist abgelaufen. Laden Sie in Apple School Manager ein neues herunter.", "This token has expired. Download a new one from Apple School Manager."},
		"error.token.rejected":   {"Apple nimmt dieses Token nicht an, meist weil danach ein neueres heruntergeladen wurde. Laden Sie das neueste hoch.", "Apple does not accept this token, usually because a newer one was downloaded after it. Upload the newest one."},
		"error.token.terms":      {"In Apple School Manager warten neue Nutzungsbedingungen. Eine Person mit der Rolle Administrator muss sie dort annehmen; danach laden Sie die Datei erneut hoch.", "New terms are waiting in Apple School Manager. An administrator must accept them there; then upload the file again."},
		"error.token.denied":     {"Apple erlaubt diesem Token den Zugriff auf die Geräteliste nicht. Prüfen Sie in Apple School Manager die Rolle des Accounts, der es heruntergeladen hat.", "Apple does not let this token read the list of devices. Check in Apple School Manager the role of the account that downloaded it."},
		"error.token.apple_away": {"Apple antwortet gerade nicht. Die Datei wurde noch nicht übernommen; laden Sie sie in einigen Minuten erneut hoch.", "Apple is not answering at the moment. The file has not been accepted yet; upload it again in a few minutes."},
		"error.ade.pane":         {"„{1}“ ist keine Seite des Einrichtungsassistenten, die gezeigt werden kann.", "“{1}” is not a pane of Setup Assistant that can be shown."},

		// Push certificates as files.
		"error.push.no_certificate": {"In der Datei steht kein Zertifikat. Laden Sie die Datei hoch, die Sie bei Apple heruntergeladen haben (Endung .pem).", "The file holds no certificate. Upload the file you downloaded from Apple (ending in .pem)."},
		"error.push.no_key":         {"In der Datei steht kein lesbarer privater Schlüssel (PEM).", "The file holds no readable private key (PEM)."},
		"error.push.key_encrypted":  {"Der private Schlüssel ist mit einem Kennwort geschützt. Entfernen Sie das Kennwort vor dem Hochladen; hier wird er verschlüsselt aufbewahrt.", "The private key is protected by a password. Remove it before uploading; the key is stored encrypted here."},
		"error.push.key_mismatch":   {"Dieses Zertifikat gehört nicht zu der Anforderung, die hier wartet. Laden Sie das Zertifikat zur neuesten Anforderung hoch.", "This certificate does not belong to the request that is waiting here. Upload the certificate for the newest request."},
		"error.push.not_push":       {"Das ist ein Zertifikat, aber kein Push-Zertifikat für die Geräteverwaltung. Es kommt von identity.apple.com/pushcert.", "This is a certificate, but not a push certificate for device management. It comes from identity.apple.com/pushcert."},
		"error.push.not_yet":        {"Dieses Zertifikat gilt erst ab {1}. Prüfen Sie die Uhr des Servers.", "This certificate is valid only from {1}. Check the server's clock."},
		"error.push.no_request":     {"Es wartet keine Anforderung auf ein Zertifikat. Erstellen Sie erst eine Anforderung, oder laden Sie den privaten Schlüssel mit hoch.", "No request is waiting for a certificate. Make a request first, or upload the private key with it."},

		// The service that signs requests.
		"error.vendor.address": {"Die Adresse des Signierdienstes muss mit https:// beginnen.", "The address of the signing service must begin with https://."},
		"error.vendor.inside":  {"Die Adresse des Signierdienstes liegt in einem internen Netz. Ausnahmen trägt der Betrieb des Servers ein.", "The address of the signing service lies in an internal network. Exceptions are made by whoever runs the server."},
		"error.vendor.away":    {"Der Signierdienst antwortet nicht wie erwartet. Die Anforderung bleibt erhalten; Sie können sie auch herunterladen und anderswo signieren lassen.", "The signing service does not answer as expected. The request is kept; you can also download it and have it signed elsewhere."},
		"error.vendor.answer":  {"Der Signierdienst hat etwas anderes als diese Anforderung signiert. Nichts wurde übernommen.", "The signing service signed something other than this request. Nothing was accepted."},

		// Files of rows.
		"error.csv.size":           {"Die Datei ist größer als {1} MB.", "The file is larger than {1} MB."},
		"error.csv.spreadsheet":    {"Das ist eine Arbeitsmappe. Speichern Sie sie in der Tabellenkalkulation als CSV und laden Sie diese Datei hoch.", "This is a workbook. Save it as CSV in your spreadsheet and upload that file."},
		"error.csv.text":           {"Die Datei ist kein lesbarer Text. Speichern Sie sie als „CSV UTF-8“.", "The file is not readable text. Save it as “CSV UTF-8”."},
		"error.csv.empty":          {"Die Datei enthält keine Zeilen.", "The file holds no rows."},
		"error.csv.rows":           {"Die Datei hat mehr als {1} Zeilen. Teilen Sie sie auf.", "The file has more than {1} rows. Split it."},
		"error.csv.column_missing": {"Die Spalte „{1}“ fehlt. Gefunden wurden: {2}.", "The column “{1}” is missing. Found were: {2}."},
		"error.csv.column_twice":   {"Die Spalte „{1}“ kommt zweimal vor. Löschen Sie eine davon.", "The column “{1}” occurs twice. Delete one of them."},
		"error.csv.quote":          {"Ein Anführungszeichen ist nicht geschlossen oder steht mitten im Feld.", "A quotation mark is not closed or stands inside a field."},
		"error.csv.field":          {"Ein Feld ist länger als {1} KB.", "A field is longer than {1} KB."},
		"error.csv.fields":         {"Die Zeile hat {1} Felder, die Kopfzeile {2}. Vermutlich fehlt ein Anführungszeichen um ein Feld mit Trennzeichen.", "The row has {1} fields, the heading {2}. Probably a field containing the separator lacks quotation marks."},

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
		"verb.wipe":          {"iPads löschen, entsperren und abmelden", "Erase, unlock and unenrol iPads"},
		"verb.find_device":   {"Verlorene iPads orten", "Locate lost iPads"},
		"verb.enroll":        {"Geräte anmelden", "Enrol devices"},
		"verb.apple":         {"Apple-Anbindung ändern", "Change the Apple connection"},
		"verb.settings":      {"Einstellungen des Schulträgers ändern", "Change settings of the school authority"},
		"verb.accounts":      {"Konten und Rollen verwalten", "Manage accounts and roles"},
		"verb.read_audit":    {"Protokoll lesen", "Read the audit log"},
		"verb.read_outbox":   {"Postausgang lesen", "Read the outbox"},
		"verb.lend":          {"Ausgeben und zurücknehmen", "Hand out and take back"},
		"verb.clerks":        {"Aushilfen anlegen", "Add temporary clerks"},
		"verb.teach":         {"Eigene Klassen ansehen", "See own classes"},
		"verb.mend":          {"Reparaturen beantworten", "Answer repairs"},
		"verb.export":        {"Alles herunterladen", "Download everything"},
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
