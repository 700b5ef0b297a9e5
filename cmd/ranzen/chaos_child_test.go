package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"runtime"
	"syscall"
	"time"

	"ranzen/enroll/ca"
	"ranzen/mdm/control"
	"ranzen/store"
)

// The server's side of TestChaos: the process that is killed, and the ways between it and what is played in the parent.

// chaosChild names the world a child serves. Only TestChaos sets it, for processes that it starts.
const chaosChild = "RANZEN_CHAOS_CHILD"

// childWorld is what a child is told.
type childWorld struct {
	Database, Keys string
	Apple, APNs    string // loopback addresses in the parent
	Anchors        string // file

	// One of several nodes.
	Node  string        // its name; empty: there is one
	Lease time.Duration // of its jobs; 0: as in the demo
	Drain time.Duration // how long it goes on when it is ended in order

	// In a test that lets days pass.
	Ahead    time.Duration // of its clock at the start
	Calendar bool          // its clock is the test's calendar and no machine's: it is not held against the database's
}

// serveChild is the server's process. It ends when it is killed, or with the process that started it.
func serveChild(told string) error {
	var w childWorld
	if err := json.Unmarshal([]byte(told), &w); err != nil {
		return err
	}
	var clock movedClock
	clock.move(w.Ahead)
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); { // what it is told while it runs: how wrong its clock is; or it is asked for its heap
			if off, err := time.ParseDuration(in.Text()); err == nil {
				clock.move(off)
			} else if in.Text() == askHeap {
				var m runtime.MemStats
				runtime.GC()
				runtime.GC() // what the first one let go of pools
				runtime.ReadMemStats(&m)
				fmt.Println(m.HeapAlloc)
			}
		}
		os.Exit(0)
	}()
	keys, err := store.OpenKeyRing(w.Keys, false)
	if err != nil {
		return err
	}
	rest, err := os.ReadFile(w.Anchors)
	if err != nil {
		return err
	}
	pool, certs := x509.NewCertPool(), []*x509.Certificate{}
	for block, rest := pem.Decode(rest); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		pool.AddCert(c)
		certs = append(certs, c)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	pace := quickPace
	if w.Lease > 0 {
		pace.lease = w.Lease
	}
	s, err := Build(ctx, Settings{Database: w.Database, Keys: keys, Nature: store.Played, BaseURL: demoBase, Now: clock.now, Machine: !w.Calendar, Node: w.Node, Drain: w.Drain,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})), Apple: appleElsewhere{w.Apple},
		Push: control.PushTo{URL: "https://" + w.APNs, Roots: pool}, Anchors: ca.Anchors(certs),
		Again: []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}, Pace: pace})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return errors.Join(s.serve(ctx, httpServer(s.Handler()), l), s.Close())
}

// askHeap asks a child how much it holds.
const askHeap = "heap"

// appleHostHeader carries the host a child wanted to the Apple in the parent.
const appleHostHeader = "X-Played-Host"

// appleElsewhere is the way from a child to the Apple in the parent.
type appleElsewhere struct{ addr string }

func (a appleElsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Set(appleHostHeader, r.URL.Host)
	out.Host, out.URL.Scheme, out.URL.Host = a.addr, "http", a.addr
	return http.DefaultTransport.RoundTrip(out)
}

// answerFor is the parent's end of that way.
func answerFor(apple http.RoundTripper) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := r.Clone(r.Context())
		in.RequestURI = ""
		in.Host = r.Header.Get(appleHostHeader)
		in.URL.Scheme, in.URL.Host = "https", in.Host
		in.Header.Del(appleHostHeader)
		res, err := apple.RoundTrip(in)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		maps.Copy(w.Header(), res.Header)
		w.WriteHeader(res.StatusCode)
		io.Copy(w, res.Body)
	})
}

// child is one life of the server.
type child struct {
	c     *chaos
	cmd   *exec.Cmd
	in    io.Writer
	out   io.Reader // what it says after its address
	addr  string
	ready chan string // its address; closed without one when it ended before
}

