package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "batch.created", "batch.changed", "batch.removed")

// cleanBatch checks what people write of a batch.
func cleanBatch(b *school.Batch) (err error) {
	if b.Name, err = cleanName("name", b.Name); err != nil {
		return err
	}
	for _, x := range []struct {
		field string
		text  *string
		max   int
	}{{"supplier", &b.Supplier, 200}, {"lease_number", &b.Lease.Number, 100}, {"lessor", &b.Lease.Lessor, 200}, {"lease_terms", &b.Lease.Terms, 2000},
		{"programme", &b.Funding.Programme, 200}, {"funding_label", &b.Funding.Label, 120}} {
		if *x.text, err = cleanNote(x.field, *x.text, x.max); err != nil {
			return err
		}
	}
	b.Funding.Label = strings.Join(strings.Fields(b.Funding.Label), " ")
	switch l := b.Lease; {
	case b.Price < 0 || b.Price > school.MostPrice:
		return school.Refuse("price", "price_range")
	case l.Rate < 0 || l.Rate > school.MostPrice:
		return school.Refuse("lease_rate", "price_range")
	case !l.From.IsZero() && !l.Until.IsZero() && !l.Until.After(l.From):
		return school.Refuse("lease_until", "until_before_from")
	}
	return nil
}

func batchRow(r row, b school.Batch) row {
	r["name"], r["supplier"], r["ordered_at"], r["price"] = b.Name, b.Supplier, micros(b.Ordered), int64(b.Price)
	r["lease_number"], r["lessor"], r["lease_from_at"], r["lease_until_at"] = b.Lease.Number, b.Lease.Lessor, micros(b.Lease.From), micros(b.Lease.Until)
	r["lease_rate"], r["lease_terms"] = int64(b.Lease.Rate), b.Lease.Terms
	r["programme"], r["funding_label"], r["funding_until_at"] = b.Funding.Programme, b.Funding.Label, micros(b.Funding.Until)
	return r
}

// CreateBatch adds a delivery with its lease and by whose money it was bought. Batches are the authority's.
func (s *Store) CreateBatch(ctx context.Context, by school.Actor, b school.Batch) (school.BatchID, error) {
	if err := cleanBatch(&b); err != nil {
		return "", err
	}
	if b.ID == "" {
		b.ID = NewID[school.BatchID]()
	}
	_, err := s.write(ctx, by, event{name: "batch.created", verb: school.EditDevices, subject: "batch", id: string(b.ID)}, func(tx *Tx) error {
		if err := tx.batchNamed(b); err != nil {
			return err
		}
		return tx.insert("batch", batchRow(row{"id": string(b.ID), "created_at": micros(tx.now)}, b))
	})
	if err != nil {
		return "", err
	}
	return b.ID, nil
}

// batchNamed refuses a name another batch has: a list of a delivery finds its batch by it.
func (tx *Tx) batchNamed(b school.Batch) error {
	return tx.each(tx.ctx, `SELECT id, name FROM batch WHERE authority_id = $1`, args(string(tx.authority)), func(r *sql.Rows) error {
		var id, name string
		if err := r.Scan(&id, &name); err != nil {
			return err
		}
		if id != string(b.ID) && school.Fold(name) == school.Fold(b.Name) {
			return &school.Error{Kind: school.Conflict, Code: "batch_taken", Field: "name", Args: []any{b.Name}}
		}
		return nil
	})
}

// ChangeBatch writes a batch.
func (s *Store) ChangeBatch(ctx context.Context, by school.Actor, b school.Batch) (school.ChangeSetID, error) {
	if err := cleanBatch(&b); err != nil {
		return "", err
	}
	return s.write(ctx, by, event{name: "batch.changed", verb: school.EditDevices, subject: "batch", id: string(b.ID)}, func(tx *Tx) error {
		if err := tx.batchNamed(b); err != nil {
			return err
		}
		return tx.update("batch", string(b.ID), batchRow(row{}, b))
	})
}

