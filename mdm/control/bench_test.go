package control_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/micromdm/nanomdm/cryptoutil"
	nanohttp "github.com/micromdm/nanomdm/http"
	mdmhttp "github.com/micromdm/nanomdm/http/mdm"
	"github.com/micromdm/nanomdm/service"
	"github.com/micromdm/nanomdm/service/certauth"
	"github.com/micromdm/nanomdm/service/nanomdm"
	"github.com/micromdm/nanomdm/storage/inmem"

	"ranzen/mdm/sim"
	"ranzen/store"
	"ranzen/store/storetest"
)

// The benchmarks measure what one check-in costs without the network: the handler is called in process, what a client
// would do is left out. Beside the time of the clock they report cpu-µs/op, the user and system time of this process and
// of the PostgreSQL it started, which is far steadier on a machine that others use as well.

// meter adds up what is spent between its calls.
type meter struct {
	own, started float64 // µs
}

// run measures f.
func (m *meter) run(f func()) {
	before := own()
	f()
	m.own += own() - before
}

func own() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

// descendants is what the processes this one started have spent so far, where /proc tells.
func descendants() float64 {
	const tick = 1e6 / 100 // µs
	parents, ticks := map[int]int{}, map[int]float64{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		parents[pid], _ = strconv.Atoi(f[1])
		for _, i := range []int{11, 12, 13, 14} { // own and those of children that ended
			n, _ := strconv.ParseFloat(f[i], 64)
			ticks[pid] += n
		}
	}
	sum := 0.0
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == os.Getpid() {
				sum += ticks[pid] * tick
				break
			}
		}
	}
	return sum
}

func (m *meter) begin() { *m = meter{started: descendants()} }

func (m *meter) report(b *testing.B) {
	b.ReportMetric((m.own+descendants()-m.started)/float64(b.N), "cpu-µs/op")
	b.ReportMetric(0, "ns/op")
}

// benchWorlds runs fn on both engines, SQLite durable as in production.
func benchWorlds(b *testing.B, fn func(b *testing.B, p *played)) {
	for _, engine := range storetest.Engines {
		b.Run(engine, func(b *testing.B) {
			fn(b, play(b, storetest.Open(b, storetest.URL(b, engine), store.Options{}), sim.Calm()))
		})
	}
}

const benchDevices = 20

func benchSerial(n int) string { return fmt.Sprintf("F9FXK2%04d", n) }

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// An Idle of a device with nothing to do.
func BenchmarkIdle(b *testing.B) {
	benchWorlds(b, func(b *testing.B, p *played) {
		for _, kind := range []string{"rsa", "p256"} {
			var idle []func() *http.Request
			for n := range benchDevices {
				var i *hand
				if kind == "rsa" {
					i = newHand(p, benchSerial(n), "14.8", deviceKey())
				} else {
					i = newHand(p, benchSerial(100+n), "14.8", newKey(b))
				}
				idle = append(idle, i.signed(i.idle()))
			}
			b.Run(kind, func(b *testing.B) { benchIdle(b, p.handler, idle) })
		}
	})
}

func benchIdle(b *testing.B, handler http.Handler, idle []func() *http.Request) {
	var m meter
	ask := func(n int) {
		r, w := idle[n%len(idle)](), httptest.NewRecorder()
		m.run(func() { handler.ServeHTTP(w, r) })
		if w.Code != http.StatusOK || w.Body.Len() > 0 {
			b.Fatalf("answer %d: %s", w.Code, w.Body)
		}
	}
	for n := range idle {
		ask(n)
	}
	b.ReportAllocs()
	m.begin()
	b.ResetTimer()
	for n := range b.N {
		ask(n)
	}
	b.StopTimer()
	m.report(b)
}

