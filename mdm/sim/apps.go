package sim

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Apps on an iPad: what commands and declarations bring and take, and what became of it. Loading takes a while; a list asked for
// meanwhile says so. Apple: "Installing, managing, updating and removing apps", commands InstallApplication, RemoveApplication,
// ManagedApplicationList, InstalledApplicationList, declaration app.managed, status app.managed.list.

// installedApp is an app on an iPad, or on its way there.
type installedApp struct {
	AdamID, BundleID, Name, Version string
	EVID, Size                      int64
	Owner                           string // ownerMDM, ownerUser, or the identifier of a declaration
	State                           string // the words of app.managed.list
	Reason                          string // of a failure: a code of app.managed.list
	Ready                           time.Duration
	Try                             int
	Configuration                   map[string]any
	Token                           string // ServerToken of the declaration
}

// The states an app goes through here, in the words of app.managed.list.
const (
	appLoading = "downloading"
	appManaged = "managed"
	appGone    = "managed-but-uninstalled"
	appFailed  = "failed"
)

// appWords are the words ManagedApplicationList has for them.
var appWords = map[string]string{appLoading: "Installing", appManaged: "Managed", appGone: "ManagedButUninstalled", appFailed: "Failed"}

func (i *IPad) app(bundle string) *installedApp {
	for _, a := range i.s.Apps {
		if a.BundleID == bundle {
			return a
		}
	}
	return nil
}

// room reports how much is free, in bytes, without the apps.
func (i *IPad) room() float64 {
	if i.s.Conditions[FullStorage] {
		return -1
	}
	hw, h := hardwareOf(i.spec.ProductName), derive(0, i.spec.Serial, "condition")
	free := hw.Capacity * float64(h[0]) / 300
	if i.spec.FreeGB > 0 {
		free = i.spec.FreeGB
	}
	free *= 1e9
	for _, a := range i.s.Apps {
		if a.State == appManaged || a.State == appLoading {
			free -= float64(a.Size)
		}
	}
	return free
}

// load begins to load an app.
func (i *IPad) load(app App, owner string, configuration map[string]any) *installedApp {
	old := i.app(app.BundleID)
	if old == nil {
		old = &installedApp{}
		i.s.Apps = append(i.s.Apps, old)
	}
	*old = installedApp{AdamID: app.AdamID, BundleID: app.BundleID, Name: app.Name, Version: app.Version, EVID: evid(app), Size: app.Size,
		Owner: owner, State: appLoading, Configuration: configuration, Try: old.Try + 1}
	// Luck of its own, so that apps do not change what else happens to an iPad.
	d := newDice(i.fleet.cfg.Seed, "app "+i.spec.Serial+" "+app.BundleID+" "+strconv.Itoa(old.Try))
	wait := d.upTo(i.weather().AppTakes)
	i.fleet.mu.Lock()
	old.Ready = i.fleet.now() + wait
	i.fleet.mu.Unlock()
	if d.happens(i.weather().AppFails) {
		old.Reason = "Error.DownloadFailed"
	}
	if i.room() < 0 {
		old.Reason = "Error.InstallFailed"
	}
	i.fleet.plan(i, dueRetry, wait)
	return old
}

// loaded finishes what was loading, and looks again when the rest may be there. What is declared makes a report due.
func (i *IPad) loaded() {
	i.fleet.mu.Lock()
	now := i.fleet.now()
	i.fleet.mu.Unlock()
	for _, a := range i.s.Apps {
		if a.State != appLoading {
			continue
		}
		if a.Ready > now {
			i.fleet.plan(i, dueRetry, a.Ready-now)
			continue
		}
		a.State = appManaged
		if a.Reason != "" {
			a.State = appFailed
		}
		if a.Owner != ownerMDM {
			i.s.DDM.changed()
		}
	}
}

func (i *IPad) dropApp(bundle string) {
	i.s.Apps = slices.DeleteFunc(i.s.Apps, func(a *installedApp) bool { return a.BundleID == bundle })
}

// refused is an InstallApplication that was not taken, with Apple's word for it.
func refused(reason string) result {
	return result{status: "Error", fields: map[string]any{"RejectionReason": reason, "ErrorChain": []map[string]any{}}}
}

