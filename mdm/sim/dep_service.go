package sim

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The enrolment service, https://mdmenrollment.apple.com.
// Apple: "Automated Device Enrollment", "Interpreting automated device enrollment error codes".

const (
	depLimitDefault = 100
	depLimitMax     = 1000
	depBodyMax      = 4 << 20
)

// depError is an answer with one of Apple's words as its body.
type depError struct {
	status int
	word   string
	retry  time.Duration
}

func refuse(status int, word string) *depError { return &depError{status: status, word: word} }

func (e *depError) write(w http.ResponseWriter) {
	if e.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.retry+time.Second-1)/time.Second)))
	}
	w.Header().Set("Content-Type", "text/plain;charset=UTF8")
	w.WriteHeader(e.status)
	io.WriteString(w, e.word)
}

// depRequest is one call by a signed-in client.
type depRequest struct {
	*http.Request
	server  *Server
	body    []byte
	version int
	weather Weather
}

func (a *Apple) serveEnrolment(w http.ResponseWriter, r *http.Request) {
	weather := a.Weather()
	if a.dice.happens(weather.DEPThrottled) {
		(&depError{http.StatusTooManyRequests, "TOO_MANY_REQUESTS", weather.RetryAfter}).write(w)
		return
	}
	if a.dice.happens(weather.DEPUnavailable) {
		(&depError{http.StatusServiceUnavailable, "SERVICE_UNAVAILABLE", weather.RetryAfter}).write(w)
		return
	}
	if r.URL.Path == "/session" {
		a.serveSession(w, r)
		return
	}
	s, problem := a.signedIn(r)
	if problem != nil {
		problem.write(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, depBodyMax))
	if err != nil {
		refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY").write(w)
		return
	}
	version, err := strconv.Atoi(r.Header.Get("X-Server-Protocol-Version"))
	if err != nil || version < 1 {
		version = 1
	}
	if a.dice.happens(weather.DEPNewSession) {
		w.Header().Set("X-ADM-Auth-Session", s.newSession())
	}
	a.mu.Lock()
	answer, problem := s.serve(&depRequest{Request: r, server: s, body: body, version: version, weather: weather})
	a.mu.Unlock()
	if problem != nil {
		problem.write(w)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (a *Apple) serveSession(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED").write(w)
		return
	}
	s, problem := a.authorise(r)
	if problem != nil {
		refuse(problem.status, problem.word).write(w)
		return
	}
	a.mu.Lock()
	terms := s.terms
	a.mu.Unlock()
	if terms {
		refuse(http.StatusForbidden, "T_C_NOT_SIGNED").write(w)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"auth_session_token": s.newSession()})
}

func (s *Server) newSession() string {
	s.apple.mu.Lock()
	defer s.apple.mu.Unlock()
	token := hex.EncodeToString(s.dice.bytes(20)) + "O" + s.uuid[:8]
	s.sessions[token] = s.apple.cfg.Now().Add(s.apple.cfg.SessionLife)
	return token
}

// signedIn finds the server of a session. Apple answers a forgotten session with either status.
func (a *Apple) signedIn(r *http.Request) (*Server, *depError) {
	session := r.Header.Get("X-ADM-Auth-Session")
	a.mu.Lock()
	defer a.mu.Unlock()
	forgotten := refuse(http.StatusForbidden, "FORBIDDEN")
	if a.dice.below(2) == 0 {
		forgotten = refuse(http.StatusUnauthorized, "UNAUTHORIZED")
	}
	now := a.cfg.Now()
	for _, s := range a.servers {
		until, ok := s.sessions[session]
		if !ok {
			continue
		}
		if !now.Before(until) || a.dice.happens(a.weather.DEPForgets) {
			delete(s.sessions, session)
			return nil, forgotten
		}
		if s.terms {
			return nil, refuse(http.StatusForbidden, "T_C_NOT_SIGNED")
		}
		return s, nil
	}
	return nil, forgotten
}