// BenchmarkIdleNano is the same for nanomdm's own handler over its storage in memory, with the same signed bodies.
func BenchmarkIdleNano(b *testing.B) {
	memory := inmem.New()
	core := certauth.New(nanomdm.New(memory), memory)
	var handler http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // mdmhttp's handlers without their logs
		body, err := nanohttp.ReadAllAndReplaceBody(r)
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		var out []byte
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-apple-aspen-mdm-checkin") {
			out, err = service.CheckinRequest(core, mdmhttp.RequestFromHTTP(r), body)
		} else {
			out, err = service.CommandAndReportResultsRequest(core, mdmhttp.RequestFromHTTP(r), body)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Write(out)
	})
	handler = mdmhttp.CertExtractMdmSignatureMiddleware(handler, mdmhttp.MdmSignatureVerifierFunc(cryptoutil.VerifyMdmSignature))
	p := play(b, storetest.Open(b, storetest.URL(b, "sqlite"), store.Options{}), sim.Calm())
	for _, kind := range []string{"rsa", "p256"} {
		var idle []func() *http.Request
		for n := range benchDevices {
			i := &hand{p: p, udid: "UDID-" + kind + benchSerial(n)}
			ch := store.Challenge{Purpose: store.ForEnroll, UDID: i.udid}
			if kind == "rsa" {
				i.h = p.certifiedFor(deviceKey(), ch)
			} else {
				i.h = p.certifiedFor(newKey(b), ch)
			}
			for _, body := range []string{message("Authenticate", "UDID", i.udid, "Topic", "topic"), message("TokenUpdate", "UDID", i.udid, "Topic", "topic", "PushMagic", "magic", "Token", "<data>AAAA</data>")} {
				r, w := i.signed(body)(), httptest.NewRecorder()
				r.Header.Set("Content-Type", "application/x-apple-aspen-mdm-checkin")
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			idle = append(idle, i.signed(i.idle()))
		}
		b.Run(kind, func(b *testing.B) { benchIdle(b, handler, idle) })
	}
}

func benchHands(b *testing.B, p *played, os string) (hands []*hand) {
	for n := range benchDevices {
		hands = append(hands, newHand(p, benchSerial(n), os, newKey(b)))
	}
	return hands
}

// rest lets devices do what an earlier run left.
func rest(devices []*hand) {
	for _, i := range devices {
		i.settle()
	}
}

// BenchmarkCommandCycle is one derived command by hand: Idle, InstallProfile, Acknowledged. The next command, which asks
// whether it is there, belongs to the second measurement.
func BenchmarkCommandCycle(b *testing.B) {
	benchWorlds(b, func(b *testing.B, p *played) {
		change, devices := p.changing(), benchHands(b, p, "14.8")
		for _, listed := range []bool{false, true} {
			name := "command"
			if listed {
				name = "command and list"
			}
			b.Run(name, func(b *testing.B) {
				var m meter
				m.begin()
				for n := range b.N {
					i := devices[n%len(devices)]
					if n%len(devices) == 0 {
						rest(devices)
						change()
					}
					i.sent = m.run
					c := i.read(i.say(i.idle()))
					if c == nil || c.Command.RequestType != "InstallProfile" {
						b.Fatalf("handed out %+v", c)
					}
					c = i.answer(c)
					if !listed {
						i.sent = func(f func()) { f() }
					}
					for c != nil {
						c = i.answer(c)
					}
					i.sent = func(f func()) { f() }
				}
				m.report(b)
			})
		}
	})
}

// BenchmarkDeclarativeSync is the sync after a change: tokens, items, six declarations, status.
func BenchmarkDeclarativeSync(b *testing.B) {
	benchWorlds(b, func(b *testing.B, p *played) {
		change, devices := p.changing(), benchHands(b, p, "26.4")
		var m meter
		m.begin()
		for n := range b.N {
			i := devices[n%len(devices)]
			if n%len(devices) == 0 {
				rest(devices)
				change()
			}
			c := i.read(i.say(i.idle()))
			if c == nil || c.Command.RequestType != "DeclarativeManagement" {
				b.Fatalf("handed out %+v", c)
			}
			i.say(message("", "UDID", i.udid, "Status", "Acknowledged", "CommandUUID", c.CommandUUID))
			i.sent = m.run
			i.sync()
			i.sent = func(f func()) { f() }
		}
		m.report(b)
	})
}
