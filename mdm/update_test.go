package mdm_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/profiles"
	"ranzen/store/school"
)

// update is a published rule: a version of iPadOS by a deadline on the clock of the iPad.
func update(profile, version_, deadline string) *school.Version {
	c, err := profiles.Build("update", profile, url.Values{"version": {version_}, "deadline": {deadline}}, nil)
	if err != nil {
		panic(err)
	}
	return version(profile, 1, c)
}

func updates(profile string, pairs ...string) *school.Version {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	c, err := profiles.Build("updates", profile, v, nil)
	if err != nil {
		panic(err)
	}
	return version(profile, 1, c)
}

// declared finds the one declaration of a type in a manifest; nil: none.
func declared(t *testing.T, f school.Facts, have school.Reported, typ string) map[string]any {
	t.Helper()
	var found map[string]any
	activated := map[string]bool{}
	manifest := mdm.Manifest(mdm.Desired(f), have, f)
	for _, d := range manifest {
		if d.Type == ddm.Activation {
			var p struct{ StandardConfigurations []string }
			if err := json.Unmarshal(d.Payload, &p); err != nil {
				t.Fatal(err)
			}
			activated[p.StandardConfigurations[0]] = true
		}
	}
	for _, d := range manifest {
		if d.Type != typ {
			continue
		}
		if found != nil {
			t.Fatalf("two declarations of %s", typ)
		}
		if !activated[d.Identifier] {
			t.Errorf("%s is not activated", d.Identifier)
		}
		if err := json.Unmarshal(d.Payload, &found); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func at(f school.Facts, version string) school.Facts {
	f.Device.OSVersion = version
	return f
}

func TestAnUpdateGoesAsADeclarationOfItsOwn(t *testing.T) {
	f := with(at(facts(), "17.6"), assign("1", school.AtClass, update("u", "18.7", "2026-12-04T18:00")))
	got := declared(t, f, school.Reported{}, school.UpdateDeclared)
	if got["TargetOSVersion"] != "18.7" || got["TargetLocalDateTime"] != "2026-12-04T18:00:00" || len(got) != 2 {
		t.Errorf("%v", got)
	}
	for _, s := range mdm.Plan(mdm.Desired(f), enrolled(), f, morning) {
		if s.Kind != mdm.Declare {
			t.Errorf("a step %s: updates go by declaration alone", s.Kind)
		}
	}
	f.Policy.DeclaredProfiles = true
	if again := declared(t, f, school.Reported{}, school.UpdateDeclared); again["TargetOSVersion"] != "18.7" {
		t.Errorf("%v", again)
	}
}

func TestTheNearestUpdateRuleIsSentAlone(t *testing.T) {
	f := with(at(facts(), "17.6"), assign("1", school.AtAuthority, update("town", "18.7", "2026-12-04T18:00")),
		assign("2", school.AtClass, update("pilot", "26.4", "2026-11-20T18:00")))
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got["TargetOSVersion"] != "26.4" {
		t.Errorf("the nearer rule lost: %v", got)
	}
	left := mdm.Desired(f).Left
	if len(left) != 1 || left[0].Code != mdm.Overruled || left[0].Args["winner"] != "pilot" {
		t.Errorf("the other is not explained: %+v", left)
	}
	f = with(at(facts(), "17.6"), assign("1", school.AtAuthority, update("town", "18.7", "2026-12-04T18:00"), fixed),
		assign("2", school.AtClass, update("pilot", "26.4", "2026-11-20T18:00")))
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got["TargetOSVersion"] != "18.7" {
		t.Errorf("the fixed rule lost: %v", got)
	}
}

func TestWhoCannotTakeAnUpdateSaysWhy(t *testing.T) {
	rule := assign("1", school.AtClass, update("u", "18.7", "2026-12-04T18:00"))
	holding := assign("1", school.AtClass, updates("s", "deferral", "30"))
	refuses, unsupervised := with(at(facts(), "17.6"), rule), with(at(facts(), "18.3"), holding)
	refuses.NoDeclarations, unsupervised.Device.Supervised = true, false
	for _, tt := range []struct {
		name string
		f    school.Facts
		want mdm.Code
	}{
		{"too old for declarations of updates", with(at(facts(), "16.7"), rule), mdm.NeedsOS},
		{"too old for settings", with(at(facts(), "17.6"), holding), mdm.NeedsOS},
		{"refuses declarations", refuses, mdm.NoDeclarations},
		{"not supervised", unsupervised, mdm.NeedsSupervision},
	} {
		left := mdm.Desired(tt.f).Left
		if len(left) != 1 || left[0].Code != tt.want || left[0].Keeps {
			t.Errorf("%s: %+v", tt.name, left)
		}
		if d := mdm.Demanded(mdm.Desired(tt.f)); left[0].Name == "u" && (d.Version != "18.7" || d.Blocked != tt.want) {
			t.Errorf("%s is counted as %+v", tt.name, d)
		}
	}
}

func TestAVersionTheDeviceHasIsDeclaredNoMore(t *testing.T) {
	f := with(at(facts(), "18.7"), assign("1", school.AtClass, update("u", "18.7", "2026-12-04T18:00")))
	want := mdm.Desired(f)
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got != nil {
		t.Errorf("declared: %v", got)
	}
	have := mdm.Settled(enrolled(), want, morning)
	if p := have.Present["de.example.u"]; p.Hash != want.Items[0].Hash {
		t.Errorf("not there: %+v", have.Present)
	}
	r := mdm.Explain(want, enrolled(), f, morning)
	if len(r) != 1 || r[0].Code != mdm.UpToDate || r[0].Status != mdm.Confirmed {
		t.Errorf("%+v", r)
	}
	if d := mdm.Demanded(want); d.Version != "18.7" || !d.Met || d.Blocked != "" {
		t.Errorf("counted as %+v", d)
	}
}

// TestMUC18_AFreezeHoldsUpdatesBack: inside it nothing is demanded and updates are held back; a deadline in it moves behind
// it and stays there when it is over.
func TestMUC18_AFreezeHoldsUpdatesBack(t *testing.T) {
	f := with(at(facts(), "18.3"), assign("1", school.AtSchool, update("u", "18.7", "2026-11-05T18:00")))
	f.Freezes = []school.Freeze{{ID: "abi", Scope: scopes[school.AtClass], Name: "Abitur", From: morning.Add(24 * time.Hour), Until: morning.Add(72 * time.Hour)},
		{ID: "else", Scope: school.Scope{Level: school.AtSchool, ID: "west"}, Name: "anderswo", From: morning.Add(-time.Hour), Until: morning.Add(time.Hour)}}
	edge := f.Freezes[0].Begins()
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got["TargetLocalDateTime"] != "2026-11-05T18:00:00" {
		t.Errorf("before the freeze: %v", got)
	}
	if until := mdm.Desired(f).Until; !until.Equal(edge) {
		t.Errorf("until %v, want %v", until, edge)
	}
	f.At = edge
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got != nil {
		t.Errorf("a deadline inside the freeze: %v", got)
	}
	if got := declared(t, f, school.Reported{}, school.UpdateSettingsDeclared); got["Notifications"] != false || got["Deferrals"].(map[string]any)["CombinedPeriodInDays"] != 90.0 {
		t.Errorf("updates are not held back: %v", got)
	}
	if left := mdm.Desired(f).Left; len(left) != 1 || left[0].Code != mdm.Frozen || left[0].Args["freeze"] != "Abitur" {
		t.Errorf("%+v", left)
	}
	if got := declared(t, at(f, "17.6"), school.Reported{}, school.UpdateSettingsDeclared); got != nil {
		t.Errorf("iPadOS 17 knows no such declaration: %v", got)
	}

	// A deadline within it.
	f = with(at(facts(), "18.3"), assign("1", school.AtSchool, update("u", "18.7", "2026-11-07T10:00")))
	f.Freezes = []school.Freeze{{ID: "abi", Scope: scopes[school.AtClass], Name: "Abitur", From: morning.Add(24 * time.Hour), Until: morning.Add(72 * time.Hour)}}
	moved := "2026-11-08T08:00:00"
	for _, when := range []time.Time{morning, morning.Add(73 * time.Hour)} {
		f.At = when
		if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got["TargetLocalDateTime"] != moved {
			t.Errorf("at %v: %v, want %s", when, got, moved)
		}
	}
	f.At = morning
	r := mdm.Explain(mdm.Desired(f), settled(f, mdm.Desired(f).Items...), f, morning)
	if len(r) != 1 || r[0].Code != mdm.Demands || r[0].Args["moved"] != string(school.MovedByFreeze) || r[0].Args["freeze"] != "Abitur" {
		t.Errorf("%+v", r)
	}
}

func TestMUC18_NoDeadlineInQuietHours(t *testing.T) {
	f := with(at(facts(), "18.3"), assign("1", school.AtSchool, update("u", "18.7", "2026-11-09T10:00")))
	f.Quiet = school.Calm{From: 7 * 60, Until: 15*60 + 30}
	if got := declared(t, f, school.Reported{}, school.UpdateDeclared); got["TargetLocalDateTime"] != "2026-11-09T15:30:00" {
		t.Errorf("%v", got)
	}
}

// TestADeadlineIsNeverInsideAFreezeNorInLessons walks over freezes and quiet hours at random.
func TestADeadlineIsNeverInsideAFreezeNorInLessons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		hour := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(-200, 400).Draw(t, name)) * time.Hour
		}
		quiet := school.Calm{From: rapid.IntRange(0, 1439).Draw(t, "from"), Until: rapid.IntRange(0, 1439).Draw(t, "until")}
		var freezes []school.Freeze
		for range rapid.IntRange(0, 4).Draw(t, "freezes") {
			from := morning.Add(hour("begins"))
			freezes = append(freezes, school.Freeze{Name: "x", From: from, Until: from.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "lasts")) * time.Hour)})
		}
		written := morning.Add(hour("written"))
		got, by, _ := school.Deadline(written, quiet, freezes)
		if got.Before(written) || (by == school.NotMoved) != got.Equal(written) {
			t.Fatalf("%v became %v by %q", written, got, by)
		}
		if rests := quiet.Rests(got); rests.After(got) {
			t.Fatalf("%v is in quiet hours", got)
		}
		for _, f := range freezes {
			if f.At(got) {
				t.Fatalf("%v is in %v to %v", got, f.From, f.Until)
			}
		}
	})
}

