package store

import (
	"slices"
	"time"

	"ranzen/store/school"
)

// nameHeld has devices called anew that somebody got or gave back, where an authority names them by who has them: else the
// next one would bear the name of the one before. It follows from what was written, so undo and every other way is in it; and
// it is the server's order, so that a desk, which orders nothing, brings it about as well.
func (tx *Tx) nameHeld() error {
	ids := keys(tx.touched.holders)
	if len(ids) == 0 {
		return nil
	}
	policy, err := tx.policyOf(tx.ctx, tx.authority)
	if err != nil || policy.DeviceNames != school.NamedByPerson {
		return err
	}
	slices.Sort(ids)
	devices := make([]school.DeviceID, len(ids))
	for i, id := range ids {
		devices[i] = school.DeviceID(id)
	}
	// What waits was meant for whoever had it before.
	if _, err := tx.exec(tx.ctx, `UPDATE device_order SET state = 'cancelled', finished_at = $3, result = '`+voidHolding+`'
		WHERE authority_id = $1 AND device_id`+in+` AND kind = 'rename' AND state IN ('waiting', 'later')`, string(tx.authority), list(ids), micros(tx.now)); err != nil {
		return err
	}
	found, err := tx.s.orderables(tx.ctx, tx.conn, tx.authority, school.Rename, devices)
	if err != nil {
		return err
	}
	server := *tx
	server.by = school.System(tx.by.Name, tx.authority)
	for _, d := range devices {
		x := found[d]
		x.Open = false // one that is being answered bears the old name
		if x.Parent || school.Rename.Bars(x.Orderable) != "" {
			continue
		}
		if _, err := server.order(x, school.Rename, school.OrderArgs{}, "", time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
