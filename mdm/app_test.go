package mdm_test

import (
	"net/url"
	"testing"
	"time"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store/school"
)

const paintBundle = "org.example.paint"

var paintKey = school.AppKey(paintBundle)

// paint is the version of an app; with a configuration it comes by command on every iPadOS.
func paint(number int, configuration string) *school.Version {
	c, err := profiles.NewApp("Malkasten", school.App{AdamID: "1001", BundleID: paintBundle}, "16.0")
	if err == nil && configuration != "" {
		c, err = profiles.Build("app", "Malkasten", url.Values{"configuration": {configuration}}, &c)
	}
	if err != nil {
		panic(err)
	}
	v := version("paint", number, c)
	v.Identifier = string(paintKey)
	return v
}

func available(a *school.Assigned) { a.Mode = school.Available }

func holding(state school.LicenceState, code string) map[school.ItemKey]school.Licence {
	return map[school.ItemKey]school.Licence{paintKey: {State: state, Code: code, Since: morning.Add(-time.Hour)}}
}

// classic is an iPad that gets the app by command.
func classicIPad() school.Facts {
	f := with(facts(), assign("1", school.AtClass, paint(1, "")))
	f.Device.OSVersion = "16.7"
	return f
}

func stepKinds(want mdm.State, have school.Reported, f school.Facts, now time.Time) (out []mdm.StepKind) {
	for _, s := range mdm.Plan(want, have, f, now) {
		out = append(out, s.Kind)
	}
	return out
}

func TestAnAppWaitsForItsLicence(t *testing.T) {
	f := classicIPad()
	want := mdm.Desired(f)
	for state, steps := range map[school.LicenceState]int{"": 0, school.LicenceShort: 0, school.LicenceAsked: 0, school.LicenceRefused: 0, school.LicenceHeld: 1} {
		have := settled(f)
		if state != "" {
			have.Licences = holding(state, "")
		}
		got := stepKinds(want, have, f, morning)
		if len(got) != steps || steps == 1 && got[0] != mdm.InstallApp {
			t.Errorf("licence %q: %v", state, got)
		}
	}
	if !mdm.LicencesDiffer(want, settled(f)) {
		t.Error("nobody is told that a licence is wanted")
	}
	have := settled(f)
	have.Licences = holding(school.LicenceShort, "")
	if mdm.LicencesDiffer(want, have) {
		t.Error("who waits already is asked about again and again")
	}
	if !mdm.LicencesDiffer(mdm.Desired(facts()), have) {
		t.Error("a licence nobody needs any more is kept")
	}
}

// TestKWH07_AnAppIsThereWhenItIsReported goes through the life of an app by command.
func TestKWH07_AnAppIsThereWhenItIsReported(t *testing.T) {
	f := classicIPad()
	want := mdm.Desired(f)
	have := settled(f)
	have.Licences = holding(school.LicenceHeld, "")
	step := mdm.Plan(want, have, f, morning)[0]
	have = mdm.Sent(have, step, "u1", morning)
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "Acknowledged"}, morning.Add(time.Second))
	if _, there := have.Present[paintKey]; there {
		t.Fatal("accepted is not there")
	}
	if got := stepKinds(want, have, f, morning.Add(2*time.Second)); len(got) != 1 || got[0] != mdm.ListApps {
		t.Fatalf("after the answer: %v", got)
	}
	at := morning.Add(5 * time.Second)
	have = mdm.AppsListed(have, want, map[string]mdm.ListedApp{paintBundle: {Status: "Installing"}}, at, at)
	if got := stepKinds(want, have, f, at); len(got) != 0 {
		t.Errorf("while it loads: %v", got)
	}
	if r := reasonOf(t, want, have, f, at); r.Code != mdm.AppLoading || !r.Automatic {
		t.Errorf("while it loads: %+v", r)
	}
	if got := stepKinds(want, have, f, at.Add(time.Minute)); len(got) != 1 || got[0] != mdm.ListApps {
		t.Errorf("a minute later: %v", got)
	}
	at = at.Add(time.Minute)
	have = mdm.AppsListed(have, want, map[string]mdm.ListedApp{paintBundle: {Status: "Managed"}}, at, at)
	if r := reasonOf(t, want, have, f, at); r.Status != mdm.Confirmed {
		t.Errorf("reported: %+v", r)
	}
	if got := stepKinds(want, have, f, at); len(got) != 0 {
		t.Errorf("nothing is left to do, but %v", got)
	}
	at = at.Add(time.Hour)
	gone := mdm.AppsListed(have, want, map[string]mdm.ListedApp{paintBundle: {Status: "ManagedButUninstalled"}}, at, at)
	if r := reasonOf(t, want, gone, f, at); r.Status != mdm.Coming || gone.Items[paintKey].Phase != school.Drifted {
		t.Errorf("deleted by the user: %+v %+v", r, gone.Items[paintKey])
	}
	none := facts()
	none.Device.OSVersion = "16.7"
	if got := stepKinds(mdm.Desired(none), have, none, at); len(got) == 0 || got[0] != mdm.RemoveApp {
		t.Fatalf("no longer wanted: %v", got)
	}
	have = mdm.Sent(have, mdm.Plan(mdm.Desired(none), have, none, at)[0], "u2", at)
	have = mdm.Answered(have, *have.InFlight, mdm.Answer{Status: "Acknowledged"}, at)
	have = mdm.AppsListed(have, mdm.Desired(none), nil, at.Add(time.Second), at.Add(time.Second))
	if len(have.Present) != 0 || len(have.Items) != 0 {
		t.Errorf("removed: %+v %+v", have.Present, have.Items)
	}
}

