package sim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The App and Book Management API, https://vpp.itunes.apple.com/mdm/v2. What writes is asynchronous: the answer is an event, and the
// licences move later, each by itself.
// Apple: "Managing assets", "Service config", "Event status", "Handling error responses", "Subscribing to notifications".

const (
	storePath     = "/mdm/v2"
	storeBodyMax  = 1 << 20
	storePageSize = 550 // records of one page
	maxAssets     = 25
	maxSerials    = 1000
	maxRevoked    = 100
)

// storeEvent is a request that moves licences, under way or done.
type storeEvent struct {
	Type    string // ASSOCIATE, DISASSOCIATE, REVOKE
	Assets  []pricedAsset
	Serials []string
	Users   []string
	Due     time.Time
	Lost    bool // stays pending for ever and does nothing
	Status  string
	Done    int
	Failed  []storeError
}

type pricedAsset struct {
	AdamID       string `json:"adamId"`
	PricingParam string `json:"pricingParam"`
}

// storeError is an ErrorResponse; Info says what it is about.
type storeError struct {
	Info    *storeErrorInfo `json:"errorInfo,omitempty"`
	Message string          `json:"errorMessage"`
	Number  int             `json:"errorNumber"`
	status  int
}

type storeErrorInfo struct {
	Assets  []pricedAsset `json:"assets,omitempty"`
	Users   []string      `json:"clientUserIds,omitempty"`
	Serials []string      `json:"serialNumbers,omitempty"`
}

// storeErrors are Apple's numbers with the status they come under; 0: only in events.
var storeErrors = map[int]storeError{
	9601: {Message: "Login required.", status: 401}, 9602: {Message: "Invalid argument.", status: 400}, 9603: {Message: "Internal error.", status: 500},
	9621: {Message: "The token has expired. You need to generate a new token online using your organization's account.", status: 401},
	9625: {Message: "The server has revoked the sToken.", status: 401}, 9646: {Message: "There are too many requests for the current Organization and the request has been rejected.", status: 429},
	9650: {Message: "The page index is invalid.", status: 400}, 9700: {Message: "The number of assets exceeds the limit.", status: 400},
	9702: {Message: "The number of serial numbers exceeds the limit.", status: 400}, 9703: {Message: "Duplicate assets are in the request.", status: 400},
	9705: {Message: "Duplicate serial numbers are in the request.", status: 400}, 9706: {Message: "The asset is not revocable."},
	9707: {Message: "The asset is not device assignable.", status: 400}, 9708: {Message: "The event ID is invalid.", status: 400},
	9709: {Message: "There are not enough assets available for assignment."}, 9711: {Message: "The notification URL is invalid.", status: 400},
	9718: {Message: "The assets are missing.", status: 400}, 9719: {Message: "The client user IDs and serial numbers are missing.", status: 400},
	9722: {Message: "The authorization header is not in the right format.", status: 401}, 9724: {Message: "The MDM ID exceeds the maximum length.", status: 400},
	9726: {Message: "This request contains an unsupported HTTP method for the requested endpoint.", status: 405},
	9727: {Message: "This request contains an unsupported Content-Type for the requested endpoint.", status: 415},
	9729: {Message: "The service is temporarily unavailable.", status: 503},
}

func storeRefusal(number int) *storeError {
	e := storeErrors[number]
	e.Number = number
	return &e
}

// storeCall is one call by somebody with a token.
type storeCall struct {
	l       *Location
	query   url.Values
	body    []byte
	weather Weather
	now     time.Time
}

// storeRoutes are the calls that need a token.
var storeRoutes = map[string]func(*storeCall) (map[string]any, *storeError){
	"GET /client/config":        (*storeCall).config,
	"POST /client/config":       (*storeCall).claim,
	"GET /assets":               (*storeCall).assets,
	"GET /assignments":          (*storeCall).assignments,
	"GET /status":               (*storeCall).status,
	"POST /assets/associate":    (*storeCall).associate,
	"POST /assets/disassociate": (*storeCall).disassociate,
	"POST /assets/revoke":       (*storeCall).revoke,
}

