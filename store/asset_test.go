package store_test

import (
	"context"
	"testing"

	"ranzen/store"
	"ranzen/store/storetest"
)

// An iPad that nobody gave a model is called as it says itself, wherever things are listed and written about; what somebody wrote stands.
func TestAnIPadIsCalledAsItSays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := context.Background()
		d := newTown(t, s)
		id := d.devices("Gymnasium Nord", "F9FX", 1)[0]
		if err := s.Exec(ctx, `UPDATE device_state SET model = 'iPad (A16)' WHERE device_id = $1`, string(id)); err != nil {
			t.Fatal(err)
		}
		device, err := s.DeviceByID(ctx, d.by, id)
		x, err2 := s.AssetByID(ctx, d.by, must(t, device, err).Asset)
		if must(t, x, err2); x.Model != "" || x.ModelName() != "iPad (A16)" {
			t.Errorf("written down %q, called %q", x.Model, x.ModelName())
		}
		x.Model = "iPad 11 Zoll"
		if _, err := s.ChangeAsset(ctx, d.by, x.Asset); err != nil {
			t.Fatal(err)
		}
		list, err := s.Assets(ctx, d.by, store.AssetFilter{})
		if rows := must(t, list, err).Rows; len(rows) != 1 || rows[0].ModelName() != "iPad 11 Zoll" {
			t.Errorf("%+v", rows)
		}
	})
}
