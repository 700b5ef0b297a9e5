package ui

import (
	"net/http"
	"strconv"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const auditPage = 50

// subjects says where the page of an entry's subject is, what opening it takes, at which level its name is found, and
// whether it has a page only while its name is found: else it is gone, or not to be seen. What is not here has no page of
// its own; the sentence then stands alone.
var subjects = map[string]struct {
	path  string
	verb  school.Verb
	level school.Level
	named bool
}{
	"school":      {"/schools/", school.View, school.AtSchool, true},
	"class":       {"/classes/", school.View, school.AtClass, true},
	"group":       {"/groups/", school.View, school.AtGroup, true},
	"person":      {"/people/", school.ViewPeople, school.AtPerson, true},
	"device":      {"/devices/", school.View, school.AtDevice, true},
	"account":     {"/accounts/", school.Accounts, 0, true},
	"profile":     {"/profiles/", school.View, 0, false},
	"school_year": {"/years", school.View, 0, false},
	"api_token":   {"/tokens", school.Accounts, 0, false},
	"apple_token": {"/apple", school.Apple, 0, false},
	"push":        {"/apple", school.Apple, 0, false},
}

// named are the names of what entries are about, by kind and id.
type named map[[2]string]string

// subjectNames looks the names of entries up, in a query per kind and not per entry: names stand in no entry, so that an
// erased person is erased here, too. Of profiles and accounts the first few hundred are named.
func (u *UI) subjectNames(r *http.Request, v view, entries []store.Entry) (named, error) {
	out := named{}
	var scopes []school.Scope
	kinds := map[school.Scope]string{}
	seen := map[string]bool{}
	for _, e := range entries {
		seen[e.Subject] = true
		if s := subjects[e.Subject]; s.level != 0 && e.SubjectID != "" {
			x := school.Scope{Level: s.level, ID: e.SubjectID}
			kinds[x] = e.Subject
			scopes = append(scopes, x)
		}
		if e.School != "" {
			x := school.Scope{Level: school.AtSchool, ID: string(e.School)}
			kinds[x] = "school"
			scopes = append(scopes, x)
		}
	}
	names, err := u.st.ScopeNames(r.Context(), v.by, scopes)
	if err != nil {
		return nil, err
	}
	for x, name := range names {
		out[[2]string{kinds[x], x.ID}] = name
	}
	if seen["profile"] {
		page, err := u.st.Profiles(r.Context(), v.by, store.ProfileFilter{Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		for _, p := range page.Rows {
			out[[2]string{"profile", string(p.ID)}] = p.Name
		}
	}
	if seen["account"] && v.can(school.Accounts) {
		page, err := u.st.Accounts(r.Context(), v.by, store.AccountFilter{Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		for _, a := range page.Rows {
			out[[2]string{"account", string(a.ID)}] = a.Name
		}
	}
	return out, nil
}

// subjectCell names what an entry is about, and links it for those who may open it.
func subjectCell(v view, e store.Entry, names named) cell {
	noun := e.Subject
	switch e.Subject {
	case "group":
		noun = "school_group"
	case "code":
		noun = "enroll_code"
	}
	c := cell{Text: names[[2]string{e.Subject, e.SubjectID}], Detail: wordOr(v.lang, "noun."+noun, "")}
	s, known := subjects[e.Subject]
	open := known && v.by.CanSomewhere(s.verb, v.by.Tenant) && (!s.named || c.Text != "")
	if c.Text == "" {
		c.Text, c.Detail = c.Detail, ""
	}
	switch whole := strings.HasSuffix(s.path, "/"); {
	case !open || c.Text == "" || whole && e.SubjectID == "":
	case whole:
		c.Href = s.path + e.SubjectID
	default:
		c.Href = s.path
	}
	return c
}

func actorText(l web.Lang, e store.Entry) string {
	if e.ActorKind == school.SystemActor {
		return web.T(l, "audit.system")
	}
	return e.ActorName
}

func (u *UI) auditPage(w http.ResponseWriter, r *http.Request, v view) error {
	q := r.URL.Query()
	f := store.AuditFilter{Event: q.Get("event"), Actor: q.Get("actor"), Subject: q.Get("subject"), SubjectID: q.Get("id"), Limit: auditPage + 1}
	f.Before, _ = strconv.ParseInt(q.Get("after"), 10, 64)
	if wantsFile(r) {
		return u.auditFile(w, r, v, f)
	}
	entries, err := u.st.Audit(r.Context(), v.by, f)
	if err != nil {
		return err
	}
	next := ""
	if len(entries) > auditPage {
		entries = entries[:auditPage]
		next = strconv.FormatInt(entries[auditPage-1].Seq, 10)
	}
	names, err := u.subjectNames(r, v, entries)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title, p.Lead = p.T("admin.audit"), p.T("audit.lead")
	p.Place = u.adminPlace(&p.Frame, v)
	verifies := v.can(school.ReadAudit)
	if verifies {
		p.Actions = []web.Action{{Text: p.T("audit.verify"), Href: "/audit?verify=1"}}
	}
	if q.Get("verify") != "" && verifies {
		if p.Alert, err = u.verifyAudit(r, v, &p.Frame); err != nil {
			return err
		}
	}
	var events []web.Option
	for _, name := range eventNames() {
		events = append(events, web.Option{Value: name, Text: eventName(p.Lang, name)})
	}
	web.SortBy(p.Lang, events, func(o web.Option) string { return o.Text })
	events = append([]web.Option{{Text: p.T("audit.event.any")}}, events...)
	p.Filter = &web.Filter{Action: "/audit", Fields: []web.Field{{Kind: web.SelectField, Name: "event", Label: p.T("audit.what"), Options: choose(f.Event, events...)}}}
	for _, name := range []string{"actor", "subject", "id"} {
		if q.Get(name) != "" {
			p.Filter.Hidden = append(p.Filter.Hidden, web.Hidden{Name: name, Value: q.Get(name)})
		}
	}
	filtered := f.Event != "" || len(p.Filter.Hidden) > 0
	if filtered {
		p.Filter.Reset = "/audit"
	}
	p.Columns = []web.Column{{Name: p.T("audit.when")}, {Name: p.T("audit.what")}, {Name: p.T("audit.about")}, {Name: p.T("devices.school")}, {Name: p.T("audit.who")}, {Name: p.T("audit.seq"), Numeric: true}}
	for _, e := range entries {
		p.Rows = append(p.Rows, []cell{{When: momentOf(&p.Frame, e.At)}, {Text: eventText(p.Lang, e)}, subjectCell(v, e, names),
			{Text: names[[2]string{"school", string(e.School)}]}, {Text: actorText(p.Lang, e), Href: auditBy(e)},
			{Text: p.Lang.Number(e.Seq), Numeric: true}})
	}
	p.Pager, p.Files = keyPager(r, len(entries), next), filesOf(r)
	p.Empty = web.Empty{Title: p.T("audit.none"), Text: p.T("audit.none.text")}
	if filtered {
		p.Empty = web.Empty{Title: p.T("audit.nothing"), Actions: []web.Action{{Text: p.T("part.filter.reset"), Href: "/audit"}}}
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// auditBy is the log of one actor.
func auditBy(e store.Entry) string {
	if e.ActorID == "" {
		return ""
	}
	return address("/audit", map[string][]string{"actor": {e.ActorID}})
}

// verifyAudit walks the whole chain and says what it found.
func (u *UI) verifyAudit(r *http.Request, v view, f *web.Frame) (*web.Alert, error) {
	n, broken, err := u.st.VerifyAudit(r.Context(), v.by)
	switch {
	case err != nil:
		return nil, err
	case broken > 0:
		return &web.Alert{Kind: web.Danger, Title: f.T("audit.broken", broken), Text: f.T("audit.broken.text")}, nil
	}
	return &web.Alert{Kind: web.OK, Title: f.T("audit.whole", n), Text: f.T("audit.whole.text")}, nil
}

func (u *UI) auditFile(w http.ResponseWriter, r *http.Request, v view, f store.AuditFilter) error {
	t := func(key string) string { return web.T(v.lang, key) }
	f.Before, f.Limit = 0, 1000
	return sendList(w, r, "protokoll", []string{t("audit.seq"), t("audit.when"), t("audit.what"), t("audit.about"), t("devices.school"), t("audit.who"), t("audit.event.code"), t("audit.hash")},
		func(yield func([]string, error) bool) {
			for {
				entries, err := u.st.Audit(r.Context(), v.by, f)
				if err != nil {
					yield(nil, err)
					return
				}
				names, err := u.subjectNames(r, v, entries)
				if err != nil {
					yield(nil, err)
					return
				}
				for _, e := range entries {
					row := []string{strconv.FormatInt(e.Seq, 10), e.At.In(web.Berlin).Format("2006-01-02 15:04:05"), eventText(v.lang, e), subjectCell(v, e, names).Text,
						names[[2]string{"school", string(e.School)}], actorText(v.lang, e), e.Event, e.Hash}
					if !yield(row, nil) {
						return
					}
				}
				if len(entries) < f.Limit {
					return
				}
				f.Before = entries[len(entries)-1].Seq
			}
		})
}

func init() {
	web.Add(web.Words{
		"audit.lead":        {"Jede Änderung mit Zeit, Konto und Gegenstand. Einträge lassen sich nicht ändern, ohne dass es auffällt.", "Every change with time, account and subject. Entries cannot be altered without it being noticed."},
		"audit.when":        {"Wann", "When"},
		"audit.what":        {"Was", "What"},
		"audit.about":       {"Woran", "About"},
		"audit.who":         {"Wer", "Who"},
		"audit.seq":         {"Nr.", "No."},
		"audit.hash":        {"Prüfsumme", "Checksum"},
		"audit.event.any":   {"alles", "everything"},
		"audit.event.code":  {"Ereignis", "Event"},
		"audit.system":      {"Ranzen selbst", "Ranzen itself"},
		"audit.verify":      {"Kette prüfen", "Verify the chain"},
		"audit.whole":       {"Die Kette ist lückenlos: {1} {1:Eintrag|Einträge}.", "The chain is unbroken: {1} {1:entry|entries}."},
		"audit.whole.text":  {"Kein Eintrag wurde geändert, entfernt oder eingefügt.", "No entry was changed, removed or inserted."},
		"audit.broken":      {"Die Kette ist beim Eintrag {1} unterbrochen.", "The chain is broken at entry {1}."},
		"audit.broken.text": {"Ab dort wurde an der Datenbank vorbei an Ranzen etwas geändert. Vergleichen Sie mit einer Sicherung und melden Sie es Ihrem Datenschutz.", "From there on something was changed in the database past Ranzen. Compare it with a backup and report it to your data protection officer."},
		"audit.none":        {"Noch keine Einträge", "No entries yet"},
		"audit.none.text":   {"Jede Änderung steht hier, sobald sie gemacht ist.", "Every change stands here as soon as it is made."},
		"audit.nothing":     {"Kein Eintrag passt dazu", "No entry fits"},
	})
}
