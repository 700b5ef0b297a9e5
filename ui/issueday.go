package ui

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// wholeDay is a day with the people who come and the classes of its school.
func (u *UI) wholeDay(r *http.Request, v view) (d school.IssueDay, lines []school.IssueLine, classes []store.DeskClass, err error) {
	if d, err = u.issueDayOf(r, v); err == nil {
		lines, err = u.st.IssueLines(r.Context(), v.by, d.School, d.Classes...)
	}
	if err == nil {
		classes, err = u.st.DeskClasses(r.Context(), v.by, d.School)
	}
	return d, lines, classes, err
}

// issueDayPage is one day: what is ready and what is missing in each class, who helps, and after it who has nothing and why.
func (u *UI) issueDayPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, lines, classes, err := u.wholeDay(r, v)
	if err != nil {
		return err
	}
	schools, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	here, now := issueDayAddress(d.ID), v.now.In(web.Berlin)
	p := &recordPage{Frame: u.frame(r, d.Name, web.Crumb{Name: web.T(v.lang, "nav.issuedays"), Href: issueDaysPath}, web.Crumb{Name: d.Name})}
	p.status("accounts.state", dayStatus(&p.Frame, d))
	p.fact("issueday.day", p.Lang.Date(d.Date(web.Berlin)), "")
	p.fact("devices.school", schools[d.School], "")
	p.fact("issueday.room", d.Room, "")
	all := school.CountIssue(lines)
	p.fact("issueday.out", p.T("issueday.out.text", all.Done, all.People, all.Refused), "")

	of := map[school.ClassID][]school.IssueLine{}
	for _, l := range lines {
		of[l.Class] = append(of[l.Class], l)
	}
	s := section{Title: p.T("issueday.classes"), None: p.T("issueday.classes.gone"), Columns: []web.Column{{Name: p.T("devices.class")}, {Name: p.T("class.tab.people"), Numeric: true}, {Name: p.T("contracts.title"), Numeric: true},
		{Name: p.T("issueday.signed"), Numeric: true}, {Name: p.T("issueday.devices"), Numeric: true}, {Name: p.T("issueday.sets"), Numeric: true}, {Name: p.T("issueday.ready"), Numeric: true}, {Name: p.T("issueday.out")}, {Name: p.T("table.do"), Hidden: true}}}
	for _, c := range classes {
		mine, comes := of[c.ID]
		if !comes && !slices.Contains(d.Classes, c.ID) {
			continue
		}
		n := school.CountIssue(mine)
		name := web.ClassName(p.Lang, c.Name)
		part := func(k, of int) cell { return cell{Text: p.T("issueday.of", k, of), Numeric: true} }
		wants := n.People - n.Refused
		row := []cell{{Text: name, Href: here + "/people?" + url.Values{"class": {string(c.ID)}}.Encode()}, {Text: p.Lang.Number(int64(n.People)), Numeric: true}, part(n.Contracts, n.People), part(n.Signed, wants), part(n.Devices, wants),
			part(n.Sets, wants), part(n.Ready, wants-n.Done), {Progress: &web.Progress{Label: p.T("issueday.progress", name), Done: n.Done, Total: wants}}, {}}
		if v.at(school.ViewPeople, d.School) {
			row[8].Actions = []web.Action{{Text: p.T("loanpaper.contracts"), About: name, Href: classPapersAddress(c.ID)}}
		}
		s.Rows = append(s.Rows, row)
	}
	p.Sections = append(p.Sections, s)
	if open := whySection(&p.Frame, d, lines, now); len(open.Rows) > 0 {
		p.Sections = append(p.Sections, open)
	}
	plans := v.at(school.Clerks, d.School)
	if plans {
		helpers, err := u.helpersSection(r, v, &p.Frame, d)
		if err != nil {
			return err
		}
		p.Sections = append(p.Sections, helpers)
	}
	u.issueDayActs(p, v, d, all, plans)
	if v.at(school.View, d.School) {
		if p.Events, err = u.history(r.Context(), v, "issue_day", string(d.ID), here, 50); err != nil {
			return err
		}
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

// whySection counts what stands in the way, and after the day why somebody has nothing.
func whySection(f *web.Frame, d school.IssueDay, lines []school.IssueLine, now time.Time) section {
	s := section{Title: f.T("issueday.missing"), Columns: []web.Column{{Name: f.T("issueday.lack")}, {Name: f.T("issueday.count"), Numeric: true}, {Name: f.T("issueday.helps")}}}
	over := d.In(now) < 0
	if over {
		s.Title = f.T("issueday.left")
	}
	count := map[school.IssueLack]int{}
	for _, l := range lines {
		lacks := l.Lacks()
		if over {
			lacks = l.Why()
		}
		for _, x := range lacks {
			count[x]++
		}
	}
	for _, x := range school.IssueLacks {
		if count[x] > 0 {
			s.Rows = append(s.Rows, []cell{{Text: f.T("issueday.lack." + string(x)), Href: issueDayAddress(d.ID) + "/people?" + url.Values{"lack": {string(x)}}.Encode()}, {Text: f.Lang.Number(int64(count[x])), Numeric: true},
				{Text: f.T("issueday.helps." + string(x))}})
		}
	}
	return s
}

// helpersSection lists the temporary clerks of the school who may work on the day.
func (u *UI) helpersSection(r *http.Request, v view, f *web.Frame, d school.IssueDay) (section, error) {
	s := section{Title: f.T("nav.clerks"), None: f.T("issueday.helpers.none"), Columns: []web.Column{{Name: f.T("account.name")}, {Name: f.T("signin.login")}, {Name: f.T("accounts.until")}}}
	clerks, err := u.st.Clerks(r.Context(), v.by)
	if err != nil {
		return s, err
	}
	for _, c := range clerks {
		if c.School == d.School && !c.Ended && d.Date(web.Berlin).Before(c.Until) {
			s.Rows = append(s.Rows, []cell{{Text: c.Name}, {Code: c.Login}, {Text: f.Lang.Date(lastDay(c.Until))}})
		}
	}
	return s, nil
}

func (u *UI) issueDayActs(p *recordPage, v view, d school.IssueDay, all school.IssueCount, plans bool) {
	here := issueDayAddress(d.ID)
	in := d.In(v.now.In(web.Berlin))
	desk := web.Action{Text: p.T("issueday.desk"), Href: deskPath + "?" + url.Values{"day": {string(d.ID)}}.Encode(), Primary: in <= 0}
	if n := all.People - all.Contracts; n > 0 && in >= 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("issueday.contracts", n), Href: here + "/contracts", Post: true, Primary: in > 0})
	}
	p.Actions = append(p.Actions, desk)
	p.Menu = &web.Menu{Text: p.T("class.more"), Actions: []web.Action{{Text: p.T("issueday.people"), Href: here + "/people"}, {Text: p.T("issueday.lists"), Href: here + "/lists.pdf"}, {Text: p.T("issueday.picks"), Href: here + "/picks.pdf"}}}
	if plans {
		if in >= 0 {
			p.Menu.Actions = append(p.Menu.Actions, web.Action{Text: p.T("issueday.helpers"), Href: here + "/clerks"})
		}
		p.Menu.Actions = append(p.Menu.Actions, web.Action{Text: p.T("issueday.edit"), Href: here + "/edit"})
	}
}

