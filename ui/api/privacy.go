package api

import (
	"strings"
	"time"

	"ranzen/store/school"
	"ranzen/ui/sheet"
	"ranzen/ui/web"
)

// What authorities owe the people they keep data of: the answer to Art. 15 GDPR, erasure, the clocks of retention, and the
// papers, in the words the pages have.

// writer writes sheets about this installation, for whoever calls.
func (a *API) writer(c *call) (pdf bool, w sheet.Writer, reader sheet.Reader, err error) {
	if pdf, err = c.asPDF(); err != nil {
		return pdf, w, reader, err
	}
	x, err := a.st.Authority(c.ctx, c.by)
	return pdf, sheet.Writer{Store: a.st, Hosts: a.hosts, Secure: a.secure, Version: a.version}, sheet.Reader{By: c.by, Authority: x, Lang: c.lang, At: c.now}, err
}

// asPDF reads in which form something is wanted.
func (c *call) asPDF() (bool, error) {
	switch c.query.Get("format") {
	case "", "json":
		return false, nil
	case "pdf":
		return true, nil
	}
	return false, school.Refuse("format", "choice")
}

// sheetView is something to be read, as its page shows it.
type sheetView struct {
	Title string        `json:"title"`
	Lead  string        `json:"lead"`
	Parts []sectionView `json:"parts"`
	Foot  string        `json:"foot"`
}

type sectionView struct {
	Heading string     `json:"heading"`
	Texts   []string   `json:"texts"`
	Points  []string   `json:"points"`
	Facts   []factView `json:"facts"`
	Head    []string   `json:"head"`
	Rows    [][]string `json:"rows"`
}

