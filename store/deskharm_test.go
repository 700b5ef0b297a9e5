package store_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"testing"
	"time"

	"ranzen/store"
	"ranzen/store/school"
)

func photograph(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 6))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// MUC-15: a damage that is told of at the desk belongs to the contract, with its pictures and the part it is of; told twice it is
// one, it can be taken back by one key, and it counts as one of the contract also when the thing has just come back.
func TestMUC15_ADamageAtTheDeskBelongsToTheContract(t *testing.T) {
	clocked(t, func(t *testing.T, s *store.Store, _ string, now *time.Time) {
		ctx := context.Background()
		l := newLender(t, s)
		clerk := l.somebody("pult", l.north)
		asset := l.asset(l.ipads[0])
		k := l.out(l.lena, asset)
		damages := func() []store.DamageRow {
			t.Helper()
			page, err := s.Damages(ctx, l.by, store.DamageFilter{Asset: asset})
			return must(t, page, err).Rows
		}
		harm := &store.Harm{Asset: asset, What: school.PartDamage, Part: 3, Note: "Stecker verbogen", Pictures: [][]byte{photograph(t), photograph(t)}}
		for again := range 2 {
			x, err := s.Book(ctx, clerk, store.Booking{ID: "platz-0001-harm", Harm: harm})
			if must(t, x, err); x.Again != (again > 0) || x.Act != "damage" {
				t.Errorf("%+v", x)
			}
		}
		all := damages()
		if len(all) != 1 || all[0].Contract != k || all[0].Part != "Netzteil" || all[0].Note != "Stecker verbogen" || !all[0].Returned.IsZero() {
			t.Fatalf("%+v", all)
		}
		if d, err := s.DamageByID(ctx, l.by, all[0].ID); err != nil || len(d.Pictures) != 2 {
			t.Errorf("%+v %v", d, err)
		}
		if x, err := s.Unbook(ctx, clerk, "platz-0001-harm"); err != nil || !x.Undone || len(damages()) != 0 {
			t.Errorf("taken back: %+v %v", x, err)
		}
		if _, err := s.TakeBack(ctx, clerk, l.ipads[0]); err != nil {
			t.Fatal(err)
		}
		back := *now
		*now = now.Add(time.Minute)
		harm.Contract = k
		if _, err := s.Book(ctx, clerk, store.Booking{ID: "platz-0002-harm", Harm: harm}); err != nil {
			t.Fatal(err)
		}
		if all = damages(); len(all) != 1 || all[0].Contract != k || !all[0].Returned.Equal(back) || all[0].Limit.IsZero() {
			t.Errorf("%+v", all)
		}
		other := l.out(l.tom, l.asset(l.ipads[1]))
		for code, wrong := range map[string]store.Harm{
			"part": {Asset: l.asset(l.ipads[1]), What: school.PartDamage, Part: 9}, "what": {Asset: asset, What: "dent"}, "picture": {Asset: asset, What: "body", Pictures: [][]byte{[]byte("kein Bild")}},
			"pictures": {Asset: asset, What: "body", Pictures: make([][]byte, store.MostPictures+1)}, "contract": {Asset: asset, What: "body", Contract: other},
		} {
			if _, err := s.Book(ctx, clerk, store.Booking{ID: "platz-0003-harm", Harm: &wrong}); school.KindOf(err) == "" {
				t.Errorf("%s: booked", code)
			}
		}
		if _, err := s.Book(ctx, l.somebody("pult", l.south), store.Booking{ID: "platz-0004-harm", Harm: harm}); school.KindOf(err) != school.NotFound {
			t.Errorf("next door: %v", err)
		}
	})
}
