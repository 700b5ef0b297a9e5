package mdm

import (
	"slices"
	"strings"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// ListedProfile is one entry of a ProfileList.
type ListedProfile struct {
	Identifier string
	UUID       string
	Managed    bool
	Source     string   // MDM or DDM: how it came; before iPadOS 18 nothing is said
	Payloads   []string // payload types, as far as the device lists them
}

// stray reports whether a profile nobody here knows of is one of ours all the same: a world that was restored from a copy
// has forgotten what it gave since. Its identifier must be one we made, and the device must have it through this
// management and by command. What a declaration brought goes with the declaration; what else carries a name of its own
// stays, and so does, whatever its name, what contains the management itself.
func (p ListedProfile) stray(want State) bool {
	commanded := p.Source == "MDM" || p.Source == "" && !want.Declares
	return p.Managed && commanded && strings.HasPrefix(p.Identifier, school.OwnIdentifier) && !slices.Contains(p.Payloads, "com.apple.mdm")
}

// network reports whether the lifeline has to mind the profile. Where the device does not say what is in it, it has to.
func (p ListedProfile) network() bool {
	return len(p.Payloads) == 0 || slices.Contains(p.Payloads, "com.apple.wifi.managed")
}

// Listed applies a ProfileList the device was asked for at asked. It confirms what is there in the right content, notices
// what was removed on the device, and settles what became of removals and of installs whose answer got lost. Nothing
// younger than the question is held against the device: the list could not know it. A profile of ours that nobody
// remembers giving is noted as there, so that it goes if nobody wants it.
func Listed(have school.Reported, want State, list []ListedProfile, asked, now time.Time) school.Reported {
	have = own(have)
	there := make(map[school.ItemKey]ListedProfile, len(list))
	for _, p := range list {
		there[school.ItemKey(p.Identifier)] = p
	}
	for _, i := range want.Items {
		if i.App == nil && owner(i, want, have) == school.ByCommand {
			listWantedItem(have, i, there, asked, now)
		}
	}
	for k, p := range have.Present {
		_, app := k.Bundle()
		if _, wanted := want.Item(k); wanted || app || p.Owner != school.ByCommand || have.Items[k].Token != "" {
			continue
		}
		_, found := there[k]
		st, open := have.Items[k]
		switch {
		case !found && !p.Since.After(asked):
			delete(have.Present, k)
			delete(have.Items, k)
		case found && open && st.Hash == "" && st.Phase == school.Acknowledged && !st.Since.After(asked):
			have.Items[k] = fail(st, school.Failed, stillThere, "", now)
		case found && open && st.Hash != "" && !st.Since.After(asked):
			if same(there[k], st.Hash) {
				p.Hash, p.Network = st.Hash, p.Network || st.Network
				have.Present[k] = p
			}
			delete(have.Items, k) // an install nobody wants any more: what is there will be removed
		}
	}
	for k, st := range have.Items {
		_, wanted := want.Item(k)
		_, app := k.Bundle()
		if _, known := have.Present[k]; wanted || app || known || st.Token != "" || st.Since.After(asked) {
			continue
		}
		if p, found := there[k]; found && st.Hash != "" && (p.Managed || same(p, st.Hash)) {
			h := school.Have{Owner: school.ByCommand, Network: st.Network, Since: now}
			if same(p, st.Hash) {
				h.Hash = st.Hash
			}
			have.Present[k] = h
		}
		delete(have.Items, k)
	}
	for k, p := range there {
		_, wanted := want.Item(k)
		_, known := have.Present[k]
		_, open := have.Items[k]
		if !wanted && !known && !open && p.stray(want) {
			have.Present[k] = school.Have{Owner: school.ByCommand, Network: p.network(), Since: now}
		}
	}
	have.ListedAt = now
	return have
}

func listWantedItem(have school.Reported, i Item, there map[school.ItemKey]ListedProfile, asked, now time.Time) {
	p, found := there[i.Key]
	old, had := have.Present[i.Key]
	st, open := have.Items[i.Key]
	young := open && st.Since.After(asked)
	if found && same(p, i.Hash) {
		if !had || old.Hash != i.Hash || old.Owner != school.ByCommand {
			have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: school.ByCommand, Network: i.Network, Since: now}
		}
		// A removal that was sent and not settled may still come after this list was made.
		if open && !(st.Hash == "" && young) {
			delete(have.Items, i.Key)
		}
		return
	}
	if found && (p.Managed || had) {
		if !had || (old.Hash != "" && !same(p, old.Hash) && !old.Since.After(asked)) { // another content of ours
			have.Present[i.Key] = school.Have{Owner: school.ByCommand, Network: i.Network || old.Network, Since: now}
		}
	} else if had && !old.Since.After(asked) {
		delete(have.Present, i.Key)
		if !open && old.Hash == i.Hash {
			have.Items[i.Key] = school.ItemState{Phase: school.Drifted, Hash: i.Hash, Since: now, Network: i.Network}
			return
		}
	}
	switch {
	case young || !open:
		if !open && had && old.Hash == i.Hash && found && !old.Since.After(asked) {
			have.Items[i.Key] = school.ItemState{Phase: school.Drifted, Hash: i.Hash, Since: now, Network: i.Network}
		}
	case st.Hash == "":
		delete(have.Items, i.Key) // a removal overtaken by a new wish: whatever came of it, the item is missing now
	case st.Hash == i.Hash && st.Phase == school.Acknowledged:
		have.Items[i.Key] = fail(st, school.Drifted, notThere, "", now)
	}
}

// same reports whether the listed profile has that content: the top-level UUID of what we deliver comes from its hash.
func same(p ListedProfile, hash string) bool {
	return hash != "" && strings.EqualFold(p.UUID, profiles.DeliveredUUID(hash))
}
