package bench

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"ranzen/store/storetest/postgres"
)

// running is a server under test: a process of its own, and the database's.
type running struct {
	name   string // subject
	engine string
	url    string
	secure string   // where it listens with TLS
	admin  string   // where it is profiled; empty: nowhere
	pages  []string // templates of what can be looked at, in the order in which the server matches them
	record string   // file for the next processor profile; empty: none is wanted
	pids   []int
	cmd    *exec.Cmd
	conns  int // connections the client keeps
	client *http.Client
}

// start runs a program that says «ready URL» on its standard output.
func start(ctx context.Context, name, engine string, database int, program string, args ...string) (*running, error) {
	s := &running{name: name, engine: engine, cmd: exec.CommandContext(ctx, program, args...)}
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(syscall.SIGTERM) }
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.pids = []int{s.cmd.Process.Pid}
	if database != 0 {
		s.pids = append(s.pids, database)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if u, ok := strings.CutPrefix(lines.Text(), "admin "); ok {
			s.admin = u
		}
		if u, ok := strings.CutPrefix(lines.Text(), "tls "); ok {
			s.secure = u
		}
		if u, ok := strings.CutPrefix(lines.Text(), "page "); ok {
			s.pages = append(s.pages, u)
		}
		if u, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
			s.url = u
			break
		}
	}
	if s.url == "" {
		s.cmd.Wait()
		return nil, fmt.Errorf("%s did not start", name)
	}
	go io.Copy(io.Discard, out)
	s.conns = 16
	s.client = newClient(s.conns)
	return s, nil
}

func newClient(conns int) *http.Client {
	return &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{MaxConnsPerHost: conns, MaxIdleConnsPerHost: conns, DisableCompression: true}}
}

func (s *running) mdm() string { return s.url + "/mdm" }

// stop ends the process in order, so that what it gathered is written.
func (s *running) stop() {
	s.client.CloseIdleConnections()
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
}

// place is a folder or server that keeps databases.
type place struct {
	engine string
	dir    string
	pg     *postgres.Server
	n      int
}

func newPlace(engine, dir string) (*place, error) {
	p := &place{engine: engine, dir: dir}
	if engine == "postgres" {
		var err error
		if p.pg, err = postgres.Start(postgres.Durable); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *place) close() {
	if p.pg != nil {
		p.pg.Stop()
	}
}

// fresh is a new empty database.
func (p *place) fresh() (string, error) {
	p.n++
	if p.pg == nil {
		return filepath.Join(p.dir, fmt.Sprintf("world%d.db", p.n)), nil
	}
	name := fmt.Sprintf("world%d", p.n)
	return p.pg.URL(name), p.pg.Run("CREATE DATABASE " + name + " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
}

func (p *place) pid() int {
	if p.pg == nil {
		return 0
	}
	return p.pg.Pid()
}

// settle writes what the database put off, so that it is not charged to the next measurement.
func (p *place) settle() error {
	if p.pg == nil {
		return nil
	}
	return p.pg.Run("CHECKPOINT")
}

// papers are the key and certificate with which all that is played here listens on loopback; it is its own root.
type papers struct {
	cert, key string // PEM files
	pair      tls.Certificate
	roots     *x509.CertPool
}

func newPapers(dir string) (*papers, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	t := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: now.Add(-time.Hour),
		NotAfter: now.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	cert, err := certify(t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	p := &papers{cert: filepath.Join(dir, "loopback.pem"), key: filepath.Join(dir, "loopback.key"), roots: x509.NewCertPool(),
		pair: tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}
	p.roots.AddCert(cert)
	return p, errors.Join(os.WriteFile(p.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o600),
		os.WriteFile(p.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
}

// pushes is the played push service: it takes every push and remembers when it came.
type pushes struct {
	url string
	srv *http.Server

	mu    sync.Mutex
	first time.Time
	last  time.Time
	count int
	now   int // in flight
	most  int
	heard func(token string)
}

func newPushes(own *papers) (*pushes, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &pushes{url: "https://" + l.Addr().String()}
	p.srv = &http.Server{Handler: http.HandlerFunc(p.serve), Protocols: new(http.Protocols), HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 1000},
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{own.pair}, ClientAuth: tls.RequestClientCert}}
	p.srv.Protocols.SetHTTP2(true)
	go p.srv.ServeTLS(l, "", "")
	return p, nil
}

func (p *pushes) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.now++
	p.most = max(p.most, p.now)
	p.mu.Unlock()
	io.Copy(io.Discard, r.Body)
	token := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	p.mu.Lock()
	now := time.Now()
	if p.count++; p.count == 1 {
		p.first = now
	}
	p.last = now
	p.now--
	heard := p.heard
	p.mu.Unlock()
	if heard != nil {
		heard(token)
	}
	w.WriteHeader(http.StatusOK)
}

// begin forgets what was heard.
func (p *pushes) begin(heard func(string)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first, p.last, p.count, p.most, p.heard = time.Time{}, time.Time{}, 0, 0, heard
}

func (p *pushes) heardSoFar() (count, most int, first, last time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count, p.most, p.first, p.last
}

// until polls a condition; it gives up when ctx ends.
func until(ctx context.Context, limit time.Duration, cond func() bool) error {
	end := time.Now().Add(limit)
	for !cond() {
		if time.Now().After(end) {
			return errors.New("it did not happen in time")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}
