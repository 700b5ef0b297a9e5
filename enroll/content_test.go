package enroll

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/school"
)

// shop is a location whose token is in force here.
func (w *world) shop() (*sim.Location, school.TokenID) {
	w.Helper()
	w.apple.Offer(
		sim.App{AdamID: "1001", BundleID: "org.example.paint", Name: "Malkasten", Seller: "Beispiel", Version: "2.1", MinimumOS: "16.0", Size: 1000},
		sim.App{AdamID: "1002", BundleID: "org.example.own", Name: "Hausapp", Version: "1.0", MinimumOS: "15.0", Size: 1000, Custom: true},
		sim.App{AdamID: "1003", Name: "Lesebuch", Book: true, UserOnly: true})
	l := w.apple.AddLocation("Nord", "Musterstadt")
	for i := range 3 {
		l.Buy(fmt.Sprint(1001+i), 10)
	}
	id, err := w.x.KeepContentToken(context.Background(), w.by, store.ContentToken{}, l.Token())
	if err != nil {
		w.Fatal(err)
	}
	return l, id
}

func (w *world) licences() {
	w.Helper()
	if err := w.x.Licences(context.Background(), w.by.Tenant); err != nil {
		w.Fatal(err)
	}
}

func (w *world) location(id school.TokenID) store.ContentToken {
	w.Helper()
	t, err := w.st.ContentToken(context.Background(), w.by, id)
	if err != nil {
		w.Fatal(err)
	}
	return t
}

func (w *world) alarmed(kind string) bool {
	w.Helper()
	list, err := w.st.Alarms(context.Background(), w.by)
	if err != nil {
		w.Fatal(err)
	}
	for _, a := range list {
		if a.Kind == kind {
			return true
		}
	}
	return false
}

// TestKWH07_WhatALocationOwnsIsListedCustomAppsToo uploads a token and finds the catalogue: apps to assign, custom ones among them, and
// a book that nobody can.
func TestKWH07_WhatALocationOwnsIsListedCustomAppsToo(t *testing.T) {
	each(t, func(w *world) {
		l, id := w.shop()
		l.Give("1001", "SOMEBODY", "ELSE")
		w.licences()
		page, err := w.st.Apps(context.Background(), w.by, store.AppFilter{})
		if err != nil || len(page.Rows) != 3 {
			w.Fatal(page.Rows, err)
		}
		for _, x := range page.Rows {
			if (x.Profile != "") != (x.Product == "app") || x.Bought != 10 || x.Bought != x.Used+x.Free {
				w.Errorf("%+v", x)
			}
			if x.AdamID == "1001" && (x.Used != 2 || x.Elsewhere != 2 || x.Name != "Malkasten") {
				w.Errorf("given elsewhere: %+v", x)
			}
			if x.AdamID == "1002" && x.BundleID != "org.example.own" {
				w.Errorf("the custom app: %+v", x)
			}
		}
		if got := w.location(id); got.Name != "Nord" || got.ClaimedBy != "" || got.Synced.IsZero() || got.Apps != 3 {
			w.Errorf("%+v", got)
		}
		due, err := w.st.ContentDue(context.Background())
		if err != nil || due {
			w.Errorf("there is nothing to do, but due is %v %v", due, err)
		}
		w.clock.turn(25 * time.Hour)
		if due, _ := w.st.ContentDue(context.Background()); !due {
			w.Error("a day later nobody counts")
		}
	})
}

func TestATokenIsRefusedInWords(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		l, id := w.shop()
		for name, c := range map[string]struct {
			file []byte
			code string
		}{"no token": {[]byte("hello"), "content.not_token"}, "a foreign file": {[]byte("aGVsbG8="), "content.not_token"}} {
			_, err := w.x.KeepContentToken(ctx, w.by, store.ContentToken{}, c.file)
			if got := school.Refusals(err); len(got) != 1 || got[0].Code != c.code {
				w.Errorf("%s: %v", name, err)
			}
		}
		old := l.Token()
		fresh := l.Renew()
		if _, err := w.x.KeepContentToken(ctx, w.by, store.ContentToken{}, old); len(school.Refusals(err)) != 1 || school.Refusals(err)[0].Code != "content.rejected" {
			w.Errorf("an old one: %v", err)
		}
		if again, err := w.x.KeepContentToken(ctx, w.by, store.ContentToken{}, fresh); err != nil || again != id {
			w.Errorf("renewed: %v %v", again, err)
		}
		w.licences()
		l.Revoke()
		w.clock.turn(25 * time.Hour)
		w.licences()
		if got := w.location(id); got.Error != "rejected" || !w.alarmed(store.AlarmContentRejected) {
			w.Errorf("revoked: %+v", got)
		}
		w.clock.turn(2 * time.Hour)
		if _, err := w.x.KeepContentToken(ctx, w.by, store.ContentToken{ID: id}, l.Renew()); err != nil {
			w.Fatal(err)
		}
		w.licences()
		if got := w.location(id); got.Error != "" || w.alarmed(store.AlarmContentRejected) {
			w.Errorf("renewed again: %+v", got)
		}
	})
}

