package store

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"ranzen/store/school"
)

// KeyRing holds the keys under which secrets are sealed. It comes from a file or a systemd credential outside the
// database: whoever has a copy of the database alone can read no secret, and whoever loses the ring has lost every
// escrowed code, token and certificate key for good.
//
// The file has one key per line, "id base64(32 bytes)"; the last line is the current key, earlier ones still open what
// they sealed. Lines beginning with # are comments.
type KeyRing struct {
	keys    map[string][]byte
	current string
	mu      sync.Mutex
	aeads   map[string]cipher.AEAD // key id + authority
}

// ErrKeyMissing is returned when something was sealed with a key that is not in the ring.
var ErrKeyMissing = errors.New("the key ring lacks the key this was sealed with")

// NewKeyRing makes a ring with one fresh key.
func NewKeyRing() *KeyRing {
	r := &KeyRing{keys: map[string][]byte{}, aeads: map[string]cipher.AEAD{}}
	r.Rotate()
	return r
}

// Rotate adds a fresh key and makes it current. What older keys sealed stays readable.
func (r *KeyRing) Rotate() {
	id, key := make([]byte, 4), make([]byte, 32)
	rand.Read(id)
	rand.Read(key)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = hex.EncodeToString(id)
	r.keys[r.current] = key
}

// ReadKeyRing reads the ring's file format.
func ReadKeyRing(src io.Reader) (*KeyRing, error) {
	r := &KeyRing{keys: map[string][]byte{}, aeads: map[string]cipher.AEAD{}}
	in := bufio.NewScanner(src)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, b64, ok := strings.Cut(line, " ")
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(b64))
		if !ok || len(id) != 8 || err != nil || len(key) != 32 {
			return nil, fmt.Errorf("key ring: line %d is not \"id base64(32 bytes)\"", n)
		}
		r.keys[id], r.current = key, id
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	if r.current == "" {
		return nil, errors.New("key ring: holds no key")
	}
	return r, nil
}

// OpenKeyRing reads the ring from a file that nobody but its owner may read; with create it makes one that is missing.
func OpenKeyRing(path string, create bool) (*KeyRing, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) && create {
		r := NewKeyRing()
		return r, r.Save(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key ring: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("key ring: %s may be read by others (mode %04o); make it 0600: chmod 600 %[1]s", path, info.Mode().Perm())
	}
	return ReadKeyRing(f)
}

// Save writes the ring to path with mode 0600, complete or not at all.
func (r *KeyRing) Save(path string) error {
	var b strings.Builder
	b.WriteString("# Ranzen key ring. Keep a copy outside this machine: without it every escrowed secret is lost.\n")
	r.mu.Lock()
	for id, key := range r.keys {
		if id != r.current {
			fmt.Fprintf(&b, "%s %s\n", id, base64.StdEncoding.EncodeToString(key))
		}
	}
	fmt.Fprintf(&b, "%s %s\n", r.current, base64.StdEncoding.EncodeToString(r.keys[r.current]))
	r.mu.Unlock()
	tmp := path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("key ring: %w", err)
	}
	if err = f.Chmod(0o600); err == nil { // the file may have been there
		_, err = f.WriteString(b.String())
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp, path)
	}
	if err != nil {
		os.Remove(tmp)
		return fmt.Errorf("key ring: %w", err)
	}
	return nil
}

// aead derives the key of one authority from a ring key (HKDF-SHA-256), so that no authority's ciphertext opens with
// another's key.
func (r *KeyRing) aead(id string, authority school.AuthorityID) (cipher.AEAD, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.aeads[id+string(authority)]; ok {
		return a, nil
	}
	master, ok := r.keys[id]
	if !ok {
		return nil, fmt.Errorf("%w (key %s)", ErrKeyMissing, id)
	}
	key, err := hkdf.Key(sha256.New, master, nil, "ranzen seal "+string(authority), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	a, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	r.aeads[id+string(authority)] = a
	return a, nil
}

// cell names where a sealed value stands. It is authenticated with the value: a ciphertext moved to another row,
// column or authority does not open.
type cell struct {
	authority school.AuthorityID
	table     string
	column    string
	row       string
}

func (c cell) aad() []byte { return []byte(c.table + "\x00" + c.column + "\x00" + c.row) }

// seal encrypts a value for its cell: key id, nonce, ciphertext. nil stays nil.
func (s *Store) seal(c cell, plain []byte) []byte {
	if plain == nil {
		return nil
	}
	s.ring.mu.Lock()
	id := s.ring.current
	s.ring.mu.Unlock()
	a, err := s.ring.aead(id, c.authority)
	if err != nil {
		panic("store: the current key of the ring is gone: " + err.Error())
	}
	out := make([]byte, 8+a.NonceSize(), 8+a.NonceSize()+len(plain)+a.Overhead())
	copy(out, id)
	rand.Read(out[8:])
	return a.Seal(out, out[8:], plain, c.aad())
}

// open decrypts what seal wrote for the same cell.
func (s *Store) open(c cell, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if len(sealed) < 8+12 {
		return nil, fmt.Errorf("store: %s.%s is cut off", c.table, c.column)
	}
	a, err := s.ring.aead(string(sealed[:8]), c.authority)
	if err != nil {
		return nil, fmt.Errorf("store: open %s.%s: %w", c.table, c.column, err)
	}
	plain, err := a.Open(nil, sealed[8:20], sealed[20:], c.aad())
	if err != nil {
		return nil, fmt.Errorf("store: open %s.%s: %w", c.table, c.column, err)
	}
	if plain == nil {
		plain = []byte{}
	}
	return plain, nil
}

// Digest is the form in which secrets that are only compared (challenges, codes, session cookies, API tokens) are kept.
func Digest(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// pseudonym is a keyed digest: equal for equal input within one authority, meaningless outside it.
func pseudonym(key []byte, what, value string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(what + "\x00" + value))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// Secret makes a random secret of n bytes in URL-safe letters.
func Secret(n int) string {
	b := make([]byte, n)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
