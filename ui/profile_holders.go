package ui

import (
	"net/http"
	"net/url"
	"strconv"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// holdersView says who has a profile: its assignments from the authority down, each with how far it got.
type holdersView struct {
	Rows  []holderLine
	Pager *web.Pager
	Empty web.Empty
	Every string // how often the block asks anew
}

type holderLine struct {
	Name     string
	Href     string
	Version  string
	Old      bool // not the newest version
	Since    web.When
	By       string
	Fixed    bool
	Excluded bool
	Progress *web.Progress
	Sum      string
	Actions  []web.Action
}

// holdersPerPage bounds what the page counts: the progress of every assignment on it is counted for its own scope.
const holdersPerPage = 15

func (u *UI) profileHolders(w http.ResponseWriter, r *http.Request, v view) error {
	p, x, err := u.openProfile(r, v, tabHolders)
	if err != nil {
		return err
	}
	ctx := r.Context()
	list, err := u.st.Assignments(ctx, v.by, store.AssignmentFilter{Profile: x.ID, After: r.URL.Query().Get("after"), Limit: holdersPerPage})
	if err != nil {
		return err
	}
	h := &holdersView{Pager: keyPager(r, len(list.Rows), list.Next), Every: "every 15s", Empty: web.Empty{Title: p.T("holders.none"), Text: p.T("holders.none.text")}}
	switch {
	case x.Number == 0:
		h.Empty.Text = p.T("holders.none.draft")
	case v.by.CanSomewhere(school.Assign, v.by.Tenant) && !x.Archived:
		h.Empty.Actions = []web.Action{{Text: p.T("profile.assign"), Href: assignPath + "?profile=" + url.QueryEscape(string(x.ID))}}
	}
	for _, a := range list.Rows {
		line := holderLine{Name: web.Through(v.lang, a.Scope.Level, a.ScopeName), Href: scopeAddress(a.Scope), Version: p.T("profile.number", a.Number), Old: a.Number < a.Latest,
			Since: p.When(later(a.Created, a.From)), By: a.By, Fixed: a.Fixed, Excluded: a.Mode == school.Excluded}
		if !line.Excluded {
			if line.Progress, line.Sum, err = u.progressOf(r, v, x.ID, a); err != nil {
				return err
			}
			if line.Progress != nil && !line.Progress.Complete() {
				h.Every = "every 3s"
			}
		}
		a.Own = true
		line.Actions = v.assignmentActions(a, a.School, profileAddress(x.ID)+"/"+tabHolders)
		for i := range line.Actions {
			line.Actions[i].About = line.Name
		}
		h.Rows = append(h.Rows, line)
	}
	p.Holders = h
	return u.site.Render(w, r, http.StatusOK, "profile", p)
}

// progressOf counts one assignment where it decides. Where another one wins, it has nothing to count.
func (u *UI) progressOf(r *http.Request, v view, id school.ProfileID, a store.AssignmentRow) (*web.Progress, string, error) {
	list, err := u.st.Progress(r.Context(), v.by, a.Scope)
	if school.KindOf(err) == school.NotFound { // a person or device this actor does not see
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	for _, p := range list {
		if p.Via.Profile != id {
			continue
		}
		if p.Via.ID != a.ID {
			return nil, web.T(v.lang, "holders.overruled"), nil
		}
		sum := sumOf(v.lang, p)
		if p.Total == 0 {
			return nil, sum, nil
		}
		return &web.Progress{Label: web.T(v.lang, "given.label", web.Through(v.lang, a.Scope.Level, a.ScopeName)), Done: p.Confirmed, Total: p.Total}, sum, nil
	}
	return nil, web.T(v.lang, "holders.overruled"), nil
}

// scopeAddress is the page of what an assignment hangs on; empty where it has none.
func scopeAddress(s school.Scope) string {
	switch s.Level {
	case school.AtSchool:
		return schoolAddress(school.SchoolID(s.ID))
	case school.AtGrade:
		return gradeAddress(s.SchoolOfGrade())
	case school.AtClass:
		return classAddress(school.ClassID(s.ID))
	case school.AtGroup:
		return "/groups/" + url.PathEscape(s.ID)
	case school.AtPerson:
		return personAddress(school.PersonID(s.ID))
	case school.AtDevice:
		return deviceAddress(school.DeviceID(s.ID))
	}
	return ""
}

// versionLine is one version in the list of a profile.
type versionLine struct {
	Name     string
	Href     string
	Draft    bool
	At       web.When
	Problems string
	Assigned string
	Download string
}

func (u *UI) profileVersions(w http.ResponseWriter, r *http.Request, v view) error {
	p, x, err := u.openProfile(r, v, tabVersions)
	if err != nil {
		return err
	}
	const perPage = 50
	list, err := u.st.Versions(r.Context(), v.by, x.ID, atoi(r.URL.Query().Get("before")), perPage)
	if err != nil {
		return err
	}
	may := v.at(school.EditProfiles, x.School)
	for _, n := range list {
		line := versionLine{Name: p.T("profile.number", n.Number), Href: versionAddress(n.ID), At: p.When(n.Published), Assigned: p.T("profile.nowhere")}
		if n.Number == 0 {
			line.Draft, line.Name, line.At, line.Assigned = true, p.T("profiles.draft"), p.When(n.Created), ""
		}
		if n.Assignments > 0 {
			line.Assigned = p.T("profile.places", n.Assignments)
		}
		if len(n.Content.Problems) > 0 {
			line.Problems = p.T("versions.problems", len(n.Content.Problems))
		}
		if may {
			line.Download = versionAddress(n.ID) + "/download"
		}
		p.Versions = append(p.Versions, line)
	}
	if last := len(list) - 1; last+1 == perPage && list[last].Number > 1 {
		p.Earlier = address(r.URL.Path, url.Values{"before": {strconv.Itoa(list[last].Number)}})
	}
	return u.site.Render(w, r, http.StatusOK, "profile", p)
}

func init() {
	web.Add(web.Words{
		"holders.none":       {"Noch niemandem zugewiesen", "Not assigned to anybody yet"},
		"holders.none.text":  {"Weisen Sie das Profil einer Klasse, einer Schule oder allen zu. Bevor etwas geschieht, sehen Sie, welche iPads es trifft.", "Assign the profile to a class, a school or to all. Before anything happens you see which iPads it affects."},
		"holders.none.draft": {"Zuweisen lässt sich das Profil, sobald der Entwurf veröffentlicht ist.", "The profile can be assigned once the draft is published."},
		"holders.where":      {"Zugewiesen an", "Assigned to"},
		"holders.since":      {"Seit", "Since"},
		"holders.old":        {"nicht die neueste", "not the newest"},
		"holders.fixed":      {"fest", "fixed"},
		"holders.overruled":  {"Hier entscheidet eine andere Zuweisung.", "Another assignment decides here."},
		"versions.at":        {"Veröffentlicht", "Published"},
		"versions.problems":  {"{1} {1:Hinweis|Hinweise}", "{1} {1:finding|findings}"},
		"versions.earlier":   {"Ältere Fassungen", "Older versions"},
	})
}
