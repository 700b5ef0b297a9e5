package ca

import (
	"crypto/elliptic"
	"strings"
	"testing"
	"time"
)

func TestRenewalNamesDeviceAndEnrolment(t *testing.T) {
	for name, c := range map[string]struct {
		who Binding
		ok  bool
	}{
		"a renewal":           {Binding{CommonName: "0197-d", Organization: "Stadt", OrganizationalUnit: "0197-e"}, true},
		"a first identity":    {Binding{CommonName: "0197-d", Organization: "Stadt"}, false},
		"no word of ours":     {Binding{CommonName: "0197-d", OrganizationalUnit: "Abteilung 7"}, false},
		"nothing at all":      {Binding{CommonName: "-", OrganizationalUnit: strings.Repeat("a", 65)}, false},
		"what breaks a query": {Binding{CommonName: "a'; --", OrganizationalUnit: "0197-e"}, false},
	} {
		cert, err := shared().SignDevice(request(t, ecKey(elliptic.P256())), c.who, now, 0)
		if err != nil {
			t.Fatal(err)
		}
		r, ok := RenewalOf(cert)
		if ok != c.ok || ok && r != (Renewal{c.who.CommonName, c.who.OrganizationalUnit, now}) {
			t.Errorf("%s: %+v, %v", name, r, ok)
		}
	}
}

func TestIssuedByTheCAItself(t *testing.T) {
	other, err := New("Stadt Musterhausen", now) // the same name, another key
	if err != nil {
		t.Fatal(err)
	}
	cert, err := shared().SignDevice(request(t, ecKey(elliptic.P256())), Binding{CommonName: "d", OrganizationalUnit: "e"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := shared().Certificate(), other.Certificate()
	for name, c := range map[string]struct {
		got, want bool
	}{
		"our own":                 {IssuedBy(cert, [][]byte{ours.Raw}, now), true},
		"of an earlier CA":        {IssuedBy(cert, [][]byte{theirs.Raw, ours.Raw}, now), true},
		"another's":               {IssuedBy(cert, [][]byte{theirs.Raw}, now), false},
		"no CA at all":            {IssuedBy(cert, nil, now), false},
		"a CA that is unreadable": {IssuedBy(cert, [][]byte{[]byte("x")}, now), false},
		"over":                    {IssuedBy(cert, [][]byte{ours.Raw}, now.Add(2*time.Hour)), false},
		"not begun":               {IssuedBy(cert, [][]byte{ours.Raw}, now.Add(-2*time.Hour)), false},
		"itself its issuer":       {IssuedBy(cert, [][]byte{cert.Raw}, now), false},
		"the CA":                  {IssuedBy(ours, [][]byte{ours.Raw}, now), false},
		"the SCEP recipient":      {IssuedBy(shared().Recipient(), [][]byte{ours.Raw}, now), false},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v", name, c.got)
		}
	}
}
