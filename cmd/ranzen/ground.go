package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"ranzen/store"
)

// What each node watches of the ground it stands on, without a lease: its clock against the database's, and the disks it
// writes to. And how whoever monitors the installation is told all that stands open.

// Limits of calm: more apart than this clocks are an alarm, and less free a disk is. A disk is well again a little later
// than it was low, so that the alarm does not flicker.
const (
	clocksApart = 30 * time.Second
	diskFree    = 500 << 20 // bytes
	diskShare   = 20        // one part of so many
)

// freeOn is the space of the disk a folder lies on: what we may still write, and all of it.
func freeOn(dir string) (free, all uint64, err error) {
	var f syscall.Statfs_t
	if err := syscall.Statfs(dir, &f); err != nil {
		return 0, 0, fmt.Errorf("disk of %s: %w", dir, err)
	}
	return uint64(f.Bavail) * uint64(f.Bsize), uint64(f.Blocks) * uint64(f.Bsize), nil
}

// disks are the folders whose disks serve writes to. That of a PostgreSQL elsewhere is not ours to see.
func (c Config) disks() (out []string) {
	if file := store.DatabaseFile(c.Database); file != "" {
		out = append(out, filepath.Dir(file))
	}
	if c.BackupDir != "" && len(c.BackupTo) > 0 {
		out = append(out, c.BackupDir)
	}
	return out
}

// drain is how long whoever spreads requests over nodes has to notice that one ends: it asks /readyz. One node alone has nobody
// who would notice.
func (c Config) drain() time.Duration {
	if len(c.Behind) > 0 && store.IsPostgres(c.Database) {
		return 5 * time.Second
	}
	return 0
}

// nearlyFull judges a disk; was says that it was judged so last time.
func nearlyFull(free, all uint64, was bool) bool {
	if was {
		return free < diskFree*6/5 || free < all/diskShare*6/5
	}
	return free < diskFree || free < all/diskShare
}

// tend looks around every so often until ctx ends.
func (j *jobs) tend(ctx context.Context) {
	var low bool
	for ctx.Err() == nil {
		if err := j.s.lookAround(ctx, &low); err != nil && ctx.Err() == nil {
			j.s.log.Error("not looked around", "error", err)
		}
		pause(ctx, j.pace.tend)
	}
}

func (s *Server) lookAround(ctx context.Context, low *bool) error {
	ahead, err := s.Store.MeasureClock(ctx)
	if err != nil {
		return err
	}
	if err := s.Store.NodeAlarm(ctx, store.AlarmClock, s.set.Node, ahead.Abs() > clocksApart, nil); err != nil {
		return err
	}
	if len(s.set.Disks) == 0 {
		return nil
	}
	is := false
	for _, dir := range s.set.Disks {
		free, all, err := s.set.Free(dir)
		if errors.Is(err, os.ErrNotExist) {
			continue // the folder of backups is made with the first
		}
		if err != nil {
			return err
		}
		is = is || nearlyFull(free, all, *low)
	}
	*low = is
	return s.Store.NodeAlarm(ctx, store.AlarmDisk, s.set.Node, is, nil)
}

// troubleLines are the lines of what stands open, for operators; no word of them names an authority.
var troubleLines = map[string]string{
	store.AlarmDisk:            "disk: nearly full on %d node(s)",
	store.AlarmClock:           "clock: %d node(s) differ from the database by more than 30 seconds and go by the database's",
	store.AlarmMail:            "mail: the mail server does not answer",
	store.AlarmPush:            "push: Apple's push service does not answer, for %d authority(ies)",
	store.AlarmApple:           "apple: Apple School Manager does not answer, for %d token(s)",
	"push_certificate_refused": "push: Apple refuses the push certificate of %d authority(ies)",
	"push_no_certificate":      "push: %d authority(ies) have no push certificate",
	"ade_terms":                "apple: new terms wait in Apple School Manager, for %d token(s)",
	"ade_token_rejected":       "apple: %d token(s) ended or were revoked",
	"ade_access_denied":        "apple: %d token(s) may not read their list",
}

// verbose says in one line each what stands open. None of it is a reason to send requests elsewhere.
func (s *Server) verbose(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	if since := s.Store.FullSince(); !since.IsZero() {
		fmt.Fprintf(w, "disk: the database finds no space since %s\n", since.Format(time.RFC3339))
	}
	all, err := s.Store.Troubles(ctx)
	if err != nil {
		return // readiness has said so
	}
	for _, x := range all {
		line := strings.Replace(troubleLines[x.Kind], "%d", strconv.Itoa(x.Count), 1) // the mail server is one
		fmt.Fprintf(w, "%s, since %s\n", line, x.Since.UTC().Format(time.RFC3339))
	}
	if b, known, err := s.Store.Backups(ctx); err == nil && known {
		fmt.Fprintln(w, backupLine(b, s.Store.Now()))
	}
}
