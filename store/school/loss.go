package school

import (
	"slices"
	"time"
)

// Loss is an asset that is lost or was stolen. While it stands open nothing hands the asset out, and nobody's device is
// locked by it: what is done to a device people decide.
type Loss struct {
	ID         LossID
	Authority  AuthorityID
	School     SchoolID
	Asset      AssetID
	Contract   ContractID
	Stolen     bool
	Note       string // where and how, as told
	PoliceRef  string
	Insurance  string
	Steps      map[LossStep]time.Time
	Reported   time.Time
	Found      time.Time
	WrittenOff time.Time
}

// Open reports whether it is still missing.
func (l Loss) Open() bool { return l.Found.IsZero() && l.WrittenOff.IsZero() }

// LossStep is one thing to do about a loss.
type LossStep string

const (
	LossLostMode  LossStep = "lost_mode" // of a managed device: message and number on its screen
	LossTold      LossStep = "told"      // the school knows
	LossPolice    LossStep = "police"    // of a theft: reported, and the reference is here
	LossInsurance LossStep = "insurance"
	LossInstead   LossStep = "instead" // a replacement, or the decision against one
)

// LossTask is a step with where it stands.
type LossTask struct {
	Step LossStep
	Done time.Time
	Due  time.Time // zero: without a day
}

// PoliceDays is within how many days a theft has to be reported with its reference.
const PoliceDays = 14

// Tasks lists what is to be done. Managed says that its management is ours; lostMode when lost mode was reported on.
func (l Loss) Tasks(managed bool, lostMode time.Time) (out []LossTask) {
	add := func(step LossStep, done, due time.Time) {
		if at := l.Steps[step]; done.IsZero() {
			done = at
		}
		out = append(out, LossTask{step, done, due})
	}
	if managed {
		add(LossLostMode, lostMode, time.Time{})
	}
	add(LossTold, time.Time{}, time.Time{})
	if l.Stolen {
		var done time.Time
		if l.PoliceRef != "" {
			done = l.Steps[LossPolice]
			if done.IsZero() {
				done = l.Reported
			}
		}
		out = append(out, LossTask{LossPolice, done, l.Reported.AddDate(0, 0, PoliceDays)})
	}
	add(LossInsurance, time.Time{}, time.Time{})
	add(LossInstead, time.Time{}, time.Time{})
	return out
}

// Tick notes that a step was done. That of the police is done by its reference alone.
func (l Loss) Tick(step LossStep, now time.Time) (Loss, error) {
	if !slices.Contains([]LossStep{LossTold, LossInsurance, LossInstead}, step) {
		return l, Refuse("step", "choice")
	}
	if !l.Open() {
		return l, Clash("loss_over")
	}
	steps := make(map[LossStep]time.Time, len(l.Steps)+1)
	for k, at := range l.Steps {
		steps[k] = at
	}
	steps[step] = now
	l.Steps = steps
	return l, nil
}