func (a *Apple) serveStore(w http.ResponseWriter, r *http.Request) {
	weather := a.Weather()
	path, ok := strings.CutPrefix(r.URL.Path, storePath)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if path == "/service/config" && r.Method == http.MethodGet {
		writeJSON(w, http.StatusOK, serviceConfig())
		return
	}
	fail := func(e *storeError) {
		if e.status == http.StatusServiceUnavailable || e.status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", strconv.Itoa(int((weather.RetryAfter+time.Second-1)/time.Second)))
		}
		writeJSON(w, e.status, e)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.storeDice.happens(weather.StoreThrottled):
		fail(storeRefusal(9646))
		return
	case a.storeDice.happens(weather.StoreUnavailable):
		fail(storeRefusal(9729))
		return
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		fail(storeRefusal(9722))
		return
	}
	c := &storeCall{l: a.locationOf(token), query: r.URL.Query(), weather: weather, now: a.cfg.Now()}
	switch {
	case c.l == nil:
		fail(storeRefusal(9601))
		return
	case c.l.Revoked:
		fail(storeRefusal(9625))
		return
	case !c.now.Before(c.l.Expiry):
		fail(storeRefusal(9621))
		return
	}
	serve, ok := storeRoutes[r.Method+" "+path]
	if !ok {
		fail(storeRefusal(9726))
		return
	}
	if r.Method == http.MethodPost {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			fail(storeRefusal(9727))
			return
		}
		var err error
		if c.body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, storeBodyMax)); err != nil {
			fail(storeRefusal(9602))
			return
		}
	}
	c.l.work()
	answer, problem := serve(c)
	switch {
	case problem != nil:
		fail(problem)
		return
	case a.storeDice.happens(weather.StoreAnswerLost): // it was done, and nobody hears of it
		fail(storeRefusal(9603))
		return
	}
	answer["uId"] = c.l.UID
	answer["tokenExpirationDate"] = c.l.Expiry.Format(appleDate)
	if c.l.MDM != nil {
		answer["mdmInfo"] = c.l.MDM
	}
	writeJSON(w, http.StatusOK, answer)
}

func (a *Apple) locationOf(token string) *Location {
	for _, l := range a.locations {
		if token != "" && l.bearer() == token {
			return l
		}
	}
	return nil
}

func serviceConfig() map[string]any {
	var codes []map[string]any
	for n, e := range storeErrors {
		codes = append(codes, map[string]any{"errorNumber": n, "errorMessage": e.Message})
	}
	slices.SortFunc(codes, func(a, b map[string]any) int { return a["errorNumber"].(int) - b["errorNumber"].(int) })
	base := "https://" + hostStore + storePath
	return map[string]any{
		"errorCodes": codes,
		"limits": map[string]int{"maxAssets": maxAssets, "maxUsers": 100, "maxNotificationLength": 512, "maxRevokeClientUserIds": maxRevoked, "maxClientUserIds": 1000,
			"maxSerialNumbers": maxSerials, "maxRevokeSerialNumbers": maxRevoked, "maxRequestPerSecond": 15, "maxMdmNameLength": 100, "maxMdmMetadataLength": 255, "maxMdmIdLength": 100},
		"notificationTypes": []string{"ASSET_MANAGEMENT", "USER_MANAGEMENT", "USER_ASSOCIATED", "ASSET_COUNT"},
		"urls": map[string]string{"clientConfig": base + "/client/config", "getAssets": base + "/assets", "getAssignments": base + "/assignments", "eventStatus": base + "/status",
			"associateAssets": base + "/assets/associate", "disassociateAssets": base + "/assets/disassociate", "revokeAssets": base + "/assets/revoke",
			"contentMetadataLookup": "https://" + hostLookup + "/WebObjects/MZStorePlatform.woa/wa/lookup"},
	}
}

