package store

import (
	"context"
	"crypto/subtle"

	"ranzen/store/school"
)

// What Apple tells of a location by itself only brings forward what is asked anyway: a notification may be lost, come twice or be
// late, so nothing of what it says is believed.

// contentTold is what the secret of a location is derived for.
const contentTold = "content notifications"

// ContentSecret is what Apple shows with every notification of a location. It follows from the key of the authority and is
// kept nowhere.
func (s *Store) ContentSecret(ctx context.Context, by school.Actor, id school.TokenID) (string, error) {
	if by.Kind != school.SystemActor {
		return "", school.Deny(school.Apple)
	}
	key, err := s.hashKey(ctx, s.read(), by.Tenant)
	return pseudonym(key, contentTold, string(id)), err
}

// ContentHeard takes a notification of a location: with counted its licences are counted anew, else what was asked of Apple is
// looked at now. Who does not show its secret, or speaks of another location, is a stranger.
func (s *Store) ContentHeard(ctx context.Context, id school.TokenID, secret, uid string, counted bool) error {
	var a school.AuthorityID
	var known string
	found, err := s.read().one(ctx, `SELECT authority_id, uid FROM content_token WHERE id = $1`, args(string(id)), text(&a), &known)
	if err != nil {
		return err
	}
	if !found {
		return school.Missing("content_token")
	}
	key, err := s.hashKey(ctx, s.read(), a)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(pseudonym(key, contentTold, string(id))), []byte(secret)) != 1 || uid != known {
		return school.Missing("content_token")
	}
	err = s.transact(ctx, func(c conn) error {
		now := micros(s.Now())
		if counted {
			_, err := c.exec(ctx, `UPDATE content_sync SET wanted_at = $3 WHERE token_id = $1 AND authority_id = $2`, string(id), string(a), now)
			return err
		}
		_, err := c.exec(ctx, `UPDATE licence_event SET next_at = $3 WHERE token_id = $1 AND authority_id = $2 AND next_at > $3`, string(id), string(a), now)
		return err
	})
	if err == nil {
		s.changed.call()
	}
	return err
}
