package control

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/micromdm/plist"

	engine "ranzen/mdm"
	"ranzen/store/school"
)

// installApp fills in an InstallApplication. What somebody loaded before is taken over, silently on a supervised iPad. The app goes
// with the management, and nobody deletes it on the home screen unless the school allows it.
func installApp(c map[string]any, f school.Facts, i engine.Item) error {
	s, err := i.Settings(f)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(s.AdamID, 10, 64)
	if err != nil {
		return fmt.Errorf("app %s: %w", i.Version, err)
	}
	flags := 1
	if s.PreventBackup {
		flags |= 4
	}
	c["iTunesStoreID"], c["ManagementFlags"], c["ChangeManagementState"] = id, flags, "Managed"
	c["Options"] = map[string]any{"PurchaseMethod": 1}
	if school.OSAtLeast(f.Device.OSVersion, "14.0") {
		c["Attributes"] = map[string]any{"Removable": s.Removable}
	}
	if s.Configuration != nil {
		c["Configuration"] = s.Configuration
	}
	return nil
}

// list writes a command as a property list of any depth: configurations are what makers of apps want them to be.
func (c request) list(id string) ([]byte, error) {
	var b bytes.Buffer
	if err := plist.NewEncoder(&b).Encode(map[string]any{"CommandUUID": id, "Command": map[string]any(c)}); err != nil {
		return nil, fmt.Errorf("encode a command: %w", err)
	}
	return b.Bytes(), nil
}

// listedApps is a ManagedApplicationList as the engine reads it.
func listedApps(r report) map[string]engine.ListedApp {
	out := make(map[string]engine.ListedApp, len(r.ManagedApplicationList))
	for bundle, a := range r.ManagedApplicationList {
		out[bundle] = engine.ListedApp{Status: a.Status}
	}
	return out
}
