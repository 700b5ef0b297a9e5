package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// leaveText gives back the pages of the program's own file, its code and what stands beside it, most of which only the start needed:
// what is used again comes from the file, where it never changed. A part of which a page was written to while it was loaded is kept.
func leaveText() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer maps.Close()
	var from, to uint64
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) == 0 {
			continue
		}
		if a, b, isRange := strings.Cut(f[0], "-"); isRange {
			from, to = 0, 0
			if len(f) == 6 && f[5] == self && f[1][1] == '-' {
				from, _ = strconv.ParseUint(a, 16, 64)
				to, _ = strconv.ParseUint(b, 16, 64)
			}
		} else if f[0] == "Anonymous:" && f[1] == "0" && from < to {
			syscall.Syscall(syscall.SYS_MADVISE, uintptr(from), uintptr(to-from), syscall.MADV_DONTNEED)
		}
	}
}
