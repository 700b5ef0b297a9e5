package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"ranzen/store/school"
)

// memory is what a device's state remembers beside its items. There is one for each device and it is written anew with every
// report, so it says once what is true of all items and names those of which it is not.
type memory struct {
	Listed        time.Time        `json:"l,omitzero"`
	Apps          time.Time        `json:"a,omitzero"` // the last list of managed apps
	Reoffers      int              `json:"r,omitempty"`
	Declared      []school.ItemKey `json:"d,omitempty"`
	NotNow        time.Time        `json:"n,omitzero"`
	NotNowCommand string           `json:"c,omitempty"`
	// Since when the members that are there are there, and under which ServerToken, in the order of their keys: the lifeline
	// counts from the one, and nothing confirmed is declared anew because of the other. Present says it of members that came at
	// another time; the release before said it of every one.
	Since   int64                         `json:"s,omitempty"`
	Tokens  []string                      `json:"t,omitempty"`
	Present map[school.ItemKey]reportedAs `json:"p,omitempty"`
}

type reportedAs struct {
	Since int64  `json:"s"`
	Token string `json:"t,omitempty"`
}

// remember keeps of which members it was reported when, and how.
func (m *memory) remember(members map[school.ItemKey]Member, present map[school.ItemKey]reportedAs) {
	times := map[int64]int{}
	for _, x := range present {
		times[x.Since]++
	}
	for t, n := range times {
		if n > times[m.Since] || n == times[m.Since] && t < m.Since {
			m.Since = t
		}
	}
	keys := slices.Sorted(maps.Keys(members))
	for i, k := range keys {
		x, there := present[k]
		switch {
		case there && x.Since != m.Since:
			if m.Present == nil {
				m.Present = map[school.ItemKey]reportedAs{}
			}
			m.Present[k] = x
		case there && x.Token != "":
			m.Tokens = append(m.Tokens, make([]string, i-len(m.Tokens))...)
			m.Tokens = append(m.Tokens, x.Token)
		}
	}
}

// presence is a memory opened for the members it speaks of.
type presence struct {
	memory
	keys []school.ItemKey // of Tokens
}

func (m memory) presence(members map[school.ItemKey]Member) presence {
	p := presence{memory: m}
	if len(m.Tokens) > 0 {
		p.keys = slices.Sorted(maps.Keys(members))
	}
	return p
}

func (p presence) of(k school.ItemKey) reportedAs {
	if x, apart := p.Present[k]; apart {
		return x
	}
	x := reportedAs{Since: p.Since}
	if i, found := slices.BinarySearchFunc(p.keys, k, cmp.Compare[school.ItemKey]); found && i < len(p.Tokens) {
		x.Token = p.Tokens[i]
	}
	return x
}