func TestAnAppIsDeclaredWhereTheSystemCan(t *testing.T) {
	for os, owner := range map[string]school.Owner{"16.7": school.ByCommand, "17.1": school.ByCommand, "17.2": school.ByDeclaration, "26.4": school.ByDeclaration} {
		f := with(facts(), assign("1", school.AtClass, paint(1, "")))
		f.Device.OSVersion = os
		if i, ok := mdm.Desired(f).Item(paintKey); !ok || i.Owner != owner {
			t.Errorf("%s: %v %s", os, ok, i.Owner)
		}
	}
	f := with(facts(), assign("1", school.AtClass, paint(1, "server = x")))
	if i, _ := mdm.Desired(f).Item(paintKey); i.Owner != school.ByCommand {
		t.Errorf("with a configuration: %s", i.Owner)
	}

	f = with(facts(), assign("1", school.AtClass, paint(1, "")))
	want, have := mdm.Desired(f), enrolled()
	declares := func() bool {
		for _, d := range mdm.Manifest(want, have, f) {
			if d.Type == ddm.App {
				return true
			}
		}
		return false
	}
	if declares() {
		t.Error("declared without a licence")
	}
	have.Licences = holding(school.LicenceHeld, "")
	f.Quiet = school.Calm{From: 7 * 60, Until: 9 * 60}
	if declares() {
		t.Error("declared while the school is quiet")
	}
	f.Quiet = school.Calm{}
	if !declares() {
		t.Fatal("not declared")
	}
	manifest := mdm.Manifest(want, have, f)
	have = mdm.Fetched(have, want, manifest, morning)
	report := ddm.Status{Listed: true, Full: true}
	for _, d := range manifest {
		report.Declarations = append(report.Declarations, ddm.DeclarationStatus{Kind: d.Kind(), Identifier: d.Identifier, ServerToken: d.ServerToken, Active: true, Valid: ddm.Valid})
	}
	have.Offered = ddm.Token(manifest)
	have = mdm.Declared(have, want, f, manifest, report, morning)
	if _, there := have.Present[paintKey]; there {
		t.Fatal("that a declaration is in force is not that the app is there")
	}
	have.Licences = holding(school.LicenceShort, "") // taken away later
	if !declares() {
		t.Error("a licence that is gone took the app along")
	}
	id := mdm.DeclarationID(paintKey)
	have = mdm.AppsDeclared(have, want, f, manifest, ddm.Status{Apps: []ddm.AppStatus{{Declaration: id, Identifier: paintBundle, State: "managed"}}}, morning.Add(time.Minute))
	if r := reasonOf(t, want, have, f, morning.Add(time.Minute)); r.Status != mdm.Confirmed {
		t.Errorf("reported: %+v", r)
	}
}

// reasonOf explains the app.
func reasonOf(t *testing.T, want mdm.State, have school.Reported, f school.Facts, now time.Time) mdm.Reason {
	t.Helper()
	for _, r := range mdm.Explain(want, have, f, now) {
		if r.Item == paintKey {
			return r
		}
	}
	t.Fatal("nothing is said of the app")
	return mdm.Reason{}
}

