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

// What does not depend on the device is made once: what is declared for a profile is the same documents on every iPad that
// was given the same content under the same token, and a school's iPads differ in little else.
var (
	declarationIDs = memo[school.ItemKey, string]{most: 4096}
	firstTokens    = memo[tokenOf, string]{most: 4096}
	declarations   = memo[documentOf, ddm.Declaration]{most: 8192}
)

// DeclarationID is the identifier under which the profile of that key is declared: constant for the life of the key,
// short enough whatever the key is, and safe in a URL.
func DeclarationID(k school.ItemKey) string {
	return declarationIDs.of(k, func(k school.ItemKey) string { return "ranzen.profile." + mac(nil, string(k))[:32] })
}

func activationID(configuration string) string {
	return "ranzen.activation." + mac(nil, configuration)[:32]
}

// Manifest lists what is declared to the device: the declarations every device has, its declared items, and what is
// held: networks the lifeline keeps and earlier versions of something that is still wanted. It is empty for a device
// that takes no declarations. Every configuration has its own activation, because an activation with one bad
// configuration applies none.
func Manifest(want State, have school.Reported, f school.Facts) []ddm.Declaration {
	return OutlineOf(want, have, f).Manifest(f.Key, f.BaseURL)
}

// Outline is what a manifest is made of: enough to write it again, and a tenth as long. Its JSON is kept.
type Outline struct {
	Declares bool                      `json:"d,omitempty"` // else the manifest is empty
	Org      string                    `json:"o,omitempty"`
	School   school.SchoolID           `json:"s,omitempty"`
	Grade    string                    `json:"g,omitempty"`
	Ring     int                       `json:"r,omitempty"` // percent
	OS       string                    `json:"v,omitempty"`
	Little   bool                      `json:"l,omitempty"` // asked only what management cannot do without
	Frozen   bool                      `json:"z,omitempty"` // updates are held back
	Profiles map[school.ItemKey]string `json:"i,omitempty"` // ServerToken of each
	Natives  map[school.ItemKey]native `json:"n,omitempty"`
	Apps     map[school.ItemKey]appDoc `json:"a,omitempty"`
	Asks     bool                      `json:"k,omitempty"` // the list of apps that are managed is subscribed to
}

// native is an item in Apple's own type.
type native struct {
	Type    string          `json:"y"`
	Token   string          `json:"t"`
	Payload json.RawMessage `json:"p"`
}

// OutlineOf is the outline of Manifest.
func OutlineOf(want State, have school.Reported, f school.Facts) Outline {
	if !want.Declarative {
		return Outline{}
	}
	o := Outline{Declares: true, Org: f.OrgName, School: f.Place.School, Grade: f.Place.Grade, Ring: f.Device.ID.Bucket() * 100 / school.Buckets, OS: f.Device.OSVersion,
		Little: askedLittle(f.Device), Frozen: holdsBack(want, f), Profiles: make(map[school.ItemKey]string, len(want.Items)), Asks: declaresApps(want, have, f)}
	for _, i := range want.Items {
		switch {
		case i.met() || !declaredNow(i, want, have, f):
		case i.Native != nil:
			if o.Natives == nil {
				o.Natives = map[school.ItemKey]native{}
			}
			o.Natives[i.Key] = native{i.Native.Type, serverToken(i, have, f), i.Native.Payload}
		case i.App != nil:
			if o.Apps == nil {
				o.Apps = map[school.ItemKey]appDoc{}
			}
			o.Apps[i.Key] = appDocOf(i, serverToken(i, have, f), f)
		default:
			o.Profiles[i.Key] = serverToken(i, have, f)
		}
	}
	for _, k := range leftovers(want, have) {
		p, token := have.Present[k], ""
		switch st := have.Items[k]; {
		case !stays(k, want, have), isApp(k): // no app stays that is not wanted
			continue
		case fetched(st):
			token = st.Token
		case p.Owner != school.ByDeclaration:
			continue
		case p.Token != "":
			token = p.Token
		default:
			token = firstToken(p.Hash, f)
		}
		o.Profiles[k] = token
	}
	return o
}

