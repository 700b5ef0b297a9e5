package asm

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// LookupHost is where Apple lists which versions of its systems can be installed at present. It needs no token and is told
// nothing: the list is the same for everybody. Its certificate comes from Apple's own root, which not every machine trusts;
// where it is missing the list stays unread and nothing else suffers.
const LookupHost = "gdmf.apple.com"

// Release is a version of iPadOS that Apple offers, and to which models.
// Document: Apple "Use the Apple Software Lookup Service" (/v2/pmv).
type Release struct {
	Version  string
	Build    string
	Posted   string // day
	Expires  string // day; empty: not said
	Products []string
}

// Bounds of the list: a real one has some hundred entries.
const (
	maxReleases = 5000
	maxProducts = 500
)

// Releases reads Apple's list of versions that can be demanded. transport is http.DefaultTransport when nil.
func Releases(ctx context.Context, transport http.RoundTripper) ([]Release, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+LookupHost+"/v2/pmv", http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("asm: software lookup: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Ranzen")
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("asm: software lookup: %w", &Unavailable{Err: err})
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("asm: software lookup: %w", &Unavailable{Status: resp.StatusCode})
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("asm: software lookup: %w", &Unavailable{Status: resp.StatusCode, Err: err})
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("asm: software lookup: %w", &Unavailable{Status: resp.StatusCode, Err: fmt.Errorf("an answer of more than %d bytes", maxAnswer)})
	}
	list, err := parseReleases(data)
	if err != nil {
		return nil, fmt.Errorf("asm: software lookup: %w", &Unavailable{Status: resp.StatusCode, Err: err})
	}
	return list, nil
}

// parseReleases keeps what is for iPads. What is not as expected is passed over; a list without any iPad is none.
func parseReleases(data []byte) ([]Release, error) {
	var doc struct {
		AssetSets struct {
			IOS []struct {
				ProductVersion, Build, PostingDate, ExpirationDate string
				SupportedDevices                                   []string
			} `json:"iOS"`
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("an unreadable list: %w", err)
	}
	if len(doc.AssetSets.IOS) > maxReleases {
		return nil, fmt.Errorf("a list of more than %d versions", maxReleases)
	}
	var out []Release
	for _, a := range doc.AssetSets.IOS {
		r := Release{Version: a.ProductVersion, Build: a.Build, Posted: day(a.PostingDate), Expires: day(a.ExpirationDate)}
		for _, p := range a.SupportedDevices {
			if len(p) > 4 && len(p) < 20 && p[:4] == "iPad" && len(r.Products) < maxProducts {
				r.Products = append(r.Products, p)
			}
		}
		if r.Version != "" && len(r.Version) < 20 && len(r.Build) < 20 && len(r.Products) > 0 {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("a list without a version for iPads")
	}
	return out, nil
}

func day(s string) string {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return ""
	}
	return s
}
