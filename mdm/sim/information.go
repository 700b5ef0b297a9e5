package sim

import (
	"context"
)

// deviceInformation answers what was asked and what it has; other queries are left out without a word.
func (i *IPad) deviceInformation(_ context.Context, c command) result {
	known := i.information()
	answer := make(map[string]any)
	for _, q := range texts(c.parts, "Queries") {
		if v, ok := known[q]; ok {
			answer[q] = v
		}
	}
	return acknowledged(map[string]any{"QueryResponses": answer})
}

func (i *IPad) information() map[string]any {
	hw := hardwareOf(i.spec.ProductName)
	wifiMAC, bluetoothMAC := i.spec.addresses()
	h := derive(0, i.spec.Serial, "condition")
	m := map[string]any{
		"DeviceName": i.s.Name, "SerialNumber": i.spec.Serial, "UDID": i.spec.UDID, "ModelName": hw.ModelName, "Model": i.spec.Model, "ModelNumber": i.spec.Model,
		"ProductName": i.spec.ProductName, "OSVersion": i.s.OSVersion, "BuildVersion": i.s.Build, "SupplementalBuildVersion": i.s.Build,
		"DeviceCapacity": hw.Capacity, "AvailableDeviceCapacity": max(0, i.room()) / 1e9, "BatteryLevel": 0.3 + float64(h[1]%70)/100,
		"IsSupervised": i.s.Enrolment.ADE, "IsMultiUser": i.spec.Shared, "IsMDMLostModeEnabled": i.s.LostMode != nil, "IsDeviceLocatorServiceEnabled": false,
		"IsDoNotDisturbInEffect": false, "IsCloudBackupEnabled": false, "iTunesStoreAccountIsActive": false,
		"AwaitingConfiguration": i.s.Phase == phaseAwait, "WiFiMAC": wifiMAC, "BluetoothMAC": bluetoothMAC,
		"ServiceSubscriptions": []map[string]any{}, "CellularTechnology": 0, "AppAnalyticsEnabled": false, "DiagnosticSubmissionEnabled": false,
		"TimeZone": "Europe/Berlin", "EASDeviceIdentifier": i.spec.Serial + "EAS",
	}
	if i.s.Conditions[FullStorage] {
		m["AvailableDeviceCapacity"] = 0.4
	}
	if i.s.Conditions[LowBattery] {
		m["BatteryLevel"] = 0.07
	}
	for _, name := range []string{"TimeZone", "MDMOptions", "OrganizationInfo"} {
		if v, ok := i.s.Settings[name]; ok {
			m[name] = v
		}
	}
	if olderThan(i.s.OSVersion, "27.0") {
		m["SoftwareUpdateDeviceID"] = hw.Board
	}
	return m
}

func (i *IPad) securityInfo(context.Context, command) result {
	return acknowledged(map[string]any{"SecurityInfo": map[string]any{
		"HardwareEncryptionCaps": 3, "PasscodePresent": i.s.HasPasscode, "PasscodeCompliant": true, "PasscodeCompliantWithProfiles": true,
		"PasscodeLockGracePeriod": 0, "PasscodeLockGracePeriodEnforced": 0,
		"ManagementStatus": map[string]any{"IsUserEnrollment": false, "EnrolledViaDEP": i.s.Enrolment.ADE},
	}})
}

// systemApps is what is on an iPad that nobody has installed anything on.
var systemApps = []map[string]any{
	{"Identifier": "com.apple.Pages", "Name": "Pages", "ShortVersion": "14.4", "Version": "7045"},
	{"Identifier": "com.apple.Numbers", "Name": "Numbers", "ShortVersion": "14.4", "Version": "7045"},
	{"Identifier": "com.apple.Keynote", "Name": "Keynote", "ShortVersion": "14.4", "Version": "7045"},
}

func (i *IPad) provisioningProfileList(context.Context, command) result {
	return acknowledged(map[string]any{"ProvisioningProfileList": []map[string]any{}})
}

// restrictions are in force through profiles whose content the played iPad does not weigh; it names which profiles carry any.
func (i *IPad) restrictions(_ context.Context, c command) result {
	answer := map[string]any{"GlobalRestrictions": map[string]any{"restrictedBool": map[string]any{}, "restrictedValue": map[string]any{}}}
	if truth(c.parts, "ProfileRestrictions") {
		profiles := map[string]any{}
		for _, p := range i.s.Profiles {
			if p.has("com.apple.applicationaccess") {
				profiles[p.Identifier] = map[string]any{"restrictedBool": map[string]any{}, "restrictedValue": map[string]any{}}
			}
		}
		answer["ProfileRestrictions"] = profiles
	}
	return acknowledged(answer)
}
