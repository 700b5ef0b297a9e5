// Package sim is a district in a box: iPads that behave as iPads do, an Apple that answers them and us, and bad weather.
// The demo runs on it, the tests fear it, the benchmark loads the server with it.
//
// It stands outside the house. It imports no package of ours and knows the server only as an http.RoundTripper: a played
// iPad sees what a real one sees, so nothing here can be right by sharing a mistake with the server. Everything is written
// from Apple's documents.
//
// The pieces:
//
//   - Apple plays mdmenrollment.apple.com, gdmf.apple.com, deviceservices-external.apple.com, vpp.itunes.apple.com with the App
//     Store behind it (all behind RoundTrip, no network) and APNs (StartAPNs, a real HTTP/2 listener on loopback, because client certificates and GOAWAY exist only there);
//   - Fleet holds the iPads and their time: Run lets them live on the wall clock, Advance on a virtual one;
//   - IPad is one device, from the box to the desk and back;
//   - Weather is everything that goes wrong by chance, drawn per iPad from one seed;
//   - District is a made-up Schulträger as plain data: schools, classes, persons, Wi-Fi, devices.
//
// Contracts. A seed and Advance reproduce a run: every draw of an iPad comes from its own source, Advance is single-threaded.
// (Keys and signatures are random; no behaviour hangs on them.) A sleeping iPad costs a few kilobytes and no goroutine.
// Snapshots and user acts may be called from any goroutine at any time, also while the iPad is talking to the server.
//
// Dangers. The lock of an iPad is released while a request is on the wire (see IPad.wire), so code that talks must read the
// state again afterwards. Lock order is IPad.mu, Apple.mu, Fleet.mu.
// The played Apple accepts only what it issued itself; nothing of it may ever be configured into a real installation.
package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says how a played world is set up. The zero value works: seed 0, the wall clock, hostile weather, real time.
type Config struct {
	Seed    int64
	Now     func() time.Time // the calendar: stamps, certificate dates, token and cursor expiry; nil is time.Now
	Weather *Weather         // nil is Hostile()

	Speed   float64       // seconds of iPad life per second of Run; 0 is 1
	Workers int           // iPads that may talk at the same time in Run; 0 is 32
	Arrival time.Duration // within which moved-in iPads are unboxed; 0 is 15 s
	Retry   time.Duration // pause before an iPad repeats a failed request, doubled per failure; 0 is 2 s

	SessionLife time.Duration // of a session with the enrolment service; 0 is 3 min
	CursorLife  time.Duration // of a device list cursor; 0 is 7 days
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Weather == nil {
		w := Hostile()
		c.Weather = &w
	}
	if c.Speed <= 0 {
		c.Speed = 1
	}
	if c.Workers <= 0 {
		c.Workers = 32
	}
	if c.Arrival <= 0 {
		c.Arrival = 15 * time.Second
	}
	if c.Retry <= 0 {
		c.Retry = 2 * time.Second
	}
	if c.SessionLife <= 0 {
		c.SessionLife = 3 * time.Minute
	}
	if c.CursorLife <= 0 {
		c.CursorLife = 7 * 24 * time.Hour
	}
	return c
}

// tick is the stopwatch of Run. It is apart from Config.Now because the calendar may stand still in a test.
var tick = time.Now

// dice is a seeded source that remembers where it is, so that a saved world goes on with the next draw.
type dice struct {
	mu  sync.Mutex
	pcg *rand.PCG
	rnd *rand.Rand
}

func newDice(seed int64, name string) *dice {
	sum := derive(seed, name)
	pcg := rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16]))
	return &dice{pcg: pcg, rnd: rand.New(pcg)}
}

// happens draws even when p is 0, so that calmer weather does not shift the later draws.
func (d *dice) happens(p float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rnd.Float64() < p
}

func (d *dice) upTo(limit time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.rnd.Float64() * float64(limit))
}

func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rnd.IntN(n)
}

func (d *dice) bytes(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(d.rnd.Uint32())
	}
	return b
}

func (d *dice) uuid() string { return uuidOf(d.bytes(16)) }

func (d *dice) MarshalText() ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b, err := d.pcg.MarshalBinary()
	return []byte(hex.EncodeToString(b)), err
}

func (d *dice) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err != nil {
		return err
	}
	pcg := rand.NewPCG(0, 0)
	if err := pcg.UnmarshalBinary(b); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pcg, d.rnd = pcg, rand.New(pcg)
	return nil
}

// derive makes stable bytes for a name, so that a device keeps its UDID and addresses however often a district is generated.
func derive(seed int64, parts ...string) [32]byte {
	return sha256.Sum256([]byte(strconv.FormatInt(seed, 10) + "\x00" + strings.Join(parts, "\x00")))
}

func uuidOf(b []byte) string {
	var u [16]byte
	copy(u[:], b)
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	h := strings.ToUpper(hex.EncodeToString(u[:]))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// olderThan compares dotted versions number by number: 26.4 is older than 26.4.1 and 9.3 older than 15.0.
func olderThan(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := 0; i < len(as) || i < len(bs); i++ {
		var x, y int
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if i < len(bs) {
			y, _ = strconv.Atoi(bs[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}
