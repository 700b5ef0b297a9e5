package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// What people may ask of whoever keeps data of them: who looked (the auditor and the authority see it), all that is stored
// (Art. 15 GDPR), and that it goes (Art. 17).

// privacyMenu is what can be done with the data of a person, by whoever may.
func (v view) privacyMenu(x store.PersonRow) *web.Menu {
	m := &web.Menu{Text: web.T(v.lang, "person.privacy")}
	here := personAddress(x.ID)
	add := func(may bool, key, path string) {
		if may {
			m.Actions = append(m.Actions, web.Action{Text: web.T(v.lang, key), Href: here + path})
		}
	}
	add(v.at(school.EditPeople, x.School), "person.data.pdf", "/data.pdf")
	add(v.at(school.EditPeople, x.School), "person.data.json", "/data.json")
	add(v.can(school.ReadAudit), "views.title", "/views")
	add(v.can(school.EditPeople), "erase.do", "/erase")
	if len(m.Actions) == 0 {
		return nil
	}
	return m
}

// viewsPage lists who looked at a person and who was given its data. Auditors see no names of people: the page then is
// about somebody.
func (u *UI) viewsPage(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.PersonID(routeVar(r, "person"))
	entries, err := u.st.Views(r.Context(), v.by, id, 200)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "views.title")
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: title}), Lead: web.T(v.lang, "views.lead")}
	x, err := u.st.PersonByID(r.Context(), v.by, id)
	switch {
	case err == nil:
		p.Place = []web.Crumb{{Name: v.authority.Name, Href: web.HomePath}, {Name: x.Name(), Href: personAddress(id)}, {Name: title}}
		p.Lead = x.Name() + ". " + p.Lead
	case school.KindOf(err) != school.NotFound:
		return err
	case len(entries) == 0:
		return web.ErrNotFound
	}
	p.Columns = []web.Column{{Name: p.T("audit.when")}, {Name: p.T("audit.who")}, {Name: p.T("audit.what")}}
	for _, e := range entries {
		p.Rows = append(p.Rows, []cell{{When: momentOf(&p.Frame, e.At)}, {Text: actorText(v.lang, e), Href: auditBy(e)}, {Text: eventText(v.lang, e)}})
	}
	p.Empty = web.Empty{Title: p.T("views.none"), Text: p.T("views.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// personData reads the answer to Art. 15 for somebody who may give it. The log says so before anything is sent.
func (u *UI) personData(r *http.Request, v view) (store.PersonData, error) {
	x, err := u.personToEdit(r, v)
	if err != nil {
		return store.PersonData{}, err
	}
	return u.st.PersonData(r.Context(), v.by, x.ID)
}

// dataGiven is the answer as JSON: what is stored, under the names it has there, and what belongs to it.
type dataGiven struct {
	Title      string                      `json:"title"`
	Person     string                      `json:"person"`
	Authority  string                      `json:"authority"`
	Contact    string                      `json:"contact"`
	Officer    string                      `json:"data_protection_officer"`
	Made       time.Time                   `json:"made"`
	Sources    []string                    `json:"sources"`
	Recipients []string                    `json:"recipients"`
	Retention  map[string]int              `json:"retention_days"`
	Stored     map[string][]map[string]any `json:"stored"`
}

func (u *UI) personJSON(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.personData(r, v)
	if err != nil {
		return err
	}
	p := d.Authority.Policy.Privacy
	a := dataGiven{Title: web.T(v.lang, "data.title"), Person: d.Person.Name(), Authority: d.Authority.Name, Contact: d.Authority.Contact, Officer: p.Officer, Made: d.Made,
		Sources: v.sources(), Recipients: u.recipients(v), Retention: map[string]int{}, Stored: map[string][]map[string]any{}}
	for _, t := range school.Terms {
		a.Retention[t.Name] = t.In(p.Retention)
	}
	for _, part := range d.Parts {
		for _, row := range part.Rows {
			m := make(map[string]any, len(row))
			for i, c := range part.Columns {
				m[c] = row[i]
			}
			a.Stored[part.Table] = append(a.Stored[part.Table], m)
		}
	}
	b, err := json.MarshalIndent(a, "", "  ")
	if err != nil {
		return fmt.Errorf("answer to Art. 15: %w", err)
	}
	return sendFile(w, "application/json", web.T(v.lang, "data.file")+".json", append(b, '\n'))
}

func (u *UI) personPDF(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.personData(r, v)
	if err != nil {
		return err
	}
	return u.dataSheet(v, d).send(w, v.lang, d.Made, web.T(v.lang, "data.file"))
}

// sources says where data of people comes from.
func (v view) sources() []string {
	return []string{web.T(v.lang, "data.source.hand"), web.T(v.lang, "data.source.roster"), web.T(v.lang, "data.source.device")}
}

// recipients says who gets data of people.
func (u *UI) recipients(v view) []string {
	out := []string{web.T(v.lang, "data.to.school"), web.T(v.lang, "data.to.authority"), web.T(v.lang, "data.to.operator")}
	if v.authority.Has(school.Management) {
		out = append(out, web.T(v.lang, "data.to.apple"))
	}
	return out
}

// dataSheet is the answer to be read. What is the machine's own (ids, marks) is in the JSON file alone.
func (u *UI) dataSheet(v view, d store.PersonData) sheet {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet{Title: t("data.of", d.Person.Name()), Lead: t("data.lead", d.Authority.Name), Foot: t("data.foot", d.Authority.Name, v.lang.DateTime(d.Made))}
	p := d.Authority.Policy.Privacy
	s.add(sheetPart{Heading: t("paper.who"), Facts: u.responsible(v, d.Authority)})
	for _, part := range d.Parts {
		x := sheetPart{Heading: tableName(v.lang, part.Table), Texts: []string{t("data.why", wordOr(v.lang, "data.purpose."+part.Table, t("data.purpose.person")))}}
		var show []int
		for i, c := range part.Columns {
			if _, said := web.Args("data.column." + c); said {
				show = append(show, i)
			}
		}
		for n, row := range part.Rows {
			if n == 0 && len(part.Rows) == 1 {
				for _, i := range show {
					if text := valueText(v.lang, part.Columns[i], row[i]); text != "" {
						x.Facts = append(x.Facts, web.Fact{Name: t("data.column." + part.Columns[i]), Text: text})
					}
				}
				continue
			}
			var cells []string
			for _, i := range show {
				cells = append(cells, valueText(v.lang, part.Columns[i], row[i]))
			}
			x.Rows = append(x.Rows, cells)
		}
		if len(x.Rows) > 0 {
			for _, i := range show {
				x.Head = append(x.Head, t("data.column."+part.Columns[i]))
			}
			x.drop()
		}
		s.add(x)
	}
	s.add(sheetPart{Heading: t("data.sources"), Points: v.sources()})
	s.add(sheetPart{Heading: t("data.recipients"), Points: u.recipients(v)})
	s.add(sheetPart{Heading: t("retention.title"), Head: []string{t("retention.what"), t("retention.days")}, Shares: []float64{3, 1}, Rows: retentionRows(v.lang, p.Retention)})
	s.add(sheetPart{Heading: t("data.rights"), Texts: []string{t("data.rights.text"), t("data.rights.complain")}})
	return s
}

// drop leaves out columns that are empty in every row.
func (p *sheetPart) drop() {
	for i := len(p.Head) - 1; i >= 0; i-- {
		empty := true
		for _, r := range p.Rows {
			empty = empty && r[i] == ""
		}
		if empty {
			p.Head = append(p.Head[:i:i], p.Head[i+1:]...)
			for n, r := range p.Rows {
				p.Rows[n] = append(r[:i:i], r[i+1:]...)
			}
		}
	}
}

// tableName is a table as people call what is in it.
func tableName(l web.Lang, table string) string { return wordOr(l, "data.table."+table, table) }

// valueText writes a stored value as people read it.
func valueText(l web.Lang, column string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case time.Time:
		return l.DateTime(x)
	case bool:
		return web.T(l, map[bool]string{true: "data.yes", false: "data.no"}[x])
	case int64:
		if column == "archived" || column == "teaches" || column == "supervised" { // SQLite keeps truth as a number
			return web.T(l, map[bool]string{true: "data.yes", false: "data.no"}[x != 0])
		}
		return l.Number(x)
	case float64:
		text := fmt.Sprintf("%.1f", x)
		if l == web.German {
			text = strings.Replace(text, ".", ",", 1)
		}
		return text
	case string:
		switch {
		case column == "kind":
			return wordOr(l, "people.kind."+x, x)
		case column == "event":
			return eventName(l, x)
		case column == "actor_kind":
			return wordOr(l, "data.actor."+x, x)
		case strings.HasPrefix(x, "{}"):
			return ""
		}
		return x
	}
	return fmt.Sprint(value)
}

// holder is who has or had a device; of whom nothing is stored any more it is said so.
func (v view) holder(h store.HoldingRow) link {
	if h.Erased {
		return link{Name: web.T(v.lang, "person.erased")}
	}
	return link{h.PersonName, personAddress(h.Person)}
}

// erasePage says what an erasure means and asks for the name; who still holds an iPad is told so here.
func (u *UI) erasePage(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToErase(r, v)
	if err != nil {
		return err
	}
	return u.showErase(w, r, v, x, "", "")
}

// personToErase reads the person of an address for somebody who may erase it: the authority decides that.
func (u *UI) personToErase(r *http.Request, v view) (store.PersonRow, error) {
	x, err := u.personToEdit(r, v)
	if err == nil && !v.can(school.EditPeople) {
		err = web.ErrNotFound
	}
	return x, err
}

func (u *UI) showErase(w http.ResponseWriter, r *http.Request, v view, x store.PersonRow, typed, wrong string) error {
	p := &surePage{Frame: u.frame(r, web.T(v.lang, "erase.title", x.Name()))}
	p.Place = []web.Crumb{{Name: v.authority.Name, Href: web.HomePath}, {Name: p.T("people.title"), Href: "/people"}, {Name: x.Name(), Href: personAddress(x.ID)}, {Name: p.T("erase.do")}}
	if x.Devices > 0 {
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("error.person_holds", x.DeviceName), Text: p.T("erase.first"),
			Actions: []web.Action{{Text: p.T("erase.to"), Href: deviceAddress(x.Device)}, {Text: p.T("erase.back"), Href: personAddress(x.ID)}}}
		return u.site.Render(w, r, http.StatusOK, "sure", p)
	}
	p.Confirm = &web.Confirm{ID: "erase", Title: p.T("erase.do"), Text: p.T("erase.text"), Details: []string{p.T("erase.goes"), p.T("erase.stays"), p.T("erase.never")},
		Word: x.Name(), Typed: typed, Error: wrong, Button: p.T("erase.do"), Action: personAddress(x.ID) + "/erase", Cancel: personAddress(x.ID)}
	status := http.StatusOK
	if wrong != "" {
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "sure", p)
}

