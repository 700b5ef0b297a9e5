package store

import (
	"bytes"
	"context"

	"ranzen/store/school"
)

// NotTakenOver lists tables of an export that are neither taken over nor have a reason to stay, and reasons of no table.
func (s *Store) NotTakenOver(ctx context.Context) (unsaid []string, err error) {
	names, err := s.read().inOrder(ctx)
	known := map[string]bool{}
	for _, name := range names {
		t, ok, xerr := s.read().exportable(ctx, name)
		if known[name] = true; xerr != nil || ok && notImported[name] == "" && len(t.Secret) > 0 && !halfSecret[name] {
			unsaid = append(unsaid, name)
		}
	}
	for name := range notImported {
		if !known[name] {
			unsaid = append(unsaid, name+" is no table")
		}
	}
	return unsaid, err
}

// halfSecret are tables of which rows are whole without their secret columns.
var halfSecret = map[string]bool{"authority": true, "account": true, "school": true, "device_state": true, "roster_source": true}

// ReadExport reads an export and every row of it.
func ReadExport(b []byte) error {
	x, err := openExport(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for _, t := range x.Tables {
		if err := x.rows(t.Name, func(map[string]any) error { return nil }); err != nil {
			return err
		}
	}
	return nil
}

// NotInAnyExport lists tables that hold neither rows of an authority nor have a reason not to be exported.
func (s *Store) NotInAnyExport(ctx context.Context) (out []string, err error) {
	names, err := s.read().inOrder(ctx)
	for _, name := range names {
		_, ok, xerr := s.read().exportable(ctx, name)
		if _, reason := notExported[name]; xerr != nil || !ok && !reason {
			out = append(out, name)
		}
	}
	return out, err
}

// Tables lists every table of the world.
func (s *Store) Tables(ctx context.Context) ([]string, error) { return s.read().tables(ctx) }

// ProofOf is a line of the journal as the server of its authority writes it.
func (s *Store) ProofOf(ctx context.Context, d Deletion) (Deletion, error) {
	key, err := s.hashKey(ctx, s.read(), d.Authority)
	d.Proof = d.prove(key)
	return d, err
}

// KeyOf has a roster know a person by a key.
func (s *Store) KeyOf(ctx context.Context, by school.Actor, person school.PersonID, key string) error {
	source, err := s.CreateRosterSource(ctx, by, school.RosterSource{Name: "Liste " + key, Format: "csv"})
	if err != nil {
		return err
	}
	_, err = s.write(ctx, by, event{name: "person.changed", verb: school.EditPeople, subject: "person", id: string(person)}, func(tx *Tx) error {
		return tx.insert("person_key", row{"id": newID(), "source_id": string(source), "space": "id", "key": key, "person_id": string(person)})
	})
	return err
}
