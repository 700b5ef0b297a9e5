package enroll

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/smallstep/scep"

	"ranzen/enroll/ca"
	"ranzen/store"
	"ranzen/store/school"
)

func (w *world) code(c store.Code) (link, typed string) {
	w.Helper()
	if c.School == "" {
		c.School = w.school("Nord")
	}
	if c.Left == 0 {
		c.Left = 1
	}
	_, link, typed, err := w.st.CreateCode(context.Background(), w.by, c)
	if err != nil {
		w.Fatal(err)
	}
	return link, typed
}

func TestACodeOpensTheDoorAsOftenAsItSays(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx := context.Background()
		nord := w.school("Nord")
		if _, err := w.st.SetNetwork(ctx, w.by, nord, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "sehr geheim"}); err != nil {
			t.Fatal(err)
		}
		link, typed := w.code(store.Code{School: nord, Left: 3})
		for _, want := range []int{405, 405} { // what looks at a link without being asked for the profile uses nothing up
			if rec := w.ask(http.MethodHead, "/e/"+link+"/profile", nil); rec.Code != want {
				t.Errorf("HEAD: %d", rec.Code)
			}
		}
		for name, ask := range map[string]func() []byte{
			"by link": func() []byte { return profileFrom(w, http.MethodGet, "/e/"+link+"/profile", nil) },
			"by hand": func() []byte {
				return profileFrom(w, http.MethodPost, "/enroll/code", []byte("code="+url.QueryEscape(strings.ToLower(typed))))
			},
			"in print": func() []byte {
				return profileFrom(w, http.MethodPost, "/enroll/code", []byte("code="+url.QueryEscape(link)))
			},
		} {
			p := w.payloads(ask())
			if p["com.apple.wifi.managed"] != nil {
				t.Errorf("%s: the set-up network is given to whoever has a code", name)
			}
			c := newClient(t, ecKey(t))
			cert := c.read(t, w.pki(w.by.Tenant, c.message(t, scep.PKCSReq, challengeOf(p)).Raw))
			if cert == nil {
				t.Fatalf("%s: the challenge opens nothing", name)
			}
			id, err := w.st.Identity(ctx, ca.CertHash(cert))
			if err != nil || id.Purpose != store.ForManual || id.School != nord || id.Trusted || id.Device != "" || id.Serial != "" {
				t.Errorf("%s: bound as %+v %v", name, id, err)
			}
			e, err := w.st.Authenticated(ctx, id, store.Checkin{NanoID: udid + name, UDID: udid + name, Serial: "DMPXM" + strings.ToUpper(name[3:]), Topic: "t"})
			if err != nil || e == "" {
				t.Fatal(err)
			}
			device, err := w.st.DeviceBySerial(ctx, w.by, "DMPXM"+strings.ToUpper(name[3:]))
			if err != nil || device.Confirmed || device.School != nord {
				t.Errorf("%s: arrives as %+v %v", name, device.Device, err)
			}
		}
		for target, body := range map[string]string{"/e/" + link + "/profile": "", "/enroll/code": "code=" + url.QueryEscape(typed)} {
			method := http.MethodGet
			if body != "" {
				method = http.MethodPost
			}
			if rec := w.ask(method, target, []byte(body)); rec.Code != http.StatusGone {
				t.Errorf("%s a fourth time: %d", method, rec.Code)
			}
		}
	})
}

func profileFrom(w *world, method, target string, body []byte) []byte {
	w.Helper()
	rec := w.ask(method, target, body)
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/x-apple-aspen-config" || rec.Header().Get("Cache-Control") != "no-store" ||
		rec.Header().Get("Referrer-Policy") != "no-referrer" || !strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
		w.Fatalf("%d %v", rec.Code, rec.Header())
	}
	return rec.Body.Bytes()
}

