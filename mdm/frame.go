package mdm

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// A Frame is what a device should be, except what values of variables make of it. Devices that stand in the same place and
// can do the same have the same Frame, so it is thought once for all of them: equal Likeness, equal Frame, as long as no
// window of time opens or closes (Frame.Until). A State that comes from a Frame shares its items: nobody may change them.
type Frame struct {
	shared State        // without the items below
	open   []filledItem // items with variables
	set    string       // of all items together
	at     time.Time    // thought
}

// filledItem is an item whose content depends on the device, and what is left when that cannot be.
type filledItem struct {
	item Item
	left Left
}

// Likeness is all of a device's facts that decides about its Frame. The list of assignments is known by where it lies in
// memory: the store gives one list to all who share it, and whoever keeps a Likeness keeps the list.
type Likeness struct {
	authority  school.AuthorityID
	assigned   *school.Assigned
	n          int
	stages     string // of rollouts: which version of each
	os         string
	channel    school.EnrollmentType
	supervised bool
	confirmed  bool
	little     bool // asked only what management cannot do without
	unasked    bool
	refuses    bool
	declared   bool
	build      string
	product    string          // what Apple offers hangs on it
	releases   *school.Release // the list itself, by where it lies in memory
	quiet      school.Calm
	freezes    string // that reach it, with their times
}

// LikenessOf picks what decides.
func LikenessOf(f school.Facts) Likeness {
	l := Likeness{authority: f.Authority, n: len(f.Assigned), os: f.Device.OSVersion, channel: f.Channel, supervised: f.Device.Supervised, confirmed: f.Device.Confirmed, little: askedLittle(f.Device),
		unasked: f.Device.InventoryAt.IsZero(), refuses: f.NoDeclarations, declared: f.Policy.DeclaredProfiles}
	if l.n > 0 {
		l.assigned = &f.Assigned[0]
	}
	l.build, l.quiet, l.freezes = f.Device.Build, f.Quiet, freezesOf(f)
	if len(f.Releases) > 0 {
		l.product, l.releases = f.Device.ProductName, &f.Releases[0]
	}
	var stages []byte
	for i := range f.Assigned {
		if r := f.Assigned[i].Rollout; r != nil {
			stage := byte('0')
			if f.Device.ID.Bucket() < r.Stage {
				stage = '1'
			}
			stages = append(stages, stage)
		}
	}
	l.stages = string(stages)
	return l
}

// freezesOf writes down the freezes that reach a device.
func freezesOf(f school.Facts) string {
	var b []byte
	for _, x := range f.Freezes {
		if x.Reaches(f.Place) {
			b = append(append(b, x.ID...), ' ')
			b = strconv.AppendInt(b, x.From.Unix(), 10)
			b = strconv.AppendInt(append(b, ' '), x.Until.Unix(), 10)
			b = append(append(append(b, ' '), x.Name...), 0)
		}
	}
	return string(b)
}

// FrameOf thinks.
func FrameOf(f school.Facts) *Frame { return frameOf(f, fillForReal) }

// Holds reports whether the frame, thought at some time before, is still right for facts of equal Likeness.
func (r *Frame) Holds(f school.Facts) bool {
	return !f.At.Before(r.at) && (r.shared.Until.IsZero() || f.At.Before(r.shared.Until))
}

// Desired is Desired(f) for facts of the Likeness the frame was made of.
func (r *Frame) Desired(f school.Facts) State { return r.state(f, fillForReal) }

