package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"ranzen/store/school"
	"ranzen/ui/web"
)

const (
	lookPath = "/admin/look"
	logoPath = "/look/logo.png"
	huePath  = "/look/colour.css"
	// tenantPath leads into an authority by its id, wherever who follows it works just now: the stable address of a page.
	tenantPath = "/t/"
)

// worn is the look of an authority as it was at one version of it.
type worn struct {
	version int64
	look    school.Look
	mark    string // changes with colour and logo
}

// wears is the look of who is signed in. That it cannot be read costs nobody a page.
func (u *UI) wears(ctx context.Context, by school.Actor, a school.Authority) worn {
	if x, ok := u.looks.Load(a.ID); ok && x.(worn).version == a.Version {
		return x.(worn)
	}
	l, err := u.st.Look(ctx, by)
	if err != nil {
		if ctx.Err() == nil {
			u.Log.Warn("look not read", "error", err)
		}
		return worn{}
	}
	sum := sha256.Sum256(append([]byte(l.Colour+"\x00"), l.Logo...))
	x := worn{version: a.Version, look: l, mark: hex.EncodeToString(sum[:6])}
	u.looks.Store(a.ID, x)
	return x
}

// framed lets the portals of an authority show pages inside theirs. Pages of nobody, the sign-in first, are framed by no one.
func (x worn) framed(w http.ResponseWriter) {
	if len(x.look.Portals) > 0 {
		w.Header().Set("Content-Security-Policy", strings.Replace(web.ContentPolicy, "frame-ancestors 'none'", "frame-ancestors "+strings.Join(x.look.Portals, " "), 1))
	}
}

// dress puts colour and logo on a page.
func (x worn) dress(f *web.Frame) {
	if x.look.Colour != "" {
		f.Colour = huePath + "?v=" + x.mark
	}
	if len(x.look.Logo) > 0 {
		f.Logo = logoPath + "?v=" + x.mark
	}
}

// kept answers with something that belongs to an authority's look; its address changes with it.
func kept(w http.ResponseWriter, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, err := w.Write(body)
	return err
}

func (u *UI) logo(w http.ResponseWriter, r *http.Request, v view) error {
	x := u.wears(r.Context(), v.by, v.authority)
	if len(x.look.Logo) == 0 {
		return web.ErrNotFound
	}
	return kept(w, "image/png", x.look.Logo)
}

func (u *UI) hue(w http.ResponseWriter, r *http.Request, v view) error {
	x := u.wears(r.Context(), v.by, v.authority)
	if x.look.Colour == "" {
		return web.ErrNotFound
	}
	return kept(w, "text/css; charset=utf-8", []byte(":root { --tenant: "+x.look.Colour+"; }\n.authority { background: var(--tenant); color: #fff; }\n"))
}

// lookPage is the page "look".
type lookPage struct {
	formPage
	File  web.FileField
	Shown string // address of the logo there is
	Facts []web.Fact
}

func (u *UI) lookForm(r *http.Request, v view, l school.Look, portals string) *lookPage {
	p := &lookPage{formPage: formPage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "look.lead"), Submit: web.T(v.lang, "form.save"), Cancel: "/admin"}}
	p.Title = p.T("admin.look")
	p.Place = u.adminPlace(&p.Frame, v)
	p.Fields = []web.Field{{Kind: web.TextField, Name: "colour", Label: p.T("look.colour"), Hint: p.T("look.colour.hint"), Value: l.Colour, Optional: true, MaxLength: 7, Autocomplete: "off"},
		{Kind: web.AreaField, Name: "portals", Label: p.T("look.portals"), Hint: p.T("look.portals.hint"), Value: portals, Optional: true, MaxLength: 1000}}
	p.File = web.FileField{Name: "logo", Label: p.T("look.logo"), Hint: p.T("look.logo.hint"), Accept: ".png,.jpg,.jpeg", MaxBytes: school.MostLogoBytes}
	if len(l.Logo) > 0 {
		p.Shown = p.Logo
		p.Fields = append(p.Fields, web.Field{Kind: web.CheckField, Name: "no_logo", Label: p.T("look.logo.none")})
	}
	p.keeps = true
	p.Facts = []web.Fact{{Name: p.T("look.address"), Code: u.Public + tenantPath + string(v.authority.ID) + "/devices"}}
	return p
}

func (u *UI) lookPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	l, err := u.st.Look(r.Context(), v.by)
	if err != nil {
		return err
	}
	p := u.lookForm(r, v, l, strings.Join(l.Portals, "\n"))
	if err := p.carry(r); err != nil {
		return err
	}
	return u.site.Render(w, r, http.StatusOK, "look", p)
}

