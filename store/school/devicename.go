package school

import (
	"slices"
	"strings"
)

// DeviceNames says what iPads are called, where nobody types a name. It is seen by everybody nearby: in AirDrop, in the
// Classroom app, on the home screen's settings. So the zero value says nothing of anybody; a name of a person is there only
// where the authority chose that, and what people can read about their iPad says so.
type DeviceNames string

const (
	NamedByNumber DeviceNames = ""       // the inventory number
	NamedBySerial DeviceNames = "serial" // the serial
	NamedByClass  DeviceNames = "class"  // "7b MS-26-000417"
	NamedBySchool DeviceNames = "school" // "Gymnasium Nord MS-26-000417"
	NamedByPerson DeviceNames = "person" // "Lena M. MS-26-000417", while somebody has it
)

// AllDeviceNames lists them in the order pages show them.
var AllDeviceNames = []DeviceNames{NamedByNumber, NamedBySerial, NamedByClass, NamedBySchool, NamedByPerson}

// Check refuses what does not exist.
func (n DeviceNames) Check() error {
	if !slices.Contains(AllDeviceNames, n) {
		return Refuse("device_names", "choice")
	}
	return nil
}

// DeviceName is what the device is to be called by what its authority decided. A device of parents never bears a name of a
// person, and one without an inventory number has its serial in the place of it.
func (f Facts) DeviceName() string {
	number, before := f.Device.Number, ""
	if number == "" {
		number = f.Device.Serial
	}
	switch f.Policy.DeviceNames {
	case NamedBySerial:
		number = f.Device.Serial
	case NamedByClass:
		before = f.Place.ClassName
	case NamedBySchool:
		before = f.Place.SchoolName
	case NamedByPerson:
		if f.Holder != nil && f.Device.Confirmed && f.Device.Ownership != Parent {
			before = f.Holder.Short()
		}
	}
	if room := longestName - len([]rune(number)) - 1; len([]rune(before)) > room { // the number is what it is found by
		before = strings.TrimSpace(string([]rune(before)[:max(room, 0)]))
	}
	return strings.TrimSpace(before + " " + number)
}
