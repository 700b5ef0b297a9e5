package profiles

import (
	"strings"
	"testing"
)

// TestKWH06_AMailboxForWhoHoldsTheIPadWithoutAPassword builds the form as it is offered: one profile for everybody, and no password.
func TestKWH06_AMailboxForWhoHoldsTheIPadWithoutAPassword(t *testing.T) {
	f, ok := FormOf("mail")
	if !ok {
		t.Fatal("no form")
	}
	v := f.Defaults()
	v.Set("label", "Schule")
	v.Set("incoming", "mail.schule.example")
	v.Set("outgoing", "mail.schule.example")
	c, err := Build("mail", "Postfach", v, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Variables, " "); got != "person.email person.name" {
		t.Errorf("variables: %s", got)
	}
	if !c.Publishable() {
		t.Errorf("findings: %+v", c.Problems)
	}
	filled, err := Fill(c, map[string]string{"person.email": "lena@schule.example", "person.name": "Lena Muster"})
	if err != nil {
		t.Fatal(err)
	}
	body, err := Deliver(filled, "x", "", filled.Hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"lena@schule.example", "Lena Muster", "EmailAuthPassword", "<integer>993</integer>"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("the mailbox lacks %s", want)
		}
	}
	for _, secret := range []string{"<key>IncomingPassword</key>", "<key>OutgoingPassword</key>"} {
		if strings.Contains(string(body), secret) {
			t.Errorf("the mailbox brings %s", secret)
		}
	}
	if kind, _, ok := Read(c); kind != "mail" || !ok {
		t.Errorf("read again: %s %v", kind, ok)
	}
	if _, err := Fill(c, map[string]string{"person.email": "", "person.name": ""}); err == nil {
		t.Error("a mailbox of nobody")
	}
}
