package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"ranzen/enroll/ca"
	"ranzen/mdm"
	"ranzen/mdm/ddm"
	"ranzen/mdm/sim"
	"ranzen/profiles"
	"ranzen/store"
	"ranzen/store/school"
)

const topic = "com.apple.mgmt.External.7D6C5B4A-0000-4000-8000-4D5553544552"

// world is a prepared district: written with the same store methods people and devices use, only without HTTP between.
type world struct {
	authority school.AuthorityID
	by        school.Actor
	devices   []*device
	spare     []*device // announced, with an identity, not enrolled yet
	at        map[school.EnrollmentID]*device
	token     string      // for the REST API
	later     []published // profiles that nobody has been given yet
	offers    []given     // of the authority, which every iPad has
	kind      kind
	people    []string      // family names, to search for
	planned   school.PlanID // a plan to look at
}

// kind is which operating system the iPads of a world have: old ones are steered by commands, new ones by declarations.
type kind struct {
	name, os string
}

var (
	classic  = kind{"classic", "14.8"}
	declares = kind{"declares", "26.4"}
)

const contact = "bench@referenzstadt.example"

// build writes the district of n iPads into an empty store and lets every iPad have all it should have.
func build(ctx context.Context, st *store.Store, n int, k kind, say func(string, ...any)) (*world, error) {
	began := time.Now()
	id, err := st.CreateAuthority(ctx, school.System("bench", ""), school.Authority{Name: "Referenzstadt", Contact: contact,
		Policy: school.Policy{DeclaredProfiles: true, NumberPattern: "RS-{YY}-{seq:06}"}})
	if err != nil {
		return nil, err
	}
	w := &world{authority: id, by: school.System("bench", id), kind: k}
	if err := w.papers(ctx, st); err != nil {
		return nil, err
	}
	plan := sim.MUC90()
	district := sim.Generate(plan)
	take(&district, n)
	if err := w.tree(ctx, st, district); err != nil {
		return nil, err
	}
	say("tree of %d schools and %d people written after %.0f s", len(district.Schools), people(district), time.Since(began).Seconds())
	if err := w.enrol(ctx, st); err != nil {
		return nil, err
	}
	say("%d iPads enrolled after %.0f s", len(w.devices), time.Since(began).Seconds())
	if err := w.converge(ctx, st); err != nil {
		return nil, err
	}
	say("converged after %.0f s", time.Since(began).Seconds())
	if err := errors.Join(w.program(ctx, st), w.account(ctx, st)); err != nil {
		return nil, err
	}
	return w, st.FlushSeen(ctx)
}

// program gets the token with which acts go through the REST API.
func (w *world) program(ctx context.Context, st *store.Store) (err error) {
	_, w.token, err = st.CreateAPIToken(ctx, w.by, store.APIToken{Name: "Messung", Role: school.AuthorityAdmin, Verbs: school.AuthorityAdmin.Verbs()})
	return err
}

// take leaves n devices of a district: those of as many whole schools as it takes, of every type in turn, and of the last one a part.
func take(d *sim.District, n int) {
	if n >= len(d.Devices) {
		return
	}
	of := map[string][]sim.Spec{}
	for _, x := range d.Devices {
		of[x.School] = append(of[x.School], x)
	}
	var devices []sim.Spec
	var schools []sim.School
	first := slices.IndexFunc(d.Schools, func(s sim.School) bool { // a small district has classes with iPads too
		return slices.ContainsFunc(of[s.Name], func(x sim.Spec) bool { return x.Class != "" })
	})
	step := 17 // coprime to the number of schools: types are mixed
	for i := 0; len(devices) < n && i < len(d.Schools); i++ {
		s := d.Schools[(first+i*step)%len(d.Schools)]
		schools = append(schools, s)
		devices = append(devices, of[s.Name]...)
	}
	d.Schools, d.Devices = schools, devices[:min(n, len(devices))]
}

func people(d sim.District) (n int) {
	for _, s := range d.Schools {
		n += len(s.Teachers) + len(s.Staff)
		for _, c := range s.Classes {
			n += len(c.Pupils)
		}
	}
	return n
}

// papers are the authority's CA, push certificate and a token for programs.
func (w *world) papers(ctx context.Context, st *store.Store) error {
	now := st.Now()
	p, err := ca.NewPapers("Referenzstadt", now)
	if err != nil {
		return err
	}
	body, err := p.Marshal()
	if err != nil {
		return err
	}
	if err := st.KeepCA(ctx, w.by, body, p.Authority.Certificate().Raw, p.SignerID(), p.Authority.NotAfter()); err != nil {
		return err
	}
	return w.pushCertificate(ctx, st)
}

