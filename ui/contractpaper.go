package ui

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/document"
	"ranzen/ui/web"
)

// Papers of contracts: made for a class at once or for one contract, printed as one file for each class by surname, and kept
// as they are once signed.

func classPapersAddress(c school.ClassID) string {
	return documentsPath + "/class/" + url.PathEscape(string(c))
}

func contractPapersAddress(c school.ContractID) string {
	return documentsPath + "/of/" + url.PathEscape(string(c))
}

// classContracts reads the contracts of a class that are not over, in full.
func (u *UI) classContracts(r *http.Request, v view, class school.ClassID) (out []store.ContractPage, err error) {
	f := store.ContractFilter{View: store.RunningContracts, Class: class, Limit: store.MaxPage}
	for {
		page, err := u.st.Contracts(r.Context(), v.by, f)
		if err != nil {
			return nil, err
		}
		for _, line := range page.Rows {
			if _, has := line.Kind.Paper(); !has {
				continue
			}
			x, err := u.st.ContractByID(r.Context(), v.by, line.ID)
			if err != nil {
				return nil, err
			}
			out = append(out, x)
		}
		if f.After = page.Next; f.After == "" {
			return out, nil
		}
	}
}

// classPapersPage shows the contracts of a class with their papers.
func (u *UI) classPapersPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showClassPapers(w, r, v, nil)
}

func (u *UI) showClassPapers(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	c, err := u.st.ClassByID(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return err
	}
	if !v.at(school.ViewPeople, c.School) || !v.at(school.Lend, c.School) {
		return web.ErrNotFound
	}
	contracts, err := u.classContracts(r, v, c.ID)
	if err != nil {
		return err
	}
	made, err := u.st.ClassDocuments(r.Context(), v.by, c.ID, school.LoanContract, school.StaffTerms)
	if err != nil {
		return err
	}
	papers := map[school.ContractID]store.DocumentFile{}
	for _, d := range made {
		papers[d.Contract] = d
	}
	name := web.ClassName(v.lang, c.Name)
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "loanpaper.class", name), web.Crumb{Name: c.SchoolName, Href: schoolAddress(c.School)}, web.Crumb{Name: name, Href: classAddress(c.ID)}, web.Crumb{Name: web.T(v.lang, "loanpaper.contracts")}),
		Lead: web.T(v.lang, "loanpaper.class.lead")}
	here := classPapersAddress(c.ID)
	p.Columns = []web.Column{{Name: p.T("lend.person")}, {Name: p.T("loanpaper.number")}, {Name: p.T("devices.number")}, {Name: p.T("loanpaper.paper")}}
	open := 0
	for _, x := range contracts {
		status := web.Status{Kind: web.Waiting, Text: p.T("loanpaper.none.yet")}
		d, has := papers[x.ID]
		switch {
		case has && !d.Signed.IsZero():
			status = web.Status{Kind: web.OK, Text: p.T("loanpaper.signed", p.Lang.Date(d.Signed))}
		case has:
			status = web.Status{Kind: web.Busy, Text: p.T("loanpaper.made", p.Lang.Date(d.Made))}
		}
		if x.May(school.PrepareContract) {
			open++
		}
		p.Rows = append(p.Rows, []cell{{Text: x.PersonName, Href: contractPapersAddress(x.ID)}, {Text: x.Number}, {Text: x.AssetName}, {Status: &status}})
	}
	if open > 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("loanpaper.make", open), Href: here, Post: true, Primary: true})
	}
	if len(made) > 0 {
		p.Actions = append(p.Actions, web.Action{Text: p.T("loanpaper.print", len(made)), Href: here + "/papers.pdf"})
	}
	p.Empty = web.Empty{Title: p.T("loanpaper.class.none"), Text: p.T("loanpaper.class.none.text")}
	if refused != nil {
		if p.Alert, err = refusal(v.lang, refused); err != nil {
			return err
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "table", p)
	}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

