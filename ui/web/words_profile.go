package web

import "ranzen/store/school"

// The sentences of configuration profiles: why a file or a form was refused ("error.profile.", "error.form.") and what is
// to be said of a profile that was read ("problem."). Pages and API share them; the labels of the forms stand beside the
// pages that show them.
func init() {
	Add(Words{
		// Files that are no usable profile.
		"error.profile.not_plist":             {"Die Datei ist kein Konfigurationsprofil. Erwartet wird eine Datei mit der Endung .mobileconfig.", "The file is not a configuration profile. A file ending in .mobileconfig is expected."},
		"error.profile.not_profile":           {"Die Datei ist eine Eigenschaftsliste, aber kein Konfigurationsprofil (PayloadType ist nicht „Configuration“).", "The file is a property list but not a configuration profile (PayloadType is not “Configuration”)."},
		"error.profile.no_payloads":           {"Dem Profil fehlt die Liste PayloadContent.", "The profile has no PayloadContent list."},
		"error.profile.payload_incomplete":    {"Der Payload Nr. {1} hat keinen brauchbaren Wert für {2}.", "Payload no. {1} has no usable value for {2}."},
		"error.profile.nested":                {"Der Payload Nr. {1} ist selbst ein ganzes Profil. Laden Sie es einzeln hoch.", "Payload no. {1} is a whole profile itself. Upload it separately."},
		"error.profile.contains_mdm":          {"Der Payload Nr. {1} meldet Geräte bei einer Verwaltung an. Das erledigt Ranzen selbst; entfernen Sie ihn aus dem Profil.", "Payload no. {1} enrols devices in a management service. Ranzen does that itself; remove it from the profile."},
		"error.profile.contains_declarations": {"Der Payload Nr. {1} enthält Deklarationen. Sie würden neben denen der Verwaltung stehen; entfernen Sie ihn aus dem Profil.", "Payload no. {1} contains declarations. They would stand beside those of the management; remove it from the profile."},
		"error.profile.encrypted":             {"Das Profil ist verschlüsselt. Exportieren Sie es ohne Verschlüsselung und laden Sie es erneut hoch.", "The profile is encrypted. Export it without encryption and upload it again."},
		"error.profile.broken_signature":      {"Die Signatur der Datei ist nicht lesbar. Exportieren Sie das Profil ohne Signatur und laden Sie es erneut hoch.", "The signature of the file cannot be read. Export the profile unsigned and upload it again."},
		"error.profile.too_large":             {"Die Datei ist größer als {1} MB.", "The file is larger than {1} MB."},
		"error.profile.too_deep":              {"Die Datei ist tiefer als {1} Ebenen verschachtelt.", "The file is nested more than {1} levels deep."},
		"error.profile.too_many":              {"Die Datei enthält mehr als {1} Werte.", "The file holds more than {1} values."},
		"error.profile.not_utf8":              {"Die Datei ist nicht in UTF-8 gespeichert, sondern in {1}. Speichern Sie sie als UTF-8.", "The file is not stored as UTF-8 but as {1}. Save it as UTF-8."},
		"error.profile.broken_xml":            {"Die Datei ist in Zeile {1} kein gültiges XML.", "The file is not valid XML in line {1}."},
		"error.profile.broken_binary":         {"Die binäre Datei ist beschädigt. Exportieren Sie das Profil als XML und laden Sie es erneut hoch.", "The binary file is damaged. Export the profile as XML and upload it again."},
		"error.profile.entities":              {"Die Datei erklärt eigene XML-Entitäten. Das ist in Profilen nicht zulässig.", "The file declares XML entities of its own. That is not allowed in profiles."},
		"error.profile.bad_value":             {"In Zeile {1} steht ein Wert, den eine Eigenschaftsliste nicht kennt: {2}.", "Line {1} holds a value a property list does not know: {2}."},
		"error.profile.duplicate_key":         {"Der Schlüssel {1} steht zweimal im selben Verzeichnis (Zeile {2}). Es ist unklar, welcher Wert gilt.", "The key {1} stands twice in the same dictionary (line {2}). It is unclear which value counts."},
		"error.profile.bad_character":         {"Ein Text enthält ein Zeichen, das kein Profil übertragen kann: {1}", "A text holds a character no profile can carry: {1}"},

		// Fields of a form.
		"error.form.unknown_kind":  {"Ein Formular „{1}“ gibt es nicht.", "There is no form “{1}”."},
		"error.form.required":      {"Bitte füllen Sie dieses Feld aus.", "Please fill in this field."},
		"error.form.too_long":      {"Höchstens {1} Zeichen oder Zeilen.", "At most {1} characters or lines."},
		"error.form.characters":    {"Der Text enthält ein Zeichen, das kein Profil übertragen kann.", "The text holds a character no profile can carry."},
		"error.form.choice":        {"Bitte wählen Sie einen der angebotenen Werte.", "Please choose one of the values offered."},
		"error.form.number":        {"Bitte geben Sie eine ganze Zahl ein.", "Please enter a whole number."},
		"error.form.range":         {"Die Zahl muss zwischen {1} und {2} liegen.", "The number must be between {1} and {2}."},
		"error.form.line":          {"Zeile {1} ist nicht verständlich: {2}", "Line {1} cannot be understood: {2}"},
		"error.form.variable":      {"Die Variable {1} gibt es nicht.", "There is no variable {1}."},
		"error.form.url":           {"Bitte geben Sie eine vollständige Adresse an, die mit https:// beginnt.", "Please enter a complete address beginning with https://."},
		"error.form.image":         {"Das Bild ist nicht lesbar oder zu groß. Möglich sind PNG, JPEG und GIF bis {1} MB.", "The image cannot be read or is too large. PNG, JPEG and GIF up to {1} MB are possible."},
		"error.form.time":          {"Bitte Tag und Uhrzeit angeben, etwa 02.10.2026 18:00.", "Please give day and time, such as 2026-10-02 18:00."},
		"error.form.os_version":    {"So schreibt Apple keine Version. Gemeint ist eine Zahl wie 26.4 oder 18.7.1.", "Apple writes no version like that. Meant is a number such as 26.4 or 18.7.1."},
		"error.form.os_build":      {"So schreibt Apple keinen Build. Gemeint ist etwas wie 23E246.", "Apple writes no build like that. Meant is something like 23E246."},
		"error.form.no_variables":  {"Hier geht keine Variable ({1}): Die Angabe ist für alle iPads dieselbe.", "No variable can stand here ({1}): this is the same for all iPads."},
		"error.form.https":         {"Die Adresse muss mit https:// beginnen.", "The address must begin with https://."},
		"error.form.wifi_password": {"Ein WLAN-Passwort hat 8 bis 63 Zeichen ohne Umlaute, oder genau 64 Hexadezimalziffern.", "A Wi-Fi password has 8 to 63 characters without accents, or exactly 64 hexadecimal digits."},
		"error.form.needs_auto":    {"Ausnahmen gibt es nur vom automatischen Filter. Schalten Sie ihn ein oder leeren Sie die Liste.", "There are exceptions from the automatic filter only. Switch it on or empty the list."},
		"error.form.nothing":       {"So bewirkt das Profil nichts. Legen Sie mindestens einen Wert fest.", "Like this the profile does nothing. Set at least one value."},

		// Findings. Their key is named beside them.
		"problem.missing":              {"Dieser Schlüssel fehlt; das iPad lehnt das Profil ohne ihn ab.", "This key is missing; the iPad refuses the profile without it."},
		"problem.type":                 {"Erwartet wird {1}, angegeben ist {2}.", "Expected is {1}, given is {2}."},
		"problem.enum":                 {"Der Wert {1} ist nicht zulässig. Möglich sind: {2}.", "The value {1} is not allowed. Possible are: {2}."},
		"problem.range":                {"Der Wert {1} liegt nicht zwischen {2} und {3}.", "The value {1} is not between {2} and {3}."},
		"problem.count":                {"Die Liste hat {1} Einträge; zulässig sind {2} bis {3}.", "The list has {1} entries; {2} to {3} are allowed."},
		"problem.unknown_key":          {"Apple beschreibt diesen Schlüssel nicht. Er bleibt erhalten, iPads übergehen ihn vermutlich.", "Apple does not describe this key. It is kept; iPads will probably ignore it."},
		"problem.not_ipad_key":         {"Diesen Schlüssel gibt es nur auf anderen Apple-Geräten. iPads übergehen ihn.", "This key exists on other Apple devices only. iPads ignore it."},
		"problem.unknown_payload":      {"Apple beschreibt den Payload-Typ {1} nicht. Er bleibt unverändert erhalten.", "Apple does not describe the payload type {1}. It is kept unchanged."},
		"problem.not_ipad":             {"Den Payload-Typ {1} gibt es nur auf anderen Apple-Geräten.", "The payload type {1} exists on other Apple devices only."},
		"problem.needs_os":             {"Erst ab iPadOS {1}. Ältere iPads übergehen es oder lehnen es ab.", "From iPadOS {1} on only. Older iPads ignore or refuse it."},
		"problem.deprecated":           {"Seit iPadOS {1} veraltet. Apple rät davon ab.", "Deprecated since iPadOS {1}. Apple advises against it."},
		"problem.removed":              {"Ab iPadOS {1} entfernt und dort ohne Wirkung.", "Removed in iPadOS {1} and without effect there."},
		"problem.needs_supervision":    {"Wirkt nur auf betreuten (supervised) iPads.", "Works on supervised iPads only."},
		"problem.single_twice":         {"Apple erlaubt den Payload-Typ {1} nur einmal. Lassen Sie einen davon weg.", "Apple allows the payload type {1} only once. Leave one of them out."},
		"problem.duplicate":            {"Der Wert {1} steht schon in einem anderen Payload und muss eindeutig sein.", "The value {1} already stands in another payload and must be unique."},
		"problem.empty":                {"Das Profil enthält keinen Payload.", "The profile contains no payload."},
		"problem.unknown_variable":     {"Die Variable {1} gibt es nicht.", "There is no variable {1}."},
		"problem.variable_in_identity": {"Hier darf keine Variable stehen ({1}): Der Wert muss auf allen iPads gleich sein.", "No variable may stand here ({1}): the value must be the same on all iPads."},
		"problem.dangling_reference":   {"Verwiesen wird auf ein Zertifikat, das nicht in diesem Profil steht.", "This refers to a certificate that is not in this profile."},
		"problem.signer_dropped":       {"Das Profil war signiert. Der Inhalt bleibt, die fremde Signatur nicht.", "The profile was signed. Its content is kept, the foreign signature is not."},
		"problem.signature_invalid":    {"Die Signatur passt nicht zum Inhalt oder ist nicht prüfbar. Prüfen Sie, woher die Datei kommt.", "The signature does not match the content or cannot be checked. Check where the file comes from."},
		"problem.declared_alone":       {"Diese Einstellung geht allein an das iPad; im selben Profil darf nichts anderes stehen.", "This setting goes to the iPad alone; nothing else may stand in the same profile."},
		"problem.declared_variable":    {"Hier geht keine Variable ({1}): Die Angabe ist für alle iPads dieselbe.", "No variable can stand here ({1}): this is the same for all iPads."},
		"problem.os_version":           {"„{1}“ ist keine Version von iPadOS.", "“{1}” is no version of iPadOS."},
		"problem.os_build":             {"„{1}“ ist kein Build von iPadOS.", "“{1}” is no build of iPadOS."},
		"problem.local_time":           {"„{1}“ ist keine Uhrzeit, wie Apple sie erwartet: Tag und Zeit ohne Zone, etwa 2026-10-02T18:00:00.", "“{1}” is no time as Apple expects it: day and time without a zone, such as 2026-10-02T18:00:00."},
		"problem.https":                {"Die Adresse sollte mit https:// beginnen.", "The address should begin with https://."},
		"problem.ssid_length":          {"Ein Netzname hat höchstens 32 Byte; Umlaute zählen doppelt.", "A network name has at most 32 bytes; accented letters count twice."},
		"problem.wifi_password":        {"Ein WLAN-Passwort hat 8 bis 63 Zeichen ohne Umlaute, oder genau 64 Hexadezimalziffern.", "A Wi-Fi password has 8 to 63 characters without accents, or exactly 64 hexadecimal digits."},
		"problem.wifi_no_password":     {"Ohne Passwort fragt jedes iPad seine Nutzerin oder seinen Nutzer danach.", "Without a password every iPad asks its user for it."},
		"problem.wifi_weak":            {"WEP schützt nicht. Verwenden Sie WPA2 oder WPA3.", "WEP does not protect. Use WPA2 or WPA3."},
		"problem.wifi_trust":           {"Ohne Stammzertifikat und Servernamen fragt das iPad, ob es dem Netz vertrauen soll.", "Without root certificate and server names the iPad asks whether to trust the network."},
		"problem.folder_in_folder":     {"Ein Ordner kann keinen Ordner enthalten.", "A folder cannot contain a folder."},
		"problem.twice":                {"{1} steht zweimal darin.", "{1} stands in it twice."},
		"problem.dock_full":            {"Im Dock stehen {1} Symbole; ein iPad zeigt höchstens {2}.", "The dock holds {1} icons; an iPad shows {2} at most."},
		"problem.url":                  {"Das ist keine vollständige Adresse.", "This is not a complete address."},
		"problem.icon_large":           {"Das Symbol hat {1} kB. Kleinere kommen schneller und sicherer an.", "The icon has {1} kB. Smaller ones arrive faster and more safely."},
		"problem.many_urls":            {"Die Liste hat {1} Adressen. Apples Filter arbeitet bis etwa {2} zuverlässig.", "The list has {1} addresses. Apple’s filter works reliably up to about {2}."},
		"problem.needs_key":            {"Wirkt nur zusammen mit {1}.", "Works only together with {1}."},
		"problem.proxy_lockout":        {"Ist der Proxy nicht erreichbar, erreicht das iPad auch die Verwaltung nicht mehr. Erlauben Sie den direkten Weg.", "If the proxy cannot be reached, the iPad cannot reach the management either. Allow the direct way."},

		// Types of values in a property list.
		"plist.string":     {"Text", "text"},
		"plist.integer":    {"eine ganze Zahl", "a whole number"},
		"plist.real":       {"eine Zahl", "a number"},
		"plist.boolean":    {"ja oder nein", "true or false"},
		"plist.data":       {"Daten", "data"},
		"plist.date":       {"ein Datum", "a date"},
		"plist.array":      {"eine Liste", "a list"},
		"plist.dictionary": {"ein Verzeichnis", "a dictionary"},

		// Said by part/profile.html.
		"change.field":     {"Was", "What"},
		"change.new":       {"nachher", "after"},
		"change.old":       {"vorher", "before"},
		"change.secret":    {"geändert", "changed"},
		"change.unset":     {"nicht festgelegt", "not set"},
		"profile.key":      {"Schlüssel", "Key"},
		"profile.problems": {"Hinweise", "Findings"},
		"profile.raw":      {"So steht es in der Datei", "As it stands in the file"},
		"profile.raw.more": {"{1} weitere Werte stehen in der Datei.", "{1} more values stand in the file."},
		"profile.raw.none": {"Dieser Payload enthält keine eigenen Werte.", "This payload holds no values of its own."},
		"profile.secret":   {"hinterlegt, wird nicht angezeigt", "kept, not shown"},
		"profile.unknown":  {"Apple beschreibt diesen Payload nicht; er bleibt unverändert.", "Apple does not describe this payload; it is kept as it is."},
		"profile.value":    {"Wert", "Value"},
	})
}

// ProblemText says a finding about a profile.
func ProblemText(l Lang, p school.Problem) string {
	args := make([]any, len(p.Args))
	for i, a := range p.Args {
		if args[i] = a; p.Code == "type" {
			args[i] = T(l, "plist."+a)
		}
	}
	return T(l, "problem."+p.Code, args...)
}
