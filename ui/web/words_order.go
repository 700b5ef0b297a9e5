package web

import (
	"strings"

	"ranzen/store/school"
)

// orderFaults are what a device says against an order, by the number of its error: the sentence says what is and what helps.
var orderFaults = map[string]string{
	"12021": "unknown", "12023": "unsupervised", "12034": "token", "12067": "not_lost", "12068": "no_place", "12069": "still_lost", "12070": "not_shared",
	"12071": "no_user", "12072": "user_here", "12073": "unsaved", "12074": "undeleted", "12078": "lost", "12087": "network",
}

// OrderFault says why an order was not carried out, and what helps: for pages, the API and whoever asks by hand.
func OrderFault(l Lang, o school.Order) string {
	switch {
	case o.State == school.Expired:
		return T(l, "order.fault.silent")
	case o.State != school.Refused:
		return ""
	case o.Kind == school.Unlock:
		return T(l, "order.fault.unlock")
	}
	_, code, _ := strings.Cut(o.Result, " ")
	if fault, ok := orderFaults[code]; ok {
		return T(l, "order.fault."+fault)
	}
	return T(l, "order.fault.other")
}

func init() {
	Add(Words{
		"order.fault.silent":       {"Das iPad hat sich nicht gemeldet, solange der Auftrag galt. Einschalten, mit einem WLAN verbinden und den Auftrag neu geben.", "The iPad did not report while the order was valid. Switch it on, connect it to Wi-Fi and give the order again."},
		"order.fault.unlock":       {"Apple nimmt den Umgehungscode nicht an. Schalten Sie die Aktivierungssperre in Apple School Manager ab oder geben Sie den Code am iPad ein.", "Apple does not take the bypass code. Turn Activation Lock off in Apple School Manager or type the code on the iPad."},
		"order.fault.other":        {"Das iPad hat den Auftrag abgelehnt. Aktualisieren Sie das iPad und geben Sie den Auftrag noch einmal; bleibt es dabei, hilft der Nachweis der Betreuung weiter.", "The iPad refused the order. Refresh the iPad and give the order again; if it stays so, the evidence helps support."},
		"order.fault.unknown":      {"Dieses iPadOS kennt den Auftrag nicht. Aktualisieren Sie iPadOS oder nehmen Sie einen anderen Auftrag.", "This iPadOS does not know the order. Update iPadOS or use another order."},
		"order.fault.unsupervised": {"Das geht nur bei betreuten iPads. Richten Sie das iPad über Apple School Manager neu ein.", "This works on supervised iPads only. Set the iPad up again through Apple School Manager."},
		"order.fault.token":        {"Der hinterlegte Entsperrschlüssel passt nicht mehr. Nur Löschen und Neueinrichten nimmt den Code jetzt weg.", "The escrowed unlock token no longer fits. Only erasing and setting up again takes the passcode away now."},
		"order.fault.not_lost":     {"Das iPad ist nicht im Modus „Verloren“. Schalten Sie ihn zuerst ein.", "The iPad is not in lost mode. Switch lost mode on first."},
		"order.fault.no_place":     {"Das iPad kennt seinen Standort gerade nicht, meist in Gebäuden. Beantragen Sie die Ortung später noch einmal.", "The iPad does not know where it is just now, mostly inside buildings. Ask for the location again later."},
		"order.fault.still_lost":   {"Das iPad konnte den Modus „Verloren“ nicht beenden. Geben Sie den Auftrag noch einmal, sobald es online ist.", "The iPad could not leave lost mode. Give the order again as soon as it is online."},
		"order.fault.not_shared":   {"Das iPad ist kein geteiltes iPad; es kennt keine angemeldeten Personen.", "The iPad is not a Shared iPad; it knows no users."},
		"order.fault.no_user":      {"Diese Person ist auf dem iPad nicht bekannt. Sehen Sie nach, wer darauf ist, und geben Sie den Anmeldenamen genau an.", "This user is not known on the iPad. Look who is on it and give the exact login."},
		"order.fault.user_here":    {"Diese Person ist gerade angemeldet. Melden Sie sie zuerst ab.", "This user is signed in. Sign them out first."},
		"order.fault.unsaved":      {"Auf dem iPad liegen Daten, die noch nicht gesichert sind. Warten Sie auf WLAN, oder löschen Sie ausdrücklich trotzdem.", "The iPad holds data that was not synchronised. Wait for Wi-Fi, or delete it nevertheless."},
		"order.fault.undeleted":    {"Das iPad konnte die Person nicht löschen. Starten Sie es neu und geben Sie den Auftrag noch einmal.", "The iPad could not delete the user. Restart it and give the order again."},
		"order.fault.lost":         {"Das iPad ist im Modus „Verloren“ und nimmt nichts anderes an. Beenden Sie zuerst diesen Modus.", "The iPad is in lost mode and takes nothing else. End lost mode first."},
		"order.fault.network":      {"Das iPad nimmt das Einrichtungs-WLAN nicht an. Prüfen Sie es bei der Schule und geben Sie den Auftrag noch einmal.", "The iPad does not take the set-up network. Check it at the school and give the order again."},

		"error.order_not_enrolled":       {"{1} ist nicht registriert und kann keinen Auftrag bekommen.", "{1} is not enrolled and cannot be given an order."},
		"error.order_not_supervised":     {"{1} ist nicht betreut. Das geht nur bei iPads, die über Apple School Manager eingerichtet sind.", "{1} is not supervised. This works only on iPads set up through Apple School Manager."},
		"error.order_needs_os":           {"{1} hat ein zu altes iPadOS dafür.", "{1} has an iPadOS that is too old for this."},
		"error.order_needs_ade":          {"{1} ist nicht über Apple School Manager eingerichtet.", "{1} was not set up through Apple School Manager."},
		"error.order_in_lost_mode":       {"{1} ist im Modus „Verloren“ und nimmt nichts anderes an.", "{1} is in lost mode and takes nothing else."},
		"error.order_not_in_lost_mode":   {"{1} ist nicht im Modus „Verloren“.", "{1} is not in lost mode."},
		"error.order_belongs_to_parents": {"{1} gehört den Eltern. Dieser Auftrag geht nur an iPads des Schulträgers.", "{1} belongs to the parents. This order goes to iPads of the school authority only."},
		"error.order_no_unlock_token":    {"Für {1} ist kein Entsperrschlüssel hinterlegt.", "No unlock token is escrowed for {1}."},
		"error.order_no_setup_network":   {"Die Schule von {1} hat kein Einrichtungs-WLAN. Legen Sie es bei der Schule fest.", "The school of {1} has no set-up network. Set it at the school."},
		"error.order_ordered_already":    {"{1} hat diesen Auftrag schon.", "{1} has this order already."},
		"error.order_no_bypass_code":     {"Für {1} ist kein Umgehungscode hinterlegt.", "No bypass code is escrowed for {1}."},
		"error.order_unconfirmed":        {"{1} ist noch nicht bestätigt.", "{1} is not confirmed yet."},
		"error.order_not_shared":         {"{1} ist kein geteiltes iPad.", "{1} is not a Shared iPad."},
		"error.order_planned":            {"Dieser Auftrag braucht eine Vorschau, bevor er gegeben wird.", "This order needs a preview before it is given."},
		"error.order_nobody":             {"Keines dieser iPads kann den Auftrag zurzeit bekommen. Nichts wurde geändert.", "None of these iPads can be given the order at present. Nothing was changed."},
		"error.order_at_once":            {"Höchstens {1} iPads in einem Auftrag, der etwas löscht; das wären {2}. Wählen Sie weniger.", "At most {1} iPads in one order that erases something; these would be {2}. Choose fewer."},
		"error.order_many":               {"Höchstens {1} iPads in einem Auftrag; das wären {2}. Wählen Sie weniger, zum Beispiel eine Schule.", "At most {1} iPads in one order; these would be {2}. Choose fewer, such as one school."},
		"error.order_per_day":            {"Ein Schulträger kann in 24 Stunden höchstens {1} iPads löschen oder abmelden. Jetzt sind noch {2} möglich.", "A school authority can erase or unenrol at most {1} iPads in 24 hours. {2} are possible now."},
		"error.order_word":               {"Bitte tippen Sie „{1}“ genau so ein. Noch ist nichts geschehen.", "Please type “{1}” exactly. Nothing has happened yet."},
		"error.second_program":           {"Das kann nur eine Person freigeben, die selbst angemeldet ist.", "Only a person who is signed in can approve this."},
		"error.second_same":              {"Freigeben muss jemand anderes als die Person, die den Auftrag gegeben hat.", "Somebody other than who gave the order has to approve it."},
		"error.second_range":             {"Zwischen 1 und {1}.", "Between 1 and {1}."},
		"error.answer_gone":              {"Die Antwort wird nicht mehr aufbewahrt. Geben Sie den Auftrag bei Bedarf neu.", "The answer is no longer kept. Give the order again if needed."},
		"error.turn_skip":                {"Nur die Aktivierungssperre kann übergangen werden.", "Only the Activation Lock can be skipped."},
		"error.turn_runs":                {"Dieser Rücklauf geht von selbst weiter.", "This turnaround goes on by itself."},
		"error.turn_over":                {"Dieser Rücklauf ist schon beendet.", "This turnaround is over already."},
	})
}
