package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/ui/web"
)

// An item of which the App Store tells nothing, a custom app above all, gets its name and its bundle identifier here.

func (u *UI) newAppPage(w http.ResponseWriter, r *http.Request, v view) error {
	return u.showForm(w, r, u.newAppForm(r, r.URL.Query()))
}

func (u *UI) newAppForm(r *http.Request, q url.Values) *formPage {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	p := &formPage{Frame: u.frame(r, "", web.Crumb{}), Cancel: appsPath}
	p.Title, p.Lead, p.Submit, p.Action = p.T("apps.new"), p.T("apps.new.lead"), p.T("apps.new.do"), appsPath+"/new"
	p.Place = []web.Crumb{{Name: p.T("apps.title"), Href: appsPath}}
	p.Fields = []web.Field{
		{Kind: web.TextField, Name: "item", Label: p.T("apps.item"), Hint: p.T("apps.item.hint"), Value: get("item"), MaxLength: 18},
		{Kind: web.TextField, Name: "name", Label: p.T("apps.name"), Value: get("name"), MaxLength: 100},
		{Kind: web.TextField, Name: "bundle", Label: p.T("apps.bundle"), Hint: p.T("apps.bundle.hint"), Value: get("bundle"), MaxLength: 155},
	}
	return p
}

func (u *UI) newApp(w http.ResponseWriter, r *http.Request, v view) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	id, err := u.st.NameApp(r.Context(), v.by, store.AppInfo{AdamID: get("item"), Name: get("name"), BundleID: get("bundle")}, profiles.NewApp)
	if err != nil {
		return u.refuse(w, r, u.newAppForm(r, r.PostForm), err)
	}
	return u.done(w, r, profileAddress(id), "done.app.named", "")
}

func init() {
	web.Add(web.Words{
		"apps.new":         {"App mit Artikel-ID aufnehmen", "Add an app by its item ID"},
		"apps.new.lead":    {"Nur nötig bei Apps, zu denen der App Store nichts sagt, etwa eigenen Apps (Custom Apps). Alle anderen erscheinen nach der Zählung von selbst.", "Only needed for apps of which the App Store tells nothing, such as custom apps. All others appear by themselves after the count."},
		"apps.new.do":      {"Aufnehmen", "Add"},
		"apps.item.hint":   {"Die Ziffern aus der Adresse der App, etwa 1234567890; in Apple School Manager steht sie bei der App.", "The digits in the address of the app, such as 1234567890; Apple School Manager shows them with the app."},
		"apps.bundle.hint": {"So nennt der Hersteller die App auf dem iPad, etwa de.beispiel.hausapp. Stimmt sie nicht, wird die App nie als geladen gemeldet.", "How the maker calls the app on the iPad, such as com.example.school. If it is wrong, the app is never reported as loaded."},
		"done.app.named":   {"Die App ist im Katalog und lässt sich zuweisen.", "The app is in the catalogue and can be assigned."},
		"event.app.named":  {"App mit Artikel-ID aufgenommen", "App added by its item ID"},
	})
}
