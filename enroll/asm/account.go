package asm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Account is the organisation and the server entry a token belongs to. ServerUUID tells a renewed
// token from a token for another server. AdminID and FacilitatorID are accounts of persons.
// Document: Apple "Account Detail".
type Account struct {
	ServerName    string `json:"server_name"`
	ServerUUID    string `json:"server_uuid"`
	AdminID       string `json:"admin_id"`
	FacilitatorID string `json:"facilitator_id"`
	OrgName       string `json:"org_name"`
	OrgID         string `json:"org_id"`
	OrgIDHash     string `json:"org_id_hash"`
	OrgEmail      string `json:"org_email"`
	OrgPhone      string `json:"org_phone"`
	OrgAddress    string `json:"org_address"`
	OrgType       string `json:"org_type"`
	OrgVersion    string `json:"org_version"`
	URLs          []URL  `json:"urls"`
}

// URL is a call the token may make and how many items it takes.
type URL struct {
	URI     string  `json:"uri"`
	Methods Strings `json:"http_method"`
	Limit   struct {
		Default int `json:"default"`
		Maximum int `json:"maximum"`
	} `json:"limit"`
}

// IsSchool reports whether the organisation is a school one, which has a roster.
func (a Account) IsSchool() bool { return a.OrgType == "edu" }

// Account reads whom the token belongs to.
func (c *Client) Account(ctx context.Context) (Account, error) {
	var account Account
	if err := c.call(ctx, http.MethodGet, "/account", nil, &account); err != nil {
		return Account{}, err
	}
	return account, nil
}

// Lock answers of ActivationLock.
const (
	LockSuccess            = "SUCCESS"
	LockNotAccessible      = "NOT_ACCESSIBLE"
	LockOrgNotSupported    = "ORG_NOT_SUPPORTED"
	LockDeviceNotSupported = "DEVICE_NOT_SUPPORTED"
	LockDeviceAlreadySet   = "DEVICE_ALREADY_LOCKED"
	LockFailed             = "FAILED"
)

// ActivationLock locks a device to the organisation and returns Apple's answer, one of the words
// above. The code must be stored before: whoever lacks it later has a brick. Apple would also lock
// without a code, namely to whoever once created the server entry; that is not offered.
func (c *Client) ActivationLock(ctx context.Context, serial string, code BypassCode, lostMessage string) (string, error) {
	if code.IsZero() {
		return "", errors.New("asm: activation lock: no bypass code")
	}
	key, err := code.EscrowKey()
	if err != nil {
		return "", err
	}
	in := struct {
		Device      string `json:"device"`
		EscrowKey   string `json:"escrow_key"`
		LostMessage string `json:"lost_message,omitempty"`
	}{serial, key, lostMessage}
	var answer struct {
		Serial string `json:"serial_number"`
		Status string `json:"response_status"`
	}
	if err := c.call(ctx, http.MethodPost, "/device/activationlock", in, &answer); err != nil {
		return "", err
	}
	if answer.Status == "" || answer.Serial != "" && answer.Serial != serial {
		return "", fmt.Errorf("asm: activation lock: %w", &Unavailable{Status: http.StatusOK, Err: errors.New("an answer about another device or none")})
	}
	return answer.Status, nil
}
