package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// The papers an authority needs before people get devices: the record of processing (Art. 30 GDPR), the technical and
// organisational measures (Art. 32), the concept of erasure, the sheet for the works council. They are filled from what is
// really set and really measured, at the moment they are opened; what only the authority knows (legal basis in its Land,
// who signs) they leave to it and say so.

const papersPath = "/papers"

// papers lists them in the order of the page.
var papers = []struct {
	id    string
	write func(u *UI, ctx context.Context, v view) (sheet, error)
}{
	{"record", (*UI).recordSheet},
	{"measures", (*UI).measuresSheet},
	{"erasure", (*UI).erasureSheet},
	{"council", (*UI).councilSheet},
}

func (u *UI) papersPlace(f *web.Frame, v view) []web.Crumb {
	return u.adminPlace(f, v, web.Crumb{Name: f.T("admin.papers"), Href: papersPath})
}

func (u *UI) papersPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.ReadAudit) {
		return web.ErrNotFound
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "papers.lead")}
	p.Title = p.T("admin.papers")
	p.Place = u.adminPlace(&p.Frame, v)
	if v.can(school.Settings) {
		p.Actions = []web.Action{{Text: p.T("papers.particulars"), Href: papersPath + "/particulars"}}
	}
	if v.authority.Policy.Privacy.Officer == "" {
		p.Alert = &web.Alert{Kind: web.Note, Title: p.T("papers.missing"), Text: p.T("papers.missing.text")}
	}
	p.Columns = []web.Column{{Name: p.T("papers.paper")}, {Name: p.T("papers.for")}, {Name: p.T("papers.file")}}
	for _, x := range papers {
		p.Rows = append(p.Rows, []cell{{Text: p.T("paper." + x.id), Href: papersPath + "/" + x.id}, {Text: p.T("paper." + x.id + ".for")},
			{Text: p.T("papers.pdf", p.T("paper."+x.id)), Href: papersPath + "/" + x.id + "/pdf"}})
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// paper writes the paper of an address.
func (u *UI) paper(r *http.Request, v view) (sheet, string, error) {
	if !v.can(school.ReadAudit) {
		return sheet{}, "", web.ErrNotFound
	}
	id := routeVar(r, "paper")
	for _, x := range papers {
		if x.id == id {
			s, err := x.write(u, r.Context(), v)
			s.Title = web.T(v.lang, "paper."+id)
			s.Foot = web.T(v.lang, "paper.foot", v.authority.Name, v.lang.DateTime(v.now), version)
			return s, id, err
		}
	}
	return sheet{}, "", web.ErrNotFound
}

func (u *UI) paperPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, id, err := u.paper(r, v)
	if err != nil {
		return err
	}
	p := s.on(&sheetPage{Frame: u.frame(r, s.Title, web.Crumb{Name: s.Title}), Actions: []web.Action{{Text: web.T(v.lang, "sheet.pdf"), Href: papersPath + "/" + id + "/pdf"}}})
	p.Place = u.papersPlace(&p.Frame, v)
	return u.site.Render(w, r, http.StatusOK, "sheet", p)
}

func (u *UI) paperPDF(w http.ResponseWriter, r *http.Request, v view) error {
	s, id, err := u.paper(r, v)
	if err != nil {
		return err
	}
	return s.send(w, v.lang, v.now, web.T(v.lang, "paper."+id+".file"))
}

// particularsForm asks what no machine knows.
func (u *UI) particularsForm(r *http.Request, v view, x school.Privacy) (*formPage, error) {
	if !v.can(school.Settings) {
		return nil, web.ErrNotFound
	}
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: papersPath}
	p.Title = p.T("papers.particulars")
	p.Place = u.papersPlace(&p.Frame, v)
	var controls []web.Option
	for _, c := range school.Controls {
		controls = append(controls, web.Option{Value: string(c), Text: p.T("control." + controlKey(c))})
	}
	p.Fields = []web.Field{
		{Name: "officer", Label: p.T("paper.officer"), Hint: p.T("papers.officer.hint"), Value: x.Officer, MaxLength: 300, Optional: true},
		{Kind: web.SelectField, Name: "control", Label: p.T("papers.control"), Hint: p.T("papers.control.hint"), Options: choose(string(x.Control), controls...)},
	}
	return p, nil
}

func controlKey(c school.Control) string {
	if c == school.AuthorityControls {
		return "authority"
	}
	return string(c)
}

func (u *UI) particularsPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.particularsForm(r, v, v.authority.Policy.Privacy)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) setParticulars(w http.ResponseWriter, r *http.Request, v view) error {
	x := v.authority.Policy.Privacy
	x.Officer, x.Control = strings.TrimSpace(r.PostFormValue("officer")), school.Control(r.PostFormValue("control"))
	set, err := u.st.SetPrivacy(r.Context(), v.by, x)
	if err != nil {
		p, ferr := u.particularsForm(r, v, x)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, papersPath, "done.kept", set)
}

