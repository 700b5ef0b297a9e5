package sim

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
)

// neverNotNow are the commands an iPad answers in any state.
var neverNotNow = map[string]bool{
	"DeviceInformation": true, "ProfileList": true, "DeviceLock": true, "EraseDevice": true, "ClearPasscode": true,
	"ProvisioningProfileList": true, "InstalledApplicationList": true, "Restrictions": true,
	"EnableLostMode": true, "DisableLostMode": true, "PlayLostModeSound": true, "DeviceLocation": true,
}

// obey runs one command.
func (i *IPad) obey(ctx context.Context, c command) result {
	busy := i.dice.happens(i.weather().NotNow)
	if i.s.LostMode != nil && !whileLost[c.kind] {
		return failure(errWhileLost)
	}
	if (i.s.Locked || busy) && !neverNotNow[c.kind] {
		return result{status: "NotNow"}
	}
	run, ok := commands[c.kind]
	switch {
	case c.kind == "":
		return result{status: "CommandFormatError"}
	case !ok:
		return failure(&profileError{"MCMDMErrorDomain", 12021, fmt.Sprintf("The request type %q is not known.", c.kind)})
	}
	return run(i, ctx, c)
}

var commands map[string]func(*IPad, context.Context, command) result

func init() { // a map literal would refer to itself through obey
	commands = map[string]func(*IPad, context.Context, command) result{
		"DeviceInformation":             (*IPad).deviceInformation,
		"SecurityInfo":                  (*IPad).securityInfo,
		"ProfileList":                   (*IPad).profileList,
		"ProvisioningProfileList":       (*IPad).provisioningProfileList,
		"CertificateList":               (*IPad).certificateList,
		"InstalledApplicationList":      (*IPad).applicationList,
		"ManagedApplicationList":        (*IPad).managedApplicationList,
		"InstallApplication":            (*IPad).installApplication,
		"RemoveApplication":             (*IPad).removeApplication,
		"Restrictions":                  (*IPad).restrictions,
		"InstallProfile":                (*IPad).obeyInstallProfile,
		"RemoveProfile":                 (*IPad).obeyRemoveProfile,
		"DeclarativeManagement":         (*IPad).obeyDeclarativeManagement,
		"DeviceConfigured":              (*IPad).deviceConfigured,
		"Settings":                      (*IPad).settings,
		"DeviceLock":                    (*IPad).deviceLock,
		"ClearPasscode":                 (*IPad).clearPasscode,
		"RestartDevice":                 (*IPad).restartDevice,
		"ShutDownDevice":                (*IPad).shutDownDevice,
		"EraseDevice":                   (*IPad).eraseDevice,
		"ActivationLockBypassCode":      (*IPad).activationLockBypassCode,
		"ClearActivationLockBypassCode": (*IPad).clearActivationLockBypassCode,
		"EnableLostMode":                (*IPad).enableLostMode,
		"DisableLostMode":               (*IPad).disableLostMode,
		"PlayLostModeSound":             (*IPad).playLostModeSound,
		"DeviceLocation":                (*IPad).deviceLocation,
		"UserList":                      (*IPad).userList,
		"LogOutUser":                    (*IPad).logOutUser,
		"DeleteUser":                    (*IPad).deleteUser,
	}
}

func (i *IPad) obeyInstallProfile(ctx context.Context, c command) result {
	payload := data(c.parts, "Payload")
	if len(payload) == 0 {
		return result{status: "CommandFormatError"}
	}
	p, err := i.installProfile(ctx, payload, ownerMDM)
	if err != nil {
		return failure(err)
	}
	// A new enrolment profile: the iPad checks in under the new certificate before it says that it is done. If that fails the
	// check-in stays owed and goes first in the next session.
	if e := i.s.Enrolment; e != nil && p.has("com.apple.mdm") {
		life := i.s.Life
		if !i.checkIn(ctx) && i.s.Life != life {
			return result{}
		}
	}
	return acknowledged(nil)
}

