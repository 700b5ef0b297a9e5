package mdm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"ranzen/profiles"
	"ranzen/store/school"
)

// Desired says what a device should be, with a reason for every item that is in and every item that is left out.
//
// Precedence decides what is wished; only then is looked whether the device can have it. An item the device cannot have
// therefore still overrules another: an older iPad does not silently get the school's second choice.
//
// Through a user channel nothing is delivered yet; profiles belong to the device.
func Desired(f school.Facts) State {
	return desired(f, fillForReal)
}

// filler returns the hash of a content filled for one device, or why it cannot be filled.
type filler func(c *school.Content, values map[string]string) (string, error)

func fillForReal(c *school.Content, values map[string]string) (string, error) {
	said := make([]byte, 0, 64)
	for _, name := range c.Variables {
		v, known := values[name]
		said = strconv.AppendBool(said, known)
		said = strconv.AppendInt(said, int64(len(v)), 10)
		said = append(append(said, ' '), v...)
	}
	r := fillings.of(fillingOf{c.Hash, string(said)}, func(fillingOf) filling {
		filled, err := profiles.Fill(*c, values)
		return filling{filled.Hash, err}
	})
	return r.hash, r.err
}

// fillings remembers what contents came to with the values of one device: a session asks several times.
var fillings = memo[fillingOf, filling]{most: 4096}

type (
	fillingOf struct{ content, values string }
	filling   struct {
		hash string
		err  error
	}
)

func desired(f school.Facts, fill filler) State { return frameOf(f, fill).state(f, fill) }

// setHash is the address of a set of items: equal for all devices that should have the same templates the same way.
func setHash(items []Item) string {
	h := sha256.New()
	for _, i := range items {
		for _, part := range []string{string(i.Key), i.Template, string(i.Owner)} {
			h.Write([]byte(strconv.Itoa(len(part))))
			h.Write([]byte{':'})
			h.Write([]byte(part))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// impossible says why this device cannot have this content at all, or for now.
func impossible(f school.Facts, c *school.Content) (Code, map[string]string) {
	if !f.Device.Confirmed && (len(c.Variables) > 0 || carriesSecrets(*c)) {
		return Unconfirmed, nil
	}
	min := c.MinimumOS()
	unasked := f.Device.InventoryAt.IsZero()
	if unasked && (min != "" && f.Device.OSVersion == "" || c.Supervised() && !f.Device.Supervised) {
		return AwaitingInventory, nil
	}
	if c.Supervised() && !f.Device.Supervised {
		return NeedsSupervision, nil
	}
	if !school.OSAtLeast(f.Device.OSVersion, min) {
		return NeedsOS, map[string]string{"want": min, "have": f.Device.OSVersion}
	}
	return "", nil
}

func variableCode(err error) (Code, map[string]string) {
	var v *profiles.VariableError
	switch {
	case !errors.As(err, &v):
		return BadVariable, nil
	case v.Illegal:
		return BadVariable, map[string]string{"variable": v.Name}
	case v.Empty:
		return EmptyVariable, map[string]string{"variable": v.Name}
	default:
		return UnknownVariable, map[string]string{"variable": v.Name}
	}
}

// stamp writes a time into the arguments of a reason.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
