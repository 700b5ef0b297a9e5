package asm

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Apps and Books. A content token opens one location; what writes is an event that Apple carries out later and that is followed to
// its end by whoever asked. A call is sent once.
//
// Apple: "Managing assets", "Service config", "Event status", "Handling error responses", "Getting app and book information (legacy)".

const (
	ContentHost = "vpp.itunes.apple.com" // where licences are kept
	contentURL  = "https://" + ContentHost + "/mdm/v2"
	NamesHost   = "uclient-api.itunes.apple.com" // where names of apps are read
	namesURL    = "https://" + NamesHost + "/WebObjects/MZStorePlatform.woa/wa/lookup"
	appleDate   = "2006-01-02T15:04:05-0700"
	lookupMost  = 50 // items of one look-up
	pagesMost   = 5000
)

// ContentToken is a token file as it is downloaded from Apple School Manager.
type ContentToken struct {
	Bearer  string // the whole file: what Apple wants to see
	OrgName string
	Ends    time.Time
}

// ErrNotContentToken says that a file is no token of Apps and Books.
var ErrNotContentToken = errors.New("asm: not a content token")

// ParseContentToken reads a token file.
func ParseContentToken(file []byte) (ContentToken, error) {
	if len(file) > 16<<10 {
		return ContentToken{}, ErrNotContentToken
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(file), "\xef\xbb\xbf"))
	inner, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ContentToken{}, fmt.Errorf("%w: %w", ErrNotContentToken, err)
	}
	var t struct{ Token, ExpDate, OrgName string }
	if json.Unmarshal(inner, &t) != nil || t.Token == "" {
		return ContentToken{}, ErrNotContentToken
	}
	out := ContentToken{Bearer: text, OrgName: t.OrgName}
	for _, layout := range []string{appleDate, time.RFC3339} {
		if at, err := time.Parse(layout, t.ExpDate); err == nil {
			out.Ends = at.UTC()
			return out, nil
		}
	}
	return ContentToken{}, ErrNotContentToken
}

// ContentError is Apple's refusal, by number.
type ContentError struct {
	Status, Number int
}

func (e *ContentError) Error() string {
	return fmt.Sprintf("Apple answered %d with error %d", e.Status, e.Number)
}

// Is lets the numbers of a bad token match ErrTokenRejected.
func (e *ContentError) Is(target error) bool {
	switch e.Number {
	case 9601, 9621, 9625, 9722:
		return target == ErrTokenRejected
	}
	return false
}

// Passing reports whether the same may work later.
func (e *ContentError) Passing() bool { return PassingNumber(e.Number) || e.Status >= 500 }

// PassingNumber reports whether an error number stands for trouble at Apple.
func PassingNumber(n int) bool { return n == 9603 || n == 9644 || n == 9646 || n == 9729 }

// Content talks to Apple for one location. Fill the fields before the first call.
type Content struct {
	Bearer    string
	Transport http.RoundTripper // http.DefaultTransport when nil; the demo puts the played Apple here
	Now       func() time.Time
}

// Location is what Apple says of the place a token is for.
type Location struct {
	UID, Name, Country string
	MDMID, MDMName     string // who says that it is theirs
	Ends               time.Time

	NotifyURL, NotifyToken string // where Apple tells what happens, and what it shows there
}

