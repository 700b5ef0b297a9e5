package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ranzen/store/school"
)

// stopped is why a scan is not booked by itself.
type stopped school.OfflineReason

func (s stopped) Error() string { return "store: offline: " + string(s) }

// errCarried says that another desk carried on meanwhile.
var errCarried = errors.New("store: offline: moved")

// carry carries out what waits of an asset, the earliest scan first. Each step is a write of its own: a scan is booked, or one
// that was later is taken back to wait until it is its turn. After a crash the next scan of the asset, or the same again, goes on.
func (s *Store) carry(ctx context.Context, by school.Actor, asset school.AssetID) error {
	for {
		var w offlineEntry
		err := s.read().each(ctx, entryColumns+`WHERE e.asset_id = $1 AND e.authority_id = $2 AND e.state = 'waiting' ORDER BY e.scanned_at, e.id LIMIT 1`, args(string(asset), string(by.Tenant)), func(r *sql.Rows) (err error) {
			w, err = scanOffline(r)
			return err
		})
		if err != nil || w.id == "" {
			return err
		}
		err = s.turn(ctx, by, w)
		if reason, ok := reasonOf(err); ok {
			err = s.ask(ctx, by, w, reason)
		}
		if err != nil && !errors.Is(err, errCarried) {
			return err
		}
	}
}

// reasonOf says of an error whether it is a rule that a person has to decide about.
func reasonOf(err error) (school.OfflineReason, bool) {
	if stop, ok := errors.AsType[stopped](err); ok {
		return school.OfflineReason(stop), true
	}
	e, ok := errors.AsType[*school.Error](err)
	switch {
	case !ok:
		return "", false
	case e.Kind == school.Denied: // it stands where whoever brings this may look, and no more
		return school.OfflineOtherSchool, true
	}
	return school.ReasonOf(e), true
}