// pushCertificate gets one for a year, or renews it.
func (w *world) pushCertificate(ctx context.Context, st *store.Store) error {
	apple, err := sim.NewApple(sim.Config{Seed: 1, Now: st.Now})
	if err != nil {
		return err
	}
	cert, key, err := apple.PushCertificate(topic[len("com.apple.mgmt.External."):], nil)
	if err != nil {
		return err
	}
	info, _, err := ca.ParsePushCertificate(cert, key)
	if err != nil {
		return err
	}
	return st.StorePush(ctx, w.by, store.PushUpload{Topic: info.Topic, Certificate: cert, Key: key, Ends: info.NotAfter})
}

// tree writes schools, classes, people, the delivery and the profiles.
func (w *world) tree(ctx context.Context, st *store.Store, d sim.District) error {
	schools := map[string]school.SchoolID{}
	classes := map[string]school.ClassID{}
	var persons []store.NewPerson
	add := func(at school.SchoolID, kind school.PersonKind, class school.ClassID, p sim.Person) {
		mail := p.Key + "@referenzstadt.example"
		w.people = append(w.people, p.Family)
		persons = append(persons, store.NewPerson{Person: school.Person{School: at, Kind: kind, Given: p.Given, Family: p.Family, Email: mail, Login: mail}, Class: class})
	}
	for _, s := range d.Schools {
		at, err := st.CreateSchool(ctx, w.by, school.School{Name: s.Name, Type: s.Type, Number: s.Number, Network: school.Network{SSID: s.SetupSSID, Security: "WPA2", Password: s.SetupPassword}})
		if err != nil {
			return err
		}
		schools[s.Name] = at
		for _, c := range s.Classes {
			class, err := st.CreateClass(ctx, w.by, school.Class{School: at, Name: c.Name, Grade: strconv.Itoa(c.Grade)})
			if err != nil {
				return err
			}
			classes[s.Name+"/"+c.Name] = class
			for _, p := range c.Pupils {
				add(at, school.Pupil, class, p)
			}
		}
		for _, p := range s.Teachers {
			add(at, school.Teacher, "", p)
		}
		for _, p := range s.Staff {
			add(at, school.Staff, "", p)
		}
	}
	for len(persons) > 0 {
		n := min(len(persons), 2000)
		if _, err := st.CreatePersons(ctx, w.by, persons[:n]); err != nil {
			return err
		}
		persons = persons[n:]
	}
	if err := w.delivery(ctx, st, d); err != nil {
		return err
	}
	return w.profiles(ctx, st, d, schools, classes)
}

