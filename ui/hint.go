package ui

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"ranzen/mdm"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// handSteps are the steps by which somebody who holds the iPad helps it, by remedy. What takes more than hands has none.
var handSteps = map[mdm.Remedy][]string{
	mdm.SwitchOn:     {"slip.charge", "slip.on", "slip.wifi", "slip.wait"},
	mdm.Reconnect:    {"slip.charge", "slip.restart", "slip.wifi", "slip.wait", "slip.bring"},
	mdm.Unbox:        {"slip.charge", "slip.on", "slip.setup", "slip.wait"},
	mdm.UpdateOrSwap: {"slip.charge", "slip.wifi", "slip.update", "slip.wait", "slip.old"},
}

// byHand reports whether an item waits for somebody who takes the iPad in hand.
func byHand(x explainedItem) bool {
	return !x.Automatic && handSteps[x.Remedy] != nil && (x.Status == mdm.Coming || x.Status == mdm.Blocked)
}

// hintShown is how long the page of a device says that a hint was sent.
const hintShown = 14 * 24 * time.Hour

// offerHelp adds to the answer what reaches whoever has the iPad: a hint to the class teachers, if there is one with an
// address and none went out just now, and a slip of paper.
func (u *UI) offerHelp(ctx context.Context, v view, d store.DevicePage, b *answerBlock) error {
	here := deviceAddress(d.ID)
	slip := web.Action{Text: web.T(v.lang, "slip.do"), Href: here + "/slip"}
	if d.Class == "" || !v.at(school.EditDevices, d.School) || !v.at(school.ViewPeople, d.School) {
		b.Actions = append(b.Actions, slip)
		return nil
	}
	last, err := u.st.LastHint(ctx, v.by, d.ID)
	if err != nil {
		return err
	}
	if last != nil && v.now.Sub(last.At) < hintShown {
		var names []string
		for _, p := range last.To {
			names = append(names, strings.TrimSpace(p.Given+" "+p.Family))
		}
		b.Facts = append(b.Facts, web.Fact{Name: web.T(v.lang, "hint.fact"), Text: web.T(v.lang, "hint.sent", v.lang.Moment(last.At, v.now), strings.Join(names, ", "), last.By)})
	}
	if last == nil || v.now.Sub(last.At) >= store.HintEvery {
		teachers, err := u.st.ClassTeachers(ctx, v.by, d.ID)
		if err != nil {
			return err
		}
		if len(teachers) > 0 {
			b.Actions = append(b.Actions, web.Action{Text: web.T(v.lang, "hint.do"), Href: here + "/hint", Post: true})
		}
	}
	b.Actions = append(b.Actions, slip)
	return nil
}

// inHand explains what of a device waits for somebody's hands.
func (u *UI) inHand(ctx context.Context, v view, d store.DevicePage) ([]explainedItem, error) {
	facts, have, err := u.st.ScopeFacts(ctx, v.by, school.Scope{Level: school.AtDevice, ID: string(d.ID)})
	if err != nil {
		return nil, err
	}
	if len(facts) == 0 {
		return nil, web.ErrNotFound
	}
	items := v.explain(facts[0], have[0]).missing()
	return slices.DeleteFunc(items, func(x explainedItem) bool { return !byHand(x) }), nil
}

// deviceHint writes to the class teachers what the iPad lacks and what helps. It names the iPad, not who has it: they
// know, and whoever else reads the letter need not.
func (u *UI) deviceHint(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.editable(r, v)
	if err != nil {
		return err
	}
	reader := v
	reader.lang = web.German // of teachers no other language is known
	items, err := u.inHand(r.Context(), reader, d)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return school.Clash("no_hint")
	}
	n, err := u.st.SendHint(r.Context(), v.by, d.ID, web.T(reader.lang, "hint.subject", deviceName(d.Device)), reader.hintLetter(d, items))
	if err != nil {
		return err
	}
	return u.done(w, r, deviceAddress(d.ID), "done.hint", "", int64(n))
}

func (v view) hintLetter(d store.DevicePage, items []explainedItem) string {
	var b strings.Builder
	line := func(key string, args ...any) { b.WriteString(web.T(v.lang, key, args...) + "\n") }
	line("hint.hello")
	b.WriteString("\n")
	line("hint.about", deviceName(d.Device), web.ClassName(v.lang, d.ClassName))
	for i, x := range items {
		b.WriteString("\n" + x.Headline + "\n")
		if next := i + 1; next < len(items) && items[next].Why == x.Why && items[next].Helps == x.Helps {
			continue // said below, once for both
		}
		line("hint.why", x.Why)
		line("hint.helps", x.Helps)
	}
	b.WriteString("\n")
	line("hint.rest")
	if v.authority.Contact != "" {
		line("hint.contact", v.authority.Contact)
	}
	b.WriteString("\n" + v.authority.Name + "\n")
	return b.String()
}