func (u *UI) erase(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.personToErase(r, v)
	if err != nil {
		return err
	}
	if typed := strings.TrimSpace(r.PostFormValue(web.ConfirmName)); school.Fold(typed) != school.Fold(x.Name()) {
		return u.showErase(w, r, v, x, typed, web.T(v.lang, "erase.typed", x.Name()))
	}
	if err := u.st.ErasePerson(r.Context(), v.by, x.ID); err != nil {
		return err
	}
	u.Wake("deletions", "")
	return u.done(w, r, "/people", "done.erased", "")
}

func init() {
	web.Add(web.Words{
		"views.title":     {"Wer hat nachgesehen", "Who looked"},
		"views.lead":      {"Wer die Seite dieser Person geöffnet hat, einmal am Tag, und wer ihre Daten herausgegeben hat.", "Who opened this person's page, once a day, and who gave its data out."},
		"views.none":      {"Niemand hat nachgesehen.", "Nobody looked."},
		"views.none.text": {"Wer die Seite öffnet, steht wenige Sekunden später hier.", "Who opens the page stands here a few seconds later."},

		"person.privacy":   {"Datenschutz", "Data protection"},
		"person.data.pdf":  {"Auskunft nach Art. 15 als PDF", "Answer to Art. 15 as PDF"},
		"person.data.json": {"Auskunft nach Art. 15 als JSON", "Answer to Art. 15 as JSON"},

		"data.title":           {"Auskunft nach Art. 15 DSGVO", "Answer to Art. 15 GDPR"},
		"data.of":              {"Auskunft nach Art. 15 DSGVO: {1}", "Answer to Art. 15 GDPR: {1}"},
		"data.lead":            {"Alles, was {1} in Ranzen zu dieser Person gespeichert hat. Die JSON-Datei enthält dasselbe mit allen internen Kennungen.", "All that {1} has stored about this person in Ranzen. The JSON file holds the same with all internal ids."},
		"data.file":            {"auskunft", "answer"},
		"data.foot":            {"{1} · Auskunft vom {2}", "{1} · answer of {2}"},
		"data.why":             {"Zweck: {1}", "Purpose: {1}"},
		"data.yes":             {"ja", "yes"},
		"data.no":              {"nein", "no"},
		"data.sources":         {"Woher die Daten stammen", "Where the data comes from"},
		"data.source.hand":     {"von der Schule oder dem Schulträger eingetragen", "entered by the school or the school authority"},
		"data.source.roster":   {"aus Listen der Schule (Schulverwaltungsprogramm, IServ, Apple School Manager) übernommen", "taken from lists of the school (school administration, IServ, Apple School Manager)"},
		"data.source.device":   {"vom iPad gemeldet: nur technische Angaben über das Gerät", "reported by the iPad: technical facts of the device only"},
		"data.recipients":      {"Wer die Daten bekommt", "Who gets the data"},
		"data.to.school":       {"die Schulverwaltung der eigenen Schule", "the administration of the own school"},
		"data.to.authority":    {"die Verwaltung des Schulträgers", "the administration of the school authority"},
		"data.to.operator":     {"der Betrieb des Servers, soweit er Sicherungen aufbewahrt; er sieht keine Namen auf den Seiten", "whoever runs the server, as far as they keep backups; they see no names on the pages"},
		"data.to.apple":        {"Apple erhält die Seriennummer und die Push-Kennung des iPads, aber keine Namen", "Apple receives the serial number and the push token of the iPad, but no names"},
		"data.rights":          {"Ihre Rechte", "Your rights"},
		"data.rights.text":     {"Sie können verlangen, dass falsche Angaben berichtigt, Angaben gelöscht oder nicht weiter verwendet werden (Art. 16 bis 18 DSGVO), und der Verarbeitung widersprechen (Art. 21 DSGVO). Entscheidungen trifft kein Automat.", "You can ask that wrong data is corrected, erased or no longer used (Art. 16 to 18 GDPR), and object to its use (Art. 21 GDPR). No decision is made by a machine."},
		"data.rights.complain": {"Sie können sich bei der Datenschutzaufsicht Ihres Landes beschweren (Art. 77 DSGVO).", "You can complain to the data protection authority of your Land (Art. 77 GDPR)."},

		"data.actor.person": {"Person", "Person"},
		"data.actor.token":  {"Programm", "Program"},
		"data.actor.system": {"Ranzen selbst", "Ranzen itself"},

		"erase.title": {"{1} löschen", "Erase {1}"},
		"erase.do":    {"Endgültig löschen", "Erase for good"},
		"erase.text":  {"Damit wird ein Antrag nach Art. 17 DSGVO erfüllt. Es lässt sich nicht rückgängig machen, auch nicht aus einer Sicherung.", "This fulfils a request under Art. 17 GDPR. It cannot be undone, not from a backup either."},
		"erase.goes":  {"Name, Anmeldename und Adresse, Klassen, Gruppen und alles, was für die Person zugewiesen war, gehen.", "Name, login and address, classes, groups and all that was assigned to the person go."},
		"erase.stays": {"Im Verlauf eines iPads steht weiter, von wann bis wann es jemand hatte, aber nicht wer.", "The history of an iPad still says from when to when somebody had it, but not who."},
		"erase.never": {"Die Löschung steht ohne Namen in einem Verzeichnis und wird nach einer Wiederherstellung wiederholt.", "The erasure stands in a journal without a name and is repeated after a restore."},
		"erase.first": {"Gelöscht wird erst, wenn kein iPad mehr ausgegeben ist.", "Erasing waits until no iPad is issued any more."},
		"erase.to":    {"Zum iPad", "To the iPad"},
		"erase.back":  {"Zurück zur Person", "Back to the person"},
		"erase.typed": {"Tippen Sie „{1}“, um zu löschen.", "Type “{1}” to erase."},
		"done.erased": {"Gelöscht.", "Erased."},

		"person.erased": {"nicht mehr gespeichert", "no longer stored"},
	})
}