func (i *IPad) installApplication(_ context.Context, c command) result {
	var app App
	var known, licensed bool
	if id := number(c.parts, "iTunesStoreID"); id != 0 {
		app, known, licensed = i.fleet.apple.licensed(strconv.FormatInt(id, 10), i.spec.Serial)
	} else if bundle := text(c.parts, "Identifier"); bundle != "" {
		if app, known = i.fleet.apple.byBundle(bundle); known {
			app, known, licensed = i.fleet.apple.licensed(app.AdamID, i.spec.Serial)
		}
	} else {
		return result{status: "CommandFormatError"}
	}
	here := i.app(app.BundleID)
	switch {
	case !known:
		return refused("CouldNotVerifyAppID")
	case app.Book:
		return refused("NotAnApp")
	case i.s.NoStore:
		return refused("AppStoreDisabled")
	case !slices.Contains(app.Platforms, "iOS") || olderThan(i.s.OSVersion, app.MinimumOS):
		return refused("NotSupported")
	case here != nil && here.Owner == ownerUser && text(c.parts, "ChangeManagementState") != "Managed":
		return refused("AppAlreadyInstalled")
	case here != nil && here.Owner != ownerMDM && here.Owner != ownerUser:
		return refused("Other") // a declaration owns it
	case here != nil && here.State == appLoading:
		return refused("AppAlreadyQueued")
	case number(dict(c.parts, "Options"), "PurchaseMethod") != 1:
		return refused("PurchaseMethodNotSupported")
	case !licensed:
		return failure(&profileError{"MCMDMErrorDomain", 12064, "Could not retrieve license for the app with iTunes Store ID " + app.AdamID})
	}
	configuration := dict(c.parts, "Configuration")
	if here != nil && here.Owner == ownerUser {
		here.Owner, here.Configuration = ownerMDM, configuration
		return acknowledged(map[string]any{"Identifier": app.BundleID, "State": "Managed"})
	}
	if here != nil && here.State == appManaged && here.EVID == evid(app) { // only the configuration is new
		here.Configuration = configuration
		return acknowledged(map[string]any{"Identifier": app.BundleID, "State": "Managed"})
	}
	i.load(app, ownerMDM, configuration)
	return acknowledged(map[string]any{"Identifier": app.BundleID, "State": "Queued"})
}

func (i *IPad) removeApplication(_ context.Context, c command) result {
	id := text(c.parts, "Identifier")
	if id == "" {
		return result{status: "CommandFormatError"}
	}
	a := i.app(id)
	if a == nil || a.Owner != ownerMDM {
		return failure(&profileError{"MCMDMErrorDomain", 12028, "The app \"" + id + "\" is not managed."})
	}
	i.dropApp(id)
	return acknowledged(map[string]any{"Identifier": id})
}

func (i *IPad) managedApplicationList(_ context.Context, c command) result {
	i.loaded()
	wanted := texts(c.parts, "Identifiers")
	out := map[string]any{}
	for _, a := range i.s.Apps {
		if a.Owner != ownerMDM || len(wanted) > 0 && !slices.Contains(wanted, a.BundleID) {
			continue
		}
		out[a.BundleID] = map[string]any{"Status": appWords[a.State], "ManagementFlags": 1, "HasConfiguration": len(a.Configuration) > 0, "HasFeedback": false,
			"IsValidated": true, "ExternalVersionIdentifier": a.EVID}
	}
	return acknowledged(map[string]any{"ManagedApplicationList": out})
}

// applicationList is everything on the iPad, the user's own apps among it: who manages should not ask for it lightly.
func (i *IPad) applicationList(_ context.Context, c command) result {
	i.loaded()
	out := []map[string]any{}
	wanted := texts(c.parts, "Identifiers")
	add := func(entry map[string]any, managed bool, size int64) {
		id, _ := entry["Identifier"].(string)
		if truth(c.parts, "ManagedAppsOnly") && !managed || len(wanted) > 0 && !slices.Contains(wanted, id) {
			return
		}
		entry["BundleSize"], entry["DynamicSize"], entry["IsValidated"] = size, 40_960, true
		out = append(out, entry)
	}
	for _, app := range systemApps {
		entry := maps.Clone(app)
		entry["Installing"] = false
		add(entry, false, 420_000_000)
	}
	for _, a := range i.s.Apps {
		if a.State == appManaged || a.State == appLoading {
			source := "DDM"
			if a.Owner == ownerMDM {
				source = "MDM"
			}
			add(map[string]any{"Identifier": a.BundleID, "Name": a.Name, "ShortVersion": a.Version, "Version": a.Version, "Installing": a.State == appLoading,
				"Source": source, "ExternalVersionIdentifier": a.EVID}, a.Owner != ownerUser, a.Size)
		}
	}
	return acknowledged(map[string]any{"InstalledApplicationList": out})
}

