package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ranzen/store/school"
)

const mobileconfig = `<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.schule.wlan</string><key>PayloadUUID</key><string>7B1F0B3A-0001-4000-8000-000000000001</string>
<key>PayloadDisplayName</key><string>Aus der Datei</string>
<key>PayloadContent</key><array><dict>
<key>PayloadType</key><string>com.apple.wifi.managed</string><key>PayloadVersion</key><integer>1</integer>
<key>PayloadIdentifier</key><string>example.schule.wlan.1</string><key>PayloadUUID</key><string>7B1F0B3A-0002-4000-8000-000000000002</string>
<key>SSID_STR</key><string>Lehrerzimmer</string><key>EncryptionType</key><string>WPA2</string><key>Password</key><string>sehr geheim</string>
</dict></array></dict></plist>`

func TestAProfileGoesFromFileOrFormToItsVersions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		file := func(path, method, body string) response {
			return w.do(request{who: "admin", method: method, path: path, body: body, header: map[string]string{"Content-Type": typeProfile}})
		}
		a := file("/profiles?name=WLAN+Lehrerzimmer", "POST", mobileconfig)
		a.is(t, 201, "")
		path := a.header.Get("Location")[len(Prefix):]
		p := w.do(request{who: "admin", method: "GET", path: path})
		if p.get("name") != "WLAN Lehrerzimmer" || p.get("identifier") != "example.schule.wlan" || p.get("form") != "" || p.get("latest") != nil || p.get("draft") != a.get("draft") ||
			p.get("content.networks.0") != "Lehrerzimmer" || p.get("content.payloads.0.type") != "com.apple.wifi.managed" {
			t.Error(p.text)
		}
		file("/profiles", "POST", mobileconfig).is(t, 409, "identifier_taken")
		file("/profiles", "POST", "<plist/>").is(t, 422, "")
		w.do(request{who: "admin", method: "POST", path: path + "/publish"}).is(t, 201, "")
		w.do(request{who: "admin", method: "POST", path: path + "/publish"}).is(t, 409, "draft_none")

		hash := fmt.Sprint(p.get("content.hash"))
		other := strings.Replace(mobileconfig, "Lehrerzimmer", "Lehrer", 1)
		file(path+"/draft?over="+hash, "PUT", other).is(t, 409, "draft_moved") // there is no draft any more
		file(path+"/draft?over=", "PUT", other).is(t, 200, "")
		file(path+"/draft?over=", "PUT", other).is(t, 409, "draft_moved")
		file(path+"/draft", "PUT", other).is(t, 200, "")
		if v := w.do(request{who: "admin", method: "POST", path: path + "/publish"}); v.get("number") != 2.0 {
			t.Error(v.text)
		}
		v := w.do(request{who: "admin", method: "GET", path: path + "/versions"})
		if v.get("items.0.number") != 2.0 || v.get("items.1.number") != 1.0 || v.get("items.1.content.hash") != hash || v.get("next") != nil {
			t.Error(v.text)
		}
	})
}

