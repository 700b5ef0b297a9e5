package store_test

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"ranzen/store"
	"ranzen/store/storetest"
)

// passage stands between the store and its database. Held, it takes what comes and gives nothing on, as a balancer does
// whose host behind it is gone: every packet is acknowledged and none arrives.
type passage struct {
	net.Listener
	to   func() (net.Conn, error)
	mu   sync.Mutex
	open chan struct{} // closed while it gives on
	all  []net.Conn
}

func stand(t *testing.T, to *pgconn.Config) *passage {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &passage{Listener: l, to: func() (net.Conn, error) {
		network, address := pgconn.NetworkAddress(to.Host, to.Port)
		return net.Dial(network, address)
	}, open: make(chan struct{})}
	close(p.open)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.keep(c)
			wg.Go(func() { p.through(&wg, c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.release()
		p.mu.Lock()
		for _, c := range p.all {
			c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p
}

func (p *passage) keep(c net.Conn) {
	p.mu.Lock()
	p.all = append(p.all, c)
	p.mu.Unlock()
}

func (p *passage) gate() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open
}

func (p *passage) hold() {
	p.mu.Lock()
	p.open = make(chan struct{})
	p.mu.Unlock()
}

func (p *passage) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.open:
	default:
		close(p.open)
	}
}

func (p *passage) through(wg *sync.WaitGroup, c net.Conn) {
	<-p.gate()
	d, err := p.to()
	if err != nil {
		c.Close()
		return
	}
	p.keep(d)
	for _, x := range [][2]net.Conn{{c, d}, {d, c}} {
		wg.Go(func() {
			defer x[0].Close()
			defer x[1].Close()
			b := make([]byte, 64<<10)
			for {
				n, err := x[0].Read(b)
				<-p.gate()
				if n > 0 {
					if _, err := x[1].Write(b[:n]); err != nil {
						return
					}
				}
				if err != nil {
					return
				}
			}
		})
	}
}

// A database whose host vanished without a word is away: nobody waits for it for ever, and when it is back all goes on.
// One that only takes long is waited for.
func TestADatabaseThatVanishedIsAway(t *testing.T) {
	address := storetest.URL(t, "postgres")
	c, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	p := stand(t, c)
	u := url.URL{Scheme: "postgres", Host: p.Addr().String(), User: url.UserPassword(c.User, c.Password), Path: c.Database, RawQuery: "sslmode=disable"}
	s := storetest.Open(t, u.String(), store.Impatient(store.Options{}, 150*time.Millisecond))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // nobody sets such a limit in earnest: here it ends a test that hangs
	defer cancel()

	if err := s.Exec(ctx, `SELECT pg_sleep(0.8)`); err != nil {
		t.Errorf("a database that takes long: %v", err)
	}
	p.hold()
	for name, do := range map[string]func() error{
		"reading": func() error { _, err := s.Number(ctx, `SELECT 1`); return err },
		"writing": func() error { return s.Exec(ctx, `UPDATE world SET value = value`) },
		"a ping":  func() error { return s.Ping(ctx) },
	} {
		if err := do(); store.TroubleOf(err) != store.Away || ctx.Err() != nil {
			t.Errorf("%s: %v is %q, want %q", name, err, store.TroubleOf(err), store.Away)
		}
	}
	p.release()
	if n, err := s.Number(ctx, `SELECT 1`); n != 1 || err != nil {
		t.Errorf("when it is back: %v", err)
	}
}