func (s *Server) serve(r *depRequest) (any, *depError) {
	switch r.Method + " " + r.URL.Path {
	case "GET /account":
		return s.account(), nil
	case "POST /server/devices":
		return s.fetch(r)
	case "POST /devices/sync":
		return s.sync(r)
	case "POST /devices":
		return s.details(r)
	case "POST /profile":
		return s.define(r)
	case "GET /profile":
		p, ok := s.profiles[r.URL.Query().Get("profile_uuid")]
		if !ok {
			return nil, refuse(http.StatusBadRequest, "NOT_FOUND")
		}
		return p, nil
	case "POST /profile/devices", "PUT /profile/devices":
		return s.assignRequest(r)
	case "DELETE /profile/devices":
		return s.unassign(r)
	case "POST /device/activationlock":
		return s.activationLock(r)
	}
	return nil, refuse(http.StatusNotFound, "NOT_FOUND")
}

func (s *Server) account() any {
	limit := func(n, max int) map[string]int { return map[string]int{"default": n, "maximum": max} }
	entry := func(uri string, max int, methods ...string) map[string]any {
		u := map[string]any{"uri": uri, "http_method": methods}
		if max > 0 {
			u["limit"] = limit(min(depLimitDefault, max), max)
		}
		return u
	}
	return map[string]any{
		"server_name": s.name, "server_uuid": s.uuid,
		"admin_id": "verwaltung@" + domainOf(s.org), "facilitator_id": "verwaltung@" + domainOf(s.org),
		"org_name": s.org, "org_email": "schul-it@" + domainOf(s.org), "org_phone": "0000 000000", "org_address": "Rathausplatz 1",
		"org_id": "1" + s.uuid[:7], "org_id_hash": strings.ToLower(s.uuid + s.uuid), "org_type": s.orgType(), "org_version": "v2",
		"urls": []any{
			entry("/server/devices", depLimitMax, "POST"), entry("/devices/sync", depLimitMax, "POST"), entry("/devices", depLimitMax, "POST"),
			entry("/profile/devices", depLimitMax, "POST", "PUT", "DELETE"), entry("/profile", depLimitMax, "GET", "POST"), entry("/device/activationlock", 0, "POST"),
		},
	}
}

func (s *Server) orgType() string {
	if s.business {
		return "org"
	}
	return "edu"
}

func domainOf(org string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(org) {
		if 'a' <= r && r <= 'z' {
			b.WriteRune(r)
		}
	}
	return b.String() + ".example"
}

// depCursor travels as opaque text. At is when it was handed out, for its expiry.
type depCursor struct {
	Server string    `json:"s"`
	Fetch  bool      `json:"f,omitempty"`
	Done   bool      `json:"d,omitempty"` // a fetch that has reached the end
	After  int       `json:"a,omitempty"` // last place in order that was given out
	Log    int       `json:"l"`           // length of the log that is covered
	At     time.Time `json:"t"`
}

