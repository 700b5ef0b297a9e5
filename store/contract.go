package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "contract.planned", "contract.prepared", "contract.signed", "contract.extended", "contract.refused", "contract.resumed", "contract.cancelled")
var _ = registerEvent(school.EditPeople, "contract.decided", "contract.closed")

// A contract is written by its own machine alone (school.Contract.Do): every act here fetches it, lets the machine say what
// it is then, and writes that. The engine holds the same rules as constraints.

// micro reads a moment of a fact row.
func (r row) micro(column string) time.Time {
	if n, ok := r[column].(int64); ok {
		return time.UnixMicro(n).UTC()
	}
	return time.Time{}
}

// count reads a number of a fact row.
func (r row) count(column string) int {
	n, _ := r[column].(int64)
	return int(n)
}

// contractOf is the noun of a row.
func contractOf(r row) school.Contract {
	return school.Contract{ID: school.ContractID(r.str("id")), Authority: school.AuthorityID(r.str("authority_id")), Number: r.str("number"), Kind: school.ContractKind(r.str("kind")),
		State: school.ContractState(r.str("state")), School: school.SchoolID(r.str("school_id")), Named: school.SchoolID(r.str("named_school_id")), Person: school.PersonID(r.str("person_id")), Asset: school.AssetID(r.str("asset_id")),
		Place: school.PlaceID(r.str("place_id")), Kit: school.KitID(r.str("kit_id")), Replaces: school.ContractID(r.str("replaces_id")), End: school.EndRule(r.str("end_rule")),
		Due: r.micro("due_at"), Planned: r.micro("created_at"), Prepared: r.micro("prepared_at"), Signed: r.micro("signed_at"), SignedHow: school.SignedHow(r.str("signed_how")),
		Issued: r.micro("issued_at"), Returned: r.micro("returned_at"), Closed: r.micro("closed_at")}
}

// contractRow is what of a contract may change.
func contractRow(c school.Contract) row {
	return row{"state": string(c.State), "school_id": opt(c.School), "named_school_id": opt(c.Named), "asset_id": opt(c.Asset), "place_id": opt(c.Place), "kit_id": opt(c.Kit), "end_rule": string(c.End), "due_at": micros(c.Due),
		"prepared_at": micros(c.Prepared), "signed_at": micros(c.Signed), "signed_how": string(c.SignedHow), "issued_at": micros(c.Issued), "returned_at": micros(c.Returned),
		"closed_at": micros(c.Closed)}
}

// partsOf reads the parts of a contract in their order.
func (c conn) partsOf(ctx context.Context, id school.ContractID) (out []school.ContractPart, err error) {
	err = c.each(ctx, `SELECT id, contract_id, n, kind, name, asset_id, price, state, decision, amount FROM contract_part WHERE contract_id = $1 ORDER BY n`, args(string(id)), func(r *sql.Rows) error {
		var p school.ContractPart
		err := r.Scan(text(&p.ID), text(&p.Contract), &p.N, text(&p.Kind), &p.Name, text(&p.Asset), &p.Price, text(&p.State), text(&p.Decision), &p.Amount)
		out = append(out, p)
		return err
	})
	return out, err
}

// savePart writes what became of a part.
func (tx *Tx) savePart(p school.ContractPart) error {
	return tx.update("contract_part", string(p.ID), row{"kind": string(p.Kind), "name": p.Name, "asset_id": opt(p.Asset), "price": int64(p.Price), "state": string(p.State), "decision": string(p.Decision),
		"amount": int64(p.Amount)})
}

