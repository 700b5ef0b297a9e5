package bench

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/micromdm/plist"
	"github.com/smallstep/pkcs7"

	"ranzen/store/school"
)

// base is the address that stands in profiles and declarations; the iPads here are led elsewhere.
const base = "https://mdm.referenzstadt.example"

// What all iPads here are.
const (
	product = "iPad12,1"
	osBuild = "23A000"
)

// device is an iPad reduced to what it says on the wire. Its key is P-256, as ACME gives it and as the cheapest client needs it.
type device struct {
	serial, udid, magic string
	os                  string
	id                  school.DeviceID
	class               school.ClassID         // in whose lessons it is; may be empty
	tickets             tls.ClientSessionCache // of its TLS sessions; nil: it keeps none
	token               []byte
	key                 *ecdsa.PrivateKey
	cert                *x509.Certificate
	enrollment          school.EnrollmentID

	profiles   []installed
	idle       []byte // the body of an Idle
	idleHeader string // its Mdm-Signature
}

// issuer signs the certificates of all iPads. The server binds a certificate by its hash, so this need not be the authority's CA.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer() (*issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Referenzstadt"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	cert, err := certify(t, t, key.Public(), key)
	return &issuer{cert, key}, err
}

func certify(t, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// equip gives an iPad its names, key, certificate and the Idle it will send, signed before the clock starts.
func (i *issuer) equip(d *device, now time.Time) (err error) {
	if d.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return err
	}
	d.udid, d.magic, d.token = uuid.NewString(), uuid.NewString(), make([]byte, 32)
	rand.Read(d.token)
	serial := new(big.Int).SetBytes(d.token[:16])
	d.cert, err = certify(&x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: d.udid}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, i.cert, d.key.Public(), i.key)
	if err != nil {
		return err
	}
	d.idle = dict("Status", "Idle", "UDID", d.udid)
	d.idleHeader, err = d.sign(d.idle)
	return err
}

func (d *device) sign(body []byte) (string, error) {
	s, err := pkcs7.NewSignedData(body)
	if err != nil {
		return "", err
	}
	s.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := s.AddSigner(d.cert, d.key, pkcs7.SignerInfoConfig{}); err != nil {
		return "", err
	}
	s.Detach()
	der, err := s.Finish()
	return base64.StdEncoding.EncodeToString(der), err
}

// dict writes a property list of strings; nothing in it needs escaping.
func dict(pairs ...string) []byte {
	b := bytes.NewBufferString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">` + "\n" + `<plist version="1.0"><dict>`)
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(b, "<key>%s</key>", pairs[i])
		if v := pairs[i+1]; len(v) > 0 && v[0] == '<' {
			b.WriteString(v)
		} else {
			b.WriteString("<string>" + v + "</string>")
		}
	}
	b.WriteString("</dict></plist>\n")
	return b.Bytes()
}

// say sends one message and returns the answer.
func (d *device) say(ctx context.Context, c *http.Client, url string, body []byte, signature string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Mdm-Signature", signature)
	r.Header.Set("Content-Type", "application/x-apple-aspen-mdm")
	if bytes.Contains(body, []byte("<key>MessageType</key>")) {
		r.Header.Set("Content-Type", "application/x-apple-aspen-mdm-checkin")
	}
	res, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = &refused{status: res.StatusCode, body: string(answer[:min(len(answer), 200)])}
	}
	return answer, err
}

func (d *device) beIdle(ctx context.Context, c *http.Client, url string) ([]byte, error) {
	return d.say(ctx, c, url, d.idle, d.idleHeader)
}

// answer reports on a command and returns the next one.
func (d *device) answer(ctx context.Context, c *http.Client, url string, pairs ...string) ([]byte, error) {
	body := dict(append([]string{"UDID", d.udid}, pairs...)...)
	signature, err := d.sign(body)
	if err != nil {
		return nil, err
	}
	return d.say(ctx, c, url, body, signature)
}

// enrol is Authenticate and TokenUpdate.
func (d *device) enrol(ctx context.Context, c *http.Client, url string) error {
	if _, err := d.answer(ctx, c, url, "MessageType", "Authenticate", "Topic", topic, "SerialNumber", d.serial, "Model", "iPad", "ProductName", product, "OSVersion", d.os,
		"BuildVersion", osBuild, "DeviceName", "iPad"); err != nil {
		return err
	}
	_, err := d.answer(ctx, c, url, "MessageType", "TokenUpdate", "Topic", topic, "PushMagic", d.magic, "Token", "<data>"+base64.StdEncoding.EncodeToString(d.token)+"</data>",
		"AwaitingConfiguration", "<false/>")
	return err
}

