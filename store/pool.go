package store

import (
	"context"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "asset.given")

// GiveFromPool makes a thing of the pool that of one person, in one act: it leaves its case or room, is meant for the person,
// whose settings it then gets, a contract waits for it, and if it is managed it is erased and set up anew. Nothing is handed
// out by that: the desk does it, once the paper is signed and the device is back. Whoever has a contract waiting without a
// thing gets it under that one. Undoing it takes back everything but the erase.
func (s *Store) GiveFromPool(ctx context.Context, by school.Actor, asset school.AssetID, person school.PersonID, reason string) (id school.ContractID, set school.ChangeSetID, err error) {
	ev := event{name: "asset.given", verb: school.EditDevices, subject: "asset", id: string(asset)}
	set, err = s.writeAsset(ctx, by, asset, ev, func(tx *Tx, t thing) error {
		if err := tx.allow(school.Lend, t.school); err != nil {
			return err
		}
		if err := tx.lendable(t); err != nil {
			return err
		}
		if err := tx.meantFor(t, person, "person"); err != nil {
			return err
		}
		if id, err = tx.contractGiven(t, person); err != nil {
			return err
		}
		tx.event.detail = map[string]any{"person": string(person), "contract": string(id)}
		if t.device == nil {
			return tx.change("asset", string(t.id), t.asset, row{"place_id": nil})
		}
		if err := tx.change("device", string(t.deviceID()), t.device, row{"place_id": nil, "planned_class_id": nil, "planned_person_id": string(person)}); err != nil {
			return err
		}
		found, err := s.orderables(ctx, tx.conn, tx.authority, school.MakeReady, []school.DeviceID{t.deviceID()})
		if err != nil || !found[t.deviceID()].Enrolled { // it is set up before it is handed out: nothing of anybody is on it
			return err
		}
		wish := &school.OrderWish{Kind: school.MakeReady, Args: school.OrderArgs{Reason: reason}}
		if wish.Args, err = wish.Args.Check(school.MakeReady); err != nil {
			return err
		}
		err = tx.giveWarrant(NewID[school.PlanID](), school.Change{Kind: school.ChangeOrder, Devices: []school.DeviceID{t.deviceID()}, Order: wish})
		tx.event.name, tx.event.subject, tx.event.id = "asset.given", "asset", string(asset)
		return err
	})
	return id, set, err
}

// meantFor refuses for a person what waits for somebody else, under a contract or by plan.
func (tx *Tx) meantFor(t thing, person school.PersonID, field string) error {
	var number string
	found, err := tx.one(tx.ctx, `SELECT number FROM contract WHERE asset_id = $1 AND authority_id = $2 AND person_id <> $3 AND state IN ('planned', 'prepared', 'signed') ORDER BY number LIMIT 1`,
		args(string(t.id), string(tx.authority), string(person)), &number)
	switch {
	case err != nil:
		return err
	case found:
		return &school.Error{Kind: school.Conflict, Code: "meant_contract", Field: field, Args: []any{t.name(), number}}
	case t.device.str("planned_person_id") != "" && t.device.str("planned_person_id") != string(person):
		return &school.Error{Kind: school.Conflict, Code: "meant_plan", Field: field, Args: []any{t.name()}}
	}
	return nil
}

// contractGiven is the contract a thing of the pool waits under for a person: one that waits without a thing, or a new one.
func (tx *Tx) contractGiven(t thing, person school.PersonID) (school.ContractID, error) {
	p, err := tx.livingPerson(person, school.Lend)
	if err != nil {
		return "", err
	}
	if p.str("school_id") != string(t.school) {
		return "", school.Refuse("person", "person_elsewhere")
	}
	kind := school.KindFor(school.PersonKind(p.str("kind")))
	var id string
	if _, err := tx.one(tx.ctx, `SELECT id FROM contract WHERE authority_id = $1 AND person_id = $2 AND kind = $3 AND state IN ('planned', 'prepared', 'signed', 'issued', 'refused')
		ORDER BY CASE state WHEN 'planned' THEN 0 WHEN 'prepared' THEN 1 WHEN 'signed' THEN 2 ELSE 3 END, number LIMIT 1`, args(string(tx.authority), string(person), string(kind)), &id); err != nil {
		return "", err
	}
	if id == "" {
		policy, err := tx.policyOf(tx.ctx, tx.authority)
		if err != nil {
			return "", err
		}
		return tx.planContract(t.school, ContractWish{Person: person, Asset: t.id}, policy.Lending)
	}
	r, err := tx.fetch("contract", id)
	if err != nil {
		return "", err
	}
	c := contractOf(r)
	if c.Asset != "" || !c.May(school.PrepareContract) {
		return "", &school.Error{Kind: school.Conflict, Code: "give_has", Field: "person", Args: []any{c.Number}}
	}
	if c.State != school.ContractPlanned { // its paper names no thing: it is made anew
		if c, err = c.Do(school.MoveContract, nil, tx.now); err != nil {
			return "", err
		}
	}
	c.Asset = t.id
	if err := tx.change("contract", id, r, contractRow(c)); err != nil {
		return "", err
	}
	parts, err := tx.partsOf(tx.ctx, c.ID)
	if err != nil || len(parts) == 0 {
		return c.ID, err
	}
	parts[0].Asset, parts[0].Kind = t.id, school.AssetKind(t.asset.str("kind"))
	if parts[0].Price, err = tx.priceOf(t.asset); err != nil {
		return "", err
	}
	return c.ID, tx.savePart(parts[0])
}
