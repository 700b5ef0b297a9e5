package mdm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// UnknownAfter is how long a device may be silent before a plan counts it as unknown.
const UnknownAfter = 14 * 24 * time.Hour

// Reasons of devices on which nothing changes.
const (
	Already   = "already"   // has the same already
	Fixed     = "fixed"     // a fixed assignment decides
	Nearer    = "nearer"    // a nearer assignment decides
	Elsewhere = "elsewhere" // another assignment wants the same

	Joins  = "joins"  // a group by rule
	Leaves = "leaves" // it
	Stays  = "stays"  // in it
)

// Preview says what a change would do to each device in its scope: Desired of the facts against Desired of the facts
// after the change. Devices hit in the same way for the same reason stand in one group, losses first, and the groups add
// up to Total. Facts of devices the change does not reach are passed over.
//
// It never renders a profile: whether a filled profile changes is told by the template and the values it uses. Devices
// whose facts do not differ in anything that matters are thought through once, so that the plan for a whole authority
// takes a second.
func Preview(facts []school.Facts, have map[school.DeviceID]school.Reported, c school.Change, now time.Time) school.Preview {
	var out school.Preview
	groups := map[string]*school.PreviewGroup{}
	schools := map[*school.PreviewGroup]map[school.SchoolID]*school.PreviewSchool{}
	moving := make(map[school.DeviceID]bool, len(c.Devices))
	for _, d := range c.Devices {
		moving[d] = true
	}
	known := map[string]thought{}
	for i := range facts {
		f := facts[i]
		if !reaches(c, f, moving) {
			continue
		}
		alike := likeness(c, f)
		th, again := known[alike]
		if !again {
			th = think(c, f)
			if alike != "" {
				known[alike] = th
			}
		}
		h, hit := have[f.Device.ID], th.hit
		seen := f.Device.LastSeen
		if h.LastSeen.After(seen) {
			seen = h.LastSeen
		}
		if (hit.kind == school.Loses || hit.kind == school.Alters || hit.kind == school.Gains) && now.Sub(seen) > UnknownAfter {
			hit = effect{kind: school.Unknown}
		}
		out.Total++
		if losesLifeline(th.before, th.after, h) {
			out.Lifelines++
		}
		key := hit.key()
		g := groups[key]
		if g == nil {
			g = &school.PreviewGroup{Kind: hit.kind, Reason: hit.reason, Items: hit.items}
			groups[key] = g
			schools[g] = map[school.SchoolID]*school.PreviewSchool{}
		}
		g.Devices = append(g.Devices, f.Device.ID)
		s := schools[g][f.Place.School]
		if s == nil {
			s = &school.PreviewSchool{School: f.Place.School, Name: f.Place.SchoolName}
			schools[g][f.Place.School] = s
		}
		s.Count++
	}
	for _, g := range groups {
		for _, s := range schools[g] {
			g.Schools = append(g.Schools, *s)
		}
		sortSchools(g.Schools)
		sort.Slice(g.Devices, func(i, j int) bool { return g.Devices[i] < g.Devices[j] })
	}
	out.Groups = inOrder(groups)
	return out
}

// thought is the comparison of one kind of device.
type thought struct {
	before, after State
	hit           effect
}

func think(c school.Change, f school.Facts) thought {
	if c.Kind == school.ChangeOrder {
		return thought{hit: ordered(c, f)}
	}
	t := thought{before: desired(f, fillForPlan), after: desired(apply(c, f), fillForPlan)}
	t.hit = compare(t.before, t.after, c)
	if c.Kind == school.ChangeGroup && t.hit.kind == school.Same {
		t.hit = regrouped(t.before, t.after, c, f)
	}
	return t
}

