package sheet

import (
	"ranzen/store/school"
	"ranzen/ui/web"
)

// NamesKey names a way of calling iPads, as words are named by it.
func NamesKey(n school.DeviceNames) string {
	if n == school.NamedByNumber {
		return "number"
	}
	return string(n)
}

// namesPart says what iPads are called, to those who are in the room with them.
func namesPart(l web.Lang, a school.Authority) Part {
	p := Part{Heading: web.T(l, "names.title"), Texts: []string{web.T(l, "names."+NamesKey(a.Policy.DeviceNames)+".said")}}
	if a.Policy.DeviceNames == school.NamedByPerson {
		p.Texts = append(p.Texts, web.T(l, "names.person.why", a.Name))
	}
	return p
}

func init() {
	web.Add(web.Words{
		"names.title":       {"Wie die iPads heißen", "What the iPads are called"},
		"names.number":      {"Inventarnummer", "Asset number"},
		"names.number.hint": {"Ohne Nummer die Seriennummer. Der Name verrät nichts.", "Without a number the serial. The name tells nothing."},
		"names.number.said": {"Ein iPad der Schule heißt nach seiner Inventarnummer. Der Name sagt nicht, wer es hat.", "An iPad of the school is called by its asset number. The name does not say who has it."},
		"names.serial":      {"Seriennummer", "Serial number"},
		"names.serial.hint": {"Wie Apple und die Lieferliste sie nennen.", "As Apple and the delivery list call it."},
		"names.serial.said": {"Ein iPad der Schule heißt nach seiner Seriennummer. Der Name sagt nicht, wer es hat.", "An iPad of the school is called by its serial number. The name does not say who has it."},
		"names.class":       {"Klasse und Inventarnummer", "Class and asset number"},
		"names.class.hint":  {"Etwa „7b MS-26-000417“. Wechselt die Klasse oder ihr Name, heißt das iPad von selbst neu.", "Such as “7b MS-26-000417”. When the class or its name changes the iPad is called anew by itself."},
		"names.class.said":  {"Ein iPad der Schule heißt nach seiner Klasse und seiner Inventarnummer. Der Name sagt nicht, wer es hat.", "An iPad of the school is called by its class and its asset number. The name does not say who has it."},
		"names.school":      {"Schule und Inventarnummer", "School and asset number"},
		"names.school.hint": {"Etwa „Gymnasium Nord MS-26-000417“.", "Such as “Gymnasium Nord MS-26-000417”."},
		"names.school.said": {"Ein iPad der Schule heißt nach der Schule und seiner Inventarnummer. Der Name sagt nicht, wer es hat.", "An iPad of the school is called by the school and its asset number. The name does not say who has it."},
		"names.person":      {"Person und Inventarnummer", "Person and asset number"},
		"names.person.hint": {"Etwa „Lena M. MS-26-000417“: Alle in der Nähe lesen, wem es gehört. Fragen Sie vorher die datenschutzbeauftragte Stelle. Bei Ausgabe und Rücknahme ändert sich der Name von selbst; iPads von Eltern nennen nie eine Person.",
			"Such as “Lena M. MS-26-000417”: everybody nearby reads whose it is. Ask the data protection officer before. The name changes by itself when an iPad is handed out and taken back; iPads of parents never name a person."},
		"names.person.said": {"Ein iPad der Schule heißt nach dem Vornamen und dem ersten Buchstaben des Nachnamens der Person, die es hat, und seiner Inventarnummer. Wer in der Nähe ist, kann das lesen, etwa in AirDrop. iPads von Eltern nennen niemanden.",
			"An iPad of the school is called by the given name and the first letter of the family name of the person who has it, and its asset number. Whoever is nearby can read that, as in AirDrop. iPads of parents name nobody."},
		"names.person.why": {"So hat es {1} festgelegt.", "{1} decided so."},
	})
}
