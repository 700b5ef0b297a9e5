package ui

import (
	"net/http"
	"strings"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

const newAuthorityPath = "/authorities/new"

// setUpFor is how long an operator has access to an authority it made.
const setUpFor = 30 * 24 * time.Hour

// setupForm asks whoever holds a set-up link for a password of their own.
func (u *UI) setupForm(r *http.Request, a store.Account) *formPage {
	p := &formPage{Frame: u.frame(r, "")}
	p.Title = p.T("setup.title")
	p.Lead = p.T("setup.lead", a.Name, a.Login)
	p.Fields = []web.Field{
		{Kind: web.PasswordField, Name: "password", Label: p.T("setup.password"), Hint: p.T("setup.password.hint", store.PasswordLength), Autocomplete: "new-password", Focus: true},
		{Kind: web.PasswordField, Name: "again", Label: p.T("setup.again"), Autocomplete: "new-password"},
	}
	p.Submit = p.T("setup.submit")
	return p
}

func (u *UI) setupPage(w http.ResponseWriter, r *http.Request) error {
	a, err := u.st.LinkedAccount(r.Context(), routeVar(r, "secret"))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.setupForm(r, a))
}

// setup sets the password, which uses the link up, and signs in. A first operator goes on to the first authority: the
// door of the start page leads there.
func (u *UI) setup(w http.ResponseWriter, r *http.Request) error {
	link := routeVar(r, "secret")
	a, err := u.st.LinkedAccount(r.Context(), link)
	if err != nil {
		return err
	}
	password := r.PostFormValue("password")
	p := u.setupForm(r, a)
	if r.PostFormValue("again") != password {
		p.Fields[1].Error = p.T("setup.differs")
		return u.showForm(w, r, p)
	}
	if _, err := u.st.SetPassword(r.Context(), link, password); err != nil {
		return u.refuse(w, r, p, err)
	}
	return u.enter(w, r, a.Login, password, web.HomePath)
}

// authorityForm is a new Schulträger. Who creates it usually runs it as well, the smaller the place the surer; an operator
// of many leaves the box unticked and appoints somebody under accounts.
func (u *UI) authorityForm(r *http.Request, a school.Authority, mine bool) *formPage {
	p := &formPage{Frame: u.frame(r, ""), Cancel: choosePath}
	p.Title, p.Lead, p.Submit = p.T("authority.new"), p.T("authority.new.lead"), p.T("authority.new.submit")
	p.Fields = []web.Field{
		{Name: "name", Label: p.T("authority.name"), Hint: p.T("authority.name.hint"), Value: a.Name, MaxLength: 200, Focus: true},
		{Name: "contact", Label: p.T("authority.contact"), Hint: p.T("authority.contact.hint"), Value: a.Contact, MaxLength: 200, Optional: true},
		{Kind: web.CheckField, Name: "mine", Label: p.T("authority.mine"), Hint: p.T("authority.mine.hint"), Value: checked(mine)},
	}
	return p
}

func checked(yes bool) string {
	if yes {
		return "1"
	}
	return ""
}

func (u *UI) newAuthorityPage(w http.ResponseWriter, r *http.Request, _ view) error {
	return u.showForm(w, r, u.authorityForm(r, school.Authority{}, true))
}

func (u *UI) newAuthority(w http.ResponseWriter, r *http.Request, v view) error {
	a := school.Authority{Name: r.PostFormValue("name"), Contact: strings.TrimSpace(r.PostFormValue("contact")), Modules: []school.Module{school.Management}}
	mine := r.PostFormValue("mine") == "1"
	id, err := u.st.CreateAuthority(r.Context(), v.by, a)
	if err != nil {
		p := u.authorityForm(r, a, mine)
		return u.refuse(w, r, p, err)
	}
	// Who makes an authority is let in to set it up, visibly and for a time like anybody else of the operators. Who runs it
	// as well has a role of its own then, and needs no access.
	access, err := u.st.OpenAccess(r.Context(), v.by, id, web.T(v.lang, "provider.reason.new"), v.now.Add(setUpFor))
	if err != nil {
		return err
	}
	c, err := r.Cookie(u.cookieName())
	if err != nil {
		return err
	}
	if err := u.st.ChooseAuthority(r.Context(), c.Value, id); err != nil {
		return err
	}
	if mine {
		by, _, err := u.st.SessionActor(r.Context(), c.Value)
		if err == nil {
			_, err = u.st.GrantRole(r.Context(), by, by.Account, school.Grant{Role: school.AuthorityAdmin, Authority: id})
		}
		if err == nil {
			err = u.st.EndGrant(r.Context(), by, access)
		}
		if err != nil {
			return err
		}
	}
	return u.done(w, r, web.HomePath, "done.authority.created", "")
}

func init() {
	web.Add(web.Words{
		"setup.title":         {"Passwort setzen", "Set your password"},
		"setup.lead":          {"Guten Tag, {1}. Ihr Anmeldename ist {2}. Wählen Sie ein Passwort; danach sind Sie angemeldet.", "Hello {1}. Your login is {2}. Choose a password; then you are signed in."},
		"setup.password":      {"Neues Passwort", "New password"},
		"setup.password.hint": {"Mindestens {1} Zeichen. Ein Satz, den nur Sie sich ausdenken, ist gut zu merken und schwer zu raten.", "At least {1} characters. A sentence only you would think of is easy to remember and hard to guess."},
		"setup.again":         {"Neues Passwort wiederholen", "Repeat the new password"},
		"setup.differs":       {"Die beiden Passwörter sind verschieden.", "The two passwords differ."},
		"setup.submit":        {"Passwort setzen und anmelden", "Set password and sign in"},

		"authority.new":          {"Schulträger anlegen", "Add a school authority"},
		"authority.new.lead":     {"Der Schulträger ist die Behörde oder Einrichtung, der die iPads gehören. Alles Weitere hängt daran: Schulen, Klassen, Geräte und die Verbindung zu Apple.", "The school authority is the body that owns the iPads. Everything else hangs on it: schools, classes, devices and the connection to Apple."},
		"authority.new.submit":   {"Schulträger anlegen", "Add school authority"},
		"authority.name":         {"Name", "Name"},
		"authority.name.hint":    {"So steht er auf jeder Seite, zum Beispiel „Musterstadt“.", "It stands on every page, such as “Musterstadt”."},
		"authority.contact":      {"Wer hilft", "Who helps"},
		"authority.contact.hint": {"Steht auf Fehlerseiten, zum Beispiel „Schul-IT, Tel. 02 02 / 1 23 45“.", "Shown on error pages, such as “School IT, phone 02 02 / 1 23 45”."},
		"authority.mine":         {"Ich verwalte diesen Schulträger selbst", "I administer this school authority myself"},
		"authority.mine.hint":    {"Ihr Konto bekommt die Rolle „Verwaltung“. Ohne Haken ernennen Sie danach unter „Konten“ jemand anderen.", "Your account gets the role “Administration”. If unticked, appoint somebody else under “Accounts” afterwards."},
		"done.authority.created": {"Der Schulträger ist angelegt.", "The school authority has been added."},
	})
}
