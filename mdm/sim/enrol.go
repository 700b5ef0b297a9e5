package sim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/micromdm/plist"
)

// Becoming managed, staying managed under a new certificate, and leaving.
// Apple: "Authenticate", "Token Update", "Check Out", "Managing certificates for device management services and devices".

// way is how an enrolment profile reached the iPad.
type way struct {
	ade       bool
	awaits    bool
	removable bool
}

func byADE(p *adeProfile) way {
	return way{ade: true, awaits: p.AwaitDeviceConfigured, removable: p.IsMDMRemovable == nil || *p.IsMDMRemovable}
}

// ErrManaged says that an iPad has a management already.
var ErrManaged = errors.New("sim: the iPad is managed already")

// EnrollWith installs an enrolment profile by hand, as a person does who opened a link; it owes the check-in from
// then on; Run or Advance let it happen. The iPad is in use, not in Setup Assistant.
func (i *IPad) EnrollWith(ctx context.Context, profile []byte) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.s.Enrolment != nil {
		return ErrManaged
	}
	if i.spec.SetupSSID != "" && len(i.s.Remembered) == 0 {
		if password, ok := i.fleet.onTheAir(i.spec.School, i.spec.SetupSSID); ok {
			i.s.Remembered = []wifi{{SSID: i.spec.SetupSSID, Password: password}}
		}
	}
	i.noticeAir(false)
	if err := i.install(ctx, profile, way{removable: true}); err != nil {
		return err
	}
	i.s.Owed.Connect = true
	i.fleet.plan(i, dueRetry, 0)
	return nil
}

// enrolmentOf reads the MDM payload of an enrolment profile and finds its SCEP payload.
func enrolmentOf(p *profile, payloads []map[string]any) (*enrolment, map[string]any, error) {
	var e *enrolment
	var identityUUID string
	for _, c := range payloads {
		if text(c, "PayloadType") != "com.apple.mdm" {
			continue
		}
		if e != nil {
			return nil, nil, installFailed(4001, "The profile holds two MDM payloads.")
		}
		e = &enrolment{
			ProfileID: p.Identifier, PayloadID: text(c, "PayloadIdentifier"), Topic: text(c, "Topic"),
			ServerURL: text(c, "ServerURL"), CheckInURL: text(c, "CheckInURL"), Rights: number(c, "AccessRights"), CheckOut: truth(c, "CheckOutWhenRemoved"),
		}
		identityUUID = text(c, "IdentityCertificateUUID")
	}
	switch {
	case e == nil:
		return nil, nil, installFailed(4001, "The profile holds no MDM payload.")
	case !strings.HasPrefix(e.Topic, pushTopic) && !strings.HasPrefix(e.Topic, "com.apple.mgmt."):
		return nil, nil, &profileError{"MCMDMErrorDomain", 12005, "The MDM payload names no push topic."}
	case !strings.HasPrefix(e.ServerURL, "https://"):
		return nil, nil, &profileError{"MCMDMErrorDomain", 12006, "The server URL is not https."}
	case e.CheckInURL != "" && !strings.HasPrefix(e.CheckInURL, "https://"):
		return nil, nil, &profileError{"MCMDMErrorDomain", 12006, "The check-in URL is not https."}
	case e.Rights <= 0 || e.Rights > 8191 || e.Rights&2 != 0 && e.Rights&1 == 0 || e.Rights&128 != 0 && e.Rights&64 == 0:
		return nil, nil, &profileError{"MCMDMErrorDomain", 12004, "The access rights of the MDM payload do not fit together."}
	}
	if e.CheckInURL == "" {
		e.CheckInURL = e.ServerURL
	}
	for _, c := range payloads {
		if text(c, "PayloadUUID") == identityUUID && text(c, "PayloadType") == "com.apple.security.scep" {
			return e, c, nil
		}
	}
	return nil, nil, &profileError{"MCMDMErrorDomain", 12003, "The MDM payload refers to no SCEP payload of its profile."}
}

