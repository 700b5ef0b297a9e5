package ui

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// undoShown is how far back the history of a page offers to undo.
const undoShown = 200

// history is what happened to one noun, newest first, with what can still be undone by who looks. back is the page to
// return to afterwards.
func (u *UI) history(ctx context.Context, v view, subject, id, back string, limit int) ([]web.Event, error) {
	entries, err := u.st.History(ctx, v.by, subject, id, limit)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	sets, err := u.st.ChangeSets(ctx, v.by, undoShown)
	if err != nil {
		return nil, err
	}
	of := make(map[school.ChangeSetID]store.ChangeSet, len(sets))
	for _, s := range sets {
		of[s.ID] = s
	}
	names, err := u.profileNames(ctx, v, entries)
	if err != nil {
		return nil, err
	}
	var out []web.Event
	for _, e := range entries {
		x := web.Event{When: web.When{At: e.At, Now: v.now}, Kind: web.Note, Text: eventText(v.lang, e), By: v.actorName(e)}
		profile, _ := e.Detail["profile"].(string)
		x.Detail = names[school.ProfileID(profile)]
		if s, ok := of[e.ChangeSet]; ok && v.canUndo(s) {
			x.Undo = web.UndoPath + url.PathEscape(string(s.ID)) + "?back=" + url.QueryEscape(back)
		}
		out = append(out, x)
	}
	return out, nil
}

// profileNames names the profiles the entries speak of, each once.
func (u *UI) profileNames(ctx context.Context, v view, entries []store.Entry) (map[school.ProfileID]string, error) {
	names := map[school.ProfileID]string{}
	for _, e := range entries {
		id, _ := e.Detail["profile"].(string)
		p := school.ProfileID(id)
		if _, known := names[p]; known || p == "" {
			continue
		}
		x, err := u.st.Profile(ctx, v.by, p)
		var gone *school.Error
		if err != nil && !errors.As(err, &gone) {
			return nil, err
		}
		names[p] = x.Name
	}
	return names, nil
}

// actorName is who did something; what the server does by itself is said to be so.
func (v view) actorName(e store.Entry) string {
	if e.ActorKind == school.SystemActor {
		return web.T(v.lang, "history.server")
	}
	return e.ActorName
}

// canUndo reports whether a change set can still be undone and who looks may do what it needs.
func (v view) canUndo(s store.ChangeSet) bool {
	if s.Undone || s.Until.IsZero() || v.now.After(s.Until) {
		return false
	}
	noun, _, _ := strings.Cut(s.Event, ".")
	verb, known := undoVerbs[noun]
	if strings.Contains(s.Event, "fixed") {
		verb, known = school.Fix, true
	}
	switch s.Event {
	case "profile.assigned", "profile.unassigned", "profile.version_set", "profile.rollout_set":
		verb = school.Assign
	case "network.changed", "device.announced":
		verb = school.Enroll
	}
	return known && v.at(verb, s.School)
}

// undoVerbs says what undoing an act on a noun needs: what the act itself needed.
var undoVerbs = map[string]school.Verb{"school": school.EditOrg, "class": school.EditOrg, "group": school.EditOrg, "place": school.EditOrg, "year": school.EditOrg,
	"person": school.EditPeople, "roster": school.EditPeople, "roster_source": school.EditPeople, "membership": school.EditPeople, "device": school.EditDevices, "network": school.EditDevices, "profile": school.EditProfiles,
	"authority": school.Settings, "undone": school.EditOrg}

func init() {
	web.Add(web.Words{
		"history.empty":  {"Hier ist noch nichts geschehen.", "Nothing has happened here yet."},
		"history.server": {"den Server", "the server"},
	})
}
