package ui

import (
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/ui/web"
)

// endPage deletes an authority with all that is kept of it: asked by one, agreed to by another, stopped by each.
func (u *UI) endPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showEnd(w, r, v, "")
}

func (u *UI) showEnd(w http.ResponseWriter, r *http.Request, v view, wrong string) error {
	e, err := u.st.EndOf(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &surePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("end.title")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("admin.export"), Href: exportPath})
	c := web.Confirm{ID: "end", Title: p.T("end.ask"), Text: p.T("end.text"), Details: []string{p.T("end.goes"), p.T("end.devices"), p.T("end.second"), p.T("end.stays")},
		Word: v.authority.Name, Typed: r.PostFormValue(web.ConfirmName), Error: wrong, Button: p.T("end.do"), Action: endPath, Cancel: exportPath}
	stop := web.Action{Text: p.T("end.stop"), Href: endPath + "/stop", Post: true}
	list := web.Action{Text: p.T("end.enrolled.list", e.Enrolled), Href: "/devices?state=enrolled"}
	switch {
	case e.Enrolled > 0 && e.Due.IsZero():
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("end.enrolled", e.Enrolled), Text: p.T("end.enrolled.text", int(store.EndSilent/(24*time.Hour))), Actions: []web.Action{list}}
		if !e.Asked.IsZero() {
			p.Alert.Actions = append(p.Alert.Actions, stop)
		}
	case e.Enrolled > 0:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("end.due", v.lang.DateTime(e.Due)), Text: p.T("end.again", e.Enrolled), Actions: []web.Action{list, stop}}
	case e.Asked.IsZero():
		p.Confirm = &c
	case e.Due.IsZero() && e.AskedBy == v.by.Account:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("end.waits"), Text: p.T("end.waits.text", v.lang.DateTime(e.Asked)), Actions: []web.Action{stop}}
	case e.Due.IsZero():
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("end.asked", e.AskedOf, v.lang.DateTime(e.Asked)), Actions: []web.Action{stop}}
		c.Title, c.Button, c.Action = p.T("end.agree"), p.T("end.agree.do"), endPath+"/agree"
		p.Confirm = &c
	default:
		p.Alert = &web.Alert{Kind: web.Warning, Title: p.T("end.due", v.lang.DateTime(e.Due)), Text: p.T("end.due.text", e.AskedOf, e.AgreedOf), Actions: []web.Action{stop}}
	}
	status := http.StatusOK
	if wrong != "" {
		if p.Confirm == nil {
			p.Alert.Lines = append(p.Alert.Lines, wrong)
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "sure", p)
}

// endRefused shows what stands against it.
func (u *UI) endRefused(w http.ResponseWriter, r *http.Request, v view, err error) error {
	said, err := fieldErrors(v.lang, err)
	if err != nil {
		return err
	}
	var all []string
	for _, text := range said {
		all = append(all, text)
	}
	return u.showEnd(w, r, v, strings.Join(all, " "))
}

func (u *UI) askEnd(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.AskEnd(r.Context(), v.by, r.PostFormValue(web.ConfirmName)); err != nil {
		return u.endRefused(w, r, v, err)
	}
	return u.done(w, r, endPath, "done.end.asked", "")
}

func (u *UI) agreeEnd(w http.ResponseWriter, r *http.Request, v view) error {
	if _, err := u.st.AgreeEnd(r.Context(), v.by, r.PostFormValue(web.ConfirmName)); err != nil {
		return u.endRefused(w, r, v, err)
	}
	return u.done(w, r, endPath, "done.end.agreed", "")
}

func (u *UI) stopEnd(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.StopEnd(r.Context(), v.by); err != nil {
		return err
	}
	return u.done(w, r, endPath, "done.end.stopped", "")
}

