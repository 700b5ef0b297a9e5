package ui

import (
	"net/http"
	"slices"
	"strconv"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

const documentsPath = "/documents"

func documentAddress(k school.DocumentKind) string { return documentsPath + "/" + string(k) }

func (u *UI) documentsPlace(f *web.Frame, v view) []web.Crumb {
	return u.adminPlace(f, v, web.Crumb{Name: f.T("admin.documents"), Href: documentsPath})
}

// wordingsPage lists the kinds of documents and which text each has.
func (u *UI) wordingsPage(w http.ResponseWriter, r *http.Request, v view) error {
	own, err := u.st.Wordings(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := &tablePage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "wording.lead")}
	p.Title = p.T("admin.documents")
	p.Place = u.adminPlace(&p.Frame, v)
	p.Columns = []web.Column{{Name: p.T("wording.document")}, {Name: p.T("wording.text")}, {Name: p.T("wording.draft")}, {Name: p.T("wording.sample")}}
	for _, kind := range school.DocumentKinds {
		if kind == school.LoanContract && v.authority.Policy.StaffOnly { // that of pupils
			continue
		}
		title := document.Title(kind, v.lang)
		row := []cell{{Text: title, Detail: p.T("document." + string(kind) + ".for"), Href: documentAddress(kind)}, {Text: p.T("wording.default")}, {},
			{Text: p.T("wording.pdf", title), Href: documentAddress(kind) + "/sample.pdf"}}
		for _, x := range own {
			switch {
			case x.Kind != kind:
			case x.Number == 0:
				row[2] = cell{Text: p.T("wording.draft.by", x.By), Detail: p.Lang.DateTime(x.Changed)}
			default:
				row[1] = cell{Text: p.T("wording.version", x.Number), Detail: p.Lang.DateTime(x.Released)}
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// wordingPage is the page "wording": the text of a kind, what may stand in it, and its versions.
type wordingPage struct {
	web.Frame
	Lead     string
	Alert    *web.Alert
	Action   string
	Field    web.Field
	Before   string // hash of the draft it was written from
	Submit   string
	Cancel   string
	Draft    *wordingDraft
	Places   []wordingPlace
	Versions [][]cell
	Columns  []web.Column
}

// wordingDraft is what can be done with a draft.
type wordingDraft struct {
	Says    string
	Sample  string // address of the preview
	Release web.Action
	Drop    web.Action
}

type wordingPlace struct {
	Code  string
	Means string
	Needs bool // the text must have it
}

func (u *UI) wordingKind(r *http.Request, v view) (school.DocumentKind, error) {
	kind := school.DocumentKind(routeVar(r, "kind"))
	if !v.can(school.Settings) || !slices.Contains(school.DocumentKinds, kind) {
		return "", web.ErrNotFound
	}
	return kind, nil
}

func (u *UI) wordingPage(w http.ResponseWriter, r *http.Request, v view) error {
	kind, err := u.wordingKind(r, v)
	if err != nil {
		return err
	}
	p, err := u.wordingForm(r, v, kind)
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "wording", p)
}

func (u *UI) wordingForm(r *http.Request, v view, kind school.DocumentKind) (*wordingPage, error) {
	all, err := u.st.WordingVersions(r.Context(), v.by, kind)
	if err != nil {
		return nil, err
	}
	p := &wordingPage{Frame: u.frame(r, "", web.Crumb{}), Action: documentAddress(kind), Cancel: documentsPath}
	p.Title, p.Lead, p.Submit = document.Title(kind, v.lang), p.T("wording.rules"), p.T("wording.save")
	p.Place = u.documentsPlace(&p.Frame, v)
	p.Field = web.Field{Kind: web.AreaField, Name: "text", Label: p.T("wording.text"), Hint: p.T("wording.text.hint"), Rows: 24, Lang: web.German.String(), Value: document.Wording(kind, web.German)}
	p.Columns = []web.Column{{Name: p.T("wording.version.n")}, {Name: p.T("wording.released")}, {Name: p.T("wording.by")}, {Name: p.T("wording.sample")}}
	for i, x := range all {
		if i == 0 {
			p.Field.Value = x.Body
		}
		if x.Number > 0 {
			n := strconv.Itoa(x.Number)
			p.Versions = append(p.Versions, []cell{{Text: p.T("wording.version", x.Number)}, {When: momentOf(&p.Frame, x.Released)}, {Text: x.By},
				{Text: p.T("wording.pdf.version", x.Number), Href: documentAddress(kind) + "/sample.pdf?version=" + n}})
			continue
		}
		p.Before = x.Hash
		p.Draft = &wordingDraft{Says: p.T("wording.draft.since", x.By, p.Lang.DateTime(x.Changed)), Sample: documentAddress(kind) + "/sample.pdf?version=0",
			Release: web.Action{Text: p.T("wording.release"), Href: documentAddress(kind) + "/release", Post: true, Primary: true, Hidden: []web.Hidden{{Name: "hash", Value: x.Hash}}},
			Drop:    web.Action{Text: p.T("wording.drop"), Href: documentAddress(kind) + "/drop", Post: true}}
	}
	for _, place := range slices.Concat(kind.Places(), kind.Tables()) {
		p.Places = append(p.Places, wordingPlace{"{{" + place + "}}", p.T("place." + place), slices.Contains(kind.Needs(), place)})
	}
	return p, nil
}

// wordingRefused shows the text again with what is wrong in it, line by line.
func (u *UI) wordingRefused(w http.ResponseWriter, r *http.Request, v view, kind school.DocumentKind, err error) error {
	p, ferr := u.wordingForm(r, v, kind)
	if ferr != nil {
		return ferr
	}
	if typed, sent := r.PostForm["text"]; sent {
		p.Field.Value, p.Before = typed[0], r.PostFormValue("before")
	}
	all := school.Refusals(err)
	if len(all) == 0 {
		return err
	}
	p.Alert = &web.Alert{Kind: web.Danger, Title: p.T("wording.wrong")}
	for _, x := range all {
		if x.Kind != school.Invalid && x.Kind != school.Conflict {
			return err
		}
		p.Alert.Lines = append(p.Alert.Lines, web.RuleText(v.lang, x))
	}
	return u.site.Render(w, r, http.StatusUnprocessableEntity, "wording", p)
}

func (u *UI) saveWording(w http.ResponseWriter, r *http.Request, v view) error {
	kind, err := u.wordingKind(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.SaveWording(r.Context(), v.by, kind, r.PostFormValue("before"), r.PostFormValue("text"))
	if err != nil {
		return u.wordingRefused(w, r, v, kind, err)
	}
	return u.done(w, r, documentAddress(kind), "done.wording.saved", set)
}

func (u *UI) releaseWording(w http.ResponseWriter, r *http.Request, v view) error {
	kind, err := u.wordingKind(r, v)
	if err != nil {
		return err
	}
	if _, err := u.st.ReleaseWording(r.Context(), v.by, kind, r.PostFormValue("hash")); err != nil {
		return u.wordingRefused(w, r, v, kind, err)
	}
	return u.done(w, r, documentAddress(kind), "done.wording.released", "")
}

func (u *UI) dropWording(w http.ResponseWriter, r *http.Request, v view) error {
	kind, err := u.wordingKind(r, v)
	if err != nil {
		return err
	}
	set, err := u.st.DropWording(r.Context(), v.by, kind)
	if err != nil {
		return err
	}
	return u.done(w, r, documentAddress(kind), "done.wording.dropped", set)
}

// samplePDF shows a text as it will look, with the longest names: of a version, of the draft (0), or as documents are made now.
func (u *UI) samplePDF(w http.ResponseWriter, r *http.Request, v view) error {
	kind, err := u.wordingKind(r, v)
	if err != nil {
		return err
	}
	all, err := u.st.WordingVersions(r.Context(), v.by, kind)
	if err != nil {
		return err
	}
	paper := document.Paper{Facts: document.Sample(kind, web.German, v.authority.Name, web.T(web.German, "document.sample.school"), v.now, 417), Lang: web.German, Draft: true}
	wanted := r.URL.Query().Get("version")
	i := slices.IndexFunc(all, func(x store.WordingRow) bool { return strconv.Itoa(x.Number) == wanted || wanted == "" && x.Number > 0 })
	switch {
	case i >= 0:
		if paper.Wording, err = kind.Read(all[i].Body); err != nil {
			return u.wordingRefused(w, r, v, kind, err)
		}
	case wanted != "":
		return web.ErrNotFound
	case v.lang.Plain() == web.English: // without a text of one's own there is an English one to read along
		paper.Wording, paper.Lang = document.Default(kind, web.English), web.English
		paper.Facts = document.Sample(kind, web.English, v.authority.Name, web.T(web.English, "document.sample.school"), v.now, 417)
	default:
		paper.Wording = document.Default(kind, web.German)
	}
	return sendPapers(w, document.Title(kind, v.lang), paper)
}
