package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Enroll, "code.created", "code.revoked")

// Code lets a person enrol devices by hand at a school: as link and QR code with 128 bits, or typed, ten characters that
// cannot be mistaken for one another. Neither is kept, only their digests. A device that comes by a code stays
// unconfirmed, unless the code was made for exactly its serial number.
type Code struct {
	ID      school.CodeID
	School  school.SchoolID
	Note    string
	Serial  string // for exactly this device; empty: any
	Left    int    // how many may still come
	Uses    int
	Expires time.Time
	Revoked bool
	Created time.Time
	By      string // name of the account that made it
}

// Limits of codes.
const (
	MaxCodeUses = 500
	MaxCodeLife = 31 * 24 * time.Hour
)

// How fast codes may be tried. 50 bits are far beyond guessing at this rate; the limit of one code stops a picture of a
// QR code that went round. Links have no common limit: nobody can keep schools from enrolling by typing nonsense.
const (
	typedPerMinute = 60
	codePerMinute  = 60
)

// crockford is Crockford's base32: no I, L, O or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func typedCode() string {
	b := make([]byte, 10)
	rand.Read(b)
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b[:5]) + "-" + string(b[5:])
}

// readTyped brings what a person typed to the form that is digested: signs between are dropped, letters that look like
// digits are read as these. ok is false for what cannot be a typed code.
func readTyped(s string) (code string, ok bool) {
	if len(s) > 40 {
		return "", false
	}
	var b strings.Builder
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '\u2013', '\u00a0', '.', '\t':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if r > 0x7f || !strings.ContainsRune(crockford, r) {
			return "", false
		}
		b.WriteRune(r)
	}
	return b.String(), b.Len() == 10
}

// CreateCode makes a code. link and typed are returned this once.
func (s *Store) CreateCode(ctx context.Context, by school.Actor, x Code) (id school.CodeID, link, typed string, err error) {
	x.Serial = cleanSerial(x.Serial)
	x.Note = strings.TrimSpace(x.Note)
	now := s.Now()
	if x.Expires.IsZero() {
		x.Expires = now.Add(7 * 24 * time.Hour)
	}
	switch {
	case x.School == "":
		return "", "", "", school.Refuse("school", "required")
	case x.Left < 1 || x.Left > MaxCodeUses:
		return "", "", "", school.Refuse("uses", "code_uses", MaxCodeUses)
	case x.Serial != "" && x.Left != 1:
		return "", "", "", school.Refuse("uses", "code_one_device")
	case !x.Expires.After(now) || x.Expires.After(now.Add(MaxCodeLife)):
		return "", "", "", school.Refuse("expires", "code_life", int(MaxCodeLife/(24*time.Hour)))
	case len(x.Note) > 200:
		return "", "", "", school.Refuse("note", "too_long", 200)
	}
	id, link, typed = NewID[school.CodeID](), Secret(16), typedCode()
	plain, _ := readTyped(typed)
	ev := event{name: "code.created", verb: school.Enroll, school: x.School, subject: "code", id: string(id), final: true, detail: map[string]any{"uses": x.Left}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.openSchool(x.School, school.Enroll); err != nil {
			return err
		}
		return tx.insert("enroll_code", row{"id": string(id), "school_id": string(x.School), "link_hash": Digest(link), "typed_hash": Digest(plain), "note": x.Note,
			"serial": x.Serial, "uses_left": int64(x.Left), "expires_at": micros(x.Expires), "revoked": false, "created_at": micros(tx.now), "created_by": by.Name})
	})
	if err != nil {
		return "", "", "", err
	}
	return id, link, typed, nil
}

// RevokeCode ends a code at once. Devices that came by it stay.
func (s *Store) RevokeCode(ctx context.Context, by school.Actor, id school.CodeID) error {
	ev := event{name: "code.revoked", verb: school.Enroll, subject: "code", id: string(id), final: true}
	_, err := s.writeAt(ctx, by, "enroll_code", ev, func(tx *Tx, r row) error { return tx.change("enroll_code", string(id), r, row{"revoked": true}) })
	return err
}

