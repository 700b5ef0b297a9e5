package ui

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const assignPath = "/assign"

// assignAddress is the form that assigns something to a scope. back is the page to return to.
func assignAddress(s school.Scope, back string) string {
	return assignPath + "?" + url.Values{"level": {s.Level.String()}, "scope": {s.ID}, "back": {back}}.Encode()
}

// assignPage is the page "assign".
type assignPage struct {
	web.Frame
	Lead   string
	Alert  *web.Alert
	Hidden []web.Hidden
	Fields []web.Field
	Submit string
	Back   string
	Empty  *web.Empty
}

// assignForm asks what is assigned: to a scope that stands in the address, or of a profile that stands there, where.
func (u *UI) assignForm(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showAssign(w, r, v, r.URL.Query(), nil)
}

// showAssign shows the form with what was typed, and what was refused.
func (u *UI) showAssign(w http.ResponseWriter, r *http.Request, v view, q url.Values, refused error) error {
	said, err := fieldErrors(v.lang, refused)
	if err != nil {
		return err
	}
	back := localTarget(q.Get("back"))
	p := &assignPage{Back: back, Hidden: []web.Hidden{{Name: "kind", Value: string(school.ChangeAssign)}, {Name: "back", Value: back}}}
	scope, ok := levelScope(q)
	if !v.by.CanSomewhere(school.Assign, v.by.Tenant) {
		return web.ErrNotFound
	}
	var at school.SchoolID
	var way []web.Crumb
	title := web.T(v.lang, "assign.title")
	if ok {
		names, err := u.st.ScopeNames(r.Context(), v.by, []school.Scope{scope})
		if err != nil {
			return err
		}
		name, seen := names[scope]
		if !seen {
			return web.ErrNotFound
		}
		if at, err = u.schoolOfScope(r.Context(), v, scope); err != nil {
			return err
		}
		if !v.at(school.Assign, at) {
			return web.ErrNotFound
		}
		to := web.Through(v.lang, scope.Level, name)
		if scope.Level == school.AtDevice || scope.Level == school.AtPerson {
			to = name
		}
		title = web.T(v.lang, "assign.to", to)
		way = append(way, web.Crumb{Name: to, Href: back})
		p.Hidden = append(p.Hidden, web.Hidden{Name: "level", Value: scope.Level.String()}, web.Hidden{Name: "scope", Value: scope.ID})
	}
	p.Frame = u.frame(r, title, append(way, web.Crumb{Name: web.T(v.lang, "assign.title")})...)
	p.Lead = p.T("assign.lead")
	profiles, open, err := u.profileField(r.Context(), v, q, at, ok)
	if err != nil {
		return err
	}
	if open == 0 {
		p.Empty = &web.Empty{Title: p.T("assign.none"), Text: p.T("assign.none.text")}
		if v.by.CanSomewhere(school.EditProfiles, v.by.Tenant) {
			p.Empty.Actions = []web.Action{{Text: p.T("assign.none.make"), Href: "/profiles", Primary: true}}
		}
		return u.site.Render(w, r, http.StatusOK, "assign", p)
	}
	p.Fields = append(p.Fields, profiles)
	if !ok {
		where, err := u.whereField(r.Context(), v, q)
		if err != nil {
			return err
		}
		p.Fields = append(p.Fields, where)
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.RadioField, Name: "mode", Label: p.T("assign.mode"), Options: choose(orElse(q.Get("mode"), string(school.Required)),
		web.Option{Value: string(school.Required), Text: p.T("assign.required")},
		web.Option{Value: string(school.Available), Text: p.T("assign.available"), Hint: p.T("assign.available.hint")},
		web.Option{Value: string(school.Excluded), Text: p.T("assign.excluded"), Hint: p.T("assign.excluded.hint")})})
	if v.at(school.Fix, at) && (!ok || scope.Level < school.AtDevice) {
		p.Fields = append(p.Fields, web.Field{Kind: web.CheckField, Name: "fixed", Label: p.T("assign.fixed"), Hint: p.T("assign.fixed.hint"), Value: q.Get("fixed")})
	}
	p.Submit = p.T("assign.submit")
	status := http.StatusOK
	for i, f := range p.Fields {
		if text, wrong := said[f.Name]; wrong {
			p.Fields[i].Error = text
			delete(said, f.Name)
			status = http.StatusUnprocessableEntity
		}
	}
	for _, text := range said {
		status = http.StatusUnprocessableEntity
		if p.Alert == nil {
			p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("assign.refused")}
		}
		p.Alert.Lines = append(p.Alert.Lines, text)
	}
	return u.site.Render(w, r, status, "assign", p)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// schoolOfScope is the school a scope stands at; empty above schools.
