package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"ranzen/store/school"
)

// A person is erased, not hidden: its row goes, and with it names, logins, addresses, memberships, what was assigned to it
// and every image of it that could be undone. What it held once stays in the history of the device without saying who it
// was: those holdings and contracts go over to nobody, one empty row per authority that stands in no list. The audit log names ids only,
// so there is nothing to erase in it; an id whose row is gone names nobody.
//
// Every erasure stands in the journal of deletions, by id, and is done again after a restore (journal.go). It cannot be
// undone. Which rows refer to a person the engine says itself (references): a table that is added later is not forgotten.

// Reasons of an erasure.
const (
	OnRequest = "request" // Art. 17
	AfterLeft = "left"    // the clock of retention
)

// how a column that refers to a person is dealt with when the person is erased; a column that is not here has its row
// removed. A test asks for a word on every one.
type atErasure int

const (
	goes   atErasure = iota // the row is about the person and nothing else
	frees                   // the row stays, without the person
	nobody                  // the row stays and says nobody
)

var erasures = map[string]atErasure{
	"membership.person_id":     goes,
	"person_key.person_id":     goes,
	"person_view.person_id":    goes,
	"role_grant.person_id":     goes, // a teacher's: without the person it says nothing
	"roster_answer.person_id":  goes,
	"device.planned_person_id": frees,
	"holding.person_id":        nobody,
	"contract.person_id":       nobody,
	"desk_entry.person_id":     frees,
	"crossing.person_id":       goes,
	"crossing.newcomer_id":     goes,
	"document.person_id":       goes, // a paper that names somebody says nothing without the name
}

// reference is a column that refers to a table.
type reference struct{ table, column string }

// references lists every column that refers to a table, by the engine's own word.
func (c conn) references(ctx context.Context, to string) (out []reference, err error) {
	query := `SELECT t.relname, a.attname FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = f.conkey[1] JOIN pg_namespace n ON n.oid = t.relnamespace
		WHERE f.contype = 'f' AND p.relname = $1 AND n.nspname = current_schema() ORDER BY t.relname, a.attname`
	if c.lite {
		query = `SELECT m.name, k."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) k WHERE m.type = 'table' AND k."table" = $1 AND k.seq = 0 ORDER BY m.name, k."from"`
	}
	err = c.each(ctx, query, args(to), func(r *sql.Rows) error {
		var x reference
		err := r.Scan(&x.table, &x.column)
		out = append(out, x)
		return err
	})
	return out, err
}

// nobodyOf is the row of an authority that stands for people who were erased; queries write the same name.
func nobodyOf(a school.AuthorityID) string { return "nobody-" + string(a) }

func (c conn) makeNobody(ctx context.Context, a school.AuthorityID, now time.Time) error {
	_, err := c.exec(ctx, `INSERT INTO person (id, authority_id, kind, family, name_sort, name_fold, given_fold, archived, created_at)
		VALUES ($1, $2, 'staff', '', '', '', '', TRUE, $3) ON CONFLICT (id) DO NOTHING`, nobodyOf(a), string(a), now.UnixMicro())
	return err
}

// ErasePerson erases a person for good. Who still holds a device stays until it is back: the error says which.
func (s *Store) ErasePerson(ctx context.Context, by school.Actor, id school.PersonID) error {
	return s.erase(ctx, by, id, OnRequest, s.Now(), false)
}