func (c depCursor) String() string {
	b, _ := json.Marshal(c) // a struct of plain fields cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

func (s *Server) readCursor(r *depRequest, text string) (depCursor, *depError) {
	var c depCursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(text) > 1000 || json.Unmarshal(b, &c) != nil || c.Server != s.uuid ||
		c.Log < 0 || c.Log > len(s.changes) || c.After < -1 || c.After >= len(s.order) {
		return c, refuse(http.StatusBadRequest, "INVALID_CURSOR")
	}
	if s.apple.cfg.Now().Sub(c.At) > s.apple.cfg.CursorLife || s.dice.happens(r.weather.DEPCursorExpires) {
		return c, refuse(http.StatusBadRequest, "EXPIRED_CURSOR")
	}
	return c, nil
}

type pageRequest struct {
	Cursor string `json:"cursor"`
	Limit  int    `json:"limit"`
}

func (r *depRequest) page() (pageRequest, *depError) {
	var p pageRequest
	if len(r.body) > 0 {
		if err := json.Unmarshal(r.body, &p); err != nil {
			return p, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
		}
	}
	switch {
	case p.Limit == 0:
		p.Limit = depLimitDefault
	case p.Limit < 0:
		return p, refuse(http.StatusBadRequest, "LIMIT_INVALID")
	}
	p.Limit = min(p.Limit, depLimitMax)
	return p, nil
}

type pageAnswer struct {
	Devices      []map[string]any `json:"devices"`
	Cursor       string           `json:"cursor"`
	FetchedUntil string           `json:"fetched_until"`
	MoreToFollow bool             `json:"more_to_follow"`
}

func (s *Server) fetch(r *depRequest) (any, *depError) {
	p, problem := r.page()
	if problem != nil {
		return nil, problem
	}
	now := s.apple.cfg.Now().UTC()
	c := depCursor{Server: s.uuid, Fetch: true, After: -1, Log: len(s.changes)}
	if p.Cursor != "" {
		if c, problem = s.readCursor(r, p.Cursor); problem != nil {
			return nil, problem
		}
		if !c.Fetch {
			return nil, refuse(http.StatusBadRequest, "INVALID_CURSOR")
		}
		if c.Done {
			return nil, refuse(http.StatusBadRequest, "EXHAUSTED_CURSOR")
		}
	}
	answer := pageAnswer{Devices: []map[string]any{}, FetchedUntil: now.Format(time.RFC3339)}
	from := c.After + 1
	from -= s.overlap(r, from, p.Limit)
	for ; from < len(s.order) && len(answer.Devices) < p.Limit; from++ {
		d := s.devices[s.order[from]]
		if d.Seq == from && !d.Gone {
			answer.Devices = append(answer.Devices, d.record(r.version))
		}
		c.After = max(c.After, from)
	}
	answer.MoreToFollow = from < len(s.order)
	c.Done, c.At = !answer.MoreToFollow, now
	answer.Cursor = c.String()
	return answer, nil
}

func (s *Server) sync(r *depRequest) (any, *depError) {
	p, problem := r.page()
	if problem != nil {
		return nil, problem
	}
	if p.Cursor == "" {
		return nil, refuse(http.StatusBadRequest, "CURSOR_REQUIRED")
	}
	c, problem := s.readCursor(r, p.Cursor)
	if problem != nil {
		return nil, problem
	}
	now := s.apple.cfg.Now().UTC()
	answer := pageAnswer{Devices: []map[string]any{}, FetchedUntil: now.Format(time.RFC3339)}
	from := c.Log - s.overlap(r, c.Log, p.Limit)
	for ; from < len(s.changes) && len(answer.Devices) < p.Limit; from++ {
		ch := s.changes[from]
		record := s.devices[ch.Serial].record(r.version)
		record["op_type"], record["op_date"] = ch.Op, ch.At.UTC().Format(time.RFC3339Nano)
		answer.Devices = append(answer.Devices, record)
	}
	c = depCursor{Server: s.uuid, Log: max(c.Log, from), At: now}
	answer.MoreToFollow = from < len(s.changes)
	answer.Cursor = c.String()
	return answer, nil
}

// overlap is by how many rows a page repeats the one before; at least one row of every page is new.
func (s *Server) overlap(r *depRequest, from, limit int) int {
	rows := 1 + s.dice.below(3)
	if !s.dice.happens(r.weather.DEPOverlap) {
		return 0
	}
	return max(0, min(rows, from, limit-1))
}

// record is a device as a client of that protocol version sees it.
func (d *listed) record(version int) map[string]any {
	hw := hardwareOf(d.Spec.ProductName)
	rec := map[string]any{
		"serial_number": d.Spec.Serial, "model": hw.Marketing, "description": "IPAD " + strings.ToUpper(hw.Product) + " WIFI",
		"color": "SPACE GRAY", "asset_tag": d.Spec.AssetNumber, "profile_status": d.Status,
		"device_assigned_by": "verwaltung@schule.example", "device_assigned_date": d.DeliveredAt.UTC().Format(time.RFC3339),
	}
	if d.Profile != "" {
		rec["profile_uuid"] = d.Profile
		rec["profile_assign_time"] = d.AssignedAt.UTC().Format(time.RFC3339)
	}
	if d.Status == "pushed" {
		rec["profile_push_time"] = d.PushedAt.UTC().Format(time.RFC3339)
	}
	if version >= 2 {
		rec["device_family"], rec["os"] = "iPad", "iOS"
	}
	if version >= 7 {
		rec["os"] = "iPadOS"
	}
	if version >= 8 && !d.Deadline.IsZero() {
		rec["mdm_migration_deadline"] = d.Deadline.UTC().Format(time.RFC3339)
	}
	if version >= 10 {
		wifi, bluetooth := d.Spec.addresses()
		rec["wifi_mac_address"], rec["bluetooth_mac_address"] = wifi, bluetooth
		rec["is_replacement_device"] = false
	}
	return rec
}

type serialsRequest struct {
	ProfileUUID string   `json:"profile_uuid"`
	Devices     []string `json:"devices"`
}

func (r *depRequest) serials() (serialsRequest, *depError) {
	var req serialsRequest
	if err := json.Unmarshal(r.body, &req); err != nil {
		return req, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
	}
	switch {
	case len(req.Devices) == 0:
		return req, refuse(http.StatusBadRequest, "DEVICE_ID_REQUIRED")
	case len(req.Devices) > depLimitMax:
		return req, refuse(http.StatusBadRequest, "DEVICES_INVALID")
	}
	return req, nil
}

func (s *Server) details(r *depRequest) (any, *depError) {
	req, problem := r.serials()
	if problem != nil {
		return nil, problem
	}
	out := make(map[string]any, len(req.Devices))
	for _, serial := range req.Devices {
		d := s.devices[serial]
		if d == nil || d.Gone {
			out[serial] = map[string]any{"response_status": "NOT_FOUND"}
			continue
		}
		record := d.record(r.version)
		record["response_status"] = "SUCCESS"
		out[serial] = record
	}
	return map[string]any{"devices": out}, nil
}

func (s *Server) define(r *depRequest) (any, *depError) {
	var fields map[string]json.RawMessage
	var p adeProfile
	if json.Unmarshal(r.body, &fields) != nil || fields == nil || json.Unmarshal(r.body, &p) != nil {
		return nil, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
	}
	if problem := p.check(); problem != nil {
		return nil, problem
	}
	var serials []string
	if raw, ok := fields["devices"]; ok && json.Unmarshal(raw, &serials) != nil {
		return nil, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
	}
	if len(serials) > depLimitMax {
		return nil, refuse(http.StatusBadRequest, "DEVICES_INVALID")
	}
	uuid := strings.ReplaceAll(s.dice.uuid(), "-", "")
	kept := make(map[string]json.RawMessage, len(fields)+1)
	for k, v := range fields {
		if k != "devices" {
			kept[k] = v
		}
	}
	kept["profile_uuid"], _ = json.Marshal(uuid)
	definition, err := json.Marshal(kept)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
	}
	s.profiles[uuid] = definition
	answer := s.assign(r, uuid, serials)
	answer["profile_uuid"] = uuid
	return answer, nil
}

