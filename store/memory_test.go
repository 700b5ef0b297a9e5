package store

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/store/school"
)

// Whatever was reported of the items of a set is read as it was kept, however little is written of it.
func TestMemoryKeepsWhatWasReported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, overlay := map[school.ItemKey]Member{}, map[school.ItemKey]string{}
		have := school.Reported{Present: map[school.ItemKey]school.Have{}}
		var listed []Member
		for i := range rapid.IntRange(0, 6).Draw(t, "items") {
			m := Member{Key: school.ItemKey(fmt.Sprint("item", i)), Hash: fmt.Sprint("hash", i), Owner: school.ByCommand, Network: i == 0}
			if members[m.Key] = m; rapid.Bool().Draw(t, "filled") {
				overlay[m.Key] = "filled"
			}
			listed = append(listed, m)
			if !rapid.Bool().Draw(t, "there") {
				continue
			}
			x := school.Have{Hash: m.Hash, Owner: m.Owner, Network: m.Network, Since: time.UnixMicro(int64(rapid.IntRange(0, 2).Draw(t, "since"))).UTC(), Token: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "token")}
			if o, filled := overlay[m.Key]; filled {
				x.Hash = o
			}
			if rapid.IntRange(0, 4).Draw(t, "other") == 0 {
				x.Hash = "other"
			}
			have.Present[m.Key] = x
		}
		missing, extra, kept := encode(members, overlay, have)
		target := targetState{set: "set", overlay: overlay, missing: missing, extra: extra}
		if err := json.Unmarshal([]byte(toJSON(kept)), &target.memory); err != nil {
			t.Fatal(err)
		}
		s := &Store{}
		s.sets.Store("a"+"set", members)
		var read school.Reported
		if err := s.decode(t.Context(), conn{}, "a", &target, &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(have.Present, read.Present); diff != "" {
			t.Errorf("of %v kept as %s:\n%s", listed, toJSON(kept), diff)
		}
	})
}

// Of items that came at once nothing is said one by one; what the release before wrote is read.
func TestMemoryIsShort(t *testing.T) {
	members, have := map[school.ItemKey]Member{}, school.Reported{Present: map[school.ItemKey]school.Have{}}
	for i := range 16 {
		k := school.ItemKey(fmt.Sprintf("ranzen.profile.01a203c9-4c5c-74e6-ab7c-7c7f4a900f%02d", i))
		members[k] = Member{Key: k, Hash: "hash"}
		have.Present[k] = school.Have{Hash: "hash", Since: time.UnixMicro(1795359909166411).UTC()}
	}
	if _, _, kept := encode(members, nil, have); toJSON(kept) != `{"s":1795359909166411}` {
		t.Error(toJSON(kept))
	}
	var before memory
	if err := json.Unmarshal([]byte(`{"p":{"k":{"s":5,"t":"a"},"l":{"s":6}}}`), &before); err != nil {
		t.Fatal(err)
	}
	p := before.presence(map[school.ItemKey]Member{"k": {}, "l": {}})
	if p.of("k") != (reportedAs{5, "a"}) || p.of("l") != (reportedAs{6, ""}) {
		t.Errorf("%+v %+v", p.of("k"), p.of("l"))
	}
}
