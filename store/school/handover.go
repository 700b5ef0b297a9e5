package school

import "time"

// HandoverStep is a step on the way of a device to somebody of the staff (Übergabe).
type HandoverStep string

const (
	HandAccount  HandoverStep = "account"  // has an address or a login
	HandPrepared HandoverStep = "prepared" // a device that is set up is meant for them, or with them
	HandBriefed  HandoverStep = "briefed"  // knows the rules
	HandIssued   HandoverStep = "issued"   // has it, and signed where that is asked for
	HandMail     HandoverStep = "mail"     // reads mail on it
	HandApp      HandoverStep = "app"      // is signed in to the app
)

// HandoverSteps in their order.
var HandoverSteps = []HandoverStep{HandAccount, HandPrepared, HandBriefed, HandIssued, HandMail, HandApp}

// ByHand reports whether somebody can say of a step that it is done: no device reports it.
func (s HandoverStep) ByHand() bool { return s == HandBriefed || s == HandMail || s == HandApp }

// StaffHandover is how far the hand-over to somebody of the staff is. What can be known is derived; the rest was said.
type StaffHandover struct {
	Person     PersonID
	School     SchoolID
	SchoolName string
	Name       string // "Family, Given"
	Account    bool
	Prepared   bool // a thing is meant for them or with them, and enrolled where it can be
	Device     DeviceID
	DeviceName string
	Contract   ContractID
	Issued     time.Time // zero: has nothing
	Unsigned   bool
	Briefed    time.Time
	Mail, App  time.Time // said of the device they have now
	MailThere  bool      // a mail account was confirmed on it
	AppThere   bool      // an app was confirmed on it
}

// Done reports whether a step is done.
func (h StaffHandover) Done(s HandoverStep) bool {
	switch s {
	case HandAccount:
		return h.Account
	case HandPrepared:
		return h.Prepared
	case HandBriefed:
		return !h.Briefed.IsZero()
	case HandIssued:
		return !h.Issued.IsZero() && !h.Unsigned
	case HandMail:
		return !h.Issued.IsZero() && (h.MailThere || !h.Mail.Before(h.Issued))
	case HandApp:
		return !h.Issued.IsZero() && !h.App.Before(h.Issued)
	}
	return false
}

// Next is the first step that is not done; empty: the hand-over is finished.
func (h StaffHandover) Next() HandoverStep {
	for _, s := range HandoverSteps {
		if !h.Done(s) {
			return s
		}
	}
	return ""
}
