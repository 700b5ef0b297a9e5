package store

import (
	"context"
	"database/sql"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.EditDevices, "kit.created", "kit.changed", "kit.archived")

// CreateKit adds a template of what is handed out together. Without a school it is the whole authority's.
func (s *Store) CreateKit(ctx context.Context, by school.Actor, k school.Kit) (school.KitID, error) {
	if k.ID == "" {
		k.ID = NewID[school.KitID]()
	}
	r, err := kitRow(k)
	if err != nil {
		return "", err
	}
	ev := event{name: "kit.created", verb: school.EditDevices, school: k.School, subject: "kit", id: string(k.ID)}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if k.School != "" {
			if err := tx.openSchool(k.School, school.EditDevices); err != nil {
				return err
			}
		}
		r["id"], r["school_id"], r["created_at"] = string(k.ID), opt(k.School), micros(tx.now)
		if err := tx.onlyStandard(k); err != nil {
			return err
		}
		return taken(tx.insert("kit", r), "name", "kit_taken", r.str("name"))
	})
	if err != nil {
		return "", err
	}
	return k.ID, nil
}

// kitRow is a kit as its row has it, checked.
func kitRow(k school.Kit) (row, error) {
	name, err := cleanName("name", k.Name)
	if err != nil {
		return nil, err
	}
	for i := range k.Parts {
		k.Parts[i].Name = strings.Join(strings.Fields(k.Parts[i].Name), " ")
	}
	if err := k.Check(); err != nil {
		return nil, err
	}
	parts := k.Parts
	if parts == nil {
		parts = []school.Part{}
	}
	r := named(row{"kind": string(k.Kind), "parts": toJSON(parts), "standard": k.Standard}, name)
	r["name_sort"] = naturalSort(name)
	return r, nil
}

// onlyStandard takes the mark from whichever kit had it: one at most is taken where nobody says which.
func (tx *Tx) onlyStandard(k school.Kit) error {
	if !k.Standard {
		return nil
	}
	var other string
	found, err := tx.one(tx.ctx, `SELECT id FROM kit WHERE authority_id = $1 AND kind = $2 AND COALESCE(school_id, '') = $3 AND standard AND NOT archived AND id <> $4`,
		args(string(tx.authority), string(k.Kind), string(k.School), string(k.ID)), &other)
	if err == nil && found {
		err = tx.update("kit", other, row{"standard": false})
	}
	return err
}

// ChangeKit writes a kit. Contracts keep the parts they were made with.
func (s *Store) ChangeKit(ctx context.Context, by school.Actor, k school.Kit) (school.ChangeSetID, error) {
	r, err := kitRow(k)
	if err != nil {
		return "", err
	}
	return s.writeAt(ctx, by, "kit", event{name: "kit.changed", verb: school.EditDevices, subject: "kit", id: string(k.ID)}, func(tx *Tx, is row) error {
		if is.flag("archived") {
			return school.Missing("kit")
		}
		k := k
		k.School = school.SchoolID(is.str("school_id"))
		if err := tx.onlyStandard(k); err != nil {
			return err
		}
		return taken(tx.change("kit", string(k.ID), is, r), "name", "kit_taken", r.str("name"))
	})
}

// ArchiveKit takes a kit out of every list.
func (s *Store) ArchiveKit(ctx context.Context, by school.Actor, id school.KitID) (school.ChangeSetID, error) {
	return s.writeAt(ctx, by, "kit", event{name: "kit.archived", verb: school.EditDevices, subject: "kit", id: string(id)}, func(tx *Tx, is row) error {
		if is.flag("archived") {
			return school.Missing("kit")
		}
		return tx.change("kit", string(id), is, row{"archived": true, "standard": false})
	})
}

// KitRow is a kit with what its line in a list shows.
type KitRow struct {
	school.Kit
	SchoolName string
}

const kitSelect = `SELECT k.id, k.authority_id, k.school_id, k.name, k.kind, k.parts, k.standard, k.archived, COALESCE(s.name, '') FROM kit k LEFT JOIN school s ON s.id = k.school_id WHERE `

func (c conn) kits(ctx context.Context, w *where) (out []KitRow, err error) {
	err = c.each(ctx, kitSelect+w.String()+` ORDER BY k.name_sort, k.id`, w.args, func(r *sql.Rows) error {
		var x KitRow
		err := r.Scan(text(&x.ID), text(&x.Authority), text(&x.School), &x.Name, text(&x.Kind), fromJSON(&x.Parts), &x.Standard, &x.Archived, &x.SchoolName)
		out = append(out, x)
		return err
	})
	return out, err
}

// Kits lists the kits an actor may hand out: those of the authority and of its schools.
func (s *Store) Kits(ctx context.Context, by school.Actor) ([]KitRow, error) {
	var w where
	w.and("k.authority_id = ?", string(by.Tenant))
	w.and("NOT k.archived")
	verb := school.View
	if !by.CanSomewhere(verb, by.Tenant) {
		verb = school.Lend
	}
	schools, ok := by.Schools(verb, by.Tenant)
	if !ok {
		return nil, school.Missing("kit")
	}
	if schools != nil {
		w.and("(k.school_id IS NULL OR k.school_id IN (SELECT value FROM json_array_elements_text(?::json)))", list(schools))
	}
	return s.read().kits(ctx, &w)
}

// KitByID reads one kit.
func (s *Store) KitByID(ctx context.Context, by school.Actor, id school.KitID) (KitRow, error) {
	all, err := s.Kits(ctx, by)
	for _, k := range all {
		if k.ID == id {
			return k, nil
		}
	}
	return KitRow{}, orMissing(err, "kit")
}

// kitFor is the kit a contract begins with: the one that was named, else the standard one of the school, else of the authority.
func (tx *Tx) kitFor(named school.KitID, kind school.AssetKind, at school.SchoolID) (k school.Kit, err error) {
	var w where
	w.and("k.authority_id = ?", string(tx.authority))
	w.and("(k.school_id IS NULL OR k.school_id = ?)", string(at))
	if named != "" {
		w.and("k.id = ?", string(named))
	} else {
		w.and("k.standard AND NOT k.archived AND k.kind = ?", string(kind))
	}
	all, err := tx.kits(tx.ctx, &w)
	if err != nil {
		return k, err
	}
	if named != "" && len(all) == 0 {
		return k, school.Refuse("kit", "choice")
	}
	for _, x := range all {
		if k.ID == "" || x.School != "" {
			k = x.Kit
		}
	}
	return k, nil
}