type contentAnswer struct {
	UID     string `json:"uId"`
	Ends    string `json:"tokenExpirationDate"`
	MDMInfo *struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"mdmInfo"`
	Location string `json:"locationName"`
	Country  string `json:"countryISO2ACode"`
	Next     *int   `json:"nextPageIndex"`

	NotifyURL   string `json:"notificationUrl"`
	NotifyToken string `json:"notificationAuthToken"`

	EventID string `json:"eventId"`

	Assets      []Asset  `json:"assets"`
	Assignments []Holder `json:"assignments"`

	Limits      Limits         `json:"limits"`
	EventStatus string         `json:"eventStatus"`
	Failures    []EventFailure `json:"failures"`
	Number      int            `json:"errorNumber"`
}

func (a contentAnswer) location() Location {
	l := Location{UID: a.UID, Name: a.Location, Country: a.Country, NotifyURL: a.NotifyURL, NotifyToken: a.NotifyToken}
	if a.MDMInfo != nil {
		l.MDMID, l.MDMName = a.MDMInfo.ID, a.MDMInfo.Name
	}
	if at, err := time.Parse(appleDate, a.Ends); err == nil {
		l.Ends = at.UTC()
	}
	return l
}

// Limits are how much Apple takes in one request.
type Limits struct {
	Assets  int `json:"maxAssets"`
	Serials int `json:"maxSerialNumbers"`
}

// Asset is something the location owns.
type Asset struct {
	AdamID           string   `json:"adamId"`
	PricingParam     string   `json:"pricingParam"`
	ProductType      string   `json:"productType"`
	DeviceAssignable bool     `json:"deviceAssignable"`
	Platforms        []string `json:"supportedPlatforms"`
	Total            int      `json:"totalCount"`
}

// Holder is somebody who has a licence.
type Holder struct {
	AdamID       string `json:"adamId"`
	SerialNumber string `json:"serialNumber"`
	ClientUserID string `json:"clientUserId"`
}

// EventFailure is what of an event did not happen.
type EventFailure struct {
	Number int `json:"errorNumber"`
	Info   struct {
		Assets []struct {
			AdamID string `json:"adamId"`
		} `json:"assets"`
		Serials []string `json:"serialNumbers"`
	} `json:"errorInfo"`
}

// Event is how far a request is.
type Event struct {
	Done     bool
	Failures []EventFailure
}

func (c *Content) call(ctx context.Context, method, path string, in any) (contentAnswer, error) {
	var out contentAnswer
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return out, fmt.Errorf("asm: %s %s: writing the request: %w", method, route(path), err)
		}
	}
	err := c.send(ctx, method, contentURL+path, body, nil, &out)
	if err == nil && out.Number != 0 {
		err = &ContentError{Status: http.StatusOK, Number: out.Number}
	}
	if err != nil {
		return out, fmt.Errorf("asm: %s %s: %w", method, route(path), err)
	}
	return out, nil
}

// send is one exchange. Redirects are not followed: no token reaches another host.
func (c *Content) send(ctx context.Context, method, address string, body []byte, cookie *http.Cookie, out any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("building the request: %w", err)
	}
	if body == nil {
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Ranzen")
	if cookie != nil {
		req.AddCookie(cookie)
	} else {
		req.Header.Set("Authorization", "Bearer "+c.Bearer)
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &Unavailable{Err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	wait := retryAfter(resp.Header.Get("Retry-After"), c.Now())
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("reading the answer: %w", err)}
	case len(data) > maxAnswer:
		return &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("an answer of more than %d bytes", maxAnswer)}
	case resp.StatusCode == http.StatusTooManyRequests:
		return &Throttled{RetryAfter: wait}
	case resp.StatusCode >= 500, resp.StatusCode >= 300 && resp.StatusCode < 400:
		return &Unavailable{Status: resp.StatusCode, RetryAfter: wait}
	case resp.StatusCode >= 400:
		var refused struct {
			Number int `json:"errorNumber"`
		}
		_ = json.Unmarshal(data, &refused) // else the status has to do
		return &ContentError{Status: resp.StatusCode, Number: refused.Number}
	}
	if err := json.Unmarshal(data, out); err != nil {
		return &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("an unreadable answer: %w", err)}
	}
	return nil
}

// Config asks how much Apple takes in one request. What it leaves out is what it took when this was written.
func (c *Content) Config(ctx context.Context) (Limits, error) {
	a, err := c.call(ctx, http.MethodGet, "/service/config", nil)
	l := a.Limits
	if l.Assets <= 0 {
		l.Assets = 25
	}
	if l.Serials <= 0 {
		l.Serials = 1000
	}
	return l, err
}

// Location asks whose token it is.
func (c *Content) Location(ctx context.Context) (Location, error) {
	a, err := c.call(ctx, http.MethodGet, "/client/config", nil)
	return a.location(), err
}

// Claim says that the location is ours.
func (c *Content) Claim(ctx context.Context, id, name string) (Location, error) {
	a, err := c.call(ctx, http.MethodPost, "/client/config", map[string]any{"mdmInfo": map[string]string{"id": id, "name": cut(name, 100), "metadata": ""}})
	return a.location(), err
}

// Subscribe has Apple tell an address what happens at the location. It shows the secret there.
// Document: Apple "Subscribing to notifications".
func (c *Content) Subscribe(ctx context.Context, address, secret string) error {
	_, err := c.call(ctx, http.MethodPost, "/client/config", map[string]any{"notificationUrl": address, "notificationAuthToken": secret,
		"notificationTypes": []string{"ASSET_MANAGEMENT", "ASSET_COUNT"}})
	return err
}

func cut(s string, most int) string {
	r := []rune(s)
	return string(r[:min(len(r), most)])
}

// pages reads all pages of a list, and whose the location is by the last of them.
func (c *Content) pages(ctx context.Context, path string, each func(contentAnswer)) (Location, error) {
	index := 0
	for range pagesMost {
		a, err := c.call(ctx, http.MethodGet, path+"?pageIndex="+strconv.Itoa(index), nil)
		if err != nil {
			return Location{}, err
		}
		each(a)
		if a.Next == nil {
			return a.location(), nil
		}
		if *a.Next <= index {
			return Location{}, fmt.Errorf("asm: GET %s: %w", path, ErrCursorStuck)
		}
		index = *a.Next
	}
	return Location{}, fmt.Errorf("asm: GET %s: %w", path, ErrCursorStuck)
}

// Assets lists what the location owns.
func (c *Content) Assets(ctx context.Context) (out []Asset, l Location, err error) {
	l, err = c.pages(ctx, "/assets", func(a contentAnswer) { out = append(out, a.Assets...) })
	return out, l, err
}

// Assignments lists who has what.
func (c *Content) Assignments(ctx context.Context) (out []Holder, err error) {
	_, err = c.pages(ctx, "/assignments", func(a contentAnswer) { out = append(out, a.Assignments...) })
	return out, err
}

// Move gives every one of the apps to every one of the devices, or takes it back. The event tells what comes of it.
func (c *Content) Move(ctx context.Context, give bool, adams, serials []string) (event string, l Location, err error) {
	type asset struct {
		AdamID  string `json:"adamId"`
		Pricing string `json:"pricingParam"`
	}
	var assets []asset
	for _, id := range adams {
		assets = append(assets, asset{id, "STDQ"})
	}
	path := "/assets/disassociate"
	if give {
		path = "/assets/associate"
	}
	a, err := c.call(ctx, http.MethodPost, path, map[string]any{"assets": assets, "serialNumbers": serials})
	if err == nil && a.EventID == "" {
		err = &Unavailable{Err: errors.New("an answer without an event")}
	}
	return a.EventID, a.location(), err
}

// Event asks how far a request is.
func (c *Content) Event(ctx context.Context, id string) (Event, error) {
	a, err := c.call(ctx, http.MethodGet, "/status?eventId="+url.QueryEscape(id), nil)
	return Event{Done: a.EventStatus == "COMPLETE" || a.EventStatus == "FAILED", Failures: a.Failures}, err
}

// Product is what the App Store says of an item.
type Product struct {
	AdamID, Name, Seller, BundleID, MinimumOS, Version string
	Size                                               int64
}

// LookUp asks the App Store about items. The token shows custom apps of its location. What the store does not know is not in the answer.
func (c *Content) LookUp(ctx context.Context, country string, adams []string) (out []Product, err error) {
	if country == "" {
		country = "de"
	}
	for len(adams) > 0 {
		n := min(len(adams), lookupMost)
		q := url.Values{"version": {"2"}, "id": {strings.Join(adams[:n], ",")}, "p": {"mdm-lockup"}, "caller": {"MDM"}, "platform": {"volumestore"}, "cc": {strings.ToLower(country)}, "l": {"de"}}
		adams = adams[n:]
		var answer struct {
			Results map[string]struct {
				Name, ArtistName, BundleID, MinimumOSVersion string
				Offers                                       []struct {
					Version struct{ Display string }
					Assets  []struct{ Size int64 }
				}
			}
		}
		if err := c.send(ctx, http.MethodGet, namesURL+"?"+q.Encode(), nil, &http.Cookie{Name: "itvt", Value: c.Bearer}, &answer); err != nil {
			return nil, fmt.Errorf("asm: look up: %w", err)
		}
		for id, r := range answer.Results {
			p := Product{AdamID: id, Name: r.Name, Seller: r.ArtistName, BundleID: r.BundleID, MinimumOS: r.MinimumOSVersion}
			for _, o := range r.Offers {
				p.Version = o.Version.Display
				for _, a := range o.Assets {
					p.Size = max(p.Size, a.Size)
				}
			}
			out = append(out, p)
		}
	}
	return out, nil
}
