package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "return.started", "return.released", "return.handed", "return.closed")

// StartReturn begins the return of a lease: from now on its things are listed with what each still lacks. Of a delivery one run is open.
func (s *Store) StartReturn(ctx context.Context, by school.Actor, batch school.BatchID) (id school.ReturnRunID, set school.ChangeSetID, err error) {
	id = NewID[school.ReturnRunID]()
	set, err = s.write(ctx, by, event{name: "return.started", verb: school.EditDevices, subject: "batch", id: string(batch)}, func(tx *Tx) error {
		b, err := tx.fetch("batch", string(batch))
		if err != nil {
			return err
		}
		if b == nil {
			return school.Missing("batch")
		}
		if b.str("lease_number") == "" && b.micro("lease_until_at").IsZero() {
			return school.Clash("return_bought", b.str("name"))
		}
		return taken(tx.insert("return_run", row{"id": string(id), "batch_id": string(batch), "created_at": micros(tx.now)}), "batch", "return_open", b.str("name"))
	})
	return id, set, err
}

// ReturnRow is a run with what its line in a list shows.
type ReturnRow struct {
	school.ReturnRun
	school.Lease
	BatchName string
	Things    int
	Handed    int
}

// returnsAt: deliveries and their leases are the authority's; who sees but a school sees no lease.
func returnsAt(by school.Actor) error {
	if !by.Can(school.View, school.Where{Authority: by.Tenant}) {
		return school.Missing("return_run")
	}
	return nil
}

func (c conn) returns(ctx context.Context, a school.AuthorityID, cond string, more ...any) (out []ReturnRow, err error) {
	err = c.each(ctx, `SELECT r.id, r.authority_id, r.batch_id, r.created_at, r.closed_at, b.name, b.lease_number, b.lessor, b.lease_from_at, b.lease_until_at, b.lease_rate, b.lease_terms,
		(SELECT count(*) FROM asset a WHERE a.batch_id = r.batch_id), (SELECT count(*) FROM return_item i WHERE i.run_id = r.id AND i.handed_at IS NOT NULL)
		FROM return_run r JOIN batch b ON b.id = r.batch_id WHERE r.authority_id = $1`+cond, append(args(string(a)), more...), func(r *sql.Rows) error {
		var x ReturnRow
		err := r.Scan(text(&x.ID), text(&x.Authority), text(&x.Batch), stamp(&x.Started), stamp(&x.Closed), &x.BatchName, &x.Number, &x.Lessor, stamp(&x.From), stamp(&x.Until), &x.Rate, &x.Terms,
			&x.Things, &x.Handed)
		out = append(out, x)
		return err
	})
	return out, err
}

// Returns lists the runs of the authority: open ones first, the newest first.
func (s *Store) Returns(ctx context.Context, by school.Actor) ([]ReturnRow, error) {
	if err := returnsAt(by); err != nil {
		return nil, err
	}
	return s.read().returns(ctx, by.Tenant, ` ORDER BY CASE WHEN r.closed_at IS NULL THEN 0 ELSE 1 END, r.created_at DESC, r.id LIMIT 200`)
}

// ReturnLine is a thing of a run with what its line shows.
type ReturnLine struct {
	school.ReturnThing
	Asset      school.AssetID
	Number     string
	Serial     string
	Kind       school.AssetKind
	Model      string
	SchoolName string
	Device     school.DeviceID
	Contract   school.ContractID // open, or the last that has something to decide
	ContractNo string
	Proof      string // which command it took
	item       string // what people did about it in this run; empty: nothing
}

// Name is what people call it.
func (x ReturnLine) Name() string { return cmp.Or(x.Number, x.Serial) }

// ReturnPage is all that the page of a run shows.
type ReturnPage struct {
	ReturnRow
	Lines []ReturnLine
}