func init() {
	web.Add(web.Words{
		"admin.end":                   {"Schulträger löschen", "Delete the school authority"},
		"admin.text.end":              {"Mit allem, was gespeichert ist, wenn der Betreiber gewechselt hat.", "With all that is stored, once the provider has changed."},
		"end.title":                   {"Schulträger löschen", "Delete the school authority"},
		"end.ask":                     {"Diesen Schulträger mit allem löschen?", "Delete this school authority with everything?"},
		"end.text":                    {"Gedacht für den Wechsel des Betreibers, wenn alles am neuen Ort angekommen ist. Es lässt sich nicht rückgängig machen, auch nicht aus einer Sicherung.", "Meant for changing the provider, once everything has arrived at the new place. It cannot be undone, not from a backup either."},
		"end.goes":                    {"Alle Schulen, Personen, Geräte, Konten, Profile, Schlüssel und das Protokoll gehen.", "All schools, people, devices, accounts, profiles, keys and the audit log go."},
		"end.devices":                 {"Kein iPad ist mehr hier angemeldet. Welche seit Monaten schweigen, behalten ihre Profile und lassen sich nicht mehr steuern.", "No iPad is enrolled here any more. Those silent for months keep their profiles and can no longer be steered."},
		"end.enrolled":                {"{1} {1:iPad ist|iPads sind} noch hier angemeldet", "{1} {1:iPad is|iPads are} still enrolled here"},
		"end.enrolled.text":           {"Sie behielten ihre Profile, und niemand könnte sie mehr abnehmen. Ziehen Sie sie am neuen Ort ein oder nehmen Sie sie hier aus der Verwaltung; danach lässt sich der Schulträger löschen. Wer sich seit {1} Tagen nicht gemeldet hat, zählt nicht.", "They would keep their profiles, and nobody could take these off any more. Enrol them at the new place or take them out of management here; then the school authority can be deleted. Those silent for {1} days do not count."},
		"end.enrolled.list":           {"{1} {1:iPad|iPads} ansehen", "See {1} {1:iPad|iPads}"},
		"end.again":                   {"Inzwischen {1:ist|sind} wieder {1} {1:iPad|iPads} hier angemeldet. Solange das so ist, wird nichts gelöscht.", "{1} {1:iPad is|iPads are} enrolled here again by now. As long as that is so, nothing is deleted."},
		"end.second":                  {"Nötig sind ein Download aller Daten, der nicht älter als 30 Tage ist, und eine zweite Person aus der Verwaltung oder vom Betrieb. Danach bleiben 7 Tage zum Anhalten.", "A download of all data not older than 30 days is needed, and a second person of the administration or of operations. Then 7 days are left to stop it."},
		"end.stays":                   {"Im Verzeichnis der Löschungen bleibt eine Zeile ohne Namen.", "A line without a name stays in the journal of deletions."},
		"end.do":                      {"Löschen beantragen", "Request deletion"},
		"end.stop":                    {"Löschen anhalten", "Stop the deletion"},
		"end.waits":                   {"Es fehlt die Zustimmung einer zweiten Person", "The agreement of a second person is missing"},
		"end.waits.text":              {"Beantragt von Ihnen am {1}. Zustimmen kann hier jede andere Person mit der Rolle „Verwaltung“ oder der Betrieb.", "Requested by you on {1}. Anybody else with the role “Administration” can agree here, or operations."},
		"end.asked":                   {"{1} hat am {2} beantragt, diesen Schulträger zu löschen", "{1} requested on {2} to delete this school authority"},
		"end.agree":                   {"Dem Löschen zustimmen?", "Agree to the deletion?"},
		"end.agree.do":                {"Zustimmen", "Agree"},
		"end.due":                     {"Dieser Schulträger wird am {1} gelöscht", "This school authority will be deleted on {1}"},
		"end.due.text":                {"Beantragt von {1}, zugestimmt hat {2}. Bis dahin kann jede Verwaltung das Löschen anhalten.", "Requested by {1}, agreed to by {2}. Until then every administrator can stop it."},
		"done.end.asked":              {"Beantragt. Es fehlt die Zustimmung einer zweiten Person.", "Requested. The agreement of a second person is missing."},
		"done.end.agreed":             {"Zugestimmt. 7 Tage bleiben zum Anhalten.", "Agreed. 7 days are left to stop it."},
		"done.end.stopped":            {"Angehalten. Nichts wird gelöscht.", "Stopped. Nothing will be deleted."},
		"alarm.authority_ends":        {"Dieser Schulträger soll mit allem gelöscht werden.", "This school authority is to be deleted with everything."},
		"alarm.authority_ends.text":   {"Eine Person aus der Verwaltung hat es beantragt. Sehen Sie nach, und halten Sie es an, wenn es nicht sein soll.", "Somebody of the administration requested it. Have a look, and stop it if it is not meant."},
		"todo.end":                    {"Ansehen", "Have a look"},
		"event.authority.end_asked":   {"Löschen des Schulträgers beantragt", "Deletion of the school authority requested"},
		"event.authority.end_agreed":  {"Dem Löschen des Schulträgers zugestimmt", "Deletion of the school authority agreed to"},
		"event.authority.end_stopped": {"Löschen des Schulträgers angehalten", "Deletion of the school authority stopped"},
		"event.authority.imported":    {"Von einer anderen Installation übernommen", "Taken over from another installation"},
	})
}
