package enroll

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"ranzen/enroll/ca"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// Automated Device Enrollment: an iPad in Setup Assistant posts what it is, signed with the key it has from the factory,
// and gets the enrolment profile. A device that migrates from another management takes the same path.
//
// Danger: the message has no nonce and can be replayed by whoever recorded it once. What it opens is therefore little: a
// challenge for one certificate, bound to the serial number and UDID of the message, for devices Apple's list gives to
// this authority with a profile of ours. If such a device is enrolled and was here within a day, a person is told. The
// certificate of the real one stays in force until the new one authenticates, and its use after that is an alarm too.
//
// Apple: Request the Enrollment Profile, MachineInfo, ErrorCodeSoftwareUpdateRequired.

const (
	maxMachineInfo = 64 << 10
	// challengeLife leaves time for a slow network in a gym, not for a walk around the town.
	challengeLife = time.Hour
	// freshly is how long after a device was seen its asking again is remarkable.
	freshly = 24 * time.Hour

	// Setup Assistant asks once; a person who taps "again" in anger asks a few times.
	issuesPerMinute = 5

	// A demand for a newer iPadOS is repeated so often within a day. Who still comes with the old one cannot get the new
	// one, because Apple does not offer it for the model or the network is in the way, and would ask for ever.
	demandsPerDay = 3

	typeProfile = "application/x-apple-aspen-config"
)

func (x *Enroll) ade(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	token := school.TokenID(mux.Vars(r)["token"])
	body, status := limited(w, r, maxMachineInfo)
	if status != 0 {
		x.refuse(w, status, "machine info not readable")
		return
	}
	a, err := x.authorityOf(ctx, token)
	switch {
	case school.KindOf(err) == school.NotFound:
		x.refuse(w, http.StatusNotFound, "no such token")
		return
	case err != nil:
		x.refuse(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	info, err := ca.ParseMachineInfo(body, x.anchors)
	if err != nil {
		x.refuse(w, http.StatusBadRequest, "machine info is not one, or not signed by a device", "authority", a)
		return
	}
	listed, ok, err := x.st.OnList(ctx, a, info.Serial)
	switch {
	case err != nil:
		x.refuse(w, http.StatusServiceUnavailable, err.Error(), "authority", a)
		return
	case !ok:
		x.refuse(w, http.StatusNotFound, "serial number is not listed with a profile of ours", "authority", a)
		return
	}
	x.enroll(ctx, w, a, listed.Device, info)
}

// enroll answers a device that may come in.
func (x *Enroll) enroll(ctx context.Context, w http.ResponseWriter, a school.AuthorityID, device school.DeviceID, info ca.MachineInfo) {
	now := x.st.Now()
	facts, _, err := x.st.DeviceFacts(ctx, school.System("enrolment", a), device)
	if err != nil {
		x.refuse(w, http.StatusServiceUnavailable, err.Error(), "authority", a, "device", device)
		return
	}
	if minimum := facts.Policy.MinimumOS; info.CanRequestSoftwareUpdate && info.OSVersion != "" && !school.OSAtLeast(info.OSVersion, minimum) {
		if x.demands.may(string(device)+" "+info.OSVersion+" "+minimum, now, 24*time.Hour, demandsPerDay) {
			x.demandUpdate(w, a, device, minimum)
			return
		}
		x.tell(ctx, store.Alarm{Authority: a, Kind: alarmBelow, School: facts.Device.School, Subject: string(device), Urgency: store.ThisWeek,
			Detail: map[string]any{"version": info.OSVersion, "minimum": minimum}})
	}
	if !x.issued.may(string(device), now, time.Minute, issuesPerMinute) {
		w.Header().Set("Retry-After", "60")
		x.refuse(w, http.StatusTooManyRequests, "asked too often", "authority", a, "device", device)
		return
	}
	if facts.Enrollment != "" && now.Sub(facts.Device.LastSeen) < freshly {
		x.tell(ctx, store.Alarm{Authority: a, Kind: alarmReplay, School: facts.Device.School, Subject: string(device), Urgency: store.ThisWeek})
	}
	v := enrolment{authority: a, organization: facts.OrgName, name: string(device), challenge: store.Challenge{Authority: a, Purpose: store.ForEnroll,
		Device: device, UDID: info.UDID, Serial: info.Serial, Expires: now.Add(challengeLife)}}
	if facts.Network.SSID != "" {
		v.network = &facts.Network
	}
	profile, err := x.profile(ctx, v)
	if err != nil {
		x.refuse(w, http.StatusServiceUnavailable, err.Error(), "authority", a, "device", device)
		return
	}
	x.log.Info("enrolment profile issued", "authority", a, "device", device)
	answer(w, typeProfile, profile)
}

// demandUpdate has the device update itself before it enrols. The version must be one that Apple offers for it.
func (x *Enroll) demandUpdate(w http.ResponseWriter, a school.AuthorityID, device school.DeviceID, version string) {
	body, err := json.Marshal(map[string]any{"code": "com.apple.softwareupdate.required", "description": "A newer iPadOS is required.",
		"message": "iPadOS " + version, "details": map[string]string{"OSVersion": version}})
	if err != nil {
		x.refuse(w, http.StatusServiceUnavailable, err.Error(), "authority", a, "device", device)
		return
	}
	x.log.Info("software update demanded", "authority", a, "device", device, "version", version)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusForbidden)
	w.Write(body)
}

// enrolment is what an enrolment profile is made for.
type enrolment struct {
	authority    school.AuthorityID
	organization string
	name         string          // common name of the identity: opaque
	network      *school.Network // nil: none is handed over
	challenge    store.Challenge
}

// profile writes and signs an enrolment profile with a fresh challenge. Everything that can fail comes before the
// challenge is made.
func (x *Enroll) profile(ctx context.Context, e enrolment) ([]byte, error) {
	push, err := x.st.OpenPush(ctx, e.authority)
	if err != nil {
		return nil, fmt.Errorf("no enrolment without a push certificate: %w", err)
	}
	papers, err := x.EnsureCA(ctx, e.authority)
	if err != nil {
		return nil, err
	}
	secret, err := x.st.NewChallenge(ctx, e.challenge)
	if err != nil {
		return nil, err
	}
	v := profiles.EnrollmentFor(e.authority, e.organization, x.base, push.Topic, secret)
	v.CommonName, v.Roots, v.Network = e.name, x.roots, e.network
	unsigned, err := profiles.Enrollment(v)
	if err != nil {
		return nil, err
	}
	return papers.Signer.SignCMS(unsigned, x.st.Now())
}
