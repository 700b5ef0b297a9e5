package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
	"time"

	"ranzen/store"
)

// doctorCmd checks what serve needs and names the fix of what is wrong. It changes nothing but the form of an older
// database, as serve would at its start.
type doctorCmd struct {
	Config `embed:""`
}

// finding is one line of the doctor.
type finding struct {
	what, is, fix string // fix is empty when all is well
}

// Run is `ranzen doctor`. It exits with 1 when something has to be done.
func (c doctorCmd) Run(ctx context.Context, s streams) error {
	bad := 0
	for _, f := range c.examine(ctx) {
		mark := "ok   "
		if f.fix != "" {
			mark = "FIX  "
			bad++
		}
		fmt.Fprintf(s.out, "%s%-14s %s\n", mark, f.what, f.is)
		if f.fix != "" {
			fmt.Fprintf(s.out, "     → %s\n", f.fix)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of the checks need something done", bad)
	}
	return nil
}

func (c doctorCmd) examine(ctx context.Context) (out []finding) {
	add := func(what, is, fix string) { out = append(out, finding{what, is, fix}) }
	if err := c.check(); err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			add("configuration", line, "correct it in /etc/ranzen/ranzen.conf, the environment or the command line")
		}
	} else {
		add("configuration", "complete", "")
	}
	if c.Cert != "" {
		out = append(out, c.examineTLS()...)
	}
	if c.ACME {
		out = append(out, c.examineACME(ctx)...)
	}
	keys, err := c.existingKeys()
	if err != nil {
		add("key ring", err.Error(), "bring the key ring back from its copy; a new one cannot open what the old one sealed")
		return out
	}
	add("key ring", "readable by its owner only", "")
	st, err := store.Open(ctx, store.Options{URL: c.Database, Keys: keys, Nature: store.Real})
	if err != nil {
		add("database", err.Error(), "check --database, the rights of the file or the PostgreSQL server")
		return out
	}
	defer st.Close()
	add("database", st.Engine()+", newest form", "")
	h, err := st.Health(ctx)
	if err != nil {
		add("database", err.Error(), "if the key ring lacks a key, bring the old key ring back from its copy")
		return out
	}
	add("sealed secrets", fmt.Sprintf("open with this key ring (%d checked)", h.Opened), "")
	out = append(out, c.examineBackups(ctx, st)...)
	now := wallClock()
	if h.Newest.After(now.Add(2 * time.Minute)) {
		add("time", "this machine's clock is behind the newest entry of the database by "+h.Newest.Sub(now).Round(time.Second).String(), "set the clock: timedatectl set-ntp true")
	} else {
		add("time", now.UTC().Format(time.RFC3339), "")
	}
	for _, e := range h.Ends {
		left := e.Ends.Sub(now)
		is := fmt.Sprintf("%s: until %s", e.Authority, e.Ends.Format(time.DateOnly))
		switch {
		case left < 0:
			add(e.What, is+", over", e.Fix)
		case left < 30*24*time.Hour:
			add(e.What, is+", "+fmt.Sprint(int(left.Hours()/24))+" days left", e.Fix)
		default:
			add(e.What, is, "")
		}
	}
	return out
}

func (c doctorCmd) examineTLS() (out []finding) {
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return []finding{{"TLS", err.Error(), "give a certificate with its chain and the key that belongs to it"}}
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return []finding{{"TLS", err.Error(), "give a PEM certificate"}}
	}
	if u, err := url.Parse(c.URL); err == nil && leaf.VerifyHostname(u.Hostname()) != nil {
		out = append(out, finding{"TLS", "the certificate is not for " + u.Hostname(), "get a certificate for the host of --url: devices compare them"})
	}
	left := leaf.NotAfter.Sub(wallClock())
	f := finding{what: "TLS", is: "until " + leaf.NotAfter.Format(time.DateOnly)}
	if left < 14*24*time.Hour {
		f.fix = "renew it; the server reads the file again by itself"
	}
	out = append(out, f)
	if len(pair.Certificate) == 1 && c.Roots == "" && leaf.Issuer.String() == leaf.Subject.String() {
		out = append(out, finding{"TLS", "self-signed, and --device-roots is empty: no iPad will connect", "use a public certificate or name its root in --device-roots"})
	}
	return out
}

// adminCmd prints a set-up link from the machine itself: for the first administrator, or when nobody can sign in any more.
type adminCmd struct {
	Config `embed:""`
	Login  string `arg:"" help:"Login of the operator account."`
	Name   string `default:"Administration" help:"Name of a new account."`
}

// Run is `ranzen admin`.
func (c adminCmd) Run(ctx context.Context, s streams) error {
	st, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	link, err := st.RescueLink(ctx, c.Login, c.Name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Good once, within seven days:\n  %s\n", c.setupLink(link))
	return err
}