// makeClassPapers makes the papers of a class. Those that would say the same stay.
func (u *UI) makeClassPapers(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.st.ClassByID(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return err
	}
	contracts, err := u.classContracts(r, v, c.ID)
	if err != nil {
		return err
	}
	var papers []store.NewDocument
	for _, x := range contracts {
		if !x.May(school.PrepareContract) || x.School != c.School {
			continue
		}
		kind, _ := x.Kind.Paper()
		paper, err := u.paperMaker(v).paper(r.Context(), x, paperWish{Kind: kind})
		if err != nil {
			return err
		}
		papers = append(papers, paper)
	}
	made, same, err := u.st.MakeDocuments(r.Context(), v.by, c.School, papers)
	if err != nil {
		return u.showClassPapers(w, r, v, err)
	}
	return u.done(w, r, classPapersAddress(c.ID), "done.papers", "", int64(made), int64(same))
}

// classPapersPDF is the file of a class: its papers by surname, each with its own pages.
func (u *UI) classPapersPDF(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.st.ClassByID(r.Context(), v.by, school.ClassID(routeVar(r, "class")))
	if err != nil {
		return err
	}
	made, err := u.st.ClassDocuments(r.Context(), v.by, c.ID, school.LoanContract, school.StaffTerms)
	if err != nil {
		return err
	}
	var papers []document.Paper
	for _, d := range made {
		x, err := readPaper(d)
		if err != nil {
			return err
		}
		papers = append(papers, x)
	}
	if len(papers) == 0 {
		return web.ErrNotFound
	}
	if err := u.st.NamesExported(r.Context(), v.by, "contracts", c.School); err != nil {
		return err
	}
	return sendPapers(w, web.T(v.lang, "loanpaper.contracts")+" "+c.SchoolName+" "+c.Name, papers...)
}

// sendPapers answers with papers as one file, named as people say it.
func sendPapers(w http.ResponseWriter, name string, papers ...document.Paper) error {
	b, err := document.PDF(papers...)
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", strings.ToLower(fileName(name))+".pdf", b)
}

// readPaper is a paper as it was made.
func readPaper(d store.DocumentFile) (document.Paper, error) {
	x := document.Paper{Lang: web.German, Mark: document.Mark(d.Hash)}
	if err := json.Unmarshal(d.Facts, &x.Facts); err != nil {
		return x, err
	}
	var err error
	x.Wording, err = d.Kind.Read(d.Body)
	return x, err
}

// PapersPDF lays papers out as one file, each as it was made.
func PapersPDF(made []store.DocumentFile) ([]byte, error) {
	var papers []document.Paper
	for _, d := range made {
		x, err := readPaper(d)
		if err != nil {
			return nil, err
		}
		papers = append(papers, x)
	}
	return document.PDF(papers...)
}

// contractPapersPage lists the papers of one contract and makes more.
func (u *UI) contractPapersPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showContractPapers(w, r, v, nil)
}