// addParts writes the parts a contract begins with: the asset itself, then those of its kit.
func (tx *Tx) addParts(id school.ContractID, kind school.AssetKind, asset school.AssetID, price int, kit school.Kit) (out []school.ContractPart, err error) {
	all := append([]school.Part{{Kind: kind, Price: price}}, kit.Parts...)
	for i, x := range all {
		p := school.ContractPart{ID: NewID[school.PartID](), Contract: id, N: i + 1, Kind: x.Kind, Name: x.Name, Price: x.Price, State: school.PartPlanned}
		if i == 0 {
			p.Asset = asset
		}
		if err := tx.insert("contract_part", row{"id": string(p.ID), "contract_id": string(id), "n": int64(p.N), "kind": string(p.Kind), "name": p.Name, "asset_id": opt(p.Asset),
			"price": int64(p.Price), "state": string(p.State), "decision": "", "amount": int64(0)}); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// priceOf is what an asset cost: its own price, else that of its batch.
func (tx *Tx) priceOf(asset row) (int, error) {
	if p := asset.count("price"); p > 0 || asset.str("batch_id") == "" {
		return p, nil
	}
	b, err := tx.fetch("batch", asset.str("batch_id"))
	return b.count("price"), err
}

// newContract adds a contract under the next number of the year. What is not said follows from the person and the policy.
func (tx *Tx) newContract(c school.Contract) (school.Contract, error) {
	c.ID, c.State, c.Planned = NewID[school.ContractID](), school.ContractPlanned, tx.now
	year := tx.now.In(Berlin).Year()
	seq, err := tx.number(tx.ctx, `SELECT COALESCE(max(seq), 0) + 1 FROM contract WHERE authority_id = $1 AND year = $2`, string(tx.authority), year)
	if err != nil {
		return c, err
	}
	c.Number = fmt.Sprintf("%s%02d-%06d", school.ContractPrefix, year%100, seq)
	r := contractRow(c)
	r["id"], r["number"], r["year"], r["seq"], r["kind"], r["person_id"] = string(c.ID), c.Number, int64(year), seq, string(c.Kind), string(c.Person)
	r["replaces_id"], r["created_at"] = opt(c.Replaces), micros(tx.now)
	return c, tx.insert("contract", r)
}

// terms fills in when a contract ends, where nobody says otherwise: short loans after the days of the policy, those of staff
// and replacements when they are asked for, those of pupils as the policy says.
func terms(c school.Contract, policy school.LendingPolicy, now time.Time) (school.Contract, error) {
	if !slices.Contains(school.ContractKinds, c.Kind) {
		return c, school.Refuse("kind", "choice")
	}
	switch {
	case !c.Due.IsZero():
		c.End = school.EndsOnDay
	case c.Kind == school.ShortLoan:
		c.End, c.Due = school.EndsOnDay, endOfDay(now.AddDate(0, 0, policy.ShortDays()))
	case c.End == school.EndsOnDay:
		return c, school.Refuse("due", "required")
	case c.End == "" && (c.Kind == school.Replacement || c.Kind == school.PoolLoan):
		c.End = school.EndsOnRecall
	case c.End == "":
		c.End = cmp.Or(policy.End, school.EndsAtExit)
	case c.End != school.EndsAtExit && c.End != school.EndsOnRecall:
		return c, school.Refuse("end", "choice")
	}
	if !c.Due.IsZero() && !c.Due.After(now) {
		return c, school.Refuse("due", "ends_in_past")
	}
	return c, nil
}

// endOfDay is the last minute of a day here: who brings something back on the day is in time.
func endOfDay(t time.Time) time.Time {
	t = t.In(Berlin)
	return time.Date(t.Year(), t.Month(), t.Day(), 23, 59, 0, 0, Berlin)
}

// ContractWish is what somebody wants to agree with a person. What is empty follows from person, asset and policy.
type ContractWish struct {
	Person school.PersonID
	Asset  school.AssetID
	Kind   school.ContractKind
	Kit    school.KitID
	End    school.EndRule
	Due    time.Time
}

// PlanContracts makes contracts before anything is handed out, so that papers can be made and signed: one for each person
// that has none running yet. The others are passed over and not counted. Whoever has a device planned gets it into the contract.
func (s *Store) PlanContracts(ctx context.Context, by school.Actor, at school.SchoolID, wishes []ContractWish) (made []school.ContractID, set school.ChangeSetID, err error) {
	ev := event{name: "contract.planned", verb: school.Lend, school: at, subject: "contract"}
	set, err = s.write(ctx, by, ev, func(tx *Tx) error {
		made = nil
		if err := tx.openSchool(at, school.Lend); err != nil {
			return err
		}
		policy, err := tx.policyOf(ctx, tx.authority)
		if err != nil {
			return err
		}
		for _, x := range wishes {
			id, err := tx.planContract(at, x, policy.Lending)
			if err != nil {
				return err
			}
			if id != "" {
				made = append(made, id)
			}
		}
		tx.event.id, tx.event.detail = onlyOne(made), map[string]any{"contracts": len(made)}
		return nil
	})
	return made, set, err
}

func (tx *Tx) planContract(at school.SchoolID, x ContractWish, policy school.LendingPolicy) (school.ContractID, error) {
	p, err := tx.livingPerson(x.Person, school.Lend)
	if err != nil {
		return "", err
	}
	if p.str("school_id") != string(at) {
		return "", school.Missing("person")
	}
	if x.Kind == "" {
		x.Kind = school.KindFor(school.PersonKind(p.str("kind")))
	}
	n, err := tx.number(tx.ctx, `SELECT count(*) FROM contract WHERE authority_id = $1 AND person_id = $2 AND kind = $3 AND state IN ('planned', 'prepared', 'signed', 'issued', 'refused')`,
		string(tx.authority), string(x.Person), string(x.Kind))
	if err != nil || n > 0 {
		return "", err
	}
	if x.Asset == "" {
		if _, err := tx.one(tx.ctx, `SELECT d.asset_id FROM device d WHERE d.authority_id = $1 AND d.planned_person_id = $2 AND d.confirmed
			AND NOT EXISTS (SELECT 1 FROM contract k WHERE k.asset_id = d.asset_id AND k.person_id <> $2 AND k.state IN ('planned', 'prepared', 'signed')) ORDER BY d.serial LIMIT 1`,
			args(string(tx.authority), string(x.Person)), text(&x.Asset)); err != nil {
			return "", err
		}
	}
	kind, price := school.IPad, 0
	if x.Asset != "" {
		t, err := tx.ownAsset(x.Asset, school.Lend)
		if err == nil {
			err = tx.meantFor(t, x.Person, "asset")
		}
		if err != nil {
			return "", err
		}
		kind = school.AssetKind(t.asset.str("kind"))
		if price, err = tx.priceOf(t.asset); err != nil {
			return "", err
		}
	}
	kit, err := tx.kitFor(x.Kit, kind, at)
	if err != nil {
		return "", err
	}
	if kit.ID != "" {
		kind = kit.Kind
	}
	c, err := terms(school.Contract{Kind: x.Kind, School: at, Person: x.Person, Asset: x.Asset, Kit: kit.ID, End: x.End, Due: x.Due}, policy, tx.now)
	if err != nil {
		return "", err
	}
	if c, err = tx.newContract(c); err != nil {
		return "", err
	}
	_, err = tx.addParts(c.ID, kind, c.Asset, price, kit)
	return c.ID, err
}

// act lets a contract's machine do something and writes what it is then. also may change it before, and write more.
func (s *Store) act(ctx context.Context, by school.Actor, id school.ContractID, name string, verb school.Verb, act school.ContractAct, also func(tx *Tx, c *school.Contract) error) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "contract", event{name: name, verb: verb, subject: "contract", id: string(id)}, func(tx *Tx, r row) error {
		c := contractOf(r)
		if !c.May(act) {
			_, err := c.Do(act, nil, tx.now)
			return err
		}
		if also != nil {
			if err := also(tx, &c); err != nil {
				return err
			}
		}
		parts, err := tx.partsOf(ctx, id)
		if err != nil {
			return err
		}
		if c, err = c.Do(act, parts, tx.now); err != nil {
			return err
		}
		return tx.change("contract", string(id), r, contractRow(c))
	})
}

