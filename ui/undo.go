package ui

import (
	"errors"
	"net/http"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// conflictPage is the page "conflict": why something could not be undone, and what moved since.
type conflictPage struct {
	web.Frame
	Text  string
	Moved []web.Fact
	Back  string
}

// undo writes back what a change set changed, where nothing moved since; otherwise it says what did. An undo is itself
// undone like anything else.
func (u *UI) undo(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return errNoForm
	}
	back := localTarget(orElse(r.PostForm.Get("back"), orElse(r.URL.Query().Get("back"), "/")))
	id := school.ChangeSetID(mux.Vars(r)["set"])
	set, err := u.st.Undo(r.Context(), v.by, id)
	if err == nil {
		return u.done(w, r, back, "done.undone", set)
	}
	e, ok := errors.AsType[*school.Error](err)
	if !ok || e.Kind != school.Conflict {
		return err
	}
	was, err := u.st.ChangeSet(r.Context(), v.by, id)
	if err != nil {
		return err
	}
	title := web.T(v.lang, "undo.title")
	p := &conflictPage{Frame: u.frame(r, title, web.Crumb{Name: title}), Text: web.RuleText(v.lang, e), Back: back}
	p.Moved = []web.Fact{{Name: p.T("undo.what"), Text: eventName(v.lang, was.Event)}, {Name: p.T("undo.when"), When: &web.When{At: was.At, Now: v.now}}}
	if e.Code == "undo_conflict" && len(e.Args) > 0 {
		if table, ok := e.Args[0].(string); ok {
			p.Moved = append(p.Moved, web.Fact{Name: p.T("undo.moved"), Text: wordOr(v.lang, "noun."+table, table)})
		}
	}
	return u.site.Render(w, r, http.StatusConflict, "conflict", p)
}

func init() {
	web.Add(web.Words{
		"undo.title":  {"Nicht rückgängig gemacht", "Not undone"},
		"undo.what":   {"Was rückgängig gemacht werden sollte", "What was to be undone"},
		"undo.when":   {"Geschehen", "Happened"},
		"undo.moved":  {"Seitdem geändert", "Changed since"},
		"undo.back":   {"Zurück", "Back"},
		"undo.rest":   {"Nichts wurde geändert. Ändern Sie es dort von Hand, wo es jetzt steht.", "Nothing was changed. Change it by hand where it now stands."},
		"done.undone": {"Rückgängig gemacht.", "Undone."},
	})
}
