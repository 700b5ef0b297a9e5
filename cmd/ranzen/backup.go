package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"filippo.io/age"

	"ranzen/store"
	"ranzen/ui"
)

// A backup is made every night, and by hand with `ranzen backup`. The server knows the recipient only (the public key), so
// it cannot read back what it encrypted: what it restores as a test is the very stream that goes into the encryption, at
// the same time; and the encrypted file is read back from the disk and must have the sum of what was written. `ranzen
// backup --verify FILE --identity FILE` does the whole test with a file, where the identity is.
//
// A backup that is not finished is named .part and counts for nothing. Only one is made at a time: a lock on the folder
// says so, which ends with the process that holds it, however that ends; what such a process left behind is cleared away
// by the next one.
//
// The key ring is in no backup. Who finds backup and identity can read no secret without it.

// maker makes backups of one database into one folder.
type maker struct {
	st       *store.Store
	database string // its address
	dir      string
	to       []age.Recipient
	test     bool // restore as a test
	tell     func(step string, done, total int64)
}

// made is a finished backup.
type made struct {
	Path     string
	Manifest store.Manifest
	Size     int64
	Verified time.Time // zero: not tested
	Dropped  int       // older ones that went
}

func (b maker) make(ctx context.Context) (out made, err error) {
	if b.tell == nil {
		b.tell = func(string, int64, int64) {}
	}
	if len(b.to) == 0 {
		return out, errors.New("nobody to encrypt the backup for: name a recipient with --backup-to; «ranzen backup --new-identity FILE» makes one")
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return out, fmt.Errorf("folder of backups: %w", err)
	}
	unlock, err := lockFolder(b.dir)
	if err != nil {
		return out, err
	}
	defer unlock()
	if err := b.clear(); err != nil {
		return out, err
	}
	work := b.work()
	if err := os.Mkdir(work, 0o700); err != nil {
		return out, fmt.Errorf("folder for the copy: %w", err)
	}
	defer os.RemoveAll(work)

	b.tell("copy", 0, 1)
	database := filepath.Join(work, databaseName)
	if out.Manifest, err = b.st.CopyTo(ctx, database); err != nil {
		return out, err
	}
	out.Manifest.Release = build()
	out.Path = filepath.Join(b.dir, backupPrefix+out.Manifest.Taken.UTC().Format(backupStamp)+backupEnd)
	if _, err := os.Stat(out.Path); err == nil {
		return out, fmt.Errorf("there is a backup of this minute already: %s", out.Path)
	}
	sum, err := b.write(ctx, out.Path+partEnd, work, database, out.Manifest)
	if err == nil {
		out.Size, err = readBack(out.Path+partEnd, sum)
	}
	if err != nil {
		os.Remove(out.Path + partEnd)
		return out, err
	}
	line := fmt.Sprintf("%s  %s\n", sum, filepath.Base(out.Path))
	if b.test {
		out.Verified = out.Manifest.Taken
		line = verifiedMark + out.Verified.UTC().Format(time.RFC3339) + ": restored and compared\n" + line
	}
	if err := replaceFile(out.Path+sumEnd, func(f *os.File) error { _, err := io.WriteString(f, line); return err }); err != nil {
		return out, err
	}
	if err := os.Rename(out.Path+partEnd, out.Path); err != nil {
		return out, err
	}
	if err := syncFolder(b.dir); err != nil {
		return out, err
	}
	out.Dropped, err = rotate(b.dir)
	return out, err
}

