package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// Groups by rule: the form of the rule, its plan, and the devices that belong to it.

// ruledForm asks for the name and the rule of a group. What is saved goes by a plan, because it may give or take profiles.
func (u *UI) ruledForm(r *http.Request, v view, g store.GroupRow) (*formPage, error) {
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Action: "/groups/new", Cancel: "/groups", Hidden: []web.Hidden{{Name: "by", Value: "rule"}}}
	p.Title, p.Lead, p.Submit = p.T("grouprule.new"), p.T("grouprule.lead"), p.T("assign.submit")
	if err := u.groupBasis(p, r, v, g, "grouprule.name.hint", "grouprule.archive.text"); err != nil {
		return nil, err
	}
	schools, err := u.st.Schools(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	known, err := u.st.RuleValues(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	rule := g.Rule
	p.Fields = append(p.Fields,
		ruleChecks(p, "kinds", rule.Kinds, school.RuleKinds, "grouprule.kind."),
		ruleChecks(p, "ownership", rule.Ownership, school.Ownerships, "ownership."),
		ruleTexts(p, "models", rule.Models, known.Models),
		web.Field{Name: "os_below", Label: p.T("grouprule.field.os_below"), Hint: p.T("grouprule.field.os.hint"), Value: rule.OSBelow, Optional: true, MaxLength: 15, Autocomplete: "off"},
		web.Field{Name: "os_from", Label: p.T("grouprule.field.os_from"), Value: rule.OSFrom, Optional: true, MaxLength: 15, Autocomplete: "off"},
		web.Field{Kind: web.NumberField, Name: "free_below", Label: p.T("grouprule.field.free_below"), Value: numberOr(rule.FreeBelow), Optional: true, Min: "1", Max: strconv.Itoa(school.MostFreeBelow)},
		web.Field{Kind: web.NumberField, Name: "unseen", Label: p.T("grouprule.field.unseen"), Hint: p.T("grouprule.field.unseen.hint"), Value: numberOr(rule.Unseen), Optional: true, Min: "1", Max: strconv.Itoa(school.MostUnseen)},
		web.Field{Kind: web.CheckField, Name: "worn", Label: p.T("grouprule.field.worn"), Value: flagValue(rule.Worn)})
	if len(known.Grades) > 0 || len(rule.Grades) > 0 {
		p.Fields = append(p.Fields, ruleTexts(p, "grades", rule.Grades, known.Grades))
	}
	if g.School == "" && len(schools) > 1 {
		var types []string
		f := web.Field{Kind: web.ChecksField, Name: "schools", Label: p.T("grouprule.field.schools"), Optional: true}
		for _, s := range schools {
			if s.Type != "" && !slices.Contains(types, s.Type) {
				types = append(types, s.Type)
			}
			f.Options = append(f.Options, web.Option{Value: string(s.ID), Text: s.Name, Chosen: slices.Contains(rule.Schools, s.ID)})
		}
		web.SortBy(v.lang, types, func(s string) string { return s })
		if len(types) > 1 {
			p.Fields = append(p.Fields, ruleTexts(p, "types", rule.Types, types))
		}
		p.Fields = append(p.Fields, f)
	}
	p.Place = u.orgPlace(&p.Frame, v, school.School{}, web.Crumb{Name: p.T("admin.groups"), Href: "/groups"})
	return p, nil
}

// ruleChecks offers values that have words of their own.
func ruleChecks[S ~string](p *formPage, name string, chosen, known []S, words string) web.Field {
	f := web.Field{Kind: web.ChecksField, Name: name, Label: p.T("grouprule.field." + name), Optional: true}
	for _, x := range known {
		f.Options = append(f.Options, web.Option{Value: string(x), Text: p.T(words + string(x)), Chosen: slices.Contains(chosen, x)})
	}
	return f
}

func numberOr(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func flagValue(is bool) string {
	if is {
		return "1"
	}
	return ""
}

// ruleTexts offers values that are texts of the world, and keeps those chosen that are there no more.
func ruleTexts(p *formPage, name string, chosen, known []string) web.Field {
	f := web.Field{Kind: web.ChecksField, Name: name, Label: p.T("grouprule.field." + name), Optional: true}
	for _, x := range chosen {
		if !slices.Contains(known, x) {
			known = append(known, x)
		}
	}
	for _, x := range known {
		f.Options = append(f.Options, web.Option{Value: x, Text: x, Chosen: slices.Contains(chosen, x)})
	}
	if len(f.Options) == 0 {
		f.Hint = p.T("grouprule.field." + name + ".none")
	}
	return f
}

// groupRuleIn reads a rule from a form. What is no number is refused by its field.
func groupRuleIn(form url.Values) (r school.Rule, err error) {
	for _, s := range form["schools"] {
		r.Schools = append(r.Schools, school.SchoolID(s))
	}
	for _, o := range form["ownership"] {
		r.Ownership = append(r.Ownership, school.Ownership(o))
	}
	for _, k := range form["kinds"] {
		r.Kinds = append(r.Kinds, school.PersonKind(k))
	}
	r.Types, r.Grades, r.Models = form["types"], form["grades"], form["models"]
	r.OSFrom, r.OSBelow, r.Worn = form.Get("os_from"), form.Get("os_below"), form.Get("worn") == "1"
	for _, n := range []struct {
		name string
		to   *int
		most int
	}{{"free_below", &r.FreeBelow, school.MostFreeBelow}, {"unseen", &r.Unseen, school.MostUnseen}} {
		text := strings.TrimSpace(form.Get(n.name))
		if text == "" {
			continue
		}
		if *n.to, err = strconv.Atoi(text); err != nil || *n.to < 1 || *n.to > n.most {
			return r, school.Refuse(n.name, "rule_range", 1, n.most)
		}
	}
	return r, nil
}

// planGroup makes a plan of a group by rule, a new one or another rule of one, and goes to it.
func (u *UI) planGroup(w http.ResponseWriter, r *http.Request, v view, g store.GroupRow) error {
	rule, err := groupRuleIn(r.PostForm)
	g.Rule = rule
	var p school.Plan
	if err == nil {
		p, err = u.st.Plan(r.Context(), v.by, school.Change{Kind: school.ChangeGroup, Group: school.Group{ID: g.ID, School: g.School, Name: g.Name, Rule: g.Rule}}, mdm.Preview)
	}
	if err != nil {
		form, ferr := u.ruledForm(r, v, g)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, form, err)
	}
	return web.Redirect(w, r, planAddress(p.ID, "/groups/"+string(p.Change.Group.ID)))
}

// ruled adds to the page of a group what a rule makes of it: the rule in words, and its devices.
func (u *UI) ruled(r *http.Request, v view, p *groupPage, g store.GroupRow) error {
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	p.Rule = web.GroupRule(v.lang, g.Rule, g.SchoolName, names)
	page, err := u.st.Devices(r.Context(), v.by, store.DeviceFilter{Group: g.ID, After: r.URL.Query().Get("after")})
	if err != nil {
		return err
	}
	for _, d := range page.Rows {
		p.Devices = append(p.Devices, v.deviceLine(&p.Frame, d))
	}
	p.Pager = keyPager(r, len(page.Rows), page.Next)
	p.Pager.Total, p.Pager.More = g.Devices, false
	p.Empty = web.Empty{Title: p.T("grouprule.empty"), Text: p.T("grouprule.empty.text")}
	if len(page.Rows) > 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("grouprule.list"), Href: "/devices?group=" + url.QueryEscape(string(g.ID))})
	}
	return nil
}

