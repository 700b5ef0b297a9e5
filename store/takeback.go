package store

import (
	"context"
	"slices"

	"ranzen/store/school"
)

// GivenBack is what came back of a contract. Parts are named by their number; what is not named is there and whole.
type GivenBack struct {
	Asset     school.AssetID
	Contract  school.ContractID // under which it is out, where the actor saw one; empty: whichever
	Missing   []int
	Damaged   []int
	Unchecked bool // from a pile: somebody looks at it later
}

// TakenIn says what a return came to.
type TakenIn struct {
	Contract school.ContractID // empty: it was handed out without one by an older release
	Number   string
	State    school.ContractState
	Person   school.PersonID
	Asset    school.AssetID
	Device   school.DeviceID
}

// TakeBack ends the contract and the holding of a device that came back whole.
func (s *Store) TakeBack(ctx context.Context, by school.Actor, device school.DeviceID) (school.ChangeSetID, error) {
	asset, err := s.deviceAsset(ctx, by, device, school.Lend)
	if err != nil {
		return "", err
	}
	_, set, err := s.TakeIn(ctx, by, GivenBack{Asset: asset})
	return set, err
}

// TakeIn takes back an asset and what belongs to it. Where all is there and whole the contract is closed; where something is
// missing or damaged it stays open until somebody decides. What was lost is found by coming back.
func (s *Store) TakeIn(ctx context.Context, by school.Actor, g GivenBack) (in TakenIn, set school.ChangeSetID, err error) {
	set, err = s.writeAsset(ctx, by, g.Asset, event{name: "asset.returned", verb: school.Lend, subject: "asset", id: string(g.Asset)}, func(tx *Tx, t thing) (err error) {
		in, err = tx.takeIn(t, g)
		return err
	})
	if err != nil {
		return TakenIn{}, "", err
	}
	return in, set, nil
}

func (tx *Tx) takeIn(t thing, g GivenBack) (in TakenIn, err error) {
	in = TakenIn{Asset: t.id, Device: t.deviceID()}
	r, err := tx.outUnder(t.id)
	if err != nil {
		return in, err
	}
	if g.Contract != "" && (r == nil || contractOf(r).ID != g.Contract) { // somebody was quicker, and it may be with the next by now
		return in, school.Clash("contract_state", t.name())
	}
	tx.lendEvent(t, "returned", nil)
	if r == nil {
		if err := tx.notOut(t); err == nil {
			return in, school.Clash("device_not_issued", t.name())
		}
		return in, tx.endHolding(t)
	}
	c := contractOf(r)
	parts, err := tx.partsOf(tx.ctx, c.ID)
	if err != nil {
		return in, err
	}
	if parts, err = tx.takeParts(parts, g); err != nil {
		return in, err
	}
	if c, err = c.Do(school.ReturnContract, parts, tx.now); err != nil {
		return in, err
	}
	if err := tx.change("contract", string(c.ID), r, contractRow(c)); err != nil {
		return in, err
	}
	if err := tx.endHolding(t); err != nil {
		return in, err
	}
	in.Contract, in.Number, in.State, in.Person = c.ID, c.Number, c.State, c.Person
	tx.event.detail = map[string]any{"contract": string(c.ID)}
	return in, tx.back(t, c, parts)
}

