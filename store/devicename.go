package store

import (
	"database/sql"
	"slices"
	"time"

	"ranzen/store/school"
)

// naming is what decides which iPads are to be called otherwise after a write.
type naming struct {
	by    school.DeviceNames
	class map[string]string // by device: its class before, where iPads are called by their class
}

// naming reads it where something was touched a name may follow from.
func (tx *Tx) naming() (n naming, err error) {
	t := &tx.touched
	if len(t.devices)+len(t.persons)+len(t.places)+len(t.renamed)+len(t.holders) == 0 {
		return n, nil
	}
	policy, err := tx.policyOf(tx.ctx, tx.authority)
	n.by, n.class = policy.DeviceNames, map[string]string{}
	return n, err
}

// classesBefore reads in which class devices are that a write touched, before they are placed anew.
func (tx *Tx) classesBefore(n *naming, cond string, ids []string) error {
	if n.by != school.NamedByClass || len(ids) == 0 {
		return nil
	}
	return tx.each(tx.ctx, `SELECT device_id, COALESCE(at_class_id, '') FROM device_state WHERE authority_id = $1 AND (`+cond+`)`, args(string(tx.authority), list(ids)), func(r *sql.Rows) error {
		var id, class string
		err := r.Scan(&id, &class)
		n.class[id] = class
		return err
	})
}

// classed are the devices that are in another class than before the write, or in one that is called otherwise: after the turn of
// a year no iPad bears the name of last year's class.
func (tx *Tx) classed(n naming) (ids []string, err error) {
	var renamed []string
	for id, x := range tx.touched.renamed {
		if x.name {
			renamed = append(renamed, id)
		}
	}
	if len(n.class)+len(renamed) == 0 {
		return nil, nil
	}
	err = tx.each(tx.ctx, `SELECT device_id, COALESCE(at_class_id, '') FROM device_state WHERE authority_id = $1 AND (device_id`+in+` OR at_class_id IN (SELECT value FROM json_array_elements_text($3::json)))`,
		args(string(tx.authority), list(keys(n.class)), list(renamed)), func(r *sql.Rows) error {
			var id, class string
			err := r.Scan(&id, &class)
			if was, touched := n.class[id]; !touched || was != class || slices.Contains(renamed, class) {
				ids = append(ids, id)
			}
			return err
		})
	return ids, err
}

// nameAnew has devices called anew whose name follows from something that was written: from who has them, or from their class,
// where the authority names them so. Else one would bear the name of the one before, or of last year's class. It is the server's
// order, so that a desk, which orders nothing, brings it about as well, and undo, too.
func (tx *Tx) nameAnew(n naming) (err error) {
	var ids []string
	switch n.by {
	case school.NamedByPerson:
		ids = keys(tx.touched.holders)
	case school.NamedByClass:
		if ids, err = tx.classed(n); err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
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