func (i *IPad) obeyRemoveProfile(_ context.Context, c command) result {
	id := text(c.parts, "Identifier")
	if id == "" {
		return result{status: "CommandFormatError"}
	}
	p := i.profile(id)
	switch {
	case p == nil:
		return failure(&profileError{"MCMDMErrorDomain", 12014, fmt.Sprintf("The profile %q is not installed.", id)})
	case id == i.s.Enrolment.ProfileID:
		return result{status: "Acknowledged", after: afterCheckOut}
	case p.Owner != ownerMDM:
		return failure(&profileError{"MCMDMErrorDomain", 12018, fmt.Sprintf("The profile %q was not installed by this command.", id)})
	}
	i.drop(id, "mdm")
	return acknowledged(nil)
}

func (i *IPad) obeyDeclarativeManagement(_ context.Context, c command) result {
	if i.spec.NoDDM || olderThan(i.s.OSVersion, "15.0") {
		return failure(&profileError{"MCMDMErrorDomain", 12021, "The request type DeclarativeManagement is not known."})
	}
	offer := data(c.parts, "Data")
	if len(offer) > 0 {
		if _, err := readTokens(offer); err != nil {
			return result{status: "CommandFormatError"}
		}
	}
	i.s.DDM.enable(offer)
	return acknowledged(nil)
}

func (i *IPad) deviceConfigured(context.Context, command) result {
	if i.s.Phase != phaseAwait {
		return failure(&profileError{"MCMDMErrorDomain", 12100, "The iPad does not wait for its configuration."})
	}
	i.s.Phase = phaseHome
	i.s.Owed.TokenUpdate = true
	i.fleet.plan(i, dueRetry, 0) // the TokenUpdate without the flag follows this session
	return acknowledged(nil)
}

// settings judges each item by itself.
func (i *IPad) settings(_ context.Context, c command) result {
	items := dicts(c.parts, "Settings")
	if len(items) == 0 {
		return result{status: "CommandFormatError"}
	}
	answers := make([]map[string]any, 0, len(items))
	for _, item := range items {
		name := text(item, "Item")
		answer := map[string]any{"Item": name, "Status": "Acknowledged"}
		if err := i.set(name, item); err != nil {
			answer["Status"], answer["ErrorChain"] = "Error", chain(err)
		}
		answers = append(answers, answer)
	}
	return acknowledged(map[string]any{"Settings": answers})
}

// settingsKnown are the items an iPad that is not shared takes, with their first version.
var settingsKnown = map[string]string{
	"DeviceName": "9.0", "Wallpaper": "7.0", "TimeZone": "14.0", "OrganizationInfo": "7.0", "MDMOptions": "7.0", "Bluetooth": "11.3",
	"PersonalHotspot": "7.0", "DataRoaming": "5.0", "AccessibilitySettings": "16.0", "DefaultApplications": "18.2",
	"ApplicationConfiguration": "7.0", "ApplicationAttributes": "7.0",
}

func (i *IPad) set(name string, item map[string]any) error {
	since, known := settingsKnown[name]
	if !known || olderThan(i.s.OSVersion, since) {
		return &profileError{"MCSettingsErrorDomain", 28003, fmt.Sprintf("The setting %q is not available.", name)}
	}
	if name == "DeviceName" {
		wanted := text(item, "DeviceName")
		if wanted == "" {
			return &profileError{"MCSettingsErrorDomain", 28002, "The name is empty."}
		}
		i.s.Name = wanted
		return nil
	}
	if i.s.Settings == nil {
		i.s.Settings = make(map[string]any)
	}
	kept := maps.Clone(item)
	delete(kept, "Item")
	if name == "TimeZone" {
		i.s.Settings[name] = text(item, "TimeZone")
		return nil
	}
	i.s.Settings[name] = kept
	return nil
}

func (i *IPad) deviceLock(_ context.Context, c command) result {
	answer := map[string]any{}
	if text(c.parts, "Message") != "" || text(c.parts, "PhoneNumber") != "" {
		answer["MessageResult"] = "Success"
		if !i.s.HasPasscode {
			answer["MessageResult"] = "NoPasscodeSet"
		}
	}
	i.s.Locked = i.s.HasPasscode
	return acknowledged(answer)
}

func (i *IPad) clearPasscode(_ context.Context, c command) result {
	if !bytes.Equal(data(c.parts, "UnlockToken"), i.s.Enrolment.Unlock) {
		return failure(&profileError{"MCMDMErrorDomain", 12034, "The unlock token is not the one of this iPad."})
	}
	i.s.HasPasscode, i.s.Locked = false, false
	i.s.DDM.changed()
	return acknowledged(nil)
}

