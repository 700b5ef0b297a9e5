package store

import (
	"context"

	"ranzen/store/school"
)

// WriteMail is a write of facts that sends a letter; with err it fails after that.
func (s *Store) WriteMail(ctx context.Context, by school.Actor, to, subject, body string, err error) error {
	_, werr := s.write(ctx, by, event{name: "authority.changed", verb: school.Settings, subject: "authority"}, func(tx *Tx) error {
		if err := tx.mail("test", to, subject, body); err != nil {
			return err
		}
		return err
	})
	return werr
}

// Notify calls notify in a transaction of its own.
func (s *Store) Notify(ctx context.Context) error {
	return s.transact(ctx, func(c conn) error { return c.notify(ctx) })
}