// PrepareContract says that the paper of a contract was made. One that was signed before wants a new signature.
func (s *Store) PrepareContract(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.prepared", school.Lend, school.PrepareContract, (*Tx).names)
}

// SignContract says that a contract was signed, and how.
func (s *Store) SignContract(ctx context.Context, by school.Actor, id school.ContractID, how school.SignedHow) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.signed", school.Lend, school.SignContract, func(_ *Tx, c *school.Contract) error {
		if !slices.Contains(school.Signings, how) {
			return school.Refuse("how", "choice")
		}
		c.SignedHow = how
		return nil
	})
}

// RefuseContract says that the guardians, or the person, do not want it. The device stays at the school for this pupil, nobody
// is reminded of anything, and statistics count it without a name.
func (s *Store) RefuseContract(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.refused", school.Lend, school.RefuseContract, func(tx *Tx, c *school.Contract) error {
		if c.Asset == "" {
			return nil
		}
		t, err := tx.ownAsset(c.Asset, school.Lend)
		if err != nil || t.device == nil {
			return err
		}
		return tx.change("device", string(t.deviceID()), t.device, row{"planned_person_id": string(c.Person)})
	})
}

// ResumeContract says that who refused thinks otherwise now.
func (s *Store) ResumeContract(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.resumed", school.Lend, school.ResumeContract, nil)
}

