package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Accounts, "api_token.created", "api_token.revoked")

// APITokenID names an API token. An actor that came by a token carries it as its account.
type APITokenID string

// APIToken lets a program act in one authority: with a role at a node, and only with the verbs it was given. It rests
// while the account that made it is disabled, so that nobody who left keeps a way in.
type APIToken struct {
	ID      APITokenID
	Name    string
	Role    school.Role
	School  school.SchoolID
	Verbs   []school.Verb
	Ends    time.Time // zero: no end
	Revoked bool
	Resting bool // its maker's account is disabled
	Used    time.Time
	Created time.Time
	By      school.AccountID
	ByName  string
}

// TokenRoles are what a program can be. It is no teacher, because what a teacher sees follows from who it is, and a token is
// nobody: what a school's portal reports, it reports as a desk. It is no clerk, who is a person for some days with a PIN: a
// desk's token with an end is that for a program. An operator's is of the installation (CreateOperatorToken).
var TokenRoles = []school.Role{school.AuthorityAdmin, school.SchoolAdmin, school.Desk, school.Repair, school.Auditor}

// tokenPrefix marks our secrets, so that people and scanners of leaked secrets know one when they see it.
const tokenPrefix = "rz_"

// CreateAPIToken makes a token with some of the actor's own verbs at the node. The secret is returned this once.
func (s *Store) CreateAPIToken(ctx context.Context, by school.Actor, x APIToken) (APITokenID, string, error) {
	name, err := cleanName("name", x.Name)
	if err != nil {
		return "", "", err
	}
	switch {
	case !slices.Contains(TokenRoles, x.Role):
		return "", "", school.Refuse("role", "choice")
	case x.School == "" && !x.Role.Stands(""):
		return "", "", school.Refuse("school", "required")
	case !x.Role.Stands(x.School):
		return "", "", school.Refuse("school", "role_without_school")
	case len(x.Verbs) == 0:
		return "", "", school.Refuse("verbs", "required")
	case !x.Ends.IsZero() && !x.Ends.After(s.Now()):
		return "", "", school.Refuse("ends", "ends_in_past")
	}
	verbs := []string{}
	for _, v := range x.Verbs {
		if !slices.Contains(x.Role.Verbs(), v) {
			return "", "", school.Refuse("verbs", "verb_not_of_role", string(v))
		}
		verbs = append(verbs, string(v))
	}
	slices.Sort(verbs)
	verbs = slices.Compact(verbs)
	id, secret := NewID[APITokenID](), tokenPrefix+Secret(32)
	ev := event{name: "api_token.created", verb: school.Accounts, school: x.School, subject: "api_token", id: string(id), final: true,
		detail: map[string]any{"role": string(x.Role), "verbs": verbs}}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if x.School != "" {
			if r, err := tx.fetch("school", string(x.School)); err != nil {
				return err
			} else if r == nil {
				return school.Missing("school")
			}
		}
		for _, v := range verbs {
			if !by.MayGive(school.Verb(v), school.Where{Authority: tx.authority, School: x.School}) {
				return school.Deny(school.Verb(v))
			}
		}
		return tx.insert("api_token", row{"id": string(id), "hash": Digest(secret), "name": name, "role": string(x.Role), "school_id": opt(x.School),
			"verbs": strings.Join(verbs, ","), "ends_at": micros(x.Ends), "revoked": false, "created_at": micros(tx.now), "created_by": by.ID()})
	})
	if err != nil {
		return "", "", err
	}
	return id, secret, nil
}

// RevokeAPIToken ends a token at once.
func (s *Store) RevokeAPIToken(ctx context.Context, by school.Actor, id APITokenID) error {
	ev := event{name: "api_token.revoked", verb: school.Accounts, subject: "api_token", id: string(id), final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error { return tx.update("api_token", string(id), row{"revoked": true}) })
	return err
}

// APITokens lists the tokens of the actor's authority, revoked and ended ones too, the newest first. No secret is in it.
func (s *Store) APITokens(ctx context.Context, by school.Actor, after string, limit int) (Page[APIToken], error) {
	if !by.Can(school.Accounts, school.Where{Authority: by.Tenant}) {
		return Page[APIToken]{}, school.Missing("authority")
	}
	var w where
	w.and("t.authority_id = ?", string(by.Tenant))
	o := order{key: "t.created_at", id: "t.id", desc: true}
	if err := w.page(o, after); err != nil {
		return Page[APIToken]{}, err
	}
	return pageOf(ctx, s.read(), `SELECT t.id, t.name, t.role, t.school_id, t.verbs, t.ends_at, t.revoked, t.used_at, t.created_at, t.created_by,
		COALESCE(a.name, ''), COALESCE(a.disabled, FALSE)`+o.columns()+` FROM api_token t LEFT JOIN account a ON a.id = t.created_by WHERE `+w.String(),
		&w, o, limit, func(r *sql.Rows, x *APIToken, rest ...any) error {
			var verbs string
			err := r.Scan(append([]any{text(&x.ID), &x.Name, text(&x.Role), text(&x.School), &verbs, stamp(&x.Ends), &x.Revoked, stamp(&x.Used),
				stamp(&x.Created), text(&x.By), &x.ByName, &x.Resting}, rest...)...)
			for _, v := range strings.Split(verbs, ",") {
				x.Verbs = append(x.Verbs, school.Verb(v))
			}
			return err
		})
}

// TokenActor says what acts with this secret, in one query. A token that ended, was revoked
// or rests, or whose authority rests, is not found.
func (s *Store) TokenActor(ctx context.Context, secret string) (school.Actor, error) {
	if isOperatorToken(secret) {
		return s.operatorToken(ctx, secret)
	}
	by := school.Actor{Kind: school.TokenActor, Verbs: map[school.Verb]bool{}}
	if !strings.HasPrefix(secret, tokenPrefix) {
		return school.Actor{}, school.Missing("token")
	}
	now := s.Now()
	g := school.Grant{}
	var verbs string
	var used time.Time
	found, err := s.read().one(ctx, `SELECT t.id, t.authority_id, t.name, t.role, t.school_id, t.verbs, t.used_at, t.created_at, t.ends_at
		FROM api_token t LEFT JOIN account a ON a.id = t.created_by LEFT JOIN tenant te ON te.authority_id = t.authority_id
		WHERE t.hash = $1 AND te.suspended_at IS NULL AND NOT t.revoked AND (t.ends_at IS NULL OR t.ends_at > $2) AND NOT COALESCE(a.disabled, FALSE)`,
		args(Digest(secret), now.UnixMicro()), text(&by.Account), text(&by.Tenant), &by.Name, text(&g.Role), text(&g.School), &verbs, stamp(&used), stamp(&g.From), stamp(&g.Until))
	if err != nil {
		return school.Actor{}, err
	}
	if !found {
		return school.Actor{}, school.Missing("token")
	}
	g.Authority = by.Tenant
	by.Grants = []school.Grant{g}
	for _, v := range strings.Split(verbs, ",") {
		by.Verbs[school.Verb(v)] = true
	}
	if now.Sub(used) >= seenEvery {
		err := s.transact(ctx, func(c conn) error {
			_, err := c.exec(ctx, `UPDATE api_token SET used_at = $1 WHERE id = $2 AND (used_at IS NULL OR used_at < $1)`, now.UnixMicro(), string(by.Account))
			return err
		})
		if err != nil {
			return school.Actor{}, err
		}
	}
	return by, nil
}
