package sim

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/smallstep/pkcs7"
)

// Server is one "MDM server" a Schulträger has made in Apple School Manager: a token and a list of devices. All fields are
// guarded by the lock of its Apple.
type Server struct {
	apple *Apple

	name, org string
	uuid      string
	token     oauthToken
	terms     bool // the newest terms are not signed
	business  bool // of Apple Business Manager; a fact of tests, and not kept
	nonces    map[string]time.Time
	sessions  map[string]time.Time

	devices  map[string]*listed
	order    []string // serials in order of arrival, gone ones included
	changes  []change
	profiles map[string]json.RawMessage // ADE profiles by UUID; immutable
	dice     *dice
}

// oauthToken is the inside of a token file.
type oauthToken struct {
	ConsumerKey    string    `json:"consumer_key"`
	ConsumerSecret string    `json:"consumer_secret"`
	AccessToken    string    `json:"access_token"`
	AccessSecret   string    `json:"access_secret"`
	Expiry         time.Time `json:"access_token_expiry"`
}

// listed is a device in the list of a server.
type listed struct {
	Seq         int // place in order
	Spec        Spec
	Gone        bool
	Status      string // of its profile: empty, assigned, pushed, removed
	Profile     string // UUID
	AssignedAt  time.Time
	PushedAt    time.Time
	DeliveredAt time.Time
	Deadline    time.Time // of a migration to another MDM service
}

// change is one line of the log that /devices/sync reads.
type change struct {
	Serial string
	Op     string // added, modified, deleted
	At     time.Time
}

// AddServer makes a server entry, as an administrator does in Apple School Manager.
func (a *Apple) AddServer(name, orgName string) *Server {
	a.mu.Lock()
	defer a.mu.Unlock()
	d := newDice(a.cfg.Seed, fmt.Sprintf("server %d %s", len(a.servers), name))
	s := &Server{
		apple: a, name: name, org: orgName, uuid: strings.ReplaceAll(d.uuid(), "-", ""),
		nonces: make(map[string]time.Time), sessions: make(map[string]time.Time),
		devices: make(map[string]*listed), profiles: make(map[string]json.RawMessage), dice: d,
	}
	a.servers = append(a.servers, s)
	return s
}

// Servers are the entries in the order they were made.
func (a *Apple) Servers() []*Server {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]*Server(nil), a.servers...)
}

// Name is the name the administrator gave.
func (s *Server) Name() string { return s.name }

// UUID stays the same when the token is renewed.
func (s *Server) UUID() string { return s.uuid }

// Token makes the file <name>_Token_<date>_smime.p7m for the holder of the certificate in publicKeyPEM. Every call makes a new
// token, valid for a year, and ends the one before.
func (s *Server) Token(publicKeyPEM []byte) ([]byte, error) {
	block, _ := pem.Decode(publicKeyPEM)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("sim: Apple School Manager takes a certificate in PEM form as public key")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("sim: read the uploaded public key: %w", err)
	}
	a := s.apple
	a.mu.Lock()
	s.token = oauthToken{
		ConsumerKey:    "CK_" + hex.EncodeToString(s.dice.bytes(24)),
		ConsumerSecret: "CS_" + hex.EncodeToString(s.dice.bytes(20)),
		AccessToken:    "AT_" + base64.RawURLEncoding.EncodeToString(s.dice.bytes(30)),
		AccessSecret:   "AS_" + hex.EncodeToString(s.dice.bytes(20)),
		Expiry:         a.cfg.Now().AddDate(1, 0, 0).UTC().Truncate(time.Second),
	}
	clear(s.sessions)
	token, err := json.Marshal(s.token)
	a.mu.Unlock()
	if err != nil {
		return nil, err
	}
	inner := "Content-Type: text/plain;charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" +
		"-----BEGIN MESSAGE-----\r\n" + string(token) + "\r\n-----END MESSAGE-----\r\n"
	sealed, err := pkcs7.Encrypt([]byte(inner), []*x509.Certificate{cert})
	if err != nil {
		return nil, fmt.Errorf("sim: seal the token: %w", err)
	}
	var out strings.Builder
	out.WriteString("Content-Type: application/pkcs7-mime; name=\"smime.p7m\"; smime-type=enveloped-data\r\n" +
		"Content-Transfer-Encoding: base64\r\n" +
		"Content-Disposition: attachment; filename=\"smime.p7m\"\r\n" +
		"Content-Description: S/MIME Encrypted Message\r\n\r\n")
	text := base64.StdEncoding.EncodeToString(sealed)
	for len(text) > 76 {
		out.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	out.WriteString(text + "\r\n")
	return []byte(out.String()), nil
}

