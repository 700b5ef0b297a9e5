package ui

import (
	"net/http"
	"strconv"
	"strings"

	"ranzen/store/school"
	"ranzen/ui/web"
)

const lendingPolicyPath = "/admin/lending"

// lendingPolicyPage is what an authority decides about lending: who signs, how long, what things are worth, how strict the
// desk is, and when somebody is reminded.
func (u *UI) lendingPolicyPage(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	return u.showForm(w, r, u.lendingPolicyForm(r, v, v.authority.Policy.Lending))
}

func (u *UI) lendingPolicyForm(r *http.Request, v view, x school.LendingPolicy) *formPage {
	p := (&formPage{Frame: u.frame(r, "", web.Crumb{}), Lead: web.T(v.lang, "lendpolicy.lead"), Cancel: "/admin"}).keeping()
	p.Title = p.T("admin.lending")
	p.Place = u.adminPlace(&p.Frame, v)
	radio := func(name string, chosen string, values []string, hints bool) web.Field {
		f := web.Field{Kind: web.RadioField, Name: name, Label: p.T("lendpolicy." + name)}
		for _, value := range values {
			o := web.Option{Value: value, Text: p.T("lendpolicy." + name + "." + value)}
			if hints {
				o.Hint = p.T("lendpolicy." + name + "." + value + ".hint")
			}
			f.Options = append(f.Options, o)
		}
		f.Options = choose(chosen, f.Options...)
		return f
	}
	end := x.End
	if end == "" {
		end = school.EndsAtExit
	}
	if !v.authority.Policy.StaffOnly { // rules of contracts with pupils
		p.Fields = append(p.Fields, radio("sign", string(x.Sign), texts(school.SignRules), true), radio("end", string(end), []string{string(school.EndsAtExit), string(school.EndsOnRecall)}, false))
	}
	p = p.with(web.Field{Kind: web.NumberField, Name: "days", Label: p.T("lendpolicy.days"), Hint: p.T("lendpolicy.days.hint"), Value: strconv.Itoa(x.ShortDays()), Min: "1", Max: "60"})
	if v.authority.Has(school.Management) {
		p.Fields = append(p.Fields, radio("not_erased", string(x.NotErased), texts(school.Stricts), true))
	}
	p.Fields = append(p.Fields, web.Field{Kind: web.NumberField, Name: "rest", Label: p.T("lendpolicy.rest"), Hint: p.T("lendpolicy.rest.hint"), Value: strconv.Itoa(int(x.DeskRest().Seconds())),
		Min: strconv.Itoa(school.LeastRest), Max: strconv.Itoa(school.MostRest)})
	curve := x.Curve
	if len(curve) == 0 {
		curve = school.UsualCurve
	}
	return p.with(web.Field{Kind: web.TextField, Name: "curve", Label: p.T("lendpolicy.curve"), Hint: p.T("lendpolicy.curve.hint", numberList(school.UsualCurve)), Value: numberList(curve), MaxLength: 80, Autocomplete: "off"},
		web.Field{Kind: web.CheckField, Name: "remind_never", Label: p.T("lendpolicy.remind_never"), Hint: p.T("lendpolicy.remind_never.hint"), Value: checked(x.Remind.Never)},
		web.Field{Kind: web.TextField, Name: "remind_person", Label: p.T("lendpolicy.remind_person"), Hint: p.T("lendpolicy.remind_person.hint", numberList(school.UsualReminders)), Value: numberList(x.Remind.Days()), MaxLength: 60, Autocomplete: "off"},
		web.Field{Kind: web.NumberField, Name: "remind_school", Label: p.T("lendpolicy.remind_school"), Hint: p.T("lendpolicy.remind_school.hint"), Value: strconv.Itoa(x.Remind.SchoolAfter()), Min: "1", Max: "365"},
		web.Field{Kind: web.NumberField, Name: "remind_authority", Label: p.T("lendpolicy.remind_authority"), Value: strconv.Itoa(x.Remind.AuthorityAfter()), Min: "2", Max: "365"},
		web.Field{Kind: web.CheckField, Name: "teachers", Label: p.T("lendpolicy.teachers"), Hint: p.T("lendpolicy.teachers.hint"), Value: checked(x.Teachers)})
}

// numberList writes numbers as people type them.
func numberList(numbers []int) string {
	var out []string
	for _, n := range numbers {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ", ")
}