// slipPage is the page "slip": what to do with an iPad, on a piece of paper for whoever has it.
type slipPage struct {
	web.Frame
	Back    string
	Holder  string
	Class   string
	Parts   []slipPart
	Contact string
	Nothing *web.Empty
}

type slipPart struct {
	Why   string
	Steps []string
}

func (u *UI) deviceSlip(w http.ResponseWriter, r *http.Request, v view) error {
	d, err := u.device(r, v)
	if err != nil {
		return err
	}
	items, err := u.inHand(r.Context(), v, d)
	if err != nil {
		return err
	}
	name, here := deviceName(d.Device), deviceAddress(d.ID)
	p := &slipPage{Frame: u.frame(r, name, web.Crumb{Name: name, Href: here}, web.Crumb{Name: web.T(v.lang, "slip.do")}), Back: here, Contact: v.authority.Contact}
	if d.Holder != nil { // the store names a holder only to who may see people
		p.Holder = d.Holder.Short()
	}
	if d.Class != "" {
		p.Class = web.ClassName(v.lang, d.ClassName)
	}
	seen := map[mdm.Remedy]bool{}
	for _, x := range items {
		if seen[x.Remedy] {
			continue
		}
		seen[x.Remedy] = true
		part := slipPart{Why: x.Why}
		for _, key := range handSteps[x.Remedy] {
			part.Steps = append(part.Steps, web.T(v.lang, key))
		}
		p.Parts = append(p.Parts, part)
	}
	if len(p.Parts) == 0 {
		p.Nothing = &web.Empty{Title: p.T("slip.nothing"), Text: p.T("slip.nothing.text"), Actions: []web.Action{{Text: p.T("slip.back"), Href: here}}}
	}
	return u.site.Render(w, r, http.StatusOK, "slip", p)
}

func init() {
	web.Add(web.Words{
		"hint.do":      {"Hinweis an Klassenleitung", "Hint to class teacher"},
		"hint.fact":    {"Hinweis", "Hint"},
		"hint.sent":    {"{1} an {2} geschickt, durch {3}.", "Sent to {2} {1}, by {3}."},
		"hint.subject": {"{1} braucht Hilfe", "{1} needs help"},
		"hint.hello":   {"Guten Tag,", "Hello,"},
		"hint.about":   {"das iPad {1} ({2}) braucht jemanden, der es in die Hand nimmt.", "the iPad {1} ({2}) needs somebody to take it in hand."},
		"hint.why":     {"Warum: {1}", "Why: {1}"},
		"hint.helps":   {"Was hilft: {1}", "What helps: {1}"},
		"hint.rest":    {"Mehr ist nicht zu tun. Ein Konto brauchen Sie dafür nicht.", "There is nothing else to do. You need no account for it."},
		"hint.contact": {"Wenn es klemmt: {1}", "If it is stuck: {1}"},
		"done.hint":    {"Hinweis an {1} {1:Person|Personen} geschickt.", "Hint sent to {1} {1:person|people}."},

		"slip.do":           {"Zettel", "Slip"},
		"slip.lead":         {"Dieses iPad braucht Ihre Hilfe.", "This iPad needs your help."},
		"slip.print":        {"Zettel drucken", "Print slip"},
		"slip.back":         {"Zurück zum iPad", "Back to the iPad"},
		"slip.contact":      {"Wenn es klemmt: {1}", "If it is stuck: {1}"},
		"slip.nothing":      {"Für dieses iPad braucht es keinen Zettel.", "This iPad needs no slip."},
		"slip.nothing.text": {"Es fehlt nichts, was jemand am iPad selbst beheben könnte.", "Nothing is missing that somebody could mend on the iPad itself."},
		"slip.charge":       {"Das iPad an ein Ladekabel anschließen.", "Connect the iPad to a charging cable."},
		"slip.on":           {"Einschalten und entsperren.", "Switch it on and unlock it."},
		"slip.restart":      {"Ausschalten, wieder einschalten und entsperren.", "Switch it off and on again, and unlock it."},
		"slip.wifi":         {"Mit einem WLAN verbinden: Einstellungen, WLAN.", "Connect it to a network: Settings, Wi-Fi."},
		"slip.setup":        {"Den Anweisungen auf dem Bildschirm folgen und das Einrichtungs-WLAN der Schule wählen.", "Follow the instructions on the screen and choose the school’s set-up network."},
		"slip.update":       {"iPadOS aktualisieren: Einstellungen, Allgemein, Softwareupdate.", "Update iPadOS: Settings, General, Software Update."},
		"slip.wait":         {"Eine Viertelstunde eingeschaltet lassen. Der Rest geschieht von selbst.", "Leave it switched on for a quarter of an hour. The rest happens by itself."},
		"slip.bring":        {"Hilft das nicht: das iPad zur Schul-IT bringen.", "If that does not help: bring the iPad to the school’s IT contact."},
		"slip.old":          {"Wird kein Update angeboten: das iPad zur Schul-IT bringen, es gibt ein anderes.", "If no update is offered: bring the iPad to the school’s IT contact, you get another one."},
	})
}
