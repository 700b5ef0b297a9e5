package profiles

import (
	"strings"
	"testing"

	"ranzen/store/school"
)

func TestAnUpdateDeclaresItsOwnKeysAlone(t *testing.T) {
	c, err := Build("update", "iPadOS", form("version", "26.4", "deadline", "02.10.2026 18:00", "details", "https://schule.example/update"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Declared() != school.UpdateDeclared || c.MinimumOS() != "17.0" || c.Supervised() || !c.Publishable() {
		t.Errorf("%+v", c)
	}
	f, err := Fill(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := Declare(f)
	if err != nil || len(keys) != 3 || keys["TargetLocalDateTime"] != "2026-10-02T18:00:00" {
		t.Errorf("%v %v", keys, err)
	}
	u, ok := UpdateOf(c)
	if !ok || u.Version != "26.4" || u.Deadline.Format(school.DeadlineForm) != "2026-10-02T18:00:00" {
		t.Errorf("%+v", u)
	}
	if s, err := Build("updates", "x", form("deferral", "30"), nil); err != nil || !s.Supervised() || s.MinimumOS() != "18.0" {
		t.Errorf("%v %+v", err, s)
	}
	if s, err := Build("updates", "x", form("cadence", "Oldest", "rapid", "true", "rollback", "true", "notify", "true"), nil); err != nil || s.Supervised() {
		t.Errorf("%v %+v", err, s)
	}
}

func TestWhatADeclaredPayloadCannotBe(t *testing.T) {
	rule := func(d Dict) Dict { return payload(school.UpdateDeclared, "u", d) }
	good := Dict{"TargetOSVersion": "26.4", "TargetLocalDateTime": "2026-10-02T18:00:00"}
	for name, tt := range map[string]struct {
		tree Dict
		code string
	}{
		"good":               {profile(rule(good)), ""},
		"beside another":     {profile(rule(good), wifiPayload(nil)), "declared_alone"},
		"a version":          {profile(rule(Dict{"TargetOSVersion": "newest", "TargetLocalDateTime": "2026-10-02T18:00:00"})), "os_version"},
		"a variable":         {profile(rule(Dict{"TargetOSVersion": "{{device.model}}", "TargetLocalDateTime": "2026-10-02T18:00:00"})), "os_version"},
		"a build":            {profile(rule(Dict{"TargetOSVersion": "26.4", "TargetBuildVersion": "x", "TargetLocalDateTime": "2026-10-02T18:00:00"})), "os_build"},
		"a time with a zone": {profile(rule(Dict{"TargetOSVersion": "26.4", "TargetLocalDateTime": "2026-10-02T18:00:00Z"})), "local_time"},
		"somebody's details": {profile(rule(Dict{"TargetOSVersion": "26.4", "TargetLocalDateTime": "2026-10-02T18:00:00", "DetailsURL": "https://x.example/{{person.login}}"})), "declared_variable"},
		"no deadline":        {profile(rule(Dict{"TargetOSVersion": "26.4"})), "missing"},
	} {
		var found []string
		for _, p := range parse(t, tt.tree).Problems {
			if p.Severity == school.Wrong {
				found = append(found, p.Code)
			}
		}
		if (tt.code == "") != (len(found) == 0) || tt.code != "" && !strings.Contains(strings.Join(found, " "), tt.code) {
			t.Errorf("%s: %v, want %q", name, found, tt.code)
		}
	}
}
