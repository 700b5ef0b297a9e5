package control_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"

	"github.com/micromdm/plist"
	"github.com/smallstep/pkcs7"

	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

// hand is an iPad led by hand: every request it sends is one call here, so that statements and costs can be counted
// request by request. A played fleet does too much at once for that.
type hand struct {
	p        *played
	h        holder
	udid     string
	os       string
	profiles map[string]string // PayloadIdentifier -> PayloadUUID
	sent     func(func())      // around what the server does
}

var deviceKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// newHand enrols an iPad of class 7b. With iPadOS 14 all goes by commands, with 26 profiles are declared.
func newHand(p *played, serial, os string, key crypto.Signer) *hand {
	p.t.Helper()
	ctx := context.Background()
	_, _, err := p.st.Announce(ctx, p.by, []store.Announced{{Row: 2, Serial: serial, School: "Gymnasium Nord", Class: "7b"}})
	p.must(err)
	i := &hand{p: p, udid: "UDID-" + serial, os: os, profiles: map[string]string{}, sent: func(f func()) { f() }}
	i.h = p.certifiedFor(key, store.Challenge{Purpose: store.ForEnroll, Device: p.page(serial).Device.ID, UDID: i.udid, Serial: serial})
	i.say(message("Authenticate", "UDID", i.udid, "SerialNumber", serial, "Topic", p.topic(), "OSVersion", os, "ProductName", "iPad11,6"))
	i.say(message("TokenUpdate", "UDID", i.udid, "Topic", p.topic(), "PushMagic", "magic", "Token", "<data>AAAA</data>"))
	i.settle()
	return i
}

func (i *hand) idle() string { return message("", "UDID", i.udid, "Status", "Idle") }

// signed makes a request that can be sent any number of times.
func (i *hand) signed(body string) func() *http.Request {
	signature := i.h.signature(i.p.t, []byte(body))
	return func() *http.Request {
		r := httptest.NewRequest(http.MethodPut, base+"/mdm", bytes.NewReader([]byte(body)))
		r.TLS = nil
		r.Header.Set("Mdm-Signature", signature)
		return r
	}
}

func (i *hand) say(body string) []byte {
	i.p.t.Helper()
	r, w := i.signed(body)(), httptest.NewRecorder()
	i.sent(func() { i.p.handler.ServeHTTP(w, r) })
	if w.Code != http.StatusOK {
		i.p.t.Fatalf("status %d for %s", w.Code, body)
	}
	return w.Body.Bytes()
}

type handed struct {
	CommandUUID string
	Command     struct {
		RequestType, Identifier string
		Payload                 []byte
	}
}

func (i *hand) read(b []byte) *handed {
	i.p.t.Helper()
	if len(b) == 0 {
		return nil
	}
	c := new(handed)
	i.p.must(plist.Unmarshal(b, c))
	return c
}

// answer carries a command out and reports it; it returns the next one.
func (i *hand) answer(c *handed) *handed {
	i.p.t.Helper()
	pairs := []string{"UDID", i.udid, "Status", "Acknowledged", "CommandUUID", c.CommandUUID}
	switch c.Command.RequestType {
	case "InstallProfile":
		cms, err := pkcs7.Parse(c.Command.Payload)
		i.p.must(err)
		var profile struct{ PayloadIdentifier, PayloadUUID string }
		i.p.must(plist.Unmarshal(cms.Content, &profile))
		i.profiles[profile.PayloadIdentifier] = profile.PayloadUUID
	case "RemoveProfile":
		delete(i.profiles, c.Command.Identifier)
	case "ProfileList":
		var list bytes.Buffer
		for id, uuid := range i.profiles {
			fmt.Fprintf(&list, "<dict><key>PayloadIdentifier</key><string>%s</string><key>PayloadUUID</key><string>%s</string><key>IsManaged</key><true/></dict>", id, uuid)
		}
		pairs = append(pairs, "ProfileList", "<array>"+list.String()+"</array>")
	case "DeviceInformation":
		pairs = append(pairs, "QueryResponses", "<dict><key>OSVersion</key><string>"+i.os+"</string><key>ProductName</key><string>iPad11,6</string><key>IsSupervised</key><true/></dict>")
	case "ActivationLockBypassCode":
		pairs = append(pairs, "ActivationLockBypassCode", "AAAAA-BBBB-CCCC-DDDD-EEEE-FFFF")
	case "DeclarativeManagement":
		next := i.read(i.say(message("", pairs...)))
		i.sync()
		return next
	}
	return i.read(i.say(message("", pairs...)))
}

// settle asks for work until there is none.
func (i *hand) settle() {
	i.p.t.Helper()
	for n := 0; n < 50; n++ {
		c := i.read(i.say(i.idle()))
		if c == nil {
			return
		}
		for ; c != nil; c = i.answer(c) {
		}
	}
	i.p.t.Fatal("the device gets no rest")
}

func (i *hand) declarative(endpoint string, data []byte) []byte {
	i.p.t.Helper()
	pairs := []string{"UDID", i.udid, "Endpoint", endpoint}
	if data != nil {
		pairs = append(pairs, "Data", "<data>"+base64.StdEncoding.EncodeToString(data)+"</data>")
	}
	return i.say(message("DeclarativeManagement", pairs...))
}

// sync is one declarative sync: tokens, items, every declaration, status.
func (i *hand) sync() {
	i.p.t.Helper()
	i.declarative("tokens", nil)
	type pair struct{ Identifier, ServerToken string }
	var items struct{ Declarations map[string][]pair }
	i.p.must(json.Unmarshal(i.declarative("declaration-items", nil), &items))
	type said struct {
		Identifier string `json:"identifier"`
		Token      string `json:"server-token"`
		Active     bool   `json:"active"`
		Valid      string `json:"valid"`
	}
	report := map[string][]said{}
	for list, kind := range map[string]string{"Activations": "activation", "Configurations": "configuration", "Management": "management"} {
		for _, d := range items.Declarations[list] {
			i.declarative("declaration/"+kind+"/"+d.Identifier, nil)
			name := map[string]string{"activation": "activations", "configuration": "configurations", "management": "management"}[kind]
			report[name] = append(report[name], said{d.Identifier, d.ServerToken, true, "valid"})
		}
	}
	b, err := json.Marshal(map[string]any{"StatusItems": map[string]any{"management": map[string]any{"declarations": report},
		"device": map[string]any{"operating-system": map[string]any{"version": i.os}}}})
	i.p.must(err)
	i.declarative("status", b)
}

// changing assigns a profile to class 7b that can be changed at will.
func (p *played) changing() (change func()) {
	p.t.Helper()
	ctx := context.Background()
	values := func(ssid string) url.Values {
		return url.Values{"ssid": {ssid}, "security": {"WPA2"}, "password": {"schulweg7"}}
	}
	id, first := p.profile("wifi", "WLAN Schule", values("GYN-Schule"))
	c, err := profiles.Build("wifi", "WLAN Schule", values("GYN-Neu"), nil)
	p.must(err)
	_, _, err = p.st.SaveDraft(ctx, p.by, id, "wifi", c, "")
	p.must(err)
	second, _, err := p.st.Publish(ctx, p.by, id)
	p.must(err)
	a := p.assign(school.AtClass, string(p.class), id, first)
	at := first
	return func() {
		p.t.Helper()
		if at == first {
			at = second
		} else {
			at = first
		}
		_, err := p.st.SetVersion(ctx, p.by, a, at)
		p.must(err)
	}
}
