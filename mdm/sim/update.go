package sim

import (
	"encoding/json"
	"time"
)

// Updates of iPadOS by declaration: loaded as soon as they are demanded, installed at the deadline, and everything that keeps
// an iPad from it. What is installed is what was demanded, never the next newer one.
// Apple: "SoftwareUpdateEnforcementSpecific", "Status/softwareupdate.*".

// updating is an update on its way.
type updating struct {
	State       string // none, downloading, prepared, installing, failed
	Version     string
	Build       string
	At          string // deadline on the iPad's own clock
	Declaration string
	Failures    int
	Reason      string
	FailedAt    time.Time
}

// Steps of an update.
const (
	updateNone        = "none"
	updateDownloading = "downloading"
	updatePrepared    = "prepared"
	updateInstalling  = "installing"
	updateFailed      = "failed"

	loadTakes    = 40 * time.Second
	installTakes = 60 * time.Second
	tryAgain     = 5 * time.Minute
	localTime    = "2006-01-02T15:04:05"
)

// What an iPad writes when it cannot.
const (
	noSpace   = "Not enough free space is available to download the update."
	noPower   = "The battery charge is too low to install the update."
	noCode    = "The passcode is required to install the update."
	badUpdate = "The downloaded update could not be verified."
)

// Condition is what keeps an iPad from updating, until somebody does something about it.
type Condition string

const (
	FullStorage Condition = "full"
	LowBattery  Condition = "battery"
	BadDownload Condition = "download" // what arrives is broken
)

// Set puts the iPad into a condition, or takes it out of it.
func (i *IPad) Set(c Condition, on bool) {
	i.mu.Lock()
	if i.s.Conditions == nil {
		i.s.Conditions = map[Condition]bool{}
	}
	i.s.Conditions[c] = on
	i.mu.Unlock()
	i.fleet.plan(i, dueUpdate, 0)
}

// clock is the time on the iPad's own clock.
func (i *IPad) clock() time.Time {
	now := i.fleet.apple.cfg.Now()
	if zone, err := time.LoadLocation("Europe/Berlin"); err == nil {
		return now.In(zone)
	}
	return now
}

// demanded is the update whose deadline comes first, of those that Apple offers for this model. The others wait.
func (i *IPad) demanded() (u updating) {
	for _, c := range i.s.DDM.Declarations {
		if c.Type != typeUpdate || !c.Active || c.Valid != valid {
			continue
		}
		var p struct{ TargetOSVersion, TargetBuildVersion, TargetLocalDateTime string }
		if json.Unmarshal(c.Payload, &p) != nil || !offered(hardwareOf(i.spec.ProductName), p.TargetOSVersion) || olderThan(i.spec.Newest, p.TargetOSVersion) {
			continue
		}
		if u.Version == "" || p.TargetLocalDateTime < u.At {
			u = updating{State: updateDownloading, Version: p.TargetOSVersion, Build: buildOf(p.TargetOSVersion), At: p.TargetLocalDateTime, Declaration: c.Identifier}
		}
	}
	return u
}

// update goes on with what is demanded. It is called whenever the declarations or the iPad's circumstances may have changed.
func (i *IPad) update() {
	want, is := i.demanded(), &i.s.Updating
	if is.State == updateInstalling { // nothing stops it any more
		if i.fleet.Elapsed() >= i.s.UpdateStep {
			i.step()
		}
		return
	} else if want.Version != is.Version {
		*is = want
		i.s.DDM.changed()
		if is.Version != "" {
			i.s.UpdateStep = i.fleet.Elapsed() + loadTakes + i.dice.upTo(loadTakes)
			i.fleet.replan(i, dueUpdate, i.s.UpdateStep-i.fleet.Elapsed())
		}
		return
	}
	if is.Version == "" {
		return
	}
	if is.At != want.At && want.Version != "" { // only the deadline moved
		is.At = want.At
		i.s.DDM.changed()
	}
	if wait := i.s.UpdateStep - i.fleet.Elapsed(); wait > 0 && !(is.State == updateFailed && i.helped()) {
		i.fleet.plan(i, dueUpdate, wait)
		return
	}
	i.step()
}

// helped reports whether nothing stands in the way any more.
func (i *IPad) helped() bool {
	return !i.s.Conditions[FullStorage] && !i.s.Conditions[LowBattery] && !i.s.Conditions[BadDownload]
}

func (i *IPad) step() {
	is := &i.s.Updating
	next := func(state string, after time.Duration) {
		is.State = state
		i.s.UpdateStep = i.fleet.Elapsed() + after
		i.fleet.replan(i, dueUpdate, after)
		i.s.DDM.changed()
	}
	fail := func(reason string) {
		is.Failures++
		is.Reason, is.FailedAt = reason, i.fleet.apple.cfg.Now().UTC()
		next(updateFailed, tryAgain+i.dice.upTo(tryAgain))
	}
	switch is.State {
	case updateFailed:
		next(updateDownloading, loadTakes+i.dice.upTo(loadTakes))
	case updateDownloading:
		switch {
		case i.s.Conditions[FullStorage]:
			fail(noSpace)
		case i.s.Conditions[BadDownload] || i.dice.happens(i.weather().UpdateBroken):
			fail(badUpdate)
		default:
			next(updatePrepared, 0)
		}
	case updatePrepared:
		at, err := time.ParseInLocation(localTime, is.At, i.clock().Location())
		switch now := i.clock(); {
		case err != nil:
			return
		case now.Before(at):
			i.fleet.replan(i, dueUpdate, min(at.Sub(now), time.Hour))
		case i.s.Conditions[LowBattery]:
			fail(noPower)
		case i.s.Locked && i.s.HasPasscode:
			fail(noCode)
		default:
			next(updateInstalling, installTakes)
		}
	case updateInstalling:
		i.s.OSVersion, i.s.Build = is.Version, is.Build
		*is = updating{State: updateNone}
		i.s.Updates++
		i.judge()
		i.s.DDM.FullDue, i.s.DDM.StatusDue = true, true
	}
}

// The four items a status report says it in.

func (i *IPad) installState() string {
	if s := i.s.Updating.State; s != "" {
		return s
	}
	return updateNone
}

func (i *IPad) pendingVersion() map[string]any {
	u := i.s.Updating
	if u.Version == "" {
		return map[string]any{"os-version": "", "build-version": ""}
	}
	return map[string]any{"os-version": u.Version, "build-version": u.Build, "target-local-date-time": u.At}
}

func (i *IPad) failureReason() map[string]any {
	u := i.s.Updating
	m := map[string]any{"count": u.Failures}
	if u.Failures > 0 {
		m["reason"], m["timestamp"] = u.Reason, u.FailedAt.Format(time.RFC3339)
	}
	return m
}

func (i *IPad) installReason() map[string]any {
	u := i.s.Updating
	if u.Version == "" {
		return map[string]any{"reason": []string{}}
	}
	return map[string]any{"reason": []string{"declaration"}, "declaration-id": u.Declaration}
}
