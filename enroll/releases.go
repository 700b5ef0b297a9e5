package enroll

import (
	"context"

	"ranzen/enroll/asm"
	"ranzen/store/school"
)

// ReadReleases reads Apple's public list of the versions of iPadOS that can be demanded, and keeps it. Without it versions
// are typed.
func (e *Enroll) ReadReleases(ctx context.Context) error {
	list, err := asm.Releases(ctx, e.apple)
	if err != nil { // a machine that does not trust Apple's own root, or a wall before it: nothing hangs on the list
		e.log.Info("Apple's list of versions was not read", "error", err)
		return nil
	}
	out := make([]school.Release, len(list))
	for i, r := range list {
		out[i] = school.Release{Version: r.Version, Build: r.Build, Posted: r.Posted, Expires: r.Expires, Products: r.Products}
	}
	return e.st.KeepReleases(ctx, out)
}
