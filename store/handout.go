package store

import (
	"context"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "device.issued", "device.returned", "asset.issued", "asset.returned", "contract.checked", "contract.swapped")

// Handing out and taking back are acts on a contract. Where the asset has a device, the holding its profiles follow opens
// and ends in the same act; where it has none, nothing else is different.

// Handover is what somebody gets. Who has a contract waiting for it gets it under that one; anybody else under a new one
// without a signature.
type Handover struct {
	Person   school.PersonID
	Asset    school.AssetID
	Contract school.ContractID // empty: found, or made
	Kind     school.ContractKind
	Kit      school.KitID
	End      school.EndRule
	Due      time.Time
	Without  []int             // numbers of parts that are not handed out
	Replaces school.ContractID // of a replacement
}

// HandedOut says under what something was handed out.
type HandedOut struct {
	Contract school.ContractID
	Number   string
	Holding  school.HoldingID // empty: it has no device
	Asset    school.AssetID
}

// lendEvent is what an act is called in the log: of a device, where there is one.
func (tx *Tx) lendEvent(t thing, act string, detail map[string]any) {
	tx.event.name, tx.event.subject, tx.event.id, tx.event.detail = "asset."+act, "asset", string(t.id), detail
	if t.device != nil {
		tx.event.name, tx.event.subject, tx.event.id = "device."+act, "device", string(t.deviceID())
	}
}

// Issue gives a device to a person. At most one person holds a device; a database index keeps that even against mistakes
// of ours. If it was planned for this person the plan is fulfilled; a plan for another stays and holds again on return.
func (s *Store) Issue(ctx context.Context, by school.Actor, person school.PersonID, device school.DeviceID) (school.HoldingID, school.ChangeSetID, error) {
	asset, err := s.deviceAsset(ctx, by, device, school.Lend)
	if err != nil {
		return "", "", err
	}
	out, set, err := s.HandOut(ctx, by, Handover{Person: person, Asset: asset})
	return out.Holding, set, err
}

// HandOut gives an asset and what belongs to it to a person.
func (s *Store) HandOut(ctx context.Context, by school.Actor, h Handover) (out HandedOut, set school.ChangeSetID, err error) {
	set, err = s.writeAsset(ctx, by, h.Asset, event{name: "asset.issued", verb: school.Lend, subject: "asset", id: string(h.Asset)}, func(tx *Tx, t thing) (err error) {
		out, err = tx.handOut(t, h)
		return err
	})
	if err != nil {
		return HandedOut{}, "", err
	}
	return out, set, nil
}

func (tx *Tx) handOut(t thing, h Handover) (out HandedOut, err error) {
	p, err := tx.livingPersonAfter(t, h.Person)
	if err != nil {
		return out, err
	}
	if err := tx.lendable(t); err != nil {
		return out, err
	}
	c, parts, err := tx.contractFor(t, p, h)
	if err != nil {
		return out, err
	}
	before, err := tx.fetch("contract", string(c.ID))
	if err != nil {
		return out, err
	}
	other := c.Asset
	c.Asset = t.id
	if c, err = c.Do(school.IssueContract, parts, tx.now); err != nil {
		return out, err
	}
	if other != "" && other != t.id && !c.Prepared.IsZero() {
		if err := tx.addAddendum(school.Addendum{Contract: c.ID, Kind: school.SwapAddendum, OldAsset: other, NewAsset: t.id, Reason: school.SwapOther}); err != nil {
			return out, err
		}
	}
	if err := taken(tx.change("contract", string(c.ID), before, contractRow(c)), "device", "device_issued", t.name()); err != nil {
		return out, err
	}
	price, err := tx.priceOf(t.asset)
	if err != nil {
		return out, err
	}
	without := map[int]bool{}
	for _, n := range h.Without {
		without[n] = true
	}
	for _, part := range parts {
		if part.N == 1 {
			part.Asset, part.Kind, part.Price = t.id, school.AssetKind(t.asset.str("kind")), price
		}
		if part, err = part.Give(part.N == 1 || !without[part.N]); err != nil {
			return out, err
		}
		if err := tx.savePart(part); err != nil {
			return out, err
		}
	}
	out = HandedOut{Contract: c.ID, Number: c.Number, Asset: t.id}
	if out.Holding, err = tx.openHolding(t, c); err != nil {
		return out, err
	}
	tx.lendEvent(t, "issued", map[string]any{"person": string(h.Person), "contract": string(c.ID)})
	return out, nil
}

