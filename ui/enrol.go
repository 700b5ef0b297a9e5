package ui

import (
	"net/http"
	"net/url"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// enrolPage is what somebody sees who came by a code: nobody is signed in here. It says in plain words what will happen
// before anything does.
type enrolPage struct {
	web.Frame
	At     string // school and authority
	Serial string
	Alert  *web.Alert
	Action string // address that sends the profile
	Code   string // typed form, carried along
	Known  bool   // the code is good: the page tells what happens
	Field  web.Field
}

// codeTrouble is the status of a refused code.
var codeTrouble = map[string]int{"code_wrong": http.StatusNotFound, "code_over": http.StatusGone, "code_wait": http.StatusTooManyRequests}

// enrolLink is the page behind the link in a QR code. Looking uses nothing up.
func (u *UI) enrolLink(w http.ResponseWriter, r *http.Request) error {
	secret := routeVar(r, "secret")
	return u.showEnrol(w, r, secret, "/e/"+url.PathEscape(secret)+"/profile", "")
}

// enrolTyped is the page where a code is typed.
func (u *UI) enrolTyped(w http.ResponseWriter, r *http.Request) error {
	p := &enrolPage{Frame: u.site.Frame(r, "")}
	p.Title = p.T("enrol.title")
	p.Field = p.codeField("", "")
	return u.site.Render(w, r, http.StatusOK, "enrol", p)
}

// enrolCode answers to a typed code, and on the second step sends the profile.
func (u *UI) enrolCode(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	code := strings.TrimSpace(r.PostForm.Get("code"))
	if r.PostForm.Get("go") == "1" {
		return u.sendEnrolment(w, r, code)
	}
	return u.showEnrol(w, r, code, typedPath, code)
}

func (u *UI) enrolProfile(w http.ResponseWriter, r *http.Request) error {
	return u.sendEnrolment(w, r, routeVar(r, "secret"))
}

// showEnrol says what a code opens.
func (u *UI) showEnrol(w http.ResponseWriter, r *http.Request, entered, action, typed string) error {
	p := &enrolPage{Frame: u.site.Frame(r, "")}
	p.Title = p.T("enrol.title")
	if typed == "" && action == typedPath {
		p.Field = p.codeField("", p.T("error.required"))
		return u.site.Render(w, r, http.StatusUnprocessableEntity, "enrol", p)
	}
	code, err := u.st.LookAtCode(r.Context(), entered)
	if err != nil {
		return u.refuseEnrol(w, r, p, typed, err)
	}
	switch ready, err := u.st.PushVersion(r.Context(), code.Authority); {
	case err != nil:
		return err
	case ready == 0: // the profile could not be made, and a use of the code would be lost
		p.Alert, p.Field = &web.Alert{Kind: web.Warning, Title: p.T("enrol.not.ready")}, p.codeField("", "")
		return u.site.Render(w, r, http.StatusServiceUnavailable, "enrol", p)
	}
	by := school.System("enrolment", code.Authority)
	authority, err := u.st.Authority(r.Context(), by)
	if err != nil {
		return err
	}
	at, err := u.st.School(r.Context(), by, code.School)
	if err != nil {
		return err
	}
	p.Known, p.Action, p.Code, p.Serial = true, action, typed, code.Serial
	p.At, p.Contact = p.T("enrol.place", at.Name, authority.Name), authority.Contact
	return u.site.Render(w, r, http.StatusOK, "enrol", p)
}

// sendEnrolment uses a code once and sends the profile.
func (u *UI) sendEnrolment(w http.ResponseWriter, r *http.Request, entered string) error {
	profile, err := u.Enroll.ProfileByCode(r.Context(), entered)
	if err != nil {
		p := &enrolPage{Frame: u.site.Frame(r, "")}
		p.Title = p.T("enrol.title")
		return u.refuseEnrol(w, r, p, "", err)
	}
	return sendFile(w, "application/x-apple-aspen-config", "Ranzen.mobileconfig", profile)
}

// refuseEnrol says why a code opens nothing, and lets another be typed.
func (u *UI) refuseEnrol(w http.ResponseWriter, r *http.Request, p *enrolPage, typed string, err error) error {
	refusals := school.Refusals(err)
	if len(refusals) == 0 {
		return err
	}
	status := codeTrouble[refusals[0].Code]
	if status == 0 {
		return err
	}
	text := web.RuleText(p.Lang, refusals[0])
	if typed != "" {
		p.Field = p.codeField(typed, text)
	} else {
		p.Alert = &web.Alert{Kind: web.Warning, Title: text}
		p.Field = p.codeField("", "")
	}
	return u.site.Render(w, r, status, "enrol", p)
}

func (p *enrolPage) codeField(value, wrong string) web.Field {
	return web.Field{Kind: web.CodeField, Name: "code", Label: p.T("enrol.code"), Hint: p.T("enrol.code.hint"), Value: value, Error: wrong, Autocomplete: "off", Focus: true, MaxLength: 40}
}

func init() {
	web.Add(web.Words{
		"enrol.title":     {"iPad anmelden", "Enrol an iPad"},
		"enrol.lead":      {"Tippen Sie den Code ein, den Sie von Ihrer Schule bekommen haben.", "Type the code you got from your school."},
		"enrol.code":      {"Code", "Code"},
		"enrol.code.hint": {"Zehn Zeichen; Bindestrich und Groß- oder Kleinschreibung sind egal.", "Ten characters; hyphen and upper or lower case do not matter."},
		"enrol.next":      {"Weiter", "Next"},
		"enrol.place":     {"{1}, {2}", "{1}, {2}"},
		"enrol.of":        {"Dieses iPad wird angemeldet bei:", "This iPad will be enrolled at:"},
		"enrol.only":      {"Der Code gilt nur für das iPad mit der Seriennummer {1}.", "The code is good only for the iPad with the serial number {1}."},
		"enrol.here":      {"Öffnen Sie diese Seite auf dem iPad selbst, in Safari.", "Open this page on the iPad itself, in Safari."},
		"enrol.what":      {"Was danach anders ist", "What is different afterwards"},
		"enrol.what.1":    {"Die Schul-IT kann WLAN, Apps und Einschränkungen einrichten und das iPad sperren oder löschen.", "School IT can set up Wi-Fi, apps and restrictions, and lock or erase the iPad."},
		"enrol.what.2":    {"Sie sieht Modell, Seriennummer, iPadOS-Version, Akku, Speicher und welche Profile installiert sind.", "It sees model, serial number, iPadOS version, battery, storage and which profiles are installed."},
		"enrol.what.3":    {"Sie sieht keine Fotos, Nachrichten, Mails, Passwörter, besuchten Webseiten und keinen Standort.", "It sees no photos, messages, mail, passwords, visited websites and no location."},
		"enrol.what.4":    {"Bis die Schule das iPad bestätigt, bekommt es nichts Persönliches.", "Until the school confirms the iPad it gets nothing personal."},
		"enrol.how":       {"So geht es", "How it works"},
		"enrol.how.1":     {"Unten das Profil laden und „Zulassen“ wählen.", "Load the profile below and choose “Allow”."},
		"enrol.how.2":     {"„Einstellungen“ öffnen und oben „Profil geladen“ antippen.", "Open Settings and tap “Profile Downloaded” at the top."},
		"enrol.how.3":     {"„Installieren“ antippen, den Gerätecode eingeben und bestätigen.", "Tap “Install”, enter the passcode and confirm."},
		"enrol.get":       {"Profil laden", "Load the profile"},
		"enrol.not.ready": {"Die Schul-IT hat die Verbindung zu Apple noch nicht eingerichtet. Der Code bleibt gültig.", "School IT has not set up the connection to Apple yet. The code stays valid."},
		"enrol.contact":   {"Fragen: {1}", "Questions: {1}"},
	})
}
