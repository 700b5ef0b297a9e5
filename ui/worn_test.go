package ui

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ranzen/store/school"
)

// Colour and logo stand on every page of the authority and on none of another; who may frame them is said with each page of
// somebody, and pages of nobody are framed by no one; the stable address of a page leads into its authority.
func TestMUSES09_LookPortalsAndStableAddresses(t *testing.T) {
	w := newWorld(t)
	c := w.as(w.Admin)
	c.get("/devices").hides(t, huePath, logoPath)
	if csp := c.get("/devices").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("framed without being asked: %s", csp)
	}
	var logo bytes.Buffer
	ok(t, 0, png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 300, 200))))
	ctx := context.Background()
	set, err := w.st.ChangeLook(ctx, w.by, school.Look{Colour: "#1a4f8b", Portals: []string{"https://portal.musterstadt.example"}, Logo: logo.Bytes()})
	ok(t, set, err)
	page := c.get("/devices")
	page.says(t, http.StatusOK)
	for _, want := range []string{huePath + "?v=", logoPath + "?v="} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("no %s on the page", want)
		}
	}
	if csp := page.Header.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors https://portal.musterstadt.example") {
		t.Errorf("the portal may not: %s", csp)
	}
	if csp := w.as("").get("/sign-in").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("the sign-in is framed: %s", csp)
	}
	if a := c.get(huePath); a.Status != http.StatusOK || !strings.Contains(a.Body, "#1a4f8b") {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	if a := c.get(logoPath); a.Status != http.StatusOK || a.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%d %s", a.Status, a.Header)
	}
	c.get(lookPath).says(t, http.StatusOK, "Aussehen und Einbettung", "Logo entfernen", tenantPath+string(w.by.Tenant)+"/devices")
	if a := c.get(tenantPath + string(w.by.Tenant) + "/devices/" + string(w.Devices[0]) + "?x=1"); a.Location != "/devices/"+string(w.Devices[0])+"?x=1" {
		t.Errorf("the stable address: %d %s", a.Status, a.Location)
	}
	for _, strange := range []string{tenantPath + "01990c5e-7a11-7c3e-9d42-3f1a6b0c0001/devices", tenantPath + string(w.by.Tenant) + "x/devices"} {
		if a := c.get(strange); a.Status != http.StatusNotFound {
			t.Errorf("%s: %d %s", strange, a.Status, a.Location)
		}
	}
	if a := c.get(tenantPath + string(w.by.Tenant) + "//evil.example/"); strings.HasPrefix(a.Location, "//") {
		t.Errorf("leads away: %s", a.Location)
	}
	// An address of another authority asks before it changes to it; one where somebody does not work is not there.
	other, err := w.st.CreateAuthority(ctx, school.System("test", ""), school.Authority{Name: "Anderswo"})
	there := tenantPath + string(ok(t, other, err)) + "/devices?x=1"
	if a := c.get(there); a.Status != http.StatusNotFound {
		t.Errorf("a stranger: %d %s", a.Status, a.Location)
	}
	home := w.authority
	w.authority = other
	w.access(noon.Add(time.Hour))
	w.authority = home
	both := w.as(w.Operator)
	both.get(there).says(t, http.StatusOK, "Zu Anderswo wechseln?", "Sie arbeiten gerade in Musterstadt.")
	both.get("/account").says(t, http.StatusOK, "Musterstadt")
	if a := both.post(choosePath, url.Values{"authority": {string(other)}, "next": {"/devices?x=1"}}); a.Location != "/devices?x=1" {
		t.Errorf("%d %s", a.Status, a.Location)
	}
	if a := both.get(there); a.Location != "/devices?x=1" {
		t.Errorf("straight in: %d %s", a.Status, a.Location)
	}
	if a := both.post(choosePath, url.Values{"authority": {string(other)}, "next": {"https://evil.example/"}}); a.Location != "/" {
		t.Errorf("leads away: %s", a.Location)
	}
	if a := w.as("").get(tenantPath + string(w.by.Tenant) + "/devices"); !strings.HasPrefix(a.Location, "/sign-in?next=") {
		t.Errorf("nobody: %d %s", a.Status, a.Location)
	}
	if _, err := w.st.Undo(ctx, w.by, set); err != nil {
		t.Fatal(err)
	}
	c.get("/devices").hides(t, huePath, logoPath)
}
