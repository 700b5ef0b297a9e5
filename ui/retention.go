package ui

import (
	"net/http"
	"strconv"

	"ranzen/store/school"
	"ranzen/ui/web"
)

const retentionPath = "/admin/retention"

// retentionPage is how long what is kept: each clock with what the next night would take.
func (u *UI) retentionPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.retentionForm(r, v, v.authority.Policy.Privacy.Retention)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) retentionForm(r *http.Request, v view, keep school.Retention) (*formPage, error) {
	if !v.can(school.Settings) {
		return nil, web.ErrNotFound
	}
	due, err := u.st.RetentionDue(r.Context(), v.by, v.authority.Policy.Privacy.Retention)
	if err != nil {
		return nil, err
	}
	p := (&formPage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "retention.lead"), Cancel: "/admin"}).keeping()
	p.Title = p.T("retention.title")
	p.Place = u.adminPlace(&p.Frame, v)
	a := &web.Alert{Kind: web.Note, Title: p.T("retention.tonight")}
	for _, t := range school.Terms {
		if n, counted := due[t.Name]; counted && n > 0 {
			a.Lines = append(a.Lines, p.T("retention.due."+t.Name, n))
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.NumberField, Name: t.Name, Label: p.T("retention.field." + t.Name), Hint: p.T("retention.hint."+t.Name, t.Usual),
			Value: strconv.Itoa(t.In(keep)), Min: strconv.Itoa(t.Least), Max: strconv.Itoa(t.Most)})
	}
	if len(a.Lines) > 0 {
		p.Alert = a
	}
	return p, nil
}

func (u *UI) setRetention(w http.ResponseWriter, r *http.Request, v view) error {
	is, err := u.retentionForm(r, v, v.authority.Policy.Privacy.Retention)
	if err != nil {
		return err
	}
	err = is.meanwhile(r)
	privacy := v.authority.Policy.Privacy
	for _, t := range school.Terms {
		n := countOf(r, t.Name)
		if *t.Days(&privacy.Retention) = n; n == 0 && err == nil {
			err = school.Refuse(t.Name, "days_range", t.Least, t.Most)
		}
	}
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.SetPrivacy(r.Context(), v.by, v.authority.Policy.Privacy, privacy)
	}
	if err != nil {
		p, ferr := u.retentionForm(r, v, privacy.Retention)
		if ferr != nil {
			return ferr
		}
		for i, f := range p.Fields {
			p.Fields[i].Value = r.PostFormValue(f.Name)
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, retentionPath, "done.kept", set)
}

func init() {
	web.Add(web.Words{
		"retention.lead":    {"Nach diesen Fristen löscht Ranzen jede Nacht von selbst. Was gelöscht ist, kommt nicht wieder.", "After these terms Ranzen erases every night by itself. What is erased does not come back."},
		"retention.tonight": {"In der nächsten Nacht wird gelöscht", "Erased in the coming night"},

		"retention.field.loans":  {"Frühere Besitzer eines iPads, Tage nach der Rückgabe", "Former holders of an iPad, days after it was given back"},
		"retention.field.left":   {"Ehemalige ohne iPad, Tage nach dem Abgang", "Leavers without an iPad, days after they left"},
		"retention.field.orders": {"Erledigte Aufträge an iPads, Tage", "Orders to iPads that are done, days"},
		"retention.field.audit":  {"Protokoll, Tage", "Audit log, days"},
		"retention.hint.loans":   {"Üblich sind {1} Tage: So lange lassen sich Schäden geltend machen (§ 606 BGB). Der Verlauf des iPads bleibt, ohne Namen.", "{1} days are usual: damages can be claimed for so long (§ 606 BGB). The history of the iPad stays, without names."},
		"retention.hint.left":    {"Üblich sind {1} Tage. Wer noch ein iPad hat, bleibt, bis es zurück ist.", "{1} days are usual. Who still has an iPad stays until it is back."},
		"retention.hint.orders":  {"Üblich sind {1} Tage, um Störungen nachzugehen.", "{1} days are usual, to look into faults."},
		"retention.hint.audit":   {"Üblich sind {1} Tage. Der Anfang der Kette wird abgeschnitten; der Rest bleibt prüfbar.", "{1} days are usual. The beginning of the chain is cut; the rest can still be verified."},
		"retention.due.loans":    {"Bei {1} {1:Rückgabe|Rückgaben} geht der Name.", "The name goes from {1} {1:return|returns}."},
		"retention.due.left":     {"{1} {1:Person wird|Personen werden} gelöscht.", "{1} {1:person is|people are} erased."},
		"retention.due.orders":   {"{1} {1:Auftrag wird|Aufträge werden} gelöscht.", "{1} {1:order is|orders are} erased."},
	})
}
