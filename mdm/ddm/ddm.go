// Package ddm speaks Apple's declarative device management: declarations, the manifest a device compares, the token that
// stands for it, and the status reports that come back. It knows documents, not devices or schools.
//
// A device refetches a declaration only when its ServerToken changes, and looks at the manifest only when the
// DeclarationsToken changes. Therefore Token depends on the set of (Identifier, ServerToken) pairs alone, never on their
// order, and a ServerToken has to change whenever anything behind the declaration changes, what it points to included.
// The type of an identifier never changes: a new type takes a new identifier.
//
// Apple: Integrating declarative management; DeclarationItemsResponse; TokensResponse; StatusReport.
package ddm

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Declaration types we send.
const (
	Legacy        = "com.apple.configuration.legacy"
	Subscriptions = "com.apple.configuration.management.status-subscriptions"
	Organization  = "com.apple.management.organization-info"
	Properties    = "com.apple.management.properties"
	Activation    = "com.apple.activation.simple"
	App           = "com.apple.configuration.app.managed"
)

// Kind is the part of the manifest a declaration stands in, as endpoints and status reports name it.
type Kind string

const (
	Activations    Kind = "activation"
	Assets         Kind = "asset"
	Configurations Kind = "configuration"
	Management     Kind = "management"
)

// MaxName is the longest Identifier or ServerToken devices accept, in octets.
const MaxName = 64

// Declaration is one document a device may fetch. Payload is an encoded JSON object and has to be byte-stable.
type Declaration struct {
	Type        string          `json:"Type"`
	Identifier  string          `json:"Identifier"`
	ServerToken string          `json:"ServerToken"`
	Payload     json.RawMessage `json:"Payload"`
}

// Kind is read from the type; a type of none of the four kinds has none.
func (d Declaration) Kind() Kind {
	rest, ours := strings.CutPrefix(d.Type, "com.apple.")
	name, _, more := strings.Cut(rest, ".")
	switch k := Kind(name); k {
	case Activations, Assets, Configurations, Management:
		if ours && more {
			return k
		}
	}
	return ""
}

// JSON is the answer to the endpoint declaration/<kind>/<identifier>.
func (d Declaration) JSON() ([]byte, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encoding declaration %s: %w", d.Identifier, err)
	}
	return b, nil
}

// Sort brings declarations into the one order in which they are kept and compared.
func Sort(ds []Declaration) { slices.SortFunc(ds, compare) }

func compare(a, b Declaration) int {
	return cmp.Or(strings.Compare(a.Identifier, b.Identifier), strings.Compare(a.ServerToken, b.ServerToken))
}

// Find returns the declaration of that kind and identifier. What is not in the set is unknown: 404.
func Find(ds []Declaration, kind Kind, identifier string) (Declaration, bool) {
	for i := range ds {
		if ds[i].Identifier == identifier && ds[i].Kind() == kind {
			return ds[i], true
		}
	}
	return Declaration{}, false
}

