package asm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Profile tells a device in Setup Assistant where to enrol and what to skip. Apple keeps every
// definition forever and changes none: a change is a new definition, assigned anew, and reaches an
// iPad that is already set up only after erasing. Keep the [Profile.Hash] of what was defined, so
// that equal definitions are not made again and again.
//
// The zero value would leave devices removable from management; IsSupervised, IsMandatory and
// AwaitDeviceConfigured are true for schools, IsMDMRemovable false.
// Document: Apple "Profile" (device assignment).
type Profile struct {
	Name                      string   `json:"profile_name"`
	URL                       string   `json:"url"`
	ConfigurationWebURL       string   `json:"configuration_web_url,omitempty"`
	AnchorCerts               []string `json:"anchor_certs,omitempty"`
	SupervisingHostCerts      []string `json:"supervising_host_certs,omitempty"`
	AllowPairing              bool     `json:"allow_pairing"`
	IsSupervised              bool     `json:"is_supervised"`
	IsMandatory               bool     `json:"is_mandatory"`
	IsMDMRemovable            bool     `json:"is_mdm_removable"`
	AwaitDeviceConfigured     bool     `json:"await_device_configured,omitempty"`
	IsMultiUser               bool     `json:"is_multi_user,omitempty"`
	IsReturnToService         bool     `json:"is_return_to_service,omitempty"`
	DoNotUseProfileFromBackup bool     `json:"do_not_use_profile_from_backup,omitempty"`
	AutoAdvanceSetup          bool     `json:"auto_advance_setup,omitempty"`
	Language                  string   `json:"language,omitempty"`
	Region                    string   `json:"region,omitempty"`
	OrgMagic                  string   `json:"org_magic,omitempty"`
	Department                string   `json:"department,omitempty"`
	SupportPhoneNumber        string   `json:"support_phone_number,omitempty"`
	SupportEmailAddress       string   `json:"support_email_address,omitempty"`
	SkipSetupItems            []string `json:"skip_setup_items,omitempty"`
	Devices                   []string `json:"devices,omitempty"`
}

// Hash names a definition by what it says: hex SHA-256, independent of the order and repetition in
// lists and of the devices it is given to.
func (p Profile) Hash() (string, error) {
	p.Devices = nil
	for _, list := range []*[]string{&p.AnchorCerts, &p.SupervisingHostCerts, &p.SkipSetupItems} {
		sorted := slices.Clone(*list)
		slices.Sort(sorted)
		*list = slices.Compact(sorted)
	}
	canonical, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("asm: hashing a profile: %w", err)
	}
	sum := sha256.Sum256(append([]byte("ade profile 1\n"), canonical...))
	return hex.EncodeToString(sum[:]), nil
}

// Result is what became of one serial number.
type Result string

const (
	ResultSuccess       Result = "SUCCESS"
	ResultNotAccessible Result = "NOT_ACCESSIBLE"
	ResultFailed        Result = "FAILED"
	ResultThrottled     Result = "THROTTLED"
)

// Assignment tells for every serial number what became of it. Serial numbers Apple does not
// mention count as FAILED. RetryAfter is the time to leave those alone that are THROTTLED.
type Assignment struct {
	Results    map[string]Result
	RetryAfter time.Duration
}

type assignmentOut struct {
	ProfileUUID       string            `json:"profile_uuid"`
	Devices           map[string]Result `json:"devices"`
	RetryAfterSeconds int               `json:"retry_after_seconds"`
}

// DefineProfile gives Apple a definition and returns its UUID and, if the definition names
// devices, what became of them.
func (c *Client) DefineProfile(ctx context.Context, p Profile) (string, Assignment, error) {
	if len(p.Devices) > maxBatch {
		return "", Assignment{}, fmt.Errorf("asm: POST /profile: %d devices, Apple takes %d; define first, assign then", len(p.Devices), maxBatch)
	}
	var out assignmentOut
	if err := c.call(ctx, http.MethodPost, "/profile", p, &out); err != nil {
		return "", Assignment{}, err
	}
	if out.ProfileUUID == "" {
		return "", Assignment{}, fmt.Errorf("asm: POST /profile: %w", &Unavailable{Status: http.StatusOK, Err: errors.New("an answer without a UUID")})
	}
	done := Assignment{Results: map[string]Result{}}
	done.add(p.Devices, out)
	return out.ProfileUUID, done, nil
}

// GetProfile reads a definition back.
func (c *Client) GetProfile(ctx context.Context, uuid string) (Profile, error) {
	var p Profile
	if err := c.call(ctx, http.MethodGet, "/profile?"+url.Values{"profile_uuid": {uuid}}.Encode(), nil, &p); err != nil {
		return Profile{}, err
	}
	return p, nil
}

// AssignProfile gives a defined profile to devices, at most 1000 in one call. As soon as Apple
// throttles, the remaining calls are not made and their devices count as THROTTLED. On an error
// the results so far come along: what has been assigned stays assigned.
func (c *Client) AssignProfile(ctx context.Context, uuid string, serials []string) (Assignment, error) {
	return c.inBatches(ctx, http.MethodPost, uuid, serials)
}

// RemoveProfile takes the profile from devices; they would then set up without management.
func (c *Client) RemoveProfile(ctx context.Context, serials []string) (Assignment, error) {
	return c.inBatches(ctx, http.MethodDelete, "", serials)
}

func (c *Client) inBatches(ctx context.Context, method, uuid string, serials []string) (Assignment, error) {
	all := Assignment{Results: map[string]Result{}}
	for batch := range slices.Chunk(distinct(serials), maxBatch) {
		if all.throttled() {
			for _, serial := range batch {
				all.Results[serial] = ResultThrottled
			}
			continue
		}
		var out assignmentOut
		if err := c.call(ctx, method, "/profile/devices", devicesIn{ProfileUUID: uuid, Devices: batch}, &out); err != nil {
			return all, err
		}
		all.add(batch, out)
	}
	return all, nil
}

func (a *Assignment) add(asked []string, out assignmentOut) {
	for _, serial := range asked {
		a.Results[serial] = ResultFailed
		if result := out.Devices[serial]; result != "" {
			a.Results[serial] = result
		}
	}
	wait := time.Duration(min(out.RetryAfterSeconds, int(longestWait/time.Second))) * time.Second
	a.RetryAfter = max(a.RetryAfter, wait)
}

func (a *Assignment) throttled() bool {
	return slices.Contains(slices.Collect(maps.Values(a.Results)), ResultThrottled)
}