// erase erases a person at a time. Again says that it was erased before and came back with a copy: a holding that was open
// in the copy must have ended before the erasure, and ends then.
func (s *Store) erase(ctx context.Context, by school.Actor, id school.PersonID, why string, at time.Time, again bool) error {
	ev := event{name: "person.erased", verb: school.EditPeople, subject: "person", id: string(id), detail: map[string]any{"why": why}, final: true}
	_, err := s.write(ctx, by, ev, func(tx *Tx) error {
		r, err := tx.fetch("person", string(id))
		if err != nil {
			return err
		}
		if r == nil || r.str("family") == "" {
			return school.Missing("person")
		}
		tx.event.school = school.SchoolID(r.str("school_id"))
		if err := tx.endLoans(id, at, again); err != nil {
			return err
		}
		if why == OnRequest || again {
			if err := s.forgetListed(ctx, tx.conn, tx.authority, true, id); err != nil {
				return err
			}
		}
		if err := tx.forgetStacks(id); err != nil {
			return err
		}
		if err := tx.erasePerson(id); err != nil {
			return err
		}
		tx.images = nil // an image of what was erased would keep it
		_, err = tx.exec(ctx, `INSERT INTO deletion (authority_id, table_name, row_id, at, why) VALUES ($1, 'person', $2, $3, $4)
			ON CONFLICT (authority_id, table_name, row_id) DO NOTHING`, string(tx.authority), string(id), at.UnixMicro(), why)
		return err
	})
	return err
}