// issuePeople is how many people of a day stand on one page.
const issuePeople = 200

// lacksText says what is missing for somebody, or why they have nothing.
func lacksText(f *web.Frame, lacks []school.IssueLack) string {
	var out []string
	for _, x := range lacks {
		out = append(out, f.T("issueday.lack."+string(x)))
	}
	return strings.Join(out, ", ")
}

// issueDayPeople lists the people of a day with what is still missing, and after it why they have nothing.
func (u *UI) issueDayPeople(w http.ResponseWriter, r *http.Request, v view) error {
	d, lines, classes, err := u.wholeDay(r, v)
	if err != nil {
		return err
	}
	names := map[school.ClassID]string{}
	for _, c := range classes {
		names[c.ID] = c.Name
	}
	title := web.T(v.lang, "issueday.people")
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "nav.issuedays"), Href: issueDaysPath}, web.Crumb{Name: d.Name, Href: issueDayAddress(d.ID)}, web.Crumb{Name: title}), Files: filesOf(r)}
	over := d.In(v.now.In(web.Berlin)) < 0
	missing := "issueday.missing"
	if over {
		missing = "issueday.why"
	}
	p.Columns = []web.Column{{Name: p.T("devices.class")}, {Name: p.T("lend.person")}, {Name: p.T("contract.number")}, {Name: p.T("lend.thing")}, {Name: p.T("asset.place")}, {Name: p.T("accounts.state")}, {Name: p.T(missing)}}
	q := r.URL.Query()
	class, lack, open := school.ClassID(q.Get("class")), school.IssueLack(q.Get("lack")), q.Get("open") == "1"
	for _, l := range lines {
		lacks := l.Lacks()
		if over {
			lacks = l.Why()
		}
		if class != "" && l.Class != class || open && l.Done() || lack != "" && !slices.Contains(lacks, lack) {
			continue
		}
		status := web.Status{Kind: web.Waiting, Text: p.T("issueday.nothing")}
		if l.State != "" {
			status = contractStatus(&p.Frame, school.Contract{State: l.State}, 0)
		}
		row := []cell{{Text: web.ClassName(p.Lang, names[l.Class])}, {Text: l.Name}, {Text: l.Number}, {Text: l.Device, Detail: l.Model}, {Text: l.Place}, {Status: &status}, {Text: lacksText(&p.Frame, lacks)}}
		if v.at(school.ViewPeople, d.School) {
			row[1].Href = personAddress(l.Person)
			if l.Contract != "" {
				row[2].Href = contractAddress(l.Contract)
			}
		}
		p.Rows = append(p.Rows, row)
	}
	if wantsFile(r) || wantsPrint(r) {
		if err := u.st.NamesExported(r.Context(), v.by, "issueday", d.School); err != nil {
			return err
		}
	}
	if sent, err := u.sendRows(w, r, v, p, p.T("issueday.file"), rowsOf(p.Rows)); sent {
		return err
	}
	p.Lead = p.T("issueday.people.lead", d.Name, p.Lang.Date(d.Date(web.Berlin)))
	p.page(r, issuePeople)
	options := []web.Option{{Text: p.T("issueday.allclasses")}}
	for _, c := range classes {
		if slices.Contains(d.Classes, c.ID) {
			options = append(options, web.Option{Value: string(c.ID), Text: web.ClassName(p.Lang, c.Name)})
		}
	}
	reasons := []web.Option{{Text: p.T("devices.all")}}
	for _, x := range school.IssueLacks {
		if x != school.NotThere || over {
			reasons = append(reasons, web.Option{Value: string(x), Text: p.T("issueday.lack." + string(x))})
		}
	}
	p.Filter = &web.Filter{Action: r.URL.Path, Fields: []web.Field{{Kind: web.SelectField, Name: "class", Label: p.T("devices.class"), Options: choose(string(class), options...)},
		{Kind: web.SelectField, Name: "lack", Label: p.T(missing), Options: choose(string(lack), reasons...)}, {Kind: web.CheckField, Name: "open", Label: p.T("issueday.open"), Value: checked(open)}}}
	p.Empty = web.Empty{Title: p.T("issueday.people.none")}
	if r.URL.RawQuery != "" {
		p.Filter.Reset = r.URL.Path
		p.Empty = web.Empty{Title: p.T("issueday.people.found"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: r.URL.Path}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// makeDayContracts makes the contracts that are missing.
func (u *UI) makeDayContracts(w http.ResponseWriter, r *http.Request, v view) error {
	id := school.IssueDayID(routeVar(r, "day"))
	made, set, err := u.st.PlanIssueDay(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	return u.done(w, r, issueDayAddress(id), "done.issueday.contracts", set, int64(len(made)))
}

// helpersForm asks for the names of those who help on a day.
func (u *UI) helpersForm(r *http.Request, v view, d school.IssueDay) *formPage {
	title := web.T(v.lang, "issueday.helpers")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "nav.issuedays"), Href: issueDaysPath}, web.Crumb{Name: d.Name, Href: issueDayAddress(d.ID)}, web.Crumb{Name: title}), Cancel: issueDayAddress(d.ID)}
	p.Lead, p.Submit = p.T("issueday.helpers.lead", p.Lang.Date(d.Date(web.Berlin))), p.T("issueday.helpers.do")
	p.Fields = []web.Field{{Kind: web.AreaField, Name: "names", Label: p.T("issueday.helpers.names"), Hint: p.T("issueday.helpers.hint"), Value: r.PostFormValue("names"), Rows: 6, MaxLength: 4000, Focus: true}}
	return p
}

