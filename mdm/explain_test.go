package mdm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/mdm"
	"ranzen/store/school"
)

func TestExplain(t *testing.T) {
	a := assign("1", school.AtClass, plain("a", 3))
	hash := hashOf(a)
	state := func(st school.ItemState) func(*school.Reported) {
		return func(h *school.Reported) { st.Hash = hash; h.Items[keyA] = st }
	}
	days := func(n int) time.Time { return morning.AddDate(0, 0, -n) }
	type answer struct {
		Status    mdm.Status
		Code      mdm.Code
		Remedy    mdm.Remedy
		Who       mdm.Who
		Automatic bool
	}
	for name, c := range map[string]struct {
		assigned []school.Assigned
		facts    func(*school.Facts)
		have     func(*school.Reported)
		want     answer
		since    time.Time
		args     map[string]string
	}{
		"confirmed": {[]school.Assigned{a}, nil, func(h *school.Reported) {
			h.Present[keyA] = school.Have{Hash: hash, Owner: school.ByCommand, Since: days(3)}
		}, answer{mdm.Confirmed, mdm.There, "", mdm.Nobody, true}, days(3), map[string]string{}},
		"silent, with Lena": {[]school.Assigned{a}, nil, func(h *school.Reported) { h.LastSeen = days(12) }, answer{mdm.Coming, mdm.Silent, mdm.SwitchOn, mdm.Holder, false}, days(12), map[string]string{"days": "12", "seen": days(12).Format(time.RFC3339)}},
		"silent, class set": {[]school.Assigned{a}, func(f *school.Facts) { f.Holder = nil }, func(h *school.Reported) { h.LastSeen = days(2) }, answer{mdm.Coming, mdm.Silent, mdm.SwitchOn, mdm.ClassTeacher, false}, days(2), map[string]string{"days": "2", "seen": days(2).Format(time.RFC3339)}},
		"silent, in stock":  {[]school.Assigned{a}, func(f *school.Facts) { f.Holder, f.Place.Class = nil, "" }, func(h *school.Reported) { h.LastSeen = days(2) }, answer{mdm.Coming, mdm.Silent, mdm.SwitchOn, mdm.SchoolAdmin, false}, days(2), nil},
		"quiet for a day":   {[]school.Assigned{a}, nil, func(h *school.Reported) { h.LastSeen = days(1) }, answer{mdm.Coming, mdm.Queued, "", mdm.Nobody, true}, a.Created, map[string]string{}},
		"asleep":            {[]school.Assigned{a}, nil, func(h *school.Reported) { h.PushedAt = morning }, answer{mdm.Coming, mdm.Asleep, "", mdm.Nobody, true}, morning, map[string]string{"pushed": morning.Format(time.RFC3339)}},
		"push broken":       {[]school.Assigned{a}, nil, func(h *school.Reported) { h.PushState, h.LastSeen = "unregistered", days(1) }, answer{mdm.Coming, mdm.PushBroken, mdm.Reconnect, mdm.Holder, false}, days(1), nil},
		"push broken, here": {[]school.Assigned{a}, nil, func(h *school.Reported) { h.PushState = "unregistered" }, answer{mdm.Coming, mdm.Queued, "", mdm.Nobody, true}, a.Created, nil},
		"sent":              {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Sent, Since: morning}), answer{mdm.Coming, mdm.HandedOut, "", mdm.Nobody, true}, morning, nil},
		"accepted":          {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Acknowledged, Since: morning}), answer{mdm.Coming, mdm.Accepted, "", mdm.Nobody, true}, morning, nil},
		"not now":           {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Postponed, Since: morning}), answer{mdm.Coming, mdm.SaidNotNow, "", mdm.Nobody, true}, morning, map[string]string{"at": morning.Format(time.RFC3339)}},
		"removed by a user": {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Drifted, Since: morning}), answer{mdm.Coming, mdm.Drift, "", mdm.Nobody, true}, morning, nil},
		"tried again":       {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Failed, Since: morning, Attempts: 2, Code: "X 1", NextTry: morning.Add(time.Hour)}), answer{mdm.Coming, mdm.Retrying, "", mdm.Nobody, true}, morning, map[string]string{"at": morning.Format(time.RFC3339), "attempts": "2", "code": "X 1", "next": morning.Add(time.Hour).Format(time.RFC3339)}},
		"forgiven":          {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Failed, Since: morning, Code: "X 1"}), answer{mdm.Coming, mdm.Queued, "", mdm.Nobody, true}, morning, map[string]string{}},
		"given up":          {[]school.Assigned{a}, nil, state(school.ItemState{Phase: school.Failed, Since: morning, Attempts: 5, Code: "X 1", Final: true}), answer{mdm.GaveUp, mdm.Refused, mdm.TryAgain, mdm.SchoolAdmin, false}, morning, map[string]string{"attempts": "5", "code": "X 1"}},
		"given up and quiet": {[]school.Assigned{a}, nil, func(h *school.Reported) {
			state(school.ItemState{Phase: school.Failed, Final: true})(h)
			h.LastSeen = days(9)
		}, answer{mdm.GaveUp, mdm.Refused, mdm.TryAgain, mdm.SchoolAdmin, false}, time.Time{}, nil},
		"old version there": {[]school.Assigned{a}, nil, func(h *school.Reported) { h.Present[keyA] = school.Have{Hash: "old", Owner: school.ByCommand} }, answer{mdm.Coming, mdm.Superseded, "", mdm.Nobody, true}, a.Created, nil},
		"not enrolled":      {[]school.Assigned{a}, func(f *school.Facts) { f.Enrollment = "" }, nil, answer{mdm.Blocked, mdm.NotEnrolled, mdm.Enroll, mdm.SchoolAdmin, false}, morning, nil},
		"still in the box":  {[]school.Assigned{a}, func(f *school.Facts) { f.Enrollment, f.Device.LastSeen, f.Holder = "", time.Time{}, nil }, nil, answer{mdm.Blocked, mdm.NeverSeen, mdm.Unbox, mdm.SchoolAdmin, false}, a.Created, nil},
		"declared, unreported": {[]school.Assigned{a}, func(f *school.Facts) { f.Policy.DeclaredProfiles = true }, func(h *school.Reported) {
			f := with(declaring(), a)
			*h = mdm.Fetched(*h, mdm.Desired(f), mdm.Manifest(mdm.Desired(f), *h, f), morning)
		}, answer{mdm.Coming, mdm.Declaring, "", mdm.Nobody, true}, morning.Add(-time.Hour), nil},
		"excluded":            {[]school.Assigned{a, assign("2", school.AtDevice, plain("a", 3), excluded)}, nil, nil, answer{mdm.Aside, mdm.Excluded, mdm.ChangeAssignment, mdm.SchoolAdmin, false}, a.Created, map[string]string{"scope": "device"}},
		"excluded from above": {[]school.Assigned{a, assign("2", school.AtAuthority, plain("a", 3), excluded, fixed)}, nil, nil, answer{mdm.Aside, mdm.Excluded, mdm.ChangeAssignment, mdm.AuthorityAdmin, false}, a.Created, nil},
		"excluded, on its way out": {[]school.Assigned{a, assign("2", school.AtDevice, plain("a", 3), excluded)}, nil, func(h *school.Reported) { h.Present[keyA] = school.Have{Hash: hash, Owner: school.ByCommand} },
			answer{mdm.Leaving, mdm.Departing, "", mdm.Nobody, true}, time.Time{}, map[string]string{"cause": "excluded", "scope": "device"}},
		"tomorrow":          {[]school.Assigned{assign("1", school.AtClass, plain("a", 3), from(morning.Add(time.Hour)))}, nil, nil, answer{mdm.Coming, mdm.NotYet, "", mdm.Nobody, true}, morning.Add(time.Hour), nil},
		"not confirmed":     {[]school.Assigned{a}, func(f *school.Facts) { f.Device.Confirmed = false }, nil, answer{mdm.Blocked, mdm.Unconfirmed, mdm.ConfirmDevice, mdm.SchoolAdmin, false}, a.Created, nil},
		"nobody to fill in": {[]school.Assigned{assign("1", school.AtClass, version("a", 1, content("a", clip("{{person.email}}"))))}, func(f *school.Facts) { f.Holder = nil }, nil, answer{mdm.Blocked, mdm.EmptyVariable, mdm.Issue, mdm.SchoolAdmin, false}, a.Created, nil},
		"no address":        {[]school.Assigned{assign("1", school.AtClass, version("a", 1, content("a", clip("{{person.email}}"))))}, func(f *school.Facts) { f.Holder.Email = "" }, nil, answer{mdm.Blocked, mdm.EmptyVariable, mdm.CompleteData, mdm.SchoolAdmin, false}, a.Created, nil},
		"a lonely network":  {nil, nil, func(h *school.Reported) { h.Present[keyA] = netAt("x", days(5)) }, answer{mdm.Held, mdm.HeldNetwork, mdm.AssignNetwork, mdm.SchoolAdmin, false}, days(5), map[string]string{}},
		"removal accepted": {nil, nil, func(h *school.Reported) {
			h.Present[keyA] = school.Have{Owner: school.ByCommand}
			h.Items[keyA] = school.ItemState{Phase: school.Acknowledged, Since: morning}
		}, answer{mdm.Leaving, mdm.RemovalAccepted, "", mdm.Nobody, true}, morning, nil},
		"removal refused for good": {nil, nil, func(h *school.Reported) {
			h.Present[keyA] = school.Have{Owner: school.ByCommand}
			h.Items[keyA] = school.ItemState{Phase: school.Failed, Since: morning, Final: true, Attempts: 5}
		}, answer{mdm.Leaving, mdm.RemovalRefused, mdm.TryAgain, mdm.SchoolAdmin, false}, morning, nil},
		"removal forgiven": {nil, nil, func(h *school.Reported) {
			h.Present[keyA] = school.Have{Owner: school.ByCommand}
			h.Items[keyA] = school.ItemState{Phase: school.Failed, Since: morning}
		}, answer{mdm.Leaving, mdm.Departing, "", mdm.Nobody, true}, time.Time{}, nil},
		"leaving, but silent": {nil, nil, func(h *school.Reported) {
			h.Present[keyA], h.LastSeen = school.Have{Owner: school.ByCommand}, days(20)
		}, answer{mdm.Leaving, mdm.Silent, mdm.SwitchOn, mdm.Holder, false}, days(20), nil},
	} {
		f := with(facts(), c.assigned...)
		if c.facts != nil {
			c.facts(&f)
		}
		have := settled(f)
		if c.have != nil {
			c.have(&have)
		}
		rs := mdm.Explain(mdm.Desired(f), have, f, morning)
		if len(rs) != 1 {
			t.Errorf("%s: %d reasons", name, len(rs))
			continue
		}
		r := rs[0]
		if diff := cmp.Diff(c.want, answer{r.Status, r.Code, r.Remedy, r.Who, r.Automatic}); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !r.Since.Equal(c.since) {
			t.Errorf("%s: since %v, want %v", name, r.Since, c.since)
		}
		if c.args != nil && cmp.Diff(c.args, r.Args) != "" {
			t.Errorf("%s: %s", name, cmp.Diff(c.args, r.Args))
		}
	}
}

