package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Backups in a folder: what their names say, which of them are kept, and which are known to be good.

const (
	backupStamp  = "2006-01-02T1504Z"
	backupPrefix = "ranzen-"
	backupEnd    = ".backup.age"
	partEnd      = ".part"   // not finished: counts for nothing
	sumEnd       = ".sha256" // beside each backup: its sum, for sha256sum --check, and whether it was restored as a test
	verifiedMark = "# verified "
)

var backupName = regexp.MustCompile(`^ranzen-(\d{4}-\d{2}-\d{2}T\d{4}Z)\.backup\.age$`)

// kept is one backup of a folder.
type kept struct {
	name     string
	taken    time.Time
	verified bool
}

// backupsIn lists the finished backups of a folder, the newest first.
func backupsIn(dir string) ([]kept, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("folder of backups: %w", err)
	}
	var out []kept
	for _, e := range entries {
		m := backupName.FindStringSubmatch(e.Name())
		if m == nil || e.IsDir() {
			continue
		}
		taken, err := time.Parse(backupStamp, m[1])
		if err != nil {
			continue // a name like ours with a date that does not exist is not ours
		}
		sum, _ := os.ReadFile(filepath.Join(dir, e.Name()+sumEnd)) // without one it is not known to be good
		out = append(out, kept{e.Name(), taken, strings.HasPrefix(string(sum), verifiedMark)})
	}
	slices.SortFunc(out, func(a, b kept) int { return b.taken.Compare(a.taken) })
	return out, nil
}

// Of each of the last so many days, weeks and months that have a backup, the newest is kept.
const (
	keepDays   = 7
	keepWeeks  = 4
	keepMonths = 12
)

// outdated are the backups that may go. Periods count only if they have a backup, so that a server that stood still for
// a year does not lose what it has; the newest one and the newest that was restored as a test always stay.
func outdated(all []kept) (out []kept) {
	periods := []struct {
		keep int
		of   func(time.Time) string
		seen map[string]bool
	}{
		{keepDays, func(t time.Time) string { return t.Format(time.DateOnly) }, map[string]bool{}},
		{keepWeeks, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, "-", w) }, map[string]bool{}},
		{keepMonths, func(t time.Time) string { return t.Format("2006-01") }, map[string]bool{}},
	}
	good := false
	for i, b := range all {
		stays := i == 0 || b.verified && !good
		good = good || b.verified
		for _, p := range periods {
			if name := p.of(b.taken.UTC()); !p.seen[name] && len(p.seen) < p.keep {
				p.seen[name], stays = true, true
			}
		}
		if !stays {
			out = append(out, b)
		}
	}
	return out
}

// rotate deletes what is outdated, the backup before its sum, and says how many went.
func rotate(dir string) (int, error) {
	all, err := backupsIn(dir)
	if err != nil {
		return 0, err
	}
	old := outdated(all)
	for _, b := range old {
		for _, name := range []string{b.name, b.name + sumEnd} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
				return 0, fmt.Errorf("old backup: %w", err)
			}
		}
	}
	return len(old), nil
}
