package mdm

import (
	"sort"
	"strconv"
	"time"

	"ranzen/store/school"
)

// candidate is an assignment in force together with the version it leads to on this device.
type candidate struct {
	from    school.Assigned
	version *school.Version // nil for an exclusion
	also    []Via
}

func (c candidate) key() school.ItemKey { return school.ItemKey(c.version.Identifier) }

// weighed is the outcome of precedence: what is wished for this device, before asking whether it can have it.
type weighed struct {
	won   []candidate // strongest first
	left  []Left
	until time.Time
}

// weigh decides between assignments.
//
// Of two that speak about one profile, school.Assignment.Beats decides. Different profiles add up; where two bring a payload
// of which a device takes only one, or the same PayloadIdentifier, the stronger by the same rule is sent whole.
//
// What is not in force does not take part: outside its window, beyond the stage of a rollout without an old version, or
// a wish nearer than the school for a device nobody has confirmed. An exclusion always takes part, it gives nothing away.
func weigh(f school.Facts) weighed {
	var w weighed
	strongest := map[school.ProfileID][]candidate{}
	waiting := map[school.ProfileID]Left{}
	bucket := f.Device.ID.Bucket()
	for _, a := range f.Assigned {
		for _, edge := range []time.Time{a.From, a.Until} {
			if edge.After(f.At) {
				w.until = earliest(w.until, edge)
			}
		}
		if !a.Until.IsZero() && !f.At.Before(a.Until) {
			continue
		}
		c := candidate{from: a}
		early := f.At.Before(a.From)
		if a.Mode == school.Excluded {
			if !early {
				strongest[a.Profile] = append(strongest[a.Profile], c)
			}
			continue
		}
		c.version = a.New
		staged := a.Rollout != nil && bucket >= a.Rollout.Stage
		if staged {
			c.version = a.Old
		}
		switch {
		case early:
			wait(waiting, a, a.New, NotYet, map[string]string{"at": stamp(a.From)})
		case c.version == nil && staged:
			wait(waiting, a, a.New, LaterStage, map[string]string{"stage": strconv.Itoa(a.Rollout.Stage * 100 / school.Buckets)})
		case c.version == nil: // an assignment without its version: the store has lost it, there is nothing to give
		case !f.Device.Confirmed && a.Scope.Level > school.AtSchool:
			wait(waiting, a, c.version, Unconfirmed, nil)
		default:
			strongest[a.Profile] = append(strongest[a.Profile], c)
		}
	}
	for profile, list := range strongest {
		sort.Slice(list, func(i, j int) bool { return list[i].from.Beats(list[j].from.Assignment) })
		first := list[0]
		for _, c := range list[1:] {
			if c.version != nil {
				first.also = append(first.also, viaOf(c.from))
			}
		}
		if first.version != nil && first.from.Mode == school.Available {
			w.left = append(w.left, Left{Key: first.key(), Name: first.version.ProfileName, Profile: profile, Version: first.version.ID,
				Number: first.version.Number, Via: viaOf(first.from), Also: first.also, Code: Offered})
			delete(waiting, profile)
			continue
		}
		if first.version != nil {
			w.won = append(w.won, first)
			delete(waiting, profile)
			continue
		}
		if wanted := firstWanted(list); wanted != nil {
			w.left = append(w.left, Left{Key: wanted.key(), Name: wanted.version.ProfileName, Profile: profile, Version: wanted.version.ID,
				Number: wanted.version.Number, Via: viaOf(first.from), Also: first.also, Code: Excluded,
				Args: map[string]string{"scope": first.from.ScopeName}})
			delete(waiting, profile)
		}
	}
	for _, l := range waiting {
		w.left = append(w.left, l)
	}
	w.single()
	return w
}

// single lets the stronger of two profiles stand where a device can take only one of them.
func (w *weighed) single() {
	sort.Slice(w.won, func(i, j int) bool { return w.won[i].from.Beats(w.won[j].from.Assignment) })
	taken := map[string]candidate{}
	kept := w.won[:0]
	for _, c := range w.won {
		claims := []string{"identifier " + c.version.Identifier}
		for _, p := range c.version.Content.Payloads {
			if p.Single {
				claims = append(claims, p.Type)
			}
		}
		if lost, winner, ok := clash(taken, claims); ok {
			w.left = append(w.left, Left{Key: c.key(), Name: c.version.ProfileName, Profile: c.from.Profile, Version: c.version.ID,
				Number: c.version.Number, Via: viaOf(c.from), Also: c.also, Code: Overruled,
				Args: map[string]string{"winner": winner.version.ProfileName, "type": lost, "scope": winner.from.ScopeName,
					"fixed": strconv.FormatBool(winner.from.Fixed)}})
			continue
		}
		for _, claim := range claims {
			taken[claim] = c
		}
		kept = append(kept, c)
	}
	w.won = kept
}

func clash(taken map[string]candidate, claims []string) (string, candidate, bool) {
	for _, claim := range claims {
		if winner, ok := taken[claim]; ok {
			return claim, winner, true
		}
	}
	return "", candidate{}, false
}

func firstWanted(list []candidate) *candidate {
	for i := range list {
		if list[i].version != nil {
			return &list[i]
		}
	}
	return nil
}

// wait keeps the strongest of the wishes for a profile that are not in force.
func wait(waiting map[school.ProfileID]Left, a school.Assigned, v *school.Version, code Code, args map[string]string) {
	if v == nil {
		return
	}
	l := Left{Key: school.ItemKey(v.Identifier), Name: v.ProfileName, Profile: a.Profile, Version: v.ID, Number: v.Number,
		Via: viaOf(a), Code: code, Args: args}
	old, ok := waiting[a.Profile]
	if !ok || weaker(old, l) {
		waiting[a.Profile] = l
	}
}

// weaker compares two waiting wishes: what needs a person first, then the sooner, then the smaller id.
func weaker(old, l Left) bool {
	rank := map[Code]int{Unconfirmed: 0, NotYet: 1, LaterStage: 2}
	if rank[old.Code] != rank[l.Code] {
		return rank[l.Code] < rank[old.Code]
	}
	if !old.Via.Since.Equal(l.Via.Since) {
		return l.Via.Since.Before(old.Via.Since)
	}
	return l.Via.Assignment < old.Via.Assignment
}