// write writes the encrypted file and, beside it, restores the stream as a test. It returns the sum of what was written.
func (b maker) write(ctx context.Context, path, work, database string, m store.Manifest) (sum string, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	sealed, err := age.Encrypt(io.MultiWriter(f, h), b.to...)
	if err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	var plain io.Writer = sealed
	tested := make(chan error, 1)
	end := func(err error) {}
	if b.test {
		r, w := io.Pipe()
		plain = io.MultiWriter(sealed, w)
		end = func(err error) { w.CloseWithError(err) }
		go func() {
			err := b.rehearse(ctx, r, work, m)
			r.CloseWithError(err)
			tested <- err
		}()
	} else {
		tested <- nil
	}
	err = writeArchive(ctx, plain, m, database, func(done, total int64) { b.tell("encrypt", done, total) })
	end(err)
	if terr := <-tested; terr != nil && (err == nil || errors.Is(err, terr)) {
		return "", fmt.Errorf("the backup does not come back: %w", terr)
	}
	if err == nil {
		err = sealed.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return "", fmt.Errorf("backup: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// rehearse restores a stream into a database of its own and compares.
func (b maker) rehearse(ctx context.Context, r io.Reader, work string, m store.Manifest) error {
	scratch, drop, err := store.Scratch(ctx, b.database, work, b.st.Now())
	if err != nil {
		return err
	}
	a, err := readArchive(r)
	if err == nil {
		err = fill(ctx, a, scratch)
	}
	if err == nil {
		err = m.Same(a.Manifest)
	}
	return errors.Join(err, drop())
}

// fill puts the database of a backup into an empty one, reads all of what came and compares it with the manifest.
func fill(ctx context.Context, a *archive, database string) error {
	if err := store.Restore(ctx, database, a.Database); err != nil {
		return err
	}
	if err := a.end(); err != nil {
		return err
	}
	came, err := store.Examine(ctx, database)
	if err != nil {
		return err
	}
	if err := a.Manifest.Same(came); err != nil {
		return fmt.Errorf("what came back is not what was backed up: %w", err)
	}
	return nil
}

// work is the folder for copies under way: on the disk of the database and not in the folder of backups, because what
// lies in it is not encrypted. Its name belongs to the folder of backups, whose lock protects it.
func (b maker) work() string {
	h := fnv.New32a()
	h.Write([]byte(b.dir))
	return filepath.Join(b.st.Beside(), fmt.Sprintf(".ranzen-copy-%08x", h.Sum32()))
}

// clear takes away what a process that died left behind.
func (b maker) clear() error {
	left := []string{b.work()}
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return fmt.Errorf("folder of backups: %w", err)
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[e.Name()] = true
	}
	for name := range there {
		of, sum := strings.CutSuffix(name, sumEnd)
		if strings.HasPrefix(name, backupPrefix) && (strings.HasSuffix(name, backupEnd+partEnd) || strings.HasSuffix(name, backupEnd+sumEnd+".new") || sum && backupName.MatchString(of) && !there[of]) {
			left = append(left, filepath.Join(b.dir, name))
		}
	}
	for _, path := range left {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("what an earlier backup left behind: %w", err)
		}
	}
	return nil
}

// readBack reads a file from the disk and compares its sum.
func readBack(path, sum string) (size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return 0, fmt.Errorf("backup: read back: %w", err)
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return 0, errors.New("backup: the disk does not hold what was written to it")
	}
	return size, nil
}

// lockFolder keeps other processes from making backups into the same folder.
func lockFolder(dir string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("folder of backups: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.New("another backup is under way in this folder; wait until it is done")
		}
		return nil, fmt.Errorf("folder of backups: lock: %w", err)
	}
	return func() { f.Close() }, nil
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// How often a copy is restored as a test.
const (
	testNightly = "nightly"
	testWeekly  = "weekly"
	testNever   = "never"
)

// wantsTest reports whether the next backup is restored as a test.
func wantsTest(often string, last store.BackupState, now time.Time) bool {
	return often == testNightly || often == testWeekly && now.Sub(last.Verified) > 6*24*time.Hour+12*time.Hour
}

// nightly is the last moment before now at which a backup was due: in the night, at a minute of this server's own, so
// that not every server of a data centre writes at once.
func nightly(url string, now time.Time) time.Time {
	h := fnv.New32a()
	h.Write([]byte(url))
	at := now.UTC().Truncate(24 * time.Hour).Add(time.Duration(h.Sum32()%180) * time.Minute) // 0 to 3 o'clock UTC
	if at.After(now) {
		at = at.Add(-24 * time.Hour)
	}
	return at
}

// backUp is the job: it makes a backup when one is due, keeps what came of it, and says so when it failed.
func (s *Server) backUp(ctx context.Context) error {
	last, known, err := s.Store.Backups(ctx)
	if err != nil {
		return err
	}
	planned := len(s.set.BackupTo) > 0
	if s.set.Nature == store.Played && !planned {
		return nil
	}
	if !known || last.Planned != planned {
		if err := s.Store.NoteBackup(ctx, func(b *store.BackupState) { b.Planned = planned }); err != nil {
			return err
		}
	}
	now := s.Store.Now()
	if !planned || !last.At.Before(nightly(s.set.BaseURL, now)) {
		return nil
	}
	b := maker{st: s.Store, database: s.set.Database, dir: s.set.BackupDir, to: s.set.BackupTo, test: wantsTest(s.set.BackupVerify, last, now), tell: s.jobs.advance(ctx)}
	x, err := b.make(ctx)
	if err != nil {
		if ctx.Err() != nil { // the server ends: the next one begins anew
			return err
		}
		return errors.Join(err, s.Store.BackupFailed(ctx, ui.BackupLetter(s.set.Public)))
	}
	s.log.Info("backup made", "file", filepath.Base(x.Path), "bytes", x.Size, "tested", !x.Verified.IsZero(), "dropped", x.Dropped)
	return noteMade(ctx, s.Store, x)
}

func noteMade(ctx context.Context, st *store.Store, x made) error {
	return st.NoteBackup(ctx, func(b *store.BackupState) {
		b.Planned, b.At, b.File, b.Size, b.Failed = true, x.Manifest.Taken, filepath.Base(x.Path), x.Size, time.Time{}
		if !x.Verified.IsZero() {
			b.Verified = x.Verified
		}
	})
}
