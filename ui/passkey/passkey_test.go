package passkey_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ranzen/ui/passkey"
	"ranzen/ui/passkey/passkeytest"
)

func TestWhereThereArePasskeys(t *testing.T) {
	for public, want := range map[string]passkey.Party{
		"https://ranzen.example":       {ID: "ranzen.example", Origin: "https://ranzen.example"},
		"https://Ranzen.Example:443":   {ID: "ranzen.example", Origin: "https://ranzen.example"},
		"https://ranzen.example:8443/": {ID: "ranzen.example", Origin: "https://ranzen.example:8443"},
		"https://schulträger.example":  {ID: "xn--schultrger-w5a.example", Origin: "https://xn--schultrger-w5a.example"},
		"http://localhost:8080":        {ID: "localhost", Origin: "http://localhost:8080"},
		"http://127.0.0.1:8080":        {ID: "localhost", Origin: "http://localhost:8080"},
		"http://[::1]:8080":            {ID: "localhost", Origin: "http://localhost:8080"},
		"http://ranzen.example":        {},
		"https://192.0.2.7":            {},
		"https://[2001:db8::7]:8443":   {},
		"":                             {},
		"https://":                     {},
		"ftp://ranzen.example":         {},
	} {
		got, there := passkey.At(public)
		if there != (want != passkey.Party{}) || there && got != want {
			t.Errorf("%s: %+v %t", public, got, there)
		}
	}
}

const challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

var (
	us   = passkey.Party{ID: "ranzen.example", Origin: "https://ranzen.example"}
	lena = passkey.User{ID: []byte("konto-1"), Login: "lena@nord.example", Name: "Lena Muster"}
)

