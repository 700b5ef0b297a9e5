package school

import (
	"strings"
	"time"
)

// An app is assigned like a profile: it is one, with a single payload that says which app and how. Its versions are versions of its
// settings; the licences and what the store says of it stand beside it (store/app.go).

// App is which app a content is about.
type App struct {
	AdamID     string // number of its page in the App Store
	BundleID   string // what devices know it by
	Configured bool   `json:",omitempty"` // brings a managed configuration
}

// appIdentifier begins the identifier of an app: with its bundle identifier it is the key of the item on the device.
const appIdentifier = "ranzen.app."

// AppKey is the key of an app on a device.
func AppKey(bundle string) ItemKey { return ItemKey(appIdentifier + bundle) }

// Bundle is the bundle identifier of the app a key stands for; ok is false for a profile.
func (k ItemKey) Bundle() (bundle string, ok bool) {
	return strings.CutPrefix(string(k), appIdentifier)
}

// BundleOK reports whether a text can be a bundle identifier: letters, digits, dots and hyphens.
func BundleOK(s string) bool {
	return s != "" && len(s) <= 155 && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789.-_") == ""
}

// AdamOK reports whether a text can be an item number of the App Store.
func AdamOK(s string) bool {
	return s != "" && len(s) <= 18 && strings.Trim(s, "0123456789") == "" && s[0] != '0'
}

// LicenceState is how far a device is with the licence of an app.
type LicenceState string

const (
	LicenceShort   LicenceState = "short"   // wanted, and none is free
	LicenceAsked   LicenceState = "asked"   // set aside, on its way at Apple
	LicenceHeld    LicenceState = "held"    // Apple said that the device has it
	LicenceRefused LicenceState = "refused" // Apple refused it; Code says why
	LicenceLeaving LicenceState = "leaving" // on its way back
)

// Used reports whether a licence in this state is not free for others.
func (s LicenceState) Used() bool {
	return s == LicenceAsked || s == LicenceHeld || s == LicenceLeaving
}

// Licence is what is known of a device's licence of an app.
type Licence struct {
	State LicenceState
	Code  string // Apple's number, of a refusal; or why Apple cannot be asked
	Since time.Time
}

// Why a licence that is set aside does not come.
const (
	LicenceNoToken = "no_token" // Apple no longer accepts the token of the location
	LicenceForeign = "foreign"  // another system manages the location
)
