package store

import "context"

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