func (u *UI) changeLook(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	if parseForm(r) != nil {
		return errNoForm
	}
	was, err := u.st.Look(r.Context(), v.by)
	if err != nil {
		return err
	}
	clash := u.lookForm(r, v, was, strings.Join(was.Portals, "\n")).meanwhile(r)
	l := school.Look{Colour: r.PostFormValue("colour"), Portals: strings.Fields(r.PostFormValue("portals")), Logo: was.Logo}
	if r.PostFormValue("no_logo") == "1" {
		l.Logo = nil
	}
	logo, err := upload(r, "logo")
	if err != nil {
		return errNoForm
	}
	if logo != nil {
		l.Logo = logo
	}
	var set school.ChangeSetID
	if err = clash; err == nil {
		set, err = u.st.ChangeLook(r.Context(), v.by, l)
	}
	if err != nil {
		said, err := fieldErrors(v.lang, err)
		if err != nil {
			return err
		}
		l.Logo = was.Logo
		p := u.lookForm(r, v, l, r.PostFormValue("portals"))
		p.File.Error = said["logo"]
		for i := range p.Fields {
			p.Fields[i].Error = said[p.Fields[i].Name]
		}
		if err := p.carry(r); err != nil {
			return err
		}
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "look", p)
	}
	return u.done(w, r, lookPath, "done.kept", set)
}

// intoTenant follows the stable address of a page: who works in another authority just now, and may work in this one, is asked
// whether to change to it. An address that somebody else wrote changes nothing by itself.
func (u *UI) intoTenant(w http.ResponseWriter, r *http.Request, v view) error {
	to, ok := strings.CutPrefix(r.URL.EscapedPath(), tenantPath+mux.Vars(r)["tenant"]+"/")
	if !ok {
		return web.ErrNotFound
	}
	address := localTarget("/" + to)
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if id := school.AuthorityID(mux.Vars(r)["tenant"]); id != v.by.Tenant {
		all, err := u.st.Authorities(r.Context(), v.by)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(a school.Authority) bool { return a.ID == id })
		if i < 0 {
			return web.ErrNotFound
		}
		p := &choosePage{Frame: u.frame(r, web.T(v.lang, "choose.into", all[i].Name)), Lead: web.T(v.lang, "choose.into.lead", all[i].Name, v.authority.Name), Next: address}
		if v.authority.ID == "" {
			p.Lead = web.T(v.lang, "choose.lead")
		}
		p.Authorities = []chooseRow{{ID: string(id), Name: all[i].Name}}
		return u.site.Render(w, r, http.StatusOK, "choose", p)
	}
	return web.Redirect(w, r, address)
}

func init() {
	web.Add(web.Words{
		"admin.look":          {"Aussehen und Einbettung", "Look and embedding"},
		"admin.text.look":     {"Logo und Farbe Ihrer Seiten, und welches Portal sie zeigen darf.", "Logo and colour of your pages, and which portal may show them."},
		"look.lead":           {"Gilt für alle, die in diesem Schulträger arbeiten. An den iPads ändert sich nichts.", "Holds for everybody who works in this authority. Nothing changes on the iPads."},
		"look.colour":         {"Farbe", "Colour"},
		"look.colour.hint":    {"Hinter dem Namen des Schulträgers im Kopf jeder Seite, etwa #1a4f8b. Die Schrift darauf ist weiß; zu helle Farben werden abgelehnt.", "Behind the name of the authority at the head of each page, such as #1a4f8b. The writing on it is white; colours that are too light are refused."},
		"look.logo":           {"Logo", "Logo"},
		"look.logo.hint":      {"PNG oder JPEG, höchstens 2 MB. Es wird verkleinert und neu gespeichert; SVG wird nicht angenommen.", "PNG or JPEG, 2 MB at most. It is made smaller and saved anew; SVG is not accepted."},
		"look.logo.none":      {"Logo entfernen", "Remove the logo"},
		"look.logo.now":       {"Jetziges Logo", "Present logo"},
		"look.portals":        {"Portale, die Seiten einbetten dürfen", "Portals that may embed pages"},
		"look.portals.hint":   {"Je Zeile eine Adresse wie https://portal.musterstadt.example, höchstens fünf. Der Browser zeigt angemeldete Seiten dort nur, wenn Portal und Ranzen unter derselben Domain liegen. Die Anmeldung selbst lässt sich nie einbetten.", "One address per line such as https://portal.musterstadt.example, five at most. The browser shows signed-in pages there only if portal and Ranzen are below the same domain. The sign-in itself can never be embedded."},
		"look.address":        {"Feste Adresse für Verweise", "Stable address for links"},
		"event.look.changed":  {"Aussehen geändert", "Look changed"},
		"noun.look":           {"Aussehen", "look"},
		"error.look_colour":   {"Eine Farbe hat sechs Ziffern von 0 bis f, etwa #1a4f8b.", "A colour has six digits from 0 to f, such as #1a4f8b."},
		"error.look_contrast": {"Weiße Schrift ist darauf schlecht zu lesen: Der Kontrast ist {1}:1, nötig sind 4.5:1. Nehmen Sie eine dunklere Farbe.", "White writing is hard to read on it: the contrast is {1}:1 and has to be 4.5:1. Take a darker colour."},
		"error.look_portal":   {"„{1}“ ist keine Adresse eines Portals. Nötig ist https:// und der Rechnername, ohne Pfad.", "“{1}” is no address of a portal. It takes https:// and the host name, without a path."},
		"error.look_portals":  {"Höchstens {1} Portale.", "{1} portals at most."},
	})
}