// responsible names who answers.
func (u *UI) responsible(v view, a school.Authority) []web.Fact {
	t := func(key string) string { return web.T(v.lang, key) }
	or := func(text string) string {
		if strings.TrimSpace(text) == "" {
			return t("paper.open")
		}
		return text
	}
	return []web.Fact{{Name: t("paper.controller"), Text: a.Name}, {Name: t("papers.control"), Text: t("control." + controlKey(a.Policy.Privacy.Control))},
		{Name: t("paper.contact"), Text: or(a.Contact)}, {Name: t("paper.officer"), Text: or(a.Policy.Privacy.Officer)}}
}

// dataRows lists every kind of data about people, from the tables that refer to them.
func (u *UI) dataRows(ctx context.Context, v view) (out [][]string, err error) {
	tables, err := u.st.PersonTables(ctx)
	for _, t := range tables {
		out = append(out, []string{tableName(v.lang, t), wordOr(v.lang, "data.purpose."+t, web.T(v.lang, "data.purpose.person")), web.T(v.lang, "data.until."+until(t))})
	}
	return out, err
}

// until says which clock a table follows.
func until(table string) string {
	switch table {
	case "holding":
		return "loans"
	case "audit", "deletion":
		return "audit"
	case "change_row":
		return "undo"
	case "person_view":
		return "views"
	}
	return "left"
}

// roleRows says what each role may do.
func roleRows(l web.Lang) (out [][]string) {
	for _, r := range school.Roles {
		var may []string
		for _, verb := range r.Verbs() {
			may = append(may, wordOr(l, "verb."+string(verb), string(verb)))
		}
		names := web.T(l, "paper.names.no")
		if slices.Contains(r.Verbs(), school.ViewPeople) {
			names = web.T(l, "paper.names.yes")
		}
		out = append(out, []string{roleName(l, r), names, strings.Join(may, ", ")})
	}
	return out
}

func (u *UI) rolesPart(l web.Lang) sheetPart {
	return sheetPart{Heading: web.T(l, "paper.roles"), Head: []string{web.T(l, "paper.role"), web.T(l, "paper.names"), web.T(l, "paper.may")}, Shares: []float64{1, 1, 3}, Rows: roleRows(l)}
}

// hostsPart lists every host of others this server speaks to, and what for.
func (u *UI) hostsPart(ctx context.Context, v view) (sheetPart, error) {
	p := sheetPart{Heading: web.T(v.lang, "paper.hosts"), Texts: []string{web.T(v.lang, "paper.hosts.text")}, Head: []string{web.T(v.lang, "paper.host"), web.T(v.lang, "paper.host.data")}, Shares: []float64{1, 2}}
	for _, h := range u.Hosts {
		p.Rows = append(p.Rows, []string{h.Name, web.T(v.lang, "paper.host."+h.What)})
	}
	issuers, err := u.st.Issuers(ctx, v.by)
	for _, host := range issuers {
		p.Rows = append(p.Rows, []string{host, web.T(v.lang, "paper.host.provider")})
	}
	if err != nil {
		return p, err
	}
	servers, err := u.st.RosterHosts(ctx, v.by)
	for _, host := range servers {
		p.Rows = append(p.Rows, []string{host, web.T(v.lang, "paper.host.roster")})
	}
	return p, err
}

func (u *UI) termsPart(v view) sheetPart {
	return sheetPart{Heading: web.T(v.lang, "retention.title"), Head: []string{web.T(v.lang, "retention.what"), web.T(v.lang, "retention.days")}, Shares: []float64{3, 1},
		Rows: append(retentionRows(v.lang, v.authority.Policy.Privacy.Retention), fixedTerms(v.lang)...)}
}

// fixedTerms are those nobody sets.
func fixedTerms(l web.Lang) (out [][]string) {
	for _, x := range []struct {
		key  string
		days int
	}{{"undo", int(store.UndoFor / (24 * time.Hour))}, {"commands", 30}, {"mail", 90}, {"alarms", 90}, {"sessions", 1}, {"views", 2}} {
		out = append(out, []string{web.T(l, "paper.fixed."+x.key), web.T(l, "retention.in", x.days)})
	}
	return out
}

