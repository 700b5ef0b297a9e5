package ui

import (
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// What the start page says of the ground the server stands on: its disk, its clock, its ways to Apple and to the mail server.

// alarmAction leads to what helps against an alarm that no other rule knows; false where there is nothing to lead to.
func (v view) alarmAction(a store.Alarm) (*web.Action, bool) {
	switch a.Kind {
	case store.AlarmRosterServer:
		return &web.Action{Text: web.T(v.lang, "todo.roster.server"), Href: sourceAddress(school.RosterSourceID(a.Subject))}, v.at(school.EditPeople, a.School)
	case store.AlarmRosterWaits:
		return &web.Action{Text: web.T(v.lang, "todo.roster.waiting"), Href: rostersPath}, v.at(school.EditPeople, a.School)
	case store.AlarmDisk, store.AlarmClock, store.AlarmPush, store.AlarmApple:
		return &web.Action{Text: web.T(v.lang, "todo.ground.do"), Href: "/help/admin"}, true
	case store.AlarmMail:
		return &web.Action{Text: web.T(v.lang, "todo.mail.do"), Href: "/outbox"}, v.can(school.ReadOutbox)
	}
	return nil, false
}

// noSpace is the line that cannot be an alarm, because an alarm is written.
func (u *UI) noSpace(v view) []web.Todo {
	since := u.st.FullSince()
	if since.IsZero() {
		return nil
	}
	return []web.Todo{{Urgency: web.Today, Title: web.T(v.lang, "todo.full", v.lang.Moment(since, v.now)), Text: web.T(v.lang, "todo.full.text")}}
}

func init() {
	web.Add(web.Words{
		"todo.ground.do": {"Was der Betrieb tut", "What the operator does"},
		"todo.mail.do":   {"Postausgang ansehen", "See the outbox"},
		"todo.full":      {"Auf dem Server ist seit {1} kein Speicherplatz mehr frei. Nichts kann gespeichert werden.", "The server has had no disk space since {1}. Nothing can be saved."},
		"todo.full.text": {"Geben Sie dem Betrieb Bescheid. Sobald Platz ist, geht es von selbst weiter; die iPads behalten alles, was sie haben.", "Tell the operator. As soon as there is space it goes on by itself; the iPads keep all they have."},

		"alarm.disk_low":               {"Auf dem Server ist fast kein Speicherplatz mehr frei.", "The server has almost no disk space left."},
		"alarm.disk_low.text":          {"Ist er voll, kann nichts mehr gespeichert werden. Geben Sie dem Betrieb Bescheid.", "When it is full, nothing can be saved any more. Tell the operator."},
		"alarm.clock_skew":             {"Die Uhr eines Servers geht falsch.", "The clock of a server is wrong."},
		"alarm.clock_skew.text":        {"Er richtet sich so lange nach der Uhr der Datenbank. Der Betrieb sollte die Zeitsynchronisierung prüfen.", "Until then it goes by the clock of the database. The operator should check time synchronisation."},
		"alarm.mail_unreachable":       {"Der Mailserver antwortet nicht. Briefe warten im Postausgang.", "The mail server does not answer. Letters wait in the outbox."},
		"alarm.mail_unreachable.text":  {"Sie gehen von selbst hinaus, sobald er wieder antwortet.", "They go out by themselves as soon as it answers again."},
		"alarm.push_unreachable":       {"Apples Push-Dienst ist vom Server aus nicht erreichbar. Änderungen kommen erst an, wenn sich ein iPad von selbst meldet.", "Apple’s push service cannot be reached from the server. Changes arrive only when an iPad calls by itself."},
		"alarm.push_unreachable.text":  {"Es wird weiter versucht. Der Server braucht einen Weg ins Internet zu Apples Push-Dienst, Port 443.", "It is tried again all the time. The server needs a way to Apple’s push service on the internet, port 443."},
		"alarm.apple_unreachable":      {"Apple School Manager antwortet seit über einer Stunde nicht. Neue iPads kommen so lange nicht an.", "Apple School Manager has not answered for more than an hour. Until then no new iPads arrive."},
		"alarm.apple_unreachable.text": {"Es wird weiter versucht. Hält es an, fehlt dem Server vielleicht der Weg ins Internet zu Apple, Port 443.", "It is tried again all the time. If it lasts, the server may lack a way to Apple on the internet, port 443."},
	})
}