// likeness writes down all that decides about a device in this change, except what it has. Within one snapshot an
// assignment is known by its id. Moves change places and values per device; they are thought through one by one.
func likeness(c school.Change, f school.Facts) string {
	if c.Kind == school.ChangeMove || c.Kind == school.ChangeOrder {
		return ""
	}
	var b strings.Builder
	d := f.Device
	if c.Kind == school.ChangeGroup {
		was, is := belongs(c, f)
		fmt.Fprint(&b, was, is, "|")
		for i := range c.Enters {
			if v := c.Enters[i].New; is && v != nil && len(v.Content.Variables) > 0 {
				return "" // what it comes under is filled per device
			}
		}
	}
	fmt.Fprint(&b, f.At.UnixNano(), d.OSVersion, "|", d.Supervised, d.Confirmed, askedLittle(d), d.InventoryAt.IsZero(), f.NoDeclarations, f.Channel,
		f.Policy.DeclaredProfiles, f.Place.Has(c.Assignment.Scope, f.Authority, d.ID), "|", d.Build, f.Quiet, freezesOf(f), "|", d.ProductName)
	bucket := d.ID.Bucket()
	var values map[string]string
	uses := func(v *school.Version) {
		if v == nil || len(v.Content.Variables) == 0 {
			return
		}
		if values == nil {
			values = f.Variables()
		}
		for _, name := range v.Content.Variables {
			b.WriteString("|" + name)
			if strings.TrimSpace(values[name]) == "" {
				b.WriteString("=")
			}
		}
	}
	for i := range f.Assigned {
		a := &f.Assigned[i]
		b.WriteString("\x00" + string(a.ID))
		if a.Rollout != nil && bucket < a.Rollout.Stage {
			b.WriteString("+")
		}
		uses(a.New)
		uses(a.Old)
	}
	uses(c.New)
	return b.String()
}

// apply is c.Apply with the list of moved devices reduced to this one: the list was looked through once, not per device.
func apply(c school.Change, f school.Facts) school.Facts {
	if c.Kind == school.ChangeMove {
		c.Devices = []school.DeviceID{f.Device.ID}
	}
	return c.Apply(f)
}

// reaches reports whether the change has anything to say about the device.
func reaches(c school.Change, f school.Facts, moving map[school.DeviceID]bool) bool {
	if c.Kind == school.ChangeMove || c.Kind == school.ChangeOrder {
		return moving[f.Device.ID]
	}
	if c.Kind == school.ChangeGroup {
		was, is := belongs(c, f)
		return was || is
	}
	for _, a := range f.Assigned {
		if a.ID == c.Assignment.ID {
			return true
		}
	}
	return c.Kind == school.ChangeAssign && f.Place.Has(c.Assignment.Scope, f.Authority, f.Device.ID)
}

// belongs reports whether a device is in the group before and after its rule changes.
func belongs(c school.Change, f school.Facts) (was, is bool) {
	return slices.Contains(f.Place.Groups, c.Group.ID), c.Group.Has(f)
}

// regrouped says of a device whose items stay as they are whether it comes into the group, leaves it or stays, or why it
// cannot have what comes with it.
func regrouped(before, after State, c school.Change, f school.Facts) effect {
	was, is := belongs(c, f)
	switch {
	case was && is:
		return effect{kind: school.Same, reason: Stays}
	case was:
		return effect{kind: school.Same, reason: Leaves}
	}
	for _, a := range c.Enters {
		c.Assignment = a.Assignment
		if e := unchanged(before, after, c); e.kind == school.Impossible {
			return e
		}
	}
	return effect{kind: school.Same, reason: Joins}
}

// ordered is what an order does to one device: it loses what is on it, does something, or cannot be given the order.
func ordered(c school.Change, f school.Facts) effect {
	rule, _ := c.Order.Kind.Rule()
	switch why := c.Order.Barred[f.Device.ID]; {
	case why == school.BarOpen:
		return effect{kind: school.Same, reason: why}
	case why != "":
		return effect{kind: school.Impossible, reason: why}
	case rule.Loses:
		return effect{kind: school.Loses}
	}
	return effect{kind: school.Alters}
}

