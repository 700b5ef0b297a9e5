package mdm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

const keyA = school.ItemKey("de.example.a")

func ack() mdm.Answer { return mdm.Answer{Status: "Acknowledged"} }

func refused(code int) mdm.Answer {
	return mdm.Answer{Status: "Error", Chain: []mdm.ChainLink{{Domain: "MCInstallationErrorDomain", Code: code, Text: "no"}}}
}

// oneItem is a device that is to get one profile, with the first command handed out.
func oneItem() (school.Facts, mdm.State, mdm.Item, school.Reported) {
	f := with(facts(), assign("1", school.AtClass, plain("a", 1)))
	want := mdm.Desired(f)
	have := mdm.Sent(settled(f), mdm.Plan(want, settled(f), f, morning)[0], "uuid-1", morning)
	return f, want, want.Items[0], have
}

func TestAnInstallFromHandingOutToReport(t *testing.T) {
	_, want, i, have := oneItem()
	if st := have.Items[keyA]; st.Phase != school.Sent || st.Hash != i.Hash || have.InFlight.UUID != "uuid-1" || have.InFlight.Hash != i.Hash {
		t.Fatalf("handed out: %+v %+v", st, have.InFlight)
	}
	in := *have.InFlight
	have = mdm.Answered(have, in, ack(), morning.Add(time.Second))
	if st := have.Items[keyA]; st.Phase != school.Acknowledged || have.InFlight != nil || len(have.Present) != 0 {
		t.Fatalf("accepted: %+v %+v: accepted is not there", st, have.Present)
	}
	once := have
	if diff := cmp.Diff(once, mdm.Answered(have, in, ack(), morning.Add(time.Hour))); diff != "" {
		t.Errorf("the answer came twice: %s", diff)
	}
	have = mdm.Listed(have, want, []mdm.ListedProfile{{Identifier: string(keyA), UUID: delivered(i.Hash), Managed: true}}, morning.Add(2*time.Second), morning.Add(3*time.Second))
	if len(have.Items) != 0 || have.Present[keyA].Hash != i.Hash || !have.Present[keyA].Since.Equal(morning.Add(3*time.Second)) {
		t.Fatalf("reported: %+v %+v", have.Items, have.Present)
	}
	if diff := cmp.Diff(have, mdm.Answered(have, in, ack(), morning.Add(time.Hour))); diff != "" {
		t.Errorf("an old answer undid the report: %s", diff)
	}
}

func TestSettlingLeavesTheOldStateAlone(t *testing.T) {
	_, want, i, have := oneItem()
	before := cmp.Diff(school.Reported{}, have)
	mdm.Answered(have, *have.InFlight, refused(4001), morning)
	mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "NotNow"}, morning)
	mdm.Listed(have, want, []mdm.ListedProfile{{Identifier: string(keyA), UUID: delivered(i.Hash)}}, morning, morning)
	mdm.Again(have)
	if after := cmp.Diff(school.Reported{}, have); after != before {
		t.Error("a settling function changed what it was given")
	}
}

func TestRefusalsBackOffAndEnd(t *testing.T) {
	f, want, i, have := oneItem()
	now := morning
	var waits []time.Duration
	for n := 1; n <= mdm.MaxAttempts; n++ {
		in := *have.InFlight
		have = mdm.Answered(have, in, refused(4001), now)
		if diff := cmp.Diff(have, mdm.Answered(have, in, refused(4001), now.Add(time.Second))); diff != "" {
			t.Fatalf("a repeated refusal counts: %s", diff)
		}
		st := have.Items[keyA]
		if st.Attempts != n || st.Code != "MCInstallationErrorDomain 4001" || st.Detail != "no" || st.Hash != i.Hash {
			t.Fatalf("attempt %d: %+v", n, st)
		}
		if st.Final {
			break
		}
		waits = append(waits, st.NextTry.Sub(now))
		if steps := mdm.Plan(want, have, f, now); len(steps) != 0 {
			t.Fatalf("attempt %d: %v before the next try is due", n, kinds(steps))
		}
		now = st.NextTry
		have = mdm.Sent(have, mdm.Plan(want, have, f, now)[0], "uuid", now)
	}
	if diff := cmp.Diff([]time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute}, waits); diff != "" {
		t.Error(diff)
	}
	if st := have.Items[keyA]; !st.Final || len(mdm.Plan(want, have, f, now.AddDate(0, 0, 1).Add(-2*time.Hour))) > 1 {
		t.Errorf("after %d attempts it goes on: %+v", mdm.MaxAttempts, st)
	}
	again := mdm.Plan(want, mdm.Again(have), f, now)
	if len(again) != 1 || again[0].Kind != mdm.Install {
		t.Errorf("a person asked for another try: %v", kinds(again))
	}
	newer := with(facts(), assign("1", school.AtClass, plain("a", 2)))
	if steps := mdm.Plan(mdm.Desired(newer), have, newer, morning); len(steps) == 0 || steps[0].Kind != mdm.Install {
		t.Errorf("a new version is not tried: %v", kinds(steps))
	}
}

