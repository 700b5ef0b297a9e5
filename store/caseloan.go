package store

import (
	"context"
	"database/sql"
	"slices"

	"ranzen/store/school"
)

var _ = registerEvent(school.Lend, "case.issued", "case.returned")

// A case is lent as a whole: one person answers for it by one receipt. Its devices stay in it and belong to nobody; who has one
// of them for a while has it under a contract of its own.

// LendCase hands a case to a person.
func (s *Store) LendCase(ctx context.Context, by school.Actor, c CaseOut) (school.ContractID, school.ChangeSetID, error) {
	return s.lendCase(ctx, by, c, func(*Tx, school.ContractID) error { return nil })
}

func (s *Store) lendCase(ctx context.Context, by school.Actor, x CaseOut, also func(*Tx, school.ContractID) error) (id school.ContractID, set school.ChangeSetID, err error) {
	set, err = s.writeAt(ctx, by, "place", event{name: "case.issued", verb: school.Lend, subject: "place", id: string(x.Place)}, func(tx *Tx, p row) error {
		if p.str("kind") != string(school.Case) {
			return school.Refuse("place", "case_kind")
		}
		if _, err := tx.livingPerson(x.Person, school.Lend); err != nil {
			return err
		}
		policy, err := tx.policyOf(ctx, tx.authority)
		if err != nil {
			return err
		}
		c, err := terms(school.Contract{Kind: school.PoolLoan, School: school.SchoolID(p.str("school_id")), Person: x.Person, Due: x.Due}, policy.Lending, tx.now)
		if err != nil {
			return err
		}
		if c, err = tx.newContract(c); err != nil {
			return err
		}
		before, err := tx.fetch("contract", string(c.ID))
		if err != nil {
			return err
		}
		c.Place = x.Place
		if c, err = c.Do(school.IssueContract, nil, tx.now); err != nil {
			return err
		}
		if err := taken(tx.change("contract", string(c.ID), before, contractRow(c)), "place", "case_issued", p.str("name")); err != nil {
			return err
		}
		id = c.ID
		tx.event.detail = map[string]any{"person": string(x.Person), "contract": string(c.ID)}
		return also(tx, id)
	})
	if err != nil {
		return "", "", err
	}
	return id, set, nil
}

// TakeCaseBack ends the contract of a case.
func (s *Store) TakeCaseBack(ctx context.Context, by school.Actor, id school.ContractID) (school.ChangeSetID, error) {
	return s.caseBack(ctx, by, id, func(*Tx) error { return nil })
}

func (s *Store) caseBack(ctx context.Context, by school.Actor, id school.ContractID, also func(*Tx) error) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "contract", event{name: "case.returned", verb: school.Lend, subject: "contract", id: string(id)}, func(tx *Tx, r row) error {
		c := contractOf(r)
		if c.Place == "" {
			return school.Missing("contract")
		}
		c, err := c.Do(school.ReturnContract, nil, tx.now)
		if err != nil {
			return err
		}
		if err := tx.change("contract", string(id), r, contractRow(c)); err != nil {
			return err
		}
		tx.event.subject, tx.event.id = "place", string(c.Place)
		return also(tx)
	})
}

// CaseCount is what a look into a case found.
type CaseCount struct {
	Name    string
	Total   int
	Here    []DeskDevice // scanned and belong into it
	Missing []DeskDevice // belong into it and were not scanned
	Foreign []string     // scanned and do not
}

// CountCase compares what was scanned with what belongs into a case: «29 of 30, number 17 is missing».
func (s *Store) CountCase(ctx context.Context, by school.Actor, place school.PlaceID, scanned []string) (n CaseCount, err error) {
	if len(scanned) > 500 {
		return n, school.Refuse("scanned", "too_many", 500)
	}
	var at school.SchoolID
	found, err := s.read().one(ctx, `SELECT school_id, name FROM place WHERE id = $1 AND authority_id = $2 AND kind = 'case'`, args(string(place), string(by.Tenant)), text(&at), &n.Name)
	if err != nil || !found || !by.Can(school.Lend, school.Where{Authority: by.Tenant, School: at}) {
		return n, orMissing(err, "place")
	}
	err = s.snapshot(ctx, func(c conn) error {
		n = CaseCount{Name: n.Name}
		in := map[school.AssetID]DeskDevice{}
		var order []school.AssetID
		err := c.each(ctx, `SELECT a.id, d.id, COALESCE(a.number, ''), COALESCE(a.serial, ''), COALESCE(NULLIF(a.model, ''), (SELECT st.model FROM device_state st WHERE st.device_id = d.id), '') FROM asset a LEFT JOIN device d ON d.asset_id = a.id
			WHERE a.id IN (SELECT asset_id FROM device WHERE place_id = $1 UNION SELECT id FROM asset WHERE place_id = $1) AND a.authority_id = $2 AND a.state NOT IN ('written_off', 'retired')
			ORDER BY a.number_sort NULLS LAST, a.id`, args(string(place), string(by.Tenant)), func(r *sql.Rows) error {
			var id school.AssetID
			x := DeskDevice{School: at}
			err := r.Scan(text(&id), text(&x.ID), &x.Number, &x.Serial, &x.Model)
			in[id], order = x, append(order, id)
			return err
		})
		if err != nil {
			return err
		}
		n.Total = len(order)
		seen := map[school.AssetID]bool{}
		for _, typed := range scanned {
			scan := school.Scan(typed)
			ids, err := c.assetsNamed(ctx, by.Tenant, scan.Readings)
			if err != nil {
				return err
			}
			if i := slices.IndexFunc(ids, func(id school.AssetID) bool { _, here := in[id]; return here }); i >= 0 {
				seen[ids[i]] = true
			} else if scan.Text != "" {
				n.Foreign = append(n.Foreign, scan.Text)
			}
		}
		for _, id := range order {
			if seen[id] {
				n.Here = append(n.Here, in[id])
			} else {
				n.Missing = append(n.Missing, in[id])
			}
		}
		return nil
	})
	return n, err
}