func (u *UI) schoolOfScope(ctx context.Context, v view, s school.Scope) (school.SchoolID, error) {
	switch s.Level {
	case school.AtSchool:
		return school.SchoolID(s.ID), nil
	case school.AtGrade:
		at, _ := s.SchoolOfGrade()
		return at, nil
	case school.AtClass:
		c, err := u.st.ClassByID(ctx, v.by, school.ClassID(s.ID))
		return c.School, err
	case school.AtGroup:
		g, err := u.st.GroupByID(ctx, v.by, school.GroupID(s.ID))
		return g.School, err
	case school.AtPerson:
		p, err := u.st.PersonByID(ctx, v.by, school.PersonID(s.ID))
		return p.School, err
	case school.AtDevice:
		d, err := u.st.DeviceByID(ctx, v.by, school.DeviceID(s.ID))
		return d.School, err
	}
	return "", nil
}

// profileField offers the published profiles that may hang there and do not yet. What is fixed above stands there with
// its reason and cannot be chosen.
func (u *UI) profileField(ctx context.Context, v view, q url.Values, at school.SchoolID, scoped bool) (f web.Field, open int, err error) {
	f = web.Field{Kind: web.SelectField, Name: "profile", Label: web.T(v.lang, "assign.profile")}
	there := map[school.ProfileID]bool{}
	if scope, ok := levelScope(q); ok && scoped {
		filter := store.AssignmentFilter{Scope: scope, Limit: store.MaxPage}
		for {
			page, err := u.st.Assignments(ctx, v.by, filter)
			if err != nil {
				return f, 0, err
			}
			for _, a := range page.Rows {
				there[a.Profile] = true
			}
			if filter.After = page.Next; filter.After == "" {
				break
			}
		}
	}
	fixed, err := u.fixedAbove(ctx, v, q, scoped)
	if err != nil {
		return f, 0, err
	}
	filter := store.ProfileFilter{Limit: store.MaxPage}
	for {
		page, err := u.st.Profiles(ctx, v.by, filter)
		if err != nil {
			return f, 0, err
		}
		for _, x := range page.Rows {
			if x.Number == 0 || there[x.ID] || x.School != "" && scoped && x.School != at {
				continue
			}
			option := web.Option{Value: string(x.ID), Text: web.T(v.lang, "assign.option", x.Name, x.Number), Chosen: string(x.ID) == q.Get("profile")}
			if x.Form == store.AppForm {
				option.Text = web.T(v.lang, "assign.option.app", x.Name)
			}
			if through, is := fixed[x.ID]; is {
				option.Text, option.Disabled, option.Chosen = web.T(v.lang, "assign.option.fixed", option.Text, through), true, false
			} else {
				open++
			}
			f.Options = append(f.Options, option)
		}
		if filter.After = page.Next; filter.After == "" {
			return f, open, nil
		}
	}
}

// fixedAbove says of the profiles that are fixed further up through what they are.
func (u *UI) fixedAbove(ctx context.Context, v view, q url.Values, scoped bool) (map[school.ProfileID]string, error) {
	out := map[school.ProfileID]string{}
	scope, ok := levelScope(q)
	if !ok || !scoped {
		return out, nil
	}
	rows, err := u.st.Valid(ctx, v.by, scope)
	for _, a := range rows {
		if a.Fixed && a.Scope.Level < scope.Level {
			out[a.Profile] = web.Through(v.lang, a.Scope.Level, a.ScopeName)
		}
	}
	return out, err
}

// whereField offers the scopes of an authority down to its schools; what is nearer is assigned from its own page.
func (u *UI) whereField(ctx context.Context, v view, q url.Values) (web.Field, error) {
	f := web.Field{Kind: web.SelectField, Name: "where", Label: web.T(v.lang, "assign.where"), Hint: web.T(v.lang, "assign.where.hint")}
	rows, err := u.st.Schools(ctx, v.by)
	if err != nil {
		return f, err
	}
	add := func(s school.Scope, text string) {
		f.Options = append(f.Options, web.Option{Value: s.Level.String() + ":" + s.ID, Text: text, Chosen: q.Get("where") == s.Level.String()+":"+s.ID})
	}
	if v.can(school.Assign) {
		add(school.Scope{Level: school.AtAuthority, ID: string(v.by.Tenant)}, web.T(v.lang, "assign.everywhere", v.authority.Name))
		types := map[string]bool{}
		for _, s := range rows {
			if s.Type != "" && !types[s.Type] {
				types[s.Type] = true
				add(school.Scope{Level: school.AtSchoolType, ID: s.Type}, web.Through(v.lang, school.AtSchoolType, s.Type))
			}
		}
	}
	for _, s := range rows {
		if v.at(school.Assign, s.ID) {
			add(school.Scope{Level: school.AtSchool, ID: string(s.ID)}, s.Name)
		}
	}
	return f, nil
}

// assign makes a plan of what a form asks for and goes to it. Nothing is changed yet.
//
// The form values are kind (assign, unassign, version, move) and back; to assign: level and scope, or where
// ("level:scope"), profile, mode, fixed, version (none: the newest); otherwise: assignment and version; to move: device,
// several times, or the marks of the list of devices, and to ("school:id" or "class:id") or school and class.
func (u *UI) assign(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	form := r.PostForm
	c, err := u.changeOf(r, v)
	if err != nil {
		return err
	}
	p, err := u.st.Plan(r.Context(), v.by, c, mdm.Preview)
	if err != nil {
		if c.Kind == school.ChangeAssign && len(school.Refusals(err)) > 0 && school.KindOf(err) != school.NotFound {
			return u.showAssign(w, r, v, form, err)
		}
		return err
	}
	return web.Redirect(w, r, planAddress(p.ID, localTarget(form.Get("back"))))
}

