package store

import (
	"context"

	"ranzen/store/school"
)

// MediaRow is a school as a media development plan (Medienentwicklungsplan) measures it.
type MediaRow struct {
	School  school.School
	Pupils  int
	Has     map[school.AssetKind]int // computers by kind
	Planned int                      // iPads, reserve included, where a rule says so
	Missing int
	Replace int // computers to be replaced until the end of the coming year
}

// Computers is how many computers a school has, of every kind.
func (x MediaRow) Computers() (n int) {
	for _, k := range school.Computers {
		n += x.Has[k]
	}
	return n
}

// PerComputer is how many pupils share a computer; 0: there are no pupils, or no computer.
func (x MediaRow) PerComputer() float64 {
	if n := x.Computers(); n > 0 {
		return float64(x.Pupils) / float64(n)
	}
	return 0
}

// Media measures every school the actor sees, if computers serve for so many years. until is the year of Replace; ruled reports
// whether there is a rule at all by which iPads are planned.
func (s *Store) Media(ctx context.Context, by school.Actor, years int) (out []MediaRow, until int, ruled bool, err error) {
	fleet, err := s.Fleet(ctx, by, "")
	if err != nil {
		return nil, 0, false, err
	}
	demands, err := s.Demands(ctx, by)
	if err != nil {
		return nil, 0, false, err
	}
	rule, err := s.Allocations(ctx, by)
	if err != nil {
		return nil, 0, false, err
	}
	until = s.Now().In(Berlin).Year() + 1
	has, old := map[school.SchoolID]map[school.AssetKind]int{}, map[school.SchoolID]int{}
	for _, x := range fleet {
		if has[x.School] == nil {
			has[x.School] = map[school.AssetKind]int{}
		}
		has[x.School][x.Kind] += x.Pieces
		if x.Replace(years) <= until {
			old[x.School] += x.Pieces
		}
	}
	for _, d := range demands {
		x := MediaRow{School: d.School, Pupils: d.Pupils, Has: has[d.School.ID], Replace: old[d.School.ID]}
		if len(rule) > 0 {
			x.Planned, x.Missing = d.Needed+d.Reserve, max(0, d.Missing())
		}
		out = append(out, x)
	}
	return out, until, len(rule) > 0, nil
}
