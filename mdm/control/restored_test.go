package control_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"sync/atomic"
	"testing"
	"time"

	"ranzen/enroll/ca"
	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// forgottenBy is a certificate the CA of an authority issued and nobody wrote down: the world was restored since.
func (p *played) forgottenBy(who ca.Binding, at time.Time, lifetime time.Duration) holder {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.must(err)
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	p.must(err)
	csr, err := x509.ParseCertificateRequest(der)
	p.must(err)
	papers, err := p.enroll.EnsureCA(context.Background(), p.by.Tenant)
	p.must(err)
	cert, err := papers.Authority.SignDevice(csr, who, at, lifetime)
	p.must(err)
	return holder{cert, key}
}

// An iPad renews its identity in the night between the backup and the fire. The restored world does not know the new
// identity, and the iPad has no other.
func TestAnIdentityTheRestoredWorldForgot(t *testing.T) {
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		var ahead atomic.Int64
		began := time.Now() // signatures bear the wall clock's time: all of the night happens within the hour of backdating
		st := storetest.Open(t, storetest.URL(t, engine), store.Options{Now: func() time.Time { return began.Add(time.Duration(ahead.Load())) }})
		turn := func(d time.Duration) { ahead.Add(int64(d)) }
		p := play(t, st, sim.Calm())
		q := p.neighbour()
		ctx := context.Background()
		idle := func(udid string) string { return message("", "UDID", udid, "Status", "Idle") }
		serial := func(n string) string { return "F9FXK2AB" + n }
		type ipad struct {
			holder
			id   school.DeviceID
			e    school.EnrollmentID
			udid string
		}
		pads := map[string]ipad{}
		for _, n := range []string{"CA", "CB", "CC", "CD", "CE", "CF"} {
			h, id := p.enrolled(serial(n), "UDID-"+n)
			pads[n] = ipad{h, id, p.enrollment(h), "UDID-" + n}
		}
		of := func(i ipad) ca.Binding {
			return ca.Binding{CommonName: string(i.id), Organization: "Musterstadt", OrganizationalUnit: string(i.e)}
		}
		turn(10 * time.Minute)
		taken := st.Now()
		night := taken.Add(10 * time.Minute)
		turn(30 * time.Minute)
		early := p.forgottenBy(of(pads["CA"]), night, 0)
		_, err := st.AfterRestore(ctx, taken)
		p.must(err)

		known := func(h holder) bool {
			_, err := st.Identity(ctx, certHash(h.cert))
			return err == nil
		}
		refused := func(name string, h holder, body string) {
			t.Helper()
			p.status(p.put(h, body), 400)
			if known(h) {
				t.Errorf("%s: adopted", name)
			}
		}
		a, b, c, d, e := pads["CA"], pads["CB"], pads["CC"], pads["CD"], pads["CE"]

		// What is not the device's own, or not our CA's.
		refused("the CA of another authority", q.forgottenBy(of(a), night, 0), idle(a.udid))
		refused("a CA of nobody", stranger(t), idle(a.udid))
		refused("a first identity", p.forgottenBy(ca.Binding{CommonName: string(a.id)}, night, 0), idle(a.udid))
		refused("an enrolment of another device", p.forgottenBy(ca.Binding{CommonName: string(a.id), OrganizationalUnit: string(b.e)}, night, 0), idle(a.udid))
		refused("of before the backup", p.forgottenBy(of(a), taken.Add(-time.Minute), 0), idle(a.udid))
		refused("of after the restore", p.forgottenBy(of(a), st.Now().Add(time.Minute), 0), idle(a.udid))
		refused("over", p.forgottenBy(of(a), night, time.Minute), idle(a.udid))
		if p.alarm("binding_broken") {
			t.Error("a stranger can raise an alarm")
		}
		refused("a name that is no id of ours", p.forgottenBy(ca.Binding{CommonName: "A\x00'", OrganizationalUnit: string(a.e)}, night, 0), idle(a.udid))
		refused("another's UDID", early, idle(b.udid))
		if !p.alarm("binding_broken") {
			t.Error("nobody is told of the wrong UDID")
		}
		refused("another's serial number", early, message("Authenticate", "UDID", a.udid, "SerialNumber", serial("CB"), "Topic", p.topic()))
		refused("another's topic", early, message("Authenticate", "UDID", a.udid, "SerialNumber", serial("CA"), "Topic", q.topic()))
		if r := p.ask("GET", "/mdm/declared/x/y", early.signature(t, nil), nil); r.StatusCode != 404 || known(early) {
			t.Errorf("a profile for a certificate nobody adopted: %d", r.StatusCode)
		}

		// The iPad itself, by whatever message it comes first.
		p.status(p.put(early, idle(a.udid)), 200)
		authenticates := p.forgottenBy(of(b), night, 0)
		p.status(p.put(authenticates, message("Authenticate", "UDID", b.udid, "SerialNumber", serial("CB"), "Topic", p.topic())), 200)
		p.status(p.put(authenticates, message("TokenUpdate", "UDID", b.udid, "Topic", p.topic(), "PushMagic", "magic2", "Token", "<data>CCCC</data>")), 200)
		for _, x := range []struct {
			ipad
			h holder
		}{{a, early}, {b, authenticates}} {
			if p.enrollment(x.h) != x.e {
				t.Error("it was enrolled anew")
			}
			p.status(p.put(x.h, idle(x.udid)), 200)
		}
		entries, err := st.Audit(ctx, p.by, store.AuditFilter{Event: "identity.adopted"})
		if err != nil || len(entries) != 2 {
			t.Errorf("%d audit entries, %v", len(entries), err)
		}
		if !p.alarm("identity_adopted") {
			t.Error("nobody is told that it was adopted")
		}
		if p.alarm("possible_clone") {
			t.Error("a clone before anybody used the older one")
		}
		p.status(p.put(a.holder, idle(a.udid)), 400)
		if !p.alarm("possible_clone") {
			t.Error("nobody is told of the older one")
		}

		// Renewed twice: the newer one counts, whoever comes first.
		one, two := p.forgottenBy(of(c), night, 0), p.forgottenBy(of(c), night.Add(time.Minute), 0)
		p.status(p.put(two, idle(c.udid)), 200)
		refused("the older of two", one, idle(c.udid))
		one, two = p.forgottenBy(of(d), night, 0), p.forgottenBy(of(d), night.Add(time.Minute), 0)
		p.status(p.put(one, idle(d.udid)), 200)
		p.status(p.put(two, idle(d.udid)), 200)
		p.status(p.put(one, idle(d.udid)), 400) // retired now
		if id, err := st.Identity(ctx, certHash(one.cert)); err != nil || id.State != "retired" {
			t.Errorf("the older of two: %+v, %v", id, err)
		}

		// Of one that left, or that two parties use, nothing is taken back.
		p.status(p.put(e.holder, message("CheckOut", "UDID", e.udid, "Topic", p.topic())), 200)
		refused("a device that left", p.forgottenBy(of(e), night, 0), idle(e.udid))
		f := pads["CF"]
		late := p.forgottenBy(of(f), night, 0)
		turn(61 * 24 * time.Hour)
		refused("two months later", late, idle(f.udid))
	})
}