// endLoans refuses to erase who has something of the school, or owes an answer for it; or it ends what a copy brought back.
// Contracts that never came to be are cancelled. What was told of damages and losses goes: people write names.
func (tx *Tx) endLoans(id school.PersonID, at time.Time, again bool) error {
	if !again {
		if name, err := tx.holds(id); err != nil || name != "" {
			return clashOr(err, "person_holds", name)
		}
		if number, err := tx.owes(id); err != nil || number != "" {
			return clashOr(err, "person_owes", number)
		}
	}
	holdings, err := tx.idsOf(`SELECT id FROM holding WHERE authority_id = $1 AND person_id = $2 AND until_at IS NULL ORDER BY from_at, id`, string(id))
	if err != nil {
		return err
	}
	for _, h := range holdings {
		r, err := tx.fetch("holding", h)
		if err == nil {
			err = tx.change("holding", h, r, row{"until_at": later(at, r.micro("from_at"))})
		}
		if err != nil {
			return err
		}
	}
	contracts, err := tx.idsOf(`SELECT id FROM contract WHERE authority_id = $1 AND person_id = $2 AND closed_at IS NULL ORDER BY number`, string(id))
	if err != nil {
		return err
	}
	for _, k := range contracts {
		r, err := tx.fetch("contract", k)
		if err != nil {
			return err
		}
		set := row{"state": string(school.ContractCancelled), "closed_at": at.UnixMicro()}
		if issued := r.micro("issued_at"); !issued.IsZero() {
			set["state"], set["returned_at"], set["closed_at"] = string(school.ContractClosed), later(at, issued), later(at, issued)
			if back := r.micro("returned_at"); !back.IsZero() {
				set["returned_at"] = back.UnixMicro()
			}
		}
		if err := tx.change("contract", k, r, set); err != nil {
			return err
		}
	}
	for _, table := range []string{"damage", "loss"} {
		told, err := tx.idsOf(`SELECT id FROM `+table+` WHERE authority_id = $1 AND contract_id IN (SELECT id FROM contract WHERE person_id = $2)`, string(id))
		for _, x := range told {
			if err == nil {
				err = tx.update(table, x, row{"note": ""})
			}
			if err == nil {
				err = tx.blank(table, x)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func later(a, b time.Time) int64 { return max(a.UnixMicro(), b.UnixMicro()) }

func clashOr(err error, code, what string) error {
	if err == nil {
		err = school.Clash(code, what)
	}
	return err
}

// holds names the first thing a person has of the school; empty: nothing.
func (tx *Tx) holds(id school.PersonID) (name string, err error) {
	found, err := tx.one(tx.ctx, `SELECT COALESCE(a.number, a.serial, pl.name, '') FROM contract k LEFT JOIN asset a ON a.id = k.asset_id LEFT JOIN place pl ON pl.id = k.place_id
		WHERE k.authority_id = $1 AND k.person_id = $2 AND k.issued_at IS NOT NULL AND k.returned_at IS NULL ORDER BY k.issued_at, k.id LIMIT 1`, args(string(tx.authority), string(id)), &name)
	if err != nil || found {
		return name, err
	}
	_, err = tx.one(tx.ctx, `SELECT COALESCE(a.number, d.serial) FROM holding h JOIN device d ON d.id = h.device_id JOIN asset a ON a.id = d.asset_id
		WHERE h.authority_id = $1 AND h.person_id = $2 AND h.until_at IS NULL ORDER BY h.from_at, h.id LIMIT 1`, args(string(tx.authority), string(id)), &name)
	return name, err
}

// owes is the number of the first contract under which something is not settled.
func (tx *Tx) owes(id school.PersonID) (number string, err error) {
	_, err = tx.one(tx.ctx, `SELECT number FROM contract WHERE authority_id = $1 AND person_id = $2 AND state IN ('returned', 'open') ORDER BY number LIMIT 1`,
		args(string(tx.authority), string(id)), &number)
	return number, err
}

// erasePerson takes a person out of everything that refers to it, and then its row.
func (tx *Tx) erasePerson(id school.PersonID) error {
	refs, err := tx.references(tx.ctx, "person")
	if err != nil {
		return err
	}
	for _, x := range refs {
		switch how := erasures[x.table+"."+x.column]; {
		case how == nobody:
			if err := tx.makeNobody(tx.ctx, tx.authority, tx.now); err != nil {
				return err
			}
			if _, err := tx.exec(tx.ctx, `UPDATE `+x.table+` SET `+x.column+` = $1 WHERE authority_id = $2 AND `+x.column+` = $3`,
				nobodyOf(tx.authority), string(tx.authority), string(id)); err != nil {
				return err
			}
		case !isFact(x.table):
			text := `DELETE FROM ` + x.table
			if how == frees {
				text = `UPDATE ` + x.table + ` SET ` + x.column + ` = NULL`
			}
			if _, err := tx.exec(tx.ctx, text+` WHERE authority_id = $1 AND `+x.column+` = $2`, string(tx.authority), string(id)); err != nil {
				return err
			}
		default:
			if err := tx.eraseFacts(x.table, `authority_id = $1 AND `+x.column+` = $2`, string(id), x.column, how); err != nil {
				return err
			}
		}
	}
	if err := tx.eraseFacts("assignment", fmt.Sprintf(`authority_id = $1 AND scope_id = $2 AND scope_level = %d`, school.AtPerson), string(id), "", goes); err != nil {
		return err
	}
	if err := tx.remove("person", string(id)); err != nil {
		return err
	}
	return tx.blank("person", string(id))
}

func isFact(table string) bool {
	_, ok := factTables[table]
	return ok
}

// eraseFacts removes rows of facts, or takes the person out of them, through the door that marks whom it reaches.
func (tx *Tx) eraseFacts(table, cond, id, column string, how atErasure) error {
	var ids []string
	err := tx.each(tx.ctx, `SELECT id FROM `+table+` WHERE `+cond+` ORDER BY id`, args(string(tx.authority), id), func(r *sql.Rows) error {
		var x string
		err := r.Scan(&x)
		ids = append(ids, x)
		return err
	})
	for _, x := range ids {
		if err != nil {
			return err
		}
		if how == frees {
			err = tx.update(table, x, row{column: nil})
			continue
		}
		if err = tx.remove(table, x); err == nil {
			err = tx.blank(table, x)
		}
	}
	return err
}

// blank empties the images a row has left behind: who undoes what they belong to is told that it is erased.
func (tx *Tx) blank(table, id string) error {
	_, err := tx.exec(tx.ctx, `UPDATE change_row SET before_sealed = NULL, after_sealed = NULL WHERE authority_id = $1 AND table_name = $2 AND row_id = $3`,
		string(tx.authority), table, id)
	return err
}
