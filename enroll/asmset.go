package enroll

import (
	"context"
	"io"
	"slices"

	"ranzen/enroll/roster"
	"ranzen/store"
	"ranzen/store/school"
)

// ASMSet is a set of files for Apple School Manager on its way out.
type ASMSet struct {
	Options roster.ASMOptions
	Roster  school.Roster
	Last    store.ASMSet // the one before
	Next    store.ASMSet // this one
	Words   []school.RosterWord
	Lost    []string // names of classes that are missing now: Apple empties them and deletes the work in them
}

// MakeASM makes the set of the actor's authority and writes it to out, if nothing stands against it.
func MakeASM(ctx context.Context, st *store.Store, by school.Actor, o roster.ASMOptions, out io.Writer) (x ASMSet, err error) {
	x.Options = o
	if x.Last, err = st.LastASMSet(ctx, by); err != nil {
		return x, err
	}
	if x.Roster, err = st.Everybody(ctx, by); err != nil {
		return x, err
	}
	if x.Words, err = roster.WriteASM(out, x.Roster, o); err != nil {
		return x, err
	}
	pupils, staff, _, _ := x.Count()
	x.Next = store.ASMSet{People: pupils + staff, Classes: roster.ASMClasses(x.Roster)}
	for id, name := range x.Last.Classes {
		if _, there := x.Next.Classes[id]; !there {
			x.Lost = append(x.Lost, name)
		}
	}
	slices.Sort(x.Lost)
	return x, nil
}

// Count says how many people and classes are in it. Who is at two schools is one.
func (x ASMSet) Count() (pupils, staff, classes, courses int) {
	seen := map[string]bool{}
	for _, at := range x.Roster.Schools {
		for _, p := range at.People {
			switch {
			case seen[p.ID]:
			case p.Kind == school.Pupil:
				pupils++
			default:
				staff++
			}
			seen[p.ID] = true
		}
		for _, c := range at.Classes {
			if c.Course {
				courses++
			} else {
				classes++
			}
		}
	}
	return pupils, staff, classes, courses
}

// Stops reports whether Apple would refuse the set.
func (x ASMSet) Stops() bool {
	return slices.ContainsFunc(x.Words, func(w school.RosterWord) bool { return w.Stop })
}
