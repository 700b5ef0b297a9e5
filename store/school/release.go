package school

import (
	"slices"
	"strings"
)

// Release is a version of iPadOS that Apple offers, and to which models.
type Release struct {
	Version  string
	Build    string
	Posted   string // day
	Expires  string // day after which Apple offers it no more; empty: not said
	Products []string
}

// Releases is Apple's list, the newest first. The zero value is no list: nobody knows then what is offered.
type Releases []Release

// NewReleases puts a list in order.
func NewReleases(list []Release) Releases {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b Release) int {
		switch {
		case a.Version == b.Version:
			return strings.Compare(b.Build, a.Build)
		case OSAtLeast(a.Version, b.Version):
			return -1
		}
		return 1
	})
	return out
}

// Offered says whether Apple offers a version for a model, and whether the list knows enough to say so: a version or model
// that stands nowhere in it may be newer than the list.
func (l Releases) Offered(version, product string) (offered, known bool) {
	model := false
	for _, r := range l {
		has := slices.Contains(r.Products, product)
		model = model || has
		if r.Version == version {
			known = true
			offered = offered || has
		}
	}
	return offered, known && model
}

// For lists the versions offered for a model, the newest first; for no model those offered for any.
func (l Releases) For(product string) (out []string) {
	for _, r := range l {
		if (product == "" || slices.Contains(r.Products, product)) && !slices.Contains(out, r.Version) {
			out = append(out, r.Version)
		}
	}
	return out
}

// Serves says up to which version Apple's list serves a model, and whether that is still the newest one it has for anybody. Both are
// empty for a model that stands nowhere in it.
func (l Releases) Serves(product string) (newest string, still bool) {
	if product == "" {
		return "", false
	}
	top := ""
	for _, r := range l {
		if !slices.ContainsFunc(r.Products, func(p string) bool { return strings.HasPrefix(p, "iPad") }) {
			continue
		}
		if top == "" {
			top = r.Version
		}
		if slices.Contains(r.Products, product) {
			major, _, _ := strings.Cut(r.Version, ".")
			of, _, _ := strings.Cut(top, ".")
			return r.Version, major == of
		}
	}
	return "", false
}