// turn is one step: what was booked of the same thing by a later scan is taken back, the latest first; if there is nothing of that
// kind, the scan is carried out, and what was decided of later ones is looked at anew.
func (s *Store) turn(ctx context.Context, by school.Actor, w offlineEntry) error {
	_, err := s.writeAsset(ctx, by, w.asset, event{name: "offline.same", verb: school.Lend, subject: "asset", id: string(w.asset)}, func(tx *Tx, t thing) error {
		n, err := tx.number(ctx, `SELECT count(*) FROM desk_entry WHERE authority_id = $1 AND id = $2 AND state = 'waiting'`, string(tx.authority), w.id)
		if err != nil || n == 0 {
			return errors.Join(err, errCarried)
		}
		if err := tx.adopt(t, w); err != nil {
			return err
		}
		var last offlineEntry
		err = tx.each(ctx, entryColumns+`JOIN change_set s ON s.id = e.change_set_id WHERE e.asset_id = $1 AND e.authority_id = $2 AND e.state = 'booked' AND s.undone_by IS NULL
			AND (e.scanned_at > $3 OR e.scanned_at = $3 AND e.id > $4) ORDER BY e.scanned_at DESC, e.id DESC LIMIT 1`, args(string(w.asset), string(tx.authority), w.scanned.UnixMicro(), w.id), func(r *sql.Rows) (err error) {
			last, err = scanOffline(r)
			return err
		})
		if err != nil {
			return err
		}
		if last.id != "" {
			tx.event.name, tx.event.undoes = "offline.reordered", last.set
			if err := tx.undo(last.set); err != nil {
				return err
			}
			_, err := tx.exec(ctx, `UPDATE desk_entry SET state = 'waiting', change_set_id = NULL WHERE authority_id = $1 AND id = $2`, string(tx.authority), last.id)
			return err
		}
		booked, err := tx.carryOut(t, w)
		if err != nil {
			return err
		}
		if !booked {
			_, err := tx.exec(ctx, `UPDATE desk_entry SET state = 'same', reason = '' WHERE authority_id = $1 AND id = $2`, string(tx.authority), w.id)
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE desk_entry SET state = 'booked', reason = '', change_set_id = $3 WHERE authority_id = $1 AND id = $2`, string(tx.authority), w.id, string(tx.changeSet())); err != nil {
			return err
		}
		_, err = tx.exec(ctx, `UPDATE desk_entry SET state = 'waiting' WHERE authority_id = $1 AND asset_id = $2 AND state IN ('same', 'asked') AND NOT held AND (scanned_at > $3 OR scanned_at = $3 AND id > $4)`,
			string(tx.authority), string(w.asset), w.scanned.UnixMicro(), w.id)
		return err
	})
	return err
}

// adopt takes what desks booked online of an asset after a scan among the scans, so that it is weighed like them.
func (tx *Tx) adopt(t thing, w offlineEntry) error {
	var later []offlineEntry
	err := tx.each(tx.ctx, `SELECT b.id, b.act, b.actor_id, COALESCE(x.name, ''), k.person_id, b.created_at, b.change_set_id FROM contract k JOIN desk_booking b ON b.contract_id = k.id AND b.authority_id = k.authority_id
		JOIN change_set s ON s.id = b.change_set_id LEFT JOIN account x ON x.id = b.actor_id
		WHERE k.asset_id = $1 AND k.authority_id = $2 AND b.act IN ('issue', 'return') AND b.created_at > $3 AND s.undone_by IS NULL
		AND NOT EXISTS (SELECT 1 FROM desk_entry e WHERE e.authority_id = b.authority_id AND e.id = b.id)`, args(string(t.id), string(tx.authority), w.scanned.UnixMicro()), func(r *sql.Rows) error {
		e := offlineEntry{school: t.school, code: t.name(), asset: t.id, state: school.OfflineBooked}
		err := r.Scan(&e.id, text(&e.act), &e.actor, &e.name, text(&e.person), stamp(&e.scanned), text(&e.set))
		e.made, e.arrived = e.scanned, e.scanned
		later = append(later, e)
		return err
	})
	for _, e := range later {
		if err == nil {
			err = tx.putEntry(tx.ctx, tx.authority, e)
		}
	}
	return err
}

// carryOut does what a scan says, at its time. booked is false where it was so already.
func (tx *Tx) carryOut(t thing, w offlineEntry) (booked bool, err error) {
	out, err := tx.outUnder(t.id)
	if err != nil {
		return false, err
	}
	var issued, returned, swapped time.Time
	if _, err := tx.one(tx.ctx, `SELECT max(k.issued_at), max(k.returned_at), (SELECT max(m.created_at) FROM addendum m WHERE m.old_asset_id = $1) FROM contract k WHERE k.asset_id = $1 AND k.authority_id = $2 AND k.issued_at IS NOT NULL`,
		args(string(t.id), string(tx.authority)), stamp(&issued), stamp(&returned), stamp(&swapped)); err != nil {
		return false, err
	}
	has := school.PersonID(out.str("person_id"))
	switch {
	case w.act == school.OfflineReturn && out == nil && !returned.Before(w.made): // somebody else took it back meanwhile
		return tx.lookAt(t, w)
	case w.act == school.OfflineReturn && out == nil:
		return false, stopped(school.OfflineNotIssued)
	case w.act == school.OfflineIssue && out != nil && has == w.person:
		return false, nil
	case w.act == school.OfflineIssue && out != nil:
		return false, stopped(school.OfflineIssued)
	case issued.After(w.scanned) || returned.After(w.scanned) || swapped.After(w.scanned):
		return false, stopped(school.OfflineOvertaken)
	}
	now := tx.now
	tx.now = w.scanned
	defer func() { tx.now = now }()
	if w.act == school.OfflineReturn {
		g, err := givenBack(t.id, out, w.contract, w.parts)
		if err == nil {
			_, err = tx.takeIn(t, g)
		}
		return err == nil, err
	}
	return true, tx.handOutOffline(t, w)
}

// lookAt notes the parts of what was back already, where nobody has looked at them yet.
func (tx *Tx) lookAt(t thing, w offlineEntry) (booked bool, err error) {
	if w.parts == "" || w.contract == "" {
		return false, nil
	}
	r, err := tx.fetch("contract", string(w.contract))
	if err != nil || school.AssetID(r.str("asset_id")) != t.id || !contractOf(r).May(school.CheckContract) {
		return false, err
	}
	g, err := givenBack(t.id, r, w.contract, w.parts)
	if err != nil {
		return false, err
	}
	now := tx.now
	tx.now = w.scanned
	defer func() { tx.now = now }()
	return true, tx.checkIn(r, g)
}

// givenBack is what a desk noted of the parts of a contract, where that is the one it is out under: the parts of another one
// somebody looks at later.
func givenBack(asset school.AssetID, out row, contract school.ContractID, parts string) (GivenBack, error) {
	g := GivenBack{Asset: asset, Unchecked: true}
	if parts == "" || contract == "" || out.str("id") != string(contract) {
		return g, nil
	}
	var noted school.OfflineParts
	if err := json.Unmarshal([]byte(parts), &noted); err != nil {
		return g, fmt.Errorf("store: parts of a scan: %w", err)
	}
	g.Unchecked, g.Missing, g.Damaged = false, noted.Missing, noted.Damaged
	return g, nil
}

// handOutOffline hands out under the contract the desk meant, if it still waits for this person.
func (tx *Tx) handOutOffline(t thing, w offlineEntry) error {
	if t.school != w.school {
		return stopped(school.OfflineOtherSchool)
	}
	p, err := tx.fetch("person", string(w.person))
	if err != nil {
		return err
	}
	if p == nil || school.SchoolID(p.str("school_id")) != w.school {
		return stopped(school.OfflinePerson)
	}
	if w.contract != "" {
		n, err := tx.number(tx.ctx, `SELECT count(*) FROM contract WHERE id = $1 AND authority_id = $2 AND person_id = $3 AND place_id IS NULL AND state IN ('planned', 'prepared', 'signed')`,
			string(w.contract), string(tx.authority), string(w.person))
		if err != nil {
			return err
		}
		if n == 0 {
			w.contract = ""
		}
	}
	_, err = tx.handOut(t, Handover{Person: w.person, Asset: t.id, Contract: w.contract})
	return err
}

// ask makes a question of a scan that waits.
func (s *Store) ask(ctx context.Context, by school.Actor, w offlineEntry, why school.OfflineReason) error {
	return s.transact(ctx, func(c conn) error {
		n, err := c.exec(ctx, `UPDATE desk_entry SET state = 'asked', reason = $3 WHERE authority_id = $1 AND id = $2 AND state = 'waiting'`, string(by.Tenant), w.id, string(why))
		if err != nil || n == 0 || w.reason == why {
			return err
		}
		return s.note(ctx, c, by.Tenant, by, askedEvent(w, why))
	})
}
