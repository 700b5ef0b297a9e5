package sim

import (
	"encoding/json"
	"slices"
	"strings"
)

// Status reports. Apple: "StatusReport", "Device Management/Status".

// statusReport says everything when full, else what has changed since the last report. The state of the declarations is in each.
func (i *IPad) statusReport(full bool) []byte {
	d := &i.s.DDM
	if full || d.Reported == nil {
		d.Reported = make(map[string]string)
	}
	items := map[string]any{}
	type itemError struct {
		StatusItem string
		Reasons    []map[string]any
	}
	var problems []itemError
	for _, name := range append([]string{"management.client-capabilities", "management.declarations"}, d.Subscribed...) {
		v, ok := i.statusItem(name)
		if !ok {
			if full {
				problems = append(problems, itemError{name, []map[string]any{{"Code": "Error.UnknownStatusItem", "Description": name + " is not known"}}})
			}
			continue
		}
		said, err := json.Marshal(v)
		if err != nil {
			continue
		}
		if name != "management.declarations" && d.Reported[name] == string(said) {
			continue
		}
		d.Reported[name] = string(said)
		nest(items, strings.Split(name, "."), v)
	}
	report := map[string]any{"StatusItems": items, "Errors": problems}
	if problems == nil {
		report["Errors"] = []any{}
	}
	if full {
		report["FullReport"] = true
	}
	body, _ := json.Marshal(report) // made of maps and texts
	return body
}

func nest(into map[string]any, path []string, v any) {
	for _, name := range path[:len(path)-1] {
		next, ok := into[name].(map[string]any)
		if !ok {
			next = make(map[string]any)
			into[name] = next
		}
		into = next
	}
	into[path[len(path)-1]] = v
}

// statusItem is the value of an item; not ok for names that this iPadOS does not report.
func (i *IPad) statusItem(name string) (any, bool) {
	n := slices.IndexFunc(statusItemTypes, func(t statusItemType) bool { return t.name == name })
	if n < 0 || olderThan(i.s.OSVersion, statusItemTypes[n].since) {
		return nil, false
	}
	hw := hardwareOf(i.spec.ProductName)
	switch name {
	case "management.client-capabilities":
		return i.capabilities(), true
	case "management.declarations":
		return i.declarationStatus(), true
	case "device.identifier.serial-number":
		return i.spec.Serial, true
	case "device.identifier.udid":
		return i.spec.UDID, true
	case "device.model.family":
		return "iPad", true
	case "device.model.identifier":
		return i.spec.ProductName, true
	case "device.model.marketing-name":
		return hw.Marketing, true
	case "device.model.number":
		return i.spec.Model, true
	case "device.operating-system.family":
		return "iPadOS", true
	case "device.operating-system.version":
		return i.s.OSVersion, true
	case "device.operating-system.build-version", "device.operating-system.supplemental.build-version":
		return i.s.Build, true
	case "device.operating-system.supplemental.extra-version":
		return "", true
	case "device.operating-system.marketing-name":
		return "iPadOS " + i.s.OSVersion, true
	case "device.power.battery-health":
		return "normal", true
	case "passcode.is-present":
		return i.s.HasPasscode, true
	case "passcode.is-compliant":
		return true, true
	case "softwareupdate.install-state":
		return i.installState(), true
	case "softwareupdate.device-id":
		return hw.Board, true
	case "softwareupdate.pending-version":
		return i.pendingVersion(), true
	case "softwareupdate.failure-reason":
		return i.failureReason(), true
	case "softwareupdate.install-reason":
		return i.installReason(), true
	case "softwareupdate.beta-enrollment":
		return "", true
	case "app.managed.list":
		return i.managedApps(), true
	case "mdm.enrollment-type":
		if i.s.Enrolment.ADE {
			return "supervised", true
		}
		return "device", true
	case "mdm.is-awaiting-configuration":
		return i.s.Phase == phaseAwait, true
	case "mdm.is-shared-ipad", "mdm.is-return-to-service", "security.lockdown-mode":
		return false, true
	case "mdm.push-token":
		return i.s.PushToken, true
	case "mdm.push-magic":
		return i.s.Enrolment.Magic, true
	}
	return []any{}, true // lists of things the played iPad has none of
}

func (i *IPad) declarationStatus() map[string]any {
	out := map[string][]map[string]any{"activation": {}, "asset": {}, "configuration": {}, "management": {}}
	for _, c := range i.s.DDM.Declarations {
		entry := map[string]any{"identifier": c.Identifier, "server-token": c.ServerToken, "active": c.Active, "valid": c.Valid}
		if c.Reasons != nil {
			entry["reasons"] = c.Reasons
		}
		out[c.Kind] = append(out[c.Kind], entry)
	}
	return map[string]any{
		"activations": out["activation"], "assets": out["asset"], "configurations": out["configuration"], "management": out["management"],
	}
}

// capabilities depend on the version of iPadOS alone.
func (i *IPad) capabilities() map[string]any {
	kinds := map[string][]string{"activation": {}, "asset": {}, "configuration": {}, "management": {}}
	for name, t := range declarationTypes {
		if !olderThan(i.s.OSVersion, t.since) {
			kinds[kindOf(name)] = append(kinds[kindOf(name)], name)
		}
	}
	for _, names := range kinds {
		slices.Sort(names)
	}
	items := []string{}
	for _, t := range statusItemTypes {
		if !olderThan(i.s.OSVersion, t.since) {
			items = append(items, t.name)
		}
	}
	return map[string]any{
		"supported-versions": []string{"1.0.0"},
		"supported-features": map[string]any{},
		"supported-payloads": map[string]any{
			"declarations": map[string]any{
				"activations": kinds["activation"], "assets": kinds["asset"], "configurations": kinds["configuration"], "management": kinds["management"],
			},
			"status-items": items,
		},
	}
}