// Codes lists the codes of the schools where the actor may make some, the newest first.
func (s *Store) Codes(ctx context.Context, by school.Actor, at school.SchoolID, after string, limit int) (Page[Code], error) {
	var w where
	w.and("c.authority_id = ?", string(by.Tenant))
	if err := w.limitSchools(by, school.Enroll, by.Tenant, "c.school_id"); err != nil {
		return Page[Code]{}, err
	}
	if at != "" {
		w.and("c.school_id = ?", string(at))
	}
	o := order{key: "c.created_at", id: "c.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[Code]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT c.id, c.school_id, c.note, c.serial, c.uses_left, c.uses, c.expires_at, c.revoked, c.created_at, c.created_by`+o.columns()+
		` FROM enroll_code c WHERE `+w.String(), &w, o, limit, func(r *sql.Rows, x *Code, rest ...any) error {
		return r.Scan(append([]any{text(&x.ID), text(&x.School), &x.Note, &x.Serial, &x.Left, &x.Uses, stamp(&x.Expires), &x.Revoked, stamp(&x.Created), &x.By}, rest...)...)
	})
}

// Redeemed is what a code opens.
type Redeemed struct {
	Code      school.CodeID
	Authority school.AuthorityID
	School    school.SchoolID
	Serial    string // the only device it is for; empty: any
	Expires   time.Time
}

// LookAtCode says what a code opens without using it up: for the page behind the link. It is counted as a try.
func (s *Store) LookAtCode(ctx context.Context, entered string) (Redeemed, error) {
	return s.redeem(ctx, entered, 0)
}

// RedeemCode uses a code once. entered is the secret of the link or the typed form. What is unknown says "code_wrong"; who holds
// the right secret is told when it is over ("code_over") or tried too fast ("code_wait").
func (s *Store) RedeemCode(ctx context.Context, entered string) (Redeemed, error) {
	return s.redeem(ctx, entered, 1)
}

func (s *Store) redeem(ctx context.Context, entered string, uses int) (Redeemed, error) {
	entered = strings.TrimSpace(entered)
	cond, hash := "c.link_hash = $1", Digest(entered)
	typed, isTyped := readTyped(entered)
	if isTyped {
		cond, hash = "c.typed_hash = $1", Digest(typed)
	}
	var out Redeemed
	var refused error // counting a try must outlive its refusal
	err := s.transact(ctx, func(c conn) error {
		out, refused = Redeemed{}, nil
		now := s.Now()
		if isTyped {
			ok, err := c.within(ctx, tryTyped, "", now, time.Minute, typedPerMinute)
			if err != nil {
				return err
			}
			if !ok {
				refused = school.Clash("code_wait")
				return nil
			}
		}
		var left int64
		var revoked bool
		found, err := c.one(ctx, `SELECT c.id, c.authority_id, c.school_id, c.serial, c.expires_at, c.uses_left, c.revoked FROM enroll_code c WHERE `+cond+` FOR UPDATE`,
			args(hash), text(&out.Code), text(&out.Authority), text(&out.School), &out.Serial, stamp(&out.Expires), &left, &revoked)
		if err != nil {
			return err
		}
		if !found {
			refused = school.Refuse("code", "code_wrong")
			return nil
		}
		ok, err := c.within(ctx, tryCode, string(out.Code), now, time.Minute, codePerMinute)
		switch {
		case err != nil:
			return err
		case !ok:
			refused = school.Clash("code_wait")
		case revoked || left < 1 || !out.Expires.After(now):
			refused = school.Clash("code_over")
		case uses > 0:
			_, err = c.exec(ctx, `UPDATE enroll_code SET uses = uses + 1, uses_left = uses_left - 1 WHERE id = $1`, string(out.Code))
		}
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Redeemed{}, err
	}
	return out, nil
}
