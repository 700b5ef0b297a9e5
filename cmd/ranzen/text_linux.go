package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// leaveText gives back the pages of the program's own code, most of which only the start needed: what is used again comes from the file,
// where it never changed. Only what can be executed is given back: other parts of the file were written to while it was loaded.
func leaveText() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 6 || f[1] != "r-xp" || f[5] != self {
			continue
		}
		from, to, _ := strings.Cut(f[0], "-")
		a, err := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if err == nil && err2 == nil {
			syscall.Syscall(syscall.SYS_MADVISE, uintptr(a), uintptr(b-a), syscall.MADV_DONTNEED)
		}
	}
}
