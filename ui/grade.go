package ui

import (
	"net/http"
	"net/url"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// The page of a grade, the level between school and class: its classes, and what applies to all of them. A school with one
// grade has no such level, and no link leads here.

func gradeAddress(at school.SchoolID, grade string) string {
	return schoolAddress(at) + "/grades/" + url.PathEscape(grade)
}

func gradeName(l web.Lang, grade string) string { return web.T(l, "grade.name", grade) }

// gradeHead is what both views of a grade have above them. They are shown as those of a school.
func (u *UI) gradeHead(r *http.Request, v view, tab string) (*schoolPage, school.Scope, error) {
	grade := routeVar(r, "grade")
	s, err := u.st.School(r.Context(), v.by, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return nil, school.Scope{}, err
	}
	scope := school.GradeScope(s.ID, grade)
	name := gradeName(v.lang, grade)
	p := &schoolPage{Frame: u.frame(r, name, web.Crumb{Name: s.Name, Href: schoolAddress(s.ID)}, web.Crumb{Name: name}), People: v.at(school.ViewPeople, s.ID), Line: s.Name}
	if p.Rows, err = u.classLines(r.Context(), v, s.ID, &grade); err != nil {
		return nil, scope, err
	}
	if len(p.Rows) == 0 { // a grade is there while a class has it
		return nil, scope, web.ErrNotFound
	}
	here := gradeAddress(s.ID, grade)
	p.Tabs = []web.Tab{{Name: p.T("school.tab.classes"), Href: here, Current: tab == "", Counted: true, Count: len(p.Rows)}}
	if v.authority.Has(school.Management) {
		p.Tabs = append(p.Tabs, web.Tab{Name: p.T("class.tab.assigned"), Href: here + "/assigned", Current: tab == "assigned"})
		if v.at(school.Assign, s.ID) {
			p.Actions = []web.Action{{Text: p.T("class.assign"), Href: assignAddress(scope, here+"/assigned"), Primary: true}}
		}
	}
	return p, scope, nil
}

func (u *UI) grade(w http.ResponseWriter, r *http.Request, v view) error {
	p, _, err := u.gradeHead(r, v, "")
	if err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "school", p)
}

func (u *UI) gradeAssigned(w http.ResponseWriter, r *http.Request, v view) error {
	p, scope, err := u.gradeHead(r, v, "assigned")
	if err != nil {
		return err
	}
	at, grade := scope.SchoolOfGrade()
	here := gradeAddress(at, grade) + "/assigned"
	p.Rows = nil
	if p.Assigned, err = u.assignedBlock(r.Context(), v, scope, at, here, false); err != nil {
		return err
	}
	p.Assigned.Again = "every 15s"
	countTab(p.Tabs, here, len(p.Assigned.Lines))
	return u.site.Render(w, r, http.StatusOK, "school", p)
}

func init() {
	web.Add(web.Words{"grade.name": {"Jahrgang {1}", "Grade {1}"}})
}
