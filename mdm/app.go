package mdm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store/school"
)

// Apps are items like profiles: the same precedence, variables, drift, attempts and reasons. What differs:
//
//   - An app comes only when Apple said that the device holds its licence; a licence that is taken away later takes no app away.
//   - Without a managed configuration it is declared from iPadOS 17.2 on (app.managed); else it comes by command. A declaration could
//     bring a configuration only to apps that were rewritten for it. An app that was declared and is now to be configured goes and
//     comes again, because a declaration that is withdrawn takes its app along.
//   - Accepted means queued. An app is there when a list of managed apps says so, and while it loads it is asked for again.
//   - Loading is put off while the school wants calm; removing is not.
//   - Nobody waits for apps in Setup Assistant.
//   - A device is only ever asked about the apps it was given, by name. The list of a status report names what it likes; so apps of
//     parents' iPads come by command.

// appDeclaredOS is the first iPadOS that takes declarations of apps.
const appDeclaredOS = "17.2"

// Steps of apps.
const (
	InstallApp StepKind = "install_app" // InstallApplication
	RemoveApp  StepKind = "remove_app"  // RemoveApplication
	ListApps   StepKind = "list_apps"   // ManagedApplicationList
)

// Codes about apps, with the arguments they carry.
const (
	Offered        Code = "available"       // not wanted by itself: it may be given to a device
	LicenceUnasked Code = "licence_unasked" // nobody has looked yet
	LicenceComing  Code = "licence_asked"   //
	NoLicence      Code = "licence_short"   //
	LicenceNo      Code = "licence_refused" // code: Apple's number
	TokenOver      Code = "token_over"      // Apple no longer accepts the content token
	TokenForeign   Code = "token_foreign"   // another system manages the location
	QuietHours     Code = "quiet"           // until
	AppLoading     Code = "app_loading"     // at
	AppNoRoom      Code = "app_no_room"     // free, in GB with one decimal
	AppStoreOff    Code = "app_store_off"   //
	AppTooNew      Code = "app_too_new"     // the iPad's system is too old for the version in the store
	AppUnknown     Code = "app_unknown"     // the store does not have it (any more)
	AppRejected    Code = "app_rejected"    // somebody refused it on the iPad
	AppForeign     Code = "app_foreign"     // somebody loaded it with an account of their own
)

// Remedies of apps.
const (
	BuyLicences Remedy = "buy_licences" // buy more in Apple School Manager, or take some back
	CheckToken  Remedy = "check_token"  // look at the content token
	RenewToken  Remedy = "renew_token"  // bring a new content token
	PartToken   Remedy = "part_token"   // take the location from the other system
	MakeRoom    Remedy = "make_room"    // delete something on the iPad
	AllowStore  Remedy = "allow_store"  // allow installing apps in the restrictions
	DeleteApp   Remedy = "delete_app"   // delete the app somebody loaded, or leave it
)

// licensed reports whether the device may load the app.
func licensed(i Item, have school.Reported) bool {
	return i.App == nil || have.Licences[i.Key].State == school.LicenceHeld
}

// LicencesDiffer reports whether the licences of a device are not those of the apps it should have. Who keeps them looks then.
func LicencesDiffer(want State, have school.Reported) bool {
	apps := 0
	for _, i := range want.Items {
		if i.App == nil {
			continue
		}
		apps++
		if l, ok := have.Licences[i.Key]; !ok || l.State == school.LicenceLeaving {
			return true
		}
	}
	kept := 0
	for _, l := range have.Licences {
		if l.State != school.LicenceLeaving {
			kept++
		}
	}
	return kept != apps
}

// appOwner is the way an app goes.
func appOwner(s State, f school.Facts, a *school.App) school.Owner {
	if s.Declarative && !a.Configured && !askedLittle(f.Device) && school.OSAtLeast(f.Device.OSVersion, appDeclaredOS) {
		return school.ByDeclaration
	}
	return school.ByCommand
}

// appDoc is what the declaration of an app is made of. What its newest version is decides the App Store, so nothing of that is in it.
type appDoc struct {
	Token    string `json:"t"` // ServerToken
	AdamID   string `json:"a"`
	NoBackup bool   `json:"b,omitempty"`
	Updates  string `json:"u,omitempty"`
}

func appDocOf(i Item, token string, f school.Facts) appDoc {
	d := appDoc{Token: token, AdamID: i.App.AdamID}
	if s, err := i.Settings(f); err == nil {
		d.NoBackup = s.PreventBackup
		if school.OSAtLeast(f.Device.OSVersion, "26.0") {
			d.Updates = s.Updates
		}
	}
	return d
}

