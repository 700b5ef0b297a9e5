package sim

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The hosts the played Apple answers for.
const (
	hostEnrolment = "mdmenrollment.apple.com"
	hostSoftware  = "gdmf.apple.com"
	hostEscrow    = "deviceservices-external.apple.com"
	hostStore     = "vpp.itunes.apple.com"
	hostLookup    = "uclient-api.itunes.apple.com"
)

// ErrUnknownHost says that a request was not for Apple. Whoever gets it has built a way out that should not exist.
var ErrUnknownHost = errors.New("sim: unknown host")

// Apple plays Apple. Make it with NewApple or Load.
type Apple struct {
	cfg Config
	pki authorities

	mu      sync.Mutex
	weather Weather
	servers []*Server
	locks   map[string]activationLock // by serial: the organisation-linked Activation Lock
	tokens  map[string]*pushToken     // by hex of the push token
	dice    *dice

	store     map[string]App // by number
	locations []*Location
	storeDice *dice

	fleet *Fleet // whose iPads are woken; nil until NewFleet
}

// activationLock survives an erase; only the right code opens it.
type activationLock struct {
	EscrowKey string // hash of the bypass code, hex
	Message   string
}

// NewApple makes an Apple with authorities of its own. It fails only when the machine has no randomness.
func NewApple(cfg Config) (*Apple, error) {
	cfg = cfg.withDefaults()
	pki, err := newAuthorities(cfg.Now())
	if err != nil {
		return nil, fmt.Errorf("sim: found Apple: %w", err)
	}
	return &Apple{
		cfg:     cfg,
		pki:     pki,
		weather: *cfg.Weather,
		locks:   make(map[string]activationLock),
		tokens:  make(map[string]*pushToken),
		dice:    newDice(cfg.Seed, "apple"),

		store:     make(map[string]App),
		storeDice: newDice(cfg.Seed, "store"),
	}, nil
}

// Weather is the weather at the moment.
func (a *Apple) Weather() Weather {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.weather
}

// SetWeather changes it for Apple and all iPads.
func (a *Apple) SetWeather(w Weather) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.weather = w
}

// RoundTrip answers for Apple's hosts without any network, and for nobody else. It is an http.RoundTripper.
func (a *Apple) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	var h http.HandlerFunc
	switch req.URL.Hostname() {
	case hostEnrolment:
		h = a.serveEnrolment
	case hostSoftware:
		h = a.serveSoftware
	case hostEscrow:
		h = a.serveEscrow
	case hostStore:
		h = a.serveStore
	case hostLookup:
		h = a.serveLookup
	default:
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, fmt.Errorf("%w %q", ErrUnknownHost, req.URL.Hostname())
	}
	if req.URL.Scheme != "https" {
		return nil, fmt.Errorf("sim: Apple speaks only https, not %q", req.URL.Scheme)
	}
	return InProcess(h).RoundTrip(req)
}

// InProcess makes a transport of a handler: the way from a played iPad to a server in the same process.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ h http.Handler }

func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	in := req.Clone(req.Context())
	in.RequestURI = req.URL.RequestURI()
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.RemoteAddr = "127.0.0.1:49152"
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &answer{header: make(http.Header)}
	t.h.ServeHTTP(w, in)
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          io.NopCloser(bytes.NewReader(w.body.Bytes())),
		ContentLength: int64(w.body.Len()),
		Request:       req,
	}, nil
}

// answer collects what a handler writes.
type answer struct {
	header http.Header
	sent   http.Header // as it was when the status went out
	status int
	body   bytes.Buffer
}

func (w *answer) Header() http.Header { return w.header }

func (w *answer) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *answer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// hardware is one model of iPad as Apple sells it. Newest is the last iPadOS it takes.
type hardware struct {
	Product, ModelName, Marketing, Number, Board string
	Newest                                       string
	Capacity                                     float64
}

// models are the iPads schools have, oldest first. Newest bounds what the lookup service offers and what a 403 can demand.
var models = []hardware{
	{"iPad5,3", "iPad", "iPad Air 2", "MGKL2FD/A", "J81AP", "15.8", 64},
	{"iPad7,5", "iPad", "iPad (6. Generation)", "MR7F2FD/A", "J71bAP", "17.7", 32},
	{"iPad7,11", "iPad", "iPad (7. Generation)", "MW742FD/A", "J171AP", "18.7", 32},
	{"iPad11,6", "iPad", "iPad (8. Generation)", "MYL92FD/A", "J171aAP", "26.4", 32},
	{"iPad12,1", "iPad", "iPad (9. Generation)", "MK2K3FD/A", "J181AP", "26.4", 64},
	{"iPad13,18", "iPad", "iPad (10. Generation)", "MPQ03FD/A", "J271AP", "26.4", 64},
	{"iPad13,16", "iPad", "iPad Air (5. Generation)", "MM9C3FD/A", "J407AP", "26.4", 64},
	{"iPad15,7", "iPad", "iPad (A16)", "MD3Y4FD/A", "J481AP", "26.4", 128},
}

func hardwareOf(product string) hardware {
	for _, m := range models {
		if m.Product == product {
			return m
		}
	}
	return hardware{product, "iPad", "iPad", "MK2K3FD/A", "J000AP", releases[len(releases)-1].Version, 64}
}

// release is one version of iPadOS.
type release struct{ Version, Build string }

var releases = []release{
	{"15.8", "19H370"}, {"16.7", "20H18"}, {"17.6", "21G80"}, {"17.7", "21H16"}, {"18.3", "22D63"}, {"18.5", "22F76"},
	{"18.6", "22G86"}, {"18.7", "22H20"}, {"26.0", "23A341"}, {"26.1", "23B85"}, {"26.2", "23C55"}, {"26.3", "23D127"}, {"26.4", "23E246"},
}