func TestAFormIsFilledInAsThePageDoes(t *testing.T) {
	w := newWorld(t, "sqlite")
	post := func(body string) response {
		return w.do(request{who: "admin", method: "POST", path: "/profiles", body: body})
	}
	a := post(`{"name":"WLAN","form":"wifi","values":{"ssid":"Schule","security":"WPA2","password":"ganz geheim","hidden":true}}`)
	a.is(t, 201, "")
	path := a.header.Get("Location")[len(Prefix):]
	w.do(request{who: "admin", method: "POST", path: path + "/publish"}).is(t, 201, "")

	// A secret that is not named stays what it was.
	w.do(request{who: "admin", method: "PUT", path: path + "/draft", body: `{"name":"WLAN","form":"wifi","values":{"ssid":"Schule 2","security":"WPA2"}}`}).is(t, 200, "")
	v, err := w.st.Draft(context.Background(), w.by, school.ProfileID(fmt.Sprint(a.get("id"))))
	ok(t, 0, err)
	if !strings.Contains(string(v.Content.Body), "ganz geheim") || !strings.Contains(string(v.Content.Body), "Schule 2") {
		t.Error("the password was lost")
	}

	for body, want := range map[string]string{
		`{"name":"x","form":"nosuch"}`:                                                              "choice form",
		`{"name":"x","form":"wifi","values":{"sssid":"x"}}`:                                         "unknown_field values.sssid",
		`{"name":"x","form":"wifi","values":{"ssid":{"a":1}}}`:                                      "field_type values.ssid",
		`{"name":"x","form":"wifi","values":{"ssid":["a"]}}`:                                        "field_type values.ssid",
		`{"name":"x","form":"webclip","values":{"label":"x","url":"https://x.example","icon":"?"}}`: "field_type values.icon",
		`{"name":"x","form":"webclip","values":{"label":"x"}}`:                                      "form.required values.url",
		`{"name":"","form":"webclip","values":{"label":"x","url":"https://x.example"}}`:             "form.required name",
	} {
		a := post(body)
		a.is(t, 422, strings.Fields(want)[0])
		if a.get("errors.0.field") != strings.Fields(want)[1] {
			t.Errorf("%s: %s", body, a.text)
		}
	}
	a = post(`{"name":"","form":"wifi","values":{"security":"WPA2"}}`)
	a.is(t, 422, "invalid")
	if a.get("errors.0.field") != "name" || a.get("errors.1.field") != "values.ssid" {
		t.Error(a.text)
	}
	w.do(request{who: "admin", method: "POST", path: "/profiles?name=y", body: `{"name":"x","form":"webclip"}`}).is(t, 422, "parameter_of_file")
}

func TestSecretsOfAProfileNeverComeOut(t *testing.T) {
	w := newWorld(t, "sqlite")
	_, err := w.st.SetNetwork(context.Background(), w.by, w.north, school.Network{SSID: "Einrichtung", Security: "WPA2", Password: "einrichten"})
	ok(t, 0, err)
	w.assign(school.Scope{Level: school.AtDevice, ID: string(w.device)}, w.profile)
	for _, path := range []string{"/profiles", "/profiles/" + string(w.profile), "/profiles/" + string(w.profile) + "/versions", "/devices/" + string(w.device), "/assignments", "/audit",
		"/schools", "/schools/" + string(w.north)} {
		a := w.do(request{who: "admin", method: "GET", path: path})
		a.is(t, 200, "")
		if strings.Contains(a.text, "ganz geheim") || strings.Contains(a.text, "einrichten") {
			t.Errorf("%s tells a password", path)
		}
	}
}

// TestWhereAModuleIsOffThereIsNoCall: the same answer as for an address that does not exist.
func TestWhereAModuleIsOffThereIsNoCall(t *testing.T) {
	w := newWorld(t, "sqlite")
	ctx := context.Background()
	a, err := w.st.Authority(ctx, w.by)
	ok(t, 0, err)
	was := a
	a.Modules = []school.Module{school.Lending}
	_, err = w.st.ChangeAuthority(ctx, w.by, was, a)
	ok(t, 0, err)
	for _, path := range []string{"/devices", "/profiles", "/assignments", "/devices/" + string(w.device)} {
		w.do(request{who: "admin", method: "GET", path: path}).is(t, 404, "not_found")
	}
	w.do(request{who: "admin", method: "GET", path: "/classes"}).is(t, 200, "")
	c := w.do(request{who: "admin", method: "GET", path: "/classes/" + string(w.class)})
	if len(c.get("progress").([]any)) != 0 {
		t.Error(c.text)
	}
	if me := w.do(request{who: "admin", method: "GET", path: "/me"}); me.get("modules.0") != "lending" || me.get("modules.1") != nil {
		t.Error(me.text)
	}
}
