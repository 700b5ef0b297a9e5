package ui

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// A form that changes a thing carries what it showed. When it comes back, fields nobody touched take what others wrote
// there since; a field that two people changed is shown again with both.

// shownField is the hidden field that carries it. It decides nothing about permissions: who leaves it out writes every field.
const shownField = "shown"

// keeping says of a form that it changes a thing that others can change too.
func (p *formPage) keeping() *formPage {
	p.keeps = true
	return p
}

// shown is what the fields of a form say, by name. Passwords are asked, not shown.
func shown(fields []web.Field) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		if f.Kind != web.PasswordField {
			out[f.Name] = oneText(fieldValues(f))
		}
	}
	return out
}

func fieldValues(f web.Field) (out []string) {
	switch f.Kind {
	case web.SelectField, web.RadioField, web.ChecksField:
		for _, o := range f.Options {
			if o.Chosen {
				out = append(out, o.Value)
			}
		}
		if len(out) == 0 && f.Kind == web.SelectField && len(f.Options) > 0 {
			out = []string{f.Options[0].Value} // as browsers do
		}
		return out
	}
	return []string{f.Value}
}

// oneText is values as they are compared: a browser sends lines with CR, and checks in the order of the page.
func oneText(values []string) string {
	values = slices.Clone(values)
	slices.Sort(values)
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(values, "\n"), "\r", ""))
}

// meanwhile reconciles what was sent with what holds now, which is what the fields of p say: it fills in what was not
// touched, and returns a refusal for every field that two people changed. Sent once more, the form has its way.
func (p *formPage) meanwhile(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	var was map[string]string
	if json.Unmarshal([]byte(r.PostForm.Get(shownField)), &was) != nil {
		return nil
	}
	var clashes []error
	for _, f := range p.Fields {
		before, carried := was[f.Name]
		now, typed := oneText(fieldValues(f)), oneText(r.PostForm[f.Name])
		switch {
		case !carried || now == before || now == typed:
		case typed == before:
			r.PostForm[f.Name] = fieldValues(f)
		default:
			clashes = append(clashes, &school.Error{Kind: school.Conflict, Code: "changed_to", Field: f.Name, Args: []any{fieldText(p.Lang, f)}})
		}
	}
	b, err := json.Marshal(shown(p.Fields))
	r.PostForm.Set(shownField, string(b))
	return errors.Join(append(clashes, err)...)
}

// fieldText is what a field says, as people read it.
func fieldText(l web.Lang, f web.Field) string {
	var out []string
	for _, v := range fieldValues(f) {
		for _, o := range f.Options {
			if o.Value == v {
				v = o.Text
			}
		}
		if f.Kind == web.CheckField {
			v = web.T(l, "form.no")
			if f.Value == "1" {
				v = web.T(l, "form.yes")
			}
		}
		out = append(out, v)
	}
	if text := strings.TrimSpace(strings.Join(out, ", ")); text != "" {
		return text
	}
	return web.T(l, "form.nothing")
}

// carry puts what the form shows into it, or what it carried when it was sent.
func (p *formPage) carry(r *http.Request) error {
	if sent := r.PostForm.Get(shownField); sent != "" {
		p.Hidden = append(p.Hidden, web.Hidden{Name: shownField, Value: sent})
		return nil
	}
	b, err := json.Marshal(shown(p.Fields))
	p.Hidden = append(p.Hidden, web.Hidden{Name: shownField, Value: string(b)})
	return err
}

func init() {
	web.Add(web.Words{
		"form.yes":     {"ja", "yes"},
		"form.no":      {"nein", "no"},
		"form.nothing": {"nichts", "nothing"},
	})
}