// livingPersonAfter asks for the person after the device was found confirmed: what is not confirmed has no person.
func (tx *Tx) livingPersonAfter(t thing, id school.PersonID) (row, error) {
	if t.device != nil && !t.device.flag("confirmed") {
		return nil, school.Clash("device_unconfirmed", t.name())
	}
	return tx.livingPerson(id, school.Lend)
}

// openHolding lets the profiles of a device follow who has it.
func (tx *Tx) openHolding(t thing, c school.Contract) (school.HoldingID, error) {
	if t.device == nil {
		return "", nil
	}
	id := NewID[school.HoldingID]()
	err := tx.insert("holding", row{"id": string(id), "person_id": string(c.Person), "device_id": string(t.deviceID()), "contract_id": string(c.ID), "from_at": micros(tx.now)})
	if err != nil {
		return "", taken(err, "device", "device_issued", t.name())
	}
	if t.device.str("planned_person_id") == string(c.Person) {
		return id, tx.change("device", string(t.deviceID()), t.device, row{"planned_person_id": nil})
	}
	return id, nil
}

// endHolding ends what openHolding opened.
func (tx *Tx) endHolding(t thing) error {
	if t.device == nil {
		return nil
	}
	var id string
	found, err := tx.one(tx.ctx, `SELECT id FROM holding WHERE authority_id = $1 AND device_id = $2 AND until_at IS NULL`, args(string(tx.authority), string(t.deviceID())), &id)
	if err == nil && found {
		err = tx.update("holding", id, row{"until_at": micros(tx.now)})
	}
	return err
}

// contractFor finds the contract something is handed out under, or makes one: the one that was named; one that waits for this
// asset; one that waits for any of its kind; one that was prepared for another, whose paper then gets an addendum.
func (tx *Tx) contractFor(t thing, p row, h Handover) (c school.Contract, parts []school.ContractPart, err error) {
	kind := h.Kind
	if kind == "" {
		kind = school.KindFor(school.PersonKind(p.str("kind")))
	}
	id := string(h.Contract)
	if id == "" && h.Replaces == "" {
		if _, err = tx.one(tx.ctx, `SELECT k.id FROM contract k JOIN contract_part x ON x.contract_id = k.id AND x.n = 1 WHERE k.authority_id = $1 AND k.person_id = $2
				AND k.state IN ('planned', 'prepared', 'signed') AND k.place_id IS NULL AND (k.asset_id = $3 OR x.kind = $4 AND ($5 = '' OR k.kind = $5))
				ORDER BY CASE WHEN k.asset_id = $3 THEN 0 WHEN k.asset_id IS NULL THEN 1 ELSE 2 END, CASE k.state WHEN 'signed' THEN 0 WHEN 'prepared' THEN 1 ELSE 2 END, k.number LIMIT 1`,
			args(string(tx.authority), string(h.Person), string(t.id), t.asset.str("kind"), string(h.Kind)), &id); err != nil {
			return c, nil, err
		}
	}
	if id != "" {
		r, err := tx.own("contract", id, school.Lend)
		if err != nil {
			return c, nil, err
		}
		if c = contractOf(r); c.Person != h.Person {
			return c, nil, school.Missing("contract")
		}
		parts, err = tx.partsOf(tx.ctx, c.ID)
		return c, parts, err
	}
	policy, err := tx.policyOf(tx.ctx, tx.authority)
	if err != nil {
		return c, nil, err
	}
	kit, err := tx.kitFor(h.Kit, school.AssetKind(t.asset.str("kind")), t.school)
	if err != nil {
		return c, nil, err
	}
	if h.Replaces != "" {
		kind = school.Replacement
		r, err := tx.own("contract", string(h.Replaces), school.Lend)
		if err != nil {
			return c, nil, err
		}
		if of := contractOf(r); of.Person != h.Person || !of.State.Out() {
			return c, nil, school.Clash("replaces_nothing", of.Number)
		}
	}
	if c, err = terms(school.Contract{Kind: kind, School: t.school, Person: h.Person, Kit: kit.ID, End: h.End, Due: h.Due, Replaces: h.Replaces}, policy.Lending, tx.now); err != nil {
		return c, nil, err
	}
	if c, err = tx.newContract(c); err != nil {
		return c, nil, err
	}
	parts, err = tx.addParts(c.ID, school.AssetKind(t.asset.str("kind")), "", 0, kit)
	return c, parts, err
}
