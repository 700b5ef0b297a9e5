package sheet

import (
	"context"
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

// papers lists them in the order of the page.
var papers = []struct {
	id    string
	write func(w Writer, ctx context.Context, v Reader) (Sheet, error)
}{
	{"record", (Writer).recordSheet},
	{"measures", (Writer).measuresSheet},
	{"erasure", (Writer).erasureSheet},
	{"council", (Writer).councilSheet},
}

// Papers lists the names of the papers, in the order of the page.
func Papers() (ids []string) {
	for _, x := range papers {
		ids = append(ids, x.id)
	}
	return ids
}

// Paper writes a paper for somebody who may read the audit of the whole authority.
func (w Writer) Paper(ctx context.Context, v Reader, id string) (Sheet, error) {
	if !v.By.Can(school.ReadAudit, school.Where{Authority: v.By.Tenant}) {
		return Sheet{}, school.Missing("paper")
	}
	for _, x := range papers {
		if x.id == id {
			s, err := x.write(w, ctx, v)
			s.Title = v.t("paper." + id)
			s.Foot = v.t("paper.foot", v.Authority.Name, v.Lang.DateTime(v.At), w.Version)
			return s, err
		}
	}
	return Sheet{}, school.Missing("paper")
}

// ControlKey names who is controller, as words are named by it.
func ControlKey(c school.Control) string {
	if c == school.AuthorityControls {
		return "authority"
	}
	return string(c)
}

// responsible names who answers.
func responsible(l web.Lang, a school.Authority) []web.Fact {
	t := func(key string) string { return web.T(l, key) }
	or := func(text string) string {
		if strings.TrimSpace(text) == "" {
			return t("paper.open")
		}
		return text
	}
	return []web.Fact{{Name: t("paper.controller"), Text: a.Name}, {Name: t("papers.control"), Text: t("control." + ControlKey(a.Policy.Privacy.Control))},
		{Name: t("paper.contact"), Text: or(a.Contact)}, {Name: t("paper.officer"), Text: or(a.Policy.Privacy.Officer)}}
}

// dataRows lists every kind of data about people, from the tables that refer to them.
func (w Writer) dataRows(ctx context.Context, v Reader) (out [][]string, err error) {
	tables, err := w.Store.PersonTables(ctx)
	for _, t := range tables {
		out = append(out, []string{tableName(v.Lang, t), wordOr(v.Lang, "data.purpose."+t, web.T(v.Lang, "data.purpose.person")), web.T(v.Lang, "data.until."+until(t))})
	}
	return out, err
}

// until says which clock a table follows.
func until(table string) string {
	switch table {
	case "holding", "contract", "document":
		return "loans"
	case "audit", "deletion":
		return "audit"
	case "change_row":
		return "undo"
	case "person_view":
		return "views"
	case "desk_entry":
		return "scans"
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

func rolesPart(l web.Lang) Part {
	return Part{Heading: web.T(l, "paper.roles"), Head: []string{web.T(l, "paper.role"), web.T(l, "paper.names"), web.T(l, "paper.may")}, Shares: []float64{1, 1, 3}, Rows: roleRows(l)}
}

// hostsPart lists every host of others this server speaks to, and what for.
func (w Writer) hostsPart(ctx context.Context, v Reader) (Part, error) {
	p := Part{Heading: web.T(v.Lang, "paper.hosts"), Texts: []string{web.T(v.Lang, "paper.hosts.text")}, Head: []string{web.T(v.Lang, "paper.host"), web.T(v.Lang, "paper.host.data")}, Shares: []float64{1, 2}}
	for _, h := range w.Hosts {
		p.Rows = append(p.Rows, []string{h.Name, web.T(v.Lang, "paper.host."+h.What)})
	}
	issuers, err := w.Store.Issuers(ctx, v.By)
	for _, host := range issuers {
		p.Rows = append(p.Rows, []string{host, web.T(v.Lang, "paper.host.provider")})
	}
	if err != nil {
		return p, err
	}
	servers, err := w.Store.RosterHosts(ctx, v.By)
	for _, host := range servers {
		p.Rows = append(p.Rows, []string{host, web.T(v.Lang, "paper.host.roster")})
	}
	return p, err
}

func termsPart(v Reader) Part {
	return Part{Heading: web.T(v.Lang, "retention.title"), Head: []string{web.T(v.Lang, "retention.what"), web.T(v.Lang, "retention.days")}, Shares: []float64{3, 1},
		Rows: append(RetentionRows(v.Lang, v.Authority.Policy.Privacy.Retention), fixedTerms(v.Lang)...)}
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
func (w Writer) recordSheet(ctx context.Context, v Reader) (Sheet, error) {
	t := v.t
	s := Sheet{Lead: t("record.lead")}
	s.Add(Part{Heading: t("paper.who"), Facts: responsible(v.Lang, v.Authority)})
	s.Add(Part{Heading: t("record.purpose"), Points: []string{t("record.purpose.devices"), t("record.purpose.holding"), t("record.purpose.security")}})
	s.Add(Part{Heading: t("record.basis"), Texts: []string{t("record.basis.text")}})
	s.Add(Part{Heading: t("record.people"), Points: []string{t("record.people.pupils"), t("record.people.staff"), t("record.people.accounts")}})
	rows, err := w.dataRows(ctx, v)
	if err != nil {
		return s, err
	}
	s.Add(Part{Heading: t("record.data"), Texts: []string{t("record.data.never"), t("record.data.accounts")}, Head: []string{t("record.data.kind"), t("record.data.purpose"), t("record.data.until")}, Shares: []float64{2, 3, 2}, Rows: rows})
	s.Add(namesPart(v.Lang, v.Authority))
	s.Add(Part{Heading: t("data.sources"), Points: sources(v.Lang)})
	s.Add(Part{Heading: t("data.recipients"), Points: recipients(v)})
	hosts, err := w.hostsPart(ctx, v)
	if err != nil {
		return s, err
	}
	s.Add(hosts)
	s.Add(Part{Heading: t("record.third"), Texts: []string{t("record.third.text")}})
	s.Add(termsPart(v))
	s.Add(Part{Heading: t("record.measures"), Texts: []string{t("record.measures.text", t("paper.measures"))}})
	return s, nil
}

// measuresSheet is the annex of technical and organisational measures, with what can be measured.
func (w Writer) measuresSheet(ctx context.Context, v Reader) (Sheet, error) {
	t := v.t
	s := Sheet{Lead: t("measures.lead")}
	s.Add(Part{Heading: t("paper.who"), Facts: responsible(v.Lang, v.Authority)})
	evidence, err := w.evidence(ctx, v)
	if err != nil {
		return s, err
	}
	s.Add(Part{Heading: t("measures.now"), Facts: evidence})
	for _, x := range []struct {
		key string
		n   int
	}{{"access", 6}, {"secrecy", 4}, {"separation", 2}, {"integrity", 4}, {"available", 4}, {"review", 3}} {
		p := Part{Heading: t("measures." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("measures."+x.key+"."+string(rune('1'+n))))
		}
		s.Add(p)
	}
	s.Add(rolesPart(v.Lang))
	hosts, err := w.hostsPart(ctx, v)
	s.Add(hosts)
	return s, err
}

// evidence is what is so now.
func (w Writer) evidence(ctx context.Context, v Reader) ([]web.Fact, error) {
	t := v.t
	when := func(at time.Time) string {
		if at.IsZero() {
			return t("measures.never")
		}
		return v.Lang.DateTime(at)
	}
	b, _, err := w.Store.Backups(ctx)
	if err != nil {
		return nil, err
	}
	n, broken, err := w.Store.VerifyAudit(ctx, v.By)
	if err != nil {
		return nil, err
	}
	chain := t("audit.whole", n)
	if broken > 0 {
		chain = t("audit.broken", broken)
	}
	second := t("measures.second.none")
	if roles := v.Authority.Policy.SecondFactor; len(roles) > 0 {
		names := make([]string, len(roles))
		for i, r := range roles {
			names[i] = roleName(v.Lang, r)
		}
		second = strings.Join(names, ", ")
	}
	https := t("data.no")
	if w.Secure {
		https = t("data.yes")
	}
	return []web.Fact{{Name: t("measures.https"), Text: https}, {Name: t("measures.backup"), Text: when(b.At)}, {Name: t("measures.restored"), Text: when(b.Verified)},
		{Name: t("measures.second"), Text: second}, {Name: t("measures.chain"), Text: chain}, {Name: t("measures.version"), Text: w.Version}}, nil
}

// erasureSheet is the concept of erasure.
func (w Writer) erasureSheet(_ context.Context, v Reader) (Sheet, error) {
	t := v.t
	s := Sheet{Lead: t("erasure.lead")}
	s.Add(Part{Heading: t("paper.who"), Facts: responsible(v.Lang, v.Authority)})
	s.Add(termsPart(v))
	for _, x := range []struct {
		key string
		n   int
	}{{"how", 4}, {"request", 4}, {"journal", 3}, {"backups", 3}, {"never", 2}} {
		p := Part{Heading: t("erasure." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("erasure."+x.key+"."+string(rune('1'+n))))
		}
		s.Add(p)
	}
	return s, nil
}

// councilSheet is what a works council asks: what is known about those who work here, and what can be done with it.
func (w Writer) councilSheet(_ context.Context, v Reader) (Sheet, error) {
	t := v.t
	s := Sheet{Lead: t("council.lead")}
	s.Add(Part{Heading: t("paper.who"), Facts: responsible(v.Lang, v.Authority)})
	s.Add(Part{Heading: t("council.asked"), Texts: []string{t("sight.owned.text")}, Points: sightRows(v.Lang, school.Owned)})
	never := Part{Heading: t("sight.never"), Texts: []string{t("sight.never.text")}}
	for _, x := range neverSeen {
		never.Points = append(never.Points, t("sight.never."+x))
	}
	s.Add(never)
	s.Add(namesPart(v.Lang, v.Authority))
	for _, x := range []struct {
		key string
		n   int
	}{{"logged", 4}, {"use", 4}, {"change", 3}} {
		p := Part{Heading: t("council." + x.key)}
		for n := range x.n {
			p.Points = append(p.Points, t("council."+x.key+"."+string(rune('1'+n))))
		}
		s.Add(p)
	}
	s.Add(rolesPart(v.Lang))
	s.Add(termsPart(v))
	return s, nil
}
