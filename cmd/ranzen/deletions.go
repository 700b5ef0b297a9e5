package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"ranzen/store"
)

// deletionsName is the journal of deletions beside the backups: what was erased since the newest of them. It only grows,
// each line is on the disk before it counts, and it holds no names. Who takes backups elsewhere takes it along.
const deletionsName = "deletions.jsonl"

// fileDeletions writes the lines the file lacks.
func fileDeletions(ctx context.Context, st *store.Store, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of backups: %w", err)
	}
	return st.FileDeletions(ctx, func(lines []byte) error {
		f, err := os.OpenFile(filepath.Join(dir, deletionsName), os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // several nodes may share the folder
			return err
		}
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if n := info.Size(); n > 0 { // a line that was cut off when the machine stopped is ended, so that it spoils no other
			last := make([]byte, 1)
			if _, err := f.ReadAt(last, n-1); err != nil {
				return err
			}
			if last[0] != '\n' {
				lines = append([]byte("\n"), lines...)
			}
		}
		if _, err := f.Write(lines); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		return syncFolder(dir)
	})
}

// deletions reads the journal beside a backup, or the one that is named; none is no error: then nothing was erased, or
// nobody kept it.
func deletions(backup, named string) (list []store.Deletion, from string, err error) {
	path := named
	if path == "" {
		path = filepath.Join(filepath.Dir(backup), deletionsName)
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && named == "" {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("journal of deletions: %w", err)
	}
	defer f.Close()
	list, err = store.ReadDeletions(f)
	return list, path, err
}

// filesDeletions reports whether there is a folder for the journal, and something to write into it.
func (s *Server) filesDeletions(ctx context.Context) (bool, error) {
	if len(s.set.BackupTo) == 0 || s.set.BackupDir == "" {
		return false, nil
	}
	return s.Store.UnfiledDeletions(ctx)
}
