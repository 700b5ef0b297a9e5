package school

import "time"

// Profile is a configuration profile as a thing with a history: people assign a published version of it.
// It belongs to an authority, or to one school that adds its own.
type Profile struct {
	ID          ProfileID
	Authority   AuthorityID
	School      SchoolID // empty: of the authority
	Name        string   // what pages call it
	Identifier  string   // top-level PayloadIdentifier: the identity of the profile on the device, constant for life
	Description string
	Archived    bool
}

// OwnIdentifier begins the identifier of a profile that brought none of its own. Nobody else makes such names.
const OwnIdentifier = "ranzen.profile."

// Version is one published or drafted body of a profile. A published version never changes.
type Version struct {
	ID          VersionID
	Authority   AuthorityID
	Profile     ProfileID
	Number      int // 1, 2, 3 …; 0 while a draft
	ProfileName string
	Identifier  string
	Content     Content
	Published   time.Time // zero: draft
}

// Content is a parsed profile template: what profiles.Parse accepts and the store keeps. Only that function makes one,
// so page, API and file pass one gate.
type Content struct {
	Body      []byte    // XML property list of the template, unsigned, as parsed; unknown payloads and keys intact
	Hash      string    // hex SHA-256 of the canonical tree; equal trees have equal hashes whatever their formatting
	Name      string    // PayloadDisplayName
	Payloads  []Payload // in order
	Variables []string  // names used in string values, sorted, without the braces
	Networks  []string  // SSIDs of Wi-Fi payloads; a profile with any is a network profile (lifeline)
	App       *App      `json:",omitempty"` // the app it is about; nil: it is a profile
	Problems  []Problem // findings against Apple's schema; an Error finding blocks publishing
}

// Network reports whether the content brings a network a device may live on.
func (c Content) Network() bool { return len(c.Networks) > 0 }

// MinimumOS is the newest of the iPadOS versions in which Apple introduced the payload types of the content.
func (c Content) MinimumOS() string {
	min := ""
	for _, p := range c.Payloads {
		if p.MinimumOS != "" && !OSAtLeast(min, p.MinimumOS) {
			min = p.MinimumOS
		}
	}
	return min
}

// Supervised reports whether a payload of the content works on supervised devices only.
func (c Content) Supervised() bool {
	for _, p := range c.Payloads {
		if p.Supervised {
			return true
		}
	}
	return false
}

// Declared is the type of declaration the content goes as; empty: it goes as a profile. Parse lets nothing stand beside it.
func (c Content) Declared() string {
	if len(c.Payloads) == 1 && c.Payloads[0].Declared {
		return c.Payloads[0].Type
	}
	return ""
}

// Types of declarations a content may go as.
const (
	UpdateDeclared         = "com.apple.configuration.softwareupdate.enforcement.specific" // a version by a deadline
	UpdateSettingsDeclared = "com.apple.configuration.softwareupdate.settings"             // what updates may do by themselves
)

// Payload is one payload of a profile, as far as rules need to know it.
type Payload struct {
	Type       string // PayloadType
	Identifier string
	Name       string
	Single     bool   // Apple allows only one on a device; two profiles with it cannot both be sent
	Supervised bool   // needs a supervised device
	MinimumOS  string // iPadOS version it needs, from Apple's schema; empty: any
	Known      bool   // stands in Apple's schema
	Declared   bool   // goes to the device as a declaration of its own, in no profile
}

// Severity of a finding.
type Severity string

const (
	Wrong   Severity = "error"   // cannot be published
	Warning Severity = "warning" // will be ignored by some devices, or is deprecated
	Note    Severity = "note"
)

// Problem is a finding about one key of one payload. Code names the sentence in the catalogue ("problem." + Code).
type Problem struct {
	Severity Severity
	Payload  int    // index into Payloads, -1 for the frame
	Key      string // path of the key, "EAPClientConfiguration.AcceptEAPTypes"
	Code     string // "missing", "type", "enum", "range", "unknown_key", "needs_os", "deprecated", "needs_supervision", …
	Args     []string
	OS       string // iPadOS version the finding is about, if any
}

// Publishable reports whether no finding forbids it.
func (c Content) Publishable() bool {
	for _, p := range c.Problems {
		if p.Severity == Wrong {
			return false
		}
	}
	return true
}