func (u *UI) newHelpersPage(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.issueDayOf(r, v)
	if err != nil {
		return err
	}
	if !v.at(school.Clerks, d.School) {
		return web.ErrNotFound
	}
	p := u.helpersForm(r, v, d)
	if r.Method != http.MethodPost {
		return u.showForm(w, r, p)
	}
	var names []string
	for _, line := range strings.Split(r.PostFormValue("names"), "\n") {
		if name := strings.TrimSpace(line); name != "" {
			names = append(names, name)
		}
	}
	end := d.Date(web.Berlin).Add(-12*time.Hour).AddDate(0, 0, 1)
	made, err := u.st.CreateClerks(r.Context(), v.by, d.School, names, end)
	if err != nil {
		return u.refuse(w, r, p, err)
	}
	title := p.T("issueday.slips")
	slips := &slipsPage{Frame: u.frame(r, title, web.Crumb{Name: p.T("nav.issuedays"), Href: issueDaysPath}, web.Crumb{Name: d.Name, Href: issueDayAddress(d.ID)}, web.Crumb{Name: title}), Lead: p.T("issueday.slips.lead"), Where: u.Public, Back: issueDayAddress(d.ID)}
	slips.Until = slips.T("clerks.ends", slips.Lang.Date(lastDay(end)))
	for _, c := range made {
		slips.Slips = append(slips.Slips, clerkSlip{Name: c.Name, Login: c.Login, PIN: c.PIN})
	}
	return u.site.Render(w, r, http.StatusOK, "slips", slips)
}

// slipsPage is the page "slips": logins and PINs of those who help on a day, this once, to be printed and cut.
type slipsPage struct {
	web.Frame
	Lead, Where, Until, Back string
	Slips                    []clerkSlip
}

type clerkSlip struct{ Name, Login, PIN string }
