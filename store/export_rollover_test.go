package store

import (
	"context"

	"ranzen/store/school"
)

// RollOver carries one school out, as a server does that dies after it.
func (s *Store) RollOver(ctx context.Context, a school.AuthorityID, id school.RolloverID, at school.SchoolID) error {
	return s.rollOver(ctx, a, id, at)
}
