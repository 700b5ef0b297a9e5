package sim

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/micromdm/plist"
)

// Setup Assistant, from the box to the enrolment profile.
// Apple: "MachineInfo", "ErrorCodeSoftwareUpdateRequired".

const (
	askAppleAgain  = 5 * time.Second // until somebody assigns a profile
	softwareUpdate = 20 * time.Second
	updatesAtMost  = 4 // more demands than there are versions is a loop
)

// setUp is one attempt to get through Setup Assistant.
func (i *IPad) setUp(ctx context.Context) {
	i.s.Phase = phaseSetup
	if len(i.s.Remembered) == 0 && i.spec.SetupSSID != "" {
		password, seen := i.fleet.onTheAir(i.spec.School, i.spec.SetupSSID)
		if !seen {
			i.s.Problem = "the set-up network is not on the air"
			i.fleet.plan(i, dueUnbox, askAppleAgain)
			return
		}
		i.s.Remembered = []wifi{{SSID: i.spec.SetupSSID, Password: password}}
		i.s.Online = true
	}
	if i.fleet.apple.activationLocked(i.spec.Serial) {
		i.stick("Activation Lock")
		return
	}
	ade, ok := i.fleet.apple.adeProfile(i.spec.Serial)
	if !ok {
		i.s.Problem = "Apple knows no enrolment profile for this serial"
		i.fleet.plan(i, dueUnbox, askAppleAgain+i.dice.upTo(askAppleAgain/5))
		return
	}
	answer, err := i.requestEnrolment(ctx, ade)
	if err != nil {
		i.failed(dueUnbox, err)
		return
	}
	switch {
	case answer.status == http.StatusOK:
		if kind, _, _ := mime.ParseMediaType(answer.header.Get("Content-Type")); kind != "application/x-apple-aspen-config" {
			i.failed(dueUnbox, fmt.Errorf("sim: the enrolment profile came as %q", kind))
			return
		}
		if err := i.install(ctx, answer.body, byADE(ade)); err != nil {
			i.failed(dueUnbox, err)
			return
		}
		i.succeeded()
		i.s.Owed.Connect = true
		i.session(ctx)
	case answer.status == http.StatusForbidden:
		i.refusedSetup(answer)
	default:
		i.failed(dueUnbox, fmt.Errorf("sim: the enrolment URL answered %d", answer.status))
	}
}

func (i *IPad) stick(why string) {
	i.s.Phase, i.s.Problem = phaseStuck, why
	i.fleet.cancel(i, dueUnbox)
}

// requestEnrolment shows the machine info and gets a profile, or a refusal.
func (i *IPad) requestEnrolment(ctx context.Context, ade *adeProfile) (*reply, error) {
	info := map[string]any{
		"UDID": i.spec.UDID, "SERIAL": i.spec.Serial, "PRODUCT": i.spec.ProductName, "VERSION": i.s.Build, "LANGUAGE": "de-DE",
	}
	if !olderThan(i.s.OSVersion, "17.0") {
		info["OS_VERSION"] = i.s.OSVersion
		info["MDM_CAN_REQUEST_SOFTWARE_UPDATE"] = true
	}
	if !olderThan(i.s.OSVersion, "17.4") {
		info["SOFTWARE_UPDATE_DEVICE_ID"] = hardwareOf(i.spec.ProductName).Board
	}
	body, err := plist.Marshal(info)
	if err != nil {
		return nil, fmt.Errorf("sim: write a machine info: %w", err)
	}
	if i.s.Factory == nil {
		if i.s.Factory, err = i.fleet.apple.manufacture(i.spec.Serial, i.spec.UDID, i.spec.ExpiredFactoryCert); err != nil {
			return nil, err
		}
	}
	message, err := signCMS(body, i.s.Factory, false, i.fleet.apple.pki.DeviceCA.cert)
	if err != nil {
		return nil, fmt.Errorf("sim: sign a machine info: %w", err)
	}
	var req *http.Request
	if ade.ConfigurationWebURL != "" {
		if req, err = http.NewRequest(http.MethodGet, ade.ConfigurationWebURL, nil); err == nil {
			req.Header.Set("x-apple-aspen-deviceinfo", base64.StdEncoding.EncodeToString(message))
		}
	} else if req, err = http.NewRequest(http.MethodPost, ade.URL, bytes.NewReader(message)); err == nil {
		req.Header.Set("Content-Type", "application/pkcs7-signature")
	}
	if err != nil {
		return nil, fmt.Errorf("sim: address the enrolment URL: %w", err)
	}
	return i.wire(ctx, req)
}

// managementError is a structured refusal, section "mdm/errors" of Apple's schema.
type managementError struct {
	Code    string `json:"code"`
	Details struct {
		OSVersion    string `json:"OSVersion"`
		BuildVersion string `json:"BuildVersion"`
	} `json:"details"`
}

var errNotStructured = errors.New("sim: a 403 without Apple's error body")

func readManagementError(r *reply) (managementError, error) {
	var e managementError
	kind, _, _ := mime.ParseMediaType(r.header.Get("Content-Type"))
	switch {
	case strings.HasSuffix(kind, "json"):
		if err := json.Unmarshal(r.body, &e); err != nil {
			return e, errNotStructured
		}
	case strings.HasSuffix(kind, "xml") || strings.HasSuffix(kind, "plist"):
		m, err := readPlist(r.body)
		if err != nil {
			return e, errNotStructured
		}
		e.Code = text(m, "code")
		e.Details.OSVersion = text(dict(m, "details"), "OSVersion")
		e.Details.BuildVersion = text(dict(m, "details"), "BuildVersion")
	default:
		return e, errNotStructured
	}
	if e.Code == "" {
		return e, errNotStructured
	}
	return e, nil
}

// refusedSetup obeys a demand for a newer iPadOS, once per version: a demand that an update does not satisfy is a loop, and
// a version that Apple does not offer for the model cannot be obeyed at all.
func (i *IPad) refusedSetup(r *reply) {
	e, err := readManagementError(r)
	switch {
	case err != nil:
		i.failed(dueUnbox, err)
		return
	case e.Code == "com.apple.unrecognized.device":
		i.stick("the server does not know this iPad")
		return
	case e.Code != "com.apple.softwareupdate.required" || olderThan(i.s.OSVersion, "17.0"):
		i.failed(dueUnbox, fmt.Errorf("sim: the enrolment URL refused with %s", e.Code))
		return
	}
	want := e.Details.OSVersion
	switch {
	case !olderThan(i.s.OSVersion, want) || i.s.Updates >= updatesAtMost:
		i.stick("software update loop: " + want + " demanded, " + i.s.OSVersion + " installed")
	case olderThan(i.spec.Newest, want) || !offered(hardwareOf(i.spec.ProductName), want):
		i.stick("iPadOS " + want + " is not offered for this model")
	default:
		i.s.OSVersion, i.s.Build = want, buildOf(want)
		i.s.Updates++
		i.fleet.plan(i, dueUnbox, softwareUpdate)
	}
}
