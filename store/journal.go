package store

import (
	"bufio"
	"context"
	"crypto/hmac"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"ranzen/store/school"
)

// Deletion is one line of the journal of deletions: what was erased, by id, when and why. It holds no name.
//
// The journal is a table, and so in every backup. But a backup is older than what was erased since: so each line is
// written to a file beside the backups, too, which only grows. After a restore what stands in either is erased again.
// A line in the file carries a digest made with the authority's own key, which is in no backup without the key ring: who
// can write into the folder of backups can have nobody erased.
type Deletion struct {
	Authority school.AuthorityID `json:"authority"`
	Table     string             `json:"table"`
	Row       string             `json:"row"`
	At        time.Time          `json:"at"`
	Why       string             `json:"why"`
	Proof     string             `json:"proof"`
}

func (d Deletion) prove(key []byte) string {
	return pseudonym(key, "deletion", d.Table+"\n"+d.Row+"\n"+strconv.FormatInt(d.At.UnixMicro(), 10)+"\n"+d.Why)
}

// UnfiledDeletions reports whether the file lacks a line.
func (s *Store) UnfiledDeletions(ctx context.Context) (bool, error) {
	n, err := s.read().number(ctx, `SELECT count(*) FROM (SELECT 1 AS x FROM deletion WHERE NOT filed UNION ALL SELECT 1 AS x FROM tenant_gone WHERE NOT filed LIMIT 1) u`)
	return n > 0, err
}

// filedAtOnce is how many lines are written at once.
const filedAtOnce = 1000

// FileDeletions hands every line the file lacks to append, which must not return before they are on the disk. A line may
// be handed over twice, when what came after it failed; that harms nothing.
func (s *Store) FileDeletions(ctx context.Context, append func(lines []byte) error) error {
	if err := s.fileEnds(ctx, append); err != nil {
		return err
	}
	for {
		var open []Deletion
		err := s.read().each(ctx, `SELECT authority_id, table_name, row_id, at, why FROM deletion WHERE NOT filed ORDER BY at, row_id LIMIT `+strconv.Itoa(filedAtOnce), nil,
			func(r *sql.Rows) error {
				var d Deletion
				err := r.Scan(text(&d.Authority), &d.Table, &d.Row, stamp(&d.At), &d.Why)
				open = addTo(open, d)
				return err
			})
		if err != nil || len(open) == 0 {
			return err
		}
		var lines []byte
		for i := range open {
			key, err := s.hashKey(ctx, s.read(), open[i].Authority)
			if err != nil {
				return err
			}
			open[i].Proof = open[i].prove(key)
			lines = addTo(addTo(lines, []byte(toJSON(open[i]))...), '\n')
		}
		if err := append(lines); err != nil {
			return fmt.Errorf("journal of deletions: %w", err)
		}
		err = s.transact(ctx, func(c conn) error {
			for _, d := range open {
				if _, err := c.exec(ctx, `UPDATE deletion SET filed = TRUE WHERE authority_id = $1 AND table_name = $2 AND row_id = $3`, string(d.Authority), d.Table, d.Row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// fileEnds hands over the lines of authorities that were deleted whole; the proof was made while there was a key.
func (s *Store) fileEnds(ctx context.Context, append func(lines []byte) error) error {
	var open []Deletion
	err := s.read().each(ctx, `SELECT id, at, proof FROM tenant_gone WHERE NOT filed ORDER BY at, id`, nil, func(r *sql.Rows) error {
		d := Deletion{Table: "authority", Why: "ended"}
		err := r.Scan(&d.Row, stamp(&d.At), &d.Proof)
		d.Authority = school.AuthorityID(d.Row)
		open = addTo(open, d)
		return err
	})
	for _, d := range open {
		if err == nil {
			err = append(addTo([]byte(toJSON(d)), '\n'))
		}
		if err == nil {
			err = s.transact(ctx, func(c conn) error {
				_, err := c.exec(ctx, `UPDATE tenant_gone SET filed = TRUE WHERE id = $1`, d.Row)
				return err
			})
		}
	}
	return err
}

func addTo[T any](s []T, x ...T) []T { return append(s, x...) }

// ReadDeletions reads the file. A line may have been cut off when the machine stopped: it was written again then, or the
// table has it. Such a line counts as strange, because nothing proves it.
func ReadDeletions(r io.Reader) (out []Deletion, err error) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("journal of deletions: %w", err)
		}
		var d Deletion
		if json.Unmarshal(line, &d) != nil || d.Row == "" {
			d = Deletion{}
		}
		out = append(out, d)
	}
}

// Erased counts what was erased again after a restore.
type Erased struct {
	Again   int // persons whose erasure was lost with the restore
	Retired int // persons whose time ran out meanwhile
	Ended   int // authorities that were deleted since the copy
	Strange int // lines of the file that no server of this authority wrote: nothing was done
}

// EraseAgain brings a world that came back from a copy to where people had it: what the journal says, in the copy or in the
// file, is erased again, and the clocks of retention are asked. A world must not be used before.
func (s *Store) EraseAgain(ctx context.Context, filed []Deletion) (e Erased, err error) {
	all := filed
	err = s.read().each(ctx, `SELECT d.authority_id, d.table_name, d.row_id, d.at, d.why FROM deletion d JOIN person p ON p.id = d.row_id WHERE d.table_name = 'person' ORDER BY d.at`, nil, func(r *sql.Rows) error {
		d := Deletion{Proof: "here"}
		err := r.Scan(text(&d.Authority), &d.Table, &d.Row, stamp(&d.At), &d.Why)
		all = append(all, d)
		return err
	})
	for _, d := range all {
		if err != nil {
			return e, err
		}
		if d.Row == "" {
			e.Strange++
			continue
		}
		key, kerr := s.hashKey(ctx, s.read(), d.Authority)
		if school.KindOf(kerr) == school.NotFound {
			continue // an authority that came after the copy
		}
		if err = kerr; err != nil {
			return e, err
		}
		if d.Proof != "here" && !hmac.Equal([]byte(d.Proof), []byte(d.prove(key))) || d.Table != "person" && (d.Table != "authority" || d.Row != string(d.Authority)) {
			e.Strange++
			continue
		}
		if d.Table == "authority" {
			if err = s.endTenant(ctx, d.Authority, d.At, func(conn) error { return nil }); err == nil {
				e.Ended++
			}
			continue
		}
		err = s.erase(ctx, school.System("restore", d.Authority), school.PersonID(d.Row), d.Why, d.At, true)
		switch {
		case err == nil:
			e.Again++
		case school.KindOf(err) == school.NotFound: // it is gone already
			err = nil
		}
	}
	if err != nil {
		return e, err
	}
	authorities, err := s.Authorities(ctx, school.System("restore", ""))
	for _, a := range authorities {
		if err != nil {
			return e, err
		}
		var n Retained
		n, err = s.Retain(ctx, a.ID)
		e.Retired += n.Persons
	}
	return e, err
}
