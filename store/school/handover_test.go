package school

import (
	"testing"
	"time"
)

// KWH-14: a hand-over is finished when all six steps are; what was said of an earlier device does not count for a new one.
func TestKWH14_TheStepsOfAHandover(t *testing.T) {
	issued := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var h StaffHandover
	for _, x := range []struct {
		do   func()
		next HandoverStep
	}{
		{func() {}, HandAccount},
		{func() { h.Account = true }, HandPrepared},
		{func() { h.Prepared = true }, HandBriefed},
		{func() { h.Briefed = issued.AddDate(0, 0, -7) }, HandIssued},
		{func() { h.Mail, h.App = issued.Add(-time.Hour), issued.Add(-time.Hour) }, HandIssued},
		{func() { h.Issued, h.Unsigned = issued, true }, HandIssued},
		{func() { h.Unsigned = false }, HandMail},
		{func() { h.MailThere = true }, HandApp},
		{func() { h.App = issued }, ""},
		{func() { h.MailThere = false }, HandMail},
		{func() { h.Mail = issued.Add(time.Minute) }, ""},
		{func() { h.Issued = issued.AddDate(0, 1, 0) }, HandMail},
	} {
		if x.do(); h.Next() != x.next {
			t.Errorf("%+v: next is %q, want %q", h, h.Next(), x.next)
		}
	}
}
