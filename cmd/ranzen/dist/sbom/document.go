package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// The document, as CycloneDX 1.6 names its fields. Only what is filled in stands here.
type document struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp  string      `json:"timestamp"`
	Lifecycles []lifecycle `json:"lifecycles"`
	Component  component   `json:"component"`
	Properties []property  `json:"properties,omitempty"`
}

type lifecycle struct {
	Phase string `json:"phase"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Licenses   []licence  `json:"licenses,omitempty"`
	CPE        string     `json:"cpe,omitempty"`
	Purl       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licence struct {
	License named `json:"license"`
}

type named struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn,omitempty"`
}

// settings of the build that say how the binary came to be. Paths of the machine are not among them.
var settings = []string{"GOOS", "GOARCH", "GOAMD64", "GOARM64", "CGO_ENABLED", "-trimpath", "vcs.revision", "vcs.time", "vcs.modified"}

func newDocument(info *debug.BuildInfo, parts []part, release, sum string, at time.Time) document {
	self := component{Type: "application", Name: "ranzen", Version: release, Purl: "pkg:generic/ranzen@" + release,
		Hashes: []hash{{"SHA-256", sum}}, Licenses: []licence{{named{ID: "EUPL-1.2"}}}}
	self.Ref = self.Purl
	d := document{Format: "CycloneDX", Spec: "1.6", Version: 1,
		Metadata: metadata{Timestamp: at.UTC().Format(time.RFC3339), Lifecycles: []lifecycle{{"build"}}, Component: self}}
	d.Metadata.Properties = append(d.Metadata.Properties, property{"go:version", info.GoVersion})
	for _, s := range info.Settings {
		if slices.Contains(settings, s.Key) {
			d.Metadata.Properties = append(d.Metadata.Properties, property{"go:build:" + s.Key, s.Value})
		}
	}
	on := dependency{Ref: self.Ref}
	for _, p := range parts {
		c := p.component
		if c.Ref = c.Purl; c.Ref == "" {
			c.Ref = strings.ReplaceAll(c.Name+"@"+c.Version, " ", "-")
		}
		d.Components = append(d.Components, c)
		on.On = append(on.On, c.Ref)
	}
	slices.SortFunc(d.Components, func(x, y component) int { return strings.Compare(x.Ref, y.Ref) })
	slices.Sort(on.On)
	d.Dependencies = []dependency{on}
	// A name for this very content, so that equal binaries have equal documents.
	b, _ := json.Marshal(d)
	h := sha256.Sum256(b)
	h[6], h[8] = h[6]&0x0f|0x80, h[8]&0x3f|0x80 // UUID of version 8: made by a rule of one's own
	d.Serial = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])
	return d
}
