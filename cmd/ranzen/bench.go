package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/gorilla/mux"

	"ranzen/cmd/ranzen/bench"
	"ranzen/mdm/control"
	"ranzen/store"
)

// benchCmd measures this program; package bench says how.
type benchCmd struct {
	Scenario []string      `help:"Which scenarios (P1, P3, …); all without it."`
	Devices  int           `default:"28000" help:"Number of iPads."`
	Engine   []string      `default:"sqlite,postgres" enum:"sqlite,postgres" help:"Which databases. PostgreSQL is started from Debian's package."`
	Peers    string        `help:"Folder of the peers' module (testdata/peers): puts the same load on nanomdm in the same run. Needs Go."`
	For      time.Duration `default:"8s" help:"How long each closed loop runs."`
	Dir      string        `help:"Where databases are made: a folder on the disk that is to be measured."`
	JSON     string        `name:"json" help:"Write the results to this file."`
	Profiles string        `help:"Write a processor profile of the server per scenario into this folder."`
	Compare  string        `help:"Print ratios against the results of an earlier run."`
}

// Run is `ranzen bench`.
func (c benchCmd) Run(ctx context.Context, out streams) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	if c.Devices < 10 || c.Devices > 28000 {
		return fmt.Errorf("--devices must be between 10 and 28000")
	}
	return bench.Run(ctx, bench.Options{Scenarios: c.Scenario, Devices: c.Devices, Engines: c.Engine, Peers: c.Peers, For: c.For, Dir: c.Dir, Program: program,
		JSON: c.JSON, Compare: c.Compare, Profiles: c.Profiles, Out: out.out, Err: out.err})
}

// benchServerCmd is the server under test: the same Server as serve, on a played world, with pushes that go to the bench. It is
// started by bench, in a process of its own, so that its processor time can be told from the client's. Beside plain http it
// listens with the TLS of serve. Its clock is ahead of the machine's: so the bench lets weeks pass.
type benchServerCmd struct {
	Database  string          `required:""`
	Keys      string          `required:""`
	PushURL   string          `required:"" name:"push-url"`
	PushRoots string          `required:"" name:"push-roots"`
	Cert      string          `name:"tls-cert"`
	Key       string          `name:"tls-key"`
	Again     []time.Duration `help:"How long after each unanswered push the next is due; without it as in serve."`
	Ahead     time.Duration
}

// Run serves on free ports of the loopback address and says which, and what pages there are.
func (c benchServerCmd) Run(ctx context.Context, out streams) error {
	keys, err := store.OpenKeyRing(c.Keys, false)
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(c.PushRoots)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	tendHeap()
	var clock movedClock
	clock.move(c.Ahead)
	s, err := Build(ctx, Settings{Database: c.Database, Keys: keys, Nature: store.Played, BaseURL: "https://mdm.referenzstadt.example", Now: clock.now,
		Push: control.PushTo{URL: c.PushURL, Roots: roots}, Again: c.Again})
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	admin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	listeners := []any{httpServer(s.Handler()), l, httpServer(s.admin()), admin}
	if c.Cert != "" {
		cert := &certificate{cert: c.Cert, key: c.Key, log: s.log}
		if err := cert.load(); err != nil {
			return err
		}
		secure, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		listeners = append(listeners, httpServer(s.Handler()), secured(secure, cert.get))
		fmt.Fprintf(out.out, "tls https://%s\n", secure.Addr())
	}
	pages := mux.NewRouter()
	s.UI.Routes(pages)
	err = pages.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, noPath := r.GetPathTemplate()
		methods, noMethods := r.GetMethods()
		if noPath == nil && noMethods == nil && slices.Contains(methods, http.MethodGet) {
			fmt.Fprintf(out.out, "page %s\n", template)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out.out, "admin http://%s\nready http://%s\n", admin.Addr(), l.Addr())
	return s.serve(ctx, listeners...)
}
