package ui

import (
	"context"
	"slices"

	"ranzen/mdm"
	"ranzen/store/school"
	"ranzen/ui/web"
)

// explained is what the facts of one device say about its items, in words. It is computed when it is shown, by the same
// functions that decide what the device gets.
type explained struct {
	facts   school.Facts
	have    school.Reported
	reasons []explainedItem
}

// explainedItem is one item with its reason.
type explainedItem struct {
	mdm.Reason
	web.Said
}

// explain tells a device's facts to who looks. The holder is named only to those who may see people there.
func (v view) explain(f school.Facts, have school.Reported) explained {
	around := web.Around{Now: v.now, Class: f.Place.ClassName}
	if f.Holder != nil && v.at(school.ViewPeople, f.Place.School) {
		around.Holder = f.Holder.Short()
	}
	e := explained{facts: f, have: have}
	for _, r := range mdm.Explain(mdm.Desired(f), have, f, v.now) {
		if r.Via.ScopeName == "" && r.Via.Level == school.AtDevice {
			r.Via.ScopeName = f.Device.Number
		}
		e.reasons = append(e.reasons, explainedItem{r, web.Why(v.lang, r, around)})
	}
	return e
}

// of finds the item of a profile, or nothing.
func (e explained) of(p school.ProfileID) (explainedItem, bool) {
	for _, x := range e.reasons {
		if x.Profile == p {
			return x, true
		}
	}
	return explainedItem{}, false
}

// with lists the items of some states.
func (e explained) with(states ...mdm.Status) (out []explainedItem) {
	for _, x := range e.reasons {
		if slices.Contains(states, x.Status) {
			out = append(out, x)
		}
	}
	return out
}

// missing lists what the device lacks: first what waits for somebody, then what comes by itself.
func (e explained) missing() []explainedItem {
	out := e.with(mdm.Coming, mdm.Blocked, mdm.GaveUp)
	slices.SortStableFunc(out, func(a, b explainedItem) int { return first(!a.Automatic, !b.Automatic) })
	return out
}

// explainScope explains every device of a scope, by id.
func (u *UI) explainScope(ctx context.Context, v view, scope school.Scope) (map[school.DeviceID]explained, error) {
	facts, have, err := u.st.ScopeFacts(ctx, v.by, scope)
	if err != nil {
		return nil, err
	}
	out := make(map[school.DeviceID]explained, len(facts))
	for i, f := range facts {
		out[f.Device.ID] = v.explain(f, have[i])
	}
	return out, nil
}

// remedyAction is the page on which a remedy can be carried out by who looks, or nothing: a remedy outside these pages
// (a charger, a network) has no button.
func (v view) remedyAction(x explainedItem, d school.DeviceID, at school.SchoolID) *web.Action {
	to := func(key, href string, allowed bool) *web.Action {
		if !allowed {
			return nil
		}
		return &web.Action{Text: web.T(v.lang, key), Href: href}
	}
	device := deviceAddress(d)
	switch x.Remedy {
	case mdm.ConfirmDevice:
		if !v.at(school.EditDevices, at) {
			return nil
		}
		return &web.Action{Text: web.T(v.lang, "remedy.confirm"), Href: device + "/confirm", Post: true}
	case mdm.Issue:
		return to("remedy.issue", device+"/issue", v.at(school.EditDevices, at) && v.at(school.ViewPeople, at))
	case mdm.CompleteData:
		return to("remedy.complete", device+"/edit", v.at(school.EditDevices, at))
	case mdm.FixProfile:
		return v.profileAction(x, at)
	case mdm.TryAgain:
		if !v.at(school.OrderDevice, at) {
			return v.profileAction(x, at)
		}
		return &web.Action{Text: web.T(v.lang, "remedy.again"), Href: device + "/retry", Post: true}
	case mdm.BuyLicences, mdm.CheckToken, mdm.RenewToken, mdm.PartToken:
		return to("remedy.licences", contentPath, v.can(school.Apple))
	case mdm.AssignNetwork:
		return to("remedy.assign", assignAddress(school.Scope{Level: school.AtDevice, ID: string(d)}, device), v.at(school.Assign, at))
	}
	return nil
}

// profileAction leads to the profile of an item, for whoever may correct it.
func (v view) profileAction(x explainedItem, at school.SchoolID) *web.Action {
	if x.Profile == "" || !v.at(school.EditProfiles, at) {
		return nil
	}
	return &web.Action{Text: web.T(v.lang, "remedy.profile"), Href: profileAddress(x.Profile)}
}

func init() {
	web.Add(web.Words{
		"remedy.again":    {"Erneut versuchen", "Try again"},
		"remedy.confirm":  {"iPad bestätigen", "Confirm iPad"},
		"remedy.issue":    {"Ausgeben …", "Issue …"},
		"remedy.complete": {"Angaben ergänzen", "Fill in details"},
		"remedy.licences": {"Lizenzen ansehen", "See licences"},
		"remedy.profile":  {"Profil ansehen", "See profile"},
		"remedy.assign":   {"WLAN zuweisen …", "Assign Wi-Fi …"},
	})
}