// Token is the DeclarationsToken of a set: equal sets have equal tokens, whatever their order.
func Token(ds []Declaration) string {
	ds = inOrder(ds)
	b := make([]byte, 0, 2*(4+MaxName)*len(ds))
	for i := range ds {
		for _, s := range [...]string{ds[i].Identifier, ds[i].ServerToken} { // lengths keep "ab","c" apart from "a","bc"
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// inOrder is the set in the one order, the same slice if it stands in it already.
func inOrder(ds []Declaration) []Declaration {
	if slices.IsSortedFunc(ds, compare) {
		return ds
	}
	ds = slices.Clone(ds)
	Sort(ds)
	return ds
}

// Tokens is the answer to the endpoint tokens, and the Data of the command DeclarativeManagement.
func Tokens(token string, at time.Time) ([]byte, error) {
	type sync struct {
		DeclarationsToken string
		Timestamp         string
	}
	b, err := json.Marshal(struct{ SyncTokens sync }{sync{token, at.UTC().Format("2006-01-02T15:04:05Z")}})
	if err != nil {
		return nil, fmt.Errorf("encoding synchronization tokens: %w", err)
	}
	return b, nil
}

// Items is the answer to the endpoint declaration-items. All four arrays are always there; devices demand it.
func Items(ds []Declaration) ([]byte, error) {
	type pair struct{ Identifier, ServerToken string }
	var doc struct {
		Declarations struct {
			Activations, Assets, Configurations, Management []pair
		}
		DeclarationsToken string
	}
	lists := &doc.Declarations
	lists.Activations, lists.Assets, lists.Configurations, lists.Management = []pair{}, []pair{}, []pair{}, []pair{}
	ds = inOrder(ds)
	for i := range ds {
		d := pair{ds[i].Identifier, ds[i].ServerToken}
		switch ds[i].Kind() {
		case Activations:
			lists.Activations = append(lists.Activations, d)
		case Assets:
			lists.Assets = append(lists.Assets, d)
		case Configurations:
			lists.Configurations = append(lists.Configurations, d)
		case Management:
			lists.Management = append(lists.Management, d)
		default:
			return nil, fmt.Errorf("manifest: declaration %s has type %q, which is of no kind", ds[i].Identifier, ds[i].Type)
		}
	}
	doc.DeclarationsToken = Token(ds)
	b, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("encoding manifest: %w", err)
	}
	return b, nil
}

// EndpointKind says which document a DeclarativeManagement check-in message asks for or brings.
type EndpointKind string

const (
	TokensEndpoint      EndpointKind = "tokens"
	ItemsEndpoint       EndpointKind = "declaration-items"
	StatusEndpoint      EndpointKind = "status"
	DeclarationEndpoint EndpointKind = "declaration"
)

// Endpoint is the parsed value of the message key Endpoint. Kind and Identifier are set for a single declaration.
type Endpoint struct {
	Asks       EndpointKind
	Kind       Kind
	Identifier string
}

// ParseEndpoint reads the message key Endpoint; ok is false for anything Apple does not name.
func ParseEndpoint(s string) (e Endpoint, ok bool) {
	switch k := EndpointKind(s); k {
	case TokensEndpoint, ItemsEndpoint, StatusEndpoint:
		return Endpoint{Asks: k}, true
	}
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 || parts[0] != string(DeclarationEndpoint) || parts[2] == "" {
		return Endpoint{}, false
	}
	switch k := Kind(parts[1]); k {
	case Activations, Assets, Configurations, Management:
		return Endpoint{Asks: DeclarationEndpoint, Kind: k, Identifier: parts[2]}, true
	}
	return Endpoint{}, false
}

// ManagedApps is the status item that lists the apps declarations manage. It is subscribed to where apps are declared, and nowhere
// else.
const ManagedApps = "app.managed.list"

// StatusItems lists the status items worth subscribing to on that version of iPadOS, sorted. An item the system does not
// know would come back as an error in every report. Lists of apps and certificates are not among them: what need not be
// known is never asked. With little only what management cannot do without is asked: of a device that belongs to parents,
// or that nobody confirmed, neither its numbers nor its passcode or battery.
func StatusItems(atLeast func(version string) bool, little bool) []string {
	var names []string
	for name, since := range statusItems {
		if atLeast(since) && !(little && more[name]) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// more is what only the school's own devices are asked.
var more = map[string]bool{"device.identifier.serial-number": true, "device.identifier.udid": true, "device.model.number": true, "device.power.battery-health": true,
	"passcode.is-compliant": true, "passcode.is-present": true}

var statusItems = map[string]string{
	"device.identifier.serial-number":                    "16.0",
	"device.identifier.udid":                             "16.0",
	"device.model.family":                                "15.0",
	"device.model.identifier":                            "15.0",
	"device.model.marketing-name":                        "15.0",
	"device.model.number":                                "17.0",
	"device.operating-system.build-version":              "15.0",
	"device.operating-system.family":                     "15.0",
	"device.operating-system.supplemental.build-version": "16.1",
	"device.operating-system.supplemental.extra-version": "16.1",
	"device.operating-system.version":                    "15.0",
	"device.power.battery-health":                        "17.0",
	"mdm.is-awaiting-configuration":                      "27.0",
	"passcode.is-compliant":                              "16.0",
	"passcode.is-present":                                "16.0",
	"softwareupdate.beta-enrollment":                     "18.0",
	"softwareupdate.failure-reason":                      "17.0",
	"softwareupdate.install-reason":                      "17.0",
	"softwareupdate.install-state":                       "17.0",
	"softwareupdate.pending-version":                     "17.0",
}
