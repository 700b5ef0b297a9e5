package api

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

// A print run makes the contracts of a school, one file for each class. Whoever ordered it asks how far it is and fetches the
// files one by one; what was signed meanwhile no longer lies in them.

type printView struct {
	ID        string     `json:"id"`
	School    ref        `json:"school"`
	Whole     bool       `json:"whole"`
	By        string     `json:"by"`
	Created   *time.Time `json:"created"`
	Ended     *time.Time `json:"ended"`
	Contracts int        `json:"contracts"`
	Done      int        `json:"done"`
	Made      int        `json:"made"`
	Same      int        `json:"same"`
	Papers    int        `json:"papers"`
	Failed    int        `json:"failed_files"`
}

func viewPrint(x store.Print) printView {
	return printView{string(x.ID), ref{string(x.School), x.SchoolName}, x.Whole, x.By, moment(x.Created), moment(x.Ended), x.Contracts, x.Done, x.Made, x.Same, x.Papers, x.Failed}
}

type printFileView struct {
	ID        string `json:"id"`
	N         int    `json:"n"`
	Class     *ref   `json:"class"`
	State     string `json:"state"`
	Contracts int    `json:"contracts"`
	Made      int    `json:"made"`
	Same      int    `json:"same"`
	Papers    int    `json:"papers"`
}

type printPageView struct {
	printView
	Files []printFileView `json:"files"`
}

func (a *API) prints(c *call) (answer, error) {
	limit, err := c.limit()
	if err != nil {
		return answer{}, err
	}
	rows, err := a.st.Prints(c.ctx, c.by, c.query.Get("after"), limit)
	return paged(rows, viewPrint), err
}

type newPrint struct {
	School  string   `json:"school"`
	Classes []string `json:"classes"`
	Whole   bool     `json:"whole"`
}

// orderPrint orders a run; without classes it is of the whole school.
func (a *API) orderPrint(c *call, b newPrint) (answer, error) {
	id, err := a.st.OrderPrint(c.ctx, c.by, school.SchoolID(b.School), classIDs(b.Classes), b.Whole)
	if err != nil {
		return answer{}, err
	}
	a.wake("prints", "")
	out := created("/prints/", id, "")
	out.status = http.StatusAccepted
	return out, nil
}

func (a *API) print(c *call) (answer, error) {
	p, files, err := a.st.PrintByID(c.ctx, c.by, school.PrintID(c.id()))
	v := printPageView{printView: viewPrint(p), Files: []printFileView{}}
	for _, f := range files {
		v.Files = append(v.Files, printFileView{string(f.ID), f.N, refTo(f.Class, f.ClassName), f.State, f.Contracts, f.Made, f.Same, f.Papers})
	}
	return answer{body: v}, err
}

func (a *API) stopPrint(c *call) (answer, error) {
	return changed(c.id(), ""), a.st.StopPrint(c.ctx, c.by, school.PrintID(c.id()))
}

// printFile is the file of a class, to be laid into a printer.
func (a *API) printFile(c *call) (answer, error) {
	p, files, err := a.st.PrintByID(c.ctx, c.by, school.PrintID(c.id()))
	if err != nil {
		return answer{}, err
	}
	for _, f := range files {
		if string(f.ID) != c.vars["file"] {
			continue
		}
		made, err := a.st.PrintDocuments(c.ctx, c.by, f.ID)
		if err != nil {
			return answer{}, err
		}
		if len(made) == 0 {
			return answer{}, school.Clash("print_empty")
		}
		if err := a.st.NamesExported(c.ctx, c.by, "contracts", p.School); err != nil {
			return answer{}, err
		}
		b, err := a.papersOf(made)
		return answer{file: &file{Kind: typePDF, Name: string(f.ID) + ".pdf", body: b}}, err
	}
	return answer{}, school.Missing("print")
}