// changeOf reads a change from a form.
func (u *UI) changeOf(r *http.Request, v view) (school.Change, error) {
	form := r.PostForm
	c := school.Change{Kind: school.ChangeKind(form.Get("kind"))}
	switch c.Kind {
	case school.ChangeAssign:
		scope, ok := levelScope(form)
		if level, id, cut := strings.Cut(form.Get("where"), ":"); cut && !ok {
			scope, ok = levelScope(url.Values{"level": {level}, "scope": {id}})
		}
		if !ok {
			return c, web.ErrNotFound
		}
		c.Assignment = school.Assignment{Scope: scope, Profile: school.ProfileID(form.Get("profile")), Version: school.VersionID(form.Get("version")),
			Mode: school.Mode(orElse(form.Get("mode"), string(school.Required))), Fixed: form.Get("fixed") == "1"}
	case school.ChangeUnassign, school.ChangeVersion:
		c.Assignment.ID = school.AssignmentID(form.Get("assignment"))
		if form.Get("version") != "" {
			c.New = &school.Version{ID: school.VersionID(form.Get("version"))}
		}
	case school.ChangeMove:
		for _, d := range form["device"] {
			c.Devices = append(c.Devices, school.DeviceID(d))
		}
		if person := school.PersonID(form.Get("person")); person != "" {
			c.Person, c.Letters = person, web.TransferLetters()
		} else if len(c.Devices) == 0 {
			ids, _, _, err := u.marked(r, v)
			if err != nil {
				return c, err
			}
			c.Devices = ids
		}
		c.To = school.Placement{School: school.SchoolID(form.Get("school")), Class: school.ClassID(form.Get("class"))}
		switch kind, id, _ := strings.Cut(form.Get("to"), ":"); kind {
		case "school":
			c.To.School = school.SchoolID(id)
		case "class":
			c.To.Class = school.ClassID(id)
		}
	}
	return c, nil
}

func init() {
	web.Add(web.Words{
		"assign.title":          {"Zuweisen", "Assign"},
		"assign.to":             {"Zuweisen: {1}", "Assign: {1}"},
		"assign.lead":           {"Danach sehen Sie, welche iPads es trifft. Bis dahin ändert sich nichts.", "Next you see which iPads it affects. Nothing changes until then."},
		"assign.profile":        {"Profil oder App", "Profile or app"},
		"assign.option.fixed":   {"{1} – fest durch {2}", "{1} – fixed by {2}"},
		"assign.option.app":     {"{1} (App)", "{1} (app)"},
		"assign.option":         {"{1}, Fassung {2}", "{1}, version {2}"},
		"assign.where":          {"Wo es gilt", "Where it applies"},
		"assign.where.hint":     {"Für Klassen, Gruppen, Personen und einzelne iPads: auf deren Seite.", "For classes, groups, people and single iPads: on their page."},
		"assign.everywhere":     {"Alle Schulen ({1})", "All schools ({1})"},
		"assign.mode":           {"Was gilt", "What applies"},
		"assign.required":       {"bekommen es", "get it"},
		"assign.available":      {"können die App bekommen", "may be given the app"},
		"assign.available.hint": {"Nur bei Apps: Sie wird nicht von selbst installiert. Auf der Seite einer Klasse, Person oder eines iPads lässt sie sich zuweisen.", "Apps only: it is not installed by itself. It can be assigned on the page of a class, person or iPad."},
		"assign.excluded":       {"bekommen es nicht", "do not get it"},
		"assign.excluded.hint":  {"Auch wenn es weiter oben zugewiesen ist. Was weiter oben fest ist, bleibt.", "Even if it is assigned further up. What is fixed further up stays."},
		"assign.fixed":          {"fest: darunter kann niemand etwas anderes festlegen", "fixed: nobody below can decide otherwise"},
		"assign.fixed.hint":     {"Etwa für Regeln, die an allen Schulen gelten sollen.", "For rules that shall apply at all schools, for instance."},
		"assign.submit":         {"Vorschau ansehen", "See preview"},
		"assign.refused":        {"So geht es nicht; nichts wurde geändert.", "This does not work; nothing was changed."},
		"assign.none":           {"Hier lässt sich kein weiteres Profil zuweisen.", "No further profile can be assigned here."},
		"assign.none.text":      {"Zuweisen kann man veröffentlichte Profile, die hier noch nicht zugewiesen und nicht weiter oben fest vorgegeben sind.", "Profiles can be assigned that are published, not assigned here yet and not fixed further up."},
		"assign.none.make":      {"Zu den Profilen", "To the profiles"},
	})
}