func TestALocationOfAnotherSystemIsLeftAlone(t *testing.T) {
	each(t, func(w *world) {
		l, id := w.shop()
		l.Claim("other", "Anderes System")
		w.licences()
		if got := w.location(id); got.ClaimedBy != "Anderes System" || !w.alarmed(store.AlarmContentForeign) {
			w.Fatalf("%+v", got)
		}
		if w.road.count("POST /mdm/v2/client/config") != 0 {
			w.Error("the location was taken from another system")
		}
		l.Claim("ranzen-"+string(w.by.Tenant), "Ranzen")
		if err := w.st.WantContent(context.Background(), w.by, id); err != nil {
			w.Fatal(err)
		}
		w.licences()
		if got := w.location(id); got.ClaimedBy != "" || w.alarmed(store.AlarmContentForeign) {
			w.Errorf("ours again: %+v", got)
		}
	})
}

func TestAppleIsLeftAloneForAsLongAsItAsks(t *testing.T) {
	each(t, func(w *world) {
		_, id := w.shop()
		w.road.set(says("/mdm/v2/assets", 429, `{"errorNumber": 9646}`, "Retry-After", "120"))
		w.licences()
		got := w.location(id)
		if got.Error != "throttled" || !got.NotBefore.Equal(w.clock.now().Add(2*time.Minute)) {
			w.Fatalf("%+v", got)
		}
		asked := w.road.total()
		w.licences()
		if w.road.total() != asked {
			w.Error("Apple was asked again at once")
		}
		w.road.set(nil)
		w.clock.turn(3 * time.Minute)
		w.licences()
		if got := w.location(id); got.Error != "" || got.Synced.IsZero() {
			w.Errorf("%+v", got)
		}
	})
}

// TestKWH07_WhatAppleTellsIsLookedAtAtOnce: Apple learns the address with the first count; licences that are bought afterwards are there
// as soon as it says so, and not a day later; who does not show the secret of the location, or speaks of another, is refused
// and changes nothing.
func TestKWH07_WhatAppleTellsIsLookedAtAtOnce(t *testing.T) {
	each(t, func(w *world) {
		ctx := context.Background()
		l, id := w.shop()
		w.licences()
		l.Notices()
		l.Buy("1001", 5)
		told := l.Notices()
		if len(told) != 1 || !strings.HasPrefix(told[0].URL, base+"/") {
			w.Fatalf("%+v", told)
		}
		tell := func(url, authorization string, body []byte) int {
			r := httptest.NewRequest(http.MethodPost, url, bytes.NewReader(body))
			r.Header.Set("Authorization", authorization)
			rec := httptest.NewRecorder()
			w.web.ServeHTTP(rec, r)
			return rec.Code
		}
		n := told[0]
		for what, forged := range map[string][3]string{
			"no secret":        {n.URL, "", string(n.Body)},
			"another secret":   {n.URL, "Bearer 0123456789abcdef0123456789abcdef", string(n.Body)},
			"another location": {n.URL, n.Authorization, strings.Replace(string(n.Body), l.UID, "20490250", 1)},
			"no such location": {n.URL + "x", n.Authorization, string(n.Body)},
			"no JSON":          {n.URL, n.Authorization, "<plist/>"},
			"too long":         {n.URL, n.Authorization, `{"uId":"` + strings.Repeat("x", 300<<10) + `"}`},
		} {
			if code := tell(forged[0], forged[1], []byte(forged[2])); code != http.StatusNotFound {
				w.Errorf("%s: %d", what, code)
			}
			if due, err := w.st.ContentDue(ctx); err != nil || due {
				w.Errorf("%s: it is acted upon, %v", what, err)
			}
		}
		bought := func() int {
			page, err := w.st.Apps(ctx, w.by, store.AppFilter{Search: "Malkasten"})
			if err != nil || len(page.Rows) != 1 {
				w.Fatal(page.Rows, err)
			}
			return page.Rows[0].Bought
		}
		for range 2 { // Apple may say it twice
			if code := tell(n.URL, n.Authorization, n.Body); code != http.StatusOK {
				w.Errorf("Apple itself: %d", code)
			}
		}
		if due, err := w.st.ContentDue(ctx); err != nil || !due || bought() != 10 {
			w.Errorf("nobody looks: %v %v, %d", due, err, bought())
		}
		w.licences()
		if got := bought(); got != 15 {
			w.Errorf("%d bought", got)
		}
		if got := w.location(id); got.Error != "" {
			w.Errorf("%+v", got)
		}
	})
}