func (d appDoc) payload() string {
	p := map[string]any{"AppStoreID": d.AdamID, "InstallBehavior": map[string]any{"Install": "Required", "License": map[string]string{"Assignment": "Device"}}}
	if d.NoBackup {
		p["IncludeInBackup"] = false
	}
	if d.Updates != "" {
		p["UpdateBehavior"] = map[string]string{"AutomaticAppUpdates": d.Updates}
	}
	b, err := json.Marshal(p)
	if err != nil { // texts and truths
		panic("mdm: the declaration of an app does not encode: " + err.Error())
	}
	return string(b)
}

func isApp(k school.ItemKey) bool {
	_, app := k.Bundle()
	return app
}

// Settings is how an app is set up on this device.
func (i Item) Settings(f school.Facts) (profiles.AppSettings, error) {
	filled, err := profiles.Fill(*i.Content, f.Variables())
	if err != nil {
		return profiles.AppSettings{}, fmt.Errorf("filling the settings of app %s for device %s: %w", i.Version, f.Device.ID, err)
	}
	return filled.App()
}

// declaresApps reports whether the manifest speaks of apps: only then the device is asked for the list of those we manage.
func declaresApps(want State, have school.Reported, f school.Facts) bool {
	if askedLittle(f.Device) {
		return false
	}
	for _, i := range want.Items {
		if i.App != nil && declaredNow(i, want, have, f) {
			return true
		}
	}
	for k, p := range have.Present {
		if _, app := k.Bundle(); app && p.Owner == school.ByDeclaration {
			return true
		}
	}
	return false
}

// declaredNow reports whether a wanted item stands in the manifest: an app as soon as it is licensed and may be loaded, and then
// for good.
func declaredNow(i Item, want State, have school.Reported, f school.Facts) bool {
	if owner(i, want, have) != school.ByDeclaration {
		return false
	}
	return i.App == nil || licensed(i, have) && loads(f, f.At) || have.Present[i.Key].Owner == school.ByDeclaration || have.Items[i.Key].Token != ""
}

// loads reports whether apps may be loaded now.
func loads(f school.Facts, now time.Time) bool { return rests(f, now).IsZero() }

// rests is until when the school wants nothing large to be loaded; zero: it may be.
func rests(f school.Facts, now time.Time) time.Time { return f.Quiet.Rests(f.Local(now)) }

// appSteps hands out what is missing and takes away what is no longer wanted, by command.
func (p *planner) appSteps() {
	for n := range p.want.Items {
		i := &p.want.Items[n]
		if i.App == nil || !licensed(*i, p.have) || !loads(p.f, p.now) || !installable(*i, p.want, p.have, p.now) {
			continue
		}
		if p.have.Present[i.Key].Owner == school.ByDeclaration { // it has to go first
			continue
		}
		p.add(Step{Kind: InstallApp, Item: i, Key: i.Key})
	}
	if appsOpen(p.have, p.now) || appsDue(p.have) && !p.now.Before(p.have.AppsAt.Add(routine+spread(p.f.Device.ID))) {
		p.add(Step{Kind: ListApps, Queries: p.appsGiven()})
	}
}

// appsGiven names the apps that may be on the device because they were given to it by command, sorted.
func (p *planner) appsGiven() []string {
	given := map[string]bool{}
	note := func(k school.ItemKey, by school.Owner) {
		if bundle, app := k.Bundle(); app && by == school.ByCommand {
			given[bundle] = true
		}
	}
	for _, i := range p.want.Items {
		note(i.Key, owner(i, p.want, p.have))
	}
	for k, x := range p.have.Present {
		note(k, x.Owner)
	}
	for k, st := range p.have.Items {
		if st.Token == "" {
			note(k, school.ByCommand)
		}
	}
	return slices.Sorted(maps.Keys(given))
}

// appsOpen reports whether only a list can say what became of an app.
func appsOpen(have school.Reported, now time.Time) bool {
	for k, st := range have.Items {
		if _, app := k.Bundle(); !app || st.Token != "" {
			continue
		}
		if st.Phase == school.Acknowledged && (have.AppsAt.Before(st.Since) || after(now, st.NextTry)) {
			return true
		}
	}
	return false
}

// appsDue reports whether there are apps a list could find missing.
func appsDue(have school.Reported) bool {
	for k, h := range have.Present {
		if _, app := k.Bundle(); app && h.Owner == school.ByCommand {
			return true
		}
	}
	return false
}

// ListedApp is one entry of a ManagedApplicationList.
type ListedApp struct{ Status string }

// appBusy are the words for an app that is on its way, appOver those after which it does not come by itself.
var (
	appBusy = map[string]bool{"Queued": true, "NeedsRedemption": true, "Redeeming": true, "Prompting": true, "PromptingForLogin": true, "ValidatingPurchase": true,
		"PromptingForManagement": true, "Installing": true, "ValidatingUpdate": true, "PromptingForUpdate": true, "PromptingForUpdateLogin": true, "Updating": true}
	appOver = map[string]bool{"UserRejected": true, "ManagementRejected": true, "Failed": true, "ManagedButUninstalled": true, "UserInstalledApp": true, "Unknown": true}
)