// RevokeToken ends the token, as a change of the password of its maker does.
func (s *Server) RevokeToken() {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	s.token = oauthToken{}
	clear(s.sessions)
}

// SetTermsSigned switches T_C_NOT_SIGNED off and on.
func (s *Server) SetTermsSigned(signed bool) {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	s.terms = !signed
}

// SetBusiness makes the organisation one of Apple Business Manager instead of Apple School Manager.
func (s *Server) SetBusiness(business bool) {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	s.business = business
}

// Deliver puts devices on the list, as a purchase or an assignment in Apple School Manager does. A device is on one list only:
// it leaves the one it was on.
func (s *Server) Deliver(devices ...Spec) {
	a := s.apple
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, spec := range devices {
		for _, other := range a.servers {
			if d := other.devices[spec.Serial]; other != s && d != nil && !d.Gone {
				other.remove(spec.Serial)
			}
		}
		if d := s.devices[spec.Serial]; d != nil && !d.Gone {
			continue
		}
		s.devices[spec.Serial] = &listed{Seq: len(s.order), Spec: spec, Status: "empty", DeliveredAt: a.cfg.Now()}
		s.order = append(s.order, spec.Serial)
		s.log(spec.Serial, "added")
	}
}

// Remove takes a device off the list.
func (s *Server) Remove(serial string) {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	if d := s.devices[serial]; d != nil && !d.Gone {
		s.remove(serial)
	}
}

// SetMigrationDeadline is what an administrator sets who moves a device to this server from another one.
func (s *Server) SetMigrationDeadline(serial string, by time.Time) {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	if d := s.devices[serial]; d != nil && !d.Gone {
		d.Deadline = by
		s.log(serial, "modified")
	}
}

// Profile returns what the server has assigned to a serial.
func (s *Server) Profile(serial string) (uuid, status string, profile json.RawMessage) {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	d := s.devices[serial]
	if d == nil || d.Gone {
		return "", "", nil
	}
	return d.Profile, d.Status, s.profiles[d.Profile]
}

func (s *Server) remove(serial string) {
	d := s.devices[serial]
	d.Gone, d.Profile, d.Status = true, "", "removed"
	s.log(serial, "deleted")
}

func (s *Server) log(serial, op string) {
	s.changes = append(s.changes, change{Serial: serial, Op: op, At: s.apple.cfg.Now()})
}

// adeProfile is what a device in Setup Assistant gets from Apple; asking for it counts as "pushed".
func (a *Apple) adeProfile(serial string) (*adeProfile, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.servers {
		d := s.devices[serial]
		if d == nil || d.Gone || d.Profile == "" {
			continue
		}
		var p adeProfile
		if err := json.Unmarshal(s.profiles[d.Profile], &p); err != nil {
			continue
		}
		if d.Status != "pushed" {
			d.Status, d.PushedAt = "pushed", a.cfg.Now()
			s.log(serial, "modified")
		}
		return &p, true
	}
	return nil, false
}

// adeProfile holds the keys of an ADE profile that an iPad acts on.
type adeProfile struct {
	Name                  string   `json:"profile_name"`
	URL                   string   `json:"url"`
	ConfigurationWebURL   string   `json:"configuration_web_url"`
	IsMDMRemovable        *bool    `json:"is_mdm_removable"`
	AwaitDeviceConfigured bool     `json:"await_device_configured"`
	SkipSetupItems        []string `json:"skip_setup_items"`
}
