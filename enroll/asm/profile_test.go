package asm

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func schoolProfile() Profile {
	return Profile{
		Name: "Schule", URL: "https://mdm.example.org/enroll", IsSupervised: true, IsMandatory: true, AwaitDeviceConfigured: true,
		DoNotUseProfileFromBackup: true, SkipSetupItems: []string{"Siri", "AppleID"}, Department: "Gymnasium Nord",
	}
}

func TestDefineAndReadProfile(t *testing.T) {
	f, c := newFake(t)
	var kept []byte
	f.handle = func(w *answer, method, path string, body []byte) {
		switch method + " " + path {
		case "POST /profile":
			kept = body
			w.body = `{"profile_uuid":"P 1&2","devices":{"A":"SUCCESS","B":"THROTTLED"},"retry_after_seconds":60}`
		case "GET /profile?profile_uuid=P+1%262":
			w.body = string(kept)
		default:
			t.Errorf("%s %s", method, path)
		}
	}
	p := schoolProfile()
	p.Devices = []string{"A", "B", "C"}
	uuid, done, err := c.DefineProfile(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	want := Assignment{map[string]Result{"A": ResultSuccess, "B": ResultThrottled, "C": ResultFailed}, time.Minute}
	if diff := cmp.Diff(want, done); diff != "" || uuid != "P 1&2" {
		t.Error(uuid, diff)
	}
	var sent map[string]any
	if err := json.Unmarshal(kept, &sent); err != nil {
		t.Fatal(err)
	}
	// Left out, Apple takes these for true.
	for _, key := range []string{"is_mdm_removable", "allow_pairing"} {
		if sent[key] != false {
			t.Errorf("%s is sent as %v", key, sent[key])
		}
	}
	back, err := c.GetProfile(t.Context(), uuid)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, back); diff != "" {
		t.Error(diff)
	}
	f.handle = func(w *answer, _, _ string, _ []byte) { w.body = "{}" }
	var away *Unavailable
	if _, _, err := c.DefineProfile(t.Context(), schoolProfile()); !errors.As(err, &away) {
		t.Errorf("a definition without a UUID: %v", err)
	}
	p.Devices = make([]string, 1001)
	if _, _, err := c.DefineProfile(t.Context(), p); err == nil {
		t.Error("1001 devices were sent")
	}
}

func TestProfilesAreNamedByContent(t *testing.T) {
	hash := func(change func(*Profile)) string {
		p := schoolProfile()
		change(&p)
		h, err := p.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	base := hash(func(*Profile) {})
	for name, same := range map[string]func(*Profile){
		"order":      func(p *Profile) { slices.Reverse(p.SkipSetupItems) },
		"repetition": func(p *Profile) { p.SkipSetupItems = append(p.SkipSetupItems, "Siri") },
		"devices":    func(p *Profile) { p.Devices = []string{"A"} },
		"empty list": func(p *Profile) { p.AnchorCerts = []string{} },
	} {
		if hash(same) != base {
			t.Errorf("%s changes the name", name)
		}
	}
	for name, other := range map[string]func(*Profile){
		"URL":       func(p *Profile) { p.URL += "2" },
		"pane":      func(p *Profile) { p.SkipSetupItems = p.SkipSetupItems[:1] },
		"removable": func(p *Profile) { p.IsMDMRemovable = true },
		"anchor":    func(p *Profile) { p.AnchorCerts = []string{"AAAA"} },
	} {
		if hash(other) == base {
			t.Errorf("%s does not change the name", name)
		}
	}
	p := schoolProfile()
	if _, err := p.Hash(); err != nil || p.SkipSetupItems[0] != "Siri" {
		t.Error("hashing sorted the caller's list")
	}
}

func TestAssignmentInBatches(t *testing.T) {
	var serials []string
	for i := range 2500 {
		serials = append(serials, fmt.Sprintf("S%04d", i))
	}
	for _, test := range []struct {
		name   string
		answer func(batch int, w *answer, devices []string)
		calls  int
		tally  map[Result]int
		wait   time.Duration
		fails  bool
	}{
		{"all well", func(_ int, w *answer, devices []string) { w.json(outcome(devices, ResultSuccess, 0)) }, 3,
			map[Result]int{ResultSuccess: 2500}, 0, false},
		{"throttled in the second", func(batch int, w *answer, devices []string) {
			if batch == 2 {
				w.json(outcome(devices, ResultThrottled, 300))
				return
			}
			w.json(outcome(devices, ResultSuccess, 0))
		}, 2, map[Result]int{ResultSuccess: 1000, ResultThrottled: 1500}, 5 * time.Minute, false},
		{"not a word", func(_ int, w *answer, _ []string) { w.body = "{}" }, 3, map[Result]int{ResultFailed: 2500}, 0, false},
		{"a new word", func(_ int, w *answer, devices []string) { w.json(outcome(devices, "PENDING", 0)) }, 3,
			map[Result]int{"PENDING": 2500}, 0, false},
		{"away in the third", func(batch int, w *answer, devices []string) {
			if batch == 3 {
				w.status = 503
				return
			}
			w.json(outcome(devices, ResultSuccess, 0))
		}, 3, map[Result]int{ResultSuccess: 2000}, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, c := newFake(t)
			calls := 0
			f.handle = func(w *answer, method, path string, body []byte) {
				calls++
				in := decode[devicesIn](t, body)
				if method != "POST" || path != "/profile/devices" || in.ProfileUUID != "P" || len(in.Devices) > 1000 {
					t.Errorf("%s %s %q with %d devices", method, path, in.ProfileUUID, len(in.Devices))
				}
				test.answer(calls, w, in.Devices)
			}
			done, err := c.AssignProfile(t.Context(), "P", serials)
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			tally := map[Result]int{}
			for _, result := range done.Results {
				tally[result]++
			}
			if diff := cmp.Diff(test.tally, tally); diff != "" || calls != test.calls || done.RetryAfter != test.wait {
				t.Errorf("%d calls, wait %v\n%s", calls, done.RetryAfter, diff)
			}
		})
	}
}

func outcome(devices []string, result Result, wait int) map[string]any {
	out := map[string]Result{}
	for _, serial := range devices {
		out[serial] = result
	}
	answer := map[string]any{"profile_uuid": "P", "devices": out}
	if wait > 0 {
		answer["retry_after_seconds"] = wait
	}
	return answer
}

func TestRemoveProfile(t *testing.T) {
	f, c := newFake(t)
	f.handle = func(w *answer, method, path string, body []byte) {
		if method != "DELETE" || path != "/profile/devices" || string(body) != `{"devices":["A","B"]}` {
			t.Errorf("%s %s %s", method, path, body)
		}
		w.body = `{"devices":{"A":"SUCCESS","B":"NOT_ACCESSIBLE"}}`
	}
	done, err := c.RemoveProfile(t.Context(), []string{"A", "B", "A"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]Result{"A": ResultSuccess, "B": ResultNotAccessible}, done.Results); diff != "" {
		t.Error(diff)
	}
}
