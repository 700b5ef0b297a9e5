package store

import (
	"context"

	"ranzen/store/school"
)

var _ = registerEvent(school.Settings, "look.changed")

// Look is how the pages of the actor's authority look. Everybody who works there sees it.
func (s *Store) Look(ctx context.Context, by school.Actor) (l school.Look, err error) {
	_, err = s.read().one(ctx, `SELECT colour, portals, logo FROM look WHERE authority_id = $1`, args(string(by.Tenant)), &l.Colour, fromJSON(&l.Portals), &l.Logo)
	return l, err
}

// ChangeLook says how they look from now on. A logo is given as it was brought; nil takes it away.
func (s *Store) ChangeLook(ctx context.Context, by school.Actor, l school.Look) (school.ChangeSetID, error) {
	if err := l.Check(); err != nil {
		return "", err
	}
	set := row{"colour": l.Colour, "portals": toJSON(append([]string{}, l.Portals...)), "logo": nil}
	if l.Logo != nil {
		logo, err := school.CleanLogo(l.Logo)
		if err != nil {
			return "", err
		}
		set["logo"] = logo
	}
	return s.write(ctx, by, event{name: "look.changed", verb: school.Settings, subject: "authority", id: string(by.Tenant)}, func(tx *Tx) error {
		is, err := tx.fetch("look", string(tx.authority))
		switch {
		case err != nil:
			return err
		case is != nil:
			return tx.change("look", string(tx.authority), is, set)
		}
		set["id"] = string(tx.authority)
		return tx.insert("look", set)
	})
}