// fillForPlan stands in for rendering: equal templates with equal values of the variables they use fill equally. Names
// are known from the closed list; that a value cannot be carried by a profile shows when it is rendered.
func fillForPlan(c *school.Content, values map[string]string) (string, error) {
	if len(c.Variables) == 0 {
		return c.Hash, nil
	}
	h := sha256.New()
	h.Write([]byte(c.Hash))
	for _, name := range c.Variables {
		v, known := values[name]
		if !known || strings.TrimSpace(v) == "" {
			return "", &profiles.VariableError{Name: name, Empty: known}
		}
		h.Write([]byte(strconv.Itoa(len(v)) + ":" + v))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// effect is what a change does to one device.
type effect struct {
	kind   school.PreviewKind
	reason string
	items  []school.PreviewItem
}

func (e effect) key() string {
	var b strings.Builder
	b.WriteString(string(e.kind) + "\x00" + e.reason)
	for _, i := range e.items {
		b.WriteString("\x00" + string(i.Key) + "\x00" + i.Name + "\x00" + strconv.Itoa(i.From) + "\x00" + strconv.Itoa(i.To) + "\x00" + i.OS + i.At + string(i.Moved) + i.Freeze)
	}
	return b.String()
}

// compare names the effect by its worst part: a device that loses one item and gains another loses.
func compare(before, after State, c school.Change) effect {
	var items []school.PreviewItem
	loses, alters := false, false
	for _, old := range before.Items {
		now, stays := after.Item(old.Key)
		switch {
		case !stays && after.keeps(old.Key):
		case !stays:
			loses = true
			items = append(items, school.PreviewItem{Key: old.Key, Name: old.Name, From: old.Number})
		case now.met() && old.met():
		case now.Hash != old.Hash:
			alters = true
			items = append(items, now.preview(old.Number))
		}
	}
	for _, i := range after.Items {
		if _, had := before.Item(i.Key); !had && !i.met() {
			items = append(items, i.preview(0))
		}
	}
	sort.Slice(items, func(i, j int) bool { return items[i].Key < items[j].Key })
	switch {
	case loses:
		return effect{kind: school.Loses, items: items}
	case alters:
		return effect{kind: school.Alters, items: items}
	case len(items) > 0:
		return effect{kind: school.Gains, items: items}
	}
	return unchanged(before, after, c)
}

// preview is the line of an item that comes or changes; of an update with the deadline as it will be.
func (i Item) preview(from int) school.PreviewItem {
	p := school.PreviewItem{Key: i.Key, Name: i.Name, From: from, To: i.Number}
	if n := i.Native; n != nil && n.Version != "" {
		p.OS, p.At, p.Moved, p.Freeze = n.Version, n.At.Format(school.DeadlineForm), n.Moved, n.Freeze
	}
	return p
}

// unchanged says why nothing changes: because it cannot, or because it is or stays the same.
func unchanged(before, after State, c school.Change) effect {
	for _, l := range after.Left {
		if c.Kind == school.ChangeMove || c.Kind == school.ChangeUnassign || l.Profile != c.Assignment.Profile {
			continue
		}
		if l.Code == Excluded && c.Assignment.Mode == school.Excluded {
			break
		}
		rule := leftRules[l.Code]
		if rule.status == Aside || rule.automatic {
			return effect{kind: school.Same, reason: string(l.Code)}
		}
		from := 0
		if old, ok := before.Item(l.Key); ok {
			from = old.Number
		}
		return effect{kind: school.Impossible, reason: string(l.Code),
			items: []school.PreviewItem{{Key: l.Key, Name: l.Name, From: from, To: l.Number}}}
	}
	for _, i := range after.Items {
		if i.Profile != c.Assignment.Profile || c.Kind == school.ChangeMove {
			continue
		}
		switch {
		case i.met():
			return effect{kind: school.Same, reason: string(UpToDate)}
		case c.Kind == school.ChangeUnassign:
			return effect{kind: school.Same, reason: Elsewhere}
		case i.Via.Assignment == c.Assignment.ID:
			return effect{kind: school.Same, reason: Already}
		case i.Via.Fixed:
			return effect{kind: school.Same, reason: Fixed}
		}
		return effect{kind: school.Same, reason: Nearer}
	}
	return effect{kind: school.Same, reason: Already}
}

// losesLifeline reports whether the device would be without any confirmed network if the lifeline did not hold one.
func losesLifeline(before, after State, have school.Reported) bool {
	had := false
	for k, p := range have.Present {
		if !p.Network {
			continue
		}
		if _, stays := after.Item(k); stays || after.keeps(k) {
			return false
		}
		if _, wanted := before.Item(k); wanted {
			had = true
		}
	}
	return had
}

func sortSchools(list []school.PreviewSchool) {
	keys := make(map[school.SchoolID]string, len(list))
	for _, s := range list {
		keys[s.School] = school.SortKey(s.Name)
	}
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		if keys[a.School] != keys[b.School] {
			return keys[a.School] < keys[b.School]
		}
		return a.School < b.School
	})
}

// inOrder brings groups into the order of the page: by kind, the larger first, then by what they say.
func inOrder(groups map[string]*school.PreviewGroup) []school.PreviewGroup {
	rank := map[school.PreviewKind]int{}
	for i, k := range school.PreviewKinds {
		rank[k] = i
	}
	keys := make([]string, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := groups[keys[i]], groups[keys[j]]
		if a.Kind != b.Kind {
			return rank[a.Kind] < rank[b.Kind]
		}
		if len(a.Devices) != len(b.Devices) {
			return len(a.Devices) > len(b.Devices)
		}
		return keys[i] < keys[j]
	})
	out := make([]school.PreviewGroup, 0, len(keys))
	for _, k := range keys {
		out = append(out, *groups[k])
	}
	return out
}