type factView struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func (c *call) sheet(s sheet.Sheet, pdf bool, name string, made time.Time) (answer, error) {
	if pdf {
		b, err := s.PDF(c.lang, made)
		return answer{file: &file{Kind: typePDF, Name: name + ".pdf", body: b}}, err
	}
	v := sheetView{Title: s.Title, Lead: s.Lead, Foot: s.Foot, Parts: []sectionView{}}
	for _, p := range s.Parts {
		x := sectionView{Heading: p.Heading, Texts: orEmpty(p.Texts), Points: orEmpty(p.Points), Facts: []factView{}, Head: orEmpty(p.Head), Rows: orEmpty(p.Rows)}
		for _, f := range p.Facts {
			x.Facts = append(x.Facts, factView{f.Name, f.Text})
		}
		v.Parts = append(v.Parts, x)
	}
	return answer{body: v}, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// person reads one person; the log notes that it was looked at.
func (a *API) person(c *call) (answer, error) {
	x, err := a.st.PersonByID(c.ctx, c.by, school.PersonID(c.id()))
	if err == nil {
		a.st.Viewed(c.by, x.Person)
	}
	return answer{body: viewPerson(x)}, err
}

// personData is the answer to Art. 15. The log says that it was given out before anything is sent.
func (a *API) personData(c *call) (answer, error) {
	pdf, _, reader, err := a.writer(c)
	if err != nil {
		return answer{}, err
	}
	d, err := a.st.PersonData(c.ctx, c.by, school.PersonID(c.id()))
	switch {
	case err != nil:
		return answer{}, err
	case pdf:
		return c.sheet(sheet.AnswerSheet(reader, d), true, web.T(c.lang, "data.file"), d.Made)
	}
	return answer{body: sheet.AnswerOf(reader, d)}, nil
}

type typedBody struct {
	Typed string `json:"typed"`
}

// sure refuses what cannot be undone unless the name of the thing was given: no program does it with a wrong id.
func (b typedBody) sure(name string) error {
	if school.Fold(strings.TrimSpace(b.Typed)) != school.Fold(name) {
		return school.Refuse("typed", "typed_name", name)
	}
	return nil
}

func (a *API) erasePerson(c *call, b typedBody) (answer, error) {
	x, err := a.st.PersonByID(c.ctx, c.by, school.PersonID(c.id()))
	if err == nil && !c.by.Can(school.EditPeople, school.Where{Authority: c.by.Tenant}) {
		err = school.Deny(school.EditPeople)
	}
	if err == nil {
		err = b.sure(x.Name())
	}
	if err == nil {
		err = a.st.ErasePerson(c.ctx, c.by, x.ID)
	}
	if err == nil {
		a.wake("deletions", "")
	}
	return changed(x.ID, ""), err
}

// views lists who looked at a person and who gave its data out.
func (a *API) views(c *call) (answer, error) {
	rows, err := a.st.Views(c.ctx, c.by, school.PersonID(c.id()), 200)
	if err == nil && len(rows) == 0 {
		_, err = a.st.PersonByID(c.ctx, c.by, school.PersonID(c.id()))
	}
	return listed(rows, "", viewEntry), err
}

// termView is one clock of retention: days after the end of a thing.
type termView struct {
	Name  string `json:"name"`
	Days  int    `json:"days"`
	Usual int    `json:"usual"`
	Least int    `json:"least"`
	Most  int    `json:"most"`
	Due   *int64 `json:"due"` // what the coming night takes; null where it is not counted
}

func (a *API) retention(c *call) (answer, error) {
	x, err := a.st.Authority(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	due, err := a.st.RetentionDue(c.ctx, c.by, x.Policy.Privacy.Retention)
	items := []termView{}
	for _, t := range school.Terms {
		v := termView{Name: t.Name, Days: t.In(x.Policy.Privacy.Retention), Usual: t.Usual, Least: t.Least, Most: t.Most}
		if n, counted := due[t.Name]; counted {
			v.Due = &n
		}
		items = append(items, v)
	}
	return answer{body: map[string]any{"items": items}}, err
}

type retentionPatch struct {
	Loans  field[int] `json:"loans"`
	Left   field[int] `json:"left"`
	Orders field[int] `json:"orders"`
	Audit  field[int] `json:"audit"`
}

// setRetention sets clocks; null sets one back to the usual term.
func (a *API) setRetention(c *call, b retentionPatch) (answer, error) {
	x, err := a.st.Authority(c.ctx, c.by)
	if err != nil {
		return answer{}, err
	}
	was := x.Policy.Privacy
	now := was
	for name, f := range map[string]field[int]{"loans": b.Loans, "left": b.Left, "orders": b.Orders, "audit": b.Audit} {
		for _, t := range school.Terms {
			if t.Name == name {
				*t.Days(&now.Retention) = f.or(*t.Days(&was.Retention))
			}
		}
	}
	set, err := a.st.SetPrivacy(c.ctx, c.by, was, now)
	return changed(x.ID, set), err
}

type paperView struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	For   string `json:"for"`
}

// papers lists what an authority needs before people get devices.
func (a *API) papers(c *call) (answer, error) {
	items := []paperView{}
	for _, id := range sheet.Papers() {
		items = append(items, paperView{id, web.T(c.lang, "paper."+id), web.T(c.lang, "paper."+id+".for")})
	}
	return answer{body: map[string]any{"items": items}}, nil
}

func (a *API) paper(c *call) (answer, error) {
	pdf, w, reader, err := a.writer(c)
	if err != nil {
		return answer{}, err
	}
	s, err := w.Paper(c.ctx, reader, c.id())
	if err != nil {
		return answer{}, err
	}
	return c.sheet(s, pdf, web.T(c.lang, "paper."+c.id()+".file"), c.now)
}

// sightView is what can be seen about an iPad of a school, with the address at which everybody may read it.
type sightView struct {
	sheetView
	Public string `json:"public"`
}

func (a *API) sight(c *call) (answer, error) {
	pdf, _, reader, err := a.writer(c)
	if err != nil {
		return answer{}, err
	}
	x, err := a.st.School(c.ctx, c.by, school.SchoolID(c.id()))
	if err != nil {
		return answer{}, err
	}
	code, err := a.st.SightCode(c.ctx, c.by, x.ID)
	if err != nil {
		return answer{}, err
	}
	out, err := c.sheet(sheet.Sight(c.lang, reader.Authority, x), pdf, sheet.SightFile(c.lang), c.now)
	if v, ok := out.body.(sheetView); ok {
		out.body = sightView{v, a.public + "/sight/" + string(x.ID) + "/" + code}
	}
	return out, err
}
