package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"ranzen/store/school"
)

// What somebody signs on the screen of a desk without a network is locked there at once, for a key that only this server has:
// who finds the computer finds names and drawings of nobody. It arrives as a scan of its own, before what was handed out under
// it. Whoever was shown a paper that was made anew since has signed the old one: it is kept so, and somebody is asked.

// SignatureFile writes the file of a paper with what was signed on it. Another package knows what papers look like.
type SignatureFile func(d DocumentFile, x school.OfflineSignature, at time.Time) ([]byte, error)

// signatureKey is the info of the key that both sides derive; static/desk-kept.js has it too.
const signatureKey = "ranzen desk signature"

// newLock makes a pair of keys for a pack: the public one goes along.
func newLock() (public, private []byte, err error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	return key.PublicKey().Bytes(), key.Bytes(), nil
}

var errLocked = errors.New("store: a signature that does not open")

// pointLong is how long a public key is, ivLong what stands between it and what is locked.
const (
	pointLong = 65
	ivLong    = 12
)

// unlock opens what a browser locked for a private key: its own public key, then the start of the counter, then the box
// (ECDH on P-256, HKDF-SHA-256, AES-256-GCM, with the id of the pack beside it).
func unlock(private []byte, pack school.PackID, locked string) (x school.OfflineSignature, err error) {
	box, err := base64.StdEncoding.DecodeString(locked)
	if err != nil || len(box) < pointLong+ivLong {
		return x, errLocked
	}
	own, err := ecdh.P256().NewPrivateKey(private)
	if err != nil {
		return x, errLocked
	}
	other, err := ecdh.P256().NewPublicKey(box[:pointLong])
	if err != nil {
		return x, errLocked
	}
	shared, err := own.ECDH(other)
	if err != nil {
		return x, errLocked
	}
	key, err := hkdf.Key(sha256.New, shared, nil, signatureKey, 32)
	if err != nil {
		return x, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return x, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return x, err
	}
	plain, err := gcm.Open(nil, box[pointLong:pointLong+ivLong], box[pointLong+ivLong:], []byte(pack))
	if err != nil || json.Unmarshal(plain, &x) != nil {
		return x, errLocked
	}
	return x, nil
}

// mergeSignature takes a signature: on paper, which lies at the desk, or on the screen.
func (s *Store) mergeSignature(ctx context.Context, by school.Actor, e offlineEntry, x school.OfflineScan, private []byte, file SignatureFile) (Merged, error) {
	is, err := s.read().offlineEntry(ctx, by.Tenant, e.id)
	if err != nil {
		return Merged{}, err
	}
	if is.id == "" {
		var known bool
		if e.scanned, known = x.ScannedAt(e.made, e.arrived); !known {
			e.scanned = e.arrived
		}
		if e.state, err = s.signAway(ctx, by, e, x, private, file); err != nil {
			return Merged{}, err
		}
		if e.state == school.OfflineAsked {
			e.held, e.reason = true, school.OfflinePaper
		}
		n, err := s.read().number(ctx, `SELECT count(*) FROM person WHERE id = $1 AND authority_id = $2 AND family <> ''`, string(e.person), string(by.Tenant))
		if err != nil {
			return Merged{}, err
		}
		if n == 0 {
			e.person = ""
		}
		if is, err = s.arrive(ctx, by, e); err != nil {
			return Merged{}, err
		}
	}
	if is.digest != e.digest {
		return s.refuseScan(ctx, by, e.id, school.OfflineAltered)
	}
	return Merged{ID: e.id, State: is.state, Reason: is.reason}, nil
}

// signAway carries a signature out, at the time when it was made. Asked: it does not belong to the contract as it is now.
func (s *Store) signAway(ctx context.Context, by school.Actor, e offlineEntry, x school.OfflineScan, private []byte, file SignatureFile) (school.OfflineState, error) {
	var c school.Contract
	found, err := s.read().one(ctx, `SELECT id, number, state, signed_at FROM contract WHERE id = $1 AND authority_id = $2 AND school_id = $3 AND person_id = $4`,
		args(string(e.contract), string(by.Tenant), string(e.school), string(e.person)), text(&c.ID), &c.Number, text(&c.State), stamp(&c.Signed))
	if err != nil || !found {
		return school.OfflineAsked, err
	}
	if x.Locked == "" {
		return s.signedPaperAway(ctx, by, e, c)
	}
	sign, err := unlock(private, x.Pack, x.Locked)
	if err != nil {
		return school.OfflineAsked, nil
	}
	all, err := s.documentFiles(ctx, school.System("signature at a desk", by.Tenant), "f.id = ?", string(sign.Document))
	if err != nil || len(all) == 0 || all[0].Contract != c.ID || all[0].Hash != sign.Hash || !contractPaper(all[0].Kind) {
		return school.OfflineAsked, err
	}
	d := all[0]
	if !d.Signed.IsZero() {
		return school.OfflineSame, nil
	}
	b, err := file(d, sign, e.scanned)
	if _, wrong := errors.AsType[*school.Error](err); wrong { // no name, or no drawing a pad makes
		return school.OfflineAsked, nil
	}
	if err != nil {
		return "", err
	}
	state := school.OfflineBooked
	ev := event{name: "document.signed", verb: school.Lend, school: d.School, subject: "contract", id: string(c.ID), detail: map[string]any{"kind": string(d.Kind), "how": string(school.ByPad)}, final: true}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.own("contract", string(c.ID), school.Lend)
		if err != nil {
			return err
		}
		var replaced time.Time
		found, err := tx.one(ctx, `UPDATE document SET signed_at = $2, signed_how = $3, file_sealed = $4 WHERE id = $1 AND hash = $5 AND signed_at IS NULL RETURNING replaced_at`, args(string(d.ID), e.scanned.UnixMicro(),
			string(school.ByPad), tx.s.seal(cell{tx.authority, "document", "file", string(d.ID)}, b), sign.Hash), stamp(&replaced))
		if err != nil {
			return err
		}
		now := contractOf(r)
		switch {
		case !found: // by a link, in the same moment
			state = school.OfflineSame
			return nil
		case !replaced.IsZero():
			state = school.OfflineAsked
			return nil
		case !now.May(school.SignContract):
			return nil
		}
		return tx.signedAt(r, now, school.ByPad, e.scanned)
	})
	return state, err
}

func (tx *Tx) signedAt(r row, c school.Contract, how school.SignedHow, at time.Time) error {
	c, err := c.Do(school.SignContract, nil, at)
	if err != nil {
		return err
	}
	c.SignedHow = how
	return tx.change("contract", string(c.ID), r, contractRow(c))
}

// signedPaperAway notes that the paper lay signed on the desk.
func (s *Store) signedPaperAway(ctx context.Context, by school.Actor, e offlineEntry, c school.Contract) (school.OfflineState, error) {
	switch {
	case !c.Signed.IsZero():
		return school.OfflineSame, nil
	case !c.May(school.SignContract):
		return school.OfflineAsked, nil
	}
	_, err := s.writeAt(ctx, by, "contract", event{name: "contract.signed", verb: school.Lend, subject: "contract", id: string(c.ID)}, func(tx *Tx, r row) error {
		return tx.signedAt(r, contractOf(r), school.ByPaper, e.scanned)
	})
	if e, ok := errors.AsType[*school.Error](err); ok && e.Kind == school.Conflict {
		return school.OfflineAsked, nil
	}
	return school.OfflineBooked, err
}
