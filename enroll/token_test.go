package enroll

import (
	"bytes"
	"context"
	"testing"
	"time"
)

func TestATokenFileIsExchanged(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		server, other := w.apple.AddServer("Schulen", "Musterstadt"), w.apple.AddServer("Verwaltung", "Musterstadt")
		id, cert, err := w.x.NewTokenKey(ctx, w.by, "Schulen", "asm")
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(cert, []byte("PRIVATE")) {
			t.Fatal("the key is handed out")
		}
		if _, err := w.x.SyncToken(ctx, id); err == nil {
			t.Error("a list is followed without a token")
		}
		_, strange, err := w.x.NewTokenKey(ctx, w.by, "Zweiter", "asm")
		if err != nil {
			t.Fatal(err)
		}
		file := func(cert []byte) []byte {
			t.Helper()
			b, err := server.Token(cert)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		for name, test := range map[string]struct {
			file []byte
			want string
		}{
			"made for another key": {file(strange), "token.wrong_key"},
			"something else":       {[]byte("Seriennummer;Schule\n"), "token.not_token"},
			"empty":                {nil, "token.not_token"},
			"far too long":         {make([]byte, 1<<20), "token.not_token"},
		} {
			if _, err := w.x.ExchangeToken(ctx, w.by, id, test.file); codeOf(err) != test.want {
				t.Errorf("%s: %v, want %s", name, err, test.want)
			}
		}
		older := file(cert)
		newer := file(cert)
		if _, err := w.x.ExchangeToken(ctx, w.by, id, older); codeOf(err) != "token.rejected" {
			t.Errorf("one that Apple has replaced: %v", err)
		}
		server.SetTermsSigned(false)
		if _, err := w.x.ExchangeToken(ctx, w.by, id, newer); codeOf(err) != "token.terms" {
			t.Errorf("terms: %v", err)
		}
		server.SetTermsSigned(true)
		w.road.set(says("", 503, ""))
		if _, err := w.x.ExchangeToken(ctx, w.by, id, newer); codeOf(err) != "token.apple_away" {
			t.Errorf("Apple is not there: %v", err)
		}
		w.road.set(nil)
		token, err := w.x.ExchangeToken(ctx, w.by, id, newer)
		if err != nil || !token.Accepted || token.ServerUUID != server.UUID() || token.ServerName != "Schulen" || token.OrgName != "Musterstadt" ||
			!token.Ends.Equal(start.AddDate(1, 0, 0)) {
			t.Fatalf("%+v %v", token, err)
		}
		wrong, err := other.Token(cert)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.x.ExchangeToken(ctx, w.by, id, wrong); codeOf(err) != "apple_server_changed" {
			t.Errorf("another server's: %v", err)
		}
		if _, err := w.x.SyncToken(ctx, id); err != nil {
			t.Errorf("after a refused renewal the old one is gone: %v", err)
		}
		// A renewal with a new key pair: the old one holds until its file comes.
		next, err := w.x.RenewTokenKey(ctx, w.by, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.x.ExchangeToken(ctx, w.by, id, file(cert)); err != nil {
			t.Errorf("for the key in force: %v", err)
		}
		w.clock.turn(300 * 24 * time.Hour)
		if token, err = w.x.ExchangeToken(ctx, w.by, id, file(next)); err != nil || !bytes.Equal(token.Certificate, next) {
			t.Errorf("for the next key: %v", err)
		}
		if _, err := w.x.SyncToken(ctx, id); err != nil {
			t.Error(err)
		}
		w.clock.turn(2 * 365 * 24 * time.Hour)
		if _, err := w.x.ExchangeToken(ctx, w.by, id, newer); codeOf(err) != "token.wrong_key" {
			t.Errorf("for a key that was replaced: %v", err)
		}
	})
}

func TestAnEndedTokenFileIsRefused(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.meetApple()
	ctx := context.Background()
	server := w.apple.AddServer("Schulen", "Musterstadt")
	id, cert, err := w.x.NewTokenKey(ctx, w.by, "Schulen", "asm")
	if err != nil {
		t.Fatal(err)
	}
	file, err := server.Token(cert)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.turn(366 * 24 * time.Hour)
	if _, err := w.x.ExchangeToken(ctx, w.by, id, file); codeOf(err) != "token.expired" {
		t.Error(err)
	}
}
