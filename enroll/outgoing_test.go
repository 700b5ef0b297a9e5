package enroll

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// outgoingTo is a host on loopback and a client that may reach it.
func outgoingTo(t *testing.T, h http.HandlerFunc) (*httptest.Server, *Outgoing) {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	return server, NewOutgoing(OutgoingConfig{Inside: loopback, Roots: rootsOf(server)})
}

func rootsOf(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

func TestOutgoingReachesWhatItMay(t *testing.T) {
	server, o := outgoingTo(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusPermanentRedirect)
		default:
			body, _ := io.ReadAll(r.Body)
			io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		}
	})
	for _, path := range []string{"/", "/moved"} {
		got, err := o.Post(context.Background(), server.URL+path, "text/plain", []byte("hello"))
		if err != nil || string(got) != "POST text/plain hello" {
			t.Errorf("%s: %q %v", path, got, err)
		}
	}
}

func TestOutgoingIsNoWayInside(t *testing.T) {
	var reached []string
	inner := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached = append(reached, r.URL.Path) }))
	t.Cleanup(inner.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached = append(reached, r.URL.Path) }))
	t.Cleanup(plain.Close)
	port := inner.URL[strings.LastIndex(inner.URL, ":"):]
	o := NewOutgoing(OutgoingConfig{Roots: rootsOf(inner)})
	for name, test := range map[string]struct {
		address string
		want    error
	}{
		"plain http":               {plain.URL, ErrNotHTTPS},
		"a user name":              {"https://admin:secret@musterstadt.example/", ErrNotHTTPS},
		"another scheme":           {"file:///etc/passwd", ErrNotHTTPS},
		"no host":                  {"https:///x", ErrNotHTTPS},
		"opaque":                   {"https:127.0.0.1", ErrNotHTTPS},
		"no address":               {"https://[::1", ErrNotHTTPS},
		"loopback":                 {"https://127.0.0.1" + port, ErrForbidden},
		"loopback by name":         {"https://localhost" + port, ErrForbidden},
		"loopback, IPv6":           {"https://[::1]" + port, ErrForbidden},
		"loopback as IPv6":         {"https://[::ffff:127.0.0.1]" + port, ErrForbidden},
		"the host's own addresses": {"https://0.0.0.0" + port, ErrForbidden},
		"cloud metadata":           {"https://169.254.169.254/latest/meta-data/", ErrForbidden},
		"the school's network":     {"https://10.0.0.1/", ErrForbidden},
		"behind NAT64":             {"https://[64:ff9b::7f00:1]" + port, ErrForbidden},
	} {
		_, err := o.Post(context.Background(), test.address, "text/plain", nil)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats the address: %v", name, err)
		}
	}
	if len(reached) > 0 {
		t.Errorf("reached %v", reached)
	}
}

func TestOutgoingIsNotLedAway(t *testing.T) {
	var reached bool
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(elsewhere.Close)
	big := bytes.Repeat([]byte("x"), maxOutgoingAnswer+1)
	ended := make(chan struct{})
	server, o := outgoingTo(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/elsewhere":
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		case "/metadata":
			http.Redirect(w, r, "https://169.254.169.254/", http.StatusFound)
		case "/plain":
			http.Redirect(w, r, "http://"+r.Host+"/", http.StatusFound)
		case "/userinfo":
			http.Redirect(w, r, "https://x:y@"+r.Host+"/", http.StatusFound)
		case "/circle":
			http.Redirect(w, r, "/circle", http.StatusFound)
		case "/long":
			w.Write(big)
		case "/slow":
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-ended
		case "/refused":
			http.Error(w, "no", http.StatusForbidden)
		}
	})
	defer close(ended)
	for path, want := range map[string]error{"/elsewhere": ErrElsewhere, "/metadata": ErrElsewhere, "/plain": ErrNotHTTPS, "/userinfo": ErrNotHTTPS,
		"/circle": errManyDetour, "/long": ErrTooLong} {
		if _, err := o.Post(context.Background(), server.URL+path, "text/plain", []byte("secret")); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if reached {
		t.Error("another host got the request")
	}
	if _, err := o.Post(context.Background(), server.URL+"/refused", "text/plain", nil); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a refusal: %v", err)
	}
	if o.client.Timeout != 10*time.Second {
		t.Errorf("it waits %v", o.client.Timeout)
	}
	o.client.Timeout = 50 * time.Millisecond
	if _, err := o.Post(context.Background(), server.URL+"/slow", "text/plain", nil); err == nil {
		t.Error("an answer that never ends was waited for")
	}
}

func TestWhatMayBeDialled(t *testing.T) {
	inside := []netip.Prefix{netip.MustParsePrefix("10.20.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}
	for address, want := range map[string]bool{
		"17.253.144.10:443": true, "[2620:149:af0::10]:443": true, "1.1.1.1:8443": true,
		"10.20.3.4:443": true, "[fd00:1::5]:443": true, "[::ffff:10.20.3.4]:443": true, // the operator's exceptions
		"10.21.3.4:443": false, "[fd00:2::5]:443": false, "[::ffff:10.21.3.4]:443": false,
		"127.0.0.1:443": false, "127.8.8.8:443": false, "[::1]:443": false, "0.0.0.0:443": false, "[::]:443": false, "0.1.2.3:443": false,
		"172.16.0.1:443": false, "172.31.255.255:443": false, "192.168.1.1:443": false, "169.254.169.254:443": false, "100.64.0.1:443": false,
		"[fe80::1%eth0]:443": false, "[fe80::1]:443": false, "[fec0::1]:443": false, "224.0.0.1:443": false, "[ff02::1]:443": false, "255.255.255.255:443": false,
		"192.0.0.8:443": false, "198.18.0.1:443": false, "203.0.113.5:443": false, "240.0.0.1:443": false, "192.88.99.1:443": false,
		"[64:ff9b::a00:1]:443": false, "[2002:a00:1::]:443": false, "[2001:0:1::1]:443": false, "[::10.0.0.1]:443": false, "[2001:db8::1]:443": false,
		"localhost:443": false, "": false, "1.1.1.1": false,
	} {
		network := "tcp4"
		if strings.HasPrefix(address, "[") {
			network = "tcp6"
		}
		if got := mayDial(network, address, inside) == nil; got != want {
			t.Errorf("%s: %v, want %v", address, got, want)
		}
	}
	if mayDial("udp4", "1.1.1.1:443", nil) == nil || mayDial("unix", "/run/x", nil) == nil {
		t.Error("something else than TCP is dialled")
	}
}
