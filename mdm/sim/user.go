package sim

import (
	"context"
	"errors"
	"time"
)

// What people do to an iPad. Each act returns at once; what follows from it follows when the iPad next acts.

// ErrNotInstalled says that there is no such profile on the iPad.
var ErrNotInstalled = errors.New("sim: no such profile on the iPad")

// ErrNotRemovable says that the management may not be removed by the user.
var ErrNotRemovable = errors.New("sim: the management cannot be removed on the iPad")

// userReport is how long an iPad takes to tell its server that something declared has changed.
const userReport = 2 * time.Second

// RemoveProfileByUser removes a profile on the iPad. If a declaration had brought it, the next status report says that it is
// invalid; a classic profile is missed only by who asks.
func (i *IPad) RemoveProfileByUser(identifier string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	p := i.profile(identifier)
	if p == nil || i.s.Enrolment != nil && identifier == i.s.Enrolment.ProfileID {
		return ErrNotInstalled
	}
	owner := p.Owner
	i.drop(identifier, "user")
	if c := find(i.s.DDM.Declarations, "configuration", owner); c != nil {
		c.Gone, c.Applied = true, c.ServerToken
		i.judge()
		i.s.DDM.changed()
		i.fleet.plan(i, dueRetry, userReport)
	}
	return nil
}

// UnenrolByUser removes the management in Settings. An iPad that came by ADE refuses unless its profile allowed it.
func (i *IPad) UnenrolByUser(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.Enrolment == nil || !i.s.Enrolment.Removable {
		return ErrNotRemovable
	}
	i.checkOutAndLeave(ctx, "the user removed the management")
	return nil
}

// Lock puts an iPad with a passcode behind it: commands that may wait get NotNow.
func (i *IPad) Lock() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.Locked = i.s.HasPasscode
}

// Unlock types the passcode. An iPad whose last word was NotNow now asks by itself.
func (i *IPad) Unlock() { i.fleet.plan(i, dueUnlock, 0) }

// SetPasscode gives it a passcode, or takes it away.
func (i *IPad) SetPasscode(has bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.HasPasscode == has {
		return
	}
	i.s.HasPasscode = has
	i.s.Locked = i.s.Locked && has
	i.s.DDM.changed()
	i.fleet.plan(i, dueRetry, userReport)
}

// Sleep lets it sleep until Wake. Pushes wait at Apple.
func (i *IPad) Sleep() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.Asleep = true
	i.fleet.cancel(i, dueWake)
}

// Wake ends sleep, however deep, and switches an iPad on that was shut down.
func (i *IPad) Wake() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.Asleep, i.s.Off, i.s.Woken = false, false, true
	i.fleet.plan(i, dueWake, 0)
}

// Poke makes the iPad connect by itself, without a push.
func (i *IPad) Poke() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.Enrolment != nil {
		i.s.Owed.Connect = true
		i.fleet.plan(i, dueRetry, 0)
	}
}

// Resync makes the iPad ask for its declarations by itself, as real ones do now and then.
func (i *IPad) Resync() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.DDM.Enabled {
		i.s.DDM.Wanted = true
		i.fleet.plan(i, dueRetry, 0)
	}
}

// UpdateTo installs another version of iPadOS, as a user does in Settings.
func (i *IPad) UpdateTo(version string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.s.OSVersion, i.s.Build = version, buildOf(version)
	if i.s.DDM.Enabled {
		i.judge()
		i.s.DDM.changed()
		i.fleet.plan(i, dueRetry, userReport)
	}
}
