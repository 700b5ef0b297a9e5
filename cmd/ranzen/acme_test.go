package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// pebbleTool is Let's Encrypt's ACME server for tests, pinned as staticcheck is in the Makefile. It is a tool and no module of ours.
const pebbleTool = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1"

// issuer is a real ACME server on this machine.
type issuer struct {
	t               *testing.T
	directory       string
	roots           string         // file to trust so that the directory can be asked
	issued          *x509.CertPool // what its certificates chain to
	manages, answer string
}

// freePort is a port of loopback nobody listened on a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func portOf(t *testing.T, address string) (n int) {
	t.Helper()
	if _, err := fmt.Sscanf(address[strings.LastIndex(address, ":")+1:], "%d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// pebble builds the tool and returns where it is.
func pebble(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	install := exec.Command("go", "install", pebbleTool)
	install.Dir = dir
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=-mod=mod", "GOWORK=off")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("go install %s: %v\n%s", pebbleTool, err, out)
	}
	return filepath.Join(dir, "pebble")
}

// newIssuer starts pebble, which goes to tlsAt and httpAt for its tests whatever host it tests, and returns when it answers.
func newIssuer(t *testing.T, tool, tlsAt, httpAt string) *issuer {
	t.Helper()
	dir := t.TempDir()
	own, itself := ownPaper(t, "issuer")
	pk, err := x509.MarshalPKCS8PrivateKey(own.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	i := &issuer{t: t, answer: freePort(t), manages: freePort(t)}
	i.directory = "https://" + i.answer + "/dir"
	i.roots = file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: itself.Raw}))
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": i.answer, "managementListenAddress": i.manages, "certificate": i.roots,
		"privateKey": file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk})),
		"tlsPort":    portOf(t, tlsAt), "httpPort": portOf(t, httpAt),
		"keyAlgorithm": "ecdsa", "retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles": map[string]any{"default": map[string]any{"description": "ninety days", "validityPeriod": 90 * 24 * 3600}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	c := exec.Command(tool, "-config", file("config.json", config), "-dnsserver", loopbackNames(t), "-strict")
	c.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0")
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		if t.Failed() {
			t.Logf("pebble said:\n%s", &said)
		}
	})
	pool := x509.NewCertPool()
	pool.AddCert(itself)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	var root []byte
	eventually(t, "pebble answers", func() error {
		r, err := client.Get("https://" + i.manages + "/roots/0")
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if root, err = io.ReadAll(r.Body); err == nil && r.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s", r.Status)
		}
		return err
	})
	client.CloseIdleConnections()
	i.issued = x509.NewCertPool()
	if !i.issued.AppendCertsFromPEM(root) {
		t.Fatalf("no root: %s", root)
	}
	return i
}

// eventually asks until it is so.
func eventually(t *testing.T, what string, ask func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		err := ask()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("not even after a minute: %s: %v", what, err)
		}
		pause(ctx, 50*time.Millisecond)
	}
}

// loopbackNames is a DNS server, over TCP as pebble asks, to which every host is this machine. It returns its address.
func loopbackNames(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	answer := func(c net.Conn) error {
		defer c.Close()
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return err
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return err
		}
		var m dnsmessage.Message
		if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
			return fmt.Errorf("not one question: %v", err)
		}
		q := m.Questions[0]
		m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
		if q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}}}
		}
		out, err := m.AppendPack(make([]byte, 2))
		if err != nil {
			return err
		}
		binary.BigEndian.PutUint16(out, uint16(len(out)-2))
		_, err = c.Write(out)
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c) // who asks sees that there is no answer
		}
	}()
	return l.Addr().String()
}

// typed starts a command of ours as a process, which is killed at the end of the test.
func typed(t *testing.T, env []string, said io.Writer, args ...string) *exec.Cmd {
	t.Helper()
	c := typing(t, args...)
	c.Env = append(c.Env, env...)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	return c
}