// install makes the iPad managed, up to the point where it owes its first Authenticate.
func (i *IPad) install(ctx context.Context, body []byte, by way) error {
	p, payloads, err := readProfile(body)
	if err != nil {
		return err
	}
	e, identity, err := enrolmentOf(p, payloads)
	if err != nil {
		return err
	}
	life := i.s.Life
	if e.Identity, err = i.requestIdentity(ctx, dict(identity, "PayloadContent")); err != nil {
		return installFailed(4001, "The identity for the management could not be had: %v", err)
	}
	if err := i.absorb(ctx, p, withoutIdentity(payloads, identity)); err != nil {
		return err
	}
	if i.s.Life != life || i.s.Enrolment != nil {
		return ErrManaged
	}
	e.ADE, e.Awaits, e.Removable = by.ade, by.awaits, by.removable
	e.Magic, e.Unlock = i.dice.uuid(), i.dice.bytes(48)
	i.s.Life++
	i.s.Enrolment = e
	i.s.Owed = owed{Authenticate: true, TokenUpdate: true}
	i.s.DDM, i.s.Updating = ddm{}, updating{}
	i.s.Phase = phaseHome
	if by.awaits {
		i.s.Phase = phaseAwait
	}
	if i.s.Bypass == "" {
		var raw [16]byte
		copy(raw[:], i.dice.bytes(16))
		i.s.Bypass = bypassCode(raw)
	}
	i.newPushToken()
	p.Owner = ownerMDM
	i.put(p)
	return nil
}

// withoutIdentity leaves out the SCEP payload that was used for the management.
func withoutIdentity(payloads []map[string]any, identity map[string]any) []map[string]any {
	var rest []map[string]any
	for _, c := range payloads {
		if text(c, "PayloadUUID") != text(identity, "PayloadUUID") {
			rest = append(rest, c)
		}
	}
	return rest
}

// replaceEnrolment is the renewal of an identity: InstallProfile with an enrolment profile. Identifier and topic must stay, the
// rights must not grow.
func (i *IPad) replaceEnrolment(ctx context.Context, p *profile, payloads []map[string]any) error {
	e, identity, err := enrolmentOf(p, payloads)
	if err != nil {
		return err
	}
	old := i.s.Enrolment
	switch {
	case p.Identifier != old.ProfileID || e.PayloadID != old.PayloadID:
		return &profileError{"MCMDMErrorDomain", 12007, "The iPad is managed by another profile."}
	case e.Topic != old.Topic:
		return &profileError{"MCMDMErrorDomain", 12008, "The new profile has another push topic."}
	case e.Rights&^old.Rights != 0:
		return &profileError{"MCMDMErrorDomain", 12009, "The new profile asks for more rights."}
	}
	life := i.s.Life
	if e.Identity, err = i.requestIdentity(ctx, dict(identity, "PayloadContent")); err != nil {
		return installFailed(4001, "The new identity could not be had: %v", err)
	}
	if err := i.absorb(ctx, p, withoutIdentity(payloads, identity)); err != nil {
		return err
	}
	if i.s.Life != life {
		return installFailed(4001, "The management ended during the renewal.")
	}
	e.ADE, e.Awaits, e.Removable, e.Magic, e.Unlock = old.ADE, old.Awaits, old.Removable, old.Magic, old.Unlock
	i.s.Enrolment = e
	i.s.Owed.Authenticate, i.s.Owed.TokenUpdate = i.spec.RenewalAuthenticates, true
	p.Owner = ownerMDM
	i.put(p)
	return nil
}

const checkInType = "application/x-apple-aspen-mdm-checkin"

// checkIn delivers Authenticate and TokenUpdate as far as they are owed.
func (i *IPad) checkIn(ctx context.Context) bool {
	e := i.s.Enrolment
	if i.s.Owed.Authenticate {
		hw := hardwareOf(i.spec.ProductName)
		if _, ok := i.deliver(ctx, e.CheckInURL, checkInType, map[string]any{
			"MessageType": "Authenticate", "UDID": i.spec.UDID, "Topic": e.Topic,
			"DeviceName": i.s.Name, "Model": i.spec.Model, "ModelName": hw.ModelName, "ProductName": i.spec.ProductName,
			"SerialNumber": i.spec.Serial, "OSVersion": i.s.OSVersion, "BuildVersion": i.s.Build,
		}); !ok {
			return false
		}
		i.s.Owed.Authenticate = false
	}
	if i.s.Owed.TokenUpdate {
		token := string(i.s.PushToken)
		message := map[string]any{
			"MessageType": "TokenUpdate", "UDID": i.spec.UDID, "Topic": e.Topic, "PushMagic": e.Magic, "Token": i.s.PushToken,
			"UnlockToken": e.Unlock, "NotOnConsole": false,
		}
		if i.s.Phase == phaseAwait {
			message["AwaitingConfiguration"] = true
		}
		if _, ok := i.deliver(ctx, e.CheckInURL, checkInType, message); !ok {
			return false
		}
		i.s.Owed.TokenUpdate = token != string(i.s.PushToken)
	}
	return true
}

