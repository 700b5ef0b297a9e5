package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// open begins n operations at a fixed rate, whether those before have ended or not, and waits for the last. Each is timed from
// the moment it was due.
func open(ctx context.Context, perSecond, n int, l *laps, fn func(i int, due time.Time) error) {
	var wg sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			err := fn(i, due)
			l.done(time.Since(due), err)
		})
	}
	wg.Wait()
}

// rate is that of P8b.
func rate(engine string) int {
	if engine == "postgres" {
		return 1500
	}
	return 2000
}

// burst sends Idles at a fixed rate over connections that stay.
func (t *town) burst(ctx context.Context) error {
	n := rate(t.engine)
	client := newClient(256)
	defer client.CloseIdleConnections()
	m := t.srv.clock(func(l *laps) {
		open(ctx, n, int(t.For.Seconds()*float64(n)), l, func(i int, _ time.Time) error {
			_, err := t.world.devices[i%len(t.world.devices)].beIdle(ctx, client, t.srv.mdm())
			return err
		})
	})
	t.keep("P8b", t.srv, len(t.world.devices), m, fmt.Sprintf("open loop, %d a second", n))
	return nil
}

const (
	weekend        = 64 * time.Hour // from Friday afternoon to Monday at eight
	mondaySessions = 130            // a second
)

// monday is the morning after a weekend: iPads come at a fixed rate, each with a connection of its own, and are asked for what
// has grown old since Friday; meanwhile administrators look at pages. Every second iPad was met by this server before and
// resumes by its ticket, the others begin anew.
func (t *town) monday(ctx context.Context) error {
	if err := t.later(ctx, weekend); err != nil {
		return err
	}
	devices := t.world.devices
	n := min(int(t.For.Seconds()*mondaySessions), len(devices)) // each comes once
	for i, d := range devices[:n] {
		d.tickets = tls.NewLRUClientSessionCache(1)
		if i%2 == 0 {
			if _, err := d.visit(ctx, t, func(c *http.Client, url string) error { return fetch(ctx, c, url+"/healthz") }); err != nil {
				return fmt.Errorf("before the weekend: %w", err)
			}
		}
	}
	if err := t.idle(ctx, func() bool { return true }); err != nil {
		return err
	}
	admins, err := t.administrators(ctx, 5)
	if err != nil {
		return err
	}
	var resumed, commands, broken atomic.Int64
	var looked laps
	m := t.srv.clock(func(l *laps) {
		reading, stop := context.WithCancel(ctx)
		var wg sync.WaitGroup
		for _, a := range admins {
			wg.Go(func() { a.read(reading, &looked) })
		}
		open(ctx, mondaySessions, n, l, func(i int, _ time.Time) error {
			d := devices[i]
			again, err := d.visit(ctx, t, func(c *http.Client, url string) error {
				k, err := d.obey(ctx, c, url+"/mdm", true, 20)
				commands.Add(int64(k))
				return err
			})
			if again {
				resumed.Add(1)
			}
			var no *refused
			if errors.As(err, &no) && no.status >= 500 {
				broken.Add(1)
			}
			return err
		})
		stop()
		wg.Wait()
	})
	if m.ops == 0 {
		return fmt.Errorf("no iPad came through: %w", m.first)
	}
	t.keep("P8", t.srv, len(devices), m, fmt.Sprintf("%d sessions a second with TLS of their own, %d of %d resumed, %.1f requests each; %d answers of 5xx; server and database took %.0f %% of the machine, the client %.0f %%",
		mondaySessions, resumed.Load(), n, 1+float64(commands.Load())/float64(n), broken.Load(), 100*share(m.server, m.wall), 100*share(m.client, m.wall)))
	t.keepPart("P8", "pages", t.srv, len(devices), looked.alone(m), "five administrators meanwhile, a page a second each")
	return nil // what the others have not answered is asked after the next weeks, with all the rest
}

// visit is a session over a connection of its own; resumed: by the ticket of an earlier one.
func (d *device) visit(ctx context.Context, t *town, fn func(c *http.Client, url string) error) (resumed bool, err error) {
	tr := &http.Transport{ForceAttemptHTTP2: true, DisableCompression: true, TLSHandshakeTimeout: time.Minute, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: t.papers.roots,
		ClientSessionCache: d.tickets, Certificates: []tls.Certificate{{Certificate: [][]byte{d.cert.Raw}, PrivateKey: d.key}}}}
	defer tr.CloseIdleConnections()
	err = fn(&http.Client{Timeout: 2 * time.Minute, Transport: watched{tr, &resumed}}, t.srv.secure)
	return resumed, err
}

// watched notes whether the connection of an answer was resumed.
type watched struct {
	next    http.RoundTripper
	resumed *bool
}

func (w watched) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := w.next.RoundTrip(r)
	if err == nil && res.TLS != nil && res.TLS.DidResume {
		*w.resumed = true
	}
	return res, err
}