func registered(t testing.TB, a *passkeytest.Authenticator) passkey.Key {
	t.Helper()
	ask, err := us.Creation(challenge, lena, nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := us.Register(challenge, lena, []byte(a.Create(string(ask))))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAKeyIsMadeAndSigns(t *testing.T) {
	a := &passkeytest.Authenticator{T: t, Origin: us.Origin, Eligible: true, Count: 3}
	k := registered(t, a)
	if string(k.ID) != string(a.ID) || k.Count != 3 || !k.Eligible || !k.BackedUp || strings.Join(k.Transports, " ") != "internal hybrid" {
		t.Errorf("%+v", k)
	}
	ask, err := us.Request(challenge, []passkey.Key{k})
	if err != nil {
		t.Fatal(err)
	}
	a.Count = 7
	answer, err := passkey.Read([]byte(a.Get(string(ask))))
	if err != nil || string(answer.Credential) != string(a.ID) || string(answer.User) != "konto-1" {
		t.Fatalf("%+v %v", answer, err)
	}
	now, err := us.Check(challenge, lena.ID, k, answer)
	if err != nil || now.Count != 7 {
		t.Errorf("%+v %v", now, err)
	}
}

func TestWhatAKeyIsNotBelieved(t *testing.T) {
	good := &passkeytest.Authenticator{T: t, Origin: us.Origin}
	k := registered(t, good)
	other := &passkeytest.Authenticator{T: t, Origin: us.Origin}
	foreign := registered(t, other)
	for name, x := range map[string]struct {
		change    func(a *passkeytest.Authenticator)
		key       passkey.Key
		challenge string
		user      []byte
		want      error
	}{
		"right":               {key: k},
		"another address":     {key: k, change: func(a *passkeytest.Authenticator) { a.Origin = "https://ranzen.example.evil.example" }, want: passkey.ErrOrigin},
		"without https":       {key: k, change: func(a *passkeytest.Authenticator) { a.Origin = "http://ranzen.example" }, want: passkey.ErrOrigin},
		"for another party":   {key: k, change: func(a *passkeytest.Authenticator) { a.Party = "evil.example" }, want: passkey.ErrRefused},
		"nobody was asked":    {key: k, change: func(a *passkeytest.Authenticator) { a.Unasked = true }, want: passkey.ErrUnverified},
		"another challenge":   {key: k, challenge: strings.Replace(challenge, "A", "B", 1), want: passkey.ErrRefused},
		"another's key":       {key: foreign, want: passkey.ErrRefused},
		"another's name":      {key: k, user: []byte("konto-2"), want: passkey.ErrRefused},
		"suddenly copied":     {key: k, change: func(a *passkeytest.Authenticator) { a.Eligible = true }, want: passkey.ErrRefused},
		"the key was swapped": {key: func() passkey.Key { x := k; x.Public = foreign.Public; return x }(), want: passkey.ErrRefused},
	} {
		a := *good
		if x.change != nil {
			x.change(&a)
		}
		asked, user := challenge, lena.ID
		if x.challenge != "" {
			asked = x.challenge
		}
		if x.user != nil {
			user = x.user
		}
		ask, err := us.Request(challenge, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := passkey.Read([]byte(a.Get(string(ask))))
		if err == nil {
			_, err = us.Check(asked, user, x.key, answer)
		}
		if !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsNoNewKey(t *testing.T) {
	ask, err := us.Creation(challenge, lena, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		a    passkeytest.Authenticator
		want error
	}{
		"another address":   {passkeytest.Authenticator{Origin: "https://evil.example"}, passkey.ErrOrigin},
		"for another party": {passkeytest.Authenticator{Origin: us.Origin, Party: "evil.example"}, passkey.ErrRefused},
		"nobody was asked":  {passkeytest.Authenticator{Origin: us.Origin, Unasked: true}, passkey.ErrUnverified},
	} {
		x.a.T = t
		if _, err := us.Register(challenge, lena, []byte(x.a.Create(string(ask)))); !errors.Is(err, x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := passkeytest.Authenticator{T: t, Origin: us.Origin}
	good := a.Create(string(ask))
	if _, err := us.Register(strings.Replace(challenge, "A", "B", 1), lena, []byte(good)); !errors.Is(err, passkey.ErrRefused) {
		t.Errorf("another challenge: %v", err)
	}
	if _, err := us.Register(challenge, lena, []byte(a.Get(`{"challenge":"x","rpId":"ranzen.example"}`))); !errors.Is(err, passkey.ErrForm) {
		t.Errorf("an answer to another question: %v", err)
	}
	if _, err := us.Register(challenge, lena, []byte(good+strings.Repeat(" ", 64<<10))); !errors.Is(err, passkey.ErrForm) {
		t.Errorf("too large: %v", err)
	}
}

// Foreign bytes: JSON of a browser, and in it the CBOR of a device.
func FuzzAnswer(f *testing.F) {
	a := &passkeytest.Authenticator{T: f, Origin: us.Origin, ID: []byte("schluessel-1")}
	k := registered(f, a)
	ask, err := us.Request(challenge, nil)
	if err != nil {
		f.Fatal(err)
	}
	create, err := us.Creation(challenge, lena, nil)
	if err != nil {
		f.Fatal(err)
	}
	made := a.Create(string(create))
	f.Add([]byte(a.Get(string(ask))))
	f.Add([]byte(made))
	f.Add([]byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"","signature":""}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if answer, err := passkey.Read(b); err == nil {
			if _, err := us.Check(strings.Replace(challenge, "A", "C", 1), lena.ID, k, answer); err == nil {
				t.Error("an answer to another question is believed")
			}
		}
		if _, err := us.Register(strings.Replace(challenge, "A", "C", 1), lena, b); err == nil {
			t.Error("a key made for another question is believed")
		}
	})
}

// The bytes of a device alone, behind JSON that is right.
func FuzzDevice(f *testing.F) {
	a := &passkeytest.Authenticator{T: f, Origin: us.Origin, ID: []byte("schluessel-1")}
	create, err := us.Creation(challenge, lena, nil)
	if err != nil {
		f.Fatal(err)
	}
	var made map[string]any
	if err := json.Unmarshal([]byte(a.Create(string(create))), &made); err != nil {
		f.Fatal(err)
	}
	response := made["response"].(map[string]any)
	object, err := base64.RawURLEncoding.DecodeString(response["attestationObject"].(string))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(object)
	f.Add([]byte{0xa3, 0x63, 'f', 'm', 't', 0x64, 'n', 'o', 'n', 'e', 0x67, 'a', 't', 't', 'S', 't', 'm', 't', 0xa0, 0x68, 'a', 'u', 't', 'h', 'D', 'a', 't', 'a', 0x40})
	f.Add([]byte{0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		answer := map[string]any{"id": made["id"], "rawId": made["rawId"], "type": "public-key",
			"response": map[string]any{"clientDataJSON": response["clientDataJSON"], "attestationObject": base64.RawURLEncoding.EncodeToString(b)}}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := us.Register(challenge, lena, text); err == nil && (len(k.ID) == 0 || len(k.Public) == 0) {
			t.Errorf("a key without %+v", k)
		}
	})
}
