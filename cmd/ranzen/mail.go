package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/smtp"
	"net/url"
	"strings"
	"time"

	"ranzen/store"
)

// mailTime is how long one mail may take, mailSilent how long the mail server may be away before people are told.
const (
	mailTime   = time.Minute
	mailSilent = 15 * time.Minute
)

// sendMail sends what waits in the outbox. Without a mail server mails stay there and can be read on the page Postausgang.
func (s *Server) sendMail(ctx context.Context) error {
	if s.set.SMTP == "" {
		return nil
	}
	for {
		mails, err := s.Store.ClaimMail(ctx, 20, 5*time.Minute)
		if err != nil || len(mails) == 0 {
			return err
		}
		for _, m := range mails {
			if err := s.Store.StillLeased(ctx); err != nil { // a letter cannot be taken back
				return err
			}
			if err := s.deliver(ctx, m); err != nil {
				// What a mail server says may name the recipient: only the kind of trouble is kept.
				code := "mail_refused"
				var netErr net.Error
				if errors.As(err, &netErr) {
					code = "mail_unreachable"
				}
				s.log.Warn("mail not sent", "mail", m.ID, "why", code)
				if code == "mail_unreachable" && s.Store.Now().Sub(m.Created) > mailSilent {
					if err := s.Store.RaiseEverywhere(ctx, store.AlarmMail, "", store.ThisWeek, nil); err != nil {
						return err
					}
				}
				if _, err := s.Store.MailFailed(ctx, m, code); err != nil {
					return err
				}
				continue
			}
			if err := s.Store.MailSent(ctx, m); err != nil {
				return err
			}
			if err := s.Store.ClearEverywhere(ctx, store.AlarmMail, ""); err != nil {
				return err
			}
		}
	}
}

// deliver speaks SMTP (RFC 5321) with STARTTLS where the server offers it; a password is never sent without TLS.
func (s *Server) deliver(ctx context.Context, m store.Mail) error {
	u, err := url.Parse(s.set.SMTP)
	if err != nil {
		return fmt.Errorf("mail server address: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
	if err != nil {
		return err
	}
	defer conn.Close()
	if end, ok := ctx.Deadline(); ok {
		conn.SetDeadline(end)
	}
	host := u.Hostname()
	if u.Scheme == "smtps" {
		conn = tls.Client(conn, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12})
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return err
	}
	defer c.Close()
	if ok, _ := c.Extension("STARTTLS"); ok && u.Scheme != "smtps" {
		if err := c.StartTLS(&tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}); err != nil {
			return err
		}
	}
	if u.User != nil {
		password, _ := u.User.Password()
		if err := c.Auth(smtp.PlainAuth("", u.User.Username(), password, host)); err != nil {
			return err
		}
	}
	if err := c.Mail(s.set.MailFrom); err != nil {
		return err
	}
	if err := c.Rcpt(m.To); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(letter(s.set.MailFrom, m)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

// letter writes a mail (RFC 5322, RFC 2045): plain text in UTF-8. Header values carry no line breaks.
func letter(from string, m store.Mail) []byte {
	clean := strings.NewReplacer("\r", " ", "\n", " ")
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%s@ranzen>\r\n", clean.Replace(from), clean.Replace(m.To),
		mime.QEncoding.Encode("utf-8", clean.Replace(m.Subject)), m.Created.Format(time.RFC1123Z), m.ID)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nAuto-Submitted: auto-generated\r\n\r\n")
	q := quotedprintable.NewWriter(&b)
	q.Write([]byte(strings.ReplaceAll(m.Body, "\n", "\r\n")))
	q.Close()
	return b.Bytes()
}
