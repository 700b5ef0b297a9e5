package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"ranzen/store/school"
)

var _ = registerEvent(school.Wipe, "bypass.read")
var _ = registerEvent(school.FindDevice, "location.read")
var _ = registerEvent(school.OrderDevice, "users.read")

// What a device said that nobody may read by the way: where it is, who is on it, and the code that takes its lock off. Each
// reading is an act of its own with an entry in the audit log.

// BypassCode reads the Activation Lock bypass code of a device. Each reading is a fact with a reason, in the audit log.
func (s *Store) BypassCode(ctx context.Context, by school.Actor, id school.DeviceID, reason string) (string, error) {
	reason, err := reasonGiven(reason)
	if err != nil {
		return "", err
	}
	var code string
	at, err := s.schoolOf(ctx, by, "device", string(id), school.Wipe)
	if err != nil {
		return "", err
	}
	_, err = s.write(ctx, by, event{name: "bypass.read", verb: school.View, subject: "device", id: string(id), final: true, detail: map[string]any{"reason": reason}}.at(at), func(tx *Tx) error {
		var sealed []byte
		var at school.SchoolID
		found, err := tx.one(ctx, `SELECT bypass_sealed, school_id FROM device_state WHERE device_id = $1 AND authority_id = $2`, args(string(id), string(tx.authority)), &sealed, text(&at))
		if err != nil {
			return err
		}
		if !found {
			return school.Missing("device")
		}
		if err := tx.allow(school.Wipe, at); err != nil {
			return err
		}
		plain, err := s.open(cell{tx.authority, "device_state", "bypass", string(id)}, sealed)
		if err != nil {
			return fmt.Errorf("bypass code: %w", err)
		}
		if len(plain) == 0 {
			return school.Missing("bypass_code")
		}
		code = string(plain)
		return nil
	})
	return code, err
}

func reasonGiven(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", school.Refuse("reason", "required")
	case len([]rune(reason)) > school.LongestReason:
		return "", school.Refuse("reason", "too_long", school.LongestReason)
	}
	return reason, nil
}

// OrderAnswer reads what a device answered to an order that asked for it, as long as it is kept: where it is needs the right
// to find devices and a reason, who is on it the right to see people.
func (s *Store) OrderAnswer(ctx context.Context, by school.Actor, id school.OrderID, reason string) (o school.Order, answer []byte, err error) {
	found := false
	var at school.SchoolID
	err = s.read().each(ctx, `SELECT `+orderColumns+`, s.school_id FROM device_order o JOIN device_state s ON s.device_id = o.device_id WHERE o.id = $1 AND o.authority_id = $2`,
		args(string(id), string(by.Tenant)), func(r *sql.Rows) error {
			found = true
			return s.scanOrder(r, by.Tenant, &o, text(&at))
		})
	if err != nil {
		return o, nil, err
	}
	if where := (school.Where{Authority: by.Tenant, School: at}); !found || !by.Can(school.View, where) {
		return school.Order{}, nil, school.Missing("order")
	}
	ev := event{name: "location.read", verb: school.View, school: at, subject: "device", id: string(o.Device), final: true, detail: map[string]any{"order": string(id)}}
	verb := school.FindDevice
	switch o.Kind {
	case school.Locate:
		if reason, err = reasonGiven(reason); err != nil {
			return o, nil, err
		}
		ev.detail["reason"] = reason
	case school.Users:
		ev.name, verb = "users.read", school.ViewPeople
	default:
		return o, nil, school.Missing("answer")
	}
	_, err = s.write(ctx, by, ev, func(tx *Tx) error {
		if err := tx.allow(verb, at); err != nil {
			return err
		}
		var sealed []byte
		if _, err := tx.one(ctx, `SELECT answer_sealed FROM device_order WHERE id = $1 AND authority_id = $2 AND answer_until > $3`, args(string(id), string(tx.authority), tx.now.UnixMicro()), &sealed); err != nil {
			return err
		}
		if sealed == nil {
			return school.Clash("answer_gone")
		}
		answer, err = s.open(cell{tx.authority, "device_order", "answer", string(id)}, sealed)
		return err
	})
	return o, answer, err
}

// UnlockToken reads what takes a passcode off, for the command that does.
func (s *Store) UnlockToken(ctx context.Context, a school.AuthorityID, d school.DeviceID) ([]byte, error) {
	var sealed []byte
	if _, err := s.read().one(ctx, `SELECT unlock_sealed FROM device_state WHERE device_id = $1 AND authority_id = $2`, args(string(d), string(a)), &sealed); err != nil {
		return nil, err
	}
	return s.open(cell{a, "device_state", "unlock", string(d)}, sealed)
}

// LocationOf reads the answer to an order of kind Locate.
func LocationOf(answer []byte) (at school.Location, err error) {
	if err = json.Unmarshal(answer, &at); err != nil {
		err = fmt.Errorf("store: location: %w", err)
	}
	return at, err
}

// UsersOf reads the answer to an order of kind Users.
func UsersOf(answer []byte) (users []school.DeviceUser, err error) {
	if err = json.Unmarshal(answer, &users); err != nil {
		err = fmt.Errorf("store: users of a device: %w", err)
	}
	return users, err
}
