// Package postgres starts a PostgreSQL server of our own from Debian's package: without TCP, in a temporary folder, for as long
// as this process lives. Tests and the benchmark use it; a product server is given an address and starts nothing.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

// Server is a running PostgreSQL server.
type Server struct {
	dir     string
	data    string
	program func() *exec.Cmd
	cmd     *exec.Cmd // of its present life
	exited  chan struct{}
}

// Forgetful are settings for tests: what is written may be gone after a power failure, and nothing waits for the disk.
var Forgetful = []string{"fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"}

// Durable are settings for measuring: every commit is on the disk before it is answered.
var Durable = []string{"fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB", "max_connections=200"}

// Start starts a server with the settings and waits until it answers.
func Start(settings []string) (*Server, error) {
	bin, err := bin()
	if err != nil {
		return nil, err
	}
	s := &Server{}
	if s.dir, err = os.MkdirTemp("", "ranzen-pg"); err != nil {
		return nil, err
	}
	s.data = filepath.Join(s.dir, "data")
	if err := s.start(bin, settings); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func bin() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("no PostgreSQL server found under /usr/lib/postgresql: install it with: apt-get install postgresql")
	}
	sort.Strings(found)
	return filepath.Dir(found[len(found)-1]), nil
}

func (s *Server) start(bin string, settings []string) error {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 { // initdb refuses root
		u, err := user.Lookup("postgres")
		if err != nil {
			u, err = user.Lookup("nobody")
		}
		if err != nil {
			return err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(s.dir, uid, gid); err != nil {
			return err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	init := exec.Command(filepath.Join(bin, "initdb"), "-D", s.data, "-U", "ranzen", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C", "--no-instructions")
	init.SysProcAttr, init.Dir = attr, s.dir
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	args := []string{"-D", s.data, "-k", s.dir, "-c", "listen_addresses="}
	for _, x := range settings {
		args = append(args, "-c", x)
	}
	s.program = func() *exec.Cmd {
		c := exec.Command(filepath.Join(bin, "postgres"), args...)
		c.SysProcAttr, c.Dir = attr, s.dir
		return c
	}
	return s.run()
}

// run runs the server and waits until it answers.
func (s *Server) run() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd, exited := s.program(), make(chan struct{})
	s.cmd, s.exited = cmd, exited
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		close(exited)
		return fmt.Errorf("postgres: %w", err)
	}
	go func() { cmd.Wait(); close(exited) }()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s.Run("SELECT 1") == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("postgres ended at start: %s", cmd.ProcessState)
		default:
		}
	}
	s.Stop()
	return errors.New("postgres did not answer within 30 seconds")
}

// URL names a database of the server.
func (s *Server) URL(database string) string {
	return "postgres://ranzen@/" + database + "?host=" + url.QueryEscape(s.dir)
}

// Run runs statements in the maintenance database.
func (s *Server) Run(statements ...string) error {
	db, err := sql.Open("pgx", s.URL("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, x := range statements {
		if _, err := db.ExecContext(ctx, x); err != nil {
			return fmt.Errorf("%s: %w", x, err)
		}
	}
	return nil
}

// OwnFolder makes a folder that belongs to the server's user: for a tablespace on another disk.
func (s *Server) OwnFolder(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	if c := s.cmd.SysProcAttr.Credential; c != nil {
		return os.Chown(path, int(c.Uid), int(c.Gid))
	}
	return nil
}

// Restart ends the server without waiting for anybody (immediate shutdown: what was committed comes back from the log) and
// starts it again after a while, with the same folder and settings.
func (s *Server) Restart(away time.Duration) error {
	s.cmd.Process.Signal(syscall.SIGQUIT)
	<-s.exited
	time.Sleep(away)
	return s.run()
}

// Pid is the process all others of the server descend from.
func (s *Server) Pid() int { return s.cmd.Process.Pid }

// Stop ends the server and removes what it kept.
func (s *Server) Stop() {
	s.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.exited
	}
	os.RemoveAll(s.dir)
}