// appPause is how long a device that loads is left alone before it is asked again: as long as it has been loading, between
// half a minute and a quarter of an hour.
func appPause(since, now time.Time) time.Duration {
	return min(max(now.Sub(since), 30*time.Second), 15*time.Minute)
}

// AppsListed applies a ManagedApplicationList the device was asked for at asked. It settles what was accepted, and finds what was
// deleted on the device. Nothing younger than the question is held against it.
func AppsListed(have school.Reported, want State, list map[string]ListedApp, asked, now time.Time) school.Reported {
	have = own(have)
	for _, i := range want.Items {
		if i.App != nil && owner(i, want, have) == school.ByCommand {
			listWantedApp(have, i, list, asked, now)
		}
	}
	for k, p := range have.Present {
		bundle, app := k.Bundle()
		if _, wanted := want.Item(k); wanted || !app || p.Owner != school.ByCommand {
			continue
		}
		entry, found := list[bundle]
		st, open := have.Items[k]
		gone := !found || entry.Status == "ManagedButUninstalled"
		switch {
		case gone && !p.Since.After(asked):
			delete(have.Present, k)
			delete(have.Items, k)
		case !gone && open && st.Hash == "" && st.Phase == school.Acknowledged && !st.Since.After(asked):
			have.Items[k] = fail(st, school.Failed, stillThere, "", now)
		}
	}
	for k, st := range have.Items { // wanted no more before it was there
		bundle, app := k.Bundle()
		_, wanted := want.Item(k)
		if _, known := have.Present[k]; !app || wanted || known || st.Token != "" || st.Since.After(asked) {
			continue
		}
		if _, found := list[bundle]; found && st.Hash != "" {
			have.Present[k] = school.Have{Owner: school.ByCommand, Since: now}
		}
		delete(have.Items, k)
	}
	have.AppsAt = now
	return have
}

func listWantedApp(have school.Reported, i Item, list map[string]ListedApp, asked, now time.Time) {
	entry, found := list[i.App.BundleID]
	old, had := have.Present[i.Key]
	st, open := have.Items[i.Key]
	young := open && st.Since.After(asked)
	switch {
	case young:
	case found && entry.Status == "Managed":
		if open && st.Hash == i.Hash && st.Phase == school.Acknowledged { // what was accepted is there
			have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: school.ByCommand, Since: now}
		} else if !had { // there, in settings nobody remembers
			have.Present[i.Key] = school.Have{Owner: school.ByCommand, Since: now}
		}
		if open && st.Phase != school.Sent && st.Phase != school.Postponed {
			delete(have.Items, i.Key)
		}
	case found && appBusy[entry.Status]:
		if open && st.Hash == i.Hash {
			st.Phase, st.Code, st.Detail, st.NextTry = school.Acknowledged, "", entry.Status, now.Add(appPause(st.Since, now))
			have.Items[i.Key] = st
		} else if !open {
			have.Items[i.Key] = school.ItemState{Phase: school.Acknowledged, Hash: i.Hash, Since: now, Detail: entry.Status, NextTry: now.Add(30 * time.Second)}
		}
	case found && appOver[entry.Status]:
		if had && !old.Since.After(asked) || !had {
			delete(have.Present, i.Key)
			if st.Hash != i.Hash {
				st = school.ItemState{Hash: i.Hash}
			}
			phase := school.Failed
			if had {
				phase = school.Drifted
			}
			have.Items[i.Key] = fail(st, phase, entry.Status, "", now)
		}
	case !found && had && !old.Since.After(asked):
		delete(have.Present, i.Key)
		if !open {
			have.Items[i.Key] = school.ItemState{Phase: school.Drifted, Hash: i.Hash, Since: now}
		}
	case !found && open && st.Hash == i.Hash && st.Phase == school.Acknowledged:
		have.Items[i.Key] = fail(st, school.Drifted, notThere, "", now)
	}
}

// AppsDeclared applies what a status report says of declared apps. offered is what the device was given last; nil: nobody knows. A device says a thing
// once: what it tells of an app while a newer manifest is on its way counts as well. Only a failure must be of the content of now.
func AppsDeclared(have school.Reported, want State, f school.Facts, offered []ddm.Declaration, status ddm.Status, now time.Time) school.Reported {
	if len(status.Apps) == 0 {
		return have
	}
	have = own(have)
	for _, i := range want.Items {
		id := DeclarationID(i.Key)
		d, ok := ddm.Find(offered, ddm.Configurations, id)
		a, listed := status.App(id)
		if i.App == nil || !ok && offered != nil || !listed || owner(i, want, have) != school.ByDeclaration {
			continue
		}
		token := d.ServerToken
		switch mine := ok && Belongs(token, i, have, f); {
		case a.State == "managed" && !mine:
			declaredPresent(have, i, serverToken(i, have, f), now)
		case !mine:
		case a.State == "managed":
			declaredPresent(have, i, token, now)
		case a.State == "failed", a.State == "managed-but-uninstalled":
			code := a.State
			for _, c := range a.Reasons {
				if c.Failure() {
					code = c.Code
					break
				}
			}
			declaredFailed(have, i, token, code, "", now)
		case a.Removed:
			declaredLost(have, i, token, now)
		}
	}
	return have
}

