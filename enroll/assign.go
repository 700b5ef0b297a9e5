package enroll

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"ranzen/enroll/asm"
	"ranzen/store"
	"ranzen/store/school"
)

// Settings are what people decide about the ADE profile of a token; the rest of it is decided here. The zero value
// shows no pane of Setup Assistant that can be skipped.
type Settings struct {
	Department string   `json:"department,omitempty"` // shown in "About configuration"
	Phone      string   `json:"phone,omitempty"`
	Email      string   `json:"email,omitempty"`
	Show       []string `json:"show,omitempty"` // panes of SkipItems that are shown nevertheless
}

// SkipItems are the panes of Setup Assistant on iPads that can be skipped. A device ignores names it does not know, so
// one list serves all versions of iPadOS.
//
// Apple: SkipKeys.
var SkipItems = []string{
	"AccessibilityAppearance", "ActionButton", "Android", "Appearance", "AppleID", "AppStore", "Biometric", "CameraButton", "DeviceToDeviceMigration",
	"Diagnostics", "DisplayTone", "EnableLockdownMode", "HomeButtonSensitivity", "iMessageAndFaceTime", "Intelligence", "Keyboard", "LiquidGlass", "Location",
	"MessagingActivationUsingPhoneNumber", "Multitasking", "OnBoarding", "OSShowcase", "Passcode", "Payment", "Privacy", "Restore", "RestoreCompleted", "Safety",
	"SafetyAndHandling", "ScreenTime", "SIMSetup", "Siri", "SoftwareUpdate", "SpokenLanguage", "TapToSetup", "TermsOfAddress", "TOS", "UpdateCompleted",
	"WatchMigration", "WebContentFiltering", "Welcome", "Zoom",
}

// neverShown would bring back data or a management of an earlier life of the device.
var neverShown = []string{"Android", "DeviceToDeviceMigration", "Restore"}

// Shown are the panes that settings may show.
func Shown() []string {
	return slices.DeleteFunc(slices.Clone(SkipItems), func(s string) bool { return slices.Contains(neverShown, s) })
}

// ReadSettings reads the settings of a token. What it does not know it refuses: a misspelt name would silently do nothing.
func ReadSettings(raw json.RawMessage) (Settings, error) {
	var s Settings
	if len(raw) > 0 {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&s); err != nil {
			return Settings{}, &school.Error{Kind: school.Invalid, Code: "settings_form", Field: "settings", Err: err}
		}
	}
	return s, s.Check()
}

// Check refuses settings that Apple would refuse or devices ignore.
func (s Settings) Check() error {
	for _, f := range []struct {
		name, value string
		longest     int
	}{{"department", s.Department, 125}, {"phone", s.Phone, 50}, {"email", s.Email, 254}} {
		if len(f.value) > f.longest {
			return school.Refuse(f.name, "too_long", f.longest)
		}
	}
	for _, item := range s.Show {
		if !slices.Contains(Shown(), item) {
			return school.Refuse("show", "ade.pane", item)
		}
	}
	return nil
}

// adeProfile is what Apple tells devices of a token in Setup Assistant. Every change here or in the settings is a new
// definition at Apple that is assigned to all devices anew; it reaches an iPad at its next set-up.
func (x *Enroll) adeProfile(id school.TokenID, name string, s Settings) asm.Profile {
	p := asm.Profile{
		Name:                      shortened("Ranzen: "+name, 125),
		URL:                       x.base + "/enroll/" + string(id),
		AllowPairing:              true, // deprecated by Apple; a restriction decides
		IsSupervised:              true,
		IsMandatory:               true,
		AwaitDeviceConfigured:     true,
		DoNotUseProfileFromBackup: true,
		Department:                s.Department,
		SupportPhoneNumber:        s.Phone,
		SupportEmailAddress:       s.Email,
	}
	for _, der := range x.roots {
		p.AnchorCerts = append(p.AnchorCerts, base64.StdEncoding.EncodeToString(der))
	}
	for _, item := range SkipItems {
		if !slices.Contains(s.Show, item) {
			p.SkipSetupItems = append(p.SkipSetupItems, item)
		}
	}
	return p
}

