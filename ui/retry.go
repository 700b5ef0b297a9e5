package ui

import (
	"net/http"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// retryAction has all devices of a class try again that refused something for good. One alone has its button in its row.
func (v view) retryAction(told map[school.DeviceID]explained, scope school.Scope, at school.SchoolID) *web.Action {
	n := 0
	for _, e := range told {
		for _, x := range e.reasons {
			if x.Remedy == mdm.TryAgain {
				n++
				break
			}
		}
	}
	if n < 2 || scope.Level != school.AtClass || !v.at(school.OrderDevice, at) {
		return nil
	}
	return &web.Action{Text: web.T(v.lang, "retry.many", n), Href: classAddress(school.ClassID(scope.ID)) + "/retry", Post: true}
}

func (u *UI) deviceRetry(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	return u.retry(w, r, v, deviceAddress(d.ID), d.ID)
}

func (u *UI) classRetry(w http.ResponseWriter, r *http.Request, v view) error {
	c, err := u.classOf(r, v)
	if err != nil {
		return err
	}
	ids, _, err := u.st.DeviceIDs(r.Context(), v.by, store.DeviceFilter{Class: c.ID, State: store.NeedsHelp}, classDevicesShown)
	if err != nil {
		return err
	}
	if len(ids) == 0 { // somebody else was quicker
		return web.Redirect(w, r, classAddress(c.ID))
	}
	return u.retry(w, r, v, classAddress(c.ID), ids...)
}

func (u *UI) retry(w http.ResponseWriter, r *http.Request, v view, back string, ids ...school.DeviceID) error {
	n, err := u.st.TryAgain(r.Context(), v.by, ids, mdm.Again)
	if err != nil {
		return err
	}
	return u.done(w, r, back, "done.retry", "", int64(n))
}

func init() {
	web.Add(web.Words{
		"retry.many": {"{1} {1:iPad|iPads} erneut versuchen", "Try {1} {1:iPad|iPads} again"},
		"done.retry": {"{1} {1:iPad versucht|iPads versuchen} es erneut, sobald {1:es|sie} online {1:ist|sind}.", "{1} {1:iPad tries|iPads try} again as soon as {1:it is|they are} online."},
	})
}