// At lists the lines that stand at a step.
func (p ReturnPage) At(step school.ReturnStep) (out []ReturnLine) {
	for _, x := range p.Lines {
		if x.Step() == step {
			out = append(out, x)
		}
	}
	return out
}

// ReturnByID reads a run with every thing of it, what holds it up first.
func (s *Store) ReturnByID(ctx context.Context, by school.Actor, id school.ReturnRunID) (p ReturnPage, err error) {
	if err := returnsAt(by); err != nil {
		return p, err
	}
	err = s.snapshot(ctx, func(c conn) (err error) {
		p, err = c.returnPage(ctx, by.Tenant, id)
		return err
	})
	return p, err
}

func (c conn) returnPage(ctx context.Context, a school.AuthorityID, id school.ReturnRunID) (p ReturnPage, err error) {
	all, err := c.returns(ctx, a, ` AND r.id = $2`, string(id))
	if err != nil || len(all) == 0 {
		return p, orMissing(err, "return_run")
	}
	p.ReturnRow = all[0]
	err = c.each(ctx, `SELECT a.id, COALESCE(a.number, ''), COALESCE(a.serial, ''), a.kind, COALESCE(NULLIF(a.model, ''), st.model, ''), a.managed_by = 'us', a.state IN ('written_off', 'retired'), COALESCE(s.name, ''), d.id,
			EXISTS (SELECT 1 FROM enrollment e WHERE e.device_id = d.id), `+assetLost+`, `+assetRepair+`, k.id, COALESCE(k.number, ''), k.issued_at IS NOT NULL AND k.returned_at IS NULL, k.returned_at,
			COALESCE((SELECT count(*) FROM contract_part x WHERE x.contract_id = k.id AND x.state IN ('missing', 'damaged') AND x.decision = ''), 0),
			o.accepted_at, COALESCE(o.command_uuid, ''), EXISTS (SELECT 1 FROM ade_device y WHERE y.device_id = d.id AND y.gone_at IS NULL),
			(SELECT min(z.synced_at) FROM ade_device y JOIN apple_sync z ON z.token_id = y.token_id WHERE y.device_id = d.id AND y.gone_at IS NULL), i.released_at, i.handed_at, COALESCE(i.id, '')
		FROM asset a LEFT JOIN device d ON d.asset_id = a.id LEFT JOIN device_state st ON st.device_id = d.id LEFT JOIN school s ON s.id = COALESCE(d.school_id, a.school_id)
			LEFT JOIN contract k ON k.id = (SELECT x.id FROM contract x WHERE x.asset_id = a.id AND x.issued_at IS NOT NULL ORDER BY x.issued_at DESC, x.id DESC LIMIT 1)
			LEFT JOIN device_order o ON o.id = (SELECT x.id FROM device_order x WHERE x.device_id = d.id AND x.kind IN ('erase', 'reset') AND x.accepted_at IS NOT NULL ORDER BY x.created_at DESC, x.id DESC LIMIT 1)
			LEFT JOIN return_item i ON i.run_id = $3 AND i.asset_id = a.id
		WHERE a.authority_id = $1 AND a.batch_id = $2 ORDER BY a.number_sort NULLS LAST, a.serial, a.id`, args(string(a), string(p.Batch), string(id)), func(r *sql.Rows) error {
		var x ReturnLine
		err := r.Scan(text(&x.Asset), &x.Number, &x.Serial, text(&x.Kind), &x.Model, &x.Managed, &x.Gone, &x.SchoolName, text(&x.Device), &x.Enrolled, &x.Lost, &x.InRepair, text(&x.Contract), &x.ContractNo,
			&x.Out, stamp(&x.Returned), &x.OpenParts, stamp(&x.Erased), &x.Proof, &x.Listed, stamp(&x.Synced), stamp(&x.Released), stamp(&x.HandedOver), &x.item)
		p.Lines = append(p.Lines, x)
		return err
	})
	slices.SortStableFunc(p.Lines, func(a, b ReturnLine) int {
		return slices.Index(school.ReturnSteps, a.Step()) - slices.Index(school.ReturnSteps, b.Step())
	})
	return p, err
}

