package sheet

import (
	"strings"

	"ranzen/mdm"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// sightRows names what is asked, in words people know; what comes from several questions is said once.
func sightRows(l web.Lang, o school.Ownership) []string {
	var out []string
	said := map[string]bool{}
	for _, q := range mdm.Sight(o) {
		items := q.Items
		if len(items) == 0 {
			items = []string{q.Request}
		}
		for _, i := range items {
			words := sightWords[i]
			if words == "" {
				words = i // a question without words is said by its own name; a test finds it
			}
			if text := wordOr(l, words, i); !said[text] {
				said[text] = true
				out = append(out, text)
			}
		}
	}
	web.SortBy(l, out, func(s string) string { return s })
	return out
}

// sightWords says what a question is about.
var sightWords = map[string]string{
	"AwaitingConfiguration": "sight.setup", "mdm.is-awaiting-configuration": "sight.setup",
	"BuildVersion": "sight.os", "OSVersion": "sight.os", "SupplementalBuildVersion": "sight.os", "SupplementalOSVersionExtra": "sight.os",
	"device.operating-system.build-version": "sight.os", "device.operating-system.family": "sight.os", "device.operating-system.version": "sight.os",
	"device.operating-system.supplemental.build-version": "sight.os", "device.operating-system.supplemental.extra-version": "sight.os",
	"IsSupervised": "sight.supervised",
	"ModelName":    "sight.model", "ModelNumber": "sight.model", "ProductName": "sight.model", "device.model.family": "sight.model", "device.model.identifier": "sight.model",
	"device.model.marketing-name": "sight.model", "device.model.number": "sight.model",
	"SerialNumber": "sight.serial", "UDID": "sight.serial", "device.identifier.serial-number": "sight.serial", "device.identifier.udid": "sight.serial",
	"AvailableDeviceCapacity": "sight.storage", "DeviceCapacity": "sight.storage",
	"BatteryLevel": "sight.battery", "device.power.battery-health": "sight.health",
	"IsMDMLostModeEnabled": "sight.lost",
	"IsMultiUser":          "sight.shared",
	"ProfileList":          "sight.profiles", "ActivationLockBypassCode": "sight.bypass",
	"ManagedApplicationList": "sight.apps", "app.managed.list": "sight.apps",
	"passcode.is-compliant": "sight.passcode", "passcode.is-present": "sight.passcode",
	"softwareupdate.failure-reason": "sight.update", "softwareupdate.install-state": "sight.update", "softwareupdate.pending-version": "sight.update",
	"softwareupdate.install-reason": "sight.update", "softwareupdate.beta-enrollment": "sight.update",
}

// neverSeen are the things people fear; no question of ours and no feature reaches them.
var neverSeen = []string{"screen", "photos", "messages", "browsing", "apps", "location", "network", "passwords", "name"}

// SightFile names the file of it.
func SightFile(l web.Lang) string { return web.T(l, "sight.file") }

// Sight is what can be seen about an iPad of a school, for those who hold one and for parents.
func Sight(l web.Lang, a school.Authority, at school.School) Sheet {
	t := func(key string, args ...any) string { return web.T(l, key, args...) }
	s := Sheet{Title: t("sight.title"), Lead: t("sight.lead", at.Name, a.Name), Foot: a.Name + " · " + at.Name}
	s.Add(Part{Heading: t("sight.owned"), Texts: []string{t("sight.owned.text")}, Points: sightRows(l, school.Owned)})
	s.Add(Part{Heading: t("sight.staff"), Texts: []string{t("sight.staff.text")}, Points: sightRows(l, school.OfStaff)})
	s.Add(Part{Heading: t("sight.parent"), Texts: []string{t("sight.parent.text")}, Points: sightRows(l, school.Parent)})
	never := Part{Heading: t("sight.never"), Texts: []string{t("sight.never.text")}}
	for _, x := range neverSeen {
		never.Points = append(never.Points, t("sight.never."+x))
	}
	s.Add(never)
	s.Add(namesPart(l, a))
	s.Add(Part{Heading: t("sight.who"), Points: []string{t("sight.who.school"), t("sight.who.authority"), t("sight.who.operator"), t("sight.who.log")}})
	s.Add(Part{Heading: t("sight.also"), Points: []string{t("sight.also.person"), t("sight.also.seen"), t("sight.also.orders")}})
	s.Add(Part{Heading: t("retention.title"), Head: []string{t("retention.what"), t("retention.days")}, Shares: []float64{3, 1}, Rows: RetentionRows(l, a.Policy.Privacy.Retention)})
	var facts []web.Fact
	for _, f := range [][2]string{{t("paper.contact"), a.Contact}, {t("paper.officer"), a.Policy.Privacy.Officer}} {
		if strings.TrimSpace(f[1]) != "" {
			facts = append(facts, web.Fact{Name: f[0], Text: f[1]})
		}
	}
	if len(facts) > 0 {
		s.Add(Part{Heading: t("sight.ask"), Facts: facts})
	}
	return s
}

func init() {
	web.Add(web.Words{
		"sight.file":        {"was-gesehen-werden-kann", "what-can-be-seen"},
		"sight.title":       {"Was über Ihr iPad gesehen werden kann", "What can be seen about your iPad"},
		"sight.lead":        {"{1} und {2} verwalten iPads mit Ranzen. Diese Seite entsteht aus dem, was der Server die iPads wirklich fragt.", "{1} and {2} manage iPads with Ranzen. This page is made from what the server really asks the iPads."},
		"sight.owned":       {"iPads der Schule oder des Schulträgers", "iPads of the school or the school authority"},
		"sight.owned.text":  {"Der Server fragt diese iPads:", "The server asks these iPads for:"},
		"sight.staff":       {"Dienstgeräte, die auch privat genutzt werden", "Devices for work that are used privately, too"},
		"sight.staff.text":  {"Der Server fragt, was der Schulträger über sein Eigentum wissen muss, und nichts über die Nutzung:", "The server asks what the school authority has to know of its property, and nothing about its use:"},
		"sight.parent":      {"iPads, die Eltern gekauft haben", "iPads bought by parents"},
		"sight.parent.text": {"Der Server fragt nur, was die Verwaltung unbedingt braucht:", "The server asks only what management cannot do without:"},
		"sight.never":       {"Was niemand sehen kann", "What nobody can see"},
		"sight.never.text":  {"Danach fragt der Server nie, und es gibt keine Funktion dafür:", "The server never asks for this, and there is no function for it:"},

		"sight.setup":      {"ob die Einrichtung noch läuft", "whether set-up is still going on"},
		"sight.os":         {"die Version von iPadOS", "the version of iPadOS"},
		"sight.supervised": {"ob das iPad betreut ist", "whether the iPad is supervised"},
		"sight.model":      {"das Modell", "the model"},
		"sight.serial":     {"Seriennummer und Gerätekennung", "serial number and device identifier"},
		"sight.storage":    {"wie viel Speicher es hat und wie viel frei ist", "how much storage it has and how much is free"},
		"sight.battery":    {"der Ladestand", "the battery level"},
		"sight.health":     {"der Zustand des Akkus", "the health of the battery"},
		"sight.lost":       {"ob der Modus „Verloren“ eingeschaltet ist", "whether lost mode is on"},
		"sight.profiles":   {"welche Konfigurationsprofile installiert sind", "which configuration profiles are installed"},
		"sight.shared":     {"ob mehrere Personen sich daran anmelden", "whether several people sign in to it"},
		"sight.bypass":     {"der Code, der eine Aktivierungssperre löst (nur betreute iPads)", "the code that lifts an activation lock (supervised iPads only)"},
		"sight.apps":       {"ob die Apps, die es von der Schule bekommt, geladen sind", "whether the apps it gets from the school are loaded"},
		"sight.passcode":   {"ob ein Code gesetzt ist, aber nicht welcher", "whether a passcode is set, but not which"},
		"sight.update":     {"ob eine Aktualisierung wartet oder misslang", "whether an update is waiting or failed"},

		"sight.never.screen":    {"den Bildschirm, Kamera und Mikrofon", "the screen, camera and microphone"},
		"sight.never.photos":    {"Fotos, Dateien und Notizen", "photos, files and notes"},
		"sight.never.messages":  {"Nachrichten und E-Mails", "messages and e-mails"},
		"sight.never.browsing":  {"besuchte Webseiten und Suchanfragen", "visited websites and searches"},
		"sight.never.apps":      {"welche Apps jemand selbst installiert, und welche jemand benutzt", "which apps somebody installs by themselves, and which somebody uses"},
		"sight.never.location":  {"den Standort", "the location"},
		"sight.never.network":   {"WLANs in der Umgebung, IP- und MAC-Adressen", "Wi-Fi networks nearby, IP and MAC addresses"},
		"sight.never.passwords": {"Codes und Passwörter", "passcodes and passwords"},
		"sight.never.name":      {"den Namen, den jemand dem iPad gibt", "the name somebody gives the iPad"},

		"sight.who":           {"Wer es sieht", "Who sees it"},
		"sight.who.school":    {"die Schulverwaltung der eigenen Schule", "the administration of the own school"},
		"sight.who.authority": {"die Verwaltung des Schulträgers", "the administration of the school authority"},
		"sight.who.operator":  {"der Betrieb und die Prüfung: Geräte und Zahlen, aber keine Namen", "operations and auditors: devices and numbers, but no names"},
		"sight.who.log":       {"Wer die Seite einer Person öffnet, steht im Protokoll.", "Who opens a person's page stands in the audit log."},
		"sight.also":          {"Was Ranzen außerdem weiß", "What else Ranzen knows"},
		"sight.also.person":   {"wer das iPad hat: Name, Schule, Klasse, Anmeldename. Kein Geburtsdatum, kein Geschlecht, keine Adresse.", "who has the iPad: name, school, class, login. No birth date, no sex, no address."},
		"sight.also.seen":     {"wann sich das iPad zuletzt gemeldet hat. Das sagt nicht, wer es benutzt hat oder wofür.", "when the iPad last called. That does not say who used it or what for."},
		"sight.also.orders":   {"was der Server dem iPad aufgetragen hat und was daraus wurde.", "what the server ordered the iPad to do and what became of it."},
		"sight.ask":           {"Fragen beantwortet", "Who answers questions"},
	})
}