func TestAMalformedCommandIsNotRepeated(t *testing.T) {
	_, _, _, have := oneItem()
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "CommandFormatError"}, morning)
	if st := have.Items[keyA]; !st.Final || st.Code != "CommandFormatError" {
		t.Errorf("%+v", st)
	}
}

func TestNotNow(t *testing.T) {
	f, want, _, have := oneItem()
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "NotNow"}, morning.Add(time.Second))
	st := have.Items[keyA]
	if st.Phase != school.Postponed || st.Attempts != 0 || have.NotNowCommand != "InstallProfile" || have.InFlight == nil || have.InFlight.NotNowAt.IsZero() {
		t.Fatalf("%+v %+v", st, have.InFlight)
	}
	steps := mdm.Plan(want, have, f, morning.Add(2*time.Second))
	if len(steps) != 1 || steps[0].Fingerprint != have.InFlight.Fingerprint {
		t.Errorf("asked again, the device gets %v, not the same command", kinds(steps))
	}
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "NotNow"}, morning.Add(10*time.Minute))
	if wait := have.Items[keyA].NextTry.Sub(morning.Add(10 * time.Minute)); wait < 9*time.Minute || wait > time.Hour {
		t.Errorf("reminded after %v", wait)
	}
	have = mdm.Answered(have, *have.InFlight, ack(), morning.Add(11*time.Minute))
	if have.Items[keyA].Phase != school.Acknowledged {
		t.Error("a later yes does not count")
	}
}

func TestALateAnswerIsStillApplied(t *testing.T) {
	f, _, i, have := oneItem()
	old := *have.InFlight
	have = mdm.Sent(have, mdm.Step{Kind: mdm.Inventory, Fingerprint: "other"}, "uuid-2", morning)
	have = mdm.Answered(have, old, ack(), morning.Add(time.Minute))
	if have.Items[keyA].Phase != school.Acknowledged || have.InFlight == nil {
		t.Errorf("%+v %+v", have.Items[keyA], have.InFlight)
	}
	gone := f
	gone.Assigned = nil
	_, _, _, fresh := oneItem()
	fresh.Items = nil
	fresh = mdm.Answered(fresh, old, ack(), morning.Add(time.Minute))
	steps := mdm.Plan(mdm.Desired(gone), fresh, gone, morning.Add(time.Minute))
	if len(steps) != 1 || steps[0].Kind != mdm.ListProfile {
		t.Fatalf("a profile nobody wants may have arrived, and %v is planned", kinds(steps))
	}
	fresh = mdm.Listed(fresh, mdm.Desired(gone), []mdm.ListedProfile{{Identifier: string(keyA), UUID: delivered(i.Hash), Managed: true}}, morning.Add(2*time.Minute), morning.Add(2*time.Minute))
	if steps := mdm.Plan(mdm.Desired(gone), fresh, gone, morning.Add(3*time.Minute)); len(steps) != 1 || steps[0].Kind != mdm.RemoveStep {
		t.Errorf("it is there and %v is planned", kinds(steps))
	}
}

