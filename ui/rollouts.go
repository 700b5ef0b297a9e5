package ui

import (
	"net/http"
	"net/url"
	"strconv"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const rolloutsPath = "/rollouts"

// rolloutsPage is how far everything got that was assigned, counted as the iPads reported it: profile by profile, or one of
// them school by school.
func (u *UI) rolloutsPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	at, profile := school.SchoolID(q.Get("school")), school.ProfileID(q.Get("profile"))
	all, err := u.st.Rollouts(r.Context(), v.by, at)
	if err != nil {
		return err
	}
	schools, err := u.st.Schools(r.Context(), v.by)
	if err != nil {
		return err
	}
	calm := map[school.SchoolID]school.Calm{}
	for _, s := range schools {
		calm[s.ID] = s.Calm.Or(v.authority.Policy.Calm)
	}
	if wantsFile(r) {
		return u.rolloutsFile(w, r, v, all)
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("rollouts.title"), p.T("rollouts.lead")
	p.Empty = web.Empty{Title: p.T("rollouts.none"), Text: p.T("rollouts.none.text")}
	p.Files = filesOf(r)
	if profile != "" {
		for _, x := range all {
			if x.Profile == profile {
				p.Title, p.Lead = x.Name, p.T("rollouts.of", formName(v.lang, x.Form))
				p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("rollouts.title"), Href: rolloutsPath})
				p.Actions = []web.Action{{Text: p.T("remedy.profile"), Href: profileAddress(profile)}}
				u.rolloutSchools(p, v, x, calm)
				return u.site.Render(w, r, http.StatusOK, "table", p)
			}
		}
		if _, err := u.st.Profile(r.Context(), v.by, profile); err != nil {
			return err
		}
		p.Place = u.adminPlace(&p.Frame, v)
		return u.site.Render(w, r, http.StatusOK, "table", p)
	}
	p.Place = u.adminPlace(&p.Frame, v)
	if v.extent.Schools > 1 {
		options, err := u.schoolOptions(r, v, school.View, p.T("updates.school.any"), string(at))
		if err != nil {
			return err
		}
		p.Filter = &web.Filter{Action: rolloutsPath, Fields: []web.Field{{Kind: web.SelectField, Name: "school", Label: p.T("devices.school"), Options: options}}}
		if at != "" {
			p.Filter.Reset = rolloutsPath
			p.Lead = p.T("rollouts.calm", calmText(v.lang, calm[at]))
		}
	}
	p.Columns = []web.Column{{Name: p.T("rollouts.what")}, {Name: p.T("profiles.form")}, {Name: p.T("profiles.progress")}, {Name: p.T("rollouts.cannot"), Numeric: true}, {Name: p.T("rollouts.schools"), Numeric: true}}
	for _, x := range all {
		open := 0
		for _, s := range x.Schools {
			if s.Confirmed < s.Total {
				open++
			}
		}
		p.Rows = append(p.Rows, []cell{{Text: x.Name, Href: address(rolloutsPath, url.Values{"profile": {string(x.Profile)}})}, {Text: formName(v.lang, x.Form)},
			{Progress: &web.Progress{Label: x.Name, Done: x.Confirmed, Total: x.Total}}, {Text: p.Lang.Number(int64(x.Impossible)), Numeric: true}, {Text: p.Lang.Number(int64(open)), Numeric: true}})
	}
	if v.extent.Schools == 1 || at != "" {
		p.drop(4)
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// rolloutSchools lists the schools of one profile, with how much each wants at once.
func (u *UI) rolloutSchools(p *tablePage, v view, x store.Rollout, calm map[school.SchoolID]school.Calm) {
	p.Columns = []web.Column{{Name: p.T("devices.school")}, {Name: p.T("profiles.progress")}, {Name: p.T("rollouts.cannot"), Numeric: true}, {Name: p.T("calm.title")}}
	for _, s := range x.Schools {
		name := cell{Text: s.SchoolName, Href: schoolAddress(s.School)}
		if s.School == "" {
			name = cell{Text: p.T("plan.school.none")}
		}
		pace := cell{Text: calmText(v.lang, calm[s.School])}
		if s.School != "" && v.at(school.EditOrg, s.School) {
			pace.Href = schoolAddress(s.School) + "/calm"
		}
		p.Rows = append(p.Rows, []cell{name, {Progress: &web.Progress{Label: s.SchoolName, Done: s.Confirmed, Total: s.Total}}, {Text: p.Lang.Number(int64(s.Impossible)), Numeric: true}, pace})
	}
}

// calmText says how much a school wants at once.
func calmText(l web.Lang, c school.Calm) string {
	switch quiet, pace := c.From != c.Until, c.PerMinute > 0; {
	case quiet && pace:
		return web.T(l, "rollouts.calm.both", clockOf(c.From, true), clockOf(c.Until, true), c.PerMinute)
	case quiet:
		return web.T(l, "rollouts.calm.quiet", clockOf(c.From, true), clockOf(c.Until, true))
	case pace:
		return web.T(l, "rollouts.calm.pace", c.PerMinute)
	}
	return web.T(l, "rollouts.calm.none")
}

func (u *UI) rolloutsFile(w http.ResponseWriter, r *http.Request, v view, all []store.Rollout) error {
	t := func(key string) string { return web.T(v.lang, key) }
	return sendList(w, r, t("rollouts.file"), []string{t("rollouts.what"), t("profiles.form"), t("devices.school"), t("rollouts.total"), t("profiles.progress"), t("rollouts.cannot")}, func(yield func([]string, error) bool) {
		for _, x := range all {
			for _, s := range x.Schools {
				if !yield([]string{x.Name, formName(v.lang, x.Form), s.SchoolName, strconv.Itoa(s.Total), strconv.Itoa(s.Confirmed), strconv.Itoa(s.Impossible)}, nil) {
					return
				}
			}
		}
	})
}

func init() {
	web.Add(web.Words{
		"admin.rollouts":      {"Ausrollen", "Roll-outs"},
		"admin.text.rollouts": {"Wie weit jedes zugewiesene Profil an welcher Schule ist.", "How far each assigned profile got at which school."},
		"rollouts.title":      {"Ausrollen", "Roll-outs"},
		"rollouts.lead":       {"Gezählt wird, was die iPads bestätigt haben. Was noch nicht überall ist, steht oben.", "Counted is what the iPads confirmed. What is not everywhere yet stands at the top."},
		"rollouts.of":         {"{1}, Schule für Schule. Was noch nicht überall ist, steht oben.", "{1}, school by school. What is not everywhere yet stands at the top."},
		"rollouts.calm":       {"Tempo und Ruhezeit dieser Schule: {1}.", "Pace and quiet hours of this school: {1}."},
		"rollouts.calm.both":  {"Ruhezeit {1} bis {2}, sonst {3} in der Minute", "quiet from {1} until {2}, otherwise {3} a minute"},
		"rollouts.calm.quiet": {"Ruhezeit {1} bis {2}", "quiet from {1} until {2}"},
		"rollouts.calm.pace":  {"{1} in der Minute", "{1} a minute"},
		"rollouts.calm.none":  {"so schnell es geht", "as fast as possible"},
		"rollouts.what":       {"Was", "What"},
		"rollouts.cannot":     {"Nicht möglich", "Not possible"},
		"rollouts.schools":    {"Schulen offen", "Schools open"},
		"rollouts.total":      {"iPads", "iPads"},
		"rollouts.file":       {"ausrollen", "rollouts"},
		"rollouts.none":       {"Noch nichts auszurollen", "Nothing to roll out yet"},
		"rollouts.none.text":  {"Weisen Sie ein Profil oder ein Update zu; hier steht dann, wie weit es an jeder Schule ist.", "Assign a profile or an update; this page then says how far it got at each school."},
	})
}
