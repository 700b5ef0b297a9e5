package ca

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/smallstep/pkcs7"
)

const machineInfoPlist = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>IMEI</key><string>35 000000 000000 0</string>
<key>LANGUAGE</key><string>de-DE</string>
<key>MDM_CAN_REQUEST_SOFTWARE_UPDATE</key><true/>
<key>OS_VERSION</key><string>18.6.1</string>
<key>PAIRING_TOKEN</key><data>AQID</data>
<key>PRODUCT</key><string>iPad13,18</string>
<key>SERIAL</key><string>DMPX00TEST01</string>
<key>SOFTWARE_UPDATE_DEVICE_ID</key><string>J271AP</string>
<key>UDID</key><string>00008101-000A11111111001E</string>
<key>VERSION</key><string>22G90</string>
</dict></plist>
`

// playedApple is a device CA with a device, as Apple's are: RSA-1024, SHA-1, both long expired.
type playedApple struct {
	anchors Anchors
	caKey   *rsa.PrivateKey
	key     *rsa.PrivateKey
	device  *x509.Certificate
}

func expired(c *x509.Certificate) {
	c.SignatureAlgorithm = x509.SHA1WithRSA
	c.NotBefore = time.Date(2007, 4, 16, 0, 0, 0, 0, time.UTC)
	c.NotAfter = time.Date(2014, 4, 16, 0, 0, 0, 0, time.UTC)
}

func asCA(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		expired(c)
		c.Subject = pkix.Name{CommonName: name}
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}
}

func newPlayedApple(t testing.TB) playedApple {
	p := playedApple{caKey: rsaKey(1024), key: rsaKey(1024)}
	root := timelessCert(t, p.caKey, nil, nil, asCA("Played Device CA"))
	p.anchors = Anchors{root}
	p.device = timelessCert(t, p.key, root, p.caKey, expired)
	return p
}

func (p playedApple) sign(t testing.TB, content string) []byte {
	return signAs(t, content, p.device, p.key)
}

// signAs signs as iPads do: SHA-1, no signed attributes.
func signAs(t testing.TB, content string, cert *x509.Certificate, key crypto.PrivateKey, along ...*x509.Certificate) []byte {
	t.Helper()
	sd, err := pkcs7.NewSignedData([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA1)
	if err := sd.SignWithoutAttr(cert, key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range along {
		sd.AddCertificate(c)
	}
	out, err := sd.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMachineInfo(t *testing.T) {
	p := newPlayedApple(t)
	want := MachineInfo{
		UDID: "00008101-000A11111111001E", Serial: "DMPX00TEST01", Product: "iPad13,18", Build: "22G90", OSVersion: "18.6.1",
		IMEI: "35 000000 000000 0", Language: "de-DE", CanRequestSoftwareUpdate: true, SoftwareUpdateDeviceID: "J271AP",
		PairingToken: []byte{1, 2, 3},
	}
	modern, err := signCMS([]byte(machineInfoPlist), p.device, p.key, []*x509.Certificate{p.device}, now)
	if err != nil {
		t.Fatal(err)
	}
	middleKey := rsaKey(1024)
	middle := timelessCert(t, middleKey, p.anchors[0], p.caKey, asCA("Played intermediate"))
	below := timelessCert(t, p.key, middle, middleKey, expired)

	for name, body := range map[string][]byte{
		"as iPads sign":                      p.sign(t, machineInfoPlist),
		"SHA-256 and a signing time":         modern,
		"through an intermediate":            signAs(t, machineInfoPlist, below, p.key, middle),
		"BER of indefinite length (openssl)": streamed(t, p),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseMachineInfo(body, p.anchors)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// streamed has openssl write the message the way Apple's encoder does.
func streamed(t *testing.T, p playedApple) []byte {
	dir := t.TempDir()
	file := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	openssl(t, "cms", "-sign", "-nodetach", "-stream", "-binary", "-md", "sha1", "-noattr", "-outform", "DER",
		"-in", file("in", []byte(machineInfoPlist)),
		"-signer", file("cert", pem.EncodeToMemory(&pem.Block{Type: pemCertificate, Bytes: p.device.Raw})),
		"-inkey", file("key", pem.EncodeToMemory(&pem.Block{Type: pemPrivateKey, Bytes: keyDER})),
		"-out", out)
	body, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if body[1] != 0x80 {
		t.Fatalf("openssl wrote a definite length: % x", body[:4])
	}
	return body
}

func TestMachineInfoRefusals(t *testing.T) {
	p, stranger := newPlayedApple(t), newPlayedApple(t)
	with := func(old, new string) []byte { return p.sign(t, strings.Replace(machineInfoPlist, old, new, 1)) }
	tampered := bytes.Replace(p.sign(t, machineInfoPlist), []byte("DMPX00TEST01"), []byte("DMPX00TEST02"), 1)

	// A genuine device posing as a CA, and a developer below the same root: neither speaks for devices.
	forgedKey := rsaKey(1024)
	byDevice := timelessCert(t, forgedKey, p.device, p.key, expired)
	rootKey := rsaKey(1024)
	root := timelessCert(t, rootKey, nil, nil, asCA("Played Root CA"))
	developers := timelessCert(t, rsaKey(1024), root, rootKey, asCA("Played Developer CA"))
	developer := timelessCert(t, forgedKey, root, rootKey, expired)
	impostor := timelessCert(t, forgedKey, nil, nil, asCA("Played Device CA"))
	byImpostor := timelessCert(t, forgedKey, impostor, forgedKey, expired)
	noPath := timelessCert(t, rootKey, p.anchors[0], p.caKey, func(c *x509.Certificate) {
		asCA("No CA below")(c)
		c.MaxPathLenZero = true
	})
	secondKey := rsaKey(1024)
	second := timelessCert(t, secondKey, noPath, rootKey, asCA("Second"))
	tooDeep := timelessCert(t, forgedKey, second, secondKey, expired)

	two, err := pkcs7.NewSignedData([]byte(machineInfoPlist))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := two.SignWithoutAttr(p.device, p.key, pkcs7.SignerInfoConfig{}); err != nil {
			t.Fatal(err)
		}
	}
	twoSigners, err := two.Finish()
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := hex.DecodeString("62706c697374303000000000000000000000000000000000000000000000000000000000000000000000000000000000")
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name string
		body []byte
		want error
	}{
		{"nothing", nil, ErrMalformed},
		{"unsigned", []byte(machineInfoPlist), ErrMalformed},
		{"too big", make([]byte, maxMessage+1), ErrMalformed},
		{"tampered", tampered, ErrUntrusted},
		{"device of a stranger", stranger.sign(t, machineInfoPlist), ErrUntrusted},
		{"signed by a device's own CA", signAs(t, machineInfoPlist, byDevice, forgedKey, p.device), ErrUntrusted},
		{"signed by a developer", signAs(t, machineInfoPlist, developer, forgedKey, developers, root), ErrUntrusted},
		{"CA of the same name", signAs(t, machineInfoPlist, byImpostor, forgedKey, impostor), ErrUntrusted},
		{"path too long", signAs(t, machineInfoPlist, tooDeep, forgedKey, noPath, second), ErrUntrusted},
		{"two signers", twoSigners, ErrMalformed},
		{"binary plist", p.sign(t, string(bomb)), ErrMalformed},
		{"binary plist after blanks", p.sign(t, "\n "+string(bomb)), ErrMalformed},
		{"nested", p.sign(t, "<plist>"+strings.Repeat("<array>", 70)+strings.Repeat("</array>", 70)+"</plist>"), ErrMalformed},
		{"a list", p.sign(t, "<plist><array/></plist>"), ErrMalformed},
		{"not XML", p.sign(t, "Guten Tag"), ErrMalformed},
		{"no serial", with("<key>SERIAL</key><string>DMPX00TEST01</string>", ""), ErrMalformed},
		{"no UDID", with("<key>UDID</key><string>00008101-000A11111111001E</string>", ""), ErrMalformed},
		{"serial with a path", with("DMPX00TEST01", "../../etc/x"), ErrMalformed},
		{"UDID with a blank", with("00008101-000A", "00008101 000A"), ErrMalformed},
		{"long serial", with("DMPX00TEST01", strings.Repeat("D", 21)), ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseMachineInfo(test.body, p.anchors)
			if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			if !cmp.Equal(got, MachineInfo{}) {
				t.Errorf("an error and yet %+v", got)
			}
		})
	}
	if _, err := ParseMachineInfo(p.sign(t, machineInfoPlist), nil); !errors.Is(err, ErrUntrusted) {
		t.Errorf("without anchors: %v", err)
	}
	if _, err := ParseMachineInfo(p.sign(t, machineInfoPlist), AppleAnchors()); !errors.Is(err, ErrUntrusted) {
		t.Errorf("played Apple against real anchors: %v", err)
	}
}

func TestAppleAnchorIsGenuine(t *testing.T) {
	const rootFingerprint = "b0b1730ecbc7ff4505142c49f1295e6eda6bcaed7e2c68c5be91b5a11001f024"
	data, err := os.ReadFile("testdata/apple-parents.pem")
	if err != nil {
		t.Fatal(err)
	}
	parents, err := ParseAnchors(data)
	if err != nil {
		t.Fatal(err)
	}
	root := parents[0]
	if got := CertHash(root); got != rootFingerprint || root.Subject.CommonName != "Apple Root CA" {
		t.Fatalf("%s has fingerprint %s", root.Subject.CommonName, got)
	}
	anchors := AppleAnchors()
	if len(anchors) != 1 || anchors[0].Subject.CommonName != "Apple iPhone Device CA" {
		t.Fatalf("%d anchors, the first is %s", len(anchors), anchors[0].Subject)
	}
	if err := (Anchors{root}).vouchFor(anchors[0], parents[1:]); err != nil {
		t.Errorf("the device CA does not descend from the Apple Root CA: %v", err)
	}
}

func TestAnchorsMustBeCAs(t *testing.T) {
	p := newPlayedApple(t)
	encode := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	for name, data := range map[string][]byte{
		"nothing":  nil,
		"a device": encode(pemCertificate, p.device.Raw),
		"a key":    encode(pemPrivateKey, []byte("x")),
		"garbage":  encode(pemCertificate, []byte("x")),
	} {
		if _, err := ParseAnchors(data); err == nil {
			t.Errorf("%s passed as anchor", name)
		}
	}
	if _, err := ParseAnchors(encode(pemCertificate, p.anchors[0].Raw)); err != nil {
		t.Error(err)
	}
}

func TestBERBounds(t *testing.T) {
	deep := func(n int) []byte { return append(bytes.Repeat([]byte{0x30, 0x80}, n), make([]byte, 2*n)...) }
	wide := append([]byte{0x30, 0x82, 0x40, 0x00}, bytes.Repeat([]byte{0x05, 0x00}, 0x2000)...)
	for _, test := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"sequence", []byte{0x30, 0x03, 0x02, 0x01, 0x05}, true},
		{"empty sequence", []byte{0x30, 0x00}, true},
		{"primitive", []byte{0x04, 0x01, 0x00}, true},
		{"indefinite", []byte{0x30, 0x80, 0x02, 0x01, 0x05, 0x00, 0x00}, true},
		{"indefinite within definite", []byte{0x30, 0x04, 0x30, 0x80, 0x00, 0x00}, true},
		{"long length", append([]byte{0x04, 0x81, 0x80}, make([]byte, 0x80)...), true},
		{"as deep as allowed", deep(maxDepth), true},
		{"too deep", deep(maxDepth + 1), false},
		{"too many", wide, false},
		{"never ended", []byte{0x30, 0x80, 0x02, 0x01, 0x05}, false},
		{"beyond the data", []byte{0x30, 0x05, 0x02, 0x01, 0x05}, false},
		{"beyond the container", []byte{0x30, 0x03, 0x02, 0x02, 0x05, 0x05}, false},
		{"primitive without length", []byte{0x04, 0x80, 0x00, 0x00}, false},
		{"enormous length", []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x00}, false},
		{"length of five bytes", []byte{0x30, 0x85, 0, 0, 0, 0, 0, 0}, false},
		{"long tag", []byte{0x1f, 0x20, 0x00}, false},
		{"trailing", []byte{0x30, 0x00, 0x00}, false},
		{"one byte", []byte{0x30}, false},
	} {
		if err := checkBER(test.data); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func FuzzParseMachineInfo(f *testing.F) {
	p := newPlayedApple(f)
	f.Add(p.sign(f, machineInfoPlist))
	f.Add([]byte(machineInfoPlist))
	f.Add([]byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if info, err := ParseMachineInfo(data, p.anchors); err == nil && (info.Serial == "" || info.UDID == "") {
			t.Fatalf("accepted %+v", info)
		}
	})
}

// FuzzMachineInfoPlist spoils the content inside a properly signed message.
func FuzzMachineInfoPlist(f *testing.F) {
	p := newPlayedApple(f)
	f.Add(machineInfoPlist)
	f.Add("<plist><dict><key>SERIAL</key><integer>1</integer></dict></plist>")
	f.Add("<plist><dict><key>SERIAL</key></dict>")
	f.Fuzz(func(t *testing.T, content string) {
		if info, err := ParseMachineInfo(p.sign(t, content), p.anchors); err == nil && (info.Serial == "" || info.UDID == "") {
			t.Fatalf("accepted %+v", info)
		}
	})
}

func TestPlayedDevicesMayUseCurves(t *testing.T) {
	caKey, key := ecKey(elliptic.P256()), ecKey(elliptic.P256())
	root := timelessCert(t, caKey, nil, nil, func(c *x509.Certificate) { c.IsCA, c.Subject = true, pkix.Name{CommonName: "Curved CA"} })
	device := timelessCert(t, key, root, caKey, nil)
	sd, err := pkcs7.NewSignedData([]byte(machineInfoPlist))
	if err != nil {
		t.Fatal(err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := sd.AddSigner(device, key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	body, err := sd.Finish()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseMachineInfo(body, Anchors{root}); err != nil {
		t.Error(err)
	}
}
