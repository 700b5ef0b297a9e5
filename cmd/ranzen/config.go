package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"ranzen/store"
)

// Config is all that serve can be told, by file (/etc/ranzen/ranzen.conf, lines "name = value"), environment
// (RANZEN_NAME) and option (--name), later ones winning. Only url is needed; everything else has a value that works.
type Config struct {
	URL      string   `name:"url" help:"How devices and people reach this server, for example https://mdm.musterstadt.example. It stands in every enrolment: it cannot be changed later without enrolling anew."`
	Listen   string   `name:"listen" default:":8443" help:"Address to listen on."`
	Admin    string   `name:"admin-listen" default:"127.0.0.1:9464" help:"Address of metrics and profiling. Keep it on loopback."`
	Database string   `name:"database" default:"/var/lib/ranzen/world.db" help:"File of the embedded database, or postgres://…"`
	Keys     string   `name:"keys" default:"/var/lib/ranzen/keys" help:"File of the key ring (mode 0600). A systemd credential named «keys» is preferred. Without it nothing that is sealed can ever be read again: keep a copy elsewhere."`
	Cert     string   `name:"tls-cert" help:"TLS certificate with its chain (PEM). Read again when the file changes."`
	Key      string   `name:"tls-key" help:"Key of the TLS certificate (PEM)."`
	Behind   []string `name:"behind-proxy" help:"Addresses of the proxies that end TLS for us. Without --tls-cert the server speaks plain http to these and to nobody else."`

	ACME          bool   `name:"acme" help:"Get the TLS certificate by ACME and renew it. The issuer is a third party: it learns the host of --url, must reach it on port 443, and its terms of use are accepted hereby. Without this option it is never spoken to."`
	ACMEDirectory string `name:"acme-directory" default:"https://acme-v02.api.letsencrypt.org/directory" help:"Issuer, as the address of its ACME directory. The default is Let's Encrypt."`
	ACMEEmail     string `name:"acme-email" help:"Address the issuer may write to. Optional."`
	ACMEHTTP      string `name:"acme-http" help:"Second address for the issuer's test by http, for example :80, where port 443 is not reachable. People who come there are led to https."`
	ACMEFolder    string `name:"acme-folder" default:"/var/lib/ranzen/acme" help:"Folder of the account and certificates got by ACME (mode 0700)."`

	Roots    string   `name:"device-roots" help:"Certificates (PEM) devices must trust to reach this server. Needed only with a private CA."`
	SMTP     string   `name:"smtp" help:"Mail server, smtp://user:password@host:587 or smtp://host:25. Without it mails stay in the outbox."`
	MailFrom string   `name:"mail-from" help:"Sender of mails, for example schul-it@musterstadt.example."`
	Vendor   string   `name:"vendor-signing" help:"https address of a service that signs push certificate requests. Optional."`
	Inside   []string `name:"inside" help:"Private networks that outgoing requests may reach (an IServ in the town's net), as addresses or prefixes."`

	BackupDir    string   `name:"backup-dir" default:"/var/lib/ranzen/backup" help:"Folder for nightly backups. Best on another machine."`
	BackupTo     []string `name:"backup-to" help:"Whom backups are encrypted for (age1…, several with commas): without one there are no backups. «ranzen backup --new-identity FILE» makes one."`
	BackupVerify string   `name:"backup-verify" default:"nightly" enum:"nightly,weekly,never" help:"How often a backup is restored as a test while it is made. With PostgreSQL the database user needs CREATEDB."`

	Log string `name:"log" default:"info" enum:"debug,info,warn,error" help:"How much to log."`
}

// known are the names a configuration file may use.
var known = func() map[string]bool {
	m := map[string]bool{}
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		m[t.Field(i).Tag.Get("name")] = true
	}
	return m
}()

// check refuses what cannot work, with what to do.
func (c Config) check() error {
	var errs []error
	u, err := url.Parse(c.URL)
	if c.URL == "" {
		errs = append(errs, errors.New("--url is missing: devices must know how to reach this server, for example --url https://mdm.musterstadt.example"))
	} else if err != nil || u.Scheme != "https" || u.Host == "" || strings.TrimSuffix(u.Path, "/") != "" {
		errs = append(errs, fmt.Errorf("--url %s: it must be an https address without a path", c.URL))
	}
	if (c.Cert == "") != (c.Key == "") {
		errs = append(errs, errors.New("--tls-cert and --tls-key belong together"))
	}
	errs = append(errs, c.checkACME()...)
	if c.Cert == "" && len(c.Behind) == 0 && !c.ACME {
		errs = append(errs, errors.New("no TLS: give --tls-cert and --tls-key, or --acme, or name the proxy that ends TLS with --behind-proxy 127.0.0.1"))
	}
	for name, list := range map[string][]string{"--behind-proxy": c.Behind, "--inside": c.Inside} {
		if _, err := prefixes(name, list); err != nil {
			errs = append(errs, err)
		}
	}
	if c.SMTP != "" && c.MailFrom == "" {
		errs = append(errs, errors.New("--smtp needs --mail-from"))
	}
	if _, err := recipients(c.BackupTo); err != nil {
		errs = append(errs, err)
	}
	if host, _, err := net.SplitHostPort(c.Admin); err != nil || !loopback(host) {
		errs = append(errs, fmt.Errorf("--admin-listen %s: metrics and profiling stay on loopback (127.0.0.1)", c.Admin))
	}
	return errors.Join(errs...)
}

// prefixes reads addresses and networks.
func prefixes(option string, list []string) (out []netip.Prefix, err error) {
	for _, p := range list {
		pre, err := netip.ParsePrefix(p)
		if err != nil {
			a, aerr := netip.ParseAddr(p)
			if aerr != nil {
				return nil, fmt.Errorf("%s %s: not an address or network", option, p)
			}
			pre = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, pre)
	}
	return out, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// base is the url without a trailing slash.
func (c Config) base() string { return strings.TrimSuffix(c.URL, "/") }

// keyRingFile is where the key ring lies: a systemd credential where there is one, else the file. A credential that cannot be
// looked at is one all the same: to go on with the file would make a new ring beside a world that another one sealed.
func (c Config) keyRingFile() (path string, credential bool) {
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		path = filepath.Join(dir, "keys")
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			return path, true
		}
	}
	return c.Keys, false
}

// keyRing opens the key ring. The file is made at the first start; a credential is systemd's, with the rights it has there.
func (c Config) keyRing() (*store.KeyRing, error) {
	path, credential := c.keyRingFile()
	if !credential {
		return store.OpenKeyRing(path, true)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	defer f.Close()
	return store.ReadKeyRing(f)
}

// roots reads the certificates devices must trust.
func (c Config) roots() (der [][]byte, err error) {
	if c.Roots == "" {
		return nil, nil
	}
	rest, err := os.ReadFile(c.Roots)
	if err != nil {
		return nil, fmt.Errorf("--device-roots: %w", err)
	}
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if _, err := x509.ParseCertificate(b.Bytes); err != nil {
			return nil, fmt.Errorf("--device-roots %s: %w", c.Roots, err)
		}
		der = append(der, b.Bytes)
	}
	if len(der) == 0 {
		return nil, fmt.Errorf("--device-roots %s holds no certificate", c.Roots)
	}
	return der, nil
}

func (c Config) logger(s streams) *slog.Logger {
	var level slog.Level
	level.UnmarshalText([]byte(c.Log))
	return slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: level}))
}