// numbersIn reads a list of whole numbers; code is what is said of anything else.
func numbersIn(r *http.Request, name, code string, args ...any) (out []int, err error) {
	for _, word := range strings.FieldsFunc(r.PostFormValue(name), func(r rune) bool { return strings.ContainsRune(",; %\t\r\n", r) }) {
		n, err := strconv.Atoi(strings.Replace(word, "−", "-", 1))
		if err != nil {
			return nil, school.Refuse(name, code, args...)
		}
		out = append(out, n)
	}
	return out, nil
}

func (u *UI) setLendingPolicy(w http.ResponseWriter, r *http.Request, v view) error {
	if !v.can(school.Settings) {
		return web.ErrNotFound
	}
	p := u.lendingPolicyForm(r, v, v.authority.Policy.Lending)
	err := p.meanwhile(r)
	a := v.authority
	x := &a.Policy.Lending
	if x.Days = countOf(r, "days"); !a.Policy.StaffOnly {
		x.Sign, x.End = school.SignRule(r.PostFormValue("sign")), school.EndRule(r.PostFormValue("end"))
	}
	if v.authority.Has(school.Management) {
		x.NotErased = school.Strict(r.PostFormValue("not_erased"))
	}
	if x.Rest = countOf(r, "rest"); x.Rest == 0 && err == nil {
		err = school.Refuse("rest", "seconds_range", school.LeastRest, school.MostRest)
	}
	x.Teachers, x.Remind = r.PostFormValue("teachers") == "1", school.LoanReminders{Never: r.PostFormValue("remind_never") == "1", School: countOf(r, "remind_school"), Authority: countOf(r, "remind_authority")}
	if x.Days == 0 && err == nil {
		err = school.Refuse("days", "days_range", 1, 60)
	}
	for _, list := range []struct {
		to         *[]int
		name, code string
		args       []any
	}{{&x.Curve, "curve", "curve", nil}, {&x.Remind.Person, "remind_person", "remind_days", []any{8, 60, 365}}} {
		numbers, wrong := numbersIn(r, list.name, list.code, list.args...)
		if *list.to = numbers; err == nil {
			err = wrong
		}
	}
	var set school.ChangeSetID
	if err == nil {
		set, err = u.st.ChangeAuthority(r.Context(), v.by, v.authority, a)
	}
	if err != nil {
		p := u.lendingPolicyForm(r, v, *x)
		for i, f := range p.Fields {
			if f.Kind == web.TextField || f.Kind == web.NumberField {
				p.Fields[i].Value = r.PostFormValue(f.Name)
			}
		}
		return u.refuse(w, r, p, err)
	}
	return u.done(w, r, lendingPolicyPath, "done.kept", set)
}

