package ui

import (
	"net/http"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

func (u *UI) clerksPage(w http.ResponseWriter, r *http.Request, v view) error {
	p := &tablePage{Frame: u.frame(r, web.T(v.lang, "nav.clerks"), web.Crumb{Name: web.T(v.lang, "nav.clerks")})}
	p.Lead, p.Tabs = p.T("clerks.lead"), u.lendingTabs(&p.Frame, v, clerksPath)
	all, err := u.st.Clerks(r.Context(), v.by)
	if err != nil {
		return err
	}
	names, err := u.schoolNames(r, v)
	if err != nil {
		return err
	}
	create := web.Action{Text: p.T("clerks.new"), Href: clerksPath + "/new", Primary: true}
	p.Actions = []web.Action{create}
	p.Columns = []web.Column{{Name: p.T("account.name")}, {Name: p.T("signin.login")}}
	if v.extent.Schools > 1 {
		p.Columns = append(p.Columns, web.Column{Name: p.T("accounts.school")})
	}
	p.Columns = append(p.Columns, web.Column{Name: p.T("accounts.until")}, web.Column{Name: p.T("accounts.state")}, web.Column{Name: p.T("table.do"), Hidden: true})
	for _, x := range all {
		status, actions := web.Status{Kind: web.Off, Text: p.T("grants.over")}, []web.Action(nil)
		if !x.Ended {
			status = web.Status{Kind: web.OK, Text: p.T("grants.now")}
			hidden := []web.Hidden{{Name: "grant", Value: string(x.Grant)}}
			actions = []web.Action{{Text: p.T("clerks.pin"), About: x.Name, Href: clerksPath + "/pin", Post: true, Hidden: hidden}, {Text: p.T("grants.end"), About: x.Name, Href: clerksPath + "/end", Post: true, Hidden: hidden}}
		}
		row := []cell{{Text: x.Name}, {Code: x.Login}}
		if v.extent.Schools > 1 {
			row = append(row, cell{Text: names[x.School]})
		}
		p.Rows = append(p.Rows, append(row, cell{Text: p.Lang.Date(lastDay(x.Until))}, cell{Status: &status}, cell{Actions: actions}))
	}
	p.Empty = web.Empty{Title: p.T("clerks.none"), Text: p.T("clerks.none.text"), Actions: []web.Action{create}}
	return u.site.Render(w, r, http.StatusOK, "table", p)
}

func (u *UI) clerkForm(r *http.Request, v view) (*formPage, error) {
	title := web.T(v.lang, "clerks.new")
	p := &formPage{Frame: u.frame(r, title, web.Crumb{Name: web.T(v.lang, "nav.clerks"), Href: clerksPath}, web.Crumb{Name: title}), Cancel: clerksPath}
	p.Lead, p.Submit = p.T("clerks.new.lead"), p.T("clerks.new.do")
	schools, err := u.st.DeskSchools(r.Context(), v.by)
	if err != nil {
		return nil, err
	}
	p.Fields = []web.Field{{Name: "name", Label: p.T("account.name"), Hint: p.T("accounts.name.hint"), Value: r.PostFormValue("name"), MaxLength: 200, Focus: true, Autocomplete: "off"}}
	if len(schools) == 1 {
		p.Hidden = []web.Hidden{{Name: "school", Value: string(schools[0].ID)}}
	} else {
		options := []web.Option{{Text: p.T("tokens.school.choose")}}
		for _, s := range schools {
			if v.at(school.Clerks, s.ID) {
				options = append(options, web.Option{Value: string(s.ID), Text: s.Name})
			}
		}
		p.Fields = append(p.Fields, web.Field{Kind: web.SelectField, Name: "school", Label: p.T("accounts.school"), Options: choose(r.PostFormValue("school"), options...)})
	}
	until := r.PostFormValue("until")
	if until == "" {
		until = v.now.In(web.Berlin).Format(time.DateOnly)
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.DateField, Name: "until", Label: p.T("accounts.until"), Hint: p.T("clerks.until.hint", store.MaxClerkDays), Value: until})
	return p, nil
}

func (u *UI) newClerkPage(w http.ResponseWriter, r *http.Request, v view) error {
	p, err := u.clerkForm(r, v)
	if err != nil {
		return err
	}
	return u.showForm(w, r, p)
}

func (u *UI) newClerk(w http.ResponseWriter, r *http.Request, v view) error {
	until, err := dayOf(r.PostFormValue("until"), "until")
	if err == nil && until.IsZero() {
		err = school.Refuse("until", "required")
	}
	var c store.TemporaryClerk
	var pin string
	if err == nil {
		c, pin, err = u.st.CreateClerk(r.Context(), v.by, school.SchoolID(r.PostFormValue("school")), r.PostFormValue("name"), until.AddDate(0, 0, 1))
	}
	if err != nil {
		p, ferr := u.clerkForm(r, v)
		if ferr != nil {
			return ferr
		}
		return u.refuse(w, r, p, err)
	}
	return u.showPIN(w, r, c, pin)
}