func TestListed(t *testing.T) {
	f := with(facts(), assign("1", school.AtClass, plain("a", 1)))
	want := mdm.Desired(f)
	i := want.Items[0]
	mine := mdm.ListedProfile{Identifier: string(keyA), UUID: delivered(i.Hash), Managed: true}
	other := mdm.ListedProfile{Identifier: string(keyA), UUID: delivered("earlier"), Managed: true}
	foreign := mdm.ListedProfile{Identifier: "org.example.foreign", UUID: "F", Managed: true}
	enrolment := mdm.ListedProfile{Identifier: "de.example.enrolment", UUID: "E", Managed: true}
	there := school.Have{Hash: i.Hash, Owner: school.ByCommand, Since: morning.AddDate(0, 0, -1)}
	asked, now := morning, morning.Add(time.Second)
	type result struct {
		Present map[school.ItemKey]school.Have
		Items   map[school.ItemKey]school.ItemState
	}
	drift := school.ItemState{Phase: school.Drifted, Hash: i.Hash, Since: now}
	for name, c := range map[string]struct {
		present map[school.ItemKey]school.Have
		items   map[school.ItemKey]school.ItemState
		list    []mdm.ListedProfile
		want    result
	}{
		"as it was":           {map[school.ItemKey]school.Have{keyA: there}, nil, []mdm.ListedProfile{mine, foreign, enrolment}, result{map[school.ItemKey]school.Have{keyA: there}, nil}},
		"the UUID in letters": {map[school.ItemKey]school.Have{keyA: there}, nil, []mdm.ListedProfile{{Identifier: string(keyA), UUID: lower(delivered(i.Hash))}}, result{map[school.ItemKey]school.Have{keyA: there}, nil}},
		"confirmed":           {nil, map[school.ItemKey]school.ItemState{keyA: {Phase: school.Acknowledged, Hash: i.Hash, Since: asked.Add(-1)}}, []mdm.ListedProfile{mine}, result{map[school.ItemKey]school.Have{keyA: {Hash: i.Hash, Owner: school.ByCommand, Since: now}}, nil}},
		"removed by the user": {map[school.ItemKey]school.Have{keyA: there}, nil, nil, result{nil, map[school.ItemKey]school.ItemState{keyA: drift}}},
		"accepted and not there": {nil, map[school.ItemKey]school.ItemState{keyA: {Phase: school.Acknowledged, Hash: i.Hash, Since: asked.Add(-1)}}, nil,
			result{nil, map[school.ItemKey]school.ItemState{keyA: {Phase: school.Drifted, Hash: i.Hash, Since: now, Code: "not_there", Attempts: 1, NextTry: now.Add(time.Minute)}}}},
		"accepted after the question": {nil, map[school.ItemKey]school.ItemState{keyA: {Phase: school.Acknowledged, Hash: i.Hash, Since: asked.Add(1)}}, nil,
			result{nil, map[school.ItemKey]school.ItemState{keyA: {Phase: school.Acknowledged, Hash: i.Hash, Since: asked.Add(1)}}}},
		"the earlier content is still there": {map[school.ItemKey]school.Have{keyA: {Hash: "earlier", Owner: school.ByCommand}}, nil, []mdm.ListedProfile{other},
			result{map[school.ItemKey]school.Have{keyA: {Hash: "earlier", Owner: school.ByCommand}}, nil}},
		"a content we do not know": {map[school.ItemKey]school.Have{keyA: there}, nil, []mdm.ListedProfile{{Identifier: string(keyA), UUID: "X", Managed: true}},
			result{map[school.ItemKey]school.Have{keyA: {Owner: school.ByCommand, Since: now}}, map[school.ItemKey]school.ItemState{keyA: drift}}},
		"a profile of that name put there by hand": {nil, nil, []mdm.ListedProfile{{Identifier: string(keyA), UUID: "X"}}, result{nil, nil}},
		"an unwanted one is gone":                  {map[school.ItemKey]school.Have{keyA: there, "z": {Hash: "z", Owner: school.ByCommand}}, map[school.ItemKey]school.ItemState{"z": {Phase: school.Acknowledged, Since: asked.Add(-1)}}, []mdm.ListedProfile{mine}, result{map[school.ItemKey]school.Have{keyA: there}, nil}},
		"an unwanted one is still there": {map[school.ItemKey]school.Have{"z": {Hash: "z", Owner: school.ByCommand}}, map[school.ItemKey]school.ItemState{"z": {Phase: school.Acknowledged, Since: asked.Add(-1)}}, []mdm.ListedProfile{{Identifier: "z", UUID: "Z", Managed: true}},
			result{map[school.ItemKey]school.Have{"z": {Hash: "z", Owner: school.ByCommand}}, map[school.ItemKey]school.ItemState{"z": {Phase: school.Failed, Since: now, Code: "still_there", Attempts: 1, NextTry: now.Add(time.Minute)}}}},
		"a withdrawn install never arrived": {nil, map[school.ItemKey]school.ItemState{"z": {Phase: school.Sent, Hash: "z", Since: asked.Add(-1)}}, nil, result{nil, nil}},
		"a withdrawn network did arrive": {nil, map[school.ItemKey]school.ItemState{"z": {Phase: school.Sent, Hash: "z", Network: true, Since: asked.Add(-1)}}, []mdm.ListedProfile{{Identifier: "z", UUID: delivered("z")}},
			result{map[school.ItemKey]school.Have{"z": {Hash: "z", Owner: school.ByCommand, Network: true, Since: now}}, nil}},
		"a declared item is not judged": {map[school.ItemKey]school.Have{keyA: {Hash: i.Hash, Owner: school.ByDeclaration, Token: "t"}}, nil, nil,
			result{map[school.ItemKey]school.Have{keyA: {Hash: i.Hash, Owner: school.ByDeclaration, Token: "t"}}, nil}},
		"what a restored world has forgotten, and what is not ours": {nil, nil, []mdm.ListedProfile{
			{Identifier: "ranzen.profile.web", UUID: "W", Managed: true, Source: "MDM", Payloads: []string{"com.apple.webClip.managed"}},
			{Identifier: "ranzen.profile.old", UUID: "O", Managed: true, Payloads: []string{"com.apple.webClip.managed"}},
			{Identifier: "ranzen.profile.net", UUID: "N", Managed: true, Source: "MDM", Payloads: []string{"com.apple.security.root", "com.apple.wifi.managed"}},
			{Identifier: "ranzen.profile.mute", UUID: "M", Managed: true, Source: "MDM"},
			{Identifier: "ranzen.profile.declared", UUID: "D", Managed: true, Source: "DDM"},
			{Identifier: "ranzen.profile.hand", UUID: "H", Payloads: []string{"com.apple.webClip.managed"}},
			{Identifier: "ranzen.profile.mdm", UUID: "E", Managed: true, Source: "MDM", Payloads: []string{"com.apple.security.scep", "com.apple.mdm"}},
			{Identifier: "ranzen.enrollment.a", UUID: "E", Managed: true, Source: "MDM", Payloads: []string{"com.apple.webClip.managed"}}, foreign, enrolment},
			result{map[school.ItemKey]school.Have{"ranzen.profile.web": {Owner: school.ByCommand, Since: now}, "ranzen.profile.old": {Owner: school.ByCommand, Since: now},
				"ranzen.profile.net": {Owner: school.ByCommand, Network: true, Since: now}, "ranzen.profile.mute": {Owner: school.ByCommand, Network: true, Since: now}}, nil}},
		"a removal that was not settled yet": {nil, map[school.ItemKey]school.ItemState{"ranzen.profile.z": {Phase: school.Sent, Since: asked.Add(1)}}, []mdm.ListedProfile{{Identifier: "ranzen.profile.z", UUID: "Z", Managed: true, Source: "MDM"}},
			result{nil, map[school.ItemKey]school.ItemState{"ranzen.profile.z": {Phase: school.Sent, Since: asked.Add(1)}}}},
	} {
		have := enrolled()
		have.Present, have.Items = c.present, c.items
		have = mdm.Listed(have, want, c.list, asked, now)
		got := result{have.Present, have.Items}
		for _, m := range []*result{&got, &c.want} {
			if len(m.Present) == 0 {
				m.Present = nil
			}
			if len(m.Items) == 0 {
				m.Items = nil
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if !have.ListedAt.Equal(now) {
			t.Errorf("%s: ListedAt %v", name, have.ListedAt)
		}
		if twice := mdm.Listed(have, want, c.list, asked, now); cmp.Diff(have, twice) != "" {
			t.Errorf("%s, read twice: %s", name, cmp.Diff(have, twice))
		}
	}
}

// A profile nobody remembers giving goes; if it may be the network the device lives on, only with another one there. What
// came by a declaration is left to the declarations, whether the device says so or is only known to take them.
func TestForgottenProfilesGo(t *testing.T) {
	web := mdm.ListedProfile{Identifier: "ranzen.profile.web", UUID: "W", Managed: true, Source: "MDM", Payloads: []string{"com.apple.webClip.managed"}}
	net := mdm.ListedProfile{Identifier: "ranzen.profile.net", UUID: "N", Managed: true, Payloads: []string{"com.apple.wifi.managed"}}
	for name, c := range map[string]struct {
		os   string
		list []mdm.ListedProfile
		want []string
	}{
		"on an iPad that takes commands":       {"15.8", []mdm.ListedProfile{web}, []string{"remove ranzen.profile.web"}},
		"the only network":                     {"15.8", []mdm.ListedProfile{web, net}, []string{"remove ranzen.profile.web"}},
		"by command, on one that declares":     {"26.4", []mdm.ListedProfile{web}, []string{"remove ranzen.profile.web"}},
		"unknown how, on one that may declare": {"17.4", []mdm.ListedProfile{net}, nil},
	} {
		f := facts()
		f.Policy.DeclaredProfiles = true
		f.Device.OSVersion = c.os
		want := mdm.Desired(f)
		have := mdm.Listed(enrolled(), want, c.list, morning, morning.Add(time.Second))
		var got []string
		for _, s := range mdm.Plan(want, have, f, morning.Add(2*time.Second)) {
			if s.Kind == mdm.RemoveStep {
				got = append(got, "remove "+string(s.Key))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 32
		}
	}
	return string(b)
}

func TestRemovals(t *testing.T) {
	absent := mdm.Answer{Status: "Error", Chain: []mdm.ChainLink{{Domain: "MCMDMErrorDomain", Code: 12075}}}
	for name, c := range map[string]struct {
		answer mdm.Answer
		phase  school.ItemPhase
		next   []string
	}{
		"accepted: the list decides":       {ack(), school.Acknowledged, []string{"list"}},
		"not there: done":                  {absent, "", []string{}},
		"refused: the list, then try anew": {refused(1), school.Failed, []string{"list"}},
	} {
		f := facts()
		have := settled(f)
		have.Present[keyA] = school.Have{Hash: "a", Owner: school.ByCommand}
		have = mdm.Sent(have, mdm.Plan(mdm.Desired(f), have, f, morning)[0], "u", morning)
		have = mdm.Answered(have, *have.InFlight, c.answer, morning)
		if have.Items[keyA].Phase != c.phase {
			t.Errorf("%s: %+v", name, have.Items[keyA])
		}
		if _, there := have.Present[keyA]; there != (c.phase != "") {
			t.Errorf("%s: there %v", name, there)
		}
		if diff := cmp.Diff(c.next, kinds(mdm.Plan(mdm.Desired(f), have, f, morning))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestOtherAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		step   mdm.Step
		answer mdm.Answer
		check  func(school.Reported) bool
	}{
		"inventory":                {mdm.Step{Kind: mdm.Inventory}, ack(), func(h school.Reported) bool { return h.InventoryAt.Equal(morning) }},
		"inventory refused":        {mdm.Step{Kind: mdm.Inventory}, refused(1), func(h school.Reported) bool { return h.InventoryAt.Equal(morning) }},
		"list refused":             {mdm.Step{Kind: mdm.ListProfile}, refused(1), func(h school.Reported) bool { return h.ListedAt.Equal(morning) }},
		"list: Listed moves time":  {mdm.Step{Kind: mdm.ListProfile}, ack(), func(h school.Reported) bool { return h.ListedAt.Before(morning) }},
		"bypass":                   {mdm.Step{Kind: mdm.Bypass}, ack(), func(h school.Reported) bool { return h.BypassAt.Equal(morning) }},
		"bypass given up":          {mdm.Step{Kind: mdm.Bypass}, refused(1), func(h school.Reported) bool { return h.BypassAt.Equal(morning) }},
		"configured":               {mdm.Step{Kind: mdm.Configured}, ack(), func(h school.Reported) bool { return !h.Awaiting }},
		"configured, not awaiting": {mdm.Step{Kind: mdm.Configured}, refused(1), func(h school.Reported) bool { return !h.Awaiting }},
		"renewal":                  {mdm.Step{Kind: mdm.Renew}, ack(), func(h school.Reported) bool { return h.RenewedAt.Equal(morning) && len(h.Items) == 0 }},
		"offer": {mdm.Step{Kind: mdm.Declare, Token: "t"}, ack(), func(h school.Reported) bool {
			return h.Offered == "t" && h.OfferedAt.Equal(morning) && h.Reoffers == 0
		}},
		"offer refused: patience": {mdm.Step{Kind: mdm.Declare, Token: "t"}, refused(1), func(h school.Reported) bool { return h.Offered == "t" && h.Reoffers == 1 }},
		"offered again":           {mdm.Step{Kind: mdm.Declare, Token: "o"}, ack(), func(h school.Reported) bool { return h.Offered == "o" && h.Reoffers == 1 }},
		"idle says nothing":       {mdm.Step{Kind: mdm.Bypass}, mdm.Answer{Status: "Idle"}, func(h school.Reported) bool { return h.BypassAt.IsZero() && h.InFlight != nil }},
	} {
		have := enrolled()
		have.BypassAt, have.Awaiting, have.Offered, have.ListedAt = time.Time{}, true, "o", morning.Add(-time.Hour)
		have = mdm.Sent(have, c.step, "u", morning)
		in := *have.InFlight
		have = mdm.Answered(have, in, c.answer, morning)
		if !c.check(have) {
			t.Errorf("%s: %+v", name, have)
		}
		if diff := cmp.Diff(have, mdm.Answered(have, in, c.answer, morning)); diff != "" && c.answer.Status != "Idle" {
			t.Errorf("%s, answered twice: %s", name, diff)
		}
	}
}

// declaredItem is a device that fetched the manifest with one declared item.
func declaredItem() (school.Facts, mdm.State, mdm.Item, school.Reported, []ddm.Declaration) {
	f := with(declaring(), assign("1", school.AtClass, plain("a", 1)))
	want := mdm.Desired(f)
	have := enrolled()
	m := mdm.Manifest(want, have, f)
	return f, want, want.Items[0], mdm.Fetched(have, want, m, morning), m
}

// statusOf is a report on a manifest, with one configuration changed.
func statusOf(m []ddm.Declaration, full bool, change func(*ddm.DeclarationStatus) bool) ddm.Status {
	s := ddm.Status{Listed: true, Full: full}
	for _, d := range m {
		st := ddm.DeclarationStatus{Kind: d.Kind(), Identifier: d.Identifier, ServerToken: d.ServerToken, Active: true, Valid: ddm.Valid}
		if d.Type != ddm.Legacy || change == nil || change(&st) {
			s.Declarations = append(s.Declarations, st)
		}
	}
	return s
}

func TestDeclared(t *testing.T) {
	f, want, i, have, m := declaredItem()
	broken := func(d *ddm.DeclarationStatus) bool {
		d.Active, d.Valid, d.Reasons = false, ddm.Invalid, []ddm.Cause{{Code: "Info.Predicate"}, {Code: "Error.ConfigurationFailed", Description: "no"}}
		return true
	}
	there := mdm.Declared(have, want, f, m, statusOf(m, true, nil), morning)
	for name, c := range map[string]struct {
		have      school.Reported
		status    ddm.Status
		there     bool
		confirmed bool
		state     string // phase and code
	}{
		"in force":                      {have, statusOf(m, true, nil), true, true, ""},
		"in force, partial":             {have, statusOf(m, false, nil), true, true, ""},
		"not a word about declarations": {have, ddm.Status{Full: true}, false, false, "sent "},
		"refused":                       {have, statusOf(m, true, broken), false, false, "failed Error.ConfigurationFailed"},
		"not looked at yet":             {have, statusOf(m, true, func(d *ddm.DeclarationStatus) bool { d.Active, d.Valid = false, ddm.Unknown; return true }), false, false, "sent "},
		"an older token":                {have, statusOf(m, true, func(d *ddm.DeclarationStatus) bool { d.ServerToken = "old"; return true }), false, false, "sent "},
		"left out of a partial report":  {have, statusOf(m, false, func(*ddm.DeclarationStatus) bool { return false }), false, false, "sent "},
		"there: left out of a partial":  {there, statusOf(m, false, func(*ddm.DeclarationStatus) bool { return false }), true, true, ""},
		"there: left out of a full one": {there, statusOf(m, true, func(*ddm.DeclarationStatus) bool { return false }), false, true, "drifted "},
		"there: dropped":                {there, statusOf(m, false, func(d *ddm.DeclarationStatus) bool { d.Removed = true; return true }), false, true, "drifted "},
		"there: invalid later":          {there, statusOf(m, true, broken), false, true, "drifted Error.ConfigurationFailed"},
	} {
		got := mdm.Declared(c.have, want, f, m, c.status, morning.Add(time.Second))
		_, isThere := got.Present[keyA]
		state := ""
		if st, ok := got.Items[keyA]; ok {
			state = string(st.Phase) + " " + st.Code
		}
		if isThere != c.there || (got.Confirmed == ddm.Token(m)) != c.confirmed || state != c.state {
			t.Errorf("%s: there %v, confirmed %v, state %q", name, isThere, got.Confirmed == ddm.Token(m), state)
		}
		if diff := cmp.Diff(got, mdm.Declared(got, want, f, m, c.status, morning.Add(time.Minute))); diff != "" {
			t.Errorf("%s, reported twice: %s", name, diff)
		}
	}
	if p := there.Present[keyA]; p.Hash != i.Hash || p.Owner != school.ByDeclaration || p.Token == "" {
		t.Errorf("%+v", p)
	}
}

func TestARefusedDeclarationIsOfferedUnderANewToken(t *testing.T) {
	f, want, _, have, m := declaredItem()
	broken := statusOf(m, true, func(d *ddm.DeclarationStatus) bool { d.Active, d.Valid = false, ddm.Invalid; return true })
	have = mdm.Declared(have, want, f, m, broken, morning)
	if steps := mdm.Plan(want, have, f, morning); len(steps) != 0 {
		t.Errorf("%v at once", kinds(steps))
	}
	f.At = have.Items[keyA].NextTry
	steps := mdm.Plan(want, have, f, f.At)
	if len(steps) != 1 || steps[0].Kind != mdm.Declare || steps[0].Token == ddm.Token(m) {
		t.Fatalf("%v when due", kinds(steps))
	}
	second := mdm.Manifest(want, have, f)
	have = mdm.Fetched(have, want, second, f.At)
	if late := mdm.Declared(have, want, f, second, broken, f.At); late.Items[keyA].Attempts != 1 {
		t.Error("a report on the earlier token counts as a second refusal")
	}
	have = mdm.Declared(have, want, f, second, statusOf(second, true, nil), f.At)
	if have.Present[keyA].Token == "" || have.Confirmed != ddm.Token(second) || len(have.Items) != 0 {
		t.Errorf("%+v", have)
	}
	if mdm.Plan(want, have, f, f.At) != nil {
		t.Errorf("%v although all is there", kinds(mdm.Plan(want, have, f, f.At)))
	}
}

func TestADeclaredItemLeaves(t *testing.T) {
	f, want, _, have, m := declaredItem()
	have = mdm.Declared(have, want, f, m, statusOf(m, true, nil), morning)
	f.Assigned = nil
	want = mdm.Desired(f)
	smaller := mdm.Manifest(want, have, f)
	have = mdm.Fetched(have, want, smaller, morning)
	if _, there := have.Present[keyA]; !there {
		t.Fatal("gone before the device said so")
	}
	have = mdm.Declared(have, want, f, smaller, statusOf(smaller, true, nil), morning)
	if _, there := have.Present[keyA]; there || have.Confirmed != ddm.Token(smaller) {
		t.Errorf("%+v", have.Present)
	}
}

// TestADeclaredItemThatLeftIsGoneThoughItIsWantedAgain: the report of a manifest without the item comes after a fact wants
// it back, and then the fact moves once more. The manifest is the confirmed one again and no further report comes.
func TestADeclaredItemThatLeftIsGoneThoughItIsWantedAgain(t *testing.T) {
	f, want, _, have, m := declaredItem()
	without := f
	without.Assigned = nil
	for name, have := range map[string]school.Reported{"reported before": mdm.Declared(have, want, f, m, statusOf(m, true, nil), morning), "fetched before": have} {
		none := mdm.Desired(without)
		smaller := mdm.Manifest(none, have, without)
		have = mdm.Fetched(have, none, smaller, morning)
		for _, full := range []bool{true, false} {
			got := mdm.Declared(have, want, f, smaller, statusOf(smaller, full, nil), morning)
			if _, there := got.Present[keyA]; there || len(got.Items) > 0 || got.Confirmed != ddm.Token(smaller) {
				t.Errorf("%s, full %v: %+v", name, full, got)
			}
			if steps := kinds(mdm.Plan(want, got, f, morning)); len(steps) != 1 || steps[0] != "declare" {
				t.Errorf("%s, full %v, wanted: %v", name, full, steps)
			}
			if r := mdm.Explain(none, got, without, morning); len(r) != 0 {
				t.Errorf("%s, full %v, not wanted: %+v", name, full, r)
			}
		}
		listed := mdm.Declared(have, want, f, smaller, statusOf(m, false, nil), morning)
		if _, there := listed.Present[keyA]; !there && len(listed.Items) == 0 {
			t.Errorf("%s: forgotten though the device still lists it", name)
		}
	}
}
