package sim

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The played App Store: what is for sale, what the locations of Apple School Manager have bought, and who holds which licence.

// App is something the store sells.
type App struct {
	AdamID   string // the number of its product page
	BundleID string // empty for a book
	Name     string
	Seller   string
	Version  string
	// MinimumOS is the first iPadOS it runs on, Size what it takes on an iPad, in bytes.
	MinimumOS string
	Size      int64
	Platforms []string // "iOS" when empty
	Book      bool
	Custom    bool // made for one organisation: the public lookup does not know it
	UserOnly  bool // its licences cannot be given to devices
}

// Offer puts apps into the store, or changes what it sells under their numbers.
func (a *Apple) Offer(apps ...App) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, app := range apps {
		if app.Platforms == nil {
			app.Platforms = []string{"iOS"}
		}
		a.store[app.AdamID] = app
	}
}

// Location is a location in Apple School Manager: it buys licences, and its content token lets a server give them out. All fields
// are guarded by the lock of its Apple.
type Location struct {
	apple *Apple

	Name, Org, UID string
	Secret         string // inside the token
	Expiry         time.Time
	Revoked        bool
	MDM            *mdmInfo
	Notify         notify
	Order          []string // of what it owns, by number
	Assets         map[string]*holdings
	Events         map[string]*storeEvent
	Waiting        []string // events in order of arrival
	Dice           *dice
	Told           []Notice // of what nobody was told yet
}

// holdings is how many licences of one thing a location has, and who holds them.
type holdings struct {
	Total int
	Held  map[string]bool // by serial
	Users map[string]bool // by clientUserId
}

func (h *holdings) free() int { return h.Total - len(h.Held) - len(h.Users) }

// mdmInfo is whose the location is: the server that said so last.
type mdmInfo struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Metadata string `json:"metadata"`
}

type notify struct {
	URL, Token string
	Types      []string
}

// AddLocation makes a location with a token that is good for a year.
func (a *Apple) AddLocation(name, org string) *Location {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := newDice(a.cfg.Seed, fmt.Sprintf("location %d %s", len(a.locations), name))
	l := &Location{apple: a, Name: name, Org: org, UID: fmt.Sprintf("20490250%08d", d.below(1e8)), Dice: d,
		Assets: map[string]*holdings{}, Events: map[string]*storeEvent{}}
	l.renew()
	a.locations = append(a.locations, l)
	return l
}

// Locations are those that were made, in order.
func (a *Apple) Locations() []*Location {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.locations)
}

func (l *Location) renew() {
	l.Secret, l.Revoked = base64.StdEncoding.EncodeToString(l.Dice.bytes(48)), false
	l.Expiry = l.apple.cfg.Now().AddDate(1, 0, 0).UTC().Truncate(time.Second)
}

// appleDate is how Apple writes times in tokens and answers of this service.
const appleDate = "2006-01-02T15:04:05-0700"

// Token is the file <organisation>_<location>.vpptoken as it is downloaded.
func (l *Location) Token() []byte {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	return []byte(l.bearer())
}

func (l *Location) bearer() string {
	inner, err := json.Marshal(map[string]string{"token": l.Secret, "expDate": l.Expiry.Format(appleDate), "orgName": l.Org})
	if err != nil { // three texts
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(inner)
}

// Renew makes a new token and ends the one before.
func (l *Location) Renew() []byte {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.renew()
	return []byte(l.bearer())
}

// Revoke ends the token, as a change of the password of its maker does.
func (l *Location) Revoke() {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.Revoked = true
}

// Buy buys licences; fewer than none gives some back, those in use excepted.
func (l *Location) Buy(adamID string, n int) {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	h := l.Assets[adamID]
	if h == nil {
		h = &holdings{Held: map[string]bool{}, Users: map[string]bool{}}
		l.Assets[adamID] = h
		l.Order = append(l.Order, adamID)
	}
	h.Total += max(n, -h.free())
	l.notice("ASSET_COUNT", map[string]any{"adamId": adamID, "pricingParam": "STDQ", "countDelta": n})
}

// Give assigns licences behind the server's back, as another server with the same token does.
func (l *Location) Give(adamID string, serials ...string) {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	for _, s := range serials {
		if h := l.Assets[adamID]; h != nil && h.free() > 0 {
			h.Held[s] = true
		}
	}
}

// Claim is another server saying that the location is its own.
func (l *Location) Claim(id, name string) {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.MDM = &mdmInfo{ID: id, Name: name}
}

// Counts says how many licences of a thing the location has, and how many of them are in use.
func (l *Location) Counts(adamID string) (total, used int) {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.work()
	h := l.Assets[adamID]
	if h == nil {
		return 0, 0
	}
	return h.Total, len(h.Held) + len(h.Users)
}

// Holders are the serials that hold a licence, sorted.
func (l *Location) Holders(adamID string) []string {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.work()
	var out []string
	if h := l.Assets[adamID]; h != nil {
		for s := range h.Held {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// licensed reports whether a device may load an app, and what is known of the app.
func (a *Apple) licensed(adamID, serial string) (app App, known, licensed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	app, known = a.store[adamID]
	for _, l := range a.locations {
		l.work()
		if h := l.Assets[adamID]; h != nil && h.Held[serial] {
			licensed = true
		}
	}
	return app, known, licensed
}

// byBundle finds what a bundle identifier stands for.
func (a *Apple) byBundle(bundle string) (App, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, app := range a.store {
		if app.BundleID == bundle && bundle != "" {
			return app, true
		}
	}
	return App{}, false
}

// serveLookup is the lookup of names, versions and sizes that service/config names contentMetadataLookup. The cookie itvt with a
// token shows custom apps of its location.
// Apple: "Getting app and book information (Legacy)".
func (a *Apple) serveLookup(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/WebObjects/MZStorePlatform.woa/wa/lookup" {
		http.NotFound(w, r)
		return
	}
	q := r.URL.Query()
	if q.Get("p") != "mdm-lockup" || q.Get("caller") != "MDM" || q.Get("cc") == "" || q.Get("platform") == "" {
		http.Error(w, "missing parameter", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	var owner *Location
	if c, err := r.Cookie("itvt"); err == nil {
		owner = a.locationOf(c.Value)
	}
	results := map[string]any{}
	for _, id := range strings.Split(q.Get("id"), ",") {
		app, ok := a.store[id]
		if !ok || app.Custom && (owner == nil || owner.Assets[id] == nil) {
			continue
		}
		entry := map[string]any{"id": app.AdamID, "name": app.Name, "artistName": app.Seller, "kind": "iosSoftware", "bundleId": app.BundleID,
			"minimumOSVersion": app.MinimumOS, "deviceFamilies": []string{"ipad", "iphone"},
			"offers": []any{map[string]any{"version": map[string]any{"display": app.Version, "externalId": evid(app)},
				"assets": []any{map[string]any{"flavor": "iosSoftware", "size": app.Size}}}}}
		if app.Book {
			entry["kind"] = "epubBook"
			delete(entry, "bundleId")
			delete(entry, "minimumOSVersion")
		}
		results[id] = entry
	}
	writeJSON(w, http.StatusOK, map[string]any{"results": results, "version": 2})
}

// evid is the number of a version, the same for equal versions.
func evid(app App) int64 {
	h := derive(0, app.AdamID, app.Version)
	return int64(h[0])<<16 | int64(h[1])<<8 | int64(h[2]) | 1<<25
}