func TestACodeForOneDeviceIsForNoOther(t *testing.T) {
	eachAlone(t, func(w *world) {
		ctx := context.Background()
		link, _ := w.code(store.Code{Serial: serial})
		p := w.payloads(profileFrom(w, http.MethodGet, "/e/"+link+"/profile", nil))
		c := newClient(t, ecKey(t))
		cert := c.read(t, w.pki(w.by.Tenant, c.message(t, scep.PKCSReq, challengeOf(p)).Raw))
		id, err := w.st.Identity(ctx, ca.CertHash(cert))
		if err != nil || !id.Trusted || id.Serial != serial {
			t.Errorf("bound as %+v %v", id, err)
		}
	})
}

func TestAWrongCodeOpensNothing(t *testing.T) {
	eachAlone(t, func(w *world) {
		link, _ := w.code(store.Code{Expires: start.Add(time.Hour), Left: 5})
		for name, test := range map[string]struct {
			method, target, body string
			want                 int
		}{
			"guessed link":     {"GET", "/e/AAAAAAAAAAAAAAAAAAAAAA/profile", "", 404},
			"guessed by hand":  {"POST", "/enroll/code", "code=00000-00000", 404},
			"nothing":          {"POST", "/enroll/code", "", 404},
			"no form":          {"POST", "/enroll/code", "code=%zz", 400},
			"a novel":          {"POST", "/enroll/code", "code=" + strings.Repeat("A", 8<<10), 400},
			"its hash":         {"GET", "/e/" + store.Digest(link) + "/profile", "", 404},
			"in the address":   {"POST", "/enroll/code?code=" + link, "", 400 + 4},
			"part of the link": {"GET", "/e/" + link[:20] + "/profile", "", 404},
		} {
			rec := w.ask(test.method, test.target, []byte(test.body))
			if rec.Code != test.want {
				t.Errorf("%s: %d, want %d", name, rec.Code, test.want)
			}
			if strings.Contains(rec.Body.String(), "PayloadType") {
				t.Errorf("%s: a profile", name)
			}
		}
		w.clock.turn(2 * time.Hour)
		if rec := w.ask(http.MethodGet, "/e/"+link+"/profile", nil); rec.Code != http.StatusGone {
			t.Errorf("over: %d", rec.Code)
		}
		waits := 0
		for range 100 {
			if rec := w.ask(http.MethodPost, "/enroll/code", []byte("code=00000-00000")); rec.Code == http.StatusTooManyRequests {
				waits++
			}
		}
		if waits == 0 {
			t.Error("a hundred guesses a minute and no end")
		}
	})
}

func TestQRShowsEveryModule(t *testing.T) {
	x := &Enroll{base: base}
	link := x.Link("0123456789abcdefABCDEF")
	if link != base+"/e/0123456789abcdefABCDEF" {
		t.Error(link)
	}
	svg, err := QR(link)
	if err != nil {
		t.Fatal(err)
	}
	code, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	n := code.Bounds().Dx()
	drawn := make([][]bool, n)
	for y := range drawn {
		drawn[y] = make([]bool, n)
	}
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "rect" {
			continue
		}
		a := map[string]string{}
		for _, attr := range e.Attr {
			a[attr.Name.Local] = attr.Value
		}
		if a["fill"] != "#000" {
			continue
		}
		for i := range number(t, a["width"]) {
			drawn[number(t, a["y"])-quiet][number(t, a["x"])-quiet+i] = true
		}
	}
	for y := range n {
		for x := range n {
			r, _, _, _ := code.At(x, y).RGBA()
			if drawn[y][x] != (r == 0) {
				t.Fatalf("module %d,%d is wrong", x, y)
			}
		}
	}
	if _, err := QR(strings.Repeat("x", 10_000)); err == nil {
		t.Error("more than a QR code holds")
	}
}

func number(t *testing.T, s string) (n int) {
	t.Helper()
	for _, r := range s {
		if r < '0' || r > '9' {
			t.Fatalf("%q is no number", s)
		}
		n = n*10 + int(r-'0')
	}
	return n
}