func (i *IPad) restartDevice(context.Context, command) result {
	return result{status: "Acknowledged", after: afterRestart}
}

func (i *IPad) shutDownDevice(context.Context, command) result {
	return result{status: "Acknowledged", after: afterShutdown}
}

// eraseDevice acknowledges before it erases; a lost acknowledgement is sent again first. Return to service takes its network
// from the command.
func (i *IPad) eraseDevice(_ context.Context, c command) result {
	if rts := dict(c.parts, "ReturnToService"); truth(rts, "Enabled") && i.spec.SetupSSID != "" {
		if olderThan(i.s.OSVersion, "17.0") {
			return failure(&profileError{"MCMDMErrorDomain", 12021, "Return to service needs iPadOS 17."})
		}
		p, payloads, err := readProfile(data(rts, "WiFiProfileData"))
		if err != nil || len(p.Payloads) != 1 || p.Payloads[0].Type != "com.apple.wifi.managed" || text(payloads[0], "SSID_STR") == "" {
			return failure(&profileError{"MCMDMErrorDomain", 12087, "Return to service needs a profile with one Wi-Fi payload."})
		}
		i.s.Owed.Network = &wifi{SSID: text(payloads[0], "SSID_STR"), Password: text(payloads[0], "Password")}
	}
	return result{status: "Acknowledged", after: afterErase}
}

func (i *IPad) activationLockBypassCode(context.Context, command) result {
	if i.s.Bypass == "" {
		return failure(&profileError{"MCMDMErrorDomain", 12050, "There is no bypass code."})
	}
	return acknowledged(map[string]any{"ActivationLockBypassCode": i.s.Bypass})
}

func (i *IPad) clearActivationLockBypassCode(context.Context, command) result {
	i.s.Bypass = ""
	return acknowledged(nil)
}

func (i *IPad) certificateList(_ context.Context, c command) result {
	out := []map[string]any{}
	add := func(der []byte, identity bool) {
		if cert, err := x509.ParseCertificate(der); err == nil {
			out = append(out, map[string]any{"CommonName": cert.Subject.CommonName, "Data": der, "IsIdentity": identity})
		}
	}
	add(i.s.Enrolment.Identity.cert.Raw, true)
	for _, p := range i.s.Profiles {
		if truth(c.parts, "ManagedOnly") && p.Owner == ownerUser {
			continue
		}
		for _, der := range p.Certificates {
			add(der, false)
		}
		for _, id := range p.Identities {
			add(id.cert.Raw, true)
		}
	}
	return acknowledged(map[string]any{"CertificateList": out})
}

func (i *IPad) profileList(_ context.Context, c command) result {
	out := []map[string]any{}
	for _, p := range i.s.Profiles {
		if truth(c.parts, "ManagedOnly") && p.Owner == ownerUser {
			continue
		}
		content := make([]map[string]any, 0, len(p.Payloads))
		for _, h := range p.Payloads {
			content = append(content, map[string]any{
				"PayloadType": h.Type, "PayloadIdentifier": h.Identifier, "PayloadUUID": h.UUID, "PayloadDisplayName": h.Name, "PayloadVersion": 1,
			})
		}
		entry := map[string]any{
			"PayloadIdentifier": p.Identifier, "PayloadUUID": p.UUID, "PayloadDisplayName": p.Name, "PayloadOrganization": p.Organization, "PayloadVersion": 1,
			"HasRemovalPasscode": false, "IsEncrypted": false, "IsManaged": p.Owner != ownerUser, "PayloadRemovalDisallowed": p.RemovalDisallowed,
			"PayloadContent": content, "SignerCertificates": slices.Clone(p.Signers),
		}
		if p.Signers == nil {
			entry["SignerCertificates"] = [][]byte{}
		}
		switch p.Owner {
		case ownerMDM:
			entry["Source"] = "MDM"
		case ownerUser:
		default:
			entry["Source"] = "DDM"
		}
		out = append(out, entry)
	}
	return acknowledged(map[string]any{"ProfileList": out})
}
