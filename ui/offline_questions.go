package ui

import (
	"net/http"
	"net/url"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// questionsPage lists what desks scanned without a network and could not be booked by itself: both versions side by side,
// a button for each.
func (u *UI) questionsPage(w http.ResponseWriter, r *http.Request, v view) error {
	title := web.T(v.lang, "offline.title")
	p := &recordPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "desk.start"), Href: deskPath}, web.Crumb{Name: title})}
	p.Lead = p.T("offline.lead")
	for _, open := range []bool{true, false} {
		all, err := u.st.OfflineQuestions(r.Context(), v.by, open)
		if err != nil {
			return err
		}
		s := section{Title: p.T("offline.open"), None: p.T("offline.none"), Columns: []web.Column{{Name: p.T("offline.thing")}, {Name: p.T("offline.scanned")}, {Name: p.T("offline.booked")}, {Name: p.T("offline.why")}}}
		switch {
		case open:
			s.Columns = append(s.Columns, web.Column{Name: p.T("offline.which")})
		case len(all) == 0:
			continue
		default:
			s.Title = p.T("offline.decided")
			s.Columns = append(s.Columns, web.Column{Name: p.T("offline.who")})
		}
		for _, q := range all {
			s.Rows = append(s.Rows, questionCells(&p.Frame, v, q))
		}
		p.Sections = append(p.Sections, s)
	}
	return u.site.Render(w, r, http.StatusOK, "record", p)
}

func questionCells(f *web.Frame, v view, q store.OfflineQuestion) []cell {
	thing := cell{Text: q.AssetName, Detail: q.SchoolName}
	if q.Asset != "" && v.at(school.View, q.School) {
		thing.Href = assetAddress(q.Asset)
	}
	person := q.PersonName
	if person == "" {
		person = f.T("offline.erased")
	}
	scanned, at := cell{Text: f.T("offline.said.return")}, f.T("offline.at", q.Place, q.By)
	switch {
	case q.Act == school.OfflineIssue:
		scanned.Text = f.T("offline.said.issue", person)
	case q.Act == school.OfflineSign:
		scanned.Text = f.T("offline.said.sign", q.Code, person)
	case q.Lacks > 0:
		scanned.Text = f.T("offline.said.lacks", q.Lacks)
	}
	if q.Online {
		at = f.T("offline.at.online")
	}
	scanned.Detail = f.Lang.DateTime(q.Scanned) + " · " + at
	booked := cell{Text: f.T("offline.nobody")}
	if q.Act == school.OfflineSign {
		booked.Text = f.T("offline.paper.now")
	} else if q.NowPerson != "" {
		booked.Text, booked.Detail = f.T("offline.with", q.NowName), f.T("offline.since", f.Lang.DateTime(q.NowSince))
	}
	row := []cell{thing, scanned, booked, {Text: f.T("offline.why." + string(q.Reason))}}
	if !q.Open {
		return append(row, cell{Text: f.T("offline.answer." + string(q.Answer)), Detail: q.DecidedBy + " · " + f.Lang.DateTime(q.Decided)})
	}
	act := func(answer school.OfflineAnswer, text string) web.Action {
		return web.Action{Text: text, About: q.AssetName, Href: questionsPath + "/" + url.PathEscape(q.ID), Post: true, Hidden: []web.Hidden{{Name: "answer", Value: string(answer)}}}
	}
	var book, leave string
	switch {
	case q.Act == school.OfflineSign:
		leave = f.T("offline.do.seen")
	case q.Act == school.OfflineIssue && q.NowPerson != "":
		book, leave = f.T("offline.do.has", person), f.T("offline.do.has", q.NowName)
	case q.Act == school.OfflineIssue:
		book, leave = f.T("offline.do.issue", person), f.T("offline.do.leave")
	case q.NowPerson != "":
		book, leave = f.T("offline.do.return"), f.T("offline.do.has", q.NowName)
	default: // it is back, whatever else
		leave = f.T("offline.do.seen")
	}
	var do cell
	if book != "" && (q.Act == school.OfflineReturn || q.PersonName != "") {
		do.Actions = append(do.Actions, act(school.AnswerBook, book))
	}
	do.Actions = append(do.Actions, act(school.AnswerLeave, leave))
	return append(row, do)
}

// answerQuestion decides. A rule that stands against it is said on the page, and the question stays.
func (u *UI) answerQuestion(w http.ResponseWriter, r *http.Request, v view) error {
	answer := school.OfflineAnswer(r.PostFormValue("answer"))
	set, err := u.st.AnswerOffline(r.Context(), v.by, routeVar(r, "question"), answer)
	if err != nil {
		return err
	}
	return u.done(w, r, questionsPath, "done.offline."+string(answer), set)
}

// questionsLink leads to the questions, where there are some.
func (u *UI) questionsLink(r *http.Request, v view) (*web.Action, error) {
	n, err := u.st.OfflineOpen(r.Context(), v.by)
	if err != nil || n == 0 {
		return nil, err
	}
	return &web.Action{Text: web.T(v.lang, "offline.link", n), Href: questionsPath}, nil
}
