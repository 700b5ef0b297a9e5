package mdm

import (
	"encoding/json"
	"sort"
	"strconv"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// Identifiers of the declarations every declarative device has.
const (
	organizationID = "ranzen.organization"
	propertiesID   = "ranzen.properties"
	subscriptionID = "ranzen.status"
)

// DeclarationID is the identifier under which the profile of that key is declared: constant for the life of the key,
// short enough whatever the key is, and safe in a URL.
func DeclarationID(k school.ItemKey) string { return "ranzen.profile." + mac(nil, string(k))[:32] }

func activationID(configuration string) string {
	return "ranzen.activation." + mac(nil, configuration)[:32]
}

// Manifest lists what is declared to the device: the declarations every device has, its declared items, and what is
// held: networks the lifeline keeps and earlier versions of something that is still wanted. It is empty for a device
// that takes no declarations. Every configuration has its own activation, because an activation with one bad
// configuration applies none.
func Manifest(want State, have school.Reported, f school.Facts) []ddm.Declaration {
	if !want.Declarative {
		return nil
	}
	m := manifest{f: f}
	if f.OrgName != "" { // Apple demands a name
		m.add(ddm.Organization, organizationID, map[string]any{"Name": f.OrgName})
	}
	m.add(ddm.Properties, propertiesID, map[string]any{"school": string(f.Place.School), "grade": f.Place.Grade,
		"ring": strconv.Itoa(f.Device.ID.Bucket() * 100 / school.Buckets)})
	var names []map[string]string
	for _, n := range ddm.StatusItems(func(v string) bool { return school.OSAtLeast(f.Device.OSVersion, v) }) {
		names = append(names, map[string]string{"Name": n})
	}
	m.add(ddm.Subscriptions, subscriptionID, map[string]any{"StatusItems": names})
	m.activate(subscriptionID)
	for _, i := range want.Items {
		if owner(i, want, have) == school.ByDeclaration {
			m.profile(i.Key, serverToken(i, have, f))
		}
	}
	for _, k := range leftovers(want, have) {
		p, token := have.Present[k], ""
		switch st := have.Items[k]; {
		case !stays(k, want, have):
			continue
		case fetched(st):
			token = st.Token
		case p.Owner != school.ByDeclaration:
			continue
		case p.Token != "":
			token = p.Token
		default:
			token = mac(f.Key, "declared", p.Hash, f.Signer, "")
		}
		m.profile(k, token)
	}
	ddm.Sort(m.list)
	return m.list
}

type manifest struct {
	f    school.Facts
	list []ddm.Declaration
}

func (m *manifest) add(typ, identifier string, payload any) {
	body, err := json.Marshal(payload) // maps and strings of our own: map keys are written in order, nothing can fail
	if err != nil {
		panic("mdm: a declaration payload does not encode: " + err.Error())
	}
	m.list = append(m.list, ddm.Declaration{Type: typ, Identifier: identifier, ServerToken: mac(m.f.Key, typ, string(body)), Payload: body})
}

func (m *manifest) activate(configuration string) {
	m.add(ddm.Activation, activationID(configuration), map[string]any{"StandardConfigurations": []string{configuration}})
}

// profile declares a profile by its URL. The URL is no part of the token: a moved server is no reason to install again.
func (m *manifest) profile(k school.ItemKey, token string) {
	id := DeclarationID(k)
	m.add(ddm.Legacy, id, map[string]any{"ProfileURL": m.f.BaseURL + "/mdm/declared/" + id + "/" + token})
	m.list[len(m.list)-1].ServerToken = token
	m.activate(id)
}

// serverToken is the token of a wanted declared item. A confirmed item keeps the one it was confirmed with. After a
// refusal or a loss the next token derives from the one that was refused, as soon as the next try is due: a device looks
// again only at a token it has not seen, and a chain never repeats one.
func serverToken(i Item, have school.Reported, f school.Facts) string {
	if p, ok := have.Present[i.Key]; ok && p.Owner == school.ByDeclaration && p.Hash == i.Hash && p.Token != "" {
		return p.Token
	}
	st := have.Items[i.Key]
	if st.Hash != i.Hash || st.Token == "" {
		return mac(f.Key, "declared", i.Hash, f.Signer, "")
	}
	if fetched(st) || st.Final || f.At.Before(st.NextTry) {
		return st.Token
	}
	return mac(f.Key, "declared", i.Hash, f.Signer, st.Token)
}

// owner is the way an item goes on this device. What is declared, or may have been taken over by a declaration the
// device fetched, stays declared while the device takes declarations.
func owner(i Item, want State, have school.Reported) school.Owner {
	p, ok := have.Present[i.Key]
	if want.Declarative && (ok && p.Owner == school.ByDeclaration || fetched(have.Items[i.Key])) {
		return school.ByDeclaration
	}
	return i.Owner
}

// fetched reports whether the item was declared to the device, which has not yet said what came of it.
func fetched(st school.ItemState) bool { return st.Phase == school.Sent && st.Token != "" }

// has reports whether the device confirmed the item as it should be. A removal on its way makes that uncertain.
func has(i Item, want State, have school.Reported) bool {
	p, ok := have.Present[i.Key]
	return ok && p.Hash == i.Hash && p.Owner == owner(i, want, have) && !leaves(i.Key, have)
}

// leaves reports whether a removal of the key may have happened without anybody knowing: handed out and not answered, or
// accepted and not yet reported. A device that said NotNow or refused has not done it and will not do it later.
func leaves(k school.ItemKey, have school.Reported) bool {
	st, ok := have.Items[k]
	return ok && st.Hash == "" && (st.Phase == school.Sent || st.Phase == school.Acknowledged)
}

// leftovers are the keys the device has and should not have, sorted.
func leftovers(want State, have school.Reported) []school.ItemKey {
	var keys []school.ItemKey
	for k := range have.Present {
		if _, ok := want.Item(k); !ok {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool { return keys[i] < keys[j] })
	return keys
}

// stays reports whether a leftover is not to be taken away.
func stays(k school.ItemKey, want State, have school.Reported) bool {
	return want.keeps(k) || held(k, want, have)
}

// held is the lifeline. An installed network that is no longer wanted stays until another wanted network was reported,
// as it should be, and the device was seen again after that; with no other wanted network it stays until a person
// releases it. Nobody walks through a school with 28,000 iPads in hand.
func held(k school.ItemKey, want State, have school.Reported) bool {
	if p, ok := have.Present[k]; !ok || !p.Network || have.ReleasedNets {
		return false
	}
	for _, i := range want.Items {
		if i.Network && has(i, want, have) && !have.LastSeen.Before(have.Present[i.Key].Since.Add(Apart)) {
			return false
		}
	}
	return true
}
