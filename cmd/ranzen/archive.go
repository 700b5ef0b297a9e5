package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"

	"ranzen/store"
)

// The file of a backup is age(gzip(tar(manifest.json, database))). Who has the identity opens it without this program:
//
//	age --decrypt --identity IDENTITY FILE | tar -xz
//
// database is a SQLite file or a dump in PostgreSQL's custom format, as the manifest says.

const (
	manifestName = "manifest.json"
	databaseName = "database"
)

// errDamaged is what every trouble inside an archive comes to: whoever holds it needs another one.
var errDamaged = errors.New("the backup is cut off or damaged; take another one")

// writeArchive writes manifest and database, before encryption.
func writeArchive(ctx context.Context, w io.Writer, m store.Manifest, database string, wrote func(done, total int64)) error {
	f, err := os.Open(database)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	put := func(name string, size int64, body io.Reader) error {
		if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: m.Taken, Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err := io.Copy(t, body)
		return err
	}
	if err := put(manifestName, int64(len(head)), bytes.NewReader(head)); err != nil {
		return err
	}
	if err := put(databaseName, info.Size(), &counted{Reader: f, ctx: ctx, total: info.Size(), told: wrote}); err != nil {
		return err
	}
	return errors.Join(t.Close(), z.Close())
}

// counted tells how much was read, until nobody wants to know.
type counted struct {
	io.Reader
	ctx         context.Context
	done, total int64
	told        func(done, total int64)
}

func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.Reader.Read(p)
	if c.done += int64(n); c.told != nil {
		c.told(c.done, c.total)
	}
	return n, err
}

// archive is a backup being read: its manifest, then its database.
type archive struct {
	Manifest store.Manifest
	Database io.Reader
	z        *gzip.Reader
	t        *tar.Reader
}

// readArchive reads a decrypted backup as far as its database. After that was read, end must be called.
func readArchive(r io.Reader) (*archive, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%w (%v)", errDamaged, err)
	}
	a := &archive{z: z, t: tar.NewReader(z)}
	if h, err := a.t.Next(); err != nil || h.Name != manifestName || h.Size > 16<<20 {
		return nil, fmt.Errorf("%w (no manifest: %v)", errDamaged, err)
	}
	if err := json.NewDecoder(a.t).Decode(&a.Manifest); err != nil {
		return nil, fmt.Errorf("%w (manifest: %v)", errDamaged, err)
	}
	switch newest := store.NewestSchema(); {
	case a.Manifest.Format > store.ManifestFormat || a.Manifest.Schema > newest:
		return nil, fmt.Errorf("the backup was made by a newer release (%s, form %d; this program knows form %d): use that release or a newer one", a.Manifest.Release, a.Manifest.Schema, newest)
	case a.Manifest.Format < 1 || a.Manifest.Schema < 1:
		return nil, fmt.Errorf("%w (manifest without form)", errDamaged)
	}
	if h, err := a.t.Next(); err != nil || h.Name != databaseName {
		return nil, fmt.Errorf("%w (no database: %v)", errDamaged, err)
	}
	a.Database = damaged{a.t}
	return a, nil
}

// end reads to the end of the file: only then is it known that nothing was cut off.
func (a *archive) end() error {
	if _, err := io.Copy(io.Discard, a.t); err != nil {
		return fmt.Errorf("%w (%v)", errDamaged, err)
	}
	if _, err := a.t.Next(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w (something follows the database: %v)", errDamaged, err)
	}
	if _, err := io.Copy(io.Discard, a.z); err != nil {
		return fmt.Errorf("%w (%v)", errDamaged, err)
	}
	return a.z.Close()
}

// damaged names the trouble of what it reads.
type damaged struct{ io.Reader }

func (d damaged) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w (%v)", errDamaged, err)
	}
	return n, err
}

// decrypted opens a backup with the identities of a file.
func decrypted(r io.Reader, identityFile string) (io.Reader, error) {
	if identityFile == "" {
		return nil, errors.New("--identity is missing: the file with the AGE-SECRET-KEY the backup was made for")
	}
	f, err := os.Open(identityFile)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	defer f.Close()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("--identity %s: it holds no AGE-SECRET-KEY", identityFile)
	}
	plain, err := age.Decrypt(r, ids...)
	var stranger *age.NoIdentityMatchError
	switch {
	case errors.As(err, &stranger):
		return nil, fmt.Errorf("--identity %s: the backup was made for another recipient and cannot be opened with it", identityFile)
	case err != nil:
		return nil, fmt.Errorf("%w (%v)", errDamaged, err)
	}
	return plain, nil
}

// recipients reads the keys backups are made for.
func recipients(list []string) ([]age.Recipient, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out, err := age.ParseRecipients(strings.NewReader(strings.Join(list, "\n")))
	if err != nil {
		for _, x := range list {
			if strings.HasPrefix(strings.ToUpper(strings.TrimSpace(x)), "AGE-SECRET-KEY") {
				return nil, errors.New("--backup-to holds a secret key: it wants the recipient (age1…); the secret key does not belong on this machine")
			}
		}
		return nil, fmt.Errorf("--backup-to: not a list of recipients (age1…): %w", err)
	}
	return out, nil
}
