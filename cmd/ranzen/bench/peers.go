package bench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// peers puts the same load on nanomdm: its storages in their better setting, its own module, built now from the folder of the peers.
func (t *town) peers(ctx context.Context, idle, command string) error {
	program := filepath.Join(t.Dir, "nanomdm-peer")
	if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
		t.say("building nanomdm")
		c := exec.CommandContext(ctx, "go", "build", "-o", program, "./nanomdm")
		c.Dir, c.Env = t.Peers, append(os.Environ(), "GOWORK=off")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("building the peer in %s: %w: %s", t.Peers, err, out)
		}
	}
	storages := []string{"inmem", "file"}
	if t.engine == "postgres" {
		storages = []string{"postgres"}
	}
	for _, s := range storages {
		if err := t.peer(ctx, program, s, idle, command); err != nil {
			return fmt.Errorf("nanomdm-%s: %w", s, err)
		}
	}
	return nil
}

func (t *town) peer(ctx context.Context, program, storage, idle, command string) error {
	args := []string{"-storage", storage}
	switch storage {
	case "file":
		args = append(args, "-dsn", filepath.Join(t.Dir, "nanomdm-file"))
	case "postgres":
		url, err := t.place.fresh()
		if err != nil {
			return err
		}
		list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/micromdm/nanomdm")
		list.Dir = t.Peers
		dir, err := list.Output()
		if err != nil {
			return fmt.Errorf("where nanomdm's schema is: %w", err)
		}
		args = append(args, "-dsn", url, "-schema", filepath.Join(strings.TrimSpace(string(dir)), "storage", "pgsql", "schema.sql"))
	}
	s, err := start(ctx, "nanomdm-"+storage, t.engine, t.place.pid(), program, args...)
	if err != nil {
		return err
	}
	defer s.stop()
	issuer, err := newIssuer()
	if err != nil {
		return err
	}
	// nanomdm's file and PostgreSQL storages take minutes to enrol 28,000; their cost per operation is steady from a few thousand on,
	// and the rows say how many there were.
	n := t.Devices
	if storage == "file" {
		n = min(n, 5000)
	}
	devices := make([]*device, n)
	for i := range devices {
		devices[i] = &device{serial: fmt.Sprintf("PEER%08d", i), os: classic.os}
		if err := issuer.equip(devices[i], time.Now()); err != nil {
			return err
		}
	}
	t.say("%s %s: enrolling %d", t.engine, s.name, n)
	m := s.loop(devices, 20*time.Minute, 1, func(d *device) (time.Duration, error) {
		return timed(func() error { return d.enrol(ctx, s.client, s.mdm()) })
	})
	if m.failed > 0 {
		return fmt.Errorf("%d enrolments failed: %w", m.failed, m.first)
	}
	if t.wants("P11") {
		t.keep("P11", s, n, m, "from empty")
	}
	if err := t.place.settle(); err != nil {
		return err
	}
	if t.wants(idle) {
		one := func(d *device) (time.Duration, error) {
			return timed(func() error { _, err := d.beIdle(ctx, s.client, s.mdm()); return err })
		}
		s.warm(devices, t.For/4, one)
		t.keep(idle, s, n, s.loop(devices, t.For, 0, one), "")
	}
	if t.wants(command) {
		some := devices[:min(n, int(t.For.Seconds()*1500))]
		if err := enqueue(ctx, s, some, "InstallProfile"); err != nil {
			return err
		}
		t.keep(command, s, n, s.loop(some, 2*time.Minute, 1, func(d *device) (time.Duration, error) {
			return timed(func() error { _, err := d.obey(ctx, s.client, s.mdm(), true, 1); return err })
		}), "")
	}
	if t.wants("P6") {
		var did atomic.Int64
		var err error
		began := time.Now()
		m := s.clock(func(l *laps) {
			// The peer gets the same: the profile, and one ProfileList that proves it.
			if err = errors.Join(enqueue(ctx, s, devices, "InstallProfile"), enqueue(ctx, s, devices, "ProfileList")); err != nil {
				return
			}
			in := s.loop(devices, 20*time.Minute, 1, func(d *device) (time.Duration, error) {
				return timed(func() error {
					k, err := d.obey(ctx, s.client, s.mdm(), true, 10)
					did.Add(int64(k))
					return err
				})
			})
			l.took, l.failed, l.first = in.took, in.failed, in.first
		})
		if err != nil {
			return err
		}
		t.keep("P6", s, n, m, fmt.Sprintf("all acknowledged %.1f s after the click, %.1f commands each", time.Since(began).Seconds(), float64(did.Load())/float64(n)))
	}
	return nil
}

// enqueue gives every iPad the same command, as nanomdm's API does.
func enqueue(ctx context.Context, s *running, devices []*device, kind string) error {
	for len(devices) > 0 { // PostgreSQL takes 65,535 parameters in one statement
		n := min(len(devices), 10_000)
		if err := enqueueSome(ctx, s, devices[:n], kind); err != nil {
			return err
		}
		devices = devices[n:]
	}
	return nil
}

func enqueueSome(ctx context.Context, s *running, devices []*device, kind string) error {
	ids := make([]string, len(devices))
	for i, d := range devices {
		ids[i] = d.udid
	}
	inner := "<key>RequestType</key><string>" + kind + "</string>"
	if kind == "InstallProfile" {
		profile := dict("PayloadIdentifier", "peer.webclip", "PayloadUUID", uuid.NewString(), "PayloadType", "Configuration", "PayloadVersion", "<integer>1</integer>",
			"PayloadContent", "<array>"+string(bytes.Repeat([]byte("<dict><key>PayloadType</key><string>com.apple.webClip.managed</string></dict>"), 12))+"</array>")
		inner += "<key>Payload</key><data>" + base64.StdEncoding.EncodeToString(profile) + "</data>"
	}
	body, err := json.Marshal(map[string]any{"ids": ids, "command": dict("CommandUUID", uuid.NewString(), "Command", "<dict>"+inner+"</dict>")})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/enqueue", bytes.NewReader(body))
	if err != nil {
		return err
	}
	res, err := (&http.Client{Timeout: 10 * time.Minute}).Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(res.Body)
		return fmt.Errorf("enqueue: %s: %s", res.Status, b)
	}
	return nil
}
