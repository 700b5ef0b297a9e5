package mdm_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ranzen/mdm"
	"ranzen/store/school"
)

// A device is never told anything else because another one that is like it was thought of before.
func TestDevicesThatAreAlikeShareAThought(t *testing.T) {
	named := version("named", 1, content("de.example.named", clip("{{person.given}}")))
	numbered := version("numbered", 1, content("de.example.numbered", clip("{{device.number}}")))
	pool := []*school.Version{plain("a", 1), plain("a", 2), plain("b", 1), network("c", 1), named, numbered}
	draw := func(t *rapid.T, who string, list []school.Assigned) school.Facts {
		flag := func(what string) bool { return rapid.Bool().Draw(t, who+what) }
		f := facts()
		f.Assigned = list
		f.At = morning.Add(time.Duration(rapid.IntRange(-100, 100).Draw(t, who+"at")) * time.Hour)
		f.Device.ID = rapid.SampledFrom([]school.DeviceID{"dev-1", "dev-2", "dev-3", "dev-4"}).Draw(t, who+"id")
		f.Device.OSVersion = rapid.SampledFrom([]string{"", "14.8", "16.1", "26.4"}).Draw(t, who+"os")
		f.Device.Supervised, f.Device.Confirmed, f.NoDeclarations, f.Policy.DeclaredProfiles = flag("supervised"), !flag("unconfirmed"), flag("refuses"), flag("declared")
		f.Device.Number = rapid.SampledFrom([]string{"", "MS-1", "MS-2"}).Draw(t, who+"number")
		if flag("unasked") {
			f.Device.InventoryAt = time.Time{}
		}
		if flag("nobody") {
			f.Holder = nil
		}
		if rapid.IntRange(0, 9).Draw(t, who+"user") == 0 {
			f.Channel = school.UserChannel
		}
		return f
	}
	shared := 0
	rapid.Check(t, func(t *rapid.T) {
		list := drawAssigned(t, pool)
		f := draw(t, "one ", list)
		g := f
		if rapid.Bool().Draw(t, "near") { // alike as often as not
			other := draw(t, "other ", list)
			g.At, g.Device.ID, g.Device.Number, g.Holder = other.At, other.Device.ID, other.Device.Number, other.Holder
		} else {
			g = draw(t, "other ", list)
		}
		r := mdm.FrameOf(f)
		if mdm.LikenessOf(f) != mdm.LikenessOf(g) || !r.Holds(g) {
			return
		}
		shared++
		if diff := cmp.Diff(mdm.Desired(g), r.Desired(g)); diff != "" {
			t.Fatalf("thought anew it is something else:\n%s", diff)
		}
	})
	if shared == 0 {
		t.Error("no two devices were ever alike")
	}
}
