package mdm

import (
	"time"

	"ranzen/mdm/ddm"
	"ranzen/store/school"
)

// Declared applies a status report. offered is the manifest snapshot of have.Offered: what the device was given.
//
// An item is there when its declaration is listed as active and valid under the token of the content wanted; under an
// older token it is still the older content. A refusal counts as one failed attempt, however often it is reported. A
// partial report speaks only of what changed: silence about a declaration proves nothing, unless the report is full.
func Declared(have school.Reported, want State, f school.Facts, offered []ddm.Declaration, status ddm.Status, now time.Time) school.Reported {
	have = own(have)
	given := make(map[string]string, len(offered))
	for _, d := range offered {
		given[d.Identifier] = d.ServerToken
	}
	if !status.Listed {
		return have
	}
	for _, i := range want.Items {
		id := DeclarationID(i.Key)
		token, ok := given[id]
		if !ok || !Belongs(token, i, have, f) {
			continue // offered with another content, or not yet
		}
		d, listed := status.Of(ddm.Configurations, id)
		switch {
		case listed && d.ServerToken != token && !d.Removed:
			// an older content; the device is on its way
		case listed && d.Works():
			if i.App == nil { // that it may load is not that it is there
				declaredPresent(have, i, token, now)
			}
		case listed && !d.Removed:
			if code, detail := refusal(status, id, d); code != "" {
				declaredFailed(have, i, token, code, detail, now)
			}
		case listed, status.Full:
			declaredLost(have, i, token, now)
		}
	}
	for k, st := range have.Items { // a declaration withdrawn before it was reported, or held
		_, app := k.Bundle()
		if _, wanted := want.Item(k); wanted || app || !fetched(st) {
			continue
		}
		if d, listed := status.Of(ddm.Configurations, DeclarationID(k)); listed && d.ServerToken == st.Token && d.Works() {
			have.Present[k] = school.Have{Hash: st.Hash, Owner: school.ByDeclaration, Network: st.Network, Since: now, Token: st.Token}
			delete(have.Items, k)
		}
	}
	if confirmed(have, want, offered, given, status) {
		if have.Confirmed != have.Offered {
			have.Confirmed, have.ConfirmedAt = have.Offered, now
		}
		have.Reoffers = 0
	}
	// What the offered manifest does not name and the device does not have is gone, even if a fact that moved since wants
	// it again: should that fact move back, the manifest is the offered one once more and no other report follows.
	gone := func(id string) bool {
		d, listed := status.Of(ddm.Configurations, id)
		return listed && d.Removed || !listed && (status.Full || have.Confirmed == have.Offered && have.Offered != "")
	}
	for k, st := range have.Items { // what was refused or fetched and is declared no more is nobody's concern
		id := DeclarationID(k)
		if _, wanted := want.Item(k); st.Token != "" && given[id] == "" && (!wanted || fetched(st) && gone(id)) {
			delete(have.Items, k)
		}
	}
	for k, p := range have.Present {
		id := DeclarationID(k)
		i, wanted := want.Item(k)
		if p.Owner != school.ByDeclaration || given[id] != "" || !gone(id) || wanted && i.met() {
			continue
		}
		delete(have.Present, k)
		if !wanted {
			delete(have.Items, k)
		}
	}
	return have
}

// Belongs reports whether a token was made for the content the item has now.
func Belongs(token string, i Item, have school.Reported, f school.Facts) bool {
	if p, ok := have.Present[i.Key]; ok && p.Hash == i.Hash && p.Token == token {
		return true
	}
	st := have.Items[i.Key]
	chained := st.Hash == i.Hash && st.Token != "" && (token == st.Token || token == nextToken(f.Key, i.Hash, f.Signer, st.Token))
	return chained || token == firstToken(i.Hash, f)
}

func declaredPresent(have school.Reported, i Item, token string, now time.Time) {
	if st, ok := have.Items[i.Key]; ok && st.Hash == i.Hash && st.Token == token && st.Phase == school.Drifted {
		return // the loss of this very token was reported; only a new one proves that it is back
	}
	if p, ok := have.Present[i.Key]; !ok || p.Hash != i.Hash || p.Owner != school.ByDeclaration || p.Token != token {
		have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: school.ByDeclaration, Network: i.Network, Since: now, Token: token}
	}
	delete(have.Items, i.Key)
}

func declaredFailed(have school.Reported, i Item, token, code, detail string, now time.Time) {
	st := have.Items[i.Key]
	if st.Hash == i.Hash && st.Token == token && !fetched(st) {
		return // counted already
	}
	if p, ok := have.Present[i.Key]; ok && p.Hash == i.Hash && p.Owner == school.ByDeclaration && p.Token == token {
		declaredLost(have, i, token, now) // in force under this very token before: somebody removed it, it was not refused
		st = have.Items[i.Key]
		st.Code, st.Detail = code, detail
		have.Items[i.Key] = st
		return
	}
	if st.Hash != i.Hash {
		st = school.ItemState{Hash: i.Hash}
	}
	if p, ok := have.Present[i.Key]; ok && p.Hash == i.Hash && p.Owner == school.ByDeclaration {
		delete(have.Present, i.Key)
	}
	st.Token, st.Network = token, i.Network
	have.Items[i.Key] = fail(st, school.Failed, code, detail, now)
}

func declaredLost(have school.Reported, i Item, token string, now time.Time) {
	p, ok := have.Present[i.Key]
	if !ok || p.Hash != i.Hash || p.Owner != school.ByDeclaration || p.Token != token {
		return
	}
	delete(have.Present, i.Key)
	have.Items[i.Key] = school.ItemState{Phase: school.Drifted, Hash: i.Hash, Since: now, Network: i.Network, Token: token}
}

// refusal finds the failure the device reports for a configuration, on itself or on its activation. What the device has
// not yet looked at, or holds back for a predicate, is no failure.
func refusal(s ddm.Status, id string, d ddm.DeclarationStatus) (code, detail string) {
	a, _ := s.Of(ddm.Activations, activationID(id))
	for _, x := range []ddm.DeclarationStatus{d, a} {
		if x.Valid != ddm.Invalid {
			continue
		}
		for _, c := range x.Reasons {
			if c.Failure() {
				r := []rune(c.Description)
				return c.Code, string(r[:min(len(r), 300)])
			}
		}
		return "Error.Unknown", ""
	}
	return "", ""
}

// confirmed reports whether the offered manifest is in force: every declared item is there under the offered token, and
// of the rest nothing is listed as invalid, as inactive or under another token. At least one declaration has to be
// listed as it was offered, else the report speaks of an earlier manifest.
func confirmed(have school.Reported, want State, offered []ddm.Declaration, given map[string]string, s ddm.Status) bool {
	if ddm.Token(offered) != have.Offered {
		return false
	}
	seen := false
	for _, d := range offered {
		st, listed := s.Of(d.Kind(), d.Identifier)
		switch {
		case listed && (st.ServerToken != d.ServerToken || !st.Works()):
			return false
		case !listed && s.Full:
			return false
		}
		seen = seen || listed
	}
	for _, i := range want.Items {
		token, declared := given[DeclarationID(i.Key)]
		if i.App != nil {
			continue
		}
		if p, ok := have.Present[i.Key]; declared && (!ok || p.Owner != school.ByDeclaration || p.Token != token) {
			return false
		}
	}
	return seen
}
