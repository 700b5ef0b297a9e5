package ui

import "ranzen/ui/web"

func init() {
	web.Add(web.Words{
		"offline.title":     {"Fragen aus dem Offline-Betrieb", "Questions from work without a network"},
		"offline.lead":      {"Plätze ohne Netz haben das gescannt; von selbst ließ es sich nicht buchen. Es gilt, was zuerst gescannt wurde, bis Sie etwas anderes festlegen.", "Places without a network scanned this; it could not be booked by itself. What was scanned first holds until you decide otherwise."},
		"offline.open":      {"Zu entscheiden", "To be decided"},
		"offline.none":      {"Keine Frage offen. Alles, was Plätze ohne Netz gescannt haben, ist gebucht.", "No question is open. Whatever places scanned without a network is booked."},
		"offline.decided":   {"Entschieden", "Decided"},
		"offline.thing":     {"Gerät", "Device"},
		"offline.scanned":   {"Gescannt", "Scanned"},
		"offline.booked":    {"Gebucht", "Booked"},
		"offline.why":       {"Warum gefragt wird", "Why it is asked"},
		"offline.which":     {"Was stimmt?", "Which is right?"},
		"offline.who":       {"Wer entschied", "Who decided"},
		"offline.link":      {"{1} {1:Frage|Fragen} aus dem Offline-Betrieb", "{1} {1:question|questions} from work without a network"},
		"offline.todo":      {"Plätze ohne Netz haben etwas gescannt, das sich nicht von selbst buchen ließ.", "Places without a network scanned something that could not be booked by itself."},
		"offline.decide":    {"Ansehen und entscheiden", "Look and decide"},
		"offline.at":        {"Platz {1}, {2}", "place {1}, {2}"},
		"offline.at.online": {"an einem Platz mit Netz", "at a place with a network"},
		"offline.erased":    {"gelöschte Person", "erased person"},
		"offline.nobody":    {"bei niemandem", "with nobody"},
		"offline.with":      {"bei {1}", "with {1}"},
		"offline.since":     {"seit {1}", "since {1}"},

		"offline.said.issue":   {"ausgegeben an {1}", "handed out to {1}"},
		"offline.said.return":  {"zurückgenommen", "taken back"},
		"offline.do.has":       {"{1} hat es", "{1} has it"},
		"offline.do.issue":     {"Ausgeben an {1}", "Hand out to {1}"},
		"offline.do.leave":     {"Nicht ausgeben", "Do not hand out"},
		"offline.do.return":    {"Es ist zurück", "It is back"},
		"offline.do.seen":      {"Gesehen", "Seen"},
		"offline.answer.book":  {"Der Scan gilt", "The scan counts"},
		"offline.answer.leave": {"Es blieb, wie es gebucht war", "It stayed as it was booked"},
		"done.offline.book":    {"Gebucht, wie gescannt wurde.", "Booked as it was scanned."},
		"done.offline.leave":   {"Es bleibt, wie es gebucht ist.", "It stays as it is booked."},

		"offline.why.issued":       {"Jemand anderes hat es zuerst bekommen.", "Somebody else got it first."},
		"offline.why.not_issued":   {"Es war an niemanden ausgegeben.", "It was handed out to nobody."},
		"offline.why.overtaken":    {"Danach wurde schon etwas anderes gebucht.", "Something else was booked after it already."},
		"offline.why.lost":         {"Es ist als verloren gemeldet.", "It was reported lost."},
		"offline.why.gone":         {"Es ist ausgesondert oder abgeschrieben.", "It was retired or written off."},
		"offline.why.repair":       {"Es ist in der Werkstatt.", "It is being repaired."},
		"offline.why.unconfirmed":  {"Es ist noch nicht bestätigt.", "It is not confirmed yet."},
		"offline.why.other_school": {"Es gehört zu einer anderen Schule.", "It belongs to another school."},
		"offline.why.person":       {"Die Person gehört nicht mehr zu dieser Schule.", "The person is not of this school any more."},
		"offline.why.unknown":      {"Den Code kennt hier niemand, oder er passt zu zwei Geräten.", "Nobody here knows the code, or it fits two devices."},
		"offline.why.late":         {"Der Scan kam nach mehr als 24 Stunden an.", "The scan arrived after more than 24 hours."},
		"offline.why.clock":        {"Die Uhr des Platzes wurde zwischendurch verstellt; wann gescannt wurde, ist unsicher.", "The clock of the place was changed in between; when it was scanned is not certain."},
		"offline.why.rule":         {"Eine andere Regel steht dagegen.", "Another rule stands against it."},

		"offline.refused.foreign": {"Nicht angenommen: Der Scan stammt nicht von einem Platz, den Sie geöffnet haben.", "Not taken: the scan is not from a place that you opened."},
		"offline.refused.altered": {"Nicht angenommen: Der Scan wurde nach dem Scannen verändert.", "Not taken: the scan was changed after it was made."},

		"event.offline.packed":    {"Platz hat Daten für den Betrieb ohne Netz mitgenommen", "A place took along data to work without a network"},
		"event.offline.asked":     {"Scan ohne Netz wurde zur Frage", "A scan without a network became a question"},
		"event.offline.same":      {"Scan ohne Netz: war schon so", "Scan without a network: it was so already"},
		"event.offline.reordered": {"Buchung zurückgestellt, weil ein früherer Scan ankam", "Booking put back because an earlier scan arrived"},
		"event.offline.answered":  {"Über einen Scan ohne Netz entschieden", "Decided about a scan without a network"},
		"event.offline.refused":   {"Scan ohne Netz abgewiesen", "Scan without a network refused"},

		"error.offline_answered": {"Darüber wurde inzwischen entschieden.", "That was decided meanwhile."},
		"error.offline_unknown":  {"Den Code „{1}“ kennt hier immer noch niemand. Legen Sie das Gerät zuerst an.", "Still nobody here knows the code “{1}”. Add the device first."},
		"error.offline_person":   {"Die Person gibt es nicht mehr.", "The person does not exist any more."},
		"error.desk_online":      {"Tauschen und Koffer brauchen eine Verbindung.", "Swapping and cases need a connection."},
	})
}