func (c *chaos) spawn() *child {
	c.t.Helper()
	return c.spawnTold(c.told)
}

func (c *chaos) spawnTold(told string) *child {
	c.t.Helper()
	self, err := os.Executable()
	c.must(err)
	x := &child{c: c, cmd: exec.Command(self), ready: make(chan string, 1)}
	x.cmd.Env = append(os.Environ(), chaosChild+"="+told)
	x.cmd.Stderr = c.words
	x.in, err = x.cmd.StdinPipe() // it ends when this end closes, so none is left behind
	c.must(err)
	out, err := x.cmd.StdoutPipe()
	c.must(err)
	x.out = out
	c.must(x.cmd.Start())
	c.life.Add(1)
	go func() {
		defer close(x.ready)
		var addr string
		if _, err := fmt.Fscanln(out, &addr); err == nil {
			if !c.balanced {
				c.addr.Store(&addr)
			}
			x.ready <- addr
		}
	}()
	return x
}

// await waits until a child listens.
func (x *child) await() {
	x.c.t.Helper()
	select {
	case addr, ok := <-x.ready:
		if ok {
			x.addr = addr
			return
		}
	case <-time.After(2 * time.Minute):
	}
	x.kill()
	x.c.t.Fatalf("the server did not start:\n%s", x.c.said())
}

// heap is what a child holds after it has thrown away what it could. It must have been awaited.
func (x *child) heap() (bytes int) {
	x.c.t.Helper()
	fmt.Fprintln(x.in, askHeap)
	if _, err := fmt.Fscanln(x.out, &bytes); err != nil {
		x.c.t.Fatalf("the server does not say how much it holds: %v", err)
	}
	return bytes
}

func (x *child) kill() {
	x.cmd.Process.Kill()
	x.cmd.Wait()
	for range x.ready { // its address must not come after its death
	}
	if !x.c.balanced {
		x.c.addr.Store(nil)
	}
}

// said is what the children logged.
func (c *chaos) said() string {
	b, err := os.ReadFile(c.words.Name())
	c.must(err)
	return string(b[max(0, len(b)-20_000):])
}

// badRoad is the way from the iPads to the living child, in bad weather. It notes what becomes of restarts.
type badRoad struct {
	c    *chaos
	next http.RoundTripper
}

var commandUUID = regexp.MustCompile(`<key>CommandUUID</key>\s*<string>([^<]+)</string>`)

func uuidIn(body []byte) string {
	if m := commandUUID.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

func (b *badRoad) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	times := 1
	if r.Method == http.MethodPut && b.c.happens(0.02) {
		times = 2
	}
	var res *http.Response
	var answer []byte
	for range times {
		addr := b.c.addr.Load()
		if addr == nil {
			return nil, errDown
		}
		out := r.Clone(r.Context())
		out.Body = io.NopCloser(bytes.NewReader(body))
		out.Host, out.URL.Scheme, out.URL.Host = r.URL.Host, "http", *addr
		var err error
		if res, err = b.next.RoundTrip(out); err != nil {
			return nil, err
		}
		answer, err = io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if b.c.happens(0.02) {
		return nil, errors.New("the answer was lost")
	}
	if res.StatusCode/100 == 2 {
		b.c.heard(body, answer)
	}
	res.Body = io.NopCloser(bytes.NewReader(answer))
	return res, nil
}

func (c *chaos) happens(p float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dice.Float64() < p
}

// upTo draws a moment.
func (c *chaos) upTo(d time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.dice.Int64N(int64(d)))
}

// heard notes an exchange that reached its end: an iPad restarts when its acknowledgement was answered.
func (c *chaos) heard(said, answer []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id := uuidIn(said); c.restarts[id] && bytes.Contains(said, []byte("<string>Acknowledged</string>")) {
		c.restarted[id]++
	}
	if bytes.Contains(answer, []byte("<string>RestartDevice</string>")) {
		c.restarts[uuidIn(answer)] = true
	}
}