func (w *world) delivery(ctx context.Context, st *store.Store, d sim.District) error {
	var rows []store.Announced
	for _, x := range d.Devices {
		r := store.Announced{Row: len(rows) + 2, Serial: x.Serial, Number: x.AssetNumber, School: x.School, Class: x.Class, Batch: "Lieferung Sommer"}
		if x.Person != "" {
			r.Person, r.Class = x.Person+"@referenzstadt.example", ""
		}
		rows = append(rows, r)
		w.devices = append(w.devices, &device{serial: x.Serial, os: w.kind.os})
	}
	for i := range min(1000, len(d.Devices)) {
		x := &device{serial: fmt.Sprintf("NEU%09d", i), os: w.kind.os}
		w.spare = append(w.spare, x)
		rows = append(rows, store.Announced{Row: len(rows) + 2, Serial: x.serial, School: d.Devices[i].School, Batch: "Lieferung Herbst"})
	}
	for len(rows) > 0 {
		n := min(len(rows), 5000)
		if _, _, err := st.Announce(ctx, w.by, rows[:n]); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// enrol gives every iPad an identity and lets it check in, as the handlers do when they have read the messages.
func (w *world) enrol(ctx context.Context, st *store.Store) error {
	at := map[string]school.DeviceID{}
	for after := ""; ; {
		page, err := st.Devices(ctx, w.by, store.DeviceFilter{After: after, Limit: store.MaxPage})
		if err != nil {
			return err
		}
		for _, x := range page.Rows {
			at[x.Serial] = x.ID
		}
		if after = page.Next; after == "" {
			break
		}
	}
	issuer, err := newIssuer()
	if err != nil {
		return err
	}
	var g errgroup.Group
	g.SetLimit(writers)
	for _, d := range w.devices {
		g.Go(func() error {
			if err := w.identity(ctx, st, issuer, d, at[d.serial]); err != nil {
				return err
			}
			return w.checkIn(ctx, st, d)
		})
	}
	for _, d := range w.spare {
		g.Go(func() error { return w.identity(ctx, st, issuer, d, at[d.serial]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	w.at = make(map[school.EnrollmentID]*device, len(w.devices))
	for _, d := range w.devices {
		w.at[d.enrollment] = d
	}
	return nil
}

// writers is how many write at once.
const writers = 32

func (w *world) identity(ctx context.Context, st *store.Store, issuer *issuer, d *device, id school.DeviceID) error {
	d.id = id
	if err := issuer.equip(d, st.Now()); err != nil {
		return err
	}
	secret, err := st.NewChallenge(ctx, store.Challenge{Authority: w.authority, Purpose: store.ForEnroll, Device: id, UDID: d.udid, Serial: d.serial, Expires: st.Now().Add(time.Hour)})
	if err != nil {
		return err
	}
	_, err = st.Consume(ctx, w.authority, secret, d.udid, func(store.Challenge) ([]byte, string, time.Time, error) {
		return d.cert.Raw, ca.CertHash(d.cert), d.cert.NotAfter, nil
	})
	return err
}

func (w *world) checkIn(ctx context.Context, st *store.Store, d *device) error {
	id, err := st.Identity(ctx, ca.CertHash(d.cert))
	if err != nil {
		return err
	}
	e, err := st.Authenticated(ctx, id, store.Checkin{NanoID: d.udid, UDID: d.udid, Serial: d.serial, Topic: topic, Model: "iPad", ProductName: product, OSVersion: d.os, Build: osBuild})
	if err != nil {
		return err
	}
	d.enrollment = e
	_, err = st.TokenUpdated(ctx, w.authority, d.udid, store.Token{Topic: topic, Magic: d.magic, Token: d.token})
	return err
}

// converge lets every iPad have reported all it should have, and its inventory.
func (w *world) converge(ctx context.Context, st *store.Store) error {
	var g errgroup.Group
	g.SetLimit(writers)
	for _, d := range w.devices {
		g.Go(func() error {
			return st.Observe(ctx, w.authority, d.enrollment, "", func(o *store.Observation) error {
				o.Have.InventoryAt, o.Have.BypassAt, o.Have.ListedAt = o.Now, o.Now, o.Now
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for {
		facts, have, reads, err := st.Marked(ctx, w.authority, 500)
		if err != nil {
			return err
		}
		if len(facts) == 0 {
			return nil
		}
		plans := make([]store.Planned, len(facts))
		var wg sync.WaitGroup
		var next atomic.Int64
		for range runtime.NumCPU() {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(facts); i = int(next.Add(1)) - 1 {
					plans[i] = w.satisfied(facts[i], have[i], reads[i], st.Now())
				}
			})
		}
		wg.Wait()
		n, err := st.SavePlans(ctx, plans)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("%d iPads do not converge", len(facts))
		}
	}
}

// satisfied is the plan of an iPad that has everything and was asked for everything just now.
func (w *world) satisfied(f school.Facts, have school.Reported, read store.Read, now time.Time) store.Planned {
	f.BaseURL = base
	want := mdm.Desired(f)
	have.Present = map[school.ItemKey]school.Have{}
	d := w.at[f.Enrollment]
	d.class = f.Place.Class
	for _, i := range want.Items {
		have.Present[i.Key] = school.Have{Hash: i.Hash, Owner: i.Owner, Network: i.Network, Since: now}
		d.has(installed{i.Identifier, profiles.DeliveredUUID(i.Hash)})
	}
	have.ListedAt, have.InventoryAt = now, now
	p := store.Planned{Authority: f.Authority, Enrollment: f.Enrollment, Read: read, Set: want.Set, Overlay: want.Overlay, Push: now}
	for _, i := range want.Items {
		p.Members = append(p.Members, store.Member{Key: i.Key, Profile: i.Profile, Version: i.Version, Hash: i.Hash, Owner: i.Owner, Network: i.Network})
	}
	if want.Declarative {
		manifest := mdm.Manifest(want, have, f)
		p.Token = ddm.Token(manifest)
		have.Offered, have.OfferedAt, have.Confirmed, have.ConfirmedAt = p.Token, now, p.Token, now
		for _, i := range want.Items {
			for _, d := range manifest {
				if d.Identifier == mdm.DeclarationID(i.Key) {
					h := have.Present[i.Key]
					h.Token = d.ServerToken
					have.Present[i.Key] = h
					have.DeclaredItems = append(have.DeclaredItems, i.Key)
				}
			}
		}
	}
	p.Have, p.Steps = have, len(mdm.Plan(want, have, f, now)) > 0
	p.Due = mdm.NextDue(want, have, f, now)
	return p
}