func (p *adeProfile) check() *depError {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return refuse(http.StatusBadRequest, "CONFIG_NAME_REQUIRED")
	case len(p.Name) > 125:
		return refuse(http.StatusBadRequest, "CONFIG_NAME_INVALID")
	case p.URL == "":
		return refuse(http.StatusBadRequest, "CONFIG_URL_REQUIRED")
	}
	for _, text := range []string{p.URL, p.ConfigurationWebURL} {
		if u, err := url.Parse(text); text != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(text) > 2000) {
			return refuse(http.StatusBadRequest, "CONFIG_URL_INVALID")
		}
	}
	return nil
}

func (s *Server) assignRequest(r *depRequest) (any, *depError) {
	req, problem := r.serials()
	if problem != nil {
		return nil, problem
	}
	if req.ProfileUUID == "" {
		return nil, refuse(http.StatusBadRequest, "PROFILE_UUID_REQUIRED")
	}
	if _, ok := s.profiles[req.ProfileUUID]; !ok {
		return nil, refuse(http.StatusBadRequest, "NOT_FOUND")
	}
	answer := s.assign(r, req.ProfileUUID, req.Devices)
	answer["profile_uuid"] = req.ProfileUUID
	return answer, nil
}

// assign gives every serial its own verdict. Clients below version 9 do not know the word THROTTLED.
func (s *Server) assign(r *depRequest, uuid string, serials []string) map[string]any {
	verdicts := make(map[string]string, len(serials))
	throttled := false
	for _, serial := range serials {
		d := s.devices[serial]
		switch {
		case d == nil || d.Gone:
			verdicts[serial] = "NOT_ACCESSIBLE"
		case s.dice.happens(r.weather.DEPAssignThrottled):
			verdicts[serial] = "FAILED"
			if r.version >= 9 {
				verdicts[serial], throttled = "THROTTLED", true
			}
		default:
			verdicts[serial] = "SUCCESS"
			if d.Profile != uuid || d.Status == "removed" {
				d.Profile, d.Status, d.AssignedAt = uuid, "assigned", s.apple.cfg.Now()
				s.log(serial, "modified")
			}
		}
	}
	answer := map[string]any{"devices": verdicts}
	if throttled && r.version >= 10 {
		answer["retry_after_seconds"] = int((r.weather.RetryAfter + time.Second - 1) / time.Second)
	}
	return answer
}