func frameOf(f school.Facts, fill filler) *Frame {
	r := Frame{at: f.At}
	s := &r.shared
	s.Overlay = map[school.ItemKey]string{}
	device := f.Channel != school.UserChannel
	s.Declarative = device && !f.NoDeclarations && school.OSAtLeast(f.Device.OSVersion, declarativeOS)
	if !device {
		s.Set = setHash(nil)
		return &r
	}
	w := weigh(f)
	s.Until, s.Left = earliest(w.until, freezeEdge(f)), w.left
	if frozen := frozenBy(f); frozen != nil && s.Declarative {
		s.Frozen = frozen.ID
	}
	s.Declares = s.Declarative && f.Policy.DeclaredProfiles && school.OSAtLeast(f.Device.OSVersion, declaredOS)
	for _, c := range w.won {
		v := c.version
		content := &v.Content
		left := Left{Key: c.key(), Name: v.ProfileName, Profile: c.from.Profile, Version: v.ID, Number: v.Number, Via: viaOf(c.from), Also: c.also}
		if u, ok := profiles.UpdateOf(*content); ok {
			left.Demand = &Demand{Version: u.Version, At: u.Deadline.Format(school.DeadlineForm)}
		}
		if code, args := impossible(f, content); code != "" {
			left.Code, left.Args = code, args
			left.Keeps = code != Unconfirmed && len(content.Variables) == 0 && content.Declared() == "" && content.App == nil
			s.Left = append(s.Left, left)
			continue
		}
		item := Item{Key: left.Key, Name: left.Name, Profile: left.Profile, Version: v.ID, Number: v.Number, Identifier: v.Identifier,
			Template: content.Hash, Owner: school.ByCommand, Network: content.Network(), Content: content, Via: left.Via, Also: c.also}
		if content.Declared() != "" {
			code, args, until := natively(f, &item)
			if code == "" && !s.Declarative {
				code = NoDeclarations
			}
			if code != "" {
				left.Code, left.Args = code, args
				if left.Demand != nil && !item.Native.At.IsZero() {
					left.Demand.At = item.Native.At.Format(school.DeadlineForm)
				}
				s.Left, s.Until = append(s.Left, left), earliest(s.Until, until)
				continue
			}
			s.Items = append(s.Items, item)
			continue
		}
		if s.Declares {
			item.Owner = school.ByDeclaration
		}
		if item.App = content.App; item.App != nil {
			item.Owner = appOwner(*s, f, item.App)
		}
		if len(content.Variables) > 0 {
			r.open = append(r.open, filledItem{item, left})
			continue
		}
		var code Code
		if item.Hash, code, left.Args = hashOf(f, item, fill, nil); code != "" {
			left.Code = code
			s.Left = append(s.Left, left)
			continue
		}
		s.Items = append(s.Items, item)
	}
	sortItems(s.Items)
	sortLeft(s.Left)
	all := slices.Clone(s.Items)
	for _, x := range r.open {
		all = append(all, x.item)
	}
	sortItems(all)
	s.Set, r.set = setHash(s.Items), setHash(all)
	return &r
}

// hashOf is the hash of an item as this device gets it, or why it cannot have it.
func hashOf(f school.Facts, i Item, fill filler, values map[string]string) (string, Code, map[string]string) {
	filled, err := fill(i.Content, values)
	if err != nil {
		code, args := variableCode(err)
		return "", code, args
	}
	return mac(f.Key, "item", i.Identifier, filled), "", nil
}

func (r *Frame) state(f school.Facts, fill filler) State {
	s := r.shared
	if len(r.open) == 0 {
		return s
	}
	s.Items = append(make([]Item, 0, len(s.Items)+len(r.open)), s.Items...)
	s.Overlay = make(map[school.ItemKey]string, len(r.open))
	var left []Left
	values := f.Variables()
	for _, x := range r.open {
		hash, code, args := hashOf(f, x.item, fill, values)
		if code != "" {
			x.left.Code, x.left.Args = code, args
			left = append(left, x.left)
			continue
		}
		x.item.Hash = hash
		s.Overlay[x.item.Key] = hash
		s.Items = append(s.Items, x.item)
	}
	sortItems(s.Items)
	s.Set = r.set
	if len(left) > 0 {
		s.Left = append(left, s.Left...)
		sortLeft(s.Left)
		s.Set = setHash(s.Items)
	}
	return s
}

func sortItems(items []Item) {
	sort.Slice(items, func(i, j int) bool { return items[i].Key < items[j].Key })
}

func sortLeft(left []Left) {
	sort.Slice(left, func(i, j int) bool {
		if left[i].Key != left[j].Key {
			return left[i].Key < left[j].Key
		}
		return left[i].Profile < left[j].Profile
	})
}
