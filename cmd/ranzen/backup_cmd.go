package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"
	"golang.org/x/term"

	"ranzen/store"
)

// backupCmd makes a backup now, and what belongs to it: the identity that opens backups, the key ring for the safe, and
// the whole test of a file.
type backupCmd struct {
	Config         `embed:""`
	NewIdentity    string `name:"new-identity" placeholder:"FILE" help:"Make an identity that opens backups, into a new file, and print its recipient for --backup-to. Keep the file away from this machine."`
	KeyRing        string `name:"key-ring" placeholder:"FILE" help:"Write the key ring into a new file for the safe, encrypted with a passphrase. It is in no backup."`
	PassphraseFile string `name:"passphrase-file" placeholder:"FILE" help:"With --key-ring: read the passphrase from a file instead of making one."`
	Verify         string `name:"verify" placeholder:"FILE" help:"Restore a backup as a test, read all of it and say what it holds. Needs --identity."`
	Identity       string `name:"identity" placeholder:"FILE" help:"The identity that opens the backup."`
}

// Run is `ranzen backup`.
func (c backupCmd) Run(ctx context.Context, s streams) error {
	switch {
	case c.NewIdentity != "":
		return c.newIdentity(s.out)
	case c.KeyRing != "":
		return c.saveKeyRing(s.out)
	case c.Verify != "":
		return c.verify(ctx, s.out)
	}
	to, err := recipients(c.BackupTo)
	if err != nil {
		return err
	}
	st, err := store.Existing(c.Database)
	if err != nil {
		return err
	}
	defer st.Close()
	step := ""
	b := maker{st: st, database: c.Database, dir: c.BackupDir, to: to, test: c.BackupVerify != testNever, tell: func(now string, done, total int64) {
		if now != step {
			step = now
			fmt.Fprintf(s.err, "%s …\n", now)
		}
	}}
	x, err := b.make(ctx)
	if err != nil {
		return err
	}
	if err := noteMade(ctx, st, x); err != nil {
		return err
	}
	test := "not restored as a test (--backup-verify=never)"
	if !x.Verified.IsZero() {
		test = "restored as a test and compared"
	}
	_, err = fmt.Fprintf(s.out, "%s\n  %d bytes, %s\n  %s; %d older ones dropped\n", x.Path, x.Size, holds(x.Manifest), test, x.Dropped)
	return err
}

// holds says in one line what a backup holds.
func holds(m store.Manifest) string {
	rows := int64(0)
	for _, n := range m.Rows {
		rows += n
	}
	return fmt.Sprintf("%s of %s, release %s, form %d: %d authorities, %d devices, %d rows", m.Engine, m.Taken.UTC().Format(time.RFC3339), m.Release, m.Schema, m.Authorities, m.Rows["device"], rows)
}

func (c backupCmd) newIdentity(out io.Writer) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	if err := newFile(c.NewIdentity, func(f io.Writer) error {
		_, err := fmt.Fprintf(f, "# Opens backups of Ranzen. Keep it in the safe, away from the server.\n# created: %s\n# public key: %s\n%s\n",
			wallClock().UTC().Format(time.RFC3339), id.Recipient(), id)
		return err
	}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "The identity is in %s. Take it away from this machine: who has it opens every backup, and without it none can be opened.\nOn the server, in /etc/ranzen/ranzen.conf:\n\nbackup-to = %s\n",
		c.NewIdentity, id.Recipient())
	return err
}

// newFile writes a file for its owner's eyes that was not there before, complete or not at all.
func newFile(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		os.Remove(path)
	}
	return err
}

// scryptWork is how long a guess at a passphrase takes: about a second.
var scryptWork = 18

// saveKeyRing writes the key ring for the safe. Its passphrase is made here, because one that people think of does not
// hold for the years a safe keeps things.
func (c backupCmd) saveKeyRing(out io.Writer) error {
	ring, err := c.keyRingText()
	if err != nil {
		return err
	}
	words, said := "", ""
	if c.PassphraseFile != "" {
		if words, err = passphraseOf(c.PassphraseFile); err != nil {
			return err
		}
	} else {
		words = newPassphrase()
		said = "\nPassphrase, shown this once; write it on paper and keep it apart from the file:\n\n  " + words + "\n"
	}
	to, err := age.NewScryptRecipient(words)
	if err != nil {
		return fmt.Errorf("passphrase: %w", err)
	}
	to.SetWorkFactor(scryptWork)
	if err := newFile(c.KeyRing, func(f io.Writer) error {
		w, err := age.Encrypt(f, to)
		if err == nil {
			_, err = w.Write(ring)
		}
		if err == nil {
			err = w.Close()
		}
		return err
	}); err != nil {
		return err
	}
	back, err := openKeyRing(c.KeyRing, func() (string, error) { return words, nil })
	if err != nil || !bytes.Equal(back, ring) {
		return fmt.Errorf("the key ring does not come back from %s: %w", c.KeyRing, err)
	}
	_, err = fmt.Fprintf(out, "The key ring is in %s. Without it nothing that is sealed can ever be read again; make it anew when a key is added.\n%s", c.KeyRing, said)
	return err
}