// declareApps brings the declared apps: those of active declarations are loaded or taken over, those of none go with their data.
func (i *IPad) declareApps() {
	keep := map[string]bool{}
	for _, c := range i.s.DDM.Declarations {
		if c.Type != typeApp || !c.Active {
			continue
		}
		keep[c.Identifier] = true
		i.declareApp(c)
	}
	i.s.Apps = slices.DeleteFunc(i.s.Apps, func(a *installedApp) bool {
		return a.Owner != ownerMDM && a.Owner != ownerUser && !keep[a.Owner]
	})
}

func (i *IPad) declareApp(c *declaration) {
	var payload struct {
		AppStoreID, BundleID string
		InstallBehavior      struct {
			Install string
			License struct{ Assignment string }
		}
	}
	if json.Unmarshal(c.Payload, &payload) != nil || payload.InstallBehavior.Install != "Required" {
		return
	}
	id := payload.AppStoreID
	if id == "" {
		app, _ := i.fleet.apple.byBundle(payload.BundleID)
		id = app.AdamID
	}
	app, known, licensed := i.fleet.apple.licensed(id, i.spec.Serial)
	bundle := app.BundleID
	if !known {
		bundle = "unknown." + id
	}
	here := i.app(bundle)
	if here != nil && here.Owner == c.Identifier && (here.Token == c.ServerToken || here.State == appManaged || here.State == appLoading) {
		here.Token = c.ServerToken
		return
	}
	if here != nil && here.State == appManaged { // taken over
		here.Owner, here.Token, here.Configuration = c.Identifier, c.ServerToken, nil
		return
	}
	reason := ""
	switch {
	case !known:
		reason = "Error.InvalidAppID"
	case app.Book:
		reason = "Error.NotAnApp"
	case i.s.NoStore:
		reason = "Error.AppStoreDisabled"
	case !slices.Contains(app.Platforms, "iOS") || olderThan(i.s.OSVersion, app.MinimumOS):
		reason = "Error.NotSupported"
	case !licensed || payload.InstallBehavior.License.Assignment != "Device":
		reason = "Error.LicenseNotFound"
	}
	if reason != "" {
		i.dropApp(bundle)
		i.s.Apps = append(i.s.Apps, &installedApp{AdamID: id, BundleID: bundle, Name: app.Name, Owner: c.Identifier, State: appFailed, Reason: reason, Token: c.ServerToken})
		return
	}
	i.load(app, c.Identifier, nil).Token = c.ServerToken
}

func (i *IPad) managedApps() []map[string]any {
	i.loaded()
	apps := []map[string]any{}
	for _, a := range i.s.Apps {
		if a.Owner == ownerMDM || a.Owner == ownerUser {
			continue
		}
		entry := map[string]any{"identifier": a.BundleID, "declaration-identifier": a.Owner, "state": a.State, "name": a.Name, "version": a.Version, "external-version-id": a.EVID}
		if a.State == appFailed {
			entry["reasons"] = []map[string]any{{"code": a.Reason}}
		}
		apps = append(apps, entry)
	}
	return apps
}

// RemoveAppByUser deletes an app on the iPad, as its user does on the home screen.
func (i *IPad) RemoveAppByUser(bundle string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	a := i.app(bundle)
	if a == nil || a.State != appManaged {
		return ErrNotInstalled
	}
	if a.Owner == ownerUser {
		i.dropApp(bundle)
		return nil
	}
	a.State = appGone
	if a.Owner != ownerMDM {
		i.s.DDM.changed()
		i.fleet.plan(i, dueRetry, userReport)
	}
	return nil
}

// InstallAppByUser loads an app with an Apple Account of the user's own.
func (i *IPad) InstallAppByUser(app App) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.Apps = append(i.s.Apps, &installedApp{AdamID: app.AdamID, BundleID: app.BundleID, Name: app.Name, Version: app.Version, EVID: evid(app), Size: app.Size,
		Owner: ownerUser, State: appManaged})
}

// ForbidStore switches the App Store off or on, as a restriction does.
func (i *IPad) ForbidStore(off bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.NoStore = off
}