func buildOf(version string) string {
	for _, r := range releases {
		if r.Version == version {
			return r.Build
		}
	}
	return "23Z" + strings.ReplaceAll(version, ".", "")
}

// offered tells whether Apple offers a version for a model, which a demanded update must be.
func offered(m hardware, version string) bool {
	for _, r := range releases {
		if r.Version == version {
			return !olderThan(m.Newest, version) && !olderThan(version, "17.0")
		}
	}
	return false
}

// serveSoftware is the lookup service: GET /v2/pmv.
func (a *Apple) serveSoftware(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/v2/pmv" {
		http.NotFound(w, r)
		return
	}
	type asset struct {
		ProductVersion   string
		Build            string
		PostingDate      string
		ExpirationDate   string
		SupportedDevices []string
	}
	today := a.cfg.Now()
	var assets []asset
	for n, rel := range releases {
		var devices []string
		for _, m := range models {
			if offered(m, rel.Version) {
				devices = append(devices, m.Product)
			}
		}
		if devices == nil {
			continue
		}
		age := len(releases) - n
		assets = append(assets, asset{
			rel.Version, rel.Build,
			today.AddDate(0, 0, -14*age).Format(time.DateOnly), today.AddDate(0, 0, 180-14*age).Format(time.DateOnly), devices,
		})
	}
	sets := map[string]any{"iOS": assets, "macOS": []asset{}, "visionOS": []asset{}}
	writeJSON(w, http.StatusOK, map[string]any{
		"AssetSets": sets, "PublicAssetSets": sets,
		"PublicBackgroundSecurityImprovements": map[string]any{"iOS": []asset{}, "macOS": []asset{}},
	})
}

// serveEscrow removes an Activation Lock against the bypass code. The client certificate that Apple demands here (the MDM push
// certificate) is a matter of TLS, which this road does not have.
func (a *Apple) serveEscrow(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/deviceservicesworkers/escrowKeyUnlock" {
		http.NotFound(w, r)
		return
	}
	if a.dice.happens(a.Weather().UnlockUnavailable) {
		http.Error(w, "SERVICE_UNAVAILABLE", http.StatusServiceUnavailable)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "INVALID_REQUEST", http.StatusBadRequest)
		return
	}
	serial, code := r.URL.Query().Get("serial"), r.PostForm.Get("escrowKey")
	if serial == "" || r.URL.Query().Get("productType") == "" || r.PostForm.Get("orgName") == "" || r.PostForm.Get("guid") == "" || code == "" {
		http.Error(w, "MISSING_PARAMETER", http.StatusBadRequest)
		return
	}
	hash, err := hashOfBypassCode(code)
	if err != nil {
		http.Error(w, "INVALID_ESCROW_KEY", http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	lock, locked := a.locks[serial]
	right := locked && lock.EscrowKey == hash
	if right {
		delete(a.locks, serial)
	}
	fleet := a.fleet
	a.mu.Unlock()
	switch {
	case !locked:
		http.Error(w, "DEVICE_NOT_LOCKED", http.StatusNotFound)
		return
	case !right:
		http.Error(w, "INVALID_ESCROW_KEY", http.StatusForbidden)
		return
	}
	if fleet != nil {
		fleet.unlocked(serial)
	}
	writeJSON(w, http.StatusOK, map[string]string{"code": "200", "message": "OK"})
}

func (a *Apple) activationLocked(serial string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, locked := a.locks[serial]
	return locked
}

// bypassAlphabet leaves out B, I, O and S, which people misread.
const bypassAlphabet = "0123456789ACDEFGHJKLMNPQRTUVWXYZ"

// bypassCode is the human form of sixteen bytes; the last symbol holds the remaining three bits right-aligned.
func bypassCode(raw [16]byte) string {
	var out strings.Builder
	bits, have := uint(0), 0
	put := func(v uint) {
		switch out.Len() {
		case 5, 11, 16, 21, 26:
			out.WriteByte('-')
		}
		out.WriteByte(bypassAlphabet[v&31])
	}
	for _, b := range raw {
		bits, have = bits<<8|uint(b), have+8
		for have >= 5 {
			have -= 5
			put(bits >> have)
		}
		bits &= 1<<have - 1
	}
	put(bits)
	return out.String()
}

// hashOfBypassCode reads the human form and makes what Apple stores.
func hashOfBypassCode(code string) (string, error) {
	symbols := strings.ReplaceAll(strings.ToUpper(code), "-", "")
	if len(symbols) != 26 {
		return "", fmt.Errorf("sim: a bypass code has 26 symbols, not %d", len(symbols))
	}
	var raw []byte
	bits, have := uint(0), 0
	for n, s := range symbols {
		v := strings.IndexRune(bypassAlphabet, s)
		if v < 0 {
			return "", fmt.Errorf("sim: no symbol of a bypass code at %d", n)
		}
		width := 5
		if n == 25 {
			if width = 3; v > 7 {
				return "", errors.New("sim: the last symbol of a bypass code holds three bits")
			}
		}
		bits, have = bits<<width|uint(v), have+width
		for have >= 8 {
			have -= 8
			raw = append(raw, byte(bits>>have))
		}
		bits &= 1<<have - 1
	}
	hash, err := pbkdf2.Key(sha256.New, string(raw), make([]byte, 4), 50_000, 32)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(hash), nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF8")
	w.WriteHeader(status)
	w.Write(b)
}
