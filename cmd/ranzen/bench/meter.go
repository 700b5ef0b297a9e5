package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tick is the unit in which the kernel counts processor time (USER_HZ is 100 on every Linux).
const tick = 10 * time.Millisecond

// usage is what processes used so far.
type usage struct{ self, gone time.Duration }

func (u usage) all() time.Duration { return u.self + u.gone }

// used reads the processor time of a process, and of its children that ended.
func used(pid int) (u usage, parent int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	n := func(i int) time.Duration { v, _ := strconv.ParseInt(f[i], 10, 64); return time.Duration(v) * tick }
	parent, _ = strconv.Atoi(f[1])
	return usage{n(11) + n(12), n(13) + n(14)}, parent
}

// family is the processor time of a process, its children and those that ended: a PostgreSQL server with its backends.
func family(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	u, _ := used(pid)
	sum := u.all()
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, e := range entries {
		p, _ := strconv.Atoi(filepath.Base(e))
		if c, parent := used(p); parent == pid {
			sum += c.self
		}
	}
	return sum
}

// own is the processor time of this process: the client.
func own() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// machine is the processor time the whole machine has been busy.
func machine() time.Duration {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line)[1:]
	var sum time.Duration
	for i, x := range f {
		if i == 3 || i == 4 || i > 7 { // idle, waiting for disks, and guests, who are counted already
			continue
		}
		v, _ := strconv.ParseInt(x, 10, 64)
		sum += time.Duration(v) * tick
	}
	return sum
}

// What of a process's memory is asked for.
const (
	peak     = "VmHWM:" // the most it has had resident
	resident = "VmRSS:" // what it has now
)

// memory is what a process takes, in bytes.
func memory(pid int, what string) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, what); ok {
			n, _ := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			return n << 10
		}
	}
	return 0
}

// reading is one look at all meters.
type reading struct {
	at                      time.Time
	server, client, machine time.Duration
}

func (s *running) read() reading {
	r := reading{at: time.Now(), client: own(), machine: machine()}
	for _, pid := range s.pids {
		r.server += family(pid)
	}
	return r
}

// measured is what happened between two readings.
type measured struct {
	ops       int
	wall      time.Duration
	server    time.Duration
	client    time.Duration
	disturbed bool
	took      []time.Duration // of each operation, sorted
	failed    int
	first     error // what went wrong first
}

// clock measures fn.
func (s *running) clock(fn func(l *laps)) measured {
	l := &laps{}
	before := s.read()
	recorded := s.profile()
	fn(l)
	after := s.read()
	recorded.Wait()
	m := measured{ops: len(l.took), wall: after.at.Sub(before.at), server: after.server - before.server, client: after.client - before.client, took: l.took, failed: l.failed, first: l.first}
	slices.Sort(m.took)
	others := after.machine - before.machine - m.server - m.client
	m.disturbed = float64(others) > 0.05*float64(m.wall)*float64(runtime.NumCPU())+float64(2*tick)
	return m
}

func (m measured) perOp() time.Duration {
	if m.ops == 0 {
		return 0
	}
	return m.server / time.Duration(m.ops)
}

func (m measured) quantile(q float64) time.Duration {
	if len(m.took) == 0 {
		return 0
	}
	return m.took[min(len(m.took)-1, int(q*float64(len(m.took))))]
}

// share is how much of the machine somebody took. A latency counts only if the client's is below 0.4.
func share(took, wall time.Duration) float64 {
	return float64(took) / float64(wall) / float64(runtime.NumCPU())
}

// laps gathers how long operations took, from many goroutines.
type laps struct {
	mu     sync.Mutex
	took   []time.Duration
	failed int
	first  error // what went wrong first
}

func (l *laps) done(d time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		if l.failed == 0 {
			l.first = err
		}
		l.failed++
		return
	}
	l.took = append(l.took, d)
}

// alone are the laps as a measurement of their own, during another whose processor time cannot be told apart.
func (l *laps) alone(of measured) measured {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.took)
	return measured{ops: len(l.took), wall: of.wall, disturbed: of.disturbed, took: l.took, failed: l.failed, first: l.first}
}

// recordFor is how many seconds a profile covers.
const recordFor = 5

// profile asks the server for a profile of its processor time from now on, if one is wanted.
func (s *running) profile() *sync.WaitGroup {
	var wg sync.WaitGroup
	file := s.record
	s.record = ""
	if file == "" || s.admin == "" {
		return &wg
	}
	wg.Go(func() {
		if err := s.fetchProfile(file); err != nil {
			fmt.Fprintf(os.Stderr, "no profile of the server: %v\n", err) // what is measured is as good without
		}
	})
	return &wg
}

func (s *running) fetchProfile(file string) error {
	res, err := http.Get(fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", s.admin, recordFor))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, res.Body)
	return errors.Join(err, f.Close())
}
