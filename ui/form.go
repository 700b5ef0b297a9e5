package ui

import (
	"net/http"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// formPage is the page "form": one thing to fill in, and below it, if there is one, the dangerous act on it.
type formPage struct {
	web.Frame
	Lead    string
	Alert   *web.Alert
	Action  string
	Hidden  []web.Hidden
	Fields  []web.Field
	Submit  string
	Cancel  string // address of the way back
	Confirm *web.Confirm

	keeps bool // carries what it shows, see meanwhile.go
}

// surePage is the page "sure": what an act means, asked before it is done, or why it cannot be.
type surePage struct {
	web.Frame
	Alert   *web.Alert
	Confirm *web.Confirm
}

// showForm answers with a form; a form that was refused is shown again with 422.
func (u *UI) showForm(w http.ResponseWriter, r *http.Request, p *formPage) error {
	if p.Action == "" {
		p.Action = r.URL.Path
	}
	if p.Submit == "" {
		p.Submit = p.T("form.save")
	}
	if p.keeps {
		if err := p.carry(r); err != nil {
			return err
		}
	}
	status := http.StatusOK
	focused := false
	for i := range p.Fields {
		if p.Fields[i].Error != "" {
			status = http.StatusUnprocessableEntity
			if !focused {
				p.Fields[i].Focus, focused = true, true
			}
		}
	}
	if p.Alert != nil && p.Alert.Kind == web.Danger {
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "form", p)
}

// refusal puts the sentences of an error to the fields they speak of; what belongs to no field stands above, in the alert. An
// error that no other input would mend is returned.
func refusal(l web.Lang, err error, fields ...[]web.Field) (*web.Alert, error) {
	said, err := fieldErrors(l, err)
	if err != nil {
		return nil, err
	}
	for _, some := range fields {
		for i, f := range some {
			if text, ok := said[f.Name]; ok {
				some[i].Error = text
				delete(said, f.Name)
			}
		}
	}
	if len(said) == 0 {
		return nil, nil
	}
	a := &web.Alert{Kind: web.Danger, Title: web.T(l, "form.refused")}
	for _, text := range said {
		a.Lines = append(a.Lines, text)
	}
	web.SortBy(l, a.Lines, func(s string) string { return s })
	return a, nil
}

// refuse shows a form again with what was refused.
func (u *UI) refuse(w http.ResponseWriter, r *http.Request, p *formPage, err error) error {
	alert, err := refusal(p.Lang, err, p.Fields)
	if err != nil {
		return err
	}
	if alert != nil {
		p.Alert = alert
	}
	return u.showForm(w, r, p)
}

// with adds fields to a form.
func (p *formPage) with(fields ...web.Field) *formPage {
	p.Fields = append(p.Fields, fields...)
	return p
}

// choose marks the option of a value.
func choose(value string, options ...web.Option) []web.Option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}

// schoolOptions lists the schools where somebody may do something, after a first line if it has a text.
func (u *UI) schoolOptions(r *http.Request, v view, verb school.Verb, first, chosen string) ([]web.Option, error) {
	schools, err := u.st.Schools(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	var out []web.Option
	if first != "" {
		out = append(out, web.Option{Text: first})
	}
	for _, s := range schools {
		if v.at(verb, s.ID) {
			out = append(out, web.Option{Value: string(s.ID), Text: s.Name})
		}
	}
	return choose(chosen, out...), nil
}

func init() {
	web.Add(web.Words{
		"form.save":    {"Speichern", "Save"},
		"form.refused": {"Noch wurde nichts gespeichert", "Nothing has been saved yet"},
	})
}