func (u *UI) showContractPapers(w http.ResponseWriter, r *http.Request, v view, refused error) error {
	x, err := u.st.ContractByID(r.Context(), v.by, school.ContractID(routeVar(r, "contract")))
	if err != nil {
		return err
	}
	all, err := u.st.DocumentsOf(r.Context(), v.by, x.ID)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "loanpaper.of", x.Number)
	p := &tablePage{Frame: u.frame(r, title, web.Crumb{Name: x.SchoolName, Href: schoolAddress(x.School)}, web.Crumb{Name: title}), Lead: strings.TrimSuffix(web.T(v.lang, "loanpaper.of.lead", x.PersonName, x.AssetName), " · ")}
	here := contractPapersAddress(x.ID)
	may := v.at(school.Lend, x.School)
	if may {
		for i, wish := range papersFor(v.lang, x, v.now) {
			p.Actions = append(p.Actions, web.Action{Text: p.T("loanpaper.make.one", wish.name(v.lang)), Href: here, Post: true, Primary: i == 0, Hidden: []web.Hidden{{Name: "kind", Value: string(wish.Kind)}, {Name: "subject", Value: wish.Subject}}})
		}
	}
	p.Actions = append(p.Actions, web.Action{Text: p.T("loanpaper.notice"), Href: documentsPath + "/notice.pdf?school=" + url.QueryEscape(string(x.School))})
	p.Columns = []web.Column{{Name: p.T("loanpaper.paper")}, {Name: p.T("loanpaper.made.when")}, {Name: p.T("devices.state")}, {Name: p.T("table.do"), Hidden: true}}
	for _, d := range all {
		file := documentsPath + "/file/" + url.PathEscape(string(d.ID)) + ".pdf"
		status := web.Status{Kind: web.Waiting, Text: p.T("loanpaper.unsigned")}
		var actions []web.Action
		name := aboutPaper(v.lang, x, d).name(v.lang)
		mail := web.Action{Text: p.T("papermail.short"), About: name, Href: mailAddress(d.ID)}
		switch {
		case !d.Signed.IsZero():
			if may {
				actions = []web.Action{mail}
			}
			status = web.Status{Kind: web.OK, Text: p.T("loanpaper.signed.how", p.Lang.Date(d.Signed), p.T("loanpaper.how."+string(d.SignedHow)))}
		case !d.Replaced.IsZero():
			status = web.Status{Kind: web.Off, Text: p.T("loanpaper.replaced")}
		case may:
			page := documentsPath + "/file/" + url.PathEscape(string(d.ID))
			actions = []web.Action{{Text: p.T("sign.short"), About: name, Href: page + "/sign"}, {Text: p.T("sign.link"), About: name, Href: page + "/link", Post: true},
				{Text: p.T("loanpaper.sign.paper"), About: name, Href: here + "/signed", Post: true,
					Hidden: []web.Hidden{{Name: "document", Value: string(d.ID)}, {Name: "hash", Value: d.Hash}}}, mail}
		}
		if d.Scanned > 0 {
			actions = append(actions, web.Action{Text: p.T("stacks.scan"), About: name, Href: documentsPath + "/file/" + url.PathEscape(string(d.ID)) + "/scan"})
		}
		p.Rows = append(p.Rows, []cell{{Text: name, Href: file}, {When: momentOf(&p.Frame, d.Made), Detail: p.T("part.by", d.By)}, {Status: &status}, {Actions: actions}})
	}
	p.Empty = web.Empty{Title: p.T("loanpaper.none"), Text: p.T("loanpaper.none.text"), Actions: p.Actions}
	status := http.StatusOK
	if refused != nil {
		if p.Alert, err = refusal(v.lang, refused); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return u.site.Render(w, r, status, "table", p)
}

func (u *UI) makeContractPaper(w http.ResponseWriter, r *http.Request, v view) error {
	x, err := u.st.ContractByID(r.Context(), v.by, school.ContractID(routeVar(r, "contract")))
	if err != nil {
		return err
	}
	kind := school.DocumentKind(r.PostFormValue("kind"))
	for _, wish := range papersFor(v.lang, x, v.now) {
		if wish.Kind != kind || wish.Subject != r.PostFormValue("subject") {
			continue
		}
		paper, err := u.paperMaker(v).paper(r.Context(), x, wish)
		if err != nil {
			return err
		}
		made, same, err := u.st.MakeDocuments(r.Context(), v.by, x.School, []store.NewDocument{paper})
		if err != nil {
			return u.showContractPapers(w, r, v, err)
		}
		return u.done(w, r, contractPapersAddress(x.ID), "done.papers", "", int64(made), int64(same))
	}
	return u.showContractPapers(w, r, v, school.Clash("document_late", x.Number))
}

// documentPDF is one paper: as it was signed, or as it will be.
func (u *UI) documentPDF(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.st.DocumentByID(r.Context(), v.by, school.DocumentID(routeVar(r, "document")))
	if err != nil {
		return err
	}
	b := d.File
	if b == nil {
		x, err := readPaper(d)
		if err != nil {
			return err
		}
		if b, err = document.PDF(x); err != nil {
			return err
		}
	}
	return sendFile(w, "application/pdf", strings.ToLower(fileName(document.Title(d.Kind, web.German)))+".pdf", b)
}

// signedOnPaper says that a paper came back signed. Its file is kept from then on.
func (u *UI) signedOnPaper(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.st.DocumentByID(r.Context(), v.by, school.DocumentID(r.PostFormValue("document")))
	if err != nil {
		return err
	}
	if string(d.Contract) != routeVar(r, "contract") {
		return web.ErrNotFound
	}
	x, err := readPaper(d)
	if err != nil {
		return err
	}
	file, err := document.PDF(x)
	if err != nil {
		return err
	}
	if err := u.st.SignDocument(r.Context(), v.by, d.ID, school.ByPaper, r.PostFormValue("hash"), file); err != nil {
		return u.showContractPapers(w, r, v, err)
	}
	return u.done(w, r, contractPapersAddress(d.Contract), "done.papers.signed", "")
}
