package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
)

// Where a limit of memory is set for the process (systemd's MemoryMax, a container), the collector works harder shortly before
// it: rather slower than killed. What SQLite and the stacks of C take is not the collector's, and is left room for. GOMEMLIMIT,
// when set, is obeyed instead.
const (
	goMemory   = 0.7 // of the limit
	cgroupRoot = "/sys/fs/cgroup"
)

func boundMemory() {
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