func (s *Server) unassign(r *depRequest) (any, *depError) {
	req, problem := r.serials()
	if problem != nil {
		return nil, problem
	}
	verdicts := make(map[string]string, len(req.Devices))
	for _, serial := range req.Devices {
		d := s.devices[serial]
		if d == nil || d.Gone {
			verdicts[serial] = "NOT_ACCESSIBLE"
			continue
		}
		verdicts[serial] = "SUCCESS"
		if d.Profile != "" && (req.ProfileUUID == "" || req.ProfileUUID == d.Profile) {
			d.Profile, d.Status = "", "removed"
			s.log(serial, "modified")
		}
	}
	return map[string]any{"devices": verdicts}, nil
}

var errNoEscrowKey = errors.New("sim: an escrow key is 64 hexadecimal digits")

func checkEscrowKey(key string) error {
	if b, err := hex.DecodeString(key); err != nil || len(b) != 32 {
		return errNoEscrowKey
	}
	return nil
}

func (s *Server) activationLock(r *depRequest) (any, *depError) {
	var req struct {
		Device      string `json:"device"`
		EscrowKey   string `json:"escrow_key"`
		LostMessage string `json:"lost_message"`
	}
	if json.Unmarshal(r.body, &req) != nil {
		return nil, refuse(http.StatusBadRequest, "MALFORMED_REQUEST_BODY")
	}
	if req.Device == "" {
		return nil, refuse(http.StatusBadRequest, "DEVICE_ID_REQUIRED")
	}
	if req.EscrowKey != "" && checkEscrowKey(req.EscrowKey) != nil {
		return nil, refuse(http.StatusBadRequest, "ESCROW_KEY_INVALID")
	}
	status := "SUCCESS"
	if d := s.devices[req.Device]; d == nil || d.Gone {
		status = "NOT_ACCESSIBLE"
	} else if _, locked := s.apple.locks[req.Device]; locked {
		status = "DEVICE_ALREADY_LOCKED"
	} else {
		s.apple.locks[req.Device] = activationLock{EscrowKey: strings.ToLower(req.EscrowKey), Message: req.LostMessage}
	}
	return map[string]string{"serial_number": req.Device, "response_status": status}, nil
}