// CancelContract ends a contract under which nothing was handed out.
func (s *Store) CancelContract(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.cancelled", school.Lend, school.CancelContract, nil)
}

// ExtendContract gives a contract another day, or, without one, lets it run until it is asked for. An addendum keeps what was before.
func (s *Store) ExtendContract(ctx context.Context, by school.Actor, id school.ContractID, due time.Time) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.extended", school.Lend, school.ExtendContract, func(tx *Tx, c *school.Contract) error {
		old := c.Due
		if due.IsZero() {
			c.End, c.Due = school.EndsOnRecall, time.Time{}
		} else {
			c.End, c.Due = school.EndsOnDay, endOfDay(due)
			if !c.Due.After(tx.now) {
				return school.Refuse("due", "ends_in_past")
			}
		}
		return tx.addAddendum(school.Addendum{Contract: id, Kind: school.ExtensionAddendum, OldDue: old, NewDue: c.Due})
	})
}

// addAddendum writes what changed in a contract that was issued.
func (tx *Tx) addAddendum(x school.Addendum) error {
	n, err := tx.number(tx.ctx, `SELECT COALESCE(max(n), 0) + 1 FROM addendum WHERE contract_id = $1`, string(x.Contract))
	if err != nil {
		return err
	}
	return tx.insert("addendum", row{"id": newID(), "contract_id": string(x.Contract), "n": n, "kind": string(x.Kind), "old_asset_id": opt(x.OldAsset), "new_asset_id": opt(x.NewAsset),
		"old_due_at": micros(x.OldDue), "new_due_at": micros(x.NewDue), "old_school_id": opt(x.OldSchool), "new_school_id": opt(x.NewSchool), "reason": string(x.Reason), "created_at": micros(tx.now)})
}

// DecidePart says what becomes of a part that is missing or damaged, and what it costs somebody.
func (s *Store) DecidePart(ctx context.Context, by school.Actor, id school.ContractID, part school.PartID, d school.PartDecision, amount int) (school.ChangeSetID, error) {
	ev := event{name: "contract.decided", verb: school.EditPeople, subject: "contract", id: string(id), detail: map[string]any{"decision": string(d)}}
	return s.writeAt(ctx, by, "contract", ev, func(tx *Tx, r row) error {
		c := contractOf(r)
		if c.State != school.ContractOpen {
			return school.Clash("contract_state", c.Number)
		}
		parts, err := tx.partsOf(ctx, id)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.ID == part {
				if p, err = p.Decide(d, amount); err != nil {
					return err
				}
				return tx.savePart(p)
			}
		}
		return school.Missing("part")
	})
}

// CloseContract ends a contract whose every part is back or decided about.
func (s *Store) CloseContract(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.act(ctx, by, id, "contract.closed", school.EditPeople, school.CloseContract, nil)
}
