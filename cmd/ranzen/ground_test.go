package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
	"ranzen/ui"
)

// mailbox is a mail server that takes everything.
func mailbox(t *testing.T, address string, took *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				fmt.Fprint(c, "220 mail.musterstadt.example\r\n")
				letter := false
				for {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					switch word := strings.ToUpper(strings.TrimSpace(line)); {
					case letter && word != ".":
					case letter:
						letter = false
						took.Add(1)
						fmt.Fprint(c, "250 taken\r\n")
					case word == "DATA":
						letter = true
						fmt.Fprint(c, "354 go on\r\n")
					case word == "QUIT":
						fmt.Fprint(c, "221 bye\r\n")
						return
					default:
						fmt.Fprint(c, "250 fine\r\n")
					}
				}
			}()
		}
	}()
}

// A disk that runs full and a mail server that is down are one line each, for people on the start page and for monitoring in
// /readyz, from when they are noticed until they are over.
func TestTheGroundIsToldUntilItIsWell(t *testing.T) {
	o := newOffice(t, "sqlite")
	ctx := t.Context()
	keys, err := store.OpenKeyRing(o.path("keys"), false)
	o.must(err)
	clock := movedClock{}
	mail := freePort(t)
	free := uint64(50 << 30)
	s, err := Build(ctx, Settings{Database: o.database, Keys: keys, Nature: store.Real, BaseURL: "https://mdm.musterstadt.example", Now: clock.now, Node: "one",
		SMTP: "smtp://" + mail, MailFrom: "schul-it@musterstadt.example", Disks: []string{o.dir},
		Free: func(string) (uint64, uint64, error) { return free, 100 << 30, nil }})
	o.must(err)
	defer s.Close()
	s.ready.Store(true)
	people := httptest.NewServer(s.Handler())
	defer people.Close()
	const password = "kreide tafel schwamm"
	for login, role := range map[string]school.Role{"schul-it": school.AuthorityAdmin, "revision": school.Auditor} {
		_, link, err := s.Store.CreateAccount(ctx, o.by, store.Account{Login: login, Name: "Konto " + login, Email: login + "@musterstadt.example"},
			[]school.Grant{{Role: role, Authority: o.by.Tenant}})
		o.must(err)
		_, err = s.Store.SetPassword(ctx, link, password)
		o.must(err)
	}
	// Who may connect Apple is led to the first iPad as long as there is none; others see what stands open.
	start := func() string {
		jar, err := cookiejar.New(nil)
		o.must(err)
		c := &http.Client{Jar: jar}
		r, err := c.PostForm(people.URL+"/sign-in", url.Values{"login": {"revision"}, "password": {password}})
		o.must(err)
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		o.must(err)
		if r.StatusCode != http.StatusOK || !strings.Contains(string(b), "Konto revision") {
			t.Fatalf("the start page: %s", r.Status)
		}
		return string(b)
	}
	said := func(name string, want bool, line, inside string) {
		t.Helper()
		a := httptest.NewRecorder()
		s.readinessInside(a, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if a.Code != http.StatusOK || strings.Contains(a.Body.String(), inside) != want {
			t.Errorf("%s: /readyz says %d %q", name, a.Code, a.Body)
		}
		if strings.Contains(start(), line) != want {
			t.Errorf("%s: on the start page %q: %v, want %v", name, line, !want, want)
		}
	}

	const diskLine, diskInside = "Auf dem Server ist fast kein Speicherplatz mehr frei.", "disk: nearly full on 1 node(s), since "
	low := false
	for _, x := range []struct {
		name string
		free uint64
		want bool
	}{{"half is free", 50 << 30, false}, {"nearly full", 4 << 30, true}, {"a little later", 55 << 30 / 10, true}, {"there is space again", 20 << 30, false}} {
		free = x.free
		o.must(s.lookAround(ctx, &low))
		said(x.name, x.want, diskLine, diskInside)
	}

	const mailLine, mailInside = "Der Mailserver antwortet nicht.", "mail: the mail server does not answer, since "
	clock.move(211 * 24 * time.Hour) // the push certificate ends in 89 days: a letter
	o.must(s.Store.WatchExpiry(ctx, o.by.Tenant, ui.ExpiryLetter(s.set.Public)))
	send := func(later time.Duration) {
		t.Helper()
		clock.move(211*24*time.Hour + later)
		o.must(s.sendMail(context.Background()))
	}
	send(0)
	said("a moment without mail", false, mailLine, mailInside)
	send(20 * time.Minute)
	said("mail is down", true, mailLine, mailInside)
	var took atomic.Int64
	mailbox(t, mail, &took)
	send(3 * time.Hour)
	said("mail is back", false, mailLine, mailInside)
	if took.Load() == 0 {
		t.Error("the letter did not go out")
	}
}