// keyRingText is the key ring as it lies there, after it was understood.
func (c Config) keyRingText() ([]byte, error) {
	path, _ := c.keyRingFile()
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	_, err = store.ReadKeyRing(bytes.NewReader(b))
	return b, err
}

// newPassphrase has 30 letters that cannot be mistaken for each other: 147 bits.
func newPassphrase() string {
	const letters = "abcdefghjkmnpqrstvwxyz23456789" // 30 of them
	var b strings.Builder
	for i := 0; i < 30; {
		var x [1]byte
		rand.Read(x[:])
		if x[0] >= 240 { // the rest would favour the first letters
			continue
		}
		if i > 0 && i%5 == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(letters[x[0]%30])
		i++
	}
	return b.String()
}

func passphraseOf(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--passphrase-file: %w", err)
	}
	words, _, _ := strings.Cut(string(b), "\n")
	if words = strings.TrimSpace(words); len(words) < 12 {
		return "", errors.New("--passphrase-file: the first line must hold a passphrase of at least 12 letters")
	}
	return words, nil
}

// ageBegins is how a file of age begins.
const ageBegins = "age-encryption.org/"

// openKeyRing reads a key ring from a file: one for the safe, which asks for its passphrase, or one as the server uses it.
func openKeyRing(path string, passphrase func() (string, error)) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--key-ring: %w", err)
	}
	if bytes.HasPrefix(b, []byte(ageBegins)) {
		words, err := passphrase()
		if err != nil {
			return nil, err
		}
		id, err := age.NewScryptIdentity(words)
		if err != nil {
			return nil, fmt.Errorf("passphrase: %w", err)
		}
		plain, err := age.Decrypt(bytes.NewReader(b), id)
		if err != nil {
			return nil, fmt.Errorf("--key-ring %s: the passphrase does not open it", path)
		}
		if b, err = io.ReadAll(plain); err != nil {
			return nil, fmt.Errorf("--key-ring %s: cut off or damaged", path)
		}
	}
	if _, err := store.ReadKeyRing(bytes.NewReader(b)); err != nil {
		return nil, fmt.Errorf("--key-ring %s: %w", path, err)
	}
	return b, nil
}

// ask reads a passphrase as somebody types it. A terminal does not show it.
func ask(in io.Reader, out io.Writer) (line string, err error) {
	fmt.Fprint(out, "Passphrase of the key ring: ")
	if f, ok := in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		var typed []byte
		typed, err = term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(out)
		line = string(typed)
	} else {
		line, err = bufio.NewReader(in).ReadString('\n')
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", fmt.Errorf("no passphrase was given (--passphrase-file reads it from a file): %w", err)
	}
	return line, nil
}

// verify restores a backup into a database of its own, reads all of it, and opens sealed values if the key ring is here.
func (c backupCmd) verify(ctx context.Context, out io.Writer) (err error) {
	f, err := os.Open(c.Verify)
	if err != nil {
		return err
	}
	defer f.Close()
	plain, err := decrypted(f, c.Identity)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "ranzen-verify-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	a, err := readArchive(plain)
	if err != nil {
		return err
	}
	database := "" // a file in the folder
	if a.Manifest.Engine == "postgres" {
		if database = c.Database; !store.IsPostgres(database) {
			return errors.New("the backup is one of PostgreSQL: name with --database a server on which it may be tried out; the database itself is not touched")
		}
	}
	scratch, drop, err := store.Scratch(ctx, database, work, wallClock())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }() // what was restored as a test holds every name
	if err := fill(ctx, a, scratch); err != nil {
		return err
	}
	sealed := "the key ring is not here: sealed values were not opened"
	if ring, err := c.keyRingText(); err == nil {
		n, err := opens(ctx, scratch, ring, a.Manifest.Nature)
		if err != nil {
			return err
		}
		sealed = fmt.Sprintf("the key ring opens it (%d sealed values)", n)
	}
	_, err = fmt.Fprintf(out, "good: %s\n  %s\n  every row is there, every chain of audit holds; %s\n", c.Verify, holds(a.Manifest), sealed)
	return err
}

// opens brings a restored database to the newest form and opens sealed values of every authority.
func opens(ctx context.Context, database string, ring []byte, nature store.Nature) (int, error) {
	keys, err := store.ReadKeyRing(bytes.NewReader(ring))
	if err != nil {
		return 0, err
	}
	st, err := store.Open(ctx, store.Options{URL: database, Keys: keys, Nature: nature})
	if err != nil {
		return 0, err
	}
	defer st.Close()
	h, err := st.Health(ctx)
	if errors.Is(err, store.ErrKeyMissing) {
		return 0, errors.New("this key ring is not the one of the backup: it lacks the key the secrets were sealed with")
	}
	return h.Opened, err
}