// Manifest writes the declarations with the key of the authority, for a server reached under base. It is never nil.
func (o Outline) Manifest(key []byte, base string) []ddm.Declaration {
	if !o.Declares {
		return []ddm.Declaration{}
	}
	m := manifest{key: string(key), list: make([]ddm.Declaration, 0, 4+2*len(o.Profiles))}
	if o.Org != "" { // Apple demands a name
		m.add(ddm.Organization, o.Org)
	}
	m.add(ddm.Properties, string(o.School), o.Grade, strconv.Itoa(o.Ring))
	little := ""
	if o.Little {
		little = "little"
	}
	asks := ""
	if o.Asks {
		asks = ddm.ManagedApps
	}
	m.add(ddm.Subscriptions, o.OS, little, asks)
	m.add(ddm.Activation, subscriptionID)
	for k, token := range o.Profiles {
		id := DeclarationID(k)
		// The URL is no part of the token: a moved server is no reason to install again.
		m.add(ddm.Legacy, id, base, token)
		m.add(ddm.Activation, id)
	}
	if o.Frozen {
		m.add(school.UpdateSettingsDeclared)
		m.add(ddm.Activation, freezeID)
	}
	for k, n := range o.Natives {
		id := DeclarationID(k)
		m.list = append(m.list, ddm.Declaration{Type: n.Type, Identifier: id, ServerToken: n.Token, Payload: n.Payload})
		m.add(ddm.Activation, id)
	}
	for k, a := range o.Apps {
		id := DeclarationID(k)
		m.add(ddm.App, id, a.payload(), a.Token)
		m.add(ddm.Activation, id)
	}
	ddm.Sort(m.list)
	return m.list
}

type manifest struct {
	key  string
	list []ddm.Declaration
}

func (m *manifest) add(typ string, says ...string) {
	x := documentOf{key: m.key, typ: typ}
	copy(x.says[:], says)
	m.list = append(m.list, declarations.of(x, document))
}

// documentOf is all a declaration is made of.
type documentOf struct {
	key  string // of the authority
	typ  string
	says [3]string
}

// document writes a declaration.
func document(x documentOf) ddm.Declaration {
	d := ddm.Declaration{Type: x.typ}
	var payload any
	switch one, two, three := x.says[0], x.says[1], x.says[2]; x.typ {
	case ddm.Organization:
		d.Identifier, payload = organizationID, map[string]any{"Name": one}
	case ddm.Properties:
		d.Identifier, payload = propertiesID, map[string]any{"school": one, "grade": two, "ring": three}
	case ddm.Subscriptions:
		var names []map[string]string
		for _, n := range ddm.StatusItems(func(v string) bool { return school.OSAtLeast(one, v) }, two != "") {
			names = append(names, map[string]string{"Name": n})
		}
		if three != "" {
			names = append(names, map[string]string{"Name": three})
		}
		d.Identifier, payload = subscriptionID, map[string]any{"StatusItems": names}
	case school.UpdateSettingsDeclared:
		d.Identifier, payload = freezeID, heldBack
	case ddm.Activation:
		d.Identifier, payload = activationID(one), map[string]any{"StandardConfigurations": []string{one}}
	case ddm.App:
		d.Identifier, d.ServerToken, payload = one, three, json.RawMessage(two)
	case ddm.Legacy:
		d.Identifier, d.ServerToken, payload = one, three, map[string]any{"ProfileURL": two + "/mdm/declared/" + one + "/" + three}
	}
	body, err := json.Marshal(payload) // maps and strings of our own: map keys are written in order, nothing can fail
	if err != nil {
		panic("mdm: a declaration payload does not encode: " + err.Error())
	}
	if d.Payload = body; x.typ != ddm.Legacy && x.typ != ddm.App {
		d.ServerToken = mac([]byte(x.key), x.typ, string(body))
	}
	return d
}

// tokenOf is all the first token of a content is made of.
type tokenOf struct{ key, hash, signer string }

// firstToken is the ServerToken of a content the device never refused or lost.
func firstToken(hash string, f school.Facts) string {
	return firstTokens.of(tokenOf{string(f.Key), hash, f.Signer}, func(x tokenOf) string { return nextToken([]byte(x.key), x.hash, x.signer, "") })
}

// nextToken derives the ServerToken of another try from the one before.
func nextToken(key []byte, hash, signer, before string) string {
	return mac(key, "declared", hash, signer, before)
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
		return firstToken(i.Hash, f)
	}
	if fetched(st) || st.Final || f.At.Before(st.NextTry) {
		return st.Token
	}
	return nextToken(f.Key, i.Hash, f.Signer, st.Token)
}

// owner is the way an item goes on this device. What is declared, or may have been taken over by a declaration the
// device fetched, stays declared while the device takes declarations.
func owner(i Item, want State, have school.Reported) school.Owner {
	p, ok := have.Present[i.Key]
	if i.App != nil && i.Owner == school.ByCommand && (i.App.Configured || !ok) {
		return school.ByCommand // a declaration could not bring its configuration, or nobody would be told of it
	}
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
