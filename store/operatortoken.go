package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Provision, "operator_token.created", "operator_token.revoked")

// OperatorToken lets a program, such as a portal, provision, list and suspend authorities. It opens nothing in any of
// them: what it made decides about itself from then on. It rests while the account that made it is disabled.
type OperatorToken struct {
	ID      APITokenID
	Name    string
	Ends    time.Time // zero: no end
	Revoked bool
	Resting bool
	Used    time.Time
	Created time.Time
	ByName  string
}

// operatorPrefix marks secrets of the installation.
const operatorPrefix = "rzo_"

// CreateOperatorToken makes a token of the installation. The secret is returned this once. Every authority's chain says so.
func (s *Store) CreateOperatorToken(ctx context.Context, by school.Actor, name string, ends time.Time) (APITokenID, string, error) {
	if by.Kind != school.PersonActor || !by.Installs() {
		return "", "", school.Missing("token")
	}
	name, err := cleanName("name", name)
	if err == nil && !ends.IsZero() && !ends.After(s.Now()) {
		err = school.Refuse("ends", "ends_in_past")
	}
	if err != nil {
		return "", "", err
	}
	id, secret := NewID[APITokenID](), operatorPrefix+Secret(32)
	err = s.transact(ctx, func(c conn) error {
		_, err := c.exec(ctx, `INSERT INTO operator_token (id, hash, name, ends_at, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(id), Digest(secret), name, micros(ends), micros(s.Now()), string(by.Account))
		if err != nil {
			return err
		}
		return s.noteEverywhere(ctx, c, by, event{name: "operator_token.created", subject: "operator_token", id: string(id)})
	})
	if err != nil {
		return "", "", err
	}
	return id, secret, nil
}

// RevokeOperatorToken ends a token of the installation at once.
func (s *Store) RevokeOperatorToken(ctx context.Context, by school.Actor, id APITokenID) error {
	if by.Kind != school.PersonActor || !by.Installs() {
		return school.Missing("token")
	}
	return s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE operator_token SET revoked = TRUE WHERE id = $1 AND NOT revoked`, string(id))
		if err == nil && n == 0 {
			err = school.Missing("token")
		}
		if err != nil {
			return err
		}
		return s.noteEverywhere(ctx, c, by, event{name: "operator_token.revoked", subject: "operator_token", id: string(id)})
	})
}

// OperatorTokens lists the tokens of the installation, the newest first, at most MaxPage. No secret is in it.
func (s *Store) OperatorTokens(ctx context.Context, by school.Actor) ([]OperatorToken, error) {
	if by.Kind != school.PersonActor || !by.Installs() {
		return nil, school.Missing("token")
	}
	var out []OperatorToken
	err := s.read().each(ctx, `SELECT t.id, t.name, t.ends_at, t.revoked, t.used_at, t.created_at, COALESCE(a.name, ''), COALESCE(a.disabled, FALSE)
		FROM operator_token t LEFT JOIN account a ON a.id = t.created_by ORDER BY t.created_at DESC, t.id LIMIT $1`, args(MaxPage), func(r *sql.Rows) error {
		var x OperatorToken
		err := r.Scan(text(&x.ID), &x.Name, stamp(&x.Ends), &x.Revoked, stamp(&x.Used), stamp(&x.Created), &x.ByName, &x.Resting)
		out = append(out, x)
		return err
	})
	return out, err
}

// operatorToken says what acts with a secret of the installation: an operator that may provision and nothing else.
func (s *Store) operatorToken(ctx context.Context, secret string) (school.Actor, error) {
	by := school.Actor{Kind: school.TokenActor, Grants: []school.Grant{{Role: school.Operator}}, Verbs: map[school.Verb]bool{school.Provision: true}}
	now := s.Now()
	var used time.Time
	found, err := s.read().one(ctx, `SELECT t.id, t.name, t.used_at FROM operator_token t JOIN account a ON a.id = t.created_by
		WHERE t.hash = $1 AND NOT t.revoked AND (t.ends_at IS NULL OR t.ends_at > $2) AND NOT a.disabled
		AND EXISTS (SELECT 1 FROM role_grant g WHERE g.account_id = a.id AND g.authority_id IS NULL AND g.role = 'operator' AND (g.until_at IS NULL OR g.until_at > $2))`,
		args(Digest(secret), now.UnixMicro()), text(&by.Account), &by.Name, stamp(&used))
	if err == nil && !found {
		err = school.Missing("token")
	}
	if err != nil {
		return school.Actor{}, err
	}
	if now.Sub(used) >= seenEvery {
		err = s.transact(ctx, func(c conn) error {
			_, err := c.exec(ctx, `UPDATE operator_token SET used_at = $1 WHERE id = $2`, now.UnixMicro(), string(by.Account))
			return err
		})
	}
	return by, err
}

// isOperatorToken reports whether a secret is one of the installation's.
func isOperatorToken(secret string) bool { return strings.HasPrefix(secret, operatorPrefix) }