// TestEveryFaultOfAnAppHasItsSentence injects what can go wrong with an app, one by one. Each has a reason of its own, and either comes
// right by itself or says what helps and who can do it.
func TestEveryFaultOfAnAppHasItsSentence(t *testing.T) {
	failed := func(code string, attempts int) func(*school.Facts, *school.Reported) {
		return func(f *school.Facts, h *school.Reported) {
			i, _ := mdm.Desired(*f).Item(paintKey)
			h.Items[paintKey] = school.ItemState{Phase: school.Failed, Hash: i.Hash, Code: code, Attempts: attempts, Final: attempts >= mdm.MaxAttempts,
				NextTry: morning.Add(time.Minute), Since: morning.Add(-time.Minute)}
		}
	}
	for name, c := range map[string]struct {
		fault  func(*school.Facts, *school.Reported)
		code   mdm.Code
		remedy mdm.Remedy
		auto   bool
	}{
		"no licence":               {func(_ *school.Facts, h *school.Reported) { h.Licences = holding(school.LicenceShort, "9709") }, mdm.NoLicence, mdm.BuyLicences, false},
		"licence asked":            {func(_ *school.Facts, h *school.Reported) { h.Licences = holding(school.LicenceAsked, "") }, mdm.LicenceComing, "", true},
		"licence on its way back":  {func(_ *school.Facts, h *school.Reported) { h.Licences = holding(school.LicenceLeaving, "") }, mdm.LicenceComing, "", true},
		"not looked yet":           {func(_ *school.Facts, h *school.Reported) { h.Licences = nil }, mdm.LicenceUnasked, "", true},
		"refused by Apple":         {func(_ *school.Facts, h *school.Reported) { h.Licences = holding(school.LicenceRefused, "9707") }, mdm.LicenceNo, mdm.CheckToken, false},
		"device lacks the licence": {failed("MCMDMErrorDomain 12064", 1), mdm.LicenceNo, mdm.CheckToken, false},
		"declared, no licence":     {failed("Error.LicenseNotFound", 1), mdm.LicenceNo, mdm.CheckToken, false},
		"wrong OS":                 {func(f *school.Facts, _ *school.Reported) { f.Device.OSVersion = "15.8" }, mdm.NeedsOS, mdm.UpdateOrSwap, false},
		"too new for this iPad":    {failed("rejected NotSupported", 1), mdm.AppTooNew, mdm.UpdateOrSwap, false},
		"store off":                {failed("rejected AppStoreDisabled", 1), mdm.AppStoreOff, mdm.AllowStore, false},
		"store off, declared":      {failed("Error.AppStoreDisabled", 5), mdm.AppStoreOff, mdm.AllowStore, false},
		"not in the store":         {failed("rejected CouldNotVerifyAppID", 1), mdm.AppUnknown, mdm.ChangeAssignment, false},
		"loaded by somebody":       {failed("rejected AppAlreadyInstalled", 1), mdm.AppForeign, mdm.DeleteApp, false},
		"refused by the user":      {failed("UserRejected", 1), mdm.AppRejected, mdm.TryAgain, false},
		"no room": {func(f *school.Facts, h *school.Reported) {
			failed("Failed", 2)(f, h)
			h.StorageFree = 0.4
		}, mdm.AppNoRoom, mdm.MakeRoom, false},
		"download failed": {failed("Failed", 1), mdm.Retrying, "", true},
		"failed for good": {failed("Error.DownloadFailed", mdm.MaxAttempts), mdm.Refused, mdm.TryAgain, false},
		"quiet hours":     {func(f *school.Facts, _ *school.Reported) { f.Quiet = school.Calm{From: 7 * 60, Until: 9 * 60} }, mdm.QuietHours, "", true},
		"silent":          {func(_ *school.Facts, h *school.Reported) { h.LastSeen = morning.AddDate(0, 0, -12) }, mdm.Silent, mdm.SwitchOn, false},
		"push broken": {func(_ *school.Facts, h *school.Reported) {
			h.LastSeen, h.PushState = morning.Add(-time.Hour), "unregistered"
		}, mdm.PushBroken, mdm.Reconnect, false},
		"not enrolled":   {func(f *school.Facts, h *school.Reported) { f.Enrollment = "" }, mdm.NotEnrolled, mdm.Enroll, false},
		"only available": {func(f *school.Facts, _ *school.Reported) { available(&f.Assigned[0]) }, mdm.Offered, mdm.ChangeAssignment, false},
		"excluded": {func(f *school.Facts, _ *school.Reported) {
			*f = with(*f, assign("9", school.AtDevice, paint(1, ""), excluded))
		}, mdm.Excluded, mdm.ChangeAssignment, false},
		"configuration unfilled": {func(f *school.Facts, _ *school.Reported) {
			f.Assigned[0] = assign("1", school.AtClass, paint(2, "mail = {{person.email}}"))
			f.Holder = nil
		}, mdm.EmptyVariable, mdm.Issue, false},
		"not confirmed": {func(f *school.Facts, _ *school.Reported) { f.Device.Confirmed = false }, mdm.Unconfirmed, mdm.ConfirmDevice, false},
	} {
		f := classicIPad()
		have := enrolled()
		have.Licences = holding(school.LicenceHeld, "")
		c.fault(&f, &have)
		want := mdm.Desired(f)
		r := reasonOf(t, want, have, f, morning)
		if r.Code != c.code || r.Remedy != c.remedy || r.Automatic != c.auto {
			t.Errorf("%s: %s, helps %q, by itself %v", name, r.Code, r.Remedy, r.Automatic)
		}
	}
}
