package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// How much memory the server takes. The heap of an idle server is small; what it takes from the machine is mostly what the
// collector lets lie between two rounds. So it collects a little earlier than Go's default, and, where a limit is set for the
// process (systemd's MemoryMax, a container), much earlier shortly before it: rather slower than killed. What SQLite and the
// stacks of C take is not the collector's, and is left room for. GOGC and GOMEMLIMIT, when set, are obeyed instead.
const (
	gcPercent  = 50
	goMemory   = 0.7 // of the limit
	cgroupRoot = "/sys/fs/cgroup"
)

func boundMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		if limit := memoryLimit(cgroupRoot, "/proc/self/cgroup"); limit > 0 {
			debug.SetMemoryLimit(int64(float64(limit) * goMemory))
		}
	}
}

// memoryLimit is the smallest limit set for this process or a group it is in; 0: there is none.
func memoryLimit(root, self string) int64 {
	b, err := os.ReadFile(self)
	if err != nil {
		return 0
	}
	least := int64(math.MaxInt64)
	for line := range strings.Lines(string(b)) {
		group, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue // of the first version: no limit of it is read
		}
		for group = filepath.Clean("/" + group); ; group = filepath.Dir(group) {
			if b, err := os.ReadFile(filepath.Join(root, group, "memory.max")); err == nil {
				if n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64); err == nil && n > 0 {
					least = min(least, n)
				}
			}
			if group == "/" {
				break
			}
		}
	}
	if least == math.MaxInt64 {
		return 0
	}
	return least
}