// TestTheServerGetsItsCertificate lets a real ACME server test and certify a real ranzen serve.
func TestTheServerGetsItsCertificate(t *testing.T) {
	t.Parallel()
	const host = "mdm.musterstadt.example"
	tool := pebble(t)
	for _, way := range []string{"tls-alpn-01", "http-01"} {
		t.Run(way, func(t *testing.T) {
			dir := t.TempDir()
			at, second, nobody := freePort(t), freePort(t), freePort(t)
			args := []string{"--url=https://" + host, "--listen=" + at, "--admin-listen=127.0.0.1:0", "--database=" + filepath.Join(dir, "world.db"), "--keys=" + filepath.Join(dir, "keys"),
				"--acme", "--acme-email=schul-it@musterstadt.example", "--acme-folder=" + filepath.Join(dir, "acme")}
			i := (*issuer)(nil)
			if way == "http-01" {
				i = newIssuer(t, tool, nobody, second)
				args = append(args, "--acme-http="+second)
			} else {
				i = newIssuer(t, tool, at, nobody)
			}
			args = append(args, "--acme-directory="+i.directory)
			env := []string{"SSL_CERT_FILE=" + i.roots, "RANZEN_CONFIG=" + filepath.Join(dir, "none")}

			var doctor bytes.Buffer
			examine := func() string {
				doctor.Reset()
				c := typed(t, env, &doctor, append([]string{"doctor"}, args...)...)
				c.Wait() // its code says that something is to be done: the host is known to the issuer alone
				return doctor.String()
			}
			if got := examine(); !strings.Contains(got, "no certificate yet") || strings.Contains(got, "as an issuer") {
				t.Errorf("before: %s", got)
			}

			said := &ear{}
			server := typed(t, env, said, append([]string{"serve"}, args...)...)
			t.Cleanup(func() {
				if t.Failed() {
					t.Log(said.String())
				}
			})
			dial := func(name string) (*x509.Certificate, error) {
				d := &tls.Dialer{Config: &tls.Config{ServerName: name, RootCAs: i.issued}}
				c, err := d.DialContext(t.Context(), "tcp", at)
				if err != nil {
					return nil, err
				}
				defer c.Close()
				return c.(*tls.Conn).ConnectionState().PeerCertificates[0], nil
			}
			var first *x509.Certificate
			eventually(t, "a certificate the issuer signed", func() (err error) {
				first, err = dial(host)
				return err
			})
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{ServerName: host, RootCAs: i.issued}},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			defer client.CloseIdleConnections()
			eventually(t, "it serves", func() error {
				r, err := client.Get("https://" + at + "/readyz")
				if err != nil {
					return err
				}
				defer r.Body.Close()
				if r.StatusCode != http.StatusOK {
					return fmt.Errorf("%s", r.Status)
				}
				return nil
			})
			if _, err := dial("other.musterstadt.example"); err == nil {
				t.Error("another host got a certificate")
			}
			if way == "http-01" {
				r, err := client.Get("http://" + second + "/schools?q=1")
				if err != nil {
					t.Fatal(err)
				}
				r.Body.Close()
				if to := r.Header.Get("Location"); r.StatusCode != http.StatusFound || to != "https://"+host+"/schools?q=1" {
					t.Errorf("people on the second address: %s %s", r.Status, to)
				}
			}
			if got := examine(); !strings.Contains(got, "until "+first.NotAfter.Format(time.DateOnly)+", renews itself") {
				t.Errorf("after: %s", got)
			}
			if info, err := os.Stat(filepath.Join(dir, "acme")); err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder: %v %v", info.Mode(), err)
			}

			// A second start takes what was got: issuers count.
			server.Process.Kill()
			server.Wait()
			typed(t, env, said, append([]string{"serve"}, args...)...)
			eventually(t, "the same certificate", func() error {
				again, err := dial(host)
				if err == nil && !again.Equal(first) {
					t.Error("it asked for another one")
				}
				return err
			})
		})
	}
}

// Whoever knocks before there is a certificate gets none, and asks nobody for one.
func TestKnockingAsksNoIssuer(t *testing.T) {
	asked := make(chan struct{}, 10)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			asked <- struct{}{}
		}
	}()
	c := Config{URL: "https://mdm.musterstadt.example", ACME: true, ACMEDirectory: "https://" + l.Addr().String() + "/dir", ACMEFolder: filepath.Join(t.TempDir(), "acme")}
	a, err := c.acmeTLS(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mdm.musterstadt.example", "", "other.example"} {
		if cert, err := a.get(&tls.ClientHelloInfo{ServerName: name, CipherSuites: modern}); err == nil {
			t.Errorf("%q got %v", name, cert.Leaf)
		}
	}
	select {
	case <-asked:
		t.Error("the issuer was asked")
	default:
	}
	// A folder others may read is refused: keys would lie open.
	if err := os.Chmod(c.ACMEFolder, 0o750); err != nil {
		t.Fatal(err)
	}
	if _, err := c.acmeTLS(slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "chmod 0700") {
		t.Errorf("an open folder: %v", err)
	}
}

func TestWhatACMENeeds(t *testing.T) {
	if f, _ := reflect.TypeFor[Config]().FieldByName("ACMEDirectory"); f.Tag.Get("default") != letsEncrypt {
		t.Errorf("without --acme-directory it is %s, not Let's Encrypt", f.Tag.Get("default"))
	}
	base := Config{URL: "https://mdm.musterstadt.example", Admin: "127.0.0.1:9464", ACME: true, ACMEDirectory: letsEncrypt}
	for what, x := range map[string]struct {
		change func(*Config)
		says   string // empty: it may
	}{
		"nothing more":        {func(c *Config) {}, ""},
		"a certificate too":   {func(c *Config) { c.Cert, c.Key = "c", "k" }, "--tls-cert exclude"},
		"a proxy too":         {func(c *Config) { c.Behind = []string{"127.0.0.1"} }, "--behind-proxy exclude"},
		"an address":          {func(c *Config) { c.URL = "https://192.0.2.1" }, "public host name"},
		"an address v6":       {func(c *Config) { c.URL = "https://[2001:db8::1]" }, "2001:db8::1"},
		"a short name":        {func(c *Config) { c.URL = "https://mdm" }, "public host name"},
		"a private name":      {func(c *Config) { c.URL = "https://mdm.stadt.intern" }, "public host name"},
		"the town's issuer":   {func(c *Config) { c.URL, c.ACMEDirectory = "https://mdm.stadt.intern", "https://ca.stadt.intern/acme" }, ""},
		"an issuer by http":   {func(c *Config) { c.ACMEDirectory = "http://ca.stadt.intern/acme" }, "--acme-directory"},
		"another port":        {func(c *Config) { c.URL = "https://mdm.musterstadt.example:8443" }, "--acme-http"},
		"another port and 80": {func(c *Config) { c.URL, c.ACMEHTTP = "https://mdm.musterstadt.example:8443", ":80" }, ""},
		"umlauts":             {func(c *Config) { c.URL = "https://mdm.müsterstadt.example" }, ""},
	} {
		c := base
		x.change(&c)
		err := c.check()
		if x.says == "" && err != nil || x.says != "" && (err == nil || !strings.Contains(err.Error(), x.says)) {
			t.Errorf("%s: %v, want %q", what, err, x.says)
		}
	}
	if err := (Config{URL: base.URL, Admin: base.Admin}).check(); err == nil || !strings.Contains(err.Error(), "--acme") {
		t.Errorf("without TLS nobody is told of --acme: %v", err)
	}
}
