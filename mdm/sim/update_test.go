package sim_test

import (
	"testing"
	"time"

	"ranzen/mdm/sim"
)

func enforcement(token, version, at string) declared {
	return declared{"configuration", token, "com.apple.configuration.softwareupdate.enforcement.specific", map[string]any{"TargetOSVersion": version, "TargetLocalDateTime": at}}
}

func TestAnUpdateInstallsAtItsDeadlineAndNotBefore(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{OSVersion: "18.3"})
	w.declare(i, "t1", map[string]declared{"a": activation("1", "u"), "u": enforcement("1", "26.3", "2099-01-01T08:00:00")})
	w.live(time.Hour)
	if s := i.Snapshot(); s.OSVersion != "18.3" {
		t.Errorf("installed %s long before the deadline", s.OSVersion)
	}
	w.declare(i, "t2", map[string]declared{"a": activation("1", "u"), "u": enforcement("2", "26.3", "2020-01-01T08:00:00")})
	w.live(time.Hour)
	if s := i.Snapshot(); s.OSVersion != "26.3" || s.Updates != 1 {
		t.Errorf("after the deadline it has %s", s.OSVersion)
	}
	if d, _ := i.Snapshot().Declaration("u"); d.Valid != "invalid" {
		t.Errorf("a version that is installed is still demanded without complaint: %+v", d)
	}
}

func TestWhatIsDemandedNoMoreIsNotInstalled(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{OSVersion: "18.3"})
	w.declare(i, "t1", map[string]declared{"a": activation("1", "u"), "u": enforcement("1", "26.3", "2099-01-01T08:00:00")})
	w.declare(i, "t2", map[string]declared{})
	w.live(time.Hour)
	if s := i.Snapshot(); s.OSVersion != "18.3" {
		t.Errorf("it has %s", s.OSVersion)
	}
}

func TestAVersionAppleDoesNotOfferWaits(t *testing.T) {
	w := newWorld(t, sim.Calm())
	i := w.enrolled(sim.Spec{OSVersion: "17.6", ProductName: "iPad7,11"})
	w.declare(i, "t1", map[string]declared{"a": activation("1", "u"), "u": enforcement("1", "26.3", "2020-01-01T08:00:00")})
	w.live(time.Hour)
	if s := i.Snapshot(); s.OSVersion != "17.6" {
		t.Errorf("it has %s", s.OSVersion)
	}
	if d, _ := i.Snapshot().Declaration("u"); d.Valid != "valid" || !d.Active {
		t.Errorf("%+v", d)
	}
}

func TestWhatKeepsAnIPadFromUpdating(t *testing.T) {
	for _, c := range []sim.Condition{sim.FullStorage, sim.LowBattery, sim.BadDownload} {
		w := newWorld(t, sim.Calm())
		i := w.enrolled(sim.Spec{OSVersion: "18.3"})
		i.Set(c, true)
		w.declare(i, "t1", map[string]declared{"a": activation("1", "u"), "u": enforcement("1", "26.3", "2020-01-01T08:00:00")})
		w.live(time.Hour)
		if s := i.Snapshot(); s.OSVersion != "18.3" {
			t.Errorf("%s: it has %s", c, s.OSVersion)
		}
		i.Set(c, false)
		w.live(time.Hour)
		if s := i.Snapshot(); s.OSVersion != "26.3" {
			t.Errorf("%s: helped, and it still has %s", c, s.OSVersion)
		}
	}
}
