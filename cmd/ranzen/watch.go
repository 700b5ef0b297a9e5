package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"ranzen/store"
	"ranzen/ui"
)

// ownCertificate is the certificate browsers and devices see of this server: that of the file, that got by ACME, or, behind a
// proxy, what the proxy shows on our own address. Only its dates are read; whether it is trusted is the devices' matter.
func (c Config) ownCertificate(ctx context.Context) (*x509.Certificate, error) {
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
		if err != nil {
			return nil, fmt.Errorf("TLS certificate: %w", err)
		}
		return x509.ParseCertificate(pair.Certificate[0])
	}
	if c.ACME {
		return c.acmeCertificate()
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if bad := new(tls.CertificateVerificationError); errors.As(err, &bad) && len(bad.UnverifiedCertificates) > 0 {
		return bad.UnverifiedCertificates[0], nil // ended, or of a private CA: that is what is to be seen
	}
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0], nil // a server always shows one
}

// watchTLS looks until when our certificate is good. That it cannot be seen from here is no trouble: behind a proxy the
// way out may not lead back in.
func (s *Server) watchTLS(ctx context.Context) error {
	if s.set.Certificate == nil {
		return nil
	}
	cert, err := s.set.Certificate(ctx)
	if err != nil {
		s.log.Info("own certificate not seen", "error", err)
		return nil
	}
	u, err := url.Parse(s.set.BaseURL)
	if err != nil {
		return err
	}
	return s.Store.WatchTLS(ctx, u.Hostname(), cert.NotBefore, cert.NotAfter, ui.ExpiryLetter(s.set.Public))
}

// backupLine says in one line how the backups stand.
func backupLine(b store.BackupState, now time.Time) string {
	last := "none yet"
	if !b.At.IsZero() {
		last = "last " + b.At.UTC().Format(time.RFC3339)
		if b.Verified.Before(b.At) {
			last += ", not restored as a test"
		}
	}
	switch {
	case !b.Planned:
		return "backup: not configured, " + last
	case !b.Failed.IsZero():
		return "backup: failed " + b.Failed.UTC().Format(time.RFC3339) + ", " + last
	case b.Bad(now):
		return "backup: too old, " + last
	}
	return "backup: ok, " + last
}

// examineBackups is the doctor's look at backups: whether there is somebody to make them for, a place to put them, and a
// good one.
func (c doctorCmd) examineBackups(ctx context.Context, st *store.Store) (out []finding) {
	add := func(is, fix string) { out = append(out, finding{"backup", is, fix}) }
	if len(c.BackupTo) == 0 {
		add("no backups: nobody is named they could be encrypted for", "ranzen backup --new-identity FILE, then backup-to = age1… in /etc/ranzen/ranzen.conf. Without a backup a lost database means touching every iPad")
		return out
	}
	b, _, err := st.Backups(ctx)
	if err != nil {
		add(err.Error(), "check the database")
		return out
	}
	all, err := backupsIn(c.BackupDir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		add(c.BackupDir+" does not exist yet", "ranzen backup makes it, and the first backup")
		return out
	case err != nil:
		add(err.Error(), "give the server's user the right to read and write it")
		return out
	}
	if err := writable(c.BackupDir); err != nil {
		add(err.Error(), "give the server's user the right to write there, and see that there is space")
	}
	line := backupLine(b, wallClock())[len("backup: "):]
	switch {
	case !b.Failed.IsZero():
		add(line, "run «ranzen backup» and read why")
	case len(all) == 0, b.Bad(wallClock()):
		add(line, "run «ranzen backup»; see that the server runs at night")
	case b.File != "" && !slices.ContainsFunc(all, func(x kept) bool { return x.name == b.File }):
		add("the last backup was "+b.File+", which is not in "+c.BackupDir+"; the newest there is "+all[0].name, "find out who takes backups away, or name the right folder with backup-dir")
	default:
		add(fmt.Sprintf("%s (%d kept)", line, len(all)), "")
	}
	return out
}

func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-")
	if err != nil {
		return fmt.Errorf("%s cannot be written to: %w", filepath.Clean(dir), err)
	}
	f.Close()
	return os.Remove(f.Name())
}