// deliver sends a plist under the identity and judges the answer as an iPad does: 2xx is an answer, 401 and a structured
// "unrecognized device" end the management, everything else is worth another try.
func (i *IPad) deliver(ctx context.Context, url, contentType string, message map[string]any) ([]byte, bool) {
	body, err := plist.Marshal(message)
	if err != nil {
		return nil, i.failed(dueRetry, fmt.Errorf("sim: write a message: %w", err))
	}
	return i.send(ctx, url, contentType, body)
}

func (i *IPad) send(ctx context.Context, url, contentType string, body []byte) ([]byte, bool) {
	answer, ok := i.exchange(ctx, url, contentType, body)
	if !ok {
		return nil, false
	}
	if answer.status < 200 || answer.status > 299 {
		return nil, i.failed(dueRetry, fmt.Errorf("sim: the server answered %d", answer.status))
	}
	i.succeeded()
	return answer.body, true
}

// exchange sends, sometimes twice, and knows the answers that end the management. Every other status is the caller's.
func (i *IPad) exchange(ctx context.Context, url, contentType string, body []byte) (*reply, bool) {
	life := i.s.Life
	times := 1
	if i.dice.happens(i.weather().ReportTwice) {
		times = 2
	}
	var answer *reply
	for range times {
		req, err := i.signed(http.MethodPut, url, contentType, body)
		if err == nil {
			answer, err = i.wire(ctx, req)
		}
		if i.s.Life != life {
			return nil, false
		}
		if err != nil {
			return nil, i.failed(dueRetry, err)
		}
	}
	if answer.status == http.StatusUnauthorized {
		i.endManagement("the server answered 401")
		return nil, false
	}
	if answer.status == http.StatusForbidden && !olderThan(i.s.OSVersion, "17.0") {
		if e, err := readManagementError(answer); err == nil && e.Code == "com.apple.unrecognized.device" {
			i.endManagement("the server does not know the iPad")
			return nil, false
		}
	}
	return answer, true
}

// checkOutAndLeave is the one attempt an iPad makes to say goodbye.
func (i *IPad) checkOutAndLeave(ctx context.Context, why string) {
	e, life := i.s.Enrolment, i.s.Life
	if e.CheckOut && i.online() {
		body, err := plist.Marshal(map[string]any{"MessageType": "CheckOut", "UDID": i.spec.UDID, "Topic": e.Topic})
		if err == nil {
			if req, err := i.signed(http.MethodPut, e.CheckInURL, checkInType, body); err == nil {
				i.wire(ctx, req) // whatever comes of it, there is no second attempt
			}
		}
	}
	if i.s.Life == life {
		i.endManagement(why)
	}
}

// endManagement removes the management and everything it brought. The iPad stays in use.
func (i *IPad) endManagement(why string) {
	if i.s.Enrolment == nil {
		return
	}
	i.s.Life++
	i.fleet.apple.retireToken(i.s.PushToken)
	for _, p := range append([]*profile(nil), i.s.Profiles...) {
		if p.Owner != ownerUser {
			i.drop(p.Identifier, "unenrolment")
		}
	}
	i.s.Apps = slices.DeleteFunc(i.s.Apps, func(a *installedApp) bool { return a.Owner != ownerUser })
	i.s.Enrolment, i.s.Owed, i.s.DDM, i.s.Settings, i.s.LostMode = nil, owed{}, ddm{}, nil, nil
	i.s.Phase, i.s.Problem = phaseHome, why
	i.fleet.cancel(i, duePush, duePoll, dueRetry, dueSync, dueReport)
}

// erase puts it back into the box. What survives is the hardware, its iPadOS and Apple's Activation Lock.
func (i *IPad) erase() {
	if i.s.Enrolment != nil {
		i.fleet.apple.retireToken(i.s.PushToken)
	}
	for _, p := range i.s.Profiles {
		i.s.Removed = append(i.s.Removed, Removal{p.Identifier, i.fleet.cfg.Now(), "erase"})
	}
	i.s = state{
		Phase: phaseBoxed, OSVersion: i.s.OSVersion, Build: i.s.Build, Name: i.spec.Name, Life: i.s.Life + 1, HasPasscode: i.spec.HasPasscode,
		Factory: i.s.Factory, Removed: i.s.Removed, Lost: i.s.Lost, Outages: i.s.Outages, PushToken: i.s.PushToken, Woken: i.s.Woken,
	}
	i.fleet.cancel(i, duePush, duePoll, dueRetry, dueSync, dueReport, dueUnlock, dueWake, dueAir, dueUpdate)
}