// takeParts says of each part what came back. What was decided about stays decided, and of a pile nothing is said yet.
func (tx *Tx) takeParts(parts []school.ContractPart, g GivenBack) (out []school.ContractPart, err error) {
	if g.Unchecked {
		return parts, nil
	}
	for _, n := range append(slices.Clone(g.Missing), g.Damaged...) {
		if n < 1 || n > len(parts) || n == 1 && slices.Contains(g.Missing, 1) {
			return nil, school.Refuse("part", "choice")
		}
	}
	for _, p := range parts {
		if p.State != school.PartIssued && (!p.Lacks() || p.Decision != school.Undecided || p.N == 1) { // an asset that was written off does not come back with its cable
			out = append(out, p)
			continue
		}
		as := school.PartReturned
		switch {
		case slices.Contains(g.Missing, p.N):
			as = school.PartMissing
		case slices.Contains(g.Damaged, p.N):
			as = school.PartDamaged
		}
		if p, err = p.Take(as); err != nil {
			return nil, err
		}
		if err := tx.savePart(p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// back says of an asset that came back what has to be done with it, and of its damages from when claims run out.
func (tx *Tx) back(t thing, c school.Contract, parts []school.ContractPart) error {
	state := school.AssetReady
	switch {
	case c.State == school.ContractReturned:
		state = school.AssetToCheck
	case slices.ContainsFunc(parts, func(p school.ContractPart) bool { return p.N > 1 && p.Lacks() }):
		state = school.AssetIncomplete
	case slices.ContainsFunc(parts, school.ContractPart.Lacks):
		state = school.AssetToCheck
	}
	if now := school.AssetState(t.asset.str("state")); now != state && !now.Gone() {
		if err := tx.update("asset", string(t.id), row{"state": string(state)}); err != nil {
			return err
		}
	}
	lost, err := tx.idsOf(`SELECT id FROM loss WHERE authority_id = $1 AND asset_id = $2 AND found_at IS NULL AND written_off_at IS NULL`, string(t.id))
	for _, id := range lost {
		if err == nil {
			err = tx.update("loss", id, row{"found_at": micros(tx.now)})
		}
	}
	if err != nil {
		return err
	}
	return tx.damagesBack(t.id, c.ID)
}

// damagesBack begins the six months of § 606 BGB for what was damaged while somebody had it.
func (tx *Tx) damagesBack(asset school.AssetID, c school.ContractID) error {
	damages, err := tx.idsOf(`SELECT id FROM damage WHERE authority_id = $1 AND contract_id = $2 AND returned_at IS NULL AND asset_id = $3`, string(c), string(asset))
	for _, id := range damages {
		if err == nil {
			err = tx.update("damage", id, row{"returned_at": micros(tx.now)})
		}
	}
	return err
}

// CheckIn is the look at what came back in a pile.
func (s *Store) CheckIn(ctx context.Context, by school.Actor, id school.ContractID, g GivenBack) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "contract", event{name: "contract.checked", verb: school.Lend, subject: "contract", id: string(id)}, func(tx *Tx, r row) error {
		return tx.checkIn(r, g)
	})
}

func (tx *Tx) checkIn(r row, g GivenBack) error {
	c := contractOf(r)
	if !c.May(school.CheckContract) {
		_, err := c.Do(school.CheckContract, nil, tx.now)
		return err
	}
	g.Unchecked = false
	parts, err := tx.partsOf(tx.ctx, c.ID)
	if err != nil {
		return err
	}
	if parts, err = tx.takeParts(parts, g); err != nil {
		return err
	}
	if c, err = c.Do(school.CheckContract, parts, tx.now); err != nil {
		return err
	}
	if err := tx.change("contract", string(c.ID), r, contractRow(c)); err != nil {
		return err
	}
	if c.Asset == "" {
		return nil
	}
	t, err := tx.ownAsset(c.Asset, school.Lend)
	if err != nil {
		return err
	}
	if out, err := tx.outUnder(t.id); err != nil || out != nil { // somebody else has it already
		return err
	}
	return tx.back(t, c, parts)
}

// SwapAsset gives the person of a contract another asset. The contract and its number stay, an addendum says what changed, and
// the old asset waits to be looked at.
func (s *Store) SwapAsset(ctx context.Context, by school.Actor, id school.ContractID, to school.AssetID, why school.SwapReason) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "contract", event{name: "contract.swapped", verb: school.Lend, subject: "contract", id: string(id), detail: map[string]any{"reason": string(why)}}, func(tx *Tx, r row) error {
		return tx.swap(r, to, why)
	})
}

func (tx *Tx) swap(r row, to school.AssetID, why school.SwapReason) error {
	c := contractOf(r)
	if !slices.Contains(school.SwapReasons, why) {
		return school.Refuse("reason", "choice")
	}
	was := c
	c, err := c.Do(school.SwapContract, nil, tx.now)
	if err != nil {
		return err
	}
	if was.Asset == "" || was.Asset == to {
		return school.Refuse("device", "swap_same")
	}
	old, err := tx.ownAsset(was.Asset, school.Lend)
	if err != nil {
		return err
	}
	next, err := tx.ownAsset(to, school.Lend)
	if err != nil {
		return err
	}
	if err := tx.lendable(next); err != nil {
		return err
	}
	if err := tx.endHolding(old); err != nil {
		return err
	}
	c.Asset = to
	if err := taken(tx.change("contract", string(c.ID), r, contractRow(c)), "device", "device_issued", next.name()); err != nil {
		return err
	}
	if _, err := tx.openHolding(next, c); err != nil {
		return err
	}
	parts, err := tx.partsOf(tx.ctx, c.ID)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.N == 1 {
			p.Asset, p.Kind = to, school.AssetKind(next.asset.str("kind"))
			if p.Price, err = tx.priceOf(next.asset); err != nil {
				return err
			}
			if err := tx.savePart(p); err != nil {
				return err
			}
		}
	}
	lost, err := tx.number(tx.ctx, `SELECT count(*) FROM loss WHERE asset_id = $1 AND found_at IS NULL AND written_off_at IS NULL`, string(old.id))
	if err != nil {
		return err
	}
	if lost == 0 { // otherwise it is not here to be looked at
		if !school.AssetState(old.asset.str("state")).Gone() {
			if err := tx.update("asset", string(old.id), row{"state": string(school.AssetToCheck)}); err != nil {
				return err
			}
		}
		if err := tx.damagesBack(old.id, c.ID); err != nil {
			return err
		}
	}
	return tx.addAddendum(school.Addendum{Contract: c.ID, Kind: school.SwapAddendum, OldAsset: old.id, NewAsset: to, Reason: why})
}
