package asm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type pageIn struct {
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

func TestDevicesArePaged(t *testing.T) {
	f, c := newFake(t)
	f.handle = func(w *answer, method, path string, body []byte) {
		in := decode[pageIn](t, body)
		if method != "POST" || path != "/server/devices" || in.Limit != 2 {
			t.Errorf("%s %s %s", method, path, body)
		}
		switch in.Cursor {
		case "":
			w.body = `{"cursor":"c1","more_to_follow":true,"fetched_until":"2031-08-15T08:00:00Z","devices":[{"serial_number":"A"},{"serial_number":"B"}]}`
		case "c1":
			w.body = `{"cursor":"c2","more_to_follow":false,"devices":[{"serial_number":"C"}]}`
		default:
			w.status, w.body = 400, "EXHAUSTED_CURSOR"
		}
	}
	var serials, cursor string
	for {
		page, err := c.FetchDevices(t.Context(), cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Devices {
			serials += d.SerialNumber
		}
		cursor = page.Cursor
		if !page.MoreToFollow {
			break
		}
	}
	if serials != "ABC" || cursor != "c2" {
		t.Errorf("read %s up to %s", serials, cursor)
	}
	if _, err := c.FetchDevices(t.Context(), cursor, 2); !errors.Is(err, ErrCursorExhausted) {
		t.Errorf("error %v", err)
	}
}

func TestSyncNeedsACursorThatMoves(t *testing.T) {
	f, c := newFake(t)
	f.handle = func(w *answer, _, path string, body []byte) {
		if in := decode[pageIn](t, body); path != "/devices/sync" || in.Limit != 1000 {
			t.Errorf("%s %s", path, body)
		}
		w.body = `{"cursor":"same","more_to_follow":true,"devices":[]}`
	}
	if _, err := c.SyncDevices(t.Context(), "", 0); !errors.Is(err, ErrCursorInvalid) {
		t.Errorf("without a cursor: %v", err)
	}
	if _, err := c.SyncDevices(t.Context(), "same", 5000); !errors.Is(err, ErrCursorStuck) {
		t.Errorf("with a cursor that stands: %v", err)
	}
	if _, err := c.SyncDevices(t.Context(), "another", 0); err != nil {
		t.Errorf("with a cursor that moves: %v", err)
	}
}

func TestDeviceRecord(t *testing.T) {
	const full = `{"serial_number":"DMPX00TEST01","model":"iPad","description":"IPAD","color":"SILVER","asset_tag":"MS-1",
		"device_family":"iPad","os":"iPadOS","profile_status":"pushed","profile_uuid":"P","profile_assign_time":"2031-08-01T10:00:00Z",
		"profile_push_time":"2031-08-02T10:00:00+02:00","device_assigned_by":"admin@example.org","device_assigned_date":"2031-07-01T00:00:00Z",
		"mdm_migration_deadline":"2031-09-01T00:00:00Z","is_replacement_device":true,"released_by_replacement":true,
		"wifi_mac_address":"02:00:00:00:00:01","bluetooth_mac_address":"02:00:00:00:00:02","ethernet_mac_address":"02:00:00:00:00:03",
		"imei":["1","2"],"meid":["3"],"eid":"4","op_type":"added","op_date":"2031-08-03T00:00:00Z","response_status":"SUCCESS"}`
	at := func(month time.Month, day, hour int) Time {
		return Time{time.Date(2031, month, day, hour, 0, 0, 0, time.UTC)}
	}
	want := Device{
		SerialNumber: "DMPX00TEST01", Model: "iPad", Description: "IPAD", Color: "SILVER", AssetTag: "MS-1", DeviceFamily: "iPad", OS: "iPadOS",
		ProfileStatus: ProfilePushed, ProfileUUID: "P", ProfileAssignTime: at(8, 1, 10), ProfilePushTime: at(8, 2, 8),
		DeviceAssignedBy: "admin@example.org", DeviceAssignedDate: at(7, 1, 0), MigrationDeadline: at(9, 1, 0),
		IsReplacement: true, ReleasedByReplacement: true,
		WiFiMAC: "02:00:00:00:00:01", BluetoothMAC: "02:00:00:00:00:02", EthernetMAC: Strings{"02:00:00:00:00:03"},
		IMEI: Strings{"1", "2"}, MEID: Strings{"3"}, EID: "4", Op: OpAdded, OpDate: at(8, 3, 0), ResponseStatus: "SUCCESS",
	}
	var got Device
	if err := json.Unmarshal([]byte(full), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOneOddRecordDoesNotCostThePage(t *testing.T) {
	var page Page
	err := json.Unmarshal([]byte(`{"fetched_until":"","devices":[
		{"serial_number":"A","profile_assign_time":"yesterday","op_date":17,"imei":null,"model":["x"],"profile_status":"a new word"},
		{"serial_number":"B"}]}`), &page)
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Devices) != 2 || page.Devices[0].SerialNumber != "A" || page.Devices[1].SerialNumber != "B" ||
		!page.Devices[0].OpDate.IsZero() || page.Devices[0].ProfileStatus != "a new word" {
		t.Errorf("read %+v", page)
	}
}

func TestDeviceDetails(t *testing.T) {
	f, c := newFake(t)
	f.handle = func(w *answer, _, path string, body []byte) {
		in := decode[devicesIn](t, body)
		if path != "/devices" || len(in.Devices) > 1000 {
			t.Errorf("%s with %d devices", path, len(in.Devices))
		}
		out := map[string]any{}
		for _, serial := range in.Devices {
			out[serial] = map[string]string{"serial_number": serial, "response_status": "SUCCESS"}
		}
		w.json(map[string]any{"devices": out})
	}
	serials := []string{"", "S0"}
	for i := range 2300 {
		serials = append(serials, fmt.Sprintf("S%d", i))
	}
	devices, err := c.DeviceDetails(t.Context(), serials)
	if err != nil {
		t.Fatal(err)
	}
	if len(devices) != 2300 || devices["S2299"].SerialNumber != "S2299" {
		t.Errorf("%d devices", len(devices))
	}
	if got := strings.Join(f.calls, " "); got != "GET /session POST /devices POST /devices POST /devices" {
		t.Errorf("calls %s", got)
	}
}
