package ui

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// What is printed for an issue day: lists of the classes whose bars call somebody at the desk, and what has to be fetched
// from which place.

// daySheet begins a paper of a day with a part for each class that comes; fill adds to the part what the class needs.
func (u *UI) daySheet(r *http.Request, v view, title string, fill func(p *sheet.Part, lines []school.IssueLine)) (s sheet.Sheet, d school.IssueDay, err error) {
	d, lines, classes, err := u.wholeDay(r, v)
	if err != nil {
		return s, d, err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return s, d, err
	}
	l := v.lang
	about := []string{names[d.School], l.Date(d.Date(web.Berlin))}
	if d.Room != "" {
		about = append(about, d.Room)
	}
	s = sheet.Sheet{Title: web.T(l, title, d.Name), Lead: strings.Join(about, " · "), Foot: web.T(l, "issueday.foot", v.authority.Name, l.DateTime(v.now))}
	for _, c := range classes {
		var mine []school.IssueLine
		for _, x := range lines {
			if x.Class == c.ID {
				mine = append(mine, x)
			}
		}
		if len(mine) > 0 {
			p := sheet.Part{Heading: web.ClassName(l, c.Name)}
			fill(&p, mine)
			s.Add(p)
		}
	}
	if len(s.Parts) == 0 {
		s.Add(sheet.Part{Heading: web.T(l, "issueday.classes"), Texts: []string{web.T(l, "issueday.people.none")}})
	}
	return s, d, u.st.NamesExported(r.Context(), v.by, "issueday", d.School)
}

// issueDayLists are the lists of the classes. The bars are the number of the contract, else the card of the person: either
// calls them at the desk.
func (u *UI) issueDayLists(w http.ResponseWriter, r *http.Request, v view) error {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	f := u.site.Frame(r, "")
	f.Lang = v.lang
	s, _, err := u.daySheet(r, v, "issueday.lists.title", func(p *sheet.Part, lines []school.IssueLine) {
		p.Head = []string{t("desk.receipt.n"), t("lend.person"), t("lend.thing"), t("contract.number"), t("issueday.missing"), t("issueday.scan")}
		p.Shares = []float64{0.8, 3, 2.2, 1.9, 2.2, 3}
		for i, x := range lines {
			state := lacksText(&f, x.Lacks())
			if x.State == school.ContractRefused {
				state = t("contract.state.refused")
			} else if x.Done() {
				state = t("asset.out")
			}
			p.Rows = append(p.Rows, []string{v.lang.Number(int64(i + 1)), x.Name, x.Device, x.Number, state, ""})
			code := x.Number
			if x.Done() || code == "" {
				code = x.Login
			}
			p.Codes = append(p.Codes, code)
		}
	})
	if err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, t("issueday.lists.file"))
}

// issueDayPicks says which devices have to be fetched for each class, in the order of the places where they stand.
func (u *UI) issueDayPicks(w http.ResponseWriter, r *http.Request, v view) error {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	f := u.site.Frame(r, "")
	f.Lang = v.lang
	s, _, err := u.daySheet(r, v, "issueday.picks.title", func(p *sheet.Part, lines []school.IssueLine) {
		p.Head = []string{t("asset.place"), t("lend.thing"), t("repairs.model"), t("lend.person"), t("issueday.missing"), t("issueday.fetched")}
		p.Shares = []float64{2, 2.2, 2.2, 2.6, 2, 1}
		lines = slices.DeleteFunc(slices.Clone(lines), func(x school.IssueLine) bool { return x.Done() })
		slices.SortStableFunc(lines, func(a, b school.IssueLine) int {
			return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Device, b.Device))
		})
		free := 0
		for _, x := range lines {
			if x.Asset == "" {
				free++
				continue
			}
			p.Rows = append(p.Rows, []string{x.Place, x.Device, x.Model, x.Name, lacksText(&f, slices.DeleteFunc(x.Lacks(), func(l school.IssueLack) bool { return l == school.LacksContract || l == school.LacksSignature })), "☐"})
		}
		if free > 0 {
			p.Texts = append(p.Texts, t("issueday.picks.free", free))
		} else if len(p.Rows) == 0 {
			p.Texts = append(p.Texts, t("issueday.picks.none"))
		}
	})
	if err != nil {
		return err
	}
	return sendSheet(w, s, v.lang, v.now, t("issueday.picks.file"))
}
