package store

import (
	"context"
	"time"

	"ranzen/store/school"
)

// PushTopic is the push topic of an authority; school.NotFound while it has no push certificate. Every check-in is held
// against it, so it is remembered for a minute.
func (s *Store) PushTopic(ctx context.Context, a school.AuthorityID) (string, error) {
	now := s.Now()
	if t, ok := s.topics.Load(a); ok && now.Sub(t.(knownTopic).at) < time.Minute {
		return t.(knownTopic).topic, nil
	}
	var topic string
	if _, err := s.read().one(ctx, `SELECT topic FROM push_cert WHERE authority_id = $1`, args(string(a)), text(&topic)); err != nil {
		return "", err
	}
	if topic == "" {
		return "", school.Missing("push_cert")
	}
	s.topics.Store(a, knownTopic{topic, now})
	return topic, nil
}

type knownTopic struct {
	topic string
	at    time.Time
}

// MaidKey is the key with which tokens for Managed Apple Accounts are signed for a device: the key of the Apple token on
// whose list the device stands, and the id of that server at Apple. There is none for a device that nobody confirmed:
// the token would say that it is ours.
func (s *Store) MaidKey(ctx context.Context, a school.AuthorityID, d school.DeviceID) (serverUUID string, keyPEM []byte, err error) {
	var id school.TokenID
	var sealed []byte
	found, err := s.read().one(ctx, `SELECT t.id, t.server_uuid, t.key_sealed FROM ade_device x JOIN apple_token t ON t.id = x.token_id JOIN device d ON d.id = x.device_id AND d.confirmed
		WHERE x.device_id = $1 AND x.authority_id = $2 AND x.gone_at IS NULL AND t.server_uuid <> '' ORDER BY x.op_at DESC LIMIT 1`, args(string(d), string(a)),
		text(&id), &serverUUID, &sealed)
	if err != nil {
		return "", nil, err
	}
	if !found {
		return "", nil, school.Missing("apple_token")
	}
	keyPEM, err = s.open(cell{a, "apple_token", "key", string(id)}, sealed)
	return serverUUID, keyPEM, err
}
