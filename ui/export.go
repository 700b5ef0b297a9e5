package ui

import (
	"net/http"
	"time"

	"ranzen/ui/web"
)

// exportPage says what handing over an authority means before it is done.
func (u *UI) exportPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &surePage{Frame: u.frame(r, "", web.Crumb{})}
	p.Title = p.T("export.title")
	p.Place = u.adminPlace(&p.Frame, v)
	p.Confirm = &web.Confirm{ID: "export", Title: p.T("export.ask"), Text: p.T("export.text"), Button: p.T("export.do"), Action: exportPath, Cancel: "/admin",
		Details: []string{p.T("export.people"), p.T("export.secrets"), p.T("export.audit")}}
	return u.site.Render(w, r, http.StatusOK, "sure", p)
}

// export streams the archive. Where it breaks off the browser sees a download that failed, never a small one.
func (u *UI) export(w http.ResponseWriter, r *http.Request, v view) error {
	leave, ok := u.Heavy.Enter(r.Context())
	if !ok {
		return web.ErrNoRoom
	}
	defer leave()
	out := &download{w: w, begin: func(h http.Header) {
		h.Set("Content-Type", "application/zip")
		h.Set("Content-Disposition", `attachment; filename="ranzen-`+v.now.In(web.Berlin).Format(time.DateOnly)+`.zip"`)
	}}
	err := u.st.ExportTenant(r.Context(), v.by, out)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// download sets its headers with the first byte, so that what fails before it is a page.
type download struct {
	w     http.ResponseWriter
	begin func(http.Header)
	begun bool
}

func (d *download) Write(b []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.begin(d.w.Header())
	}
	return d.w.Write(b)
}

func init() {
	web.Add(web.Words{
		"admin.export":             {"Alles herunterladen", "Download everything"},
		"admin.text.export":        {"Alle Daten des Schulträgers zum Mitnehmen, etwa bei einem Wechsel des Betreibers.", "All data of the school authority to take along, such as when changing the provider."},
		"export.title":             {"Alles herunterladen", "Download everything"},
		"export.ask":               {"Alle Daten dieses Schulträgers herunterladen?", "Download all data of this school authority?"},
		"export.text":              {"Sie bekommen eine ZIP-Datei mit jeder Tabelle als JSON und als CSV; schema.json darin beschreibt sie.", "You get a ZIP file with every table as JSON and as CSV; schema.json in it describes them."},
		"export.people":            {"Darin stehen alle Personen mit Namen, Klassen und iPads. Bewahren Sie die Datei verschlüsselt auf und löschen Sie sie, wenn sie nicht mehr gebraucht wird.", "It holds all people with names, classes and iPads. Keep the file encrypted and delete it when it is no longer needed."},
		"export.secrets":           {"Schlüssel, Token und Passwörter sind nicht darin.", "Keys, tokens and passwords are not in it."},
		"export.audit":             {"Das Protokoll vermerkt, wer sie heruntergeladen hat.", "The audit log notes who downloaded it."},
		"export.do":                {"ZIP-Datei herunterladen", "Download the ZIP file"},
		"event.authority.exported": {"Alle Daten heruntergeladen", "All data downloaded"},
	})
}