// recordSheet is the record of processing.
func (u *UI) recordSheet(ctx context.Context, v view) (sheet, error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet{Lead: t("record.lead")}
	s.add(sheetPart{Heading: t("paper.who"), Facts: u.responsible(v, v.authority)})
	s.add(sheetPart{Heading: t("record.purpose"), Points: []string{t("record.purpose.devices"), t("record.purpose.holding"), t("record.purpose.security")}})
	s.add(sheetPart{Heading: t("record.basis"), Texts: []string{t("record.basis.text")}})
	s.add(sheetPart{Heading: t("record.people"), Points: []string{t("record.people.pupils"), t("record.people.staff"), t("record.people.accounts")}})
	rows, err := u.dataRows(ctx, v)
	if err != nil {
		return s, err
	}
	s.add(sheetPart{Heading: t("record.data"), Texts: []string{t("record.data.never")}, Head: []string{t("record.data.kind"), t("record.data.purpose"), t("record.data.until")}, Shares: []float64{2, 3, 2}, Rows: rows})
	s.add(sheetPart{Heading: t("data.sources"), Points: v.sources()})
	s.add(sheetPart{Heading: t("data.recipients"), Points: u.recipients(v)})
	hosts, err := u.hostsPart(ctx, v)
	if err != nil {
		return s, err
	}
	s.add(hosts)
	s.add(sheetPart{Heading: t("record.third"), Texts: []string{t("record.third.text")}})
	s.add(u.termsPart(v))
	s.add(sheetPart{Heading: t("record.measures"), Texts: []string{t("record.measures.text", t("paper.measures"))}})
	return s, nil
}

// measuresSheet is the annex of technical and organisational measures, with what can be measured.
func (u *UI) measuresSheet(ctx context.Context, v view) (sheet, error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet{Lead: t("measures.lead")}
	s.add(sheetPart{Heading: t("paper.who"), Facts: u.responsible(v, v.authority)})
	evidence, err := u.evidence(ctx, v)
	if err != nil {
		return s, err
	}
	s.add(sheetPart{Heading: t("measures.now"), Facts: evidence})
	for _, x := range []struct {
		key string
		n   int
	}{{"access", 5}, {"secrecy", 4}, {"separation", 2}, {"integrity", 4}, {"available", 4}, {"review", 3}} {
		p := sheetPart{Heading: t("measures." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("measures."+x.key+"."+string(rune('1'+n))))
		}
		s.add(p)
	}
	s.add(u.rolesPart(v.lang))
	hosts, err := u.hostsPart(ctx, v)
	s.add(hosts)
	return s, err
}

// evidence is what is so now.
func (u *UI) evidence(ctx context.Context, v view) ([]web.Fact, error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	when := func(at time.Time) string {
		if at.IsZero() {
			return t("measures.never")
		}
		return v.lang.DateTime(at)
	}
	b, _, err := u.st.Backups(ctx)
	if err != nil {
		return nil, err
	}
	n, broken, err := u.st.VerifyAudit(ctx, v.by)
	if err != nil {
		return nil, err
	}
	chain := t("audit.whole", n)
	if broken > 0 {
		chain = t("audit.broken", broken)
	}
	second := t("measures.second.none")
	if roles := v.authority.Policy.SecondFactor; len(roles) > 0 {
		names := make([]string, len(roles))
		for i, r := range roles {
			names[i] = roleName(v.lang, r)
		}
		second = strings.Join(names, ", ")
	}
	https := t("data.no")
	if u.Secure {
		https = t("data.yes")
	}
	return []web.Fact{{Name: t("measures.https"), Text: https}, {Name: t("measures.backup"), Text: when(b.At)}, {Name: t("measures.restored"), Text: when(b.Verified)},
		{Name: t("measures.second"), Text: second}, {Name: t("measures.chain"), Text: chain}, {Name: t("measures.version"), Text: version}}, nil
}

// erasureSheet is the concept of erasure.
func (u *UI) erasureSheet(_ context.Context, v view) (sheet, error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet{Lead: t("erasure.lead")}
	s.add(sheetPart{Heading: t("paper.who"), Facts: u.responsible(v, v.authority)})
	s.add(u.termsPart(v))
	for _, x := range []struct {
		key string
		n   int
	}{{"how", 4}, {"request", 4}, {"journal", 3}, {"backups", 3}, {"never", 2}} {
		p := sheetPart{Heading: t("erasure." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("erasure."+x.key+"."+string(rune('1'+n))))
		}
		s.add(p)
	}
	return s, nil
}

// councilSheet is what a works council asks: what is known about those who work here, and what can be done with it.
func (u *UI) councilSheet(_ context.Context, v view) (sheet, error) {
	t := func(key string, args ...any) string { return web.T(v.lang, key, args...) }
	s := sheet{Lead: t("council.lead")}
	s.add(sheetPart{Heading: t("paper.who"), Facts: u.responsible(v, v.authority)})
	s.add(sheetPart{Heading: t("council.asked"), Texts: []string{t("sight.owned.text")}, Points: sightRows(v.lang, school.Owned)})
	never := sheetPart{Heading: t("sight.never"), Texts: []string{t("sight.never.text")}}
	for _, x := range neverSeen {
		never.Points = append(never.Points, t("sight.never."+x))
	}
	s.add(never)
	for _, x := range []struct {
		key string
		n   int
	}{{"logged", 4}, {"use", 4}, {"change", 3}} {
		p := sheetPart{Heading: t("council." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("council."+x.key+"."+string(rune('1'+n))))
		}
		s.add(p)
	}
	s.add(u.rolesPart(v.lang))
	s.add(u.termsPart(v))
	return s, nil
}