func init() {
	web.Add(web.Words{
		"admin.lending":      {"Regeln der Ausleihe", "Rules of lending"},
		"admin.text.lending": {"Wer unterschreibt, wie lange geliehen wird, Zeitwert, Erinnerungen und wie streng der Ausgabetisch ist.", "Who signs, how long things are lent, what they are worth, reminders and how strict the desk is."},

		"lendpolicy.lead": {"Gilt für alle Schulen. Bestehende Verträge behalten ihr Ende.", "Holds for all schools. Existing contracts keep their end."},

		"lendpolicy.sign":                   {"Wer unterschreibt einen Vertrag mit einer Schülerin oder einem Schüler?", "Who signs a contract with a pupil?"},
		"lendpolicy.sign.":                  {"bis 18 die Sorgeberechtigten, ab 18 die Person allein", "guardians up to 18, from 18 on the person alone"},
		"lendpolicy.sign..hint":             {"Wo niemand weiß, ab wann jemand volljährig ist, unterschreiben die Sorgeberechtigten.", "Where nobody knows from when somebody is of age, guardians sign."},
		"lendpolicy.sign.both":              {"bis 18 die Sorgeberechtigten und die Person selbst", "guardians and the person up to 18"},
		"lendpolicy.sign.both.hint":         {"Zwei Unterschriften auf jedem Vertrag mit Minderjährigen.", "Two signatures on every contract with a minor."},
		"lendpolicy.sign.nobody":            {"niemand", "nobody"},
		"lendpolicy.sign.nobody.hint":       {"Ausgegeben wird ohne Papier; der Ausgabetisch fragt nicht danach.", "Things are handed out without paper; the desk does not ask for it."},
		"lendpolicy.end":                    {"Neue Leihverträge mit Schülerinnen und Schülern enden", "New contracts with pupils end"},
		"lendpolicy.end.exit":               {"mit dem Verlassen der Schule", "when they leave the school"},
		"lendpolicy.end.recall":             {"wenn die Schule das Gerät zurückfordert", "when the school asks for the device"},
		"lendpolicy.days":                   {"Kurzausleihe, Tage", "Short loan, days"},
		"lendpolicy.days.hint":              {"So lange dauert eine Kurzausleihe, wenn niemand einen anderen Tag nennt.", "A short loan lasts this long where nobody names another day."},
		"lendpolicy.not_erased":             {"Seit der letzten Rückgabe nicht gelöscht: Was macht der Ausgabetisch?", "Not erased since its last return: what does the desk do?"},
		"lendpolicy.not_erased.":            {"Rot: gibt das Gerät nicht aus", "Red: does not hand the device out"},
		"lendpolicy.not_erased..hint":       {"Was die vorige Person darauf gelassen hat, bekommt sonst die nächste.", "Else the next person gets what the last one left on it."},
		"lendpolicy.not_erased.warn":        {"Gelb: gibt es nach Enter aus", "Yellow: hands it out after Enter"},
		"lendpolicy.not_erased.warn.hint":   {"Am Tisch entscheidet, wer ausgibt.", "Whoever is at the desk decides."},
		"lendpolicy.not_erased.silent":      {"sagt nichts", "says nothing"},
		"lendpolicy.not_erased.silent.hint": {"Nur, wo Geräte auf anderem Weg gelöscht werden.", "Only where devices are erased in another way."},
		"lendpolicy.rest":                   {"Bildschirm des Ausgabetischs leeren nach, Sekunden", "Empty the screen of the desk after, seconds"},
		"lendpolicy.rest.hint":              {"So lange steht ein Name dort, wenn niemand etwas eingibt. Üblich: 60. Wer zum Lesen oder Tippen länger braucht, bekommt hier mehr Zeit; verloren geht dabei nie etwas.", "A name stands there this long while nobody types. Usual: 60. Who needs longer to read or to type gets more time here; nothing is ever lost by it."},
		"lendpolicy.curve":                  {"Zeitwert in Prozent des Neupreises, je Jahr", "Value in percent of the price when new, for each year"},
		"lendpolicy.curve.hint":             {"Der erste Wert gilt ab dem Kauf, jeder weitere ein Jahr später. Üblich: {1}. Die Preise selbst stehen bei Sets und Lieferungen.", "The first value holds from the purchase, each further one a year later. Usual: {1}. The prices themselves stand with kits and deliveries."},
		"lendpolicy.remind_never":           {"Niemanden erinnern", "Remind nobody"},
		"lendpolicy.remind_never.hint":      {"Sonst schreibt Ranzen zu Verträgen, die an einem Tag enden. Mit dem Gerät geschieht dadurch nichts.", "Else Ranzen writes about contracts that end on a day. Nothing happens to the device by that."},
		"lendpolicy.remind_person":          {"Erinnerung an die Person, Tage nach dem letzten Tag", "Reminder to the person, days after the last day"},
		"lendpolicy.remind_person.hint":     {"Mit Minus davor; 0 ist der letzte Tag. Üblich: {1}.", "With a minus before it; 0 is the last day. Usual: {1}."},
		"lendpolicy.remind_school":          {"Danach an die Schule, Tage nach dem letzten Tag", "Then to the school, days after the last day"},
		"lendpolicy.remind_school.hint":     {"Auch, wenn die Person keine E-Mail-Adresse hat: dann von Anfang an.", "From the beginning where the person has no e-mail address."},
		"lendpolicy.remind_authority":       {"Zuletzt an den Schulträger, Tage nach dem letzten Tag", "At last to the school authority, days after the last day"},
		"lendpolicy.teachers":               {"Alle vom Personal bekommen ein Gerät", "Everybody of the staff gets a device"},
		"lendpolicy.teachers.hint":          {"Dann zählt die Übersicht auch die als offen, für die noch nichts vorbereitet ist.", "Then the overview counts those as open too for whom nothing is prepared yet."},
	})
}