// between finds the text between two marks of a command: enough for messages of known shape.
func between(b []byte, before, after string) string {
	_, rest, ok := bytes.Cut(b, []byte(before))
	if !ok {
		return ""
	}
	v, _, _ := bytes.Cut(rest, []byte(after))
	return string(v)
}

// valueOf is the text of a key.
func valueOf(b []byte, key string) string {
	v := between(b, "<key>"+key+"</key>", "</string>")
	return v[strings.LastIndexByte(v, '>')+1:]
}

func commandOf(b []byte) (id, kind string) {
	return valueOf(b, "CommandUUID"), valueOf(b, "RequestType")
}

// obey runs one session: what is asked is done and reported until there is nothing more, at most limit commands. It returns how
// many commands were carried out. With list, a ProfileList is answered too; without, the iPad falls asleep when it is asked for one.
func (d *device) obey(ctx context.Context, c *http.Client, url string, list bool, limit int) (done int, err error) {
	asleep := "ProfileList"
	if list {
		asleep = ""
	}
	return d.session(ctx, c, url, asleep, limit, func(string) {})
}

// session is obey of an iPad that falls asleep when it is given a command of a kind, and with somebody who hears which it is given.
func (d *device) session(ctx context.Context, c *http.Client, url, asleep string, limit int, heard func(kind string)) (done int, err error) {
	b, err := d.beIdle(ctx, c, url)
	for err == nil && len(b) > 0 && done < limit {
		id, kind := commandOf(b)
		heard(kind)
		if kind == asleep {
			return done, nil
		}
		result := []string{"Status", "Acknowledged", "CommandUUID", id}
		switch kind {
		case "InstallProfile":
			d.remember(b)
		case "RemoveProfile":
			d.forget(valueOf(b, "Identifier"))
		case "ProfileList":
			result = append(result, "ProfileList", d.profileList())
		case "DeviceInformation":
			result = append(result, "QueryResponses", d.information())
		}
		b, err = d.answer(ctx, c, url, result...)
		done++
	}
	return done, err
}

// installed is a profile as ProfileList names it.
type installed struct{ identifier, uuid string }

// payloads remembers what was in a payload that many iPads get, so that the client does not read it 28,000 times.
var payloads sync.Map // payload text -> installed

func (d *device) remember(command []byte) {
	payload := between(command, "<data>", "</data>")
	v, ok := payloads.Load(payload)
	if !ok {
		p, err := readProfile(payload)
		if err != nil {
			return // not ours to judge: it will be missing in the list
		}
		v, _ = payloads.LoadOrStore(payload, p)
	}
	d.has(v.(installed))
}

func (d *device) has(p installed) {
	for i, x := range d.profiles {
		if x.identifier == p.identifier {
			d.profiles[i] = p
			return
		}
	}
	d.profiles = append(d.profiles, p)
}

func (d *device) forget(identifier string) {
	d.profiles = slices.DeleteFunc(d.profiles, func(p installed) bool { return p.identifier == identifier })
}

// information is what an iPad says of itself when it is asked: a part of it.
func (d *device) information() string {
	return "<dict><key>UDID</key><string>" + d.udid + "</string><key>SerialNumber</key><string>" + d.serial + "</string><key>OSVersion</key><string>" + d.os +
		"</string><key>BuildVersion</key><string>" + osBuild + "</string><key>ProductName</key><string>" + product + "</string><key>ModelName</key><string>iPad</string>" +
		"<key>DeviceName</key><string>iPad</string><key>IsSupervised</key><true/><key>BatteryLevel</key><real>0.8</real><key>DeviceCapacity</key><real>64</real>" +
		"<key>AvailableDeviceCapacity</key><real>41.5</real></dict>"
}

func readProfile(payload string) (p installed, err error) {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(payload), ""))
	if err != nil {
		return p, err
	}
	if signed, err := pkcs7.Parse(der); err == nil {
		der = signed.Content
	}
	var top struct{ PayloadIdentifier, PayloadUUID string }
	err = plist.Unmarshal(der, &top)
	return installed{top.PayloadIdentifier, top.PayloadUUID}, err
}

func (d *device) profileList() string {
	var b strings.Builder
	b.WriteString("<array>")
	for _, p := range d.profiles {
		b.WriteString("<dict><key>PayloadIdentifier</key><string>" + p.identifier + "</string><key>PayloadUUID</key><string>" + p.uuid + "</string><key>IsManaged</key><true/></dict>")
	}
	b.WriteString("</array>")
	return b.String()
}