func TestEveryCauseHasARemedy(t *testing.T) {
	for reason, cause := range map[string]school.Cause{"Not enough free space is available to download the update.": school.CauseSpace,
		"The battery charge is too low": school.CauseBattery, "Wi-Fi connection lost": school.CauseNetwork, "passcode required": school.CauseCode,
		"The requested update is not available": school.CauseGone, "could not be verified": school.CauseBroken, "the user postponed it": school.CauseBusy, "Fehler 7": school.CauseUnknown} {
		if got := school.CauseOf(reason); got != cause {
			t.Errorf("%q is read as %s", reason, got)
		}
		f := with(at(facts(), "18.3"), assign("1", school.AtClass, update("u", "18.7", "2026-12-04T18:00")))
		f.Device.Update = school.Updating{State: school.UpdateFailed, Failures: 2, Reason: reason, FailedAt: morning}
		r := mdm.Explain(mdm.Desired(f), settled(f, mdm.Desired(f).Items...), f, morning)
		if len(r) != 1 || r[0].Code != mdm.UpdateFails || r[0].Args["cause"] != string(cause) || r[0].Remedy == "" || r[0].Who == mdm.Nobody {
			t.Errorf("%s: %+v", cause, r)
		}
	}
}

func TestAnUpdateIsToldWhereItStands(t *testing.T) {
	f := with(at(facts(), "18.3"), assign("1", school.AtClass, update("u", "18.7", "2026-11-05T18:00")))
	for _, tt := range []struct {
		name string
		u    school.Updating
		now  time.Time
		want mdm.Code
	}{
		{"ahead", school.Updating{State: school.UpdateNone}, morning, mdm.Demands},
		{"loading", school.Updating{State: school.UpdateDownloading}, morning, mdm.Updates},
		{"late", school.Updating{}, morning.Add(11 * time.Hour), mdm.UpdateLate},
		{"loading late", school.Updating{State: school.UpdatePrepared}, morning.Add(11 * time.Hour), mdm.Updates},
	} {
		f.Device.Update = tt.u
		have := settled(f, mdm.Desired(f).Items...)
		have.LastSeen = tt.now
		if r := mdm.Explain(mdm.Desired(f), have, f, tt.now); len(r) != 1 || r[0].Code != tt.want {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

func TestAPlanTellsMovedDeadlines(t *testing.T) {
	f := at(facts(), "18.3")
	f.Quiet = school.Calm{From: 7 * 60, Until: 16 * 60}
	old, has := at(f, "16.7"), at(f, "26.4")
	old.Device.ID, has.Device.ID = "dev-2", "dev-3"
	u := update("u", "18.7", "2026-11-09T10:00")
	change := school.Change{Kind: school.ChangeAssign, Assignment: assign("1", school.AtClass, u).Assignment, New: u}
	p := mdm.Preview([]school.Facts{f, old, has}, nil, change, morning)
	var kinds []string
	for _, g := range p.Groups {
		kinds = append(kinds, string(g.Kind)+" "+g.Reason)
		if g.Kind == school.Gains && (g.Items[0].OS != "18.7" || g.Items[0].At != "2026-11-09T16:00:00" || g.Items[0].Moved != school.MovedByQuiet) {
			t.Errorf("%+v", g.Items)
		}
	}
	if want := []string{"gains ", "impossible needs_os", "same up_to_date"}; !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
}