func init() {
	web.Add(web.Words{
		"grouprule.new":               {"Gruppe nach Regel anlegen", "Add a group by rule"},
		"grouprule.lead":              {"Wählen Sie, was ein iPad ausmacht. Es gehört dazu, solange alles Gewählte zutrifft; kommt oder geht eines, geschieht das von selbst. Danach sehen Sie, welche iPads es trifft.", "Choose what makes an iPad belong. It does as long as all that is chosen is true; it comes and goes by itself. Next you see which iPads it affects."},
		"grouprule.name.hint":         {"Zum Beispiel „Zu altes iPadOS“ oder „Lehrkräfte“.", "Such as “iPadOS too old” or “Teachers”."},
		"grouprule.archive.text":      {"Die Regel gilt nicht mehr, und was der Gruppe zugewiesen ist, auch nicht.", "The rule no longer holds, nor does what is assigned to the group."},
		"grouprule.empty":             {"Zurzeit passt kein iPad zur Regel", "No iPad fits the rule at present"},
		"grouprule.empty.text":        {"Sobald eines passt, kommt es von selbst dazu.", "As soon as one fits it joins by itself."},
		"grouprule.list":              {"In der Geräteliste zeigen", "Show in the list of devices"},
		"grouprule.devices":           {"Welche iPads dazugehören", "Which iPads belong to it"},
		"grouprule.is":                {"nach Regel", "by rule"},
		"grouprule.field.kinds":       {"Bei wem das iPad ist oder hin soll", "With whom the iPad is or will be"},
		"grouprule.field.ownership":   {"Eigentum", "Ownership"},
		"grouprule.field.models":      {"Modell", "Model"},
		"grouprule.field.models.none": {"Noch hat kein iPad gesagt, welches Modell es ist.", "No iPad has said its model yet."},
		"grouprule.field.grades":      {"Jahrgang", "Grade"},
		"grouprule.field.types":       {"Schulform", "Type of school"},
		"grouprule.field.schools":     {"Schulen", "Schools"},
		"grouprule.field.os_below":    {"iPadOS älter als", "iPadOS older than"},
		"grouprule.field.os_from":     {"iPadOS ab", "iPadOS from"},
		"grouprule.field.os.hint":     {"Zum Beispiel 17.5.", "Such as 17.5."},
		"grouprule.field.free_below":  {"Freier Speicher unter (GB)", "Free storage below (GB)"},
		"grouprule.field.unseen":      {"Nicht gesehen seit (Tagen)", "Not seen for (days)"},
		"grouprule.field.unseen.hint": {"Meldet sich das iPad, verlässt es die Gruppe innerhalb von zehn Minuten.", "When the iPad calls, it leaves the group within ten minutes."},
		"grouprule.field.worn":        {"Akku sollte getauscht werden", "Battery should be replaced"},
		"plan.group":                  {"Vorschau: Gruppe „{1}“", "Preview: group “{1}”"},
		"plan.same.joins":             {"gehört künftig dazu; am iPad ändert sich nichts", "belongs to it from now on; nothing changes on the iPad"},
		"plan.same.leaves":            {"gehört nicht mehr dazu; am iPad ändert sich nichts", "belongs to it no more; nothing changes on the iPad"},
		"plan.same.stays":             {"gehört weiter dazu", "still belongs to it"},
		"plan.submit.group":           {"Gruppe speichern", "Save the group"},
		"done.group.ruled":            {"Gespeichert. Die Regel gilt ab jetzt.", "Saved. The rule holds from now on."},
	})
}