// writeReturn is write for an act on a run that is open, with all that is known of its things.
func (s *Store) writeReturn(ctx context.Context, by school.Actor, id school.ReturnRunID, name string, fn func(tx *Tx, p ReturnPage) error) (school.ChangeSetID, error) {
	if err := returnsAt(by); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: name, verb: school.EditDevices, subject: "return_run", id: string(id)}, func(tx *Tx) error {
		p, err := tx.returnPage(ctx, tx.authority, id)
		if err == nil && !p.Closed.IsZero() {
			err = school.Clash("return_closed")
		}
		if err != nil {
			return err
		}
		return fn(tx, p)
	})
}

// returnItem writes what people did about a thing of a run.
func (tx *Tx) returnItem(run school.ReturnRunID, x ReturnLine, set row) error {
	if x.item != "" {
		return tx.update("return_item", x.item, set)
	}
	set["id"], set["run_id"], set["asset_id"] = newID(), string(run), string(x.Asset)
	return tx.insert("return_item", set)
}

// ReleaseReturned says that things were released in Apple School Manager; without any it is all whose turn it is. Nothing is asked of
// Apple: its next list says whether it is so. What somebody has under a contract, or was not erased, is not released.
func (s *Store) ReleaseReturned(ctx context.Context, by school.Actor, id school.ReturnRunID, assets ...school.AssetID) (n int, set school.ChangeSetID, err error) {
	set, err = s.writeReturn(ctx, by, id, "return.released", func(tx *Tx, p ReturnPage) error {
		n = 0
		for _, x := range p.Lines {
			if len(assets) > 0 && !slices.Contains(assets, x.Asset) {
				continue
			}
			switch step := x.Step(); {
			case step == school.ReturnRelease:
				if err := tx.returnItem(id, x, row{"released_at": micros(tx.now)}); err != nil {
					return err
				}
				n++
			case len(assets) > 0 && step == school.ReturnOut:
				return school.Clash("return_out", x.Name(), x.ContractNo)
			case len(assets) > 0:
				return school.Clash("return_step", x.Name())
			}
		}
		if n == 0 {
			return school.Clash("return_none")
		}
		tx.event.detail = map[string]any{"assets": n}
		return nil
	})
	return n, set, err
}

// HandOverReturned says that all whose turn it is went back to the lessor: they are no longer in stock. When nothing is left the run
// is closed.
func (s *Store) HandOverReturned(ctx context.Context, by school.Actor, id school.ReturnRunID) (n int, set school.ChangeSetID, err error) {
	set, err = s.writeReturn(ctx, by, id, "return.handed", func(tx *Tx, p ReturnPage) error {
		n = 0
		left := 0
		for _, x := range p.Lines {
			switch x.Step() {
			case school.ReturnReady:
				if err := tx.returnItem(id, x, row{"handed_at": micros(tx.now)}); err != nil {
					return err
				}
				if err := tx.update("asset", string(x.Asset), row{"state": string(school.AssetRetired)}); err != nil {
					return err
				}
				n++
			case school.ReturnGone, school.ReturnHanded:
			default:
				left++
			}
		}
		if n == 0 {
			return school.Clash("return_none")
		}
		tx.event.detail = map[string]any{"assets": n}
		if left == 0 {
			return tx.update("return_run", string(id), row{"closed_at": micros(tx.now)})
		}
		return nil
	})
	return n, set, err
}

// CloseReturn ends a run with what is left in it: those things stay in stock.
func (s *Store) CloseReturn(ctx context.Context, by school.Actor, id school.ReturnRunID) (school.ChangeSetID, error) {
	return s.writeReturn(ctx, by, id, "return.closed", func(tx *Tx, _ ReturnPage) error {
		return tx.update("return_run", string(id), row{"closed_at": micros(tx.now)})
	})
}