func (u *UI) newPIN(w http.ResponseWriter, r *http.Request, v view) error {
	c, pin, err := u.st.NewPIN(r.Context(), v.by, store.GrantID(r.PostFormValue("grant")))
	if err != nil {
		return err
	}
	return u.showPIN(w, r, c, pin)
}

func (u *UI) endClerk(w http.ResponseWriter, r *http.Request, v view) error {
	if err := u.st.EndClerk(r.Context(), v.by, store.GrantID(r.PostFormValue("grant"))); err != nil {
		return err
	}
	return u.done(w, r, clerksPath, "done.clerk.ended", "")
}

// clerkPage is the page "clerk": login and PIN of a temporary clerk, this once.
type clerkPage struct {
	web.Frame
	Login, PIN, Where string
	Until             string
	Back              string
}

// showPIN shows a PIN in the answer to the form: it stands in no address and in no cookie.
func (u *UI) showPIN(w http.ResponseWriter, r *http.Request, c store.TemporaryClerk, pin string) error {
	l := web.LangOf(r)
	p := &clerkPage{Frame: u.frame(r, c.Name, web.Crumb{Name: web.T(l, "nav.clerks"), Href: clerksPath}, web.Crumb{Name: c.Name}), Login: c.Login, PIN: pin, Where: u.Public, Back: clerksPath}
	p.Until = p.T("clerks.ends", p.Lang.Date(lastDay(c.Until)))
	return u.site.Render(w, r, http.StatusOK, "clerk", p)
}

func init() {
	web.Add(web.Words{
		"clerks.lead":       {"Wer für einige Tage bei der Ausgabe hilft: eigener Anmeldename, eigene PIN, festes Ende.", "Who helps at the desk for some days: a login and PIN of their own, and a fixed end."},
		"clerks.new":        {"Aushilfe anlegen", "Add a temporary clerk"},
		"clerks.new.lead":   {"Eine Person, ein Zugang. Eine Aushilfe kann ausgeben und zurücknehmen, sonst nichts.", "One person, one way in. A temporary clerk can hand out and take back, nothing else."},
		"clerks.new.do":     {"Anlegen und PIN zeigen", "Add and show the PIN"},
		"clerks.until.hint": {"Höchstens {1} Tage. Am Abend dieses Tages endet der Zugang von selbst.", "At most {1} days. In the evening of that day it ends by itself."},
		"clerks.pin":        {"Neue PIN", "New PIN"},
		"clerks.pin.is":     {"PIN", "PIN"},
		"clerks.pin.text":   {"Geben Sie beides persönlich weiter. Diese Seite zeigt die PIN nur jetzt; eine neue können Sie jederzeit erstellen.", "Hand both over in person. This page shows the PIN only now; you can make a new one at any time."},
		"clerks.ends":       {"Gilt bis {1}.", "In force until {1}."},
		"clerks.where":      {"Anmelden unter", "Sign in at"},
		"clerks.back":       {"Zu den Aushilfen", "To the temporary clerks"},
		"clerks.none":       {"Noch keine Aushilfen", "No temporary clerks yet"},
		"clerks.none.text":  {"Legen Sie vor einem Ausgabetag für jede Helferin und jeden Helfer einen Zugang an.", "Before a day of handing out, add one for each helper."},
		"done.clerk.ended":  {"Der Zugang der Aushilfe ist beendet.", "The way in of the temporary clerk has ended."},

		"error.clerk_long":      {"Eine Aushilfe hilft höchstens {1} Tage.", "A temporary clerk helps for at most {1} days."},
		"error.clerk_over":      {"Dieser Zugang ist beendet. Legen Sie einen neuen an.", "This way in has ended. Add a new one."},
		"error.clerks_many":     {"Mehr als {1} Aushilfen zugleich hat eine Schule nicht. Beenden Sie erst andere.", "A school has no more than {1} temporary clerks at once. End others first."},
		"event.clerk.created":   {"Aushilfe angelegt", "Temporary clerk added"},
		"event.clerk.pin_made":  {"Neue PIN für eine Aushilfe", "New PIN for a temporary clerk"},
		"event.clerk.ended":     {"Aushilfe beendet", "Temporary clerk ended"},
		"event.device.reported": {"Verlust oder Schaden gemeldet", "Loss or damage reported"},
		"event.report.closed":   {"Meldung erledigt", "Report settled"},
		"event.repair.sent":     {"Zur Reparatur gegeben", "Sent to be repaired"},
		"event.repair.answered": {"Werkstatt hat geantwortet", "Repair shop answered"},
		"event.repair.ended":    {"Zurück aus der Reparatur", "Back from repair"},
	})
}