func (c *storeCall) config() (map[string]any, *storeError) {
	answer := map[string]any{"countryISO2ACode": "DE", "defaultPlatform": "volumestore", "locationName": c.l.Name, "notificationTypes": orNone(c.l.Notify.Types)}
	if c.l.Notify.URL != "" {
		answer["notificationUrl"], answer["notificationAuthToken"] = c.l.Notify.URL, c.l.Notify.Token
	}
	return answer, nil
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func (c *storeCall) claim() (map[string]any, *storeError) {
	var in struct {
		MDM   *mdmInfo `json:"mdmInfo"`
		URL   *string  `json:"notificationUrl"`
		Token *string  `json:"notificationAuthToken"`
		Types []string `json:"notificationTypes"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return nil, storeRefusal(9602)
	}
	if in.MDM != nil {
		if in.MDM.ID == "" || len(in.MDM.ID) > 100 || len(in.MDM.Name) > 100 || len(in.MDM.Metadata) > 255 {
			return nil, storeRefusal(9724)
		}
		c.l.MDM = in.MDM
	}
	if in.URL != nil {
		if *in.URL != "" && !strings.HasPrefix(*in.URL, "https://") {
			return nil, storeRefusal(9711)
		}
		c.l.Notify.URL = *in.URL
	}
	if in.Token != nil {
		c.l.Notify.Token = *in.Token
	}
	if in.Types != nil {
		c.l.Notify.Types = in.Types
	}
	return c.config()
}

// page cuts records; a later page begins where the one before ended as long as nothing moves.
func (c *storeCall) page(total int) (from, to int, answer map[string]any, problem *storeError) {
	index := 0
	if text := c.query.Get("pageIndex"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 0 && n*storePageSize >= total {
			return 0, 0, nil, storeRefusal(9650)
		}
		index = n
	}
	from = index * storePageSize
	to = min(from+storePageSize, total)
	pages := max(1, (total+storePageSize-1)/storePageSize)
	answer = map[string]any{"currentPageIndex": index, "totalPages": pages, "size": to - from, "versionId": "v" + strconv.Itoa(len(c.l.Events))}
	if index+1 < pages {
		answer["nextPageIndex"] = index + 1
	}
	return from, to, answer, nil
}

func (c *storeCall) assets() (map[string]any, *storeError) {
	var ids []string
	for _, id := range c.l.Order {
		if f := c.query.Get("adamId"); f == "" || f == id {
			ids = append(ids, id)
		}
	}
	from, to, answer, problem := c.page(len(ids))
	if problem != nil {
		return nil, problem
	}
	list := []map[string]any{}
	for _, id := range ids[from:to] {
		h, app := c.l.Assets[id], c.l.apple.store[id]
		kind := "App"
		if app.Book {
			kind = "Book"
		}
		list = append(list, map[string]any{"adamId": id, "pricingParam": "STDQ", "productType": kind, "deviceAssignable": !app.UserOnly, "revocable": !app.Book,
			"supportedPlatforms": orNone(app.Platforms), "totalCount": h.Total, "availableCount": h.free(), "assignedCount": h.Total - h.free(), "retiredCount": 0})
	}
	answer["assets"] = list
	return answer, nil
}

func (c *storeCall) assignments() (map[string]any, *storeError) {
	type record struct {
		AdamID       string `json:"adamId"`
		PricingParam string `json:"pricingParam"`
		Serial       string `json:"serialNumber,omitempty"`
		User         string `json:"clientUserId,omitempty"`
	}
	var all []record
	for _, id := range c.l.Order {
		if f := c.query.Get("adamId"); f != "" && f != id {
			continue
		}
		h := c.l.Assets[id]
		var some []record
		for s := range h.Held {
			some = append(some, record{AdamID: id, PricingParam: "STDQ", Serial: s})
		}
		for u := range h.Users {
			some = append(some, record{AdamID: id, PricingParam: "STDQ", User: u})
		}
		slices.SortFunc(some, func(a, b record) int { return strings.Compare(a.Serial+a.User, b.Serial+b.User) })
		all = append(all, some...)
	}
	from, to, answer, problem := c.page(len(all))
	if problem != nil {
		return nil, problem
	}
	answer["assignments"] = append([]record{}, all[from:to]...)
	return answer, nil
}

func (c *storeCall) status() (map[string]any, *storeError) {
	e := c.l.Events[c.query.Get("eventId")]
	if e == nil {
		return nil, storeRefusal(9708)
	}
	answer := map[string]any{"eventStatus": e.Status, "eventType": e.Type, "numCompleted": e.Done, "numRequested": e.requested()}
	if len(e.Failed) > 0 {
		answer["failures"] = e.Failed
	}
	return answer, nil
}

func (e *storeEvent) requested() int { return max(1, len(e.Assets)) * (len(e.Serials) + len(e.Users)) }

func (c *storeCall) associate() (map[string]any, *storeError) { return c.manage("ASSOCIATE") }

func (c *storeCall) disassociate() (map[string]any, *storeError) { return c.manage("DISASSOCIATE") }

func (c *storeCall) revoke() (map[string]any, *storeError) { return c.manage("REVOKE") }

// manage takes a request that moves licences, and lets it happen later.
func (c *storeCall) manage(kind string) (map[string]any, *storeError) {
	var in struct {
		Assets  []pricedAsset `json:"assets"`
		Serials []string      `json:"serialNumbers"`
		Users   []string      `json:"clientUserIds"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return nil, storeRefusal(9602)
	}
	most := maxSerials
	if kind == "REVOKE" {
		most, in.Assets = maxRevoked, nil
	}
	seen := map[string]bool{}
	for _, a := range in.Assets {
		h, app := c.l.Assets[a.AdamID], c.l.apple.store[a.AdamID]
		switch {
		case seen[a.AdamID]:
			return nil, storeRefusal(9703)
		case h == nil || a.PricingParam != "STDQ":
			return nil, storeRefusal(9602)
		case app.UserOnly && len(in.Serials) > 0:
			return nil, storeRefusal(9707)
		}
		seen[a.AdamID] = true
	}
	for _, s := range in.Serials {
		if seen["serial "+s] {
			return nil, storeRefusal(9705)
		}
		seen["serial "+s] = true
	}
	switch {
	case len(in.Assets) == 0 && kind != "REVOKE":
		return nil, storeRefusal(9718)
	case len(in.Serials)+len(in.Users) == 0:
		return nil, storeRefusal(9719)
	case len(in.Assets) > maxAssets:
		return nil, storeRefusal(9700)
	case len(in.Serials) > most || len(in.Users) > most:
		return nil, storeRefusal(9702)
	}
	d := c.l.Dice
	id := strings.ToLower(d.uuid())
	c.l.Events[id] = &storeEvent{Type: kind, Assets: in.Assets, Serials: in.Serials, Users: in.Users, Status: "PENDING",
		Due: c.now.Add(d.upTo(c.weather.StoreDelay)), Lost: d.happens(c.weather.StoreEventLost)}
	c.l.Waiting = append(c.l.Waiting, id)
	return map[string]any{"eventId": id}, nil
}

// work carries out the events whose time has come, in the order in which they came in.
func (l *Location) work() {
	now, weather := l.apple.cfg.Now(), l.apple.weather
	waiting := l.Waiting[:0:0]
	for _, id := range l.Waiting {
		e := l.Events[id]
		switch {
		case e.Lost:
		case e.Due.After(now):
			waiting = append(waiting, id)
		default:
			l.carryOut(e, weather)
			l.notice("ASSET_MANAGEMENT", map[string]any{"eventId": id, "type": e.Type})
		}
	}
	l.Waiting = waiting
}

// notice is what Apple tells whoever subscribed. It is not sent here: whoever plays Apple sends it, loses it, or sends it twice.
func (l *Location) notice(kind string, what map[string]any) {
	if l.Notify.URL == "" || !slices.Contains(l.Notify.Types, kind) {
		return
	}
	body, err := json.Marshal(map[string]any{"notificationId": strings.ToLower(l.Dice.uuid()), "uId": l.UID, "notificationType": kind, "notification": what})
	if err != nil { // texts
		panic(err)
	}
	l.Told = append(l.Told, Notice{URL: l.Notify.URL, Authorization: "Bearer " + l.Notify.Token, Body: body})
	l.Told = l.Told[max(0, len(l.Told)-mostNotices):]
}

// mostNotices is how many nobody fetched are kept.
const mostNotices = 100

// Notice is a notification of a location on its way to a server.
type Notice struct {
	URL, Authorization string
	Body               []byte
}

// Notices are those of a location that were not sent yet, oldest first; they are forgotten here.
func (l *Location) Notices() []Notice {
	l.apple.mu.Lock()
	defer l.apple.mu.Unlock()
	l.work()
	out := l.Told
	l.Told = nil
	return out
}

func (l *Location) carryOut(e *storeEvent, weather Weather) {
	assets := e.Assets
	if e.Type == "REVOKE" {
		for _, id := range l.Order {
			assets = append(assets, pricedAsset{id, "STDQ"})
		}
	}
	for _, a := range assets {
		h := l.Assets[a.AdamID]
		move := func(name string, held map[string]bool, info storeErrorInfo) {
			bad := l.Dice.happens(weather.StorePartial)
			number := 0
			switch {
			case bad:
				number = 9603
			case e.Type == "ASSOCIATE" && !held[name] && h.free() <= 0:
				number = 9709
			case e.Type == "ASSOCIATE":
				held[name] = true
			case l.apple.store[a.AdamID].Book:
				number = 9706
			default:
				delete(held, name)
			}
			if number == 0 {
				e.Done++
				return
			}
			info.Assets = []pricedAsset{a}
			f := *storeRefusal(number)
			f.Info = &info
			e.Failed = append(e.Failed, f)
		}
		for _, s := range e.Serials {
			move(s, h.Held, storeErrorInfo{Serials: []string{s}})
		}
		for _, u := range e.Users {
			move(u, h.Users, storeErrorInfo{Users: []string{u}})
		}
	}
	e.Status = "COMPLETE"
	if len(e.Failed) > 0 {
		e.Status = "FAILED"
	}
}
