package ui

import (
	"net/http"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// untiedShown is how many stand on a page: for each it is searched who it could be.
const untiedShown = 25

// untiedPage lists teachers who can sign in and see no class, because nobody said who they are in the lists of the school.
func (u *UI) untiedPage(w http.ResponseWriter, r *http.Request, v view) error {
	open, err := u.st.UntiedTeachers(r.Context(), v.by, r.URL.Query().Get("after"), untiedShown)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "untied.lead"), Pager: keyPager(r, len(open.Rows), open.Next)}
	p.Title = p.T("untied.title")
	p.Place = u.adminPlace(&p.Frame, v, web.Crumb{Name: p.T("accounts.title"), Href: "/accounts"})
	p.Columns = []web.Column{{Name: p.T("account.name")}, {Name: p.T("accounts.email")}, {Name: p.T("accounts.school")}, {Name: p.T("table.do"), Hidden: true}}
	for _, x := range open.Rows {
		row := []cell{{Text: x.Name, Href: "/accounts/" + string(x.Account)}, {Text: x.Email}, {Text: x.SchoolName}, {}}
		if v.at(school.ViewPeople, x.School) {
			same, err := u.st.Persons(r.Context(), v.by, store.PersonFilter{School: x.School, Text: x.Name, Limit: 4})
			if err != nil {
				return err
			}
			for _, s := range same.Rows {
				if s.Kind == school.Pupil {
					continue
				}
				row[3].Actions = append(row[3].Actions, web.Action{Text: p.T("untied.tie", s.Name()), About: x.Name, Href: "/accounts/" + string(x.Account) + "/grants/person", Post: true,
					Hidden: []web.Hidden{{Name: "grant", Value: string(x.Grant)}, {Name: "school", Value: string(x.School)}, {Name: "who", Value: s.Name()}}})
			}
		}
		p.Rows = append(p.Rows, row)
	}
	p.Empty = web.Empty{Title: p.T("untied.none"), Text: p.T("untied.none.text")}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func init() {
	web.Add(web.Words{
		"untied.title": {"Lehrkräfte ohne Person", "Teachers without a person"},
		"untied.lead": {"Diese Lehrkräfte sehen noch keine Klasse, weil nicht sicher ist, wer sie in den Listen ihrer Schule sind. Wer sich über einen Anmeldedienst anmeldet, wird von selbst zugeordnet, wenn E-Mail-Adresse oder Kennung genau eine Person treffen.",
			"These teachers see no class yet, because it is not certain who they are in the lists of their school. Who signs in by an identity provider is tied by itself where the e-mail address or key fits exactly one person."},
		"untied.tie":        {"Zuordnen: {1}", "Tie: {1}"},
		"untied.none":       {"Alle Lehrkräfte sind zugeordnet", "All teachers are tied"},
		"untied.none.text":  {"Wer dazukommt und nicht sicher zu erkennen ist, steht hier.", "Who is new and cannot be recognised with certainty stands here."},
		"admin.untied":      {"Lehrkräfte ohne Person", "Teachers without a person"},
		"admin.text.untied": {"Wer sich als Lehrkraft anmeldet und noch keiner Person in den Listen zugeordnet ist.", "Who signs in as a teacher and is tied to no person of the lists yet."},
	})
}
