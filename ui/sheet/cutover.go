package sheet

import (
	"context"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// CutoverHelps says what happens to an iPad on its way from another management next, or what somebody has to do.
func CutoverHelps(l web.Lang, d store.CutoverDevice) string {
	switch d.Is {
	case store.CutMoves, store.CutLate:
		return web.T(l, "cutover.helps."+string(d.Is), l.Date(d.Until))
	case store.CutTaken:
		return web.T(l, "cutover.helps.taken", l.Date(d.Enrolled))
	}
	return web.T(l, "cutover.helps."+string(d.Is))
}

// Cutover is the dry run of a school on one sheet: what to look at before, what becomes of which iPad, what somebody does, and the
// way back.
func (w Writer) Cutover(ctx context.Context, v Reader, x store.CutoverSchool) (Sheet, error) {
	name := x.Name
	if x.School == "" {
		name = v.t("cutover.none.school")
	}
	s := Sheet{Title: v.t("cutover.sheet", name), Lead: v.t("cutover.sheet.lead", x.Are[store.CutTaken], x.Devices), Foot: v.t("cutover.sheet.foot", v.Authority.Name, v.Lang.DateTime(v.At))}
	if x.Devices > 0 && x.Are[store.CutTaken] == x.Devices {
		s.Lead = v.t("cutover.sheet.done", x.Devices)
	} else {
		network := v.t("cutover.before.network")
		if x.School != "" && !x.Network {
			network = v.t("cutover.network.text")
		}
		s.Add(Part{Heading: v.t("cutover.before"), Points: []string{network, v.t("cutover.before.profiles"), v.t("cutover.content.text"), v.t("cutover.before.lock"), v.t("cutover.before.backup")}})
	}
	for _, is := range store.Cutovers {
		if x.Are[is] == 0 || is == store.CutTaken {
			continue
		}
		p := Part{Heading: v.t("cutover.part", v.t("cutover.is."+string(is)), x.Are[is]), Texts: []string{v.t("cutover.do." + string(is))},
			Head: []string{v.t("cutover.number"), v.t("cutover.serial"), v.t("cutover.class"), v.t("cutover.until")}, Shares: []float64{2, 3, 2, 2}}
		var err error
		if p.Rows, err = w.cutoverRows(ctx, v, x.School, is); err != nil {
			return s, err
		}
		s.Add(p)
	}
	s.Add(Part{Heading: v.t("cutover.back"), Points: []string{v.t("cutover.back.1"), v.t("cutover.back.2"), v.t("cutover.back.3")}})
	return s, nil
}

func (w Writer) cutoverRows(ctx context.Context, v Reader, at school.SchoolID, is store.Cutover) (rows [][]string, err error) {
	for after := ""; ; {
		page, err := w.Store.CutoverDevices(ctx, v.By, at, is, after)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Rows {
			row := []string{d.Number, d.Serial, "", ""}
			if d.ClassName != "" {
				row[2] = web.ClassName(v.Lang, d.ClassName)
			}
			if !d.Until.IsZero() {
				row[3] = v.Lang.Date(d.Until)
			}
			rows = append(rows, row)
		}
		if after = page.Next; after == "" {
			return rows, nil
		}
	}
}

func init() {
	web.Add(web.Words{
		"cutover.sheet.done":      {"Übernommen: {1} {1:iPad|iPads}. Hier ist nichts mehr zu tun.", "Taken over: {1} {1:iPad|iPads}. Nothing is left to do here."},
		"cutover.number":          {"Nummer", "Number"},
		"cutover.serial":          {"Seriennummer", "Serial"},
		"cutover.class":           {"Klasse", "Class"},
		"cutover.file":            {"umzug", "move"},
		"cutover.none.school":     {"Ohne Schule", "Without a school"},
		"cutover.is.late":         {"Frist vorbei", "deadline has passed"},
		"cutover.is.refused":      {"von Apple abgelehnt", "refused by Apple"},
		"cutover.is.elsewhere":    {"noch nicht zugewiesen", "not assigned yet"},
		"cutover.is.erase":        {"wartet aufs Löschen", "waits to be erased"},
		"cutover.is.moves":        {"kommt ohne Löschen", "comes without an erase"},
		"cutover.is.taken":        {"übernommen", "taken over"},
		"cutover.helps.late":      {"Die Frist war am {1}. Einschalten und mit einem WLAN verbinden; erscheint keine Aufforderung, in der alten Verwaltung löschen.", "The deadline was on {1}. Switch it on and connect it to a Wi-Fi; if it asks for nothing, erase it in the old management."},
		"cutover.helps.refused":   {"Apple nimmt das Einrichtungsprofil für dieses iPad nicht an. Die Seite des Apple-Servers sagt, warum.", "Apple does not take the enrolment profile for this iPad. The page of the Apple server says why."},
		"cutover.helps.elsewhere": {"In Apple School Manager diesem Server zuweisen; die Liste der Seriennummern steht oben.", "Assign it to this server in Apple School Manager; the list of serials is above."},
		"cutover.helps.erase":     {"In der alten Verwaltung löschen. Beim Einrichten kommt es von selbst hierher.", "Erase it in the old management. When it is set up it comes here by itself."},
		"cutover.helps.moves":     {"Kommt mit allen Daten von selbst, spätestens am {1}. Bis dahin erinnert es jeden Tag.", "Comes by itself with all its data, on {1} at the latest. Until then it reminds every day."},
		"cutover.helps.taken":     {"Angemeldet am {1}.", "Enrolled on {1}."},
		"cutover.until":           {"Frist", "Deadline"},
		"cutover.network.text":    {"Ohne Einrichtungs-WLAN muss nach dem Löschen an jedem iPad jemand ein WLAN wählen. Tragen Sie es vorher auf der Seite der Schule ein.", "Without a set-up network somebody has to choose a Wi-Fi on every iPad after the erase. Enter it before on the page of the school."},
		"cutover.content.text":    {"Ein Inhaltstoken aus Apple School Manager darf nicht in zwei Systemen zugleich liegen: Das zweite nimmt dem ersten Lizenzen weg. Legen Sie für die umziehenden Schulen einen eigenen Standort an und übertragen Sie Lizenzen dorthin, oder entfernen Sie das Token in der alten Verwaltung, bevor Sie es hier einsetzen.", "A content token of Apple School Manager must not be in two systems at once: the second takes licences away from the first. Make a location of its own for the schools that move and transfer licences there, or remove the token from the old management before you use it here."},
		"cutover.sheet":           {"{1}: Probelauf des Umzugs", "{1}: dry run of the move"},
		"cutover.sheet.lead":      {"{1} von {2} iPads sind schon übernommen. Noch ist nichts geändert; so geht es mit den übrigen weiter.", "{1} of {2} iPads are taken over already. Nothing is changed yet; this is how the others go on."},
		"cutover.sheet.foot":      {"{1} · Stand {2}", "{1} · as of {2}"},
		"cutover.part":            {"{1} ({2})", "{1} ({2})"},
		"cutover.before":          {"Vorher prüfen", "Look at it before"},
		"cutover.before.network":  {"Das Einrichtungs-WLAN der Schule ist hinterlegt und heute in jedem Klassenraum zu empfangen.", "The set-up network of the school is entered and reaches every classroom today."},
		"cutover.before.profiles": {"WLAN, Einschränkungen und Apps der Schule sind hier zugewiesen. Ein iPad, das ohne Löschen kommt, behält nur die Apps, die es auch hier bekommt; die übrigen löscht es mit ihren Daten.", "Wi-Fi, restrictions and apps of the school are assigned here. An iPad that comes without an erase keeps only the apps it gets here, too; it deletes the others with their data."},
		"cutover.before.lock":     {"Die Aktivierungssperre ist in der alten Verwaltung aufgehoben. Codes von dort gelten nach dem Umzug nicht mehr.", "Activation Lock is taken off in the old management. Its codes are void after the move."},
		"cutover.before.backup":   {"Was nur auf dem iPad liegt, ist gesichert, wo gelöscht werden muss.", "What is on the iPad alone is saved where it has to be erased."},
		"cutover.do.late":         {"Diese iPads sollten längst hier sein. Meist sind sie ausgeschaltet oder ohne WLAN.", "These iPads should be here by now. Mostly they are switched off or without Wi-Fi."},
		"cutover.do.refused":      {"Apple nimmt für diese iPads kein Einrichtungsprofil an. Sie bleiben, wo sie sind, bis das geklärt ist.", "Apple takes no enrolment profile for these iPads. They stay where they are until that is settled."},
		"cutover.do.elsewhere":    {"1. Liste der Seriennummern herunterladen. 2. In Apple School Manager unter Geräte diese Seriennummern suchen und diesem Server zuweisen. 3. Haben die iPads iPadOS 26 oder neuer und sind keine geteilten iPads, dabei eine Frist setzen, höchstens 90 Tage: Dann kommen sie ohne Löschen.", "1. Download the list of serials. 2. In Apple School Manager look these serials up under devices and assign them to this server. 3. If the iPads have iPadOS 26 or later and are no Shared iPads, set a deadline, 90 days at most: then they come without an erase."},
		"cutover.do.erase":        {"1. In der alten Verwaltung löschen, klassenweise und am Ladekoffer. 2. Mit dem Einrichtungs-WLAN verbinden. 3. Beim Einrichten kommen sie hierher. Wer stattdessen nachträglich eine Frist setzt, spart ab iPadOS 26 das Löschen.", "1. Erase them in the old management, class by class and next to the charging case. 2. Connect them to the set-up network. 3. When they are set up they come here. Setting a deadline afterwards saves the erase from iPadOS 26 on."},
		"cutover.do.moves":        {"Nichts zu tun: Diese iPads erinnern täglich und ziehen spätestens an der Frist um, mit allen Daten.", "Nothing to do: these iPads remind every day and move at the deadline at the latest, with all their data."},
		"cutover.back":            {"Der Weg zurück", "The way back"},
		"cutover.back.1":          {"Solange ein iPad nicht übernommen ist: in Apple School Manager wieder dem alten Server zuweisen. Es hat nichts bemerkt.", "As long as an iPad is not taken over: assign it to the old server again in Apple School Manager. It noticed nothing."},
		"cutover.back.2":          {"Danach geht es wie hinwärts: dem alten Server zuweisen, ab iPadOS 26 mit Frist und ohne Löschen, sonst mit Löschen von hier aus. Vorher hier die Aktivierungssperre aufheben.", "Afterwards it goes as it came: assign it to the old server, from iPadOS 26 on with a deadline and without an erase, else with an erase from here. Take Activation Lock off here before."},
		"cutover.back.3":          {"Ausleihen, Verträge und Zuweisungen bleiben hier stehen. Lizenzen gibt ein iPad zurück, sobald es sich hier abmeldet.", "Loans, contracts and assignments stay here. An iPad gives its licences back as soon as it leaves."},
	})
}