// RemoveBatch takes away a batch nothing belongs to.
func (s *Store) RemoveBatch(ctx context.Context, by school.Actor, id school.BatchID) (school.ChangeSetID, error) {
	return s.write(ctx, by, event{name: "batch.removed", verb: school.EditDevices, subject: "batch", id: string(id)}, func(tx *Tx) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM asset WHERE authority_id = $1 AND batch_id = $2`, string(tx.authority), string(id))
		if err != nil {
			return err
		}
		if n > 0 {
			return school.Clash("batch_used", int(n))
		}
		if n, err = tx.number(ctx, `SELECT count(*) FROM return_run WHERE batch_id = $1`, string(id)); err != nil {
			return err
		}
		if n > 0 {
			return school.Clash("batch_returned")
		}
		return tx.remove("batch", string(id))
	})
}

// BatchRow is a batch with what its line in a list shows.
type BatchRow struct {
	school.Batch
	Assets int // that the authority still has
	Out    int // of them, with somebody
	Gone   int // written off, or back with the lessor
}

const batchSelect = `SELECT b.id, b.authority_id, b.name, b.supplier, b.ordered_at, b.price, b.lease_number, b.lessor, b.lease_from_at, b.lease_until_at, b.lease_rate, b.lease_terms,
	b.programme, b.funding_label, b.funding_until_at, COALESCE(n.here, 0), COALESCE(n.taken, 0), COALESCE(n.gone, 0) FROM batch b LEFT JOIN (
		SELECT a.batch_id, count(*) - sum(CASE WHEN a.state IN ('written_off', 'retired') THEN 1 ELSE 0 END) AS here, count(k.id) AS taken,
			sum(CASE WHEN a.state IN ('written_off', 'retired') THEN 1 ELSE 0 END) AS gone
		FROM asset a LEFT JOIN contract k ON k.asset_id = a.id AND k.issued_at IS NOT NULL AND k.returned_at IS NULL WHERE a.authority_id = $1 AND a.batch_id IS NOT NULL GROUP BY a.batch_id
	) n ON n.batch_id = b.id WHERE b.authority_id = $1`

func (s *Store) batches(ctx context.Context, by school.Actor, cond string, more ...any) (out []BatchRow, err error) {
	if !by.CanSomewhere(school.View, by.Tenant) {
		return nil, school.Missing("batch")
	}
	err = s.read().each(ctx, batchSelect+cond, append(args(string(by.Tenant)), more...), func(r *sql.Rows) error {
		var x BatchRow
		err := r.Scan(text(&x.ID), text(&x.Authority), &x.Name, &x.Supplier, stamp(&x.Ordered), &x.Price, &x.Lease.Number, &x.Lease.Lessor, stamp(&x.Lease.From), stamp(&x.Lease.Until),
			&x.Lease.Rate, &x.Lease.Terms, &x.Funding.Programme, &x.Funding.Label, stamp(&x.Funding.Until), &x.Assets, &x.Out, &x.Gone)
		out = append(out, x)
		return err
	})
	return out, err
}

// Batches lists the deliveries of the authority, the newest first.
func (s *Store) Batches(ctx context.Context, by school.Actor) ([]BatchRow, error) {
	return s.batches(ctx, by, ` ORDER BY COALESCE(b.ordered_at, b.created_at) DESC, b.id DESC`)
}

// BatchByID reads one.
func (s *Store) BatchByID(ctx context.Context, by school.Actor, id school.BatchID) (BatchRow, error) {
	all, err := s.batches(ctx, by, ` AND b.id = $2`, string(id))
	if err != nil || len(all) == 0 {
		return BatchRow{}, orMissing(err, "batch")
	}
	return all[0], nil
}

// Leases lists batches that are leased, the next end first.
func (s *Store) Leases(ctx context.Context, by school.Actor) ([]BatchRow, error) {
	return s.batches(ctx, by, ` AND (b.lease_number <> '' OR b.lease_until_at IS NOT NULL) ORDER BY b.lease_until_at NULLS LAST, b.id`)
}

// LeasesEnding lists batches whose lease ends within the longest mark or is over while something of it is still here, the
// soonest first.
func (s *Store) LeasesEnding(ctx context.Context, by school.Actor) ([]BatchRow, error) {
	all, err := s.batches(ctx, by, ` AND b.lease_until_at <= $2 AND COALESCE(n.here, 0) > 0 ORDER BY b.lease_until_at, b.id`,
		school.MonthsAfter(s.Now().In(Berlin), school.LeaseMarks[0]).Add(24*time.Hour).UnixMicro())
	return all, err
}
