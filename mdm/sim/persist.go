package sim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Save and Load keep a whole played world, keys included, so that a demo goes on where it stopped. The file is as good as every
// key in it and of no worth outside: nothing real trusts a played Apple.

const worldVersion = 2

type savedWorld struct {
	Version int
	Seed    int64
	PKI     authorities
	Weather Weather
	Servers []savedServer
	Locks   map[string]activationLock
	Tokens  map[string]*pushToken
	Dice    *dice
	Store   map[string]App
	Places  []*Location
	Trade   *dice // the store's
	Elapsed time.Duration
	Air     air
	Luck    *dice // the fleet's
}

// savedPart is one line of a saved world: an iPad, or in the last line everything else. So a district of many thousands is neither
// written nor read in one piece, and Apple knows at least what the iPads know.
type savedPart struct {
	IPad  *savedIPad  `json:",omitempty"`
	World *savedWorld `json:",omitempty"`
}

type savedServer struct {
	Name, Org, UUID string
	Token           oauthToken
	Terms           bool
	Nonces          map[string]time.Time
	Sessions        map[string]time.Time
	Devices         map[string]*listed
	Order           []string
	Changes         []change
	Profiles        map[string]json.RawMessage
	Dice            *dice
}

type savedIPad struct {
	Spec  Spec
	State state
	Due   [dueCount]time.Duration
	Token bool // it owes a new push token
	Dice  *dice
}

// Save writes the world. The iPads may be alive; one that is talking is saved as it is between two requests, and repeats after
// Load what it was not sure of.
func (f *Fleet) Save(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<20)
	write := func(line []byte) error {
		if _, err := out.Write(append(line, '\n')); err != nil {
			return fmt.Errorf("sim: write the world: %w", err)
		}
		return nil
	}
	for _, i := range f.IPads() {
		line, err := i.save()
		if err != nil {
			return err
		}
		if err := write(line); err != nil {
			return err
		}
	}
	a := f.apple
	world := savedWorld{Version: worldVersion, Seed: f.cfg.Seed, PKI: a.pki}
	a.mu.Lock()
	f.mu.Lock()
	world.Weather, world.Locks, world.Tokens, world.Dice = a.weather, a.locks, a.tokens, a.dice
	world.Store, world.Places, world.Trade = a.store, a.locations, a.storeDice
	for _, s := range a.servers {
		world.Servers = append(world.Servers, savedServer{
			s.name, s.org, s.uuid, s.token, s.terms, s.nonces, s.sessions, s.devices, s.order, s.changes, s.profiles, s.dice,
		})
	}
	world.Elapsed, world.Air, world.Luck = f.now(), f.air, f.dice
	line, err := json.Marshal(savedPart{World: &world})
	f.mu.Unlock()
	a.mu.Unlock()
	if err != nil {
		return fmt.Errorf("sim: encode the world: %w", err)
	}
	if err := write(line); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("sim: write the world: %w", err)
	}
	return nil
}

// save is the iPad's line, written while the lock is held.
func (i *IPad) save() ([]byte, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	saved := savedIPad{Spec: i.spec, State: i.s, Token: i.wantsToken.Load(), Dice: i.dice}
	i.fleet.mu.Lock()
	saved.Due = i.agenda.due
	if i.agenda.active { // a worker holds its reasons; they come due again
		saved.Due[dueRetry] = i.fleet.now()
		if i.s.Enrolment == nil && i.s.Phase != phaseHome && i.s.Phase != phaseStuck {
			saved.Due[dueUnbox] = i.fleet.now()
		}
	}
	i.fleet.mu.Unlock()
	line, err := json.Marshal(savedPart{IPad: &saved})
	if err != nil {
		return nil, fmt.Errorf("sim: save the iPad %s: %w", i.spec.Serial, err)
	}
	return line, nil
}

// Load reads a saved world. The seed, the weather and all state come from the file, clock and pace from cfg.
func Load(r io.Reader, cfg Config, server http.RoundTripper) (*Fleet, error) {
	var world savedWorld
	var ipads []*savedIPad
	for d := json.NewDecoder(r); ; {
		var part savedPart
		if err := d.Decode(&part); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("sim: read a saved world: %w", err)
		}
		if part.IPad != nil {
			ipads = append(ipads, part.IPad)
		}
		if part.World != nil {
			world = *part.World
		}
	}
	if world.Version != worldVersion {
		return nil, fmt.Errorf("sim: the saved world has version %d, this program reads %d", world.Version, worldVersion)
	}
	p := world.PKI
	if p.Root == nil || p.DeviceCA == nil || p.PushCA == nil || p.Gateway == nil || p.Courier == nil || world.Dice == nil || world.Luck == nil {
		return nil, fmt.Errorf("sim: the saved world has no complete Apple")
	}
	cfg = cfg.withDefaults()
	cfg.Seed = world.Seed
	a := &Apple{cfg: cfg, pki: p, weather: world.Weather, locks: orEmpty(world.Locks), tokens: orEmpty(world.Tokens), dice: world.Dice,
		store: orEmpty(world.Store), locations: world.Places, storeDice: world.Trade}
	if a.storeDice == nil { // saved before there was a store
		a.storeDice = newDice(cfg.Seed, "store")
	}
	for _, l := range a.locations {
		l.apple = a
	}
	for _, s := range world.Servers {
		if s.Dice == nil {
			return nil, fmt.Errorf("sim: the saved server %q is incomplete", s.Name)
		}
		a.servers = append(a.servers, &Server{
			apple: a, name: s.Name, org: s.Org, uuid: s.UUID, token: s.Token, terms: s.Terms, nonces: orEmpty(s.Nonces), sessions: orEmpty(s.Sessions),
			devices: orEmpty(s.Devices), order: s.Order, changes: s.Changes, profiles: orEmpty(s.Profiles), dice: s.Dice,
		})
	}
	f := NewFleet(a, server)
	f.elapsed, f.dice = world.Elapsed, world.Luck
	if world.Air.Schools != nil {
		f.air = air{Schools: world.Air.Schools, Off: orEmpty(world.Air.Off)}
	}
	for _, saved := range ipads {
		if saved.Dice == nil || f.IPad(saved.Spec.Serial) != nil {
			return nil, fmt.Errorf("sim: the saved iPad %q is incomplete or there twice", saved.Spec.Serial)
		}
		i := &IPad{fleet: f, spec: saved.Spec, s: saved.State, dice: saved.Dice}
		i.clearAgenda()
		i.wantsToken.Store(saved.Token)
		i.agenda.due = saved.Due
		f.add(i)
		f.mu.Lock()
		f.place(i)
		f.mu.Unlock()
	}
	return f, nil
}

func orEmpty[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return make(map[K]V)
	}
	return m
}
