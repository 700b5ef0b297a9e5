package asm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Device is one device as Apple knows it. Words Apple adds later arrive unchanged; a time Apple
// writes unreadably is zero. One odd record must never cost the page.
// Document: Apple "Device" (device assignment), protocol version 10.
type Device struct {
	SerialNumber string `json:"serial_number"`
	Model        string `json:"model"`
	Description  string `json:"description"`
	Color        string `json:"color"`
	AssetTag     string `json:"asset_tag"`
	DeviceFamily string `json:"device_family"`
	OS           string `json:"os"`

	ProfileStatus     ProfileStatus `json:"profile_status"`
	ProfileUUID       string        `json:"profile_uuid"`
	ProfileAssignTime Time          `json:"profile_assign_time"`
	ProfilePushTime   Time          `json:"profile_push_time"`

	// DeviceAssignedBy is the account of a person. It belongs into no log.
	DeviceAssignedBy   string `json:"device_assigned_by"`
	DeviceAssignedDate Time   `json:"device_assigned_date"`
	MigrationDeadline  Time   `json:"mdm_migration_deadline"`

	IsReplacement         bool `json:"is_replacement_device"`
	ReleasedByReplacement bool `json:"released_by_replacement"`

	WiFiMAC      string  `json:"wifi_mac_address"`
	BluetoothMAC string  `json:"bluetooth_mac_address"`
	EthernetMAC  Strings `json:"ethernet_mac_address"`
	IMEI         Strings `json:"imei"`
	MEID         Strings `json:"meid"`
	EID          string  `json:"eid"`

	// Op and OpDate are set by SyncDevices. The newest OpDate of a serial number wins.
	Op     Op   `json:"op_type"`
	OpDate Time `json:"op_date"`
	// ResponseStatus is set by DeviceDetails: SUCCESS or NOT_FOUND.
	ResponseStatus string `json:"response_status"`
}

// UnmarshalJSON leaves out a field whose type Apple has changed instead of failing.
func (d *Device) UnmarshalJSON(data []byte) error {
	type plain Device
	var odd *json.UnmarshalTypeError
	if err := json.Unmarshal(data, (*plain)(d)); err != nil && !errors.As(err, &odd) {
		return err
	}
	return nil
}

// ProfileStatus is how far an enrolment profile has come.
type ProfileStatus string

const (
	ProfileEmpty    ProfileStatus = "empty"
	ProfileAssigned ProfileStatus = "assigned"
	ProfilePushed   ProfileStatus = "pushed"
	ProfileRemoved  ProfileStatus = "removed"
)

// Op is what happened to a device since the last sync. Modified also follows our own assignments:
// answering it with a new assignment makes an endless loop.
type Op string

const (
	OpAdded    Op = "added"
	OpModified Op = "modified"
	OpDeleted  Op = "deleted"
)

// Time is a time of Apple's, zero when absent or unreadable.
type Time struct{ time.Time }

// UnmarshalJSON never fails: see [Device].
func (t *Time) UnmarshalJSON(data []byte) error {
	t.Time = time.Time{}
	var text string
	if json.Unmarshal(data, &text) != nil {
		return nil
	}
	if when, err := time.Parse(time.RFC3339, text); err == nil {
		t.Time = when.UTC()
	}
	return nil
}

// Strings is a list of strings, which Apple's older answers write as a single one.
type Strings []string

// UnmarshalJSON takes a list, a single string or null.
func (s *Strings) UnmarshalJSON(data []byte) error {
	*s = nil
	var list []string
	if json.Unmarshal(data, &list) == nil {
		*s = list
		return nil
	}
	var one string
	if json.Unmarshal(data, &one) == nil && one != "" {
		*s = Strings{one}
	}
	return nil
}

// Page is one answer of FetchDevices or SyncDevices. Store its cursor in the transaction that
// stores its devices. A serial number may stand in it more than once.
type Page struct {
	Devices      []Device `json:"devices"`
	Cursor       string   `json:"cursor"`
	FetchedUntil Time     `json:"fetched_until"`
	MoreToFollow bool     `json:"more_to_follow"`
}

// FetchDevices reads all devices of the server page by page, beginning with an empty cursor. The
// last cursor is the first for SyncDevices. Limits outside 1 to 1000 mean 1000.
func (c *Client) FetchDevices(ctx context.Context, cursor string, limit int) (Page, error) {
	return c.page(ctx, "/server/devices", cursor, limit)
}

// SyncDevices reads what has changed since the cursor.
func (c *Client) SyncDevices(ctx context.Context, cursor string, limit int) (Page, error) {
	if cursor == "" {
		return Page{}, fmt.Errorf("asm: POST /devices/sync: %w: there is none", ErrCursorInvalid)
	}
	return c.page(ctx, "/devices/sync", cursor, limit)
}

func (c *Client) page(ctx context.Context, path, cursor string, limit int) (Page, error) {
	if limit < 1 || limit > maxBatch {
		limit = maxBatch
	}
	in := struct {
		Cursor string `json:"cursor,omitempty"`
		Limit  int    `json:"limit"`
	}{cursor, limit}
	var page Page
	if err := c.call(ctx, http.MethodPost, path, in, &page); err != nil {
		return Page{}, err
	}
	if page.MoreToFollow && (page.Cursor == "" || page.Cursor == cursor) {
		return Page{}, fmt.Errorf("asm: POST %s: %w", path, ErrCursorStuck)
	}
	return page, nil
}

// DeviceDetails looks devices up by serial number. A device the server does not have is in the
// answer with ResponseStatus NOT_FOUND.
func (c *Client) DeviceDetails(ctx context.Context, serials []string) (map[string]Device, error) {
	all := make(map[string]Device, len(serials))
	for batch := range slices.Chunk(distinct(serials), maxBatch) {
		var answer struct {
			Devices map[string]Device `json:"devices"`
		}
		if err := c.call(ctx, http.MethodPost, "/devices", devicesIn{Devices: batch}, &answer); err != nil {
			return nil, err
		}
		for serial, device := range answer.Devices {
			all[serial] = device
		}
	}
	return all, nil
}

type devicesIn struct {
	ProfileUUID string   `json:"profile_uuid,omitempty"`
	Devices     []string `json:"devices"`
}

func distinct(serials []string) []string {
	seen := make(map[string]bool, len(serials))
	var out []string
	for _, serial := range serials {
		if serial != "" && !seen[serial] {
			seen[serial] = true
			out = append(out, serial)
		}
	}
	return out
}
