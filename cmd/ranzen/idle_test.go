package main

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ranzen/mdm/sim"
	"ranzen/store/storetest"
)

// idleMemory is a promise to whoever has a small machine: so much a server of a hundred iPads takes when nothing happens.
const idleMemory = 60 << 20

// TestIdleServerIsSmall measures the program as it is delivered: built without what tests build in.
func TestIdleServerIsSmall(t *testing.T) {
	program := filepath.Join(t.TempDir(), "ranzen")
	if out, err := exec.Command("go", "build", "-race=false", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	storetest.EachEngine(t, func(t *testing.T, engine string) {
		dir, database := t.TempDir(), storetest.URL(t, engine)
		roots := hundred(t, dir, database)
		cmd := exec.Command(program, "bench-server", "--database", database, "--keys", filepath.Join(dir, "keys"), "--push-url", "https://127.0.0.1:1", "--push-roots", roots)
		cmd.Stderr = t.Output()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		defer func() { cmd.Process.Signal(syscall.SIGTERM); cmd.Wait() }()
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "ready ") {
		}
		go io.Copy(io.Discard, out)
		time.Sleep(heapYoung + time.Second) // until it has started wholly
		most := 0
		for range 20 { // it may not grow while nothing happens
			time.Sleep(500 * time.Millisecond)
			most = max(most, resident(t, cmd.Process.Pid))
		}
		if most > idleMemory {
			t.Errorf("an idle server takes %d MB; %d are promised", most>>20, idleMemory>>20)
		}
		t.Logf("%d MB", most>>20)
	})
}

// hundred makes a world of a hundred iPads that have what they should have.
func hundred(t *testing.T, dir, database string) (roots string) {
	t.Helper()
	d := played(t, database, 100, 60, sim.Calm())
	d.cmd.Dir = dir
	w, end := live(t, d)
	defer end()
	w.until("a hundred iPads are enrolled and have what they should have", func() bool { return w.counts().Enrolled == 100 && w.settled() })
	roots = filepath.Join(dir, "roots.pem")
	w.must(os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: d.apple.AnchorCerts()[0].Raw}), 0o600))
	return roots
}

// resident is what a process has of the machine's memory.
func resident(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		var kb int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	t.Fatal("the process does not say how large it is")
	return 0
}

func TestMemoryLimit(t *testing.T) {
	root := t.TempDir()
	put := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("self", "0::/system.slice/ranzen.service\n")
	self := filepath.Join(root, "self")
	for _, c := range []struct {
		path, text string
		want       int64
	}{
		{"memory.max", "max\n", 0},
		{"system.slice/ranzen.service/memory.max", "max\n", 0},
		{"system.slice/memory.max", "2147483648\n", 2 << 30},
		{"system.slice/ranzen.service/memory.max", "1073741824\n", 1 << 30},
		{"memory.max", "4294967296\n", 1 << 30},
	} {
		put(c.path, c.text)
		if got := memoryLimit(root, self); got != c.want {
			t.Errorf("after %s: %d instead of %d", c.path, got, c.want)
		}
	}
	if got := memoryLimit(root, filepath.Join(root, "nowhere")); got != 0 {
		t.Errorf("of no group: %d", got)
	}
}

func TestHeapGrowsOnlyWhileItIsCollectedOften(t *testing.T) {
	for _, c := range []struct {
		name  string
		alive uint64
		since time.Duration
		age   time.Duration
		want  int
	}{
		{"a small heap stays small", heapSmall - 1, time.Millisecond, time.Hour, heapPercent},
		{"and smaller still when it is young", heapSmall - 1, time.Millisecond, time.Second, heapFirst},
		{"unless they come at once", 48 << 20, 100 * time.Millisecond, time.Second, 300},
		{"nothing happens", 50 << 20, heapClose, time.Hour, heapPercent},
		{"they all come", 48 << 20, 100 * time.Millisecond, time.Hour, 300},
		{"what lives needs the room itself", heapRoom / 2, time.Millisecond, time.Hour, heapPercent},
		{"and less than twice is never", heapRoom/2 - 1, time.Millisecond, time.Hour, heapPercent},
	} {
		if got := heapGrowth(c.alive, c.since, c.age); got != c.want {
			t.Errorf("%s: %d per cent, want %d", c.name, got, c.want)
		}
		if top := c.alive + c.alive*uint64(heapGrowth(c.alive, c.since, c.age))/100; top > max(heapRoom, 2*c.alive) {
			t.Errorf("%s: the heap may grow to %d MB", c.name, top>>20)
		}
	}
}
