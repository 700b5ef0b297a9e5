package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ranzen/store"
)

// restoreCmd brings a world back on an empty machine. It comes back whole or not at all: what turns out to be no good is
// taken away again, so that a second try finds what the first one found.
type restoreCmd struct {
	Config         `embed:""`
	Backup         string `arg:"" help:"The backup, ranzen-….backup.age."`
	Identity       string `name:"identity" required:"" placeholder:"FILE" help:"The identity that opens the backup."`
	KeyRing        string `name:"key-ring" required:"" placeholder:"FILE" help:"The key ring: the file from the safe (ranzen backup --key-ring), or a plain copy. It becomes that of this server (--keys)."`
	Deletions      string `name:"deletions" placeholder:"FILE" help:"The journal of deletions: what it names is erased again. Not named: deletions.jsonl beside the backup, if there is one."`
	PassphraseFile string `name:"passphrase-file" placeholder:"FILE" help:"Read the passphrase of the key ring from a file instead of asking."`
}

// Run is `ranzen restore`.
func (c restoreCmd) Run(ctx context.Context, s streams) error {
	f, err := os.Open(c.Backup)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := decrypted(f, c.Identity)
	if err != nil {
		return err
	}
	a, err := readArchive(plain)
	if err != nil {
		return err
	}
	if postgres := a.Manifest.Engine == "postgres"; postgres != store.IsPostgres(c.Database) {
		return fmt.Errorf("the backup is one of %s and --database names another kind: restore it into its own kind, then «ranzen move» brings it to the other", a.Manifest.Engine)
	}
	ring, err := openKeyRing(c.KeyRing, func() (string, error) {
		if c.PassphraseFile != "" {
			return passphraseOf(c.PassphraseFile)
		}
		return ask(os.Stdin, s.err)
	})
	if err != nil {
		return err
	}
	there, err := os.ReadFile(c.Keys)
	switch {
	case err == nil && !bytes.Equal(there, ring):
		return fmt.Errorf("there is another key ring at %s: nothing was changed. Move it away, or name another place with --keys", c.Keys)
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("key ring: %w", err)
	}
	empty, err := store.Empty(ctx, c.Database)
	if err != nil {
		return err
	}
	if !empty {
		return store.ErrNotEmpty
	}
	filed, journal, err := deletions(c.Backup, c.Deletions)
	if err != nil {
		return err
	}
	resumed, erased, opened, err := c.bringBack(ctx, a, ring, filed)
	if errors.Is(err, store.ErrNotEmpty) { // somebody else filled it meanwhile: it is theirs
		return err
	}
	if err != nil {
		return errors.Join(err, store.Wipe(context.WithoutCancel(ctx), c.Database))
	}
	if there == nil {
		err := os.MkdirAll(filepath.Dir(c.Keys), 0o700)
		if err == nil {
			err = newFile(c.Keys, func(f io.Writer) error { _, err := f.Write(ring); return err })
		}
		if err != nil {
			return errors.Join(fmt.Errorf("key ring: %w", err), store.Wipe(context.WithoutCancel(ctx), c.Database))
		}
	}
	_, err = fmt.Fprintf(s.out, `Restored: %s
  every row is there, every chain of audit holds, the key ring opens it (%d sealed values)
  key ring: %s
  %d devices will be asked for everything anew; %d open orders to devices were cancelled, because they may have been
  carried out since; %d sessions and %d set-up links ended
  %s

Next:
  1. ranzen serve. The iPads go on with the identities they have.
  2. Everybody signs in anew. Who waited for a set-up link needs a new one; «ranzen admin LOGIN» makes one for an operator.
  3. What happened after %s is not known here. Do once more what took something away since: accounts that were
     disabled, API tokens that were revoked, grants that were ended. iPads that were enrolled since then do not get in and
     must be enrolled again; those that only got a new identity get in with it for the next 60 days, and the start page
     says which. Profiles iPads were given since go away again, but for imported ones with an identifier of their own on
     an iPad without declarative management: assigned again and taken back, they go.
  4. ranzen backup, and see on the start page that there is a good one.
`, holds(a.Manifest), opened, c.Keys, resumed.Devices, resumed.Orders, resumed.Sessions, resumed.Links, saysErased(erased, journal), a.Manifest.Taken.Local().Format("2006-01-02 15:04"))
	return err
}

// bringBack restores, checks, makes the world go on and erases again what was erased since.
func (c restoreCmd) bringBack(ctx context.Context, a *archive, ring []byte, filed []store.Deletion) (r store.Resumed, e store.Erased, opened int, err error) {
	if err := fill(ctx, a, c.Database); err != nil {
		return r, e, 0, err
	}
	if opened, err = opens(ctx, c.Database, ring, a.Manifest.Nature); err != nil {
		return r, e, 0, err
	}
	keys, err := store.ReadKeyRing(bytes.NewReader(ring))
	if err != nil {
		return r, e, 0, err
	}
	st, err := store.Open(ctx, store.Options{URL: c.Database, Keys: keys, Nature: a.Manifest.Nature})
	if err != nil {
		return r, e, 0, err
	}
	defer st.Close()
	if r, err = st.AfterRestore(ctx, a.Manifest.Taken); err == nil {
		e, err = st.EraseAgain(ctx, filed)
	}
	return r, e, opened, err
}

// saysErased is the line about what was erased again.
func saysErased(e store.Erased, journal string) string {
	line := fmt.Sprintf("%d people who had been erased since were erased again, %d whose time ran out", e.Again, e.Retired)
	if e.Ended > 0 {
		line += fmt.Sprintf(";\n  %d authorities that had left since were deleted again", e.Ended)
	}
	switch {
	case journal == "":
		line += ";\n  no journal of deletions lay beside the backup: who was erased after it was made is back. Name it with --deletions"
	case e.Strange > 0:
		line += fmt.Sprintf(";\n  %d lines of %s were written by no server with these keys and were not followed", e.Strange, journal)
	}
	return line
}