// appTrouble names what stands against an app, by what the device said last. ok is false for what is told like any other failure.
func (e explainer) appTrouble(r *Reason, i Item, st school.ItemState) bool {
	room := e.have.StorageFree > 0 && e.have.StorageFree < 1
	switch st.Code {
	case "rejected AppStoreDisabled", "Error.AppStoreDisabled":
		r.Code, r.Remedy, r.Who = AppStoreOff, AllowStore, responsible(i.Via)
	case "rejected NotSupported", "Error.NotSupported":
		r.Code, r.Remedy, r.Who = AppTooNew, UpdateOrSwap, SchoolAdmin
	case "rejected CouldNotVerifyAppID", "Error.InvalidAppID", "rejected NotAnApp", "Error.NotAnApp":
		r.Code, r.Remedy, r.Who = AppUnknown, ChangeAssignment, AuthorityAdmin
	case "rejected AppAlreadyInstalled", "UserInstalledApp", "ManagementRejected", "Error.UnmanagedAppAlreadyInstalled":
		r.Code, r.Remedy, r.Who = AppForeign, DeleteApp, e.keeper()
	case "UserRejected", "Error.UserRejected":
		r.Code, r.Remedy, r.Who = AppRejected, TryAgain, SchoolAdmin
	case "Error.LicenseNotFound", "MCMDMErrorDomain 12064":
		r.Code, r.Remedy, r.Who = LicenceNo, CheckToken, AuthorityAdmin
	case "Failed", "Error.InstallFailed", "Error.DownloadFailed":
		if !room {
			return false
		}
		r.Code, r.Remedy, r.Who = AppNoRoom, MakeRoom, e.keeper()
		r.Args["free"] = fmt.Sprintf("%.1f", e.have.StorageFree)
	default:
		return false
	}
	r.Since = st.Since
	attempt(r, st)
	r.Status = Coming
	if st.Final {
		r.Status = GaveUp
	}
	return true
}

// app explains an app that is not there yet.
func (e explainer) app(r *Reason, i Item) bool {
	if i.App == nil {
		return false
	}
	l, known := e.have.Licences[i.Key]
	switch {
	case licensed(i, e.have):
		if st := e.have.Items[i.Key]; st.Hash == i.Hash && (st.Phase == school.Failed || st.Phase == school.Drifted || fetched(st) && st.Attempts > 0) && e.appTrouble(r, i, st) {
			return true
		}
		if !loads(e.f, e.now) && e.have.Items[i.Key].Hash != i.Hash {
			r.Code, r.Automatic, r.Args["until"] = QuietHours, true, stamp(rests(e.f, e.now))
			return true
		}
		return e.loading(r, i)
	case !known && e.quiet(r): // it is set aside when the device is back
	case !known:
		r.Code, r.Automatic = LicenceUnasked, true
	case l.State == school.LicenceShort:
		r.Since = l.Since
		r.Status, r.Code, r.Remedy, r.Who = Blocked, NoLicence, BuyLicences, AuthorityAdmin
	case l.State == school.LicenceRefused:
		r.Since = l.Since
		r.Status, r.Code, r.Remedy, r.Who = Blocked, LicenceNo, CheckToken, AuthorityAdmin
		r.Args["code"] = l.Code
	case l.Code == school.LicenceNoToken:
		r.Since, r.Status, r.Code, r.Remedy, r.Who = l.Since, Blocked, TokenOver, RenewToken, AuthorityAdmin
	case l.Code == school.LicenceForeign:
		r.Since, r.Status, r.Code, r.Remedy, r.Who = l.Since, Blocked, TokenForeign, PartToken, AuthorityAdmin
	default:
		r.Code, r.Automatic = LicenceComing, true
	}
	return true
}

// loading says that the app is on its way to the device.
func (e explainer) loading(r *Reason, i Item) bool {
	st := e.have.Items[i.Key]
	if st.Hash != i.Hash || st.Phase != school.Acknowledged && !fetched(st) {
		return false
	}
	r.Code, r.Since, r.Automatic = AppLoading, st.Since, true
	r.Args["at"] = stamp(st.Since)
	return true
}