func TestAHeldNetworkNamesTheOneItWaitsFor(t *testing.T) {
	f := with(facts(), assign("1", school.AtClass, network("fresh", 1)))
	have := settled(f)
	have.Present["de.example.old"] = netAt("x", morning.AddDate(0, -1, 0))
	for _, r := range mdm.Explain(mdm.Desired(f), have, f, morning) {
		if r.Item == "de.example.old" && (r.Code != mdm.HeldNetwork || r.Args["until"] != "fresh" || !r.Automatic) {
			t.Errorf("%+v", r)
		}
	}
}

func TestEvidenceTellsTheStoryInOrder(t *testing.T) {
	f := with(facts(), assign("1", school.AtClass, plain("a", 1)))
	have := settled(f)
	have.PushedAt = morning.Add(-2 * time.Minute)
	have = mdm.Sent(have, mdm.Plan(mdm.Desired(f), have, f, morning)[0], "u", morning)
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "NotNow"}, morning.Add(time.Second))
	r := mdm.Explain(mdm.Desired(f), have, f, morning.Add(time.Minute))[0]
	var codes []mdm.EvidenceCode
	for n, e := range r.Evidence {
		codes = append(codes, e.Code)
		if n > 0 && e.At.Before(r.Evidence[n-1].At) {
			t.Errorf("%s comes before what it follows", e.Code)
		}
	}
	want := []mdm.EvidenceCode{mdm.EvAssigned, mdm.EvEnrolled, mdm.EvPushed, mdm.EvSeen, mdm.EvSent, mdm.EvNotNow}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]string{"scope": "class", "by": "Anna Admin"}, r.Evidence[0].Args); diff != "" {
		t.Error(diff)
	}
}
