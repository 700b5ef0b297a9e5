package ui

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/sheet"
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

func (u *UI) personJSON(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.personData(r, v)
	if err != nil {
		return err
	}
	b, err := json.MarshalIndent(sheet.AnswerOf(v.reads(), d), "", "  ")
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
	return sendSheet(w, sheet.AnswerSheet(v.reads(), d), v.lang, d.Made, web.T(v.lang, "data.file"))
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
