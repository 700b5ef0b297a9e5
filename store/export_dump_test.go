package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
)

// Dump reads every row of tables as text, sorted: what two worlds or two moments are compared by.
func (s *Store) Dump(ctx context.Context, tables ...string) (out []string, err error) {
	for _, table := range tables {
		err := s.read().each(ctx, "SELECT * FROM "+table, nil, func(r *sql.Rows) error {
			cols, err := r.Columns()
			if err != nil {
				return err
			}
			vals, ptrs := make([]any, len(cols)), make([]any, len(cols))
			for i := range vals {
				ptrs[i] = &vals[i]
			}
			if err := r.Scan(ptrs...); err != nil {
				return err
			}
			line := table
			for i, c := range cols {
				line += fmt.Sprintf(" %s=%v", c, vals[i])
			}
			out = append(out, line)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	sort.Strings(out)
	return out, nil
}
