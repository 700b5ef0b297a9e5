package control_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/micromdm/nanomdm/mdm"
	"github.com/micromdm/nanomdm/test"
	"github.com/micromdm/nanomdm/test/e2e"
	"github.com/micromdm/nanomdm/test/enrollment"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
	"ranzen/store/storetest"
)

// nanomdm's own simulated devices, signing with Mdm-Signature, enrol and run commands through our whole handler.
func TestNanomdmsDevicesEnrolAndObey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		p := play(t, st, sim.Calm())
		ctx := context.Background()
		topic, err := st.PushTopic(ctx, p.by.Tenant)
		p.must(err)
		nano := st.Nano(p.by.Tenant)
		for n := range 3 {
			d, err := enrollment.NewRandomDeviceEnrollment(e2e.NewHandlerClient(p.handler), topic, "/mdm", "/mdm")
			p.must(err)
			cert, _, err := d.GetIdentity(ctx)
			p.must(err)
			p.must(nano.AssociateCertHash(d.NewMDMRequest(ctx), certHash(cert)))
			p.must(d.DoEnroll(ctx))
			p.must(d.DoEscrowBootstrapToken(ctx, []byte("schlüssel")))
			token, err := d.DoGetBootstrapToken(ctx)
			p.must(err)
			if token == nil {
				t.Fatal("the bootstrap token is gone")
			}
			id := d.EnrollID().ID
			for i := range 3 {
				_, err := nano.EnqueueCommand(ctx, []string{id}, raw(fmt.Sprintf("ORDER-%d-%d", n, i)))
				p.must(err)
			}
			cmd := say(t, d, "", "Idle")
			for i := range 3 {
				want := fmt.Sprintf("ORDER-%d-%d", n, i)
				if cmd == nil || cmd.CommandUUID != want {
					t.Fatalf("handed out %v, want %s", cmd, want)
				}
				if again := say(t, d, "", "Idle"); again == nil || again.CommandUUID != want {
					t.Fatalf("after a lost answer: %v, want %s again", again, want)
				}
				cmd = say(t, d, want, "Acknowledged")
			}
			// A report nobody asked for, and one that comes twice, are heard and let go.
			say(t, d, "NOBODY-KNOWS", "Acknowledged")
			say(t, d, fmt.Sprintf("ORDER-%d-0", n), "Error")
			left, err := st.Orders(ctx, p.by, deviceOf(p, d.EnrollID().ID), 10)
			p.must(err)
			for _, o := range left {
				if o.State != school.Done {
					t.Errorf("order %s is %s", o.UUID, o.State)
				}
			}
		}
	})
}

func raw(id string) *mdm.Command {
	c := &mdm.Command{CommandUUID: id, Raw: []byte(`<?xml version="1.0" encoding="UTF-8"?><plist version="1.0"><dict><key>CommandUUID</key><string>` + id +
		`</string><key>Command</key><dict><key>RequestType</key><string>RestartDevice</string></dict></dict></plist>`)}
	c.Command.RequestType = "RestartDevice"
	return c
}

// say reports and returns the next command, nil when there is none.
func say(t *testing.T, d *enrollment.Enrollment, id, status string) *mdm.Command {
	t.Helper()
	r, err := test.PlistReader(&mdm.CommandResults{Enrollment: *d.GetEnrollment(), CommandUUID: id, Status: status})
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.DoReportAndFetch(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Fatalf("%s %s: %d %s", id, status, res.StatusCode, b)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	c, err := mdm.DecodeCommand(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// deviceOf finds the device of a protocol id.
func deviceOf(p *played, nano string) school.DeviceID {
	p.t.Helper()
	page, err := p.st.Devices(context.Background(), p.by, store.DeviceFilter{})
	p.must(err)
	for _, d := range page.Rows {
		f, _, err := p.st.DeviceFacts(context.Background(), p.by, d.ID)
		p.must(err)
		if f.Device.UDID == nano {
			return d.ID
		}
	}
	p.t.Fatalf("no device for %s", nano)
	return ""
}