// shortened cuts at most so many bytes, between letters.
func shortened(s string, longest int) string {
	if len(s) > longest {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	return s
}

// Assigned is what came of assigning the ADE profile.
type Assigned struct {
	Defined bool // Apple was given a new definition
	Taken   int  // serial numbers Apple took
	Refused int  // those it did not take; they are tried again, later each time
	// Until is when Apple wants to be asked again; zero: nothing is due now.
	Until time.Time
}

// AssignProfiles gives every listed device of a token the ADE profile its settings ask for. What a device has is
// compared with what it shall have; Apple's "modified" that follows every assignment is no reason for another one.
func (x *Enroll) AssignProfiles(ctx context.Context, id school.TokenID) (Assigned, error) {
	var done Assigned
	by, token, err := x.tokenAs(ctx, id, "apple-assign")
	if err != nil {
		return done, err
	}
	if x.st.Now().Before(token.Sync.NotBefore) {
		done.Until = token.Sync.NotBefore
		return done, nil
	}
	settings, err := ReadSettings(token.Settings)
	if err != nil {
		return done, err
	}
	client, err := x.client(ctx, by, id)
	if err != nil {
		return done, err
	}
	w := assigner{x: x, by: by, token: id, client: client, profile: x.adeProfile(id, token.Name, settings), wanted: token.Sync.Profile, done: &done}
	if err := w.run(ctx); err != nil {
		until, err := x.appleFailed(ctx, by, id, err, lastHeard(token))
		done.Until = until
		return done, err
	}
	return done, nil
}

// assigner is one run of assignments.
type assigner struct {
	x       *Enroll
	by      school.Actor
	token   school.TokenID
	client  *asm.Client
	profile asm.Profile
	wanted  string // uuid every device shall have by now
	done    *Assigned
}

func (w *assigner) run(ctx context.Context) error {
	hash, err := w.profile.Hash()
	if err != nil {
		return err
	}
	uuid, err := w.x.st.ADEProfileOf(ctx, w.by, w.token, hash)
	if err != nil {
		return err
	}
	switch {
	case uuid == "":
		err = w.define(ctx, hash)
	case uuid != w.wanted: // settings went back to what they were
		err = w.x.st.SetADEProfile(ctx, w.by, w.token, uuid, hash)
	}
	if err != nil {
		return err
	}
	forgotten := false
	for {
		profile, serials, err := w.x.st.AssignDue(ctx, w.by, w.token, store.MaxAssign)
		if err != nil || len(serials) == 0 {
			return err
		}
		answer, err := w.client.AssignProfile(ctx, profile, serials)
		if errors.Is(err, asm.ErrNotFound) && !forgotten {
			forgotten = true // Apple no longer has the definition, for instance after the server was made anew
			if err := w.define(ctx, hash); err != nil {
				return err
			}
			continue
		}
		// What was answered before an error stays assigned, so it is kept first.
		words := make(map[string]string, len(answer.Results))
		throttled := false
		for serial, result := range answer.Results {
			words[serial] = string(result)
			throttled = throttled || result == asm.ResultThrottled
			if result == asm.ResultSuccess {
				w.done.Taken++
			} else {
				w.done.Refused++
			}
		}
		if len(words) > 0 {
			if kept := w.x.st.Assigned(ctx, w.by, w.token, profile, words, answer.RetryAfter); kept != nil {
				return kept
			}
		}
		switch {
		case err != nil:
			return err
		case throttled:
			w.done.Until = w.x.st.Now().Add(max(answer.RetryAfter, patience))
			return nil
		}
	}
}

func (w *assigner) define(ctx context.Context, hash string) error {
	uuid, _, err := w.client.DefineProfile(ctx, w.profile)
	if err != nil {
		return err
	}
	w.done.Defined = true
	return w.x.st.SetADEProfile(ctx, w.by, w.token, uuid, hash)
}
