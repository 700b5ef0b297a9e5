package school

import (
	"strings"
	"testing"
)

// The neutral name is what nobody has to choose, and a person is named where that was chosen alone.
func TestKSM04_NamesOfDevices(t *testing.T) {
	lena := &Person{Given: "Lena", Family: "Muster"}
	full := Facts{Device: Device{Number: "MS-26-000417", Serial: "F9FXK2ABCD", Confirmed: true, Ownership: Owned},
		Place: Placement{ClassName: "7b", SchoolName: "Gymnasium Nord"}, Holder: lena}
	change := func(by func(f *Facts)) Facts { f := full; by(&f); return f }
	bare := change(func(f *Facts) { f.Device.Number, f.Place, f.Holder = "", Placement{}, nil })
	for _, x := range []struct {
		names DeviceNames
		of    Facts
		want  string
	}{
		{NamedByNumber, full, "MS-26-000417"}, {NamedByNumber, bare, "F9FXK2ABCD"},
		{NamedBySerial, full, "F9FXK2ABCD"}, {NamedBySerial, bare, "F9FXK2ABCD"},
		{NamedByClass, full, "7b MS-26-000417"}, {NamedByClass, bare, "F9FXK2ABCD"},
		{NamedBySchool, full, "Gymnasium Nord MS-26-000417"}, {NamedBySchool, bare, "F9FXK2ABCD"},
		{NamedBySchool, change(func(f *Facts) { f.Place.SchoolName = strings.Repeat("Schule ", 20) }), "Schule Schule Schule Schule Schule Schule Schul MS-26-000417"},
		{NamedByPerson, full, "Lena M. MS-26-000417"}, {NamedByPerson, bare, "F9FXK2ABCD"},
		{NamedByPerson, change(func(f *Facts) { f.Device.Confirmed = false }), "MS-26-000417"},
		{NamedByPerson, change(func(f *Facts) { f.Device.Ownership = Parent }), "MS-26-000417"},
	} {
		x.of.Policy.DeviceNames = x.names
		got := x.of.DeviceName()
		if got != x.want {
			t.Errorf("%q: %q, want %q", x.names, got, x.want)
		}
		if len([]rune(got)) > longestName {
			t.Errorf("%q is longer than an iPad shows", got)
		}
		if x.names != NamedByPerson && strings.Contains(got, "Lena") {
			t.Errorf("%q: %q names a person", x.names, got)
		}
	}
	if DeviceNames("birthday").Check() == nil {
		t.Error("anything goes")
	}
}
