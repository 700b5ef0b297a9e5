package ui

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ranzen/store/school"
	"ranzen/ui/web"
)

// calmFields ask how much a school wants to happen at once. They are a part of two forms: of the authority, for schools
// that decided nothing else, and of one school; hint says what an empty pace means there.
func calmFields(f *web.Frame, c school.Calm, typed *http.Request, hint string) []web.Field {
	pace, from, until := "", clockOf(c.From, c.From != c.Until), clockOf(c.Until, c.From != c.Until)
	if c.PerMinute > 0 {
		pace = strconv.Itoa(c.PerMinute)
	}
	if typed != nil {
		pace, from, until = typed.PostFormValue("per_minute"), typed.PostFormValue("from"), typed.PostFormValue("until")
	}
	return []web.Field{
		{Kind: web.NumberField, Name: "per_minute", Label: f.T("calm.pace"), Hint: f.T(hint), Value: pace, Min: "0", Max: strconv.Itoa(school.MaxPushes), Optional: true},
		{Name: "from", Label: f.T("calm.from"), Hint: f.T("calm.from.hint"), Value: from, MaxLength: 5, Optional: true},
		{Name: "until", Label: f.T("calm.until"), Value: until, MaxLength: 5, Optional: true},
	}
}

func clockOf(minute int, is bool) string {
	if !is {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}

// calmIn reads what was typed. Quiet hours need both ends.
func calmIn(r *http.Request) (c school.Calm, err error) {
	if s := strings.TrimSpace(r.PostFormValue("per_minute")); s != "" {
		if c.PerMinute, err = strconv.Atoi(s); err != nil {
			return c, school.Refuse("per_minute", "calm_pace", school.MaxPushes)
		}
	}
	from, until := strings.TrimSpace(r.PostFormValue("from")), strings.TrimSpace(r.PostFormValue("until"))
	if from == "" && until == "" {
		return c, nil
	}
	for _, x := range []struct {
		name, text string
		to         *int
	}{{"from", from, &c.From}, {"until", until, &c.Until}} {
		t, err := time.Parse("15:04", x.text)
		if err != nil {
			return c, school.Refuse(x.name, "calm_time")
		}
		*x.to = t.Hour()*60 + t.Minute()
	}
	if c.From == c.Until {
		return c, school.Refuse("until", "calm_time")
	}
	return c, nil
}

func (u *UI) calmForm(r *http.Request, v view, s school.School, typed *http.Request) *formPage {
	path := schoolAddress(s.ID)
	p := &formPage{Frame: u.frame(r, web.T(v.lang, "calm.title")), Action: path + "/calm", Cancel: path}
	p.Lead = p.T("calm.lead")
	p.Place = u.orgPlace(&p.Frame, v, s)
	p.Fields = calmFields(&p.Frame, s.Calm, typed, "calm.pace.school")
	return p
}

func (u *UI) calmPage(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	return u.showForm(w, r, u.calmForm(r, v, s, nil))
}

func (u *UI) setCalm(w http.ResponseWriter, r *http.Request, v view) error {
	s, err := u.editableSchool(r, v, school.EditOrg, school.SchoolID(routeVar(r, "school")))
	if err != nil {
		return err
	}
	c, err := calmIn(r)
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.SetCalm(r.Context(), v.by, s.ID, c)
	}
	if err != nil {
		return u.refuse(w, r, u.calmForm(r, v, s, r), err)
	}
	return u.done(w, r, schoolAddress(s.ID), "done.kept", set)
}

func init() {
	web.Add(web.Words{
		"calm.title": {"Tempo und Ruhezeit", "Pace and quiet hours"},
		"calm.lead": {"Damit das WLAN zuerst dem Unterricht gehört. Leer: Es gilt, was der Schulträger festgelegt hat. Aufträge wie Aktualisieren oder Neu starten warten nie.",
			"So that the Wi-Fi belongs to lessons first. Empty: what the school authority decided holds. Orders such as Refresh or Restart never wait."},
		"calm.pace":           {"Pushs in der Minute, je Schule", "Pushes a minute, per school"},
		"calm.pace.school":    {"Wie viele iPads in der Minute höchstens geweckt werden, um etwas Neues zu holen.", "How many iPads a minute are woken at most, to fetch something new."},
		"calm.pace.authority": {"Wie viele iPads einer Schule in der Minute höchstens geweckt werden. Jede Schule kann für sich etwas anderes festlegen. Leer: so schnell es geht.", "How many iPads of a school are woken a minute at most. Each school can decide otherwise for itself. Empty: as fast as possible."},
		"calm.from":           {"Ruhezeit ab", "Quiet hours from"},
		"calm.from.hint":      {"Uhrzeit wie 22:00. In der Ruhezeit schickt der Server den iPads nichts von sich aus.", "A time like 22:00. In quiet hours the server sends the iPads nothing of its own accord."},
		"calm.until":          {"Ruhezeit bis", "Quiet hours until"},
	})
}
